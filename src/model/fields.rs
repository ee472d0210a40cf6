//! A small map of names to values, kept close: an organisation of a hundred thousand repositories has millions of them.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap,
};

use super::read::Word;

/// Names that nearly every repository has (fields, folders, readings): written once in the program, and not once for each.
/// In the order of bytes.
const COMMON: &[&str] = &[
    "",
    ".github",
    ".github/workflows",
    "actions/permissions/workflow",
    "admin",
    "advanced_security",
    "allow_auto_merge",
    "allow_forking",
    "allow_merge_commit",
    "allow_rebase_merge",
    "allow_squash_merge",
    "allow_update_branch",
    "code_security",
    "delete_branch_on_merge",
    "dependabot_security_updates",
    "docs",
    "has_discussions",
    "has_downloads",
    "has_issues",
    "has_pages",
    "has_projects",
    "has_pull_requests",
    "has_wiki",
    "maintain",
    "merge_commit_message",
    "merge_commit_title",
    "private-vulnerability-reporting",
    "pull",
    "pull_request_creation_policy",
    "push",
    "secret_scanning",
    "secret_scanning_ai_detection",
    "secret_scanning_non_provider_patterns",
    "secret_scanning_push_protection",
    "secret_scanning_validity_checks",
    "squash_merge_commit_message",
    "squash_merge_commit_title",
    "triage",
    "use_squash_pr_title_as_default",
    "web_commit_signoff_required",
];

/// Values by name, in the order of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields<V>(Vec<(Cow<'static, str>, V)>);

impl<V> Default for Fields<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Fields<V> {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_ref().cmp(name))
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&V> {
        self.place(name).ok().and_then(|at| self.0.get(at)).map(|(_, value)| value)
    }

    /// The value of a name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        self.place(name).ok().and_then(|at| self.0.get_mut(at)).map(|(_, value)| value)
    }

    /// Whether the name has a value.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Gives a name a value; the last one stays.
    pub fn insert(&mut self, name: &str, value: V) {
        match self.place(name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.insert_at(at, common(name), value),
        }
    }

    /// Gives a name that the program itself knows a value; the last one stays.
    pub fn insert_known(&mut self, name: &'static str, value: V) {
        match self.place(name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.insert_at(at, Cow::Borrowed(name), value),
        }
    }

    /// One at a time: what is kept for each of very many repositories must not keep room for more.
    fn insert_at(&mut self, at: usize, name: Cow<'static, str>, value: V) {
        self.0.reserve_exact(1);
        self.0.insert(at, (name, value));
    }

    /// How many names have values.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no name has a value.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a name and its value away.
    pub fn remove(&mut self, name: &str) -> Option<V> {
        self.place(name).ok().map(|at| self.0.remove(at).1)
    }

    /// As [`insert`](Self::insert), for many one after the other; [`trim`](Self::trim) gives back the room that is too much.
    pub(super) fn add(&mut self, name: &str, value: V) {
        if self.0.last().is_none_or(|(last, _)| last.as_ref() < name) {
            self.0.push((common(name), value));
        } else {
            self.insert(name, value);
        }
    }

    /// Gives back the room that is kept for more.
    pub(super) fn trim(&mut self) {
        self.0.shrink_to_fit();
    }

    /// All names with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// All names.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }
}

/// The name, without memory of its own where it is one that every repository has.
fn common(name: &str) -> Cow<'static, str> {
    match COMMON.binary_search(&name) {
        Ok(at) => COMMON.get(at).copied().map_or_else(|| Cow::Owned(name.to_owned()), Cow::Borrowed),
        Err(_) => Cow::Owned(name.to_owned()),
    }
}

impl<V: Serialize> Serialize for Fields<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Fields<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
    type Value = Fields<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::default();
        while let Some((Word(name), value)) = map.next_entry()? {
            fields.add(&name, value);
        }
        fields.trim();
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn common_names_are_in_order() {
        assert!(COMMON.is_sorted());
    }

    #[test]
    fn it_is_the_map_that_it_was_read_from() {
        let read = json!({"b": 2, "has_wiki": true, "a": [1]});
        let mut fields: Fields<Value> = serde_json::from_value(read.clone()).expect("an object");
        assert_eq!(serde_json::to_value(&fields).expect("JSON"), read);
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["a", "b", "has_wiki"]);
        assert_eq!((fields.get("b"), fields.get("c")), (Some(&json!(2)), None));
        fields.insert("b", json!(3));
        fields.insert("c", json!(4));
        assert_eq!((fields.remove("b"), fields.contains_key("c")), (Some(json!(3)), true));
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["a", "c", "has_wiki"]);
        let twice: Fields<u8> = serde_json::from_str(r#"{"b": 1, "a": 2, "b": 3}"#).expect("an object");
        assert_eq!(twice.iter().collect::<Vec<_>>(), [("a", &2), ("b", &3)]);
    }
}
