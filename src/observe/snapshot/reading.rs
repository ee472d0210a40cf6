//! Reading a snapshot, in one pass from the text to what was observed.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

use super::{FORMAT, files::trees_of};
use crate::{
    model::{Listed, Oid, Org, Reading, Word},
    settings::{Blob, Observed, OrgError, OrgObserved, RepoObserved, RestAnswer},
};

/// Why a file is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum BadSnapshot {
    /// It is not JSON of the right shape.
    #[error("it is not a snapshot ({0}); `ordain snapshot --out FILE` writes one")]
    Json(#[from] serde_json::Error),
    /// It says that it is something else.
    #[error("it is not a snapshot: its `format` is {0}, not `{FORMAT}`; `ordain snapshot --out FILE` writes one")]
    Format(String),
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    format: Value,
    as_of: Timestamp,
    #[serde(default)]
    viewer: Option<Reading<Viewer>>,
    organizations: Vec<Organization>,
}

#[derive(Deserialize)]
struct Viewer {
    login: String,
}

#[derive(Deserialize)]
struct Organization {
    login: Org,
    #[serde(default)]
    error: Option<OrgError>,
    #[serde(default)]
    token_permissions: Option<BTreeMap<String, String>>,
    #[serde(default)]
    rest: BTreeMap<String, RestAnswer>,
    #[serde(default)]
    repositories: Vec<Repo>,
    #[serde(default)]
    blobs: BTreeMap<Oid, Value>,
}

/// A repository, and the files of one that was written by hand.
struct Repo {
    observed: RepoObserved,
    files: BTreeMap<String, String>,
}

/// What a document says that it is.
#[derive(Deserialize)]
struct Format {
    #[serde(default)]
    format: Value,
}

/// Reads a snapshot.
///
/// # Errors
/// If it is not one of this format.
pub fn read(text: &str) -> Result<Observed, BadSnapshot> {
    // A list would be taken for the fields of an object in their order.
    if !text.trim_start().starts_with('{') {
        serde_json::from_str::<IgnoredAny>(text)?;
        check(&Value::Null)?;
    }
    let document: Document = serde_json::from_str(text).or_else(|error| {
        // What it says that it is tells more than what is amiss in it.
        check(&serde_json::from_str::<Format>(text)?.format)?;
        Err(BadSnapshot::Json(error))
    })?;
    check(&document.format)?;
    let mut observed = Observed::new(document.as_of);
    observed.viewer = document.viewer.map(|viewer| viewer.map(|viewer| viewer.login));
    for organization in document.organizations {
        observed.orgs.insert(organization.login.clone(), seen(organization));
    }
    Ok(observed)
}

fn check(format: &Value) -> Result<(), BadSnapshot> {
    match format.as_str() {
        Some(FORMAT) => Ok(()),
        Some(other) => Err(BadSnapshot::Format(format!("`{other}`"))),
        None => Err(BadSnapshot::Format("not said".to_owned())),
    }
}

fn seen(organization: Organization) -> OrgObserved {
    let Organization { login: _, error, token_permissions, rest, repositories, blobs } = organization;
    let mut texts: BTreeMap<Oid, Reading<Blob>> = BTreeMap::new();
    let repos = repositories.into_iter().map(|Repo { mut observed, files }| {
        if !files.is_empty() {
            trees_of(&files, &mut observed.trees, &mut texts);
        }
        observed
    });
    let repos = repos.collect();
    for (oid, blob) in blobs {
        if let Ok(blob) = serde_json::from_value(blob) {
            texts.insert(oid, Reading::known(blob));
        }
    }
    OrgObserved { error, token_permissions, rest, blobs: texts, ..OrgObserved::of(repos) }
}

impl<'de> Deserialize<'de> for Repo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

/// Takes the fields of a repository and what was read of it as they come, side by side as they stand.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Repo;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a repository")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Repo, A::Error> {
        let mut listed = Listed::default();
        let (mut graphql, mut trees, mut rest) = Default::default();
        let mut files = BTreeMap::new();
        while let Some(Word(field)) = map.next_key()? {
            match field.as_ref() {
                "graphql" => graphql = map.next_value()?,
                "trees" => trees = map.next_value()?,
                "rest" => rest = map.next_value()?,
                "files" => files = map.next_value()?,
                other => listed.take(other, &mut map)?,
            }
        }
        let repository = listed.finish::<A::Error>()?.trimmed();
        Ok(Repo { observed: RepoObserved { graphql, trees, rest, ..RepoObserved::new(repository) }, files })
    }
}
