//! The primary limit: so many requests (or GraphQL points) an hour for each identity, as the headers of its answers tell.
//!
//! A few are kept back: ordain does not spend the last of an allowance that others may share, and waits for the reset instead
//! of being refused.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use http::HeaderMap;
use tokio::time::Instant;

use super::answer::server_time;

/// The largest reserve.
const MOST_RESERVE: u64 = 50;
/// The longest wait for a reset: the allowance is an hour's.
const LONGEST: Duration = Duration::from_secs(3660);

/// Until an answer under way has told more.
const A_MOMENT: Duration = Duration::from_millis(20);

/// Whose allowance, and which: the organisation of an App's token, else empty; and whether it is GraphQL's.
pub(super) type Account = (String, bool);

/// What an answer told of its allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    limit: Option<u64>,
    remaining: u64,
    /// Until it is full again, by the server's clock.
    reset: Duration,
}

impl Told {
    /// Whether nothing is left.
    pub(super) const fn is_nothing(self) -> bool {
        self.remaining == 0
    }

    /// What the headers tell of the account's own allowance; some routes have others, which are not counted here.
    pub(super) fn of(headers: &HeaderMap, graphql: bool) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let own = if graphql { "graphql" } else { "core" };
        if text("x-ratelimit-resource").is_some_and(|resource| resource != own) {
            return None;
        }
        let reset: i64 = text("x-ratelimit-reset")?.parse().ok()?;
        let seconds = reset.saturating_sub(server_time(headers)).saturating_add(1);
        Some(Self {
            limit: text("x-ratelimit-limit").and_then(|text| text.parse().ok()),
            remaining: text("x-ratelimit-remaining")?.parse().ok()?,
            reset: Duration::from_secs(u64::try_from(seconds).unwrap_or(1).max(1)).min(LONGEST),
        })
    }
}

/// One allowance.
#[derive(Debug)]
struct Budget {
    limit: Option<u64>,
    remaining: u64,
    reset: Option<Instant>,
    under_way: u64,
}

/// Why a call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Short {
    /// How long, by our clock.
    pub(super) wait: Duration,
    /// What is left.
    pub(super) remaining: u64,
    /// Of how much.
    pub(super) limit: Option<u64>,
}

/// All allowances.
#[derive(Debug)]
pub(super) struct Budgets {
    all: Mutex<BTreeMap<Account, Budget>>,
    factor: f64,
}

impl Budgets {
    /// None known yet, in a time that runs `factor` times faster than the clock.
    pub(super) fn new(factor: f64) -> Self {
        Self { all: Mutex::default(), factor: factor.max(1.0) }
    }

    /// Counts a call as under way if the allowance has room for it above the reserve; else says how long to wait.
    pub(super) fn take(&self, account: &Account, now: Instant) -> Result<(), Short> {
        let mut all = self.all.lock().expect("no holder of this lock panics");
        let Some(budget) = all.get_mut(account) else {
            let budget = Budget { limit: None, remaining: u64::MAX, reset: None, under_way: 1 };
            all.insert(account.clone(), budget);
            return Ok(());
        };
        if budget.reset.is_some_and(|reset| reset <= now) {
            budget.reset = None;
            budget.remaining = budget.limit.unwrap_or(u64::MAX);
        }
        let short = |wait| Err(Short { wait, remaining: budget.remaining, limit: budget.limit });
        if budget.remaining.saturating_sub(budget.under_way) <= reserve(budget.limit) {
            match budget.reset {
                Some(reset) => return short(reset.duration_since(now)),
                // Full again, as far as is known: some go, and tell.
                None if budget.under_way > 0 => return short(A_MOMENT),
                None => {}
            }
        }
        budget.under_way += 1;
        Ok(())
    }

