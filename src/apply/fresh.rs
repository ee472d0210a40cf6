//! Reading once more: a setting of one target is judged anew from fresh answers, before a write and after it.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;

use super::Run;
use crate::{
    observe::wanted,
    plan::{GateKeeper, Judged, Target, judge_alone},
    settings::{Answer, Judgement, Notes, Outcome, ReadKey, RepoRead, Write},
};

/// Rounds of questions that one setting may need.
const MOST_ROUNDS: usize = 8;
/// How long what many targets rest on is recent enough before a write.
const MOMENT: Duration = Duration::from_secs(5);

impl Run<'_> {
    /// What the setting says now of the part that was judged: every answer that it rests on was read after this was called.
    ///
    /// What is read side by side for other targets only ever makes an answer newer: nothing is forgotten, so that none of
    /// them is left without an answer in the middle of its questions, or with an older one than it asked for.
    pub(super) async fn outcome_now(&self, judged: &Judged) -> Outcome {
        self.outcome(judged, |_| true).await
    }

    /// What the setting says before a write. What many targets rest on (the organisation's answers, and what the repository
    /// is) may have been read a moment ago.
    pub(super) async fn outcome_before(&self, judged: &Judged) -> Outcome {
        let moment = self.observer.client().limits().compressed(MOMENT);
        let recent = |key: &ReadKey| {
            let recent = self.recent.lock().expect("no holder of this lock panics");
            recent.get(key).is_some_and(|at| at.elapsed() < moment)
        };
        let outcome = self.outcome(judged, |key| !recent(key)).await;
        // What replaces a whole object of the organisation is made from that object as it is now.
        match &outcome {
            Outcome::Differs(difference) if difference.writes.iter().any(replaces_of_organisation) => {
                self.outcome_now(judged).await
            }
            _ => outcome,
        }
    }

    /// What the setting says after a write. First from the answers of the repository itself; if it is not `done` by these,
    /// from all.
    pub(super) async fn outcome_after(&self, judged: &Judged, done: impl Fn(&Outcome) -> bool) -> Outcome {
        let (_, asked) = self.judge(judged);
        if asked.iter().any(is_own_answer) {
            let outcome = self.outcome(judged, is_own_answer).await;
            if done(&outcome) {
                return outcome;
            }
        }
        self.outcome_now(judged).await
    }

    async fn outcome(&self, judged: &Judged, anew: impl Fn(&ReadKey) -> bool) -> Outcome {
        // Questions about the organisation's own settings also look at its repositories; those are not written here.
        let written = |key: &ReadKey| judged.target.repo.is_some() || matches!(key, ReadKey::Org(..));
        let mut fresh = BTreeSet::new();
        for _ in 0..MOST_ROUNDS {
            let (judgements, asked) = self.judge(judged);
            let due = self.due(asked, &fresh, |key| written(key) && anew(key));
            if due.is_empty() {
                let unanswered = || Outcome::unknown("GitHub did not answer all questions about it", None);
                return judgements.map_or_else(unanswered, |judgements| pick(judgements, judged));
            }
            fresh.extend(due.iter().cloned());
            self.read(due).await;
        }
        Outcome::unknown("its questions to GitHub do not come to an end", None)
    }

    /// After a write to a target: what may tell of it is not recent any more.
    pub(super) fn written(&self, target: &Target, path: &str) {
        let mut recent = self.recent.lock().expect("no holder of this lock panics");
        let of_org = target.repo.is_none() || path.starts_with("/orgs/");
        recent.retain(|key, _| match key {
            ReadKey::Org(org, _) => !of_org || *org != target.org,
            ReadKey::Repo(_, id, _) => target.node() != Some(id),
            ReadKey::Viewer | ReadKey::Name(..) => true,
        });
    }

    /// Keeps an answer, and when it was asked for where others rest on it too.
    pub(super) fn keep(&self, key: ReadKey, answer: Answer, asked: Instant) {
        if matches!(key, ReadKey::Org(..) | ReadKey::Repo(_, _, RepoRead::Listing)) {
            self.recent.lock().expect("no holder of this lock panics").insert(key.clone(), asked);
        }
        self.observed.write().expect("no holder of this lock panics").keep(key, answer);
    }

    fn judge(&self, judged: &Judged) -> (Option<Vec<Judgement>>, BTreeSet<ReadKey>) {
        let notes = Notes::of_one();
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
        let asked = Instant::now();
        for (key, answer) in self.observer.fetch(questions).await {
            if matches!(&answer, Answer::Listing(listing) if listing.value().is_none()) {
                // What was listed before is no answer to this.
                self.observed.write().expect("no holder of this lock panics").forget(&BTreeSet::from([key]));
                continue;
            }
            self.keep(key, answer, asked);
        }
    }

    /// Reads what a closure over the target's context asks for, anew.
    pub(super) async fn ask_now<T>(
        &self,
        target: &Target,
        ask: impl Fn(&crate::settings::Context<'_>) -> Result<T, crate::settings::Pending>,
    ) -> Option<T> {
        let mut fresh = BTreeSet::new();
        for _ in 0..MOST_ROUNDS {
            let notes = Notes::of_one();
            let answer = {
                let observed = self.observed.read().expect("no holder of this lock panics");
                let seen = observed.orgs.get(&target.org)?;
                let memo = crate::settings::Memo::default();
                let subject = target.node().and_then(|id| seen.repo(id));
                let cx = crate::settings::Context {
                    observed: &observed,
                    org: &target.org,
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

/// Whether a question is about the repository's own value, and not about what it is.
const fn is_own_answer(key: &ReadKey) -> bool {
    matches!(
        key,
        ReadKey::Repo(_, _, RepoRead::Graphql(_) | RepoRead::Rest(_) | RepoRead::Tree(_) | RepoRead::TreeAt(_))
    )
}

/// Whether a write puts a whole object of an organisation in place of the one that is there.
fn replaces_of_organisation(write: &Write) -> bool {
    matches!(write, Write::Rest(write) if write.base.is_some() && !write.path.starts_with("/repos/"))
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
