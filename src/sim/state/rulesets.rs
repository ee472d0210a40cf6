//! Rulesets of a state: written whole, or as they were observed, by GraphQL and REST.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::sim::rulesets::whole;

const LIST: &str = "rulesets";

/// Brings what a state says of rulesets into one list of whole objects. `graphql` are the answers of a repository, which go.
pub(super) fn take(rest: &mut BTreeMap<String, Value>, graphql: &mut BTreeMap<String, Value>, stamp: &str) {
    let observed = graphql.remove(LIST);
    for seen in ["rulesetBypasses", "protectingRulesets", "protectingBypasses"] {
        graphql.remove(seen);
    }
    let known =
        |rest: &BTreeMap<String, Value>, suffix: &str| rest.get(suffix).and_then(|one| one.get("known").cloned());
    let told = known(rest, LIST).or_else(|| known(rest, "rulesets?includes_parents=false"));
    let of_graphql = observed.as_ref().and_then(|all| all.get("nodes").unwrap_or(all).as_array());
    let listed: Vec<Value> = match (told, of_graphql) {
        (Some(Value::Array(told)), _) => told,
        (_, Some(nodes)) => nodes.iter().map(of_node).collect(),
        _ => return,
    };
    let all = listed.iter().map(|one| {
        let suffix = format!("rulesets/{}", one["id"]);
        let one = known(rest, &suffix).filter(Value::is_object).unwrap_or_else(|| one.clone());
        let mut one = whole(&one, stamp);
        for seen in ["source", "source_type", "node_id", "_links", "current_user_can_bypass"] {
            one.remove(seen);
        }
        Value::Object(one)
    });
    let all: Vec<Value> = all.collect();
    rest.retain(|suffix, _| !suffix.starts_with("rulesets/") && !suffix.starts_with("rulesets?"));
    rest.insert(LIST.to_owned(), json!({"known": all}));
}

fn lower(value: &Value) -> Value {
    json!(value.as_str().map(str::to_lowercase))
}

/// A ruleset as GraphQL told it, in REST's form.
fn of_node(node: &Value) -> Value {
    let rules = node["rules"]["nodes"].as_array().into_iter().flatten();
    let rules: Vec<Value> = rules
        .map(|rule| match snake(&rule["parameters"]) {
            Value::Object(parameters) if !parameters.is_empty() => {
                json!({"type": lower(&rule["type"]), "parameters": parameters})
            }
            _ => json!({"type": lower(&rule["type"])}),
        })
        .collect();
    let mut made = Map::new();
    made.insert("id".to_owned(), node["databaseId"].clone());
    made.insert("name".to_owned(), node["name"].clone());
    made.insert("target".to_owned(), lower(&node["target"]));
    made.insert("enforcement".to_owned(), lower(&node["enforcement"]));
    if node["conditions"].is_object() {
        made.insert("conditions".to_owned(), snake(&node["conditions"]));
    }
    made.insert("rules".to_owned(), Value::Array(rules));
    Value::Object(made)
}

/// GraphQL's members in REST's spelling.
fn snake(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, value)| *key != "__typename" && !value.is_null());
            let spelt = kept.map(|(key, value)| {
                let mut name = String::new();
                for c in key.chars() {
                    if c.is_ascii_uppercase() {
                        name.push('_');
                    }
                    name.push(c.to_ascii_lowercase());
                }
                (name, snake(value))
            });
            Value::Object(spelt.collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(snake).collect()),
        other => other.clone(),
    }
}
