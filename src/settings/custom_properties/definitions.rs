//! What a custom property is: `GET /orgs/{org}/properties/schema` for all, `PUT /orgs/{org}/properties/schema/{name}` for one. The
//! write replaces the whole: what it does not name falls back to GitHub's default, so everything that is there is sent along.

use serde_json::{Map, Value, json};

use super::{READ, SCHEMA};
use crate::{
    model::{Action, Desired, Effect, Field, Keyed, Kind, Problem, Scope, Shape, Tightens},
    settings::{Context, Difference, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write},
};

const PUT: &str = "PUT /orgs/{org}/properties/schema/{custom_property_name}";

/// Allowed values that a property can have.
const MOST: usize = 200;
/// What GitHub says of a definition and its call does not take.
const NOT_SENT: [&str; 3] = ["property_name", "url", "source_type"];

const fn field(key: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { key, kind, doc, tightens: Tightens::Neutral }
}

static META: Meta = Meta {
    shape: Shape {
        key: "custom_properties",
        scope: Scope::Org,
        keyed: Some(Keyed { what: "property name", name: Kind::Text, prune: false }),
        kind: Kind::Table(&[
            field(
                "value_type",
                Kind::OneOf(&["string", "single_select", "multi_select", "true_false", "url"]),
                "The type of its values. GitHub never changes it later.",
            ),
            field("required", Kind::Bool, "Whether every repository must have a value."),
            field(
                "default_value",
                Kind::Either(&[Kind::Text, Kind::List(&Kind::Text)]),
                "The value of repositories that have none of their own, where one is required.",
            ),
            field("description", Kind::Text, "What it is for."),
            field(
                "allowed_values",
                Kind::List(&Kind::Text),
                "The values that can be selected, in their order; at most 200. Taking one away takes it from the repositories that \
                 have it, so that counts as a deletion.",
            ),
            Field {
                key: "values_editable_by",
                kind: Kind::OneOf(&["org_actors", "org_and_repo_actors"]),
                doc: "Who sets the values: the organisation only, or the administrators of a repository too. The latter loosens: \
                      rulesets and policies can choose repositories by these values.",
                tightens: Tightens::Judged,
            },
            field("require_explicit_values", Kind::Bool, "Whether a value must be given when a repository is made."),
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Definitions of custom properties",
    docs: "The custom properties that the organisation defines, by name; others are left alone. A new one needs `value_type`. Fields that \
the policy does not name stay as they are, although GitHub's call replaces the whole definition. A property that the enterprise defines \
is never written.",
    example: "[match]\norg = \"*\"\n\n[org.custom_properties.tier]\nvalue_type = \"single_select\"\nallowed_values = [\"production\", \"experimental\"]\n\
              values_editable_by = \"org_actors\"\n",
    reads: &[READ],
    writes: &["organization_custom_properties:admin"],
    calls: &[
        ("value_type", PUT),
        ("required", PUT),
        ("default_value", PUT),
        ("description", PUT),
        ("allowed_values", PUT),
        ("values_editable_by", PUT),
        ("require_explicit_values", PUT),
    ],
    controls: &[],
    phase: Phase::Foundation,
    after: &[],
    late: false,
};

/// The setting.
pub struct Definitions;

impl Setting for Definitions {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, cx)?.whole()])
    }
}

/// Allowed values belong to the types that select, and to no other.
fn check(value: &Value) -> Vec<Problem> {
    let kind = value.get("value_type").and_then(Value::as_str).unwrap_or("single_select");
    let allowed = value.get("allowed_values").and_then(Value::as_array);
    let problem = |message: String, help: &str| {
        vec![Problem { path: "allowed_values".to_owned(), message, help: Some(help.to_owned()) }]
    };
    match allowed {
        Some(_) if !kind.ends_with("_select") => problem(
            format!("a property of the type `{kind}` has no allowed values"),
            "write `value_type = \"single_select\"` or `\"multi_select\"`, or leave them out",
        ),
        Some(values) if values.len() > MOST => {
            problem(format!("{} allowed values are too many", values.len()), "GitHub takes 200")
        }
        _ => Vec::new(),
    }
}

fn judge(desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let name = desired.name.as_deref().unwrap_or_default();
    let answer = cx.org_rest(RestRead::certain(SCHEMA, READ))?;
    let all = match Outcome::known(answer) {
        Ok(all) => all.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default(),
        Err(outcome) => return Ok(outcome),
    };
    let is_it =
        |one: &&Value| one.get("property_name").and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case(name));
    let wanted: Map<String, Value> =
        desired.fields.iter().map(|(key, leaf)| (key.clone(), leaf.value.clone())).collect();
    Ok(match all.iter().find(is_it) {
        Some(existing) => compare(existing, &wanted, cx),
        None => create(name, wanted, cx),
    })
}

