use serde_json::{Value, json};

use super::{example, owner};
use crate::sim::{Sim, generate};

#[tokio::test]
async fn a_state_written_back_is_the_same_world() {
    let client = owner();
    client.write("PUT", "/repos/acme/web/private-vulnerability-reporting", Value::Null).await;
    client.write("PUT", "/repos/acme/web/contents/BIN", json!({"message": "m", "content": "/wD+"})).await;
    client.write("POST", "/repos/acme/web/git/blobs", json!({"content": "loose"})).await;
    let id = client.get("/orgs/acme/code-security/configurations").await.body[0]["id"].clone();
    client
        .write("POST", &format!("/orgs/acme/code-security/configurations/{id}/attach"), json!({"scope": "public"}))
        .await;
    let first = client.sim.state();
    let again = Sim::from_state(&first).unwrap();
    assert_eq!(again.state(), first);
    client.sim.edit(|ours| again.edit(|theirs| assert_eq!(ours, theirs)));
    let text = serde_json::to_string(&first).unwrap();
    assert_eq!(serde_json::to_string(&again.state()).unwrap(), text, "the order is the same too");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let mut state = example();
    state["organizations"][0]["repositories"][0]["visibility"] = json!("hidden");
    let told = Sim::from_state(&state).err().unwrap().to_string();
    assert_eq!(told, "organizations[0].repositories[0].visibility: \"hidden\" is not public, private or internal");
    let told = Sim::from_state(&json!({"organizations": [{"login": 1}]})).err().unwrap().to_string();
    assert_eq!(told, "organizations[0].login: a text was expected");
    assert!(Sim::from_state(&json!({"format": "ordain.plan/1", "organizations": []})).is_err());
    assert!(Sim::from_state(&json!({})).is_err());
}

#[tokio::test]
async fn an_observation_is_served_as_it_was() {
    let oid = "45b983be36b73c0788dc9cbcb76cbb80fc7bb057";
    let state = json!({"organizations": [{"login": "o", "error": null,
        "rest": {"": {"known": {"id": 5, "two_factor_requirement_enabled": true}}, "hooks": {"unknown": "no right", "permission": "organization_hooks:read"}},
        "blobs": {oid: {"text": "hi\n"}, "aa00000000000000000000000000000000000000": {"too_large": true}},
        "repositories": [{"name": "r", "id": 9, "node_id": "R_x", "private": false,
            "graphql": {"hasVulnerabilityAlertsEnabled": {"known": true}, "mergeCommitAllowed": {"known": false},
                "defaultBranchRef": {"known": {"name": "trunk", "target": {"oid": "cc00000000000000000000000000000000000000"}}},
                "rulesets": {"known": {"totalCount": 1, "nodes": [{"name": "main", "databaseId": 3}]}}},
            "trees": {"": {"known": [{"name": "SECURITY.md", "type": "blob", "mode": 33188, "oid": oid, "size": 3}, {"name": "docs", "type": "tree", "mode": 16384, "oid": "dd00000000000000000000000000000000000000", "size": 0}]}, ".github": {"known": null}},
            "rest": {"private-vulnerability-reporting": {"known": {"enabled": true}}, "hooks": {"known": []},
                "actions/workflows": {"known": {"total_count": 0, "workflows": []}}}}]}]});
    let mut client = owner();
    client.sim = Sim::from_state(&state).unwrap();
    assert_eq!(client.get("/repos/o/r/private-vulnerability-reporting").await.body["enabled"], true);
    assert_eq!(client.get("/repos/o/r/hooks").await.body, json!([]));
    let refused = client.get("/orgs/o/hooks").await;
    assert_eq!((refused.status, refused.header("x-accepted-github-permissions")), (403, "organization_hooks=read"));
    assert_eq!(client.get("/repos/o/r").await.body["allow_merge_commit"], false);
    assert_eq!(client.get("/orgs/o").await.body["two_factor_requirement_enabled"], true);
    let query = "{ node(id: \"R_x\") { ... on Repository { isSecurityPolicyEnabled defaultBranchRef { name target { oid } } rulesets(first: 1) { totalCount nodes { name } } docs: object(expression: \"HEAD:docs\") { oid ... on Tree { entries { name } } } } } }";
    let got = client.query(query, json!({})).await;
    assert_eq!(
        got["data"]["node"],
        json!({
            "isSecurityPolicyEnabled": true, "defaultBranchRef": {"name": "trunk", "target": {"oid": "cc00000000000000000000000000000000000000"}},
            "rulesets": {"totalCount": 1, "nodes": [{"name": "main"}]},
            "docs": {"oid": "dd00000000000000000000000000000000000000", "entries": null},
        })
    );
    let saved = client.sim.state();
    assert_eq!(Sim::from_state(&saved).unwrap().state()["organizations"], saved["organizations"]);
}

#[test]
fn a_generated_organisation_is_believable_and_the_same_each_time() {
    let state = generate(200, 7);
    assert_eq!(state, generate(200, 7));
    assert_ne!(state, generate(200, 8));
    let sim = Sim::from_state(&state).unwrap();
    sim.edit(|world| {
        let repos = &world.orgs[0].repos;
        assert_eq!(repos.len(), 200);
        assert!(
            repos.iter().any(|r| r.is_private())
                && repos.iter().any(|r| r.flag("archived"))
                && repos.iter().any(|r| r.flag("fork"))
        );
        assert!(repos.iter().any(crate::sim::world::Repo::is_empty));
    });
    assert_eq!(Sim::from_state(&sim.state()).unwrap().state(), sim.state());
}
