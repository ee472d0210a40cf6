//! What the policy wants and cannot have at once, where the repositories show it.

use std::collections::BTreeMap;

use crate::{
    diagnostics::{Code, Diagnostic},
    model::{Desired, Repository, Source},
    policy::{Candidate, Resolution},
    settings::{self, contraries, rivals, torn_workflow},
};

/// All contradictions that the settings themselves know of.
pub(super) fn found(resolution: &Resolution, candidates: &[Candidate<'_>]) -> Vec<Diagnostic> {
    let mut all = contrary(resolution, candidates);
    all.extend(rival(resolution, candidates));
    all.extend(torn(resolution, candidates));
    all.extend(untaken(resolution, candidates));
    all
}

/// Values that the policy wants of a repository and whose contrary it enforces by a configuration.
fn contrary(resolution: &Resolution, candidates: &[Candidate<'_>]) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(Source, Source), Diagnostic> = BTreeMap::new();
    for resolved in &resolution.repos {
        let Some(candidate) = candidates.get(resolved.index) else { continue };
        let of_org = resolution.orgs.iter().filter(|one| one.org == *candidate.org).flat_map(|one| &one.desired);
        let of_org: Vec<&Desired> = of_org.map(AsRef::as_ref).collect();
        let of_repo: Vec<&Desired> = resolved.desired.iter().map(AsRef::as_ref).collect();
        for one in contraries(candidate.org, &of_org, candidate.repo, &of_repo) {
            let message = format!(
                "{}/{}: `{}` ({}) is contrary to what the configuration `{}` enforces there ({})",
                candidate.org, candidate.repo.name, one.setting, one.repository, one.configuration, one.enforced
            );
            found.entry((one.repository, one.enforced)).or_insert_with(|| Diagnostic::error(Code::Conflict, message));
        }
    }
    found.into_values().collect()
}

/// Configurations of one organisation that take repositories from each other: each apply would move them anew.
fn rival(resolution: &Resolution, candidates: &[Candidate<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for resolved in &resolution.orgs {
        let of_org = candidates.iter().filter(|candidate| *candidate.org == resolved.org);
        let repositories: Vec<&Repository> = of_org.map(|candidate| candidate.repo).collect();
        for one in rivals(&resolved.org, &resolved.desired, &repositories) {
            let message = format!(
                "{}: the configurations `{}` ({}) and `{}` ({}) take {} from each other",
                resolved.org, one.first.0, one.first.1, one.second.0, one.second.1, one.what
            );
            found.push(Diagnostic::error(Code::Conflict, message));
        }
    }
    found
}

/// A workflow that one setting of a repository wants active and another disabled.
fn torn(resolution: &Resolution, candidates: &[Candidate<'_>]) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(Source, Source), Diagnostic> = BTreeMap::new();
    for resolved in &resolution.repos {
        let Some(candidate) = candidates.get(resolved.index) else { continue };
        let Some((path, wanted, disabled)) = torn_workflow(&resolved.desired) else { continue };
        let message = format!(
            "{}/{}: `scorecard` wants {path} active ({wanted}), and `workflows` wants it disabled ({disabled})",
            candidate.org, candidate.repo.name
        );
        found.entry((wanted, disabled)).or_insert_with(|| Diagnostic::error(Code::Conflict, message));
    }
    found.into_values().collect()
}

/// Values that the policy wants of a repository and that GitHub does not take together.
fn untaken(resolution: &Resolution, candidates: &[Candidate<'_>]) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(Option<Source>, Option<Source>), Diagnostic> = BTreeMap::new();
    for resolved in &resolution.repos {
        let Some(candidate) = candidates.get(resolved.index) else { continue };
        let wanted: Vec<&Desired> = resolved.desired.iter().map(AsRef::as_ref).collect();
        for torn in settings::torn(&wanted) {
            let places = torn.sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let message = format!("{}/{}: {} ({places})", candidate.org, candidate.repo.name, torn.message);
            let key = (torn.sources.first().cloned(), torn.sources.last().cloned());
            found.entry(key).or_insert_with(|| Diagnostic::error(Code::Conflict, message).help(torn.help));
        }
    }
    found.into_values().collect()
}
