//! What the organisation itself is really asked: a number of requests that does not grow with its repositories.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use serde_json::Value;

use super::grown::Grown;
use crate::{
    github::Pages,
    model::{Org, Reading},
    observe::Observer,
    settings::{RestAnswer, RestRead},
};

/// Repositories on a page of a list.
const PAGE: usize = 100;
/// Requests under way at once.
const SIDE_BY_SIDE: usize = 12;

/// An answer, with how many requests the whole of it takes.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) answer: RestAnswer,
    pub(super) requests: u64,
}

/// The answers, each asked for once.
pub(super) struct Live<'o> {
    observer: &'o Observer,
    first_pages: BTreeMap<(Org, String), (RestAnswer, Pages)>,
}

impl<'o> Live<'o> {
    /// Nothing asked yet.
    pub(super) const fn new(observer: &'o Observer) -> Self {
        Self { observer, first_pages: BTreeMap::new() }
    }

    /// Whether one token serves all organisations.
    pub(super) fn is_shared(&self) -> bool {
        self.observer.client().credentials().is_shared()
    }

    /// Reads what was not read before.
    pub(super) async fn read(&mut self, wanted: &BTreeSet<(Org, RestRead)>) {
        let observer = self.observer;
        let new =
            wanted.iter().filter(|(org, read)| !self.first_pages.contains_key(&(org.clone(), read.suffix.clone())));
        let new: Vec<_> = new.cloned().collect();
        let answers = stream::iter(new).map(|(org, read)| async move {
            let answer = observer.glance(&org, &read).await;
            ((org, read.suffix), answer)
        });
        self.first_pages.extend(answers.buffer_unordered(SIDE_BY_SIDE).collect::<Vec<_>>().await);
    }

    /// The answer, as it is supposed to be where only its first page was read.
    pub(super) fn told(&self, org: &Org, suffix: &str, grown: &Grown) -> Told {
        let Some((answer, pages)) = self.first_pages.get(&(org.clone(), suffix.to_owned())) else {
            return Told { answer: Reading::unknown("it was not asked for"), requests: 1 };
        };
        let Some(items) =
            answer.value().and_then(|value| value.as_ref()?.as_array()).filter(|list| names_repositories(list))
        else {
            let requests = match pages {
                Pages::Told(pages) => u64::from(*pages),
                Pages::More => grown.len().div_ceil(PAGE) as u64,
            };
            return Told { answer: answer.clone(), requests };
        };
        let more =
            if *pages == Pages::More { self.unseen(org, suffix, items, grown) } else { with_twins(items, grown) };
        let all: Vec<Value> = items.iter().cloned().chain(more).collect();
        let requests = match pages {
            Pages::Told(pages) => u64::from(*pages),
            Pages::More => all.len().div_ceil(PAGE) as u64,
        };
        Told { answer: Reading::known(Some(Value::Array(all))), requests }
    }

    /// What a list that goes on is supposed to hold: every repository of a visibility that it has, shared with the other lists
    /// of its kind that go on.
    fn unseen(&self, org: &Org, suffix: &str, items: &[Value], grown: &Grown) -> Vec<Value> {
        let alike = |other: &str| route(other) == route(suffix);
        let going_on: Vec<&str> = self
            .first_pages
            .iter()
            .filter(|((of, other), (_, pages))| of == org && *pages == Pages::More && alike(other))
            .map(|((_, other), _)| other.as_str())
            .collect();
        let mine = going_on.iter().position(|other| *other == suffix).unwrap_or_default();
        let Some(model) = items.first() else { return Vec::new() };
        let listed: BTreeSet<&str> = items.iter().filter_map(node_id).collect();
        let public = |item: &Value| item.pointer("/repository/private").and_then(Value::as_bool) != Some(true);
        let (has_public, has_others) = (items.iter().any(public), items.iter().any(|item| !public(item)));
        let fits = |is_public: bool| if is_public { has_public } else { has_others };
        let all = grown.repositories().filter(|one| fits(one.is_public()) && !listed.contains(one.node_id.as_str()));
        all.enumerate()
            .filter(|(at, _)| at % going_on.len().max(1) == mine)
            .map(|(_, one)| with_repository(model, &one.node_id.0, one.id))
            .collect()
    }
}

/// A route without its numbers.
pub(super) fn route(suffix: &str) -> String {
    let path = suffix.split('?').next().unwrap_or(suffix);
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    path.split('/').map(|part| if number(part) { "{id}" } else { part }).collect::<Vec<_>>().join("/")
}

fn node_id(item: &Value) -> Option<&str> {
    item.get("repository")?.get("node_id")?.as_str()
}

fn names_repositories(items: &[Value]) -> bool {
    items.first().and_then(node_id).is_some()
}

/// For each item the same of those that are like its repository.
fn with_twins(items: &[Value], grown: &Grown) -> Vec<Value> {
    let twins = grown.twins();
    let mut more = Vec::new();
    for item in items {
        let alike = node_id(item).and_then(|id| twins.get(&crate::model::NodeId(id.into())));
        more.extend(alike.into_iter().flatten().map(|twin| with_repository(item, &twin.node_id.0, twin.id)));
    }
    more
}

fn with_repository(item: &Value, node_id: &str, id: u64) -> Value {
    let mut item = item.clone();
    item["repository"]["node_id"] = node_id.into();
    item["repository"]["id"] = id.into();
    item
}
