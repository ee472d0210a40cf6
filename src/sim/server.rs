//! From an HTTP request to an answer: who asks, limits, faults, conditional requests, headers, the record.

use std::sync::atomic::Ordering;
use std::time::Duration;

use ::http::{HeaderMap, Request, header};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::fault::{FaultKind, strike};
use super::limits::{Refusal, Weight};
use super::rest::{Ctx, Reply};
use super::token::{Kind, Token};
use super::wire::{Cut, Cuttable};
use super::world::World;
use super::{Exchange, Sim, graphql, http, lock, rest};

/// Serves the simulator until the listener fails.
///
/// # Errors
///
/// Whatever accepting connections fails with.
pub async fn serve(listener: tokio::net::TcpListener, sim: Sim) -> std::io::Result<()> {
    axum::serve(Cuttable(listener), sim.router().into_make_service_with_connect_info::<Cut>()).await
}

/// A request, taken apart.
struct Asked {
    method: String,
    /// As it was asked.
    path: String,
    /// Without `/api/v3`.
    route: String,
    query: String,
    headers: HeaderMap,
    bytes: Bytes,
    body: Value,
}

impl Asked {
    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// Whether this is for GraphQL.
    fn graphql(&self) -> bool {
        ["/graphql", "/api/graphql"].contains(&self.path.as_str())
    }

    /// Returns scheme, host and prefix, as links start.
    fn base(&self) -> String {
        let host = self.header(header::HOST).unwrap_or("localhost");
        let prefix = if self.path.starts_with("/api/v3") { "/api/v3" } else { "" };
        format!("http://{host}{prefix}")
    }
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
    let response = respond(&sim, &asked, cut).await;
    sim.core.open.fetch_sub(1, Ordering::SeqCst);
    response
}

