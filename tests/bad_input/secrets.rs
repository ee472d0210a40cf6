//! No credential in any byte that a run leaves, whatever the command, the format and the server's mood.
//!
//! Canaries stand in every variable of the environment that carries a credential, and the App's key is a real one. They are
//! looked for in both outputs and in every file that a run wrote, as they are, percent-encoded and in base64.

use std::{collections::BTreeSet, fs};

use base64::{Engine, engine::general_purpose::STANDARD};
use ordain::{
    github::{Credentials, Secret},
    sim::{Chance, Faults, Trouble},
};

use super::{
    silence::{ORG_RULE, RULES, disguises, traces},
    status,
};
use crate::support::{Lab, Ran, org, repo, state};

const TOKEN: &str = "ghp_CANARYinGITHUBTOKEN7f3b9ce2d15a8ZqW";
const OTHER_TOKEN: &str = "gho_CANARYinGHTOKEN+5b1c/77aa0e9d4=XyV";
const KEY: &str = include_str!("../fixtures/app-key.pem");

/// Every command, most of them in several formats.
const COMMANDS: &[&[&str]] = &[
    &["validate", "-vv"],
    &["plan", "-vv", "--all"],
    &["plan", "--all", "--format", "json", "--out", "plan.json"],
    &["plan", "--all", "--format", "markdown", "-vv"],
    &["drift", "--all", "-vv"],
    &["drift", "--all", "--format", "json"],
    &["drift", "--all", "--format", "markdown"],
    &["explain", "acme/web", "-vv"],
    &["explain", "acme/web", "--format", "json"],
    &["snapshot", "-vv"],
    &["snapshot", "--out", "snapshot.json"],
    &["apply", "--yes", "-vv"],
    &["apply", "--yes", "--format", "json", "-vv"],
    &["apply", "--yes", "--format", "markdown", "--journal", "journal.jsonl"],
    &["apply", "plan.json", "--yes", "-vv"],
    &["init", "acme", "--policy", "made", "-vv"],
    &["test", "-vv"],
    &["schema", "plan"],
    &["schema", "--manual"],
    &["completions", "bash"],
    &["sim", "--state", "missing.json", "-vv"],
    &["help"],
];

/// How the program is told who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identity {
    Token,
    OtherToken,
    App,
    AppOnOneLine,
    BrokenApp,
}

fn lab(identity: Identity) -> Lab {
    let orgs = [org("acme").repo(repo("web")).repo(repo("hidden").private())];
    let lab = Lab::new(&state(orgs)).policy(&[("rules/a.toml", RULES), ("rules/o.toml", ORG_RULE)]);
    let lab = match identity {
        Identity::OtherToken => lab.token(" "),
        _ => lab.token(TOKEN),
    };
    let (summary, output) = (lab.folder().join("summary.md"), lab.folder().join("output"));
    let lab = lab
        .env("GH_TOKEN", OTHER_TOKEN)
        .env("GITHUB_STEP_SUMMARY", &summary.to_string_lossy())
        .env("GITHUB_OUTPUT", &output.to_string_lossy());
    match identity {
        Identity::Token | Identity::OtherToken => lab.env("ORDAIN_APP_PRIVATE_KEY", KEY),
        Identity::App => lab.env("ORDAIN_APP_ID", "77").env("ORDAIN_APP_PRIVATE_KEY", KEY),
        Identity::AppOnOneLine => {
            lab.env("ORDAIN_APP_ID", "77").env("ORDAIN_APP_PRIVATE_KEY", &KEY.replace('\n', "\\n"))
        }
        Identity::BrokenApp => {
            let half: String = KEY.lines().take(9).map(|line| format!("{line}\n")).collect();
            lab.env("ORDAIN_APP_ID", "77").env("ORDAIN_APP_PRIVATE_KEY", &half)
        }
    }
}

/// Everything that must not be found: tokens, each line of the key, and the tokens that the App was given.
fn forbidden(lab: &Lab) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = [TOKEN, OTHER_TOKEN].iter().flat_map(|token| disguises(token)).collect();
    for line in KEY.lines().filter(|line| !line.starts_with("-----")) {
        all.extend(disguises(line));
        // A part of a line is as much of the key.
        all.extend([line.chars().take(24).collect(), line.chars().skip(line.len() / 2).collect()]);
    }
    all.insert("PRIVATE KEY".to_owned());
    all.insert(STANDARD.encode("-----BEGIN PRIVATE KEY").chars().take(24).collect());
    for exchange in lab.exchanges().iter().filter(|one| one.path_and_query.ends_with("/access_tokens")) {
        let minted = exchange.response_body.as_ref().and_then(|body| body["token"].as_str());
        all.extend(minted.into_iter().flat_map(disguises));
    }
    all.retain(|text| text.len() >= 10);
    all
}

#[track_caller]
fn is_silent(lab: &Lab, ran: &Ran, what: &str) {
    let traces = traces(lab, ran);
    for text in forbidden(lab) {
        assert!(!traces.contains(&text), "{what}: a credential is told as {text}\n{ran}");
    }
    assert!(!traces.contains("eyJhbGciOi") && !traces.contains("eyJ0eXAiOi"), "{what}: a signature is told\n{ran}");
}

