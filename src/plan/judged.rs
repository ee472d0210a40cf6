//! A verdict with everything that led to it: what plans, reports and explanations are made from.

use std::sync::Arc;

use serde_json::Value;

use super::{
    OpenPull, WaiverQuote,
    document::{Change, Finding},
};
use crate::{
    model::{Delivery, Desired, Gate, Leaf, Mode, NodeId, Org, Permission, RepoName, Source, Verdict},
    settings::{self, Difference, FileWrite, GateState, Judgement, Meta, Need, Outcome, Phase, RestWrite, Write},
};

/// An organisation, or one of its repositories by identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The organisation.
    pub org: Org,
    /// The repository; `None` for the organisation itself.
    pub repo: Option<(RepoName, NodeId)>,
}

impl Target {
    /// The identity within the organisation: the repository's, or none.
    #[must_use]
    pub fn node(&self) -> Option<&NodeId> {
        self.repo.as_ref().map(|(_, id)| id)
    }

    /// `ORG/REPO` or `ORG`.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.repo {
            Some((repo, _)) => format!("{}/{repo}", self.org),
            None => self.org.to_string(),
        }
    }
}

/// The texts of a file before and after a change, where they are short enough to be quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// What stands there.
    pub before: Option<String>,
    /// What will stand there.
    pub after: Option<String>,
}

/// One verdict.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Of what.
    pub target: Arc<Target>,
    /// The identity of the organisation, for organisation settings, where it was read.
    pub org_node: Option<NodeId>,
    /// What the policy says.
    pub desired: Arc<Desired>,
    /// What the setting says.
    pub judgement: Arc<Judgement>,
    /// What is fixed about the setting.
    pub meta: &'static Meta,
    /// What holds.
    pub verdict: Verdict,
    /// Why, for a person.
    pub message: String,
    /// The gates that do not hold.
    pub closed: Vec<(Gate, String)>,
    /// All gates with their states, for explanations.
    pub gates: Vec<(Gate, GateState)>,
    /// The waiver that covers it.
    pub waiver: Option<Box<WaiverQuote>>,
    /// Which of the policy's waivers that is.
    pub waived_by: Option<usize>,
    /// Whether it is only audited.
    pub audit: bool,
    /// What GitHub wants of other settings before it takes the change.
    pub needs: Vec<Need>,
    /// Whether it would be a change if what it needs were so.
    pub waits: bool,
    /// Whether a write to the organisation brings this change along.
    pub stands_in: bool,
    /// The texts of the file that the change writes, before and after, so that the plan shows what is written.
    pub texts: Option<Box<Texts>>,
    /// The pull request of ours that the change closes: only an undo does.
    pub closes: Option<Box<OpenPull>>,
}

impl Judged {
    /// The setting's address without the target: the key, then the name, then the part.
    #[must_use]
    pub fn setting(&self) -> String {
        self.judgement.setting(&self.desired)
    }

