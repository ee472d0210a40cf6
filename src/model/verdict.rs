//! The words in which a plan speaks (section "Verdicts" and "The plan" of the design).

use std::fmt;

use serde::{Deserialize, Serialize};

/// What holds for one setting, or one part of it, of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It cannot exist there.
    NotApplicable,
    /// It could not be read.
    Unknown,
    /// Observed equals desired.
    Compliant,
    /// A waiver covers it.
    Waived,
    /// It differs, and cannot or may not be changed by ordain.
    Violation,
    /// It differs, and a gate does not hold.
    Blocked,
    /// A pull request with exactly the planned files is open.
    Pending,
    /// It differs, and ordain can change it.
    Change,
}

impl Verdict {
    /// All verdicts, in the order in which the first that holds is taken.
    pub const ALL: [Self; 8] = [
        Self::NotApplicable,
        Self::Unknown,
        Self::Compliant,
        Self::Waived,
        Self::Violation,
        Self::Blocked,
        Self::Pending,
        Self::Change,
    ];

    /// The word of the formats.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::Unknown => "unknown",
            Self::Compliant => "compliant",
            Self::Waived => "waived",
            Self::Violation => "violation",
            Self::Blocked => "blocked",
            Self::Pending => "pending",
            Self::Change => "change",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which way a change moves the target's security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Safer.
    Tightening,
    /// Weaker.
    Loosening,
    /// Neither.
    Neutral,
}

impl Effect {
    /// The effect of several at once: one that loosens makes the whole loosen.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Loosening, _) | (_, Self::Loosening) => Self::Loosening,
            (Self::Tightening, _) | (_, Self::Tightening) => Self::Tightening,
            (Self::Neutral, Self::Neutral) => Self::Neutral,
        }
    }

    /// Tightening if the condition holds, else loosening.
    #[must_use]
    pub const fn tightening_if(condition: bool) -> Self {
        if condition { Self::Tightening } else { Self::Loosening }
    }
}

/// What a change does to the thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is not there yet.
    Create,
    /// It is there and differs.
    Update,
    /// It is there and should not be.
    Delete,
}

/// How a change reaches GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// By a call that takes effect at once (or that GitHub settles by itself).
    Api,
    /// By a pull request that people merge.
    PullRequest,
    /// By a commit on the default branch.
    Commit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_formats() {
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_value(verdict).expect("serialises"), verdict.as_str());
        }
        assert_eq!(serde_json::to_value(Delivery::PullRequest).expect("serialises"), "pull_request");
    }

    #[test]
    fn mixed_directions_loosen() {
        assert_eq!(Effect::Tightening.join(Effect::Loosening), Effect::Loosening);
        assert_eq!(Effect::Neutral.join(Effect::Tightening), Effect::Tightening);
    }
}
