//! Members, owners, invitations, outside collaborators and installed Apps of an organisation.

use serde_json::{Value, json};

use super::{DIRECT, INVITATIONS, OWNERS, PLAIN, is, items, keep, people, person, text};
use crate::sim::rest::{Answer, Ctx, Reply, Spot, place::Place, shapes};
use crate::sim::token::Level;

const OUTSIDE: &str = "outside_collaborators";

/// Routes `/orgs/{org}/members…`, `memberships…`, `invitations…`, `outside_collaborators…` and `installations`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, o: usize, tail: &[&str]) -> Answer {
    let level = if method == "GET" { Level::Read } else { Level::Write };
    let permission = if tail.first() == Some(&"installations") { "organization_administration" } else { "members" };
    ctx.need_org(o, permission, level)?;
    match (method, tail) {
        ("GET", ["members"]) => list(ctx, o),
        ("GET", ["memberships", login]) => membership(ctx, o, login),
        ("PUT", ["memberships", login]) => set(ctx, o, login),
        ("DELETE", ["memberships" | "members", login]) => remove(ctx, o, login),
        ("GET", ["invitations"]) => {
            let all = items(ctx, Place::Org(o), INVITATIONS)?;
            Ok(ctx.paged(all, |item| invitation(ctx, o, item)))
        }
        ("DELETE", ["invitations", id]) => withdraw(ctx, o, id),
        ("GET", ["outside_collaborators"]) => {
            let all = outside(ctx, o)?;
            Ok(ctx.paged(all, |login| shapes::user(&ctx.base, login)))
        }
        ("DELETE", ["outside_collaborators", login]) => expel(ctx, o, login),
        ("GET", ["installations"]) => {
            let all = items(ctx, Place::Org(o), "installations")?;
            Ok(ctx.paged_in("installations", all, |item| installation(ctx, o, item)))
        }
        _ => Err(ctx.no_route()),
    }
}

/// Whether somebody is an owner.
pub(super) fn is_owner(ctx: &Ctx<'_>, o: usize, login: &str) -> bool {
    has(ctx, o, OWNERS, login)
}

/// Whether somebody belongs to the organisation.
pub(super) fn is_member(ctx: &Ctx<'_>, o: usize, login: &str) -> bool {
    is_owner(ctx, o, login) || has(ctx, o, PLAIN, login)
}

fn has(ctx: &Ctx<'_>, o: usize, suffix: &str, login: &str) -> bool {
    items(ctx, Place::Org(o), suffix).is_ok_and(|all| all.iter().any(|item| is(item, "login", login)))
}

fn list(ctx: &Ctx<'_>, o: usize) -> Answer {
    let place = Place::Org(o);
    let all = match ctx.param("role").unwrap_or("all") {
        // Where the state says nothing, whoever asks is the owner.
        "admin" if !ctx.org(o).rest.contains_key(OWNERS) => vec![json!({"login": ctx.token.actor()})],
        "admin" => items(ctx, place, OWNERS)?,
        "member" => items(ctx, place, PLAIN)?,
        _ => [items(ctx, place, OWNERS)?, items(ctx, place, PLAIN)?].concat(),
    };
    Ok(ctx.paged(all, |item| shapes::user(&ctx.base, text(item, "login"))))
}

fn shape(ctx: &Ctx<'_>, o: usize, login: &str, state: &str, role: &str) -> Value {
    let org = ctx.org(o);
    let url = format!("{}/orgs/{}", ctx.base, org.login);
    let organization = json!({
        "login": org.login, "id": org.id, "node_id": org.node_id, "url": url, "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events"), "hooks_url": format!("{url}/hooks"), "issues_url": format!("{url}/issues"),
        "members_url": format!("{url}/members{{/member}}"), "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": "", "description": null,
    });
    json!({
        "url": format!("{url}/memberships/{login}"), "state": state, "role": role, "organization_url": url,
        "organization": organization, "user": shapes::user(&ctx.base, login),
    })
}

