//! Addresses of home pages, which GitHub and people write in more than one way.

use serde_json::{Value, json};

use super::textual;
use crate::model::Problem;

/// The longest address that GitHub takes, in characters.
const LONGEST: usize = 255;

/// An address in the form in which two that lead to the same place are equal: no spaces around it, no slash at its end, scheme and
/// host in lower case. Nothing is the empty address.
pub(super) fn normal(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default().trim();
    let text = text.trim_end_matches(|c: char| c == '/' || c.is_whitespace());
    let Some((scheme, rest)) = text.split_once("://") else { return json!(text) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    json!(format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
}

/// Finds what is no address: blanks inside, control characters, and what is too long.
pub(super) fn check(value: &Value) -> Vec<Problem> {
    let text = value.as_str().unwrap_or_default().trim();
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return vec![textual::problem("an address has no blanks", None)];
    }
    if text.chars().count() > LONGEST {
        return vec![textual::problem("it is too long", Some(format!("GitHub takes {LONGEST} characters")))];
    }
    Vec::new()
}
