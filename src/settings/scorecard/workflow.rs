//! Which workflow file runs Scorecard.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use super::{
    publishable, version,
    yaml::{Node, Parsed},
};
use crate::{
    model::{EntryKind, Oid, Reading, TreeEntry},
    settings::{Blob, Context, Pending},
};

/// Where GitHub takes workflows from.
pub(super) const FOLDER: &str = ".github/workflows";
/// Where a new workflow is put unless the policy says otherwise.
const DEFAULT: &str = ".github/workflows/scorecard.yml";
const LARGEST: u64 = 1 << 20;

/// What was found of the Scorecard workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Site<'a> {
    /// There is none; this is where it would stand.
    Missing(String),
    /// Something else stands where it should: the path, and what is wrong, as a phrase after the path.
    Taken(String, String),
    /// It is there.
    Found(Found<'a>),
}

/// A workflow file that calls the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// Its path.
    pub(super) path: String,
    /// Its object name.
    pub(super) oid: &'a Oid,
    /// Its text.
    pub(super) text: &'a str,
    /// The text as YAML.
    pub(super) root: Rc<Parsed>,
}

impl Found<'_> {
    /// Whether it can be run by hand.
    pub(super) fn takes_dispatch(&self) -> bool {
        let Ok(root) = self.root.as_ref() else { return false };
        // YAML 1.1 takes `on` for true.
        let Some(on) = root.get("on").or_else(|| root.get("true")) else { return false };
        on.texts().contains(&"workflow_dispatch") || on.get("workflow_dispatch").is_some()
    }
}

/// Finds the workflow: at the wanted path, else the first file whose steps call the action. Files named after Scorecard are
/// read first; the others only if none of these is it.
pub(super) fn locate<'a>(cx: &Context<'a>, wanted: Option<&str>) -> Result<Reading<Site<'a>>, Pending> {
    let entries = match cx.tree(FOLDER)? {
        Reading::Known { known } => known.unwrap_or_default(),
        Reading::Unknown { unknown, permission } => return Ok(Reading::Unknown { unknown, permission }),
        Reading::NotApplicable { not_applicable } => return Ok(Reading::NotApplicable { not_applicable }),
    };
    if let Some(path) = wanted {
        return at(cx, entries, path);
    }
    let (first, later): (Vec<_>, Vec<_>) = entries
        .iter()
        .filter(|entry| is_workflow(&entry.name) && entry.kind() == EntryKind::File)
        .partition(|entry| entry.name.to_ascii_lowercase().contains("scorecard"));
    let mut unread = None;
    for candidates in [first, later] {
        match among(cx, &candidates)? {
            Reading::Known { known: Some(found) } => return Ok(Reading::known(Site::Found(found))),
            Reading::Known { known: None } => {}
            other => unread = unread.or(Some(other)),
        }
    }
    match unread {
        Some(unread) => Ok(unread.map(|_| Site::Missing(DEFAULT.to_owned()))),
        None => at(cx, entries, DEFAULT),
    }
}

/// Whether a file of this name is a workflow.
pub(super) fn is_workflow(name: &str) -> bool {
    [".yml", ".yaml"].iter().any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

/// The text of a workflow file as YAML, if it calls the action. Where it is not valid YAML, a line that says so is enough: the
/// file was meant to, and what is wrong with it is told elsewhere. Many repositories share one file, which is parsed once.
pub(super) fn calling(cx: &Context<'_>, oid: &Oid, text: &str) -> Option<Rc<Parsed>> {
    // Most workflows are not it, and parsing costs more than looking.
    if !text.to_ascii_lowercase().contains(publishable::ACTION) {
        return None;
    }
    let kept = cx.memo("scorecard workflows", RefCell::<BTreeMap<Oid, Rc<Parsed>>>::default);
    let root = kept.borrow_mut().entry(oid.clone()).or_insert_with(|| Rc::new(Node::parse(text))).clone();
    let calls = root.as_ref().as_ref().map_or_else(|_| version::pins(text).next().is_some(), publishable::calls_action);
    calls.then_some(root)
}

/// What stands at a path.
fn at<'a>(cx: &Context<'a>, entries: &'a [TreeEntry], path: &str) -> Result<Reading<Site<'a>>, Pending> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some(entry) = entries.iter().find(|entry| entry.name == name) else {
        return Ok(Reading::known(Site::Missing(path.to_owned())));
    };
    let taken = |what: &str| Site::Taken(path.to_owned(), what.to_owned());
    if entry.kind() != EntryKind::File {
        return Ok(Reading::known(taken("is not a regular file")));
    }
    Ok(text_of(cx, entry)?.map(|text| match text {
        Some(text) => found(cx, entry, text).map_or_else(|| taken("does not use ossf/scorecard-action"), Site::Found),
        None => taken("is not a text"),
    }))
}

/// The first of the files that calls the action; unknown where none does and some could not be read.
fn among<'a>(cx: &Context<'a>, candidates: &[&'a TreeEntry]) -> Result<Reading<Option<Found<'a>>>, Pending> {
    // All are asked before any is looked at, so that they are read in one round.
    let asked: Vec<_> = candidates.iter().map(|entry| text_of(cx, entry)).collect();
    let mut unread = Reading::known(None);
    for (entry, text) in candidates.iter().zip(asked) {
        match text? {
            Reading::Known { known } => {
                if let Some(found) = known.and_then(|text| found(cx, entry, text)) {
                    return Ok(Reading::known(Some(found)));
                }
            }
            other => unread = other.map(|_| None),
        }
    }
    Ok(unread)
}

/// The text of a file; `None` where it is not a text.
fn text_of<'a>(cx: &Context<'a>, entry: &TreeEntry) -> Result<Reading<Option<&'a str>>, Pending> {
    let too_large =
        || Reading::unknown(format!("{FOLDER}/{} is over 1 MiB, which GitHub does not show whole", entry.name));
    if entry.size.is_some_and(|size| size > LARGEST) {
        return Ok(too_large());
    }
    Ok(cx.blob(&entry.oid)?.and_then(|blob| match blob {
        Blob::Text(text) => Reading::known(Some(text.as_str())),
        Blob::Binary(_) => Reading::known(None),
        Blob::TooLarge(_) => too_large(),
    }))
}

fn found<'a>(cx: &Context<'a>, entry: &'a TreeEntry, text: &'a str) -> Option<Found<'a>> {
    let root = calling(cx, &entry.oid, text)?;
    Some(Found { path: format!("{FOLDER}/{}", entry.name), oid: &entry.oid, text, root })
}
