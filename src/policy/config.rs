//! `policy.toml`: organisations, limits, variables.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::model::Org;

/// What `policy.toml` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The organisations, in the order of the file.
    pub orgs: Vec<Org>,
    /// The values for templates: `{{ vars.NAME }}`.
    pub vars: BTreeMap<String, String>,
    /// What a plan must stay within.
    pub limits: Limits,
    /// How old a saved plan may be.
    pub max_age: SignedDuration,
    /// What becomes of active repositories that no rule matches.
    pub coverage: Coverage,
}

/// What a plan must stay within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Changes and effects.
    pub changes: Option<u64>,
    /// Repositories with a change or an effect.
    pub repositories: Option<Share>,
    /// Deletions.
    pub deletions: u64,
    /// Changes that weaken security.
    pub loosening: u64,
    /// Pull requests that one apply opens; the rest are deferred.
    pub pull_requests: u64,
}

/// A number of repositories, or a share of those that are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Count(u64),
    /// So many of a hundred.
    Percent(u8),
}

/// What becomes of active repositories that no rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// They are a warning.
    Warn,
    /// They are a violation.
    Violation,
    /// They are left alone.
    Ignore,
}

impl Default for Limits {
    fn default() -> Self {
        Self { changes: None, repositories: None, deletions: 0, loosening: 0, pull_requests: 20 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            orgs: Vec::new(),
            vars: BTreeMap::new(),
            limits: Limits::default(),
            max_age: SignedDuration::from_hours(24),
            coverage: Coverage::Warn,
        }
    }
}
