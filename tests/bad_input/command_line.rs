//! Misspelt commands, options, files and environment.

use serde_json::json;

use super::{ALERTS, nothing_written};
use crate::support::{Lab, org, repo, state};

fn lab() -> Lab {
    Lab::new(&state([org("acme").repo(repo("web")).repo(repo("api"))])).policy(&[("rules/a.toml", ALERTS)])
}

#[test]
fn what_is_misspelt_is_told_with_the_nearest_name() {
    let lab = lab();
    let cases: &[(&[&str], &[&str])] = &[
        (&["paln"], &["'plan'"]),
        (&["plan", "--setings", "x"], &["'--setting'"]),
        (&["aply", "--yes"], &["'apply'"]),
        (&["plan", "--format", "jsn"], &["'json'"]),
        (&["plan", "--setting", "dependabot_alert"], &["did you mean `dependabot_alerts`?"]),
        (&["plan", "--setting", "dependabot_alerts.on"], &["`dependabot_alerts` has no part `on`", "judged whole"]),
        (&["plan", "--setting", "scorecard.activ"], &["did you mean `scorecard.active`?"]),
        (&["plan", "--setting", ""], &["not a setting"]),
        (&["plan", "--accept-unknown", "dependabot_alert"], &["did you mean `dependabot_alerts`?"]),
        (&["plan", "--org", "acmee"], &["--org acmee", "did you mean `acme`?"]),
        (&["plan", "--org", "a b"], &["`a b`"]),
        (&["plan", "--repo", "wbe"], &["--repo wbe", "did you mean `web`?"]),
        (&["plan", "--repo", "acme/wbe"], &["--repo acme/wbe", "did you mean `acme/web`?"]),
        (&["plan", "--repo", "nothing-*"], &["--repo nothing-*"]),
        (&["plan", "--repo", "acem/web"], &["--repo acem/web"]),
        (&["plan", "--repo", "["], &["--repo ["]),
        (&["plan", "--repo", "a/b/c"], &["--repo a/b/c"]),
        (&["plan", "--limit", "change=1"], &["did you mean `changes`?"]),
        (&["plan", "--limit", "changes"], &["NAME=N"]),
        (&["plan", "--limit", "changes=-1"], &["`-1` is not a whole number"]),
        (&["plan", "--limit", "changes=many"], &["`many` is not a whole number"]),
        (&["plan", "--limit-max", "changs=1"], &["did you mean `changes`?"]),
        (&["drift", "--fail-on", "chnage"], &["did you mean `change`?"]),
        (&["drift", "--fail-on", "everything"], &["violation", "audit"]),
        (&["apply", "--yes", "--first", "many"], &["'many'"]),
        (&["apply", "--yes", "--snapshot", "x"], &["'--snapshot'"]),
        (&["explain", "acme/wbe"], &["no repository acme/wbe", "did you mean `web`?"]),
        (&["explain", "acem/web"], &["`acem`", "did you mean `acme`?"]),
        (&["explain", "acme/web", "dependabot_alert"], &["did you mean `dependabot_alerts`?"]),
        (&["explain", "x y"], &["`x y`"]),
        (&["explain"], &["<REPO>"]),
        (&["schema", "polcy"], &["'policy'"]),
        (&["completions", "bsh"], &["'bash'"]),
        (&["sim"], &["--state"]),
        (&["sim", "--state", "nowhere.json"], &["nowhere.json"]),
        (&["plan", "--snapshot", "nowhere.json"], &["nowhere.json"]),
    ];
    for (args, words) in cases {
        let mut ran = lab.run(args).exits(1);
        assert_eq!(ran.stdout, "", "{ran}");
        for word in *words {
            ran = ran.tells(word);
        }
    }
    nothing_written(&lab);
}

