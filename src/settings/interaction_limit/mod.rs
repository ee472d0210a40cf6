//! Interaction limits: who may comment, open issues and pull requests for a while.
//!
//! `GET/PUT/DELETE /repos/{owner}/{repo}/interaction-limits` and the same under `/orgs/{org}`. In bulk GraphQL's `interactionAbility`,
//! which is null or `NO_LIMIT` to a token without the right, too: no limit is believed only where the token can administer the
//! repository. A limit ends by itself; GitHub has no endless one. A repository's cannot be set while the organisation has one (409).

mod org;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use org::OrgInteractionLimit;

use super::{
    Context, GraphqlField, Judgement, Meta, Need, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write,
    item::{created, holds, updated},
};
use crate::model::{Desired, Effect, Field, Kind, Permission, Problem, Reading, Scope, Shape, Tightens};

const READ: &str = "administration:read";
const ROUTE: &str = "interaction-limits";

/// GitHub's words, the weakest first.
const LIMITS: [&str; 4] = [NONE, "existing_users", "contributors_only", "collaborators_only"];
const NONE: &str = "no_limit";

const ABILITY: GraphqlField = GraphqlField {
    key: "interactionAbility",
    selection: "interactionAbility { limit origin expiresAt }",
    permission: Some(READ),
};

const ADMINISTERS: GraphqlField =
    GraphqlField { key: "viewerCanAdminister", selection: "viewerCanAdminister", permission: None };

const fn shape(scope: Scope) -> Shape {
    Shape {
        key: "interaction_limit",
        scope,
        keyed: None,
        kind: Kind::Either(&[
            Kind::OneOf(&LIMITS),
            Kind::Table(&[
                Field {
                    key: "limit",
                    kind: Kind::OneOf(&LIMITS),
                    doc: "Who may interact: `existing_users` (accounts that are not new), `contributors_only` (who committed to the \
                          default branch before), `collaborators_only`, or `no_limit`: everybody.",
                    tightens: Tightens::Judged,
                },
                Field {
                    key: "expiry",
                    kind: Kind::OneOf(&["one_day", "three_days", "one_week", "one_month", "six_months"]),
                    doc: "For how long a limit is set that is not there yet. GitHub's default is one day.",
                    tightens: Tightens::Neutral,
                },
            ]),
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    }
}

static META: Meta = Meta {
    shape: shape(Scope::Repo),
    title: "Interaction limit",
    docs: "Who may comment, open issues and open pull requests, for a while: the limit, or `{ limit = \"…\", expiry = \"…\" }`.

GitHub ends every limit by itself, after six months at the latest. One that has run out is a difference, and the next apply sets it anew; one that \
still runs is left alone, whatever its `expiry` was. A stricter limit tightens, a weaker one or `no_limit` loosens. While the organisation has a limit \
of its own GitHub takes none for a repository: if that one differs, it is a violation that says so.",
    example: "[repo]\ninteraction_limit = { limit = \"contributors_only\", expiry = \"six_months\" }\n",
    reads: &[READ],
    writes: &["administration:write"],
    calls: &[
        ("value", "PUT or DELETE /repos/{owner}/{repo}/interaction-limits"),
        ("limit", "PUT or DELETE /repos/{owner}/{repo}/interaction-limits"),
        ("expiry", "PUT /repos/{owner}/{repo}/interaction-limits"),
    ],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting of repositories.
pub struct InteractionLimit;

impl Setting for InteractionLimit {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, observe(cx)?, &cx.repo_path(ROUTE)?, cx.observed.as_of).whole()])
    }

    /// The same plan may give the organisation a limit, and GitHub then takes none for a repository.
    fn needs(&self, _part: Option<&str>, _desired: &Desired, _cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        Ok(vec![Need::still_of_org(META.shape.key, &[NONE])])
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let problem = |path: &str, message: &str, help: &str| {
        vec![Problem { path: path.to_owned(), message: message.to_owned(), help: Some(help.to_owned()) }]
    };
    match (value.get("limit").and_then(Value::as_str), value.get("expiry")) {
        (Some(NONE), Some(_)) => problem("expiry", "no limit has no `expiry`", "leave `expiry` out"),
        _ => Vec::new(),
    }
}

