//! Audit, archived repositories, coverage, drift's exit codes, and what is told to whom.

use serde_json::json;

use crate::support::{Lab, RepoState, TOKEN, Token, org, repo, state, state_with};

const ALERTS: &str = "[repo]\ndependabot_alerts = true\n";

fn lab(web: RepoState, rule: &str) -> Lab {
    Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", rule)])
}

#[test]
fn audit_reports_and_never_changes() {
    for rule in [
        format!("mode = \"audit\"\n{ALERTS}"),
        "[repo]\ndependabot_alerts = { value = true, mode = \"audit\" }\n".into(),
    ] {
        let lab = lab(repo("web").alerts(false), &rule);
        let plan = lab.plan_with(&["--detailed-exitcode"]);
        assert_eq!(plan.verdict("acme/web:dependabot_alerts"), "violation");
        assert!(plan.finding("acme/web:dependabot_alerts")["message"].to_string().contains("audit"));
        lab.apply();
        assert_eq!(lab.writes(), [""; 0]);
        lab.run(&["drift"]).exits(0);
        lab.run(&["drift", "--fail-on", "violation"]).exits(0);
        lab.run(&["drift", "--fail-on", "audit"]).exits(2);
    }
}

#[test]
fn enforce_beats_audit_where_two_rules_agree() {
    let lab = lab(repo("web").alerts(false), ALERTS);
    lab.write_policy(&[("rules/a.toml", ALERTS), ("rules/b.toml", &format!("mode = \"audit\"\n{ALERTS}"))]);
    let plan = lab.plan();
    assert_eq!(plan.change("acme/web:dependabot_alerts")["rules"], json!(["rules/a", "rules/b"]));
}

#[test]
fn an_archived_repository_is_a_violation_where_a_rule_is_for_it() {
    let rule = format!("[match]\narchived = true\n{ALERTS}");
    let lab = lab(repo("web").alerts(false).archived(), &rule);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:dependabot_alerts"), "violation");
    assert!(plan.finding("acme/web:dependabot_alerts")["message"].to_string().contains("archived"));
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
    lab.write_policy(&[("rules/a.toml", ALERTS)]);
    assert!(lab.plan_with(&["--all"]).findings().is_empty(), "and is not matched where none is");
}

#[test]
fn drift_never_changes_and_exits_by_what_it_is_asked() {
    let web = || repo("web").alerts(false);
    let lab = lab(web(), ALERTS);
    lab.run(&["drift"]).exits(2).prints("dependabot_alerts");
    lab.run(&["drift", "--fail-on", "blocked,violation"]).exits(0);
    lab.run(&["drift", "--fail-on", "change"]).exits(2);
    lab.run(&["drift", "--fail-on", "changes"]).exits(1).tells("did you mean `change`");
    assert_eq!(lab.writes(), [""; 0]);
    let (drift, plan) = (lab.run(&["drift", "--format", "json"]).exits(2).document(), lab.plan());
    assert_eq!(drift.timeless(), plan.timeless(), "it is the same document");
    lab.apply();
    lab.run(&["drift"]).exits(0);
}

#[test]
fn unmatched_repositories_are_told_as_the_policy_wants() {
    let org = || org("acme").repo(repo("web")).repo(repo("stray")).repo(repo("old").archived());
    let rule = format!("[match]\nrepo = \"web\"\n{ALERTS}");
    for (word, warnings, violations) in [("warn", 1, 0), ("violation", 0, 1), ("ignore", 0, 0)] {
        let lab = Lab::new(&state([org()]));
        let policy = lab.policy_toml(&format!("[coverage]\nunmatched = \"{word}\"\n"));
        lab.write_policy(&[("policy.toml", &policy), ("rules/a.toml", &rule)]);
        let plan = lab.plan();
        let told = plan.0["warnings"].as_array().expect("a list").iter().filter(|w| w.to_string().contains("stray"));
        assert_eq!((told.count(), plan.with_verdict("violation").len()), (warnings, violations), "{word}");
        assert!(!plan.text().contains("old"), "{word}");
    }
}

#[test]
fn public_only_names_no_private_repository() {
    let org = org("acme").repo(repo("open").alerts(false)).repo(repo("sekrit").private().alerts(false));
    let rule = format!("{ALERTS}[repo.security_policy]\n");
    let attach =
        "[match]\norg = \"acme\"\n[org.code_security.base]\ndependabot_alerts = \"enabled\"\nattach = \"all\"\n";
    for more in [&[][..], &[("rules/o.toml", attach)]] {
        let lab = Lab::new(&state([org.clone()])).policy(&[&[("rules/a.toml", rule.as_str())], more].concat());
        for args in [
            &["plan"][..],
            &["plan", "--format", "json", "--all"],
            &["plan", "--format", "markdown"],
            &["plan", "-vv"],
            &["drift"],
            &["drift", "--format", "json"],
            &["snapshot"],
            &["apply", "--yes", "--repo", "open"],
        ] {
            lab.run(&[args, &["--public-only"]].concat()).prints("open").hides("sekrit");
        }
    }
}

#[test]
fn an_accepted_unknown_keeps_the_exit_code() {
    let state = state_with(
        [org("acme").repo(repo("web").switch("secret_scanning", false))],
        [Token::owner(TOKEN), Token::with("ghp_weak", &[("metadata", "read"), ("contents", "read")])],
    );
    let rule = "[repo]\ndependabot_alerts = true\n[repo.secret_scanning]\nenabled = true\n";
    let lab = Lab::new(&state).policy(&[("rules/a.toml", rule)]).token("ghp_weak");
    lab.run(&["plan"]).exits(3).prints("administration:read");
    lab.run(&["plan", "--accept-unknown", "secret_scanning"]).exits(3);
    lab.run(&["plan", "--accept-unknown", "secret_scanning.enabled", "--accept-unknown", "dependabot_alerts"])
        .exits(0)
        .tells("accepted");
    lab.run(&["drift", "--accept-unknown", "secret_scanning", "--accept-unknown", "dependabot_alerts"]).exits(0);
    lab.run(&["plan", "--accept-unknown", "secret"]).exits(1);
}

#[test]
fn apply_asks_nobody_who_is_not_there() {
    let lab = lab(repo("web").alerts(false), ALERTS);
    lab.run(&["apply"]).exits(1).tells("--yes");
    assert_eq!(lab.writes(), [""; 0]);
}
