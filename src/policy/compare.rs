//! What a new policy says otherwise than the one before it, beside what that changes in repositories: raised limits, new
//! waivers, new organisations, weaker modes. A reviewer wants to see these first.

use std::{collections::BTreeMap, fmt};

use super::{
    Coverage, Policy, Share, Waiver, WaiverTarget,
    rule::{RawLeaf, Rule, address},
};
use crate::model::{Gate, Mode, Scope, Source};

/// How the policy itself changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// An entry of `api` is new or changed: ordain would call what no setting of the catalogue describes.
    Api,
    /// An organisation is added.
    OrganisationAdded,
    /// An organisation is no longer looked after.
    OrganisationRemoved,
    /// A limit is higher, or gone.
    LimitRaised,
    /// A saved plan may be older.
    MaxAgeRaised,
    /// Repositories that no rule matches are told less loudly.
    CoverageWeakened,
    /// A waiver is new.
    WaiverAdded,
    /// A waiver holds longer.
    WaiverExtended,
    /// What was changed is only reported.
    ModeWeakened,
    /// A change no longer waits for a gate.
    GateRemoved,
    /// A rule overrides another that it did not override before.
    OverrideAdded,
    /// A rule is gone.
    RuleRemoved,
    /// A variable of templates has another value.
    VariableChanged,
}

impl ChangeKind {
    /// The word of the formats.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::OrganisationAdded => "organisation_added",
            Self::OrganisationRemoved => "organisation_removed",
            Self::LimitRaised => "limit_raised",
            Self::MaxAgeRaised => "max_age_raised",
            Self::CoverageWeakened => "coverage_weakened",
            Self::WaiverAdded => "waiver_added",
            Self::WaiverExtended => "waiver_extended",
            Self::ModeWeakened => "mode_weakened",
            Self::GateRemoved => "gate_removed",
            Self::OverrideAdded => "override_added",
            Self::RuleRemoved => "rule_removed",
            Self::VariableChanged => "variable_changed",
        }
    }
}

/// One way in which the policy itself changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// In which way.
    pub kind: ChangeKind,
    /// For a person, without a full stop.
    pub message: String,
    /// Where in the new policy; in the old one where something is gone.
    pub source: Option<Source>,
}

/// What `new` says otherwise than `old`, the gravest first.
#[must_use]
pub fn compare(old: &Policy, new: &Policy) -> Vec<Changed> {
    let mut list = List(Vec::new());
    organisations(old, new, &mut list);
    limits(old, new, &mut list);
    waivers(old, new, &mut list);
    rules(old, new, &mut list);
    for (name, value) in &new.config.vars {
        if let Some(before) = old.config.vars.get(name).filter(|before| *before != value) {
            list.add(ChangeKind::VariableChanged, format!("vars.{name}: `{before}` → `{value}`"), of_config());
        }
    }
    list.0.sort();
    list.0.dedup();
    list.0
}

struct List(Vec<Changed>);

impl List {
    fn add(&mut self, kind: ChangeKind, message: String, source: Option<Source>) {
        self.0.push(Changed { kind, message, source });
    }
}

fn of_config() -> Option<Source> {
    Some(Source { file: "policy.toml".to_owned(), line: 1 })
}

fn organisations(old: &Policy, new: &Policy, list: &mut List) {
    for org in new.config.orgs.iter().filter(|org| !old.config.orgs.contains(org)) {
        list.add(ChangeKind::OrganisationAdded, format!("the organisation {org} is added"), of_config());
    }
    for org in old.config.orgs.iter().filter(|org| !new.config.orgs.contains(org)) {
        list.add(
            ChangeKind::OrganisationRemoved,
            format!("the organisation {org} is no longer looked after"),
            of_config(),
        );
    }
}

