//! The planner: matches, judges in rounds until every question is answered, then says what holds.
//!
//! It does no I/O. A round that lacks answers says which; whoever drives it reads them and calls again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    alike::Alike,
    document::Change,
    filters::Filters,
    gates::{GateKeeper, GateTable},
    judged::{Judged, Target},
    limits::deferred,
    pulls::{self, IS_EMPTY, PullState},
    spent::Answers,
    units::{CandidateKey, Unit, gate_keys, units},
};
use crate::{
    diagnostics::Diagnostic,
    model::{NodeId, Oid, Org, Reading},
    policy::{Candidate, MatchReads, OrgCandidate, Policy, Resolution},
    settings::{
        Context, Difference, Gates, Indexes, Judgement, Memo, Need, Notes, Observed, OrgObserved, Outcome, Pending,
        Phase, ReadKey, RepoObserved, Write,
    },
};

/// What the planner has still to know.
pub type Missing = BTreeSet<ReadKey>;

/// Rounds of questions that settle nothing before it is given up; settings need four at most.
const MOST_ROUNDS: usize = 12;

/// Repositories whose first questions are asked in one round.
const ADMITTED: usize = 1_000;

/// Plans one policy against one observation.
pub struct Planner<'a> {
    pub(super) policy: &'a Policy,
    pub(super) filters: &'a Filters,
    pub(super) resolution: Resolution,
    matched: usize,
    pub(super) candidates: Vec<CandidateKey>,
    pub(super) units: Vec<Unit>,
    /// The targets of units that are gone.
    judged_targets: Vec<Arc<Target>>,
    /// The units before this one need no more looking at: judged, and their repositories' branches known.
    pub(super) settled: usize,
    /// The units before this one are being judged; those of further repositories follow round by round.
    pub(super) admitted: usize,
    /// The units before this one bring no file, or their repositories' branches are known.
    pub(super) brought: usize,
    /// Questions whose answers come later than those of their round.
    on_the_way: Missing,
    pub(super) pulls: BTreeMap<(Org, NodeId), PullState>,
    /// The repositories without a commit into which files would be brought.
    pub(super) empty: BTreeSet<NodeId>,
    /// Which answers are still needed.
    pub(super) answers: Answers,
    alike: Alike,
    indexes: Indexes,
    /// How far the last round came, and how many have come no further since.
    judged: usize,
    idle: usize,
    /// Whether it plans an undo: then waivers hold nothing back, and nothing of the policy is told.
    pub(super) undoes: bool,
}

/// What came of matching.
pub enum Matched<'a> {
    /// Matching itself needs to know more (`has_file`, `empty`).
    Missing(Missing),
    /// Rules contradict each other where the repositories show it; nothing else is read.
    Conflicts(Vec<Diagnostic>),
    /// Ready to judge.
    Ready(Box<Planner<'a>>),
}

