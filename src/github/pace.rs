//! Pacing: how many points (and how much content) go out in a span of time, so that GitHub's secondary limits are never
//! reached instead of being run into.
//!
//! GitHub's page "Rate limits for the REST API": 900 points a minute for REST, 2,000 for GraphQL, where reading costs 1 and
//! writing 5; 80 requests a minute and 500 an hour that create content.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use http::Method;
use tokio::time::Instant;

/// What a call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) graphql: bool,
    pub(super) points: u32,
    pub(super) content: bool,
}

/// Whether a call changes something, and whether it is sent again where GitHub fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    /// It changes nothing and is sent again.
    Read,
    /// It changes nothing and is sent once: the caller asks for less instead.
    ReadOnce,
    /// It changes something and is sent once.
    Write,
}

/// What a call costs under the secondary limits.
pub(super) fn weight(method: &Method, path: &str, graphql: bool, sending: Sending) -> Weight {
    let writes = if graphql { sending == Sending::Write } else { *method != Method::GET };
    let content =
        writes && (graphql || (*method == Method::POST && (path.ends_with("/pulls") || path.ends_with("/git/refs"))));
    Weight { graphql, points: if writes { 5 } else { 1 }, content }
}

/// A bound on what goes out within any span of this length.
///
/// GitHub counts a call when it arrives there, which is some time between its sending and its answer. So a call counts while
/// it is under way, and then for a whole span from its answer on: no span of GitHub's clock can hold more than is allowed,
/// however long the calls take.
#[derive(Debug)]
struct Window {
    span: Duration,
    most: u32,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    /// Points of calls without an answer.
    under_way: u32,
    /// Points of answered calls, oldest first, and their sum.
    answered: VecDeque<(Instant, u32)>,
    sum: u32,
}

impl Window {
    fn new(span: Duration, most: u32) -> Self {
        Self { span, most, counted: Mutex::default() }
    }

    /// Takes the points if they fit into a share of what is allowed, else says how long to wait before asking again.
    fn take(&self, points: u32, share: u32, now: Instant) -> Result<(), Duration> {
        let mut counted = self.counted.lock().expect("no holder of this lock panics");
        while let Some((_, old)) = counted.answered.pop_front_if(|(at, _)| now.duration_since(*at) >= self.span) {
            counted.sum -= old;
        }
        let used = counted.sum + counted.under_way;
        if used + points <= self.most / share.max(1) || used == 0 {
            counted.under_way += points;
            return Ok(());
        }
        let oldest = counted.answered.front().map_or(now, |(at, _)| *at + self.span);
        Err(oldest.duration_since(now).max(Duration::from_millis(5)))
    }

    /// Counts a span for points that were taken: from now on.
    fn answered(&self, points: u32, now: Instant) {
        let mut counted = self.counted.lock().expect("no holder of this lock panics");
        counted.under_way -= points;
        counted.sum += points;
        counted.answered.push_back((now, points));
    }
}

/// A secondary limit refused: these are not told beforehand, so what was sent was too much. From then on half of it is sent,
/// and a step more again after each span without a refusal.
#[derive(Debug)]
struct Slow {
    span: Duration,
    /// How often it was halved, and when last.
    halved: Mutex<(u32, Option<Instant>)>,
}

impl Slow {
    /// A sixteenth is slow enough: one call at a time.
    const MOST: u32 = 4;

    fn down(&self, now: Instant) {
        let share = self.steps(now);
        *self.halved.lock().expect("no holder of this lock panics") = ((share + 1).min(Self::MOST), Some(now));
    }

    fn steps(&self, now: Instant) -> u32 {
        let (steps, since) = *self.halved.lock().expect("no holder of this lock panics");
        let Some(since) = since else { return 0 };
        let quiet = now.duration_since(since).as_secs_f64() / self.span.as_secs_f64();
        // A span is minutes, and there are four steps: no overflow is near.
        steps.saturating_sub(quiet as u32)
    }
}

/// All bounds of one identity.
#[derive(Debug)]
pub(super) struct Pace {
    rest: Window,
    graphql: Window,
    content_minute: Window,
    content_hour: Window,
    slow: Slow,
    /// How many machines share the bounds.
    machines: AtomicU32,
}