fn limits(old: &Policy, new: &Policy, list: &mut List) {
    let (was, now) = (old.config.limits, new.config.limits);
    let counts = [
        ("changes", was.changes, now.changes),
        ("deletions", Some(was.deletions), Some(now.deletions)),
        ("loosening", Some(was.loosening), Some(now.loosening)),
        ("pull_requests", Some(was.pull_requests), Some(now.pull_requests)),
    ];
    for (name, was, now) in counts {
        if was.is_some_and(|was| now.is_none_or(|now| now > was)) {
            list.add(ChangeKind::LimitRaised, format!("[limits] {name}: {} → {}", told(was), told(now)), of_config());
        }
    }
    let raised = match (was.repositories, now.repositories) {
        (Some(Share::Count(was)), Some(Share::Count(now))) => now > was,
        (Some(Share::Percent(was)), Some(Share::Percent(now))) => now > was,
        // A number and a share cannot be compared, so a person should.
        (Some(_), other) => other != was.repositories,
        (None, _) => false,
    };
    if raised {
        let message = format!("[limits] repositories: {} → {}", told(was.repositories), told(now.repositories));
        list.add(ChangeKind::LimitRaised, message, of_config());
    }
    let (was, now) = (old.config.max_age, new.config.max_age);
    if now > was {
        list.add(ChangeKind::MaxAgeRaised, format!("[plans] max_age: {was:#} → {now:#}"), of_config());
    }
    let loud = |coverage: Coverage| match coverage {
        Coverage::Violation => 2,
        Coverage::Warn => 1,
        Coverage::Ignore => 0,
    };
    if loud(new.config.coverage) < loud(old.config.coverage) {
        let message = "repositories that no rule matches are told less loudly ([coverage] unmatched)".to_owned();
        list.add(ChangeKind::CoverageWeakened, message, of_config());
    }
}

fn told<T: fmt::Display>(limit: Option<T>) -> String {
    limit.map_or_else(|| "no limit".to_owned(), |limit| limit.to_string())
}

fn waivers(old: &Policy, new: &Policy, list: &mut List) {
    let is_same = |a: &Waiver, b: &Waiver| a.target == b.target && a.setting == b.setting;
    for waiver in &new.waivers {
        let target = match &waiver.target {
            WaiverTarget::Repo(pattern) => pattern.to_string(),
            WaiverTarget::Org(pattern) => pattern.to_string(),
        };
        let (kind, what) = match old.waivers.iter().find(|one| is_same(one, waiver)) {
            None => (ChangeKind::WaiverAdded, "a new waiver"),
            // None is for ever.
            Some(was) if was.expires.is_some_and(|was| waiver.expires.is_none_or(|now| now > was)) => {
                (ChangeKind::WaiverExtended, "a waiver that holds longer")
            }
            Some(_) => continue,
        };
        let until = waiver.expires.map_or_else(|| "for ever".to_owned(), |day| format!("until {day}"));
        let message = format!("{what}: {} of {target}, {until}: {}", waiver.setting, waiver.reason);
        list.add(kind, message, Some(waiver.source.clone()));
    }
}

/// The leaves of a rule, by address.
fn leaves(rule: &Rule) -> BTreeMap<(Scope, String), (&'static str, &RawLeaf)> {
    let mut leaves = BTreeMap::new();
    for scope in [Scope::Repo, Scope::Org] {
        for entry in rule.section(scope).into_iter().flat_map(|section| &section.entries) {
            for (path, leaf) in &entry.leaves {
                let address = address(entry.shape.key, entry.name.as_deref(), path);
                leaves.insert((scope, address), (entry.shape.key, leaf));
            }
        }
    }
    leaves
}

fn rules(old: &Policy, new: &Policy, list: &mut List) {
    for was in &old.rules {
        match new.rules.iter().find(|rule| rule.name == was.name) {
            None => list.add(ChangeKind::RuleRemoved, format!("{} is gone", was.name), Some(was.source.clone())),
            Some(now) => rule(was, now, list),
        }
    }
    for now in &new.rules {
        let before = old.rules.iter().find(|rule| rule.name == now.name);
        let known = before.map(leaves).unwrap_or_default();
        for (at, (_, leaf)) in leaves(now).into_iter().filter(|(_, (key, _))| *key == "api") {
            if known.get(&at).is_none_or(|(_, was)| was.value != leaf.value) {
                let message = format!("{}: {} is new or changed", now.name, at.1);
                list.add(ChangeKind::Api, message, Some(leaf.source.clone()));
            }
        }
        for (name, _) in &now.overrides {
            if before.is_some_and(|was| !was.overrides.iter().any(|(known, _)| known == name)) {
                let message = format!("{} overrides {name} now", now.name);
                list.add(ChangeKind::OverrideAdded, message, Some(now.source.clone()));
            }
        }
    }
}

