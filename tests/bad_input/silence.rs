//! What must stand in no output: tokens, the forks of advisories, what a terminal obeys.

use base64::Engine;
use ordain::sim::FaultKind;
use serde_json::json;

use super::{ALERTS, ALWAYS, altered, status};
use crate::support::{Lab, Ran, Token, org, repo, state, state_with};

const COMMANDS: [&[&str]; 15] = [
    &["validate"],
    &["plan"],
    &["plan", "-vv", "--all"],
    &["plan", "--all", "--format", "json", "--out", "plan.json"],
    &["plan", "--all", "--format", "markdown"],
    &["plan", "--public-only", "--all"],
    &["drift", "--all", "-vv"],
    &["drift", "--format", "json", "--all"],
    &["drift", "--format", "markdown"],
    &["explain", "acme", "-vv"],
    &["explain", "acme/web", "-vv"],
    &["explain", "acme/web", "--format", "json"],
    &["snapshot"],
    &["snapshot", "--out", "snapshot.json", "-vv"],
    &["apply", "--yes", "-vv"],
];

/// Those of them that take the most ways, for what is tried many times.
const SOME: [usize; 6] = [2, 3, 8, 10, 13, 14];

/// Everything that a run left: its outputs and every file beside the policy.
pub(super) fn traces(lab: &Lab, ran: &Ran) -> String {
    let mut text = format!("{}{}", ran.stdout, ran.stderr);
    let mut folders = vec![lab.folder().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path() == lab.policy_folder() {
                continue;
            }
            text.push_str(&entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                text.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).expect("a file")));
            }
        }
    }
    text
}

pub(super) const RULES: &str = "[repo]\ndependabot_alerts = true\nprivate_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n\
    [repo.security_policy]\ncontact = \"a@b.example\"\n[repo.files.\"NOTES.md\"]\ncontent = \"x\\n\"\n";
pub(super) const ORG_RULE: &str =
    "[org.code_security.safe]\ndescription = \"safe\"\ndependabot_alerts = \"enabled\"\nattach = \"all\"\n";

#[test]
fn an_advisorys_fork_is_named_nowhere() {
    let fork = "web-ghsa-2c4f-vwxg-j5h8";
    let orgs = || [org("acme").repo(repo("web")).repo(repo("docs")).repo(repo(fork).private())];
    for command in COMMANDS.iter().chain(&[&["explain", "acme/web-ghsa"] as &[&str], &["plan", "--repo", "acme/web-*"]])
    {
        let lab = Lab::new(&state(orgs())).policy(&[("rules/a.toml", RULES), ("rules/o.toml", ORG_RULE)]);
        let ran = lab.run(command);
        assert!(!traces(&lab, &ran).to_lowercase().contains("ghsa-2c4f"), "{ran}");
        let asked = lab.exchanges().iter().any(|one| {
            let body = one.request_body.as_ref().map(ToString::to_string).unwrap_or_default();
            one.path_and_query.contains("ghsa-2c4f") || body.contains("ghsa-2c4f")
        });
        assert!(!asked, "the fork was asked about\n{ran}");
    }
}

#[test]
fn an_advisorys_fork_in_a_snapshot_or_a_policy_is_left_out_too() {
    let fork = "web-ghsa-2c4f-vwxg-j5h8";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", ALERTS)]);
    let by_hand = state([org("acme").repo(repo("web")).repo(repo(fork).private())]).to_string();
    let by_hand = by_hand.replace("\"name\":", "\"node_id\":\"R_x\",\"name\":");
    std::fs::write(lab.folder().join("by-hand.json"), by_hand).expect("a file");
    lab.run(&["plan", "--all", "--snapshot", "by-hand.json"]).hides("ghsa");
    lab.run(&["drift", "--all", "--format", "json", "--snapshot", "by-hand.json"]).hides("ghsa");
    lab.edit(|world| {
        if let Some(repo) = world.add_repo("acme", "web-ghsa-2c4f-vwxg-j5h8") {
            repo.fields.insert("visibility".to_owned(), json!("private"));
            repo.fields.insert("private".to_owned(), json!(true));
        }
    });
    let rule = format!("[match]\nrepo = [\"acme/{fork}\", \"acme/web\"]\n[repo]\ndependabot_alerts = true\n");
    lab.write_policy(&[("rules/a.toml", &rule)]);
    let plan = lab.run(&["apply", "--yes", "--format", "json"]).value();
    assert_eq!(plan["outcomes"].as_array().map(Vec::len), Some(1), "{plan}");
    let ran = lab.run(&["plan", "--all", "-vv"]).exits(0).hides("ghsa");
    let asked = lab.exchanges().iter().any(|one| one.path_and_query.contains("ghsa"));
    assert!(!asked, "the fork was asked for\n{ran}");
    assert!(lab.writes().iter().all(|write| !write.contains("ghsa")), "{:?}", lab.writes());
}

