//! What settings have computed from the answers of an organisation, from round to round: with thousands of repositories there are
//! hundreds of rounds, and an index of a list has an entry for each repository.

use std::rc::Rc;

use crate::settings::{Memo, Observed};

/// Rounds after which it begins anew: what was computed of texts that come no more is not kept for ever.
const MOST_ROUNDS: usize = 32;

/// What was computed, and how much the organisations had answered then.
#[derive(Default)]
pub(super) struct Remembered {
    memo: Rc<Memo>,
    answered: Vec<usize>,
    rounds: usize,
}

impl Remembered {
    /// What was computed from the same answers; nothing, where more has been answered of an organisation since.
    pub(super) fn of(&mut self, observed: &Observed) -> Rc<Memo> {
        let answered: Vec<usize> = observed.orgs.values().map(|org| org.rest.len() + org.names.len()).collect();
        self.rounds += 1;
        if answered != self.answered || self.rounds > MOST_ROUNDS {
            (self.memo, self.answered, self.rounds) = (Rc::default(), answered, 0);
        }
        self.memo.clone()
    }
}
