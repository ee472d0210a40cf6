//! A small organisation for tests, written down by hand, and how a setting is judged against it.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{Blob, Context, Judgement, Memo, Notes, Observed, OrgObserved, ReadKey, RepoObserved, RepoRead, Setting};
use crate::model::{Desired, Leaf, Mode, NodeId, Oid, Org, Reading, TreeEntry, blob_oid};

/// An organisation `acme` under construction.
pub(super) struct Acme {
    pub(super) observed: Observed,
    org: Org,
}

impl Acme {
    /// An organisation with these repositories, each an object over GitHub's defaults: public, with the default branch `main`.
    pub(super) fn new(repositories: &[(&str, Value)]) -> Self {
        let org = Org::new("acme").expect("valid");
        let of = |(name, fields): &(&str, Value)| {
            let mut repo = json!({"id": 1, "node_id": format!("R_{name}"), "name": name, "visibility": "public", "default_branch": "main"});
            for (key, value) in fields.as_object().expect("an object") {
                repo[key] = value.clone();
            }
            serde_json::from_value(repo).expect("a repository")
        };
        let mut observed = Observed::new("2026-11-22T12:00:00Z".parse().expect("a time"));
        observed.orgs.insert(org.clone(), OrgObserved::new(repositories.iter().map(of).collect()));
        Self { observed, org }
    }

    fn org_mut(&mut self) -> &mut OrgObserved {
        self.observed.orgs.get_mut(&self.org).expect("there")
    }

    pub(super) fn repo_mut(&mut self, name: &str) -> &mut RepoObserved {
        let id = NodeId(format!("R_{name}").into());
        self.org_mut().repos.iter_mut().find(|repo| repo.repository.node_id == id).expect("there")
    }

    /// All folders that settings ask for are known and empty.
    pub(super) fn empty(&mut self, name: &str) -> &mut Self {
        for folder in ["", ".github", "docs", ".github/workflows"] {
            self.repo_mut(name).trees.insert(folder, Reading::known(None));
        }
        self
    }

    /// Adds a regular file with its text.
    pub(super) fn file(&mut self, name: &str, path: &str, text: &str) -> &mut Self {
        let oid = blob_oid(text.as_bytes());
        self.org_mut().blobs.insert(oid.clone(), Reading::known(Blob::Text(text.into())));
        self.push(name, path, 0o100_644, oid, text.len() as u64)
    }

    /// Adds a regular file whose text was not fetched.
    pub(super) fn unread(&mut self, name: &str, path: &str, text: &str) -> &mut Self {
        self.push(name, path, 0o100_644, blob_oid(text.as_bytes()), text.len() as u64)
    }

    /// Adds a file with this answer for its text.
    pub(super) fn blob(&mut self, name: &str, path: &str, blob: Blob) -> &mut Self {
        let oid = blob_oid(path.as_bytes());
        self.org_mut().blobs.insert(oid.clone(), Reading::known(blob));
        self.push(name, path, 0o100_644, oid, 9)
    }

    /// Adds an entry of any kind whose text was not fetched.
    pub(super) fn entry(&mut self, name: &str, path: &str, mode: i64, size: u64) -> &mut Self {
        self.push(name, path, mode, blob_oid(path.as_bytes()), size)
    }

    fn push(&mut self, name: &str, path: &str, mode: i64, oid: Oid, size: u64) -> &mut Self {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let kind = match mode {
            0o160_000 => "commit",
            0o040_000 => "tree",
            _ => "blob",
        };
        let entry = TreeEntry { name: file.into(), object_type: kind.into(), mode, oid, size: Some(size) };
        let trees = &mut self.repo_mut(name).trees;
        match trees.get_mut(folder) {
            Some(Reading::Known { known }) => known.get_or_insert_default().push(entry),
            _ => trees.insert(folder, Reading::known(Some(vec![entry]))),
        }
        self
    }

    /// Answers a GraphQL field.
    pub(super) fn graphql(&mut self, name: &str, key: &str, value: Value) -> &mut Self {
        self.repo_mut(name).graphql.insert(key, Reading::known(value));
        self
    }

    /// Answers a REST read.
    pub(super) fn rest(&mut self, name: &str, suffix: &str, value: Value) -> &mut Self {
        self.repo_mut(name).rest.insert(suffix, Reading::known(Some(value)));
        self
    }

    /// Looks at a repository as a setting does.
    pub(super) fn look<T>(&self, name: &str, look: impl FnOnce(&Context<'_>) -> T) -> (T, Vec<ReadKey>) {
        let org_observed = self.observed.orgs.get(&self.org).expect("there");
        let (notes, memo) = (Notes::default(), Memo::default());
        let subject = org_observed.repo(&NodeId(format!("R_{name}").into()));
        let org = &self.org;
        let cx =
            Context { observed: &self.observed, org, org_observed, subject, notes: &notes, memo: &memo, gates: None };
        let seen = look(&cx);
        (seen, notes.missing.into_inner().into_iter().collect())
    }

    /// Judges a repository; everything must have been answered.
    pub(super) fn judge(&self, setting: &dyn Setting, name: &str, desired: &Desired) -> Vec<Judgement> {
        let (judged, missing) = self.look(name, |cx| setting.judge(desired, cx));
        judged.unwrap_or_else(|_| panic!("asks for {missing:?}"))
    }

    /// What judging still asks for, in short words: `acme/x tree docs`.
    pub(super) fn asks(&self, setting: &dyn Setting, name: &str, desired: &Desired) -> Vec<String> {
        let (_, missing) = self.look(name, |cx| setting.judge(desired, cx));
        missing.iter().map(in_short).collect()
    }
}

fn in_short(key: &ReadKey) -> String {
    match key {
        ReadKey::Repo(_, id, RepoRead::Tree(path) | RepoRead::TreeAt(path)) => format!("{id} tree {path}"),
        ReadKey::Repo(_, id, RepoRead::Blob(oid)) => format!("{id} blob {oid}"),
        ReadKey::Repo(_, id, RepoRead::Graphql(field)) => format!("{id} graphql {}", field.key),
        ReadKey::Repo(_, id, RepoRead::Rest(read)) => format!("{id} rest {}", read.suffix),
        other => format!("{other:?}"),
    }
}

/// A desired setting with these leaves.
pub(super) fn desired(key: &'static str, fields: &[(&str, Value)]) -> Desired {
    let leaf = |value: &Value| Leaf {
        value: value.clone(),
        sources: Vec::new(),
        rules: Vec::new(),
        mode: Mode::Enforce,
        requires: std::collections::BTreeSet::new(),
        reason: None,
        rendered: None,
    };
    let fields: BTreeMap<String, Leaf> = fields.iter().map(|(path, value)| ((*path).to_owned(), leaf(value))).collect();
    Desired { key, name: None, fields }
}

/// The same with a template of these bytes.
pub(super) fn with_template(mut desired: Desired, bytes: &[u8]) -> Desired {
    let mut leaf = self::desired("", &[("template", json!("template.md"))]).fields.remove("template").expect("there");
    leaf.rendered = Some(Arc::from(bytes));
    desired.fields.insert("template".into(), leaf);
    desired
}
