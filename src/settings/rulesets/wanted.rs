//! What the policy wants of one ruleset, with its names resolved to GitHub's numbers.

use serde_json::{Map, Value, json};

use super::{
    actors::{self, Bypasses, Words},
    catalogue,
    form::normal,
};
use crate::{
    model::{Desired, Reading},
    settings::{Context, Pending},
};

/// One ruleset as the policy wants it. What is not declared is not touched.
#[derive(Debug, Clone)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) target: Option<String>,
    pub(super) enforcement: Option<String>,
    /// In normal form.
    pub(super) conditions: Map<String, Value>,
    /// By type; parameters in normal form, or false: there must be no such rule.
    pub(super) rules: Map<String, Value>,
    /// All who may go around it, where that is declared.
    pub(super) bypasses: Option<Bypasses>,
    pub(super) words: Words,
    /// Whether GraphQL tells everything that is declared.
    pub(super) in_graphql: bool,
}

impl<'a> Wanted<'a> {
    /// Reads the policy's value and resolves its names. Everything is asked for before anything is looked at.
    pub(super) fn resolve(desired: &'a Desired, cx: &Context<'_>) -> Result<Reading<Self>, Pending> {
        let declared = normal(&desired.to_json());
        let member = |key: &str| declared.get(key).and_then(Value::as_object).cloned();
        let bypasses = bypasses(member("bypass_actors"), cx);
        let rules = rules(member("rules").unwrap_or_default(), cx);
        let (bypasses, rules) = (bypasses?, rules?);
        let text = |key: &str| declared.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(rules.and_then(|rules| {
            bypasses.map(|bypasses| {
                let (bypasses, words) = bypasses.unzip();
                Self {
                    name: desired.name.as_deref().unwrap_or_default(),
                    target: text("target"),
                    enforcement: text("enforcement"),
                    conditions: member("conditions").unwrap_or_default(),
                    in_graphql: in_graphql(&rules, &declared),
                    rules,
                    bypasses,
                    words: words.unwrap_or_default(),
                }
            })
        }))
    }

    /// What the policy says, for reports.
    pub(super) fn told(&self) -> Value {
        let mut told = Map::new();
        told.extend(self.target.as_ref().map(|target| ("target".to_owned(), json!(target))));
        told.extend(self.enforcement.as_ref().map(|word| ("enforcement".to_owned(), json!(word))));
        if !self.conditions.is_empty() {
            told.insert("conditions".to_owned(), json!(self.conditions));
        }
        if let Some(bypasses) = &self.bypasses {
            told.insert("bypass_actors".to_owned(), in_words(bypasses, &self.words));
        }
        if !self.rules.is_empty() {
            told.insert("rules".to_owned(), json!(self.rules));
        }
        Value::Object(told)
    }
}

/// Actors with their modes, in the policy's words.
pub(super) fn in_words(bypasses: &Bypasses, words: &Words) -> Value {
    bypasses.iter().map(|(actor, mode)| (actor.word(words), json!(mode))).collect::<Map<_, _>>().into()
}

fn in_graphql(rules: &Map<String, Value>, declared: &Value) -> bool {
    let rule = |(kind, value): (&String, &Value)| {
        let mut keys = value.as_object().into_iter().flat_map(Map::keys);
        catalogue::graphql_knows(kind, None) && keys.all(|key| catalogue::graphql_knows(kind, Some(key)))
    };
    let actor = |(word, mode): (&String, &Value)| actors::graphql_knows(word, mode.as_str().unwrap_or_default());
    let actors = declared.get("bypass_actors").and_then(Value::as_object);
    rules.iter().all(rule) && actors.is_none_or(|all| all.iter().all(actor))
}

type Resolved = Option<(Bypasses, Words)>;

fn bypasses(declared: Option<Map<String, Value>>, cx: &Context<'_>) -> Result<Reading<Resolved>, Pending> {
    let Some(declared) = declared else { return Ok(Reading::known(None)) };
    let asked: Vec<_> =
        declared.iter().map(|(word, mode)| (word.clone(), mode.clone(), actors::resolve(word, cx))).collect();
    let (mut all, mut words) = (Bypasses::new(), Words::new());
    for (word, mode, actor) in asked {
        match actor? {
            Reading::Known { known } => {
                words.insert(known.clone(), word);
                all.insert(known, mode.as_str().unwrap_or("always").to_owned());
            }
            other => return Ok(other.map(|_| None)),
        }
    }
    Ok(Reading::known(Some((all, words))))
}

/// The rules with `integration_id = "app:SLUG"` as numbers.
fn rules(declared: Map<String, Value>, cx: &Context<'_>) -> Result<Reading<Map<String, Value>>, Pending> {
    let mut asked = Vec::new();
    for (kind, value) in declared {
        let value = if value == true { json!({}) } else { value };
        asked.push((kind, with_numbers(value, cx)));
    }
    let mut rules = Map::new();
    for (kind, value) in asked {
        match value? {
            Reading::Known { known } => rules.insert(kind, normal(&known)),
            other => return Ok(other.map(|_| Map::new())),
        };
    }
    Ok(Reading::known(rules))
}

fn with_numbers(mut rule: Value, cx: &Context<'_>) -> Result<Reading<Value>, Pending> {
    let Some(Value::Array(checks)) = rule.get_mut("required_status_checks") else { return Ok(Reading::known(rule)) };
    let asked: Vec<_> = checks
        .iter()
        .map(|check| {
            let slug = check.get("integration_id").and_then(Value::as_str);
            slug.map(|slug| actors::number_of_app(slug.strip_prefix("app:").unwrap_or(slug), cx))
        })
        .collect();
    for (check, number) in checks.iter_mut().zip(asked) {
        match number {
            None => {}
            Some(number) => match number? {
                Reading::Known { known } => check["integration_id"] = json!(known),
                other => return Ok(other.map(Value::from)),
            },
        }
    }
    Ok(Reading::known(rule))
}
