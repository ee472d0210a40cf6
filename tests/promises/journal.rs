//! What an apply leaves behind, whatever happens to it.

use std::fs;

use ordain::{
    apply::{Entry, read_journal},
    sim::FaultKind,
};
use serde_json::Value;

use crate::support::{Lab, org, repo, state};

fn lab() -> Lab {
    let repos = (0..4).map(|n| repo(&format!("repo-{n}")).pvr(false));
    Lab::new(&state([org("acme").repos(repos)]))
        .policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")])
}

fn entries(lab: &Lab) -> Vec<Entry> {
    let text = fs::read_to_string(lab.folder().join("journal.jsonl")).expect("the journal");
    read_journal(&text).expect("a journal")
}

#[test]
fn each_write_stands_in_the_journal_before_and_after_it() {
    let lab = lab();
    lab.run(&["apply", "--yes", "--journal", "journal.jsonl"]).exits(0);
    let schema: Value = lab.run(&["schema", "journal"]).exits(0).value();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for line in fs::read_to_string(lab.folder().join("journal.jsonl")).expect("the journal").lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert!(validator.is_valid(&line), "{line}");
    }
    let entries = entries(&lab);
    let mut open = Vec::new();
    let mut done = 0;
    for entry in &entries {
        match entry {
            Entry::Intent(intent) => open.push(intent.seq),
            Entry::Outcome { seq, result, .. } => {
                assert_eq!(result, "applied");
                open.retain(|one| one != seq);
                done += 1;
            }
            Entry::Begin { .. } | Entry::Closing { .. } | Entry::End { .. } => {}
        }
    }
    assert_eq!((done, open.len()), (4, 0));
    assert!(matches!(entries.last(), Some(Entry::End { complete: true, .. })));
    lab.finish();
}

#[test]
fn a_journal_is_never_written_over() {
    let lab = lab();
    fs::write(lab.folder().join("journal.jsonl"), "precious").expect("written");
    lab.run(&["apply", "--yes", "--journal", "journal.jsonl"]).exits(1).tells("nothing was changed");
    assert_eq!(fs::read_to_string(lab.folder().join("journal.jsonl")).expect("there"), "precious");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}

/// The answer is lost after the write took effect: the journal says applied, and the write was sent once.
#[test]
fn a_lost_answer_is_settled_by_reading() {
    let lab = lab();
    lab.fault("PUT", "/repos/acme/repo-2/private-vulnerability-reporting", 1, FaultKind::ResetAfter);
    lab.run(&["apply", "--yes", "--journal", "journal.jsonl"]).exits(0);
    assert_eq!(lab.count("PUT", "/repos/acme/repo-2/private-vulnerability-reporting"), 1);
    assert!(entries(&lab).iter().all(|entry| !matches!(entry, Entry::Outcome { result, .. } if result != "applied")));
    lab.finish();
}

#[test]
fn two_applies_at_once_on_one_policy_folder_are_one_too_many() {
    let lab = lab();
    let file = fs::File::open(lab.policy_folder().join("policy.toml")).expect("the policy");
    file.try_lock().expect("nobody else");
    lab.run(&["apply", "--yes"]).exits(1).tells("another apply");
    assert_eq!(lab.writes(), Vec::<String>::new());
    drop(file);
    lab.run(&["apply", "--yes"]).exits(0);
    lab.finish();
}

/// A kill at any moment: the journal is read, and the next apply ends what was begun.
#[test]
fn a_kill_leaves_a_journal_and_the_next_apply_converges() {
    for after in [0, 40, 80, 120, 160, 220, 300] {
        let lab = lab();
        let mut child = lab
            .command(&["apply", "--yes", "--journal", "journal.jsonl"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(after));
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        if let Ok(text) = fs::read_to_string(lab.folder().join("journal.jsonl"))
            && !text.is_empty()
        {
            assert!(read_journal(&text).is_ok() || !text.contains('\n'), "{text}");
        }
        lab.run(&["apply", "--yes"]).exits(0);
        lab.run(&["plan", "--detailed-exitcode"]).exits(0);
        for n in 0..4 {
            assert!(
                lab.count("PUT", &format!("/repos/acme/repo-{n}/private-vulnerability-reporting")) <= 1,
                "repo-{n}"
            );
        }
        lab.finish();
    }
}
