//! Reads the policy's folder: regular files and folders only. A link or device is found without following it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{Failed, disk};
use crate::{
    diagnostics::{Code, Diagnostic, Place},
    policy::PolicyFiles,
};

/// A bound for one file: policies are written by people.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// A bound for the whole folder.
const MOST_FILES: usize = 20_000;

/// Reads all files of a policy.
pub(crate) fn read(root: &Path) -> Result<PolicyFiles, Failed> {
    let about = |error: std::io::Error| {
        let root = root.display();
        Failed::msg(if error.kind() == std::io::ErrorKind::NotFound {
            format!("there is no policy folder `{root}` here; name it with --policy DIR")
        } else {
            format!("the policy folder `{root}` cannot be read: {}", disk::why(&error, Path::new("")))
        })
    };
    let kind = fs::metadata(root).map_err(about)?;
    if !kind.is_dir() {
        if root.extension().is_some_and(|ending| ending == "json") {
            return super::pack::read(root);
        }
        return Err(Failed::msg(format!(
            "the policy `{}` is a file; name the folder that holds policy.toml with --policy DIR",
            root.display()
        )));
    }
    let mut files = PolicyFiles { files: BTreeMap::new(), problems: Vec::new() };
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let unreadable = |error: std::io::Error| {
            Failed::msg(format!("the folder {} cannot be read: {}", folder.display(), disk::why(&error, &folder)))
        };
        let entries = fs::read_dir(&folder).map_err(unreadable)?;
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            if files.files.len() >= MOST_FILES {
                return Err(Failed::msg(format!(
                    "the policy holds more than {MOST_FILES} files; is {} the right folder?",
                    root.display()
                )));
            }
            take(&entry, &prefix, &mut files, &mut folders);
        }
    }
    Ok(files)
}

fn take(entry: &fs::DirEntry, prefix: &str, files: &mut PolicyFiles, folders: &mut Vec<(PathBuf, String)>) {
    let Ok(name) = entry.file_name().into_string() else {
        let shown = entry.file_name().to_string_lossy().into_owned();
        files.problems.push(unreadable(&format!("{prefix}{shown}"), "its name is not UTF-8"));
        return;
    };
    // What version control and editors keep beside the files is no part of the policy.
    if prefix.is_empty() && name == ".git" {
        return;
    }
    let path = format!("{prefix}{name}");
    let kind = match entry.file_type() {
        Ok(kind) => kind,
        Err(error) => return files.problems.push(unreadable(&path, &disk::why(&error, &entry.path()))),
    };
    if kind.is_dir() {
        folders.push((entry.path(), format!("{path}/")));
    } else if kind.is_file() {
        match contents(&entry.path()) {
            Ok(bytes) => {
                files.files.insert(path, bytes);
            }
            Err(why) => files.problems.push(unreadable(&path, &why)),
        }
    } else {
        let (what, help) = if kind.is_symlink() {
            ("is a symbolic link", "put the file or folder itself there; links are not followed")
        } else {
            ("is neither a file nor a folder", "take it out of the policy's folder")
        };
        let message = format!("`{path}` {what}; a policy holds regular files and folders only");
        let place = Place::new(path, 0..0);
        files.problems.push(Diagnostic::error(Code::NotRegularFile, message).at(place).help(help));
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, String> {
    let about = |error: std::io::Error| disk::why(&error, path);
    let size = fs::symlink_metadata(path).map_err(about)?.len();
    if size > MOST_BYTES {
        return Err(format!(
            "it is larger than {} MiB, the most that a file of a policy may be",
            MOST_BYTES / 1024 / 1024
        ));
    }
    fs::read(path).map_err(about)
}

fn unreadable(path: &str, why: &str) -> Diagnostic {
    Diagnostic::error(Code::Unreadable, format!("`{path}` cannot be read: {why}")).at(Place::new(path, 0..0))
}