async fn respond(sim: &Sim, asked: &Asked, cut: Option<Cut>) -> Response {
    let kind = strike(&mut lock(&sim.core.faults), &asked.method, &asked.route);
    let latency = lock(&sim.core.world).latency_ms;
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let faulty = kind.as_ref().is_some_and(|k| !matches!(k, FaultKind::Delay(_) | FaultKind::Meanwhile(_)));
    match &kind {
        Some(FaultKind::Delay(time)) => tokio::time::sleep(*time).await,
        Some(FaultKind::Meanwhile(act)) => act.on(&mut lock(&sim.core.world)),
        Some(FaultKind::ResetBefore) => return reset(cut),
        Some(FaultKind::Status(status, body, headers)) => {
            let mut reply = Reply::json(*status, body.clone());
            let own = headers.iter().filter_map(|(k, v)| Some((static_name(k)?, v.clone())));
            reply.headers.extend(own);
            return finish(sim, asked, reply, true);
        }
        _ => {}
    }
    let mut reply = answer(sim, asked);
    match kind {
        Some(FaultKind::Altered(act)) => {
            if let Some(body) = &mut reply.body {
                act.on(body);
            }
            finish(sim, asked, reply, true)
        }
        Some(FaultKind::ResetAfter) => {
            let _ = finish(sim, asked, reply, true);
            reset(cut)
        }
        Some(FaultKind::StatusAfter(status, body)) => finish(sim, asked, Reply::json(status, body), true),
        Some(FaultKind::NotJson) => {
            let mut response = finish(sim, asked, reply, true);
            *response.body_mut() = Body::from("<html><body><h1>Whoa there!</h1></body></html>");
            response.headers_mut().remove(header::CONTENT_LENGTH);
            response
        }
        Some(FaultKind::Truncated) => truncated(finish(sim, asked, reply, true)).await,
        _ => finish(sim, asked, reply, faulty),
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

/// Finds out who asks: none where there is no such token.
fn authenticate(sim: &Sim, world: &World, header: &str) -> Option<Token> {
    let (scheme, secret) = header.split_once(' ')?;
    let secret = secret.trim();
    if !["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str()) || secret.is_empty() {
        return None;
    }
    if let Some(token) = world.tokens.iter().chain(lock(&sim.core.minted).iter()).find(|t| t.token == secret) {
        return Some(token.clone());
    }
    let jwt = secret.starts_with("eyJ") && secret.split('.').count() == 3;
    if jwt {
        let told = world.tokens.iter().find(|t| t.kind == Kind::App);
        let mut token = told.cloned().unwrap_or_else(|| Token::owner(secret, &world.app.1));
        token.kind = Kind::App;
        return Some(token);
    }
    // An installation's token that is not known here has been revoked.
    let open = world.tokens.is_empty() && !secret.starts_with("ghs_");
    open.then(|| Token::owner(secret, world.viewer.as_deref().unwrap_or("ordain-bot")))
}

/// Answers a request that no fault has kept from its effect.
fn answer(sim: &Sim, asked: &Asked) -> Reply {
    if asked.header(header::USER_AGENT).is_none_or(str::is_empty) {
        let message = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).";
        return Reply::error(403, message);
    }
    let mut world = lock(&sim.core.world);
    let Some(authorization) = asked.header(header::AUTHORIZATION) else {
        return Reply::error(401, "Requires authentication");
    };
    let Some(token) = authenticate(sim, &world, authorization) else {
        return Reply::error(401, "Bad credentials");
    };
    if !asked.bytes.is_empty() && !asked.body.is_object() {
        let broken = serde_json::from_slice::<Value>(&asked.bytes).is_err();
        return Reply::error(400, if broken { "Problems parsing JSON" } else { "Body should be a JSON object" });
    }
    if let Err(reply) = admit(sim, &world, &token, asked) {
        return reply;
    }
    let reply = if asked.graphql() {
        graphql_answer(sim, &mut world, &token, asked)
    } else {
        rest_answer(sim, &mut world, &token, asked)
    };
    with_limits(sim, &world, &token, asked, reply)
}

/// Holds a request against the limits.
fn admit(sim: &Sim, world: &World, token: &Token, asked: &Asked) -> Result<(), Reply> {
    let graphql = asked.graphql();
    let query = asked.body.get("query").and_then(Value::as_str).unwrap_or_default();
    let mutates = query.trim_start().starts_with("mutation");
    let writes = if graphql { mutates } else { !["GET", "HEAD", "OPTIONS"].contains(&asked.method.as_str()) };
    let content = ["/pulls", "/git/commits", "/git/refs", "/contents/", "/issues", "/comments"];
    let creates_content = (graphql && mutates)
        || (["POST", "PUT"].contains(&asked.method.as_str()) && content.iter().any(|c| asked.route.contains(c)));
    if asked.route == "/rate_limit" {
        return Ok(());
    }
    let weight = Weight { graphql, writes, creates_content };
    let open = sim.core.open.load(Ordering::SeqCst);
    let refusal = match lock(&sim.core.meters).admit(&token.token, &world.limits, weight, open) {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    lock(&sim.core.cost).refused += 1;
    let reply = match refusal {
        Refusal::Primary if graphql => {
            let message = "API rate limit exceeded for user ID 1.";
            Reply::json(200, json!({"errors": [{"type": "RATE_LIMITED", "message": message}]}))
        }
        Refusal::Primary => Reply::error(403, "API rate limit exceeded for user ID 1."),
        Refusal::Secondary(seconds) => {
            let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
            Reply::error(403, message).header("retry-after", seconds.to_string())
        }
    };
    Err(with_limits(sim, world, token, asked, reply))
}

fn graphql_answer(sim: &Sim, world: &mut World, token: &Token, asked: &Asked) -> Reply {
    if asked.method != "POST" {
        return Reply::not_found();
    }
    let (limit, used, wait) = lock(&sim.core.meters).state(&token.token, &world.limits, true);
    let allowance = graphql::Allowance { limit, used, reset: reset_at(world, wait) };
    let outcome = graphql::execute(world, token, &asked.body, allowance);
    lock(&sim.core.meters).spend(&token.token, true, outcome.points);
    let mut cost = lock(&sim.core.cost);
    cost.graphql += 1;
    cost.graphql_points += outcome.points;
    Reply::json(200, outcome.body)
}

fn reset_at(world: &World, wait: u64) -> i64 {
    world.time().as_second().saturating_add(i64::try_from(wait).unwrap_or(3600))
}

fn rest_answer(sim: &Sim, world: &mut World, token: &Token, asked: &Asked) -> Reply {
    let jwt_route = asked.route.starts_with("/app") || asked.route.ends_with("/installation") || asked.route == "/meta";
    if token.kind == Kind::App && !jwt_route {
        return Reply::error(401, "A JSON web token could not be decoded");
    }
    let rates = [false, true].map(|graphql| {
        let (limit, used, wait) = lock(&sim.core.meters).state(&token.token, &world.limits, graphql);
        (limit, used, reset_at(world, wait))
    });
    let mut ctx = Ctx {
        world,
        token: token.clone(),
        base: asked.base(),
        method: asked.method.clone(),
        path: asked.path.clone(),
        raw_query: asked.query.clone(),
        query: http::query(&asked.query),
        body: asked.body.clone(),
        rates,
        minted: Vec::new(),
        revoked: false,
    };
    let mut reply = rest::answer(&mut ctx, &asked.route);
    let (minted, revoked) = (ctx.minted, ctx.revoked);
    let mut known = lock(&sim.core.minted);
    known.extend(minted);
    if revoked {
        known.retain(|t| t.token != token.token);
    }
    drop(known);
    let fresh = asked.method != "GET" || reply.status != 200 || !conditional(asked, &mut reply);
    let mut cost = lock(&sim.core.cost);
    cost.rest += 1;
    if fresh {
        if asked.route != "/rate_limit" {
            lock(&sim.core.meters).spend(&token.token, false, 1);
        }
    } else {
        cost.not_modified += 1;
    }
    reply
}

/// Gives an answer its ETag, which depends on the token as GitHub's does; says whether the client has it already.
fn conditional(asked: &Asked, reply: &mut Reply) -> bool {
    let mut sha = Sha1::new();
    sha.update(asked.header(header::AUTHORIZATION).unwrap_or_default());
    sha.update(":");
    sha.update(reply.body.as_ref().map(Value::to_string).unwrap_or_default());
    let tag = format!("W/\"{}\"", super::git::hex(&sha.finalize()));
    let bare = |t: &str| t.trim().trim_start_matches("W/").to_owned();
    let known = asked.header(header::IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|t| bare(t) == bare(&tag)));
    reply.headers.push(("etag", tag));
    if known {
        reply.status = 304;
        reply.body = None;
    }
    known
}

/// Adds what is left of the allowance.
fn with_limits(sim: &Sim, world: &World, token: &Token, asked: &Asked, mut reply: Reply) -> Reply {
    let graphql = asked.graphql();
    let (limit, used, wait) = lock(&sim.core.meters).state(&token.token, &world.limits, graphql);
    let resource = if graphql { "graphql" } else { "core" };
    let values = [
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", limit.saturating_sub(used).to_string()),
        ("x-ratelimit-used", used.to_string()),
        ("x-ratelimit-reset", reset_at(world, wait).to_string()),
        ("x-ratelimit-resource", resource.to_owned()),
    ];
    reply.headers.extend(values);
    reply
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
    let mut response = Response::builder().status(reply.status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    let body = reply.body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
    response.body(body).unwrap_or_else(|_| Response::new(Body::empty()))
}
