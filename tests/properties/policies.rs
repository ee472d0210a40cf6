//! Random policies: rules with match keys, modes, gates, overrides; waivers; limits. The settings come from the registry.

use std::collections::BTreeMap;

use ordain::{
    model::Scope,
    policy::Policy,
    settings::{Meta, SETTINGS},
};
use serde_json::{Map, Value, json};

use super::{
    cases::note,
    dice::Dice,
    lab::parse,
    values::{Thrown, is_thrown, throw, toml_of, with_templates},
    worlds,
};

/// A made policy.
pub(crate) struct Made {
    /// Its files.
    pub(crate) files: Vec<(String, String)>,
    /// How many gates the longest chain of them has.
    pub(crate) chain: usize,
}

impl Made {
    /// The rules and what else is not always the same, for messages.
    pub(crate) fn text(&self) -> String {
        let told = self.files.iter().filter(|(path, _)| !path.starts_with("files/"));
        told.map(|(path, text)| format!("# {path}\n{text}")).collect::<Vec<_>>().join("\n")
    }
}

/// What a policy is made from.
pub(crate) struct Wish {
    /// The organisations.
    pub(crate) orgs: Vec<String>,
    /// The names of repositories that rules may name.
    pub(crate) repos: Vec<String>,
    /// How many settings it has at most.
    pub(crate) settings: usize,
    /// Whether everything is only audited, of all targets, without gates: for looking, not for changing.
    pub(crate) only_looks: bool,
}

/// One setting with what it waits for, the same in every rule that names it.
struct Item {
    thrown: Thrown,
    requires: Vec<String>,
    /// Gates before it.
    depth: usize,
}

/// A policy for a world, noted for whoever reads of a failure; none where its rules contradict each other.
pub(crate) fn of_world(dice: &mut Dice, world: &worlds::Made, settings: usize, only_looks: bool) -> Option<Policy> {
    let wish = Wish { orgs: world.orgs.clone(), repos: world.repos.clone(), settings, only_looks };
    let made = policy(dice, &wish);
    note(&made.text());
    parse(&made.files).ok()
}

/// Makes a policy.
pub(crate) fn policy(dice: &mut Dice, wish: &Wish) -> Made {
    let items = items(dice, wish);
    let chain = items.iter().map(|item| item.depth).max().unwrap_or(0);
    let mut files = vec![("policy.toml".to_owned(), config(dice, wish))];
    let names = ["a", "b", "nested/c"];
    let rules = if wish.only_looks { 1 } else { 1 + dice.below(names.len()) };
    for (at, name) in names.iter().enumerate().take(rules) {
        // The first rule has them all, so that every gate can be supplied.
        let repo = rule(dice, wish, &items, Scope::Repo, at);
        let org = if at == 0 { rule(dice, wish, &items, Scope::Org, at) } else { None };
        files.extend(repo.map(|text| (format!("rules/{name}.toml"), text)));
        files.extend(org.map(|text| (format!("rules/org-{name}.toml"), text)));
    }
    if !wish.only_looks && dice.percent(30) {
        files.push(("waivers.toml".to_owned(), waivers(dice, wish, &items)));
    }
    Made { files: with_templates(files), chain }
}

fn items(dice: &mut Dice, wish: &Wish) -> Vec<Item> {
    let mut metas: Vec<&'static Meta> =
        SETTINGS.iter().map(|setting| setting.meta()).filter(|meta| wish.only_looks || is_thrown(meta)).collect();
    if let (Ok(only), false) = (std::env::var("ORDAIN_SETTING"), wish.only_looks) {
        metas.retain(|meta| format!("{}.{}", meta.shape.scope.table(), meta.shape.key) == only);
    }
    let most = if wish.only_looks { wish.settings } else { 1 + dice.below(wish.settings) };
    let mut items: Vec<Item> = Vec::new();
    for meta in dice.some(&metas, most) {
        let count = if meta.shape.keyed.is_some() { 1 + dice.below(2) } else { 1 };
        for _ in 0..count {
            let Some(thrown) = throw(dice, meta) else { continue };
            if items.iter().any(|item| {
                item.thrown.meta.shape.scope == meta.shape.scope && item.thrown.address() == thrown.address()
            }) {
                continue;
            }
            let (requires, depth) = gates(dice, wish, &items, &thrown);
            items.push(Item { thrown, requires, depth });
        }
    }
    items
}

