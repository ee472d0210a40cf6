//! Access: who may do what in a repository and in the organisation, and what else can get in: keys, hooks, apps.

mod admins;
mod apps;
mod collaborators;
mod deploy_keys;
mod hook;
mod members;
mod org_teams;
mod outside_collaborators;
mod people;
mod permission;
mod repo_teams;
mod roll;
mod security_managers;
mod team_people;
mod teams;
mod webhooks;

pub use admins::Admins;
pub use apps::Apps;
pub use collaborators::Collaborators;
pub use deploy_keys::DeployKeys;
pub use members::Members;
pub use org_teams::OrgTeams;
pub use outside_collaborators::OutsideCollaborators;
pub use repo_teams::RepoTeams;
pub use security_managers::SecurityManagers;
pub use webhooks::{OrgWebhooks, RepoWebhooks};
