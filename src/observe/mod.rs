//! Reads what is asked for, in the fewest calls.
//!
//! The questions of all settings of all repositories come as one set. Organisation lists are read once; GraphQL fields and
//! folders of fifty repositories go in one query, whatever organisation they are of (if one token serves all); file texts
//! once for each content; single REST calls only for what has no bulk form. Calls run side by side. What could not be read
//! becomes *unknown* with its reason; nothing here guesses, and nothing here judges.

mod blobs;
mod calls;
mod listing;
mod nodes;
mod points;
mod rest;
mod sample;
mod snapshot;
mod texts;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

pub use calls::{Call, CallKind, calls_of};
pub use listing::Listed;
pub use sample::Sample;
pub use snapshot::{BadSnapshot, FORMAT as SNAPSHOT_FORMAT, Snapshot, read as read_snapshot, write as write_snapshot};

use crate::{
    github::{Client, GithubError},
    model::{Org, Permission, Reading, RepoName},
    settings::{Answer, Observed, ReadKey},
};

/// Something to read, with the name that a repository has now.
#[derive(Debug, Clone)]
pub struct Wanted {
    key: ReadKey,
    name: Option<RepoName>,
}

/// Adds to the questions the names of their repositories. A question about a repository that is not there is dropped.
#[must_use]
pub fn wanted(keys: BTreeSet<ReadKey>, observed: &Observed) -> Vec<Wanted> {
    keys.into_iter()
        .filter_map(|key| match &key {
            ReadKey::Viewer | ReadKey::Org(..) | ReadKey::Name(..) => Some(Wanted { key, name: None }),
            ReadKey::Repo(org, id, _) => {
                let name = observed.orgs.get(org)?.repo(id)?.repository.name.clone();
                Some(Wanted { key, name: Some(name) })
            }
        })
        .collect()
}

/// Reads from GitHub.
pub struct Observer {
    client: Client,
    /// GraphQL fields that this server's schema does not have (an older Enterprise Server).
    undefined: Mutex<BTreeSet<&'static str>>,
    /// An organisation of this run: whose credentials are used where only the token's owner is asked for.
    some_org: OnceLock<Org>,
    /// How many questions have had their answer; only for telling how far it is.
    answered: AtomicUsize,
}

impl Observer {
    /// An observer over a client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self {
            client,
            undefined: Mutex::new(BTreeSet::new()),
            some_org: OnceLock::new(),
            answered: AtomicUsize::new(0),
        }
    }

    /// How many questions have had their answer so far, over all calls of [`fetch`](Self::fetch).
    #[must_use]
    pub fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    fn note_answered(&self, count: usize) {
        self.answered.fetch_add(count, Ordering::Relaxed);
    }

    /// The client.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Reads everything asked for. Every question gets an answer.
    pub async fn fetch(&self, wanted: Vec<Wanted>) -> Vec<(ReadKey, Answer)> {
        let org = wanted.iter().find_map(|wanted| match &wanted.key {
            ReadKey::Org(org, _) | ReadKey::Repo(org, ..) | ReadKey::Name(org, _) => Some(org.clone()),
            ReadKey::Viewer => None,
        });
        let some_org = match org {
            Some(org) => Some(self.some_org.get_or_init(|| org).clone()),
            None => self.some_org.get().cloned(),
        };
        let (known, wanted) = self.known_texts(wanted).await;
        let calls = calls::sorted(wanted, self.client.credentials().is_shared());
        let (rest, nodes, blobs, viewer) = futures::join!(
            self.fetch_rest(calls.rest),
            self.fetch_nodes(calls.nodes),
            self.fetch_blobs(calls.blobs),
            self.fetch_viewer(calls.viewer, some_org),
        );
        self.keep_texts(&blobs).await;
        known.into_iter().chain(rest).chain(nodes).chain(blobs).chain(viewer).collect()
    }

    async fn fetch_viewer(&self, asked: bool, org: Option<Org>) -> Option<(ReadKey, Answer)> {
        let org = org.filter(|_| asked)?;
        let answer = self.client.query(&org, "query Viewer { viewer { login } }", serde_json::json!({}), true).await;
        let by_graphql = answer.ok().and_then(|answer| {
            answer.data.pointer("/viewer/login").and_then(serde_json::Value::as_str).map(str::to_owned)
        });
        let login = match by_graphql {
            Some(login) => Reading::known(login),
            None => self.viewer_by_rest(&org).await,
        };
        Some((ReadKey::Viewer, Answer::Viewer(login)))
    }

    async fn viewer_by_rest(&self, org: &Org) -> Reading<String> {
        match self.client.get(org, "/user").await {
            Err(error) => unknown(&error, None),
            Ok(response) => response.body.get("login").and_then(serde_json::Value::as_str).map_or_else(
                || Reading::unknown("GitHub did not say whose token it is"),
                |login| Reading::known(login.to_owned()),
            ),
        }
    }

    fn is_undefined(&self, field: &str) -> bool {
        self.undefined.lock().expect("no holder of this lock panics").contains(field)
    }
}

/// What stands in the way, as a reading.
fn unknown<T>(error: &GithubError, permission: Option<&str>) -> Reading<T> {
    let lacking = matches!(error, GithubError::Forbidden { .. } | GithubError::NotFound { .. });
    let permission = error.permission().cloned().or_else(|| permission.filter(|_| lacking).map(Permission::from));
    Reading::Unknown { unknown: error.to_string(), permission }
}
