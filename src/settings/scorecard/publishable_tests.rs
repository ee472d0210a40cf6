use proptest::prelude::*;

use super::*;
use crate::settings::scorecard::tests::GOOD;

fn broken(text: &str, default_branch: Option<&str>) -> Vec<Broken> {
    super::broken(&Node::parse(text), default_branch)
}

/// The numbers of the rules that a text breaks on the default branch `main`; 0 where it is no rule of the server.
fn numbers(text: &str) -> Vec<u8> {
    broken(text, Some("main")).iter().map(|broken| broken.rule.unwrap_or_default()).collect()
}

fn swapped(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

#[test]
fn the_recommended_file_can_publish() {
    assert_eq!(broken(GOOD, Some("main")), []);
    assert_eq!(broken(GOOD, None), []);
    assert_eq!(broken(&GOOD.replace('\n', "\r\n"), Some("main")), []);
}

#[test]
fn each_rule_is_found_broken() {
    let job = "    runs-on: ubuntu-latest\n";
    let cases: &[(u8, &str, &str)] = &[
        (1, "jobs:\n", "env: {A: b}\njobs:\n"),
        (1, "jobs:\n", "env: {}\njobs:\n"),
        (1, "jobs:\n", "defaults: {run: {shell: bash}}\njobs:\n"),
        (2, "permissions: read-all", "permissions: write-all"),
        (2, "permissions: read-all", "permissions: {contents: read, issues: write}"),
        (2, "permissions: read-all", "permissions:\n  id-token: write"),
        (3, "jobs:\n", "jobs:\n  other:\n    permissions: {id-token: write}\n    steps: [{run: x}]\n"),
        (4, job, "    runs-on: ubuntu-latest\n    container: node:24\n"),
        (4, job, "    runs-on: ubuntu-latest\n    services: {db: {image: x}}\n"),
        (4, job, "    runs-on: ubuntu-latest\n    env: {A: b}\n"),
        (4, job, "    runs-on: ubuntu-latest\n    defaults: {run: {shell: bash}}\n"),
        (5, "ubuntu-latest", "ubuntu-20.04"),
        (5, "ubuntu-latest", "[self-hosted, ubuntu-latest]"),
        (5, "ubuntu-latest", "{group: large, labels: ubuntu-latest}"),
        (5, "ubuntu-latest", "windows-latest"),
        (5, "ubuntu-latest", "ubuntu-slim"),
        (5, "ubuntu-latest", "\"${{ matrix.os }}\""),
        (5, job, ""),
        (6, "    steps:\n", "    steps:\n      - run: echo\n"),
        (7, "    steps:\n", "    steps:\n      - uses: actions/setup-node@v6\n"),
        (7, "actions/checkout@", "Actions/Checkout@"),
        (7, "    steps:\n", "    steps:\n      - uses: ./local\n"),
        (7, "    steps:\n", "    steps:\n      - uses: docker://alpine:3\n"),
        (8, "3d3c42e5aac5ba805825da76410c181273ba90b1", "3d3c42e"),
        (9, "on: { push: { branches: [main] }, schedule: [ { cron: \"30 1 * * 6\" } ] }", "on: workflow_dispatch"),
        (9, "push: { branches: [main] }, schedule: [ { cron: \"30 1 * * 6\" } ]", "push: { branches: [dev] }"),
        (9, "push: { branches: [main] }, schedule: [ { cron: \"30 1 * * 6\" } ]", "push: { tags: [v1] }"),
        (9, "push: { branches: [main] }, schedule: [ { cron: \"30 1 * * 6\" } ]", "push: { branches-ignore: [ma*] }"),
        (11, "id-token: write", "id-token: read"),
        (11, "    permissions: { security-events: write, id-token: write }\n", ""),
        (0, "publish_results: true", "publish_results: false"),
        (0, ", publish_results: true", ""),
        (0, "publish_results: true", "publish_results: ${{ inputs.publish }}"),
        (0, "ossf/scorecard-action@", "ossf/other@"),
        (0, "jobs:\n", "jobs: [\n"),
    ];
    for (number, from, to) in cases {
        let text = swapped(from, to);
        assert_eq!(numbers(&text), [*number], "{text}");
    }
}

#[test]
fn what_the_server_takes_is_not_complained_of() {
    for (from, to) in [
        ("ubuntu-latest", "ubuntu-24.04-arm"),
        ("ubuntu-latest", "[ubuntu-22.04]"),
        ("ubuntu-latest", "{labels: ubuntu-26.04}"),
        ("permissions: read-all\n", ""),
        ("permissions: read-all", "permissions: {}"),
        ("permissions: { security-events: write, id-token: write }", "permissions: write-all"),
        ("on: {", "\"on\": {"),
        ("on: {", "true: {"),
        ("push: { branches: [main] }, schedule: [ { cron: \"30 1 * * 6\" } ]", "push: "),
        ("push: { branches: [main] }, schedule: [ { cron: \"30 1 * * 6\" } ]", "push: { branches: ['ma**', '!mad'] }"),
        ("push: { branches: [main] }, schedule: [ { cron: \"30 1 * * 6\" } ]", "push: { branches-ignore: [dev] }"),
        ("on: { push: { branches: [main] }, schedule: [ { cron: \"30 1 * * 6\" } ] }", "on: [push, workflow_dispatch]"),
        ("    steps:\n", "    steps:\n      - uses: step-security/harden-runner@v2\n"),
        ("publish_results: true", "publish_results: 'true'"),
        ("jobs:\n", "jobs:\n  other: {runs-on: x, permissions: {id-token: read}, steps: [{run: x}]}\n"),
    ] {
        let text = swapped(from, to);
        assert_eq!(broken(&text, Some("main")), [], "{text}");
    }
}

#[test]
fn all_that_is_broken_is_told_with_its_place() {
    let text = swapped("    steps:\n", "    env: {A: b}\n    steps:\n      - run: echo\n");
    let told: Vec<String> = broken(&text, Some("main")).iter().map(ToString::to_string).collect();
    assert_eq!(told, ["the job `analysis` has `env` (rule 4)", "step 1 of the job `analysis` has no `uses` (rule 6)"]);
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(cuts in proptest::collection::vec((0usize..2000, "[-:{}\\[\\]&*!\n a]{0,6}"), 0..6)) {
        let mut text = GOOD.to_owned();
        for (at, put) in cuts {
            let at = at.min(text.len());
            if text.is_char_boundary(at) {
                text.insert_str(at, &put);
            }
        }
        let _ = broken(&text, Some("main"));
    }

    #[test]
    fn no_filter_makes_it_panic(pattern in "[-*?+!\\[\\]\\\\a/{}()|^$.]{0,12}") {
        let _ = branch_matches(&[&pattern], "main");
    }
}
