use super::*;
use crate::model::{Effect, Mode, Reading};
use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, repo, repo_with};
use crate::settings::{Difference, Write};

const READ: &str = "administration:read";
const PATH: &str = "/repos/acme/web/actions/permissions";

fn wanted(value: &Value) -> Desired {
    desired("actions", None, value)
}

/// An organisation that bounds nothing.
fn open() -> Bench {
    within(json!({"enabled_repositories": "all", "allowed_actions": "all", "sha_pinning_required": false}))
}

fn within(permissions: Value) -> Bench {
    let workflow = json!({"default_workflow_permissions": "write", "can_approve_pull_request_reviews": true});
    Bench::new(vec![repo("web")])
        .org_known("actions/permissions", permissions)
        .org_known("actions/permissions/workflow", workflow)
}

fn permissions(bench: Bench, value: Value) -> Bench {
    bench.known("web", "actions/permissions", value)
}

fn all_open(bench: Bench) -> Bench {
    permissions(
        bench,
        json!({"enabled": true, "allowed_actions": "all", "sha_pinning_required": false, "selected_actions_url": "x"}),
    )
}

fn judged(bench: &Bench, value: &Value) -> Vec<Judgement> {
    bench.judge(&RepoActions, Some("web"), &wanted(value)).expect("everything was read")
}

fn one(bench: &Bench, value: &Value) -> Outcome {
    let mut all = judged(bench, value);
    assert_eq!(all.len(), 1);
    all.remove(0).outcome
}

fn of_org(bench: &Bench, value: &Value) -> Outcome {
    let mut all = bench.judge(&OrgActions, None, &wanted(value)).expect("everything was read");
    assert_eq!(all.len(), 1);
    all.remove(0).outcome
}

/// Path, changes and base of each call.
fn calls(change: &Difference) -> Vec<(String, Value, Value)> {
    let each = change.writes.iter().map(|write| match write {
        Write::Rest(write) => {
            assert_eq!(write.method, "PUT");
            (write.path.clone(), write.body.clone().expect("a body"), write.base.clone().unwrap_or_default())
        }
        _ => unreachable!("a call"),
    });
    each.collect()
}

fn is_compliant(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Compliant { .. })
}

#[track_caller]
fn contrary(outcome: &Outcome, word: &str) {
    assert!(matches!(outcome, Outcome::Violation { message, .. } if message.contains(word)), "{outcome:?}");
}

#[test]
fn shapes_and_parts_agree() {
    for (meta, parts) in [(&REPOSITORY, OF_REPOSITORY), (&ORGANISATION, OF_ORGANISATION)] {
        let Kind::Table(fields) = meta.shape.kind else { unreachable!("a table") };
        assert_eq!(fields.iter().map(|field| field.key).collect::<Vec<_>>(), meta.shape.parts);
        assert!(parts.iter().all(|part| meta.shape.parts.contains(&part.key)));
    }
    example_is_sound(&RepoActions);
    example_is_sound(&OrgActions);
}

#[test]
fn each_part_is_written_both_ways_over_what_is_there() {
    let base = json!({"enabled": true, "allowed_actions": "all", "sha_pinning_required": false});
    let told = all_open(open());
    let change = difference(one(&told, &json!({"sha_pinning_required": true})));
    assert_eq!((&change.before, &change.after, change.effect), (&json!(false), &json!(true), Effect::Tightening));
    assert_eq!(calls(&change), [(PATH.to_owned(), json!({"sha_pinning_required": true}), base.clone())]);
    let off = difference(one(&told, &json!({"enabled": false})));
    assert_eq!(off.effect, Effect::Tightening);
    let local = difference(one(&told, &json!({"allowed_actions": "local_only"})));
    assert_eq!((local.effect, local.writes.len()), (Effect::Tightening, 1));
    assert!(is_compliant(&one(&told, &json!({"allowed_actions": "all"}))));
    let pinned =
        permissions(open(), json!({"enabled": true, "allowed_actions": "local_only", "sha_pinning_required": true}));
    assert_eq!(difference(one(&pinned, &json!({"sha_pinning_required": false}))).effect, Effect::Loosening);
    assert_eq!(difference(one(&pinned, &json!({"allowed_actions": "all"}))).effect, Effect::Loosening);
}

