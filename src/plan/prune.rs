//! `prune = true`: what a keyed table does not list and the target has is to be gone, each name with a verdict of its own.

use std::sync::Arc;

use super::{
    filters::Filters,
    judged::Target,
    planner::Missing,
    units::{Unit, unit},
};
use crate::{
    model::{Desired, Leaf, Reading, Scope},
    settings::{Context, Memo, Notes, Observed, Outcome},
};

/// Replaces each table that prunes and whose names have been read by one unit for each name that the policy does not list.
/// Where the names cannot be read, the table itself is judged: unknown. One that lacks nothing but what is on its way waits.
pub(super) fn expand(
    units: &mut Vec<Unit>,
    filters: &Filters,
    (observed, notes, memo): (&Observed, &Notes, &Memo),
    on_the_way: &Missing,
) {
    let mut found = Vec::new();
    for unit in units.iter_mut().filter(|unit| unit.judgements.is_none() && !unit.waits) {
        let Some(listed) = &unit.listed else { continue };
        let own = Notes::default();
        let reading = existing(unit, observed, &own, memo);
        unit.waits = own.handed_on(notes, on_the_way);
        let Some(reading) = reading else { continue };
        match Outcome::known(reading) {
            Ok(names) => {
                let Some(prune) = unit.desired.leaf("prune") else { continue };
                let others = names.into_iter().filter(|name| !listed.contains(&name.to_lowercase()));
                found.extend(others.filter_map(|name| of_name(&unit.target, unit.desired.key, name, prune, filters)));
                unit.judgements = Some(Arc::new([]));
            }
            Err(outcome) => unit.judgements = Some(Arc::new([outcome.whole().into()])),
        }
    }
    units.extend(found);
}

pub(super) fn existing(unit: &Unit, observed: &Observed, notes: &Notes, memo: &Memo) -> Option<Reading<Vec<String>>> {
    let seen = observed.orgs.get(&unit.target.org)?;
    let subject = unit.target.node().and_then(|id| seen.repo(id));
    let cx = Context { observed, org: &unit.target.org, org_observed: seen, subject, notes, memo, gates: None };
    unit.setting.existing(&cx).ok()
}

fn of_name(target: &Arc<Target>, key: &'static str, name: String, prune: &Leaf, filters: &Filters) -> Option<Unit> {
    let scope = if target.repo.is_some() { Scope::Repo } else { Scope::Org };
    unit(target.clone(), Desired::pruned(key, name, prune.clone()).into(), scope, filters)
}
