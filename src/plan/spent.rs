//! Which answers nobody asks for any more: an organisation has many repositories, and what was read of one is large and of use
//! only until the repository has been judged.

use std::{collections::BTreeSet, sync::Arc};

use super::{planner::Planner, units::Unit};
use crate::model::{NodeId, Org};

/// Which answers are still needed.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Whether a setting is judged after all others, and asks then.
    late: bool,
    /// The repositories that other targets ask too.
    lent: BTreeSet<NodeId>,
    /// The repositories of which settings are judged later than the others of them.
    split: BTreeSet<NodeId>,
    /// Whether an organisation has such settings.
    org_prunes: bool,
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
            org_prunes: listed().any(|unit| unit.target.repo.is_none()),
            ..Self::default()
        }
    }

    /// Whether tables say what is to be gone, whose names are to be read first.
    pub(super) fn prunes(&self) -> bool {
        !self.split.is_empty() || self.org_prunes
    }

    /// Notes repositories of which something was asked while another target was judged.
    pub(super) fn lend(&mut self, lent: BTreeSet<NodeId>) {
        self.lent.extend(lent);
    }
}

impl Planner<'_> {
    /// The repositories that have been judged since the last call and of which nothing more is asked: what was answered of them
    /// may be dropped. An answer that is wanted after all counts as one that was never asked for, and is read again.
    pub fn spent(&mut self) -> Vec<(Org, NodeId)> {
        if self.answers.late {
            return Vec::new();
        }
        let target = |at: usize| self.units.get(at).map(|unit| &unit.target);
        let is_inside = |at: usize| match (at.checked_sub(1).and_then(target), target(at)) {
            (Some(before), Some(here)) => Arc::ptr_eq(before, here),
            _ => false,
        };
        let mut end = self.settled;
        while end > self.answers.passed && is_inside(end) {
            end -= 1;
        }
        let mut spent = Vec::new();
        for at in self.answers.passed..end {
            let Some(target) = target(at).filter(|_| at == self.answers.passed || !is_inside(at)) else { continue };
            if let Some(node) = target.node()
                && !self.answers.lent.contains(node)
                && !self.answers.split.contains(node)
            {
                spent.push((target.org.clone(), node.clone()));
            }
        }
        self.answers.passed = end;
        spent
    }
}
