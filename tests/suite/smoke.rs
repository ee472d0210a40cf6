//! The laboratory itself: a plan, an apply and an empty plan; and a contract that can be broken.

use crate::support::{Lab, org, repo, state};

const RULE: &[(&str, &str)] = &[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")];

#[test]
fn a_policy_is_planned_applied_and_then_holds() {
    let lab = Lab::new(&state([org("acme").repo(repo("web").pvr(false)).repo(repo("api").pvr(true))])).policy(RULE);
    let plan = lab.plan();
    assert_eq!(plan.ids(), ["acme/web:private_vulnerability_reporting"]);
    lab.apply();
    assert_eq!(lab.writes(), ["PUT /repos/acme/web/private-vulnerability-reporting"]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
#[should_panic(expected = "against GitHub's descriptions")]
fn an_exchange_that_github_does_not_know_is_found() {
    let lab = Lab::new(&state([org("acme").repos(["api", "web"].map(repo))])).policy(RULE);
    lab.plan();
    lab.edit(|world| {
        world.repo("acme", "web").expect("it is there").set("topics", serde_json::json!("not a list"));
    });
    lab.plan();
    lab.finish();
}

#[test]
fn a_token_that_is_a_common_word_changes_no_name() {
    let lab = Lab::new(&state([org("acme").repo(repo("codemod").pvr(false))])).policy(RULE).token("demo");
    assert_eq!(lab.plan().ids(), ["acme/codemod:private_vulnerability_reporting"]);
}
