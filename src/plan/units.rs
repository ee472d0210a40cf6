//! The units of judging: each setting that rules give to a target, and which of them are wanted.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{filters::Filters, judged::Target};
use crate::{
    model::{Desired, DesiredSet, Gate, GateScope, Leaf, NodeId, Org, RepoName, Scope},
    policy::Resolution,
    settings::{self, Judgement, Need, Observed, Setting},
};

/// One setting of one target.
pub(super) struct Unit {
    pub(super) target: Arc<Target>,
    pub(super) desired: Arc<Desired>,
    pub(super) setting: &'static dyn Setting,
    /// Whether the filters want it, and not only a gate.
    pub(super) wanted: bool,
    /// What the setting said, once all its questions were answered.
    pub(super) judgements: Option<Arc<[Arc<Judgement>]>>,
    /// For each judgement what GitHub wants of other settings first; none where that is nothing for all of them.
    pub(super) needs: Option<Box<[Vec<Need>]>>,
    /// For a keyed table with `prune = true`: the names that the policy lists. The unit then stands for all others.
    #[expect(clippy::box_collection, reason = "a plan has very many units, and hardly any has this")]
    pub(super) listed: Option<Box<BTreeSet<String>>>,
    /// Whether all that it lacks is on its way, so that it need not be looked at before something has come.
    pub(super) waits: bool,
}

impl Unit {
    /// What the setting said, as far as it has; with what GitHub wants first for each.
    pub(super) fn said(&self) -> impl Iterator<Item = (&Arc<Judgement>, &[Need])> {
        let needs = |at: usize| self.needs.as_ref().and_then(|needs| needs.get(at)).map_or(&[][..], Vec::as_slice);
        self.judgements().enumerate().map(move |(at, judgement)| (judgement, needs(at)))
    }

    /// What the setting said, as far as it has.
    pub(super) fn judgements(&self) -> impl Iterator<Item = &Arc<Judgement>> {
        self.judgements.iter().flat_map(|judgements| judgements.iter())
    }
}

/// A repository that can be matched, by its place in the observation.
#[derive(Debug, Clone)]
pub(super) struct CandidateKey {
    pub(super) org: Org,
    pub(super) name: RepoName,
    pub(super) node: NodeId,
}

/// All units of a resolution that the filters want, with those that their gates name.
pub(super) fn units(
    resolution: &mut Resolution,
    candidates: &[CandidateKey],
    filters: &Filters,
    observed: &Observed,
) -> Vec<Unit> {
    // Exactly: a list that grows holds itself twice.
    let of_orgs: usize = resolution.orgs.iter().map(|one| one.desired.len() + one.prune.len()).sum();
    let of_repos: usize = resolution.repos.iter().map(|one| one.desired.len() + one.prune.len()).sum();
    let mut all = Vec::with_capacity(of_orgs + of_repos);
    for resolved in std::mem::take(&mut resolution.orgs) {
        let target = Arc::new(Target { org: resolved.org, repo: None });
        add_target(&mut all, &target, Scope::Org, (resolved.desired, resolved.prune), filters);
    }
    for resolved in std::mem::take(&mut resolution.repos) {
        let Some(key) = candidates.get(resolved.index) else { continue };
        let target = Arc::new(Target { org: key.org.clone(), repo: Some((key.name.clone(), key.node.clone())) });
        add_target(&mut all, &target, Scope::Repo, (resolved.desired, resolved.prune), filters);
    }
    let needed = needed(&all, observed);
    if needed.contains(&false) {
        let mut needed = needed.into_iter();
        all.retain(|_| needed.next() == Some(true));
        all.shrink_to_fit();
    }
    all
}