/// Gates on what comes earlier in the list only, so that they never go round.
fn gates(dice: &mut Dice, wish: &Wish, items: &[Item], thrown: &Thrown) -> (Vec<String>, usize) {
    if wish.only_looks || items.is_empty() || !dice.percent(35) {
        return (Vec::new(), 0);
    }
    let before = dice.pick(items);
    let scope = |item: &Item| item.thrown.meta.shape.scope;
    // A whole setting is waited for by all of its names, so a gate on the same key would go round.
    if before.thrown.meta.shape.key == thrown.meta.shape.key {
        return (Vec::new(), 0);
    }
    let address = before.thrown.address();
    let gate = match (thrown.meta.shape.scope, scope(before)) {
        (_, Scope::Org) => format!("org:{address}"),
        (Scope::Repo, Scope::Repo) if dice.percent(70) => address,
        (_, Scope::Repo) => format!(".github:{address}"),
    };
    // An organisation's setting can itself wait for repositories (`attach_requires`), which comes on top.
    (vec![gate], before.depth + 1 + usize::from(scope(before) == Scope::Org))
}

fn rule(dice: &mut Dice, wish: &Wish, items: &[Item], scope: Scope, at: usize) -> Option<String> {
    let of_scope: Vec<&Item> = items.iter().filter(|item| item.thrown.meta.shape.scope == scope).collect();
    let chosen: Vec<&Item> =
        if at == 0 { of_scope } else { of_scope.into_iter().filter(|_| dice.percent(50)).collect() };
    if chosen.is_empty() {
        return None;
    }
    let mut text = format!("description = \"Rule {at}\"\n");
    if wish.only_looks || dice.percent(12) {
        text.push_str("mode = \"audit\"\n");
    }
    let others: bool = at > 0 && dice.percent(60);
    if others {
        text.push_str(&format!("overrides = {}\n", toml_of(&json!(["rules/a"]))));
    }
    match scope {
        Scope::Org => text.push_str("[match]\norg = \"*\"\n"),
        Scope::Repo if wish.only_looks => text.push_str("[match]\narchived = [true, false]\n"),
        Scope::Repo if at == 0 && dice.percent(40) => {}
        Scope::Repo => text.push_str(&conditions(dice, wish)),
    }
    text.push_str(&format!("[{}]\n", scope.table()));
    for item in chosen {
        let mut terms = Map::new();
        if !item.requires.is_empty() {
            terms.insert("requires".into(), json!(item.requires));
        }
        if !wish.only_looks && dice.percent(10) {
            terms.insert("mode".into(), json!(dice.pick(&["audit", "enforce"])));
        }
        if dice.percent(10) {
            terms.insert("reason".into(), json!("because"));
        }
        // Another value than the first rule's is good only where this rule beats that one.
        let thrown = (others && dice.percent(40)).then(|| throw(dice, item.thrown.meta)).flatten();
        // A rule that changes what it matches by takes turns with the first.
        let thrown = thrown.filter(|_| !matches_by(&text, item.thrown.meta.shape.key));
        let thrown = thrown.map(|other| Thrown { name: item.thrown.name.clone(), ..other });
        text.push_str(&thrown.as_ref().unwrap_or(&item.thrown).line(&terms));
        text.push('\n');
    }
    Some(text)
}

/// Whether a rule matches by what this setting says.
fn matches_by(rule: &str, key: &str) -> bool {
    let conditions = [("visibility", "visibility ="), ("is_template", "template ="), ("topics", "topic =")];
    conditions.iter().any(|(setting, condition)| *setting == key && rule.contains(condition))
}

