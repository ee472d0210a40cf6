use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    model::{Delivery, Verdict},
    plan::{ChangeOutcome, ChangeResult},
    render::{
        explain::{self, ExplainedGate, ExplainedSetting, ExplainedSource, Explanation},
        samples,
    },
};

const PLAIN: Style = Style { color: false, width: 80, verbose: false };

#[test]
fn an_empty_plan_says_so() {
    insta::assert_snapshot!(plan(&samples::empty(), &PLAIN), @"");
}

#[test]
fn a_plan_tells_identical_changes_together() {
    insta::assert_snapshot!(plan(&samples::full(), &PLAIN), @"");
}

#[test]
fn a_drift_has_no_word_of_changing() {
    let mut sample = samples::full();
    sample.findings.clear();
    sample.changes.truncate(31);
    let told = drift(&sample, &PLAIN);
    assert!(!told.contains("will ") && !told.contains("DELETES"), "{told}");
    insta::assert_snapshot!(told, @"");
}

#[test]
fn verbose_names_all() {
    let style = Style { verbose: true, ..PLAIN };
    let told = plan(&samples::full(), &style);
    assert!(told.contains("http-30") && told.contains("middleware-29") && told.contains("not applicable ("), "{told}");
    assert!(!told.contains("more (--format json has all)"));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let style = Style { color: true, ..PLAIN };
    let coloured = plan(&samples::full(), &style);
    assert!(coloured.contains("\u{1b}[31m"));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plan(&samples::full(), &PLAIN));
}

#[test]
fn an_apply_tells_what_came_of_each() {
    let mut outcomes: Vec<_> = samples::full()
        .changes
        .into_iter()
        .map(|change| ChangeOutcome { change, result: ChangeResult::Applied })
        .collect();
    let message = "PATCH /repos/… → 422: the organisation forbids it".to_owned();
    outcomes[3].result = ChangeResult::Failed { message: message.clone() };
    outcomes[4].result = ChangeResult::Failed { message };
    outcomes[5].result = ChangeResult::Stale { message: "it is on already".to_owned() };
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.change.delivery == Delivery::PullRequest) {
        let url = "https://github.com/expressjs/cors/pull/9".to_owned();
        outcome.result = ChangeResult::PullRequest { url, number: 9, how: "opened".to_owned() };
    }
    let closed = vec!["https://github.com/expressjs/vary/pull/7".to_owned()];
    let done = Applied { outcomes, closed, cost: samples::empty().cost, milliseconds: 14_250 };
    insta::assert_snapshot!(applied(&done, &PLAIN), @"");
}

#[test]
fn an_explanation_traces_to_the_line() {
    let from = |rule: &str, line, value: Value, note: Option<&str>| ExplainedSource {
        rule: rule.to_owned(),
        source: samples::source(&format!("{rule}.toml"), line),
        field: String::new(),
        value,
        note: note.map(str::to_owned),
    };
    let told = Explanation {
        target: "expressjs/cors".to_owned(),
        facts: vec!["public".to_owned(), "default branch master".to_owned()],
        rules: vec!["rules/advisories".to_owned(), "rules/legacy".to_owned()],
        settings: vec![ExplainedSetting {
            setting: "private_vulnerability_reporting".to_owned(),
            verdict: Verdict::Blocked,
            message: String::new(),
            observed: json!(false),
            desired: json!(true),
            sources: vec![from("rules/advisories", 9, json!(true), None)],
            overridden: vec![from("rules/legacy", 3, json!(false), Some("rules/advisories overrides rules/legacy"))],
            reason: Some("Reports must not be public".to_owned()),
            waiver: None,
            gates: vec![ExplainedGate {
                gate: "security_policy".to_owned(),
                holds: false,
                message: "SECURITY.md names no contact".to_owned(),
            }],
            permission: None,
            controls: vec!["OSPS-VM-03.01".to_owned()],
            read: vec!["GET /repos/expressjs/cors/private-vulnerability-reporting".to_owned()],
        }],
    };
    insta::assert_snapshot!(explain::text(&told, &PLAIN), @"");
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\x00-\\x1f\\x7f-\\u{9f}a-z \\n\u{1b}\u{202e}\u{2066}@`|<&]{0,40}",
        Just("\u{1b}]0;owned\u{7}\u{1b}[2J".to_owned()),
    ]
}

proptest! {
    #[test]
    fn no_control_character_reaches_the_terminal(
        name in hostile(), text in hostile(), other in hostile(), width in 0_usize..200, verbose: bool,
    ) {
        let mut sample = samples::full();
        for change in &mut sample.changes {
            change.repo = change.repo.as_ref().map(|_| name.clone());
            change.setting = format!("labels.{name}");
            change.before = json!({"a": text, name.clone(): [text, other]});
            change.after = json!({"a": format!("{text}\n{other}"), "b": other});
            change.reason = Some(text.clone());
        }
        for finding in &mut sample.findings {
            finding.message = text.clone();
            finding.org = name.clone();
            finding.observed = json!(other);
            finding.blocked_by = vec![other.clone()];
        }
        sample.warnings[0].message = other;
        let style = Style { color: false, width, verbose };
        let outcomes = sample.changes.iter().cloned();
        let result = ChangeResult::Failed { message: text };
        let outcomes = outcomes.map(|change| ChangeOutcome { change, result: result.clone() }).collect();
        let done = Applied { outcomes, closed: vec![name], ..Applied::default() };
        for told in [plan(&sample, &style), drift(&sample, &style), applied(&done, &style)] {
            let bad = told.chars().find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c)
                || ('\u{2066}'..='\u{2069}').contains(c));
            prop_assert_eq!(bad, None);
        }
    }
}
