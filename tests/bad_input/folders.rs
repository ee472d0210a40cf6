//! What lies in a policy's folder and is no file of a policy.

use std::{
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::Path,
};

use crate::support::{Lab, Ran, org, repo, state};

fn lab() -> Lab {
    Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", super::ALERTS)])
}

#[track_caller]
fn refused(lab: &Lab) -> Ran {
    let ran = lab.run(&["apply", "--yes"]).exits(1);
    assert_eq!(ran.stdout, "", "{ran}");
    assert!(lab.exchanges().is_empty(), "GitHub was asked");
    ran
}

fn write(lab: &Lab, path: &str, bytes: &[u8]) {
    let file = lab.policy_folder().join(path);
    fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
    fs::write(file, bytes).expect("a file");
}

#[test]
fn links_are_told_and_not_followed() {
    let lab = lab();
    let root = lab.policy_folder();
    let outside = lab.folder().join("outside");
    fs::create_dir(&outside).expect("a folder");
    fs::write(outside.join("secret.toml"), "a-canary = [").expect("a file");
    symlink(outside.join("secret.toml"), root.join("rules/file.toml")).expect("a link");
    symlink(&outside, root.join("files")).expect("a link");
    symlink("/nowhere/at/all", root.join("rules/dangling.toml")).expect("a link");
    symlink("..", root.join("rules/up")).expect("a link");
    let ran = refused(&lab).hides("canary");
    for path in ["rules/file.toml", "files", "rules/dangling.toml", "rules/up"] {
        assert!(ran.stderr.contains(&format!("`{path}` is a symbolic link")), "{path}\n{ran}");
    }
    assert!(ran.stderr.contains("4 errors") && ran.stderr.contains("links are not followed"), "{ran}");
}

#[test]
fn the_policys_own_folder_may_be_reached_by_a_link() {
    let lab = lab();
    symlink(lab.policy_folder(), lab.folder().join("there")).expect("a link");
    lab.run(&["validate", "--policy", "there"]).exits(0);
}

#[test]
fn devices_do_not_hang_it() {
    let lab = lab();
    for path in ["rules/pipe.toml", "waivers.toml", "files"] {
        let made = std::process::Command::new("mkfifo").arg(lab.policy_folder().join(path)).status();
        assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    }
    let _listener = std::os::unix::net::UnixListener::bind(lab.policy_folder().join("socket")).expect("a socket");
    refused(&lab)
        .tells("`rules/pipe.toml` is neither")
        .tells("`waivers.toml` is neither")
        .tells("`files` is neither")
        .tells("`socket` is neither");
}

#[test]
fn a_huge_file_is_not_read() {
    let lab = lab();
    write(&lab, "rules/huge.toml", &vec![b'#'; 9 << 20]);
    refused(&lab).tells("`rules/huge.toml` cannot be read: it is larger than 8 MiB").tells("--> rules/huge.toml");
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let lab = lab();
    write(&lab, "rules/b.toml", b"[repo]\n# caf\xe9\n");
    write(&lab, "waivers.toml", b"\xff\xfe\x00");
    write(&lab, "policy.toml", b"version = 1\norgs = [\"acme\"]\n# \x80\n");
    refused(&lab).tells("rules/b.toml:2:6").tells("waivers.toml:1:1").tells("policy.toml:3:3").tells("not UTF-8");
    let name = Path::new("rules").join(std::ffi::OsStr::from_bytes(b"caf\xe9.toml"));
    fs::write(lab.policy_folder().join(name), "").expect("a file");
    refused(&lab).tells("its name is not UTF-8");
}

#[test]
fn templates_may_hold_any_bytes() {
    let lab = lab();
    write(&lab, "rules/b.toml", b"[repo.files.\"logo.bin\"]\ntemplate = \"logo.bin\"\n");
    write(&lab, "files/logo.bin", b"\x89PNG\xff\xfe\x00${{ x }}");
    lab.run(&["plan"]).exits(0).prints("logo.bin");
}

#[test]
fn an_empty_folder_and_a_missing_one_are_told_apart() {
    let lab = lab();
    let empty = lab.folder().join("empty");
    fs::create_dir(&empty).expect("a folder");
    lab.run(&["validate", "--policy", "empty"])
        .exits(1)
        .tells("the policy has no `policy.toml`")
        .tells("the policy has no rule")
        .tells("2 errors");
    let ran =
        lab.run(&["validate", "--policy", "polcy"]).exits(1).tells("no policy folder `polcy`").tells("--policy DIR");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
    lab.run(&["validate", "--policy", "policy/policy.toml"])
        .exits(1)
        .tells("`policy/policy.toml` is a file")
        .tells("--policy DIR");
    fs::remove_dir_all(lab.policy_folder()).expect("it goes");
    for command in [&["plan"][..], &["apply", "--yes"], &["drift"], &["snapshot"], &["explain", "acme/web"]] {
        lab.run(command).exits(1).tells("--policy DIR");
    }
    assert!(lab.exchanges().is_empty());
}

#[test]
fn files_under_names_that_nothing_reads_are_told() {
    let lab = lab();
    for path in [
        "rule/b.toml",
        "Rules/c.toml",
        "rules/d.yaml",
        "rules/e.TOML",
        "file/x",
        "waiver.tml",
        "docs/x.toml",
        "docs/x.md",
        "README.md",
        "LICENSE",
    ] {
        write(&lab, path, b"[repo]\ndependabot_alerts = false\n");
    }
    let ran = lab.run(&["validate"]).exits(0);
    for word in [
        "`rule/b.toml` is not read",
        "did you mean `rules/`?",
        "`Rules/c.toml`",
        "`rules/d.yaml`",
        "`rules/e.TOML`",
        "`file/x`",
        "did you mean `files/`?",
        "`waiver.tml`",
        "did you mean `waivers.toml`?",
        "`docs/x.toml`",
    ] {
        assert!(ran.stderr.contains(word), "{word}\n{ran}");
    }
    for word in ["docs/x.md", "README", "LICENSE"] {
        assert!(!ran.stderr.contains(word), "{word}\n{ran}");
    }
    write(&lab, "polcy.toml", b"");
    refused(&lab).tells("the policy knows no file `polcy.toml`").tells("did you mean `policy.toml`?");
}
