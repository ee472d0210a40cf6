//! What must hold of any ruleset and any wish.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    actors::{Actor, Words},
    catalogue,
    compare::differences,
    form::{Ruleset, normal},
    wanted::Wanted,
};
use crate::model::Effect;

type Rules = BTreeMap<String, Map<String, Value>>;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn checks() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-c]", prop::option::of(1_u64..3), 0..3).prop_map(|all| {
        let one = |(context, app): (String, Option<u64>)| match app {
            Some(app) => json!({"context": context, "integration_id": app}),
            None => json!({"context": context}),
        };
        all.into_iter().map(one).collect()
    })
}

fn pattern() -> impl Strategy<Value = Map<String, Value>> {
    (prop::option::of("[a-b]"), prop::option::of(any::<bool>()), "[a-b]").prop_map(|(name, negate, pattern)| {
        let mut all = object(json!({"operator": "starts_with", "pattern": pattern}));
        all.extend(name.map(|name| ("name".to_owned(), json!(name))));
        all.extend(negate.map(|negate| ("negate".to_owned(), json!(negate))));
        all
    })
}

/// Some parameters of some rules.
fn rules() -> impl Strategy<Value = Rules> {
    let reviews = (prop::option::of(0_u64..3), prop::option::of(any::<bool>())).prop_map(|(count, dismiss)| {
        let mut all = Map::new();
        all.extend(count.map(|count| ("required_approving_review_count".to_owned(), json!(count))));
        all.extend(dismiss.map(|dismiss| ("dismiss_stale_reviews_on_push".to_owned(), json!(dismiss))));
        ("pull_request", all)
    });
    let methods = prop::sample::subsequence(vec!["merge", "squash", "rebase"], 1..=3);
    let one = prop_oneof![
        Just(("deletion", Map::new())),
        Just(("required_signatures", Map::new())),
        reviews,
        methods.prop_map(|methods| ("pull_request", object(json!({"allowed_merge_methods": methods})))),
        checks().prop_map(|checks| ("required_status_checks", object(json!({"required_status_checks": checks})))),
        (1_u64..5).prop_map(|size| ("max_file_size", object(json!({"max_file_size": size})))),
        (0_u64..3).prop_map(|x| ("a_rule_of_next_year", object(json!({"x": x})))),
        any::<bool>().prop_map(|on| ("update", object(json!({"update_allows_fetch_and_merge": on})))),
        pattern().prop_map(|pattern| ("commit_message_pattern", pattern)),
        prop::sample::select(vec!["none", "errors", "all"]).prop_map(|alerts| {
            let tool = json!({"tool": "CodeQL", "alerts_threshold": alerts, "security_alerts_threshold": "none"});
            ("code_scanning", object(json!({"code_scanning_tools": [tool]})))
        }),
    ];
    prop::collection::vec(one, 0..5).prop_map(|all| all.into_iter().map(|(kind, all)| (kind.to_owned(), all)).collect())
}

fn refs() -> impl Strategy<Value = (Vec<&'static str>, Vec<&'static str>)> {
    let some = || prop::sample::subsequence(vec!["~ALL", "~DEFAULT_BRANCH", "refs/heads/a"], 0..=3);
    (some(), some())
}

fn actors() -> impl Strategy<Value = BTreeMap<Actor, String>> {
    let actor = prop_oneof![
        Just(Actor::new("DeployKey", None)),
        Just(Actor::new("OrganizationAdmin", None)),
        (1_u64..4).prop_map(|id| Actor::new("Team", Some(id))),
    ];
    prop::collection::btree_map(actor, prop::sample::select(vec!["always".to_owned(), "pull_request".to_owned()]), 0..3)
}

/// A ruleset as REST tells it.
pub(super) fn told() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec!["active", "evaluate", "disabled"]);
    (rules(), refs(), actors(), word).prop_map(|(rules, (include, exclude), actors, word)| {
        let rules = rules.iter().map(|(kind, all)| super::compare::sent_rule(kind, &catalogue::complete(kind, all)));
        let actors = actors.iter().map(|(actor, mode)| actor.sent(mode));
        json!({"id": 1, "name": "main", "target": "branch", "enforcement": word, "rules": rules.collect::<Value>(),
            "bypass_actors": actors.collect::<Value>(), "conditions": {"ref_name": {"include": include, "exclude": exclude}}})
    })
}

