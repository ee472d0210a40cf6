//! Which rule beats which, and the conflicts that are certain without knowing any repository.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Policy,
    conditions::Test,
    merge::{Beats, Gathered, Give},
    resolve::tell,
    rule::Rule,
    value::did_you_mean,
};
use crate::{
    diagnostics::{Code, Diagnostic, Place},
    model::{Org, RepoPattern, Scope},
};

/// Follows `overrides` to the end; unknown names and circles are errors.
pub(super) fn beats(rules: &[Rule], list: &mut Vec<Diagnostic>) -> Beats {
    let numbers: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(n, rule)| (rule.name.as_str(), n)).collect();
    let mut direct: Beats = vec![BTreeSet::new(); rules.len()];
    for (rule, below) in rules.iter().zip(&mut direct) {
        for (name, place) in &rule.overrides {
            // The ending is easily written along.
            match numbers.get(name.strip_suffix(".toml").unwrap_or(name)) {
                Some(number) => drop(below.insert(*number)),
                None => list.push(
                    Diagnostic::error(Code::UnknownRule, format!("no rule is called `{name}`"))
                        .at(place.clone())
                        .label("unknown rule")
                        .maybe_help(did_you_mean(name, numbers.keys().copied())),
                ),
            }
        }
    }
    let all: Beats = (0..rules.len()).map(|from| reach(from, &direct)).collect();
    tell_circles(rules, &all, list);
    all
}

fn reach(from: usize, direct: &Beats) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for next in direct.get(at).into_iter().flatten() {
            if seen.insert(*next) {
                open.push(*next);
            }
        }
    }
    seen
}

fn tell_circles(rules: &[Rule], all: &Beats, list: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    for (number, below) in all.iter().enumerate() {
        if !below.contains(&number) || told.contains(&number) {
            continue;
        }
        let members: Vec<usize> = below.iter().copied().filter(|n| all[*n].contains(&number)).collect();
        told.extend(members.iter().copied());
        let names: Vec<String> = members.iter().map(|n| format!("`{}`", rules[*n].name)).collect();
        let message = if let [only] = names.as_slice() {
            format!("the rule {only} overrides itself")
        } else {
            format!("the rules {} override each other in a circle", names.join(", "))
        };
        let mut diagnostic = Diagnostic::error(Code::OverrideCycle, message);
        let within = |name: &str| members.iter().any(|n| rules[*n].name == name.strip_suffix(".toml").unwrap_or(name));
        for n in &members {
            for (name, place) in rules[*n].overrides.iter().filter(|(name, _)| within(name)) {
                let label = format!("overrides `{name}`");
                diagnostic = if diagnostic.place.is_none() {
                    diagnostic.at(place.clone()).label(label)
                } else {
                    diagnostic.related(place.clone(), label)
                };
            }
        }
        list.push(diagnostic);
    }
}

/// Names of organisations that are not the policy's: what they are for is never matched.
pub(super) fn strange_orgs(rules: &[Rule], orgs: &[Org]) -> Vec<Diagnostic> {
    let mut list = Vec::new();
    let mut check = |name: &str, place: &Place| {
        if !orgs.iter().any(|org| org.as_str().eq_ignore_ascii_case(name)) {
            let message = format!("the organisation `{name}` is not among those of `policy.toml`");
            let help = did_you_mean(name, orgs.iter().map(Org::as_str));
            list.push(Diagnostic::warning(Code::UnknownOrg, message).at(place.clone()).maybe_help(help));
        }
    };
    for cond in rules.iter().flat_map(|rule| rule.selector.all.iter().chain(&rule.selector.not)) {
        match &cond.test {
            Test::Org(patterns) => {
                patterns.iter().filter(|p| p.is_literal()).for_each(|p| check(p.as_str(), &cond.place));
            }
            Test::Repo(patterns) => {
                patterns.iter().filter_map(RepoPattern::exact).for_each(|name| check(name.org.as_str(), &cond.place));
            }
            _ => {}
        }
    }
    list
}

/// Conflicts that show themselves at whatever the narrower of two rules matches: every condition of one rule is a
/// condition of the other as well. What takes the names of repositories to know is left to `resolve`.
pub(super) fn certain_conflicts(policy: &Policy) -> Vec<Diagnostic> {
    let mut list = policy.org_conflicts();
    for (a, one) in policy.rules.iter().enumerate() {
        for (b, other) in policy.rules.iter().enumerate().skip(a + 1) {
            if meets(one, other) || meets(other, one) {
                list.extend(pair_conflicts(policy, (a, one), (b, other)));
            }
        }
    }
    list
}

/// Whether the first matches whatever the second matches, neither being more exact.
fn meets(wide: &Rule, narrow: &Rule) -> bool {
    let archived = wide.reaches_archived() || !narrow.selector.names_archived();
    let exact = narrow.selector.exact_names().next().is_none() || wide.selector.exact_names().next().is_some();
    archived && exact && wide.selector.covers(&narrow.selector)
}

fn pair_conflicts(policy: &Policy, one: (usize, &Rule), other: (usize, &Rule)) -> Vec<Diagnostic> {
    let mut gathered = Gathered::new();
    for (number, rule) in [one, other] {
        let Some(section) = rule.section(Scope::Repo) else { continue };
        let give = |leaf| Give {
            rule: number,
            rule_name: &rule.name,
            exact: false,
            leaf,
            value: leaf.value.clone(),
            rendered: None,
        };
        for entry in &section.entries {
            // Two templates may turn out equal once they are filled in.
            let settled = entry.leaves.iter().filter(|(_, leaf)| leaf.fill == super::value::Fill::No);
            for (path, leaf) in settled {
                gathered.give(entry.shape, entry.name.as_deref(), path, give(leaf));
            }
        }
        for (key, leaf) in &section.prune {
            gathered.give_prune(key, give(leaf));
        }
    }
    gathered.merge(&policy.beats).clashes.iter().map(tell).collect()
}
