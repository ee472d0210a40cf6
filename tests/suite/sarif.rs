//! SARIF reports against the schema of SARIF 2.1.0 (`tests/contract/sarif-2.1.0.json`) and against what code scanning takes:
//! <https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit>.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
    sync::LazyLock,
};

use jsonschema::Validator;
use ordain::{plan::Plan, render::sarif};
use serde_json::{Value, json};

use super::support::{Lab, Token, org, repo, state, state_with};

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let text = include_str!("../contract/sarif-2.1.0.json");
    let schema = serde_json::from_str(text).expect("the schema is JSON");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is one")
});

/// Holds a report against the schema and against what code scanning refuses. Gives it back.
#[track_caller]
fn held(text: &str) -> Value {
    let log: Value = serde_json::from_str(text).expect("SARIF is JSON");
    let problems: Vec<_> =
        SCHEMA.iter_errors(&log).map(|one| format!("{}: {one}", one.instance_path())).take(5).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(text.len() <= 10_000_000, "{} bytes", text.len());
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[text]["text"].as_str().is_some_and(|text| !text.is_empty()), "{text} of {rule}");
        }
    }
    let results = run["results"].as_array().expect("results");
    assert!(results.len() <= 5_000, "{} results", results.len());
    let mut prints = BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("fits");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(prints.insert(result["partialFingerprints"]["primaryLocationLineHash"].as_str().expect("a print")));
        assert!(result["locations"].as_array().is_some_and(|all| all.len() <= 100), "{result}");
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("a path");
        assert!(!uri.starts_with('/') && !uri.contains(".."), "{uri}");
    }
    log
}

fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().expect("results")
}

/// What each result says of which verdict.
fn verdicts(log: &Value) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for result in results(log) {
        *all.entry(result["properties"]["verdict"].as_str().expect("a verdict").to_owned()).or_default() += 1;
    }
    all
}

/// The policy of the three organisations, as the demo has it.
fn express() -> Lab {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("src/cli/demo/state.json")).expect("the demo's state");
    let lab = Lab::new(&serde_json::from_str(&text).expect("JSON"));
    copy(&root.join("policy"), &lab.policy_folder());
    lab
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn a_report_of_every_verdict_is_sarif() {
    let lab = express();
    let before = held(&lab.run(&["plan", "--format", "sarif", "--all"]).exits(0).stdout);
    let plan = lab.plan();
    let told = verdicts(&before);
    assert_eq!(told.get("change"), Some(&plan.changes().len()));
    for verdict in ["violation", "blocked"] {
        // What the policy only audits is no difference; the message says which that is.
        let audited = |one: &Value| one["message"].as_str().is_some_and(|text| text.contains("only audits"));
        let differing = plan.findings().iter().filter(|one| one["verdict"] == verdict && !audited(one)).count();
        assert_eq!(told.get(verdict), Some(&differing).filter(|number| **number > 0), "{verdict}");
    }
    assert!(plan.summary("waived") > 0 && plan.summary("not_applicable") > 0 && plan.summary("compliant") > 0);
    assert_eq!(told.keys().map(String::as_str).collect::<Vec<_>>(), ["blocked", "change", "violation"]);
    lab.run(&["apply", "--yes", "--quiet"]).exits(0);
    let after = held(&lab.run(&["drift", "--format", "sarif"]).exits(2).stdout);
    assert!(verdicts(&after).get("pending").is_some_and(|number| *number > 0), "{:?}", verdicts(&after));
}

#[test]
fn what_is_unknown_is_told_beside_the_results() {
    let world = state_with(
        [org("acme").repo(repo("web").alerts(false).pvr(false))],
        [Token::with("ghp_narrow", &[("metadata", "read"), ("contents", "read")])],
    );
    let lab = Lab::new(&world).token("ghp_narrow").policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")]);
    let log = held(&lab.run(&["drift", "--format", "sarif"]).exits(3).stdout);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = invocation["toolExecutionNotifications"].as_array().expect("notifications");
    assert!(
        told.iter().any(|one| one["message"]["text"].as_str().is_some_and(|text| text.contains("unknown"))),
        "{told:?}"
    );
    assert!(results(&log).is_empty());
}

