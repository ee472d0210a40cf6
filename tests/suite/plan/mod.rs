//! The plan as a document: its form, its digest, its determinism, and what the command line makes of it.

mod base;
mod filters;
mod gates;
mod limits;
mod modes;
mod shards;
mod snapshots;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Document, Lab, Ran, org, repo, state};

/// A policy and a state in which every verdict occurs but pending; `pending` after an apply.
fn everything() -> Lab {
    let rules = r#"
        [repo]
        private_vulnerability_reporting = { value = true, requires = ["security_policy"], reason = "so it was decided" }
        dependabot_alerts = true
        [repo.security_policy]
        contact = "sec@acme.test"
        [repo.files.NOTICE]
        content = "ours\n"
    "#;
    let waivers = r#"
        [[waiver]]
        repo = "acme/waived"
        setting = "dependabot_alerts"
        reason = "They watch by hand"
        link = "https://example.org/decision"
        owner = "@acme/security"
        expires = 2099-12-31
    "#;
    let good =
        |name: &str| repo(name).file("SECURITY.md", "sec@acme.test\n").file("NOTICE", "ours\n").alerts(true).pvr(true);
    let org = org("acme")
        .repo(good("fine"))
        .repo(good("differs").pvr(false))
        .repo(repo("blocked").alerts(true).file("NOTICE", "ours\n"))
        .repo(good("closed").private())
        .repo(good("waived").alerts(false))
        .repo(good("unseen"))
        .repo(good("behind").file("NOTICE", "theirs\n"));
    let lab = Lab::new(&state([org])).policy(&[("rules/all.toml", rules), ("waivers.toml", waivers)]);
    let refused = json!({"message": "Resource not accessible by personal access token"});
    let accepted = vec![("x-accepted-github-permissions".to_owned(), "metadata=read".to_owned())];
    lab.fault(
        "GET",
        "/repos/acme/unseen/private-vulnerability-reporting",
        999,
        ordain::sim::FaultKind::Status(403, refused, accepted),
    );
    lab
}

fn planned(lab: &Lab, more: &[&str]) -> Ran {
    lab.run(&[&["plan", "--format", "json"], more].concat()).exits(3)
}

/// Holds a document to the schema that ships with the program.
fn validate(lab: &Lab, plan: &Value) {
    let schema = lab.run(&["schema", "plan"]).exits(0).value();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let problems: Vec<String> =
        validator.iter_errors(plan).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn it_is_as_its_schema_says() {
    let lab = everything();
    let plan = planned(&lab, &[]).value();
    validate(&lab, &plan);
    validate(&lab, &planned(&lab, &["--all"]).value());
    validate(&lab, &lab.run(&["drift", "--format", "json"]).exits(3).value());
    let schema = lab.run(&["schema", "plan"]).value();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for break_it in [
        |plan: &mut Value| plan["summary"]["change"] = json!("many"),
        |plan: &mut Value| plan["changes"][0]["effect"] = json!("sideways"),
        |plan: &mut Value| plan["findings"][0]["verdict"] = json!("maybe"),
        |plan: &mut Value| drop(plan.as_object_mut().expect("an object").remove("digest")),
    ] {
        let mut broken = plan.clone();
        break_it(&mut broken);
        assert!(!validator.is_valid(&broken), "the schema must be able to fail");
    }
}

#[test]
fn every_verdict_is_told_once() {
    let lab = everything();
    let plan = planned(&lab, &["--all"]).document();
    for (id, verdict) in [
        ("acme/fine:private_vulnerability_reporting", "compliant"),
        ("acme/differs:private_vulnerability_reporting", "change"),
        ("acme/blocked:private_vulnerability_reporting", "blocked"),
        ("acme/blocked:security_policy", "violation"),
        ("acme/closed:private_vulnerability_reporting", "not_applicable"),
        ("acme/waived:dependabot_alerts", "waived"),
        ("acme/unseen:private_vulnerability_reporting", "unknown"),
        ("acme/behind:files.NOTICE", "change"),
    ] {
        assert_eq!(plan.verdict(id), verdict, "{id}");
    }
    let mut ids: Vec<&str> = plan.ids();
    ids.extend(plan.findings().iter().filter_map(|one| one["id"].as_str()));
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "each has one verdict");
    // Four settings of seven repositories.
    assert_eq!(all, 28);
    let verdicts = ["compliant", "change", "pending", "blocked", "violation", "waived", "unknown", "not_applicable"];
    assert_eq!(verdicts.iter().map(|verdict| plan.summary(verdict)).sum::<u64>(), 28, "{}", plan.0["summary"]);
    for verdict in verdicts.iter().filter(|verdict| **verdict != "change") {
        assert_eq!(plan.with_verdict(verdict).len() as u64, plan.summary(verdict), "{verdict}");
    }
    assert_eq!(plan.ids().len() as u64, plan.summary("change"));
    assert_eq!(plan.summary("repositories"), 7);
    // Without --all, the compliant ones are counted and not named.
    let short = planned(&lab, &[]).document();
    assert_eq!(short.0["summary"], plan.0["summary"]);
    assert!(short.with_verdict("compliant").is_empty());
    assert_eq!(short.findings().len() as u64, plan.findings().len() as u64 - plan.summary("compliant"));
}

