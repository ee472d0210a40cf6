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

use http::HeaderMap;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

use super::{
    budget::{Account, Budgets, Told},
    pace::{Pace, UnderWay, Weight},
};

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
            requests: self.requests.saturating_sub(before.requests),
            graphql_requests: self.graphql_requests.saturating_sub(before.graphql_requests),
            rest_points: self.rest_points.saturating_sub(before.rest_points),
            graphql_points: self.graphql_points.saturating_sub(before.graphql_points),
            not_modified: self.not_modified.saturating_sub(before.not_modified),
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
    budgets: Budgets,
    factor: f64,
}

/// A call that has passed the gate. It counts as under way until it is dropped.
pub(super) struct Passed<'l> {
    limits: &'l Limits,
    account: Account,
    /// What it may cost of the account's allowance.
    may_cost: u64,
    told: Option<Told>,
    _under_way: UnderWay<'l>,
    _place: SemaphorePermit<'l>,
}

impl Passed<'_> {
    /// Notes what the answer told of the allowance.
    pub(super) fn answered(&mut self, headers: &HeaderMap) {
        self.told = Told::of(headers, self.account.1);
    }
}

impl Drop for Passed<'_> {
    fn drop(&mut self) {
        self.limits.budgets.end(&self.account, self.may_cost, self.told, Instant::now());
    }
}

impl Limits {
    /// The most calls at once; GitHub's secondary limit is 100, REST and GraphQL together.
    const CONCURRENT: u32 = 16;

    /// The most points of an hour that GitHub gives anybody (15,000 on Enterprise Cloud).
    const MOST_POINTS: u64 = 15_000;

    /// A gate that tells its waiting through `notice`. `factor` is how much faster than the clock time runs at the other
    /// end: 1 for GitHub, more for a simulator with a compressed clock.
    #[must_use]
    pub fn new(notice: Notice, factor: f64) -> Self {
        Self {
            running: Semaphore::new(Self::CONCURRENT as usize),
            pause: Mutex::new(None),
            requests: AtomicU64::new(0),
            graphql_requests: AtomicU64::new(0),
            rest_points: AtomicU64::new(0),
            graphql_points: AtomicU64::new(0),
            not_modified: AtomicU64::new(0),
            notice,
            pace: Pace::new(factor),
            budgets: Budgets::new(factor),
            factor: factor.max(1.0),
        }
    }

