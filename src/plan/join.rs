//! Plans of shards → the plan of the whole, as one machine would have made it: what stands in for what, counts, limits, what is
//! deferred, and the digest are settled over all parts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    assemble::{ORGANISATION, finish_by, waiver_warnings},
    document::{Change, Cost, Finding, Plan, PlanScope, Summary},
    limits::RunLimits,
    needs::{self, Item, Refused},
    shard::{Shard, ShardPart, Wish, index_of_change},
};
use crate::{
    model::{NodeId, Org, RepoName, Verdict},
    policy::Policy,
    settings::Need,
};

/// Why plans cannot be joined. Each names the file that is in the way, where one is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotJoined {
    /// There is nothing to join.
    #[error("no plan is named")]
    Nothing,
    /// A plan of the whole.
    #[error("{0}: it is a whole plan, made without --shard; it needs no merge")]
    Whole(String),
    /// It says that it is a shard that there is not.
    #[error("{0}: it says that it is shard {1} of {2}, which there is not")]
    NoShard(String, u32, u32),
    /// Made by another version.
    #[error("{0}: ordain {1} made it, and this is {2}; plan every shard, and merge, with the same version")]
    Version(String, String, String),
    /// Made from another policy than today's.
    #[error(
        "{0}: it was made from another policy than that of --policy ({1}, here {2}); plan every shard from the same policy"
    )]
    Policy(String, String, String),
    /// Not made as the first file was.
    #[error("{file}: {what} `{theirs}`, and in {first} `{others}`; plan every shard alike")]
    Differs {
        /// The file.
        file: String,
        /// What differs.
        what: &'static str,
        /// What the file says.
        theirs: String,
        /// The file that was named first.
        first: String,
        /// What that one says.
        others: String,
    },
    /// Two files of one shard.
    #[error("{0}: it is shard {2}, and so is {1}; name the plan of each shard once")]
    Twice(String, String, Shard),
    /// Shards without a file.
    #[error("of {1} shards {0} missing; name the plans of all")]
    Missing(String, u32),
    /// A change of another shard's repository.
    #[error("{file}: it has the change {id}, which is shard {shard}'s; plan that shard anew")]
    Foreign {
        /// The file.
        file: String,
        /// The change.
        id: String,
        /// Whose it is.
        shard: u32,
    },
    /// A time that is none.
    #[error("{0}: `{1}` is not a time")]
    Time(String, String),
}

/// One file that may be joined.
struct Part {
    plan: Plan,
    part: ShardPart,
    shard: Shard,
    created_at: Timestamp,
    as_of: Timestamp,
}

/// Joins the plans of all shards, each with the name of its file. `digest` is that of `policy`, whose limits are judged on the
/// whole, raised or lowered by those of the command line. The result says the oldest times of the parts, so that it does not
/// outlive the oldest.
///
/// # Errors
/// The first reason why they are not the parts of one plan.
pub fn join(files: Vec<(String, Plan)>, policy: &Policy, digest: &str, limits: &RunLimits) -> Result<Plan, NotJoined> {
    let parts = parts(files, digest)?;
    let as_of = parts.iter().map(|part| part.as_of).min().unwrap_or_default();
    let oldest = |time: fn(&Part) -> (Timestamp, &String)| parts.iter().map(time).min().map(|(_, text)| text.clone());
    let created_at = oldest(|part| (part.created_at, &part.plan.created_at));
    let as_of_text = oldest(|part| (part.as_of, &part.plan.as_of));
    let mut whole = match parts.first() {
        Some(first) => bare(&first.plan),
        None => return Err(NotJoined::Nothing),
    };
    whole.created_at = created_at.unwrap_or_default();
    whole.as_of = as_of_text.unwrap_or_default();
    let (mut used, mut open, mut needs) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
    let mut wishes = Vec::new();
    for Part { plan, part, .. } in parts {
        add(&mut whole, awaited(plan, &part));
        used.extend(part.waivers);
        open.extend(part.open);
        needs.extend(part.needs);
        wishes.extend(part.wishes.into_values());
    }
    settle(&mut whole, &needs, &wishes);
    whole.changes.sort_by_cached_key(|one| place(&one.org, one.repo.as_ref(), one.node_id.as_ref(), &one.setting));
    whole.findings = in_order(std::mem::take(&mut whole.findings), &whole.orgs, &mut whole.summary);
    if whole.scope == PlanScope::default() {
        whole.warnings.extend(waiver_warnings(policy, used, as_of));
    }
    let is_open = |change: &Change| change.node_id.as_ref().is_some_and(|node| open.contains(node));
    Ok(finish_by(policy, whole, limits, is_open))
}

