//! A request as the routes see it, and the answer they give.

use serde_json::{Value, json};

use crate::sim::token::{Level, Token};
use crate::sim::world::{Org, Repo, World};

/// An answer: status, headers of its own, JSON body.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The status.
    pub status: u16,
    /// Headers besides those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if there is one.
    pub body: Option<Value>,
    /// The body as it is sent, where it was written out already.
    pub text: Option<Box<str>>,
    /// What it took of the hour's allowance.
    pub points: u32,
}

/// What a route returns: an answer, or early the answer that ends it.
pub(crate) type Answer = Result<Reply, Reply>;

/// The place of a repository in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Place of the organisation.
    pub o: usize,
    /// Place of the repository in it.
    pub r: usize,
}

/// A request, and the world it is about.
pub(crate) struct Ctx<'w> {
    /// The world.
    pub world: &'w mut World,
    /// Who asks.
    pub token: Token,
    /// Scheme, host and `/api/v3` if that was asked: what links start with.
    pub base: String,
    /// The method.
    pub method: String,
    /// The path as it was asked.
    pub path: String,
    /// The query as it was asked.
    pub raw_query: String,
    /// The query's names and values.
    pub query: Vec<(String, String)>,
    /// The body; null where there is none.
    pub body: Value,
    /// The token's allowances: `(limit, used, reset)` of core and graphql.
    pub rates: [(u64, u64, i64); 2],
    /// Tokens that this request has minted.
    pub minted: Vec<Token>,
    /// Whether this request has given up its own token.
    pub revoked: bool,
}

impl Reply {
    /// Returns an answer with a JSON body.
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body), text: None, points: 0 }
    }

    /// Returns an answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None, text: None, points: 0 }
    }

    /// Returns an error in GitHub's form.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        let docs = "https://docs.github.com/rest";
        Self::json(status, json!({"message": message, "documentation_url": docs, "status": status.to_string()}))
    }

    /// Returns the 404 that says nothing.
    pub(crate) fn not_found() -> Self {
        Self::error(404, "Not Found")
    }

    /// Returns a 422 with the fields that are wrong.
    pub(crate) fn invalid(resource: &str, field: &str, code: &str, message: Option<&str>) -> Self {
        let mut error = json!({"resource": resource, "field": field, "code": code});
        if let (Some(message), Some(map)) = (message, error.as_object_mut()) {
            map.insert("message".to_owned(), json!(message));
        }
        let mut reply = Self::error(422, "Validation Failed");
        if let Some(Value::Object(body)) = &mut reply.body {
            body.insert("errors".to_owned(), json!([error]));
        }
        reply
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Ctx<'_> {
    /// Returns an organisation.
    pub(crate) fn org(&self, o: usize) -> &Org {
        &self.world.orgs[o]
    }

    /// Returns a repository.
    pub(crate) fn repo(&self, spot: Spot) -> &Repo {
        &self.world.orgs[spot.o].repos[spot.r]
    }

    /// Returns a repository to change.
    pub(crate) fn repo_mut(&mut self, spot: Spot) -> &mut Repo {
        &mut self.world.orgs[spot.o].repos[spot.r]
    }

    /// Returns `owner/name`.
    pub(crate) fn full_name(&self, spot: Spot) -> String {
        format!("{}/{}", self.org(spot.o).login, self.repo(spot).name)
    }

    /// Returns the address of a repository.
    pub(crate) fn repo_url(&self, spot: Spot) -> String {
        format!("{}/repos/{}", self.base, self.full_name(spot))
    }

    /// Returns the value of a name in the query.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    /// Returns the 501 that says the simulator has no such route.
    pub(crate) fn no_route(&self) -> Reply {
        Reply::json(501, json!({"message": format!("ordain sim: no such route: {} {}", self.method, self.path)}))
    }

    /// Refuses a token that has less than `level` of a permission on a repository.
    pub(crate) fn need(&self, spot: Spot, permission: &str, level: Level) -> Result<(), Reply> {
        let (org, repo) = (self.org(spot.o), self.repo(spot));
        let open = level == Level::Read
            && !repo.is_private()
            && ![
                "actions_variables",
                "administration",
                "organization_administration",
                "pages",
                "repository_hooks",
                "secrets",
            ]
            .contains(&permission);
        if open || self.token.level_on(org, repo, permission) >= level {
            return Ok(());
        }
        Err(self.refused(org, permission, level))
    }

    /// Refuses a token that has less than `level` of a permission in an organisation.
    pub(crate) fn need_org(&self, o: usize, permission: &str, level: Level) -> Result<(), Reply> {
        let org = self.org(o);
        if self.token.level(org, permission) >= level { Ok(()) } else { Err(self.refused(org, permission, level)) }
    }

    fn refused(&self, org: &Org, permission: &str, level: Level) -> Reply {
        let accepted = format!("{permission}={}", level.word());
        if self.token.permissions.is_none() && !self.token.member(org) {
            // A person who is not of the organisation: reading settings is hidden, writing is refused.
            return if level == Level::Read {
                Reply::not_found()
            } else {
                Reply::error(403, "Must have admin rights to Repository.")
            };
        }
        Reply::error(403, self.token.refusal()).header("x-accepted-github-permissions", accepted)
    }

    /// Returns a text of the body; another type is a 422 as GitHub words it.
    pub(crate) fn text(&self, key: &str) -> Result<Option<String>, Reply> {
        match self.body.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(s)) => Ok(Some(s.clone())),
            Some(other) => {
                Err(Reply::error(422, &format!("Invalid request.\n\nFor 'properties/{key}', {other} is not a string.")))
            }
        }
    }

    /// Returns a text that the body must have.
    pub(crate) fn required(&self, key: &str) -> Result<String, Reply> {
        self.text(key)?.ok_or_else(|| Reply::error(422, &format!("Invalid request.\n\n\"{key}\" wasn't supplied.")))
    }

    /// Returns a yes or no of the body.
    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>, Reply> {
        match self.body.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            Some(other) => Err(Reply::error(
                422,
                &format!("Invalid request.\n\nFor 'properties/{key}', {other} is not a boolean."),
            )),
        }
    }
}
