//! Branches, commits and comparisons.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, pulls, shapes};
use crate::sim::git::{Commit, Signer, ancestry, between, diff, merge_base};
use crate::sim::token::Level;
use crate::sim::world::{Repo, node_id};

/// Routes `branches`, `commits` and `compare` of a repository.
pub(super) fn route(ctx: &Ctx<'_>, method: &str, spot: Spot, tail: &[&str]) -> Answer {
    ctx.need(spot, "contents", Level::Read)?;
    match (method, tail) {
        ("GET", ["branches"]) => branches(ctx, spot),
        ("GET", ["branches", name @ ..]) if name.last() != Some(&"protection") => branch(ctx, spot, &name.join("/")),
        ("GET", ["commits"]) => list(ctx, spot),
        ("GET", ["commits", _, "status" | "check-runs" | "check-suites" | "pulls" | "statuses"]) => Err(ctx.no_route()),
        ("GET", ["commits", name @ ..]) => one(ctx, spot, &name.join("/")),
        ("GET", ["compare", heads @ ..]) => compare(ctx, spot, &heads.join("/")),
        _ => Err(ctx.no_route()),
    }
}

/// Finds the commit that a branch, a ref or a name leads to.
pub(super) fn resolve<'r>(repo: &'r Repo, name: &str) -> Option<&'r Commit> {
    if name == "HEAD" {
        return repo.head();
    }
    let oid =
        [format!("refs/heads/{name}"), format!("refs/{name}"), name.to_owned()].iter().find_map(|n| repo.refs.get(n));
    repo.commits.get(oid.map_or(name, String::as_str))
}

fn branches(ctx: &Ctx<'_>, spot: Spot) -> Answer {
    let names = ctx.repo(spot).refs.iter().filter_map(|(name, oid)| Some((name.strip_prefix("refs/heads/")?, oid)));
    let wanted: Option<bool> = ctx.param("protected").and_then(|p| p.parse().ok());
    let url = ctx.repo_url(spot);
    let all = names.filter(|_| wanted != Some(true)).collect();
    Ok(ctx.paged(all, |(name, oid)| json!({"name": name, "commit": {"sha": oid, "url": format!("{url}/commits/{oid}")}, "protected": false})))
}

/// Returns one branch.
pub(super) fn branch(ctx: &Ctx<'_>, spot: Spot, name: &str) -> Answer {
    let repo = ctx.repo(spot);
    let head = repo.refs.get(&format!("refs/heads/{name}")).and_then(|oid| repo.commits.get(oid));
    let head = head.ok_or_else(|| Reply::error(404, "Branch not found"))?;
    let url = format!("{}/branches/{name}", ctx.repo_url(spot));
    let html = format!("https://github.com/{}/tree/{name}", ctx.full_name(spot));
    let checks = json!({"enforcement_level": "off", "contexts": [], "checks": []});
    Ok(Reply::json(
        200,
        json!({
            "name": name, "commit": commit(ctx, spot, head), "_links": {"self": url, "html": html}, "protected": false,
            "protection": {"enabled": false, "required_status_checks": checks}, "protection_url": format!("{url}/protection"),
        }),
    ))
}

fn list(ctx: &Ctx<'_>, spot: Spot) -> Answer {
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    if repo.is_empty() {
        return Err(Reply::error(409, "Git Repository is empty."));
    }
    let head = resolve(repo, ctx.param("sha").unwrap_or("HEAD")).ok_or_else(Reply::not_found)?;
    let at = |oid: &str, path: &str| repo.commits.get(oid).and_then(|c| org.objects.at(&c.tree, path)).map(|e| e.oid);
    let touches = |c: &&Commit| {
        ctx.param("path").is_none_or(|path| at(&c.oid, path) != c.parents.first().and_then(|parent| at(parent, path)))
    };
    let by = |c: &&Commit| {
        ctx.param("author").is_none_or(|who| c.author.login.as_deref() == Some(who) || c.author.email == who)
    };
    let found = ancestry(&repo.commits, &head.oid).into_iter().filter(touches).filter(by).collect();
    Ok(ctx.paged(found, |c| commit(ctx, spot, c)))
}

fn one(ctx: &Ctx<'_>, spot: Spot, name: &str) -> Answer {
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    if repo.is_empty() {
        return Err(Reply::error(409, "Git Repository is empty."));
    }
    let Some(found) = resolve(repo, name) else {
        return Err(Reply::error(422, &format!("No commit found for SHA: {name}")));
    };
    let mut out = commit(ctx, spot, found);
    let before = found.parents.first().and_then(|p| repo.commits.get(p)).map_or("", |c| c.tree.as_str());
    let files: Vec<Value> =
        diff(&org.objects, before, &found.tree).iter().map(|d| pulls::file(ctx, spot, &found.oid, d)).collect();
    if let Some(map) = out.as_object_mut() {
        map.insert("stats".to_owned(), json!({"total": files.len(), "additions": files.len(), "deletions": 0}));
        map.insert("files".to_owned(), json!(files));
    }
    Ok(Reply::json(200, out))
}

