//! Tokens of a GitHub App's installations.
//!
//! GitHub makes a token for one installation, so one for each organisation; no token serves several. Each is made once, however
//! many calls wait for it, with no more than what the run needs of what the organisation has granted: `POST
//! /app/installations/{id}/access_tokens` with `permissions`. It lives for an hour, and is renewed before it ends.

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Client, GithubError, Secret,
    answer::{accept, server_time},
    client::Identity,
    credentials::{App, Minted},
};
use crate::model::Org;

/// A token that ends sooner than in so many seconds is renewed.
const MARGIN: i64 = 300;

/// Permission → `read`, `write` or `admin`.
pub type Permissions = BTreeMap<String, String>;

/// Adds what `name:level` says, where that is more than what is there. What is no permission of an App is left out.
pub fn add_permission(to: &mut Permissions, text: &str) {
    let Some((name, level)) = text.split_once(':') else { return };
    let (name, level) = (name.trim(), level.trim());
    if rank(level) > to.get(name).map_or(0, |has| rank(has)) {
        to.insert(name.to_owned(), level.to_owned());
    }
}

fn rank(level: &str) -> u8 {
    match level {
        "read" => 1,
        "write" => 2,
        "admin" => 3,
        _ => 0,
    }
}

/// What a token is asked for: what is wanted, but no more than what was granted, which GitHub would refuse whole.
fn narrowed(wanted: &Permissions, granted: &Permissions) -> Permissions {
    let mut asked: Permissions = wanted
        .iter()
        .filter_map(|(name, wanted)| {
            let granted = granted.get(name)?;
            Some((name.clone(), if rank(granted) < rank(wanted) { granted.clone() } else { wanted.clone() }))
        })
        .collect();
    // A token without any permission cannot be asked for: left out, they would all be in it.
    if asked.is_empty() {
        asked.insert("metadata".to_owned(), "read".to_owned());
    }
    asked
}

/// When a token ends by our clock. The server's own may be another; how long it lives is the same by both.
fn ends(expires_at: Option<&str>, server_now: i64, now: i64) -> i64 {
    let told = expires_at.and_then(|text| text.parse::<Timestamp>().ok()).map(Timestamp::as_second);
    now + told.map_or(3600, |told| told - server_now)
}

fn is_fresh(minted: &Minted, now: i64) -> bool {
    minted.ends > now + MARGIN
}

impl Client {
    /// The organisation's token of the App: made once, renewed before it ends.
    pub(super) async fn installation_token(&self, app: &App, org: &Org) -> Result<Secret, GithubError> {
        let mut tokens = app.tokens.lock().await;
        let now = Timestamp::now().as_second();
        if let Some(minted) = tokens.get(org).filter(|minted| is_fresh(minted, now)) {
            return Ok(minted.token.clone());
        }
        let minted = self.mint(app, org).await?;
        tokens.insert(org.clone(), minted.clone());
        Ok(minted.token)
    }

    async fn mint(&self, app: &App, org: &Org) -> Result<Minted, GithubError> {
        let by_app = Identity::App(app);
        let path = format!("/orgs/{org}/installation");
        let found = self.rest(&by_app, Method::GET, &path, None, true).await?;
        let found = accept(found, &format!("GET {path}")).map_err(|error| match error {
            GithubError::NotFound { .. } => GithubError::NoCredential(format!(
                "the GitHub App is not installed on the organisation {org}; install it there, for all repositories"
            )),
            other => other,
        })?;
        let id = found.body.get("id").and_then(Value::as_u64).unwrap_or_default();
        let permissions = |of: &Value| -> Option<Permissions> {
            of.get("permissions").cloned().and_then(|told| serde_json::from_value(told).ok())
        };
        let body = match (&app.wanted, permissions(&found.body)) {
            (Some(wanted), Some(granted)) => json!({"permissions": narrowed(wanted, &granted)}),
            _ => json!({}),
        };
        let path = format!("/app/installations/{id}/access_tokens");
        let call = format!("POST {path}");
        // A token more does no harm, so it is asked for again where GitHub fails.
        let made = accept(self.rest(&by_app, Method::POST, &path, Some(&body), true).await?, &call)?;
        let Some(token) = made.body.get("token").and_then(Value::as_str) else {
            return Err(GithubError::Malformed { call, message: "it holds no token".into() });
        };
        let now = Timestamp::now().as_second();
        let expires_at = made.body.get("expires_at").and_then(Value::as_str);
        Ok(Minted {
            installation: id,
            token: Secret::new(token),
            ends: ends(expires_at, server_time(&made.headers), now),
            permissions: permissions(&made.body).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(all: &[&str]) -> Permissions {
        let mut found = Permissions::new();
        all.iter().for_each(|text| add_permission(&mut found, text));
        found
    }

    #[test]
    fn the_higher_level_counts_and_words_that_are_none_do_not() {
        assert_eq!(
            permissions(&["contents:read", "contents:write", "contents:read", "a scope", "x:all"]),
            Permissions::from([("contents".to_owned(), "write".to_owned())])
        );
    }

    #[test]
    fn no_more_is_asked_than_was_granted() {
        let granted = permissions(&["metadata:read", "contents:write", "administration:read", "members:read"]);
        let wanted = permissions(&["metadata:read", "contents:read", "administration:write", "actions:read"]);
        assert_eq!(
            narrowed(&wanted, &granted),
            permissions(&["metadata:read", "contents:read", "administration:read"])
        );
        assert_eq!(narrowed(&permissions(&["actions:read"]), &granted), permissions(&["metadata:read"]));
    }

    #[test]
    fn how_long_it_lives_does_not_depend_on_our_clock() {
        let server = "2026-11-22T12:00:00Z".parse::<Timestamp>().expect("a time").as_second();
        assert_eq!(ends(Some("2026-11-22T13:00:00Z"), server, 50), 3650);
        assert_eq!(ends(None, server, 50), 3650);
        assert_eq!(ends(Some("soon"), server, 50), 3650);
        let minted = Minted { installation: 1, token: Secret::new("x"), ends: 3650, permissions: Permissions::new() };
        assert!(is_fresh(&minted, 50) && is_fresh(&minted, 3349));
        assert!(!is_fresh(&minted, 3350), "five minutes before it ends it is renewed");
    }
}
