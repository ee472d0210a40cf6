//! What is told of each target, for the overview, and the groups that tell it.

use std::collections::BTreeMap;

use crate::{
    model::Verdict,
    plan::Plan,
    render::{
        difference::Voice,
        group::{self, ChangeGroup, FindingGroup, Target},
        words,
    },
};

/// One thing that is told of one target.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) org: &'a str,
    pub(super) repo: Option<&'a str>,
    pub(super) key: &'a str,
    pub(super) verdict: Verdict,
    /// Where it is told: the verdict and the number of its group.
    pub(super) anchor: String,
}

/// The groups of a plan, and what the overview needs of them.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) plan: &'a Plan,
    pub(super) voice: Voice,
    pub(super) changes: Vec<ChangeGroup<'a>>,
    pub(super) findings: Vec<(Verdict, Vec<FindingGroup<'a>>)>,
    pub(super) entries: Vec<Entry<'a>>,
}

impl<'a> Report<'a> {
    pub(super) fn new(plan: &'a Plan, voice: Voice) -> Self {
        let changes = group::changes(plan);
        let findings: Vec<_> =
            words::FINDING_ORDER.into_iter().map(|verdict| (verdict, group::findings(plan, verdict))).collect();
        let mut report = Self { plan, voice, changes: Vec::new(), findings: Vec::new(), entries: Vec::new() };
        for (number, group) in changes.iter().enumerate() {
            let anchor = anchor(Verdict::Change, number);
            report
                .entries
                .extend(group.targets.iter().map(|target| entry(*target, &group.first.key, Verdict::Change, &anchor)));
            report.entries.extend(group.first.effects.iter().map(|one| {
                let key = one.setting.split('.').next().unwrap_or(&one.setting);
                entry((&one.org, Some(&one.repo)), key, Verdict::Change, &anchor)
            }));
        }
        for (verdict, groups) in &findings {
            for (number, group) in groups.iter().enumerate() {
                let anchor = anchor(*verdict, number);
                report
                    .entries
                    .extend(group.targets.iter().map(|target| entry(*target, &group.first.key, *verdict, &anchor)));
            }
        }
        (report.changes, report.findings) = (changes, findings);
        report
    }

    /// How many entries have each verdict, gravest first; only verdicts that occur.
    pub(super) fn counts(&self, org: Option<&str>) -> Vec<(Verdict, usize)> {
        let mut counts: BTreeMap<u8, (Verdict, usize)> = BTreeMap::new();
        for one in self.entries.iter().filter(|one| org.is_none_or(|org| one.org.eq_ignore_ascii_case(org))) {
            counts.entry(u8::MAX - gravity(one.verdict)).or_insert((one.verdict, 0)).1 += 1;
        }
        counts.into_values().collect()
    }
}

fn entry<'a>(target: Target<'a>, key: &'a str, verdict: Verdict, anchor: &str) -> Entry<'a> {
    Entry { org: target.0, repo: target.1, key, verdict, anchor: anchor.to_owned() }
}

/// The name of the place at which a group is told.
pub(super) fn anchor(verdict: Verdict, number: usize) -> String {
    format!("{verdict}-{number}")
}

/// Which of several verdicts a cell shows: the higher.
pub(super) const fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Violation => 7,
        Verdict::Change => 6,
        Verdict::Blocked => 5,
        Verdict::Unknown => 4,
        Verdict::Pending => 3,
        Verdict::Waived => 2,
        Verdict::NotApplicable => 1,
        Verdict::Compliant => 0,
    }
}

/// The word of a verdict, as it stands in cells, buttons and headings.
pub(super) const fn word(verdict: Verdict, voice: Voice) -> &'static str {
    match (verdict, voice) {
        (Verdict::Change, Voice::State) => "different",
        _ => words::verdict_heading(verdict).0,
    }
}
