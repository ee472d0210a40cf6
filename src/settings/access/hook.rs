//! How a webhook is read, compared and written.
//!
//! `GET …/hooks` lists them with a masked secret (`********`); `POST …/hooks` makes one, `PATCH …/hooks/{hook_id}` changes events and
//! whether it is active, `PATCH …/hooks/{hook_id}/config` the rest, and that call alone leaves a secret that it does not name;
//! `DELETE …/hooks/{hook_id}`. `…` is `/repos/{owner}/{repo}` or `/orgs/{org}`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::people;
use crate::{
    model::{Action, Desired, Effect, Reading},
    settings::{Context, Difference, Judgement, Outcome, Pending, RestRead, RestWrite, Write},
};

/// The parts, in the order of reports.
pub(super) const PARTS: &[&str] = &["events", "active", "content_type", "insecure_ssl", "secret"];

fn hooks<'a>(cx: &Context<'a>) -> Result<Reading<&'a [Value]>, Pending> {
    let (answer, permission) = if cx.subject.is_some() {
        let permission = "repository_hooks:read";
        (cx.rest(RestRead::list("hooks", permission))?, permission)
    } else {
        let permission = "organization_hooks:read";
        (cx.org_rest(RestRead::list("hooks", permission))?, permission)
    };
    Ok(people::list(answer, permission, "webhooks"))
}

fn path(suffix: &str, cx: &Context<'_>) -> Result<String, Pending> {
    if cx.subject.is_some() { cx.repo_path(suffix) } else { Ok(cx.org_path(suffix)) }
}

fn url(hook: &Value) -> Option<&str> {
    hook.pointer("/config/url").and_then(Value::as_str)
}

/// The URLs of all webhooks.
pub(super) fn existing(cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
    Ok(hooks(cx)?.map(|hooks| {
        let urls: BTreeSet<&str> = hooks.iter().filter_map(url).collect();
        urls.into_iter().map(str::to_owned).collect()
    }))
}

/// Judges that the webhook is there, and where it is the parts that the policy gives.
pub(super) fn judge(desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
    let wanted = desired.name.as_deref().unwrap_or_default();
    let parts = || PARTS.iter().copied().filter(|part| desired.declares(part));
    let hooks = match Outcome::known(hooks(cx)?) {
        Err(outcome) => {
            let of_parts = parts().map(|part| outcome.clone().of_part(part));
            return Ok(std::iter::once(outcome.clone().whole()).chain(of_parts).collect());
        }
        Ok(hooks) => hooks,
    };
    let named: Vec<&Value> = hooks.iter().filter(|hook| url(hook) == Some(wanted)).collect();
    if desired.is_pruned() {
        return Ok(vec![pruned(&named, cx)?.whole()]);
    }
    match named.as_slice() {
        [] => Ok(vec![create(wanted, desired, cx)?.whole()]),
        [hook] => {
            let of_parts = parts().map(|part| Ok(compare(part, desired, hook, cx)?.of_part(part)));
            std::iter::once(Ok(there(hook, desired).whole())).chain(of_parts).collect()
        }
        more => {
            let message = format!("{} webhooks have this URL; remove all but one by hand", more.len());
            let (observed, desired) = (json!(more.len()), desired.to_json());
            Ok(vec![Outcome::Violation { message, observed, desired }.whole()])
        }
    }
}

/// It is there; what the policy says of it is judged by the parts.
fn there(hook: &Value, desired: &Desired) -> Outcome {
    let said: Map<String, Value> = PARTS
        .iter()
        .filter(|part| desired.declares(part))
        .map(|part| ((*part).to_owned(), observed(part, hook)))
        .collect();
    Outcome::Compliant { observed: Value::Object(said), desired: desired.to_json() }
}

fn pruned(named: &[&Value], cx: &Context<'_>) -> Result<Outcome, Pending> {
    if named.is_empty() {
        return Ok(Outcome::Compliant { observed: json!(null), desired: json!(null) });
    }
    let mut writes = Vec::new();
    for id in named.iter().filter_map(|hook| hook.get("id").and_then(Value::as_u64)) {
        writes.push(Write::Rest(RestWrite::bare("DELETE", path(&format!("hooks/{id}"), cx)?)));
    }
    let before: Map<String, Value> =
        named.iter().flat_map(|hook| PARTS.iter().map(|part| ((*part).to_owned(), observed(part, hook)))).collect();
    Ok(Outcome::Differs(Box::new(Difference {
        before: Value::Object(before),
        after: Value::Null,
        action: Action::Delete,
        effect: Effect::Neutral,
        deletes: true,
        moves: Vec::new(),
        writes,
        restricted: None,
    })))
}

