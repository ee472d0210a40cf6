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
    connections: 1,
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
