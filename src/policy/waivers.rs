//! `waivers.toml`: written, dated exceptions.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use toml::de::{DeTable, DeValue};

use super::{
    Warning,
    document::{Node, Reader},
    gates::setting_fault,
};
use crate::{
    diagnostics::Code,
    model::{NamePattern, Org, RepoName, RepoPattern, Scope, Shape, Source},
};

const KEYS: [&str; 8] = ["repo", "org", "setting", "reason", "link", "owner", "expires", "permanent"];

/// How many days before its end a waiver is a warning.
const SOON: i32 = 30;

/// A written, dated exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// What it is for.
    pub target: WaiverTarget,
    /// The setting, whole or a start that ends before a dot.
    pub setting: String,
    /// Why.
    pub reason: String,
    /// Where it was decided.
    pub link: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it holds, in UTC; none if it is permanent.
    pub expires: Option<Date>,
    /// Where it stands.
    pub source: Source,
}

/// What a waiver is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaiverTarget {
    /// Settings of the repositories that match.
    Repo(RepoPattern),
    /// Settings of the organisations that match.
    Org(NamePattern),
}

impl Waiver {
    /// Whether it still holds.
    #[must_use]
    pub fn in_force(&self, as_of: Timestamp) -> bool {
        self.days_left(as_of).is_none_or(|days| days >= 0)
    }

    /// Whether it is for the setting of the target.
    #[must_use]
    pub fn covers(&self, org: &Org, repo: Option<&RepoName>, setting: &str) -> bool {
        let target = match (&self.target, repo) {
            (WaiverTarget::Repo(pattern), Some(repo)) => pattern.matches(org, repo),
            (WaiverTarget::Org(pattern), None) => pattern.matches(org.as_str()),
            (WaiverTarget::Repo(_), None) | (WaiverTarget::Org(_), Some(_)) => false,
        };
        target && is_start(&self.setting, setting)
    }

    /// The days after the day of `as_of` on which it still holds; none if it is permanent.
    fn days_left(&self, as_of: Timestamp) -> Option<i32> {
        let today = as_of.to_zoned(TimeZone::UTC).date();
        self.expires.map(|last| {
            let days = last.since((jiff::Unit::Day, today)).map(|span| span.get_days());
            // Dates that are too far apart to count are far away.
            days.unwrap_or(if last < today { i32::MIN } else { i32::MAX })
        })
    }
}

/// Whether the start is the whole setting, or ends before one of its dots.
pub(super) fn is_start(start: &str, setting: &str) -> bool {
    setting.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What is to be said of the waivers, given those that covered something.
pub(super) fn warnings(waivers: &[Waiver], used: &BTreeSet<usize>, as_of: Timestamp) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (index, waiver) in waivers.iter().enumerate() {
        let what = match &waiver.target {
            WaiverTarget::Repo(pattern) => format!("the waiver of `{}` for `{pattern}`", waiver.setting),
            WaiverTarget::Org(pattern) => format!("the waiver of `{}` for organisation `{pattern}`", waiver.setting),
        };
        let mut warn = |message| warnings.push(Warning { message, source: Some(waiver.source.clone()) });
        let last = waiver.expires.map(|date| date.to_string()).unwrap_or_default();
        match waiver.days_left(as_of) {
            Some(days) if days < 0 => {
                warn(format!("{what} expired on {last} and no longer holds"));
                continue;
            }
            Some(days) if days <= SOON => warn(format!("{what} expires on {last}")),
            Some(_) | None => {}
        }
        if !used.contains(&index) {
            warn(format!("{what} covers nothing"));
        }
    }
    warnings
}

/// Reads `waivers.toml`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>, catalogue: &[&'static Shape]) -> Vec<Waiver> {
    let mut waivers = Vec::new();
    for (key, node) in table {
        if key.get_ref() != "waiver" {
            reader.unknown_key(key, "`waivers.toml`", &["waiver"]);
            continue;
        }
        let DeValue::Array(list) = node.get_ref() else {
            reader.wrong_type(node, "a list of waivers, each beginning with `[[waiver]]`");
            continue;
        };
        for each in list.iter() {
            waivers.extend(waiver(reader, each, catalogue));
        }
    }
    waivers
}

