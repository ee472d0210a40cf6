//! Changes that GitHub takes only where other settings are so: planned only where they are once all of the plan is made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::judged::Judged;
use crate::{
    model::{Gate, GateScope, NodeId, Org, Verdict},
    settings::{Condition, Move, Need, Takes},
};

/// A setting of a target: the organisation, the repository or none, the address.
type Place = (Org, Option<NodeId>, String);

/// One verdict of a plan as needs see it.
pub(super) struct Item<'a> {
    /// Of what.
    pub(super) place: Place,
    /// What the plan makes of it, where it is a change.
    pub(super) after: Option<&'a Value>,
    /// Whether a write to the organisation brings the change along.
    pub(super) stands_in: bool,
    /// What the change moves in repositories.
    pub(super) moves: &'a [Move],
    /// What GitHub wants before it takes the change.
    pub(super) needs: &'a [Need],
    /// What the policy says.
    pub(super) desired: Value,
}

/// A change that would be refused.
pub(super) struct Refused {
    /// Its place among the items.
    pub(super) at: usize,
    /// Blocked, where a rule wants what it needs, else what the need says.
    pub(super) verdict: Verdict,
    /// Why, for a person.
    pub(super) message: String,
    /// What it waits for, if it is blocked.
    pub(super) gates: Vec<Gate>,
}

/// Takes the changes that would be refused out of the plan.
pub(super) fn settle(all: &mut [Judged]) {
    let needs: BTreeSet<String> = named(all.iter().flat_map(|judged| &judged.needs)).map(str::to_owned).collect();
    if needs.is_empty() {
        return;
    }
    let concerns = |judged: &Judged| {
        let moves = judged.difference().is_some_and(|difference| !difference.moves.is_empty());
        moves || !judged.needs.is_empty() || needs.contains(&judged.setting())
    };
    let (places, mut items): (Vec<usize>, Vec<Item<'_>>) =
        all.iter().enumerate().filter(|(_, one)| concerns(one)).map(|(at, one)| (at, item(one))).unzip();
    for refused in refused(&mut items) {
        let Some(judged) = places.get(refused.at).and_then(|at| all.get_mut(*at)) else { continue };
        judged.closed.extend(refused.gates.into_iter().map(|gate| (gate, refused.message.clone())));
        (judged.verdict, judged.message, judged.waits) = (refused.verdict, refused.message, true);
    }
}

fn item(judged: &Judged) -> Item<'_> {
    let difference = judged.difference().filter(|_| judged.verdict == Verdict::Change);
    Item {
        place: (judged.target.org.clone(), judged.target.node().cloned(), judged.setting()),
        after: difference.map(|difference| &difference.after),
        stands_in: judged.stands_in,
        moves: difference.map_or(&[], |difference| &difference.moves),
        needs: &judged.needs,
        desired: judged.values().1,
    }
}

/// The changes among these that would be refused once all others are made.
pub(super) fn refused(items: &mut [Item<'_>]) -> Vec<Refused> {
    let mut all = Vec::new();
    loop {
        let more = unmet(items);
        if more.is_empty() {
            return all;
        }
        // What is taken out of the plan may have been what another change needs.
        for one in &more {
            if let Some(item) = items.get_mut(one.at) {
                (item.after, item.moves) = (None, &[]);
            }
        }
        all.extend(more);
    }
}

/// The settings that needs name.
pub(super) fn named<'n>(needs: impl Iterator<Item = &'n Need>) -> impl Iterator<Item = &'n str> {
    needs.flat_map(|need| &need.any).map(|condition| condition.setting.as_str())
}

