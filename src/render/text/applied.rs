//! What came of an apply.

use std::collections::BTreeMap;

use super::{Style, changes::heading, findings::BRIEF};
use crate::{
    plan::{Applied, ChangeOutcome, ChangeResult},
    render::{
        difference::Voice,
        group::{self, Target, change_key},
        page::{Page, Paint, place},
        results::{self, Kind},
        words,
    },
};

const fn paint(kind: Kind) -> Paint {
    match kind {
        Kind::Applied | Kind::PullRequest => Paint::Green,
        Kind::AlreadyDone | Kind::Deferred => Paint::Plain,
        Kind::Refused | Kind::Stale | Kind::Skipped => Paint::Yellow,
        Kind::Failed => Paint::Red,
    }
}

/// The page.
pub(super) fn page(applied: &Applied, style: Style) -> String {
    let mut page = Page::new(style);
    for kind in Kind::ALL {
        let outcomes = results::of(applied, kind);
        if outcomes.is_empty() {
            continue;
        }
        let (word, meaning) = kind.words();
        page.blank();
        page.put(0, Paint::Bold, &format!("{} {word} ({meaning}):", outcomes.len()));
        if kind == Kind::PullRequest {
            pull_requests(&mut page, &outcomes);
        } else {
            grouped(&mut page, &outcomes, paint(kind));
        }
    }
    if !applied.closed.is_empty() {
        page.blank();
        page.put(0, Paint::Bold, "Closed, since no longer needed:");
        for url in &applied.closed {
            page.put(2, Paint::Plain, url);
        }
    }
    if !applied.not_closed.is_empty() {
        page.blank();
        page.put(0, Paint::Bold, "No longer needed, and not closed:");
        for one in &applied.not_closed {
            page.put(2, Paint::Plain, &one.url);
            page.put(6, Paint::Yellow, &one.message);
        }
    }
    closing(&mut page, applied);
    page.finish()
}

fn grouped(page: &mut Page, outcomes: &[&ChangeOutcome], paint: Paint) {
    let mut groups: BTreeMap<_, (&ChangeOutcome, Vec<Target<'_>>)> = BTreeMap::new();
    for outcome in outcomes {
        let key = (change_key(&outcome.change), results::note(&outcome.result));
        let group = groups.entry(key).or_insert_with(|| (outcome, Vec::new()));
        group.1.push((&outcome.change.org, outcome.change.repo.as_deref()));
    }
    for ((_, message), (outcome, mut targets)) in groups {
        group::sort(&mut targets);
        page.blank();
        let lines = heading(page, &outcome.change, &targets, Voice::Change, (&[], &[]));
        // The plan has told them already.
        if page.verbose() || lines.len() <= BRIEF {
            page.block(6, &lines);
        }
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
    let mut requests: BTreeMap<_, (&str, Vec<&str>)> = BTreeMap::new();
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

fn closing(page: &mut Page, applied: &Applied) {
    page.blank();
    page.put(0, Paint::Bold, &format!("{}; {}.", results::counts(applied), results::took(applied)));
    page.put(0, Paint::Dim, &format!("It cost {}.", words::cost(&applied.cost)));
    if applied.incomplete() {
        page.put(
            0,
            Paint::Red,
            "Incomplete: mend what is told above and run it again; what is done is not done twice.",
        );
    }
}
