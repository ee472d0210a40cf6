//! Files by pull request: one for each repository, in one signed commit, never twice, never over somebody else's commits.

use ordain::sim::{Act, FaultKind, World};
use serde_json::{Value, json};

use crate::support::{Lab, RepoState, org, repo, state};

const BRANCH: &str = "refs/heads/ordain/policy";

/// A rule that wants these files in `web`.
fn rule(files: &[(&str, &str)]) -> String {
    let items: Vec<String> =
        files.iter().map(|(path, text)| format!("[repo.files.{path:?}]\ncontent = {text:?}\n")).collect();
    format!("[match]\nrepo = \"web\"\n{}", items.join("\n"))
}

fn lab(web: RepoState, files: &[(&str, &str)]) -> Lab {
    Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", &rule(files))])
}

/// The pull requests of `web`, as the state says them.
fn pulls(lab: &Lab) -> Vec<Value> {
    web(lab)["simulator"]["pulls"].as_array().cloned().unwrap_or_default()
}

fn web(lab: &Lab) -> Value {
    lab.state()["organizations"][0]["repositories"][0].clone()
}

fn branch(lab: &Lab) -> Option<String> {
    web(lab)["simulator"]["git"]["refs"][BRANCH].as_str().map(str::to_owned)
}

/// The commits of the branch that the default branch has not, newest first.
fn commits(lab: &Lab) -> Vec<Value> {
    let git = &web(lab)["simulator"]["git"];
    let all = git["commits"].as_array().expect("commits");
    let find = |oid: &str| all.iter().find(|commit| commit["oid"] == oid).expect("a commit");
    let (mut at, main) = (branch(lab).expect("the branch"), git["refs"]["refs/heads/main"].as_str().expect("main"));
    let mut own = Vec::new();
    while at != main {
        let commit = find(&at);
        own.push(commit.clone());
        at = commit["parents"][0].as_str().expect("a parent").to_owned();
    }
    own
}

#[test]
fn one_is_opened_with_everything_in_one_signed_commit_of_ours() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n"), ("docs/a.md", "two\n"), (".github/b.yml", "three\n")]);
    let applied = lab.apply();
    assert_eq!(applied["outcomes"].as_array().map(Vec::len), Some(3), "{applied}");
    for outcome in applied["outcomes"].as_array().expect("outcomes") {
        assert_eq!((&outcome["result"], &outcome["how"]), (&json!("pull_request"), &json!("opened")), "{outcome}");
    }
    let pulls = pulls(&lab);
    assert_eq!(pulls.len(), 1, "{pulls:?}");
    assert_eq!((&pulls[0]["head"], &pulls[0]["base"]), (&json!("ordain/policy"), &json!("main")));
    let commits = commits(&lab);
    assert_eq!(commits.len(), 1, "{commits:?}");
    assert_eq!((&commits[0]["signed"], &commits[0]["author"]["login"]), (&json!(true), &json!("ordain-bot")));
    assert_eq!(commits[0]["committer"]["login"], "web-flow");
}

#[test]
fn an_open_one_is_pending_and_nothing_is_written() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n")]);
    lab.apply();
    lab.forget();
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:files.NOTICE"), "pending");
    assert!(plan.finding("acme/web:files.NOTICE")["message"].as_str().expect("a text").contains("/pull/1"));
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
    lab.run(&["drift"]).exits(2);
    lab.merge();
    assert_eq!(lab.plan_with(&["--all"]).verdict("acme/web:files.NOTICE"), "compliant");
}

