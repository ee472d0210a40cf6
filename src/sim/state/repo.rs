//! Reading a repository.

use std::collections::BTreeSet;

use serde_json::json;

use super::git::{files, load_history, observed_root, other_branch};
use super::load::{At, StateError};
use crate::sim::git::{Commit, Signer};
use crate::sim::names::{DERIVED, PAIRS};
use crate::sim::world::{Attachment, Repo, World, node_id};

/// Keys of a listed repository that are not kept among its fields: they have a place of their own or are computed.
const OWN: &[&str] = &[
    "id",
    "node_id",
    "name",
    "full_name",
    "owner",
    "graphql",
    "trees",
    "rest",
    "files",
    "simulator",
    "permissions",
    "security_and_analysis",
    "role_name",
    "temp_clone_token",
];

/// Reads one repository into an organisation of the world. `names` are those of the repositories before it, in lower case.
pub(super) fn load(world: &mut World, o: usize, at: &At<'_>, names: &mut BTreeSet<String>) -> Result<(), StateError> {
    let name = at.get("name").text()?;
    if !names.insert(name.to_ascii_lowercase()) {
        return at.get("name").err(format!("{name:?} is there twice"));
    }
    let id = match at.get("id").u64()? {
        Some(id) => id,
        None => world.fresh_id(),
    };
    let mut repo = Repo::new(id, name, &world.stamp());
    repo.node_id = at.get("node_id").str()?.map_or_else(|| node_id("R", id), str::to_owned);
    let sim = at.get("simulator");
    fields(&mut repo, at)?;
    switches(&mut repo, at)?;
    super::rulesets::take(&mut repo.rest, &mut repo.graphql, &world.stamp());
    super::listed::take(&mut repo);
    repo.renamed_from = sim.get("renamed_from").strings()?.unwrap_or_default();
    repo.attach_fails = sim.get("attach_fails").bool()?.unwrap_or(false);
    repo.attachment = attachment(world, o, at)?;
    super::super::rest::take_workflows(&mut repo, at.get("rest").get("actions/workflows").value);
    super::super::rest::take_workflows(&mut repo, &super::observed::workflows(at)?);
    let Some(org) = world.orgs.get_mut(o) else {
        return Ok(());
    };
    org.repos.push(repo);
    let r = org.repos.len() - 1;
    history(world, o, r, at)?;
    observed_branches(world, o, r, at)?;
    world.sync_workflows(o, r);
    let told = super::observed::simulator(at)?;
    super::super::rest::workflows_of_state(world, o, r, &told).or_else(|reason| sim.err(reason))?;
    branches(world, o, r, &sim)?;
    super::pulls::load(world, o, r, at)?;
    pulls(world, o, r, &sim)
}

fn fields(repo: &mut Repo, at: &At<'_>) -> Result<(), StateError> {
    let visibility = at.get("visibility").str()?.map(str::to_owned);
    let private = at.get("private").bool()?;
    for (key, value) in at.map()?.into_iter().flatten() {
        if !OWN.contains(&key.as_str()) && !key.ends_with("_url") && key != "url" {
            repo.fields.insert(key.clone(), value.clone());
        }
    }
    let visibility = visibility.unwrap_or_else(|| if private == Some(true) { "private" } else { "public" }.to_owned());
    if !["public", "private", "internal"].contains(&visibility.as_str()) {
        return at.get("visibility").err(format!("{visibility:?} is not public, private or internal"));
    }
    repo.set_visibility(&visibility);
    for (key, reading) in at.get("graphql").entries()? {
        let Some(known) = reading.known()? else {
            continue;
        };
        if key == "hasVulnerabilityAlertsEnabled" {
            repo.alerts = known.bool()?.unwrap_or(false);
        } else if key == "defaultBranchRef" {
            if let Some(name) = known.get("name").str()? {
                repo.set("default_branch", json!(name));
            }
        } else if let Some((_, rest)) = PAIRS.iter().find(|(gql, _)| *gql == key) {
            repo.set(rest, known.value.clone());
        } else if !DERIVED.contains(&key) && !super::pulls::ALIASES.contains(&key) {
            repo.graphql.insert(key.to_owned(), known.value.clone());
        }
    }
    Ok(())
}

