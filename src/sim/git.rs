//! Git's objects: blobs, trees and commits under git's own hashes, and what is asked of them.
//!
//! Blobs and trees are kept once for an organisation (the same file in a thousand repositories is one blob); commits
//! and refs belong to a repository. Nothing here knows HTTP.

use std::collections::{BTreeMap, BTreeSet};

use sha1::{Digest, Sha1};

/// The name of a git object: forty hexadecimal digits.
pub(super) type Oid = String;

/// Mode of a regular file.
pub(super) const MODE_FILE: u32 = 0o100_644;
/// Mode of a directory.
pub(super) const MODE_TREE: u32 = 0o040_000;

/// What is known of a blob's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blob {
    /// The bytes.
    Bytes(Vec<u8>),
    /// An observation that did not keep the text because it was too large.
    TooLarge,
    /// An observation that did not keep the bytes because they are not text.
    Binary,
}

/// One line of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file name, without folders.
    pub name: String,
    /// Git's mode, as a number (`0o100644` is 33188).
    pub mode: u32,
    /// The object.
    pub oid: Oid,
    /// Size in bytes; 0 for trees.
    pub size: u64,
}

impl Entry {
    /// Returns git's word for the kind of object.
    pub fn kind(&self) -> &'static str {
        match self.mode {
            MODE_TREE => "tree",
            0o160_000 => "commit",
            _ => "blob",
        }
    }
}

/// Who made a commit, and when.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Signer {
    /// The name in the commit.
    pub name: String,
    /// The e-mail address in the commit.
    pub email: String,
    /// The GitHub account, where GitHub knows one.
    pub login: Option<String>,
    /// RFC 3339, UTC.
    pub date: String,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub oid: Oid,
    /// The root tree.
    pub tree: Oid,
    /// The parents.
    pub parents: Vec<Oid>,
    /// The whole message.
    pub message: String,
    /// The author.
    pub author: Signer,
    /// The committer.
    pub committer: Signer,
    /// Whether GitHub signed it.
    pub signed: bool,
}

/// The blobs and trees of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Objects {
    /// Blobs by name.
    pub blobs: BTreeMap<Oid, Blob>,
    /// Trees by name. An observation may know a tree's name and not its lines: then it is absent.
    pub trees: BTreeMap<Oid, Vec<Entry>>,
}

/// A change to one path: `None` removes it.
pub(super) type Change = (String, Option<Entry>);

fn hash(kind: &str, body: &[u8]) -> Oid {
    let mut sha = Sha1::new();
    sha.update(format!("{kind} {}\0", body.len()));
    sha.update(body);
    hex(&sha.finalize())
}

/// Returns bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

fn unhex(oid: &str) -> Vec<u8> {
    (0..oid.len() / 2)
        .filter_map(|i| oid.get(i * 2..i * 2 + 2))
        .filter_map(|d| u8::from_str_radix(d, 16).ok())
        .collect()
}

/// Returns git's name of a blob.
pub fn blob_oid(bytes: &[u8]) -> Oid {
    hash("blob", bytes)
}

/// Returns git's name of a tree.
pub(super) fn tree_oid(entries: &[Entry]) -> Oid {
    let mut body = Vec::new();
    for entry in entries {
        body.extend_from_slice(format!("{:o} {}\0", entry.mode, entry.name).as_bytes());
        body.extend_from_slice(&unhex(&entry.oid));
    }
    hash("tree", &body)
}

/// Sorts the lines of a tree as git does: a folder's name counts with a slash behind it.
fn git_order(entries: &mut [Entry]) {
    let key = |e: &Entry| {
        if e.mode == MODE_TREE { format!("{}/", e.name) } else { e.name.clone() }
    };
    entries.sort_by_key(key);
}

impl Commit {
    /// Gives the commit its name, from all it says.
    pub fn named(mut self) -> Self {
        let line = |s: &Signer| format!("{} <{}> {}", s.name, s.email, s.date);
        let parents: String = self.parents.iter().map(|p| format!("parent {p}\n")).collect();
        let body = format!(
            "tree {}\n{parents}author {}\ncommitter {}\nsigned {}\n\n{}",
            self.tree,
            line(&self.author),
            line(&self.committer),
            self.signed,
            self.message
        );
        self.oid = hash("commit", body.as_bytes());
        self
    }
}

impl Objects {
    /// Stores a file and returns its tree line (without folders in the name).
    pub fn put_blob(&mut self, name: &str, mode: u32, bytes: Vec<u8>) -> Entry {
        let oid = blob_oid(&bytes);
        let size = bytes.len() as u64;
        self.blobs.insert(oid.clone(), Blob::Bytes(bytes));
        Entry { name: name.to_owned(), mode, oid, size }
    }

    /// Stores a tree and returns its name.
    pub fn put_tree(&mut self, mut entries: Vec<Entry>) -> Oid {
        git_order(&mut entries);
        let oid = tree_oid(&entries);
        self.trees.insert(oid.clone(), entries);
        oid
    }

