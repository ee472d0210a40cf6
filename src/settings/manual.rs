//! The manual: one page for each setting, from the same descriptions that the policy is read by.

use std::fmt::Write;

use super::{Meta, SETTINGS};
use crate::model::{Field, Kind, Scope, Shape, Tightens};

/// The whole manual, in Markdown.
#[must_use]
pub fn manual() -> String {
    let mut text = String::from(
        "# Settings\n\nWhat rules can hold, by table and key. Every bare value may be written long: `{ value = …, mode = \"audit\", \
         requires = [\"…\"], reason = \"…\" }`; a table takes `mode`, `requires` and `reason` among its own keys.\n",
    );
    for (scope, title) in [(Scope::Repo, "Repositories: `[repo]`"), (Scope::Org, "Organisations: `[org]`")] {
        let _ = write!(text, "\n## {title}\n");
        let mut metas: Vec<&Meta> = SETTINGS.iter().map(|setting| setting.meta()).collect();
        metas.retain(|meta| meta.shape.scope == scope);
        metas.sort_by_key(|meta| meta.shape.key);
        for meta in metas {
            page(&mut text, meta);
        }
    }
    text
}

fn page(text: &mut String, meta: &Meta) {
    let shape = &meta.shape;
    let name = if shape.keyed.is_some() { format!("{}.\"NAME\"", shape.key) } else { shape.key.to_owned() };
    let _ = write!(text, "\n### `{name}`\n\n**{}.** {}\n\n", meta.title, meta.docs.trim());
    if let Some(keyed) = shape.keyed {
        let _ = write!(text, "`NAME` is a {}.\n\n", keyed.what);
    }
    fields(text, shape);
    if !shape.parts.is_empty() {
        let parts: Vec<String> = shape.parts.iter().map(|part| format!("`{}.{part}`", shape.key)).collect();
        let _ = write!(text, "\nJudged in parts: {}.\n", parts.join(", "));
    }
    let _ = write!(text, "\n```toml\n{}\n```\n", meta.example.trim());
    let list = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let writes = if meta.writes.is_empty() { "nothing: it is observed only".to_owned() } else { list(meta.writes) };
    let _ = write!(text, "\n* To read: {}. To write: {writes}.\n", list(meta.reads));
    for (field, call) in meta.calls {
        let _ = writeln!(text, "* `{field}` is written by {call}.");
    }
    if !meta.controls.is_empty() {
        let _ = writeln!(text, "* Serves: {}.", meta.controls.join(", "));
    }
}

fn fields(text: &mut String, shape: &Shape) {
    let all: Vec<&Field> = match shape.kind {
        Kind::Table(fields) => fields.iter().chain(shape.extra).collect(),
        kind => {
            let tightens = match shape.tightens {
                Tightens::True => " `true` is the safer side.",
                Tightens::False => " `false` is the safer side.",
                Tightens::Neutral => " Neither direction is safer.",
                Tightens::Judged => " Which change is safer depends on the values.",
            };
            let _ = writeln!(text, "Takes {}.{tightens}", takes(kind));
            shape.extra.iter().collect()
        }
    };
    if all.is_empty() {
        return;
    }
    text.push_str("\n| field | takes | tightens | |\n| --- | --- | --- | --- |\n");
    for field in all {
        let tightens = match field.tightens {
            Tightens::True => "true",
            Tightens::False => "false",
            Tightens::Neutral => "–",
            Tightens::Judged => "by value",
        };
        let doc = field.doc.replace('\n', " ");
        let _ = writeln!(text, "| `{}` | {} | {tightens} | {} |", field.key, takes(field.kind), doc.trim());
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
    fn every_setting_has_its_page() {
        let text = manual();
        for setting in SETTINGS {
            let meta = setting.meta();
            assert!(text.contains(&format!("**{}.**", meta.title)), "{}", meta.title);
            assert!(!meta.docs.trim().is_empty() && !meta.example.trim().is_empty() && !meta.reads.is_empty());
        }
    }
}
