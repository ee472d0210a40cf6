//! What teams may do in repositories. Kept with the repository: `teams`, `[{slug, permission}]`.

use serde_json::{Value, json};

use super::{TEAMS, among, is, items, keep, teams, text};
use crate::sim::rest::{Answer, Ctx, Reply, Spot, place::Place, shapes};
use crate::sim::token::Level;
use crate::sim::world::{Org, Repo, World};

const WORDS: [&str; 5] = ["pull", "triage", "push", "maintain", "admin"];

/// Routes `/orgs/{org}/teams/{team_slug}/repos…`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, o: usize, tail: &[&str]) -> Answer {
    ctx.need_org(o, "members", Level::Read)?;
    match (method, tail) {
        ("GET", [slug, "repos"]) => list(ctx, o, slug),
        (_, [slug, "repos", owner, name]) => {
            let found =
                ctx.world.org_index(owner).filter(|other| *other == o).and_then(|_| ctx.org(o).repo_index(name));
            let spot = Spot { o, r: found.ok_or_else(Reply::not_found)? };
            one(ctx, method, spot, slug)
        }
        _ => Err(ctx.no_route()),
    }
}

/// The teams below a team.
pub(super) fn below(ctx: &Ctx<'_>, o: usize, slug: &str) -> Vec<String> {
    let all = items(ctx, Place::Org(o), TEAMS).unwrap_or_default();
    let above = |team: &Value| team.pointer("/parent/slug").and_then(Value::as_str).map(str::to_lowercase);
    let mut found: Vec<String> = Vec::new();
    let mut wanted = vec![slug.to_lowercase()];
    while let Some(parent) = wanted.pop() {
        for team in all.iter().filter(|team| above(team).as_deref() == Some(&parent)) {
            let slug = text(team, "slug").to_lowercase();
            if !found.contains(&slug) {
                found.push(slug.clone());
                wanted.push(slug);
            }
        }
    }
    found
}

/// The team and its parents, the nearest first.
fn line(org: &Org, slug: &str) -> Vec<String> {
    let teams = among(&org.rest, TEAMS);
    let mut line = vec![slug.to_lowercase()];
    while let Some(parent) = line.last().and_then(|slug| {
        let team = teams.iter().find(|team| is(team, "slug", slug))?;
        Some(team.pointer("/parent/slug")?.as_str()?.to_lowercase())
    }) {
        if line.contains(&parent) {
            break;
        }
        line.push(parent);
    }
    line
}

fn rank(permission: &str) -> usize {
    WORDS.iter().position(|word| *word == permission).unwrap_or(WORDS.len())
}

/// What a team may do in a repository, inherited grants too.
pub(super) fn permission(org: &Org, repo: &Repo, slug: &str) -> Option<String> {
    let grants = among(&repo.rest, TEAMS);
    let held = line(org, slug);
    let held = held.iter().filter_map(|slug| grants.iter().find(|grant| is(grant, "slug", slug)));
    held.map(|grant| text(grant, "permission").to_owned()).max_by_key(|permission| rank(permission))
}

fn list(ctx: &Ctx<'_>, o: usize, slug: &str) -> Answer {
    teams::find(ctx, o, slug)?;
    if let Some(refused) = ctx.org(o).rest.get(&format!("teams/{slug}/repos")) {
        return super::orgs::reply(ctx, refused);
    }
    let seen =
        (0..ctx.org(o).repos.len()).map(|r| Spot { o, r }).filter(|spot| ctx.token.sees(ctx.org(o), ctx.repo(*spot)));
    let found: Vec<(Spot, String)> =
        seen.filter_map(|spot| Some((spot, permission(ctx.org(o), ctx.repo(spot), slug)?))).collect();
    Ok(ctx.paged(found, |(spot, permission)| {
        let mut out = shapes::simple_repo(&ctx.base, ctx.org(o), ctx.repo(*spot));
        let role = match permission.as_str() {
            "pull" => "read",
            "push" => "write",
            other => other,
        };
        let held = |word: &str| rank(word) <= rank(permission);
        out.insert("role_name".to_owned(), json!(role));
        out.insert(
            "permissions".to_owned(),
            WORDS.iter().map(|word| ((*word).to_owned(), json!(held(word)))).collect(),
        );
        Value::Object(out)
    }))
}

/// `GET /repos/{owner}/{repo}/teams`: those that were given it themselves.
pub(super) fn of_repo(ctx: &Ctx<'_>, spot: Spot) -> Answer {
    ctx.need(spot, "administration", Level::Read)?;
    let grants = items(ctx, Place::Repo(spot), TEAMS)?;
    let known: Vec<(Value, String)> = grants
        .iter()
        .filter_map(|grant| {
            let team =
                teams::find(ctx, spot.o, text(grant, "slug")).unwrap_or_else(|_| json!({"slug": text(grant, "slug")}));
            Some((team, grant.get("permission")?.as_str()?.to_owned()))
        })
        .collect();
    Ok(ctx.paged(known, |(team, permission)| {
        teams::with(teams::shape(ctx, spot.o, team), json!({ "permission": permission }))
    }))
}