/// A policy's table of one ruleset.
pub(super) fn declared() -> impl Strategy<Value = Value> {
    let word = prop::option::of(prop::sample::select(vec!["active", "evaluate", "disabled"]));
    let gone = prop::collection::btree_set(prop::sample::select(vec!["deletion", "update", "max_file_size"]), 0..2);
    let refs = prop::option::of(refs());
    (rules(), refs, prop::option::of(actors()), word, gone).prop_map(|(rules, refs, actors, word, gone)| {
        let mut all = Map::new();
        let mut rules: Map<String, Value> = rules.into_iter().map(|(kind, all)| (kind, Value::Object(all))).collect();
        rules.extend(gone.into_iter().map(|kind| (kind.to_owned(), json!(false))));
        all.insert("rules".to_owned(), Value::Object(rules));
        all.extend(word.map(|word| ("enforcement".to_owned(), json!(word))));
        all.extend(refs.map(|(include, exclude)| {
            ("conditions".to_owned(), json!({"ref_name": {"include": include, "exclude": exclude}}))
        }));
        all.extend(actors.map(|actors| {
            let words: Words = (1..4).map(|id| (Actor::new("Team", Some(id)), format!("team:t{id}"))).collect();
            ("bypass_actors".to_owned(), super::wanted::in_words(&actors, &words))
        }));
        Value::Object(all)
    })
}

fn wish() -> impl Strategy<Value = Wanted<'static>> {
    let word = prop::option::of(prop::sample::select(vec!["active", "evaluate", "disabled"]));
    let gone = prop::option::of(Just("deletion".to_owned()));
    (rules(), refs(), prop::option::of(actors()), word, gone).prop_map(|(rules, (include, _), actors, word, gone)| {
        let mut rules: Map<String, Value> =
            rules.into_iter().map(|(kind, all)| (kind, normal(&Value::Object(all)))).collect();
        rules.extend(gone.map(|kind| (kind, json!(false))));
        Wanted {
            name: "main",
            target: None,
            enforcement: word.map(str::to_owned),
            conditions: object(normal(&json!({"ref_name": {"include": include}}))),
            rules,
            bypasses: actors,
            words: Words::new(),
            in_graphql: true,
        }
    })
}

/// What GitHub has after the call: the changes laid over the whole, as the engine does it.
fn after(has: &Ruleset, body: &Map<String, Value>) -> Value {
    let mut whole = has.sent(&Map::new()).expect("nothing is hidden");
    for (key, value) in body {
        match (key.as_str(), value) {
            ("conditions", Value::Object(changed)) => {
                let conditions = whole["conditions"].as_object_mut().expect("an object");
                conditions.extend(changed.clone());
            }
            _ => whole[key] = value.clone(),
        }
    }
    whole["id"] = json!(1);
    whole
}

fn kinds(ruleset: &Ruleset) -> Vec<&str> {
    ruleset.rules.iter().map(|(kind, _)| kind.as_str()).collect()
}

proptest! {
    #[test]
    fn one_write_is_enough_and_takes_nothing_away(told in told(), wanted in wish()) {
        let has = Ruleset::of_rest(&told).expect("a ruleset");
        let found = differences(&has, &wanted);
        let now = Ruleset::of_rest(&after(&has, &found.body)).expect("a ruleset");
        let left = differences(&now, &wanted);
        prop_assert!(left.before.is_empty(), "a second plan is empty: {left:?}");
        prop_assert_eq!(found.before.is_empty(), found.body.is_empty());
        // What is not declared is as it was.
        for (kind, parameters) in &has.rules {
            match wanted.rules.get(kind) {
                Some(Value::Bool(_)) => {}
                declared => for (key, value) in parameters {
                    if declared.is_none_or(|all| all.get(key).is_none()) {
                        prop_assert_eq!(now.rule(kind).and_then(|all| all.get(key)), Some(value));
                    }
                },
            }
        }
        for kind in kinds(&now) {
            prop_assert!(has.rule(kind).is_some() || wanted.rules.contains_key(kind), "{kind} came from nowhere");
        }
        if wanted.bypasses.is_none() {
            prop_assert_eq!(&now.bypasses, &has.bypasses);
        }
        prop_assert_eq!(now.conditions["ref_name"].get("exclude"), has.conditions["ref_name"].get("exclude"));
    }

    #[test]
    fn what_tightens_does_not_tighten_back(told in told(), other in told()) {
        let (has, other) = (Ruleset::of_rest(&told).expect("a ruleset"), Ruleset::of_rest(&other).expect("a ruleset"));
        let wish = |to: &Ruleset, from: &Ruleset| {
            let mut rules: Map<String, Value> =
                to.rules.iter().map(|(kind, all)| (kind.clone(), Value::Object(all.clone()))).collect();
            for kind in kinds(from) {
                rules.entry(kind.to_owned()).or_insert(json!(false));
            }
            (rules, to.clone())
        };
        let wanted = |to: &Ruleset, from: &Ruleset| {
            let (rules, to) = wish(to, from);
            Wanted { name: "main", target: None, enforcement: Some(to.enforcement), conditions: to.conditions, rules,
                bypasses: to.bypasses, words: Words::new(), in_graphql: true }
        };
        let there = differences(&has, &wanted(&other, &has));
        let back = differences(&other, &wanted(&has, &other));
        if there.effect == Effect::Tightening {
            prop_assert_eq!(back.effect, Effect::Loosening, "{:?} and back {:?}", there, back);
        }
        prop_assert_eq!(there.before.is_empty(), back.before.is_empty());
    }
}