#[test]
fn a_changed_policy_updates_it_in_place() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n"), ("old.md", "old\n")]);
    lab.apply();
    lab.write_policy(&[("rules/a.toml", &rule(&[("NOTICE", "two\n"), ("new.md", "new\n")]))]);
    let applied = lab.apply();
    assert!(applied["outcomes"].as_array().expect("outcomes").iter().all(|one| one["how"] == "updated"), "{applied}");
    assert_eq!(pulls(&lab).len(), 1);
    assert_eq!(pulls(&lab)[0]["number"], 1);
    assert_eq!(commits(&lab).len(), 2, "one more commit");
    assert_eq!(lab.plan().with_verdict("pending"), ["acme/web:files.NOTICE", "acme/web:files.new.md"]);
    lab.merge();
    lab.edit(|world| {
        let org = world.org("acme").expect("it is there");
        assert_eq!(org.file("web", "NOTICE"), Some("two\n"));
        assert_eq!(org.file("web", "new.md"), Some("new\n"));
        assert_eq!(org.file("web", "old.md"), None, "exactly the planned files");
    });
}

/// The branch began where NOTICE was as it should be, so that nothing on it could change what it has become since.
#[test]
fn one_that_the_default_branch_has_outrun_is_made_anew() {
    let lab = lab(repo("web").file("NOTICE", "one\n"), &[("NOTICE", "one\n"), ("other.md", "x\n")]);
    lab.apply();
    lab.edit(|world| world.write_file("acme", "web", "NOTICE", Some("broken\n")));
    let applied = lab.apply();
    let outcomes = applied["outcomes"].as_array().expect("outcomes");
    assert!(outcomes.iter().all(|one| one["how"] == "opened" && one["number"] == 2), "{applied}");
    let states: Vec<_> = pulls(&lab).iter().map(|pull| pull["state"].clone()).collect();
    assert_eq!(states, ["closed", "open"]);
    lab.forget();
    assert_eq!(lab.plan().with_verdict("pending"), ["acme/web:files.NOTICE", "acme/web:files.other.md"]);
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn what_others_brought_meanwhile_leaves_the_pull_request() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n")]);
    lab.apply();
    lab.edit(|world| world.write_file("acme", "web", "NOTICE", Some("one\n")));
    lab.write_policy(&[("rules/a.toml", &rule(&[("other.md", "x\n")]))]);
    assert_eq!(lab.apply()["outcomes"][0]["how"], "updated");
    let branch = branch(&lab).expect("there is one");
    lab.forget();
    assert_eq!(lab.plan().with_verdict("pending"), ["acme/web:files.other.md"]);
    lab.apply();
    assert_eq!((lab.writes(), self::branch(&lab)), (Vec::new(), Some(branch)));
}

#[test]
fn one_that_is_no_longer_needed_is_closed_and_its_branch_removed() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n")]);
    lab.apply();
    lab.edit(|world| world.write_file("acme", "web", "NOTICE", Some("one\n")));
    let plan = lab.plan();
    assert!(plan.ids().is_empty());
    assert!(plan.0["warnings"].to_string().contains("no longer needed"), "{}", plan.text());
    lab.run(&["apply"]).exits(1).tells("there is no terminal to ask at; nothing was changed");
    let applied = lab.apply_with(&["--journal", "journal.jsonl"]);
    assert_eq!(applied["closed"].as_array().map(Vec::len), Some(1), "{applied}");
    assert_eq!(pulls(&lab)[0]["state"], "closed");
    assert_eq!(branch(&lab), None);
    let journal = std::fs::read_to_string(lab.folder().join("journal.jsonl")).expect("the journal");
    let lines: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<_> = lines.iter().map(|line| line["entry"].as_str().expect("text")).collect();
    assert_eq!(told, ["begin", "closing", "outcome", "end"]);
    assert_eq!((&lines[1]["url"], &lines[2]["result"]), (&applied["closed"][0], &json!("applied")));
    let schema: Value = lab.run(&["schema", "journal"]).exits(0).value();
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&lines[1]));
    lab.run(&["undo", "journal.jsonl"]).exits(0).prints("was closed, since it was no longer needed");
}

#[test]
fn a_saved_plan_closes_only_what_it_says() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n")]);
    lab.apply();
    lab.run(&["plan", "--out", "before.json"]).exits(0);
    lab.edit(|world| world.write_file("acme", "web", "NOTICE", Some("one\n")));
    lab.run(&["plan", "--out", "after.json"]).exits(0);
    assert_eq!(lab.apply_with(&["before.json"])["closed"], json!([]));
    assert_eq!(pulls(&lab)[0]["state"], "open");
    assert_eq!(lab.apply_with(&["after.json"])["closed"].as_array().map(Vec::len), Some(1));
    assert_eq!((&pulls(&lab)[0]["state"], branch(&lab)), (&json!("closed"), None));
}