/// Checks that the files are all shards of one plan, and puts them in order.
fn parts(files: Vec<(String, Plan)>, digest: &str) -> Result<Vec<Part>, NotJoined> {
    let mut parts: BTreeMap<u32, (String, Part)> = BTreeMap::new();
    let mut of = 0;
    for (file, plan) in files {
        let part = part(&file, plan, digest)?;
        if let Some((first, other)) = parts.values().next() {
            is_alike(&file, &part, first, other)?;
        }
        if let Some((other, _)) = parts.get(&part.shard.index()) {
            return Err(NotJoined::Twice(file, other.clone(), part.shard));
        }
        of = part.shard.of();
        parts.insert(part.shard.index(), (file, part));
    }
    let missing: Vec<String> =
        (1..=of).filter(|index| !parts.contains_key(index)).map(|index| index.to_string()).collect();
    match missing.as_slice() {
        [] => Ok(parts.into_values().map(|(_, part)| part).collect()),
        [one] => Err(NotJoined::Missing(format!("{one} is"), of)),
        [all @ .., last] => Err(NotJoined::Missing(format!("{} and {last} are", all.join(", ")), of)),
    }
}

fn part(file: &str, mut plan: Plan, digest: &str) -> Result<Part, NotJoined> {
    let named = || file.to_owned();
    let part = plan.shard.take().ok_or_else(|| NotJoined::Whole(named()))?;
    let shard = Shard::new(part.index, part.of).map_err(|_| NotJoined::NoShard(named(), part.index, part.of))?;
    if plan.ordain != env!("CARGO_PKG_VERSION") {
        return Err(NotJoined::Version(named(), plan.ordain, env!("CARGO_PKG_VERSION").to_owned()));
    }
    if plan.policy.digest != digest {
        return Err(NotJoined::Policy(named(), plan.policy.digest, digest.to_owned()));
    }
    if let Some(foreign) = plan.changes.iter().chain(&part.waiting).find(|change| !shard.has_change(change)) {
        let (id, shard) = (foreign.id.clone(), index_of_change(foreign, shard.of()));
        return Err(NotJoined::Foreign { file: named(), id, shard });
    }
    let time = |text: &str| text.parse::<Timestamp>().map_err(|_| NotJoined::Time(named(), text.to_owned()));
    let (created_at, as_of) = (time(&plan.created_at)?, time(&plan.as_of)?);
    Ok(Part { plan, part, shard, created_at, as_of })
}

/// Holds that a file was made as another one was.
fn is_alike(file: &str, part: &Part, first: &str, other: &Part) -> Result<(), NotJoined> {
    let scope = |plan: &Plan| {
        let PlanScope { org, repo, setting } = &plan.scope;
        let flags = [("--org", org), ("--repo", repo), ("--setting", setting)];
        let given = flags.iter().flat_map(|(flag, values)| values.iter().map(move |value| format!("{flag} {value}")));
        given.collect::<Vec<_>>().join(" ")
    };
    let said = |part: &Part| {
        [
            ("the number of shards is", part.shard.of().to_string()),
            ("the API address is", part.plan.api_url.clone()),
            ("it observed", part.plan.source.clone()),
            ("the organisations are", part.plan.orgs.join(", ")),
            ("the filters are", scope(&part.plan)),
        ]
    };
    for ((what, theirs), (_, others)) in said(part).into_iter().zip(said(other)) {
        if theirs != others {
            return Err(NotJoined::Differs { file: file.to_owned(), what, theirs, first: first.to_owned(), others });
        }
    }
    Ok(())
}

