//! The pull request by which ordain brings files into a repository: one for each, on the branch `ordain/policy`.
//!
//! The branch is ours only if it is in the repository itself and every commit on it, and the pull request, are our
//! identity's; otherwise it is never touched. What is open is asked for all repositories in bulk; commits and files only
//! where the branch exists.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::settings::{Context, FileWrite, GraphqlField, Outcome, Pending, RestRead};

/// The branch.
pub const BRANCH: &str = "ordain/policy";

const OPEN: GraphqlField = GraphqlField {
    key: "ordainPulls",
    selection: "ordainPulls: pullRequests(headRefName: \"ordain/policy\", states: [OPEN], first: 2) { totalCount nodes { \
                number url isCrossRepository baseRefName headRefOid author { login } } }",
    permission: Some("pull_requests:read"),
};

/// What open pull requests hold, asked only where there is one: GitHub counts points for every list inside a list, whether
/// there is anything in it or not.
const HELD: GraphqlField = GraphqlField {
    key: "ordainHeld",
    selection: "ordainHeld: pullRequests(headRefName: \"ordain/policy\", states: [OPEN], first: 2) { nodes { number \
                commits(first: 50) { totalCount nodes { commit { oid author { name email user { login } } } } } \
                files(first: 100) { totalCount nodes { path changeType } } } }",
    permission: Some("pull_requests:read"),
};

const HEAD: GraphqlField = GraphqlField {
    key: "ordainBranch",
    selection: "ordainBranch: ref(qualifiedName: \"refs/heads/ordain/policy\") { name target { oid } }",
    permission: Some("contents:read"),
};

/// Whether the repository has no commit.
pub(super) const IS_EMPTY: GraphqlField =
    GraphqlField { key: "isEmpty", selection: "isEmpty", permission: Some("metadata:read") };

/// An open pull request from our branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPull {
    /// Its number.
    pub number: u64,
    /// Its address.
    pub url: String,
}

/// What stands in a repository under our branch's name.
#[derive(Debug, Clone, PartialEq)]
pub enum PullState {
    /// No branch.
    None,
    /// A branch of ours, perhaps with a pull request.
    Ours {
        /// The commit at its head.
        head: String,
        /// The open pull request.
        open: Option<OpenPull>,
        /// Whether the default branch has commits that the branch has not; false where a pull request is open.
        behind: bool,
        /// The files that it changes against the default branch: path → blob id, `None` where it removes the file.
        files: BTreeMap<String, Option<String>>,
    },
    /// Somebody else's: never touched.
    Foreign(String),
    /// It could not be read.
    Unknown(Outcome),
}

/// Asks in bulk whether there is a commit, a branch or a pull request, so that it is known by the time it matters.
pub(super) fn ask(cx: &Context<'_>) {
    let _ = cx.graphql(IS_EMPTY);
    let _ = cx.graphql(OPEN);
    let _ = cx.graphql(HEAD);
}

/// Whether GitHub said of the repository that it has no commit.
pub(super) fn is_empty(cx: &Context<'_>) -> bool {
    let empty = cx.graphql(IS_EMPTY).ok().and_then(|reading| reading.value().copied());
    empty.and_then(Value::as_bool) == Some(true)
}

/// Whether the answers there are say that a pull request or a branch is there, though no file differs.
pub(super) fn may_be_open(cx: &Context<'_>) -> bool {
    let open = cx.graphql(OPEN).ok().and_then(|reading| reading.value().copied());
    open.and_then(|value| value.get("totalCount")).and_then(Value::as_u64).is_some_and(|count| count > 0)
}