#[test]
fn a_saved_plan_that_is_whole_brings_the_branch_to_just_its_files() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n"), ("old.md", "old\n")]);
    lab.apply();
    lab.write_policy(&[("rules/a.toml", &rule(&[("NOTICE", "two\n")]))]);
    lab.run(&["plan", "--out", "plan.json"]).exits(0);
    lab.apply_with(&["plan.json"]);
    lab.merge();
    lab.edit(|world| {
        let org = world.org("acme").expect("it is there");
        assert_eq!((org.file("web", "NOTICE"), org.file("web", "old.md")), (Some("two\n"), None));
    });
}

#[test]
fn one_is_closed_before_its_repository_is_archived_and_not_after() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n")]);
    lab.apply();
    lab.edit(|world| world.write_file("acme", "web", "NOTICE", Some("one\n")));
    let wanted = rule(&[("NOTICE", "one\n")]);
    let archiving = wanted
        .replace("[match]\n", "[match]\narchived = [true, false]\n")
        .replace("[repo.files", "[repo]\narchived = true\n[repo.files");
    lab.write_policy(&[("rules/a.toml", &archiving)]);
    let before = lab.state();
    let applied = lab.apply_with(&["--allow", "acme/web:archived"]);
    assert_eq!(applied["closed"].as_array().map(Vec::len), Some(1), "{applied}");
    assert_eq!((&pulls(&lab)[0]["state"], branch(&lab)), (&json!("closed"), None));
    // Somebody else archived it first: what is open stays open, and is not told every time.
    let lab = Lab::new(&before).policy(&[("rules/a.toml", &archiving)]);
    lab.edit(|world| world.repo("acme", "web").expect("it is there").set("archived", json!(true)));
    assert!(!lab.plan().text().contains("no longer needed"));
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}

/// Somebody pushes to the branch in the moment in which its pull request is closed: their commit is not thrown away.
#[test]
fn a_branch_that_is_not_ours_any_more_stays_when_its_pull_request_is_closed() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n")]);
    lab.apply();
    lab.edit(|world| world.write_file("acme", "web", "NOTICE", Some("one\n")));
    lab.fault("PATCH", "/repos/acme/web/pulls/1", 1, FaultKind::Meanwhile(Act::new(push_as_mallory)));
    assert_eq!(lab.apply()["closed"].as_array().map(Vec::len), Some(1));
    assert!(branch(&lab).is_some(), "it holds somebody's commit");
}

#[test]
fn one_that_cannot_be_closed_is_told_and_the_exit_code_says_so() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n")]);
    lab.apply();
    lab.edit(|world| world.write_file("acme", "web", "NOTICE", Some("one\n")));
    let refused = FaultKind::Status(403, json!({"message": "Resource not accessible by integration"}), Vec::new());
    lab.fault("PATCH", "/repos/acme/web/pulls/1", 1, refused);
    let ran = lab.run(&["apply", "--yes"]).exits(3).prints("No longer needed, and not closed:");
    ran.prints("Resource not accessible").prints("Nothing else was to be done");
    assert_eq!(pulls(&lab)[0]["state"], "open");
    // A lost answer is settled by looking.
    lab.fault("PATCH", "/repos/acme/web/pulls/1", 1, FaultKind::ResetAfter);
    assert_eq!(lab.apply()["closed"].as_array().map(Vec::len), Some(1));
    assert_eq!(branch(&lab), None);
}

fn push_as_mallory(world: &mut World) {
    let author = ordain::sim::Signer::of("mallory", "2026-11-22T12:00:00Z");
    let files = [("evil.md".to_owned(), Some(b"mine\n".to_vec()))];
    world.commit_to(0, 0, "ordain/policy", &files, "Help", &author, false).expect("a commit");
}

