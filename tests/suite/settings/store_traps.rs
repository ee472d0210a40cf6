//! Labels, environments, autolinks, pages, variables, secrets and interaction limits: GitHub's traps, against the simulator.

use ordain::model::Verdict;
use serde_json::{Value, json};

use crate::support::{Lab, OrgState, RepoState, TOKEN, Token, org, repo, state, state_with};

fn web(rule: &str, web: RepoState) -> Lab {
    Lab::new(&state([org("acme").repo(web)]))
        .policy(&[("rules/a.toml", &format!("[match]\norg = \"acme\"\n[repo.{rule}\n"))])
}

fn of_org(rule: &str, org: OrgState) -> Lab {
    Lab::new(&state([org])).policy(&[("rules/a.toml", &format!("[match]\norg = \"acme\"\n[org.{rule}\n"))])
}

/// What is asked by GET of a path that ends so.
fn asked(lab: &Lab, end: &str) -> usize {
    let path = |asked: &str| asked.split('?').next().unwrap_or_default().to_owned();
    lab.exchanges().iter().filter(|one| one.method == "GET" && path(&one.path_and_query).ends_with(end)).count()
}

#[test]
fn more_variables_than_github_shows_a_page_are_all_seen() {
    let all: Vec<Value> = (0..45).map(|n| json!({"name": format!("V{n:02}"), "value": "x"})).collect();
    let lab = web("variables]\nprune = true\nv44 = \"x\"", repo("web").rest("actions/variables", json!(all)));
    let plan = lab.plan();
    assert_eq!(plan.ids().len(), 44, "{}", plan.text());
    assert_eq!(asked(&lab, "/actions/variables"), 2);
}

#[test]
fn more_labels_than_a_query_shows_are_read_by_rest() {
    let all: Vec<Value> = (0..130).map(|n| json!({"name": format!("l{n}"), "color": "ffffff"})).collect();
    let lab = web("labels.l129]\ncolor = \"#FFFFFF\"", repo("web").rest("labels", json!(all)));
    assert_eq!(lab.plan_with(&["--all"]).verdict("acme/web:labels.l129"), Verdict::Compliant.as_str());
    assert_eq!(asked(&lab, "/labels"), 2);
    let few = web("labels.l1]", repo("web").rest("labels", json!([{"name": "l1", "color": "ffffff"}])));
    assert_eq!(few.plan_with(&["--all"]).verdict("acme/web:labels.l1"), Verdict::Compliant.as_str());
    assert_eq!(asked(&few, "/labels"), 0);
}

#[test]
fn repositories_without_environments_cost_no_call_each() {
    let one = json!([{"name": "production", "protection_rules": [], "deployment_branch_policy": null}]);
    let repos = (0..20).map(|n| repo(&format!("r{n}"))).chain([repo("web").rest("environments", one)]);
    let lab = Lab::new(&state([org("acme").repos(repos)]))
        .policy(&[("rules/a.toml", "[repo.environments.production]\n[repo.pages]\nbuild_type = \"workflow\"\n")]);
    let plan = lab.plan();
    assert_eq!(plan.ids().iter().filter(|id| id.ends_with("environments.production")).count(), 20);
    assert_eq!((asked(&lab, "/environments"), asked(&lab, "/pages")), (1, 0));
}

#[test]
fn what_somebody_else_changes_in_an_environment_meanwhile_stays() {
    let production = json!([{"name": "production", "protection_rules": [{"type": "wait_timer", "wait_timer": 5}],
        "deployment_branch_policy": {"protected_branches": true, "custom_branch_policies": false}}]);
    let lab = web("environments.production]\nwait_timer = 10", repo("web").rest("environments", production));
    lab.apply();
    let environment = &lab.state()["organizations"][0]["repositories"][0]["rest"]["environments"]["known"][0];
    assert_eq!(environment["deployment_branch_policy"]["protected_branches"], true, "{environment}");
    assert_eq!(environment["protection_rules"][0]["wait_timer"], 10, "{environment}");
}

