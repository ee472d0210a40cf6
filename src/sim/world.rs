//! The state of the simulated GitHub, and the ways to find and change things in it by name.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::git::{Blob, Change, Commit, MODE_FILE, Objects, Oid, Signer};
use super::token::Token;

/// Everything the simulator knows.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// A clock that stands still; real time where it is absent.
    pub now: Option<Timestamp>,
    /// The organisations.
    pub orgs: Vec<Org>,
    /// The tokens that are taken. None: any token is an owner's.
    pub tokens: Vec<Token>,
    /// How much may be asked.
    pub limits: Limits,
    /// Added to every answer.
    pub latency_ms: u64,
    /// For how many reads an attachment stays `attaching`.
    pub attach_reads: u32,
    /// The next free number for anything that is created.
    pub next_id: u64,
    /// The GitHub App whose JWT asks for installation tokens: id, slug.
    pub app: (u64, String),
}

/// How much may be asked; `secondary` turns on the limits by the minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// REST requests an hour and token.
    pub core: u64,
    /// GraphQL points an hour and token.
    pub graphql: u64,
    /// Whether points by the minute, concurrency and content creation are limited too.
    pub secondary: bool,
    /// How long an hour is.
    pub window_s: u64,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Org {
    /// Its name.
    pub login: String,
    /// Its number.
    pub id: u64,
    /// Its GraphQL id.
    pub node_id: String,
    /// The number of ordain's App's installation in it.
    pub installation: u64,
    /// The rest of what `GET /orgs/{org}` says.
    pub fields: Map<String, Value>,
    /// Readings served as they are: suffix of `/orgs/{org}/` → reading.
    pub rest: BTreeMap<String, Value>,
    /// The repositories, in the order of the state file.
    pub repos: Vec<Repo>,
    /// Blobs and trees of all repositories.
    pub objects: Objects,
    /// Code security configurations.
    pub configurations: Vec<Configuration>,
    /// Whether the organisation has bought the secret scanning product (private repositories need it).
    pub secret_scanning: bool,
    /// Whether the organisation cannot be read: requests answer this status and message.
    pub error: Option<(u16, String)>,
}

/// A code security configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Its number.
    pub id: u64,
    /// GitHub's fields but for id and links.
    pub fields: Map<String, Value>,
    /// Which new repositories get it: `public`, `private_and_internal`, `all`.
    pub default_for: Option<String>,
}

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
    pub fields: Map<String, Value>,
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
    pub loose: std::collections::BTreeSet<Oid>,
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

impl World {
    /// Returns the simulator's time, in whole seconds.
    pub fn time(&self) -> Timestamp {
        let now = self.now.unwrap_or_else(Timestamp::now);
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// Returns the simulator's time as GitHub writes it.
    pub fn stamp(&self) -> String {
        self.time().to_string()
    }

    /// Returns a number that nothing has yet.
    pub fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Returns the place of an organisation.
    pub fn org_index(&self, login: &str) -> Option<usize> {
        self.orgs.iter().position(|o| o.login.eq_ignore_ascii_case(login))
    }

    /// Returns an organisation by name.
    pub fn org(&mut self, login: &str) -> Option<&mut Org> {
        let at = self.org_index(login)?;
        self.orgs.get_mut(at)
    }

    /// Returns a repository by its present name.
    pub fn repo(&mut self, org: &str, name: &str) -> Option<&mut Repo> {
        let org = self.org(org)?;
        let at = org.repo_index(name)?;
        org.repos.get_mut(at)
    }

    /// Writes a file to the default branch as another person would, in a commit of its own; `None` removes it.
    pub fn write_file(&mut self, org: &str, repo: &str, path: &str, text: Option<&str>) {
        let Some(o) = self.org_index(org) else { return };
        let Some(r) = self.orgs.get(o).and_then(|org| org.repo_index(repo)) else { return };
        let branch = self.orgs.get(o).and_then(|org| org.repos.get(r)).map(Repo::default_branch).unwrap_or_default();
        let author = Signer::of("someone", &self.stamp());
        let change = (path.to_owned(), text.map(|t| t.as_bytes().to_vec()));
        let _ = self.commit_to(o, r, &branch, &[change], "Change made by someone else", &author, false);
    }

    /// Adds or replaces a repository switch of `security_and_analysis`.
    pub fn set_security(&mut self, org: &str, repo: &str, key: &str, on: bool) {
        if let Some(repo) = self.repo(org, repo) {
            repo.security.insert(key.to_owned(), on);
        }
    }

    /// Renames a repository; the old name leads to the new one.
    pub fn rename(&mut self, org: &str, from: &str, to: &str) {
        if let Some(repo) = self.repo(org, from) {
            repo.rename(to);
        }
    }

    /// Removes a repository.
    pub fn delete_repo(&mut self, org: &str, name: &str) {
        if let Some(org) = self.org(org) {
            org.repos.retain(|r| !r.name.eq_ignore_ascii_case(name));
        }
    }

    /// Adds an empty public repository, and returns it.
    pub fn add_repo(&mut self, org: &str, name: &str) -> Option<&mut Repo> {
        let (id, stamp) = (self.fresh_id(), self.stamp());
        let org = self.org(org)?;
        org.repos.push(Repo::new(id, name, &stamp));
        org.repos.last_mut()
    }

    /// Commits files to a branch (created if it is absent), and returns the commit's name.
    #[expect(clippy::too_many_arguments, reason = "a commit is said by just these")]
    pub fn commit_to(
        &mut self,
        o: usize,
        r: usize,
        branch: &str,
        files: &[(String, Option<Vec<u8>>)],
        message: &str,
        author: &Signer,
        signed: bool,
    ) -> Option<Oid> {
        let org = self.orgs.get_mut(o)?;
        let repo = org.repos.get_mut(r)?;
        let name = format!("refs/heads/{branch}");
        let parent = repo.refs.get(&name).or_else(|| repo.refs.get(&repo.head_ref())).cloned();
        let root = parent.as_ref().and_then(|p| repo.commits.get(p)).map(|c| c.tree.clone());
        let changes = stage(&mut org.objects, root.as_deref(), files);
        let tree = org.objects.edit(root.as_deref(), &changes);
        let committer = if signed { Signer::web_flow(&author.date) } else { author.clone() };
        let commit = Commit {
            oid: Oid::new(),
            tree,
            parents: parent.into_iter().collect(),
            message: message.to_owned(),
            author: author.clone(),
            committer,
            signed,
        }
        .named();
        let oid = commit.oid.clone();
        repo.commits.insert(oid.clone(), commit);
        self.move_ref(o, r, &name, Some(&oid));
        Some(oid)
    }
}

/// Stores the files and says which lines of the tree they are; a file that is there keeps its mode.
fn stage(objects: &mut Objects, root: Option<&str>, files: &[(String, Option<Vec<u8>>)]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (path, bytes) in files {
        let old = root.and_then(|root| objects.at(root, path));
        let mode = old.map_or(MODE_FILE, |e| if e.kind() == "blob" { e.mode } else { MODE_FILE });
        let entry = bytes.clone().map(|b| objects.put_blob(path, mode, b));
        changes.push((path.clone(), entry));
    }
    changes
}

impl Org {
    /// Returns the place of a repository by its present name.
    pub fn repo_index(&self, name: &str) -> Option<usize> {
        self.repos.iter().position(|r| r.name.eq_ignore_ascii_case(name))
    }