fn membership(ctx: &Ctx<'_>, o: usize, login: &str) -> Answer {
    let open = items(ctx, Place::Org(o), INVITATIONS)?;
    let state = match open.iter().find(|item| is(item, "login", login)) {
        _ if is_owner(ctx, o, login) => ("active", "admin"),
        _ if is_member(ctx, o, login) => ("active", "member"),
        Some(item) => ("pending", if text(item, "role") == "admin" { "admin" } else { "member" }),
        None => return Err(Reply::not_found()),
    };
    Ok(Reply::json(200, shape(ctx, o, login, state.0, state.1)))
}

fn set(ctx: &mut Ctx<'_>, o: usize, login: &str) -> Answer {
    let role = ctx.text("role")?.unwrap_or_else(|| "member".to_owned());
    if !["admin", "member"].contains(&role.as_str()) {
        return Err(Reply::error(
            422,
            "Invalid request.\n\nFor 'properties/role', not a member of [\"admin\", \"member\"].",
        ));
    }
    let login = people::known(ctx, login).ok_or_else(Reply::not_found)?;
    let (owner, member) = (is_owner(ctx, o, &login), is_member(ctx, o, &login));
    if owner && role == "member" {
        keep_an_owner(ctx, o)?;
    }
    if member {
        let (from, to) = if role == "admin" { (PLAIN, OWNERS) } else { (OWNERS, PLAIN) };
        if owner != (role == "admin") {
            take(ctx, o, from, &login);
            push(ctx, o, to, json!({ "login": login }));
        }
        return Ok(Reply::json(200, shape(ctx, o, &login, "active", &role)));
    }
    invite(ctx, o, &login, if role == "admin" { "admin" } else { "direct_member" });
    Ok(Reply::json(200, shape(ctx, o, &login, "pending", &role)))
}

/// Sends an invitation, or changes the one that is open.
pub(super) fn invite(ctx: &mut Ctx<'_>, o: usize, login: &str, role: &str) {
    let mut all = items(ctx, Place::Org(o), INVITATIONS).unwrap_or_default();
    match all.iter_mut().find(|item| is(item, "login", login)) {
        Some(open) => open["role"] = json!(role),
        None => {
            let (id, stamp) = (ctx.world.fresh_id(), ctx.world.stamp());
            all.push(json!({"id": id, "login": login, "role": role, "created_at": stamp}));
        }
    }
    keep(ctx, Place::Org(o), INVITATIONS, all);
}

pub(super) fn invitation(ctx: &Ctx<'_>, o: usize, item: &Value) -> Value {
    let id = item.get("id").and_then(Value::as_u64).unwrap_or(1);
    json!({
        "id": id, "login": item.get("login"), "email": item.get("email"), "role": text(item, "role"),
        "created_at": text(item, "created_at"), "failed_at": null, "failed_reason": null,
        "inviter": shapes::user(&ctx.base, "ordain-bot"), "team_count": 0, "node_id": crate::sim::world::node_id("OI", id),
        "invitation_teams_url": format!("{}/organizations/{}/invitations/{id}/teams", ctx.base, ctx.org(o).id),
        "invitation_source": "member",
    })
}

fn withdraw(ctx: &mut Ctx<'_>, o: usize, id: &str) -> Answer {
    let mut all = items(ctx, Place::Org(o), INVITATIONS)?;
    let before = all.len();
    all.retain(|item| item.get("id").map(Value::to_string).as_deref() != Some(id));
    if all.len() == before {
        return Err(Reply::not_found());
    }
    keep(ctx, Place::Org(o), INVITATIONS, all);
    Ok(Reply::empty(204))
}

/// GitHub never lets an organisation be without an owner.
fn keep_an_owner(ctx: &Ctx<'_>, o: usize) -> Result<(), Reply> {
    if items(ctx, Place::Org(o), OWNERS)?.len() > 1 {
        return Ok(());
    }
    Err(Reply::error(403, "You can't remove the last owner of an organization."))
}

