//! Classic protection as GitHub tells it: the rules of fifty repositories in one query, in REST's words.
//!
//! GraphQL: `Repository.branchProtectionRules`, which has the rules for patterns too, that REST cannot list. GitHub shows none to a
//! token that may not read the repository's administration, and does not say so.

use serde_json::{Map, Value, json};

use crate::{
    model::{Permission, Reading},
    settings::{Context, GraphqlField, Pending},
};

/// What reading needs.
pub(super) const READS: &str = "administration:read";

const RULES: GraphqlField = GraphqlField {
    key: "branchProtectionRules",
    selection: "branchProtectionRules(first: 50) { totalCount nodes { id databaseId pattern allowsDeletions allowsForcePushes \
                blocksCreations dismissesStaleReviews isAdminEnforced lockAllowsFetchAndMerge lockBranch requireLastPushApproval \
                requiredApprovingReviewCount requiredStatusChecks { context app { id databaseId slug } } \
                requiresApprovingReviews requiresCodeOwnerReviews requiresCommitSignatures requiresConversationResolution \
                requiresLinearHistory requiresStatusChecks requiresStrictStatusChecks restrictsPushes \
                restrictsReviewDismissals } }",
    permission: Some(READS),
};

/// Who is exempt: three connections a rule, asked for only where they matter.
const ACTORS: GraphqlField = GraphqlField {
    key: "branchProtectionActors",
    selection: "branchProtectionActors: branchProtectionRules(first: 10) { nodes { id \
                bypassForcePushAllowances(first: 20) { totalCount } \
                bypassPullRequestAllowances(first: 50) { totalCount nodes { actor { __typename ... on App { slug } \
                ... on Team { slug } ... on User { login } } } } \
                pushAllowances(first: 50) { totalCount nodes { actor { __typename ... on App { slug } ... on Team { slug } \
                ... on User { login } } } } \
                reviewDismissalAllowances(first: 50) { totalCount nodes { actor { __typename ... on App { slug } \
                ... on Team { slug } ... on User { login } } } } } }",
    permission: Some(READS),
};

/// REST's switches and GraphQL's names for them.
pub(super) const SWITCHES: [(&str, &str); 9] = [
    ("enforce_admins", "isAdminEnforced"),
    ("required_linear_history", "requiresLinearHistory"),
    ("allow_force_pushes", "allowsForcePushes"),
    ("allow_deletions", "allowsDeletions"),
    ("block_creations", "blocksCreations"),
    ("required_conversation_resolution", "requiresConversationResolution"),
    ("lock_branch", "lockBranch"),
    ("allow_fork_syncing", "lockAllowsFetchAndMerge"),
    ("required_signatures", "requiresCommitSignatures"),
];

/// The same of the reviews.
pub(super) const REVIEWS: [(&str, &str); 3] = [
    ("dismiss_stale_reviews", "dismissesStaleReviews"),
    ("require_code_owner_reviews", "requiresCodeOwnerReviews"),
    ("require_last_push_approval", "requireLastPushApproval"),
];

/// One rule of classic protection.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::settings) struct Rule {
    /// GraphQL's id.
    pub(in crate::settings) id: String,
    /// The branch or pattern.
    pub(in crate::settings) pattern: String,
    /// When it was made, as an order: GitHub's number.
    pub(in crate::settings) number: u64,
    /// In REST's words; a section that is off is false. Lists of people, teams and apps only where they were asked for.
    pub(in crate::settings) fields: Map<String, Value>,
    /// GraphQL's ids of the apps that checks are bound to, by number.
    pub(super) apps: Vec<(u64, String)>,
    /// Whether somebody may push by force although the rule forbids it; none where it was not asked.
    pub(in crate::settings) forced_by_some: Option<bool>,
}

