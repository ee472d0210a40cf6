//! What is asked, and what is used of what was kept.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response, header};
use serde_json::{Value, json};

use super::teller;
use crate::{
    github::{ApiAddress, Cache, Carrier, Client, Credentials, GithubError, Limits, cache::Kept},
    model::{Oid, Org, blob_oid},
};

const HOST: &str = "http://github.test";
const TOKEN: &str = "ghp_a_token_of_a_person_that_stays";

/// A server: path → body and link. Its ETags are bound to the token and to the body; its 304 has no links.
#[derive(Default)]
struct Server {
    answers: Mutex<BTreeMap<String, (Value, String)>>,
    asked: Mutex<Vec<(String, bool)>>,
}

impl Server {
    fn put(&self, path: &str, body: Value, link: &str) {
        self.answers.lock().expect("answers").insert(path.to_owned(), (body, link.to_owned()));
    }

    /// What was asked since the last time: path, and whether with a condition.
    fn asked(&self) -> Vec<(String, bool)> {
        std::mem::take(&mut self.asked.lock().expect("asked"))
    }
}

impl Carrier for Server {
    fn carry(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, String>> {
        let path = request.uri().path_and_query().expect("a path").as_str().to_owned();
        let condition = request.headers().get(header::IF_NONE_MATCH).cloned();
        assert!(!request.headers().contains_key(header::IF_MODIFIED_SINCE));
        self.asked.lock().expect("asked").push((path.clone(), condition.is_some()));
        let Some((body, link)) = self.answers.lock().expect("answers").get(&path).cloned() else {
            let missing = Response::builder().status(404).body(Bytes::from_static(b"{\"message\": \"Not Found\"}"));
            return Box::pin(async { missing.map_err(|error| error.to_string()) });
        };
        let token = request.headers()[header::AUTHORIZATION].to_str().expect("a text");
        let etag = format!("W/\"{}\"", blob_oid(format!("{token}{body}").as_bytes()));
        let mut answer = Response::builder().header(header::ETAG, &etag);
        let body = if condition.is_some_and(|known| known == etag.as_str()) {
            answer = answer.status(304);
            Bytes::new()
        } else {
            if !link.is_empty() {
                answer = answer.header(header::LINK, link);
            }
            Bytes::from(body.to_string())
        };
        let answer = answer.body(body).map_err(|error| error.to_string());
        Box::pin(async { answer })
    }
}

fn credentials(token: &str) -> Credentials {
    Credentials::token(token, "a test").expect("a token")
}

/// A client with the cache in a folder. Dropped, it has written.
fn client(server: &Arc<Server>, credentials: Credentials, folder: &Path) -> Client {
    let address = ApiAddress::new(HOST, None).expect("an address");
    let limits = Limits::new(Arc::new(|_| {}), 1000.0);
    let carrier: Arc<dyn Carrier> = Arc::<Server>::clone(server);
    Client::over(address, credentials, limits, carrier).with_cache(Cache::open(folder.to_path_buf(), teller().0))
}

fn org() -> Org {
    Org::new("acme").expect("a name")
}

fn asked(path: &str, condition: bool) -> (String, bool) {
    (path.to_owned(), condition)
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let (folder, server) = (tempfile::tempdir().expect("a folder"), Arc::new(Server::default()));
    server.put("/x", json!({"a": 1}), "<http://github.test/x?page=2>; rel=\"next\"");
    let first = client(&server, credentials(TOKEN), folder.path()).get(&org(), "/x").await.expect("an answer");
    let again = client(&server, credentials(TOKEN), folder.path());
    let second = again.get(&org(), "/x").await.expect("an answer");
    assert_eq!((first.body, first.headers[header::LINK].clone()), (second.body, second.headers[header::LINK].clone()));
    assert_eq!((first.not_modified, second.not_modified), (false, true));
    let spent = again.limits().spent();
    assert_eq!((spent.requests, spent.not_modified, spent.rest_points), (1, 1, 0));
    server.put("/x", json!({"a": 2}), "");
    assert_eq!(again.get(&org(), "/x").await.expect("an answer").body, json!({"a": 2}));
    assert_eq!(server.asked(), [asked("/x", false), asked("/x", true), asked("/x", true)]);
}

#[tokio::test]
async fn what_is_not_there_is_asked_for_each_time() {
    let (folder, server) = (tempfile::tempdir().expect("a folder"), Arc::new(Server::default()));
    for _ in 0..2 {
        let error = client(&server, credentials(TOKEN), folder.path()).get(&org(), "/x").await.expect_err("missing");
        assert!(matches!(error, GithubError::NotFound { .. }), "{error}");
    }
    server.put("/x", json!([]), "");
    let found = client(&server, credentials(TOKEN), folder.path()).get(&org(), "/x").await.expect("an answer");
    assert_eq!(found.body, json!([]));
    assert!(server.asked().iter().all(|(_, condition)| !condition));
}

#[tokio::test]
async fn another_token_knows_nothing_and_a_run_that_writes_keeps_nothing() {
    let (folder, server) = (tempfile::tempdir().expect("a folder"), Arc::new(Server::default()));
    server.put("/x", json!({"private": true}), "");
    let writes = client(&server, credentials(TOKEN), folder.path());
    writes.keep_no_more();
    writes.get(&org(), "/x").await.expect("an answer");
    drop(writes);
    for token in [TOKEN, "ghp_a_token_of_somebody_else_entirely"] {
        client(&server, credentials(token), folder.path()).get(&org(), "/x").await.expect("an answer");
    }
    assert_eq!(server.asked(), [asked("/x", false), asked("/x", false), asked("/x", false)]);
}

/// GitHub's ETag is of the body; a page that was full and the last has the same body when there is another behind it.
#[tokio::test]
async fn a_list_that_grew_behind_a_full_page_is_read_to_its_end() {
    let (folder, server) = (tempfile::tempdir().expect("a folder"), Arc::new(Server::default()));
    let page = |from: usize, count: usize| (from..from + count).map(|n| json!({"n": n})).collect::<Value>();
    let link = |to: usize, rel: &str| format!("<{HOST}/l?per_page=100&page={to}>; rel=\"{rel}\"");
    let read = async || {
        let client = client(&server, credentials(TOKEN), folder.path());
        client.list(&org(), "/l", None).await.expect("a list").len()
    };
    let (one, two, three) = ("/l?per_page=100", "/l?per_page=100&page=2", "/l?per_page=100&page=3");
    server.put(one, page(0, 100), "");
    assert_eq!(read().await, 100);
    server.put(one, page(0, 100), &format!("{}, {}", link(2, "next"), link(2, "last")));
    server.put(two, page(100, 100), "");
    assert_eq!(read().await, 200, "behind the only page");
    server.put(one, page(0, 100), &format!("{}, {}", link(2, "next"), link(3, "last")));
    server.put(two, page(100, 100), &format!("{}, {}", link(3, "next"), link(3, "last")));
    server.put(three, page(200, 1), "");
    assert_eq!(read().await, 201, "behind the last of several");
    server.asked();
    assert_eq!(read().await, 201);
    assert_eq!(server.asked(), [asked(one, true), asked(two, true), asked(three, true)]);
}

#[tokio::test]
async fn what_somebody_else_put_there_is_told_and_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let (teller, told) = teller();
    let cache = Cache::open(folder.path().to_path_buf(), teller);
    let kept = Kept::new(cache, &credentials(TOKEN), HOST).expect("it keeps");
    let (old, new) = (HeaderValue::from_static("\"1\""), HeaderValue::from_static("\"2\""));
    kept.keep("/x", &old, None, b"{\"on\": true}").await;
    let stolen = kept.keeper.get(kept.name("body", "/x")).await.expect("it is kept");
    kept.keep("/x", &new, None, b"{\"on\": false}").await;
    let known = kept.known("/x").await.expect("it is kept");
    assert_eq!(kept.body("/x", &known).await.as_deref(), Some(&b"{\"on\": false}"[..]));
    kept.keeper.put(kept.name("body", "/x"), stolen.clone()).await;
    assert_eq!(kept.body("/x", &known).await, None, "a body of an earlier time");
    kept.keeper.put(kept.name("head", "/x"), b"\"2\"\n".to_vec()).await;
    assert_eq!(kept.known("/x").await, None, "not sealed");
    kept.keeper.put(kept.name("head", "/x"), stolen).await;
    assert_eq!(kept.known("/x").await, None, "under another name");
    let told = told.lock().expect("told").clone();
    assert!(told.len() == 1 && told[0].contains("not written with this credential"), "{told:?}");
}

