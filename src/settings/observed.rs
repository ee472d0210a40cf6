//! What was observed: the answers to reads, by organisation and repository. The only clock is `as_of`.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    index::Index,
    reads::{ReadKey, RepoRead},
};
use crate::model::{Fields, NodeId, Oid, Org, Reading, RepoName, Repository, TreeEntry};

/// The text of a file, or why there is none to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blob {
    /// A text.
    Text(String),
    /// GitHub cut it off (over 1 MiB).
    TooLarge(bool),
    /// It is not a text.
    Binary(bool),
}

/// The answer of a REST read; `None` where GitHub said 404.
pub type RestAnswer = Reading<Option<Value>>;

/// One repository with what was read of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RepoObserved {
    /// The fields of the list.
    pub repository: Repository,
    /// GraphQL answers by key.
    pub graphql: Fields<Reading<Value>>,
    /// Folders by path; `None` where there is no such folder (or no commit).
    pub trees: Fields<Reading<Option<Vec<TreeEntry>>>>,
    /// REST answers by suffix.
    pub rest: Fields<RestAnswer>,
    /// Whether the list's fields were forgotten and must be read again.
    pub stale: bool,
}

impl RepoObserved {
    /// A repository of which only the list's fields are known.
    #[must_use]
    pub fn new(repository: Repository) -> Self {
        let (graphql, trees, rest) = (Fields::default(), Fields::default(), Fields::default());
        Self { repository, graphql, trees, rest, stale: false }
    }

    fn drop_answers(&mut self) {
        (self.graphql, self.trees, self.rest) = (Fields::default(), Fields::default(), Fields::default());
    }
}

/// Why an organisation could not be listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgError {
    /// Why, for a person.
    pub reason: String,
    /// The permission that would help, where that is the reason.
    pub permission: Option<crate::model::Permission>,
}

/// One organisation with its repositories, sorted by name, and what was read of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrgObserved {
    /// Why it could not be listed, if so.
    pub error: Option<OrgError>,
    /// What the token may do there, where GitHub said so (for Apps): permission → `read`, `write` or `admin`.
    pub token_permissions: Option<BTreeMap<String, String>>,
    /// REST answers by suffix.
    pub rest: BTreeMap<String, RestAnswer>,
    /// The repositories; never an advisory's fork.
    pub repos: Vec<RepoObserved>,
    /// Where each repository stands in `repos`, by identity.
    pub index: Index,
    /// Where names lead that are not in the list: the full name of the repository, or `None` if it is gone.
    pub names: BTreeMap<RepoName, Reading<Option<String>>>,
    /// File texts by object name.
    pub blobs: BTreeMap<Oid, Reading<Blob>>,
}

impl OrgObserved {
    /// An organisation with these repositories, of which nothing more is known.
    #[must_use]
    pub fn new(repositories: Vec<Repository>) -> Self {
        // Exactly: a list that grows holds itself twice.
        let mut repos = Vec::with_capacity(repositories.len());
        repos.extend(repositories.into_iter().map(RepoObserved::new));
        Self::of(repos)
    }

    /// An organisation with these repositories. Advisory forks are dropped here, once, for everything downstream.
    #[must_use]
    pub fn of(mut repos: Vec<RepoObserved>) -> Self {
        repos.retain(|repo| !repo.repository.is_advisory_fork());
        repos.sort_by(|a, b| a.repository.name.cmp(&b.repository.name));
        // A list that shifts between pages can name one repository twice.
        repos.dedup_by(|a, b| a.repository.node_id == b.repository.node_id);
        let index = repos.iter().enumerate().map(|(at, repo)| (repo.repository.node_id.clone(), at)).collect();
        Self { repos, index, ..Self::default() }
    }

    /// A repository by its identity.
    #[must_use]
    pub fn repo(&self, id: &NodeId) -> Option<&RepoObserved> {
        self.index.get(id).and_then(|at| self.repos.get(at))
    }

    /// A repository by its name, without regard to case.
    #[must_use]
    pub fn named(&self, name: &RepoName) -> Option<&RepoObserved> {
        self.repos.binary_search_by(|repo| repo.repository.name.cmp(name)).ok().and_then(|at| self.repos.get(at))
    }

    /// Drops all but the public repositories.
    pub fn keep_public(&mut self) {
        self.repos.retain(|repo| repo.repository.is_public());
        let ids = self.repos.iter().enumerate().map(|(at, repo)| (repo.repository.node_id.clone(), at));
        self.index = ids.collect();
    }

