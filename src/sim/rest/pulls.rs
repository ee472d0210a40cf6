//! Pull requests.

use serde_json::{Map, Value, json};

use super::plain::next_number;
use super::{Answer, Ctx, Reply, Spot, commits, shapes};
use crate::sim::git::{Commit, FileDiff, between, diff, merge_base};
use crate::sim::token::Level;
use crate::sim::world::{Org, Pull, Repo, node_id};

/// Routes `/repos/{owner}/{repo}/pulls…`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, tail: &[&str]) -> Answer {
    let level = if method == "GET" { Level::Read } else { Level::Write };
    ctx.need(spot, "pull_requests", level)?;
    match (method, tail) {
        ("GET", []) => Ok(list(ctx, spot)),
        ("POST", []) => create(ctx, spot),
        ("GET", [number]) => Ok(Reply::json(200, full(ctx, spot, find(ctx, spot, number)?))),
        ("PATCH", [number]) => patch(ctx, spot, number),
        ("GET", [number, "commits"]) => {
            let found = find(ctx, spot, number)?;
            let own = commits_of(ctx.repo(spot), found);
            Ok(ctx.paged(own, |c| commits::commit(ctx, spot, c)))
        }
        ("GET", [number, "files"]) => {
            let found = find(ctx, spot, number)?;
            let files = files_of(ctx.org(spot.o), ctx.repo(spot), found);
            Ok(ctx.paged(files, |d| file(ctx, spot, &found.head_sha, d)))
        }
        _ => Err(ctx.no_route()),
    }
}

/// `GET /repos/{owner}/{repo}/commits/{sha}/pulls`: those whose head it is, or that brought it.
pub(super) fn of_commit(ctx: &Ctx<'_>, spot: Spot, sha: &str) -> Answer {
    ctx.need(spot, "pull_requests", Level::Read)?;
    let repo = ctx.repo(spot);
    let brought = |pull: &Pull| repo.commits.get(sha).is_some_and(|commit| commit.parents.contains(&pull.head_sha));
    let found: Vec<&Pull> = repo.pulls.iter().filter(|pull| pull.head_sha == sha || brought(pull)).collect();
    Ok(ctx.paged(found, |pull| Value::Object(simple(ctx, spot, pull))))
}

fn find<'c>(ctx: &'c Ctx<'_>, spot: Spot, number: &str) -> Result<&'c Pull, Reply> {
    ctx.repo(spot).pulls.iter().find(|p| p.number.to_string() == number).ok_or_else(Reply::not_found)
}

/// Returns the commits of a pull request, oldest first.
pub(crate) fn commits_of<'r>(repo: &'r Repo, pull: &Pull) -> Vec<&'r Commit> {
    let base = repo.refs.get(&format!("refs/heads/{}", pull.base)).map_or("", String::as_str);
    between(&repo.commits, base, &pull.head_sha)
}

/// Returns the files that a pull request changes.
pub(crate) fn files_of(org: &Org, repo: &Repo, pull: &Pull) -> Vec<FileDiff> {
    let base = repo.refs.get(&format!("refs/heads/{}", pull.base)).map_or("", String::as_str);
    let before = merge_base(&repo.commits, base, &pull.head_sha).map_or("", |c| c.tree.as_str());
    let after = repo.commits.get(&pull.head_sha).map_or("", |c| c.tree.as_str());
    diff(&org.objects, before, after)
}

/// Returns the owner of the head branch.
fn head_owner<'p>(org: &'p Org, pull: &'p Pull) -> &'p str {
    pull.head_repo.as_deref().and_then(|name| name.split('/').next()).unwrap_or(&org.login)
}

fn list(ctx: &Ctx<'_>, spot: Spot) -> Reply {
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let state = ctx.param("state").unwrap_or("open");
    let head = |p: &Pull| {
        ctx.param("head").is_none_or(|wanted| match wanted.split_once(':') {
            Some((owner, branch)) => owner.eq_ignore_ascii_case(head_owner(org, p)) && branch == p.head,
            // GitHub takes no notice of a head without an owner.
            None => true,
        })
    };
    let mut found: Vec<&Pull> = repo
        .pulls
        .iter()
        .filter(|p| state == "all" || (state == "open") == p.open)
        .filter(|p| head(p) && ctx.param("base").is_none_or(|b| b == p.base))
        .collect();
    let by_update = ctx.param("sort") == Some("updated");
    found.sort_by(|a, b| {
        if by_update { (&a.updated_at, a.number).cmp(&(&b.updated_at, b.number)) } else { a.number.cmp(&b.number) }
    });
    if ctx.param("direction") != Some("asc") {
        found.reverse();
    }
    ctx.paged(found, |p| Value::Object(simple(ctx, spot, p)))
}

