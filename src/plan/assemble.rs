//! From verdicts to the document.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Change, Cost, Estimate, FORMAT, Finding, Plan, PlanWarning, PolicyIdentity, Summary,
    judged::{Judged, Target},
    limits::{RunLimits, deferred, loosening},
    planner::Planner,
    pulls::{OpenPull, PullState},
    shard,
};
use crate::{
    model::{Delivery, Effect, Reading, RepoRef, Verdict},
    policy::{Coverage, Policy},
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
    /// How many compliant verdicts there are beside those that are given.
    pub counted: u64,
    /// The repository in which the policy stands, where that is known.
    pub own_repository: Option<RepoRef>,
}

/// Builds the plan.
#[must_use]
pub fn assemble(planner: &Planner<'_>, judged: &[Judged], observed: &Observed, frame: Frame) -> Plan {
    let (limits, all, own) = (frame.limits.clone(), frame.all, frame.own_repository.clone());
    let mut plan = start(planner, judged, observed, frame);
    plan.findings = findings(judged, all);
    add_failed_organisations(planner, observed, &mut plan);
    if planner.filters.tells_the_whole() {
        add_coverage(planner, &mut plan);
        plan.warnings.extend(warnings(planner, judged, observed));
    }
    plan.warnings.extend(warnings_of_pulls(planner, judged));
    if let Some(shard) = planner.filters.shard {
        let mut waiting: Vec<Change> = judged.iter().filter_map(Judged::to_waiting).collect();
        own.iter().for_each(|own| waiting.iter_mut().for_each(|change| restrict(change, own)));
        plan.shard = Some(shard::part(shard, judged, &plan, waiting, |change| planner.is_open(change)));
    }
    finish(planner, plan, &limits)
}

/// A plan with the changes among these verdicts, and all verdicts counted.
pub(super) fn start(planner: &Planner<'_>, judged: &[Judged], observed: &Observed, frame: Frame) -> Plan {
    let matched = planner.matched() as u64;
    let mut plan = Plan {
        format: FORMAT.to_owned(),
        digest: String::new(),
        ordain: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: frame.created_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        as_of: observed.as_of.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        source: frame.source,
        scope: planner.filters.scope(),
        shard: None,
        policy: frame.policy,
        api_url: frame.api_url,
        orgs: planner.policy.config.orgs.iter().map(ToString::to_string).collect(),
        cost: frame.cost,
        estimate: Estimate::default(),
        summary: Summary { repositories: matched, ..Summary::default() },
        refused: Vec::new(),
        deferred: Vec::new(),
        warnings: frame.warnings,
        changes: exactly(
            judged.iter().filter(|one| one.is_change()).count(),
            judged.iter().filter_map(Judged::to_change),
        ),
        findings: Vec::new(),
        policy_changes: None,
    };
    for judged in judged {
        *plan.summary.count_mut(judged.verdict) += 1;
    }
    plan.summary.compliant += frame.counted;
    if let Some(own) = &frame.own_repository {
        plan.changes.iter_mut().for_each(|change| restrict(change, own));
    }
    plan
}

/// Counts, limits, estimate and digest of a plan that has everything else.
pub(super) fn finish(planner: &Planner<'_>, plan: Plan, limits: &RunLimits) -> Plan {
    finish_by(planner.policy, plan, limits, |change| planner.is_open(change))
}

/// As [`finish`], where `is_open` says whether the pull request of a change is open already.
pub(super) fn finish_by(
    policy: &Policy,
    mut plan: Plan,
    limits: &RunLimits,
    is_open: impl Fn(&Change) -> bool,
) -> Plan {
    count_directions(&mut plan);
    plan.warnings.sort();
    plan.warnings.dedup();
    plan.refused = limits.refused(&policy.config.limits, &plan, plan.summary.repositories);
    plan.deferred = deferred(&plan.changes, limits.pull_requests(&policy.config.limits), is_open);
    plan.estimate = estimate(&plan);
    plan.digest = plan.compute_digest().unwrap_or_default();
    plan
}

/// The id of a finding about an organisation that could not be listed ends so.
pub(super) const ORGANISATION: &str = "organisation";