impl<'a> Planner<'a> {
    /// Matches the policy with the repositories that were listed.
    #[must_use]
    pub fn prepare(policy: &'a Policy, filters: &'a Filters, observed: &Observed) -> Matched<'a> {
        let notes = Notes::default();
        let seen: Vec<(&Org, &OrgObserved, &RepoObserved)> = listed(policy, observed)
            .flat_map(|(org, seen)| seen.repos.iter().map(move |repo| (org, seen, repo)))
            .collect();
        let reads = policy.match_reads();
        let candidates: Vec<Candidate<'_>> =
            seen.iter().map(|(org, seen, repo)| candidate(&reads, observed, org, seen, repo, &notes)).collect();
        let missing = notes.missing.into_inner();
        if !missing.is_empty() {
            return Matched::Missing(missing);
        }
        let orgs: Vec<OrgCandidate<'_>> = listed(policy, observed).map(|(org, _)| OrgCandidate { org }).collect();
        let mut resolution = policy.resolve(&orgs, &candidates, observed.as_of);
        resolution.conflicts.extend(super::conflicts::found(&resolution, &candidates));
        if !resolution.conflicts.is_empty() {
            return Matched::Conflicts(resolution.conflicts);
        }
        let keys: Vec<CandidateKey> = seen
            .iter()
            .map(|(org, _, repo)| CandidateKey {
                org: (*org).clone(),
                name: repo.repository.name.clone(),
                node: repo.repository.node_id.clone(),
            })
            .collect();
        let matched = resolution.repos.len();
        let units = units(&mut resolution, &keys, filters, observed);
        let answers = Answers::of(&units);
        Matched::Ready(Box::new(Self {
            answers,
            empty: BTreeSet::new(),
            policy,
            filters,
            resolution,
            matched,
            candidates: keys,
            units,
            settled: 0,
            admitted: 0,
            brought: 0,
            on_the_way: Missing::new(),
            pulls: BTreeMap::new(),
            alike: Alike::default(),
            indexes: Indexes::default(),
            judged_targets: Vec::new(),
            judged: 0,
            idle: 0,
            undoes: false,
        }))
    }

    /// A planner without any rule, for an undo. A limit that is a share counts all active repositories that were listed.
    pub(super) fn without_rules(policy: &'a Policy, filters: &'a Filters, observed: &Observed) -> Self {
        let repos = listed(policy, observed).flat_map(|(_, seen)| &seen.repos);
        Self {
            policy,
            filters,
            resolution: Resolution::default(),
            matched: repos.filter(|repo| !repo.repository.archived).count(),
            candidates: Vec::new(),
            units: Vec::new(),
            answers: Answers::default(),
            empty: BTreeSet::new(),
            settled: 0,
            admitted: 0,
            brought: 0,
            on_the_way: Missing::new(),
            pulls: BTreeMap::new(),
            alike: Alike::default(),
            indexes: Indexes::default(),
            judged_targets: Vec::new(),
            judged: 0,
            idle: 0,
            undoes: true,
        }
    }

    /// Judges what can be judged, and says what is to be read next; call again once it has been. None: all is judged, or rounds
    /// bring nothing any more. Nothing in it: only what is on its way is lacking.
    pub fn next_questions(&mut self, observed: &Observed) -> Option<Missing> {
        self.take_arrived(observed);
        let mut missing = self.judge(observed);
        missing.retain(|key| !self.on_the_way.contains(key));
        let progress = self.progress();
        let waits = !self.on_the_way.is_empty();
        self.idle = if progress > self.judged || waits { 0 } else { self.idle + 1 };
        self.judged = progress;
        let is_done = missing.is_empty() && !waits && self.admitted == self.units.len();
        (!is_done && self.idle <= MOST_ROUNDS).then_some(missing)
    }

    /// The answers to these questions will be there in a later round: they are not asked again, and what lacks nothing else waits
    /// for them. The others go on.
    pub fn comes_later(&mut self, keys: Missing) {
        self.on_the_way.extend(keys);
    }

    /// Looks at what waits again, once something has come.
    fn take_arrived(&mut self, observed: &Observed) {
        let before = self.on_the_way.len();
        self.on_the_way.retain(|key| !observed.has(key));
        if self.on_the_way.len() < before {
            // All of them: what is judged late may stand before the settled ones.
            self.units.iter_mut().for_each(|unit| unit.waits = false);
        }
    }

    /// One round: judges what can be judged of the repositories taken in so far, and of a thousand more as long as nothing is
    /// missing, and says what is. `next_questions` knows when all is judged.
    pub fn judge(&mut self, observed: &Observed) -> Missing {
        let notes = Notes::default();
        let memo = self.indexes.memo(observed);
        self.ask_names(observed, &notes);
        if self.answers.prunes {
            super::prune::expand(&mut self.units, self.filters, (observed, &notes, &memo), &self.on_the_way);
        }
        loop {
            self.judge_more(observed, &notes, &memo);
            // While no answer is waited for, what was computed from those that are there serves the next ones too.
            if self.admitted == self.units.len() || !notes.missing.borrow().is_empty() {
                self.answers.lend(notes.lent.into_inner());
                return notes.missing.into_inner();
            }
        }
    }

    fn judge_more(&mut self, observed: &Observed, notes: &Notes, memo: &Memo) {
        self.admit();
        let seen = Seen { observed, notes, memo, on_the_way: &self.on_the_way };
        for unit in self.units.get_mut(self.settled..self.admitted).into_iter().flatten() {
            if is_open(unit) && !unit.setting.meta().late {
                judge_unit(unit, &seen, None, &mut self.alike);
            }
        }
        if self.units.iter().skip(self.settled).all(|unit| unit.judgements.is_some() || unit.setting.meta().late) {
            let table = self.gate_table();
            let keeper = GateKeeper { table: &table, observed };
            for unit in self.units.iter_mut().filter(|unit| is_open(unit)) {
                judge_unit(unit, &seen, Some(&keeper), &mut self.alike);
            }
        }
        let unsettled = self.ask_pulls(observed, notes, memo);
        let done = |unit: &Unit| {
            (unit.judgements.is_some() || unit.setting.meta().late) && !unsettled.contains(unit.target.as_ref())
        };
        // What waits for a long list holds no branch up.
        let brings = |unit: &&Unit| unit.setting.meta().phase == Phase::Content && !done(unit);
        let more = self.units.iter().take(self.admitted).skip(self.brought).take_while(|unit| !brings(unit)).count();
        self.brought += more;
        let more = self.units.iter().take(self.admitted).skip(self.settled).take_while(|unit| done(unit)).count();
        self.settled += more;
    }

    /// How many units have been judged: a round after which it has not grown brought no answer that mattered.
    fn progress(&self) -> usize {
        let judged = self.units.iter().take(self.admitted).skip(self.settled).filter(|unit| unit.judgements.is_some());
        self.admitted + judged.count() + self.settled
    }

    /// Takes the units of the next repositories in. The questions of all repositories at once would need more memory than all
    /// answers; those of a thousand are enough to fill every call.
    fn admit(&mut self) {
        // An undo begins with as many as the journal has lines.
        let most = if self.undoes { usize::MAX } else { ADMITTED };
        let mut repositories = 0;
        let mut last: Option<&Arc<Target>> = None;
        let mut admitted = self.admitted;
        for unit in self.units.iter().skip(self.admitted) {
            if unit.target.repo.is_some() && last.is_none_or(|last| !Arc::ptr_eq(last, &unit.target)) {
                repositories += 1;
                last = Some(&unit.target);
            }
            if repositories > most {
                break;
            }
            admitted += 1;
        }
        self.admitted = admitted;
    }

    /// The names that rules give exactly and that are not in the lists: where do they lead?
    fn ask_names(&self, observed: &Observed, notes: &Notes) {
        if !self.filters.tells_the_whole() {
            return;
        }
        for (repo, _) in &self.resolution.exact_names_missing {
            if let Some(org) = observed.orgs.get(&repo.org)
                && !org.names.contains_key(&repo.name)
            {
                notes.missing.borrow_mut().insert(ReadKey::Name(repo.org.clone(), repo.name.clone()));
            }
        }
    }

    /// Repositories into which files may be brought: asks in bulk for our branch, and reads it where files differ.
    /// Returns the repositories of which something is still to be read.
    fn ask_pulls(&mut self, observed: &Observed, notes: &Notes, memo: &Memo) -> BTreeSet<Target> {
        let mut repos: BTreeMap<(Org, NodeId), Option<BTreeSet<Oid>>> = BTreeMap::new();
        for unit in self
            .units
            .iter()
            .take(self.admitted)
            .skip(self.brought)
            .filter(|unit| unit.wanted && unit.setting.meta().phase == Phase::Content)
        {
            if let Some(node) = unit.target.node() {
                let replaced = repos.entry((unit.target.org.clone(), node.clone())).or_default();
                for difference in file_differences(unit) {
                    replaced.get_or_insert_default().extend(super::verdict::replaced(difference));
                }
            }
        }
        let mut unsettled = BTreeSet::new();
        for ((org, node), replaced) in repos {
            let Some(seen) = observed.orgs.get(&org) else { continue };
            let Some(repo) = seen.repo(&node) else { continue };
            let before = notes.missing.borrow().len();
            let cx = Context { observed, org: &org, org_observed: seen, subject: Some(repo), notes, memo, gates: None };
            pulls::ask(&cx);
            // What is overwritten is shown, so its text is wanted too.
            for oid in replaced.iter().flatten() {
                let _ = cx.blob(oid);
            }
            // In an archived repository nothing is closed.
            let matters = replaced.is_some() || (pulls::may_be_open(&cx) && !repo.repository.archived);
            let state = if matters { pulls::state(&cx).ok() } else { None };
            if replaced.is_some() && pulls::is_empty(&cx) {
                self.empty.insert(node.clone());
            }
            if notes.missing.borrow().len() > before {
                unsettled.insert(Target { org: org.clone(), repo: Some((repo.repository.name.clone(), node.clone())) });
            }
            if let Some(state) = state {
                self.pulls.insert((org, node), state);
            }
        }
        unsettled
    }

    /// What was found of the settings that gates name. There are many repositories and few gates: the others are not noted.
    #[must_use]
    pub fn gate_table(&self) -> GateTable {
        let keys = gate_keys(&self.units);
        let mut table = GateTable::default();
        for unit in self.units.iter().filter(|unit| keys.contains(unit.desired.key)) {
            for judgement in unit.judgements().filter(|judgement| judgement.repo.is_none()) {
                let setting = judgement.setting(&unit.desired);
                table.note(&unit.target.org, unit.target.node(), setting, &judgement.outcome);
            }
        }
        table
    }

    /// The state of our branch in a repository, where it was read.
    #[must_use]
    pub fn pull(&self, org: &Org, node: &NodeId) -> Option<&PullState> {
        self.pulls.get(&(org.clone(), node.clone()))
    }

    /// The ids of changes by pull request beyond the number that one apply opens.
    #[must_use]
    pub fn deferred(&self, changes: &[Change], most: u64) -> Vec<String> {
        deferred(changes, most, |change| self.is_open(change))
    }

    /// Whether a pull request of ours is open in the repository of a change.
    pub(super) fn is_open(&self, change: &Change) -> bool {
        let org = Org::new(change.org.clone()).ok();
        let state = org.zip(change.node_id.as_ref()).and_then(|(org, id)| self.pull(&org, id));
        matches!(state, Some(PullState::Ours { open: Some(_), .. }))
    }

    /// How many repositories rules match, without filters.
    #[must_use]
    pub fn matched(&self) -> usize {
        self.matched
    }

    /// The targets of all settings that are judged, one for each setting.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        let of_units = self.units.iter().map(|unit| &unit.target);
        self.judged_targets.iter().chain(of_units).map(AsRef::as_ref)
    }

    /// Lets go of what was judged, where only a plan is still to be made of the verdicts.
    pub fn close(&mut self) {
        let mut targets: Vec<Arc<Target>> = Vec::new();
        for unit in std::mem::take(&mut self.units) {
            if targets.last().is_none_or(|last| !Arc::ptr_eq(last, &unit.target)) {
                targets.push(unit.target);
            }
        }
        self.judged_targets = targets;
        (self.alike, self.indexes) = (Alike::default(), Indexes::default());
        (self.settled, self.admitted, self.brought) = (0, 0, 0);
    }
}

