//! What holds of one part of `actions`.

use serde_json::{Map, Value, json};

use super::{
    bounds,
    part::{PERMISSIONS, Part, RETENTION, SELECTED, normal, permission, there},
};
use crate::{
    model::{Desired, Mode, Reading},
    settings::{Context, Difference, Outcome, Pending, RestWrite, Write},
};

/// Judges a part that the policy declares.
pub(super) fn part(part: &Part, desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let wanted = normal(desired.value(part.key).unwrap_or(&Value::Null));
    if let Some(why) = elsewhere(part, cx)? {
        return Ok(Outcome::NotApplicable(why.to_owned()));
    }
    let policy = bounds::policy(part, cx)?;
    if let Some(outcome) = bounds::settled(part, &wanted, policy) {
        return Ok(outcome);
    }
    let document = match Outcome::known(there(part.document_in_force(cx)?, permission(cx))) {
        Err(outcome) => return Ok(outcome),
        Ok(document) => document,
    };
    let outcome = match document {
        InForce::Yes(document) => told(part, &wanted, document, desired, cx)?,
        InForce::NotSelected(permissions) => unselected(part, &wanted, permissions, desired, cx)?,
    };
    let Outcome::Differs(difference) = outcome else { return Ok(outcome) };
    Ok(match bounds::forbidden(part, &wanted, policy, cx)? {
        Some(message) => {
            Outcome::Violation { message, observed: difference.before.clone(), desired: difference.after.clone() }
        }
        None => Outcome::Differs(difference),
    })
}

/// Why a repository cannot have the part.
fn elsewhere(part: &Part, cx: &Context<'_>) -> Result<Option<&'static str>, Pending> {
    if cx.subject.is_none() {
        return Ok(None);
    }
    let is_public = cx.repository()?.is_public();
    Ok(match part.key {
        "fork_pr_contributor_approval" if !is_public => {
            Some("only public repositories have it: anybody may open a pull request from a fork there")
        }
        "access_level" if is_public => {
            Some("only private and internal repositories have it: everybody may use the actions of a public one")
        }
        _ => None,
    })
}

/// The document in which a part stands, if the part counts at all.
enum InForce<'a> {
    /// What GitHub says.
    Yes(&'a Value),
    /// `allowed_actions` is something else than `selected`; with the document that says so.
    NotSelected(&'a Value),
}

impl Part {
    /// Asks for the document; what is selected can be read only while something is.
    fn document_in_force<'a>(&self, cx: &Context<'a>) -> Result<Reading<Option<InForce<'a>>>, Pending> {
        if self.document != SELECTED {
            return Ok(self.document.ask(cx)?.map(|found| found.map(InForce::Yes)));
        }
        let permissions = match PERMISSIONS.ask(cx)? {
            Reading::Known { known: Some(permissions) } => permissions,
            other => return Ok(other.map(|found| found.map(InForce::NotSelected))),
        };
        if permissions.get("allowed_actions").and_then(Value::as_str) != Some("selected") {
            return Ok(Reading::known(Some(InForce::NotSelected(permissions))));
        }
        Ok(SELECTED.ask(cx)?.map(|found| found.map(InForce::Yes)))
    }
}

/// Compares with what GitHub says.
fn told(
    part: &Part,
    wanted: &Value,
    document: &Value,
    desired: &Desired,
    cx: &Context<'_>,
) -> Result<Outcome, Pending> {
    let Some(observed) = part.said(document) else { return untold(part, wanted, document, desired, cx) };
    if observed == *wanted {
        return Ok(Outcome::Compliant { observed, desired: wanted.clone() });
    }
    if part.document == RETENTION
        && let Some(most) = document.get("maximum_allowed_days").and_then(Value::as_i64)
        && wanted.as_i64().is_some_and(|days| days > most)
    {
        let message = format!("GitHub allows at most {most} days there; ask for fewer, or raise the limit above it");
        return Ok(Outcome::Violation { message, observed, desired: wanted.clone() });
    }
    differs(part, observed, wanted, document, desired, cx)
}