fn create(name: &str, wanted: Map<String, Value>, cx: &Context<'_>) -> Outcome {
    let after = Value::Object(wanted);
    if after.get("value_type").is_none() {
        let message = format!("the organisation has no property `{name}`, and a new one needs `value_type`");
        return Outcome::Violation { message, observed: Value::Null, desired: after };
    }
    let selects = after.get("value_type").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("_select"));
    if selects && after.get("allowed_values").is_none() {
        let message = format!("the organisation has no property `{name}`, and one that selects needs `allowed_values`");
        return Outcome::Violation { message, observed: Value::Null, desired: after };
    }
    let write = RestWrite::with_body("PUT", path(name, cx), after.clone());
    let mut difference = Difference::update(Value::Null, after, Effect::Neutral, Write::Rest(write));
    difference.action = Action::Create;
    Outcome::Differs(difference)
}

fn compare(existing: &Value, wanted: &Map<String, Value>, cx: &Context<'_>) -> Outcome {
    let (mut before, mut after, mut body) = (Map::new(), Map::new(), Map::new());
    for (key, value) in wanted {
        let now = normal(key, existing.get(key).unwrap_or(&Value::Null));
        if now != *value && !(key == "default_value" && is_none(&now) && is_none(value)) {
            before.insert(key.clone(), now);
            after.insert(key.clone(), value.clone());
            body.insert(key.clone(), sent(key, value));
        }
    }
    let observed = || wanted.keys().map(|key| (key.clone(), existing.get(key).cloned().unwrap_or_default())).collect();
    if after.is_empty() {
        return Outcome::Compliant { observed: Value::Object(observed()), desired: Value::Object(wanted.clone()) };
    }
    let violation = |message: &str| Outcome::Violation {
        message: message.to_owned(),
        observed: Value::Object(before.clone()),
        desired: Value::Object(after.clone()),
    };
    if existing.get("source_type").and_then(Value::as_str) == Some("enterprise") {
        return violation("the enterprise defines this property; it is changed there");
    }
    if after.contains_key("value_type") {
        return violation("GitHub never changes the type of a property; remove it by hand and let it be made anew");
    }
    let name = existing.get("property_name").and_then(Value::as_str).unwrap_or_default();
    let write = RestWrite::replacing("PUT", path(name, cx), Value::Object(body), base(existing));
    let effect = match after.get("values_editable_by").and_then(Value::as_str) {
        Some(who) => Effect::tightening_if(who == "org_actors"),
        None => Effect::Neutral,
    };
    let deletes = takes_values_away(&before, &after);
    let mut difference = Difference::update(Value::Object(before), Value::Object(after), effect, Write::Rest(write));
    difference.deletes = deletes;
    Outcome::Differs(difference)
}

/// The whole definition as it is now, in the form of the call.
fn base(existing: &Value) -> Value {
    let kept = existing.as_object().into_iter().flatten().filter(|(key, _)| !NOT_SENT.contains(&key.as_str()));
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Whether a default value is none: an empty text or, where there may be several, an empty list.
fn is_none(value: &Value) -> bool {
    value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
}

/// A field as the call takes it: no default is null.
fn sent(key: &str, value: &Value) -> Value {
    if key == "default_value" && is_none(value) { Value::Null } else { value.clone() }
}

/// A field with GitHub's default where it says nothing.
fn normal(key: &str, value: &Value) -> Value {
    match (key, value) {
        ("required" | "require_explicit_values", Value::Null) => json!(false),
        ("values_editable_by", Value::Null) => json!("org_actors"),
        ("description" | "default_value", Value::Null) => json!(""),
        ("allowed_values", Value::Null) => json!([]),
        _ => value.clone(),
    }
}

fn takes_values_away(before: &Map<String, Value>, after: &Map<String, Value>) -> bool {
    let list =
        |of: &Map<String, Value>| of.get("allowed_values").and_then(Value::as_array).cloned().unwrap_or_default();
    let kept = list(after);
    list(before).iter().any(|value| !kept.contains(value))
}

fn path(name: &str, cx: &Context<'_>) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let encoded: String =
        name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    cx.org_path(&format!("{SCHEMA}/{encoded}"))
}
