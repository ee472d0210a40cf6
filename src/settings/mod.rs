//! The settings: one file each, and the registry.
//!
//! # How to add a setting
//!
//! 1. Write `settings/NAME.rs`: a `Meta` (key, TOML shape, manual page, permissions, controls) and an implementation of
//!    [`Setting`], whose `judge` asks the [`Context`] for what it must know and says what holds.
//! 2. Add one `mod` line and one line to [`SETTINGS`].
//! 3. If it uses an endpoint that the simulator does not have, add the route there.
//! 4. Say which change of each field is safer: a line or two in `tests/suite/settings/directions`; its test says which.
//! 5. Put its key into a chapter of the manual (`manual.rs`), unless it belongs to the repository or organisation itself.
//!
//! Everything else is derived: parsing and checking of the policy, JSON Schema, manual, reading in the fewest calls,
//! planning, applying with read-back, and the tests that every registered setting must pass.
//!
//! A setting does no I/O and knows no clock. It asks; what is not known yet is noted, read together with what all other
//! settings ask, and judging begins anew. Ask for independent things before you look at any (`let a = cx.tree(""); let b =
//! cx.tree("docs"); let (a, b) = (a?, b?);`), so that they are read in one round.

mod access;
mod actions;
mod api;
mod autolinks;
#[cfg(test)]
mod bench;
mod branch_protection;
mod choice;
mod code_scanning_default_setup;
mod code_security;
mod codeowners;
mod community_file;
mod context;
mod custom_properties;
mod dependabot_alerts;
mod dependabot_security_updates;
mod direction;
mod environments;
mod files;
#[cfg(test)]
mod fixture;
mod immutable_releases;
mod index;
mod interaction_limit;
mod item;
mod judgement;
mod labels;
mod license;
mod manual;
mod need;
mod observed;
mod org_fields;
mod pages;
mod permissions;
mod private_vulnerability_reporting;
mod protected;
mod reads;
mod repository;
mod rulesets;
mod runner_groups;
mod scorecard;
mod secret_scanning;
mod secrets;
mod security_policy;
mod self_hosted_runners;
mod switch;
mod take_back;
mod variables;
mod workflow_state;
mod workflows;

pub use code_security::{Contrary, Rival, contraries, rivals};
pub use context::{Asked, Context, GateState, Gates, Indexes, Memo, Notes, Pending};
pub use index::Index;
pub use judgement::{Difference, FileWrite, Gathering, GraphqlWrite, Judgement, Move, Outcome, RestWrite, Write};
pub use manual::manual;
pub use need::{Condition, Need, Takes};
pub use observed::{Answer, Blob, Observed, OrgError, OrgObserved, RepoObserved, RestAnswer};
pub use permissions::permissions;
pub use reads::{GraphqlField, ReadKey, RepoRead, RestForm, RestRead};
pub use repository::{Torn, torn};
pub use scorecard::torn_workflow;
pub use take_back::{Past, TakeBack, by_shape, desired as desired_of, leaf as leaf_of};

use crate::model::{Desired, Reading, Scope, Shape};

/// When a change is made within one target: the order in which GitHub needs things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// What unlocks the rest (unarchive).
    Unlock,
    /// What others stand on (alerts before updates; a configuration before its attachment).
    Foundation,
    /// Ordinary settings.
    Configure,
    /// Files, by pull request or commit.
    Content,
    /// What locks (archive).
    Lock,
}

/// What is fixed about a setting.
#[derive(Debug, Clone, Copy)]
pub struct Meta {
    /// Its key and TOML.
    pub shape: Shape,
    /// A short title: `Private vulnerability reporting`.
    pub title: &'static str,
    /// The manual page in Markdown: what it is, and what GitHub does that surprises. Without heading, example and permissions,
    /// which are printed from the fields beside it.
    pub docs: &'static str,
    /// An example: the lines of a rule from `[repo]` or `[org]` on.
    pub example: &'static str,
    /// The permissions that reading needs.
    pub reads: &'static [&'static str],
    /// The permissions that writing needs.
    pub writes: &'static [&'static str],
    /// The call that writes, by field: `("enabled", "PATCH /repos/{owner}/{repo}")`.
    pub calls: &'static [(&'static str, &'static str)],
    /// The controls that it serves: `OSPS VM-03.01`, `Scorecard Security-Policy`, `OpenJS useCVDToolForVulns`.
    pub controls: &'static [&'static str],
    /// When its changes are made.
    pub phase: Phase,
    /// Settings whose changes must have succeeded in the same target first.
    pub after: &'static [&'static str],
    /// Whether it is judged after all others, with their verdicts as gates.
    pub late: bool,
}

