//! Values and definitions, judged on observations built by hand.

use serde_json::{Value, json};

use super::*;
use crate::{
    model::{Action, Desired, Effect, Reading},
    settings::{
        Outcome, RestWrite, Write,
        bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, repo, repo_with},
    },
};

fn value(wanted: Value) -> Desired {
    desired("custom_properties", Some("tier"), &wanted)
}

fn with(properties: Value) -> Bench {
    Bench::new(vec![repo_with("web", json!({"custom_properties": properties}))])
}

fn call(outcome: Outcome) -> RestWrite {
    match difference(outcome).writes.remove(0) {
        Write::Rest(write) => write,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn values_come_with_the_list_and_are_written_by_name() {
    example_is_sound(&Values);
    let bench = with(json!({"Tier": "gold"}));
    assert!(matches!(bench.outcome(&Values, "web", &value(json!("gold"))), Outcome::Compliant { .. }));
    let change = difference(bench.outcome(&Values, "web", &value(json!("silver"))));
    assert_eq!((change.before, change.after, change.effect), (json!("gold"), json!("silver"), Effect::Neutral));
    let write = call(bench.outcome(&Values, "web", &value(json!("silver"))));
    assert_eq!((write.method, write.path.as_str()), ("PATCH", "/orgs/acme/properties/values"));
    let properties = json!([{"property_name": "tier", "value": "silver"}]);
    assert_eq!(write.body, Some(json!({"repository_names": ["web"], "properties": properties})));
    assert_eq!(write.gathers.expect("it gathers").most, 30);
}

#[test]
fn values_of_every_kind_are_compared_as_github_keeps_them() {
    let complies = |now: Value, wanted: Value| {
        matches!(with(json!({"tier": now})).outcome(&Values, "web", &value(wanted)), Outcome::Compliant { .. })
    };
    assert!(complies(json!("true"), json!(true)), "GitHub has texts for true and false");
    assert!(!complies(json!("true"), json!(false)));
    assert!(complies(json!(["a", "b"]), json!(["b", "a"])), "the order of several values does not matter");
    assert!(complies(Value::Null, json!("")) && complies(Value::Null, json!([])), "nothing is no value");
    let write = call(with(json!({"tier": "gold"})).outcome(&Values, "web", &value(json!(""))));
    assert_eq!(write.body.expect("a body")["properties"][0]["value"], Value::Null);
}

#[test]
fn where_the_list_leaves_values_out_the_organisation_is_asked_once() {
    let bench = Bench::new(vec![repo("web")]);
    assert_eq!(bench.wanted(&Values, Some("web"), &value(json!("gold"))), ["org:properties/values"]);
    let bench = bench.org_rest("properties/values", forbidden(READ));
    assert_eq!(lacking(&bench.outcome(&Values, "web", &value(json!("gold")))), Some(READ));
    let id = repo("web")["id"].clone();
    let list = json!([{"repository_id": id, "properties": [{"property_name": "tier", "value": "gold"}]}]);
    let bench = bench.org_known("properties/values", list);
    assert!(matches!(bench.outcome(&Values, "web", &value(json!("gold"))), Outcome::Compliant { .. }));
    let bench = bench.org_known("properties/values", json!([]));
    assert_eq!(lacking(&bench.outcome(&Values, "web", &value(json!("gold")))), Some(READ));
}

#[test]
fn calls_that_say_the_same_of_different_repositories_go_together() {
    let bench = Bench::new(vec![
        repo_with("a", json!({"custom_properties": {}})),
        repo_with("b", json!({"custom_properties": {"tier": "x"}})),
    ]);
    let of = |name: &str, wanted: &str| call(bench.outcome(&Values, name, &value(json!(wanted))));
    assert!(of("a", "gold").gathers_with(&of("b", "gold")));
    assert!(!of("a", "gold").gathers_with(&of("b", "silver")));
    assert!(!of("a", "gold").gathers_with(&RestWrite { gathers: None, ..of("b", "gold") }));
}

fn definition(wanted: Value) -> Desired {
    desired("custom_properties", Some("tier"), &wanted)
}

fn defined(schema: Value) -> Bench {
    Bench::new(vec![]).org_known("properties/schema", schema)
}

fn judged(bench: &Bench, wanted: Value) -> Outcome {
    let mut all = bench.judge(&Definitions, None, &definition(wanted)).expect("everything was read");
    all.remove(0).outcome
}

fn tier() -> Value {
    json!([{
        "property_name": "Tier", "url": "https://x", "source_type": "organization", "value_type": "single_select",
        "required": true, "default_value": "b", "description": null, "allowed_values": ["a", "b"],
        "values_editable_by": "org_actors", "field_of_tomorrow": 1
    }])
}

#[test]
fn a_definition_is_replaced_whole_with_what_it_was_and_what_changes() {
    example_is_sound(&Definitions);
    let bench = defined(tier());
    assert!(matches!(judged(&bench, json!({"required": true, "description": ""})), Outcome::Compliant { .. }));
    let write = call(judged(&bench, json!({"allowed_values": ["a", "b", "c"]})));
    let base = json!({
        "value_type": "single_select", "required": true, "default_value": "b", "description": null,
        "allowed_values": ["a", "b"], "values_editable_by": "org_actors", "field_of_tomorrow": 1
    });
    let changes = json!({"allowed_values": ["a", "b", "c"]});
    assert_eq!(write, RestWrite::replacing("PUT", "/orgs/acme/properties/schema/Tier".into(), changes, base));
}

#[test]
fn no_default_is_an_empty_text_an_empty_list_and_null() {
    let several = defined(json!([{"property_name": "tier", "value_type": "multi_select", "default_value": null}]));
    for none in [json!([]), json!("")] {
        assert!(matches!(judged(&several, json!({"default_value": none})), Outcome::Compliant { .. }));
    }
}

#[test]
fn taking_an_allowed_value_away_deletes_and_letting_repositories_edit_loosens() {
    let bench = defined(tier());
    assert!(difference(judged(&bench, json!({"allowed_values": ["b"]}))).deletes);
    assert!(!difference(judged(&bench, json!({"allowed_values": ["b", "a"]}))).deletes, "only another order");
    let open = difference(judged(&bench, json!({"values_editable_by": "org_and_repo_actors"})));
    assert_eq!(open.effect, Effect::Loosening);
    let closed = defined(
        json!([{"property_name": "tier", "value_type": "string", "values_editable_by": "org_and_repo_actors"}]),
    );
    assert_eq!(difference(judged(&closed, json!({"values_editable_by": "org_actors"}))).effect, Effect::Tightening);
}

#[test]
fn what_github_never_changes_is_a_violation() {
    let bench = defined(tier());
    assert!(matches!(judged(&bench, json!({"value_type": "string"})), Outcome::Violation { .. }));
    let mut enterprise = tier();
    enterprise[0]["source_type"] = json!("enterprise");
    assert!(matches!(judged(&defined(enterprise), json!({"required": false})), Outcome::Violation { .. }));
    assert!(matches!(judged(&defined(json!([])), json!({"required": false})), Outcome::Violation { .. }));
}

#[test]
fn a_new_definition_is_made_of_what_the_policy_says() {
    let new = difference(judged(&defined(json!([])), json!({"value_type": "string", "required": false})));
    assert_eq!((new.action, new.before.clone(), new.effect), (Action::Create, Value::Null, Effect::Neutral));
    let hidden = Bench::new(vec![]).org_rest("properties/schema", Reading::lacking("no", READ.into()));
    assert_eq!(lacking(&judged(&hidden, json!({"value_type": "string"}))), Some(READ));
}

#[test]
fn allowed_values_belong_to_types_that_select() {
    let check = crate::settings::Setting::meta(&Definitions).shape.check;
    assert_eq!(check(&json!({"value_type": "true_false", "allowed_values": []})).len(), 1);
    assert_eq!(check(&json!({"value_type": "multi_select", "allowed_values": ["a"]})), []);
    assert_eq!(check(&json!({"allowed_values": ["a"]})), [], "another rule, or GitHub, knows the type");
    assert_eq!(check(&json!({"allowed_values": vec!["a"; 201]})).len(), 1);
    let bench = Bench::new(vec![]).org_rest("properties/schema", Reading::known(Some(json!([]))));
    let bare = desired("custom_properties", Some("tier"), &json!({"value_type": "single_select"}));
    let judged = bench.judge(&Definitions, None, &bare).expect("everything was read");
    assert!(matches!(&judged[0].outcome, Outcome::Violation { message, .. } if message.contains("allowed_values")));
}
