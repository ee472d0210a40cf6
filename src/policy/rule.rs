//! One file under `rules/`: which targets it is for, and what must hold for them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use toml::{Spanned, de::DeValue};

use super::{
    document::{Key, Node, Reader},
    matching::Selector,
    section::read_section,
    value::{Fill, Found},
};
use crate::{
    diagnostics::{Code, Place},
    model::{Gate, Mode, Scope, Shape, Source},
};

/// The keys of a rule file.
const KEYS: [&str; 6] = ["description", "mode", "overrides", "match", "repo", "org"];

/// A rule, well-formed by itself.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Its name: `rules/baseline`.
    pub(super) name: String,
    pub(super) file: String,
    pub(super) description: Option<String>,
    pub(super) mode: Mode,
    /// The rules that it names as overridden.
    pub(super) overrides: Vec<(String, Place)>,
    pub(super) selector: Selector,
    /// `[repo]`, where it has one.
    pub(super) repo: Option<Section>,
    /// `[org]`, where it has one.
    pub(super) org: Option<Section>,
    /// The line of `[match]`, or the first.
    pub(super) source: Source,
}

/// `[repo]` or `[org]` of a rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Section {
    pub(super) entries: Vec<Entry>,
    /// The keyed settings for which it says `prune`.
    pub(super) prune: BTreeMap<&'static str, RawLeaf>,
}

/// One setting (one name of a keyed setting) of a rule.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) shape: &'static Shape,
    pub(super) name: Option<String>,
    pub(super) leaves: BTreeMap<String, RawLeaf>,
    /// Gates among the values, each with its field.
    pub(super) gates: Vec<(Gate, Place)>,
}

/// A leaf field as the rule gives it, templates not filled in.
#[derive(Debug, Clone)]
pub(super) struct RawLeaf {
    pub(super) value: Value,
    pub(super) fill: Fill,
    /// The file under `files/` that the value names.
    pub(super) template: Option<String>,
    pub(super) place: Place,
    pub(super) source: Source,
    pub(super) mode: Mode,
    pub(super) requires: Vec<(Gate, Place)>,
    pub(super) reason: Option<String>,
}

/// What a rule uses of the rest of the policy, to be checked once all of it is known.
#[derive(Debug)]
pub(super) struct Uses {
    /// Names of template files.
    pub(super) templates: Vec<(String, Place)>,
    /// Texts with placeholders, and whether they are an organisation's.
    pub(super) texts: Vec<(String, Place, bool)>,
}

impl Uses {
    pub(super) const fn new() -> Self {
        Self { templates: Vec::new(), texts: Vec::new() }
    }

    /// Takes over what was seen in one value, and gives back its gates.
    pub(super) fn take(&mut self, found: Found, scope: Scope) -> Vec<(Gate, Place)> {
        let Found { fill: _, gates, templates, texts } = found;
        self.templates.extend(templates);
        self.texts.extend(texts.into_iter().map(|(text, place)| (text, place, scope == Scope::Org)));
        gates
    }
}

impl Entry {
    /// The setting's address without the target: the key, then the name.
    pub(super) fn setting(&self) -> String {
        address(self.shape.key, self.name.as_deref(), "")
    }
}

