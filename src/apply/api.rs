//! Changes by REST calls.

use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::{Run, interrupted, order::can_be_joined};
use crate::{
    github::{GithubError, GraphqlProblem},
    model::{Action, Delivery, Org},
    plan::{ChangeResult, Judged, needed_id},
    settings::{Difference, GraphqlWrite, Outcome, RestWrite, Write},
};

/// Waits between readings back: GitHub's replicas lag a little.
pub(super) const LAG: [u64; 5] = [0, 150, 500, 1_500, 3_000];
/// The same where GitHub works on after it has answered.
const WORK: [u64; 12] = [0, 200, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 15_000, 20_000, 30_000, 30_000];

/// What a fresh reading says of a planned change.
enum Now {
    /// As planned: make these writes, which fit what GitHub says now.
    AsPlanned(Vec<Write>),
    /// Nothing to write, and why.
    Settled(ChangeResult),
}

/// A change that is about to be made, with its writes.
struct Due<'j> {
    judged: &'j Judged,
    writes: Vec<Write>,
}

/// What came of a request.
enum Sent {
    /// A result for each change.
    Settled(Vec<ChangeResult>),
    /// GitHub took none of several.
    RefusedTogether,
}

impl Run<'_> {
    /// Makes changes that share one request. Gives a result for each.
    pub(super) async fn by_api(&self, group: &[&Judged]) -> Vec<ChangeResult> {
        let mut results: Vec<Option<ChangeResult>> = Vec::new();
        let mut due: Vec<Due<'_>> = Vec::new();
        let looked = async {
            let mut looked = Vec::new();
            for judged in group.iter().copied() {
                looked.push((judged, self.now(judged).await));
            }
            looked
        };
        let Some(looked) = self.stop.unless_asked(looked).await else { return interrupted(group) };
        for (judged, now) in looked {
            match now {
                Now::AsPlanned(writes) if due.first().is_none_or(|first| is_one_call(&first.writes, &writes)) => {
                    due.push(Due { judged, writes });
                    results.push(None);
                }
                Now::AsPlanned(_) => {
                    let message = "the object to write is another one than was planned".to_owned();
                    results.push(Some(ChangeResult::Stale { message }));
                }
                Now::Settled(result) => results.push(Some(result)),
            }
        }
        let mut written = self.write_joined(&due).await.into_iter();
        results
            .into_iter()
            .map(|result| result.or_else(|| written.next()).unwrap_or(ChangeResult::AlreadyDone))
            .collect()
    }

    /// Makes changes by one request. One that GitHub refuses for one setting is no word on the others: each is then tried by itself.
    async fn write_joined(&self, due: &[Due<'_>]) -> Vec<ChangeResult> {
        let writing: Vec<&Judged> = due.iter().map(|one| one.judged).collect();
        let numbers = match self.note_intents(&writing) {
            Ok(numbers) => numbers,
            Err(results) => return results,
        };
        match self.write_and_settle(due, &numbers).await {
            Sent::Settled(results) => results,
            Sent::RefusedTogether => {
                let message = "GitHub refused it together with others; it is tried without them".to_owned();
                self.note_outcomes(&numbers, &vec![ChangeResult::Skipped { message }; due.len()]);
                let mut results = Vec::new();
                for one in writing.chunk_by(|a, b| is_of_one_setting(a, b)) {
                    results.extend(Box::pin(self.by_api(one)).await);
                }
                results
            }
        }
    }

    /// Sends the request, reads back, notes the outcomes.
    async fn write_and_settle(&self, due: &[Due<'_>], numbers: &[u64]) -> Sent {
        let Some(first) = due.first() else { return Sent::Settled(Vec::new()) };
        let sent = self.send(&first.judged.target.org, due).await;
        let path = rest_writes(first.judged).next().map_or("", |write| write.path.as_str());
        self.written(&first.judged.target, path);
        let several = due.iter().any(|one| !is_of_one_setting(first.judged, one.judged));
        if several && matches!(sent, Err(GithubError::Rejected { .. })) {
            return Sent::RefusedTogether;
        }
        let mut results = Vec::new();
        for one in due.iter().map(|one| one.judged) {
            let result = self.settle(one, sent.as_ref().err()).await;
            if result == ChangeResult::Applied && one.difference().is_some_and(|it| it.action == Action::Create) {
                self.made.lock().expect("no holder of this lock panics").insert(one.id());
            }
            results.push(result);
        }
        self.note_outcomes(numbers, &results);
        Sent::Settled(results)
    }

    /// Reads once more: what is planned must still be true.
    async fn now(&self, judged: &Judged) -> Now {
        let planned = judged.difference();
        match self.outcome_before(judged).await {
            Outcome::Compliant { .. } => Now::Settled(ChangeResult::AlreadyDone),
            Outcome::Differs(now)
                if planned.is_some_and(|planned| {
                    planned.after == now.after
                        && (planned.before == now.before || self.is_part_of_made(judged, planned))
                }) =>
            {
                Now::AsPlanned(now.writes)
            }
            other => Now::Settled(ChangeResult::Stale {
                message: format!("it changed since it was planned: {}", say(&other)),
            }),
        }
    }

    /// Whether a part was planned before there was a whole, which this run has made meanwhile with GitHub's default for the part.
    fn is_part_of_made(&self, judged: &Judged, planned: &Difference) -> bool {
        let whole = format!("{}:{}", judged.target.name(), judged.desired.setting());
        let made = self.made.lock().expect("no holder of this lock panics");
        judged.judgement.part.is_some() && planned.before.is_null() && made.contains(&whole)
    }

    /// Sends the joined request (or requests, one after the other).
    async fn send(&self, org: &Org, due: &[Due<'_>]) -> Result<(), GithubError> {
        let Some((first, others)) = due.split_first() else { return Ok(()) };
        for (at, write) in first.writes.iter().enumerate() {
            match write {
                Write::Rest(write) => {
                    let others = others.iter().filter(|_| at == 0).filter_map(|one| only_call(&one.writes));
                    let body =
                        if write.gathers.is_some() { gathered(write, others) } else { whole_body(write, others) };
                    self.call(org, write, body.as_ref()).await?;
                }
                Write::Graphql(write) => self.mutate(org, write).await?,
                Write::File(_) => {}
            }
        }
        Ok(())
    }

    async fn mutate(&self, org: &Org, write: &GraphqlWrite) -> Result<(), GithubError> {
        let variables = serde_json::json!({"input": write.input});
        let answer = self.observer.client().mutate(org, write.mutation, variables).await?;
        match answer.errors.first() {
            None => Ok(()),
            Some(error) => Err(refused(error)),
        }
    }

    async fn call(&self, org: &Org, write: &RestWrite, body: Option<&Value>) -> Result<(), GithubError> {
        let path = self.path(org, &write.path)?;
        let method = Method::from_bytes(write.method.as_bytes()).unwrap_or(Method::PUT);
        let response = self.observer.client().write(org, method, &path, body).await?;
        if let (Some(key), Some(id)) = (&write.keeps_id, response.body.get("id")) {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            self.ids.lock().expect("no holder of this lock panics").insert((org.clone(), key.clone()), id);
        }
        Ok(())
    }

    /// Puts ids that earlier calls kept into a path.
    fn path(&self, org: &Org, path: &str) -> Result<String, GithubError> {
        let Some(key) = needed_id(path) else { return Ok(path.to_owned()) };
        let ids = self.ids.lock().expect("no holder of this lock panics");
        let Some(id) = ids.get(&(org.clone(), key.to_owned())) else {
            return Err(GithubError::NoCredential(format!("{key} was not made, so nothing was sent")));
        };
        Ok(path.replace(&format!("{{id:{key}}}"), id))
    }

    /// Reads back until it is as wanted. A lost answer is settled so too.
    async fn settle(&self, judged: &Judged, error: Option<&GithubError>) -> ChangeResult {
        let may_have_happened = match error {
            None => true,
            Some(error) => {
                matches!(error, GithubError::Lost { .. } | GithubError::Server { .. } | GithubError::Malformed { .. })
            }
        };
        if let Some(error) = error.filter(|_| !may_have_happened) {
            return ChangeResult::Failed { message: refusal(error, judged) };
        }
        let settles = rest_writes(judged).any(|write| write.settles);
        let waits: &[u64] = if settles { &WORK } else { &LAG };
        let mut last = None;
        for wait in waits {
            self.observer.client().limits().sleep(Duration::from_millis(*wait)).await;
            let now = self.outcome_after(judged, |now| is_done(now, judged)).await;
            if is_done(&now, judged) {
                return ChangeResult::Applied;
            }
            // What GitHub gave up on does not mend itself.
            let given_up = settles && matches!(now, Outcome::Violation { .. });
            // Else GitHub is still at it, or a replica lags.
            last = Some(now);
            if given_up {
                break;
            }
        }
        let now = last.map(|outcome| say(&outcome)).unwrap_or_default();
        let message = match error {
            Some(error) => format!("{error}; read back: {now}"),
            None => format!("GitHub took the change, but it reads back otherwise: {now}"),
        };
        ChangeResult::Failed { message }
    }
}

/// Whether two changes are parts of one setting of one target, which may need each other.
fn is_of_one_setting(a: &Judged, b: &Judged) -> bool {
    a.target == b.target && a.desired.key == b.desired.key
}

/// Whether a change took effect: the setting holds, or (where more of it waits for gates) it is just as planned.
fn is_done(now: &Outcome, judged: &Judged) -> bool {
    let observed = match now {
        Outcome::Compliant { .. } => return true,
        Outcome::Blocked { observed, .. } | Outcome::Violation { observed, .. } => observed,
        Outcome::Differs(difference) => &difference.before,
        Outcome::NotApplicable(_) | Outcome::Unknown { .. } => return false,
    };
    judged.difference().is_some_and(|planned| planned.after == *observed)
}

fn rest_writes(judged: &Judged) -> impl Iterator<Item = &RestWrite> {
    judged.difference().into_iter().flat_map(|difference| &difference.writes).filter_map(|write| match write {
        Write::Rest(write) => Some(write),
        Write::Graphql(_) | Write::File(_) => None,
    })
}

fn only_call(writes: &[Write]) -> Option<&RestWrite> {
    match writes.first() {
        Some(Write::Rest(write)) => Some(write),
        _ => None,
    }
}

/// A mutation's error as REST would have said it.
fn refused(error: &GraphqlProblem) -> GithubError {
    let (call, message) = ("POST /graphql".to_owned(), error.message.clone());
    match error.kind.as_deref() {
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => GithubError::Forbidden { call, message, permission: None },
        Some("NOT_FOUND") => GithubError::NotFound { call, permission: None },
        _ => GithubError::Rejected { call, status: 200, message },
    }
}

/// Whether two changes of a group still go to the same place.
fn is_one_call(a: &[Write], b: &[Write]) -> bool {
    match (a, b) {
        ([Write::Rest(a)], [Write::Rest(b)]) if a.gathers.is_some() => a.gathers_with(b),
        ([Write::Rest(a)], [Write::Rest(b)]) => can_be_joined(a, b),
        _ => false,
    }
}

/// What is sent: what there is now, as far as the call must name it, and over it what each change wants.
fn whole_body<'w>(write: &'w RestWrite, others: impl Iterator<Item = &'w RestWrite>) -> Option<Value> {
    let all: Vec<&RestWrite> = std::iter::once(write).chain(others).collect();
    let bases = all.iter().filter_map(|write| write.base.as_ref());
    let bodies = all.iter().filter_map(|write| write.body.as_ref());
    bases.chain(bodies).fold(None, |whole, part| {
        let mut whole = whole.unwrap_or(Value::Null);
        join(&mut whole, part);
        Some(whole)
    })
}

/// What is sent where a call names the repositories it is for: the one body, with the names of all.
fn gathered<'w>(write: &RestWrite, others: impl Iterator<Item = &'w RestWrite>) -> Option<Value> {
    let (mut body, list) = (write.body.clone()?, write.gathers?.list);
    if let Some(Value::Array(names)) = body.get_mut(list) {
        for more in others.filter_map(|other| other.body.as_ref()?.get(list)?.as_array()) {
            names.extend(more.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
        }
    }
    Some(body)
}

/// Joins two bodies: objects key by key, everything else the later one.
fn join(into: &mut Value, other: &Value) {
    match (into, other) {
        (Value::Object(into), Value::Object(other)) => {
            for (key, value) in other {
                join(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, other) => *into = other.clone(),
    }
}

/// GitHub's refusal, with the permission that the write needs.
fn refusal(error: &GithubError, judged: &Judged) -> String {
    let lacking = matches!(error, GithubError::Forbidden { .. } | GithubError::NotFound { .. });
    if lacking && error.permission().is_none() && judged.delivery() == Delivery::Api && !judged.meta.writes.is_empty() {
        return format!("{error}; writing it needs {}", judged.meta.writes.join(", "));
    }
    error.to_string()
}

/// An outcome in a few words.
pub(super) fn say(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NotApplicable(why) => format!("it is not applicable ({why})"),
        Outcome::Unknown { reason, permission: Some(permission) } if !reason.contains(&permission.to_string()) => {
            format!("it is unknown ({reason}; the token needs {permission})")
        }
        Outcome::Unknown { reason, .. } => format!("it is unknown ({reason})"),
        Outcome::Compliant { .. } => "it is as wanted".to_owned(),
        Outcome::Violation { message, .. } => message.clone(),
        Outcome::Blocked { .. } => "it is blocked".to_owned(),
        Outcome::Differs(difference) => format!("it is {}", difference.before),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::settings::Gathering;

    #[test]
    fn changes_are_laid_over_the_whole_object() {
        let write = RestWrite::replacing("PUT", "/x".into(), json!({"a": 1}), json!({"a": 0, "b": 0, "c": 0}));
        let other = RestWrite::with_body("PUT", "/x".into(), json!({"b": 2}));
        assert_eq!(whole_body(&write, [&other].into_iter()), Some(json!({"a": 1, "b": 2, "c": 0})));
        // Whichever comes first: what is there now gives way to every change.
        assert_eq!(whole_body(&other, [&write].into_iter()), Some(json!({"a": 1, "b": 2, "c": 0})));
        let plain = RestWrite::with_body("PATCH", "/x".into(), json!({"a": 1}));
        assert_eq!(whole_body(&plain, [&other].into_iter()), Some(json!({"a": 1, "b": 2})));
        assert_eq!(whole_body(&RestWrite::bare("PUT", "/x".into()), std::iter::empty()), None);
    }

    #[test]
    fn a_call_for_many_repositories_names_all_of_them_once() {
        let gathering = Gathering { list: "names", most: 3 };
        let of = |name: &str| {
            let body = json!({"names": [name], "value": 1});
            RestWrite::gathering("PATCH", "/x".into(), body, gathering)
        };
        let (b, again) = (of("b"), of("a"));
        assert_eq!(gathered(&of("a"), [&b, &again].into_iter()), Some(json!({"names": ["a", "b"], "value": 1})));
    }

    #[test]
    fn bodies_are_joined_key_by_key() {
        let mut into = json!({"security_and_analysis": {"secret_scanning": {"status": "enabled"}}});
        join(
            &mut into,
            &json!({"security_and_analysis": {"secret_scanning_push_protection": {"status": "enabled"}}, "has_wiki": false}),
        );
        assert_eq!(
            into,
            json!({"security_and_analysis": {"secret_scanning": {"status": "enabled"}, "secret_scanning_push_protection": {"status": "enabled"}}, "has_wiki": false})
        );
    }
}
