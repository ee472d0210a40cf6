//! The state of the simulated GitHub, and the ways to find and change things in it by name.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

pub use super::fields::Fields;
use super::git::{Blob, Change, Commit, MODE_FILE, Objects, Oid, Signer};
use super::index::Index;
pub use super::repo::{Attachment, Pull, Repo, Run, Workflow, node_id};
use super::token::Token;
use super::trouble::Faults;

/// Everything the simulator knows.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// A clock that stands still; real time where it is absent.
    pub now: Option<Timestamp>,
    /// The organisations.
    pub orgs: Vec<Org>,
    /// The tokens that are taken. None: any token is an owner's.
    pub tokens: Vec<Token>,
    /// Whom a token that is not listed stands for; none: `ordain-bot`.
    pub viewer: Option<String>,
    /// Accounts that appear nowhere else.
    pub users: Vec<String>,
    /// Every login that appeared in the state when it was loaded.
    pub seen: BTreeSet<String>,
    /// How much may be asked.
    pub limits: Limits,
    /// How many times faster than ours the clock of the limits runs.
    pub clock_factor: f64,
    /// What goes wrong.
    pub faults: Faults,
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
    /// Where its repositories stand.
    pub index: Index,
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

    /// Returns the logins of all accounts: those of the state, and those to whom its tokens belong.
    pub fn accounts(&self) -> impl Iterator<Item = &String> {
        let tokens = self.tokens.iter().map(|token| &token.login);
        self.users.iter().chain(&self.seen).chain(tokens).chain(&self.viewer)
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
        let Some(r) = self.orgs.get(o).and_then(|org| org.repo_index(repo)) else {
            return;
        };
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
