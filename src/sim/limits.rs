//! GitHub's limits: so many an hour and token, so many points a minute, so much content, so many at once.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::world::Limits;

/// The span of the limits by the minute.
const MINUTE: Duration = Duration::from_secs(60);

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
    /// Requests refused by a limit.
    pub refused: u64,
}

/// One allowance: what is used of it, and since when.
#[derive(Clone, Copy, Debug)]
struct Hour {
    used: u64,
    since: Instant,
}

/// What one token has used.
#[derive(Debug, Default)]
struct Meter {
    core: Option<Hour>,
    graphql: Option<Hour>,
    rest_minute: VecDeque<(Instant, u64)>,
    graphql_minute: VecDeque<(Instant, u64)>,
    content: VecDeque<(Instant, u64)>,
}

/// What all tokens have used.
#[derive(Debug, Default)]
pub(super) struct Meters {
    by_token: BTreeMap<String, Meter>,
}

/// Why a request is refused.
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
    pub(super) fn state(&mut self, token: &str, limits: &Limits, graphql: bool) -> (u64, u64, u64) {
        let meter = self.by_token.entry(token.to_owned()).or_default();
        let window = Duration::from_secs(limits.window_s);
        let (limit, hour) = if graphql { (limits.graphql, &mut meter.graphql) } else { (limits.core, &mut meter.core) };
        if hour.is_none_or(|h| h.since.elapsed() >= window) {
            *hour = Some(Hour { used: 0, since: Instant::now() });
        }
        let (used, since) = hour.map_or((0, Instant::now()), |h| (h.used, h.since));
        (limit, used, window.saturating_sub(since.elapsed()).as_secs().max(1))
    }

    /// Refuses what is beyond a limit, else counts it against the limits by the minute.
    pub(super) fn admit(&mut self, token: &str, limits: &Limits, weight: Weight, open: usize) -> Result<(), Refusal> {
        let (limit, used, _) = self.state(token, limits, weight.graphql);
        if used >= limit {
            return Err(Refusal::Primary);
        }
        if !limits.secondary {
            return Ok(());
        }
        if open > 100 {
            return Err(Refusal::Secondary(60));
        }
        let meter = self.by_token.entry(token.to_owned()).or_default();
        let points = if weight.writes { 5 } else { 1 };
        let minute = if weight.graphql { &mut meter.graphql_minute } else { &mut meter.rest_minute };
        book(minute, points, if weight.graphql { 2000 } else { 900 })?;
        if weight.creates_content {
            book(&mut meter.content, 1, 80)?;
        }
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
}

/// Counts points in a sliding minute, unless they are too many.
fn book(minute: &mut VecDeque<(Instant, u64)>, points: u64, limit: u64) -> Result<(), Refusal> {
    while minute.front().is_some_and(|(at, _)| at.elapsed() >= MINUTE) {
        minute.pop_front();
    }
    let used: u64 = minute.iter().map(|(_, p)| p).sum();
    if used + points > limit {
        let wait = minute.front().map_or(MINUTE, |(at, _)| MINUTE.saturating_sub(at.elapsed()));
        return Err(Refusal::Secondary(wait.as_secs() + 1));
    }
    minute.push_back((Instant::now(), points));
    Ok(())
}
