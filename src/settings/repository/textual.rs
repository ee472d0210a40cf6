//! Texts of one line, as GitHub keeps them.

use serde_json::{Value, json};

use crate::model::Problem;

/// The longest description that GitHub takes, in characters.
const LONGEST: usize = 350;

/// A text as GitHub keeps it: nothing is the empty text, and spaces around it go.
pub(super) fn normal(value: &Value) -> Value {
    json!(value.as_str().unwrap_or_default().trim())
}

/// Finds what GitHub refuses: several lines, and what is too long.
pub(super) fn check(value: &Value) -> Vec<Problem> {
    let text = value.as_str().unwrap_or_default().trim();
    if text.contains(char::is_control) {
        return vec![problem("GitHub takes one line without control characters", None)];
    }
    if text.chars().count() > LONGEST {
        return vec![problem("it is too long", Some(format!("GitHub takes {LONGEST} characters")))];
    }
    Vec::new()
}

/// A problem of the value itself.
pub(super) fn problem(message: &str, help: Option<String>) -> Problem {
    Problem { path: String::new(), message: message.to_owned(), help }
}
