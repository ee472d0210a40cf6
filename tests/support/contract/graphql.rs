//! GraphQL: holds a document, its variables and the answer against GitHub's schema.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::collections::HashMap as TypeMap;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Schema};
use serde_json::{Map, Value};

use super::answers::Answer;
use super::inputs::{Inputs, with_defaults};
use super::{Exchange, given_anywhere, message_problem, present};

type Document = Arc<Result<Valid<ExecutableDocument>, Vec<String>>>;

/// GitHub's GraphQL schema.
#[derive(Debug)]
pub(super) struct GraphQl {
    schema: Valid<Schema>,
    implementers: TypeMap<Name, Implementers>,
    /// By text: the same few documents are sent thousands of times.
    documents: Mutex<BTreeMap<String, Document>>,
}

impl GraphQl {
    /// Reads the facts that `tests/contract/renew.py` wrote.
    pub(super) fn parse(text: &str) -> Self {
        let schema = Schema::parse_and_validate(text, "schema.graphql");
        let schema = schema.expect("GitHub's schema is valid");
        let implementers = schema.implementers_map();
        Self { schema, implementers, documents: Mutex::default() }
    }

    /// Returns what is wrong with the exchange.
    pub(super) fn check(&self, exchange: &Exchange<'_>) -> Vec<String> {
        if exchange.method != "POST" {
            return vec!["GraphQL is asked by POST".to_owned()];
        }
        let Some(request) = exchange.request_body.and_then(Value::as_object) else {
            return vec!["request: a GraphQL request is a JSON object".to_owned()];
        };
        let Some(query) = request.get("query").and_then(Value::as_str) else {
            return vec!["request: `query` is not a text".to_owned()];
        };
        let mut problems = request_problems(request);
        let document = self.document(query);
        match document.as_ref() {
            Err(invalid) => problems.extend(invalid.iter().cloned()),
            Ok(document) => self.check_valid(document, request, exchange, &mut problems),
        }
        problems
    }

    fn document(&self, query: &str) -> Document {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let parse = || {
            let parsed = ExecutableDocument::parse_and_validate(&self.schema, query, "query.graphql");
            let say = |error: apollo_compiler::diagnostic::Diagnostic<'_, _>| {
                let line = error.line_column_range().map_or(0, |range| range.start.line);
                format!("request: {} (line {line})", error.error)
            };
            Arc::new(parsed.map_err(|invalid| invalid.errors.iter().map(say).collect()))
        };
        Arc::clone(documents.entry(query.to_owned()).or_insert_with(parse))
    }

    fn check_valid(
        &self,
        document: &Valid<ExecutableDocument>,
        request: &Map<String, Value>,
        exchange: &Exchange<'_>,
        problems: &mut Vec<String>,
    ) {
        let name = request.get("operationName").and_then(Value::as_str);
        let Ok(operation) = document.operations.get(name) else {
            problems.push("request: `operationName` does not choose one operation".to_owned());
            return;
        };
        let none = Map::new();
        let given = request.get("variables").and_then(Value::as_object).unwrap_or(&none);
        let asked = Inputs { schema: &self.schema }.variable_problems(operation, given);
        let variables = &with_defaults(operation, given);
        problems.extend(asked.into_iter().map(|problem| format!("request: {problem}")));
        let mut unbounded = Vec::new();
        let fragments = document.fragments.values().map(|fragment| &fragment.selection_set);
        for selections in std::iter::once(&operation.selection_set).chain(fragments) {
            bounds(selections, document, variables, &mut unbounded);
        }
        problems.extend(unbounded.into_iter().map(|problem| format!("request: {problem}")));
        let answered = self.answer_problems(document, operation, variables, exchange);
        problems.extend(answered.into_iter().map(|problem| format!("answer: {problem}")));
    }

    fn answer_problems(
        &self,
        document: &Valid<ExecutableDocument>,
        operation: &Operation,
        variables: &Map<String, Value>,
        exchange: &Exchange<'_>,
    ) -> Vec<String> {
        let (status, body) = (exchange.status, present(exchange.response_body));
        if status != 200 {
            return status_problems(status, body);
        }
        let Some(body) = body.and_then(Value::as_object) else {
            return vec!["it has no JSON object as its body".to_owned()];
        };
        let mut problems = envelope_problems(body);
        let errors = body.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let (schema, implementers) = (&self.schema, &self.implementers);
        let answer = Answer { schema, implementers, document, operation, variables, errors };
        match body.get("data") {
            None | Some(Value::Null) if errors.is_empty() => {
                problems.push("it has neither `data` nor `errors`".to_owned());
            }
            None | Some(Value::Null) => {}
            Some(data) => problems.extend(answer.problems(data)),
        }
        problems
    }
}