/// What GitHub leaves out: while Actions is off it says nothing of what may run.
fn untold(
    part: &Part,
    wanted: &Value,
    document: &Value,
    desired: &Desired,
    cx: &Context<'_>,
) -> Result<Outcome, Pending> {
    if part.document != PERMISSIONS || !is_off(document) {
        let reason = format!("GitHub's answer leaves `{}` out", part.field);
        return Ok(Outcome::unknown(reason, Some(permission(cx))));
    }
    if comes_on(desired) {
        return differs(part, Value::Null, wanted, document, desired, cx);
    }
    Ok(Outcome::NotApplicable(OFF.to_owned()))
}

const OFF: &str = "GitHub Actions is switched off, and GitHub says nothing of what may run";

/// Whether Actions runs nowhere that the document is about.
fn is_off(permissions: &Value) -> bool {
    permissions.get("enabled") == Some(&json!(false))
        || permissions.get("enabled_repositories").and_then(Value::as_str) == Some("none")
}

/// A part that counts only with `allowed_actions = "selected"`, which GitHub does not have yet.
fn unselected(
    part: &Part,
    wanted: &Value,
    permissions: &Value,
    desired: &Desired,
    cx: &Context<'_>,
) -> Result<Outcome, Pending> {
    if is_off(permissions) && !comes_on(desired) {
        return Ok(Outcome::NotApplicable(OFF.to_owned()));
    }
    if is_enforced(desired, "allowed_actions", &json!("selected")) {
        return differs(part, Value::Null, wanted, &Value::Null, desired, cx);
    }
    let now = permissions.get("allowed_actions").unwrap_or(&Value::Null);
    let message = format!(
        "it counts only where `allowed_actions` is \"selected\", and GitHub says {now}; write `allowed_actions = \"selected\"` too"
    );
    Ok(Outcome::Violation { message, observed: Value::Null, desired: wanted.clone() })
}

fn differs(
    part: &Part,
    observed: Value,
    wanted: &Value,
    document: &Value,
    desired: &Desired,
    cx: &Context<'_>,
) -> Result<Outcome, Pending> {
    let effect = part.safer.effect(&observed, wanted);
    let mut changes = Map::from_iter([(part.field.to_owned(), wanted.clone())]);
    let mut then = None;
    if part.key == "allowed_actions" && wanted == "selected" {
        // GitHub takes what is selected only afterwards; that nothing runs in between, it follows at once.
        then = selection(desired, cx)?;
        if then.is_some() && is_off(document) {
            changes.extend(coming_on(desired));
        }
    }
    let path = part.document.path(cx)?;
    let write = RestWrite::replacing("PUT", path, Value::Object(changes), part.document.base(document));
    let mut difference = Difference::update(observed, wanted.clone(), effect, Write::Rest(write));
    difference.writes.extend(then.map(Write::Rest));
    Ok(Outcome::Differs(difference))
}

/// The call that says what is selected, where the policy does.
fn selection(desired: &Desired, cx: &Context<'_>) -> Result<Option<RestWrite>, Pending> {
    let fields = ["github_owned_allowed", "verified_allowed", "patterns_allowed"];
    let declared = fields.iter().filter_map(|key| Some(((*key).to_owned(), normal(enforced(desired, key)?))));
    let body: Map<String, Value> = declared.collect();
    let path = SELECTED.path(cx)?;
    Ok((!body.is_empty()).then(|| RestWrite::with_body("PUT", path, Value::Object(body))))
}

/// Whether the policy switches Actions on.
fn comes_on(desired: &Desired) -> bool {
    let repositories = enforced(desired, "enabled_repositories");
    is_enforced(desired, "enabled", &json!(true)) || repositories.is_some_and(|wanted| wanted != "none")
}

/// What switches Actions on, where a word does.
fn coming_on(desired: &Desired) -> Option<(String, Value)> {
    let said = |key: &str| Some((key.to_owned(), enforced(desired, key)?.clone()));
    said("enabled").or_else(|| said("enabled_repositories").filter(|(_, word)| word.is_string()))
}

fn enforced<'d>(desired: &'d Desired, key: &str) -> Option<&'d Value> {
    desired.leaf(key).filter(|leaf| leaf.mode == Mode::Enforce).map(|leaf| &leaf.value)
}

fn is_enforced(desired: &Desired, key: &str, value: &Value) -> bool {
    enforced(desired, key) == Some(value)
}
