//! From what settings say to verdicts: waivers, mode, gates, what cannot be written, what is on its way.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    WaiverQuote,
    gates::GateKeeper,
    judged::{Judged, Target, Texts, is_audit, leaves},
    planner::Planner,
    pulls::{self, PullState},
    units::Unit,
};
use crate::{
    model::{Delivery, Gate, GateScope, NodeId, Oid, Org, RepoName, Repository, Verdict},
    settings::{Blob, Difference, FileWrite, GateState, Gates, Judgement, Observed, Outcome, Phase, Write},
};

/// What verdicts are made from, beside the judgements.
pub(super) struct Seen<'o> {
    /// What was observed.
    pub(super) observed: &'o Observed,
    /// The archived repositories that this very plan unarchives, before anything else in them is changed.
    pub(super) unlocked: BTreeSet<NodeId>,
}

impl<'o> Seen<'o> {
    /// What was observed, and which repositories changes of the plan unlock.
    pub(super) fn new(planner: &Planner<'_>, observed: &'o Observed, keeper: &GateKeeper<'_>) -> Self {
        let mut seen = Self { observed, unlocked: BTreeSet::new() };
        let unlocks = |unit: &Unit, judgement: &Judgement| match &judgement.outcome {
            Outcome::Differs(difference) => unit.setting.phase(difference) == Phase::Unlock,
            _ => false,
        };
        let mut unlocked = BTreeSet::new();
        for unit in planner.units.iter().filter(|unit| unit.wanted) {
            for judgement in unit.judgements().filter(|judgement| unlocks(unit, judgement)) {
                let judged = judged(planner, unit, judgement, &seen, keeper);
                unlocked.extend(judged.target.node().filter(|_| judged.verdict == Verdict::Change).cloned());
            }
        }
        seen.unlocked = unlocked;
        seen
    }
}

/// The verdict of one judgement, files and pull requests apart.
pub(super) fn judged(
    planner: &Planner<'_>,
    unit: &Unit,
    judgement: &Arc<Judgement>,
    seen: &Seen<'_>,
    keeper: &GateKeeper<'_>,
) -> Judged {
    let observed = seen.observed;
    let target = match &judgement.repo {
        Some(repo) => Arc::new(Target { org: unit.target.org.clone(), repo: Some(repo.clone()) }),
        None => Arc::clone(&unit.target),
    };
    let gates = gate_states(unit, judgement, keeper);
    let mut judged = Judged {
        org_node: if target.repo.is_none() { org_node(observed, &target.org) } else { None },
        target,
        desired: Arc::clone(&unit.desired),
        judgement: Arc::clone(judgement),
        meta: unit.setting.meta(),
        verdict: Verdict::Compliant,
        message: String::new(),
        closed: closed(&gates),
        gates,
        waiver: None,
        waived_by: None,
        audit: is_audit(&leaves(&unit.desired, &judgement.leaf)),
        needs: Vec::new(),
        waits: false,
        stands_in: false,
        texts: None,
        closes: None,
    };
    let repository = judged.target.node().and_then(|id| observed.orgs.get(&judged.target.org)?.repo(id));
    let (verdict, message) = match settled(&judgement.outcome) {
        Some(settled) => settled,
        None => {
            let waiver = if planner.undoes { None } else { waiver(planner, &judged, observed) };
            (judged.waived_by, judged.waiver) = waiver.unzip();
            differing(&judged, repository.map(|repo| &repo.repository), &seen.unlocked)
        }
    };
    judged.verdict = verdict;
    judged.message = message;
    judged
}

/// Verdicts for which nothing differs.
fn settled(outcome: &Outcome) -> Option<(Verdict, String)> {
    match outcome {
        Outcome::NotApplicable(why) => Some((Verdict::NotApplicable, why.clone())),
        Outcome::Unknown { reason, .. } => Some((Verdict::Unknown, reason.clone())),
        Outcome::Compliant { .. } => Some((Verdict::Compliant, String::new())),
        Outcome::Violation { .. } | Outcome::Blocked { .. } | Outcome::Differs(_) => None,
    }
}

/// The verdict of a difference: the first that holds.
fn differing(judged: &Judged, repository: Option<&Repository>, unlocked: &BTreeSet<NodeId>) -> (Verdict, String) {
    if let Some(waiver) = &judged.waiver {
        let until = waiver.expires.as_ref().map_or_else(|| "for good".to_owned(), |day| format!("until {day}"));
        return (Verdict::Waived, format!("waived {until}: {}", waiver.reason));
    }
    if let Outcome::Violation { message, .. } = &judged.judgement.outcome {
        return (Verdict::Violation, message.clone());
    }
    if judged.audit {
        return (Verdict::Violation, "it differs, and the policy only audits it (mode = \"audit\")".to_owned());
    }
    if let Some(why) = repository.and_then(|repository| unwritable(judged, repository, unlocked)) {
        return (Verdict::Violation, why);
    }
    if !judged.closed.is_empty() {
        let whys: Vec<&str> = judged.closed.iter().map(|(_, why)| why.as_str()).collect();
        return (Verdict::Blocked, whys.join("; "));
    }
    (Verdict::Change, String::new())
}

