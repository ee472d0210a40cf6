use serde_json::{Value, json};

use super::{BranchProtection, check};
use crate::{
    model::{Action, Desired, Effect, Reading},
    settings::{
        Difference, Outcome, Write,
        bench::{Bench, desired, difference, example_is_sound, lacking, not_found, repo, repo_with},
    },
};

/// A rule as GraphQL tells it, with some fields replaced.
fn node(pattern: &str, changes: Value) -> Value {
    let mut node = json!({
        "id": format!("BPR_{pattern}"), "databaseId": 3, "pattern": pattern, "allowsDeletions": false, "allowsForcePushes": false,
        "blocksCreations": false, "dismissesStaleReviews": true, "isAdminEnforced": false, "lockAllowsFetchAndMerge": false,
        "lockBranch": false, "requireLastPushApproval": false, "requiredApprovingReviewCount": 1,
        "requiredStatusChecks": [
            {"context": "ci", "app": {"id": "A_1", "databaseId": 15368, "slug": "github-actions"}}, {"context": "lint", "app": null},
        ],
        "requiresApprovingReviews": true, "requiresCodeOwnerReviews": false, "requiresCommitSignatures": false,
        "requiresConversationResolution": false, "requiresLinearHistory": false, "requiresStatusChecks": true,
        "requiresStrictStatusChecks": true, "restrictsPushes": true, "restrictsReviewDismissals": false,
    });
    if let (Some(node), Value::Object(changes)) = (node.as_object_mut(), changes) {
        node.extend(changes);
    }
    node
}

/// The same as REST tells it of the branch.
fn told() -> Value {
    json!({
        "url": "x", "enforce_admins": {"url": "x", "enabled": false},
        "required_status_checks": {"url": "x", "strict": true, "contexts": ["ci", "lint"], "contexts_url": "x",
            "checks": [{"context": "ci", "app_id": 15368}, {"context": "lint", "app_id": null}]},
        "required_pull_request_reviews": {"url": "x", "dismiss_stale_reviews": true, "require_code_owner_reviews": false,
            "required_approving_review_count": 1, "require_last_push_approval": false,
            "bypass_pull_request_allowances": {"users": [{"login": "Alice"}], "teams": [{"slug": "core"}], "apps": [{"slug": "renovate"}]}},
        "restrictions": {"url": "x", "users": [], "teams": [{"slug": "core"}], "apps": []},
        "required_linear_history": {"enabled": false}, "allow_force_pushes": {"enabled": false}, "allow_deletions": {"enabled": false},
        "block_creations": {"enabled": false}, "required_conversation_resolution": {"enabled": true},
        "lock_branch": {"enabled": false}, "allow_fork_syncing": {"enabled": false}, "required_signatures": {"enabled": false},
    })
}

fn connection(nodes: Vec<Value>) -> Reading<Value> {
    Reading::known(json!({"totalCount": nodes.len(), "nodes": nodes}))
}

fn bench(nodes: Vec<Value>) -> Bench {
    Bench::new(vec![repo("web")])
        .graphql("web", "branchProtectionRules", connection(nodes))
        .known("web", "branches/main", json!({"name": "main"}))
        .rest("web", "branches/next", not_found())
        .known("web", "branches/main/protection", told())
        .org_known("/apps/github-actions", json!({"id": 15368, "node_id": "A_1", "slug": "github-actions"}))
        .org_known("/apps/renovate", json!({"id": 2740, "node_id": "A_2", "slug": "renovate"}))
        .org_known("/users/alice", json!({"id": 5, "node_id": "U_5", "login": "Alice"}))
        .org_known("teams", json!([{"id": 44, "node_id": "T_44", "slug": "core"}]))
}

fn wanted(name: &str, value: &Value) -> Desired {
    desired("branch_protection", Some(name), value)
}

fn outcome(bench: &Bench, name: &str, value: &Value) -> Outcome {
    bench.outcome(&BranchProtection, "web", &wanted(name, value))
}

