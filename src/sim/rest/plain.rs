//! Workflows, runs and pull requests as they stand in a state file: what the routes and the state share.

use serde_json::{Map, Value, json};

use crate::sim::world::{Pull, Repo, Run, Workflow, World, node_id};

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key).and_then(Value::as_u64)
}

/// Returns a workflow as a list of workflows has it, without links.
pub(crate) fn plain_workflow(workflow: &Workflow) -> Value {
    json!({
        "id": workflow.id, "node_id": workflow.node_id, "name": workflow.name, "path": workflow.path, "state": workflow.state,
        "created_at": workflow.created_at, "updated_at": workflow.updated_at,
    })
}

/// Takes over the workflows of an observed list: GitHub's object, or all its pages joined.
pub(crate) fn take_workflows(repo: &mut Repo, reading: &Value) {
    let list = reading.get("known").map(|k| k.get("workflows").unwrap_or(k)).and_then(Value::as_array);
    for item in list.into_iter().flatten() {
        let (Some(id), Some(path)) = (number(item, "id"), text(item, "path")) else {
            continue;
        };
        if repo.workflows.iter().any(|known| known.path == path) {
            continue;
        }
        let stamp = repo.text("created_at").unwrap_or_default().to_owned();
        repo.workflows.push(Workflow {
            id,
            node_id: text(item, "node_id").unwrap_or_else(|| node_id("W", id)),
            name: text(item, "name").unwrap_or_else(|| path.clone()),
            path,
            state: text(item, "state").unwrap_or_else(|| "active".to_owned()),
            created_at: text(item, "created_at").unwrap_or_else(|| stamp.clone()),
            updated_at: text(item, "updated_at").unwrap_or(stamp),
        });
    }
}

/// Returns a run as it stands in a state file.
pub(crate) fn plain_run(run: &Run) -> Value {
    json!({
        "id": run.id, "workflow_id": run.workflow, "head_sha": run.head_sha, "branch": run.branch, "event": run.event,
        "status": run.status, "conclusion": run.conclusion, "created_at": run.created_at, "updated_at": run.updated_at,
    })
}

/// Applies what a state says of workflows and runs; every workflow that it does not mention has run well at the head commit.
pub(crate) fn workflows_of_state(world: &mut World, o: usize, r: usize, sim: &Value) -> Result<(), String> {
    let empty = Map::new();
    let told = sim.get("workflows").and_then(Value::as_object).unwrap_or(&empty);
    if let Some(repo) = world.orgs.get_mut(o).and_then(|org| org.repos.get_mut(r)) {
        for (path, told) in told {
            let workflow = repo
                .workflows
                .iter_mut()
                .find(|w| w.path == *path)
                .ok_or_else(|| format!("no workflow file {path:?}"))?;
            if let Some(state) = text(told, "state") {
                workflow.state = state;
            }
        }
    }
    if let Some(list) = sim.get("workflow_runs").and_then(Value::as_array) {
        return list.iter().try_for_each(|item| run_of_state(world, o, r, item));
    }
    let Some(repo) = world.orgs.get(o).and_then(|org| org.repos.get(r)) else {
        return Ok(());
    };
    let workflows: Vec<(u64, String)> = repo.workflows.iter().map(|w| (w.id, w.path.clone())).collect();
    for (id, path) in workflows {
        let told = told.get(&path).cloned().unwrap_or(Value::Null);
        if told.get("run") == Some(&json!(false)) {
            continue;
        }
        let run = world.start_run(o, r, id, None, "push");
        let Some(repo) = world.orgs.get_mut(o).and_then(|org| org.repos.get_mut(r)) else {
            continue;
        };
        let Some(run) = repo.runs.iter_mut().find(|known| Some(known.id) == run) else {
            continue;
        };
        if let Some(conclusion) = text(&told, "conclusion") {
            run.conclusion = Some(conclusion.to_ascii_lowercase());
        }
        if let Some(at) = text(&told, "updated_at") {
            run.created_at.clone_from(&at);
            run.updated_at = at;
        }
    }
    Ok(())
}

