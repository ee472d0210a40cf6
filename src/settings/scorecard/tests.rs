use super::*;
use crate::{
    model::{Action, Delivery, Permission, blob_oid},
    settings::{
        Blob, FileWrite, Write,
        fixture::{Acme, desired, with_template},
    },
};

/// The file that Scorecard's own documentation recommends.
pub(super) const GOOD: &str = r#"name: Scorecard analysis workflow
on: { push: { branches: [main] }, schedule: [ { cron: "30 1 * * 6" } ] }
permissions: read-all
jobs:
  analysis:
    runs-on: ubuntu-latest
    permissions: { security-events: write, id-token: write }
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: { persist-credentials: false }
      - uses: ossf/scorecard-action@2d1146689b8cda280b9bc96326124645441f03bc # v2.4.4
        with: { results_file: results.sarif, results_format: sarif, publish_results: true }
      - uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
        with: { name: SARIF file, path: results.sarif, retention-days: 5 }
      - uses: github/codeql-action/upload-sarif@f205ea1c3313d32999d8d6a48b4f6530d4437b38 # v4.37.4
        with: { sarif_file: results.sarif }
"#;
const PATH: &str = ".github/workflows/scorecard.yml";
const RUNS: &str = "actions/workflows/7/runs?status=success&per_page=1&branch=main";

fn acme(fields: Value) -> Acme {
    let mut acme = Acme::new(&[("x", fields)]);
    acme.empty("x").graphql("x", "workflowRuns", Value::Null);
    acme
}

/// A repository with this workflow, in this state of GitHub's.
fn with_workflow(text: &str, state: &str) -> Acme {
    let mut acme = acme(json!({}));
    acme.file("x", PATH, text);
    acme.rest("x", "actions/workflows", json!([{"id": 7, "path": PATH, "state": state}]));
    acme
}

fn wanted(fields: &[(&str, Value)]) -> Desired {
    desired("scorecard", fields)
}

fn any() -> Desired {
    wanted(&[("", json!({}))])
}

fn outcome(acme: &Acme, desired: &Desired, part: &str) -> Outcome {
    let judged = acme.judge(&Scorecard, "x", desired);
    judged.into_iter().find(|judgement| judgement.part == Some(part)).expect("judged").outcome
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::NotApplicable(_) => "not_applicable",
        Outcome::Unknown { .. } => "unknown",
        Outcome::Compliant { .. } => "compliant",
        Outcome::Violation { .. } => "violation",
        Outcome::Blocked { .. } => "blocked",
        Outcome::Differs(_) => "differs",
    }
}

fn words(acme: &Acme, desired: &Desired) -> Vec<(&'static str, String, &'static str)> {
    let told = |judgement: Judgement| (judgement.part.expect("a part"), judgement.leaf, word(&judgement.outcome));
    acme.judge(&Scorecard, "x", desired).into_iter().map(told).collect()
}