    /// Waits until the allowance of the hour has room, until the call fits under the limits by the minute, for a place, and
    /// until a pause is over. What is returned is dropped when the answer is there.
    pub(super) async fn enter(&self, who: &str, weight: Weight) -> Passed<'_> {
        let account = (who.to_owned(), weight.graphql);
        let may_cost = self.within_budget(&account).await;
        let tell = |wait: Duration| {
            let seconds = self.told_seconds(wait);
            (self.notice)(&format!("waiting {seconds} s to stay under GitHub's limits of requests a minute"));
        };
        // Whoever waits here keeps no place: a call of another kind may fit.
        let under_way = self.pace.wait(weight, tell).await;
        // Slowed down, a call takes the places of several.
        let places = self.pace.share().min(Self::CONCURRENT);
        let place = self.running.acquire_many(places).await.expect("the semaphore is never closed");
        loop {
            let until = *self.pause.lock().expect("no holder of this lock panics");
            match until.filter(|until| *until > Instant::now()) {
                Some(until) => tokio::time::sleep_until(until).await,
                None => {
                    return Passed {
                        limits: self,
                        account,
                        may_cost,
                        told: None,
                        _under_way: under_way,
                        _place: place,
                    };
                }
            }
        }
    }

    /// From now on so many machines with the same identity go at once: this one takes its share of every limit.
    pub fn share_among(&self, machines: u32) {
        self.pace.share_among(machines);
        self.budgets.share_among(machines);
    }

    /// A wait as long as it is in the time of the other end.
    #[must_use]
    pub fn compressed(&self, wait: Duration) -> Duration {
        wait.div_f64(self.factor)
    }

    /// Gives what the call may cost.
    async fn within_budget(&self, account: &Account) -> u64 {
        let mut told = false;
        loop {
            let short = match self.budgets.take(account, Instant::now()) {
                Ok(may_cost) => return may_cost,
                Err(short) => short,
            };
            if !told && self.told_seconds(short.wait) > 1 {
                told = true;
                let what = if account.1 { "GraphQL points" } else { "requests" };
                let of = short.limit.map(|limit| format!(" of {limit}")).unwrap_or_default();
                let whose = if account.0.is_empty() { String::new() } else { format!(" for {}", account.0) };
                let why = if short.shared {
                    format!("this shard's share{of} {what} of this hour is spent")
                } else {
                    format!("{}{of} {what} of this hour are left, which are kept back", short.remaining)
                };
                (self.notice)(&format!(
                    "waiting {} s for GitHub's rate limit to reset{whose}: {why}",
                    self.told_seconds(short.wait)
                ));
            }
            tokio::time::sleep(short.wait.max(Duration::from_millis(1))).await;
        }
    }

    /// A wait in the seconds of GitHub's clock.
    fn told_seconds(&self, wait: Duration) -> u64 {
        wait.mul_f64(self.factor).as_secs_f64().round().max(1.0) as u64
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

    /// Pauses all calls since a limit refused that GitHub does not count out beforehand, and goes on slower.
    pub(super) fn pause_and_slow_down(&self, length: Duration, why: &str) {
        self.pace.slow_down();
        self.pause(length, &format!("{why}; then slower"));
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

    /// A server may say any number: more than an hour has is none that a query costs.
    pub(super) fn count_graphql_points(&self, who: &str, points: u64) {
        let points = points.min(Self::MOST_POINTS);
        self.budgets.spent(&(who.to_owned(), true), points);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(factor: f64) -> (Limits, Arc<Mutex<Vec<String>>>) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&told);
        (Limits::new(Arc::new(move |text| kept.lock().expect("told").push(text.to_owned())), factor), told)
    }

    const READ: Weight = Weight { graphql: false, points: 1, content: false };

    fn headers(remaining: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-ratelimit-limit", "5000"),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset", "1795349400"),
            ("date", "Sun, 22 Nov 2026 12:00:00 GMT"),
        ] {
            headers.insert(name, value.parse().expect("a header"));
        }
        headers
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_of_an_hour_is_kept_back_and_the_wait_is_told() {
        let (limits, told) = limits(1.0);
        let start = Instant::now();
        limits.enter("", READ).await.answered(&headers("50"));
        drop(limits.enter("acme", READ).await);
        assert_eq!(start.elapsed(), Duration::ZERO, "another identity has its own");
        drop(limits.enter("", READ).await);
        assert_eq!(start.elapsed().as_secs(), 601);
        let told = told.lock().expect("told");
        let words = "waiting 601 s for GitHub's rate limit to reset: 50 of 5000 requests of this hour are left";
        assert!(told.len() == 1 && told[0].starts_with(words), "{told:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everything_and_what_follows_is_slower() {
        let (limits, told) = limits(1.0);
        let start = Instant::now();
        limits.pause_and_slow_down(Duration::from_secs(60), "GitHub's secondary rate limit");
        drop(limits.enter("", READ).await);
        assert_eq!(start.elapsed().as_secs(), 60);
        let held: Vec<_> =
            futures::future::join_all((0..8).map(|_| limits.enter("", READ))).await.into_iter().collect();
        let ninth = tokio::time::timeout(Duration::from_secs(5), limits.enter("", READ)).await;
        assert!(ninth.is_err(), "half of the places are left");
        drop(held);
        assert_eq!(*told.lock().expect("told"), ["waiting 60 s: GitHub's secondary rate limit; then slower"]);
    }

    #[test]
    fn costs_beyond_sense_do_not_run_over() {
        let limits = limits(1.0).0;
        let before = limits.spent();
        for _ in 0..3 {
            limits.count_graphql_points("", u64::MAX);
        }
        assert_eq!((limits.spent() - before).graphql_points, 45_000);
        assert_eq!((before - limits.spent()).graphql_points, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_clock_waits_less_and_tells_the_same() {
        let (limits, told) = limits(100.0);
        let start = Instant::now();
        limits.enter("", READ).await.answered(&headers("0"));
        drop(limits.enter("", READ).await);
        limits.sleep(Duration::from_secs(30)).await;
        assert_eq!(start.elapsed().as_millis() / 10, 631);
        assert!(told.lock().expect("told")[0].starts_with("waiting 601 s"));
    }
}
