//! Reading in rounds: what a planner lacks is read, until it lacks nothing.
//!
//! A round ends when its answers are there, but for lists of an organisation: some have pages that can only be read one after the
//! other (`GET /orgs/{org}/code-security/configurations/{configuration_id}/repositories` has cursors), a page for a hundred
//! repositories, and most repositories can be judged meanwhile. Nothing is asked for that the planner did not ask for.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt, stream::FuturesUnordered};

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
        read(now, observed, observer, ui).await;
        while let Some(Some((key, answers))) = lists.next().now_or_never() {
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
    match source {
        Source::Github(observer) => read(missing, observed, observer, ui).await,
        Source::Snapshot(_) => {
            for key in missing {
                let answer = Answer::unknown(&key, "the snapshot does not hold it");
                observed.keep(key, answer);
            }
        }
    }
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

/// Reads what is missing from GitHub, and tells how far it is.
async fn read(missing: Missing, observed: &mut Observed, observer: &Observer, ui: &Ui) {
    let before = observer.answered();
    ui.count("reading", missing.len());
    let fetching = observer.fetch(wanted(missing.clone(), observed));
    tokio::pin!(fetching);
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let answers = loop {
        tokio::select! {
            answers = &mut fetching => break answers,
            _ = tick.tick() => ui.reached(observer.answered().saturating_sub(before)),
        }
    };
    take_in(missing, answers, observed);
}
