//! What unlocks goes first, what locks last, and what follows a renamed branch.

use ordain::sim::FaultKind;
use serde_json::{Value, json};

use super::rule;
use crate::support::{Lab, Ran, org, repo, state};

#[test]
fn a_repository_is_unarchived_first_and_then_changed_in_the_same_apply() {
    let web = repo("web").archived().set("has_wiki", json!(true));
    let lines = "[repo]\narchived = false\nhas_wiki = false\ndescription = \"Back\"\n";
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", &rule(lines))]);
    assert_eq!(lab.plan().ids(), ["acme/web:archived", "acme/web:description", "acme/web:has_wiki"]);
    // Without the change that unarchives it the others are what they were: not to be written.
    let plan = lab.plan_with(&["--setting", "has_wiki"]);
    assert_eq!(plan.verdict("acme/web:has_wiki"), "violation", "{}", plan.text());
    lab.apply();
    assert_eq!(lab.writes(), ["PATCH /repos/acme/web", "PATCH /repos/acme/web"]);
    let bodies: Vec<_> =
        lab.exchanges().iter().filter(|e| e.method == "PATCH").map(|e| e.request_body.clone()).collect();
    assert_eq!(bodies[0], Some(json!({"archived": false})));
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn what_cannot_be_unarchived_is_not_written_to() {
    let web = repo("web").archived().set("has_wiki", json!(true));
    let lines = "[repo]\narchived = false\nhas_wiki = false\n";
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", &rule(lines))]);
    let refusal = FaultKind::Status(403, json!({"message": "Locked for a migration", "status": "403"}), Vec::new());
    lab.fault("PATCH", "/repos/acme/web", 9, refusal);
    lab.run(&["apply", "--yes"]).exits(3).prints("archived was not changed");
    assert_eq!(lab.count("PATCH", "/repos/acme/web"), 1);
}

#[test]
fn an_archived_repository_stays_as_it_is() {
    let web = repo("web").archived().set("has_wiki", json!(true));
    let lab = Lab::new(&state([org("acme").repo(web)]))
        .policy(&[("rules/a.toml", &rule("[repo]\narchived = true\nhas_wiki = false\n"))]);
    let plan = lab.plan_with(&["--all"]);
    assert_eq!(plan.verdict("acme/web:archived"), "compliant");
    assert_eq!(plan.verdict("acme/web:has_wiki"), "violation");
}

#[test]
fn a_default_branch_that_is_there_is_switched_to_which_loosens() {
    let web =
        repo("web").set("default_branch", json!("master")).sim("branches", json!({"main": {"files": {"a": "b"}}}));
    let lab =
        Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", "[repo]\ndefault_branch = \"main\"\n")]);
    assert_eq!(lab.plan().changes()[0]["effect"], "loosening");
    lab.run(&["apply", "--yes"]).exits(1);
    assert_eq!(lab.writes(), [""; 0]);
    lab.apply_with(&["--limit", "loosening=1"]);
    assert_eq!(lab.writes(), ["PATCH /repos/acme/web"]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_repository_without_a_commit_keeps_its_default_branch() {
    let lab = Lab::new(&state([org("acme").repo(repo("web").empty())]))
        .policy(&[("rules/a.toml", "[repo]\ndefault_branch = \"trunk\"\n")]);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:default_branch"), "violation");
    assert!(plan.ids().is_empty());
}

#[test]
fn files_go_to_the_branch_that_the_same_apply_renamed() {
    for delivery in ["commit", "pull_request"] {
        let lines = format!(
            "[repo]\ndefault_branch = \"main\"\n[repo.files.NOTICE]\ncontent = \"ours\\n\"\ndelivery = \"{delivery}\"\n"
        );
        let lab = Lab::new(&state([org("acme").repo(repo("web").set("default_branch", json!("master")))]))
            .policy(&[("rules/a.toml", &rule(&lines))]);
        lab.apply();
        lab.merge();
        let after = lab.state();
        let web = &after["organizations"][0]["repositories"][0];
        assert_eq!(web["default_branch"], "main");
        let names: Vec<_> = web["trees"][""]["known"].as_array().expect("a list").iter().map(|e| &e["name"]).collect();
        assert!(names.contains(&&json!("NOTICE")), "{delivery}: {names:?}");
        assert!(lab.plan().ids().is_empty(), "{delivery}: {}", lab.plan().text());
    }
}

/// Applies a policy that archives `acme/web`, with the one word that lets it through where `apply` asks for it.
fn archive(lab: &Lab) -> Ran {
    let asks = lab.run(&["apply", "--help"]).stdout.contains("--allow");
    let allow: &[&str] = if asks { &["--allow", "acme/web:archived"] } else { &[] };
    lab.run(&[&["apply", "--yes"], allow].concat())
}

#[test]
fn archiving_is_the_last_write_and_goes_by_itself() {
    let lines = "[repo]\narchived = true\nhas_wiki = false\nweb_commit_signoff_required = true\ntopics = [\"old\"]\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", &rule(lines))]);
    assert_eq!(lab.plan().ids().len(), 4);
    archive(&lab).exits(0);
    let bodies: Vec<_> =
        lab.exchanges().iter().filter(|e| e.method != "GET").filter_map(|e| e.request_body.clone()).collect();
    let fields = json!({"has_wiki": false, "web_commit_signoff_required": true});
    let writes: Vec<&Value> = bodies.iter().filter(|body| body.get("query").is_none()).collect();
    assert_eq!(writes, [&fields, &json!({"names": ["old"]}), &json!({"archived": true})].to_vec().as_slice());
    let plan = lab.plan_with(&["--all"]);
    assert!(plan.ids().is_empty() && plan.with_verdict("compliant").len() == 4, "{}", plan.text());
}

#[test]
fn what_could_not_be_finished_is_not_archived() {
    let lines = "[repo]\narchived = true\nhas_wiki = false\ntopics = [\"old\"]\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", &rule(lines))]);
    let refusal = FaultKind::Status(422, json!({"message": "Not today", "status": "422"}), Vec::new());
    lab.fault("PUT", "/repos/acme/web/topics", 9, refusal);
    archive(&lab).exits(3).prints("topics was not changed");
    assert_eq!(lab.plan().ids(), ["acme/web:archived", "acme/web:topics"]);
}
