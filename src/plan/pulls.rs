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
    selection: "ordainPulls: pullRequests(headRefName: \"ordain/policy\", states: [OPEN], first: 5) { totalCount nodes { \
                number url isCrossRepository baseRefName headRefOid author { login } } }",
    connections: 1,
    permission: Some("pull_requests:read"),
};

const HEAD: GraphqlField = GraphqlField {
    key: "ordainBranch",
    selection: "ordainBranch: ref(qualifiedName: \"refs/heads/ordain/policy\") { name target { oid } }",
    connections: 0,
    permission: Some("contents:read"),
};

/// Whether the repository has no commit.
pub(super) const IS_EMPTY: GraphqlField =
    GraphqlField { key: "isEmpty", selection: "isEmpty", connections: 0, permission: Some("metadata:read") };

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
    let pulls = pulls(open);
    let own = pulls.iter().find(|pull| !pull.cross);
    let Some(oid) = head.pointer("/target/oid").and_then(Value::as_str) else { return Ok(PullState::None) };
    let repository = cx.repository()?;
    let Some(base) = repository.default_branch.as_deref() else { return Ok(PullState::None) };
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
    if let Some(why) = foreign(viewer, own, compare) {
        return Ok(PullState::Foreign(why));
    }
    let open = own.map(|pull| OpenPull { number: pull.number, url: pull.url.clone() });
    Ok(PullState::Ours { head: oid.to_owned(), open, files: files(compare) })
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

struct Pull {
    number: u64,
    url: String,
    cross: bool,
    author: Option<String>,
}

fn pulls(value: &Value) -> Vec<Pull> {
    let nodes = value.get("nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    nodes
        .iter()
        .filter_map(|node| {
            Some(Pull {
                number: node.get("number")?.as_u64()?,
                url: node.get("url").and_then(Value::as_str).unwrap_or_default().to_owned(),
                // What GitHub does not say is taken as somebody else's.
                cross: node.get("isCrossRepository").and_then(Value::as_bool).unwrap_or(true),
                author: node.pointer("/author/login").and_then(Value::as_str).map(str::to_owned),
            })
        })
        .collect()
}

/// Why the branch is not ours, if it is not.
fn foreign(viewer: &str, pull: Option<&Pull>, compare: &Value) -> Option<String> {
    if let Some(pull) = pull
        && !pull.author.as_deref().is_some_and(|author| is_same_login(author, viewer))
    {
        return Some(format!("the pull request {} from {BRANCH} is not ours", pull.url));
    }
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
    let plain = |login: &str| login.trim_end_matches("[bot]").to_ascii_lowercase();
    plain(a) == plain(b)
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
        planned.iter().map(|file| (file.path.as_str(), file.oid.as_ref().map(|oid| oid.0.as_str()))).collect();
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
        let oid = Some(blob_oid(b"1").0);
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
        assert_eq!(foreign("ordain[bot]", None, &compare("ordain")), None);
        assert!(foreign("ordain[bot]", None, &compare("mallory")).is_some());
        let unsaid = json!({"total_commits": 1, "commits": [{"sha": "0123456789", "author": null}]});
        assert!(foreign("ordain[bot]", None, &unsaid).is_some());
        assert!(foreign("me", None, &json!({"total_commits": 300, "commits": []})).is_some());
    }

    #[test]
    fn branch_names_are_encoded() {
        assert_eq!(encode("ordain/policy"), "ordain%2Fpolicy");
        assert_eq!(encode("main"), "main");
    }
}
