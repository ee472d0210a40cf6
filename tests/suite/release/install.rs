//! `install.sh` with a version: what fits is installed, and whatever does not fit leaves nothing behind.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use super::{ROOT, VERSION, executable, program, run, server::serve, succeeds, told};

/// What the script calls; `gh` is there only where a test puts one.
const TOOLS: &[&str] = &[
    "bash",
    "sh",
    "awk",
    "cat",
    "cp",
    "curl",
    "cut",
    "dirname",
    "gzip",
    "mkdir",
    "mktemp",
    "mv",
    "rm",
    "sha256sum",
    "tar",
    "uname",
];

/// What is wrong with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    WrongChecksum,
    NoChecksum,
    NoArchive,
    CutOff,
    /// The archive was published cut off, with a checksum that fits.
    Truncated,
    OtherVersion,
}

struct Server {
    folder: TempDir,
    address: String,
}

fn target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

/// Publishes a release of this version.
fn publish(fault: Fault) -> Server {
    let folder = TempDir::new().expect("a folder");
    let name = format!("ordain-{VERSION}-{}", target());
    let unpacked = folder.path().join(&name);
    let text = if fault == Fault::OtherVersion { "#!/bin/sh\necho ordain 0.0.1\n".to_owned() } else { program() };
    executable(&unpacked.join("ordain"), &text);
    fs::create_dir_all(unpacked.join("man")).expect("a folder");
    fs::create_dir_all(unpacked.join("completions")).expect("a folder");
    fs::write(unpacked.join("man/ordain.1"), ".TH ordain 1\n").expect("written");
    let file = format!("{name}.tar.gz");
    succeeds(&run(folder.path(), &format!("tar -czf {file} {name}"), &[]));
    if fault == Fault::Truncated {
        let bytes = fs::read(folder.path().join(&file)).expect("the archive");
        fs::write(folder.path().join(&file), &bytes[..bytes.len() / 2]).expect("written");
    }
    succeeds(&run(folder.path(), &format!("sha256sum {file} > SHA256SUMS"), &[]));
    let mut sums = fs::read_to_string(folder.path().join("SHA256SUMS")).expect("sums");
    match fault {
        Fault::WrongChecksum => sums = format!("{}{}", if sums.starts_with('0') { '1' } else { '0' }, &sums[1..]),
        Fault::NoChecksum => sums = sums.replace("ordain-", "other-"),
        _ => {}
    }
    let at = |file: &str| format!("/v{VERSION}/{file}");
    let mut files = BTreeMap::from([(at("SHA256SUMS"), sums.into_bytes())]);
    if fault != Fault::NoArchive {
        files.insert(at(&file), fs::read(folder.path().join(&file)).expect("the archive"));
    }
    let cut = (fault == Fault::CutOff).then(|| at(&file));
    Server { folder, address: serve(files, cut) }
}

/// A PATH with no more than the script needs.
fn tools(folder: &Path) -> PathBuf {
    let bin = folder.join("bin-of-the-machine");
    fs::create_dir_all(&bin).expect("a folder");
    for tool in TOOLS {
        let found = std::env::split_paths(&std::env::var_os("PATH").expect("a path"))
            .map(|path| path.join(tool))
            .find(|path| path.exists());
        symlink(found.unwrap_or_else(|| panic!("{tool} is not here")), bin.join(tool)).expect("a link");
    }
    bin
}

fn install(server: &Server, version: &str, gh: Option<&str>) -> Output {
    let folder = server.folder.path();
    let bin = tools(folder);
    if let Some(gh) = gh {
        executable(&bin.join("gh"), gh);
    }
    Command::new("bash")
        .arg(Path::new(ROOT).join(".github/scripts/install.sh"))
        .env_clear()
        .env("PATH", &bin)
        .env("TMPDIR", folder)
        .env("ORDAIN_VERSION", version)
        .env("ORDAIN_REPOSITORY", "acme/ordain")
        .env("ORDAIN_RELEASES_URL", &server.address)
        .env("ORDAIN_FOLDER", folder.join("installed"))
        .env("GITHUB_PATH", folder.join("path"))
        .output()
        .expect("bash runs")
}

#[test]
fn a_release_that_fits_is_installed() {
    let server = publish(Fault::None);
    let output = install(&server, VERSION, None);
    succeeds(&output);
    assert!(told(&output).contains("only the checksum was verified"), "{}", told(&output));
    let installed = server.folder.path().join("installed");
    let version = Command::new(installed.join("bin/ordain")).arg("--version").output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&version.stdout), format!("ordain {VERSION}\n"));
    assert!(installed.join("share/man/ordain.1").exists());
    let path = fs::read_to_string(server.folder.path().join("path")).expect("the steps' path");
    assert_eq!(path.trim(), installed.join("bin").display().to_string());
}

#[test]
fn whatever_does_not_fit_is_not_installed() {
    for (fault, why) in [
        (Fault::WrongChecksum, "the checksum of"),
        (Fault::NoChecksum, "SHA256SUMS does not name"),
        (Fault::NoArchive, "could not be fetched"),
        (Fault::CutOff, "could not be fetched"),
        (Fault::Truncated, "cannot be unpacked"),
        (Fault::OtherVersion, "does not hold ordain"),
    ] {
        let server = publish(fault);
        let output = install(&server, VERSION, None);
        assert!(!output.status.success(), "{fault:?}: {}", told(&output));
        let said = told(&output);
        assert!(said.contains(why) && said.contains("nothing was installed"), "{fault:?}: {said}");
        assert!(!server.folder.path().join("installed").exists(), "{fault:?}");
        assert!(!server.folder.path().join("path").exists(), "{fault:?}");
    }
}

#[test]
fn a_version_is_no_path_and_no_command() {
    let server = publish(Fault::None);
    for version in ["../1.0.0", "1.0", "1.0.0;id", "latest", "1.0.0 2"] {
        let output = install(&server, version, None);
        assert!(!output.status.success() && told(&output).contains("is no version"), "{version}: {}", told(&output));
        fs::remove_dir_all(server.folder.path().join("bin-of-the-machine")).expect("gone");
    }
}

#[test]
fn where_gh_is_there_the_provenance_must_fit() {
    let server = publish(Fault::None);
    let log = server.folder.path().join("gh.log");
    let output = install(&server, VERSION, Some(&format!("#!/bin/sh\necho \"$*\" >'{}'\n", log.display())));
    succeeds(&output);
    let called = fs::read_to_string(log).expect("it was called");
    assert!(called.starts_with("attestation verify ") && called.contains("--repo acme/ordain"), "{called}");
    assert!(called.contains("--signer-workflow acme/ordain/.github/workflows/release.yml"), "{called}");

    let server = publish(Fault::None);
    let output = install(&server, VERSION, Some("#!/bin/sh\necho 'no attestations found' >&2\nexit 1\n"));
    assert!(!output.status.success() && told(&output).contains("provenance"), "{}", told(&output));
    assert!(!server.folder.path().join("installed").exists());
}
