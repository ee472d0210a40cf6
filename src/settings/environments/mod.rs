//! Deployment environments and what protects them.
//!
//! Their names in bulk by GraphQL's `environments`; where there are any, all of them by one `GET /repos/{owner}/{repo}/environments`.
//! `PUT …/environments/{name}` replaces the whole: what it is not told falls back to its default, so it is sent everything. Name
//! patterns of branches have calls of their own: `…/environments/{name}/deployment-branch-policies`.

mod branch_policies;
mod observed;
mod reviewers;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use self::{observed::Environment, reviewers::Resolved};
use super::{
    Context, Judgement, Meta, Need, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write,
    item::{created, encoded, holds, removed, updated},
};
use crate::model::{Desired, Effect, Field, Keyed, Kind, Problem, Reading, Repository, Scope, Shape, Tightens};

const READ: &str = "actions:read";
const PUT: &str = "PUT /repos/{owner}/{repo}/environments/{environment_name}";
/// GitHub's longest wait: thirty days.
const LONGEST: i64 = 43_200;

static META: Meta = Meta {
    shape: Shape {
        key: "environments",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "name of an environment", name: Kind::Text, prune: true }),
        kind: Kind::Table(&[
            Field {
                key: "wait_timer",
                kind: Kind::Integer { min: 0, max: LONGEST },
                doc: "How many minutes a deployment waits.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "reviewers",
                kind: Kind::List(&Kind::Text),
                doc: "Who may approve a deployment: `team:SLUG` or `user:LOGIN`, at most six; one of them is enough. An empty list: nobody \
                      needs to.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "prevent_self_review",
                kind: Kind::Bool,
                doc: "Whether those who started a deployment may not approve it. GitHub keeps it only where there are reviewers.",
                tightens: Tightens::True,
            },
            Field {
                key: "deployment_branch_policy",
                kind: Kind::OneOf(&[observed::ALL, observed::PROTECTED, observed::CUSTOM]),
                doc: "From which branches may be deployed: `all`, `protected_branches`, or `custom_branch_policies`, which \
                      `branch_policies` lists.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "branch_policies",
                kind: Kind::List(&Kind::Text),
                doc: "The name patterns from which may be deployed, all of them: `main`, `release/*`, and for tags `tag:v*`.",
                tightens: Tightens::Judged,
            },
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &["branch_policies"],
        check,
    },
    title: "Environments",
    docs: "Environments for deployments, and what protects them. An empty table asks for no more than that there is such an environment.

A longer wait, more reviewers and fewer branches tighten; the reverse loosens, and so does a list of reviewers that gains some and loses \
others. `protected_branches` and `custom_branch_policies` cannot be compared: going from one to the other loosens. What the policy does not \
name stays as it is: GitHub's call replaces the whole environment, so ordain sends it everything that GitHub says of it.

On private repositories reviewers and wait timers need GitHub Enterprise: on a smaller plan they are *not applicable*. With `prune = true` \
environments that no rule lists are deleted, and their secrets with them; where they were protected, that loosens.",
    example: "[repo.environments.production]\nwait_timer = 10\nreviewers = [\"team:release\", \"user:octocat\"]\nprevent_self_review = true\n\
              deployment_branch_policy = \"custom_branch_policies\"\nbranch_policies = [\"main\", \"tag:v*\"]\n",
    reads: &[READ, "members:read"],
    writes: &["administration:write"],
    calls: &[
        ("wait_timer", PUT),
        ("reviewers", PUT),
        ("prevent_self_review", PUT),
        ("deployment_branch_policy", PUT),
        ("branch_policies", "POST and DELETE /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies"),
    ],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Environments;

impl Setting for Environments {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let all = match Outcome::known(observed::read(cx)?) {
            Err(outcome) => return Ok(every_part(desired, &outcome)),
            Ok(all) => all,
        };
        let found = named(&all, desired);
        if desired.is_pruned() {
            return Ok(vec![pruned(found, cx)?.whole()]);
        }
        if let Some(why) = beyond_plan(desired, cx)? {
            return Ok(every_part(desired, &Outcome::NotApplicable(why)));
        }
        let whole = of_whole(desired, found, cx);
        let policies = branch_policies::judge(desired, found, cx);
        if !has_whole(desired) {
            return Ok(policies?.into_iter().collect());
        }
        let (whole, policies) = (whole?, policies?);
        let stands = matches!(whole, Outcome::Compliant { .. } | Outcome::Differs(_));
        if !stands && !found.is_some_and(Environment::is_custom) {
            // Without the environment as it is to be, GitHub takes no name patterns.
            return Ok(every_part(desired, &whole));
        }
        Ok([whole.whole()].into_iter().chain(policies).collect())
    }

    fn needs(&self, part: Option<&str>, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        let mut needs = Need::while_public(cx)?;
        if part.is_some()
            && let Ok(all) = Outcome::known(observed::read(cx)?)
            && !named(&all, desired).is_some_and(Environment::is_custom)
        {
            needs.push(Need::made(&desired.setting()));
        }
        Ok(needs)
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        Ok(observed::read(cx)?.map(|all| all.into_iter().map(|one| one.name).collect()))
    }
}

