//! Files that commands read and write. A failure says which file, why, and what helps: never a bare error of the machine.

use std::{
    fs,
    io::{BufWriter, ErrorKind, Write},
    path::Path,
};

use super::Failed;

/// Writes a file whole.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failed> {
    fs::write(path, text)
        .map_err(|error| Failed::msg(format!("{} cannot be written: {}", path.display(), why(&error, path))))
}

/// Writes a file piece by piece.
pub(crate) fn write_by(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), Failed> {
    let written = fs::File::create(path).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    });
    written.map_err(|error| Failed::msg(format!("{} cannot be written: {}", path.display(), why(&error, path))))
}

/// Makes a folder, with those above it.
pub(crate) fn folder(path: &Path) -> Result<(), Failed> {
    fs::create_dir_all(path)
        .map_err(|error| Failed::msg(format!("the folder {} cannot be made: {}", path.display(), why(&error, path))))
}

/// Reads a file that is text.
pub(crate) fn read(path: &Path) -> Result<String, Failed> {
    fs::read_to_string(path)
        .map_err(|error| Failed::msg(format!("{} cannot be read: {}", path.display(), why(&error, path))))
}

/// An error of the machine in words, with what a person can do.
pub(crate) fn why(error: &std::io::Error, path: &Path) -> String {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists());
    match (error.kind(), parent) {
        (ErrorKind::NotFound, Some(parent)) => format!("the folder {} does not exist", parent.display()),
        (ErrorKind::NotFound, None) => "there is no such file".to_owned(),
        (ErrorKind::PermissionDenied, _) => "this user may not (see its owner and mode)".to_owned(),
        (ErrorKind::IsADirectory, _) => "it is a folder; name a file".to_owned(),
        (ErrorKind::NotADirectory, _) => "a part of its path is a file, not a folder".to_owned(),
        (ErrorKind::AlreadyExists, _) => "it is there already; name another".to_owned(),
        (ErrorKind::ReadOnlyFilesystem, _) => "the file system is read-only".to_owned(),
        (ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _) => {
            "the disk is full; make room or name a file elsewhere".to_owned()
        }
        (ErrorKind::InvalidData, _) => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}
