//! The contract checker on GraphQL: what it lets pass, and that each of its checks can fail.

use serde_json::{Value, json};

use crate::contract::{Contract, Exchange};

/// Checks an exchange with `data` as the answer.
fn check(query: &str, variables: Value, data: Value) -> Vec<String> {
    let asked = json!({ "query": query, "variables": variables });
    raw(&asked, 200, &json!({ "data": data }))
}

fn raw(asked: &Value, status: u16, answered: &Value) -> Vec<String> {
    let exchange = Exchange {
        method: "POST",
        path_and_query: "/graphql",
        request_body: Some(asked),
        status,
        response_body: Some(answered),
    };
    Contract::load().check(&exchange).err().unwrap_or_default()
}

/// There is exactly one problem, which says `why`.
#[track_caller]
fn one(problems: &[String], why: &str) {
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].contains(why), "{problems:#?}");
}

#[track_caller]
fn none(problems: &[String]) {
    assert_eq!(problems, Vec::<String>::new());
}

const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Repository {
    id databaseId visibility createdAt isArchived licenseInfo { spdxId } } } }";

fn repository() -> Value {
    json!({ "__typename": "Repository", "id": "R_1", "databaseId": 1, "visibility": "PUBLIC",
        "createdAt": "2026-01-01T00:00:00Z", "isArchived": false, "licenseInfo": null })
}

/// An answer to `NODES` in which one member is another.
fn with(member: &str, value: Value) -> Vec<String> {
    let mut node = repository();
    node[member] = value;
    check(NODES, json!({ "ids": ["R_1", "R_2"] }), json!({ "nodes": [node, null] }))
}

#[test]
fn good_exchanges_pass() {
    none(&with("databaseId", Value::Null));
    none(&with("licenseInfo", json!({ "spdxId": "MIT" })));
    let other = json!({ "nodes": [{ "__typename": "Workflow" }] });
    none(&check(NODES, json!({ "ids": ["W_1"] }), other));
    let asked = json!({ "query": "{ viewer { login } }" });
    let exchange = Exchange {
        method: "POST",
        path_and_query: "/api/graphql",
        request_body: Some(&asked),
        status: 200,
        response_body: Some(&json!({ "data": { "viewer": { "login": "ordain-bot" } } })),
    };
    assert_eq!(Contract::load().check(&exchange), Ok(()));
}

#[test]
fn a_document_that_the_schema_does_not_allow_fails() {
    let ask = |query: &str| {
        let mut problems = check(query, json!({}), json!({}));
        assert!(problems.iter().all(|problem| problem.contains("request: ")), "{problems:#?}");
        // One mistake may be told twice.
        problems.truncate(1);
        problems
    };
    one(&ask("{ viewer { id privateVulnerabilityReporting } }"), "privateVulnerabilityReporting");
    one(&ask("{ organization { id } }"), "login");
    one(&ask("{ organization(login: 1) { id } }"), "String");
    one(&ask("{ viewer { login "), "syntax error");
    one(&ask("{ viewer }"), "subselection");
    one(&ask("{\n viewer { nothing } }"), "(line 2)");
    one(&ask("query($login: Int!) { organization(login: $login) { id } }"), "login");
}

#[test]
fn a_request_that_is_not_one_fails() {
    let answer = json!({ "data": { "viewer": { "login": "x" } } });
    let query = "{ viewer { login } }";
    one(&raw(&json!([]), 200, &answer), "a JSON object");
    one(&raw(&json!({ "document": query }), 200, &answer), "`query` is not a text");
    one(&raw(&json!({ "query": query, "extra": 1 }), 200, &answer), "`extra`");
    one(&raw(&json!({ "query": query, "variables": [] }), 200, &answer), "`variables`");
    let two = "query A { viewer { login } } query B { viewer { id } }";
    one(&raw(&json!({ "query": two }), 200, &answer), "`operationName`");
    none(&raw(&json!({ "query": two, "operationName": "A" }), 200, &answer));
    let exchange = Exchange {
        method: "GET",
        path_and_query: "/graphql",
        request_body: None,
        status: 200,
        response_body: Some(&answer),
    };
    let problems = Contract::load().check(&exchange).err().unwrap_or_default();
    one(&problems, "asked by POST");
}

