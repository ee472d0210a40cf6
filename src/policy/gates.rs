//! What is wrong with gates, as far as the policy alone shows: names of no setting, circles, and gates that no rule
//! could ever make hold.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Policy,
    rule::{RawLeaf, Rule, address},
    value::did_you_mean,
    waivers::is_start,
};
use crate::{
    diagnostics::{Code, Diagnostic, Place},
    model::{Gate, GateScope, Scope, Shape},
};

/// A gate where it is used.
struct Use<'p> {
    gate: &'p Gate,
    place: &'p Place,
    rule: &'p Rule,
    /// The scope that the gate's name is taken in.
    scope: Scope,
    /// The scope and address of the field that waits.
    waits: (Scope, String),
}

/// Checks all gates of the policy.
pub(super) fn check(policy: &Policy, catalogue: &[&'static Shape]) -> Vec<Diagnostic> {
    let uses: Vec<Use<'_>> = policy.rules.iter().flat_map(uses_of).collect();
    let mut list = Vec::new();
    let mut good = Vec::new();
    let givers = Givers::of(&policy.rules);
    for each in uses {
        match unknown(&each, catalogue).or_else(|| unsupplied(&each, policy, &givers)) {
            Some(diagnostic) => list.push(diagnostic),
            None => good.push(each),
        }
    }
    list.extend(cycles(&good, policy));
    list
}

fn uses_of(rule: &Rule) -> Vec<Use<'_>> {
    let mut uses = Vec::new();
    for scope in [Scope::Repo, Scope::Org] {
        let Some(section) = rule.section(scope) else { continue };
        for entry in &section.entries {
            for (path, leaf) in &entry.leaves {
                let waits = (scope, address(entry.shape.key, entry.name.as_deref(), path));
                uses.extend(uses_of_leaf(rule, scope, leaf, &waits));
            }
            // A gate among the values is asked of repositories: which of them to attach.
            uses.extend(entry.gates.iter().map(|(gate, place)| Use {
                gate,
                place,
                rule,
                scope: scope_of(gate, Scope::Repo),
                waits: (scope, entry.setting()),
            }));
        }
        for (key, leaf) in &section.prune {
            uses.extend(uses_of_leaf(rule, scope, leaf, &(scope, format!("{key}.prune"))));
        }
    }
    uses
}

fn uses_of_leaf<'p>(rule: &'p Rule, scope: Scope, leaf: &'p RawLeaf, waits: &(Scope, String)) -> Vec<Use<'p>> {
    let make = |(gate, place)| Use { gate, place, rule, scope: scope_of(gate, scope), waits: waits.clone() };
    leaf.requires.iter().map(|(gate, place)| make((gate, place))).collect()
}

fn scope_of(gate: &Gate, same: Scope) -> Scope {
    match gate.scope {
        GateScope::Same => same,
        GateScope::Repo(_) => Scope::Repo,
        GateScope::Org => Scope::Org,
    }
}

/// A gate must name a setting, and if it goes on after the key, a name or a part of it.
fn unknown(at: &Use<'_>, catalogue: &[&'static Shape]) -> Option<Diagnostic> {
    setting_fault(&at.gate.setting, at.scope, catalogue).map(|(message, help)| {
        let help = help.or_else(|| {
            let other = if at.scope == Scope::Repo { Scope::Org } else { Scope::Repo };
            setting_fault(&at.gate.setting, other, catalogue).is_none().then(|| match other {
                Scope::Org => format!("it is a setting of the organisation: `org:{}`", at.gate.setting),
                Scope::Repo => format!("it is a setting of repositories: `.github:{}`", at.gate.setting),
            })
        });
        Diagnostic::error(Code::UnknownGate, message).at(at.place.clone()).label("unknown gate").maybe_help(help)
    })
}

