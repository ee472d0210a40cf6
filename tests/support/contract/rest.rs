//! REST: finds the operation of a request and holds request and answer against it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::paths::{self, Template};
use super::schemas::{Collector, Schemas};
use super::{Exchange, given_anywhere, message_problem, present};

/// GitHub's REST operations.
#[derive(Debug)]
pub(super) struct Rest {
    /// By method.
    operations: BTreeMap<String, Vec<Operation>>,
    schemas: Schemas,
}

#[derive(Debug)]
struct Operation {
    template: Template,
    /// Path and query parameters; headers are not judged.
    parameters: Vec<Parameter>,
    body: Option<Body>,
    /// By status the key of the body's schema, where there is a body.
    answers: BTreeMap<u16, Option<String>>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    in_path: bool,
    required: bool,
    schema: String,
}

#[derive(Debug)]
struct Body {
    required: bool,
    schema: String,
}

impl Rest {
    /// Reads the facts that `tests/contract/renew.py` wrote.
    pub(super) fn parse(text: &str) -> Self {
        let facts: Value = serde_json::from_str(text).expect("the facts are JSON");
        let mut schemas = Collector::new(members(&facts["components"]["schemas"]));
        let mut operations: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
        for (path, methods) in members(&facts["paths"]) {
            for (method, operation) in members(methods) {
                let operation = Operation::read(path, operation, &mut schemas);
                operations.entry(method.to_uppercase()).or_default().push(operation);
            }
        }
        Self { operations, schemas: schemas.finish() }
    }

    /// Returns what is wrong with the exchange.
    pub(super) fn check(&self, exchange: &Exchange<'_>) -> Vec<String> {
        let target = exchange.path_and_query;
        let target = target.strip_prefix("/api/v3").unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = documented(path);
        let Some((operation, values)) = self.find(exchange.method, &path) else {
            return vec!["GitHub's description has no such operation".to_owned()];
        };
        let mut problems = self.path_problems(operation, &values);
        match paths::query(query) {
            Ok(pairs) => problems.extend(self.query_problems(operation, &pairs)),
            Err(problem) => problems.push(problem),
        }
        let asked = self.request_problems(operation, present(exchange.request_body));
        problems.extend(asked.into_iter().map(|problem| format!("request: {problem}")));
        let answered = self.answer_problems(operation, exchange);
        problems.extend(answered.into_iter().map(|problem| format!("answer: {problem}")));
        let name = format!("{} {}", exchange.method, operation.template.text());
        problems.into_iter().map(|problem| format!("[{name}] {problem}")).collect()
    }