/// Adds the units of one target: what rules list, and for `prune = true` what they do not.
fn add_target(
    units: &mut Vec<Unit>,
    target: &Arc<Target>,
    scope: Scope,
    (desired, prune): (DesiredSet, BTreeMap<&'static str, Leaf>),
    filters: &Filters,
) {
    for (key, leaf) in prune.into_iter().filter(|(_, leaf)| leaf.value == true) {
        let names = desired.iter().filter(|one| one.key == key).filter_map(|one| one.name.clone());
        let listed: BTreeSet<String> = names.map(|name| name.to_lowercase()).collect();
        let all_others = Desired { key, name: None, fields: BTreeMap::from([("prune".to_owned(), leaf)]) };
        let listed = Some(Box::new(listed));
        units.extend(unit(target.clone(), Arc::new(all_others), scope, filters).map(|one| Unit { listed, ..one }));
    }
    units.extend(desired.into_iter().filter_map(|desired| unit(target.clone(), desired, scope, filters)));
}

pub(super) fn unit(target: Arc<Target>, desired: Arc<Desired>, scope: Scope, filters: &Filters) -> Option<Unit> {
    let setting = settings::find(scope, desired.key)?;
    let wanted = filters.wants_target(&target) && filters.wants_some_of(&desired);
    Some(Unit { target, desired, setting, wanted, judgements: None, needs: None, listed: None, waits: false })
}

/// Which units must be judged: the wanted ones and, step by step, those that gates name.
fn needed(all: &[Unit], observed: &Observed) -> Vec<bool> {
    let mut needed: Vec<bool> = all.iter().map(|unit| unit.wanted).collect();
    if needed.iter().all(|wanted| *wanted) {
        return needed;
    }
    let mut index: BTreeMap<(Org, Option<NodeId>), Vec<usize>> = BTreeMap::new();
    for (at, unit) in all.iter().enumerate() {
        index.entry((unit.target.org.clone(), unit.target.node().cloned())).or_default().push(at);
    }
    let mut work: Vec<usize> = (0..all.len()).filter(|at| needed[*at]).collect();
    while let Some(at) = work.pop() {
        let unit = &all[at];
        for (gate, node) in gate_targets(unit, observed) {
            let found = index.get(&(unit.target.org.clone(), node)).into_iter().flatten();
            for other in found.copied().filter(|other| !needed[*other]).collect::<Vec<_>>() {
                let setting = all[other].desired.setting();
                if super::filters::names(&gate.setting, &setting) || super::filters::names(&setting, &gate.setting) {
                    needed[other] = true;
                    work.push(other);
                }
            }
        }
    }
    needed
}

/// The gates of a unit with the targets that they look at. Gates that the setting itself holds for repositories
/// (`attach_requires`) look at every repository of the organisation.
fn gate_targets(unit: &Unit, observed: &Observed) -> Vec<(Gate, Option<NodeId>)> {
    let mut targets = Vec::new();
    let org = observed.orgs.get(&unit.target.org);
    for gate in unit.desired.fields.values().flat_map(|leaf| &leaf.requires) {
        let node = match &gate.scope {
            GateScope::Same => unit.target.node().cloned(),
            GateScope::Org => None,
            GateScope::Repo(name) => {
                let found = RepoName::new(name.clone()).ok().and_then(|name| org?.named(&name));
                let Some(repo) = found else { continue };
                Some(repo.repository.node_id.clone())
            }
        };
        targets.push((gate.clone(), node));
    }
    for gate in own_gates(&unit.desired) {
        for repo in org.into_iter().flat_map(|org| &org.repos) {
            targets.push((gate.clone(), Some(repo.repository.node_id.clone())));
        }
    }
    targets
}

/// The keys of the settings that the gates of these units name.
pub(super) fn gate_keys(units: &[Unit]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    // Most repositories share what is desired of them.
    let mut seen: BTreeSet<*const Desired> = BTreeSet::new();
    for unit in units.iter().filter(|unit| seen.insert(Arc::as_ptr(&unit.desired))) {
        let required = unit.desired.fields.values().flat_map(|leaf| leaf.requires.iter().cloned());
        for gate in required.chain(own_gates(&unit.desired)) {
            keys.extend(gate.setting.split('.').next().map(str::to_owned));
        }
    }
    keys
}

/// The gates in fields that end in `_requires`.
fn own_gates(desired: &Desired) -> Vec<Gate> {
    let fields = desired.fields.iter().filter(|(path, _)| path.ends_with("_requires"));
    fields
        .filter_map(|(_, leaf)| leaf.value.as_array())
        .flatten()
        .filter_map(|gate| Gate::parse(gate.as_str()?))
        .collect()
}
