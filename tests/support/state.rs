//! States of the simulated GitHub, built in few words. What is left out is as on a new public repository.

use serde_json::{Map, Value, json};

/// A state of these organisations, in which any token is an owner's.
pub(crate) fn state(orgs: impl IntoIterator<Item = OrgState>) -> Value {
    state_with(orgs, [])
}

/// A state of these organisations that takes these tokens only.
pub(crate) fn state_with(orgs: impl IntoIterator<Item = OrgState>, tokens: impl IntoIterator<Item = Token>) -> Value {
    let orgs: Vec<Value> = orgs.into_iter().map(|org| org.build()).collect();
    let tokens: Vec<Value> = tokens.into_iter().map(|token| token.0).collect();
    json!({
        "format": "ordain.snapshot/1",
        "as_of": "2026-11-22T12:00:00Z",
        "api_url": "https://api.github.com",
        "organizations": orgs,
        "not_read": [],
        "simulator": {"now": "2026-11-22T12:00:00Z", "tokens": tokens},
    })
}

/// A credential.
#[derive(Debug, Clone)]
pub(crate) struct Token(Value);

impl Token {
    /// One with just these permissions: `("administration", "read")`.
    pub(crate) fn with(token: &str, permissions: &[(&str, &str)]) -> Self {
        let permissions: Map<String, Value> =
            permissions.iter().map(|(name, level)| ((*name).to_owned(), json!(level))).collect();
        Self(json!({"token": token, "login": "ordain-bot", "type": "user", "permissions": permissions}))
    }

    /// An owner's.
    pub(crate) fn owner(token: &str) -> Self {
        Self(json!({"token": token, "login": "ordain-bot", "type": "user", "owner": true}))
    }
}

/// An organisation.
#[derive(Debug, Clone)]
pub(crate) struct OrgState {
    login: String,
    rest: Map<String, Value>,
    repositories: Vec<RepoState>,
    simulator: Map<String, Value>,
}

/// An organisation without repositories.
pub(crate) fn org(login: &str) -> OrgState {
    OrgState {
        login: login.to_owned(),
        rest: Map::new(),
        repositories: Vec::new(),
        simulator: Map::from_iter([("plan".to_owned(), json!("team"))]),
    }
}

impl OrgState {
    /// Under another name.
    pub(crate) fn called(mut self, login: &str) -> Self {
        login.clone_into(&mut self.login);
        self
    }

    /// With a repository.
    pub(crate) fn repo(mut self, repo: RepoState) -> Self {
        self.repositories.push(repo);
        self
    }

    /// With repositories.
    pub(crate) fn repos(mut self, repos: impl IntoIterator<Item = RepoState>) -> Self {
        self.repositories.extend(repos);
        self
    }

    /// With an answer of `GET /orgs/{org}/SUFFIX`.
    pub(crate) fn rest(mut self, suffix: &str, value: Value) -> Self {
        self.rest.insert(suffix.to_owned(), json!({ "known": value }));
        self
    }

    /// With a key of the `simulator` object: `configurations`, `secret_scanning`, `status`…
    pub(crate) fn sim(mut self, key: &str, value: Value) -> Self {
        self.simulator.insert(key.to_owned(), value);
        self
    }

    fn build(self) -> Value {
        // Numbers that are the same in every run, and other ones in every organisation.
        let base = self.login.bytes().fold(1_000_u64, |sum, byte| sum * 31 % 90_000 + u64::from(byte)) * 10_000;
        let mut rest = self.rest;
        rest.entry("").or_insert_with(|| json!({"known": {"id": base}}));
        let repositories: Vec<Value> =
            (1..).zip(self.repositories).map(|(index, repo)| repo.build(base + index)).collect();
        json!({
            "login": self.login,
            "error": null,
            "rest": rest,
            "repositories": repositories,
            "blobs": {},
            "simulator": self.simulator,
        })
    }
}

/// A repository.
#[derive(Debug, Clone)]
pub(crate) struct RepoState(Map<String, Value>);

/// A new public repository with a readme.
pub(crate) fn repo(name: &str) -> RepoState {
    let value = json!({
        "name": name,
        "visibility": "public",
        "archived": false,
        "fork": false,
        "default_branch": "main",
        "graphql": {},
        "rest": {},
        "security_and_analysis": {},
        "files": {"README.md": "# Read me\n"},
        "simulator": {},
    });
    let Value::Object(map) = value else { unreachable!("an object was written") };
    RepoState(map)
}

impl RepoState {
    /// With a field of GitHub's list: `archived`, `visibility`, `topics`…
    pub(crate) fn set(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    fn within(mut self, table: &str, key: &str, value: Value) -> Self {
        if let Some(Value::Object(map)) = self.0.get_mut(table) {
            map.insert(key.to_owned(), value);
        }
        self
    }

    /// Private.
    pub(crate) fn private(self) -> Self {
        self.set("visibility", json!("private"))
    }

    /// Archived.
    pub(crate) fn archived(self) -> Self {
        self.set("archived", json!(true))
    }

    /// Without a commit.
    pub(crate) fn empty(mut self) -> Self {
        self.0.remove("files");
        self
    }

    /// With a file on the default branch.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.within("files", path, json!(text))
    }

    /// With an answer of a GraphQL field.
    pub(crate) fn graphql(self, key: &str, value: Value) -> Self {
        self.within("graphql", key, json!({ "known": value }))
    }

    /// With an answer of `GET /repos/{owner}/{repo}/SUFFIX`.
    pub(crate) fn rest(self, suffix: &str, value: Value) -> Self {
        self.within("rest", suffix, json!({ "known": value }))
    }

    /// With a reading that may not be known.
    pub(crate) fn rest_reading(self, suffix: &str, reading: Value) -> Self {
        self.within("rest", suffix, reading)
    }

    /// Private vulnerability reporting.
    pub(crate) fn pvr(self, on: bool) -> Self {
        self.within("rest", "private-vulnerability-reporting", json!({"known": {"enabled": on}}))
    }

    /// Dependabot alerts.
    pub(crate) fn alerts(self, on: bool) -> Self {
        self.within("graphql", "hasVulnerabilityAlertsEnabled", json!({ "known": on }))
    }

    /// A switch of `security_and_analysis`.
    pub(crate) fn switch(self, key: &str, on: bool) -> Self {
        self.within("security_and_analysis", key, json!({"status": if on { "enabled" } else { "disabled" }}))
    }

    /// Dependabot security updates.
    pub(crate) fn fixes(self, on: bool) -> Self {
        self.switch("dependabot_security_updates", on)
    }

    /// What GitHub knows of a workflow file: `{state, conclusion, updated_at, run: false}`.
    pub(crate) fn workflow(mut self, path: &str, told: Value) -> Self {
        if let Some(Value::Object(simulator)) = self.0.get_mut("simulator") {
            let workflows = simulator.entry("workflows").or_insert_with(|| json!({}));
            workflows[path] = told;
        }
        self
    }

    /// With a key of the `simulator` object: `branches`, `pulls`, `attach_fails`, `code_security_configuration`…
    pub(crate) fn sim(self, key: &str, value: Value) -> Self {
        self.within("simulator", key, value)
    }

    fn build(mut self, id: u64) -> Value {
        self.0.entry("id").or_insert_with(|| json!(id));
        Value::Object(self.0)
    }
}
