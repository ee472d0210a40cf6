//! Random values that settings take: by the kinds of their shapes, and by changing the manual's examples. What the kinds cannot
//! say is left to the policy's own check: what it refuses is thrown anew.

use std::collections::BTreeMap;

use ordain::{
    model::{Field, Kind, Scope, Shape},
    settings::{Meta, SETTINGS},
};
use serde_json::{Map, Value, json};

use super::{dice::Dice, lab::parse};

/// The files of `files/` that every made policy has.
pub(crate) const TEMPLATES: &[(&str, &str)] = &[
    ("SECURITY.md", "# {{ repo.name }}\n\nWrite to security@example.org of {{ org }}.\n"),
    ("ci.yml", "name: ci\non: [push]\njobs: {}\n# ${{ github.ref }}\n"),
    ("plain.txt", "Nothing is filled in here.\n"),
    ("scorecard.yml", include_str!("../../policy/files/scorecard.yml")),
];

const TEXTS: &[&str] = &[
    "security@example.org",
    "alpha",
    "Two words.\n",
    "{{ org }}",
    "{{ vars.contact }}",
    "{{{{ not a name",
    "ünï ✓",
    "main",
    "maintainers",
    "a-b_c.d",
    "https://example.org/policy",
];
const PATHS: &[&str] = &[
    "SECURITY.md",
    ".github/SECURITY.md",
    "docs/NOTICE",
    "NOTICE",
    ".github/workflows/ci.yml",
    ".github/workflows/scorecard.yml",
    ".github/dependabot.yml",
    "CODEOWNERS",
    "README.md",
    "a b/ü.txt",
];
const WORKFLOWS: &[&str] = &["ci.yml", "scorecard.yml", "none.yml"];
const REGEXES: &[&str] = &["/(?i)security/", "/[0-9]+/", "/^#/"];
const DURATIONS: &[&str] = &["14d", "12h", "400d", "30m"];
const GLOBS: &[&str] = &["*", "fast-*", "acme/*", ".github", "no-such"];

/// The settings that no policy has which is made and applied, each with the reason; they are thrown where policies are only
/// looked at. All others are applied.
const NOT_THROWN: &[(Scope, &str, &str)] = &[];

/// Whether policies that are applied may have this setting.
pub(crate) fn is_thrown(meta: &Meta) -> bool {
    let named = std::env::var("ORDAIN_SETTING").is_ok();
    named || !NOT_THROWN.iter().any(|(scope, key, _)| (*scope, *key) == (meta.shape.scope, meta.shape.key))
}

#[test]
fn what_is_not_thrown_is_there_and_says_why() {
    for (scope, key, why) in NOT_THROWN {
        assert!(ordain::settings::find(*scope, key).is_some(), "{}.{key} is no setting", scope.table());
        assert!(why.split_whitespace().count() >= 4, "{}.{key}: {why}", scope.table());
    }
}

/// What is thrown for one setting of one scope, before conditions are put beside it.
#[derive(Debug, Clone)]
pub(crate) struct Thrown {
    pub(crate) meta: &'static Meta,
    /// The item's name where the setting is keyed.
    pub(crate) name: Option<String>,
    /// The value: bare, or a table.
    pub(crate) value: Value,
}

fn text(dice: &mut Dice) -> Value {
    json!(dice.pick(TEXTS))
}

fn of_kind(dice: &mut Dice, kind: &Kind, deep: usize) -> Value {
    match kind {
        Kind::Bool => json!(dice.percent(50)),
        Kind::Integer { min, max } => {
            let span = u64::try_from(max.saturating_sub(*min)).unwrap_or(0).min(9);
            json!(min + i64::try_from(dice.next() % (span + 1)).expect("small"))
        }
        Kind::Text => text(dice),
        Kind::OneOf(words) => json!(dice.pick(words)),
        Kind::Duration => json!(dice.pick(DURATIONS)),
        Kind::RepoPath => json!(dice.pick(PATHS)),
        Kind::Template => json!(dice.pick(TEMPLATES).0),
        Kind::TextOrRegex if dice.percent(50) => json!(dice.pick(REGEXES)),
        Kind::TextOrRegex => text(dice),
        Kind::Glob => json!(dice.pick(GLOBS)),
        Kind::Gate => json!(dice.pick(&["security_policy", "files", ".github:security_policy"])),
        Kind::List(inner) => (0..dice.below(3)).map(|_| of_kind(dice, inner, deep + 1)).collect(),
        Kind::Either(kinds) => {
            let kind = *dice.pick(kinds);
            of_kind(dice, &kind, deep + 1)
        }
        Kind::Table(fields) => table(dice, fields, deep),
        Kind::Map(inner) => {
            let names = dice.some(&["alpha", "beta", "gamma.delta"], 2);
            Value::Object(names.into_iter().map(|name| (name.to_owned(), of_kind(dice, inner, deep + 1))).collect())
        }
        Kind::Any if deep < 2 && dice.percent(40) => json!({"alpha": of_kind(dice, &Kind::Any, deep + 1)}),
        Kind::Any => match dice.below(3) {
            0 => json!(dice.percent(50)),
            1 => json!(dice.below(10)),
            _ => text(dice),
        },
    }
}

