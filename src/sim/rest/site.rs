//! The site of GitHub Pages.

use serde_json::{Map, Value, json};

use super::{Answer, Ctx, Reply, Spot, orgs, place::Place};
use crate::sim::token::Level;

const ROUTE: &str = "pages";

/// Answers `/repos/{owner}/{repo}/pages`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot) -> Answer {
    let place = Place::Repo(spot);
    ctx.need(spot, "pages", if method == "GET" { Level::Read } else { Level::Write })?;
    if method != "GET" {
        ctx.need(spot, "administration", Level::Write)?;
    }
    if let Some(reading) =
        place.readings(ctx).get(ROUTE).filter(|reading| method == "GET" && reading.get("known").is_none())
    {
        return orgs::reply(ctx, reading);
    }
    let site = place.known(ctx, ROUTE).filter(|site| site.is_object()).cloned();
    match (method, site) {
        ("GET", Some(site)) => Ok(Reply::json(200, shown(ctx, spot, &site))),
        ("POST", None) => make(ctx, spot),
        ("POST", Some(_)) => Err(Reply::error(409, "GitHub Pages is already enabled.")),
        ("PUT", Some(site)) => change(ctx, spot, site),
        ("DELETE", Some(_)) => {
            place.keep(ctx, ROUTE, Value::Null);
            ctx.repo_mut(spot).set("has_pages", json!(false));
            Ok(Reply::empty(204))
        }
        ("GET" | "PUT" | "DELETE", None) => Err(Reply::not_found()),
        _ => Err(ctx.no_route()),
    }
}

fn shown(ctx: &Ctx<'_>, spot: Spot, site: &Value) -> Value {
    let mut all = json!({
        "url": format!("{}/pages", ctx.repo_url(spot)), "status": null, "cname": null, "custom_404": false,
        "build_type": "legacy", "source": {"branch": ctx.repo(spot).default_branch(), "path": "/"}, "public": true,
        "https_enforced": true,
    });
    if let (Some(all), Some(site)) = (all.as_object_mut(), site.as_object()) {
        all.extend(site.clone());
    }
    all
}

/// The source of a body: `{branch, path}`, the path `/` where it is not said.
fn source(ctx: &Ctx<'_>, spot: Spot) -> Result<Option<Value>, Reply> {
    let Some(source) = ctx.body.get("source").filter(|source| !source.is_null()) else { return Ok(None) };
    let text = |key: &str| source.get(key).and_then(Value::as_str);
    let (branch, path) = (text("branch").unwrap_or_default(), text("path").unwrap_or("/"));
    if !ctx.repo(spot).refs.contains_key(&format!("refs/heads/{branch}")) {
        return Err(Reply::error(422, &format!("The {branch} branch must exist before GitHub Pages can be built.")));
    }
    if !["/", "/docs"].contains(&path) {
        return Err(Reply::error(
            422,
            "Invalid request.\n\nFor 'properties/path', it is not a member of [\"/\", \"/docs\"].",
        ));
    }
    Ok(Some(json!({"branch": branch, "path": path})))
}

fn build_type(ctx: &Ctx<'_>) -> Result<Option<String>, Reply> {
    let word = ctx.text("build_type")?;
    match word.as_deref() {
        None | Some("legacy" | "workflow") => Ok(word),
        Some(_) => Err(Reply::error(422, "Invalid request.\n\nFor 'properties/build_type', it is not a member.")),
    }
}

fn make(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    let (build_type, source) = (build_type(ctx)?, source(ctx, spot)?);
    if source.is_none() && build_type.as_deref() != Some("workflow") {
        return Err(Reply::error(422, "Invalid request.\n\n\"source\" wasn't supplied."));
    }
    let mut site =
        Map::from_iter([("build_type".to_owned(), json!(build_type.unwrap_or_else(|| "legacy".to_owned())))]);
    site.extend(source.map(|source| ("source".to_owned(), source)));
    let site = Value::Object(site);
    Place::Repo(spot).keep(ctx, ROUTE, site.clone());
    ctx.repo_mut(spot).set("has_pages", json!(true));
    Ok(Reply::json(201, shown(ctx, spot, &site)))
}

fn change(ctx: &mut Ctx<'_>, spot: Spot, mut site: Value) -> Answer {
    let (build_type, source) = (build_type(ctx)?, source(ctx, spot)?);
    if ctx.body.get("cname").is_some() {
        site["cname"] = json!(ctx.text("cname")?);
    }
    if let Some(on) = ctx.flag("https_enforced")? {
        // A domain of its own has no certificate until GitHub has fetched one.
        if on && site["cname"].is_string() && site["https_certificate"]["state"] != "approved" {
            return Err(Reply::error(404, "The certificate does not exist yet"));
        }
        site["https_enforced"] = json!(on);
    }
    if let Some(word) = build_type {
        site["build_type"] = json!(word);
    }
    if let Some(source) = source {
        site["source"] = source;
    }
    Place::Repo(spot).keep(ctx, ROUTE, site);
    Ok(Reply::empty(204))
}