/// One setting of a repository or an organisation.
pub trait Setting: Sync {
    /// What is fixed about it.
    fn meta(&self) -> &'static Meta;

    /// Says what holds for one target. Returns one judgement for each part that the policy declares, or one for the whole.
    ///
    /// # Errors
    /// `Pending` where an answer was asked for that is not there yet.
    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending>;

    /// What GitHub wants of other settings before it takes the change of this part, which differs: it is planned only where all of
    /// that holds once the plan's changes are made.
    ///
    /// # Errors
    /// `Pending` where an answer was asked for that is not there yet.
    fn needs(&self, _part: Option<&str>, _desired: &Desired, _cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        Ok(Vec::new())
    }

    /// The names of a keyed setting that the target has, for `prune = true`: each that the policy does not list is judged with
    /// a desired value for which `Desired::is_pruned` holds, and is to be gone. Names that cannot be taken away (what is
    /// inherited, what GitHub made itself) are left out.
    ///
    /// # Errors
    /// `Pending` where an answer was asked for that is not there yet.
    fn existing(&self, _cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        Ok(Reading::known(Vec::new()))
    }

    /// How a change of this setting is taken back: the rule that would bring about what was before it. As it is here, it does
    /// for bare values, for parts that are a field, for tables whose `before` and `after` are told by their fields, and for
    /// what a table with `prune` made. A setting that tells its values otherwise says it itself.
    ///
    /// # Errors
    /// `Pending` where an answer was asked for that is not there yet.
    fn take_back(&self, past: &Past<'_>, _cx: &Context<'_>) -> Result<TakeBack, Pending> {
        Ok(by_shape(&self.meta().shape, past))
    }

    /// Why each repository is asked by itself, where an answer of the organisation could have proven it for all of them: `no
    /// enforced code security configuration proves it`. Forecasts tell it.
    fn unproven(&self) -> Option<&'static str> {
        None
    }

    /// When a change of it is made, where that depends on which way it goes.
    fn phase(&self, _difference: &Difference) -> Phase {
        self.meta().phase
    }

    /// What `ordain explain` tells beside the verdicts, in lines: where an observed value comes from, or what could be written
    /// instead. It is told from the answers that judging asked for.
    ///
    /// # Errors
    /// `Pending` where an answer is not there.
    fn explain(&self, _desired: &Desired, _cx: &Context<'_>) -> Result<Vec<String>, Pending> {
        Ok(Vec::new())
    }
}

