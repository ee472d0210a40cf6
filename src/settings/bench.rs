//! A small observation, built by hand, on which the settings' own tests judge.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Blob, Context, Difference, GateState, Gates, Judgement, Memo, Notes, Observed, OrgObserved, Outcome, Pending,
    ReadKey, RepoObserved, RepoRead, RestAnswer, Setting,
};
use crate::model::{
    Desired, Gate, GateScope, Leaf, Mode, NodeId, Oid, Org, Permission, Reading, RepoName, Repository, Source,
    TreeEntry, blob_oid,
};

/// The one organisation of the bench.
pub(super) const ORG: &str = "acme";

/// An observation under construction.
pub(super) struct Bench {
    observed: Observed,
    closed: BTreeMap<(Option<String>, String), String>,
}

/// A public repository with an administrator's view of its security features.
pub(super) fn repo(name: &str) -> Value {
    let id = name.bytes().fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 100_003);
    json!({
        "id": id, "node_id": format!("R_{name}"), "name": name, "visibility": "public", "private": false,
        "default_branch": "main", "permissions": {"admin": true, "push": true, "pull": true},
        "security_and_analysis": {"secret_scanning": {"status": "disabled"}}
    })
}

/// The same with some fields replaced.
pub(super) fn repo_with(name: &str, changes: Value) -> Value {
    let mut made = repo(name);
    if let (Some(object), Value::Object(changes)) = (made.as_object_mut(), changes) {
        object.extend(changes);
    }
    made
}

/// A desired value from JSON: nested objects become dotted leaves.
pub(super) fn desired(key: &'static str, name: Option<&str>, value: &Value) -> Desired {
    let mut fields = BTreeMap::new();
    add_leaves(&mut fields, "", value);
    Desired { key, name: name.map(str::to_owned), fields }
}

fn add_leaves(fields: &mut BTreeMap<String, Leaf>, path: &str, value: &Value) {
    if let Value::Object(object) = value
        && !object.is_empty()
    {
        for (key, inner) in object {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            add_leaves(fields, &path, inner);
        }
        return;
    }
    let leaf = Leaf {
        value: value.clone(),
        sources: vec![Source { file: "rules/test.toml".into(), line: 1 }],
        rules: vec!["rules/test".into()],
        mode: Mode::Enforce,
        requires: BTreeSet::new(),
        reason: None,
        rendered: None,
        beaten: Vec::new(),
    };
    fields.insert(path.to_owned(), leaf);
}

/// A regular file in a folder.
pub(super) fn file(name: &str, text: &str) -> TreeEntry {
    entry(name, "blob", 0o100_644, text)
}

/// Any entry of a folder.
pub(super) fn entry(name: &str, object_type: &str, mode: i64, text: &str) -> TreeEntry {
    TreeEntry {
        name: name.into(),
        object_type: object_type.into(),
        mode,
        oid: blob_oid(text.as_bytes()),
        size: Some(text.len() as u64),
    }
}

/// What GitHub says to a token without the right.
pub(super) fn forbidden(permission: &str) -> RestAnswer {
    Reading::lacking("Resource not accessible by integration", Permission::from(permission))
}

/// What GitHub says with 404.
pub(super) fn not_found() -> RestAnswer {
    Reading::known(None)
}

impl Bench {
    pub(super) fn new(repos: Vec<Value>) -> Self {
        let repos = repos.into_iter().map(|json| serde_json::from_value::<Repository>(json).expect("a repository"));
        let mut observed = Observed::new("2026-11-22T12:00:00Z".parse().expect("a time"));
        observed.orgs.insert(org(), OrgObserved::new(repos.collect()));
        Self { observed, closed: BTreeMap::new() }
    }

    /// No code security configurations, so that nothing is enforced.
    pub(super) fn without_configurations(self) -> Self {
        self.org_rest("code-security/configurations", Reading::known(Some(json!([]))))
    }

