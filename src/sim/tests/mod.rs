//! The simulator against what GitHub does.

mod access;
mod actions_policy;
mod configurations;
mod faults;
mod fields;
mod git;
mod graphql;
mod made;
mod manners;
mod rest;
mod rulesets;
mod state;
mod wire;

use axum::body::Body;
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::Sim;

/// An answer as a test looks at it.
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// A client with a token.
pub(super) struct Client {
    pub(super) sim: Sim,
    pub(super) token: &'static str,
}

impl Client {
    pub(super) async fn send(&self, method: &str, path: &str, body: Option<Value>, extra: &[(&str, &str)]) -> Got {
        let mut request = Request::builder().method(method).uri(path).header("host", "sim.test");
        if !extra.iter().any(|(name, _)| *name == "user-agent") {
            request = request.header("user-agent", "test");
        }
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
        let response = self.sim.router().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        Got {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.send("GET", path, None, &[]).await
    }

    pub(super) async fn write(&self, method: &str, path: &str, body: Value) -> Got {
        let body = (!body.is_null()).then_some(body);
        self.send(method, path, body, &[]).await
    }

    pub(super) async fn query(&self, query: &str, variables: Value) -> Value {
        self.send("POST", "/graphql", Some(json!({"query": query, "variables": variables})), &[]).await.body
    }
}

pub(super) const SCORECARD: &str = "name: Scorecard\non: {push: {branches: [main]}, workflow_dispatch: }\n";

/// A small organisation with one of everything.
pub(super) fn example() -> Value {
    json!({
        "format": "ordain.snapshot/1",
        "organizations": [{
            "login": "Acme",
            "simulator": {"plan": "team", "configurations": [{"name": "baseline", "private_vulnerability_reporting": "enabled", "dependabot_alerts": "not_set", "dependabot_security_updates": "not_set"}]},
            "repositories": [
                {"name": "web", "id": 11, "topics": ["http"], "license": {"key": "mit", "spdx_id": "MIT"}, "language": "Rust",
                 "files": {"README.md": "hi\n", ".github/workflows/scorecard.yml": SCORECARD, "docs/a.md": "a"},
                 "simulator": {
                    "workflows": {".github/workflows/scorecard.yml": {"state": "disabled_inactivity", "conclusion": "FAILURE", "updated_at": "2026-08-01T00:00:00Z"}},
                    "branches": {"ordain/policy": {"files": {"SECURITY.md": "x"}}},
                    "pulls": [{"title": "Policy", "head": "ordain/policy"}, {"title": "Foreign", "head": "patch", "head_repo": "eve/web", "author": "eve", "files": {"x": "y"}}],
                    "renamed_from": ["website"]}},
                {"name": ".github", "files": {"SECURITY.md": "mail us"}},
                {"name": "secret", "visibility": "private", "files": {"a": "b"}},
                {"name": "old", "archived": true, "files": {"a": "b"}},
                {"name": "empty"},
            ],
        }],
        "simulator": {"now": "2026-11-22T12:00:00Z", "tokens": [
            {"token": "owner", "login": "ordain-bot", "owner": true},
            {"token": "reader", "login": "ordain", "type": "app_installation", "permissions": {"metadata": "read", "contents": "read", "actions": "read"}},
            {"token": "admin-read", "login": "ordain", "type": "app_installation", "permissions": {"administration": "read"}},
            {"token": "outsider", "login": "eve", "orgs": []},
        ]},
    })
}

/// Returns the owner's client of the example.
pub(super) fn owner() -> Client {
    as_token("owner")
}

pub(super) fn as_token(token: &'static str) -> Client {
    let sim = Sim::from_state(&example()).unwrap();
    sim.record(true);
    Client { sim, token }
}
