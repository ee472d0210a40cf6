//! The digest of a policy: of everything that decides what is desired, and nothing else.

use sha2::{Digest, Sha256};

use super::PolicyFiles;

/// SHA-256 over (path, NUL, length in decimal, NUL, bytes) of the deciding files in byte order of path.
pub(super) fn digest(files: &PolicyFiles) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in files.files.iter().filter(|(path, _)| decides(path)) {
        hash.update(path);
        hash.update(format!("\0{}\0", bytes.len()));
        hash.update(bytes);
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn decides(path: &str) -> bool {
    path == "policy.toml"
        || path == "waivers.toml"
        || path.starts_with("files/")
        || (path.starts_with("rules/") && path.ends_with(".toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> PolicyFiles {
        let files = list.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        PolicyFiles { files, problems: Vec::new() }
    }

    #[test]
    fn only_deciding_files_count_and_order_does_not() {
        let a = files(&[("rules/b.toml", "x"), ("policy.toml", "y"), ("files/a/b", "")]);
        let b = files(&[
            ("README.md", "!"),
            ("files/a/b", ""),
            ("policy.toml", "y"),
            ("rules/b.toml", "x"),
            ("tests/a.toml", ""),
        ]);
        assert_eq!(digest(&a), digest(&b));
        // printf 'files/a/b\0000\000policy.toml\0001\000yrules/b.toml\0001\000x' | sha256sum
        assert_eq!(digest(&a), "sha256:6a276355a46b3a825be60a5ec5e2494120f0e1d8e03f8652dee07144401e0e4e");
        assert_ne!(digest(&a), digest(&files(&[("rules/b.toml", "xy"), ("policy.toml", ""), ("files/a/b", "")])));
    }
}
