//! The organisation's variables, which have a visibility too.

use serde_json::{Map, Value, json};

use super::{ROUTE, bad_name, found, listed, names, path_of, pruned, read, value_of};
use crate::{
    model::{Desired, Effect, Field, Keyed, Kind, Reading, Scope, Shape, Tightens},
    settings::{
        Context, Judgement, Meta, Outcome, Pending, Phase, RestWrite, Setting, Write,
        item::{created, holds, updated},
    },
};

const READ: &str = "organization_actions_variables:read";
const CALL: &str = "POST /orgs/{org}/actions/variables or PATCH /orgs/{org}/actions/variables/{name}";
/// What a new variable gets where the policy does not say: not everybody's.
const NARROW: &str = "private";

static META: Meta = Meta {
    shape: Shape {
        key: "variables",
        scope: Scope::Org,
        keyed: Some(Keyed { what: "name of a variable", name: Kind::Text, prune: true }),
        kind: Kind::Text,
        tightens: Tightens::Neutral,
        extra: &[Field {
            key: "visibility",
            kind: Kind::OneOf(&["all", "private", "selected"]),
            doc: "Which repositories may read it. A new one is `private` (private and internal repositories) where nothing is said.",
            tightens: Tightens::Judged,
        }],
        parts: &[],
        check: Shape::no_check,
    },
    title: "Variables of Actions",
    docs: "The organisation's variables, which workflows read as `vars.NAME`: the text, or `{ value = \"…\", visibility = \"all\" }`. Everybody \
who can write a workflow there can read them: no secret belongs there.

GitHub writes names in capitals, so they are compared without case. Letting more repositories read one loosens, fewer tightens. Which \
repositories `selected` are is left as it is: a new one has none. With `prune = true` variables that no rule lists are deleted.",
    example: "[org.variables]\nNODE_VERSIONS = { value = \"20,22,24\", visibility = \"all\" }\nREGION = \"eu\"\n",
    reads: &[READ],
    writes: &["organization_actions_variables:write"],
    calls: &[("value", CALL), ("visibility", CALL)],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting of organisations.
pub struct OrgVariables;

impl Setting for OrgVariables {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, cx)?.whole()])
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        Ok(listed(cx.org_rest(read(READ))?, READ).map(names))
    }
}

fn judge(desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let name = desired.name.as_deref().unwrap_or_default();
    let all = match Outcome::known(listed(cx.org_rest(read(READ))?, READ)) {
        Err(outcome) => return Ok(outcome),
        Ok(all) => all,
    };
    let (base, variable) = (cx.org_path(ROUTE), found(all, name));
    if desired.is_pruned() {
        return Ok(pruned(variable.map(value_of), &base, name));
    }
    let wanted = wanted(desired);
    if let Some(why) = bad_name(name) {
        return Ok(Outcome::Violation { message: why, observed: Value::Null, desired: Value::Object(wanted) });
    }
    let Some(variable) = variable else { return Ok(create(&base, name, wanted)) };
    let is = |key: &str| variable.get(key).cloned().unwrap_or_default();
    let after: Map<String, Value> = wanted.clone().into_iter().filter(|(key, value)| is(key) != *value).collect();
    let before: Map<String, Value> = after.keys().map(|key| (key.clone(), is(key))).collect();
    if after.is_empty() {
        let observed = wanted.keys().map(|key| (key.clone(), is(key))).collect();
        return Ok(holds(Value::Object(observed), Value::Object(wanted)));
    }
    let effect = match (before.get("visibility"), after.get("visibility")) {
        (Some(before), Some(after)) => Effect::tightening_if(reach(after) < reach(before)),
        _ => Effect::Neutral,
    };
    let write = RestWrite::with_body("PATCH", path_of(&base, name), Value::Object(after.clone()));
    Ok(updated(Value::Object(before), Value::Object(after), effect, vec![Write::Rest(write)]))
}

/// What the policy declares, in GitHub's fields.
fn wanted(desired: &Desired) -> Map<String, Value> {
    let value = desired.value("").map(|value| ("value".to_owned(), value.clone()));
    let visibility = desired.value("visibility").map(|word| ("visibility".to_owned(), word.clone()));
    value.into_iter().chain(visibility).collect()
}

fn create(base: &str, name: &str, mut wanted: Map<String, Value>) -> Outcome {
    wanted.entry("visibility").or_insert(json!(NARROW));
    let mut body = wanted.clone();
    body.insert("name".to_owned(), json!(name.to_ascii_uppercase()));
    let write = RestWrite::with_body("POST", base.to_owned(), Value::Object(body));
    created(Value::Object(wanted), Effect::Neutral, vec![Write::Rest(write)])
}

/// How many repositories a visibility reaches, as an order.
fn reach(word: &Value) -> u8 {
    match word.as_str() {
        Some("all") => 2,
        Some("private") => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking};

    fn judged(answer: Bench, value: &Value) -> Outcome {
        let mut desired = desired("variables", Some("node"), value);
        // The long form of a bare value: its fields lie beside it.
        if let Some(leaf) = desired.fields.remove("value") {
            desired.fields.insert(String::new(), leaf);
        }
        answer.judge(&OrgVariables, None, &desired).expect("read").remove(0).outcome
    }

    fn bench(visibility: &str) -> Bench {
        Bench::new(vec![]).org_known(ROUTE, json!([{"name": "NODE", "value": "20", "visibility": visibility}]))
    }

    #[test]
    fn a_visibility_that_is_not_declared_is_left_alone() {
        assert!(matches!(judged(bench("selected"), &json!("20")), Outcome::Compliant { .. }));
        let change = difference(judged(bench("selected"), &json!("22")));
        let path = "/orgs/acme/actions/variables/NODE".to_owned();
        assert_eq!(change.writes, [Write::Rest(RestWrite::with_body("PATCH", path, json!({"value": "22"})))]);
    }

    #[test]
    fn fewer_repositories_tighten_and_more_loosen() {
        for (from, to, effect) in [
            ("all", "private", Effect::Tightening),
            ("private", "selected", Effect::Tightening),
            ("private", "all", Effect::Loosening),
            ("selected", "all", Effect::Loosening),
        ] {
            let change = difference(judged(bench(from), &json!({"value": "20", "visibility": to})));
            assert_eq!((change.effect, change.after), (effect, json!({"visibility": to})), "{from} {to}");
        }
    }

    #[test]
    fn a_new_one_is_not_for_everybody_unless_the_policy_says_so() {
        let none = || Bench::new(vec![]).org_known(ROUTE, json!([]));
        let change = difference(judged(none(), &json!("20")));
        let body = json!({"value": "20", "visibility": "private", "name": "NODE"});
        let path = "/orgs/acme/actions/variables".to_owned();
        assert_eq!(change.writes, [Write::Rest(RestWrite::with_body("POST", path, body))]);
        let hidden = Bench::new(vec![]).org_rest(ROUTE, forbidden(READ));
        assert_eq!(lacking(&judged(hidden, &json!("20"))), Some(READ));
        example_is_sound(&OrgVariables);
    }
}
