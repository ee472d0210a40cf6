//! Reading blobs, trees, commits and branches.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::load::{At, StateError};
use crate::sim::git::{Blob, Commit, Entry, MODE_FILE, MODE_TREE, Objects, Oid, Signer};
use crate::sim::world::Repo;

/// Reads the blobs of an organisation; bytes that are no text stand in `binary`.
pub(super) fn load_blobs(objects: &mut Objects, blobs: &At<'_>, binary: &At<'_>) -> Result<(), StateError> {
    for (oid, at) in blobs.entries()? {
        let blob = match at.get("text").str()? {
            Some(text) => Blob::Bytes(text.as_bytes().to_vec()),
            None if at.get("too_large").bool()? == Some(true) => Blob::TooLarge,
            None if at.get("binary").bool()? == Some(true) => Blob::Binary,
            None => return at.err("one of text, too_large and binary was expected"),
        };
        objects.blobs.insert(oid.to_owned(), blob);
    }
    for (oid, at) in binary.entries()? {
        match STANDARD.decode(at.text()?) {
            Ok(bytes) => objects.blobs.insert(oid.to_owned(), Blob::Bytes(bytes)),
            Err(_) => return at.err("not base64"),
        };
    }
    Ok(())
}

/// Reads trees by name.
pub(super) fn load_trees(objects: &mut Objects, trees: &At<'_>) -> Result<(), StateError> {
    for (oid, at) in trees.entries()? {
        let entries = entries(&at, &BTreeMap::new(), "")?;
        objects.trees.insert(oid.to_owned(), entries);
    }
    Ok(())
}

/// Reads the lines of one tree; a folder without `oid` takes it from `known` (trees read already, by path).
fn entries(at: &At<'_>, known: &BTreeMap<String, Oid>, folder: &str) -> Result<Vec<Entry>, StateError> {
    let mut out = Vec::new();
    for item in at.list()? {
        let name = item.get("name").text()?.to_owned();
        let default = if item.get("type").str()? == Some("tree") { MODE_TREE } else { MODE_FILE };
        let mode = item.get("mode").u64()?.and_then(|m| u32::try_from(m).ok()).unwrap_or(default);
        let path = join(folder, &name);
        let oid = match (item.get("oid").str()?, known.get(&path)) {
            (Some(oid), _) => oid.to_owned(),
            (None, Some(oid)) => oid.clone(),
            (None, None) => return item.err("missing: oid"),
        };
        out.push(Entry { name, mode, oid, size: item.get("size").u64()?.unwrap_or(0) });
    }
    Ok(out)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Reads the observed folders of a default branch (`trees`) and returns the root tree.
///
/// An observation holds some folders only. A folder's own name is what its parent says; where the parent was not read,
/// it is hung into an otherwise empty one.
pub(super) fn observed_root(objects: &mut Objects, trees: &At<'_>) -> Result<Option<Oid>, StateError> {
    let mut folders = Vec::new();
    for (path, reading) in trees.entries()? {
        // Folders of another branch than the default one stand here too.
        if other_branch(path).is_some() {
            continue;
        }
        if let Some(list) = reading.known()?.filter(|l| !l.is_null()) {
            folders.push((path, list));
        }
    }
    folders.sort_by_key(|(path, _)| std::cmp::Reverse((path.split('/').count(), path.len())));
    let mut read: BTreeMap<String, Oid> = BTreeMap::new();
    let mut lines: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for (path, list) in folders {
        let entries = entries(&list, &read, path)?;
        read.insert(path.to_owned(), crate::sim::git::tree_oid(&entries));
        lines.insert(path.to_owned(), entries);
    }
    let mut said: BTreeMap<String, Oid> = BTreeMap::new();
    for (folder, entries) in &lines {
        for entry in entries.iter().filter(|e| e.kind() == "tree") {
            said.insert(join(folder, &entry.name), entry.oid.clone());
        }
    }
    let mut root = None;
    let mut orphans = Vec::new();
    for (path, entries) in lines {
        let oid = said.get(&path).or_else(|| read.get(&path)).cloned().unwrap_or_default();
        objects.trees.insert(oid.clone(), entries);
        if path.is_empty() {
            root = Some(oid);
        } else if !said.contains_key(&path) {
            orphans.push((path, Some(Entry { name: String::new(), mode: MODE_TREE, oid, size: 0 })));
        }
    }
    orphans.sort_by_key(|(path, _)| path.len());
    for orphan in orphans {
        root = Some(objects.edit(root.as_deref(), &[orphan]));
    }
    Ok(root)
}

/// Reads the commits and refs that the simulator itself has written.
pub(super) fn load_history(repo: &mut Repo, git: &At<'_>) -> Result<(), StateError> {
    for at in git.get("commits").list()? {
        let commit = Commit {
            oid: at.get("oid").text()?.to_owned(),
            tree: at.get("tree").text()?.to_owned(),
            parents: at.get("parents").strings()?.unwrap_or_default(),
            message: at.get("message").text()?.to_owned(),
            author: signer(&at.get("author"))?,
            committer: signer(&at.get("committer"))?,
            signed: at.get("signed").bool()?.unwrap_or(false),
        };
        repo.commits.insert(commit.oid.clone(), commit);
    }
    for (name, at) in git.get("refs").entries()? {
        repo.refs.insert(name.to_owned(), at.text()?.to_owned());
    }
    repo.loose = git.get("loose").strings()?.unwrap_or_default().into_iter().collect();
    Ok(())
}

fn signer(at: &At<'_>) -> Result<Signer, StateError> {
    Ok(Signer {
        name: at.get("name").text()?.to_owned(),
        email: at.get("email").text()?.to_owned(),
        login: at.get("login").str()?.map(str::to_owned),
        date: at.get("date").text()?.to_owned(),
    })
}

/// Files to write, by path; none removes one.
pub(super) type Files = Vec<(String, Option<Vec<u8>>)>;

/// Reads files written as text by path.
pub(super) fn files(at: &At<'_>) -> Result<Files, StateError> {
    let mut out = Vec::new();
    for (path, text) in at.entries()? {
        let bad = path.is_empty() || path.split('/').any(|s| s.is_empty() || s == "." || s == "..");
        if bad {
            return text.err("not a path inside a repository");
        }
        out.push((path.to_owned(), text.str()?.map(|t| t.as_bytes().to_vec())));
    }
    Ok(out)
}

/// Returns the branch of a folder that was observed by the branch's name: `refs/heads/NAME:PATH`.
pub(super) fn other_branch(path: &str) -> Option<&str> {
    path.strip_prefix("refs/heads/")?.split_once(':').map(|(branch, _)| branch)
}