fn table(dice: &mut Dice, fields: &[Field], deep: usize) -> Value {
    let most = 1 + dice.below(fields.len().min(5));
    let chosen = dice.some(fields, most);
    Value::Object(chosen.iter().map(|field| (field.key.to_owned(), of_kind(dice, &field.kind, deep + 1))).collect())
}

fn top(dice: &mut Dice, shape: &Shape) -> Value {
    let value = of_kind(dice, &shape.kind, 0);
    if shape.extra.is_empty() || value.is_object() || dice.percent(40) {
        return value;
    }
    let Value::Object(mut long) = table(dice, shape.extra, 0) else { return value };
    long.insert("value".into(), value);
    Value::Object(long)
}

/// A value of the manual's example, with some of its leaves thrown anew or left out.
fn from_example(dice: &mut Dice, meta: &Meta) -> Option<(Option<String>, Value)> {
    let shape = &meta.shape;
    let rule: Value = toml::from_str(meta.example).ok()?;
    let mut value = rule.get(shape.scope.table())?.get(shape.key)?.clone();
    let mut name = None;
    if shape.keyed.is_some() {
        let items: Map<String, Value> = value.get("items").and_then(Value::as_object).cloned().unwrap_or_else(|| {
            let reserved = ["mode", "requires", "reason", "prune", "items"];
            let all = value.as_object().cloned().unwrap_or_default();
            all.into_iter().filter(|(key, _)| !reserved.contains(&key.as_str())).collect()
        });
        let keys: Vec<String> = items.keys().cloned().collect();
        let key = (!keys.is_empty()).then(|| dice.pick(&keys).clone())?;
        value = items.get(&key)?.clone();
        name = Some(key);
    }
    if let Value::Object(table) = &mut value {
        table.retain(|key, _| !["mode", "requires", "reason"].contains(&key.as_str()) && !key.ends_with("_requires"));
    }
    if dice.percent(70) {
        change(dice, &shape.kind, &mut value);
    }
    Some((name, value))
}

fn change(dice: &mut Dice, kind: &Kind, value: &mut Value) {
    match (kind, &mut *value) {
        (Kind::Table(fields), Value::Object(table)) => {
            let keys: Vec<String> = table.keys().cloned().collect();
            for key in keys {
                let Some(field) = fields.iter().find(|field| field.key == key) else { continue };
                if table.len() > 1 && dice.percent(10) {
                    table.remove(&key);
                } else if let Some(inner) = table.get_mut(&key) {
                    change(dice, &field.kind, inner);
                }
            }
            if dice.percent(30)
                && let Value::Object(more) = super::values::table(dice, fields, 1)
            {
                for (key, value) in more {
                    table.entry(key).or_insert(value);
                }
            }
        }
        (Kind::Table(_), _) | (_, Value::Object(_)) => {}
        _ if dice.percent(30) => *value = of_kind(dice, kind, 1),
        _ => {}
    }
}

fn name(dice: &mut Dice, shape: &Shape) -> Option<String> {
    let keyed = shape.keyed?;
    let of: &[&str] = match (keyed.name, shape.key) {
        (Kind::RepoPath, _) => PATHS,
        (_, "workflows") => WORKFLOWS,
        _ => &["alpha", "beta", "Two words", "prune"],
    };
    Some((*dice.pick(of)).to_owned())
}

/// A setting with a value that the policy takes; `None` where none was found in many throws.
pub(crate) fn throw(dice: &mut Dice, meta: &'static Meta) -> Option<Thrown> {
    for _ in 0..30 {
        let mut thrown = if dice.percent(50) {
            from_example(dice, meta).map(|(name, value)| Thrown { meta, name, value })
        } else {
            let value = top(dice, &meta.shape);
            Some(Thrown { meta, name: name(dice, &meta.shape), value })
        };
        if let Some(thrown) = &mut thrown {
            of_the_world(dice, thrown);
        }
        if let Some(thrown) = thrown.filter(|thrown| can_be(thrown) && is_taken(thrown)) {
            return Some(thrown);
        }
    }
    None
}

/// Settings of which GitHub takes texts of one form only: what is filled in has no form that the policy's check could see.
const FORMED: &[&str] = &["autolinks", "custom_properties", "labels", "pages", "topics", "webhooks"];

/// Puts in what depends on the world: what must be there before it can be named.
fn of_the_world(dice: &mut Dice, thrown: &mut Thrown) {
    match thrown.meta.shape.key {
        "pages" => {
            if let Some(branch) = thrown.value.pointer_mut("/source/branch") {
                *branch = json!("{{ repo.default_branch }}");
            }
        }
        "custom_properties" if thrown.meta.shape.scope == Scope::Org => {
            // The types differ in what else they take, and each type goes to another name, since none ever changes.
            let types = ["string", "single_select", "multi_select", "true_false"];
            let at = dice.below(types.len());
            thrown.name = Some(format!("made {at}"));
            if let Some(table) = thrown.value.as_object_mut() {
                table.insert("value_type".into(), json!(types[at]));
                table.remove("allowed_values");
                if types[at].ends_with("_select") {
                    table.insert("allowed_values".into(), json!(dice.some(&["alpha", "beta", "gamma"], 2)));
                }
            }
        }
        _ => {}
    }
}

