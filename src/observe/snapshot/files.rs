//! `files`, the handy form of states that are written by hand: folders and texts are built from it.

use std::collections::BTreeMap;

use crate::{
    model::{Fields, Oid, Reading, TreeEntry, blob_oid},
    settings::Blob,
};

/// Builds folders and texts.
pub(super) fn trees_of(
    files: &BTreeMap<String, String>,
    trees: &mut Fields<Reading<Option<Vec<TreeEntry>>>>,
    texts: &mut BTreeMap<Oid, Reading<Blob>>,
) {
    let mut folders: BTreeMap<String, BTreeMap<String, TreeEntry>> = BTreeMap::new();
    folders.entry(String::new()).or_default();
    for (path, text) in files {
        let oid = blob_oid(text.as_bytes());
        texts.insert(oid.clone(), Reading::known(Blob::Text(text.clone())));
        let (mut folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let size = Some(text.len() as u64);
        let entry = TreeEntry { name: name.to_owned(), object_type: "blob".into(), mode: 0o100_644, oid, size };
        folders.entry(folder.to_owned()).or_default().insert(name.to_owned(), entry);
        while !folder.is_empty() {
            let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
            // A folder's own object name is never compared.
            let oid = blob_oid(folder.as_bytes());
            let entry =
                TreeEntry { name: name.to_owned(), object_type: "tree".into(), mode: 0o040_000, oid, size: None };
            folders.entry(parent.to_owned()).or_default().insert(name.to_owned(), entry);
            folder = parent;
        }
    }
    for folder in ["", ".github", ".github/workflows", "docs"] {
        if !trees.contains_key(folder) {
            trees.insert(folder, Reading::known(None));
        }
    }
    for (path, entries) in folders {
        trees.insert(&path, Reading::known(Some(entries.into_values().collect())));
    }
}
