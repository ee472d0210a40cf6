//! The repository's own fields: each a setting of its own key under `[repo]`, all described by one table ([`fields`]).
//!
//! Read from the organisation's list of repositories, or (the merge settings, which the list lacks) by GraphQL for fifty at once.
//! `GET /repos/{owner}/{repo}` is asked only where neither tells; it leaves the merge settings out for a token that may not
//! write contents: what is absent is unknown, never false. Written by `PATCH /repos/{owner}/{repo}`, whose bodies the engine
//! joins, so that all fields of a repository go in one call; discussions by GraphQL's `updateRepository`, the only way there is.

mod archived;
mod default_branch;
mod fields;
mod homepage;
mod textual;
mod together;
mod topics;
mod visibility;

#[cfg(test)]
mod tests;

pub(super) use archived::Archived;
pub(super) use default_branch::DefaultBranch;
pub(super) use fields::{
    ALLOW_AUTO_MERGE, ALLOW_FORKING, ALLOW_MERGE_COMMIT, ALLOW_REBASE_MERGE, ALLOW_SQUASH_MERGE, ALLOW_UPDATE_BRANCH,
    DELETE_BRANCH_ON_MERGE, DESCRIPTION, HAS_DISCUSSIONS, HAS_ISSUES, HAS_PROJECTS, HAS_WIKI, HOMEPAGE, IS_TEMPLATE,
    MERGE_COMMIT_MESSAGE, MERGE_COMMIT_TITLE, SQUASH_MERGE_COMMIT_MESSAGE, SQUASH_MERGE_COMMIT_TITLE,
    WEB_COMMIT_SIGNOFF_REQUIRED,
};
pub use together::{Torn, torn};
pub(super) use topics::Topics;
pub(super) use visibility::VisibilityOf;

use serde_json::{Map, Value, json};

use super::{
    Context, Difference, GraphqlField, GraphqlWrite, Judgement, Meta, Need, Outcome, Pending, RestRead, RestWrite,
    Setting, Write, context::Asked,
};
use crate::model::{Desired, Effect, Reading, Repository, Tightens};

/// The permission that writes a repository's own fields.
const ADMINISTER: &str = "administration:write";
/// The call that writes them.
const PATCH: &str = "PATCH /repos/{owner}/{repo}";

/// One field of a repository.
pub(super) struct Field {
    meta: &'static Meta,
    /// GraphQL's name of it.
    graphql: GraphqlField,
    /// Whether the organisation's list has it.
    listed: bool,
    /// How two values are compared: the form that GitHub would keep.
    normal: fn(&Value) -> Value,
    /// Another field that the call must name beside it.
    beside: Option<&'static Self>,
    /// Why there is no such choice in a repository.
    never: fn(&Repository) -> Option<&'static str>,
    /// The organisation's field, and the value of it, that forbids some values here.
    bound: Option<Bound>,
    /// Whether only GraphQL writes it: the name of its input.
    mutated: Option<&'static str>,
}

/// What an organisation's own setting does to a field of its repositories.
struct Bound {
    /// The organisation's field.
    key: &'static str,
    /// The value of it that binds.
    at: bool,
    /// The values of the repository's field that GitHub then refuses to write.
    refuses: &'static [bool],
}

impl Setting for Field {
    fn meta(&self) -> &'static Meta {
        self.meta
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let wanted = desired.value("").cloned().unwrap_or_default();
        Ok(vec![self.outcome(&wanted, cx)?.whole()])
    }

    fn needs(&self, _part: Option<&str>, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        let wanted = desired.value("").cloned().unwrap_or_default();
        let mut needs = Vec::new();
        if let Some(Bound { key, at, refuses }) = &self.bound
            && wanted.as_bool().is_some_and(|wanted| refuses.contains(&wanted))
        {
            needs.push(Need::still_of_org(key, if *at { &["false"] } else { &["true"] }));
        }
        if self.key() == "allow_forking" {
            needs.push(Need::still("visibility", &["private", "internal"]));
        }
        needs.extend(self.partners(&wanted, cx)?);
        Ok(needs)
    }
}

