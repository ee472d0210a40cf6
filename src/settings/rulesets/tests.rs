use serde_json::{Value, json};

use super::{OrgRulesets, Rulesets, check, read};
use crate::{
    model::{Action, Desired, Effect, Reading},
    settings::{
        Difference, Outcome, Write,
        bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo, repo_with},
    },
};

/// The ruleset `main` as GraphQL tells it, with some fields replaced.
fn node(changes: Value) -> Value {
    let mut node = json!({
        "databaseId": 7, "name": "main", "target": "BRANCH", "enforcement": "ACTIVE",
        "conditions": {"refName": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": {"totalCount": 2, "nodes": [
            {"type": "DELETION", "parameters": null},
            {"type": "PULL_REQUEST", "parameters": {
                "__typename": "PullRequestParameters", "allowedMergeMethods": ["MERGE", "SQUASH", "REBASE"],
                "dismissStaleReviewsOnPush": true, "requireCodeOwnerReview": false, "requireLastPushApproval": false,
                "requiredApprovingReviewCount": 1, "requiredReviewThreadResolution": false}},
        ]},
    });
    if let (Some(node), Value::Object(changes)) = (node.as_object_mut(), changes) {
        node.extend(changes);
    }
    node
}

/// The same as REST tells it.
fn whole(changes: Value) -> Value {
    let mut whole = json!({
        "id": 7, "name": "main", "target": "branch", "source_type": "Repository", "source": "acme/web", "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "bypass_actors": [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}],
        "rules": [
            {"type": "deletion"},
            {"type": "pull_request", "parameters": {
                "allowed_merge_methods": ["merge", "squash", "rebase"], "dismiss_stale_reviews_on_push": true,
                "require_code_owner_review": false, "require_last_push_approval": false, "required_approving_review_count": 1,
                "required_review_thread_resolution": false, "required_reviewers": []}},
            {"type": "a_rule_of_next_year", "parameters": {"x": 1}},
        ],
    });
    if let (Some(whole), Value::Object(changes)) = (whole.as_object_mut(), changes) {
        whole.extend(changes);
    }
    whole
}

fn connection(nodes: Vec<Value>) -> Reading<Value> {
    Reading::known(json!({"totalCount": nodes.len(), "nodes": nodes}))
}

fn bench(nodes: Vec<Value>) -> Bench {
    Bench::new(vec![repo("web")]).graphql("web", "rulesets", connection(nodes))
}

/// GraphQL and REST both tell the ruleset.
fn both(told: Value, rest: Value) -> Bench {
    bench(vec![node(told)]).known("web", "rulesets/7", whole(rest))
}

fn main(value: &Value) -> Desired {
    desired("rulesets", Some("main"), value)
}

fn outcome(bench: &Bench, value: &Value) -> Outcome {
    bench.outcome(&Rulesets, "web", &main(value))
}

/// The difference as it is found just before the write, which is the one that was planned.
fn changed(bench: &Bench, value: &Value) -> Difference {
    let planned = difference(outcome(bench, value));
    let found = difference(alone(bench, value));
    let told = |one: &Difference| (one.before.clone(), one.after.clone(), one.effect, one.action);
    assert_eq!(told(&planned), told(&found), "{value}");
    found
}

fn alone(bench: &Bench, value: &Value) -> Outcome {
    let mut all = bench.judge_alone(&Rulesets, "web", &main(value)).expect("everything was read");
    all.remove(0).outcome
}

/// What is sent: the changed members, and what they are laid over.
fn sent(difference: &Difference) -> (&'static str, &str, &Value, Option<&Value>) {
    match difference.writes.as_slice() {
        [Write::Rest(write)] => {
            (write.method, &write.path, write.body.as_ref().unwrap_or(&Value::Null), write.base.as_ref())
        }
        other => unreachable!("one call: {other:#?}"),
    }
}

