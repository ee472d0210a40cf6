//! The client: one call, with retries only where they are harmless, limits obeyed, and errors that say what helps.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    ApiAddress, Credentials, GithubError, GraphqlAnswer, Limits, Secret, allowance,
    budget::Told,
    credentials::{App, Kind},
    graphql,
    pace::{Sending, weight},
    transport::{Call, Carrier, Raw, Transport},
};
use crate::model::{Org, Permission};

/// How often a harmless call is sent when GitHub fails.
const TRIES: u32 = 3;
/// How often a call waits for a limit before it gives up.
const LIMIT_WAITS: u32 = 4;
/// The longest wait for a limit; the primary limit resets within an hour.
const LONGEST_WAIT: Duration = Duration::from_secs(3660);

/// A client of one GitHub, with one identity.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    address: ApiAddress,
    credentials: Credentials,
    transport: Transport,
    limits: Limits,
}

/// An answer with a body that was JSON (null where it was empty).
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Value,
}

/// Whose token a call carries.
pub(super) enum Identity<'a> {
    Org(&'a Org),
    App(&'a App),
}

impl Client {
    /// A client. Opens no connection yet.
    ///
    /// # Errors
    /// If the machine's certificates cannot be read.
    pub fn new(address: ApiAddress, credentials: Credentials, limits: Limits) -> std::io::Result<Self> {
        let transport = Transport::new(&address)?;
        Ok(Self { inner: Arc::new(Inner { address, credentials, transport, limits }) })
    }

    /// A client whose requests do not go over the network but are given to `carrier`.
    #[must_use]
    pub fn over(address: ApiAddress, credentials: Credentials, limits: Limits, carrier: Arc<dyn Carrier>) -> Self {
        Self { inner: Arc::new(Inner { address, credentials, transport: Transport::Carried(carrier), limits }) }
    }

    /// Where the API is.
    #[must_use]
    pub fn address(&self) -> &ApiAddress {
        &self.inner.address
    }

    /// Who ordain is.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.inner.credentials
    }

    /// The gate, for what was spent.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// What the organisation's token may do, where GitHub said so when it made it: for GitHub Apps only.
    pub async fn permissions(&self, org: &Org) -> Option<BTreeMap<String, String>> {
        match &self.inner.credentials.0 {
            Kind::Token(_) => None,
            Kind::App(app) => app.tokens.lock().await.get(org).map(|minted| minted.permissions.clone()),
        }
    }

    /// Reads a path below the REST address. Follows redirects on the same host, asks again where GitHub failed.
    ///
    /// # Errors
    /// Whatever stands in the way, permission by name.
    pub async fn get(&self, org: &Org, path: &str) -> Result<Response, GithubError> {
        let mut path = path.to_owned();
        for _ in 0..4 {
            let call = format!("GET {}", without_query(&path));
            let response = self.rest(&Identity::Org(org), Method::GET, &path, None, true).await?;
            if !response.status.is_redirection() {
                return accept(response, &call);
            }
            let next = response.headers.get(header::LOCATION).and_then(|v| v.to_str().ok());
            let Some(next) = next.and_then(|link| self.inner.address.path_of(link)) else {
                return Err(GithubError::Malformed { call, message: "it redirects to another host".into() });
            };
            path = next;
        }
        Err(GithubError::Malformed {
            call: format!("GET {}", without_query(&path)),
            message: "it redirects in a circle".into(),
        })
    }

    /// Writes. Sent once: a lost answer is `Lost`, and settled by reading.
    ///
    /// # Errors
    /// Whatever stands in the way. `Redirected` where the target was renamed: then nothing was written.
    pub async fn write(
        &self,
        org: &Org,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response, GithubError> {
        let call = format!("{method} {}", without_query(path));
        let response = self.rest(&Identity::Org(org), method, path, body, false).await?;
        if response.status.is_redirection() {
            return Err(GithubError::Redirected { call, status: response.status.as_u16() });
        }
        accept(response, &call)
    }

    /// Asks GraphQL. `again` says whether the same question is sent once more where GitHub fails; a large one is better
    /// halved by the caller.
    ///
    /// # Errors
    /// Whatever stands in the way of a whole answer; errors inside an answer are part of it.
    pub async fn query(
        &self,
        org: &Org,
        document: &str,
        variables: Value,
        again: bool,
    ) -> Result<GraphqlAnswer, GithubError> {
        let sending = if again { Sending::Read } else { Sending::ReadOnce };
        self.graphql(org, document, variables, sending).await
    }

    /// Sends a mutation, once.
    ///
    /// # Errors
    /// Whatever stands in the way of a whole answer; errors inside an answer are part of it.
    pub async fn mutate(&self, org: &Org, document: &str, variables: Value) -> Result<GraphqlAnswer, GithubError> {
        self.graphql(org, document, variables, Sending::Write).await
    }

    async fn graphql(
        &self,
        org: &Org,
        document: &str,
        variables: Value,
        sending: Sending,
    ) -> Result<GraphqlAnswer, GithubError> {
        let body = Bytes::from(json!({"query": document, "variables": variables}).to_string());
        let call = "POST /graphql";
        let mut waits = 0;
        loop {
            let url = self.inner.address.graphql().to_owned();
            let raw = self.send(&Identity::Org(org), Method::POST, &url, Some(&body), sending).await?;
            let response = accept(decode(raw, call)?, call)?;
            let Some(answer) = graphql::parse(response.body) else {
                return Err(GithubError::Malformed { call: call.into(), message: "it is no GraphQL answer".into() });
            };
            let points = answer.data.pointer("/rateLimit/cost").and_then(Value::as_u64).unwrap_or(1);
            self.inner.limits.count_graphql_points(points);
            let Some(limited) = answer.errors.iter().find(|error| error.is_rate_limit()) else { return Ok(answer) };
            waits += 1;
            if waits > LIMIT_WAITS {
                return Err(GithubError::RateLimited { call: call.into(), message: limited.message.clone() });
            }
            if !is_used_up(&response.headers, true) {
                self.inner
                    .limits
                    .pause_and_slow_down(wait_for(&response.headers, waits), "GitHub's GraphQL rate limit");
            }
        }
    }

    pub(super) async fn rest(
        &self,
        identity: &Identity<'_>,
        method: Method,
        path: &str,
        body: Option<&Value>,
        again: bool,
    ) -> Result<Response, GithubError> {
        let call = format!("{method} {}", without_query(path));
        let url = format!("{}{path}", self.inner.address.rest());
        let bytes = body.map(|body| Bytes::from(body.to_string()));
        let sending = if again { Sending::Read } else { Sending::Write };
        let raw = self.send(identity, method, &url, bytes.as_ref(), sending).await?;
        // GitHub's page "REST API endpoints for rate limits": to ask for the limits does not count against them.
        if path != allowance::PATH {
            self.inner.limits.count_rest(raw.status == StatusCode::NOT_MODIFIED);
        }
        decode(raw, &call)
    }

    /// Sends until there is an answer that is neither a limit's refusal nor (if it may be sent again) a failure.
    async fn send(
        &self,
        identity: &Identity<'_>,
        method: Method,
        url: &str,
        body: Option<&Bytes>,
        sending: Sending,
    ) -> Result<Raw, GithubError> {
        let again = sending == Sending::Read;
        let graphql = url == self.inner.address.graphql();
        let path = url.strip_prefix(self.inner.address.rest()).unwrap_or("/graphql");
        let name = format!("{method} {}", without_query(path));
        let (mut tries, mut waits) = (0, 0);
        loop {
            let token = self.bearer(identity).await?;
            let weight = weight(&method, path, graphql, sending);
            let mut passed = self.inner.limits.enter(&self.account(identity), weight).await;
            self.inner.limits.count_request(graphql);
            let call = Call { method: method.clone(), url, token: &token, body: body.cloned() };
            let answer = self.inner.transport.send(call).await.map(|mut raw| {
                token.taken_out_of_headers(&mut raw.headers);
                Raw { body: token.taken_out_of(raw.body), ..raw }
            });
            if let Ok(raw) = &answer {
                passed.answered(&raw.headers);
            }
            drop(passed);
            tries += 1;
            match answer {
                Err(_) if again && tries < TRIES => self.back_off(tries).await,
                Err(message) => return Err(GithubError::Lost { call: name, message }),
                Ok(raw) if is_limit(&raw) => {
                    waits += 1;
                    if waits > LIMIT_WAITS {
                        return Err(GithubError::RateLimited { call: name, message: message_of(&raw.body) });
                    }
                    // An allowance that is used up is waited for by those who share it; the gate knows it by now.
                    if !is_used_up(&raw.headers, graphql) {
                        let wait = wait_for(&raw.headers, waits);
                        self.inner.limits.pause_and_slow_down(wait, "GitHub's secondary rate limit");
                    }
                }
                Ok(raw) if again && tries < TRIES && (raw.status.is_server_error() || is_cut_off(&raw)) => {
                    self.back_off(tries).await;
                }
                Ok(raw) if raw.status.is_server_error() => {
                    let message = message_of(&raw.body);
                    return Err(GithubError::Server { call: name, status: raw.status.as_u16(), message });
                }
                Ok(raw) => return Ok(raw),
            }
        }
    }

    async fn back_off(&self, tries: u32) {
        self.inner.limits.sleep(Duration::from_millis(200 * u64::from(tries * tries))).await;
    }

    /// Whose allowance a call spends: each installation of an App has its own.
    fn account(&self, identity: &Identity<'_>) -> String {
        match (&self.inner.credentials.0, identity) {
            (Kind::Token(_), _) => String::new(),
            (Kind::App(_), Identity::Org(org)) => org.folded(),
            (Kind::App(_), Identity::App(_)) => "the App".to_owned(),
        }
    }

    async fn bearer(&self, identity: &Identity<'_>) -> Result<Secret, GithubError> {
        match (&self.inner.credentials.0, identity) {
            (Kind::Token(token), _) => Ok(token.clone()),
            (Kind::App(_), Identity::App(app)) => {
                app.sign().map_err(|error| GithubError::NoCredential(error.to_string()))
            }
            (Kind::App(app), Identity::Org(org)) => Box::pin(self.installation_token(app, org)).await,
        }
    }
}

fn decode(raw: Raw, call: &str) -> Result<Response, GithubError> {
    let Raw { status, headers, body } = raw;
    let parsed = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body) };
    match parsed {
        Ok(body) => Ok(Response { status, headers, body }),
        // An error page need not be JSON; a success must.
        Err(_) if !status.is_success() => Ok(Response { status, headers, body: json!({"message": message_of(&body)}) }),
        Err(error) => {
            let message =
                if error.is_eof() { "the JSON is cut off".to_owned() } else { format!("it is not JSON ({error})") };
            Err(GithubError::Malformed { call: call.to_owned(), message })
        }
    }
}

