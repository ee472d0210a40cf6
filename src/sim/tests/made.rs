//! Made organisations: what they promise, and that large ones are read in pages like small ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::Client;
use crate::sim::{Recipe, Sim, generate};

const ALL: &str = "/orgs/example-org/code-security/configurations";

fn client(repositories: u32, enforced: bool) -> Client {
    let sim = Sim::made(&Recipe { repositories, seed: 5, enforced }).unwrap();
    Client { sim, token: "any" }
}

#[test]
fn what_is_made_one_by_one_is_what_the_whole_document_says() {
    for enforced in [false, true] {
        let recipe = Recipe { repositories: 60, seed: 9, enforced };
        let one_by_one = Sim::made(&recipe).unwrap().state();
        assert_eq!(one_by_one, Sim::from_state(&recipe.state()).unwrap().state());
    }
    assert_ne!(generate(60, 9), generate(60, 10));
}

/// What the benchmark's numbers rest on.
#[test]
fn few_texts_of_managed_files_are_distinct() {
    for repositories in [1000, 3000] {
        few_distinct(&generate(repositories, 1));
    }
}

fn few_distinct(state: &serde_json::Value) {
    let repositories = state["organizations"][0]["repositories"].as_array().unwrap();
    let files = repositories.iter().filter_map(|repo| repo["files"].as_object()).flatten();
    let managed: Vec<&str> = files
        .filter(|(path, _)| path.ends_with("SECURITY.md") || path.ends_with("scorecard.yml"))
        .filter_map(|(_, text)| text.as_str())
        .collect();
    let distinct: BTreeSet<&str> = managed.iter().copied().collect();
    assert!(distinct.len() * 50 <= managed.len(), "{} of {}", distinct.len(), managed.len());
    assert!(distinct.len() * 100 >= managed.len(), "too few to be believed: {} of {}", distinct.len(), managed.len());
    let has_ruleset = |repo: &&serde_json::Value| repo["rest"]["rulesets"].is_object();
    assert!(repositories.iter().filter(has_ruleset).count() * 10 > repositories.len() * 7);
}

#[tokio::test]
async fn an_enforced_configuration_holds_all_that_can_have_one() {
    let client = client(250, true);
    let id = client.get(ALL).await.body[0]["id"].clone();
    let repos = client.get("/orgs/example-org/repos?per_page=100").await.body;
    let (mut path, mut seen) = (format!("{ALL}/{id}/repositories?per_page=100"), BTreeMap::new());
    loop {
        let page = client.get(&path).await;
        for one in page.body.as_array().unwrap() {
            seen.insert(one["repository"]["name"].as_str().unwrap().to_owned(), one["status"].clone());
        }
        let link = page.header("link").to_owned();
        let Some(next) = link.split(", ").find(|link| link.contains("rel=\"next\"")) else { break };
        path = next.split(['<', '>']).nth(1).unwrap().trim_start_matches("http://sim.test").to_owned();
    }
    assert!(seen.values().all(|status| *status == "enforced"));
    for repo in repos.as_array().unwrap() {
        let name = repo["name"].as_str().unwrap();
        assert_eq!(seen.contains_key(name), repo["archived"] == false, "{name}");
        if repo["archived"] == false && repo["private"] == false {
            assert_eq!(repo["security_and_analysis"]["secret_scanning_push_protection"]["status"], "enabled");
            let reporting = client.get(&format!("/repos/example-org/{name}/private-vulnerability-reporting")).await;
            assert_eq!(reporting.body, json!({"enabled": true}), "{name}");
        }
    }
}

#[tokio::test]
async fn pages_by_cursor_go_both_ways() {
    let client = client(40, true);
    let list = format!("{ALL}/17/repositories?per_page=10");
    let numbers = |body: &serde_json::Value| -> Vec<u64> {
        body.as_array().unwrap().iter().map(|one| one["repository"]["id"].as_u64().unwrap()).collect()
    };
    let first = client.get(&list).await;
    assert!(!first.header("link").contains("rel=\"prev\""), "{}", first.header("link"));
    let last = *numbers(&first.body).last().unwrap();
    let second = client.get(&format!("{list}&after=Y3Vyc29y{last}")).await;
    assert!(second.header("link").contains("rel=\"prev\"") && second.header("link").contains("rel=\"next\""));
    let start = numbers(&second.body)[0];
    assert!(start > last);
    let back = client.get(&format!("{list}&before=Y3Vyc29y{start}")).await;
    assert_eq!(numbers(&back.body), numbers(&first.body));
}

#[tokio::test]
async fn answers_are_told_with_what_they_cost() {
    let client = client(3, false);
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    client.sim.tell(move |route, status, points| kept.lock().unwrap().push(format!("{status} {points} {route}")));
    let etag = client.get("/orgs/example-org").await.header("etag").to_owned();
    client.send("GET", "/orgs/example-org", None, &[("if-none-match", &etag)]).await;
    client.query("query Who { viewer { login } }", json!({})).await;
    client.get("/repos/example-org/nowhere").await;
    let expected = [
        "200 1 GET /orgs/{org}",
        "304 0 GET /orgs/{org}",
        "200 1 POST /graphql Who",
        "404 1 GET /repos/{owner}/{repo}",
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}
