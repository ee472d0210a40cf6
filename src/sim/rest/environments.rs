//! Deployment environments. A PUT replaces the whole: what it does not name falls back to its default.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, collections, orgs, place::Place, shapes};
use crate::sim::teams;
use crate::sim::token::Level;
use crate::sim::world::node_id;

const ROUTE: &str = "environments";

/// Answers what stands below `/repos/{owner}/{repo}/environments`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, tail: &[&str]) -> Answer {
    if method == "GET" {
        ctx.need(spot, "actions", Level::Read)?;
    } else {
        ctx.need(spot, "administration", Level::Write)?;
    }
    let place = Place::Repo(spot);
    if let Some(reading) =
        place.readings(ctx).get(ROUTE).filter(|reading| method == "GET" && reading.get("known").is_none())
    {
        return orgs::reply(ctx, reading);
    }
    let all = collections::items(ctx, place, ROUTE);
    let at = |name: &str| all.iter().position(|one| is(one, name));
    match (method, tail) {
        ("GET", []) => Ok(ctx.paged_in(ROUTE, all, |one| shown(ctx, spot, one))),
        ("GET", [name]) => {
            let at = at(name).ok_or_else(Reply::not_found)?;
            Ok(Reply::json(200, shown(ctx, spot, &all[at])))
        }
        ("PUT", [name]) => put(ctx, spot, name),
        ("DELETE", [name]) => {
            let at = at(name).ok_or_else(Reply::not_found)?;
            let left = all.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, one)| one.clone());
            place.keep(ctx, ROUTE, left.collect());
            let policies =
                format!("{ROUTE}/{}/deployment-branch-policies", all[at]["name"].as_str().unwrap_or_default());
            ctx.repo_mut(spot).rest.remove(&policies);
            Ok(Reply::empty(204))
        }
        (_, [name, "deployment-branch-policies", rest @ ..]) => {
            let at = at(name).ok_or_else(Reply::not_found)?;
            policies(ctx, method, place, &all[at], rest)
        }
        _ => Err(ctx.no_route()),
    }
}

fn is(environment: &Value, name: &str) -> bool {
    environment.get("name").and_then(Value::as_str).is_some_and(|other| other.eq_ignore_ascii_case(name))
}

fn shown(ctx: &Ctx<'_>, spot: Spot, environment: &Value) -> Value {
    let mut shown = environment.as_object().cloned().unwrap_or_default();
    let name = shown.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = shown.get("id").and_then(Value::as_u64).unwrap_or_else(|| super::account_id(&name));
    let (path, stamp) = (crate::sim::http::encode(&name), "2020-01-01T00:00:00Z");
    let html =
        format!("https://github.com/{}/deployments/activity_log?environments_filter={path}", ctx.full_name(spot));
    for (key, value) in [
        ("id", json!(id)),
        ("node_id", json!(node_id("EN", id))),
        ("url", json!(format!("{}/environments/{path}", ctx.repo_url(spot)))),
        ("html_url", json!(html)),
        ("created_at", json!(stamp)),
        ("updated_at", json!(stamp)),
        ("protection_rules", json!([])),
        ("deployment_branch_policy", Value::Null),
    ] {
        shown.entry(key).or_insert(value);
    }
    let rules = shown.get_mut("protection_rules").and_then(Value::as_array_mut);
    for (number, rule) in (1..).zip(rules.into_iter().flatten().filter_map(Value::as_object_mut)) {
        let id = id * 10 + number;
        rule.entry("id").or_insert(json!(id));
        rule.entry("node_id").or_insert(json!(node_id("GA", id)));
        let reviewers = rule.get_mut("reviewers").and_then(Value::as_array_mut);
        reviewers.into_iter().flatten().for_each(|reviewer| whole_reviewer(ctx, reviewer));
    }
    Value::Object(shown)
}

/// A reviewer as GitHub shows it: the whole person or team.
fn whole_reviewer(ctx: &Ctx<'_>, reviewer: &mut Value) {
    let said = reviewer["reviewer"].take();
    let text = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default();
    reviewer["reviewer"] = if reviewer["type"] == "Team" {
        let (slug, id) = (text("slug"), said["id"].as_u64().unwrap_or_default());
        json!({
            "id": id, "node_id": node_id("T", id), "name": slug, "slug": slug, "description": null, "privacy": "closed",
            "permission": "pull", "parent": null, "url": format!("{}/teams/{id}", ctx.base), "html_url": "https://github.com/orgs",
            "members_url": "https://api.github.com/members{/member}", "repositories_url": "https://api.github.com/repositories",
            "notification_setting": "notifications_enabled", "type": "organization",
        })
    } else {
        shapes::user(&ctx.base, text("login"))
    };
}

