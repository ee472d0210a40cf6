//! What GitHub is supposed to answer where it is not asked: the least, the usual or the most that can follow from it.
//!
//! *Least*: nothing is there. *Usual*: the files that policies ask for are there, in as many versions as one repository in fifty
//! has its own; what GitHub tells in bulk settles what it can. *Most*: every file is of its own, every bulk answer is cut off or
//! hidden, and a branch of ordain's is open in every repository, so that every follow-up is asked. A supposition only leads the
//! judging on; nothing of it is ever told as observed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    model::{Desired, Oid, Reading, TreeEntry, blob_oid},
    policy::Policy,
    settings::{Answer, Blob, GraphqlField, Observed, ReadKey, RepoRead, RestAnswer, RestForm, RestRead},
};

/// How many follow-ups the answers lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bound {
    Least,
    Usual,
    Most,
}

impl Bound {
    /// All, in order.
    pub(super) const ALL: [Self; 3] = [Self::Least, Self::Usual, Self::Most];
}

const WORKFLOWS: &str = ".github/workflows";

/// Files that settings look for without a path in the policy.
const USUAL_FILES: &[&str] = &[
    "README.md",
    "LICENSE",
    "SECURITY.md",
    ".github/CODEOWNERS",
    ".github/workflows/ci.yml",
    ".github/workflows/scorecard.yml",
];

/// A repository in so many has a version of its own of a file that others have too: template files drift that far.
const ALIKE: usize = 50;

/// What is supposed of one GitHub.
pub(super) struct Supposition {
    bound: Bound,
    as_of: Timestamp,
    /// Folder → the names of the files in it.
    folders: BTreeMap<String, BTreeSet<String>>,
    /// Content → the path of a file that has it.
    contents: BTreeMap<Oid, String>,
}

impl Supposition {
    /// What is supposed for a policy: the files that it names are there.
    pub(super) fn new(bound: Bound, policy: &Policy, as_of: Timestamp) -> Self {
        let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let named = policy.of_rules();
        let paths = named.iter().flatten().filter_map(path).chain(USUAL_FILES.iter().map(|path| (*path).to_owned()));
        for path in paths {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            folders.entry(folder.to_owned()).or_default().insert(name.to_owned());
        }
        Self { bound, as_of, folders, contents: BTreeMap::new() }
    }

    /// The answer to a question about a repository, about a name, or about whose token it is.
    pub(super) fn answer(&mut self, key: &ReadKey, observed: &Observed) -> Answer {
        match key {
            ReadKey::Viewer => Answer::Viewer(Reading::known("ordain".to_owned())),
            ReadKey::Name(..) => Answer::Name(Reading::known(None)),
            ReadKey::Org(..) => Answer::Rest(unread()),
            ReadKey::Repo(org, id, read) => match read {
                RepoRead::Listing => Answer::Listing(Box::new(unread())),
                RepoRead::Graphql(field) => Answer::Graphql(self.field(*field)),
                RepoRead::Rest(read) => Answer::Rest(self.rest(read)),
                RepoRead::Blob(oid) => Answer::Blob(Reading::known(Blob::Text(self.text(oid)))),
                RepoRead::Tree(path) | RepoRead::TreeAt(path) => {
                    let org = observed.orgs.get(org);
                    let at = org.and_then(|org| org.index.get(id)).unwrap_or_default();
                    let of = org.map_or(1, |org| org.repos.len());
                    let at_head = matches!(read, RepoRead::Tree(_));
                    Answer::Tree(Reading::known(self.folder(path, at_head, (at, of))))
                }
            },
        }
    }