#[test]
fn variables_that_are_missing_unknown_or_of_another_type_fail() {
    let ask = |variables: Value| check(NODES, variables, json!({ "nodes": [] }));
    none(&ask(json!({ "ids": [] })));
    one(&ask(json!({})), "$ids is missing");
    one(&ask(json!({ "ids": null })), "$ids is null");
    one(&ask(json!({ "ids": [null] })), "$ids/0 is null");
    one(&ask(json!({ "ids": [1] })), "$ids/0 is not a value of ID");
    one(&ask(json!({ "ids": [], "id": "R_1" })), "$id is not declared");
}

#[test]
fn input_objects_are_held() {
    let query = "mutation($input: CreateCommitOnBranchInput!) {
        createCommitOnBranch(input: $input) { commit { oid } } }";
    let ask = |member: &str, value: Value| {
        let mut input = json!({
            "branch": { "repositoryNameWithOwner": "o/r", "branchName": "main" },
            "expectedHeadOid": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
            "message": { "headline": "m" },
            "fileChanges": { "additions": [{ "path": "SECURITY.md", "contents": "aGk=" }] },
        });
        input[member] = value;
        let oid = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        let data = json!({ "createCommitOnBranch": { "commit": { "oid": oid } } });
        check(query, json!({ "input": input }), data)
    };
    none(&ask("clientMutationId", json!("1")));
    one(&ask("message", json!({})), "$input/message/headline is missing");
    one(&ask("expectedHeadOid", json!("main")), "not a value of GitObjectID");
    one(&ask("author", json!("me")), "$input/author is not in CreateCommitOnBranchInput");
    for contents in ["not base64", "aGk", "a?k="] {
        let changes = json!({ "additions": [{ "path": "x", "contents": contents }] });
        let problems = ask("fileChanges", changes);
        one(&problems, "$input/fileChanges/additions/0/contents");
    }
}

#[test]
fn a_connection_without_bounds_fails() {
    let ask = |arguments: &str, fields: &str, variables: Value| {
        let head = "query($o: String!, $n: Int = 20) { organization(login: $o) { repositories";
        let problems = check(
            &format!(
                "{head}{arguments} {{ {fields} }} id @include(if: true) n: name @skip(if: true) }} \
                other: organization(login: \"x\") {{ repositories(first: $n) {{ totalCount }} }} }}"
            ),
            variables,
            Value::Null,
        );
        problems.into_iter().filter(|problem| problem.contains("connection")).collect::<Vec<_>>()
    };
    none(&ask("(first: 100)", "nodes { id }", json!({ "o": "o" })));
    none(&ask("(last: 1)", "nodes { id }", json!({ "o": "o" })));
    none(&ask("(first: $n)", "nodes { id }", json!({ "o": "o" })));
    none(&ask("", "totalCount", json!({ "o": "o" })));
    one(&ask("", "nodes { id }", json!({ "o": "o" })), "needs `first` or `last`");
    one(&ask("(first: 101)", "nodes { id }", json!({ "o": "o" })), "1 to 100");
    assert_eq!(ask("(first: $n)", "nodes { id }", json!({ "o": "o", "n": 0 })).len(), 2);
}

#[test]
fn an_answer_of_another_shape_fails() {
    one(&with("databaseId", json!("1")), "data/nodes/0/databaseId is not a value of Int");
    one(&with("visibility", json!("SECRET")), "not a value of RepositoryVisibility");
    one(&with("visibility", Value::Null), "data/nodes/0/visibility is null");
    one(&with("createdAt", json!("yesterday")), "not a value of DateTime");
    one(&with("isArchived", json!(0)), "not a value of Boolean");
    one(&with("licenseInfo", json!({})), "data/nodes/0/licenseInfo/spdxId is missing");
    one(&with("licenseInfo", json!("MIT")), "is not an object");
    one(&with("name", json!("express")), "data/nodes/0/name was not asked for");
    one(&with("databaseId", json!(2_147_483_648_u32)), "not a value of Int");
    one(&with("__typename", json!("Viewer")), "cannot be \"Viewer\"");
    assert_eq!(with("__typename", json!("License")).len(), 6, "a licence has none of its members");
}

