//! All verdicts of a planner, or only those that are told: most of what is judged is as it should be, and only counted.

use std::{collections::BTreeSet, sync::Arc};

use super::{gates::GateKeeper, judged::Judged, needs, planner::Planner, units::Unit, verdict};
use crate::settings::{Judgement, Need, Observed, Outcome};

/// Which compliant verdicts are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compliant {
    /// Each of them.
    Told,
    /// How many there are, and those that changes of this plan need.
    Counted,
}

/// What came of judging.
#[derive(Debug, Clone, Default)]
pub struct Verdicts {
    /// The verdicts, in the order of targets and settings.
    pub judged: Vec<Judged>,
    /// How many compliant ones are not among them.
    pub counted: u64,
}

impl Planner<'_> {
    /// All verdicts, in the order of targets and settings. Call it once `judge` finds nothing missing.
    #[must_use]
    pub fn verdicts(&self, observed: &Observed) -> Vec<Judged> {
        self.told(observed, Compliant::Told).judged
    }

    /// As [`verdicts`](Self::verdicts), the compliant ones perhaps only counted.
    #[must_use]
    pub fn told(&self, observed: &Observed, compliant: Compliant) -> Verdicts {
        let table = self.gate_table();
        let keeper = GateKeeper { table: &table, observed };
        let seen = verdict::Seen::new(self, observed, &keeper);
        let told = Told::new(self, compliant);
        let mut counted = 0;
        // Exactly: a list that grows holds itself twice.
        let mut all = Vec::with_capacity(self.wanted().filter(|(unit, one, _)| told.has(unit, one)).count());
        for (unit, judgement, needs) in self.wanted() {
            if !told.has(unit, judgement) {
                counted += 1;
                continue;
            }
            let mut judged = verdict::judged(self, unit, judgement, &seen, &keeper);
            judged.needs = needs.to_vec();
            all.push(judged);
        }
        verdict::settle_files(self, &mut all);
        verdict::settle_unmade(&mut all);
        verdict::settle_moves(&mut all);
        needs::settle(&mut all);
        verdict::quote_texts(&mut all, observed);
        all.sort_by_cached_key(|judged| (judged.target.clone(), judged.setting()));
        Verdicts { judged: all, counted }
    }

    /// The judgements that the filters want, with what GitHub wants first for each.
    fn wanted(&self) -> impl Iterator<Item = (&Unit, &Arc<Judgement>, &[Need])> {
        let of_unit = |unit| Unit::said(unit).map(move |(judgement, needs)| (unit, judgement, needs));
        let wanted = self.units.iter().filter(|unit| unit.wanted).flat_map(of_unit);
        wanted.filter(|(unit, judgement, _)| self.wants(unit, judgement))
    }

    fn wants(&self, unit: &Unit, judgement: &Judgement) -> bool {
        self.filters.settings.is_empty() || self.filters.wants(&judgement.setting(&unit.desired))
    }
}

/// Which verdicts are told one by one.
struct Told {
    compliant: Compliant,
    /// The settings that changes need of others: whether the policy wants them is told of them, too.
    needed: BTreeSet<String>,
}

impl Told {
    fn new(planner: &Planner<'_>, compliant: Compliant) -> Self {
        let needs = planner.units.iter().filter_map(|unit| unit.needs.as_ref()).flatten().flatten();
        Self { compliant, needed: needs::named(needs).map(str::to_owned).collect() }
    }

    fn has(&self, unit: &Unit, judgement: &Judgement) -> bool {
        self.compliant == Compliant::Told
            || !matches!(judgement.outcome, Outcome::Compliant { .. })
            || (self.needed.iter().any(|needed| needed.starts_with(unit.desired.key))
                && self.needed.contains(&judgement.setting(&unit.desired)))
    }
}
