//! Workflows and their runs.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, plain, shapes};
use crate::sim::token::Level;
use crate::sim::world::{Run, Workflow};

/// Routes what stands below `/repos/{owner}/{repo}/actions`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, tail: &[&str]) -> Answer {
    let level = if method == "GET" { Level::Read } else { Level::Write };
    ctx.need(spot, "actions", level)?;
    match (method, tail) {
        ("GET", ["workflows"]) => {
            let all: Vec<&Workflow> = ctx.repo(spot).workflows.iter().collect();
            Ok(ctx.paged_in("workflows", all, |w| workflow(ctx, spot, w)))
        }
        ("GET", ["workflows", which]) => {
            let found = find(ctx, spot, which)?;
            Ok(Reply::json(200, workflow(ctx, spot, found)))
        }
        ("PUT", ["workflows", which, "enable"]) => set_state(ctx, spot, which, "active"),
        ("PUT", ["workflows", which, "disable"]) => set_state(ctx, spot, which, "disabled_manually"),
        ("POST", ["workflows", which, "dispatches"]) => dispatch(ctx, spot, which),
        ("GET", ["workflows", which, "runs"]) => {
            let id = find(ctx, spot, which)?.id;
            Ok(runs(ctx, spot, Some(id)))
        }
        ("GET", ["runs"]) => Ok(runs(ctx, spot, None)),
        ("GET", ["runs", id]) => {
            let found = ctx.repo(spot).runs.iter().find(|r| r.id.to_string() == *id).ok_or_else(Reply::not_found)?;
            Ok(Reply::json(200, run(ctx, spot, found)))
        }
        _ => Err(ctx.no_route()),
    }
}

/// A workflow is named by number or by file name.
fn find<'c>(ctx: &'c Ctx<'_>, spot: Spot, which: &str) -> Result<&'c Workflow, Reply> {
    let named =
        |w: &&Workflow| w.id.to_string() == which || w.path.rsplit('/').next() == Some(which) || w.path == which;
    ctx.repo(spot).workflows.iter().find(named).ok_or_else(Reply::not_found)
}

fn set_state(ctx: &mut Ctx<'_>, spot: Spot, which: &str, state: &str) -> Answer {
    let id = find(ctx, spot, which)?.id;
    let stamp = ctx.world.stamp();
    for workflow in ctx.repo_mut(spot).workflows.iter_mut().filter(|w| w.id == id && w.state != state) {
        state.clone_into(&mut workflow.state);
        stamp.clone_into(&mut workflow.updated_at);
    }
    Ok(Reply::empty(204))
}

