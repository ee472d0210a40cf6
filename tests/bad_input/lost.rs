//! Writes whose answers never came: settled by reading, never sent twice.

use ordain::sim::FaultKind;
use serde_json::json;

use super::{ALERTS, status};
use crate::support::{Lab, Ran, org, repo, state};

fn lab() -> Lab {
    Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", ALERTS)])
}

fn apply(lab: &Lab) -> Ran {
    lab.run(&["apply", "--yes"])
}

const PUT: &str = "PUT /repos/acme/web/vulnerability-alerts";

#[test]
fn a_write_whose_answer_is_lost_is_settled_by_reading() {
    let after = [
        FaultKind::ResetAfter,
        FaultKind::StatusAfter(500, json!({"message": "Server Error"})),
        FaultKind::StatusAfter(502, json!({"message": "Bad Gateway"})),
        FaultKind::NotJson,
    ];
    for kind in after {
        let lab = lab();
        lab.fault("PUT", "/repos/acme/web", 1, kind.clone());
        apply(&lab).exits(0).prints("1 changed (written");
        assert_eq!(lab.writes(), [PUT], "{kind:?}");
        assert_eq!(lab.plan().changes().len(), 0);
    }
}

#[test]
fn a_write_that_did_not_arrive_is_told_and_not_sent_again() {
    for kind in [FaultKind::ResetBefore, status(500, "Server Error", &[]), status(502, "Bad Gateway", &[])] {
        let lab = lab();
        lab.fault("PUT", "/repos/acme/web", 1, kind.clone());
        let ran = apply(&lab).exits(3).prints("PUT /repos/acme/web/vulnerability-alerts").prints("1 failed");
        assert!(!ran.stdout.contains("also when asked again"), "a write is sent once\n{ran}");
        assert!(lab.writes().len() <= 1, "{kind:?} {:?}", lab.writes());
        apply(&lab).exits(0).prints("1 changed (written");
    }
}

#[test]
fn a_pull_request_whose_answers_are_lost_is_opened_once() {
    let rule = "[repo.files.\"NOTES.md\"]\ncontent = \"x\\n\"\n";
    // Requests that write: the branch, the commit, the pull request. Readings go by GET and query.
    for (method, path, after) in [("POST", "/repos/acme/web/git/refs", 0), ("POST", "/repos/acme/web/pulls", 0)] {
        for kind in [FaultKind::ResetAfter, FaultKind::StatusAfter(502, json!({"message": "Bad Gateway"}))] {
            let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", rule)]);
            super::fault_after(&lab, method, path, after, kind.clone());
            let first = apply(&lab);
            let second = apply(&lab).exits(0);
            let mut pulls = 0;
            let mut commits = 0;
            lab.edit(|world| {
                let repo = world.repo("acme", "web").expect("there");
                pulls = repo.pulls.len();
                commits = repo.commits.len();
            });
            assert_eq!((pulls, commits), (1, 2), "{path} {kind:?}\n{first}\n{second}");
            assert_eq!(lab.plan().with_verdict("pending").len(), 1);
        }
    }
}

#[test]
fn a_commit_whose_answer_is_lost_is_made_once() {
    let rule = "[repo.files.\"NOTES.md\"]\ncontent = \"x\\n\"\n";
    for nth in 0..8 {
        let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", rule)]);
        super::fault_after(&lab, "POST", "/graphql", nth, FaultKind::ResetAfter);
        let first = apply(&lab);
        let second = apply(&lab).exits(0);
        let mut made = (0, 0);
        lab.edit(|world| {
            let repo = world.repo("acme", "web").expect("there");
            made = (repo.pulls.len(), repo.commits.len());
        });
        assert_eq!(made, (1, 2), "{nth}\n{first}\n{second}");
    }
}
