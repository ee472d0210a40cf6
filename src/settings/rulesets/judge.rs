//! What holds of one ruleset.

use serde_json::{Map, Value, json};

use super::{
    actors::Words,
    catalogue,
    compare::{self, Differences, differences},
    form::Ruleset,
    read::{self, Found, OF_ORG, OfOrg, SEES_BYPASSES},
    wanted::Wanted,
};
use crate::{
    model::{Action, Desired, Effect, Reading},
    settings::{Context, Difference, Outcome, Pending, RestWrite, Write},
};

/// A ruleset of the judged repository.
pub(super) fn of_repository(desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let public = cx.repository()?.is_public();
    let free = (!public).then(|| read::plan_is_free(cx));
    let (name, target) = (desired.name.as_deref().unwrap_or_default(), desired.text("target"));
    let found = read::of_repository(cx, name, target, desired.declares("bypass_actors"));
    let wanted = Wanted::resolve(desired, cx);
    if free.transpose()? == Some(true) {
        return Ok(Outcome::NotApplicable("on GitHub Free, private repositories have no rulesets".to_owned()));
    }
    let found = match Outcome::known(found?) {
        Err(outcome) => return Ok(outcome),
        Ok(found) => found,
    };
    let path = cx.repo_path("rulesets")?;
    if desired.is_pruned() {
        return prune_of_repository(found, &path, cx);
    }
    let wanted = match Outcome::known(wanted?) {
        Err(outcome) => return Ok(outcome),
        Ok(wanted) => wanted,
    };
    let (id, words) = match found {
        Found::Absent => return Ok(create(&wanted, path)),
        Found::Told(told) => match by_graphql(&told, &wanted, &path, cx) {
            Some(outcome) => return Ok(outcome),
            None => (told.id, told.words),
        },
        Found::Number(id) => (id, Words::new()),
    };
    Ok(match Outcome::known(read::whole(cx, id)?) {
        Err(outcome) => outcome,
        // REST tells actors by number only: named alike, the difference is the one that was planned.
        Ok(ruleset) => judge(&Ruleset { words, ..ruleset }, &wanted, &path, SEES_BYPASSES),
    })
}

/// What GraphQL's form settles; none where the ruleset must be read whole: for what GraphQL does not tell, and before a write, as
/// that replaces the whole.
fn by_graphql(told: &Ruleset, wanted: &Wanted<'_>, path: &str, cx: &Context<'_>) -> Option<Outcome> {
    let may_write = read::may_write(cx);
    if wanted.bypasses.is_some() && told.bypasses.is_none() {
        // Where the token may not write, REST would hide them as well: no call for each repository.
        return (may_write != Some(true)).then(|| hidden_bypasses(&told.name, SEES_BYPASSES));
    }
    if !wanted.in_graphql {
        return None;
    }
    let found = differences(told, wanted);
    if found.before.is_empty() {
        return Some(compliant(wanted));
    }
    // What goes with a rule are all of its parameters, and GraphQL may not have a word for one of them.
    let goes = |(kind, value): (&String, &Value)| *value == false && told.rule(kind).is_some();
    if cx.is_alone() || wanted.rules.iter().any(goes) {
        return None;
    }
    // What is sent is made of the whole, once that was read.
    let write = may_write?.then(|| RestWrite::bare("PUT", format!("{path}/{}", told.id)));
    Some(differing(found, told, wanted, write.ok_or(SEES_BYPASSES)))
}

/// A ruleset of the organisation.
pub(super) fn of_organisation(desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let name = desired.name.as_deref().unwrap_or_default();
    let found = read::of_org(cx, name, desired.text("target"));
    let wanted = Wanted::resolve(desired, cx);
    let found = match Outcome::known(found?) {
        Err(outcome) => return Ok(outcome),
        Ok(found) => found,
    };
    let path = cx.org_path("rulesets");
    if desired.is_pruned() {
        return Ok(match found {
            OfOrg::Absent => gone(),
            OfOrg::Whole(ruleset) => delete(&ruleset, &path),
            OfOrg::Through(..) => Outcome::unknown("the token may not read the organisation's rulesets", Some(OF_ORG)),
        });
    }
    let wanted = match Outcome::known(wanted?) {
        Err(outcome) => return Ok(outcome),
        Ok(wanted) => wanted,
    };
    Ok(match found {
        OfOrg::Absent => create(&wanted, path),
        OfOrg::Whole(ruleset) => judge(&ruleset, &wanted, &path, OF_ORG),
        OfOrg::Through(mut ruleset, through) => {
            // What a repository tells of it is not the whole.
            ruleset.bypasses = None;
            match judge(&ruleset, &wanted, &path, OF_ORG) {
                Outcome::Violation { message, observed, desired } => {
                    Outcome::Violation { message: format!("{message} (seen through {through})"), observed, desired }
                }
                other => other,
            }
        }
    })
}

fn compliant(wanted: &Wanted<'_>) -> Outcome {
    Outcome::Compliant { observed: wanted.told(), desired: wanted.told() }
}

fn hidden_bypasses(name: &str, permission: &str) -> Outcome {
    Outcome::unknown(
        format!("GitHub shows who may go around `{name}` only to a token that may change it"),
        Some(permission),
    )
}

