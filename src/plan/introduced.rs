//! Two policies against one observation: what the new one introduces, apart from what was drift before it.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Change, Finding, Plan, PolicyChange};

/// Marks in `plan` what the plan of the policy before it does not have, and adds what is said of the policies themselves and
/// which settings are no longer asked of anybody. `before` was made from the same observation, with its compliant findings;
/// none where there was no policy that could be read: then everything is introduced. `asked` are the ids of all verdicts of the
/// new policy, compliant ones too.
pub fn mark(plan: &mut Plan, before: Option<&Plan>, asked: &BTreeSet<String>, mut policy_changes: Vec<PolicyChange>) {
    let changes: BTreeMap<&str, &Change> = by_id(before.map(|plan| plan.changes.as_slice()), |one| &one.id);
    let findings: BTreeMap<&str, &Finding> = by_id(before.map(|plan| plan.findings.as_slice()), |one| &one.id);
    for change in &mut plan.changes {
        let known = changes.get(change.id.as_str());
        change.introduced = Some(known.is_none_or(|was| {
            (&was.before, &was.after, &was.effects, was.action)
                != (&change.before, &change.after, &change.effects, change.action)
        }));
    }
    for finding in &mut plan.findings {
        let known = findings.get(finding.id.as_str());
        finding.introduced =
            Some(known.is_none_or(|was| was.verdict != finding.verdict || was.desired != finding.desired));
    }
    if let Some(before) = before {
        policy_changes.extend(no_longer_asked(before, asked));
    }
    plan.policy_changes = Some(policy_changes);
    plan.digest = plan.compute_digest().unwrap_or_default();
}

fn by_id<'p, T>(list: Option<&'p [T]>, id: impl Fn(&'p T) -> &'p String) -> BTreeMap<&'p str, &'p T> {
    list.into_iter().flatten().map(|one| (id(one).as_str(), one)).collect()
}

/// The settings that the policy before asked of a target and the new one does not.
fn no_longer_asked(before: &Plan, asked: &BTreeSet<String>) -> Vec<PolicyChange> {
    let mut gone: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let target = |org: &str, repo: Option<&String>| repo.map_or_else(|| org.to_owned(), |repo| format!("{org}/{repo}"));
    for change in before.changes.iter().filter(|one| !asked.contains(&one.id)) {
        gone.entry(&change.setting).or_default().push(target(&change.org, change.repo.as_ref()));
    }
    for finding in before.findings.iter().filter(|one| one.source.is_some() && !asked.contains(&one.id)) {
        gone.entry(&finding.setting).or_default().push(target(&finding.org, finding.repo.as_ref()));
    }
    gone.into_iter()
        .map(|(setting, mut targets)| {
            targets.sort();
            let named = targets.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            let more = targets.len().saturating_sub(5);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message = format!("{setting} is no longer asked of {named}{more}");
            PolicyChange { kind: "unmanaged".to_owned(), message, source: None }
        })
        .collect()
}

/// The part of a marked plan that is introduced, or the part that was there before.
#[must_use]
pub fn part(plan: &Plan, introduced: bool) -> Plan {
    let mut part = plan.clone();
    part.changes.retain(|change| change.introduced == Some(introduced));
    part.findings.retain(|finding| finding.introduced == Some(introduced));
    part
}
