//! Groups of an organisation's self-hosted runners: who may use them.
//!
//! `GET/POST /orgs/{org}/actions/runner-groups`, `PATCH/DELETE /orgs/{org}/actions/runner-groups/{runner_group_id}` (a PATCH
//! needs the name), and for those selected `GET/PUT …/{runner_group_id}/repositories`. A group that is inherited from the
//! enterprise is the enterprise's; the default group can be changed but not taken away. Which runners are in a group is no
//! setting of security here.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    Context, Difference, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write, choice::Listed,
    direction::Safer,
};
use crate::model::{Action, Desired, Effect, Field, Keyed, Kind, Problem, Reading, Scope, Shape, Tightens};

const READ: &str = "organization_self_hosted_runners:read";
const LIST: &str = "actions/runner-groups";
const VISIBILITY: &[&str] = &["all", "private", "selected"];

/// The fields that GitHub keeps in the group itself, and which side is safer.
static FIELDS: &[(&str, Safer)] = &[
    ("visibility", Safer::Last(VISIBILITY)),
    ("allows_public_repositories", Safer::False),
    ("restricted_to_workflows", Safer::True),
    ("selected_workflows", Safer::Fewer),
];

static META: Meta = Meta {
    shape: Shape {
        key: "runner_groups",
        scope: Scope::Org,
        keyed: Some(Keyed { what: "runner group", name: Kind::Text, prune: true }),
        kind: Kind::Table(&[
            Field {
                key: "visibility",
                kind: Kind::OneOf(VISIBILITY),
                doc: "Which repositories may use its runners: all, private ones, or those of `repositories`.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "repositories",
                kind: Kind::List(&Kind::Glob),
                doc: "Globs of the repositories that may use its runners; only with `visibility = \"selected\"`.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "allows_public_repositories",
                kind: Kind::Bool,
                doc: "Whether public repositories may use its runners, and so whoever opens a pull request there.",
                tightens: Tightens::False,
            },
            Field {
                key: "restricted_to_workflows",
                kind: Kind::Bool,
                doc: "Whether only the workflows of `selected_workflows` may use its runners.",
                tightens: Tightens::True,
            },
            Field {
                key: "selected_workflows",
                kind: Kind::List(&Kind::Text),
                doc: "The workflows that may, such as `acme/web/.github/workflows/ci.yml@refs/heads/main`; the order does not matter.",
                tightens: Tightens::Judged,
            },
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Runner groups",
    docs: "Who may use the organisation's self-hosted runners, by the name of their group.

A group that is not there is created, empty, with what the policy says and nothing else allowed. Groups of the enterprise are judged and never changed. \
`prune` takes away groups that the policy does not list, except the default one and the enterprise's; their runners go back to the \
default group. A repository that may use a group and that ordain cannot see keeps that right. Only plans with runner groups have \
them.",
    example: "[org.runner_groups.\"release\"]\nvisibility = \"selected\"\nrepositories = [\"release-*\"]\n\
              allows_public_repositories = false\n",
    reads: &[READ],
    writes: &["organization_self_hosted_runners:write"],
    calls: &[
        (
            "visibility, allows_public_repositories, restricted_to_workflows, selected_workflows",
            "POST /orgs/{org}/actions/runner-groups, PATCH or DELETE /orgs/{org}/actions/runner-groups/{runner_group_id}",
        ),
        ("repositories", "PUT /orgs/{org}/actions/runner-groups/{runner_group_id}/repositories"),
    ],
    controls: &["OpenJS noSelfHostedRunners"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct RunnerGroups;

impl Setting for RunnerGroups {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let groups = match Outcome::known(groups(cx)?) {
            Err(outcome) => return Ok(vec![outcome.whole()]),
            Ok(groups) => groups,
        };
        let name = desired.name.as_deref().unwrap_or_default();
        let group = groups.iter().find(|group| is_named(group, name));
        Ok(vec![
            match group {
                None if desired.is_pruned() => Outcome::Compliant { observed: Value::Null, desired: Value::Null },
                None => created(name, desired, cx),
                Some(group) if desired.is_pruned() => removed(group, cx),
                Some(group) => updated(group, desired, cx)?,
            }
            .whole(),
        ])
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        let theirs = |group: &&Value| !is(group, "default") && !is(group, "inherited");
        let name = |group: &Value| group.get("name").and_then(Value::as_str).map(str::to_owned);
        Ok(groups(cx)?.map(|groups| groups.iter().filter(theirs).filter_map(name).collect()))
    }
}

fn groups<'a>(cx: &Context<'a>) -> Result<Reading<&'a [Value]>, Pending> {
    let answer = cx.org_rest(RestRead::list_in(LIST, "runner_groups", READ))?;
    Ok(answer.and_then(|list| match list.and_then(Value::as_array) {
        Some(list) => Reading::known(list.as_slice()),
        None => Reading::lacking("GitHub shows no runner groups", READ.into()),
    }))
}

fn is_named(group: &Value, name: &str) -> bool {
    group.get("name").and_then(Value::as_str).is_some_and(|known| known.to_lowercase() == name.to_lowercase())
}

fn is(group: &Value, flag: &str) -> bool {
    group.get(flag) == Some(&json!(true))
}

/// What the policy says of the group itself.
fn declared(desired: &Desired) -> Map<String, Value> {
    let fields = FIELDS.iter().filter_map(|(key, _)| Some(((*key).to_owned(), normal(desired.value(key)?))));
    fields.collect()
}

/// Workflows in order, each once.
fn normal(value: &Value) -> Value {
    let Value::Array(list) = value else { return value.clone() };
    let texts: BTreeSet<&str> = list.iter().filter_map(Value::as_str).collect();
    json!(texts)
}

fn created(name: &str, desired: &Desired, cx: &Context<'_>) -> Outcome {
    // GitHub's own default is that all repositories may.
    let mut fields = Map::from_iter([("visibility".to_owned(), json!("selected"))]);
    fields.insert("allows_public_repositories".to_owned(), json!(false));
    fields.extend(declared(desired));
    let mut after = fields.clone();
    fields.insert("name".to_owned(), json!(name));
    if let Some(globs) = desired.value("repositories") {
        let wanted = match Listed::matching(globs, cx) {
            Err(message) => return Outcome::Violation { message, observed: Value::Null, desired: desired.to_json() },
            Ok(wanted) => wanted,
        };
        after.insert("repositories".to_owned(), wanted.names());
        fields.insert("selected_repository_ids".to_owned(), json!(wanted.ids()));
    }
    let write = RestWrite::with_body("POST", cx.org_path(LIST), Value::Object(fields));
    // An empty group allows nothing yet.
    let mut difference = Difference::update(Value::Null, Value::Object(after), Effect::Neutral, Write::Rest(write));
    difference.action = Action::Create;
    Outcome::Differs(difference)
}

fn removed(group: &Value, cx: &Context<'_>) -> Outcome {
    let before = json!({"visibility": group.get("visibility")});
    let Some(path) = path(group, "", cx) else { return Outcome::unknown("the runner group has no id", None) };
    let write = Write::Rest(RestWrite::bare("DELETE", path));
    // Its runners go back to the default group, which may allow more.
    let mut difference = Difference::update(before, Value::Null, Effect::Loosening, write);
    (difference.action, difference.deletes) = (Action::Delete, true);
    Outcome::Differs(difference)
}

fn path(group: &Value, below: &str, cx: &Context<'_>) -> Option<String> {
    let id = group.get("id").and_then(Value::as_u64)?;
    Some(cx.org_path(&format!("{LIST}/{id}{below}")))
}

fn updated(group: &Value, desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let (mut before, mut after, mut body, mut effect) = (Map::new(), Map::new(), Map::new(), Effect::Neutral);
    for (key, wanted) in declared(desired) {
        let Some(observed) = group.get(&key).map(normal) else {
            return Ok(Outcome::unknown(format!("GitHub's answer leaves `{key}` out"), Some(READ)));
        };
        let safer = FIELDS.iter().find(|(known, _)| *known == key).map_or(Safer::Neutral, |(_, safer)| *safer);
        if observed != wanted {
            effect = effect.join(safer.effect(&observed, &wanted));
            body.insert(key.clone(), wanted.clone());
        }
        before.insert(key.clone(), observed);
        after.insert(key, wanted);
    }
    let mut list = None;
    if let Some(globs) = desired.value("repositories") {
        let selected = match selected(group, cx)? {
            Err(outcome) => return Ok(outcome),
            Ok(selected) => selected,
        };
        let wanted = match Listed::matching(globs, cx) {
            Err(message) => {
                return Ok(Outcome::Violation { message, observed: Value::Null, desired: desired.to_json() });
            }
            Ok(wanted) => wanted,
        };
        before.insert("repositories".to_owned(), selected.names());
        after.insert("repositories".to_owned(), wanted.names());
        if selected.names() != wanted.names() {
            let fewer = wanted.seen_ids().is_subset(&selected.seen_ids());
            // What was in the list before the group was narrowed to it did not count.
            let counted = group.get("visibility") == Some(&json!("selected"));
            effect = effect.join(if counted { Effect::tightening_if(fewer) } else { Effect::Neutral });
            list = Some(wanted.with_unseen_of(&selected));
        }
    }
    let (before, after) = (Value::Object(before), Value::Object(after));
    if body.is_empty() && list.is_none() {
        return Ok(Outcome::Compliant { observed: before, desired: after });
    }
    if let Some(message) = not_ours(group, &body) {
        return Ok(Outcome::Violation { message, observed: before, desired: after });
    }
    let Some((own, repositories)) = path(group, "", cx).zip(path(group, "/repositories", cx)) else {
        return Ok(Outcome::unknown("the runner group has no id", None));
    };
    let mut writes = Vec::new();
    if !body.is_empty() {
        body.insert("name".to_owned(), group.get("name").cloned().unwrap_or_default());
        writes.push(Write::Rest(RestWrite::with_body("PATCH", own, Value::Object(body))));
    }
    if let Some(ids) = list {
        let body = json!({"selected_repository_ids": ids});
        writes.push(Write::Rest(RestWrite::with_body("PUT", repositories, body)));
    }
    Ok(Outcome::Differs(Box::new(Difference {
        before,
        after,
        action: Action::Update,
        effect,
        deletes: false,
        moves: Vec::new(),
        writes,
        restricted: None,
    })))
}

/// The repositories that may use the group. Where it is not narrowed to some, none are selected.
fn selected<'a>(group: &Value, cx: &Context<'a>) -> Result<Result<Listed<'a>, Outcome>, Pending> {
    if group.get("visibility") != Some(&json!("selected")) {
        return Ok(Ok(Listed::default()));
    }
    let id = group.get("id").and_then(Value::as_u64).unwrap_or_default();
    let read = RestRead::list_in(format!("{LIST}/{id}/repositories"), "repositories", READ);
    Ok(match Outcome::known(cx.org_rest(read)?) {
        Err(outcome) => Err(outcome),
        Ok(list) => Listed::of(list, READ, cx),
    })
}

