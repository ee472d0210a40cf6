//! Rulesets of repositories and organisations.

use serde_json::{Map, Value, json};

use super::{Answer, Ctx, Reply, Spot, place::Place};
use crate::sim::rulesets::{covers, filled, is_for, own, parents, whole};
use crate::sim::token::Level;

const LIST: &str = "rulesets";

fn permission(place: Place) -> &'static str {
    if matches!(place, Place::Repo(_)) { "administration" } else { "organization_administration" }
}

/// Routes `…/rulesets` and `…/rulesets/{id}`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, place: Place, tail: &[&str]) -> Answer {
    // GitHub shows an organisation's rulesets only to those who may change them.
    match place {
        Place::Repo(spot) if method == "GET" => ctx.need(spot, "metadata", Level::Read)?,
        Place::Repo(_) | Place::Org(_) => place.need(ctx, permission(place), Level::Write)?,
    }
    if let Some(refused) = place.readings(ctx).get(LIST).filter(|reading| reading.get("known").is_none()) {
        return super::orgs::reply(ctx, refused);
    }
    let id = tail.first().and_then(|id| id.parse::<u64>().ok());
    match (method, tail, id) {
        ("GET", [], _) => Ok(list(ctx, place)),
        ("POST", [], _) => create(ctx, place),
        ("GET", [_], Some(id)) => one(ctx, place, id),
        ("PUT", [_], Some(id)) => replace(ctx, place, id),
        ("DELETE", [_], Some(id)) => remove(ctx, place, id),
        _ => Err(ctx.no_route()),
    }
}

/// Returns the rulesets that are seen at a place, each with whether it is of the organisation.
fn seen<'c>(ctx: &'c Ctx<'_>, place: Place) -> Vec<(&'c Value, bool)> {
    let mut all: Vec<(&Value, bool)> =
        own(place.readings(ctx)).into_iter().map(|one| (one, matches!(place, Place::Org(_)))).collect();
    if let Place::Repo(spot) = place
        && ctx.param("includes_parents") != Some("false")
    {
        all.extend(parents(ctx.org(spot.o), ctx.repo(spot)).into_iter().map(|one| (one, true)));
    }
    all
}

fn list(ctx: &Ctx<'_>, place: Place) -> Reply {
    let targets: Option<Vec<&str>> = ctx.param("targets").map(|targets| targets.split(',').collect());
    let all: Vec<Value> = seen(ctx, place)
        .into_iter()
        .filter(|(one, _)| targets.as_ref().is_none_or(|targets| targets.iter().any(|target| one["target"] == *target)))
        .map(|(one, of_org)| {
            let mut shown = shown(ctx, place, one, of_org);
            for key in ["rules", "conditions", "bypass_actors", "current_user_can_bypass"] {
                shown.remove(key);
            }
            Value::Object(shown)
        })
        .collect();
    ctx.paged(all, Clone::clone)
}

fn one(ctx: &Ctx<'_>, place: Place, id: u64) -> Answer {
    let found = seen(ctx, place).into_iter().find(|(one, _)| one["id"] == id);
    let (found, of_org) = found.ok_or_else(Reply::not_found)?;
    Ok(Reply::json(200, Value::Object(shown(ctx, place, found, of_org))))
}

/// Returns a ruleset as GitHub shows it to the token.
fn shown(ctx: &Ctx<'_>, place: Place, ruleset: &Value, of_org: bool) -> Map<String, Value> {
    let (o, spot) = match place {
        Place::Org(o) => (o, None),
        Place::Repo(spot) => (spot.o, Some(spot)),
    };
    let org = ctx.org(o);
    let mut shown = ruleset.as_object().cloned().unwrap_or_default();
    let writes = match spot.filter(|_| !of_org) {
        Some(spot) => ctx.token.level_on(org, ctx.repo(spot), "administration") >= Level::Write,
        None => ctx.token.level(org, "organization_administration") >= Level::Write,
    };
    if !writes {
        shown.remove("bypass_actors");
    }
    let (kind, source, path) = match spot.filter(|_| !of_org) {
        Some(spot) => ("Repository", ctx.full_name(spot), format!("repos/{}", ctx.full_name(spot))),
        None => ("Organization", org.login.clone(), format!("orgs/{}", org.login)),
    };
    let id = ruleset["id"].as_u64().unwrap_or_default();
    shown.insert("source_type".to_owned(), json!(kind));
    shown.insert("source".to_owned(), json!(source));
    shown.insert("node_id".to_owned(), json!(crate::sim::world::node_id("RRS", id)));
    shown.insert("current_user_can_bypass".to_owned(), json!("never"));
    shown.insert("_links".to_owned(), json!({"self": {"href": format!("{}/{path}/rulesets/{id}", ctx.base)}}));
    shown
}

