//! The workflows in `.github/workflows`: the shell of their steps is run as it stands there, against the simulator. What
//! GitHub's runner would put into `${{ … }}` is said here, and an expression that nobody thought of fails the test.

#![cfg(target_os = "linux")]
#![allow(clippy::panic, reason = "tests fail by panicking, with the whole of what was seen")]
#![allow(clippy::disallowed_methods, reason = "a step needs the PATH on which its tools are")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::support::{Lab, TOKEN, org, repo, state};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

const POLICY: &[(&str, &str)] = &[
    ("policy.toml", "version = 1\norgs = [\"acme\"]\n"),
    ("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n"),
];

/// The policy's own repository, some others, and an advisory's fork.
fn lab() -> Lab {
    let pull = json!({"number": 7, "title": "Ask for more", "head": "more", "head_repo": "mallory/security", "head_sha": HEAD, "author": "mallory"});
    let own = repo("security").pvr(true).sim("pulls", json!([pull]));
    let secret = repo("vault").private().file("plans.txt", "the hidden plans\n");
    let fork = repo("web-ghsa-aaaa-bbbb-cccc").private();
    let acme = org("acme").repo(own).repo(repo("web").pvr(false)).repo(secret).repo(fork);
    Lab::new(&state([acme, org("victim").repo(repo("target").pvr(false))])).policy(POLICY)
}

/// A step of a workflow: its shell, and its variables as they stand there.
fn step(workflow: &str, id: &str) -> (String, BTreeMap<String, String>) {
    let text = fs::read_to_string(Path::new(ROOT).join(".github/workflows").join(workflow)).expect("a workflow");
    let yaml: Value = yaml_serde::from_str(&text).expect("YAML");
    let jobs = yaml["jobs"].as_object().expect("jobs").values();
    let steps = jobs.flat_map(|job| job["steps"].as_array().expect("steps"));
    let step = steps.clone().find(|step| step["id"] == id).unwrap_or_else(|| panic!("{workflow} has no step {id}"));
    let vars = step["env"].as_object().cloned().unwrap_or_default();
    let vars = vars.into_iter().map(|(name, value)| (name, value.as_str().expect("a text").to_owned()));
    (step["run"].as_str().expect("a shell").to_owned(), vars.collect())
}

/// Runs a step as a runner would: in the checkout, with nothing in its environment but what the step says.
fn run(lab: &Lab, workflow: &str, id: &str, github: &[(&str, &str)]) -> Output {
    let (shell, vars) = step(workflow, id);
    let temp = lab.folder().join("temp");
    fs::create_dir_all(&temp).expect("a folder");
    let bin = PathBuf::from(assert_cmd::cargo::cargo_bin!("ordain"));
    let path = format!("{}:{}", bin.parent().expect("a folder").display(), std::env::var("PATH").expect("a path"));
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", &shell]).current_dir(checkout(lab)).env_clear();
    command.env("PATH", path).env("HOME", lab.folder()).env("CI", "true").env("RUNNER_TEMP", &temp);
    command
        .env("GITHUB_API_URL", lab.api_url())
        .env("GITHUB_REPOSITORY", "acme/security")
        .env("REPORT_LOGIN", "ordain-bot");
    command.env("GITHUB_STEP_SUMMARY", temp.join("summary.md")).env("GITHUB_OUTPUT", temp.join("output"));
    for (name, value) in vars {
        // The App of the environment is a token here; Apps have tests of their own.
        if name.starts_with("ORDAIN_APP") {
            command.env("GITHUB_TOKEN", TOKEN);
            continue;
        }
        command.env(name, fill(&value, lab, github));
    }
    for (name, value) in github.iter().filter(|(name, _)| name.starts_with("GITHUB_")) {
        command.env(name, value);
    }
    command.output().expect("bash runs")
}

/// The checkout of a step: the scripts of this repository, and the lab's policy.
fn checkout(lab: &Lab) -> PathBuf {
    let folder = lab.folder().join("checkout");
    let scripts = folder.join(".github/scripts");
    fs::create_dir_all(&scripts).expect("a folder");
    for entry in fs::read_dir(Path::new(ROOT).join(".github/scripts")).expect("scripts") {
        let file = entry.expect("an entry").path();
        fs::copy(&file, scripts.join(file.file_name().expect("a name"))).expect("a copy");
    }
    let policy = folder.join("policy");
    if !policy.exists() {
        std::os::unix::fs::symlink(lab.policy_folder(), &policy).expect("a link");
    }
    folder
}