    /// The token is an App's, with these permissions.
    pub(super) fn app(mut self, permissions: &[(&str, &str)]) -> Self {
        let told = permissions.iter().map(|(name, level)| ((*name).to_owned(), (*level).to_owned()));
        self.org_mut().token_permissions = Some(told.collect());
        self
    }

    /// Who the token's owner is.
    pub(super) fn viewer(mut self, login: Reading<String>) -> Self {
        self.observed.viewer = Some(login);
        self
    }

    fn org_mut(&mut self) -> &mut OrgObserved {
        self.observed.orgs.get_mut(&org()).expect("the organisation")
    }

    fn repo_mut(&mut self, name: &str) -> &mut RepoObserved {
        self.org_mut().repos.iter_mut().find(|repo| repo.repository.name.as_str() == name).expect("the repository")
    }

    pub(super) fn org_rest(mut self, suffix: &str, answer: RestAnswer) -> Self {
        self.org_mut().rest.insert(suffix.into(), answer);
        self
    }

    pub(super) fn org_known(self, suffix: &str, value: Value) -> Self {
        self.org_rest(suffix, Reading::known(Some(value)))
    }

    pub(super) fn rest(mut self, name: &str, suffix: &str, answer: RestAnswer) -> Self {
        self.repo_mut(name).rest.insert(suffix, answer);
        self
    }

    pub(super) fn known(self, name: &str, suffix: &str, value: Value) -> Self {
        self.rest(name, suffix, Reading::known(Some(value)))
    }

    pub(super) fn graphql(mut self, name: &str, key: &str, answer: Reading<Value>) -> Self {
        self.repo_mut(name).graphql.insert(key, answer);
        self
    }

    pub(super) fn tree(mut self, name: &str, path: &str, entries: Option<Vec<TreeEntry>>) -> Self {
        self.repo_mut(name).trees.insert(path, Reading::known(entries));
        self
    }

    pub(super) fn unread_tree(mut self, name: &str, path: &str, answer: Reading<Option<Vec<TreeEntry>>>) -> Self {
        self.repo_mut(name).trees.insert(path, answer);
        self
    }

    pub(super) fn blob(mut self, text: &str, blob: Reading<Blob>) -> Self {
        self.org_mut().blobs.insert(blob_oid(text.as_bytes()), blob);
        self
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.blob(text, Reading::known(Blob::Text(text.into())))
    }

    /// Closes a gate of a repository.
    pub(super) fn closed(mut self, repo: Option<&str>, gate: &str, why: &str) -> Self {
        self.closed.insert((repo.map(|name| format!("R_{name}")), gate.into()), why.into());
        self
    }

    /// Judges; where something must be read first, says what.
    pub(super) fn judge(
        &self,
        setting: &dyn Setting,
        repo: Option<&str>,
        desired: &Desired,
    ) -> Result<Vec<Judgement>, BTreeSet<ReadKey>> {
        self.look(repo, |cx| setting.judge(desired, cx))
    }

    /// Judges a repository alone, as just before a write; where something must be read first, says what.
    pub(super) fn judge_alone(
        &self,
        setting: &dyn Setting,
        repo: &str,
        desired: &Desired,
    ) -> Result<Vec<Judgement>, BTreeSet<ReadKey>> {
        self.look_with(Notes::of_one(), Some(repo), |cx| setting.judge(desired, cx))
    }

