//! Two rules never fight silently: what several rules give to one target becomes one value for each leaf field, or a
//! conflict that shows both places.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;

use super::rule::{RawLeaf, address};
use crate::model::{Desired, DesiredSet, Leaf, Shape};

/// What one rule gives to one field of a target, templates filled in.
#[derive(Debug, Clone)]
pub(super) struct Give<'p> {
    /// The index of the rule; rules are sorted by name.
    pub(super) rule: usize,
    pub(super) rule_name: &'p str,
    /// Whether the rule names the target exactly.
    pub(super) exact: bool,
    pub(super) leaf: &'p RawLeaf,
    pub(super) value: Value,
    pub(super) rendered: Option<Arc<[u8]>>,
}

/// Two values that nothing decides between.
#[derive(Debug, Clone)]
pub(super) struct Clash<'p> {
    /// The address of the field: `secret_scanning.enabled`.
    pub(super) field: String,
    pub(super) one: Give<'p>,
    pub(super) other: Give<'p>,
}

/// For each rule the rules that it overrides, directly or not.
pub(super) type Beats = Vec<BTreeSet<usize>>;

/// Everything that rules give to one target.
#[derive(Debug)]
pub(super) struct Gathered<'p> {
    settings: BTreeMap<(&'static str, Option<&'p str>), Setting<'p>>,
    prune: BTreeMap<&'static str, Vec<Give<'p>>>,
}

#[derive(Debug)]
struct Setting<'p> {
    shape: &'static Shape,
    fields: BTreeMap<&'p str, Vec<Give<'p>>>,
}

/// What came of merging.
#[derive(Debug)]
pub(super) struct Merged<'p> {
    pub(super) desired: DesiredSet,
    pub(super) prune: BTreeMap<&'static str, Leaf>,
    pub(super) clashes: Vec<Clash<'p>>,
}

impl<'p> Gathered<'p> {
    pub(super) const fn new() -> Self {
        Self { settings: BTreeMap::new(), prune: BTreeMap::new() }
    }

    /// Adds what a rule gives to a field.
    pub(super) fn give(&mut self, shape: &'static Shape, name: Option<&'p str>, path: &'p str, give: Give<'p>) {
        let setting =
            self.settings.entry((shape.key, name)).or_insert_with(|| Setting { shape, fields: BTreeMap::new() });
        setting.fields.entry(path).or_default().push(give);
    }

    /// Adds a rule's `prune`.
    pub(super) fn give_prune(&mut self, key: &'static str, give: Give<'p>) {
        self.prune.entry(key).or_default().push(give);
    }

    /// Settles every field.
    pub(super) fn merge(self, beats: &Beats) -> Merged<'p> {
        let mut merged = Merged { desired: Vec::new(), prune: BTreeMap::new(), clashes: Vec::new() };
        for ((key, name), setting) in self.settings {
            let fields = setting.settle(key, name, beats, &mut merged.clashes);
            if !fields.is_empty() {
                merged.desired.push(Arc::new(Desired { key, name: name.map(str::to_owned), fields }));
            }
        }
        for (key, gives) in self.prune {
            match settle(gives, beats) {
                Ok(gives) => merged.prune.extend(join(gives).map(|leaf| (key, leaf))),
                Err(pair) => merged.clashes.push(clash(format!("{key}.prune"), *pair)),
            }
        }
        merged
    }
}

impl<'p> Setting<'p> {
    fn settle(
        mut self,
        key: &str,
        name: Option<&str>,
        beats: &Beats,
        clashes: &mut Vec<Clash<'p>>,
    ) -> BTreeMap<String, Leaf> {
        self.settle_nested(key, name, beats, clashes);
        let mut fields = BTreeMap::new();
        for (path, gives) in self.fields {
            match settle(gives, beats) {
                Ok(gives) => fields.extend(join(gives).map(|leaf| (path.to_owned(), leaf))),
                Err(pair) => clashes.push(clash(address(key, name, path), *pair)),
            }
        }
        fields
    }

