use super::*;
use crate::{
    model::Action,
    settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo, repo_with},
};

fn wanted(value: &Value) -> Desired {
    desired("environments", Some("production"), value)
}

fn named(web: Value, count: u64) -> Bench {
    Bench::new(vec![web]).graphql("web", "environments", Reading::known(json!({"totalCount": count, "nodes": []})))
}

/// Production waits ten minutes for one of two reviewers, and only protected branches deploy.
fn production() -> Value {
    json!({
        "name": "Production",
        "protection_rules": [
            {"id": 1, "type": "wait_timer", "wait_timer": 10},
            {"id": 2, "type": "required_reviewers", "prevent_self_review": false, "reviewers": [
                {"type": "Team", "reviewer": {"id": 11, "slug": "core"}}, {"type": "User", "reviewer": {"id": 12, "login": "Alice"}},
            ]},
            {"id": 3, "type": "branch_policy"},
        ],
        "deployment_branch_policy": {"protected_branches": true, "custom_branch_policies": false},
    })
}

fn bench() -> Bench {
    named(repo("web"), 1).known("web", "environments", json!([production()]))
}

fn teams(bench: Bench) -> Bench {
    bench.org_known("teams", json!([{"slug": "core", "id": 11}, {"slug": "release", "id": 13}]))
}

fn base() -> Value {
    json!({
        "wait_timer": 10, "prevent_self_review": false,
        "reviewers": [{"type": "Team", "id": 11}, {"type": "User", "id": 12}],
        "deployment_branch_policy": {"protected_branches": true, "custom_branch_policies": false},
    })
}

fn put(changes: Value) -> Write {
    Write::Rest(RestWrite::replacing("PUT", "/repos/acme/web/environments/Production".into(), changes, base()))
}

#[test]
fn names_are_compared_without_case_and_order() {
    let same = json!({
        "reviewers": ["user:alice", "Team:Core", "team:core"], "wait_timer": 10, "prevent_self_review": false,
        "deployment_branch_policy": "protected_branches",
    });
    for value in [same, json!({})] {
        assert!(matches!(bench().outcome(&Environments, "web", &wanted(&value)), Outcome::Compliant { .. }), "{value}");
    }
}

#[test]
fn what_is_not_named_survives_the_call_that_replaces_everything() {
    let change = difference(bench().outcome(&Environments, "web", &wanted(&json!({"wait_timer": 30}))));
    assert_eq!((&change.before, &change.after), (&json!({"wait_timer": 10}), &json!({"wait_timer": 30})));
    assert_eq!((change.effect, change.writes), (Effect::Tightening, vec![put(json!({"wait_timer": 30}))]));
}

#[test]
fn reviewers_are_resolved_and_only_new_ones_are_asked_for() {
    let more = wanted(&json!({"reviewers": ["team:core", "user:alice", "team:release", "user:bob"]}));
    assert_eq!(bench().wanted(&Environments, Some("web"), &more), ["org:/users/bob", "org:teams"]);
    let known = teams(bench()).org_known("/users/bob", json!({"login": "bob", "id": 14}));
    let change = difference(known.outcome(&Environments, "web", &more));
    let list = json!([
        {"type": "Team", "id": 11}, {"type": "Team", "id": 13}, {"type": "User", "id": 12}, {"type": "User", "id": 14}
    ]);
    assert_eq!((change.effect, change.writes), (Effect::Tightening, vec![put(json!({"reviewers": list}))]));
    let fewer = difference(bench().outcome(&Environments, "web", &wanted(&json!({"reviewers": ["team:core"]}))));
    assert_eq!(fewer.effect, Effect::Loosening);
    let other = teams(bench()).outcome(&Environments, "web", &wanted(&json!({"reviewers": ["team:release"]})));
    assert_eq!(difference(other).effect, Effect::Loosening);
}

#[test]
fn a_reviewer_that_is_not_there_is_a_violation_and_a_hidden_list_unknown() {
    let nobody = wanted(&json!({"reviewers": ["team:nobody"]}));
    let outcome = teams(bench()).outcome(&Environments, "web", &nobody);
    assert!(matches!(outcome, Outcome::Violation { message, .. } if message.contains("team:nobody")));
    // Then there is nothing that could take name patterns.
    let both = json!({"reviewers": ["team:nobody"], "deployment_branch_policy": "custom_branch_policies", "branch_policies": ["main"]});
    let all = teams(bench()).judge(&Environments, Some("web"), &wanted(&both)).expect("read");
    assert!(all.iter().all(|one| matches!(one.outcome, Outcome::Violation { .. })), "{all:#?}");
    let hidden = bench().org_rest("teams", forbidden("members:read")).outcome(&Environments, "web", &nobody);
    assert_eq!(lacking(&hidden), Some("members:read"));
    let gone = bench().org_rest("/users/eve", not_found());
    let outcome = gone.outcome(&Environments, "web", &wanted(&json!({"reviewers": ["user:eve"]})));
    assert!(matches!(outcome, Outcome::Violation { message, .. } if message.contains("user:eve")));
}