    /// A folder of the repository that stands at a place among so many.
    fn folder(&mut self, path: &str, at_head: bool, (at, of): (usize, usize)) -> Option<Vec<TreeEntry>> {
        let version = match self.bound {
            Bound::Least => return None,
            Bound::Usual if !at_head => return None,
            Bound::Usual => at % of.div_ceil(ALIKE).max(1),
            Bound::Most => at,
        };
        // At another revision the folder stands behind a colon.
        let folder = if at_head { path } else { path.rsplit(':').next().unwrap_or(path) };
        let names = self.folders.get(folder).cloned().unwrap_or_default();
        let entries = names.into_iter().map(|name| {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let oid = blob_oid(format!("{path} {version}").as_bytes());
            self.contents.insert(oid.clone(), path);
            TreeEntry { name, object_type: "blob".into(), mode: 0o100_644, oid, size: Some(100) }
        });
        Some(entries.collect())
    }

    /// A text such as stands at the path.
    fn text(&self, oid: &Oid) -> String {
        match self.contents.get(oid) {
            Some(path) if path.starts_with(WORKFLOWS) && path.contains("scorecard") => {
                "on: push\njobs:\n  analysis:\n    steps:\n      - uses: ossf/scorecard-action@v2.4.0\n".to_owned()
            }
            Some(path) if path.starts_with(WORKFLOWS) => "on: push\n".to_owned(),
            _ => "A text.\n".to_owned(),
        }
    }

    /// A field of GraphQL. A connection is empty, or cut off; a scalar is true, or hidden.
    fn field(&self, field: GraphqlField) -> Reading<Value> {
        let is_most = self.bound == Bound::Most;
        match field.key {
            // Then nothing else would be asked.
            "isEmpty" => Reading::known(json!(false)),
            "ordainBranch" if is_most => Reading::known(json!({"target": {"oid": "0".repeat(40)}})),
            "workflowRuns" if !is_most => Reading::known(self.runs()),
            _ if field.selection.contains("totalCount") => {
                Reading::known(json!({"totalCount": if is_most { 1_000 } else { 0 }, "nodes": [], "edges": []}))
            }
            _ if is_most => Reading::unknown("it is supposed to be hidden"),
            _ if field.selection.contains('{') => Reading::known(Value::Null),
            _ => Reading::known(json!(true)),
        }
    }

    /// Runs of every workflow on the head of the default branch, just now.
    fn runs(&self) -> Value {
        let suites: Vec<Value> = self
            .workflows()
            .map(|(id, path)| {
                let workflow = json!({"databaseId": id, "state": "ACTIVE"});
                let run = json!({"file": {"path": path}, "workflow": workflow});
                json!({"conclusion": "SUCCESS", "updatedAt": self.as_of.to_string(), "workflowRun": run})
            })
            .collect();
        json!({"target": {"checkSuites": {"totalCount": suites.len(), "nodes": suites}}})
    }

    fn workflows(&self) -> impl Iterator<Item = (usize, String)> {
        let names = self.folders.get(WORKFLOWS).into_iter().flatten();
        names.enumerate().map(|(id, name)| (id, format!("{WORKFLOWS}/{name}")))
    }

    /// A REST answer: nothing is there, or (of workflows, and of what Actions may run) what leads on.
    fn rest(&self, read: &RestRead) -> RestAnswer {
        match (read.suffix.as_str(), read.form) {
            ("actions/workflows", _) => {
                let all = self.workflows().map(|(id, path)| json!({"id": id, "path": path, "state": "active"}));
                Reading::known(Some(Value::Array(all.collect())))
            }
            ("actions/permissions", _) if self.bound == Bound::Most => {
                Reading::known(Some(json!({"enabled": true, "allowed_actions": "selected"})))
            }
            (_, RestForm::Document) => Reading::known(None),
            (_, RestForm::Certain) => unread(),
            (_, RestForm::List | RestForm::ListIn(_)) => Reading::known(Some(json!([]))),
        }
    }
}

fn unread<T>() -> Reading<T> {
    Reading::unknown("it is only supposed")
}

/// The path of a file that a setting names.
fn path(desired: &Desired) -> Option<String> {
    match desired.key {
        "files" => desired.name.clone(),
        "workflows" => {
            desired.name.as_ref().map(|name| format!("{WORKFLOWS}/{}", name.rsplit('/').next().unwrap_or(name)))
        }
        _ => desired.text("workflow").map(str::to_owned),
    }
}
