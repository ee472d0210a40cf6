//! Writing by GraphQL, for patterns and branches that are not there yet: `createBranchProtectionRule` and
//! `updateBranchProtectionRule`, which changes only what it names.

use serde_json::{Map, Value, json};

use super::read::{REVIEWS, Rule, SWITCHES};
use crate::{
    model::Reading,
    settings::{Context, Pending, RestRead},
};

pub(super) const CREATE: &str = "mutation CreateBranchProtectionRule($input: CreateBranchProtectionRuleInput!) { \
                                 createBranchProtectionRule(input: $input) { branchProtectionRule { id } } }";
pub(super) const UPDATE: &str = "mutation UpdateBranchProtectionRule($input: UpdateBranchProtectionRuleInput!) { \
                                 updateBranchProtectionRule(input: $input) { branchProtectionRule { id } } }";

/// The fields that are to change, under GraphQL's names; names of people, teams and apps as ids.
pub(super) fn input(
    wanted: &Map<String, Value>,
    rule: Option<&Rule>,
    cx: &Context<'_>,
) -> Result<Reading<Map<String, Value>>, Pending> {
    let mut input = Map::new();
    for (rest, graphql) in SWITCHES {
        if let Some(value) = wanted.get(rest) {
            input.insert(graphql.to_owned(), value.clone());
        }
    }
    let mut asked = Vec::new();
    if let Some(section) = wanted.get("required_status_checks") {
        input.insert("requiresStatusChecks".to_owned(), json!(section.is_object()));
        if let Some(strict) = section.get("strict") {
            input.insert("requiresStrictStatusChecks".to_owned(), strict.clone());
        }
        asked.push(("requiredStatusChecks", checks(section, rule, cx)));
    }
    if let Some(section) = wanted.get("required_pull_request_reviews") {
        input.insert("requiresApprovingReviews".to_owned(), json!(section.is_object()));
        for (rest, graphql) in
            REVIEWS.into_iter().chain([("required_approving_review_count", "requiredApprovingReviewCount")])
        {
            if let Some(value) = section.get(rest) {
                input.insert(graphql.to_owned(), value.clone());
            }
        }
        if let Some(lists) = section.get("dismissal_restrictions") {
            input.insert("restrictsReviewDismissals".to_owned(), json!(lists.is_object()));
            let was = was(rule, "required_pull_request_reviews", Some("dismissal_restrictions"));
            asked.push(("reviewDismissalActorIds", ids(lists, &was, cx)));
        }
        if let Some(lists) = section.get("bypass_pull_request_allowances") {
            let was = was(rule, "required_pull_request_reviews", Some("bypass_pull_request_allowances"));
            asked.push(("bypassPullRequestActorIds", ids(lists, &was, cx)));
        }
    }
    if let Some(lists) = wanted.get("restrictions") {
        input.insert("restrictsPushes".to_owned(), json!(lists.is_object()));
        asked.push(("pushActorIds", ids(lists, &was(rule, "restrictions", None), cx)));
    }
    for (key, found) in asked {
        match found? {
            Reading::Known { known: None } => {}
            Reading::Known { known: Some(list) } => {
                input.insert(key.to_owned(), list);
            }
            other => return Ok(other.map(|_| Map::new())),
        }
    }
    Ok(Reading::known(input))
}

/// GitHub's lists of a section, for those that the policy does not name.
fn was(rule: Option<&Rule>, section: &str, inner: Option<&str>) -> Value {
    let found = rule.and_then(|rule| rule.fields.get(section)).cloned().unwrap_or(Value::Null);
    inner.map_or_else(|| found.clone(), |inner| found[inner].clone())
}

type Found = Result<Reading<Option<Value>>, Pending>;

