//! Who asks: for forecasts, which tell what each setting costs.

use std::collections::{BTreeMap, BTreeSet};

use super::{gates::GateKeeper, planner::judged, prune};
use crate::settings::{Gates, Memo, Notes, Observed, ReadKey};

/// Question → the keys of the settings that ask it.
pub type Askers = BTreeMap<ReadKey, BTreeSet<&'static str>>;

impl super::Planner<'_> {
    /// Which settings ask what is not answered yet. Call it after `judge`, with the same observation. What is asked for pull
    /// requests and for names that are not in the lists is no setting's own, and not among them.
    #[must_use]
    pub fn askers(&self, observed: &Observed) -> Askers {
        let memo = Memo::default();
        let waits =
            |late: bool| self.asked().filter(move |unit| unit.judgements.is_none() && unit.setting.meta().late == late);
        let table = self.gate_table();
        let keeper = GateKeeper { table: &table, observed };
        let gates: Option<&dyn Gates> = if waits(false).next().is_none() { Some(&keeper) } else { None };
        let mut askers = Askers::new();
        for unit in waits(false).chain(waits(true).filter(|_| gates.is_some())) {
            let notes = Notes::default();
            if unit.listed.is_some() {
                let _ = prune::existing(unit, observed, &notes, &memo);
            } else {
                let gates = gates.filter(|_| unit.setting.meta().late);
                let _ = judged(unit, observed, &notes, &memo, gates);
            }
            for key in notes.missing.into_inner() {
                askers.entry(key).or_default().insert(unit.desired.key);
            }
        }
        askers
    }
}
