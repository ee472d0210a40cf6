//! Renaming a branch: what named it follows, without a commit.

use serde_json::json;

use super::{Answer, Ctx, Reply, Spot, commits};
use crate::sim::token::Level;

/// `POST /repos/{owner}/{repo}/branches/{branch}/rename`
pub(super) fn route(ctx: &mut Ctx<'_>, spot: Spot, old: &str) -> Answer {
    ctx.need(spot, "contents", Level::Write)?;
    let is_default = ctx.repo(spot).default_branch() == old;
    if is_default {
        ctx.need(spot, "administration", Level::Write)?;
    }
    let new = ctx.required("new_name")?;
    let (from, to) = (format!("refs/heads/{old}"), format!("refs/heads/{new}"));
    let repo = ctx.repo(spot);
    if !repo.refs.contains_key(&from) {
        return Err(Reply::error(404, "Branch not found"));
    }
    if repo.refs.contains_key(&to) {
        return Err(Reply::invalid("Branch", "name", "already_exists", Some("New branch already exists")));
    }
    let stamp = ctx.world.stamp();
    let repo = ctx.repo_mut(spot);
    if let Some(oid) = repo.refs.remove(&from) {
        repo.refs.insert(to, oid);
    }
    for pull in repo.pulls.iter_mut().filter(|pull| pull.open) {
        for name in [&mut pull.base, &mut pull.head] {
            if *name == old {
                name.clone_from(&new);
                pull.updated_at.clone_from(&stamp);
            }
        }
    }
    if is_default {
        repo.set("default_branch", json!(new));
        ctx.world.sync_workflows(spot.o, spot.r);
    }
    commits::branch(ctx, spot, &new).map(|reply| Reply { status: 201, ..reply })
}