fn create(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    let (title, head, base) = (ctx.required("title")?, ctx.required("head")?, ctx.required("base")?);
    let body = ctx.text("body")?;
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let branch = match head.split_once(':') {
        Some((owner, _)) if !owner.eq_ignore_ascii_case(&org.login) => {
            return Err(Reply::invalid("PullRequest", "head", "invalid", None));
        }
        Some((_, branch)) => branch.to_owned(),
        None => head.clone(),
    };
    let tip = repo.refs.get(&format!("refs/heads/{branch}")).cloned();
    let tip = tip.ok_or_else(|| Reply::invalid("PullRequest", "head", "invalid", None))?;
    let Some(target) = repo.refs.get(&format!("refs/heads/{base}")) else {
        return Err(Reply::invalid("PullRequest", "base", "invalid", None));
    };
    if between(&repo.commits, target, &tip).is_empty() {
        return Err(Reply::invalid(
            "PullRequest",
            "base",
            "custom",
            Some(&format!("No commits between {base} and {branch}")),
        ));
    }
    if repo.pulls.iter().any(|p| p.open && p.head_repo.is_none() && p.head == branch && p.base == base) {
        let message = format!("A pull request already exists for {}:{branch}.", org.login);
        return Err(Reply::invalid("PullRequest", "base", "custom", Some(&message)));
    }
    let (number, author, stamp) = (next_number(repo), ctx.token.actor(), ctx.world.stamp());
    let pull = Pull {
        id: ctx.world.fresh_id(),
        number,
        title,
        body,
        open: true,
        merged_at: None,
        author,
        head: branch,
        head_repo: None,
        head_sha: tip,
        base,
        created_at: stamp.clone(),
        updated_at: stamp,
        closed_at: None,
    };
    ctx.repo_mut(spot).pulls.push(pull.clone());
    let url = format!("{}/pulls/{number}", ctx.repo_url(spot));
    Ok(Reply::json(201, full(ctx, spot, &pull)).header("location", url))
}

fn patch(ctx: &mut Ctx<'_>, spot: Spot, number: &str) -> Answer {
    let mut pull = find(ctx, spot, number)?.clone();
    let stamp = ctx.world.stamp();
    if let Some(title) = ctx.text("title")? {
        pull.title = title;
    }
    if ctx.body.get("body").is_some() {
        pull.body = ctx.text("body")?;
    }
    if let Some(base) = ctx.text("base")? {
        if !ctx.repo(spot).refs.contains_key(&format!("refs/heads/{base}")) {
            return Err(Reply::invalid("PullRequest", "base", "invalid", None));
        }
        pull.base = base;
    }
    match ctx.text("state")?.as_deref() {
        Some("closed") if pull.open => {
            pull.open = false;
            pull.closed_at = Some(stamp.clone());
        }
        Some("open") if !pull.open => {
            let there =
                pull.head_repo.is_some() || ctx.repo(spot).refs.contains_key(&format!("refs/heads/{}", pull.head));
            if !there || pull.merged_at.is_some() {
                let message = format!("state cannot be changed. The {} branch has been deleted.", pull.head);
                return Err(Reply::invalid("PullRequest", "state", "invalid", Some(&message)));
            }
            pull.open = true;
            pull.closed_at = None;
        }
        None | Some("open" | "closed") => {}
        Some(_) => return Err(Reply::invalid("PullRequest", "state", "invalid", None)),
    }
    pull.updated_at = stamp;
    let body = full(ctx, spot, &pull);
    for place in ctx.repo_mut(spot).pulls.iter_mut().filter(|p| p.number == pull.number) {
        *place = pull.clone();
    }
    Ok(Reply::json(200, body))
}

/// Returns GitHub's form of one changed file.
pub(super) fn file(ctx: &Ctx<'_>, spot: Spot, commit: &str, change: &FileDiff) -> Value {
    let org = ctx.org(spot.o);
    let lines = |entry: Option<&crate::sim::git::Entry>| {
        entry.and_then(|e| org.objects.text(&e.oid)).map_or(0, |t| t.lines().count())
    };
    let (deletions, additions) = (lines(change.before.as_ref()), lines(change.after.as_ref()));
    let status = match (&change.before, &change.after) {
        (None, _) => "added",
        (Some(_), None) => "removed",
        (Some(_), Some(_)) => "modified",
    };
    let sha = change.after.as_ref().or(change.before.as_ref()).map(|e| e.oid.clone());
    let (full, path) = (ctx.full_name(spot), &change.path);
    json!({
        "sha": sha, "filename": path, "status": status, "additions": additions, "deletions": deletions, "changes": additions + deletions,
        "blob_url": format!("https://github.com/{full}/blob/{commit}/{path}"),
        "raw_url": format!("https://github.com/{full}/raw/{commit}/{path}"),
        "contents_url": format!("{}/contents/{path}?ref={commit}", ctx.repo_url(spot)),
    })
}