#[test]
fn branches_that_may_deploy() {
    for (to, policy, effect) in [
        ("all", json!(null), Effect::Loosening),
        ("custom_branch_policies", observed::policy_of("custom_branch_policies"), Effect::Loosening),
    ] {
        let change =
            difference(bench().outcome(&Environments, "web", &wanted(&json!({"deployment_branch_policy": to}))));
        assert_eq!((change.effect, change.writes), (effect, vec![put(json!({"deployment_branch_policy": policy}))]));
    }
}

#[test]
fn a_missing_one_is_made_and_no_call_is_spent_where_there_is_none() {
    let none = || named(repo("web"), 0);
    let change = difference(none().outcome(&Environments, "web", &wanted(&json!({}))));
    assert_eq!((change.action, change.effect), (Action::Create, Effect::Neutral));
    let change = difference(none().outcome(&Environments, "web", &wanted(&json!({"wait_timer": 5}))));
    assert_eq!((change.action, change.effect), (Action::Create, Effect::Tightening));
    let Some(Write::Rest(write)) = change.writes.first() else { unreachable!("a call") };
    assert_eq!((write.method, write.path.as_str()), ("PUT", "/repos/acme/web/environments/production"));
    assert_eq!(write.body, Some(json!({"wait_timer": 5})));
    let reader = repo_with("web", json!({"visibility": "private", "private": true, "permissions": {"admin": false}}));
    assert_eq!(named(reader, 0).wanted(&Environments, Some("web"), &wanted(&json!({}))), ["rest:environments"]);
}

#[test]
fn preventing_self_review_needs_reviewers() {
    let alone = named(repo("web"), 0).outcome(&Environments, "web", &wanted(&json!({"prevent_self_review": true})));
    assert!(matches!(alone, Outcome::Violation { message, .. } if message.contains("reviewers")));
    let with = difference(bench().outcome(&Environments, "web", &wanted(&json!({"prevent_self_review": true}))));
    assert_eq!((with.effect, with.writes), (Effect::Tightening, vec![put(json!({"prevent_self_review": true}))]));
}

#[test]
fn a_protected_environment_that_nobody_lists_goes_and_that_loosens() {
    let leaf = desired("environments", Some("x"), &json!({"prune": true})).fields["prune"].clone();
    let change =
        difference(bench().outcome(&Environments, "web", &Desired::pruned("environments", "Production".into(), leaf)));
    assert_eq!((change.action, change.deletes, change.effect), (Action::Delete, true, Effect::Loosening));
    let path = "/repos/acme/web/environments/Production".to_owned();
    assert_eq!(change.writes, [Write::Rest(RestWrite::bare("DELETE", path))]);
}

#[test]
fn a_small_plan_has_no_reviewers_on_private_repositories() {
    let private = || repo_with("web", json!({"visibility": "private", "private": true}));
    let with = |plan: &str| named(private(), 0).org_known("", json!({"plan": {"name": plan}}));
    let waits = wanted(&json!({"wait_timer": 5}));
    let team = with("team").outcome(&Environments, "web", &waits);
    assert!(matches!(team, Outcome::NotApplicable(why) if why.contains("`team`")));
    assert!(matches!(with("enterprise").outcome(&Environments, "web", &waits), Outcome::Differs(_)));
    assert!(matches!(with("team").outcome(&Environments, "web", &wanted(&json!({}))), Outcome::Differs(_)));
}

fn custom(told: Value) -> Bench {
    let mut environment = production();
    environment["deployment_branch_policy"] = observed::policy_of("custom_branch_policies");
    named(repo("web"), 1).known("web", "environments", json!([environment])).known(
        "web",
        "environments/Production/deployment-branch-policies",
        told,
    )
}

