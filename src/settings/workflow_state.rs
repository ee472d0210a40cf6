//! Whether a workflow runs: GitHub's state of a workflow file (`active`, `disabled_inactivity`, …).
//!
//! The state has no field of its own on GraphQL's `Repository`, but the check suites of the head commit carry the workflow that
//! made them, so one batched query answers for most repositories. Only where no suite names the file (it has not run on the
//! head) is the repository's list read by REST.

use jiff::Timestamp;
use serde_json::Value;

use super::{Context, GraphqlField, Pending, RestRead, RestWrite, Write};
use crate::model::{EntryKind, Permission, Reading};

const FOLDER: &str = ".github/workflows";
const READ: &str = "actions:read";

/// The runs on the head of the default branch, each with its workflow.
const RUNS: GraphqlField = GraphqlField {
    key: "workflowRuns",
    selection: "workflowRuns: defaultBranchRef { target { ... on Commit { checkSuites(first: 50) { totalCount nodes { \
                status conclusion createdAt updatedAt workflowRun { event file { path } \
                workflow { databaseId id name state resourcePath } } } } } } }",
    permission: Some(READ),
};

/// A workflow as GitHub runs it, or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkflowState {
    /// The id that the REST routes take.
    pub(super) id: u64,
    /// The path of its file.
    pub(super) path: String,
    /// GitHub's word: `active`, `disabled_inactivity`, `disabled_manually`, `disabled_fork`, or one that it may add.
    pub(super) state: String,
    /// When its newest successful run on the head of the default branch ended, if there is one.
    pub(super) last_success: Option<Timestamp>,
}

impl WorkflowState {
    /// Whether GitHub runs it.
    pub(super) fn is_active(&self) -> bool {
        self.state == "active"
    }
}

/// The path of a workflow that may be written as a mere file name.
pub(super) fn full_path(name: &str) -> String {
    if name.contains('/') { name.to_owned() } else { format!("{FOLDER}/{name}") }
}

/// The state of the workflow with this path; `None` where the default branch has no such file.
pub(super) fn of(cx: &Context<'_>, path: &str) -> Result<Reading<Option<WorkflowState>>, Pending> {
    let exists = cx.tree(FOLDER)?.map(|entries| {
        entries.is_some_and(|entries| {
            entries.iter().any(|entry| {
                entry.kind() == EntryKind::File && path.strip_prefix(FOLDER) == Some(&format!("/{}", entry.name))
            })
        })
    });
    match exists {
        Reading::Known { known: true } => {}
        other => return Ok(other.map(|_| None)),
    }
    if let Some(known) = cx.graphql(RUNS)?.value()
        && let Some(state) = of_runs(cx, known, path)
    {
        return Ok(Reading::known(Some(state)));
    }
    let answer = cx.rest(RestRead::list_in("actions/workflows", "workflows", READ))?;
    Ok(answer.and_then(|list| of_list(list, path)))
}

/// The call that lets the workflow run.
pub(super) fn enable(cx: &Context<'_>, workflow: &WorkflowState) -> Result<Write, Pending> {
    switch(cx, workflow, "enable")
}

/// The call that stops the workflow.
pub(super) fn disable(cx: &Context<'_>, workflow: &WorkflowState) -> Result<Write, Pending> {
    switch(cx, workflow, "disable")
}

/// The call that runs the workflow on the default branch; none where the repository has no such branch.
pub(super) fn dispatch(cx: &Context<'_>, workflow: &WorkflowState) -> Result<Option<Write>, Pending> {
    let Some(branch) = cx.repository()?.default_branch.as_deref() else { return Ok(None) };
    let path = cx.repo_path(&format!("actions/workflows/{}/dispatches", workflow.id))?;
    Ok(Some(Write::Rest(RestWrite::with_body("POST", path, serde_json::json!({"ref": branch})))))
}

fn switch(cx: &Context<'_>, workflow: &WorkflowState, verb: &str) -> Result<Write, Pending> {
    let path = cx.repo_path(&format!("actions/workflows/{}/{verb}", workflow.id))?;
    Ok(Write::Rest(RestWrite::bare("PUT", path)))
}

fn of_runs(cx: &Context<'_>, runs: &Value, path: &str) -> Option<WorkflowState> {
    let suites = runs.pointer("/target/checkSuites/nodes")?.as_array()?;
    let mut found: Option<WorkflowState> = None;
    for suite in suites {
        let Some(run) = suite.get("workflowRun").filter(|run| !run.is_null()) else { continue };
        let Some(mut state) = of_run(cx, run, path) else { continue };
        state.last_success = success(suite).max(found.and_then(|earlier| earlier.last_success));
        found = Some(state);
    }
    found
}