    /// The most specific operation of that path, and the path's parameters.
    fn find<'a>(&'a self, method: &str, path: &str) -> Option<(&'a Operation, Vec<(&'a str, String)>)> {
        self.operations
            .get(method)?
            .iter()
            .filter_map(|operation| Some((operation, operation.template.matches(path)?)))
            .max_by_key(|(operation, _)| operation.template.specificity())
    }

    fn path_problems(&self, operation: &Operation, values: &[(&str, String)]) -> Vec<String> {
        let unfit = |(name, value): &&(&str, String)| {
            let parameter = operation.parameter(true, name);
            !parameter.is_some_and(|parameter| self.text_fits(&parameter.schema, value))
        };
        let say = |(name, value): &(&str, String)| format!("`{value}` is not a value of the path parameter `{name}`");
        values.iter().filter(unfit).map(say).collect()
    }

    fn query_problems(&self, operation: &Operation, pairs: &[(String, String)]) -> Vec<String> {
        let mut problems: Vec<String> =
            pairs.iter().filter_map(|(name, value)| self.query_problem(operation, name, value)).collect();
        for (place, (name, _)) in pairs.iter().enumerate() {
            // A list is asked for by repeating `name[]`.
            if !name.ends_with("[]") && pairs.iter().take(place).any(|(other, _)| other == name) {
                problems.push(format!("the query names `{name}` twice"));
            }
        }
        let named = |name: &str| pairs.iter().any(|(other, _)| other.trim_end_matches("[]") == name);
        for parameter in &operation.parameters {
            if parameter.required && !parameter.in_path && !named(&parameter.name) {
                problems.push(format!("the query lacks `{}`", parameter.name));
            }
        }
        problems
    }

    fn query_problem(&self, operation: &Operation, name: &str, value: &str) -> Option<String> {
        let Some(parameter) = operation.parameter(false, name.trim_end_matches("[]")) else {
            return Some(format!("the operation has no query parameter `{name}`"));
        };
        if !self.text_fits(&parameter.schema, value) {
            return Some(format!("`{value}` is not a value of the query parameter `{name}`"));
        }
        // Said only in the description's prose, and GitHub cuts silently.
        let page = name == "per_page" && !value.parse().is_ok_and(|n: u32| (1..=100).contains(&n));
        page.then(|| format!("`per_page` is {value}, but a page holds 1 to 100"))
    }

    /// Whether a text of a path or query can be read as a value of the schema.
    fn text_fits(&self, schema: &str, text: &str) -> bool {
        let number = |text: &str| text.parse::<i64>().map(Value::from).ok();
        let parts = || text.split(',');
        let readings = [
            Some(Value::from(text)),
            number(text),
            text.parse::<bool>().map(Value::from).ok(),
            Some(parts().map(Value::from).collect()),
            parts().map(number).collect::<Option<Value>>(),
        ];
        let fits = |value: &Value| self.schemas.fits(schema, value);
        readings.iter().flatten().any(fits)
    }

    fn request_problems(&self, operation: &Operation, body: Option<&Value>) -> Vec<String> {
        match (&operation.body, body) {
            (Some(expected), Some(body)) => self.schemas.problems(&expected.schema, body),
            (Some(expected), None) if expected.required => {
                vec!["the operation needs a body".to_owned()]
            }
            // Some clients send `{}` where they mean nothing.
            (None, Some(body)) if body.as_object().is_none_or(|object| !object.is_empty()) => {
                vec!["the operation takes no body".to_owned()]
            }
            _ => Vec::new(),
        }
    }

    fn answer_problems(&self, operation: &Operation, exchange: &Exchange<'_>) -> Vec<String> {
        let (status, body) = (exchange.status, present(exchange.response_body));
        match operation.answers.get(&status) {
            None if !given_anywhere(status) => {
                vec![format!("GitHub does not answer this operation with {status}")]
            }
            declared if status >= 400 => self.error_problems(status, declared.map(Option::as_deref), body),
            Some(Some(schema)) => match body {
                Some(body) => self.schemas.problems(schema, body),
                // "Accepted" promises an object and in practice is empty.
                None if status == 202 => Vec::new(),
                None => vec!["it has no JSON body".to_owned()],
            },
            Some(None) if body.is_some() => vec![format!("{status} has no body")],
            None if status == 304 && body.is_some() => vec!["304 has no body".to_owned()],
            None if status != 304 => message_problem(body).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// `declared`: whether the operation names the status, and the schema that it names.
    fn error_problems(&self, status: u16, declared: Option<Option<&str>>, body: Option<&Value>) -> Vec<String> {
        // A gateway answers for GitHub; and where no body is named, none is needed.
        if status >= 500 || (declared == Some(None) && body.is_none()) {
            return Vec::new();
        }
        let (None, Some(body)) = (message_problem(body), body) else {
            return message_problem(body).into_iter().collect();
        };
        let mut schemas: Vec<String> = declared.flatten().map(str::to_owned).into_iter().collect();
        if status == 422 {
            // Either form is given, whichever of them the operation names.
            schemas.extend(["validation-error", "validation-error-simple"].map(Schemas::component));
        }
        if status != 422 || body.get("errors").is_none() {
            schemas.push(Schemas::component("basic-error"));
        }
        if schemas.iter().any(|schema| self.schemas.fits(schema, body)) {
            return Vec::new();
        }
        schemas.first().map(|schema| self.schemas.problems(schema, body)).unwrap_or_default()
    }
}

impl Operation {
    fn read(path: &str, facts: &Value, schemas: &mut Collector<'_>) -> Self {
        let listed = || facts["parameters"].as_array().into_iter().flatten();
        let multi = |name: &str| listed().any(|entry| entry["name"] == name && entry["multiSegment"] == true);
        let parameter = |entry: &Value| Parameter {
            name: entry["name"].as_str().unwrap_or_default().to_owned(),
            in_path: entry["in"] == "path",
            required: entry["required"] == true,
            schema: schemas.answered(&entry["schema"]),
        };
        let judged = listed().filter(|entry| entry["in"] == "path" || entry["in"] == "query");
        let parameters = judged.map(parameter).collect();
        let body = facts
            .get("requestBody")
            .map(|body| Body { required: body["required"] == true, schema: schemas.asked(&body["schema"]) });
        let answers = members(&facts["responses"]).iter().map(|(status, answer)| {
            let status = status.parse().expect("the facts name statuses by number");
            (status, answer.get("schema").map(|schema| schemas.answered(schema)))
        });
        let answers = answers.collect();
        Self { template: Template::parse(path, multi), parameters, body, answers }
    }

    fn parameter(&self, in_path: bool, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|entry| entry.in_path == in_path && entry.name == name)
    }
}

/// `/repositories/{id}/…` is where GitHub's redirects of renamed repositories lead. The
/// description does not name it; it takes and gives what `/repos/{owner}/{repo}/…` does.
fn documented(path: &str) -> String {
    let Some(rest) = path.strip_prefix("/repositories/") else {
        return path.to_owned();
    };
    let id = rest.split('/').next().unwrap_or_default();
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return path.to_owned();
    }
    format!("/repos/-/{rest}")
}

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("the facts have the layout that renew.py writes")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no operation of the facts has, and a later one may have.
    const SEARCH: &str = r#"{
        "paths": { "/search": { "get": {
            "parameters": [
                { "name": "q", "in": "query", "required": true, "schema": { "type": "string" } },
                { "name": "id", "in": "query", "schema":
                    { "type": "array", "items": { "type": "integer" }, "maxItems": 2 } }
            ],
            "responses": { "204": {} }
        } } },
        "components": { "schemas": { "basic-error": {} } }
    }"#;

    fn ask(path_and_query: &str) -> String {
        let (method, request_body, response_body, status) = ("GET", None, None, 204);
        let exchange = Exchange { method, path_and_query, request_body, status, response_body };
        Rest::parse(SEARCH).check(&exchange).join("; ")
    }

    #[test]
    fn a_query_must_have_what_is_required() {
        assert_eq!(ask("/search?q=a+b"), "");
        assert!(ask("/search").contains("lacks `q`"));
        assert!(ask("/search?id[]=1").contains("lacks `q`"));
    }

    #[test]
    fn a_query_may_name_a_list() {
        assert_eq!(ask("/search?q=&id[]=1&id[]=2"), "");
        assert_eq!(ask("/search?q=&id=1,2"), "");
        assert!(ask("/search?q=&id=1,2,3").contains("query parameter `id`"));
        assert!(ask("/search?q=&id[]=x").contains("query parameter `id[]`"));
    }
}
