//! A choice of repositories by the organisation: GitHub's word for all or none, or those selected, which the policy names by
//! globs.
//!
//! GitHub keeps the word in a document and the selected repositories in a list beside it, which it shows and takes only while
//! something is selected. What the list names and ordain does not see (an App installed on some repositories only, the fork of
//! an advisory) stays in it, and is neither compared nor named.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Context, Difference, Outcome, Pending, RestRead, RestWrite, Write, direction::Safer};
use crate::model::{Effect, RepoPattern, Repository};

/// Where GitHub keeps a choice.
pub(super) struct Choice {
    /// The document, below the organisation.
    pub(super) document: &'static str,
    /// The field of the document with the word.
    pub(super) field: &'static str,
    /// The list of those selected, below the organisation.
    pub(super) list: &'static str,
    /// The permission to read both.
    pub(super) permission: &'static str,
    /// Whether fewer repositories are safer (else more are).
    pub(super) narrower_is_safer: bool,
    /// Whether the document's own PUT takes the list too.
    pub(super) in_one: bool,
}

/// Judges a choice: a word, or a list of globs. `words` orders the words from the laxest to the strictest; `base` is the
/// document in the form of a PUT that replaces it, where it has more than the word.
pub(super) fn judge(
    choice: &Choice,
    wanted: &Value,
    words: Safer,
    base: impl Fn(&Value) -> Option<Value>,
    cx: &Context<'_>,
) -> Result<Outcome, Pending> {
    let answer = cx.org_rest(RestRead::certain(choice.document, choice.permission))?;
    let document = match Outcome::known(answer) {
        Err(outcome) => return Ok(outcome),
        Ok(document) => document.unwrap_or(&Value::Null),
    };
    let Some(word) = document.get(choice.field).and_then(Value::as_str) else {
        let reason = format!("GitHub's answer leaves `{}` out", choice.field);
        return Ok(Outcome::unknown(reason, Some(choice.permission)));
    };
    let put = |word: &str, extra: Option<Value>| {
        let mut body = json!({choice.field: word});
        if let (Value::Object(body), Some(ids)) = (&mut body, extra) {
            body.insert("selected_repository_ids".to_owned(), ids);
        }
        let path = cx.org_path(choice.document);
        match base(document) {
            Some(base) => RestWrite::replacing("PUT", path, body, base),
            None => RestWrite::with_body("PUT", path, body),
        }
    };
    if !wanted.is_array() {
        return Ok(by_word(word, wanted, words, |word| put(word, None)));
    }
    let listed = match listed(choice, word, cx)? {
        Err(outcome) => return Ok(outcome),
        Ok(listed) => listed,
    };
    let matching = match Listed::matching(wanted, cx) {
        Err(message) => {
            return Ok(Outcome::Violation { message, observed: json!(word), desired: wanted.clone() });
        }
        Ok(matching) => matching,
    };
    let after = matching.names();
    let before = if word == "selected" { listed.names() } else { json!(word) };
    if before == after {
        return Ok(Outcome::Compliant { observed: before, desired: after });
    }
    let ids = matching.with_unseen_of(&listed);
    let mut writes = Vec::new();
    if choice.in_one {
        writes.push(put("selected", Some(json!(ids))));
    } else {
        if word != "selected" {
            writes.push(put("selected", None));
        }
        let body = json!({"selected_repository_ids": ids});
        writes.push(RestWrite::with_body("PUT", cx.org_path(choice.list), body));
    }
    let effect = effect(choice, word, &listed, &matching);
    let mut writes = writes.into_iter().map(Write::Rest);
    let Some(first) = writes.next() else { return Err(Pending) };
    let mut difference = Difference::update(before, after, effect, first);
    difference.writes.extend(writes);
    Ok(Outcome::Differs(difference))
}

fn by_word(word: &str, wanted: &Value, words: Safer, put: impl Fn(&str) -> RestWrite) -> Outcome {
    let observed = json!(word);
    if observed == *wanted {
        return Outcome::Compliant { observed, desired: wanted.clone() };
    }
    let effect = words.effect(&observed, wanted);
    let write = Write::Rest(put(wanted.as_str().unwrap_or_default()));
    Outcome::Differs(Difference::update(observed, wanted.clone(), effect, write))
}

/// Repositories by a list: those of the observation, and the ids of others.
#[derive(Default)]
pub(super) struct Listed<'a> {
    seen: Vec<&'a Repository>,
    unseen: BTreeSet<u64>,
}

impl<'a> Listed<'a> {
    /// The repositories that GitHub lists.
    ///
    /// # Errors
    /// The outcome, where the list is not there or not understood.
    #[expect(clippy::result_large_err, reason = "it is looked at at once and never passed on")]
    pub(super) fn of(list: Option<&Value>, permission: &str, cx: &Context<'a>) -> Result<Self, Outcome> {
        let Some(list) = list.and_then(Value::as_array) else {
            return Err(Outcome::unknown("GitHub does not show which repositories are selected", Some(permission)));
        };
        let ids: Option<BTreeSet<u64>> = list.iter().map(|item| item.get("id").and_then(Value::as_u64)).collect();
        let Some(mut unseen) = ids else {
            return Err(Outcome::unknown("a selected repository has no id in GitHub's answer", None));
        };
        let repositories = cx.org_observed.repos.iter().map(|repo| &repo.repository);
        let seen = repositories.filter(|repo| unseen.remove(&repo.id)).collect();
        Ok(Self { seen, unseen })
    }

