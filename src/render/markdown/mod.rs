//! Plans and applies for pull request comments and job summaries: tables of groups, details folded away, never longer
//! than GitHub takes.

mod applied;
mod escape;
mod sections;

#[cfg(test)]
mod tests;

use sections::Detail;

use super::{clean::markup, difference::Voice, group, words};
use crate::plan::{Applied, Plan, introduced};

/// The longest comment. GitHub takes 65,536 characters; some are left to the hidden line by which a script knows its comment
/// again. Counted in bytes here, which are never fewer.
pub const LIMIT: usize = 65_000;

/// The longest summary of a step of GitHub Actions, in bytes: GitHub takes 1 MiB.
pub const SUMMARY_LIMIT: usize = 1_048_576;

/// The least that a page is given, where a summary is full already.
const LEAST: usize = 2_000;

/// How much a page may hold, and where the whole is if it does not fit.
#[derive(Debug, Clone)]
pub struct Room {
    bytes: usize,
    run: Option<String>,
}

impl Room {
    /// A comment or an issue. `run` is the address of the run of GitHub Actions whose summary has more; what is no plain
    /// address is not linked.
    #[must_use]
    pub fn comment(run: Option<String>) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/".contains(c);
        let run = run.filter(|run| run.len() < 500 && run.starts_with("http") && run.chars().all(plain));
        Self { bytes: LIMIT, run }
    }

    /// The summary of a step in which so many bytes stand already.
    #[must_use]
    pub fn summary(used: usize) -> Self {
        Self { bytes: SUMMARY_LIMIT.saturating_sub(used).max(LEAST), run: None }
    }

    /// What was left out, and where it is.
    fn note(&self, left_out: &str) -> String {
        let place = match &self.run {
            Some(run) => format!("The [summary of the run]({run}) has more, `--format json` all."),
            None => "`--format json` has all.".to_owned(),
        };
        format!("\n_Shortened, since GitHub takes no more here: {left_out}. {place}_\n")
    }
}

/// Tells a plan.
#[must_use]
pub fn plan(plan: &Plan, room: &Room) -> String {
    fit(room, |detail| whole(plan, Voice::Change, detail))
}

/// Tells the same as what differs, without a word of changing it.
#[must_use]
pub fn drift(plan: &Plan, room: &Room) -> String {
    fit(room, |detail| whole(plan, Voice::State, detail))
}

/// Tells what came of an apply.
#[must_use]
pub fn applied(applied: &Applied, room: &Room) -> String {
    fit(room, |detail| applied::page(applied, detail))
}

/// Takes the most detailed page that fits; the least detailed one is cut between lines, where nothing is open.
fn fit(room: &Room, page: impl Fn(&Detail) -> String) -> String {
    let mut text = String::new();
    for (level, detail) in Detail::LEVELS.iter().enumerate() {
        text = page(detail);
        let note = if level > 0 || counts_a_rest(&text) { room.note(detail.left_out) } else { String::new() };
        if text.len() + note.len() <= room.bytes {
            return text + &note;
        }
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let left_out = |rest: usize| {
        let rest = words::count_of(rest, "more line is cut off", "more lines are cut off");
        room.note(&format!("single changes are left out (a row stands for a whole setting), and {rest}"))
    };
    let end = room.bytes.saturating_sub(left_out(lines.len()).len());
    let mut kept = String::new();
    let mut shown = 0;
    for line in &lines {
        if kept.len() + line.len() > end {
            break;
        }
        kept.push_str(line);
        shown += 1;
    }
    kept + &left_out(lines.len() - shown)
}

/// Whether the page says somewhere that there is more of something.
fn counts_a_rest(text: &str) -> bool {
    text.lines().any(|line| ["- … and ", "> - … and ", "  … and "].iter().any(|start| line.starts_with(start)))
}

fn whole(plan: &Plan, voice: Voice, detail: &Detail) -> String {
    let mut out = String::new();
    let compared = plan.policy_changes.as_deref().map(|changes| (changes, introduced::part(plan, true)));
    let lead = match &compared {
        Some((_, new)) => words::introduces(new).trim_end_matches(':').to_owned(),
        None => words::nothing(plan).unwrap_or_else(|| group::lead(plan, voice)),
    };
    out.push_str(&format!("### ordain: {lead}\n\n"));
    if let Some((changes, _)) = &compared {
        sections::policy_changes(&mut out, changes, detail);
    }
    if voice == Voice::Change {
        refusals(&mut out, plan);
    }
    out.push_str(&format!("{}\n", words::summary(&plan.summary, voice)));
    if voice == Voice::Change && !plan.changes.is_empty() {
        out.push_str(&format!("The changes: {}\n", words::direction(&plan.summary)));
    }
    if let Some(sentence) = words::shard(plan) {
        out.push_str(&format!("{sentence}\n"));
    }
    out.push('\n');
    sections::warnings(&mut out, plan, detail);
    if let Some((_, new)) = &compared {
        sections::changes(&mut out, new, voice, detail);
        sections::findings(&mut out, new, detail);
        was_there(&mut out, &introduced::part(plan, false), voice, detail);
    } else {
        sections::changes(&mut out, plan, voice, detail);
        sections::findings(&mut out, plan, detail);
    }
    let mut costs = words::reading_cost(plan);
    if voice == Voice::Change && !plan.changes.is_empty() {
        costs = format!("{costs} {}", words::estimate(plan));
    }
    let (version, policy) = (markup(&plan.ordain), markup(&plan.policy.digest));
    let as_of = markup(&plan.as_of);
    out.push_str(&format!(
        "\n<sub>{costs} Observed at <code>{as_of}</code> by ordain <code>{version}</code>, policy <code>{policy}</code>.</sub>\n"
    ));
    out
}

/// What was there before a new policy, folded away: it is not what a reviewer has to judge.
fn was_there(out: &mut String, old: &Plan, voice: Voice, detail: &Detail) {
    let Some(sentence) = words::was_there(old) else { return };
    if detail.names == 0 {
        out.push_str(&format!("{sentence}.\n\n"));
        return;
    }
    out.push_str(&format!("<details><summary>{sentence}</summary>\n\n"));
    sections::changes(out, old, voice, detail);
    sections::findings(out, old, detail);
    out.push_str("</details>\n\n");
}

fn refusals(out: &mut String, plan: &Plan) {
    if plan.refused.is_empty() {
        return;
    }
    out.push_str("> [!CAUTION]\n");
    for refusal in &plan.refused {
        out.push_str(&format!("> - {}\n", escape::prose(&words::refusal(refusal), 300)));
    }
    out.push('\n');
}
