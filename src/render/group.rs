//! Identical changes and findings, told together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{difference::Voice, words::count_of};
use crate::{
    model::{Effect, Verdict},
    plan::{Change, Finding, Plan},
};

/// An organisation, or a repository of it.
pub(super) type Target<'a> = (&'a str, Option<&'a str>);

/// Changes that differ in their target alone.
#[derive(Debug)]
pub(super) struct ChangeGroup<'a> {
    /// One of them.
    pub(super) first: &'a Change,
    /// Where.
    pub(super) targets: Vec<Target<'a>>,
    /// Whether they are left to the next apply.
    pub(super) deferred: bool,
    /// The lines of the file that say so: one, but for what a journal says.
    pub(super) lines: BTreeSet<usize>,
}

/// Findings that differ in their target alone.
#[derive(Debug)]
pub(super) struct FindingGroup<'a> {
    /// One of them.
    pub(super) first: &'a Finding,
    /// What all of them say; each repository's own name is told as "the repository" where there are several.
    pub(super) message: String,
    /// Where.
    pub(super) targets: Vec<Target<'a>>,
}

/// Moves of one write that differ in their repository alone.
#[derive(Debug)]
pub(super) struct MoveGroup<'a> {
    /// The setting.
    pub(super) setting: &'a str,
    /// What GitHub says.
    pub(super) before: &'a Value,
    /// What it will be.
    pub(super) after: &'a Value,
    /// Which way it moves security.
    pub(super) effect: Effect,
    /// Where.
    pub(super) targets: Vec<Target<'a>>,
}

/// Whether the change or one of its moves weakens security.
pub(super) fn loosens(change: &Change) -> bool {
    change.effect == Effect::Loosening || change.effects.iter().any(|effect| effect.effect == Effect::Loosening)
}

/// The changes of a plan, grouped: organisation settings first, then what deletes or weakens, then by setting.
pub(super) fn changes(plan: &Plan) -> Vec<ChangeGroup<'_>> {
    grouped(plan, change_key)
}

/// The same of a plan that takes a journal back: each change has a line of its own there, which parts nothing.
pub(super) fn taken_back(plan: &Plan) -> Vec<ChangeGroup<'_>> {
    grouped(plan, |change| {
        let mut anywhere = change.clone();
        anywhere.source.line = 0;
        change_key(&anywhere)
    })
}

fn grouped<K: Ord>(plan: &Plan, key: impl Fn(&Change) -> K) -> Vec<ChangeGroup<'_>> {
    let deferred: BTreeSet<&str> = plan.deferred.iter().map(String::as_str).collect();
    let mut groups: BTreeMap<_, ChangeGroup<'_>> = BTreeMap::new();
    for change in &plan.changes {
        let deferred = deferred.contains(change.id.as_str());
        let new = || ChangeGroup { first: change, targets: Vec::new(), deferred, lines: BTreeSet::new() };
        let group = groups.entry((key(change), deferred)).or_insert_with(new);
        group.targets.push((&change.org, change.repo.as_deref()));
        group.lines.insert(change.source.line);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    for group in &mut groups {
        sort(&mut group.targets);
    }
    groups
}

/// What tells changes apart besides their target; sorts as groups are told.
pub(super) fn change_key(change: &Change) -> (bool, bool, String, String) {
    // Whole, so that a new field does not compile until somebody decides whether it parts groups.
    let Change {
        id: _,
        org: _,
        repo,
        node_id: _,
        setting,
        key,
        name,
        part,
        action,
        before,
        after,
        effect,
        deletes,
        delivery,
        effects,
        rules,
        source,
        reason,
        introduced: _,
        restricted,
    } = change;
    let calm = !deletes && !loosens(change);
    let rest = (
        (key, name, part, action, before, after, effect),
        (deletes, delivery, effects, rules, source, reason, restricted),
    );
    (repo.is_some(), calm, setting.clone(), format!("{rest:?}"))
}

/// The findings of one verdict, grouped by what is said of them, organisation settings first.
pub(super) fn findings(plan: &Plan, verdict: Verdict) -> Vec<FindingGroup<'_>> {
    let mut groups: BTreeMap<_, FindingGroup<'_>> = BTreeMap::new();
    for finding in plan.findings.iter().filter(|finding| finding.verdict == verdict) {
        let key = finding_key(finding);
        let group = groups.entry(key).or_insert_with(|| FindingGroup {
            first: finding,
            message: finding.message.clone(),
            targets: Vec::new(),
        });
        group.targets.push((&finding.org, finding.repo.as_deref()));
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    for group in &mut groups {
        sort(&mut group.targets);
        if group.targets.len() > 1 {
            group.message = general(group.first);
        }
    }
    groups
}