/// What is wrong with a setting's address (whole, or a start that ends before a dot), and what would mend it.
pub(super) fn setting_fault(
    setting: &str,
    scope: Scope,
    catalogue: &[&'static Shape],
) -> Option<(String, Option<String>)> {
    let (key, rest) = setting.split_once('.').map_or((setting, None), |(key, rest)| (key, Some(rest)));
    let table = scope.table();
    let Some(shape) = catalogue.iter().find(|shape| shape.scope == scope && shape.key == key) else {
        let keys = catalogue.iter().filter(|shape| shape.scope == scope).map(|shape| shape.key);
        return Some((format!("`[{table}]` has no setting `{key}`"), did_you_mean(key, keys)));
    };
    let rest = rest?;
    if shape.keyed.is_some() || shape.parts.iter().any(|part| is_start(rest, part)) {
        return None;
    }
    let help = did_you_mean(rest, shape.parts.iter().copied());
    let help = help.or_else(|| shape.parts.is_empty().then(|| format!("`{key}` is judged whole: write `{key}`")));
    Some((format!("the setting `{key}` has no part `{rest}`"), help))
}

/// The rules that give each setting, by their numbers.
struct Givers(BTreeMap<(Scope, String), BTreeSet<usize>>);

impl Givers {
    fn of(rules: &[Rule]) -> Self {
        let mut givers: BTreeMap<(Scope, String), BTreeSet<usize>> = BTreeMap::new();
        for (number, rule) in rules.iter().enumerate() {
            for scope in [Scope::Repo, Scope::Org] {
                for entry in rule.section(scope).into_iter().flat_map(|section| &section.entries) {
                    givers.entry((scope, entry.setting())).or_default().insert(number);
                }
            }
        }
        Self(givers)
    }

    /// The rules of which something could be what the gate names: the setting, what lies in it, or what it lies in.
    fn find(&self, scope: Scope, setting: &str) -> BTreeSet<usize> {
        let above = setting.match_indices('.').filter_map(|(at, _)| setting.get(..at)).chain([setting]);
        let mut found: BTreeSet<usize> =
            above.filter_map(|start| self.0.get(&(scope, start.to_owned()))).flatten().copied().collect();
        let below = (scope, format!("{setting}."));
        let near = self.0.range(below.clone()..).take_while(|((s, key), _)| *s == scope && key.starts_with(&below.1));
        found.extend(near.flat_map(|(_, rules)| rules.iter().copied()));
        found
    }
}

fn unsupplied(at: &Use<'_>, policy: &Policy, givers: &Givers) -> Option<Diagnostic> {
    let orgs = &policy.config.orgs;
    let found = givers.find(at.scope, &at.gate.setting);
    let mut givers = found.iter().filter_map(|number| policy.rules.get(*number)).peekable();
    let setting = &at.gate.setting;
    let message = if givers.peek().is_none() {
        format!("no rule gives `{setting}` under `[{}]`, so this gate can never hold", at.scope.table())
    } else {
        let could = |rule: &Rule| match &at.gate.scope {
            GateScope::Repo(name) => rule.selector.could_match_name(orgs, name),
            GateScope::Same | GateScope::Org => {
                let both = |org| rule.selector.could_match_org(org) && at.rule.selector.could_match_org(org);
                orgs.is_empty() || orgs.iter().any(both)
            }
        };
        if givers.any(could) {
            return None;
        }
        match &at.gate.scope {
            GateScope::Repo(name) => {
                format!("no rule that gives `{setting}` could match a repository `{name}`, so this gate can never hold")
            }
            GateScope::Same | GateScope::Org => {
                format!(
                    "no rule that gives `{setting}` shares an organisation with this one, so this gate can never hold"
                )
            }
        }
    };
    let diagnostic = Diagnostic::error(Code::GateUnsupplied, message).at(at.place.clone()).label("never holds");
    Some(diagnostic.help(format!("give `{setting}` in a rule that is for the same target, or leave the gate out")))
}

/// Something that waits or is waited for: whose setting, and its address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Thing {
    /// A repository by name where the gate or the rule says which; empty for any repository.
    whose: (Scope, String),
    setting: String,
}

/// An edge: what waits, what it waits for, and where that is written.
type Edge<'p> = (Thing, Thing, &'p Place);