/// What a request may hold beside its document.
fn request_problems(request: &Map<String, Value>) -> Vec<String> {
    let fits = |name: &str, value: &Value| match name {
        "query" => value.is_string(),
        "variables" => value.is_object() || value.is_null(),
        "operationName" => value.is_string() || value.is_null(),
        _ => false,
    };
    let unfit = request.iter().filter(|(name, value)| !fits(name, value));
    unfit.map(|(name, _)| format!("request: `{name}` is unknown or of the wrong type")).collect()
}

fn status_problems(status: u16, body: Option<&Value>) -> Vec<String> {
    if !given_anywhere(status) || matches!(status, 301..=307 | 409 | 410) {
        return vec![format!("GitHub does not answer GraphQL with {status}")];
    }
    if status >= 500 {
        return Vec::new();
    }
    message_problem(body).into_iter().collect()
}

/// What an answer may hold, and the form of its errors.
fn envelope_problems(body: &Map<String, Value>) -> Vec<String> {
    let mut problems: Vec<String> = body
        .keys()
        .filter(|name| !matches!(name.as_str(), "data" | "errors" | "extensions"))
        .map(|name| format!("an answer has no member `{name}`"))
        .collect();
    match body.get("errors") {
        None => {}
        Some(Value::Array(errors)) if !errors.is_empty() => {
            let unfit = errors.iter().enumerate().filter(|(_, error)| !is_error(error));
            problems.extend(
                unfit.map(|(at, _)| format!("errors/{at} is not an object with `message` and well-formed `path`")),
            );
        }
        Some(_) => problems.push("`errors` is not a list with something in it".to_owned()),
    }
    problems
}

fn is_error(error: &Value) -> bool {
    let step = |step: &Value| step.is_string() || step.is_u64();
    let path = error.get("path").is_none_or(|path| path.as_array().is_some_and(|steps| steps.iter().all(step)));
    let kind = error.get("type").is_none_or(Value::is_string);
    let locations = error.get("locations").is_none_or(Value::is_array);
    error.get("message").is_some_and(Value::is_string) && path && kind && locations
}

/// GitHub refuses a connection whose nodes are asked for without `first` or `last` of 1 to 100.
fn bounds(
    selections: &SelectionSet,
    document: &ExecutableDocument,
    variables: &Map<String, Value>,
    problems: &mut Vec<String>,
) {
    for selection in &selections.selections {
        let field = match selection {
            Selection::Field(field) => field,
            Selection::InlineFragment(inline) => {
                bounds(&inline.selection_set, document, variables, problems);
                continue;
            }
            // Fragments are looked at by themselves.
            Selection::FragmentSpread(_) => continue,
        };
        bounds(&field.selection_set, document, variables, problems);
        let pages = field.definition.ty.inner_named_type().ends_with("Connection")
            && field.definition.argument_by_name("first").is_some()
            && field.selection_set.root_fields(document).any(|inner| matches!(inner.name.as_str(), "nodes" | "edges"));
        let sizes = ["first", "last"].map(|name| {
            let value = field.specified_argument_by_name(name)?;
            match value.as_variable() {
                Some(variable) => variables.get(variable.as_str())?.as_i64(),
                None => value.to_i32().map(i64::from),
            }
        });
        let bounded = sizes.iter().flatten().all(|size| (1..=100).contains(size));
        if !bounded || (pages && sizes == [None, None]) {
            let name = &field.name;
            problems.push(format!("`{name}` is a connection that needs `first` or `last`, 1 to 100"));
        }
    }
}