#[test]
fn each_document_has_its_own_call() {
    let documents = [
        (
            "can_approve_pull_request_reviews",
            "workflow",
            json!({"default_workflow_permissions": "write", "can_approve_pull_request_reviews": true}),
            json!(false),
            Effect::Tightening,
        ),
        (
            "default_workflow_permissions",
            "workflow",
            json!({"default_workflow_permissions": "write", "can_approve_pull_request_reviews": true}),
            json!("read"),
            Effect::Tightening,
        ),
        (
            "fork_pr_contributor_approval",
            "fork-pr-contributor-approval",
            json!({"approval_policy": "first_time_contributors"}),
            json!("all_external_contributors"),
            Effect::Tightening,
        ),
        (
            "fork_pr_contributor_approval",
            "fork-pr-contributor-approval",
            json!({"approval_policy": "first_time_contributors"}),
            json!("first_time_contributors_new_to_github"),
            Effect::Loosening,
        ),
        (
            "artifact_and_log_retention_days",
            "artifact-and-log-retention",
            json!({"days": 90, "maximum_allowed_days": 90}),
            json!(30),
            Effect::Neutral,
        ),
    ];
    for (key, suffix, document, value, effect) in documents {
        let told = open().known("web", &format!("actions/permissions/{suffix}"), document.clone());
        let change = difference(one(&told, &json!({key: value})));
        assert_eq!((change.effect, &change.after), (effect, &value), "{key}");
        let (path, body, base) = calls(&change).remove(0);
        assert_eq!((path, body.as_object().map(serde_json::Map::len)), (format!("{PATH}/{suffix}"), Some(1)));
        assert!(base.get("maximum_allowed_days").is_none(), "only what the call takes: {base}");
    }
    let long = open().known(
        "web",
        "actions/permissions/artifact-and-log-retention",
        json!({"days": 90, "maximum_allowed_days": 90}),
    );
    contrary(&one(&long, &json!({"artifact_and_log_retention_days": 365})), "at most 90 days");
}

#[test]
fn selecting_says_at_once_what_is_selected() {
    let value =
        json!({"allowed_actions": "selected", "github_owned_allowed": true, "patterns_allowed": ["b/*", "a/*", "b/*"]});
    let told = all_open(open());
    let all = judged(&told, &value);
    let change = difference(all[0].outcome.clone());
    assert_eq!((&change.before, change.effect), (&json!("all"), Effect::Tightening));
    let selection = json!({"github_owned_allowed": true, "patterns_allowed": ["a/*", "b/*"]});
    let paths = calls(&change);
    assert_eq!((paths[0].0.as_str(), &paths[0].1), (PATH, &json!({"allowed_actions": "selected"})));
    assert_eq!((paths[1].0.as_str(), &paths[1].1), (format!("{PATH}/selected-actions").as_str(), &selection));
    let owned = difference(all[1].outcome.clone());
    assert_eq!((all[1].part, owned.before, owned.effect), (Some("github_owned_allowed"), json!(null), Effect::Neutral));
    assert_eq!(difference(all[2].outcome.clone()).effect, Effect::Tightening);
}

