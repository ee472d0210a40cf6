//! From an HTTP request to an HTTP answer: faults, headers, the record.

use std::sync::atomic::Ordering;
use std::time::Duration;

use ::http::{Request, header};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use serde_json::Value;

use super::answer::{Asked, View, answer};
use super::fault::{FaultKind, strike};
use super::packing;
use super::rest::Reply;
use super::trouble::Subject;
use super::wire::{Cut, Cuttable};
use super::{Exchange, Sim, lock};

/// Serves the simulator until the listener fails.
///
/// # Errors
///
/// Whatever accepting connections fails with.
pub async fn serve(listener: tokio::net::TcpListener, sim: Sim) -> std::io::Result<()> {
    axum::serve(Cuttable(listener), sim.router().into_make_service_with_connect_info::<Cut>()).await
}

/// Answers any request.
pub(super) async fn handle(
    State(sim): State<Sim>,
    cut: Option<axum::Extension<ConnectInfo<Cut>>>,
    request: Request<Body>,
) -> Response {
    let cut = cut.map(|axum::Extension(ConnectInfo(cut))| cut);
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 64 << 20).await.unwrap_or_default();
    let path = parts.uri.path().to_owned();
    let route = path.strip_prefix("/api/v3").filter(|p| p.starts_with('/')).unwrap_or(&path).to_owned();
    let asked = Asked {
        method: parts.method.to_string(),
        route,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        headers: parts.headers,
        path,
        bytes,
    };
    sim.core.open.fetch_add(1, Ordering::SeqCst);
    let mut response = respond(&sim, &asked, cut).await;
    if packing::is_taken(&asked.headers) {
        response = packing::packed(response).await;
    }
    sim.core.open.fetch_sub(1, Ordering::SeqCst);
    response
}

async fn respond(sim: &Sim, asked: &Asked, cut: Option<Cut>) -> Response {
    if !sim.is_let_through() {
        return reset(cut);
    }
    let kind = struck(sim, asked);
    let latency = lock(&sim.core.world).latency_ms;
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let (view, honest) = match &kind {
        None => (View::Now, true),
        Some(FaultKind::Delay(time)) => {
            tokio::time::sleep(*time).await;
            (View::Now, true)
        }
        Some(FaultKind::Meanwhile(act)) => {
            sim.edit(|world| act.on(world));
            (View::Now, true)
        }
        // What was so a moment ago is GitHub's word too.
        Some(FaultKind::Stale(within)) => (View::Before(*within), true),
        Some(FaultKind::Late(reads)) => (View::Late(*reads), true),
        Some(FaultKind::ResetBefore) => return reset(cut),
        Some(FaultKind::Status(status, body, headers)) => {
            let mut reply = Reply::json(*status, body.clone());
            let own = headers.iter().filter_map(|(k, v)| Some((static_name(k)?, v.clone())));
            reply.headers.extend(own);
            return finish(sim, asked, reply, true);
        }
        Some(_) => (View::Now, false),
    };
    let reply = answer(sim, asked, view);
    match kind {
        Some(kind) if !honest => spoil(sim, asked, reply, kind, cut).await,
        _ => finish(sim, asked, reply, false),
    }
}

/// What goes wrong with a request: what was asked for by number first, else by chance.
fn struck(sim: &Sim, asked: &Asked) -> Option<FaultKind> {
    let subject = Subject { method: &asked.method, path: &asked.route, query: &asked.query, body: &asked.bytes };
    let scripted = strike(&mut lock(&sim.core.faults), &asked.method, &asked.route);
    scripted.or_else(|| lock(&sim.core.mixer).strike(subject).map(super::Trouble::kind))
}

