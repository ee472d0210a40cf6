//! Repositories that an organisation selects: for Actions, for self-hosted runners, for a runner group, for immutable releases.
//! The list is there only while the word beside it is `selected`; the state keeps it as a snapshot's reading of it.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, collections, orgs, place::Place};
use crate::sim::token::Level;

const ORG: &str = "organization_administration";
const RUNNERS: &str = "organization_self_hosted_runners";
const GROUPS: &str = "actions/runner-groups";
const RELEASES: &str = "settings/immutable-releases";

/// Routes the lists, and the document that takes its list with it.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, o: usize, tail: &[&str]) -> Answer {
    let suffix = tail.join("/");
    let of_group = tail.starts_with(&["actions", "runner-groups"]);
    let permission = if of_group { RUNNERS } else { ORG };
    ctx.need_org(o, permission, if method == "GET" { Level::Read } else { Level::Write })?;
    if let Some(reading) =
        ctx.org(o).rest.get(&suffix).filter(|reading| method == "GET" && reading.get("known").is_none())
    {
        return orgs::reply(ctx, reading);
    }
    match (method, suffix.as_str()) {
        ("GET", RELEASES) => {
            let word = word(ctx, o, RELEASES, "enforced_repositories", "none");
            Ok(Reply::json(200, json!({"enforced_repositories": word})))
        }
        ("PUT", RELEASES) => releases(ctx, o),
        ("GET", _) => {
            is_selected(ctx, o, tail)?;
            let ids = ids(ctx, o, &suffix);
            let spots = (0..ctx.org(o).repos.len()).map(|r| Spot { o, r });
            let spots: Vec<Spot> = spots.filter(|spot| ids.contains(&ctx.repo(*spot).id)).collect();
            Ok(ctx.paged_in("repositories", spots, |spot| ctx.repo_json(*spot, false)))
        }
        ("PUT", _) if tail.last() == Some(&"repositories") => {
            is_selected(ctx, o, tail)?;
            keep(ctx, o, &suffix)?;
            Ok(Reply::empty(204))
        }
        _ => Err(ctx.no_route()),
    }
}

fn word(ctx: &Ctx<'_>, o: usize, document: &str, field: &str, default: &str) -> String {
    let known = Place::Org(o).known(ctx, document).and_then(|known| known.get(field)).and_then(Value::as_str);
    known.unwrap_or(default).to_owned()
}

/// Refuses a list beside which another word stands.
fn is_selected(ctx: &Ctx<'_>, o: usize, tail: &[&str]) -> Result<(), Reply> {
    let selected = match tail {
        ["actions", "permissions", "repositories"] => {
            word(ctx, o, "actions/permissions", "enabled_repositories", "all")
        }
        ["actions", "permissions", middle @ .., "repositories"] => {
            word(ctx, o, &format!("actions/permissions/{}", middle.join("/")), "enabled_repositories", "all")
        }
        ["actions", "runner-groups", id, "repositories"] => {
            let groups = collections::items(ctx, Place::Org(o), GROUPS);
            let group =
                groups.iter().find(|group| group["id"].as_u64() == id.parse().ok()).ok_or_else(Reply::not_found)?;
            group["visibility"].as_str().unwrap_or_default().to_owned()
        }
        _ => word(ctx, o, RELEASES, "enforced_repositories", "none"),
    };
    if selected == "selected" {
        return Ok(());
    }
    Err(Reply::error(409, "The policy is not restricted to selected repositories."))
}

/// The numbers of those selected.
fn ids(ctx: &Ctx<'_>, o: usize, suffix: &str) -> Vec<u64> {
    let number = |item: &Value| item.get("id").unwrap_or(item).as_u64();
    if let Some(list) = Place::Org(o).known(ctx, suffix).and_then(Value::as_array) {
        return list.iter().filter_map(number).collect();
    }
    // A runner group brings its repositories along when it is made.
    let groups = collections::items(ctx, Place::Org(o), GROUPS);
    let group = groups.iter().find(|group| suffix == format!("{GROUPS}/{}/repositories", group["id"]));
    group
        .and_then(|group| group["selected_repository_ids"].as_array())
        .into_iter()
        .flatten()
        .filter_map(number)
        .collect()
}

/// Whether a list has a repository.
pub(super) fn has(ctx: &Ctx<'_>, o: usize, suffix: &str, id: u64) -> bool {
    ids(ctx, o, suffix).contains(&id)
}

/// Replaces a list by the numbers of the request.
fn keep(ctx: &mut Ctx<'_>, o: usize, suffix: &str) -> Result<(), Reply> {
    let asked = ctx.body.get("selected_repository_ids").and_then(Value::as_array).cloned();
    let Some(asked) = asked else {
        return Err(Reply::error(422, "Invalid request.\n\n\"selected_repository_ids\" wasn't supplied."));
    };
    let mut list = Vec::new();
    for id in asked.iter().map(Value::as_u64) {
        let found = ctx.org(o).repos.iter().find(|repo| Some(repo.id) == id);
        let Some(repo) = found else { return Err(Reply::not_found()) };
        list.push(json!({"id": repo.id, "node_id": repo.node_id, "name": repo.name}));
    }
    Place::Org(o).keep(ctx, suffix, Value::Array(list));
    Ok(())
}

fn releases(ctx: &mut Ctx<'_>, o: usize) -> Answer {
    let word = ctx.required("enforced_repositories")?;
    if !["all", "none", "selected"].contains(&word.as_str()) {
        return Err(Reply::error(422, "Invalid request.\n\nenforced_repositories is not a possible value."));
    }
    if ctx.body.get("selected_repository_ids").is_some() {
        keep(ctx, o, "settings/immutable-releases/repositories")?;
    }
    Place::Org(o).keep(ctx, RELEASES, json!({"enforced_repositories": word}));
    Ok(Reply::empty(204))
}

/// Whether the organisation enforces immutable releases in a repository.
fn is_enforced(ctx: &Ctx<'_>, spot: Spot) -> bool {
    match word(ctx, spot.o, RELEASES, "enforced_repositories", "none").as_str() {
        "all" => true,
        "selected" => has(ctx, spot.o, "settings/immutable-releases/repositories", ctx.repo(spot).id),
        _ => false,
    }
}

/// `GET`, `PUT` and `DELETE /repos/{owner}/{repo}/immutable-releases`.
pub(super) fn immutable(ctx: &mut Ctx<'_>, method: &str, spot: Spot) -> Answer {
    const SUFFIX: &str = "immutable-releases";
    let place = Place::Repo(spot);
    let on = match method {
        "GET" => {
            // Who may not know is told the same as where they are off.
            ctx.need(spot, "administration", Level::Read).map_err(|_| Reply::not_found())?;
            let own = place.known(ctx, SUFFIX).and_then(|known| known.get("enabled")) == Some(&json!(true));
            let enforced = is_enforced(ctx, spot);
            return if own || enforced {
                Ok(Reply::json(200, json!({"enabled": true, "enforced_by_owner": enforced})))
            } else {
                Err(Reply::not_found())
            };
        }
        "PUT" => true,
        "DELETE" => false,
        _ => return Err(ctx.no_route()),
    };
    ctx.need(spot, "administration", Level::Write)?;
    if is_enforced(ctx, spot) {
        return Err(Reply::error(409, "Immutable releases are enforced by the owner of the repository."));
    }
    place.keep(ctx, SUFFIX, json!({"enabled": on, "enforced_by_owner": false}));
    Ok(Reply::empty(204))
}
