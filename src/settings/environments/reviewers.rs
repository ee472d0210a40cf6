//! Who may approve: names in the policy, numbers in GitHub's calls.

use std::fmt;

use serde_json::Value;

use super::observed::Environment;
use crate::{
    model::{Desired, Permission},
    settings::{Context, Outcome, Pending, RestRead, item::encoded},
};

/// How many GitHub takes.
pub(super) const MOST: usize = 6;
const TEAMS: &str = "members:read";

/// A team or a person, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reviewer {
    is_team: bool,
    name: String,
    pub(super) id: u64,
}

impl Reviewer {
    /// From GitHub's list of reviewers.
    pub(super) fn new(told: &Value) -> Option<Self> {
        let is_team = told.get("type")?.as_str()? == "Team";
        let reviewer = told.get("reviewer")?;
        let name = reviewer.get(if is_team { "slug" } else { "login" })?.as_str()?.to_lowercase();
        Some(Self { is_team, name, id: reviewer.get("id")?.as_u64()? })
    }

    /// GitHub's word for what it is.
    pub(super) const fn kind(&self) -> &'static str {
        if self.is_team { "Team" } else { "User" }
    }
}

impl fmt::Display for Reviewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", if self.is_team { "team" } else { "user" }, self.name)
    }
}

/// Whether `team:SLUG` or `user:LOGIN` is a team, and its name; none for anything else.
pub(super) fn parsed(text: &str) -> Option<(bool, &str)> {
    let (kind, name) = text.split_once(':')?;
    let is_team = kind.eq_ignore_ascii_case("team");
    let fine = (is_team || kind.eq_ignore_ascii_case("user")) && !name.is_empty();
    fine.then_some((is_team, name))
}

/// In lower case, sorted, each once.
pub(super) fn normalised(names: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    all.sort();
    all.dedup();
    all
}

/// What became of the names.
pub(super) enum Resolved {
    /// The policy names none.
    Nothing,
    /// All of them.
    All(Vec<Reviewer>),
    /// It could not be said of one, or there is none of that name.
    Not(Outcome),
}

/// The numbers of the reviewers that the policy names; those that GitHub told already are not asked for again.
pub(super) fn resolve(desired: &Desired, is: &Environment, cx: &Context<'_>) -> Result<Resolved, Pending> {
    if !desired.declares("reviewers") {
        return Ok(Resolved::Nothing);
    }
    let names = normalised(&desired.texts("reviewers"));
    // All are asked for before any is looked at.
    let found: Vec<_> = names.iter().map(|name| (name, one(name, is, cx))).collect();
    let mut all = Vec::new();
    for (name, reviewer) in found {
        match reviewer? {
            Ok(Some(reviewer)) => all.push(reviewer),
            Ok(None) => {
                let message =
                    format!("there is no reviewer `{name}`: no such team in the organisation, or no such person");
                let (observed, desired) = (Value::Object(is.declarable()), desired.to_json());
                return Ok(Resolved::Not(Outcome::Violation { message, observed, desired }));
            }
            Err(outcome) => return Ok(Resolved::Not(outcome)),
        }
    }
    Ok(Resolved::All(all))
}

type Found = Result<Option<Reviewer>, Outcome>;

fn one(text: &str, is: &Environment, cx: &Context<'_>) -> Result<Found, Pending> {
    if let Some(known) = is.reviewers.iter().find(|known| known.to_string() == text) {
        return Ok(Ok(Some(known.clone())));
    }
    let Some((is_team, name)) = parsed(text) else { return Ok(Ok(None)) };
    let id = |told: &Value| told.get("id").and_then(Value::as_u64);
    let made = |id: Option<u64>| id.map(|id| Reviewer { is_team, name: name.to_owned(), id });
    if !is_team {
        let told = cx.org_rest(RestRead::document(format!("/users/{}", encoded(name)), "metadata:read"))?;
        return Ok(Outcome::known(told).map(|told| made(told.and_then(id))));
    }
    let told = match Outcome::known(cx.org_rest(RestRead::list("teams", TEAMS))?) {
        Err(outcome) => return Ok(Err(outcome)),
        Ok(told) => told.and_then(Value::as_array),
    };
    let Some(teams) = told else {
        let reason = "GitHub does not show the organisation's teams".to_owned();
        return Ok(Err(Outcome::Unknown { reason, permission: Some(Permission::from(TEAMS)) }));
    };
    let is =
        |team: &&Value| team.get("slug").and_then(Value::as_str).is_some_and(|slug| slug.eq_ignore_ascii_case(name));
    Ok(Ok(made(teams.iter().find(is).and_then(id))))
}
