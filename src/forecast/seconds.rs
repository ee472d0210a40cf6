//! How long reading takes: as long as GitHub answers, or as long as its limits by the minute want, whichever is longer.
//!
//! GitHub's page "Rate limits for the REST API", section "About secondary rate limits": 900 points a minute for REST and 2,000 for
//! GraphQL, where a read is one; 90 seconds of CPU time a minute, of which GraphQL may have 60, and "you can roughly estimate the
//! CPU time by measuring the total response time". How long an answer takes is no promise of GitHub's but what is usual.

use crate::observe::{Call, CallKind};

/// A REST answer, in seconds.
const REST: f64 = 0.1;
/// A query over fifty repositories, in seconds; one over fewer takes less, but never less than a REST answer takes.
const QUERY: f64 = 2.0;
/// Repositories in such a query.
const FULL: f64 = 50.0;
/// REST reads and queries that the observer has under way at once.
const REST_SIDE_BY_SIDE: u64 = 12;
const QUERIES_SIDE_BY_SIDE: f64 = 4.0;

/// What answers take, added up round by round.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    /// Seconds of waiting for answers.
    answers: f64,
    /// Seconds of GraphQL's CPU time.
    cpu: f64,
}

impl Clock {
    /// Pages of lists that are read side by side, eight at once.
    pub(super) fn pages(&mut self, pages: u64) {
        self.answers += pages.div_ceil(8) as f64 * REST;
    }

    /// A round: REST reads and queries go side by side, and all must be there before the next.
    pub(super) fn round(&mut self, rest: u64, calls: &[Call]) {
        let queries = || calls.iter().map(|call| query(call.kind));
        let (sum, longest) = (queries().sum::<f64>(), queries().fold(0.0, f64::max));
        let rest = rest.div_ceil(REST_SIDE_BY_SIDE) as f64 * REST;
        self.answers += rest.max(sum / QUERIES_SIDE_BY_SIDE).max(longest);
        self.cpu += sum;
    }

    /// Whole seconds, if so much is spent in all.
    pub(super) fn seconds(self, rest: u64, queries: u64) -> u64 {
        let minutes = |what: u64, most: u64| what.saturating_sub(1) / most * 60;
        let cpu = self.cpu.ceil() as u64;
        // The client keeps a little below GitHub's numbers.
        [minutes(rest, 870), minutes(queries, 1_950), minutes(cpu, 60)]
            .into_iter()
            .fold(self.answers.ceil() as u64, u64::max)
    }
}

fn query(kind: CallKind) -> f64 {
    match kind {
        CallKind::Rest => 0.0,
        CallKind::Viewer => REST,
        CallKind::Nodes(many) | CallKind::Texts(many) => (QUERY * many as f64 / FULL).max(REST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries(many: usize) -> Vec<Call> {
        vec![Call { kind: CallKind::Nodes(50), org: None, points: 1, keys: Vec::new() }; many]
    }

    #[test]
    fn few_calls_take_as_long_as_their_answers() {
        let mut clock = Clock::default();
        clock.pages(10);
        clock.round(24, &queries(8));
        assert_eq!(clock.seconds(34, 8), 5, "two tenths, and eight queries of two seconds, four at once");
    }

    /// facts: thirty full queries are a minute's CPU time, so two hundred take seven minutes; 10,000 reads eleven.
    #[test]
    fn many_calls_take_as_long_as_the_limits_want() {
        let mut clock = Clock::default();
        clock.round(0, &queries(200));
        assert_eq!(clock.seconds(0, 200), 360);
        assert_eq!(Clock::default().seconds(10_000, 0), 660);
    }
}
