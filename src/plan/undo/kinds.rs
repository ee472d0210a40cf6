//! Whether a value from a journal is one that a rule could say: a journal is a file, and may say anything.

use serde_json::Value;

use crate::{
    model::{Field, Gate, Keyed, Kind, RepoPattern, Shape, parse_duration},
    policy::path_fault,
};

/// What is wrong with these fields for the setting, if anything is.
pub(super) fn fault<'f>(
    shape: &Shape,
    mut fields: impl Iterator<Item = (&'f String, &'f Value)>,
    whole: &Value,
) -> Option<String> {
    let misfit = fields.find(|(path, value)| !kind_at(shape, path).is_some_and(|kind| fits(kind, value)));
    if let Some((path, value)) = misfit {
        let field = if path.is_empty() { String::new() } else { format!(" of `{path}`") };
        return Some(format!("a rule cannot say `{}`{field}", super::short(value)));
    }
    (shape.check)(whole).into_iter().next().map(|problem| format!("a rule cannot say it: {}", problem.message))
}

/// What is wrong with a name in a keyed table, if anything is.
pub(super) fn name_fault(keyed: Option<&Keyed>, name: Option<&str>) -> Option<String> {
    match (keyed, name) {
        (None, None) => None,
        (None, Some(_)) => Some("the setting has no names".to_owned()),
        (Some(keyed), None) => Some(format!("the {} is missing", keyed.what)),
        (Some(keyed), Some(name)) if matches!(keyed.name, Kind::RepoPath) => {
            path_fault(name).map(|why| format!("`{name}` is no {}: {why}", keyed.what))
        }
        (Some(keyed), Some(name)) => (name.trim().is_empty() || name.chars().any(char::is_control))
            .then(|| format!("the {} is empty or has a control character", keyed.what)),
    }
}

fn kind_at<'s>(shape: &'s Shape, path: &str) -> Option<&'s Kind> {
    if path.is_empty() {
        return Some(&shape.kind);
    }
    if let Some(field) = shape.extra.iter().find(|field| field.key == path) {
        return Some(&field.kind);
    }
    below(&shape.kind, path)
}

/// The kind of what stands at a path below; names in maps may themselves hold dots, and take all that follows.
fn below<'s>(kind: &'s Kind, path: &str) -> Option<&'s Kind> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    match kind {
        Kind::Table(fields) => {
            let field: &Field = fields.iter().find(|field| field.key == head)?;
            rest.map_or(Some(&field.kind), |rest| below(&field.kind, rest))
        }
        Kind::Map(inner) => match rest {
            Some(rest) if matches!(inner, Kind::Table(_)) => {
                below(inner, rest).or_else(|| rest.rsplit_once('.').and_then(|(_, last)| below(inner, last)))
            }
            _ => Some(inner),
        },
        Kind::Any => Some(&Kind::Any),
        _ => None,
    }
}

fn fits(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Bool => value.is_boolean(),
        Kind::Integer { min, max } => value.as_i64().is_some_and(|number| (*min..=*max).contains(&number)),
        Kind::List(inner) => value.as_array().is_some_and(|list| list.iter().all(|each| fits(inner, each))),
        Kind::Either(kinds) => kinds.iter().any(|kind| fits(kind, value)),
        Kind::Table(fields) => value.as_object().is_some_and(|object| {
            object.iter().all(|(key, value)| {
                fields.iter().find(|field| field.key == key).is_some_and(|field| fits(&field.kind, value))
            })
        }),
        Kind::Map(inner) => value.as_object().is_some_and(|object| object.values().all(|value| fits(inner, value))),
        Kind::Text
        | Kind::OneOf(_)
        | Kind::Duration
        | Kind::RepoPath
        | Kind::Template
        | Kind::TextOrRegex
        | Kind::Glob
        | Kind::Gate => value.as_str().is_some_and(|text| text_fits(kind, text)),
    }
}

fn text_fits(kind: &Kind, text: &str) -> bool {
    match kind {
        Kind::OneOf(words) => words.contains(&text),
        Kind::Duration => parse_duration(text).is_some(),
        Kind::RepoPath => path_fault(text).is_none(),
        Kind::Glob => RepoPattern::new(text).is_ok(),
        Kind::Gate => Gate::parse(text).is_some(),
        // The bytes of a template are not in a journal.
        Kind::Template => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Tightens;

    const fn field(key: &'static str, kind: Kind) -> Field {
        Field { key, kind, doc: "", tightens: Tightens::Neutral }
    }

    #[test]
    fn only_what_a_rule_could_say_fits() {
        for (kind, good, bad) in [
            (Kind::Bool, json!(true), json!("true")),
            (Kind::Integer { min: 0, max: 6 }, json!(6), json!(7)),
            (Kind::OneOf(&["all", "none"]), json!("none"), json!("some")),
            (Kind::List(&Kind::Text), json!(["a"]), json!([1])),
            (Kind::RepoPath, json!("a/b"), json!("../b")),
            (Kind::Table(const { &[field("a", Kind::Bool)] }), json!({"a": true}), json!({"b": true})),
            (Kind::Template, json!(1), json!("x")),
        ] {
            assert_eq!(fits(&kind, &good), !matches!(kind, Kind::Template), "{kind:?}");
            assert!(!fits(&kind, &bad), "{kind:?}");
        }
    }

    #[test]
    fn paths_lead_to_kinds() {
        let kind = Kind::Table(const { &[field("map", Kind::Map(&Kind::Bool)), field("free", Kind::Any)] });
        assert!(matches!(below(&kind, "map.x.y"), Some(Kind::Bool)));
        assert!(matches!(below(&kind, "free.a.b"), Some(Kind::Any)));
        assert!(below(&kind, "other").is_none());
    }
}
