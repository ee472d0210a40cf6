//! Somebody has decided, for every field of every setting, which change of it makes the target safer.
//!
//! * A field whose direction is `Judged` is decided by code. It needs probes that show at least two directions: a state, a rule,
//!   and the effect that the plan of the real binary tells. Where it can move one way only, [`one_way`] says why.
//! * A field that is `Neutral` stands in the list `NEUTRAL`, so that nobody leaves it neutral by not thinking.
//! * A field that is `True` or `False` is held against the plans of all cases: see [`told_as_declared`].
//!
//! The lines of repositories' settings are in `repo.rs`, those of organisations' in `org.rs`, each sorted by setting; the probes of
//! larger areas are in files of their own. A setting that is only observed needs none.

mod access;
mod actions;
mod org;
mod repo;
mod rules;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use ordain::{
    model::{Field, Kind, Scope, Shape, Tightens},
    settings::{SETTINGS, find},
};
use serde_json::Value;

use crate::support::{Lab, OrgState, state};

pub(super) const TIGHTENING: &str = "tightening";
pub(super) const LOOSENING: &str = "loosening";
pub(super) const NEUTRAL: &str = "neutral";

/// One line: what is so, what the policy says, and which way the change goes.
pub(super) struct Probe {
    key: &'static str,
    field: &'static str,
    state: OrgState,
    rule: String,
    /// The change that is looked at: the setting's address without the target.
    change: String,
    effect: &'static str,
}

/// A field that can move in one direction only, and why.
pub(super) struct OneWay {
    key: &'static str,
    field: &'static str,
    why: &'static str,
}

/// A probe. `rule` is the part of a rule below its `[match]`; `change` the address of the change, without the target.
pub(super) fn probe(
    key: &'static str,
    field: &'static str,
    state: OrgState,
    rule: impl Into<String>,
    change: impl Into<String>,
    effect: &'static str,
) -> Probe {
    Probe { key, field, state, rule: rule.into(), change: change.into(), effect }
}

/// Says that a field can move in one direction only, or in none; `why` is for people.
pub(super) fn one_way(key: &'static str, field: &'static str, why: &'static str) -> OneWay {
    OneWay { key, field, why }
}

/// What a file of this folder holds.
struct Lines {
    scope: Scope,
    file: &'static str,
    probes: Vec<Probe>,
    one_way: Vec<OneWay>,
    neutral: &'static [(&'static str, &'static str)],
}

fn lines() -> [Lines; 2] {
    let (repo, org) = ("tests/suite/settings/directions/repo.rs", "tests/suite/settings/directions/org.rs");
    [
        Lines {
            scope: Scope::Repo,
            file: repo,
            probes: repo::probes(),
            one_way: repo::one_way(),
            neutral: repo::NEUTRAL,
        },
        Lines { scope: Scope::Org, file: org, probes: org::probes(), one_way: org::one_way(), neutral: org::NEUTRAL },
    ]
}

/// The fields of a setting by dotted path, with their directions. A bare value is `value`.
fn fields(shape: &Shape) -> Vec<(String, Tightens)> {
    let mut found = Vec::new();
    walk(shape.kind, shape.tightens, "", &mut found);
    shape.extra.iter().for_each(|field| walk(field.kind, field.tightens, field.key, &mut found));
    found
}

fn walk(kind: Kind, tightens: Tightens, path: &str, found: &mut Vec<(String, Tightens)>) {
    let below = |inner: &'static [Field], found: &mut Vec<(String, Tightens)>| {
        for field in inner {
            let dot = if path.is_empty() { "" } else { "." };
            walk(field.kind, field.tightens, &format!("{path}{dot}{}", field.key), found);
        }
    };
    if let Kind::Table(inner) = kind {
        return below(inner, found);
    }
    found.push((if path.is_empty() { "value".to_owned() } else { path.to_owned() }, tightens));
    if let Kind::Either(kinds) = kind {
        kinds.iter().for_each(|kind| {
            if let Kind::Table(inner) = kind {
                below(inner, found);
            }
        });
    }
}

/// Every field of the settings of a scope that can be written.
fn all_fields(scope: Scope) -> Vec<(&'static str, String, Tightens)> {
    let metas = SETTINGS.iter().map(|setting| setting.meta());
    let written = metas.filter(|meta| meta.shape.scope == scope && !meta.writes.is_empty());
    written
        .flat_map(|meta| fields(&meta.shape).into_iter().map(|(field, tightens)| (meta.shape.key, field, tightens)))
        .collect()
}