#[test]
fn what_is_as_wanted_needs_no_rest() {
    let wanted = json!({
        "target": "branch", "enforcement": "active", "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"]}},
        "rules": {"deletion": {}, "pull_request": {"required_approving_review_count": 1, "require_last_push_approval": false},
                  "required_signatures": false},
    });
    assert!(matches!(outcome(&bench(vec![node(json!({}))]), &wanted), Outcome::Compliant { .. }));
    let first = Bench::new(vec![repo("web")]);
    assert_eq!(first.wanted(&Rulesets, Some("web"), &main(&wanted)), ["graphql:rulesets"], "one round, in bulk");
}

#[test]
fn a_difference_is_planned_without_rest_and_written_from_the_whole() {
    let told = bench(vec![node(json!({}))]);
    let wanted = json!({"enforcement": "disabled", "rules": {"required_signatures": {}}});
    let planned = difference(outcome(&told, &wanted));
    assert_eq!(sent(&planned), ("PUT", "/repos/acme/web/rulesets/7", &Value::Null, None), "nothing of it is sent");
    let short = |all: std::collections::BTreeSet<crate::settings::ReadKey>| all.len();
    assert_eq!(
        told.judge_alone(&Rulesets, "web", &main(&wanted)).map_err(short),
        Err(1),
        "the whole is read before it"
    );
    // What GraphQL may not tell in full is read by REST at once.
    let gone = main(&json!({"rules": {"pull_request": false}}));
    assert_eq!(told.wanted(&Rulesets, Some("web"), &gone), ["rest:rulesets/7"]);
}

#[test]
fn who_may_write_decides_what_a_difference_is() {
    let of = |permissions: Value| {
        Bench::new(vec![repo_with("web", json!({ "permissions": permissions }))]).graphql(
            "web",
            "rulesets",
            connection(vec![node(json!({}))]),
        )
    };
    let wanted = json!({"enforcement": "disabled"});
    let writer = of(json!(null)).app(&[("administration", "write")]);
    assert!(matches!(outcome(&writer, &wanted), Outcome::Differs(_)));
    let reader = of(json!({"admin": true})).app(&[("administration", "read")]);
    let told = outcome(&reader, &wanted);
    assert!(
        matches!(&told, Outcome::Violation { message, observed, .. }
        if message.contains("administration:write") && *observed == json!({"enforcement": "active"})),
        "{told:?}"
    );
    // A role of an enterprise's own may: only the ruleset itself tells.
    let other = of(json!({"admin": false}));
    assert_eq!(other.wanted(&Rulesets, Some("web"), &main(&wanted)), ["rest:rulesets/7"]);
    let shown = other.known("web", "rulesets/7", whole(json!({})));
    assert!(matches!(outcome(&shown, &wanted), Outcome::Differs(_)));
    // Whatever was planned: where GitHub hides the actors at the last moment, nothing is written.
    let mut hidden = whole(json!({}));
    hidden.as_object_mut().expect("an object").remove("bypass_actors");
    let late = of(json!({"admin": true})).known("web", "rulesets/7", hidden);
    assert!(matches!(outcome(&late, &wanted), Outcome::Differs(_)));
    assert!(matches!(alone(&late, &wanted), Outcome::Violation { .. }));
}

#[test]
fn a_difference_is_laid_over_the_whole_and_unknown_rules_survive() {
    let wanted = json!({"rules": {"pull_request": {"required_approving_review_count": 2}, "required_signatures": {}}});
    let change = changed(&both(json!({}), json!({})), &wanted);
    assert_eq!(change.effect, Effect::Tightening);
    assert_eq!(
        change.before,
        json!({"rules": {"pull_request": {"required_approving_review_count": 1}, "required_signatures": null}})
    );
    assert_eq!(change.after, wanted);
    let (method, path, body, base) = sent(&change);
    assert_eq!((method, path), ("PUT", "/repos/acme/web/rulesets/7"));
    let rules = body["rules"].as_array().expect("a list");
    assert_eq!(rules.len(), 4);
    assert_eq!(rules[1]["parameters"]["required_approving_review_count"], 2);
    assert_eq!(rules[1]["parameters"]["dismiss_stale_reviews_on_push"], true, "what is not declared stays");
    assert_eq!(rules[2], json!({"type": "a_rule_of_next_year", "parameters": {"x": 1}}));
    assert_eq!(rules[3], json!({"type": "required_signatures"}));
    let base = base.expect("the whole");
    assert_eq!(base["bypass_actors"][0]["actor_id"], 5);
    assert!(base.get("source").is_none() && base.get("id").is_none(), "only what the call takes: {base}");
}

