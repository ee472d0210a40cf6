//! Reading once more: a setting of one target is judged anew from fresh answers, before a write and after it.

use std::collections::BTreeSet;

use super::Run;
use crate::{
    observe::wanted,
    plan::{GateKeeper, Judged, judge_alone},
    settings::{Answer, Judgement, Notes, Outcome, ReadKey, RepoRead},
};

/// Rounds of questions that one setting may need.
const MOST_ROUNDS: usize = 8;

impl Run<'_> {
    /// What the setting says now of the part that was judged. What it asks for is read anew and laid over what was known; nothing
    /// is forgotten meanwhile, since others judge from the same answers of the organisation.
    pub(super) async fn outcome_now(&self, judged: &Judged) -> Outcome {
        let mut fresh = BTreeSet::new();
        let (_, mut asked) = self.judge(judged, Vec::new());
        for _ in 0..MOST_ROUNDS {
            // Questions about the organisation's own settings also look at its repositories; those are not written here.
            let is_own = |key: &ReadKey| judged.target.repo.is_some() || matches!(key, ReadKey::Org(..));
            let wanted = asked.into_iter().filter(|key| !fresh.contains(key) && (is_own(key) || !self.has(key)));
            let wanted: BTreeSet<ReadKey> = wanted.filter(|key| !self.is_lasting(key)).collect();
            fresh.extend(wanted.iter().cloned());
            let answers = self.fetch(wanted).await;
            let (judgements, now_asked) = self.judge(judged, answers);
            let settled = now_asked.iter().all(|key| fresh.contains(key) || !is_own(key) || self.is_lasting(key));
            if let Some(judgements) = judgements.filter(|_| settled) {
                return pick(judgements, judged);
            }
            if now_asked.iter().all(|key| fresh.contains(key)) {
                break;
            }
            asked = now_asked;
        }
        Outcome::unknown("GitHub did not answer all questions about it", None)
    }

    fn has(&self, key: &ReadKey) -> bool {
        self.observed.read().expect("no holder of this lock panics").has(key)
    }

    /// Whether an answer that is there cannot have changed: who we are, and what a text named by its content holds.
    fn is_lasting(&self, key: &ReadKey) -> bool {
        matches!(key, ReadKey::Viewer | ReadKey::Name(..) | ReadKey::Repo(_, _, RepoRead::Blob(_))) && self.has(key)
    }

    /// Keeps fresh answers and judges from them, at once.
    fn judge(&self, judged: &Judged, answers: Vec<(ReadKey, Answer)>) -> (Option<Vec<Judgement>>, BTreeSet<ReadKey>) {
        let notes = Notes::tracing();
        let mut observed = self.observed.write().expect("no holder of this lock panics");
        for (key, answer) in answers {
            // A repository whose own object cannot be read any more (gone, replaced) is not judged by what the list said.
            if matches!(&answer, Answer::Listing(listing) if listing.value().is_none()) {
                observed.forget(&[key.clone()].into());
            }
            observed.keep(key, answer);
        }
        let gates = GateKeeper { table: &self.gates, observed: &observed };
        let judgements = judge_alone(judged, &observed, &notes, Some(&gates)).ok();
        let asked = notes.asked.map(std::cell::RefCell::into_inner).unwrap_or_default();
        (judgements, asked)
    }

    async fn fetch(&self, keys: BTreeSet<ReadKey>) -> Vec<(ReadKey, Answer)> {
        let questions = {
            let observed = self.observed.read().expect("no holder of this lock panics");
            wanted(keys, &observed)
        };
        if questions.is_empty() { Vec::new() } else { self.observer.fetch(questions).await }
    }

    /// Reads those of the questions that have no answer. Whether there were any.
    async fn read(&self, asked: BTreeSet<ReadKey>) -> bool {
        let missing: BTreeSet<ReadKey> = asked.into_iter().filter(|key| !self.has(key)).collect();
        let answers = self.fetch(missing).await;
        let any = !answers.is_empty();
        let mut observed = self.observed.write().expect("no holder of this lock panics");
        for (key, answer) in answers {
            observed.keep(key, answer);
        }
        any
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
