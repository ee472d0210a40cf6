//! Limits refuse, pull requests beyond their number wait, and `--first` takes some repositories.

use serde_json::json;

use crate::support::{Lab, org, repo, state};

const ALERTS: &str = "[repo]\ndependabot_alerts = true\n";

fn lab(repos: usize, more: &str, rule: &str) -> Lab {
    let repos = (0..repos).map(|n| repo(&format!("r{n}")).alerts(false));
    let lab = Lab::new(&state([org("acme").repos(repos)]));
    let policy = lab.policy_toml(more);
    lab.policy(&[("policy.toml", &policy), ("rules/a.toml", rule)])
}

#[test]
fn beyond_a_limit_the_plan_is_shown_and_apply_refuses() {
    let lab = lab(5, "[limits]\nchanges = 3\nrepositories = \"50%\"\n", ALERTS);
    let plan = lab.plan();
    assert_eq!(
        plan.0["refused"],
        json!([{"limit": "changes", "allowed": 3, "planned": 5}, {"limit": "repositories", "allowed": 2, "planned": 5}])
    );
    assert_eq!(plan.ids().len(), 5);
    lab.run(&["plan"]).exits(0).prints("--limit");
    lab.forget();
    lab.run(&["apply", "--yes"]).exits(1).tells("changes").tells("repositories");
    lab.run(&["apply", "--yes", "--limit", "changes=5"]).exits(1);
    assert_eq!(lab.writes(), [""; 0]);
    lab.apply_with(&["--limit", "changes=5", "--limit", "repositories=5"]);
    assert!(lab.plan().ids().is_empty());
}

/// One write, and Actions is off in four repositories.
#[test]
fn what_a_choice_of_repositories_switches_counts_one_by_one() {
    let all = json!({"enabled_repositories": "all", "allowed_actions": "all", "sha_pinning_required": false});
    let repos = (0..5).map(|n| repo(&format!("r{n}")));
    let rule = "[match]\norg = \"acme\"\n[org.actions]\nenabled_repositories = [\"r0\"]\n";
    let lab = Lab::new(&state([org("acme").rest("actions/permissions", all).repos(repos)]));
    let policy = lab.policy_toml("[limits]\nrepositories = 3\n");
    let lab = lab.policy(&[("policy.toml", &policy), ("rules/a.toml", rule)]);
    let plan = lab.plan();
    let effects = plan.change("acme:actions.enabled_repositories")["effects"].as_array().cloned().expect("effects");
    let told: Vec<_> = effects.iter().map(|one| (one["repo"].as_str().expect("a name"), &one["after"])).collect();
    assert_eq!(told, ["r1", "r2", "r3", "r4"].map(|name| (name, &json!(false))));
    assert_eq!(plan.0["refused"], json!([{"limit": "repositories", "allowed": 3, "planned": 4}]));
    lab.run(&["apply", "--yes"]).exits(1).tells("repositories");
    lab.apply_with(&["--limit", "repositories=4"]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_bound_stands_above_policy_and_command_line() {
    let lab = lab(5, "[limits]\nchanges = 100\n", ALERTS);
    lab.run(&["apply", "--yes", "--limit", "changes=100", "--limit-max", "changes=4"]).exits(1).tells("the limit is 4");
    assert_eq!(lab.writes(), [""; 0]);
    lab.run(&["apply", "--yes", "--limit-max", "changes=5"]).exits(0);
}

#[test]
fn a_share_is_of_those_matched_without_filters() {
    let lab = lab(10, "[limits]\nrepositories = \"20%\"\n", ALERTS);
    assert_eq!(lab.plan_with(&["--repo", "r1"]).0["refused"], json!([]));
    assert_eq!(lab.plan_with(&["--repo", "r[1-3]"]).0["refused"][0]["allowed"], 2);
}

#[test]
fn weakening_is_refused() {
    let lab = Lab::new(&state([org("acme").repo(repo("web").alerts(true).fixes(false))]))
        .policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = false\n")]);
    let plan = lab.plan();
    assert_eq!(plan.change("acme/web:dependabot_alerts")["effect"], "loosening");
    assert_eq!((plan.summary("loosening"), plan.summary("tightening")), (1, 0));
    lab.run(&["apply", "--yes"]).exits(1).tells("loosening");
    lab.apply_with(&["--limit", "loosening=1"]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn pull_requests_beyond_their_number_wait_for_the_next_apply() {
    let rule = "[repo.files.A]\ncontent = \"a\\n\"\n[repo.files.B]\ncontent = \"b\\n\"\n";
    let lab = lab(5, "[limits]\npull_requests = 2\n", rule);
    let plan = lab.plan();
    let waiting: Vec<String> =
        ["r2", "r3", "r4"].iter().flat_map(|r| [format!("acme/{r}:files.A"), format!("acme/{r}:files.B")]).collect();
    assert_eq!(plan.0["deferred"], json!(waiting));
    assert_eq!(plan.0["refused"], json!([]), "it is no refusal");
    let applied = lab.apply();
    let results: Vec<&str> =
        applied["outcomes"].as_array().expect("outcomes").iter().filter_map(|one| one["result"].as_str()).collect();
    assert_eq!(results.iter().filter(|result| **result == "deferred").count(), 6);
    assert_eq!(lab.count("POST", "/repos/acme/r"), 4, "two branches and two pull requests: {:?}", lab.writes());
    assert_eq!(lab.plan().summary("pending"), 4);
    lab.apply();
    assert_eq!(lab.plan().summary("pending"), 8);
    assert_eq!(lab.plan_with(&["--limit", "pull_requests=0"]).0["deferred"].as_array().map(Vec::len), Some(2));
    lab.apply();
    assert_eq!(lab.plan().summary("pending"), 10);
}

#[test]
fn first_takes_the_first_repositories_and_leaves_the_rest() {
    let lab = lab(5, "", ALERTS);
    let applied = lab.apply_with(&["--first", "2"]);
    let of = |result: &str| -> Vec<String> {
        let outcomes = applied["outcomes"].as_array().expect("outcomes");
        let found = outcomes.iter().filter(|one| one["result"] == result);
        found.filter_map(|one| one["change"]["repo"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(
        (of("applied"), of("deferred")),
        (vec!["r0".into(), "r1".into()], vec!["r2".into(), "r3".into(), "r4".into()])
    );
    assert_eq!(lab.writes().len(), 2);
    lab.apply_with(&["--first", "2"]);
    lab.apply_with(&["--first", "2"]);
    assert!(lab.plan().ids().is_empty());
}