fn dispatch(ctx: &mut Ctx<'_>, spot: Spot, which: &str) -> Answer {
    let workflow = find(ctx, spot, which)?.clone();
    let name = ctx.required("ref")?;
    let branch = name.trim_start_matches("refs/heads/").to_owned();
    if workflow.state != "active" {
        return Err(Reply::error(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow"));
    }
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let head = repo.refs.get(&format!("refs/heads/{branch}")).and_then(|oid| repo.commits.get(oid));
    let Some(head) = head else {
        return Err(Reply::error(422, &format!("No ref found for: {name}")));
    };
    let file = org.objects.at(&head.tree, &workflow.path).and_then(|e| org.objects.text(&e.oid));
    if !file.is_some_and(|text| text.contains("workflow_dispatch")) {
        return Err(Reply::error(422, "Workflow does not have 'workflow_dispatch' trigger"));
    }
    let started = ctx.world.start_run(spot.o, spot.r, workflow.id, Some(&branch), "workflow_dispatch");
    if ctx.flag("return_run_details")? != Some(true) {
        return Ok(Reply::empty(204));
    }
    let tail = format!("actions/runs/{}", started.unwrap_or_default());
    let html = format!("https://github.com/{}/{tail}", ctx.full_name(spot));
    let body =
        json!({"workflow_run_id": started, "run_url": format!("{}/{tail}", ctx.repo_url(spot)), "html_url": html});
    Ok(Reply::json(200, body))
}

fn runs(ctx: &Ctx<'_>, spot: Spot, workflow: Option<u64>) -> Reply {
    let fits = |name: &str, value: &str| ctx.param(name).is_none_or(|wanted| wanted == value);
    let mut found: Vec<&Run> = ctx
        .repo(spot)
        .runs
        .iter()
        .filter(|r| workflow.is_none_or(|id| r.workflow == id))
        .filter(|r| fits("branch", &r.branch) && fits("event", &r.event) && fits("head_sha", &r.head_sha))
        .filter(|r| ctx.param("status").is_none_or(|s| r.status == s || r.conclusion.as_deref() == Some(s)))
        .collect();
    found.sort_by(|a, b| (&b.created_at, b.id).cmp(&(&a.created_at, a.id)));
    ctx.paged_in("workflow_runs", found, |r| run(ctx, spot, r))
}

/// Returns a workflow with its links.
fn workflow(ctx: &Ctx<'_>, spot: Spot, workflow: &Workflow) -> Value {
    let mut out = plain::plain_workflow(workflow);
    let full = ctx.full_name(spot);
    let file = workflow.path.rsplit('/').next().unwrap_or_default();
    if let Some(map) = out.as_object_mut() {
        map.insert("url".to_owned(), json!(format!("{}/actions/workflows/{}", ctx.repo_url(spot), workflow.id)));
        let blob = format!("https://github.com/{full}/blob/{}/{}", ctx.repo(spot).default_branch(), workflow.path);
        map.insert("html_url".to_owned(), json!(blob));
        map.insert("badge_url".to_owned(), json!(format!("https://github.com/{full}/workflows/{file}/badge.svg")));
    }
    out
}

fn run(ctx: &Ctx<'_>, spot: Spot, run: &Run) -> Value {
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let workflow = repo.workflows.iter().find(|w| w.id == run.workflow);
    let commit = repo.commits.get(&run.head_sha);
    let url = format!("{}/actions/runs/{}", ctx.repo_url(spot), run.id);
    let html = format!("https://github.com/{}/actions/runs/{}", ctx.full_name(spot), run.id);
    let about = Value::Object(shapes::simple_repo(&ctx.base, org, repo));
    let title = commit.and_then(|c| c.message.lines().next()).unwrap_or("Run");
    json!({
        "id": run.id, "node_id": crate::sim::world::node_id("WFR", run.id), "name": workflow.map(|w| w.name.clone()),
        "head_branch": run.branch, "head_sha": run.head_sha, "path": workflow.map_or("", |w| w.path.as_str()),
        "display_title": title, "run_number": run_number(repo.runs.as_slice(), run), "run_attempt": 1, "event": run.event,
        "status": run.status, "conclusion": run.conclusion, "workflow_id": run.workflow, "check_suite_id": run.id,
        "check_suite_node_id": crate::sim::world::node_id("CS", run.id), "url": url, "html_url": html, "pull_requests": [],
        "created_at": run.created_at, "updated_at": run.updated_at, "run_started_at": run.created_at,
        "jobs_url": format!("{url}/jobs"), "logs_url": format!("{url}/logs"), "artifacts_url": format!("{url}/artifacts"),
        "cancel_url": format!("{url}/cancel"), "rerun_url": format!("{url}/rerun"), "previous_attempt_url": null,
        "check_suite_url": format!("{}/check-suites/{}", ctx.repo_url(spot), run.id),
        "workflow_url": format!("{}/actions/workflows/{}", ctx.repo_url(spot), run.workflow),
        "head_commit": commit.map(|c| json!({
            "id": c.oid, "tree_id": c.tree, "message": c.message, "timestamp": c.committer.date,
            "author": {"name": c.author.name, "email": c.author.email},
            "committer": {"name": c.committer.name, "email": c.committer.email},
        })),
        "repository": about, "head_repository": about,
    })
}

/// Returns the place of a run among those of its workflow, from one.
fn run_number(runs: &[Run], run: &Run) -> usize {
    runs.iter().filter(|r| r.workflow == run.workflow && r.id <= run.id).count()
}