fn unmet(items: &[Item<'_>]) -> Vec<Refused> {
    let waiting = || items.iter().enumerate().filter(|(_, one)| one.is_written() && !one.needs.is_empty());
    let named: BTreeSet<&str> = named(waiting().flat_map(|(_, one)| one.needs)).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let after = after(items, &named);
    let wishes: BTreeMap<&Place, &Value> =
        items.iter().filter(|one| named.contains(one.place.2.as_str())).map(|one| (&one.place, &one.desired)).collect();
    waiting()
        .filter_map(|(at, item)| {
            let need = item.needs.iter().find(|need| !need.any.iter().any(|one| holds(one, item, &after)))?;
            let is_wanted = need.any.iter().any(|one| {
                let wish = wishes.get(&place(one, item));
                wish.is_some_and(|wish| one.takes.holds_with(wish) == Some(true))
            });
            let verdict = if is_wanted { Verdict::Blocked } else { need.otherwise };
            let of_repository = item.place.1.is_some();
            let gates = need.any.iter().filter(|_| verdict == Verdict::Blocked).map(|one| Gate {
                scope: if one.of_org && of_repository { GateScope::Org } else { GateScope::Same },
                setting: one.setting.clone(),
            });
            Some(Refused { at, verdict, message: message(need, item, &after), gates: gates.collect() })
        })
        .collect()
}

impl Item<'_> {
    fn is_written(&self) -> bool {
        self.after.is_some() && !self.stands_in
    }
}

fn place(condition: &Condition, item: &Item<'_>) -> Place {
    let (org, node, _) = &item.place;
    (org.clone(), node.clone().filter(|_| !condition.of_org), condition.setting.clone())
}

/// What the plan makes of the settings of these names.
fn after(items: &[Item<'_>], named: &BTreeSet<&str>) -> BTreeMap<Place, Value> {
    let mut after = BTreeMap::new();
    for item in items.iter().filter(|item| item.after.is_some()) {
        for one in item.moves.iter().filter(|one| named.contains(one.setting.as_str())) {
            let place = (item.place.0.clone(), Some(one.node_id.clone()), one.setting.clone());
            after.insert(place, one.after.clone());
        }
    }
    // A repository's own changes come after those of its organisation.
    for item in items.iter().filter(|item| item.is_written() && named.contains(item.place.2.as_str())) {
        if let Some(value) = item.after {
            after.insert(item.place.clone(), value.clone());
        }
    }
    after
}

fn holds(condition: &Condition, item: &Item<'_>, after: &BTreeMap<Place, Value>) -> bool {
    let planned = after.get(&place(condition, item)).and_then(|value| condition.takes.holds_with(value));
    planned.unwrap_or(condition.holds)
}

/// Why a change is not planned: what is needed, what is so instead, and what helps.
fn message(need: &Need, item: &Item<'_>, after: &BTreeMap<Place, Value>) -> String {
    let of = |one: &Condition| if one.of_org { "the organisation's " } else { "" };
    match need.any.as_slice() {
        [one] => match &one.takes {
            Takes::On => {
                format!("GitHub takes it only where {} is on, and it is not once this plan is made", one.setting)
            }
            Takes::Made => {
                format!("GitHub takes it only once {} is made so, and this plan does not do that", one.setting)
            }
            Takes::Words(words) | Takes::Naming(words, _) => {
                let planned = after.get(&place(one, item)).or(one.now.as_ref()).map(plain).unwrap_or_default();
                let name = format!("{}`{}`", of(one), one.setting);
                if one.now.is_none() {
                    return format!(
                        "this plan makes {name} `{planned}`, and GitHub may then not take it; it is judged anew once that is done"
                    );
                }
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                let words = words.join(" or ");
                format!(
                    "GitHub takes it only where {name} is {words}, and it is `{planned}` once this plan is made; set that too, or \
                     leave this"
                )
            }
            Takes::Definition(_) => format!(
                "the organisation's `{}` does not take this value, and the plan does not make it so; define it there first",
                one.setting
            ),
        },
        several => {
            let names: Vec<String> = several.iter().map(|one| format!("{}`{}`", of(one), one.setting)).collect();
            format!(
                "GitHub wants one of {} left on, and none is once this plan is made; switch one on too, or leave this",
                names.join(" and ")
            )
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