    /// Ends a call that was under way, with what its answer told.
    pub(super) fn end(&self, account: &Account, told: Option<Told>, now: Instant) {
        let mut all = self.all.lock().expect("no holder of this lock panics");
        let Some(budget) = all.get_mut(account) else { return };
        budget.under_way = budget.under_way.saturating_sub(1);
        let Some(told) = told else { return };
        let reset = now + told.reset.div_f64(self.factor);
        let tolerance = Duration::from_secs(5).div_f64(self.factor);
        // Answers overtake each other: within one span only less can be true.
        let is_new = budget.reset.is_none_or(|known| reset > known + tolerance);
        budget.limit = told.limit.or(budget.limit);
        budget.remaining = if is_new { told.remaining } else { budget.remaining.min(told.remaining) };
        budget.reset = Some(reset);
    }
}

/// How many are kept back.
pub(super) fn reserve(limit: Option<u64>) -> u64 {
    limit.map_or(0, |limit| (limit / 100).clamp(1, MOST_RESERVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        (String::new(), false)
    }

    fn told(limit: u64, remaining: u64, seconds: u64) -> Option<Told> {
        Some(Told { limit: Some(limit), remaining, reset: Duration::from_secs(seconds) })
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.insert(*name, value.parse().expect("a header"));
        }
        headers
    }

    #[tokio::test(start_paused = true)]
    async fn the_reserve_is_kept_until_the_reset() {
        let budgets = Budgets::new(1.0);
        let start = Instant::now();
        assert_eq!(budgets.take(&account(), start), Ok(()), "nothing is known yet");
        budgets.end(&account(), told(5_000, 52, 600), start);
        assert_eq!(budgets.take(&account(), start), Ok(()));
        assert_eq!(budgets.take(&account(), start), Ok(()), "one under way, and 51 is above the reserve");
        let short = budgets.take(&account(), start).expect_err("two are under way");
        assert_eq!((short.wait, short.remaining), (Duration::from_secs(600), 52));
        let later = start + Duration::from_secs(601);
        assert_eq!(budgets.take(&account(), later), Ok(()), "it is full again");
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_overtake_each_other_never_raise_it() {
        let budgets = Budgets::new(1.0);
        let now = Instant::now();
        for remaining in [40, 60] {
            let _ = budgets.take(&account(), now);
            budgets.end(&account(), told(5_000, remaining, 600), now);
        }
        assert_eq!(budgets.take(&account(), now).expect_err("40 is the truth").remaining, 40);
        // A later reset is another hour.
        budgets.end(&account(), told(5_000, 4_999, 3_600), now);
        assert_eq!(budgets.take(&account(), now), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn each_identity_has_its_own_and_a_fast_clock_waits_less() {
        let budgets = Budgets::new(1_000.0);
        let now = Instant::now();
        let (a, b) = (("a".to_owned(), false), ("b".to_owned(), false));
        let _ = budgets.take(&a, now);
        budgets.end(&a, told(60, 0, 1_000), now);
        assert_eq!(budgets.take(&a, now).expect_err("empty").wait, Duration::from_secs(1));
        assert_eq!(budgets.take(&b, now), Ok(()));
        assert_eq!(budgets.take(&("a".to_owned(), true), now), Ok(()), "GraphQL has its own");
    }

    #[test]
    fn headers_of_other_allowances_are_not_counted() {
        let date = ("date", "Sun, 22 Nov 2026 12:00:00 GMT");
        let all = [
            ("x-ratelimit-limit", "5000"),
            ("x-ratelimit-remaining", "7"),
            ("x-ratelimit-reset", "1795348830"),
            ("x-ratelimit-resource", "core"),
            date,
        ];
        let told = Told::of(&headers(&all), false).expect("told");
        assert_eq!((told.limit, told.remaining, told.reset), (Some(5_000), 7, Duration::from_secs(31)));
        assert_eq!(Told::of(&headers(&all), true), None);
        assert_eq!(Told::of(&headers(&[date]), false), None, "an Enterprise Server without limits");
    }
}
