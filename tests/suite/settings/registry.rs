//! What must hold of the descriptions of all settings.

use std::collections::{BTreeMap, BTreeSet};

use ordain::{
    model::{Field, Kind, Scope},
    policy::{Policy, PolicyFiles},
    settings::{Meta, SETTINGS, catalogue, find},
    sim::generate,
};

use crate::support::Lab;

fn metas() -> impl Iterator<Item = &'static Meta> {
    SETTINGS.iter().map(|setting| setting.meta())
}

#[test]
fn keys_are_unique_and_found() {
    let keys: BTreeSet<_> = metas().map(|meta| (meta.shape.scope, meta.shape.key)).collect();
    assert_eq!(keys.len(), SETTINGS.len());
    for (scope, key) in keys {
        assert_eq!(find(scope, key).map(|setting| setting.meta().shape.key), Some(key));
    }
}

#[test]
fn what_comes_first_exists_and_never_goes_round() {
    let after: BTreeMap<(Scope, &str), &[&str]> =
        metas().map(|meta| ((meta.shape.scope, meta.shape.key), meta.after)).collect();
    for (scope, key) in after.keys() {
        let mut ahead: Vec<&str> = after[&(*scope, *key)].to_vec();
        let mut seen = BTreeSet::new();
        while let Some(next) = ahead.pop() {
            assert_ne!(next, *key, "{key} comes after itself");
            let more =
                after.get(&(*scope, next)).unwrap_or_else(|| panic!("{key} comes after {next}, which is no setting"));
            if seen.insert(next) {
                ahead.extend(*more);
            }
        }
    }
}

#[test]
fn everything_is_described() {
    for meta in metas() {
        let key = meta.shape.key;
        for (what, text) in [("title", meta.title), ("docs", meta.docs), ("example", meta.example)] {
            assert!(!text.trim().is_empty(), "{key}: no {what}");
        }
        assert!(!meta.reads.is_empty(), "{key}: no permissions");
        assert!(meta.writes.is_empty() == meta.calls.is_empty(), "{key}: calls need permissions, and the reverse");
        for permission in meta.reads.iter().chain(meta.writes) {
            let level = permission.rsplit(':').next().unwrap_or_default();
            assert!(["read", "write", "admin"].contains(&level), "{key}: {permission}");
        }
        let mut fields = BTreeSet::new();
        each_field(meta.shape.kind, &mut |field| {
            assert!(!field.doc.trim().is_empty(), "{key}.{}: no docs", field.key);
            assert!(fields.insert(field.key) || meta.shape.keyed.is_some(), "{key}.{} is there twice", field.key);
        });
        for (field, call) in meta.calls {
            assert!(!field.is_empty() && !call.is_empty(), "{key}");
        }
        for part in meta.shape.parts {
            assert!(part.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{key}.{part}");
        }
    }
}

fn each_field(kind: Kind, see: &mut dyn FnMut(&Field)) {
    if let Kind::Table(fields) = kind {
        for field in fields {
            see(field);
            each_field(field.kind, see);
        }
    }
}

/// A policy out of nothing but the example of a setting; templates that it names are there.
fn example(meta: &Meta) -> Vec<(&'static str, String)> {
    vec![("rules/example.toml", meta.example.to_owned())]
}

#[test]
fn every_example_is_a_rule() {
    for meta in metas() {
        let mut files = PolicyFiles::default();
        files.files.insert("policy.toml".into(), b"version = 1\norgs = [\"example-org\"]\n".to_vec());
        for (path, text) in example(meta) {
            files.files.insert(path.to_owned(), text.into_bytes());
        }
        // The example of code_security names a gate that another rule supplies.
        let gate = "[repo.security_policy]\ncontact = \"security@example.org\"\n";
        if !meta.example.contains("[repo.security_policy]") {
            files.files.insert("rules/gates.toml".into(), gate.as_bytes().to_vec());
        }
        let parsed = Policy::parse(&files, &catalogue());
        assert!(parsed.is_ok(), "{}: {:?}", meta.shape.key, parsed.err().map(|rejected| rejected.diagnostics));
        let named = parsed.expect("just seen").settings();
        assert!(named.contains(&(meta.shape.scope, meta.shape.key)), "{}", meta.shape.key);
    }
}

#[test]
fn every_example_is_planned_against_a_made_organisation() {
    let lab = Lab::new(&generate(40, 7));
    for meta in metas() {
        let rule = meta.example;
        let gate = "[repo.security_policy]\ncontact = \"security@example.org\"\n";
        let mut files = vec![("rules/example.toml", rule)];
        if !rule.contains("[repo.security_policy]") {
            files.push(("rules/gates.toml", gate));
        }
        lab.write_policy(&files);
        let plan = lab.plan_with(&["--all"]);
        let told = plan.changes().iter().chain(plan.findings()).any(|one| one["key"] == meta.shape.key);
        assert!(told, "{}: nothing is said of it\n{}", meta.shape.key, plan.text());
    }
}
