//! The journal: a file of JSON lines in which each write stands before it is sent and after it was read back, synced to
//! disk, so that a kill at any point leaves what was begun. Values are settings; no secret ever comes near it.

use std::{
    fs::{File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::Path,
    sync::Mutex,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    model::{Action, Delivery, Effect, NodeId},
    plan::{Change, ChangeResult, Plan, Target},
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
    /// A pull request of ordain's that is about to be closed, since nothing differs any more that it is for.
    Closing {
        /// Joins it to its outcome.
        seq: u64,
        /// When.
        at: String,
        /// The organisation.
        org: String,
        /// The repository.
        repo: String,
        /// Its identity.
        node_id: NodeId,
        /// The address of the pull request.
        url: String,
    },
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
    lines: Mutex<Lines<File>>,
}

/// A file of whole lines: one that could not be written whole and synced is taken away again, so that those after it can be read.
#[derive(Debug)]
struct Lines<F> {
    file: F,
    /// How many writes were noted.
    number: u64,
    /// How many bytes the whole lines have.
    whole: u64,
    /// Whether a part of a line stands behind them.
    torn: bool,
}

/// Where lines go.
trait Disk: Write {
    /// Returns once everything is on disk.
    fn sync(&mut self) -> std::io::Result<()>;
    /// Takes away what stands behind so many bytes; what is written next stands there.
    fn cut(&mut self, length: u64) -> std::io::Result<()>;
}

impl Disk for File {
    fn sync(&mut self) -> std::io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> std::io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(drop)
    }
}

impl<F: Disk> Lines<F> {
    const fn new(file: F) -> Self {
        Self { file, number: 0, whole: 0, torn: false }
    }

    fn add(&mut self, line: &[u8]) -> std::io::Result<()> {
        if self.torn {
            self.file.cut(self.whole)?;
            self.torn = false;
        }
        let added = self.file.write_all(line).and_then(|()| self.file.sync());
        match added {
            Ok(()) => self.whole += line.len() as u64,
            Err(_) => self.torn = self.file.cut(self.whole).is_err(),
        }
        added
    }
}

/// A new file is found after a power cut only if its folder was synced, too. Some file systems cannot; the file is as good there
/// as it was before.
fn sync_folder_of(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
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
        let journal = Self { lines: Mutex::new(Lines::new(options.open(path)?)) };
        journal.write(&Entry::Begin {
            format: FORMAT.to_owned(),
            ordain: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: now(),
            api_url: plan.api_url.clone(),
            orgs: plan.orgs.clone(),
            policy_digest: plan.policy.digest.clone(),
            undoes,
        })?;
        sync_folder_of(path);
        Ok(journal)
    }

    /// Notes a write that is about to be sent; it may be sent once this has returned. Gives its number.
    ///
    /// # Errors
    /// If it could not be written and synced: then nothing may be sent.
    pub fn intent(&self, change: &Change, call: Option<(&str, &str)>) -> std::io::Result<u64> {
        let seq = self.next();
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

    /// Notes that a pull request is about to be closed; it may be once this has returned. Gives its number.
    ///
    /// # Errors
    /// If it could not be written and synced: then nothing may be sent.
    pub fn closing(&self, target: &Target, url: &str) -> std::io::Result<u64> {
        let seq = self.next();
        let (repo, node_id) = target
            .repo
            .as_ref()
            .map_or_else(|| (String::new(), NodeId("".into())), |(name, node_id)| (name.to_string(), node_id.clone()));
        let (at, org, url) = (now(), target.org.to_string(), url.to_owned());
        self.write(&Entry::Closing { seq, at, org, repo, node_id, url })?;
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

    fn next(&self) -> u64 {
        let mut lines = self.lines.lock().expect("no holder of this lock panics");
        lines.number += 1;
        lines.number
    }

    fn write(&self, entry: &Entry) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.lines.lock().expect("no holder of this lock panics").add(&line)
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

    /// A disk with room for so many bytes, which may come back.
    #[derive(Default)]
    struct Small {
        bytes: Vec<u8>,
        room: usize,
        cannot_cut: bool,
    }

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let fits = bytes.len().min(self.room - self.bytes.len());
            self.bytes.extend_from_slice(&bytes[..fits]);
            if fits == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(fits) }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Disk for Small {
        fn sync(&mut self) -> std::io::Result<()> {
            Ok(())
        }

        fn cut(&mut self, length: u64) -> std::io::Result<()> {
            if self.cannot_cut {
                return Err(std::io::ErrorKind::Other.into());
            }
            self.bytes.truncate(usize::try_from(length).expect("small"));
            Ok(())
        }
    }

    #[test]
    fn a_line_that_a_full_disk_cuts_off_spoils_none_after_it() {
        for cannot_cut in [false, true] {
            let mut lines = Lines::new(Small { room: 12, cannot_cut, ..Small::default() });
            lines.add(b"begin\n").expect("it fits");
            lines.add(b"too long\n").expect_err("full");
            lines.file.room = 100;
            assert_eq!(lines.add(b"b\n").is_err(), cannot_cut, "nothing is written behind a part of a line");
            lines.file.cannot_cut = false;
            lines.add(b"c\n").expect("it fits");
            let text = String::from_utf8(lines.file.bytes).expect("text");
            assert_eq!(text, if cannot_cut { "begin\nc\n" } else { "begin\nb\nc\n" });
        }
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        assert!(read("").is_err());
        assert!(read("{}\n").is_err());
        assert!(read(&format!("{BEGIN}\nnonsense\n{{}}\n")).is_err());
    }
}