/// A plan like this one without anything in it.
fn bare(plan: &Plan) -> Plan {
    Plan {
        digest: String::new(),
        shard: None,
        cost: Cost::default(),
        summary: Summary { repositories: plan.summary.repositories, ..Summary::default() },
        refused: Vec::new(),
        deferred: Vec::new(),
        warnings: Vec::new(),
        changes: Vec::new(),
        findings: Vec::new(),
        policy_changes: None,
        ..plan.clone()
    }
}

/// The plan of a shard with what waits for other shards as changes again, and with what its document has no place for.
fn awaited(mut plan: Plan, part: &ShardPart) -> Plan {
    let waiting: BTreeSet<&str> = part.waiting.iter().map(|change| change.id.as_str()).collect();
    for one in plan.findings.iter().filter(|one| waiting.contains(one.id.as_str())) {
        count(&mut plan.summary, one.verdict, Verdict::Change, 1);
    }
    plan.findings.retain(|one| !waiting.contains(one.id.as_str()));
    plan.changes.extend(part.waiting.iter().cloned());
    part.restore(&mut plan);
    plan
}

/// Counts so many verdicts as others.
fn count(summary: &mut Summary, from: Verdict, to: Verdict, number: usize) {
    let from = summary.count_mut(from);
    *from = from.saturating_sub(number as u64);
    let to = summary.count_mut(to);
    *to = to.saturating_add(number as u64);
}

fn add(whole: &mut Plan, part: Plan) {
    for verdict in Verdict::ALL {
        let sum = whole.summary.count(verdict).saturating_add(part.summary.count(verdict));
        *whole.summary.count_mut(verdict) = sum;
    }
    // Each shard lists all; where the lists differ, the share of the smaller one is the stricter limit.
    whole.summary.repositories = whole.summary.repositories.min(part.summary.repositories);
    let Cost { requests, graphql_requests, rest_points, graphql_points, not_modified } = part.cost;
    let cost = &mut whole.cost;
    cost.requests = cost.requests.saturating_add(requests);
    cost.graphql_requests = cost.graphql_requests.saturating_add(graphql_requests);
    cost.rest_points = cost.rest_points.saturating_add(rest_points);
    cost.graphql_points = cost.graphql_points.saturating_add(graphql_points);
    cost.not_modified = cost.not_modified.saturating_add(not_modified);
    whole.warnings.extend(part.warnings);
    whole.changes.extend(part.changes);
    whole.findings.extend(part.findings);
}

/// What the changes of one shard mean for those of another: what a write to an organisation brings along is not a change of its
/// own, and what is not so once all are made keeps what needs it.
fn settle(whole: &mut Plan, needs: &BTreeMap<String, Vec<Need>>, wishes: &[Wish]) {
    let mut moved: BTreeMap<(&NodeId, &str), &Value> = BTreeMap::new();
    for one in whole.changes.iter().flat_map(|change| &change.effects) {
        moved.insert((&one.node_id, one.setting.as_str()), &one.after);
    }
    let is_along = |change: &Change| {
        let node = change.node_id.as_ref().filter(|_| change.repo.is_some());
        node.is_some_and(|node| moved.get(&(node, change.setting.as_str())) == Some(&&change.after))
    };
    let along: BTreeSet<String> =
        whole.changes.iter().filter(|change| is_along(change)).map(|change| change.id.clone()).collect();
    whole.changes.retain(|change| !along.contains(&change.id));
    let mut items: Vec<Item<'_>> = whole.changes.iter().filter_map(|change| item(change, needs)).collect();
    if items.len() < whole.changes.len() {
        // An organisation's name that is none: nothing can be said of what such a file plans.
        return;
    }
    items.extend(whole.findings.iter().filter_map(|one| {
        let node = one.node_id.as_ref().filter(|_| one.repo.is_some());
        wish(&one.org, node, &one.setting, &one.desired)
    }));
    items.extend(wishes.iter().filter_map(|one| wish(&one.org, one.node_id.as_ref(), &one.setting, &one.desired)));
    let refused: BTreeMap<usize, Refused> = needs::refused(&mut items).into_iter().map(|one| (one.at, one)).collect();
    take_out(whole, refused);
}

