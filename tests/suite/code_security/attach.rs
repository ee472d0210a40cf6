//! Attaching: by id, only where the gates hold, with everything that it moves.

use serde_json::{Value, json};

use super::{body_of, configuration, lab, rule};
use crate::support::{Lab, OrgState, RepoState, org, repo, state};

const FORK: &str = "web-ghsa-7w2q-9hfx-3vm4";
const GOOD: &str = "Write to sec@acme.test.\n";

fn with_contact(name: &str) -> RepoState {
    repo(name).file("SECURITY.md", GOOD).pvr(false).alerts(true)
}

fn gated() -> OrgState {
    org("acme")
        .repo(with_contact("good"))
        .repo(repo("bad").file("SECURITY.md", "Ask anyone.\n").pvr(false).alerts(true))
        .repo(with_contact("old").archived())
        .repo(with_contact(FORK).private())
        .repo(with_contact("hidden").private())
}

const LINES: &str = "private_vulnerability_reporting = \"enabled\"\ndependabot_alerts = \"enabled\"\nattach = \"all\"\n\
                     attach_requires = [\"security_policy\"]";

fn gated_lab() -> Lab {
    let lab = Lab::new(&state([gated()]));
    let repos = "[match]\narchived = false\n[repo]\nprivate_vulnerability_reporting = true\n\
                 [repo.security_policy]\ncontact = \"sec@acme.test\"\n";
    lab.policy(&[("rules/base.toml", &rule(LINES)), ("rules/repos.toml", repos)])
}

fn id_of(lab: &Lab, name: &str) -> u64 {
    let mut found = 0;
    lab.edit(|world| found = world.repo("acme", name).expect("it is there").id);
    found
}

#[test]
fn only_those_whose_gate_holds_and_by_id() {
    let lab = gated_lab();
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/bad:code_security.base.attach"), "blocked");
    assert_eq!(plan.finding("acme/bad:code_security.base.attach")["blocked_by"], json!(["security_policy"]));
    assert_eq!(plan.verdict("acme/bad:security_policy"), "violation");
    let attach = plan.change("acme:code_security.base.attach");
    assert_eq!(attach["after"], json!({"attached": ["good", "hidden"]}), "{attach}");
    lab.apply();
    let body = body_of(&lab, "POST", "/attach");
    let mut ids = [id_of(&lab, "good"), id_of(&lab, "hidden")];
    ids.sort_unstable();
    assert_eq!(body, json!({"scope": "selected", "selected_repository_ids": ids}));
    assert!(lab.plan().ids().is_empty(), "{}", lab.plan().text());
}

#[test]
fn the_fork_of_an_advisory_is_named_nowhere() {
    let lab = gated_lab();
    let node = lab.state()["organizations"][0]["repositories"][3]["node_id"].as_str().expect("an id").to_owned();
    for args in [
        &["plan"][..],
        &["plan", "-vv"],
        &["plan", "--all", "--format", "json"],
        &["plan", "--format", "markdown"],
        &["drift"],
        &["explain", "acme/good"],
        &["snapshot"],
        &["apply", "--yes", "-vv"],
        &["apply", "--yes", "--format", "json"],
        &["plan", "--all", "--format", "json"],
    ] {
        let ran = lab.run(args).hides("7w2q-9hfx").hides(&node);
        assert!(!ran.stdout.is_empty(), "{ran}");
    }
    let asked: Vec<String> = lab
        .exchanges()
        .iter()
        .filter(|exchange| {
            let body = exchange.request_body.as_ref().map(ToString::to_string).unwrap_or_default();
            exchange.path_and_query.contains("7w2q-9hfx") || body.contains(&node)
        })
        .map(|exchange| exchange.path_and_query.clone())
        .collect();
    assert_eq!(asked, [""; 0], "it is not even asked about");
}

