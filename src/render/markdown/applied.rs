//! What came of an apply, as tables.

use std::collections::BTreeMap;

use super::{
    escape::{code, prose},
    sections::{Detail, at, what},
};
use crate::{
    plan::{Applied, ChangeOutcome, ChangeResult},
    render::{
        difference::Voice,
        group::{self, Target, change_key},
        results::{self, Kind},
        words,
    },
};

/// The page: what did not go well first, since a comment is read from its top.
pub(super) fn page(applied: &Applied, detail: &Detail) -> String {
    let mut out = format!("### ordain: {}\n\n", results::counts(applied));
    if applied.incomplete() {
        out.push_str(
            "> [!WARNING]\n> Incomplete: mend what is told below and run it again; what is done is not done twice.\n\n",
        );
    }
    for kind in Kind::ALL.into_iter().rev() {
        let outcomes = results::of(applied, kind);
        if outcomes.is_empty() {
            continue;
        }
        let (word, meaning) = kind.words();
        out.push_str(&format!("#### {} {word}: {meaning}\n\n", outcomes.len()));
        if detail.by_setting {
            by_setting(&mut out, &outcomes);
        } else {
            table(&mut out, &outcomes, detail);
        }
        out.push('\n');
    }
    let closed: Vec<_> = applied.closed.iter().map(|url| (url, None)).collect();
    let not_closed: Vec<_> = applied.not_closed.iter().map(|one| (&one.url, Some(&one.message))).collect();
    for (heading, pulls) in
        [("No longer needed, and not closed", not_closed), ("Closed, since no longer needed", closed)]
    {
        if pulls.is_empty() {
            continue;
        }
        let number = words::count_of(pulls.len(), "pull request", "pull requests");
        out.push_str(&format!("{heading}: {number}.\n\n"));
        for (url, why) in pulls.into_iter().take(detail.names.min(50)) {
            let why = why.map(|why| format!(": {}", prose(why, detail.text))).unwrap_or_default();
            out.push_str(&format!("- {}{why}\n", code(url, detail.text)));
        }
        out.push('\n');
    }
    out.push_str(&format!("<sub>It took {} and {}.</sub>\n", results::took(applied), words::cost(&applied.cost)));
    out
}

fn table(out: &mut String, outcomes: &[&ChangeOutcome], detail: &Detail) {
    let mut groups: BTreeMap<_, (&ChangeOutcome, Vec<Target<'_>>)> = BTreeMap::new();
    for outcome in outcomes {
        let key = (change_key(&outcome.change), results::note(&outcome.result));
        let group = groups.entry(key).or_insert_with(|| (outcome, Vec::new()));
        group.1.push((&outcome.change.org, outcome.change.repo.as_deref()));
    }
    out.push_str("| setting | change | where | result |\n| --- | --- | --- | --- |\n");
    for ((_, note), (outcome, mut targets)) in groups {
        group::sort(&mut targets);
        let what = what(&outcome.change, Voice::Change, detail).0;
        let note = match &outcome.result {
            ChangeResult::PullRequest { url, how, number: _ } => {
                format!("{} {}", prose(how, detail.text), code(url, detail.text))
            }
            _ => prose(note.unwrap_or_default(), detail.text),
        };
        let place =
            if targets.len() <= detail.names.min(20) { names(&targets, detail) } else { at(&targets, detail).0 };
        out.push_str(&format!("| {} | {what} | {place} | {note} |\n", code(&outcome.change.setting, detail.text)));
    }
}

fn names(targets: &[Target<'_>], detail: &Detail) -> String {
    let all = targets.iter().map(|target| at(&[*target], detail).0);
    all.collect::<Vec<_>>().join(" ")
}

fn by_setting(out: &mut String, outcomes: &[&ChangeOutcome]) {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in outcomes {
        *rows.entry(&outcome.change.key).or_default() += 1;
    }
    out.push_str("| setting | how many |\n| --- | --- |\n");
    for (key, number) in rows {
        out.push_str(&format!("| {} | {number} |\n", code(key, 100)));
    }
}
