//! `…/branches/{branch}/protection`: classic protection of one branch that is there.

use serde_json::{Map, Value, json};

use super::{Answer, Ctx, Reply, Spot, access, accounts, shapes};
use crate::sim::protection::{REVIEWS, SWITCHES, blank, keep, of_branch, replace, rules};
use crate::sim::teams;
use crate::sim::token::Level;

/// Refuses what has no classic protection: a branch that is not there, a private repository on GitHub Free.
fn guard(ctx: &Ctx<'_>, method: &str, spot: Spot, branch: &str) -> Result<(), Reply> {
    ctx.need(spot, "administration", if method == "GET" { Level::Read } else { Level::Write })?;
    let free = ctx.org(spot.o).fields.get("plan").is_some_and(|plan| plan["name"] == "free");
    if free && ctx.repo(spot).is_private() {
        let message = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
        return Err(Reply::error(403, message));
    }
    if !ctx.repo(spot).refs.contains_key(&format!("refs/heads/{branch}")) {
        return Err(Reply::error(404, "Branch not found"));
    }
    Ok(())
}

/// Routes the protection of a branch.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, branch: &str) -> Answer {
    guard(ctx, method, spot, branch)?;
    let bare = || Reply::error(404, "Branch not protected");
    match method {
        "GET" => Ok(Reply::json(200, shown(ctx, spot, branch, &of_branch(ctx.repo(spot), branch).ok_or_else(bare)?))),
        "PUT" => put(ctx, spot, branch),
        "DELETE" => {
            let mut all = rules(ctx.repo(spot));
            let at = all.iter().position(|rule| rule["pattern"] == branch).ok_or_else(bare)?;
            all.remove(at);
            keep(ctx.repo_mut(spot), all);
            Ok(Reply::empty(204))
        }
        _ => Err(ctx.no_route()),
    }
}

fn put(ctx: &mut Ctx<'_>, spot: Spot, branch: &str) -> Answer {
    for key in ["required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions"] {
        if ctx.body.get(key).is_none() {
            return Err(Reply::error(422, &format!("Invalid request.\n\n\"{key}\" wasn't supplied.")));
        }
    }
    let checks = &ctx.body["required_status_checks"];
    let some = |key: &str| checks[key].as_array().is_some_and(|list| !list.is_empty());
    if some("contexts") && some("checks") {
        return Err(Reply::error(422, "Only one of 'contexts' and 'checks' can be given."));
    }
    let mut all = rules(ctx.repo(spot));
    let at = match all.iter().position(|rule| rule["pattern"] == branch) {
        Some(at) => at,
        None => {
            all.push(blank(ctx.world, branch));
            all.len() - 1
        }
    };
    replace(ctx.world, ctx.org(spot.o), &mut all[at], &ctx.body);
    let rule = all[at].clone();
    keep(ctx.repo_mut(spot), all);
    Ok(Reply::json(200, shown(ctx, spot, branch, &rule)))
}

/// `…/protection/required_signatures`: POST switches on, DELETE off.
pub(super) fn signatures(ctx: &mut Ctx<'_>, method: &str, spot: Spot, branch: &str) -> Answer {
    guard(ctx, method, spot, branch)?;
    let mut all = rules(ctx.repo(spot));
    let at = all.iter().position(|rule| rule["pattern"] == branch);
    let at = at.ok_or_else(|| Reply::error(404, "Branch not protected"))?;
    let url = format!("{}/branches/{branch}/protection/required_signatures", ctx.repo_url(spot));
    if method != "GET" {
        all[at]["requiresCommitSignatures"] = json!(method == "POST");
    }
    let body = json!({"url": url, "enabled": all[at]["requiresCommitSignatures"] == true});
    keep(ctx.repo_mut(spot), all);
    Ok(if method == "DELETE" { Reply::empty(204) } else { Reply::json(200, body) })
}