fn compare(ctx: &Ctx<'_>, spot: Spot, heads: &str) -> Answer {
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let (base, head) = heads.split_once("...").ok_or_else(Reply::not_found)?;
    let owned = |name: &str| name.split_once(':').map_or(name, |(_, branch)| branch).to_owned();
    let (Some(from), Some(to)) = (resolve(repo, &owned(base)), resolve(repo, &owned(head))) else {
        return Err(Reply::not_found());
    };
    let common = merge_base(&repo.commits, &from.oid, &to.oid).ok_or_else(Reply::not_found)?;
    let ahead = between(&repo.commits, &from.oid, &to.oid);
    let behind = between(&repo.commits, &to.oid, &from.oid).len();
    let status = match (ahead.len(), behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let url = format!("{}/compare/{base}...{head}", ctx.repo_url(spot));
    let html = format!("https://github.com/{}/compare/{base}...{head}", ctx.full_name(spot));
    let files: Vec<Value> =
        diff(&org.objects, &common.tree, &to.tree).iter().map(|d| pulls::file(ctx, spot, &to.oid, d)).collect();
    Ok(Reply::json(
        200,
        json!({
            "url": url, "html_url": html, "permalink_url": html, "diff_url": format!("{html}.diff"), "patch_url": format!("{html}.patch"),
            "base_commit": commit(ctx, spot, from), "merge_base_commit": commit(ctx, spot, common), "status": status,
            "ahead_by": ahead.len(), "behind_by": behind, "total_commits": ahead.len(),
            "commits": ahead.iter().map(|c| commit(ctx, spot, c)).collect::<Vec<_>>(), "files": files,
        }),
    ))
}

fn signer(signer: &Signer) -> Value {
    json!({"name": signer.name, "email": signer.email, "date": signer.date})
}

/// Returns GitHub's account of a signer, or null where GitHub knows none.
fn login(ctx: &Ctx<'_>, signer: &Signer) -> Value {
    signer.login.as_ref().map_or(Value::Null, |login| shapes::user(&ctx.base, login))
}

/// Returns what GitHub says of a commit's signature.
pub(super) fn verification(commit: &Commit) -> Value {
    if commit.signed {
        let signature = "-----BEGIN PGP SIGNATURE-----\n\nsimulated\n-----END PGP SIGNATURE-----\n";
        return json!({"verified": true, "reason": "valid", "signature": signature, "payload": commit.message, "verified_at": commit.committer.date});
    }
    json!({"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null})
}

/// Returns a commit as the lists of commits have it.
pub(super) fn commit(ctx: &Ctx<'_>, spot: Spot, commit: &Commit) -> Value {
    let url = ctx.repo_url(spot);
    let html = format!("https://github.com/{}/commit", ctx.full_name(spot));
    let parents = commit
        .parents
        .iter()
        .map(|p| json!({"sha": p, "url": format!("{url}/commits/{p}"), "html_url": format!("{html}/{p}")}));
    json!({
        "sha": commit.oid, "node_id": node_id("C", ctx.repo(spot).id) + &commit.oid, "url": format!("{url}/commits/{}", commit.oid),
        "html_url": format!("{html}/{}", commit.oid), "comments_url": format!("{url}/commits/{}/comments", commit.oid),
        "commit": {
            "url": format!("{url}/git/commits/{}", commit.oid), "author": signer(&commit.author),
            "committer": signer(&commit.committer), "message": commit.message, "comment_count": 0,
            "tree": {"sha": commit.tree, "url": format!("{url}/git/trees/{}", commit.tree)},
            "verification": verification(commit),
        },
        "author": login(ctx, &commit.author), "committer": login(ctx, &commit.committer), "parents": parents.collect::<Vec<_>>(),
    })
}

/// Returns a commit as git's own routes have it.
pub(super) fn git_commit(ctx: &Ctx<'_>, spot: Spot, commit: &Commit) -> Value {
    let url = ctx.repo_url(spot);
    let html = format!("https://github.com/{}/commit", ctx.full_name(spot));
    let parents = commit
        .parents
        .iter()
        .map(|p| json!({"sha": p, "url": format!("{url}/git/commits/{p}"), "html_url": format!("{html}/{p}")}));
    json!({
        "sha": commit.oid, "node_id": node_id("C", ctx.repo(spot).id) + &commit.oid, "url": format!("{url}/git/commits/{}", commit.oid),
        "html_url": format!("{html}/{}", commit.oid), "author": signer(&commit.author), "committer": signer(&commit.committer),
        "message": commit.message, "tree": {"sha": commit.tree, "url": format!("{url}/git/trees/{}", commit.tree)},
        "parents": parents.collect::<Vec<_>>(), "verification": verification(commit),
    })
}
