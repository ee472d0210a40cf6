//! Taking a change back: what a rule would have to say so that a setting goes back to what a journal says it was.
//!
//! An undo writes nothing of its own. It asks the setting for the fields of such a rule, lets the setting judge them against
//! what GitHub says now, and makes the change that comes out only if it is just the reverse of the journal's.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::{Desired, Field, Kind, Leaf, Mode, Shape, Source};

/// A change that took effect, as a journal tells it.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// The name in a keyed table.
    pub name: Option<&'a str>,
    /// The part.
    pub part: Option<&'static str>,
    /// What GitHub said before it.
    pub before: &'a Value,
    /// What it left.
    pub after: &'a Value,
    /// Whether it lost something that people made.
    pub deletes: bool,
}

/// How a change is taken back.
#[derive(Debug, Clone, PartialEq)]
pub enum TakeBack {
    /// By a rule with these fields (dotted path → value; the path of a bare value is empty).
    Rule {
        /// The fields.
        fields: BTreeMap<String, Value>,
        /// What the setting must say that GitHub says now.
        now: Value,
        /// What it must say that will be.
        then: Value,
    },
    /// By removing the item: a rule whose table prunes and does not list it.
    Remove,
    /// It cannot be taken back, and why: a phrase.
    Never(String),
}

impl TakeBack {
    /// It cannot be taken back, and why.
    pub fn never(why: impl Into<String>) -> Self {
        Self::Never(why.into())
    }
}

/// What follows from the shape alone: right for bare values, for parts that are a field, and for tables whose `before` and
/// `after` are told by their fields.
#[must_use]
pub fn by_shape(shape: &Shape, past: &Past<'_>) -> TakeBack {
    if past.before.is_null() && past.part.is_none() {
        return match shape.keyed {
            Some(keyed) if keyed.prune => TakeBack::Remove,
            _ => TakeBack::never("it was not there before, and ordain has no call that takes it away"),
        };
    }
    if past.deletes {
        return TakeBack::never("it was deleted, and what it held does not come back by making it anew");
    }
    let (before, after) = alike(past.before, past.after);
    match fields(shape, past.part, &before) {
        Ok(fields) => TakeBack::Rule { fields, now: after, then: before },
        Err(why) => TakeBack::Never(why),
    }
}