fn remove(ctx: &mut Ctx<'_>, o: usize, login: &str) -> Answer {
    if is_owner(ctx, o, login) {
        keep_an_owner(ctx, o)?;
    } else if !is_member(ctx, o, login) && !has(ctx, o, INVITATIONS, login) {
        return Err(Reply::not_found());
    }
    for suffix in [OWNERS, PLAIN, INVITATIONS] {
        take(ctx, o, suffix, login);
    }
    // With the membership go the places in teams.
    let rosters: Vec<String> =
        ctx.org(o).rest.keys().filter(|key| key.starts_with("teams/") && key.ends_with("/members")).cloned().collect();
    for suffix in rosters {
        take(ctx, o, &suffix, login);
    }
    Ok(Reply::empty(204))
}

fn take(ctx: &mut Ctx<'_>, o: usize, suffix: &str, login: &str) {
    let mut all = items(ctx, Place::Org(o), suffix).unwrap_or_default();
    all.retain(|item| !is(item, "login", login));
    keep(ctx, Place::Org(o), suffix, all);
}

fn push(ctx: &mut Ctx<'_>, o: usize, suffix: &str, item: Value) {
    let mut all = items(ctx, Place::Org(o), suffix).unwrap_or_default();
    all.push(item);
    keep(ctx, Place::Org(o), suffix, all);
}

/// Those who are collaborators of a repository and no members, and those whom the state lists.
fn outside(ctx: &Ctx<'_>, o: usize) -> Result<Vec<String>, Reply> {
    let mut all: Vec<String> =
        items(ctx, Place::Org(o), OUTSIDE)?.iter().map(|item| text(item, "login").to_owned()).collect();
    for r in 0..ctx.org(o).repos.len() {
        for item in items(ctx, Place::Repo(Spot { o, r }), DIRECT).unwrap_or_default() {
            let login = text(&item, "login");
            if !is_member(ctx, o, login) && !all.iter().any(|known| known.eq_ignore_ascii_case(login)) {
                all.push(login.to_owned());
            }
        }
    }
    all.sort_by_key(|login| login.to_lowercase());
    Ok(all)
}

fn expel(ctx: &mut Ctx<'_>, o: usize, login: &str) -> Answer {
    if is_member(ctx, o, login) {
        return Err(Reply::error(
            422,
            "You cannot specify an organization member to remove as an outside collaborator.",
        ));
    }
    take(ctx, o, OUTSIDE, login);
    for r in 0..ctx.org(o).repos.len() {
        let place = Place::Repo(Spot { o, r });
        let mut all = items(ctx, place, DIRECT).unwrap_or_default();
        all.retain(|item| !is(item, "login", login));
        keep(ctx, place, DIRECT, all);
    }
    Ok(Reply::empty(204))
}

fn installation(ctx: &Ctx<'_>, o: usize, item: &Value) -> Value {
    let (org, slug) = (ctx.org(o), text(item, "app_slug"));
    let id = item.get("id").and_then(Value::as_u64).unwrap_or_else(|| shapes::account_id(slug));
    let stamp = "2026-01-01T00:00:00Z";
    let mut out = json!({
        "id": id, "account": shapes::owner(&ctx.base, org), "repository_selection": "all",
        "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", ctx.base),
        "repositories_url": format!("{}/installation/repositories", ctx.base),
        "html_url": format!("https://github.com/organizations/{}/settings/installations/{id}", org.login), "app_id": id,
        "app_slug": slug, "target_id": org.id, "target_type": "Organization", "permissions": {}, "events": [],
        "created_at": stamp, "updated_at": stamp, "single_file_name": null, "suspended_by": null, "suspended_at": null,
    });
    if let (Some(out), Some(given)) = (out.as_object_mut(), item.as_object()) {
        out.extend(given.clone());
    }
    out
}

/// Returns an account of a team with its role there.
pub(super) fn in_team(ctx: &Ctx<'_>, item: &Value, inherited: bool) -> Value {
    let role = item.get("role").and_then(Value::as_str).unwrap_or("member");
    person(ctx, text(item, "login"), json!({"role": role, "inherited": inherited}))
}