fn message_of(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Violation { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

fn file_of(outcome: &Outcome) -> (&Difference, &FileWrite) {
    match outcome {
        Outcome::Differs(difference) => match difference.writes.as_slice() {
            [Write::File(file)] => (difference, file),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_good_workflow_is_compliant_in_every_part_that_is_asked_for() {
    let mut acme = with_workflow(GOOD, "active");
    acme.rest("x", RUNS, json!({"workflow_runs": [{"updated_at": "2026-11-21T00:00:00Z"}]}));
    let parts = |desired: &Desired| {
        let judged = words(&acme, desired);
        judged.into_iter().map(|(part, _, word)| format!("{part} {word}")).collect::<Vec<_>>()
    };
    let three = ["installed compliant", "publishable compliant", "active compliant"];
    assert_eq!(parts(&any()), three);
    assert_eq!(parts(&wanted(&[("active", json!(false))])), three[..2]);
    let all = wanted(&[("succeeded_within", json!("14d")), ("min_version", json!("2.4.0")), ("workflow", json!(PATH))]);
    assert_eq!(parts(&all), [&three[..], &["succeeded_within compliant"]].concat());
}

#[test]
fn files_named_after_it_are_read_first_and_the_others_only_if_needed() {
    let mut acme = Acme::new(&[("x", json!({}))]);
    assert_eq!(acme.asks(&Scorecard, "x", &any()), ["R_x tree .github/workflows"]);
    let at_once = ["R_x tree .github/workflows"];
    assert_eq!(acme.asks(&Scorecard, "x", &wanted(&[("workflow", json!(PATH))])), at_once);
    acme.empty("x");
    acme.unread("x", ".github/workflows/ci.yml", "ci").unread("x", ".github/workflows/z.yaml", "z");
    acme.unread("x", ".github/workflows/README.md", "no workflow").unread(
        "x",
        ".github/workflows/OSSF-Scorecard.yml",
        "s",
    );
    let blob = |text: &str| format!("R_x blob {}", blob_oid(text.as_bytes()));
    assert_eq!(acme.asks(&Scorecard, "x", &any()), [blob("s")]);
    acme.blob("x", ".github/workflows/scorecard.yaml", Blob::Text("jobs: {}".into()));
    acme.file("x", ".github/workflows/OSSF-Scorecard.yml", "jobs: {}");
    if let Some(Reading::Known { known: Some(entries) }) = acme.repo_mut("x").trees.get_mut(".github/workflows") {
        entries.retain(|entry| entry.oid != blob_oid(b"s"));
    }
    let mut others = [blob("ci"), blob("z")];
    others.sort();
    assert_eq!(acme.asks(&Scorecard, "x", &any()), others);
}

#[test]
fn text_and_state_are_asked_together_where_the_path_is_known() {
    let mut acme = Acme::new(&[("x", json!({}))]);
    acme.empty("x").unread("x", PATH, GOOD);
    let asked = acme.asks(&Scorecard, "x", &wanted(&[("workflow", json!(PATH))]));
    assert_eq!(asked, ["R_x graphql workflowRuns".to_owned(), format!("R_x blob {}", blob_oid(GOOD.as_bytes()))]);
}

#[test]
fn any_file_that_calls_the_action_will_do() {
    let mut acme = acme(json!({}));
    acme.file("x", ".github/workflows/scorecard.yml", "jobs: {a: {steps: [{run: ossf/scorecard-action@v2}]}}");
    acme.file("x", ".github/workflows/a.yml", "# uses: ossf/scorecard-action@v1\njobs: {}\n");
    acme.file("x", ".github/workflows/b.yml", GOOD);
    let Outcome::Compliant { observed, .. } = outcome(&acme, &wanted(&[("active", json!(false))]), "installed") else {
        panic!("not compliant")
    };
    assert_eq!(observed, json!({"workflow": ".github/workflows/b.yml", "version": "v2.4.4"}));
}

#[test]
fn a_missing_workflow_is_told_once() {
    let desired = wanted(&[("succeeded_within", json!("14d"))]);
    let told = words(&acme(json!({})), &desired);
    assert_eq!(
        told,
        [
            ("installed", String::new(), "violation"),
            ("publishable", String::new(), "not_applicable"),
            ("active", String::new(), "not_applicable"),
            ("succeeded_within", "succeeded_within".into(), "not_applicable"),
        ]
    );
    let path = wanted(&[("workflow", json!(PATH)), ("active", json!(true))]);
    assert_eq!(message_of(&outcome(&acme(json!({})), &path, "installed")), format!("there is no workflow {PATH}"));
    assert_eq!(words(&acme(json!({})), &path)[0].1, "workflow");
    assert_eq!(words(&acme(json!({})), &path)[2].1, "active");
}

#[test]
fn a_missing_workflow_is_created_from_the_template() {
    for (fields, path) in
        [(&[][..], PATH), (&[("workflow", json!(".github/workflows/ossf.yml"))][..], ".github/workflows/ossf.yml")]
    {
        let outcome = outcome(&acme(json!({})), &with_template(wanted(fields), GOOD.as_bytes()), "installed");
        let (difference, file) = file_of(&outcome);
        assert_eq!((difference.action, difference.effect), (Action::Create, Effect::Tightening));
        assert_eq!((&difference.before, &difference.after["workflow"]), (&Value::Null, &json!(path)));
        assert_eq!((file.path.as_str(), file.delivery), (path, Delivery::PullRequest));
        assert_eq!(file.content.as_deref(), Some(GOOD.as_bytes()));
    }
}

#[test]
fn a_template_that_would_not_do_is_not_written() {
    let broken = GOOD.replace("publish_results: true", "publish_results: false");
    let old = GOOD.replace("# v2.4.4", "# v2.3.0");
    let desired = wanted(&[("min_version", json!("2.4.0"))]);
    for (text, why) in
        [("jobs: {}", "does not use"), (broken.as_str(), "could not publish"), (old.as_str(), "older than 2.4.0")]
    {
        let outcome = outcome(&acme(json!({})), &with_template(desired.clone(), text.as_bytes()), "installed");
        assert!(message_of(&outcome).contains(why), "{outcome:?}");
    }
    let private = acme(json!({"visibility": "private"}));
    let outcome = outcome(&private, &with_template(desired, broken.as_bytes()), "installed");
    assert_eq!(word(&outcome), "differs", "where nothing is published, it need not be publishable");
}

#[test]
fn what_stands_in_the_way_is_not_overwritten() {
    let desired = with_template(wanted(&[("workflow", json!(PATH))]), GOOD.as_bytes());
    let mut other = acme(json!({}));
    other.file("x", PATH, "on: push\njobs: {}\n");
    let mut link = acme(json!({}));
    link.entry("x", PATH, 0o120_000, 9);
    let mut binary = acme(json!({}));
    binary.blob("x", PATH, Blob::Binary(true));
    for (acme, why) in
        [(other, "does not use ossf/scorecard-action"), (link, "is not a regular file"), (binary, "is not a text")]
    {
        for desired in [&desired, &with_template(any(), GOOD.as_bytes())] {
            let outcome = outcome(&acme, desired, "installed");
            assert_eq!(message_of(&outcome), format!("{PATH} {why}"));
        }
    }
}

#[test]
fn what_cannot_be_read_is_unknown_in_every_part() {
    let mut acme = acme(json!({}));
    let hidden = Reading::lacking("hidden", Permission::from("contents:read"));
    acme.repo_mut("x").trees.insert(".github/workflows", hidden);
    let desired = wanted(&[("succeeded_within", json!("1d"))]);
    let told: Vec<_> = words(&acme, &desired).into_iter().map(|(_, _, word)| word).collect();
    assert_eq!(told, ["unknown"; 4]);
    let mut large = self::acme(json!({}));
    large.blob("x", ".github/workflows/a.yml", Blob::TooLarge(true));
    assert_eq!(word(&outcome(&large, &any(), "installed")), "unknown");
    large.file("x", ".github/workflows/b.yml", GOOD);
    assert_eq!(word(&outcome(&large, &wanted(&[("active", json!(false))]), "installed")), "compliant");
}

#[test]
fn an_old_version_is_mended_by_a_newer_template_and_told_once() {
    let old = GOOD.replace("# v2.4.4", "# v2.3.1").replace("runs-on: ubuntu-latest", "runs-on: ubuntu-18.04");
    let acme = with_workflow(&old, "active");
    let desired = wanted(&[("min_version", json!("2.4.0"))]);
    assert_eq!(message_of(&outcome(&acme, &desired, "installed")), format!("{PATH} uses v2.3.1, older than 2.4.0"));
    assert_eq!(words(&acme, &desired)[0].1, "min_version");
    let desired = with_template(desired, GOOD.as_bytes());
    let installed = outcome(&acme, &desired, "installed");
    let (difference, file) = file_of(&installed);
    assert_eq!((difference.action, difference.effect), (Action::Update, Effect::Loosening));
    assert_eq!(difference.before, json!({"workflow": PATH, "version": "v2.3.1", "oid": blob_oid(old.as_bytes())}));
    assert_eq!(file.path, PATH);
    let publishable = outcome(&acme, &desired, "publishable");
    assert!(message_of(&publishable).ends_with("the change of scorecard.installed replaces the file"));
}

#[test]
fn what_cannot_publish_is_a_violation_or_overwritten() {
    let bad = GOOD.replace("      - uses: actions/checkout", "      - run: echo\n      - uses: actions/checkout");
    let acme = with_workflow(&bad, "active");
    let publishable = outcome(&acme, &any(), "publishable");
    let message =
        format!("the results of {PATH} cannot be published: step 1 of the job `analysis` has no `uses` (rule 6)");
    assert_eq!(message_of(&publishable), message);
    let desired = with_template(any(), GOOD.as_bytes());
    assert_eq!(word(&outcome(&acme, &desired, "installed")), "compliant");
    let publishable = outcome(&acme, &desired, "publishable");
    let (difference, file) = file_of(&publishable);
    assert_eq!((difference.effect, file.path.as_str()), (Effect::Loosening, PATH));
    assert_eq!(difference.after["problems"], json!([]));
    let poor = with_template(any(), bad.as_bytes());
    assert!(message_of(&outcome(&acme, &poor, "publishable")).contains("could not publish either"));
}

#[test]
fn private_repositories_and_forks_cannot_publish() {
    for (fields, why) in [(json!({"visibility": "private"}), "private repositories"), (json!({"fork": true}), "forks")]
    {
        let mut acme = acme(fields);
        acme.file("x", PATH, "jobs: {a: {steps: [{uses: ossf/scorecard-action@v2}]}}");
        let outcome = outcome(&acme, &wanted(&[("active", json!(false))]), "publishable");
        assert!(matches!(&outcome, Outcome::NotApplicable(reason) if reason.starts_with(why)), "{outcome:?}");
    }
}

#[test]
fn a_workflow_that_does_not_run_is_enabled() {
    for state in ["disabled_inactivity", "disabled_manually", "disabled_fork", "disabled_by_comet"] {
        let outcome = outcome(&with_workflow(GOOD, state), &any(), "active");
        let Outcome::Differs(difference) = &outcome else { panic!("{outcome:?}") };
        assert_eq!((&difference.before, &difference.after), (&json!(state), &json!("active")));
        assert_eq!(difference.effect, Effect::Tightening);
        let Some(Write::Rest(call)) = difference.writes.first() else { panic!("{difference:?}") };
        assert_eq!((call.method, call.path.as_str()), ("PUT", "/repos/acme/x/actions/workflows/7/enable"));
    }
}

#[test]
fn a_workflow_that_is_enabled_again_is_run_once_if_it_can_be() {
    let calls = |text: &str, dispatch: bool| {
        let desired = wanted(&[("dispatch", json!(dispatch))]);
        let outcome = outcome(&with_workflow(text, "disabled_inactivity"), &desired, "active");
        let Outcome::Differs(difference) = outcome else { panic!("{outcome:?}") };
        let paths = difference.writes.iter().map(|write| match write {
            Write::Rest(call) => {
                (call.method, call.path.rsplit('/').next().unwrap_or_default().to_owned(), call.body.clone())
            }
            other => panic!("{other:?}"),
        });
        paths.collect::<Vec<_>>()
    };
    let enable = ("PUT", "enable".to_owned(), None);
    let run = ("POST", "dispatches".to_owned(), Some(json!({"ref": "main"})));
    for on in ["on: { push: {}, workflow_dispatch: }", "on: [push, workflow_dispatch]", "on: workflow_dispatch"] {
        let text = GOOD.replace("on: { push: { branches: [main] }, schedule: [ { cron: \"30 1 * * 6\" } ] }", on);
        assert_ne!(text, GOOD);
        assert_eq!(calls(&text, true), [enable.clone(), run.clone()], "{on}");
        assert_eq!(calls(&text, false).len(), 1, "{on}");
    }
    assert_eq!(calls(GOOD, true), [enable]);
}

#[test]
fn a_workflow_that_github_does_not_list_yet_is_unknown() {
    let mut acme = with_workflow(GOOD, "active");
    acme.rest("x", "actions/workflows", json!([]));
    assert_eq!(word(&outcome(&acme, &any(), "active")), "unknown");
    assert_eq!(word(&outcome(&acme, &any(), "installed")), "compliant");
    let hidden = Reading::lacking("hidden", Permission::from("actions:read"));
    acme.repo_mut("x").rest.insert("actions/workflows", hidden);
    let Outcome::Unknown { permission, .. } = outcome(&acme, &any(), "active") else { panic!("not unknown") };
    assert_eq!(permission, Some(Permission::from("actions:read")));
}

#[test]
fn the_last_success_is_judged_against_the_time_of_the_observation() {
    let desired = wanted(&[("succeeded_within", json!("14d"))]);
    let mut acme = with_workflow(GOOD, "disabled_inactivity");
    assert_eq!(acme.asks(&Scorecard, "x", &desired), [format!("R_x rest {RUNS}")]);
    for (runs, word_wanted, text) in [
        (json!([]), "violation", "never succeeded on the default branch"),
        (json!([{"updated_at": "2026-11-08T12:00:00Z"}]), "compliant", ""),
        (json!([{"updated_at": "2026-11-08T11:59:59Z"}]), "violation", "was 2026-11-08T11:59:59Z, longer ago than 14d"),
    ] {
        acme.rest("x", RUNS, json!({"workflow_runs": runs}));
        let outcome = outcome(&acme, &desired, "succeeded_within");
        assert_eq!(word(&outcome), word_wanted);
        if !text.is_empty() {
            assert!(message_of(&outcome).contains(text), "{outcome:?}");
        }
    }
    acme.rest("x", RUNS, json!({"message": "?"}));
    assert_eq!(word(&outcome(&acme, &desired, "succeeded_within")), "unknown");
}

#[test]
fn a_fresh_run_on_the_head_proves_the_success_without_a_call() {
    let run = json!({"event": "schedule", "file": {"path": PATH}, "workflow": {"databaseId": 7, "state": "ACTIVE", "resourcePath": "/acme/x/actions/workflows/scorecard.yml"}});
    let suite = json!({"conclusion": "SUCCESS", "updatedAt": "2026-11-22T00:00:00Z", "workflowRun": run});
    let mut acme = acme(json!({}));
    acme.file("x", PATH, GOOD).graphql("x", "workflowRuns", json!({"target": {"checkSuites": {"nodes": [suite]}}}));
    let desired = wanted(&[("succeeded_within", json!("2d"))]);
    assert_eq!(word(&outcome(&acme, &desired, "active")), "compliant");
    assert_eq!(word(&outcome(&acme, &desired, "succeeded_within")), "compliant");
}

#[test]
fn bad_fields_are_found_in_the_policy() {
    let paths = |value| check(&value).into_iter().map(|problem| problem.path).collect::<Vec<_>>();
    for path in ["scorecard.yml", ".github/workflows/a/b.yml", ".github/workflows/x.txt", ".github/workflows/.yml"] {
        assert_eq!(paths(json!({"workflow": path})), ["workflow"], "{path}");
    }
    assert_eq!(paths(json!({"min_version": "new", "succeeded_within": "0d"})), ["min_version", "succeeded_within"]);
    assert!(paths(json!({"workflow": PATH, "min_version": "{{ vars.v }}", "succeeded_within": "14d"})).is_empty());
}

#[test]
fn the_example_is_toml_that_the_check_takes() {
    let table: toml::Table = META.example.parse().expect("valid");
    let value = serde_json::to_value(&table["repo"][META.shape.key]).expect("serialises");
    assert_eq!(check(&value), []);
}
