//! What writes did to the world, when: at once, late, or not at all; and what was so before the last of them.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

use super::world::World;

/// A write that reached the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The method.
    pub method: String,
    /// The path, without `/api/v3`.
    pub path: String,
    /// The body, if it was JSON.
    pub body: Option<Value>,
    /// The status that GitHub gave it, whether or not that arrived.
    pub status: u16,
    /// Whether the world is another one since. Times that GitHub notes and free numbers do not count.
    pub changed: bool,
}

/// What is kept beside the world.
#[derive(Debug)]
pub(super) struct Past<T> {
    /// The world before the last write, and when that was by the simulator's clock.
    before: Option<(Duration, World)>,
    /// Writes that were answered and have not taken effect: after how many reads they do.
    late: VecDeque<(u32, T)>,
}

impl<T> Default for Past<T> {
    fn default() -> Self {
        Self { before: None, late: VecDeque::new() }
    }
}

impl<T> Past<T> {
    /// Keeps what is so before a write.
    pub(super) fn keep(&mut self, world: World, now: Duration) {
        self.before = Some((now, world));
    }

    /// Returns the world before the last write, if that was not longer ago.
    pub(super) fn before(&self, within: Duration, now: Duration) -> Option<World> {
        self.before.as_ref().filter(|(at, _)| now.saturating_sub(*at) < within).map(|(_, world)| world.clone())
    }

    /// Keeps a write that takes effect so many reads later.
    pub(super) fn defer(&mut self, reads: u32, write: T) {
        self.late.push_back((reads, write));
    }

    /// Counts a read, and returns the writes that take effect just before it, in their order.
    pub(super) fn due(&mut self) -> Vec<T> {
        for (reads, _) in &mut self.late {
            *reads = reads.saturating_sub(1);
        }
        let mut due = Vec::new();
        // What came first takes effect first, whatever it was told.
        while let Some((_, write)) = self.late.pop_front_if(|(reads, _)| *reads == 0) {
            due.push(write);
        }
        due
    }

    /// Returns all writes that have not taken effect: another write comes after them.
    pub(super) fn all(&mut self) -> Vec<T> {
        self.late.drain(..).map(|(_, write)| write).collect()
    }
}

/// Whether two worlds differ in more than noted times and free numbers.
pub(super) fn differ(before: &World, after: &World) -> bool {
    let mut after = after.clone();
    after.next_id = before.next_id;
    for (org, old) in after.orgs.iter_mut().zip(&before.orgs) {
        for (configuration, was) in org.configurations.iter_mut().zip(&old.configurations) {
            same_times(&mut configuration.fields, &was.fields);
        }
        for (repo, was) in org.repos.iter_mut().zip(&old.repos) {
            for key in TIMES {
                if let Some(was) = was.fields.get(key) {
                    repo.fields.insert(key.to_owned(), was.clone());
                }
            }
            for (pull, was) in repo.pulls.iter_mut().zip(&was.pulls) {
                pull.updated_at.clone_from(&was.updated_at);
            }
            for (workflow, was) in repo.workflows.iter_mut().zip(&was.workflows) {
                workflow.updated_at.clone_from(&was.updated_at);
            }
        }
    }
    after != *before
}

/// The fields that note times.
const TIMES: [&str; 2] = ["updated_at", "pushed_at"];

/// Takes over when something was last touched.
fn same_times(after: &mut serde_json::Map<String, Value>, before: &serde_json::Map<String, Value>) {
    for key in TIMES {
        if let (Some(now), Some(was)) = (after.get_mut(key), before.get(key)) {
            now.clone_from(was);
        } else {
            after.remove(key);
        }
    }
}
