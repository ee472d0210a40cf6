//! From a policy and the repositories that there are to what is desired of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Candidate, OrgCandidate, Policy, Resolution, ResolvedOrg, ResolvedRepo, Undetermined, Warning,
    matching::Answer,
    merge::{Clash, Gathered, Give},
    rule::{Entry, RawLeaf, Rule},
    section::nearest_leaf,
    shared::{Said, Shared},
    template::{Missing, Values},
    value::{Fill, is_regex},
};
use crate::{
    diagnostics::{Code, Diagnostic},
    model::{Org, Scope, Source, is_advisory_fork},
};

/// Where errors of the repositories are gathered: what is wrong in the same two places is told once, with the first
/// target and how many more there are.
#[derive(Debug, Default)]
struct Conflicts {
    found: Vec<(Diagnostic, String, usize)>,
}

impl Conflicts {
    fn add_all(&mut self, target: &str, found: Vec<Diagnostic>) {
        found.into_iter().for_each(|diagnostic| self.add(target, diagnostic));
    }

    fn add(&mut self, target: &str, diagnostic: Diagnostic) {
        let same = |(known, _, _): &&mut (Diagnostic, String, usize)| {
            known.place == diagnostic.place
                && known.related == diagnostic.related
                && known.message == diagnostic.message
        };
        match self.found.iter_mut().find(same) {
            Some((_, _, more)) => *more += 1,
            None => self.found.push((diagnostic, target.to_owned(), 0)),
        }
    }

    fn finish(self) -> Vec<Diagnostic> {
        let tell = |(mut diagnostic, target, more): (Diagnostic, String, usize)| {
            let others = if more == 0 { String::new() } else { format!(" and {more} more") };
            diagnostic.message = format!("{target}{others}: {}", diagnostic.message);
            diagnostic
        };
        self.found.into_iter().map(tell).collect()
    }
}

/// The work of one resolution: what has been rendered is kept, so that equal contents share one allocation.
struct Resolver<'p> {
    policy: &'p Policy,
    /// What is wrong with the target that is resolved.
    found: Vec<Diagnostic>,
    /// Rendered files that no repository's values entered, by name and organisation.
    by_org: BTreeMap<(&'p str, String), Arc<[u8]>>,
    contents: BTreeSet<Arc<[u8]>>,
}

impl Policy {
    /// What is desired of each organisation and repository.
    #[must_use]
    pub fn resolve(&self, orgs: &[OrgCandidate<'_>], repos: &[Candidate<'_>], as_of: Timestamp) -> Resolution {
        let mut resolution = Resolution::default();
        let mut resolver =
            Resolver { policy: self, found: Vec::new(), by_org: BTreeMap::new(), contents: BTreeSet::new() };
        let mut shared = Shared::new(self);
        let mut conflicts = Conflicts::default();
        let mut used = vec![false; self.rules.len()];
        let mut order: Vec<usize> = (0..repos.len()).filter(|at| !repos[*at].repo.is_advisory_fork()).collect();
        order.sort_by(|a, b| (repos[*a].org, &repos[*a].repo.name).cmp(&(repos[*b].org, &repos[*b].repo.name)));
        for index in order {
            let matched = self.matched(index, &repos[index], as_of, &mut resolution);
            matched.iter().for_each(|(rule, _)| used[*rule] = true);
            if !matched.is_empty() {
                let at = &repos[index];
                let values = Values { vars: &self.config.vars, org: at.org, repo: Some(at.repo) };
                let said = shared.said(&values, &matched, || resolver.target(Scope::Repo, &values, &matched));
                conflicts.add_all(&format!("{}/{}", at.org, at.repo.name), said.found);
                resolution.repos.push(ResolvedRepo { index, desired: said.desired, prune: said.prune });
            }
        }
        let mut names: Vec<&Org> = orgs.iter().map(|candidate| candidate.org).collect();
        names.sort();
        for org in names {
            let matched = self.rules_of_org(org);
            matched.iter().for_each(|(rule, _)| used[*rule] = true);
            let said = resolver.org(org, &matched);
            conflicts.add_all(org.as_str(), said.found);
            if !said.desired.is_empty() || !said.prune.is_empty() {
                resolution.orgs.push(ResolvedOrg { org: org.clone(), desired: said.desired, prune: said.prune });
            }
        }
        resolution.conflicts = conflicts.finish();
        self.warn_of_rules(&used, orgs, &mut resolution);
        self.warn_of_names(orgs, repos, &mut resolution);
        resolution
    }

