//! What is kept between runs: it saves requests, it is never wrong, and it tells nobody anything.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::support::{Document, Lab, TOKEN, org, repo, state};

const MAIL: &str = "security@acme.example";
const OTHER: &str = "ghp_the_token_of_somebody_else";
const RULE: &str = "[repo]\nprivate_vulnerability_reporting = true\n[repo.labels.bug]\ncolor = \"d73a4a\"\n\
                    [repo.security_policy]\ncontact = \"security@acme.example\"\n";

fn lab() -> Lab {
    let web = repo("web").pvr(true).file("SECURITY.md", "Write to security@acme.example.\n");
    let hidden = repo("hidden").private().file("SECURITY.md", "Ask in the hidden room.\n");
    Lab::new(&state([org("acme").repo(web).repo(repo("api").pvr(false)).repo(hidden)]))
        .policy(&[("rules/a.toml", &format!("[match]\nvisibility = [\"public\", \"private\"]\n{RULE}"))])
}

fn default_file(lab: &Lab) -> PathBuf {
    lab.folder().join("home/.cache/ordain/ordain-cache.redb")
}

/// Requests to REST, and how many of these were answered 304; then whether a file's text was asked for.
fn asked(lab: &Lab) -> (usize, usize, bool) {
    let all = lab.exchanges();
    let rest = all.iter().filter(|one| !one.path_and_query.ends_with("/graphql"));
    let kept = rest.clone().filter(|one| one.status == 304).count();
    let query = |one: &ordain::sim::Exchange| one.request_body.as_ref().map(ToString::to_string).unwrap_or_default();
    (rest.count(), kept, all.iter().any(|one| query(one).contains("BlobText")))
}

