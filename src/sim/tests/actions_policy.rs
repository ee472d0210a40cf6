use serde_json::{Value, json};

use super::{as_token, owner};

const ORG: &str = "/orgs/acme/actions/permissions";
const WEB: &str = "/repos/acme/web/actions/permissions";
const SECRET: &str = "/repos/acme/secret/actions/permissions";

async fn put(client: &super::Client, path: &str, body: Value) -> u16 {
    client.write("PUT", path, body).await.status
}

#[tokio::test]
async fn a_put_puts_back_what_it_does_not_name() {
    let client = owner();
    assert_eq!(put(&client, WEB, json!({"enabled": true, "allowed_actions": "local_only"})).await, 204);
    assert_eq!(put(&client, WEB, json!({"enabled": true, "sha_pinning_required": true})).await, 204);
    let now = client.get(WEB).await.body;
    assert_eq!(now, json!({"enabled": true, "allowed_actions": "all", "sha_pinning_required": true}));
    assert_eq!(put(&client, WEB, json!({"allowed_actions": "all"})).await, 422, "`enabled` is needed");
    assert_eq!(put(&client, WEB, json!({"enabled": true, "allowed_actions": "some"})).await, 422);
    assert_eq!(put(&client, WEB, json!({"enabled": false})).await, 204);
    assert_eq!(client.get(WEB).await.body, json!({"enabled": false}), "nothing is said of what may run");
    assert_eq!(put(&client, "/repos/acme/old/actions/permissions", json!({"enabled": true})).await, 403);
}

#[tokio::test]
async fn what_is_selected_is_there_only_while_something_is() {
    let client = owner();
    for base in [WEB, ORG] {
        let selected = format!("{base}/selected-actions");
        assert_eq!(client.get(&selected).await.status, 409);
        assert_eq!(put(&client, &selected, json!({"verified_allowed": true})).await, 409);
    }
    assert_eq!(put(&client, WEB, json!({"enabled": true, "allowed_actions": "selected"})).await, 204);
    let selected = format!("{WEB}/selected-actions");
    assert_eq!(put(&client, &selected, json!({"verified_allowed": true})).await, 204);
    let now = json!({"github_owned_allowed": false, "verified_allowed": true, "patterns_allowed": []});
    assert_eq!(client.get(&selected).await.body, now);
    assert_eq!(put(&client, ORG, json!({"enabled_repositories": "all", "allowed_actions": "selected"})).await, 204);
    assert_eq!(put(&client, &selected, json!({"verified_allowed": true})).await, 409, "the organisation selects");
}

#[tokio::test]
async fn a_repository_cannot_be_laxer_than_its_organisation() {
    let client = owner();
    let strict =
        json!({"enabled_repositories": "selected", "allowed_actions": "local_only", "sha_pinning_required": true});
    assert_eq!(put(&client, ORG, strict).await, 204);
    assert_eq!(client.get(WEB).await.body, json!({"enabled": false}), "not selected");
    assert_eq!(put(&client, WEB, json!({"enabled": true, "allowed_actions": "local_only"})).await, 409);
    let list = format!("{ORG}/repositories");
    assert_eq!(put(&client, &list, json!({"selected_repository_ids": [11]})).await, 204);
    assert_eq!(put(&client, &list, json!({"selected_repository_ids": [404]})).await, 404);
    assert_eq!(client.get(&list).await.body["repositories"][0]["name"], "web");
    let bound = json!({"enabled": true, "allowed_actions": "local_only", "sha_pinning_required": true});
    assert_eq!(client.get(WEB).await.body, bound);
    for laxer in
        [json!({"enabled": true, "allowed_actions": "all"}), json!({"enabled": true, "sha_pinning_required": false})]
    {
        assert_eq!(put(&client, WEB, laxer).await, 409);
    }
    assert_eq!(put(&client, ORG, json!({"enabled_repositories": "all"})).await, 204);
    assert_eq!(client.get(&list).await.status, 409, "nothing is selected");
    let workflow = format!("{WEB}/workflow");
    assert_eq!(put(&client, &workflow, json!({"default_workflow_permissions": "write"})).await, 409);
    assert_eq!(put(&client, &workflow, json!({"can_approve_pull_request_reviews": true})).await, 409);
    let wide = json!({"default_workflow_permissions": "write", "can_approve_pull_request_reviews": true});
    assert_eq!(put(&client, &format!("{ORG}/workflow"), wide.clone()).await, 204);
    assert_eq!(client.get(&workflow).await.body, wide, "the organisation's is the default");
    assert_eq!(put(&client, &workflow, json!({"default_workflow_permissions": "write"})).await, 204);
}

