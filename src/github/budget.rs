//! The primary limit: so many requests (or GraphQL points) an hour for each identity, as the headers of its answers tell.
//!
//! A few are kept back: ordain does not spend the last of an allowance that others may share, and waits for the reset instead
//! of being refused.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

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
    /// What the calls under way may cost.
    under_way: u64,
    /// The most that a call has cost so far. What a query costs, GitHub tells only in its answer.
    dearest: u64,
    /// What this process has spent of it since the last reset.
    spent: u64,
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
    /// Whether it is this machine's share that is used up, and not the whole.
    pub(super) shared: bool,
}

/// All allowances.
#[derive(Debug)]
pub(super) struct Budgets {
    all: Mutex<BTreeMap<Account, Budget>>,
    factor: f64,
    /// How many machines share the allowances.
    machines: AtomicU32,
}

impl Budgets {
    /// None known yet, in a time that runs `factor` times faster than the clock.
    pub(super) fn new(factor: f64) -> Self {
        Self { all: Mutex::default(), factor: factor.max(1.0), machines: AtomicU32::new(1) }
    }

    /// From now on so many machines spend them at once, and each its share.
    pub(super) fn share_among(&self, machines: u32) {
        self.machines.store(machines.max(1), Ordering::Relaxed);
    }

    /// Counts a call as under way if the allowance has room for it above the reserve, and gives what it may cost; else says how
    /// long to wait.
    pub(super) fn take(&self, account: &Account, now: Instant) -> Result<u64, Short> {
        let mut all = self.all.lock().expect("no holder of this lock panics");
        let Some(budget) = all.get_mut(account) else {
            let budget = Budget { limit: None, remaining: u64::MAX, reset: None, under_way: 1, dearest: 1, spent: 0 };
            all.insert(account.clone(), budget);
            return Ok(1);
        };
        if budget.reset.is_some_and(|reset| reset <= now) {
            budget.reset = None;
            budget.remaining = budget.limit.unwrap_or(u64::MAX);
            budget.spent = 0;
        }
        let short = |wait| Err(Short { wait, remaining: budget.remaining, limit: budget.limit, shared: false });
        // Sixteen at once may take a third of an hour, and no answer can make it so much that nothing goes any more.
        let may_cost = budget.dearest.min(budget.limit.unwrap_or_default() / 50).max(1);
        if budget.remaining.saturating_sub(budget.under_way) < reserve(budget.limit).saturating_add(may_cost) {
            match budget.reset {
                Some(reset) => return short(reset.duration_since(now)),
                // Full again, as far as is known: some go, and tell.
                None if budget.under_way > 0 => return short(A_MOMENT),
                None => {}
            }
        }
        let machines = u64::from(self.machines.load(Ordering::Relaxed));
        if let (Some(reset), Some(limit)) = (budget.reset, budget.limit.filter(|_| machines > 1))
            && budget.spent + budget.under_way >= share(limit, machines)
        {
            let wait = reset.duration_since(now);
            return Err(Short { wait, remaining: budget.remaining, limit: budget.limit, shared: true });
        }
        budget.under_way += may_cost;
        Ok(may_cost)
    }

    /// Counts points of GraphQL, of which one was counted with the call.
    pub(super) fn spent(&self, account: &Account, points: u64) {
        let mut all = self.all.lock().expect("no holder of this lock panics");
        if let Some(budget) = all.get_mut(account) {
            budget.spent = budget.spent.saturating_add(points.saturating_sub(1));
            budget.dearest = budget.dearest.max(points);
        }
    }

    /// Ends a call that was under way and might have cost so much, with what its answer told.
    pub(super) fn end(&self, account: &Account, may_cost: u64, told: Option<Told>, now: Instant) {
        let mut all = self.all.lock().expect("no holder of this lock panics");
        let Some(budget) = all.get_mut(account) else { return };
        budget.under_way = budget.under_way.saturating_sub(may_cost);
        budget.spent = budget.spent.saturating_add(1);
        let Some(told) = told else { return };
        let reset = now + told.reset.div_f64(self.factor);
        let tolerance = Duration::from_secs(5).div_f64(self.factor);
        // Answers overtake each other: within one span only less can be true.
        let is_new = budget.reset.is_none_or(|known| reset > known + tolerance);
        budget.limit = told.limit.or(budget.limit);
        // Another hour has begun there before ours was over: what was spent before was of the last.
        if is_new && budget.reset.is_some() {
            budget.spent = 1;
        }
        budget.remaining = if is_new { told.remaining } else { budget.remaining.min(told.remaining) };
        budget.reset = Some(reset);
    }
}

