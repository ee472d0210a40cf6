//! JUnit's XML, as continuous integrations read it: a test case for every change and finding.

use std::collections::BTreeMap;

use super::{clean::markup, sentence, words};
use crate::{
    model::Verdict,
    plan::{Finding, Plan},
};

/// What came of a test case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Passed,
    Failed,
    Skipped,
    Error,
}

struct Case {
    target: String,
    setting: String,
    kind: Kind,
    verdict: Verdict,
    text: String,
    place: String,
}

/// The plan: a suite for each organisation, a case for each id. Differences fail; waived, not applicable and audited are
/// skipped; unknown is an error.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    let mut suites: BTreeMap<&str, Vec<Case>> = plan.orgs.iter().map(|org| (org.as_str(), Vec::new())).collect();
    for change in &plan.changes {
        suites.entry(&change.org).or_default().push(Case {
            target: target(&change.org, change.repo.as_deref()),
            setting: change.setting.clone(),
            kind: Kind::Failed,
            verdict: Verdict::Change,
            text: sentence::change(change),
            place: change.source.to_string(),
        });
    }
    for finding in &plan.findings {
        suites.entry(&finding.org).or_default().push(Case {
            target: target(&finding.org, finding.repo.as_deref()),
            setting: finding.setting.clone(),
            kind: kind(finding),
            verdict: finding.verdict,
            text: sentence::finding(finding),
            place: finding.source.as_ref().map(ToString::to_string).unwrap_or_default(),
        });
    }
    let all: Vec<&Case> = suites.values().flatten().collect();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuites name=\"ordain\"{}>\n", counts(&all)));
    for (org, mut cases) in suites {
        cases.sort_by(|a, b| (&a.target, &a.setting).cmp(&(&b.target, &b.setting)));
        let counts = counts(&cases.iter().collect::<Vec<_>>());
        let (org, as_of) = (markup(org), markup(plan.as_of.trim_end_matches('Z')));
        out.push_str(&format!("  <testsuite name=\"{org}\" timestamp=\"{as_of}\"{counts}>\n"));
        cases.iter().for_each(|case| one(&mut out, case));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn target(org: &str, repo: Option<&str>) -> String {
    repo.map_or_else(|| org.to_owned(), |repo| format!("{org}/{repo}"))
}

fn kind(finding: &Finding) -> Kind {
    match finding.verdict {
        Verdict::Compliant => Kind::Passed,
        Verdict::Unknown => Kind::Error,
        _ if words::differs(finding) => Kind::Failed,
        _ => Kind::Skipped,
    }
}

fn counts(cases: &[&Case]) -> String {
    let of = |kind| cases.iter().filter(|case| case.kind == kind).count();
    let (failed, error, skipped) = (of(Kind::Failed), of(Kind::Error), of(Kind::Skipped));
    format!(" tests=\"{}\" failures=\"{failed}\" errors=\"{error}\" skipped=\"{skipped}\"", cases.len())
}

fn one(out: &mut String, case: &Case) {
    let (target, setting, text) = (markup(&case.target), markup(&case.setting), markup(&case.text));
    let (verdict, place) = (case.verdict, markup(&case.place));
    out.push_str(&format!("    <testcase classname=\"{target}\" name=\"{setting}\""));
    match case.kind {
        Kind::Passed => out.push_str("/>\n"),
        Kind::Skipped => out.push_str(&format!(">\n      <skipped message=\"{text}\"/>\n    </testcase>\n")),
        Kind::Failed | Kind::Error => {
            let tag = if case.kind == Kind::Failed { "failure" } else { "error" };
            out.push_str(&format!(
                ">\n      <{tag} type=\"{verdict}\" message=\"{text}\">{text} {place}</{tag}>\n    </testcase>\n"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::samples;

    #[test]
    fn verdicts_become_results() {
        let mut sample = samples::full();
        sample.changes.truncate(1);
        insta::assert_snapshot!(plan(&sample), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="ordain" tests="9" failures="5" errors="2" skipped="2">
          <testsuite name="expressjs" timestamp="2026-11-22T11:59:58" tests="9" failures="5" errors="2" skipped="2">
            <testcase classname="expressjs/cors" name="private_vulnerability_reporting">
              <failure type="blocked" message="expressjs/cors: private_vulnerability_reporting is blocked (it differs, and waits for something else to hold first): off, should be on. security_policy is in violation: SECURITY.md names no contact. Waits for security_policy.">expressjs/cors: private_vulnerability_reporting is blocked (it differs, and waits for something else to hold first): off, should be on. security_policy is in violation: SECURITY.md names no contact. Waits for security_policy. rules/baseline.toml:4</failure>
            </testcase>
            <testcase classname="expressjs/cors" name="secret_scanning.validity_checks">
              <error type="unknown" message="expressjs/cors: secret_scanning.validity_checks is unknown (it could not be read; nothing is assumed). The token may not see it. Needs the permission administration:read.">expressjs/cors: secret_scanning.validity_checks is unknown (it could not be read; nothing is assumed). The token may not see it. Needs the permission administration:read. rules/baseline.toml:4</error>
            </testcase>
            <testcase classname="expressjs/express" name="actions.sha_pinning_required">
              <skipped message="expressjs/express: actions.sha_pinning_required is waived (a written exception covers it). It is waived: ADR 366: semver tags by default (@expressjs/security-wg, until 2027-06-30) (waivers.toml:3). https://github.com/expressjs/discussions/blob/master/docs/adr/366-action-pinning.md"/>
            </testcase>
            <testcase classname="expressjs/express" name="topics">
              <failure type="violation" message="expressjs/express: topics is in violation (it differs, and ordain cannot or may not change it): off, should be on. The repository is archived: unarchive it to change it.">expressjs/express: topics is in violation (it differs, and ordain cannot or may not change it): off, should be on. The repository is archived: unarchive it to change it. rules/baseline.toml:4</failure>
            </testcase>
            <testcase classname="expressjs/middleware-01" name="private_vulnerability_reporting">
              <failure type="change" message="expressjs/middleware-01: private_vulnerability_reporting is off, should be on.">expressjs/middleware-01: private_vulnerability_reporting is off, should be on. rules/advisories.toml:9</failure>
            </testcase>
            <testcase classname="expressjs/morgan" name="private_vulnerability_reporting">
              <failure type="blocked" message="expressjs/morgan: private_vulnerability_reporting is blocked (it differs, and waits for something else to hold first): off, should be on. security_policy is in violation: SECURITY.md names no contact. Waits for security_policy.">expressjs/morgan: private_vulnerability_reporting is blocked (it differs, and waits for something else to hold first): off, should be on. security_policy is in violation: SECURITY.md names no contact. Waits for security_policy. rules/baseline.toml:4</failure>
            </testcase>
            <testcase classname="expressjs/morgan" name="secret_scanning.validity_checks">
              <error type="unknown" message="expressjs/morgan: secret_scanning.validity_checks is unknown (it could not be read; nothing is assumed). The token may not see it. Needs the permission administration:read.">expressjs/morgan: secret_scanning.validity_checks is unknown (it could not be read; nothing is assumed). The token may not see it. Needs the permission administration:read. rules/baseline.toml:4</error>
            </testcase>
            <testcase classname="expressjs/send" name="wiki">
              <skipped message="expressjs/send: wiki is not applicable (it cannot exist there). It has no wiki."/>
            </testcase>
            <testcase classname="expressjs/vary" name="files.SECURITY.md">
              <failure type="pending" message="expressjs/vary: files.SECURITY.md is pending (an open pull request of ordain&#39;s mends it once people merge it): off, should be on. https://github.com/expressjs/vary/pull/7 has exactly these files.">expressjs/vary: files.SECURITY.md is pending (an open pull request of ordain&#39;s mends it once people merge it): off, should be on. https://github.com/expressjs/vary/pull/7 has exactly these files. rules/baseline.toml:4</failure>
            </testcase>
          </testsuite>
          <testsuite name="jshttp" timestamp="2026-11-22T11:59:58" tests="0" failures="0" errors="0" skipped="0">
          </testsuite>
          <testsuite name="pillarjs" timestamp="2026-11-22T11:59:58" tests="0" failures="0" errors="0" skipped="0">
          </testsuite>
        </testsuites>
        "#);
    }

    proptest! {
        #[test]
        fn it_is_xml_whatever_is_told(text: String, other in "[\\x00-\\x1f\u{fffe}\u{ffff}<>&\"']{0,9}") {
            let mut sample = samples::full();
            sample.changes.truncate(1);
            sample.changes[0].setting = text.clone();
            sample.changes[0].before = serde_json::json!(text);
            sample.findings[0].message = other.clone();
            sample.findings[0].org = other;
            let told = plan(&sample);
            let legal = |c: char| c == '\n' || (c >= ' ' && !('\u{7f}'..='\u{9f}').contains(&c) && c < '\u{fffe}')
                || c >= '\u{10000}';
            prop_assert!(told.chars().all(legal));
            // Outside of tags and entities nothing of XML's is left.
            for (number, part) in told.split('<').enumerate().skip(1) {
                prop_assert_eq!(part.matches('>').count(), 1, "{} in {}", number, told);
            }
            for part in told.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
                prop_assert!(known.iter().any(|entity| part.starts_with(entity)));
            }
        }
    }
}
