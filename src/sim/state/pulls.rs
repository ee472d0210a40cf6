//! ordain's own branch and pull request, as an observation holds them: a comparison, lists and folders
//! under names of their own.

use serde_json::{Value, json};

use super::load::{At, StateError};
use crate::sim::git::{Change, Commit, Entry, MODE_FILE, Signer};
use crate::sim::http::decode;
use crate::sim::world::World;

/// Names under which observations keep answers that are fields of something else.
pub(super) const ALIASES: &[&str] = &["workflowRuns", "ordainPulls", "ordainHeld", "ordainBranch"];

/// Our own branch.
pub(super) const BRANCH: &str = "ordain/policy";

/// How observations call the folders of the branch: `refs/heads/ordain/policy:docs`.
const FOLDERS: &str = "refs/heads/ordain/policy:";

/// A commit as it was observed: its name, its author, its message.
type Told = (String, Signer, String);

/// Takes over the observed branch and pull requests, where the state says nothing of its own.
pub(super) fn load(world: &mut World, o: usize, r: usize, at: &At<'_>) -> Result<(), StateError> {
    if !at.get("simulator").get("git").is_null() {
        return Ok(());
    }
    for (suffix, reading) in at.get("rest").entries()? {
        let heads = suffix.strip_prefix("compare/").and_then(|rest| rest.split_once("..."));
        if let (Some((_, head)), Some(known)) = (heads, reading.known()?) {
            let (files, commits) = compared(world, &known)?;
            branch(world, o, r, &decode(head, false), &files, commits);
        }
    }
    if let Some(pulls) = at.get("graphql").get("ordainPulls").known()? {
        let held = at.get("graphql").get("ordainHeld").known()?;
        let held = held.map(|held| held.get("nodes").list()).transpose()?.unwrap_or_default();
        for pull in pulls.get("nodes").list()? {
            if pull.get("isCrossRepository").bool()? == Some(false) {
                // What it holds was asked apart.
                let number = pull.get("number").u64()?;
                let apart = held.iter().find(|one| one.get("number").u64().is_ok_and(|known| known == number));
                let holds = apart.unwrap_or(&pull);
                let (files, commits) = (changed(holds, &at.get("trees"))?, commits_of(world, holds)?);
                branch(world, o, r, BRANCH, &files, commits);
            }
            open(world, o, r, &pull)?;
        }
    }
    Ok(())
}

/// What a comparison says of the branch.
fn compared(world: &World, compare: &At<'_>) -> Result<(Vec<Change>, Vec<Told>), StateError> {
    let (mut files, mut commits) = (Vec::new(), Vec::new());
    for file in compare.get("files").list()? {
        let path = file.get("filename").text()?;
        let there = file.get("status").str()? != Some("removed");
        let oid = file.get("sha").str()?.filter(|_| there);
        let entry = |oid: &str| Entry { name: path.to_owned(), mode: MODE_FILE, oid: oid.to_owned(), size: 0 };
        files.push((path.to_owned(), oid.map(entry)));
    }
    for commit in compare.get("commits").list()? {
        let said = commit.get("commit");
        let login = commit.get("author").get("login").str()?;
        let message = said.get("message").str()?.unwrap_or_default().to_owned();
        commits.push((commit.get("sha").text()?.to_owned(), signer(world, &said.get("author"), login)?, message));
    }
    Ok((files, commits))
}

/// The files that a pull request changes, as they stand in the observed folders of the branch.
fn changed(pull: &At<'_>, trees: &At<'_>) -> Result<Vec<Change>, StateError> {
    let mut files = Vec::new();
    for file in pull.get("files").get("nodes").list()? {
        let path = file.get("path").text()?;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut entry = None;
        if let Some(lines) = trees.get(&format!("{FOLDERS}{folder}")).known()? {
            for line in lines.list()? {
                if line.get("name").str()? == Some(name) {
                    let mode = line.get("mode").u64()?.and_then(|mode| u32::try_from(mode).ok()).unwrap_or(MODE_FILE);
                    let (oid, size) = (line.get("oid").text()?.to_owned(), line.get("size").u64()?.unwrap_or(0));
                    entry = Some(Entry { name: name.to_owned(), mode, oid, size });
                }
            }
        }
        files.push((path.to_owned(), entry));
    }
    Ok(files)
}

fn commits_of(world: &World, pull: &At<'_>) -> Result<Vec<Told>, StateError> {
    let mut commits = Vec::new();
    for node in pull.get("commits").get("nodes").list()? {
        let commit = node.get("commit");
        let author = commit.get("author");
        let login = author.get("user").get("login").str()?;
        commits.push((commit.get("oid").text()?.to_owned(), signer(world, &author, login)?, String::new()));
    }
    Ok(commits)
}

fn signer(world: &World, author: &At<'_>, login: Option<&str>) -> Result<Signer, StateError> {
    Ok(Signer {
        name: author.get("name").str()?.unwrap_or("unknown").to_owned(),
        email: author.get("email").str()?.unwrap_or("unknown@localhost").to_owned(),
        login: login.map(str::to_owned),
        date: author.get("date").str()?.map_or_else(|| world.stamp(), str::to_owned),
    })
}

/// Makes the branch. The last commit has all the files: what each of them changed was not observed.
fn branch(world: &mut World, o: usize, r: usize, name: &str, files: &[Change], commits: Vec<Told>) {
    let Some(org) = world.orgs.get_mut(o) else { return };
    let Some(repo) = org.repos.get_mut(r) else { return };
    let Some(base) = repo.head().cloned() else { return };
    let tree = org.objects.edit(Some(&base.tree), files);
    let mut parent = base.oid;
    let count = commits.len();
    for (index, (oid, author, message)) in commits.into_iter().enumerate() {
        let tree = if index + 1 == count { &tree } else { &base.tree };
        let made = Commit {
            oid: oid.clone(),
            tree: tree.clone(),
            parents: vec![std::mem::replace(&mut parent, oid)],
            message,
            committer: Signer::web_flow(&author.date),
            author,
            signed: true,
        };
        repo.commits.insert(made.oid.clone(), made);
    }
    repo.refs.insert(format!("refs/heads/{name}"), parent);
}

fn open(world: &mut World, o: usize, r: usize, pull: &At<'_>) -> Result<(), StateError> {
    let cross = pull.get("isCrossRepository").bool()?.unwrap_or(true);
    let author = pull.get("author").get("login").str()?.unwrap_or("ghost").to_owned();
    let item = json!({
        "number": pull.get("number").u64()?,
        "head": BRANCH,
        "head_sha": pull.get("headRefOid").str()?,
        "head_repo": if cross { Value::from(format!("{author}/fork")) } else { Value::Null },
        "base": pull.get("baseRefName").str()?,
    });
    crate::sim::rest::pull_of_state(world, o, r, &item, author).or_else(|reason| pull.err(reason))
}
