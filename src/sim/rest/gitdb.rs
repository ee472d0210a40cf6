//! Git's own objects and refs.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, commits, contents};
use crate::sim::git::{Commit, Entry, Signer, ancestry};
use crate::sim::token::Level;
use crate::sim::world::node_id;

/// Routes `/repos/{owner}/{repo}/git/…`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, tail: &[&str]) -> Answer {
    let level = if method == "GET" { Level::Read } else { Level::Write };
    ctx.need(spot, "contents", level)?;
    let creates = method == "POST" && matches!(tail, ["blobs"]);
    if ctx.repo(spot).is_empty() && !creates {
        return Err(Reply::error(409, "Git Repository is empty."));
    }
    match (method, tail) {
        ("GET", ["ref", name @ ..]) => {
            let name = format!("refs/{}", name.join("/"));
            let oid = ctx.repo(spot).refs.get(&name).ok_or_else(Reply::not_found)?;
            Ok(Reply::json(200, reference(ctx, spot, &name, oid)))
        }
        ("GET", ["matching-refs", name @ ..]) => {
            let prefix = format!("refs/{}", name.join("/"));
            let found = ctx.repo(spot).refs.iter().filter(|(n, _)| n.starts_with(&prefix));
            Ok(Reply::json(200, found.map(|(n, oid)| reference(ctx, spot, n, oid)).collect()))
        }
        ("POST", ["refs"]) => create_ref(ctx, spot),
        ("PATCH", ["refs", name @ ..]) => move_ref(ctx, spot, &format!("refs/{}", name.join("/"))),
        ("DELETE", ["refs", name @ ..]) => delete_ref(ctx, spot, &format!("refs/{}", name.join("/"))),
        ("GET", ["trees", name]) => tree(ctx, spot, name),
        ("POST", ["trees"]) => create_tree(ctx, spot),
        ("GET", ["blobs", oid]) => blob(ctx, spot, oid),
        ("POST", ["blobs"]) => create_blob(ctx, spot),
        ("GET", ["commits", oid]) => {
            let commit = ctx.repo(spot).commits.get(*oid).ok_or_else(Reply::not_found)?;
            Ok(Reply::json(200, commits::git_commit(ctx, spot, commit)))
        }
        ("POST", ["commits"]) => create_commit(ctx, spot),
        _ => Err(ctx.no_route()),
    }
}

fn reference(ctx: &Ctx<'_>, spot: Spot, name: &str, oid: &str) -> Value {
    let url = ctx.repo_url(spot);
    json!({
        "ref": name, "node_id": node_id("REF", ctx.repo(spot).id) + name, "url": format!("{url}/git/{name}"),
        "object": {"sha": oid, "type": "commit", "url": format!("{url}/git/commits/{oid}")},
    })
}

fn create_ref(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    let (name, sha) = (ctx.required("ref")?, ctx.required("sha")?);
    if !name.starts_with("refs/") || name.matches('/').count() < 2 {
        return Err(Reply::error(422, "Reference name must start with 'refs/' and contain at least two slashes."));
    }
    if ctx.repo(spot).refs.contains_key(&name) {
        return Err(Reply::error(422, "Reference already exists"));
    }
    if !ctx.repo(spot).commits.contains_key(&sha) {
        return Err(Reply::error(422, "Object does not exist"));
    }
    ctx.world.move_ref(spot.o, spot.r, &name, Some(&sha));
    Ok(Reply::json(201, reference(ctx, spot, &name, &sha)))
}

fn move_ref(ctx: &mut Ctx<'_>, spot: Spot, name: &str) -> Answer {
    let sha = ctx.required("sha")?;
    let force = ctx.flag("force")?.unwrap_or(false);
    let repo = ctx.repo(spot);
    let Some(old) = repo.refs.get(name) else {
        return Err(Reply::error(422, "Reference does not exist"));
    };
    if !repo.commits.contains_key(&sha) {
        return Err(Reply::error(422, "Object does not exist"));
    }
    if !force && !ancestry(&repo.commits, &sha).iter().any(|c| c.oid == *old) {
        return Err(Reply::error(422, "Update is not a fast forward"));
    }
    ctx.world.move_ref(spot.o, spot.r, name, Some(&sha));
    Ok(Reply::json(200, reference(ctx, spot, name, &sha)))
}

fn delete_ref(ctx: &mut Ctx<'_>, spot: Spot, name: &str) -> Answer {
    let repo = ctx.repo(spot);
    if !repo.refs.contains_key(name) {
        return Err(Reply::error(422, "Reference does not exist"));
    }
    if name == repo.head_ref() {
        return Err(Reply::error(422, "Cannot delete the default branch"));
    }
    ctx.world.move_ref(spot.o, spot.r, name, None);
    Ok(Reply::empty(204))
}

fn tree(ctx: &Ctx<'_>, spot: Spot, name: &str) -> Answer {
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let oid = commits::resolve(repo, name).map_or(name, |c| c.tree.as_str());
    let lines = org.objects.trees.get(oid).filter(|_| repo.holds(org, oid)).ok_or_else(Reply::not_found)?;
    // Any value of `recursive` counts, "0" and "false" too.
    let all: Vec<(String, Entry)> = if ctx.param("recursive").is_some() {
        org.objects.flatten(oid, true).into_iter().collect()
    } else {
        lines.iter().map(|e| (e.name.clone(), e.clone())).collect()
    };
    Ok(Reply::json(200, tree_json(ctx, spot, oid, &all)))
}

