//! Judges supposed organisations in rounds, as a plan judges real ones, and counts what each round would send.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Question,
    grown::Grown,
    live::Live,
    suppose::{Bound, Supposition},
    tally::Tally,
};
use crate::{
    diagnostics::Diagnostic,
    model::{NodeId, Org, RepoName},
    observe::{calls_of, wanted},
    plan::{Askers, Matched, Missing, Planner, Target},
    settings::{Answer, Observed, ReadKey},
};

/// Why judging stopped before its end.
pub(super) enum Stopped {
    /// Rules contradict each other where the repositories show it.
    Conflicts(Vec<Diagnostic>),
    /// Rules name repositories that were not looked at, and that are taken to be there.
    Names(Vec<(Org, RepoName)>),
}

/// One judging.
pub(super) struct Judging<'j, 'o> {
    question: &'j Question<'j>,
    grown: &'j BTreeMap<Org, Grown>,
    live: &'j mut Live<'o>,
    observed: Observed,
    supposition: Supposition,
    tally: Tally,
}

impl<'j, 'o> Judging<'j, 'o> {
    /// Before anything is judged.
    pub(super) fn new(
        question: &'j Question<'j>,
        bound: Bound,
        grown: &'j BTreeMap<Org, Grown>,
        live: &'j mut Live<'o>,
    ) -> Self {
        let mut observed = Observed::new(question.as_of);
        let mut tally = Tally::new(live.is_shared());
        for (org, grown) in grown {
            observed.orgs.insert(org.clone(), grown.observed());
            tally.listing(org, grown.sample.pages);
        }
        let supposition = Supposition::new(bound, question.policy, question.as_of);
        Self { question, grown, live, observed, supposition, tally }
    }

    /// Judges until nothing is missing.
    pub(super) async fn run(mut self) -> Result<Tally, Stopped> {
        let Question { policy, filters, .. } = self.question;
        let mut planner = loop {
            match Planner::prepare(policy, filters, &self.observed) {
                Matched::Ready(planner) => break planner,
                Matched::Missing(missing) => self.answer(missing, None).await?,
                Matched::Conflicts(conflicts) => return Err(Stopped::Conflicts(conflicts)),
            }
        };
        while let Some(missing) = planner.next_questions(&self.observed) {
            let askers = planner.askers(&self.observed);
            self.answer(missing, Some(&askers)).await?;
        }
        let judged: BTreeSet<&NodeId> = planner.targets().filter_map(Target::node).collect();
        self.tally.judged = judged.len();
        Ok(self.tally)
    }

    /// Counts what would be sent, and answers.
    async fn answer(&mut self, missing: Missing, askers: Option<&Askers>) -> Result<(), Stopped> {
        let names: Vec<(Org, RepoName)> = missing.iter().filter_map(|key| self.unseen(key)).collect();
        if !names.is_empty() {
            return Err(Stopped::Names(names));
        }
        let of_orgs = missing.iter().filter_map(|key| match key {
            ReadKey::Org(org, read) => Some((org.clone(), read.clone())),
            _ => None,
        });
        self.live.read(&of_orgs.collect::<BTreeSet<_>>()).await;
        let mut requests: BTreeMap<&ReadKey, u64> = BTreeMap::new();
        let mut answers = Vec::with_capacity(missing.len());
        for key in &missing {
            let answer = match key {
                ReadKey::Org(org, read) => {
                    let Some(grown) = self.grown.get(org) else { continue };
                    let told = self.live.told(org, &read.suffix, grown);
                    requests.insert(key, told.requests);
                    Answer::Rest(told.answer)
                }
                _ => self.supposition.answer(key, &self.observed),
            };
            answers.push((key.clone(), answer));
        }
        let calls = calls_of(wanted(missing.clone(), &self.observed), self.live.is_shared());
        self.tally.round(&calls, askers, &self.observed, |key| requests.get(key).copied().unwrap_or(1));
        for (key, answer) in answers {
            self.observed.keep(key, answer);
        }
        Ok(())
    }

    /// The name that a question asks for, where a repository that was not looked at may have it.
    fn unseen(&self, key: &ReadKey) -> Option<(Org, RepoName)> {
        let ReadKey::Name(org, name) = key else { return None };
        let can = self.grown.get(org).is_some_and(Grown::can_seat);
        can.then(|| (org.clone(), name.clone()))
    }
}
