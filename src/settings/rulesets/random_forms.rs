//! The two forms in which GitHub tells a ruleset lead to the same difference: it is planned from the one and written from the other.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Rulesets, random};
use crate::{
    model::Reading,
    settings::{
        Outcome,
        bench::{Bench, desired, repo},
    },
};

/// A word in GraphQL's spelling.
fn camel(word: &str) -> String {
    let mut parts = word.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let (head, tail) = part.split_at(part.len().min(1));
        all + &head.to_uppercase() + tail
    })
}

/// Parameters as GraphQL tells them: what is optional is null, and lists come in any order.
fn parameters(kind: &str, of: &Map<String, Value>) -> Value {
    let mut all = Map::from_iter([("__typename".to_owned(), json!("Parameters"))]);
    if kind.ends_with("_pattern") {
        all.insert("name".to_owned(), Value::Null);
    }
    for (key, value) in of {
        let told = match value {
            Value::Array(list) if key == "allowed_merge_methods" => {
                list.iter().map(|one| json!(one.as_str().unwrap_or_default().to_uppercase())).collect()
            }
            Value::Array(list) => list.iter().rev().map(member).collect(),
            other => other.clone(),
        };
        all.insert(camel(key), told);
    }
    Value::Object(all)
}

/// An object in a list.
fn member(of: &Value) -> Value {
    let Value::Object(of) = of else { return of.clone() };
    let mut all: Map<String, Value> = of.iter().map(|(key, value)| (camel(key), value.clone())).collect();
    if of.contains_key("context") {
        all.entry("integrationId").or_insert(Value::Null);
    }
    Value::Object(all)
}

fn rule(of: &Value) -> Option<Value> {
    let kind = of["type"].as_str()?;
    // GraphQL has no word for it, and does not count it.
    if kind == "a_rule_of_next_year" {
        return None;
    }
    let told = of["parameters"].as_object().map_or(Value::Null, |all| parameters(kind, all));
    Some(json!({"type": kind.to_uppercase(), "parameters": told}))
}

fn actor(of: &Value) -> Value {
    let (kind, id) = (of["actor_type"].as_str().unwrap_or_default(), &of["actor_id"]);
    let named = json!({"__typename": "Team", "databaseId": id, "slug": format!("t{id}")});
    json!({
        "bypassMode": of["bypass_mode"].as_str().unwrap_or_default().to_uppercase(),
        "deployKey": kind == "DeployKey", "organizationAdmin": kind == "OrganizationAdmin", "enterpriseOwner": false,
        "repositoryRoleDatabaseId": null, "repositoryRoleName": null,
        "actor": if kind == "Team" { named } else { Value::Null },
    })
}

fn connection(nodes: Vec<Value>) -> Value {
    json!({"totalCount": nodes.len(), "nodes": nodes})
}

fn list<'v>(of: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    of[key].as_array().into_iter().flatten()
}

/// A repository whose ruleset both forms tell.
fn told_twice(rest: &Value) -> Bench {
    let refs = &rest["conditions"]["ref_name"];
    let upper = |key: &str| json!(rest[key].as_str().unwrap_or_default().to_uppercase());
    let node = json!({
        "databaseId": 1, "name": rest["name"], "target": upper("target"), "enforcement": upper("enforcement"),
        "conditions": {"refName": {"include": refs["include"], "exclude": refs["exclude"]}},
        "rules": connection(list(rest, "rules").filter_map(rule).collect()),
    });
    let actors = connection(list(rest, "bypass_actors").map(actor).collect());
    let teams: Vec<Value> = (1..4).map(|id| json!({"id": id, "slug": format!("t{id}")})).collect();
    Bench::new(vec![repo("web")])
        .graphql("web", "rulesets", Reading::known(connection(vec![node])))
        .graphql(
            "web",
            "rulesetBypasses",
            Reading::known(connection(vec![json!({"databaseId": 1, "bypassActors": actors})])),
        )
        .known("web", "rulesets/1", lean(rest.clone()))
        .org_known("teams", Value::Array(teams))
}

/// As REST answers: without what is as GitHub has it where nothing was said, and with what GraphQL has no word for.
fn lean(mut rest: Value) -> Value {
    for rule in rest["rules"].as_array_mut().into_iter().flatten() {
        let reviews = rule["type"] == "pull_request";
        let Some(Value::Object(all)) = rule.get_mut("parameters") else { continue };
        all.retain(|key, value| *value != false || !matches!(key.as_str(), "update_allows_fetch_and_merge" | "negate"));
        if reviews {
            all.insert("required_reviewers".to_owned(), json!([]));
        }
    }
    rest
}

/// What is compared with what was planned: all but the body of the call.
fn planned(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Differs(it) => json!([it.before, it.after, format!("{:?} {:?} {}", it.action, it.effect, it.deletes)]),
        other => json!(format!("{other:?}")),
    }
}

proptest! {
    #[test]
    fn the_difference_is_the_same_from_either_form(rest in random::told(), wanted in random::declared()) {
        let bench = told_twice(&rest);
        let wanted = desired("rulesets", Some("main"), &wanted);
        let of = |judged: Result<Vec<crate::settings::Judgement>, _>| judged.expect("all was read").remove(0).outcome;
        let plan = of(bench.judge(&Rulesets, Some("web"), &wanted));
        let write = of(bench.judge_alone(&Rulesets, "web", &wanted));
        prop_assert_eq!(planned(&plan), planned(&write));
    }
}
