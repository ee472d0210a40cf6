//! One made repository.

use serde_json::{Map, Value, json};

use super::{CONFIGURATION, Dice, FIRST_NUMBER, Recipe, files};

const FIRST: &[&str] =
    &["fast", "tiny", "http", "json", "stream", "cache", "queue", "auth", "session", "route", "log", "metric"];
const SECOND: &[&str] =
    &["parser", "server", "client", "store", "proxy", "tools", "kit", "bridge", "agent", "sync", "core", "cli"];
const LANGUAGES: &[&str] = &["JavaScript", "TypeScript", "Rust", "Go", "Python", "Shell"];
const LICENSES: &[(&str, &str)] = &[("mit", "MIT"), ("apache-2.0", "Apache-2.0"), ("bsd-3-clause", "BSD-3-Clause")];

/// What is thrown first and decides what else there can be.
struct Kind {
    private: bool,
    archived: bool,
    fork: bool,
    empty: bool,
}

/// Makes the repository with a number.
pub(super) fn make(dice: &mut Dice, i: u32, recipe: &Recipe) -> Value {
    // The organisation's own defaults stand in a repository of this name.
    let defaults = i == 0;
    let mut chance = |of: u64| dice.percent(of) && !defaults;
    let kind = Kind { private: chance(10), archived: chance(10), fork: chance(8), empty: chance(3) };
    let name = match defaults {
        true => ".github".to_owned(),
        false => format!("{}-{}-{i}", dice.one_of(FIRST), dice.one_of(SECOND)),
    };
    let mut out = facts(dice, &name, &kind);
    out.insert("id".to_owned(), json!(FIRST_NUMBER + u64::from(i)));
    out.insert("name".to_owned(), json!(name));
    // An archived repository keeps what it had: no configuration reaches it.
    let held = recipe.enforced && !kind.archived;
    let mut simulator = Map::new();
    if held {
        let attached = json!({"id": CONFIGURATION, "status": "enforced"});
        simulator.insert("code_security_configuration".to_owned(), attached);
    }
    switches(dice, &mut out, &kind, held);
    if let (Some(ruleset), Some(Value::Object(rest))) = (ruleset(dice, &kind, i), out.get_mut("rest")) {
        rest.insert("rulesets".to_owned(), json!({"known": [ruleset]}));
    }
    if !kind.empty {
        let made = if defaults { files::of_defaults() } else { files::make(dice, &name, recipe.repositories) };
        out.insert("files".to_owned(), Value::Object(made.files));
        simulator.insert("workflows".to_owned(), Value::Object(made.workflows));
    }
    out.insert("simulator".to_owned(), Value::Object(simulator));
    Value::Object(out)
}

/// What the list says of it.
fn facts(dice: &mut Dice, name: &str, kind: &Kind) -> Map<String, Value> {
    let created = format!("20{:02}-{:02}-{:02}T08:00:00Z", 12 + dice.below(14), 1 + dice.below(12), 1 + dice.below(28));
    let pushed = format!("2026-{:02}-{:02}T09:00:00Z", 1 + dice.below(10), 1 + dice.below(28));
    let license = LICENSES
        .get(usize::try_from(dice.below(4)).unwrap_or(0))
        .map(|(key, spdx)| json!({"key": key, "spdx_id": spdx}));
    let facts = json!({
        "visibility": if kind.private { "private" } else { "public" },
        "archived": kind.archived,
        "fork": kind.fork,
        "is_template": dice.percent(1),
        "description": format!("A {} for {}", dice.one_of(SECOND), dice.one_of(FIRST)),
        "default_branch": if dice.percent(30) { "master" } else { "main" },
        "topics": [if name == ".github" { "community" } else { dice.one_of(FIRST) }],
        "language": dice.one_of(LANGUAGES),
        "license": license,
        "created_at": created,
        "pushed_at": pushed,
        "updated_at": pushed,
        "has_wiki": dice.percent(60),
        "delete_branch_on_merge": dice.percent(30),
    });
    facts.as_object().cloned().unwrap_or_default()
}

/// What is on and off; a configuration that holds it has switched all of it on.
fn switches(dice: &mut Dice, out: &mut Map<String, Value>, kind: &Kind, held: bool) {
    let mut on = |percent: u64| dice.percent(percent) || held;
    let (alerts, reporting, scanning) = (on(70), on(40), on(50));
    let (fixes, protection) = (on(50) && alerts, on(60) && scanning);
    let status = |on: bool| json!({"status": if on { "enabled" } else { "disabled" }});
    let mut switches = json!({"dependabot_security_updates": status(fixes)});
    if let (Some(switches), false) = (switches.as_object_mut(), kind.private) {
        // Without the paid product GitHub has no such switches in a private repository.
        switches.insert("secret_scanning".to_owned(), status(scanning));
        switches.insert("secret_scanning_push_protection".to_owned(), status(protection));
    }
    out.insert("security_and_analysis".to_owned(), switches);
    out.insert("graphql".to_owned(), json!({"hasVulnerabilityAlertsEnabled": {"known": alerts}}));
    let reporting = json!({"known": {"enabled": reporting && !kind.private}});
    out.insert("rest".to_owned(), json!({ "private-vulnerability-reporting": reporting }));
}

/// The ruleset on the default branch that most have; one in a hundred is lax, or only evaluated.
fn ruleset(dice: &mut Dice, kind: &Kind, i: u32) -> Option<Value> {
    let (has, tries, lax) = (dice.percent(85), dice.below(200) == 0, dice.below(200) == 0);
    (has && !kind.archived).then(|| {
        let rules = if lax {
            json!([{"type": "deletion"}])
        } else {
            json!([{"type": "deletion"}, {"type": "non_fast_forward"}])
        };
        json!({
            "id": 1000 + u64::from(i),
            "name": "default branch",
            "target": "branch",
            "enforcement": if tries { "evaluate" } else { "active" },
            "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
            "rules": rules,
            "bypass_actors": [],
            "created_at": "2025-04-01T08:00:00Z",
            "updated_at": "2025-04-01T08:00:00Z",
        })
    })
}
