//! Variables of GitHub Actions: texts that workflows read as `vars.NAME`.
//!
//! `GET/POST /repos/{owner}/{repo}/actions/variables`, `PATCH/DELETE …/{name}`, and the same under `/orgs/{org}`. GitHub writes their
//! names in capitals and shows at most thirty a page.

mod org;

use serde_json::{Value, json};

pub use org::OrgVariables;

use super::{
    Context, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write,
    item::{created, holds, removed, updated},
};
use crate::model::{Desired, Effect, Keyed, Kind, Permission, Reading, Scope, Shape, Tightens};

const READ: &str = "actions_variables:read";
const ROUTE: &str = "actions/variables";

static META: Meta = Meta {
    shape: Shape {
        key: "variables",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "name of a variable", name: Kind::Text, prune: true }),
        kind: Kind::Text,
        tightens: Tightens::Neutral,
        extra: &[],
        parts: &[],
        check: Shape::no_check,
    },
    title: "Variables of Actions",
    docs: "The repository's own variables, which workflows read as `vars.NAME`. Everybody who can write a workflow can read them: no secret \
belongs there.

GitHub writes names in capitals, so they are compared without case. A variable of the organisation or of an environment is another one. \
With `prune = true` variables that no rule lists are deleted.",
    example: "[repo.variables]\nNODE_VERSIONS = \"20,22,24\"\n",
    reads: &[READ],
    writes: &["actions_variables:write"],
    calls: &[(
        "value",
        "POST /repos/{owner}/{repo}/actions/variables or PATCH /repos/{owner}/{repo}/actions/variables/{name}",
    )],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting of repositories.
pub struct Variables;

impl Setting for Variables {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, cx)?.whole()])
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        Ok(listed(cx.rest(read(READ))?, READ).map(names))
    }
}

fn judge(desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let name = desired.name.as_deref().unwrap_or_default();
    let all = match Outcome::known(listed(cx.rest(read(READ))?, READ)) {
        Err(outcome) => return Ok(outcome),
        Ok(all) => all,
    };
    let base = cx.repo_path(ROUTE)?;
    let value = found(all, name).map(value_of);
    if desired.is_pruned() {
        return Ok(pruned(value, &base, name));
    }
    let wanted = desired.value("").cloned().unwrap_or_default();
    if let Some(why) = bad_name(name) {
        return Ok(Outcome::Violation { message: why, observed: Value::Null, desired: wanted });
    }
    Ok(match value {
        Some(value) if value == wanted => holds(value, wanted),
        Some(value) => {
            let write = RestWrite::with_body("PATCH", path_of(&base, name), json!({"value": wanted}));
            updated(value, wanted, Effect::Neutral, vec![Write::Rest(write)])
        }
        None => {
            let body = json!({"name": name.to_ascii_uppercase(), "value": wanted});
            created(wanted, Effect::Neutral, vec![Write::Rest(RestWrite::with_body("POST", base, body))])
        }
    })
}

fn read(permission: &'static str) -> RestRead {
    RestRead::list_in(ROUTE, "variables", permission)
}

/// The variables of an answer. Every target has the list: 404 says that the token may not see it.
fn listed<'a>(answer: Reading<Option<&'a Value>>, permission: &str) -> Reading<&'a [Value]> {
    answer.and_then(|told| match told.and_then(Value::as_array) {
        Some(all) => Reading::known(all.as_slice()),
        None => Reading::lacking("GitHub shows no variables", Permission::from(permission)),
    })
}

fn name_of(variable: &Value) -> &str {
    variable.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn names(all: &[Value]) -> Vec<String> {
    all.iter().map(|variable| name_of(variable).to_owned()).collect()
}

fn found<'a>(all: &'a [Value], name: &str) -> Option<&'a Value> {
    all.iter().find(|variable| name_of(variable).eq_ignore_ascii_case(name))
}

fn value_of(variable: &Value) -> Value {
    variable.get("value").cloned().unwrap_or_default()
}

fn path_of(base: &str, name: &str) -> String {
    format!("{base}/{}", super::item::encoded(&name.to_ascii_uppercase()))
}

fn pruned(value: Option<Value>, base: &str, name: &str) -> Outcome {
    match value {
        None => holds(Value::Null, Value::Null),
        Some(value) => {
            let write = RestWrite::bare("DELETE", path_of(base, name));
            removed(value, Effect::Neutral, vec![Write::Rest(write)])
        }
    }
}

/// Why GitHub would take no variable or secret of this name.
pub(super) fn bad_name(name: &str) -> Option<String> {
    let fine = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.to_ascii_uppercase().starts_with("GITHUB_");
    (!fine).then(|| {
        format!(
            "GitHub takes no such name: `{name}`; use letters, digits and `_`, no digit first, and not `GITHUB_` at the start"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::Action,
        settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo},
    };

    fn bench() -> Bench {
        Bench::new(vec![repo("web")]).known("web", ROUTE, json!([{"name": "NODE", "value": "20"}]))
    }

    fn wanted(name: &str, value: &str) -> Desired {
        desired("variables", Some(name), &json!(value))
    }

    #[test]
    fn names_are_compared_without_case_and_only_the_value_is_written() {
        assert!(matches!(bench().outcome(&Variables, "web", &wanted("node", "20")), Outcome::Compliant { .. }));
        let change = difference(bench().outcome(&Variables, "web", &wanted("node", "22")));
        assert_eq!((change.before, change.after, change.effect), (json!("20"), json!("22"), Effect::Neutral));
        let path = "/repos/acme/web/actions/variables/NODE".to_owned();
        assert_eq!(change.writes, [Write::Rest(RestWrite::with_body("PATCH", path, json!({"value": "22"})))]);
    }

    #[test]
    fn a_missing_one_is_made_and_one_that_nobody_lists_is_deleted() {
        let change = difference(bench().outcome(&Variables, "web", &wanted("os", "linux")));
        let body = json!({"name": "OS", "value": "linux"});
        let path = "/repos/acme/web/actions/variables".to_owned();
        assert_eq!(change.action, Action::Create);
        assert_eq!(change.writes, [Write::Rest(RestWrite::with_body("POST", path.clone(), body))]);
        let leaf = desired("variables", Some("x"), &json!({"prune": true})).fields["prune"].clone();
        let gone = difference(bench().outcome(&Variables, "web", &Desired::pruned("variables", "NODE".into(), leaf)));
        assert_eq!((gone.action, gone.deletes), (Action::Delete, true));
        assert_eq!(gone.writes, [Write::Rest(RestWrite::bare("DELETE", format!("{path}/NODE")))]);
    }

    #[test]
    fn a_name_that_github_refuses_is_a_violation() {
        for name in ["1ST", "GITHUB_TOKEN", "github_x", "MY-VAR", "é"] {
            let outcome = bench().outcome(&Variables, "web", &wanted(name, "x"));
            assert!(matches!(&outcome, Outcome::Violation { message, .. } if message.contains(name)), "{outcome:?}");
        }
    }

    #[test]
    fn a_hidden_list_is_unknown() {
        for answer in [forbidden(READ), not_found()] {
            let hidden = Bench::new(vec![repo("web")]).rest("web", ROUTE, answer);
            assert_eq!(lacking(&hidden.outcome(&Variables, "web", &wanted("NODE", "20"))), Some(READ));
        }
        example_is_sound(&Variables);
    }
}