#[test]
fn every_direction_is_decided() {
    let mut missing = String::new();
    for lines in lines() {
        let mut add = String::new();
        for (key, field, tightens) in all_fields(lines.scope) {
            let is = |other: (&str, &str)| other == (key, field.as_str());
            let shown: BTreeSet<&str> =
                lines.probes.iter().filter(|probe| is((probe.key, probe.field))).map(|probe| probe.effect).collect();
            let excused = lines.one_way.iter().any(|one| is((one.key, one.field)) && !one.why.is_empty());
            let wanted = match tightens {
                Tightens::Judged if shown.len() < 2 && !excused => format!(
                    "    probe(\"{key}\", \"{field}\", STATE, RULE, \"{key}…\", {}),\n",
                    if shown.contains(TIGHTENING) { "LOOSENING" } else { "TIGHTENING, and one more the other way" }
                ),
                Tightens::Neutral if !lines.neutral.iter().any(|one| is(*one)) => {
                    format!("    (\"{key}\", \"{field}\"),   in NEUTRAL, if no change of it is safer or weaker\n")
                }
                _ => continue,
            };
            add.push_str(&wanted);
        }
        if !add.is_empty() {
            let _ = write!(missing, "\nadd to {}, sorted by setting:\n{add}", lines.file);
        }
    }
    assert!(missing.is_empty(), "nobody has decided which change of these fields is safer:\n{missing}");
}

#[test]
fn no_line_is_about_a_field_that_is_not_there() {
    for lines in lines() {
        let known: BTreeMap<(&str, String), Tightens> =
            all_fields(lines.scope).into_iter().map(|(key, field, tightens)| ((key, field), tightens)).collect();
        let named = lines.probes.iter().map(|probe| (probe.key, probe.field));
        let named = named.chain(lines.one_way.iter().map(|one| (one.key, one.field)));
        for (key, field) in named.clone().chain(lines.neutral.iter().copied()) {
            assert!(known.contains_key(&(key, field.to_owned())), "{}: no field {key} {field}", lines.file);
        }
        for (key, field) in lines.neutral {
            let tightens = known.get(&(*key, (*field).to_owned()));
            assert_eq!(tightens, Some(&Tightens::Neutral), "{}: {key} {field} is not neutral", lines.file);
        }
        let keys: Vec<&str> = lines.probes.iter().map(|probe| probe.key).collect();
        assert!(keys.is_sorted(), "{}: the probes are not sorted by setting", lines.file);
        assert!(lines.neutral.is_sorted(), "{}: NEUTRAL is not sorted", lines.file);
    }
}

/// Every probe is an organisation of its own, so that one plan answers them all.
#[test]
fn every_probe_moves_as_it_says() {
    for lines in lines() {
        let name = |at: usize| format!("probe-{at}");
        let orgs = lines.probes.iter().enumerate().map(|(at, probe)| probe.state.clone().called(&name(at)));
        let lab = Lab::new(&state(orgs));
        let rules: Vec<(String, String)> = lines
            .probes
            .iter()
            .enumerate()
            .map(|(at, probe)| {
                (format!("rules/{}.toml", name(at)), format!("[match]\norg = \"{}\"\n{}", name(at), probe.rule))
            })
            .collect();
        let mut files: Vec<(&str, &str)> = rules.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        files.push(("files/probe.txt", "wanted\n"));
        files.push(("files/SECURITY.md", "Write to sec@probe.test.\n"));
        files.push(("files/scorecard.yml", include_str!("../../../../policy/files/scorecard.yml")));
        lab.write_policy(&files);
        let plan = lab.plan_with(&["--all"]);
        let mut wrong = String::new();
        for (at, probe) in lines.probes.iter().enumerate() {
            let of_probe = |one: &&Value| one["org"] == name(at).as_str() && one["setting"] == probe.change.as_str();
            let what = format!("{}: {} {}, planned as {}", lines.file, probe.key, probe.field, probe.change);
            let Some(change) = plan.changes().iter().find(of_probe) else {
                let found: Vec<_> = plan.findings().iter().filter(|one| one["org"] == name(at).as_str()).collect();
                let _ = writeln!(wrong, "{what}: no change; found {found:#?}");
                continue;
            };
            assert_eq!(change["key"], probe.key, "{what}");
            if change["effect"] != probe.effect {
                let _ = writeln!(wrong, "{what}: not {}: {change:#}", probe.effect);
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }
}

/// Holds what a plan tells of bare bools and parts that are bools against the direction that their shapes declare.
pub(super) fn told_as_declared(change: &Value) {
    let scope = if change["repo"].is_null() { Scope::Org } else { Scope::Repo };
    let Some(setting) = find(scope, change["key"].as_str().unwrap_or_default()) else { return };
    let part = change["part"].as_str().unwrap_or("value");
    let (Some(before), Some(after)) = (change["before"].as_bool(), change["after"].as_bool()) else { return };
    let declared = fields(&setting.meta().shape).into_iter().find(|(field, _)| field == part);
    let safer = match declared.map(|(_, tightens)| tightens) {
        Some(Tightens::True) => true,
        Some(Tightens::False) => false,
        Some(Tightens::Neutral) => return assert_eq!(change["effect"], NEUTRAL, "{change:#}"),
        Some(Tightens::Judged) | None => return,
    };
    assert_ne!(before, after, "{change:#}");
    assert_eq!(change["effect"], if after == safer { TIGHTENING } else { LOOSENING }, "{change:#}");
}
