use serde_json::{Value, json};

use super::{as_token, example, owner};
use crate::sim::Sim;

const WEB: &str = "/repos/acme/web";

#[tokio::test]
async fn fields_are_kept_as_github_keeps_them() {
    let client = owner();
    let body = json!({"description": " Fast ", "homepage": "https://acme.test/"});
    let got = client.write("PATCH", WEB, body).await;
    assert_eq!(
        (got.status, &got.body["description"], &got.body["homepage"]),
        (200, &json!("Fast"), &json!("https://acme.test"))
    );
    assert_eq!(client.write("PATCH", WEB, json!({"description": ""})).await.body["description"], Value::Null);
    assert_eq!(client.write("PATCH", WEB, json!({"description": "a\nb"})).await.status, 422);
    assert_eq!(client.write("PATCH", WEB, json!({"allow_forking": false})).await.status, 422, "it is public");
}

#[tokio::test]
async fn messages_come_with_titles_that_fit() {
    let client = owner();
    assert_eq!(client.write("PATCH", WEB, json!({"squash_merge_commit_message": "BLANK"})).await.status, 422);
    let torn = json!({"squash_merge_commit_message": "BLANK", "squash_merge_commit_title": "COMMIT_OR_PR_TITLE"});
    assert_eq!(client.write("PATCH", WEB, torn).await.status, 422);
    let fit = json!({"squash_merge_commit_message": "BLANK", "squash_merge_commit_title": "PR_TITLE"});
    assert_eq!(client.write("PATCH", WEB, fit).await.status, 200);
    let back = json!({"squash_merge_commit_title": "COMMIT_OR_PR_TITLE"});
    assert_eq!(client.write("PATCH", WEB, back).await.status, 422, "the message that is there does not fit");
}

#[tokio::test]
async fn topics_are_replaced_in_lower_case() {
    let client = owner();
    let path = "/repos/acme/web/topics";
    assert_eq!(client.get(path).await.body, json!({"names": ["http"]}));
    let got = client.write("PUT", path, json!({"names": ["Web", "a", "web"]})).await;
    assert_eq!((got.status, got.body), (200, json!({"names": ["a", "web"]})));
    assert_eq!(client.write("PUT", path, json!({"names": ["no blanks"]})).await.status, 422);
    assert_eq!(as_token("reader").write("PUT", path, json!({"names": []})).await.status, 403);
    assert_eq!(client.write("PUT", "/repos/acme/old/topics", json!({"names": []})).await.status, 403, "archived");
}

#[tokio::test]
async fn a_renamed_branch_takes_its_pull_requests_along() {
    let client = owner();
    let got = client.write("POST", "/repos/acme/web/branches/main/rename", json!({"new_name": "trunk"})).await;
    assert_eq!((got.status, &got.body["name"]), (201, &json!("trunk")));
    assert_eq!(client.get(WEB).await.body["default_branch"], "trunk");
    assert_eq!(client.get("/repos/acme/web/pulls").await.body[0]["base"]["ref"], "trunk");
    assert_eq!(
        client.write("POST", "/repos/acme/web/branches/main/rename", json!({"new_name": "x"})).await.status,
        404
    );
    let taken = json!({"new_name": "ordain/policy"});
    assert_eq!(client.write("POST", "/repos/acme/web/branches/trunk/rename", taken).await.status, 422);
}

#[tokio::test]
async fn properties_are_defined_and_then_set() {
    let client = owner();
    let (schema, values) = ("/orgs/acme/properties/schema", "/orgs/acme/properties/values");
    assert_eq!(client.get(schema).await.body, json!([]));
    let tier = json!({"value_type": "single_select", "allowed_values": ["gold"], "description": "x"});
    assert_eq!(client.write("PUT", &format!("{schema}/tier"), tier).await.status, 200);
    let again = json!({"value_type": "single_select", "allowed_values": ["gold"]});
    let got = client.write("PUT", &format!("{schema}/tier"), again).await;
    assert_eq!(got.body["description"], Value::Null, "what is not named falls back to the default");
    assert_eq!(client.write("PUT", &format!("{schema}/tier"), json!({"value_type": "string"})).await.status, 422);
    let of = |value: Value, name: &str| json!({"repository_names": ["web"], "properties": [{"property_name": name, "value": value}]});
    assert_eq!(client.write("PATCH", values, of(json!("gold"), "tier")).await.status, 204);
    assert_eq!(client.get(WEB).await.body["custom_properties"], json!({"tier": "gold"}));
    assert_eq!(client.write("PATCH", values, of(json!("lead"), "tier")).await.status, 422);
    assert_eq!(client.write("PATCH", values, of(json!("gold"), "other")).await.status, 422);
    assert_eq!(client.write("PATCH", values, of(Value::Null, "tier")).await.status, 204);
    assert_eq!(client.get(WEB).await.body["custom_properties"], json!({}));
    let many: Vec<String> = (0..31).map(|n| format!("r{n}")).collect();
    let many = json!({"repository_names": many, "properties": []});
    assert_eq!(client.write("PATCH", values, many).await.status, 422, "thirty at most");
    assert_eq!(as_token("reader").get(values).await.status, 403);
}

#[tokio::test]
async fn discussions_are_switched_by_graphql() {
    let client = owner();
    let id = client.get(WEB).await.body["node_id"].clone();
    let query = "mutation($input: UpdateRepositoryInput!) { updateRepository(input: $input) { repository { hasDiscussionsEnabled } } }";
    let input = |id: &Value| json!({"input": {"repositoryId": id, "hasDiscussionsEnabled": true}});
    let got = client.query(query, input(&id)).await;
    assert_eq!(got["data"]["updateRepository"]["repository"]["hasDiscussionsEnabled"], true, "{got}");
    let refused = as_token("reader").query(query, input(&id)).await;
    assert_eq!(refused["errors"][0]["type"], "FORBIDDEN");
    let old = client.get("/repos/acme/old").await.body["node_id"].clone();
    assert_eq!(client.query(query, input(&old)).await["errors"][0]["type"], "UNPROCESSABLE", "archived");
}

#[test]
fn a_branch_that_was_observed_is_there_and_is_no_folder() {
    let mut state = example();
    state["organizations"][0]["repositories"][3]["trees"] =
        json!({"refs/heads/trunk:": {"known": []}, "refs/heads/gone:": {"known": null}});
    let sim = Sim::from_state(&state).expect("a state");
    let saved = sim.state();
    let old =
        saved["organizations"][0]["repositories"].as_array().expect("a list").iter().find(|repo| repo["name"] == "old");
    let refs = old.expect("there")["simulator"]["git"]["refs"].as_object().expect("refs").clone();
    assert_eq!(refs.keys().collect::<Vec<_>>(), ["refs/heads/main", "refs/heads/trunk"]);
}
