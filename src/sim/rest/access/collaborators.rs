//! Collaborators of a repository and invitations to it.

use serde_json::{Value, json};

use super::{DIRECT, INVITATIONS, OWNERS, TEAMS, among, grants, is, items, keep, members, people, person, text};
use crate::sim::rest::{Answer, Ctx, Reply, Spot, place::Place, shapes};
use crate::sim::token::Level;
use crate::sim::world::{Org, Repo};

const ROLES: [&str; 5] = ["read", "triage", "write", "maintain", "admin"];

/// What somebody may do in a repository, and through what.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// Who.
    pub login: String,
    /// The roles by their source: `Repository`, `Team`, `Organization`.
    pub sources: Vec<(&'static str, String)>,
}

impl Access {
    /// The greatest role of all sources.
    pub(crate) fn role(&self) -> &str {
        self.sources.iter().map(|(_, role)| role.as_str()).max_by_key(|role| rank(role)).unwrap_or("read")
    }

    /// Whether it comes from a grant of their own.
    pub(crate) fn is_direct(&self) -> bool {
        self.sources.iter().any(|(source, _)| *source == "Repository")
    }
}

/// A custom role gives more than `read` and less than `admin`.
fn rank(role: &str) -> usize {
    ROLES.iter().position(|known| *known == role).unwrap_or(1)
}

/// The role that a permission is called in answers.
fn role(permission: &str) -> String {
    match permission {
        "pull" => "read".to_owned(),
        "push" => "write".to_owned(),
        other => other.to_owned(),
    }
}

/// Everybody with an access: by a grant of their own, through teams, and as owners.
pub(crate) fn accesses(org: &Org, repo: &Repo) -> Vec<Access> {
    let mut all: Vec<Access> = Vec::new();
    let mut add = |login: &str, source: &'static str, role: String| {
        if let Some(known) = all.iter_mut().find(|access| access.login.eq_ignore_ascii_case(login)) {
            known.sources.push((source, role));
        } else {
            all.push(Access { login: login.to_owned(), sources: vec![(source, role)] });
        }
    };
    for item in among(&repo.rest, DIRECT) {
        let held = item.get("role_name").or(item.get("permission")).and_then(Value::as_str).unwrap_or("read");
        add(text(item, "login"), "Repository", role(held));
    }
    for team in among(&org.rest, TEAMS) {
        let slug = text(team, "slug");
        let Some(held) = grants::permission(org, repo, slug) else { continue };
        for item in among(&org.rest, &format!("teams/{slug}/members")) {
            add(text(item, "login"), "Team", role(&held));
        }
    }
    for item in among(&org.rest, OWNERS) {
        add(text(item, "login"), "Organization", "admin".to_owned());
    }
    all
}

/// Routes `/repos/{owner}/{repo}/collaborators…` and `invitations…`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, tail: &[&str]) -> Answer {
    let level = if method == "GET" { Level::Read } else { Level::Write };
    ctx.need(spot, "administration", level)?;
    match (method, tail) {
        ("GET", ["collaborators"]) => list(ctx, spot),
        ("PUT", ["collaborators", login]) => put(ctx, spot, login),
        ("DELETE", ["collaborators", login]) => remove(ctx, spot, login),
        ("GET", ["invitations"]) => {
            let all = items(ctx, Place::Repo(spot), INVITATIONS)?;
            Ok(ctx.paged(all, |item| invitation(ctx, spot, item)))
        }
        ("PATCH" | "DELETE", ["invitations", id]) => change(ctx, method, spot, id),
        _ => Err(ctx.no_route()),
    }
}

fn list(ctx: &Ctx<'_>, spot: Spot) -> Answer {
    items(ctx, Place::Repo(spot), DIRECT)?;
    let affiliation = ctx.param("affiliation").unwrap_or("all");
    let wanted = ctx.param("permission").map(role);
    let found: Vec<Access> = accesses(ctx.org(spot.o), ctx.repo(spot))
        .into_iter()
        .filter(|access| match affiliation {
            "direct" => access.is_direct(),
            "outside" => access.is_direct() && !members::is_member(ctx, spot.o, &access.login),
            _ => true,
        })
        .filter(|access| wanted.as_ref().is_none_or(|wanted| rank(access.role()) >= rank(wanted)))
        .collect();
    Ok(ctx.paged(found, |access| {
        let held = |role: &str| rank(access.role()) >= rank(role);
        let permissions = json!({
            "pull": true, "triage": held("triage"), "push": held("write"), "maintain": held("maintain"), "admin": held("admin"),
        });
        person(ctx, &access.login, json!({"permissions": permissions, "role_name": access.role()}))
    }))
}

