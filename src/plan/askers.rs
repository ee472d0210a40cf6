//! Who asks: for forecasts, which tell what each setting costs.

use std::collections::{BTreeMap, BTreeSet};

use super::{gates::GateKeeper, planner::judged, prune, units::Unit};
use crate::settings::{Gates, Memo, Notes, Observed, ReadKey};

/// Question → the keys of the settings that ask it.
pub type Askers = BTreeMap<ReadKey, BTreeSet<&'static str>>;

impl super::Planner<'_> {
    /// Which settings ask what is not answered yet. Call it after `judge`, with the same observation. What is asked for pull
    /// requests and for names that are not in the lists is no setting's own, and not among them.
    #[must_use]
    pub fn askers(&self, observed: &Observed) -> Askers {
        let memo = Memo::default();
        let open = |late: bool| move |unit: &&Unit| unit.judgements.is_none() && unit.setting.meta().late == late;
        // What is asked of further repositories is not asked yet.
        let early = self.units.iter().take(self.admitted).skip(self.settled).filter(open(false));
        let is_last = !self.units.iter().skip(self.settled).any(|unit| open(false)(&unit));
        let late = self.units.iter().filter(|_| is_last).filter(open(true));
        let table = self.gate_table();
        let keeper = GateKeeper { table: &table, observed };
        let mut askers = Askers::new();
        for unit in early.chain(late) {
            let notes = Notes::default();
            if unit.listed.is_some() {
                let _ = prune::existing(unit, observed, &notes, &memo);
            } else {
                let gates = Some(&keeper as &dyn Gates).filter(|_| unit.setting.meta().late);
                let _ = judged(unit, observed, &notes, &memo, gates);
            }
            for key in notes.missing.into_inner() {
                askers.entry(key).or_default().insert(unit.desired.key);
            }
        }
        askers
    }
}
