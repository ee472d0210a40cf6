//! GraphQL answers: data, errors, or both; and limits that come as HTTP 200.

use serde::Deserialize;
use serde_json::Value;

/// What GraphQL answered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GraphqlAnswer {
    /// The data; null where there is none.
    pub data: Value,
    /// The errors, which may stand beside data.
    pub errors: Vec<GraphqlProblem>,
}

/// One error of a GraphQL answer.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct GraphqlProblem {
    /// `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`, …
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// GitHub's words.
    #[serde(default)]
    pub message: String,
    /// Where in the data.
    #[serde(default)]
    pub path: Option<Vec<Value>>,
    /// More about it: `code`, `typeName`, `fieldName`.
    #[serde(default)]
    pub extensions: Option<Value>,
}

impl GraphqlProblem {
    /// The name of a field that this server's schema does not have, if that is the problem (an older Enterprise Server).
    #[must_use]
    pub fn undefined_field(&self) -> Option<String> {
        if let Some(extensions) = &self.extensions
            && extensions.get("code").and_then(Value::as_str) == Some("undefinedField")
        {
            return extensions.get("fieldName").and_then(Value::as_str).map(str::to_owned);
        }
        let rest = self.message.strip_prefix("Field '")?;
        let (field, rest) = rest.split_once('\'')?;
        rest.contains("doesn't exist on type").then(|| field.to_owned())
    }

    /// Whether a limit refused it.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        self.kind.as_deref() == Some("RATE_LIMITED") || self.message.to_ascii_lowercase().contains("rate limit")
    }

    /// Whether asking for less at once may help.
    #[must_use]
    pub fn is_overload(&self) -> bool {
        let kind = self.kind.as_deref().unwrap_or_default();
        let text = self.message.to_ascii_lowercase();
        kind.contains("RESOURCE_LIMITS")
            || kind.contains("TIMEOUT")
            || text.contains("timed out")
            || text.contains("timeout")
            || text.contains("something went wrong")
            || text.contains("resource limits")
    }
}

/// Splits a GraphQL body; `None` if it is none.
pub(super) fn parse(body: Value) -> Option<GraphqlAnswer> {
    let Value::Object(mut object) = body else { return None };
    if !object.contains_key("data") && !object.contains_key("errors") {
        return None;
    }
    let errors = match object.remove("errors") {
        Some(Value::Array(list)) => {
            list.into_iter().map(|error| serde_json::from_value(error).unwrap_or_default()).collect()
        }
        _ => Vec::new(),
    };
    Some(GraphqlAnswer { data: object.remove("data").unwrap_or_default(), errors })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_errors_are_both_kept() {
        let answer = parse(serde_json::json!({"data": {"a": 1}, "errors": [{"type": "NOT_FOUND", "message": "no", "path": ["nodes", 0]}]}))
            .expect("an answer");
        assert_eq!(answer.data["a"], 1);
        assert_eq!(answer.errors[0].kind.as_deref(), Some("NOT_FOUND"));
        assert_eq!(parse(serde_json::json!([1])), None);
    }

    #[test]
    fn a_missing_field_is_known_by_code_or_words() {
        let by_words = GraphqlProblem {
            message: "Field 'x' doesn't exist on type 'Repository'".into(),
            ..GraphqlProblem::default()
        };
        assert_eq!(by_words.undefined_field().as_deref(), Some("x"));
    }
}
