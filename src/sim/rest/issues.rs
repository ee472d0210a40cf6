//! Issues, comments and check runs: what reports are posted to. Kept as readings of the repository, so that a state file shows
//! what was posted.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, collections::items, place::Place, shapes};
use crate::sim::token::Level;
use crate::sim::world::node_id;

const ISSUES: &str = "issues";
const COMMENTS: &str = "issues/comments";
const CHECKS: &str = "check-runs";

/// Routes `/repos/{owner}/{repo}/issues…`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, tail: &[&str]) -> Answer {
    let level = if method == "GET" { Level::Read } else { Level::Write };
    ctx.need(spot, "issues", level).or_else(|reply| ctx.need(spot, "pull_requests", level).map_err(|_| reply))?;
    match (method, tail) {
        ("GET", []) => Ok(list(ctx, spot)),
        ("POST", []) => open(ctx, spot),
        ("PATCH", [number]) => change(ctx, spot, number),
        ("GET", [number, "comments"]) => {
            let number: u64 = number.parse().map_err(|_| Reply::not_found())?;
            let of = |one: &Value| one["issue_number"] == number;
            let found: Vec<Value> = items(ctx, Place::Repo(spot), COMMENTS).into_iter().filter(of).collect();
            Ok(ctx.paged(found, |one| comment(ctx, spot, one)))
        }
        ("POST", [number, "comments"]) => say(ctx, spot, number),
        ("PATCH", ["comments", id]) => say_again(ctx, spot, id),
        _ => Err(ctx.no_route()),
    }
}

/// `POST /repos/{owner}/{repo}/check-runs`
pub(super) fn check(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    ctx.need(spot, "checks", Level::Write)?;
    let (name, sha) = (ctx.required("name")?, ctx.required("head_sha")?);
    let annotations = ctx.body.pointer("/output/annotations").and_then(Value::as_array).cloned().unwrap_or_default();
    if annotations.len() > 50 {
        return Err(Reply::invalid("CheckRun", "annotations", "custom", Some("too many annotations, at most 50")));
    }
    let (id, stamp) = (ctx.world.fresh_id(), ctx.world.stamp());
    let mut all = items(ctx, Place::Repo(spot), CHECKS);
    all.push(ctx.body.clone());
    Place::Repo(spot).keep(ctx, CHECKS, Value::Array(all));
    let url = format!("{}/check-runs/{id}", ctx.repo_url(spot));
    let output = ctx.body.get("output").cloned().unwrap_or_default();
    Ok(Reply::json(
        201,
        json!({
            "id": id, "node_id": node_id("CR", id), "head_sha": sha, "external_id": null, "url": url, "html_url": null,
            "details_url": null, "status": ctx.body.get("status").cloned().unwrap_or_else(|| json!("queued")),
            "conclusion": ctx.body.get("conclusion"), "started_at": stamp, "completed_at": stamp, "name": name,
            "output": {
                "title": output.get("title"), "summary": output.get("summary"), "text": output.get("text"),
                "annotations_count": annotations.len(), "annotations_url": format!("{url}/annotations"),
            },
            "check_suite": null, "app": null, "pull_requests": [],
        }),
    ))
}

fn list(ctx: &Ctx<'_>, spot: Spot) -> Reply {
    let state = ctx.param("state").unwrap_or("open").to_owned();
    let creator = ctx.param("creator").map(str::to_owned);
    let wanted = |one: &Value| {
        (state == "all" || one["state"] == state.as_str())
            && creator.as_ref().is_none_or(|login| one["author"] == login.as_str())
    };
    let found: Vec<Value> = items(ctx, Place::Repo(spot), ISSUES).into_iter().filter(wanted).collect();
    ctx.paged(found, |one| issue(ctx, spot, one))
}

fn open(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    let title = ctx.required("title")?;
    let body = ctx.text("body")?;
    let (id, stamp, author) = (ctx.world.fresh_id(), ctx.world.stamp(), ctx.token.actor());
    let mut all = items(ctx, Place::Repo(spot), ISSUES);
    let pulls = ctx.repo(spot).pulls.iter().map(|pull| pull.number).max().unwrap_or(0);
    let number = all.iter().filter_map(|one| one["number"].as_u64()).max().unwrap_or(0).max(pulls) + 1;
    let one = json!({
        "id": id, "number": number, "title": title, "body": body, "state": "open", "author": author, "created_at": stamp,
        "updated_at": stamp, "closed_at": null,
    });
    all.push(one.clone());
    Place::Repo(spot).keep(ctx, ISSUES, Value::Array(all));
    Ok(Reply::json(201, issue(ctx, spot, &one)))
}