    fn repo_mut(&mut self, id: &NodeId) -> Option<&mut RepoObserved> {
        self.index.get(id).and_then(|at| self.repos.get_mut(at))
    }
}

/// The answer to one read, ready to be kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To `ReadKey::Viewer`: the login.
    Viewer(Reading<String>),
    /// To an organisation's or a repository's REST read.
    Rest(RestAnswer),
    /// To `RepoRead::Listing`.
    Listing(Box<Reading<Repository>>),
    /// To `RepoRead::Graphql`.
    Graphql(Reading<Value>),
    /// To `RepoRead::Tree`.
    Tree(Reading<Option<Vec<TreeEntry>>>),
    /// To `RepoRead::Blob`.
    Blob(Reading<Blob>),
    /// To `ReadKey::Name`.
    Name(Reading<Option<String>>),
}

impl Answer {
    /// The answer to a question that has none, and why.
    #[must_use]
    pub fn unknown(key: &ReadKey, why: &str) -> Self {
        match key {
            ReadKey::Viewer => Self::Viewer(Reading::unknown(why)),
            ReadKey::Name(..) => Self::Name(Reading::unknown(why)),
            ReadKey::Org(..) | ReadKey::Repo(_, _, RepoRead::Rest(_)) => Self::Rest(Reading::unknown(why)),
            ReadKey::Repo(_, _, RepoRead::Listing) => Self::Listing(Box::new(Reading::unknown(why))),
            ReadKey::Repo(_, _, RepoRead::Graphql(_)) => Self::Graphql(Reading::unknown(why)),
            ReadKey::Repo(_, _, RepoRead::Tree(_) | RepoRead::TreeAt(_)) => Self::Tree(Reading::unknown(why)),
            ReadKey::Repo(_, _, RepoRead::Blob(_)) => Self::Blob(Reading::unknown(why)),
        }
    }
}

/// Everything that was observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// When the observation began: the only clock of matching, waivers and judging.
    pub as_of: Timestamp,
    /// The login of the token's owner, where it was asked.
    pub viewer: Option<Reading<String>>,
    /// The organisations.
    pub orgs: BTreeMap<Org, OrgObserved>,
}

impl Observed {
    /// An observation in which nothing was read yet.
    #[must_use]
    pub const fn new(as_of: Timestamp) -> Self {
        Self { as_of, viewer: None, orgs: BTreeMap::new() }
    }

    /// Whether `ORG/NAME` is a repository that was seen and is public; what was not seen counts as hidden.
    #[must_use]
    pub fn is_public(&self, org: &str, name: &str) -> bool {
        let (Ok(org), Ok(name)) = (Org::new(org), RepoName::new(name)) else { return false };
        let found = self.orgs.get(&org).and_then(|org| org.named(&name));
        found.is_some_and(|repo| repo.repository.is_public())
    }

    /// Keeps an answer. One for something that is not there (any more) is dropped.
    pub fn keep(&mut self, key: ReadKey, answer: Answer) {
        match (key, answer) {
            (ReadKey::Viewer, Answer::Viewer(login)) => self.viewer = Some(login),
            (ReadKey::Org(org, read), Answer::Rest(answer)) => {
                if let Some(org) = self.orgs.get_mut(&org) {
                    org.rest.insert(read.suffix, answer);
                }
            }
            (ReadKey::Name(org, name), Answer::Name(leads)) => {
                if let Some(org) = self.orgs.get_mut(&org) {
                    org.names.insert(name, leads);
                }
            }
            (ReadKey::Repo(org, _, RepoRead::Blob(oid)), Answer::Blob(blob)) => {
                if let Some(org) = self.orgs.get_mut(&org) {
                    org.blobs.insert(oid, blob);
                }
            }
            (ReadKey::Repo(org, id, read), answer) => {
                if let Some(repo) = self.orgs.get_mut(&org).and_then(|org| org.repo_mut(&id)) {
                    keep_of_repo(repo, read, answer);
                }
            }
            _ => {}
        }
    }

