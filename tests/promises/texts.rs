//! A plan shows the text of a file that it writes, and of the one that it replaces.

use crate::support::{Lab, org, repo, state};

#[test]
fn both_texts_stand_in_the_plan_and_the_page_shows_what_differs() {
    let web = repo("web").file("SECURITY.md", "Ask anyone.\nThanks.\n");
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[
        ("rules/a.toml", "[repo.files.\"SECURITY.md\"]\ntemplate = \"SECURITY.md\"\n"),
        ("files/SECURITY.md", "Write to security@acme.example.\nThanks.\n"),
    ]);
    let plan = lab.plan();
    let change = plan.change("acme/web:files.SECURITY.md");
    assert_eq!(change["before"]["text"], "Ask anyone.\nThanks.\n");
    assert_eq!(change["after"]["text"], "Write to security@acme.example.\nThanks.\n");
    lab.run(&["plan"]).exits(0).prints("- Ask anyone.").prints("+ Write to security@acme.example.");
    lab.finish();
}

#[test]
fn an_apply_for_the_public_names_no_private_repository() {
    let repos = [repo("web").alerts(false), repo("hush-hush").private().alerts(false)];
    let lab =
        Lab::new(&state([org("acme").repos(repos)])).policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")]);
    lab.run(&["apply", "--yes", "--public-only"])
        .exits(0)
        .prints("web")
        .tells("not shown (--public-only): 1")
        .hides("hush-hush");
    lab.run(&["plan", "--detailed-exitcode"]).exits(0);
    lab.finish();
}
