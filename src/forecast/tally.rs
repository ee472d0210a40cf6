//! What is counted: requests and points of each identity, and which setting asks for what.

use std::collections::{BTreeMap, BTreeSet};

use super::{live::route, seconds::Clock};
use crate::{
    model::{NodeId, Org, Scope},
    observe::{Call, CallKind},
    plan::{Askers, Cost},
    settings::{self, Observed, ReadKey, RepoRead},
};

/// What pulls and names cost is no setting's own.
const PULLS: &str = "pull requests";
const MATCHING: &str = "matching";

/// What one identity spends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spend {
    /// REST requests; each is a point of the budget.
    pub(super) rest: u64,
    /// GraphQL requests.
    pub(super) queries: u64,
    /// Their points.
    pub(super) points: u64,
}

/// A read of each repository by itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Missed {
    /// Of how many repositories.
    pub(super) repositories: BTreeSet<(Org, NodeId)>,
    /// Whether all of them are public.
    pub(super) others: bool,
    /// In how many requests.
    pub(super) requests: u64,
}

/// All that is counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// By the organisation whose token is used; all under the empty name where one serves all.
    spends: BTreeMap<String, Spend>,
    clock: Clock,
    /// Requests for tokens of an App.
    tokens: u64,
    /// How many repositories are judged.
    pub(super) judged: usize,
    /// Setting → REST and GraphQL requests in which it takes part.
    pub(super) settings: BTreeMap<&'static str, (u64, u64)>,
    /// Setting and route → what is read of each repository by itself.
    pub(super) misses: BTreeMap<(&'static str, String), Missed>,
    shared: bool,
}

impl Tally {
    /// Nothing counted yet. `shared`: one token serves all organisations.
    pub(super) fn new(shared: bool) -> Self {
        Self { shared, ..Self::default() }
    }

    /// The list of an organisation, of so many pages, and the organisation itself; an App's token first.
    pub(super) fn listing(&mut self, org: &Org, pages: u64) {
        self.spend(Some(org)).rest += pages + 1;
        self.clock.pages(pages);
        // Which installation it is, and a token of it.
        self.tokens += if self.shared { 0 } else { 2 };
    }

    /// A round of calls. `pages` says of a question to an organisation how many requests its answer takes.
    /// `askers`: none while rules match.
    pub(super) fn round(
        &mut self,
        calls: &[Call],
        askers: Option<&Askers>,
        observed: &Observed,
        pages: impl Fn(&ReadKey) -> u64,
    ) {
        let mut rest = 0;
        for call in calls {
            let settings: BTreeSet<&'static str> = call.keys.iter().flat_map(|key| who(key, askers)).collect();
            if call.kind == CallKind::Rest {
                let requests = call.keys.first().map_or(1, &pages);
                rest += requests;
                self.spend(call.org.as_ref()).rest += requests;
                settings.iter().for_each(|setting| self.settings.entry(setting).or_default().0 += requests);
                self.miss(call, &settings, observed);
            } else {
                let spend = self.spend(call.org.as_ref());
                spend.queries += 1;
                spend.points += call.points;
                settings.iter().for_each(|setting| self.settings.entry(setting).or_default().1 += 1);
            }
        }
        self.clock.round(rest, calls);
    }

    fn miss(&mut self, call: &Call, settings: &BTreeSet<&'static str>, observed: &Observed) {
        let Some(ReadKey::Repo(org, id, RepoRead::Rest(read))) = call.keys.first() else { return };
        // Where several settings ask for it, it is told of the one that knows what would have spared it.
        let knows = |key: &&&'static str| settings::find(Scope::Repo, key).is_some_and(|one| one.unproven().is_some());
        let Some(setting) = settings.iter().find(knows).or_else(|| settings.first()) else { return };
        let missed = self.misses.entry((setting, in_general(&read.suffix))).or_default();
        let repo = observed.orgs.get(org).and_then(|org| org.repo(id));
        missed.others |= !repo.is_some_and(|repo| repo.repository.is_public());
        missed.requests += 1;
        missed.repositories.insert((org.clone(), id.clone()));
    }

    fn spend(&mut self, org: Option<&Org>) -> &mut Spend {
        let whose = org.filter(|_| !self.shared).map(ToString::to_string);
        self.spends.entry(whose.unwrap_or_default()).or_default()
    }

    /// What one identity spends.
    pub(super) fn of(&self, whose: &str) -> Spend {
        self.spends.get(whose).copied().unwrap_or_default()
    }

    /// What all spend.
    pub(super) fn cost(&self) -> Cost {
        let sum = |of: fn(&Spend) -> u64| self.spends.values().map(of).sum::<u64>();
        let (rest, queries) = (sum(|one| one.rest) + self.tokens, sum(|one| one.queries));
        Cost {
            requests: rest + queries,
            graphql_requests: queries,
            rest_points: rest,
            graphql_points: sum(|one| one.points),
            not_modified: 0,
        }
    }

    /// How long it takes, without waits for the hour's allowance.
    pub(super) fn seconds(&self) -> u64 {
        let cost = self.cost();
        self.clock.seconds(cost.rest_points, cost.graphql_requests)
    }
}

/// Who asks a question.
fn who(key: &ReadKey, askers: Option<&Askers>) -> BTreeSet<&'static str> {
    match (askers, key) {
        (None, _) | (_, ReadKey::Name(..)) => BTreeSet::from([MATCHING]),
        (Some(askers), _) => askers.get(key).cloned().unwrap_or_else(|| BTreeSet::from([PULLS])),
    }
}

/// A route of a repository without what differs from one to the next: numbers, and the names of branches and environments.
fn in_general(suffix: &str) -> String {
    let route = route(suffix);
    for (folder, name) in
        [("branches/", "{branch}"), ("compare/", "{basehead}"), ("environments/", "{environment_name}")]
    {
        if let Some(at) = route.find(folder).map(|at| at + folder.len()) {
            let rest = route[at..].split_once('/').map(|(_, rest)| format!("/{rest}")).unwrap_or_default();
            return format!("{}{name}{rest}", &route[..at]);
        }
    }
    route
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_told_without_what_differs() {
        assert_eq!(in_general("actions/workflows/77/runs?status=success&branch=main"), "actions/workflows/{id}/runs");
        assert_eq!(in_general("rules/branches/main"), "rules/branches/{branch}");
        assert_eq!(in_general("branches/main/protection"), "branches/{branch}/protection");
        assert_eq!(in_general("compare/main...ordain%2Fpolicy"), "compare/{basehead}");
        assert_eq!(in_general("environments"), "environments");
    }
}