fn is_cut_off(raw: &Raw) -> bool {
    raw.status.is_success()
        && !raw.body.is_empty()
        && serde_json::from_slice::<serde::de::IgnoredAny>(&raw.body).is_err()
}

pub(super) fn accept(response: Response, call: &str) -> Result<Response, GithubError> {
    let status = response.status;
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return Ok(response);
    }
    let call = call.to_owned();
    let message = words(&response.body);
    let permission = response
        .headers
        .get("x-accepted-github-permissions")
        .and_then(|value| value.to_str().ok())
        .and_then(Permission::from_header);
    let code = status.as_u16();
    let message = match sign_on(&response.headers) {
        Some(url) => format!("{message}; authorise the token for single sign-on at {url}"),
        None => message,
    };
    Err(match code {
        401 => GithubError::Unauthorized { message },
        403 => GithubError::Forbidden { call, message, permission },
        404 | 410 => GithubError::NotFound { call, permission },
        400 | 409 | 422 => GithubError::Rejected { call, status: code, message },
        500..=599 => GithubError::Server { call, status: code, message },
        _ => GithubError::Unexpected { call, status: code, message },
    })
}

/// Where a token is authorised for an organisation with single sign-on, if that is what is missing.
fn sign_on(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("x-github-sso")?.to_str().ok()?;
    let url = text.strip_prefix("required;")?.trim().strip_prefix("url=")?;
    Some(one_line(url))
}