/// One end of a pull request.
fn end(ctx: &Ctx<'_>, spot: Spot, owner: &str, branch: &str, sha: &str) -> Value {
    let here = owner.eq_ignore_ascii_case(&ctx.org(spot.o).login);
    let user = if here { shapes::owner(&ctx.base, ctx.org(spot.o)) } else { shapes::user(&ctx.base, owner) };
    let mut repo = ctx.repo_json(spot, false);
    if let (false, Some(map)) = (here, repo.as_object_mut()) {
        // The fork itself is not in the world: all that is asked of it is its name and owner.
        map.insert("full_name".to_owned(), json!(format!("{owner}/{}", ctx.repo(spot).name)));
        map.insert("owner".to_owned(), user.clone());
        map.insert("fork".to_owned(), json!(true));
    }
    json!({"label": format!("{owner}:{branch}"), "ref": branch, "sha": sha, "user": user, "repo": repo})
}

fn simple(ctx: &Ctx<'_>, spot: Spot, pull: &Pull) -> Map<String, Value> {
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let url = format!("{}/pulls/{}", ctx.repo_url(spot), pull.number);
    let issue = format!("{}/issues/{}", ctx.repo_url(spot), pull.number);
    let html = format!("https://github.com/{}/pull/{}", ctx.full_name(spot), pull.number);
    let statuses = format!("{}/statuses/{}", ctx.repo_url(spot), pull.head_sha);
    let review_comment = format!("{}/pulls/comments{{/number}}", ctx.repo_url(spot));
    let base_sha = repo.refs.get(&format!("refs/heads/{}", pull.base)).cloned().unwrap_or_default();
    let links = json!({
        "self": {"href": url}, "html": {"href": html}, "issue": {"href": issue}, "comments": {"href": format!("{issue}/comments")},
        "review_comments": {"href": format!("{url}/comments")}, "review_comment": {"href": review_comment},
        "commits": {"href": format!("{url}/commits")}, "statuses": {"href": statuses},
    });
    let out = json!({
        "id": pull.id, "node_id": node_id("PR", pull.id), "number": pull.number, "state": if pull.open { "open" } else { "closed" },
        "locked": false, "title": pull.title, "body": pull.body, "user": shapes::user(&ctx.base, &pull.author), "labels": [],
        "milestone": null, "created_at": pull.created_at, "updated_at": pull.updated_at, "closed_at": pull.closed_at,
        "merged_at": pull.merged_at, "merge_commit_sha": null, "assignee": null, "assignees": [], "requested_reviewers": [],
        "requested_teams": [], "draft": false, "author_association": "MEMBER", "auto_merge": null, "active_lock_reason": null,
        "url": url, "html_url": html, "diff_url": format!("{html}.diff"), "patch_url": format!("{html}.patch"), "issue_url": issue,
        "commits_url": format!("{url}/commits"), "review_comments_url": format!("{url}/comments"),
        "review_comment_url": review_comment, "comments_url": format!("{issue}/comments"), "statuses_url": statuses, "_links": links,
        "head": end(ctx, spot, head_owner(org, pull), &pull.head, &pull.head_sha),
        "base": end(ctx, spot, &org.login, &pull.base, &base_sha),
    });
    match out {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn full(ctx: &Ctx<'_>, spot: Spot, pull: &Pull) -> Value {
    let mut out = simple(ctx, spot, pull);
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let files = files_of(org, repo, pull);
    let more = json!({
        "merged": pull.merged_at.is_some(), "mergeable": pull.open.then_some(true), "rebaseable": pull.open.then_some(true),
        "mergeable_state": if pull.open { "clean" } else { "unknown" }, "merged_by": null, "comments": 0, "review_comments": 0,
        "maintainer_can_modify": false, "commits": commits_of(repo, pull).len(), "additions": files.len(), "deletions": 0,
        "changed_files": files.len(),
    });
    if let Value::Object(more) = more {
        out.extend(more);
    }
    Value::Object(out)
}
