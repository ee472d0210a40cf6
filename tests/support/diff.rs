//! Where two states of the simulated GitHub differ, place by place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The places at which two states differ: `acme/web/rest/private-vulnerability-reporting/known/enabled`. Files stand as
/// `acme/web/files/PATH`; objects that are named by their content are left out.
pub(crate) fn differing(before: &Value, after: &Value) -> Vec<String> {
    differences(before, after).into_iter().map(|(place, _)| place).collect()
}

/// As [`differing`], with what stands there before and after; none where nothing does.
pub(crate) fn differences(before: &Value, after: &Value) -> Vec<(String, [Option<Value>; 2])> {
    let (mut before, mut after) = (flat(before), flat(after));
    let all: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
    let both = all.into_iter().map(|place| {
        let values = [before.remove(&place), after.remove(&place)];
        (place, values)
    });
    both.filter(|(_, [before, after])| before != after).collect()
}

fn flat(state: &Value) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    for (key, value) in object(state) {
        if key != "organizations" {
            put(&mut out, key, value);
        }
    }
    for org in list(&state["organizations"]) {
        let login = org["login"].as_str().expect("a login");
        for (key, value) in object(org) {
            match key.as_str() {
                "repositories" | "blobs" => {}
                "simulator" => {
                    for (key, value) in object(value).iter().filter(|(key, _)| *key != "trees" && *key != "binary") {
                        put(&mut out, &format!("{login}/simulator/{key}"), value);
                    }
                }
                _ => put(&mut out, &format!("{login}/{key}"), value),
            }
        }
        for repo in list(&org["repositories"]) {
            let name = repo["name"].as_str().expect("a name");
            for (key, value) in object(repo) {
                if key == "trees" {
                    files(&mut out, &format!("{login}/{name}"), value);
                } else {
                    put(&mut out, &format!("{login}/{name}/{key}"), value);
                }
            }
        }
    }
    out
}

fn files(out: &mut BTreeMap<String, Value>, repo: &str, trees: &Value) {
    for (folder, reading) in object(trees) {
        for entry in reading["known"].as_array().into_iter().flatten().filter(|entry| entry["type"] != "tree") {
            let slash = if folder.is_empty() { "" } else { "/" };
            let place = format!("{repo}/files/{folder}{slash}{}", entry["name"].as_str().expect("a name"));
            out.insert(place, entry.clone());
        }
    }
}

fn put(out: &mut BTreeMap<String, Value>, place: &str, value: &Value) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                put(out, &format!("{place}/{key}"), value);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                put(out, &format!("{place}/{index}"), value);
            }
        }
        leaf => {
            out.insert(place.to_owned(), leaf.clone());
        }
    }
}

fn object(value: &Value) -> &serde_json::Map<String, Value> {
    value.as_object().expect("an object")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}
