//! Reading once more: a setting of one target is judged anew from fresh answers, before a write and after it.

use std::collections::BTreeSet;

use super::Run;
use crate::{
    observe::wanted,
    plan::{GateKeeper, Judged, judge_alone},
    settings::{Judgement, Notes, Outcome, ReadKey},
};

/// Rounds of questions that one setting may need, and those lost to a neighbour who reads the same answers of the organisation.
const MOST_ROUNDS: usize = 16;

impl Run<'_> {
    /// What the setting says now of the part that was judged.
    pub(super) async fn outcome_now(&self, judged: &Judged) -> Outcome {
        let (_, asked) = self.judge(judged);
        // Questions about the organisation's own settings also look at its repositories; those are not written here.
        let own: BTreeSet<ReadKey> =
            asked.into_iter().filter(|key| judged.target.repo.is_some() || matches!(key, ReadKey::Org(..))).collect();
        self.observed.write().expect("no holder of this lock panics").forget(&own);
        for _ in 0..MOST_ROUNDS {
            let (judgements, asked) = self.judge(judged);
            if let Some(judgements) = judgements {
                return pick(judgements, judged);
            }
            if !self.read(asked).await {
                break;
            }
        }
        Outcome::unknown("GitHub did not answer all questions about it", None)
    }

    fn judge(&self, judged: &Judged) -> (Option<Vec<Judgement>>, BTreeSet<ReadKey>) {
        let notes = Notes::tracing();
        let observed = self.observed.read().expect("no holder of this lock panics");
        let gates = GateKeeper { table: &self.gates, observed: &observed };
        let judgements = judge_alone(judged, &observed, &notes, Some(&gates)).ok();
        let asked = notes.asked.map(std::cell::RefCell::into_inner).unwrap_or_default();
        (judgements, asked)
    }

    /// Reads those of the questions that have no answer. False if there was nothing to ask at all.
    async fn read(&self, asked: BTreeSet<ReadKey>) -> bool {
        if asked.is_empty() {
            return false;
        }
        let questions = {
            let observed = self.observed.read().expect("no holder of this lock panics");
            let missing = asked.into_iter().filter(|key| !observed.has(key)).collect();
            wanted(missing, &observed)
        };
        if questions.is_empty() {
            // A repository written side by side has read the last of them since this one was judged.
            return true;
        }
        let answers = self.observer.fetch(questions).await;
        let mut observed = self.observed.write().expect("no holder of this lock panics");
        for (key, answer) in answers {
            observed.keep(key, answer);
        }
        true
    }

    /// Reads what a closure over the judged repository's context asks for, anew.
    pub(super) async fn ask_now<T>(
        &self,
        judged: &Judged,
        ask: impl Fn(&crate::settings::Context<'_>) -> Result<T, crate::settings::Pending>,
    ) -> Option<T> {
        let mut first = true;
        for _ in 0..MOST_ROUNDS {
            let notes = Notes::tracing();
            let answer = {
                let observed = self.observed.read().expect("no holder of this lock panics");
                let seen = observed.orgs.get(&judged.target.org)?;
                let memo = crate::settings::Memo::default();
                let subject = judged.target.node().and_then(|id| seen.repo(id));
                let org = &judged.target.org;
                let cx = crate::settings::Context {
                    observed: &observed,
                    org,
                    org_observed: seen,
                    subject,
                    notes: &notes,
                    memo: &memo,
                    gates: None,
                };
                ask(&cx)
            };
            let asked = notes.asked.map(std::cell::RefCell::into_inner).unwrap_or_default();
            if first {
                first = false;
                let again = asked.into_iter().filter(|key| !matches!(key, ReadKey::Viewer)).collect();
                self.observed.write().expect("no holder of this lock panics").forget(&again);
                continue;
            }
            if let Ok(answer) = answer {
                return Some(answer);
            }
            if !self.read(asked).await {
                return None;
            }
        }
        None
    }
}

/// The outcome of the same part (and, for organisations, of the organisation itself).
fn pick(judgements: Vec<Judgement>, judged: &Judged) -> Outcome {
    let wanted = &judged.judgement;
    let found = judgements.into_iter().find(|one| one.part == wanted.part && one.repo == wanted.repo);
    found.map_or_else(|| Outcome::unknown("the setting says nothing of it any more", None), |one| one.outcome)
}
