//! Bytes out, bytes in: octocrab over hyper, with a deadline and a bound on the size of answers.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};

use super::{ApiAddress, Secret, packed};

/// GitHub ends requests after 10 seconds; twice that is a lost one.
const DEADLINE: Duration = Duration::from_secs(20);
/// As it comes, and unpacked.
pub(super) const MOST_BYTES: usize = 128 * 1024 * 1024;

/// What answers are asked for as, and which of them is kept: another would be another answer.
pub(super) const ACCEPT: &str = "application/vnd.github+json";
/// The version of the API that is asked for.
pub(super) const VERSION: &str = "2022-11-28";

/// A call before it has an address: method, absolute URL, JSON body, and the ETag of the answer that is there already.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: &'a str,
    pub(super) token: &'a Secret,
    pub(super) body: Option<Bytes>,
    pub(super) etag: Option<&'a str>,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The body as it came, where that was packed.
    pub(super) packed: Option<Bytes>,
    /// Whether the body has been found to be whole.
    pub(super) whole: bool,
}

impl Raw {
    /// The answer without a secret that it may repeat: a proxy or a server that fails may send back what it was sent.
    pub(super) fn without(mut self, secret: &Secret) -> Self {
        secret.taken_out_of_headers(&mut self.headers);
        if let Some(clean) = secret.taken_out_of(&self.body) {
            (self.body, self.packed) = (clean, None);
        }
        self
    }
}

/// Takes the place of the network: carries a request to a server in the same process, and its whole answer back.
pub trait Carrier: Send + Sync {
    /// Carries one request. The error is what a lost connection is told as.
    fn carry(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, String>>;
}

/// How requests reach the server.
pub(super) enum Transport {
    /// The connection pool.
    Network(Octocrab),
    /// Within the process.
    Carried(Arc<dyn Carrier>),
}

impl Transport {
    /// Opens nothing yet. Plain HTTP is for loopback and test servers; it needs no certificates.
    pub(super) fn new(address: &ApiAddress) -> std::io::Result<Self> {
        let crab = if address.is_plain() {
            let client = Client::builder(TokioExecutor::new()).build_http::<OctoBody>();
            OctocrabBuilder::new_empty().with_service(client).with_auth(AuthState::None).build()
        } else {
            let provider = hyper_rustls::HttpsConnectorBuilder::new().with_native_roots()?;
            let https = provider.https_or_http().enable_http1().enable_http2().build();
            let client = Client::builder(TokioExecutor::new()).build::<_, OctoBody>(https);
            OctocrabBuilder::new_empty().with_service(client).with_auth(AuthState::None).build()
        };
        Ok(Self::Network(crab.unwrap_or_else(|never| match never {})))
    }

    /// Sends one call and takes the whole answer. The error is for people and holds no header.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Raw, String> {
        let request = request(call).map_err(|error| error.to_string())?;
        match tokio::time::timeout(DEADLINE, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("nothing came within {} s", DEADLINE.as_secs())),
        }
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Raw, String> {
        let (parts, body) = match self {
            Self::Carried(carrier) => carrier.carry(request).await?.into_parts(),
            Self::Network(crab) => {
                let request = request.map(|body| OctoBody::from(body.to_vec()));
                let (parts, body) = crab.send(request).await.map_err(|error| root_cause(&error))?.into_parts();
                let body = Limited::new(body, MOST_BYTES).collect().await.map_err(|error| cut_off(error.as_ref()))?;
                (parts, body.to_bytes())
            }
        };
        unpacked(parts, body)
    }
}

/// The answer with its body unpacked. What cannot be is lost, as if the connection had been.
fn unpacked(parts: http::response::Parts, body: Bytes) -> Result<Raw, String> {
    let (status, headers) = (parts.status, parts.headers);
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("not a text"));
    match encoding {
        Some(one) if one.eq_ignore_ascii_case(packed::GZIP) && !body.is_empty() => {
            let plain = packed::unpack(&body, MOST_BYTES).map_err(|error| cut_off(&error))?;
            Ok(Raw { status, headers, body: plain, packed: Some(body), whole: false })
        }
        Some(other) if !body.is_empty() && !other.eq_ignore_ascii_case("identity") => {
            Err(format!("the answer is packed as `{other}`, which was not asked for"))
        }
        _ => Ok(Raw { status, headers, body, packed: None, whole: false }),
    }
}

fn request(call: Call<'_>) -> Result<Request<Bytes>, http::Error> {
    let mut builder = Request::builder()
        .method(call.method)
        .uri(call.url)
        .header(header::USER_AGENT, concat!("ordain/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, ACCEPT)
        .header(header::ACCEPT_ENCODING, packed::GZIP)
        .header("x-github-api-version", VERSION);
    let mut value = http::HeaderValue::from_str(&format!("Bearer {}", call.token.expose()))?;
    value.set_sensitive(true);
    builder = builder.header(header::AUTHORIZATION, value);
    if let Some(etag) = call.etag {
        builder = builder.header(header::IF_NONE_MATCH, etag);
    }
    match call.body {
        Some(body) => builder
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_LENGTH, body.len())
            .body(body),
        None => builder.header(header::CONTENT_LENGTH, 0).body(Bytes::new()),
    }
}

/// Why a body did not arrive whole.
fn cut_off(error: &(dyn std::error::Error + 'static)) -> String {
    format!("the answer is cut off ({})", root_cause(error))
}

/// The innermost cause, which is what a person can act on, without octocrab's backtraces.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    in_words(text.lines().next().unwrap_or_default())
}

/// What the machine and the TLS library say, in words with what helps.
fn in_words(cause: &str) -> String {
    // `Connection refused (os error 111)`: the number helps nobody.
    let cause = cause.split(" (os error ").next().unwrap_or(cause);
    let folded = cause.to_ascii_lowercase();
    let says = |part: &str| folded.contains(part);
    if says("invalid peer certificate") {
        let why = cause.split_once(": ").map_or(cause, |(_, why)| why);
        // `Other(OtherError(CaUsedAsEndEntity))`: the last word is the one to look for.
        let inner = why.strip_prefix("Other(").and_then(|_| why.split(['(', ')']).rfind(|word| !word.is_empty()));
        let why = inner.unwrap_or(why);
        format!(
            "this machine does not trust the server's certificate ({why}); is it the right server? SSL_CERT_FILE can name a file \
             with the certificates to trust"
        )
    } else if says("corrupt message") || says("wrong version number") {
        "the server does not speak TLS there; is its address http:// instead of https://?".to_owned()
    } else if says("failed to lookup address") || says("name or service not known") || says("no such host") {
        "the name of the host is not known (DNS)".to_owned()
    } else if says("connection refused") {
        "nothing listens there (connection refused)".to_owned()
    } else if says("connection reset") {
        "the connection was cut (connection reset)".to_owned()
    } else {
        cause.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn causes_are_told_in_words() {
        for (cause, told) in [
            ("Connection refused (os error 111)", "nothing listens there"),
            ("failed to lookup address information: Name or service not known", "(DNS)"),
            ("invalid peer certificate: UnknownIssuer", "certificate (UnknownIssuer)"),
            ("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "certificate (CaUsedAsEndEntity)"),
            ("received corrupt message of type InvalidContentType", "does not speak TLS"),
            ("Broken pipe (os error 32)", "Broken pipe"),
        ] {
            let words = in_words(cause);
            assert!(words.contains(told) && !words.contains("os error"), "{words}");
        }
    }
}
