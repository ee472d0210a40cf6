//! From verdicts to the document.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Cost, Estimate, FORMAT, Finding, Plan, PlanWarning, PolicyIdentity, Summary,
    judged::{Judged, Target},
    limits::{RunLimits, loosening},
    planner::Planner,
    pulls::{OpenPull, PullState},
};
use crate::{
    model::{Delivery, Effect, Org, Reading, RepoRef, Verdict},
    policy::Coverage,
    settings::Observed,
};

/// What the document says beside the verdicts.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Which policy.
    pub policy: PolicyIdentity,
    /// Where the API is.
    pub api_url: String,
    /// `github` or `snapshot`.
    pub source: String,
    /// When the plan is made.
    pub created_at: Timestamp,
    /// Warnings from reading the lists.
    pub warnings: Vec<PlanWarning>,
    /// The limits of this run.
    pub limits: RunLimits,
    /// What observing cost.
    pub cost: Cost,
    /// Whether compliant verdicts are findings too.
    pub all: bool,
}

/// Builds the plan.
#[must_use]
pub fn assemble(planner: &Planner<'_>, judged: &[Judged], observed: &Observed, frame: Frame) -> Plan {
    let matched = planner.matched() as u64;
    let mut plan = Plan {
        format: FORMAT.to_owned(),
        digest: String::new(),
        ordain: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: frame.created_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        as_of: observed.as_of.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        source: frame.source,
        scope: planner.filters.scope(),
        policy: frame.policy,
        api_url: frame.api_url,
        orgs: planner.policy.config.orgs.iter().map(ToString::to_string).collect(),
        cost: frame.cost,
        estimate: Estimate::default(),
        summary: Summary { repositories: matched, ..Summary::default() },
        refused: Vec::new(),
        deferred: Vec::new(),
        warnings: frame.warnings,
        changes: judged.iter().filter_map(Judged::to_change).collect(),
        findings: findings(judged, frame.all),
        policy_changes: None,
    };
    for judged in judged {
        *plan.summary.count_mut(judged.verdict) += 1;
    }
    add_failed_organisations(planner, observed, &mut plan);
    add_coverage(planner, &mut plan);
    count_directions(&mut plan);
    plan.warnings.extend(warnings(planner, judged, observed));
    plan.warnings.sort();
    plan.warnings.dedup();
    plan.refused = frame.limits.refused(&planner.policy.config.limits, &plan, matched);
    let most = frame.limits.pull_requests(&planner.policy.config.limits);
    plan.deferred = planner.deferred(&plan.changes, most);
    plan.estimate = estimate(&plan);
    plan.digest = plan.compute_digest().unwrap_or_default();
    plan
}

fn findings(judged: &[Judged], all: bool) -> Vec<Finding> {
    judged
        .iter()
        .filter(|judged| match judged.verdict {
            Verdict::Change => false,
            Verdict::Compliant => all,
            _ => true,
        })
        .map(Judged::to_finding)
        .collect()
}

/// A finding that no setting made.
fn bare(
    org: &Org,
    repo: Option<(String, crate::model::NodeId)>,
    setting: &str,
    verdict: Verdict,
    message: String,
) -> Finding {
    let target = repo.as_ref().map_or_else(|| org.to_string(), |(name, _)| format!("{org}/{name}"));
    let (repo, node_id) = repo.map_or((None, None), |(name, id)| (Some(name), Some(id)));
    Finding {
        id: format!("{target}:{setting}"),
        org: org.to_string(),
        repo,
        node_id,
        setting: setting.to_owned(),
        key: setting.to_owned(),
        name: None,
        part: None,
        verdict,
        message,
        observed: Value::Null,
        desired: Value::Null,
        blocked_by: Vec::new(),
        permission: None,
        waiver: None,
        rules: Vec::new(),
        source: None,
        introduced: None,
        audit: false,
        reason: None,
    }
}

fn add_failed_organisations(planner: &Planner<'_>, observed: &Observed, plan: &mut Plan) {
    for org in &planner.policy.config.orgs {
        let Some(error) = observed.orgs.get(org).and_then(|seen| seen.error.as_ref()) else { continue };
        let mut finding = bare(org, None, "organisation", Verdict::Unknown, error.reason.clone());
        finding.permission.clone_from(&error.permission);
        plan.summary.unknown += 1;
        plan.findings.insert(0, finding);
    }
    for undetermined in &planner.resolution.undetermined {
        let Some(key) = planner.candidates.get(undetermined.index) else { continue };
        let message = format!("whether {} matches could not be told: {}", undetermined.rule, undetermined.reason);
        let repo = Some((key.name.to_string(), key.node.clone()));
        plan.summary.unknown += 1;
        plan.findings.push(bare(&key.org, repo, "match", Verdict::Unknown, message));
    }
}

