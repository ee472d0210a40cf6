//! What can be read of GitHub, as data. A setting asks for these; `observe/` merges what all settings of all
//! repositories ask for into the fewest calls.

use std::cmp::Ordering;

use crate::model::{NodeId, Oid, Org, RepoName};

/// A field of GraphQL's `Repository`, read for many repositories in one call.
#[derive(Debug, Clone, Copy)]
pub struct GraphqlField {
    /// The name of the answer: the field's own name, or an alias where arguments matter.
    pub key: &'static str,
    /// The selection, with alias and arguments if any: `pulls: pullRequests(first: 2) { totalCount }`.
    pub selection: &'static str,
    /// The permission that a token needs to be told the truth, for messages.
    pub permission: Option<&'static str>,
}

impl PartialEq for GraphqlField {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for GraphqlField {}
impl PartialOrd for GraphqlField {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for GraphqlField {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(other.key)
    }
}

/// A REST answer: one document, or a list that spans pages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RestRead {
    /// The path after `/repos/{owner}/{repo}/` or `/orgs/{org}/` (empty: the object itself), with query if any. For an
    /// organisation one that begins with `/` is a path from the API's root (`/apps/{slug}`, `/users/{login}`), read with the
    /// organisation's token.
    pub suffix: String,
    /// How the answer is built.
    pub form: RestForm,
    /// The permission that reading needs, for messages where GitHub names none.
    pub permission: Option<&'static str>,
}

/// How a REST answer is built from pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RestForm {
    /// One JSON document; 404 is an answer too.
    Document,
    /// One JSON document that every target has: 404 says that the token may not see it.
    Certain,
    /// An array over all pages.
    List,
    /// An array under this key of each page's object, over all pages.
    ListIn(&'static str),
}

impl RestRead {
    /// One document.
    pub fn document(suffix: impl Into<String>, permission: &'static str) -> Self {
        Self { suffix: suffix.into(), form: RestForm::Document, permission: Some(permission) }
    }

    /// One document that every target has, so that 404 is no answer.
    pub fn certain(suffix: impl Into<String>, permission: &'static str) -> Self {
        Self { suffix: suffix.into(), form: RestForm::Certain, permission: Some(permission) }
    }

    /// A list that spans pages.
    pub fn list(suffix: impl Into<String>, permission: &'static str) -> Self {
        Self { suffix: suffix.into(), form: RestForm::List, permission: Some(permission) }
    }

    /// A list that spans pages, each an object that holds the items under `key`.
    pub fn list_in(suffix: impl Into<String>, key: &'static str, permission: &'static str) -> Self {
        Self { suffix: suffix.into(), form: RestForm::ListIn(key), permission: Some(permission) }
    }
}

/// Something to read of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RepoRead {
    /// The fields of the organisation's repository list. Read for every repository before anything else; asked for again
    /// only where it was forgotten (before and after a write).
    Listing,
    /// A field of GraphQL's `Repository`.
    Graphql(GraphqlField),
    /// The entries of a folder at the head of the default branch; the root is the empty path.
    Tree(String),
    /// The entries of a folder at another revision, as git writes it: `refs/heads/ordain/policy:docs`.
    TreeAt(String),
    /// The text of a file by its object name.
    Blob(Oid),
    /// A REST answer under `/repos/{owner}/{repo}/`.
    Rest(RestRead),
}

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadKey {
    /// Who the token is.
    Viewer,
    /// A REST answer under `/orgs/{org}/`.
    Org(Org, RestRead),
    /// Where a name that is not in the organisation's list leads: renamed, moved, or gone.
    Name(Org, RepoName),
    /// Something of a repository, by its identity.
    Repo(Org, NodeId, RepoRead),
}
