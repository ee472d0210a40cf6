//! The manual: one page for each setting, from the same descriptions that the policy is read by.

use std::fmt::Write;

use super::{Meta, SETTINGS};
use crate::model::{Field, Kind, Scope, Shape, Tightens};

/// The settings of a chapter, by key, in the order of the chapters. What stands nowhere belongs to the chapter without keys.
const REPOSITORY: &[(&str, &[&str])] = &[
    (
        "Reporting, policy, supply chain",
        &[
            "code_scanning_default_setup",
            "codeowners",
            "dependabot_alerts",
            "dependabot_security_updates",
            "files",
            "immutable_releases",
            "license",
            "private_vulnerability_reporting",
            "scorecard",
            "secret_scanning",
            "security_policy",
            "workflows",
        ],
    ),
    ("Branches and tags", &["branch_protection", "default_branch", "protected", "rulesets"]),
    ("Actions", &["actions"]),
    ("The repository itself", &[]),
    ("Access", &["admins", "collaborators", "deploy_keys", "teams", "webhooks"]),
    ("Anything else", &["api"]),
];

/// The same for organisations.
const ORGANISATION: &[(&str, &[&str])] = &[
    (
        "Security",
        &["code_security", "immutable_releases", "rulesets", "security_managers", "two_factor_requirement_enabled"],
    ),
    ("Actions", &["actions", "runner_groups", "secrets", "self_hosted_runners", "variables"]),
    ("Access", &["apps", "interaction_limit", "members", "outside_collaborators", "teams", "webhooks"]),
    ("The organisation itself", &[]),
    ("Anything else", &["api"]),
];

/// The whole manual, in Markdown.
#[must_use]
pub fn manual() -> String {
    let mut text = String::from(
        "# Settings\n\nWhat rules can hold, by table and key. Every bare value may be written long: `{ value = …, mode = \"audit\", \
         requires = [\"…\"], reason = \"…\" }`; a table takes `mode`, `requires` and `reason` among its own keys. What no rule names is \
         never changed.\n",
    );
    let parts =
        [(Scope::Repo, "Repositories: `[repo]`", REPOSITORY), (Scope::Org, "Organisations: `[org]`", ORGANISATION)];
    for (scope, title, groups) in parts {
        let _ = write!(text, "\n**{title}**\n\n");
        for (group, metas) in chapters(scope, groups) {
            let links: Vec<String> =
                metas.iter().map(|meta| format!("[`{}`](#{})", meta.shape.key, anchor(&meta.shape))).collect();
            let _ = writeln!(text, "* {group}: {}", links.join(", "));
        }
    }
    for (scope, title, groups) in parts {
        let _ = write!(text, "\n## {title}\n");
        for (group, metas) in chapters(scope, groups) {
            let _ = write!(text, "\n### {group}\n");
            metas.into_iter().for_each(|meta| page(&mut text, meta));
        }
    }
    text
}

/// The chapters that have settings, each with its settings by key.
fn chapters(scope: Scope, groups: &'static [(&str, &[&str])]) -> Vec<(&'static str, Vec<&'static Meta>)> {
    let mut metas: Vec<&Meta> = SETTINGS.iter().map(|setting| setting.meta()).collect();
    metas.retain(|meta| meta.shape.scope == scope);
    metas.sort_by_key(|meta| meta.shape.key);
    let named = |key: &str| groups.iter().any(|(_, keys)| keys.contains(&key));
    let chapter = |(group, keys): &(&'static str, &[&str])| {
        let is = |meta: &&Meta| keys.contains(&meta.shape.key) || (keys.is_empty() && !named(meta.shape.key));
        (*group, metas.iter().copied().filter(is).collect::<Vec<_>>())
    };
    groups.iter().map(chapter).filter(|(_, metas)| !metas.is_empty()).collect()
}

/// Where a setting's page is, for links: keys stand in both tables.
fn anchor(shape: &Shape) -> String {
    format!("{}-{}", shape.scope.table(), shape.key)
}

fn page(text: &mut String, meta: &Meta) {
    let shape = &meta.shape;
    let name = if shape.keyed.is_some() { format!("{}.\"NAME\"", shape.key) } else { shape.key.to_owned() };
    let anchor = anchor(shape);
    let _ = write!(text, "\n#### <a id=\"{anchor}\"></a>`{name}`\n\n**{}.** {}\n\n", meta.title, meta.docs.trim());
    if let Some(keyed) = shape.keyed {
        let prune = if keyed.prune { " The table takes `prune`." } else { "" };
        let _ = write!(text, "`NAME` is a {}.{prune}\n\n", keyed.what);
    }
    fields(text, shape);
    if !shape.parts.is_empty() {
        let dot = if shape.keyed.is_some() { ".NAME" } else { "" };
        let parts: Vec<String> = shape.parts.iter().map(|part| format!("`{}{dot}.{part}`", shape.key)).collect();
        let _ = write!(text, "\nJudged in parts: {}.\n", parts.join(", "));
    }
    let _ = write!(text, "\n```toml\n{}\n```\n", meta.example.trim());
    let list = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let writes = if meta.writes.is_empty() { "nothing: it is observed only".to_owned() } else { list(meta.writes) };
    let _ = write!(text, "\n* To read: {}. To write: {writes}.\n", list(meta.reads));
    for (fields, call) in calls(meta) {
        let _ = writeln!(text, "* {} written by {call}.", are(&fields));
    }
    if !meta.controls.is_empty() {
        let _ = writeln!(text, "* Serves: {}.", meta.controls.join(", "));
    }
}

