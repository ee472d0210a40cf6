//! The section of the changes.

use crate::{
    model::{Action, Delivery, Effect},
    plan::{Change, Plan},
    render::{
        difference::{Difference, Line, Voice, difference},
        group::{self, ChangeGroup, Target},
        page::{Page, Paint, place},
        words,
    },
};

/// How many lines of a journal are named before the rest becomes a number.
const LINES: usize = 24;

/// All changes, grouped.
pub(super) fn section(page: &mut Page, plan: &Plan, voice: Voice) {
    for group in group::changes(plan) {
        one(page, &group, voice);
    }
}

/// What is taken back of a journal, grouped.
pub(super) fn taken_back(page: &mut Page, plan: &Plan) {
    for group in group::taken_back(plan) {
        one(page, &group, Voice::Change);
    }
}

fn one(page: &mut Page, group: &ChangeGroup<'_>, voice: Voice) {
    let change = group.first;
    page.blank();
    let (mut flags, mut notes) = (Vec::new(), Vec::new());
    if voice == Voice::Change {
        flags = words::flags(change);
        notes.extend(delivered(change.delivery));
        if group.deferred {
            notes.push("left to the next apply");
        }
    }
    let lines = heading(page, change, &group.targets, voice, (&flags, &notes));
    page.block(6, &lines);
    if voice == Voice::Change {
        for line in words::restricted(change, &group.targets) {
            page.put(6, Paint::Red, &line);
        }
    }
    moves(page, change, voice);
    said_by(page, group);
}

/// The lines that say what a change does, where: also of an outcome. Flags warn, so they stand first. Returns the lines of
/// a difference that is too long for the heading.
pub(super) fn heading(
    page: &mut Page,
    change: &Change,
    targets: &[Target<'_>],
    voice: Voice,
    (flags, notes): (&[&str], &[&str]),
) -> Vec<Line> {
    let (sign, verb) = match (change.action, voice) {
        (Action::Create, Voice::Change) => ("+ ", "create "),
        (Action::Update, Voice::Change) => ("~ ", ""),
        (Action::Delete, Voice::Change) => ("- ", "delete "),
        (Action::Create, Voice::State) => ("+ ", "missing: "),
        (Action::Update, Voice::State) => ("~ ", ""),
        (Action::Delete, Voice::State) => ("- ", "too many: "),
    };
    let paint = if change.deletes || group::loosens(change) {
        Paint::Red
    } else if change.action == Action::Create {
        Paint::Green
    } else {
        Paint::Yellow
    };
    let flags = if flags.is_empty() { String::new() } else { format!("[{}] ", flags.join(", ")) };
    let notes = if notes.is_empty() { String::new() } else { format!(", {}", notes.join(", ")) };
    let head = format!("{sign}{flags}{verb}{}", change.setting);
    let place = place(targets);
    match difference(&change.before, &change.after, voice, page.verbose()) {
        Difference::None => page.put(2, paint, &format!("{head} {place}{notes}")),
        Difference::Inline(pair) => page.put(2, paint, &format!("{head}: {pair} {place}{notes}")),
        Difference::Block(lines) => {
            page.put(2, paint, &format!("{head} {place}{notes}{}", voice.legend()));
            page.targets(6, targets);
            return lines;
        }
    }
    page.targets(6, targets);
    Vec::new()
}

/// How a change reaches the repository, where that is not at once.
const fn delivered(delivery: Delivery) -> Option<&'static str> {
    match delivery {
        Delivery::Api => None,
        Delivery::PullRequest => Some("by pull request"),
        Delivery::Commit => Some("by commit to the default branch"),
    }
}

fn moves(page: &mut Page, change: &Change, voice: Voice) {
    for group in group::moves(change) {
        let flag = match (group.effect, voice) {
            (Effect::Loosening, Voice::Change) => "[WEAKENS SECURITY] ",
            _ => "",
        };
        let paint = if group.effect == Effect::Loosening { Paint::Red } else { Paint::Plain };
        let place = place(&group.targets);
        let lead = match voice {
            Voice::Change => "moves ",
            Voice::State => "with it ",
        };
        match difference(group.before, group.after, voice, page.verbose()) {
            Difference::None => page.put(6, paint, &format!("{flag}{lead}{} {place}", group.setting)),
            Difference::Inline(pair) => page.put(6, paint, &format!("{flag}{lead}{}: {pair} {place}", group.setting)),
            Difference::Block(lines) => {
                page.put(6, paint, &format!("{flag}{lead}{} {place}", group.setting));
                page.block(6, &lines);
            }
        }
        page.targets(10, &group.targets);
    }
}

fn said_by(page: &mut Page, group: &ChangeGroup<'_>) {
    let change = group.first;
    let also = words::other_rules(&change.rules, &change.source.file);
    let also = if also.is_empty() { String::new() } else { format!(" (also {})", also.join(", ")) };
    page.put(6, Paint::Dim, &format!("{}{also}", place_of(page.verbose(), group)));
    if let Some(reason) = &change.reason {
        page.put(6, Paint::Dim, &format!("why: {reason}"));
    }
}

/// `rules/baseline.toml:4`, or `journal.jsonl, lines 3, 5 and 8`.
fn place_of(verbose: bool, group: &ChangeGroup<'_>) -> String {
    if group.lines.len() < 2 {
        return group.first.source.to_string();
    }
    let shown = if verbose { group.lines.len() } else { LINES };
    let lines: Vec<String> = group.lines.iter().take(shown).map(ToString::to_string).collect();
    let rest = group.lines.len() - lines.len();
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}, lines {}{more}", group.first.source.file, lines.join(", "))
}
