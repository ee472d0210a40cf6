//! What changes between the observation and the write: nothing is written that was not planned, and nothing elsewhere.

use serde_json::Value;

use super::{ALERTS, REPORTING, fault_after, meanwhile, nothing_written, status};
use crate::support::{Lab, org, repo, state};

fn lab(rule: &str) -> Lab {
    Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", rule)])
}

/// The results of an apply, by id.
fn results(value: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |one: &Value| (text(&one["change"]["id"]), text(&one["result"]), text(&one["message"]));
    value["outcomes"].as_array().into_iter().flatten().map(of).collect()
}

/// Applies, and holds that the one change was stale or failed with these words.
#[track_caller]
fn comes_to(lab: &Lab, result: &str, words: &[&str]) {
    let ran = lab.run(&["apply", "--yes", "--format", "json"]).exits(3);
    let results = results(&ran.value());
    let [(_, came, message)] = &results[..] else { panic!("{ran}") };
    assert_eq!(came, result, "{ran}");
    for word in words {
        assert!(message.contains(word), "{word}: {message}");
    }
}

/// The alerts of a repository.
fn alerts(lab: &Lab, name: &str) -> bool {
    let mut on = false;
    lab.edit(|world| on = world.repo("acme", name).is_some_and(|repo| repo.alerts || repo.pvr));
    on
}

#[test]
fn a_repository_renamed_meanwhile_is_not_written_to() {
    for rule in [ALERTS, REPORTING] {
        let lab = lab(rule);
        let after = u32::from(rule == REPORTING);
        fault_after(&lab, "GET", "/repos/acme/web", after, meanwhile(|world| world.rename("acme", "web", "site")));
        comes_to(&lab, "stale", &["renamed to site", "nothing was written", "plan again"]);
        assert!(!alerts(&lab, "site"));
        nothing_written(&lab);
        lab.run(&["apply", "--yes"]).exits(0);
        assert!(alerts(&lab, "site"), "the next apply finds it by its new name");
    }
}

#[test]
fn another_repository_under_the_old_name_is_not_written_to() {
    for rule in [ALERTS, REPORTING] {
        let lab = lab(rule);
        let after = u32::from(rule == REPORTING);
        let usurp = meanwhile(|world| {
            world.rename("acme", "web", "site");
            world.add_repo("acme", "web");
        });
        fault_after(&lab, "GET", "/repos/acme/web", after, usurp);
        comes_to(&lab, "stale", &["leads to another repository now"]);
        assert!(!alerts(&lab, "web") && !alerts(&lab, "site"));
        nothing_written(&lab);
    }
}

#[test]
fn a_redirect_on_a_write_means_that_nothing_was_written() {
    let lab = lab(ALERTS);
    lab.fault("PUT", "/repos/acme/web", 1, meanwhile(|world| world.rename("acme", "web", "site")));
    comes_to(&lab, "failed", &["redirect (307)", "nothing was written", "plan again"]);
    assert!(!alerts(&lab, "site"));
    assert_eq!(lab.writes().len(), 1, "the redirect was not followed: {:?}", lab.writes());
}

#[test]
fn a_repository_archived_meanwhile_is_left_alone() {
    let archive = || {
        meanwhile(|world| {
            if let Some(repo) = world.repo("acme", "web") {
                repo.fields.insert("archived".to_owned(), Value::Bool(true));
            }
        })
    };
    let early = lab(ALERTS);
    early.fault("GET", "/repos/acme/web", 1, archive());
    comes_to(&early, "stale", &["archived since it was planned", "nothing was written"]);
    nothing_written(&early);
    let late = lab(ALERTS);
    late.fault("PUT", "/repos/acme/web", 1, archive());
    comes_to(&late, "failed", &["archived"]);
    assert!(!alerts(&late, "web"));
}

#[test]
fn a_repository_deleted_meanwhile_is_told() {
    let lab = lab(ALERTS);
    lab.fault("GET", "/repos/acme/web", 1, meanwhile(|world| world.delete_repo("acme", "web")));
    comes_to(&lab, "stale", &["404", "nothing was written"]);
    nothing_written(&lab);
}

#[test]
fn what_somebody_else_did_meanwhile_is_not_done_again() {
    let lab = lab(ALERTS);
    let done = meanwhile(|world| {
        if let Some(repo) = world.repo("acme", "web") {
            repo.alerts = true;
        }
    });
    lab.fault("GET", "/repos/acme/web", 1, done);
    let ran = lab.run(&["apply", "--yes", "--format", "json"]).exits(0);
    assert_eq!(results(&ran.value())[0].1, "already_done", "{ran}");
    nothing_written(&lab);
}

#[test]
fn a_right_lost_meanwhile_is_told() {
    let lab = lab(ALERTS);
    lab.fault("PUT", "/repos/acme/web", 1, status(403, "Must have admin rights to Repository.", &[]));
    comes_to(&lab, "failed", &["Must have admin rights", "administration:write"]);
    assert!(!alerts(&lab, "web"));
}

#[test]
fn a_branch_that_moved_meanwhile_is_not_overwritten() {
    let rule = "[repo.files.\"NOTES.md\"]\ncontent = \"x\\n\"\ndelivery = \"commit\"\n";
    let lab = lab(rule);
    // The first query reads, the second reads once more; the mutation is guarded by the head.
    let moved = meanwhile(|world| world.write_file("acme", "web", "NOTES.md", Some("somebody's\n")));
    lab.fault("GET", "/repos/acme/web", 1, moved);
    let ran = lab.run(&["apply", "--yes"]).exits(3);
    let mut text = None;
    lab.edit(|world| text = world.org("acme").and_then(|org| org.file("web", "NOTES.md").map(str::to_owned)));
    assert_eq!(text.as_deref(), Some("somebody's\n"), "{ran}");
}
