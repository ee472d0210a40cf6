//! The arrows of the design, read off the sources: which module may name which.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Module → the modules that it may name. `cli` may name all.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("diagnostics", &["model"]),
    ("policy", &["model", "diagnostics"]),
    ("github", &["model"]),
    ("settings", &["model", "diagnostics"]),
    ("observe", &["model", "settings", "github"]),
    ("plan", &["model", "diagnostics", "settings", "policy"]),
    ("forecast", &["model", "diagnostics", "settings", "policy", "github", "observe", "plan"]),
    ("render", &["model", "plan", "settings", "forecast"]),
    ("apply", &["model", "settings", "github", "observe", "plan"]),
    ("sim", &[]),
];

/// Words that mean I/O, a clock or the environment, and the modules that must be free of them.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "tokio::",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "reqwest",
    "octocrab",
];
const PURE: &[&str] = &["model", "diagnostics", "policy", "settings", "plan", "render"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

/// The text of a file without its tests and comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source");
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test_only(path: &Path) -> bool {
    // The place of the checkout says nothing: it may itself be called `tests`.
    let text = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).to_string_lossy();
    ["bench.rs", "fixture.rs", "fixtures.rs", "samples.rs", "tests.rs"].iter().any(|name| text.ends_with(name))
        || text.contains("/tests/")
}

/// Module → the modules that its code names.
fn named() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules: Vec<&str> = ARROWS.iter().map(|(module, _)| *module).chain(["cli"]).collect();
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources(&root).into_iter().filter(|path| !is_test_only(path)) {
        let relative = path.strip_prefix(&root).expect("inside");
        let Some(module) = relative.components().next().and_then(|first| first.as_os_str().to_str()) else { continue };
        let text = code(&path);
        for other in &modules {
            let whole = text.contains(&format!("crate::{other}::")) || text.contains(&format!("crate::{other};"));
            // `use crate::{ … }` names modules at the begin of its lines or after a comma.
            let grouped = text.split("use crate::{").skip(1).any(|rest| {
                let group = rest.split(";\n").next().unwrap_or_default();
                group.split([',', '{', '\n']).any(|part| part.trim().starts_with(&format!("{other}::")))
            });
            if *other != module && (whole || grouped) {
                named.entry(module.to_owned()).or_default().insert((*other).to_owned());
            }
        }
    }
    named
}

#[test]
fn modules_name_only_what_the_arrows_allow() {
    let named = named();
    assert!(named.get("apply").is_some_and(|names| names.contains("plan")), "the reading of the sources finds nothing");
    for (module, allowed) in ARROWS {
        for other in named.get(*module).into_iter().flatten() {
            assert!(allowed.contains(&other.as_str()), "src/{module} names {other}; it may name only {allowed:?}");
        }
    }
}

#[test]
fn the_core_does_no_input_or_output_and_reads_no_clock() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for module in PURE {
        for path in sources(&root.join(module)).into_iter().filter(|path| !is_test_only(path)) {
            let text = code(&path);
            for word in IMPURE {
                assert!(!text.contains(word), "{} names {word}", path.display());
            }
        }
    }
}

#[test]
fn files_stay_about_one_thing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "tests"] {
        for path in sources(&root.join(folder)).into_iter().filter(|path| !is_test_only(path)) {
            let lines = fs::read_to_string(&path).expect("a source").lines().count();
            assert!(lines <= 500, "{} has {lines} lines", path.display());
        }
    }
}

#[test]
fn paths_named_in_documents_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in ["README.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root.join(document)).expect("a document");
        for word in text.split(|c: char| c.is_whitespace() || matches!(c, '`' | '(' | ')' | ',' | '"')) {
            let word = word.trim_end_matches(['.', ':', ';']);
            // `src/settings/NAME.rs` stands for any.
            if word.contains("NAME") {
                continue;
            }
            if word.starts_with("src/") || word.starts_with("tests/") || word.starts_with("docs/") {
                assert!(root.join(word).exists(), "{document} names {word}, which is not there");
            }
        }
    }
}
