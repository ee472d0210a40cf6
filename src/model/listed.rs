//! Reading a repository in one pass, field by field; what nobody judges is passed over and never kept.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use super::{
    Fields, License, NodeId, RepoName, Repository, Shared, Visibility,
    read::Word,
    repository::{Feature, unsaid_visibility},
};

/// The fields of a repository that have been read so far. Of a field that comes twice the last one stays.
#[derive(Default)]
pub(crate) struct Listed {
    id: Option<u64>,
    node_id: Option<NodeId>,
    name: Option<RepoName>,
    visibility: Option<Visibility>,
    private: bool,
    archived: bool,
    disabled: bool,
    fork: bool,
    is_template: bool,
    description: Option<String>,
    homepage: Option<String>,
    default_branch: Option<String>,
    topics: Vec<String>,
    language: Option<String>,
    license: Option<License>,
    created_at: Option<Timestamp>,
    pushed_at: Option<Timestamp>,
    custom_properties: Option<Shared<BTreeMap<String, Value>>>,
    permissions: Option<Shared<Fields<bool>>>,
    security_and_analysis: Option<Shared<Fields<Feature>>>,
    other: Fields<Value>,
}

impl Listed {
    /// Takes the value of a field.
    pub(crate) fn take<'de, A: MapAccess<'de>>(&mut self, field: &str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "id" => self.id = Some(map.next_value()?),
            "node_id" => self.node_id = Some(map.next_value()?),
            "name" => self.name = Some(map.next_value()?),
            "visibility" => self.visibility = Some(map.next_value()?),
            "private" => self.private = map.next_value()?,
            "archived" => self.archived = map.next_value()?,
            "disabled" => self.disabled = map.next_value()?,
            "fork" => self.fork = map.next_value()?,
            "is_template" => self.is_template = map.next_value()?,
            "description" => self.description = map.next_value()?,
            "homepage" => self.homepage = map.next_value()?,
            "default_branch" => self.default_branch = map.next_value()?,
            "topics" => self.topics = map.next_value()?,
            "language" => self.language = map.next_value()?,
            "license" => self.license = map.next_value()?,
            "created_at" => self.created_at = map.next_value()?,
            "pushed_at" => self.pushed_at = map.next_value()?,
            "custom_properties" => self.custom_properties = map.next_value()?,
            "permissions" => self.permissions = map.next_value()?,
            "security_and_analysis" => self.security_and_analysis = map.next_value()?,
            _ if is_ballast(field) => drop(map.next_value::<IgnoredAny>()?),
            _ => match map.next_value::<Scalar>()?.0 {
                Some(value) => self.other.add(field, value),
                None => drop(self.other.remove(field)),
            },
        }
        Ok(())
    }

    /// The repository, where nothing that it must have is missing.
    pub(crate) fn finish<E: Error>(mut self) -> Result<Repository, E> {
        self.other.trim();
        Ok(Repository {
            id: self.id.ok_or_else(|| E::missing_field("id"))?,
            node_id: self.node_id.ok_or_else(|| E::missing_field("node_id"))?,
            name: self.name.ok_or_else(|| E::missing_field("name"))?,
            visibility: self.visibility.unwrap_or_else(unsaid_visibility),
            private: self.private,
            archived: self.archived,
            disabled: self.disabled,
            fork: self.fork,
            is_template: self.is_template,
            description: self.description,
            homepage: self.homepage,
            default_branch: self.default_branch,
            topics: self.topics,
            language: self.language,
            license: self.license,
            created_at: self.created_at,
            pushed_at: self.pushed_at,
            custom_properties: self.custom_properties,
            permissions: self.permissions,
            security_and_analysis: self.security_and_analysis,
            other: self.other.into(),
        })
    }
}

/// Fields that no setting judges and that would only cost memory: GitHub's links and counters.
pub(super) fn is_ballast(field: &str) -> bool {
    field.ends_with("_url")
        || field.ends_with("_count")
        || ["url", "full_name", "owner", "size", "forks", "watchers", "open_issues", "updated_at", "score"]
            .contains(&field)
}

impl<'de> Deserialize<'de> for Repository {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Whole)
    }
}

struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Repository;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a repository")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Repository, A::Error> {
        let mut listed = Listed::default();
        while let Some(Word(field)) = map.next_key()? {
            listed.take(&field, &mut map)?;
        }
        listed.finish()
    }
}

/// A bool, number, text or null; nothing where an object or a list stands.
struct Scalar(Option<Value>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Plain)
    }
}

struct Plain;

impl<'de> Visitor<'de> for Plain {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.into())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.into())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.into())))
    }

    fn visit_string<E>(self, value: String) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.into())))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar(Some(Value::Null)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_fields_and_values_survive_and_ballast_goes() {
        let json = json!({
            "id": 1, "node_id": "R_1", "name": "x", "visibility": "galactic", "has_pages": true, "forks_url": "…",
            "owner": {"login": "o"}, "events": [1, [2]], "new_field": 3, "null_field": null, "\u{e9}t\u{e9}": -1.5
        });
        let repo: Repository = serde_json::from_str(&json.to_string()).expect("parses");
        assert_eq!(repo.visibility, Visibility::Other("galactic".into()));
        assert_eq!(repo.other.keys().collect::<Vec<_>>(), ["has_pages", "new_field", "null_field", "\u{e9}t\u{e9}"]);
        assert_eq!(serde_json::from_value::<Repository>(json).expect("parses"), repo);
    }

    #[test]
    fn what_it_must_have_is_missed() {
        let read = |json: Value| serde_json::from_value::<Repository>(json);
        for (without, json) in [
            ("id", json!({"node_id": "R_1", "name": "x"})),
            ("node_id", json!({"id": 1, "name": "x"})),
            ("name", json!({"id": 1, "node_id": "R_1"})),
        ] {
            assert!(read(json).expect_err("refused").to_string().contains(&format!("missing field `{without}`")));
        }
        assert!(read(json!({"id": 1, "node_id": "R_1", "name": "x", "topics": null})).is_err());
        assert!(read(json!([1, "R_1", "x"])).is_err());
    }

    #[test]
    fn of_a_field_that_comes_twice_the_last_one_stays() {
        let text = r#"{"id": 1, "node_id": "R_1", "name": "x", "a": 1, "a": 2, "b": 1, "b": {}, "name": "y"}"#;
        let repo: Repository = serde_json::from_str(text).expect("parses");
        assert_eq!((repo.name.as_str(), repo.other.get("a"), repo.other.get("b")), ("y", Some(&json!(2)), None));
    }
}