#[test]
fn a_filter_that_fits_only_an_organisation_that_failed_is_no_misspelling() {
    let lab = Lab::new(&state([org("acme").repo(repo("web")), org("beta").repo(repo("api"))]))
        .policy(&[("rules/a.toml", ALERTS)]);
    lab.fault("GET", "/orgs/beta/repos", 10, super::status(500, "Server Error", &[]));
    lab.run(&["plan", "--repo", "beta/api"]).exits(3).prints("beta");
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_written() {
    let lab = lab();
    let ran = lab.run(&["apply"]).exits(1).tells("--yes").tells("nothing was changed").prints("dependabot_alerts");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
    nothing_written(&lab);
}

#[test]
fn files_that_are_something_else_are_told() {
    let lab = lab();
    let file = |name: &str, text: &str| std::fs::write(lab.folder().join(name), text).expect("a file");
    file("not.json", "hello");
    file("plan.json", "{\"format\": \"ordain.plan/1\"}");
    file("list.json", "[]");
    file(
        "cut.json",
        "{\"format\": \"ordain.snapshot/1\", \"as_of\": \"2026-11-22T12:00:00Z\", \"organizations\": [{\"login\"",
    );
    file(
        "odd.json",
        "{\"format\": \"ordain.snapshot/1\", \"as_of\": \"2026-11-22T12:00:00Z\", \"organizations\": [{\"login\": \"a b\"}]}",
    );
    file("bytes.json", "");
    std::fs::write(lab.folder().join("bytes.json"), b"\xff\xfe").expect("a file");
    for name in ["not.json", "plan.json", "list.json", "cut.json", "odd.json", "bytes.json", "policy"] {
        for command in [
            &["plan", "--snapshot", name][..],
            &["drift", "--snapshot", name],
            &["explain", "acme/web", "--snapshot", name],
        ] {
            let ran = lab.run(command).exits(1).tells(name);
            assert!(ran.stdout.is_empty() && ran.stderr.lines().count() == 1, "{ran}");
        }
        // The simulator takes names that GitHub would not give.
        if name == "odd.json" {
            continue;
        }
        let ran = lab.run(&["sim", "--state", name]).exits(1).tells(name);
        assert!(ran.stdout.is_empty() && ran.stderr.lines().count() == 1, "{ran}");
    }
    lab.run(&["plan", "--snapshot", "plan.json"]).exits(1).tells("`ordain.plan/1`").tells("ordain snapshot");
    assert!(lab.exchanges().is_empty());
}

#[test]
fn files_that_cannot_be_written_are_told() {
    let lab = lab();
    for command in [
        &["plan", "--out", "no/such/folder/plan.json"][..],
        &["snapshot", "--out", "no/such/folder/snapshot.json"],
        &["plan", "--out", "policy"],
    ] {
        lab.run(command).exits(1).tells(command[2]);
    }
    nothing_written(&lab);
}

#[test]
fn addresses_and_credentials_that_cannot_be_are_told() {
    for bad in ["nonsense", "api.github.com", "ftp://x", "https://", "http://h/?q=1", "http://[::1", "  \u{7}"] {
        let lab = lab().env("GITHUB_API_URL", bad);
        lab.run(&["plan"]).exits(1).tells("GITHUB_API_URL").tells("https://api.github.com");
        let lab = self::lab().env("GITHUB_GRAPHQL_URL", bad);
        let ran = lab.run(&["plan"]).exits(1).tells("GITHUB_GRAPHQL_URL");
        assert!(!ran.stderr.contains("GITHUB_API_URL"), "the right one is named\n{ran}");
    }
    let closed = lab().env("GITHUB_API_URL", "http://127.0.0.1:1");
    closed.run(&["plan"]).exits(1).tells("refused").tells("http://127.0.0.1:1");
    let none = lab().env("GITHUB_TOKEN", "").env("PATH", "/nowhere");
    none.run(&["plan"]).exits(1).tells("GITHUB_TOKEN").tells("gh auth login");
    assert!(none.exchanges().is_empty());
    let broken = lab().token("ghp_a\nb");
    broken.run(&["plan"]).exits(1).tells("GITHUB_TOKEN").tells("line break");
    assert!(broken.exchanges().is_empty());
    let end = lab().token("ghp_a\n");
    end.run(&["plan"]).exits(0);
    let app = lab().env("ORDAIN_APP_ID", "1");
    app.run(&["plan"]).exits(1).tells("ORDAIN_APP_PRIVATE_KEY");
    let file = lab().env("ORDAIN_APP_ID", "1").env("ORDAIN_APP_PRIVATE_KEY_FILE", "nowhere.pem");
    file.run(&["plan"]).exits(1).tells("nowhere.pem");
}

#[test]
fn a_policy_is_checked_without_credentials() {
    let lab = lab().env("GITHUB_TOKEN", "").env("GITHUB_API_URL", "nonsense");
    lab.run(&["validate"]).exits(0).prints("1 rule,");
}

#[test]
fn a_state_with_nonsense_in_it_is_told_with_its_place() {
    let lab = lab();
    let cases = [
        json!({"format": "ordain.snapshot/1", "organizations": [{"login": 3}]}),
        json!({"format": "ordain.snapshot/1", "organizations": [{"login": "a", "repositories": [{"visibility": "public"}]}]}),
        json!({"format": "ordain.snapshot/1", "organizations": [{"login": "a", "repositories": [{"name": "x", "files": {"a": 3}}]}]}),
        json!({"format": "ordain.snapshot/1", "organizations": {}}),
    ];
    for case in cases {
        std::fs::write(lab.folder().join("state.json"), case.to_string()).expect("a file");
        lab.run(&["sim", "--state", "state.json"]).exits(1).tells("state.json").tells("organizations");
    }
}
