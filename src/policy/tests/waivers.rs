//! Exceptions.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    model::RepoName,
    policy::{Policy, fixtures::*},
};

const RULE: (&str, &str) = ("rules/a.toml", "[repo]\ndependabot_alerts = true\n");

fn with(waivers: &str) -> Policy {
    parse(&[RULE, ("waivers.toml", waivers)])
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

#[test]
fn a_waiver_holds_through_its_last_day() {
    let policy = with(
        "[[waiver]]\nrepo = \"expressjs/*\"\nsetting = \"secret_scanning\"\nreason = \"x\"\nexpires = 2026-11-22\n",
    );
    let (org, repo) = (org("expressjs"), RepoName::new("Cors").expect("valid"));
    let holds = |setting: &str, time: &str| policy.waiver(&org, Some(&repo), setting, at(time)).is_some();
    assert!(holds("secret_scanning", "2026-11-22T23:59:59Z"));
    assert!(holds("secret_scanning.push_protection", "2026-11-22T00:00:00Z"));
    assert!(!holds("secret_scanning", "2026-11-23T00:00:00Z"));
    assert!(!holds("secret_scanning_x", "2026-11-22T00:00:00Z"));
    assert!(policy.waiver(&org, None, "secret_scanning", at("2026-11-22T00:00:00Z")).is_none());
    assert!(policy.waiver(&super::super::fixtures::org("pillarjs"), Some(&repo), "secret_scanning", now()).is_none());
}

#[test]
fn old_soon_and_idle_waivers_are_told() {
    let head = "[[waiver]]\nrepo = \"a\"\nsetting = \"scorecard\"\nreason = \"x\"\n";
    let policy = with(&format!(
        "{head}expires = 2026-11-21\n{head}expires = 2026-12-22\n{head}expires = 2026-12-23\n{head}permanent = true\n\
         [[waiver]]\norg = \"pillarjs\"\nsetting = \"code_security.x\"\nreason = \"x\"\npermanent = true\n"
    ));
    let warnings = policy.waiver_warnings(&BTreeSet::from([0, 1, 3]), now());
    let told: Vec<String> =
        warnings.iter().map(|w| format!("{} ({})", w.message, w.source.as_ref().expect("a line"))).collect();
    assert_eq!(
        told,
        [
            "the waiver of `scorecard` for `a` expired on 2026-11-21 and no longer holds (waivers.toml:1)",
            "the waiver of `scorecard` for `a` expires on 2026-12-22 (waivers.toml:6)",
            "the waiver of `scorecard` for `a` covers nothing (waivers.toml:11)",
            "the waiver of `code_security.x` for organisation `pillarjs` covers nothing (waivers.toml:21)",
        ]
    );
}

#[test]
fn bad_waivers_say_what_is_missing() {
    for (waiver, expected) in [
        ("repo = \"a\"\nsetting = \"scorecard\"\npermanent = true", "has no `reason`"),
        ("repo = \"a\"\nsetting = \"scorecard\"\nreason = \" \"\npermanent = true", "the text is empty"),
        ("repo = \"a\"\nsetting = \"scorecard\"\nreason = \"x\"", "has no `expires`"),
        ("repo = \"a\"\nsetting = \"scorecard\"\nreason = \"x\"\nexpires = \"2027-01-01\"", "without quotes"),
        (
            "repo = \"a\"\nsetting = \"scorecard\"\nreason = \"x\"\nexpires = 2027-01-01\npermanent = true",
            "does not expire",
        ),
        ("setting = \"scorecard\"\nreason = \"x\"\npermanent = true", "what it is for"),
        ("repo = \"a\"\norg = \"b\"\nsetting = \"scorecard\"\nreason = \"x\"\npermanent = true", "not for both"),
        ("repo = \"a\"\nsetting = \"scorecrd\"\nreason = \"x\"\npermanent = true", "did you mean `scorecard`?"),
        ("repo = \"a\"\nsetting = \"scorecard\"\nreson = \"x\"\npermanent = true", "did you mean `reason`?"),
    ] {
        let text = problems(&[RULE, ("waivers.toml", &format!("[[waiver]]\n{waiver}\n"))]);
        assert!(text.contains(expected), "{waiver}\n{text}");
    }
    assert!(problems(&[RULE, ("waivers.toml", "[waiver]\nrepo = \"a\"\n")]).contains("[[waiver]]"));
}
