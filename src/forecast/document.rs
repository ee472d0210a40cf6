//! The forecast as a document: `ordain.forecast/1`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    Question,
    grown::Grown,
    tally::{Missed, Tally},
};
use crate::{
    github::Allowance,
    model::{Org, Scope},
    plan::{Cost, PlanScope, PolicyIdentity},
    settings,
};

/// The name of the format.
pub const FORMAT: &str = "ordain.forecast/1";

/// What a plan will cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// `ordain.forecast/1`
    pub format: String,
    /// The version of ordain that made it.
    pub ordain: String,
    /// When it was asked (RFC 3339).
    pub as_of: String,
    /// The filters of the command line.
    pub scope: PlanScope,
    /// Which policy.
    pub policy: PolicyIdentity,
    /// Where GitHub's API is.
    pub api_url: String,
    /// The organisations.
    pub orgs: Vec<String>,
    /// How many repositories their lists have.
    pub repositories: u64,
    /// How many of them were looked at; the others are supposed to be like them.
    pub looked_at: u64,
    /// How many of them are judged: rules match them, and the filters want them.
    pub judged: u64,
    /// What a plan costs if nothing leads to a further question.
    pub at_least: Estimated,
    /// What it usually costs.
    pub about: Estimated,
    /// What it costs if every answer leads to the questions that it can.
    pub at_most: Estimated,
    /// In how many requests each setting takes part; a request may serve several.
    pub settings: Vec<OfSetting>,
    /// What is read of each repository by itself.
    pub misses: Vec<Miss>,
    /// What is left to each identity; none where the server has no limits.
    pub budgets: Vec<Budget>,
    /// What the forecast itself cost.
    pub cost: Cost,
    /// What could not be looked at.
    pub warnings: Vec<String>,
}

/// A cost that is not spent yet, with the time that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Estimated {
    /// Requests and points.
    #[serde(flatten)]
    pub cost: Cost,
    /// Seconds under the limits by the minute, without a wait for the hour's allowance.
    pub seconds: u64,
}

/// The requests in which one setting takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfSetting {
    /// Its key; `matching` and `pull requests` for what no setting asks.
    pub setting: String,
    /// REST requests.
    pub rest_requests: u64,
    /// GraphQL requests.
    pub graphql_requests: u64,
}

/// Something that is read of each repository by itself, or may have to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// The setting.
    pub setting: String,
    /// The route below `/repos/{owner}/{repo}`.
    pub route: String,
    /// Of how many repositories it usually is.
    pub repositories: u64,
    /// Of how many at most.
    pub at_most: u64,
    /// All of this as a sentence, with the reason.
    pub message: String,
}

/// What is left to an identity, and whether the plan fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// The organisation of an App's token; null for a token that serves all.
    pub organization: Option<String>,
    /// REST requests.
    pub rest: Allowance,
    /// GraphQL points.
    pub graphql: Allowance,
    /// Whether what it usually costs fits what is left of this hour.
    pub fits: bool,
    /// Seconds of waiting for the next hour, if it usually does not.
    pub waits: u64,
    /// Seconds of waiting at most.
    pub waits_at_most: u64,
}

/// What a document says beside what was counted.
pub(super) struct Rest {
    pub(super) warnings: Vec<String>,
    pub(super) budgets: Vec<Budget>,
    pub(super) cost: Cost,
    pub(super) api_url: String,
}

/// The document of what was counted with the least, the usual and the most follow-ups.
pub(super) fn document(
    question: &Question<'_>,
    grown: &BTreeMap<Org, Grown>,
    [least, usual, most]: [&Tally; 3],
    rest: Rest,
) -> Forecast {
    let estimated = |tally: &Tally| Estimated { cost: tally.cost(), seconds: tally.seconds() };
    let requests = |(setting, (rest, graphql)): (&&str, &(u64, u64))| OfSetting {
        setting: (*setting).to_owned(),
        rest_requests: *rest,
        graphql_requests: *graphql,
    };
    Forecast {
        format: FORMAT.to_owned(),
        ordain: env!("CARGO_PKG_VERSION").to_owned(),
        as_of: question.as_of.to_string(),
        scope: question.filters.scope(),
        policy: question.identity.clone(),
        api_url: rest.api_url,
        orgs: question.orgs.iter().map(ToString::to_string).collect(),
        repositories: grown.values().map(|org| org.len() as u64).sum(),
        looked_at: grown.values().map(|org| org.sample.repositories.len() as u64).sum(),
        judged: usual.judged as u64,
        at_least: estimated(least),
        about: estimated(usual),
        at_most: estimated(most),
        settings: usual.settings.iter().map(requests).collect(),
        misses: misses(usual, most),
        budgets: rest.budgets,
        cost: rest.cost,
        warnings: rest.warnings,
    }
}

/// What costs most first.
fn misses(usual: &Tally, most: &Tally) -> Vec<Miss> {
    let keys: BTreeSet<&(&'static str, String)> = usual.misses.keys().chain(most.misses.keys()).collect();
    let mut misses: Vec<Miss> =
        keys.into_iter().map(|key| miss(key, usual.misses.get(key), most.misses.get(key))).collect();
    misses.sort_by_key(|miss| std::cmp::Reverse((miss.repositories, miss.at_most)));
    misses
}

fn miss((setting, route): &(&'static str, String), usual: Option<&Missed>, most: Option<&Missed>) -> Miss {
    let many = |missed: Option<&Missed>| missed.map_or(0, |missed| missed.repositories.len() as u64);
    let (repositories, at_most) = (many(usual), many(most).max(many(usual)));
    let told = usual.or(most);
    let of = |number: u64| match (number, told.is_some_and(|missed| !missed.others)) {
        (1, true) => "one public repository".to_owned(),
        (1, false) => "one repository".to_owned(),
        (number, true) => format!("each of {number} public repositories"),
        (number, false) => format!("each of {number} repositories"),
    };
    let why = settings::find(Scope::Repo, setting).and_then(settings::Setting::unproven);
    let path = if route.is_empty() { String::new() } else { format!("/{route}") };
    let call = format!("GET /repos/{{owner}}/{{repo}}{path}");
    let message = if repositories == 0 {
        format!("{setting}: up to one request for {}, where no bulk read settles it: {call}", of(at_most))
    } else {
        let since = why.map(|why| format!(", since {why}")).unwrap_or_default();
        format!("{setting}: one request for {}{since}: {call}", of(repositories))
    };
    Miss { setting: (*setting).to_owned(), route: route.clone(), repositories, at_most, message }
}