/// What arrives of an answer whose request has had its effect.
async fn spoil(sim: &Sim, asked: &Asked, mut reply: Reply, kind: FaultKind, cut: Option<Cut>) -> Response {
    match kind {
        FaultKind::Altered(act) => {
            reply.text = None;
            if let Some(body) = &mut reply.body {
                act.on(body);
            }
            finish(sim, asked, reply, true)
        }
        FaultKind::ResetAfter => {
            let _ = finish(sim, asked, reply, true);
            reset(cut)
        }
        FaultKind::StatusAfter(status, body) => finish(sim, asked, Reply::json(status, body), true),
        FaultKind::NotJson => {
            let mut response = finish(sim, asked, reply, true);
            *response.body_mut() = Body::from("<html><body><h1>Whoa there!</h1></body></html>");
            response.headers_mut().remove(header::CONTENT_LENGTH);
            response
        }
        FaultKind::CutJson => {
            let text = reply.body.as_ref().map(Value::to_string).unwrap_or_default();
            let mut response = finish(sim, asked, reply, true);
            let half: String = text.chars().take(text.chars().count() / 2).collect();
            *response.body_mut() = Body::from(half);
            response
        }
        FaultKind::Truncated => truncated(finish(sim, asked, reply, true)).await,
        _ => finish(sim, asked, reply, true),
    }
}

/// Closes the connection without an answer; without a connection of our own, the body fails at once.
fn reset(cut: Option<Cut>) -> Response {
    if let Some(cut) = cut {
        cut.cut();
    }
    let broken =
        futures::stream::once(async { Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset)) });
    Response::new(Body::from_stream(broken))
}

/// Sends half of the body under the length of the whole, then closes.
async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    parts.headers.insert(header::CONTENT_LENGTH, bytes.len().max(1).into());
    let stream = futures::stream::unfold(Some(half), |state| async move {
        match state {
            Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
            Some(_) => {
                // Time for the half to leave before the end is noticed.
                tokio::time::sleep(Duration::from_millis(10)).await;
                Some((Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)), None))
            }
            None => None,
        }
    });
    Response::from_parts(parts, Body::from_stream(stream))
}

/// Returns the name of a header that a fault gives, as the answers need it.
fn static_name(name: &str) -> Option<&'static str> {
    let known = [
        "retry-after",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-limit",
        "x-ratelimit-used",
        "x-ratelimit-resource",
        "x-accepted-github-permissions",
        "location",
        "link",
        "etag",
        "x-github-sso",
    ];
    known.into_iter().find(|k| k.eq_ignore_ascii_case(name))
}

/// Makes the HTTP answer, and records it.
fn finish(sim: &Sim, asked: &Asked, reply: Reply, faulty: bool) -> Response {
    let number = sim.core.requests.fetch_add(1, Ordering::SeqCst);
    let mut headers: Vec<(&str, String)> = vec![
        ("server", "github.com".to_owned()),
        ("date", lock(&sim.core.world).time().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ("x-github-request-id", format!("51A1:{number:04X}:0:0:{number:08X}")),
        ("x-github-media-type", "github.v3; format=json".to_owned()),
        (
            "x-github-api-version-selected",
            asked.headers.get("x-github-api-version").and_then(|v| v.to_str().ok()).unwrap_or("2022-11-28").to_owned(),
        ),
    ];
    if reply.body.is_some() {
        headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
    }
    if asked.method == "GET" {
        headers.push(("cache-control", "private, max-age=60, s-maxage=60".to_owned()));
        headers.push((
            "vary",
            "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With".to_owned(),
        ));
    }
    headers.extend(reply.headers.iter().map(|(k, v)| (*k, v.clone())));
    if sim.core.recording.load(Ordering::SeqCst) {
        let query = if asked.query.is_empty() { String::new() } else { format!("?{}", asked.query) };
        lock(&sim.core.exchanges).push(Exchange {
            method: asked.method.clone(),
            path_and_query: format!("{}{query}", asked.path),
            request_body: (!asked.body.is_null()).then(|| asked.body.clone()),
            status: reply.status,
            headers: headers.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
            response_body: reply.body.clone(),
            faulty,
        });
    }
    let told = lock(&sim.core.told).clone();
    if let Some(told) = told {
        let query = asked.body.get("query").and_then(Value::as_str);
        told(&super::route::of(&asked.method, &asked.route, query), reply.status, reply.points.into());
    }
    let mut response = Response::builder().status(reply.status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    let text = reply.text.map(String::from).or_else(|| reply.body.as_ref().map(Value::to_string));
    let body = text.map_or_else(Body::empty, Body::from);
    response.body(body).unwrap_or_else(|_| Response::new(Body::empty()))
}