#[test]
fn a_finding_says_why() {
    let plan = planned(&everything(), &[]).document();
    let waived = plan.finding("acme/waived:dependabot_alerts");
    assert_eq!(waived["waiver"]["reason"], "They watch by hand");
    assert_eq!(waived["waiver"]["expires"], "2099-12-31");
    assert_eq!((&waived["observed"], &waived["desired"]), (&json!(false), &json!(true)));
    let blocked = plan.finding("acme/blocked:private_vulnerability_reporting");
    assert_eq!(blocked["blocked_by"], json!(["security_policy"]));
    let unknown = plan.finding("acme/unseen:private_vulnerability_reporting");
    assert_eq!((&unknown["permission"], &unknown["observed"]), (&json!("metadata:read"), &Value::Null));
    let change = plan.change("acme/differs:private_vulnerability_reporting");
    assert_eq!(change["source"], json!({"file": "rules/all.toml", "line": 3}));
    assert_eq!((&change["rules"], &change["reason"]), (&json!(["rules/all"]), &json!("so it was decided")));
    assert_eq!((&change["before"], &change["after"]), (&json!(false), &json!(true)));
}

/// RFC 8785 of what the digest covers, hashed here.
fn digest(plan: &Value) -> String {
    let mut covered = plan.clone();
    let fields = covered.as_object_mut().expect("an object");
    for key in ["created_at", "cost", "digest"] {
        fields.remove(key).expect("it is there");
    }
    fields["policy"].as_object_mut().expect("an object").remove("commit");
    let bytes = serde_json_canonicalizer::to_vec(&covered).expect("canonical");
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn the_digest_is_what_anybody_computes() {
    let lab = everything();
    for more in [&[][..], &["--all"], &["--repo", "differs"]] {
        let plan = lab.run(&[&["plan", "--format", "json"], more].concat()).value();
        assert_eq!(plan["digest"], digest(&plan), "{more:?}");
    }
}

#[test]
fn the_digest_of_the_policy_is_of_its_files() {
    let lab = everything();
    let of = |lab: &Lab| planned(lab, &[]).value()["policy"]["digest"].as_str().expect("a text").to_owned();
    let mut all = Vec::new();
    for path in ["policy.toml", "rules/all.toml", "waivers.toml"] {
        let text = std::fs::read(lab.policy_folder().join(path)).expect("a file");
        all.extend_from_slice(path.as_bytes());
        all.extend_from_slice(format!("\0{}\0", text.len()).as_bytes());
        all.extend_from_slice(&text);
    }
    let expected = Sha256::digest(&all).iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"));
    assert_eq!(of(&lab), expected);
    std::fs::write(lab.policy_folder().join("README.md"), "for people\n").expect("written");
    assert_eq!(of(&lab), expected, "what is for people does not count");
    std::fs::write(lab.policy_folder().join("rules/all.toml"), "# a comment\n[repo]\ndependabot_alerts = true\n")
        .expect("written");
    let changed = lab.plan().0["policy"]["digest"].clone();
    assert_ne!(changed, expected);
}

#[test]
fn the_same_policy_and_observation_give_the_same_bytes() {
    let lab = everything();
    let (one, two) = (planned(&lab, &["--all"]).document(), planned(&lab, &["--all"]).document());
    let bytes = |plan: &Document| serde_json::to_string(&plan.timeless()).expect("JSON");
    assert_eq!(bytes(&one), bytes(&two));
    // From a snapshot the time of the observation is the same too.
    lab.run(&["snapshot", "--out", "seen.json"]).exits(3);
    let from = |lab: &Lab| {
        let mut plan = planned(lab, &["--snapshot", "seen.json"]).value();
        plan["created_at"] = json!(null);
        serde_json::to_string(&plan).expect("JSON")
    };
    assert_eq!(from(&lab), from(&lab));
}

#[test]
fn the_exit_code_tells_changes_where_it_is_asked() {
    let lab = Lab::new(&state([org("acme").repo(repo("web").alerts(false))]))
        .policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")]);
    lab.run(&["plan"]).exits(0);
    lab.run(&["plan", "--detailed-exitcode"]).exits(2);
    lab.run(&["plan", "--detailed-exitcode", "--format", "json"]).exits(2);
    lab.apply();
    lab.run(&["plan", "--detailed-exitcode"]).exits(0);
    // Unknown comes before changes.
    planned(&everything(), &["--detailed-exitcode"]);
}

#[test]
fn out_writes_the_document_whatever_is_shown() {
    let lab = everything();
    let shown = lab.run(&["plan", "--out", "plan.json"]).exits(3);
    assert!(!shown.stdout.starts_with('{'), "{shown}");
    let text = std::fs::read_to_string(lab.folder().join("plan.json")).expect("the file");
    let plan: Value = serde_json::from_str(&text).expect("JSON");
    validate(&lab, &plan);
    assert_eq!(plan["digest"], digest(&plan));
    lab.run(&["plan", "--out", "no/such/folder/plan.json"]).exits(1).tells("no/such/folder/plan.json");
}