/// The environment that the policy names, if it is there.
fn named<'e>(all: &'e [Environment], desired: &Desired) -> Option<&'e Environment> {
    let name = desired.name.as_deref().unwrap_or_default();
    all.iter().find(|one| one.name.eq_ignore_ascii_case(name))
}

fn check(value: &Value) -> Vec<Problem> {
    let problem = |path: &str, message: String, help: &str| Problem {
        path: path.to_owned(),
        message,
        help: Some(help.to_owned()),
    };
    let texts = |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut problems = Vec::new();
    if let Some(bad) = texts("reviewers").find(|name| reviewers::parsed(name).is_none()) {
        problems.push(problem("reviewers", format!("`{bad}` is no reviewer"), "write `team:SLUG` or `user:LOGIN`"));
    }
    if texts("reviewers").count() > reviewers::MOST {
        problems.push(problem("reviewers", "too many reviewers".to_owned(), "GitHub takes six; name a team"));
    }
    let policy = value.get("deployment_branch_policy").and_then(Value::as_str);
    if policy.is_some_and(|policy| policy != observed::CUSTOM) && value.get("branch_policies").is_some() {
        let help = "write `deployment_branch_policy = \"custom_branch_policies\"`, or leave `branch_policies` out";
        problems.push(problem("branch_policies", "only custom branch policies have name patterns".to_owned(), help));
    }
    problems
}

/// Whether anything but the name patterns is declared (or nothing at all: then that it is there).
fn has_whole(desired: &Desired) -> bool {
    desired.fields.keys().any(|key| key != "branch_policies")
}

fn every_part(desired: &Desired, outcome: &Outcome) -> Vec<Judgement> {
    let whole = has_whole(desired).then(|| outcome.clone().whole());
    let policies = desired.declares("branch_policies").then(|| outcome.clone().of_part("branch_policies"));
    whole.into_iter().chain(policies).collect()
}

fn is_private(repository: &Repository) -> bool {
    !repository.is_public()
}

/// Why the organisation's plan has no such protection there, if GitHub says which plan that is.
fn beyond_plan(desired: &Desired, cx: &Context<'_>) -> Result<Option<String>, Pending> {
    let waits = desired.value("wait_timer").and_then(Value::as_i64).is_some_and(|minutes| minutes > 0);
    let reviewed = !desired.texts("reviewers").is_empty() || desired.bool("prevent_self_review") == Some(true);
    if !is_private(cx.repository()?) || !(waits || reviewed) {
        return Ok(None);
    }
    let about = cx.org_rest(RestRead::certain("", "organization_administration:read"))?;
    let plan = about.value().copied().flatten().and_then(|org| org.pointer("/plan/name")?.as_str());
    Ok(plan.filter(|plan| ["free", "team"].contains(plan)).map(|plan| {
        format!("on private repositories reviewers and wait timers need GitHub Enterprise; the organisation's plan is `{plan}`")
    }))
}

