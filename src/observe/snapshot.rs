//! Snapshots: everything that was observed, as one file (`ordain.snapshot/1`). What stands in it is GitHub's own answers
//! under GitHub's own names, so that the simulator can serve it and a plan can be made from it without network.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    model::{Fields, NodeId, Oid, Org, Reading, Repository, TreeEntry, blob_oid},
    settings::{Blob, Observed, OrgError, OrgObserved, RepoObserved, RestAnswer},
};

/// The name of the format.
pub const FORMAT: &str = "ordain.snapshot/1";

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

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    #[serde(default)]
    ordain: String,
    as_of: Timestamp,
    #[serde(default)]
    api_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    viewer: Option<Reading<Viewer>>,
    organizations: Vec<Organization>,
    #[serde(default)]
    not_read: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Viewer {
    login: String,
}

#[derive(Serialize, Deserialize)]
struct Organization {
    login: Org,
    #[serde(default)]
    error: Option<OrgError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_permissions: Option<BTreeMap<String, String>>,
    #[serde(default)]
    rest: BTreeMap<String, RestAnswer>,
    #[serde(default)]
    repositories: Vec<Repo>,
    #[serde(default)]
    blobs: BTreeMap<Oid, Value>,
}

#[derive(Serialize, Deserialize)]
struct Repo {
    #[serde(flatten)]
    repository: Repository,
    #[serde(default)]
    graphql: Fields<Reading<Value>>,
    #[serde(default)]
    trees: Fields<Reading<Option<Vec<TreeEntry>>>>,
    #[serde(default)]
    rest: Fields<RestAnswer>,
    #[serde(default, skip_serializing)]
    files: BTreeMap<String, String>,
}

/// Writes an observation. `not_read` says what the policy had no use for.
#[must_use]
pub fn write(observed: &Observed, api_url: &str, not_read: Vec<String>) -> Value {
    let organizations = observed.orgs.iter().map(|(org, seen)| organization(org, seen)).collect();
    let viewer = observed.viewer.as_ref().map(|viewer| viewer.clone().map(|login| Viewer { login }));
    let document = Document {
        format: FORMAT.to_owned(),
        ordain: env!("CARGO_PKG_VERSION").to_owned(),
        as_of: observed.as_of,
        api_url: api_url.to_owned(),
        viewer,
        organizations,
        not_read,
    };
    serde_json::to_value(document).expect("an observation is made of JSON values with text keys")
}

fn organization(org: &Org, seen: &OrgObserved) -> Organization {
    let repositories = seen
        .repos
        .iter()
        .map(|repo| Repo {
            repository: repo.repository.clone(),
            graphql: repo.graphql.clone(),
            trees: repo.trees.clone(),
            rest: repo.rest.clone(),
            files: BTreeMap::new(),
        })
        .collect();
    let blobs = seen
        .blobs
        .iter()
        .filter_map(|(oid, blob)| Some((oid.clone(), serde_json::to_value(blob.value()?).ok()?)))
        .collect();
    Organization {
        login: org.clone(),
        error: seen.error.clone(),
        token_permissions: seen.token_permissions.clone(),
        rest: seen.rest.clone(),
        repositories,
        blobs,
    }
}

/// Reads a snapshot.
///
/// # Errors
/// If it is not one of this format.
pub fn read(text: &str) -> Result<Observed, BadSnapshot> {
    let value: Value = serde_json::from_str(text)?;
    match value.get("format").and_then(Value::as_str) {
        Some(FORMAT) => {}
        other => {
            return Err(BadSnapshot::Format(other.map_or_else(|| "not said".to_owned(), |other| format!("`{other}`"))));
        }
    }
    let document: Document = serde_json::from_value(value)?;
    let mut observed = Observed::new(document.as_of);
    observed.viewer = document.viewer.map(|viewer| viewer.map(|viewer| viewer.login));
    for organization in document.organizations {
        observed.orgs.insert(organization.login.clone(), seen(organization));
    }
    Ok(observed)
}

