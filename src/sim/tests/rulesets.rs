use serde_json::{Value, json};

use super::{as_token, owner};
use crate::sim::Sim;

const ALL: &str = "/repos/acme/web/rulesets";

fn main() -> Value {
    json!({"name": "main", "enforcement": "active", "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "bypass_actors": [{"actor_id": 7, "actor_type": "OrganizationAdmin"}, {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}],
        "rules": [{"type": "deletion"}, {"type": "update", "parameters": {"update_allows_fetch_and_merge": false}},
            {"type": "pull_request", "parameters": {"dismiss_stale_reviews_on_push": false, "require_code_owner_review": false,
                "require_last_push_approval": false, "required_approving_review_count": 1, "required_review_thread_resolution": false}}]})
}

#[tokio::test]
async fn what_a_ruleset_leaves_out_is_filled_in() {
    let client = owner();
    let made = client.write("POST", ALL, main()).await;
    assert_eq!((made.status, made.body["target"].clone()), (201, json!("branch")));
    assert_eq!(made.body["rules"][1], json!({"type": "update"}), "what allows nothing is not told");
    let parameters = &made.body["rules"][2]["parameters"];
    assert_eq!(parameters["allowed_merge_methods"], json!(["merge", "squash", "rebase"]));
    assert_eq!(
        made.body["bypass_actors"][0],
        json!({"actor_id": 1, "actor_type": "OrganizationAdmin", "bypass_mode": "always"})
    );
    let list = client.get(ALL).await.body;
    assert_eq!((list[0]["source"].clone(), list[0].get("rules")), (json!("Acme/web"), None), "a list has no rules");
    let again = client.sim.state();
    assert_eq!(Sim::from_state(&again).unwrap().state(), again);
}

#[tokio::test]
async fn what_github_refuses_is_refused() {
    let client = owner();
    assert_eq!(client.write("POST", ALL, main()).await.status, 201);
    let twice = client.write("POST", ALL, main()).await;
    assert_eq!((twice.status, twice.body["errors"][0].clone()), (422, json!("Name must be unique")));
    for (key, value) in [
        ("enforcement", json!("on")),
        ("rules", json!([{"type": "nonsense"}])),
        ("rules", json!([{"type": "pull_request", "parameters": {}}])),
        ("bypass_actors", json!([{"actor_id": null, "actor_type": "Team"}])),
        ("bypass_actors", json!([{"actor_id": null, "actor_type": "DeployKey", "bypass_mode": "pull_request"}])),
    ] {
        let mut body = main();
        body["name"] = json!("other");
        body[key] = value;
        assert_eq!(client.write("POST", ALL, body.clone()).await.status, 422, "{body}");
    }
    let mut repository = main();
    repository["target"] = json!("repository");
    assert_eq!(client.write("POST", ALL, repository.clone()).await.status, 422);
    assert_eq!(client.write("POST", "/orgs/acme/rulesets", repository).await.status, 201);
}

#[tokio::test]
async fn a_put_without_actors_takes_their_leave_away() {
    let client = owner();
    let id = client.write("POST", ALL, main()).await.body["id"].clone();
    let one = format!("{ALL}/{id}");
    let after = client.write("PUT", &one, json!({"enforcement": "disabled"})).await.body;
    assert_eq!((after["bypass_actors"].clone(), after["rules"].clone()), (json!([]), json!([])));
    assert_eq!(client.write("DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(client.get(&one).await.status, 404);
}

#[tokio::test]
async fn actors_are_hidden_from_those_who_may_not_write() {
    let client = owner();
    let id = client.write("POST", ALL, main()).await.body["id"].clone();
    let reader = super::Client { sim: client.sim.clone(), token: "admin-read" };
    let seen = reader.get(&format!("{ALL}/{id}")).await.body;
    assert_eq!((seen["name"].clone(), seen.get("bypass_actors")), (json!("main"), None));
    assert_eq!(reader.get("/orgs/acme/rulesets").await.status, 403);
    let query = "{ repository(owner: \"acme\", name: \"web\") { rulesets(first: 1) { nodes { name bypassActors(first: 1) { totalCount } } } } }";
    let told = reader.query(query, json!({})).await;
    assert_eq!(told["data"]["repository"]["rulesets"]["nodes"][0], json!({"name": "main", "bypassActors": null}));
    let told = client.query(query, json!({})).await;
    assert_eq!(told["data"]["repository"]["rulesets"]["nodes"][0]["bypassActors"]["totalCount"], 2);
}

#[tokio::test]
async fn a_repository_is_under_what_its_organisation_says() {
    let client = owner();
    client.write("POST", ALL, main()).await;
    let of_org = json!({"name": "all", "enforcement": "active", "rules": [{"type": "non_fast_forward"}],
        "conditions": {"ref_name": {"include": ["refs/heads/m*"], "exclude": []}, "repository_name": {"include": ["w*"], "exclude": []}}});
    let id = client.write("POST", "/orgs/acme/rulesets", of_org).await.body["id"].clone();
    let names = |body: &Value| body.as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&client.get(ALL).await.body), ["main", "all"]);
    assert_eq!(names(&client.get(&format!("{ALL}?includes_parents=false")).await.body), ["main"]);
    assert_eq!(client.get(&format!("{ALL}/{id}")).await.body["source_type"], "Organization");
    assert_eq!(client.get(&format!("/repos/acme/.github/rulesets/{id}")).await.status, 404, "it is not for that one");
    let rules = client.get("/repos/acme/web/rules/branches/main").await.body;
    let kinds: Vec<_> = rules.as_array().unwrap().iter().map(|rule| rule["type"].clone()).collect();
    assert_eq!(kinds, ["deletion", "update", "pull_request", "non_fast_forward"]);
    assert_eq!(rules[3]["ruleset_source_type"], "Organization");
    assert_eq!(client.get("/repos/acme/web/rules/branches/other").await.body, json!([]));
}

