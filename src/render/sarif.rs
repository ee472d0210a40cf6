//! SARIF 2.1.0, as GitHub's code scanning reads it: each difference is a result at the line of the policy that it breaks.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{sentence, words};
use crate::{
    model::{Source, Verdict},
    plan::{Plan, hex_digest},
};

/// Code scanning takes no more results of one run.
const RESULTS: usize = 25_000;

#[derive(Debug, Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<Outcome>,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
struct Driver {
    name: &'static str,
    version: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Text,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Debug, Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
    locations: Vec<Location>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    properties: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    logical_locations: Vec<Logical>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
}

#[derive(Debug, Serialize)]
struct Text {
    text: String,
}

/// One difference on its way to a result.
struct Told<'a> {
    id: &'a str,
    key: &'a str,
    verdict: Verdict,
    text: String,
    source: Option<&'a Source>,
}

/// The plan's differences; `folder` is where the policy lies in its repository, such as `policy/`.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn plan(plan: &Plan, folder: &str) -> Result<String, serde_json::Error> {
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    let told = differences(plan);
    let mut rules: BTreeMap<&str, usize> = told.iter().map(|one| (one.key, 0)).collect();
    rules.values_mut().enumerate().for_each(|(number, index)| *index = number);
    let results = told.iter().take(RESULTS).map(|one| Outcome {
        rule_id: one.key.to_owned(),
        rule_index: rules.get(one.key).copied().unwrap_or_default(),
        level: level(one.verdict),
        message: message(&one.text),
        locations: [location(folder, one.source, one.id)],
        partial_fingerprints: fingerprints(one.id),
        properties: BTreeMap::from([("id", one.id.to_owned()), ("verdict", one.verdict.to_string())]),
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
                execution_successful: !plan.has_unknown() && told.len() <= RESULTS,
                tool_execution_notifications: notifications(plan, folder, told.len()),
            }],
            column_kind: "unicodeCodePoints",
        }],
    };
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn differences(plan: &Plan) -> Vec<Told<'_>> {
    let changes = plan.changes.iter().map(|change| Told {
        id: &change.id,
        key: &change.key,
        verdict: Verdict::Change,
        text: sentence::change(change),
        source: Some(&change.source),
    });
    let findings = plan.findings.iter().filter(|finding| words::differs(finding)).map(|finding| Told {
        id: &finding.id,
        key: &finding.key,
        verdict: finding.verdict,
        text: sentence::finding(finding),
        source: finding.source.as_ref(),
    });
    changes.chain(findings).collect()
}

/// What could not be read, the warnings and what was left out: not results, but nothing that may be missed.
fn notifications(plan: &Plan, folder: &str, results: usize) -> Vec<Notification> {
    let unknown = plan.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown);
    let unknown = unknown.map(|finding| Notification {
        level: "warning",
        message: message(&sentence::finding(finding)),
        locations: finding.source.iter().map(|source| location(folder, Some(source), &finding.id)).collect(),
    });
    let warnings = plan.warnings.iter().map(|warning| Notification {
        level: "note",
        message: message(&warning.message),
        locations: warning.source.iter().map(|source| location(folder, Some(source), "")).collect(),
    });
    let beyond = (results > RESULTS).then(|| Notification {
        level: "error",
        message: message(&format!(
            "{} differences are left out here: code scanning takes {RESULTS}.",
            results - RESULTS
        )),
        locations: Vec::new(),
    });
    unknown.chain(warnings).chain(beyond).collect()
}

const fn level(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Violation => "error",
        Verdict::Change | Verdict::Blocked => "warning",
        Verdict::Pending => "note",
        Verdict::NotApplicable | Verdict::Unknown | Verdict::Compliant | Verdict::Waived => "none",
    }
}

/// A message; `[text](number)` would be a link in SARIF.
fn message(text: &str) -> Text {
    Text { text: super::clean(text).replace("](", "] (") }
}

fn rule(key: &str) -> Rule {
    Rule { id: key.to_owned(), short_description: message(&format!("{key} differs from the policy")) }
}

fn location(folder: &str, source: Option<&Source>, id: &str) -> Location {
    let (file, line) = source.map_or(("policy.toml", 1), |source| (source.file.as_str(), source.line.max(1)));
    let path = if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    let names = Some(id).filter(|id| !id.is_empty());
    Location {
        physical_location: Physical {
            artifact_location: Artifact { uri: uri(&path) },
            region: Region { start_line: line },
        },
        logical_locations: names.map(|id| Logical { fully_qualified_name: super::clean(id) }).into_iter().collect(),
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
/// would be one alert.
fn fingerprints(id: &str) -> BTreeMap<&'static str, String> {
    let digest = hex_digest(id.as_bytes());
    let hash: String = digest.trim_start_matches("sha256:").chars().take(16).collect();
    BTreeMap::from([("ordainId/v1", id.to_owned()), ("primaryLocationLineHash", format!("{hash}:1"))])
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
