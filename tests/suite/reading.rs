//! What is asked of GitHub: as little as the policy needs, in bulk, and each thing once.

use std::collections::{BTreeMap, BTreeSet};

use ordain::sim::{Fault, FaultKind, generate};
use serde_json::{Value, json};

use crate::support::{Lab, RepoState, org, repo, state};

/// How often each route was asked: `GET /repos/{}/private-vulnerability-reporting`.
fn routes(lab: &Lab) -> BTreeMap<String, usize> {
    let mut routes = BTreeMap::new();
    for exchange in lab.exchanges() {
        let path = exchange.path_and_query.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let route = match parts.as_slice() {
            ["repos", _, _, rest @ ..] => format!("/repos/{{}}/{}", rest.join("/")),
            _ => path.to_owned(),
        };
        *routes.entry(format!("{} {route}", exchange.method)).or_insert(0) += 1;
    }
    routes
}

fn expected(routes: &[(&str, usize)]) -> BTreeMap<String, usize> {
    routes.iter().map(|(route, count)| ((*route).to_owned(), *count)).collect()
}

fn many(count: usize, make: impl Fn(RepoState) -> RepoState) -> Lab {
    Lab::new(&state([org("acme").repos((0..count).map(|n| make(repo(&format!("repo-{n:03}")))))]))
}

fn queries(lab: &Lab) -> Vec<Value> {
    let sent = lab.exchanges();
    sent.into_iter().filter(|e| e.path_and_query == "/graphql").filter_map(|e| e.request_body).collect()
}

#[test]
fn a_policy_that_names_one_setting_reads_what_one_setting_needs() {
    let lab = many(3, |repo| repo.file("SECURITY.md", "x\n").file(".github/workflows/ci.yml", "on: push\n"));
    for (rule, wanted) in [
        (
            "[repo]\ndependabot_alerts = true\n",
            &[("GET /orgs/acme", 1), ("GET /orgs/acme/repos", 1), ("POST /graphql", 1)][..],
        ),
        ("[repo.secret_scanning]\nenabled = true\n", &[("GET /orgs/acme", 1), ("GET /orgs/acme/repos", 1)]),
        (
            "[repo.files.\"README.md\"]\nensure = \"present\"\n",
            &[("GET /orgs/acme", 1), ("GET /orgs/acme/repos", 1), ("POST /graphql", 1)],
        ),
        (
            "[repo]\nprivate_vulnerability_reporting = true\n",
            &[("GET /orgs/acme", 1), ("GET /orgs/acme/repos", 1), ("GET /repos/{}/private-vulnerability-reporting", 3)],
        ),
    ] {
        lab.write_policy(&[("rules/a.toml", rule)]);
        lab.forget();
        lab.plan();
        let mut asked = routes(&lab);
        // One list may prove values for all repositories; it is no reading of each.
        asked.remove("GET /orgs/acme/code-security/configurations");
        assert_eq!(asked, expected(wanted), "{rule}");
    }
    let asked = queries(&lab);
    let texts: String = asked.iter().filter_map(|query| query["query"].as_str()).collect();
    assert!(!texts.contains("hasVulnerabilityAlertsEnabled"), "{texts}");
}

