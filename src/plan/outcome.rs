//! What came of applying: one outcome for each change.

use serde::{Deserialize, Serialize};

use super::document::{Change, Cost};

/// What came of one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum ChangeResult {
    /// Written, and read back as wanted.
    Applied,
    /// It held already when it was about to be written.
    AlreadyDone,
    /// A pull request with it is open.
    PullRequest {
        /// Its address.
        url: String,
        /// Its number.
        number: u64,
        /// `opened`, `updated` or `unchanged`.
        how: String,
    },
    /// It was not written: what was planned is no longer true.
    Stale {
        /// What is true now.
        message: String,
    },
    /// GitHub refused, or it did not read back as wanted.
    Failed {
        /// Why, and what helps.
        message: String,
    },
    /// Not tried, since something that it stands on failed.
    Skipped {
        /// What failed.
        message: String,
    },
    /// Left to the next apply.
    Deferred {
        /// Why.
        message: String,
    },
    /// It needs `--allow`.
    Refused {
        /// Why, and the flag that would allow it.
        message: String,
    },
}

/// One change and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeOutcome {
    /// The change.
    pub change: Change,
    /// What came of it.
    #[serde(flatten)]
    pub result: ChangeResult,
}

/// A pull request of ordain's that was to be closed and stayed open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotClosed {
    /// Its address.
    pub url: String,
    /// Why.
    pub message: String,
}

/// What came of an apply.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Applied {
    /// In the order of the plan.
    pub outcomes: Vec<ChangeOutcome>,
    /// Pull requests of ordain's that were closed since they were no longer needed, by address.
    pub closed: Vec<String>,
    /// Those that were to be closed and stayed open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_closed: Vec<NotClosed>,
    /// What it cost.
    pub cost: Cost,
    /// Wall time in milliseconds.
    pub milliseconds: u64,
}

impl Applied {
    /// Whether something failed, was skipped, was stale or was refused for lack of `--allow` (exit code 3).
    #[must_use]
    pub fn incomplete(&self) -> bool {
        let unchanged = self.outcomes.iter().any(|outcome| {
            matches!(
                outcome.result,
                ChangeResult::Failed { .. }
                    | ChangeResult::Stale { .. }
                    | ChangeResult::Skipped { .. }
                    | ChangeResult::Refused { .. }
            )
        });
        unchanged || !self.not_closed.is_empty()
    }
}