/// The rules of the judged repository; with the people, teams and apps in them if `actors`.
pub(in crate::settings) fn rules(cx: &Context<'_>, actors: bool) -> Result<Reading<Vec<Rule>>, Pending> {
    let repository = cx.repository()?;
    if !cx.sees_administration(repository) {
        let why = "GitHub shows classic branch protection only to those who may read the repository's administration";
        return Ok(Reading::lacking(why, Permission::from(READS)));
    }
    let (told, who) = (cx.graphql(RULES), actors.then(|| cx.graphql(ACTORS)));
    let (told, who) = (told?, who.transpose()?);
    let who = match who {
        None => Reading::known(None),
        Some(who) => who.map(Some),
    };
    Ok(told.and_then(|told| {
        who.and_then(|who| {
            let Some(nodes) = told.get("nodes").and_then(Value::as_array) else {
                return Reading::lacking(
                    "GitHub's GraphQL gave no list of protected branches",
                    Permission::from(READS),
                );
            };
            if told.get("totalCount").and_then(Value::as_u64) != Some(nodes.len() as u64) {
                return Reading::unknown("the repository protects more than fifty patterns");
            }
            let of = |node: &Value| {
                let all = who.and_then(|who| who.get("nodes")?.as_array()).into_iter().flatten();
                all.into_iter().find(|one| one["id"] == node["id"])
            };
            Reading::known(nodes.iter().map(|node| rule(node, of(node))).collect())
        })
    }))
}

fn rule(node: &Value, actors: Option<&Value>) -> Rule {
    let mut fields = Map::new();
    for (rest, graphql) in SWITCHES {
        fields.insert(rest.to_owned(), json!(node[graphql] == true));
    }
    fields.insert("required_status_checks".to_owned(), checks(node));
    fields.insert("required_pull_request_reviews".to_owned(), reviews(node, actors));
    let pushers = actors.map(|actors| lists(&actors["pushAllowances"]));
    fields.insert("restrictions".to_owned(), section(node["restrictsPushes"] == true, pushers));
    let apps = node["requiredStatusChecks"].as_array().into_iter().flatten();
    let apps = apps.filter_map(|one| Some((one["app"]["databaseId"].as_u64()?, one["app"]["id"].as_str()?.to_owned())));
    Rule {
        id: node["id"].as_str().unwrap_or_default().to_owned(),
        pattern: node["pattern"].as_str().unwrap_or_default().to_owned(),
        number: node["databaseId"].as_u64().unwrap_or_default(),
        fields,
        apps: apps.collect(),
        forced_by_some: actors.map(|actors| actors["bypassForcePushAllowances"]["totalCount"] != 0),
    }
}

fn checks(node: &Value) -> Value {
    if node["requiresStatusChecks"] != true {
        return json!(false);
    }
    let all = node["requiredStatusChecks"].as_array().into_iter().flatten();
    let all = all.map(|one| match one["app"]["databaseId"].as_u64() {
        Some(app) => json!({"context": one["context"], "app_id": app}),
        None => json!({"context": one["context"]}),
    });
    json!({"strict": node["requiresStrictStatusChecks"] == true, "checks": all.collect::<Value>()})
}

fn reviews(node: &Value, actors: Option<&Value>) -> Value {
    if node["requiresApprovingReviews"] != true {
        return json!(false);
    }
    let mut told = Map::new();
    for (rest, graphql) in REVIEWS {
        told.insert(rest.to_owned(), json!(node[graphql] == true));
    }
    let count = node["requiredApprovingReviewCount"].as_u64().unwrap_or(0);
    told.insert("required_approving_review_count".to_owned(), json!(count));
    let dismissers = actors.map(|actors| lists(&actors["reviewDismissalAllowances"]));
    told.insert("dismissal_restrictions".to_owned(), section(node["restrictsReviewDismissals"] == true, dismissers));
    if let Some(actors) = actors {
        told.insert("bypass_pull_request_allowances".to_owned(), lists(&actors["bypassPullRequestAllowances"]));
    }
    Value::Object(told)
}

/// A section that is on, with its lists if they were asked for.
fn section(on: bool, lists: Option<Value>) -> Value {
    if on { lists.unwrap_or_else(|| json!({})) } else { json!(false) }
}

/// People, teams and apps in REST's three lists, in lower case and sorted.
fn lists(allowances: &Value) -> Value {
    let all = |typename: &str, key: &str| {
        let nodes = allowances["nodes"].as_array().into_iter().flatten().map(|node| &node["actor"]);
        let mut names: Vec<String> = nodes
            .filter(|actor| actor["__typename"] == typename)
            .filter_map(|actor| actor[key].as_str().map(str::to_lowercase))
            .collect();
        names.sort();
        names
    };
    json!({"users": all("User", "login"), "teams": all("Team", "slug"), "apps": all("App", "slug")})
}
