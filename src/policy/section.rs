//! `[repo]` and `[org]`: the settings of a rule, walked by their shapes down to the leaf fields.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use super::{
    document::{Key, Node, Reader, pair_span},
    rule::{Entry, RawLeaf, Section, Uses, address},
    value::{Fill, Found, did_you_mean},
};
use crate::{
    diagnostics::{Code, Diagnostic, Place},
    model::{Desired, Field, Gate, Keyed, Kind, Leaf, Mode, Scope, Shape, Source},
};

/// The keys that every table of a setting takes beside its own.
const TERMS: [&str; 3] = ["mode", "requires", "reason"];

/// The conditions under which a value holds; inner ones win over outer ones, gates add up.
#[derive(Debug, Clone)]
struct Terms {
    mode: Mode,
    requires: Vec<(Gate, Place)>,
    reason: Option<String>,
}

/// Reads one section of a rule.
pub(super) fn read_section(
    reader: &mut Reader<'_>,
    scope: Scope,
    mode: Mode,
    table: &DeTable<'_>,
    catalogue: &[&'static Shape],
    uses: &mut Uses,
) -> Section {
    let mut section = Section::default();
    let terms = Terms { mode, requires: Vec::new(), reason: None };
    for (key, node) in table {
        let shape = catalogue.iter().find(|shape| shape.scope == scope && shape.key == key.get_ref());
        let Some(shape) = shape else {
            unknown_setting(reader, key, scope, catalogue);
            continue;
        };
        let mut walk =
            Walk { reader: &mut *reader, shape, uses: &mut *uses, leaves: BTreeMap::new(), gates: Vec::new() };
        match shape.keyed {
            Some(keyed) => walk.keyed(keyed, key, node, &terms, &mut section),
            None => section.entries.extend(walk.entry(None, key, node, &terms)),
        }
    }
    section.entries.sort_by(|a, b| (a.shape.key, &a.name).cmp(&(b.shape.key, &b.name)));
    section
}

fn unknown_setting(reader: &mut Reader<'_>, key: &Key<'_>, scope: Scope, catalogue: &[&'static Shape]) {
    let word = key.get_ref();
    let elsewhere = catalogue.iter().find(|shape| shape.key == word);
    let help = match elsewhere {
        Some(shape) => Some(format!("it is a setting of `[{}]`", shape.scope.table())),
        None => did_you_mean(word, catalogue.iter().filter(|shape| shape.scope == scope).map(|shape| shape.key)),
    };
    let table = scope.table();
    let error = reader.error(Code::UnknownSetting, key.span(), format!("`[{table}]` has no setting `{word}`"));
    error.label = Some("unknown setting".into());
    error.help = help.or_else(|| Some("`ordain schema --manual` lists all settings".into()));
}

/// The table among the kinds that a value may be of.
#[derive(Clone, Copy)]
enum TableKind {
    Fields(&'static [Field]),
    Names(&'static Kind),
    Any,
}

fn table_kind(kind: &Kind) -> Option<TableKind> {
    match kind {
        Kind::Table(fields) => Some(TableKind::Fields(fields)),
        Kind::Map(inner) => Some(TableKind::Names(inner)),
        Kind::Any => Some(TableKind::Any),
        Kind::Either(kinds) => kinds.iter().find_map(table_kind),
        _ => None,
    }
}

/// Whether a table is the long form of a bare value rather than a value itself.
fn is_long(kind: &Kind, table: &DeTable<'_>, top: bool) -> bool {
    let has = |word: &str| table.iter().any(|(key, _)| key.get_ref() == word);
    match table_kind(kind) {
        None => true,
        Some(TableKind::Fields(fields)) => {
            matches!(kind, Kind::Either(_)) && has("value") && !fields.iter().any(|field| field.key == "value")
        }
        // A name may be `value`, so only what cannot be meant otherwise is taken for a long form.
        Some(TableKind::Names(_) | TableKind::Any) => {
            let only =
                table.iter().all(|(key, _)| *key.get_ref() == "value" || TERMS.contains(&key.get_ref().as_ref()));
            has("value") && only && table.len() > 1 && !(top && matches!(kind, Kind::Map(_)))
        }
    }
}

/// The walk over one setting.
struct Walk<'w, 'r> {
    reader: &'w mut Reader<'r>,
    shape: &'static Shape,
    uses: &'w mut Uses,
    leaves: BTreeMap<String, RawLeaf>,
    gates: Vec<(Gate, Place)>,
}

impl Walk<'_, '_> {
    /// A table of named items.
    fn keyed(&mut self, keyed: Keyed, key: &Key<'_>, node: &Node<'_>, outer: &Terms, section: &mut Section) {
        let Some(table) = self.reader.table(node) else { return };
        let reserved: &[&str] = if keyed.prune { &["mode", "requires", "reason", "prune"] } else { &TERMS };
        let terms = self.terms(table, outer);
        for (name, item) in table {
            match name.get_ref().as_ref() {
                "prune" if keyed.prune => {
                    if let DeValue::Boolean(value) = item.get_ref() {
                        let leaf = self.leaf(Value::Bool(*value), name, item, &terms);
                        section.prune.insert(self.shape.key, leaf);
                    } else {
                        self.reader.wrong_type(item, "true or false");
                    }
                }
                "items" => {
                    let Some(items) = self.reader.table(item) else { continue };
                    items.iter().for_each(|(name, item)| self.item(keyed, name, item, &terms, section));
                }
                word if reserved.contains(&word) => {}
                _ => self.item(keyed, name, item, &terms, section),
            }
        }
        let _ = key;
    }

    fn item(&mut self, keyed: Keyed, name: &Key<'_>, node: &Node<'_>, terms: &Terms, section: &mut Section) {
        let text = name.get_ref().to_string();
        let what = keyed.what;
        if matches!(keyed.name, Kind::RepoPath) {
            if self.reader.repo_path(&text, name.span()).is_none() {
                return;
            }
        } else if text.trim().is_empty() || text.chars().any(char::is_control) {
            let message = format!("the {what} is empty or has a control character");
            self.reader.error(Code::WrongValue, name.span(), message).label = Some(format!("expected a {what}"));
            return;
        }
        let twin = section.entries.iter().any(|e| e.shape.key == self.shape.key && e.name.as_ref() == Some(&text));
        if twin {
            let message = format!("the {what} `{text}` is written twice, once under `items`");
            self.reader.error(Code::Duplicate, name.span(), message);
            return;
        }
        section.entries.extend(self.entry(Some(text), name, node, terms));
    }

    /// One setting, or one item of a keyed one.
    fn entry(&mut self, name: Option<String>, key: &Key<'_>, node: &Node<'_>, outer: &Terms) -> Option<Entry> {
        let before = self.reader.list.len();
        self.leaves = BTreeMap::new();
        self.gates = Vec::new();
        let kind = &self.shape.kind;
        match node.get_ref() {
            DeValue::Table(table) if is_long(kind, table, true) => self.long(kind, "", key, table, outer),
            DeValue::Table(table) => {
                let terms = self.terms(table, outer);
                self.fields(kind, "", table, &terms, true);
                if self.leaves.is_empty() && self.reader.list.len() == before {
                    let leaf = self.leaf(Value::Object(Map::new()), key, node, &terms);
                    self.leaves.insert(String::new(), leaf);
                }
            }
            _ => self.bare(kind, "", key, node, outer),
        }
        let leaves = std::mem::take(&mut self.leaves);
        let entry = Entry { shape: self.shape, name, leaves, gates: std::mem::take(&mut self.gates) };
        if self.reader.list.len() == before {
            self.check(&entry, key);
        }
        Some(entry)
    }

    /// What `mode`, `requires` and `reason` of a table say.
    fn terms(&mut self, table: &DeTable<'_>, outer: &Terms) -> Terms {
        let mut terms = outer.clone();
        let mut requires = Vec::new();
        for (key, node) in table {
            match key.get_ref().as_ref() {
                "mode" => terms.mode = self.reader.mode(node).unwrap_or(terms.mode),
                "reason" => terms.reason = self.reader.full_text(node).or(terms.reason),
                "requires" => requires = self.reader.requires(node),
                _ => {}
            }
        }
        terms.requires.extend(requires);
        terms
    }

    /// `{ value = …, mode = …, requires = …, reason = … }`, at the top with the setting's further fields.
    fn long(&mut self, kind: &'static Kind, path: &str, key: &Key<'_>, table: &DeTable<'_>, outer: &Terms) {
        let terms = self.terms(table, outer);
        let extra: &'static [Field] = if path.is_empty() { self.shape.extra } else { &[] };
        let mut has_value = false;
        for (inner, node) in table {
            let word = inner.get_ref().as_ref();
            if word == "value" {
                has_value = true;
                self.bare(kind, path, inner, node, &terms);
            } else if let Some(field) = extra.iter().find(|field| field.key == word) {
                self.down(&field.kind, field.key, inner, node, &terms);
            } else if !TERMS.contains(&word) {
                let allowed: Vec<&str> =
                    ["value"].into_iter().chain(TERMS).chain(extra.iter().map(|field| field.key)).collect();
                self.reader.unknown_key(inner, &format!("the long form of `{}`", key.get_ref()), &allowed);
            }
        }
        if !has_value {
            let message = format!("the long form of `{}` has no `value`", key.get_ref());
            self.reader.error(Code::MissingKey, key.span(), message).label =
                Some(format!("expected `{{ value = {}, … }}`", super::value::expects(kind)));
        }
    }

    /// The fields of a table, each by its kind.
    fn fields(&mut self, kind: &'static Kind, path: &str, table: &DeTable<'_>, terms: &Terms, top: bool) {
        let Some(which) = table_kind(kind) else { return };
        for (key, node) in table {
            let word = key.get_ref().as_ref();
            if word.is_empty() {
                self.reader.error(Code::WrongValue, key.span(), "a name is empty").label =
                    Some("expected a name".into());
                continue;
            }
            let below = if path.is_empty() { word.to_owned() } else { format!("{path}.{word}") };
            match which {
                TableKind::Fields(fields) => match fields.iter().find(|field| field.key == word) {
                    Some(field) => self.down(&field.kind, &below, key, node, terms),
                    None if top && TERMS.contains(&word) => {}
                    None => self.unknown_field(key, fields, top),
                },
                TableKind::Names(_) | TableKind::Any if top && TERMS.contains(&word) => {}
                TableKind::Names(inner) if top && word == "items" => {
                    let Some(items) = self.reader.table(node) else { continue };
                    for (name, item) in items.iter().filter(|(name, _)| !name.get_ref().is_empty()) {
                        self.down(inner, name.get_ref(), name, item, terms);
                    }
                }
                TableKind::Names(inner) => self.down(inner, &below, key, node, terms),
                TableKind::Any => self.down(&Kind::Any, &below, key, node, terms),
            }
        }
    }

    fn unknown_field(&mut self, key: &Key<'_>, fields: &[Field], top: bool) {
        let more: &[&str] = if top { &TERMS } else { &[] };
        let allowed: Vec<&str> = fields.iter().map(|field| field.key).chain(more.iter().copied()).collect();
        self.reader.unknown_key(key, &format!("`{}`", self.shape.key), &allowed);
    }

    /// One field below the top.
    fn down(&mut self, kind: &'static Kind, path: &str, key: &Key<'_>, node: &Node<'_>, terms: &Terms) {
        match node.get_ref() {
            DeValue::Table(table) if is_long(kind, table, false) => self.long(kind, path, key, table, terms),
            DeValue::Table(table) if !table.is_empty() => self.fields(kind, path, table, terms, false),
            _ => self.bare(kind, path, key, node, terms),
        }
    }

    /// A value that is one leaf.
    fn bare(&mut self, kind: &Kind, path: &str, key: &Key<'_>, node: &Node<'_>, terms: &Terms) {
        let mut found = Found::new();
        let value = self.reader.value(kind, node, &mut found);
        let fill = found.fill;
        let template = found.templates.first().map(|(name, _)| name.clone());
        self.gates.extend(self.uses.take(found, self.shape.scope));
        let Some(value) = value else { return };
        let leaf = RawLeaf { fill, template, ..self.leaf(value, key, node, terms) };
        if self.leaves.insert(path.to_owned(), leaf).is_some() {
            let message = format!("`{}` is written twice", address(self.shape.key, None, path));
            self.reader.error(Code::Duplicate, key.span(), message);
        }
    }

    fn leaf(&self, value: Value, key: &Key<'_>, node: &Node<'_>, terms: &Terms) -> RawLeaf {
        let Terms { mode, requires, reason } = terms.clone();
        let source = Source { file: self.reader.file.to_owned(), line: self.reader.line(&key.span()) };
        let place = self.reader.place(pair_span(key, node));
        RawLeaf { value, fill: Fill::No, template: None, place, source, mode, requires, reason }
    }

    /// Asks the setting itself about the leaves of this rule.
    fn check(&mut self, entry: &Entry, key: &Key<'_>) {
        let leaf = |raw: &RawLeaf| Leaf {
            value: raw.value.clone(),
            sources: Vec::new(),
            rules: Vec::new(),
            mode: raw.mode,
            requires: Default::default(),
            reason: None,
            rendered: None,
            beaten: Vec::new(),
        };
        let fields = entry.leaves.iter().map(|(path, raw)| (path.clone(), leaf(raw))).collect();
        let desired = Desired { key: entry.shape.key, name: entry.name.clone(), fields };
        for problem in (entry.shape.check)(&desired.to_json()) {
            let at = nearest_leaf(&entry.leaves, &problem.path);
            // What a placeholder will become is not known here; the setting looks at the filled-in value again.
            if at.is_some_and(|leaf| leaf.fill != Fill::No) {
                continue;
            }
            let place = at.map_or_else(|| self.reader.place(key.span()), |leaf| leaf.place.clone());
            let message = format!("{}: {}", entry.setting(), problem.message);
            self.reader.push(Diagnostic::error(Code::Setting, message).at(place).maybe_help(problem.help));
        }
    }
}

/// The leaf at a path, or above it, or the first below it.
pub(super) fn nearest_leaf<'l>(leaves: &'l BTreeMap<String, RawLeaf>, path: &str) -> Option<&'l RawLeaf> {
    let mut above = path;
    while !above.is_empty() {
        if let Some(leaf) = leaves.get(above) {
            return Some(leaf);
        }
        above = above.rsplit_once('.').map_or("", |(head, _)| head);
    }
    leaves
        .get("")
        .or_else(|| leaves.iter().find(|(below, _)| super::waivers::is_start(path, below)).map(|(_, leaf)| leaf))
}
