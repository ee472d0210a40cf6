//! A ruleset as GitHub has it, whichever way it was read, in one normal form.

use serde_json::{Map, Value, json};

use super::actors::{self, Bypasses, Words};

/// A ruleset that GitHub has.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::settings) struct Ruleset {
    pub(in crate::settings) id: u64,
    pub(in crate::settings) name: String,
    pub(in crate::settings) target: String,
    pub(in crate::settings) enforcement: String,
    /// In normal form, by GitHub's REST names.
    pub(in crate::settings) conditions: Map<String, Value>,
    /// Type and parameters in normal form, in GitHub's order.
    pub(in crate::settings) rules: Vec<(String, Map<String, Value>)>,
    /// None where GitHub hides them, or they were not asked for.
    pub(super) bypasses: Option<Bypasses>,
    pub(super) words: Words,
    /// What REST said, where it was asked: what a whole-object write must keep.
    pub(super) raw: Option<Value>,
}

impl Ruleset {
    /// Reads a ruleset of a REST answer.
    pub(super) fn of_rest(value: &Value) -> Option<Self> {
        let rules = value.get("rules").and_then(Value::as_array).into_iter().flatten();
        let rule = |rule: &Value| {
            let kind = rule.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
            (kind, object(normal(rule.get("parameters").unwrap_or(&Value::Null))))
        };
        Some(Self {
            id: value.get("id").and_then(Value::as_u64)?,
            name: text(value, "name"),
            target: value.get("target").and_then(Value::as_str).unwrap_or("branch").to_owned(),
            enforcement: text(value, "enforcement"),
            conditions: object(normal(value.get("conditions").unwrap_or(&Value::Null))),
            rules: rules.map(rule).collect(),
            bypasses: actors::of_rest(value),
            words: Words::new(),
            raw: Some(value.clone()),
        })
    }

    /// Reads a node of GraphQL; none where its rules are cut off or it has no number.
    pub(in crate::settings) fn of_graphql(node: &Value) -> Option<Self> {
        let rules = node.get("rules")?;
        let nodes = rules.get("nodes")?.as_array()?;
        if rules.get("totalCount").and_then(Value::as_u64) != Some(nodes.len() as u64) {
            return None;
        }
        let rule = |rule: &Value| (text(rule, "type").to_ascii_lowercase(), snake_parameters(&rule["parameters"]));
        Some(Self {
            id: node.get("databaseId").and_then(Value::as_u64)?,
            name: text(node, "name"),
            target: node.get("target").and_then(Value::as_str).unwrap_or("BRANCH").to_ascii_lowercase(),
            enforcement: text(node, "enforcement").to_ascii_lowercase(),
            conditions: object(normal(&snake(&node["conditions"]))),
            rules: nodes.iter().map(rule).collect(),
            bypasses: None,
            words: Words::new(),
            raw: None,
        })
    }

    /// The parameters of a rule, if the ruleset has it.
    pub(super) fn rule(&self, kind: &str) -> Option<&Map<String, Value>> {
        self.rules.iter().find(|(one, _)| one == kind).map(|(_, parameters)| parameters)
    }

    /// The kinds of choosing repositories that give way to the wanted one: GitHub takes one of them only.
    pub(super) fn given_up<'r>(
        &'r self,
        wanted: &'r Map<String, Value>,
    ) -> impl Iterator<Item = (&'r String, &'r Value)> {
        let chooses = |kind: &String| kind.starts_with("repository_");
        let moves = wanted.keys().any(chooses);
        self.conditions.iter().filter(move |(kind, _)| moves && chooses(kind) && !wanted.contains_key(*kind))
    }

    /// The whole object in the form of the call that replaces it, without the conditions that give way to the wanted ones. None
    /// where it was not read by REST or GitHub hides a part.
    pub(super) fn sent(&self, wanted: &Map<String, Value>) -> Option<Value> {
        let raw = self.raw.as_ref().filter(|_| self.bypasses.is_some())?;
        let mut whole = Map::new();
        for key in ["name", "target", "enforcement", "bypass_actors", "conditions", "rules"] {
            if let Some(value) = raw.get(key).filter(|value| !value.is_null()) {
                whole.insert(key.to_owned(), value.clone());
            }
        }
        if let Some(Value::Object(conditions)) = whole.get_mut("conditions") {
            conditions.retain(|kind, _| !self.given_up(wanted).any(|(gone, _)| gone == kind));
        }
        Some(Value::Object(whole))
    }

    /// What a plan tells of a ruleset that goes.
    pub(super) fn summary(&self) -> Value {
        let rules: Map<String, Value> =
            self.rules.iter().map(|(kind, parameters)| (kind.clone(), Value::Object(parameters.clone()))).collect();
        json!({"target": self.target, "enforcement": self.enforcement, "conditions": self.conditions, "rules": rules})
    }
}

pub(super) fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// GraphQL's members in REST's spelling; GraphQL's own `__typename` and what is null go.
fn snake(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, value)| *key != "__typename" && !value.is_null());
            Value::Object(kept.map(|(key, value)| (snake_case(key), snake(value))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(snake).collect()),
        other => other.clone(),
    }
}

fn snake_parameters(value: &Value) -> Map<String, Value> {
    let mut parameters = object(snake(value));
    if let Some(Value::Array(methods)) = parameters.get_mut("allowed_merge_methods") {
        for method in methods {
            *method = json!(method.as_str().unwrap_or_default().to_ascii_lowercase());
        }
    }
    object(normal(&Value::Object(parameters)))
}

fn snake_case(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The normal form of a value: members sorted, null members gone, lists (whose order means nothing in rulesets) sorted and each
/// entry once, and what GitHub says of a property that is not said to be the system's.
pub(super) fn normal(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let is_default = |key: &str, value: &Value| key == "source" && value == "custom";
            let mut members: Vec<(String, Value)> = object
                .iter()
                .filter(|(key, value)| !value.is_null() && !is_default(key, value))
                .map(|(key, value)| (key.clone(), normal(value)))
                .collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(normal).collect();
            list.sort_by_cached_key(Value::to_string);
            list.dedup();
            Value::Array(list)
        }
        other => other.clone(),
    }
}