fn seen(organization: Organization) -> OrgObserved {
    let Organization { login: _, error, token_permissions, rest, repositories, blobs } = organization;
    let mut extras = BTreeMap::new();
    let mut texts: BTreeMap<Oid, Reading<Blob>> = BTreeMap::new();
    let mut plain = Vec::new();
    for repo in repositories {
        let Repo { repository, graphql, mut trees, rest, files } = repo;
        if !files.is_empty() {
            trees_of(&files, &mut trees, &mut texts);
        }
        extras.insert(repository.node_id.clone(), (graphql, trees, rest));
        plain.push(repository.trimmed());
    }
    let mut org = OrgObserved::new(plain);
    org.error = error;
    org.token_permissions = token_permissions;
    org.rest = rest;
    for (oid, blob) in blobs {
        if let Ok(blob) = serde_json::from_value(blob) {
            texts.insert(oid, Reading::known(blob));
        }
    }
    org.blobs = texts;
    for repo in &mut org.repos {
        give(repo, &mut extras);
    }
    org
}

type Extras = BTreeMap<NodeId, (Fields<Reading<Value>>, Fields<Reading<Option<Vec<TreeEntry>>>>, Fields<RestAnswer>)>;

fn give(repo: &mut RepoObserved, extras: &mut Extras) {
    if let Some((graphql, trees, rest)) = extras.remove(&repo.repository.node_id) {
        repo.graphql = graphql;
        repo.trees = trees;
        repo.rest = rest;
    }
}

/// Builds folders and texts from `files`, the handy form of states written by hand.
fn trees_of(
    files: &BTreeMap<String, String>,
    trees: &mut Fields<Reading<Option<Vec<TreeEntry>>>>,
    texts: &mut BTreeMap<Oid, Reading<Blob>>,
) {
    let mut folders: BTreeMap<String, BTreeMap<String, TreeEntry>> = BTreeMap::new();
    folders.entry(String::new()).or_default();
    for (path, text) in files {
        let oid = blob_oid(text.as_bytes());
        texts.insert(oid.clone(), Reading::known(Blob::Text(text.clone())));
        let (mut folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let size = Some(text.len() as u64);
        let entry = TreeEntry { name: name.to_owned(), object_type: "blob".into(), mode: 0o100_644, oid, size };
        folders.entry(folder.to_owned()).or_default().insert(name.to_owned(), entry);
        while !folder.is_empty() {
            let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
            // A folder's own object name is never compared.
            let oid = blob_oid(folder.as_bytes());
            let entry =
                TreeEntry { name: name.to_owned(), object_type: "tree".into(), mode: 0o040_000, oid, size: None };
            folders.entry(parent.to_owned()).or_default().insert(name.to_owned(), entry);
            folder = parent;
        }
    }
    for folder in ["", ".github", ".github/workflows", "docs"] {
        if !trees.contains_key(folder) {
            trees.insert(folder, Reading::known(None));
        }
    }
    for (path, entries) in folders {
        trees.insert(&path, Reading::known(Some(entries.into_values().collect())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_round_trips() {
        let text = r#"{"format":"ordain.snapshot/1","as_of":"2026-11-22T12:00:00Z","organizations":[{"login":"o","rest":{"":{"known":{"public_repos":1}}},
            "repositories":[{"id":1,"node_id":"R_1","name":"a","visibility":"public","security_and_analysis":{"secret_scanning":{"status":"enabled"}},
            "files":{"SECURITY.md":"hi",".github/workflows/ci.yml":"on: push"}},{"id":2,"node_id":"R_2","name":"a-ghsa-aaaa-bbbb-cccc","private":true}]}]}"#;
        let observed = read(text).expect("reads");
        let org = observed.orgs.get(&Org::new("o").expect("valid")).expect("there");
        assert_eq!(org.repos.len(), 1, "an advisory's fork is never observed");
        assert_eq!(org.repos[0].trees.len(), 4);
        let written = write(&observed, "https://api.github.com", vec![]);
        let again = read(&written.to_string()).expect("reads again");
        assert_eq!(again, observed);
    }

    #[test]
    fn another_format_is_named() {
        assert!(read(r#"{"format":"ordain.plan/1"}"#).expect_err("refused").to_string().contains("ordain.plan/1"));
        assert!(read("[").is_err());
    }
}
