use serde_json::{Value, json};

use super::{Client, example};
use crate::sim::Sim;

/// The example with people, teams and hooks.
fn staffed(token: &'static str) -> Client {
    let mut state = example();
    state["simulator"]["users"] = json!(["NewComer"]);
    let known = |list: Value| json!({ "known": list });
    state["organizations"][0]["rest"] = json!({
        "members?role=admin": known(json!([{"login": "Olga"}])),
        "members?role=member": known(json!([{"login": "ann"}])),
        "teams": known(json!([
            {"id": 1, "slug": "core", "privacy": "closed"},
            {"id": 2, "slug": "inner", "privacy": "closed", "parent": {"slug": "core"}},
        ])),
        "teams/core/members": known(json!([{"login": "ann", "role": "member"}])),
        "teams/inner/members": known(json!([{"login": "Olga", "role": "maintainer"}])),
    });
    let hook =
        json!({"id": 5, "active": true, "events": ["push"], "config": {"url": "https://a.test/", "secret": "s3cret"}});
    state["organizations"][0]["repositories"][0]["rest"] = json!({
        "teams": known(json!([{"slug": "core", "permission": "push"}])),
        "collaborators?affiliation=direct": known(json!([{"login": "eve", "role_name": "admin"}])),
        "hooks": known(json!([hook])),
    });
    Client { sim: Sim::from_state(&state).unwrap(), token }
}

#[tokio::test]
async fn people_are_invited_and_members_are_added_at_once() {
    let client = staffed("owner");
    let path = |login: &str| format!("/repos/acme/web/collaborators/{login}");
    assert_eq!(client.write("PUT", &path("ann"), json!({"permission": "pull"})).await.status, 204);
    let invited = client.write("PUT", &path("newcomer"), json!({"permission": "push"})).await;
    assert_eq!(
        (invited.status, &invited.body["invitee"]["login"], &invited.body["permissions"]),
        (201, &json!("NewComer"), &json!("write"))
    );
    assert_eq!(client.write("PUT", &path("ghost"), json!({"permission": "pull"})).await.status, 422);
    assert_eq!(client.write("PUT", &path("ann"), json!({"permission": "everything"})).await.status, 422);
    assert_eq!(client.get("/repos/acme/web/invitations").await.body[0]["id"], invited.body["id"]);
    let direct = client.get("/repos/acme/web/collaborators?affiliation=direct").await.body;
    let roles: Vec<_> = direct.as_array().unwrap().iter().map(|one| (&one["login"], &one["role_name"])).collect();
    // The greatest of all sources: Ann's team may push.
    assert_eq!(roles, [(&json!("eve"), &json!("admin")), (&json!("ann"), &json!("write"))]);
    assert_eq!(client.write("DELETE", &path("eve"), Value::Null).await.status, 204);
    assert_eq!(client.write("DELETE", &path("eve"), Value::Null).await.status, 404);
    assert_eq!(client.get("/users/EVE").await.body["login"], "eve", "who was removed still has an account");
    assert_eq!(client.get("/users/ghost").await.status, 404);
}

#[tokio::test]
async fn graphql_tells_each_source_of_an_access() {
    let query = "{ repository(owner: \"acme\", name: \"web\") { collaborators(affiliation: ALL, first: 10) { totalCount edges { permission \
                 node { login } permissionSources { roleName source { __typename } } } } deployKeys(first: 5) { totalCount } } }";
    let told = staffed("owner").query(query, json!({})).await;
    let page = &told["data"]["repository"]["collaborators"];
    assert_eq!(page["totalCount"], 3, "{told}");
    let olga = page["edges"].as_array().unwrap().iter().find(|edge| edge["node"]["login"] == "Olga").unwrap();
    let kinds: Vec<_> =
        olga["permissionSources"].as_array().unwrap().iter().map(|one| &one["source"]["__typename"]).collect();
    assert_eq!((&olga["permission"], kinds), (&json!("ADMIN"), vec![&json!("Team"), &json!("Organization")]));
    let hidden = staffed("reader").query(query, json!({})).await;
    assert_eq!(hidden["data"]["repository"]["collaborators"], Value::Null);
    assert_eq!(hidden["errors"][0]["type"], "FORBIDDEN");
}

#[tokio::test]
async fn a_team_inherits_from_its_parent_and_goes_with_it() {
    let client = staffed("owner");
    let repos = client.get("/orgs/acme/teams/inner/repos").await.body;
    assert_eq!((&repos[0]["name"], &repos[0]["role_name"]), (&json!("web"), &json!("write")));
    let all = client.get("/orgs/acme/teams/core/members").await.body;
    assert_eq!((&all[1]["login"], &all[1]["inherited"]), (&json!("Olga"), &json!(true)));
    assert_eq!(client.write("DELETE", "/orgs/acme/teams/core", Value::Null).await.status, 204);
    assert_eq!(client.get("/orgs/acme/teams").await.body, json!([]));
    assert_eq!(client.get("/repos/acme/web/teams").await.body, json!([]));
}

