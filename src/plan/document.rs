//! The plan as a document: `ordain.plan/1`, field by field as it is published.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::shard::ShardPart;
use crate::{
    model::{Action, Delivery, Effect, NodeId, Permission, Source, Verdict},
    settings::Move,
};

/// The name of the format.
pub const FORMAT: &str = "ordain.plan/1";

/// Everything that differs, and what an apply would do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// `ordain.plan/1`
    pub format: String,
    /// Detects damage: see [`Plan::digest`].
    pub digest: String,
    /// The version of ordain that made it.
    pub ordain: String,
    /// When it was made (RFC 3339).
    pub created_at: String,
    /// When the observation began (RFC 3339).
    pub as_of: String,
    /// `github` or `snapshot`.
    pub source: String,
    /// The filters of the command line.
    pub scope: PlanScope,
    /// Which part of a plan this is, where several machines make it (`--shard`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardPart>,
    /// Which policy.
    pub policy: PolicyIdentity,
    /// Where GitHub's API is.
    pub api_url: String,
    /// The organisations, as the policy names them.
    pub orgs: Vec<String>,
    /// What observing cost.
    pub cost: Cost,
    /// What applying will cost.
    pub estimate: Estimate,
    /// Counts.
    pub summary: Summary,
    /// The limits that the plan is beyond.
    pub refused: Vec<Refusal>,
    /// Ids of changes that one apply leaves to the next.
    pub deferred: Vec<String>,
    /// What a person should know beside the findings.
    pub warnings: Vec<PlanWarning>,
    /// What apply will do.
    pub changes: Vec<Change>,
    /// Every verdict that is neither compliant nor change (with `--all` the compliant ones too).
    pub findings: Vec<Finding>,
    /// How the policy itself changed, where it is compared with another (`--base`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_changes: Option<Vec<PolicyChange>>,
}

/// One way in which the policy itself changed, beside what that changes in repositories.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyChange {
    /// `limit_raised`, `waiver_added`, `organisation_added`, `mode_weakened`, …
    pub kind: String,
    /// For a person.
    pub message: String,
    /// Where in the policy.
    pub source: Option<Source>,
}

/// The filters of the command line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanScope {
    /// `--org`
    pub org: Vec<String>,
    /// `--repo`
    pub repo: Vec<String>,
    /// `--setting`
    pub setting: Vec<String>,
}

/// Which policy a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PolicyIdentity {
    /// SHA-256 over its files.
    pub digest: String,
    /// The commit of the checkout, where it is one.
    pub commit: Option<String>,
}

/// What observing cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// All requests, GraphQL's included.
    pub requests: u64,
    /// Requests to GraphQL.
    pub graphql_requests: u64,
    /// Points of the REST budget (requests that were not answered 304).
    pub rest_points: u64,
    /// Points of the GraphQL budget.
    pub graphql_points: u64,
    /// Requests answered 304, which cost nothing.
    pub not_modified: u64,
}

/// What applying will cost under GitHub's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Estimate {
    /// Requests, reads before and after each write included.
    pub apply_requests: u64,
    /// Seconds.
    pub apply_seconds: u64,
}

/// Counts of verdicts and changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Repositories that rules match.
    pub repositories: u64,
    /// Verdicts `compliant`.
    pub compliant: u64,
    /// Verdicts `change`.
    pub change: u64,
    /// Verdicts `pending`.
    pub pending: u64,
    /// Verdicts `blocked`.
    pub blocked: u64,
    /// Verdicts `violation`.
    pub violation: u64,
    /// Verdicts `waived`.
    pub waived: u64,
    /// Verdicts `unknown`.
    pub unknown: u64,
    /// Verdicts `not_applicable`.
    pub not_applicable: u64,
    /// Changes and effects that make something safer.
    pub tightening: u64,
    /// Changes and effects that make something weaker.
    pub loosening: u64,
    /// Changes that delete.
    pub deletions: u64,
}

impl Summary {
    /// The count of a verdict.
    pub fn count_mut(&mut self, verdict: Verdict) -> &mut u64 {
        match verdict {
            Verdict::NotApplicable => &mut self.not_applicable,
            Verdict::Unknown => &mut self.unknown,
            Verdict::Compliant => &mut self.compliant,
            Verdict::Waived => &mut self.waived,
            Verdict::Violation => &mut self.violation,
            Verdict::Blocked => &mut self.blocked,
            Verdict::Pending => &mut self.pending,
            Verdict::Change => &mut self.change,
        }
    }

    /// The count of a verdict.
    #[must_use]
    pub fn count(mut self, verdict: Verdict) -> u64 {
        *self.count_mut(verdict)
    }
}

/// A limit that the plan is beyond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Its name in `[limits]`.
    pub limit: String,
    /// How many are allowed.
    pub allowed: u64,
    /// How many the plan has.
    pub planned: u64,
}

