//! A plan from a file against today's: only what stands in both is made, so that a change that today's policy and today's
//! GitHub do not produce is never written, whatever the file says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    document::{Change, FORMAT, Plan},
    limits::RunLimits,
    outcome::{ChangeOutcome, ChangeResult},
    planner::Planner,
};

/// Why a file is refused whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is not a plan.
    #[error("it is not a plan: {0}")]
    NotAPlan(String),
    /// Another version's format.
    #[error("its format is `{0}`; this version reads `{FORMAT}`")]
    Format(String),
    /// It was damaged or edited.
    #[error("its digest does not fit its content: it was damaged or edited; plan again")]
    Digest,
    /// The policy is another one now.
    #[error("it was made from another policy than today's ({0}, today {1}); plan again")]
    Policy(String, String),
    /// It is for another GitHub.
    #[error("it is for {0}, and this run is for {1}")]
    Address(String, String),
    /// It is for other organisations.
    #[error("its organisations are not those of today's policy")]
    Orgs,
    /// It is too old.
    #[error("it was made at {0}, longer ago than [plans] max_age in policy.toml allows; plan again")]
    Old(String),
    /// It does not say when it was made, or says a time to come.
    #[error("it was made at `{0}`, which is not a time that has been")]
    Time(String),
    /// It is one of several parts.
    #[error(
        "it is the plan of shard {0} of {1}, and limits are judged on the whole; join the plans of all shards with `ordain merge`"
    )]
    Shard(u32, u32),
    /// It was made without GitHub.
    #[error("it was made from a snapshot, not from GitHub; plan again without --snapshot")]
    Snapshot,
}

/// Reads a plan from a file's text and checks that it is whole.
///
/// # Errors
/// If it is not a plan of this format, or does not fit its digest.
pub fn read(text: &str) -> Result<Plan, Unusable> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| Unusable::NotAPlan(error.to_string()))?;
    match value.get("format").and_then(serde_json::Value::as_str) {
        Some(FORMAT) => {}
        other => return Err(Unusable::Format(other.unwrap_or("not said").to_owned())),
    }
    let plan: Plan = serde_json::from_value(value).map_err(|error| Unusable::NotAPlan(error.to_string()))?;
    match plan.compute_digest() {
        Ok(digest) if digest == plan.digest => Ok(plan),
        _ => Err(Unusable::Digest),
    }
}

/// Checks that a plan from a file may be used today.
///
/// # Errors
/// The first reason against it.
pub fn check(
    file: &Plan,
    policy_digest: &str,
    orgs: &[String],
    api_url: &str,
    max_age: SignedDuration,
    now: Timestamp,
) -> Result<(), Unusable> {
    if let Some(part) = &file.shard {
        return Err(Unusable::Shard(part.index, part.of));
    }
    if file.source != "github" {
        return Err(Unusable::Snapshot);
    }
    if file.policy.digest != policy_digest {
        return Err(Unusable::Policy(file.policy.digest.clone(), policy_digest.to_owned()));
    }
    if file.api_url != api_url {
        return Err(Unusable::Address(file.api_url.clone(), api_url.to_owned()));
    }
    if file.orgs != orgs {
        return Err(Unusable::Orgs);
    }
    let made: Timestamp = file.created_at.parse().map_err(|_| Unusable::Time(file.created_at.clone()))?;
    let age = now.duration_since(made);
    // Clocks differ a little; a plan from the future is a forged or a very wrong one.
    if age < SignedDuration::from_mins(-5) {
        return Err(Unusable::Time(file.created_at.clone()));
    }
    if age > max_age { Err(Unusable::Old(file.created_at.clone())) } else { Ok(()) }
}

/// Narrows today's plan to what stands in both: same id, identity, before and after (and the same effects). What stands in
/// the file only is stale.
///
/// Where today's plan is a shard's, so is what is stale; limits are judged on the whole file, and what it defers is left to the
/// next apply. Changes that the file counts as something else than they are today are stale then: what a shard does not see of
/// the others it must be able to count by the file.
#[must_use]
pub fn narrow(mut today: Plan, file: &Plan, planner: &Planner<'_>, limits: &RunLimits) -> (Plan, Vec<ChangeOutcome>) {
    let shard = planner.filters.shard;
    let own = |change: &&Change| shard.is_none_or(|shard| shard.has_change(change));
    let planned: BTreeMap<&str, &Change> =
        file.changes.iter().filter(own).map(|change| (change.id.as_str(), change)).collect();
    let is_same = |one: &Change, change: &Change| match shard {
        None => is_same(one, change) && one.node_id == change.node_id,
        Some(_) => is_same(one, change) && is_counted_same(one, change),
    };
    today.changes.retain(|change| planned.get(change.id.as_str()).is_some_and(|one| is_same(one, change)));
    let made: BTreeSet<&str> = today.changes.iter().map(|change| change.id.as_str()).collect();
    let stale = file
        .changes
        .iter()
        .filter(own)
        .filter(|one| !made.contains(one.id.as_str()))
        .map(|one| {
            let message = "it is not what today's policy and today's GitHub would change".to_owned();
            ChangeOutcome { change: one.clone(), result: ChangeResult::Stale { message } }
        })
        .collect();
    let policy = &planner.policy.config.limits;
    let whole = if shard.is_some() { file } else { &today };
    today.refused = limits.refused(policy, whole, today.summary.repositories);
    today.deferred = deferred(&today, file, planner, limits.pull_requests(policy));
    (today, stale)
}

/// What is left to the next apply. Where it is a shard's, the file's list rules, so that all shards together open no more than
/// one apply may; and no shard opens more than that, whatever the file says.
fn deferred(today: &Plan, file: &Plan, planner: &Planner<'_>, most: u64) -> Vec<String> {
    if planner.filters.shard.is_none() {
        return planner.deferred(&today.changes, most);
    }
    let listed: BTreeSet<&str> = file.deferred.iter().map(String::as_str).collect();
    let (left, rest): (Vec<_>, Vec<_>) =
        today.changes.iter().cloned().partition(|change| listed.contains(change.id.as_str()));
    left.into_iter().map(|change| change.id).chain(planner.deferred(&rest, most)).collect()
}

fn is_same(a: &Change, b: &Change) -> bool {
    a.id == b.id && a.before == b.before && a.after == b.after && a.effects == b.effects
}

/// Whether two changes weigh the same in every limit. Of an organisation the identity is read only where something of it is
/// asked, which may be another shard's repository: one that was not read is as good as the same.
fn is_counted_same(a: &Change, b: &Change) -> bool {
    let unread = a.repo.is_none() && b.repo.is_none() && (a.node_id.is_none() || b.node_id.is_none());
    (a.node_id == b.node_id || unread)
        && (a.effect, a.deletes, a.delivery) == (b.effect, b.deletes, b.delivery)
        && (&a.org, &a.repo) == (&b.org, &b.repo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plan_is_said() {
        assert!(matches!(read("["), Err(Unusable::NotAPlan(_))));
        assert!(matches!(read("{\"format\":\"ordain.snapshot/1\"}"), Err(Unusable::Format(_))));
        assert!(matches!(read("{\"format\":\"ordain.plan/1\"}"), Err(Unusable::NotAPlan(_))));
    }
}
