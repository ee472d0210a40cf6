//! `ordain undo JOURNAL`.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Lab, differing, org, repo, state};

const REPORTING: &str = "[repo]\nprivate_vulnerability_reporting = true\n";

fn two() -> Lab {
    let repos = [repo("one").pvr(false), repo("two").pvr(false)];
    Lab::new(&state([org("acme").repos(repos)])).policy(&[("rules/a.toml", REPORTING)])
}

fn apply(lab: &Lab) {
    lab.run(&["apply", "--yes", "--journal", "journal.jsonl"]).exits(0);
    lab.forget();
}

fn lines(lab: &Lab) -> Vec<Value> {
    let text = fs::read_to_string(lab.folder().join("journal.jsonl")).expect("the journal");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn write(lab: &Lab, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(lab.folder().join("journal.jsonl"), text).expect("written");
}

fn intents(lines: &[Value]) -> Vec<usize> {
    (0..lines.len()).filter(|at| lines[*at]["entry"] == "intent").collect()
}

fn is_on(lab: &Lab, name: &str) -> bool {
    let state = lab.state();
    let repos = state["organizations"][0]["repositories"].as_array().expect("repositories");
    let repo = repos.iter().find(|repo| repo["name"] == name).expect("the repository");
    repo["rest"]["private-vulnerability-reporting"]["known"]["enabled"] == true
}

const ALL: [&str; 6] = ["undo", "journal.jsonl", "--yes", "--limit", "loosening=99", "--limit"];

fn undo(lab: &Lab) -> crate::support::Ran {
    lab.run(&[ALL.as_slice(), &["deletions=99", "--journal", "undo.jsonl"]].concat())
}

#[test]
fn changes_go_back_and_nothing_else_moves() {
    let lab = two();
    let before = lab.state();
    apply(&lab);
    assert!(is_on(&lab, "one") && is_on(&lab, "two"));
    undo(&lab).exits(0).prints("2 changed");
    assert_eq!(differing(&before, &lab.state()), Vec::<String>::new());
    lab.finish();
}

/// Taking back what made something safer makes it weaker: the limit holds, and the command line that it needs is told.
#[test]
fn it_shows_the_limits_that_it_needs() {
    let lab = two();
    apply(&lab);
    let ran = lab.run(&["undo", "journal.jsonl", "--yes", "--journal", "undo.jsonl"]).exits(1);
    let ran =
        ran.prints("WEAKENS SECURITY").prints("undo will refuse: 2 changes that loosen are planned; the limit is 0");
    ran.tells("ordain undo journal.jsonl --limit loosening=2 --journal undo.jsonl");
    assert_eq!(lab.writes(), Vec::<String>::new());
    assert!(!lab.folder().join("undo.jsonl").exists());
    let plan = lab.run(&["undo", "journal.jsonl", "--format", "json"]).exits(1).document();
    assert_eq!(plan.0["refused"], json!([{"limit": "loosening", "allowed": 0, "planned": 2}]));
    let change = plan.change("acme/one:private_vulnerability_reporting");
    assert_eq!((&change["before"], &change["after"]), (&json!(true), &json!(false)));
    assert_eq!(change["source"]["file"], "journal.jsonl");
    assert_eq!(change["rules"], json!([]));
    let told = lab.run(&["undo", "journal.jsonl", "--limit", "loosening=2", "--format", "json"]).exits(1);
    told.tells("Say --yes");
    let asked = lab.run(&["undo", "journal.jsonl", "--limit", "loosening=2"]).exits(1);
    asked.tells("no terminal to ask at");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}

#[test]
fn an_undo_can_be_undone() {
    let lab = two();
    apply(&lab);
    let applied = lab.state();
    undo(&lab).exits(0);
    let text = fs::read_to_string(lab.folder().join("undo.jsonl")).expect("the journal");
    let begin: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    assert_eq!(begin["undoes"], "journal.jsonl");
    let schema: Value = lab.run(&["schema", "journal"]).exits(0).value();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert!(validator.is_valid(&line), "{line}");
    }
    lab.run(&["undo", "undo.jsonl", "--yes"]).exits(0).prints("2 changed");
    assert_eq!(differing(&applied, &lab.state()), Vec::<String>::new());
    lab.finish();
}

