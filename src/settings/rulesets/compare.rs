//! What differs between a ruleset that GitHub has and the one that the policy wants, which way that moves, and what to write.

use serde_json::{Map, Value, json};

use super::{
    catalogue,
    form::{Ruleset, normal},
    wanted::{Wanted, in_words},
};
use crate::model::Effect;

/// What differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Differences {
    /// What GitHub says, of the fields that differ.
    pub(super) before: Map<String, Value>,
    /// What the policy says of them.
    pub(super) after: Map<String, Value>,
    /// The changed members in the form of the call.
    pub(super) body: Map<String, Value>,
    pub(super) effect: Effect,
}

impl Differences {
    fn none() -> Self {
        Self { before: Map::new(), after: Map::new(), body: Map::new(), effect: Effect::Neutral }
    }

    fn add(&mut self, key: &str, before: Value, after: Value, effect: Effect) {
        self.before.insert(key.to_owned(), before);
        self.after.insert(key.to_owned(), after);
        self.effect = self.effect.join(effect);
    }
}

/// Compares. The bypass actors count only where the ruleset has them.
pub(super) fn differences(has: &Ruleset, wanted: &Wanted<'_>) -> Differences {
    let mut found = Differences::none();
    if has.name != wanted.name {
        found.add("name", json!(has.name), json!(wanted.name), Effect::Neutral);
        found.body.insert("name".to_owned(), json!(wanted.name));
    }
    if let Some(target) = wanted.target.as_ref().filter(|target| **target != has.target) {
        found.add("target", json!(has.target), json!(target), Effect::Loosening);
        found.body.insert("target".to_owned(), json!(target));
    }
    if let Some(word) = wanted.enforcement.as_ref().filter(|word| **word != has.enforcement) {
        let effect = Effect::tightening_if(strength(word) > strength(&has.enforcement));
        found.add("enforcement", json!(has.enforcement), json!(word), effect);
        found.body.insert("enforcement".to_owned(), json!(word));
    }
    conditions(has, wanted, &mut found);
    bypasses(has, wanted, &mut found);
    rules(has, wanted, &mut found);
    found
}

/// How much an enforcement does.
fn strength(word: &str) -> u8 {
    match word {
        "active" => 2,
        "evaluate" => 1,
        _ => 0,
    }
}

fn conditions(has: &Ruleset, wanted: &Wanted<'_>, found: &mut Differences) {
    let (mut before, mut after, mut body) = (Map::new(), Map::new(), Map::new());
    let mut effect = Effect::Neutral;
    for (kind, fields) in &wanted.conditions {
        let was = has.conditions.get(kind).cloned().unwrap_or_else(|| json!({}));
        let mut whole = was.as_object().cloned().unwrap_or_default();
        let (mut old, mut new) = (Map::new(), Map::new());
        for (key, value) in fields.as_object().into_iter().flatten() {
            let none = if value.is_array() { json!([]) } else { json!(false) };
            let observed = was.get(key).cloned().unwrap_or(none);
            whole.insert(key.clone(), value.clone());
            if observed != *value {
                effect = effect.join(reach(kind, key, &observed, value));
                old.insert(key.clone(), observed);
                new.insert(key.clone(), value.clone());
            }
        }
        if !old.is_empty() {
            before.insert(kind.clone(), Value::Object(old));
            after.insert(kind.clone(), Value::Object(new));
            // GitHub wants both lists of a condition.
            if kind != "repository_id" {
                whole.entry("include").or_insert_with(|| json!([]));
                whole.entry("exclude").or_insert_with(|| json!([]));
            }
            body.insert(kind.clone(), Value::Object(whole));
        }
    }
    for (kind, gone) in has.given_up(&wanted.conditions) {
        // What the two choose cannot be compared.
        effect = Effect::Loosening;
        before.insert(kind.clone(), gone.clone());
        after.insert(kind.clone(), Value::Null);
    }
    if !before.is_empty() {
        found.add("conditions", Value::Object(before), Value::Object(after), effect);
        found.body.insert("conditions".to_owned(), Value::Object(body));
    }
}

