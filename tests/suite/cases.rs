//! `ordain test`: the cases of a policy, judged without GitHub.

use serde_json::json;

use crate::support::{Lab, org, state};

const RULE: (&str, &str) = (
    "rules/a.toml",
    "[repo]\nprivate_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n[repo.security_policy]\ncontact = \"me@acme.example\"\n",
);

fn case(name: &str, repo: &str, expect: &str) -> String {
    format!("[[case]]\nname = \"{name}\"\n[case.repo]\nname = \"web\"\n{repo}[case.expect]\n{expect}")
}

#[test]
fn cases_are_judged_as_github_would_be_and_github_is_not_asked() {
    let contact = "files = { \"SECURITY.md\" = \"Write to me@acme.example\" }\n";
    let text = [
        case("waits", "", "private_vulnerability_reporting = \"blocked\"\nsecurity_policy = \"violation\"\n"),
        case("goes on", contact, "private_vulnerability_reporting = \"change\"\nsecurity_policy = \"compliant\"\n"),
        case("private", "visibility = \"private\"\n", "private_vulnerability_reporting = \"not_applicable\"\n"),
        case("archived", &format!("archived = true\n{contact}"), "private_vulnerability_reporting = \"unmanaged\"\n"),
        format!(
            "[[case]]\nname = \"on\"\n[case.repo]\nname = \"web\"\n{contact}[case.observed]\nprivate_vulnerability_reporting = true\n\
             [case.expect]\nprivate_vulnerability_reporting = \"compliant\"\n"
        ),
    ];
    let lab = Lab::new(&state([org("acme")])).policy(&[RULE, ("tests/a.toml", &text.concat())]);
    lab.run(&["test"]).exits(0).prints("5 cases: 5 passed, 0 failed");
    assert!(lab.exchanges().is_empty(), "{:?}", lab.exchanges());
}

#[test]
fn a_case_that_fails_says_where_and_what_is_said_instead() {
    let text = case("wrong", "", "private_vulnerability_reporting = \"change\"\n\"secret_scanning\" = \"compliant\"\n");
    let lab = Lab::new(&state([org("acme")])).policy(&[RULE, ("tests/a.toml", &text)]);
    let ran = lab.run(&["test"]).exits(1).prints("FAILED  wrong").prints("tests/a.toml:1");
    let ran =
        ran.prints("expected change, is blocked").prints("secret_scanning: expected compliant, but no rule gives it");
    ran.prints("1 case: 0 passed, 1 failed");
    let value = lab.run(&["test", "--format", "json"]).exits(1).value();
    assert_eq!((&value[0]["passed"], &value[0]["line"]), (&json!(false), &json!(1)));
    lab.run(&["test", "nothing like it"]).exits(0).prints("None of the 1 cases");
}

#[test]
fn what_cannot_be_observed_on_such_a_repository_is_said() {
    let text = "[[case]]\nname = \"odd\"\n[case.repo]\nname = \"web\"\nvisibility = \"private\"\n[case.observed]\n\
                private_vulnerability_reporting = true\n[case.expect]\nprivate_vulnerability_reporting = \"compliant\"\n";
    let lab = Lab::new(&state([org("acme")])).policy(&[RULE, ("tests/a.toml", text)]);
    lab.run(&["test"]).exits(1).prints("[case.observed] private_vulnerability_reporting cannot be so");
}

#[test]
fn the_express_policy_passes_its_own_cases() {
    let lab = Lab::new(&state([org("acme")])).policy(&[RULE]);
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/policy");
    lab.run(&["test", "--policy", policy]).exits(0).prints(" 0 failed");
}
