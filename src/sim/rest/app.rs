//! Who asks, GitHub Apps and their installations.

use serde_json::{Map, Value, json};

use super::{Answer, Ctx, Reply, shapes};
use crate::sim::token::{Kind, Token};

/// What the App was given where a state does not narrow it.
const GRANTED: &[(&str, &str)] = &[
    ("metadata", "read"),
    ("administration", "write"),
    ("contents", "write"),
    ("pull_requests", "write"),
    ("actions", "write"),
    ("workflows", "write"),
    ("organization_administration", "write"),
    ("members", "write"),
    ("organization_custom_org_roles", "read"),
    ("organization_hooks", "write"),
    ("repository_hooks", "write"),
];

/// `GET /user`
pub(super) fn user(ctx: &Ctx<'_>) -> Answer {
    if ctx.token.kind != Kind::User {
        return Err(Reply::error(403, "Resource not accessible by integration"));
    }
    let mut out = shapes::user(&ctx.base, &ctx.token.login);
    let stamp = "2015-01-01T00:00:00Z";
    let more = json!({
        "name": ctx.token.login, "company": null, "blog": "", "location": null, "email": null, "hireable": null, "bio": null,
        "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0, "created_at": stamp, "updated_at": stamp,
        "private_gists": 0, "total_private_repos": 0, "owned_private_repos": 0, "disk_usage": 0, "collaborators": 0,
        "two_factor_authentication": true,
    });
    if let (Some(out), Value::Object(more)) = (out.as_object_mut(), more) {
        out.extend(more);
    }
    Ok(Reply::json(200, out))
}

/// `GET /rate_limit`
pub(super) fn rate_limit(ctx: &Ctx<'_>) -> Answer {
    let one = |resource: &str, (limit, used, reset): (u64, u64, i64)| json!({"limit": limit, "used": used, "remaining": limit.saturating_sub(used), "reset": reset, "resource": resource});
    let (core, graphql) = (one("core", ctx.rates[0]), one("graphql", ctx.rates[1]));
    let search = one("search", (30, 0, ctx.rates[0].2));
    Ok(Reply::json(200, json!({"resources": {"core": core, "graphql": graphql, "search": search}, "rate": core})))
}

/// Routes `/app…` (for the App's JWT) and `/installation…` (for an installation's token).
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, segments: &[&str]) -> Answer {
    if segments == ["installation", "token"] && method == "DELETE" {
        if ctx.token.kind != Kind::AppInstallation {
            return Err(Reply::error(403, "Resource not accessible by this token"));
        }
        ctx.revoked = true;
        return Ok(Reply::empty(204));
    }
    if segments.first() != Some(&"app") {
        return Err(ctx.no_route());
    }
    if ctx.token.kind != Kind::App {
        return Err(Reply::error(401, "A JSON web token could not be decoded"));
    }
    match (method, segments) {
        ("GET", ["app"]) => Ok(Reply::json(200, app(ctx))),
        ("GET", ["app", "installations"]) => {
            let all: Vec<usize> = (0..ctx.world.orgs.len()).filter(|o| ctx.org(*o).error.is_none()).collect();
            Ok(ctx.paged(all, |o| installation(ctx, *o)))
        }
        ("GET", ["app", "installations", id]) => {
            let o = by_id(ctx, id)?;
            Ok(Reply::json(200, installation(ctx, o)))
        }
        ("POST", ["app", "installations", id, "access_tokens"]) => mint(ctx, id),
        _ => Err(ctx.no_route()),
    }
}

/// `GET /orgs/{org}/installation` and `GET /repos/{owner}/{repo}/installation`
pub(super) fn installation_of(ctx: &Ctx<'_>, o: usize) -> Answer {
    if ctx.token.kind != Kind::App {
        return Err(Reply::error(401, "A JSON web token could not be decoded"));
    }
    Ok(Reply::json(200, installation(ctx, o)))
}

fn by_id(ctx: &Ctx<'_>, id: &str) -> Result<usize, Reply> {
    ctx.world.orgs.iter().position(|org| org.installation.to_string() == id).ok_or_else(Reply::not_found)
}