fn path_of(cx: &Context<'_>, name: &str) -> Result<String, Pending> {
    cx.repo_path(&format!("environments/{}", encoded(name)))
}

fn pruned(found: Option<&Environment>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let Some(found) = found else { return Ok(holds(Value::Null, Value::Null)) };
    let effect = if found.is_protected() { Effect::Loosening } else { Effect::Neutral };
    let write = Write::Rest(RestWrite::bare("DELETE", path_of(cx, &found.name)?));
    Ok(removed(Value::Object(found.declarable()), effect, vec![write]))
}

/// Everything but the name patterns, which one call writes.
fn of_whole(desired: &Desired, found: Option<&Environment>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let name = desired.name.as_deref().unwrap_or_default();
    let none = Environment::unprotected(name);
    let is = found.unwrap_or(&none);
    let wanted = match reviewers::resolve(desired, is, cx)? {
        Resolved::Not(outcome) => return Ok(outcome),
        Resolved::Nothing => None,
        Resolved::All(list) => Some(list),
    };
    let observed = is.declarable();
    let declared = declared(desired);
    let remaining = wanted.as_ref().map_or(is.reviewers.len(), Vec::len);
    if desired.bool("prevent_self_review") == Some(true) && remaining == 0 {
        let message =
            "GitHub keeps `prevent_self_review` only where there are reviewers; give `reviewers` too".to_owned();
        return Ok(Outcome::Violation { message, observed: Value::Object(observed), desired: Value::Object(declared) });
    }
    let after: Map<String, Value> =
        declared.clone().into_iter().filter(|(key, value)| observed.get(key) != Some(value)).collect();
    if after.is_empty() && found.is_some() {
        return Ok(holds(only(&observed, &declared), Value::Object(declared)));
    }
    let mut changes = after.clone();
    if let (true, Some(list)) = (changes.contains_key("reviewers"), &wanted) {
        let list = list.iter().map(|one| json!({"type": one.kind(), "id": one.id}));
        changes.insert("reviewers".to_owned(), list.collect());
    }
    if let Some(word) = changes.get("deployment_branch_policy").and_then(Value::as_str) {
        let policy = observed::policy_of(word);
        changes.insert("deployment_branch_policy".to_owned(), policy);
    }
    let effect = after.iter().fold(Effect::Neutral, |effect, (key, to)| {
        effect.join(direction(key, observed.get(key).unwrap_or(&Value::Null), to))
    });
    let path = path_of(cx, &is.name)?;
    let write = Write::Rest(RestWrite::replacing("PUT", path, Value::Object(changes), is.in_form_of_call()));
    Ok(if found.is_some() {
        updated(only(&observed, &after), Value::Object(after), effect, vec![write])
    } else {
        created(Value::Object(declared), effect, vec![write])
    })
}

/// The fields of one object that another has.
fn only(all: &Map<String, Value>, these: &Map<String, Value>) -> Value {
    Value::Object(these.keys().map(|key| (key.clone(), all.get(key).cloned().unwrap_or_default())).collect())
}

/// What the policy declares, normalised: reviewers in lower case, sorted, each once.
fn declared(desired: &Desired) -> Map<String, Value> {
    let mut declared: Map<String, Value> = ["wait_timer", "prevent_self_review", "deployment_branch_policy"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), desired.value(key)?.clone())))
        .collect();
    if desired.declares("reviewers") {
        declared.insert("reviewers".to_owned(), json!(reviewers::normalised(&desired.texts("reviewers"))));
    }
    declared
}

/// Which way the change of one field moves.
fn direction(key: &str, from: &Value, to: &Value) -> Effect {
    match key {
        "wait_timer" => Effect::tightening_if(to.as_i64() > from.as_i64()),
        "reviewers" => {
            let has = |list: &Value, name: &Value| list.as_array().is_some_and(|list| list.contains(name));
            let loses = from.as_array().into_iter().flatten().any(|name| !has(to, name));
            Effect::tightening_if(!loses)
        }
        "deployment_branch_policy" => Effect::tightening_if(from == observed::ALL),
        _ => Effect::tightening_if(to == &json!(true)),
    }
}