impl Field {
    fn key(&self) -> &'static str {
        self.meta.shape.key
    }

    fn outcome(&self, wanted: &Value, cx: &Context<'_>) -> Result<Outcome, Pending> {
        let repository = cx.repository()?;
        if let Some(why) = (self.never)(repository) {
            return Ok(Outcome::NotApplicable(why.to_owned()));
        }
        // Both are asked before either is looked at.
        let (observed, beside) = (self.observe(cx), self.beside.map(|field| (field.key(), field.observe(cx))));
        let observed = match Outcome::known(observed?) {
            Ok(observed) => observed,
            Err(outcome) => return Ok(outcome),
        };
        if (self.normal)(&observed) == (self.normal)(wanted) {
            return Ok(Outcome::Compliant { observed, desired: wanted.clone() });
        }
        if let Some(message) = self.forbidden(wanted, cx)? {
            return Ok(Outcome::Violation { message, observed, desired: wanted.clone() });
        }
        let beside = match beside.map(|(key, value)| Ok((key, value?))).transpose()? {
            None => None,
            Some((key, value)) => match Outcome::known(value) {
                Ok(value) => Some(pair(key, value)),
                Err(outcome) => return Ok(outcome),
            },
        };
        let write = match self.mutated {
            Some(input) => Write::Graphql(mutation(repository, input, wanted)),
            None => {
                let call = RestWrite::with_body("PATCH", cx.repo_path("")?, pair(self.key(), wanted.clone()));
                // What else the call must name is said as it is now, and gives way to a change of its own.
                Write::Rest(RestWrite { base: beside, ..call })
            }
        };
        let effect = effect(self.meta.shape.tightens, wanted);
        Ok(Outcome::Differs(Difference::update(observed, wanted.clone(), effect, write)))
    }

    /// What GitHub says of the field: the list, else GraphQL, else the repository by itself.
    fn observe(&self, cx: &Context<'_>) -> Asked<Value> {
        let listed = listed(cx.repository()?, self.key()).filter(|_| self.listed);
        if let Some(value) = listed {
            return Ok(Reading::known(value));
        }
        let answer = cx.graphql(self.graphql)?;
        if let Some(value) = answer.value().filter(|value| !value.is_null()) {
            return Ok(Reading::known((*value).clone()));
        }
        let permission = self.graphql.permission.unwrap_or("metadata:read");
        let whole = cx.rest(RestRead::certain("", permission))?;
        Ok(whole.and_then(|body| match body.and_then(|body| body.get(self.key())) {
            Some(value) if !value.is_null() => Reading::known(value.clone()),
            _ => Reading::lacking(format!("GitHub leaves `{}` out for this token", self.key()), permission.into()),
        }))
    }

    /// What the other merge settings must be, so that GitHub takes this value.
    fn partners(&self, wanted: &Value, cx: &Context<'_>) -> Result<Option<Need>, Pending> {
        let partners = together::partners(self.key(), wanted);
        if partners.is_empty() {
            return Ok(None);
        }
        // All are asked before any is looked at.
        let asked: Vec<_> = partners.into_iter().map(|(field, words)| (field, words, field.observe(cx))).collect();
        let mut known = Vec::new();
        for (field, words, value) in asked {
            // What is hidden is left to GitHub's own answer.
            let Reading::Known { known: value } = value? else { return Ok(None) };
            known.push((field.key(), value, words));
        }
        Ok(Some(Need::any(known)))
    }

    /// Why the organisation does not let this value be, where its own setting shows it.
    fn forbidden(&self, wanted: &Value, cx: &Context<'_>) -> Result<Option<String>, Pending> {
        let Some(Bound { key, at, refuses }) = &self.bound else { return Ok(None) };
        if !wanted.as_bool().is_some_and(|wanted| refuses.contains(&wanted)) {
            return Ok(None);
        }
        let answer = cx.org_rest(RestRead::certain("", "organization_administration:read"))?;
        let says = answer.value().and_then(|body| body.and_then(|body| body.get(*key)));
        Ok((says == Some(&json!(at))).then(|| {
            format!(
                "the organisation's `{key}` is {at}, and GitHub then takes no `{} = {wanted}` of a repository; change it \
                 there, or waive this",
                self.key()
            )
        }))
    }
}

/// What the list says of a field; `None` where it leaves it out.
fn listed(repository: &Repository, key: &str) -> Option<Value> {
    match key {
        // None is told as an empty text, which is also what takes one away.
        "description" => Some(json!(repository.description.as_deref().unwrap_or_default())),
        "homepage" => Some(json!(repository.homepage.as_deref().unwrap_or_default())),
        "is_template" => Some(json!(repository.is_template)),
        _ => repository.other.get(key).filter(|value| !value.is_null()).cloned(),
    }
}

fn pair(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

fn effect(tightens: Tightens, after: &Value) -> Effect {
    match (tightens, after.as_bool()) {
        (Tightens::True, Some(after)) => Effect::tightening_if(after),
        (Tightens::False, Some(after)) => Effect::tightening_if(!after),
        _ => Effect::Neutral,
    }
}

fn mutation(repository: &Repository, input: &str, wanted: &Value) -> GraphqlWrite {
    GraphqlWrite {
        mutation: "mutation UpdateRepository($input: UpdateRepositoryInput!) { updateRepository(input: $input) { repository { id } } }",
        input: json!({"repositoryId": repository.node_id, input: wanted}),
    }
}
