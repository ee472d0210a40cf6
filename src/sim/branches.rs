//! What follows when a branch moves: workflows appear and go, runs start, pull requests follow or close.

use serde_json::json;

use super::git::{Oid, Signer};
use super::world::{Org, Repo, Run, Workflow, World, node_id};

/// The folder that GitHub looks into for workflows.
pub(super) const WORKFLOWS: &str = ".github/workflows";

impl Signer {
    /// Returns an account as it stands in a commit.
    pub fn of(login: &str, date: &str) -> Self {
        Self {
            name: login.to_owned(),
            email: format!("{login}@users.noreply.github.com"),
            login: Some(login.to_owned()),
            date: date.to_owned(),
        }
    }

    /// Returns GitHub itself, the committer of what is written through its web and API.
    pub fn web_flow(date: &str) -> Self {
        Self {
            name: "GitHub".to_owned(),
            email: "noreply@github.com".to_owned(),
            login: Some("web-flow".to_owned()),
            date: date.to_owned(),
        }
    }
}

impl World {
    /// Lets a ref point to a commit, or removes it, with all that follows.
    pub fn move_ref(&mut self, o: usize, r: usize, name: &str, to: Option<&str>) {
        let stamp = self.stamp();
        let Some(repo) = self.orgs.get_mut(o).and_then(|org| org.repos.get_mut(r)) else {
            return;
        };
        match to {
            Some(oid) => repo.refs.insert(name.to_owned(), oid.to_owned()),
            None => repo.refs.remove(name),
        };
        repo.set("pushed_at", json!(stamp));
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            follow_pulls(repo, branch, to, &stamp);
        }
        if name == repo.head_ref() {
            self.sync_workflows(o, r);
            self.start_runs(o, r, "push");
        }
    }

    /// Makes the workflow objects fit the files of the default branch.
    pub fn sync_workflows(&mut self, o: usize, r: usize) {
        let stamp = self.stamp();
        let Some(org) = self.orgs.get(o) else { return };
        let Some(repo) = org.repos.get(r) else { return };
        let files = workflow_files(org, repo);
        // A fork's scheduled workflows sleep until somebody wakes them.
        let fork = repo.flag("fork");
        let known: Vec<String> = repo.workflows.iter().map(|w| w.path.clone()).collect();
        let mut fresh = Vec::new();
        for (path, name, scheduled) in &files {
            if !known.contains(path) {
                let id = self.fresh_id();
                fresh.push(Workflow {
                    id,
                    node_id: node_id("W", id),
                    name: name.clone(),
                    path: path.clone(),
                    state: if fork && *scheduled { "disabled_fork" } else { "active" }.to_owned(),
                    created_at: stamp.clone(),
                    updated_at: stamp.clone(),
                });
            }
        }
        let Some(repo) = self.orgs.get_mut(o).and_then(|org| org.repos.get_mut(r)) else {
            return;
        };
        repo.workflows.retain(|w| files.iter().any(|(path, ..)| *path == w.path));
        for workflow in &mut repo.workflows {
            if let Some((_, name, _)) = files.iter().find(|(path, ..)| *path == workflow.path) {
                workflow.name.clone_from(name);
            }
        }
        repo.workflows.extend(fresh);
    }

    /// Starts, and at once completes, a run of every active workflow at the head of the default branch.
    pub fn start_runs(&mut self, o: usize, r: usize, event: &str) {
        let Some(repo) = self.orgs.get(o).and_then(|org| org.repos.get(r)) else {
            return;
        };
        let active: Vec<u64> = repo.workflows.iter().filter(|w| w.state == "active").map(|w| w.id).collect();
        for workflow in active {
            self.start_run(o, r, workflow, None, event);
        }
    }

    /// Starts, and at once completes, one run; returns its number.
    pub fn start_run(&mut self, o: usize, r: usize, workflow: u64, branch: Option<&str>, event: &str) -> Option<u64> {
        let (id, stamp) = (self.fresh_id(), self.stamp());
        let repo = self.orgs.get_mut(o)?.repos.get_mut(r)?;
        let branch = branch.map_or_else(|| repo.default_branch(), str::to_owned);
        let head_sha = repo.refs.get(&format!("refs/heads/{branch}"))?.clone();
        repo.runs.push(Run {
            id,
            workflow,
            head_sha,
            branch,
            event: event.to_owned(),
            status: "completed".to_owned(),
            conclusion: Some("success".to_owned()),
            created_at: stamp.clone(),
            updated_at: stamp,
        });
        Some(id)
    }
}

/// Open pull requests follow their head branch, and close when it goes.
fn follow_pulls(repo: &mut Repo, branch: &str, to: Option<&str>, stamp: &str) {
    for pull in repo.pulls.iter_mut().filter(|p| p.open) {
        let ours = pull.head_repo.is_none() && pull.head == branch;
        match to {
            Some(oid) if ours => pull.head_sha = oid.to_owned(),
            None if ours || pull.base == branch => {
                pull.open = false;
                pull.closed_at = Some(stamp.to_owned());
            }
            Some(_) | None => continue,
        }
        stamp.clone_into(&mut pull.updated_at);
    }
}

/// Returns the workflow files of the default branch, the names they give themselves, and whether they run by the clock.
fn workflow_files(org: &Org, repo: &Repo) -> Vec<(String, String, bool)> {
    let Some(head) = repo.head() else {
        return Vec::new();
    };
    let Some(folder) = org.objects.at(&head.tree, WORKFLOWS) else {
        return Vec::new();
    };
    let entries = org.objects.trees.get(&folder.oid).into_iter().flatten();
    entries
        .filter(|e| e.kind() == "blob" && (e.name.ends_with(".yml") || e.name.ends_with(".yaml")))
        .map(|e| {
            let path = format!("{WORKFLOWS}/{}", e.name);
            let text = org.objects.text(&e.oid).unwrap_or_default();
            let name = workflow_name(text).unwrap_or_else(|| path.clone());
            (path, name, text.contains("schedule:"))
        })
        .collect()
}

/// Returns the `name:` of a workflow file; GitHub takes the path where there is none.
fn workflow_name(text: &str) -> Option<String> {
    let line = text.lines().find_map(|l| l.strip_prefix("name:"))?;
    let name = line.trim().trim_matches(['"', '\'']);
    (!name.is_empty()).then(|| name.to_owned())
}

impl Repo {
    /// Whether any ref of the repository leads to the object (or it was made here and no commit holds it yet).
    pub fn holds(&self, org: &Org, oid: &str) -> bool {
        if self.loose.contains(oid) || self.commits.contains_key(oid) {
            return true;
        }
        let trees: std::collections::BTreeSet<&Oid> = self.commits.values().map(|c| &c.tree).collect();
        trees.iter().any(|t| *t == oid || org.objects.contains(t, oid))
    }
}

impl super::git::Objects {
    /// Whether an object is in a tree or below it.
    pub fn contains(&self, tree: &str, oid: &str) -> bool {
        self.trees
            .get(tree)
            .into_iter()
            .flatten()
            .any(|e| e.oid == oid || (e.kind() == "tree" && self.contains(&e.oid, oid)))
    }
}
