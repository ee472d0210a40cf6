//! What the settings that are tables of named items share: the three ways in which an item differs, and names in paths.

use serde_json::Value;

use super::{Difference, Outcome, Write};
use crate::model::{Action, Effect};

/// The item is not there and is made.
pub(super) fn created(after: Value, effect: Effect, writes: Vec<Write>) -> Outcome {
    differs(Value::Null, after, Action::Create, effect, writes)
}

/// The item is there and is changed.
pub(super) fn updated(before: Value, after: Value, effect: Effect, writes: Vec<Write>) -> Outcome {
    differs(before, after, Action::Update, effect, writes)
}

/// The item is there and is taken away.
pub(super) fn removed(before: Value, effect: Effect, writes: Vec<Write>) -> Outcome {
    differs(before, Value::Null, Action::Delete, effect, writes)
}

/// The item holds as it is.
pub(super) fn holds(observed: Value, desired: Value) -> Outcome {
    Outcome::Compliant { observed, desired }
}

fn differs(before: Value, after: Value, action: Action, effect: Effect, writes: Vec<Write>) -> Outcome {
    let deletes = action == Action::Delete;
    Outcome::Differs(Box::new(Difference {
        before,
        after,
        action,
        effect,
        deletes,
        moves: Vec::new(),
        writes,
        restricted: None,
    }))
}

/// A name as one segment of a path, or as one value of a query.
pub(super) fn encoded(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded() {
        assert_eq!(encoded("release/1.x&y é"), "release%2F1.x%26y%20%C3%A9");
    }
}