/// All settings, by key within their scope.
pub static SETTINGS: &[&dyn Setting] = &[
    &repository::ALLOW_AUTO_MERGE,
    &repository::ALLOW_FORKING,
    &repository::ALLOW_MERGE_COMMIT,
    &repository::ALLOW_REBASE_MERGE,
    &repository::ALLOW_SQUASH_MERGE,
    &repository::ALLOW_UPDATE_BRANCH,
    &repository::Archived,
    &codeowners::Codeowners,
    &custom_properties::Values,
    &repository::DefaultBranch,
    &repository::DELETE_BRANCH_ON_MERGE,
    &branch_protection::BranchProtection,
    &actions::RepoActions,
    &api::RepoApi,
    &code_scanning_default_setup::CodeScanningDefaultSetup,
    &dependabot_alerts::DependabotAlerts,
    &dependabot_security_updates::DependabotSecurityUpdates,
    &repository::DESCRIPTION,
    &access::Admins,
    &access::Collaborators,
    &access::DeployKeys,
    &files::Files,
    &repository::HAS_DISCUSSIONS,
    &repository::HAS_ISSUES,
    &repository::HAS_PROJECTS,
    &repository::HAS_WIKI,
    &repository::HOMEPAGE,
    &repository::IS_TEMPLATE,
    &license::License,
    &repository::MERGE_COMMIT_MESSAGE,
    &repository::MERGE_COMMIT_TITLE,
    &autolinks::Autolinks,
    &environments::Environments,
    &interaction_limit::InteractionLimit,
    &labels::Labels,
    &pages::Pages,
    &immutable_releases::RepoImmutableReleases,
    &private_vulnerability_reporting::PrivateVulnerabilityReporting,
    &protected::Protected,
    &rulesets::Rulesets,
    &scorecard::Scorecard,
    &secret_scanning::SecretScanning,
    &secrets::Secrets,
    &security_policy::SecurityPolicy,
    &repository::SQUASH_MERGE_COMMIT_MESSAGE,
    &repository::SQUASH_MERGE_COMMIT_TITLE,
    &repository::Topics,
    &repository::VisibilityOf,
    &repository::WEB_COMMIT_SIGNOFF_REQUIRED,
    &access::RepoTeams,
    &access::RepoWebhooks,
    &variables::Variables,
    &workflows::Workflows,
    &access::Apps,
    &code_security::CodeSecurity,
    &custom_properties::Definitions,
    &access::Members,
    &access::OutsideCollaborators,
    &access::SecurityManagers,
    &access::OrgTeams,
    &access::OrgWebhooks,
    &rulesets::OrgRulesets,
    &interaction_limit::OrgInteractionLimit,
    &secrets::OrgSecrets,
    &variables::OrgVariables,
    &actions::OrgActions,
    &api::OrgApi,
    &immutable_releases::OrgImmutableReleases,
    &org_fields::BLOG,
    &org_fields::COMPANY,
    &org_fields::DEFAULT_REPOSITORY_PERMISSION,
    &org_fields::DEPLOY_KEYS_ENABLED_FOR_REPOSITORIES,
    &org_fields::DESCRIPTION,
    &org_fields::EMAIL,
    &org_fields::HAS_ORGANIZATION_PROJECTS,
    &org_fields::HAS_REPOSITORY_PROJECTS,
    &org_fields::LOCATION,
    &org_fields::MEMBERS_CAN_CHANGE_REPO_VISIBILITY,
    &org_fields::MEMBERS_CAN_CREATE_INTERNAL_REPOSITORIES,
    &org_fields::MEMBERS_CAN_CREATE_PAGES,
    &org_fields::MEMBERS_CAN_CREATE_PRIVATE_PAGES,
    &org_fields::MEMBERS_CAN_CREATE_PRIVATE_REPOSITORIES,
    &org_fields::MEMBERS_CAN_CREATE_PUBLIC_PAGES,
    &org_fields::MEMBERS_CAN_CREATE_PUBLIC_REPOSITORIES,
    &org_fields::MEMBERS_CAN_CREATE_REPOSITORIES,
    &org_fields::MEMBERS_CAN_CREATE_TEAMS,
    &org_fields::MEMBERS_CAN_DELETE_ISSUES,
    &org_fields::MEMBERS_CAN_DELETE_REPOSITORIES,
    &org_fields::MEMBERS_CAN_FORK_PRIVATE_REPOSITORIES,
    &org_fields::MEMBERS_CAN_INVITE_OUTSIDE_COLLABORATORS,
    &org_fields::PUSH_PROTECTION_CUSTOM_LINK,
    &org_fields::PUSH_PROTECTION_CUSTOM_LINK_ENABLED,
    &org_fields::TWITTER_USERNAME,
    &org_fields::TWO_FACTOR_REQUIREMENT_ENABLED,
    &org_fields::WEB_COMMIT_SIGNOFF_REQUIRED,
    &runner_groups::RunnerGroups,
    &self_hosted_runners::SelfHostedRunners,
];

/// The setting with this key.
#[must_use]
pub fn find(scope: Scope, key: &str) -> Option<&'static dyn Setting> {
    SETTINGS.iter().copied().find(|setting| setting.meta().shape.scope == scope && setting.meta().shape.key == key)
}

/// The TOML shapes of all settings, for the policy.
#[must_use]
pub fn catalogue() -> Vec<&'static Shape> {
    SETTINGS.iter().map(|setting| &setting.meta().shape).collect()
}
