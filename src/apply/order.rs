//! The order of changes within one target, and which of them are one request.

use serde_json::Value;

use crate::{model::Delivery, plan::Judged, settings::RestWrite};

/// Sorts the changes as GitHub needs them and joins those that go to the same endpoint, or by the same pull request or
/// commit.
pub(super) fn groups(mut changes: Vec<&Judged>) -> Vec<Vec<&Judged>> {
    changes.sort_by_cached_key(|one| (one.phase(), one.setting()));
    let mut sorted: Vec<&Judged> = Vec::new();
    // What others of this target stand on goes before them; the catalogue has no cycles (a test holds that).
    while !changes.is_empty() {
        let free = changes.iter().position(|one| {
            !changes
                .iter()
                .any(|other| other.desired.key != one.desired.key && one.meta.after.contains(&other.desired.key))
        });
        sorted.push(changes.remove(free.unwrap_or(0)));
    }
    let mut groups: Vec<Vec<&Judged>> = Vec::new();
    for one in sorted {
        match groups.iter_mut().find(|group| group.iter().all(|other| is_same_request(other, one))) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// What unlocks and what locks the target goes by itself: what shares a call must not share its place in the order.
fn is_same_request(a: &Judged, b: &Judged) -> bool {
    if a.phase() != b.phase() {
        return false;
    }
    match (a.delivery(), b.delivery()) {
        (Delivery::Api, Delivery::Api) => match (a.only_call(), b.only_call()) {
            (Some(a), Some(b)) if a.gathers.is_some() || b.gathers.is_some() => a.gathers_with(b),
            (Some(a), Some(b)) => can_be_joined(a, b),
            _ => false,
        },
        (a_by, b_by) => a_by == b_by && a.closes == b.closes,
    }
}

/// Whether two calls can be one: they go to the same place, neither creates something of its own, and their bodies do not
/// contradict each other.
pub(super) fn can_be_joined(a: &RestWrite, b: &RestWrite) -> bool {
    let bodies = a.body.as_ref().zip(b.body.as_ref());
    a.method == b.method && a.method != "POST" && a.path == b.path && bodies.is_some_and(|(a, b)| agree(a, b))
}

/// Whether one body laid over the other takes nothing of it back. Lists are not joined: the later one would win.
fn agree(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.iter().all(|(key, value)| b.get(key).is_none_or(|other| agree(value, other)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(method: &'static str, body: Value) -> RestWrite {
        RestWrite::with_body(method, "/x".into(), body)
    }

    #[test]
    fn two_creations_are_two_requests() {
        assert!(!can_be_joined(&call("POST", json!({"name": "a"})), &call("POST", json!({"name": "b"}))));
        assert!(!can_be_joined(&call("POST", json!({"name": "a"})), &call("POST", json!({"colour": 1}))));
    }

    #[test]
    fn bodies_that_take_each_other_back_are_two_requests() {
        let patch = |body| call("PATCH", body);
        assert!(can_be_joined(&patch(json!({"a": {"b": 1}})), &patch(json!({"a": {"c": 2}, "d": [1]}))));
        assert!(!can_be_joined(&patch(json!({"a": {"b": 1}})), &patch(json!({"a": {"b": 2}}))));
        assert!(!can_be_joined(&patch(json!({"a": [1]})), &patch(json!({"a": [2]}))));
        assert!(!can_be_joined(&patch(json!({})), &RestWrite::bare("PATCH", "/x".into())));
    }
}
