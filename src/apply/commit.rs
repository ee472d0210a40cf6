//! Files: commits made through GitHub's API, so that GitHub signs them, each guarded by the head that it stands on.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Run, interrupted};
use crate::{
    github::GithubError,
    model::Org,
    plan::{ChangeResult, Judged, Target, encode},
    settings::{FileWrite, Outcome},
};

const MUTATION: &str = "mutation Commit($input: CreateCommitOnBranchInput!) {\n  createCommitOnBranch(input: $input) { commit { oid url } ref { name } }\n}";

/// A commit to be made.
pub(super) struct NewCommit<'a> {
    pub(super) org: &'a Org,
    /// `owner/name`
    pub(super) repository: String,
    pub(super) branch: &'a str,
    /// The commit that must be the branch's head.
    pub(super) head: &'a str,
    pub(super) headline: &'a str,
    pub(super) body: String,
    /// Path → new bytes; `None` removes the file.
    pub(super) files: BTreeMap<String, Option<Vec<u8>>>,
}

impl Run<'_> {
    /// Writes files to the default branch.
    pub(super) async fn by_commit(&self, group: &[&Judged]) -> Vec<ChangeResult> {
        let files = match self.files_before(group).await {
            Ok(files) => files,
            Err(results) => return results,
        };
        let numbers = match self.note_intents(group) {
            Ok(numbers) => numbers,
            Err(results) => return results,
        };
        let result = self.commit_files(group, &files).await;
        let mut results = Vec::new();
        for one in group {
            results.push(match (&result, self.outcome_of_commit(one, result.is_ok()).await) {
                (_, Outcome::Compliant { .. }) => ChangeResult::Applied,
                (Err(message), _) => ChangeResult::Failed { message: message.clone() },
                (Ok(()), other) => {
                    let message =
                        format!("GitHub took the commit, but it reads back otherwise: {}", super::api::say(&other));
                    ChangeResult::Failed { message }
                }
            });
        }
        self.note_outcomes(&numbers, &results);
        results
    }

    /// Reads back; where GitHub took the commit, a replica that lags is given time.
    async fn outcome_of_commit(&self, judged: &Judged, taken: bool) -> Outcome {
        for wait in super::api::LAG {
            self.observer.client().limits().sleep(Duration::from_millis(wait)).await;
            let now = self.outcome_now(judged).await;
            if !taken || matches!(now, Outcome::Compliant { .. }) {
                return now;
            }
        }
        self.outcome_now(judged).await
    }

    async fn commit_files(&self, group: &[&Judged], files: &[FileWrite]) -> Result<(), String> {
        let Some(first) = group.first() else { return Ok(()) };
        let (branch, head) = self.default_head(&first.target).await?;
        let commit = NewCommit {
            org: &first.target.org,
            repository: first.target.name(),
            branch: &branch,
            head: &head,
            headline: if self.backwards { "Take back what was applied" } else { "Apply the organisation's policy" },
            body: message_body(group),
            files: contents(files),
        };
        self.commit(commit).await.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Reads once more, before the intents are noted: the files to write; or what comes of the changes, where nothing is written.
    pub(super) async fn files_before(&self, group: &[&Judged]) -> Result<Vec<FileWrite>, Vec<ChangeResult>> {
        let Some(now) = self.stop.unless_asked(self.files_now(group)).await else { return Err(interrupted(group)) };
        match now {
            Ok(files) if files.is_empty() => Err(vec![ChangeResult::AlreadyDone; group.len()]),
            Ok(files) => Ok(files),
            Err(message) => Err(vec![ChangeResult::Stale { message }; group.len()]),
        }
    }

    /// The files of those changes that are still as planned; an error names the first that is not.
    async fn files_now(&self, group: &[&Judged]) -> Result<Vec<FileWrite>, String> {
        let mut files = Vec::new();
        for one in group {
            let planned = one.difference().map(|difference| (&difference.before, &difference.after));
            match self.outcome_now(one).await {
                Outcome::Compliant { .. } => {}
                Outcome::Differs(now) if planned == Some((&now.before, &now.after)) => {
                    files.extend(one.files().cloned());
                }
                other => {
                    return Err(format!("{} changed since it was planned: {}", one.setting(), super::api::say(&other)));
                }
            }
        }
        Ok(files)
    }

    /// The default branch and the commit at its head.
    pub(super) async fn default_head(&self, target: &Target) -> Result<(String, String), String> {
        let branch = self.default_branch(target).ok_or("GitHub did not say what the default branch is")?;
        let path = format!("/repos/{}/git/ref/heads/{}", target.name(), encode_ref(&branch));
        let response = self.observer.client().get(&target.org, &path).await.map_err(|error| error.to_string())?;
        let head = response
            .body
            .pointer("/object/sha")
            .and_then(Value::as_str)
            .ok_or("GitHub did not say where the default branch is")?;
        Ok((branch, head.to_owned()))
    }

    pub(super) fn default_branch(&self, target: &Target) -> Option<String> {
        let observed = self.observed.read().expect("no holder of this lock panics");
        let repo = observed.orgs.get(&target.org)?.repo(target.node()?)?;
        repo.repository.default_branch.clone()
    }

    /// Makes a commit and gives its object name. A lost answer is settled by looking at the branch.
    pub(super) async fn commit(&self, commit: NewCommit<'_>) -> Result<String, GithubError> {
        let input = input(&commit);
        let answer = self.observer.client().mutate(commit.org, MUTATION, json!({"input": input})).await?;
        let oid = answer.data.pointer("/createCommitOnBranch/commit/oid").and_then(Value::as_str);
        match (oid, answer.errors.first()) {
            (Some(oid), None) => Ok(oid.to_owned()),
            (_, Some(problem)) if problem.kind.as_deref() == Some("FORBIDDEN") => Err(GithubError::Forbidden {
                call: format!("createCommitOnBranch on {} of {}", commit.branch, commit.repository),
                // GraphQL does not say which of the two.
                message: format!("{}; it needs contents:write, and workflow files workflows:write", problem.message),
                permission: None,
            }),
            (_, Some(problem)) => Err(GithubError::Rejected {
                call: format!("createCommitOnBranch on {} of {}", commit.branch, commit.repository),
                status: 200,
                message: problem.message.clone(),
            }),
            (None, None) => Err(GithubError::Malformed {
                call: "createCommitOnBranch".into(),
                message: "it names no commit".into(),
            }),
        }
    }
}

