//! The order of changes within one target, and which of them are one request.

use crate::{model::Delivery, plan::Judged};

/// Sorts the changes as GitHub needs them and joins those that go to the same endpoint, or by the same pull request or
/// commit.
pub(super) fn groups(mut changes: Vec<&Judged>) -> Vec<Vec<&Judged>> {
    changes.sort_by_cached_key(|one| (one.phase(), one.setting()));
    let mut sorted: Vec<&Judged> = Vec::new();
    // What others of this target stand on goes before them; the catalogue has no cycles (a test holds that).
    while !changes.is_empty() {
        let free = changes.iter().position(|one| {
            !changes
                .iter()
                .any(|other| other.desired.key != one.desired.key && one.meta.after.contains(&other.desired.key))
        });
        sorted.push(changes.remove(free.unwrap_or(0)));
    }
    let mut groups: Vec<Vec<&Judged>> = Vec::new();
    for one in sorted {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| is_same_request(first, one))) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// What unlocks and what locks the target goes by itself: what shares a call must not share its place in the order.
fn is_same_request(a: &Judged, b: &Judged) -> bool {
    if a.phase() != b.phase() {
        return false;
    }
    match (a.delivery(), b.delivery()) {
        (Delivery::Api, Delivery::Api) => match (a.only_call(), b.only_call()) {
            (Some(a), Some(b)) if a.gathers.is_some() || b.gathers.is_some() => a.gathers_with(b),
            // POST makes a thing of its own: two of them are two things.
            (Some(a), Some(b)) => {
                a.method != "POST" && a.method == b.method && a.path == b.path && a.body.is_some() && b.body.is_some()
            }
            _ => false,
        },
        (a, b) => a == b,
    }
}
