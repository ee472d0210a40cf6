//! Classic branch protection. A state holds the rules as GraphQL tells them (`graphql.branchProtectionRules`), with the actors of
//! their allowances; REST's form is made from that and written into it.

use serde_json::{Map, Value, json};

use super::rest::{account_id, app_id, app_slug};
use super::rulesets::fits;
use super::teams;
use super::world::{Org, Repo, World, node_id};

const KEY: &str = "branchProtectionRules";

/// Switches: REST's name, GraphQL's name.
pub(super) const SWITCHES: &[(&str, &str)] = &[
    ("enforce_admins", "isAdminEnforced"),
    ("required_linear_history", "requiresLinearHistory"),
    ("allow_force_pushes", "allowsForcePushes"),
    ("allow_deletions", "allowsDeletions"),
    ("block_creations", "blocksCreations"),
    ("required_conversation_resolution", "requiresConversationResolution"),
    ("lock_branch", "lockBranch"),
    ("allow_fork_syncing", "lockAllowsFetchAndMerge"),
];

/// Switches of the reviews.
pub(super) const REVIEWS: &[(&str, &str)] = &[
    ("dismiss_stale_reviews", "dismissesStaleReviews"),
    ("require_code_owner_reviews", "requiresCodeOwnerReviews"),
    ("require_last_push_approval", "requireLastPushApproval"),
];

/// Returns the rules of a repository.
pub(super) fn rules(repo: &Repo) -> Vec<Value> {
    let all = repo.graphql.get(KEY).map(|all| all.get("nodes").unwrap_or(all)).and_then(Value::as_array);
    all.cloned().unwrap_or_default()
}

/// Keeps the rules of a repository.
pub(super) fn keep(repo: &mut Repo, rules: Vec<Value>) {
    repo.graphql.insert(KEY.to_owned(), json!({"totalCount": rules.len(), "nodes": rules}));
}

/// Returns the rule that holds for a branch: the one of its name, else the oldest whose pattern fits.
pub(super) fn of_branch(repo: &Repo, branch: &str) -> Option<Value> {
    let all = rules(repo);
    let exact = all.iter().find(|rule| rule["pattern"] == branch);
    exact.or_else(|| all.iter().find(|rule| fits(rule["pattern"].as_str().unwrap_or_default(), branch))).cloned()
}

/// Returns a new rule without any protection but against force pushes and deletion.
pub(super) fn blank(world: &mut World, pattern: &str) -> Value {
    let id = world.fresh_id();
    json!({"id": node_id("BPR", id), "databaseId": id, "pattern": pattern})
}

/// Returns an actor of an allowance: its GraphQL object.
fn actor(world: &World, org: &Org, kind: &str, name: &str) -> Option<Value> {
    let (typename, key, id, node) = match kind {
        "users" => {
            let id = account_id(name);
            ("User", "login", id, node_id("U", id))
        }
        "teams" => {
            let team = teams::by_slug(org, name)?;
            ("Team", "slug", teams::number(team), teams::node(team))
        }
        _ => {
            let id = app_id(world, name)?;
            ("App", "slug", id, node_id("A", id))
        }
    };
    let mut made = Map::new();
    made.insert("__typename".to_owned(), json!(typename));
    made.insert("id".to_owned(), json!(node));
    made.insert("databaseId".to_owned(), json!(id));
    made.insert(key.to_owned(), json!(name));
    Some(Value::Object(made))
}

/// Returns the allowances of REST's three lists.
pub(super) fn allowances(world: &World, org: &Org, lists: &Value) -> Value {
    let mut nodes = Vec::new();
    for kind in ["users", "teams", "apps"] {
        let names = lists.get(kind).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        nodes.extend(names.filter_map(|name| actor(world, org, kind, name)).map(|actor| json!({"actor": actor})));
    }
    json!({"totalCount": nodes.len(), "nodes": nodes})
}

/// Returns the allowances of GraphQL's ids.
pub(super) fn allowances_by_id(world: &World, org: &Org, ids: &Value) -> Value {
    let wanted = ids.as_array().into_iter().flatten().filter_map(Value::as_str);
    let nodes: Vec<Value> =
        wanted.filter_map(|id| actor_by_id(world, org, id)).map(|actor| json!({"actor": actor})).collect();
    json!({"totalCount": nodes.len(), "nodes": nodes})
}

fn actor_by_id(world: &World, org: &Org, id: &str) -> Option<Value> {
    if let Some(team) = teams::by_node(org, id) {
        return actor(world, org, "teams", teams::slug(team));
    }
    if let Some(number) = id.strip_prefix("A_kgDO").and_then(|hex| u64::from_str_radix(hex, 16).ok()) {
        return actor(world, org, "apps", &app_slug(world, number)?);
    }
    let login = world.accounts().find(|login| node_id("U", account_id(login)) == id)?;
    actor(world, org, "users", login)
}

/// Returns a check in GraphQL's form.
pub(super) fn check(world: &World, context: &str, app: Option<u64>) -> Value {
    let app = app.map(|id| {
        json!({"__typename": "App", "id": node_id("A", id), "databaseId": id, "slug": app_slug(world, id).unwrap_or_else(|| format!("app-{id}"))})
    });
    json!({"context": context, "app": app})
}

/// Writes the body of REST's PUT over a rule: what it leaves out is off again.
pub(super) fn replace(world: &World, org: &Org, rule: &mut Value, body: &Value) {
    let none = || json!({"totalCount": 0, "nodes": []});
    for (rest, graphql) in SWITCHES {
        rule[*graphql] = json!(body[*rest] == true);
    }
    let checks = &body["required_status_checks"];
    rule["requiresStatusChecks"] = json!(!checks.is_null());
    rule["requiresStrictStatusChecks"] = json!(checks["strict"] == true);
    let all = match checks["checks"].as_array().filter(|all| !all.is_empty()) {
        Some(all) => all.clone(),
        None => checks["contexts"].as_array().into_iter().flatten().map(|name| json!({"context": name})).collect(),
    };
    // Left out, the app that has recently set the check is taken; -1 is any.
    let app = |one: &Value| match one.get("app_id").and_then(Value::as_i64) {
        None => Some(super::rest::ACTIONS_APP),
        Some(id) => u64::try_from(id).ok(),
    };
    let told = all.iter().map(|one| check(world, one["context"].as_str().unwrap_or_default(), app(one)));
    rule["requiredStatusChecks"] = told.collect();
    let reviews = &body["required_pull_request_reviews"];
    rule["requiresApprovingReviews"] = json!(!reviews.is_null());
    for (rest, graphql) in REVIEWS {
        rule[*graphql] = json!(reviews[*rest] == true);
    }
    let count = reviews["required_approving_review_count"].as_u64();
    rule["requiredApprovingReviewCount"] = if reviews.is_null() { Value::Null } else { json!(count.unwrap_or(1)) };
    let dismissals = reviews["dismissal_restrictions"].as_object().filter(|lists| !lists.is_empty());
    rule["restrictsReviewDismissals"] = json!(dismissals.is_some());
    rule["reviewDismissalAllowances"] =
        dismissals.map_or_else(none, |lists| allowances(world, org, &Value::Object(lists.clone())));
    rule["bypassPullRequestAllowances"] = allowances(world, org, &reviews["bypass_pull_request_allowances"]);
    rule["restrictsPushes"] = json!(!body["restrictions"].is_null());
    rule["pushAllowances"] = allowances(world, org, &body["restrictions"]);
}
