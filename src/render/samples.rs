//! Small plans for the tests of all formats.

use serde_json::{Value, json};

use crate::{
    model::{Action, Delivery, Effect, NodeId, Permission, Source, Verdict},
    plan::{
        Change, Cost, Estimate, FORMAT, Finding, Plan, PlanScope, PlanWarning, PolicyIdentity, Refusal, Summary,
        WaiverQuote,
    },
};

pub(super) fn source(file: &str, line: usize) -> Source {
    Source { file: file.to_owned(), line }
}

pub(super) fn change(org: &str, repo: Option<&str>, setting: &str, before: Value, after: Value) -> Change {
    let target = repo.map_or_else(|| org.to_owned(), |repo| format!("{org}/{repo}"));
    Change {
        id: format!("{target}:{setting}"),
        org: org.to_owned(),
        repo: repo.map(str::to_owned),
        node_id: Some(serde_json::from_value::<NodeId>(json!(format!("R_{target}"))).expect("a node id")),
        setting: setting.to_owned(),
        key: setting.split('.').next().unwrap_or(setting).to_owned(),
        name: None,
        part: None,
        action: Action::Update,
        before,
        after,
        effect: Effect::Tightening,
        deletes: false,
        delivery: Delivery::Api,
        effects: Vec::new(),
        rules: vec!["rules/advisories".to_owned()],
        source: source("rules/advisories.toml", 9),
        reason: None,
        introduced: None,
        restricted: None,
    }
}

pub(super) fn finding(repo: &str, setting: &str, verdict: Verdict, message: &str) -> Finding {
    Finding {
        id: format!("expressjs/{repo}:{setting}"),
        org: "expressjs".to_owned(),
        repo: Some(repo.to_owned()),
        node_id: None,
        setting: setting.to_owned(),
        key: setting.split('.').next().unwrap_or(setting).to_owned(),
        name: None,
        part: None,
        verdict,
        message: message.to_owned(),
        observed: json!(false),
        desired: json!(true),
        blocked_by: Vec::new(),
        permission: None,
        waiver: None,
        rules: vec!["rules/baseline".to_owned(), "rules/advisories".to_owned()],
        source: Some(source("rules/baseline.toml", 4)),
        introduced: None,
        audit: false,
        reason: None,
    }
}

/// A plan without anything in it.
pub(super) fn empty() -> Plan {
    Plan {
        format: FORMAT.to_owned(),
        digest: format!("sha256:{}", "0".repeat(64)),
        ordain: "0.1.0".to_owned(),
        created_at: "2026-11-22T12:00:00Z".to_owned(),
        as_of: "2026-11-22T11:59:58Z".to_owned(),
        source: "github".to_owned(),
        scope: PlanScope::default(),
        policy: PolicyIdentity { digest: format!("sha256:{}", "1".repeat(64)), commit: None },
        api_url: "https://api.github.com".to_owned(),
        orgs: vec!["expressjs".to_owned(), "pillarjs".to_owned(), "jshttp".to_owned()],
        cost: Cost { requests: 14, graphql_requests: 3, rest_points: 11, graphql_points: 6, not_modified: 0 },
        estimate: Estimate::default(),
        summary: Summary { repositories: 66, compliant: 280, ..Summary::default() },
        refused: Vec::new(),
        deferred: Vec::new(),
        warnings: Vec::new(),
        changes: Vec::new(),
        findings: Vec::new(),
        policy_changes: None,
    }
}