/// The workflow of one run, if it is the wanted one. A run whose file and workflow are of different names or of another
/// repository (a workflow that a ruleset requires) says nothing of ours.
fn of_run(cx: &Context<'_>, run: &Value, path: &str) -> Option<WorkflowState> {
    let workflow = run.get("workflow")?;
    let by_file = run.pointer("/file/path").and_then(Value::as_str);
    let by_resource = workflow.get("resourcePath").and_then(Value::as_str).map(|resource| path_of(cx, resource));
    let named = match (by_file, by_resource) {
        (_, Some(None)) | (None, None) => return None,
        (Some(file), None) => file.to_owned(),
        (None, Some(Some(resource))) => resource,
        (Some(file), Some(Some(resource))) => (file == resource).then_some(resource)?,
    };
    (named == path).then_some(())?;
    Some(WorkflowState {
        id: workflow.get("databaseId")?.as_u64()?,
        path: named,
        state: workflow.get("state")?.as_str()?.to_ascii_lowercase(),
        last_success: None,
    })
}

/// The path of a workflow's file from its page in the judged repository: `/{owner}/{repo}/actions/workflows/{file name}`.
fn path_of(cx: &Context<'_>, resource: &str) -> Option<String> {
    let mut segments = resource.trim_start_matches('/').splitn(5, '/');
    let (owner, repo) = (segments.next()?, segments.next()?);
    let ours = cx.repo_ref().ok()?;
    if !owner.eq_ignore_ascii_case(ours.org.as_str()) || !repo.eq_ignore_ascii_case(ours.name.as_str()) {
        return None;
    }
    if (segments.next()?, segments.next()?) != ("actions", "workflows") {
        return None;
    }
    // Workflows of GitHub's own have no file: `dynamic/github-code-scanning/codeql`.
    segments.next().map(full_path)
}

fn success(suite: &Value) -> Option<Timestamp> {
    let concluded = suite.get("conclusion").and_then(Value::as_str)?;
    concluded.eq_ignore_ascii_case("success").then_some(())?;
    suite.get("updatedAt")?.as_str()?.parse().ok()
}