/// Why GitHub would take no write there.
fn unwritable(judged: &Judged, repository: &Repository, unlocked: &BTreeSet<NodeId>) -> Option<String> {
    if repository.archived && judged.phase() != Phase::Unlock && !unlocked.contains(&repository.node_id) {
        return Some(
            "the repository is archived, and so read-only; unarchive it, or leave it out of the rule".to_owned(),
        );
    }
    repository.disabled.then(|| "GitHub has disabled the repository".to_owned())
}

fn gate_states(unit: &Unit, judgement: &Judgement, keeper: &GateKeeper<'_>) -> Vec<(Gate, GateState)> {
    let required: BTreeSet<&Gate> =
        leaves(&unit.desired, &judgement.leaf).into_iter().flat_map(|leaf| &leaf.requires).collect();
    let node = unit.target.node();
    let mut states: Vec<(Gate, GateState)> =
        required.into_iter().map(|gate| (gate.clone(), keeper.state(&unit.target.org, node, gate))).collect();
    if let Outcome::Blocked { gates, .. } = &judgement.outcome {
        states.extend(gates.iter().cloned());
    }
    states
}

fn closed(gates: &[(Gate, GateState)]) -> Vec<(Gate, String)> {
    gates
        .iter()
        .filter_map(|(gate, state)| match state {
            GateState::Closed(why) => Some((gate.clone(), why.clone())),
            GateState::Holds => None,
        })
        .collect()
}

pub(super) fn org_node(observed: &Observed, org: &Org) -> Option<NodeId> {
    let about = observed.orgs.get(org)?.rest.get("")?.value()?.as_ref()?;
    about.get("node_id").and_then(serde_json::Value::as_str).map(|id| NodeId(id.into()))
}

fn waiver(planner: &Planner<'_>, judged: &Judged, observed: &Observed) -> Option<(usize, Box<WaiverQuote>)> {
    let repo: Option<&RepoName> = judged.target.repo.as_ref().map(|(name, _)| name);
    let (at, waiver) = planner.policy.waiver(&judged.target.org, repo, &judged.setting(), observed.as_of)?;
    let quote = WaiverQuote {
        reason: waiver.reason.clone(),
        link: waiver.link.clone(),
        owner: waiver.owner.clone(),
        expires: waiver.expires.map(|day| day.to_string()),
        source: waiver.source.clone(),
    };
    Some((at, Box::new(quote)))
}

/// Settles changes that go by files: which cannot be, which are on their way.
pub(super) fn settle_files(planner: &Planner<'_>, all: &mut [Judged]) {
    let mut repos: BTreeMap<(Org, NodeId), Vec<usize>> = BTreeMap::new();
    for (at, judged) in all.iter().enumerate() {
        if judged.verdict == Verdict::Change
            && judged.files().next().is_some()
            && let Some(node) = judged.target.node()
        {
            repos.entry((judged.target.org.clone(), node.clone())).or_default().push(at);
        }
    }
    for ((org, node), at) in repos {
        if planner.empty.contains(&node) {
            set(
                all,
                &at,
                Verdict::Violation,
                "the repository has no commit yet; files can be brought only into one that has",
            );
            continue;
        }
        settle_pull(planner, all, &at, planner.pull(&org, &node));
    }
}

/// The longest text that a plan quotes, in bytes.
const LONGEST_QUOTE: usize = 64 * 1024;

/// Quotes the texts of files that changes write, so that a plan shows what is written and not only its object name.
pub(super) fn quote_texts(all: &mut [Judged], observed: &Observed) {
    for judged in all.iter_mut().filter(|judged| judged.verdict == Verdict::Change) {
        let Some(file) = judged.files().next() else { continue };
        let new = file.content.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::to_owned);
        let old = judged.difference().and_then(replaced).and_then(|oid| {
            let blob = observed.orgs.get(&judged.target.org)?.blobs.get(&oid)?;
            match blob.value()? {
                Blob::Text(text) => Some(text.clone()),
                Blob::TooLarge(_) | Blob::Binary(_) => None,
            }
        });
        let short = |text: Option<String>| text.filter(|text| text.len() <= LONGEST_QUOTE);
        judged.texts = Some(Box::new(Texts { before: short(old), after: short(new) }));
    }
}

