//! Git's objects, refs and check suites.

use serde_json::{Map, Value};

use super::value::{Obj, Val, connection, leaf, person, plain};
use crate::sim::git::{Blob, Commit, Entry, Signer, ancestry, diff};
use crate::sim::world::{Org, Repo, Run, Workflow, node_id};

/// How much of a text GitHub gives before it cuts.
const TEXT_LIMIT: usize = 512 * 1024;

/// Finds an object by `oid` or `expression` (`HEAD:path`, `branch:path`, `refs/heads/a/b:path`, or a revision alone).
pub(super) fn find_object<'w>(org: &'w Org, repo: &'w Repo, args: &Map<String, Value>) -> Val<'w> {
    if let Some(oid) = args.get("oid").and_then(Value::as_str) {
        if let Some(commit) = repo.commits.get(oid) {
            return Val::Obj(Obj::Commit(org, repo, commit));
        }
        if !repo.holds(org, oid) {
            return Val::Null;
        }
        let tree = org.objects.trees.contains_key(oid);
        return Val::Obj(if tree {
            Obj::Tree(org, repo, oid.to_owned())
        } else {
            Obj::Blob(org, repo, oid.to_owned())
        });
    }
    let expression = args.get("expression").and_then(Value::as_str).unwrap_or_default();
    let (revision, path) = match expression.split_once(':') {
        Some((revision, path)) => (revision, Some(path)),
        None => (expression, None),
    };
    let Some(commit) = resolve(repo, revision) else {
        return Val::Null;
    };
    let Some(path) = path else {
        return Val::Obj(Obj::Commit(org, repo, commit));
    };
    match org.objects.at(&commit.tree, path) {
        Some(entry) => object(org, repo, &entry),
        None => Val::Null,
    }
}

fn resolve<'w>(repo: &'w Repo, name: &str) -> Option<&'w Commit> {
    if name == "HEAD" {
        return repo.head();
    }
    let known = [name.to_owned(), format!("refs/{name}"), format!("refs/heads/{name}")];
    let oid = known.iter().find_map(|n| repo.refs.get(n));
    repo.commits.get(oid.map_or(name, String::as_str))
}

fn object<'w>(org: &'w Org, repo: &'w Repo, entry: &Entry) -> Val<'w> {
    match entry.kind() {
        "tree" => Val::Obj(Obj::Tree(org, repo, entry.oid.clone())),
        "blob" => Val::Obj(Obj::Blob(org, repo, entry.oid.clone())),
        // A submodule's commit is in another repository.
        _ => Val::Null,
    }
}

/// Returns the ref with a whole name, or null.
pub(super) fn reference_to<'w>(org: &'w Org, repo: &'w Repo, whole: &str) -> Val<'w> {
    match repo.refs.get(whole) {
        Some(oid) => Val::Obj(Obj::Ref(org, repo, whole.to_owned(), oid.clone())),
        None => Val::Null,
    }
}

/// Resolves a field of a ref.
pub(super) fn reference<'w>(org: &'w Org, repo: &'w Repo, whole: &str, oid: &str, name: &str) -> Option<Val<'w>> {
    let prefix = if whole.starts_with("refs/heads/") { "refs/heads/" } else { "refs/" };
    Some(match name {
        "id" => leaf(node_id("REF", repo.id) + whole),
        "name" => leaf(whole.trim_start_matches(prefix)),
        "prefix" => leaf(prefix),
        "repository" => Val::Obj(Obj::Repo(org, repo)),
        "target" => repo.commits.get(oid).map_or(Val::Null, |c| Val::Obj(Obj::Commit(org, repo, c))),
        _ => return None,
    })
}

/// Resolves a field that every git object has.
fn any<'w>(org: &'w Org, repo: &'w Repo, oid: &str, name: &str) -> Option<Val<'w>> {
    let url = format!("https://github.com/{}/{}/commit/{oid}", org.login, repo.name);
    Some(match name {
        "id" => leaf(node_id("G", repo.id) + oid),
        "oid" => leaf(oid),
        "abbreviatedOid" => leaf(oid.get(..7).unwrap_or(oid)),
        "repository" => Val::Obj(Obj::Repo(org, repo)),
        "commitUrl" => leaf(url),
        "commitResourcePath" => leaf(url.trim_start_matches("https://github.com")),
        _ => return None,
    })
}

