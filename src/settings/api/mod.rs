//! `api."NAME"`: a field of GitHub's API that no setting of the catalogue holds, by the path where it is read and the call
//! that writes it.
//!
//! Nothing is known here of what a field means, so every change loosens unless the policy declares that it tightens.

mod path;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::{
    Context, Difference, Judgement, Meta, Outcome, Pending, Phase, RestForm, RestRead, RestWrite, Setting, Write,
};
use crate::model::{Desired, Effect, Field, Keyed, Kind, Problem, Scope, Shape, Tightens};
use path::{ApiPath, Fault};

const FIELDS: &[Field] = &[
    Field {
        key: "read",
        kind: Kind::Text,
        doc: "The path that says what is so: `/repos/{org}/{repo}/…`, of an organisation `/orgs/{org}/…`.",
        tightens: Tightens::Neutral,
    },
    Field {
        key: "fields",
        kind: Kind::Map(&Kind::Any),
        doc: "The fields that must hold, as JSON: name → value; a table is an object of which only what is named counts.",
        tightens: Tightens::Judged,
    },
    Field {
        key: "write",
        kind: Kind::Text,
        doc: "The call that writes: `PATCH` or `PUT`, and a path of the same form. Without it a difference is a violation.",
        tightens: Tightens::Neutral,
    },
    Field {
        key: "tightens",
        kind: Kind::List(&Kind::Text),
        doc: "The fields whose change to the value above makes the target safer; a change of any other loosens.",
        tightens: Tightens::Neutral,
    },
];

const DOCS: &str = "What no setting of the catalogue holds, by its place in GitHub's API. `NAME` is the policy's own word for it.

Values are compared as JSON; only the fields that are named count, and a field that GitHub's answer leaves out is *unknown*. A PATCH \
sends the named fields only. A PUT replaces the object: it sends what was read, without GitHub's own fields (ids, links, dates, \
nulls), and the named fields over it. A name with dots is a field of a field: `a.b = 1` and `a = { b = 1 }` are the same; a list is \
one value. A change loosens unless every field that differs stands under `tightens`, so a weakening needs `--limit loosening=N`. \
`ordain undo` does not touch it.

Refused when the policy is read: paths outside the target, escapes and queries, what a setting of the catalogue writes, and the paths of \
people, access, keys, hooks, secrets, tokens, installations, transfers, alerts and files.";

const fn shape(scope: Scope, check: fn(&Value) -> Vec<Problem>) -> Shape {
    Shape {
        key: "api",
        scope,
        keyed: Some(Keyed { what: "name of an entry", name: Kind::Text, prune: false }),
        kind: Kind::Table(FIELDS),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    }
}

static REPOSITORY: Meta = Meta {
    shape: shape(Scope::Repo, |value| check(value, Scope::Repo)),
    title: "Any other field of a repository",
    docs: DOCS,
    example: "[match]\nvisibility = [\"private\", \"internal\"]\n\n[repo.api.\"private forks\"]\nread = \"/repos/{org}/{repo}/actions/permissions/fork-pr-workflows-private-repos\"\n\
              write = \"PUT /repos/{org}/{repo}/actions/permissions/fork-pr-workflows-private-repos\"\n\
              tightens = [\"send_secrets_and_variables\"]\n\n[repo.api.\"private forks\".fields]\n\
              send_secrets_and_variables = false\n",
    reads: &["administration:read"],
    writes: &["administration:write"],
    calls: &[("fields", "the call that `write` names")],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

static ORGANISATION: Meta = Meta {
    shape: shape(Scope::Org, |value| check(value, Scope::Org)),
    title: "Any other field of an organisation",
    docs: DOCS,
    example: "[org.api.\"private forks\"]\nread = \"/orgs/{org}/actions/permissions/fork-pr-workflows-private-repos\"\n\
              write = \"PUT /orgs/{org}/actions/permissions/fork-pr-workflows-private-repos\"\n\
              tightens = [\"send_secrets_and_variables\"]\n\n[org.api.\"private forks\".fields]\n\
              send_secrets_and_variables = false\n",
    reads: &["organization_administration:read"],
    writes: &["organization_administration:write"],
    calls: &[("fields", "the call that `write` names")],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting of a repository.
pub struct RepoApi;

/// The setting of an organisation.
pub struct OrgApi;

impl Setting for RepoApi {
    fn meta(&self) -> &'static Meta {
        &REPOSITORY
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, Scope::Repo, cx)?.whole()])
    }
}

impl Setting for OrgApi {
    fn meta(&self) -> &'static Meta {
        &ORGANISATION
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, Scope::Org, cx)?.whole()])
    }
}

/// The call that writes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    method: &'static str,
    path: ApiPath,
}

impl Call {
    fn new(text: &str, scope: Scope) -> Result<Self, Fault> {
        let methods = [("PATCH ", "PATCH"), ("PUT ", "PUT")];
        let found = methods.iter().find_map(|(start, method)| Some((*method, text.strip_prefix(start)?)));
        let Some((method, path)) = found else {
            let help = "write `PATCH /…` or `PUT /…`; nothing else is sent".to_owned();
            return Err((format!("`{text}` is not a call that changes fields"), Some(help)));
        };
        Ok(Self { method, path: ApiPath::new(path, scope)? })
    }
}

