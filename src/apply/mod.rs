//! Plan → writes: in GitHub's order, each read once more before it is written and read back after it.
//!
//! Organisations come before their repositories; repositories are independent of each other, and within one a failure stops
//! only what stands on it. Calls of one target to the same endpoint are one request. Files go by one pull request for each
//! repository, or by a commit guarded by the branch's head. A write whose answer was lost is settled by reading.

mod api;
mod closing;
mod commit;
mod fresh;
mod gathered;
mod identity;
mod journal;
mod order;
mod pull_request;
mod stop;
mod taken;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, RwLock},
};

use futures::{StreamExt, stream};
use tokio::time::Instant;

use crate::{
    github::Spent,
    model::{Action, Delivery, Org},
    observe::Observer,
    plan::{
        Applied, ChangeOutcome, ChangeResult, Cost, GateTable, Judged, OpenPull, Plan, Planner, Target, allow_flag,
    },
    settings::{Observed, Phase, ReadKey},
};

pub use journal::{Entry, FORMAT as JOURNAL_FORMAT, Intent, Journal, read as read_journal};
pub use stop::Stop;
pub use taken::{Journaled, taken};

/// Targets written side by side. The client's gate paces the calls; so many are needed to use what GitHub's limits allow
/// where an answer takes half a second: 870 points a minute are some 125 changes, each of three or four calls.
const SIDE_BY_SIDE: usize = 8;

/// Told after each outcome, for a progress bar.
pub type Progress<'a> = &'a (dyn Fn(&ChangeOutcome) + Sync);

/// How an apply is to go.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only the first so many repositories, in their fixed order.
    pub first: Option<usize>,
    /// Whether changes of the same targets were left out of the plan, so that a pull request's other files are left alone.
    pub partial: bool,
    /// The ids of changes that are made though they are restricted.
    pub allow: BTreeSet<String>,
    /// Whether it is an undo: what was done last is taken back first, repositories before their organisation, and no pull
    /// request but those of the plan is closed.
    pub backwards: bool,
}

/// One apply.
pub(crate) struct Run<'a> {
    pub(crate) observer: &'a Observer,
    pub(crate) observed: RwLock<Observed>,
    pub(crate) gates: GateTable,
    /// Ids that calls of this run kept: (organisation, key) → id.
    pub(crate) ids: Mutex<BTreeMap<(Org, String), String>>,
    /// Whether only some settings were judged, so that a pull request's other files are left alone.
    pub(crate) partial: bool,
    pub(crate) backwards: bool,
    /// The ids of what this run made.
    made: Mutex<BTreeSet<String>>,
    /// When answers that many targets rest on were asked for.
    recent: Mutex<BTreeMap<ReadKey, Instant>>,
    progress: Progress<'a>,
    journal: &'a Journal,
    stop: &'a Stop,
}

/// What is to be applied, by whom, and how.
pub struct Job<'a> {
    /// Reads, and carries the client that writes.
    pub observer: &'a Observer,
    /// The planner that made the plan: for gates.
    pub planner: &'a Planner<'a>,
    /// The plan.
    pub plan: &'a Plan,
    /// The verdicts that the plan was made from.
    pub judged: &'a [Judged],
    /// The observation that they were judged from.
    pub observed: Observed,
    /// The pull requests of ours to be closed, since nothing differs any more that they are for.
    pub unneeded: Vec<(Target, OpenPull)>,
    /// How it is to go.
    pub options: Options,
    /// Told after each outcome.
    pub progress: Progress<'a>,
    /// Where each write is noted before and after it.
    pub journal: &'a Journal,
    /// Asked from outside to stop: what is in flight is finished, the rest is left to the next apply.
    pub stop: &'a Stop,
}

