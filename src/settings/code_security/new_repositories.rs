//! Which new repositories get the configuration by themselves: `PUT /orgs/{org}/code-security/configurations/{id}/defaults`.

use serde_json::{Map, Value, json};

use super::{Wanted, attached::READ, fields};
use crate::{
    model::Effect,
    settings::{Context, Difference, Outcome, Pending, RestRead, RestWrite, Write},
};

/// Says what holds of `default_for_new_repos`.
pub(super) fn judge(wanted: &Wanted<'_>, word: &str, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let answer = match Outcome::known(cx.org_rest(RestRead::document("code-security/configurations/defaults", READ))?) {
        Err(outcome) => return Ok(outcome),
        Ok(answer) => answer,
    };
    let Some(defaults) = answer.and_then(Value::as_array) else {
        return Ok(Outcome::unknown("GitHub shows no defaults for new repositories", Some(READ)));
    };
    let observed = observed(wanted, defaults);
    if observed == word {
        return Ok(Outcome::Compliant { observed: json!(observed), desired: json!(word) });
    }
    let path = cx.org_path(&format!("code-security/configurations/{}/defaults", wanted.id()));
    let write = Write::Rest(RestWrite::with_body("PUT", path, json!({"default_for_new_repos": word})));
    let effect = effect(wanted, defaults, observed, word);
    Ok(Outcome::Differs(Difference::update(json!(observed), json!(word), effect, write)))
}

fn id_of(entry: &Value) -> Option<u64> {
    entry.pointer("/configuration/id").and_then(Value::as_u64)
}

fn word_of(entry: &Value) -> &str {
    entry.get("default_for_new_repos").and_then(Value::as_str).unwrap_or("none")
}

/// GitHub may tell the two kinds of repositories by an entry each.
fn observed<'d>(wanted: &Wanted<'_>, defaults: &'d [Value]) -> &'d str {
    let ours = wanted.existing.and_then(|existing| existing.get("id")).and_then(Value::as_u64);
    let mut entries = defaults.iter().filter(|entry| ours.is_some() && id_of(entry) == ours).map(word_of);
    match (entries.next(), entries.next()) {
        (None, _) => "none",
        (Some(one), None) => one,
        (Some(one), Some(other)) if one == other => one,
        (Some(_), Some(_)) => "all",
    }
}

/// The kinds of repositories that a word stands for: public, and the others.
pub(super) fn kinds(word: &str) -> (bool, bool) {
    match word {
        "all" => (true, true),
        "public" => (true, false),
        "private_and_internal" => (false, true),
        _ => (false, false),
    }
}

/// Losing a kind of repositories loosens; so does taking a kind from a configuration that is stronger somewhere.
fn effect(wanted: &Wanted<'_>, defaults: &[Value], before: &str, after: &str) -> Effect {
    let (before, after) = (kinds(before), kinds(after));
    let loses = (before.0 && !after.0) || (before.1 && !after.1);
    let replaces_stronger = defaults.iter().any(|entry| {
        let theirs = kinds(word_of(entry));
        let taken = (theirs.0 && after.0 && !before.0) || (theirs.1 && after.1 && !before.1);
        let configuration = entry.get("configuration");
        taken && fields::weakens(&wanted.effective, &fields::effective(configuration, &Map::new()))
    });
    Effect::tightening_if(!loses && !replaces_stronger)
}