fn change(ctx: &mut Ctx<'_>, spot: Spot, number: &str) -> Answer {
    let mut all = items(ctx, Place::Repo(spot), ISSUES);
    let number: u64 = number.parse().map_err(|_| Reply::not_found())?;
    let at = all.iter().position(|one| one["number"] == number).ok_or_else(Reply::not_found)?;
    let stamp = ctx.world.stamp();
    for key in ["title", "body", "state"] {
        if let Some(text) = ctx.text(key)? {
            all[at][key] = json!(text);
        }
    }
    all[at]["updated_at"] = json!(stamp);
    all[at]["closed_at"] = if all[at]["state"] == "closed" { json!(stamp) } else { Value::Null };
    let shown = issue(ctx, spot, &all[at]);
    Place::Repo(spot).keep(ctx, ISSUES, Value::Array(all));
    Ok(Reply::json(200, shown))
}

fn say(ctx: &mut Ctx<'_>, spot: Spot, number: &str) -> Answer {
    let number: u64 = number.parse().map_err(|_| Reply::not_found())?;
    let known = ctx.repo(spot).pulls.iter().any(|pull| pull.number == number)
        || items(ctx, Place::Repo(spot), ISSUES).iter().any(|one| one["number"] == number);
    if !known {
        return Err(Reply::not_found());
    }
    let body = fitting(ctx)?;
    let (id, stamp, author) = (ctx.world.fresh_id(), ctx.world.stamp(), ctx.token.actor());
    let one = json!({
        "id": id, "issue_number": number, "body": body, "author": author, "created_at": stamp, "updated_at": stamp,
    });
    let mut all = items(ctx, Place::Repo(spot), COMMENTS);
    all.push(one.clone());
    Place::Repo(spot).keep(ctx, COMMENTS, Value::Array(all));
    Ok(Reply::json(201, comment(ctx, spot, &one)))
}

fn say_again(ctx: &mut Ctx<'_>, spot: Spot, id: &str) -> Answer {
    let mut all = items(ctx, Place::Repo(spot), COMMENTS);
    let id: u64 = id.parse().map_err(|_| Reply::not_found())?;
    let at = all.iter().position(|one| one["id"] == id).ok_or_else(Reply::not_found)?;
    all[at]["body"] = json!(fitting(ctx)?);
    all[at]["updated_at"] = json!(ctx.world.stamp());
    let shown = comment(ctx, spot, &all[at]);
    Place::Repo(spot).keep(ctx, COMMENTS, Value::Array(all));
    Ok(Reply::json(200, shown))
}

/// The body of a comment; GitHub takes 65,536 characters.
fn fitting(ctx: &Ctx<'_>) -> Result<String, Reply> {
    let body = ctx.required("body")?;
    if body.chars().count() > 65_536 {
        let message = "body is too long (maximum is 65536 characters)";
        return Err(Reply::invalid("IssueComment", "body", "unprocessable", Some(message)));
    }
    Ok(body)
}

fn issue(ctx: &Ctx<'_>, spot: Spot, one: &Value) -> Value {
    let url = format!("{}/issues/{}", ctx.repo_url(spot), one["number"]);
    let id = one["id"].as_u64().unwrap_or_default();
    json!({
        "id": id, "node_id": node_id("I", id), "url": url, "repository_url": ctx.repo_url(spot),
        "labels_url": format!("{url}/labels{{/name}}"), "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"), "number": one["number"], "state": one["state"], "title": one["title"],
        "html_url": format!("https://github.com/{}/issues/{}", ctx.full_name(spot), one["number"]),
        "body": one["body"], "user": shapes::user(&ctx.base, one["author"].as_str().unwrap_or_default()), "labels": [],
        "assignee": null, "assignees": [], "milestone": null, "locked": false, "comments": 0,
        "closed_at": one["closed_at"], "created_at": one["created_at"], "updated_at": one["updated_at"],
        "author_association": "NONE",
    })
}

fn comment(ctx: &Ctx<'_>, spot: Spot, one: &Value) -> Value {
    let issue = format!("{}/issues/{}", ctx.repo_url(spot), one["issue_number"]);
    let id = one["id"].as_u64().unwrap_or_default();
    let html = format!("https://github.com/{}/issues/{}#issuecomment-{id}", ctx.full_name(spot), one["issue_number"]);
    json!({
        "id": id, "node_id": node_id("IC", id), "url": format!("{}/issues/comments/{id}", ctx.repo_url(spot)),
        "html_url": html, "issue_url": issue, "body": one["body"],
        "user": shapes::user(&ctx.base, one["author"].as_str().unwrap_or_default()),
        "created_at": one["created_at"], "updated_at": one["updated_at"], "author_association": "NONE",
    })
}