/// Refuses what GitHub refuses in a body.
fn check(ctx: &Ctx<'_>, place: Place, but: Option<u64>) -> Result<(), Reply> {
    let words: &[(&str, &[&str])] = &[
        (
            "target",
            if matches!(place, Place::Org(_)) {
                &["branch", "tag", "push", "repository"]
            } else {
                &["branch", "tag", "push"]
            },
        ),
        ("enforcement", &["disabled", "active", "evaluate"]),
    ];
    for (key, allowed) in words {
        if let Some(word) = ctx.text(key)?.filter(|word| !allowed.contains(&word.as_str())) {
            let message = format!("Invalid request.\n\nFor 'properties/{key}', {word} is not a member of {allowed:?}.");
            return Err(Reply::error(422, &message));
        }
    }
    let refuse = |errors: &str| {
        let mut reply = Reply::error(422, "Validation Failed");
        if let Some(Value::Object(body)) = &mut reply.body {
            body.insert("errors".to_owned(), json!([errors]));
        }
        reply
    };
    if let Some(name) = ctx.text("name")? {
        let taken = own(place.readings(ctx)).iter().any(|one| one["name"] == name && one["id"].as_u64() != but);
        if taken {
            return Err(refuse("Name must be unique"));
        }
    }
    for rule in ctx.body.get("rules").and_then(Value::as_array).into_iter().flatten() {
        filled(rule).map_err(|why| refuse(&why))?;
    }
    for actor in ctx.body.get("bypass_actors").and_then(Value::as_array).into_iter().flatten() {
        let alone =
            ["DeployKey", "OrganizationAdmin", "EnterpriseOwner"].iter().any(|kind| actor["actor_type"] == *kind);
        if !alone && !actor["actor_id"].is_u64() {
            return Err(refuse("Actor must be part of the ruleset source or owner organization"));
        }
        if actor["actor_type"] == "DeployKey" && actor["bypass_mode"] == "pull_request" {
            return Err(refuse("Deploy keys can only bypass always"));
        }
    }
    Ok(())
}

fn create(ctx: &mut Ctx<'_>, place: Place) -> Answer {
    ctx.required("name")?;
    ctx.required("enforcement")?;
    check(ctx, place, None)?;
    let (id, stamp) = (ctx.world.fresh_id(), ctx.world.stamp());
    let mut made = Map::from_iter([("id".to_owned(), json!(id))]);
    made.extend(whole(&ctx.body.clone(), &stamp));
    let mut all: Vec<Value> = own(place.readings(ctx)).into_iter().cloned().collect();
    all.push(Value::Object(made));
    place.keep(ctx, LIST, Value::Array(all));
    let reply = one(ctx, place, id)?;
    Ok(Reply { status: 201, ..reply })
}

/// Replaces a ruleset: what the body leaves out is gone, but for name, target and enforcement.
fn replace(ctx: &mut Ctx<'_>, place: Place, id: u64) -> Answer {
    let mut all: Vec<Value> = own(place.readings(ctx)).into_iter().cloned().collect();
    let at = all.iter().position(|one| one["id"] == id).ok_or_else(Reply::not_found)?;
    check(ctx, place, Some(id))?;
    let mut kept = Map::new();
    for key in ["id", "name", "target", "enforcement", "created_at"] {
        kept.insert(key.to_owned(), all[at][key].clone());
    }
    kept.extend(ctx.body.as_object().cloned().unwrap_or_default());
    all[at] = Value::Object(whole(&Value::Object(kept), &ctx.world.stamp()));
    place.keep(ctx, LIST, Value::Array(all));
    one(ctx, place, id)
}

fn remove(ctx: &mut Ctx<'_>, place: Place, id: u64) -> Answer {
    let mut all: Vec<Value> = own(place.readings(ctx)).into_iter().cloned().collect();
    let at = all.iter().position(|one| one["id"] == id).ok_or_else(Reply::not_found)?;
    all.remove(at);
    place.keep(ctx, LIST, Value::Array(all));
    Ok(Reply::empty(204))
}

/// `GET /repos/{owner}/{repo}/rules/branches/{branch}`: the rules in force, of all levels.
pub(super) fn of_branch(ctx: &Ctx<'_>, spot: Spot, branch: &str) -> Answer {
    ctx.need(spot, "metadata", Level::Read)?;
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let mine = own(&repo.rest).into_iter().map(|one| (one, "Repository", ctx.full_name(spot)));
    let theirs = own(&org.rest).into_iter().filter(|one| covers(one, repo));
    let theirs = theirs.map(|one| (one, "Organization", org.login.clone()));
    let mut rules = Vec::new();
    for (ruleset, kind, source) in mine.chain(theirs) {
        if ruleset["enforcement"] != "active" || !is_for(ruleset, branch, &repo.default_branch()) {
            continue;
        }
        for rule in ruleset["rules"].as_array().into_iter().flatten() {
            let mut told = rule.as_object().cloned().unwrap_or_default();
            told.insert("ruleset_source_type".to_owned(), json!(kind));
            told.insert("ruleset_source".to_owned(), json!(source));
            told.insert("ruleset_id".to_owned(), ruleset["id"].clone());
            rules.push(Value::Object(told));
        }
    }
    Ok(ctx.paged(rules, Clone::clone))
}
