//! The sentences that all formats for people share.

use super::{difference::Voice, group::Target};
use crate::{
    model::Verdict,
    plan::{Change, Cost, Finding, Plan, Refusal, Summary, WaiverQuote, allow_flag},
};

/// `1 change`, `12 changes`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// [`count`] for what is counted in memory.
pub(crate) fn count_of(number: usize, one: &str, many: &str) -> String {
    count(u64::try_from(number).unwrap_or(u64::MAX), one, many)
}

/// `14 s`, `3 min 20 s`, `1 h 5 min`.
pub(super) fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// `1.4 s`, `3 min 20 s`: a time that has passed.
pub(super) fn elapsed(milliseconds: u64) -> String {
    if milliseconds < 60_000 {
        format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
    } else {
        duration(milliseconds / 1000)
    }
}

/// What observing or applying cost.
pub(super) fn cost(cost: &Cost) -> String {
    format!(
        "{} ({} GraphQL), {}, {}, {} not modified",
        count(cost.requests, "request", "requests"),
        cost.graphql_requests,
        count(cost.rest_points, "REST point", "REST points"),
        count(cost.graphql_points, "GraphQL point", "GraphQL points"),
        cost.not_modified,
    )
}

/// What reading cost, as a line; a snapshot costs nothing.
pub(super) fn reading_cost(plan: &Plan) -> String {
    if plan.source == "snapshot" {
        "Read from a snapshot: GitHub was not asked, and this plan cannot be applied.".to_owned()
    } else {
        format!("Reading cost {}.", cost(&plan.cost))
    }
}

/// What applying will cost, as a line.
pub(super) fn estimate(plan: &Plan) -> String {
    format!(
        "Applying takes about {} and {}.",
        count(plan.estimate.apply_requests, "request", "requests"),
        duration(plan.estimate.apply_seconds)
    )
}

/// Which part of a plan it is, where several machines make it.
pub(super) fn shard(plan: &Plan) -> Option<String> {
    let part = plan.shard.as_ref()?;
    Some(format!(
        "This is shard {} of {}: the repositories are those of all, the verdicts its own; limits are judged once `ordain merge` \
         has joined the shards.",
        part.index, part.of
    ))
}

/// Why apply will refuse, and the flag that would let it.
pub(super) fn refusal(refusal: &Refusal) -> String {
    refusal_of("apply", refusal)
}

/// Why a command will refuse, and the flag that would let it.
pub(super) fn refusal_of(command: &str, refusal: &Refusal) -> String {
    format!("{command} will refuse: {}", refusal.sentence())
}

/// Counts of all verdicts that occur.
pub(super) fn summary(summary: &Summary, voice: Voice) -> String {
    let mut parts = Vec::new();
    for verdict in [
        Verdict::Compliant,
        Verdict::Change,
        Verdict::Violation,
        Verdict::Blocked,
        Verdict::Pending,
        Verdict::Unknown,
        Verdict::Waived,
        Verdict::NotApplicable,
    ] {
        let number = summary.count(verdict);
        if number > 0 || matches!(verdict, Verdict::Compliant | Verdict::Change) {
            parts.push(match verdict {
                Verdict::Change if voice == Voice::State => format!("{number} different"),
                Verdict::Change => format!("{number} to change"),
                Verdict::Violation => count(number, "violation", "violations"),
                other => format!("{number} {}", other.as_str().replace('_', " ")),
            });
        }
    }
    format!("{}: {}.", count(summary.repositories, "repository", "repositories"), parts.join(", "))
}

/// Which way the changes move security.
pub(super) fn direction(summary: &Summary) -> String {
    format!(
        "{} tightening, {} loosening, {}.",
        summary.tightening,
        summary.loosening,
        count(summary.deletions, "deletion", "deletions")
    )
}

/// The heading of the findings of a verdict: the word, and what it means.
pub(super) const fn verdict_heading(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::NotApplicable => ("not applicable", "it cannot exist there"),
        Verdict::Unknown => ("unknown", "it could not be read; nothing is assumed"),
        Verdict::Compliant => ("compliant", "it is as the policy says"),
        Verdict::Waived => ("waived", "a written exception covers it"),
        Verdict::Violation => ("in violation", "it differs, and ordain cannot or may not change it"),
        Verdict::Blocked => ("blocked", "it differs, and waits for something else to hold first"),
        Verdict::Pending => ("pending", "an open pull request of ordain's mends it once people merge it"),
        Verdict::Change => ("to change", "it differs, and ordain can change it"),
    }
}

/// The order in which findings are told.
pub(super) const FINDING_ORDER: [Verdict; 7] = [
    Verdict::Violation,
    Verdict::Blocked,
    Verdict::Pending,
    Verdict::Unknown,
    Verdict::Waived,
    Verdict::NotApplicable,
    Verdict::Compliant,
];