/// The organisations of the policy that were listed.
fn listed<'o>(policy: &Policy, observed: &'o Observed) -> impl Iterator<Item = (&'o Org, &'o OrgObserved)> {
    let wanted: BTreeSet<Org> = policy.config.orgs.iter().cloned().collect();
    observed.orgs.iter().filter(move |(org, seen)| seen.error.is_none() && wanted.contains(*org))
}

fn candidate<'o>(
    reads: &MatchReads,
    observed: &'o Observed,
    org: &'o Org,
    seen: &'o OrgObserved,
    repo: &'o RepoObserved,
    notes: &Notes,
) -> Candidate<'o> {
    let memo = Memo::default();
    let cx = Context { observed, org, org_observed: seen, subject: Some(repo), notes, memo: &memo, gates: None };
    let later = || Reading::unknown("it has not been read yet");
    let empty = if reads.empty {
        let answer = cx.graphql(IS_EMPTY).map(|reading| reading.map(|value| value.as_bool().unwrap_or_default()));
        answer.unwrap_or_else(|Pending| later())
    } else {
        later()
    };
    let files =
        reads.files.iter().map(|path| (path.clone(), has_file(&cx, path).unwrap_or_else(|Pending| later()))).collect();
    Candidate { org, repo: &repo.repository, empty, files }
}

