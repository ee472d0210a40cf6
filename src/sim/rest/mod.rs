//! GitHub's REST routes. One file for each area; this one finds the area and the repository.
//!
//! A route that is not here answers 501, never 404: what ordain asks must be something the simulator knows.

mod access;
mod accounts;
mod actions;
mod actions_policy;
mod actions_store;
mod app;
mod attach;
mod chosen;
mod collections;
mod commits;
mod configurations;
mod contents;
mod ctx;
mod default_setup;
mod documents;
mod environments;
mod fields;
mod gitdb;
mod interaction;
mod issues;
mod labels;
mod org_patch;
mod orgs;
mod pages;
mod place;
mod plain;
mod properties;
mod protection;
mod pulls;
mod rename;
mod repos;
mod rulesets;
mod runner_groups;
mod security;
mod shapes;
mod site;

use serde_json::{Value, json};

pub(super) use access::{Access, accesses, take as take_access};
pub(super) use accounts::{ACTIONS_APP, app_id, app_slug};
pub(super) use configurations::defaults as configuration_defaults;
pub(super) use contents::unwrapped as from_base64;
pub(super) use ctx::{Answer, Ctx, Reply, Spot};
pub(super) use interaction::in_force as interaction_limit;
pub(super) use plain::{plain_pull, plain_run, plain_workflow, pull_of_state, take_workflows, workflows_of_state};
pub(super) use pulls::{commits_of, files_of};
pub(super) use shapes::account_id;

/// Answers a REST request; `path` is without `/api/v3` and not yet decoded.
pub(super) fn answer(ctx: &mut Ctx<'_>, path: &str) -> Reply {
    if path.len() > 1 && path.ends_with('/') {
        return Reply::not_found();
    }
    let segments: Vec<String> = path.split('/').skip(1).map(|s| super::http::decode(s, false)).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match route(ctx, &segments) {
        Ok(reply) | Err(reply) => reply,
    }
}

fn route(ctx: &mut Ctx<'_>, segments: &[&str]) -> Answer {
    let method = ctx.method.clone();
    match (method.as_str(), segments) {
        ("GET", ["user"]) => app::user(ctx),
        ("GET", ["users", login]) => access::user(ctx, login),
        ("GET", ["rate_limit"]) => app::rate_limit(ctx),
        ("GET", ["apps", slug]) => accounts::app(ctx, slug),
        ("GET", ["meta"]) => Ok(Reply::json(200, json!({"verifiable_password_authentication": false}))),
        (_, ["app" | "installation", ..]) => app::route(ctx, &method, segments),
        (_, ["orgs", org, tail @ ..]) => org_route(ctx, &method, org, tail),
        (_, ["repos", owner, name, tail @ ..]) => {
            let spot = find(ctx, owner, name, tail)?;
            repo_route(ctx, &method, spot, tail)
        }
        (_, ["repositories", id, tail @ ..]) => {
            let spot = by_id(ctx, id).ok_or_else(Reply::not_found)?;
            repo_route(ctx, &method, spot, tail)
        }
        _ => Err(ctx.no_route()),
    }
}

fn org_route(ctx: &mut Ctx<'_>, method: &str, login: &str, tail: &[&str]) -> Answer {
    let o = ctx.world.org_index(login).ok_or_else(Reply::not_found)?;
    if let Some((status, message)) = &ctx.org(o).error {
        return Err(Reply::error(*status, message));
    }
    match (method, tail) {
        ("GET", []) => orgs::get(ctx, o),
        ("GET", ["repos"]) => orgs::repos(ctx, o),
        ("PATCH", []) => org_patch::patch(ctx, o),
        (_, ["actions", "permissions"]) => actions_policy::permissions(ctx, method, place::Place::Org(o)),
        (_, ["actions", "permissions", .., "repositories"]) => chosen::route(ctx, method, o, tail),
        (_, ["actions", "runner-groups", _, "repositories"]) => chosen::route(ctx, method, o, tail),
        (_, ["settings", "immutable-releases", ..]) => chosen::route(ctx, method, o, tail),
        ("GET", ["installation"]) => app::installation_of(ctx, o),
        (_, ["code-security", "configurations", tail @ ..]) => configurations::route(ctx, method, o, tail),
        (_, ["properties", tail @ ..]) => properties::route(ctx, method, o, tail),
        (_, ["rulesets", tail @ ..]) => rulesets::route(ctx, method, place::Place::Org(o), tail),
        (_, ["interaction-limits"]) => interaction::route(ctx, method, place::Place::Org(o)),
        _ => access::of_org(ctx, method, o, tail)
            .or_else(|| simple(ctx, method, place::Place::Org(o), &tail.join("/")))
            .unwrap_or_else(|| orgs::observed(ctx, method, o, &tail.join("/"))),
    }
}

