//! The differences of a plan on their way to results: each by itself, or those that are alike together.

use crate::{
    model::{Source, Verdict},
    plan::Plan,
    render::{
        group::{self, Target},
        page::place,
        sentence, words,
    },
};

/// How many targets a sentence names.
const NAMED: usize = 10;

/// A result to be.
#[derive(Debug)]
pub(super) struct Told<'a> {
    /// What it is known by from run to run.
    pub(super) id: String,
    /// The ids of the changes or findings that it tells.
    pub(super) ids: Vec<&'a str>,
    /// The setting.
    pub(super) key: &'a str,
    /// What holds.
    pub(super) verdict: Verdict,
    /// What is said.
    pub(super) text: String,
    /// Where in the policy.
    pub(super) source: Option<&'a Source>,
}

/// Each difference by itself: the changes, then what else differs.
pub(super) fn single(plan: &Plan) -> Vec<Told<'_>> {
    let changes = plan.changes.iter().map(|change| Told {
        id: change.id.clone(),
        ids: vec![&change.id],
        key: &change.key,
        verdict: Verdict::Change,
        text: sentence::change(change),
        source: Some(&change.source),
    });
    let findings = plan.findings.iter().filter(|finding| words::differs(finding)).map(|finding| Told {
        id: finding.id.clone(),
        ids: vec![&finding.id],
        key: &finding.key,
        verdict: finding.verdict,
        text: sentence::finding(finding),
        source: finding.source.as_ref(),
    });
    changes.chain(findings).collect()
}

/// Those that differ in their target alone as one. Such a result is known by what it says, whatever repositories it is about.
pub(super) fn grouped(plan: &Plan) -> Vec<Told<'_>> {
    let mut all = Vec::new();
    for group in group::changes(plan) {
        let text = sentence::change_at(group.first, &named(&group.targets));
        let known = sentence::change_at(group.first, &group.first.source.file);
        let ids = group.ids;
        all.push(Told {
            id: format!("change:{known}"),
            ids,
            key: &group.first.key,
            verdict: Verdict::Change,
            text,
            source: Some(&group.first.source),
        });
    }
    for verdict in words::FINDING_ORDER {
        for group in group::findings(plan, verdict).into_iter().filter(|group| words::differs(group.first)) {
            let source = group.first.source.as_ref();
            let file = source.map_or("", |source| source.file.as_str());
            let known = sentence::finding_at(group.first, file, &group.message);
            all.push(Told {
                id: format!("{verdict}:{known}"),
                text: sentence::finding_at(group.first, &named(&group.targets), &group.message),
                ids: group.ids,
                key: &group.first.key,
                verdict,
                source,
            });
        }
    }
    all
}

/// `expressjs/cors`, `37 repositories (expressjs/cors, …)`.
fn named(targets: &[Target<'_>]) -> String {
    let place = place(targets);
    let place = place.trim_start_matches("in ");
    if targets.len() < 2 {
        return place.to_owned();
    }
    let name = |(org, repo): &Target<'_>| repo.map_or_else(|| (*org).to_owned(), |repo| format!("{org}/{repo}"));
    let names: Vec<_> = targets.iter().take(NAMED).map(name).collect();
    let more = if targets.len() > NAMED { ", …" } else { "" };
    format!("{place} ({}{more})", names.join(", "))
}