fn has_file(cx: &Context<'_>, path: &str) -> Result<Reading<bool>, Pending> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let tree = cx.tree(folder)?;
    Ok(tree.map(|entries| entries.is_some_and(|entries| entries.iter().any(|entry| entry.name == name))))
}

/// What the units of one round are judged by.
struct Seen<'s> {
    observed: &'s Observed,
    notes: &'s Notes,
    memo: &'s Memo,
    on_the_way: &'s Missing,
}

/// Whether a unit is still to be judged, and not only when something has come.
const fn is_open(unit: &Unit) -> bool {
    unit.judgements.is_none() && unit.listed.is_none() && !unit.waits
}

fn judge_unit(unit: &mut Unit, seen: &Seen<'_>, gates: Option<&dyn Gates>, alike: &mut Alike) {
    let own = Notes::default();
    if let Some(Ok((judgements, needs))) = judged(unit, seen.observed, &own, seen.memo, gates) {
        (unit.judgements, unit.needs) = (Some(alike.shared(unit.desired.key, judgements)), needs);
    }
    unit.waits = own.handed_on(seen.notes, seen.on_the_way);
}

/// What a setting says, part by part, and what GitHub wants on first for each, where that is anything.
pub(super) type Said = (Vec<Judgement>, Option<Box<[Vec<Need>]>>);