fn conditions(dice: &mut Dice, wish: &Wish) -> String {
    let mut all: BTreeMap<&str, Value> = BTreeMap::new();
    for _ in 0..dice.below(3) {
        let (key, value) = condition(dice, wish);
        all.insert(key, value);
    }
    if dice.percent(25) {
        let (key, value) = condition(dice, wish);
        all.insert("not", json!({ key: value }));
    }
    let lines: Vec<String> = all.iter().map(|(key, value)| format!("{key} = {}\n", toml_of(value))).collect();
    format!("[match]\n{}", lines.concat())
}

fn condition(dice: &mut Dice, wish: &Wish) -> (&'static str, Value) {
    match dice.below(13) {
        0 => ("visibility", json!(dice.some(&["public", "private", "internal"], 2))),
        1 => ("archived", json!([true, false])),
        2 => ("fork", json!(dice.percent(30))),
        3 => ("template", json!(dice.percent(20))),
        4 => ("empty", json!(dice.percent(20))),
        5 => ("topic", json!(dice.pick(&["fast", "http", "none"]))),
        6 => ("language", json!(["Rust", "JavaScript"])),
        7 => ("license", json!(["MIT", "mit", "Apache-2.0"])),
        8 => ("created_before", json!("2024-01-31")),
        9 => ("pushed_within", json!(dice.pick(&["100d", "10000d"]))),
        10 => ("has_file", json!(dice.pick(&["README.md", ".github/workflows/ci.yml"]))),
        11 => ("repo", json!(dice.pick(&["*", "fast-*", "*/h*"]))),
        _ => {
            let org = dice.pick(&wish.orgs).clone();
            ("repo", json!([format!("{org}/{}", dice.pick(&wish.repos)), dice.pick(&wish.repos)]))
        }
    }
}

fn config(dice: &mut Dice, wish: &Wish) -> String {
    let orgs: Vec<Value> = wish.orgs.iter().map(|org| json!(org)).collect();
    let mut text =
        format!("version = 1\norgs = {}\n[vars]\ncontact = \"security@example.org\"\n", toml_of(&json!(orgs)));
    if wish.only_looks {
        return text;
    }
    text.push_str("[limits]\n");
    for (name, value) in [
        ("changes", json!(dice.below(6))),
        ("repositories", json!(dice.pick(&["10%", "50%", "100%"]))),
        ("loosening", json!(dice.below(3))),
        ("pull_requests", json!(1 + dice.below(4))),
    ] {
        if dice.percent(50) {
            text.push_str(&format!("{name} = {value}\n"));
        }
    }
    text.push_str(&format!("[coverage]\nunmatched = \"{}\"\n", dice.pick(&["warn", "violation", "ignore"])));
    text
}

fn waivers(dice: &mut Dice, wish: &Wish, items: &[Item]) -> String {
    let mut text = String::new();
    for _ in 0..=dice.below(2) {
        if items.is_empty() {
            break;
        }
        let item = dice.pick(items);
        let target = match item.thrown.meta.shape.scope {
            Scope::Org => ("org", dice.pick(&wish.orgs).clone()),
            Scope::Repo if dice.percent(50) => ("repo", "*".to_owned()),
            Scope::Repo => ("repo", dice.pick(&wish.repos).clone()),
        };
        let parts = item.thrown.meta.shape.parts;
        let setting = match parts {
            [_, ..] if item.thrown.name.is_none() && dice.percent(50) => {
                format!("{}.{}", item.thrown.meta.shape.key, dice.pick(parts))
            }
            _ => item.thrown.address(),
        };
        let until =
            dice.pick(&["expires = 2027-06-30", "expires = 2026-12-01", "expires = 2020-01-01", "permanent = true"]);
        text.push_str(&format!(
            "[[waiver]]\n{} = {}\nsetting = {}\nreason = \"a test\"\nowner = \"@acme/sec\"\n{until}\n",
            target.0,
            Value::from(target.1),
            Value::from(setting),
        ));
    }
    text
}
