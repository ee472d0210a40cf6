//! The client: one call, with retries only where they are harmless, limits obeyed, and errors that say what helps.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::{
    ApiAddress, Credentials, GithubError, GraphqlAnswer, Limits, Secret,
    answer::{accept, decode, is_cut_off, is_limit, is_used_up, message_of, wait_for},
    cache::{Cache, Kept},
    credentials::{App, Kind},
    graphql,
    pace::{Sending, weight},
    transport::{Call, Carrier, Raw, Transport},
};
use crate::model::Org;

/// How often a harmless call is sent when GitHub fails.
const TRIES: u32 = 3;
/// How often a call waits for a limit before it gives up.
const LIMIT_WAITS: u32 = 4;

/// A client of one GitHub, with one identity.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) address: ApiAddress,
    pub(super) credentials: Credentials,
    transport: Transport,
    pub(super) limits: Limits,
    pub(super) kept: Option<Kept>,
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
    /// Whether the body is the one that was kept, which GitHub has said is still so.
    pub not_modified: bool,
}

/// A call as it is sent, each time that it is.
pub(super) struct Sent<'a> {
    pub(super) method: Method,
    pub(super) url: &'a str,
    pub(super) body: Option<&'a Bytes>,
    pub(super) sending: Sending,
    /// What the caller has already, by its ETag.
    pub(super) etag: Option<&'a str>,
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
        Ok(Self { inner: Arc::new(Inner { address, credentials, transport, limits, kept: None }) })
    }

    /// A client whose requests do not go over the network but are given to `carrier`.
    #[must_use]
    pub fn over(address: ApiAddress, credentials: Credentials, limits: Limits, carrier: Arc<dyn Carrier>) -> Self {
        let transport = Transport::Carried(carrier);
        Self { inner: Arc::new(Inner { address, credentials, transport, limits, kept: None }) }
    }

    /// The same with a cache, if the credential is one for which something can be kept. For a client that nobody shares yet;
    /// another is left as it is.
    #[must_use]
    pub fn with_cache(mut self, cache: Cache) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.kept = Kept::new(cache, &inner.credentials, inner.address.rest());
        }
        self
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
            let sent = Sent { method: Method::POST, url: &url, body: Some(&body), sending, etag: None };
            let raw = self.send(&Identity::Org(org), sent).await?;
            let response = accept(decode(raw, call)?, call)?;
            let Some(answer) = graphql::parse(response.body) else {
                return Err(GithubError::Malformed { call: call.into(), message: "it is no GraphQL answer".into() });
            };
            let points = answer.data.pointer("/rateLimit/cost").and_then(Value::as_u64).unwrap_or(1);
            self.inner.limits.count_graphql_points(&self.account(&Identity::Org(org)), points);
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
        let raw = self.send(identity, Sent { method, url: &url, body: bytes.as_ref(), sending, etag: None }).await?;
        self.inner.limits.count_rest(false);
        decode(raw, &call)
    }

    /// Sends until there is an answer that is neither a limit's refusal nor (if it may be sent again) a failure.
    pub(super) async fn send(&self, identity: &Identity<'_>, sent: Sent<'_>) -> Result<Raw, GithubError> {
        let Sent { method, url, body, sending, etag } = sent;
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
            let call = Call { method: method.clone(), url, token: &token, body: body.cloned(), etag };
            let answer = self.inner.transport.send(call).await.map(|raw| raw.without(&token));
            if let Ok(raw) = &answer {
                passed.answered(&raw.headers);
            }
            drop(passed);
            tries += 1;
            let answer = answer.map(|raw| Raw { whole: again && !is_cut_off(&raw), ..raw });
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
                Ok(raw) if again && tries < TRIES && (raw.status.is_server_error() || !raw.whole) => {
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

pub(super) fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}