fn asked(ctx: &Ctx<'_>, spot: Spot) -> Result<String, Reply> {
    let permission = role(&ctx.text("permission")?.unwrap_or_else(|| "push".to_owned()));
    let custom = super::super::collections::items(ctx, Place::Org(spot.o), "custom-repository-roles");
    if ROLES.contains(&permission.as_str()) || custom.iter().any(|one| is(one, "name", &permission)) {
        return Ok(permission);
    }
    Err(Reply::invalid("Repository", "permission", "invalid", None))
}

fn put(ctx: &mut Ctx<'_>, spot: Spot, login: &str) -> Answer {
    let permission = asked(ctx, spot)?;
    let Some(login) = people::known(ctx, login) else {
        return Err(Reply::invalid("Repository", "login", "invalid", Some("There is no user with this login")));
    };
    let place = Place::Repo(spot);
    let mut direct = items(ctx, place, DIRECT)?;
    let held = direct.iter_mut().find(|item| is(item, "login", &login));
    if held.is_some() || members::is_member(ctx, spot.o, &login) {
        match held {
            Some(held) => held["role_name"] = json!(permission),
            None => direct.push(json!({"login": login, "role_name": permission})),
        }
        keep(ctx, place, DIRECT, direct);
        return Ok(Reply::empty(204));
    }
    let mut open = items(ctx, place, INVITATIONS)?;
    open.retain(|item| !item.get("invitee").is_some_and(|one| is(one, "login", &login)));
    let made =
        json!({"id": ctx.world.fresh_id(), "invitee": {"login": login}, "permissions": permission, "expired": false});
    open.push(made.clone());
    keep(ctx, place, INVITATIONS, open);
    let body = invitation(ctx, spot, &made);
    Ok(Reply::json(201, body))
}

fn remove(ctx: &mut Ctx<'_>, spot: Spot, login: &str) -> Answer {
    let place = Place::Repo(spot);
    let mut direct = items(ctx, place, DIRECT)?;
    let before = direct.len();
    direct.retain(|item| !is(item, "login", login));
    if direct.len() == before {
        return Err(Reply::not_found());
    }
    keep(ctx, place, DIRECT, direct);
    Ok(Reply::empty(204))
}

fn invitation(ctx: &Ctx<'_>, spot: Spot, item: &Value) -> Value {
    let id = item.get("id").and_then(Value::as_u64).unwrap_or(1);
    let login = item.pointer("/invitee/login").and_then(Value::as_str).unwrap_or_default();
    let url = format!("{}/invitations/{id}", ctx.repo_url(spot));
    json!({
        "id": id, "node_id": crate::sim::world::node_id("RI", id),
        "repository": shapes::simple_repo(&ctx.base, ctx.org(spot.o), ctx.repo(spot)),
        "invitee": shapes::user(&ctx.base, login), "inviter": shapes::user(&ctx.base, "ordain-bot"),
        "permissions": item.get("permissions"), "created_at": "2026-11-01T00:00:00Z",
        "expired": item.get("expired") == Some(&json!(true)), "url": url,
        "html_url": format!("https://github.com/{}/invitations", ctx.full_name(spot)),
    })
}

fn change(ctx: &mut Ctx<'_>, method: &str, spot: Spot, id: &str) -> Answer {
    let place = Place::Repo(spot);
    let mut open = items(ctx, place, INVITATIONS)?;
    let at = open.iter().position(|item| item.get("id").map(Value::to_string).as_deref() == Some(id));
    let at = at.ok_or_else(Reply::not_found)?;
    if method == "DELETE" {
        open.remove(at);
        keep(ctx, place, INVITATIONS, open);
        return Ok(Reply::empty(204));
    }
    let permissions = ctx.required("permissions")?;
    if !ROLES.contains(&permissions.as_str()) {
        return Err(Reply::invalid("RepositoryInvitation", "permissions", "invalid", None));
    }
    open[at]["permissions"] = json!(permissions);
    let changed = open[at].clone();
    keep(ctx, place, INVITATIONS, open);
    let body = invitation(ctx, spot, &changed);
    Ok(Reply::json(200, body))
}

/// The grants of their own in an observed answer of GraphQL, as REST lists them.
pub(super) fn of_edges(connection: &Value) -> Vec<Value> {
    let edges = connection.get("edges").and_then(Value::as_array).into_iter().flatten();
    edges
        .filter_map(|edge| {
            let sources = edge.get("permissionSources")?.as_array()?;
            let own =
                sources.iter().find(|source| source.pointer("/source/__typename") == Some(&json!("Repository")))?;
            Some(json!({"login": edge.pointer("/node/login")?, "role_name": text(own, "roleName").to_lowercase()}))
        })
        .collect()
}
