//! The policy language: the bytes of a folder of TOML files become a [`Policy`], and a policy and the repositories that
//! there are become what is desired of each.
//!
//! ```text
//! PolicyFiles ─ parse ─→ Policy ─ resolve(organisations, repositories, time) ─→ Resolution
//! ```
//!
//! Everything wrong in all files is found in one go. The catalogue of settings comes in as a parameter: what a setting's
//! TOML looks like is said by its [`Shape`](crate::model::Shape), and nothing here knows a setting by name. No I/O, no clock, no environment.

mod alone;
mod cases;
mod compare;
mod conditions;
mod config;
mod digest;
mod document;
mod gates;
mod load;
mod matching;
mod merge;
mod overrides;
mod resolution;
mod resolve;
mod rule;
mod schema;
mod section;
mod shared;
mod template;
mod types;
mod value;
mod waivers;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use cases::{Case, Expectation};
pub use compare::{ChangeKind, Changed, compare};
pub use config::{Config, Coverage, Limits, Share};
pub use resolution::{Candidate, OrgCandidate, Resolution, ResolvedOrg, ResolvedRepo, Undetermined};
pub use schema::{SchemaKind, json_schema};
pub use types::{MatchReads, PolicyFiles, Rejected, RuleSummary, Warning};
pub use value::path_fault;
pub use waivers::{Waiver, WaiverTarget};

use self::{conditions::Test, merge::Beats, rule::Rule};
use crate::{
    diagnostics::{Diagnostic, Sources},
    model::{Org, RepoName, Scope},
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
    /// The cases of `tests/**/*.toml`, in the order of files.
    cases: Vec<Case>,
    sources: Sources,
    /// By name.
    rules: Vec<Rule>,
    /// For each rule those that it overrides.
    beats: Beats,
    /// The files under `files/`, by name.
    templates: BTreeMap<String, Template>,
}

/// A file under `files/`.
#[derive(Debug, Clone)]
struct Template {
    bytes: Vec<u8>,
    /// Whether values of the repository enter it.
    uses_repo: bool,
}

impl Policy {
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

    /// The cases that the policy itself must pass.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The rules, by name.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleSummary> {
        let summary = |rule: &Rule| RuleSummary {
            name: rule.name.clone(),
            file: rule.file.clone(),
            description: rule.description.clone(),
            mode: rule.mode,
        };
        self.rules.iter().map(summary).collect()
    }

    /// The settings that any rule names.
    #[must_use]
    pub fn settings(&self) -> BTreeSet<(Scope, &'static str)> {
        let mut settings = BTreeSet::new();
        for rule in &self.rules {
            for scope in [Scope::Repo, Scope::Org] {
                let Some(section) = rule.section(scope) else { continue };
                settings.extend(section.entries.iter().map(|entry| (scope, entry.shape.key)));
                settings.extend(section.prune.keys().map(|key| (scope, *key)));
            }
        }
        settings
    }

    /// What matching needs to know beyond the list of repositories.
    #[must_use]
    pub fn match_reads(&self) -> MatchReads {
        let mut reads = MatchReads::default();
        let selectors = self.rules.iter().filter(|rule| rule.repo.is_some()).map(|rule| &rule.selector);
        for cond in selectors.flat_map(|selector| selector.all.iter().chain(&selector.not)) {
            match &cond.test {
                Test::HasFile(paths) => reads.files.extend(paths.iter().cloned()),
                Test::Empty(_) => reads.empty = true,
                _ => {}
            }
        }
        reads
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
}