#[test]
fn the_name_of_a_known_type_is_held() {
    let ask = |name: &str| {
        let data = json!({ "viewer": { "kind": name } });
        check("{ viewer { kind: __typename } }", json!({}), data)
    };
    none(&ask("User"));
    one(&ask("Organization"), "data/viewer/kind is not User");
}

#[test]
fn a_missing_field_or_list_fails() {
    let variables = || json!({ "ids": ["R_1"] });
    let mut node = repository();
    node.as_object_mut().expect("an object").remove("isArchived");
    one(&check(NODES, variables(), json!({ "nodes": [node] })), "data/nodes/0/isArchived is missing");
    one(&check(NODES, variables(), json!({})), "data/nodes is missing");
    one(&check(NODES, variables(), json!({ "nodes": repository() })), "data/nodes is not a list");
    one(&check(NODES, variables(), json!([])), "data is not an object");
}

#[test]
fn types_are_told_apart_without_typename() {
    let query = "{ repository(owner: \"o\", name: \"r\") { object(expression: \"HEAD:\") {
        ...on Tree { oid entries { name } } ...on Blob { oid byteSize } } } }";
    let ask = |object: Value| check(query, json!({}), json!({ "repository": { "object": object } }));
    let oid = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    none(&ask(json!({ "oid": oid, "entries": [{ "name": "a" }] })));
    none(&ask(json!({ "oid": oid, "byteSize": 3 })));
    // A commit or tag has none of the selected fields.
    none(&ask(json!({})));
    none(&ask(Value::Null));
    one(&ask(json!({ "oid": oid, "entries": [{ "name": 1 }] })), "entries/0/name");
    one(&ask(json!({ "oid": "abc", "byteSize": 3 })), "not a value of GitObjectID");
    assert!(!ask(json!({ "oid": oid, "entries": null, "byteSize": 3 })).is_empty());
}

#[test]
fn aliases_fragments_and_directives_are_followed() {
    let query = "query($deep: Boolean = false) { a: viewer { ...Who login @skip(if: true) }
        b: viewer { id @include(if: $deep) ...Who } } fragment Who on User { name: login }";
    let data = json!({ "a": { "name": "x" }, "b": { "name": "y" } });
    none(&check(query, json!({}), data.clone()));
    one(&check(query, json!({ "deep": true }), data), "data/b/id is missing");
    let data = json!({ "a": { "name": "x" }, "b": { "login": "y" } });
    assert_eq!(check(query, json!({}), data).len(), 2);
}

#[test]
fn errors_explain_nulls_and_have_a_form() {
    let asked = json!({ "query": "{ viewer { login } rateLimit { cost } }" });
    let answer = |errors: Value, data: Value| json!({ "data": data, "errors": errors });
    let at = |path: Value| json!([{ "message": "no", "type": "FORBIDDEN", "path": path }]);
    let data = || json!({ "viewer": null, "rateLimit": null });
    none(&raw(&asked, 200, &answer(at(json!(["viewer", "login"])), data())));
    one(&raw(&asked, 200, &answer(at(json!(["rateLimit"])), data())), "data/viewer is null");
    none(&raw(&asked, 200, &json!({ "errors": at(json!([])) })));
    one(&raw(&asked, 200, &json!({ "data": null })), "neither `data` nor `errors`");
    one(&raw(&asked, 200, &json!({ "errors": [] , "data": null })).split_off(1), "neither");
    one(&raw(&asked, 200, &json!({ "errors": [{ "type": "X" }] })), "errors/0");
    one(&raw(&asked, 200, &json!({ "errors": [{ "message": "x", "path": [{}] }] })), "errors/0");
    let ok = json!({ "viewer": { "login": "x" }, "rateLimit": null });
    one(&raw(&asked, 200, &json!({ "data": ok, "status": "ok" })), "no member `status`");
}

#[test]
fn a_status_that_github_does_not_give_fails() {
    let asked = json!({ "query": "{ viewer { login } }" });
    let message = json!({ "message": "Bad credentials" });
    for status in [401, 403, 429, 502] {
        none(&raw(&asked, status, &message));
    }
    for status in [201, 301, 409, 501] {
        one(&raw(&asked, status, &message), &format!("with {status}"));
    }
    one(&raw(&asked, 403, &json!({})), "no `message` text");
    one(&raw(&asked, 200, &Value::Null), "no JSON object");
}
