use serde_json::{Value, json};

use super::{as_token, owner};

const ALL: &str = "/orgs/acme/code-security/configurations";

#[tokio::test]
async fn what_a_creation_leaves_out_is_disabled_and_enforced() {
    let client = owner();
    let made = client.write("POST", ALL, json!({"name": "mine"})).await;
    assert_eq!(made.status, 201);
    for key in
        ["dependabot_alerts", "secret_scanning", "private_vulnerability_reporting", "code_scanning_default_setup"]
    {
        assert_eq!(made.body[key], "disabled", "{key}");
    }
    assert_eq!(
        (made.body["enforcement"].clone(), made.body["dependency_graph"].clone()),
        (json!("enforced"), json!("enabled"))
    );
    assert_eq!(client.write("POST", ALL, json!({"name": "mine"})).await.status, 422);
    assert_eq!(client.write("POST", ALL, json!({"name": "x", "secret_scanning": "on"})).await.status, 422);
    let one = format!("{ALL}/{}", made.body["id"]);
    assert_eq!(client.write("PATCH", &one, json!({"name": "mine"})).await.status, 204);
    assert_eq!(
        client.write("PATCH", &one, json!({"dependabot_alerts": "enabled"})).await.body["dependabot_alerts"],
        "enabled"
    );
    assert_eq!(client.write("DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(client.get(&one).await.status, 404);
}

#[tokio::test]
async fn attaching_takes_its_time_and_enforcing_holds() {
    let client = owner();
    client.write("PUT", "/repos/acme/web/vulnerability-alerts", Value::Null).await;
    let id = client.get(ALL).await.body[0]["id"].clone();
    let (attach, list) = (format!("{ALL}/{id}/attach"), format!("{ALL}/{id}/repositories"));
    assert_eq!(client.write("POST", &attach, json!({"scope": "selected"})).await.status, 422);
    assert_eq!(client.write("POST", &attach, json!({"scope": "all"})).await.status, 202);
    let pvr = "/repos/acme/web/private-vulnerability-reporting";
    assert_eq!(client.get(pvr).await.body["enabled"], false);
    let on_the_way = client.get(&format!("{list}?status=attaching,updating")).await.body;
    assert_eq!(on_the_way.as_array().unwrap().len(), 4, "archived ones are left alone");
    assert_eq!(client.get(&format!("{list}?status=attaching")).await.body, json!([]));
    let done = client.get(&list).await.body;
    assert!(done.as_array().unwrap().iter().all(|r| r["status"] == "enforced"));
    assert_eq!(client.get(pvr).await.body["enabled"], true);
    assert_eq!(client.get("/repos/acme/web/vulnerability-alerts").await.status, 204, "not_set leaves it");
    assert_eq!(client.write("DELETE", pvr, Value::Null).await.status, 204);
    assert_eq!(client.get(pvr).await.body["enabled"], true, "an enforced field holds");
    let of = client.get("/repos/acme/web/code-security-configuration").await.body;
    assert_eq!((of["status"].clone(), of["configuration"]["id"].clone()), (json!("enforced"), id.clone()));
    let page = client.get(&format!("{list}?per_page=1")).await;
    assert!(page.header("link").contains("after=") && page.header("link").contains("rel=\"next\""));
    let detach = json!({"selected_repository_ids": [11]});
    assert_eq!(client.write("DELETE", &format!("{ALL}/detach"), detach).await.status, 204);
    assert_eq!(client.get("/repos/acme/web/code-security-configuration").await.status, 204);
}

#[tokio::test]
async fn a_failed_attachment_changes_nothing() {
    let client = owner();
    client.sim.edit(|world| {
        world.attach_reads = 0;
        world.repo("acme", "web").unwrap().attach_fails = true;
    });
    let id = client.get(ALL).await.body[0]["id"].clone();
    client.write("POST", &format!("{ALL}/{id}/attach"), json!({"scope": "public"})).await;
    let failed = client.get(&format!("{ALL}/{id}/repositories?status=failed")).await.body;
    assert_eq!((failed.as_array().unwrap().len(), failed[0]["repository"]["name"].clone()), (1, json!("web")));
    assert_eq!(client.get("/repos/acme/web/private-vulnerability-reporting").await.body["enabled"], false);
    assert_eq!(client.get("/repos/acme/.github/private-vulnerability-reporting").await.body["enabled"], true);
}

#[tokio::test]
async fn defaults_do_not_overlap() {
    let client = owner();
    let first = client.get(ALL).await.body[0]["id"].clone();
    let second = client.write("POST", ALL, json!({"name": "second"})).await.body["id"].clone();
    let set = |id: &Value, to: &str| (format!("{ALL}/{id}/defaults"), json!({"default_for_new_repos": to}));
    let (path, body) = set(&first, "all");
    assert_eq!(client.write("PUT", &path, body).await.body["default_for_new_repos"], "all");
    let (path, body) = set(&second, "public");
    client.write("PUT", &path, body).await;
    let told = client.get(&format!("{ALL}/defaults")).await.body;
    assert_eq!(told[0]["default_for_new_repos"], "private_and_internal");
    assert_eq!(told[1]["default_for_new_repos"], "public");
    assert_eq!(client.write("DELETE", &format!("{ALL}/{second}"), Value::Null).await.status, 409);
    assert_eq!(as_token("reader").get(ALL).await.status, 403);
}
