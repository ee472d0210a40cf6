//! What a plan must stay within, and what one apply leaves to the next.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Change, Plan, Refusal};
use crate::{
    model::{Delivery, Effect},
    policy::{Limits, Share},
};

/// The limits of a run: the policy's, raised or lowered on the command line.
#[derive(Debug, Clone, Default)]
pub struct RunLimits {
    /// `--limit NAME=N`
    pub given: BTreeMap<String, u64>,
    /// `--limit-max NAME=N`: above these neither the policy's nor the given ones count.
    pub most: BTreeMap<String, u64>,
}

/// The names of limits.
pub const NAMES: [&str; 5] = ["changes", "repositories", "deletions", "loosening", "pull_requests"];

impl RunLimits {
    fn effective(&self, name: &str, policy: Option<u64>) -> Option<u64> {
        let allowed = self.given.get(name).copied().or(policy);
        match (allowed, self.most.get(name).copied()) {
            (Some(allowed), Some(most)) => Some(allowed.min(most)),
            (allowed, most) => allowed.or(most),
        }
    }

    /// How many pull requests one apply opens.
    #[must_use]
    pub fn pull_requests(&self, policy: &Limits) -> u64 {
        self.effective("pull_requests", Some(policy.pull_requests)).unwrap_or(policy.pull_requests)
    }

    /// The limits that the plan is beyond. Deletions need `--limit deletions=N` whatever the policy says.
    #[must_use]
    pub fn refused(&self, policy: &Limits, plan: &Plan, matched: u64) -> Vec<Refusal> {
        let counted = Counted::of(plan);
        let share = policy.repositories.map(|share| match share {
            Share::Count(count) => count,
            Share::Percent(percent) => matched * u64::from(percent) / 100,
        });
        let deletions = self.given.get("deletions").map_or(0, |_| policy.deletions);
        let all = [
            ("changes", counted.changes, policy.changes),
            ("repositories", counted.repositories, share),
            ("deletions", counted.deletions, Some(deletions)),
            ("loosening", counted.loosening, Some(policy.loosening)),
        ];
        all.into_iter()
            .filter_map(|(name, planned, policy)| {
                let allowed = self.effective(name, policy)?;
                (planned > allowed).then(|| Refusal { limit: name.to_owned(), allowed, planned })
            })
            .collect()
    }
}

/// What of a plan counts against limits: each effect counts like a change.
struct Counted {
    changes: u64,
    repositories: u64,
    deletions: u64,
    loosening: u64,
}

impl Counted {
    fn of(plan: &Plan) -> Self {
        let mut repositories = BTreeSet::new();
        let mut counted = Self { changes: 0, repositories: 0, deletions: 0, loosening: 0 };
        for change in &plan.changes {
            counted.changes += 1 + change.effects.len() as u64;
            counted.deletions += u64::from(change.deletes);
            counted.loosening += loosening(change);
            if let Some(repo) = &change.repo {
                repositories.insert((change.org.clone(), repo.clone()));
            }
            repositories.extend(change.effects.iter().map(|effect| (effect.org.clone(), effect.repo.clone())));
        }
        counted.repositories = repositories.len() as u64;
        counted
    }
}

/// How often a change loosens: its effects one by one, or itself where it has none that does.
#[must_use]
pub fn loosening(change: &Change) -> u64 {
    let effects = change.effects.iter().filter(|effect| effect.effect == Effect::Loosening).count() as u64;
    if effects == 0 { u64::from(change.effect == Effect::Loosening) } else { effects }
}

/// The ids of changes by pull request beyond the number that one apply opens; repositories in their fixed order, those
/// whose pull request is open already apart.
#[must_use]
pub fn deferred(changes: &[Change], most: u64, is_open: impl Fn(&Change) -> bool) -> Vec<String> {
    let mut opened = BTreeSet::new();
    let mut deferred = Vec::new();
    for change in changes.iter().filter(|change| change.delivery == Delivery::PullRequest && !is_open(change)) {
        let repo = (change.org.as_str(), change.repo.as_deref());
        if opened.contains(&repo) {
            continue;
        }
        if (opened.len() as u64) < most {
            opened.insert(repo);
        } else {
            deferred.push(change.id.clone());
        }
    }
    deferred
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_beats_the_policy_and_the_bound_beats_both() {
        let limits = RunLimits {
            given: BTreeMap::from([("changes".into(), 50)]),
            most: BTreeMap::from([("changes".into(), 20)]),
        };
        assert_eq!(limits.effective("changes", Some(500)), Some(20));
        assert_eq!(limits.effective("loosening", Some(3)), Some(3));
        let only_bound = RunLimits { given: BTreeMap::new(), most: BTreeMap::from([("changes".into(), 20)]) };
        assert_eq!(only_bound.effective("changes", None), Some(20));
    }
}
