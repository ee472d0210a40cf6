//! A choice of repositories by the organisation: GitHub's word for all or none, or those selected, which the policy names by
//! globs.
//!
//! GitHub keeps the word in a document and the selected repositories in a list beside it, which it shows and takes only while
//! something is selected. What the list names and ordain does not see (an App installed on some repositories only, the fork of
//! an advisory) stays in it, and is neither compared nor named.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Context, Difference, Move, Outcome, Pending, RestRead, RestWrite, Write, direction::Safer};
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
    /// The setting of repositories that it decides, if it decides one.
    pub(super) decides: Option<Decides>,
}

/// A switch of repositories that is on where the repository is chosen.
pub(super) struct Decides {
    /// The switch's address.
    pub(super) setting: &'static str,
    /// Whether it is off where the repository is not chosen; else that is the repository's own matter.
    pub(super) else_off: bool,
    /// Which way it moves security to switch it on.
    pub(super) on: Effect,
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
    if let Some(wish) = wanted.as_str().filter(|wish| *wish == word) {
        return Ok(Outcome::Compliant { observed: json!(word), desired: json!(wish) });
    }
    // A word needs the list only to tell what it switches.
    let listed =
        if wanted.is_array() || choice.decides.is_some() { listed(choice, word, cx)? } else { Ok(Listed::default()) };
    let listed = match listed {
        Err(outcome) if wanted.is_array() => return Ok(outcome),
        Err(_) => Listed::default(),
        Ok(listed) => listed,
    };
    if let Some(wish) = wanted.as_str() {
        let (observed, write) = (json!(word), Write::Rest(put(wish, None)));
        let effect = words.effect(&observed, wanted);
        let mut difference = Difference::update(observed, wanted.clone(), effect, write);
        // Which are selected from then on, GitHub does not show before.
        if wish != "selected" {
            difference.moves = moves(choice, (word, &listed), (wish, &Listed::default()), cx);
        }
        return Ok(Outcome::Differs(difference));
    }
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
    difference.moves = moves(choice, (word, &listed), ("selected", &matching), cx);
    Ok(Outcome::Differs(difference))
}

/// What the change switches in the repositories that ordain sees.
fn moves(choice: &Choice, before: (&str, &Listed<'_>), after: (&str, &Listed<'_>), cx: &Context<'_>) -> Vec<Move> {
    let Some(decides) = &choice.decides else { return Vec::new() };
    let chosen = |(word, listed): (&str, &Listed<'_>)| -> Option<BTreeSet<u64>> {
        match word {
            "all" => None,
            "selected" => Some(listed.seen_ids()),
            _ => Some(BTreeSet::new()),
        }
    };
    let is_chosen =
        |of: &Option<BTreeSet<u64>>, repo: &Repository| of.as_ref().is_none_or(|ids| ids.contains(&repo.id));
    let (was, is) = (chosen(before), chosen(after));
    let repositories = cx.org_observed.repos.iter().map(|repo| &repo.repository).filter(|repo| !repo.archived);
    let moved = repositories.filter_map(|repo| match (is_chosen(&was, repo), is_chosen(&is, repo)) {
        (false, true) => {
            let before = if decides.else_off { json!(false) } else { Value::Null };
            Some(Move::of(cx.org, repo, decides.setting, (before, json!(true)), decides.on))
        }
        (true, false) if decides.else_off => {
            // Where all are chosen, a repository may have switched it off itself.
            let before = if was.is_some() { json!(true) } else { Value::Null };
            Some(Move::of(
                cx.org,
                repo,
                decides.setting,
                (before, json!(false)),
                Effect::tightening_if(decides.on != Effect::Tightening),
            ))
        }
        _ => None,
    });
    moved.collect()
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
        decides: Some(Decides { setting: "switch", else_off: true, on: Effect::Loosening }),
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

    fn moved(word: &str, selected: &[&str], wanted: &Value) -> Vec<(String, Value, Value, Effect)> {
        let list: Vec<Value> = selected.iter().map(|name| json!({"id": id(name)})).collect();
        let Outcome::Differs(difference) = outcome(word, &json!(list), wanted) else { return Vec::new() };
        difference.moves.into_iter().map(|one| (one.repo, one.before, one.after, one.effect)).collect()
    }

    #[test]
    fn what_it_switches_in_repositories_is_told_one_by_one() {
        let leaves = |name: &str, before: Value| (name.to_owned(), before, json!(false), Effect::Tightening);
        let enters = |name: &str| (name.to_owned(), json!(false), json!(true), Effect::Loosening);
        assert_eq!(moved("all", &[], &json!(["api", "web*"])), [leaves("docs", Value::Null)]);
        assert_eq!(moved("selected", &["api"], &json!(["docs"])), [leaves("api", json!(true)), enters("docs")]);
        assert_eq!(moved("selected", &["api"], &json!("none")), [leaves("api", json!(true))]);
        assert_eq!(moved("selected", &["api", "docs", "web"], &json!("all")), [enters("website")]);
        assert_eq!(moved("none", &[], &json!("all")).len(), 4);
        assert_eq!((moved("none", &[], &json!("none")), moved("all", &[], &json!("selected"))), (vec![], vec![]));
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
