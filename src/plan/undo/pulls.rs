//! Pull requests that an apply opened: one that is still as it left it is closed, and its branch removed; a merged one is
//! people's own decision, and cannot be taken back.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Entry, Place, Stage, Undo, context, entries::Fault};
use crate::{
    model::{Action, Effect, Verdict},
    plan::{
        judged::Judged,
        pulls::{self, OpenPull, PullState},
    },
    settings::{Context, Difference, Judgement, Memo, Notes, Observed, Outcome, RestRead},
};

/// Where a pull request stands whose branch is gone or has none open.
fn record(number: u64) -> RestRead {
    RestRead::document(format!("pulls/{number}"), "pull_requests:read")
}

impl Undo<'_> {
    /// Reads the state of our branch where the journal says that a pull request was opened.
    pub(super) fn ask_pulls(&mut self, observed: &Observed, notes: &Notes, memo: &Memo) {
        for entry in &self.entries {
            let Stage::Pull(place) = &entry.stage else { continue };
            let (Some(cx), Some(node)) = (context(&place.target, observed, notes, memo), place.target.node()) else {
                continue;
            };
            let Ok(state) = pulls::state(&cx) else { continue };
            if !matches!(state, PullState::Ours { open: Some(_), .. })
                && let Some(number) = entry.taken.pull.as_ref().and_then(super::TakenPull::number)
            {
                let _ = cx.rest(record(number));
            }
            self.planner.pulls.insert((place.target.org.clone(), node.clone()), state);
        }
    }

    /// The closing of the line's pull request; `None` where it is closed already or was never opened.
    pub(super) fn closing(&self, entry: &Entry, place: &Place, observed: &Observed) -> Result<Option<Judged>, Fault> {
        let taken = &entry.taken;
        let left = |why: &str| (Verdict::Violation, why.to_owned());
        if taken.pull.is_none() && taken.certain {
            return Err(left("it closed a pull request; `ordain apply` opens one again where files still differ"));
        }
        let state = place.target.node().and_then(|node| self.planner.pull(&place.target.org, node));
        match state {
            None => Err((Verdict::Unknown, "whether a pull request is open could not be read".to_owned())),
            Some(PullState::Foreign(why)) => Err((Verdict::Violation, format!("{why}; it is never touched"))),
            Some(PullState::Unknown(outcome)) => Err((Verdict::Unknown, reason(outcome))),
            Some(PullState::None | PullState::Ours { open: None, .. }) => self.not_open(entry, place, observed),
            Some(PullState::Ours { open: Some(open), files, .. }) => {
                let on_branch: BTreeSet<Option<&str>> = files.values().map(Option::as_deref).collect();
                if taken.pull.as_ref().is_some_and(|pull| pull.number() != Some(open.number)) {
                    return Err((Verdict::Violation, format!("another pull request is open now: {}", open.url)));
                }
                if taken.pull.as_ref().is_some_and(|pull| pull.updated) {
                    let why = format!(
                        "{} was open before and only updated; what it held is not in the journal: close it by hand, or let \
                         `ordain apply` bring it up to date",
                        open.url
                    );
                    return Err((Verdict::Violation, why));
                }
                if on_branch != self.left_on_branch(place) {
                    let why = format!("{} does not hold what the journal left: it was changed since", open.url);
                    return Err((Verdict::Violation, why));
                }
                Ok(Some(self.close(entry, place, open)))
            }
        }
    }

    /// The object names of all files that the journal left on this branch.
    fn left_on_branch(&self, place: &Place) -> BTreeSet<Option<&str>> {
        let of_target = self.entries.iter().filter(|entry| match &entry.stage {
            Stage::Pull(other) => other.target == place.target,
            _ => false,
        });
        of_target.map(|entry| entry.taken.after.get("oid").and_then(Value::as_str)).collect()
    }

    fn not_open(&self, entry: &Entry, place: &Place, observed: &Observed) -> Result<Option<Judged>, Fault> {
        let Some(pull) = &entry.taken.pull else { return Ok(None) };
        let (notes, memo) = (Notes::default(), Memo::default());
        let read = |cx: Context<'_>| Some(cx.rest(record(pull.number()?)).ok()?.value().copied().flatten()?.clone());
        let Some(record) = context(&place.target, observed, &notes, &memo).and_then(read) else {
            return Err((Verdict::Unknown, format!("what became of {} could not be read", pull.url)));
        };
        if record.get("merged").and_then(Value::as_bool) != Some(false) {
            let why = format!(
                "{} was merged, and a merged pull request cannot be taken back: revert it by a pull request of your own",
                pull.url
            );
            return Err((Verdict::Violation, why));
        }
        Ok(None)
    }

    fn close(&self, entry: &Entry, place: &Place, open: &OpenPull) -> Judged {
        let difference = Difference {
            before: json!(format!("open pull request {}", open.url)),
            after: json!("closed, its branch removed"),
            action: Action::Update,
            effect: Effect::Neutral,
            deletes: false,
            moves: Vec::new(),
            writes: Vec::new(),
            restricted: None,
        };
        let outcome = Outcome::Differs(Box::new(difference));
        Judged {
            target: place.target.clone().into(),
            org_node: None,
            desired: self.nothing(place, &entry.taken),
            judgement: Judgement { part: place.part, leaf: String::new(), repo: None, outcome }.into(),
            meta: place.setting.meta(),
            verdict: Verdict::Change,
            message: String::new(),
            closed: Vec::new(),
            gates: Vec::new(),
            waiver: None,
            waived_by: None,
            audit: false,
            needs: None,
            stands_in: false,
            texts: None,
            closes: Some(Box::new(open.clone())),
        }
    }
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unknown { reason, .. } => format!("whether a pull request is open could not be read: {reason}"),
        _ => "whether a pull request is open could not be read".to_owned(),
    }
}
