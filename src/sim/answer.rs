//! From a request to GitHub's answer: who asks, limits, the world as it is or was, conditional requests.

use std::sync::atomic::Ordering;
use std::time::Duration;

use ::http::{HeaderMap, header};
use axum::body::Bytes;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::effects::{Effect, differ};
use super::limits::{Refusal, Weight};
use super::rest::{Ctx, Reply};
use super::token::{Kind, Token};
use super::world::World;
use super::{Sim, graphql, http, lock, rest};

/// A request, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    /// As it was asked.
    pub(super) path: String,
    /// Without `/api/v3`.
    pub(super) route: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Bytes,
    pub(super) body: Value,
}

impl Asked {
    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// Whether this is for GraphQL.
    fn graphql(&self) -> bool {
        ["/graphql", "/api/graphql"].contains(&self.path.as_str())
    }

    /// Whether this changes something.
    fn writes(&self) -> bool {
        if self.graphql() {
            let query = self.body.get("query").and_then(Value::as_str).unwrap_or_default();
            return query.trim_start().starts_with("mutation");
        }
        !["GET", "HEAD", "OPTIONS"].contains(&self.method.as_str())
    }

    /// Returns scheme, host and prefix, as links start.
    fn base(&self) -> String {
        let host = self.header(header::HOST).unwrap_or("localhost");
        let prefix = if self.path.starts_with("/api/v3") { "/api/v3" } else { "" };
        format!("http://{host}{prefix}")
    }
}

