//! `policy.toml`: organisations, limits, variables.

use std::{collections::BTreeMap, fmt};

use jiff::SignedDuration;
use toml::de::{DeTable, DeValue};

use super::document::{Node, Reader};
use crate::{
    diagnostics::Code,
    model::{Org, parse_duration},
};

/// What `policy.toml` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The organisations, in the order of the file.
    pub orgs: Vec<Org>,
    /// The values for templates: `{{ vars.NAME }}`.
    pub vars: BTreeMap<String, String>,
    /// What a plan must stay within.
    pub limits: Limits,
    /// How old a saved plan may be.
    pub max_age: SignedDuration,
    /// What becomes of active repositories that no rule matches.
    pub coverage: Coverage,
}

/// What a plan must stay within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Changes and effects.
    pub changes: Option<u64>,
    /// Repositories with a change or an effect.
    pub repositories: Option<Share>,
    /// Deletions.
    pub deletions: u64,
    /// Changes that weaken security.
    pub loosening: u64,
    /// Pull requests that one apply opens; the rest are deferred.
    pub pull_requests: u64,
}

/// A number of repositories, or a share of those that are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Count(u64),
    /// So many of a hundred.
    Percent(u8),
}

/// What becomes of active repositories that no rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// They are a warning.
    Warn,
    /// They are a violation.
    Violation,
    /// They are left alone.
    Ignore,
}

impl Default for Limits {
    fn default() -> Self {
        Self { changes: None, repositories: None, deletions: 0, loosening: 0, pull_requests: 20 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            orgs: Vec::new(),
            vars: BTreeMap::new(),
            limits: Limits::default(),
            max_age: SignedDuration::from_hours(24),
            coverage: Coverage::Warn,
        }
    }
}

const KEYS: [&str; 6] = ["version", "orgs", "vars", "limits", "plans", "coverage"];
const LIMITS: [&str; 5] = ["changes", "repositories", "deletions", "loosening", "pull_requests"];

/// Reads `policy.toml`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Config {
    let mut config = Config::default();
    let mut seen_version = false;
    let mut seen_orgs = false;
    for (key, node) in table {
        match key.get_ref().as_ref() {
            "version" => {
                seen_version = true;
                version(reader, node);
            }
            "orgs" => {
                seen_orgs = true;
                config.orgs = orgs(reader, node);
            }
            "vars" => config.vars = vars(reader, node),
            "limits" => config.limits = limits(reader, node),
            "plans" => {
                one(reader, node, "`[plans]`", "max_age", |reader, node| {
                    config.max_age = max_age(reader, node).unwrap_or(config.max_age);
                });
            }
            "coverage" => {
                one(reader, node, "`[coverage]`", "unmatched", |reader, node| {
                    config.coverage = coverage(reader, node).unwrap_or(config.coverage);
                });
            }
            _ => reader.unknown_key(key, "`policy.toml`", &KEYS),
        }
    }
    if !seen_version {
        reader.error(Code::MissingKey, 0..0, "`version` is missing").help = Some("write `version = 1`".into());
    }
    if !seen_orgs {
        let error = reader.error(Code::NoOrgs, 0..0, "the policy names no organisation");
        error.help = Some("write `orgs = [\"…\"]`".into());
    }
    config
}

fn version(reader: &mut Reader<'_>, node: &Node<'_>) {
    if let Some(version) = reader.integer(node, i64::MIN, i64::MAX)
        && version != 1
    {
        reader.wrong_value(node, format!("version {version} is not known to this program"), "expected `1`");
    }
}

