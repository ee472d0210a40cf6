//! A snapshot stands for the observation: planned from, served again, it says the same.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use super::everything;
use crate::support::{Document, Lab, TOKEN};

/// Holds that two plans say the same of GitHub, wherever and whenever it was read.
#[track_caller]
fn same(one: &Document, two: &Document) {
    for key in ["changes", "findings", "warnings", "refused"] {
        let list = |plan: &Document| plan.0[key].as_array().expect("a list").clone();
        let (one, two) = (list(one), list(two));
        let apart: Vec<_> = one.iter().filter(|item| !two.contains(item)).collect();
        let other: Vec<_> = two.iter().filter(|item| !one.contains(item)).collect();
        assert!(apart.is_empty() && other.is_empty(), "{key}: {apart:#?}\nagainst {other:#?}");
        assert_eq!(one, two, "{key}: the order");
    }
    assert_eq!(one.0["summary"], two.0["summary"]);
}

fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The three organisations of the demo, with their policy.
fn express() -> (Lab, String) {
    let text = std::fs::read_to_string(root().join("src/cli/demo/state.json")).expect("the demo's state");
    let lab = Lab::new(&serde_json::from_str(&text).expect("JSON"));
    (lab, root().join("policy").to_str().expect("UTF-8").to_owned())
}

#[test]
fn a_plan_from_a_snapshot_is_the_live_plan() {
    let (lab, policy) = express();
    let live = lab.plan_with(&["--policy", &policy, "--all"]);
    lab.run(&["snapshot", "--policy", &policy, "--out", "seen.json"]).exits(0);
    lab.forget();
    let from = lab.plan_with(&["--policy", &policy, "--all", "--snapshot", "seen.json"]);
    assert!(lab.exchanges().is_empty(), "GitHub is not asked");
    same(&from, &live);
    assert_eq!((&from.0["source"], &live.0["source"]), (&"snapshot".into(), &"github".into()));
    let drift = lab.run(&["drift", "--policy", &policy, "--snapshot", "seen.json"]);
    assert_eq!(drift.code, 2, "{drift}");
    lab.run(&["apply", "--policy", &policy, "--yes", "--snapshot", "seen.json"]).exits(1);
}

#[test]
fn a_snapshot_is_as_its_schema_says_and_says_what_was_not_read() {
    let (lab, policy) = express();
    let seen = lab.run(&["snapshot", "--policy", &policy]).exits(0).value();
    let schema = lab.run(&["schema", "snapshot"]).exits(0).value();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let problems: Vec<String> = validator.iter_errors(&seen).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(problems.is_empty(), "{:#?}", problems.iter().take(5).collect::<Vec<_>>());
    assert!(!seen["not_read"].as_array().expect("a list").is_empty());
}

#[test]
fn a_snapshot_that_is_served_again_gives_the_same_plan() {
    let (lab, policy) = express();
    let live = lab.plan_with(&["--policy", &policy, "--all"]);
    let seen = lab.run(&["snapshot", "--policy", &policy]).exits(0).value();
    let again = Lab::new(&seen);
    let served = again.plan_with(&["--policy", &policy, "--all"]);
    same(&served, &live);
    // And it can be applied there.
    again.run(&["apply", "--policy", &policy, "--yes"]).exits(0);
}

#[test]
fn an_open_pull_request_is_in_the_snapshot_too() {
    let before = everything();
    let mut state = before.state();
    state["simulator"]["tokens"] =
        serde_json::json!([{"token": TOKEN, "login": "alice", "type": "user", "owner": true}]);
    let lab = Lab::new(&state);
    let rules = std::fs::read_to_string(before.policy_folder().join("rules/all.toml")).expect("the rules");
    lab.write_policy(&[("rules/all.toml", &rules)]);
    lab.apply();
    let live = lab.plan();
    assert_eq!(live.with_verdict("pending"), ["acme/behind:files.NOTICE"], "{}", live.text());
    lab.run(&["snapshot", "--out", "seen.json"]).exits(0);
    same(&lab.plan_with(&["--snapshot", "seen.json"]), &live);
    let text = std::fs::read_to_string(lab.folder().join("seen.json")).expect("the file");
    let again = Lab::new(&serde_json::from_str(&text).expect("JSON"));
    let policy = lab.policy_folder();
    let policy = policy.to_str().expect("UTF-8");
    same(&again.plan_with(&["--policy", policy]), &live);
    again.run(&["apply", "--yes", "--policy", policy]).exits(0);
    assert_eq!(again.writes(), [""; 0]);
}

/// A simulator as a process of its own, which ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_command_sim_serves_a_snapshot() {
    let lab = everything();
    lab.sim().clear_faults();
    let live = lab.plan();
    lab.run(&["snapshot", "--out", "seen.json"]).exits(0);
    let mut child = Served(
        lab.command(&["sim", "--state", "seen.json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts"),
    );
    let mut address = String::new();
    BufReader::new(child.0.stdout.take().expect("a pipe")).read_line(&mut address).expect("an address");
    let output =
        lab.command(&["plan", "--format", "json"]).env("GITHUB_API_URL", address.trim()).output().expect("it runs");
    let served = Document::new(serde_json::from_slice(&output.stdout).expect("JSON"));
    assert_eq!(served.ids(), live.ids());
    assert_eq!(served.findings(), live.findings());
}

#[test]
fn what_a_snapshot_does_not_hold_is_unknown() {
    let lab = everything();
    lab.sim().clear_faults();
    lab.run(&["snapshot", "--out", "seen.json"]).exits(0);
    lab.write_policy(&[(
        "rules/a.toml",
        "[repo.secret_scanning]\nenabled = true\n[repo.files.\"docs/x\"]\ncontent = \"x\"\n",
    )]);
    let plan = lab.run(&["plan", "--format", "json", "--snapshot", "seen.json"]);
    assert!([0, 3].contains(&plan.code), "{plan}");
    let plan = plan.document();
    for verdict in plan.findings().iter().filter(|one| one["verdict"] == "unknown") {
        assert!(verdict["message"].to_string().contains("snapshot"), "{verdict}");
    }
}