    /// The rules that match a repository, each with whether it names it exactly.
    fn matched(
        &self,
        index: usize,
        at: &Candidate<'_>,
        as_of: Timestamp,
        resolution: &mut Resolution,
    ) -> Vec<(usize, bool)> {
        let mut matched = Vec::new();
        let mut undetermined = false;
        for (number, rule) in self.rules.iter().enumerate() {
            if rule.repo.is_none() || (at.repo.archived && !rule.reaches_archived()) {
                continue;
            }
            match rule.selector.matches(at, as_of) {
                Answer::Yes => matched.push((number, rule.selector.is_exact(at))),
                Answer::No => {}
                Answer::Unknown(reason, permission) => {
                    undetermined = true;
                    resolution.undetermined.push(Undetermined { index, rule: rule.name.clone(), reason, permission });
                }
            }
        }
        if matched.is_empty() && !undetermined && !at.repo.archived {
            resolution.unmatched.push(index);
        }
        matched
    }

    fn rules_of_org(&self, org: &Org) -> Vec<(usize, bool)> {
        let matches = |rule: &Rule| rule.org.is_some() && rule.selector.matches_org(org);
        self.rules.iter().enumerate().filter(|(_, rule)| matches(rule)).map(|(number, _)| (number, false)).collect()
    }

    /// Conflicts of organisations are certain without any reading: all organisations are known.
    pub(super) fn org_conflicts(&self) -> Vec<Diagnostic> {
        let orgs: Vec<OrgCandidate<'_>> = self.config.orgs.iter().map(|org| OrgCandidate { org }).collect();
        self.resolve(&orgs, &[], Timestamp::UNIX_EPOCH).conflicts
    }

