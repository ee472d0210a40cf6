//! The sections of the findings, verdict by verdict.

use crate::{
    model::Verdict,
    plan::{Finding, Plan},
    render::{
        difference::{Difference, Voice, difference},
        group::{self, FindingGroup},
        page::{Page, Paint, place},
        words,
    },
};

/// All findings, grouped by verdict and by what is said of them.
pub(super) fn sections(page: &mut Page, plan: &Plan) {
    for verdict in words::FINDING_ORDER {
        let groups = group::findings(plan, verdict);
        let number: usize = groups.iter().map(|group| group.targets.len()).sum();
        // What cannot exist is only counted, in the summary, unless everything is wanted.
        if number == 0 || (verdict == Verdict::NotApplicable && !page.verbose()) {
            continue;
        }
        let (word, meaning) = words::verdict_heading(verdict);
        page.blank();
        page.put(0, Paint::Bold, &format!("{number} {word} ({meaning}):"));
        for group in groups {
            one(page, &group);
        }
    }
}

fn one(page: &mut Page, group: &FindingGroup<'_>) {
    let finding = group.first;
    let paint = match finding.verdict {
        Verdict::Violation => Paint::Red,
        Verdict::Unknown | Verdict::Blocked => Paint::Yellow,
        _ => Paint::Plain,
    };
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
    if !finding.message.is_empty() {
        page.put(6, Paint::Plain, &finding.message);
    }
    page.block(6, &lines);
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
        page.put(6, Paint::Plain, &format!("waived: {} ({})", waiver.reason, words::waiver_terms(waiver)));
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
