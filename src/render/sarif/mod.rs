//! SARIF 2.1.0, as GitHub's code scanning reads it: each difference is a result at the line of the policy that it breaks.
//!
//! What code scanning takes stands at
//! <https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit>: of one run it
//! shows 5,000 results and refuses the file beyond 25,000, as it does beyond 10 MB compressed. So that nothing is lost in
//! silence, differences that are alike become one result where there are more; what even then does not fit is counted in a
//! notification, and the run is told as not successful.

mod log;
mod told;

use std::{cmp::Reverse, collections::BTreeMap};

use self::{
    log::{
        Artifact, Driver, Invocation, Location, Log, Logical, Notification, Outcome, Physical, Region, Rule, Run, Text,
        Tool,
    },
    told::Told,
};
use super::{clean, sentence};
use crate::{
    model::{Source, Verdict},
    plan::{Plan, hex_digest},
    settings::SETTINGS,
};

/// How many results of a run code scanning shows.
const RESULTS: usize = 5_000;
/// The largest file, in bytes. Code scanning counts compressed, which is never more.
const BYTES: usize = 10_000_000;
/// How many notifications of one kind are told.
const NOTIFICATIONS: usize = 1_000;
/// How many names of what one result is about are listed.
const NAMES: usize = 100;

/// The plan's differences; `folder` is where the policy lies in its repository, such as `policy/`.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn plan(plan: &Plan, folder: &str) -> Result<String, serde_json::Error> {
    let folder = folder.trim_start_matches("./").trim_matches('/');
    let single = told::single(plan);
    let grouped = single.len() > RESULTS;
    let told = if grouped { told::grouped(plan) } else { single };
    let mut most = RESULTS;
    loop {
        let text = write(plan, folder, &told, most, grouped)?;
        if text.len() <= BYTES || most == 0 {
            return Ok(text);
        }
        most = most.min(told.len()) / 2;
    }
}

/// The file with so many of the results: where not all are in it the gravest, and of those what stands for the most.
fn write(
    plan: &Plan,
    folder: &str,
    told: &[Told<'_>],
    most: usize,
    grouped: bool,
) -> Result<String, serde_json::Error> {
    let mut kept: Vec<&Told<'_>> = told.iter().collect();
    if kept.len() > most {
        kept.sort_by_key(|one| (rank(one.verdict), Reverse(one.ids.len())));
    }
    let beyond: usize = kept.iter().skip(most).map(|one| one.ids.len()).sum();
    kept.truncate(most);
    let mut rules: BTreeMap<&str, usize> = kept.iter().map(|one| (one.key, 0)).collect();
    rules.values_mut().enumerate().for_each(|(number, index)| *index = number);
    let mut seen = BTreeMap::new();
    let results = kept.iter().map(|one| Outcome {
        rule_id: one.key.to_owned(),
        rule_index: rules.get(one.key).copied().unwrap_or_default(),
        level: level(one.verdict),
        message: message(&one.text),
        locations: [location(folder, one.source, &one.ids)],
        partial_fingerprints: fingerprints(&one.id, &mut seen),
        properties: BTreeMap::from([("id", clean(&one.id)), ("verdict", one.verdict.to_string())]),
    });
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            results: results.collect(),
            tool: Tool {
                driver: Driver {
                    name: "ordain",
                    version: plan.ordain.clone(),
                    rules: rules.keys().map(|key| rule(key)).collect(),
                },
            },
            invocations: [Invocation {
                execution_successful: !plan.has_unknown() && beyond == 0,
                tool_execution_notifications: notifications(plan, folder, grouped, beyond),
            }],
            column_kind: "unicodeCodePoints",
        }],
    };
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

/// What could not be read, the warnings and what was left out: not results, but nothing that may be missed.
fn notifications(plan: &Plan, folder: &str, grouped: bool, beyond: usize) -> Vec<Notification> {
    let unknown = plan.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown);
    let mut all = bounded(
        "warning",
        unknown.clone().count(),
        unknown.map(|finding| {
            let source = finding.source.as_ref();
            (sentence::finding(finding), source.map(|source| location(folder, Some(source), &[&finding.id])))
        }),
    );
    all.extend(bounded(
        "note",
        plan.warnings.len(),
        plan.warnings.iter().map(|warning| {
            let source = warning.source.as_ref();
            (warning.message.clone(), source.map(|source| location(folder, Some(source), &[])))
        }),
    ));
    if grouped {
        all.push(notification("warning", &format!(
            "Code scanning shows {RESULTS} results of one run, and there are more differences: those that are alike are one \
             result here. --format json has each."
        )));
    }
    if beyond > 0 {
        all.push(notification(
            "error",
            &format!(
                "{beyond} differences are left out here, since code scanning takes no more; --format json has all."
            ),
        ));
    }
    all
}

