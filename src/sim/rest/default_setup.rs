//! Code scanning's default setup: a change starts a run, and holds when the run is over.

use serde_json::{Map, Value, json};

use super::{Answer, Ctx, Reply, Spot, orgs, place::Place};
use crate::sim::token::Level;

const SUFFIX: &str = "code-scanning/default-setup";
/// Where a change waits for its run: `{reads_left, to}`.
const WAITING: &str = "code-scanning/default-setup (waiting)";
const TAKEN: [(&str, &[&str]); 5] = [
    ("state", &["configured", "not-configured"]),
    ("runner_type", &["standard", "labeled"]),
    ("query_suite", &["default", "extended"]),
    ("threat_model", &["remote", "remote_and_local"]),
    ("runner_label", &[]),
];

/// `GET` and `PATCH /repos/{owner}/{repo}/code-scanning/default-setup`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot) -> Answer {
    let place = Place::Repo(spot);
    ctx.need(spot, "administration", if method == "GET" { Level::Read } else { Level::Write })?;
    if let Some(reading) = place.readings(ctx).get(SUFFIX).filter(|reading| reading.get("known").is_none()) {
        return orgs::reply(ctx, reading);
    }
    // A private repository needs a product that is bought together with the one for secrets.
    if ctx.repo(spot).is_private() && !ctx.org(spot.o).secret_scanning {
        return Err(Reply::error(403, "Code Security must be enabled for this repository to use code scanning."));
    }
    match method {
        "GET" => {
            step(ctx, spot);
            Ok(Reply::json(200, Value::Object(now(ctx, place))))
        }
        "PATCH" => change(ctx, spot),
        _ => Err(ctx.no_route()),
    }
}

fn now(ctx: &Ctx<'_>, place: Place) -> Map<String, Value> {
    let default = json!({
        "state": "not-configured", "languages": ["javascript-typescript"], "query_suite": "default",
        "threat_model": "remote", "updated_at": null, "schedule": null,
    });
    let mut all = default.as_object().cloned().unwrap_or_default();
    all.extend(place.known(ctx, SUFFIX).and_then(Value::as_object).cloned().unwrap_or_default());
    all
}

/// One look at it: a run takes a few of them.
fn step(ctx: &mut Ctx<'_>, spot: Spot) {
    let place = Place::Repo(spot);
    let Some(waiting) = place.known(ctx, WAITING).cloned() else { return };
    let left = waiting["reads_left"].as_u64().unwrap_or_default();
    if left > 0 {
        place.keep(ctx, WAITING, json!({"reads_left": left - 1, "to": waiting["to"]}));
        return;
    }
    ctx.repo_mut(spot).rest.remove(WAITING);
    place.keep(ctx, SUFFIX, waiting["to"].clone());
}

fn change(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    let place = Place::Repo(spot);
    for (key, words) in TAKEN {
        if ctx.text(key)?.is_some_and(|word| !words.is_empty() && !words.contains(&word.as_str())) {
            return Err(Reply::error(422, &format!("Invalid request.\n\n{key} is not a possible value.")));
        }
    }
    if place.known(ctx, WAITING).is_some() {
        return Err(Reply::error(409, "A default setup validation run is already in progress."));
    }
    let mut to = now(ctx, place);
    let body = ctx.body.as_object().cloned().unwrap_or_default();
    let on = |map: &Map<String, Value>| map.get("state") == Some(&json!("configured"));
    if !on(&to) && !body.contains_key("state") {
        return Err(Reply::error(422, "Default setup is not configured for this repository."));
    }
    to.extend(body);
    to.insert("updated_at".to_owned(), json!(ctx.world.stamp()));
    to.insert("schedule".to_owned(), if on(&to) { json!("weekly") } else { Value::Null });
    if !on(&to) {
        place.keep(ctx, SUFFIX, Value::Object(to));
        return Ok(Reply::json(200, json!({})));
    }
    let left = ctx.world.attach_reads;
    place.keep(ctx, WAITING, json!({"reads_left": left, "to": to}));
    let run = ctx.world.fresh_id();
    let url = format!("{}/actions/runs/{run}", ctx.repo_url(spot));
    Ok(Reply::json(202, json!({"run_id": run, "run_url": url})))
}
