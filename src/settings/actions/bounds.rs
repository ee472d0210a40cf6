//! What an organisation's Actions policy says of its repositories: what it proves without a call for each, and what it forbids.
//!
//! Proven is only what is the strictest that there is, since a repository cannot be laxer than its organisation:
//! `enabled_repositories = none`, `allowed_actions = local_only`, `sha_pinning_required`, and the default of the token (*if the
//! default is set to the restricted permissions at any of these levels then this will apply*, GitHub's documentation of
//! automatic token authentication).

use serde_json::{Value, json};

use super::part::{ALLOWED, Document, ORGANISATION_READ, PERMISSIONS, Part, WORKFLOW};
use crate::settings::{Context, Outcome, Pending, RestRead};

/// The value that the organisation's setting gives to every repository, and the setting that does.
fn proven(part: &Part, policy: &Value) -> Option<(Value, &'static str)> {
    let is = |field: &str, value: Value| policy.get(field) == Some(&value);
    let proof = match part.key {
        "enabled" if is("enabled_repositories", json!("none")) => (json!(false), "enabled_repositories"),
        "allowed_actions" if is("allowed_actions", json!("local_only")) => (json!("local_only"), "allowed_actions"),
        "sha_pinning_required" if is("sha_pinning_required", json!(true)) => (json!(true), "sha_pinning_required"),
        "default_workflow_permissions" if is("default_workflow_permissions", json!("read")) => {
            (json!("read"), "default_workflow_permissions")
        }
        _ => return None,
    };
    Some(proof)
}

/// The organisation's document that bounds a part of a repository.
fn bounding(part: &Part) -> Option<Document> {
    match part.key {
        "default_workflow_permissions" | "can_approve_pull_request_reviews" => Some(WORKFLOW),
        "enabled"
        | "allowed_actions"
        | "sha_pinning_required"
        | "github_owned_allowed"
        | "verified_allowed"
        | "patterns_allowed" => Some(PERMISSIONS),
        _ => None,
    }
}

/// The organisation's policy that bounds a part; `None` where nothing does, or it cannot be seen.
pub(super) fn policy<'a>(part: &Part, cx: &Context<'a>) -> Result<Option<&'a Value>, Pending> {
    match bounding(part).filter(|_| cx.subject.is_some()) {
        Some(document) => Ok(document.of_org(cx)?.value().copied().flatten()),
        None => Ok(None),
    }
}

/// What the organisation alone says of a part of a repository.
pub(super) fn settled(part: &Part, wanted: &Value, policy: Option<&Value>) -> Option<Outcome> {
    let (observed, by) = proven(part, policy?)?;
    let desired = wanted.clone();
    if observed == *wanted {
        return Some(Outcome::Compliant { observed, desired });
    }
    let message = format!(
        "the organisation's `actions.{by}` is {}, which holds in every repository; change it there first",
        policy?.get(by).unwrap_or(&Value::Null)
    );
    Some(Outcome::Violation { message, observed, desired })
}

/// Why the organisation would answer the change with 409, where that is visible.
pub(super) fn forbidden(
    part: &Part,
    wanted: &Value,
    policy: Option<&Value>,
    cx: &Context<'_>,
) -> Result<Option<String>, Pending> {
    let Some(policy) = policy else { return Ok(None) };
    let word = |field: &str| policy.get(field).and_then(Value::as_str).unwrap_or_default();
    let because = |field: &str, what: &str| {
        let value = policy.get(field).unwrap_or(&Value::Null);
        Some(format!("the organisation's `actions.{field}` is {value}, {what}; change it there first"))
    };
    Ok(match part.key {
        "enabled" if word("enabled_repositories") == "selected" && *wanted == json!(true) => match is_selected(cx)? {
            Some(false) => because("enabled_repositories", "and this repository is not among those selected"),
            _ => None,
        },
        "allowed_actions" => {
            let place = |word: &str| ALLOWED.iter().position(|known| *known == word);
            let (bound, asked) = (place(word("allowed_actions")), place(wanted.as_str().unwrap_or_default()));
            if bound.zip(asked).is_some_and(|(bound, asked)| asked < bound) {
                because("allowed_actions", "and a repository cannot allow more")
            } else {
                None
            }
        }
        "github_owned_allowed" | "verified_allowed" | "patterns_allowed" if word("allowed_actions") == "selected" => {
            because("allowed_actions", "and what it selects cannot be changed in a repository")
        }
        "can_approve_pull_request_reviews" if policy.get(part.key) == Some(&json!(false)) && *wanted == json!(true) => {
            because(part.key, "and a repository cannot allow it")
        }
        _ => None,
    })
}

/// Whether the repository is among those that the organisation selected; `None` where that cannot be seen.
fn is_selected(cx: &Context<'_>) -> Result<Option<bool>, Pending> {
    let read = RestRead::list_in("actions/permissions/repositories", "repositories", ORGANISATION_READ);
    let answer = cx.org_rest(read)?;
    let id = cx.repository()?.id;
    let list = answer.value().copied().flatten().and_then(Value::as_array);
    Ok(list.map(|list| list.iter().any(|item| item.get("id").and_then(Value::as_u64) == Some(id))))
}
