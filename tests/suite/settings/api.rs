//! `api`: what it refuses before GitHub is asked, and that it writes only what is named.

use serde_json::json;

use crate::support::{Lab, org, repo, state};

fn lab(rule: &str) -> Lab {
    Lab::new(&state([org("acme").repo(repo("web").private())])).policy(&[("rules/a.toml", rule)])
}

const FORKS: &str = "/repos/{org}/{repo}/actions/permissions/fork-pr-workflows-private-repos";

#[test]
fn bad_paths_are_told_with_their_place_and_nothing_is_asked() {
    for (path, why) in [
        ("/repos/{org}/{repo}/hooks", "webhook"),
        ("/repos/{org}/{repo}/keys", "let somebody in"),
        ("/repos/{org}/{repo}/collaborators/eve", "who has access"),
        ("/repos/{org}/{repo}/actions/permissions", "held by a setting of its own"),
        ("/repos/{org}/{repo}", "held by a setting of its own"),
        ("/repos/{org}/{repo}/../../x", "only dots"),
        ("/repos/{org}/{repo}/a%2Fb", "character `%`"),
        ("/repos/{org}/{repo}/a?b=c", "character `?`"),
        ("https://example.org/x", "outside"),
        ("/orgs/{org}/x", "outside"),
    ] {
        let lab = lab(&format!("[repo.api.x]\nread = \"{path}\"\nfields = {{ a = true }}\n"));
        lab.run(&["plan"]).exits(1).tells(why).tells("rules/a.toml:2");
        assert!(lab.exchanges().is_empty(), "{path}");
        let lab =
            self::lab(&format!("[repo.api.x]\nread = \"{FORKS}\"\nwrite = \"PUT {path}\"\nfields = {{ a = true }}\n"));
        lab.run(&["validate"]).exits(1).tells(why).tells("rules/a.toml:3");
    }
    lab(&format!("[repo.api.x]\nread = \"{FORKS}\"\nwrite = \"DELETE {FORKS}\"\nfields = {{ a = true }}\n"))
        .run(&["validate"])
        .exits(1)
        .tells("PATCH");
}

#[test]
fn a_put_keeps_what_is_not_named_and_a_weakening_needs_its_limit() {
    let rule = format!(
        "[repo.api.forks]\nread = \"{FORKS}\"\nwrite = \"PUT {FORKS}\"\ntightens = [\"require_approval_for_fork_pr_workflows\"]\n\
         [repo.api.forks.fields]\nrun_workflows_from_fork_pull_requests = true\nrequire_approval_for_fork_pr_workflows = true\n"
    );
    let lab = lab(&rule);
    let plan = lab.plan();
    assert_eq!(plan.change("acme/web:api.forks")["effect"], "loosening");
    lab.forget();
    lab.run(&["apply", "--yes"]).exits(1).tells("loosening");
    assert_eq!(lab.writes(), [""; 0]);
    lab.apply_with(&["--limit", "loosening=1"]);
    let sent = lab.exchanges().into_iter().find(|one| one.method == "PUT").expect("a call");
    let body = json!({"run_workflows_from_fork_pull_requests": true, "send_write_tokens_to_workflows": false,
        "send_secrets_and_variables": false, "require_approval_for_fork_pr_workflows": true});
    assert_eq!(sent.request_body, Some(body));
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_field_that_github_does_not_know_is_unknown() {
    let lab = lab(&format!("[repo.api.x]\nread = \"{FORKS}\"\nfields = {{ misspelt = true }}\n"));
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    let finding = plan.finding("acme/web:api.x");
    assert_eq!(finding["verdict"], "unknown");
    assert!(finding["message"].as_str().expect("a text").contains("`misspelt`"), "{finding}");
}

#[test]
fn two_rules_may_say_one_entry_together() {
    let lab = Lab::new(&state([org("acme").repo(repo("web").private())])).policy(&[
        ("rules/a.toml", &format!("[repo.api.x]\nread = \"{FORKS}\"\n")),
        ("rules/b.toml", "[match]\nrepo = \"web\"\n[repo.api.x.fields]\nsend_secrets_and_variables = false\n"),
    ]);
    assert_eq!(lab.plan_with(&["--all"]).verdict("acme/web:api.x"), "compliant");
}
