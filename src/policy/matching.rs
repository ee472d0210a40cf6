//! `[match]`: the conditions of a rule, and whether they hold for a repository.
//!
//! A condition may be yes, no or unknown (what it asks could not be read). One no settles the match; an unknown left
//! over makes it undetermined.

use jiff::{SignedDuration, Timestamp};

use super::{
    conditions::{Cond, Test},
    resolution::Candidate,
};
use crate::model::{Org, Permission, Reading, RepoRef};

/// Which targets a rule is for: all conditions hold, and none of those under `not`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Selector {
    pub(super) all: Vec<Cond>,
    pub(super) not: Vec<Cond>,
}

/// Whether a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// What could not be read.
    Unknown(String, Option<Permission>),
}

impl Answer {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn negate(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown(why, permission) => Self::Unknown(why, permission),
        }
    }

    fn of_reading(reading: &Reading<bool>, what: &str, wanted: impl Fn(bool) -> bool) -> Self {
        match reading {
            Reading::Known { known } => Self::of(wanted(*known)),
            Reading::Unknown { unknown, permission } => {
                Self::Unknown(format!("{what} could not be read: {unknown}"), permission.clone())
            }
            // What cannot exist there is not there.
            Reading::NotApplicable { .. } => Self::of(wanted(false)),
        }
    }
}

impl Selector {
    /// Whether it asks for `archived`, and so reaches archived repositories.
    pub(super) fn names_archived(&self) -> bool {
        self.all.iter().any(|cond| matches!(cond.test, Test::Archived(_)))
    }

    /// The conditions that only repositories can answer.
    pub(super) fn beyond_org(&self) -> impl Iterator<Item = &Cond> {
        self.all.iter().chain(&self.not).filter(|cond| !matches!(cond.test, Test::Org(_)))
    }

    /// Whether the organisation matches, for rules that match on `org` alone.
    pub(super) fn matches_org(&self, org: &Org) -> bool {
        let holds = |cond: &Cond| match &cond.test {
            Test::Org(patterns) => patterns.iter().any(|pattern| pattern.matches(org.as_str())),
            _ => false,
        };
        self.all.iter().all(holds) && !self.not.iter().any(holds)
    }

    /// Whether repositories of the organisation could match.
    pub(super) fn could_match_org(&self, org: &Org) -> bool {
        let could = |cond: &Cond| match &cond.test {
            Test::Org(patterns) => patterns.iter().any(|pattern| pattern.matches(org.as_str())),
            Test::Repo(patterns) => patterns.iter().any(|pattern| pattern.matches_org(org)),
            _ => true,
        };
        let excludes =
            |cond: &Cond| matches!(&cond.test, Test::Org(list) if list.iter().any(|p| p.matches(org.as_str())));
        self.all.iter().all(could) && !self.not.iter().any(excludes)
    }

    /// Whether a repository of this name could match in some organisation.
    pub(super) fn could_match_name(&self, orgs: &[Org], name: &str) -> bool {
        let could = |cond: &Cond| match &cond.test {
            Test::Repo(patterns) => patterns.iter().any(|pattern| pattern.matches_name(name)),
            _ => true,
        };
        self.all.iter().all(could) && orgs.iter().any(|org| self.could_match_org(org) && !self.excludes(org, name))
    }

    fn excludes(&self, org: &Org, name: &str) -> bool {
        self.not.iter().any(|cond| match &cond.test {
            Test::Repo(patterns) => patterns.iter().any(|p| p.matches_org(org) && p.matches_name(name)),
            _ => false,
        })
    }

    /// Whether a repository of this name matches in every organisation, whatever it is like.
    pub(super) fn surely_matches_name(&self, orgs: &[Org], name: &str) -> bool {
        let sure = |cond: &Cond| match &cond.test {
            Test::Org(patterns) => orgs.iter().all(|org| patterns.iter().any(|p| p.matches(org.as_str()))),
            Test::Repo(patterns) => {
                orgs.iter().all(|org| patterns.iter().any(|p| p.matches_org(org) && p.matches_name(name)))
            }
            _ => false,
        };
        self.not.is_empty() && self.all.iter().all(sure)
    }

    /// The repositories that it names exactly.
    pub(super) fn exact_names(&self) -> impl Iterator<Item = (&RepoRef, &Cond)> {
        self.all.iter().flat_map(|cond| {
            let patterns = match &cond.test {
                Test::Repo(patterns) => patterns.as_slice(),
                _ => &[],
            };
            patterns.iter().filter_map(|pattern| pattern.exact()).map(move |name| (name, cond))
        })
    }

