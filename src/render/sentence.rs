//! One change or finding in one sentence, for formats in which each stands alone.

use super::{
    difference::{Difference, Line, Voice, difference},
    words,
};
use crate::plan::{Change, Finding};

/// The widest sentence.
const WIDEST: usize = 900;

/// What differs in a changeable setting.
pub(super) fn change(change: &Change) -> String {
    change_at(change, &place(&change.org, change.repo.as_deref()))
}

/// The same of several targets, which stand for it in `place`.
pub(super) fn change_at(change: &Change, place: &str) -> String {
    let mut text = format!("{place}: {}", change.setting);
    match difference(&change.before, &change.after, Voice::State, false) {
        Difference::None => text.push_str(" differs"),
        Difference::Inline(pair) => text.push_str(&format!(" is {pair}")),
        Difference::Block(lines) => text.push_str(&format!(" differs: {}", flat(&lines))),
    }
    text.push('.');
    for flag in words::flags(change) {
        text.push_str(&format!(" Mending it {}.", flag.to_lowercase()));
    }
    if !change.effects.is_empty() {
        let moved = words::count_of(change.effects.len(), "setting of a repository", "settings of repositories");
        text.push_str(&format!(" Mending it moves {moved}."));
    }
    text.extend(change.reason.iter().map(|reason| format!(" Why: {reason}")));
    clip(&text)
}

/// What a finding says.
pub(super) fn finding(finding: &Finding) -> String {
    finding_at(finding, &place(&finding.org, finding.repo.as_deref()), &finding.message)
}

/// The same of several targets, which stand for it in `place` and whose common message is given.
pub(super) fn finding_at(finding: &Finding, place: &str, message: &str) -> String {
    let (word, meaning) = words::verdict_heading(finding.verdict);
    let mut text = format!("{place}: {} is {word} ({meaning})", finding.setting);
    if words::differs(finding) {
        match difference(&finding.observed, &finding.desired, Voice::State, false) {
            Difference::None => {}
            Difference::Inline(pair) => text.push_str(&format!(": {pair}")),
            Difference::Block(lines) => text.push_str(&format!(": {}", flat(&lines))),
        }
    }
    text.push('.');
    if !message.is_empty() {
        let stop = if message.ends_with(['.', '!', '?']) { "" } else { "." };
        text.push_str(&format!(" {message}{stop}"));
    }
    if !finding.blocked_by.is_empty() {
        text.push_str(&format!(" Waits for {}.", finding.blocked_by.join(", ")));
    }
    text.extend(finding.permission.iter().map(|permission| format!(" Needs the permission {permission}.")));
    if let Some(waiver) = &finding.waiver {
        text.push_str(&format!(" It is {} ({}).", words::waiver(waiver, message), waiver.source));
        text.extend(waiver.link.iter().map(|link| format!(" {link}")));
    }
    text.extend(finding.reason.iter().map(|reason| format!(" Why: {reason}")));
    clip(&text)
}

fn place(org: &str, repo: Option<&str>) -> String {
    repo.map_or_else(|| org.to_owned(), |repo| format!("{org}/{repo}"))
}

fn flat(lines: &[Line]) -> String {
    lines.iter().map(|line| line.signed().trim().to_owned()).collect::<Vec<_>>().join("; ")
}

fn clip(text: &str) -> String {
    let text = super::clean(text);
    if text.chars().count() <= WIDEST {
        return text;
    }
    let start: String = text.chars().take(WIDEST).collect();
    format!("{start}…")
}
