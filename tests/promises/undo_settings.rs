//! Undo of settings whose values are not told as a rule says them.

use serde_json::json;

use crate::support::{Lab, org, repo, state};

const CI: &str = ".github/workflows/ci.yml";

fn undo(lab: &Lab, of: &str, to: &str) -> crate::support::Ran {
    lab.run(&["undo", of, "--yes", "--limit", "loosening=9", "--limit", "deletions=9", "--journal", to])
}

/// GitHub knows several kinds of disabled, and one call for all of them.
#[test]
fn a_workflow_goes_back_to_disabled_and_forth_again() {
    for before in ["disabled_inactivity", "disabled_manually", "active"] {
        let word = if before == "active" { "disabled" } else { "active" };
        let web = repo("web").file(CI, "on: push\n").workflow(CI, json!({"state": before}));
        let rule = format!("[repo.workflows.\"ci.yml\"]\nstate = \"{word}\"\n");
        let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", &rule)]);
        lab.run(&["apply", "--yes", "--limit", "loosening=1", "--journal", "a.jsonl"]).exits(0);
        assert_eq!(lab.plan().changes().len(), 0);
        undo(&lab, "a.jsonl", "b.jsonl").exits(0).prints("1 changed");
        assert_eq!(lab.plan().ids(), ["acme/web:workflows.ci.yml"], "{before}");
        undo(&lab, "b.jsonl", "c.jsonl").exits(0).prints("1 changed");
        assert_eq!(lab.plan().changes().len(), 0, "{before}");
        lab.finish();
    }
}

/// A configuration that was made and attached stays, and that is told; its default goes back, and so does an update.
#[test]
fn of_a_configuration_only_what_can_goes_back() {
    let rule = "[match]\norg = \"acme\"\n[org.code_security.base]\ndependabot_alerts = \"enabled\"\nattach = \"all\"\ndefault_for_new_repos = \"public\"\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", rule)]);
    lab.run(&["apply", "--yes", "--journal", "a.jsonl"]).exits(0);
    lab.forget();
    let ran = undo(&lab, "a.jsonl", "b.jsonl").exits(3).prints("2 left alone").prints("1 changed");
    ran.prints("ordain deletes no code security configuration").prints("detaching does");
    let writes = lab.writes();
    assert!(writes.len() == 1 && writes[0].ends_with("/defaults"), "{writes:?}");
    lab.write_policy(&[(
        "rules/a.toml",
        "[match]\norg = \"acme\"\n[org.code_security.base]\nsecret_scanning = \"enabled\"\n",
    )]);
    lab.run(&["apply", "--yes", "--journal", "c.jsonl"]).exits(0);
    assert_eq!(lab.plan().changes().len(), 0);
    undo(&lab, "c.jsonl", "d.jsonl").exits(0).prints("1 changed");
    assert_eq!(lab.plan().change("acme:code_security.base")["before"], json!({"secret_scanning": "not_set"}));
    lab.finish();
}

/// What people deleted since has no name to come back to; what they made anew under its name is another repository.
#[test]
fn a_repository_that_is_gone_or_made_anew_is_left() {
    let repos = [repo("one").pvr(false), repo("two").pvr(false)];
    let lab = Lab::new(&state([org("acme").repos(repos)]))
        .policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")]);
    lab.run(&["apply", "--yes", "--journal", "a.jsonl"]).exits(0);
    lab.edit(|world| {
        world.delete_repo("acme", "one");
        world.delete_repo("acme", "two");
        world.add_repo("acme", "two").expect("made").pvr = true;
    });
    lab.forget();
    undo(&lab, "a.jsonl", "b.jsonl").exits(3).prints("is gone").prints("another repository");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}