#[test]
fn what_is_selected_is_compared_without_order() {
    let told =
        permissions(open(), json!({"enabled": true, "allowed_actions": "selected", "sha_pinning_required": false}))
            .known(
                "web",
                "actions/permissions/selected-actions",
                json!({"github_owned_allowed": true, "verified_allowed": true, "patterns_allowed": ["b/*", "a/*"]}),
            );
    assert!(is_compliant(&one(&told, &json!({"patterns_allowed": ["a/*", "b/*"]}))));
    let fewer = difference(one(&told, &json!({"patterns_allowed": ["a/*"]})));
    assert_eq!(fewer.effect, Effect::Tightening);
    let base = json!({"github_owned_allowed": true, "verified_allowed": true, "patterns_allowed": ["b/*", "a/*"]});
    assert_eq!(calls(&fewer)[0].2, base, "what is not declared is kept");
    assert_eq!(difference(one(&told, &json!({"patterns_allowed": ["c/*"]}))).effect, Effect::Loosening);
    assert_eq!(difference(one(&told, &json!({"verified_allowed": false}))).effect, Effect::Tightening);
}

#[test]
fn what_is_selected_counts_only_with_selected() {
    let told = all_open(open());
    contrary(&one(&told, &json!({"verified_allowed": false})), "allowed_actions");
    let mut audited = wanted(&json!({"allowed_actions": "selected", "verified_allowed": false}));
    audited.fields.get_mut("allowed_actions").expect("there").mode = Mode::Audit;
    let all = told.judge(&RepoActions, Some("web"), &audited).expect("read");
    contrary(&all[1].outcome, "allowed_actions");
    for word in ["all", "local_only"] {
        assert_eq!(check_repository(&json!({"allowed_actions": word, "patterns_allowed": []})).len(), 1, "{word}");
    }
    assert_eq!(check_repository(&json!({"allowed_actions": "selected", "patterns_allowed": []})), []);
    assert_eq!(check_repository(&json!({"enabled": false, "sha_pinning_required": true})).len(), 1);
    assert_eq!(check_organisation(&json!({"enabled_repositories": "none", "allowed_actions": "all"})).len(), 1);
}

#[test]
fn while_actions_is_off_nothing_is_said_of_what_may_run() {
    let off = permissions(open(), json!({"enabled": false}));
    for value in
        [json!({"allowed_actions": "all"}), json!({"sha_pinning_required": true}), json!({"verified_allowed": true})]
    {
        assert!(matches!(one(&off, &value), Outcome::NotApplicable(why) if why.contains("switched off")));
    }
    let idle = judged(&off, &json!({"allowed_actions": "selected", "verified_allowed": true}));
    assert!(idle.iter().all(|one| matches!(one.outcome, Outcome::NotApplicable(_))), "{idle:#?}");
    assert!(is_compliant(&one(&off, &json!({"enabled": false}))));
    let all = judged(&off, &json!({"enabled": true, "allowed_actions": "local_only"}));
    assert_eq!(difference(all[0].outcome.clone()).effect, Effect::Loosening);
    let change = difference(all[1].outcome.clone());
    assert_eq!((change.before, change.effect), (json!(null), Effect::Tightening));
    let all = judged(&off, &json!({"enabled": true, "allowed_actions": "selected", "github_owned_allowed": true}));
    let change = difference(all[1].outcome.clone());
    assert_eq!(
        calls(&change)[0].1,
        json!({"allowed_actions": "selected", "enabled": true}),
        "GitHub takes a selection only then"
    );
}

#[test]
fn only_public_and_only_private_parts_are_not_applicable_elsewhere() {
    let private = Bench::new(vec![repo_with("web", json!({"visibility": "private", "private": true}))]);
    let approval = one(&private, &json!({"fork_pr_contributor_approval": "all_external_contributors"}));
    assert!(matches!(approval, Outcome::NotApplicable(why) if why.contains("only public")));
    let access = one(&open(), &json!({"access_level": "none"}));
    assert!(matches!(access, Outcome::NotApplicable(why) if why.contains("only private")));
    let told = private.known("web", "actions/permissions/access", json!({"access_level": "organization"}));
    assert_eq!(difference(one(&told, &json!({"access_level": "none"}))).effect, Effect::Tightening);
}

