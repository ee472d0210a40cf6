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
    /// What the setting says now of the part that was judged: every answer that it rests on was read after this was called.
    ///
    /// What is read side by side for other targets only ever makes an answer newer: nothing is forgotten, so that none of
    /// them is left without an answer in the middle of its questions, or with an older one than it asked for.
    pub(super) async fn outcome_now(&self, judged: &Judged) -> Outcome {
        let mut fresh = BTreeSet::new();
        for _ in 0..MOST_ROUNDS {
            let (judgements, asked) = self.judge(judged);
            // Questions about the organisation's own settings also look at its repositories; those are not written here.
            let due = self.due(asked, &fresh, |key| judged.target.repo.is_some() || matches!(key, ReadKey::Org(..)));
            if due.is_empty() {
                let unanswered = || Outcome::unknown("GitHub did not answer all questions about it", None);
                return judgements.map_or_else(unanswered, |judgements| pick(judgements, judged));
            }
            fresh.extend(due.iter().cloned());
            self.read(due).await;
        }
        Outcome::unknown("its questions to GitHub do not come to an end", None)
    }

    fn judge(&self, judged: &Judged) -> (Option<Vec<Judgement>>, BTreeSet<ReadKey>) {
        let notes = Notes::tracing();
        let observed = self.observed.read().expect("no holder of this lock panics");
        let gates = GateKeeper { table: &self.gates, observed: &observed };
        let judgements = judge_alone(judged, &observed, &notes, Some(&gates)).ok();
        let asked = notes.asked.map(std::cell::RefCell::into_inner).unwrap_or_default();
        (judgements, asked)
    }

    /// The questions to be read now: those without an answer, and those that are asked anew and have not been yet.
    fn due(
        &self,
        asked: BTreeSet<ReadKey>,
        fresh: &BTreeSet<ReadKey>,
        anew: impl Fn(&ReadKey) -> bool,
    ) -> BTreeSet<ReadKey> {
        let observed = self.observed.read().expect("no holder of this lock panics");
        let due = |key: &ReadKey| !fresh.contains(key) && ((changes(key) && anew(key)) || !observed.has(key));
        asked.into_iter().filter(due).collect()
    }

    /// Reads these questions, whether or not they have an answer.
    async fn read(&self, keys: BTreeSet<ReadKey>) {
        let questions = {
            let observed = self.observed.read().expect("no holder of this lock panics");
            wanted(keys, &observed)
        };
        let answers = self.observer.fetch(questions).await;
        let mut observed = self.observed.write().expect("no holder of this lock panics");
        for (key, answer) in answers {
            if matches!(&answer, Answer::Listing(listing) if listing.value().is_none()) {
                // What was listed before is no answer to this.
                observed.forget(&BTreeSet::from([key]));
                continue;
            }
            observed.keep(key, answer);
        }
    }

    /// Reads what a closure over the judged repository's context asks for, anew.
    pub(super) async fn ask_now<T>(
        &self,
        judged: &Judged,
        ask: impl Fn(&crate::settings::Context<'_>) -> Result<T, crate::settings::Pending>,
    ) -> Option<T> {
        let mut fresh = BTreeSet::new();
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
            let due = self.due(asked, &fresh, |_| true);
            if due.is_empty() {
                return answer.ok();
            }
            fresh.extend(due.iter().cloned());
            self.read(due).await;
        }
        None
    }
}

/// Whether the answer to a question can be another one later: who we are cannot, nor can a text that is named by its content.
const fn changes(key: &ReadKey) -> bool {
    !matches!(key, ReadKey::Viewer | ReadKey::Name(..) | ReadKey::Repo(_, _, RepoRead::Blob(_)))
}

/// The outcome of the same part (and, for organisations, of the organisation itself).
fn pick(judgements: Vec<Judgement>, judged: &Judged) -> Outcome {
    let wanted = &judged.judgement;
    let found = judgements.into_iter().find(|one| one.part == wanted.part && one.repo == wanted.repo);
    found.map_or_else(|| Outcome::unknown("the setting says nothing of it any more", None), |one| one.outcome)
}
