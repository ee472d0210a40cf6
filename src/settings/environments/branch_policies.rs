//! The name patterns of the branches and tags that may deploy: one call for each that is added or taken away.

use serde_json::{Value, json};

use super::{
    READ,
    observed::{CUSTOM, Environment},
    path_of,
};
use crate::{
    model::{Desired, Effect, Permission},
    settings::{
        Context, Judgement, Outcome, Pending, RestRead, RestWrite, Write,
        item::{encoded, holds, updated},
    },
};

const PART: &str = "branch_policies";
const ROUTE: &str = "deployment-branch-policies";

/// Judges the patterns, where the policy declares them.
pub(super) fn judge(
    desired: &Desired,
    found: Option<&Environment>,
    cx: &Context<'_>,
) -> Result<Option<Judgement>, Pending> {
    if !desired.declares(PART) {
        return Ok(None);
    }
    Ok(Some(outcome(desired, found, cx)?.of_part(PART)))
}

/// A pattern in the policy's form: `main`, `tag:v*`.
fn form(told: &Value) -> Option<String> {
    let name = told.get("name")?.as_str()?;
    let is_tag = told.get("type").and_then(Value::as_str) == Some("tag");
    Some(if is_tag { format!("tag:{name}") } else { name.to_owned() })
}

fn outcome(desired: &Desired, found: Option<&Environment>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let name = found.map_or_else(|| desired.name.as_deref().unwrap_or_default(), |found| found.name.as_str());
    let mut wanted: Vec<&str> = desired.texts(PART);
    wanted.sort_unstable();
    wanted.dedup();
    let is_custom = found.is_some_and(Environment::is_custom);
    // Without custom policies GitHub has no patterns: it is not asked.
    let told = if is_custom { policies(name, cx)? } else { Ok(&[] as &[Value]) };
    let told = match told {
        Err(outcome) => return Ok(outcome),
        Ok(told) => told,
    };
    let mut observed: Vec<String> = told.iter().filter_map(form).collect();
    observed.sort();
    if observed == wanted && is_custom {
        return Ok(holds(json!(observed), json!(wanted)));
    }
    if !is_custom && desired.text("deployment_branch_policy") != Some(CUSTOM) {
        let message = "the environment has no custom branch policies; write `deployment_branch_policy = \"custom_branch_policies\"`";
        return Ok(Outcome::Violation {
            message: message.to_owned(),
            observed: json!(observed),
            desired: json!(wanted),
        });
    }
    let base = format!("{}/{ROUTE}", path_of(cx, name)?);
    let new: Vec<&&str> = wanted.iter().filter(|pattern| !observed.iter().any(|is| is == *pattern)).collect();
    let mut writes: Vec<Write> = new.iter().map(|pattern| add(&base, pattern)).collect();
    let old = told.iter().filter(|one| form(one).is_some_and(|pattern| !wanted.contains(&pattern.as_str())));
    writes.extend(old.map(|one| {
        let id = one.get("id").map(ToString::to_string).unwrap_or_default();
        Write::Rest(RestWrite::bare("DELETE", format!("{base}/{}", encoded(&id))))
    }));
    // Where all branches could deploy, the patterns only say which still may.
    let effect = if is_custom { Effect::tightening_if(new.is_empty()) } else { Effect::Neutral };
    if writes.is_empty() {
        return Ok(holds(json!(observed), json!(wanted)));
    }
    Ok(updated(json!(observed), json!(wanted), effect, writes))
}

fn add(base: &str, pattern: &str) -> Write {
    let body = match pattern.strip_prefix("tag:") {
        Some(tag) => json!({"name": tag, "type": "tag"}),
        None => json!({"name": pattern, "type": "branch"}),
    };
    Write::Rest(RestWrite::with_body("POST", base.to_owned(), body))
}

#[expect(clippy::result_large_err, reason = "it is looked at at once and never passed on")]
fn policies<'a>(name: &str, cx: &Context<'a>) -> Result<Result<&'a [Value], Outcome>, Pending> {
    let suffix = format!("environments/{}/{ROUTE}", encoded(name));
    let told = cx.rest(RestRead::list_in(suffix, "branch_policies", READ))?;
    Ok(Outcome::known(told).and_then(|told| match told.and_then(Value::as_array) {
        Some(all) => Ok(all.as_slice()),
        None => {
            let reason = "GitHub does not show the branch policies of the environment".to_owned();
            Err(Outcome::Unknown { reason, permission: Some(Permission::from(READ)) })
        }
    }))
}