#[test]
fn name_patterns_are_a_part_with_a_call_for_each() {
    let told = json!([{"id": 5, "name": "main", "type": "branch"}, {"id": 6, "name": "v*", "type": "tag"}]);
    let part = |value: Value| {
        let mut all = custom(told.clone()).judge(&Environments, Some("web"), &wanted(&value)).expect("read");
        assert_eq!((all.len(), all[0].part), (1, Some("branch_policies")));
        all.remove(0).outcome
    };
    let same = part(json!({"branch_policies": ["tag:v*", "main"]}));
    assert!(matches!(same, Outcome::Compliant { .. }));
    let base = "/repos/acme/web/environments/Production/deployment-branch-policies".to_owned();
    let fewer = difference(part(json!({"branch_policies": ["main"]})));
    assert_eq!(fewer.effect, Effect::Tightening);
    assert_eq!(fewer.writes, [Write::Rest(RestWrite::bare("DELETE", format!("{base}/6")))]);
    let more = difference(part(json!({"branch_policies": ["main", "tag:v*", "release/*"]})));
    assert_eq!(more.effect, Effect::Loosening);
    let body = json!({"name": "release/*", "type": "branch"});
    assert_eq!(more.writes, [Write::Rest(RestWrite::with_body("POST", base, body))]);
}

#[test]
fn name_patterns_need_custom_branch_policies() {
    let outcome = bench().outcome(&Environments, "web", &wanted(&json!({"branch_policies": ["main"]})));
    assert!(matches!(outcome, Outcome::Violation { message, .. } if message.contains("custom_branch_policies")));
    let both = json!({"deployment_branch_policy": "custom_branch_policies", "branch_policies": ["main"]});
    let all = bench().judge(&Environments, Some("web"), &wanted(&both)).expect("read");
    assert_eq!(difference(all[1].outcome.clone()).effect, Effect::Neutral);
    let hidden =
        custom(json!([])).rest("web", "environments/Production/deployment-branch-policies", forbidden("actions:read"));
    let hidden = hidden.outcome(&Environments, "web", &wanted(&json!({"branch_policies": ["main"]})));
    assert_eq!(lacking(&hidden), Some("actions:read"));
}

#[test]
fn a_hidden_list_is_unknown_and_what_is_left_out_is_never_read_as_none() {
    for answer in [forbidden(READ), not_found()] {
        let hidden = named(repo("web"), 1).rest("web", "environments", answer);
        assert_eq!(lacking(&hidden.outcome(&Environments, "web", &wanted(&json!({})))), Some(READ));
    }
    let partial = named(repo("web"), 1).known("web", "environments", json!([{"name": "production"}]));
    let outcome = partial.outcome(&Environments, "web", &wanted(&json!({"wait_timer": 0})));
    assert!(matches!(outcome, Outcome::Unknown { .. }));
}

#[test]
fn what_cannot_be_meant_is_told() {
    let many: Vec<String> = (0..7).map(|n| format!("user:u{n}")).collect();
    let bad = json!({"reviewers": ["core"], "deployment_branch_policy": "all", "branch_policies": ["main"]});
    assert_eq!(check(&bad).len(), 2);
    assert_eq!(check(&json!({"reviewers": many})).len(), 1);
    assert_eq!(check(&json!({"reviewers": ["team:core"], "branch_policies": ["main"]})), []);
    example_is_sound(&Environments);
}

/// Lists of reviewers, and the other fields' values.
fn protection() -> impl proptest::strategy::Strategy<Value = (Vec<&'static str>, i64, &'static str)> {
    let reviewers = proptest::sample::subsequence(vec!["team:core", "user:alice", "user:bob"], 0..=3);
    let policy = proptest::sample::select(vec![observed::ALL, observed::PROTECTED, observed::CUSTOM]);
    (reviewers, 0..3_i64, policy)
}

proptest::proptest! {
    /// Going somewhere and coming back is never safer both ways.
    #[test]
    fn no_way_there_and_back_tightens_twice(from in protection(), to in protection()) {
        let fields = |(reviewers, wait, policy): &(Vec<&str>, i64, &str)| {
            [("reviewers", json!(reviewers)), ("wait_timer", json!(wait)), ("deployment_branch_policy", json!(policy))]
        };
        for ((key, from), (_, to)) in fields(&from).into_iter().zip(fields(&to)).filter(|(from, to)| from != to) {
            let (there, back) = (direction(key, &from, &to), direction(key, &to, &from));
            proptest::prop_assert!(there == Effect::Loosening || back == Effect::Loosening, "{key}: {from} {to}");
        }
    }
}