/// Puts values where the runner would.
fn fill(text: &str, lab: &Lab, github: &[(&str, &str)]) -> String {
    let (temp, workspace) = (lab.folder().join("temp"), checkout(lab));
    let (temp, workspace) = (temp.display().to_string(), workspace.display().to_string());
    let mut out = text.to_owned();
    while let Some(start) = out.find("${{") {
        let end = start + out[start..].find("}}").expect("an end") + 2;
        let expression = out[start + 3..end - 2].trim().to_owned();
        let value = match expression.as_str() {
            "runner.temp" => temp.clone(),
            "github.workspace" => workspace.clone(),
            "github.token" => TOKEN.to_owned(),
            other => github
                .iter()
                .find(|(name, _)| *name == other)
                .map(|(_, value)| (*value).to_owned())
                .unwrap_or_else(|| panic!("nobody said what `{other}` is")),
        };
        out.replace_range(start..end, &value);
    }
    out
}

fn told(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", told(output));
}

/// What a proposal comes with.
fn event(fork: &'static str) -> [(&'static str, &'static str); 4] {
    [
        ("github.event.workflow_run.head_sha", HEAD),
        ("github.event.workflow_run.head_repository.owner.login", "mallory"),
        ("github.event.workflow_run.head_branch", "more"),
        ("github.event.workflow_run.head_repository.full_name != github.repository", fork),
    ]
}

fn kept(lab: &Lab, key: &str) -> Vec<Value> {
    let state = lab.state();
    let repos = state["organizations"][0]["repositories"].as_array().expect("a list").clone();
    let own = repos.into_iter().find(|repo| repo["name"] == "security").expect("it is there");
    own["rest"][key]["known"].as_array().cloned().unwrap_or_default()
}

/// Lets a proposal go through both workflows; the proposal is the lab's policy with these files, the base is `POLICY`.
fn propose(lab: &Lab, files: &[(&str, &str)]) -> Output {
    lab.write_policy(files);
    succeeds(&run(lab, "policy-check.yml", "check", &[]));
    let proposal = lab.folder().join("temp/proposal");
    fs::create_dir_all(&proposal).expect("a folder");
    fs::copy(lab.folder().join("temp/policy.json"), proposal.join("policy.json")).expect("an artefact");
    lab.write_policy(POLICY);
    succeeds(&run(lab, "policy-plan.yml", "look", &[]));
    run(lab, "policy-plan.yml", "plan", &event("true"))
}

#[test]
fn a_proposal_gets_one_comment_edited_in_place_and_a_check_at_the_lines_of_the_policy() {
    let lab = lab();
    let more = [POLICY[0], POLICY[1], ("rules/b.toml", "[repo]\ndependabot_alerts = true\n")];
    succeeds(&propose(&lab, &more));
    succeeds(&propose(&lab, &more));
    let comments = kept(&lab, "issues/comments");
    assert_eq!(comments.len(), 1, "{comments:?}");
    let body = comments[0]["body"].as_str().expect("a text");
    assert!(body.starts_with("<!-- ordain:plan -->\n### ordain: This change of the policy introduces"), "{body}");
    assert_eq!(comments[0]["issue_number"], 7);
    let checks = kept(&lab, "check-runs");
    let (check, annotation) = (&checks[0], &checks[0]["output"]["annotations"][0]);
    assert_eq!((&check["head_sha"], &check["conclusion"]), (&json!(HEAD), &json!("success")));
    assert_eq!((&annotation["path"], &annotation["start_line"]), (&json!("policy/rules/b.toml"), &json!(2)));
}

#[test]
fn a_hostile_proposal_gains_nothing() {
    let lab = lab();
    let hostile = [
        ("policy.toml", "version = 1\norgs = [\"acme\", \"victim\"]\n[limits]\nloosening = 1000\n"),
        ("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = false\n"),
        ("rules/read.toml", "[match]\nrepo = [\"vault\"]\n[repo.files.\"plans.txt\"]\ncontent = \"mine\"\n"),
        (
            "rules/fork.toml",
            "[match]\nrepo = [\"acme/web-ghsa-*\"]\nvisibility = [\"private\"]\n[repo]\ndependabot_alerts = true\n",
        ),
        ("rules/clash.toml", "[match]\nhas_file = [\"plans.txt\"]\n[repo]\nhomepage_of_nobody = true\n"),
    ];
    // What is no policy never leaves the first job; without that file it goes on.
    lab.write_policy(&hostile);
    assert!(!run(&lab, "policy-check.yml", "check", &[]).status.success());
    let output = propose(&lab, &hostile[..4]);
    succeeds(&output);
    let body = kept(&lab, "issues/comments")[0]["body"].as_str().expect("a text").to_owned();
    let all = format!("{body}\n{}\n{}", told(&output), json!(kept(&lab, "check-runs")));
    for word in ["vault", "hidden plans", "ghsa", TOKEN, "target"] {
        assert!(!all.contains(word), "{word} is in\n{all}");
    }
    assert!(body.contains("the organisation victim is added") && body.contains("loosening"), "{body}");
    let asked = lab.exchanges();
    assert!(asked.iter().all(|one| !one.path_and_query.contains("/victim")), "another organisation was asked");
    let written = asked.iter().filter(|one| one.method != "GET" && !one.path_and_query.ends_with("/graphql"));
    let written: Vec<&str> = written.map(|one| one.path_and_query.as_str()).collect();
    assert_eq!(written, ["/repos/acme/security/issues/7/comments", "/repos/acme/security/check-runs"]);
}

