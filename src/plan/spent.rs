//! Which answers nobody asks for any more: an organisation has many repositories, and what was read of one is large and of use
//! only until the repository has been judged.

use std::{cell::RefCell, collections::BTreeSet, sync::Arc};

use super::{
    judged::Target,
    planner::{Planner, judged},
    units::Unit,
};
use crate::{
    model::{NodeId, Org},
    settings::{Memo, Notes, Observed, ReadKey},
};

/// Which answers are still needed.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Whether a setting is judged after all others, and asks then.
    late: bool,
    /// The repositories that other targets ask too.
    lent: BTreeSet<NodeId>,
    /// The repositories of which settings are judged later than the others of them.
    split: BTreeSet<NodeId>,
    /// Whether tables say what is to be gone, whose names are to be read first.
    pub(super) prunes: bool,
    /// The units before this one have been looked at.
    passed: usize,
}

impl Answers {
    /// What these units will need.
    pub(super) fn of(units: &[Unit]) -> Self {
        // What a table does not list is judged once its names are known, behind all others.
        let listed = || units.iter().filter(|unit| unit.listed.is_some());
        Self {
            late: units.iter().any(|unit| unit.setting.meta().late),
            split: listed().filter_map(|unit| unit.target.node().cloned()).collect(),
            prunes: listed().next().is_some(),
            ..Self::default()
        }
    }

    /// Notes repositories of which something was asked while another target was judged.
    pub(super) fn lend(&mut self, lent: BTreeSet<NodeId>) {
        self.lent.extend(lent);
    }
}

/// A repository of which nothing more is asked than a few answers.
pub struct Spent {
    /// Its organisation.
    pub org: Org,
    /// Which it is.
    pub node: NodeId,
    /// What settings that wait for a long list have asked of it, and will ask again.
    pub kept: BTreeSet<ReadKey>,
}

impl Planner<'_> {
    /// The repositories that have been judged since the last call, or would have been but for what is on its way: what else was
    /// answered of them may be dropped. An answer that is wanted after all counts as one that was never asked for, and is read
    /// again.
    pub fn spent(&mut self, observed: &Observed) -> Vec<Spent> {
        if self.answers.late {
            return Vec::new();
        }
        let known = self.brought.max(self.settled);
        let units = self.units.get(self.answers.passed..known).unwrap_or_default();
        let mut spent = Vec::new();
        let mut looked_at = 0;
        let is_last =
            |target: &Arc<Target>| self.units.get(known).is_some_and(|next| Arc::ptr_eq(target, &next.target));
        for of_target in units.chunk_by(|one, next| Arc::ptr_eq(&one.target, &next.target)) {
            let is_done = of_target.iter().all(|unit| unit.judgements.is_some() || unit.waits);
            let Some(target) = of_target.first().map(|unit| &unit.target).filter(|target| is_done && !is_last(target))
            else {
                break;
            };
            looked_at += of_target.len();
            if let Some(node) = target.node()
                && !self.answers.lent.contains(node)
                && !self.answers.split.contains(node)
            {
                let kept = asked(of_target.iter().filter(|unit| unit.waits), observed);
                spent.push(Spent { org: target.org.clone(), node: node.clone(), kept });
            }
        }
        self.answers.passed += looked_at;
        spent
    }
}

/// What these units ask.
fn asked<'u>(units: impl Iterator<Item = &'u Unit>, observed: &Observed) -> BTreeSet<ReadKey> {
    let mut all = BTreeSet::new();
    for unit in units {
        let notes = Notes::tracing();
        let _ = judged(unit, observed, &notes, &Memo::default(), None);
        all.extend(notes.asked.into_iter().flat_map(RefCell::into_inner));
    }
    all
}