#[test]
fn the_strictest_organisation_proves_its_repositories_without_a_call() {
    let strict =
        within(json!({"enabled_repositories": "all", "allowed_actions": "local_only", "sha_pinning_required": true}))
            .org_known(
                "actions/permissions/workflow",
                json!({"default_workflow_permissions": "read", "can_approve_pull_request_reviews": false}),
            );
    let value =
        json!({"allowed_actions": "local_only", "sha_pinning_required": true, "default_workflow_permissions": "read"});
    assert!(judged(&strict, &value).iter().all(|one| is_compliant(&one.outcome)));
    contrary(&one(&strict, &json!({"allowed_actions": "all"})), "`actions.allowed_actions`");
    contrary(&one(&strict, &json!({"sha_pinning_required": false})), "`actions.sha_pinning_required`");
    contrary(
        &one(&strict, &json!({"default_workflow_permissions": "write"})),
        "`actions.default_workflow_permissions`",
    );
    let asked = strict.wanted(&RepoActions, Some("web"), &wanted(&json!({"can_approve_pull_request_reviews": false})));
    assert_eq!(asked, ["rest:actions/permissions/workflow"], "that is no default, and proves nothing");
    // With Actions off GitHub says nothing more of the organisation.
    let none = within(json!({"enabled_repositories": "none"}));
    assert!(is_compliant(&one(&none, &json!({"enabled": false}))));
    contrary(&one(&none, &json!({"enabled": true})), "`actions.enabled_repositories`");
}

#[test]
fn a_lax_organisation_proves_nothing() {
    let value = json!({"enabled": true, "default_workflow_permissions": "read", "access_level": "none"});
    let asked = open().wanted(&RepoActions, Some("web"), &wanted(&value));
    assert_eq!(asked, ["rest:actions/permissions", "rest:actions/permissions/workflow"]);
    let fresh = Bench::new(vec![repo("web")]);
    let asked = fresh.wanted(&RepoActions, Some("web"), &wanted(&value));
    assert_eq!(
        asked,
        ["org:actions/permissions", "org:actions/permissions/workflow"],
        "the organisation is asked first"
    );
    let hidden = fresh.org_rest("actions/permissions", forbidden(ORGANISATION_READ));
    let asked = hidden.wanted(&RepoActions, Some("web"), &wanted(&json!({"enabled": true})));
    assert_eq!(asked, ["rest:actions/permissions"]);
}

#[test]
fn a_409_from_a_setting_that_the_organisation_forbids() {
    let selected = within(
        json!({"enabled_repositories": "selected", "allowed_actions": "selected", "sha_pinning_required": false}),
    )
    .org_known(
        "actions/permissions/workflow",
        json!({"default_workflow_permissions": "write", "can_approve_pull_request_reviews": false}),
    )
    .known(
        "web",
        "actions/permissions/workflow",
        json!({"default_workflow_permissions": "read", "can_approve_pull_request_reviews": false}),
    );
    let told =
        permissions(selected.org_known("actions/permissions/repositories", json!([])), json!({"enabled": false}));
    contrary(&one(&told, &json!({"enabled": true})), "`actions.enabled_repositories` is \"selected\"");
    contrary(
        &one(&told, &json!({"can_approve_pull_request_reviews": true})),
        "`actions.can_approve_pull_request_reviews`",
    );
    let id = repo("web")["id"].clone();
    let chosen = told.org_known("actions/permissions/repositories", json!([{"id": id}]));
    assert_eq!(difference(one(&chosen, &json!({"enabled": true}))).effect, Effect::Loosening);
    let told =
        permissions(chosen, json!({"enabled": true, "allowed_actions": "selected", "sha_pinning_required": false}))
            .known(
                "web",
                "actions/permissions/selected-actions",
                json!({"github_owned_allowed": true, "verified_allowed": true, "patterns_allowed": []}),
            );
    contrary(&one(&told, &json!({"allowed_actions": "all"})), "`actions.allowed_actions` is \"selected\"");
    contrary(&one(&told, &json!({"verified_allowed": false})), "`actions.allowed_actions` is \"selected\"");
    assert_eq!(difference(one(&told, &json!({"allowed_actions": "local_only"}))).effect, Effect::Tightening);
}

