//! One gate for the whole process: how many calls at once, what was spent, and pauses that GitHub asks for.
//!
//! Every call passes here. A refusal for the limits' sake pauses all calls, since "continuing to make requests while you
//! are rate limited may result in the banning of your integration" (GitHub's REST best practices).

use std::{
    ops::Sub,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

use super::pace::{Pace, UnderWay, Weight};

/// What was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// All requests.
    pub requests: u64,
    /// Requests to GraphQL.
    pub graphql_requests: u64,
    /// REST requests that count against the primary limit.
    pub rest_points: u64,
    /// Points that GraphQL said its queries cost.
    pub graphql_points: u64,
    /// Requests answered 304.
    pub not_modified: u64,
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            graphql_requests: self.graphql_requests - before.graphql_requests,
            rest_points: self.rest_points - before.rest_points,
            graphql_points: self.graphql_points - before.graphql_points,
            not_modified: self.not_modified - before.not_modified,
        }
    }
}

/// Something that a person who waits should be told.
pub type Notice = Arc<dyn Fn(&str) + Send + Sync>;

/// The gate.
pub struct Limits {
    running: Semaphore,
    pause: Mutex<Option<Instant>>,
    requests: AtomicU64,
    graphql_requests: AtomicU64,
    rest_points: AtomicU64,
    graphql_points: AtomicU64,
    not_modified: AtomicU64,
    notice: Notice,
    pace: Pace,
    factor: f64,
}

/// A call's place among those at once, and its points.
pub(super) struct Pass<'a> {
    _under_way: UnderWay<'a>,
    _place: SemaphorePermit<'a>,
}

impl Limits {
    /// The most calls at once; GitHub's secondary limit is 100, REST and GraphQL together.
    const CONCURRENT: usize = 16;

    /// A gate that tells its waiting through `notice`. `factor` is how much faster than the clock time runs at the other
    /// end: 1 for GitHub, more for a simulator with a compressed clock.
    #[must_use]
    pub fn new(notice: Notice, factor: f64) -> Self {
        Self {
            running: Semaphore::new(Self::CONCURRENT),
            pause: Mutex::new(None),
            requests: AtomicU64::new(0),
            graphql_requests: AtomicU64::new(0),
            rest_points: AtomicU64::new(0),
            graphql_points: AtomicU64::new(0),
            not_modified: AtomicU64::new(0),
            notice,
            pace: Pace::new(factor),
            factor: factor.max(1.0),
        }
    }

    /// Waits until the call fits under GitHub's limits, for a place, and until a pause is over. What is returned is dropped
    /// when the answer is there.
    pub(super) async fn enter(&self, weight: Weight) -> Pass<'_> {
        let tell = |wait: Duration| {
            let seconds = wait.mul_f64(self.factor).as_secs();
            (self.notice)(&format!("waiting {seconds} s to stay under GitHub's limits of requests a minute"));
        };
        // Whoever waits here keeps no place: a call of another kind may fit.
        let under_way = self.pace.wait(weight, tell).await;
        let place = self.running.acquire().await.expect("the semaphore is never closed");
        loop {
            let until = *self.pause.lock().expect("no holder of this lock panics");
            match until.filter(|until| *until > Instant::now()) {
                Some(until) => tokio::time::sleep_until(until).await,
                None => return Pass { _under_way: under_way, _place: place },
            }
        }
    }

    /// A wait as long as it is in the time of the other end.
    #[must_use]
    pub fn compressed(&self, wait: Duration) -> Duration {
        wait.div_f64(self.factor)
    }

    /// Waits, in a time that runs as fast as GitHub's.
    pub async fn sleep(&self, length: Duration) {
        tokio::time::sleep(self.compressed(length)).await;
    }

    /// Pauses all calls.
    pub(super) fn pause(&self, length: Duration, why: &str) {
        let until = Instant::now() + self.compressed(length);
        let mut pause = self.pause.lock().expect("no holder of this lock panics");
        if pause.is_none_or(|earlier| earlier < until) {
            *pause = Some(until);
            (self.notice)(&format!("waiting {} s: {why}", length.as_secs().max(1)));
        }
    }

    pub(super) fn count_request(&self, graphql: bool) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if graphql {
            self.graphql_requests.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn count_rest(&self, not_modified: bool) {
        let counter = if not_modified { &self.not_modified } else { &self.rest_points };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_graphql_points(&self, points: u64) {
        self.graphql_points.fetch_add(points, Ordering::Relaxed);
    }

    /// What was spent so far.
    #[must_use]
    pub fn spent(&self) -> Spent {
        Spent {
            requests: self.requests.load(Ordering::Relaxed),
            graphql_requests: self.graphql_requests.load(Ordering::Relaxed),
            rest_points: self.rest_points.load(Ordering::Relaxed),
            graphql_points: self.graphql_points.load(Ordering::Relaxed),
            not_modified: self.not_modified.load(Ordering::Relaxed),
        }
    }
}