/// A limit that GitHub told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Limit {
    /// GitHub's word in REST: `existing_users`.
    word: String,
    /// Whether it is the organisation's.
    of_org: bool,
    expires: Option<Timestamp>,
}

impl Limit {
    /// From an answer of REST or GraphQL; `None` where it says that there is no limit.
    fn new(told: &Value) -> Option<Self> {
        let text = |key: &str| told.get(key).and_then(Value::as_str);
        let word = text("limit")?.to_ascii_lowercase();
        let expires = text("expiresAt").or_else(|| text("expires_at")).and_then(|time| time.parse().ok());
        let of_org = text("origin").is_some_and(|origin| origin.eq_ignore_ascii_case("organization"));
        (word != NONE).then_some(Self { word, of_org, expires })
    }
}

fn observe(cx: &Context<'_>) -> Result<Reading<Option<Limit>>, Pending> {
    let (listing, ability, administers) = (cx.repository(), cx.graphql(ABILITY), cx.graphql(ADMINISTERS));
    let (listing, ability, administers) = (listing?, ability?, administers?);
    let told = ability.value().copied();
    if let Some(limit) = told.and_then(Limit::new) {
        return Ok(Reading::known(Some(limit)));
    }
    let is_admin =
        cx.sees_administration(listing) || administers.value().and_then(|value| value.as_bool()) == Some(true);
    if told.is_some() && is_admin {
        return Ok(Reading::known(None));
    }
    Ok(by_rest(cx.rest(RestRead::document(ROUTE, READ))?, READ))
}

/// What REST says: an empty object where there is no limit.
fn by_rest(answer: Reading<Option<&Value>>, permission: &str) -> Reading<Option<Limit>> {
    answer.and_then(|told| match told {
        Some(told) => Reading::known(Limit::new(told)),
        None => Reading::lacking("GitHub does not show the interaction limit", Permission::from(permission)),
    })
}

fn rank(word: &str) -> usize {
    LIMITS.iter().position(|limit| *limit == word).unwrap_or_default()
}

/// Compares; `path` is where GitHub takes the limit, `now` the time of the observation.
fn judge(desired: &Desired, observed: Reading<Option<Limit>>, path: &str, now: Timestamp) -> Outcome {
    let limit = match Outcome::known(observed) {
        Err(outcome) => return outcome,
        Ok(limit) => limit.filter(|limit| limit.expires.is_none_or(|end| end > now)),
    };
    let is = limit.as_ref().map_or(NONE, |limit| limit.word.as_str());
    let Some(wanted) = desired.text("").or_else(|| desired.text("limit")) else {
        let message = "the policy gives an `expiry` but no `limit`; give the `limit` too".to_owned();
        return Outcome::Violation { message, observed: json!(is), desired: desired.to_json() };
    };
    if is == wanted {
        return holds(json!(is), json!(wanted));
    }
    let inherited = limit.as_ref().is_some_and(|limit| limit.of_org) && path.starts_with("/repos/");
    if inherited {
        let message = format!(
            "the organisation has the limit `{is}`, and while it does, GitHub takes none for a repository; \
             set `interaction_limit` in `[org]`"
        );
        return Outcome::Violation { message, observed: json!(is), desired: json!(wanted) };
    }
    let effect = Effect::tightening_if(rank(wanted) > rank(is));
    let write = if wanted == NONE {
        RestWrite::bare("DELETE", path.to_owned())
    } else {
        let limit = ("limit".to_owned(), json!(wanted));
        let expiry = desired.value("expiry").map(|word| ("expiry".to_owned(), word.clone()));
        let body: Map<String, Value> = [limit].into_iter().chain(expiry).collect();
        RestWrite::with_body("PUT", path.to_owned(), Value::Object(body))
    };
    let write = vec![Write::Rest(write)];
    if limit.is_none() {
        let mut made = created(json!(wanted), effect, write);
        if let Outcome::Differs(difference) = &mut made {
            difference.before = json!(NONE);
        }
        return made;
    }
    updated(json!(is), json!(wanted), effect, write)
}
