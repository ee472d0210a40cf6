//! GitHub Enterprise Server's addresses, several organisations in one run, and names in another case.

use serde_json::json;

use crate::support::{Lab, org, repo, state};

const RULES: &[(&str, &str)] = &[
    ("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\ndependabot_alerts = true\n"),
    ("rules/b.toml", "[match]\nrepo = \"web\"\n[repo.files.NOTICE]\ncontent = \"{{ org }}/{{ repo.name }}\\n\"\n"),
    (
        "rules/c.toml",
        "[match]\norg = \"*\"\n[org.code_security.base]\ndependabot_alerts = \"enabled\"\nattach = [\"web\"]\n",
    ),
];

fn lab() -> Lab {
    let some = |login: &str| org(login).repo(repo("web").pvr(false).alerts(true)).repo(repo("api").alerts(false));
    Lab::new(&state([some("acme"), some("Umbrella")])).policy(RULES)
}

/// The plan without the address from which it was read.
fn plan(lab: &Lab) -> serde_json::Value {
    let mut plan = lab.plan().timeless();
    plan["api_url"] = json!(null);
    plan
}

#[test]
fn the_same_is_planned_and_applied_at_an_enterprise_server() {
    let (dotcom, server) = (lab(), lab().at("/api/v3"));
    assert_eq!(plan(&dotcom), plan(&server));
    assert!(!plan(&server)["changes"].as_array().expect("a list").is_empty());
    for lab in [&dotcom, &server] {
        lab.apply();
        lab.merge();
        assert!(lab.plan().ids().is_empty(), "{}", lab.plan().text());
        lab.edit(|world| {
            let org = world.org("umbrella").expect("it is there");
            assert_eq!(org.file("web", "NOTICE"), Some("Umbrella/web\n"));
        });
    }
    let asked = server.exchanges();
    assert!(asked.iter().all(|e| e.path_and_query.starts_with("/api/v3/") || e.path_and_query == "/api/graphql"));
    assert!(asked.iter().any(|e| e.path_and_query == "/api/graphql"));
    assert_eq!(server.plan().0["api_url"], server.api_url());
}

#[test]
fn lists_that_span_pages_are_followed_there_too() {
    let repos = (0..250).map(|n| repo(&format!("r{n:03}")).alerts(true));
    let lab = Lab::new(&state([org("acme").repos(repos)]))
        .policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")])
        .at("/api/v3");
    assert_eq!(lab.plan().summary("compliant"), 250);
    assert_eq!(lab.count("GET", "/api/v3/orgs/acme/repos"), 3);
}

#[test]
fn a_graphql_address_of_its_own_is_asked() {
    let other = lab();
    let lab = lab().at("/api/v3").env("GITHUB_GRAPHQL_URL", &format!("{}/graphql", other.api_url()));
    lab.run(&["plan"]).exits(0);
    assert_eq!(lab.count("POST", "/api/graphql"), 0);
    assert!(other.count("POST", "/graphql") > 0);
}

#[test]
fn names_in_another_case_are_the_same_names() {
    let lab = lab();
    lab.write_policy(&[
        ("policy.toml", "version = 1\norgs = [\"ACME\", \"umbrella\"]\n"),
        (
            "rules/a.toml",
            "[match]\norg = \"Acme\"\nrepo = [\"WEB\", \"aCMe/Api\"]\n[repo]\nprivate_vulnerability_reporting = true\n",
        ),
    ]);
    let plan = lab.plan();
    let ids: Vec<String> = plan.ids().iter().map(|id| id.to_ascii_lowercase()).collect();
    assert_eq!(ids, ["acme/api:private_vulnerability_reporting", "acme/web:private_vulnerability_reporting"]);
    assert!(
        plan.0["warnings"].as_array().expect("a list").iter().all(|one| one["source"].is_null()),
        "{}",
        plan.text()
    );
    assert_eq!(lab.plan_with(&["--org", "aCmE", "--repo", "WeB"]).ids().len(), 1);
    lab.apply();
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn organisations_go_on_without_the_one_that_fails() {
    let lab = Lab::new(&state([
        org("acme").repo(repo("web").pvr(false)),
        org("broken").sim("status", json!(500)).sim("message", json!("Server Error")),
    ]))
    .policy(RULES);
    let plan =
        lab.run(&["plan", "--format", "json", "--setting", "private_vulnerability_reporting"]).exits(3).document();
    assert_eq!(plan.verdict("broken:organisation"), "unknown");
    assert_eq!(plan.ids(), ["acme/web:private_vulnerability_reporting"]);
    lab.run(&["apply", "--yes", "--setting", "private_vulnerability_reporting"]).exits(3);
    assert_eq!(lab.writes(), ["PUT /repos/acme/web/private-vulnerability-reporting"]);
}
