//! Organisation roles and the teams and people that have them.

use serde_json::{Value, json};

use super::{TEAMS, is, items, keep, people, person, teams, text};
use crate::sim::rest::{Answer, Ctx, Reply, place::Place, shapes};
use crate::sim::token::Level;

/// GitHub's own roles that matter here.
const PREDEFINED: &[(u64, &str, &str)] = &[(8132, "all_repo_read", "read"), (138, "security_manager", "read")];

/// Routes `/orgs/{org}/organization-roles…`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, o: usize, tail: &[&str]) -> Answer {
    match (method, tail) {
        ("GET", []) => {
            ctx.need_org(o, "organization_custom_org_roles", Level::Read)?;
            list(ctx, o)
        }
        ("GET", [role, "teams"]) => {
            ctx.need_org(o, "members", Level::Read)?;
            let slugs = items(ctx, Place::Org(o), &format!("organization-roles/{role}/teams"))?;
            let all = items(ctx, Place::Org(o), TEAMS)?;
            let found: Vec<Value> =
                all.into_iter().filter(|team| slugs.iter().any(|item| is(item, "slug", text(team, "slug")))).collect();
            Ok(ctx.paged(found, |team| teams::with(teams::shape(ctx, o, team), json!({"assignment": "direct"}))))
        }
        ("GET", [role, "users"]) => {
            ctx.need_org(o, "members", Level::Read)?;
            let users = items(ctx, Place::Org(o), &format!("organization-roles/{role}/users"))?;
            let assignment = |item: &Value| item.get("assignment").cloned().unwrap_or_else(|| json!("direct"));
            Ok(ctx.paged(users, |item| person(ctx, text(item, "login"), json!({"assignment": assignment(item)}))))
        }
        ("PUT" | "DELETE", ["teams", slug, role]) => assign(ctx, o, method == "PUT", (role, "teams"), ("slug", slug)),
        ("PUT" | "DELETE", ["users", login, role]) => {
            assign(ctx, o, method == "PUT", (role, "users"), ("login", login))
        }
        _ => Err(ctx.no_route()),
    }
}

fn list(ctx: &Ctx<'_>, o: usize) -> Answer {
    if let Some(reading) = ctx.org(o).rest.get("organization-roles") {
        return super::orgs::reply(ctx, reading);
    }
    let stamp = "2024-06-01T00:00:00Z";
    let organization = shapes::owner(&ctx.base, ctx.org(o));
    let role = |(id, name, base): &(u64, &str, &str)| {
        json!({
            "id": id, "name": name, "description": null, "base_role": base, "source": "Predefined", "permissions": [],
            "organization": organization, "created_at": stamp, "updated_at": stamp,
        })
    };
    let roles: Vec<Value> = PREDEFINED.iter().map(role).collect();
    Ok(Reply::json(200, json!({"total_count": roles.len(), "roles": roles})))
}

fn assign(ctx: &mut Ctx<'_>, o: usize, on: bool, (role, list): (&str, &str), (key, name): (&str, &str)) -> Answer {
    ctx.need_org(o, "members", Level::Write)?;
    let place = Place::Org(o);
    let there = if list == "teams" {
        items(ctx, place, TEAMS)?.iter().any(|team| is(team, "slug", name))
    } else {
        people::known(ctx, name).is_some()
    };
    let is_role = PREDEFINED.iter().any(|(id, ..)| id.to_string() == role);
    if !there || !is_role && !ctx.org(o).rest.contains_key("organization-roles") {
        return Err(Reply::not_found());
    }
    let suffix = format!("organization-roles/{role}/{list}");
    let mut all = items(ctx, place, &suffix)?;
    all.retain(|item| !is(item, key, name));
    if on {
        all.push(json!({ key: name }));
    }
    keep(ctx, place, &suffix, all);
    Ok(Reply::empty(204))
}