#[test]
fn an_advisorys_fork_is_named_by_no_diagnostic() {
    let fork = "aaa-ghsa-2c4f-vwxg-j5h8";
    let lab = Lab::new(&state([org("acme").repo(repo("web")).repo(repo(fork).private())]));
    lab.write_policy(&[("rules/a.toml", "[repo.files.X]\ncontent = \"{{ repo.language }}\"\n")]);
    lab.run(&["plan"]).exits(1).tells("acme/web: `repo.language`").hides("ghsa").hides("more");
    let twins = [
        ("rules/a.toml", "[match]\nvisibility = [\"private\"]\n[repo]\ndependabot_alerts = true\n"),
        ("rules/b.toml", "[match]\nfork = false\n[repo]\ndependabot_alerts = false\n"),
    ];
    lab.write_policy(&twins);
    lab.run(&["plan"]).exits(0).hides("ghsa-2c4f");
}

/// A token, as it is and as it may be written otherwise.
pub(super) fn disguises(token: &str) -> Vec<String> {
    let mut all = vec![token.to_owned(), token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")];
    for lead in ["", "x", "xx"] {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{lead}{token}"));
        // The letters that do not depend on what stands around the token.
        all.push(text.chars().skip(4).take(20).collect());
    }
    all
}

const CANARY: &str = "ghp_CANARY+7f3b9c/e2d15a8+ZqW4=";

#[track_caller]
fn is_silent(lab: &Lab, ran: &Ran, what: &str) {
    let traces = traces(lab, ran);
    for disguise in disguises(CANARY) {
        assert!(!traces.contains(&disguise), "{what}: the token is told as {disguise}\n{ran}");
    }
}

#[test]
fn a_token_is_told_nowhere() {
    let orgs = || [org("acme").repo(repo("web")).repo(repo("hidden").private())];
    let echo = format!("the token {CANARY} (Bearer {CANARY}) is not welcome");
    let echo_in_url = format!("/orgs/acme/repos?token={}", CANARY.replace('+', "%2B"));
    let faults: Vec<Option<(&str, &str, FaultKind)>> = vec![
        None,
        Some(("GET", "/", status(403, &echo, &[]))),
        Some(("GET", "/repos", status(403, &echo, &[]))),
        Some(("GET", "/repos", status(500, &echo, &[]))),
        Some(("POST", "/graphql", FaultKind::Status(200, json!({"errors": [{"message": echo}]}), Vec::new()))),
        Some(("PUT", "/repos", status(422, &echo, &[]))),
        Some(("GET", "/repos", FaultKind::ResetBefore)),
        Some(("GET", "/repos", FaultKind::NotJson)),
        Some(("GET", "/orgs", FaultKind::Status(301, json!({}), vec![("location".to_owned(), echo_in_url)]))),
    ];
    for fault in faults {
        for (at, command) in COMMANDS.into_iter().enumerate() {
            if fault.is_some() && !SOME.contains(&at) {
                continue;
            }
            let lab =
                Lab::new(&state_with(orgs(), [Token::owner(CANARY)])).policy(&[("rules/a.toml", RULES)]).token(CANARY);
            if let Some((method, path, kind)) = &fault {
                lab.fault(method, path, ALWAYS, kind.clone());
            }
            let ran = lab.run(command);
            is_silent(&lab, &ran, &format!("{fault:?}"));
        }
    }
}

#[test]
fn a_token_that_is_refused_is_told_nowhere() {
    let lab = Lab::new(&state_with([org("acme").repo(repo("web"))], [Token::owner("ghp_other")]))
        .policy(&[("rules/a.toml", RULES)])
        .token(CANARY);
    is_silent(&lab, &lab.run(&["plan", "-vv"]).exits(1), "wrong");
    for command in
        [&["demo"][..], &["schema", "--manual"], &["completions", "bash"], &["plna"], &["sim", "--state", "x"]]
    {
        is_silent(&lab, &lab.run(command), "no matter");
    }
    let broken = format!("{CANARY}\n{CANARY}");
    let lab = Lab::new(&state([org("acme")])).policy(&[("rules/a.toml", RULES)]).token(&broken);
    let ran = lab.run(&["plan", "-vv"]).exits(1).tells("GITHUB_TOKEN").tells("line break");
    is_silent(&lab, &ran, "broken");
    assert!(lab.exchanges().is_empty(), "nothing was sent");
    for (name, value) in [
        ("GITHUB_API_URL", format!("http://me:{CANARY}@127.0.0.1:1")),
        ("GITHUB_GRAPHQL_URL", format!("http://me:{CANARY}@127.0.0.1:1/graphql")),
        ("ORDAIN_APP_ID", CANARY.to_owned()),
        ("ORDAIN_CLOCK_FACTOR", CANARY.to_owned()),
    ] {
        let lab = Lab::new(&state([org("acme")]))
            .policy(&[("rules/a.toml", RULES)])
            .env(name, &value)
            .env("ORDAIN_APP_PRIVATE_KEY", CANARY);
        is_silent(&lab, &lab.run(&["plan", "-vv"]).exits(1).tells(name), name);
    }
    let lab = Lab::new(&state([org("acme")]))
        .policy(&[("rules/a.toml", RULES)])
        .env("ORDAIN_APP_ID", "1")
        .env("ORDAIN_APP_PRIVATE_KEY", CANARY);
    is_silent(&lab, &lab.run(&["plan", "-vv"]).exits(1).tells("PEM"), "key");
}

/// What a terminal obeys, or what turns text round.
fn obeyed(text: &str) -> bool {
    text.chars()
        .any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[test]
fn what_strangers_wrote_does_not_reach_the_terminal_raw() {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}gnp.exe\r\n::error::x";
    let faults = [
        ("GET", "/orgs/acme/repos", status(500, evil, &[])),
        ("GET", "/orgs/beta/repos", status(500, evil, &[])),
        (
            "GET",
            "/repos/acme/web/private-vulnerability-reporting",
            status(403, evil, &[("x-accepted-github-permissions", "\u{202e}x=read")]),
        ),
        ("PUT", "/repos/acme", status(422, evil, &[])),
        (
            "POST",
            "/graphql",
            FaultKind::Status(
                200,
                json!({"data": {"nodes": []}, "errors": [{"message": evil, "type": evil}]}),
                Vec::new(),
            ),
        ),
        (
            "GET",
            "/orgs/acme/repos",
            altered(move |body| {
                for one in body.as_array_mut().into_iter().flatten() {
                    one["default_branch"] = json!(evil);
                    one["language"] = json!(evil);
                    one["topics"] = json!([evil]);
                    one["visibility"] = json!(evil);
                }
            }),
        ),
    ];
    for (method, path, kind) in faults {
        let lab = Lab::new(&state([org("acme").repo(repo("web")), org("beta")])).policy(&[("rules/a.toml", RULES)]);
        lab.fault(method, path, ALWAYS, kind.clone());
        for command in SOME.map(|at| COMMANDS[at]) {
            let ran = lab.run(command);
            // JSON escapes control characters; what turns text is part of a value there.
            let json = command.contains(&"json") || command[0] == "snapshot";
            assert!(json || !obeyed(&ran.stdout), "{path} {kind:?}\n{:?}", ran.stdout);
            assert!(!obeyed(&ran.stderr), "{path} {kind:?}\n{:?}", ran.stderr);
            assert!(!ran.stdout.lines().any(|line| line.starts_with("::")), "a command to GitHub Actions\n{ran}");
        }
        // What was made up is in no description.
        lab.sim().clear_exchanges();
    }
}

#[test]
fn the_policys_own_escapes_do_not_reach_the_terminal_raw() {
    let lab = Lab::new(&state([org("acme").repo(repo("web"))]));
    let name = "rules/\u{1b}[31mred\u{7}.toml";
    let rule = "description = \"\\u001b[2J\"\n[repo]\n\"\\u001b[2Jtopix\" = 1\n\"\u{202e}x\" = 2\n";
    lab.write_policy(&[(name, rule), ("rules/b.toml", ALERTS)]);
    for color in ["never", "auto"] {
        let ran = lab.run(&["validate", "--color", color]).exits(1).tells("topix");
        assert!(!obeyed(&ran.stderr), "{:?}", ran.stderr);
    }
    let reason = "[repo]\ndependabot_alerts = { value = true, reason = \"\\u001b[2J\\u202e\" }\n";
    lab.write_policy(&[(name, reason)]);
    for format in ["text", "markdown"] {
        let ran = lab.run(&["plan", "--format", format]).exits(0);
        assert!(!obeyed(&ran.stdout) && !obeyed(&ran.stderr), "{:?}{:?}", ran.stdout, ran.stderr);
    }
}
