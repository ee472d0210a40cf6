//! A plan for the public: what is not public is counted, never named or quoted.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::plan::{Change, Finding, Plan, PlanWarning, ShardPart};

/// What stands where the name of a repository stood.
const HIDDEN: &str = "(a repository that is not public)";

/// Returns the plan without the changes, findings and moves of repositories that are not public; a warning says how many
/// there were, the summary still counts all. In what remains, the names of those repositories are replaced wherever they
/// stand, and so is `ORG/NAME` of every repository that is not known to be public. The digest fits the new document, which
/// is a report: what was hidden cannot be applied from it.
#[must_use]
pub fn public_only(plan: &Plan, is_public: &dyn Fn(&str, &str) -> bool) -> Plan {
    let mut public = plan.clone();
    let mut veil = Veil { orgs: &plan.orgs, is_public, hidden: BTreeSet::new() };
    veil.learn(plan);
    let hidden = |org: &str, repo: Option<&str>, name: Option<&str>| match repo {
        Some(repo) => !is_public(org, repo),
        None => name.is_some_and(|name| veil.hides(name)),
    };
    public.changes.retain(|one| !hidden(&one.org, one.repo.as_deref(), one.name.as_deref()));
    public.findings.retain(|one| !hidden(&one.org, one.repo.as_deref(), one.name.as_deref()));
    let gone = plan.changes.iter().filter(|one| hidden(&one.org, one.repo.as_deref(), one.name.as_deref()));
    let gone: BTreeSet<&str> = gone.map(|change| change.id.as_str()).collect();
    public.deferred.retain(|id| !gone.contains(id.as_str()));
    let mut moves = 0;
    for change in &mut public.changes {
        let all = change.effects.len();
        change.effects.retain(|one| is_public(&one.org, &one.repo));
        moves += all - change.effects.len();
        veil.change(change);
    }
    public.findings.iter_mut().for_each(|finding| veil.finding(finding));
    public.warnings.iter_mut().for_each(|warning| veil.text(&mut warning.message));
    let policy_changes = public.policy_changes.iter_mut().flatten();
    policy_changes.for_each(|change| veil.text(&mut change.message));
    // What a shard's plan carries for joining names repositories; a report is not joined.
    public.shard = public.shard.map(|part| ShardPart { index: part.index, of: part.of, ..ShardPart::default() });
    public.scope.repo.iter_mut().for_each(|glob| veil.text(glob));
    let changes = plan.changes.len() - public.changes.len();
    let findings = plan.findings.len() - public.findings.len();
    if changes + findings + moves > 0 {
        let message = format!(
            "Not shown, since their repositories ({}) are not public: changes {changes}, effects of changes {moves}, \
             findings {findings}.",
            veil.hidden.len()
        );
        public.warnings.insert(0, PlanWarning { message, source: None });
    }
    public.digest = public.compute_digest().unwrap_or_default();
    public
}

/// Returns a text in which `ORG/NAME` of every repository that is not known to be public is replaced.
#[must_use]
pub fn public_text(text: &str, orgs: &[String], is_public: &dyn Fn(&str, &str) -> bool) -> String {
    let veil = Veil { orgs, is_public, hidden: BTreeSet::new() };
    let mut text = text.to_owned();
    veil.text(&mut text);
    text
}

/// What must not be seen.
struct Veil<'a> {
    orgs: &'a [String],
    is_public: &'a dyn Fn(&str, &str) -> bool,
    /// Organisation and repository, as the plan writes them.
    hidden: BTreeSet<(String, String)>,
}

