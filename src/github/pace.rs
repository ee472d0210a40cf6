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
}
