//! Pacing: how many points (and how much content) go out in a span of time, so that GitHub's secondary limits are never
//! reached instead of being run into.
//!
//! GitHub's page "Rate limits for the REST API": 900 points a minute for REST, 2,000 for GraphQL, where reading costs 1 and
//! writing 5; 80 requests a minute and 500 an hour that create content.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use tokio::time::Instant;

/// What a call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    pub(super) graphql: bool,
    pub(super) points: u32,
    pub(super) content: bool,
}

/// A bound on what goes out within any span of this length.
#[derive(Debug)]
struct Window {
    span: Duration,
    most: u32,
    sent: Mutex<VecDeque<(Instant, u32)>>,
}

impl Window {
    fn new(span: Duration, most: u32) -> Self {
        Self { span, most, sent: Mutex::new(VecDeque::new()) }
    }

    /// Takes the points if they fit, else says how long to wait before asking again.
    fn take(&self, points: u32, now: Instant) -> Result<(), Duration> {
        let mut sent = self.sent.lock().expect("no holder of this lock panics");
        while sent.front().is_some_and(|(at, _)| now.duration_since(*at) >= self.span) {
            sent.pop_front();
        }
        let used: u32 = sent.iter().map(|(_, points)| points).sum();
        if used + points <= self.most || sent.is_empty() {
            sent.push_back((now, points));
            return Ok(());
        }
        let oldest = sent.front().map_or(now, |(at, _)| *at);
        Err((oldest + self.span).duration_since(now).max(Duration::from_millis(5)))
    }
}

/// All bounds of one identity.
#[derive(Debug)]
pub(super) struct Pace {
    rest: Window,
    graphql: Window,
    content_minute: Window,
    content_hour: Window,
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
        }
    }

    /// Waits until the call fits. `tell` is called once, with the length, if the wait is one that a person notices.
    pub(super) async fn wait(&self, weight: Weight, tell: impl Fn(Duration)) {
        let points = if weight.graphql { &self.graphql } else { &self.rest };
        let mut told = false;
        let mut windows = vec![(points, weight.points)];
        if weight.content {
            windows.extend([(&self.content_minute, 1), (&self.content_hour, 1)]);
        }
        for (window, points) in windows {
            while let Err(wait) = window.take(points, Instant::now()) {
                if !told && wait > Duration::from_secs(2) {
                    told = true;
                    tell(wait);
                }
                tokio::time::sleep(wait).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_span_holds_more_than_allowed() {
        let window = Window::new(Duration::from_secs(60), 10);
        let start = Instant::now();
        assert!(window.take(5, start).is_ok());
        assert!(window.take(5, start + Duration::from_secs(10)).is_ok());
        let wait = window.take(1, start + Duration::from_secs(20)).expect_err("full");
        assert_eq!(wait, Duration::from_secs(40));
        assert!(window.take(5, start + Duration::from_secs(60)).is_ok());
        assert!(window.take(1, start + Duration::from_secs(60)).is_err());
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