    /// Settles a value against fields inside it: one rule may give `"all"` where another gives a table.
    fn settle_nested(&mut self, key: &str, name: Option<&str>, beats: &Beats, clashes: &mut Vec<Clash<'p>>) {
        let paths: Vec<&'p str> = self.fields.keys().copied().collect();
        for lower in paths {
            for upper in self.above(lower) {
                let Some(mut outer) = self.fields.remove(upper) else { continue };
                let Some(mut inner) = self.fields.remove(lower) else {
                    self.fields.insert(upper, outer);
                    continue;
                };
                // An empty table only says that the thing is there; any field of it says so as well.
                outer.retain(|give| !is_empty_table(&give.value));
                if let Err(pair) = part(&mut outer, &mut inner, beats) {
                    clashes.push(clash(address(key, name, upper), *pair));
                }
                self.fields.extend((!outer.is_empty()).then_some((upper, outer)));
                self.fields.extend((!inner.is_empty()).then_some((lower, inner)));
            }
        }
    }

    /// The paths inside which a field lies. The further fields of a bare value lie beside it.
    fn above(&self, lower: &'p str) -> Vec<&'p str> {
        let mut above: Vec<&'p str> = lower.match_indices('.').filter_map(|(at, _)| lower.get(..at)).collect();
        let head = lower.split('.').next().unwrap_or(lower);
        if !lower.is_empty() && !self.shape.extra.iter().any(|field| field.key == head) {
            above.push("");
        }
        above
    }
}

type Pair<'p> = Box<(Give<'p>, Give<'p>)>;

/// Drops the losers among values and fields inside them; an undecided pair is the error.
fn part<'p>(outer: &mut Vec<Give<'p>>, inner: &mut Vec<Give<'p>>, beats: &Beats) -> Result<(), Pair<'p>> {
    let loses = |loser: &Give<'p>, winner: &Give<'p>| wins(winner, loser, beats) == Some(true);
    let before = outer.clone();
    outer.retain(|give| !inner.iter().any(|other| loses(give, other)));
    inner.retain(|give| !before.iter().any(|other| loses(give, other)));
    match (outer.first(), inner.first()) {
        (Some(one), Some(other)) => Err(Box::new((one.clone(), other.clone()))),
        _ => Ok(()),
    }
}

/// Whether the first decides over the second; nothing if neither does.
fn wins(a: &Give<'_>, b: &Give<'_>, beats: &Beats) -> Option<bool> {
    let over = |a: usize, b: usize| beats.get(a).is_some_and(|beaten| beaten.contains(&b));
    if over(a.rule, b.rule) {
        Some(true)
    } else if over(b.rule, a.rule) {
        Some(false)
    } else {
        (a.exact != b.exact).then_some(a.exact)
    }
}

/// Overrides first, then the exact name, then equality.
fn settle<'p>(gives: Vec<Give<'p>>, beats: &Beats) -> Result<Vec<Give<'p>>, Pair<'p>> {
    let present: BTreeSet<usize> = gives.iter().map(|give| give.rule).collect();
    let beaten: BTreeSet<usize> = present
        .iter()
        .filter_map(|rule| beats.get(*rule))
        .flat_map(|below| below.intersection(&present).copied())
        .collect();
    let mut left: Vec<Give<'p>> = gives.into_iter().filter(|give| !beaten.contains(&give.rule)).collect();
    if left.iter().any(|give| give.exact) {
        left.retain(|give| give.exact);
    }
    left.sort_by_key(|give| give.rule);
    let differing = left.first().and_then(|first| left.iter().find(|give| give.value != first.value));
    match (left.first(), differing) {
        (Some(first), Some(other)) => Err(Box::new((first.clone(), other.clone()))),
        _ => Ok(left),
    }
}

/// Joins equal values: what enforces comes first and decides the mode; gates add up.
fn join(mut gives: Vec<Give<'_>>) -> Option<Leaf> {
    gives.sort_by_key(|give| (std::cmp::Reverse(give.leaf.mode), give.rule));
    let first = gives.first()?;
    Some(Leaf {
        value: first.value.clone(),
        sources: gives.iter().map(|give| give.leaf.source.clone()).collect(),
        rules: gives.iter().map(|give| give.rule_name.to_owned()).collect(),
        mode: first.leaf.mode,
        requires: gives.iter().flat_map(|give| give.leaf.requires.iter().map(|(gate, _)| gate.clone())).collect(),
        reason: gives.iter().find_map(|give| give.leaf.reason.clone()),
        rendered: first.rendered.clone(),
    })
}

fn is_empty_table(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn clash<'p>(field: String, pair: (Give<'p>, Give<'p>)) -> Clash<'p> {
    let (one, other) = pair;
    Clash { field, one, other }
}
