//! Gates hold only where the named setting is compliant in what was observed.

use crate::support::{Lab, RepoState, org, repo, state};

const GOOD: &str = "Write to sec@acme.test.\n";
const RULE: &str = "[repo]\nprivate_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n\
                    [repo.security_policy]\ncontact = \"sec@acme.test\"\n";
const ID: &str = "acme/web:private_vulnerability_reporting";

fn lab(web: RepoState, more: &[(&str, &str)]) -> Lab {
    Lab::new(&state([org("acme").repo(web)])).policy(&[&[("rules/a.toml", RULE)], more].concat())
}

fn why(lab: &Lab, id: &str) -> String {
    let plan = lab.plan();
    assert_eq!(plan.verdict(id), "blocked", "{}", plan.text());
    plan.finding(id)["message"].as_str().expect("a text").to_owned()
}

#[test]
fn compliant_opens_it() {
    assert_eq!(lab(repo("web").file("SECURITY.md", GOOD), &[]).plan().verdict(ID), "change");
}

#[test]
fn a_violation_keeps_it_closed_and_nothing_is_written() {
    let lab = lab(repo("web"), &[]);
    assert!(why(&lab, ID).contains("security_policy does not hold"));
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn a_waiver_does_not_open_it() {
    let waiver = "[[waiver]]\nrepo = \"*\"\nsetting = \"security_policy\"\nreason = \"later\"\npermanent = true\n";
    let lab = lab(repo("web"), &[("waivers.toml", waiver)]);
    assert_eq!(lab.plan().verdict("acme/web:security_policy"), "waived");
    why(&lab, ID);
}

#[test]
fn unknown_does_not_open_it() {
    let lab = lab(repo("web").private(), &[]);
    let mut state = lab.state();
    state["organizations"][0]["repositories"][0]["private"] = serde_json::json!(true);
    state["simulator"]["tokens"] = serde_json::json!([{"token": "ghp_weak", "login": "x", "type": "user",
        "permissions": {"metadata": "read", "administration": "write"}}]);
    let rule = RULE.replace("private_vulnerability_reporting", "dependabot_alerts");
    let lab = Lab::new(&state).policy(&[("rules/a.toml", &rule)]).token("ghp_weak");
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!(plan.verdict("acme/web:security_policy"), "unknown");
    let blocked = plan.finding("acme/web:dependabot_alerts");
    assert_eq!(blocked["verdict"], "blocked", "{}", plan.text());
    assert!(blocked["message"].to_string().contains("unknown"), "{blocked}");
}

#[test]
fn a_change_of_the_same_plan_opens_it_only_for_the_next() {
    let template = RULE.to_owned() + "template = \"SECURITY.md\"\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))]));
    lab.write_policy(&[("rules/a.toml", &template), ("files/SECURITY.md", GOOD)]);
    let plan = lab.plan();
    assert_eq!((plan.verdict("acme/web:security_policy"), plan.verdict(ID)), ("change", "blocked"));
    lab.apply();
    assert_eq!(lab.plan().verdict(ID), "blocked", "a pull request is no file yet");
    lab.merge();
    assert_eq!(lab.plan().verdict(ID), "change");
    lab.apply();
    assert!(lab.plan().ids().is_empty());
}

fn elsewhere(home: Option<RepoState>) -> Lab {
    let rule = RULE.replace("\"security_policy\"]", "\".github:security_policy\"]");
    Lab::new(&state([org("acme").repos(home).repo(repo("web").file("SECURITY.md", GOOD))]))
        .policy(&[("rules/a.toml", &rule)])
}

#[test]
fn a_gate_of_the_organisations_repository() {
    let home = || repo(".github");
    assert_eq!(elsewhere(Some(home().file("SECURITY.md", GOOD))).plan().verdict(ID), "change");
    assert!(why(&elsewhere(Some(home())), ID).contains("acme/.github"));
    assert!(
        why(&elsewhere(Some(home().file("SECURITY.md", GOOD).archived())), ID).contains("acme/.github is archived")
    );
    assert!(why(&elsewhere(None), ID).contains("there is no repository acme/.github"));
}

#[test]
fn a_gate_of_the_organisation() {
    let repos = "[repo]\ndependabot_alerts = { value = true, requires = [\"org:code_security.base\"] }\n";
    let orgs = "[match]\norg = \"acme\"\n[org.code_security.base]\nprivate_vulnerability_reporting = \"enabled\"\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web").alerts(false))]))
        .policy(&[("rules/r.toml", repos), ("rules/o.toml", orgs)]);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:dependabot_alerts"), "blocked", "{}", plan.text());
    lab.apply();
    assert_eq!(lab.plan().ids(), ["acme/web:dependabot_alerts"]);
}