    /// Whether a question has been answered.
    #[must_use]
    pub fn has(&self, key: &ReadKey) -> bool {
        match key {
            ReadKey::Viewer => self.viewer.is_some(),
            ReadKey::Org(org, read) => self.orgs.get(org).is_some_and(|org| org.rest.contains_key(&read.suffix)),
            ReadKey::Name(org, name) => self.orgs.get(org).is_some_and(|org| org.names.contains_key(name)),
            ReadKey::Repo(org, _, RepoRead::Blob(oid)) => {
                self.orgs.get(org).is_some_and(|org| org.blobs.contains_key(oid))
            }
            ReadKey::Repo(org, id, read) => {
                self.orgs.get(org).and_then(|org| org.repo(id)).is_some_and(|repo| match read {
                    RepoRead::Listing => !repo.stale,
                    RepoRead::Graphql(field) => repo.graphql.contains_key(field.key),
                    RepoRead::Tree(path) | RepoRead::TreeAt(path) => repo.trees.contains_key(path),
                    RepoRead::Rest(read) => repo.rest.contains_key(&read.suffix),
                    RepoRead::Blob(_) => false,
                })
            }
        }
    }

    /// Drops what was answered of repositories and in files: once all is judged, only the lists are asked.
    pub fn drop_answers(&mut self) {
        for org in self.orgs.values_mut() {
            org.blobs.clear();
            org.repos.iter_mut().for_each(RepoObserved::drop_answers);
        }
    }

    /// Drops what was answered of a repository but for some answers: who asks for another again finds it as if it had never been
    /// asked.
    pub fn drop_answers_of(&mut self, org: &Org, id: &NodeId, kept: &BTreeSet<ReadKey>) {
        let Some(repo) = self.orgs.get_mut(org).and_then(|org| org.repo_mut(id)) else { return };
        let old = (mem::take(&mut repo.graphql), mem::take(&mut repo.trees), mem::take(&mut repo.rest));
        let (mut graphql, mut trees, mut rest) = old;
        for key in kept {
            match key {
                ReadKey::Repo(_, of, RepoRead::Graphql(field)) if of == id => {
                    graphql.remove(field.key).into_iter().for_each(|old| repo.graphql.insert_known(field.key, old));
                }
                ReadKey::Repo(_, of, RepoRead::Tree(path) | RepoRead::TreeAt(path)) if of == id => {
                    trees.remove(path).into_iter().for_each(|old| repo.trees.insert(path, old));
                }
                ReadKey::Repo(_, of, RepoRead::Rest(read)) if of == id => {
                    rest.remove(&read.suffix).into_iter().for_each(|old| repo.rest.insert(&read.suffix, old));
                }
                _ => {}
            }
        }
    }

    /// Forgets answers, so that they are read again.
    pub fn forget(&mut self, keys: &BTreeSet<ReadKey>) {
        for key in keys {
            match key {
                ReadKey::Viewer | ReadKey::Name(..) => {}
                ReadKey::Org(org, read) => {
                    if let Some(org) = self.orgs.get_mut(org) {
                        org.rest.remove(&read.suffix);
                    }
                }
                ReadKey::Repo(org, id, read) => {
                    if let Some(repo) = self.orgs.get_mut(org).and_then(|org| org.repo_mut(id)) {
                        forget_of_repo(repo, read);
                    }
                }
            }
        }
    }
}

fn keep_of_repo(repo: &mut RepoObserved, read: RepoRead, answer: Answer) {
    match (read, answer) {
        (RepoRead::Listing, Answer::Listing(listing)) => {
            if let Reading::Known { known } = *listing {
                repo.repository = known;
                repo.stale = false;
            }
        }
        (RepoRead::Graphql(field), Answer::Graphql(value)) => {
            repo.graphql.insert_known(field.key, value);
        }
        (RepoRead::Tree(path) | RepoRead::TreeAt(path), Answer::Tree(tree)) => {
            repo.trees.insert(&path, tree);
        }
        (RepoRead::Rest(read), Answer::Rest(answer)) => {
            repo.rest.insert(&read.suffix, answer);
        }
        _ => {}
    }
}

fn forget_of_repo(repo: &mut RepoObserved, read: &RepoRead) {
    match read {
        RepoRead::Listing => repo.stale = true,
        RepoRead::Graphql(field) => {
            repo.graphql.remove(field.key);
        }
        RepoRead::Tree(path) | RepoRead::TreeAt(path) => {
            repo.trees.remove(path);
        }
        RepoRead::Rest(read) => {
            repo.rest.remove(&read.suffix);
        }
        // A text is named by its content: it cannot change.
        RepoRead::Blob(_) => {}
    }
}
