use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    model::{Delivery, Verdict},
    plan::{ChangeOutcome, ChangeResult, NotClosed},
    render::{
        explain::{self, ExplainedGate, ExplainedSetting, ExplainedSource, Explanation},
        samples,
    },
};

const PLAIN: Style = Style { color: false, width: 80, verbose: false };

#[test]
fn an_empty_plan_says_so() {
    insta::assert_snapshot!(plan(&samples::empty(), &PLAIN), @r"
    Nothing differs: 280 settings in 66 repositories are as the policy says.

    66 repositories: 280 compliant, 0 to change.
    Reading cost 14 requests (3 GraphQL), 11 REST points, 6 GraphQL points, 0 not
      modified.
    ");
}

#[test]
fn a_plan_tells_identical_changes_together() {
    insta::assert_snapshot!(plan(&samples::full(), &PLAIN), @r"
    33 changes, which move 3 repository settings with them, in 1 organisation and 32
      repositories:

      + [WEAKENS SECURITY] create code_security.ordain baseline in the organisation
        expressjs
          + enforcement: unenforced
          + private_vulnerability_reporting: enabled
          [WEAKENS SECURITY] moves secret_scanning.push_protection: on → off in
            expressjs/express
          moves private_vulnerability_reporting: off → on in 2 repositories
              expressjs: cors, express
          rules/advisories.toml:9

      - [DELETES] delete labels.wontfix in expressjs/cors
          - color: ededed
          rules/advisories.toml:9

      ~ files.SECURITY.md in expressjs/cors, by pull request, left to the next apply
            content:
              # Security

            - Ask anyone.
            + Write to security@expressjs.com.
            sha: a1 → b2
          rules/advisories.toml:9
          why: Reporters need an address

      ~ private_vulnerability_reporting: off → on in 30 repositories
          expressjs: middleware-01, middleware-02, middleware-04, middleware-05,
            middleware-07, middleware-08, middleware-10, middleware-11,
            middleware-13, middleware-14, middleware-16, middleware-17,
            middleware-19, middleware-20, middleware-22, middleware-23,
            middleware-25, middleware-26, middleware-28, middleware-29
          jshttp: http-03, http-06, http-09, http-12
          … and 6 more (--format json has all)
          rules/advisories.toml:9

    1 in violation (it differs, and ordain cannot or may not change it):

      topics: off, should be on, in expressjs/express
          The repository is archived: unarchive it to change it.
          rules/baseline.toml:4 (also rules/advisories)

    2 blocked (it differs, and waits for something else to hold first):

      private_vulnerability_reporting: off, should be on, in 2 repositories
          expressjs: cors, morgan
          security_policy is in violation: SECURITY.md names no contact
          waits for security_policy
          rules/baseline.toml:4 (also rules/advisories)

    1 pending (an open pull request of ordain's mends it once people merge it):

      files.SECURITY.md: off, should be on, in expressjs/vary
          https://github.com/expressjs/vary/pull/7 has exactly these files.
          rules/baseline.toml:4 (also rules/advisories)

    2 unknown (it could not be read; nothing is assumed):

      secret_scanning.validity_checks in 2 repositories
          expressjs: cors, morgan
          The token may not see it.
          needs the permission administration:read: give it to the token or to the
            GitHub App and accept it in the organisation
          rules/baseline.toml:4 (also rules/advisories)

    1 waived (a written exception covers it):

      actions.sha_pinning_required: off, should be on, in expressjs/express
          waived: ADR 366: semver tags by default (@expressjs/security-wg, until
            2027-06-30)
          https://github.com/expressjs/discussions/blob/master/docs/adr/366-action-pinning.md
          waivers.toml:3
          rules/baseline.toml:4 (also rules/advisories)

    1 warning:
      waivers.toml:12: This waiver covers nothing.

    66 repositories: 280 compliant, 33 to change, 1 violation, 2 blocked, 1 pending,
      2 unknown, 1 waived, 1 not applicable.
    The changes: 34 tightening, 1 loosening, 1 deletion.
    Reading cost 14 requests (3 GraphQL), 11 REST points, 6 GraphQL points, 0 not
      modified.
    Applying takes about 99 requests and 2 min 20 s.
    1 change is left to the next apply.
    apply will refuse: 36 changes are planned; the limit is 10 (--limit changes=36
      allows them for this run)
    apply will refuse: 1 deletion is planned; the limit is 0 (--limit deletions=1
      allows it for this run)
    ");
}

#[test]
fn a_drift_has_no_word_of_changing() {
    let mut sample = samples::full();
    sample.findings.clear();
    sample.changes.truncate(31);
    let told = drift(&sample, &PLAIN);
    assert!(!told.contains("will ") && !told.contains("DELETES"), "{told}");
    insta::assert_snapshot!(told, @r"
    31 settings differ in 31 repositories:

      - too many: labels.wontfix in expressjs/cors (- GitHub, + policy)
          - color: ededed
          rules/advisories.toml:9

      ~ private_vulnerability_reporting: off, should be on in 30 repositories
          expressjs: middleware-01, middleware-02, middleware-04, middleware-05,
            middleware-07, middleware-08, middleware-10, middleware-11,
            middleware-13, middleware-14, middleware-16, middleware-17,
            middleware-19, middleware-20, middleware-22, middleware-23,
            middleware-25, middleware-26, middleware-28, middleware-29
          jshttp: http-03, http-06, http-09, http-12
          … and 6 more (--format json has all)
          rules/advisories.toml:9

    1 warning:
      waivers.toml:12: This waiver covers nothing.

    66 repositories: 280 compliant, 33 different, 1 violation, 2 blocked, 1 pending,
      2 unknown, 1 waived, 1 not applicable.
    Reading cost 14 requests (3 GraphQL), 11 REST points, 6 GraphQL points, 0 not
      modified.
    ");
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
    let not_closed = vec![NotClosed {
        url: "https://github.com/expressjs/morgan/pull/3".to_owned(),
        message: "the branch ordain/policy holds a commit that is not ours (0123abcd)".to_owned(),
    }];
    let done = Applied { outcomes, closed, not_closed, cost: samples::empty().cost, milliseconds: 14_250 };
    insta::assert_snapshot!(applied(&done, &PLAIN), @r"
    29 changed (written, and read back as wanted):

      + create code_security.ordain baseline in the organisation expressjs
          + enforcement: unenforced
          + private_vulnerability_reporting: enabled
          moved 3 settings of repositories with it

      - delete labels.wontfix in expressjs/cors
          - color: ededed

      ~ private_vulnerability_reporting: off → on in 27 repositories
          expressjs: middleware-01, middleware-02, middleware-07, middleware-08,
            middleware-10, middleware-11, middleware-13, middleware-14,
            middleware-16, middleware-17, middleware-19, middleware-20,
            middleware-22, middleware-23, middleware-25, middleware-26,
            middleware-28, middleware-29
          jshttp: http-03, http-09, http-12, http-15, http-18, http-21
          … and 3 more (--format json has all)

    1 in pull requests (people merge them):
      https://github.com/expressjs/cors/pull/9 (opened) in expressjs/cors
          files.SECURITY.md

    1 stale (not written: what was planned is no longer true):

      ~ private_vulnerability_reporting: off → on in jshttp/http-06
          it is on already

    2 failed (GitHub refused, or it did not read back as wanted):

      ~ private_vulnerability_reporting: off → on in 2 repositories
          expressjs: middleware-04, middleware-05
          PATCH /repos/… → 422: the organisation forbids it

    Closed, since no longer needed:
      https://github.com/expressjs/vary/pull/7

    No longer needed, and not closed:
      https://github.com/expressjs/morgan/pull/3
          the branch ordain/policy holds a commit that is not ours (0123abcd)

    29 changed, 1 in pull requests, 1 stale, 2 failed; 14.2 s.
    It cost 14 requests (3 GraphQL), 11 REST points, 6 GraphQL points, 0 not
      modified.
    Incomplete: mend what is told above and run it again; what is done is not done
      twice.
    ");
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
        unmanaged: None,
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
            notes: Vec::new(),
            read: vec!["GET /repos/expressjs/cors/private-vulnerability-reporting".to_owned()],
            writes: vec!["PUT /repos/expressjs/cors/private-vulnerability-reporting".to_owned()],
        }],
    };
    insta::assert_snapshot!(explain::text(&told, &PLAIN), @r"
    expressjs/cors
      public, default branch master
      matched by rules/advisories, rules/legacy

      private_vulnerability_reporting: blocked (it differs, and waits for something
        else to hold first)
        observed  off
        desired   on
        from      rules/advisories.toml:9 (rules/advisories) on
        beats     rules/legacy.toml:3 (rules/legacy) off: rules/advisories overrides
                  rules/legacy
        why       Reports must not be public
        gate      security_policy does not hold: SECURITY.md names no contact
        once open PUT /repos/expressjs/cors/private-vulnerability-reporting
        serves    OSPS-VM-03.01
        read by   GET /repos/expressjs/cors/private-vulnerability-reporting
    ");
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

/// Each has a line of its own in the journal, which parts nothing.
#[test]
fn an_undo_tells_identical_changes_together_with_the_lines_of_the_journal() {
    let mut whole = samples::empty();
    let all = samples::full().changes;
    let one = all.iter().find(|change| change.setting == "private_vulnerability_reporting").expect("there is one");
    for (repo, line) in [("cors", 3), ("express", 5), ("vary", 8)] {
        let mut change = one.clone();
        change.repo = Some(repo.to_owned());
        change.rules.clear();
        change.source = crate::model::Source { file: "journal.jsonl".to_owned(), line };
        whole.changes.push(change);
    }
    let told = undo(&whole, "journal.jsonl", &PLAIN);
    assert!(told.contains("private_vulnerability_reporting: off → on in 3 repositories"), "{told}");
    assert!(told.contains("journal.jsonl, lines 3, 5, 8\n"), "{told}");
    let planned = plan(&whole, &PLAIN);
    assert!(planned.contains("journal.jsonl:5"), "lines of a policy part what is told: {planned}");
}