/// The address of a field without the target: key, name and path, as far as there are any.
pub(super) fn address(key: &str, name: Option<&str>, path: &str) -> String {
    [Some(key), name, Some(path)].into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

impl Rule {
    /// The section of a scope.
    pub(super) fn section(&self, scope: Scope) -> Option<&Section> {
        match scope {
            Scope::Repo => self.repo.as_ref(),
            Scope::Org => self.org.as_ref(),
        }
    }

    /// Whether it matches archived repositories too.
    pub(super) fn reaches_archived(&self) -> bool {
        let sets = |section: &Section| section.entries.iter().any(|entry| entry.shape.key == "archived");
        self.selector.names_archived() || self.repo.as_ref().is_some_and(sets)
    }
}

/// Reads a rule file. Gives a rule in any case, so that others may name it.
pub(super) fn read_rule(
    reader: &mut Reader<'_>,
    table: &toml::de::DeTable<'_>,
    catalogue: &[&'static Shape],
    uses: &mut Uses,
) -> Rule {
    let name = reader.file.strip_suffix(".toml").unwrap_or(reader.file).to_owned();
    let get = |key: &str| table.iter().find(|(found, _)| found.get_ref() == key);
    for (key, _) in table {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            unknown_rule_key(reader, key, catalogue);
        }
    }
    let line = get("match").map_or(1, |(key, _)| reader.line(&key.span()));
    let mode = get("mode").and_then(|(_, node)| reader.mode(node)).unwrap_or(Mode::Enforce);
    let mut section = |scope: Scope, reader: &mut Reader<'_>| {
        let (_, node) = get(scope.table())?;
        reader.table(node).map(|table| read_section(reader, scope, mode, table, catalogue, uses))
    };
    let (repo, org) = (section(Scope::Repo, reader), section(Scope::Org, reader));
    let rule = Rule {
        description: get("description").and_then(|(_, node)| reader.full_text(node)),
        mode,
        overrides: get("overrides").map(|(_, node)| overrides(reader, node)).unwrap_or_default(),
        selector: get("match").map(|(_, node)| Selector::read(reader, node)).unwrap_or_default(),
        source: Source { file: reader.file.to_owned(), line },
        file: reader.file.to_owned(),
        name,
        repo,
        org,
    };
    check_scopes(reader, &rule, get("org"), get("repo").is_some());
    rule
}

fn unknown_rule_key(reader: &mut Reader<'_>, key: &Key<'_>, catalogue: &[&'static Shape]) {
    let setting = catalogue.iter().find(|shape| shape.key == key.get_ref());
    reader.unknown_key(key, "a rule", &KEYS);
    if let (Some(shape), Some(last)) = (setting, reader.list.last_mut()) {
        last.help = Some(format!("`{}` is a setting: write it under `[{}]`", shape.key, shape.scope.table()));
    }
}

fn overrides(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<(String, Place)> {
    let DeValue::Array(list) = node.get_ref() else {
        reader.wrong_type(node, "a list of rules");
        return Vec::new();
    };
    list.iter().filter_map(|each| Some((reader.text(each)?.to_owned(), reader.place(each.span())))).collect()
}

/// Organisations have no visibility, topics or names of repositories: a rule for them matches on `org` alone.
fn check_scopes(reader: &mut Reader<'_>, rule: &Rule, org: Option<(&Key<'_>, &Node<'_>)>, has_repo: bool) {
    let Some((org, _)) = org else {
        if !has_repo {
            let error =
                reader.error(Code::MissingKey, 0..0, "the rule says nothing: it has neither `[repo]` nor `[org]`");
            error.help = Some("write what must hold under `[repo]` or `[org]`".into());
        }
        return;
    };
    let places: Vec<_> = rule.selector.beyond_org().map(|cond| (cond.key.clone(), cond.place.clone())).collect();
    for (key, place) in places {
        let message = format!("a rule with `[org]` matches on `org` alone, not on `{key}`");
        let error = reader.error(Code::WrongScope, place.span, message);
        error.label = Some("expected `org` only".into());
        error.related.push((Place::new(rule.file.as_str(), org.span()), "the organisation's settings".into()));
        if has_repo {
            error.help = Some("put `[repo]` and its `[match]` in a rule of their own".into());
        }
    }
}

impl Reader<'_> {
    /// `enforce` or `audit`.
    pub(super) fn mode(&mut self, node: &Node<'_>) -> Option<Mode> {
        self.word(node, &["enforce", "audit"]).map(|word| if word == "audit" { Mode::Audit } else { Mode::Enforce })
    }

    /// The gates of `requires`.
    pub(super) fn requires(&mut self, node: &Node<'_>) -> Vec<(Gate, Place)> {
        let DeValue::Array(list) = node.get_ref() else {
            self.wrong_type(node, "a list of gates");
            return Vec::new();
        };
        let mut seen = BTreeSet::new();
        let mut gates = Vec::new();
        for each in list.iter() {
            let Some(text) = self.text(each).map(str::to_owned) else { continue };
            if let Some(gate) = self.gate(&text, Spanned::span(each))
                && seen.insert(gate.clone())
            {
                gates.push((gate, self.place(each.span())));
            }
        }
        gates
    }
}