/// The object name of the file that a change replaces or removes.
pub(super) fn replaced(difference: &Difference) -> Option<Oid> {
    difference.before.get("oid")?.as_str().map(|oid| Oid(oid.into()))
}

fn settle_pull(planner: &Planner<'_>, all: &mut [Judged], at: &[usize], state: Option<&PullState>) {
    let by_pull: Vec<usize> = at.iter().copied().filter(|at| all[*at].delivery() == Delivery::PullRequest).collect();
    if by_pull.is_empty() {
        return;
    }
    match state {
        Some(PullState::Foreign(why)) => {
            set(
                all,
                &by_pull,
                Verdict::Violation,
                &format!("{why}; it is never touched: rename or remove it, then apply again"),
            );
        }
        Some(PullState::Unknown(Outcome::Unknown { reason, permission })) => {
            let reason = format!("whether a pull request is open could not be read: {reason}");
            set(all, &by_pull, Verdict::Unknown, &reason);
            for at in by_pull {
                let outcome = Outcome::Unknown { reason: reason.clone(), permission: permission.clone() };
                Arc::make_mut(&mut all[at].judgement).outcome = outcome;
            }
        }
        Some(PullState::Ours { open: Some(open), files, .. }) => {
            let planned = planned_files(all, &by_pull);
            if pulls::holds(files, &planned, !planner.filters.settings.is_empty()) {
                set(all, &by_pull, Verdict::Pending, &format!("pull request {} is open: merge it", open.url));
            }
        }
        Some(PullState::Ours { open: None, .. } | PullState::None | PullState::Unknown(_)) | None => {}
    }
}

/// The files of these changes, each path once.
pub(super) fn planned_files(all: &[Judged], at: &[usize]) -> Vec<FileWrite> {
    let mut files: BTreeMap<String, FileWrite> = BTreeMap::new();
    for file in at.iter().filter_map(|at| all.get(*at)).flat_map(Judged::files) {
        files.insert(file.path.clone(), file.clone());
    }
    files.into_values().collect()
}

fn set(all: &mut [Judged], at: &[usize], verdict: Verdict, message: &str) {
    for at in at {
        if let Some(judged) = all.get_mut(*at) {
            judged.verdict = verdict;
            judged.message = message.to_owned();
        }
    }
}

/// A change that needs the id of something that no change of this plan makes waits for it.
pub(super) fn settle_unmade(all: &mut [Judged]) {
    let made: BTreeSet<(Org, String)> = all
        .iter()
        .filter(|judged| judged.verdict == Verdict::Change)
        .flat_map(|judged| {
            rest_writes(judged).filter_map(|write| write.keeps_id.clone().map(|key| (judged.target.org.clone(), key)))
        })
        .collect();
    for judged in all.iter_mut().filter(|judged| judged.verdict == Verdict::Change) {
        let needs = rest_writes(judged).find_map(|write| needed_id(&write.path).map(str::to_owned));
        if let Some(key) = needs.filter(|key| !made.contains(&(judged.target.org.clone(), key.clone()))) {
            judged.verdict = Verdict::Blocked;
            judged.message = format!("{key} does not exist yet, and this plan does not make it");
            let gate = Gate { scope: GateScope::Same, setting: key };
            judged.closed.push((gate, judged.message.clone()));
        }
    }
}

fn rest_writes(judged: &Judged) -> impl Iterator<Item = &crate::settings::RestWrite> {
    judged.difference().into_iter().flat_map(|difference| &difference.writes).filter_map(|write| match write {
        Write::Rest(write) => Some(write),
        Write::Graphql(_) | Write::File(_) => None,
    })
}

/// The key of `{id:KEY}` in a path.
#[must_use]
pub fn needed_id(path: &str) -> Option<&str> {
    path.split_once("{id:")?.1.split_once('}').map(|(key, _)| key)
}

/// A change of a repository that a planned write to its organisation brings along is not written by itself.
pub(super) fn settle_moves(all: &mut [Judged]) {
    let mut moved: BTreeMap<(NodeId, String), serde_json::Value> = BTreeMap::new();
    for judged in all.iter().filter(|judged| judged.verdict == Verdict::Change) {
        for one in judged.difference().into_iter().flat_map(|difference| &difference.moves) {
            moved.insert((one.node_id.clone(), one.setting.clone()), one.after.clone());
        }
    }
    for judged in all.iter_mut().filter(|judged| judged.verdict == Verdict::Change) {
        let Some(node) = judged.target.node().cloned() else { continue };
        let after = judged.difference().map(|difference| difference.after.clone());
        if judged.target.repo.is_some() && after.is_some() && moved.get(&(node, judged.setting())) == after.as_ref() {
            judged.stands_in = true;
        }
    }
}