#[tokio::test]
async fn some_documents_are_of_public_or_of_private_repositories() {
    let client = owner();
    let forks = json!({"approval_policy": "all_external_contributors"});
    assert_eq!(put(&client, &format!("{WEB}/fork-pr-contributor-approval"), forks.clone()).await, 204);
    assert_eq!(put(&client, &format!("{SECRET}/fork-pr-contributor-approval"), forks).await, 404);
    let access = json!({"access_level": "organization"});
    assert_eq!(put(&client, &format!("{WEB}/access"), access.clone()).await, 422);
    assert_eq!(put(&client, &format!("{SECRET}/access"), access).await, 204);
    let days = |days: i64| json!({"days": days});
    assert_eq!(put(&client, &format!("{WEB}/artifact-and-log-retention"), days(91)).await, 422);
    assert_eq!(put(&client, &format!("{SECRET}/artifact-and-log-retention"), days(400)).await, 204);
}

#[tokio::test]
async fn rights_are_asked_for() {
    for (token, get, write) in [("reader", 403, 403), ("admin-read", 200, 403), ("outsider", 404, 403)] {
        let client = as_token(token);
        assert_eq!(client.get(WEB).await.status, get, "{token}");
        assert_eq!(put(&client, WEB, json!({"enabled": true})).await, write, "{token}");
        assert_ne!(client.get(ORG).await.status, 200, "{token}");
        let named = client.write("PATCH", "/orgs/acme", json!({"blog": "x"})).await;
        assert_eq!(named.status, 403, "{token}");
    }
}

#[tokio::test]
async fn default_setup_holds_when_its_run_is_over() {
    let client = owner();
    let path = "/repos/acme/web/code-scanning/default-setup";
    assert_eq!(client.write("PATCH", path, json!({"query_suite": "extended"})).await.status, 422);
    let started = client.write("PATCH", path, json!({"state": "configured"})).await;
    assert_eq!((started.status, started.body["run_id"].is_u64()), (202, true));
    assert_eq!(client.write("PATCH", path, json!({"state": "configured"})).await.status, 409);
    assert_eq!(client.get(path).await.body["state"], "not-configured");
    assert_eq!(client.get(path).await.body["state"], "configured");
    assert_eq!(client.write("PATCH", path, json!({"state": "not-configured"})).await.status, 200);
    assert_eq!(client.write("PATCH", path, json!({"state": "on"})).await.status, 422);
    assert_eq!(client.get("/repos/acme/secret/code-scanning/default-setup").await.status, 403, "no product");
}

#[tokio::test]
async fn immutable_releases_are_hidden_and_enforced() {
    let (path, policy) = ("/repos/acme/web/immutable-releases", "/orgs/acme/settings/immutable-releases");
    assert_eq!(as_token("reader").get(path).await.status, 404, "who may not know is told the same");
    let client = owner();
    assert_eq!(client.get(path).await.status, 404);
    assert_eq!(put(&client, path, Value::Null).await, 204);
    assert_eq!(client.get(path).await.body, json!({"enabled": true, "enforced_by_owner": false}));
    let some = json!({"enforced_repositories": "selected", "selected_repository_ids": [11]});
    assert_eq!(put(&client, policy, some).await, 204);
    assert_eq!(client.get(path).await.body["enforced_by_owner"], true);
    assert_eq!(client.write("DELETE", path, Value::Null).await.status, 409);
    assert_eq!(client.get(&format!("{policy}/repositories")).await.body["total_count"], 1);
    assert_eq!(put(&client, policy, json!({"enforced_repositories": "none"})).await, 204);
    assert_eq!(client.get(&format!("{policy}/repositories")).await.status, 409);
    assert_eq!(client.write("DELETE", path, Value::Null).await.status, 204);
}

#[tokio::test]
async fn an_organisation_takes_its_own_fields_only() {
    let client = owner();
    let patch = |body: Value| client.write("PATCH", "/orgs/acme", body);
    let told = patch(json!({"default_repository_permission": "none", "blog": "x"})).await;
    assert_eq!(
        (told.status, &told.body["default_repository_permission"], &told.body["blog"]),
        (200, &json!("none"), &json!("x"))
    );
    for bad in [
        json!({"two_factor_requirement_enabled": true}),
        json!({"default_repository_permission": "all"}),
        json!({"web_commit_signoff_required": "yes"}),
        json!({"members_can_create_internal_repositories": true}),
        json!({"description": "x".repeat(161)}),
    ] {
        assert_eq!(patch(bad.clone()).await.status, 422, "{bad}");
    }
    let reader = super::Client { sim: client.sim.clone(), token: "reader" };
    let theirs = reader.get("/orgs/acme").await.body;
    assert_eq!((theirs.get("default_repository_permission"), &theirs["blog"]), (None, &json!("x")));
}
