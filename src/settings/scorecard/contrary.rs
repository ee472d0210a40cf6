//! A policy that wants the Scorecard workflow to run and the same workflow disabled: each apply would undo the other half.

use std::sync::Arc;

use super::{super::workflow_state, workflow};
use crate::model::{Desired, Leaf, Source};

/// The path of the workflow that `scorecard` wants active and `workflows` disabled, with the place of each, if there is one.
/// Without a `workflow` the file is taken to have the name that ordain would give it.
#[must_use]
pub fn torn_workflow(of_repo: &[Arc<Desired>]) -> Option<(String, Source, Source)> {
    let scorecard = of_repo.iter().find(|one| one.key == "scorecard" && one.bool("active") != Some(false))?;
    let path = scorecard.text("workflow").unwrap_or(workflow::DEFAULT);
    let disabled = of_repo.iter().find(|one| {
        let name = one.name.as_deref().unwrap_or_default();
        one.key == "workflows" && one.text("state") == Some("disabled") && workflow_state::full_path(name) == path
    })?;
    let first = |leaf: Option<&Leaf>| leaf.and_then(|leaf| leaf.sources.first()).cloned();
    let wanted = first(scorecard.leaf("active").or_else(|| scorecard.fields.values().next()))?;
    Some((path.to_owned(), wanted, first(disabled.leaf("state"))?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::settings::bench::desired;

    fn torn(scorecard: &Value, name: &str, state: &str) -> bool {
        let state = desired("workflows", Some(name), &json!({ "state": state }));
        let all = [Arc::new(desired("scorecard", None, scorecard)), Arc::new(state)];
        torn_workflow(&all).is_some()
    }

    #[test]
    fn a_workflow_that_is_wanted_and_disabled_is_found() {
        assert!(torn(&json!({"succeeded_within": "14d"}), "scorecard.yml", "disabled"));
        assert!(torn(&json!({"workflow": ".github/workflows/a.yml"}), ".github/workflows/a.yml", "disabled"));
        assert!(!torn(&json!({"workflow": ".github/workflows/a.yml"}), "scorecard.yml", "disabled"));
        assert!(!torn(&json!({"active": false}), "scorecard.yml", "disabled"));
        assert!(!torn(&json!({"min_version": "2.4.0"}), "scorecard.yml", "active"));
    }
}
