//! What is left of the hour's allowance: `GET /rate_limit`, which is free of the primary limit (GitHub's page "REST API endpoints
//! for rate limits").

use serde::Serialize;
use serde_json::Value;

use super::{Client, GithubError, answer::server_time, budget::reserve};
use crate::model::Org;

/// The path.
pub(super) const PATH: &str = "/rate_limit";

/// An hour, in seconds: the span of the primary limits.
const HOUR: u64 = 3_600;

/// One allowance of an identity: of REST requests, or of GraphQL points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Allowance {
    /// How many an hour.
    pub limit: u64,
    /// How many are left.
    pub remaining: u64,
    /// In how many seconds it is full again.
    pub resets_in: u64,
}

impl Allowance {
    /// How many seconds a run waits that needs so many, since the client keeps a few of each hour back: none where they fit.
    #[must_use]
    pub fn wait(&self, need: u64) -> u64 {
        let reserve = reserve(Some(self.limit));
        let beyond = need.saturating_sub(self.remaining.saturating_sub(reserve));
        if beyond == 0 {
            return 0;
        }
        let an_hour = self.limit.saturating_sub(reserve).max(1);
        self.resets_in + (beyond.div_ceil(an_hour) - 1) * HOUR
    }

    fn of(told: &Value, now: i64) -> Option<Self> {
        let number = |key: &str| told.get(key).and_then(Value::as_u64);
        let reset = told.get("reset").and_then(Value::as_i64)?;
        let resets_in = u64::try_from(reset.saturating_sub(now)).unwrap_or(0).min(HOUR);
        Some(Self { limit: number("limit")?, remaining: number("remaining")?, resets_in })
    }
}

impl Client {
    /// What is left to the organisation's token: of REST requests and of GraphQL points. `None` where the server has no limits
    /// (GitHub Enterprise Server, which answers 404 then).
    ///
    /// # Errors
    /// Whatever stands in the way.
    pub async fn allowances(&self, org: &Org) -> Result<Option<(Allowance, Allowance)>, GithubError> {
        let response = match self.get_anew(org, PATH).await {
            Err(GithubError::NotFound { .. }) => return Ok(None),
            other => other?,
        };
        let now = server_time(&response.headers);
        let of = |resource: &str| Allowance::of(response.body.get("resources")?.get(resource)?, now);
        Ok(of("core").zip(of("graphql")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_waits_for_the_reset_and_then_by_the_hour() {
        let allowance = Allowance { limit: 5_000, remaining: 1_000, resets_in: 600 };
        assert_eq!(
            [0, 950, 951, 5_900, 5_901, 10_851].map(|need| allowance.wait(need)),
            [0, 0, 600, 600, 4_200, 7_800]
        );
    }

    #[test]
    fn an_answer_is_read_by_the_servers_clock() {
        let told = serde_json::json!({"limit": 5000, "used": 1, "remaining": 4999, "reset": 1_795_348_830});
        let read = Allowance::of(&told, 1_795_348_800);
        assert_eq!(read, Some(Allowance { limit: 5_000, remaining: 4_999, resets_in: 30 }));
    }
}
