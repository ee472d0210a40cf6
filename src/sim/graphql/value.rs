//! What a field resolves to, and the values of arguments.

use std::rc::Rc;

use apollo_compiler::ast::{self, Field};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value, json};

use crate::sim::git::{Commit, Oid};
use crate::sim::world::{Org, Pull, Repo, Run, Workflow};

/// A resolved field, not yet cut to its selection.
#[derive(Clone)]
pub(super) enum Val<'w> {
    Null,
    Leaf(Value),
    Obj(Obj<'w>),
    List(Vec<Self>),
    Fail(&'static str, String),
}

/// An object whose fields can be selected.
#[derive(Clone)]
pub(super) enum Obj<'w> {
    Query,
    Mutation,
    RateLimit,
    Org(&'w Org),
    Repo(&'w Org, &'w Repo),
    Commit(&'w Org, &'w Repo, &'w Commit),
    Tree(&'w Org, &'w Repo, Oid),
    Blob(&'w Org, &'w Repo, Oid),
    Ref(&'w Org, &'w Repo, String, Oid),
    Pull(&'w Org, &'w Repo, &'w Pull),
    Suite(&'w Org, &'w Repo, &'w Run),
    Workflow(&'w Org, &'w Repo, &'w Workflow),
    /// Something small, resolved at once.
    Plain(Rc<Plain<'w>>),
    /// Something a state file holds as GraphQL answered it.
    Json(&'static str, &'w Value),
}

/// An object whose fields are all there.
pub(super) struct Plain<'w> {
    pub(super) typename: &'static str,
    pub(super) fields: Vec<(&'static str, Val<'w>)>,
}

/// Returns a leaf.
pub(super) fn leaf<'w>(value: impl serde::Serialize) -> Val<'w> {
    match json!(value) {
        Value::Null => Val::Null,
        value => Val::Leaf(value),
    }
}

/// Returns a small object.
pub(super) fn plain<'w>(typename: &'static str, fields: Vec<(&'static str, Val<'w>)>) -> Val<'w> {
    Val::Obj(Obj::Plain(Rc::new(Plain { typename, fields })))
}

/// Returns an account as an actor: of its own type.
pub(super) fn account<'w>(login: &str) -> Val<'w> {
    let typename = if login.ends_with("[bot]") { "Bot" } else { "User" };
    // GraphQL names a bot without the suffix that REST gives it.
    let name = login.trim_end_matches("[bot]");
    let id = crate::sim::rest::account_id(login);
    let id_text = crate::sim::world::node_id(if typename == "Bot" { "BOT" } else { "U" }, id);
    plain(
        typename,
        vec![
            ("login", leaf(name)),
            ("id", leaf(id_text)),
            ("databaseId", leaf(id)),
            ("url", leaf(format!("https://github.com/{name}"))),
        ],
    )
}

/// Returns an account where the schema has only people: a bot is one of them there, under its whole name.
pub(super) fn person<'w>(login: &str) -> Val<'w> {
    let id = crate::sim::rest::account_id(login);
    let node = crate::sim::world::node_id("U", id);
    plain("User", vec![("login", leaf(login)), ("id", leaf(node)), ("databaseId", leaf(id))])
}

/// Arguments of a field, with variables filled in. A variable that is absent leaves its argument absent.
pub(super) fn arguments(field: &Field, variables: &Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for argument in &field.arguments {
        if let ast::Value::Variable(name) = &*argument.value
            && !variables.contains_key(name.as_str())
        {
            continue;
        }
        out.insert(argument.name.to_string(), constant(&argument.value, variables));
    }
    out
}

/// Returns a written value as JSON.
pub(super) fn constant(value: &ast::Value, variables: &Map<String, Value>) -> Value {
    match value {
        ast::Value::Null => Value::Null,
        ast::Value::Enum(name) => json!(name.as_str()),
        ast::Value::Variable(name) => variables.get(name.as_str()).cloned().unwrap_or(Value::Null),
        ast::Value::String(text) => json!(text),
        ast::Value::Float(number) => {
            number.try_to_f64().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        ast::Value::Int(number) => number.as_str().parse::<i64>().map_or(Value::Null, |n| json!(n)),
        ast::Value::Boolean(on) => json!(on),
        ast::Value::List(items) => items.iter().map(|v| constant(v, variables)).collect(),
        ast::Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, v)| (name.to_string(), constant(v, variables))).collect())
        }
    }
}

/// Returns a page of a connection; GitHub refuses one without `first` or `last`, and more than a hundred.
pub(super) fn connection<'w>(
    typename: &'static str,
    field: &str,
    args: &Map<String, Value>,
    items: Vec<Val<'w>>,
) -> Val<'w> {
    let number = |name: &str| args.get(name).and_then(Value::as_i64);
    let cursor = |name: &str| args.get(name).and_then(Value::as_str).map(|c| uncursor(c).unwrap_or(usize::MAX));
    let (first, last) = (number("first"), number("last"));
    let Some(asked) = first.or(last) else {
        let message =
            format!("You must provide a `first` or `last` value to properly paginate the `{field}` connection.");
        return Val::Fail("MISSING_PAGINATION_BOUNDARIES", message);
    };
    let name = if first.is_some() { "first" } else { "last" };
    if asked > 100 {
        let message = format!(
            "Requesting {asked} records on the `{field}` connection exceeds the `{name}` limit of 100 records."
        );
        return Val::Fail("EXCESSIVE_PAGINATION", message);
    }
    let Ok(size) = usize::try_from(asked) else {
        let message = format!("`{name}` on the `{field}` connection cannot be less than zero.");
        return Val::Fail("INVALID_PAGINATION", message);
    };
    let total = items.len();
    let mut from = cursor("after").unwrap_or(0).min(total);
    let mut to = cursor("before").map_or(total, |c| c.saturating_sub(1).min(total)).max(from);
    if first.is_some() {
        to = to.min(from + size);
    } else {
        from = from.max(to.saturating_sub(size));
    }
    let page: Vec<Val<'w>> = items.into_iter().skip(from).take(to - from).collect();
    let mark = |at: usize| leaf(STANDARD.encode(format!("cursor:v2:{at}")));
    let edge =
        |(i, node): (usize, &Val<'w>)| plain("Edge", vec![("cursor", mark(from + i + 1)), ("node", node.clone())]);
    let info = plain(
        "PageInfo",
        vec![
            ("hasNextPage", leaf(to < total)),
            ("hasPreviousPage", leaf(from > 0)),
            ("startCursor", if page.is_empty() { Val::Null } else { mark(from + 1) }),
            ("endCursor", if page.is_empty() { Val::Null } else { mark(to) }),
        ],
    );
    let edges = page.iter().enumerate().map(edge).collect();
    plain(
        typename,
        vec![("totalCount", leaf(total)), ("pageInfo", info), ("edges", Val::List(edges)), ("nodes", Val::List(page))],
    )
}

fn uncursor(text: &str) -> Option<usize> {
    let bytes = STANDARD.decode(text).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix("cursor:v2:")?.parse().ok()
}