/// The message without the name of its own repository, which parts nothing. An address keeps it.
fn general(finding: &Finding) -> String {
    let Some(repo) = &finding.repo else { return finding.message.clone() };
    let name = format!("{}/{repo}", finding.org);
    let inside = |c: char| c.is_alphanumeric() || "-_/:".contains(c);
    let mut out = String::new();
    let mut rest = finding.message.as_str();
    while let Some(at) = rest.find(&name) {
        let (before, tail) = (&rest[..at], &rest[at + name.len()..]);
        let mut next = tail.chars();
        let ends = match next.next() {
            Some('.') => !next.next().is_some_and(inside),
            Some(c) => c == ':' || !inside(c),
            None => true,
        };
        let alone = ends && !before.chars().next_back().is_some_and(inside);
        out.push_str(before);
        out.push_str(if alone { "the repository" } else { &name });
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn finding_key(finding: &Finding) -> (bool, &str, String) {
    let Finding {
        id: _,
        org: _,
        repo,
        node_id: _,
        setting,
        key,
        name,
        part,
        verdict,
        message: _,
        observed,
        desired,
        blocked_by,
        permission,
        waiver,
        rules,
        source,
        audit,
        introduced: _,
        reason,
    } = finding;
    let told = (general(finding), observed, desired, blocked_by, permission, waiver);
    let rest = ((key, name, part, verdict), told, (rules, source, audit, reason));
    (repo.is_some(), setting, format!("{rest:?}"))
}

/// The moves of a change, grouped: what weakens first, then by setting.
pub(super) fn moves(change: &Change) -> Vec<MoveGroup<'_>> {
    let mut groups: BTreeMap<_, MoveGroup<'_>> = BTreeMap::new();
    for one in &change.effects {
        let key = (
            one.effect != Effect::Loosening,
            one.setting.as_str(),
            format!("{:?}", (&one.before, &one.after, one.effect)),
        );
        let group = groups.entry(key).or_insert_with(|| MoveGroup {
            setting: &one.setting,
            before: &one.before,
            after: &one.after,
            effect: one.effect,
            targets: Vec::new(),
        });
        group.targets.push((&one.org, Some(&one.repo)));
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    for group in &mut groups {
        sort(&mut group.targets);
    }
    groups
}

/// The first line: how much, and where.
pub(super) fn lead(plan: &Plan, voice: Voice) -> String {
    let number = match voice {
        Voice::Change => count_of(plan.changes.len(), "change", "changes"),
        Voice::State => count_of(plan.changes.len(), "setting differs", "settings differ"),
    };
    let moved: usize = plan.changes.iter().map(|change| change.effects.len()).sum();
    let moved = match (moved, voice) {
        (0, _) => String::new(),
        (_, Voice::Change) => {
            format!(", which move {} with them,", count_of(moved, "repository setting", "repository settings"))
        }
        (_, Voice::State) => {
            format!(", with {} beside them,", count_of(moved, "repository setting", "repository settings"))
        }
    };
    format!("{number}{moved} in {}", extent(plan))
}

/// The organisations and repositories that changes and their effects touch: `1 organisation and 32 repositories`.
fn extent(plan: &Plan) -> String {
    let orgs: BTreeSet<_> =
        plan.changes.iter().filter(|change| change.repo.is_none()).map(|change| &change.org).collect();
    let own = plan.changes.iter().filter_map(|change| Some((change.org.as_str(), change.repo.as_deref()?)));
    let moved = plan.changes.iter().flat_map(|change| &change.effects).map(|one| (one.org.as_str(), one.repo.as_str()));
    let repositories = own.chain(moved).collect::<BTreeSet<_>>().len();
    let orgs = (!orgs.is_empty()).then(|| count_of(orgs.len(), "organisation", "organisations"));
    let repositories = (repositories > 0).then(|| count_of(repositories, "repository", "repositories"));
    orgs.into_iter().chain(repositories).collect::<Vec<_>>().join(" and ")
}

/// Sorts targets as people look for them: without regard to case.
pub(super) fn sort(targets: &mut [Target<'_>]) {
    targets.sort_by_cached_key(|(org, repo)| {
        (org.to_lowercase(), repo.map(str::to_lowercase), (*org).to_owned(), repo.map(str::to_owned))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn its_own_name_parts_nothing_but_addresses_do() {
        let told = |message: &str| general(&samples::finding("cors", "topics", Verdict::Blocked, message));
        assert_eq!(told("a of expressjs/cors does not hold: b"), "a of the repository does not hold: b");
        assert_eq!(told("see expressjs/cors."), "see the repository.");
        for kept in
            ["https://github.com/expressjs/cors/pull/7", "expressjs/cors-x", "expressjs/cors.js", "xexpressjs/cors"]
        {
            assert_eq!(told(kept), kept);
        }
    }
}
