//! Holds a request and its answer against GitHub's own descriptions of its API.
//!
//! Facts come from `tests/contract/` (see its README): REST operations from `openapi.json`, GraphQL
//! types from `schema.graphql`, both at `X-GitHub-Api-Version: 2022-11-28`. Nothing here knows
//! ordain or its simulator, so that neither can hide a mistake of the other.
//!
//! Not judged: headers (paging links, `ETag`, rate limits), whether an answer is *true*, and
//! members of an answer that the REST description does not name (GitHub adds such freely).

mod answers;
mod explain;
mod graphql;
mod inputs;
mod paths;
mod rest;
mod schemas;

use std::sync::OnceLock;

use serde_json::Value;

const OPENAPI: &str = include_str!("../../contract/openapi.json");
const GRAPHQL: &str = include_str!("../../contract/schema.graphql");

/// One request and the answer to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange<'a> {
    /// The method in upper case: `GET`.
    pub(crate) method: &'a str,
    /// The path as it was sent, with its query; a leading `/api/v3` (Enterprise Server) is ignored.
    pub(crate) path_and_query: &'a str,
    /// The body that was sent, where it is JSON.
    pub(crate) request_body: Option<&'a Value>,
    /// The status of the answer.
    pub(crate) status: u16,
    /// The body of the answer, where it is JSON.
    pub(crate) response_body: Option<&'a Value>,
}

/// GitHub's descriptions, ready to check exchanges; one for the whole process.
#[derive(Debug)]
pub(crate) struct Contract {
    rest: rest::Rest,
    graphql: graphql::GraphQl,
}

impl Contract {
    /// Returns the contract; the first call parses the facts.
    pub(crate) fn load() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| Self { rest: rest::Rest::parse(OPENAPI), graphql: graphql::GraphQl::parse(GRAPHQL) })
    }

    /// Checks one exchange and returns everything that GitHub would not have asked for or answered.
    pub(crate) fn check(&self, exchange: &Exchange<'_>) -> Result<(), Vec<String>> {
        let path = exchange.path_and_query;
        let problems = if matches!(path, "/graphql" | "/api/graphql") {
            self.graphql.check(exchange)
        } else {
            self.rest.check(exchange)
        };
        if problems.is_empty() {
            return Ok(());
        }
        let name = format!("{} {path} ({})", exchange.method, exchange.status);
        Err(problems.into_iter().map(|problem| format!("{name}: {problem}")).collect())
    }
}

/// Treats `null` like a body that is not there: clients send it where they mean none.
fn present(body: Option<&Value>) -> Option<&Value> {
    body.filter(|value| !value.is_null())
}

/// Says what is wrong with the body of an answer that is an error; GitHub always gives a message.
fn message_problem(body: Option<&Value>) -> Option<String> {
    match present(body).map(|body| body.get("message")) {
        Some(Some(Value::String(_))) => None,
        Some(_) => Some("the error answer has no `message` text".to_owned()),
        None => Some("the error answer has no JSON body with a `message`".to_owned()),
    }
}

/// The statuses with which GitHub may answer any request, named by the operation or not.
///
/// 501 is not one of them: it is how the simulator says that it has no such route.
fn given_anywhere(status: u16) -> bool {
    matches!(status, 301 | 304 | 307 | 401 | 403 | 404 | 409 | 410 | 422 | 429)
        || ((500..=599).contains(&status) && status != 501)
}