#[test]
fn directions_of_every_part() {
    let bench = both(json!({}), json!({}));
    for (value, effect) in [
        (json!({"enforcement": "evaluate"}), Effect::Loosening),
        (json!({"enforcement": "disabled"}), Effect::Loosening),
        (json!({"conditions": {"ref_name": {"include": ["~ALL"]}}}), Effect::Tightening),
        (json!({"conditions": {"ref_name": {"include": ["refs/heads/x"]}}}), Effect::Loosening),
        (json!({"conditions": {"ref_name": {"exclude": ["refs/heads/x"]}}}), Effect::Loosening),
        (json!({"rules": {"pull_request": {"required_approving_review_count": 0}}}), Effect::Loosening),
        (json!({"rules": {"pull_request": {"allowed_merge_methods": ["squash"]}}}), Effect::Tightening),
        (json!({"rules": {"deletion": false}}), Effect::Loosening),
        (json!({"rules": {"required_linear_history": {}}}), Effect::Tightening),
        (json!({"rules": {"required_linear_history": {}, "deletion": false}}), Effect::Loosening),
    ] {
        assert_eq!(changed(&bench, &value).effect, effect, "{value}");
    }
    let asleep = both(json!({"enforcement": "DISABLED"}), json!({"enforcement": "disabled"}));
    let change = changed(&asleep, &json!({"enforcement": "active"}));
    assert_eq!((change.effect, change.before), (Effect::Tightening, json!({"enforcement": "disabled"})));
}

#[test]
fn a_missing_one_is_made_with_githubs_defaults() {
    let wanted = json!({
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"]}}, "bypass_actors": {"org_admin": "pull_request"},
        "rules": {"deletion": {}, "pull_request": {"required_approving_review_count": 1}},
    });
    let change = changed(&bench(vec![node(json!({"name": "other"}))]), &wanted_with_actors(&wanted));
    assert_eq!((change.action, change.effect), (Action::Create, Effect::Tightening));
    let (method, path, body, base) = sent(&change);
    assert_eq!((method, path, base), ("POST", "/repos/acme/web/rulesets", None));
    assert_eq!(
        (&body["name"], &body["target"], &body["enforcement"]),
        (&json!("main"), &json!("branch"), &json!("active"))
    );
    assert_eq!(body["conditions"]["ref_name"]["exclude"], json!([]));
    let parameters = &body["rules"][1]["parameters"];
    for key in ["dismiss_stale_reviews_on_push", "require_code_owner_review", "required_review_thread_resolution"] {
        assert_eq!(parameters[key], false, "GitHub demands `{key}`");
    }
    let unsaid = outcome(&bench(vec![]), &json!({"rules": {"deletion": {}}}));
    assert!(matches!(unsaid, Outcome::Violation { message, .. } if message.contains("conditions.ref_name.include")));
    let incomplete = json!({"target": "push", "rules": {"max_file_size": {}}});
    let incomplete = outcome(&bench(vec![]), &incomplete);
    assert!(matches!(incomplete, Outcome::Violation { message, .. } if message.contains("without `max_file_size`")));
}

fn wanted_with_actors(wanted: &Value) -> Value {
    let mut wanted = wanted.clone();
    wanted.as_object_mut().expect("an object").remove("bypass_actors");
    wanted
}

