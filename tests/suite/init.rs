//! `ordain init`: the policy that it writes changes nothing, and says what could be better.

use std::fs;

use serde_json::json;

use crate::support::{Lab, Token, org, repo, state, state_with};

fn lab() -> Lab {
    let repos = (0..6).map(|n| repo(&format!("lib{n}")).pvr(n < 5).alerts(n < 2));
    Lab::new(&state([org("acme").repos(repos).repo(repo("notes").set("visibility", json!("private")).alerts(true))]))
}

fn rules(lab: &Lab, folder: &str) -> Vec<(String, String)> {
    let folder = lab.folder().join(folder).join("rules");
    let mut rules: Vec<_> = fs::read_dir(folder)
        .expect("rules")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            (
                path.file_stem().expect("a name").to_string_lossy().into_owned(),
                fs::read_to_string(path).expect("a text"),
            )
        })
        .collect();
    rules.sort();
    rules
}

#[test]
fn the_policy_keeps_what_holds_proposes_the_rest_and_changes_nothing() {
    let lab = lab();
    lab.run(&["init", "acme"]).exits(0).prints("private_vulnerability_reporting          holds in 5 of 6");
    let rules = rules(&lab, "policy");
    let rule = |name: &str| &rules.iter().find(|(one, _)| one == name).unwrap_or_else(|| panic!("{rules:?}")).1;
    assert!(rule("reporting").contains("[match.not]") && rule("reporting").contains("repo = [\"acme/lib5\"]"));
    assert!(rule("proposed-reporting").contains("mode = \"audit\""));
    lab.run(&["validate"]).exits(0);
    lab.run(&["plan", "--detailed-exitcode"]).exits(0).prints(" 0 to change");
    assert!(lab.writes().is_empty());
    // What is kept is really kept.
    lab.edit(|world| world.repo("acme", "lib0").expect("it is there").pvr = false);
    assert_eq!(lab.plan().ids(), ["acme/lib0:private_vulnerability_reporting"]);
    // And what is proposed is changed once the line is taken out.
    let file = lab.policy_folder().join("rules/proposed-reporting.toml");
    let text = fs::read_to_string(&file).expect("a rule");
    let text: String = text.lines().filter(|line| !line.starts_with("mode")).map(|line| format!("{line}\n")).collect();
    fs::write(&file, text).expect("it is written");
    assert_eq!(lab.plan().ids().len(), 2);
}

#[test]
fn nothing_is_written_over_and_nothing_read_before_that_is_known() {
    let lab = lab().policy(&[("rules/mine.toml", "[repo]\ndependabot_alerts = true\n")]);
    lab.run(&["init", "acme"]).exits(1).tells("is there already and not empty");
    assert!(lab.exchanges().is_empty());
    lab.run(&["init", "acme", "--policy", "other"]).exits(0);
    lab.run(&["init", "no such", "--policy", "third"]).exits(1);
    lab.run(&["init", "nobody", "--policy", "third"]).exits(1);
    assert!(!lab.folder().join("third").exists());
}

#[test]
fn a_contact_is_asked_for_and_private_names_stay_out_of_a_public_policy() {
    let repos = (0..3).map(|n| repo(&format!("lib{n}")).pvr(true).alerts(true));
    let notes = repo("notes").set("visibility", json!("private")).alerts(false);
    let lab = Lab::new(&state([org("acme").repos(repos).repo(notes)]));
    lab.run(&["init", "acme", "--contact", "me@acme.example"]).exits(0).tells("repositories that are not public (1)");
    assert!(rules(&lab, "policy").iter().any(|(_, text)| text.contains("contact = \"me@acme.example\"")));
    lab.run(&["init", "acme", "--public-only", "--policy", "open"]).exits(0).hides("notes");
    assert!(rules(&lab, "open").iter().all(|(_, text)| !text.contains("notes")));
    lab.run(&["plan", "--policy", "open", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_cannot_be_read_is_said_and_only_proposed() {
    let weak = Token::with("weak", &[("metadata", "read"), ("contents", "read")]);
    let lab = Lab::new(&state_with([org("acme").repo(repo("lib").pvr(true).alerts(true))], [weak])).token("weak");
    lab.run(&["init", "acme"]).exits(3);
    let text: String = rules(&lab, "policy").into_iter().map(|(_, text)| text).collect();
    assert!(
        text.contains("dependabot_alerts: not readable for 1 with this token (it needs administration:read)"),
        "{text}"
    );
}
