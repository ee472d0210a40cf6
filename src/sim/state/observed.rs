//! What an observation tells in other words than a state written by hand: workflows and runs, from the check suites of the
//! head commit and from the lists of runs.

use serde_json::{Map, Value, json};

use super::load::{At, StateError};

/// The workflows that the observed check suites name, as the REST list has them.
pub(super) fn workflows(at: &At<'_>) -> Result<Value, StateError> {
    let mut list: Vec<Value> = Vec::new();
    for suite in suites(at)?.into_iter().flatten() {
        let run = suite.get("workflowRun");
        let (workflow, path) = (run.get("workflow"), path_of(&run)?);
        let (Some(id), Some(path)) = (workflow.get("databaseId").u64()?, path) else { continue };
        if !list.iter().any(|known| known.get("path").and_then(Value::as_str) == Some(&path)) {
            let state = workflow.get("state").str()?.unwrap_or("ACTIVE").to_ascii_lowercase();
            let node_id = workflow.get("id").str()?;
            let name = workflow.get("name").str()?;
            list.push(json!({"id": id, "node_id": node_id, "name": name, "path": path, "state": state}));
        }
    }
    Ok(json!({"known": {"workflows": list}}))
}

/// What the state says of workflows, with the observed runs where it says nothing of its own.
pub(super) fn simulator(at: &At<'_>) -> Result<Value, StateError> {
    let own = at.get("simulator");
    let mut said = own.map()?.cloned().unwrap_or_else(Map::new);
    if !own.get("workflow_runs").is_null() {
        return Ok(Value::Object(said));
    }
    if let Some(suites) = suites(at)? {
        let mut runs = Vec::new();
        for suite in suites {
            let run = suite.get("workflowRun");
            if let Some(path) = path_of(&run)? {
                runs.push(json!({
                    "workflow": path,
                    "event": run.get("event").str()?,
                    "status": suite.get("status").str()?.unwrap_or("COMPLETED").to_ascii_lowercase(),
                    "conclusion": suite.get("conclusion").str()?,
                    "created_at": suite.get("createdAt").str()?,
                    "updated_at": suite.get("updatedAt").str()?,
                }));
            }
        }
        runs.extend(listed(at)?);
        said.insert("workflow_runs".to_owned(), Value::Array(runs));
    }
    Ok(Value::Object(said))
}

/// The check suites of the head commit, where they were observed.
fn suites<'a>(at: &At<'a>) -> Result<Option<Vec<At<'a>>>, StateError> {
    let known = at.get("graphql").get("workflowRuns").known()?;
    known.map(|known| known.get("target").get("checkSuites").get("nodes").list()).transpose()
}

/// The file of a run: GitHub names it, or its page does.
fn path_of(run: &At<'_>) -> Result<Option<String>, StateError> {
    if let Some(path) = run.get("file").get("path").str()? {
        return Ok(Some(path.to_owned()));
    }
    let page = run.get("workflow").get("resourcePath").str()?;
    Ok(page.and_then(|page| page.rsplit('/').next()).map(|name| format!(".github/workflows/{name}")))
}

/// The runs of observed lists: `actions/workflows/{id}/runs?…`.
fn listed(at: &At<'_>) -> Result<Vec<Value>, StateError> {
    let mut runs = Vec::new();
    for (suffix, reading) in at.get("rest").entries()? {
        let path = suffix.split('?').next().unwrap_or_default();
        let id = path.strip_prefix("actions/workflows/").and_then(|rest| rest.strip_suffix("/runs"));
        let (Some(id), Some(known)) = (id.and_then(|id| id.parse::<u64>().ok()), reading.known()?) else { continue };
        for run in known.get("workflow_runs").list()? {
            runs.push(json!({
                "workflow_id": id,
                "id": run.get("id").u64()?,
                "head_sha": run.get("head_sha").str()?,
                "branch": run.get("head_branch").str()?,
                "event": run.get("event").str()?,
                "status": run.get("status").str()?,
                "conclusion": run.get("conclusion").str()?,
                "created_at": run.get("created_at").str()?,
                "updated_at": run.get("updated_at").str()?,
            }));
        }
    }
    Ok(runs)
}
