//! What several fields of a repository say together and GitHub refuses: no merge method left, and titles that do not go with their
//! messages (`PATCH /repos/{owner}/{repo}`, 422). Where the policy wants it, it is an error of the policy; where it wants a half of it,
//! the other half must fit.

use serde_json::Value;

use super::{
    Field,
    fields::{
        ALLOW_MERGE_COMMIT, ALLOW_REBASE_MERGE, ALLOW_SQUASH_MERGE, MERGE_COMMIT_MESSAGE, MERGE_COMMIT_TITLE,
        SQUASH_MERGE_COMMIT_MESSAGE, SQUASH_MERGE_COMMIT_TITLE,
    },
};
use crate::model::{Desired, Leaf, Source};

const METHODS: [&str; 3] = ["allow_merge_commit", "allow_rebase_merge", "allow_squash_merge"];

/// Title, message, and the pairs of them that GitHub takes.
type Pairs = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const PAIRS: [Pairs; 2] = [
    (
        "merge_commit_title",
        "merge_commit_message",
        &[("PR_TITLE", "PR_BODY"), ("PR_TITLE", "BLANK"), ("MERGE_MESSAGE", "PR_TITLE")],
    ),
    (
        "squash_merge_commit_title",
        "squash_merge_commit_message",
        &[
            ("PR_TITLE", "PR_BODY"),
            ("PR_TITLE", "COMMIT_MESSAGES"),
            ("PR_TITLE", "BLANK"),
            ("COMMIT_OR_PR_TITLE", "COMMIT_MESSAGES"),
        ],
    ),
];

/// Values of one repository that GitHub does not take together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// What is wrong: a phrase in lower case without a full stop.
    pub message: String,
    /// How to mend it.
    pub help: String,
    /// Where the values are given.
    pub sources: Vec<Source>,
}

/// The fields of which one must have one of these words, so that GitHub takes this value of a field.
pub(super) fn partners(key: &str, wanted: &Value) -> Vec<(&'static Field, Vec<&'static str>)> {
    if METHODS.contains(&key) {
        let all = [&ALLOW_MERGE_COMMIT, &ALLOW_REBASE_MERGE, &ALLOW_SQUASH_MERGE];
        let others = all.into_iter().filter(|field| field.key() != key && *wanted == false);
        return others.map(|field| (field, vec!["true"])).collect();
    }
    let fields =
        [(&MERGE_COMMIT_TITLE, &MERGE_COMMIT_MESSAGE), (&SQUASH_MERGE_COMMIT_TITLE, &SQUASH_MERGE_COMMIT_MESSAGE)];
    for ((title, message), (_, _, pairs)) in fields.into_iter().zip(PAIRS) {
        if key == title.key() {
            let fitting = pairs.iter().filter(|(first, _)| wanted == first).map(|(_, second)| *second);
            return vec![(message, fitting.collect())];
        }
        if key == message.key() {
            let fitting = pairs.iter().filter(|(_, second)| wanted == second).map(|(first, _)| *first);
            return vec![(title, fitting.collect())];
        }
    }
    Vec::new()
}

/// The values that cannot be together, among all that is desired of one repository.
#[must_use]
pub fn torn(of_repo: &[&Desired]) -> Vec<Torn> {
    let find = |key: &str| of_repo.iter().find(|one| one.key == key).and_then(|one| one.leaf(""));
    let mut found = Vec::new();
    let off: Vec<&Leaf> = METHODS.iter().filter_map(|key| find(key)).filter(|leaf| leaf.value == false).collect();
    if off.len() == METHODS.len() {
        found.push(Torn {
            message:
                "`allow_merge_commit`, `allow_rebase_merge` and `allow_squash_merge` are all false, so that no pull \
                      request could be merged"
                    .to_owned(),
            help: "GitHub takes only what leaves one of them allowed".to_owned(),
            sources: sources(&off),
        });
    }
    for (title, message, pairs) in PAIRS {
        let (Some(first), Some(second)) = (find(title), find(message)) else { continue };
        let is = |leaf: &Leaf, word: &str| leaf.value == word;
        if !pairs.iter().any(|(title, message)| is(first, title) && is(second, message)) {
            let allowed: Vec<String> =
                pairs.iter().map(|(title, message)| format!("`{title}` with `{message}`")).collect();
            found.push(Torn {
                message: format!("`{title} = {}` does not go with `{message} = {}`", first.value, second.value),
                help: format!("GitHub takes {}", allowed.join(", ")),
                sources: sources(&[first, second]),
            });
        }
    }
    found
}

fn sources(leaves: &[&Leaf]) -> Vec<Source> {
    leaves.iter().filter_map(|leaf| leaf.sources.first().cloned()).collect()
}