/// The calls that write, each once with all its fields.
fn calls(meta: &Meta) -> Vec<(Vec<&'static str>, &'static str)> {
    let mut calls: Vec<(Vec<&str>, &str)> = Vec::new();
    for (field, call) in meta.calls {
        match calls.iter_mut().find(|(_, known)| known == call) {
            Some((fields, _)) => fields.push(field),
            None => calls.push((vec![field], call)),
        }
    }
    calls
}

/// `a` is, `a` and `b` are.
fn are(fields: &[&str]) -> String {
    let quoted: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => format!("{last} is"),
        Some((last, others)) => format!("{} and {last} are", others.join(", ")),
        None => String::new(),
    }
}

fn fields(text: &mut String, shape: &Shape) {
    let mut rows = Vec::new();
    match shape.kind {
        Kind::Table(fields) => fields.iter().for_each(|field| row(&mut rows, "", field)),
        kind => {
            let tightens = match shape.tightens {
                Tightens::True => " `true` is the safer side.",
                Tightens::False => " `false` is the safer side.",
                Tightens::Neutral => " Neither direction is safer.",
                Tightens::Judged => " Which change is safer depends on the values.",
            };
            let _ = writeln!(text, "Takes {}.{tightens}", takes(kind));
            inner(kind).iter().for_each(|field| row(&mut rows, "", field));
        }
    }
    shape.extra.iter().for_each(|field| row(&mut rows, "", field));
    if !rows.is_empty() {
        text.push_str("\n| field | takes | tightens | |\n| --- | --- | --- | --- |\n");
        text.push_str(&rows.concat());
    }
}

/// The fields of the table that a value may be instead.
fn inner(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Either(kinds) => {
            kinds.iter().find_map(|kind| if let Kind::Table(fields) = kind { Some(*fields) } else { None })
        }
        _ => None,
    }
    .unwrap_or_default()
}

/// The row of a field, and below it those of its own fields.
fn row(rows: &mut Vec<String>, above: &str, field: &Field) {
    let tightens = match field.tightens {
        Tightens::True => "true",
        Tightens::False => "false",
        Tightens::Neutral => "–",
        Tightens::Judged => "by value",
    };
    let doc = field.doc.replace('\n', " ");
    let path = format!("{above}{}", field.key);
    rows.push(format!("| `{path}` | {} | {tightens} | {} |\n", takes(field.kind), doc.trim()));
    if let Kind::Table(fields) = field.kind {
        fields.iter().for_each(|inner| row(rows, &format!("{path}."), inner));
    }
}

/// What a kind takes, in words.
fn takes(kind: Kind) -> String {
    match kind {
        Kind::Bool => "true or false".to_owned(),
        Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
        Kind::Text => "text".to_owned(),
        Kind::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::Duration => "a duration such as `\"14d\"`".to_owned(),
        Kind::RepoPath => "a path in the repository".to_owned(),
        Kind::Template => "the name of a file under `files/`".to_owned(),
        Kind::TextOrRegex => "a text or `/regex/`".to_owned(),
        Kind::Glob => "a glob of repositories".to_owned(),
        Kind::Gate => "a gate such as `\"security_policy\"`".to_owned(),
        Kind::List(of) => format!("a list of: {}", takes(*of)),
        Kind::Either(kinds) => kinds.iter().map(|kind| takes(*kind)).collect::<Vec<_>>().join("; or "),
        Kind::Table(_) => "a table".to_owned(),
        Kind::Map(of) => format!("a table of names, each {}", takes(*of)),
        Kind::Any => "whatever GitHub takes".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_page_once_and_the_contents_lead_to_it() {
        let text = manual();
        for setting in SETTINGS {
            let meta = setting.meta();
            assert!(text.contains(&format!("**{}.**", meta.title)), "{}", meta.title);
            assert!(!meta.docs.trim().is_empty() && !meta.example.trim().is_empty() && !meta.reads.is_empty());
            let anchor = anchor(&meta.shape);
            assert_eq!(text.matches(&format!("<a id=\"{anchor}\"></a>")).count(), 1, "{anchor}");
            assert_eq!(text.matches(&format!("(#{anchor})")).count(), 1, "{anchor}");
        }
        assert_eq!(text.matches("<a id=").count(), SETTINGS.len());
    }

    #[test]
    fn no_chapter_names_a_setting_twice_and_each_scope_has_one_for_the_rest() {
        for groups in [REPOSITORY, ORGANISATION] {
            let mut keys: Vec<&str> = groups.iter().flat_map(|(_, keys)| keys.iter().copied()).collect();
            let all = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), all);
            assert_eq!(groups.iter().filter(|(_, keys)| keys.is_empty()).count(), 1);
        }
    }

    #[test]
    fn fields_within_fields_and_of_the_longer_form_have_their_rows() {
        let text = manual();
        assert!(text.contains("| `source.branch` | text |"), "{text}");
        assert!(text.contains("| `expiry` | `one_day`, "), "{text}");
        assert!(text.contains("* `color` and `description` are written by"), "{text}");
    }
}
