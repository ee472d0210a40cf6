//! GitHub's GraphQL: a general executor over the parts of the schema that the simulator knows.
//!
//! A field that it does not know is an error in GitHub's own form for fields that do not exist, so that it is loud.

mod access;
mod cost;
mod exec;
mod git;
mod mutation;
mod node;
mod org;
mod protection;
mod pulls;
mod repository;
mod rulesets;
mod types;
mod update;
mod value;

use apollo_compiler::ast::{Definition, Document, OperationDefinition, OperationType};
use serde_json::{Map, Value, json};

use super::token::Token;
use super::world::World;
use exec::{Exec, Stop};
use value::arguments;

/// An answer: always with status 200, and what it cost.
pub(super) struct Outcome {
    /// The body.
    pub body: Value,
    /// The points it cost.
    pub points: u64,
}

/// The caller's allowance before this request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// Points an hour.
    pub limit: u64,
    /// Points used.
    pub used: u64,
    /// When the hour ends, in seconds since 1970.
    pub reset: i64,
}

fn failed(points: u64, errors: Value) -> Outcome {
    Outcome { body: json!({ "errors": errors }), points }
}

/// Executes a request body (`query`, `variables`, `operationName`).
pub(super) fn execute(world: &mut World, token: &Token, body: &Value, allowance: Allowance) -> Outcome {
    let Some(source) = body.get("query").and_then(Value::as_str) else {
        return failed(0, json!([{"message": "A query attribute must be specified and must be a string."}]));
    };
    let document = match Document::parse(source, "query.graphql") {
        Ok(document) => document,
        Err(broken) => {
            let told: Vec<Value> =
                broken.errors.iter().map(|e| json!({"message": format!("Parse error: {}", e.error)})).collect();
            return failed(0, json!(told));
        }
    };
    let name = body.get("operationName").and_then(Value::as_str);
    let operation = match operation(&document, name) {
        Ok(operation) => operation,
        Err(message) => return failed(0, json!([{ "message": message }])),
    };
    let variables = match variables(operation, body.get("variables")) {
        Ok(variables) => variables,
        Err(error) => return failed(0, json!([error])),
    };
    let cost = cost::of(&document, operation, &variables);
    if cost.nodes > 500_000 {
        let message = format!(
            "This query requests up to {} possible nodes which exceeds the maximum limit of 500,000.",
            cost.nodes
        );
        return failed(1, json!([{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": message}]));
    }
    // Effects first, one after the other, then the answers: what is asked back sees the world after all of them.
    let mutates = operation.operation_type == OperationType::Mutation;
    let payloads = if mutates { effects(world, token, operation, &variables) } else { Vec::new() };
    if mutates {
        world.touched();
    }
    let mut exec = Exec::new(world, token, &document, &variables, allowance, cost);
    exec.payloads = payloads;
    let root = if mutates { value::Obj::Mutation } else { value::Obj::Query };
    let done = exec.run(&root, &operation.selection_set);
    finish(exec, done, cost.points)
}

/// Does what a mutation says; a field that is no mutation of the simulator has none.
fn effects(
    world: &mut World,
    token: &Token,
    operation: &OperationDefinition,
    variables: &Map<String, Value>,
) -> Vec<Option<mutation::Payload>> {
    let fields = operation.selection_set.iter().filter_map(|s| s.as_field());
    fields
        .map(|field| {
            let input = arguments(field, variables).get("input").cloned().unwrap_or(Value::Null);
            mutation::effect(world, token, &field.name, &input)
        })
        .collect()
}

fn finish(exec: Exec<'_, '_>, done: Result<Value, Stop>, points: u64) -> Outcome {
    let mut body = Map::new();
    match done {
        // What is not in the schema is found before anything runs: no data at all.
        Err(Stop::Undefined(error)) => {
            body.insert("errors".to_owned(), json!([error]));
            return Outcome { body: Value::Object(body), points };
        }
        Err(Stop::Null) => body.insert("data".to_owned(), Value::Null),
        Ok(data) => body.insert("data".to_owned(), data),
    };
    if !exec.errors.is_empty() {
        body.insert("errors".to_owned(), Value::Array(exec.errors));
    }
    Outcome { body: Value::Object(body), points }
}

fn operation<'d>(document: &'d Document, name: Option<&str>) -> Result<&'d OperationDefinition, String> {
    let all: Vec<&OperationDefinition> = document
        .definitions
        .iter()
        .filter_map(|d| match d {
            Definition::OperationDefinition(operation) => Some(&**operation),
            _ => None,
        })
        .collect();
    match (name, all.as_slice()) {
        (Some(name), all) => {
            let found = all.iter().find(|o| o.name.as_ref().is_some_and(|n| n == name));
            found.copied().ok_or_else(|| format!("No operation named {name:?}"))
        }
        (None, [one]) => Ok(one),
        (None, []) => Err("A query attribute must be specified and must be a string.".to_owned()),
        (None, _) => Err("An operation name is required".to_owned()),
    }
}

/// Returns the variables with their defaults; a missing one that must be there is an error in GitHub's form.
fn variables(operation: &OperationDefinition, given: Option<&Value>) -> Result<Map<String, Value>, Value> {
    let mut out = Map::new();
    let empty = Map::new();
    let given = given.and_then(Value::as_object).unwrap_or(&empty);
    for definition in &operation.variables {
        let name = definition.name.as_str();
        let value =
            given.get(name).cloned().or_else(|| definition.default_value.as_ref().map(|v| value::constant(v, &empty)));
        let ty = &definition.ty;
        if ty.is_non_null() && value.as_ref().is_none_or(Value::is_null) {
            return Err(json!({
                "message": format!("Variable ${name} of type {ty} was provided invalid value"),
                "locations": [],
                "extensions": {"value": null, "problems": [{"path": [], "explanation": "Expected value to not be null"}]},
            }));
        }
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    }
    Ok(out)
}
