//! Where GitHub finds a community health file, such as `SECURITY.md`: in `.github/`, the root or `docs/` of the repository, and
//! where it has none, in the same folders of the organisation's public repository `.github`. The first that is found counts.
//! Names of files are compared without case, as GitHub does.

use super::{Context, GraphqlField, Pending, RepoObserved};
use crate::model::{EntryKind, Reading, RepoName, TreeEntry};

/// The folders that GitHub looks into, in its order; the root is the empty path.
const FOLDERS: [&str; 3] = [".github", "", "docs"];

/// The repository whose files every other repository of the organisation inherits.
const DEFAULTS: &str = ".github";

/// GitHub's own word on whether a security policy is in force, wherever it stands.
const POLICY_ENABLED: GraphqlField = GraphqlField {
    key: "isSecurityPolicyEnabled",
    selection: "isSecurityPolicyEnabled",
    permission: Some("contents:read"),
};

/// A community health file that was found.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    /// The repository that holds it.
    pub(super) repo: &'a RepoObserved,
    /// Its path there.
    pub(super) path: String,
    /// Its entry in its folder; not always a regular file.
    pub(super) entry: &'a TreeEntry,
    /// Whether it is the organisation's and not the judged repository's own.
    pub(super) inherited: bool,
}

impl Found<'_> {
    /// The file as people name it: `docs/SECURITY.md`, or `.github:SECURITY.md` where it is inherited.
    pub(super) fn address(&self) -> String {
        if self.inherited { format!("{DEFAULTS}:{}", self.path) } else { self.path.clone() }
    }

    /// What stands there instead of a regular file, if so.
    pub(super) fn oddity(&self) -> Option<&'static str> {
        match self.entry.kind() {
            EntryKind::File => None,
            EntryKind::Folder => Some("a folder"),
            EntryKind::Link => Some("a symbolic link"),
            EntryKind::Submodule => Some("a submodule"),
            EntryKind::Other => Some("not a regular file"),
        }
    }
}

/// The file of this name that is in force in the judged repository; `None` where there is none.
///
/// # Errors
/// `Pending` until the folders have been read.
pub(super) fn find<'a>(cx: &Context<'a>, name: &str, inherit: bool) -> Result<Reading<Option<Found<'a>>>, Pending> {
    let subject = cx.subject.ok_or(Pending)?;
    let own = find_in(cx, subject, name, false)?;
    let defaults = defaults(cx).filter(|defaults| defaults.repository.node_id != subject.repository.node_id);
    match (own, defaults) {
        (Reading::Known { known: None }, Some(defaults)) if inherit => inherited(cx, defaults, name),
        (own, _) => Ok(own),
    }
}

/// Whether GitHub says that a security policy is in force although none can be seen: the repository `.github` is hidden from the
/// token. Asked only where that repository is not in the list, so that it costs no call of its own.
///
/// # Errors
/// `Pending` until GitHub's word has been read.
pub(super) fn hidden_policy(cx: &Context<'_>) -> Result<bool, Pending> {
    if defaults(cx).is_some() {
        return Ok(false);
    }
    Ok(cx.graphql(POLICY_ENABLED)?.value().and_then(|value| value.as_bool()) == Some(true))
}

fn defaults<'a>(cx: &Context<'a>) -> Option<&'a RepoObserved> {
    RepoName::new(DEFAULTS).ok().and_then(|name| cx.org_observed.named(&name))
}

fn inherited<'a>(
    cx: &Context<'a>,
    defaults: &'a RepoObserved,
    name: &str,
) -> Result<Reading<Option<Found<'a>>>, Pending> {
    // GitHub takes defaults from a public repository only.
    if !cx.listing(defaults)?.is_public() {
        return Ok(Reading::known(None));
    }
    Ok(match find_in(cx, defaults, name, true)? {
        Reading::Unknown { unknown, permission } => Reading::Unknown {
            unknown: format!("the repository `{DEFAULTS}` could not be read: {unknown}"),
            permission,
        },
        other => other,
    })
}

fn find_in<'a>(
    cx: &Context<'a>,
    repo: &'a RepoObserved,
    name: &str,
    inherited: bool,
) -> Result<Reading<Option<Found<'a>>>, Pending> {
    // All three are asked before any is looked at, so that they are read in one round.
    let asked = FOLDERS.map(|folder| (folder, cx.tree_of(repo, folder)));
    let mut answers = Vec::with_capacity(FOLDERS.len());
    for (folder, answer) in asked {
        answers.push((folder, answer?));
    }
    for (folder, answer) in answers {
        let entries = match answer {
            Reading::Known { known } => known.unwrap_or_default(),
            Reading::Unknown { unknown, permission } => return Ok(Reading::Unknown { unknown, permission }),
            Reading::NotApplicable { not_applicable } => return Ok(Reading::NotApplicable { not_applicable }),
        };
        if let Some(entry) = named(entries, name) {
            let slash = if folder.is_empty() { "" } else { "/" };
            let path = format!("{folder}{slash}{}", entry.name);
            return Ok(Reading::known(Some(Found { repo, path, entry, inherited })));
        }
    }
    Ok(Reading::known(None))
}

/// The entry of this name without case; where several differ in case only, the one written exactly so, else the first.
fn named<'a>(entries: &'a [TreeEntry], name: &str) -> Option<&'a TreeEntry> {
    let alike = || entries.iter().filter(|entry| entry.name.eq_ignore_ascii_case(name));
    alike().find(|entry| entry.name == name).or_else(|| alike().min_by(|a, b| a.name.cmp(&b.name)))
}
