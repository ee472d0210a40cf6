//! The environments as GitHub has them.

use serde_json::{Map, Value, json};

use super::{READ, reviewers::Reviewer};
use crate::{
    model::{Permission, Reading},
    settings::{Context, GraphqlField, Pending, RestRead},
};

/// Every branch may deploy: GitHub's null.
pub(super) const ALL: &str = "all";
pub(super) const PROTECTED: &str = "protected_branches";
pub(super) const CUSTOM: &str = "custom_branch_policies";

const NAMES: GraphqlField = GraphqlField {
    key: "environments",
    selection: "environments(first: 100) { totalCount nodes { name } }",
    permission: Some(READ),
};

/// One environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Environment {
    pub(super) name: String,
    wait_timer: i64,
    prevent_self_review: bool,
    pub(super) reviewers: Vec<Reviewer>,
    /// GitHub's object; null: all branches.
    policy: Value,
}

/// The repository's environments.
pub(super) fn read(cx: &Context<'_>) -> Result<Reading<Vec<Environment>>, Pending> {
    let (listing, names) = (cx.repository(), cx.graphql(NAMES));
    let (listing, names) = (listing?, names?);
    // On a private repository GitHub hides them from a token that may not read Actions, and does not say so everywhere.
    let is_believed = listing.is_public() || cx.sees_administration(listing);
    if is_believed && names.value().and_then(|names| names.get("totalCount")?.as_u64()) == Some(0) {
        return Ok(Reading::known(Vec::new()));
    }
    let told = cx.rest(RestRead::list_in("environments", "environments", READ))?;
    Ok(told.and_then(|told| {
        let all =
            told.and_then(Value::as_array).map(|all| all.iter().map(Environment::new).collect::<Option<Vec<_>>>());
        match all {
            Some(Some(all)) => Reading::known(all),
            Some(None) => Reading::unknown("GitHub does not say how an environment is protected"),
            None => Reading::lacking("GitHub shows no environments", Permission::from(READ)),
        }
    }))
}

impl Environment {
    /// From GitHub's answer; none where it leaves out what protects it.
    fn new(told: &Value) -> Option<Self> {
        let rules = told.get("protection_rules")?.as_array()?;
        let rule = |kind: &str| rules.iter().find(|rule| rule.get("type").and_then(Value::as_str) == Some(kind));
        let review = rule("required_reviewers");
        let reviewers = review.and_then(|rule| rule.get("reviewers")).and_then(Value::as_array);
        Some(Self {
            name: told.get("name")?.as_str()?.to_owned(),
            wait_timer: rule("wait_timer").and_then(|rule| rule.get("wait_timer")?.as_i64()).unwrap_or_default(),
            prevent_self_review: review.and_then(|rule| rule.get("prevent_self_review")?.as_bool()) == Some(true),
            reviewers: reviewers.into_iter().flatten().map(Reviewer::new).collect::<Option<Vec<_>>>()?,
            policy: told.get("deployment_branch_policy")?.clone(),
        })
    }

    /// One that is not there yet, as GitHub makes it.
    pub(super) fn unprotected(name: &str) -> Self {
        let reviewers = Vec::new();
        Self { name: name.to_owned(), wait_timer: 0, prevent_self_review: false, reviewers, policy: Value::Null }
    }

    pub(super) fn is_protected(&self) -> bool {
        self.wait_timer > 0 || !self.reviewers.is_empty() || !self.policy.is_null()
    }

    /// The word for the branches that may deploy.
    pub(super) fn branches(&self) -> &'static str {
        let on = |key: &str| self.policy.get(key).and_then(Value::as_bool) == Some(true);
        match (on(PROTECTED), on(CUSTOM)) {
            (true, _) => PROTECTED,
            (false, true) => CUSTOM,
            (false, false) => ALL,
        }
    }

    /// Whether name patterns say which branches may deploy.
    pub(super) fn is_custom(&self) -> bool {
        self.branches() == CUSTOM
    }

    /// All that a policy can declare, in its form.
    pub(super) fn declarable(&self) -> Map<String, Value> {
        let mut reviewers: Vec<String> = self.reviewers.iter().map(Reviewer::to_string).collect();
        reviewers.sort();
        let all = json!({
            "wait_timer": self.wait_timer, "prevent_self_review": self.prevent_self_review, "reviewers": reviewers,
            "deployment_branch_policy": self.branches(),
        });
        all.as_object().cloned().unwrap_or_default()
    }

    /// All of it as the call takes it.
    pub(super) fn in_form_of_call(&self) -> Value {
        let reviewers = self.reviewers.iter().map(|one| json!({"type": one.kind(), "id": one.id}));
        json!({
            "wait_timer": self.wait_timer, "prevent_self_review": self.prevent_self_review,
            "reviewers": reviewers.collect::<Value>(), "deployment_branch_policy": self.policy,
        })
    }
}

/// GitHub's object for a word.
pub(super) fn policy_of(word: &str) -> Value {
    match word {
        PROTECTED => json!({PROTECTED: true, CUSTOM: false}),
        CUSTOM => json!({PROTECTED: false, CUSTOM: true}),
        _ => Value::Null,
    }
}
