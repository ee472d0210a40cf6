//! Exit codes, and what is said when nothing was done.

use std::{fmt, process::ExitCode};

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
#[derive(Debug)]
pub(crate) struct Failed {
    message: String,
}

impl Failed {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}
