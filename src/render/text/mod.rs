//! Plans, drifts and applies for people at a terminal.

mod applied;
mod changes;
mod findings;
mod undo;

use super::{
    difference::Voice,
    group,
    page::{Page, Paint},
    words,
};
use crate::plan::{Applied, Plan, PolicyChange, introduced};

/// How a page for a terminal looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// With ANSI colours.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
    /// Everything in full, however long.
    pub verbose: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, verbose: false }
    }
}

/// Tells a plan: what apply would do, and what a person must know.
#[must_use]
pub fn plan(plan: &Plan, style: &Style) -> String {
    whole(plan, style, Voice::Change)
}

/// Tells the same as what differs, without a word of changing it.
#[must_use]
pub fn drift(plan: &Plan, style: &Style) -> String {
    whole(plan, style, Voice::State)
}

/// Tells what an undo of the journal `file` would take back, what it leaves, and why.
#[must_use]
pub fn undo(plan: &Plan, file: &str, style: &Style) -> String {
    undo::page(plan, file, *style)
}

/// Tells what came of an apply.
#[must_use]
pub fn applied(applied: &Applied, style: &Style) -> String {
    applied::page(applied, *style)
}

/// A message beside the output, wrapped line by line to so many columns.
#[must_use]
pub fn message(text: &str, width: usize) -> String {
    let mut page = Page::new(Style { color: false, width, verbose: false });
    text.lines().for_each(|line| page.put(0, Paint::Plain, line));
    page.finish()
}

fn whole(plan: &Plan, style: &Style, voice: Voice) -> String {
    let mut page = Page::new(*style);
    if let Some(policy_changes) = &plan.policy_changes {
        compared(&mut page, plan, policy_changes, voice);
        warnings(&mut page, plan);
        closing(&mut page, plan, voice);
        return page.finish();
    }
    if let Some(nothing) = words::nothing(plan) {
        page.put(0, Paint::Bold, &nothing);
    } else {
        let title = format!("{}:", group::lead(plan, voice));
        page.put(0, Paint::Bold, &title);
        changes::section(&mut page, plan, voice);
    }
    findings::sections(&mut page, plan);
    warnings(&mut page, plan);
    closing(&mut page, plan, voice);
    page.finish()
}

/// A plan beside the one of the policy before: first how the policy itself changed, then what it introduces, last what was
/// there before.
fn compared(page: &mut Page, plan: &Plan, policy_changes: &[PolicyChange], voice: Voice) {
    if !policy_changes.is_empty() {
        page.put(0, Paint::Bold, "The policy itself:");
        for change in policy_changes {
            let place = change.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
            page.put(2, Paint::Yellow, &format!("! {}{place}", change.message));
        }
        page.blank();
    }
    let (new, old) = (introduced::part(plan, true), introduced::part(plan, false));
    page.put(0, Paint::Bold, &words::introduces(&new));
    changes::section(page, &new, voice);
    findings::sections(page, &new);
    if let Some(sentence) = words::was_there(&old) {
        page.blank();
        if page.verbose() {
            page.put(0, Paint::Bold, &format!("{sentence}:"));
            changes::section(page, &old, voice);
            findings::sections(page, &old);
        } else {
            page.put(0, Paint::Plain, &format!("{sentence} (-v shows them)."));
        }
    }
}

fn warnings(page: &mut Page, plan: &Plan) {
    if plan.warnings.is_empty() {
        return;
    }
    page.blank();
    page.put(0, Paint::Bold, &format!("{}:", words::count_of(plan.warnings.len(), "warning", "warnings")));
    for warning in &plan.warnings {
        let place = warning.source.as_ref().map(|source| format!("{source}: ")).unwrap_or_default();
        page.put(2, Paint::Yellow, &format!("{place}{}", warning.message));
    }
}

fn closing(page: &mut Page, plan: &Plan, voice: Voice) {
    page.blank();
    page.put(0, Paint::Bold, &words::summary(&plan.summary, voice));
    if !plan.changes.is_empty() && voice == Voice::Change {
        page.put(0, Paint::Plain, &format!("The changes: {}", words::direction(&plan.summary)));
    }
    if let Some(sentence) = words::shard(plan) {
        page.put(0, Paint::Plain, &sentence);
    }
    page.put(0, Paint::Dim, &words::reading_cost(plan));
    if voice == Voice::State {
        return;
    }
    if !plan.changes.is_empty() {
        page.put(0, Paint::Dim, &words::estimate(plan));
    }
    if !plan.deferred.is_empty() {
        let number = words::count_of(plan.deferred.len(), "change is", "changes are");
        page.put(0, Paint::Yellow, &format!("{number} left to the next apply."));
    }
    for refusal in &plan.refused {
        page.put(0, Paint::Red, &words::refusal(refusal));
    }
}

#[cfg(test)]
mod tests;