/// Every command that the program says it has; one that is not in the table is run bare.
fn commands() -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> =
        COMMANDS.iter().map(|args| args.iter().map(|arg| (*arg).to_owned()).collect()).collect();
    let help = lab(Identity::Token).run(&["--help"]).exits(0);
    let listed = help.stdout.split("Commands:").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list");
    // Two spaces before a name; more before the second line of a text.
    for name in listed.lines().filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next())
    {
        // The demo makes an environment of its own; it has a test of its own.
        if name != "demo" && !all.iter().any(|args| args[0] == name) {
            all.push(vec![name.to_owned(), "-vv".to_owned()]);
        }
    }
    all
}

fn run_all(identity: Identity, some: usize, prepare: impl Fn(&Lab), what: &str) -> usize {
    let mut runs = 0;
    for args in commands().iter().step_by(some) {
        let lab = lab(identity);
        prepare(&lab);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        if args.contains(&"plan.json") && args[0] == "apply" {
            lab.run(&["plan", "--out", "plan.json"]);
        }
        is_silent(&lab, &lab.run(&args), &format!("{identity:?}, {what}"));
        // What a fault made is in no description of GitHub's, and the rest has tests of its own.
        lab.sim().clear_exchanges();
        runs += 1;
    }
    runs
}

#[test]
fn no_credential_is_told_by_any_command() {
    for identity in [Identity::Token, Identity::App] {
        assert!(run_all(identity, 1, |_| (), "all well") >= COMMANDS.len());
    }
    for identity in [Identity::OtherToken, Identity::AppOnOneLine, Identity::BrokenApp] {
        run_all(identity, 3, |_| (), "all well");
    }
}

#[test]
fn no_credential_is_told_where_things_go_wrong() {
    for (seed, identity) in [(1, Identity::Token), (2, Identity::App)] {
        let mix = Trouble::ALL
            .into_iter()
            .map(|trouble| Chance { method: None, path: "/".to_owned(), probability: 0.06, trouble })
            .collect();
        let faults = Faults { seed, in_a_row: 4, mix, script: Vec::new() };
        run_all(identity, 1, |lab| lab.sim().set_faults(faults.clone()), "faults by chance");
    }
}

#[test]
fn no_credential_is_told_by_a_server_that_says_it_again() {
    // Only the credential that is in use can come back from a server.
    let echo = format!("{TOKEN} Bearer {TOKEN} is not welcome");
    let url = format!("required; url=https://github.example/sso?token={TOKEN}");
    for (method, path, code) in [("GET", "/", 403), ("GET", "/repos", 500), ("PUT", "/", 422), ("POST", "/", 401)] {
        let prepare = |lab: &Lab| {
            lab.fault(method, path, super::ALWAYS, status(code, &echo, &[("x-github-sso", &url)]));
        };
        run_all(Identity::Token, 2, prepare, &format!("{method} {path} {code}"));
    }
}

#[test]
fn an_app_asks_and_its_token_is_used() {
    // Else the tests above would look for tokens that were never made.
    let lab = lab(Identity::App);
    lab.run(&["plan", "--all"]);
    let minted = lab.exchanges().iter().filter(|one| one.path_and_query.ends_with("/access_tokens")).count();
    assert!(minted > 0);
    assert!(forbidden(&lab).iter().any(|text| text.starts_with("ghs_")));
    lab.sim().clear_exchanges();
}

/// What a panic would say of them: their debug form.
#[test]
fn no_credential_is_told_by_a_panic() {
    let told = std::panic::catch_unwind(|| {
        let token = Credentials::token(TOKEN, "GITHUB_TOKEN").expect("valid");
        let app = Credentials::app("77", KEY).expect("valid");
        std::panic::panic_any(format!("{token:?} {app:?} {:?} {:#?}", Secret::new(TOKEN), Secret::new(KEY)));
    })
    .expect_err("it panics");
    let told = told.downcast_ref::<String>().expect("a text");
    assert!(told.contains("secret") || told.contains("Credentials"), "{told}");
    let key_lines = KEY.lines().filter(|line| !line.starts_with("-----"));
    for text in [TOKEN].into_iter().chain(key_lines) {
        assert!(!told.contains(text), "{told}");
    }
    let bad = Credentials::app("77", &KEY[..400]).expect_err("half a key").to_string();
    assert!(!KEY.lines().skip(1).any(|line| !line.is_empty() && bad.contains(line)), "{bad}");
}

/// The canaries are looked for where they would be.
#[test]
fn a_credential_in_a_file_would_be_found() {
    let lab = lab(Identity::Token);
    let ran = lab.run(&["validate"]);
    fs::write(lab.folder().join("leak"), STANDARD.encode(format!("token={TOKEN}"))).expect("written");
    let found = traces(&lab, &ran);
    assert!(forbidden(&lab).iter().any(|text| found.contains(text)));
    fs::write(lab.folder().join("leak"), KEY.lines().nth(3).expect("a line")).expect("written");
    let found = traces(&lab, &ran);
    assert!(forbidden(&lab).iter().any(|text| found.contains(text)));
}
