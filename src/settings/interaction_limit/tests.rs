use super::*;
use crate::{
    model::Action,
    settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo, repo_with},
};

const LATER: &str = "2026-12-22T12:00:00Z";

fn wanted(value: &Value) -> Desired {
    desired("interaction_limit", None, value)
}

fn told(json: Value, limit: Value) -> Bench {
    Bench::new(vec![json]).graphql("web", "interactionAbility", Reading::known(limit)).graphql(
        "web",
        "viewerCanAdminister",
        Reading::known(json!(false)),
    )
}

fn limited(limit: &str, origin: &str, expires: &str) -> Bench {
    told(repo("web"), json!({"limit": limit, "origin": origin, "expiresAt": expires}))
}

fn of_org(bench: &Bench, value: &Value) -> Outcome {
    bench.judge(&OrgInteractionLimit, None, &wanted(value)).expect("read").remove(0).outcome
}

#[test]
fn a_limit_that_runs_holds_whatever_its_expiry_was() {
    let bench = limited("EXISTING_USERS", "REPOSITORY", LATER);
    for value in [json!("existing_users"), json!({"limit": "existing_users", "expiry": "six_months"})] {
        assert!(matches!(bench.outcome(&InteractionLimit, "web", &wanted(&value)), Outcome::Compliant { .. }));
    }
}

#[test]
fn a_limit_that_ran_out_is_set_anew() {
    // The bench's time is noon.
    for expires in ["2026-11-22T12:00:00Z", "2026-01-01T00:00:00Z"] {
        let bench = limited("EXISTING_USERS", "REPOSITORY", expires);
        let value = json!({"limit": "existing_users", "expiry": "six_months"});
        let change = difference(bench.outcome(&InteractionLimit, "web", &wanted(&value)));
        assert_eq!(
            (change.action, change.before, change.effect),
            (Action::Create, json!("no_limit"), Effect::Tightening)
        );
        let path = "/repos/acme/web/interaction-limits".to_owned();
        assert_eq!(change.writes, [Write::Rest(RestWrite::with_body("PUT", path, value))]);
    }
}

#[test]
fn stricter_tightens_and_weaker_loosens() {
    for (from, to, effect) in [
        ("EXISTING_USERS", "contributors_only", Effect::Tightening),
        ("CONTRIBUTORS_ONLY", "collaborators_only", Effect::Tightening),
        ("COLLABORATORS_ONLY", "existing_users", Effect::Loosening),
        ("EXISTING_USERS", "no_limit", Effect::Loosening),
    ] {
        let bench = limited(from, "REPOSITORY", LATER);
        let change = difference(bench.outcome(&InteractionLimit, "web", &wanted(&json!(to))));
        assert_eq!(change.effect, effect, "{from} {to}");
        let method = change.writes.iter().map(|write| match write {
            Write::Rest(write) => write.method,
            _ => "",
        });
        assert_eq!(method.collect::<Vec<_>>(), [if to == "no_limit" { "DELETE" } else { "PUT" }]);
    }
}

#[test]
fn no_limit_is_believed_only_of_administrators() {
    let none = json!({"limit": "NO_LIMIT", "origin": "REPOSITORY", "expiresAt": null});
    let no_limit = wanted(&json!("no_limit"));
    for said in [none, json!(null)] {
        let admin = told(repo("web"), said.clone()).outcome(&InteractionLimit, "web", &no_limit);
        assert!(matches!(admin, Outcome::Compliant { .. }));
        let reader = || told(repo_with("web", json!({"permissions": {"admin": false}})), said.clone());
        assert_eq!(reader().wanted(&InteractionLimit, Some("web"), &no_limit), ["rest:interaction-limits"]);
        for answer in [forbidden(READ), not_found()] {
            let hidden = reader().rest("web", ROUTE, answer).outcome(&InteractionLimit, "web", &no_limit);
            assert_eq!(lacking(&hidden), Some(READ));
        }
        let empty = reader().known("web", ROUTE, json!({})).outcome(&InteractionLimit, "web", &no_limit);
        assert!(matches!(empty, Outcome::Compliant { .. }));
    }
}

#[test]
fn the_organisations_limit_stands_in_the_way_of_another() {
    let bench = limited("EXISTING_USERS", "ORGANIZATION", LATER);
    let same = bench.outcome(&InteractionLimit, "web", &wanted(&json!("existing_users")));
    assert!(matches!(same, Outcome::Compliant { .. }));
    let other = bench.outcome(&InteractionLimit, "web", &wanted(&json!("collaborators_only")));
    assert!(matches!(other, Outcome::Violation { message, .. } if message.contains("in `[org]`")));
}

#[test]
fn the_organisation_has_one_too() {
    let of = |told: Value| Bench::new(vec![]).org_known(ROUTE, told);
    let limit = json!({"limit": "existing_users", "origin": "organization", "expires_at": LATER});
    assert!(matches!(of_org(&of(limit.clone()), &json!("existing_users")), Outcome::Compliant { .. }));
    let change = difference(of_org(&of(limit), &json!("no_limit")));
    let path = "/orgs/acme/interaction-limits".to_owned();
    assert_eq!(change.writes, [Write::Rest(RestWrite::bare("DELETE", path.clone()))]);
    let change = difference(of_org(&of(json!({})), &json!("existing_users")));
    let body = json!({"limit": "existing_users"});
    assert_eq!(change.writes, [Write::Rest(RestWrite::with_body("PUT", path, body))]);
    let hidden = Bench::new(vec![]).org_rest(ROUTE, forbidden("organization_administration:read"));
    assert_eq!(lacking(&of_org(&hidden, &json!("no_limit"))), Some("organization_administration:read"));
}

#[test]
fn what_cannot_be_meant_is_told() {
    assert_eq!(check(&json!({"limit": "no_limit", "expiry": "one_day"})).len(), 1);
    assert_eq!(check(&json!({"limit": "existing_users", "expiry": "one_day"})), []);
    let none = told(repo("web"), json!(null)).outcome(&InteractionLimit, "web", &wanted(&json!({"expiry": "one_day"})));
    assert!(matches!(none, Outcome::Violation { message, .. } if message.contains("no `limit`")));
    example_is_sound(&InteractionLimit);
    example_is_sound(&OrgInteractionLimit);
}
