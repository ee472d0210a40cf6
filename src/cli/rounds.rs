//! Reading in rounds: what a planner lacks is read, until it lacks nothing.
//!
//! A round ends when its answers are there, but for lists of an organisation: some have pages that can only be read one after the
//! other (`GET /orgs/{org}/code-security/configurations/{configuration_id}/repositories` has cursors), a page for a hundred
//! repositories, and most repositories can be judged meanwhile. Nothing is asked for that the planner did not ask for.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::{FutureExt, Stream, StreamExt, stream::FuturesUnordered};

use super::{keep::Keep, session::Source, ui::Ui};
use crate::{
    observe::{Observer, Wanted, wanted},
    plan::{Missing, Planner},
    settings::{Answer, Observed, ReadKey, RestForm},
};

/// Answers to some questions.
type Answers = Vec<(ReadKey, Answer)>;

/// Reads what the planner lacks until all is judged; with `keep`, what was read of a repository that has been goes on the way.
pub(super) async fn judge(
    planner: &mut Planner<'_>,
    observed: &mut Observed,
    (source, keep): (&Source, Keep),
    ui: &Ui,
) {
    let Source::Github(observer) = source else {
        while let Some(missing) = planner.next_questions(observed) {
            answer(missing, observed, source, ui).await;
        }
        return;
    };
    let mut lists = FuturesUnordered::new();
    while let Some(missing) = planner.next_questions(observed) {
        if keep.drops_answers(source) {
            planner.spent(observed).iter().for_each(|one| observed.drop_answers_of(&one.org, &one.node, &one.kept));
        }
        let (later, now): (Missing, Missing) = missing.into_iter().partition(is_list);
        for key in &later {
            lists.push(list(observer, key.clone(), wanted(BTreeSet::from([key.clone()]), observed)));
        }
        planner.comes_later(later);
        if now.is_empty() {
            ui.count("reading", lists.len());
            while let Some((key, answers)) = lists.next().await {
                take_in(BTreeSet::from([key]), answers, observed);
            }
            continue;
        }
        let questions = wanted(now.clone(), observed);
        let mut arrived = Vec::new();
        let answers = fetch(observer, questions, now.len(), (&mut lists, &mut arrived), ui).await;
        take_in(now, answers, observed);
        for (key, answers) in arrived {
            take_in(BTreeSet::from([key]), answers, observed);
        }
    }
}

/// Whether it is a list of an organisation, which may have many pages.
const fn is_list(key: &ReadKey) -> bool {
    matches!(key, ReadKey::Org(_, read) if matches!(read.form, RestForm::List | RestForm::ListIn(_)))
}

/// Reads a list by itself: it goes on while repositories are judged, which takes the thread that waits for them.
fn list(
    observer: &Arc<Observer>,
    key: ReadKey,
    questions: Vec<Wanted>,
) -> impl Future<Output = (ReadKey, Answers)> + use<> {
    let observer = Arc::clone(observer);
    let reading = tokio::spawn(async move { observer.fetch(questions).await });
    // One that panics has no answers, and is told as unknown.
    async { (key, reading.await.unwrap_or_default()) }
}

/// Reads what is missing; whatever stays without an answer is unknown.
pub(super) async fn answer(missing: Missing, observed: &mut Observed, source: &Source, ui: &Ui) {
    let questions = wanted(missing.clone(), observed);
    let answers = match source {
        Source::Github(observer) => {
            let none = &mut futures::stream::empty();
            fetch(observer, questions, missing.len(), (none, &mut Vec::new()), ui).await
        }
        Source::Snapshot(_) => missing
            .iter()
            .cloned()
            .map(|key| {
                let answer = Answer::unknown(&key, "the snapshot does not hold it");
                (key, answer)
            })
            .collect(),
    };
    take_in(missing, answers, observed);
}

/// Keeps answers. Whatever had none is unknown, so that no question is asked for ever.
fn take_in(missing: Missing, answers: Answers, observed: &mut Observed) {
    for (key, answer) in answers {
        observed.keep(key, answer);
    }
    for key in missing {
        if !observed.has(&key) {
            let answer = Answer::unknown(&key, "there was no answer");
            observed.keep(key, answer);
        }
    }
}

/// Reads, and tells how far it is. What comes of `lists` meanwhile has `arrived`.
async fn fetch(
    observer: &Observer,
    questions: Vec<Wanted>,
    count: usize,
    (lists, arrived): (&mut (impl Stream<Item = (ReadKey, Answers)> + Unpin), &mut Vec<(ReadKey, Answers)>),
    ui: &Ui,
) -> Answers {
    let before = observer.answered();
    ui.count("reading", count);
    let fetching = observer.fetch(questions);
    tokio::pin!(fetching);
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let answers = loop {
        tokio::select! {
            answers = &mut fetching => break answers,
            Some(list) = lists.next() => arrived.push(list),
            _ = tick.tick() => ui.reached(observer.answered().saturating_sub(before)),
        }
    };
    while let Some(Some(list)) = lists.next().now_or_never() {
        arrived.push(list);
    }
    answers
}
