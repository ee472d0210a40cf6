//! What an undo would take back, and what it leaves.

use super::{Style, changes, warnings};
use crate::{
    model::Verdict,
    plan::Plan,
    render::{
        clean,
        difference::Voice,
        group,
        page::{Page, Paint, place},
        words,
    },
};

/// The page.
pub(super) fn page(plan: &Plan, file: &str, style: Style) -> String {
    let mut page = Page::new(style);
    let file = clean(file);
    if plan.changes.is_empty() {
        page.put(0, Paint::Bold, &format!("Nothing of {file} is to be taken back."));
    } else {
        page.put(0, Paint::Bold, &format!("To take back of {file}: {}:", group::lead(plan, Voice::Change)));
        changes::taken_back(&mut page, plan);
    }
    left(&mut page, plan);
    warnings(&mut page, plan);
    closing(&mut page, plan);
    page.finish()
}

/// What is left as it is, by the reason.
fn left(page: &mut Page, plan: &Plan) {
    for (verdict, title) in [
        (Verdict::Violation, "left alone"),
        (Verdict::Blocked, "left alone, since it waits for something else"),
        (Verdict::Unknown, "unknown, and so left alone"),
    ] {
        let groups = group::findings(plan, verdict);
        let number: usize = groups.iter().map(|group| group.targets.len()).sum();
        if number == 0 {
            continue;
        }
        page.blank();
        page.put(0, Paint::Bold, &format!("{number} {title}:"));
        for group in groups {
            page.blank();
            page.put(2, Paint::Yellow, &format!("{} {}", group.first.setting, place(&group.targets)));
            page.targets(6, &group.targets);
            page.put(6, Paint::Plain, &group.message);
            if let Some(permission) = &group.first.permission {
                page.put(6, Paint::Plain, &words::permission(&permission.0));
            }
            if let Some(source) = &group.first.source {
                page.put(6, Paint::Dim, &source.to_string());
            }
        }
    }
}

fn closing(page: &mut Page, plan: &Plan) {
    page.blank();
    let summary = &plan.summary;
    let left = summary.violation + summary.blocked + summary.unknown + summary.not_applicable;
    let told = format!("{} to take back, {left} left alone, {} as before already.", summary.change, summary.compliant);
    page.put(0, Paint::Bold, &told);
    if !plan.changes.is_empty() {
        page.put(0, Paint::Plain, &format!("The changes: {}", words::direction(summary)));
    }
    page.put(0, Paint::Dim, &words::reading_cost(plan));
    if !plan.changes.is_empty() {
        page.put(0, Paint::Dim, &words::estimate(plan));
    }
    for refusal in &plan.refused {
        page.put(0, Paint::Red, &words::refusal_of("undo", refusal));
    }
}