fn actors(nodes: Vec<Value>) -> Reading<Value> {
    let told = json!({"totalCount": nodes.len(), "nodes": nodes});
    connection(vec![json!({"databaseId": 7, "bypassActors": told})])
}

fn actor(changes: Value) -> Value {
    let mut actor = json!({"bypassMode": "ALWAYS", "deployKey": false, "organizationAdmin": false, "enterpriseOwner": false,
        "repositoryRoleDatabaseId": null, "repositoryRoleName": null, "actor": null});
    if let (Some(actor), Value::Object(changes)) = (actor.as_object_mut(), changes) {
        actor.extend(changes);
    }
    actor
}

#[test]
fn bypass_actors_are_the_whole_list_and_names_are_without_case() {
    let team = json!({"actor": {"__typename": "Team", "databaseId": 44, "slug": "core"}, "bypassMode": "PULL_REQUEST"});
    let told = actors(vec![actor(team), actor(json!({"organizationAdmin": true}))]);
    let rest = json!([
        {"actor_id": 44, "actor_type": "Team", "bypass_mode": "pull_request"},
        {"actor_id": 1, "actor_type": "OrganizationAdmin", "bypass_mode": "always"},
    ]);
    let bench = both(json!({}), json!({"bypass_actors": rest}))
        .graphql("web", "rulesetBypasses", told)
        .org_known("teams", json!([{"id": 44, "slug": "core"}, {"id": 45, "slug": "docs"}]));
    let same = json!({"bypass_actors": {"team:CORE": "pull_request", "org_admin": "always"}});
    assert!(matches!(outcome(&bench, &same), Outcome::Compliant { .. }));
    let fewer = changed(&bench, &json!({"bypass_actors": {"team:core": "pull_request"}}));
    assert_eq!(fewer.effect, Effect::Tightening);
    assert_eq!(fewer.before, json!({"bypass_actors": {"team:core": "pull_request", "org_admin": "always"}}));
    assert_eq!(
        sent(&fewer).2["bypass_actors"],
        json!([{"actor_id": 44, "actor_type": "Team", "bypass_mode": "pull_request"}])
    );
    assert_eq!(changed(&bench, &json!({"bypass_actors": {}})).effect, Effect::Tightening);
    let other = json!({"bypass_actors": {"team:docs": "always", "role:maintain": "always"}});
    let other = changed(&bench, &other);
    assert_eq!(other.effect, Effect::Loosening, "others get a way around");
    assert_eq!(sent(&other).2["bypass_actors"][0]["actor_id"], 2, "GitHub's number of the role");
    let unseen = outcome(&bench, &json!({"bypass_actors": {"team:secret": "always"}}));
    assert_eq!(lacking(&unseen), Some("members:read"));
}

#[test]
fn hidden_bypass_actors_are_unknown_and_never_written_over() {
    let mut hidden = whole(json!({}));
    hidden.as_object_mut().expect("an object").remove("bypass_actors");
    let bench = Bench::new(vec![repo_with("web", json!({"permissions": {"admin": false}}))])
        .graphql("web", "rulesets", connection(vec![node(json!({}))]))
        .graphql("web", "rulesetBypasses", actors(vec![]))
        .known("web", "rulesets/7", hidden);
    let wanted = main(&json!({"bypass_actors": {}}));
    let unread = Bench::new(vec![repo_with("web", json!({"permissions": {"admin": false}}))])
        .graphql("web", "rulesets", connection(vec![node(json!({}))]))
        .graphql("web", "rulesetBypasses", actors(vec![]));
    assert_eq!(
        lacking(&unread.outcome(&Rulesets, "web", &wanted)),
        Some("administration:write"),
        "without a call for each"
    );
    let declared = outcome(&bench, &json!({"bypass_actors": {}}));
    assert_eq!(lacking(&declared), Some("administration:write"), "an empty list that nobody vouches for");
    let other = outcome(&bench, &json!({"enforcement": "disabled"}));
    assert!(matches!(other, Outcome::Violation { message, .. } if message.contains("administration:write")));
    let same = outcome(&bench, &json!({"enforcement": "active"}));
    assert!(matches!(same, Outcome::Compliant { .. }), "what is seen is judged");
}