#[test]
fn names_of_branches_are_never_commands() {
    let lab = lab();
    lab.write_policy(POLICY);
    succeeds(&run(&lab, "policy-check.yml", "check", &[]));
    let proposal = lab.folder().join("temp/proposal");
    fs::create_dir_all(&proposal).expect("a folder");
    fs::copy(lab.folder().join("temp/policy.json"), proposal.join("policy.json")).expect("an artefact");
    let mut event = event("true");
    event[2].1 = "x$(touch${IFS}pwned)`id`\";touch pwned;#";
    let output = run(&lab, "policy-plan.yml", "plan", &event);
    succeeds(&output);
    assert!(told(&output).contains("nothing to report to"), "{}", told(&output));
    assert!(!checkout(&lab).join("pwned").exists());
}

#[test]
fn an_apply_keeps_its_journal_and_tells_the_merged_pull_request() {
    let lab = lab();
    lab.edit(|world| {
        let stamp = world.stamp();
        let own = world.repo("acme", "security").expect("it is there");
        own.pulls[0].open = false;
        own.pulls[0].merged_at = Some(stamp);
    });
    let output = run(&lab, "policy-apply.yml", "apply", &[("GITHUB_SHA", HEAD)]);
    succeeds(&output);
    let journal = fs::read_to_string(lab.folder().join("temp/journal.jsonl")).expect("a journal");
    assert!(journal.contains("\"entry\":\"intent\"") && journal.contains("\"entry\":\"end\""));
    let comments = kept(&lab, "issues/comments");
    let body = comments[0]["body"].as_str().expect("a text");
    assert!(body.starts_with("<!-- ordain:apply -->") && body.contains("private_vulnerability_reporting"), "{body}");
    // What a merged policy raises is still bounded.
    lab.write_policy(&[
        ("policy.toml", "version = 1\norgs = [\"acme\"]\n[limits]\nloosening = 99\n"),
        ("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = false\n"),
    ]);
    fs::remove_file(lab.folder().join("temp/journal.jsonl")).expect("it was there");
    let output = run(&lab, "policy-apply.yml", "apply", &[("GITHUB_SHA", HEAD)]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(kept(&lab, "issues/comments")[0]["body"].as_str().expect("a text").contains("nothing was changed"));
}

#[test]
fn drift_is_one_rolling_issue_that_speaks_only_when_something_changed() {
    let lab = lab();
    let issues = || kept(&lab, "issues");
    succeeds(&run(&lab, "policy-drift.yml", "drift", &[]));
    let first = issues();
    assert_eq!((first.len(), &first[0]["state"]), (1, &json!("open")), "{first:?}");
    let sarif: Value =
        serde_json::from_str(&fs::read_to_string(lab.folder().join("temp/drift.sarif")).expect("a file"))
            .expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    lab.forget();
    succeeds(&run(&lab, "policy-drift.yml", "drift", &[]));
    assert_eq!(lab.count("PATCH", "/repos/acme/security/issues"), 0, "nothing changed, so nothing is said");
    lab.edit(|world| world.repo("acme", "security").expect("it is there").pvr = false);
    succeeds(&run(&lab, "policy-drift.yml", "drift", &[]));
    assert_eq!(lab.count("PATCH", "/repos/acme/security/issues"), 1);
    lab.run(&["apply", "--yes"]).exits(0);
    succeeds(&run(&lab, "policy-drift.yml", "drift", &[]));
    let last = issues();
    assert_eq!((last.len(), &last[0]["state"]), (1, &json!("closed")), "{last:?}");
}