/// Which world a request meets.
#[derive(Clone, Copy, Debug)]
pub(super) enum View {
    /// As it is.
    Now,
    /// A read: as it was before the last write, if that is no longer ago.
    Before(Duration),
    /// A write: as it is, but the effect comes so many reads later.
    Late(u32),
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
pub(super) fn answer(sim: &Sim, asked: &Asked, view: View) -> Reply {
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
    let reply = looked_at(sim, &mut world, &token, asked, view);
    with_limits(sim, &world, &token, asked, reply)
}

/// Holds a request against the limits.
fn admit(sim: &Sim, world: &World, token: &Token, asked: &Asked) -> Result<(), Reply> {
    let graphql = asked.graphql();
    let writes = asked.writes();
    let content = ["/pulls", "/git/commits", "/git/refs", "/contents/", "/issues", "/comments"];
    let creates_content = (graphql && writes)
        || (["POST", "PUT"].contains(&asked.method.as_str()) && content.iter().any(|c| asked.route.contains(c)));
    if asked.route == "/rate_limit" {
        return Ok(());
    }
    let weight = Weight { graphql, writes, creates_content };
    let open = sim.core.open.load(Ordering::SeqCst);
    let refusal = match lock(&sim.core.meters).admit(&token.token, &world.limits, weight, open, sim.core.clock.now()) {
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

/// Answers from the world as it is, was or will be.
fn looked_at(sim: &Sim, world: &mut World, token: &Token, asked: &Asked, view: View) -> Reply {
    if !asked.writes() {
        let due = lock(&sim.core.past).due();
        take_effect(sim, world, due);
        return match view {
            View::Before(within) => match lock(&sim.core.past).before(within, sim.core.clock.now()) {
                Some(mut before) => executed(sim, &mut before, token, asked),
                None => executed(sim, world, token, asked),
            },
            View::Now | View::Late(_) => executed(sim, world, token, asked),
        };
    }
    let earlier = lock(&sim.core.past).all();
    take_effect(sim, world, earlier);
    if let View::Late(reads) = view {
        let reply = executed(sim, &mut world.clone(), token, asked);
        lock(&sim.core.past).defer(reads, (token.clone(), asked.clone()));
        return reply;
    }
    written(sim, world, token, asked, executed)
}

/// Lets writes take effect that were answered before.
fn take_effect(sim: &Sim, world: &mut World, writes: Vec<(Token, Asked)>) {
    for (token, asked) in writes {
        written(sim, world, &token, &asked, |sim, world, token, asked| {
            if asked.graphql() {
                return graphql_reply(sim, world, token, asked).0;
            }
            rest_reply(sim, world, token, asked)
        });
    }
}

/// Writes, and keeps what was so before and what came of it where somebody looks.
fn written(
    sim: &Sim,
    world: &mut World,
    token: &Token,
    asked: &Asked,
    write: impl FnOnce(&Sim, &mut World, &Token, &Asked) -> Reply,
) -> Reply {
    if !sim.core.watching.load(Ordering::SeqCst) {
        let reply = write(sim, world, token, asked);
        world.touched();
        return reply;
    }
    let before = world.clone();
    let reply = write(sim, world, token, asked);
    world.touched();
    lock(&sim.core.effects).push(Effect {
        method: asked.method.clone(),
        path: asked.route.clone(),
        body: (!asked.body.is_null()).then(|| asked.body.clone()),
        status: reply.status,
        changed: differ(&before, world),
    });
    lock(&sim.core.past).keep(before, sim.core.clock.now());
    reply
}

/// Answers, and counts what it cost.
fn executed(sim: &Sim, world: &mut World, token: &Token, asked: &Asked) -> Reply {
    if asked.graphql() { graphql_answer(sim, world, token, asked) } else { rest_answer(sim, world, token, asked) }
}

fn graphql_answer(sim: &Sim, world: &mut World, token: &Token, asked: &Asked) -> Reply {
    let (mut reply, points) = graphql_reply(sim, world, token, asked);
    reply.points = u32::try_from(points).unwrap_or(u32::MAX);
    lock(&sim.core.meters).spend(&token.token, true, points);
    let mut cost = lock(&sim.core.cost);
    cost.graphql += 1;
    cost.graphql_points += points;
    reply
}

/// Returns the answer and its points.
fn graphql_reply(sim: &Sim, world: &mut World, token: &Token, asked: &Asked) -> (Reply, u64) {
    if asked.method != "POST" {
        return (Reply::not_found(), 0);
    }
    let (limit, used, wait) = lock(&sim.core.meters).state(&token.token, &world.limits, true, sim.core.clock.now());
    let allowance = graphql::Allowance { limit, used, reset: reset_at(world, wait) };
    let outcome = graphql::execute(world, token, &asked.body, allowance);
    (Reply::json(200, outcome.body), outcome.points)
}

fn reset_at(world: &World, wait: u64) -> i64 {
    world.time().as_second().saturating_add(i64::try_from(wait).unwrap_or(3600))
}

fn rest_answer(sim: &Sim, world: &mut World, token: &Token, asked: &Asked) -> Reply {
    let mut reply = rest_reply(sim, world, token, asked);
    let fresh = asked.method != "GET" || reply.status != 200 || !conditional(asked, &mut reply);
    let mut cost = lock(&sim.core.cost);
    cost.rest += 1;
    if fresh {
        if asked.route != "/rate_limit" {
            lock(&sim.core.meters).spend(&token.token, false, 1);
            reply.points = 1;
        }
    } else {
        cost.not_modified += 1;
    }
    reply
}

fn rest_reply(sim: &Sim, world: &mut World, token: &Token, asked: &Asked) -> Reply {
    let jwt_route = asked.route.starts_with("/app") || asked.route.ends_with("/installation") || asked.route == "/meta";
    if token.kind == Kind::App && !jwt_route {
        return Reply::error(401, "A JSON web token could not be decoded");
    }
    let rates = [false, true].map(|graphql| {
        let (limit, used, wait) =
            lock(&sim.core.meters).state(&token.token, &world.limits, graphql, sim.core.clock.now());
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
    let reply = rest::answer(&mut ctx, &asked.route);
    let (minted, revoked) = (ctx.minted, ctx.revoked);
    let mut known = lock(&sim.core.minted);
    known.extend(minted);
    if revoked {
        known.retain(|t| t.token != token.token);
    }
    drop(known);
    reply
}

/// Gives an answer its ETag, which depends on the token as GitHub's does, and a repository's object the time of its last change;
/// says whether the client has it already. As at GitHub, that time stands still while settings move, so that `If-Modified-Since`
/// is told of no change where there was one. Links are left out of a 304: whether GitHub repeats them is not documented.
fn conditional(asked: &Asked, reply: &mut Reply) -> bool {
    let mut sha = Sha1::new();
    sha.update(asked.header(header::AUTHORIZATION).unwrap_or_default());
    sha.update(":");
    let text = reply.body.as_ref().map(Value::to_string);
    sha.update(text.as_deref().unwrap_or_default());
    let tag = format!("W/\"{}\"", super::git::hex(&sha.finalize()));
    let bare = |t: &str| t.trim().trim_start_matches("W/").to_owned();
    let modified = modified(asked, reply);
    let known = match asked.header(header::IF_NONE_MATCH) {
        Some(tags) => tags.split(',').any(|t| bare(t) == bare(&tag)),
        None => asked
            .header(header::IF_MODIFIED_SINCE)
            .and_then(|since| jiff::fmt::rfc2822::parse(since).ok())
            .is_some_and(|since| modified.is_some_and(|modified| modified <= since.timestamp())),
    };
    reply.headers.push(("etag", tag));
    if let Some(modified) = modified {
        reply.headers.push(("last-modified", modified.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()));
    }
    reply.text = text.map(String::into_boxed_str);
    if known {
        reply.status = 304;
        (reply.body, reply.text) = (None, None);
        reply.headers.retain(|(name, _)| *name != "link");
    }
    known
}

/// When a repository was last changed, where the answer is its object.
fn modified(asked: &Asked, reply: &Reply) -> Option<jiff::Timestamp> {
    let mut parts = asked.route.split('/').skip(1);
    let parts = (parts.next(), parts.next(), parts.next(), parts.next());
    if !matches!(parts, (Some("repos"), Some(_), Some(_), None) | (Some("repositories"), Some(_), None, None)) {
        return None;
    }
    reply.body.as_ref()?.get("updated_at")?.as_str()?.parse().ok()
}

/// Adds what is left of the allowance.
fn with_limits(sim: &Sim, world: &World, token: &Token, asked: &Asked, mut reply: Reply) -> Reply {
    let graphql = asked.graphql();
    let (limit, used, wait) = lock(&sim.core.meters).state(&token.token, &world.limits, graphql, sim.core.clock.now());
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