    /// Looks as a setting does; where something must be read first, says what.
    pub(super) fn look<T>(
        &self,
        repo: Option<&str>,
        look: impl FnOnce(&Context<'_>) -> Result<T, Pending>,
    ) -> Result<T, BTreeSet<ReadKey>> {
        self.look_with(Notes::default(), repo, look)
    }

    fn look_with<T>(
        &self,
        notes: Notes,
        repo: Option<&str>,
        look: impl FnOnce(&Context<'_>) -> Result<T, Pending>,
    ) -> Result<T, BTreeSet<ReadKey>> {
        let (org, memo) = (org(), Memo::default());
        let org_observed = self.observed.orgs.get(&org).expect("the organisation");
        let subject = repo.map(|name| {
            org_observed.named(&RepoName::new(name).expect("a name")).expect("the repository is in the observation")
        });
        let cx = Context {
            observed: &self.observed,
            org: &org,
            org_observed,
            subject,
            notes: &notes,
            memo: &memo,
            gates: Some(self),
        };
        look(&cx).map_err(|_| notes.missing.take())
    }

    /// The names that a keyed setting finds, for `prune`.
    pub(super) fn existing(&self, setting: &dyn Setting, repo: Option<&str>) -> Reading<Vec<String>> {
        let (org, notes, memo) = (org(), Notes::default(), Memo::default());
        let org_observed = self.observed.orgs.get(&org).expect("the organisation");
        let subject = repo.and_then(|name| org_observed.named(&RepoName::new(name).expect("a name")));
        let (observed, gates) = (&self.observed, None);
        let cx = Context { observed, org: &org, org_observed, subject, notes: &notes, memo: &memo, gates };
        setting.existing(&cx).unwrap_or_else(|_| unreachable!("asks for {:?}", notes.missing.take()))
    }

    /// The only outcome.
    pub(super) fn outcome(&self, setting: &dyn Setting, repo: &str, desired: &Desired) -> Outcome {
        let mut all = self.judge(setting, Some(repo), desired).expect("everything was read");
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0).outcome
    }

    /// What must be read first, in short: `graphql:KEY`, `rest:SUFFIX`, `tree:PATH`, `blob:OID`, `org:SUFFIX`.
    pub(super) fn wanted(&self, setting: &dyn Setting, repo: Option<&str>, desired: &Desired) -> Vec<String> {
        let missing = self.judge(setting, repo, desired).expect_err("something is missing");
        missing.iter().map(short).collect()
    }
}

fn org() -> Org {
    Org::new(ORG).expect("a name")
}

fn short(key: &ReadKey) -> String {
    match key {
        ReadKey::Viewer => "viewer".into(),
        ReadKey::Org(_, read) => format!("org:{}", read.suffix),
        ReadKey::Name(_, name) => format!("name:{name}"),
        ReadKey::Repo(_, _, RepoRead::Listing) => "listing".into(),
        ReadKey::Repo(_, _, RepoRead::Graphql(field)) => format!("graphql:{}", field.key),
        ReadKey::Repo(_, _, RepoRead::Tree(path) | RepoRead::TreeAt(path)) => format!("tree:{path}"),
        ReadKey::Repo(_, _, RepoRead::Blob(Oid(oid))) => format!("blob:{oid}"),
        ReadKey::Repo(_, _, RepoRead::Rest(read)) => format!("rest:{}", read.suffix),
    }
}

impl Gates for Bench {
    fn state(&self, _: &Org, repo: Option<&NodeId>, gate: &Gate) -> GateState {
        let at = match gate.scope {
            GateScope::Same => repo.map(ToString::to_string),
            GateScope::Repo(_) | GateScope::Org => None,
        };
        match self.closed.get(&(at, gate.to_string())) {
            Some(why) => GateState::Closed(why.clone()),
            None => GateState::Holds,
        }
    }
}

/// The difference of an outcome that is one.
pub(super) fn difference(outcome: Outcome) -> Difference {
    match outcome {
        Outcome::Differs(difference) => *difference,
        other => unreachable!("no difference: {other:#?}"),
    }
}

/// The permission of an outcome that is unknown.
pub(super) fn lacking(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Unknown { permission, .. } => permission.as_ref().map(|permission| permission.0.as_str()),
        other => unreachable!("known: {other:#?}"),
    }
}

/// Whether the example of a setting is TOML and names the setting.
pub(super) fn example_is_sound(setting: &dyn Setting) {
    let meta = setting.meta();
    let parsed: toml::Table = meta.example.parse().expect("the example is TOML");
    let settings = parsed[meta.shape.scope.table()].as_table().expect("a table of settings");
    assert!(settings.contains_key(meta.shape.key), "{}", meta.example);
    assert!(!meta.docs.is_empty() && !meta.reads.is_empty());
}