    /// Whether the pattern by which it matches the repository names it exactly.
    pub(super) fn is_exact(&self, at: &Candidate<'_>) -> bool {
        self.exact_names().any(|(name, _)| name.org == *at.org && name.name == at.repo.name)
    }

    /// Whether the repository matches.
    pub(super) fn matches(&self, at: &Candidate<'_>, as_of: Timestamp) -> Answer {
        let mut result = Answer::Yes;
        let positive = self.all.iter().map(|cond| cond.test.holds(at, as_of));
        let negative = self.not.iter().map(|cond| cond.test.holds(at, as_of).negate());
        for answer in positive.chain(negative) {
            match answer {
                Answer::No => return Answer::No,
                Answer::Unknown(..) if result == Answer::Yes => result = answer,
                Answer::Unknown(..) | Answer::Yes => {}
            }
        }
        result
    }

    /// Whether every target of `other` is certainly one of this, both in the same state of archival.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let within =
            |ours: &[Cond], theirs: &[Cond]| ours.iter().all(|cond| theirs.iter().any(|their| their.test == cond.test));
        within(&self.all, &other.all) && within(&self.not, &other.not)
    }
}

impl Test {
    fn holds(&self, at: &Candidate<'_>, as_of: Timestamp) -> Answer {
        let repo = at.repo;
        let one_of = |list: &[String], text: Option<&str>| {
            Answer::of(text.is_some_and(|text| list.iter().any(|each| each.eq_ignore_ascii_case(text))))
        };
        match self {
            Self::Org(patterns) => Answer::of(patterns.iter().any(|pattern| pattern.matches(at.org.as_str()))),
            Self::Repo(patterns) => Answer::of(patterns.iter().any(|pattern| pattern.matches(at.org, &repo.name))),
            Self::Visibility(list) => one_of(list, Some(repo.visibility.as_str())),
            Self::Archived(list) => Answer::of(list.contains(&repo.archived)),
            Self::Fork(list) => Answer::of(list.contains(&repo.fork)),
            Self::Template(list) => Answer::of(list.contains(&repo.is_template)),
            Self::Empty(list) => {
                Answer::of_reading(&at.empty, "whether the repository is empty", |empty| list.contains(&empty))
            }
            Self::Topic(list) => {
                Answer::of(repo.topics.iter().any(|topic| list.iter().any(|each| each.eq_ignore_ascii_case(topic))))
            }
            Self::Language(list) => one_of(list, repo.language.as_deref()),
            Self::License(list) => one_of(list, repo.license.as_ref().and_then(|license| license.spdx_id.as_deref())),
            Self::CreatedBefore(moment) => created(repo.created_at, |at| at < *moment),
            Self::CreatedAfter(moment) => created(repo.created_at, |at| at >= *moment),
            Self::PushedWithin(span) => Answer::of(pushed_within(repo.pushed_at, *span, as_of)),
            Self::NotPushedWithin(span) => Answer::of(!pushed_within(repo.pushed_at, *span, as_of)),
            Self::HasFile(paths) => has_file(paths, at),
            Self::Property(name, values) => property(name, values, at),
        }
    }
}

fn created(at: Option<Timestamp>, holds: impl Fn(Timestamp) -> bool) -> Answer {
    at.map_or_else(
        || Answer::Unknown("GitHub did not say when it was created".into(), None),
        |at| Answer::of(holds(at)),
    )
}

/// A repository without a push was not pushed to within any time.
fn pushed_within(at: Option<Timestamp>, span: SignedDuration, as_of: Timestamp) -> bool {
    at.is_some_and(|at| as_of.duration_since(at) <= span)
}

fn has_file(paths: &[String], at: &Candidate<'_>) -> Answer {
    let mut result = Answer::No;
    for path in paths {
        let answer = match at.files.get(path) {
            Some(reading) => Answer::of_reading(reading, &format!("whether it has `{path}`"), |has| has),
            None => Answer::Unknown(format!("whether it has `{path}` was not read"), None),
        };
        match answer {
            Answer::Yes => return Answer::Yes,
            Answer::Unknown(..) if result == Answer::No => result = answer,
            Answer::Unknown(..) | Answer::No => {}
        }
    }
    result
}

fn property(name: &str, values: &[String], at: &Candidate<'_>) -> Answer {
    let Some(properties) = &at.repo.custom_properties else {
        return Answer::Unknown("its custom properties were not told".into(), None);
    };
    let is = |value: &serde_json::Value| value.as_str().is_some_and(|text| values.iter().any(|each| each == text));
    let found = properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    Answer::of(match found {
        Some(serde_json::Value::Array(list)) => list.iter().any(is),
        Some(value) => is(value),
        None => false,
    })
}
