//! The policy language: the bytes of a folder of TOML files become a [`Policy`], and a policy and the repositories that
//! there are become what is desired of each.
//!
//! ```text
//! PolicyFiles ─ parse ─→ Policy ─ resolve(organisations, repositories, time) ─→ Resolution
//! ```
//!
//! Everything wrong in all files is found in one go. The catalogue of settings comes in as a parameter: what a setting's
//! TOML looks like is said by its [`Shape`], and nothing here knows a setting by name. No I/O, no clock, no environment.

mod config;
mod digest;
mod resolve;
mod types;
mod waivers;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use config::{Config, Coverage, Limits, Share};
pub use resolve::{Candidate, OrgCandidate, Resolution, ResolvedOrg, ResolvedRepo, Undetermined};
pub use types::{MatchReads, PolicyFiles, Rejected, RuleSummary, Warning};
pub use waivers::{Waiver, WaiverTarget};

use crate::{
    diagnostics::{Diagnostic, Sources},
    model::{Org, RepoName, Scope, Shape},
};

/// A policy that is well-formed: every name in it exists and nothing in it contradicts itself.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What `policy.toml` says.
    pub config: Config,
    /// The exceptions of `waivers.toml`, in their order.
    pub waivers: Vec<Waiver>,
    /// What a person should look at.
    pub warnings: Vec<Diagnostic>,
    sources: Sources,
}

impl Policy {
    /// Reads and checks all files.
    ///
    /// # Errors
    /// All problems of all files.
    pub fn parse(_files: &PolicyFiles, _catalogue: &[&'static Shape]) -> Result<Self, Rejected> {
        Err(Rejected { diagnostics: Vec::new(), sources: Sources::new() })
    }

    /// The digest of everything that decides what is desired: `sha256:…`.
    #[must_use]
    pub fn digest(files: &PolicyFiles) -> String {
        digest::digest(files)
    }

    /// The texts into which diagnostics point.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The rules, by name.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleSummary> {
        Vec::new()
    }

    /// The settings that any rule names.
    #[must_use]
    pub fn settings(&self) -> BTreeSet<(Scope, &'static str)> {
        BTreeSet::new()
    }

    /// What matching needs to know beyond the list of repositories.
    #[must_use]
    pub fn match_reads(&self) -> MatchReads {
        MatchReads::default()
    }

    /// What is desired of each organisation and repository.
    #[must_use]
    pub fn resolve(&self, _orgs: &[OrgCandidate<'_>], _repos: &[Candidate<'_>], _as_of: Timestamp) -> Resolution {
        Resolution::default()
    }

    /// The waiver in force that covers the setting, with its index.
    #[must_use]
    pub fn waiver(
        &self,
        org: &Org,
        repo: Option<&RepoName>,
        setting: &str,
        as_of: Timestamp,
    ) -> Option<(usize, &Waiver)> {
        self.waivers.iter().enumerate().find(|(_, waiver)| waiver.in_force(as_of) && waiver.covers(org, repo, setting))
    }

    /// What is to be said of the waivers, given those that covered something.
    #[must_use]
    pub fn waiver_warnings(&self, used: &BTreeSet<usize>, as_of: Timestamp) -> Vec<Warning> {
        waivers::warnings(&self.waivers, used, as_of)
    }

    /// The values for templates.
    #[must_use]
    pub fn vars(&self) -> &BTreeMap<String, String> {
        &self.config.vars
    }
}
