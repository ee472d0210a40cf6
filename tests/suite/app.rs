//! A GitHub App: its tokens may do what the run needs of what was granted, are made once, and renewed in time.

use ordain::sim::{Act, FaultKind};
use serde_json::{Value, json};

use crate::support::{Lab, org, repo, state_with};

/// Made for these tests; no App has it.
const KEY: &str = include_str!("../fixtures/app-key.pem");

fn lab(granted: Value, rule: &str) -> Lab {
    let repos = |n: usize| (0..n).map(|n| repo(&format!("r{n}")).pvr(false));
    let mut state = state_with([org("acme").repos(repos(3)), org("beta").repos(repos(2))], []);
    state["simulator"]["tokens"] =
        json!([{"token": "the App itself", "login": "ordain", "type": "app", "permissions": granted}]);
    Lab::new(&state).policy(&[("rules/a.toml", rule)]).env("ORDAIN_APP_ID", "77").env("ORDAIN_APP_PRIVATE_KEY", KEY)
}

fn everything() -> Value {
    json!({"metadata": "read", "administration": "write", "contents": "write", "pull_requests": "write", "actions": "write",
        "workflows": "write", "organization_administration": "write", "members": "read"})
}

/// What tokens were asked for, each once.
fn asked(lab: &Lab) -> Vec<Value> {
    let minting = |e: &&ordain::sim::Exchange| e.method == "POST" && e.path_and_query.ends_with("/access_tokens");
    lab.exchanges()
        .iter()
        .filter(minting)
        .map(|e| e.request_body.as_ref().map(|body| body["permissions"].clone()).unwrap_or_default())
        .collect()
}

const REPORTING: &str = "[repo]\nprivate_vulnerability_reporting = true\n";

#[test]
fn a_plan_asks_for_reading_only_and_an_apply_for_what_it_writes() {
    let lab = lab(everything(), REPORTING);
    assert_eq!(lab.plan().changes().len(), 5);
    let reading = json!({"metadata": "read", "organization_administration": "read"});
    assert_eq!(asked(&lab), [reading.clone(), reading], "one token for each organisation");
    lab.forget();
    lab.run(&["apply", "--yes", "--journal", "journal.jsonl"]).exits(0).prints("5 changed");
    let writing = json!({"metadata": "read", "administration": "write", "organization_administration": "read"});
    assert_eq!(asked(&lab), [writing.clone(), writing.clone()], "made once, however many calls wait for it");
    lab.forget();
    lab.run(&["undo", "journal.jsonl", "--yes", "--limit", "loosening=5"]).exits(0).prints("5 changed");
    assert_eq!(asked(&lab), [writing.clone(), writing]);
    lab.finish();
}

/// Asking for more than was granted would be refused whole: so it is not asked for, and what it leaves unknown is told.
#[test]
fn no_more_is_asked_for_than_was_granted() {
    let lab = lab(json!({"metadata": "read", "contents": "read"}), "[repo.secret_scanning]\nenabled = true\n");
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!(asked(&lab), [json!({"metadata": "read"}), json!({"metadata": "read"})]);
    let finding = plan.finding("acme/r0:secret_scanning.enabled");
    assert_eq!((&finding["verdict"], &finding["permission"]), (&json!("unknown"), &json!("administration:read")));
    lab.finish();
}

/// A token that ends soon is renewed before the call that would come too late.
#[test]
fn a_token_is_renewed_before_it_ends() {
    let lab = lab(everything(), REPORTING);
    let soon = Act::new(|answer: &mut Value| answer["expires_at"] = json!("2026-11-22T12:04:00Z"));
    lab.fault("POST", "/app/installations/*/access_tokens", 1, FaultKind::Altered(soon));
    lab.plan_with(&["--org", "acme"]);
    assert_eq!(asked(&lab).len(), 2, "the first would have ended within five minutes");
    lab.finish();
}

#[test]
fn an_organisation_without_the_app_is_told() {
    let lab = lab(everything(), REPORTING);
    lab.fault("GET", "/orgs/beta/installation", 9, FaultKind::Status(404, json!({"message": "Not Found"}), Vec::new()));
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!(plan.changes().len(), 3);
    assert!(plan.finding("beta:organisation")["message"].as_str().expect("a text").contains("not installed"));
    lab.finish();
}
