//! The facts of `tests/contract/`: what is in them, what is not, and that all of them can be used.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::contract::{Contract, Exchange};

const LARGEST: u64 = 1_500_000;

/// Every keyword that a schema of the facts may use; none of them holds prose.
const KEYWORDS: [&str; 22] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/contract")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).expect("the facts are part of the project")
}

fn openapi() -> Value {
    serde_json::from_str(&text("openapi.json")).expect("the facts are JSON")
}

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

/// Calls `look` with (path, method, operation).
fn each_operation(facts: &Value, mut look: impl FnMut(&str, &str, &Value)) {
    for (path, methods) in members(&facts["paths"]) {
        for (method, operation) in members(methods) {
            look(path, method, operation);
        }
    }
}

#[test]
fn the_facts_are_the_operations_that_are_listed() {
    let mut held = BTreeSet::new();
    each_operation(&openapi(), |path, method, _| {
        held.insert(format!("{} {path}", method.to_uppercase()));
    });
    let listed: Vec<String> = text("operations.txt").lines().map(str::to_owned).collect();
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "operations.txt names an operation twice");
    assert_eq!(held, unique, "run tests/contract/renew.py");
}

#[test]
fn the_facts_are_small() {
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let sizes = entries.map(|entry| entry.and_then(|entry| entry.metadata()).expect("a file").len());
    let size: u64 = sizes.sum();
    assert!(size < LARGEST, "{size} bytes");
}

#[test]
fn no_prose_is_left_in_the_rest_facts() {
    let facts = openapi();
    let mut strange = Vec::new();
    only(&facts, &["openapi", "info", "paths", "components"], "/", &mut strange);
    only(&facts["info"], &["version"], "/info", &mut strange);
    each_operation(&facts, |path, method, operation| {
        let place = format!("{method} {path}");
        operation_prose(operation, &place, &mut strange);
    });
    for (name, schema) in members(&facts["components"]["schemas"]) {
        schema_prose(schema, name, &mut strange);
    }
    assert_eq!(strange, Vec::<String>::new());
}

#[test]
fn the_search_for_prose_finds_it() {
    let operation = json!({
        "summary": "x",
        "parameters": [{ "name": "a", "in": "query", "schema": {}, "example": 1 }],
        "requestBody": { "required": true, "schema": { "properties": { "b": { "title": "x" } } } },
        "responses": { "200": { "schema": { "items": { "anyOf": [{ "description": "x" }] } } } },
    });
    let mut strange = Vec::new();
    operation_prose(&operation, "op", &mut strange);
    let found = ["op/summary", "op/example", "op/b/title", "op/200/items/anyOf/0/description"];
    assert_eq!(strange, found);
    let mut strange = Vec::new();
    // A member of that name is a fact.
    schema_prose(&json!({ "properties": { "description": { "type": "string" } } }), "s", &mut strange);
    assert_eq!(strange, Vec::<String>::new());
}

fn only(value: &Value, allowed: &[&str], place: &str, strange: &mut Vec<String>) {
    let keys = members(value).keys().filter(|key| !allowed.contains(&key.as_str()));
    strange.extend(keys.map(|key| format!("{place}/{key}")));
}

fn operation_prose(operation: &Value, place: &str, strange: &mut Vec<String>) {
    only(operation, &["parameters", "requestBody", "responses"], place, strange);
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        only(parameter, &["name", "in", "required", "multiSegment", "schema"], place, strange);
        schema_prose(&parameter["schema"], place, strange);
    }
    if let Some(body) = operation.get("requestBody") {
        only(body, &["required", "schema"], place, strange);
        schema_prose(&body["schema"], place, strange);
    }
    for (status, answer) in members(&operation["responses"]) {
        let place = format!("{place}/{status}");
        only(answer, &["schema"], &place, strange);
        if let Some(schema) = answer.get("schema") {
            schema_prose(schema, &place, strange);
        }
    }
}

fn schema_prose(schema: &Value, place: &str, strange: &mut Vec<String>) {
    // `additionalProperties: true` is a schema too.
    let Some(keywords) = schema.as_object() else {
        return;
    };
    only(schema, &KEYWORDS, place, strange);
    for (keyword, value) in keywords {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(parts)) => {
                for (name, part) in parts {
                    schema_prose(part, &format!("{place}/{name}"), strange);
                }
            }
            ("oneOf" | "anyOf" | "allOf", Value::Array(parts)) => {
                for (at, part) in parts.iter().enumerate() {
                    schema_prose(part, &format!("{place}/{keyword}/{at}"), strange);
                }
            }
            ("items" | "additionalProperties", part) => {
                schema_prose(part, &format!("{place}/{keyword}"), strange);
            }
            _ => {}
        }
    }
}

#[test]
fn no_prose_is_left_in_the_graphql_facts() {
    let schema = text("schema.graphql");
    for (at, line) in schema.lines().enumerate() {
        let prose = line.contains("\"\"\"") || line.contains('#') || line.contains("@deprecated(");
        // Texts are left only where they are defaults.
        let default = line.matches('"').count() == line.matches("= \"").count() * 2;
        assert!(!prose && default, "line {}: {line}", at + 1);
    }
}

/// A path of the operation in which every parameter has a value.
fn path_of(template: &str, operation: &Value) -> String {
    let mut path = template.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().expect("a parameter has a name");
        let values = parameter["schema"]["enum"].as_array();
        let value = values.and_then(|values| values.first()?.as_str()).unwrap_or("1");
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), value);
        } else if parameter["required"] == true {
            query.push(format!("{name}={value}"));
        }
    }
    format!("{path}?{}", query.join("&"))
}

#[test]
fn every_operation_is_found_and_every_schema_compiles() {
    let contract = Contract::load();
    let nothing = json!({});
    each_operation(&openapi(), |template, method, operation| {
        let path_and_query = path_of(template, operation);
        let method = method.to_uppercase();
        for status in members(&operation["responses"]).keys() {
            let exchange = Exchange {
                method: &method,
                path_and_query: &path_and_query,
                request_body: Some(&nothing),
                status: status.parse().expect("a status is a number"),
                response_body: Some(&nothing),
            };
            let problems = contract.check(&exchange).err().unwrap_or_default();
            let name = format!("[{method} {template}]");
            for problem in problems {
                assert!(problem.contains(&name), "{name} was taken for another: {problem}");
                let body = problem.contains("] request: ") || problem.contains("] answer: ");
                assert!(body, "the path or query was refused: {problem}");
            }
        }
    });
}