#[test]
fn what_is_hidden_is_unknown() {
    let silent = || Reading::known(Some(json!({"other": 1})));
    for (suffix, value) in [
        ("actions/permissions", json!({"enabled": true})),
        ("actions/permissions/workflow", json!({"can_approve_pull_request_reviews": false})),
        (
            "actions/permissions/fork-pr-contributor-approval",
            json!({"fork_pr_contributor_approval": "first_time_contributors"}),
        ),
        ("actions/permissions/artifact-and-log-retention", json!({"artifact_and_log_retention_days": 9})),
    ] {
        for answer in [forbidden(READ), Reading::known(None), silent()] {
            assert_eq!(lacking(&one(&open().rest("web", suffix, answer), &value)), Some(READ), "{suffix}");
        }
    }
    let told = open().rest("web", "actions/permissions", forbidden(READ));
    assert_eq!(lacking(&one(&told, &json!({"verified_allowed": true}))), Some(READ));
    let selected = permissions(open(), json!({"enabled": true, "allowed_actions": "selected"}));
    assert_eq!(lacking(&one(&selected, &json!({"sha_pinning_required": true}))), Some(READ), "an older server");
    for answer in [forbidden(READ), silent()] {
        let told = permissions(open(), json!({"enabled": true, "allowed_actions": "selected"}));
        let told = told.rest("web", "actions/permissions/selected-actions", answer);
        assert_eq!(lacking(&one(&told, &json!({"verified_allowed": true}))), Some(READ));
    }
}

#[test]
fn an_organisation_has_the_same_parts_and_its_repositories() {
    let told = open();
    let change = difference(of_org(&told, &json!({"sha_pinning_required": true})));
    let path = "/orgs/acme/actions/permissions".to_owned();
    let base = json!({"enabled_repositories": "all", "allowed_actions": "all", "sha_pinning_required": false});
    assert_eq!(calls(&change), [(path.clone(), json!({"sha_pinning_required": true}), base.clone())]);
    let none = difference(of_org(&told, &json!({"enabled_repositories": "none"})));
    assert_eq!(
        (none.effect, calls(&none)),
        (Effect::Tightening, vec![(path.clone(), json!({"enabled_repositories": "none"}), base.clone())])
    );
    let some = difference(of_org(&told, &json!({"enabled_repositories": ["web"]})));
    assert_eq!((&some.before, &some.after), (&json!("all"), &json!(["web"])));
    let both = calls(&some);
    assert_eq!((&both[0].1, &both[0].2), (&json!({"enabled_repositories": "selected"}), &base));
    assert_eq!(both[1].0, format!("{path}/repositories"));
    let hidden = Bench::new(vec![]).org_rest("actions/permissions", forbidden(ORGANISATION_READ));
    assert_eq!(lacking(&of_org(&hidden, &json!({"allowed_actions": "all"}))), Some(ORGANISATION_READ));
    assert_eq!(lacking(&of_org(&hidden, &json!({"enabled_repositories": "all"}))), Some(ORGANISATION_READ));
    let off = Bench::new(vec![]).org_known("actions/permissions", json!({"enabled_repositories": "none"}));
    assert!(matches!(of_org(&off, &json!({"allowed_actions": "all"})), Outcome::NotApplicable(_)));
    let value = json!({"enabled_repositories": "all", "allowed_actions": "selected", "verified_allowed": true});
    let all = off.judge(&OrgActions, None, &wanted(&value)).expect("everything was read");
    let change = difference(all[1].outcome.clone());
    assert_eq!(calls(&change)[0].1, json!({"allowed_actions": "selected", "enabled_repositories": "all"}));
}
