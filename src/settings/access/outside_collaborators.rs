//! People who are no members of the organisation and have access to repositories of it.
//!
//! `GET /orgs/{org}/outside_collaborators`, `DELETE /orgs/{org}/outside_collaborators/{username}`.

use serde_json::{Value, json};

use super::{
    people::{self, MEMBERS, People, shown, wanted},
    roll::{Change, Roll},
};
use crate::{
    model::{Desired, Field, Kind, Problem, Scope, Shape, Tightens},
    settings::{Context, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write},
};

static META: Meta = Meta {
    shape: Shape {
        key: "outside_collaborators",
        scope: Scope::Org,
        keyed: None,
        kind: Kind::Table(&[
            Field {
                key: "max",
                kind: Kind::Integer { min: 0, max: 100_000 },
                doc: "How many there may be at most. Observed only.",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "allowed",
                kind: Kind::List(&Kind::Text),
                doc: "The logins of the only people who may be outside collaborators.",
                tightens: Tightens::Judged,
            },
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &["max", "allowed"],
        check,
    },
    title: "Outside collaborators",
    docs: "Who has access to repositories of the organisation without being a member. Each field is a part that is judged by itself.

Whoever is not among `allowed` loses the access to all repositories of the organisation, which tightens and is a deletion; nobody is ever \
added by it: `[repo.collaborators]` does that. Whom a rule makes a collaborator there must be allowed here, or the two undo each other. \
Invitations that are open are not told by GitHub's list.",
    example: "[org.outside_collaborators]\nmax = 10\n",
    reads: &[MEMBERS],
    writes: &["members:write"],
    calls: &[("allowed", "DELETE /orgs/{org}/outside_collaborators/{username}")],
    controls: &["OSPS AC-02.01", "OSPS GV-04.01"],
    phase: Phase::Configure,
    after: &["members"],
    late: false,
};

/// The setting.
pub struct OutsideCollaborators;

impl Setting for OutsideCollaborators {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let (answer, caller) = (cx.org_rest(RestRead::list("outside_collaborators", MEMBERS)), cx.viewer());
        let (answer, caller) = (answer?, caller?);
        let known = Outcome::known(people::list(answer, MEMBERS, "outside collaborators"));
        let caller = caller.value().map(|caller| wanted(&[caller.as_str()])).unwrap_or_default();
        let parts = META.shape.parts.iter().filter(|part| desired.declares(part));
        Ok(parts
            .map(|part| {
                let outcome = match &known {
                    Err(outcome) => outcome.clone(),
                    Ok(items) if *part == "max" => at_most(desired, &people::logins(*items)),
                    Ok(items) => allowed(desired, &people::logins(*items), &caller, cx),
                };
                outcome.of_part(part)
            })
            .collect())
    }
}

fn check(value: &Value) -> Vec<Problem> {
    people::check_logins(value, "allowed")
}

fn at_most(desired: &Desired, there: &People) -> Outcome {
    let max = desired.value("max").and_then(Value::as_u64).unwrap_or_default();
    let (observed, desired) = (json!(there.len()), json!(max));
    if there.len() as u64 <= max {
        return Outcome::Compliant { observed, desired };
    }
    let message = format!(
        "there are {} outside collaborators, and at most {max} may be; name those who may stay in `allowed`",
        there.len()
    );
    Outcome::Violation { message, observed, desired }
}

fn allowed(desired: &Desired, there: &People, caller: &People, cx: &Context<'_>) -> Outcome {
    let wanted = wanted(&desired.texts("allowed"));
    let remove: People = there.difference(&wanted).cloned().collect();
    if remove.is_empty() {
        return Outcome::Compliant { observed: shown(there), desired: shown(&wanted) };
    }
    let path = |login| cx.org_path(&format!("outside_collaborators/{login}"));
    let writes = remove.iter().map(|login| Write::Rest(RestWrite::bare("DELETE", path(login)))).collect();
    let restricted = (!remove.is_disjoint(caller)).then(|| "it takes your own access".to_owned());
    // Nobody of the allowed has to be there.
    let wanted = wanted.intersection(there).cloned().collect();
    let roll = Roll { wanted, observed: there.clone(), remove, ..Roll::default() };
    roll.outcome(Change { writes, deletes: true, restricted })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Effect, Reading},
        settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking},
    };

    fn bench(logins: &[&str]) -> Bench {
        let list: Vec<Value> = logins.iter().map(|login| json!({ "login": login })).collect();
        Bench::new(Vec::new()).org_known("outside_collaborators", json!(list)).viewer(Reading::known("me".into()))
    }

    fn judge(bench: &Bench, value: &Value) -> Vec<Outcome> {
        let all =
            bench.judge(&OutsideCollaborators, None, &desired("outside_collaborators", None, value)).expect("read");
        all.into_iter().map(|one| one.outcome).collect()
    }

    #[test]
    fn whoever_is_not_allowed_is_removed_and_nobody_is_added() {
        example_is_sound(&OutsideCollaborators);
        let mut all = judge(&bench(&["Ann", "bob"]), &json!({"allowed": ["ann", "carol"], "max": 1}));
        assert!(matches!(&all[0], Outcome::Violation { message, .. } if message.contains("at most 1")), "{all:?}");
        let change = difference(all.remove(1));
        assert_eq!((change.before, change.after), (json!(["Ann", "bob"]), json!(["Ann"])));
        assert_eq!((change.effect, change.deletes, change.restricted), (Effect::Tightening, true, None));
        assert_eq!(
            change.writes,
            [Write::Rest(RestWrite::bare("DELETE", "/orgs/acme/outside_collaborators/bob".into()))]
        );
        let all = judge(&bench(&["ann"]), &json!({"allowed": ["ann", "carol"], "max": 1}));
        assert!(all.iter().all(|one| matches!(one, Outcome::Compliant { .. })), "{all:?}");
    }

    #[test]
    fn the_callers_own_access_needs_more_than_a_limit() {
        let change = difference(judge(&bench(&["ME"]), &json!({"allowed": []})).remove(0));
        assert!(change.restricted.is_some());
    }

    #[test]
    fn a_hidden_list_is_unknown() {
        let hidden = bench(&[]).org_rest("outside_collaborators", forbidden(MEMBERS));
        assert_eq!(lacking(&judge(&hidden, &json!({"max": 1}))[0]), Some(MEMBERS));
    }
}
