//! Pull requests.

use serde_json::{Map, Value};

use super::git::reference_to;
use super::value::{Obj, Val, account, connection, leaf, plain};
use crate::sim::rest::{commits_of, files_of};
use crate::sim::world::{Org, Pull, Repo, node_id};

/// Lists the pull requests of a repository.
pub(super) fn list<'w>(org: &'w Org, repo: &'w Repo, args: &Map<String, Value>) -> Val<'w> {
    let text = |key: &str| args.get(key).and_then(Value::as_str);
    let states: Option<Vec<&str>> = match args.get("states") {
        Some(Value::Array(all)) => Some(all.iter().filter_map(Value::as_str).collect()),
        Some(Value::String(one)) => Some(vec![one]),
        _ => None,
    };
    let mut found: Vec<&'w Pull> = repo
        .pulls
        .iter()
        .filter(|p| text("headRefName").is_none_or(|h| h == p.head) && text("baseRefName").is_none_or(|b| b == p.base))
        .filter(|p| states.as_ref().is_none_or(|s| s.contains(&state(p))))
        .collect();
    let order = args.get("orderBy");
    if order.and_then(|o| o.get("field")).and_then(Value::as_str) == Some("UPDATED_AT") {
        found.sort_by(|a, b| (&a.updated_at, a.number).cmp(&(&b.updated_at, b.number)));
    } else {
        found.sort_by_key(|p| p.number);
    }
    if order.and_then(|o| o.get("direction")).and_then(Value::as_str) == Some("DESC") {
        found.reverse();
    }
    let items = found.into_iter().map(|p| Val::Obj(Obj::Pull(org, repo, p))).collect();
    connection("PullRequestConnection", "pullRequests", args, items)
}

fn state(pull: &Pull) -> &'static str {
    match (pull.open, &pull.merged_at) {
        (true, _) => "OPEN",
        (false, Some(_)) => "MERGED",
        (false, None) => "CLOSED",
    }
}

/// Resolves a field of a pull request.
pub(super) fn resolve<'w>(
    org: &'w Org,
    repo: &'w Repo,
    pull: &'w Pull,
    name: &str,
    args: &Map<String, Value>,
) -> Option<Val<'w>> {
    let path = format!("/{}/{}/pull/{}", org.login, repo.name, pull.number);
    Some(match name {
        "id" => leaf(node_id("PR", pull.id)),
        "databaseId" => leaf(pull.id),
        "number" => leaf(pull.number),
        "url" | "permalink" => leaf(format!("https://github.com{path}")),
        "resourcePath" => leaf(path),
        "title" => leaf(&pull.title),
        // Null in REST, the empty text here.
        "body" => leaf(pull.body.as_deref().unwrap_or_default()),
        "state" => leaf(state(pull)),
        "closed" => leaf(!pull.open),
        "merged" => leaf(pull.merged_at.is_some()),
        "mergeable" => leaf("MERGEABLE"),
        "isDraft" | "locked" => leaf(false),
        "isCrossRepository" => leaf(pull.head_repo.is_some()),
        "createdAt" => leaf(&pull.created_at),
        "updatedAt" => leaf(&pull.updated_at),
        "closedAt" => leaf(&pull.closed_at),
        "mergedAt" => leaf(&pull.merged_at),
        "headRefName" => leaf(&pull.head),
        "headRefOid" => leaf(&pull.head_sha),
        "headRef" if pull.head_repo.is_some() => Val::Null,
        "headRef" => reference_to(org, repo, &format!("refs/heads/{}", pull.head)),
        "baseRefName" => leaf(&pull.base),
        "baseRefOid" => leaf(repo.refs.get(&format!("refs/heads/{}", pull.base))),
        "baseRef" => reference_to(org, repo, &format!("refs/heads/{}", pull.base)),
        "author" => account(&pull.author),
        "repository" => Val::Obj(Obj::Repo(org, repo)),
        "headRepository" => head_repository(org, repo, pull),
        "changedFiles" => leaf(files_of(org, repo, pull).len()),
        "commits" => {
            let own = commits_of(repo, pull).into_iter();
            let items = own
                .map(|c| plain("PullRequestCommit", vec![("commit", Val::Obj(Obj::Commit(org, repo, c)))]))
                .collect();
            connection("PullRequestCommitConnection", name, args, items)
        }
        "files" => connection("PullRequestChangedFileConnection", name, args, files(org, repo, pull)),
        _ => return None,
    })
}

fn head_repository<'w>(org: &'w Org, repo: &'w Repo, pull: &'w Pull) -> Val<'w> {
    let Some(full) = &pull.head_repo else {
        return Val::Obj(Obj::Repo(org, repo));
    };
    let (owner, name) = full.split_once('/').unwrap_or((full, &repo.name));
    let id = crate::sim::rest::account_id(full);
    plain(
        "Repository",
        vec![
            ("id", leaf(node_id("R", id))),
            ("databaseId", leaf(id)),
            ("name", leaf(name)),
            ("nameWithOwner", leaf(full)),
            ("isFork", leaf(true)),
            ("owner", account(owner)),
        ],
    )
}

fn files<'w>(org: &'w Org, repo: &'w Repo, pull: &'w Pull) -> Vec<Val<'w>> {
    let lines = |entry: Option<&crate::sim::git::Entry>| {
        entry.and_then(|e| org.objects.text(&e.oid)).map_or(0, |t| t.lines().count())
    };
    let one = |d: crate::sim::git::FileDiff| {
        let kind = match (&d.before, &d.after) {
            (None, _) => "ADDED",
            (Some(_), None) => "DELETED",
            (Some(_), Some(_)) => "MODIFIED",
        };
        plain(
            "PullRequestChangedFile",
            vec![
                ("path", leaf(&d.path)),
                ("changeType", leaf(kind)),
                ("additions", leaf(lines(d.after.as_ref()))),
                ("deletions", leaf(lines(d.before.as_ref()))),
            ],
        )
    };
    files_of(org, repo, pull).into_iter().map(one).collect()
}