/// Makes the changes of a plan.
pub async fn apply(job: Job<'_>) -> Applied {
    let Job { observer, planner, plan, judged, observed, unneeded, options, progress, journal, stop } = job;
    let started = std::time::Instant::now();
    observer.client().keep_no_more();
    let before = observer.client().limits().spent();
    let run = Run {
        observer,
        observed: RwLock::new(observed),
        gates: planner.gate_table(),
        ids: Mutex::new(BTreeMap::new()),
        partial: options.partial || !plan.scope.setting.is_empty(),
        backwards: options.backwards,
        made: Mutex::default(),
        recent: Mutex::default(),
        progress,
        journal,
        stop,
    };
    let (now, later) = split(plan, judged, &options);
    // First: a repository that is archived takes no more.
    let closing::Closings { closed, not_closed } = run.close_unneeded(unneeded).await;
    let mut outcomes = run.targets(now).await;
    outcomes.extend(later);
    let place: BTreeMap<&str, usize> = plan.changes.iter().enumerate().map(|(at, c)| (c.id.as_str(), at)).collect();
    outcomes.sort_by_key(|outcome| place.get(outcome.change.id.as_str()).copied());
    let spent = observer.client().limits().spent();
    let applied = Applied {
        outcomes,
        closed,
        not_closed,
        cost: cost(spent - before),
        milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    // The writes are done and told; a disk that fails now loses only the last line.
    let _ = journal.end(!applied.incomplete());
    applied
}

/// What was spent, as documents say it.
#[must_use]
pub const fn cost(spent: Spent) -> Cost {
    let Spent { requests, graphql_requests, rest_points, graphql_points, not_modified } = spent;
    Cost { requests, graphql_requests, rest_points, graphql_points, not_modified }
}

/// Parts what is made now, by target, from what is left to the next apply.
fn split<'j>(
    plan: &Plan,
    judged: &'j [Judged],
    options: &Options,
) -> (BTreeMap<Target, Vec<&'j Judged>>, Vec<ChangeOutcome>) {
    let changes: BTreeMap<&str, &crate::plan::Change> = plan.changes.iter().map(|c| (c.id.as_str(), c)).collect();
    let deferred: BTreeSet<&str> = plan.deferred.iter().map(String::as_str).collect();
    let mut now: BTreeMap<Target, Vec<&Judged>> = BTreeMap::new();
    let mut later = Vec::new();
    let mut repos = BTreeSet::new();
    for one in judged {
        let id = one.id();
        let Some(change) = changes.get(id.as_str()).filter(|_| one.to_change().is_some()) else { continue };
        if let Some(message) = refused(change, options) {
            later.push(ChangeOutcome { change: (*change).clone(), result: ChangeResult::Refused { message } });
            continue;
        }
        if deferred.contains(id.as_str()) {
            let message = "more pull requests than one apply opens ([limits] pull_requests); apply again".to_owned();
            later.push(ChangeOutcome { change: (*change).clone(), result: ChangeResult::Deferred { message } });
            continue;
        }
        if let (Some(most), true) = (options.first, one.target.repo.is_some())
            && !repos.contains(one.target.as_ref())
        {
            if repos.len() >= most {
                let message = format!("beyond the first {most} repositories (--first)");
                later.push(ChangeOutcome { change: (*change).clone(), result: ChangeResult::Deferred { message } });
                continue;
            }
            repos.insert((*one.target).clone());
        }
        now.entry((*one.target).clone()).or_default().push(one);
    }
    (now, later)
}

/// Why a change is refused that only `--allow` lets through.
fn refused(change: &crate::plan::Change, options: &Options) -> Option<String> {
    let why = change.restricted.as_ref().filter(|_| !options.allow.contains(&change.id))?;
    Some(format!("{why}; {} lets it through", allow_flag(&change.id)))
}

/// What comes of something that waits when the apply is to stop.
fn not_begun() -> ChangeResult {
    ChangeResult::Skipped { message: "interrupted before it was begun; apply again".to_owned() }
}

/// The same for each of some changes.
fn interrupted(group: &[&Judged]) -> Vec<ChangeResult> {
    vec![not_begun(); group.len()]
}

/// What comes of a write that could not be noted beforehand.
fn not_noted(error: &std::io::Error) -> ChangeResult {
    ChangeResult::Failed { message: format!("the journal cannot be written, so nothing was sent: {error}") }
}

