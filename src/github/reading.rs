//! Reading: redirects followed, and what is kept on disk asked for only if it has changed.
//!
//! A conditional request that GitHub answers with 304 does not count against the hour's allowance (GitHub's REST best
//! practices). Only ETags are sent, never `If-Modified-Since`: GitHub answers that with 304 for things that have changed
//! (hub4j/github-api#669, milo/github-api#24), and a setting that was changed must be seen.

use std::sync::atomic::Ordering;

use http::{Method, StatusCode, header};

use super::{
    Client, GithubError, Response, allowance,
    answer::{accept, decode},
    cache::Known,
    client::{Identity, Sent, without_query},
    credentials::Kind,
    pace::Sending,
    transport::Raw,
};
use crate::model::{Oid, Org};

impl Client {
    /// Reads a path below the REST address. Follows redirects on the same host, asks again where GitHub failed. With a cache,
    /// only what has changed is sent again.
    ///
    /// # Errors
    /// Whatever stands in the way, permission by name.
    pub async fn get(&self, org: &Org, path: &str) -> Result<Response, GithubError> {
        self.read(org, path, true).await
    }

    /// As [`Client::get`], without a look at what is kept.
    pub(super) async fn get_anew(&self, org: &Org, path: &str) -> Result<Response, GithubError> {
        self.read(org, path, false).await
    }

    async fn read(&self, org: &Org, path: &str, conditional: bool) -> Result<Response, GithubError> {
        let mut path = path.to_owned();
        for _ in 0..4 {
            let call = format!("GET {}", without_query(&path));
            let response = self.once(org, &path, conditional).await?;
            if !response.status.is_redirection() {
                return accept(response, &call);
            }
            let next = response.headers.get(header::LOCATION).and_then(|v| v.to_str().ok());
            let Some(next) = next.and_then(|link| self.address().path_of(link)) else {
                // 304 without a kept answer is none; other redirects say where to.
                let status = response.status.as_u16();
                return Err(if response.status == StatusCode::NOT_MODIFIED {
                    GithubError::Unexpected { call, status, message: "nothing was kept that this could mean".into() }
                } else {
                    GithubError::Malformed { call, message: "it redirects to another host".into() }
                });
            };
            path = next;
        }
        Err(GithubError::Malformed {
            call: format!("GET {}", without_query(&path)),
            message: "it redirects in a circle".into(),
        })
    }

    /// One answer: GitHub's, or the kept one where GitHub says that it is still so.
    async fn once(&self, org: &Org, path: &str, conditional: bool) -> Result<Response, GithubError> {
        let kept = self.inner.kept.as_ref().filter(|kept| kept.keeps_answers() && path != allowance::PATH);
        let known = match kept {
            Some(kept) if conditional => kept.known(path).await,
            _ => None,
        };
        let raw = self.asked(org, path, known.as_ref().map(|known| known.etag.as_str())).await?;
        let call = format!("GET {}", without_query(path));
        let raw = match (kept, known) {
            (Some(kept), Some(known)) if raw.status == StatusCode::NOT_MODIFIED => {
                if let Some(body) = kept.body(path, &known).await {
                    let response = decode(renewed(raw, &known, body), &call)?;
                    return Ok(Response { not_modified: true, ..response });
                }
                // What was kept has gone meanwhile, or is not what was written.
                self.asked(org, path, None).await?
            }
            _ => raw,
        };
        // Before it is decoded: several pages wait for the disk at once, and decoded they are many times larger.
        if let (Some(kept), StatusCode::OK, true, Some(etag)) =
            (kept, raw.status, raw.whole, raw.headers.get(header::ETAG))
        {
            kept.keep(path, etag, raw.headers.get(header::LINK), raw.packed.as_ref().unwrap_or(&raw.body)).await;
        }
        decode(raw, &call)
    }

    async fn asked(&self, org: &Org, path: &str, etag: Option<&str>) -> Result<Raw, GithubError> {
        let url = format!("{}{path}", self.address().rest());
        let sent = Sent { method: Method::GET, url: &url, body: None, sending: Sending::Read, etag };
        let raw = self.send(&Identity::Org(org), sent).await?;
        // GitHub's page "REST API endpoints for rate limits": to ask for the limits does not count against them.
        if path != allowance::PATH {
            self.limits().count_rest(raw.status == StatusCode::NOT_MODIFIED);
        }
        Ok(raw)
    }

    /// From now on nothing more is kept: what is read around writes may be on its way to another value. What was kept is asked
    /// for conditionally as before.
    pub fn keep_no_more(&self) {
        if let Some(kept) = &self.inner.kept {
            kept.frozen.store(true, Ordering::Relaxed);
        }
    }

    /// A file's text that was kept under its object name for this identity.
    pub async fn kept_text(&self, org: &Org, oid: &Oid) -> Option<String> {
        let kept = self.inner.kept.as_ref()?;
        kept.text(&self.whose(org).await?, oid).await
    }

    /// Keeps a file's text under its object name, if that is its name.
    pub async fn keep_text(&self, org: &Org, oid: &Oid, text: &str) {
        let Some(kept) = &self.inner.kept else { return };
        if let Some(whose) = self.whose(org).await {
            kept.keep_text(&whose, oid, text).await;
        }
    }

    /// For whom something is kept: the token's owner, or the App at one installation.
    async fn whose(&self, org: &Org) -> Option<String> {
        match &self.credentials().0 {
            Kind::Token(_) => Some("token".to_owned()),
            Kind::App(app) => {
                let tokens = app.tokens.lock().await;
                Some(format!("app {} at {}", app.id, tokens.get(org)?.installation))
            }
        }
    }
}

/// The kept answer under the headers of the one that says that it is still so.
fn renewed(mut raw: Raw, known: &Known, body: bytes::Bytes) -> Raw {
    raw.status = StatusCode::OK;
    raw.body = body;
    if let (false, Some(link)) = (raw.headers.contains_key(header::LINK), &known.link)
        && let Ok(link) = link.parse()
    {
        raw.headers.insert(header::LINK, link);
    }
    raw
}
