//! The results of an apply, sorted by kind, in the words that all formats share.

use super::words;
use crate::plan::{Applied, ChangeOutcome, ChangeResult};

/// The kinds of results, in the order in which a terminal tells them: what did not go well stands last, where one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
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
    pub(super) const ALL: [Self; 8] = [
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
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Applied => ("changed", "written, and read back as wanted"),
            Self::AlreadyDone => ("already done", "it held when it was about to be written"),
            Self::PullRequest => ("in pull requests", "people merge them"),
            Self::Deferred => ("left to the next apply", "run apply again"),
            Self::Refused => ("refused", "it needs a person's word"),
            Self::Stale => ("stale", "not written: what was planned is no longer true"),
            Self::Skipped => ("skipped", "not tried: what it stands on failed, or the apply was stopped"),
            Self::Failed => ("failed", "GitHub refused, or it did not read back as wanted"),
        }
    }
}

/// The outcomes of one kind.
pub(super) fn of(applied: &Applied, kind: Kind) -> Vec<&ChangeOutcome> {
    applied.outcomes.iter().filter(|outcome| Kind::of(&outcome.result) == kind).collect()
}

/// What the result says; for a pull request its address.
pub(super) fn note(result: &ChangeResult) -> Option<&str> {
    match result {
        ChangeResult::Applied | ChangeResult::AlreadyDone => None,
        ChangeResult::PullRequest { url, .. } => Some(url),
        ChangeResult::Stale { message }
        | ChangeResult::Failed { message }
        | ChangeResult::Skipped { message }
        | ChangeResult::Deferred { message }
        | ChangeResult::Refused { message } => Some(message),
    }
}

/// `29 changed, 2 failed`.
pub(super) fn counts(applied: &Applied) -> String {
    let counts = Kind::ALL.into_iter().map(|kind| (of(applied, kind).len(), kind.words().0));
    let counts: Vec<_> =
        counts.filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    match (counts.is_empty(), applied.closed.is_empty() && applied.not_closed.is_empty()) {
        (false, _) => counts.join(", "),
        (true, true) => "Nothing was to be done".to_owned(),
        (true, false) => "Nothing else was to be done".to_owned(),
    }
}

/// How long it took.
pub(super) fn took(applied: &Applied) -> String {
    words::elapsed(applied.milliseconds)
}