/// GitHub's message with those of its `errors`, cut to a line.
fn words(body: &Value) -> String {
    let mut text = body.get("message").and_then(Value::as_str).unwrap_or("no message").to_owned();
    for error in body.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let more = error.as_str().or_else(|| error.get("message").and_then(Value::as_str));
        let code = error.get("code").and_then(Value::as_str);
        if let Some(more) = more.or(code) {
            text = format!("{text}; {more}");
        }
    }
    one_line(&text)
}

fn message_of(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => words(&value),
        Err(_) => {
            let text = String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned();
            if text.trim_start().starts_with('<') { "an HTML page".into() } else { one_line(&text) }
        }
    }
}

fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    line.trim().to_owned()
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}

/// Whether the primary or a secondary limit refused: a 429, or a 403 that says so by header or words.
fn is_limit(raw: &Raw) -> bool {
    if raw.status == StatusCode::TOO_MANY_REQUESTS {
        return true;
    }
    if raw.status != StatusCode::FORBIDDEN {
        return false;
    }
    let header = |name: &str| raw.headers.get(name).and_then(|value| value.to_str().ok());
    header("retry-after").is_some()
        || header("x-ratelimit-remaining") == Some("0")
        || message_of(&raw.body).to_ascii_lowercase().contains("rate limit")
}