/// Reads what is on and what is off.
fn switches(repo: &mut Repo, at: &At<'_>) -> Result<(), StateError> {
    for (key, value) in at.get("security_and_analysis").entries()? {
        if let Some(status) = value.get("status").str()? {
            if key == "dependabot_security_updates" {
                repo.fixes = status == "enabled";
            } else {
                repo.security.insert(key.to_owned(), status == "enabled");
            }
        }
    }
    let rest = at.get("rest");
    if let Some(known) = rest.get("private-vulnerability-reporting").known()? {
        repo.pvr = known.get("enabled").bool()?.unwrap_or(false) && !repo.is_private();
    }
    if let Some(known) = rest.get("automated-security-fixes").known()? {
        repo.fixes = known.get("enabled").bool()?.unwrap_or(false);
        repo.fixes_paused = known.get("paused").bool()?.unwrap_or(false);
    }
    repo.alerts = rest.get("vulnerability-alerts").known_bool(repo.alerts)?;
    for (suffix, reading) in rest.entries()? {
        reading.known()?;
        let ours = [
            "private-vulnerability-reporting",
            "automated-security-fixes",
            "vulnerability-alerts",
            "actions/workflows",
            "code-security-configuration",
        ];
        if !ours.contains(&suffix) {
            repo.rest.insert(suffix.to_owned(), reading.value.clone());
        }
    }
    Ok(())
}

fn attachment(world: &World, o: usize, at: &At<'_>) -> Result<Option<Attachment>, StateError> {
    let written = at.get("simulator").get("code_security_configuration");
    if let Some(known) = at.get("rest").get("code-security-configuration").known()?.filter(|k| !k.is_null())
        && let Some(configuration) = known.get("configuration").get("id").u64()?
    {
        let status = known.get("status").str()?.unwrap_or("attached").to_owned();
        return Ok(Some(Attachment { configuration, status, reads_left: 0 }));
    }
    if written.is_null() {
        return Ok(None);
    }
    let (id, name) = (written.get("id").u64()?, written.get("name").str()?);
    let all = world.orgs.get(o).map(|org| org.configurations.as_slice()).unwrap_or_default();
    let Some(found) = all.iter().find(|c| id.map_or_else(|| Some(c.get("name")) == name, |id| c.id == id)) else {
        return written.err("no such configuration in the organisation");
    };
    let status = if found.enforced() { "enforced" } else { "attached" };
    let reads_left = u32::try_from(written.get("reads_left").u64()?.unwrap_or(0)).unwrap_or(0);
    let status = written.get("status").str()?.unwrap_or(status).to_owned();
    Ok(Some(Attachment { configuration: found.id, status, reads_left }))
}

/// Reads the default branch: from `simulator.git`, from `files`, or from the observed folders.
fn history(world: &mut World, o: usize, r: usize, at: &At<'_>) -> Result<(), StateError> {
    let (stamp, sim) = (world.stamp(), at.get("simulator"));
    let author = Signer::of(sim.get("author").str()?.unwrap_or("octocat"), &stamp);
    let Some(org) = world.orgs.get_mut(o) else {
        return Ok(());
    };
    let Some(repo) = org.repos.get_mut(r) else {
        return Ok(());
    };
    let head = repo.head_ref();
    if at.get("files").map()?.is_some() {
        let staged: Vec<_> = files(&at.get("files"))?
            .into_iter()
            .map(|(path, bytes)| {
                (path.clone(), bytes.map(|b| org.objects.put_blob(&path, crate::sim::git::MODE_FILE, b)))
            })
            .collect();
        let tree = org.objects.edit(None, &staged);
        return first_commit(repo, &head, tree, author, None);
    }
    let root = observed_root(&mut org.objects, &at.get("trees"))?;
    if sim.get("git").map()?.is_some() {
        return load_history(repo, &sim.get("git"));
    }
    let branch = at.get("graphql").get("defaultBranchRef").known()?;
    let oid = branch.map(|b| b.get("target").get("oid").str()).transpose()?.flatten();
    match root {
        Some(tree) => first_commit(repo, &head, tree, author, oid),
        None if oid.is_some() => {
            let tree = org.objects.put_tree(Vec::new());
            first_commit(repo, &head, tree, author, oid)
        }
        None => Ok(()),
    }
}

