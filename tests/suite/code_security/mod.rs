//! Code security configurations: made whole, attached by id to those that may have them, and believed only where enforced.

mod attach;
mod enforced;

use serde_json::{Value, json};

use crate::support::{Lab, OrgState, org, repo, state};

/// A configuration as a state holds it: everything `not_set` but for what is said.
fn configuration(id: u64, name: &str, said: Value) -> Value {
    let mut made = json!({
        "id": id, "name": name, "target_type": "organization", "enforcement": "unenforced", "description": "",
        "dependency_graph": "not_set", "dependency_graph_autosubmit_action": "not_set",
        "dependabot_delegated_alert_dismissal": "not_set", "dependabot_alerts": "not_set", "dependabot_security_updates": "not_set",
        "code_scanning_default_setup": "not_set", "secret_scanning": "not_set",
        "secret_scanning_push_protection": "not_set", "private_vulnerability_reporting": "not_set",
    });
    if let (Some(made), Value::Object(said)) = (made.as_object_mut(), said) {
        made.extend(said);
    }
    made
}

fn rule(lines: &str) -> String {
    format!("[match]\norg = \"acme\"\n[org.code_security.base]\n{lines}\n")
}

fn lab(org: OrgState, lines: &str) -> Lab {
    Lab::new(&state([org])).policy(&[("rules/base.toml", &rule(lines))])
}

fn body_of(lab: &Lab, method: &str, end: &str) -> Value {
    let sent = lab.exchanges();
    let found = sent.iter().find(|exchange| exchange.method == method && exchange.path_and_query.ends_with(end));
    let body = found.and_then(|exchange| exchange.request_body.clone());
    assert!(body.is_some(), "no {method} …{end}");
    body.unwrap_or_default()
}

#[test]
fn it_is_made_with_every_field_so_that_nothing_is_switched_off() {
    let web = repo("web").pvr(true).alerts(true).fixes(true).switch("secret_scanning", true);
    let lab = lab(
        org("acme").repo(web.switch("secret_scanning_push_protection", true)),
        "dependabot_alerts = \"enabled\"\nattach = \"all\"",
    );
    let before = lab.state();
    lab.apply();
    let body = body_of(&lab, "POST", "/code-security/configurations");
    assert_eq!(body["enforcement"], "unenforced");
    assert_eq!(body["dependabot_alerts"], "enabled");
    let switches: Vec<&str> = body
        .as_object()
        .expect("an object")
        .iter()
        .filter(|(key, _)| !["name", "description", "enforcement", "dependabot_alerts"].contains(&key.as_str()))
        .map(|(_, value)| value.as_str().expect("a word"))
        .collect();
    assert!(switches.len() > 15 && switches.iter().all(|word| *word == "not_set"), "{body}");
    let moved: Vec<String> = crate::support::differing(&before, &lab.state())
        .into_iter()
        .filter(|place| place.starts_with("acme/web/") && !place.contains("code_security_configuration"))
        .collect();
    assert!(moved.is_empty(), "attaching switched something: {moved:?}");
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn an_update_sends_the_declared_fields_and_tells_what_it_moves() {
    let had = configuration(7, "base", json!({"secret_scanning": "enabled"}));
    let under = json!({"id": 7});
    let web = repo("web").pvr(false).switch("secret_scanning", true).sim("code_security_configuration", under);
    let org = org("acme").sim("configurations", json!([had])).repo(web).repo(repo("free").pvr(false));
    let lab = lab(org, "private_vulnerability_reporting = \"enabled\"");
    let plan = lab.plan();
    assert_eq!(plan.ids(), ["acme:code_security.base"]);
    let change = plan.change("acme:code_security.base");
    assert_eq!(change["effect"], "tightening");
    let effects: Vec<_> = change["effects"].as_array().expect("a list").iter().map(|one| &one["repo"]).collect();
    assert_eq!(effects, ["web"], "{change}");
    lab.apply();
    let body = body_of(&lab, "PATCH", "/configurations/7");
    assert_eq!(body["private_vulnerability_reporting"], "enabled");
    assert!(body.get("secret_scanning").is_none() && body.get("name").is_none(), "{body}");
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn one_of_the_enterprise_is_never_touched() {
    let theirs = json!({"target_type": "enterprise", "private_vulnerability_reporting": "disabled"});
    let web = repo("web").sim("code_security_configuration", json!({"id": 7}));
    let org = org("acme").sim("configurations", json!([configuration(7, "Enterprise", theirs)])).repo(web);
    let ours = lab(org, "private_vulnerability_reporting = \"enabled\"\nattach = \"all\"");
    let plan = ours.plan();
    assert_eq!(plan.verdict("acme/web:code_security.base.attach"), "violation", "{}", plan.text());
    ours.apply();
    assert!(!ours.writes().iter().any(|write| write.contains("/7") || write.contains("attach")), "{:?}", ours.writes());
}

#[test]
fn the_default_for_new_repositories_is_set_and_taken_back() {
    let base = "private_vulnerability_reporting = \"enabled\"\n";
    let lab = lab(org("acme").repo(repo("web")), &format!("{base}default_for_new_repos = \"all\""));
    lab.apply();
    assert!(lab.plan().ids().is_empty());
    lab.write_policy(&[("rules/base.toml", &rule(&format!("{base}default_for_new_repos = \"public\"")))]);
    assert_eq!(lab.plan().ids(), ["acme:code_security.base.default_for_new_repos"]);
    lab.apply_with(&["--limit", "loosening=1"]);
    assert!(lab.plan().ids().is_empty(), "{}", lab.plan().text());
}