fn run_of_state(world: &mut World, o: usize, r: usize, item: &Value) -> Result<(), String> {
    let id = number(item, "id").unwrap_or_else(|| world.fresh_id());
    let stamp = world.stamp();
    let Some(repo) = world.orgs.get_mut(o).and_then(|org| org.repos.get_mut(r)) else {
        return Ok(());
    };
    let by_path = text(item, "workflow").and_then(|path| repo.workflows.iter().find(|w| w.path == path)).map(|w| w.id);
    let workflow =
        number(item, "workflow_id").or(by_path).ok_or("a workflow run names no workflow file that is there")?;
    let updated_at = text(item, "updated_at").unwrap_or(stamp);
    let status = text(item, "status").unwrap_or_else(|| "completed".to_owned());
    let done = status == "completed";
    repo.runs.push(Run {
        id,
        workflow,
        head_sha: text(item, "head_sha").or_else(|| repo.head().map(|c| c.oid.clone())).unwrap_or_default(),
        branch: text(item, "branch").unwrap_or_else(|| repo.default_branch()),
        event: text(item, "event").unwrap_or_else(|| "push".to_owned()),
        status,
        conclusion: text(item, "conclusion")
            .map(|c| c.to_ascii_lowercase())
            .or_else(|| done.then(|| "success".to_owned())),
        created_at: text(item, "created_at").unwrap_or_else(|| updated_at.clone()),
        updated_at,
    });
    Ok(())
}

/// Returns a pull request as it stands in a state file.
pub(crate) fn plain_pull(pull: &Pull) -> Value {
    json!({
        "id": pull.id, "number": pull.number, "title": pull.title, "body": pull.body,
        "state": if pull.open { "open" } else { "closed" }, "merged_at": pull.merged_at, "author": pull.author, "head": pull.head,
        "head_repo": pull.head_repo, "head_sha": pull.head_sha, "base": pull.base, "created_at": pull.created_at,
        "updated_at": pull.updated_at, "closed_at": pull.closed_at,
    })
}

/// Adds a pull request of a state file.
pub(crate) fn pull_of_state(world: &mut World, o: usize, r: usize, item: &Value, author: String) -> Result<(), String> {
    let (id, stamp) = (number(item, "id").unwrap_or_else(|| world.fresh_id()), world.stamp());
    let Some(repo) = world.orgs.get_mut(o).and_then(|org| org.repos.get_mut(r)) else {
        return Ok(());
    };
    let head = text(item, "head").unwrap_or_default();
    let head_repo = text(item, "head_repo");
    let branch = if head_repo.is_some() { format!("refs/pull/{head}/head") } else { format!("refs/heads/{head}") };
    let tip = text(item, "head_sha").or_else(|| repo.refs.get(&branch).cloned());
    let open = text(item, "state").is_none_or(|s| s == "open");
    let created_at = text(item, "created_at").unwrap_or(stamp);
    let updated_at = text(item, "updated_at").unwrap_or_else(|| created_at.clone());
    repo.pulls.push(Pull {
        id,
        number: number(item, "number").unwrap_or_else(|| next_number(repo)),
        title: text(item, "title").unwrap_or_else(|| "Update files".to_owned()),
        body: text(item, "body"),
        open,
        merged_at: text(item, "merged_at"),
        author,
        head_sha: tip.ok_or_else(|| format!("no branch {head:?} for the head of a pull request"))?,
        head,
        head_repo,
        base: text(item, "base").unwrap_or_else(|| repo.default_branch()),
        closed_at: text(item, "closed_at").or_else(|| (!open).then(|| updated_at.clone())),
        created_at,
        updated_at,
    });
    Ok(())
}

/// Returns the next number of a pull request in a repository.
pub(super) fn next_number(repo: &Repo) -> u64 {
    repo.pulls.iter().map(|p| p.number).max().unwrap_or(0) + 1
}
