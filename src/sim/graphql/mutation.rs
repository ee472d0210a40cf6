//! The mutations. `createCommitOnBranch`: any number of file changes in one commit that GitHub signs.

use serde_json::Value;

use super::git::reference_to;
use super::value::{Obj, Val, leaf, plain};
use crate::sim::branches::WORKFLOWS;
use crate::sim::git::{Oid, Signer};
use crate::sim::rest::{Spot, from_base64};
use crate::sim::token::{Level, Token};
use crate::sim::world::World;

/// What a mutation has done, or the error and its kind.
pub(super) type Payload = Result<Done, (&'static str, String)>;

/// What was done.
pub(super) enum Done {
    /// A commit was made.
    Commit(Committed),
    /// A repository was changed.
    Repository(super::update::Updated),
    /// A rule of classic branch protection was made, changed or removed.
    Protection(super::protection::Ruled),
}

/// A commit that was made.
pub(super) struct Committed {
    spot: Spot,
    branch: String,
    oid: Oid,
    client: Option<String>,
}

/// Does what a mutation says; none where the simulator has no such mutation.
pub(super) fn effect(world: &mut World, token: &Token, name: &str, input: &Value) -> Option<Payload> {
    match name {
        "createCommitOnBranch" => Some(create_commit(world, token, input)),
        "updateRepository" => Some(super::update::repository(world, token, input)),
        "createBranchProtectionRule" => Some(super::protection::create(world, token, input)),
        "deleteBranchProtectionRule" => Some(super::protection::delete(world, token, input)),
        "updateBranchProtectionRule" => Some(super::protection::update(world, token, input)),
        _ => None,
    }
}

/// Makes the commit.
fn create_commit(world: &mut World, token: &Token, input: &Value) -> Payload {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let branch = input.get("branch").unwrap_or(&Value::Null);
    let (spot, branch) = target(world, token, branch)?;
    let head = text(input, "expectedHeadOid").ok_or(("INVALID", "expectedHeadOid is required".to_owned()))?;
    let message = input.get("message").unwrap_or(&Value::Null);
    let headline = text(message, "headline").ok_or(("INVALID", "message.headline is required".to_owned()))?;
    let message = match text(message, "body").filter(|b| !b.is_empty()) {
        Some(body) => format!("{headline}\n\n{body}"),
        None => headline,
    };
    let files = files(input.get("fileChanges").unwrap_or(&Value::Null))?;
    let org = &world.orgs[spot.o];
    let repo = &org.repos[spot.r];
    let level = |permission: &str| token.level_on(org, repo, permission);
    let workflows = files.iter().any(|(path, _)| path.starts_with(WORKFLOWS));
    if level("contents") < Level::Write || (workflows && level("workflows") < Level::Write) {
        return Err(("FORBIDDEN", token.refusal().to_owned()));
    }
    if repo.flag("archived") {
        return Err(("UNPROCESSABLE", "Repository was archived so is read-only.".to_owned()));
    }
    let Some(now) = repo.refs.get(&format!("refs/heads/{branch}")) else {
        return Err(("NOT_FOUND", format!("A branch named \"{branch}\" does not exist")));
    };
    if *now != head {
        let message = format!("Expected branch to point to \"{now}\" but it did not. Pull and try again.");
        return Err(("STALE_DATA", message));
    }
    let tree = repo.commits.get(now).map(|c| c.tree.as_str()).unwrap_or_default();
    if let Some((path, _)) = files.iter().find(|(path, bytes)| bytes.is_none() && org.objects.at(tree, path).is_none())
    {
        return Err(("UNPROCESSABLE", format!("A file with path `{path}` does not exist")));
    }
    let author = Signer::of(&token.actor(), &world.stamp());
    let made = world.commit_to(spot.o, spot.r, &branch, &files, &message, &author, true);
    let oid = made.ok_or(("INTERNAL", "Something went wrong while executing your query.".to_owned()))?;
    Ok(Done::Commit(Committed { spot, branch, oid, client: text(input, "clientMutationId") }))
}

/// Finds the branch: by repository and name, or by the ref's id.
fn target(world: &World, token: &Token, branch: &Value) -> Result<(Spot, String), (&'static str, String)> {
    let text = |key: &str| branch.get(key).and_then(Value::as_str);
    let place = |full: &str| {
        let (owner, name) = full.split_once('/')?;
        let o = world.org_index(owner)?;
        let r = world.orgs[o].repo_index(name)?;
        Some(Spot { o, r })
    };
    let seen = |spot: &Spot| token.sees(&world.orgs[spot.o], &world.orgs[spot.o].repos[spot.r]);
    if let (Some(full), Some(name)) = (text("repositoryNameWithOwner"), text("branchName")) {
        let spot = place(full).filter(seen);
        let missing = || ("NOT_FOUND", format!("Could not resolve to a Repository with the name '{full}'."));
        return Ok((spot.ok_or_else(missing)?, name.trim_start_matches("refs/heads/").to_owned()));
    }
    let id = text("id")
        .ok_or(("INVALID", "branch must have an id, or a repositoryNameWithOwner and a branchName".to_owned()))?;
    for (o, org) in world.orgs.iter().enumerate() {
        for (r, repo) in org.repos.iter().enumerate() {
            let name = id
                .strip_prefix(&crate::sim::world::node_id("REF", repo.id))
                .and_then(|n| n.strip_prefix("refs/heads/"));
            if let Some(name) = name.filter(|_| token.sees(org, repo)) {
                return Ok((Spot { o, r }, name.to_owned()));
            }
        }
    }
    Err(("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'")))
}

type Files = Vec<(String, Option<Vec<u8>>)>;

fn files(changes: &Value) -> Result<Files, (&'static str, String)> {
    let list = |key: &str| changes.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut out = Vec::new();
    for (item, adds) in
        list("additions").into_iter().map(|i| (i, true)).chain(list("deletions").into_iter().map(|i| (i, false)))
    {
        let path = item.get("path").and_then(Value::as_str).unwrap_or_default().to_owned();
        if path.is_empty()
            || path.starts_with('/')
            || path.split('/').any(|s| s.is_empty() || s == "." || s == ".." || s == ".git")
        {
            return Err(("UNPROCESSABLE", format!("The path {path:?} is malformed")));
        }
        let bytes = if adds {
            let contents = item.get("contents").and_then(Value::as_str).unwrap_or_default();
            Some(
                from_base64(contents)
                    .ok_or(("UNPROCESSABLE", format!("The contents of {path} are not valid base64")))?,
            )
        } else {
            None
        };
        out.push((path, bytes));
    }
    Ok(out)
}

/// Returns what a mutation answers.
pub(super) fn payload<'w>(world: &'w World, payload: &Payload) -> Val<'w> {
    let done = match payload {
        Ok(Done::Commit(done)) => done,
        Ok(Done::Repository(done)) => return super::update::payload(world, done),
        Ok(Done::Protection(done)) => return super::protection::payload(world, done),
        Err((kind, message)) => return Val::Fail(kind, message.clone()),
    };
    let Some(org) = world.orgs.get(done.spot.o) else {
        return Val::Null;
    };
    let Some(repo) = org.repos.get(done.spot.r) else {
        return Val::Null;
    };
    let commit = repo.commits.get(&done.oid).map_or(Val::Null, |c| Val::Obj(Obj::Commit(org, repo, c)));
    plain(
        "CreateCommitOnBranchPayload",
        vec![
            ("commit", commit),
            ("ref", reference_to(org, repo, &format!("refs/heads/{}", done.branch))),
            ("clientMutationId", leaf(&done.client)),
        ],
    )
}