/// So many of a kind, and how many more there are.
fn bounded(
    level: &'static str,
    number: usize,
    each: impl Iterator<Item = (String, Option<Location>)>,
) -> Vec<Notification> {
    let told = each.take(NOTIFICATIONS).map(|(text, place)| Notification {
        level,
        message: message(&text),
        locations: place.into_iter().collect(),
    });
    let mut told: Vec<_> = told.collect();
    if number > NOTIFICATIONS {
        told.push(notification(level, &format!("… and {} more; --format json has all.", number - NOTIFICATIONS)));
    }
    told
}

fn notification(level: &'static str, text: &str) -> Notification {
    Notification { level, message: message(text), locations: Vec::new() }
}

const fn level(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Violation => "error",
        Verdict::Change | Verdict::Blocked => "warning",
        Verdict::Pending => "note",
        Verdict::NotApplicable | Verdict::Unknown | Verdict::Compliant | Verdict::Waived => "none",
    }
}

/// What stays longest where not all fits: the graver level.
const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Violation => 0,
        Verdict::Change | Verdict::Blocked => 1,
        Verdict::Pending => 2,
        Verdict::NotApplicable | Verdict::Unknown | Verdict::Compliant | Verdict::Waived => 3,
    }
}

/// A message; `[text](number)` would be a link in SARIF.
fn message(text: &str) -> Text {
    Text { text: clean(text).replace("](", "] (") }
}

/// A setting as a rule: its title, and the first paragraph of its manual.
fn rule(key: &str) -> Rule {
    let meta = SETTINGS.iter().map(|setting| setting.meta()).find(|meta| meta.shape.key == key);
    let about =
        meta.map(|meta| meta.docs.split("\n\n").next().unwrap_or_default().replace('\n', " ")).unwrap_or_default();
    let differs = format!("{key} differs from the policy.");
    Rule {
        id: key.to_owned(),
        name: meta.map_or("Setting", |meta| meta.title),
        short_description: message(&format!("{key} differs from the policy")),
        full_description: message(format!("{differs} {about}").trim()),
        help: message(&format!(
            "`ordain explain REPO {key}` says which rule and line want it, what GitHub says and why the verdict is what it is. \
             `ordain schema --manual` describes the setting."
        )),
    }
}

/// The line of the policy, and the first of the ids that the result is about.
fn location(folder: &str, source: Option<&Source>, ids: &[&str]) -> Location {
    let (file, line) = source.map_or(("policy.toml", 1), |source| (source.file.as_str(), source.line.max(1)));
    let path = if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    Location {
        physical_location: Physical {
            artifact_location: Artifact { uri: uri(&path) },
            region: Region { start_line: line },
        },
        logical_locations: ids.iter().take(NAMES).map(|id| Logical { fully_qualified_name: clean(id) }).collect(),
    }
}

/// The path as a relative reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Code scanning knows an alert again by `primaryLocationLineHash`; without it, all repositories that one line is about
/// would be one alert. The number behind the colon tells equal ones apart, as GitHub's own tools do it.
fn fingerprints(id: &str, seen: &mut BTreeMap<String, usize>) -> BTreeMap<&'static str, String> {
    let digest = hex_digest(id.as_bytes());
    let hash: String = digest.trim_start_matches("sha256:").chars().take(16).collect();
    let times = seen.entry(hash.clone()).or_default();
    *times += 1;
    BTreeMap::from([("ordainId/v1", clean(id)), ("primaryLocationLineHash", format!("{hash}:{times}"))])
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::render::samples;

    #[test]
    fn every_difference_is_a_result_at_its_line() {
        let sample = samples::full();
        let log: Value = serde_json::from_str(&plan(&sample, "policy/").expect("JSON")).expect("JSON");
        let results = log["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.len(), sample.changes.len() + 4);
        let first = &results[0];
        assert_eq!(first["ruleId"], "private_vulnerability_reporting");
        assert_eq!(first["level"], "warning");
        let place = &first["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "policy/rules/advisories.toml");
        assert_eq!(place["region"]["startLine"], 9);
        assert_eq!(first["partialFingerprints"]["ordainId/v1"], first["properties"]["id"]);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("fits");
            assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        let invocation = &log["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false, "two settings are unknown");
        assert_eq!(invocation["toolExecutionNotifications"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn sentences_read_well() {
        let sample = samples::full();
        let log = plan(&sample, "").expect("JSON");
        let text = "expressjs/cors: labels.wontfix differs: - color: ededed. Mending it deletes.";
        assert!(log.contains(text), "{log}");
        let text = "expressjs/cors: private_vulnerability_reporting is blocked (it differs, and waits for something else to \
                    hold first): off, should be on. security_policy is in violation: SECURITY.md names no contact. Waits for \
                    security_policy.";
        assert!(log.contains(text), "{log}");
    }

    #[test]
    fn an_audit_is_no_difference() {
        let mut sample = samples::empty();
        sample.findings.push(samples::finding("cors", "wiki", Verdict::Violation, "audit"));
        sample.findings[0].audit = true;
        assert!(plan(&sample, "policy").expect("JSON").contains("\"results\": []"));
    }

    #[test]
    fn paths_are_references() {
        assert_eq!(uri("policy/rules/a b#ü.toml"), "policy/rules/a%20b%23%C3%BC.toml");
    }
}
