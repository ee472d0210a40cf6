//! Answers that are not what GitHub's API describes.

use std::time::Duration;

use ordain::sim::FaultKind;
use serde_json::json;

use super::{ALERTS, ALWAYS, REPORTING, altered, nothing_written, status};
use crate::support::{Lab, org, repo, state};

fn lab() -> Lab {
    Lab::new(&state([org("acme").repo(repo("web")).repo(repo("api").alerts(true))])).policy(&[("rules/a.toml", ALERTS)])
}

#[test]
fn one_broken_answer_to_a_reading_is_asked_for_again() {
    for path in ["/orgs/acme/repos", "/graphql"] {
        let method = if path == "/graphql" { "POST" } else { "GET" };
        for kind in [
            FaultKind::NotJson,
            FaultKind::Truncated,
            FaultKind::ResetBefore,
            FaultKind::ResetAfter,
            FaultKind::Delay(Duration::from_millis(50)),
            status(502, "Bad Gateway", &[]),
            status(500, "Server Error", &[]),
        ] {
            let lab = lab();
            lab.fault(method, path, 1, kind.clone());
            let plan = lab.plan();
            assert_eq!(plan.ids(), ["acme/web:dependabot_alerts"], "{path} {kind:?}");
        }
    }
}

#[test]
fn answers_that_stay_broken_stop_everything_with_a_reason() {
    let cases = [
        (FaultKind::NotJson, "it is not JSON"),
        (FaultKind::Truncated, "the answer is cut off"),
        (FaultKind::ResetBefore, "no answer to GET /orgs/acme/repos"),
        (status(502, "Bad Gateway", &[]), "502: Bad Gateway"),
        (FaultKind::Status(200, json!({"login": "acme"}), Vec::new()), "it is not a list"),
        (FaultKind::Status(200, json!("welcome"), Vec::new()), "it is not a list"),
        (status(418, "I'm a teapot", &[]), "418: I'm a teapot"),
    ];
    for (kind, words) in cases {
        let lab = lab();
        lab.fault("GET", "/orgs/acme/repos", ALWAYS, kind.clone());
        let ran = lab
            .run(&["apply", "--yes"])
            .exits(1)
            .tells(words)
            .tells("nothing was read or changed")
            .tells(&lab.api_url());
        assert_eq!(ran.stdout, "", "{kind:?}\n{ran}");
        nothing_written(&lab);
    }
}

#[test]
fn a_list_with_hardly_anything_in_it_is_not_guessed_at() {
    let lab = lab();
    let bare = FaultKind::Status(200, json!([{"id": 1, "name": "x", "node_id": "R_nobody"}]), Vec::new());
    lab.fault("GET", "/orgs/acme/repos", ALWAYS, bare);
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!(plan.with_verdict("unknown"), ["acme/x:dependabot_alerts"]);
}

#[test]
fn unknown_fields_and_words_are_taken_as_they_are() {
    let lab = lab();
    lab.fault(
        "GET",
        "/orgs/acme/repos",
        ALWAYS,
        altered(|body| {
            let Some(first) = body.as_array_mut().and_then(|list| list.first_mut()) else { return };
            first["visibility"] = json!("galactic");
            first["private"] = json!(true);
            first["quantum"] = json!({"spin": [1, null, {"up": true}]});
            first["default_branch"] = json!(null);
            first["license"] = json!({"key": "cc-by-moon"});
            first["custom_properties"] = json!({"tier": 3});
            first["security_and_analysis"] = json!({"secret_scanning": {"status": "pondering"}, "tea": null});
        }),
    );
    let plan = lab.run(&["plan", "--format", "json"]).exits(0).document();
    assert_eq!(plan.ids(), ["acme/web:dependabot_alerts"], "`galactic` is not public");
    lab.write_policy(&[("rules/a.toml", "[repo.secret_scanning]\nenabled = true\n")]);
    let plan = lab.run(&["plan", "--format", "json"]).document();
    let verdict = plan.verdict("acme/api:secret_scanning.enabled");
    assert_eq!(verdict, "unknown");
    assert!(plan.text().contains("`pondering`"), "{}", plan.text());
    nothing_written(&lab);
}