fn of_list(list: Option<&Value>, path: &str) -> Reading<Option<WorkflowState>> {
    let Some(list) = list.and_then(Value::as_array) else {
        return Reading::lacking("GitHub shows no list of workflows", Permission::from(READ));
    };
    let of_path = |item: &&Value| item.get("path").and_then(Value::as_str) == Some(path);
    let read = |item: &Value| {
        Some(WorkflowState {
            id: item.get("id")?.as_u64()?,
            path: path.to_owned(),
            state: item.get("state")?.as_str()?.to_ascii_lowercase(),
            last_success: None,
        })
    };
    // A file that was deleted and came back can be listed twice.
    let mut states = list.iter().filter(of_path).filter_map(read);
    let first = states.next();
    match first.filter(|state| state.state != "deleted").or_else(|| states.find(|state| state.state != "deleted")) {
        Some(state) => Reading::known(Some(state)),
        None => Reading::unknown(format!("GitHub does not list the workflow `{path}` although the file is there")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        model::{Desired, Kind, Scope, Shape, Tightens},
        settings::{
            Judgement, Meta, Outcome, Phase, Setting,
            bench::{Bench, desired, entry, file, forbidden, repo},
        },
    };

    /// A setting that only tells the state, so that the reader is tested by itself.
    struct Probe;

    static META: Meta = Meta {
        shape: Shape {
            key: "probe",
            scope: Scope::Repo,
            keyed: None,
            kind: Kind::Bool,
            tightens: Tightens::True,
            extra: &[],
            parts: &[],
            check: Shape::no_check,
        },
        title: "",
        docs: "",
        example: "",
        reads: &[],
        writes: &[],
        calls: &[],
        controls: &[],
        phase: Phase::Configure,
        after: &[],
        late: false,
    };

    impl Setting for Probe {
        fn meta(&self) -> &'static Meta {
            &META
        }

        fn judge(&self, _: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
            let outcome = match Outcome::known(of(cx, ".github/workflows/ci.yml")?) {
                Err(outcome) => outcome,
                Ok(state) => {
                    let told = state.map(|s| json!([s.id, s.state, s.last_success.map(|t| t.to_string())]));
                    Outcome::Compliant { observed: json!(told), desired: json!(null) }
                }
            };
            Ok(vec![outcome.whole()])
        }
    }

    fn told(bench: &Bench) -> Result<Outcome, Vec<String>> {
        let any = desired("probe", None, &json!(true));
        match bench.judge(&Probe, Some("web"), &any) {
            Ok(mut all) => Ok(all.remove(0).outcome),
            Err(_) => Err(bench.wanted(&Probe, Some("web"), &any)),
        }
    }

    fn observed(bench: &Bench) -> Value {
        match told(bench) {
            Ok(Outcome::Compliant { observed, .. }) => observed,
            other => unreachable!("{other:?}"),
        }
    }

    fn with_file() -> Bench {
        Bench::new(vec![repo("web")]).tree("web", FOLDER, Some(vec![file("ci.yml", "on: push")]))
    }

    fn suite(resource: &str, path: Option<&str>, state: &str, conclusion: &str, at: &str) -> Value {
        json!({
            "status": "COMPLETED", "conclusion": conclusion, "createdAt": at, "updatedAt": at,
            "workflowRun": {
                "event": "push", "file": path.map(|path| json!({"path": path})),
                "workflow": {"databaseId": 5, "id": "W_5", "name": "CI", "state": state, "resourcePath": resource}
            }
        })
    }

    fn runs(suites: &[Value]) -> Reading<Value> {
        let mut nodes = vec![json!({"status": "QUEUED", "conclusion": null, "workflowRun": null})];
        nodes.extend_from_slice(suites);
        Reading::known(json!({"target": {"checkSuites": {"totalCount": nodes.len(), "nodes": nodes}}}))
    }

    #[test]
    fn the_tree_is_asked_first_and_a_missing_file_costs_nothing_more() {
        assert_eq!(told(&Bench::new(vec![repo("web")])), Err(vec!["tree:.github/workflows".to_owned()]));
        assert_eq!(observed(&Bench::new(vec![repo("web")]).tree("web", FOLDER, None)), json!(null));
        let link = entry("ci.yml", "blob", 0o120_000, "other.yml");
        assert_eq!(observed(&Bench::new(vec![repo("web")]).tree("web", FOLDER, Some(vec![link]))), json!(null));
    }

    #[test]
    fn the_runs_on_the_head_tell_state_and_newest_success() {
        let (page, path) = ("/acme/web/actions/workflows/ci.yml", Some(".github/workflows/ci.yml"));
        let bench = with_file().graphql(
            "web",
            "workflowRuns",
            runs(&[
                suite(page, path, "ACTIVE", "SUCCESS", "2026-11-20T00:00:00Z"),
                suite(page, None, "ACTIVE", "SUCCESS", "2026-11-19T00:00:00Z"),
                suite(page, path, "ACTIVE", "FAILURE", "2026-11-21T00:00:00Z"),
            ]),
        );
        assert_eq!(observed(&bench), json!([5, "active", "2026-11-20T00:00:00Z"]));
    }

    #[test]
    fn a_run_that_names_another_repository_or_file_is_not_believed() {
        for (page, path) in [
            ("/acme/required/actions/workflows/ci.yml", Some(".github/workflows/ci.yml")),
            ("/acme/web/actions/workflows/other.yml", Some(".github/workflows/ci.yml")),
            ("/acme/web/actions/workflows/dynamic/github-code-scanning/codeql", None),
            ("/acme/web/pulls", None),
        ] {
            let bench = with_file().graphql(
                "web",
                "workflowRuns",
                runs(&[suite(page, path, "ACTIVE", "SUCCESS", "2026-11-20T00:00:00Z")]),
            );
            assert_eq!(told(&bench), Err(vec!["rest:actions/workflows".to_owned()]), "{page}");
        }
    }

    #[test]
    fn the_list_decides_where_the_head_says_nothing() {
        let list = json!([
            {"id": 4, "path": ".github/workflows/ci.yml", "state": "deleted"},
            {"id": 6, "path": ".github/workflows/ci.yml", "state": "disabled_inactivity"},
        ]);
        for head in [Reading::known(json!(null)), Reading::unknown("cut off")] {
            let bench = with_file().graphql("web", "workflowRuns", head);
            assert_eq!(told(&bench), Err(vec!["rest:actions/workflows".to_owned()]));
            let bench = bench.known("web", "actions/workflows", list.clone());
            assert_eq!(observed(&bench), json!([6, "disabled_inactivity", null]));
        }
    }

    #[test]
    fn what_is_hidden_or_unlisted_is_unknown() {
        let bench = with_file().graphql("web", "workflowRuns", Reading::unknown("cut off"));
        let outcome = told(&bench.rest("web", "actions/workflows", forbidden("actions:read"))).expect("read");
        assert_eq!(crate::settings::bench::lacking(&outcome), Some("actions:read"));
        let bench = with_file().graphql("web", "workflowRuns", Reading::known(json!(null)));
        let outcome = told(&bench.known("web", "actions/workflows", json!([]))).expect("read");
        assert_eq!(crate::settings::bench::lacking(&outcome), None);
    }
}