/// Resolves a field of a tree.
pub(super) fn tree<'w>(org: &'w Org, repo: &'w Repo, oid: &str, name: &str) -> Option<Val<'w>> {
    if name != "entries" {
        return any(org, repo, oid, name);
    }
    let Some(lines) = org.objects.trees.get(oid) else {
        return Some(Val::Null);
    };
    let line = |e: &'w Entry| {
        plain(
            "TreeEntry",
            vec![
                ("name", leaf(&e.name)),
                ("path", leaf(&e.name)),
                ("type", leaf(e.kind())),
                ("mode", leaf(e.mode)),
                ("oid", leaf(&e.oid)),
                ("size", leaf(e.size)),
                ("object", object(org, repo, e)),
            ],
        )
    };
    Some(Val::List(lines.iter().map(line).collect()))
}

/// Resolves a field of a blob.
pub(super) fn blob<'w>(org: &'w Org, repo: &'w Repo, oid: &str, name: &str) -> Option<Val<'w>> {
    let blob = org.objects.blobs.get(oid);
    let bytes = org.bytes(oid).unwrap_or_default();
    let binary = matches!(blob, Some(Blob::Binary)) || bytes.contains(&0) || std::str::from_utf8(bytes).is_err();
    let large = matches!(blob, Some(Blob::TooLarge)) || bytes.len() > TEXT_LIMIT;
    Some(match name {
        "byteSize" if matches!(blob, Some(Blob::TooLarge)) => leaf(TEXT_LIMIT * 2),
        "byteSize" => leaf(bytes.len()),
        "isBinary" => leaf(binary),
        "isTruncated" => leaf(large && !binary),
        "text" if binary || matches!(blob, Some(Blob::TooLarge) | None) => Val::Null,
        "text" => leaf(String::from_utf8_lossy(bytes.get(..TEXT_LIMIT).unwrap_or(bytes))),
        _ => return any(org, repo, oid, name),
    })
}

/// Resolves a field of a commit.
pub(super) fn commit<'w>(
    org: &'w Org,
    repo: &'w Repo,
    commit: &'w Commit,
    name: &str,
    args: &Map<String, Value>,
) -> Option<Val<'w>> {
    let headline = commit.message.lines().next().unwrap_or_default();
    let commits =
        |list: Vec<&'w Commit>| list.into_iter().map(|c| Val::Obj(Obj::Commit(org, repo, c))).collect::<Vec<_>>();
    let url = format!("/{}/{}/commit/{}", org.login, repo.name, commit.oid);
    Some(match name {
        "message" => leaf(&commit.message),
        "messageHeadline" => leaf(headline),
        "messageBody" => leaf(commit.message.strip_prefix(headline).unwrap_or_default().trim_start()),
        "authoredDate" => leaf(&commit.author.date),
        "committedDate" => leaf(&commit.committer.date),
        "author" => actor(&commit.author),
        "committer" => actor(&commit.committer),
        "committedViaWeb" => leaf(commit.signed),
        "url" => leaf(format!("https://github.com{url}")),
        "resourcePath" => leaf(url),
        "tree" => Val::Obj(Obj::Tree(org, repo, commit.tree.clone())),
        "signature" if !commit.signed => Val::Null,
        "signature" => plain(
            "GpgSignature",
            vec![
                ("isValid", leaf(true)),
                ("state", leaf("VALID")),
                ("wasSignedByGitHub", leaf(true)),
                ("email", leaf("noreply@github.com")),
                ("signer", person("web-flow")),
            ],
        ),
        "changedFilesIfAvailable" | "changedFiles" => {
            let before = commit.parents.first().and_then(|p| repo.commits.get(p)).map_or("", |c| c.tree.as_str());
            leaf(diff(&org.objects, before, &commit.tree).len())
        }
        "parents" => connection(
            "CommitConnection",
            name,
            args,
            commits(commit.parents.iter().filter_map(|p| repo.commits.get(p)).collect()),
        ),
        "history" => {
            let path = args.get("path").and_then(Value::as_str);
            let at = |c: &Commit, path: &str| org.objects.at(&c.tree, path).map(|e| e.oid);
            let touches = |c: &&Commit| {
                let parent = c.parents.first().and_then(|p| repo.commits.get(p));
                path.is_none_or(|path| at(c, path) != parent.and_then(|p| at(p, path)))
            };
            let found = ancestry(&repo.commits, &commit.oid).into_iter().filter(touches).collect();
            connection("CommitHistoryConnection", name, args, commits(found))
        }
        "checkSuites" => suites(org, repo, commit, args),
        _ => return any(org, repo, &commit.oid, name),
    })
}