#[tokio::test]
async fn an_observation_by_graphql_becomes_a_ruleset() {
    let node = json!({"databaseId": 3, "name": "main", "target": "BRANCH", "enforcement": "ACTIVE",
        "conditions": {"refName": {"include": ["~ALL"], "exclude": []}},
        "rules": {"totalCount": 1, "nodes": [{"type": "REQUIRED_STATUS_CHECKS", "parameters": {"__typename": "RequiredStatusChecksParameters",
            "doNotEnforceOnCreate": false, "strictRequiredStatusChecksPolicy": true,
            "requiredStatusChecks": [{"context": "ci", "integrationId": null}]}}]}});
    let state = json!({"organizations": [{"login": "o", "repositories": [
        {"name": "x", "graphql": {"rulesets": {"known": {"totalCount": 1, "nodes": [node]}}}}]}]});
    let client = super::Client { sim: Sim::from_state(&state).unwrap(), token: "any" };
    let got = client.get("/repos/o/x/rulesets/3").await.body;
    assert_eq!(got["conditions"]["ref_name"]["include"], json!(["~ALL"]));
    let parameters = json!({"do_not_enforce_on_create": false, "required_status_checks": [{"context": "ci"}],
        "strict_required_status_checks_policy": true});
    assert_eq!(got["rules"], json!([{"type": "required_status_checks", "parameters": parameters}]));
}

#[tokio::test]
async fn classic_protection_is_replaced_whole() {
    let client = owner();
    let path = "/repos/acme/web/branches/main/protection";
    assert_eq!(client.get(path).await.body["message"], "Branch not protected");
    assert_eq!(client.get("/repos/acme/web/branches/none/protection").await.body["message"], "Branch not found");
    let body = json!({"required_status_checks": {"strict": true, "contexts": [], "checks": [{"context": "a"}, {"context": "b", "app_id": -1}]},
        "enforce_admins": true, "required_pull_request_reviews": null, "restrictions": null, "required_linear_history": true});
    let made = client.write("PUT", path, body).await;
    assert_eq!(made.status, 200);
    let checks = &made.body["required_status_checks"]["checks"];
    assert_eq!(
        *checks,
        json!([{"context": "a", "app_id": 15368}, {"context": "b", "app_id": null}]),
        "one is bound, one is not"
    );
    assert_eq!(client.write("POST", &format!("{path}/required_signatures"), Value::Null).await.body["enabled"], true);
    let bare = json!({"required_status_checks": null, "enforce_admins": null, "required_pull_request_reviews": {}, "restrictions": null});
    let after = client.write("PUT", path, bare).await.body;
    assert_eq!(
        (after["required_linear_history"]["enabled"].clone(), after.get("required_status_checks")),
        (json!(false), None)
    );
    assert_eq!(after["required_signatures"]["enabled"], true, "it has a call of its own");
    assert_eq!(client.write("PUT", path, json!({"enforce_admins": true})).await.status, 422);
    assert_eq!(as_token("reader").get(path).await.status, 403);
    assert_eq!(client.write("DELETE", path, Value::Null).await.status, 204);
}

#[tokio::test]
async fn patterns_are_protected_by_mutations() {
    let client = owner();
    let id = client.get("/repos/acme/web").await.body["node_id"].clone();
    let create = "mutation($input: CreateBranchProtectionRuleInput!) { createBranchProtectionRule(input: $input) { branchProtectionRule { id pattern } } }";
    let input = json!({"repositoryId": id, "pattern": "m*", "requiresLinearHistory": true,
        "requiredStatusChecks": [{"context": "a"}, {"context": "b", "appId": "any"}], "requiresStatusChecks": true});
    let made = client.query(create, json!({"input": input.clone()})).await;
    let rule = made["data"]["createBranchProtectionRule"]["branchProtectionRule"]["id"].clone();
    let told = client.get("/repos/acme/web/branches/main/protection").await.body;
    assert_eq!(told["required_linear_history"]["enabled"], true, "the pattern holds for the branch");
    assert_eq!(told["required_status_checks"]["checks"][0]["app_id"], 15368);
    assert_eq!(client.query(create, json!({ "input": input })).await["errors"][0]["type"], "UNPROCESSABLE");
    let update = "mutation($input: UpdateBranchProtectionRuleInput!) { updateBranchProtectionRule(input: $input) { branchProtectionRule { isAdminEnforced } } }";
    let input = json!({"branchProtectionRuleId": rule, "isAdminEnforced": true});
    client.query(update, json!({"input": input.clone()})).await;
    let told = client.get("/repos/acme/web/branches/main/protection").await.body;
    assert_eq!(
        (told["enforce_admins"]["enabled"].clone(), told["required_linear_history"]["enabled"].clone()),
        (json!(true), json!(true))
    );
    let reader = super::Client { sim: client.sim.clone(), token: "admin-read" };
    assert_eq!(reader.query(update, json!({ "input": input })).await["errors"][0]["type"], "FORBIDDEN");
    let delete = "mutation($input: DeleteBranchProtectionRuleInput!) { deleteBranchProtectionRule(input: $input) { clientMutationId } }";
    client.query(delete, json!({"input": {"branchProtectionRuleId": rule}})).await;
    assert_eq!(client.get("/repos/acme/web/branches/main/protection").await.status, 404);
}
