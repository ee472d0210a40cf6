//! Calls of an organisation that name the repositories they are for: changes of many repositories that say the same are one call,
//! as many repositories as GitHub takes in it.

use std::collections::BTreeMap;

use futures::future::join_all;

use super::{Run, interrupted};
use crate::{
    plan::{ChangeOutcome, ChangeResult, Judged, Target},
    settings::{Phase, RestWrite},
};

/// The changes of one repository.
type OfTarget<'j> = (Target, Vec<&'j Judged>);

/// Parts what can be written together from what is written repository by repository. A repository that the same plan unlocks or
/// locks keeps its own order, and what stands on another change waits for it.
pub(super) fn part(targets: Vec<OfTarget<'_>>) -> (Vec<&Judged>, Vec<OfTarget<'_>>) {
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for (target, changes) in targets {
        let ordered = changes.iter().any(|one| matches!(one.phase(), Phase::Unlock | Phase::Lock));
        let (gathers, others): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|one| !ordered && one.meta.after.is_empty() && call(one).is_some());
        together.extend(gathers);
        if !others.is_empty() {
            alone.push((target, others));
        }
    }
    (together, alone)
}

/// The call of a change that can be written together with others.
fn call(judged: &Judged) -> Option<&RestWrite> {
    judged.only_call().filter(|write| write.gathers.is_some())
}

impl Run<'_> {
    /// Makes changes of many repositories, those that say the same by one call.
    pub(super) async fn gathered(&self, changes: Vec<&Judged>) -> Vec<ChangeOutcome> {
        let mut outcomes = Vec::new();
        let (changes, moved) = self.still_there(changes).await;
        outcomes.extend(moved);
        for group in groups(changes) {
            let results = if self.stop.is_asked() { interrupted(&group) } else { self.by_api(&group).await };
            for (one, result) in group.into_iter().zip(results) {
                let Some(change) = one.to_change() else { continue };
                let outcome = ChangeOutcome { change, result };
                (self.progress)(&outcome);
                outcomes.push(outcome);
            }
        }
        outcomes
    }

    /// Leaves out the repositories that are not any more what was planned: the call names them by name.
    async fn still_there<'j>(&self, changes: Vec<&'j Judged>) -> (Vec<&'j Judged>, Vec<ChangeOutcome>) {
        let mut by_target: BTreeMap<&Target, Vec<&Judged>> = BTreeMap::new();
        for one in changes {
            by_target.entry(&one.target).or_default().push(one);
        }
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        for few in by_target.into_iter().collect::<Vec<_>>().chunks(super::SIDE_BY_SIDE) {
            let all = join_all(few.iter().map(|(target, _)| self.moved(target)));
            let moved = self.stop.unless_asked(all).await.unwrap_or_else(|| vec![None; few.len()]);
            for ((_, changes), moved) in few.iter().zip(moved) {
                let Some(message) = moved else {
                    there.extend(changes);
                    continue;
                };
                gone.extend(changes.iter().filter_map(|one| {
                    let result = ChangeResult::Stale { message: message.clone() };
                    Some(ChangeOutcome { change: one.to_change()?, result })
                }));
            }
        }
        (there, gone)
    }
}

/// The changes that go in one call each, in a fixed order.
fn groups(changes: Vec<&Judged>) -> Vec<Vec<&Judged>> {
    let mut groups: Vec<Vec<&Judged>> = Vec::new();
    for one in changes {
        let Some(write) = call(one) else { continue };
        let most = write.gathers.map_or(1, |gathering| gathering.most);
        let open = groups.iter_mut().find(|group| {
            group.len() < most
                && group.first().and_then(|first| call(first)).is_some_and(|first| first.gathers_with(write))
        });
        match open {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}
