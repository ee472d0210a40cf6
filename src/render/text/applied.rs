//! What came of an apply.

use std::collections::BTreeMap;

use super::{Style, changes::heading};
use crate::{
    plan::{Applied, ChangeOutcome, ChangeResult},
    render::{
        difference::Voice,
        group::{self, Target, change_key},
        page::{Page, Paint, place},
        words,
    },
};

/// The kinds of results, in the order in which they are told: what went well first, so that what did not stands last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Applied,
    AlreadyDone,
    PullRequest,
    Deferred,
    Refused,
    Stale,
    Skipped,
    Failed,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Applied,
        Self::AlreadyDone,
        Self::PullRequest,
        Self::Deferred,
        Self::Refused,
        Self::Stale,
        Self::Skipped,
        Self::Failed,
    ];

    const fn of(result: &ChangeResult) -> Self {
        match result {
            ChangeResult::Applied => Self::Applied,
            ChangeResult::AlreadyDone => Self::AlreadyDone,
            ChangeResult::PullRequest { .. } => Self::PullRequest,
            ChangeResult::Deferred { .. } => Self::Deferred,
            ChangeResult::Refused { .. } => Self::Refused,
            ChangeResult::Stale { .. } => Self::Stale,
            ChangeResult::Skipped { .. } => Self::Skipped,
            ChangeResult::Failed { .. } => Self::Failed,
        }
    }

    /// The word of the closing line, and what it means.
    const fn words(self) -> (&'static str, &'static str, Paint) {
        match self {
            Self::Applied => ("changed", "written, and read back as wanted", Paint::Green),
            Self::AlreadyDone => ("already done", "it held when it was about to be written", Paint::Plain),
            Self::PullRequest => ("in pull requests", "people merge them", Paint::Green),
            Self::Deferred => ("left to the next apply", "run apply again", Paint::Plain),
            Self::Refused => ("refused", "needs a person's word", Paint::Yellow),
            Self::Stale => ("stale", "not written: what was planned is no longer true", Paint::Yellow),
            Self::Skipped => ("skipped", "not tried, since something that it stands on failed", Paint::Yellow),
            Self::Failed => ("failed", "GitHub refused, or it did not read back as wanted", Paint::Red),
        }
    }
}

/// The page.
pub(super) fn page(applied: &Applied, style: Style) -> String {
    let mut page = Page::new(style);
    let mut counts = Vec::new();
    for kind in Kind::ALL {
        let outcomes: Vec<_> = applied.outcomes.iter().filter(|outcome| Kind::of(&outcome.result) == kind).collect();
        if outcomes.is_empty() {
            continue;
        }
        let (word, meaning, paint) = kind.words();
        counts.push(format!("{} {word}", outcomes.len()));
        page.blank();
        page.put(0, Paint::Bold, &format!("{} {word} ({meaning}):", outcomes.len()));
        if kind == Kind::PullRequest {
            pull_requests(&mut page, &outcomes);
        } else {
            grouped(&mut page, &outcomes, paint);
        }
    }
    if !applied.closed.is_empty() {
        page.blank();
        page.put(0, Paint::Bold, "Closed, since no longer needed:");
        for url in &applied.closed {
            page.put(2, Paint::Plain, url);
        }
    }
    closing(&mut page, applied, &counts);
    page.finish()
}

fn grouped(page: &mut Page, outcomes: &[&ChangeOutcome], paint: Paint) {
    let mut groups: BTreeMap<_, (&ChangeOutcome, Vec<Target<'_>>)> = BTreeMap::new();
    for outcome in outcomes {
        let key = (change_key(&outcome.change), message(&outcome.result));
        let group = groups.entry(key).or_insert_with(|| (outcome, Vec::new()));
        group.1.push((&outcome.change.org, outcome.change.repo.as_deref()));
    }
    for ((_, message), (outcome, mut targets)) in groups {
        group::sort(&mut targets);
        page.blank();
        heading(page, &outcome.change, &targets, Voice::Change, (&[], &[]));
        if let Some(message) = message {
            page.put(6, paint, message);
        }
        let moved = outcome.change.effects.len();
        if moved > 0 && matches!(outcome.result, ChangeResult::Applied) {
            let moved = words::count_of(moved, "setting of a repository", "settings of repositories");
            page.put(6, Paint::Plain, &format!("moved {moved} with it"));
        }
    }
}

/// Pull requests by address, each with its files.
fn pull_requests(page: &mut Page, outcomes: &[&ChangeOutcome]) {
    let mut requests: BTreeMap<(&str, Option<&str>, &str), (&str, Vec<&str>)> = BTreeMap::new();
    for outcome in outcomes {
        if let ChangeResult::PullRequest { url, number: _, how } = &outcome.result {
            let key = (outcome.change.org.as_str(), outcome.change.repo.as_deref(), url.as_str());
            requests.entry(key).or_insert_with(|| (how, Vec::new())).1.push(&outcome.change.setting);
        }
    }
    for ((org, repo, url), (how, mut settings)) in requests {
        settings.sort_unstable();
        page.put(2, Paint::Green, &format!("{url} ({how}) {}", place(&[(org, repo)])));
        page.put(6, Paint::Plain, &settings.join(", "));
    }
}

fn message(result: &ChangeResult) -> Option<&str> {
    match result {
        ChangeResult::Applied | ChangeResult::AlreadyDone | ChangeResult::PullRequest { .. } => None,
        ChangeResult::Stale { message }
        | ChangeResult::Failed { message }
        | ChangeResult::Skipped { message }
        | ChangeResult::Deferred { message }
        | ChangeResult::Refused { message } => Some(message),
    }
}

fn closing(page: &mut Page, applied: &Applied, counts: &[String]) {
    page.blank();
    let took = if applied.milliseconds < 60_000 {
        format!("{}.{} s", applied.milliseconds / 1000, applied.milliseconds % 1000 / 100)
    } else {
        words::duration(applied.milliseconds / 1000)
    };
    let counts = if counts.is_empty() { "Nothing was to be done".to_owned() } else { counts.join(", ") };
    page.put(0, Paint::Bold, &format!("{counts}; {took}."));
    page.put(0, Paint::Dim, &format!("It cost {}.", words::cost(&applied.cost)));
    if applied.incomplete() {
        page.put(
            0,
            Paint::Red,
            "Incomplete: mend what is told above and run apply again; what is done is not done twice.",
        );
    }
}
