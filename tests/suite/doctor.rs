//! `ordain doctor`: what the policy needs, and what the credential has.

use serde_json::json;

use crate::support::{Lab, Token, org, repo, state_with};

const RULES: &[(&str, &str)] = &[
    ("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\ndependabot_alerts = true\n"),
    ("rules/b.toml", "[repo.workflows.\"ci.yml\"]\nstate = \"active\"\n"),
];

fn lab(token: Token, name: &str) -> Lab {
    let web = repo("web").file(".github/workflows/ci.yml", "on: push\njobs: {}\n");
    Lab::new(&state_with([org("acme").repo(web)], [token])).policy(RULES).token(name)
}

#[test]
fn what_is_missing_is_named_with_the_settings_that_need_it() {
    let weak = Token::with("weak", &[("metadata", "read"), ("contents", "read"), ("actions", "read")]);
    let lab = lab(weak, "weak");
    let ran = lab.run(&["doctor"]).exits(3).prints("MISSING   administration:read").prints("(dependabot_alerts");
    ran.prints("ok        actions:read").prints("not told  administration:write").prints("settings/apps/new?");
    let told = lab.run(&["doctor", "--format", "json"]).exits(3).value();
    let of = |permission: &str| {
        let all = told["needed"].as_array().expect("a list").iter();
        all.filter(|one| one["permission"] == permission).map(|one| one["standing"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("administration:read"), [json!("missing")]);
    assert_eq!(of("actions:write"), [json!("not_told")]);
    assert!(lab.writes().is_empty());
}

#[test]
fn where_nothing_is_missing_it_ends_with_0() {
    let lab = lab(Token::owner("strong"), "strong");
    lab.run(&["doctor"]).exits(0).prints("To plan:").prints("To apply, besides:").hides("MISSING");
}

#[test]
fn a_manifest_asks_for_what_is_needed_and_no_more_and_github_is_not_asked() {
    let lab = lab(Token::owner("strong"), "strong");
    let plan = lab.run(&["doctor", "--manifest", "plan"]).exits(0).value();
    let levels = plan["default_permissions"].as_object().expect("a table");
    assert!(levels.values().all(|level| level == "read") && levels.contains_key("administration"), "{plan}");
    assert!(!levels.contains_key("members"), "{plan}");
    let apply = lab.run(&["doctor", "--manifest", "apply"]).exits(0).value();
    assert_eq!(apply["default_permissions"]["administration"], "write");
    assert!(lab.exchanges().is_empty());
}