    /// Returns the tree that results from `changes` upon `root`; opens only the folders that change.
    pub fn edit(&mut self, root: Option<&str>, changes: &[Change]) -> Oid {
        let mut entries = root.and_then(|oid| self.trees.get(oid)).cloned().unwrap_or_default();
        let mut folders: BTreeMap<&str, Vec<Change>> = BTreeMap::new();
        for (path, entry) in changes {
            if let Some((folder, rest)) = path.split_once('/') {
                folders.entry(folder).or_default().push((rest.to_owned(), entry.clone()));
                continue;
            }
            entries.retain(|e| e.name != *path);
            entries.extend(entry.clone().map(|e| Entry { name: path.clone(), ..e }));
        }
        for (folder, inner) in folders {
            let old = entries.iter().position(|e| e.name == folder).map(|i| entries.remove(i));
            let below = old.filter(|e| e.mode == MODE_TREE).map(|e| e.oid);
            let oid = self.edit(below.as_deref(), &inner);
            // Git has no empty folders.
            if self.trees.get(&oid).is_some_and(|t| !t.is_empty()) {
                entries.push(Entry { name: folder.to_owned(), mode: MODE_TREE, oid, size: 0 });
            }
        }
        self.put_tree(entries)
    }

    /// Returns what stands at a path of a tree; the empty path is the tree itself.
    pub fn at(&self, root: &str, path: &str) -> Option<Entry> {
        let mut here = Entry { name: String::new(), mode: MODE_TREE, oid: root.to_owned(), size: 0 };
        for name in path.split('/').filter(|s| !s.is_empty()) {
            here = self.trees.get(&here.oid)?.iter().find(|e| e.name == name)?.clone();
        }
        Some(here)
    }

    /// Returns every line below a tree by its whole path; with `trees` the folders too.
    pub fn flatten(&self, root: &str, trees: bool) -> BTreeMap<String, Entry> {
        let mut out = BTreeMap::new();
        self.flatten_into(root, "", trees, &mut out);
        out
    }

    fn flatten_into(&self, root: &str, prefix: &str, trees: bool, out: &mut BTreeMap<String, Entry>) {
        for entry in self.trees.get(root).into_iter().flatten() {
            let path = format!("{prefix}{}", entry.name);
            if entry.mode == MODE_TREE {
                self.flatten_into(&entry.oid, &format!("{path}/"), trees, out);
            }
            if trees || entry.mode != MODE_TREE {
                out.insert(path, entry.clone());
            }
        }
    }

    /// Returns a blob's text, where it is known and is text.
    pub fn text(&self, oid: &str) -> Option<&str> {
        match self.blobs.get(oid)? {
            Blob::Bytes(bytes) if !bytes.contains(&0) => std::str::from_utf8(bytes).ok(),
            Blob::Bytes(_) | Blob::TooLarge | Blob::Binary => None,
        }
    }
}

/// How one file differs between two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileDiff {
    /// The path.
    pub path: String,
    /// The line before, if there was one.
    pub before: Option<Entry>,
    /// The line after, if there is one.
    pub after: Option<Entry>,
}

/// Returns the files that differ between two trees, by path.
pub(super) fn diff(objects: &Objects, before: &str, after: &str) -> Vec<FileDiff> {
    let old = objects.flatten(before, false);
    let new = objects.flatten(after, false);
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    paths
        .into_iter()
        .filter(|p| old.get(*p).map(|e| (&e.oid, e.mode)) != new.get(*p).map(|e| (&e.oid, e.mode)))
        .map(|p| FileDiff { path: p.clone(), before: old.get(p).cloned(), after: new.get(p).cloned() })
        .collect()
}

/// Returns a commit and all its ancestors, newest first as far as parents tell.
pub(super) fn ancestry<'c>(commits: &'c BTreeMap<Oid, Commit>, head: &str) -> Vec<&'c Commit> {
    let mut seen = BTreeSet::new();
    let mut queue = std::collections::VecDeque::from([head]);
    let mut out = Vec::new();
    while let Some(oid) = queue.pop_front() {
        if !seen.insert(oid) {
            continue;
        }
        if let Some(commit) = commits.get(oid) {
            out.push(commit);
            queue.extend(commit.parents.iter().map(String::as_str));
        }
    }
    out
}

/// Returns the newest commit that both have, if there is one.
pub(super) fn merge_base<'c>(commits: &'c BTreeMap<Oid, Commit>, a: &str, b: &str) -> Option<&'c Commit> {
    let ours: BTreeSet<&str> = ancestry(commits, a).iter().map(|c| c.oid.as_str()).collect();
    ancestry(commits, b).into_iter().find(|c| ours.contains(c.oid.as_str()))
}

/// Returns the commits of `head` that `base` does not have, oldest first.
pub(super) fn between<'c>(commits: &'c BTreeMap<Oid, Commit>, base: &str, head: &str) -> Vec<&'c Commit> {
    let ours: BTreeSet<&str> = ancestry(commits, base).iter().map(|c| c.oid.as_str()).collect();
    let mut out: Vec<_> = ancestry(commits, head).into_iter().filter(|c| !ours.contains(c.oid.as_str())).collect();
    out.reverse();
    out
}
