//! Tables of changes and findings, with the details folded below them.

use std::collections::BTreeMap;

use super::escape::{code, fenced, prose};
use crate::{
    model::{Action, Delivery, Effect, Verdict},
    plan::{Change, Finding, Plan, PolicyChange},
    render::{
        clean::markup,
        difference::{Difference, Line, Voice, difference},
        group::{self, ChangeGroup, FindingGroup, Target},
        page::place,
        words,
    },
};

/// How much is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detail {
    /// How many repositories of a group are named.
    pub(super) names: usize,
    /// How many lines of a difference are shown.
    lines: usize,
    /// How many characters of a text are shown.
    pub(super) text: usize,
    /// How many warnings are shown.
    warnings: usize,
    /// Whether a row stands for a whole setting.
    pub(super) by_setting: bool,
    /// What is not told, should a reader ask.
    pub(super) left_out: &'static str,
}

/// What is not told where some is.
const SOME: &str = "of long lists and long differences only the first is told";

impl Detail {
    /// From everything to the least.
    pub(super) const LEVELS: [Self; 4] = [
        Self { names: 300, lines: 40, text: 600, warnings: 50, by_setting: false, left_out: SOME },
        Self { names: 30, lines: 12, text: 300, warnings: 20, by_setting: false, left_out: SOME },
        Self {
            names: 0,
            lines: 0,
            text: 150,
            warnings: 10,
            by_setting: false,
            left_out: "names of repositories and lines of differences are left out",
        },
        Self {
            names: 0,
            lines: 0,
            text: 100,
            warnings: 10,
            by_setting: true,
            left_out: "single changes are left out: a row stands for a whole setting",
        },
    ];
}

/// A list of warnings.
pub(super) fn warnings(out: &mut String, plan: &Plan, detail: &Detail) {
    if plan.warnings.is_empty() {
        return;
    }
    out.push_str("> [!WARNING]\n");
    for warning in plan.warnings.iter().take(detail.warnings) {
        let place = warning.source.as_ref().map(|source| format!("{}: ", code(&source.to_string(), detail.text)));
        out.push_str(&format!("> - {}{}\n", place.unwrap_or_default(), prose(&warning.message, detail.text)));
    }
    if let Some(rest) = plan.warnings.len().checked_sub(detail.warnings).filter(|rest| *rest > 0) {
        out.push_str(&format!("> - … and {rest} more\n"));
    }
    out.push('\n');
}

/// How the policy itself changed.
pub(super) fn policy_changes(out: &mut String, changes: &[PolicyChange], detail: &Detail) {
    if changes.is_empty() {
        return;
    }
    out.push_str("> [!IMPORTANT]\n> The policy itself:\n");
    for change in changes.iter().take(detail.warnings) {
        let place = change.source.as_ref().map(|source| format!(" ({})", code(&source.to_string(), detail.text)));
        out.push_str(&format!("> - {}{}\n", prose(&change.message, detail.text), place.unwrap_or_default()));
    }
    if let Some(rest) = changes.len().checked_sub(detail.warnings).filter(|rest| *rest > 0) {
        out.push_str(&format!("> - … and {rest} more\n"));
    }
    out.push('\n');
}

/// The table of the changes, and their folds.
pub(super) fn changes(out: &mut String, plan: &Plan, voice: Voice, detail: &Detail) {
    if plan.changes.is_empty() {
        return;
    }
    if detail.by_setting {
        return changes_by_setting(out, plan, voice);
    }
    let head = if voice == Voice::Change { "change" } else { "difference" };
    out.push_str(&format!("| setting | {head} | where | policy |\n| --- | --- | --- | --- |\n"));
    let groups = group::changes(plan);
    let mut folds = String::new();
    for group in &groups {
        row(out, &mut folds, group, voice, detail);
    }
    out.push('\n');
    out.push_str(&folds);
}

