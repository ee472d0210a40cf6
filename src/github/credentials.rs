//! Tokens: where they come from, and that they never leave by a message.

use std::{collections::BTreeMap, fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use memchr::memmem;
use octocrab::{auth::create_jwt, jsonwebtoken::EncodingKey, models::AppId};
use tokio::sync::Mutex;

use super::cache::Seed;
use crate::model::Org;

/// What is shorter than this is no token of GitHub's (they have 40 characters and more), and may stand in an answer by
/// chance: `demo`, in the name `codemod`.
const SHORTEST: usize = 16;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text, without white space around it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// An answer's body without the text; none where it is not in it.
    pub(super) fn taken_out_of(&self, body: &[u8]) -> Option<Bytes> {
        let secret = self.0.as_bytes();
        if secret.len() < SHORTEST {
            return None;
        }
        let mut clean = Vec::new();
        let mut done = 0;
        for at in memmem::find_iter(body, secret) {
            clean.extend_from_slice(&body[done..at]);
            clean.extend_from_slice(b"[secret]");
            done = at + secret.len();
        }
        (done > 0).then(|| {
            clean.extend_from_slice(&body[done..]);
            Bytes::from(clean)
        })
    }

    /// Takes the text out of an answer's headers: a value that holds it is none.
    pub(super) fn taken_out_of_headers(&self, headers: &mut HeaderMap) {
        let secret = self.0.as_bytes();
        if secret.len() < SHORTEST {
            return;
        }
        for value in headers.values_mut() {
            if value.as_bytes().windows(secret.len()).any(|window| window == secret) {
                *value = HeaderValue::from_static("[secret]");
            }
        }
    }

    /// The text itself: for a request's header only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Why a credential cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCredential {
    /// It has characters that no token has.
    #[error("the token from {0} has characters that no token has (a line break in the middle?); nothing was sent")]
    BadToken(&'static str),
    /// The App's id is not a number.
    #[error("ORDAIN_APP_ID is not a number")]
    BadAppId,
    /// The App's key cannot be read.
    #[error("the App's private key is not a PEM-encoded RSA key: {0}")]
    BadKey(String),
}

/// A token that an installation was given, with the time at which it ends (seconds of the Unix clock).
#[derive(Debug, Clone)]
pub(super) struct Minted {
    /// The installation's number.
    pub(super) installation: u64,
    pub(super) token: Secret,
    pub(super) ends: i64,
    /// What GitHub says that it may do: permission → `read`, `write` or `admin`.
    pub(super) permissions: BTreeMap<String, String>,
}

/// A GitHub App: signs for itself, and has one token for each organisation.
#[derive(Clone)]
pub(super) struct App {
    pub(super) id: u64,
    key: Arc<EncodingKey>,
    /// What the keys of the cache are made from: of the private key, and telling nothing of it.
    seed: Seed,
    /// What a run needs; nothing: all that the organisation has granted.
    pub(super) wanted: Option<Arc<BTreeMap<String, String>>>,
    /// One lock for all: a token is minted once, however many calls wait for it.
    pub(super) tokens: Arc<Mutex<BTreeMap<Org, Minted>>>,
}

impl App {
    /// A signature that says who the App is; good for nine minutes.
    pub(super) fn sign(&self) -> Result<Secret, BadCredential> {
        create_jwt(AppId(self.id), &self.key).map(Secret).map_err(|error| BadCredential::BadKey(error.to_string()))
    }
}

/// Who ordain is to GitHub.
#[derive(Clone)]
pub struct Credentials(pub(super) Kind);

#[derive(Clone)]
pub(super) enum Kind {
    Token(Secret),
    App(App),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Token(_) => "Credentials::Token",
            Kind::App(_) => "Credentials::App",
        })
    }
}