/// A policy that could change the repository it lives in could change who may change it: only `--allow` lets it. Of a write to
/// the organisation that moves settings of many repositories, only what weakens that one counts.
fn restrict(change: &mut Change, own: &RepoRef) {
    let is_own = |org: &str, repo: &str| {
        org.eq_ignore_ascii_case(own.org.as_str()) && repo.eq_ignore_ascii_case(own.name.as_str())
    };
    let why = if change.repo.as_ref().is_some_and(|repo| is_own(&change.org, repo)) {
        "it changes the repository in which the policy itself stands"
    } else if change.effects.iter().any(|one| one.effect == Effect::Loosening && is_own(&one.org, &one.repo)) {
        "it weakens the repository in which the policy itself stands"
    } else {
        return;
    };
    change.restricted.get_or_insert_with(|| why.to_owned());
}

fn findings(judged: &[Judged], all: bool) -> Vec<Finding> {
    let told = || {
        judged.iter().filter(|judged| match judged.verdict {
            Verdict::Change => false,
            Verdict::Compliant => all,
            _ => true,
        })
    };
    exactly(told().count(), told().map(Judged::to_finding))
}

/// A list of so many: one that grows holds itself twice, and keeps room for more.
fn exactly<T>(count: usize, items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = Vec::with_capacity(count);
    all.extend(items);
    all
}

/// A finding that no setting made.
pub(super) fn bare(
    org: &str,
    repo: Option<(String, crate::model::NodeId)>,
    setting: &str,
    verdict: Verdict,
    message: String,
) -> Finding {
    let target = repo.as_ref().map_or_else(|| org.to_owned(), |(name, _)| format!("{org}/{name}"));
    let (repo, node_id) = repo.map_or((None, None), |(name, id)| (Some(name), Some(id)));
    Finding {
        id: format!("{target}:{setting}"),
        org: org.to_owned(),
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
        let mut finding = bare(org.as_str(), None, ORGANISATION, Verdict::Unknown, error.reason.clone());
        finding.permission.clone_from(&error.permission);
        plan.summary.unknown += 1;
        plan.findings.insert(0, finding);
    }
    for undetermined in &planner.resolution.undetermined {
        let Some(key) = planner.candidates.get(undetermined.index).filter(|key| planner.filters.has(&key.node)) else {
            continue;
        };
        let message = format!("whether {} matches could not be told: {}", undetermined.rule, undetermined.reason);
        let repo = Some((key.name.to_string(), key.node.clone()));
        plan.summary.unknown += 1;
        let mut finding = bare(key.org.as_str(), repo, "match", Verdict::Unknown, message);
        finding.permission.clone_from(&undetermined.permission);
        plan.findings.push(finding);
    }
}

fn add_coverage(planner: &Planner<'_>, plan: &mut Plan) {
    let unmatched: Vec<_> = planner
        .resolution
        .unmatched
        .iter()
        .filter_map(|at| planner.candidates.get(*at))
        .filter(|key| planner.filters.wants_name(&key.org, Some(&key.name)))
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
                plan.findings.push(bare(key.org.as_str(), repo, "coverage", Verdict::Violation, message));
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
    let of_waivers = match planner.filters.shard {
        _ if !planner.filters.is_empty() => Vec::new(),
        None => waiver_warnings(planner.policy, judged.iter().filter_map(|one| one.waived_by), observed.as_of),
        // What covers nothing here may cover something in another shard: that is told when they are joined.
        Some(_) => waiver_warnings(planner.policy, 0..planner.policy.waivers.len(), observed.as_of),
    };
    warnings.extend(of_policy.map(|warning| PlanWarning { message: warning.message, source: warning.source }));
    warnings.extend(of_waivers);
    for (repo, source) in &planner.resolution.exact_names_missing {
        warnings.push(PlanWarning { message: missing(repo, observed), source: Some(source.clone()) });
    }
    warnings
}

