use serde_json::{Value, json};

use super::{as_token, owner};

#[tokio::test]
async fn lists_are_paged_with_absolute_links() {
    let client = owner();
    let first = client.get("/api/v3/orgs/acme/repos?per_page=2&sort=full_name").await;
    assert_eq!(first.body.as_array().unwrap().len(), 2);
    let link = first.header("link");
    assert!(
        link.contains("<http://sim.test/api/v3/orgs/acme/repos?per_page=2&sort=full_name&page=2>; rel=\"next\""),
        "{link}"
    );
    assert!(link.contains("page=3>; rel=\"last\""), "{link}");
    let last = client.get("/orgs/acme/repos?per_page=2&sort=full_name&page=3").await;
    assert_eq!(last.body[0]["name"], "web");
    assert!(last.header("link").contains("rel=\"first\"") && !last.header("link").contains("rel=\"next\""));
    assert_eq!(client.get("/orgs/acme/repos").await.header("link"), "");
}

#[tokio::test]
async fn a_repository_shows_what_the_token_may_see() {
    let all = owner().get("/repos/acme/WEB").await.body;
    assert_eq!(all["allow_merge_commit"], true);
    assert_eq!(all["security_and_analysis"]["secret_scanning"]["status"], "disabled");
    assert_eq!(all["permissions"]["admin"], true);
    let some = as_token("reader").get("/repos/acme/web").await.body;
    assert!(some.get("allow_merge_commit").is_none() && some.get("security_and_analysis").is_none());
    assert_eq!(some["permissions"]["admin"], false);
    assert!(as_token("admin-read").get("/repos/acme/web").await.body.get("security_and_analysis").is_some());
    assert_eq!(as_token("outsider").get("/repos/acme/secret").await.status, 404);
    let listed = as_token("outsider").get("/orgs/acme/repos").await.body;
    assert!(listed.as_array().unwrap().iter().all(|r| r["name"] != "secret"));
}

#[tokio::test]
async fn the_three_switches() {
    let client = owner();
    let pvr = "/repos/acme/web/private-vulnerability-reporting";
    assert_eq!(client.get(pvr).await.body, json!({"enabled": false}));
    assert_eq!(client.write("PUT", pvr, Value::Null).await.status, 204);
    assert_eq!(client.get(pvr).await.body, json!({"enabled": true}));
    assert_eq!(client.get("/repos/acme/secret/private-vulnerability-reporting").await.status, 404);
    assert_eq!(
        client.write("PUT", "/repos/acme/secret/private-vulnerability-reporting", Value::Null).await.status,
        422
    );
    let fixes = "/repos/acme/web/automated-security-fixes";
    assert_eq!(client.write("PUT", fixes, Value::Null).await.status, 422);
    assert_eq!(client.get("/repos/acme/web/vulnerability-alerts").await.status, 404);
    assert_eq!(client.write("PUT", "/repos/acme/web/vulnerability-alerts", Value::Null).await.status, 204);
    assert_eq!(client.get("/repos/acme/web/vulnerability-alerts").await.status, 204);
    assert_eq!(client.write("PUT", fixes, Value::Null).await.status, 204);
    assert_eq!(client.get(fixes).await.body, json!({"enabled": true, "paused": false}));
}

#[tokio::test]
async fn patch_is_all_or_nothing() {
    let client = owner();
    let body = json!({"description": "new", "security_and_analysis": {"advanced_security": {"status": "enabled"}}});
    assert_eq!(client.write("PATCH", "/repos/acme/web", body).await.status, 422);
    assert_eq!(client.get("/repos/acme/web").await.body["description"], Value::Null);
    let body = json!({"security_and_analysis": {"secret_scanning": {"status": "enabled"}, "secret_scanning_push_protection": {"status": "enabled"}}});
    let after = client.write("PATCH", "/repos/acme/web", body.clone()).await.body;
    assert_eq!(after["security_and_analysis"]["secret_scanning_push_protection"]["status"], "enabled");
    assert_eq!(client.write("PATCH", "/repos/acme/secret", body).await.status, 422);
    let none = json!({"allow_merge_commit": false, "allow_squash_merge": false, "allow_rebase_merge": false});
    assert_eq!(client.write("PATCH", "/repos/acme/web", none).await.status, 422);
    let archived = client.write("PATCH", "/repos/acme/web", json!({"archived": true, "has_wiki": false})).await.body;
    assert_eq!((archived["archived"].clone(), archived["has_wiki"].clone()), (json!(true), json!(false)));
    let refused = client.write("PUT", "/repos/acme/web/vulnerability-alerts", Value::Null).await;
    assert_eq!(
        (refused.status, refused.body["message"].as_str().unwrap()),
        (403, "Repository was archived so is read-only.")
    );
    assert_eq!(client.write("PATCH", "/repos/acme/web", json!({"archived": false})).await.status, 200);
}

#[tokio::test]
async fn renames_redirect() {
    let client = owner();
    let got = client.get("/repos/acme/website/contents/docs/a.md?ref=main").await;
    assert_eq!(
        (got.status, got.header("location")),
        (301, "http://sim.test/repositories/11/contents/docs/a.md?ref=main")
    );
    assert_eq!(client.get("/repositories/11/contents/docs/a.md?ref=main").await.body["content"], "YQ==\n");
    assert_eq!(client.write("PATCH", "/repos/acme/website", json!({"has_wiki": false})).await.status, 307);
    assert_eq!(client.write("PATCH", "/repos/acme/web", json!({"name": "site"})).await.body["name"], "site");
    assert_eq!(client.get("/repos/acme/web").await.status, 301);
}

