use super::*;
use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo};

const PRIVATE_FORKS: &str = "actions/permissions/fork-pr-workflows-private-repos";

fn wanted(value: &Value) -> Desired {
    desired("api", Some("forks"), value)
}

fn entry(method: &str, fields: Value, tightens: Value) -> Desired {
    let path = format!("/repos/{{org}}/{{repo}}/{PRIVATE_FORKS}");
    wanted(&json!({"read": path, "write": format!("{method} {path}"), "fields": fields, "tightens": tightens}))
}

fn bench() -> Bench {
    Bench::new(vec![repo("web")]).known(
        "web",
        PRIVATE_FORKS,
        json!({"id": 4, "self_url": "x", "updated_at": "x", "nothing": null, "run": true, "days": 3,
            "more": {"a": 1, "b": [1, 2]}}),
    )
}

fn call(difference: &Difference) -> (&'static str, String, Value, Option<Value>) {
    let Write::Rest(write) = &difference.writes[0] else { unreachable!("a call") };
    (write.method, write.path.clone(), write.body.clone().expect("a body"), write.base.clone())
}

fn outcome(desired: &Desired) -> Outcome {
    bench().outcome(&RepoApi, "web", desired)
}

#[test]
fn only_what_is_named_counts() {
    example_is_sound(&RepoApi);
    example_is_sound(&OrgApi);
    let same = entry("PATCH", json!({"run": true, "days": 3.0, "more": {"a": 1}}), json!([]));
    assert!(matches!(outcome(&same), Outcome::Compliant { .. }), "{:?}", outcome(&same));
    let change = difference(outcome(&entry("PATCH", json!({"days": 4, "more": {"a": 2}}), json!([]))));
    assert_eq!(
        (change.before.clone(), change.after.clone()),
        (json!({"days": 3, "more.a": 1}), json!({"days": 4, "more.a": 2}))
    );
    let path = format!("/repos/acme/web/{PRIVATE_FORKS}");
    assert_eq!(call(&change), ("PATCH", path, json!({"days": 4, "more": {"a": 2}}), None));
    let list = outcome(&entry("PATCH", json!({"more": {"b": [2, 1]}}), json!([])));
    assert_eq!(difference(list).effect, Effect::Loosening, "a list is one value, in its order");
}

#[test]
fn a_put_is_laid_over_what_was_read() {
    let change = difference(outcome(&entry("PUT", json!({"days": 4}), json!([]))));
    let (method, _, body, base) = call(&change);
    assert_eq!((method, body), ("PUT", json!({"days": 4})));
    assert_eq!(
        base,
        Some(json!({"run": true, "days": 3, "more": {"a": 1, "b": [1, 2]}})),
        "without GitHub's own fields"
    );
}

#[test]
fn it_loosens_unless_every_changed_field_is_declared_to_tighten() {
    let effect = |fields: Value, tightens: Value| difference(outcome(&entry("PATCH", fields, tightens))).effect;
    assert_eq!(effect(json!({"days": 4}), json!([])), Effect::Loosening);
    assert_eq!(effect(json!({"days": 4}), json!(["days"])), Effect::Tightening);
    assert_eq!(effect(json!({"days": 4, "run": false}), json!(["days"])), Effect::Loosening);
    assert_eq!(effect(json!({"days": 4, "run": true}), json!(["days"])), Effect::Tightening, "`run` does not change");
    assert_eq!(effect(json!({"more": {"a": 2}}), json!(["more"])), Effect::Tightening);
    assert_eq!(effect(json!({"more": {"a": 2}}), json!(["mor"])), Effect::Loosening);
}

#[test]
fn what_is_hidden_or_misspelt_is_unknown() {
    let desired = entry("PATCH", json!({"nowhere": true}), json!([]));
    assert_eq!(lacking(&outcome(&desired)), Some("administration:read"));
    for answer in [not_found(), forbidden("administration:read")] {
        let told = Bench::new(vec![repo("web")]).rest("web", PRIVATE_FORKS, answer);
        assert_eq!(lacking(&told.outcome(&RepoApi, "web", &desired)), Some("administration:read"));
    }
}

#[test]
fn without_a_call_a_difference_is_a_violation() {
    let read = format!("/repos/{{org}}/{{repo}}/{PRIVATE_FORKS}");
    let desired = wanted(&json!({"read": read, "fields": {"run": false}}));
    assert!(matches!(outcome(&desired), Outcome::Violation { message, .. } if message.contains("`write`")));
    for value in [json!({"fields": {"run": false}}), json!({"read": read})] {
        assert!(
            matches!(outcome(&wanted(&value)), Outcome::Violation { message, .. } if message.contains("no rule says"))
        );
    }
}

#[test]
fn bad_paths_and_calls_are_problems_of_the_policy() {
    let good = format!("/repos/{{org}}/{{repo}}/{PRIVATE_FORKS}");
    let problems = |value: Value| check(&value, Scope::Repo);
    assert_eq!(
        problems(json!({"read": good, "write": format!("PUT {good}"), "fields": {"a": 1}, "tightens": ["a"]})),
        []
    );
    for (key, bad) in [
        ("read", "/repos/{org}/{repo}/../x".to_owned()),
        ("read", "/repos/{org}/{repo}/hooks".to_owned()),
        ("read", "/orgs/{org}/x".to_owned()),
        ("write", format!("DELETE {good}")),
        ("write", format!("POST {good}")),
        ("write", format!("patch {good}")),
        ("write", good.clone()),
        ("write", "PUT /repos/{org}/{repo}/vulnerability-alerts".to_owned()),
        ("write", format!("PUT  {good}")),
    ] {
        let found = problems(json!({key: bad}));
        assert_eq!(found.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), [key], "{bad}");
    }
    let stray = problems(json!({"fields": {"a": {"b": 1}}, "tightens": ["a.b", "a", "c"]}));
    assert_eq!(stray.len(), 1, "{stray:?}");
}

#[test]
fn what_a_template_makes_of_a_path_is_looked_at_again() {
    let desired = wanted(&json!({"read": "/repos/{org}/{repo}/hooks", "fields": {"a": 1}}));
    assert!(matches!(outcome(&desired), Outcome::Violation { message, .. } if message.contains("webhook")));
}

#[test]
fn an_organisation_has_its_own() {
    let path = format!("/orgs/{{org}}/{PRIVATE_FORKS}");
    let desired =
        wanted(&json!({"read": path, "write": format!("PUT {path}"), "fields": {"run": false}, "tightens": ["run"]}));
    let told = Bench::new(vec![]).org_known(PRIVATE_FORKS, json!({"run": true, "other": 1}));
    let change = difference(told.judge(&OrgApi, None, &desired).expect("read").remove(0).outcome);
    let expected = format!("/orgs/acme/{PRIVATE_FORKS}");
    assert_eq!(call(&change), ("PUT", expected, json!({"run": false}), Some(json!({"run": true, "other": 1}))));
    let astray = wanted(&json!({"read": "/repos/{org}/{repo}/x", "fields": {"run": false}}));
    let judged = told.judge(&OrgApi, None, &astray).expect("read").remove(0).outcome;
    assert!(matches!(judged, Outcome::Violation { .. }));
}