#[test]
fn status_checks_bound_to_an_app_that_reads_back_as_a_number() {
    let checks = |id: Value| {
        let check = json!({"context": "ci", "integrationId": id});
        let parameters = json!({"__typename": "RequiredStatusChecksParameters", "doNotEnforceOnCreate": false,
            "strictRequiredStatusChecksPolicy": false, "requiredStatusChecks": [check]});
        json!({"rules": {"totalCount": 1, "nodes": [{"type": "REQUIRED_STATUS_CHECKS", "parameters": parameters}]}})
    };
    let rest = json!({"rules": [{"type": "required_status_checks", "parameters": {
        "required_status_checks": [{"context": "ci"}], "strict_required_status_checks_policy": false}}]});
    let wanted = |id: Value| json!({"rules": {"required_status_checks": {"required_status_checks": [{"context": "ci", "integration_id": id}]}}});
    let app = json!({"id": 15368, "slug": "github-actions"});
    let bound = bench(vec![node(checks(json!(15368)))]).org_known("/apps/github-actions", app.clone());
    for id in [json!("app:github-actions"), json!(15368)] {
        assert!(matches!(outcome(&bound, &wanted(id)), Outcome::Compliant { .. }));
    }
    let loose = both(checks(json!(null)), rest).org_known("/apps/github-actions", app);
    let change = changed(&loose, &wanted(json!("app:github-actions")));
    assert_eq!(change.effect, Effect::Tightening, "only the app can pass it then");
    let check = &sent(&change).2["rules"][0]["parameters"]["required_status_checks"][0];
    assert_eq!(*check, json!({"context": "ci", "integration_id": 15368}));
    let unknown = loose.org_rest("/apps/none", not_found());
    let unknown = outcome(&unknown, &wanted(json!("app:none")));
    assert!(matches!(unknown, Outcome::Unknown { reason, .. } if reason.contains("no app `none`")));
}

#[test]
fn a_ruleset_posted_again_at_every_apply() {
    // One that is there under another case, behind the fifth, or that GraphQL cannot tell is found, not posted again.
    let wanted = json!({"enforcement": "active", "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"]}}});
    let spelt = both(json!({"name": "Main"}), json!({"name": "Main"}));
    let change = changed(&spelt, &wanted);
    assert_eq!((sent(&change).0, change.after), ("PUT", json!({"name": "main"})));
    let list = json!([{"id": 9, "name": "other", "source_type": "Repository"}, {"id": 7, "name": "main", "source_type": "Repository"},
        {"id": 8, "name": "theirs", "source_type": "Organization"}]);
    let cut = Reading::known(json!({"totalCount": 6, "nodes": [node(json!({"name": "other"}))]}));
    for told in [cut, Reading::unknown("this server's GraphQL does not have the field"), Reading::known(Value::Null)] {
        let bench = Bench::new(vec![repo("web")])
            .graphql("web", "rulesets", told)
            .known("web", "rulesets?includes_parents=false", list.clone())
            .known("web", "rulesets/7", whole(json!({})));
        assert!(matches!(outcome(&bench, &wanted), Outcome::Compliant { .. }));
        let of_org = bench.outcome(&Rulesets, "web", &desired("rulesets", Some("theirs"), &wanted));
        assert_eq!(difference(of_org).action, Action::Create, "the organisation's is another one");
    }
    // Declared parameters that GitHub leaves out of its answer because they are its defaults.
    let silent = json!({"rules": {"totalCount": 1, "nodes": [{"type": "UPDATE", "parameters": null}]}});
    let update = json!({"rules": {"update": {"update_allows_fetch_and_merge": false}}});
    assert!(matches!(outcome(&bench(vec![node(silent)]), &update), Outcome::Compliant { .. }));
    // Order means nothing.
    let order = json!({"conditions": {"refName": {"include": ["refs/heads/b", "refs/heads/a"], "exclude": []}}});
    let sorted = json!({"conditions": {"ref_name": {"include": ["refs/heads/a", "refs/heads/b"]}}});
    assert!(matches!(outcome(&bench(vec![node(order)]), &sorted), Outcome::Compliant { .. }));
}

