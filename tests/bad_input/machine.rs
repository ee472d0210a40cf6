//! The machine's own refusals: disks that are full, folders that are none, pipes whose reader went away, servers that are not
//! there. Each is told in words, with the file and what helps; never as a bare number of the operating system.

#![cfg(target_os = "linux")]

use std::{
    fs::{self, OpenOptions},
    process::Stdio,
};

use super::{ALERTS, nothing_written};
use crate::support::{Lab, org, repo, state};

fn lab() -> Lab {
    Lab::new(&state([org("acme").repo(repo("web").alerts(false))])).policy(&[("rules/a.toml", ALERTS)])
}

#[test]
fn files_that_cannot_be_written_or_read_are_told_in_words() {
    let lab = lab();
    fs::create_dir_all(lab.folder().join("a-folder")).expect("a folder");
    fs::write(lab.folder().join("binary"), [0xff, 0xfe]).expect("a file");
    for (args, words) in [
        (&["plan", "--out", "/dev/full"][..], "the disk is full"),
        (&["plan", "--out", "nowhere/plan.json"], "the folder nowhere does not exist"),
        (&["plan", "--out", "a-folder"], "it is a folder"),
        (&["plan", "--out", "binary/plan.json"], "binary/plan.json cannot be written: a part of its path is a file"),
        (&["snapshot", "--out", "/dev/full"], "the disk is full"),
        (&["validate", "--pack", "/dev/full"], "the disk is full"),
        (&["man", "--out", "binary"], "the folder binary cannot be made"),
        (&["man", "--out", "/dev/full/man"], "cannot be made"),
        (&["demo", "--keep", "binary"], "the folder binary/policy cannot be made"),
        (&["apply", "--yes", "--journal", "nowhere/j"], "the folder nowhere does not exist; nothing was changed"),
        (&["apply", "--yes", "--journal", "binary"], "it is there already; name another; nothing was changed"),
        (&["apply", "no-plan.json"], "no-plan.json: there is no such file; nothing was changed"),
        (&["apply", "a-folder"], "it is a folder"),
        (&["undo", "no-journal"], "no-journal: there is no such file; nothing was changed"),
        (&["undo", "binary"], "it is not UTF-8 text"),
        (&["plan", "--snapshot", "a-folder"], "a-folder cannot be read: it is a folder"),
        (&["plan", "--snapshot", "binary"], "binary cannot be read: it is not UTF-8 text"),
        (&["sim", "--state", "nothing.json"], "nothing.json cannot be read: there is no such file"),
        (&["plan", "--policy", "binary/x"], "a part of its path is a file"),
        (&["plan", "--policy", "binary"], "name the folder that holds policy.toml"),
        (&["init", "acme", "--policy", "binary"], "binary cannot be read"),
    ] {
        lab.run(args).exits(1).tells(words).hides("os error");
    }
    nothing_written(&lab);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let lab = lab();
    let port = lab.api_url().rsplit(':').next().expect("a port").to_owned();
    let words = format!("port {port}: something else listens there");
    lab.run(&["sim", "--generate", "1", "--port", &port]).exits(1).tells(&words).tells("--port").hides("os error");
}

#[test]
fn output_that_is_lost_is_no_success() {
    let lab = lab();
    for (args, code) in
        [(&["plan"][..], 1), (&["drift"], 1), (&["validate"], 1), (&["schema"], 1), (&["apply", "--yes"], 3)]
    {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("the device");
        let output = lab.command(args).stdout(full).output().expect("it runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains("the output could not be written: the disk is full"), "{args:?}: {told}");
    }
    // What was written to GitHub stands in the journal all the same.
    assert_eq!(lab.writes().len(), 1);
}

#[test]
fn a_plan_that_could_not_be_shown_is_not_asked_about() {
    let lab = lab();
    let full = OpenOptions::new().write(true).open("/dev/full").expect("the device");
    let output = lab.command(&["apply"]).stdout(full).output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && told.contains("the plan could not be shown"), "{told}");
    nothing_written(&lab);
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let lab = lab();
    for args in [&["plan"][..], &["schema", "--manual"], &["drift"]] {
        let mut child = lab.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(!told.contains("pipe") && !told.contains("panicked"), "{args:?}: {told}");
        let wanted = if args == ["drift"] { 2 } else { 0 };
        assert_eq!(output.status.code(), Some(wanted), "{args:?}: {told}");
    }
}

#[test]
fn servers_that_are_not_there_are_told_in_words() {
    for (url, words) in [
        ("http://127.0.0.1:1", "nothing listens there"),
        ("https://127.0.0.1:1", "nothing listens there"),
        ("ftp://example.org", "GITHUB_API_URL"),
        ("nonsense", "GITHUB_API_URL"),
        ("https://", "GITHUB_API_URL"),
        ("http://user:secret@example.org", "GITHUB_API_URL"),
    ] {
        let lab = lab().env("GITHUB_API_URL", url);
        lab.run(&["plan"]).exits(1).tells(words).hides("os error").hides("secret@");
    }
    // A server without TLS at an address that asks for it.
    let plain = lab();
    let url = plain.api_url().replace("http://", "https://");
    lab().env("GITHUB_API_URL", &url).run(&["plan"]).exits(1).tells("does not speak TLS").hides("os error");
}
