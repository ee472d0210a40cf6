//! Exit codes, and what is said when nothing was done.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0
    Done,
    /// 1: nothing was done.
    Nothing,
    /// 2: there are changes, or differences.
    Differs,
    /// 3: something is unknown, stale or failed.
    Incomplete,
}

impl Exit {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Nothing => 1,
            Self::Differs => 2,
            Self::Incomplete => 3,
        })
    }
}

/// Why nothing was done: exit 1.
pub(crate) type Failed = anyhow::Error;