#[test]
fn what_others_changed_since_is_left_alone_and_told() {
    let lab = two();
    apply(&lab);
    lab.edit(|world| world.repo("acme", "one").expect("it is there").pvr = false);
    undo(&lab).exits(0).prints("1 changed").prints("1 as before already");
    assert!(!is_on(&lab, "two"));
    lab.finish();
    let lab = Lab::new(&state([org("acme").repo(repo("web").file("A.md", "old\n"))]))
        .policy(&[("rules/a.toml", "[repo.files.\"A.md\"]\ncontent = \"ours\\n\"\ndelivery = \"commit\"\n")]);
    apply(&lab);
    lab.edit(|world| world.write_file("acme", "web", "A.md", Some("theirs\n")));
    undo(&lab).exits(3).prints("changed since").prints("1 left alone");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}

/// Two parts of one setting are one request, forwards and backwards.
#[test]
fn two_parts_in_one_request_go_back_in_one() {
    let web = repo("web").switch("secret_scanning", false).switch("secret_scanning_push_protection", false);
    let lab = Lab::new(&state([org("acme").repo(web)]))
        .policy(&[("rules/a.toml", "[repo.secret_scanning]\nenabled = true\npush_protection = true\n")]);
    let before = lab.state();
    apply(&lab);
    undo(&lab).exits(0);
    assert_eq!(lab.writes(), ["PATCH /repos/acme/web"]);
    assert_eq!(differing(&before, &lab.state()), Vec::<String>::new());
    lab.finish();
}

/// What stands on another goes first on the way back.
#[test]
fn the_order_is_the_reverse() {
    let lab = Lab::new(&state([org("acme").repo(repo("web").alerts(false).fixes(false))]))
        .policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\ndependabot_security_updates = true\n")]);
    let before = lab.state();
    apply(&lab);
    undo(&lab).exits(0);
    assert_eq!(differing(&before, &lab.state()), Vec::<String>::new());
    lab.finish();
}

#[test]
fn a_committed_file_goes_back_to_its_old_text_and_forth_again() {
    let rule = "[repo.files.\"A.md\"]\ncontent = \"new\\n\"\ndelivery = \"commit\"\n\n\
                [repo.files.\"B.md\"]\ncontent = \"b\\n\"\ndelivery = \"commit\"\n\n\
                [repo.files.\"C.md\"]\nensure = \"absent\"\ndelivery = \"commit\"\n";
    let web = repo("web").file("A.md", "old\n").file("C.md", "c\n");
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", rule)]);
    lab.run(&["apply", "--yes", "--limit", "deletions=1", "--journal", "journal.jsonl"]).exits(0);
    lab.run(&["undo", "journal.jsonl", "--yes"]).exits(1).tells("--limit deletions=1");
    undo(&lab).exits(0);
    let files = |lab: &Lab| {
        let mut found = [None, None, None];
        lab.edit(|world| {
            let org = &world.orgs[world.org_index("acme").expect("acme")];
            found = ["A.md", "B.md", "C.md"].map(|path| org.file("web", path).map(str::to_owned));
        });
        found
    };
    assert_eq!(files(&lab), [Some("old\n".to_owned()), None, Some("c\n".to_owned())]);
    lab.run(&["undo", "undo.jsonl", "--yes", "--limit", "deletions=1"]).exits(0);
    assert_eq!(files(&lab), [Some("new\n".to_owned()), Some("b\n".to_owned()), None]);
    lab.finish();
}

fn pull() -> Lab {
    let lab = Lab::new(&state([org("acme").repo(repo("web").file("README.md", "hi\n"))])).policy(&[(
        "rules/a.toml",
        "[repo.files.\"A.md\"]\ncontent = \"a\\n\"\n\n[repo.files.\"B.md\"]\ncontent = \"b\\n\"\n",
    )]);
    apply(&lab);
    lab
}

#[test]
fn an_open_pull_request_is_closed() {
    let lab = pull();
    undo(&lab).exits(0).prints("open pull request").prints("2 changed");
    let pulls = lab.state()["organizations"][0]["repositories"][0]["simulator"]["pulls"].clone();
    assert_eq!((&pulls[0]["state"], &pulls[0]["merged_at"]), (&json!("closed"), &Value::Null), "{pulls}");
    assert_eq!(lab.count("PATCH", "/repos/acme/web/pulls/"), 1);
    lab.run(&["undo", "undo.jsonl", "--yes"]).exits(3).prints("opens one again");
    lab.finish();
}

