//! `plan --out FILE` and `apply FILE`.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Lab, org, repo, state};

fn lab() -> Lab {
    let two = [repo("one").pvr(false), repo("two").pvr(false)];
    Lab::new(&state([org("acme").repos(two)]))
        .policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")])
}

fn saved(lab: &Lab) -> Value {
    lab.run(&["plan", "--out", "plan.json"]).exits(0);
    serde_json::from_str(&fs::read_to_string(lab.folder().join("plan.json")).expect("the plan")).expect("JSON")
}

/// Writes a plan with a digest that fits, as a forger would.
fn write(lab: &Lab, mut plan: Value) {
    let mut bare = plan.clone();
    let object = bare.as_object_mut().expect("a plan");
    for key in ["created_at", "cost", "digest"] {
        object.remove(key);
    }
    bare["policy"].as_object_mut().expect("a policy").remove("commit");
    let bytes = serde_json_canonicalizer::to_vec(&bare).expect("canonical");
    plan["digest"] = json!(ordain::plan::hex_digest(&bytes));
    fs::write(lab.folder().join("plan.json"), plan.to_string()).expect("written");
}

fn is_on(lab: &Lab, name: &str) -> bool {
    let state = lab.state();
    let repos = state["organizations"][0]["repositories"].as_array().expect("repositories");
    let repo = repos.iter().find(|repo| repo["name"] == name).expect("the repository");
    repo["rest"]["private-vulnerability-reporting"]["known"]["enabled"] == true
}

#[test]
fn a_saved_plan_is_made_and_nothing_else() {
    let lab = lab();
    saved(&lab);
    lab.run(&["apply", "plan.json", "--yes"]).exits(0);
    assert!(is_on(&lab, "one") && is_on(&lab, "two"));
    lab.finish();
}

#[test]
fn what_changed_meanwhile_is_stale_and_left_alone() {
    let lab = lab();
    saved(&lab);
    lab.edit(|world| world.repo("acme", "one").expect("it is there").pvr = true);
    lab.forget();
    lab.run(&["apply", "plan.json", "--yes"]).exits(3).prints("one");
    assert_eq!(lab.writes().len(), 1, "{:?}", lab.writes());
    assert!(is_on(&lab, "two"));
    lab.finish();
}

#[test]
fn a_file_for_another_day_policy_or_place_is_refused_whole() {
    let lab = lab();
    let plan = saved(&lab);
    let forged = |pointer: &str, value: Value| {
        let mut forged = plan.clone();
        *forged.pointer_mut(pointer).expect(pointer) = value;
        write(&lab, forged);
        lab.forget();
        lab.run(&["apply", "plan.json", "--yes"]).exits(1).tells("nothing was changed");
        assert_eq!(lab.writes(), Vec::<String>::new(), "{pointer}");
    };
    forged("/policy/digest", json!(format!("sha256:{}", "0".repeat(64))));
    forged("/api_url", json!("https://api.github.com"));
    forged("/orgs", json!(["other"]));
    forged("/source", json!("snapshot"));
    forged("/created_at", json!("2020-01-01T00:00:00Z"));
    forged("/created_at", json!("2999-01-01T00:00:00Z"));
    forged("/format", json!("ordain.plan/9"));
    let mut damaged = plan.clone();
    damaged["summary"]["change"] = json!(7);
    fs::write(lab.folder().join("plan.json"), damaged.to_string()).expect("written");
    lab.run(&["apply", "plan.json", "--yes"]).exits(1).tells("digest");
    lab.finish();
}

/// A forger can leave changes out, and no more.
#[test]
fn every_forged_field_of_a_change_leaves_it_out() {
    for (field, value) in [
        ("id", json!("acme/three:private_vulnerability_reporting")),
        ("node_id", json!("R_other")),
        ("before", json!(true)),
        ("after", json!(false)),
        (
            "effects",
            json!([{"org": "acme", "repo": "two", "node_id": "R_x", "setting": "x", "before": null, "after": 1, "effect": "neutral"}]),
        ),
    ] {
        let lab = lab();
        let mut plan = saved(&lab);
        let at = plan["changes"].as_array().expect("changes").iter().position(|c| c["repo"] == "one").expect("one");
        plan["changes"][at][field] = value;
        write(&lab, plan);
        lab.forget();
        lab.run(&["apply", "plan.json", "--yes"]).exits(3);
        assert!(!is_on(&lab, "one"), "{field}");
        assert!(is_on(&lab, "two"), "{field}");
        lab.finish();
    }
}

/// What only tells of a change decides nothing: what is written is today's change with the same id, identity and values.
#[test]
fn every_other_forged_field_changes_nothing_that_is_written() {
    for (field, value) in [
        ("org", json!("other")),
        ("repo", json!("two")),
        ("setting", json!("dependabot_alerts")),
        ("key", json!("dependabot_alerts")),
        ("name", json!("x")),
        ("part", json!("x")),
        ("action", json!("delete")),
        ("effect", json!("loosening")),
        ("deletes", json!(true)),
        ("delivery", json!("commit")),
        ("rules", json!(["rules/forged"])),
        ("source", json!({"file": "rules/forged.toml", "line": 9})),
        ("reason", json!("forged")),
    ] {
        let lab = lab();
        let mut plan = saved(&lab);
        plan["changes"][0][field] = value;
        write(&lab, plan);
        lab.forget();
        lab.run(&["apply", "plan.json", "--yes"]).exits(0);
        let mut writes = lab.writes();
        writes.sort();
        let all = ["one", "two"].map(|name| format!("PUT /repos/acme/{name}/private-vulnerability-reporting"));
        assert_eq!(writes, all, "{field}");
        lab.finish();
    }
}

#[test]
fn an_added_change_is_never_made() {
    let lab = lab();
    let mut plan = saved(&lab);
    let mut added = plan["changes"][0].clone();
    added["id"] = json!("acme/one:dependabot_alerts");
    added["setting"] = json!("dependabot_alerts");
    added["key"] = json!("dependabot_alerts");
    plan["changes"].as_array_mut().expect("changes").push(added);
    write(&lab, plan);
    lab.forget();
    lab.run(&["apply", "plan.json", "--yes"]).exits(3);
    assert!(lab.writes().iter().all(|write| write.contains("private-vulnerability-reporting")), "{:?}", lab.writes());
    lab.finish();
}

#[test]
fn a_saved_plan_takes_no_filter() {
    let lab = lab();
    saved(&lab);
    lab.run(&["apply", "plan.json", "--yes", "--repo", "one"]).exits(1);
    lab.finish();
}
