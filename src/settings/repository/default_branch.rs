//! The default branch: renamed (`POST /repos/{owner}/{repo}/branches/{branch}/rename`), or switched where the wanted branch is
//! there already (`PATCH /repos/{owner}/{repo}`).

use serde_json::{Value, json};

use super::{ADMINISTER, PATCH, textual::problem};
use crate::{
    model::{Desired, Effect, Kind, Problem, Scope, Shape, Tightens},
    settings::{Context, Difference, Judgement, Meta, Outcome, Pending, Phase, RestWrite, Setting, Write},
};

const RENAME: &str = "POST /repos/{owner}/{repo}/branches/{branch}/rename";

static META: Meta = Meta {
    shape: Shape {
        key: "default_branch",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Text,
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Default branch",
    docs: "The name of the default branch. Where there is no branch of that name yet, the default branch is renamed: its protection and \
the open pull requests move along, and GitHub redirects links; that is neutral. Where there is one, the repository is switched to it, \
and what protected the old branch protects the new one no longer: that loosens.

A repository without a commit has no branch, and is a violation until somebody pushes. Workflows and badges that name the old branch in \
their text are not mended by GitHub.",
    example: "[repo]\ndefault_branch = \"main\"\n",
    reads: &["metadata:read", "contents:read"],
    writes: &[ADMINISTER, "contents:write"],
    calls: &[("value", RENAME), ("value, where the branch exists", PATCH)],
    controls: &[],
    phase: Phase::Foundation,
    after: &[],
    late: false,
};

/// The setting.
pub struct DefaultBranch;

impl Setting for DefaultBranch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let wanted = desired.text("").unwrap_or_default();
        Ok(vec![judge(wanted, cx)?.whole()])
    }
}

fn judge(wanted: &str, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let Some(now) = cx.repository()?.default_branch.as_deref() else {
        return Ok(Outcome::unknown("GitHub did not say which branch is the default", Some("metadata:read")));
    };
    let (before, after) = (json!(now), json!(wanted));
    if now == wanted {
        return Ok(Outcome::Compliant { observed: before, desired: after });
    }
    if is_unsound(wanted) {
        let message = format!("`{wanted}` cannot be the name of a branch");
        return Ok(Outcome::Violation { message, observed: before, desired: after });
    }
    // The folders of both branches, for many repositories in one query: a branch that is not there has none.
    let (old, new) = (cx.tree_at(&root(now)), cx.tree_at(&root(wanted)));
    let (old, new) = match (Outcome::known(old?), Outcome::known(new?)) {
        (Ok(old), Ok(new)) => (old.is_some(), new.is_some()),
        (Err(outcome), _) | (_, Err(outcome)) => return Ok(outcome),
    };
    let (effect, write) = match (old, new) {
        (_, true) => {
            let body = json!({"default_branch": wanted});
            (Effect::Loosening, RestWrite::with_body("PATCH", cx.repo_path("")?, body))
        }
        (true, false) => {
            let path = cx.repo_path(&format!("branches/{}/rename", encoded(now)))?;
            let call = RestWrite::with_body("POST", path, json!({"new_name": wanted}));
            (Effect::Neutral, RestWrite { settles: true, ..call })
        }
        (false, false) => {
            let message = "the repository has no commit yet, and so no branch; push one by the wanted name".to_owned();
            return Ok(Outcome::Violation { message, observed: before, desired: after });
        }
    };
    Ok(Outcome::Differs(Difference::update(before, after, effect, Write::Rest(write))))
}

/// The root folder of a branch, as git names it.
fn root(branch: &str) -> String {
    format!("refs/heads/{branch}:")
}

/// Percent-encodes a branch's name for one segment of a path.
fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn check(value: &Value) -> Vec<Problem> {
    let name = value.as_str().unwrap_or_default();
    if is_unsound(name) {
        let help = "such as `main`: no blanks, none of `~^:?*[\\`, no `..`, no `/` at an end".to_owned();
        return vec![problem(&format!("`{name}` cannot be the name of a branch"), Some(help))];
    }
    Vec::new()
}

/// Whether git refuses the name (`git check-ref-format`).
fn is_unsound(name: &str) -> bool {
    let bad_char = |c: char| c.is_control() || c == ' ' || "~^:?*[\\".contains(c);
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    name.contains(bad_char)
        || name.contains("..")
        || name.contains("@{")
        || name == "@"
        || name == "HEAD"
        || name.starts_with('-')
        || name.ends_with('.')
        || name.starts_with("refs/")
        || name.split('/').any(bad_part)
}