fn input(commit: &NewCommit<'_>) -> Value {
    let (mut additions, mut deletions) = (Vec::new(), Vec::new());
    for (path, content) in &commit.files {
        match content {
            Some(bytes) => additions.push(json!({"path": path, "contents": STANDARD.encode(bytes)})),
            None => deletions.push(json!({"path": path})),
        }
    }
    json!({
        "branch": {"repositoryNameWithOwner": commit.repository, "branchName": commit.branch},
        "expectedHeadOid": commit.head,
        "message": {"headline": commit.headline, "body": commit.body},
        "fileChanges": {"additions": additions, "deletions": deletions},
    })
}

/// The planned files by path.
pub(super) fn contents(files: &[FileWrite]) -> BTreeMap<String, Option<Vec<u8>>> {
    files.iter().map(|file| (file.path.clone(), file.content.as_ref().map(|bytes| bytes.to_vec()))).collect()
}

/// What each file is for, with its place in the policy.
pub(super) fn message_body(group: &[&Judged]) -> String {
    let lines = group.iter().map(|one| {
        let reason = one.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("- {} ({}){reason}", one.setting(), one.source())
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Encodes a branch name for `git/ref/heads/…`, where slashes stand as they are.
pub(super) fn encode_ref(branch: &str) -> String {
    branch.split('/').map(encode).collect::<Vec<_>>().join("/")
}