fn changed(bench: &Bench, name: &str, value: &Value) -> Difference {
    difference(outcome(bench, name, value))
}

fn put(change: &Difference) -> (&str, &Value, &Value) {
    match change.writes.first() {
        Some(Write::Rest(write)) if write.method == "PUT" => {
            (&write.path, write.body.as_ref().expect("a body"), write.base.as_ref().expect("a base"))
        }
        other => unreachable!("a PUT: {other:#?}"),
    }
}

fn input(change: &Difference) -> (&str, &Value) {
    match change.writes.as_slice() {
        [Write::Graphql(write)] => (write.mutation.split('(').next().unwrap_or_default(), &write.input),
        other => unreachable!("a mutation: {other:#?}"),
    }
}

#[test]
fn what_is_as_wanted_needs_no_rest() {
    let value = json!({
        "allow_force_pushes": false, "required_status_checks": {"strict": true, "contexts": ["lint", "ci"]},
        "required_pull_request_reviews": {"required_approving_review_count": 1, "dismissal_restrictions": false},
        "restrictions": true,
    });
    let bulk = bench(vec![node("main", json!({}))]);
    assert!(matches!(outcome(&bulk, "main", &value), Outcome::Compliant { .. }));
    let first = Bench::new(vec![repo("web")]);
    assert_eq!(
        first.wanted(&BranchProtection, Some("web"), &wanted("main", &value)),
        ["graphql:branchProtectionRules"]
    );
}

#[test]
fn branch_protection_that_drops_fields_the_policy_does_not_name() {
    let value =
        json!({"enforce_admins": true, "required_pull_request_reviews": {"required_approving_review_count": 2}});
    let change = changed(&bench(vec![node("main", json!({}))]), "main", &value);
    assert_eq!((change.effect, change.action), (Effect::Tightening, Action::Update));
    assert_eq!(
        change.before,
        json!({"enforce_admins": false, "required_pull_request_reviews": {"required_approving_review_count": 1}})
    );
    let (path, body, base) = put(&change);
    assert_eq!(path, "/repos/acme/web/branches/main/protection");
    assert_eq!(*body, value, "only what changes is laid over the rest");
    let reviews = &base["required_pull_request_reviews"];
    assert_eq!(
        reviews["bypass_pull_request_allowances"],
        json!({"users": ["Alice"], "teams": ["core"], "apps": ["renovate"]})
    );
    assert_eq!(reviews["dismiss_stale_reviews"], true);
    assert_eq!(base["restrictions"], json!({"users": [], "teams": ["core"], "apps": []}));
    assert_eq!(base["required_conversation_resolution"], true);
    // Left out, GitHub would bind `lint` to the app that has set it last.
    let checks = json!([{"context": "ci", "app_id": 15368}, {"context": "lint", "app_id": -1}]);
    assert_eq!(base["required_status_checks"], json!({"strict": true, "contexts": [], "checks": checks}));
    assert!(reviews.get("url").is_none() && base.get("required_signatures").is_none(), "only what the call takes");
}

#[test]
fn a_check_keeps_its_app_unless_the_policy_names_one() {
    let bench = bench(vec![node("main", json!({}))]);
    let more =
        json!({"required_status_checks": {"checks": [{"context": "ci"}, {"context": "lint"}, {"context": "new"}]}});
    let change = changed(&bench, "main", &more);
    assert_eq!(change.effect, Effect::Tightening);
    let sent = put(&change).1["required_status_checks"]["checks"].as_array().expect("a list").clone();
    assert!(
        sent.contains(&json!({"context": "ci", "app_id": 15368}))
            && sent.contains(&json!({"context": "new", "app_id": -1}))
    );
    for app in [json!("app:github-actions"), json!(15368)] {
        let bound =
            json!({"required_status_checks": {"checks": [{"context": "ci", "app_id": app}, {"context": "lint"}]}});
        assert!(matches!(outcome(&bench, "main", &bound), Outcome::Compliant { .. }), "it reads back as a number");
    }
    let bind = json!({"required_status_checks": {"checks": [{"context": "ci"}, {"context": "lint", "app_id": "app:renovate"}]}});
    assert_eq!(changed(&bench, "main", &bind).effect, Effect::Tightening);
    let free = json!({"required_status_checks": {"checks": [{"context": "ci", "app_id": -1}, {"context": "lint"}]}});
    assert_eq!(changed(&bench, "main", &free).effect, Effect::Loosening);
}

