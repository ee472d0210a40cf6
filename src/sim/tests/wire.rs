use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::{Client, example, owner};
use crate::sim::{Fault, FaultKind, Sim, serve};

fn fault(method: &str, path: &str, after: u32, kind: FaultKind) -> Fault {
    Fault { method: Some(method.to_owned()), path: path.to_owned(), after, times: 1, kind }
}

/// Sends one request over a real connection, and returns all that comes back.
async fn raw(sim: &Sim, method: &str, path: &str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, sim.clone()));
    let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nuser-agent: t\r\nauthorization: Bearer owner");
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(format!("{head}\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    });
    let answer = answer.await.unwrap();
    server.abort();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn faults_strike_when_they_should() {
    let client = owner();
    let headers = vec![("retry-after".to_owned(), "1".to_owned())];
    client.sim.fault(fault(
        "GET",
        "/repos/*/web",
        1,
        FaultKind::Status(502, json!({"message": "Server Error"}), headers),
    ));
    assert_eq!(client.get("/repos/acme/web").await.status, 200);
    let struck = client.get("/repos/acme/web").await;
    assert_eq!((struck.status, struck.header("retry-after")), (502, "1"));
    assert_eq!(client.get("/repos/acme/web").await.status, 200);
    let told: Vec<bool> = client.sim.exchanges().iter().map(|e| e.faulty).collect();
    assert_eq!(told, [false, true, false]);
}

#[tokio::test]
async fn a_reset_gives_no_answer() {
    let sim = Sim::from_state(&example()).unwrap();
    let pvr = "/repos/acme/web/private-vulnerability-reporting";
    sim.fault(fault("PUT", pvr, 0, FaultKind::ResetBefore));
    assert_eq!(raw(&sim, "PUT", pvr).await, "");
    let client = Client { sim: sim.clone(), token: "owner" };
    assert_eq!(client.get(pvr).await.body["enabled"], false);
    sim.fault(fault("PUT", pvr, 0, FaultKind::ResetAfter));
    assert_eq!(raw(&sim, "PUT", pvr).await, "");
    assert_eq!(client.get(pvr).await.body["enabled"], true);
}

#[tokio::test]
async fn a_truncated_answer_is_shorter_than_it_says() {
    let sim = Sim::from_state(&example()).unwrap();
    sim.fault(fault("GET", "/orgs/acme", 0, FaultKind::Truncated));
    let answer = raw(&sim, "GET", "/orgs/acme").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length: usize = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    assert!(body.len() < length && !body.is_empty(), "{} of {length}", body.len());
    sim.fault(fault("GET", "/orgs/acme", 0, FaultKind::NotJson));
    assert!(raw(&sim, "GET", "/orgs/acme").await.ends_with("</html>"));
    sim.fault(fault("GET", "/orgs/acme", 0, FaultKind::Delay(Duration::from_millis(1))));
    assert!(raw(&sim, "GET", "/orgs/acme").await.starts_with("HTTP/1.1 200"));
}
