//! Files of a repository: what must stand at a path of the default branch.
//!
//! A file is compared by its object name, computed here from the wanted bytes, with the entry of its folder; its text is
//! fetched only where `contains` must look into it. Files are written by the engine: by pull request, or by a commit where the
//! policy says so.

mod contained;
mod take_back;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Context, Difference, FileWrite, Judgement, Meta, Outcome, Past, Pending, Phase, Setting, TakeBack, Write};
use crate::model::{
    Action, Delivery, Desired, Effect, EntryKind, Field, Keyed, Kind, Oid, Problem, Scope, Shape, Tightens, TreeEntry,
    blob_oid,
};

static META: Meta = Meta {
    shape: Shape {
        key: "files",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "path of a file", name: Kind::RepoPath, prune: false }),
        kind: Kind::Table(&[
            Field {
                key: "template",
                kind: Kind::Template,
                doc: "The file of the policy's `files/` folder whose filled-in bytes are wanted.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "content",
                kind: Kind::Text,
                doc: "The wanted text itself, for short files; with `ensure = \"contains\"` the text that must stand in the file.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "ensure",
                kind: Kind::OneOf(&["exact", "present", "contains", "absent"]),
                doc: "`exact` (the default): these bytes. `present`: any regular file. `contains`: the text stands in it. `absent`: \
                      no such file; removing one is a deletion.",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "delivery",
                kind: Kind::OneOf(&["pull_request", "commit"]),
                doc: "How it gets there: by pull request (the default), or by a commit on the default branch. Workflow files and \
                      CODEOWNERS always go by pull request.",
                tightens: Tightens::Neutral,
            },
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Files",
    docs: "What must stand at a path of the default branch.

All files of a repository go into one pull request on the branch `ordain/policy`. Only regular files count: a folder, a symbolic link \
or a submodule at the path is a violation, and so is one where a folder would have to be. A file that is missing is created from \
`template` or `content`. With `contains`, a text missing in an existing file is appended only where a `template` is given that has \
the text; else it is a violation. Line ends and the last line's end make no difference to `contains`. Changing or removing \
CODEOWNERS or a workflow file that exists loosens, as it can take a check away; creating one, and all other files, are neutral.

Documents that somebody has to write, such as a threat model, a governance or a support page, have no setting of their own: hold \
`files.\"docs/threat-model.md\"` with `ensure = \"present\"`, which asks for any regular file there; without `template` or `content` its \
absence is a violation.",
    example: "[repo.files.\".github/dependabot.yml\"]\ncontent = \"\"\"\nversion: 2\nupdates: []\n\"\"\"\n\n[repo.files.\"LICENSE\"]\nensure = \"present\"\n",
    reads: &["contents:read"],
    writes: &["contents:write", "pull_requests:write", "workflows:write"],
    calls: &[
        ("content", "GraphQL createCommitOnBranch, POST /repos/{owner}/{repo}/pulls"),
        ("template", "GraphQL createCommitOnBranch, POST /repos/{owner}/{repo}/pulls"),
    ],
    controls: &["OSPS DO-02.01", "OSPS GV-03.01", "OSPS LE-03.01", "Scorecard Dependency-Update-Tool"],
    phase: Phase::Content,
    after: &[],
    late: false,
};

/// The setting.
pub struct Files;

impl Setting for Files {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let wanted = Wanted::new(desired);
        Ok(vec![judge(&wanted, cx)?.whole()])
    }

    fn take_back(&self, past: &Past<'_>, cx: &Context<'_>) -> Result<TakeBack, Pending> {
        take_back::take_back(past, cx)
    }
}

