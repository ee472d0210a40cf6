//! The plain fields of a repository, as `PATCH /repos/{owner}/{repo}` takes and keeps them, and its topics.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot};
use crate::sim::token::Level;

/// Yes-or-no fields that PATCH takes.
const FLAGS: &[&str] = &[
    "has_issues",
    "has_projects",
    "has_wiki",
    "has_pull_requests",
    "is_template",
    "allow_squash_merge",
    "allow_merge_commit",
    "allow_rebase_merge",
    "allow_auto_merge",
    "delete_branch_on_merge",
    "allow_update_branch",
    "use_squash_pr_title_as_default",
    "allow_forking",
    "web_commit_signoff_required",
];

/// Fields with few words, and the words.
const WORDS: &[(&str, &[&str])] = &[
    ("squash_merge_commit_title", &["PR_TITLE", "COMMIT_OR_PR_TITLE"]),
    ("squash_merge_commit_message", &["PR_BODY", "COMMIT_MESSAGES", "BLANK"]),
    ("merge_commit_title", &["PR_TITLE", "MERGE_MESSAGE"]),
    ("merge_commit_message", &["PR_BODY", "PR_TITLE", "BLANK"]),
    ("pull_request_creation_policy", &["all", "collaborators_only"]),
];

/// Titles of merges: the field, the field of its message, and the pairs that go together.
type Pairs = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const PAIRS: &[Pairs] = &[
    (
        "squash_merge_commit_title",
        "squash_merge_commit_message",
        &[
            ("PR_TITLE", "PR_BODY"),
            ("PR_TITLE", "BLANK"),
            ("PR_TITLE", "COMMIT_MESSAGES"),
            ("COMMIT_OR_PR_TITLE", "COMMIT_MESSAGES"),
        ],
    ),
    (
        "merge_commit_title",
        "merge_commit_message",
        &[("PR_TITLE", "PR_BODY"), ("PR_TITLE", "BLANK"), ("MERGE_MESSAGE", "PR_TITLE")],
    ),
];

/// Sets the fields that the body names, or says what GitHub would.
pub(super) fn set(ctx: &mut Ctx<'_>, spot: Spot) -> Result<(), Reply> {
    bounds(ctx, spot)?;
    for key in FLAGS {
        if let Some(on) = ctx.flag(key)? {
            ctx.repo_mut(spot).set(key, json!(on));
        }
    }
    texts(ctx, spot)?;
    for (key, words) in WORDS {
        if let Some(word) = ctx.text(key)? {
            if !words.contains(&word.as_str()) {
                return Err(Reply::error(
                    422,
                    &format!("Invalid request.\n\nFor 'properties/{key}', {word} is not a member of {words:?}."),
                ));
            }
            ctx.repo_mut(spot).set(key, json!(word));
        }
    }
    merges(ctx, spot)
}

/// Texts are kept without the spaces around them, and addresses without the slash at their end.
fn texts(ctx: &mut Ctx<'_>, spot: Spot) -> Result<(), Reply> {
    if ctx.body.get("description").is_some() {
        let text = ctx.text("description")?.unwrap_or_default().trim().to_owned();
        if text.contains(char::is_control) {
            let message = "description control characters are not allowed";
            return Err(Reply::invalid("Repository", "description", "custom", Some(message)));
        }
        if text.chars().count() > 350 {
            let message = "description cannot be more than 350 characters";
            return Err(Reply::invalid("Repository", "description", "custom", Some(message)));
        }
        ctx.repo_mut(spot).set("description", if text.is_empty() { Value::Null } else { json!(text) });
    }
    if ctx.body.get("homepage").is_some() {
        let text = ctx.text("homepage")?.unwrap_or_default();
        ctx.repo_mut(spot).set("homepage", json!(text.trim().trim_end_matches('/')));
    }
    Ok(())
}

/// What the organisation's own settings forbid, and what a public repository has no choice of.
fn bounds(ctx: &Ctx<'_>, spot: Spot) -> Result<(), Reply> {
    let org = |key: &str| ctx.org(spot.o).fields.get(key).and_then(Value::as_bool);
    if ctx.flag("web_commit_signoff_required")? == Some(false) && org("web_commit_signoff_required") == Some(true) {
        return Err(Reply::error(422, "Commit signoff is enforced by the organization and cannot be disabled"));
    }
    if ctx.flag("has_projects")? == Some(true) && org("has_repository_projects") == Some(false) {
        return Err(Reply::error(422, "Projects are disabled for this organization"));
    }
    if let Some(on) = ctx.flag("allow_forking")? {
        if !ctx.repo(spot).is_private() {
            return Err(Reply::error(422, "Allow forks can only be changed on private repositories"));
        }
        if on && org("members_can_fork_private_repositories") == Some(false) {
            return Err(Reply::error(422, "This organization does not allow private repository forking"));
        }
    }
    Ok(())
}

/// One method must be left, a message comes with its title, and both go together.
fn merges(ctx: &Ctx<'_>, spot: Spot) -> Result<(), Reply> {
    let methods = ["allow_squash_merge", "allow_merge_commit", "allow_rebase_merge"];
    if methods.iter().all(|key| !ctx.repo(spot).flag(key)) {
        let message = "Sorry, you need to allow at least one merge strategy. (no_merge_method)";
        return Err(Reply::invalid("Repository", "merge_commit_allowed", "custom", Some(message)));
    }
    for (title, message, pairs) in PAIRS {
        if ctx.body.get(*message).is_some() && ctx.body.get(*title).is_none() {
            return Err(Reply::error(422, &format!("{title} is required when using {message}")));
        }
        if ctx.body.get(*title).is_none() {
            continue;
        }
        let now = |key: &str| ctx.repo(spot).text(key).unwrap_or_default().to_owned();
        let (first, second) = (now(title), now(message));
        if !pairs.contains(&(first.as_str(), second.as_str())) {
            let why = format!("Invalid {title} and {message} combination");
            return Err(Reply::invalid("Repository", title, "custom", Some(&why)));
        }
    }
    Ok(())
}

/// `GET` and `PUT /repos/{owner}/{repo}/topics`
pub(super) fn topics(ctx: &mut Ctx<'_>, method: &str, spot: Spot) -> Answer {
    if method == "PUT" {
        ctx.need(spot, "administration", Level::Write)?;
        let names = ctx.body.get("names").and_then(Value::as_array).cloned();
        let names = names.ok_or_else(|| Reply::error(422, "Invalid request.\n\n\"names\" wasn't supplied."))?;
        // Kept in lower case, each once, in the order of the alphabet.
        let kept: BTreeSet<String> = names.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
        let sound = |name: &String| {
            let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            name.starts_with(letter) && name.len() <= 50 && name.chars().all(|c| letter(c) || c == '-')
        };
        if !kept.iter().all(sound) || kept.len() > 20 {
            let message = "Topics must start with a lowercase letter or number, consist of 50 characters or less, and can \
                           include hyphens.";
            return Err(Reply::error(422, message));
        }
        ctx.repo_mut(spot).set("topics", json!(kept));
    } else if method != "GET" {
        return Err(ctx.no_route());
    }
    let names = ctx.repo(spot).fields.get("topics").cloned().unwrap_or_else(|| json!([]));
    Ok(Reply::json(200, json!({ "names": names })))
}