#[test]
fn directions_of_every_part() {
    let bench = bench(vec![node("main", json!({}))]).graphql("web", "branchProtectionActors", actors());
    for (value, effect) in [
        (json!({"allow_force_pushes": true}), Effect::Loosening),
        (json!({"required_linear_history": true}), Effect::Tightening),
        (json!({"required_status_checks": false}), Effect::Loosening),
        (json!({"required_status_checks": {"contexts": ["ci"]}}), Effect::Loosening),
        (json!({"required_status_checks": {"strict": false}}), Effect::Loosening),
        (json!({"required_pull_request_reviews": false}), Effect::Loosening),
        (json!({"required_pull_request_reviews": {"required_approving_review_count": 0}}), Effect::Loosening),
        (json!({"restrictions": false}), Effect::Loosening),
        (json!({"restrictions": {"teams": []}}), Effect::Tightening),
        (json!({"restrictions": {"users": ["bob"]}}), Effect::Loosening),
        (
            json!({"required_pull_request_reviews": {"bypass_pull_request_allowances": {"users": []}}}),
            Effect::Tightening,
        ),
        (json!({"required_pull_request_reviews": {"dismissal_restrictions": {"teams": ["core"]}}}), Effect::Tightening),
        (json!({"required_linear_history": true, "allow_deletions": true}), Effect::Loosening),
    ] {
        assert_eq!(changed(&bench, "main", &value).effect, effect, "{value}");
    }
}

fn actors() -> Reading<Value> {
    let named = |actors: Vec<Value>| {
        let nodes: Vec<Value> = actors.into_iter().map(|actor| json!({"actor": actor})).collect();
        json!({"totalCount": nodes.len(), "nodes": nodes})
    };
    Reading::known(json!({"nodes": [{
        "id": "BPR_main", "bypassForcePushAllowances": {"totalCount": 0},
        "bypassPullRequestAllowances": named(vec![json!({"__typename": "User", "login": "Alice"})]),
        "pushAllowances": named(vec![json!({"__typename": "Team", "slug": "core"})]),
        "reviewDismissalAllowances": named(vec![]),
    }]}))
}

#[test]
fn names_are_without_case_and_lists_go_whole() {
    let bench = bench(vec![node("main", json!({}))]).graphql("web", "branchProtectionActors", actors());
    let same = json!({"restrictions": {"teams": ["CORE"]},
        "required_pull_request_reviews": {"bypass_pull_request_allowances": {"users": ["alice"]}}});
    assert!(matches!(outcome(&bench, "main", &same), Outcome::Compliant { .. }));
    let change = changed(&bench, "main", &json!({"restrictions": {"users": ["Alice"]}}));
    assert_eq!(put(&change).1["restrictions"], json!({"users": ["alice"], "teams": ["core"], "apps": []}));
}

#[test]
fn sections_are_switched_off_by_false_and_signatures_have_a_call_of_their_own() {
    let bench = bench(vec![node("main", json!({}))]);
    let off = changed(&bench, "main", &json!({"restrictions": false, "required_signatures": true}));
    assert_eq!(put(&off).1["restrictions"], Value::Null);
    let Some(Write::Rest(second)) = off.writes.get(1) else { unreachable!("two calls: {off:#?}") };
    assert_eq!(
        (second.method, second.path.as_str()),
        ("POST", "/repos/acme/web/branches/main/protection/required_signatures")
    );
    let only = changed(&bench, "main", &json!({"required_signatures": true}));
    assert_eq!(only.writes.len(), 1, "the whole is not sent for it");
}

