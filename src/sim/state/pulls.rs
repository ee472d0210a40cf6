//! ordain's own branch and pull request, as an observation holds them: a comparison, a ref and a list under names of its own.

use serde_json::{Value, json};

use super::load::{At, StateError};
use crate::sim::git::{Commit, Entry, MODE_FILE, Signer};
use crate::sim::http::decode;
use crate::sim::world::World;

/// Names under which observations keep answers that are fields of something else.
pub(super) const ALIASES: &[&str] = &["workflowRuns", "ordainPulls", "ordainBranch"];

/// Takes over the observed branch and pull requests, where the state says nothing of its own.
pub(super) fn load(world: &mut World, o: usize, r: usize, at: &At<'_>) -> Result<(), StateError> {
    if !at.get("simulator").get("git").is_null() {
        return Ok(());
    }
    for (suffix, reading) in at.get("rest").entries()? {
        let heads = suffix.strip_prefix("compare/").and_then(|rest| rest.split_once("..."));
        if let (Some((_, head)), Some(known)) = (heads, reading.known()?) {
            branch(world, o, r, &decode(head, false), &known)?;
        }
    }
    if let Some(pulls) = at.get("graphql").get("ordainPulls").known()? {
        for pull in pulls.get("nodes").list()? {
            open(world, o, r, &pull)?;
        }
    }
    Ok(())
}

/// The commits of the branch, of which the last has all the files: what each of them changed was not observed.
fn branch(world: &mut World, o: usize, r: usize, name: &str, compare: &At<'_>) -> Result<(), StateError> {
    let stamp = world.stamp();
    let Some(org) = world.orgs.get_mut(o) else { return Ok(()) };
    let Some(repo) = org.repos.get_mut(r) else { return Ok(()) };
    let Some(base) = repo.head().cloned() else { return Ok(()) };
    let mut changes = Vec::new();
    for file in compare.get("files").list()? {
        let path = file.get("filename").text()?;
        let there = file.get("status").str()? != Some("removed");
        let oid = file.get("sha").str()?.filter(|_| there);
        let entry = |oid: &str| Entry { name: path.to_owned(), mode: MODE_FILE, oid: oid.to_owned(), size: 0 };
        changes.push((path.to_owned(), oid.map(entry)));
    }
    let tree = org.objects.edit(Some(&base.tree), &changes);
    let commits = compare.get("commits").list()?;
    let mut parent = base.oid;
    for (index, commit) in commits.iter().enumerate() {
        let said = commit.get("commit");
        let author = Signer {
            name: said.get("author").get("name").str()?.unwrap_or("unknown").to_owned(),
            email: said.get("author").get("email").str()?.unwrap_or("unknown@localhost").to_owned(),
            login: commit.get("author").get("login").str()?.map(str::to_owned),
            date: said.get("author").get("date").str()?.unwrap_or(&stamp).to_owned(),
        };
        let last = index + 1 == commits.len();
        let oid = commit.get("sha").text()?.to_owned();
        let made = Commit {
            oid: oid.clone(),
            tree: if last { tree.clone() } else { base.tree.clone() },
            parents: vec![std::mem::replace(&mut parent, oid)],
            message: said.get("message").str()?.unwrap_or_default().to_owned(),
            committer: Signer::web_flow(&author.date),
            author,
            signed: true,
        };
        repo.commits.insert(made.oid.clone(), made);
    }
    repo.refs.insert(format!("refs/heads/{name}"), parent);
    Ok(())
}

fn open(world: &mut World, o: usize, r: usize, pull: &At<'_>) -> Result<(), StateError> {
    let cross = pull.get("isCrossRepository").bool()?.unwrap_or(true);
    let author = pull.get("author").get("login").str()?.unwrap_or("ghost").to_owned();
    let item = json!({
        "number": pull.get("number").u64()?,
        "head": "ordain/policy",
        "head_sha": pull.get("headRefOid").str()?,
        "head_repo": if cross { Value::from(format!("{author}/fork")) } else { Value::Null },
        "base": pull.get("baseRefName").str()?,
    });
    crate::sim::rest::pull_of_state(world, o, r, &item, author).or_else(|reason| pull.err(reason))
}