/// Returns a rule as REST tells it of a branch.
fn shown(ctx: &Ctx<'_>, spot: Spot, branch: &str, rule: &Value) -> Value {
    let url = format!("{}/branches/{branch}/protection", ctx.repo_url(spot));
    let mut out = Map::new();
    out.insert("url".to_owned(), json!(url));
    for (rest, graphql) in SWITCHES {
        let mut told = json!({"enabled": rule[*graphql] == true});
        if *rest == "enforce_admins" {
            told["url"] = json!(format!("{url}/enforce_admins"));
        }
        out.insert((*rest).to_owned(), told);
    }
    let signed = rule["requiresCommitSignatures"] == true;
    out.insert(
        "required_signatures".to_owned(),
        json!({"url": format!("{url}/required_signatures"), "enabled": signed}),
    );
    if rule["requiresStatusChecks"] == true {
        out.insert("required_status_checks".to_owned(), checks(rule, &url));
    }
    if rule["requiresApprovingReviews"] == true {
        let mut told = Map::new();
        told.insert("url".to_owned(), json!(format!("{url}/required_pull_request_reviews")));
        for (rest, graphql) in REVIEWS {
            told.insert((*rest).to_owned(), json!(rule[*graphql] == true));
        }
        told.insert(
            "required_approving_review_count".to_owned(),
            json!(rule["requiredApprovingReviewCount"].as_u64().unwrap_or(0)),
        );
        if rule["restrictsReviewDismissals"] == true {
            told.insert(
                "dismissal_restrictions".to_owned(),
                lists(ctx, spot, &url, &rule["reviewDismissalAllowances"]),
            );
        }
        let bypass = lists(ctx, spot, &url, &rule["bypassPullRequestAllowances"]);
        if rule["bypassPullRequestAllowances"]["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty()) {
            told.insert("bypass_pull_request_allowances".to_owned(), bypass);
        }
        out.insert("required_pull_request_reviews".to_owned(), Value::Object(told));
    }
    if rule["restrictsPushes"] == true {
        out.insert("restrictions".to_owned(), lists(ctx, spot, &url, &rule["pushAllowances"]));
    }
    Value::Object(out)
}

fn checks(rule: &Value, url: &str) -> Value {
    let all = rule["requiredStatusChecks"].as_array().cloned().unwrap_or_default();
    let told: Vec<Value> =
        all.iter().map(|one| json!({"context": one["context"], "app_id": one["app"]["databaseId"]})).collect();
    let names: Vec<Value> = all.iter().map(|one| one["context"].clone()).collect();
    json!({
        "url": format!("{url}/required_status_checks"), "strict": rule["requiresStrictStatusChecks"] == true,
        "contexts": names, "contexts_url": format!("{url}/required_status_checks/contexts"), "checks": told,
    })
}

/// Returns people, teams and apps as REST tells them.
fn lists(ctx: &Ctx<'_>, spot: Spot, url: &str, allowances: &Value) -> Value {
    let actors = || allowances["nodes"].as_array().into_iter().flatten().map(|node| &node["actor"]);
    let named = |typename: &'static str, key: &'static str| {
        actors().filter(move |actor| actor["__typename"] == typename).filter_map(move |actor| actor[key].as_str())
    };
    let users: Vec<Value> = named("User", "login").map(|login| shapes::user(&ctx.base, login)).collect();
    let teams: Vec<Value> = named("Team", "slug").map(|slug| team(ctx, spot, slug)).collect();
    let apps: Vec<Value> = actors()
        .filter(|actor| actor["__typename"] == "App")
        .map(|app| {
            accounts::app_of(
                ctx,
                app["slug"].as_str().unwrap_or_default(),
                app["databaseId"].as_u64().unwrap_or_default(),
            )
        })
        .collect();
    json!({
        "url": url, "users_url": format!("{url}/users"), "teams_url": format!("{url}/teams"), "apps_url": format!("{url}/apps"),
        "users": users, "teams": teams, "apps": apps,
    })
}

/// Returns a team as `GET /orgs/{org}/teams` has it; one that the state does not know has its name only.
fn team(ctx: &Ctx<'_>, spot: Spot, slug: &str) -> Value {
    let unknown = json!({ "slug": slug });
    access::team(ctx, spot.o, teams::by_slug(ctx.org(spot.o), slug).unwrap_or(&unknown))
}