/// The people and teams of a body, by number.
fn reviewers(ctx: &Ctx<'_>, o: usize) -> Result<Vec<Value>, Reply> {
    let invalid = || Reply::error(422, "Invalid reviewer: the user or team has no read access to the repository.");
    let mut found = Vec::new();
    for one in ctx.body.get("reviewers").and_then(Value::as_array).into_iter().flatten() {
        let id = one.get("id").and_then(Value::as_u64).ok_or_else(invalid)?;
        let reviewer = if one.get("type") == Some(&json!("Team")) {
            let team = teams::by_number(ctx.org(o), id).ok_or_else(invalid)?;
            json!({"id": id, "slug": teams::slug(team)})
        } else {
            let login = ctx.world.accounts().find(|login| super::account_id(login) == id).ok_or_else(invalid)?;
            json!({"id": id, "login": login})
        };
        found.push(json!({"type": one["type"], "reviewer": reviewer}));
    }
    if found.len() > 6 {
        return Err(Reply::error(422, "Reviewers must have at most 6 items."));
    }
    Ok(found)
}

fn put(ctx: &mut Ctx<'_>, spot: Spot, name: &str) -> Answer {
    let reviewers = reviewers(ctx, spot.o)?;
    let wait = ctx.body.get("wait_timer").and_then(Value::as_u64).unwrap_or_default();
    if wait > 43_200 {
        return Err(Reply::error(422, "Wait timer must be between 0 and 43200."));
    }
    let plan = ctx.org(spot.o).fields.get("plan").and_then(|plan| plan.get("name")?.as_str()).unwrap_or_default();
    if ctx.repo(spot).is_private() && plan != "enterprise" && (wait > 0 || !reviewers.is_empty()) {
        let message = "Failed to create the environment protection rule. Please ensure the billing plan supports it.";
        return Err(Reply::error(422, message));
    }
    let policy = ctx.body.get("deployment_branch_policy").cloned().unwrap_or_default();
    if policy.is_object() && policy["protected_branches"] == policy["custom_branch_policies"] {
        return Err(Reply::error(422, "protected_branches and custom_branch_policies cannot have the same value"));
    }
    let mut rules = Vec::new();
    if wait > 0 {
        rules.push(json!({"type": "wait_timer", "wait_timer": wait}));
    }
    if !reviewers.is_empty() {
        let prevent = ctx.flag("prevent_self_review")?.unwrap_or(false);
        rules.push(json!({"type": "required_reviewers", "prevent_self_review": prevent, "reviewers": reviewers}));
    }
    if policy.is_object() {
        rules.push(json!({"type": "branch_policy"}));
    }
    let place = Place::Repo(spot);
    let mut all = collections::items(ctx, place, ROUTE);
    let (id, stamp) = (ctx.world.fresh_id(), ctx.world.stamp());
    let at = all.iter().position(|one| is(one, name)).unwrap_or_else(|| {
        all.push(json!({"id": id, "name": name, "created_at": stamp}));
        all.len() - 1
    });
    let environment = &mut all[at];
    environment["protection_rules"] = json!(rules);
    environment["deployment_branch_policy"] = policy;
    let answer = shown(ctx, spot, environment);
    place.keep(ctx, ROUTE, Value::Array(all));
    Ok(Reply::json(200, answer))
}

/// The name patterns of an environment's branches and tags.
fn policies(ctx: &mut Ctx<'_>, method: &str, place: Place, environment: &Value, tail: &[&str]) -> Answer {
    let custom = environment["deployment_branch_policy"]["custom_branch_policies"] == true;
    if !custom && method != "GET" {
        return Err(Reply::not_found());
    }
    let name = environment["name"].as_str().unwrap_or_default();
    let suffix = format!("{ROUTE}/{name}/deployment-branch-policies");
    let mut all = collections::items(ctx, place, &suffix);
    match (method, tail) {
        ("GET", []) => Ok(ctx.paged_in("branch_policies", all, shown_policy)),
        ("POST", []) => {
            let kind = ctx.text("type")?.unwrap_or_else(|| "branch".to_owned());
            let made = json!({"id": ctx.world.fresh_id(), "name": ctx.required("name")?, "type": kind});
            if all.iter().any(|one| one["name"] == made["name"] && one["type"] == made["type"]) {
                return Err(Reply::empty(303));
            }
            all.push(made.clone());
            place.keep(ctx, &suffix, Value::Array(all));
            Ok(Reply::json(200, shown_policy(&made)))
        }
        ("DELETE", [id]) => {
            let at = all.iter().position(|one| one["id"].as_u64() == id.parse().ok()).ok_or_else(Reply::not_found)?;
            all.remove(at);
            place.keep(ctx, &suffix, Value::Array(all));
            Ok(Reply::empty(204))
        }
        _ => Err(ctx.no_route()),
    }
}

fn shown_policy(policy: &Value) -> Value {
    let mut shown = policy.as_object().cloned().unwrap_or_default();
    let id = shown.get("id").and_then(Value::as_u64).unwrap_or_default();
    shown.entry("node_id").or_insert(json!(node_id("DBP", id)));
    Value::Object(shown)
}
