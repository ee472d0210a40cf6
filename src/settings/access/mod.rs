//! Access: who may do what in a repository and in the organisation, and what else can get in: keys, hooks, apps.

mod people;
mod permission;
mod repo_teams;
mod roll;
mod teams;

pub use repo_teams::RepoTeams;
