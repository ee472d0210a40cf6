//! The release workflow and the scripts behind it: the shell of each step is run as it stands there, against the program that was
//! just built.

#![cfg(target_os = "linux")]
#![allow(clippy::panic, reason = "tests fail by panicking, with the whole of what was seen")]
#![allow(clippy::disallowed_methods, reason = "a step needs the PATH on which its tools are")]

mod install;
mod server;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const VERSION: &str = env!("CARGO_PKG_VERSION");
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The shell of a step of the workflow.
fn step(id: &str) -> String {
    let text = fs::read_to_string(Path::new(ROOT).join(".github/workflows/release.yml")).expect("the workflow");
    let yaml: Value = yaml_serde::from_str(&text).expect("YAML");
    let jobs = yaml["jobs"].as_object().expect("jobs").values();
    let mut steps = jobs.flat_map(|job| job["steps"].as_array().expect("steps"));
    let step = steps.find(|step| step["id"] == id).unwrap_or_else(|| panic!("no step {id}"));
    step["run"].as_str().expect("a shell").to_owned()
}

/// A checkout with the scripts and what goes into an archive.
fn checkout() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let scripts = folder.path().join(".github/scripts");
    fs::create_dir_all(&scripts).expect("a folder");
    for entry in fs::read_dir(Path::new(ROOT).join(".github/scripts")).expect("scripts") {
        let file = entry.expect("an entry").path();
        fs::copy(&file, scripts.join(file.file_name().expect("a name"))).expect("a copy");
    }
    for name in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "Cargo.toml"] {
        fs::copy(Path::new(ROOT).join(name), folder.path().join(name)).expect("a copy");
    }
    let changelog = format!(
        "# Changelog\n\n## [Unreleased]\n\nlater\n\n## [{VERSION}] - 2026-11-22\n\n- All of it.\n\n## [0.0.1]\n\nold\n"
    );
    fs::write(folder.path().join("CHANGELOG.md"), changelog).expect("written");
    folder
}

/// A script that may be run.
fn executable(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(file, text).expect("written");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("its mode");
}

/// Stands for the program: small, so that packing it is quick; it calls the one that was just built.
fn program() -> String {
    format!("#!/bin/sh\nexec '{}' \"$@\"\n", assert_cmd::cargo::cargo_bin!("ordain").display())
}

fn run(folder: &Path, shell: &str, vars: &[(&str, &str)]) -> Output {
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", shell]).current_dir(folder).env_clear();
    command
        .env("PATH", std::env::var("PATH").expect("a path"))
        .env("HOME", folder)
        .env("SOURCE_DATE_EPOCH", "1795000000");
    command.envs(vars.iter().copied()).output().expect("bash runs")
}

fn told(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", told(output));
}

/// Runs the step that packs, in a checkout in which the program was built.
fn package(folder: &Path, out: &Path, version: &str) -> Output {
    executable(&folder.join(format!("target/{TARGET}/release/ordain")), &program());
    let out = out.display().to_string();
    run(folder, &step("package"), &[("TARGET", TARGET), ("VERSION", version), ("OUT", &out)])
}

#[test]
fn an_archive_holds_the_program_and_all_that_belongs_to_it() {
    let folder = checkout();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    succeeds(&package(folder.path(), &one, VERSION));
    succeeds(&package(folder.path(), &two, VERSION));
    let name = format!("ordain-{VERSION}-{TARGET}");
    let archive = one.join(format!("{name}.tar.gz"));
    let bytes = fs::read(&archive).expect("the archive");
    assert!(bytes == fs::read(two.join(format!("{name}.tar.gz"))).expect("again"), "it is not the same twice");

    succeeds(&run(&one, &format!("tar -xzf {name}.tar.gz"), &[]));
    let unpacked = one.join(&name);
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md", "man/ordain.1", "man/ordain-plan.1"] {
        assert!(unpacked.join(file).metadata().expect(file).len() > 100 || file == "CHANGELOG.md", "{file}");
    }
    for file in ["ordain.bash", "_ordain", "ordain.fish", "ordain.ps1"] {
        let text = fs::read_to_string(unpacked.join("completions").join(file)).expect(file);
        assert!(text.contains("ordain") && text.contains("plan"), "{file}");
    }
    let output = Command::new(unpacked.join("ordain")).arg("--version").output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("ordain {VERSION}\n"));
    let commands = fs::read_dir(unpacked.join("man")).expect("pages").count();
    assert!(commands > 10, "{commands} pages");
}