/// Whether the world can take it at all.
fn can_be(thrown: &Thrown) -> bool {
    let text = thrown.value.to_string();
    let key = thrown.meta.shape.key;
    match key {
        "pages" => !text.replace("{{ repo.default_branch }}", "").contains("{{"),
        // Only an enterprise has it.
        "actions" => !text.contains(r#""access_level":"enterprise""#),
        // GitHub leaves out whom it does not know; and the names of checks are the checks, which another rule may give.
        "branch_protection" => {
            names_who_is_there(&thrown.value) && thrown.value.pointer("/required_status_checks/contexts").is_none()
        }
        // Roles of an Enterprise's own making.
        "teams" if thrown.meta.shape.scope == Scope::Repo => {
            thrown.value.as_str().is_none_or(|role| ["pull", "triage", "push", "maintain", "admin"].contains(&role))
        }
        // Names of rules that GitHub may have one day are let through, and refused by today's.
        "rulesets" => !["alpha", "beta", "gamma.delta"].iter().any(|name| thrown.value["rules"].get(name).is_some()),
        _ => !(FORMED.contains(&key) && text.contains("{{")),
    }
}

/// Whether all people, teams and Apps that a rule of a branch names are there.
fn names_who_is_there(value: &Value) -> bool {
    let known = |names: &Value| {
        let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
        names.into_iter().all(|name| ["octocat", "security-wg", "github-actions"].contains(&name))
    };
    value.as_object().is_none_or(|object| {
        object.iter().all(|(key, inner)| match key.as_str() {
            "users" | "teams" | "apps" => known(inner),
            _ => names_who_is_there(inner),
        })
    })
}

fn is_taken(thrown: &Thrown) -> bool {
    let scope = thrown.meta.shape.scope;
    let org = if scope == Scope::Org { "[match]\norg = \"*\"\n" } else { "" };
    let rule = format!("{org}[{}]\n{}\n", scope.table(), thrown.line(&Map::new()));
    let gates = "[repo]\nsecurity_policy = { contact = \"x\" }\nfiles = { \"zzz\" = { ensure = \"present\" } }\n";
    parse(&with_templates(vec![("rules/a.toml".into(), rule), ("rules/gates.toml".into(), gates.into())])).is_ok()
}

/// A policy's files with `policy.toml` (where there is none) and the templates.
pub(crate) fn with_templates(mut files: Vec<(String, String)>) -> Vec<(String, String)> {
    if !files.iter().any(|(path, _)| path == "policy.toml") {
        let text = "version = 1\norgs = [\"acme\"]\n[vars]\ncontact = \"security@example.org\"\n";
        files.push(("policy.toml".into(), text.into()));
    }
    files.extend(TEMPLATES.iter().map(|(name, text)| (format!("files/{name}"), (*text).to_owned())));
    files
}

impl Thrown {
    /// The setting's address: its key, then its name.
    pub(crate) fn address(&self) -> String {
        self.name
            .as_ref()
            .map_or_else(|| self.meta.shape.key.to_owned(), |name| format!("{}.{name}", self.meta.shape.key))
    }

    /// The line of a rule that says it, with the conditions beside it (`mode`, `requires`, `reason`).
    pub(crate) fn line(&self, terms: &Map<String, Value>) -> String {
        let mut value = self.value.clone();
        if !terms.is_empty() {
            let mut table = match value {
                Value::Object(table) => table,
                bare => Map::from_iter([("value".to_owned(), bare)]),
            };
            table.extend(terms.clone());
            value = Value::Object(table);
        }
        let key = self.meta.shape.key;
        match &self.name {
            Some(name) => format!("{key}.items.{} = {}", quoted(name), toml_of(&value)),
            None => format!("{key} = {}", toml_of(&value)),
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A value as TOML in one line.
pub(crate) fn toml_of(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{} = {}", quoted(key), toml_of(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(toml_of).collect::<Vec<_>>().join(", ")),
        leaf => leaf.to_string(),
    }
}

#[test]
fn a_value_is_found_for_every_setting() {
    let mut none = Vec::new();
    let mut several: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, meta) in SETTINGS.iter().map(|setting| setting.meta()).enumerate() {
        let mut dice = Dice::new(at as u64, 1);
        let values: Vec<String> = (0..12)
            .filter_map(|_| throw(&mut dice, meta).map(|thrown| format!("{:?} {}", thrown.name, thrown.value)))
            .collect();
        if values.len() < 12 {
            none.push(meta.shape.key);
        }
        let mut different = values;
        different.sort();
        different.dedup();
        several.insert(meta.shape.key, different.len());
    }
    assert!(none.is_empty(), "no value could be thrown for {none:?}: say in tests/properties/values.rs what they take");
    assert!(several.values().all(|count| *count >= 2), "only one value was found for some: {several:?}");
}
