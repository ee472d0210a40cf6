//! The journal: a file of JSON lines in which each write stands before it is sent and after it was read back, synced to
//! disk, so that a kill at any point leaves what was begun. Values are settings; no secret ever comes near it.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::Path,
    sync::Mutex,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    model::{Action, Delivery, Effect, NodeId},
    plan::{Change, ChangeResult, Plan},
    settings::Move,
};

/// The name of the format.
pub const FORMAT: &str = "ordain.journal/1";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The first line.
    Begin {
        /// `ordain.journal/1`
        format: String,
        /// The version of ordain.
        ordain: String,
        /// When the apply began.
        started_at: String,
        /// Where the API is.
        api_url: String,
        /// The organisations.
        orgs: Vec<String>,
        /// The digest of the policy.
        policy_digest: String,
        /// The name of the journal that is taken back, where this is the journal of an undo.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undoes: Option<String>,
    },
    /// A write that is about to be sent.
    Intent(Box<Intent>),
    /// What came of it.
    Outcome {
        /// Joins it to its intent.
        seq: u64,
        /// When.
        at: String,
        /// `applied`, `already_done`, `pull_request`, `failed`, `stale` or `skipped`.
        result: String,
        /// Why, for a person.
        message: Option<String>,
        /// The address of the pull request.
        url: Option<String>,
        /// Of a pull request: `opened`, `updated` or `unchanged`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        how: Option<String>,
    },
    /// The last line; without it the apply was cut short.
    End {
        /// When.
        at: String,
        /// Whether nothing failed, was skipped or was stale.
        complete: bool,
    },
}

/// A write that is about to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Joins it to its outcome.
    pub seq: u64,
    /// When.
    pub at: String,
    /// The change's id.
    pub id: String,
    /// The organisation.
    pub org: String,
    /// The repository; null for an organisation's setting.
    pub repo: Option<String>,
    /// The target's identity.
    pub node_id: Option<NodeId>,
    /// The key, then the name or the part.
    pub setting: String,
    /// The key.
    pub key: String,
    /// The name in a keyed table.
    pub name: Option<String>,
    /// The part.
    pub part: Option<String>,
    /// What the change does.
    pub action: Action,
    /// What GitHub said just now.
    pub before: Value,
    /// What is about to be written.
    pub after: Value,
    /// Which way it moves security.
    pub effect: Effect,
    /// Whether something that people made is lost.
    pub deletes: bool,
    /// How it reaches GitHub.
    pub delivery: Delivery,
    /// The method of the call.
    pub method: Option<String>,
    /// The path of the call.
    pub path: Option<String>,
    /// The settings of repositories that the write moves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Move>,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    file: Mutex<(File, u64)>,
}

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Journal {
    /// Makes the file, which must not be there yet: a journal is never written over. `undoes` names the journal that is taken
    /// back, if this is an undo.
    ///
    /// # Errors
    /// If it cannot be made or written.
    pub fn create(path: &Path, plan: &Plan, undoes: Option<String>) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let journal = Self { file: Mutex::new((options.open(path)?, 0)) };
        journal.write(&Entry::Begin {
            format: FORMAT.to_owned(),
            ordain: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: now(),
            api_url: plan.api_url.clone(),
            orgs: plan.orgs.clone(),
            policy_digest: plan.policy.digest.clone(),
            undoes,
        })?;
        Ok(journal)
    }

    /// Notes a write that is about to be sent; it may be sent once this has returned. Gives its number.
    ///
    /// # Errors
    /// If it could not be written and synced: then nothing may be sent.
    pub fn intent(&self, change: &Change, call: Option<(&str, &str)>) -> std::io::Result<u64> {
        let seq = {
            let mut file = self.file.lock().expect("no holder of this lock panics");
            file.1 += 1;
            file.1
        };
        let intent = Intent {
            seq,
            at: now(),
            id: change.id.clone(),
            org: change.org.clone(),
            repo: change.repo.clone(),
            node_id: change.node_id.clone(),
            setting: change.setting.clone(),
            key: change.key.clone(),
            name: change.name.clone(),
            part: change.part.clone(),
            action: change.action,
            before: change.before.clone(),
            after: change.after.clone(),
            effect: change.effect,
            deletes: change.deletes,
            delivery: change.delivery,
            method: call.map(|(method, _)| method.to_owned()),
            path: call.map(|(_, path)| path.to_owned()),
            effects: change.effects.clone(),
        };
        self.write(&Entry::Intent(Box::new(intent)))?;
        Ok(seq)
    }

    /// Notes what came of a write.
    ///
    /// # Errors
    /// If it could not be written and synced.
    pub fn outcome(&self, seq: u64, result: &ChangeResult) -> std::io::Result<()> {
        let (word, message, url) = match result {
            ChangeResult::Applied => ("applied", None, None),
            ChangeResult::AlreadyDone => ("already_done", None, None),
            ChangeResult::PullRequest { url, .. } => ("pull_request", None, Some(url.clone())),
            ChangeResult::Stale { message } => ("stale", Some(message.clone()), None),
            ChangeResult::Failed { message } => ("failed", Some(message.clone()), None),
            ChangeResult::Skipped { message }
            | ChangeResult::Deferred { message }
            | ChangeResult::Refused { message } => ("skipped", Some(message.clone()), None),
        };
        let how = match result {
            ChangeResult::PullRequest { how, .. } => Some(how.clone()),
            _ => None,
        };
        self.write(&Entry::Outcome { seq, at: now(), result: word.to_owned(), message, url, how })
    }

    /// Notes that the apply is over.
    ///
    /// # Errors
    /// If it could not be written and synced.
    pub fn end(&self, complete: bool) -> std::io::Result<()> {
        self.write(&Entry::End { at: now(), complete })
    }

    fn write(&self, entry: &Entry) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let mut file = self.file.lock().expect("no holder of this lock panics");
        file.0.write_all(&line)?;
        file.0.sync_data()
    }
}

/// Reads a journal, also one that was cut short in the middle of its last line.
///
/// # Errors
/// A line that is none, with its number; a cut-off last line is no error.
pub fn read(text: &str) -> Result<Vec<Entry>, String> {
    let whole = text.ends_with('\n');
    let lines: Vec<&str> = text.lines().collect();
    let mut entries = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(entry) => entries.push(entry),
            Err(_) if at + 1 == lines.len() && !whole => {}
            Err(error) => return Err(format!("line {}: {error}", at + 1)),
        }
    }
    match entries.first() {
        Some(Entry::Begin { format, .. }) if format == FORMAT => Ok(entries),
        Some(Entry::Begin { format, .. }) => Err(format!("its format is `{format}`; this version reads `{FORMAT}`")),
        _ => Err("it does not begin as a journal does".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = r#"{"entry":"begin","format":"ordain.journal/1","ordain":"0.1.0","started_at":"2026-11-22T12:00:00Z","api_url":"https://api.github.com","orgs":["o"],"policy_digest":"sha256:0"}"#;

    #[test]
    fn a_journal_cut_short_at_any_byte_is_read() {
        let text = format!(
            "{BEGIN}\n{}\n",
            r#"{"entry":"outcome","seq":1,"at":"2026-11-22T12:00:00Z","result":"applied","message":null,"url":null}"#
        );
        assert_eq!(read(&text).expect("whole").len(), 2);
        for end in BEGIN.len() + 1..text.len() {
            assert!(read(&text[..end]).is_ok(), "cut at {end}");
        }
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        assert!(read("").is_err());
        assert!(read("{}\n").is_err());
        assert!(read(&format!("{BEGIN}\nnonsense\n{{}}\n")).is_err());
    }
}