fn check(value: &Value, scope: Scope) -> Vec<Problem> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let problem = |path: &str, (message, help): Fault| Problem { path: path.to_owned(), message, help };
    let mut problems = Vec::new();
    if let Some(Err(fault)) = text("read").map(|path| ApiPath::new(path, scope)) {
        problems.push(problem("read", fault));
    }
    if let Some(Err(fault)) = text("write").map(|call| Call::new(call, scope)) {
        problems.push(problem("write", fault));
    }
    let fields = value.get("fields").filter(|fields| fields.is_object());
    for name in value.get("tightens").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if fields.is_some_and(|fields| at(fields, name).is_none()) {
            let message = format!("`{name}` is not among `fields`");
            problems.push(problem("tightens", (message, Some("name a field of `fields`".to_owned()))));
        }
    }
    problems
}

/// What the policy says of one entry, all rules together.
struct Entry {
    read: ApiPath,
    write: Option<Call>,
    /// Dotted name → value.
    fields: Vec<(String, Value)>,
    tightens: Vec<String>,
}

impl Entry {
    fn new(desired: &Desired, scope: Scope) -> Result<Self, Fault> {
        let missing = |key: &str| (format!("no rule says `{key}`"), Some(format!("write `{key} = …`")));
        let read = ApiPath::new(desired.text("read").ok_or_else(|| missing("read"))?, scope)?;
        let write = desired.text("write").map(|call| Call::new(call, scope)).transpose()?;
        let leaves = desired.fields.iter().filter_map(|(path, leaf)| Some((path.strip_prefix("fields.")?, leaf)));
        let fields: Vec<(String, Value)> = leaves.map(|(path, leaf)| (path.to_owned(), leaf.value.clone())).collect();
        if fields.is_empty() {
            return Err(missing("fields"));
        }
        let tightens = desired.texts("tightens").into_iter().map(str::to_owned).collect();
        Ok(Self { read, write, fields, tightens })
    }

    /// Whether the policy declares that a change of the field tightens: by its name, or that of an object above it.
    fn declares(&self, field: &str) -> bool {
        self.tightens
            .iter()
            .any(|name| field == name || field.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')))
    }
}

fn judge(desired: &Desired, scope: Scope, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let entry = match Entry::new(desired, scope) {
        Ok(entry) => entry,
        Err((message, help)) => {
            let message = help.map_or_else(|| message.clone(), |help| format!("{message}; {help}"));
            return Ok(Outcome::Violation { message, observed: Value::Null, desired: desired.to_json() });
        }
    };
    let permission = if scope == Scope::Repo { REPOSITORY.reads } else { ORGANISATION.reads }.first().copied();
    let read = RestRead { suffix: entry.read.suffix.clone(), form: RestForm::Document, permission };
    let answer = if scope == Scope::Repo { cx.rest(read)? } else { cx.org_rest(read)? };
    let said = match Outcome::known(answer) {
        Err(outcome) => return Ok(outcome),
        Ok(None) => {
            let reason =
                format!("GitHub says that there is no `{}`, or that the token may not know", entry.read.suffix);
            return Ok(Outcome::unknown(reason, permission));
        }
        Ok(Some(said)) => said,
    };
    let (mut before, mut after, mut body) = (Map::new(), Map::new(), Map::new());
    let mut effect = Effect::Neutral;
    for (name, wanted) in &entry.fields {
        let Some(observed) = at(said, name) else {
            let reason = format!("GitHub's answer has no field `{name}`: it is hidden, or the name is another");
            return Ok(Outcome::unknown(reason, permission));
        };
        if !is_same(observed, wanted) {
            effect = effect.join(Effect::tightening_if(entry.declares(name)));
        }
        before.insert(name.clone(), observed.clone());
        after.insert(name.clone(), wanted.clone());
        put(&mut body, name, wanted.clone());
    }
    let (observed, wanted) = (Value::Object(before), Value::Object(after));
    if effect == Effect::Neutral {
        return Ok(Outcome::Compliant { observed, desired: wanted });
    }
    let Some(call) = entry.write else {
        let message = "it differs, and the policy names no call that writes it (`write`)".to_owned();
        return Ok(Outcome::Violation { message, observed, desired: wanted });
    };
    let path = if scope == Scope::Repo { cx.repo_path(&call.path.suffix)? } else { cx.org_path(&call.path.suffix) };
    let body = Value::Object(body);
    let write = match call.method {
        "PUT" => RestWrite::replacing("PUT", path, body, writable(said)),
        method => RestWrite::with_body(method, path, body),
    };
    Ok(Outcome::Differs(Difference::update(observed, wanted, effect, Write::Rest(write))))
}

/// A field by its dotted name: the whole name, or one field after the other.
fn at<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value.get(name) {
        Some(found) => Some(found),
        None => name.split('.').try_fold(value, |value, part| value.get(part)),
    }
}

fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => drop(object.insert(name.to_owned(), value)),
        Some((head, rest)) => {
            let inner = object.entry(head.to_owned()).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// Equal as JSON, where 1 and 1.0 are the same number.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b)))
        }
        (a, b) => a == b,
    }
}

/// What was read, without what is GitHub's own: ids, links, dates, nulls.
fn writable(said: &Value) -> Value {
    let Value::Object(said) = said else { return json!({}) };
    let is_githubs =
        |key: &str| matches!(key, "id" | "node_id" | "url" | "_links") || key.ends_with("_url") || key.ends_with("_at");
    let kept = said.iter().filter(|(key, value)| !is_githubs(key) && !value.is_null());
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}