#[test]
fn somebody_elses_commit_makes_it_untouchable() {
    let lab = lab(repo("web"), &[("NOTICE", "one\n")]);
    lab.apply();
    lab.edit(push_as_mallory);
    let before = lab.state();
    lab.write_policy(&[("rules/a.toml", &rule(&[("NOTICE", "two\n")]))]);
    lab.forget();
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:files.NOTICE"), "violation", "{}", plan.text());
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
    assert_eq!(lab.state(), before);
    // Not even when it is no longer needed.
    lab.write_policy(&[("rules/a.toml", &rule(&[("README.md", "# Read me\n")]))]);
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn somebody_elses_pull_request_from_our_branch_is_untouchable() {
    let theirs = json!([{"number": 7, "title": "Mine", "head": "ordain/policy", "base": "main", "state": "open",
        "author": "mallory", "files": {"NOTICE": "theirs\n"}}]);
    let lab = lab(repo("web").sim("pulls", theirs), &[("NOTICE", "one\n")]);
    assert_eq!(lab.plan().verdict("acme/web:files.NOTICE"), "violation");
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn a_fork_with_the_same_branch_name_is_ignored() {
    let fork = json!([{"number": 7, "title": "Mine", "head": "ordain/policy", "base": "main", "state": "open",
        "author": "mallory", "head_repo": "mallory/web", "files": {"NOTICE": "one\n"}}]);
    let lab = lab(repo("web").sim("pulls", fork), &[("NOTICE", "one\n")]);
    assert_eq!(lab.plan().verdict("acme/web:files.NOTICE"), "change");
    lab.apply();
    let pulls = pulls(&lab);
    assert_eq!(pulls.len(), 2, "{pulls:?}");
    assert_eq!((&pulls[0]["state"], &pulls[1]["state"]), (&json!("open"), &json!("open")));
    assert_eq!(pulls[1]["author"], "ordain-bot");
    assert_eq!(lab.plan().verdict("acme/web:files.NOTICE"), "pending");
}

#[test]
fn a_branch_that_was_left_over_is_used_again() {
    let left = json!({"ordain/policy": {"files": {"old.md": "old\n"}, "author": "ordain-bot"}});
    let lab = lab(repo("web").sim("branches", left), &[("NOTICE", "one\n")]);
    assert_eq!(lab.plan().verdict("acme/web:files.NOTICE"), "change");
    lab.apply();
    assert_eq!(commits(&lab).len(), 1, "it starts anew at the default branch's head");
    assert_eq!(pulls(&lab).len(), 1);
    lab.merge();
    lab.edit(|world| assert_eq!(world.org("acme").expect("it is there").file("web", "old.md"), None));
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_branch_of_somebody_else_without_a_pull_request_is_untouchable() {
    let left = json!({"ordain/policy": {"files": {"old.md": "old\n"}, "author": "mallory"}});
    let lab = lab(repo("web").sim("branches", left), &[("NOTICE", "one\n")]);
    assert_eq!(lab.plan().verdict("acme/web:files.NOTICE"), "violation");
}

#[test]
fn a_commit_is_guarded_by_the_head() {
    let rule = "[repo.files.NOTICE]\ncontent = \"ours\\n\"\ndelivery = \"commit\"\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", rule)]);
    assert_eq!(lab.plan().change("acme/web:files.NOTICE")["delivery"], "commit");
    let before = web(&lab)["simulator"]["git"]["refs"]["refs/heads/main"].clone();
    lab.apply();
    let sent = lab.exchanges();
    let commit = sent.iter().find(|exchange| crate::support::is_write(exchange)).expect("a commit");
    let input = &commit.request_body.as_ref().expect("a body")["variables"]["input"];
    assert_eq!(input["expectedHeadOid"], before, "{input}");
    assert_eq!(input["branch"]["branchName"], "main");
    assert_eq!(lab.writes().len(), 1, "no branch and no pull request: {:?}", lab.writes());
    assert!(pulls(&lab).is_empty());
    assert_eq!(lab.plan_with(&["--all"]).verdict("acme/web:files.NOTICE"), "compliant");
}

