//! What a plan will cost, before it is spent: requests, points of both budgets, and how long it takes.
//!
//! A few requests for each organisation tell its size and shape: itself, the first and the last page of its repositories, the
//! first page of each list that the policy asks the organisation for, and what is left of the hour. From these an organisation of
//! the right size is made up in memory, and the planner judges it as it would judge the real one. What it asks of repositories is
//! not sent but counted, call by call as the observer would send them, and answered with a supposition. Since what is asked next
//! depends on answers, it is judged three times: with answers that lead to the least, the usual and the most.

mod document;
mod grown;
mod judge;
mod live;
mod seconds;
mod suppose;
mod tally;

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::Timestamp;

pub use document::{Budget, Estimated, FORMAT, Forecast, Miss, OfSetting};

use self::{
    grown::Grown,
    judge::{Judging, Stopped},
    live::Live,
    suppose::Bound,
    tally::Tally,
};
use crate::{
    diagnostics::Diagnostic,
    model::{Org, RepoName},
    observe::Observer,
    plan::{Cost, Filters, PolicyIdentity},
    policy::Policy,
};

/// What is forecast.
pub struct Question<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Which policy it is.
    pub identity: &'a PolicyIdentity,
    /// What is judged of it.
    pub filters: &'a Filters,
    /// The organisations that a plan would list.
    pub orgs: Vec<&'a Org>,
    /// When: matching and waivers know no other clock.
    pub as_of: Timestamp,
}

/// Why there is no forecast.
#[derive(Debug)]
pub enum NoForecast {
    /// No organisation could be listed; why, of each.
    NoOrganisation(Vec<String>),
    /// A filter fits no repository: a misspelt one would pass for one that costs nothing.
    NoRepository(String),
    /// The policy contradicts itself where the repositories show it.
    Conflicts(Vec<Diagnostic>),
}

/// Forecasts a plan.
///
/// # Errors
/// If no organisation could be looked at, or the policy does not fit the repositories that were.
pub async fn forecast(question: &Question<'_>, observer: &Observer) -> Result<Forecast, NoForecast> {
    let samples = join_all(question.orgs.iter().map(|org| observer.sample(org))).await;
    let mut grown: BTreeMap<Org, Grown> = BTreeMap::new();
    let mut warnings = Vec::new();
    for (org, sample) in question.orgs.iter().zip(samples) {
        match &sample.error {
            Some(error) => warnings.push(error.reason.clone()),
            None => drop(grown.insert((*org).clone(), Grown::new(sample))),
        }
    }
    if grown.is_empty() {
        return Err(NoForecast::NoOrganisation(warnings));
    }
    if warnings.is_empty() {
        seat(question.filters, &mut grown)?;
    }
    let mut live = Live::new(observer);
    let mut of = BTreeMap::new();
    for bound in Bound::ALL {
        of.insert(bound, judged(question, bound, &mut grown, &mut live).await?);
    }
    let [least, usual, most] = Bound::ALL.map(|bound| of.remove(&bound).unwrap_or_default());
    let budgets = budgets(&grown, observer, [&least, &usual, &most]).await;
    let spent = observer.client().limits().spent();
    let cost = Cost {
        requests: spent.requests,
        graphql_requests: spent.graphql_requests,
        rest_points: spent.rest_points,
        graphql_points: spent.graphql_points,
        not_modified: spent.not_modified,
    };
    let api_url = observer.client().address().rest().to_owned();
    Ok(document::document(
        question,
        &grown,
        [&least, &usual, &most],
        document::Rest { warnings, budgets, cost, api_url },
    ))
}

/// Sees to it that every filter fits a repository: one that was looked at, else one that is made up and gets the name.
fn seat(filters: &Filters, grown: &mut BTreeMap<Org, Grown>) -> Result<(), NoForecast> {
    for pattern in &filters.repos {
        if grown.iter().any(|(org, one)| one.repositories().any(|repo| pattern.matches(org, &repo.name))) {
            continue;
        }
        let text = pattern.to_string();
        let place = grown.iter_mut().find(|(org, one)| pattern.matches_org(org) && one.can_seat());
        let Some((_, place)) = place else { return Err(NoForecast::NoRepository(text)) };
        // What is no name is a pattern, which may fit what was not looked at.
        if let Ok(name) = RepoName::new(text.rsplit('/').next().unwrap_or(&text)) {
            place.seat(name);
        }
    }
    Ok(())
}

/// Judges the organisations as they are supposed to be. Repositories that rules name and that were not looked at are taken to be
/// among those that are made up.
async fn judged(
    question: &Question<'_>,
    bound: Bound,
    grown: &mut BTreeMap<Org, Grown>,
    live: &mut Live<'_>,
) -> Result<Tally, NoForecast> {
    loop {
        match Judging::new(question, bound, grown, live).run().await {
            Ok(tally) => return Ok(tally),
            Err(Stopped::Conflicts(conflicts)) => return Err(NoForecast::Conflicts(conflicts)),
            Err(Stopped::Names(names)) => {
                for (org, name) in names {
                    if let Some(org) = grown.get_mut(&org) {
                        org.seat(name);
                    }
                }
            }
        }
    }
}

/// What is left to each identity, and how long the plan would wait for more.
async fn budgets(grown: &BTreeMap<Org, Grown>, observer: &Observer, tallies: [&Tally; 3]) -> Vec<Budget> {
    let shared = observer.client().credentials().is_shared();
    let accounts: Vec<(String, &Org)> = if shared {
        grown.keys().take(1).map(|org| (String::new(), org)).collect()
    } else {
        grown.keys().map(|org| (org.to_string(), org)).collect()
    };
    let told = join_all(accounts.iter().map(|(_, org)| observer.client().allowances(org))).await;
    let mut budgets = Vec::new();
    for ((whose, _), told) in accounts.into_iter().zip(told) {
        // A server that has no limits, or does not tell: then none is forecast.
        let Ok(Some((rest, graphql))) = told else { continue };
        let [_, usual, most] = tallies.map(|tally| tally.of(&whose));
        budgets.push(Budget {
            organization: (!whose.is_empty()).then_some(whose),
            rest,
            graphql,
            fits: rest.wait(usual.rest).max(graphql.wait(usual.points)) == 0,
            waits: rest.wait(usual.rest).max(graphql.wait(usual.points)),
            waits_at_most: rest.wait(most.rest).max(graphql.wait(most.points)),
        });
    }
    budgets
}
