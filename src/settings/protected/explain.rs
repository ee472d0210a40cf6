//! What protects a branch, told for `ordain explain`, and what a ruleset equal to the classic protection would be.

use serde_json::{Map, Value, json};

use super::sources::{Source, Sources};
use crate::settings::branch_protection::Rule;

/// What protects a branch and from where, and the ruleset to paste.
pub(super) fn lines(branch: &str, is_default: bool, sources: &Sources) -> Vec<String> {
    let mut lines = Vec::new();
    if sources.all.is_empty() {
        lines.push(format!("nothing protects `{branch}`"));
    } else {
        lines.push(format!("`{branch}` is protected by"));
        lines.extend(sources.all.iter().map(|source| format!("  {}", told(source))));
    }
    if sources.hidden.is_some() {
        lines.push("  and perhaps by what this token may not see".to_owned());
    }
    if let Some(rule) = &sources.classic {
        lines.push(format!("a ruleset equal to the classic protection of `{}` would be", rule.pattern));
        lines.extend(ruleset(rule, is_default && rule.pattern == branch).into_iter().map(|line| format!("  {line}")));
    }
    lines
}

fn told(source: &Source) -> String {
    let rules: Vec<String> = source.rules.iter().map(|(kind, parameters)| rule(kind, parameters)).collect();
    let bypass = match source.bypassed {
        Some(true) => "; some may go around it",
        Some(false) => "; nobody may go around it",
        None => "",
    };
    let rules = if rules.is_empty() { "no rule".to_owned() } else { rules.join(", ") };
    format!("{}: {rules}{bypass}", source.name)
}

fn rule(kind: &str, parameters: &Map<String, Value>) -> String {
    match kind {
        "pull_request" => {
            let count = parameters.get("required_approving_review_count").and_then(Value::as_u64).unwrap_or(0);
            format!("pull_request ({count} approvals)")
        }
        "required_status_checks" => format!("required_status_checks ({})", super::contexts(parameters).join(", ")),
        kind => kind.to_owned(),
    }
}

/// A key of TOML.
fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { text.to_owned() } else { json!(text).to_string() }
}

/// The TOML of a ruleset that says what a classic rule says. What no ruleset can say stands in a comment.
fn ruleset(rule: &Rule, is_default: bool) -> Vec<String> {
    let on = |key: &str| rule.fields.get(key) == Some(&json!(true));
    let table = format!("repo.rulesets.{}", key(&rule.pattern));
    let target = if is_default { "~DEFAULT_BRANCH".to_owned() } else { format!("refs/heads/{}", rule.pattern) };
    let bypass = if on("enforce_admins") { "{}" } else { "{ \"role:admin\" = \"always\" }" };
    let mut lines = vec![
        format!("[{table}]"),
        "target = \"branch\"".to_owned(),
        "enforcement = \"active\"".to_owned(),
        format!("conditions = {{ ref_name = {{ include = [{}] }} }}", json!(target)),
        format!("bypass_actors = {bypass}"),
    ];
    let mut bare = |kind: &str, is: bool| {
        if is {
            lines.push(format!("[{table}.rules.{kind}]"));
        }
    };
    bare("deletion", !on("allow_deletions"));
    bare("non_fast_forward", !on("allow_force_pushes"));
    bare("required_linear_history", on("required_linear_history"));
    bare("required_signatures", on("required_signatures"));
    bare("update", on("lock_branch"));
    reviews(rule, &table, &mut lines);
    checks(rule, &table, &mut lines);
    if rule.fields.get("restrictions").is_some_and(Value::is_object) {
        lines.push(
            "# who may push: no ruleset says it so; a rule `update` with the same as `bypass_actors` comes near"
                .to_owned(),
        );
    }
    lines
}

fn reviews(rule: &Rule, table: &str, lines: &mut Vec<String>) {
    let resolved = rule.fields.get("required_conversation_resolution") == Some(&json!(true));
    let Some(Value::Object(reviews)) = rule.fields.get("required_pull_request_reviews") else {
        if resolved {
            lines.push("# resolved conversations: in a ruleset they come with pull requests only".to_owned());
        }
        return;
    };
    lines.push(format!("[{table}.rules.pull_request]"));
    let said = |key: &str| reviews.get(key).cloned().unwrap_or_else(|| json!(false));
    for (key, value) in [
        ("required_approving_review_count", said("required_approving_review_count")),
        ("dismiss_stale_reviews_on_push", said("dismiss_stale_reviews")),
        ("require_code_owner_review", said("require_code_owner_reviews")),
        ("require_last_push_approval", said("require_last_push_approval")),
        ("required_review_thread_resolution", json!(resolved)),
    ] {
        lines.push(format!("{key} = {value}"));
    }
}

fn checks(rule: &Rule, table: &str, lines: &mut Vec<String>) {
    let Some(Value::Object(checks)) = rule.fields.get("required_status_checks") else { return };
    lines.push(format!("[{table}.rules.required_status_checks]"));
    lines.push(format!("strict_required_status_checks_policy = {}", checks.get("strict") == Some(&json!(true))));
    let all = checks.get("checks").and_then(Value::as_array).into_iter().flatten();
    let all = all.map(|one| match one["app_id"].as_u64() {
        Some(app) => format!("{{ context = {}, integration_id = {app} }}", one["context"]),
        None => format!("{{ context = {} }}", one["context"]),
    });
    lines.push(format!("required_status_checks = [{}]", all.collect::<Vec<_>>().join(", ")));
}
