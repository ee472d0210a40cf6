//! Rulesets: what GitHub fills in, whom an organisation's reaches, and which branches.

use globset::GlobBuilder;
use serde_json::{Map, Value, json};

use super::world::{Org, Repo};

/// Rule types: the name, GraphQL's type of the parameters, the parameters that must be given, and those that GitHub fills in.
type Kind = (&'static str, &'static str, &'static [&'static str], fn() -> Value);

fn none() -> Value {
    json!({})
}

fn pattern() -> Value {
    json!({"negate": false})
}

const KINDS: &[Kind] = &[
    ("creation", "", &[], none),
    ("update", "UpdateParameters", &[], none),
    ("deletion", "", &[], none),
    ("required_linear_history", "", &[], none),
    (
        "merge_queue",
        "MergeQueueParameters",
        &[
            "check_response_timeout_minutes",
            "grouping_strategy",
            "max_entries_to_build",
            "max_entries_to_merge",
            "merge_method",
            "min_entries_to_merge",
            "min_entries_to_merge_wait_minutes",
        ],
        none,
    ),
    ("required_deployments", "RequiredDeploymentsParameters", &["required_deployment_environments"], none),
    ("required_signatures", "", &[], none),
    (
        "pull_request",
        "PullRequestParameters",
        &[
            "dismiss_stale_reviews_on_push",
            "require_code_owner_review",
            "require_last_push_approval",
            "required_approving_review_count",
            "required_review_thread_resolution",
        ],
        || json!({"allowed_merge_methods": ["merge", "squash", "rebase"], "required_reviewers": []}),
    ),
    (
        "required_status_checks",
        "RequiredStatusChecksParameters",
        &["required_status_checks", "strict_required_status_checks_policy"],
        || json!({"do_not_enforce_on_create": false}),
    ),
    ("non_fast_forward", "", &[], none),
    ("commit_message_pattern", "CommitMessagePatternParameters", &["operator", "pattern"], pattern),
    ("commit_author_email_pattern", "CommitAuthorEmailPatternParameters", &["operator", "pattern"], pattern),
    ("committer_email_pattern", "CommitterEmailPatternParameters", &["operator", "pattern"], pattern),
    ("branch_name_pattern", "BranchNamePatternParameters", &["operator", "pattern"], pattern),
    ("tag_name_pattern", "TagNamePatternParameters", &["operator", "pattern"], pattern),
    ("workflows", "WorkflowsParameters", &["workflows"], || json!({"do_not_enforce_on_create": false})),
    ("code_scanning", "CodeScanningParameters", &["code_scanning_tools"], none),
    ("copilot_code_review", "", &[], || json!({"review_draft_pull_requests": false, "review_on_push": false})),
    ("license_compliance_scanning", "", &[], none),
    ("file_path_restriction", "FilePathRestrictionParameters", &["restricted_file_paths"], none),
    ("max_file_path_length", "MaxFilePathLengthParameters", &["max_file_path_length"], none),
    ("file_extension_restriction", "FileExtensionRestrictionParameters", &["restricted_file_extensions"], none),
    ("max_file_size", "MaxFileSizeParameters", &["max_file_size"], none),
];

/// The types that GraphQL does not tell.
const REST_ONLY: &[&str] = &["copilot_code_review", "license_compliance_scanning"];

/// Returns GraphQL's type for the parameters of a rule; none where GraphQL does not tell such rules.
pub(super) fn graphql_type(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(name, ..)| *name == kind && !REST_ONLY.contains(name)).map(|(_, typename, ..)| *typename)
}

/// Returns a rule with what GitHub fills in, or what is wrong with it. One that GitHub does not know is refused.
pub(super) fn filled(rule: &Value) -> Result<Value, String> {
    let name = rule.get("type").and_then(Value::as_str).unwrap_or_default();
    let Some((_, _, required, defaults)) = KINDS.iter().find(|(kind, ..)| *kind == name) else {
        return Err(format!("Invalid rule '{name}'"));
    };
    let given = rule.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(missing) = required.iter().find(|key| !given.contains_key(**key)) {
        return Err(format!("Invalid parameter for rule '{name}': {missing} is missing"));
    }
    let mut parameters = defaults().as_object().cloned().unwrap_or_default();
    parameters.extend(given);
    // GitHub answers an update rule that allows nothing without its parameter.
    if parameters.get("update_allows_fetch_and_merge") == Some(&json!(false)) {
        parameters.remove("update_allows_fetch_and_merge");
    }
    if let Some(Value::Array(checks)) = parameters.get_mut("required_status_checks") {
        if checks.iter().any(|check| !check["context"].is_string()) {
            return Err(format!("Invalid parameter for rule '{name}': context is missing"));
        }
        if checks.iter().any(|check| check.get("integration_id").is_some_and(|id| !id.is_u64() && !id.is_null())) {
            return Err(format!("Invalid parameter for rule '{name}': integration_id is not a number"));
        }
    }
    Ok(if parameters.is_empty() { json!({"type": name}) } else { json!({"type": name, "parameters": parameters}) })
}

