//! Changes that GitHub takes only where other settings are so: planned only where they are once all of the plan is made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::judged::Judged;
use crate::{
    model::{Gate, GateScope, NodeId, Org, Verdict},
    settings::{Condition, Need, Takes},
};

/// A setting of a target: the organisation, the repository or none, the address.
type Place = (Org, Option<NodeId>, String);

/// Takes the changes that would be refused out of the plan: blocked, where a rule wants what they need, else a violation.
pub(super) fn settle(all: &mut [Judged]) {
    loop {
        let settled = unmet(all);
        if settled.is_empty() {
            return;
        }
        // What is taken out of the plan may have been what another change needs.
        for (at, verdict, message, gates) in settled {
            let Some(judged) = all.get_mut(at) else { continue };
            judged.verdict = verdict;
            if verdict == Verdict::Blocked {
                judged.closed.extend(gates.into_iter().map(|gate| (gate, message.clone())));
            }
            judged.message = message;
        }
    }
}

type Unmet = (usize, Verdict, String, Vec<Gate>);

fn unmet(all: &[Judged]) -> Vec<Unmet> {
    let waiting = || all.iter().enumerate().filter(|(_, one)| is_written(one) && !one.needs.is_empty());
    let named: BTreeSet<&str> = waiting()
        .flat_map(|(_, one)| one.needs.iter().flat_map(|need| &need.any).map(|condition| condition.setting.as_str()))
        .collect();
    if named.is_empty() {
        return Vec::new();
    }
    let after = after(all, &named);
    let wishes: BTreeMap<Place, &Judged> =
        all.iter().filter(|one| named.contains(one.setting().as_str())).map(|one| (place_of(one), one)).collect();
    waiting()
        .filter_map(|(at, judged)| {
            let need = judged.needs.iter().find(|need| !need.any.iter().any(|one| holds(one, judged, &after)))?;
            let is_wanted = need.any.iter().any(|one| {
                let wish = wishes.get(&place(one, judged));
                wish.is_some_and(|wish| one.takes.holds_with(&wish.values().1) == Some(true))
            });
            let verdict = if is_wanted { Verdict::Blocked } else { need.otherwise };
            let gates = need.any.iter().map(|one| Gate {
                scope: if one.of_org && judged.target.repo.is_some() { GateScope::Org } else { GateScope::Same },
                setting: one.setting.clone(),
            });
            Some((at, verdict, message(need, judged, &after), gates.collect()))
        })
        .collect()
}

fn is_written(judged: &Judged) -> bool {
    judged.verdict == Verdict::Change && !judged.stands_in
}

fn place_of(judged: &Judged) -> Place {
    (judged.target.org.clone(), judged.target.node().cloned(), judged.setting())
}

fn place(condition: &Condition, judged: &Judged) -> Place {
    let node = judged.target.node().filter(|_| !condition.of_org).cloned();
    (judged.target.org.clone(), node, condition.setting.clone())
}

/// What the plan makes of the settings of these names.
fn after(all: &[Judged], named: &BTreeSet<&str>) -> BTreeMap<Place, Value> {
    let mut after = BTreeMap::new();
    for judged in all.iter().filter(|judged| judged.verdict == Verdict::Change) {
        for one in judged.difference().into_iter().flat_map(|difference| &difference.moves) {
            if named.contains(one.setting.as_str()) {
                let place = (judged.target.org.clone(), Some(one.node_id.clone()), one.setting.clone());
                after.insert(place, one.after.clone());
            }
        }
    }
    // A repository's own changes come after those of its organisation.
    for judged in all.iter().filter(|judged| is_written(judged) && named.contains(judged.setting().as_str())) {
        if let Some(difference) = judged.difference() {
            after.insert(place_of(judged), difference.after.clone());
        }
    }
    after
}

fn holds(condition: &Condition, judged: &Judged, after: &BTreeMap<Place, Value>) -> bool {
    let planned = after.get(&place(condition, judged)).and_then(|value| condition.takes.holds_with(value));
    planned.unwrap_or(condition.holds)
}

/// Why a change is not planned: what is needed, what is so instead, and what helps.
fn message(need: &Need, judged: &Judged, after: &BTreeMap<Place, Value>) -> String {
    let of = |one: &Condition| if one.of_org { "the organisation's " } else { "" };
    match need.any.as_slice() {
        [one] => match &one.takes {
            Takes::On => {
                format!("GitHub takes it only where {} is on, and it is not once this plan is made", one.setting)
            }
            Takes::Words(words) => {
                let planned = after.get(&place(one, judged)).or(one.now.as_ref()).map(plain).unwrap_or_default();
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