/// Whether the hour's allowance is used up, and the gate knows until when.
fn is_used_up(headers: &HeaderMap, graphql: bool) -> bool {
    !headers.contains_key("retry-after") && Told::of(headers, graphql).is_some_and(Told::is_nothing)
}

/// How long to wait, in GitHub's documented order: `retry-after`; the reset if nothing remains; else a minute, doubled.
fn wait_for(headers: &HeaderMap, waits: u32) -> Duration {
    let number =
        |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse::<i64>().ok());
    let seconds = if let Some(seconds) = number("retry-after") {
        seconds
    } else if let (Some(0), Some(reset)) = (number("x-ratelimit-remaining"), number("x-ratelimit-reset")) {
        reset - server_time(headers) + 1
    } else {
        60 << waits.saturating_sub(1).min(5)
    };
    Duration::from_secs(seconds.max(1).unsigned_abs()).min(LONGEST_WAIT)
}

/// The server's clock, since ours may be wrong.
pub(super) fn server_time(headers: &HeaderMap) -> i64 {
    let date = headers.get(header::DATE).and_then(|value| value.to_str().ok());
    date.and_then(|text| jiff::fmt::rfc2822::parse(text).ok())
        .map_or_else(|| Timestamp::now().as_second(), |zoned| zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(status: u16, headers: &[(&'static str, &str)], body: &str) -> Raw {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a header"));
        }
        Raw {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: map,
            body: Bytes::from(body.to_owned()),
        }
    }

    #[test]
    fn a_permission_403_is_not_a_limit() {
        assert!(!is_limit(&raw(403, &[], r#"{"message":"Resource not accessible by integration"}"#)));
        assert!(is_limit(&raw(403, &[], r#"{"message":"You have exceeded a secondary rate limit"}"#)));
        assert!(is_limit(&raw(403, &[("retry-after", "3")], "{}")));
        assert!(is_limit(&raw(403, &[("x-ratelimit-remaining", "0")], "{}")));
        assert!(is_limit(&raw(429, &[], "")));
    }

    #[test]
    fn waits_follow_the_documented_order() {
        let wait = |headers: &[(&'static str, &str)], waits| wait_for(&raw(403, headers, "").headers, waits).as_secs();
        assert_eq!(wait(&[("retry-after", "7"), ("x-ratelimit-remaining", "0")], 1), 7);
        let date = "Sun, 22 Nov 2026 12:00:00 GMT";
        assert_eq!(wait(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795348830"), ("date", date)], 1), 31);
        assert_eq!(wait(&[], 1), 60);
        assert_eq!(wait(&[], 3), 240);
    }

    #[test]
    fn errors_name_the_permission() {
        let response = decode(
            raw(403, &[("x-accepted-github-permissions", "administration=read")], r#"{"message":"no"}"#),
            "GET /x",
        )
        .expect("decodes");
        let error = accept(response, "GET /x").expect_err("refused");
        assert!(error.to_string().contains("administration:read"), "{error}");
    }

    #[test]
    fn a_cut_off_answer_is_said_to_be_cut_off() {
        let error = decode(raw(200, &[], r#"[{"id": 1"#), "GET /x").expect_err("malformed");
        assert!(error.to_string().contains("cut off"), "{error}");
        assert!(decode(raw(200, &[], "<html>"), "GET /x").is_err());
        assert!(decode(raw(502, &[], "<html>"), "GET /x").is_ok());
    }
}
