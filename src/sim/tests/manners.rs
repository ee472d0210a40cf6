use serde_json::{Value, json};

use super::{Client, example, owner};
use crate::sim::Sim;

#[tokio::test]
async fn who_asks() {
    let mut client = owner();
    client.token = "";
    assert_eq!(client.get("/orgs/acme").await.status, 401);
    client.token = "wrong";
    let got = client.get("/orgs/acme").await;
    assert_eq!((got.status, got.body["message"].as_str().unwrap()), (401, "Bad credentials"));
    client.token = "owner";
    assert_eq!(client.send("GET", "/orgs/acme", None, &[("user-agent", "")]).await.status, 403);
    assert_eq!(client.get("/orgs/acme/").await.status, 404);
    let got = client.get("/orgs/acme/nothing/here").await;
    assert_eq!(
        (got.status, got.body["message"].as_str().unwrap()),
        (501, "ordain sim: no such route: GET /orgs/acme/nothing/here")
    );
    let got = client.send("PATCH", "/repos/acme/web", Some(json!([1])), &[]).await;
    assert_eq!(got.status, 400);
    assert_eq!(client.write("PATCH", "/repos/acme/web", json!({"name": 1})).await.status, 422);
}

#[tokio::test]
async fn what_has_not_changed_is_free() {
    let client = owner();
    let first = client.get("/repos/acme/web").await;
    assert_eq!((first.header("x-ratelimit-used"), first.header("x-ratelimit-resource")), ("1", "core"));
    let tag = first.header("etag").to_owned();
    let again = client.send("GET", "/repos/acme/web", None, &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.header("x-ratelimit-used"), &again.body), (304, "1", &Value::Null));
    let other = Client { sim: client.sim.clone(), token: "reader" };
    assert_eq!(other.send("GET", "/repos/acme/web", None, &[("if-none-match", &tag)]).await.status, 200);
    client.write("PATCH", "/repos/acme/web", json!({"description": "d"})).await;
    assert_eq!(client.send("GET", "/repos/acme/web", None, &[("if-none-match", &tag)]).await.status, 200);
    let cost = client.sim.cost();
    assert_eq!((cost.rest, cost.not_modified, cost.graphql), (5, 1, 0));
    assert_eq!(client.get("/rate_limit").await.body["resources"]["core"]["used"], 3);
}

/// GitHub answers `If-Modified-Since` with 304 although settings have changed; only ETags can be trusted.
#[tokio::test]
async fn the_time_of_a_repository_stands_still_while_its_settings_move() {
    let client = owner();
    let first = client.get("/repos/acme/web").await;
    let (tag, time) = (first.header("etag").to_owned(), first.header("last-modified").to_owned());
    assert!(time.ends_with(" GMT"), "{time}");
    client.sim.edit(|world| world.set_security("acme", "web", "secret_scanning", true));
    let since = [("if-modified-since", time.as_str())];
    assert_eq!(client.send("GET", "/repos/acme/web", None, &since).await.status, 304);
    let both = [("if-modified-since", time.as_str()), ("if-none-match", tag.as_str())];
    assert_eq!(client.send("GET", "/repos/acme/web", None, &both).await.status, 200, "the ETag decides");
    assert_eq!(client.get("/orgs/acme/repos").await.header("last-modified"), "");
}

#[tokio::test]
async fn limits_refuse() {
    let mut state = example();
    state["simulator"]["rate_limit"] = json!({"core": 2, "graphql": 1, "secondary": true});
    let client = Client { sim: Sim::from_state(&state).unwrap(), token: "owner" };
    client.get("/orgs/acme").await;
    client.get("/orgs/acme").await;
    let refused = client.get("/orgs/acme").await;
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (403, "0"));
    client.query("{ viewer { login } }", json!({})).await;
    assert_eq!(client.query("{ viewer { login } }", json!({})).await["errors"][0]["type"], "RATE_LIMITED");
    assert_eq!(client.get("/rate_limit").await.status, 200);
    assert_eq!(client.sim.cost().refused, 2);
}

#[tokio::test]
async fn too_much_content_in_a_minute_has_to_wait() {
    let mut state = example();
    state["simulator"]["rate_limit"] = json!({"secondary": true});
    let client = Client { sim: Sim::from_state(&state).unwrap(), token: "owner" };
    let refs = json!({"ref": "refs/heads/x", "sha": "none"});
    for _ in 0..80 {
        assert_eq!(client.write("POST", "/repos/acme/web/git/refs", refs.clone()).await.status, 422);
    }
    let refused = client.write("POST", "/repos/acme/web/git/refs", refs.clone()).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body["message"].as_str().unwrap().contains("secondary rate limit"));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert_eq!(client.get("/repos/acme/web").await.status, 200, "reading goes on");
}

#[tokio::test]
async fn an_hour_passes() {
    let mut state = example();
    state["simulator"]["rate_limit"] = json!({"core": 1, "window_s": 1});
    let client = Client { sim: Sim::from_state(&state).unwrap(), token: "owner" };
    assert_eq!(client.get("/repos/acme/web").await.status, 200);
    assert_eq!(client.get("/repos/acme/web").await.status, 403);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(client.get("/repos/acme/web").await.status, 200);
}