/// What a setting says of its target; none where the organisation was not observed.
pub(super) fn judged(
    unit: &Unit,
    observed: &Observed,
    notes: &Notes,
    memo: &Memo,
    gates: Option<&dyn Gates>,
) -> Option<Result<Said, Pending>> {
    let seen = observed.orgs.get(&unit.target.org)?;
    let subject = unit.target.node().and_then(|id| seen.repo(id));
    let org = &unit.target.org;
    let cx = Context { observed, org, org_observed: seen, subject, notes, memo, gates };
    Some(unit.setting.judge(&unit.desired, &cx).and_then(|judgements| {
        let parts = judgements.iter().map(|one| match one.outcome {
            Outcome::Differs(_) => unit.setting.needs(one.part, &unit.desired, &cx),
            _ => Ok(Vec::new()),
        });
        let needs = parts.collect::<Result<Vec<_>, _>>()?;
        // Most settings need nothing, and a plan holds very many of them.
        let needs = needs.iter().any(|needs| !needs.is_empty()).then(|| needs.into_boxed_slice());
        Ok((judgements, needs))
    }))
}

/// The differences of a unit that write files.
fn file_differences(unit: &Unit) -> impl Iterator<Item = &Difference> {
    unit.judgements().filter_map(|judgement| match &judgement.outcome {
        Outcome::Differs(difference) => {
            difference.writes.iter().any(|write| matches!(write, Write::File(_))).then_some(&**difference)
        }
        _ => None,
    })
}

/// Judges one setting of one target alone, for reading before and after a write.
///
/// # Errors
/// `Pending` where answers are missing; `notes` says which.
pub fn judge_alone(
    judged: &Judged,
    observed: &Observed,
    notes: &Notes,
    gates: Option<&dyn Gates>,
) -> Result<Vec<Judgement>, Pending> {
    let memo = Memo::default();
    let seen = observed.orgs.get(&judged.target.org).ok_or(Pending)?;
    let subject = judged.target.node().and_then(|id| seen.repo(id));
    let scope = judged.meta.shape.scope;
    let setting = crate::settings::find(scope, judged.desired.key).ok_or(Pending)?;
    let cx = Context { observed, org: &judged.target.org, org_observed: seen, subject, notes, memo: &memo, gates };
    setting.judge(&Arc::clone(&judged.desired), &cx)
}
