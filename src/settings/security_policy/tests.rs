use serde_json::json;

use super::*;
use crate::{
    model::{Permission, Reading},
    settings::fixture::{Acme, desired, with_template},
};

const CONTACT: &str = "security@example.com";
const GOOD: &str = "Write to security@example.com.\n";

fn acme() -> Acme {
    let mut acme = Acme::new(&[("x", json!({})), (".github", json!({}))]);
    acme.empty("x").empty(".github");
    acme
}

fn contact() -> Desired {
    desired("security_policy", &[("contact", json!(CONTACT))])
}

fn of(acme: &Acme, desired: &Desired) -> Outcome {
    let mut judged = acme.judge(&SecurityPolicy, "x", desired);
    assert_eq!(judged.len(), 1);
    judged.remove(0).outcome
}

fn file_of(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Compliant { observed, .. } => observed["file"].as_str().expect("a text").to_owned(),
        other => panic!("{other:?}"),
    }
}

fn message_of(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Violation { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

fn write_of(outcome: &Outcome) -> (&Difference, &FileWrite) {
    match outcome {
        Outcome::Differs(difference) => match difference.writes.as_slice() {
            [Write::File(file)] => (difference, file),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn folders_are_asked_at_once_and_the_organisations_only_where_there_is_none() {
    let mut acme = Acme::new(&[("x", json!({})), (".github", json!({}))]);
    assert_eq!(acme.asks(&SecurityPolicy, "x", &contact()), ["R_x tree ", "R_x tree .github", "R_x tree docs"]);
    acme.empty("x");
    let theirs = ["R_.github tree ", "R_.github tree .github", "R_.github tree docs"];
    assert_eq!(acme.asks(&SecurityPolicy, "x", &contact()), theirs);
    acme.empty(".github").unread(".github", "SECURITY.md", GOOD);
    assert_eq!(acme.asks(&SecurityPolicy, "x", &contact()), [format!("R_.github blob {}", blob_oid(GOOD.as_bytes()))]);
    acme.unread("x", "SECURITY.md", "own");
    assert_eq!(acme.asks(&SecurityPolicy, "x", &contact()), [format!("R_x blob {}", blob_oid(b"own"))]);
    assert!(acme.asks(&SecurityPolicy, "x", &desired("security_policy", &[])).is_empty());
}

#[test]
fn the_look_up_has_githubs_order_and_ignores_case() {
    let mut acme = acme();
    acme.file(".github", "docs/SECURITY.md", GOOD);
    assert_eq!(file_of(&of(&acme, &contact())), ".github:docs/SECURITY.md");
    acme.file(".github", "Security.MD", GOOD);
    assert_eq!(file_of(&of(&acme, &contact())), ".github:Security.MD");
    acme.file(".github", ".github/SECURITY.md", GOOD);
    assert_eq!(file_of(&of(&acme, &contact())), ".github:.github/SECURITY.md");
    acme.file("x", "docs/security.md", GOOD);
    assert_eq!(file_of(&of(&acme, &contact())), "docs/security.md");
    acme.file("x", "SECURITY.rst", "no").file("x", "security.md", GOOD);
    assert_eq!(file_of(&of(&acme, &contact())), "security.md");
    acme.file("x", "SECURITY.md", GOOD);
    assert_eq!(file_of(&of(&acme, &contact())), "SECURITY.md");
    acme.file("x", ".github/SECURITY.md", GOOD);
    assert_eq!(file_of(&of(&acme, &contact())), ".github/SECURITY.md");
}

#[test]
fn the_first_file_counts_even_if_a_later_one_would_do() {
    let mut acme = acme();
    acme.file("x", ".github/SECURITY.md", "nothing").file("x", "SECURITY.md", GOOD).file(
        ".github",
        "SECURITY.md",
        GOOD,
    );
    assert_eq!(message_of(&of(&acme, &contact())), ".github/SECURITY.md does not name security@example.com");
}

#[test]
fn the_verdict_says_which_file_it_is() {
    let mut acme = acme();
    acme.file(".github", "SECURITY.md", GOOD);
    let Outcome::Compliant { observed, desired } = of(&acme, &contact()) else { panic!("not compliant") };
    assert_eq!(observed, json!({"file": ".github:SECURITY.md", "inherited": true, "problem": null}));
    assert_eq!(desired, json!({"contact": CONTACT}));
}

#[test]
fn a_private_defaults_repository_does_not_count() {
    let mut acme = Acme::new(&[("x", json!({})), (".github", json!({"visibility": "private"}))]);
    acme.empty("x").empty(".github").file(".github", "SECURITY.md", GOOD);
    assert_eq!(message_of(&of(&acme, &contact())), "there is no SECURITY.md");
}

#[test]
fn inheriting_can_be_refused() {
    let mut acme = acme();
    acme.file(".github", "SECURITY.md", GOOD);
    let own = desired("security_policy", &[("contact", json!(CONTACT)), ("inherit", json!(false))]);
    assert_eq!(message_of(&of(&acme, &own)), "there is no SECURITY.md of its own");
    let outcome = of(&acme, &with_template(own, GOOD.as_bytes()));
    assert_eq!(write_of(&outcome).1.path, "SECURITY.md");
}

#[test]
fn an_unreadable_folder_makes_it_unknown() {
    let mut acme = acme();
    let lacking = Reading::lacking("hidden", Permission::from("contents:read"));
    acme.repo_mut(".github").trees.insert("docs", lacking.clone());
    let Outcome::Unknown { reason, permission } = of(&acme, &contact()) else { panic!("not unknown") };
    assert_eq!(reason, "the repository `.github` could not be read: hidden");
    assert_eq!(permission, Some(Permission::from("contents:read")));
    acme.file("x", ".github/SECURITY.md", GOOD);
    acme.repo_mut("x").trees.insert("docs", lacking);
    assert_eq!(file_of(&of(&acme, &contact())), ".github/SECURITY.md", "what comes later does not matter");
}

#[test]
fn a_policy_in_a_hidden_repository_is_unknown() {
    let mut acme = Acme::new(&[("x", json!({}))]);
    let asked = acme.asks(&SecurityPolicy, "x", &contact());
    assert!(asked.contains(&"R_x graphql isSecurityPolicyEnabled".to_owned()), "{asked:?}");
    acme.empty("x").graphql("x", "isSecurityPolicyEnabled", json!(true));
    assert!(matches!(of(&acme, &contact()), Outcome::Unknown { .. }));
    for said in [json!(false), json!(null)] {
        acme.graphql("x", "isSecurityPolicyEnabled", said);
        assert_eq!(message_of(&of(&acme, &contact())), "there is no SECURITY.md");
    }
}

#[test]
fn only_a_regular_file_is_a_policy() {
    for (mode, what) in [(0o120_000, "a symbolic link"), (0o160_000, "a submodule"), (0o040_000, "a folder")] {
        for (repo, name) in [("x", "SECURITY.md"), (".github", "the organisation's .github:SECURITY.md")] {
            let mut acme = acme();
            acme.entry(repo, "SECURITY.md", mode, 9).file("x", "docs/README.md", GOOD);
            let wanted = with_template(contact(), GOOD.as_bytes());
            let message = format!("{name} is {what}, which GitHub does not take for a policy");
            assert_eq!(message_of(&of(&acme, &wanted)), message);
        }
    }
}

#[test]
fn what_is_too_large_is_unknown_and_what_is_no_text_fails() {
    let mut large = acme();
    large.blob("x", "SECURITY.md", Blob::TooLarge(true));
    assert!(matches!(of(&large, &contact()), Outcome::Unknown { .. }));
    let mut larger = acme();
    larger.entry("x", "SECURITY.md", 0o100_644, (1 << 20) + 1);
    assert!(matches!(of(&larger, &contact()), Outcome::Unknown { .. }));
    let mut binary = acme();
    binary.blob("x", "SECURITY.md", Blob::Binary(true));
    assert_eq!(message_of(&of(&binary, &contact())), "SECURITY.md is not a text");
}

#[test]
fn a_missing_policy_is_created_from_the_template() {
    let outcome = of(&acme(), &with_template(contact(), GOOD.as_bytes()));
    let (difference, file) = write_of(&outcome);
    assert_eq!((difference.action, difference.effect, difference.deletes), (Action::Create, Effect::Tightening, false));
    assert_eq!(difference.before, Value::Null);
    assert_eq!(difference.after["file"], "SECURITY.md");
    assert_eq!((file.path.as_str(), file.delivery), ("SECURITY.md", Delivery::PullRequest));
    assert_eq!(file.content.as_deref(), Some(GOOD.as_bytes()));
    assert_eq!(file.oid, Some(blob_oid(GOOD.as_bytes())));
}

#[test]
fn a_failing_policy_of_its_own_is_overwritten_where_it_stands() {
    let mut acme = acme();
    acme.file("x", "docs/security.md", "old");
    assert_eq!(message_of(&of(&acme, &contact())), "docs/security.md does not name security@example.com");
    let outcome = of(&acme, &with_template(contact(), GOOD.as_bytes()));
    let (difference, file) = write_of(&outcome);
    assert_eq!((difference.action, file.path.as_str()), (Action::Update, "docs/security.md"));
    assert_eq!(difference.before["oid"], json!(blob_oid(b"old")));
}

#[test]
fn a_failing_inherited_policy_is_mended_in_its_own_place_only() {
    let mut acme = acme();
    acme.file(".github", "SECURITY.md", "old");
    let wanted = with_template(contact(), GOOD.as_bytes());
    let message = of(&acme, &wanted);
    assert!(message_of(&message).starts_with("the organisation's .github:SECURITY.md does not name"), "{message:?}");
    let there = acme.judge(&SecurityPolicy, ".github", &wanted).remove(0).outcome;
    assert_eq!(write_of(&there).1.path, "SECURITY.md");
}

#[test]
fn a_template_that_would_fail_is_not_written() {
    for bytes in [&b"nothing"[..], &[0xff, 0xfe], b"<!-- security@example.com -->"] {
        let outcome = of(&acme(), &with_template(contact(), bytes));
        assert!(message_of(&outcome).contains("would not be mended: the template template.md"), "{outcome:?}");
    }
}

#[test]
fn an_empty_table_asks_for_presence_only() {
    let mut acme = acme();
    let any = desired("security_policy", &[("", json!({}))]);
    assert_eq!(message_of(&of(&acme, &any)), "there is no SECURITY.md");
    acme.unread("x", "SECURITY.md", "whatever");
    assert_eq!(file_of(&of(&acme, &any)), "SECURITY.md");
}

#[test]
fn bad_fields_are_found_in_the_policy() {
    let paths = |value| check(&value).into_iter().map(|problem| problem.path).collect::<Vec<_>>();
    assert_eq!(paths(json!({"contact": " ", "contains": ["", "//", "/(/", "/((a{100}){100}){100}/"]})).len(), 5);
    assert!(paths(json!({"contact": "a@b.c", "contains": ["x", "/", "/x+/"]})).is_empty());
    let problem = check(&json!({"contains": ["/(/"]})).remove(0);
    assert!(problem.message.contains("unclosed group"), "{problem:?}");
}

#[test]
fn the_example_is_toml_that_the_check_takes() {
    let table: toml::Table = META.example.parse().expect("valid");
    let value = serde_json::to_value(&table["repo"][META.shape.key]).expect("serialises");
    assert_eq!(check(&value), []);
}