#[test]
fn a_ruleset_that_github_hides_for_lack_of_a_right() {
    let hidden = Bench::new(vec![repo("web")])
        .graphql("web", "rulesets", Reading::lacking("no", "metadata:read".into()))
        .rest("web", "rulesets?includes_parents=false", forbidden("metadata:read"));
    assert_eq!(lacking(&outcome(&hidden, &json!({"enforcement": "active"}))), Some("metadata:read"));
    let listed = bench(vec![node(json!({}))]).rest("web", "rulesets/7", forbidden("administration:read"));
    let wanted = json!({"rules": {"copilot_code_review": {}}});
    assert_eq!(lacking(&outcome(&listed, &wanted)), Some("administration:read"));
}

#[test]
fn what_graphql_does_not_tell_is_read_by_rest() {
    let bench = bench(vec![node(json!({}))]);
    for wanted in [
        json!({"rules": {"copilot_code_review": {"review_on_push": true}}}),
        json!({"rules": {"pull_request": {"required_reviewers": []}}}),
        json!({"rules": {"a_rule_of_next_year": {"x": 1}}}),
    ] {
        assert_eq!(bench.wanted(&Rulesets, Some("web"), &main(&wanted)), ["rest:rulesets/7"], "{wanted}");
    }
    let future = both(json!({}), json!({}));
    let same = json!({"rules": {"a_rule_of_next_year": {"x": 1}, "pull_request": {"required_reviewers": []}}});
    assert!(matches!(outcome(&future, &same), Outcome::Compliant { .. }));
    assert_eq!(changed(&future, &json!({"rules": {"a_rule_of_next_year": {"x": 2}}})).effect, Effect::Loosening);
}

#[test]
fn private_repositories_on_free_have_none() {
    let private = repo_with("web", json!({"visibility": "private"}));
    let bench = |plan: &str| {
        Bench::new(vec![private.clone()])
            .graphql("web", "rulesets", connection(vec![node(json!({}))]))
            .org_known("", json!({"plan": {"name": plan}}))
    };
    let wanted = json!({"enforcement": "active"});
    assert!(matches!(outcome(&bench("free"), &wanted), Outcome::NotApplicable(_)));
    assert!(matches!(outcome(&bench("team"), &wanted), Outcome::Compliant { .. }));
}

#[test]
fn what_is_pruned_goes_by_number() {
    let pruned = main(&json!({"prune": true}));
    let change = difference(bench(vec![node(json!({}))]).outcome(&Rulesets, "web", &pruned));
    assert_eq!((change.action, change.deletes, change.effect), (Action::Delete, true, Effect::Loosening));
    assert_eq!((sent(&change).0, sent(&change).1), ("DELETE", "/repos/acme/web/rulesets/7"));
    assert!(matches!(bench(vec![]).outcome(&Rulesets, "web", &pruned), Outcome::Compliant { .. }));
}

fn of_org(bench: &Bench, value: &Value) -> Outcome {
    let mut all = bench.judge(&OrgRulesets, None, &main(value)).expect("everything was read");
    all.remove(0).outcome
}