#[test]
fn only_the_repositories_whose_rules_name_it_are_asked() {
    let lab = many(5, |repo| repo).policy(&[(
        "rules/a.toml",
        "[match]\nrepo = [\"repo-001\", \"repo-003\"]\n[repo]\nprivate_vulnerability_reporting = true\ndependabot_alerts = true\n",
    )]);
    lab.plan();
    assert_eq!(routes(&lab)["GET /repos/{}/private-vulnerability-reporting"], 2);
    let asked = queries(&lab);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["variables"]["ids"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_hundred_and_twenty_repositories_are_two_pages_and_three_batches() {
    let lab = many(120, |repo| repo.alerts(false)).policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")]);
    let plan = lab.plan();
    assert_eq!(plan.ids().len(), 120);
    let asked = routes(&lab);
    assert_eq!((asked["GET /orgs/acme/repos"], asked["POST /graphql"]), (2, 3), "{asked:?}");
    let mut sizes: Vec<usize> =
        queries(&lab).iter().filter_map(|query| query["variables"]["ids"].as_array().map(Vec::len)).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [20, 50, 50]);
    let cost = &plan.0["cost"];
    let all: usize = asked.values().sum();
    assert_eq!((&cost["requests"], &cost["graphql_requests"]), (&json!(all), &json!(3)));
    assert_eq!(cost["rest_points"], json!(all - 3));
}

#[test]
fn the_same_text_is_fetched_once() {
    let lab = many(60, |repo| repo.file("SECURITY.md", "Ask anyone.\n").file("NOTICE", "x\n"));
    lab.write_policy(&[("rules/a.toml", "[repo.security_policy]\ncontact = \"sec@acme.test\"\n")]);
    let plan = lab.plan();
    assert_eq!(plan.with_verdict("violation").len(), 60);
    let blob = ordain::sim::blob_oid(b"Ask anyone.\n");
    let fetched: Vec<String> = lab
        .exchanges()
        .iter()
        .map(|e| {
            format!("{} {}", e.path_and_query, e.request_body.as_ref().map(ToString::to_string).unwrap_or_default())
        })
        .filter(|text| text.contains(blob.as_str()))
        .collect();
    assert_eq!(fetched.len(), 1, "{fetched:?}");
    assert_eq!(fetched[0].matches(blob.as_str()).count(), 1, "{fetched:?}");
    // A file that is as wanted is not fetched at all.
    lab.write_policy(&[("rules/a.toml", "[repo.files.NOTICE]\ncontent = \"x\\n\"\n")]);
    lab.forget();
    assert!(lab.plan().ids().is_empty());
    assert_eq!(routes(&lab)["POST /graphql"], 2, "folders only: {:?}", routes(&lab));
}

#[test]
fn a_batch_that_takes_too_long_is_halved_alone() {
    let lab = many(100, |repo| repo.alerts(false)).policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")]);
    let body = json!({"message": "Something went wrong while executing your query."});
    let kind = FaultKind::Status(502, body, Vec::new());
    lab.sim().fault(Fault { method: Some("POST".into()), path: "/graphql".into(), after: 0, times: 1, kind });
    let plan = lab.plan();
    assert_eq!(plan.ids().len(), 100, "nothing is lost");
    let mut sizes: Vec<usize> =
        queries(&lab).iter().filter_map(|query| query["variables"]["ids"].as_array().map(Vec::len)).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [25, 25, 50, 50]);
    let asked: Vec<String> = queries(&lab)
        .iter()
        .filter_map(|query| query["variables"]["ids"].as_array().filter(|ids| ids.len() == 25).cloned())
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), 50, "the halves are the whole");
}

#[test]
fn archived_repositories_that_nobody_names_are_not_asked() {
    let lab = Lab::new(&state([org("acme").repo(repo("web")).repo(repo("old").archived())]))
        .policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")]);
    lab.plan();
    assert_eq!(lab.count("GET", "/repos/acme/old"), 0);
    assert_eq!(lab.count("GET", "/repos/acme/web"), 1);
}

#[test]
fn a_thousand_repositories_cost_one_per_cent_of_an_hour() {
    let lab = Lab::new(&generate(1000, 3));
    lab.write_policy(&[(
        "rules/a.toml",
        "[repo]\ndependabot_alerts = true\n[repo.secret_scanning]\nenabled = true\n\
         [repo.files.LICENSE]\nensure = \"present\"\n[repo.security_policy]\n",
    )]);
    let plan = lab.plan();
    let (rest, graphql) = (&plan.0["cost"]["rest_points"], &plan.0["cost"]["graphql_points"]);
    assert!(rest.as_u64() <= Some(50), "{}", plan.0["cost"]);
    assert!(graphql.as_u64() <= Some(100), "{}", plan.0["cost"]);
}

/// The numbers that the issue sets for the policy of expressjs, pillarjs and jshttp.
#[test]
fn the_express_policy_stays_within_its_budget() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("src/cli/demo/state.json")).expect("the demo's state");
    let demo: Value = serde_json::from_str(&text).expect("JSON");
    let lab = Lab::new(&demo);
    let policy = root.join("policy");
    let plan = lab.run(&["plan", "--format", "json", "--policy", policy.to_str().expect("UTF-8")]).exits(0).document();
    let asked = routes(&lab);
    let of = |end: &str| asked.iter().filter(|(route, _)| route.contains(end)).map(|(_, count)| count).sum::<usize>();
    let reporting = of("/private-vulnerability-reporting");
    let unproven = of("/actions/workflows");
    let all: usize = asked.values().sum();
    assert!(reporting <= plan.summary("repositories").try_into().expect("a number"), "{asked:?}");
    // What an organisation's own settings cost is one request each, however many repositories it has.
    let of_orgs = of("/actions/permissions") + of("/installations") + of("/members");
    assert!(of_orgs <= 3 * 5, "{asked:#?}");
    let others = all - reporting - unproven - of_orgs;
    assert!(others <= 30, "{all} requests, {reporting} + {unproven} + {of_orgs} of them allowed: {asked:#?}");
    let per_route = lab.exchanges();
    let once: BTreeSet<&str> = per_route
        .iter()
        .filter(|e| e.path_and_query.contains("private-vulnerability-reporting"))
        .map(|e| e.path_and_query.as_str())
        .collect();
    assert_eq!(once.len(), reporting, "each repository is asked once");
}