impl Veil<'_> {
    /// Finds every repository of the plan that is not public.
    fn learn(&mut self, plan: &Plan) {
        let changes = plan.changes.iter().filter_map(|one| Some((&one.org, one.repo.as_ref()?)));
        let findings = plan.findings.iter().filter_map(|one| Some((&one.org, one.repo.as_ref()?)));
        let moves = plan.changes.iter().flat_map(|change| &change.effects).map(|one| (&one.org, &one.repo));
        for (org, repo) in changes.chain(findings).chain(moves) {
            if !(self.is_public)(org, repo) {
                self.hidden.insert((org.clone(), repo.clone()));
            }
        }
    }

    fn change(&self, change: &mut Change) {
        self.value(&mut change.before);
        self.value(&mut change.after);
        change.reason.iter_mut().for_each(|reason| self.text(reason));
        for one in &mut change.effects {
            self.value(&mut one.before);
            self.value(&mut one.after);
        }
    }

    fn finding(&self, finding: &mut Finding) {
        self.text(&mut finding.message);
        self.value(&mut finding.observed);
        self.value(&mut finding.desired);
        finding.blocked_by.iter_mut().chain(finding.reason.iter_mut()).for_each(|text| self.text(text));
        if let Some(waiver) = &mut finding.waiver {
            self.text(&mut waiver.reason);
            waiver.link.iter_mut().for_each(|link| self.text(link));
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(list) => list.iter_mut().for_each(|entry| self.value(entry)),
            Value::Object(object) => {
                let fields = std::mem::take(object);
                for (mut key, mut inner) in fields {
                    self.text(&mut key);
                    self.value(&mut inner);
                    object.insert(key, inner);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Replaces names word by word; a word is what could be a name, with or without its organisation.
    fn text(&self, text: &mut String) {
        let named = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(start) = rest.find(named) {
            out.push_str(&rest[..start]);
            let tail = &rest[start..];
            let (word, after) = tail.split_at(tail.find(|c| !named(c)).unwrap_or(tail.len()));
            let kept = word.trim_end_matches('.');
            if self.hides(kept) {
                out.push_str(HIDDEN);
                out.push_str(&word[kept.len()..]);
            } else {
                out.push_str(word);
            }
            rest = after;
        }
        out.push_str(rest);
        *text = out;
    }

    /// Whether the word has the name of a hidden repository in it, or `ORG/NAME` of one that is not known to be public.
    fn hides(&self, word: &str) -> bool {
        let word = word.to_ascii_lowercase();
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        let named = self.hidden.iter().any(|(_, repo)| {
            let repo = repo.to_ascii_lowercase();
            let mut found = word.match_indices(&repo);
            !repo.is_empty()
                && found.any(|(at, _)| {
                    !inside(word[..at].chars().next_back()) && !inside(word[at + repo.len()..].chars().next())
                })
        });
        if named {
            return true;
        }
        let parts: Vec<&str> = word.split('/').collect();
        parts.windows(2).any(|pair| {
            let [org, repo] = pair else { return false };
            let ours = self.orgs.iter().any(|one| one.eq_ignore_ascii_case(org));
            ours && !repo.is_empty() && !(self.is_public)(org, repo)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        model::Verdict,
        render::{json, samples},
    };

    #[test]
    fn no_hidden_name_is_left() {
        let mut plan = samples::full();
        let secret = "acme-internal";
        plan.changes.push(samples::change("expressjs", Some(secret), "topics", json!([]), json!(["x"])));
        plan.deferred.push(format!("expressjs/{secret}:topics"));
        plan.findings.push(samples::finding(secret, "wiki", Verdict::Violation, "no"));
        plan.findings.push(samples::finding("cors", "wiki", Verdict::Blocked, &format!("waits for {secret}.")));
        plan.warnings
            .push(PlanWarning { message: "expressjs/gone-1 was renamed to expressjs/cors.".into(), source: None });
        let mut keyed = samples::change("expressjs", None, "selected.acme-internal", json!(0), json!(1));
        keyed.name = Some(secret.to_owned());
        plan.changes.push(keyed);
        let mut org = samples::change(
            "expressjs",
            None,
            "selected",
            json!([secret]),
            json!({secret: ["Acme-Internal.git", "cors"]}),
        );
        org.effects = serde_json::from_value(json!([{"org": "expressjs", "repo": secret, "node_id": "R_9",
            "setting": "topics", "before": null, "after": null, "effect": "neutral"}]))
        .expect("a move");
        plan.changes.push(org);
        let public = public_only(&plan, &|_, repo| repo != secret && repo != "gone-1");
        let text = json::plan(&public).expect("JSON");
        assert!(!text.to_lowercase().contains(secret) && !text.contains("gone-1"), "{text}");
        assert!(text.contains("expressjs/cors."), "{text}");
        assert_eq!(public.changes.iter().filter(|change| change.repo.is_none()).count(), 2);
        assert!(public.warnings[0].message.contains("(1) are not public: changes 2, effects of changes 1, findings 1"));
        assert_eq!(public.summary, plan.summary);
        assert_eq!(public.digest, public.compute_digest().expect("a digest"));
    }

    #[test]
    fn a_public_plan_stays_as_it_is() {
        let plan = samples::full();
        assert_eq!(public_only(&plan, &|_, _| true), plan);
    }
}
