//! What GitHub wants of the other parts of `actions`, and of the organisation's, before it takes a part: a plan can change these too.
//!
//! What is selected counts only while something is (409), nothing is said of what may run while Actions is off, and no repository
//! can be laxer than its organisation (409). Whether the organisation forbids it now is judged (`bounds`).

use serde_json::Value;

use super::part::{ALLOWED, PERMISSIONS};
use crate::{
    model::Desired,
    settings::{Context, Need, Pending},
};

const SELECTED: [&str; 3] = ["github_owned_allowed", "verified_allowed", "patterns_allowed"];

/// What one part needs; `switch` is the part that switches Actions on and off there.
pub(super) fn of(part: &str, switch: &'static str, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
    let wanted = desired.value(part).unwrap_or(&Value::Null);
    let of_repository = cx.subject.is_some();
    let mut needs = if of_repository { bounds(part, wanted, cx.repository()?.name.as_str()) } else { Vec::new() };
    let is_selected = SELECTED.contains(&part);
    if !is_selected && part != "allowed_actions" && part != "sha_pinning_required" {
        return Ok(needs);
    }
    let Some(permissions) = PERMISSIONS.ask(cx)?.value().copied().flatten() else { return Ok(needs) };
    let now = |field: &str| permissions.get(field).cloned().unwrap_or_default();
    let (key, on) = if switch == "enabled" {
        ("actions.enabled", vec!["true"])
    } else {
        ("actions.enabled_repositories", vec!["all", "selected"])
    };
    needs.push(Need::any([(key, now(switch), on)]));
    if is_selected {
        needs.push(Need::any([("actions.allowed_actions", now("allowed_actions"), vec!["selected"])]));
    }
    Ok(needs)
}

/// What the organisation must still say, since it bounds its repositories.
fn bounds(part: &str, wanted: &Value, repository: &str) -> Vec<Need> {
    // Where the plan makes it `selected`, GitHub does not show before which are.
    let admitted = || Need::still_chosen("actions.enabled_repositories", &["all"], repository);
    match part {
        "enabled" if *wanted == true => vec![admitted()],
        "allowed_actions" => {
            let at = ALLOWED.iter().position(|word| *wanted == *word).unwrap_or_default();
            vec![admitted(), Need::still_of_org("actions.allowed_actions", &ALLOWED[..=at])]
        }
        "sha_pinning_required" => {
            let lax = Need::still_of_org("actions.sha_pinning_required", &["false"]);
            std::iter::once(admitted()).chain((*wanted == false).then_some(lax)).collect()
        }
        "github_owned_allowed" | "verified_allowed" | "patterns_allowed" => {
            vec![admitted(), Need::still_of_org("actions.allowed_actions", &["all"])]
        }
        "default_workflow_permissions" if *wanted == "write" => {
            vec![Need::still_of_org("actions.default_workflow_permissions", &["write"])]
        }
        "can_approve_pull_request_reviews" if *wanted == true => {
            vec![Need::still_of_org("actions.can_approve_pull_request_reviews", &["true"])]
        }
        "fork_pr_contributor_approval" => vec![Need::still("visibility", &["public"])],
        "access_level" => vec![Need::still("visibility", &["private", "internal"])],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::settings::Takes;

    fn words(part: &str, wanted: &Value) -> Vec<(String, Takes)> {
        let needs = bounds(part, wanted, "web");
        needs.into_iter().flat_map(|need| need.any).map(|one| (one.setting, one.takes)).collect()
    }

    #[test]
    fn a_repository_needs_an_organisation_that_is_as_lax() {
        let allowed = |wanted: &str| {
            let found = words("allowed_actions", &json!(wanted));
            let found = found.into_iter().find(|(setting, _)| setting == "actions.allowed_actions");
            found.map(|(_, takes)| takes)
        };
        let words_of = |words: &[&str]| Some(Takes::Words(words.iter().map(|word| (*word).to_owned()).collect()));
        assert_eq!(allowed("all"), words_of(&["all"]));
        assert_eq!(allowed("selected"), words_of(&["all", "selected"]));
        assert_eq!(allowed("local_only"), words_of(&["all", "selected", "local_only"]));
        assert!(words("default_workflow_permissions", &json!("read")).is_empty());
        assert!(!words("can_approve_pull_request_reviews", &json!(true)).is_empty());
    }
}