fn one(ctx: &mut Ctx<'_>, method: &str, spot: Spot, slug: &str) -> Answer {
    let team = teams::find(ctx, spot.o, slug)?;
    if method == "GET" {
        return permission(ctx.org(spot.o), ctx.repo(spot), slug)
            .map(|_| Reply::empty(204))
            .ok_or_else(Reply::not_found);
    }
    ctx.need(spot, "administration", Level::Write)?;
    if ctx.repo(spot).flag("archived") {
        return Err(Reply::error(403, "Repository was archived so is read-only."));
    }
    let place = Place::Repo(spot);
    let mut grants = items(ctx, place, TEAMS)?;
    let at = grants.iter().position(|grant| is(grant, "slug", slug));
    match (method, at) {
        ("PUT", at) => {
            let permission = ctx.text("permission")?.unwrap_or_else(|| "push".to_owned());
            let custom = super::super::collections::items(ctx, Place::Org(spot.o), "custom-repository-roles");
            if rank(&permission) == WORDS.len() && !custom.iter().any(|role| is(role, "name", &permission)) {
                return Err(Reply::invalid("Team", "permission", "invalid", None));
            }
            match at.and_then(|at| grants.get_mut(at)) {
                Some(grant) => grant["permission"] = json!(permission),
                None => grants.push(json!({"slug": text(&team, "slug"), "permission": permission})),
            }
        }
        ("DELETE", Some(at)) => {
            grants.remove(at);
        }
        ("DELETE", None) => {}
        _ => return Err(ctx.no_route()),
    }
    keep(ctx, place, TEAMS, grants);
    Ok(Reply::empty(204))
}

/// Takes the grants of a team that is gone.
pub(super) fn forget(ctx: &mut Ctx<'_>, o: usize, slug: &str) {
    for r in 0..ctx.org(o).repos.len() {
        let place = Place::Repo(Spot { o, r });
        let mut grants = items(ctx, place, TEAMS).unwrap_or_default();
        grants.retain(|grant| !is(grant, "slug", slug));
        keep(ctx, place, TEAMS, grants);
    }
}

/// Takes what an observation tells in another place into the one where it is kept: grants by team to their repositories, answers
/// of GraphQL to the lists of REST. Notes every login, so that it stays an account whatever becomes of it.
pub(crate) fn take(world: &mut World, o: usize) {
    if let Some(org) = world.orgs.get_mut(o) {
        take_grants(org);
        for repo in &mut org.repos {
            repo.graphql.remove("allCollaborators");
            if let Some(direct) = repo.graphql.remove("directCollaborators") {
                let list = super::collaborators::of_edges(&direct);
                repo.rest.entry(super::DIRECT.to_owned()).or_insert_with(|| json!({ "known": list }));
            }
            if let Some(keys) = repo.graphql.remove("allDeployKeys") {
                let id = repo.id;
                repo.rest.entry("keys".to_owned()).or_insert_with(|| json!({"known": keys_of(&keys, id)}));
            }
        }
    }
    let mut logins = Vec::new();
    if let Some(org) = world.orgs.get(o) {
        let of_repos = org.repos.iter().flat_map(|repo| repo.rest.values().chain(repo.graphql.values()));
        org.rest.values().chain(of_repos).for_each(|reading| collect(reading, &mut logins));
    }
    world.seen.extend(logins);
}

fn take_grants(org: &mut Org) {
    let of_team = |key: &str| key.strip_prefix("teams/")?.strip_suffix("/repos").map(str::to_owned);
    let suffixes: Vec<String> = org.rest.keys().filter(|key| of_team(key).is_some()).cloned().collect();
    for suffix in suffixes {
        let Some(known) = org.rest.get(&suffix).and_then(|reading| reading.get("known")).cloned() else { continue };
        org.rest.remove(&suffix);
        let Some(slug) = of_team(&suffix) else { continue };
        for item in known.as_array().into_iter().flatten() {
            let Some(repo) = org.repos.iter_mut().find(|repo| is(item, "node_id", &repo.node_id)) else { continue };
            let permission = match text(item, "role_name") {
                "read" => "pull",
                "write" => "push",
                other => other,
            };
            let reading = repo.rest.entry(TEAMS.to_owned()).or_insert_with(|| json!({"known": []}));
            let Some(list) = reading.get_mut("known").and_then(Value::as_array_mut) else { continue };
            if !list.iter().any(|grant| is(grant, "slug", &slug)) {
                list.push(json!({"slug": slug, "permission": permission}));
            }
        }
    }
}

fn keys_of(connection: &Value, repo: u64) -> Vec<Value> {
    let nodes = connection.get("nodes").and_then(Value::as_array).into_iter().flatten();
    nodes
        .zip(1_u64..)
        .map(|(node, at)| json!({"id": repo * 100 + at, "title": text(node, "title"), "read_only": node.get("readOnly"), "key": "ssh-ed25519 AAAA"}))
        .collect()
}

/// Every login anywhere in a reading.
fn collect(value: &Value, logins: &mut Vec<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| collect(one, logins)),
        Value::Object(map) => {
            if let Some(Value::String(login)) = map.get("login") {
                logins.push(login.clone());
            }
            map.values().for_each(|one| collect(one, logins));
        }
        _ => {}
    }
}
