use serde_json::json;

use super::{as_token, owner};

#[tokio::test]
async fn fragments_aliases_and_directives() {
    let client = owner();
    let query = "query Q($o: String!, $more: Boolean = false) {
        rateLimit { cost nodeCount limit }
        a: repository(owner: $o, name: \"web\") { ...F name @skip(if: true) id @include(if: $more) }
        b: repository(owner: $o, name: \".github\") { ...F } }
      fragment F on Repository { databaseId isSecurityPolicyEnabled tree: object(expression: \"HEAD:\") { __typename oid ... on Tree { entries { name mode } } ... on Blob { text } } }";
    let got = client.query(query, json!({"o": "acme"})).await;
    assert!(got.get("errors").is_none(), "{got}");
    assert_eq!(
        got["data"]["a"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["databaseId", "isSecurityPolicyEnabled", "tree"]
    );
    assert_eq!(got["data"]["a"]["isSecurityPolicyEnabled"], true, "from the organisation's .github");
    assert_eq!(got["data"]["a"]["tree"]["entries"][1], json!({"name": "README.md", "mode": 33188}));
    assert_eq!(got["data"]["rateLimit"], json!({"cost": 1, "nodeCount": 0, "limit": 5000}));
}

#[tokio::test]
async fn unknown_fields_are_loud() {
    let got = owner().query("{ repository(owner: \"acme\", name: \"web\") { nonsense } }", json!({})).await;
    assert!(got.get("data").is_none());
    assert_eq!(got["errors"][0]["message"], "Field 'nonsense' doesn't exist on type 'Repository'");
    assert_eq!(got["errors"][0]["extensions"]["code"], "undefinedField");
    assert_eq!(got["errors"][0]["locations"], json!([{"line": 1, "column": 44}]));
    let got = owner().query("{ repository(owner: \"acme\", name: \"web\", x: 1) { id } }", json!({})).await;
    assert_eq!(got["errors"][0]["extensions"]["code"], "argumentNotAccepted");
    let got = owner().query("query($i: ID!) { node(id: $i) { id } }", json!({})).await;
    assert!(
        got["errors"][0]["message"].as_str().unwrap().starts_with("Variable $i of type ID! was provided invalid value")
    );
    assert!(
        owner().query("{ a {", json!({})).await["errors"][0]["message"].as_str().unwrap().starts_with("Parse error")
    );
}

#[tokio::test]
async fn missing_things_are_null_in_their_place() {
    let client = owner();
    let id = client.get("/repos/acme/web").await.body["node_id"].clone();
    let got = client
        .query("query($i: [ID!]!) { nodes(ids: $i) { ... on Repository { name } } }", json!({"i": [id, "R_none"]}))
        .await;
    assert_eq!(got["data"]["nodes"], json!([{"name": "web"}, null]));
    assert_eq!(
        (got["errors"][0]["type"].clone(), got["errors"][0]["path"].clone()),
        (json!("NOT_FOUND"), json!(["nodes", 1]))
    );
    let many: Vec<String> = (0..101).map(|i| format!("R_{i}")).collect();
    let got = client.query("query($i: [ID!]!) { nodes(ids: $i) { id } }", json!({"i": many})).await;
    assert_eq!(got["data"], json!(null));
    let got =
        client.query("{ r: repository(owner: \"acme\", name: \"gone\") { id } viewer { login } }", json!({})).await;
    assert_eq!(got["data"], json!({"r": null, "viewer": {"login": "ordain-bot"}}));
    assert_eq!(got["errors"][0]["path"], json!(["r"]));
    let query = "{ repository(owner: \"acme\", name: \"website\", followRenames: false) { id } }";
    assert_eq!(client.query(query, json!({})).await["data"]["repository"], json!(null));
    let query = "{ repository(owner: \"acme\", name: \"website\") { name } }";
    assert_eq!(client.query(query, json!({})).await["data"]["repository"]["name"], "web");
}

#[tokio::test]
async fn connections_have_limits_and_costs() {
    let client = owner();
    let page = |n: u32| {
        format!(
            "{{ rateLimit {{ cost nodeCount }} organization(login: \"acme\") {{ repositories(first: {n}) {{ totalCount nodes {{ name repositoryTopics(first: 20) {{ nodes {{ topic {{ name }} }} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        )
    };
    let got = client.query(&page(100), json!({})).await;
    assert_eq!(got["data"]["rateLimit"], json!({"cost": 1, "nodeCount": 2100}));
    assert_eq!(got["data"]["organization"]["repositories"]["totalCount"], 5);
    let got = client.query(&page(101), json!({})).await;
    assert_eq!(got["errors"][0]["type"], "EXCESSIVE_PAGINATION");
    assert_eq!(got["data"]["organization"], json!(null), "the connection cannot be null, so what holds it is");
    let got = client.query("{ organization(login: \"acme\") { repositories { totalCount } } }", json!({})).await;
    assert_eq!(got["errors"][0]["type"], "MISSING_PAGINATION_BOUNDARIES");
    let next = "query($c: String) { organization(login: \"acme\") { repositories(first: 3, after: $c) { nodes { name } pageInfo { hasNextPage endCursor } } } }";
    let one = client.query(next, json!({})).await["data"]["organization"]["repositories"].clone();
    assert_eq!(one["pageInfo"]["hasNextPage"], true);
    let two =
        client.query(next, json!({"c": one["pageInfo"]["endCursor"]})).await["data"]["organization"]["repositories"]
            .clone();
    assert_eq!((two["nodes"].as_array().unwrap().len(), two["pageInfo"]["hasNextPage"].clone()), (2, json!(false)));
}

#[tokio::test]
async fn rights_decide_what_is_told() {
    let query = "{ repository(owner: \"acme\", name: \"web\") { viewerCanAdminister hasVulnerabilityAlertsEnabled } }";
    for (token, expected) in [("owner", [true, true]), ("reader", [false, false]), ("admin-read", [false, true])] {
        let client = as_token(token);
        client.sim.edit(|world| world.repo("acme", "web").unwrap().alerts = true);
        let got = client.query(query, json!({})).await["data"]["repository"].clone();
        assert_eq!(
            got,
            json!({"viewerCanAdminister": expected[0], "hasVulnerabilityAlertsEnabled": expected[1]}),
            "{token}"
        );
    }
    let got = as_token("admin-read")
        .query("{ repository(owner: \"acme\", name: \"secret\") { object(expression: \"HEAD:\") { oid } } }", json!({}))
        .await;
    assert_eq!(
        (got["data"]["repository"]["object"].clone(), got["errors"][0]["type"].clone()),
        (json!(null), json!("FORBIDDEN"))
    );
}

#[tokio::test]
async fn suites_pulls_and_blobs() {
    let client = owner();
    let query = "{ repository(owner: \"acme\", name: \"web\") {
        defaultBranchRef { name target { oid ... on Commit { checkSuites(first: 10, filterBy: {appId: 15368}) { totalCount nodes { conclusion updatedAt app { slug } branch { name } workflowRun { event file { path } workflow { name state } } } } } } }
        pullRequests(headRefName: \"ordain/policy\", states: OPEN, first: 5) { nodes { number isCrossRepository headRepository { nameWithOwner } author { login __typename } commits(first: 5) { totalCount nodes { commit { author { user { login } } committer { user { login } } signature { isValid wasSignedByGitHub } } } } files(first: 5) { nodes { path changeType } } } }
        foreign: pullRequests(headRefName: \"patch\", last: 1) { nodes { isCrossRepository headRepository { nameWithOwner } } }
        blob: object(oid: \"45b983be36b73c0788dc9cbcb76cbb80fc7bb057\") { oid ... on Blob { text byteSize isBinary isTruncated } }
        branch: object(expression: \"refs/heads/ordain/policy:SECURITY.md\") { ... on Blob { text } } } }";
    let got = client.query(query, json!({})).await;
    assert!(got.get("errors").is_none(), "{got}");
    let repo = &got["data"]["repository"];
    let suite = &repo["defaultBranchRef"]["target"]["checkSuites"]["nodes"][0];
    assert_eq!(
        (suite["conclusion"].clone(), suite["workflowRun"]["file"]["path"].clone()),
        (json!("FAILURE"), json!(".github/workflows/scorecard.yml"))
    );
    assert_eq!(suite["workflowRun"]["workflow"]["state"], "DISABLED_INACTIVITY");
    let pull = &repo["pullRequests"]["nodes"][0];
    assert_eq!(pull["commits"]["nodes"][0]["commit"]["committer"]["user"]["login"], "web-flow");
    assert_eq!(pull["files"]["nodes"], json!([{"path": "SECURITY.md", "changeType": "ADDED"}]));
    assert_eq!(
        repo["foreign"]["nodes"][0],
        json!({"isCrossRepository": true, "headRepository": {"nameWithOwner": "eve/web"}})
    );
    assert_eq!(repo["blob"]["text"], "hi\n");
    assert_eq!(repo["branch"]["text"], "x");
}

#[tokio::test]
async fn commits_are_guarded_by_the_head() {
    let client = owner();
    let mutation = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid url } ref { name } } }";
    let input = |head: &str| {
        json!({"input": {
        "branch": {"repositoryNameWithOwner": "acme/web", "branchName": "main"}, "expectedHeadOid": head, "message": {"headline": "h", "body": "b"},
        "fileChanges": {"additions": [{"path": "SECURITY.md", "contents": "YQ=="}], "deletions": [{"path": "docs/a.md"}]}}})
    };
    let got = client.query(mutation, input("0000000000000000000000000000000000000000")).await;
    assert_eq!(
        (got["errors"][0]["type"].clone(), got["data"]["createCommitOnBranch"].clone()),
        (json!("STALE_DATA"), json!(null))
    );
    let head =
        client.get("/repos/acme/web/git/ref/heads/main").await.body["object"]["sha"].as_str().unwrap().to_owned();
    let got = client.query(mutation, input(&head)).await;
    assert_eq!(got["data"]["createCommitOnBranch"]["ref"]["name"], "main");
    let sha = got["data"]["createCommitOnBranch"]["commit"]["oid"].as_str().unwrap().to_owned();
    let commit = client.get(&format!("/repos/acme/web/commits/{sha}")).await.body;
    assert_eq!(
        (commit["commit"]["message"].clone(), commit["committer"]["login"].clone()),
        (json!("h\n\nb"), json!("web-flow"))
    );
    assert_eq!(client.get("/repos/acme/web/contents/docs").await.status, 404);
    let mut workflow = input(&sha);
    workflow["input"]["fileChanges"] = json!({"additions": [{"path": ".github/workflows/x.yml", "contents": "YQ=="}]});
    let got = as_token("reader").query(mutation, workflow).await;
    assert_eq!(got["errors"][0]["type"], "FORBIDDEN");
}
