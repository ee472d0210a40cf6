use serde_json::{Value, json};

use super::{Protected, fits};
use crate::{
    model::Reading,
    settings::{
        Context, Outcome, Setting,
        bench::{Bench, desired, example_is_sound, lacking, repo, repo_with},
    },
};

fn rule(kind: &str) -> Value {
    json!({"type": kind, "parameters": null})
}

fn reviews(count: u64) -> Value {
    json!({"type": "PULL_REQUEST", "parameters": {"__typename": "PullRequestParameters", "requiredApprovingReviewCount": count}})
}

fn ruleset(id: u64, rules: Vec<Value>, changes: Value) -> Value {
    let mut made = json!({
        "databaseId": id, "name": format!("r{id}"), "target": "BRANCH", "enforcement": "ACTIVE",
        "source": {"__typename": "Repository", "nameWithOwner": "acme/web"},
        "conditions": {"refName": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": {"totalCount": rules.len(), "nodes": rules},
    });
    if let (Some(made), Value::Object(changes)) = (made.as_object_mut(), changes) {
        made.extend(changes);
    }
    made
}

fn classic(pattern: &str, changes: Value) -> Value {
    let mut made = json!({
        "id": format!("B_{pattern}"), "databaseId": 9, "pattern": pattern, "allowsDeletions": false, "allowsForcePushes": false,
        "isAdminEnforced": true, "requiresApprovingReviews": true, "requiredApprovingReviewCount": 1, "requiresStatusChecks": true,
        "requiresStrictStatusChecks": true, "requiredStatusChecks": [{"context": "ci", "app": {"id": "A", "databaseId": 15368}}],
    });
    if let (Some(made), Value::Object(changes)) = (made.as_object_mut(), changes) {
        made.extend(changes);
    }
    made
}

fn connection(nodes: Vec<Value>) -> Reading<Value> {
    Reading::known(json!({"totalCount": nodes.len(), "nodes": nodes}))
}

fn bench(rulesets: Vec<Value>, classic: Vec<Value>) -> Bench {
    Bench::new(vec![repo("web")]).graphql("web", "protectingRulesets", connection(rulesets)).graphql(
        "web",
        "branchProtectionRules",
        connection(classic),
    )
}

fn outcome(bench: &Bench, value: &Value) -> Outcome {
    bench.outcome(&Protected, "web", &desired("protected", None, value))
}

fn holds(bench: &Bench, value: &Value) -> bool {
    match outcome(bench, value) {
        Outcome::Compliant { .. } => true,
        Outcome::Violation { .. } => false,
        other => unreachable!("neither: {other:#?}"),
    }
}

fn message(bench: &Bench, value: &Value) -> String {
    match outcome(bench, value) {
        Outcome::Violation { message, .. } => message,
        other => unreachable!("no violation: {other:#?}"),
    }
}

#[test]
fn it_is_the_union_of_all_levels() {
    let of_org = json!({"source": {"__typename": "Organization", "login": "acme"}});
    let bench = bench(
        vec![ruleset(1, vec![rule("DELETION")], json!({})), ruleset(2, vec![reviews(2)], of_org)],
        vec![classic("main", json!({"allowsDeletions": true}))],
    );
    for value in [
        json!({"no_deletion": true}),
        json!({"no_force_push": true}),
        json!({"pull_request": true}),
        json!({"approvals": 2}),
        json!({"status_checks": ["ci"]}),
        json!({"status_checks": true}),
        json!({"pull_request": false}),
    ] {
        assert!(holds(&bench, &value), "{value}");
    }
    let told = message(&bench, &json!({"approvals": 3}));
    for part in [
        "2 approvals",
        "ruleset `r1` of acme/web",
        "ruleset `r2` of the organisation acme",
        "classic protection of `main`",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(message(&bench, &json!({"status_checks": ["ci", "lint"]})).contains("not required: lint"));
    assert!(message(&bench, &json!({"branch": "next", "no_deletion": true})).contains("no active ruleset"));
}

#[test]
fn only_what_is_active_and_for_the_branch_counts() {
    let one = |changes: Value| bench(vec![ruleset(1, vec![rule("DELETION")], changes)], vec![]);
    let refs =
        |include: Value, exclude: Value| json!({"conditions": {"refName": {"include": include, "exclude": exclude}}});
    for (changes, counts) in [
        (json!({}), true),
        (json!({"enforcement": "EVALUATE"}), false),
        (json!({"enforcement": "DISABLED"}), false),
        (json!({"target": "TAG"}), false),
        (refs(json!(["~ALL"]), json!([])), true),
        (refs(json!(["~ALL"]), json!(["refs/heads/ma*"])), false),
        (refs(json!(["refs/heads/m[ab]in"]), json!([])), true),
        (refs(json!(["refs/heads/**/*"]), json!([])), true),
        (refs(json!(["refs/*"]), json!([])), false),
        (refs(json!(["main"]), json!([])), false),
        (refs(json!([]), json!([])), false),
    ] {
        assert_eq!(holds(&one(changes.clone()), &json!({"no_deletion": true})), counts, "{changes}");
    }
}

#[test]
fn where_graphql_does_not_tell_all_the_rules_of_the_branch_are_asked() {
    let rules = json!([
        {"type": "deletion", "ruleset_id": 4, "ruleset_source": "acme", "ruleset_source_type": "Organization"},
        {"type": "pull_request", "ruleset_id": 5, "ruleset_source": "acme/web", "ruleset_source_type": "Repository",
            "parameters": {"required_approving_review_count": 2}},
    ]);
    let cut = Reading::known(json!({"totalCount": 6, "nodes": [ruleset(1, vec![], json!({}))]}));
    for told in [cut, Reading::unknown("this server's GraphQL does not have the field")] {
        let bench = Bench::new(vec![repo("web")])
            .graphql("web", "protectingRulesets", told)
            .graphql("web", "branchProtectionRules", connection(vec![]))
            .known("web", "rules/branches/main", rules.clone());
        assert!(holds(&bench, &json!({"approvals": 2})) && holds(&bench, &json!({"no_deletion": true})));
        assert!(message(&bench, &json!({"approvals": 3})).contains("the ruleset 4 of the organisation acme"));
    }
}

#[test]
fn patterns_are_githubs() {
    for (pattern, text, is) in [
        ("release/*", "release/1", true),
        ("release/*", "release/1/2", false),
        ("release/**/*", "release/1/2", true),
        ("*", "main", true),
        ("*", "a/b", false),
        ("{main,next}", "main", false),
        ("ma[", "ma[", true),
    ] {
        assert_eq!(fits(pattern, text), is, "{pattern} {text}");
    }
}

#[test]
fn the_classic_rule_of_the_name_beats_patterns_and_the_oldest_pattern_the_rest() {
    let weak = json!({"allowsForcePushes": true, "databaseId": 1});
    let exact = bench(vec![], vec![classic("*", json!({"databaseId": 1})), classic("main", weak.clone())]);
    assert!(!holds(&exact, &json!({"no_force_push": true})));
    let oldest = bench(vec![], vec![classic("m*", json!({"databaseId": 5})), classic("*", weak)]);
    assert!(!holds(&oldest, &json!({"no_force_push": true})));
}

fn bypassed(bench: Bench, counts: &[(u64, u64)]) -> Bench {
    let nodes = counts.iter().map(|(id, count)| json!({"databaseId": id, "bypassActors": {"totalCount": count}}));
    let none = json!({"totalCount": 0, "nodes": []});
    let classic = json!({"nodes": [{"id": "B_main", "bypassForcePushAllowances": {"totalCount": 0},
        "bypassPullRequestAllowances": none, "pushAllowances": none, "reviewDismissalAllowances": none}]});
    bench.graphql("web", "protectingBypasses", Reading::known(json!({"nodes": nodes.collect::<Vec<_>>()}))).graphql(
        "web",
        "branchProtectionActors",
        Reading::known(classic),
    )
}

/// The outcome of `no_bypass` beside another part.
fn nobody(bench: &Bench, value: &Value) -> Outcome {
    let all = bench.judge(&Protected, Some("web"), &desired("protected", None, value)).expect("everything was read");
    let part = all.into_iter().find(|one| one.part == Some("no_bypass"));
    part.expect("the part").outcome
}

#[test]
fn no_bypass_wants_the_rest_to_hold_for_everybody() {
    let wanted = json!({"no_deletion": true, "no_bypass": true});
    let rulesets = || vec![ruleset(1, vec![rule("DELETION")], json!({}))];
    let firm = bypassed(bench(rulesets(), vec![]), &[(1, 0)]);
    assert!(matches!(nobody(&firm, &wanted), Outcome::Compliant { .. }));
    let open = bypassed(bench(rulesets(), vec![]), &[(1, 2)]);
    assert!(matches!(nobody(&open, &wanted), Outcome::Violation { message, .. } if message.contains("ruleset `r1`")));
    // The classic rule holds for administrators too.
    let both = bypassed(bench(rulesets(), vec![classic("main", json!({}))]), &[(1, 2)]);
    assert!(matches!(nobody(&both, &wanted), Outcome::Compliant { .. }));
    let admins = bypassed(bench(vec![], vec![classic("main", json!({"isAdminEnforced": false}))]), &[]);
    assert!(matches!(nobody(&admins, &wanted), Outcome::Violation { .. }));
    let hidden = bench(rulesets(), vec![])
        .graphql(
            "web",
            "protectingBypasses",
            Reading::known(json!({"nodes": [{"databaseId": 1, "bypassActors": null}]})),
        )
        .graphql("web", "branchProtectionActors", Reading::known(json!({"nodes": []})));
    assert_eq!(lacking(&nobody(&hidden, &wanted)), Some("administration:write"));
}

#[test]
fn what_rulesets_prove_needs_no_right() {
    let reader = Bench::new(vec![repo_with("web", json!({"permissions": {"admin": false}}))])
        .graphql("web", "protectingRulesets", connection(vec![ruleset(1, vec![rule("DELETION")], json!({}))]))
        .graphql("web", "branchProtectionRules", connection(vec![]));
    assert!(holds(&reader, &json!({"no_deletion": true})));
    assert_eq!(lacking(&outcome(&reader, &json!({"no_force_push": true}))), Some("administration:read"));
    let private = Bench::new(vec![repo_with("web", json!({"visibility": "private"}))])
        .org_known("", json!({"plan": {"name": "free"}}))
        .graphql("web", "protectingRulesets", connection(vec![]))
        .graphql("web", "branchProtectionRules", connection(vec![]));
    assert!(matches!(outcome(&private, &json!({"no_deletion": true})), Outcome::NotApplicable(_)));
}

/// The lines of `ordain explain`.
fn explained(bench: &Bench) -> String {
    let value = desired("protected", None, &json!({"no_deletion": true}));
    bench.look(Some("web"), |cx: &Context<'_>| Protected.explain(&value, cx)).expect("all was read").join("\n")
}

#[test]
fn the_ruleset_equal_to_the_classic_protection_is_sound_toml() {
    let changes = json!({"requiresConversationResolution": true, "isAdminEnforced": false, "restrictsPushes": true});
    let told = explained(&bench(vec![ruleset(1, vec![rule("DELETION")], json!({}))], vec![classic("main", changes)]));
    assert!(
        told.contains("the ruleset `r1` of acme/web: deletion") && told.contains("classic protection of `main`: "),
        "{told}"
    );
    let toml = told.split_once("would be\n").expect("a ruleset").1;
    let parsed: toml::Table = toml.parse().expect("TOML");
    let made: Value = serde_json::to_value(&parsed["repo"]["rulesets"]["main"]).expect("a value");
    assert_eq!(made["conditions"]["ref_name"]["include"], json!(["~DEFAULT_BRANCH"]));
    assert_eq!(made["bypass_actors"], json!({"role:admin": "always"}));
    assert_eq!(made["rules"]["pull_request"]["required_review_thread_resolution"], true);
    let checks = &made["rules"]["required_status_checks"];
    assert_eq!(checks["required_status_checks"], json!([{"context": "ci", "integration_id": 15368}]));
    assert_eq!(super::super::rulesets::check(&made), []);
    assert!(explained(&bench(vec![], vec![])).contains("nothing protects `main`"));
}

#[test]
fn the_shape_is_sound() {
    example_is_sound(&Protected);
    assert_eq!(super::check(&json!({})).len(), 1);
    assert_eq!(super::check(&json!({"branch": "main"})), []);
}