#[tokio::test]
async fn workflows_and_runs() {
    let client = owner();
    let list = client.get("/repos/acme/web/actions/workflows").await.body;
    assert_eq!(
        (list["total_count"].clone(), list["workflows"][0]["state"].clone()),
        (json!(1), json!("disabled_inactivity"))
    );
    assert_eq!(list["workflows"][0]["name"], "Scorecard");
    let runs = client.get("/repos/acme/web/actions/workflows/scorecard.yml/runs?status=failure&per_page=1").await.body;
    assert_eq!(runs["workflow_runs"][0]["updated_at"], "2026-08-01T00:00:00Z");
    let dispatch = "/repos/acme/web/actions/workflows/scorecard.yml/dispatches";
    assert_eq!(client.write("POST", dispatch, json!({"ref": "main"})).await.status, 422);
    let id = list["workflows"][0]["id"].clone();
    assert_eq!(
        client.write("PUT", &format!("/repos/acme/web/actions/workflows/{id}/enable"), Value::Null).await.status,
        204
    );
    assert_eq!(client.write("POST", dispatch, json!({"ref": "main"})).await.status, 204);
    assert_eq!(client.get("/repos/acme/web/actions/runs?event=workflow_dispatch").await.body["total_count"], 1);
    let refused =
        as_token("reader").write("PUT", &format!("/repos/acme/web/actions/workflows/{id}/enable"), Value::Null).await;
    assert_eq!((refused.status, refused.header("x-accepted-github-permissions")), (403, "actions=write"));
}

#[tokio::test]
async fn an_app_asks_for_a_narrow_token() {
    let mut client = owner();
    client.token = "eyJh.eyJi.c2ln";
    let installation = client.get("/orgs/acme/installation").await.body;
    let path = format!("/app/installations/{}/access_tokens", installation["id"]);
    let made =
        client.write("POST", &path, json!({"permissions": {"contents": "read"}, "repositories": ["secret"]})).await;
    assert_eq!(made.status, 201);
    client.token = Box::leak(made.body["token"].as_str().unwrap().to_owned().into_boxed_str());
    assert_eq!(client.get("/orgs/acme/repos").await.body.as_array().unwrap().len(), 1);
    assert_eq!(client.write("PUT", "/repos/acme/web/vulnerability-alerts", Value::Null).await.status, 403);
    assert_eq!(client.get("/user").await.status, 403);
    assert_eq!(client.write("DELETE", "/installation/token", Value::Null).await.status, 204);
    assert_eq!(client.get("/orgs/acme/repos").await.status, 401);
}

#[tokio::test]
async fn the_other_routes_answer() {
    let mut client = owner();
    let head =
        client.get("/repos/acme/web/git/ref/heads/main").await.body["object"]["sha"].as_str().unwrap().to_owned();
    let workflow = client.get("/repos/acme/web/actions/workflows/scorecard.yml").await.body["id"].clone();
    for path in [
        "/user",
        "/meta",
        "/orgs/acme",
        "/repos/acme/web/contents/docs",
        "/repos/acme/web/contents",
        "/repos/acme/web/branches/main",
        "/repos/acme/web/git/matching-refs/heads/ordain",
        "/repos/acme/web/commits/main",
        "/repos/acme/old",
        "/repos/acme/.github",
        &format!("/repos/acme/web/git/commits/{head}"),
        &format!("/repos/acme/web/actions/workflows/{workflow}"),
        "/repos/acme/web/pulls?state=all&sort=updated&direction=asc",
        "/repos/acme/web/pulls/2",
        "/repos/acme/web/pulls/2/files",
        "/repos/acme/web/actions/workflows/scorecard.yml/runs?branch=main",
    ] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
    assert_eq!(client.get("/repos/acme/empty/commits").await.status, 409);
    assert_eq!(client.get("/repos/acme/web/commits/none").await.status, 422);
    let changed =
        client.write("PATCH", "/repos/acme/web/pulls/1", json!({"title": "T", "body": null, "state": "closed"})).await;
    assert_eq!((changed.status, changed.body["state"].clone()), (200, json!("closed")));
    assert_eq!(
        client.write("PUT", &format!("/repos/acme/web/actions/workflows/{workflow}/enable"), Value::Null).await.status,
        204
    );
    let details = json!({"ref": "main", "return_run_details": true});
    let dispatched = client.write("POST", "/repos/acme/web/actions/workflows/scorecard.yml/dispatches", details).await;
    assert_eq!(dispatched.status, 200);
    assert_eq!(
        client.write("PUT", &format!("/repos/acme/web/actions/workflows/{workflow}/disable"), Value::Null).await.status,
        204
    );
    let moved = client
        .write("PATCH", "/repos/acme/web/git/refs/heads/ordain/policy", json!({"sha": head, "force": true}))
        .await;
    assert_eq!((moved.status, moved.body["object"]["sha"].as_str()), (200, Some(head.as_str())));
    let sha = client.get("/repos/acme/web/contents/README.md").await.body["sha"].clone();
    let update = json!({"message": "m", "content": "YQ==", "sha": sha, "branch": "main"});
    assert_eq!(client.write("PUT", "/repos/acme/web/contents/README.md", update).await.status, 200);
    client.token = "eyJh.eyJi.c2ln";
    for path in ["/app", "/app/installations", "/repos/acme/web/installation"] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
    assert_eq!(client.get("/repos/acme/web").await.status, 401);
}
