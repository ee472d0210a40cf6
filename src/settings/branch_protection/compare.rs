//! What differs between a rule of classic protection and the one that the policy wants.

use serde_json::{Map, Value, json};

use crate::model::Effect;

/// The sections: tables that can be off as a whole.
const SECTIONS: [&str; 4] =
    ["required_status_checks", "required_pull_request_reviews", "restrictions", "dismissal_restrictions"];

/// The switches whose being off is safer.
const SAFER_OFF: [&str; 3] = ["allow_force_pushes", "allow_deletions", "allow_fork_syncing"];

/// What differs: the same fields on both sides, and which way that moves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Differences {
    pub(super) before: Map<String, Value>,
    pub(super) after: Map<String, Value>,
    pub(super) effect: Effect,
}

/// The policy's value in normal form: names in lower case, lists sorted, a bare `true` of a section as an empty table.
pub(super) fn normal(key: &str, value: &Value) -> Value {
    match value {
        Value::Bool(true) if SECTIONS.contains(&key) => json!({}),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(key, value)| (key.clone(), normal(key, value))).collect())
        }
        Value::Array(list) => {
            let fold = ["users", "teams", "apps"].contains(&key);
            let one = |one: &Value| match one.as_str() {
                Some(name) if fold => json!(name.to_lowercase()),
                _ => one.clone(),
            };
            let mut list: Vec<Value> = list.iter().map(one).collect();
            list.sort_by_cached_key(Value::to_string);
            list.dedup();
            Value::Array(list)
        }
        other => other.clone(),
    }
}

/// Compares what is declared with what GitHub says; a missing rule is one in which nothing is on.
pub(super) fn differences(has: &Map<String, Value>, wanted: &Map<String, Value>) -> Differences {
    let mut found = Differences { before: Map::new(), after: Map::new(), effect: Effect::Neutral };
    for (key, value) in wanted {
        let observed = has.get(key).cloned().unwrap_or(Value::Null);
        let (before, after, effect) = match (&observed, value) {
            (Value::Object(has), Value::Object(wanted)) => {
                let inner = differences(has, wanted);
                if inner.before.is_empty() {
                    continue;
                }
                (Value::Object(inner.before), Value::Object(inner.after), inner.effect)
            }
            _ if same(key, &observed, has, value) => continue,
            _ => (shown(key, &observed, has), value.clone(), direction(key, &observed, has, value)),
        };
        found.before.insert(key.clone(), before);
        found.after.insert(key.clone(), after);
        found.effect = found.effect.join(effect);
    }
    found
}

/// The names of the checks of a section.
fn contexts(section: &Map<String, Value>) -> Vec<Value> {
    let checks = section.get("checks").and_then(Value::as_array).into_iter().flatten();
    let mut names: Vec<Value> = checks.map(|check| check["context"].clone()).collect();
    names.sort_by_cached_key(Value::to_string);
    names.dedup();
    names
}

fn shown(key: &str, observed: &Value, has: &Map<String, Value>) -> Value {
    if key == "contexts" { Value::Array(contexts(has)) } else { observed.clone() }
}

fn same(key: &str, observed: &Value, has: &Map<String, Value>, wanted: &Value) -> bool {
    match key {
        "contexts" => contexts(has) == list(wanted),
        "checks" => {
            let names = |list: &Value| contexts(&Map::from_iter([("checks".to_owned(), list.clone())]));
            // Which app must set a check is compared only where the policy says which.
            let fits = |one: &Value| {
                let found = list(observed).into_iter().find(|other| other["context"] == one["context"]);
                one.get("app_id").is_none_or(|app| found.is_some_and(|found| bound(&found) == any(app)))
            };
            names(observed) == names(wanted) && list(wanted).iter().all(fits)
        }
        _ => observed == wanted,
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// The app that must set a check; none: any.
fn bound(check: &Value) -> Option<i64> {
    check.get("app_id").and_then(any)
}

fn any(app: &Value) -> Option<i64> {
    app.as_i64().filter(|app| *app > 0)
}

/// Which way the change of one field moves.
fn direction(key: &str, observed: &Value, has: &Map<String, Value>, wanted: &Value) -> Effect {
    let more = |before: &[Value], after: &[Value]| {
        let gained = after.iter().any(|one| !before.contains(one));
        match (before.iter().any(|one| !after.contains(one)), gained) {
            (true, _) => Effect::Loosening,
            (false, true) => Effect::Tightening,
            (false, false) => Effect::Neutral,
        }
    };
    match key {
        "users" | "teams" | "apps" => more(&list(wanted), &list(observed)),
        "contexts" => more(&contexts(has), &list(wanted)),
        "checks" => {
            let names = |all: &Value| list(all).iter().map(|one| one["context"].clone()).collect::<Vec<_>>();
            let start = more(&names(observed), &names(wanted));
            list(wanted).iter().filter(|one| one.get("app_id").is_some()).fold(start, |effect, one| {
                let was = list(observed).into_iter().find(|other| other["context"] == one["context"]);
                match (was.map(|was| bound(&was)), bound(one)) {
                    (None, _) => effect,
                    (Some(was), now) if was == now => effect,
                    (Some(None), Some(_)) => effect.join(Effect::Tightening),
                    _ => effect.join(Effect::Loosening),
                }
            })
        }
        "required_approving_review_count" => Effect::tightening_if(wanted.as_u64() > observed.as_u64()),
        // Nobody on it is the same as no list.
        "bypass_pull_request_allowances" => Effect::Loosening,
        _ if SECTIONS.contains(&key) => Effect::tightening_if(wanted.is_object()),
        _ => Effect::tightening_if((*wanted == true) != SAFER_OFF.contains(&key)),
    }
}