fn edges<'p>(uses: &[Use<'p>], policy: &Policy) -> Vec<Edge<'p>> {
    let named: BTreeSet<&String> = uses
        .iter()
        .filter_map(|each| match &each.gate.scope {
            GateScope::Repo(name) => Some(name),
            GateScope::Same | GateScope::Org => None,
        })
        .collect();
    let mut edges = Vec::new();
    for each in uses {
        let own = (each.waits.0, String::new());
        let mut add = |own: (Scope, String)| {
            let whose = match &each.gate.scope {
                GateScope::Same if each.scope == each.waits.0 => own.clone(),
                GateScope::Same => (each.scope, String::new()),
                GateScope::Repo(name) => (Scope::Repo, name.to_ascii_lowercase()),
                GateScope::Org => (Scope::Org, String::new()),
            };
            let from = Thing { whose: own, setting: each.waits.1.clone() };
            edges.push((from, Thing { whose, setting: each.gate.setting.clone() }, each.place));
        };
        add(own);
        if each.waits.0 == Scope::Repo {
            let sure = |name: &&&String| each.rule.selector.surely_matches_name(&policy.config.orgs, name);
            named.iter().filter(sure).for_each(|name| add((Scope::Repo, name.to_ascii_lowercase())));
        }
    }
    edges
}

/// Finds circles: a field that waits, in the end, for itself.
fn cycles(uses: &[Use<'_>], policy: &Policy) -> Vec<Diagnostic> {
    let edges = edges(uses, policy);
    let after = without_ends(successors(&edges));
    let mut told: BTreeSet<usize> = BTreeSet::new();
    let mut list = Vec::new();
    for start in 0..edges.len() {
        if told.contains(&start) {
            continue;
        }
        if let Some(circle) = circle(start, &after) {
            list.push(tell(&circle, &edges));
            told.extend(circle);
        }
    }
    list
}

/// For each edge those that begin at what it ends at: the thing itself, or a part of it.
fn successors(edges: &[Edge<'_>]) -> Vec<Vec<usize>> {
    let mut waiting: BTreeMap<&Thing, Vec<usize>> = BTreeMap::new();
    for (index, (from, _, _)) in edges.iter().enumerate() {
        waiting.entry(from).or_default().push(index);
    }
    let after = |to: &Thing| {
        let near = waiting
            .range::<Thing, _>(to..)
            .take_while(|(from, _)| from.whose == to.whose && from.setting.starts_with(to.setting.as_str()));
        near.filter(|(from, _)| is_start(&to.setting, &from.setting))
            .flat_map(|(_, list)| list.iter().copied())
            .collect()
    };
    edges.iter().map(|(_, to, _)| after(to)).collect()
}

/// Takes out, again and again, the edges after which nothing comes: what is left leads into a circle. Without it, long
/// chains would cost the square of their length.
fn without_ends(mut after: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); after.len()];
    for (index, list) in after.iter().enumerate() {
        list.iter().for_each(|next| before[*next].push(index));
    }
    let mut left: Vec<usize> = after.iter().map(Vec::len).collect();
    let mut ends: Vec<usize> = (0..after.len()).filter(|index| left[*index] == 0).collect();
    let mut gone = vec![false; after.len()];
    while let Some(end) = ends.pop() {
        gone[end] = true;
        for earlier in &before[end] {
            left[*earlier] -= 1;
            if left[*earlier] == 0 {
                ends.push(*earlier);
            }
        }
    }
    for (index, list) in after.iter_mut().enumerate() {
        list.retain(|next| !gone[index] && !gone[*next]);
    }
    after
}

/// The edges of a shortest circle through an edge.
fn circle(start: usize, after: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for next in after.get(at).into_iter().flatten().copied() {
            if next == start {
                let mut path = vec![at];
                while let Some(earlier) = path.last().and_then(|last| before.get(last)) {
                    path.push(*earlier);
                }
                path.reverse();
                return Some(path);
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = before.entry(next) {
                entry.insert(at);
                queue.push_back(next);
            }
        }
    }
    None
}

fn tell(circle: &[usize], edges: &[Edge<'_>]) -> Diagnostic {
    let steps: Vec<&Edge<'_>> = circle.iter().filter_map(|index| edges.get(*index)).collect();
    let path: Vec<String> = steps.iter().map(|(from, _, _)| format!("`{}`", from.setting)).collect();
    let first = path.first().cloned().unwrap_or_default();
    let message = format!("these gates wait for each other: {} → {first}", path.join(" → "));
    let mut diagnostic = Diagnostic::error(Code::GateCycle, message).help("leave one of the gates out");
    for (number, (from, to, place)) in steps.into_iter().enumerate() {
        let label = format!("`{}` waits for `{}`", from.setting, to.setting);
        diagnostic = if number == 0 {
            diagnostic.at((*place).clone()).label(label)
        } else {
            diagnostic.related((*place).clone(), label)
        };
    }
    diagnostic
}