/// The two sides in the same fields: what the policy did not say was not changed, and null on both sides is no value.
fn alike(before: &Value, after: &Value) -> (Value, Value) {
    let (Value::Object(b), Value::Object(a)) = (before, after) else { return (before.clone(), after.clone()) };
    let both = |of: &Map<String, Value>| {
        let kept = of.iter().filter(|(key, _)| match (b.get(*key), a.get(*key)) {
            (Some(b), Some(a)) => !(b.is_null() && a.is_null()),
            _ => false,
        });
        Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    // A side that has more says what the other leaves out: only a field that both have can be put back.
    if a.keys().all(|key| b.contains_key(key)) { (both(b), both(a)) } else { (before.clone(), after.clone()) }
}

fn fields(shape: &Shape, part: Option<&str>, value: &Value) -> Result<BTreeMap<String, Value>, String> {
    let mut found = BTreeMap::new();
    match (part, &shape.kind) {
        (None, Kind::Table(_) | Kind::Map(_) | Kind::Any) if value.is_object() => {
            flatten(&shape.kind, "", value, &mut found)?;
        }
        (None, Kind::Table(_) | Kind::Map(_)) => return Err(unsaid(value)),
        (None, _) => drop(found.insert(String::new(), value.clone())),
        (Some(part), kind) => {
            let own: &[Field] = if let Kind::Table(fields) = kind { fields } else { &[] };
            let field = own.iter().chain(shape.extra).find(|field| field.key == part);
            flatten(&field.ok_or_else(|| unsaid(value))?.kind, part, value, &mut found)?;
        }
    }
    Ok(found)
}

fn unsaid(value: &Value) -> String {
    format!("a rule cannot say `{value}` of it")
}

/// Adds the leaves of a value at a path: objects by their fields, everything else whole.
fn flatten(kind: &Kind, path: &str, value: &Value, found: &mut BTreeMap<String, Value>) -> Result<(), String> {
    if value.is_null() && !matches!(kind, Kind::Any) {
        return Err(format!("`{path}` was not set before, which a rule cannot say"));
    }
    let (Value::Object(object), Kind::Table(_) | Kind::Map(_) | Kind::Any) = (value, kind) else {
        found.insert(path.to_owned(), value.clone());
        return Ok(());
    };
    if object.is_empty() {
        found.insert(path.to_owned(), value.clone());
    }
    for (key, inner) in object {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let kind = match kind {
            Kind::Table(fields) => {
                let field = fields.iter().find(|field| field.key == key);
                &field.ok_or_else(|| format!("`{below}` is not something that a rule says"))?.kind
            }
            Kind::Map(inner) => inner,
            _ => &Kind::Any,
        };
        flatten(kind, &below, inner, found)?;
    }
    Ok(())
}

/// The desired value of such a rule. Its place is the journal's line.
#[must_use]
pub fn desired(key: &'static str, name: Option<String>, fields: BTreeMap<String, Value>, place: &Source) -> Desired {
    let fields = fields.into_iter().map(|(path, value)| (path, leaf(value, place))).collect();
    Desired { key, name, fields }
}

/// A leaf that stands in the journal instead of in a rule.
#[must_use]
pub fn leaf(value: Value, place: &Source) -> Leaf {
    Leaf {
        value,
        sources: vec![place.clone()],
        rules: Vec::new(),
        mode: Mode::Enforce,
        requires: std::collections::BTreeSet::new(),
        reason: None,
        rendered: None,
        beaten: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Keyed, Scope, Tightens};

    const fn field(key: &'static str, kind: Kind) -> Field {
        Field { key, kind, doc: "", tightens: Tightens::Neutral }
    }

    const fn shape(kind: Kind) -> Shape {
        Shape {
            key: "x",
            scope: Scope::Repo,
            keyed: None,
            kind,
            tightens: Tightens::True,
            extra: const { &[field("paused", Kind::Bool)] },
            parts: &["paused"],
            check: Shape::no_check,
        }
    }

    const TABLE: Kind = Kind::Table(&[
        field("color", Kind::Text),
        field("inner", Kind::Table(&[field("deep", Kind::Bool)])),
        field("free", Kind::Any),
    ]);

    fn back(shape: &Shape, part: Option<&'static str>, before: Value, after: Value) -> TakeBack {
        by_shape(shape, &Past { name: None, part, before: &before, after: &after, deletes: false })
    }

    fn rule(fields: &[(&str, Value)], now: Value, then: Value) -> TakeBack {
        let fields = fields.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
        TakeBack::Rule { fields, now, then }
    }

    #[test]
    fn a_bare_value_and_a_part_are_their_own_rule() {
        let bare = shape(Kind::Bool);
        assert_eq!(
            back(&bare, None, json!(false), json!(true)),
            rule(&[("", json!(false))], json!(true), json!(false))
        );
        assert_eq!(
            back(&bare, Some("paused"), json!(true), json!(false)),
            rule(&[("paused", json!(true))], json!(false), json!(true))
        );
        assert!(matches!(back(&bare, Some("other"), json!(1), json!(2)), TakeBack::Never(_)));
        assert_eq!(
            back(&shape(TABLE), Some("color"), json!("a"), json!("b")),
            rule(&[("color", json!("a"))], json!("b"), json!("a"))
        );
    }

    #[test]
    fn a_table_goes_back_by_the_fields_that_were_changed() {
        let before = json!({"color": "a", "inner": {"deep": true}, "id": 7, "free": null});
        let after = json!({"color": "b", "inner": {"deep": false}, "free": null});
        let told = rule(
            &[("color", json!("a")), ("inner.deep", json!(true))],
            json!({"color": "b", "inner": {"deep": false}}),
            json!({"color": "a", "inner": {"deep": true}}),
        );
        assert_eq!(back(&shape(TABLE), None, before, after), told);
    }

    #[test]
    fn what_a_rule_cannot_say_is_said() {
        for (before, after) in [
            (json!({"color": null}), json!({"color": "b"})),
            (json!({"unheard": 1}), json!({"unheard": 2})),
            (json!("word"), json!("other")),
            (json!(null), json!({"color": "b"})),
        ] {
            assert!(matches!(back(&shape(TABLE), None, before.clone(), after), TakeBack::Never(_)), "{before}");
        }
    }

    #[test]
    fn what_was_made_is_removed_where_the_table_prunes() {
        let keyed = Shape { keyed: Some(Keyed { what: "name", name: Kind::Text, prune: true }), ..shape(TABLE) };
        assert_eq!(back(&keyed, None, json!(null), json!({"color": "b"})), TakeBack::Remove);
        let before = json!({"color": "b"});
        let past = Past { name: Some("n"), part: None, before: &before, after: &json!(null), deletes: true };
        assert!(matches!(by_shape(&keyed, &past), TakeBack::Never(_)));
    }
}
