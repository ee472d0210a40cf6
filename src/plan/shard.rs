//! A plan by several machines: which repositories are whose, and what a part of a plan carries so that the parts can be joined.
//!
//! A repository belongs to a shard by its identity alone, so that neither a new name nor other repositories move it. What concerns
//! an organisation or the whole policy is the first shard's.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    document::{Change, Plan},
    judged::{Judged, Target},
};
use crate::{
    model::{NodeId, Verdict},
    settings::Need,
};

/// The most shards: of each of GitHub's limits (76 pull requests a minute are the tightest) one call must be left to each.
pub const MOST_SHARDS: u32 = 64;

/// One of so many shards, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    of: u32,
}

/// Why there is no such shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadShard {
    /// It is not two numbers.
    #[error("write I/N, such as 2/3: the second of three shards")]
    Form,
    /// The first number is beyond the second, or 0.
    #[error("there is no shard {0} of {1}; they are counted from 1 to {1}")]
    Index(u32, u32),
    /// There are none, or too many.
    #[error(
        "there are 1 to {MOST_SHARDS} shards: each takes its share of GitHub's limits, which must be enough for a call"
    )]
    Count,
}

impl Shard {
    /// The shard `index` of `of`.
    ///
    /// # Errors
    /// If there is no such shard, or are too many of them.
    pub const fn new(index: u32, of: u32) -> Result<Self, BadShard> {
        if of == 0 || of > MOST_SHARDS {
            return Err(BadShard::Count);
        }
        if index == 0 || index > of {
            return Err(BadShard::Index(index, of));
        }
        Ok(Self { index, of })
    }

    /// Which one it is, from 1.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many there are.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Whether it is the one that judges organisations and speaks for the whole.
    #[must_use]
    pub const fn is_first(self) -> bool {
        self.index == 1
    }

    /// Whether a repository is this shard's.
    #[must_use]
    pub fn has(self, repository: &NodeId) -> bool {
        index_of(repository, self.of) == self.index
    }

    /// Whether a change is this shard's.
    pub(super) fn has_change(self, change: &Change) -> bool {
        index_of_change(change, self.of) == self.index
    }

    /// Whether a target is this shard's.
    pub(super) fn has_target(self, target: &Target) -> bool {
        target.node().map_or(self.is_first(), |node| self.has(node))
    }
}

/// The shard of a repository among `of` of them: the first eight bytes of the SHA-256 of its node id, modulo their number.
fn index_of(repository: &NodeId, of: u32) -> u32 {
    let digest = Sha256::digest(repository.0.as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    u32::try_from(number % u64::from(of.max(1))).unwrap_or_default() + 1
}

/// The shard of a change: an organisation's is the first one's.
pub(super) fn index_of_change(change: &Change, of: u32) -> u32 {
    let node = change.node_id.as_ref().filter(|_| change.repo.is_some());
    node.map_or(1, |node| index_of(node, of))
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = BadShard;

    fn from_str(text: &str) -> Result<Self, BadShard> {
        // Digits only: `+1/3` is no shard.
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().unwrap_or(u32::MAX)).ok_or(BadShard::Form)
        };
        let (index, of) = text.split_once('/').ok_or(BadShard::Form)?;
        Self::new(number(index)?, number(of)?)
    }
}

/// What the plan of a shard says beside the fields of every plan: whose it is, and what is needed to join it with the others.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ShardPart {
    /// Which shard, from 1.
    pub index: u32,
    /// How many shards there are.
    pub of: u32,
    /// The waivers that cover something here, by their place in `waivers.toml` from 0.
    pub waivers: BTreeSet<usize>,
    /// The repositories with changes by pull request of which one of ordain's is open already.
    pub open: BTreeSet<NodeId>,
    /// What GitHub wants of other settings before it takes a change, by the change's id.
    pub needs: BTreeMap<String, Vec<Need>>,
    /// What the policy says of the settings that are needed and compliant, by id: then a change waits for them.
    pub wishes: BTreeMap<String, Wish>,
    /// The changes that are not planned here since what they need is not so: another shard's change to the organisation may make
    /// it so.
    pub waiting: Vec<Change>,
    /// Why a change is made only where `--allow` names it, by its id.
    pub restricted: BTreeMap<String, String>,
    /// The ids of the findings that are only audited.
    pub audit: BTreeSet<String>,
    /// Why the policy says so, by the finding's id.
    pub reasons: BTreeMap<String, String>,
}

