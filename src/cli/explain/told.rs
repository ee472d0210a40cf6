//! What is told of one verdict: values, the lines that decide and those that lost, gates, and what would be written.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    model::{Beaten, Delivery, Leaf, Scope, Verdict},
    plan::{Judged, names},
    render::{
        clean,
        explain::{ExplainedGate, ExplainedSetting, ExplainedSource},
    },
    settings::{GateState, ReadKey, RepoRead, Write},
};

/// How much of a body is shown.
const MOST: usize = 400;

/// All that is told of a verdict but what the setting adds itself.
pub(super) fn explained(judged: &Judged, asked: &[ReadKey]) -> ExplainedSetting {
    let (observed, desired) = judged.values();
    let finding = judged.to_finding();
    let gates = judged.gates.iter().map(|(gate, state)| ExplainedGate {
        gate: gate.to_string(),
        holds: *state == GateState::Holds,
        message: match state {
            GateState::Holds => String::new(),
            // The page says already that it does not hold.
            GateState::Closed(why) => why.strip_prefix(&format!("{gate} does not hold: ")).unwrap_or(why).to_owned(),
        },
    });
    ExplainedSetting {
        setting: judged.setting(),
        verdict: judged.verdict,
        message: judged.message.clone(),
        observed,
        desired,
        sources: sources(judged),
        overridden: overridden(judged),
        reason: judged.reason(),
        waiver: judged.waiver.as_deref().cloned(),
        gates: gates.collect(),
        permission: finding.permission,
        controls: judged.meta.controls.iter().map(|control| (*control).to_owned()).collect(),
        notes: Vec::new(),
        read: reads(judged, asked),
        writes: writes(judged),
    }
}

/// The leaves that the verdict is about; all of the setting's where none is just that part's.
fn leaves(judged: &Judged) -> Vec<(&String, &Leaf)> {
    let path = &judged.judgement.leaf;
    let below = |key: &str| path.is_empty() || names(path, key);
    let some = judged.desired.fields.keys().any(|key| below(key));
    judged.desired.fields.iter().filter(|(key, _)| !some || below(key)).collect()
}

fn sources(judged: &Judged) -> Vec<ExplainedSource> {
    let mut sources = Vec::new();
    for (field, leaf) in leaves(judged) {
        for (at, source) in leaf.sources.iter().enumerate() {
            sources.push(ExplainedSource {
                rule: leaf.rules.get(at).or_else(|| leaf.rules.first()).cloned().unwrap_or_default(),
                source: source.clone(),
                field: field.clone(),
                value: leaf.value.clone(),
                note: None,
            });
        }
    }
    sources
}

fn overridden(judged: &Judged) -> Vec<ExplainedSource> {
    let told = |beaten: &Beaten| ExplainedSource {
        rule: beaten.rule.clone(),
        source: beaten.source.clone(),
        field: beaten.field.clone(),
        value: beaten.value.clone(),
        note: Some(beaten.why.clone()),
    };
    leaves(judged).into_iter().flat_map(|(_, leaf)| &leaf.beaten).map(told).collect()
}

/// What apply would write, now or once the gates hold.
fn writes(judged: &Judged) -> Vec<String> {
    if !matches!(judged.verdict, Verdict::Change | Verdict::Blocked) {
        return Vec::new();
    }
    if judged.stands_in {
        return vec!["nothing by itself: a change of the organisation brings it along".to_owned()];
    }
    let writes = judged.difference().into_iter().flat_map(|difference| &difference.writes);
    writes
        .map(|write| match write {
            Write::Rest(rest) => match &rest.body {
                Some(body) => format!("{} {} {}", rest.method, rest.path, cut(&spaced(body))),
                None => format!("{} {}", rest.method, rest.path),
            },
            Write::Graphql(graphql) => format!("POST /graphql {}", mutation(graphql.mutation)),
            Write::File(file) => {
                let what = if file.content.is_some() { "writes" } else { "removes" };
                let how = match file.delivery {
                    Delivery::Commit => "a commit to the default branch",
                    Delivery::Api | Delivery::PullRequest => "a pull request",
                };
                format!("{how} that {what} {}", file.path)
            }
        })
        .collect()
}

/// The name of what a mutation does: the field that it asks for.
fn mutation(document: &str) -> &str {
    let inside = document.split_once('{').map_or(document, |(_, inside)| inside).trim_start();
    inside.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or(inside)
}

/// The questions whose answers were judged.
fn reads(judged: &Judged, asked: &[ReadKey]) -> Vec<String> {
    let target = judged.target.name();
    let mut told: Vec<String> = asked.iter().filter_map(|key| read(key, &target)).collect();
    let mut seen = BTreeSet::new();
    told.retain(|one| seen.insert(one.clone()));
    told
}

fn read(key: &ReadKey, target: &str) -> Option<String> {
    Some(match key {
        ReadKey::Viewer => "GET /user".to_owned(),
        ReadKey::Org(_, read) if read.suffix.starts_with('/') => format!("GET {}", read.suffix),
        ReadKey::Org(org, read) => format!("GET /orgs/{org}/{}", read.suffix),
        ReadKey::Name(org, name) => format!("GET /repos/{org}/{name}"),
        ReadKey::Repo(_, _, RepoRead::Rest(read)) => format!("GET /repos/{target}/{}", read.suffix),
        ReadKey::Repo(_, _, RepoRead::Listing) => "the list of repositories".to_owned(),
        ReadKey::Repo(_, _, RepoRead::Graphql(field)) => {
            format!("GraphQL {}", field.selection.split(['(', ' ', '{']).next()?)
        }
        ReadKey::Repo(_, _, RepoRead::Tree(path) | RepoRead::TreeAt(path)) if path.is_empty() => {
            "the files at the top of the repository".to_owned()
        }
        ReadKey::Repo(_, _, RepoRead::Tree(path) | RepoRead::TreeAt(path)) => format!("the files in {path}"),
        ReadKey::Repo(_, _, RepoRead::Blob(_)) => return None,
    })
    .map(|text: String| text.trim_end_matches('/').to_owned())
}

/// JSON with blanks, where a line can be wrapped.
fn spaced(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let each = fields.iter().map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), spaced(value)));
            format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    let text = clean(text);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What is said of a setting that no rule gives to the target.
pub(super) fn unmanaged(key: &str, of: Scope) -> String {
    let target = if of == Scope::Org { "organisation" } else { "repository" };
    format!("no rule gives `{key}` to this {target}: ordain neither judges nor changes it there")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutation_is_told_by_the_field_that_it_asks_for() {
        assert_eq!(
            mutation("mutation($input: X!) { updateRepository(input: $input) { clientMutationId } }"),
            "updateRepository"
        );
        assert_eq!(mutation("mutation Named($input: X!){createRef(input: $input){ref{id}}}"), "createRef");
    }
}
