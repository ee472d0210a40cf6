//! From what the settings say to what is taken back and what is left.

use std::sync::Arc;

use serde_json::Value;

use super::{Entry, Place, Stage, Taken, Undo, short};
use crate::{
    model::Verdict,
    plan::{
        document::Finding,
        gates::GateKeeper,
        judged::Judged,
        units::Unit,
        verdict::{Seen, judged, quote_texts, settle_moves, settle_unmade},
    },
    settings::{Difference, Judgement, Observed, Outcome},
};

/// What comes of one line.
enum Said {
    /// It is taken back.
    Back(Box<Judged>),
    /// It is as it was before already.
    AsBefore,
    /// It is left as it is.
    Left(Verdict, String),
}

impl Undo<'_> {
    /// What is taken back, and what is left with its reason; how many lines are as they were before already. Call it once
    /// `judge` finds nothing missing.
    #[must_use]
    pub fn verdicts(&self, observed: &Observed) -> (Vec<Judged>, Vec<Finding>, u64) {
        let (mut back, mut left, mut as_before) = (Vec::new(), Vec::new(), 0);
        let table = self.planner.gate_table();
        let keeper = GateKeeper { table: &table, observed };
        let seen = Seen::new(&self.planner, observed, &keeper);
        for entry in &self.entries {
            match self.said(entry, (&seen, &keeper), observed) {
                Said::Back(judged) => back.push(*judged),
                Said::AsBefore => as_before += 1,
                Said::Left(verdict, why) => left.push(self.finding(&entry.taken, verdict, why)),
            }
        }
        settle_unmade(&mut back);
        settle_moves(&mut back);
        quote_texts(&mut back, observed);
        let (back, unmade): (Vec<_>, Vec<_>) = back.into_iter().partition(|one| one.verdict == Verdict::Change);
        left.extend(unmade.iter().map(Judged::to_finding));
        let mut back = back;
        back.sort_by_cached_key(|judged| (judged.target.clone(), judged.setting()));
        left.sort_by(|a, b| (&a.id, &a.message).cmp(&(&b.id, &b.message)));
        (back, left, as_before)
    }

    fn said(&self, entry: &Entry, seen: (&Seen<'_>, &GateKeeper<'_>), observed: &Observed) -> Said {
        match &entry.stage {
            Stage::Left(verdict, why) => Said::Left(*verdict, why.clone()),
            Stage::Known(_) => Said::Left(Verdict::Unknown, "GitHub did not answer all questions about it".into()),
            Stage::Pull(place) => match self.closing(entry, place, observed) {
                Ok(Some(judged)) => Said::Back(Box::new(judged)),
                Ok(None) => Said::AsBefore,
                Err((verdict, why)) => Said::Left(verdict, why),
            },
            Stage::Rule { place, now, then, .. } => self.by_rule(entry, place, (now, then), seen),
        }
    }

    fn by_rule(
        &self,
        entry: &Entry,
        place: &Place,
        (now, then): (&Value, &Value),
        (seen, keeper): (&Seen<'_>, &GateKeeper<'_>),
    ) -> Said {
        let taken = &entry.taken;
        let unsaid = || Said::Left(Verdict::Unknown, "the setting says nothing of it".to_owned());
        let Some(unit) = self.unit(entry) else { return unsaid() };
        let Some(judgement) = own(unit, place) else { return unsaid() };
        let judged = judged(&self.planner, unit, judgement, seen, keeper);
        let since = |live: &Value| Said::Left(Verdict::Violation, changed(taken, live));
        match &judgement.outcome {
            Outcome::Compliant { .. } => Said::AsBefore,
            Outcome::Unknown { reason, .. } => Said::Left(Verdict::Unknown, reason.clone()),
            Outcome::NotApplicable(why) => Said::Left(Verdict::Violation, format!("it is not applicable: {why}")),
            Outcome::Violation { observed: live, .. } | Outcome::Blocked { observed: live, .. }
                if !covers(live, now) =>
            {
                since(live)
            }
            Outcome::Violation { message, .. } => Said::Left(Verdict::Violation, message.clone()),
            Outcome::Blocked { .. } => Said::Left(Verdict::Blocked, judged.message.clone()),
            Outcome::Differs(difference) if !covers(&difference.before, now) => since(&difference.before),
            Outcome::Differs(difference) if !is_reverse(difference, then) || judged.delivery() != taken.delivery => {
                let why =
                    format!("the setting would not bring back `{}`, but `{}`", short(then), short(&difference.after));
                Said::Left(Verdict::Violation, format!("it cannot be taken back: {why}"))
            }
            Outcome::Differs(_) if judged.verdict != Verdict::Change => Said::Left(judged.verdict, judged.message),
            Outcome::Differs(_) => Said::Back(Box::new(judged)),
        }
    }
}