fn changes() -> Vec<Change> {
    let mut changes: Vec<Change> = (1..=30)
        .map(|number| {
            let (org, name) = if number % 3 == 0 { ("jshttp", "http") } else { ("expressjs", "middleware") };
            let name = format!("{name}-{number:02}");
            change(org, Some(&name), "private_vulnerability_reporting", json!(false), json!(true))
        })
        .collect();
    let mut label = change("expressjs", Some("cors"), "labels.wontfix", json!({"color": "ededed"}), Value::Null);
    (label.action, label.deletes, label.effect) = (Action::Delete, true, Effect::Neutral);
    changes.push(label);
    let before = json!({"sha": "a1", "content": "# Security\n\nAsk anyone.\n"});
    let after = json!({"sha": "b2", "content": "# Security\n\nWrite to security@expressjs.com.\n"});
    let mut file = change("expressjs", Some("cors"), "files.SECURITY.md", before, after);
    (file.delivery, file.reason) = (Delivery::PullRequest, Some("Reporters need an address".to_owned()));
    changes.push(file);
    let desired = json!({"enforcement": "unenforced", "private_vulnerability_reporting": "enabled"});
    let mut attach = change("expressjs", None, "code_security.ordain baseline", Value::Null, desired);
    attach.action = Action::Create;
    attach.effects = serde_json::from_value(json!([
        {"org": "expressjs", "repo": "cors", "node_id": "R_1", "setting": "private_vulnerability_reporting",
         "before": false, "after": true, "effect": "tightening"},
        {"org": "expressjs", "repo": "express", "node_id": "R_2", "setting": "private_vulnerability_reporting",
         "before": false, "after": true, "effect": "tightening"},
        {"org": "expressjs", "repo": "express", "node_id": "R_2", "setting": "secret_scanning.push_protection",
         "before": true, "after": false, "effect": "loosening"},
    ]))
    .expect("moves");
    changes.push(attach);
    changes
}

fn findings() -> Vec<Finding> {
    let mut findings = vec![
        finding("express", "topics", Verdict::Violation, "The repository is archived: unarchive it to change it."),
        finding("send", "wiki", Verdict::NotApplicable, "It has no wiki."),
    ];
    for repo in ["cors", "morgan"] {
        let message = "security_policy is in violation: SECURITY.md names no contact";
        let mut blocked = finding(repo, "private_vulnerability_reporting", Verdict::Blocked, message);
        blocked.blocked_by = vec!["security_policy".to_owned()];
        findings.push(blocked);
        let message = "The token may not see it.";
        let mut unknown = finding(repo, "secret_scanning.validity_checks", Verdict::Unknown, message);
        (unknown.observed, unknown.permission) = (Value::Null, Some(Permission::from("administration:read")));
        findings.push(unknown);
    }
    let message = "https://github.com/expressjs/vary/pull/7 has exactly these files.";
    findings.push(finding("vary", "files.SECURITY.md", Verdict::Pending, message));
    let mut waived = finding("express", "actions.sha_pinning_required", Verdict::Waived, "");
    waived.waiver = Some(WaiverQuote {
        reason: "ADR 366: semver tags by default".to_owned(),
        link: Some("https://github.com/expressjs/discussions/blob/master/docs/adr/366-action-pinning.md".to_owned()),
        owner: Some("@expressjs/security-wg".to_owned()),
        expires: Some("2027-06-30".to_owned()),
        source: source("waivers.toml", 3),
    });
    findings.push(waived);
    findings
}

/// A plan with one of everything.
pub(crate) fn full() -> Plan {
    let (changes, findings) = (changes(), findings());
    let mut summary = Summary { repositories: 66, compliant: 280, loosening: 1, deletions: 1, ..Summary::default() };
    summary.change = u64::try_from(changes.len()).expect("fits");
    summary.tightening = 34;
    for finding in &findings {
        *summary.count_mut(finding.verdict) += 1;
    }
    let mut plan = Plan {
        estimate: Estimate { apply_requests: 99, apply_seconds: 140 },
        summary,
        refused: vec![
            Refusal { limit: "changes".to_owned(), allowed: 10, planned: 36 },
            Refusal { limit: "deletions".to_owned(), allowed: 0, planned: 1 },
        ],
        deferred: vec!["expressjs/cors:files.SECURITY.md".to_owned()],
        warnings: vec![PlanWarning {
            message: "This waiver covers nothing.".to_owned(),
            source: Some(source("waivers.toml", 12)),
        }],
        changes,
        findings,
        ..empty()
    };
    plan.digest = plan.compute_digest().expect("a digest");
    plan
}