impl Pace {
    /// Bounds a little below GitHub's, in a time that runs `factor` times faster than the clock.
    pub(super) fn new(factor: f64) -> Self {
        let span = |seconds: f64| Duration::from_secs_f64(seconds / factor.max(1.0));
        Self {
            rest: Window::new(span(60.0), 870),
            graphql: Window::new(span(60.0), 1_950),
            content_minute: Window::new(span(60.0), 76),
            content_hour: Window::new(span(3600.0), 490),
            slow: Slow { span: span(300.0), halved: Mutex::new((0, None)) },
            machines: AtomicU32::new(1),
        }
    }

    /// From now on so many machines go at once, and each at its share.
    pub(super) fn share_among(&self, machines: u32) {
        self.machines.store(machines.max(1), Ordering::Relaxed);
    }

    /// What part of the bounds is used: all for 1, else a half, a third and so on. Each machine has its part of them, and of that
    /// every second, fourth, eighth or sixteenth call after a refusal.
    pub(super) fn share(&self) -> u32 {
        self.machines.load(Ordering::Relaxed).saturating_mul(1 << self.slow.steps(Instant::now()))
    }

    /// A secondary limit refused: slower from now on.
    pub(super) fn slow_down(&self) {
        self.slow.down(Instant::now());
    }

    /// Waits until the call fits. `tell` is called once, with the length, if the wait is one that a person notices. What is
    /// returned is dropped when the answer is there.
    pub(super) async fn wait(&self, weight: Weight, tell: impl Fn(Duration)) -> UnderWay<'_> {
        let points = if weight.graphql { &self.graphql } else { &self.rest };
        let mut under_way = UnderWay { windows: Vec::new() };
        let mut told = false;
        let content = weight.content.then_some([(&self.content_hour, 1), (&self.content_minute, 1)]);
        // What lasts longest first: meanwhile the others are free.
        for (window, points) in content.into_iter().flatten().chain([(points, weight.points)]) {
            while let Err(wait) = window.take(points, self.share(), Instant::now()) {
                if !told && wait > Duration::from_secs(2) {
                    told = true;
                    tell(wait);
                }
                tokio::time::sleep(wait).await;
            }
            under_way.windows.push((window, points));
        }
        under_way
    }
}