fn plan_as(lab: &Lab, token: &str, more: &[&str]) -> Document {
    let mut command = lab.command(&[&["plan", "--format", "json"], more].concat());
    let output = command.env("GITHUB_TOKEN", token).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    Document::new(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn where_nothing_changed_only_graphql_counts() {
    let lab = lab();
    let first = lab.plan();
    let (rest, kept, text) = asked(&lab);
    assert!(rest > 3 && kept == 0 && text, "{rest} {kept} {text}");
    lab.forget();
    let second = lab.plan();
    assert_eq!(asked(&lab), (rest, rest, false));
    assert_eq!(first.timeless(), second.timeless());
    let cost = &second.0["cost"];
    assert_eq!((&cost["rest_points"], cost["not_modified"].as_u64()), (&0.into(), Some(rest as u64)));
    assert_eq!(cost["requests"].as_u64(), Some(rest as u64 + cost["graphql_requests"].as_u64().expect("a number")));
    // What somebody changed is seen.
    lab.edit(|world| world.repo("acme", "web").expect("it is there").pvr = false);
    assert_eq!(lab.plan().change("acme/web:private_vulnerability_reporting")["before"], false);
    lab.edit(|world| world.write_file("acme", "web", "SECURITY.md", Some("Tell nobody.\n")));
    assert_ne!(lab.plan().verdict("acme/web:security_policy"), "compliant");
    lab.finish();
}

#[test]
fn an_apply_asks_conditionally_and_keeps_nothing_that_it_read_around_its_writes() {
    let lab = lab();
    lab.plan();
    lab.forget();
    lab.apply();
    assert!(asked(&lab).1 > 0);
    lab.forget();
    let plan = lab.plan();
    assert!(plan.changes().is_empty(), "{}", plan.text());
    let web = "/repos/acme/api/private-vulnerability-reporting";
    let statuses: Vec<u16> =
        lab.exchanges().iter().filter(|one| one.path_and_query == web).map(|one| one.status).collect();
    assert_eq!(statuses, [200], "it has another value now than the one that was kept");
    lab.finish();
}

#[test]
fn a_repository_behind_a_full_page_is_seen() {
    let repos = (0..100).map(|n| repo(&format!("r{n:03}")).alerts(true));
    let lab =
        Lab::new(&state([org("acme").repos(repos)])).policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")]);
    assert!(lab.plan().changes().is_empty());
    lab.edit(|world| drop(world.add_repo("acme", "zebra").map(|repo| repo.name.clone())));
    let plan = lab.plan_with(&["--all"]);
    assert!(plan.text().contains("acme/zebra:dependabot_alerts"));
    lab.finish();
}

#[test]
fn another_token_gets_nothing_of_what_was_kept() {
    let lab = lab();
    lab.plan();
    let mine = fs::read(default_file(&lab)).expect("a cache");
    lab.forget();
    plan_as(&lab, OTHER, &[]);
    let (_, kept, text) = asked(&lab);
    assert_eq!((kept, text), (0, true), "it asks for everything itself");
    // Each has its own in one file.
    lab.forget();
    plan_as(&lab, TOKEN, &[]);
    plan_as(&lab, OTHER, &[]);
    let (rest, kept, text) = asked(&lab);
    assert_eq!((kept, text), (rest, false));
    for secret in [TOKEN, MAIL, "hidden", "private_vulnerability", "acme"] {
        for disguise in [secret.to_owned(), STANDARD.encode(secret).trim_end_matches('=').to_owned()] {
            let found = mine.windows(disguise.len()).any(|window| window == disguise.as_bytes());
            assert!(!found, "{disguise} stands in the file");
        }
    }
    lab.finish();
}

#[test]
fn without_a_cache_nothing_is_written_and_all_is_asked() {
    let lab = lab();
    for _ in 0..2 {
        lab.forget();
        lab.plan_with(&["--no-cache"]);
        assert_eq!(asked(&lab).1, 0);
    }
    assert!(!lab.folder().join("home/.cache").exists());
    lab.run(&["doctor", "--no-cache"]);
    assert!(!lab.folder().join("home/.cache").exists());
    lab.plan_with(&["--cache-dir", "mine"]);
    assert!(lab.folder().join("mine/ordain-cache.redb").exists() && !lab.folder().join("home/.cache").exists());
    lab.run(&["plan", "--no-cache", "--cache-dir", "mine"]).exits(1).tells("cannot be used with");
    lab.finish();
}

#[test]
fn whatever_is_wrong_with_the_file_the_plan_is_right() {
    let lab = lab();
    let right = lab.plan().timeless();
    let good = fs::read(default_file(&lab)).expect("a cache");
    let file = |case: &str| {
        let folder = lab.folder().join(case);
        fs::create_dir(&folder).expect("a folder");
        folder.join("ordain-cache.redb")
    };
    let altered = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let noise: Vec<u8> = (0_u32..70_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut cases: Vec<(String, Vec<u8>)> = vec![
        ("cut".into(), good[..good.len() / 2].to_vec()),
        ("empty".into(), Vec::new()),
        ("noise".into(), noise.clone()),
        ("begin".into(), [&good[..9], noise.as_slice()].concat()),
    ];
    cases.extend((1..8).map(|n| (format!("byte{n}"), altered(good.len() * n / 8))));
    for (case, bytes) in &cases {
        fs::write(file(case), bytes).expect("written");
    }
    fs::create_dir(file("folder")).expect("a folder");
    fs::write(lab.folder().join("file"), "").expect("written");
    let mut names: Vec<&str> = cases.iter().map(|(case, _)| case.as_str()).collect();
    names.extend(["folder", "file"]);
    for case in names {
        for again in 0..2 {
            let plan = lab.plan_with(&["--cache-dir", case, "-v"]).timeless();
            assert_eq!(plan, right, "{case}, {again}");
        }
    }
    lab.run(&["plan", "--cache-dir", "folder"]).exits(0).tells("is not a file; it is left as it is");
    lab.run(&["plan", "--cache-dir", "noise"]).exits(0).tells("is not a cache; it is left as it is");
    assert_eq!(fs::read(lab.folder().join("noise/ordain-cache.redb")).expect("it is there"), noise);
    lab.finish();
}

#[cfg(unix)]
#[test]
fn a_file_that_is_a_link_or_in_use_is_left_alone() {
    use std::os::unix::fs::symlink;
    let lab = lab();
    let right = lab.plan().timeless();
    let elsewhere = lab.folder().join("elsewhere");
    fs::write(&elsewhere, "").expect("written");
    fs::create_dir(lab.folder().join("linked")).expect("a folder");
    symlink(&elsewhere, lab.folder().join("linked/ordain-cache.redb")).expect("a link");
    assert_eq!(lab.plan_with(&["--cache-dir", "linked"]).timeless(), right);
    assert_eq!(fs::read(&elsewhere).expect("it is there"), b"");
    let used = fs::File::open(default_file(&lab)).expect("a cache");
    used.lock().expect("locked");
    let ran = lab.run(&["plan", "--format", "json", "-v"]).exits(0).tells("another ordain uses it");
    assert_eq!(ran.document().timeless(), right);
    assert!(!lab.run(&["plan"]).exits(0).stderr.contains("cache"), "harmless, so only told to who asks");
    lab.finish();
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_folder_or_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let lab = lab();
    lab.plan();
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let file = default_file(&lab);
    assert_eq!((mode(file.parent().expect("a folder")), mode(&file)), (0o700, 0o600));
    lab.finish();
}
