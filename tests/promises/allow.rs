//! Changes that neither `--yes` nor a limit lets through, but only `--allow ID`.

use std::{fs, path::Path};

use crate::support::{Lab, org, repo, state};

fn lab() -> Lab {
    let repos = [repo("policy").pvr(false), repo("web").pvr(false)];
    Lab::new(&state([org("acme").repos(repos)]))
        .policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")])
        .env("GITHUB_REPOSITORY", "acme/policy")
}

const ID: &str = "acme/policy:private_vulnerability_reporting";
const FLAG: &str = "--allow 'acme/policy:private_vulnerability_reporting'";

#[test]
fn the_policys_own_repository_waits_for_leave_and_the_rest_goes_on() {
    let lab = lab();
    lab.run(&["plan"]).exits(0).prints("NEEDS --allow").prints(FLAG).prints("the policy itself stands");
    lab.run(&["plan", "--format", "markdown"]).exits(0).prints("NEEDS --allow").prints("the policy itself stands");
    lab.run(&["apply", "--yes"]).exits(3).prints("1 refused").prints(ID).prints("1 changed");
    assert_eq!(lab.writes(), ["PUT /repos/acme/web/private-vulnerability-reporting"]);
    assert_eq!(lab.plan().ids(), [ID]);
    lab.run(&["apply", "--yes", "--allow", ID]).exits(0).prints("1 changed");
    assert_eq!(lab.plan().changes().len(), 0);
    lab.finish();
}

#[test]
fn an_undo_waits_for_leave_too() {
    let lab = lab();
    lab.run(&["apply", "--yes", "--allow", ID, "--journal", "journal.jsonl"]).exits(0);
    lab.forget();
    lab.run(&["undo", "journal.jsonl", "--yes"]).exits(1).tells(FLAG);
    lab.run(&["undo", "journal.jsonl", "--yes", "--limit", "loosening=2"]).exits(3).prints("1 refused").prints(FLAG);
    assert_eq!(lab.writes(), ["DELETE /repos/acme/web/private-vulnerability-reporting"]);
    lab.forget();
    lab.run(&["undo", "journal.jsonl", "--yes", "--limit", "loosening=2", "--allow", ID]).exits(0).prints("1 changed");
    assert_eq!(lab.writes(), ["DELETE /repos/acme/policy/private-vulnerability-reporting"]);
    lab.finish();
}

/// A saved plan gives no leave.
#[test]
fn a_saved_plan_gives_no_leave() {
    let lab = lab();
    lab.run(&["plan", "--out", "plan.json"]).exits(0);
    lab.run(&["apply", "plan.json", "--yes"]).exits(3).prints("1 refused");
    assert_eq!(lab.writes().len(), 1);
    lab.finish();
}

#[test]
fn a_leave_that_fits_nothing_is_told() {
    let lab = lab();
    let ran = lab.run(&["apply", "--yes", "--allow", "acme/policy:private_vulnerability_report"]).exits(3);
    ran.tells("it fits no change of this plan").tells(FLAG);
    let lab = self::lab();
    lab.run(&["apply", "--yes", "--allow", "acme/web:private_vulnerability_reporting"])
        .exits(3)
        .tells("the change needs no leave");
}

#[test]
fn what_waits_for_leave_counts_in_the_limits() {
    let lab = lab();
    lab.run(&["apply", "--yes", "--limit", "changes=1"]).exits(1).tells("2 changes are planned; the limit is 1");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}

/// The checkout's own remote says more than the workflow that runs.
#[test]
fn the_checkouts_remote_names_the_repository() {
    let lab = lab().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    checkout(lab.folder(), "git@github.com:acme/web.git");
    lab.run(&["apply", "--yes"]).exits(3).prints("--allow 'acme/web:private_vulnerability_reporting'");
    assert_eq!(lab.writes(), ["PUT /repos/acme/policy/private-vulnerability-reporting"]);
    lab.finish();
}

/// What `git clone` leaves, as far as the remote goes.
fn checkout(folder: &Path, origin: &str) {
    let git = folder.join(".git");
    for inner in ["objects", "refs/heads"] {
        fs::create_dir_all(git.join(inner)).expect("a folder");
    }
    fs::write(git.join("HEAD"), "ref: refs/heads/main\n").expect("HEAD");
    let config = format!("[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = {origin}\n");
    fs::write(git.join("config"), config).expect("the configuration");
}