/// A call that is under way.
#[derive(Debug)]
pub(super) struct UnderWay<'a> {
    windows: Vec<(&'a Window, u32)>,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let now = Instant::now();
        for (window, points) in &self.windows {
            window.answered(*points, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_query_is_a_read_though_it_is_sent_once() {
        let query = weight(&Method::POST, "/graphql", true, Sending::ReadOnce);
        assert_eq!((query.points, query.content), (1, false));
        let mutation = weight(&Method::POST, "/graphql", true, Sending::Write);
        assert_eq!((mutation.points, mutation.content), (5, true));
        assert_eq!(weight(&Method::GET, "/x", false, Sending::Read).points, 1);
        assert_eq!(weight(&Method::PUT, "/x", false, Sending::Write).points, 5);
    }

    #[test]
    fn no_span_holds_more_than_allowed() {
        let window = Window::new(Duration::from_secs(60), 10);
        let start = Instant::now();
        let call = |points, at| window.take(points, 1, at).map(|()| window.answered(points, at));
        assert!(call(5, start).is_ok());
        assert!(call(5, start + Duration::from_secs(10)).is_ok());
        let wait = call(1, start + Duration::from_secs(20)).expect_err("full");
        assert_eq!(wait, Duration::from_secs(40));
        assert!(call(5, start + Duration::from_secs(60)).is_ok());
        assert!(call(1, start + Duration::from_secs(60)).is_err());
    }

    #[test]
    fn a_call_counts_while_it_is_under_way_and_a_span_from_its_answer_on() {
        let window = Window::new(Duration::from_secs(60), 10);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(window.take(10, 1, at(0)).is_ok());
        assert!(window.take(1, 1, at(61)).is_err(), "GitHub may count it only now");
        window.answered(10, at(62));
        assert_eq!(window.take(1, 1, at(100)).expect_err("full"), Duration::from_secs(22));
        assert!(window.take(1, 1, at(122)).is_ok());
    }

    #[test]
    fn what_is_more_than_a_whole_span_allows_goes_alone() {
        let window = Window::new(Duration::from_secs(60), 3);
        assert!(window.take(5, 1, Instant::now()).is_ok());
        assert!(window.take(1, 1, Instant::now()).is_err());
    }

    #[test]
    fn a_share_of_a_window_is_less() {
        let window = Window::new(Duration::from_secs(60), 10);
        let now = Instant::now();
        assert!(window.take(5, 2, now).is_ok());
        assert!(window.take(1, 2, now).is_err());
        assert!(window.take(1, 1, now).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_secondary_refusal_halves_the_pace_and_quiet_brings_it_back() {
        let pace = Pace::new(1.0);
        assert_eq!(pace.share(), 1);
        pace.slow_down();
        assert_eq!(pace.share(), 2);
        for _ in 0..9 {
            pace.slow_down();
        }
        assert_eq!(pace.share(), 16);
        tokio::time::advance(Duration::from_secs(301)).await;
        assert_eq!(pace.share(), 8);
        tokio::time::advance(Duration::from_secs(1_000)).await;
        assert_eq!(pace.share(), 1);
    }

    /// Three machines with one identity: together they stay below GitHub's numbers, and none waits longer than for its third.
    #[tokio::test(start_paused = true)]
    async fn machines_that_share_the_limits_stay_within_them_together() {
        let machines: Vec<Pace> = (0..3).map(|_| Pace::new(1.0)).collect();
        machines.iter().for_each(|pace| pace.share_among(3));
        let start = Instant::now();
        let content = Weight { graphql: false, points: 5, content: true };
        let sent = |pace: &'static Pace| async move {
            let mut sent = Vec::new();
            for _ in 0..60 {
                drop(pace.wait(content, |_| {}).await);
                sent.push((Instant::now(), 1));
            }
            sent
        };
        let machines: &'static [Pace] = Vec::leak(machines);
        let all = futures::future::join_all(machines.iter().map(sent)).await.concat();
        assert_eq!(all.len(), 180);
        assert!(most_within(Duration::from_secs(60), &all) <= 80, "{}", most_within(Duration::from_secs(60), &all));
        assert_eq!(start.elapsed().as_secs(), 120, "25 in each minute, each");
        assert_eq!(machines[0].share(), 3);
        machines[0].slow_down();
        assert_eq!(machines[0].share(), 6);
    }

    /// 1,000 changes, each read, written and read back: 8,000 points. At 870 a minute they take nine minutes, which is what plans
    /// foretell.
    #[tokio::test(start_paused = true)]
    async fn a_thousand_changes_take_as_long_as_the_limits_want() {
        let pace = Pace::new(1.0);
        let start = Instant::now();
        for points in (0..1_000).flat_map(|_| [1, 1, 5, 1]) {
            pace.wait(Weight { graphql: false, points, content: false }, |_| {}).await;
        }
        assert_eq!(start.elapsed().as_secs(), 540);
    }

    /// The most that any span of this length held.
    fn most_within(span: Duration, sent: &[(Instant, u32)]) -> u32 {
        let within = |from: Instant| sent.iter().filter(move |(at, _)| *at >= from && *at < from + span);
        sent.iter().map(|(from, _)| within(*from).map(|(_, points)| points).sum()).max().unwrap_or(0)
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 1_000, ..Default::default() })]

        /// Whatever is asked and whenever, GitHub's own numbers are never reached.
        #[test]
        fn no_minute_holds_more_than_github_allows(
            calls in proptest::collection::vec((0_u8..4, 0_u64..900), 1..400),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
            let (rest, graphql, content) = runtime.expect("a runtime").block_on(async {
                let pace = Pace::new(1.0);
                let (mut rest, mut graphql, mut content) = (Vec::new(), Vec::new(), Vec::new());
                for (kind, gap) in calls {
                    // Most come at once.
                    tokio::time::sleep(Duration::from_millis(gap.saturating_sub(850) * 20)).await;
                    let points = if kind % 2 == 0 { 1 } else { 5 };
                    let weight = Weight { graphql: kind > 2, points, content: kind == 1 };
                    pace.wait(weight, |_| {}).await;
                    let sent = if weight.graphql { &mut graphql } else { &mut rest };
                    sent.push((Instant::now(), points));
                    if weight.content {
                        content.push((Instant::now(), 1));
                    }
                }
                (rest, graphql, content)
            });
            let minute = Duration::from_secs(60);
            proptest::prop_assert!(most_within(minute, &rest) <= 900);
            proptest::prop_assert!(most_within(minute, &graphql) <= 2_000);
            proptest::prop_assert!(most_within(minute, &content) <= 80);
            proptest::prop_assert!(most_within(minute * 60, &content) <= 500);
        }
    }
}