impl Run<'_> {
    async fn targets(&self, targets: BTreeMap<Target, Vec<&Judged>>) -> Vec<ChangeOutcome> {
        let (orgs, repos): (Vec<_>, Vec<_>) = targets.into_iter().partition(|(target, _)| target.repo.is_none());
        let (together, alone) = gathered::part(repos);
        let mut outcomes = Vec::new();
        if self.backwards {
            outcomes.extend(self.side_by_side(alone).await);
            outcomes.extend(self.gathered(together).await);
            outcomes.extend(self.side_by_side(orgs).await);
        } else {
            outcomes.extend(self.side_by_side(orgs).await);
            outcomes.extend(self.gathered(together).await);
            outcomes.extend(self.side_by_side(alone).await);
        }
        outcomes
    }

    async fn side_by_side(&self, targets: Vec<(Target, Vec<&Judged>)>) -> Vec<ChangeOutcome> {
        let done = stream::iter(targets).map(|(_, changes)| self.target(changes)).buffer_unordered(SIDE_BY_SIDE);
        done.collect::<Vec<_>>().await.into_iter().flatten().collect()
    }

    /// Makes the changes of one target in their order.
    async fn target(&self, changes: Vec<&Judged>) -> Vec<ChangeOutcome> {
        let mut outcomes: Vec<ChangeOutcome> = Vec::new();
        let mut failed = Failures { backwards: self.backwards, ..Failures::default() };
        let Some(first) = changes.first() else { return outcomes };
        // `None`: it is to stop, as every group finds for itself.
        let moved = self.stop.unless_asked(self.moved(&first.target)).await.flatten();
        let mut groups = order::groups(changes);
        if self.backwards {
            groups.reverse();
            // What unlocks goes first and what locks last, whichever way.
            groups.sort_by_key(|group| match group.first().map(|one| one.phase()) {
                Some(Phase::Unlock) => 0,
                Some(Phase::Lock) => 2,
                _ => 1,
            });
        }
        for group in groups {
            if self.stop.is_asked() {
                let left = group.iter().zip(interrupted(&group));
                outcomes
                    .extend(left.filter_map(|(one, result)| Some(ChangeOutcome { change: one.to_change()?, result })));
                continue;
            }
            let results = match group.iter().find_map(|one| failed.stops(one)) {
                _ if moved.is_some() => {
                    let message = moved.clone().unwrap_or_default();
                    group.iter().map(|_| ChangeResult::Stale { message: message.clone() }).collect()
                }
                Some(message) => group.iter().map(|_| ChangeResult::Skipped { message: message.clone() }).collect(),
                None => self.group(&group).await,
            };
            for (one, result) in group.iter().zip(results) {
                if matches!(
                    result,
                    ChangeResult::Failed { .. } | ChangeResult::Skipped { .. } | ChangeResult::Stale { .. }
                ) {
                    failed.note(one);
                }
                let Some(change) = one.to_change() else { continue };
                let outcome = ChangeOutcome { change, result };
                (self.progress)(&outcome);
                outcomes.push(outcome);
            }
        }
        outcomes
    }

    async fn group(&self, group: &[&Judged]) -> Vec<ChangeResult> {
        if let Some(open) = group.first().and_then(|one| one.closes.as_ref()) {
            return self.by_closing(group, open).await;
        }
        match group.first().map(|one| one.delivery()) {
            Some(Delivery::PullRequest) => self.by_pull_request(group).await,
            Some(Delivery::Commit) => self.by_commit(group).await,
            Some(Delivery::Api) | None => self.by_api(group).await,
        }
    }

    /// Notes writes that are about to be sent. If that fails, nothing may be sent, and the error is what came of each.
    pub(crate) fn note_intents(&self, group: &[&Judged]) -> Result<Vec<u64>, Vec<ChangeResult>> {
        let mut numbers = Vec::new();
        for (one, change) in group.iter().filter_map(|one| Some((one, one.to_change()?))) {
            match self.journal.intent(&change, one.call()) {
                Ok(number) => numbers.push(number),
                Err(error) => return Err(vec![not_noted(&error); group.len()]),
            }
        }
        Ok(numbers)
    }

    /// Notes what came of writes.
    pub(crate) fn note_outcomes(&self, numbers: &[u64], results: &[ChangeResult]) {
        for (number, result) in numbers.iter().zip(results) {
            // The write is made; a disk that fails now must not hide its outcome from the report.
            let _ = self.journal.outcome(*number, result);
        }
    }
}

/// What was not changed in a target, and what that stops.
#[derive(Default)]
struct Failures {
    /// With what the setting stands on.
    by_key: BTreeMap<&'static str, (&'static [&'static str], String)>,
    locked: Option<String>,
    /// What was to be made and was not: none of its parts can be.
    unmade: BTreeSet<String>,
    /// Whether what stands on another goes before it.
    backwards: bool,
}

impl Failures {
    fn note(&mut self, one: &Judged) {
        let message = format!("{} was not changed", one.setting());
        if one.phase() == Phase::Unlock {
            self.locked.get_or_insert_with(|| message.clone());
        }
        if one.judgement.part.is_none() && one.difference().is_some_and(|it| it.action == Action::Create) {
            self.unmade.insert(one.setting());
        }
        self.by_key.insert(one.desired.key, (one.meta.after, message));
    }

    /// Why a change is not tried: what it stands on failed, or what unlocks the target. What locks the target waits for all:
    /// afterwards the rest could not be made up for.
    fn stops(&self, one: &Judged) -> Option<String> {
        let whole = one.desired.setting();
        if one.judgement.part.is_some() && self.unmade.contains(&whole) {
            return Some(format!("{whole} was not made"));
        }
        let found = self.by_key.iter().find(|(key, (after, _))| {
            if self.backwards { after.contains(&one.desired.key) } else { one.meta.after.contains(*key) }
        });
        let needed = found.map(|(_, (_, why))| why).or(self.locked.as_ref());
        let any = self.by_key.values().map(|(_, why)| why).next().filter(|_| one.phase() == Phase::Lock);
        needed.or(any).cloned()
    }
}
