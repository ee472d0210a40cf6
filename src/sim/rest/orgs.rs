//! Organisations and the lists of their repositories.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, shapes};
use crate::sim::index::Order;
use crate::sim::token::Level;

/// Fields of an organisation that everybody sees.
const PUBLIC: &[&str] = &[
    "name",
    "description",
    "company",
    "blog",
    "location",
    "email",
    "twitter_username",
    "is_verified",
    "has_organization_projects",
    "has_repository_projects",
    "public_gists",
    "followers",
    "following",
    "created_at",
    "updated_at",
    "archived_at",
];

/// `GET /orgs/{org}`
pub(super) fn get(ctx: &Ctx<'_>, o: usize) -> Answer {
    let org = ctx.org(o);
    let mut out = shapes::owner(&ctx.base, org);
    let url = format!("{}/orgs/{}", ctx.base, org.login);
    let inside = ctx.token.level(org, "organization_administration") >= Level::Read;
    let Some(map) = out.as_object_mut() else {
        return Err(Reply::not_found());
    };
    for key in [
        "gravatar_id",
        "followers_url",
        "following_url",
        "gists_url",
        "starred_url",
        "subscriptions_url",
        "organizations_url",
        "received_events_url",
        "site_admin",
    ] {
        map.remove(key);
    }
    map.extend(
        org.fields.iter().filter(|(k, _)| inside || PUBLIC.contains(&k.as_str())).map(|(k, v)| (k.clone(), v.clone())),
    );
    let public = org.repos.iter().filter(|r| r.visibility() == "public").count();
    map.insert("public_repos".to_owned(), json!(public));
    if inside {
        let private = org.repos.len() - public;
        map.insert("total_private_repos".to_owned(), json!(private));
        map.insert("owned_private_repos".to_owned(), json!(private));
    }
    map.insert("url".to_owned(), json!(url));
    for tail in ["repos", "events", "hooks", "issues"] {
        map.insert(format!("{tail}_url"), json!(format!("{url}/{tail}")));
    }
    map.insert("members_url".to_owned(), json!(format!("{url}/members{{/member}}")));
    map.insert("public_members_url".to_owned(), json!(format!("{url}/public_members{{/member}}")));
    map.insert("html_url".to_owned(), json!(format!("https://github.com/{}", org.login)));
    Ok(Reply::json(200, out))
}

/// `GET /orgs/{org}/repos`
pub(super) fn repos(ctx: &Ctx<'_>, o: usize) -> Answer {
    let org = ctx.org(o);
    let kind = ctx.param("type").unwrap_or("all");
    let wanted = |r: &usize| {
        let repo = &org.repos[*r];
        let wanted = match kind {
            "public" => !repo.is_private(),
            "private" => repo.is_private(),
            "forks" => repo.flag("fork"),
            "sources" => !repo.flag("fork"),
            _ => true,
        };
        wanted && ctx.token.is_for(&repo.name) && ctx.token.sees(org, repo)
    };
    let sort = ctx.param("sort").unwrap_or("created");
    let order = match sort {
        "full_name" => Order::Name,
        "updated" => Order::Updated,
        "pushed" => Order::Pushed,
        _ => Order::Created,
    };
    let all = org.ordered(order);
    let whole = ctx.token.sees_all(org) && !["public", "private", "forks", "sources"].contains(&kind);
    let mut places: Vec<usize> = if whole { all.to_vec() } else { all.iter().copied().filter(wanted).collect() };
    let default = if sort == "full_name" { "asc" } else { "desc" };
    if ctx.param("direction").unwrap_or(default) == "desc" {
        places.reverse();
    }
    Ok(ctx.paged(places, |r| ctx.repo_json(Spot { o, r: *r }, false)))
}

/// Answers a GET as it was observed; anything else is no route.
pub(super) fn observed(ctx: &Ctx<'_>, method: &str, o: usize, suffix: &str) -> Answer {
    let reading = ctx.org(o).rest.get(suffix).filter(|_| method == "GET").ok_or_else(|| ctx.no_route())?;
    ctx.need_org(o, "organization_administration", Level::Read)?;
    reply(ctx, reading)
}

/// Answers a reading: what is known as it is, what could not be read as it was refused, what cannot be there as 404.
pub(super) fn reply(ctx: &Ctx<'_>, reading: &Value) -> Answer {
    if let Some(known) = reading.get("known") {
        return Ok(match known {
            Value::Null => Reply::empty(204),
            Value::Array(items) => ctx.paged(items.clone(), Clone::clone),
            other => Reply::json(200, other.clone()),
        });
    }
    match reading.get("permission").and_then(Value::as_str) {
        Some(permission) => {
            let accepted = permission.replace(':', "=");
            Err(Reply::error(403, ctx.token.refusal()).header("x-accepted-github-permissions", accepted))
        }
        None if reading.get("unknown").is_some() => Err(Reply::error(403, ctx.token.refusal())),
        None => Err(Reply::not_found()),
    }
}
