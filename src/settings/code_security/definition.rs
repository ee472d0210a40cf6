//! The configuration itself: created with every field, updated with the declared ones.

use serde_json::{Map, Value, json};

use super::{
    Wanted,
    attached::{READ, known_list, repositories, statuses},
    attachment::in_short,
    fields, moves,
};
use crate::{
    model::{Action, Effect},
    settings::{Context, Difference, Move, Outcome, Pending, RepoObserved, RestWrite, Write},
};

/// GitHub's documented default of this field holds for updates too: left out, it would be switched off.
const DEFAULTED_ON_UPDATE: &str = "code_scanning_delegated_alert_dismissal";

/// Says what holds of the configuration itself.
pub(super) fn judge(wanted: &Wanted<'_>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    match wanted.existing {
        None => Ok(create(wanted, cx)),
        Some(existing) => compare(wanted, existing, cx),
    }
}

fn create(wanted: &Wanted<'_>, cx: &Context<'_>) -> Outcome {
    let body = Value::Object(fields::creation(wanted.name, &wanted.declared));
    let tightens = wanted.effective.values().any(|word| word == "enabled" || word == "enforced");
    Outcome::Differs(Box::new(Difference {
        before: json!(null),
        after: body.clone(),
        action: Action::Create,
        // By itself it moves no repository: attaching does.
        effect: if tightens { Effect::Tightening } else { Effect::Neutral },
        deletes: false,
        moves: Vec::new(),
        writes: vec![Write::Rest(RestWrite {
            keeps_id: Some(wanted.key.clone()),
            ..RestWrite::with_body("POST", cx.org_path("code-security/configurations"), body)
        })],
        restricted: None,
    }))
}

fn compare(wanted: &Wanted<'_>, existing: &Value, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let (mut before, mut after, mut body) = (Map::new(), Map::new(), Map::new());
    let (mut all_before, mut effect) = (Map::new(), Effect::Neutral);
    for (key, value) in &wanted.declared {
        let Some(observed) = fields::observed(existing, key) else {
            return Ok(Outcome::unknown(format!("GitHub did not say `{key}` of the configuration"), Some(READ)));
        };
        if !fields::same(existing, key, &observed, value) {
            effect = effect.join(fields::direction(key, &observed, value));
            body.insert(key.clone(), fields::sent(&observed, value));
            before.insert(key.clone(), observed.clone());
            after.insert(key.clone(), value.clone());
        }
        all_before.insert(key.clone(), observed);
    }
    let (all_before, desired) = (Value::Object(all_before), Value::Object(wanted.declared.clone()));
    if body.is_empty() {
        let updating = updating(existing, cx)?;
        if updating.is_empty() {
            return Ok(Outcome::Compliant { observed: all_before, desired });
        }
        let reason = format!("GitHub is still carrying it to {}; look again in a while", in_short(&updating));
        return Ok(Outcome::unknown(reason, None));
    }
    if let Some(owner) = foreign(existing) {
        let message = format!("`{}` is a configuration of {owner}, which the organisation cannot change", wanted.name);
        return Ok(Outcome::Violation { message, observed: all_before, desired });
    }
    let moves = match moves_of_update(wanted, existing, cx)? {
        Err(outcome) => return Ok(outcome),
        Ok(moves) => moves,
    };
    if let Some(kept) = existing.get(DEFAULTED_ON_UPDATE).filter(|value| value.is_string() && *value != "disabled") {
        body.entry(DEFAULTED_ON_UPDATE).or_insert_with(|| kept.clone());
    }
    let path = cx.org_path(&format!("code-security/configurations/{}", wanted.id()));
    // Reading back waits until GitHub has carried it to every repository.
    let write = RestWrite { settles: true, ..RestWrite::with_body("PATCH", path, Value::Object(body)) };
    let effect = moves.iter().fold(effect, |effect, one| effect.join(one.effect));
    let mut difference = Difference::update(Value::Object(before), Value::Object(after), effect, Write::Rest(write));
    difference.moves = moves;
    Ok(Outcome::Differs(difference))
}

/// Whose the configuration is, if not the organisation's.
pub(super) fn foreign(configuration: &Value) -> Option<&'static str> {
    match configuration.get("target_type").and_then(Value::as_str) {
        Some("global") => Some("GitHub"),
        Some("enterprise") => Some("the enterprise"),
        _ => None,
    }
}

/// The repositories to which GitHub is still carrying an update. Where the list is hidden, none are known.
fn updating<'a>(existing: &Value, cx: &Context<'a>) -> Result<Vec<&'a RepoObserved>, Pending> {
    let Some(id) = existing.get("id").and_then(Value::as_u64) else { return Ok(Vec::new()) };
    let answer = cx.org_rest(repositories(id))?;
    let Some(list) = known_list(&answer) else { return Ok(Vec::new()) };
    let statuses = statuses(cx, id, list);
    let is_updating = |repo: &&RepoObserved| {
        !repo.repository.archived && statuses.get(&repo.repository.node_id).is_some_and(|status| status == "updating")
    };
    Ok(cx.org_observed.repos.iter().filter(is_updating).collect())
}

/// What the update does to the repositories that have the configuration already: GitHub carries it to all of them.
fn moves_of_update(
    wanted: &Wanted<'_>,
    existing: &Value,
    cx: &Context<'_>,
) -> Result<Result<Vec<Move>, Outcome>, Pending> {
    let changes = fields::effective(Some(existing), &Map::new()) != wanted.effective;
    let Some(id) = existing.get("id").and_then(Value::as_u64).filter(|_| changes) else {
        return Ok(Ok(Vec::new()));
    };
    let answer = cx.org_rest(repositories(id))?;
    let Some(list) = known_list(&answer) else {
        let outcome = Outcome::known(answer).err();
        return Ok(Err(
            outcome.unwrap_or_else(|| Outcome::unknown("GitHub shows no list of its repositories", Some(READ)))
        ));
    };
    let statuses = statuses(cx, id, list);
    let attached = cx.org_observed.repos.iter().filter(|repo| {
        let status = statuses.get(&repo.repository.node_id).map(String::as_str);
        status.is_some_and(super::attachment::holds) && !repo.repository.archived
    });
    // All of it, not only what differs: an administrator may have departed from a configuration that is not enforced.
    moves::of_all(cx, attached, &wanted.effective).map(Ok)
}