    /// Returns the place of a repository that once had this name.
    pub fn renamed_index(&self, name: &str) -> Option<usize> {
        self.repos.iter().position(|r| r.renamed_from.iter().any(|n| n.eq_ignore_ascii_case(name)))
    }

    /// Returns a configuration by number.
    pub fn configuration(&self, id: u64) -> Option<&Configuration> {
        self.configurations.iter().find(|c| c.id == id)
    }

    /// Returns the content of a file on a repository's default branch.
    pub fn file(&self, repo: &str, path: &str) -> Option<&str> {
        let repo = self.repos.get(self.repo_index(repo)?)?;
        let entry = self.objects.at(&repo.head()?.tree, path)?;
        self.objects.text(&entry.oid)
    }

    /// Returns the bytes of a blob where they are known.
    pub fn bytes(&self, oid: &str) -> Option<&[u8]> {
        match self.objects.blobs.get(oid)? {
            Blob::Bytes(bytes) => Some(bytes),
            Blob::TooLarge | Blob::Binary => None,
        }
    }
}

impl Configuration {
    /// Returns a field's text, or the empty string.
    pub fn get(&self, key: &str) -> &str {
        self.fields.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether repositories cannot depart from it.
    pub fn enforced(&self) -> bool {
        self.get("enforcement") == "enforced"
    }
}

impl Repo {
    /// Returns a new public repository without a commit, with GitHub's defaults.
    pub fn new(id: u64, name: &str, stamp: &str) -> Self {
        Self {
            id,
            node_id: node_id("R", id),
            name: name.to_owned(),
            fields: default_fields(stamp),
            pvr: false,
            alerts: false,
            fixes: false,
            fixes_paused: false,
            security: BTreeMap::new(),
            graphql: BTreeMap::new(),
            rest: BTreeMap::new(),
            refs: BTreeMap::new(),
            commits: BTreeMap::new(),
            loose: std::collections::BTreeSet::new(),
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

fn default_fields(stamp: &str) -> Map<String, Value> {
    let facts = json!({
        "private": false, "visibility": "public", "archived": false, "disabled": false, "fork": false,
        "is_template": false, "description": null, "homepage": null, "default_branch": "main", "topics": [],
        "language": null, "license": null, "created_at": stamp, "pushed_at": stamp, "updated_at": stamp, "size": 0,
        "has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false, "has_downloads": true,
        "has_discussions": false, "has_pull_requests": true,
    });
    let settings = json!({
        "pull_request_creation_policy": "all", "mirror_url": null, "web_commit_signoff_required": false,
        "delete_branch_on_merge": false, "allow_forking": true, "allow_merge_commit": true, "allow_squash_merge": true,
        "allow_rebase_merge": true, "allow_auto_merge": false, "allow_update_branch": false,
        "use_squash_pr_title_as_default": false, "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
        "squash_merge_commit_message": "COMMIT_MESSAGES", "merge_commit_title": "MERGE_MESSAGE",
        "merge_commit_message": "PR_TITLE", "custom_properties": {}, "stargazers_count": 0, "forks_count": 0,
        "open_issues_count": 0,
    });
    [facts, settings].into_iter().filter_map(|v| v.as_object().cloned()).flatten().collect()
}
