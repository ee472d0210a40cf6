use super::*;
use crate::model::Effect;
use crate::model::Kind;
use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking};

const ALL: &[&OrgField] = &[
    &BLOG,
    &COMPANY,
    &DEFAULT_REPOSITORY_PERMISSION,
    &DEPLOY_KEYS_ENABLED_FOR_REPOSITORIES,
    &DESCRIPTION,
    &EMAIL,
    &HAS_ORGANIZATION_PROJECTS,
    &HAS_REPOSITORY_PROJECTS,
    &LOCATION,
    &MEMBERS_CAN_CHANGE_REPO_VISIBILITY,
    &MEMBERS_CAN_CREATE_INTERNAL_REPOSITORIES,
    &MEMBERS_CAN_CREATE_PAGES,
    &MEMBERS_CAN_CREATE_PRIVATE_PAGES,
    &MEMBERS_CAN_CREATE_PRIVATE_REPOSITORIES,
    &MEMBERS_CAN_CREATE_PUBLIC_PAGES,
    &MEMBERS_CAN_CREATE_PUBLIC_REPOSITORIES,
    &MEMBERS_CAN_CREATE_REPOSITORIES,
    &MEMBERS_CAN_CREATE_TEAMS,
    &MEMBERS_CAN_DELETE_ISSUES,
    &MEMBERS_CAN_DELETE_REPOSITORIES,
    &MEMBERS_CAN_FORK_PRIVATE_REPOSITORIES,
    &MEMBERS_CAN_INVITE_OUTSIDE_COLLABORATORS,
    &PUSH_PROTECTION_CUSTOM_LINK,
    &PUSH_PROTECTION_CUSTOM_LINK_ENABLED,
    &TWITTER_USERNAME,
    &TWO_FACTOR_REQUIREMENT_ENABLED,
    &WEB_COMMIT_SIGNOFF_REQUIRED,
];

fn outcome(field: &OrgField, about: Value, value: &Value) -> Outcome {
    let wanted = desired("", None, value);
    Bench::new(vec![]).org_known("", about).judge(field, None, &wanted).expect("read").remove(0).outcome
}

#[test]
fn every_field_is_read_from_one_answer_and_written_by_one_call() {
    for field in ALL {
        let key = field.meta.shape.key;
        example_is_sound(*field);
        let (old, new) = match field.meta.shape.kind {
            Kind::Bool => (json!(false), json!(true)),
            Kind::OneOf(_) => (json!("read"), json!("write")),
            _ => (json!(null), json!("new")),
        };
        let about = |value: &Value| json!({key: value, "plan": {"name": "enterprise"}});
        assert!(matches!(outcome(field, about(&new), &new), Outcome::Compliant { .. }), "{key}");
        let hidden = outcome(field, json!({"login": "acme"}), &new);
        assert_eq!(lacking(&hidden), Some(READ), "{key}: absent is not false");
        if field.meta.writes.is_empty() {
            assert!(matches!(outcome(field, about(&old), &new), Outcome::Violation { .. }), "{key}");
            continue;
        }
        let change = difference(outcome(field, about(&old), &new));
        let write = RestWrite::with_body("PATCH", "/orgs/acme".to_owned(), json!({key: new}));
        assert_eq!(change.writes, [Write::Rest(write)], "{key}");
        let back = difference(outcome(field, about(&new), &normal(&old)));
        match (change.effect, back.effect) {
            (Effect::Neutral, Effect::Neutral) => assert!(matches!(field.safer, Safer::Neutral), "{key}"),
            (a, b) => assert!(a != b && a != Effect::Neutral, "{key}: {a:?} {b:?}"),
        }
    }
}

#[test]
fn directions_are_those_that_keep_people_out() {
    let effect = |field, old: Value, new: Value| {
        let field: &OrgField = field;
        difference(outcome(field, json!({field.meta.shape.key: old}), &new)).effect
    };
    let base = &DEFAULT_REPOSITORY_PERMISSION;
    assert_eq!(effect(base, json!("read"), json!("none")), Effect::Tightening);
    assert_eq!(effect(base, json!("read"), json!("admin")), Effect::Loosening);
    assert_eq!(effect(&MEMBERS_CAN_CREATE_PUBLIC_REPOSITORIES, json!(true), json!(false)), Effect::Tightening);
    assert_eq!(effect(&WEB_COMMIT_SIGNOFF_REQUIRED, json!(true), json!(false)), Effect::Loosening);
}

#[test]
fn internal_repositories_need_an_enterprise() {
    let field = &MEMBERS_CAN_CREATE_INTERNAL_REPOSITORIES;
    let told = |plan: &str| json!({field.meta.shape.key: false, "plan": {"name": plan}});
    let elsewhere = outcome(field, told("team"), &json!(true));
    assert!(matches!(elsewhere, Outcome::NotApplicable(why) if why.contains("`team`")));
    assert!(matches!(outcome(field, told("team"), &json!(false)), Outcome::Compliant { .. }));
    assert_eq!(difference(outcome(field, told("enterprise"), &json!(true))).effect, Effect::Loosening);
}

#[test]
fn an_empty_text_and_none_are_the_same() {
    assert!(matches!(outcome(&BLOG, json!({"blog": null}), &json!("")), Outcome::Compliant { .. }));
    assert_eq!(check_text(&json!("x".repeat(161))).len(), 1);
    assert_eq!(check_text(&json!("ü".repeat(160))), []);
    let hidden = Bench::new(vec![]).org_rest("", forbidden(READ));
    let judged = hidden.judge(&BLOG, None, &desired("blog", None, &json!("x"))).expect("read").remove(0);
    assert_eq!(lacking(&judged.outcome), Some(READ));
}
