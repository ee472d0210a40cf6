//! Teams of an organisation and the people in them.

use serde_json::{Value, json};

use super::{TEAMS, grants, is, items, keep, members, people, text};
use crate::sim::rest::{Answer, Ctx, Reply, place::Place};
use crate::sim::teams::{node, number};
use crate::sim::token::{Kind, Level};

/// Routes `/orgs/{org}/teams…`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, o: usize, tail: &[&str]) -> Answer {
    if let [_, "repos", ..] = tail {
        return grants::route(ctx, method, o, tail);
    }
    let level = if method == "GET" { Level::Read } else { Level::Write };
    ctx.need_org(o, "members", level)?;
    match (method, tail) {
        ("GET", []) => {
            let all = items(ctx, Place::Org(o), TEAMS)?;
            Ok(ctx.paged(all, |team| shape(ctx, o, team)))
        }
        ("POST", []) => create(ctx, o),
        ("GET", [slug]) => {
            let team = find(ctx, o, slug)?;
            Ok(Reply::json(200, full(ctx, o, &team)))
        }
        ("PATCH", [slug]) => patch(ctx, o, slug),
        ("DELETE", [slug]) => delete(ctx, o, slug),
        ("GET", [slug, "members"]) => in_team(ctx, o, slug),
        ("GET", [slug, "invitations"]) => {
            find(ctx, o, slug)?;
            let all = items(ctx, Place::Org(o), &format!("teams/{slug}/invitations"))?;
            Ok(ctx.paged(all, |item| members::invitation(ctx, o, item)))
        }
        (_, [slug, "memberships", login]) => membership(ctx, method, o, slug, login),
        _ => Err(ctx.no_route()),
    }
}

/// Returns a team by its slug.
pub(super) fn find(ctx: &Ctx<'_>, o: usize, slug: &str) -> Result<Value, Reply> {
    items(ctx, Place::Org(o), TEAMS)?.into_iter().find(|team| is(team, "slug", slug)).ok_or_else(Reply::not_found)
}

fn plain(ctx: &Ctx<'_>, o: usize, team: &Value) -> Value {
    let (slug, id, org) = (text(team, "slug"), number(team), ctx.org(o));
    let url = format!("{}/organizations/{}/team/{id}", ctx.base, org.id);
    json!({
        "id": id, "node_id": node(team), "url": url, "members_url": format!("{url}/members{{/member}}"),
        "name": team.get("name").and_then(Value::as_str).unwrap_or(slug), "description": team.get("description"),
        "permission": "pull", "privacy": team.get("privacy").and_then(Value::as_str).unwrap_or("closed"),
        "notification_setting": "notifications_enabled", "html_url": format!("https://github.com/orgs/{}/teams/{slug}", org.login),
        "repositories_url": format!("{url}/repos"), "slug": slug, "type": "organization", "organization_id": org.id,
    })
}

/// Returns a team as lists have it.
pub(in crate::sim::rest) fn shape(ctx: &Ctx<'_>, o: usize, team: &Value) -> Value {
    let parent = team.pointer("/parent/slug").and_then(Value::as_str);
    let parent = parent.and_then(|slug| find(ctx, o, slug).ok()).map(|parent| plain(ctx, o, &parent));
    with(plain(ctx, o, team), json!({ "parent": parent }))
}