#[test]
fn a_workflow_state_that_nobody_knows_is_never_compliant() {
    let file = ".github/workflows/ci.yml";
    let told = json!({"state": "disabled_by_moon"});
    let lab = Lab::new(&state([org("acme").repo(repo("web").file(file, "on: push\n").workflow(file, told))]))
        .policy(&[("rules/a.toml", "[repo.workflows.\"ci.yml\"]\nstate = \"active\"\n")]);
    let plan = lab.run(&["plan", "--format", "json"]).document();
    let verdict = plan.verdict("acme/web:workflows.ci.yml");
    assert_ne!(verdict, "compliant", "{}", plan.text());
    assert!(plan.text().contains("disabled_by_moon"), "{}", plan.text());
    // The contract does not know the word either.
    lab.sim().clear_exchanges();
}

#[test]
fn configurations_with_unknown_words_are_no_trouble() {
    let configuration =
        json!([{"id": 17, "name": "safe", "private_vulnerability_reporting": "enabled", "enforcement": "enforced"}]);
    let web = repo("web").pvr(true).sim("code_security_configuration", json!({"id": 17, "status": "enforced"}));
    let lab = Lab::new(&state([org("acme").repo(web).sim("configurations", configuration)]))
        .policy(&[("rules/a.toml", REPORTING)]);
    lab.fault(
        "GET",
        "/orgs/acme/code-security/configurations/17/repositories",
        ALWAYS,
        altered(|body| {
            for one in body.as_array_mut().into_iter().flatten() {
                one["status"] = json!("pondering");
            }
        }),
    );
    lab.fault(
        "GET",
        "/orgs/acme/code-security/configurations",
        ALWAYS,
        altered(|body| {
            for one in body.as_array_mut().into_iter().flatten() {
                one["enforcement"] = json!("sometimes");
                one["target_type"] = json!("galaxy");
                one["moon"] = json!({});
            }
        }),
    );
    let plan = lab.run(&["plan", "--all", "--format", "json"]).exits(0).document();
    assert_eq!(
        plan.verdict("acme/web:private_vulnerability_reporting"),
        "compliant",
        "read from the repository itself"
    );
}

#[test]
fn entries_that_are_no_repositories_are_counted_and_left_out() {
    let lab = lab();
    lab.fault(
        "GET",
        "/orgs/acme/repos",
        ALWAYS,
        altered(|body| {
            if let Some(list) = body.as_array_mut() {
                list.extend([json!({"id": "x"}), json!(null), json!({"id": 5, "node_id": "R_5", "name": "../../etc"})]);
            }
        }),
    );
    let plan = lab.plan();
    assert_eq!(plan.ids(), ["acme/web:dependabot_alerts"]);
    assert!(plan.text().contains("3 entries of the repository list"), "{}", plan.text());
    assert!(!plan.text().contains("etc"), "{}", plan.text());
}

#[test]
fn graphql_that_fails_at_every_size_is_unknown() {
    let many = (0..7).map(|n| repo(&format!("r{n}")));
    // Files are read by GraphQL alone.
    let rule = "[repo.files.X]\ncontent = \"x\"\n";
    let lab = Lab::new(&state([org("acme").repos(many)])).policy(&[("rules/a.toml", rule)]);
    lab.fault("POST", "/graphql", ALWAYS, status(502, "Bad Gateway", &[]));
    let plan = lab.run(&["apply", "--yes", "--format", "json"]).exits(3).value();
    assert_eq!(plan["outcomes"], json!([]));
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!((plan.summary("unknown"), plan.summary("change")), (7, 0));
    assert!(plan.text().contains("502"), "{}", plan.text());
    nothing_written(&lab);
}

#[test]
fn a_graphql_field_that_is_not_there_is_never_guessed() {
    let lab = lab();
    let missing = json!({"errors": [{
        "path": ["query ObserveNodes", "nodes", "... on Repository", "hasVulnerabilityAlertsEnabled"],
        "extensions": {"code": "undefinedField", "typeName": "Repository", "fieldName": "hasVulnerabilityAlertsEnabled"},
        "locations": [{"line": 5, "column": 7}],
        "message": "Field 'hasVulnerabilityAlertsEnabled' doesn't exist on type 'Repository'"
    }]});
    lab.fault("POST", "/graphql", ALWAYS, FaultKind::Status(200, missing, Vec::new()));
    let plan = lab.run(&["plan", "--all", "--format", "json"]).document();
    for name in ["web", "api"] {
        let id = format!("acme/{name}:dependabot_alerts");
        let right = if name == "api" { "compliant" } else { "change" };
        assert!(["unknown", right].contains(&plan.verdict(&id)), "{}", plan.text());
    }
    nothing_written(&lab);
}