#[test]
fn effects_are_counted_and_stand_in_for_the_repositories_own_changes() {
    let lab = gated_lab();
    let plan = lab.plan();
    let effects = plan.change("acme:code_security.base.attach")["effects"].as_array().cloned().expect("a list");
    let told: Vec<(&Value, &Value)> = effects.iter().map(|one| (&one["repo"], &one["setting"])).collect();
    assert_eq!(told, [(&json!("good"), &json!("private_vulnerability_reporting"))], "{effects:?}");
    assert!(!plan.ids().contains(&"acme/good:private_vulnerability_reporting"), "{:?}", plan.ids());
    // What the configuration does not bring is changed by itself.
    assert!(plan.ids().contains(&"acme/bad:private_vulnerability_reporting"), "{:?}", plan.ids());
    // Three changes and one effect.
    assert_eq!(plan.ids().len(), 3, "{:?}", plan.ids());
    let refused = lab.plan_with(&["--limit", "changes=3"]);
    assert_eq!(refused.0["refused"], json!([{"limit": "changes", "allowed": 3, "planned": 4}]));
    assert_eq!(lab.plan_with(&["--limit", "changes=4"]).0["refused"], json!([]));
    // Two repositories: `good` by the effect, `bad` by its own change.
    let refused = lab.plan_with(&["--limit", "repositories=1"]);
    assert_eq!(refused.0["refused"], json!([{"limit": "repositories", "allowed": 1, "planned": 2}]));
    lab.apply();
    assert!(!lab.writes().iter().any(|write| write.contains("/good/private-vulnerability")), "{:?}", lab.writes());
}

#[test]
fn a_failed_attach_is_told_by_repository() {
    let broken = repo("broken").pvr(false).sim("attach_fails", json!(true));
    let lab = lab(
        org("acme").repo(repo("web").pvr(false)).repo(broken),
        "private_vulnerability_reporting = \"enabled\"\nattach = \"all\"",
    );
    let applied = lab.run(&["apply", "--yes"]);
    assert!([0, 3].contains(&applied.code), "{applied}");
    assert!(applied.stdout.contains("broken"), "{applied}");
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/broken:code_security.base.attach"), "violation", "{}", plan.text());
    assert!(plan.ids().is_empty(), "it is not tried for ever: {}", plan.text());
    lab.forget();
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}

fn elsewhere(theirs: Value) -> Lab {
    let under = json!({"id": 7});
    let org = org("acme")
        .sim("configurations", json!([configuration(7, "Other", theirs)]))
        .repo(repo("web").pvr(false).sim("code_security_configuration", under));
    lab(org, "private_vulnerability_reporting = \"enabled\"\nattach = [\"web\"]")
}

#[test]
fn leaving_a_stronger_configuration_loosens_and_is_refused() {
    let lab = elsewhere(json!({"secret_scanning": "enabled"}));
    let plan = lab.plan();
    assert_eq!(plan.change("acme:code_security.base.attach")["effect"], "loosening", "{}", plan.text());
    assert_eq!(plan.0["refused"][0]["limit"], "loosening");
    lab.forget();
    lab.run(&["apply", "--yes"]).exits(1).tells("loosening");
    assert_eq!(lab.writes(), [""; 0]);
    lab.apply_with(&["--limit", "loosening=1"]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn leaving_a_weaker_one_does_not_loosen() {
    let lab = elsewhere(json!({"dependabot_alerts": "not_set"}));
    let plan = lab.plan();
    assert_eq!(plan.0["refused"], json!([]), "{}", plan.text());
    lab.apply();
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn words_reach_whom_they_say() {
    let all = || org("acme").repo(repo("open")).repo(repo("closed").private()).repo(repo("gone").archived());
    for (word, names) in [
        ("\"all\"", vec!["closed", "open"]),
        ("\"public\"", vec!["open"]),
        ("\"private_or_internal\"", vec!["closed"]),
        ("[\"acme/o*\"]", vec!["open"]),
        ("[\"CLOSED\"]", vec!["closed"]),
    ] {
        let lab = lab(all(), &format!("dependabot_alerts = \"not_set\"\nattach = {word}"));
        let plan = lab.plan();
        assert_eq!(plan.change("acme:code_security.base.attach")["after"], json!({ "attached": names }), "{word}");
    }
}
