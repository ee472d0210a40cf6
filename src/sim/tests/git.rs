use serde_json::{Value, json};

use super::{as_token, owner};

#[tokio::test]
async fn blob_and_tree_names_are_gits() {
    let client = owner();
    let file = client.get("/repos/acme/web/contents/README.md").await.body;
    assert_eq!(
        (file["sha"].as_str().unwrap(), file["content"].as_str().unwrap()),
        ("45b983be36b73c0788dc9cbcb76cbb80fc7bb057", "aGkK\n")
    );
    let all = client.get("/repos/acme/web/git/trees/main?recursive=1").await.body;
    let paths: Vec<&str> = all["tree"].as_array().unwrap().iter().map(|e| e["path"].as_str().unwrap()).collect();
    assert_eq!(
        paths,
        [".github", ".github/workflows", ".github/workflows/scorecard.yml", "README.md", "docs", "docs/a.md"]
    );
    let tree = client.get("/repos/acme/secret/git/trees/HEAD").await.body;
    assert_eq!(tree["tree"][0]["sha"], "63d8dbd40c23542e740659a7168a0ce3138ea748");
}

#[tokio::test]
async fn contents_are_written_under_guard() {
    let client = owner();
    let path = "/repos/acme/web/contents/docs/new.md";
    let made = client.write("PUT", path, json!({"message": "m", "content": "YQ=="})).await;
    assert_eq!((made.status, made.body["commit"]["verification"]["verified"].clone()), (201, json!(true)));
    assert_eq!(client.write("PUT", path, json!({"message": "m", "content": "Yg=="})).await.status, 422);
    let stale = json!({"message": "m", "content": "Yg==", "sha": "0000000000000000000000000000000000000000"});
    assert_eq!(client.write("PUT", path, stale).await.status, 409);
    let sha = made.body["content"]["sha"].clone();
    assert_eq!(client.write("DELETE", path, json!({"message": "m", "sha": sha})).await.status, 200);
    assert_eq!(client.get(path).await.status, 404);
    let reader = as_token("reader").write("PUT", path, json!({"message": "m", "content": "YQ=="})).await;
    assert_eq!((reader.status, reader.header("x-accepted-github-permissions")), (403, "contents=write"));
    assert_eq!(
        client.write("PUT", "/repos/acme/empty/contents/a", json!({"message": "m", "content": "YQ=="})).await.status,
        201
    );
}

#[tokio::test]
async fn an_empty_repository_says_so() {
    let client = owner();
    assert_eq!(client.get("/repos/acme/empty").await.body["default_branch"], "main");
    assert_eq!(client.get("/repos/acme/empty/contents/SECURITY.md").await.status, 404);
    let refs = client.get("/repos/acme/empty/git/ref/heads/main").await;
    assert_eq!((refs.status, refs.body["message"].as_str().unwrap()), (409, "Git Repository is empty."));
}

#[tokio::test]
async fn a_branch_a_commit_and_a_pull_request() {
    let client = owner();
    let head = client.get("/repos/acme/web/git/ref/heads/main").await.body["object"]["sha"].clone();
    let tree = json!({"base_tree": head, "tree": [{"path": "NEW", "mode": "100644", "type": "blob", "content": "n"}]});
    let tree = client.write("POST", "/repos/acme/web/git/trees", tree).await.body["sha"].clone();
    let commit = json!({"message": "add", "tree": tree, "parents": [head]});
    let commit = client.write("POST", "/repos/acme/web/git/commits", commit).await.body["sha"].clone();
    let made = client.write("POST", "/repos/acme/web/git/refs", json!({"ref": "refs/heads/a/b", "sha": commit})).await;
    assert_eq!(made.status, 201);
    let again = client.write("POST", "/repos/acme/web/git/refs", json!({"ref": "refs/heads/a/b", "sha": commit})).await;
    assert_eq!((again.status, again.body["message"].as_str().unwrap()), (422, "Reference already exists"));
    let pull = json!({"title": "t", "head": "a/b", "base": "main"});
    let opened = client.write("POST", "/repos/acme/web/pulls", pull.clone()).await;
    assert_eq!(
        (opened.status, opened.body["number"].clone(), opened.body["changed_files"].clone()),
        (201, json!(3), json!(1))
    );
    let twice = client.write("POST", "/repos/acme/web/pulls", pull).await;
    assert!(
        twice.body["errors"][0]["message"].as_str().unwrap().starts_with("A pull request already exists for Acme:a/b")
    );
    let found = client.get("/repos/acme/web/pulls?head=acme:a/b&state=all").await.body;
    assert_eq!(found.as_array().unwrap().len(), 1);
    let diff = client.get("/repos/acme/web/compare/main...a%2Fb").await.body;
    assert_eq!((diff["status"].clone(), diff["files"][0]["filename"].clone()), (json!("ahead"), json!("NEW")));
    assert_eq!(client.get("/repos/acme/web/pulls/3/files").await.body[0]["status"], "added");
    assert_eq!(client.get("/repos/acme/web/pulls/3/commits").await.body[0]["commit"]["message"], "add");
    let back = client.write("PATCH", "/repos/acme/web/git/refs/heads/a/b", json!({"sha": head})).await;
    assert_eq!(back.status, 422);
    assert_eq!(client.write("DELETE", "/repos/acme/web/git/refs/heads/a/b", Value::Null).await.status, 204);
    assert_eq!(client.get("/repos/acme/web/pulls/3").await.body["state"], "closed");
    assert_eq!(client.write("PATCH", "/repos/acme/web/pulls/3", json!({"state": "open"})).await.status, 422);
    assert_eq!(client.get("/repos/acme/web/branches").await.body.as_array().unwrap().len(), 2);
    assert_eq!(client.get("/repos/acme/web/branches/ordain%2Fpolicy").await.body["name"], "ordain/policy");
    assert_eq!(
        client.get("/repos/acme/web/commits?sha=ordain/policy&per_page=1").await.body[0]["author"]["login"],
        "ordain-bot"
    );
}

#[tokio::test]
async fn another_repositorys_objects_are_not_here() {
    let client = owner();
    let sha = client.get("/repos/acme/secret/contents/a").await.body["sha"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&format!("/repos/acme/secret/git/blobs/{sha}")).await.status, 200);
    assert_eq!(client.get(&format!("/repos/acme/web/git/blobs/{sha}")).await.status, 404);
}