/// Whether a finding counts as a difference.
pub(super) const fn differs(finding: &Finding) -> bool {
    match finding.verdict {
        Verdict::Violation => !finding.audit,
        Verdict::Blocked | Verdict::Pending | Verdict::Change => true,
        Verdict::NotApplicable | Verdict::Unknown | Verdict::Compliant | Verdict::Waived => false,
    }
}

/// The sentence that stands where there is nothing to change; `None` where there are changes.
pub(super) fn nothing(plan: &Plan) -> Option<String> {
    if !plan.changes.is_empty() {
        return None;
    }
    let settings = count(plan.summary.compliant, "setting", "settings");
    let repositories = count(plan.summary.repositories, "repository", "repositories");
    let verb = if plan.summary.compliant == 1 { "is" } else { "are" };
    let holds = format!("{settings} in {repositories} {verb} as the policy says.");
    Some(if plan.findings.iter().any(differs) {
        format!("Nothing that ordain can change differs: {holds}")
    } else if plan.has_unknown() {
        format!("Nothing that could be read differs: {holds}")
    } else if plan.findings.iter().any(|finding| finding.audit && finding.verdict == Verdict::Violation) {
        format!("Nothing differs where a rule enforces; what rules only report differs: {holds}")
    } else {
        format!("Nothing differs: {holds}")
    })
}

/// The sentence above what a new policy introduces.
pub(super) fn introduces(part: &Plan) -> String {
    let (changes, findings) = (part.changes.len(), part.findings.iter().filter(|one| differs(one)).count());
    match (changes, findings) {
        (0, 0) => "This change of the policy introduces nothing that differs.".to_owned(),
        (0, _) => format!("This change of the policy introduces {}:", count_of(findings, "difference", "differences")),
        (_, 0) => format!("This change of the policy introduces {}:", count_of(changes, "change", "changes")),
        (..) => format!(
            "This change of the policy introduces {} and {}:",
            count_of(changes, "change", "changes"),
            count_of(findings, "other difference", "other differences")
        ),
    }
}

/// The sentence about what was there before a new policy; none where nothing was.
pub(super) fn was_there(part: &Plan) -> Option<String> {
    let (changes, findings) = (part.changes.len(), part.findings.iter().filter(|one| differs(one)).count());
    (changes + findings > 0).then(|| {
        format!(
            "There before it, and not part of it: {} and {}",
            count_of(changes, "change", "changes"),
            count_of(findings, "other difference", "other differences")
        )
    })
}

/// How to come by a permission.
pub(super) fn permission(name: &str) -> String {
    format!("needs the permission {name}: give it to the token or to the GitHub App and accept it in the organisation")
}

/// Who answers for a waiver, and until when.
pub(super) fn waiver_terms(waiver: &WaiverQuote) -> String {
    let until = waiver.expires.as_ref().map_or_else(|| "permanent".to_owned(), |day| format!("until {day}"));
    let owner = waiver.owner.as_deref().unwrap_or("nobody in particular");
    format!("{owner}, {until}")
}

/// The waiver in words; its reason only where the message of the finding does not say it already.
pub(super) fn waiver(waiver: &WaiverQuote, message: &str) -> String {
    if message.contains(&waiver.reason) {
        format!("waived by {}", waiver_terms(waiver))
    } else {
        format!("waived: {} ({})", waiver.reason, waiver_terms(waiver))
    }
}

/// The rules besides the one that the source names already.
pub(super) fn other_rules<'a>(rules: &'a [String], file: &str) -> Vec<&'a str> {
    let first = file.strip_suffix(".toml").unwrap_or(file);
    rules.iter().map(String::as_str).filter(|rule| *rule != first).collect()
}

/// How a restricted change is let through, for each of its targets; nothing of other changes.
pub(super) fn restricted(change: &Change, targets: &[Target<'_>]) -> Vec<String> {
    let Some(why) = &change.restricted else { return Vec::new() };
    let flags = targets.iter().map(|(org, repo)| {
        let target = repo.map_or_else(|| (*org).to_owned(), |repo| format!("{org}/{repo}"));
        allow_flag(&format!("{target}:{}", change.setting))
    });
    std::iter::once(format!("refused without --allow: {why}")).chain(flags).collect()
}

/// The words that warn of a change.
pub(super) fn flags(change: &Change) -> Vec<&'static str> {
    let mut flags = Vec::new();
    if change.deletes {
        flags.push("DELETES");
    }
    if super::group::loosens(change) {
        flags.push("WEAKENS SECURITY");
    }
    if change.restricted.is_some() {
        flags.push("NEEDS --allow");
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_flag() {
        let told = refusal(&Refusal { limit: "changes".into(), allowed: 10, planned: 12 });
        assert_eq!(
            told,
            "apply will refuse: 12 changes are planned; the limit is 10 (--limit changes=12 allows them for this run)"
        );
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        assert_eq!(
            [0, 59, 60, 200, 3600, 3900].map(duration),
            ["0 s", "59 s", "1 min", "3 min 20 s", "1 h", "1 h 5 min"]
        );
    }
}