/// How many are kept back.
pub(super) fn reserve(limit: Option<u64>) -> u64 {
    limit.map_or(0, |limit| (limit / 100).clamp(1, MOST_RESERVE))
}

/// What one of several machines may spend: its part of what is above the reserve.
fn share(limit: u64, machines: u64) -> u64 {
    (limit.saturating_sub(reserve(Some(limit))) / machines.max(1)).max(1)
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
        assert_eq!(budgets.take(&account(), start), Ok(1), "nothing is known yet");
        budgets.end(&account(), 1, told(5_000, 52, 600), start);
        assert_eq!(budgets.take(&account(), start), Ok(1));
        assert_eq!(budgets.take(&account(), start), Ok(1), "one under way, and 51 is above the reserve");
        let short = budgets.take(&account(), start).expect_err("two are under way");
        assert_eq!((short.wait, short.remaining), (Duration::from_secs(600), 52));
        let later = start + Duration::from_secs(601);
        assert_eq!(budgets.take(&account(), later), Ok(1), "it is full again");
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_overtake_each_other_never_raise_it() {
        let budgets = Budgets::new(1.0);
        let now = Instant::now();
        for remaining in [40, 60] {
            let _ = budgets.take(&account(), now);
            budgets.end(&account(), 1, told(5_000, remaining, 600), now);
        }
        assert_eq!(budgets.take(&account(), now).expect_err("40 is the truth").remaining, 40);
        // A later reset is another hour.
        budgets.end(&account(), 1, told(5_000, 4_999, 3_600), now);
        assert_eq!(budgets.take(&account(), now), Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn each_identity_has_its_own_and_a_fast_clock_waits_less() {
        let budgets = Budgets::new(1_000.0);
        let now = Instant::now();
        let (a, b) = (("a".to_owned(), false), ("b".to_owned(), false));
        let _ = budgets.take(&a, now);
        budgets.end(&a, 1, told(60, 0, 1_000), now);
        assert_eq!(budgets.take(&a, now).expect_err("empty").wait, Duration::from_secs(1));
        assert_eq!(budgets.take(&b, now), Ok(1));
        assert_eq!(budgets.take(&("a".to_owned(), true), now), Ok(1), "GraphQL has its own");
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_three_machines_spends_a_third_of_what_is_above_the_reserve() {
        let budgets = Budgets::new(1.0);
        budgets.share_among(3);
        let now = Instant::now();
        for spent in 0..33 {
            assert_eq!(budgets.take(&account(), now), Ok(1), "{spent}");
            budgets.end(&account(), 1, told(100, 99, 600), now);
        }
        let short = budgets.take(&account(), now).expect_err("a third of 99");
        assert_eq!((short.wait, short.shared), (Duration::from_secs(600), true));
        let later = now + Duration::from_secs(601);
        assert_eq!(budgets.take(&account(), later), Ok(1), "another hour");
        // A query of many points spends as many.
        let points = (String::new(), true);
        let _ = budgets.take(&points, now);
        budgets.end(&points, 1, told(100, 60, 600), now);
        budgets.spent(&points, 40);
        assert!(budgets.take(&points, now).is_err_and(|short| short.shared));
    }

    /// Sixteen queries at once near the end of the hour must not cost more than is left.
    #[tokio::test(start_paused = true)]
    async fn what_a_query_may_cost_is_kept_for_it_while_it_is_under_way() {
        let budgets = Budgets::new(1.0);
        let now = Instant::now();
        let points = (String::new(), true);
        let _ = budgets.take(&points, now);
        budgets.end(&points, 1, told(5_000, 200, 600), now);
        budgets.spent(&points, 60);
        assert_eq!([budgets.take(&points, now), budgets.take(&points, now)], [Ok(60), Ok(60)]);
        assert!(
            budgets.take(&points, now).is_err_and(|short| short.wait == Duration::from_secs(600)),
            "80 are left, 50 kept"
        );
        budgets.end(&points, 60, told(5_000, 199, 600), now);
        assert_eq!(budgets.take(&points, now), Ok(60), "it cost one");
    }

    /// A server may say any number.
    #[tokio::test(start_paused = true)]
    async fn a_cost_beyond_sense_holds_nothing_up() {
        let budgets = Budgets::new(1.0);
        let now = Instant::now();
        let points = (String::new(), true);
        let _ = budgets.take(&points, now);
        budgets.end(&points, 1, told(5_000, 4_999, 600), now);
        budgets.spent(&points, u64::MAX);
        assert_eq!([budgets.take(&points, now), budgets.take(&points, now)], [Ok(100), Ok(100)]);
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
