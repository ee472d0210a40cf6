//! An organisation out of a number: believable, and the same for the same seed.

mod files;
mod repository;

use serde_json::{Value, json};

use super::Dice;

/// The number of the enforced code security configuration.
const CONFIGURATION: u64 = 17;
/// The number of the first repository; the others follow.
const FIRST_NUMBER: u64 = 100_000;

/// What an organisation is made from.
///
/// Managed files (security policies, Scorecard workflows) have few distinct texts, as where a template was copied: fewer than two
/// in a hundred. A tenth is private, a tenth archived, one in twelve a fork, one in thirty empty; most that are not archived have
/// a ruleset on the default branch, half have reporting, alerts or scanning on. Workflows get a token that may only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// How many repositories.
    pub repositories: u32,
    /// The same seed, the same organisation.
    pub seed: u64,
    /// Whether an enforced code security configuration holds every repository that can have one: then reporting, Dependabot and
    /// secret scanning are on wherever they can be.
    pub enforced: bool,
}

/// Returns a state document of one organisation with `n` repositories and no configuration.
pub fn generate(n: u32, seed: u64) -> Value {
    Recipe { repositories: n, seed, enforced: false }.state()
}

impl Recipe {
    /// Returns the state document.
    #[must_use]
    pub fn state(&self) -> Value {
        let mut state = self.organisation();
        if let Some(place) = state.pointer_mut("/organizations/0/repositories") {
            *place = self.repositories().collect();
        }
        state
    }

    /// Returns the state document without the repositories.
    pub(super) fn organisation(&self) -> Value {
        let configurations = if self.enforced { json!([configuration()]) } else { json!([]) };
        json!({
            "format": "ordain.snapshot/1",
            "as_of": "2026-11-22T12:00:00Z",
            "api_url": "https://api.github.com",
            "organizations": [{
                "login": "example-org",
                "error": null,
                "rest": {
                    "": {"known": {"id": 4_242_424, "name": "Example", "two_factor_requirement_enabled": true}},
                    "actions/permissions/workflow": {
                        "known": {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": false},
                    },
                },
                "repositories": [],
                "blobs": {},
                "simulator": {"plan": "team", "configurations": configurations},
            }],
            "not_read": [],
            "simulator": {"now": "2026-11-22T12:00:00Z", "next_id": FIRST_NUMBER + u64::from(self.repositories)},
        })
    }

    /// Returns the repositories, one after the other.
    pub(super) fn repositories(&self) -> impl Iterator<Item = Value> + use<> {
        let recipe = *self;
        let mut dice = Dice::new(recipe.seed);
        (0..recipe.repositories).map(move |i| repository::make(&mut dice, i, &recipe))
    }
}

/// The configuration that holds all repositories that can have one.
fn configuration() -> Value {
    json!({
        "id": CONFIGURATION, "name": "baseline", "description": "What every repository has", "enforcement": "enforced",
        "private_vulnerability_reporting": "enabled", "dependabot_alerts": "enabled",
        "dependabot_security_updates": "enabled", "secret_scanning": "enabled",
        "secret_scanning_push_protection": "enabled", "code_scanning_default_setup": "not_set",
        "secret_scanning_delegated_bypass": "not_set", "secret_scanning_validity_checks": "not_set",
        "secret_scanning_non_provider_patterns": "not_set", "secret_scanning_generic_secrets": "not_set",
        "secret_scanning_delegated_alert_dismissal": "not_set", "secret_scanning_extended_metadata": "not_set",
        "dependency_graph_autosubmit_action": "not_set", "dependabot_delegated_alert_dismissal": "not_set",
        "default_for_new_repos": "all",
    })
}