#[tokio::test]
async fn a_new_team_has_its_maker_and_owners_maintain() {
    let client = staffed("owner");
    let made = client.write("POST", "/orgs/acme/teams", json!({"name": "Sec Ops", "parent_team_id": 1})).await;
    assert_eq!(
        (made.status, &made.body["slug"], &made.body["parent"]["slug"]),
        (201, &json!("sec-ops"), &json!("core"))
    );
    assert_eq!(client.write("POST", "/orgs/acme/teams", json!({"name": "sec-ops"})).await.status, 422);
    assert_eq!(client.write("PATCH", "/orgs/acme/teams/sec-ops", json!({"privacy": "secret"})).await.status, 422);
    assert_eq!(client.get("/orgs/acme/teams/sec-ops/members").await.body[0]["login"], "ordain-bot");
    let put = |login: &str| format!("/orgs/acme/teams/sec-ops/memberships/{login}");
    assert_eq!(client.write("PUT", &put("olga"), json!({"role": "member"})).await.body["role"], "maintainer");
    assert_eq!(client.write("PUT", &put("newcomer"), json!({})).await.body["state"], "pending");
    assert_eq!(client.get("/orgs/acme/teams/sec-ops/invitations").await.body[0]["login"], "NewComer");
    assert_eq!(client.write("PUT", &put("ghost"), json!({})).await.status, 404);
}

#[tokio::test]
async fn the_last_owner_stays() {
    let client = staffed("owner");
    let olga = "/orgs/acme/memberships/olga";
    assert_eq!(client.write("PUT", olga, json!({"role": "member"})).await.status, 403);
    assert_eq!(client.write("DELETE", olga, Value::Null).await.status, 403);
    assert_eq!(
        client.write("PUT", "/orgs/acme/memberships/ann", json!({"role": "admin"})).await.body["state"],
        "active"
    );
    assert_eq!(client.write("DELETE", olga, Value::Null).await.status, 204);
    assert_eq!(client.get("/orgs/acme/teams/inner/members").await.body, json!([]), "with the membership go the teams");
    let invited = client.write("PUT", "/orgs/acme/memberships/newcomer", json!({"role": "admin"})).await;
    assert_eq!(invited.body["state"], "pending");
    assert_eq!(client.get("/orgs/acme/invitations").await.body[0]["role"], "admin");
    assert_eq!(client.write("DELETE", "/orgs/acme/memberships/newcomer", Value::Null).await.status, 204);
    assert_eq!(client.write("DELETE", "/orgs/acme/memberships/ghost", Value::Null).await.status, 404);
}

#[tokio::test]
async fn outsiders_are_collaborators_who_are_no_members() {
    let client = staffed("owner");
    assert_eq!(client.get("/orgs/acme/outside_collaborators").await.body[0]["login"], "eve");
    assert_eq!(client.write("DELETE", "/orgs/acme/outside_collaborators/ann", Value::Null).await.status, 422);
    assert_eq!(client.write("DELETE", "/orgs/acme/outside_collaborators/eve", Value::Null).await.status, 204);
    assert_eq!(client.get("/repos/acme/web/collaborators?affiliation=direct").await.body, json!([]));
}

#[tokio::test]
async fn a_hooks_secret_is_never_shown_and_easily_lost() {
    let client = staffed("owner");
    let shown = client.get("/repos/acme/web/hooks").await.body;
    assert_eq!(shown[0]["config"]["secret"], "********");
    let config = "/repos/acme/web/hooks/5/config";
    assert_eq!(client.write("PATCH", config, json!({"insecure_ssl": 1})).await.body["insecure_ssl"], "1");
    assert_eq!(client.get(config).await.body["secret"], "********");
    let whole = json!({"config": {"url": "https://a.test/"}});
    assert_eq!(client.write("PATCH", "/repos/acme/web/hooks/5", whole).await.body["config"].get("secret"), None);
    let twice = json!({"name": "web", "config": {"url": "https://a.test/"}});
    assert_eq!(client.write("POST", "/repos/acme/web/hooks", twice).await.status, 422);
    assert_eq!(staffed("reader").get("/repos/acme/web/hooks").await.status, 403);
}

#[tokio::test]
async fn roles_of_the_organisation_go_to_teams_that_are_there() {
    let client = staffed("owner");
    let roles = client.get("/orgs/acme/organization-roles").await.body;
    let id = roles["roles"].as_array().unwrap().iter().find(|role| role["name"] == "security_manager").unwrap()["id"]
        .clone();
    let path = |slug: &str| format!("/orgs/acme/organization-roles/teams/{slug}/{id}");
    assert_eq!(client.write("PUT", &path("core"), Value::Null).await.status, 204);
    assert_eq!(client.write("PUT", &path("ghosts"), Value::Null).await.status, 404);
    assert_eq!(client.get(&format!("/orgs/acme/organization-roles/{id}/teams")).await.body[0]["slug"], "core");
    assert_eq!(client.write("DELETE", &path("core"), Value::Null).await.status, 204);
    assert_eq!(client.get(&format!("/orgs/acme/organization-roles/{id}/teams")).await.body, json!([]));
    assert_eq!(staffed("admin-read").get("/orgs/acme/organization-roles").await.status, 403);
}

#[tokio::test]
async fn what_was_changed_is_saved_and_loaded_again() {
    let client = staffed("owner");
    client.write("PUT", "/orgs/acme/teams/inner/repos/acme/secret", json!({"permission": "admin"})).await;
    client.write("PUT", "/repos/acme/web/collaborators/newcomer", json!({"permission": "maintain"})).await;
    let again = Client { sim: Sim::from_state(&client.sim.state()).unwrap(), token: "owner" };
    for path in
        ["/repos/acme/secret/teams", "/repos/acme/web/invitations", "/orgs/acme/teams/inner/repos", "/users/newcomer"]
    {
        assert_eq!(client.get(path).await.body, again.get(path).await.body, "{path}");
    }
}
