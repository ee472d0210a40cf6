//! A list of people as a whole: who is on it, who is wanted, and what a change of it does.

use super::people::{People, in_words, shown, unknown_people};
use crate::{
    model::{Action, Effect},
    settings::{Difference, Outcome, Write},
};

/// A list of people, and what is to become of it.
#[derive(Debug, Default)]
pub(super) struct Roll {
    /// Whom the policy lists.
    pub(super) wanted: People,
    /// Who is on it.
    pub(super) observed: People,
    /// Who of the wanted was invited and has not accepted yet.
    pub(super) invited: People,
    /// Who is added, spelt as GitHub spells them.
    pub(super) add: People,
    /// Who of the added comes from a list that gives more.
    pub(super) lowered: People,
    /// Who is taken off.
    pub(super) remove: People,
    /// Who of the wanted is nobody on GitHub.
    pub(super) nobody: People,
    /// What is not done, and why, beside what the other fields tell.
    pub(super) kept: Vec<String>,
}

/// The writes that change a list.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) writes: Vec<Write>,
    /// Whether somebody is removed and not only moved to another list.
    pub(super) deletes: bool,
    /// Why only `--allow` lets it through.
    pub(super) restricted: Option<String>,
}

impl Roll {
    /// Who of the wanted is neither on the list nor invited.
    pub(super) fn missing(&self) -> People {
        self.wanted
            .iter()
            .filter(|one| !self.observed.contains(*one) && !self.invited.contains(*one))
            .cloned()
            .collect()
    }

    /// Whether there is something to write.
    pub(super) fn differs(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }

    /// The list as it is: an invitation counts, since sending another would change nothing.
    fn before(&self) -> People {
        self.observed.union(&self.invited).cloned().collect()
    }

    /// The list as the change leaves it.
    fn after(&self) -> People {
        self.before().union(&self.add).filter(|one| !self.remove.contains(*one)).cloned().collect()
    }

    /// What stays undone, in sentences.
    fn undone(&self) -> Vec<String> {
        let mut said = self.kept.clone();
        if !self.nobody.is_empty() {
            said.push(unknown_people(&self.nobody));
        }
        if !self.invited.is_empty() {
            let verb = if self.invited.len() == 1 { "was invited and has" } else { "were invited and have" };
            said.push(format!("{} {verb} not accepted yet", in_words(&self.invited)));
        }
        said
    }

    /// What holds of the list. What can be done is done first; what is left undone is told once nothing else differs.
    pub(super) fn outcome(&self, change: Change) -> Outcome {
        if !self.differs() {
            let (observed, desired) = (shown(&self.before()), shown(&self.wanted));
            let undone = self.undone();
            return if undone.is_empty() {
                Outcome::Compliant { observed, desired }
            } else {
                Outcome::Violation { message: undone.join("; "), observed, desired }
            };
        }
        Outcome::Differs(Box::new(Difference {
            before: shown(&self.before()),
            after: shown(&self.after()),
            action: Action::Update,
            effect: Effect::tightening_if(self.add.is_subset(&self.lowered)),
            deletes: change.deletes,
            moves: Vec::new(),
            writes: change.writes,
            restricted: change.restricted,
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::settings::access::people::wanted;

    #[test]
    fn an_open_invitation_is_told_and_never_sent_again() {
        let roll =
            Roll { wanted: wanted(&["a", "b"]), observed: wanted(&["A"]), invited: wanted(&["b"]), ..Roll::default() };
        assert!(roll.missing().is_empty() && !roll.differs());
        let Outcome::Violation { message, observed, .. } = roll.outcome(Change::default()) else { unreachable!() };
        assert_eq!((message.as_str(), observed), ("@b was invited and has not accepted yet", json!(["A", "b"])));
    }

    #[test]
    fn adding_anybody_loosens_and_only_removing_tightens() {
        let base = || Roll { observed: wanted(&["a"]), ..Roll::default() };
        let effect = |roll: Roll| match roll.outcome(Change::default()) {
            Outcome::Differs(difference) => difference.effect,
            other => unreachable!("{other:?}"),
        };
        assert_eq!(effect(Roll { remove: wanted(&["a"]), ..base() }), Effect::Tightening);
        assert_eq!(effect(Roll { remove: wanted(&["a"]), add: wanted(&["b"]), ..base() }), Effect::Loosening);
        let lowered = || Roll { add: wanted(&["b"]), lowered: wanted(&["b", "c"]), ..base() };
        assert_eq!(effect(lowered()), Effect::Tightening, "who had more before loses by it");
        assert_eq!(effect(Roll { add: wanted(&["b", "d"]), ..lowered() }), Effect::Loosening);
    }

    proptest! {
        /// After the change the list is what was wanted of it, and judging again finds nothing to write.
        #[test]
        fn a_changed_list_differs_no_more(observed in people(), wished in people()) {
            let mut roll = Roll { wanted: wished.clone(), observed: observed.clone(), ..Roll::default() };
            roll.add = roll.missing();
            roll.remove = observed.difference(&wished).cloned().collect();
            prop_assert_eq!(roll.after(), wished.clone());
            let again = Roll { wanted: wished.clone(), observed: roll.after(), ..Roll::default() };
            prop_assert!(again.missing().is_empty() && again.observed.difference(&wished).next().is_none());
        }
    }

    fn people() -> impl Strategy<Value = People> {
        proptest::collection::vec("[a-cA-C]{1,2}", 0..5)
            .prop_map(|names| wanted(&names.iter().map(String::as_str).collect::<Vec<_>>()))
    }
}
