//! Tokens without rights, organisations that cannot be listed, lists.

use ordain::sim::FaultKind;
use serde_json::json;

use super::{ALERTS, ALWAYS, REPORTING, altered, fault_after, nothing_written, status};
use crate::support::{Lab, Token, org, repo, state, state_with};

#[test]
fn a_wrong_token_is_told_once_with_its_cure() {
    let lab = Lab::new(&state_with([org("acme").repo(repo("web")), org("beta")], [Token::owner("ghp_right")]))
        .policy(&[("rules/a.toml", ALERTS)])
        .token("ghp_wrong");
    for command in [&["plan"][..], &["apply", "--yes"], &["drift"], &["snapshot"], &["explain", "acme/web"]] {
        let ran = lab.run(command).exits(1).tells("GitHub does not accept the token (401: Bad credentials)");
        assert!(ran.stderr.contains("check GITHUB_TOKEN"), "{ran}");
        assert_eq!(ran.stderr.matches("401").count(), 1, "told once for all organisations\n{ran}");
        assert_eq!(ran.stdout, "", "{ran}");
    }
    nothing_written(&lab);
}

#[test]
fn a_missing_permission_is_named() {
    let reads = Token::with("ghp_reads", &[("metadata", "read"), ("contents", "read")]);
    let lab = Lab::new(&state_with([org("acme").repo(repo("web").alerts(true))], [reads]))
        .policy(&[("rules/a.toml", ALERTS)])
        .token("ghp_reads");
    let ran = lab.run(&["apply", "--yes", "--format", "json"]).exits(3);
    assert_eq!(ran.value()["outcomes"], json!([]), "{ran}");
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!(plan.finding("acme/web:dependabot_alerts")["permission"], "administration:read");
    assert_eq!(plan.verdict("acme/web:dependabot_alerts"), "unknown");
    lab.run(&["plan"]).exits(3).prints("administration:read");
    nothing_written(&lab);
}

#[test]
fn the_permission_that_github_names_is_the_one_that_is_told() {
    for code in [403, 404] {
        let lab =
            Lab::new(&state([org("acme").repo(repo("web")).repo(repo("api"))])).policy(&[("rules/a.toml", REPORTING)]);
        let header = [("x-accepted-github-permissions", "repository_hooks=read")];
        let kind = status(code, "Resource not accessible by personal access token", &header);
        lab.fault("GET", "/repos/acme/web/private-vulnerability-reporting", ALWAYS, kind);
        let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
        let finding = plan.finding("acme/web:private_vulnerability_reporting");
        assert_eq!(finding["verdict"], "unknown", "{finding}");
        assert_eq!(finding["permission"], "repository_hooks:read", "{code}: {finding}");
        assert_eq!(plan.ids(), ["acme/api:private_vulnerability_reporting"]);
        nothing_written(&lab);
    }
}

#[test]
fn a_write_without_the_permission_is_told_with_its_name() {
    let reads = Token::with("ghp_reads", &[("metadata", "read"), ("administration", "read")]);
    let lab = Lab::new(&state_with([org("acme").repo(repo("web"))], [reads]))
        .policy(&[("rules/a.toml", REPORTING)])
        .token("ghp_reads");
    let before = lab.state();
    lab.run(&["apply", "--yes"]).exits(3).prints("administration:write");
    assert_eq!(lab.state(), before);
}

#[test]
fn one_organisation_that_is_not_there_stops_only_itself() {
    let lab = Lab::new(&state([org("acme").repo(repo("web")), org("beta").repo(repo("api"))]));
    let policy = "version = 1\norgs = [\"acme\", \"nosuch\", \"beta\"]\n";
    lab.write_policy(&[("policy.toml", policy), ("rules/a.toml", ALERTS)]);
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!(plan.ids(), ["acme/web:dependabot_alerts", "beta/api:dependabot_alerts"]);
    assert_eq!(plan.verdict("nosuch:organisation"), "unknown");
    assert_eq!(plan.finding("nosuch:organisation")["setting"], "organisation");
    lab.run(&["plan"]).exits(3).prints("GitHub knows no organisation `nosuch`").prints("policy.toml");
    lab.run(&["apply", "--yes"]).exits(3).prints("2 changed (written");
    assert_eq!(lab.writes().len(), 2, "{:?}", lab.writes());
}

#[test]
fn if_no_organisation_is_there_nothing_is_done() {
    let lab = Lab::new(&state([org("acme").repo(repo("web"))]));
    let policy = "version = 1\norgs = [\"nosuch\", \"neither\"]\n";
    lab.write_policy(&[("policy.toml", policy), ("rules/a.toml", ALERTS)]);
    for command in [&["plan"][..], &["apply", "--yes"], &["drift"], &["snapshot"]] {
        let ran = lab.run(command).exits(1).tells("`nosuch`").tells("`neither`").tells("policy.toml");
        assert_eq!(ran.stdout, "", "{ran}");
    }
    nothing_written(&lab);
}