/// What is to be said of the waivers, given those that cover something.
pub(super) fn waiver_warnings(
    policy: &Policy,
    used: impl IntoIterator<Item = usize>,
    as_of: Timestamp,
) -> Vec<PlanWarning> {
    let warnings = policy.waiver_warnings(&used.into_iter().collect(), as_of);
    warnings.into_iter().map(|one| PlanWarning { message: one.message, source: one.source }).collect()
}

fn warnings_of_pulls(planner: &Planner<'_>, judged: &[Judged]) -> Vec<PlanWarning> {
    let unneeded = unneeded(planner, judged).into_iter();
    unneeded.map(|(_, open)| PlanWarning { message: closing_told(&open), source: None }).collect()
}

fn closing_told(open: &OpenPull) -> String {
    format!("the pull request {} is no longer needed; apply closes it", open.url)
}

/// Whether the plan tells that the pull request is closed.
#[must_use]
pub fn closing_is_told(plan: &Plan, open: &OpenPull) -> bool {
    let told = closing_told(open);
    plan.warnings.iter().any(|warning| warning.message == told)
}

/// The open pull requests of ours for which nothing differs any more. None where only some settings are judged.
#[must_use]
pub fn unneeded(planner: &Planner<'_>, judged: &[Judged]) -> Vec<(Target, OpenPull)> {
    if planner.undoes || !planner.filters.settings.is_empty() {
        return Vec::new();
    }
    let needed: BTreeSet<&Target> =
        judged.iter().filter(|one| needs_pull(one)).map(|one| one.target.as_ref()).collect();
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

/// What applying costs under GitHub's limits: each change is written (5 points), and read before and after (its value and its
/// repository; the organisation's list that may prove it is shared by those that are written in the same seconds). A pull request
/// is a branch, a commit and a pull request, which are content.
fn estimate(plan: &Plan) -> Estimate {
    let by_api = plan.changes.iter().filter(|change| change.delivery == Delivery::Api);
    let mut of_target: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
    for change in by_api {
        *of_target.entry((&change.org, change.repo.as_deref())).or_default() += 1;
    }
    let by_api = of_target.values().sum::<u64>();
    let repos: BTreeSet<_> = plan
        .changes
        .iter()
        .filter(|change| change.delivery != Delivery::Api && !plan.deferred.contains(&change.id))
        .map(|change| (&change.org, &change.repo))
        .collect();
    let by_file = repos.len() as u64;
    let requests = by_api * 6 + by_file * 8;
    let longest = of_target.values().max().map_or(0, |most| most * 6);
    Estimate {
        apply_requests: requests,
        apply_seconds: seconds(requests, longest, by_api * 10 + by_file * 12, by_file * 3),
    }
}

/// How long it takes: whatever is slowest of GitHub's answers (a fifth of a second each, four targets side by side, `longest`
/// requests one after the other) and the limits of points and content by the minute and the hour. What fits into a span goes at
/// once, the rest a span later.
fn seconds(requests: u64, longest: u64, points: u64, content: u64) -> u64 {
    let spans = |what: u64, most: u64, span: u64| what.saturating_sub(1) / most * span;
    let waits = [
        spans(points, 870, 60),
        spans(content, 76, 60),
        spans(content, 490, 3_600),
        // The hour of a user's token; an App's may hold more.
        spans(requests, 4_950, 3_600),
    ];
    let answers = requests.div_ceil(20).max(longest.div_ceil(5));
    waits.into_iter().fold(answers, u64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change is 8 requests of 12 points: what the client's pace makes of that is tested beside it. A thousand changes are
    /// beyond an hour's allowance of a user's token.
    #[test]
    fn the_slowest_limit_says_how_long_it_takes() {
        assert_eq!(seconds(8_000, 8, 12_000, 0), 3_600);
        assert_eq!(seconds(4_800, 8, 7_200, 0), 480, "600 changes: points by the minute");
        assert_eq!(seconds(8, 8, 12, 0), 2);
        assert_eq!(seconds(61, 61, 141, 0), 13, "one target after the other has no side by side");
        assert_eq!(seconds(160, 0, 240, 60), 8);
        assert_eq!(seconds(1_600, 0, 2_400, 600), 3_600, "content has an hour's limit");
    }
}