/// A ruleset that reaches more branches or repositories is safer, and so is one that forbids their renaming: a new name can lead
/// out of its reach.
fn reach(kind: &str, key: &str, before: &Value, after: &Value) -> Effect {
    let all = |value: &Value| value.as_array().is_some_and(|list| list.iter().any(|one| one == "~ALL"));
    match key {
        "include" if kind == "repository_property" => reach_by_properties(before, after),
        "include" | "repository_ids" if all(after) && !all(before) => Effect::Tightening,
        "include" | "repository_ids" if all(before) && all(after) => Effect::Neutral,
        "include" | "repository_ids" => catalogue::more(before, after),
        "exclude" => catalogue::more(after, before),
        "protected" => Effect::tightening_if(after == true),
        _ => Effect::Loosening,
    }
}

/// A repository must match all properties that are included, by one of each one's values: one property more reaches fewer, one
/// value more reaches more.
fn reach_by_properties(before: &Value, after: &Value) -> Effect {
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let source = |one: &Value| one.get("source").cloned().unwrap_or_else(|| json!("custom"));
    let same = |a: &Value, b: &Value| a.get("name") == b.get("name") && source(a) == source(b);
    let wider = |after: &Value, before: &Value| {
        let values = list(after, "property_values");
        same(after, before) && list(before, "property_values").iter().all(|value| values.contains(value))
    };
    let (before, after) =
        (before.as_array().cloned().unwrap_or_default(), after.as_array().cloned().unwrap_or_default());
    // Without any property nobody can tell what is reached.
    let narrows = after.is_empty() || after.iter().any(|one| !before.iter().any(|was| wider(one, was)));
    Effect::tightening_if(!narrows)
}

fn bypasses(has: &Ruleset, wanted: &Wanted<'_>, found: &mut Differences) {
    let (Some(were), Some(are)) = (&has.bypasses, &wanted.bypasses) else { return };
    if were == are {
        return;
    }
    let weakness = |mode: &str| match mode {
        "pull_request" => 1,
        "always" => 2,
        _ => 3,
    };
    let mut effect = Effect::Neutral;
    for (actor, mode) in are {
        let was = were.get(actor).map_or(0, |mode| weakness(mode));
        if weakness(mode) != was {
            effect = effect.join(Effect::tightening_if(weakness(mode) < was));
        }
    }
    if were.keys().any(|actor| !are.contains_key(actor)) {
        effect = effect.join(Effect::Tightening);
    }
    let mut words = has.words.clone();
    words.extend(wanted.words.clone());
    found.add("bypass_actors", in_words(were, &words), in_words(are, &words), effect);
    let sent = are.iter().map(|(actor, mode)| actor.sent(mode)).collect();
    found.body.insert("bypass_actors".to_owned(), Value::Array(sent));
}

fn rules(has: &Ruleset, wanted: &Wanted<'_>, found: &mut Differences) {
    let (mut before, mut after) = (Map::new(), Map::new());
    let mut effect = Effect::Neutral;
    for (kind, value) in &wanted.rules {
        match (has.rule(kind), value) {
            (None, Value::Bool(false)) => {}
            (Some(parameters), Value::Bool(false)) => {
                effect = Effect::Loosening;
                before.insert(kind.clone(), json!(parameters));
                after.insert(kind.clone(), Value::Null);
            }
            (None, value) => {
                effect = effect.join(Effect::Tightening);
                before.insert(kind.clone(), Value::Null);
                after.insert(kind.clone(), value.clone());
            }
            (Some(parameters), value) => {
                let (old, new, way) = parameters_of(kind, parameters, value);
                if !old.is_empty() {
                    effect = effect.join(way);
                    before.insert(kind.clone(), Value::Object(old));
                    after.insert(kind.clone(), Value::Object(new));
                }
            }
        }
    }
    if before.is_empty() {
        return;
    }
    found.add("rules", Value::Object(before), Value::Object(after), effect);
    found.body.insert("rules".to_owned(), sent_rules(has, wanted));
}