/// What the policy says of a setting that holds already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// The organisation.
    pub org: String,
    /// The repository's identity; none for the organisation's own.
    pub node_id: Option<NodeId>,
    /// The setting's address without the target.
    pub setting: String,
    /// What the policy says.
    pub desired: Value,
}

/// What the plan of a shard carries: `plan` has its changes and findings already; `is_open` says of which changes the pull
/// request is open.
pub(super) fn part(
    shard: Shard,
    judged: &[Judged],
    plan: &Plan,
    waiting: Vec<Change>,
    is_open: impl Fn(&Change) -> bool,
) -> ShardPart {
    let mut part = ShardPart { index: shard.index, of: shard.of, ..ShardPart::default() };
    for one in judged {
        part.waivers.extend(one.waived_by);
        if !one.needs.is_empty() && (one.waits || one.verdict == Verdict::Change) {
            part.needs.insert(one.id(), one.needs.clone());
        }
    }
    part.wishes = wishes(judged, &part.needs);
    for change in plan.changes.iter().chain(&waiting) {
        if let Some(why) = &change.restricted {
            part.restricted.insert(change.id.clone(), why.clone());
        }
    }
    part.open = plan.changes.iter().filter(|change| is_open(change)).filter_map(|one| one.node_id.clone()).collect();
    for finding in &plan.findings {
        if finding.audit {
            part.audit.insert(finding.id.clone());
        }
        if let Some(reason) = &finding.reason {
            part.reasons.insert(finding.id.clone(), reason.clone());
        }
    }
    part.waiting = waiting;
    part
}

fn wishes(judged: &[Judged], needs: &BTreeMap<String, Vec<Need>>) -> BTreeMap<String, Wish> {
    let named: BTreeSet<&str> =
        needs.values().flatten().flat_map(|need| &need.any).map(|condition| condition.setting.as_str()).collect();
    let compliant = judged.iter().filter(|one| one.verdict == Verdict::Compliant);
    let told = compliant.map(|one| (one, one.setting())).filter(|(_, setting)| named.contains(setting.as_str()));
    told.map(|(one, setting)| {
        let (org, node_id) = (one.target.org.to_string(), one.target.node().cloned());
        (one.id(), Wish { org, node_id, setting, desired: one.values().1 })
    })
    .collect()
}

impl ShardPart {
    /// Brings back to the changes and findings of a plan what its document has no place for.
    pub(super) fn restore(&self, plan: &mut Plan) {
        for change in &mut plan.changes {
            change.restricted = self.restricted.get(&change.id).cloned();
        }
        for finding in &mut plan.findings {
            finding.audit = self.audit.contains(&finding.id);
            finding.reason = self.reasons.get(&finding.id).cloned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_two_numbers() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, of: 3 }));
        for bad in ["", "x", "1", "1/", "/3", "1/2/3", "+1/3", "-1/3", "1/ 3", "1.0/3", "²/3"] {
            assert_eq!(bad.parse::<Shard>(), Err(BadShard::Form), "{bad}");
        }
        assert_eq!("0/3".parse::<Shard>(), Err(BadShard::Index(0, 3)));
        assert_eq!("4/3".parse::<Shard>(), Err(BadShard::Index(4, 3)));
        for bad in ["1/0", "1/65", "1/99999999999999999999"] {
            assert_eq!(bad.parse::<Shard>(), Err(BadShard::Count), "{bad}");
        }
    }

    /// The split is fixed for ever: plans of one version are applied by another. `sha256sum` says the same.
    #[test]
    fn a_repository_belongs_to_one_shard_by_its_identity() {
        let node = |text: &str| NodeId(text.into());
        let shards = |text: &str| [1, 2, 3, 4, 5].map(|of| index_of(&node(text), of));
        assert_eq!(shards("R_kgDOABCDEF"), [1, 1, 3, 3, 1]);
        assert_eq!(shards("R_1"), [1, 1, 1, 3, 4]);
        let mut counts = [0; 3];
        for number in 0..3_000 {
            counts[index_of(&node(&format!("R_{number}")), 3) as usize - 1] += 1;
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
    }
}