#[test]
fn an_empty_repository_takes_no_files() {
    let lab = lab(repo("web").empty(), &[("NOTICE", "one\n")]);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:files.NOTICE"), "violation");
    assert!(plan.finding("acme/web:files.NOTICE")["message"].as_str().expect("a text").contains("no commit"));
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn workflow_files_and_codeowners_go_by_pull_request_only() {
    for path in [".github/workflows/ci.yml", ".github/CODEOWNERS"] {
        let rule = format!("[repo.files.{path:?}]\ncontent = \"ours\\n\"\ndelivery = \"commit\"\n");
        let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", &rule)]);
        let planned = lab.run(&["plan", "--format", "json"]);
        if planned.code == 0 {
            let plan = planned.document();
            assert_eq!(plan.change(&format!("acme/web:files.{path}"))["delivery"], "pull_request");
            lab.apply();
            assert_eq!(pulls(&lab).len(), 1, "{path}");
        } else {
            planned.exits(1).tells("pull request");
        }
    }
}

#[test]
fn present_contains_and_absent() {
    let rule = r#"
        [repo.files."LICENSE"]
        ensure = "present"
        [repo.files."NEW"]
        ensure = "present"
        content = "new\n"
        [repo.files."NOTICE"]
        ensure = "contains"
        content = "our line"
        [repo.files."CREDITS"]
        ensure = "contains"
        template = "credits"
        [repo.files."junk.txt"]
        ensure = "absent"
    "#;
    let web = repo("web").file("LICENSE", "any\n").file("NOTICE", "theirs\n").file("CREDITS", "them\n");
    let lab = Lab::new(&state([org("acme").repo(web.file("junk.txt", "junk\n"))]))
        .policy(&[("rules/a.toml", rule), ("files/credits", "and us\n")]);
    let plan = lab.plan_with(&["--all"]);
    assert_eq!(plan.verdict("acme/web:files.LICENSE"), "compliant");
    assert_eq!(plan.verdict("acme/web:files.NOTICE"), "violation", "nothing says how to mend it");
    assert_eq!(plan.ids(), ["acme/web:files.CREDITS", "acme/web:files.NEW", "acme/web:files.junk.txt"]);
    let gone = plan.change("acme/web:files.junk.txt");
    assert_eq!((&gone["action"], &gone["deletes"]), (&json!("delete"), &json!(true)));
    assert_eq!(plan.0["refused"], json!([{"limit": "deletions", "allowed": 0, "planned": 1}]));
    lab.forget();
    lab.run(&["apply", "--yes"]).exits(1).tells("deletions");
    assert_eq!(lab.writes(), [""; 0]);
    lab.apply_with(&["--limit", "deletions=1"]);
    lab.merge();
    lab.edit(|world| {
        let org = world.org("acme").expect("it is there");
        assert_eq!(org.file("web", "CREDITS"), Some("them\nand us\n"));
        assert_eq!(org.file("web", "NEW"), Some("new\n"));
        assert_eq!(org.file("web", "junk.txt"), None);
    });
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_policy_cannot_allow_deletions_for_good() {
    let rule = "[repo.files.\"junk.txt\"]\nensure = \"absent\"\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web").file("junk.txt", "junk\n"))]));
    let policy = lab.policy_toml("[limits]\ndeletions = 5\n");
    lab.write_policy(&[("policy.toml", &policy), ("rules/a.toml", rule)]);
    lab.run(&["apply", "--yes"]).exits(1).tells("deletions");
    lab.run(&["apply", "--yes", "--limit", "deletions=1"]).exits(0);
}

#[test]
fn folders_and_links_in_the_way_are_violations() {
    let lab = lab(repo("web").file("docs/a.md", "a\n"), &[("docs", "a file\n"), ("README.md/b", "below a file\n")]);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:files.docs"), "violation");
    assert_eq!(plan.verdict("acme/web:files.README.md/b"), "violation");
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}
