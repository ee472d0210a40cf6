//! What the policy says of one target, after matching and merging: the leaf fields with their sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A place in the policy, as plans quote it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// The path from the policy folder, such as `rules/advisories.toml`.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Whether a difference is changed or only told. `Enforce` beats `Audit` where equal values meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Report, never change.
    Audit,
    /// Change what differs.
    Enforce,
}

/// Whose setting a gate names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateScope {
    /// The same repository.
    Same,
    /// Another repository of the same organisation, by name: `.github:security_policy`.
    Repo(String),
    /// The organisation: `org:security_managers`.
    Org,
}

/// One entry of `requires`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gate {
    /// Whose setting.
    pub scope: GateScope,
    /// The setting, whole or a start that ends before a dot.
    pub setting: String,
}

impl Gate {
    /// Parses `setting`, `repo:setting` or `org:setting`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scope, setting) = match text.split_once(':') {
            None => (GateScope::Same, text),
            Some(("org", setting)) => (GateScope::Org, setting),
            Some((repo, setting)) if !repo.is_empty() => (GateScope::Repo(repo.to_owned()), setting),
            Some(_) => return None,
        };
        (!setting.is_empty()).then(|| Self { scope, setting: setting.to_owned() })
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            GateScope::Same => f.write_str(&self.setting),
            GateScope::Repo(repo) => write!(f, "{repo}:{}", self.setting),
            GateScope::Org => write!(f, "org:{}", self.setting),
        }
    }
}

/// One leaf field of a desired setting: the unit of merging. An array is one leaf.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The value, templates filled in.
    pub value: Value,
    /// All places that say so, the deciding one first.
    pub sources: Vec<Source>,
    /// The rules that say so, such as `rules/baseline`.
    pub rules: Vec<String>,
    /// Enforce where any of the equal sources enforces.
    pub mode: Mode,
    /// The gates of all sources.
    pub requires: BTreeSet<Gate>,
    /// Why, in the policy's words.
    pub reason: Option<String>,
    /// The filled-in bytes, where the value names a template file; equal contents share one allocation.
    pub rendered: Option<Arc<[u8]>>,
}

/// One setting (one name of a keyed setting) that rules give to one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// The key, such as `labels`.
    pub key: &'static str,
    /// The name in a keyed table, such as `bug`.
    pub name: Option<String>,
    /// The leaf fields by dotted path; the path of a bare value is empty.
    pub fields: BTreeMap<String, Leaf>,
}

impl Desired {
    /// The leaf at a dotted path.
    #[must_use]
    pub fn leaf(&self, path: &str) -> Option<&Leaf> {
        self.fields.get(path)
    }

    /// The value of the leaf at a dotted path.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<&Value> {
        self.leaf(path).map(|leaf| &leaf.value)
    }

    /// The text of the leaf at a dotted path.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.value(path).and_then(Value::as_str)
    }

    /// The bool of the leaf at a dotted path.
    #[must_use]
    pub fn bool(&self, path: &str) -> Option<bool> {
        self.value(path).and_then(Value::as_bool)
    }

    /// The texts of the list at a dotted path.
    #[must_use]
    pub fn texts(&self, path: &str) -> Vec<&str> {
        self.value(path)
            .and_then(Value::as_array)
            .map(|list| list.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }

    /// Whether a leaf stands at the path or below it.
    #[must_use]
    pub fn declares(&self, path: &str) -> bool {
        self.fields
            .keys()
            .any(|key| key == path || (key.starts_with(path) && key.as_bytes().get(path.len()) == Some(&b'.')))
    }

    /// What the policy says of a name that it does not list, where the keyed table says `prune = true`: it is to be gone.
    #[must_use]
    pub fn pruned(key: &'static str, name: String, prune: Leaf) -> Self {
        Self { key, name: Some(name), fields: BTreeMap::from([("prune".to_owned(), prune)]) }
    }

    /// Whether this is a name that the policy does not list and that is to be gone.
    #[must_use]
    pub fn is_pruned(&self) -> bool {
        self.fields.len() == 1 && self.bool("prune") == Some(true)
    }

    /// All leaves as one JSON value: the bare value, or an object of (nested) fields.
    #[must_use]
    pub fn to_json(&self) -> Value {
        if let Some(leaf) = self.fields.get("") {
            return leaf.value.clone();
        }
        let mut object = Map::new();
        for (path, leaf) in &self.fields {
            insert_at(&mut object, path, leaf.value.clone());
        }
        Value::Object(object)
    }

    /// The setting's address without the target: the key, then the name.
    #[must_use]
    pub fn setting(&self) -> String {
        self.name.as_ref().map_or_else(|| self.key.to_owned(), |name| format!("{}.{name}", self.key))
    }
}

/// Everything that rules give to one target, sorted by key and name. Targets of which rules say the same share it.
pub type DesiredSet = Vec<Arc<Desired>>;

fn insert_at(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = object.entry(head.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert_at(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_parsed_and_printed_alike() {
        for text in ["security_policy", ".github:security_policy", "org:security_managers", "scorecard.installed"] {
            assert_eq!(Gate::parse(text).expect("valid").to_string(), text);
        }
        for bad in ["", ":x", ".github:"] {
            assert_eq!(Gate::parse(bad), None, "{bad}");
        }
    }
}
