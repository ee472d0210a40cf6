//! GitHub's limits: so many an hour and token, so many points a minute, so much content, so many at once.
//!
//! All times are those of the simulator's clock, which may run faster than ours (`clock_factor`).

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::world::Limits;

/// The span of the limits by the minute.
const MINUTE: Duration = Duration::from_secs(60);
/// The span of the longer limit of content.
const HOUR: Duration = Duration::from_secs(3600);
/// Points a minute for REST.
const REST_POINTS: u64 = 900;
/// Points a minute for GraphQL.
const GRAPHQL_POINTS: u64 = 2000;
/// Requests a minute that create content.
const CONTENT_A_MINUTE: u64 = 80;
/// Requests an hour that create content.
const CONTENT_AN_HOUR: u64 = 500;
/// Requests at once.
const AT_ONCE: usize = 100;

/// What has been asked so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// REST requests.
    pub rest: u64,
    /// GraphQL requests.
    pub graphql: u64,
    /// Points of these.
    pub graphql_points: u64,
    /// REST requests answered 304: they cost nothing.
    pub not_modified: u64,
    /// Requests refused by a limit. What a fault refused is not among them.
    pub refused: u64,
}

/// One request as the limits by the minute count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// When, since the start, by the simulator's clock.
    pub at: Duration,
    /// Whether it went to GraphQL.
    pub graphql: bool,
    /// Its points: 1 to read, 5 to write.
    pub points: u64,
    /// Whether it creates content.
    pub content: bool,
}

/// One allowance: what is used of it, and since when.
#[derive(Clone, Copy, Debug)]
struct Hour {
    used: u64,
    since: Duration,
}

/// What went out lately, oldest first.
#[derive(Debug, Default)]
struct Window {
    booked: VecDeque<(Duration, u64)>,
    used: u64,
}

/// What one token has used.
#[derive(Debug, Default)]
struct Meter {
    core: Option<Hour>,
    graphql: Option<Hour>,
    rest_minute: Window,
    graphql_minute: Window,
    content_minute: Window,
    content_hour: Window,
}

/// What all tokens have used.
#[derive(Debug, Default)]
pub(super) struct Meters {
    by_token: BTreeMap<String, Meter>,
    log: Vec<Charge>,
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The hour's allowance is used up.
    Primary,
    /// Too much in a minute: come back after so many seconds.
    Secondary(u64),
}

/// What a request is, to the limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weight {
    pub(super) graphql: bool,
    pub(super) writes: bool,
    pub(super) creates_content: bool,
}

impl Meters {
    /// Returns limit, used, and seconds until reset.
    pub(super) fn state(&mut self, token: &str, limits: &Limits, graphql: bool, now: Duration) -> (u64, u64, u64) {
        let meter = self.by_token.entry(token.to_owned()).or_default();
        let span = Duration::from_secs(limits.window_s);
        let (limit, hour) = if graphql { (limits.graphql, &mut meter.graphql) } else { (limits.core, &mut meter.core) };
        let current = match *hour {
            Some(hour) if now.saturating_sub(hour.since) < span => hour,
            _ => Hour { used: 0, since: now },
        };
        *hour = Some(current);
        (limit, current.used, span.saturating_sub(now.saturating_sub(current.since)).as_secs().max(1))
    }

