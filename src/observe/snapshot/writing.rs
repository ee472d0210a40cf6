//! Writing a snapshot, value by value: the document of ten thousand repositories is never in memory as a whole.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::FORMAT;
use crate::{
    model::{Fields, Oid, Org, Reading, Repository, TreeEntry},
    settings::{Blob, Observed, OrgError, OrgObserved, RepoObserved, RestAnswer},
};

/// An observation as the document that is written.
#[derive(Debug, Serialize)]
pub struct Snapshot<'o> {
    format: &'static str,
    ordain: &'static str,
    as_of: Timestamp,
    api_url: &'o str,
    #[serde(skip_serializing_if = "Option::is_none")]
    viewer: Option<Reading<Viewer<'o>>>,
    #[serde(serialize_with = "organizations")]
    organizations: &'o BTreeMap<Org, OrgObserved>,
    not_read: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Viewer<'o> {
    login: &'o str,
}

#[derive(Serialize)]
struct Organization<'o> {
    login: &'o Org,
    error: &'o Option<OrgError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_permissions: &'o Option<BTreeMap<String, String>>,
    rest: &'o BTreeMap<String, RestAnswer>,
    #[serde(serialize_with = "repositories")]
    repositories: &'o [RepoObserved],
    #[serde(serialize_with = "blobs")]
    blobs: &'o BTreeMap<Oid, Reading<Blob>>,
}

#[derive(Serialize)]
struct Repo<'o> {
    #[serde(flatten)]
    repository: &'o Repository,
    graphql: &'o Fields<Reading<Value>>,
    trees: &'o Fields<Reading<Option<Vec<TreeEntry>>>>,
    rest: &'o Fields<RestAnswer>,
}

/// Makes the document of an observation. `not_read` says what the policy had no use for.
#[must_use]
pub fn write<'o>(observed: &'o Observed, api_url: &'o str, not_read: Vec<String>) -> Snapshot<'o> {
    Snapshot {
        format: FORMAT,
        ordain: env!("CARGO_PKG_VERSION"),
        as_of: observed.as_of,
        api_url,
        viewer: observed.viewer.as_ref().map(|viewer| viewer.as_ref().map(|login| Viewer { login })),
        organizations: &observed.orgs,
        not_read,
    }
}

fn organizations<S: Serializer>(all: &BTreeMap<Org, OrgObserved>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(all.iter().map(|(login, seen)| Organization {
        login,
        error: &seen.error,
        token_permissions: &seen.token_permissions,
        rest: &seen.rest,
        repositories: &seen.repos,
        blobs: &seen.blobs,
    }))
}

fn repositories<S: Serializer>(all: &[RepoObserved], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(all.iter().map(|repo| Repo {
        repository: &repo.repository,
        graphql: &repo.graphql,
        trees: &repo.trees,
        rest: &repo.rest,
    }))
}

/// Only what is known: what could not be read may be there another time.
fn blobs<S: Serializer>(all: &BTreeMap<Oid, Reading<Blob>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(all.iter().filter_map(|(oid, blob)| Some((oid, blob.value()?))))
}