#[test]
fn one_organisation_that_fails_stops_only_itself() {
    for code in [500, 502] {
        let orgs = ["acme", "beta", "ceta"].map(|name| org(name).repo(repo("web")));
        let lab = Lab::new(&state(orgs)).policy(&[("rules/a.toml", ALERTS)]);
        lab.fault("GET", "/orgs/beta/repos", ALWAYS, status(code, "Server Error", &[]));
        let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
        assert_eq!(plan.ids(), ["acme/web:dependabot_alerts", "ceta/web:dependabot_alerts"]);
        let message = plan.finding("beta:organisation")["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains(&code.to_string()), "{message}");
        lab.run(&["drift"]).exits(3).prints("beta");
        lab.run(&["explain", "ui"])
            .exits(1)
            .tells("no repository ui")
            .tells("beta was not listed")
            .tells(&code.to_string());
        lab.run(&["snapshot", "--out", "snapshot.json"])
            .exits(3)
            .tells("the snapshot is incomplete")
            .tells("ordain plan");
        nothing_written(&lab);
    }
}

#[test]
fn an_old_name_in_the_policy_is_told_with_the_new_one() {
    let lab = Lab::new(&state([org("acme").repo(repo("web")).repo(repo("old").archived())]));
    let rule = "[match]\nrepo = [\"acme/website\", \"acme/gone\", \"acme/old\", \"acme/web\"]\n[repo]\ndependabot_alerts = true\n";
    lab.write_policy(&[("rules/a.toml", rule)]);
    lab.edit(|world| {
        world.add_repo("acme", "website");
        world.rename("acme", "website", "new-website");
    });
    let ran = lab.run(&["plan"]).exits(0);
    for text in ["acme/website", "acme/new-website", "acme/gone is gone", "acme/old", "archived", "rules/a.toml:2"] {
        assert!(ran.stdout.contains(text), "{text}\n{ran}");
    }
    nothing_written(&lab);
}

#[test]
fn names_in_another_case_are_the_same_names() {
    let lab = Lab::new(&state([org("Acme").repo(repo("WebSite"))]));
    let rule = "[match]\nrepo = [\"ACME/website\"]\n[repo]\ndependabot_alerts = true\n";
    let waiver = "[[waiver]]\nrepo = \"acme/WEBSITE\"\nsetting = \"private_vulnerability_reporting\"\nreason = \"x\"\npermanent = true\n";
    let files = [
        ("policy.toml", "version = 1\norgs = [\"aCME\"]\n"),
        ("rules/a.toml", rule),
        ("rules/b.toml", REPORTING),
        ("waivers.toml", waiver),
    ];
    lab.write_policy(&files);
    lab.run(&["apply", "--yes", "--org", "ACME", "--repo", "acme/WEBsite"]).exits(0).prints("1 changed (written");
    let plan = lab.run(&["plan", "--detailed-exitcode", "--format", "json"]).exits(0).document();
    assert_eq!(plan.with_verdict("waived").len(), 1, "{}", plan.text());
    assert!(!plan.text().contains("matches nothing"), "{}", plan.text());
    lab.run(&["explain", "ACME/WEBSITE"]).exits(0).prints("dependabot_alerts");
}

#[test]
fn lists_that_span_pages_are_read_whole_or_not_at_all() {
    let many = (0..230).map(|n| repo(&format!("r{n:03}")).alerts(true));
    let lab =
        Lab::new(&state([org("acme").repos(many), org("beta").repo(repo("web"))])).policy(&[("rules/a.toml", ALERTS)]);
    let plan = lab.plan();
    assert_eq!(plan.summary("compliant"), 230);
    fault_after(&lab, "GET", "/orgs/acme/repos", 1, status(500, "Server Error", &[]));
    assert_eq!(lab.plan().summary("compliant"), 230, "a page that failed once is asked for again");
    let broken = ordain::sim::Fault {
        method: Some("GET".into()),
        path: "/orgs/acme/repos".into(),
        after: 2,
        times: ALWAYS,
        kind: FaultKind::ResetBefore,
    };
    lab.sim().fault(broken);
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!((plan.summary("compliant"), plan.summary("change")), (0, 1), "half a list is no list");
    assert_eq!(plan.verdict("acme:organisation"), "unknown");
}

#[test]
fn repositories_that_the_token_does_not_see_are_counted() {
    let lab = Lab::new(&state([org("acme").repo(repo("web").alerts(true))])).policy(&[("rules/a.toml", ALERTS)]);
    lab.fault(
        "GET",
        "/orgs/acme",
        1,
        altered(|body| {
            if body.is_object() {
                body["public_repos"] = json!(7);
            }
        }),
    );
    lab.sim().fault(ordain::sim::Fault {
        method: Some("GET".into()),
        path: "/orgs/acme".into(),
        after: 1,
        times: 1,
        kind: altered(|body| {
            if body.is_object() {
                body["public_repos"] = json!(7);
            }
        }),
    });
    lab.run(&["plan"]).exits(0).prints("the token sees 1 of 7 repositories");
}

#[test]
fn an_empty_repository_is_no_trouble() {
    let lab = Lab::new(&state([org("acme").repo(repo("void").empty())]));
    let rule = "[repo]\ndependabot_alerts = true\n[repo.files.X]\ncontent = \"x\"\n[repo.security_policy]\ncontact = \"a@b.example\"\n[repo.workflows.\"ci.yml\"]\nstate = \"active\"\n";
    lab.write_policy(&[("rules/a.toml", rule)]);
    let ran = lab.run(&["apply", "--yes", "--format", "json"]).exits(0);
    assert_eq!(ran.value()["outcomes"].as_array().map(Vec::len), Some(1), "{ran}");
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/void:files.X"), "violation");
    assert!(
        plan.finding("acme/void:files.X")["message"].as_str().is_some_and(|m| m.contains("no commit")),
        "{}",
        plan.text()
    );
}

#[test]
fn single_sign_on_is_told_with_its_address() {
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", ALERTS)]);
    let address = "https://github.com/orgs/acme/sso?authorization_request=A1";
    let header = format!("required; url={address}");
    let kind = status(403, "Resource protected by organization SAML enforcement.", &[("x-github-sso", &header)]);
    lab.fault("GET", "/orgs/acme/repos", ALWAYS, kind);
    lab.run(&["plan"]).exits(1).tells("SAML enforcement").tells(address);
}