fn app(ctx: &Ctx<'_>) -> Value {
    let (id, slug) = &ctx.world.app;
    let stamp = "2026-01-01T00:00:00Z";
    json!({
        "id": id, "slug": slug, "node_id": crate::sim::world::node_id("A", *id), "client_id": format!("Iv1.{id:016x}"),
        "owner": shapes::user(&ctx.base, "octocat"), "name": slug, "description": null,
        "external_url": "https://example.com", "html_url": format!("https://github.com/apps/{slug}"), "created_at": stamp,
        "updated_at": stamp, "permissions": granted(ctx), "events": [], "installations_count": ctx.world.orgs.len(),
    })
}

/// The App's permissions: those of the JWT's entry in the state, else all that ordain can use.
fn granted(ctx: &Ctx<'_>) -> Map<String, Value> {
    match &ctx.token.permissions {
        Some(all) => all.iter().map(|(k, v)| (k.clone(), json!(v))).collect(),
        None => GRANTED.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect(),
    }
}

fn installation(ctx: &Ctx<'_>, o: usize) -> Value {
    let org = ctx.org(o);
    let (app, slug) = &ctx.world.app;
    let id = org.installation;
    let stamp = "2026-01-01T00:00:00Z";
    json!({
        "id": id, "account": shapes::owner(&ctx.base, org), "repository_selection": "all",
        "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", ctx.base),
        "repositories_url": format!("{}/installation/repositories", ctx.base),
        "html_url": format!("https://github.com/organizations/{}/settings/installations/{id}", org.login),
        "app_id": app, "app_slug": slug, "client_id": format!("Iv1.{app:016x}"), "target_id": org.id,
        "target_type": "Organization", "permissions": granted(ctx), "events": [], "created_at": stamp, "updated_at": stamp,
        "single_file_name": null, "has_multiple_single_files": false, "single_file_paths": [], "suspended_by": null,
        "suspended_at": null,
    })
}

/// Makes an installation token, narrowed as was asked; more than the App has is refused.
fn mint(ctx: &mut Ctx<'_>, id: &str) -> Answer {
    let o = by_id(ctx, id)?;
    let all = granted(ctx);
    let asked = match ctx.body.get("permissions") {
        Some(Value::Object(asked)) => asked.clone(),
        _ => all.clone(),
    };
    let rank = |v: Option<&Value>| {
        v.and_then(Value::as_str).map_or(crate::sim::token::Level::None, crate::sim::token::Level::of)
    };
    if asked.iter().any(|(k, v)| rank(Some(v)) > rank(all.get(k))) {
        return Err(Reply::error(422, "The permissions requested are not granted to this installation."));
    }
    let names = repositories(ctx, o)?;
    let number = ctx.world.fresh_id();
    let (app, slug) = ctx.world.app.clone();
    let token = format!("ghs_{app}_sim{number:032x}");
    let expires =
        ctx.world.time().checked_add(jiff::SignedDuration::from_hours(1)).unwrap_or_else(|_| ctx.world.time());
    ctx.minted.push(Token {
        token: token.clone(),
        login: slug,
        kind: Kind::AppInstallation,
        permissions: Some(asked.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()),
        orgs: Some(vec![ctx.org(o).login.clone()]),
        repositories: names.clone(),
    });
    let selection = if names.is_some() { "selected" } else { "all" };
    let body = json!({"token": token, "expires_at": expires.to_string(), "permissions": asked, "repository_selection": selection});
    Ok(Reply::json(201, body))
}

fn repositories(ctx: &Ctx<'_>, o: usize) -> Result<Option<Vec<String>>, Reply> {
    let org = ctx.org(o);
    let mut names = Vec::new();
    let list = |key: &str| ctx.body.get(key).and_then(Value::as_array).cloned();
    let (by_name, by_number) = (list("repositories"), list("repository_ids"));
    if by_name.is_none() && by_number.is_none() {
        return Ok(None);
    }
    for item in by_name.into_iter().chain(by_number).flatten() {
        let found = org
            .repos
            .iter()
            .find(|r| Some(r.id) == item.as_u64() || item.as_str().is_some_and(|n| n.eq_ignore_ascii_case(&r.name)));
        let missing =
            "There is at least one repository that does not exist or is not accessible to the parent installation.";
        names.push(found.ok_or_else(|| Reply::error(422, missing))?.name.clone());
    }
    Ok(Some(names))
}
