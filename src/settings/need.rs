//! What GitHub wants of other settings before it takes a change. It is held against what there is once the plan's changes are made:
//! a change that would be refused is not planned, and one that another of the same plan makes possible is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, Pending};
use crate::model::Verdict;

/// What a change needs: that one of these holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Need {
    /// Any of them is enough.
    pub any: Vec<Condition>,
    /// The verdict where none of them will hold and no rule wants one to: blocked, or a violation.
    pub otherwise: Verdict,
}

/// One setting that must have one of some values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Its address without the target: `dependabot_alerts`, `actions.allowed_actions`.
    pub setting: String,
    /// Whether it is the organisation's and not the target's own.
    pub of_org: bool,
    /// What GitHub says of it now; `None` where it holds now and must not be changed.
    pub now: Option<Value>,
    /// Whether it holds now.
    pub holds: bool,
    /// The values with which it holds.
    pub takes: Takes,
}

/// Values with which a condition holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// Whatever switches it on.
    On,
    /// These words; true and false are words too.
    Words(Vec<String>),
    /// These words, or a list of names with this one in it.
    Naming(Vec<String>, String),
    /// Whatever makes it, where it is not there.
    Made,
    /// The definition of a custom property for which this is a value.
    Definition(Value),
}

impl Need {
    /// The setting (or part) of the same target that must be on; blocked until it is.
    #[must_use]
    pub fn on(setting: &str, is_on: bool) -> Self {
        let condition = Condition {
            setting: setting.to_owned(),
            of_org: false,
            now: Some(Value::Bool(is_on)),
            holds: is_on,
            takes: Takes::On,
        };
        Self { any: vec![condition], otherwise: Verdict::Blocked }
    }

    /// The setting of the same target of which this is a part, where it is not there as the part needs it; blocked until it is.
    #[must_use]
    pub fn made(setting: &str) -> Self {
        let condition = Condition {
            setting: setting.to_owned(),
            of_org: false,
            now: Some(Value::Null),
            holds: false,
            takes: Takes::Made,
        };
        Self { any: vec![condition], otherwise: Verdict::Blocked }
    }

    /// One of these settings of the same target, with what GitHub says of each now, and the words with which it holds.
    #[must_use]
    pub fn any(of: impl IntoIterator<Item = (&'static str, Value, Vec<&'static str>)>) -> Self {
        let condition = |(setting, now, words): (&str, Value, Vec<&'static str>)| {
            let takes = Takes::Words(words.into_iter().map(str::to_owned).collect());
            let holds = takes.holds_with(&now) == Some(true);
            Condition { setting: setting.to_owned(), of_org: false, now: Some(now), holds, takes }
        };
        Self { any: of.into_iter().map(condition).collect(), otherwise: Verdict::Violation }
    }

    /// A setting of the same target that has one of these words now, and must keep one.
    #[must_use]
    pub fn still(setting: &str, words: &[&str]) -> Self {
        Self::kept(setting, false, words)
    }

    /// A setting of the organisation that has one of these words now, and must keep one.
    #[must_use]
    pub fn still_of_org(setting: &str, words: &[&str]) -> Self {
        Self::kept(setting, true, words)
    }

    /// A choice of repositories of the organisation that has one of these words now, or names the repository, and must do so
    /// still.
    #[must_use]
    pub fn still_chosen(setting: &str, words: &[&str], repository: &str) -> Self {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Self::kept_so(setting, true, Takes::Naming(words, repository.to_owned()))
    }

    fn kept(setting: &str, of_org: bool, words: &[&str]) -> Self {
        Self::kept_so(setting, of_org, Takes::Words(words.iter().map(|word| (*word).to_owned()).collect()))
    }

    fn kept_so(setting: &str, of_org: bool, takes: Takes) -> Self {
        let condition = Condition { setting: setting.to_owned(), of_org, now: None, holds: true, takes };
        // Once the plan is made it is judged anew.
        Self { any: vec![condition], otherwise: Verdict::Blocked }
    }