#[test]
fn a_merged_pull_request_cannot_be_taken_back() {
    let lab = pull();
    lab.merge();
    lab.forget();
    undo(&lab).exits(3).prints("was merged").prints("Nothing of journal.jsonl is to be taken back");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}

#[test]
fn a_pull_request_that_was_closed_already_is_as_before() {
    let lab = pull();
    undo(&lab).exits(0);
    lab.forget();
    lab.run(&["undo", "journal.jsonl", "--yes"]).exits(0).prints("2 as before already");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}

/// A pull request that an apply only updated holds what the journal does not know.
#[test]
fn an_updated_pull_request_is_left() {
    let lab = pull();
    lab.write_policy(&[("rules/a.toml", "[repo.files.\"A.md\"]\ncontent = \"other\\n\"\n")]);
    lab.run(&["apply", "--yes", "--journal", "second.jsonl"]).exits(0);
    lab.forget();
    lab.run(&["undo", "second.jsonl", "--yes"]).exits(3).prints("was open before and only updated");
    lab.run(&["undo", "journal.jsonl", "--yes"]).exits(3).prints("changed since");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}

/// Cut after any line: what has no outcome counts where GitHub shows it.
#[test]
fn a_journal_that_was_cut_short_takes_back_what_took_effect() {
    let lab = two();
    apply(&lab);
    let all = lines(&lab);
    let first = intents(&all)[0];
    let name = all[first]["repo"].as_str().expect("a name").to_owned();
    // The last line is half written, as a power cut leaves it.
    let mut text: String = all[..=first].iter().map(|line| format!("{line}\n")).collect();
    text.push_str("{\"entry\":\"outco");
    fs::write(lab.folder().join("journal.jsonl"), text).expect("written");
    undo(&lab).exits(0).prints("cut short").prints("1 changed");
    assert!(!is_on(&lab, &name));
    assert!(is_on(&lab, if name == "one" { "two" } else { "one" }));
    // The same intent again: it does not hold any more, so nothing of it is taken back.
    lab.forget();
    write(&lab, &all[..=first]);
    lab.run(&["undo", "journal.jsonl", "--yes"]).exits(0).prints("1 as before already");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}

#[test]
fn a_partly_failed_apply_is_told() {
    let lab = two();
    lab.fault(
        "PUT",
        "/repos/acme/one/private-vulnerability-reporting",
        9,
        ordain::sim::FaultKind::Status(422, json!({"message": "no"}), Vec::new()),
    );
    lab.run(&["apply", "--yes", "--journal", "journal.jsonl"]).exits(3);
    lab.sim().clear_faults();
    undo(&lab).exits(0).prints("writes that the journal calls failed: 1").prints("1 changed");
    assert!(!is_on(&lab, "two"));
    lab.finish();
}

#[test]
fn a_journal_of_another_place_is_refused_whole() {
    let lab = two();
    apply(&lab);
    let all = lines(&lab);
    let refused = |at: usize, field: &str, value: Value, words: &str| {
        let mut forged = all.clone();
        forged[at][field] = value;
        write(&lab, &forged);
        undo(&lab).exits(1).tells(words).tells("nothing was changed");
        assert_eq!(lab.writes(), Vec::<String>::new());
    };
    refused(0, "api_url", json!("https://api.github.com"), "this run is for");
    refused(0, "orgs", json!(["other"]), "today's policy does not name");
    refused(0, "format", json!("ordain.journal/9"), "ordain.journal/9");
    let intent = intents(&all)[0];
    refused(intent, "org", json!("other"), "`other`");
    refused(intent, "seq", json!(2), "number");
    refused(0, "entry", json!("end"), "not a journal");
    fs::write(lab.folder().join("journal.jsonl"), "nonsense\n{}\n").expect("written");
    undo(&lab).exits(1).tells("not a journal");
    lab.write_policy(&[("policy.toml", "version = 1\norgs = [\"other\"]\n"), ("rules/a.toml", REPORTING)]);
    write(&lab, &all);
    undo(&lab).exits(1).tells("`acme`, which today's policy does not name");
    assert_eq!(lab.writes(), Vec::<String>::new());
    lab.finish();
}