#[test]
fn an_organisations_ruleset_is_read_whole() {
    let conditions = json!({"ref_name": {"include": ["~ALL"], "exclude": []},
        "repository_name": {"include": ["web"], "exclude": [], "protected": false}});
    let bench = Bench::new(vec![repo("web")])
        .org_known("rulesets", json!([{"id": 7, "name": "main", "source_type": "Organization"}]))
        .org_known("rulesets/7", whole(json!({"conditions": conditions})));
    let change = difference(of_org(&bench, &json!({"conditions": {"repository_name": {"include": ["web", "api"]}}})));
    assert_eq!((sent(&change).0, sent(&change).1), ("PUT", "/orgs/acme/rulesets/7"));
    assert_eq!(change.effect, Effect::Tightening, "more repositories");
    let body = &sent(&change).2["conditions"]["repository_name"];
    assert_eq!((&body["include"], &body["protected"]), (&json!(["api", "web"]), &json!(false)));
    let other = json!({"repository_id": {"repository_ids": [5]}});
    let change = difference(of_org(&bench, &json!({ "conditions": other })));
    assert_eq!(change.effect, Effect::Loosening, "which repositories lose it cannot be told");
    let (_, _, body, base) = sent(&change);
    assert_eq!(body["conditions"], json!({"repository_id": {"repository_ids": [5]}}));
    let left = base.expect("the whole")["conditions"].as_object().expect("an object").keys().collect::<Vec<_>>();
    assert_eq!(left, ["ref_name"], "GitHub takes one kind of choosing repositories");
    let wanted = json!({"target": "repository", "rules": {"deletion": {}}});
    let made = Bench::new(vec![repo("web")]).org_known("rulesets", json!([]));
    assert_eq!(sent(&difference(of_org(&made, &wanted))).1, "/orgs/acme/rulesets");
}

#[test]
fn a_reader_sees_an_organisations_ruleset_through_a_repository() {
    let mut seen = whole(json!({"source_type": "Organization"}));
    seen.as_object_mut().expect("an object").remove("bypass_actors");
    let list = |level: &str| json!([{"id": 7, "name": "main", "source_type": level}]);
    let bench = |level: &str| {
        Bench::new(vec![repo("web"), repo_with("fork", json!({"fork": true}))])
            .org_rest("rulesets", forbidden(read::OF_ORG))
            .known("web", "rulesets?includes_parents=true", list(level))
            .known("web", "rulesets/7?includes_parents=true", seen.clone())
    };
    let covered = bench("Organization");
    assert!(matches!(of_org(&covered, &json!({"rules": {"deletion": {}}})), Outcome::Compliant { .. }));
    let actors = of_org(&covered, &json!({"bypass_actors": {}}));
    assert_eq!(lacking(&actors), Some(read::OF_ORG));
    let differs = of_org(&covered, &json!({"enforcement": "disabled"}));
    assert!(matches!(differs, Outcome::Violation { message, .. } if message.contains("seen through web")));
    let elsewhere = of_org(&bench("Repository"), &json!({"enforcement": "active"}));
    assert_eq!(lacking(&elsewhere), Some(read::OF_ORG), "not seen is not absent");
}

#[test]
fn mistakes_are_told_with_the_nearest_name() {
    example_is_sound(&Rulesets);
    example_is_sound(&OrgRulesets);
    for (value, path, hint) in [
        (json!({"bypass_actors": {"teem:core": "always"}}), "bypass_actors.teem:core", "team:SLUG"),
        (json!({"bypass_actors": {"deploy_key": "pull_request"}}), "bypass_actors.deploy_key", "always"),
        (json!({"rules": {"pul_request": {}}}), "rules.pul_request", "pull_request"),
        (
            json!({"rules": {"pull_request": {"required_approving_reviews_count": 1}}}),
            "rules.pull_request.required_approving_reviews_count",
            "required_approving_review_count",
        ),
        (json!({"rules": {"max_file_size": {"max_file_size": "1"}}}), "rules.max_file_size.max_file_size", ""),
        (json!({"rules": {"deletion": 1}}), "rules.deletion", ""),
    ] {
        let found = check(&value);
        assert_eq!(found.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), [path], "{value}");
        assert!(found[0].help.clone().unwrap_or_default().contains(hint), "{found:?}");
    }
    assert_eq!(check(&json!({"rules": {"something_quite_new": {"a": 1}, "deletion": {}, "update": false}})), []);
}
