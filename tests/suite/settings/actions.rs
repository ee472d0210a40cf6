//! GitHub Actions, code scanning, immutable releases: what only shows in a whole run.

use ordain::sim::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{Lab, OrgState, TOKEN, Token, org, repo, state, state_with};

fn lab(org: OrgState, rule: &str) -> Lab {
    Lab::new(&state([org])).policy(&[("rules/a.toml", rule)])
}

fn bodies(lab: &Lab, method: &str, end: &str) -> Vec<Value> {
    let sent = lab.exchanges();
    let to = sent.iter().filter(|one| one.method == method && one.path_and_query.ends_with(end));
    to.map(|one| one.request_body.clone().unwrap_or_default()).collect()
}

fn workflow(default: &str, approves: bool) -> Value {
    json!({"default_workflow_permissions": default, "can_approve_pull_request_reviews": approves})
}

/// An organisation that bounds nothing.
fn lax() -> OrgState {
    org("acme").rest("actions/permissions/workflow", workflow("write", true))
}

#[test]
fn parts_of_one_document_are_one_call_that_keeps_the_rest() {
    let web = repo("web").rest(
        "actions/permissions",
        json!({"enabled": true, "allowed_actions": "local_only", "sha_pinning_required": false}),
    );
    let rule = "[repo.actions]\nsha_pinning_required = true\nenabled = true\n\
                default_workflow_permissions = \"read\"\ncan_approve_pull_request_reviews = false\n";
    let lab = lab(lax().repo(web.rest("actions/permissions/workflow", workflow("write", true))), rule);
    assert_eq!(lab.plan().ids().len(), 3, "{}", lab.plan().text());
    lab.forget();
    lab.apply();
    let kept = json!({"enabled": true, "allowed_actions": "local_only", "sha_pinning_required": true});
    assert_eq!(bodies(&lab, "PUT", "/actions/permissions"), [kept]);
    assert_eq!(bodies(&lab, "PUT", "/actions/permissions/workflow"), [workflow("read", false)]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn selecting_and_what_is_selected_are_one_change_and_nothing_stops_in_between() {
    let rule = "[repo.actions]\nenabled = true\nallowed_actions = \"selected\"\ngithub_owned_allowed = true\npatterns_allowed = [\"ossf/*\"]\n";
    for web in [repo("web"), repo("web").rest("actions/permissions", json!({"enabled": false}))] {
        let lab = lab(lax().repo(web), rule);
        lab.apply_with(&["--limit", "loosening=1"]);
        let expected =
            ["PUT /repos/acme/web/actions/permissions", "PUT /repos/acme/web/actions/permissions/selected-actions"];
        assert_eq!(lab.writes(), expected);
        let plan = lab.plan_with(&["--all"]);
        assert!(plan.ids().is_empty(), "{}", plan.text());
        assert_eq!(plan.verdict("acme/web:actions.patterns_allowed"), "compliant");
    }
}

#[test]
fn the_strictest_organisation_needs_no_call_for_its_repositories() {
    let strict = json!({"enabled_repositories": "all", "allowed_actions": "local_only", "sha_pinning_required": true});
    let org =
        org("acme").rest("actions/permissions", strict).rest("actions/permissions/workflow", workflow("read", false));
    let org = org.rest("settings/immutable-releases", json!({"enforced_repositories": "all"}));
    let repos = ["a", "b", "c", "d", "e"].map(repo);
    let rule = "[repo]\nimmutable_releases = true\n[repo.actions]\nallowed_actions = \"local_only\"\n\
                sha_pinning_required = true\ndefault_workflow_permissions = \"read\"\n";
    let lab = lab(org.repos(repos), rule);
    let plan = lab.plan_with(&["--all"]);
    assert_eq!(plan.0["summary"]["compliant"], 20, "{}", plan.text());
    assert_eq!(lab.count("GET", "/repos/"), 0);
    assert_eq!(lab.count("GET", "/orgs/acme/actions/"), 2);
    assert_eq!(lab.count("GET", "/orgs/acme/settings/"), 1);
}

#[test]
fn an_organisation_that_becomes_strict_takes_its_repositories_along() {
    let web = repo("web").rest("actions/permissions/workflow", workflow("write", true));
    let lab = Lab::new(&state([lax().repo(web)])).policy(&[
        ("rules/a.toml", "[match]\norg = \"acme\"\n[org.actions]\ndefault_workflow_permissions = \"read\"\n"),
        ("rules/b.toml", "[repo.actions]\ndefault_workflow_permissions = \"read\"\n"),
    ]);
    let ids = ["acme:actions.default_workflow_permissions", "acme/web:actions.default_workflow_permissions"];
    assert_eq!(lab.plan().ids().len(), ids.len(), "{}", lab.plan().text());
    lab.apply();
    assert_eq!(lab.writes(), ["PUT /orgs/acme/actions/permissions/workflow"]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_409_from_a_setting_that_the_organisation_forbids() {
    let org = || {
        let bound =
            json!({"enabled_repositories": "all", "allowed_actions": "selected", "sha_pinning_required": false});
        let bound = org("acme").rest("actions/permissions", bound);
        bound.rest("actions/permissions/workflow", workflow("write", false)).repo(repo("web"))
    };
    let rule =
        "[match]\nrepo = \"web\"\n[repo.actions]\nallowed_actions = \"all\"\ncan_approve_pull_request_reviews = true\n";
    let seen = lab(org(), rule);
    let plan = seen.plan();
    for part in ["allowed_actions", "can_approve_pull_request_reviews"] {
        let finding = plan.finding(&format!("acme/web:actions.{part}"));
        assert_eq!(finding["verdict"], "violation");
        let message = finding["message"].as_str().expect("a text");
        assert!(message.contains(&format!("the organisation's `actions.{part}`")), "{message}");
    }
    // Where the organisation's setting cannot be seen, GitHub's own refusal is told.
    let weak = Token::with("ghp_weak", &[("metadata", "read"), ("administration", "write")]);
    let blind = Lab::new(&state_with([org()], [Token::owner(TOKEN), weak])).policy(&[("rules/a.toml", rule)]);
    let blind = blind.token("ghp_weak");
    assert_eq!(blind.plan().ids().len(), 2);
    let ran = blind.run(&["apply", "--yes", "--limit", "loosening=2"]).exits(3);
    assert!(ran.stdout.contains("409") && ran.stdout.contains("restricted by the organization"), "{ran}");
}

#[test]
fn an_archived_repository_is_a_violation_and_not_written() {
    let rule = "[match]\narchived = true\n[repo.code_scanning_default_setup]\nstate = \"configured\"\n[repo.actions]\nsha_pinning_required = true\n";
    let lab = lab(lax().repo(repo("old").archived()), rule);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/old:actions.sha_pinning_required"), "violation", "{}", plan.text());
    assert_eq!(plan.verdict("acme/old:code_scanning_default_setup.state"), "violation");
    assert!(plan.ids().is_empty());
}

const SETUP: &str = "[repo.code_scanning_default_setup]\nstate = \"configured\"\nquery_suite = \"extended\"\n";

#[test]
fn default_setup_is_read_back_until_its_run_is_over() {
    let mut state = state([org("acme").repo(repo("web"))]);
    state["simulator"]["attach_reads"] = json!(5);
    let lab = Lab::new(&state).policy(&[("rules/a.toml", SETUP)]);
    lab.apply();
    let body = json!({"state": "configured", "query_suite": "extended"});
    assert_eq!(bodies(&lab, "PATCH", "/code-scanning/default-setup"), [body]);
    assert!(lab.count("GET", "/repos/acme/web/code-scanning/default-setup") >= 6);
    lab.forget();
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn default_setup_while_another_run_is_on_is_a_409_and_told() {
    let waiting = json!({"reads_left": 1000, "to": {"state": "not-configured"}});
    let web = repo("web").rest("code-scanning/default-setup (waiting)", waiting);
    let lab = lab(org("acme").repo(web), SETUP);
    lab.run(&["apply", "--yes"]).exits(3).prints("409").prints("already in progress");
    assert_eq!(lab.count("PATCH", "/repos/acme/web/code-scanning/default-setup"), 1);
}

#[test]
fn a_private_repository_without_the_product_has_no_default_setup() {
    let private = || repo("web").private();
    let without = lab(org("acme").repo(private()), SETUP);
    let plan = without.plan();
    let finding = plan.finding("acme/web:code_scanning_default_setup.state");
    assert_eq!(finding["verdict"], "not_applicable");
    assert!(finding["message"].as_str().expect("a text").contains("GitHub Code Security"), "{finding}");
    let with = lab(org("acme").sim("secret_scanning", json!(true)).repo(private()), SETUP);
    assert_eq!(with.plan().ids().len(), 2, "{}", with.plan().text());
}

#[test]
fn what_the_owner_enforces_stays() {
    let selected = json!([{"id": 4_200, "name": "web"}]);
    let org = org("acme")
        .rest("settings/immutable-releases", json!({"enforced_repositories": "selected"}))
        .rest("settings/immutable-releases/repositories", selected)
        .repo(repo("web").set("id", json!(4_200)));
    let rule = "[repo]\nimmutable_releases = false\n";
    let lab = lab(org, rule);
    let plan = lab.plan();
    let finding = plan.finding("acme/web:immutable_releases");
    assert_eq!(finding["verdict"], "violation", "{finding}");
    assert!(finding["message"].as_str().expect("a text").contains("`immutable_releases`"), "{finding}");
}

#[test]
fn the_fork_of_an_advisory_stays_selected_and_is_named_nowhere() {
    const FORK: &str = "web-ghsa-7w2q-9hfx-m3cv";
    let selected = json!([{"id": 1, "name": FORK}, {"id": 2, "name": "web"}]);
    let org = org("acme")
        .rest(
            "actions/permissions",
            json!({"enabled_repositories": "selected", "allowed_actions": "all", "sha_pinning_required": false}),
        )
        .rest("actions/permissions/repositories", selected)
        .repo(repo(FORK).private().set("id", json!(1)))
        .repo(repo("web").set("id", json!(2)))
        .repo(repo("api").set("id", json!(3)));
    let lab = lab(org, "[match]\norg = \"acme\"\n[org.actions]\nenabled_repositories = [\"api\"]\n");
    let change = lab.plan().change("acme:actions.enabled_repositories").clone();
    assert_eq!((&change["before"], &change["after"]), (&json!(["web"]), &json!(["api"])));
    assert_eq!(change["effect"], "loosening", "one comes, one goes");
    for args in [
        &["plan", "--all", "--format", "json"][..],
        &["snapshot"],
        &["apply", "--yes", "-vv", "--limit", "loosening=1"],
    ] {
        lab.run(args).hides("7w2q-9hfx");
    }
    assert_eq!(bodies(&lab, "PUT", "/actions/permissions/repositories"), [json!({"selected_repository_ids": [1, 3]})]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn fields_of_an_organisation_are_one_call() {
    let rule = "[match]\norg = \"acme\"\n[org]\ndefault_repository_permission = \"none\"\nweb_commit_signoff_required = true\n\
                members_can_create_public_repositories = false\ndescription = \"{{ org }} builds things\"\n";
    let lab = lab(org("acme").repo(repo("web")), rule);
    assert_eq!(lab.plan().ids().len(), 4);
    lab.apply();
    let body = json!({"default_repository_permission": "none", "web_commit_signoff_required": true,
        "members_can_create_public_repositories": false, "description": "acme builds things"});
    assert_eq!(bodies(&lab, "PATCH", "/orgs/acme"), [body]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn what_somebody_else_changed_meanwhile_is_not_taken_back() {
    let rule = "[repo.actions]\nsha_pinning_required = true\n";
    let lab = lab(lax().repo(repo("web")), rule);
    lab.run(&["plan", "--out", "plan.json"]).exits(0);
    lab.edit(|world| {
        let now = json!({"known": {"enabled": true, "allowed_actions": "local_only", "sha_pinning_required": false}});
        world.repo("acme", "web").expect("it is there").rest.insert("actions/permissions".to_owned(), now);
    });
    lab.run(&["apply", "plan.json", "--yes"]).exits(0);
    let kept = json!({"enabled": true, "allowed_actions": "local_only", "sha_pinning_required": true});
    assert_eq!(bodies(&lab, "PUT", "/actions/permissions"), [kept]);
}

#[test]
fn a_lost_answer_is_settled_by_reading() {
    let lab = lab(lax().repo(repo("web")), "[repo.actions]\nsha_pinning_required = true\n");
    let path = "/repos/acme/web/actions/permissions".to_owned();
    lab.sim().fault(Fault { method: Some("PUT".into()), path, after: 0, times: 1, kind: FaultKind::ResetAfter });
    lab.apply();
    assert_eq!(lab.count("PUT", "/repos/acme/web/actions/permissions"), 1, "it is not written twice");
    assert!(lab.plan().ids().is_empty());
}