/// Makes a webhook; one that needs a secret cannot be made.
fn create(url: &str, desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let settings = format!("https://github.com/{}/settings/hooks", place(cx)?);
    let not = |message: String| Outcome::Violation { message, observed: json!(null), desired: desired.to_json() };
    if desired.bool("secret") == Some(true) {
        return Ok(not(format!(
            "there is no such webhook, and its secret cannot be invented; make it under {settings} with a secret that its receiver knows"
        )));
    }
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Ok(not("it is no URL of the web, so that no webhook can be made of it".to_owned()));
    }
    if desired.value("events").is_none() {
        return Ok(not(format!("there is no such webhook; give its `events`, or make it under {settings}")));
    }
    let insecure = desired.bool("insecure_ssl") == Some(true);
    let content_type = desired.text("content_type").unwrap_or("json");
    let body = json!({
        "name": "web", "active": desired.bool("active").unwrap_or(true), "events": wanted("events", desired),
        "config": {"url": url, "content_type": content_type, "insecure_ssl": ssl(insecure)},
    });
    let write = Write::Rest(RestWrite::with_body("POST", path("hooks", cx)?, body));
    let effect = if insecure { Effect::Loosening } else { Effect::Neutral };
    let mut difference = Difference::update(Value::Null, desired.to_json(), effect, write);
    difference.action = Action::Create;
    Ok(Outcome::Differs(difference))
}

/// Where the settings page is: `organizations/ORG` or `ORG/REPO`.
fn place(cx: &Context<'_>) -> Result<String, Pending> {
    if cx.subject.is_none() {
        return Ok(format!("organizations/{}", cx.org));
    }
    Ok(cx.repo_ref()?.to_string())
}

const fn ssl(insecure: bool) -> &'static str {
    if insecure { "1" } else { "0" }
}

/// A part as GitHub has it, in the policy's form.
fn observed(part: &str, hook: &Value) -> Value {
    let config = |key: &str| hook.pointer(&format!("/config/{key}"));
    match part {
        "events" => sorted(hook.get("events")),
        "active" => hook.get("active").cloned().unwrap_or(Value::Null),
        "content_type" => config("content_type").cloned().unwrap_or_else(|| json!("form")),
        // A text or a number, as it came.
        "insecure_ssl" => json!(config("insecure_ssl").is_some_and(|value| value == "1" || value == 1)),
        _ => json!(config("secret").and_then(Value::as_str).is_some_and(|secret| !secret.is_empty())),
    }
}

fn wanted(part: &str, desired: &Desired) -> Value {
    match desired.value(part) {
        list @ Some(Value::Array(_)) => sorted(list),
        value => value.cloned().unwrap_or(Value::Null),
    }
}

/// The order of events means nothing.
fn sorted(list: Option<&Value>) -> Value {
    let words: BTreeSet<&str> =
        list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    json!(words)
}

fn compare(part: &str, desired: &Desired, hook: &Value, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let (now, wished) = (observed(part, hook), wanted(part, desired));
    if now == wished {
        return Ok(Outcome::Compliant { observed: now, desired: wished });
    }
    if part == "secret" {
        let page = format!("https://github.com/{}/settings/hooks", place(cx)?);
        let message = if wished == true {
            format!("it has no secret, and none is invented: set one under {page}, and tell its receiver")
        } else {
            format!(
                "it has a secret, and none is ever taken away; remove it under {page}, or leave `secret` out of the policy"
            )
        };
        return Ok(Outcome::Violation { message, observed: now, desired: wished });
    }
    let Some(id) = hook.get("id").and_then(Value::as_u64) else {
        return Ok(Outcome::unknown("GitHub gave the webhook no number", None));
    };
    let (suffix, value) = match part {
        "events" | "active" => (format!("hooks/{id}"), wished.clone()),
        "insecure_ssl" => (format!("hooks/{id}/config"), json!(ssl(wished == true))),
        _ => (format!("hooks/{id}/config"), wished.clone()),
    };
    let effect = if part == "insecure_ssl" { Effect::tightening_if(wished == false) } else { Effect::Neutral };
    let write = Write::Rest(RestWrite::with_body("PATCH", path(&suffix, cx)?, json!({ part: value })));
    Ok(Outcome::Differs(Difference::update(now, wished, effect, write)))
}