/// What one rule alone cannot mean. What several rules say together is judged.
fn check(value: &Value) -> Vec<Problem> {
    let ensure = value.get("ensure").and_then(Value::as_str);
    let has = |key: &str| value.get(key).is_some();
    let problem = |path: &str, message: &str, help: &str| {
        vec![Problem { path: path.to_owned(), message: message.to_owned(), help: Some(help.to_owned()) }]
    };
    match (ensure, has("template"), has("content")) {
        (Some("absent"), true, _) | (Some("absent"), _, true) => {
            problem("ensure", "a file that must be absent has no content", "leave out `template` and `content`")
        }
        (None | Some("exact" | "present"), true, true) => {
            problem("content", "`template` and `content` both say what stands in the file", "leave one of them out")
        }
        _ => Vec::new(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ensure {
    Exact,
    Present,
    Contains,
    Absent,
}

/// What the policy wants of one path.
struct Wanted<'d> {
    path: &'d str,
    folder: &'d str,
    name: &'d str,
    ensure: Ensure,
    /// The bytes of a template.
    template: Option<Arc<[u8]>>,
    /// The text written in the rule itself.
    content: Option<&'d str>,
    delivery: Delivery,
    guarded: bool,
}

impl<'d> Wanted<'d> {
    fn new(desired: &'d Desired) -> Self {
        let path = desired.name.as_deref().unwrap_or_default();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let guarded = is_guarded(path);
        Self {
            path,
            folder,
            name,
            ensure: match desired.text("ensure") {
                Some("present") => Ensure::Present,
                Some("contains") => Ensure::Contains,
                Some("absent") => Ensure::Absent,
                _ => Ensure::Exact,
            },
            template: desired.leaf("template").and_then(|leaf| leaf.rendered.clone()),
            content: desired.text("content"),
            delivery: match desired.text("delivery") {
                Some("commit") if !guarded => Delivery::Commit,
                _ => Delivery::PullRequest,
            },
            guarded,
        }
    }

    /// The bytes of a file that is not there yet.
    fn bytes(&self) -> Option<Arc<[u8]>> {
        self.template.clone().or_else(|| self.content.map(|text| text.as_bytes().into()))
    }

    /// The desired value as verdicts tell it.
    fn told(&self) -> Value {
        match (self.ensure, self.bytes()) {
            (Ensure::Exact, Some(bytes)) => told(&blob_oid(&bytes), Some(bytes.len() as u64)),
            (Ensure::Exact, None) => json!("exact"),
            (Ensure::Present, _) => json!("present"),
            (Ensure::Contains, _) => json!("contains"),
            (Ensure::Absent, _) => json!(null),
        }
    }

    fn violation(&self, message: String, found: Option<&TreeEntry>) -> Outcome {
        Outcome::Violation { message, observed: found.map_or(json!(null), told_entry), desired: self.told() }
    }

    /// The change that puts these bytes there.
    fn write(&self, found: Option<&TreeEntry>, bytes: Arc<[u8]>) -> Outcome {
        let oid = blob_oid(&bytes);
        let after = told(&oid, Some(bytes.len() as u64));
        let action = if found.is_some() { Action::Update } else { Action::Create };
        self.change(found, action, after, Some((bytes, oid)))
    }

    fn remove(&self, found: &TreeEntry) -> Outcome {
        self.change(Some(found), Action::Delete, json!(null), None)
    }

    fn change(
        &self,
        found: Option<&TreeEntry>,
        action: Action,
        after: Value,
        content: Option<(Arc<[u8]>, Oid)>,
    ) -> Outcome {
        // There is no record of what ordain wrote before, so every existing file of these may be people's.
        let effect = if self.guarded && found.is_some() { Effect::Loosening } else { Effect::Neutral };
        let (content, oid) = content.unzip();
        Outcome::Differs(Box::new(Difference {
            before: found.map_or(json!(null), told_entry),
            after,
            action,
            effect,
            deletes: action == Action::Delete,
            moves: Vec::new(),
            writes: vec![Write::File(FileWrite { path: self.path.to_owned(), content, oid, delivery: self.delivery })],
            restricted: None,
        }))
    }
}

/// Whether only a pull request may touch the file, and changing it loosens: workflow files and CODEOWNERS.
fn is_guarded(path: &str) -> bool {
    let folded = path.to_ascii_lowercase();
    folded.starts_with(".github/workflows/")
        || matches!(folded.as_str(), "codeowners" | ".github/codeowners" | "docs/codeowners")
}

fn told(oid: &Oid, size: Option<u64>) -> Value {
    json!({"oid": oid.as_str(), "size": size})
}

fn told_entry(entry: &TreeEntry) -> Value {
    match entry.kind() {
        EntryKind::File => told(&entry.oid, entry.size),
        EntryKind::Folder => json!("folder"),
        EntryKind::Link => json!("symbolic link"),
        EntryKind::Submodule => json!("submodule"),
        EntryKind::Other => json!("not a file"),
    }
}

fn judge(wanted: &Wanted<'_>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let folder = match Outcome::known(cx.tree(wanted.folder)?) {
        Err(outcome) => return Ok(outcome),
        Ok(folder) => folder,
    };
    let found = folder.and_then(|entries| entries.iter().find(|entry| entry.name == wanted.name));
    let Some(found) = found else {
        return judge_missing(wanted, folder.is_some(), cx);
    };
    if found.kind() != EntryKind::File {
        let what = told_entry(found);
        let message = format!("at `{}` stands a {}, not a file", wanted.path, what.as_str().unwrap_or_default());
        return Ok(wanted.violation(message, Some(found)));
    }
    match wanted.ensure {
        Ensure::Absent => Ok(wanted.remove(found)),
        Ensure::Present => Ok(compliant(wanted, found)),
        Ensure::Exact => Ok(judge_exact(wanted, found)),
        Ensure::Contains => contained::judge(wanted, found, cx),
    }
}

fn compliant(wanted: &Wanted<'_>, found: &TreeEntry) -> Outcome {
    Outcome::Compliant { observed: told_entry(found), desired: wanted.told() }
}

fn judge_exact(wanted: &Wanted<'_>, found: &TreeEntry) -> Outcome {
    let Some(bytes) = wanted.bytes() else { return no_content(wanted, Some(found)) };
    if found.oid.as_str().len() > 40 {
        return Outcome::unknown("the repository names its objects by SHA-256, which cannot be compared yet", None);
    }
    if found.oid == blob_oid(&bytes) { compliant(wanted, found) } else { wanted.write(Some(found), bytes) }
}

fn no_content(wanted: &Wanted<'_>, found: Option<&TreeEntry>) -> Outcome {
    let message = format!("the policy says neither `template` nor `content` of `{}`", wanted.path);
    wanted.violation(message, found)
}

fn judge_missing(wanted: &Wanted<'_>, folder_exists: bool, cx: &Context<'_>) -> Result<Outcome, Pending> {
    if wanted.ensure == Ensure::Absent {
        return Ok(Outcome::Compliant { observed: json!(null), desired: json!(null) });
    }
    let bytes = match wanted.ensure {
        // A file that only has the text would be ours alone: for that the policy must give it whole.
        Ensure::Contains => wanted.template.clone(),
        _ => wanted.bytes(),
    };
    let Some(bytes) = bytes else {
        return Ok(if wanted.ensure == Ensure::Exact {
            no_content(wanted, None)
        } else {
            wanted.violation(format!("there is no file `{}`, and no `template` to make it from", wanted.path), None)
        });
    };
    if wanted.ensure == Ensure::Contains && !contained::holds(wanted, &bytes) {
        return Ok(wanted.violation(contained::template_lacks(wanted), None));
    }
    if !folder_exists && let Some(outcome) = obstacle(wanted, cx)? {
        return Ok(outcome);
    }
    Ok(wanted.write(None, bytes))
}

/// What is in the way where a folder of the path would have to be: a file, a link, a submodule.
fn obstacle(wanted: &Wanted<'_>, cx: &Context<'_>) -> Result<Option<Outcome>, Pending> {
    let mut folder = wanted.folder;
    while !folder.is_empty() {
        let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        let entries = match Outcome::known(cx.tree(parent)?) {
            Err(outcome) => return Ok(Some(outcome)),
            Ok(entries) => entries,
        };
        if let Some(entries) = entries {
            let in_the_way = entries.iter().find(|e| e.name == name && e.kind() != EntryKind::Folder);
            return Ok(in_the_way.map(|entry| {
                let what = told_entry(entry);
                let what = what.as_str().unwrap_or("file");
                wanted.violation(format!("`{folder}` is a {what}, so `{}` cannot be made", wanted.path), None)
            }));
        }
        folder = parent;
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
