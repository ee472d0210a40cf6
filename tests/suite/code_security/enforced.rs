//! An enforced configuration proves the values of its repositories, and nothing else does.

use serde_json::json;

use super::{configuration, rule};
use crate::support::{Lab, org, repo, state};

const REPOS: &str = "[repo]\nprivate_vulnerability_reporting = true\ndependabot_alerts = true\n";

fn lab(enforcement: &str, reporting: &str) -> Lab {
    let said = json!({"enforcement": enforcement, "private_vulnerability_reporting": reporting, "dependabot_alerts": "enabled"});
    let on = reporting == "enabled";
    let under =
        |name: &str| repo(name).pvr(on).alerts(true).sim("code_security_configuration", json!({"name": "Held"}));
    let org = org("acme").sim("configurations", json!([configuration(7, "Held", said)]));
    Lab::new(&state([org.repo(under("web")).repo(under("api")).repo(repo("free").pvr(true).alerts(true))]))
        .policy(&[("rules/repos.toml", REPOS)])
}

#[test]
fn it_saves_a_request_for_each_repository() {
    let held = lab("enforced", "enabled");
    let plan = held.plan_with(&["--all"]);
    assert_eq!(plan.summary("compliant"), 6, "{}", plan.text());
    let asked =
        |lab: &Lab, name: &str| lab.count("GET", &format!("/repos/acme/{name}/private-vulnerability-reporting"));
    assert_eq!((asked(&held, "web"), asked(&held, "api"), asked(&held, "free")), (0, 0, 1));
    let open = lab("unenforced", "enabled");
    assert_eq!(open.plan_with(&["--all"]).summary("compliant"), 6);
    assert_eq!((asked(&open, "web"), asked(&open, "api"), asked(&open, "free")), (1, 1, 1));
}

#[test]
fn a_contrary_value_is_a_violation_that_names_it() {
    let lab = lab("enforced", "disabled");
    let plan = lab.plan();
    assert_eq!(plan.with_verdict("violation").len(), 2, "{}", plan.text());
    let message = plan.finding("acme/web:private_vulnerability_reporting")["message"].to_string();
    assert!(message.contains("`Held`") && message.contains("enforces"), "{message}");
    lab.apply();
    assert_eq!(lab.writes(), [""; 0], "GitHub would take the write and do nothing");
}

#[test]
fn without_the_right_to_see_configurations_each_repository_is_asked() {
    let everything_else = [("metadata", "read"), ("administration", "read"), ("contents", "read")];
    let mut state = lab("enforced", "enabled").state();
    state["simulator"]["tokens"] = json!([{"token": "ghp_weak", "login": "x", "type": "user",
        "permissions": everything_else.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<serde_json::Map<_, _>>()}]);
    let lab = Lab::new(&state).policy(&[("rules/repos.toml", REPOS)]).token("ghp_weak");
    let plan = lab.plan_with(&["--all"]);
    assert_eq!(plan.summary("compliant"), 6, "{}", plan.text());
    assert_eq!(lab.count("GET", "/repos/acme/web/private-vulnerability-reporting"), 1);
}

#[test]
fn enforcing_what_is_attached_tightens_and_holds_after() {
    let lab = lab("unenforced", "enabled");
    lab.write_policy(&[
        ("rules/base.toml", &rule("").replace(".base]", ".Held]\nenforcement = \"enforced\"")),
        ("rules/repos.toml", REPOS),
    ]);
    let plan = lab.plan();
    assert_eq!(plan.ids(), ["acme:code_security.Held"]);
    assert_eq!(plan.change("acme:code_security.Held")["effect"], "tightening", "{}", plan.text());
    lab.apply();
    assert!(lab.plan().ids().is_empty(), "{}", lab.plan().text());
    lab.forget();
    lab.plan();
    assert_eq!(lab.count("GET", "/repos/acme/web/private-vulnerability-reporting"), 0);
}
