//! Files by pull request: one for each repository, on the branch `ordain/policy`, in one commit; updated in place, never
//! twice, never over somebody else's commits.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use serde_json::{Value, json};

use super::{
    Run,
    commit::{NewCommit, contents, encode_ref, message_body},
};
use crate::{
    github::GithubError,
    plan::{BRANCH, ChangeResult, Judged, OpenPull, PullState, Target, branch_holds, encode, pull_state},
    settings::FileWrite,
};

const TITLE: &str = "Apply the organisation's policy";

/// Our branch, with what the pull request from it changes.
struct Branch {
    /// The commit at its head.
    head: String,
    open: Option<OpenPull>,
    /// Path → blob id, `None` where it removes the file.
    files: BTreeMap<String, Option<String>>,
}

/// What was done to the pull request.
struct Opened {
    pull: OpenPull,
    how: &'static str,
}

impl Run<'_> {
    /// Brings the files of all these changes into one pull request.
    pub(super) async fn by_pull_request(&self, group: &[&Judged]) -> Vec<ChangeResult> {
        let files = match self.files_before(group).await {
            Ok(files) => files,
            Err(results) => return results,
        };
        let numbers = match self.note_intents(group) {
            Ok(numbers) => numbers,
            Err(results) => return results,
        };
        let result = match self.bring(group, &files).await {
            Ok(None) => ChangeResult::AlreadyDone,
            Ok(Some(Opened { pull, how })) => {
                ChangeResult::PullRequest { url: pull.url, number: pull.number, how: how.to_owned() }
            }
            Err(message) => ChangeResult::Failed { message },
        };
        let results: Vec<ChangeResult> = group.iter().map(|_| result.clone()).collect();
        self.note_outcomes(&numbers, &results);
        results
    }

    async fn bring(&self, group: &[&Judged], files: &[FileWrite]) -> Result<Option<Opened>, String> {
        let Some(first) = group.first() else { return Ok(None) };
        let mut branch = self.branch(&first.target, files).await?;
        if let Some(pull) = &branch.open {
            // Before the commit: an apply that is cut short here is taken up again, since the files still differ.
            self.describe(&first.target, pull, group).await?;
        }
        let holds = branch_holds(&branch.files, files, self.partial);
        if !holds && self.is_outrun(&first.target, &branch, files).await? {
            branch = self.anew(&first.target, branch, files).await?;
        }
        let how = match (&branch.open, holds) {
            (None, _) => "opened",
            (Some(_), true) => "unchanged",
            (Some(_), false) => "updated",
        };
        if !holds {
            self.commit_to_branch(first, group, &branch, files).await?;
        }
        let pull = self.find_or_open(first, group, branch.open).await?;
        if !holds {
            self.read_back(&first.target, files).await?;
        }
        Ok(Some(Opened { pull, how }))
    }

    /// Our branch as it is to be written to: made where there is none, at the default branch's head where no pull request is open.
    async fn branch(&self, target: &Target, files: &[FileWrite]) -> Result<Branch, String> {
        let (head, open, there) = match self.state(target).await? {
            PullState::None => (self.create_branch(target).await?, None, BTreeMap::new()),
            // An apply was cut short before it opened the pull request: what it committed is not committed again.
            PullState::Ours { head, open: None, behind: false, files: there } if branch_holds(&there, files, false) => {
                (head, None, there)
            }
            PullState::Ours { head, open: None, .. } => {
                (self.reset_branch(target, &head).await?, None, BTreeMap::new())
            }
            PullState::Ours { head, open, files, .. } => (head, open, files),
            PullState::Foreign(why) => return Err(format!("{why}; it is never touched")),
            PullState::Unknown(outcome) => return Err(super::api::say(&outcome)),
        };
        Ok(Branch { head, open, files: there })
    }

    /// Whether the default branch has left the pull request behind so that no commit on it could say what is planned: a file was as
    /// planned where the branch began, and is no longer so. A pull request shows, and merges, what differs from its beginning.
    async fn is_outrun(&self, target: &Target, branch: &Branch, files: &[FileWrite]) -> Result<bool, String> {
        let missing: Vec<_> = files.iter().filter(|file| !branch.files.contains_key(&file.path)).collect();
        if branch.open.is_none() || missing.is_empty() {
            return Ok(false);
        }
        let beginning = self.beginning(target).await?;
        for file in missing {
            let there = self.file_at(target, &file.path, &beginning).await?;
            if there.map(|(oid, _)| oid).as_deref() == file.oid.as_ref().map(|oid| oid.as_str()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Closes the pull request, and begins the branch anew at the default branch's head.
    async fn anew(&self, target: &Target, branch: Branch, files: &[FileWrite]) -> Result<Branch, String> {
        if let Some(pull) = &branch.open
            && let ChangeResult::Failed { message } = self.close(target, pull).await
        {
            return Err(message);
        }
        self.branch(target, files).await
    }

    pub(super) async fn state(&self, target: &Target) -> Result<PullState, String> {
        let state = self.ask_now(target, pull_state).await;
        state.ok_or_else(|| format!("the state of the branch {BRANCH} could not be read"))
    }

    async fn create_branch(&self, target: &Target) -> Result<String, String> {
        let (_, head) = self.default_head(target).await?;
        let path = format!("/repos/{}/git/refs", target.name());
        let body = json!({"ref": format!("refs/heads/{BRANCH}"), "sha": head});
        match self.observer.client().write(&target.org, Method::POST, &path, Some(&body)).await {
            Ok(_) => Ok(head),
            // The answer was lost, or the branch was made meanwhile: what matters is where it is now.
            Err(error) if error.is_passing() || matches!(error, GithubError::Rejected { .. }) => {
                match self.branch_head(target).await {
                    Some(now) if now == head => Ok(head),
                    _ => Err(error.to_string()),
                }
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// A branch of ours without a pull request is what an earlier one left: it starts anew at the default branch's head.
    async fn reset_branch(&self, target: &Target, now: &str) -> Result<String, String> {
        let (_, head) = self.default_head(target).await?;
        if now == head {
            return Ok(head);
        }
        let path = format!("/repos/{}/git/refs/heads/{}", target.name(), encode_ref(BRANCH));
        let body = json!({"sha": head, "force": true});
        match self.observer.client().write(&target.org, Method::PATCH, &path, Some(&body)).await {
            Ok(_) => Ok(head),
            Err(error) if error.is_passing() && self.branch_head(target).await.as_deref() == Some(&head) => Ok(head),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn branch_head(&self, target: &Target) -> Option<String> {
        let path = format!("/repos/{}/git/ref/heads/{}", target.name(), encode_ref(BRANCH));
        let response = self.observer.client().get(&target.org, &path).await.ok()?;
        response.body.pointer("/object/sha").and_then(Value::as_str).map(str::to_owned)
    }

    /// One commit that makes the pull request change exactly the planned files: the others are as where the branch began.
    async fn commit_to_branch(
        &self,
        judged: &Judged,
        group: &[&Judged],
        branch: &Branch,
        files: &[FileWrite],
    ) -> Result<(), String> {
        let mut all = contents(files);
        let planned = |path: &String| files.iter().any(|file| file.path == *path);
        let others: Vec<&String> = branch.files.keys().filter(|path| !self.partial && !planned(path)).collect();
        if !others.is_empty() {
            let beginning = self.beginning(&judged.target).await?;
            for path in others {
                let there = self.file_at(&judged.target, path, &beginning).await?;
                all.insert(path.clone(), there.map(|(_, content)| content));
            }
        }
        let commit = NewCommit {
            org: &judged.target.org,
            repository: judged.target.name(),
            branch: BRANCH,
            head: &branch.head,
            headline: TITLE,
            body: message_body(group),
            files: all,
        };
        match self.commit(commit).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_passing() => match self.state(&judged.target).await {
                Ok(PullState::Ours { files: now, .. }) if branch_holds(&now, files, self.partial) => Ok(()),
                _ => Err(error.to_string()),
            },
            Err(error) => Err(error.to_string()),
        }
    }

    /// The commit at which our branch left the default branch.
    async fn beginning(&self, target: &Target) -> Result<String, String> {
        let base = self.default_branch(target).unwrap_or_default();
        let path = format!("/repos/{}/compare/{}...{}?per_page=1", target.name(), encode(&base), encode(BRANCH));
        let told = self.observer.client().get(&target.org, &path).await.map_err(|error| error.to_string())?;
        let oid = told.body.pointer("/merge_base_commit/sha").and_then(Value::as_str).map(str::to_owned);
        oid.ok_or_else(|| format!("GitHub did not say where the branch {BRANCH} left {base}"))
    }

    /// A file as it is at a commit: its object name and its bytes; `None` if it is not there.
    async fn file_at(&self, target: &Target, path: &str, commit: &str) -> Result<Option<(String, Vec<u8>)>, String> {
        let place = encode_ref(path);
        let url = format!("/repos/{}/contents/{place}?ref={}", target.name(), encode(commit));
        let body = match self.observer.client().get(&target.org, &url).await {
            Err(GithubError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.to_string()),
            Ok(response) => response.body,
        };
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let packed: Option<String> = text("content").map(|content| content.split_whitespace().collect());
        let content = packed.and_then(|packed| STANDARD.decode(packed).ok());
        let found = text("sha").map(str::to_owned).zip(content);
        found.map(Some).ok_or_else(|| format!("GitHub's answer for {path} is not a file"))
    }

    /// The open pull request of our branch: the one that is known, the one that is found, or a new one.
    async fn find_or_open(
        &self,
        judged: &Judged,
        group: &[&Judged],
        known: Option<OpenPull>,
    ) -> Result<OpenPull, String> {
        let target = &judged.target;
        if let Some(pull) = known {
            return Ok(pull);
        }
        if let Some(pull) = self.find(target).await? {
            return Ok(pull);
        }
        let base = self.default_branch(target).unwrap_or_default();
        let path = format!("/repos/{}/pulls", target.name());
        let new = json!({"title": TITLE, "head": BRANCH, "base": base, "body": body(group)});
        match self.observer.client().write(&target.org, Method::POST, &path, Some(&new)).await {
            Ok(response) => parse(&response.body).ok_or_else(|| "GitHub's answer is not a pull request".to_owned()),
            Err(error) if error.is_passing() || matches!(error, GithubError::Rejected { .. }) => {
                self.find(target).await?.ok_or_else(|| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// Brings the title and text of an open pull request up to date, if they are not.
    async fn describe(&self, target: &Target, pull: &OpenPull, group: &[&Judged]) -> Result<(), String> {
        let client = self.observer.client();
        let path = format!("/repos/{}/pulls/{}", target.name(), pull.number);
        let text = body(group);
        let holds = |now: &Value| now["title"] == TITLE && now["body"] == text.as_str();
        let now = client.get(&target.org, &path).await.map_err(|error| error.to_string())?;
        if holds(&now.body) {
            return Ok(());
        }
        let wanted = json!({"title": TITLE, "body": text});
        match client.write(&target.org, Method::PATCH, &path, Some(&wanted)).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_passing() => match client.get(&target.org, &path).await {
                Ok(now) if holds(&now.body) => Ok(()),
                _ => Err(error.to_string()),
            },
            Err(error) => Err(error.to_string()),
        }
    }

    async fn find(&self, target: &Target) -> Result<Option<OpenPull>, String> {
        let head = format!("{}:{BRANCH}", target.org);
        let path = format!("/repos/{}/pulls?state=open&head={}", target.name(), encode(&head));
        let pulls = self.observer.client().list(&target.org, &path, None).await.map_err(|error| error.to_string())?;
        let ours = pulls.iter().find(|pull| {
            let full_name = pull.pointer("/head/repo/full_name").and_then(Value::as_str);
            full_name.is_some_and(|name| name.eq_ignore_ascii_case(&target.name()))
                && pull.pointer("/head/ref").and_then(Value::as_str) == Some(BRANCH)
        });
        Ok(ours.and_then(parse))
    }

    async fn read_back(&self, target: &Target, files: &[FileWrite]) -> Result<(), String> {
        for wait in [0, 300, 1_000, 3_000] {
            self.observer.client().limits().sleep(Duration::from_millis(wait)).await;
            if let PullState::Ours { open: Some(_), files: now, .. } = self.state(target).await?
                && branch_holds(&now, files, self.partial)
            {
                return Ok(());
            }
        }
        Err(format!("the pull request was opened, but the branch {BRANCH} does not read back as planned"))
    }
}

fn parse(pull: &Value) -> Option<OpenPull> {
    let url = pull.get("html_url").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(OpenPull { number: pull.get("number")?.as_u64()?, url })
}

fn body(group: &[&Judged]) -> String {
    format!(
        "The organisation's policy asks for these files:\n\n{}\n\nThis pull request is updated in place when the policy changes, \
         and closed when it is no longer needed. Made by ordain; commits of others on `{BRANCH}` stop it from touching the branch.",
        message_body(group)
    )
}