/// Returns an object with more fields.
pub(super) fn with(mut object: Value, more: Value) -> Value {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

fn full(ctx: &Ctx<'_>, o: usize, team: &Value) -> Value {
    let org = ctx.org(o);
    let url = format!("{}/orgs/{}", ctx.base, org.login);
    let stamp = "2026-01-01T00:00:00Z";
    let organization = json!({
        "login": org.login, "id": org.id, "node_id": org.node_id, "url": url, "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events"), "hooks_url": format!("{url}/hooks"), "issues_url": format!("{url}/issues"),
        "members_url": format!("{url}/members{{/member}}"), "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": "", "description": null, "html_url": format!("https://github.com/{}", org.login),
        "has_organization_projects": true, "has_repository_projects": true, "public_repos": 0, "public_gists": 0,
        "followers": 0, "following": 0, "type": "Organization", "created_at": stamp, "updated_at": stamp, "archived_at": null,
    });
    let more = json!({
        "members_count": items(ctx, Place::Org(o), &format!("teams/{}/members", text(team, "slug"))).map_or(0, |all| all.len()),
        "repos_count": 0, "created_at": stamp, "updated_at": stamp, "organization": organization,
    });
    with(shape(ctx, o, team), more)
}

/// Lays what a request says over a team; `parent_team_id` may be null, which takes the parent away.
fn lay(ctx: &Ctx<'_>, o: usize, team: &mut Value) -> Result<(), Reply> {
    for key in ["name", "description", "privacy"] {
        if let Some(text) = ctx.text(key)? {
            team[key] = json!(text);
        }
    }
    if let Some(parent) = ctx.body.get("parent_team_id") {
        team["parent"] = match parent.as_u64() {
            None => Value::Null,
            Some(wanted) => {
                let all = items(ctx, Place::Org(o), TEAMS)?;
                let found = all.iter().find(|other| number(other) == wanted);
                let found = found.ok_or_else(|| Reply::invalid("Team", "parent_team_id", "invalid", None))?;
                json!({"slug": text(found, "slug")})
            }
        };
    }
    let nested = team.get("parent").is_some_and(Value::is_object);
    if nested && text(team, "privacy") == "secret" {
        return Err(Reply::invalid("Team", "privacy", "invalid", Some("Parent and child teams cannot be secret")));
    }
    Ok(())
}

fn create(ctx: &mut Ctx<'_>, o: usize) -> Answer {
    let name = ctx.required("name")?;
    let slug: String =
        name.to_lowercase().chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let place = Place::Org(o);
    let mut all = items(ctx, place, TEAMS)?;
    if all.iter().any(|team| is(team, "slug", &slug)) {
        return Err(Reply::invalid("Team", "name", "unprocessable", Some("Name must be unique for this org")));
    }
    let nested = ctx.body.get("parent_team_id").is_some_and(Value::is_u64);
    let privacy = if nested { "closed" } else { "secret" };
    let mut team = json!({"slug": slug, "name": name, "description": null, "privacy": privacy, "parent": null});
    lay(ctx, o, &mut team)?;
    team["id"] = json!(ctx.world.fresh_id());
    all.push(team.clone());
    keep(ctx, place, TEAMS, all);
    // Whoever makes a team is its maintainer at once; an App is nobody.
    if ctx.token.kind == Kind::User {
        let login = ctx.token.actor();
        keep(ctx, place, &format!("teams/{slug}/members"), vec![json!({"login": login, "role": "maintainer"})]);
    }
    let body = full(ctx, o, &team);
    Ok(Reply::json(201, body))
}

fn patch(ctx: &mut Ctx<'_>, o: usize, slug: &str) -> Answer {
    let mut team = find(ctx, o, slug)?;
    lay(ctx, o, &mut team)?;
    let mut all = items(ctx, Place::Org(o), TEAMS)?;
    for place in all.iter_mut().filter(|other| is(other, "slug", slug)) {
        *place = team.clone();
    }
    keep(ctx, Place::Org(o), TEAMS, all);
    let body = full(ctx, o, &team);
    Ok(Reply::json(200, body))
}

