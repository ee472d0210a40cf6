//! The filters of the command line: they narrow what is judged and written, not what is read to judge it.

use crate::model::{Desired, NodeId, Org, RepoName, RepoPattern};

use super::{PlanScope, judged::Target, shard::Shard};

/// Which targets and settings are wanted; an empty list wants all.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// `--org`
    pub orgs: Vec<Org>,
    /// `--repo`, as globs of `name` or `org/name`.
    pub repos: Vec<RepoPattern>,
    /// `--setting`: a setting whole, or a start that ends before a dot.
    pub settings: Vec<String>,
    /// `--shard`: one of several machines' share.
    pub shard: Option<Shard>,
}

/// Whether `start` names `setting`, whole or by a start that ends before a dot.
#[must_use]
pub fn names(start: &str, setting: &str) -> bool {
    setting.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Filters {
    /// The filters as the plan document says them.
    #[must_use]
    pub fn scope(&self) -> PlanScope {
        PlanScope {
            org: self.orgs.iter().map(ToString::to_string).collect(),
            repo: self.repos.iter().map(ToString::to_string).collect(),
            setting: self.settings.clone(),
        }
    }

    /// Whether none is given, a shard apart: all of them together leave nothing out.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.orgs.is_empty() && self.repos.is_empty() && self.settings.is_empty()
    }

    /// Whether the target is wanted, and this shard's.
    pub(super) fn wants_target(&self, target: &Target) -> bool {
        let name = target.repo.as_ref().map(|(name, _)| name);
        self.wants_name(&target.org, name) && self.shard.is_none_or(|shard| shard.has_target(target))
    }

    /// Whether what concerns the whole is told here: warnings of the policy, what no rule matches.
    pub(super) fn tells_the_whole(&self) -> bool {
        self.shard.is_none_or(Shard::is_first)
    }

    /// Whether a repository is judged here and by no other shard.
    pub(super) fn has(&self, repository: &NodeId) -> bool {
        self.shard.is_none_or(|shard| shard.has(repository))
    }

    /// Whether a target of this name is wanted. `--repo` leaves organisations out unless `--setting` names a setting.
    pub(super) fn wants_name(&self, org: &Org, repo: Option<&RepoName>) -> bool {
        if !self.orgs.is_empty() && !self.orgs.contains(org) {
            return false;
        }
        match repo {
            _ if self.repos.is_empty() => true,
            Some(repo) => self.repos.iter().any(|pattern| pattern.matches(org, repo)),
            None => !self.settings.is_empty(),
        }
    }

    /// Whether any part of the setting is wanted.
    pub(super) fn wants_some_of(&self, desired: &Desired) -> bool {
        let setting = desired.setting();
        self.settings.is_empty()
            || self.settings.iter().any(|wanted| names(wanted, &setting) || names(&setting, wanted))
    }

    /// Whether this very setting or part is wanted.
    pub(super) fn wants(&self, setting: &str) -> bool {
        self.settings.is_empty() || self.settings.iter().any(|wanted| names(wanted, setting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_ends_before_a_dot() {
        assert!(names("labels", "labels.bug"));
        assert!(names("labels.bug", "labels.bug"));
        assert!(!names("label", "labels.bug"));
        assert!(!names("labels.bug.x", "labels.bug"));
    }
}
