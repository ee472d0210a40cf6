//! Where a cache is: a folder and a file of ours that others cannot read, or none.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Seek},
    path::Path,
};

/// The file in the folder.
pub(super) const FILE: &str = "ordain-cache.redb";
/// What a file of redb begins with.
const MAGIC: &[u8] = b"redb";

/// Why there is no cache in this run.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// Another run has it.
    #[error("another ordain uses it")]
    Busy,
    /// The folder or the file cannot be made, read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// What is there is not a file of ours: it is left as it is.
    #[error("{0}; it is left as it is")]
    Foreign(&'static str),
    /// It cannot be read any more.
    #[error("it is damaged")]
    Damaged,
}

impl Unusable {
    /// Whether somebody may have meant it.
    pub(super) const fn is_odd(&self) -> bool {
        matches!(self, Self::Foreign(_))
    }
}

/// Opens the file in a folder for reading and writing; makes both if they are not there.
pub(super) fn open(folder: &Path) -> Result<File, Unusable> {
    make_folder(folder)?;
    let path = folder.join(FILE);
    let about = match fs::symlink_metadata(&path) {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(make_file(&path)?),
        Err(error) => return Err(error.into()),
    };
    if !about.is_file() {
        return Err(Unusable::Foreign("what has its name is not a file"));
    }
    let mut file = OpenOptions::new().read(true).write(true).open(&path)?;
    private(&file, &about, folder)?;
    let mut begin = Vec::new();
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut begin)?;
    file.rewind()?;
    if !begin.is_empty() && begin != MAGIC {
        return Err(Unusable::Foreign("the file of its name is not a cache"));
    }
    Ok(file)
}

/// Takes a file away that cannot be read any more, and begins a new one.
pub(super) fn anew(folder: &Path) -> Result<File, Unusable> {
    let path = folder.join(FILE);
    fs::remove_file(&path)?;
    Ok(make_file(&path)?)
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn make_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn make_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// Holds that the opened file is the one that was looked at, and ours, and that nobody else may read it.
#[cfg(unix)]
fn private(file: &File, seen: &fs::Metadata, folder: &Path) -> Result<(), Unusable> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let about = file.metadata()?;
    if (about.dev(), about.ino()) != (seen.dev(), seen.ino()) {
        return Err(Unusable::Foreign("what has its name was put there just now"));
    }
    // Whose file a new one is, is who we are.
    if tempfile::tempfile_in(folder)?.metadata()?.uid() != about.uid() {
        return Err(Unusable::Foreign("the file of its name belongs to somebody else"));
    }
    if about.mode() & 0o777 != 0o600 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn private(_file: &File, _seen: &fs::Metadata, _folder: &Path) -> Result<(), Unusable> {
    Ok(())
}
