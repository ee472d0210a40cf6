//! Reading `[match]` and `[match.not]`.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use toml::de::{DeTable, DeValue};

use super::{
    document::{Key, Node, Reader, pair_span},
    matching::Selector,
};
use crate::{
    diagnostics::{Code, Place},
    model::{NamePattern, RepoPattern, parse_duration},
};

/// The keys of `[match]` and of `[match.not]`, with what the schema says of them.
pub(super) const MATCH_KEYS: [(&str, &str); 16] = [
    ("org", "Organisations, as globs."),
    ("repo", "Repositories, as globs: `name` or `org/name`. Case does not matter; `*` does not cross `/`."),
    ("visibility", "`public`, `private` or `internal`."),
    ("archived", "Whether the repository is archived. Without this key archived repositories are not matched."),
    ("fork", "Whether the repository is a fork."),
    ("template", "Whether the repository is a template."),
    ("empty", "Whether the repository has no commit."),
    ("topic", "A topic that the repository has."),
    ("language", "The main language, as GitHub names it."),
    ("license", "The licence that GitHub found, as SPDX identifier."),
    ("created_before", "A date: created before its beginning (UTC)."),
    ("created_after", "A date: created at its beginning (UTC) or later."),
    ("pushed_within", "A duration such as `\"180d\"`: pushed to no longer ago."),
    ("not_pushed_within", "A duration such as `\"180d\"`: not pushed to since."),
    ("has_file", "A path on the default branch; in a list, any of them."),
    ("custom_property", "Custom properties: name and value, or the values of which it must have one."),
];

/// A condition with its key and place.
#[derive(Debug, Clone)]
pub(super) struct Cond {
    pub(super) key: String,
    pub(super) test: Test,
    pub(super) place: Place,
}

impl PartialEq for Cond {
    fn eq(&self, other: &Self) -> bool {
        self.test == other.test
    }
}

/// What a condition asks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Org(Vec<NamePattern>),
    Repo(Vec<RepoPattern>),
    Visibility(Vec<String>),
    Archived(Vec<bool>),
    Fork(Vec<bool>),
    Template(Vec<bool>),
    Empty(Vec<bool>),
    Topic(Vec<String>),
    Language(Vec<String>),
    License(Vec<String>),
    CreatedBefore(Timestamp),
    CreatedAfter(Timestamp),
    PushedWithin(SignedDuration),
    NotPushedWithin(SignedDuration),
    HasFile(Vec<String>),
    Property(String, Vec<String>),
}

impl Selector {
    /// Reads `[match]`.
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Self {
        let mut selector = Self::default();
        let Some(table) = reader.table(node) else { return selector };
        selector.all = conditions(reader, table, true);
        if let Some((_, node)) = table.iter().find(|(key, _)| key.get_ref() == "not")
            && let Some(table) = reader.table(node)
        {
            selector.not = conditions(reader, table, false);
        }
        selector
    }
}

fn conditions(reader: &mut Reader<'_>, table: &DeTable<'_>, positive: bool) -> Vec<Cond> {
    let mut list = Vec::new();
    for (key, node) in table {
        match key.get_ref().as_ref() {
            "not" if positive => {}
            "custom_property" => {
                let Some(properties) = reader.table(node) else { continue };
                for (name, node) in properties {
                    let values = texts(reader, node, property_value);
                    let test = Test::Property(name.get_ref().to_ascii_lowercase(), values);
                    let place = reader.place(pair_span(name, node));
                    list.push(Cond { key: format!("custom_property.{}", name.get_ref()), test, place });
                }
            }
            word => {
                if let Some(test) = test(reader, word, key, node, positive) {
                    list.push(Cond { key: word.to_owned(), test, place: reader.place(pair_span(key, node)) });
                }
            }
        }
    }
    list
}