/// A branch whose root folder was observed is there; what stands on it is not known, so it starts at the head.
fn observed_branches(world: &mut World, o: usize, r: usize, at: &At<'_>) -> Result<(), StateError> {
    let Some(repo) = world.orgs.get_mut(o).and_then(|org| org.repos.get_mut(r)) else {
        return Ok(());
    };
    let Some(head) = repo.head().map(|head| head.oid.clone()) else {
        return Ok(());
    };
    for (path, reading) in at.get("trees").entries()? {
        let branch = other_branch(path).filter(|branch| *branch != super::pulls::BRANCH);
        if let (Some(branch), true) = (branch, reading.known()?.is_some_and(|list| !list.is_null())) {
            repo.refs.entry(format!("refs/heads/{branch}")).or_insert_with(|| head.clone());
        }
    }
    Ok(())
}

fn first_commit(
    repo: &mut Repo,
    head: &str,
    tree: String,
    author: Signer,
    oid: Option<&str>,
) -> Result<(), StateError> {
    let mut commit = Commit {
        oid: String::new(),
        tree,
        parents: Vec::new(),
        message: "Initial commit".to_owned(),
        committer: Signer::web_flow(&author.date),
        author,
        signed: true,
    }
    .named();
    if let Some(oid) = oid {
        oid.clone_into(&mut commit.oid);
    }
    repo.refs.insert(head.to_owned(), commit.oid.clone());
    repo.commits.insert(commit.oid.clone(), commit);
    Ok(())
}

fn branches(world: &mut World, o: usize, r: usize, sim: &At<'_>) -> Result<(), StateError> {
    for (branch, at) in sim.get("branches").entries()? {
        let author = Signer::of(at.get("author").str()?.unwrap_or("ordain-bot"), &world.stamp());
        let message = at.get("message").str()?.unwrap_or("Update files");
        let signed = at.get("signed").bool()?.unwrap_or(true);
        world.commit_to(o, r, branch, &files(&at.get("files"))?, message, &author, signed);
    }
    Ok(())
}

fn pulls(world: &mut World, o: usize, r: usize, sim: &At<'_>) -> Result<(), StateError> {
    for at in sim.get("pulls").list()? {
        let head = at.get("head").text()?;
        let foreign = at.get("head_repo").str()?.map(str::to_owned);
        let author = at.get("author").str()?.unwrap_or("ordain-bot").to_owned();
        if at.get("files").map()?.is_some() {
            // The head of a pull request from a fork is kept under a ref of its own, as on GitHub.
            let hidden = format!("refs/pull/{head}/head");
            let stamp = world.stamp();
            let before = world.orgs.get(o).and_then(|org| org.repos.get(r)).map(|repo| repo.refs.clone());
            let oid = world.commit_to(
                o,
                r,
                head,
                &files(&at.get("files"))?,
                "Update files",
                &Signer::of(&author, &stamp),
                true,
            );
            if let (Some(mut refs), Some(oid), Some(_)) = (before, oid, &foreign)
                && let Some(repo) = world.orgs.get_mut(o).and_then(|org| org.repos.get_mut(r))
            {
                refs.insert(hidden.clone(), oid);
                repo.refs = refs;
            }
        }
        if let Err(reason) = super::super::rest::pull_of_state(world, o, r, at.value, author) {
            return at.err(reason);
        }
    }
    Ok(())
}