/// Deletes a team, and with it its child teams.
fn delete(ctx: &mut Ctx<'_>, o: usize, slug: &str) -> Answer {
    find(ctx, o, slug)?;
    let mut all = items(ctx, Place::Org(o), TEAMS)?;
    let mut gone = vec![slug.to_lowercase()];
    let mut at = 0;
    while let Some(parent) = gone.get(at).cloned() {
        let children = all.iter().filter(|team| team.pointer("/parent/slug").and_then(Value::as_str) == Some(&parent));
        gone.extend(children.map(|team| text(team, "slug").to_lowercase()).collect::<Vec<_>>());
        at += 1;
    }
    all.retain(|team| !gone.contains(&text(team, "slug").to_lowercase()));
    keep(ctx, Place::Org(o), TEAMS, all);
    for slug in &gone {
        ctx.world.orgs[o].rest.retain(|key, _| !key.starts_with(&format!("teams/{slug}/")));
        grants::forget(ctx, o, slug);
    }
    Ok(Reply::empty(204))
}

/// The people of a team and of its child teams, which are inherited.
fn in_team(ctx: &Ctx<'_>, o: usize, slug: &str) -> Answer {
    find(ctx, o, slug)?;
    let own = items(ctx, Place::Org(o), &format!("teams/{slug}/members"))?;
    let mut found: Vec<(Value, bool)> = own.into_iter().map(|item| (item, false)).collect();
    for child in grants::below(ctx, o, slug) {
        for item in items(ctx, Place::Org(o), &format!("teams/{child}/members"))? {
            if !found.iter().any(|(known, _)| is(known, "login", text(&item, "login"))) {
                found.push((item, true));
            }
        }
    }
    let wanted = ctx.param("role").unwrap_or("all").to_owned();
    found.retain(|(item, _)| {
        let role = item.get("role").and_then(Value::as_str).unwrap_or("member");
        wanted == "all" || wanted == role
    });
    Ok(ctx.paged(found, |(item, inherited)| members::in_team(ctx, item, *inherited)))
}

fn membership(ctx: &mut Ctx<'_>, method: &str, o: usize, slug: &str, login: &str) -> Answer {
    find(ctx, o, slug)?;
    let place = Place::Org(o);
    let slug = slug.to_lowercase();
    let (roster, invited) = (format!("teams/{slug}/members"), format!("teams/{slug}/invitations"));
    let mut all = items(ctx, place, &roster)?;
    let url = format!("{}/organizations/{}/team/{slug}/memberships/{login}", ctx.base, ctx.org(o).id);
    let answer = |role: &str, state: &str| Reply::json(200, json!({"url": url, "role": role, "state": state}));
    match method {
        "GET" => {
            let found = all.iter().find(|item| is(item, "login", login)).ok_or_else(Reply::not_found)?;
            Ok(answer(text(found, "role"), "active"))
        }
        "DELETE" => {
            let before = all.len();
            all.retain(|item| !is(item, "login", login));
            if all.len() == before {
                return Err(Reply::not_found());
            }
            keep(ctx, place, &roster, all);
            Ok(Reply::empty(204))
        }
        "PUT" => {
            let login = people::known(ctx, login).ok_or_else(Reply::not_found)?;
            let asked = ctx.text("role")?.unwrap_or_else(|| "member".to_owned());
            // Owners maintain every team that they are in.
            let role = if members::is_owner(ctx, o, &login) { "maintainer".to_owned() } else { asked };
            if !members::is_member(ctx, o, &login) {
                members::invite(ctx, o, &login, "direct_member");
                let mut open = items(ctx, place, &invited)?;
                if !open.iter().any(|item| is(item, "login", &login)) {
                    open.push(json!({"id": ctx.world.fresh_id(), "login": login, "role": "direct_member", "created_at": ctx.world.stamp()}));
                }
                keep(ctx, place, &invited, open);
                return Ok(answer(&role, "pending"));
            }
            match all.iter_mut().find(|item| is(item, "login", &login)) {
                Some(found) => found["role"] = json!(role),
                None => all.push(json!({"login": login, "role": role})),
            }
            keep(ctx, place, &roster, all);
            Ok(answer(&role, "active"))
        }
        _ => Err(ctx.no_route()),
    }
}