fn actor<'w>(signer: &'w Signer) -> Val<'w> {
    plain(
        "GitActor",
        vec![
            ("name", leaf(&signer.name)),
            ("email", leaf(&signer.email)),
            ("date", leaf(&signer.date)),
            ("user", signer.login.as_deref().map_or(Val::Null, person)),
        ],
    )
}

/// The number of GitHub's own App for Actions.
const ACTIONS: u64 = 15_368;

fn suites<'w>(org: &'w Org, repo: &'w Repo, commit: &Commit, args: &Map<String, Value>) -> Val<'w> {
    let app = args.get("filterBy").and_then(|f| f.get("appId")).and_then(Value::as_u64);
    let mut runs: Vec<&Run> =
        repo.runs.iter().filter(|r| r.head_sha == commit.oid && app.is_none_or(|id| id == ACTIONS)).collect();
    runs.sort_by_key(|r| r.id);
    let items = runs.into_iter().map(|r| Val::Obj(Obj::Suite(org, repo, r))).collect();
    connection("CheckSuiteConnection", "checkSuites", args, items)
}

/// Resolves a field of a check suite: each is a workflow run's.
pub(super) fn suite<'w>(org: &'w Org, repo: &'w Repo, run: &'w Run, name: &str) -> Option<Val<'w>> {
    let url = format!("https://github.com/{}/{}/actions/runs/{}", org.login, repo.name, run.id);
    Some(match name {
        "id" => leaf(node_id("CS", run.id)),
        "databaseId" => leaf(run.id),
        "status" => leaf(run.status.to_uppercase()),
        "conclusion" => leaf(run.conclusion.as_ref().map(|c| c.to_uppercase())),
        "createdAt" => leaf(&run.created_at),
        "updatedAt" => leaf(&run.updated_at),
        "url" => leaf(&url),
        "app" => plain(
            "App",
            vec![
                ("id", leaf(node_id("A", ACTIONS))),
                ("slug", leaf("github-actions")),
                ("name", leaf("GitHub Actions")),
                ("databaseId", leaf(ACTIONS)),
            ],
        ),
        "branch" => reference_to(org, repo, &format!("refs/heads/{}", run.branch)),
        "commit" => repo.commits.get(&run.head_sha).map_or(Val::Null, |c| Val::Obj(Obj::Commit(org, repo, c))),
        "repository" => Val::Obj(Obj::Repo(org, repo)),
        "workflowRun" => {
            let workflow = repo.workflows.iter().find(|w| w.id == run.workflow);
            let Some(workflow) = workflow else {
                return Some(Val::Null);
            };
            plain(
                "WorkflowRun",
                vec![
                    ("id", leaf(node_id("WFR", run.id))),
                    ("databaseId", leaf(run.id)),
                    ("event", leaf(&run.event)),
                    ("createdAt", leaf(&run.created_at)),
                    ("updatedAt", leaf(&run.updated_at)),
                    (
                        "runNumber",
                        leaf(repo.runs.iter().filter(|r| r.workflow == run.workflow && r.id <= run.id).count()),
                    ),
                    ("url", leaf(url)),
                    (
                        "file",
                        plain(
                            "WorkflowRunFile",
                            vec![("path", leaf(&workflow.path)), ("id", leaf(node_id("WFRF", run.id)))],
                        ),
                    ),
                    ("workflow", Val::Obj(Obj::Workflow(org, repo, workflow))),
                ],
            )
        }
        _ => return None,
    })
}

/// Resolves a field of a workflow.
pub(super) fn workflow<'w>(org: &'w Org, repo: &'w Repo, workflow: &'w Workflow, name: &str) -> Option<Val<'w>> {
    let file = workflow.path.rsplit('/').next().unwrap_or_default();
    let path = format!("/{}/{}/actions/workflows/{file}", org.login, repo.name);
    Some(match name {
        "id" => leaf(&workflow.node_id),
        "databaseId" => leaf(workflow.id),
        "name" => leaf(&workflow.name),
        "state" => leaf(workflow.state.to_uppercase()),
        "resourcePath" => leaf(path),
        "url" => leaf(format!("https://github.com{path}")),
        "createdAt" => leaf(&workflow.created_at),
        "updatedAt" => leaf(&workflow.updated_at),
        _ => return None,
    })
}
