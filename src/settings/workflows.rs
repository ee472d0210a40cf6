//! Whether a workflow runs. GitHub disables those with a schedule after sixty days without activity in a public repository, and
//! the whole file stops then, pushes and pull requests too.
//!
//! The state is read as `workflow_state` says; `PUT /repos/{owner}/{repo}/actions/workflows/{id}/enable` or `/disable`.

use serde_json::{Value, json};

use super::{Context, Difference, Judgement, Meta, Outcome, Past, Pending, Phase, Setting, TakeBack, workflow_state};
use crate::model::{Desired, Effect, Field, Keyed, Kind, Problem, Scope, Shape, Tightens};

static META: Meta = Meta {
    shape: Shape {
        key: "workflows",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "workflow file", name: Kind::Text, prune: false }),
        kind: Kind::Table(&[Field {
            key: "state",
            kind: Kind::OneOf(&["active", "disabled"]),
            doc: "Whether GitHub runs the workflow.",
            tightens: Tightens::Judged,
        }]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Workflows",
    docs: "Whether a workflow of GitHub Actions runs, by the name of its file (`ci.yml`) or its path.

GitHub disables workflows with a schedule after sixty days without activity in a public repository (`disabled_inactivity`), and in \
forks (`disabled_fork`); such a workflow then runs for pushes and pull requests no more either. Enabling tightens, disabling \
loosens. A file that the default branch does not have is a violation; put it there with `files`.",
    example: "[repo.workflows.\"codeql.yml\"]\nstate = \"active\"\n",
    reads: &["actions:read", "contents:read"],
    writes: &["actions:write"],
    calls: &[("state", "PUT /repos/{owner}/{repo}/actions/workflows/{workflow_id}/enable or …/disable")],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Workflows;

impl Setting for Workflows {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let path = workflow_state::full_path(desired.name.as_deref().unwrap_or_default());
        let active = desired.text("state") != Some("disabled");
        Ok(vec![judge(&path, active, cx)?.whole()])
    }

    /// GitHub knows several kinds of disabled and one call for all of them.
    fn take_back(&self, past: &Past<'_>, cx: &Context<'_>) -> Result<TakeBack, Pending> {
        let (Some(before), Some(after)) = (past.before.as_str(), past.after.as_str()) else {
            return Ok(TakeBack::never("the journal does not name a state"));
        };
        let then = if before.starts_with("disabled") { "disabled" } else { before };
        let state = workflow_state::of(cx, &workflow_state::full_path(past.name.unwrap_or_default()))?;
        let now = match state.value() {
            Some(Some(live)) if after == "disabled" && live.state.starts_with("disabled") => live.state.clone(),
            _ => after.to_owned(),
        };
        let fields = [("state".to_owned(), json!(then))].into();
        Ok(TakeBack::Rule { fields, now: json!(now), then: json!(then) })
    }
}

fn check(value: &Value) -> Vec<Problem> {
    if value.get("state").is_some() {
        return Vec::new();
    }
    let message = "a workflow needs its `state`".to_owned();
    vec![Problem { path: String::new(), message, help: Some("write `state = \"active\"`".to_owned()) }]
}

fn judge(path: &str, active: bool, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let desired = if active { "active" } else { "disabled" };
    let workflow = match Outcome::known(workflow_state::of(cx, path)?) {
        Err(outcome) => return Ok(outcome),
        Ok(Some(workflow)) => workflow,
        Ok(None) => {
            let message = format!("no such workflow file: `{path}` is not on the default branch");
            return Ok(Outcome::Violation { message, observed: json!(null), desired: json!(desired) });
        }
    };
    let observed = json!(workflow.state);
    let holds = if active { workflow.is_active() } else { workflow.state.starts_with("disabled") };
    if holds {
        return Ok(Outcome::Compliant { observed, desired: json!(desired) });
    }
    let write = if active { workflow_state::enable(cx, &workflow)? } else { workflow_state::disable(cx, &workflow)? };
    Ok(Outcome::Differs(Difference::update(observed, json!(desired), Effect::tightening_if(active), write)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{
        RestWrite, Write,
        bench::{Bench, desired, difference, example_is_sound, file, forbidden, lacking, repo},
    };

    fn wanted(name: &str, state: &str) -> Desired {
        desired("workflows", Some(name), &json!({"state": state}))
    }

    fn bench(state: &str) -> Bench {
        let list = json!([{"id": 8, "path": ".github/workflows/ci.yml", "state": state}]);
        unlisted().known("web", "actions/workflows", list)
    }

    fn unlisted() -> Bench {
        Bench::new(vec![repo("web")]).tree("web", ".github/workflows", Some(vec![file("ci.yml", "on: push")])).graphql(
            "web",
            "workflowRuns",
            crate::model::Reading::known(json!(null)),
        )
    }

    #[test]
    fn a_disabled_workflow_is_enabled_by_id() {
        for state in ["disabled_inactivity", "disabled_fork", "some_future_word"] {
            for name in ["ci.yml", ".github/workflows/ci.yml"] {
                let change = difference(bench(state).outcome(&Workflows, "web", &wanted(name, "active")));
                assert_eq!(
                    (change.before, change.after, change.effect),
                    (json!(state), json!("active"), Effect::Tightening)
                );
                let path = "/repos/acme/web/actions/workflows/8/enable".to_owned();
                assert_eq!(change.writes, [Write::Rest(RestWrite::bare("PUT", path))]);
            }
        }
        let fine = bench("active").outcome(&Workflows, "web", &wanted("ci.yml", "active"));
        assert!(matches!(fine, Outcome::Compliant { .. }));
    }

    #[test]
    fn disabling_loosens_and_any_disabled_state_will_do() {
        let change = difference(bench("active").outcome(&Workflows, "web", &wanted("ci.yml", "disabled")));
        assert_eq!(change.effect, Effect::Loosening);
        let path = "/repos/acme/web/actions/workflows/8/disable".to_owned();
        assert_eq!(change.writes, [Write::Rest(RestWrite::bare("PUT", path))]);
        let fine = bench("disabled_manually").outcome(&Workflows, "web", &wanted("ci.yml", "disabled"));
        assert!(matches!(fine, Outcome::Compliant { .. }));
    }

    #[test]
    fn a_missing_file_is_a_violation_and_a_hidden_state_unknown() {
        let missing = bench("active").outcome(&Workflows, "web", &wanted("other.yml", "active"));
        assert!(matches!(missing, Outcome::Violation { message, .. } if message.contains("no such workflow file")));
        let hidden = unlisted().rest("web", "actions/workflows", forbidden("actions:read"));
        assert_eq!(lacking(&hidden.outcome(&Workflows, "web", &wanted("ci.yml", "active"))), Some("actions:read"));
    }

    #[test]
    fn the_shape_is_sound() {
        example_is_sound(&Workflows);
        assert_eq!(check(&json!({})).len(), 1);
        assert_eq!(check(&json!({"state": "active"})), []);
    }
}