fn waiver(reader: &mut Reader<'_>, node: &Node<'_>, catalogue: &[&'static Shape]) -> Option<Waiver> {
    let table = reader.table(node)?;
    for (key, _) in table {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            reader.unknown_key(key, "a waiver", &KEYS);
        }
    }
    let get = |word: &str| table.iter().find(|(key, _)| key.get_ref() == word).map(|(_, node)| node);
    let target = target(reader, node, get("repo"), get("org"));
    let setting = required(reader, node, "setting", get("setting"));
    if let (Some(setting), Some(at)) = (&setting, get("setting")) {
        let scope = if get("repo").is_none() && get("org").is_some() { Scope::Org } else { Scope::Repo };
        if let Some((message, help)) = setting_fault(setting, scope, catalogue) {
            let error = reader.error(Code::UnknownSetting, at.span(), message);
            error.label = Some("unknown setting".into());
            error.help = help;
        }
    }
    let reason = required(reader, node, "reason", get("reason"));
    let expires = expires(reader, node, get("expires"), get("permanent"));
    let line = reader.line(&node.span());
    Some(Waiver {
        link: get("link").and_then(|node| reader.full_text(node)),
        owner: get("owner").and_then(|node| reader.full_text(node)),
        target: target?,
        setting: setting?,
        reason: reason?,
        expires: expires?,
        source: Source { file: reader.file.to_owned(), line },
    })
}

fn required(reader: &mut Reader<'_>, waiver: &Node<'_>, key: &str, node: Option<&Node<'_>>) -> Option<String> {
    if node.is_none() {
        reader.error(Code::MissingKey, waiver.span(), format!("the waiver has no `{key}`")).label =
            Some(format!("expected `{key} = \"…\"`"));
    }
    reader.full_text(node?)
}

fn target(
    reader: &mut Reader<'_>,
    waiver: &Node<'_>,
    repo: Option<&Node<'_>>,
    org: Option<&Node<'_>>,
) -> Option<WaiverTarget> {
    let (node, parsed) = match (repo, org) {
        (Some(node), None) => (node, RepoPattern::new(reader.text(node)?).map(WaiverTarget::Repo)),
        (None, Some(node)) => (node, NamePattern::new(reader.text(node)?).map(WaiverTarget::Org)),
        (Some(_), Some(org)) => {
            let error = reader.error(Code::WrongScope, org.span(), "a waiver is for `repo` or for `org`, not for both");
            error.help = Some("a repository of one organisation is written `org/name`".into());
            return None;
        }
        (None, None) => {
            reader.error(Code::MissingKey, waiver.span(), "the waiver does not say what it is for").label =
                Some("expected `repo = \"…\"` or `org = \"…\"`".into());
            return None;
        }
    };
    parsed.map_err(|why| reader.wrong_value(node, format!("not a glob: {why}"), "expected a name or a glob")).ok()
}

/// The last day, or `Some(None)` where the waiver is permanent.
#[allow(clippy::option_option, reason = "the outer one says whether the waiver is well-formed")]
fn expires(
    reader: &mut Reader<'_>,
    waiver: &Node<'_>,
    expires: Option<&Node<'_>>,
    permanent: Option<&Node<'_>>,
) -> Option<Option<Date>> {
    let permanent = match permanent.map(|node| (node, node.get_ref())) {
        None => false,
        Some((_, DeValue::Boolean(value))) => *value,
        Some((node, _)) => {
            reader.wrong_type(node, "true or false");
            return None;
        }
    };
    match (expires, permanent) {
        (Some(node), false) => date(reader, node).map(Some),
        (None, true) => Some(None),
        (Some(node), true) => {
            reader.error(Code::WrongValue, node.span(), "a permanent waiver does not expire").help =
                Some("leave `expires` or `permanent` out".into());
            None
        }
        (None, false) => {
            let error = reader.error(Code::MissingKey, waiver.span(), "the waiver has no `expires`");
            error.label = Some("expected `expires = 2027-06-30`, or `permanent = true`".into());
            None
        }
    }
}

fn date(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Date> {
    let found = match node.get_ref() {
        DeValue::Datetime(date) if date.time.is_none() => date.to_string().parse::<Date>().ok(),
        _ => None,
    };
    if found.is_none() {
        reader.error(Code::WrongType, node.span(), "expected a date").label =
            Some("expected a day without quotes, such as `2027-06-30`".into());
    }
    found
}