    /// The repositories that a list of globs names.
    ///
    /// # Errors
    /// Which glob is none, and why.
    pub(super) fn matching(globs: &Value, cx: &Context<'a>) -> Result<Self, String> {
        let texts = globs.as_array().into_iter().flatten().filter_map(Value::as_str);
        let patterns: Vec<RepoPattern> = texts
            .map(|text| RepoPattern::new(text).map_err(|why| format!("`{text}` is not a glob: {why}")))
            .collect::<Result<_, _>>()?;
        let repositories = cx.org_observed.repos.iter().map(|repo| &repo.repository);
        let matches = |repo: &&Repository| patterns.iter().any(|pattern| pattern.matches(cx.org, &repo.name));
        Ok(Self { seen: repositories.filter(matches).collect(), unseen: BTreeSet::new() })
    }

    /// The names of those of the observation, in their order.
    pub(super) fn names(&self) -> Value {
        json!(self.seen.iter().map(|repo| repo.name.as_str()).collect::<Vec<_>>())
    }

    /// The ids of those of the observation.
    pub(super) fn seen_ids(&self) -> BTreeSet<u64> {
        self.seen.iter().map(|repo| repo.id).collect()
    }

    /// All ids.
    pub(super) fn ids(&self) -> BTreeSet<u64> {
        self.with_unseen_of(self)
    }

    /// The ids, and those that another list has and the observation has not.
    pub(super) fn with_unseen_of(&self, other: &Self) -> BTreeSet<u64> {
        self.seen_ids().into_iter().chain(other.unseen.iter().copied()).collect()
    }
}

fn listed<'a>(choice: &Choice, word: &str, cx: &Context<'a>) -> Result<Result<Listed<'a>, Outcome>, Pending> {
    if word != "selected" {
        return Ok(Ok(Listed::default()));
    }
    let answer = cx.org_rest(RestRead::list_in(choice.list, "repositories", choice.permission))?;
    Ok(match Outcome::known(answer) {
        Err(outcome) => Err(outcome),
        Ok(list) => Listed::of(list, choice.permission, cx),
    })
}

fn effect(choice: &Choice, word: &str, listed: &Listed<'_>, matching: &Listed<'_>) -> Effect {
    let (before, after) = (listed.seen_ids(), matching.seen_ids());
    let narrows = word == "all" || (word == "selected" && after.is_subset(&before));
    let widens = word == "none" || (word == "selected" && before.is_subset(&after));
    Effect::tightening_if(if choice.narrower_is_safer { narrows } else { widens })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Desired;
    use crate::settings::{Judgement, Meta, Setting, bench};

    const CHOICE: Choice = Choice {
        document: "policy",
        field: "word",
        list: "policy/repositories",
        permission: "organization_administration:read",
        narrower_is_safer: true,
        in_one: false,
    };

    struct Chosen;

    impl Setting for Chosen {
        fn meta(&self) -> &'static Meta {
            unreachable!("nobody asks")
        }

        fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
            let wanted = desired.value("").unwrap_or(&Value::Null);
            Ok(vec![judge(&CHOICE, wanted, Safer::Last(&["all", "selected", "none"]), |_| None, cx)?.whole()])
        }
    }

    const NAMES: [&str; 4] = ["api", "docs", "web", "website"];

    fn id(name: &str) -> Value {
        bench::repo(name)["id"].clone()
    }

    fn outcome(word: &str, list: &Value, globs: &Value) -> Outcome {
        let bench = bench::Bench::new(NAMES.map(bench::repo).into())
            .org_known(CHOICE.document, json!({"word": word}))
            .org_known(CHOICE.list, list.clone());
        let desired = bench::desired("chosen", None, globs);
        bench.judge(&Chosen, None, &desired).expect("everything was read").remove(0).outcome
    }

    proptest! {
        /// What is not seen stays in the list, and what was written is as wanted: the next plan is empty.
        #[test]
        fn a_list_converges_and_keeps_what_is_not_seen(
            word in prop::sample::select(vec!["all", "selected", "none"]),
            seen in prop::sample::subsequence(NAMES.to_vec(), 0..=4),
            unseen in prop::collection::btree_set(900_000_u64..900_009, 0..3),
            globs in prop::collection::vec(prop::sample::select(vec!["web*", "api", "acme/d?cs", "*", "nothing"]), 0..3),
        ) {
            let names = seen.iter().map(|name| json!({"id": id(name)}));
            let list: Vec<Value> = names.chain(unseen.iter().map(|id| json!({"id": id}))).collect();
            let globs = json!(globs);
            let Outcome::Differs(difference) = outcome(word, &json!(list), &globs) else { return Ok(()) };
            let Some(Write::Rest(write)) = difference.writes.last() else { unreachable!("a call") };
            let ids = write.body.as_ref().expect("a body")["selected_repository_ids"].as_array().expect("a list").clone();
            if word == "selected" {
                prop_assert!(unseen.iter().all(|id| ids.contains(&json!(id))));
            }
            let written: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
            let second = outcome("selected", &json!(written), &globs);
            prop_assert!(matches!(second, Outcome::Compliant { .. }), "{second:?}");
        }
    }
}