fn tree_json(ctx: &Ctx<'_>, spot: Spot, oid: &str, lines: &[(String, Entry)]) -> Value {
    let url = ctx.repo_url(spot);
    let lines: Vec<Value> = lines
        .iter()
        .map(|(path, e)| {
            let mut line = json!({"path": path, "mode": format!("{:06o}", e.mode), "type": e.kind(), "sha": e.oid});
            if let (Some(map), true) = (line.as_object_mut(), e.kind() != "commit") {
                map.insert("url".to_owned(), json!(format!("{url}/git/{}s/{}", e.kind(), e.oid)));
                if e.kind() == "blob" {
                    map.insert("size".to_owned(), json!(e.size));
                }
            }
            line
        })
        .collect();
    json!({"sha": oid, "url": format!("{url}/git/trees/{oid}"), "tree": lines, "truncated": false})
}

fn create_tree(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    let base = ctx.text("base_tree")?;
    let base = base.map(|name| commits::resolve(ctx.repo(spot), &name).map_or(name.clone(), |c| c.tree.clone()));
    if base.as_ref().is_some_and(|oid| !ctx.org(spot.o).objects.trees.contains_key(oid)) {
        return Err(Reply::error(404, "base_tree is not a valid tree oid"));
    }
    let items = ctx.body.get("tree").and_then(Value::as_array).cloned();
    let mut changes = Vec::new();
    for item in items.ok_or_else(|| Reply::error(422, "Invalid request.\n\n\"tree\" wasn't supplied."))? {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        let path = text("path").ok_or_else(|| Reply::error(422, "tree.path must be a string"))?.to_owned();
        contents::guard(ctx, spot, &path)?;
        let mode = text("mode")
            .and_then(|m| u32::from_str_radix(m, 8).ok())
            .ok_or_else(|| Reply::error(422, "tree.mode is invalid"))?;
        let entry = match (text("sha"), text("content")) {
            (Some(sha), _) => {
                let org = ctx.org(spot.o);
                let size = org.bytes(sha).map_or(0, <[u8]>::len) as u64;
                if !ctx.repo(spot).holds(org, sha) {
                    return Err(Reply::error(422, &format!("tree.sha {sha} is not a valid object")));
                }
                Some(Entry { name: path.clone(), mode, oid: sha.to_owned(), size })
            }
            (None, Some(content)) => {
                let bytes = content.as_bytes().to_vec();
                Some(ctx.world.orgs[spot.o].objects.put_blob(&path, mode, bytes))
            }
            (None, None) => None,
        };
        changes.push((path, entry));
    }
    let oid = ctx.world.orgs[spot.o].objects.edit(base.as_deref(), &changes);
    ctx.repo_mut(spot).loose.insert(oid.clone());
    let lines: Vec<_> =
        ctx.org(spot.o).objects.trees.get(&oid).into_iter().flatten().map(|e| (e.name.clone(), e.clone())).collect();
    Ok(Reply::json(201, tree_json(ctx, spot, &oid, &lines)))
}

fn blob(ctx: &Ctx<'_>, spot: Spot, oid: &str) -> Answer {
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    if !repo.holds(org, oid) {
        return Err(Reply::not_found());
    }
    if ctx.unknown_bytes(spot.o, oid) {
        return Err(Reply::error(
            403,
            "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API.",
        ));
    }
    let bytes = org.bytes(oid).ok_or_else(Reply::not_found)?;
    let url = format!("{}/git/blobs/{oid}", ctx.repo_url(spot));
    let node = node_id("B", repo.id) + oid;
    let body = json!({"sha": oid, "node_id": node, "size": bytes.len(), "url": url, "content": contents::wrapped(bytes), "encoding": "base64"});
    Ok(Reply::json(200, body))
}

fn create_blob(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    let content = ctx.required("content")?;
    let bytes = match ctx.text("encoding")?.as_deref() {
        Some("base64") => {
            contents::unwrapped(&content).ok_or_else(|| Reply::error(422, "content is not valid Base64"))?
        }
        _ => content.into_bytes(),
    };
    let entry = ctx.world.orgs[spot.o].objects.put_blob("", crate::sim::git::MODE_FILE, bytes);
    ctx.repo_mut(spot).loose.insert(entry.oid.clone());
    let url = format!("{}/git/blobs/{}", ctx.repo_url(spot), entry.oid);
    Ok(Reply::json(201, json!({"sha": entry.oid, "url": url})))
}

/// Makes a commit that no ref leads to yet. GitHub does not sign it.
fn create_commit(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    let (message, tree) = (ctx.required("message")?, ctx.required("tree")?);
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    if !org.objects.trees.contains_key(&tree) || !repo.holds(org, &tree) {
        return Err(Reply::error(422, "Tree SHA does not exist"));
    }
    let parents = ctx.body.get("parents").and_then(Value::as_array).cloned().unwrap_or_default();
    let parents: Vec<String> = parents.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if parents.iter().any(|p| !repo.commits.contains_key(p)) {
        return Err(Reply::error(422, "Parent SHA does not exist or is not a commit object"));
    }
    let author = Signer::of(&ctx.token.actor(), &ctx.world.stamp());
    let commit =
        Commit { oid: String::new(), tree, parents, message, committer: author.clone(), author, signed: false }.named();
    let body = commits::git_commit(ctx, spot, &commit);
    ctx.repo_mut(spot).commits.insert(commit.oid.clone(), commit);
    Ok(Reply::json(201, body))
}
