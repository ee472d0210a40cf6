//! Most repositories of an organisation are matched by the same rules: what these say is merged once and shared.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde_json::Value;

use super::{
    Policy,
    rule::{RawLeaf, Rule},
    template::uses_repo,
    value::Fill,
};
use crate::{
    diagnostics::Diagnostic,
    model::{Desired, DesiredSet, Leaf},
};

/// How many different forms of a setting are looked through: names of branches and the like come in few.
const REMEMBERED: usize = 8;

/// What rules say of one target once they are merged and filled in.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) desired: DesiredSet,
    pub(super) prune: BTreeMap<&'static str, Leaf>,
    /// What is wrong with it, for each target anew.
    pub(super) found: Vec<Diagnostic>,
}

/// The organisation (folded) and the rules that match, each with whether it names the target exactly.
type Key = (String, Vec<(usize, bool)>);

/// What has been merged already.
#[derive(Debug)]
pub(super) struct Shared {
    known: BTreeMap<Key, Said>,
    /// For each rule whether something of the repository enters its values.
    differs: Vec<bool>,
    /// What was said lately of each setting (and name): what differs in one setting need not differ in the others.
    last: BTreeMap<(&'static str, Option<String>), VecDeque<Arc<Desired>>>,
}

impl Shared {
    pub(super) fn new(policy: &Policy) -> Self {
        let differs = policy.rules.iter().map(|rule| differs(rule, policy)).collect();
        Self { known: BTreeMap::new(), differs, last: BTreeMap::new() }
    }

    /// What the rules say of a repository: as before if the same rules match and nothing of the repository itself enters.
    pub(super) fn said(&mut self, org: &str, matched: &[(usize, bool)], merge: impl FnOnce() -> Said) -> Said {
        if matched.iter().any(|(rule, _)| self.differs.get(*rule) != Some(&false)) {
            let mut said = merge();
            said.desired.iter_mut().for_each(|one| self.share(one));
            return said;
        }
        self.known.entry((org.to_owned(), matched.to_vec())).or_insert_with(merge).clone()
    }

    fn share(&mut self, one: &mut Arc<Desired>) {
        let lately = self.last.entry((one.key, one.name.clone())).or_default();
        if let Some(known) = lately.iter().find(|known| *known == one) {
            *one = known.clone();
            return;
        }
        lately.truncate(REMEMBERED - 1);
        lately.push_front(one.clone());
    }
}

/// Whether something of the repository enters the values that a rule gives to it.
fn differs(rule: &Rule, policy: &Policy) -> bool {
    let leaves = rule.repo.iter().flat_map(|section| &section.entries).flat_map(|entry| entry.leaves.values());
    leaves.into_iter().any(|leaf| leaf_differs(leaf, policy))
}

fn leaf_differs(leaf: &RawLeaf, policy: &Policy) -> bool {
    match &leaf.template {
        Some(name) => policy.templates.get(name).is_none_or(|template| template.uses_repo),
        None => leaf.fill != Fill::No && value_differs(&leaf.value),
    }
}

fn value_differs(value: &Value) -> bool {
    match value {
        Value::String(text) => uses_repo(text.as_bytes()),
        Value::Array(list) => list.iter().any(value_differs),
        Value::Object(object) => object.values().any(value_differs),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