#[test]
fn a_node_that_is_null_is_unknown_alone() {
    let lab = lab();
    lab.fault(
        "POST",
        "/graphql",
        ALWAYS,
        altered(|body| {
            if let Some(nodes) = body["data"]["nodes"].as_array_mut() {
                for node in nodes.iter_mut().filter(|node| node["hasVulnerabilityAlertsEnabled"] == json!(true)) {
                    *node = json!(null);
                }
            }
        }),
    );
    let plan = lab.run(&["plan", "--all", "--format", "json"]).exits(0).document();
    assert_eq!(plan.ids(), ["acme/web:dependabot_alerts"]);
    assert_eq!(plan.verdict("acme/api:dependabot_alerts"), "compliant", "asked for by REST, not guessed");
    lab.fault("GET", "/repos/acme/api", ALWAYS, status(500, "Server Error", &[]));
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!(plan.ids(), ["acme/web:dependabot_alerts"]);
    assert_eq!(plan.with_verdict("unknown"), ["acme/api:dependabot_alerts"]);
}

#[test]
fn values_of_another_type_are_unknown() {
    for value in [json!("yes"), json!(1), json!(null), json!({"a": 1}), json!([])] {
        let lab = lab();
        let wrong = value.clone();
        lab.fault(
            "POST",
            "/graphql",
            ALWAYS,
            altered(move |body| {
                for node in body["data"]["nodes"].as_array_mut().into_iter().flatten() {
                    if node.get("hasVulnerabilityAlertsEnabled").is_some() {
                        node["hasVulnerabilityAlertsEnabled"] = wrong.clone();
                    }
                }
            }),
        );
        let plan = lab.run(&["plan", "--all", "--format", "json"]).exits(0).document();
        let verdicts = ["web", "api"].map(|name| plan.verdict(&format!("acme/{name}:dependabot_alerts")).to_owned());
        assert_eq!(verdicts, ["change", "compliant"], "{value}: asked for by REST, not guessed");
        let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", REPORTING)]);
        let kind = FaultKind::Status(200, json!({"enabled": value}), Vec::new());
        lab.fault("GET", "/repos/acme/web/private-vulnerability-reporting", ALWAYS, kind);
        let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
        assert_eq!(plan.summary("unknown"), 1, "{value}: {}", plan.text());
    }
}

#[test]
fn the_next_page_is_asked_of_the_configured_address_and_a_redirect_elsewhere_is_not_followed() {
    let lab = lab();
    let next = "<http://evil.example/orgs/acme/repos?page=2>; rel=\"next\"".to_owned();
    let kind = FaultKind::Status(200, json!([]), vec![("link".to_owned(), next)]);
    lab.fault("GET", "/orgs/acme/repos", 1, kind);
    lab.run(&["plan"]).exits(0).prints("the token sees 0 of 2 repositories");
    let pages = lab.exchanges().iter().filter(|asked| asked.path_and_query == "/orgs/acme/repos?page=2").count();
    assert_eq!(pages, 1, "the credential goes to no other host");
    let kind = FaultKind::Status(302, json!({}), vec![("location".to_owned(), "http://evil.example/x".to_owned())]);
    lab.sim().clear_faults();
    lab.fault("GET", "/orgs/acme/repos", ALWAYS, kind);
    lab.run(&["plan"]).exits(1).tells("redirects to another host");
}

#[test]
fn a_redirect_in_a_circle_ends() {
    let lab = lab();
    let kind = FaultKind::Status(301, json!({}), vec![("location".to_owned(), "/orgs/acme/repos".to_owned())]);
    lab.fault("GET", "/orgs/acme/repos", ALWAYS, kind);
    lab.run(&["plan"]).exits(1).tells("redirects in a circle");
}