fn test(reader: &mut Reader<'_>, word: &str, key: &Key<'_>, node: &Node<'_>, positive: bool) -> Option<Test> {
    Some(match word {
        "org" => Test::Org(patterns(reader, node, NamePattern::new)?),
        "repo" => Test::Repo(patterns(reader, node, RepoPattern::new)?),
        "visibility" => Test::Visibility(texts(reader, node, |reader, node| {
            reader.word(node, &["public", "private", "internal"]).map(str::to_owned)
        })),
        "archived" => Test::Archived(bools(reader, node)),
        "fork" => Test::Fork(bools(reader, node)),
        "template" => Test::Template(bools(reader, node)),
        "empty" => Test::Empty(bools(reader, node)),
        "topic" => Test::Topic(texts(reader, node, folded)),
        "language" => Test::Language(texts(reader, node, folded)),
        "license" => Test::License(texts(reader, node, folded)),
        "created_before" => Test::CreatedBefore(moment(reader, node)?),
        "created_after" => Test::CreatedAfter(moment(reader, node)?),
        "pushed_within" => Test::PushedWithin(duration(reader, node)?),
        "not_pushed_within" => Test::NotPushedWithin(duration(reader, node)?),
        "has_file" => Test::HasFile(texts(reader, node, |reader, node| {
            let path = reader.full_text(node)?;
            reader.repo_path(&path, node.span()).map(|()| path)
        })),
        _ => {
            let table = if positive { "`[match]`" } else { "`[match.not]`" };
            let allowed: Vec<&str> = MATCH_KEYS.iter().map(|(key, _)| *key).chain(positive.then_some("not")).collect();
            reader.unknown_key(key, table, &allowed);
            return None;
        }
    })
}

/// Reads one value or a list of them; sorted, so that the order of a list does not matter.
fn texts(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    read: fn(&mut Reader<'_>, &Node<'_>) -> Option<String>,
) -> Vec<String> {
    let mut list: Vec<String> = reader.each(node).into_iter().filter_map(|each| read(reader, each)).collect();
    list.sort();
    list.dedup();
    list
}

fn folded(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<String> {
    reader.full_text(node).map(|text| text.to_lowercase())
}

/// GitHub keeps true and false of custom properties as texts.
fn property_value(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<String> {
    match node.get_ref() {
        DeValue::Boolean(value) => Some(value.to_string()),
        _ => reader.text(node).map(str::to_owned),
    }
}

fn bools(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<bool> {
    let mut list = Vec::new();
    for each in reader.each(node) {
        match each.get_ref() {
            DeValue::Boolean(value) => list.push(*value),
            _ => reader.wrong_type(each, "true or false"),
        }
    }
    list.sort_unstable();
    list.dedup();
    list
}

fn patterns<P: ToString>(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    parse: fn(&str) -> Result<P, String>,
) -> Option<Vec<P>> {
    let mut list = Vec::new();
    for each in reader.each(node) {
        let Some(text) = reader.text(each) else { continue };
        match parse(text) {
            Ok(pattern) => list.push(pattern),
            Err(why) => {
                let message = format!("`{text}` is not a glob: {why}");
                reader.wrong_value(each, message, "expected a name or a glob");
            }
        }
    }
    list.sort_by_key(|pattern| pattern.to_string().to_ascii_lowercase());
    (!list.is_empty()).then_some(list)
}

fn duration(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<SignedDuration> {
    let expected = "expected a duration such as `\"180d\"`";
    let text = reader.text(node)?;
    let found = parse_duration(text);
    if found.is_none() {
        reader.wrong_value(node, format!("`{text}` is not a duration"), expected);
    }
    found
}

/// A date (its beginning in UTC) or a moment, as a TOML date or as text.
fn moment(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Timestamp> {
    let text = match node.get_ref() {
        DeValue::Datetime(date) => date.to_string(),
        DeValue::String(text) => text.to_string(),
        _ => {
            reader.wrong_type(node, "a date such as `2024-01-31`");
            return None;
        }
    };
    let found = text.parse::<Timestamp>().ok().or_else(|| {
        let date: Date = (text.len() == 10).then(|| text.parse().ok()).flatten()?;
        date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    });
    if found.is_none() {
        let error = reader.error(Code::WrongValue, node.span(), format!("`{text}` is not a date"));
        error.label = Some("expected a date such as `2024-01-31` or `2024-01-31T12:00:00Z`".into());
    }
    found
}
