//! Plans on several machines: each judges its share, `merge` judges the whole, and each applies its share of that.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Lab, org, repo, state};

const ALERTS: &str = "[repo]\ndependabot_alerts = true\n";

/// So many repositories without alerts, and lines for `policy.toml`.
fn lab(repos: usize, more: &str, rule: &str) -> Lab {
    let repos = (0..repos).map(|n| repo(&format!("r{n}")).alerts(false).pvr(false));
    let lab = Lab::new(&state([org("acme").repos(repos)]));
    let policy = lab.policy_toml(more);
    lab.policy(&[("policy.toml", &policy), ("rules/a.toml", rule)])
}

/// Plans every shard, and gives the files.
fn shards(lab: &Lab, of: u32) -> Vec<String> {
    (1..=of)
        .map(|index| {
            let file = format!("{index}.json");
            lab.run(&["plan", "--shard", &format!("{index}/{of}"), "--out", &file])
                .exits(0)
                .prints(&format!("shard {index} of {of}"));
            file
        })
        .collect()
}

fn merged(lab: &Lab, of: u32) -> Value {
    let files = shards(lab, of);
    let mut args = vec!["merge", "--format", "json", "--out", "plan.json"];
    args.extend(files.iter().map(String::as_str));
    lab.run(&args).exits(0).document().0
}

fn read(lab: &Lab, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(lab.folder().join(file)).expect("the file")).expect("JSON")
}