#[test]
fn a_reviewer_of_unknown_name_is_told_and_nothing_is_written() {
    let lab = web("environments.production]\nreviewers = [\"user:nobody\"]", repo("web"));
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:environments.production"), "violation", "{}", plan.text());
    assert!(plan.ids().is_empty());
}

#[test]
fn a_limit_runs_out_by_itself_and_is_then_a_difference() {
    let lab = web("interaction_limit]\nlimit = \"existing_users\"\nexpiry = \"three_days\"", repo("web"));
    lab.apply();
    assert!(lab.plan().ids().is_empty());
    lab.edit(|world| world.now = Some("2026-11-25T11:59:00Z".parse().expect("a time")));
    assert!(lab.plan().ids().is_empty());
    lab.edit(|world| world.now = Some("2026-11-25T12:00:00Z".parse().expect("a time")));
    assert_eq!(lab.plan().ids(), ["acme/web:interaction_limit"]);
    lab.apply();
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn while_the_organisation_has_a_limit_repositories_have_none_of_their_own() {
    let limit = json!({"limit": "existing_users", "expires_at": "2026-12-22T12:00:00Z"});
    let state = state([org("acme").repo(repo("web")).rest("interaction-limits", limit)]);
    let lab = Lab::new(&state).policy(&[("rules/a.toml", "[repo]\ninteraction_limit = \"collaborators_only\"\n")]);
    let finding = lab.plan();
    let finding = finding.finding("acme/web:interaction_limit");
    assert_eq!((&finding["verdict"], &finding["observed"]), (&json!("violation"), &json!("existing_users")));
    assert!(finding["message"].as_str().expect("a text").contains("the organisation has the limit"), "{finding}");
}

#[test]
fn no_limit_told_to_a_reader_is_not_believed() {
    let state = state_with(
        [org("acme").repo(repo("web"))],
        [Token::owner(TOKEN), Token::with("ghp_reader", &[("contents", "read")])],
    );
    let rule = "[repo]\ninteraction_limit = \"no_limit\"\n";
    let lab = Lab::new(&state).policy(&[("rules/a.toml", rule)]).token("ghp_reader");
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!(plan.finding("acme/web:interaction_limit")["permission"], "administration:read");
}

#[test]
fn a_missing_secret_says_how_to_set_it() {
    let lab = web("secrets.NPM_TOKEN]\npresent = true", repo("web"));
    let plan = lab.plan();
    let finding = plan.finding("acme/web:secrets.NPM_TOKEN");
    assert_eq!(finding["verdict"], "violation");
    let message = finding["message"].as_str().expect("a text");
    assert!(message.contains("`gh secret set NPM_TOKEN --repo acme/web`"), "{message}");
    let lab = of_org(
        "secrets.NPM_TOKEN]\npresent = true",
        org("acme").rest("actions/secrets", json!([{"name": "NPM_TOKEN", "visibility": "all"}])),
    );
    assert_eq!(lab.plan_with(&["--all"]).verdict("acme:secrets.NPM_TOKEN"), "compliant");
}

#[test]
fn https_waits_for_the_certificate() {
    let site = |certificate: Value| {
        let site = json!({"build_type": "workflow", "cname": "docs.acme.test", "https_enforced": false, "https_certificate": certificate});
        repo("web").set("has_pages", json!(true)).rest("pages", site)
    };
    let lab = web("pages]\nhttps_enforced = true", site(json!({"state": "new", "description": "", "domains": []})));
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:pages.https_enforced"), "violation", "{}", plan.text());
    let there = json!({"state": "approved", "description": "", "domains": []});
    let lab = web("pages]\nhttps_enforced = true", site(there));
    lab.apply();
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn the_organisations_variable_changes_its_visibility_alone() {
    let listed = json!([{"name": "REGION", "value": "eu", "visibility": "all"}]);
    let lab = of_org(
        "variables]\nregion = { value = \"eu\", visibility = \"private\" }",
        org("acme").rest("actions/variables", listed),
    );
    let plan = lab.plan();
    let change = plan.change("acme:variables.region");
    assert_eq!((&change["effect"], &change["after"]), (&json!("tightening"), &json!({"visibility": "private"})));
    lab.apply();
    let sent = lab.exchanges();
    let sent = sent.iter().find(|one| one.method == "PATCH").expect("a PATCH");
    assert_eq!(sent.request_body, Some(json!({"visibility": "private"})));
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn scorecard_is_run_once_when_it_is_enabled_again() {
    const PATH: &str = ".github/workflows/scorecard.yml";
    let text = include_str!("../../../policy/files/scorecard.yml").replace("{{ repo.default_branch }}", "main");
    let text = text.replacen("on:\n", "on:\n  workflow_dispatch:\n", 1);
    let stopped = repo("web").file(PATH, &text).workflow(PATH, json!({"state": "disabled_inactivity"}));
    let lab = web("scorecard]\ndispatch = true", stopped);
    assert_eq!(lab.plan().ids(), ["acme/web:scorecard.active"]);
    lab.apply();
    let writes = lab.writes();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes[0].ends_with("/enable") && writes[1].ends_with("/dispatches"), "{writes:?}");
    assert!(lab.plan().ids().is_empty());
    lab.forget();
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn a_snapshot_that_is_served_again_gives_the_same_plan() {
    let limit = json!({"limit": "existing_users", "expires_at": "2026-12-22T12:00:00Z"});
    let rules = json!([{"type": "wait_timer", "wait_timer": 5}]);
    let custom = json!({"protected_branches": false, "custom_branch_policies": true});
    let seen = repo("web")
        .rest("labels", json!([{"name": "bug", "color": "ffffff"}, {"name": "gone", "color": "ffffff"}]))
        .rest(
            "environments",
            json!([{"name": "production", "protection_rules": rules, "deployment_branch_policy": custom}]),
        )
        .rest(
            "environments/production/deployment-branch-policies",
            json!([{"id": 9, "name": "main", "type": "branch"}]),
        )
        .rest("interaction-limits", limit)
        .rest(
            "autolinks",
            json!([{"id": 3, "key_prefix": "T-", "url_template": "https://t.test/<num>", "is_alphanumeric": true}]),
        )
        .rest("actions/variables", json!([{"name": "NODE", "value": "20"}]))
        .rest("actions/secrets", json!([{"name": "NPM_TOKEN"}]))
        .rest("pages", json!({"build_type": "legacy"}))
        .set("has_pages", json!(true));
    const RULE: &str = "labels]\nprune = true\nBug = { color = \"d73a4a\" }\n[repo.environments.production]\nwait_timer = 6\n\
        branch_policies = [\"main\", \"dev\"]\n[repo.environments.other]\n[repo.interaction_limit]\nlimit = \"collaborators_only\"\n\
        [repo.autolinks.\"T-\"]\nis_alphanumeric = false\n[repo.variables]\nnode = \"22\"\n[repo.secrets.NPM_TOKEN]\npresent = false\n\
        [repo.pages]\nbuild_type = \"workflow\"";
    let lab = web(RULE, seen);
    let live = lab.plan();
    assert_eq!(live.ids().len(), 10, "{:?}", live.ids());
    let snapshot = lab.run(&["snapshot"]).exits(0).value();
    let again = Lab::new(&snapshot).policy(&[("rules/a.toml", &format!("[match]\norg = \"acme\"\n[repo.{RULE}\n"))]);
    assert_eq!(again.plan().0["changes"], live.0["changes"]);
    again.apply_with(&["--limit", "deletions=2", "--limit", "loosening=1"]);
    assert!(again.plan().ids().is_empty(), "{}", again.plan().text());
}