/// Returns a ruleset as GitHub keeps it: with everything that was left out.
pub(super) fn whole(ruleset: &Value, stamp: &str) -> Map<String, Value> {
    let mut all = ruleset.as_object().cloned().unwrap_or_default();
    let or = |all: &mut Map<String, Value>, key: &str, value: Value| {
        if all.get(key).is_none_or(Value::is_null) {
            all.insert(key.to_owned(), value);
        }
    };
    or(&mut all, "target", json!("branch"));
    or(&mut all, "enforcement", json!("active"));
    or(&mut all, "bypass_actors", json!([]));
    or(&mut all, "rules", json!([]));
    if all["target"] == "branch" || all["target"] == "tag" {
        or(&mut all, "conditions", json!({"ref_name": {"include": [], "exclude": []}}));
    } else {
        or(&mut all, "conditions", json!({}));
    }
    or(&mut all, "created_at", json!(stamp));
    or(&mut all, "updated_at", json!(stamp));
    if let Some(Value::Array(rules)) = all.get_mut("rules") {
        for rule in rules {
            // One that a state holds and the simulator does not know is kept.
            if let Ok(known) = filled(rule) {
                *rule = known;
            }
        }
    }
    if let Some(Value::Array(actors)) = all.get_mut("bypass_actors") {
        for actor in actors.iter_mut().filter_map(Value::as_object_mut) {
            actor.entry("bypass_mode").or_insert_with(|| json!("always"));
            match actor.get("actor_type").and_then(Value::as_str) {
                Some("DeployKey") => actor.insert("actor_id".to_owned(), Value::Null),
                Some("OrganizationAdmin") => actor.insert("actor_id".to_owned(), json!(1)),
                _ => None,
            };
        }
    }
    all
}

/// Whether a text fits a pattern of GitHub's: `*` does not cross `/`.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(text))
}

fn listed<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v str> {
    value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a ruleset is for a branch.
pub(super) fn is_for(ruleset: &Value, branch: &str, default: &str) -> bool {
    let refs = &ruleset["conditions"]["ref_name"];
    let whole = format!("refs/heads/{branch}");
    let hit = |pattern: &str| match pattern {
        "~ALL" => true,
        "~DEFAULT_BRANCH" => branch == default,
        pattern => fits(pattern, &whole),
    };
    ruleset["target"] == "branch" && listed(refs, "include").any(hit) && !listed(refs, "exclude").any(hit)
}

/// Whether an organisation's ruleset is for a repository.
pub(super) fn covers(ruleset: &Value, repo: &Repo) -> bool {
    let conditions = &ruleset["conditions"];
    let names = &conditions["repository_name"];
    let hit = |pattern: &str| pattern == "~ALL" || fits(pattern, &repo.name);
    if names.is_object() {
        return listed(names, "include").any(hit) && !listed(names, "exclude").any(hit);
    }
    if let Some(ids) = conditions["repository_id"]["repository_ids"].as_array() {
        return ids.iter().any(|id| id.as_u64() == Some(repo.id));
    }
    let has = |property: &Value| {
        let own = repo.fields.get("custom_properties").and_then(|all| all.get(property["name"].as_str()?));
        listed(property, "property_values").any(|value| own.and_then(Value::as_str) == Some(value))
    };
    // All of those included must match, and none of those excluded.
    let properties = &conditions["repository_property"];
    let included = properties["include"].as_array().is_some_and(|all| !all.is_empty() && all.iter().all(has));
    included && !properties["exclude"].as_array().is_some_and(|all| all.iter().any(has))
}

/// Returns the rulesets that a place of the world has.
pub(super) fn own(readings: &std::collections::BTreeMap<String, Value>) -> Vec<&Value> {
    let known = readings.get("rulesets").and_then(|reading| reading.get("known")).and_then(Value::as_array);
    known.into_iter().flatten().collect()
}

/// Returns the organisation's rulesets that are for a repository.
pub(super) fn parents<'w>(org: &'w Org, repo: &Repo) -> Vec<&'w Value> {
    own(&org.rest).into_iter().filter(|ruleset| covers(ruleset, repo)).collect()
}