/// Judges a ruleset that was read by REST.
fn judge(ruleset: &Ruleset, wanted: &Wanted<'_>, path: &str, permission: &'static str) -> Outcome {
    if wanted.bypasses.is_some() && ruleset.bypasses.is_none() {
        return hidden_bypasses(&ruleset.name, permission);
    }
    let mut found = differences(ruleset, wanted);
    if found.before.is_empty() {
        return compliant(wanted);
    }
    let body = Value::Object(std::mem::take(&mut found.body));
    // The write replaces the whole: without the actors it would take their leave away.
    let base = ruleset.sent(&wanted.conditions).ok_or(permission);
    let write = base.map(|base| RestWrite::replacing("PUT", format!("{path}/{}", ruleset.id), body, base));
    differing(found, ruleset, wanted, write)
}

/// A ruleset that differs, with the call that changes it, or the permission without which the whole cannot be written.
fn differing(
    found: Differences,
    has: &Ruleset,
    wanted: &Wanted<'_>,
    write: Result<RestWrite, &'static str>,
) -> Outcome {
    let (before, after) = (Value::Object(found.before), Value::Object(found.after));
    let hidden = |permission| {
        format!(
            "it differs, and GitHub hides from this token who may go around it, so that it cannot be written whole: that \
             needs {permission}"
        )
    };
    match write.map_err(hidden).and_then(|write| lacking(wanted, Some(has)).map_or(Ok(write), Err)) {
        Ok(write) => Outcome::Differs(Difference::update(before, after, found.effect, Write::Rest(write))),
        Err(message) => Outcome::Violation { message, observed: before, desired: after },
    }
}

/// A parameter that GitHub demands of a rule that is to be added, and that the policy does not give.
fn lacking(wanted: &Wanted<'_>, has: Option<&Ruleset>) -> Option<String> {
    wanted.rules.iter().filter(|(kind, _)| has.is_none_or(|has| has.rule(kind).is_none())).find_map(|(kind, value)| {
        let key = catalogue::missing(kind, value.as_object()?)?;
        Some(format!("the rule `{kind}` cannot be made without `{key}`: add it to the policy"))
    })
}

fn create(wanted: &Wanted<'_>, path: String) -> Outcome {
    let told = wanted.told();
    let target = wanted.target.as_deref().unwrap_or("branch");
    let of_refs = matches!(target, "branch" | "tag");
    let refs = wanted.conditions.get("ref_name").and_then(|refs| refs.get("include"));
    let unsaid = (of_refs && refs.is_none()).then(|| {
        "there is no such ruleset, and the policy does not say where one would hold: add `conditions.ref_name.include`, \
         such as `[\"~DEFAULT_BRANCH\"]`"
            .to_owned()
    });
    if let Some(message) = unsaid.or_else(|| lacking(wanted, None)) {
        return Outcome::Violation { message, observed: json!(null), desired: told };
    }
    let enforcement = wanted.enforcement.as_deref().unwrap_or("active");
    let effect = if enforcement == "active" { Effect::Tightening } else { Effect::Neutral };
    Outcome::Differs(Box::new(Difference {
        before: json!(null),
        after: told,
        action: Action::Create,
        effect,
        deletes: false,
        moves: Vec::new(),
        writes: vec![Write::Rest(RestWrite::with_body("POST", path, creation(wanted, target, enforcement)))],
        restricted: None,
    }))
}

/// The body that makes a ruleset.
fn creation(wanted: &Wanted<'_>, target: &str, enforcement: &str) -> Value {
    let mut body = Map::new();
    body.insert("name".to_owned(), json!(wanted.name));
    body.insert("target".to_owned(), json!(target));
    body.insert("enforcement".to_owned(), json!(enforcement));
    if let Some(bypasses) = &wanted.bypasses {
        let sent = bypasses.iter().map(|(actor, mode)| actor.sent(mode)).collect();
        body.insert("bypass_actors".to_owned(), Value::Array(sent));
    }
    let mut conditions = wanted.conditions.clone();
    for (kind, condition) in &mut conditions {
        // GitHub wants both lists.
        if let Some(lists) = condition.as_object_mut().filter(|_| kind != "repository_id") {
            lists.entry("include").or_insert_with(|| json!([]));
            lists.entry("exclude").or_insert_with(|| json!([]));
        }
    }
    if !conditions.is_empty() {
        body.insert("conditions".to_owned(), Value::Object(conditions));
    }
    let rules = wanted
        .rules
        .iter()
        .filter_map(|(kind, value)| Some(compare::sent_rule(kind, &catalogue::complete(kind, value.as_object()?))));
    body.insert("rules".to_owned(), rules.collect());
    Value::Object(body)
}

fn gone() -> Outcome {
    Outcome::Compliant { observed: json!(null), desired: json!(null) }
}

fn prune_of_repository(found: Found, path: &str, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let id = match found {
        Found::Absent => return Ok(gone()),
        Found::Told(ruleset) => return Ok(delete(&ruleset, path)),
        Found::Number(id) => id,
    };
    let whole: Reading<Ruleset> = read::whole(cx, id)?;
    Ok(Outcome::known(whole).map_or_else(|outcome| outcome, |ruleset| delete(&ruleset, path)))
}

fn delete(ruleset: &Ruleset, path: &str) -> Outcome {
    let effect = if ruleset.enforcement == "active" { Effect::Loosening } else { Effect::Neutral };
    Outcome::Differs(Box::new(Difference {
        before: ruleset.summary(),
        after: json!(null),
        action: Action::Delete,
        effect,
        deletes: true,
        moves: Vec::new(),
        writes: vec![Write::Rest(RestWrite::bare("DELETE", format!("{path}/{}", ruleset.id)))],
        restricted: None,
    }))
}
