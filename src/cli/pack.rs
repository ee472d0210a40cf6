//! A policy as one file of data: how a proposal of a stranger reaches a job that holds a credential. Nothing is ever unpacked to
//! disk; what comes out is held to the same bounds as a folder.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::Failed;
use crate::policy::PolicyFiles;

/// The name of the format.
const FORMAT: &str = "ordain.policy/1";
/// A bound for the whole file.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// A bound for the number of files in it.
const MOST_FILES: usize = 20_000;

#[derive(Debug, Serialize, Deserialize)]
struct Packed {
    format: String,
    /// Path from the policy's folder → the bytes in base64.
    files: BTreeMap<String, String>,
}

/// Packs the files of a policy.
pub(crate) fn pack(files: &PolicyFiles) -> Result<String, Failed> {
    let files = files.files.iter().map(|(path, bytes)| (path.clone(), STANDARD.encode(bytes))).collect();
    Ok(serde_json::to_string(&Packed { format: FORMAT.to_owned(), files })? + "\n")
}

/// Reads a packed policy: regular files with plain relative paths only, in bounded number and size.
pub(crate) fn read(file: &Path) -> Result<PolicyFiles, Failed> {
    let about = |why: String| Failed::msg(format!("{}: {why}", file.display()));
    let kind = std::fs::symlink_metadata(file).map_err(|error| about(super::disk::why(&error, file)))?;
    if !kind.is_file() {
        return Err(about("it is not a regular file".to_owned()));
    }
    if kind.len() > MOST_BYTES {
        return Err(about(format!("it is larger than {} MiB", MOST_BYTES / 1024 / 1024)));
    }
    let text = std::fs::read_to_string(file).map_err(|error| about(super::disk::why(&error, file)))?;
    unpack(&text).map_err(about)
}

fn unpack(text: &str) -> Result<PolicyFiles, String> {
    let packed: Packed = serde_json::from_str(text).map_err(|error| format!("it is not a packed policy: {error}"))?;
    if packed.format != FORMAT {
        return Err(format!("its format is `{}`; this version reads `{FORMAT}`", packed.format));
    }
    if packed.files.len() > MOST_FILES {
        return Err(format!("it holds more than {MOST_FILES} files"));
    }
    let mut files = BTreeMap::new();
    for (path, bytes) in packed.files {
        let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']);
        if !path.split('/').all(plain) {
            return Err(format!("`{}` is no path inside a policy", crate::render::clean(&path)));
        }
        let bytes = STANDARD.decode(bytes).map_err(|error| format!("`{}`: {error}", crate::render::clean(&path)))?;
        files.insert(path, bytes);
    }
    Ok(PolicyFiles { files, problems: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_byte_for_byte() {
        let files = BTreeMap::from([
            ("policy.toml".to_owned(), b"version = 1\n".to_vec()),
            ("files/logo.png".to_owned(), vec![0, 255, 10, 13]),
        ]);
        let text = pack(&PolicyFiles { files: files.clone(), problems: Vec::new() }).expect("packed");
        assert_eq!(unpack(&text).expect("unpacked").files, files);
    }

    #[test]
    fn paths_that_leave_the_policy_are_refused() {
        for path in ["/etc/passwd", "../x", "rules/../../x", "a//b", "", "a\\b", "rules/./x"] {
            let text = serde_json::json!({"format": FORMAT, "files": {path: ""}}).to_string();
            assert!(unpack(&text).is_err(), "{path}");
        }
        assert!(unpack("{}").is_err() && unpack("[").is_err());
        assert!(unpack(r#"{"format":"ordain.plan/1","files":{}}"#).is_err());
        assert!(unpack(r#"{"format":"ordain.policy/1","files":{"a":"*"}}"#).is_err());
    }
}
