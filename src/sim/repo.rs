//! A repository and what belongs to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::fields::Fields;
use super::git::{Commit, Oid};

/// A repository's place under a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The configuration.
    pub configuration: u64,
    /// GitHub's word for where it stands.
    pub status: String,
    /// For how many more reads it stays in a status that is on the way.
    pub reads_left: u32,
}

/// A repository.
#[derive(Clone, Debug, PartialEq)]
pub struct Repo {
    /// Its number.
    pub id: u64,
    /// Its GraphQL id.
    pub node_id: String,
    /// Its name, without the owner.
    pub name: String,
    /// The rest of what GitHub's list says, merge settings too.
    pub fields: Fields,
    /// Private vulnerability reporting.
    pub pvr: bool,
    /// Dependabot alerts.
    pub alerts: bool,
    /// Dependabot security updates.
    pub fixes: bool,
    /// Whether they are paused.
    pub fixes_paused: bool,
    /// The switches of `security_and_analysis`.
    pub security: BTreeMap<String, bool>,
    /// GraphQL fields that are served as they are (rulesets, interactionAbility…).
    pub graphql: BTreeMap<String, Value>,
    /// Readings served as they are: suffix of `/repos/{owner}/{repo}/` → reading.
    pub rest: BTreeMap<String, Value>,
    /// Refs by whole name (`refs/heads/main`).
    pub refs: BTreeMap<String, Oid>,
    /// Commits by name.
    pub commits: BTreeMap<Oid, Commit>,
    /// Objects made through the API that no commit holds yet.
    pub loose: BTreeSet<Oid>,
    /// The workflows.
    pub workflows: Vec<Workflow>,
    /// Their runs.
    pub runs: Vec<Run>,
    /// The pull requests.
    pub pulls: Vec<Pull>,
    /// The configuration it is under.
    pub attachment: Option<Attachment>,
    /// Whether attaching a configuration fails here.
    pub attach_fails: bool,
    /// Names that lead here.
    pub renamed_from: Vec<String>,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Its number.
    pub id: u64,
    /// Its GraphQL id.
    pub node_id: String,
    /// Its name.
    pub name: String,
    /// The file.
    pub path: String,
    /// `active`, `disabled_manually`, `disabled_inactivity`, `disabled_fork`, `deleted`.
    pub state: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// A workflow run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: u64,
    /// The workflow's number.
    pub workflow: u64,
    /// The commit.
    pub head_sha: Oid,
    /// The branch.
    pub branch: String,
    /// What started it.
    pub event: String,
    /// `completed`, `in_progress`, `queued`.
    pub status: String,
    /// `success`, `failure`…; absent while it runs.
    pub conclusion: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Its number among all things of the simulator.
    pub id: u64,
    /// Its number in the repository.
    pub number: u64,
    /// The title.
    pub title: String,
    /// The text.
    pub body: Option<String>,
    /// Whether it is open.
    pub open: bool,
    /// When it was merged.
    pub merged_at: Option<String>,
    /// Who opened it.
    pub author: String,
    /// The head branch.
    pub head: String,
    /// The repository of the head branch where it is another one (`owner/name`).
    pub head_repo: Option<String>,
    /// The head commit, as last seen.
    pub head_sha: Oid,
    /// The base branch.
    pub base: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// RFC 3339.
    pub closed_at: Option<String>,
}

impl Repo {
    /// Returns a new public repository without a commit, with GitHub's defaults.
    pub fn new(id: u64, name: &str, stamp: &str) -> Self {
        Self {
            id,
            node_id: node_id("R", id),
            name: name.to_owned(),
            fields: Fields::new(stamp),
            pvr: false,
            alerts: false,
            fixes: false,
            fixes_paused: false,
            security: BTreeMap::new(),
            graphql: BTreeMap::new(),
            rest: BTreeMap::new(),
            refs: BTreeMap::new(),
            commits: BTreeMap::new(),
            loose: BTreeSet::new(),
            workflows: Vec::new(),
            runs: Vec::new(),
            pulls: Vec::new(),
            attachment: None,
            attach_fails: false,
            renamed_from: Vec::new(),
        }
    }

    /// Whether a yes-or-no field of the list says yes.
    pub fn flag(&self, key: &str) -> bool {
        self.fields.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Returns a text field of the list.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key).and_then(Value::as_str)
    }

    /// Sets a field of the list.
    pub fn set(&mut self, key: &str, value: Value) {
        self.fields.insert(key.to_owned(), value);
    }

    /// Whether only members see it (internal ones too).
    pub fn is_private(&self) -> bool {
        self.flag("private")
    }

    /// Returns `public`, `private` or `internal`.
    pub fn visibility(&self) -> &str {
        self.text("visibility").unwrap_or("public")
    }

    /// Sets the visibility, and `private` with it.
    pub fn set_visibility(&mut self, to: &str) {
        self.set("visibility", json!(to));
        self.set("private", json!(to != "public"));
        if to != "public" {
            self.pvr = false;
        }
    }

    /// Returns the default branch's name, which even an empty repository has.
    pub fn default_branch(&self) -> String {
        self.text("default_branch").unwrap_or("main").to_owned()
    }

    /// Returns the whole name of the default branch's ref.
    pub fn head_ref(&self) -> String {
        format!("refs/heads/{}", self.default_branch())
    }

    /// Returns the head commit of the default branch.
    pub fn head(&self) -> Option<&Commit> {
        self.commits.get(self.refs.get(&self.head_ref())?)
    }

    /// Whether it has no commit at all.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty()
    }

    /// Gives it another name; the old one leads here from then on.
    pub fn rename(&mut self, to: &str) {
        let old = std::mem::replace(&mut self.name, to.to_owned());
        self.renamed_from.retain(|n| !n.eq_ignore_ascii_case(to));
        if !old.eq_ignore_ascii_case(to) {
            self.renamed_from.push(old);
        }
    }
}

/// Returns a GraphQL id for a number: a prefix for the type, and the number.
pub fn node_id(prefix: &str, id: u64) -> String {
    format!("{prefix}_kgDO{id:010X}")
}
