//! Rulesets against the simulator.

use serde_json::{Value, json};

use super::{company, ruled, ruleset};
use crate::support::{Lab, TOKEN, Token, differing, repo, state, state_with};

fn lab(org: crate::support::OrgState, rule: &str) -> Lab {
    Lab::new(&state([org])).policy(&[("rules/a.toml", rule)])
}

/// The rulesets of a repository of the state.
fn rulesets_of(lab: &Lab) -> Value {
    lab.state()["organizations"][0]["repositories"][0]["rest"]["rulesets"]["known"].clone()
}

const WHOLE: &str = "[repo.rulesets.main]\nenforcement = \"active\"\nconditions = { ref_name = { include = [\"~DEFAULT_BRANCH\"] } }\n\
    [repo.rulesets.main.bypass_actors]\n\"team:core\" = \"always\"\n\"app:renovate\" = \"pull_request\"\n\"role:maintain\" = \"pull_request\"\n\
    deploy_key = \"always\"\norg_admin = \"always\"\n\
    [repo.rulesets.main.rules.deletion]\n[repo.rulesets.main.rules.required_status_checks]\n\
    required_status_checks = [{ context = \"ci\", integration_id = \"app:github-actions\" }, { context = \"lint\" }]\n\
    [repo.rulesets.main.rules.commit_message_pattern]\noperator = \"starts_with\"\npattern = \"x\"\n\
    [repo.rulesets.main.rules.copilot_code_review]\n";

#[test]
fn a_ruleset_posted_again_at_every_apply() {
    let lab = lab(company(&[]).repo(repo("web")), WHOLE);
    for _ in 0..3 {
        lab.apply();
    }
    let posts = lab.writes();
    assert_eq!(posts, ["POST /repos/acme/web/rulesets"], "once");
    assert!(lab.plan().ids().is_empty());
    assert_eq!(rulesets_of(&lab).as_array().map(Vec::len), Some(1));
}

#[test]
fn status_checks_bound_to_an_app_that_reads_back_as_a_number() {
    let lab = lab(company(&[]).repo(repo("web")), WHOLE);
    lab.apply();
    let made = rulesets_of(&lab);
    let checks = &made[0]["rules"][3]["parameters"]["required_status_checks"];
    assert_eq!(*checks, json!([{"context": "ci", "integration_id": 15368}, {"context": "lint"}]), "{made:#}");
    assert!(lab.plan().ids().is_empty(), "it is read as a number, and that is what is wanted");
}

#[test]
fn a_ruleset_that_github_hides_for_lack_of_a_right() {
    // The organisation's rulesets: a reader is refused the list. What no repository shows may still be there.
    let theirs = ruleset(
        9,
        "all",
        json!({
            "conditions": {"ref_name": {"include": ["~ALL"], "exclude": []}, "repository_name": {"include": ["other"], "exclude": []}},
        }),
    );
    let rule = "[match]\norg = \"acme\"\n[org.rulesets.all]\nenforcement = \"active\"\n\
        conditions = { ref_name = { include = [\"~ALL\"] }, repository_name = { include = [\"other\"] } }\n[org.rulesets.all.rules.deletion]\n";
    let reader = Token::with("ghp_reader", &[("metadata", "read"), ("administration", "read")]);
    let lab = Lab::new(&state_with(
        [company(std::slice::from_ref(&theirs)).repo(repo("web"))],
        [Token::owner(TOKEN), reader.clone()],
    ))
    .policy(&[("rules/a.toml", rule)])
    .token("ghp_reader");
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!(plan.finding("acme:rulesets.all")["permission"], "organization_administration:write");
    lab.run(&["apply", "--yes"]).exits(3);
    assert_eq!(lab.writes(), [""; 0], "it is not posted a second time");
    // Seen through a repository that it covers, it is judged.
    let seen = Lab::new(&state_with([company(&[theirs]).repo(repo("other"))], [Token::owner(TOKEN), reader]))
        .policy(&[("rules/a.toml", rule)])
        .token("ghp_reader");
    assert_eq!(seen.plan_with(&["--all"]).verdict("acme:rulesets.all"), "compliant");
}