fn take_out(whole: &mut Plan, mut refused: BTreeMap<usize, Refused>) {
    for (at, change) in std::mem::take(&mut whole.changes).into_iter().enumerate() {
        match refused.remove(&at) {
            None => whole.changes.push(change),
            Some(why) => {
                count(&mut whole.summary, Verdict::Change, why.verdict, 1);
                whole.findings.push(finding(why, change));
            }
        }
    }
}

fn item<'a>(change: &'a Change, needs: &'a BTreeMap<String, Vec<Need>>) -> Option<Item<'a>> {
    let node = change.node_id.clone().filter(|_| change.repo.is_some());
    Some(Item {
        place: (Org::new(change.org.clone()).ok()?, node, change.setting.clone()),
        after: Some(&change.after),
        stands_in: false,
        moves: &change.effects,
        needs: needs.get(&change.id).map_or(&[], Vec::as_slice),
        desired: change.after.clone(),
    })
}

/// A setting that the plan leaves as it is.
fn wish<'a>(org: &str, node: Option<&NodeId>, setting: &str, desired: &Value) -> Option<Item<'a>> {
    let place = (Org::new(org).ok()?, node.cloned(), setting.to_owned());
    Some(Item { place, after: None, stands_in: false, moves: &[], needs: &[], desired: desired.clone() })
}

/// The finding of a change that GitHub would refuse.
fn finding(why: Refused, change: Change) -> Finding {
    Finding {
        id: change.id,
        org: change.org,
        repo: change.repo,
        node_id: change.node_id,
        setting: change.setting,
        key: change.key,
        name: change.name,
        part: change.part,
        verdict: why.verdict,
        message: why.message,
        observed: change.before,
        desired: change.after,
        blocked_by: why.gates.iter().map(ToString::to_string).collect(),
        permission: None,
        waiver: None,
        rules: change.rules,
        source: Some(change.source),
        introduced: None,
        audit: false,
        reason: change.reason,
    }
}

/// Organisation, repository by name and identity, setting: in this order everything stands in a plan.
type Place = (Option<Org>, Option<(Option<RepoName>, Option<NodeId>)>, String);

fn place(org: &str, repo: Option<&String>, node: Option<&NodeId>, setting: &str) -> Place {
    let repo = repo.map(|repo| (RepoName::new(repo.clone()).ok(), node.cloned()));
    (Org::new(org).ok(), repo, setting.to_owned())
}

/// Findings as one machine would have told them: the organisations that could not be listed (each once, whoever found it), then
/// what settings say, then what matching says, then what no rule matches.
fn in_order(findings: Vec<Finding>, orgs: &[String], summary: &mut Summary) -> Vec<Finding> {
    let (of_settings, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(|one| one.source.is_some());
    let (failed, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|one| one.key == ORGANISATION);
    let (of_matching, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|one| one.key == "match");
    let mut by_org: BTreeMap<String, Finding> = BTreeMap::new();
    for one in failed {
        if by_org.contains_key(&one.org) {
            summary.unknown = summary.unknown.saturating_sub(1);
        } else {
            by_org.insert(one.org.clone(), one);
        }
    }
    let mut all: Vec<Finding> = orgs.iter().rev().filter_map(|org| by_org.remove(org)).collect();
    let sorted = |mut list: Vec<Finding>, setting: fn(&Finding) -> &str| {
        list.sort_by_cached_key(|one| place(&one.org, one.repo.as_ref(), one.node_id.as_ref(), setting(one)));
        list
    };
    all.extend(sorted(of_settings, |one| &one.setting));
    all.extend(sorted(of_matching, |one| &one.key));
    all.extend(others);
    all
}
