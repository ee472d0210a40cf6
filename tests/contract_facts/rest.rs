//! Checks of one REST exchange, for the tests beside this file.

use serde_json::{Value, json};

use crate::contract::{Contract, Exchange};

/// A path with a small answer.
pub(super) const PVR: &str = "/repos/expressjs/express/private-vulnerability-reporting";
/// A path that may be written.
pub(super) const CONTENT: &str = "/repos/o/r/contents/SECURITY.md";

/// Checks an exchange; `Value::Null` is no body.
pub(super) fn check(method: &str, path: &str, asked: Value, status: u16, answered: Value) -> Vec<String> {
    let exchange =
        Exchange { method, path_and_query: path, request_body: Some(&asked), status, response_body: Some(&answered) };
    Contract::load().check(&exchange).err().unwrap_or_default()
}

/// The exchange has no problem.
#[track_caller]
pub(super) fn passes(method: &str, path: &str, asked: Value, status: u16, answered: Value) {
    let problems = check(method, path, asked, status, answered);
    assert_eq!(problems, Vec::<String>::new());
}

/// The exchange has exactly one problem, which says `why`.
#[track_caller]
pub(super) fn fails(method: &str, path: &str, asked: Value, status: u16, answered: Value, why: &str) {
    let problems = check(method, path, asked, status, answered);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].contains(why), "{problems:#?}");
}

/// The body of a usual error answer.
pub(super) fn message(text: &str) -> Value {
    json!({ "message": text, "documentation_url": "https://docs.github.com/rest" })
}