    /// `ORG/REPO:SETTING` or `ORG:SETTING`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}:{}", self.target.name(), self.setting())
    }

    /// The leaves that this verdict is about.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Leaf> {
        leaves(&self.desired, &self.judgement.leaf)
    }

    /// The difference, where there is one.
    #[must_use]
    pub fn difference(&self) -> Option<&Difference> {
        match &self.judgement.outcome {
            Outcome::Differs(difference) => Some(difference),
            _ => None,
        }
    }

    /// The files that the change writes.
    pub fn files(&self) -> impl Iterator<Item = &FileWrite> {
        self.difference().into_iter().flat_map(|difference| &difference.writes).filter_map(|write| match write {
            Write::File(file) => Some(file),
            Write::Rest(_) | Write::Graphql(_) => None,
        })
    }

    /// The method and path of the first call that the change needs, if it is one.
    #[must_use]
    pub fn call(&self) -> Option<(&str, &str)> {
        self.difference()?.writes.iter().find_map(|write| match write {
            Write::Rest(write) => Some((write.method, write.path.as_str())),
            Write::Graphql(_) => Some(("POST", "/graphql")),
            Write::File(_) => None,
        })
    }

    /// How the change reaches GitHub.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        let otherwise = if self.closes.is_some() { Delivery::PullRequest } else { Delivery::Api };
        self.files().map(|file| file.delivery).next().unwrap_or(otherwise)
    }

    /// When the change is made.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let setting = settings::find(self.meta.shape.scope, self.desired.key);
        match (setting, self.difference()) {
            (Some(setting), Some(difference)) => setting.phase(difference),
            _ => self.meta.phase,
        }
    }

    /// The one call that the change needs, if it is one.
    #[must_use]
    pub fn only_call(&self) -> Option<&RestWrite> {
        match self.difference()?.writes.as_slice() {
            [Write::Rest(write)] => Some(write),
            _ => None,
        }
    }

    /// What GitHub says and what the policy says.
    #[must_use]
    pub fn values(&self) -> (Value, Value) {
        match &self.judgement.outcome {
            Outcome::NotApplicable(_) | Outcome::Unknown { .. } => (Value::Null, self.desired_value()),
            Outcome::Compliant { observed, desired }
            | Outcome::Violation { observed, desired, .. }
            | Outcome::Blocked { observed, desired, .. } => (observed.clone(), desired.clone()),
            Outcome::Differs(difference) => (difference.before.clone(), difference.after.clone()),
        }
    }

    fn desired_value(&self) -> Value {
        let path = &self.judgement.leaf;
        self.desired.value(path).cloned().unwrap_or_else(|| self.desired.to_json())
    }

    /// The deciding place in the policy.
    #[must_use]
    pub fn source(&self) -> Source {
        let firsts = self.leaves().into_iter().filter_map(|leaf| leaf.sources.first());
        firsts.min().cloned().unwrap_or_else(|| Source { file: "policy.toml".into(), line: 1 })
    }

    /// The rules that say so.
    #[must_use]
    pub fn rules(&self) -> Vec<String> {
        let mut rules = Vec::new();
        for rule in self.leaves().into_iter().flat_map(|leaf| &leaf.rules) {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
        rules
    }

    /// Why, in the policy's words.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.leaves().into_iter().find_map(|leaf| leaf.reason.clone())
    }

    fn permission(&self) -> Option<Permission> {
        match &self.judgement.outcome {
            Outcome::Unknown { permission, .. } => permission.clone(),
            _ => None,
        }
    }

    /// The node id that the document names.
    fn document_node(&self) -> Option<NodeId> {
        self.target.node().cloned().or_else(|| self.org_node.clone())
    }

    /// What GitHub says and what the policy says of a change, with the texts of a file beside its object names.
    fn before_and_after(&self, difference: &Difference) -> (Value, Value) {
        let (mut before, mut after) = (difference.before.clone(), difference.after.clone());
        if let Some(texts) = &self.texts {
            quote(&mut before, texts.before.as_deref());
            quote(&mut after, texts.after.as_deref());
        }
        (before, after)
    }

    /// The change as the document has it; `None` if this is no change, or another change brings it along.
    #[must_use]
    pub fn to_change(&self) -> Option<Change> {
        let difference = self.difference().filter(|_| self.verdict == Verdict::Change && !self.stands_in)?;
        Some(self.change(difference))
    }

    /// The change that it would be if what it needs were on.
    pub(super) fn to_waiting(&self) -> Option<Change> {
        self.difference().filter(|_| self.waits).map(|difference| self.change(difference))
    }

    fn change(&self, difference: &Difference) -> Change {
        let (before, after) = self.before_and_after(difference);
        Change {
            id: self.id(),
            org: self.target.org.to_string(),
            repo: self.target.repo.as_ref().map(|(name, _)| name.to_string()),
            node_id: self.document_node(),
            setting: self.setting(),
            key: self.desired.key.to_owned(),
            name: self.desired.name.clone(),
            part: self.judgement.part.map(str::to_owned),
            action: difference.action,
            before,
            after,
            effect: difference.effect,
            deletes: difference.deletes,
            delivery: self.delivery(),
            effects: difference.moves.clone(),
            rules: self.rules(),
            source: self.source(),
            reason: self.reason(),
            introduced: None,
            restricted: difference.restricted.clone(),
        }
    }

    /// The finding as the document has it.
    #[must_use]
    pub fn to_finding(&self) -> Finding {
        let (observed, desired) = self.values();
        Finding {
            id: self.id(),
            org: self.target.org.to_string(),
            repo: self.target.repo.as_ref().map(|(name, _)| name.to_string()),
            node_id: self.document_node(),
            setting: self.setting(),
            key: self.desired.key.to_owned(),
            name: self.desired.name.clone(),
            part: self.judgement.part.map(str::to_owned),
            verdict: self.verdict,
            message: self.message.clone(),
            observed,
            desired,
            blocked_by: self.closed.iter().map(|(gate, _)| gate.to_string()).collect(),
            permission: self.permission(),
            waiver: self.waiver.as_deref().cloned(),
            rules: self.rules(),
            source: Some(self.source()),
            introduced: None,
            audit: self.audit,
            reason: self.reason(),
        }
    }
}

fn quote(value: &mut Value, text: Option<&str>) {
    if let (Value::Object(object), Some(text)) = (value, text) {
        object.insert("text".to_owned(), Value::String(text.to_owned()));
    }
}

/// The leaves that a judgement is about: those at or below its path; all, where none is.
pub(super) fn leaves<'a>(desired: &'a Desired, path: &str) -> Vec<&'a Leaf> {
    let below = |key: &str| key == path || key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    let some: Vec<&Leaf> = desired.fields.iter().filter(|(key, _)| below(key)).map(|(_, leaf)| leaf).collect();
    if some.is_empty() || path.is_empty() { desired.fields.values().collect() } else { some }
}

/// Whether a judgement is only audited: it is changed only if all that it is about is enforced.
pub(super) fn is_audit(leaves: &[&Leaf]) -> bool {
    leaves.iter().any(|leaf| leaf.mode == Mode::Audit)
}
