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

/// GitHub takes 65,536 characters in a comment. Counted in bytes here, which are never fewer.
pub const LIMIT: usize = 65_536;

/// What the cut text ends with.
const CUT: &str = "\n_Cut here, since GitHub takes no more in one comment: `--format json` has all._\n";

/// Tells a plan.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    fit(|detail| whole(plan, Voice::Change, detail))
}

/// Tells the same as what differs, without a word of changing it.
#[must_use]
pub fn drift(plan: &Plan) -> String {
    fit(|detail| whole(plan, Voice::State, detail))
}

/// Tells what came of an apply.
#[must_use]
pub fn applied(applied: &Applied) -> String {
    fit(|detail| applied::page(applied, detail))
}

/// Takes the most detailed page that fits; the least detailed one is cut between lines, where nothing is open.
fn fit(page: impl Fn(&Detail) -> String) -> String {
    let mut text = String::new();
    for detail in &Detail::LEVELS {
        text = page(detail);
        if text.len() <= LIMIT {
            return text;
        }
    }
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() + CUT.len() > LIMIT {
            break;
        }
        kept.push_str(line);
    }
    kept.push_str(CUT);
    kept
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