/// The checks with the apps' ids; none where the change does not name checks.
fn checks(section: &Value, rule: Option<&Rule>, cx: &Context<'_>) -> Found {
    let named = section
        .get("contexts")
        .and_then(Value::as_array)
        .map(|names| names.iter().map(|context| json!({"context": context})).collect::<Vec<_>>());
    let Some(all) = section.get("checks").and_then(Value::as_array).cloned().or(named) else {
        return Ok(Reading::known(None));
    };
    let had = was(rule, "required_status_checks", Some("checks"));
    let mut sent = Vec::new();
    let asked: Vec<_> = all.iter().map(|one| app_of(one, &had, rule, cx)).collect();
    for (one, app) in all.iter().zip(asked) {
        match app? {
            Reading::Known { known } => sent.push(json!({"context": one["context"], "appId": known})),
            other => return Ok(other.map(|_| None)),
        }
    }
    Ok(Reading::known(Some(Value::Array(sent))))
}

/// The id of the app that must set a check; the word `any` where it may be any.
fn app_of(check: &Value, had: &Value, rule: Option<&Rule>, cx: &Context<'_>) -> Result<Reading<String>, Pending> {
    let any = || Reading::known("any".to_owned());
    let of_rule =
        |number: u64| rule.and_then(|rule| rule.apps.iter().find(|(id, _)| *id == number)).map(|(_, id)| id.clone());
    if let Some(slug) = check.get("app").and_then(Value::as_str) {
        return id_at(&format!("/apps/{slug}"), &format!("GitHub shows no app `{slug}`"), cx);
    }
    let number = match check.get("app_id").and_then(Value::as_i64) {
        Some(number) => u64::try_from(number).ok(),
        None => {
            let all = had.as_array().into_iter().flatten();
            all.into_iter()
                .find(|other| other["context"] == check["context"])
                .and_then(|other| other["app_id"].as_u64())
        }
    };
    Ok(match number {
        None => any(),
        Some(number) => of_rule(number).map_or_else(
            || {
                Reading::unknown(format!(
                    "GitHub's GraphQL takes no app by number: write `app_id = \"app:SLUG\"` for {number}"
                ))
            },
            Reading::known,
        ),
    })
}

/// The ids of people, teams and apps; an empty list where the section is off.
fn ids(lists: &Value, was: &Value, cx: &Context<'_>) -> Found {
    if !lists.is_object() {
        return Ok(Reading::known(Some(json!([]))));
    }
    let names = |key: &str| {
        let list = lists.get(key).or_else(|| was.get(key)).and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut asked = Vec::new();
    for login in names("users") {
        asked.push(id_at(&format!("/users/{login}"), &format!("there is no user `{login}`"), cx));
    }
    for slug in names("teams") {
        asked.push(id_of_team(&slug, cx));
    }
    for slug in names("apps") {
        asked.push(id_at(&format!("/apps/{slug}"), &format!("GitHub shows no app `{slug}`"), cx));
    }
    let mut all = Vec::new();
    for found in asked {
        match found? {
            Reading::Known { known } => all.push(Value::String(known)),
            other => return Ok(other.map(|_| None)),
        }
    }
    Ok(Reading::known(Some(Value::Array(all))))
}

fn id_at(path: &str, missing: &str, cx: &Context<'_>) -> Result<Reading<String>, Pending> {
    let answer = cx.org_rest(RestRead::document(path, "metadata:read"))?;
    Ok(answer.and_then(|found| {
        let id = found.and_then(|found| found["node_id"].as_str());
        id.map_or_else(|| Reading::unknown(missing), |id| Reading::known(id.to_owned()))
    }))
}

fn id_of_team(slug: &str, cx: &Context<'_>) -> Result<Reading<String>, Pending> {
    let teams = cx.org_rest(RestRead::list("teams", "members:read"))?;
    Ok(teams.and_then(|teams| {
        let all = teams.and_then(Value::as_array).into_iter().flatten();
        let is_it = |team: &&Value| team["slug"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(slug));
        let missing = || {
            let why = format!("{} has no team `{slug}`, or the token may not see it", cx.org);
            Reading::lacking(why, "members:read".into())
        };
        let id = all.into_iter().find(is_it).and_then(|team| team["node_id"].as_str());
        id.map_or_else(missing, |id| Reading::known(id.to_owned()))
    }))
}