#[test]
fn the_lines_are_those_of_the_repository() {
    let lab = Lab::new(&state([org("acme").repo(repo("web").alerts(false))]))
        .policy(&[("rules/a b.toml", "[repo]\ndependabot_alerts = true\n")]);
    let place = |args: &[&str], folder: &Path| {
        let mut command = lab.command(&[&["plan", "--format", "sarif"], args].concat());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let output = command.current_dir(folder).output().expect("the program starts");
        let log = held(&String::from_utf8(output.stdout).expect("text"));
        let place = results(&log)[0]["locations"][0]["physicalLocation"].clone();
        (place["artifactLocation"]["uri"].as_str().expect("a path").to_owned(), place["region"]["startLine"].clone())
    };
    assert_eq!(place(&[], lab.folder()), ("policy/rules/a%20b.toml".to_owned(), json!(2)), "outside of a checkout");
    let begun = Command::new("git").args(["init", "--quiet"]).current_dir(lab.folder()).status();
    assert!(begun.is_ok_and(|status| status.success()), "git is there");
    let inside = lab.folder().join("home");
    let absolute = lab.policy_folder();
    let absolute = absolute.to_str().expect("text");
    for (policy, from) in
        [("policy", lab.folder()), ("../policy", &inside), (absolute, &inside), (".", &lab.policy_folder())]
    {
        assert_eq!(place(&["--policy", policy], from).0, "policy/rules/a%20b.toml", "--policy {policy}");
    }
}

/// A real plan with as many changes and findings, each of them in the words of a real one.
fn multiplied(number: usize, unlike: bool, padding: &str) -> Plan {
    let lab = Lab::new(&state([org("acme").repo(repo("web").alerts(false).pvr(false).file("SECURITY.md", "Ask."))]));
    lab.write_policy(&[(
        "rules/a.toml",
        "[repo]\ndependabot_alerts = true\nprivate_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n\n\
         [repo.security_policy]\ncontact = \"security@acme.example\"\n",
    )]);
    let real: Plan = serde_json::from_value(lab.plan().0).expect("a plan");
    let mut plan = Plan { changes: Vec::new(), findings: Vec::new(), ..real.clone() };
    for n in 0..number {
        let name = format!("web-{n}");
        let mut change = real.changes[0].clone();
        (change.id, change.repo) = (format!("acme/{name}:{}", change.setting), Some(name.clone()));
        if unlike {
            change.after = json!(format!("{padding}{n}"));
        }
        plan.changes.push(change);
        for finding in &real.findings {
            let mut finding = finding.clone();
            (finding.id, finding.repo) = (format!("acme/{name}:{}", finding.setting), Some(name.clone()));
            plan.findings.push(finding);
        }
    }
    plan
}

#[test]
fn more_than_code_scanning_shows_are_grouped() {
    let plan = multiplied(2_500, false, "");
    assert_eq!(plan.changes.len() + plan.findings.len(), 7_500);
    let log = held(&sarif::plan(&plan, "policy").expect("SARIF"));
    assert_eq!(results(&log).len(), 3);
    let told = results(&log)[0]["message"]["text"].as_str().expect("text");
    assert!(told.starts_with("2500 repositories (acme/web-0, acme/web-1, "), "{told}");
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true, "nothing is left out");
    assert!(invocation.to_string().contains("those that are alike are one result"), "{invocation}");
    // Other repositories, the same differences: the alerts stay the same.
    let fewer = held(&sarif::plan(&multiplied(2_000, false, ""), "policy").expect("SARIF"));
    for (one, other) in results(&log).iter().zip(results(&fewer)) {
        assert_eq!(one["partialFingerprints"], other["partialFingerprints"]);
    }
}

#[test]
fn what_even_then_does_not_fit_is_counted() {
    for (number, padding) in [(6_000, String::new()), (6_000, "ü€\u{10348}".repeat(300))] {
        let plan = multiplied(number, true, &padding);
        let log = held(&sarif::plan(&plan, "policy").expect("SARIF"));
        let shown = verdicts(&log);
        assert_eq!(shown.get("violation"), Some(&1), "the gravest stay");
        let invocation = &log["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        let told: usize = shown.get("change").copied().unwrap_or_default();
        assert_eq!(shown.get("blocked"), Some(&1), "and of the others what stands for the most");
        let left = format!("{} differences are left out", number - told);
        assert!(invocation.to_string().contains(&left), "{left}: {invocation}");
    }
}
