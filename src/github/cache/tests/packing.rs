//! Answers that come packed.

use std::{
    io::Write,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures::future::BoxFuture;
use http::{Request, Response, header};

use super::teller;
use crate::{
    github::{ApiAddress, Cache, Carrier, Client, Credentials, GithubError, Limits, cache::place::FILE},
    model::Org,
};

const TOKEN: &str = "ghp_a_token_of_a_person_that_stays";

/// A server with one answer, which it packs, and cuts off the first times.
struct Server {
    body: String,
    encoding: &'static str,
    cuts: usize,
    asked: AtomicUsize,
}

impl Server {
    fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), encoding: "gzip", cuts: 0, asked: AtomicUsize::new(0) }
    }
}

impl Carrier for Server {
    fn carry(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, String>> {
        assert_eq!(request.headers()[header::ACCEPT_ENCODING], "gzip");
        let times = self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answer = Response::builder().header(header::ETAG, "W/\"1\"");
        if request.headers().contains_key(header::IF_NONE_MATCH) {
            let answer = answer.status(304).body(Bytes::new()).map_err(|error| error.to_string());
            return Box::pin(async { answer });
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(self.body.as_bytes()).expect("written to memory");
        let mut packed = encoder.finish().expect("written to memory");
        if times < self.cuts {
            packed.truncate(packed.len() / 2);
        }
        answer = answer.header(header::CONTENT_ENCODING, self.encoding);
        let answer = answer.body(Bytes::from(packed)).map_err(|error| error.to_string());
        Box::pin(async { answer })
    }
}

async fn read(server: &Arc<Server>, folder: &Path) -> Result<crate::github::Response, GithubError> {
    let limits = Limits::new(Arc::new(|_| {}), 1000.0);
    let carrier: Arc<dyn Carrier> = Arc::<Server>::clone(server);
    let address = ApiAddress::new("http://github.test", None).expect("an address");
    let credentials = Credentials::token(TOKEN, "a test").expect("a token");
    let client = Client::over(address, credentials, limits, carrier);
    let client = client.with_cache(Cache::open(folder.to_path_buf(), teller().0));
    client.get(&Org::new("acme").expect("a name"), "/x").await
}

#[tokio::test]
async fn an_answer_is_kept_as_it_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let plain = format!("[{}1]", r#"{"name":"express","private":false},"#.repeat(500_000));
    let server = Arc::new(Server::new(plain.clone()));
    let first = read(&server, folder.path()).await.expect("an answer");
    let second = read(&server, folder.path()).await.expect("an answer");
    assert_eq!((first.not_modified, second.not_modified), (false, true));
    assert!(first.body == second.body && first.body.as_array().expect("a list").len() == 500_001);
    let kept = std::fs::metadata(folder.path().join(FILE)).expect("the cache").len();
    assert!(kept * 4 < plain.len() as u64, "{kept} bytes of {}", plain.len());
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_asked_for_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Arc::new(Server { cuts: 2, ..Server::new(r#"{"name":"express"}"#) });
    assert_eq!(read(&server, folder.path()).await.expect("an answer").body["name"], "express");
    assert_eq!(server.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_is_packed_otherwise_is_no_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Arc::new(Server { encoding: "br", ..Server::new("{}") });
    let error = read(&server, folder.path()).await.expect_err("it cannot be read").to_string();
    assert!(error.contains("packed as `br`"), "{error}");
}

/// What is kept is what was cleaned, not what came.
#[tokio::test]
async fn a_token_that_comes_back_is_neither_told_nor_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Arc::new(Server::new(format!(r#"{{"you":"Bearer {TOKEN}"}}"#)));
    for kept in [false, true] {
        let answer = read(&server, folder.path()).await.expect("an answer");
        assert_eq!((answer.body["you"].as_str(), answer.not_modified), (Some("Bearer [secret]"), kept));
    }
}