    /// For what a private repository has only by a paid product or plan: that a public one stays public.
    ///
    /// # Errors
    /// `Pending` where the repository must be listed again.
    pub fn while_public(cx: &Context<'_>) -> Result<Vec<Self>, Pending> {
        let public = cx.repository()?.is_public();
        Ok(public.then(|| Self::still("visibility", &["public"])).into_iter().collect())
    }
}

impl Takes {
    /// Whether a setting holds with this value; `None` where the value does not tell, so that it is as it was.
    #[must_use]
    pub fn holds_with(&self, value: &Value) -> Option<bool> {
        match self {
            Self::On => Some(*value == true || value == "configured"),
            Self::Words(words) => {
                let word = match value {
                    Value::String(word) => word.as_str(),
                    Value::Bool(true) => "true",
                    Value::Bool(false) => "false",
                    Value::Null => return Some(false),
                    _ => return None,
                };
                Some(words.iter().any(|one| one == word))
            }
            Self::Naming(words, name) => match value {
                Value::Array(names) => {
                    Some(names.iter().filter_map(Value::as_str).any(|one| one.eq_ignore_ascii_case(name)))
                }
                word => word.as_str().map(|word| words.iter().any(|one| one == word)),
            },
            Self::Made => Some(!value.is_null()),
            Self::Definition(wanted) => defines(value, wanted),
        }
    }
}

/// Whether a definition of a custom property, or what changes in one, takes a value; `None` where it does not say.
pub(super) fn defines(definition: &Value, wanted: &Value) -> Option<bool> {
    let each: Vec<&Value> = match wanted {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    };
    let kind = definition.get("value_type").and_then(Value::as_str);
    let allowed = definition.get("allowed_values").and_then(Value::as_array);
    match (kind, allowed) {
        (Some(kind), _) if wanted.is_array() && kind != "multi_select" => Some(false),
        (_, Some(allowed)) => Some(each.iter().all(|one| allowed.contains(one))),
        (Some("true_false"), None) => Some(each.iter().all(|one| *one == "true" || *one == "false")),
        (Some(_), None) => Some(true),
        (None, None) => definition.is_null().then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_definition_says_which_values_it_takes() {
        let select = json!({"value_type": "single_select", "allowed_values": ["a", "b"]});
        assert_eq!(defines(&select, &json!("a")), Some(true));
        assert_eq!(defines(&select, &json!("c")), Some(false));
        assert_eq!(defines(&select, &json!(["a"])), Some(false));
        let several = json!({"value_type": "multi_select", "allowed_values": ["a", "b"]});
        assert_eq!(defines(&several, &json!(["b", "a"])), Some(true));
        assert_eq!(defines(&json!({"value_type": "true_false"}), &json!("yes")), Some(false));
        assert_eq!(defines(&json!({"value_type": "string"}), &json!("anything")), Some(true));
        // What changes only the description says nothing of the values; what is taken away takes none.
        assert_eq!(defines(&json!({"description": "x"}), &json!("a")), None);
        assert_eq!(defines(&Value::Null, &json!("a")), Some(false));
    }

    #[test]
    fn a_choice_of_repositories_is_a_word_or_names() {
        let takes = Takes::Naming(vec!["all".to_owned()], "Web".to_owned());
        let holds =
            [json!("all"), json!("none"), json!(["web"]), json!([]), json!({})].map(|value| takes.holds_with(&value));
        assert_eq!(holds, [Some(true), Some(false), Some(true), Some(false), None]);
    }

    #[test]
    fn words_are_texts_and_true_and_false() {
        let takes = Takes::Words(vec!["selected".to_owned(), "true".to_owned()]);
        assert_eq!(takes.holds_with(&json!("selected")), Some(true));
        assert_eq!(takes.holds_with(&json!(true)), Some(true));
        assert_eq!(takes.holds_with(&json!("all")), Some(false));
        assert_eq!(takes.holds_with(&Value::Null), Some(false));
        assert_eq!(takes.holds_with(&json!(["a-*"])), None);
    }
}
