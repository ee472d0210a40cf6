//! The sections of the findings, verdict by verdict.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    model::Verdict,
    plan::{Finding, Plan},
    render::{
        clean,
        difference::{Difference, Voice, difference, short},
        group::{self, FindingGroup},
        page::{Page, Paint, place},
        words,
    },
};

/// How many lines of a difference are shown where nobody can act on them, or has to any more.
pub(super) const BRIEF: usize = 6;

/// So many groups of one setting are told as a list.
const FAMILY: usize = 3;

/// All findings, grouped by verdict and by what is said of them.
pub(super) fn sections(page: &mut Page, plan: &Plan) {
    for verdict in words::FINDING_ORDER {
        // What cannot exist is only counted, in the summary, unless everything is wanted.
        if verdict == Verdict::NotApplicable && !page.verbose() {
            continue;
        }
        let groups = group::findings(plan, verdict);
        let number: usize = groups.iter().map(|group| group.targets.len()).sum();
        if number == 0 {
            continue;
        }
        let (word, meaning) = words::verdict_heading(verdict);
        page.blank();
        page.put(0, Paint::Bold, &format!("{number} {word} ({meaning}):"));
        for family in families(&groups) {
            if family.len() >= FAMILY && !page.verbose() {
                several(page, &family);
            } else {
                family.iter().for_each(|group| one(page, group));
            }
        }
    }
}

/// Groups of one setting for which the policy says the same, and GitHub something different each time.
fn families<'a, 'b>(groups: &'b [FindingGroup<'a>]) -> Vec<Vec<&'b FindingGroup<'a>>> {
    let mut families: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for group in groups {
        let Finding { setting, desired, blocked_by, permission, waiver, rules, source, reason, .. } = group.first;
        let rest = format!("{:?}", (desired, blocked_by, permission, waiver, rules, source, reason));
        families.entry((group.first.repo.is_some(), setting, rest)).or_default().push(group);
    }
    families.into_values().collect()
}

/// A family: its setting once, then a line or two for each group.
fn several(page: &mut Page, family: &[&FindingGroup<'_>]) {
    let [head, ..] = family else { return };
    let targets: Vec<_> = family.iter().flat_map(|group| group.targets.iter().copied()).collect();
    page.blank();
    let wanted = match &head.first.desired {
        Value::Null | Value::Object(_) | Value::Array(_) => String::new(),
        desired if told(head.first) => format!(": should be {},", short(desired, false)),
        _ => String::new(),
    };
    page.put(2, paint(head.first.verdict), &format!("{}{wanted} {}", head.first.setting, place(&targets)));
    for group in family {
        let finding = group.first;
        let said = match difference(&finding.observed, &finding.desired, Voice::State, false) {
            _ if !group.message.is_empty() => group.message.clone(),
            Difference::Inline(pair) => pair,
            Difference::Block(lines) => format!("{} lines of difference (-v shows them)", lines.len()),
            Difference::None => String::new(),
        };
        let place = place(&group.targets);
        page.put(6, Paint::Plain, &format!("{}: {said}", place.trim_start_matches("in ")));
        page.targets(10, &group.targets);
    }
    remedies(page, head.first);
}

const fn paint(verdict: Verdict) -> Paint {
    match verdict {
        Verdict::Violation => Paint::Red,
        Verdict::Unknown | Verdict::Blocked => Paint::Yellow,
        _ => Paint::Plain,
    }
}

fn one(page: &mut Page, group: &FindingGroup<'_>) {
    let finding = group.first;
    let paint = paint(finding.verdict);
    page.blank();
    let place = place(&group.targets);
    let mut lines = Vec::new();
    match difference(&finding.observed, &finding.desired, Voice::State, page.verbose()) {
        Difference::Inline(pair) if told(finding) => {
            page.put(2, paint, &format!("{}: {pair}, {place}", finding.setting));
        }
        Difference::Block(block) if told(finding) => {
            page.put(2, paint, &format!("{} {place}{}", finding.setting, Voice::State.legend()));
            lines = block;
        }
        _ => page.put(2, paint, &format!("{} {place}", finding.setting)),
    }
    page.targets(6, &group.targets);
    if !group.message.is_empty() {
        page.put(6, Paint::Plain, &group.message);
        // What the message says need not be said again as a field.
        let said = clean(&group.message);
        lines.retain(|line| !line.text.contains(&said));
    }
    if finding.verdict == Verdict::Violation || page.verbose() || lines.len() <= BRIEF {
        page.block(6, &lines);
    } else {
        page.put(6, Paint::Dim, &format!("{} lines of difference (-v shows them)", lines.len()));
    }
    remedies(page, finding);
}

/// Whether the values say something: nothing was read where it is unknown or not applicable.
const fn told(finding: &Finding) -> bool {
    !matches!(finding.verdict, Verdict::Unknown | Verdict::NotApplicable)
}

fn remedies(page: &mut Page, finding: &Finding) {
    if !finding.blocked_by.is_empty() {
        page.put(6, Paint::Plain, &format!("waits for {}", finding.blocked_by.join(", ")));
    }
    if let Some(permission) = &finding.permission {
        page.put(6, Paint::Plain, &words::permission(&permission.0));
    }
    if let Some(waiver) = &finding.waiver {
        page.put(6, Paint::Plain, &words::waiver(waiver, &finding.message));
        if let Some(link) = &waiver.link {
            page.put(6, Paint::Plain, link);
        }
        page.put(6, Paint::Dim, &waiver.source.to_string());
    }
    if let Some(source) = &finding.source {
        let also = words::other_rules(&finding.rules, &source.file);
        let also = if also.is_empty() { String::new() } else { format!(" (also {})", also.join(", ")) };
        page.put(6, Paint::Dim, &format!("{source}{also}"));
    }
    if let Some(reason) = &finding.reason {
        page.put(6, Paint::Dim, &format!("why: {reason}"));
    }
}