fn not_ours(group: &Value, body: &Map<String, Value>) -> Option<String> {
    if is(group, "inherited") {
        return Some("the group is the enterprise's; change it there".to_owned());
    }
    let of_workflows = body.contains_key("restricted_to_workflows") || body.contains_key("selected_workflows");
    (of_workflows && is(group, "workflow_restrictions_read_only"))
        .then(|| "GitHub takes no restriction to workflows for this group; change it in the enterprise".to_owned())
}

fn check(value: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |path: &str, message: &str, help: &str| {
        problems.push(Problem { path: path.to_owned(), message: message.to_owned(), help: Some(help.to_owned()) });
    };
    let visibility = value.get("visibility").and_then(Value::as_str);
    if value.get("repositories").is_some() && visibility.is_some_and(|word| word != "selected") {
        let help = "write `visibility = \"selected\"`, or leave `repositories` out";
        problem("repositories", "`repositories` counts only with `visibility = \"selected\"`", help);
    }
    if value.get("selected_workflows").is_some() && value.get("restricted_to_workflows") == Some(&json!(false)) {
        let help = "write `restricted_to_workflows = true`, or leave `selected_workflows` out";
        problem("selected_workflows", "`selected_workflows` counts only with `restricted_to_workflows`", help);
    }
    problems
}

#[cfg(test)]
#[path = "runner_groups_tests.rs"]
mod tests;