#[test]
fn a_program_of_another_version_or_that_is_not_static_is_not_packed() {
    let folder = checkout();
    let out = folder.path().join("out");
    let other = package(folder.path(), &out, "9.9.9");
    assert!(!other.status.success() && told(&other).contains("not `ordain 9.9.9`"), "{}", told(&other));

    let target = "x86_64-unknown-linux-musl";
    let built = assert_cmd::cargo::cargo_bin!("ordain").display().to_string();
    let out_text = out.display().to_string();
    let vars = [("TARGET", target), ("VERSION", VERSION), ("OUT", &out_text), ("BINARY", &built)];
    let dynamic = run(folder.path(), "bash .github/scripts/package.sh", &vars);
    // The test's own program is linked as its host links: only on musl it is static.
    if cfg!(target_env = "gnu") {
        assert!(!dynamic.status.success() && told(&dynamic).contains("is not static"), "{}", told(&dynamic));
    }
    assert!(!out.join(format!("ordain-{VERSION}-{target}.tar.gz")).exists());
}

#[test]
fn windows_gets_a_zip() {
    let folder = checkout();
    executable(&folder.path().join("built/ordain"), &program());
    let vars = [("TARGET", "x86_64-pc-windows-msvc"), ("VERSION", VERSION), ("OUT", "out"), ("BINARY", "built/ordain")];
    succeeds(&run(folder.path(), "bash .github/scripts/package.sh", &vars));
    let name = format!("ordain-{VERSION}-x86_64-pc-windows-msvc");
    let bytes = fs::read(folder.path().join(format!("out/{name}.zip"))).expect("the archive");
    assert!(bytes.starts_with(b"PK"));
    let within = format!("{name}/ordain.exe");
    assert!(bytes.windows(within.len()).any(|window| window == within.as_bytes()), "it lacks {within}");
}

#[test]
fn the_tag_must_be_the_version_of_the_code_and_of_the_changelog() {
    let folder = checkout();
    let (notes, output) = (folder.path().join("notes.md"), folder.path().join("output"));
    let (notes_text, output_text) = (notes.display().to_string(), output.display().to_string());
    let tagged = |tag: &str| {
        run(folder.path(), &step("version"), &[("TAG", tag), ("NOTES", &notes_text), ("GITHUB_OUTPUT", &output_text)])
    };
    succeeds(&tagged(&format!("v{VERSION}")));
    assert_eq!(fs::read_to_string(&output).expect("outputs"), format!("version={VERSION}\n"));
    assert_eq!(fs::read_to_string(&notes).expect("notes").trim(), "- All of it.");
    for tag in ["v9.9.9", VERSION, "v", "main"] {
        let refused = tagged(tag);
        assert!(!refused.status.success() && told(&refused).contains("Cargo.toml says"), "{tag}: {}", told(&refused));
    }
    fs::write(folder.path().join("CHANGELOG.md"), "## [Unreleased]\n\n- All of it.\n").expect("written");
    let refused = tagged(&format!("v{VERSION}"));
    assert!(!refused.status.success() && told(&refused).contains("CHANGELOG.md says nothing"), "{}", told(&refused));
}

/// A `gh` that notes how it is called, and fails where it is told to.
fn gh(folder: &Path, fails_at: &str) -> (String, PathBuf) {
    let log = folder.join("gh.log");
    let text = format!("#!/bin/sh\necho \"$*\" >>'{}'\ncase \"$*\" in {fails_at}*) exit 1 ;; esac\n", log.display());
    executable(&folder.join("gh-bin/gh"), &text);
    let path = format!("{}:{}", folder.join("gh-bin").display(), std::env::var("PATH").expect("a path"));
    (path, log)
}

#[test]
fn a_release_is_seen_only_once_all_of_it_is_there() {
    for (fails_at, damaged, wanted) in [
        ("nothing", false, vec!["release create v1", "release upload v1", "release edit v1 --draft=false"]),
        ("'release upload'", false, vec!["release create v1", "release upload v1"]),
        ("nothing", true, vec![]),
    ] {
        let folder = checkout();
        let archives = folder.path().join("archives");
        fs::create_dir_all(&archives).expect("a folder");
        fs::write(archives.join("ordain-1-x.tar.gz"), "bytes").expect("written");
        let files = archives.display().to_string();
        succeeds(&run(folder.path(), &step("sum"), &[("ARCHIVES", &files)]));
        if damaged {
            fs::write(archives.join("ordain-1-x.tar.gz"), "other").expect("written");
        }
        let (path, log) = gh(folder.path(), fails_at);
        let vars = [("TAG", "v1"), ("FILES", files.as_str()), ("NOTES", "notes.md"), ("PATH", path.as_str())];
        let output = run(folder.path(), &step("publish"), &vars);
        assert_eq!(output.status.success(), wanted.len() == 3, "{}", told(&output));
        let called = fs::read_to_string(log).unwrap_or_default();
        let called: Vec<&str> = called.lines().collect();
        assert_eq!(called.len(), wanted.len(), "{called:?}");
        for (called, wanted) in called.iter().zip(&wanted) {
            assert!(called.starts_with(wanted), "{called}");
        }
        assert!(called.first().is_none_or(|first| first.contains("--draft") && first.contains("--verify-tag")));
    }
}
