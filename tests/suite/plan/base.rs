//! `plan --base DIR`: what a new policy introduces, apart from what was drift before, from one observation.

use serde_json::{Value, json};

use crate::support::{Lab, org, repo, state};

const OLD: &[(&str, &str)] = &[
    ("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\ndependabot_alerts = true\n"),
    ("rules/b.toml", "[repo.secret_scanning]\nenabled = true\n"),
];
const NEW: &[(&str, &str)] = &[
    (
        "rules/a.toml",
        "[repo]\nprivate_vulnerability_reporting = true\ndependabot_alerts = { value = true, mode = \"audit\" }\n",
    ),
    ("rules/c.toml", "[repo.secret_scanning]\npush_protection = true\n"),
];

/// A lab in which the old policy is in `base` and the new one is the policy.
fn lab() -> Lab {
    let web = || repo("web").pvr(false);
    let lab = Lab::new(&state([org("acme").repo(web()), org("other").repo(repo("lib").pvr(false))])).policy(OLD);
    lab.write_policy(&with(OLD, "orgs = [\"acme\"]", "[limits]\nchanges = 5\n"));
    std::fs::rename(lab.policy_folder(), lab.folder().join("base")).expect("a move");
    lab.write_policy(&with(NEW, "orgs = [\"acme\", \"other\"]", "[limits]\nchanges = 500\n"));
    lab
}

fn with<'a>(rules: &[(&'a str, &'a str)], orgs: &str, more: &str) -> Vec<(&'a str, &'a str)> {
    let text: &'static str = format!("version = 1\n{orgs}\n{more}").leak();
    rules.iter().copied().chain([("policy.toml", text)]).collect()
}

fn marks(list: &Value) -> Vec<(String, bool)> {
    let mark =
        |one: &Value| (one["id"].as_str().expect("an id").to_owned(), one["introduced"].as_bool().expect("a mark"));
    list.as_array().expect("a list").iter().map(mark).collect()
}

#[test]
fn what_the_policy_introduces_is_told_apart_from_what_was_there() {
    let lab = lab();
    let plan = lab.run(&["plan", "--base", "base", "--format", "json"]).exits(0).value();
    assert_eq!(
        marks(&plan["changes"]),
        [
            ("acme/web:private_vulnerability_reporting".to_owned(), false),
            ("acme/web:secret_scanning.push_protection".to_owned(), true),
            ("other/lib:private_vulnerability_reporting".to_owned(), true),
            ("other/lib:secret_scanning.push_protection".to_owned(), true),
        ]
    );
    let alerts = &plan["findings"][0];
    assert_eq!((&alerts["id"], &alerts["introduced"]), (&json!("acme/web:dependabot_alerts"), &json!(true)));
    let kinds: Vec<&str> =
        plan["policy_changes"].as_array().expect("a list").iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(kinds, ["organisation_added", "limit_raised", "mode_weakened", "rule_removed", "unmanaged"]);
    // Without it the document is as ever.
    let plain = lab.run(&["plan", "--format", "json"]).exits(0).value();
    assert!(plain.get("policy_changes").is_none() && plain["changes"][0].get("introduced").is_none());
}

#[test]
fn people_see_first_how_the_policy_changed_then_what_it_introduces() {
    let lab = lab();
    let text = lab.run(&["plan", "--base", "base"]).exits(0).stdout;
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part:?} is not in\n{text}"));
    assert!(place("[limits] changes: 5 → 500") < place("This change of the policy introduces 3 changes"), "{text}");
    assert!(
        place("secret_scanning.push_protection") < place("There before it, and not part of it: 1 change"),
        "{text}"
    );
    let text = lab.run(&["plan", "--base", "base", "--format", "markdown"]).exits(0).stdout;
    assert!(text.starts_with("### ordain: This change of the policy introduces 3 changes"), "{text}");
    assert!(text.contains("<details><summary>There before it"), "{text}");
}

#[test]
fn one_observation_serves_both_policies() {
    let lab = lab();
    lab.run(&["plan"]).exits(0);
    let alone = lab.exchanges().len();
    lab.forget();
    lab.run(&["plan", "--base", "base"]).exits(0);
    let both = lab.exchanges().len();
    assert!(both <= alone + 1, "{both} requests instead of {alone}");
}

#[test]
fn a_proposal_that_is_not_trusted_reaches_no_organisation_that_the_base_does_not_name() {
    let lab = lab();
    let plan = lab.run(&["plan", "--base", "base", "--untrusted", "--format", "json"]).exits(0).value();
    assert!(plan["changes"].as_array().expect("a list").iter().all(|change| change["org"] == "acme"));
    assert_eq!(plan["policy_changes"][0]["kind"], "organisation_added");
    let asked = lab.exchanges();
    assert!(!asked.is_empty() && asked.iter().all(|one| !one.path_and_query.contains("/other")), "{asked:?}");
    lab.write_policy(&with(NEW, "orgs = [\"other\"]", ""));
    lab.forget();
    lab.run(&["plan", "--base", "base", "--untrusted"]).exits(1).tells("names none of the organisations");
    assert!(lab.exchanges().is_empty());
    lab.run(&["plan", "--untrusted"]).exits(1);
}