/// The judgement of the line's part.
fn own<'u>(unit: &'u Unit, place: &Place) -> Option<&'u Arc<Judgement>> {
    unit.judgements.as_ref()?.iter().find(|one| one.part == place.part && one.repo.is_none())
}

fn changed(taken: &Taken, live: &Value) -> String {
    let cut_short = if taken.certain { "" } else { " (or the write, which was cut short, never took effect)" };
    format!(
        "it was changed since{cut_short}, and is left as it is: it is `{}`, and the journal left `{}`",
        short(live),
        short(&taken.after)
    )
}

/// Whether what GitHub says holds everything that the journal left. It may tell fields that the policy did not name.
fn covers(live: &Value, journal: &Value) -> bool {
    match (live, journal) {
        (Value::Object(live), Value::Object(journal)) => {
            journal.iter().all(|(key, value)| live.get(key).is_some_and(|live| covers(live, value)))
        }
        (live, journal) => live == journal,
    }
}

/// Whether a change brings about what was before, and moves nothing else.
fn is_reverse(difference: &Difference, then: &Value) -> bool {
    let (Value::Object(after), Value::Object(wanted)) = (&difference.after, then) else {
        return difference.after == *then;
    };
    let unmoved = |key: &String, value: &Value| difference.before.get(key) == Some(value);
    // What is as it was already may be left out.
    wanted.iter().all(|(key, value)| after.get(key) == Some(value) || unmoved(key, value))
        && after.iter().all(|(key, value)| wanted.contains_key(key) || unmoved(key, value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        model::Effect,
        settings::{RestWrite, Write},
    };

    fn difference(before: Value, after: Value) -> Box<Difference> {
        let write = Write::Rest(RestWrite::bare("PUT", "/x".into()));
        Difference::update(before, after, Effect::Neutral, write)
    }

    #[test]
    fn a_change_that_moves_anything_else_is_no_reverse() {
        let then = json!({"color": "a"});
        let of = |before, after| is_reverse(&difference(before, after), &then);
        assert!(of(json!({"color": "b"}), json!({"color": "a"})));
        assert!(of(json!({"color": "b", "text": "t"}), json!({"color": "a", "text": "t"})));
        assert!(!of(json!({"color": "b", "text": "t"}), json!({"color": "a", "text": "u"})));
        assert!(!of(json!({"color": "b"}), json!({"color": "c"})));
        assert!(is_reverse(&difference(json!(true), json!(false)), &json!(false)));
        assert!(!is_reverse(&difference(json!(true), json!(false)), &json!(null)));
    }

    #[test]
    fn what_the_journal_left_must_all_be_there() {
        assert!(covers(&json!({"a": 1, "b": 2}), &json!({"a": 1})));
        assert!(!covers(&json!({"a": 2, "b": 2}), &json!({"a": 1})));
        assert!(!covers(&json!({"b": 2}), &json!({"a": 1})));
        assert!(!covers(&json!([1, 2]), &json!([1])));
    }
}