fn orgs(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Org> {
    let DeValue::Array(list) = node.get_ref() else {
        reader.wrong_type(node, "a list of organisations");
        return Vec::new();
    };
    if list.is_empty() {
        reader.error(Code::NoOrgs, node.span(), "the policy names no organisation").label =
            Some("expected at least one".into());
    }
    let mut orgs: Vec<(Org, &Node<'_>)> = Vec::new();
    for each in list.iter() {
        let Some(text) = reader.text(each) else { continue };
        let org = match Org::new(text) {
            Ok(org) => org,
            Err(error) => {
                reader.wrong_value(each, error.to_string(), "expected the login of an organisation");
                continue;
            }
        };
        if let Some((_, first)) = orgs.iter().find(|(known, _)| *known == org) {
            let first = reader.place(first.span());
            let error = reader.error(Code::Duplicate, each.span(), format!("the organisation `{org}` is named twice"));
            error.related.push((first, "first here".into()));
        } else {
            orgs.push((org, each));
        }
    }
    orgs.into_iter().map(|(org, _)| org).collect()
}

fn vars(reader: &mut Reader<'_>, node: &Node<'_>) -> BTreeMap<String, String> {
    let mut vars = BTreeMap::new();
    let Some(table) = reader.table(node) else { return vars };
    for (key, node) in table {
        let name = key.get_ref();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
            let error = reader.error(Code::WrongValue, key.span(), format!("`{name}` cannot be named in a template"));
            error.label = Some("expected letters, digits, `_` and `-`".into());
        } else if let Some(text) = reader.text(node) {
            vars.insert(name.to_string(), text.to_owned());
        }
    }
    vars
}

fn limits(reader: &mut Reader<'_>, node: &Node<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(table) = reader.table(node) else { return limits };
    for (key, node) in table {
        let word = key.get_ref().as_ref();
        if word == "repositories" {
            limits.repositories = share(reader, node);
            continue;
        }
        if !LIMITS.contains(&word) {
            reader.unknown_key(key, "`[limits]`", &LIMITS);
            continue;
        }
        let Some(number) = reader.integer(node, 0, i64::MAX).map(i64::unsigned_abs) else { continue };
        match word {
            "changes" => limits.changes = Some(number),
            "deletions" => limits.deletions = number,
            "loosening" => limits.loosening = number,
            _ => limits.pull_requests = number,
        }
    }
    limits
}

/// A number, or a share such as `"50%"`.
fn share(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Share> {
    let DeValue::String(text) = node.get_ref() else {
        return match node.get_ref() {
            DeValue::Integer(_) => reader.integer(node, 0, i64::MAX).map(|n| Share::Count(n.unsigned_abs())),
            _ => {
                reader.wrong_type(node, "a whole number, or a share such as `\"50%\"`");
                None
            }
        };
    };
    let share = Share::parse(text).filter(|share| matches!(share, Share::Percent(_)));
    if share.is_none() {
        reader.wrong_value(node, format!("`{text}` is not a share"), "expected a share from `\"0%\"` to `\"100%\"`");
    }
    share
}

impl Share {
    /// Reads `12` or `50%`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
        match text.strip_suffix('%') {
            None => digits(text).map(Self::Count),
            Some(percent) => {
                digits(percent).filter(|n| *n <= 100).and_then(|n| u8::try_from(n).ok()).map(Self::Percent)
            }
        }
    }

    /// How many repositories it allows of so many.
    #[must_use]
    pub fn of(self, matched: u64) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => matched.saturating_mul(u64::from(percent)) / 100,
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// Reads a table that takes one key.
fn one(
    reader: &mut Reader<'_>,
    node: &Node<'_>,
    table: &str,
    word: &str,
    mut read: impl FnMut(&mut Reader<'_>, &Node<'_>),
) {
    let Some(entries) = reader.table(node) else { return };
    for (key, node) in entries {
        if key.get_ref() == word {
            read(reader, node);
        } else {
            reader.unknown_key(key, table, &[word]);
        }
    }
}

fn max_age(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<SignedDuration> {
    let text = reader.text(node)?;
    let found = parse_duration(text);
    if found.is_none() {
        reader.wrong_value(node, format!("`{text}` is not a duration"), "expected a duration such as `\"24h\"`");
    }
    found
}

fn coverage(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Coverage> {
    reader.word(node, &["warn", "violation", "ignore"]).map(|word| match word {
        "violation" => Coverage::Violation,
        "ignore" => Coverage::Ignore,
        _ => Coverage::Warn,
    })
}