#[test]
fn what_the_policy_does_not_name_survives_the_write() {
    let rules = json!([
        {"type": "required_linear_history"},
        {"type": "pull_request", "parameters": {"dismiss_stale_reviews_on_push": true, "require_code_owner_review": true,
            "require_last_push_approval": true, "required_approving_review_count": 1, "required_review_thread_resolution": true}},
    ]);
    let actors = json!([{"actor_id": 44, "actor_type": "Team", "bypass_mode": "always"}]);
    let had = ruleset(7, "main", json!({"rules": rules, "bypass_actors": actors}));
    let rule = "[repo.rulesets.main.rules.pull_request]\nrequired_approving_review_count = 2\n";
    let lab = lab(company(&[]).repo(ruled("web", &[had])), rule);
    let before = lab.state();
    lab.apply();
    let moved = differing(&before, &lab.state());
    let at = "acme/web/rest/rulesets/known/0";
    assert_eq!(moved, [format!("{at}/rules/1/parameters/required_approving_review_count"), format!("{at}/updated_at")]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_thousand_as_wanted_cost_no_call_each() {
    let main = || {
        ruleset(7, "main", json!({"bypass_actors": [{"actor_id": 44, "actor_type": "Team", "bypass_mode": "always"}]}))
    };
    let repos = (0..120).map(|n| ruled(&format!("repo-{n:03}"), &[main()]));
    let rule = "[repo.rulesets.main]\nenforcement = \"active\"\nbypass_actors = { \"team:core\" = \"always\" }\n[repo.rulesets.main.rules.deletion]\n";
    let lab = lab(company(&[]).repos(repos), rule);
    let plan = lab.plan_with(&["--all"]);
    assert_eq!(plan.with_verdict("compliant").len(), 120);
    assert_eq!(
        (lab.count("GET", "/repos/"), lab.count("POST", "/graphql"), lab.count("GET", "/orgs/acme/teams")),
        (0, 3, 1)
    );
    // Nor does one that differs, as long as it is not written.
    lab.edit(|world| {
        let repo = world.repo("acme", "repo-007").expect("there");
        repo.rest.insert("rulesets".into(), json!({"known": [ruleset(7, "main", json!({"rules": []}))]}));
    });
    lab.forget();
    assert_eq!(lab.plan().ids(), ["acme/repo-007:rulesets.main"]);
    assert_eq!(lab.count("GET", "/repos/"), 0);
}

#[test]
fn more_than_five_rulesets_are_listed() {
    let many: Vec<Value> = (0..7).map(|n| ruleset(n + 1, &format!("r{n}"), json!({}))).collect();
    let lab = lab(
        company(&[]).repo(ruled("web", &many)),
        "[repo.rulesets.r6.rules.deletion]\n[repo.rulesets.r6.rules.update]\n",
    );
    assert_eq!(lab.plan().ids(), ["acme/web:rulesets.r6"]);
    lab.apply();
    assert_eq!(lab.writes(), ["PUT /repos/acme/web/rulesets/7"]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn an_organisations_ruleset_is_changed_and_pruned() {
    let conditions = json!({"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []},
        "repository_name": {"include": ["web"], "exclude": [], "protected": true}});
    let all = [ruleset(9, "all", json!({"conditions": conditions})), ruleset(10, "stray", json!({}))];
    let rule = "[match]\norg = \"acme\"\n[org.rulesets]\nprune = true\n[org.rulesets.all.conditions.repository_name]\n\
        include = [\"~ALL\"]\nexclude = [\"sandbox\"]\n";
    let lab = lab(company(&all).repo(repo("web")), rule);
    let plan = lab.plan();
    assert_eq!(plan.ids(), ["acme:rulesets.all", "acme:rulesets.stray"]);
    assert_eq!(plan.change("acme:rulesets.stray")["deletes"], true);
    lab.apply_with(&["--limit", "deletions=1", "--limit", "loosening=2"]);
    assert!(lab.plan().ids().is_empty());
    let left = lab.state()["organizations"][0]["rest"]["rulesets"]["known"].clone();
    assert_eq!(left.as_array().map(Vec::len), Some(1));
    assert_eq!(left[0]["conditions"]["repository_name"]["protected"], true, "what is not declared stays");
    assert_eq!(left[0]["conditions"]["ref_name"], conditions["ref_name"]);
}