    fn warn_of_rules(&self, used: &[bool], orgs: &[OrgCandidate<'_>], resolution: &mut Resolution) {
        for (rule, _) in self.rules.iter().zip(used).filter(|(_, used)| !**used) {
            let undetermined = resolution.undetermined.iter().any(|each| each.rule == rule.name);
            // An organisation that could not be listed may hold what the rule is for.
            let unlisted = |org: &&Org| !orgs.iter().any(|listed| listed.org == *org);
            let hidden = self.config.orgs.iter().filter(unlisted).any(|org| rule.selector.could_match_org(org));
            if !undetermined && !hidden {
                let message = format!("the rule `{}` matches nothing", rule.name);
                resolution.warnings.push(Warning { message, source: Some(rule.source.clone()) });
            }
        }
    }

    fn warn_of_names(&self, orgs: &[OrgCandidate<'_>], repos: &[Candidate<'_>], resolution: &mut Resolution) {
        for rule in self.rules.iter().filter(|rule| rule.repo.is_some()) {
            for (name, cond) in rule.selector.exact_names() {
                if !orgs.iter().any(|listed| *listed.org == name.org) || is_advisory_fork(name.name.as_str()) {
                    continue;
                }
                let source = Source { file: rule.file.clone(), line: self.sources.line(&cond.place) };
                let found = repos.iter().find(|at| *at.org == name.org && at.repo.name == name.name);
                match found {
                    None => resolution.exact_names_missing.push((name.clone(), source)),
                    Some(at) if at.repo.archived && !rule.reaches_archived() => {
                        let message = format!("the rule `{}` names `{name}`, which is archived", rule.name);
                        resolution.warnings.push(Warning { message, source: Some(source) });
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

impl<'p> Resolver<'p> {
    fn org(&mut self, org: &Org, matched: &[(usize, bool)]) -> Said {
        let values = Values { vars: &self.policy.config.vars, org, repo: None };
        self.target(Scope::Org, &values, matched)
    }

    fn target(&mut self, scope: Scope, values: &Values<'_>, matched: &[(usize, bool)]) -> Said {
        let policy = self.policy;
        let mut gathered = Gathered::new();
        for (number, exact) in matched {
            let Some(rule) = policy.rules.get(*number) else { continue };
            let Some(section) = rule.section(scope) else { continue };
            for entry in &section.entries {
                self.check(entry, values);
                for (path, leaf) in &entry.leaves {
                    if let Some(give) = self.give((*number, rule, *exact), leaf, values) {
                        gathered.give(entry.shape, entry.name.as_deref(), path, give);
                    }
                }
            }
            for (key, leaf) in &section.prune {
                gathered.give_prune(key, plain((*number, rule, *exact), leaf));
            }
        }
        let merged = gathered.merge(&policy.beats);
        self.found.extend(merged.clashes.iter().map(tell));
        Said { desired: merged.desired, prune: merged.prune, found: std::mem::take(&mut self.found) }
    }

    /// Asks the setting about what a rule says once it is filled in. What has no placeholders it has been asked already.
    fn check(&mut self, entry: &'p Entry, values: &Values<'_>) {
        if entry.leaves.values().all(|raw| raw.fill == Fill::No || raw.template.is_some()) {
            return;
        }
        let mut desired = super::alone::desired(entry);
        for (path, raw) in &entry.leaves {
            if let (Some(leaf), Ok(value)) = (desired.fields.get_mut(path), fill(&raw.value, raw.fill, values)) {
                leaf.value = value;
            }
        }
        for problem in (entry.shape.check)(&desired.to_json()) {
            let Some(raw) = nearest_leaf(&entry.leaves, &problem.path).filter(|raw| raw.fill != Fill::No) else {
                continue;
            };
            let message = format!("{}: filled in there, {}", entry.setting(), problem.message);
            let diagnostic = Diagnostic::error(Code::Setting, message).at(raw.place.clone());
            self.found.push(diagnostic.maybe_help(problem.help));
        }
    }

    /// Fills in the templates of one leaf.
    fn give(&mut self, rule: (usize, &'p Rule, bool), leaf: &'p RawLeaf, values: &Values<'_>) -> Option<Give<'p>> {
        let mut give = plain(rule, leaf);
        let filled = match &leaf.template {
            Some(name) => self.file(name, values).map(|bytes| give.rendered = bytes),
            None if leaf.fill == Fill::No => Ok(()),
            None => fill(&leaf.value, leaf.fill, values).map(|value| give.value = value),
        };
        match filled {
            Ok(()) => Some(give),
            Err(missing) => {
                let message = format!("`{}` has no value there, and a template needs it", missing.0);
                let diagnostic = Diagnostic::error(Code::NoValue, message).at(leaf.place.clone());
                self.found.push(diagnostic.help("exclude it in `[match.not]`, or write the value out"));
                None
            }
        }
    }

    /// Fills in a file; equal contents share one allocation.
    fn file(&mut self, name: &'p str, values: &Values<'_>) -> Result<Option<Arc<[u8]>>, Missing> {
        let Some(template) = self.policy.templates.get(name) else { return Ok(None) };
        let key = (name, values.org.folded());
        if let Some(known) = self.by_org.get(&key) {
            return Ok(Some(known.clone()));
        }
        let bytes = values.fill_bytes(&template.bytes)?;
        let shared = match self.contents.get(bytes.as_slice()) {
            Some(known) => known.clone(),
            None => {
                let new: Arc<[u8]> = bytes.into();
                self.contents.insert(new.clone());
                new
            }
        };
        if !template.uses_repo {
            self.by_org.insert(key, shared.clone());
        }
        Ok(Some(shared))
    }
}

fn plain<'p>((number, rule, exact): (usize, &'p Rule, bool), leaf: &'p RawLeaf) -> Give<'p> {
    Give { rule: number, rule_name: &rule.name, exact, leaf, value: leaf.value.clone(), rendered: None }
}

/// Fills in the texts of a value.
fn fill(value: &Value, how: Fill, values: &Values<'_>) -> Result<Value, Missing> {
    Ok(match value {
        Value::String(text) if how == Fill::NotRegexes && is_regex(text) => value.clone(),
        Value::String(text) => Value::String(values.fill(text)?),
        Value::Array(list) => Value::Array(list.iter().map(|each| fill(each, how, values)).collect::<Result<_, _>>()?),
        Value::Object(object) => Value::Object(
            object.iter().map(|(key, each)| Ok((key.clone(), fill(each, how, values)?))).collect::<Result<_, _>>()?,
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

/// A conflict as a diagnostic that shows both places.
pub(super) fn tell(clash: &Clash<'_>) -> Diagnostic {
    let says = |give: &Give<'_>| format!("`{}` says {}", give.rule_name, short(&give.value));
    let message =
        format!("`{}` and `{}` give different values to `{}`", clash.one.rule_name, clash.other.rule_name, clash.field);
    Diagnostic::error(Code::Conflict, message)
        .at(clash.one.leaf.place.clone())
        .label(says(&clash.one))
        .related(clash.other.leaf.place.clone(), says(&clash.other))
        .help("let one rule name the other in `overrides`, or make their matches exclude each other")
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
