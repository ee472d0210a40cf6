//! `waivers.toml`: written, dated exceptions.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::Warning;
use crate::model::{NamePattern, Org, RepoName, RepoPattern, Source};

/// How many days before its end a waiver is a warning.
const SOON: i32 = 30;

/// A written, dated exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// What it is for.
    pub target: WaiverTarget,
    /// The setting, whole or a start that ends before a dot.
    pub setting: String,
    /// Why.
    pub reason: String,
    /// Where it was decided.
    pub link: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it holds, in UTC; none if it is permanent.
    pub expires: Option<Date>,
    /// Where it stands.
    pub source: Source,
}

/// What a waiver is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaiverTarget {
    /// Settings of the repositories that match.
    Repo(RepoPattern),
    /// Settings of the organisations that match.
    Org(NamePattern),
}

impl Waiver {
    /// Whether it still holds.
    #[must_use]
    pub fn in_force(&self, as_of: Timestamp) -> bool {
        self.days_left(as_of).is_none_or(|days| days >= 0)
    }

    /// Whether it is for the setting of the target.
    #[must_use]
    pub fn covers(&self, org: &Org, repo: Option<&RepoName>, setting: &str) -> bool {
        let target = match (&self.target, repo) {
            (WaiverTarget::Repo(pattern), Some(repo)) => pattern.matches(org, repo),
            (WaiverTarget::Org(pattern), None) => pattern.matches(org.as_str()),
            (WaiverTarget::Repo(_), None) | (WaiverTarget::Org(_), Some(_)) => false,
        };
        target && is_start(&self.setting, setting)
    }

    /// The days after the day of `as_of` on which it still holds; none if it is permanent.
    fn days_left(&self, as_of: Timestamp) -> Option<i32> {
        let today = as_of.to_zoned(TimeZone::UTC).date();
        self.expires.map(|last| (last - today).get_days())
    }
}

/// Whether the start is the whole setting, or ends before one of its dots.
pub(super) fn is_start(start: &str, setting: &str) -> bool {
    setting.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What is to be said of the waivers, given those that covered something.
pub(super) fn warnings(waivers: &[Waiver], used: &BTreeSet<usize>, as_of: Timestamp) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (index, waiver) in waivers.iter().enumerate() {
        let what = match &waiver.target {
            WaiverTarget::Repo(pattern) => format!("the waiver of `{}` for `{pattern}`", waiver.setting),
            WaiverTarget::Org(pattern) => format!("the waiver of `{}` for organisation `{pattern}`", waiver.setting),
        };
        let mut warn = |message| warnings.push(Warning { message, source: Some(waiver.source.clone()) });
        let last = waiver.expires.map(|date| date.to_string()).unwrap_or_default();
        match waiver.days_left(as_of) {
            Some(days) if days < 0 => {
                warn(format!("{what} expired on {last} and no longer holds"));
                continue;
            }
            Some(days) if days <= SOON => warn(format!("{what} expires on {last}")),
            Some(_) | None => {}
        }
        if !used.contains(&index) {
            warn(format!("{what} covers nothing"));
        }
    }
    warnings
}