#[tokio::test]
async fn a_text_is_kept_under_its_own_name_and_for_one_identity() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = |token: &str| {
        let cache = Cache::open(folder.path().to_path_buf(), teller().0);
        Kept::new(cache, &credentials(token), HOST).expect("it keeps")
    };
    let (oid, other) = (blob_oid(b"private"), Oid("0".repeat(40).into()));
    let mine = kept(TOKEN);
    mine.keep_text("token", &oid, "private").await;
    mine.keep_text("token", &other, "private").await;
    assert_eq!(mine.text("token", &oid).await.as_deref(), Some("private"));
    assert_eq!(mine.text("token", &other).await, None, "it has another name");
    assert_eq!(mine.text("app 1 at 2", &oid).await, None, "another installation");
    drop(mine);
    assert_eq!(kept("ghp_a_token_of_somebody_else_entirely").text("token", &oid).await, None);
    assert_eq!(kept(TOKEN).text("token", &oid).await.as_deref(), Some("private"));
}

#[test]
fn nothing_is_kept_for_a_token_that_ends_and_no_answers_for_an_app() {
    let kept = |credentials: &Credentials| {
        let folder = tempfile::tempdir().expect("a folder");
        Kept::new(Cache::open(folder.path().to_path_buf(), teller().0), credentials, HOST)
    };
    assert!(kept(&credentials("ghs_a_token_of_an_installation_or_a_job")).is_none());
    let pem = include_str!("../../../../tests/fixtures/app-key.pem");
    let app = |pem: &str| Credentials::app("77", pem).expect("an App");
    assert!(!kept(&app(pem)).expect("it keeps").keeps_answers());
    assert_eq!(app(pem).seed(), app(&pem.replace('\n', "\\n")).seed(), "however its lines are broken");
}
