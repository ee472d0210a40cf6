//! The values of a repository. Read from the organisation's list of repositories, which tells them along; where it does not, from
//! `GET /orgs/{org}/properties/values`, a hundred repositories a page. Written by `PATCH /orgs/{org}/properties/values`, which
//! names the repositories: thirty that get the same value are one call. GraphQL does not know them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{READ, SCHEMA};
use crate::{
    model::{Desired, Effect, Keyed, Kind, Reading, Scope, Shape, Tightens, Verdict},
    settings::{
        Condition, Context, Difference, Gathering, Judgement, Meta, Need, Outcome, Pending, Phase, RestRead, RestWrite,
        Setting, Takes, Write, context::Asked,
    },
};

/// How many repositories GitHub takes in one call.
const MOST: usize = 30;

static META: Meta = Meta {
    shape: Shape {
        key: "custom_properties",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "property name", name: Kind::Text, prune: false }),
        kind: Kind::Either(&[Kind::Text, Kind::Bool, Kind::List(&Kind::Text)]),
        tightens: Tightens::Neutral,
        extra: &[],
        parts: &[],
        check: Shape::no_check,
    },
    title: "Custom properties",
    docs: "The values of the organisation's custom properties: a text, true or false, or a list of texts (of a property with several \
values; their order does not matter). An empty text or list means that the repository has no value of its own: GitHub then gives a \
required property its default, so such a wish never holds for one.

The property itself must be defined, by `[org.custom_properties]` or by hand: a value of one that is not, and a value that is not \
among those allowed, is a violation. Repositories that get the same value are written thirty a call.",
    example: "[repo.custom_properties]\ntier = \"production\"\nteams = [\"web\", \"security\"]\n",
    reads: &[READ],
    writes: &["organization_custom_properties:write"],
    calls: &[("value", "PATCH /orgs/{org}/properties/values")],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Values;

impl Setting for Values {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let name = desired.name.as_deref().unwrap_or_default();
        let wanted = told(desired.value("").unwrap_or(&Value::Null));
        let observed = match Outcome::known(observe(name, cx)?) {
            Ok(observed) => observed,
            Err(outcome) => return Ok(vec![outcome.whole()]),
        };
        if same(&observed, &wanted) {
            return Ok(vec![Outcome::Compliant { observed, desired: wanted }.whole()]);
        }
        let body = json!({
            "repository_names": [cx.repository()?.name],
            "properties": [{"property_name": name, "value": sent(&wanted)}],
        });
        let gathering = Gathering { list: "repository_names", most: MOST };
        let write = RestWrite::gathering("PATCH", cx.org_path("properties/values"), body, gathering);
        let difference = Difference::update(observed, wanted, Effect::Neutral, Write::Rest(write));
        Ok(vec![Outcome::Differs(difference).whole()])
    }

    /// The organisation must define the property, and so that it takes the value (422); the same plan may define it.
    fn needs(&self, _part: Option<&str>, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        let name = desired.name.as_deref().unwrap_or_default();
        let wanted = told(desired.value("").unwrap_or(&Value::Null));
        // What is taken away is of a property that is there.
        if sent(&wanted).is_null() {
            return Ok(Vec::new());
        }
        // A definition that the token may not see is left to GitHub's own answer.
        let Reading::Known { known } = cx.org_rest(RestRead::certain(SCHEMA, READ))? else { return Ok(Vec::new()) };
        let is_it = |one: &&Value| {
            one.get("property_name").and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        let definition = known.and_then(Value::as_array).into_iter().flatten().find(is_it);
        let takes = Takes::Definition(wanted);
        let holds = definition.is_some_and(|definition| takes.holds_with(definition) == Some(true));
        let setting = format!("{}.{name}", META.shape.key);
        let condition = Condition { setting, of_org: true, now: definition.cloned(), holds, takes };
        Ok(vec![Need { any: vec![condition], otherwise: Verdict::Violation }])
    }
}

/// The value as the policy and the plan say it: GitHub has texts where people think of true and false, and none is an empty text.
fn told(value: &Value) -> Value {
    match value {
        Value::Bool(on) => json!(on.to_string()),
        Value::Null => json!(""),
        other => other.clone(),
    }
}

/// The value as the call takes it: null where there is none.
fn sent(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::Array(items) if items.is_empty() => Value::Null,
        other => other.clone(),
    }
}

/// Whether GitHub would keep both alike: the order of several values does not matter.
fn same(a: &Value, b: &Value) -> bool {
    let set = |value: &Value| value.as_array().map(|items| items.iter().map(Value::to_string).collect::<BTreeSet<_>>());
    match (set(a), set(b)) {
        (Some(a), Some(b)) => a == b,
        _ => sent(a) == sent(b),
    }
}

type Properties = BTreeMap<String, Value>;

/// What GitHub says of one property of the judged repository; an empty text where it has no value.
fn observe(name: &str, cx: &Context<'_>) -> Asked<Value> {
    let repository = cx.repository()?;
    let of = |properties: &Properties| {
        let found = properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        told(found.map_or(&Value::Null, |(_, value)| value))
    };
    if let Some(listed) = &repository.custom_properties {
        return Ok(Reading::known(of(listed)));
    }
    let list = cx.org_rest(RestRead::list("properties/values", READ))?;
    Ok(list.and_then(|list| {
        let all = cx.index("custom_properties", || index(list));
        match all.get(&repository.id) {
            Some(properties) => Reading::known(of(properties)),
            None => Reading::lacking("the organisation's list of values leaves the repository out", READ.into()),
        }
    }))
}

/// The values of all repositories of the organisation's list, by the repository's number.
fn index(list: Option<&Value>) -> BTreeMap<u64, Properties> {
    let entry = |item: &Value| {
        let pairs = item.get("properties")?.as_array()?.iter().filter_map(|property| {
            let name = property.get("property_name")?.as_str()?.to_owned();
            Some((name, property.get("value").cloned().unwrap_or_default()))
        });
        Some((item.get("repository_id")?.as_u64()?, pairs.collect()))
    };
    list.and_then(Value::as_array).into_iter().flatten().filter_map(entry).collect()
}