fn row(out: &mut String, folds: &mut String, group: &ChangeGroup<'_>, voice: Voice, detail: &Detail) {
    let change = group.first;
    let (what, lines) = what(change, voice, detail);
    let mut says = code(&change.source.to_string(), detail.text);
    if let Some(reason) = &change.reason {
        says.push_str(&format!("<br>{}", prose(reason, detail.text)));
    }
    if voice == Voice::Change {
        for line in words::restricted(change, &group.targets) {
            says.push_str(&format!("<br>{}", prose(&line, detail.text)));
        }
    }
    let notes = notes(change, voice, group.deferred);
    let setting = code(&change.setting, detail.text);
    let (place, named) = at(&group.targets, detail);
    out.push_str(&format!("| {notes}{setting} | {what} | {place} | {says} |\n"));
    for moved in group::moves(change) {
        let (pair, lines) = match difference(moved.before, moved.after, voice, false) {
            Difference::None => (String::new(), Vec::new()),
            Difference::Inline(pair) => (code(&pair, detail.text), Vec::new()),
            Difference::Block(lines) => ("several fields".to_owned(), lines),
        };
        let weakens = voice == Voice::Change && moved.effect == Effect::Loosening;
        let flag = if weakens { "**WEAKENS SECURITY** " } else { "" };
        let place = at(&moved.targets, detail).0;
        out.push_str(&format!(
            "| ↳ {flag}{} | {pair} | {place} | with the row above |\n",
            code(moved.setting, detail.text)
        ));
        fold(folds, &[moved.setting, &change.setting], &moved.targets, &lines, detail);
    }
    if !named || !lines.is_empty() {
        fold(folds, &[&change.setting], &group.targets, &lines, detail);
    }
}

/// The words about a change in its table, and the lines of its fold.
pub(super) fn what(change: &Change, voice: Voice, detail: &Detail) -> (String, Vec<Line>) {
    let verb = match (change.action, voice) {
        (Action::Create, Voice::Change) => "create",
        (Action::Update, _) => "",
        (Action::Delete, Voice::Change) => "delete",
        (Action::Create, Voice::State) => "missing",
        (Action::Delete, Voice::State) => "too many",
    };
    match difference(&change.before, &change.after, voice, false) {
        Difference::None => (verb.to_owned(), Vec::new()),
        Difference::Inline(pair) => (format!("{verb} {}", code(&pair, detail.text)).trim().to_owned(), Vec::new()),
        Difference::Block(lines) => {
            let told = if verb.is_empty() { "several fields" } else { verb };
            (told.to_owned(), lines)
        }
    }
}

fn notes(change: &Change, voice: Voice, deferred: bool) -> String {
    if voice == Voice::State {
        return String::new();
    }
    let mut notes: String = words::flags(change).iter().map(|flag| format!("**{flag}** ")).collect();
    if deferred {
        notes.push_str("(left to the next apply) ");
    }
    match change.delivery {
        Delivery::Api => {}
        Delivery::PullRequest => notes.push_str("(by pull request) "),
        Delivery::Commit => notes.push_str("(by commit) "),
    }
    notes
}