impl Credentials {
    /// A token. `from` says where it was found, for messages.
    ///
    /// # Errors
    /// If it could not stand in a header.
    pub fn token(text: &str, from: &'static str) -> Result<Self, BadCredential> {
        let secret = Secret::new(text);
        if secret.0.is_empty() || !secret.0.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(BadCredential::BadToken(from));
        }
        Ok(Self(Kind::Token(secret)))
    }

    /// A GitHub App by its id and private key (PEM).
    ///
    /// # Errors
    /// If the id is not a number or the key not an RSA key.
    pub fn app(id: &str, pem: &str) -> Result<Self, BadCredential> {
        let id = id.trim().parse().map_err(|_| BadCredential::BadAppId)?;
        // A key in an environment variable often has `\n` for its line breaks.
        let pem = pem.replace("\\n", "\n");
        let key =
            EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|error| BadCredential::BadKey(error.to_string()))?;
        // However the lines are broken, it is the same key.
        let seed = Seed::of(&pem.split_whitespace().collect::<String>());
        Ok(Self(Kind::App(App { id, key: Arc::new(key), seed, wanted: None, tokens: Arc::default() })))
    }

    /// The same, with no more than these permissions in the tokens of an App. What a token of another kind may do is not ours
    /// to say.
    #[must_use]
    pub fn narrowed(self, wanted: BTreeMap<String, String>) -> Self {
        match self.0 {
            Kind::App(app) => Self(Kind::App(App { wanted: Some(Arc::new(wanted)), tokens: Arc::default(), ..app })),
            Kind::Token(token) => Self(Kind::Token(token)),
        }
    }

    /// What the keys of the cache are made from. `None` for the token of an installation, which ends with its job or hour:
    /// nothing that is kept for it is ever asked for again.
    pub(super) fn seed(&self) -> Option<Seed> {
        match &self.0 {
            Kind::Token(token) if token.0.starts_with("ghs_") => None,
            Kind::Token(token) => Some(Seed::of(&token.0)),
            Kind::App(app) => Some(app.seed.clone()),
        }
    }

    /// Whether one token serves all organisations.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(self.0, Kind::Token(_))
    }

    /// The texts that must never be shown.
    pub async fn secrets(&self) -> Vec<String> {
        match &self.0 {
            Kind::Token(token) => vec![token.0.clone()],
            Kind::App(app) => app.tokens.lock().await.values().map(|minted| minted.token.0.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_with_a_line_break_is_refused_not_sent() {
        assert!(Credentials::token("ghp_a\nb", "GITHUB_TOKEN").is_err());
        assert!(Credentials::token("  ", "GITHUB_TOKEN").is_err());
        assert!(Credentials::token("ghp_abc\n", "GITHUB_TOKEN").is_ok());
    }

    #[test]
    fn secrets_are_taken_out_of_answers() {
        let secret = Secret::new("ghp_a_long_canary");
        let clean = |text: &str| secret.taken_out_of(text.as_bytes());
        assert_eq!(clean("ghp_ghp_a_long_canary, ghp_a_long_canary").expect("it was there"), "ghp_[secret], [secret]");
        assert_eq!((clean("ghp_a_long_canar"), clean("")), (None, None));
    }

    #[test]
    fn secrets_are_taken_out_of_headers() {
        let secret = Secret::new("ghp_a_long_canary");
        let mut headers = HeaderMap::new();
        headers.insert("x-github-sso", HeaderValue::from_static("required; url=https://h/?t=ghp_a_long_canary"));
        headers.insert("etag", HeaderValue::from_static("\"1\""));
        secret.taken_out_of_headers(&mut headers);
        assert_eq!(
            (&headers["x-github-sso"], &headers["etag"]),
            (&HeaderValue::from_static("[secret]"), &HeaderValue::from_static("\"1\""))
        );
    }

    #[test]
    fn a_short_word_that_stands_for_a_token_leaves_answers_as_they_are() {
        let clean = |word: &str| Secret::new(word).taken_out_of(br#"{"name":"codemod"}"#);
        assert_eq!((clean("demo"), clean("")), (None, None));
    }

    #[test]
    fn secrets_are_not_printed() {
        let credentials = Credentials::token("ghp_canary", "GITHUB_TOKEN").expect("valid");
        assert!(!format!("{credentials:?} {:?}", Secret::new("ghp_canary")).contains("canary"));
    }
}