#[test]
fn a_branch_without_protection_gets_a_whole_rule() {
    let change = changed(
        &bench(vec![]),
        "main",
        &json!({"required_pull_request_reviews": {"required_approving_review_count": 1}}),
    );
    assert_eq!((change.action, change.effect), (Action::Create, Effect::Tightening));
    let (_, body, base) = put(&change);
    assert_eq!(body["required_pull_request_reviews"]["required_approving_review_count"], 1);
    for key in ["required_status_checks", "required_pull_request_reviews", "restrictions"] {
        assert_eq!(base[key], Value::Null, "GitHub demands `{key}`");
    }
    // A pattern held before, and more strictly.
    let held = bench(vec![node("m*", json!({"requiresLinearHistory": true}))]);
    let change =
        changed(&held, "main", &json!({"required_pull_request_reviews": {"required_approving_review_count": 1}}));
    assert_eq!(change.effect, Effect::Loosening, "a rule for the branch takes it out of the pattern");
}

#[test]
fn patterns_and_branches_to_come_go_by_graphql() {
    let value = json!({
        "enforce_admins": true, "restrictions": {"teams": ["core"]},
        "required_status_checks": {"strict": true, "checks": [{"context": "ci", "app_id": "app:github-actions"}, {"context": "lint"}]},
    });
    for name in ["release/*", "next"] {
        let bench = bench(vec![]).graphql("web", "branchProtectionActors", Reading::known(json!({"nodes": []})));
        let change = changed(&bench, name, &value);
        let (mutation, input) = input(&change);
        assert_eq!(mutation, "mutation CreateBranchProtectionRule");
        assert_eq!((&input["pattern"], &input["repositoryId"]), (&json!(name), &json!("R_web")));
        assert_eq!(input["pushActorIds"], json!(["T_44"]));
        let checks = input["requiredStatusChecks"].as_array().expect("a list");
        assert!(checks.contains(&json!({"context": "ci", "appId": "A_1"})), "{checks:?}");
        assert!(checks.contains(&json!({"context": "lint", "appId": "any"})), "{checks:?}");
    }
    let bench = bench(vec![node("release/*", json!({}))]);
    let change = changed(&bench, "release/*", &json!({"required_linear_history": true}));
    let (mutation, input) = input(&change);
    assert_eq!(mutation, "mutation UpdateBranchProtectionRule");
    assert_eq!(
        *input,
        json!({"requiresLinearHistory": true, "branchProtectionRuleId": "BPR_release/*"}),
        "nothing else"
    );
}

#[test]
fn without_the_right_it_is_unknown_and_on_free_it_is_not_there() {
    let value = json!({"enforce_admins": true});
    let hidden = Bench::new(vec![repo_with("web", json!({"permissions": {"admin": false}}))]).graphql(
        "web",
        "branchProtectionRules",
        connection(vec![]),
    );
    assert_eq!(
        lacking(&outcome(&hidden, "main", &value)),
        Some("administration:read"),
        "an empty list is not believed"
    );
    let private = Bench::new(vec![repo_with("web", json!({"visibility": "private"}))])
        .graphql("web", "branchProtectionRules", connection(vec![]))
        .org_known("", json!({"plan": {"name": "free"}}));
    assert!(matches!(outcome(&private, "main", &value), Outcome::NotApplicable(_)));
}

#[test]
fn mistakes_are_told() {
    example_is_sound(&BranchProtection);
    let both =
        json!({"required_status_checks": {"contexts": ["a"], "checks": [{"context": "a", "app_id": "actions"}, {}]}});
    assert_eq!(check(&both).len(), 3);
    assert_eq!(check(&json!({"required_status_checks": false, "enforce_admins": true})), []);
}