fn add_coverage(planner: &Planner<'_>, plan: &mut Plan) {
    let unmatched: Vec<_> = planner
        .resolution
        .unmatched
        .iter()
        .filter_map(|at| planner.candidates.get(*at))
        .filter(|key| planner.filters.wants_target(&key.org, Some(&key.name)))
        .collect();
    match planner.policy.config.coverage {
        Coverage::Ignore => {}
        Coverage::Warn if unmatched.is_empty() => {}
        Coverage::Warn => {
            let names: Vec<String> = unmatched.iter().take(10).map(|key| format!("{}/{}", key.org, key.name)).collect();
            let more = unmatched.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let are = if unmatched.len() == 1 {
                "1 active repository is".to_owned()
            } else {
                format!("{} active repositories are", unmatched.len())
            };
            let message = format!("{are} matched by no rule: {}{more}", names.join(", "));
            plan.warnings.push(PlanWarning { message, source: None });
        }
        Coverage::Violation => {
            for key in unmatched {
                let message = "no rule matches this repository ([coverage] in policy.toml)".to_owned();
                let repo = Some((key.name.to_string(), key.node.clone()));
                plan.summary.violation += 1;
                plan.findings.push(bare(&key.org, repo, "coverage", Verdict::Violation, message));
            }
        }
    }
}

fn count_directions(plan: &mut Plan) {
    for change in &plan.changes {
        let tightening = change.effects.iter().filter(|effect| effect.effect == Effect::Tightening).count() as u64;
        plan.summary.tightening +=
            tightening + u64::from(change.effects.is_empty() && change.effect == Effect::Tightening);
        plan.summary.loosening += loosening(change);
        plan.summary.deletions += u64::from(change.deletes);
    }
}

fn warnings(planner: &Planner<'_>, judged: &[Judged], observed: &Observed) -> Vec<PlanWarning> {
    let mut warnings: Vec<PlanWarning> = Vec::new();
    let sources = planner.policy.sources();
    for diagnostic in &planner.policy.warnings {
        let source = diagnostic
            .place
            .as_ref()
            .map(|place| crate::model::Source { file: place.file.clone(), line: sources.line(place) });
        warnings.push(PlanWarning { message: diagnostic.message.clone(), source });
    }
    let of_policy = planner.resolution.warnings.iter().cloned();
    let used: BTreeSet<usize> = judged.iter().filter_map(|one| one.waived_by).collect();
    let of_waivers =
        if planner.filters.is_empty() { planner.policy.waiver_warnings(&used, observed.as_of) } else { Vec::new() };
    warnings.extend(
        of_policy.chain(of_waivers).map(|warning| PlanWarning { message: warning.message, source: warning.source }),
    );
    for (repo, source) in &planner.resolution.exact_names_missing {
        warnings.push(PlanWarning { message: missing(repo, observed), source: Some(source.clone()) });
    }
    for (_, open) in unneeded(planner, judged) {
        let message = format!("the pull request {} is no longer needed; apply closes it", open.url);
        warnings.push(PlanWarning { message, source: None });
    }
    warnings
}

/// The open pull requests of ours for which nothing differs any more. None where only some settings are judged.
#[must_use]
pub fn unneeded(planner: &Planner<'_>, judged: &[Judged]) -> Vec<(Target, OpenPull)> {
    if !planner.filters.settings.is_empty() {
        return Vec::new();
    }
    let needed: BTreeSet<&Target> = judged.iter().filter(|one| needs_pull(one)).map(|one| &one.target).collect();
    let targets: BTreeSet<&Target> = planner.targets().filter(|target| !needed.contains(target)).collect();
    let open = targets.into_iter().filter_map(|target| match planner.pull(&target.org, target.node()?) {
        Some(PullState::Ours { open: Some(open), .. }) => Some((target.clone(), open.clone())),
        _ => None,
    });
    open.collect()
}

/// Whether a pull request of ours is or would be for this.
fn needs_pull(judged: &Judged) -> bool {
    let differs = !matches!(judged.verdict, Verdict::Compliant | Verdict::NotApplicable | Verdict::Waived);
    differs && (judged.verdict == Verdict::Unknown || judged.files().next().is_some())
}

/// What became of a repository that a rule names.
fn missing(repo: &RepoRef, observed: &Observed) -> String {
    match observed.orgs.get(&repo.org).and_then(|org| org.names.get(&repo.name)) {
        Some(Reading::Known { known: Some(now) }) => format!("{repo} was renamed to {now}; write the new name"),
        Some(Reading::Known { known: None }) => format!("{repo} is gone, or the token may not see it"),
        _ => format!("{repo} is not in the organisation's list"),
    }
}

/// What applying costs under GitHub's limits: each change is read before it is written (5 points) and after, each repository
/// once before its first write, and 900 points a minute are allowed. A pull request is a branch, a commit and a pull request,
/// and of such content 80 a minute are allowed.
fn estimate(plan: &Plan) -> Estimate {
    let by_api = plan.changes.iter().filter(|change| change.delivery == Delivery::Api).count() as u64;
    let repos: BTreeSet<_> = plan
        .changes
        .iter()
        .filter(|change| change.delivery != Delivery::Api && !plan.deferred.contains(&change.id))
        .map(|change| (&change.org, &change.repo))
        .collect();
    let by_file = repos.len() as u64;
    let targets =
        plan.changes.iter().filter_map(|change| change.node_id.as_ref()).collect::<BTreeSet<_>>().len() as u64;
    let points = by_api * 7 + by_file * 12 + targets;
    let requests = by_api * 3 + by_file * 8 + targets;
    // What exceeds a minute's allowance waits for the next; besides, a request takes GitHub about a fifth of a second.
    let paced = (points.saturating_sub(870) * 60).div_ceil(870).max((by_file * 3).saturating_sub(76) * 60 / 76);
    Estimate { apply_requests: requests, apply_seconds: paced + requests.div_ceil(5) }
}
