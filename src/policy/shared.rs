//! Most repositories of an organisation are matched by the same rules: what these say is merged once and shared.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use serde_json::Value;

use super::{
    Policy,
    rule::Rule,
    template::{Values, of_repo},
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

/// The organisation (folded), the rules that match, each with whether it names the target exactly, and the values of the
/// repository that enter what they say.
type Key = (String, Vec<(usize, bool)>, Vec<Option<String>>);

/// The name of a repository is its own: what it enters is like nothing else.
const OWN: &str = "repo.name";

/// What has been merged already.
#[derive(Debug)]
pub(super) struct Shared {
    known: BTreeMap<Key, Said>,
    /// For each rule the names of what enters its values from the repository.
    enters: Vec<BTreeSet<&'static str>>,
    /// What was said lately of each setting (and name): what differs in one setting need not differ in the others.
    last: BTreeMap<(&'static str, Option<String>), VecDeque<Arc<Desired>>>,
}

impl Shared {
    pub(super) fn new(policy: &Policy) -> Self {
        let enters = policy.rules.iter().map(|rule| enters(rule, policy)).collect();
        Self { known: BTreeMap::new(), enters, last: BTreeMap::new() }
    }

    /// What the rules say of a repository: as before if the same rules match and the same values of the repository enter.
    pub(super) fn said(
        &mut self,
        values: &Values<'_>,
        matched: &[(usize, bool)],
        merge: impl FnOnce() -> Said,
    ) -> Said {
        let names: BTreeSet<&str> =
            matched.iter().filter_map(|(rule, _)| self.enters.get(*rule)).flatten().copied().collect();
        if names.contains(OWN) {
            return self.shared(merge());
        }
        let entered = names.into_iter().map(|name| values.get(name).map(Cow::into_owned)).collect();
        let key = (values.org.folded(), matched.to_vec(), entered);
        if let Some(said) = self.known.get(&key) {
            return said.clone();
        }
        let said = self.shared(merge());
        self.known.insert(key, said.clone());
        said
    }

    fn shared(&mut self, mut said: Said) -> Said {
        said.desired.iter_mut().for_each(|one| self.share(one));
        said
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

/// What enters the values that a rule gives to a repository from the repository itself.
fn enters(rule: &Rule, policy: &Policy) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    for leaf in rule.repo.iter().flat_map(|section| &section.entries).flat_map(|entry| entry.leaves.values()) {
        match &leaf.template {
            Some(name) => names.extend(policy.templates.get(name).into_iter().flat_map(|one| of_repo(&one.bytes))),
            None if leaf.fill == Fill::No => {}
            None => of_value(&leaf.value, &mut names),
        }
    }
    names
}

fn of_value(value: &Value, names: &mut BTreeSet<&'static str>) {
    match value {
        Value::String(text) => names.extend(of_repo(text.as_bytes())),
        Value::Array(list) => list.iter().for_each(|each| of_value(each, names)),
        Value::Object(object) => object.values().for_each(|each| of_value(each, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
