//! What goes into a policy and comes out beside the desired values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    diagnostics::{Diagnostic, Sources},
    model::{Mode, Source},
};

/// The files of a policy's folder, read by somebody else.
#[derive(Debug, Clone, Default)]
pub struct PolicyFiles {
    /// The path from the policy folder, `/` between its parts → the bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What the reader found: links, devices, files that cannot be read.
    pub problems: Vec<Diagnostic>,
}

/// Why there is no policy: everything that is wrong, and the texts into which it points.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts.
    pub sources: Sources,
}

/// A sentence in the plan for a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// The sentence, without a full stop.
    pub message: String,
    /// The line of the policy that it is about.
    pub source: Option<Source>,
}

/// What matching needs to know beyond the list of repositories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchReads {
    /// The paths that any `has_file` names.
    pub files: BTreeSet<String>,
    /// Whether any rule asks for `empty`.
    pub empty: bool,
}

/// What a person wants to know of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSummary {
    /// The name: `rules/baseline`.
    pub name: String,
    /// The file.
    pub file: String,
    /// What it is for, in its own words.
    pub description: Option<String>,
    /// Whether it changes or only reports, where its values do not say otherwise.
    pub mode: Mode,
}
