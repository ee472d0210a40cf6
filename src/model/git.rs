//! Git's object names and tree entries, as GitHub's GraphQL gives them.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};
use sha1::{Digest, Sha1};

use super::read::text;

/// The name of a git object: 40 (SHA-1) or 64 (SHA-256) hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Oid(pub Arc<str>);

impl<'de> Deserialize<'de> for Oid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, |text| Self(text.into()))
    }
}

impl Oid {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Oid {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Oid> for String {
    fn from(oid: Oid) -> Self {
        oid.0.to_string()
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Computes the object name that git gives a file with these bytes, so that files are compared without a download.
#[must_use]
pub fn blob_oid(bytes: &[u8]) -> Oid {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    Oid(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
}

/// What a tree entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A regular file, executable or not.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A submodule: a commit of another repository.
    Submodule,
    /// Something that git may learn later.
    Other,
}

/// What git calls an object: `blob`, `tree` or `commit`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(into = "String")]
pub struct ObjectType(Cow<'static, str>);

impl<'de> Deserialize<'de> for ObjectType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, |text| Self::from(text))
    }
}

impl From<&str> for ObjectType {
    fn from(word: &str) -> Self {
        let known = ["blob", "tree", "commit"].into_iter().find(|known| *known == word);
        Self(known.map_or_else(|| Cow::Owned(word.to_owned()), Cow::Borrowed))
    }
}

impl From<String> for ObjectType {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<ObjectType> for String {
    fn from(word: ObjectType) -> Self {
        word.0.into_owned()
    }
}

/// One entry of a folder (GraphQL `TreeEntry`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeEntry {
    /// The name in its folder.
    pub name: String,
    /// `blob`, `tree` or `commit`.
    #[serde(rename = "type", default)]
    pub object_type: ObjectType,
    /// Git's file mode as an integer, such as `0o100644` = 33188.
    #[serde(default)]
    pub mode: i64,
    /// The object name.
    pub oid: Oid,
    /// The size in bytes, where GitHub says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

impl TreeEntry {
    /// What the entry is, from its mode, else from its type.
    #[must_use]
    pub fn kind(&self) -> EntryKind {
        match (self.mode, self.object_type.0.as_ref()) {
            (0o120_000, _) => EntryKind::Link,
            (0o160_000, _) | (_, "commit") => EntryKind::Submodule,
            (0o040_000, _) | (_, "tree") => EntryKind::Folder,
            (0o100_644 | 0o100_755 | 0o100_664, _) | (_, "blob") => EntryKind::File,
            _ => EntryKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oid_is_what_git_hash_object_says() {
        assert_eq!(blob_oid(b"").as_str(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(blob_oid(b"hello\n").as_str(), "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn a_link_is_not_a_file() {
        let entry = |mode, object_type: &str| TreeEntry {
            name: "SECURITY.md".into(),
            object_type: object_type.into(),
            mode,
            oid: blob_oid(b""),
            size: None,
        };
        assert_eq!(entry(0o120_000, "blob").kind(), EntryKind::Link);
        assert_eq!(entry(0o160_000, "commit").kind(), EntryKind::Submodule);
        assert_eq!(entry(0o100_755, "blob").kind(), EntryKind::File);
        assert_eq!(entry(0o040_000, "tree").kind(), EntryKind::Folder);
    }
}