/// Reads the state of our branch in the judged repository.
///
/// # Errors
/// `Pending` until everything has been read.
pub fn state(cx: &Context<'_>) -> Result<PullState, Pending> {
    let (open, head) = (cx.graphql(OPEN), cx.graphql(HEAD));
    let (open, head) = (open?, head?);
    let (open, head) = match (Outcome::known(open), Outcome::known(head)) {
        (Ok(open), Ok(head)) => (open, head),
        (Err(outcome), _) | (_, Err(outcome)) => return Ok(PullState::Unknown(outcome)),
    };
    let Some(oid) = head.pointer("/target/oid").and_then(Value::as_str) else { return Ok(PullState::None) };
    let pulls = open.get("nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // What GitHub does not say is taken as somebody else's.
    let own = pulls.iter().find(|pull| pull.get("isCrossRepository").and_then(Value::as_bool) == Some(false));
    match own {
        Some(pull) => with_pull(cx, oid, pull),
        None => branch_alone(cx, oid),
    }
}

/// The state of a branch with an open pull request: all from the bulk answers, but for the folders that it changes.
fn with_pull(cx: &Context<'_>, head: &str, pull: &Value) -> Result<PullState, Pending> {
    let (viewer, held) = (cx.viewer(), cx.graphql(HELD));
    let (viewer, held) = match (Outcome::known(viewer?), Outcome::known(held?)) {
        (Ok(viewer), Ok(held)) => (viewer, held),
        (Err(outcome), _) | (_, Err(outcome)) => return Ok(PullState::Unknown(outcome)),
    };
    let number = pull.get("number").filter(|number| number.is_u64());
    let pulls = held.get("nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // One that was closed between the two answers holds nothing, and is then somebody else's: it holds more than was read.
    let held = pulls.iter().find(|one| one.get("number") == number).unwrap_or(&Value::Null);
    let files = changed_files(cx, held)?;
    let url = pull.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
    let author = pull.pointer("/author/login").and_then(Value::as_str);
    if !author.is_some_and(|author| is_same_login(author, viewer)) {
        return Ok(PullState::Foreign(format!("the pull request {url} from {BRANCH} is not ours")));
    }
    if let Some(why) = foreign_commit(viewer, held) {
        return Ok(PullState::Foreign(why));
    }
    let (Some(number), Ok(files)) = (pull.get("number").and_then(Value::as_u64), files) else {
        return Ok(PullState::Unknown(Outcome::unknown(
            format!("what {url} changes could not be read"),
            Some("contents:read"),
        )));
    };
    Ok(PullState::Ours { head: head.to_owned(), open: Some(OpenPull { number, url }), behind: false, files })
}

/// The commit of a pull request that is not ours, if there is one (or more of them than can be checked).
fn foreign_commit(viewer: &str, pull: &Value) -> Option<String> {
    let commits = pull.pointer("/commits/nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let total = pull.pointer("/commits/totalCount").and_then(Value::as_u64);
    if total != Some(commits.len() as u64) {
        return Some(format!("the branch {BRANCH} holds more commits than can be checked"));
    }
    let other = commits.iter().find(|node| !is_ours(viewer, node.pointer("/commit/author")))?;
    let oid = other.pointer("/commit/oid").and_then(Value::as_str).unwrap_or("?");
    Some(format!("the branch {BRANCH} holds a commit that is not ours ({})", oid.get(..8).unwrap_or(oid)))
}

/// Whether a commit's author is the viewer. An App's commits have no user in GraphQL, but the address that GitHub gives bots.
fn is_ours(viewer: &str, author: Option<&Value>) -> bool {
    let text = |path: &str| author.and_then(|author| author.pointer(path)).and_then(Value::as_str);
    match text("/user/login") {
        Some(login) => is_same_login(login, viewer),
        None => {
            let bot = format!("{}[bot]", plain(viewer));
            text("/name").map(str::to_ascii_lowercase) == Some(bot.clone())
                && text("/email").is_some_and(|email| {
                    email.to_ascii_lowercase().split_once('+').map(|(_, rest)| rest.to_owned())
                        == Some(format!("{bot}@users.noreply.github.com"))
                })
        }
    }
}

/// The files that a pull request changes, with their blobs on the branch: path → blob id, `None` where it removes the file.
fn changed_files(cx: &Context<'_>, pull: &Value) -> Result<Result<BTreeMap<String, Option<String>>, ()>, Pending> {
    let list = pull.pointer("/files/nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if pull.pointer("/files/totalCount").and_then(Value::as_u64) != Some(list.len() as u64) {
        return Ok(Err(()));
    }
    let paths: Vec<&str> = list.iter().filter_map(|file| file.get("path").and_then(Value::as_str)).collect();
    let folders: Vec<_> = paths.iter().map(|path| cx.tree_at(&folder_on_branch(path))).collect();
    let mut files = BTreeMap::new();
    for (path, folder) in paths.into_iter().zip(folders) {
        let Ok(entries) = Outcome::known(folder?) else { return Ok(Err(())) };
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let entry = entries.unwrap_or_default().iter().find(|entry| entry.name == name);
        files.insert(path.to_owned(), entry.map(|entry| entry.oid.to_string()));
    }
    Ok(Ok(files))
}

fn folder_on_branch(path: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("refs/heads/{BRANCH}:{folder}")
}

/// The state of a branch without a pull request: what an earlier one left, or one that an interrupted apply began.
fn branch_alone(cx: &Context<'_>, head: &str) -> Result<PullState, Pending> {
    let Some(base) = cx.repository()?.default_branch.as_deref() else { return Ok(PullState::None) };
    // Two questions at once: who we are, and what the branch holds.
    let viewer = cx.viewer();
    let compare = cx.rest(compare(base));
    let (viewer, compare) = (viewer?, compare?);
    let (viewer, compare) = match (Outcome::known(viewer), Outcome::known(compare)) {
        (Ok(viewer), Ok(Some(compare))) => (viewer, compare),
        (Ok(_), Ok(None)) => {
            return Ok(PullState::Foreign(format!("the branch {BRANCH} has no history in common with {base}")));
        }
        (Err(outcome), _) | (_, Err(outcome)) => return Ok(PullState::Unknown(outcome)),
    };
    if let Some(why) = foreign(viewer, compare) {
        return Ok(PullState::Foreign(why));
    }
    // What GitHub does not say is taken as behind: then the branch starts anew.
    let behind = compare.get("behind_by").and_then(Value::as_u64) != Some(0);
    Ok(PullState::Ours { head: head.to_owned(), open: None, behind, files: files(compare) })
}

/// The read that compares the branch with the default branch.
fn compare(base: &str) -> RestRead {
    RestRead::document(format!("compare/{}...{}", encode(base), encode(BRANCH)), "contents:read")
}

/// Percent-encodes a branch name for one path segment.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Why the branch is not ours, if it is not.
fn foreign(viewer: &str, compare: &Value) -> Option<String> {
    let commits = compare.get("commits").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let total = compare.get("total_commits").and_then(Value::as_u64).unwrap_or(commits.len() as u64);
    if total > commits.len() as u64 {
        return Some(format!("the branch {BRANCH} holds {total} commits, more than can be checked"));
    }
    let other = commits.iter().find(|commit| {
        let author = commit.pointer("/author/login").and_then(Value::as_str);
        !author.is_some_and(|author| is_same_login(author, viewer))
    })?;
    let sha = other.get("sha").and_then(Value::as_str).unwrap_or("?");
    Some(format!("the branch {BRANCH} holds a commit that is not ours ({})", sha.get(..8).unwrap_or(sha)))
}

/// Apps are `name[bot]` in REST and `name` in some places of GraphQL.
fn is_same_login(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

fn plain(login: &str) -> String {
    login.to_ascii_lowercase().trim_end_matches("[bot]").to_owned()
}

fn files(compare: &Value) -> BTreeMap<String, Option<String>> {
    let list = compare.get("files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut files = BTreeMap::new();
    for file in list {
        let text = |key: &str| file.get(key).and_then(Value::as_str).map(str::to_owned);
        let Some(path) = text("filename") else { continue };
        let removed = text("status").as_deref() == Some("removed");
        if let Some(previous) = text("previous_filename") {
            files.insert(previous, None);
        }
        files.insert(path, if removed { None } else { text("sha") });
    }
    files
}

/// Whether the branch holds exactly the planned files; if not all settings were judged, at least them.
#[must_use]
pub fn holds(branch: &BTreeMap<String, Option<String>>, planned: &[FileWrite], partial: bool) -> bool {
    let wanted: BTreeMap<&str, Option<&str>> =
        planned.iter().map(|file| (file.path.as_str(), file.oid.as_ref().map(|oid| oid.as_str()))).collect();
    let all_there = wanted.iter().all(|(path, oid)| branch.get(*path).map(Option::as_deref) == Some(*oid));
    all_there && (partial || branch.len() == wanted.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Delivery, blob_oid};

    fn file(path: &str, text: &str) -> FileWrite {
        FileWrite {
            path: path.into(),
            content: Some(text.as_bytes().into()),
            oid: Some(blob_oid(text.as_bytes())),
            delivery: Delivery::PullRequest,
        }
    }

    #[test]
    fn a_branch_must_hold_exactly_the_planned_files() {
        let planned = [file("a", "1")];
        let oid = Some(blob_oid(b"1").to_string());
        let exact = BTreeMap::from([("a".to_owned(), oid.clone())]);
        let more = BTreeMap::from([("a".to_owned(), oid), ("b".to_owned(), None)]);
        assert!(holds(&exact, &planned, false));
        assert!(!holds(&more, &planned, false));
        assert!(holds(&more, &planned, true));
        assert!(!holds(&BTreeMap::new(), &planned, true));
    }

    #[test]
    fn somebody_elses_commit_makes_the_branch_foreign() {
        let compare =
            |login: &str| json!({"total_commits": 1, "commits": [{"sha": "0123456789", "author": {"login": login}}]});
        assert_eq!(foreign("ordain[bot]", &compare("ordain")), None);
        assert!(foreign("ordain[bot]", &compare("mallory")).is_some());
        let unsaid = json!({"total_commits": 1, "commits": [{"sha": "0123456789", "author": null}]});
        assert!(foreign("ordain[bot]", &unsaid).is_some());
        assert!(foreign("me", &json!({"total_commits": 300, "commits": []})).is_some());
    }

    #[test]
    fn an_apps_commits_are_known_by_the_address_that_github_gives_bots() {
        let author = |name: &str, email: &str| json!({"name": name, "email": email, "user": null});
        let bot = author("ordain[bot]", "123+ordain[bot]@users.noreply.github.com");
        assert!(is_ours("ordain[bot]", Some(&bot)));
        assert!(!is_ours("ordain[bot]", Some(&author("ordain[bot]", "me@example.org"))));
        assert!(!is_ours("ordain[bot]", Some(&json!({"user": {"login": "mallory"}}))));
        assert!(!is_ours("ordain[bot]", None));
    }

    #[test]
    fn branch_names_are_encoded() {
        assert_eq!(encode("ordain/policy"), "ordain%2Fpolicy");
        assert_eq!(encode("main"), "main");
    }
}
