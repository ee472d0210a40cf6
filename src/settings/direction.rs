//! Which change of a value makes the target safer.

use serde_json::Value;

use crate::model::Effect;

/// Where the safer side of a value is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Safer {
    /// `true` is safer.
    True,
    /// `false` is safer.
    False,
    /// Neither direction is safer.
    Neutral,
    /// Words from the laxest to the strictest.
    Last(&'static [&'static str]),
    /// A list that allows: with fewer entries it is safer. Null allows everything.
    Fewer,
    /// A list that protects: with more entries it is safer. Null protects nothing.
    More,
}

impl Safer {
    /// What the change does. Null before it, where the value was not in force, counts as the laxest; what is not known to be
    /// safer loosens.
    pub(super) fn effect(self, before: &Value, after: &Value) -> Effect {
        if before == after {
            return Effect::Neutral;
        }
        match self {
            Self::Neutral => Effect::Neutral,
            Self::True => bools(before, after, true),
            Self::False => bools(before, after, false),
            Self::Last(words) => {
                let place = |value: &Value| words.iter().position(|word| value.as_str() == Some(word));
                match (place(before), place(after)) {
                    (None, Some(0)) if before.is_null() => Effect::Neutral,
                    (None, Some(_)) if before.is_null() => Effect::Tightening,
                    // Whatever GitHub's new word means, the strictest is stricter.
                    (None, Some(after)) => Effect::tightening_if(after + 1 == words.len()),
                    (Some(before), Some(after)) => Effect::tightening_if(after > before),
                    (_, None) => Effect::Loosening,
                }
            }
            Self::Fewer => match before {
                Value::Null => Effect::Tightening,
                _ => Effect::tightening_if(holds_all(before, after)),
            },
            Self::More => Effect::tightening_if(holds_all(after, before)),
        }
    }
}

fn bools(before: &Value, after: &Value, safer: bool) -> Effect {
    let is_safer = after.as_bool() == Some(safer);
    if before.is_null() && !is_safer { Effect::Neutral } else { Effect::tightening_if(is_safer) }
}

/// Whether a list has everything that another has.
fn holds_all(list: &Value, other: &Value) -> bool {
    let (list, other) = (list.as_array(), other.as_array());
    other.into_iter().flatten().all(|item| list.is_some_and(|list| list.contains(item)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_has_its_direction() {
        use Effect::{Loosening, Neutral, Tightening};
        let words = Safer::Last(&["all", "selected", "none"]);
        for (safer, before, after, effect) in [
            (Safer::True, json!(false), json!(true), Tightening),
            (Safer::True, json!(true), json!(false), Loosening),
            (Safer::False, json!(false), json!(true), Loosening),
            (Safer::False, json!(null), json!(true), Neutral),
            (Safer::False, json!(null), json!(false), Tightening),
            (Safer::Neutral, json!(1), json!(2), Neutral),
            (words, json!("all"), json!("selected"), Tightening),
            (words, json!("none"), json!("selected"), Loosening),
            (words, json!("new word"), json!("selected"), Loosening),
            (words, json!("new word"), json!("none"), Tightening),
            (words, json!(null), json!("all"), Neutral),
            (words, json!(null), json!("none"), Tightening),
            (Safer::Fewer, json!(["a", "b"]), json!(["a"]), Tightening),
            (Safer::Fewer, json!(["a", "b"]), json!(["a", "c"]), Loosening),
            (Safer::Fewer, json!(null), json!(["a"]), Tightening),
            (Safer::More, json!(["a"]), json!(["a", "b"]), Tightening),
            (Safer::More, json!(["a", "b"]), json!(["b", "c"]), Loosening),
            (Safer::More, json!(null), json!(["b"]), Tightening),
        ] {
            assert_eq!(safer.effect(&before, &after), effect, "{safer:?}: {before} to {after}");
            assert_eq!(safer.effect(&after, &after), Neutral);
        }
    }
}
