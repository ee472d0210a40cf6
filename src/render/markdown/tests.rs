use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    model::Verdict,
    plan::{ChangeOutcome, ChangeResult, NotClosed},
    render::samples,
};

fn plan(plan: &Plan) -> String {
    super::plan(plan, &Room::comment(None))
}

fn drift(plan: &Plan) -> String {
    super::drift(plan, &Room::comment(None))
}

fn applied(applied: &Applied) -> String {
    super::applied(applied, &Room::comment(None))
}

#[test]
fn an_empty_plan_says_so() {
    insta::assert_snapshot!(plan(&samples::empty()), @r"
    ### ordain: Nothing differs: 280 settings in 66 repositories are as the policy says.

    66 repositories: 280 compliant, 0 to change.


    <sub>Reading cost 14 requests (3 GraphQL), 11 REST points, 6 GraphQL points, 0 not modified. Observed at <code>2026-11-22T11:59:58Z</code> by ordain <code>0.1.0</code>, policy <code>sha256:1111111111111111111111111111111111111111111111111111111111111111</code>.</sub>
    ");
}

#[test]
fn a_plan_is_tables_and_folds() {
    insta::assert_snapshot!(plan(&samples::full()), @r"
    ### ordain: 33 changes, which move 3 repository settings with them, in 1 organisation and 32 repositories

    > [!CAUTION]
    > - apply will refuse: 36 changes are planned; the limit is 10 (--limit changes=36 allows them for this run)
    > - apply will refuse: 1 deletion is planned; the limit is 0 (--limit deletions=1 allows it for this run)

    66 repositories: 280 compliant, 33 to change, 1 violation, 2 blocked, 1 pending, 2 unknown, 1 waived, 1 not applicable.
    The changes: 34 tightening, 1 loosening, 1 deletion.

    > [!WARNING]
    > - `waivers.toml:12`: This waiver covers nothing.

    | setting | change | where | policy |
    | --- | --- | --- | --- |
    | **WEAKENS SECURITY** `code_security.ordain baseline` | create | `expressjs` | `rules/advisories.toml:9` |
    | ↳ **WEAKENS SECURITY** `secret_scanning.push_protection` | `on → off` | `expressjs/express` | with the row above |
    | ↳ `private_vulnerability_reporting` | `off → on` | `expressjs/cors`<br>`expressjs/express` | with the row above |
    | **DELETES** `labels.wontfix` | delete | `expressjs/cors` | `rules/advisories.toml:9` |
    | (left to the next apply) (by pull request) `files.SECURITY.md` | several fields | `expressjs/cors` | `rules/advisories.toml:9`<br>Reporters need an address |
    | `private_vulnerability_reporting` | `off → on` | 30 repositories | `rules/advisories.toml:9` |

    <details><summary><code>code_security.ordain baseline</code></summary>

    - `expressjs`

    ```diff
    + enforcement: unenforced
    + private_vulnerability_reporting: enabled
    ```

    </details>

    <details><summary><code>labels.wontfix</code></summary>

    - `expressjs`: `cors`

    ```diff
    - color: ededed
    ```

    </details>

    <details><summary><code>files.SECURITY.md</code></summary>

    - `expressjs`: `cors`

    ```diff
      content:
        # Security

    -   Ask anyone.
    +   Write to security@expressjs.com.
      sha: a1 → b2
    ```

    </details>

    <details><summary><code>private_vulnerability_reporting</code> in 30 repositories</summary>

    - `expressjs`: `middleware-01`, `middleware-02`, `middleware-04`, `middleware-05`, `middleware-07`, `middleware-08`, `middleware-10`, `middleware-11`, `middleware-13`, `middleware-14`, `middleware-16`, `middleware-17`, `middleware-19`, `middleware-20`, `middleware-22`, `middleware-23`, `middleware-25`, `middleware-26`, `middleware-28`, `middleware-29`
    - `jshttp`: `http-03`, `http-06`, `http-09`, `http-12`, `http-15`, `http-18`, `http-21`, `http-24`, `http-27`, `http-30`

    </details>

    #### 1 in violation: it differs, and ordain cannot or may not change it

    | setting | state | where | why | policy |
    | --- | --- | --- | --- | --- |
    | `topics` | `off, should be on` | `expressjs/express` | The repository is archived: unarchive it to change it. | `rules/baseline.toml:4` |

    #### 2 blocked: it differs, and waits for something else to hold first

    | setting | state | where | why | policy |
    | --- | --- | --- | --- | --- |
    | `private_vulnerability_reporting` | `off, should be on` | `expressjs/cors`<br>`expressjs/morgan` | `security_policy` is in violation: SECURITY.md names no contact<br>waits for `security_policy` | `rules/baseline.toml:4` |

    #### 1 pending: an open pull request of ordain's mends it once people merge it

    | setting | state | where | why | policy |
    | --- | --- | --- | --- | --- |
    | `files.SECURITY.md` | `off, should be on` | `expressjs/vary` | `https://github.com/expressjs/vary/pull/7` has exactly these files. | `rules/baseline.toml:4` |

    #### 2 unknown: it could not be read; nothing is assumed

    | setting | state | where | why | policy |
    | --- | --- | --- | --- | --- |
    | `secret_scanning.validity_checks` | not known | `expressjs/cors`<br>`expressjs/morgan` | The token may not see it.<br>needs the permission `administration:read` | `rules/baseline.toml:4` |

    <details><summary>1 waived (a written exception covers it)</summary>

    | setting | state | where | why | policy |
    | --- | --- | --- | --- | --- |
    | `actions.sha_pinning_required` | `off, should be on` | `expressjs/express` | waived: ADR 366: semver tags by default (`@expressjs/security-wg`, until 2027-06-30)<br>`https://github.com/expressjs/discussions/blob/master/docs/adr/366-action-pinning.md`<br>`waivers.toml:3` | `rules/baseline.toml:4` |

    </details>


    <sub>Reading cost 14 requests (3 GraphQL), 11 REST points, 6 GraphQL points, 0 not modified. Applying takes about 99 requests and 2 min 20 s. Observed at <code>2026-11-22T11:59:58Z</code> by ordain <code>0.1.0</code>, policy <code>sha256:1111111111111111111111111111111111111111111111111111111111111111</code>.</sub>
    ");
}

#[test]
fn an_apply_tells_failures_first() {
    let mut outcomes: Vec<_> = samples::full()
        .changes
        .into_iter()
        .skip(28)
        .collect::<Vec<_>>()
        .into_iter()
        .map(|change| ChangeOutcome { change, result: ChangeResult::Applied })
        .collect();
    outcomes[0].result = ChangeResult::Failed { message: "422: ask @octocat".to_owned() };
    outcomes[3].result = ChangeResult::PullRequest {
        url: "https://github.com/expressjs/cors/pull/9".to_owned(),
        number: 9,
        how: "opened".to_owned(),
    };
    let not_closed = vec![NotClosed { url: "https://x/2".to_owned(), message: "it reads <b> open".to_owned() }];
    let closed = vec!["https://x/1".to_owned()];
    let done = Applied { outcomes, closed, not_closed, milliseconds: 61_000, ..Applied::default() };
    insta::assert_snapshot!(applied(&done), @r"
    ### ordain: 3 changed, 1 in pull requests, 1 failed

    > [!WARNING]
    > Incomplete: mend what is told below and run it again; what is done is not done twice.

    #### 1 failed: GitHub refused, or it did not read back as wanted

    | setting | change | where | result |
    | --- | --- | --- | --- |
    | `private_vulnerability_reporting` | `off → on` | `expressjs/middleware-29` | 422: ask `@octocat` |

    #### 1 in pull requests: people merge them

    | setting | change | where | result |
    | --- | --- | --- | --- |
    | `files.SECURITY.md` | several fields | `expressjs/cors` | opened `https://github.com/expressjs/cors/pull/9` |

    #### 3 changed: written, and read back as wanted

    | setting | change | where | result |
    | --- | --- | --- | --- |
    | `code_security.ordain baseline` | create | `expressjs` |  |
    | `labels.wontfix` | delete | `expressjs/cors` |  |
    | `private_vulnerability_reporting` | `off → on` | `jshttp/http-30` |  |

    No longer needed, and not closed: 1 pull request.

    - `https://x/2`: it reads `<b>` open

    Closed, since no longer needed: 1 pull request.

    - `https://x/1`

    <sub>It took 1 min 1 s and 0 requests (0 GraphQL), 0 REST points, 0 GraphQL points, 0 not modified.</sub>
    ");
}

#[test]
fn a_drift_has_no_word_of_changing() {
    let mut sample = samples::full();
    sample.findings.clear();
    let told = drift(&sample);
    assert!(!told.contains("will ") && !told.contains("WEAKENS"), "{told}");
}

/// A plan of many changes, each unlike every other.
fn many(number: usize, text: &str) -> Plan {
    let mut plan = samples::full();
    for n in 0..number {
        let setting = format!("key{n}.{text}");
        let mut change =
            samples::change("expressjs", Some(&format!("repo-{n}-{text}")), &setting, json!(n), json!(text));
        change.reason = Some(text.to_owned());
        plan.changes.push(change);
        plan.findings.push(samples::finding(&format!("repo-{n}"), &setting, Verdict::Violation, text));
    }
    plan
}

const RUN: &str = "https://github.com/acme/policy/actions/runs/17";

/// A page in the room of a comment, and what it leaves out.
fn fits(told: &str, room: &Room) -> bool {
    let most = if room.run.is_some() { LIMIT } else { room.bytes };
    assert!(told.len() <= most, "{}", told.len());
    let shortened = told.contains("\n_Shortened, since GitHub takes no more here: ");
    assert_eq!(shortened, told.ends_with("--format json` all._\n") || told.ends_with("`--format json` has all._\n"));
    assert_eq!(shortened && room.run.is_some(), told.contains(&format!("[summary of the run]({RUN})")));
    shortened
}

/// What came of a plan of many changes: each failed.
fn failed(plan: &Plan) -> Applied {
    let result = ChangeResult::Failed { message: "422".to_owned() };
    let outcomes = plan.changes.iter().cloned();
    let outcomes = outcomes.map(|change| ChangeOutcome { change, result: result.clone() }).collect();
    Applied { outcomes, ..Applied::default() }
}

#[test]
fn a_comment_is_never_too_long_and_says_where_the_rest_is() {
    let rooms = [Room::comment(Some(RUN.to_owned())), Room::comment(None), Room::summary(0), Room::summary(1_048_500)];
    for (number, shortened) in
        [(10, [false, false, false]), (100, [false; 3]), (1_000, [true, true, false]), (5_000, [true, true, false])]
    {
        let plan = many(number, "x");
        let done = failed(&plan);
        for (room, shortened) in rooms.iter().zip(shortened.into_iter().chain([true])) {
            assert_eq!(fits(&super::plan(&plan, room), room), shortened, "{number} in {}", room.bytes);
            assert_eq!(fits(&super::drift(&plan, room), room), shortened, "{number} in {}", room.bytes);
            fits(&super::applied(&done, room), room);
        }
    }
    let plan = many(20_000, "x");
    assert!(
        fits(&super::plan(&plan, &rooms[0]), &rooms[0]) && fits(&super::applied(&failed(&plan), &rooms[0]), &rooms[0])
    );
    let told = super::plan(&many(5_000, "x"), &rooms[0]);
    let count = told.split("whole setting), and ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a number");
    let rows = super::whole(&many(5_000, "x"), Voice::Change, &Detail::LEVELS[3]).lines().count();
    let shown = told.split("\n_Shortened").next().expect("a page").trim_end_matches('\n').lines().count();
    assert_eq!(count.parse::<usize>().expect("a number") + shown, rows);
}

#[test]
fn long_texts_fit_as_well() {
    let room = Room::comment(None);
    for (number, text) in [(700, &*"long ".repeat(200)), (700, &*"ü|`".repeat(90))] {
        let plan = many(number, text);
        let told = super::plan(&plan, &room);
        assert!(fits(&told, &room) && told.chars().count() <= 65_536);
        assert!(!told.contains("cut off"), "rows of settings fit");
    }
}

#[test]
fn only_a_plain_address_is_linked() {
    for odd in ["javascript:alert(1)", "https://x/ @octocat", "https://x/)[a](b", "ftp://x"] {
        assert_eq!(Room::comment(Some(odd.to_owned())).run, None, "{odd}");
    }
}

#[test]
fn many_alike_are_grouped_before_anything_is_cut() {
    let mut plan = samples::full();
    for n in 0..5_000 {
        plan.changes.push(samples::change("expressjs", Some(&format!("repo-{n}")), "wiki", json!(true), json!(false)));
    }
    let told = super::plan(&plan, &Room::comment(None));
    assert!(told.len() <= LIMIT && !told.contains("cut off"));
    assert!(told.contains("5000 repositories") && told.contains("… and 4700 more"));
    assert!(told.contains("_Shortened, since GitHub takes no more here: of long lists"), "it says so");
}

/// The text without what GitHub shows as code.
fn without_code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        out.push_str(&rest[..start]);
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let tail = &rest[start + run..];
        let fence = "`".repeat(run);
        let mut at = 0;
        let end = loop {
            let Some(found) = tail[at..].find(&fence).map(|found| found + at) else { break None };
            let length = tail[found..].len() - tail[found..].trim_start_matches('`').len();
            if length == run {
                break Some(found + run);
            }
            at = found + length;
        };
        match end {
            Some(end) => rest = &tail[end..],
            None => {
                out.push_str(&fence);
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    while let Some(start) = out.find("<code>") {
        let end = out[start..].find("</code>").map_or(out.len(), |end| start + end + 7);
        out.replace_range(start..end, "");
    }
    out
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z@#|`<>/\\\\\\[\\]()!*_~:. \\n\u{1b}\u{202e}-]{0,40}",
        Just("@octocat <img src=x onerror=alert(1)> [a](javascript:x) </details> ```".to_owned()),
        Just("` @octocat ` https://evil.example www.evil.example #1 a/b#2 GH-3".to_owned()),
    ]
}

proptest! {
    #[test]
    fn nobody_is_called_and_nothing_is_linked(name in hostile(), text in hostile(), other in hostile()) {
        let mut sample = samples::full();
        for change in &mut sample.changes {
            change.repo = change.repo.as_ref().map(|_| name.clone());
            change.setting = format!("labels.{name}");
            change.before = json!({"a": text, name.clone(): [text, other]});
            change.after = json!({"a": format!("{text}\n{other}"), "b": other});
            change.reason = Some(text.clone());
            change.source.file = other.clone();
        }
        for finding in &mut sample.findings {
            finding.message = text.clone();
            finding.org = name.clone();
            finding.observed = json!(other);
            finding.blocked_by = vec![other.clone()];
            if let Some(waiver) = &mut finding.waiver {
                waiver.link = Some(name.clone());
                waiver.owner = Some(other.clone());
            }
        }
        sample.warnings[0].message = other.clone();
        sample.ordain = text.clone();
        let result = ChangeResult::Failed { message: text };
        let outcomes = sample.changes.iter().cloned();
        let outcomes = outcomes.map(|change| ChangeOutcome { change, result: result.clone() }).collect();
        let done = Applied { outcomes, closed: vec![name], ..Applied::default() };
        for told in [plan(&sample), drift(&sample), applied(&done)] {
            let bare = without_code(&told);
            prop_assert!(!bare.contains('@'), "{}", told);
            prop_assert!(!bare.contains("://") && !bare.contains("www.") && !bare.contains("]("), "{}", told);
            let tags = ["<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>", "<br>"];
            let bare = tags.iter().fold(bare, |bare, tag| bare.replace(tag, ""));
            prop_assert!(!bare.contains('<'), "{}", told);
            prop_assert!(!told.chars().any(|c| c.is_control() && c != '\n'));
            for row in told.lines().filter(|line| line.starts_with("| ")) {
                let bars = row.replace("\\|", "").matches('|').count();
                prop_assert!([4, 5, 6].contains(&bars), "{}", row);
            }
        }
    }
}
