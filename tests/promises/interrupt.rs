//! Ctrl-C, and the `SIGTERM` of a runner: what is in flight is finished, nothing new is begun, and whoever cannot wait says so twice.

#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use ordain::{
    apply::{Entry, read_journal},
    sim::{Act, Fault, FaultKind},
};
use serde_json::{Value, json};

use crate::support::{Lab, org, repo, state};

const REPORTING: &str = "[repo]\nprivate_vulnerability_reporting = true\n";
const JOURNAL: &str = "journal.jsonl";

fn lab(repos: usize) -> Lab {
    let repos = (0..repos).map(|n| repo(&format!("repo-{n:02}")).pvr(false));
    Lab::new(&state([org("acme").repos(repos)])).policy(&[("rules/a.toml", REPORTING)])
}

fn start(lab: &Lab) -> Child {
    let mut command = lab.command(&["apply", "--yes", "--format", "json", "--journal", JOURNAL]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.expect("there is a kill").success());
}

/// Waits until the program says this.
fn until(stderr: &mut BufReader<ChildStderr>, words: &str) {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert!(stderr.read_line(&mut line).expect("text") > 0, "it never says {words:?}");
    }
}

/// What came of it: the outcomes by result, and the exit code.
fn end(mut child: Child) -> (Value, Option<i32>) {
    let mut stdout = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut stdout).expect("text");
    let code = child.wait().expect("it ends").code();
    (serde_json::from_str(&stdout).expect("an outcome"), code)
}

fn results(applied: &Value) -> Vec<(&str, &str)> {
    let outcomes = applied["outcomes"].as_array().expect("outcomes").iter();
    outcomes.map(|one| (one["result"].as_str().expect("text"), one["message"].as_str().unwrap_or(""))).collect()
}

fn entries(lab: &Lab) -> Vec<Entry> {
    read_journal(&fs::read_to_string(lab.folder().join(JOURNAL)).expect("the journal")).expect("a journal")
}

/// GitHub refuses for fifty minutes what is the second of its kind, or the first.
fn refuse(lab: &Lab, method: &str, after: u32) {
    let body = json!({"message": "You have exceeded a secondary rate limit."});
    let kind = FaultKind::Status(403, body, vec![("retry-after".to_owned(), "3000".to_owned())]);
    let path = "/repos/acme/repo-00/private-vulnerability-reporting".to_owned();
    lab.sim().fault(Fault { method: Some(method.to_owned()), path, after, times: 1, kind });
}

#[test]
fn what_is_in_flight_is_finished_and_nothing_new_is_begun() {
    let lab = lab(40);
    let process = Arc::new(AtomicU32::new(0));
    let of_child = Arc::clone(&process);
    let interrupt = move |_: &mut _| {
        signal("INT", of_child.load(Ordering::SeqCst));
        // The answer comes when the program has heard it.
        std::thread::sleep(Duration::from_millis(300));
    };
    lab.fault(
        "PUT",
        "/repos/acme/repo-03/private-vulnerability-reporting",
        1,
        FaultKind::Meanwhile(Act::new(interrupt)),
    );
    let child = start(&lab);
    process.store(child.id(), Ordering::SeqCst);
    let (applied, code) = end(child);
    assert_eq!(code, Some(3), "{applied}");
    let results = results(&applied);
    let left =
        results.iter().filter(|one| **one == ("skipped", "interrupted before it was begun; apply again")).count();
    let made = results.iter().filter(|one| **one == ("applied", "")).count();
    assert!(left > 20 && made > 0 && left + made == 40, "{results:?}");
    let entries = entries(&lab);
    let of = |wanted: fn(&Entry) -> bool| entries.iter().filter(|entry| wanted(entry)).count();
    assert_eq!(of(|entry| matches!(entry, Entry::Intent(_))), made);
    assert_eq!(of(|entry| matches!(entry, Entry::Outcome { result, .. } if result == "applied")), made);
    assert!(matches!(entries.last(), Some(Entry::End { complete: false, .. })));
    assert_eq!(lab.writes().len(), made);
    assert_eq!(lab.apply()["outcomes"].as_array().map(Vec::len), Some(left));
    assert_eq!(lab.writes().len(), 40, "nothing is done twice");
}

#[test]
fn what_waits_for_a_limit_before_its_write_is_not_waited_for() {
    let lab = lab(1).env("ORDAIN_CLOCK_FACTOR", "1");
    refuse(&lab, "GET", 1);
    let mut child = start(&lab);
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    until(&mut stderr, "waiting 3000 s: GitHub's secondary rate limit");
    signal("TERM", child.id());
    until(&mut stderr, "interrupted; finishing what is in flight");
    let (applied, code) = end(child);
    assert_eq!((results(&applied), code), (vec![("skipped", "interrupted before it was begun; apply again")], Some(3)));
    assert_eq!(lab.writes(), [""; 0]);
    assert!(matches!(entries(&lab).as_slice(), [Entry::Begin { .. }, Entry::End { complete: false, .. }]));
}

#[test]
fn a_second_one_stops_at_once_and_leaves_what_is_in_flight_to_the_journal() {
    let lab = lab(1).env("ORDAIN_CLOCK_FACTOR", "1");
    refuse(&lab, "PUT", 0);
    let mut child = start(&lab);
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    until(&mut stderr, "waiting 3000 s: GitHub's secondary rate limit");
    signal("INT", child.id());
    until(&mut stderr, "interrupted; finishing what is in flight");
    signal("INT", child.id());
    let (applied, code) = end(child);
    assert_eq!(code, Some(3));
    assert!(
        matches!(results(&applied).as_slice(), [("skipped", why)] if why.starts_with("interrupted twice")),
        "{applied}"
    );
    assert!(matches!(entries(&lab).as_slice(), [Entry::Begin { .. }, Entry::Intent(_)]));
    lab.run(&["undo", JOURNAL, "--yes"]).exits(0).prints("Nothing of journal.jsonl is to be taken back.");
    assert_eq!(lab.apply()["outcomes"][0]["result"], "applied");
}