/// Where, for a table; and whether that names all.
pub(super) fn at(targets: &[Target<'_>], detail: &Detail) -> (String, bool) {
    if targets.len() > 3 || targets.len() > detail.names.max(1) {
        return (place(targets).trim_start_matches("in ").to_owned(), false);
    }
    let names = targets.iter().map(|(org, repo)| {
        let name = repo.map_or_else(|| (*org).to_owned(), |repo| format!("{org}/{repo}"));
        code(&name, detail.text)
    });
    (names.collect::<Vec<_>>().join("<br>"), true)
}

/// The names and the lines that did not fit into the table.
fn fold(out: &mut String, settings: &[&str], targets: &[Target<'_>], lines: &[Line], detail: &Detail) {
    let named = at(targets, detail).1;
    if detail.names == 0 || (named && lines.is_empty()) {
        return;
    }
    let settings: Vec<_> = settings.iter().map(|one| format!("<code>{}</code>", markup(one))).collect();
    let place = if targets.len() == 1 { String::new() } else { format!(" {}", place(targets)) };
    out.push_str(&format!("<details><summary>{}{place}</summary>\n\n", settings.join(" with ")));
    let mut orgs: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (org, repo) in targets.iter().take(detail.names) {
        let names = orgs.entry(org).or_default();
        names.extend(repo.map(|repo| code(repo, detail.text)));
    }
    for (org, names) in orgs {
        let colon = if names.is_empty() { "" } else { ": " };
        out.push_str(&format!("- {}{colon}{}\n", code(org, detail.text), names.join(", ")));
    }
    if targets.len() > detail.names {
        out.push_str(&format!("- … and {} more\n", targets.len() - detail.names));
    }
    if !lines.is_empty() {
        let mut shown: Vec<String> = lines.iter().take(detail.lines).map(Line::signed).collect();
        if lines.len() > detail.lines {
            shown.push(format!("  … and {} more lines", lines.len() - detail.lines));
        }
        out.push('\n');
        out.push_str(&fenced("diff", &shown));
    }
    out.push_str("\n</details>\n\n");
}

fn changes_by_setting(out: &mut String, plan: &Plan, voice: Voice) {
    let mut rows: BTreeMap<_, (usize, &Change)> = BTreeMap::new();
    for change in &plan.changes {
        let flags = if voice == Voice::Change { words::flags(change) } else { Vec::new() };
        let key = (change.repo.is_some(), flags.is_empty(), flags, &change.key, change.action);
        rows.entry(key).or_insert((0, change)).0 += 1;
    }
    out.push_str("| setting | action | how many |\n| --- | --- | --- |\n");
    for ((_, _, flags, key, action), (number, _)) in rows {
        let flags: String = flags.iter().map(|flag| format!("**{flag}** ")).collect();
        let action = match action {
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
        };
        out.push_str(&format!("| {flags}{} | {action} | {number} |\n", code(key, 100)));
    }
    out.push('\n');
}

/// A table for each verdict, folded away where nobody has to act.
pub(super) fn findings(out: &mut String, plan: &Plan, detail: &Detail) {
    for verdict in words::FINDING_ORDER {
        let groups = group::findings(plan, verdict);
        let number: usize = groups.iter().map(|group| group.targets.len()).sum();
        if number == 0 || verdict == Verdict::NotApplicable {
            continue;
        }
        let (word, meaning) = words::verdict_heading(verdict);
        let folded = matches!(verdict, Verdict::Waived | Verdict::Compliant) && !detail.by_setting;
        if folded {
            out.push_str(&format!("<details><summary>{number} {word} ({meaning})</summary>\n\n"));
        } else {
            out.push_str(&format!("#### {number} {word}: {meaning}\n\n"));
        }
        if detail.by_setting {
            findings_by_setting(out, &groups);
        } else {
            out.push_str("| setting | state | where | why | policy |\n| --- | --- | --- | --- | --- |\n");
            let mut folds = String::new();
            for group in &groups {
                finding_row(out, &mut folds, group, detail);
            }
            out.push('\n');
            out.push_str(&folds);
        }
        if folded {
            out.push_str("</details>\n\n");
        }
    }
}

fn finding_row(out: &mut String, folds: &mut String, group: &FindingGroup<'_>, detail: &Detail) {
    let finding = group.first;
    let (state, lines) = match difference(&finding.observed, &finding.desired, Voice::State, false) {
        _ if finding.verdict == Verdict::Unknown => ("not known".to_owned(), Vec::new()),
        Difference::None => (String::new(), Vec::new()),
        Difference::Inline(pair) => (code(&pair, detail.text), Vec::new()),
        Difference::Block(lines) => ("several fields".to_owned(), lines),
    };
    let (place, named) = at(&group.targets, detail);
    let source = finding.source.as_ref().map(|source| code(&source.to_string(), detail.text)).unwrap_or_default();
    let setting = code(&finding.setting, detail.text);
    out.push_str(&format!("| {setting} | {state} | {place} | {} | {source} |\n", why(finding, &group.message, detail)));
    if !named || !lines.is_empty() {
        fold(folds, &[&finding.setting], &group.targets, &lines, detail);
    }
}

fn why(finding: &Finding, message: &str, detail: &Detail) -> String {
    let mut parts = Vec::new();
    if !message.is_empty() {
        parts.push(prose(message, detail.text));
    }
    if !finding.blocked_by.is_empty() {
        parts.push(format!("waits for {}", code(&finding.blocked_by.join(", "), detail.text)));
    }
    if let Some(permission) = &finding.permission {
        parts.push(format!("needs the permission {}", code(&permission.0, detail.text)));
    }
    if let Some(waiver) = &finding.waiver {
        parts.push(prose(&words::waiver(waiver, message), detail.text));
        parts.extend(waiver.link.iter().map(|link| code(link, detail.text)));
        parts.push(code(&waiver.source.to_string(), detail.text));
    }
    parts.extend(finding.reason.iter().map(|reason| prose(reason, detail.text)));
    parts.join("<br>")
}

fn findings_by_setting(out: &mut String, groups: &[FindingGroup<'_>]) {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for group in groups {
        *rows.entry(&group.first.key).or_default() += group.targets.len();
    }
    out.push_str("| setting | how many |\n| --- | --- |\n");
    for (key, number) in rows {
        out.push_str(&format!("| {} | {number} |\n", code(key, 100)));
    }
    out.push('\n');
}