/// Whatever field of a line is forged, that line writes nothing but its own true reverse.
#[test]
fn forged_lines_write_nothing_that_is_not_confirmed() {
    let lab = two();
    apply(&lab);
    let all = lines(&lab);
    let at = *intents(&all).iter().find(|at| all[**at]["repo"] == "one").expect("one");
    let other = all[*intents(&all).iter().find(|at| all[**at]["repo"] == "two").expect("two")]["node_id"].clone();
    for (field, value) in [
        ("id", json!("acme/two:private_vulnerability_reporting")),
        ("repo", json!("two")),
        ("repo", json!("gone")),
        ("repo", json!("../two")),
        ("repo", Value::Null),
        ("node_id", other),
        ("node_id", json!("R_nobody")),
        ("node_id", Value::Null),
        ("setting", json!("dependabot_alerts")),
        ("key", json!("dependabot_alerts")),
        ("key", json!("api")),
        ("key", json!("nonsense")),
        ("name", json!("x")),
        ("part", json!("enabled")),
        ("before", json!(null)),
        ("before", json!("off")),
        ("before", json!({"enabled": false})),
        ("before", json!(true)),
        ("after", json!(false)),
        ("after", json!("on")),
        ("delivery", json!("commit")),
        ("delivery", json!("pull_request")),
        ("deletes", json!(true)),
    ] {
        let mut forged = all.clone();
        forged[at][field] = value.clone();
        // Only the forged line, so that any write would be its own.
        forged.retain(|line| line["seq"].is_null() || line["seq"] == all[at]["seq"]);
        write(&lab, &forged);
        let ran = lab.run(&["undo", "journal.jsonl", "--yes", "--limit", "loosening=9", "--limit", "deletions=9"]);
        assert_eq!(lab.writes(), Vec::<String>::new(), "{field} = {value}\n{ran}");
        assert!(is_on(&lab, "one") && is_on(&lab, "two"), "{field}");
        let quiet = field == "before" && value == json!(true);
        assert!(ran.code == 3 || quiet, "{field} = {value}\n{ran}");
    }
    // What is only told, and not acted upon, changes nothing: the reverse is the setting's own.
    for (field, value) in [
        ("action", json!("delete")),
        ("effect", json!("neutral")),
        ("method", json!("DELETE")),
        ("path", json!("/repos/acme/two")),
        ("at", json!("1999-01-01T00:00:00Z")),
    ] {
        let mut forged = all.clone();
        forged[at][field] = value;
        write(&lab, &forged);
        let plan =
            lab.run(&["undo", "journal.jsonl", "--format", "json", "--limit", "loosening=9"]).exits(1).document();
        assert_eq!(
            plan.ids(),
            ["acme/one:private_vulnerability_reporting", "acme/two:private_vulnerability_reporting"],
            "{field}"
        );
        assert_eq!(plan.summary("loosening"), 2, "{field}");
    }
    lab.finish();
}

/// Gates, waivers and modes are of the policy's future; what was done can be taken back all the same.
#[test]
fn waivers_gates_and_modes_hold_nothing_back() {
    let lab = two();
    apply(&lab);
    lab.write_policy(&[
        (
            "rules/a.toml",
            "mode = \"audit\"\n[repo]\nprivate_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n[repo.security_policy]\n",
        ),
        (
            "waivers.toml",
            "[[waiver]]\nrepo = \"acme/*\"\nsetting = \"private_vulnerability_reporting\"\nreason = \"r\"\npermanent = true\n",
        ),
    ]);
    undo(&lab).exits(0).prints("2 changed");
    assert!(!is_on(&lab, "one") && !is_on(&lab, "two"));
    lab.finish();
}

#[test]
fn a_repository_that_was_replaced_or_renamed_is_left() {
    let lab = two();
    apply(&lab);
    lab.edit(|world| world.rename("acme", "one", "uno"));
    undo(&lab).exits(3).prints("renamed to uno").prints("1 changed");
    lab.finish();
}