/// The declared parameters of one rule that differ: before, after, and which way that moves.
fn parameters_of(
    kind: &str,
    has: &Map<String, Value>,
    wanted: &Value,
) -> (Map<String, Value>, Map<String, Value>, Effect) {
    let (mut before, mut after, mut effect) = (Map::new(), Map::new(), Effect::Neutral);
    for (key, value) in wanted.as_object().into_iter().flatten() {
        let default = || catalogue::default(kind, key).map(|value| normal(&value));
        let observed = has.get(key).cloned().or_else(default).unwrap_or(Value::Null);
        let same = if observed.is_object() { covers(&observed, value) } else { observed == *value };
        if !same {
            effect = effect.join(catalogue::direction(kind, key, &observed, value));
            before.insert(key.clone(), observed);
            after.insert(key.clone(), value.clone());
        }
    }
    (before, after, effect)
}

/// Whether an object says all that another says.
fn covers(has: &Value, wanted: &Value) -> bool {
    let mut members = wanted.as_object().into_iter().flatten();
    wanted.is_object() && members.all(|(key, value)| has.get(key) == Some(value))
}

/// All rules in the form of the call: GitHub's own, the declared parameters laid over them, and those that are new. What ordain
/// does not know or the policy does not name passes through as it is.
fn sent_rules(has: &Ruleset, wanted: &Wanted<'_>) -> Value {
    let mut all: Vec<Value> = match has.raw.as_ref().and_then(|raw| raw.get("rules")).and_then(Value::as_array) {
        Some(rules) => rules.clone(),
        None => has.rules.iter().map(|(kind, parameters)| sent_rule(kind, parameters)).collect(),
    };
    for (kind, value) in &wanted.rules {
        let at = all.iter().position(|rule| rule.get("type").and_then(Value::as_str) == Some(kind));
        match (at, value) {
            (Some(at), Value::Bool(false)) => {
                all.remove(at);
            }
            (Some(at), Value::Object(declared)) if !declared.is_empty() => {
                let rule = &mut all[at];
                let was = rule.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
                let (mut whole, (_, differing, _)) = (was, parameters_of(kind, &has_rule(has, kind), value));
                for (key, value) in differing {
                    lay(whole.entry(key).or_insert(Value::Null), &value);
                }
                rule["parameters"] = Value::Object(whole);
            }
            (None, Value::Object(declared)) => all.push(sent_rule(kind, &catalogue::complete(kind, declared))),
            _ => {}
        }
    }
    Value::Array(all)
}

fn has_rule(has: &Ruleset, kind: &str) -> Map<String, Value> {
    has.rule(kind).cloned().unwrap_or_default()
}

/// Lays a declared value over GitHub's: objects member by member.
fn lay(into: &mut Value, value: &Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(value)) => into.extend(value.clone()),
        (into, value) => *into = value.clone(),
    }
}

/// One rule in the form of the call.
pub(super) fn sent_rule(kind: &str, parameters: &Map<String, Value>) -> Value {
    if parameters.is_empty() { json!({"type": kind}) } else { json!({"type": kind, "parameters": parameters}) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_included_properties_must_match() {
        let tier = |values: &[&str]| json!({"name": "tier", "property_values": values});
        let team = || json!({"name": "team", "property_values": ["a"]});
        for (before, after, effect) in [
            (json!([tier(&["one"])]), json!([tier(&["one", "two"])]), Effect::Tightening),
            (json!([tier(&["one", "two"])]), json!([tier(&["one"])]), Effect::Loosening),
            (json!([tier(&["one"])]), json!([tier(&["one"]), team()]), Effect::Loosening),
            (json!([tier(&["one"]), team()]), json!([tier(&["one"])]), Effect::Tightening),
            (json!([tier(&["one"])]), json!([team()]), Effect::Loosening),
            (json!([tier(&["one"])]), json!([]), Effect::Loosening),
            (json!([]), json!([team()]), Effect::Loosening),
        ] {
            assert_eq!(reach("repository_property", "include", &before, &after), effect, "{before} to {after}");
        }
        let system = json!([{"name": "tier", "source": "system", "property_values": ["one"]}]);
        let effect = reach("repository_property", "include", &json!([tier(&["one"])]), &system);
        assert_eq!(effect, Effect::Loosening, "the same name from elsewhere is another property");
    }

    #[test]
    fn a_name_that_must_stay_is_stricter() {
        let to = |before: bool| reach("repository_name", "protected", &json!(before), &json!(!before));
        assert_eq!((to(false), to(true)), (Effect::Tightening, Effect::Loosening));
    }
}