#[test]
fn three_machines_plan_and_apply_what_one_would() {
    let lab = lab(9, "", ALERTS);
    let whole = lab.plan();
    let plan = merged(&lab, 3);
    for key in ["changes", "findings", "warnings", "summary", "refused", "deferred", "estimate"] {
        assert_eq!(plan[key], whole.0[key], "{key}");
    }
    assert!(plan.get("shard").is_none());
    let schema = lab.run(&["schema", "plan"]).exits(0).value();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let mut shared = 0;
    for file in ["1.json", "2.json", "3.json", "plan.json"] {
        let plan = read(&lab, file);
        assert!(validator.is_valid(&plan), "{file}");
        shared += usize::from(plan["changes"].as_array().is_some_and(|changes| (1..9).contains(&changes.len())));
    }
    assert!(shared >= 2, "the work is shared");
    lab.forget();
    // Not as many machines as planned it.
    for index in 1..=2 {
        lab.run(&["apply", "plan.json", "--yes", "--shard", &format!("{index}/2")]).exits(0);
    }
    assert_eq!(lab.writes().len(), 9, "{:?}", lab.writes());
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_limit_that_only_the_whole_is_beyond_stops_every_shard() {
    let lab = lab(9, "[limits]\nchanges = 8\n", ALERTS);
    let plan = merged(&lab, 3);
    assert_eq!(plan["refused"], json!([{"limit": "changes", "allowed": 8, "planned": 9}]));
    lab.forget();
    for index in 1..=3 {
        let shard = format!("{index}/3");
        lab.run(&["apply", "plan.json", "--yes", "--shard", &shard])
            .exits(1)
            .tells("9 changes are planned; the limit is 8");
    }
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn all_shards_together_open_as_many_pull_requests_as_one_apply() {
    let lab = lab(6, "[limits]\npull_requests = 2\n", "[repo.files.A]\ncontent = \"a\\n\"\n");
    assert_eq!(merged(&lab, 3)["deferred"].as_array().map(Vec::len), Some(4));
    for index in 1..=3 {
        lab.run(&["apply", "plan.json", "--yes", "--shard", &format!("{index}/3")]).exits(0);
    }
    assert_eq!(lab.plan().summary("pending"), 2);
}

#[test]
fn what_an_attached_configuration_brings_along_is_no_change_of_another_shard() {
    let orgs = "[match]\norg = \"acme\"\n[org.code_security.base]\nprivate_vulnerability_reporting = \"enabled\"\n\
                attach = \"all\"\n";
    let lab = lab(8, "", "[repo]\nprivate_vulnerability_reporting = true\n");
    let policy = lab.policy_toml("");
    lab.write_policy(&[
        ("policy.toml", &policy),
        ("rules/o.toml", orgs),
        ("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n"),
    ]);
    let (whole, plan) = (lab.plan(), merged(&lab, 3));
    assert_eq!((&plan["changes"], &plan["summary"]), (&whole.0["changes"], &whole.0["summary"]));
    assert!(read(&lab, "2.json")["changes"].as_array().is_some_and(|changes| !changes.is_empty()));
    for index in 1..=3 {
        lab.run(&["apply", "plan.json", "--yes", "--shard", &format!("{index}/3")]).exits(0);
    }
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn drift_of_a_shard_is_its_part_of_all() {
    let lab = lab(9, "", ALERTS);
    let mut all = 0;
    for index in 1..=3 {
        let ran = lab.run(&["drift", "--format", "json", "--shard", &format!("{index}/3")]);
        assert!([0, 2].contains(&ran.code), "{ran}");
        all += ran.document().ids().len();
    }
    assert_eq!(all, 9);
}

#[test]
fn files_that_are_not_the_shards_of_one_plan_are_refused() {
    let lab = lab(6, "", ALERTS);
    for (shard, word) in [("0/3", "no shard 0 of 3"), ("4/3", "no shard 4 of 3"), ("x", "I/N"), ("1/99", "1 to 64")] {
        lab.run(&["plan", "--shard", shard]).exits(1).tells(word);
    }
    lab.run(&["apply", "--yes", "--shard", "1/2"]).exits(1).tells("FILE");
    lab.run(&["plan", "--shard", "1/2", "--public-only"]).exits(1);
    lab.run(&["merge"]).exits(1).tells("FILE");
    shards(&lab, 3);
    lab.run(&["plan", "--out", "whole.json"]).exits(0);
    lab.run(&["plan", "--shard", "2/2", "--out", "other.json"]).exits(0);
    lab.run(&["merge", "1.json"]).exits(1).tells("of 3 shards 2 and 3 are missing");
    lab.run(&["merge", "1.json", "3.json"]).exits(1).tells("of 3 shards 2 is missing");
    fs::copy(lab.folder().join("2.json"), lab.folder().join("again.json")).expect("a copy");
    lab.run(&["merge", "1.json", "2.json", "again.json"]).exits(1).tells("again.json").tells("2.json");
    lab.run(&["merge", "1.json", "2.json", "whole.json"]).exits(1).tells("whole.json").tells("without --shard");
    lab.run(&["merge", "1.json", "other.json"]).exits(1).tells("other.json").tells("number of shards");
    lab.run(&["merge", "1.json", "nowhere.json"]).exits(1).tells("nowhere.json");
    lab.run(&["apply", "1.json", "--yes"]).exits(1).tells("ordain merge").tells("nothing was changed");
    let mut damaged = read(&lab, "2.json");
    damaged["shard"]["index"] = json!(3);
    fs::write(lab.folder().join("damaged.json"), damaged.to_string()).expect("written");
    lab.run(&["merge", "1.json", "damaged.json"]).exits(1).tells("damaged.json").tells("digest");
    fs::write(lab.policy_folder().join("rules/b.toml"), "[repo]\nprivate_vulnerability_reporting = true\n")
        .expect("written");
    lab.run(&["merge", "1.json", "2.json", "3.json"]).exits(1).tells("1.json").tells("another policy");
    assert_eq!(lab.writes(), [""; 0]);
}

/// What a file says of a change's weight must be true, since a shard counts the others' by it.
#[test]
fn a_forged_weight_leaves_a_change_out() {
    let lab = lab(6, "", ALERTS);
    let mut plan = merged(&lab, 2);
    for change in plan["changes"].as_array_mut().expect("changes") {
        change["effect"] = json!("neutral");
    }
    let mut bare = plan.clone();
    let object = bare.as_object_mut().expect("a plan");
    for key in ["created_at", "cost", "digest"] {
        object.remove(key);
    }
    bare["policy"].as_object_mut().expect("a policy").remove("commit");
    plan["digest"] = json!(ordain::plan::hex_digest(&serde_json_canonicalizer::to_vec(&bare).expect("canonical")));
    fs::write(lab.folder().join("plan.json"), plan.to_string()).expect("written");
    lab.forget();
    for index in 1..=2 {
        let ran = lab.run(&["apply", "plan.json", "--yes", "--shard", &format!("{index}/2")]);
        assert!([0, 3].contains(&ran.code), "{ran}");
    }
    assert_eq!(lab.writes(), [""; 0]);
}