fn rule(was: &Rule, now: &Rule, list: &mut List) {
    if was.mode == Mode::Enforce && now.mode == Mode::Audit {
        let message = format!("{} only reports now, and changes nothing", now.name);
        list.add(ChangeKind::ModeWeakened, message, Some(now.source.clone()));
    }
    let before = leaves(was);
    for (at, (_, leaf)) in leaves(now) {
        let Some((_, was_leaf)) = before.get(&at) else { continue };
        let weaker = was_leaf.mode == Mode::Enforce && leaf.mode == Mode::Audit;
        if weaker && now.mode == was.mode {
            let message = format!("{}: {} is only reported now, and not changed", now.name, at.1);
            list.add(ChangeKind::ModeWeakened, message, Some(leaf.source.clone()));
        }
        let kept: Vec<&Gate> = leaf.requires.iter().map(|(gate, _)| gate).collect();
        for (gate, _) in was_leaf.requires.iter().filter(|(gate, _)| !kept.contains(&gate)) {
            let message = format!("{}: {} no longer waits for {gate}", now.name, at.1);
            list.add(ChangeKind::GateRemoved, message, Some(leaf.source.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fixtures::parse, *};

    const RULE: &str = "[repo]\nprivate_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n[repo.security_policy]\ncontact = \"a\"\n";

    fn told(old: &[(&str, &str)], new: &[(&str, &str)]) -> Vec<String> {
        compare(&parse(old), &parse(new))
            .into_iter()
            .map(|one| format!("{}: {}", one.kind.as_str(), one.message))
            .collect()
    }

    #[test]
    fn the_same_policy_changes_nothing() {
        assert_eq!(told(&[("rules/a.toml", RULE)], &[("rules/a.toml", RULE)]), [""; 0]);
    }

    #[test]
    fn raised_limits_new_organisations_and_variables_are_told_and_lowered_limits_are_not() {
        let old = "version = 1\norgs = [\"a\", \"c\"]\n[vars]\nx = \"1\"\n[limits]\nchanges = 5\ndeletions = 2\nrepositories = \"10%\"\n";
        let new = "version = 1\norgs = [\"a\", \"b\"]\n[vars]\nx = \"2\"\n[limits]\ndeletions = 1\nloosening = 3\nrepositories = 7\n";
        let told =
            told(&[("policy.toml", old), ("rules/a.toml", RULE)], &[("policy.toml", new), ("rules/a.toml", RULE)]);
        assert_eq!(
            told,
            [
                "organisation_added: the organisation b is added",
                "organisation_removed: the organisation c is no longer looked after",
                "limit_raised: [limits] changes: 5 → no limit",
                "limit_raised: [limits] loosening: 0 → 3",
                "limit_raised: [limits] repositories: 10% → 7",
                "variable_changed: vars.x: `1` → `2`",
            ]
        );
    }

    #[test]
    fn weaker_rules_and_new_waivers_are_told() {
        let waiver = |day: &str| {
            format!("[[waiver]]\nrepo = \"*\"\nsetting = \"security_policy\"\nreason = \"r\"\nexpires = {day}\n")
        };
        let weaker = "[repo]\nprivate_vulnerability_reporting = { value = true, mode = \"audit\" }\n[repo.security_policy]\ncontact = \"a\"\n";
        let both = [("rules/a.toml", RULE), ("rules/b.toml", "[repo]\ndependabot_alerts = true\n")];
        let audit = format!("mode = \"audit\"\n{RULE}");
        assert_eq!(
            told(&both, &[("rules/a.toml", weaker)]),
            [
                "mode_weakened: rules/a: private_vulnerability_reporting is only reported now, and not changed",
                "gate_removed: rules/a: private_vulnerability_reporting no longer waits for security_policy",
                "rule_removed: rules/b is gone",
            ]
        );
        assert_eq!(
            told(&[("rules/a.toml", RULE)], &[("rules/a.toml", &audit)]),
            ["mode_weakened: rules/a only reports now, and changes nothing"]
        );
        let (first, later) = (waiver("2027-01-01"), waiver("2027-02-01"));
        let with = |text: &'static str| ("waivers.toml", text);
        let (first, later): (&'static str, &'static str) = (first.leak(), later.leak());
        assert_eq!(told(&[("rules/a.toml", RULE)], &[("rules/a.toml", RULE), with(first)]).len(), 1);
        let longer = told(&[("rules/a.toml", RULE), with(first)], &[("rules/a.toml", RULE), with(later)]);
        assert!(longer[0].starts_with("waiver_extended: "), "{longer:?}");
        assert_eq!(told(&[("rules/a.toml", RULE), with(later)], &[("rules/a.toml", RULE), with(first)]), [""; 0]);
    }
}