fn repo_route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, tail: &[&str]) -> Answer {
    let unarchives = method == "PATCH" && tail.is_empty() && ctx.body.get("archived") == Some(&json!(false));
    if method != "GET" && ctx.repo(spot).flag("archived") && !unarchives {
        return Err(Reply::error(403, "Repository was archived so is read-only."));
    }
    match (method, tail) {
        ("GET", []) => Ok(Reply::json(200, ctx.repo_json(spot, true))),
        ("PATCH", []) => repos::patch(ctx, spot),
        ("GET", ["installation"]) => app::installation_of(ctx, spot.o),
        (_, ["private-vulnerability-reporting" | "vulnerability-alerts" | "automated-security-fixes"]) => {
            security::route(ctx, method, spot, tail[0])
        }
        ("GET", ["code-security-configuration"]) => attach::of_repo(ctx, spot),
        ("GET", ["autolinks"]) => labels::autolinks(ctx, spot),
        (_, ["environments", rest @ ..]) => environments::route(ctx, method, spot, rest),
        (_, ["interaction-limits"]) => interaction::route(ctx, method, place::Place::Repo(spot)),
        (_, ["pages"]) => site::route(ctx, method, spot),
        (_, ["actions", "permissions"]) => actions_policy::permissions(ctx, method, place::Place::Repo(spot)),
        (_, ["actions", "permissions", "workflow"]) => actions_policy::workflow(ctx, method, spot),
        (_, ["immutable-releases"]) => chosen::immutable(ctx, method, spot),
        (_, ["code-scanning", "default-setup"]) => default_setup::route(ctx, method, spot),
        (_, ["actions", "workflows" | "runs", ..]) => actions::route(ctx, method, spot, &tail[1..]),
        (_, ["contents", path @ ..]) => contents::route(ctx, method, spot, &path.join("/")),
        (_, ["git", rest @ ..]) => gitdb::route(ctx, method, spot, rest),
        ("GET", ["commits", sha, "pulls"]) => pulls::of_commit(ctx, spot, sha),
        ("POST", ["branches", name, "rename"]) => rename::route(ctx, spot, name),
        (_, ["branches", branch @ .., "protection"]) => protection::route(ctx, method, spot, &branch.join("/")),
        (_, ["branches", branch @ .., "protection", "required_signatures"]) => {
            protection::signatures(ctx, method, spot, &branch.join("/"))
        }
        (_, ["branches" | "commits" | "compare", ..]) if known(ctx, spot, tail).is_none() => {
            commits::route(ctx, method, spot, tail)
        }
        (_, ["issues", rest @ ..]) => issues::route(ctx, method, spot, rest),
        ("POST", ["check-runs"]) => issues::check(ctx, spot),
        (_, ["pulls", rest @ ..]) => pulls::route(ctx, method, spot, rest),
        (_, ["topics"]) => fields::topics(ctx, method, spot),
        (_, ["rulesets", tail @ ..]) => rulesets::route(ctx, method, place::Place::Repo(spot), tail),
        ("GET", ["rules", "branches", branch @ ..]) => rulesets::of_branch(ctx, spot, &branch.join("/")),
        _ => access::of_repo(ctx, method, spot, tail)
            .or_else(|| simple(ctx, method, place::Place::Repo(spot), &tail.join("/")))
            .unwrap_or_else(|| repos::observed(ctx, method, spot, &tail.join("/"))),
    }
}

/// Answers from the tables of simple documents and collections; none if the path is in neither.
fn simple(ctx: &mut Ctx<'_>, method: &str, place: place::Place, suffix: &str) -> Option<Answer> {
    documents::route(ctx, method, place, suffix).or_else(|| collections::route(ctx, method, place, suffix))
}

/// Returns an observed answer that is served as it is.
fn known<'c>(ctx: &'c Ctx<'_>, spot: Spot, tail: &[&str]) -> Option<&'c Value> {
    ctx.repo(spot).rest.get(&tail.join("/"))
}

/// Finds a repository by name; one that was renamed answers where it is now.
fn find(ctx: &Ctx<'_>, owner: &str, name: &str, tail: &[&str]) -> Result<Spot, Reply> {
    let o = ctx.world.org_index(owner).ok_or_else(Reply::not_found)?;
    let org = ctx.org(o);
    if let Some(r) = org.repo_index(name) {
        let seen = ctx.token.sees(org, &org.repos[r]) && org.error.is_none();
        return if seen { Ok(Spot { o, r }) } else { Err(Reply::not_found()) };
    }
    let r = org.renamed_index(name).ok_or_else(Reply::not_found)?;
    if !ctx.token.sees(org, &org.repos[r]) {
        return Err(Reply::not_found());
    }
    let rest: String = tail.iter().map(|s| format!("/{}", super::http::encode(s))).collect();
    let query = if ctx.raw_query.is_empty() { String::new() } else { format!("?{}", ctx.raw_query) };
    let location = format!("{}/repositories/{}{rest}{query}", ctx.base, org.repos[r].id);
    let (status, message) = if ctx.method == "GET" { (301, "Moved Permanently") } else { (307, "Temporary Redirect") };
    let body = json!({
        "message": message,
        "url": location,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    });
    Err(Reply::json(status, body).header("location", location))
}

fn by_id(ctx: &Ctx<'_>, id: &str) -> Option<Spot> {
    let id: u64 = id.parse().ok()?;
    for (o, org) in ctx.world.orgs.iter().enumerate() {
        if let Some(r) =
            org.number_index(id).filter(|r| org.repos.get(*r).is_some_and(|repo| ctx.token.sees(org, repo)))
        {
            return Some(Spot { o, r });
        }
    }
    None
}
