//! What goes into resolving a policy for the repositories that there are, and what comes out.

use std::collections::BTreeMap;

use super::Warning;
use crate::{
    diagnostics::Diagnostic,
    model::{DesiredSet, Leaf, Org, Permission, Reading, RepoRef, Repository, Source},
};

/// A repository that rules may match.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// The organisation.
    pub org: &'a Org,
    /// What GitHub's list says of it.
    pub repo: &'a Repository,
    /// Whether it has no commit; read only where a rule asks.
    pub empty: Reading<bool>,
    /// Which of the files of [`MatchReads`](super::MatchReads) it has.
    pub files: BTreeMap<String, Reading<bool>>,
}

/// An organisation that was listed.
#[derive(Debug, Clone, Copy)]
pub struct OrgCandidate<'a> {
    /// Its login.
    pub org: &'a Org,
}

/// What is desired of everything that there is.
#[derive(Debug, Clone, Default)]
pub struct Resolution {
    /// The repositories that a rule matches, by organisation and name.
    pub repos: Vec<ResolvedRepo>,
    /// The organisations to which a rule gives settings, by name.
    pub orgs: Vec<ResolvedOrg>,
    /// Active repositories that no rule matches: indices of the candidates.
    pub unmatched: Vec<usize>,
    /// Repositories of which it cannot be said whether a rule matches.
    pub undetermined: Vec<Undetermined>,
    /// Errors that only the repositories show.
    pub conflicts: Vec<Diagnostic>,
    /// Sentences for the plan.
    pub warnings: Vec<Warning>,
    /// Repositories that a rule names exactly and that are not among the candidates of a listed organisation.
    pub exact_names_missing: Vec<(RepoRef, Source)>,
}

/// What is desired of a repository.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedRepo {
    /// Its index among the candidates.
    pub index: usize,
    /// The settings.
    pub desired: DesiredSet,
    /// The keyed settings for which a rule says `prune`, with the leaf that says so.
    pub prune: BTreeMap<&'static str, Leaf>,
}

/// What is desired of an organisation.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedOrg {
    /// Its login.
    pub org: Org,
    /// The settings.
    pub desired: DesiredSet,
    /// The keyed settings for which a rule says `prune`, with the leaf that says so.
    pub prune: BTreeMap<&'static str, Leaf>,
}

/// A repository of which it cannot be said whether a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undetermined {
    /// Its index among the candidates.
    pub index: usize,
    /// The rule.
    pub rule: String,
    /// What could not be read.
    pub reason: String,
    /// The permission that would help, where that is the reason.
    pub permission: Option<Permission>,
}