impl Refusal {
    /// `5 changes that loosen are planned; the limit is 0`, with the flag that raises it.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { limit, allowed, planned } = self;
        let (one, many) = match limit.as_str() {
            "changes" => ("change", "changes"),
            "repositories" => ("repository to change", "repositories to change"),
            "deletions" => ("deletion", "deletions"),
            "loosening" => ("change that loosens", "changes that loosen"),
            other => (other, other),
        };
        let (what, are, them) = if *planned == 1 { (one, "is", "it") } else { (many, "are", "them") };
        format!(
            "{planned} {what} {are} planned; the limit is {allowed} (--limit {limit}={planned} allows {them} for this run)"
        )
    }
}

/// What a person should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlanWarning {
    /// A sentence.
    pub message: String,
    /// Where in the policy.
    pub source: Option<Source>,
}

/// One thing that apply will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// `ORG/REPO:SETTING` or `ORG:SETTING`; compared whole.
    pub id: String,
    /// The organisation.
    pub org: String,
    /// The repository; null for an organisation's setting.
    pub repo: Option<String>,
    /// The target's identity; null for an organisation of which none was read.
    pub node_id: Option<NodeId>,
    /// The key, then the name or the part.
    pub setting: String,
    /// The key.
    pub key: String,
    /// The name in a keyed table.
    pub name: Option<String>,
    /// The part.
    pub part: Option<String>,
    /// What it does.
    pub action: Action,
    /// What GitHub says.
    pub before: Value,
    /// What the policy says.
    pub after: Value,
    /// Which way it moves security.
    pub effect: Effect,
    /// Whether something that people made is lost.
    pub deletes: bool,
    /// How it reaches GitHub.
    pub delivery: Delivery,
    /// The repository settings that the same write moves.
    pub effects: Vec<Move>,
    /// The rules that say so.
    pub rules: Vec<String>,
    /// Where.
    pub source: Source,
    /// Why, in the policy's words.
    pub reason: Option<String>,
    /// Whether the policy introduces it, where it is compared with another (`--base`); else it was drift before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced: Option<bool>,
    /// Why it is made only where `--allow` names its id. Not part of the document, which has no place for it.
    #[serde(skip)]
    pub restricted: Option<String>,
}

/// One thing that a person must know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `ORG/REPO:SETTING` or `ORG:SETTING`; compared whole.
    pub id: String,
    /// The organisation.
    pub org: String,
    /// The repository; null for an organisation's setting.
    pub repo: Option<String>,
    /// The target's identity.
    pub node_id: Option<NodeId>,
    /// The key, then the name or the part.
    pub setting: String,
    /// The key.
    pub key: String,
    /// The name in a keyed table.
    pub name: Option<String>,
    /// The part.
    pub part: Option<String>,
    /// What holds.
    pub verdict: Verdict,
    /// Why, for a person.
    pub message: String,
    /// What GitHub says; null where unknown.
    pub observed: Value,
    /// What the policy says.
    pub desired: Value,
    /// The gates that do not hold.
    pub blocked_by: Vec<String>,
    /// The permission that would help.
    pub permission: Option<Permission>,
    /// The waiver that covers it.
    pub waiver: Option<WaiverQuote>,
    /// The rules that say so.
    pub rules: Vec<String>,
    /// Where; null for an organisation that could not be listed.
    pub source: Option<Source>,
    /// Whether the policy introduces it, where it is compared with another (`--base`); else it was drift before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced: Option<bool>,
    /// Whether the policy only audits it (then it counts as a difference only where asked). Not part of the document; the
    /// message says it.
    #[serde(skip)]
    pub audit: bool,
    /// Why, in the policy's words. Not part of the document; the message says it.
    #[serde(skip)]
    pub reason: Option<String>,
}

/// A waiver, as a finding quotes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverQuote {
    /// Why.
    pub reason: String,
    /// Where it was decided.
    pub link: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Its last day; null where permanent.
    pub expires: Option<String>,
    /// Where in the policy.
    pub source: Source,
}

impl Plan {
    /// SHA-256 of the plan as RFC 8785 JSON without `created_at`, `cost`, `digest` and `policy.commit`. It detects damage,
    /// not forgery.
    ///
    /// # Errors
    /// If the plan is not representable as RFC 8785 JSON (a number beyond a double).
    pub fn compute_digest(&self) -> Result<String, serde_json::Error> {
        super::digest::of_plan(self)
    }

    /// The changes of each repository, by `org/repo`, and of each organisation.
    #[must_use]
    pub fn changes_by_target(&self) -> BTreeMap<(&str, Option<&str>), Vec<&Change>> {
        let mut targets: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for change in &self.changes {
            targets.entry((change.org.as_str(), change.repo.as_deref())).or_default().push(change);
        }
        targets
    }

    /// Whether something could not be read.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.findings.iter().any(|finding| finding.verdict == Verdict::Unknown)
    }
}

/// The flag that lets a restricted change through, as a shell takes it.
#[must_use]
pub fn allow_flag(id: &str) -> String {
    format!("--allow '{}'", id.replace('\'', "'\\''"))
}

/// `sha256:` and the digest in hexadecimal.
#[must_use]
pub fn hex_digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    told(&digest)
}

/// A finished digest as documents tell it.
pub(super) fn told(digest: &[u8]) -> String {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