    /// Refuses what is beyond a limit, else counts it against the limits by the minute.
    pub(super) fn admit(
        &mut self,
        token: &str,
        limits: &Limits,
        weight: Weight,
        open: usize,
        now: Duration,
    ) -> Result<(), Refusal> {
        let (limit, used, _) = self.state(token, limits, weight.graphql, now);
        if used >= limit {
            return Err(Refusal::Primary);
        }
        if !limits.secondary {
            return Ok(());
        }
        if open > AT_ONCE {
            return Err(Refusal::Secondary(60));
        }
        let meter = self.by_token.entry(token.to_owned()).or_default();
        let points = if weight.writes { 5 } else { 1 };
        if weight.graphql {
            meter.graphql_minute.fits(points, GRAPHQL_POINTS, MINUTE, now)?;
        } else {
            meter.rest_minute.fits(points, REST_POINTS, MINUTE, now)?;
        }
        if weight.creates_content {
            meter.content_minute.fits(1, CONTENT_A_MINUTE, MINUTE, now)?;
            meter.content_hour.fits(1, CONTENT_AN_HOUR, HOUR, now)?;
            meter.content_minute.book(1, now);
            meter.content_hour.book(1, now);
        }
        let minute = if weight.graphql { &mut meter.graphql_minute } else { &mut meter.rest_minute };
        minute.book(points, now);
        self.log.push(Charge { at: now, graphql: weight.graphql, points, content: weight.creates_content });
        Ok(())
    }

    /// Counts points against the hour.
    pub(super) fn spend(&mut self, token: &str, graphql: bool, points: u64) {
        let meter = self.by_token.entry(token.to_owned()).or_default();
        let hour = if graphql { &mut meter.graphql } else { &mut meter.core };
        if let Some(hour) = hour {
            hour.used += points;
        }
    }

    /// Returns everything that was counted by the minute.
    pub(super) fn charges(&self) -> Vec<Charge> {
        self.log.clone()
    }
}

impl Window {
    /// Refuses what would be too much within a span.
    fn fits(&mut self, points: u64, limit: u64, span: Duration, now: Duration) -> Result<(), Refusal> {
        while let Some((_, old)) = self.booked.pop_front_if(|(at, _)| now.saturating_sub(*at) >= span) {
            self.used -= old;
        }
        if self.used + points <= limit {
            return Ok(());
        }
        let wait = self.booked.front().map_or(span, |(at, _)| span.saturating_sub(now.saturating_sub(*at)));
        Err(Refusal::Secondary(wait.as_secs() + 1))
    }

    fn book(&mut self, points: u64, now: Duration) {
        self.booked.push_back((now, points));
        self.used += points;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { core: 100_000, graphql: 100_000, secondary: true, window_s: 3600 };
    const READ: Weight = Weight { graphql: false, writes: false, creates_content: false };
    const CONTENT: Weight = Weight { graphql: false, writes: true, creates_content: true };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn points_a_minute_are_counted_in_a_sliding_minute() {
        let mut meters = Meters::default();
        for second in 0..60 {
            for _ in 0..15 {
                assert_eq!(meters.admit("t", &LIMITS, READ, 1, at(second)), Ok(()));
            }
        }
        assert_eq!(meters.admit("t", &LIMITS, READ, 1, at(59)), Err(Refusal::Secondary(2)));
        assert_eq!(meters.admit("t", &LIMITS, READ, 1, at(60)), Ok(()));
        assert_eq!(meters.charges().len(), 901, "what was refused is not charged");
    }

    #[test]
    fn content_is_counted_by_the_minute_and_by_the_hour() {
        let mut meters = Meters::default();
        for n in 0..500 {
            assert_eq!(meters.admit("t", &LIMITS, CONTENT, 1, at(n * 4)), Ok(()), "{n}");
        }
        assert_eq!(meters.admit("t", &LIMITS, CONTENT, 1, at(2000)), Err(Refusal::Secondary(1601)));
        assert_eq!(meters.admit("t", &LIMITS, READ, 1, at(2000)), Ok(()));
        assert_eq!(meters.admit("t", &LIMITS, CONTENT, 1, at(3600)), Ok(()));
    }

    #[test]
    fn a_hundred_at_once_are_the_most() {
        let mut meters = Meters::default();
        assert_eq!(meters.admit("t", &LIMITS, READ, 100, at(0)), Ok(()));
        assert_eq!(meters.admit("t", &LIMITS, READ, 101, at(0)), Err(Refusal::Secondary(60)));
    }
}
