//! A small catalogue of settings and a few helpers for the tests of this folder.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Candidate, OrgCandidate, Policy, PolicyFiles, Rejected, Resolution};
use crate::{
    diagnostics::render,
    model::{Desired, Field, Keyed, Kind, Org, Problem, Reading, Repository, Scope, Shape, Tightens},
};

const fn field(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, doc: "A field.", tightens: Tightens::True }
}

const fn shape(key: &'static str, scope: Scope, kind: Kind) -> Shape {
    Shape { key, scope, keyed: None, kind, tightens: Tightens::Neutral, extra: &[], parts: &[], check: Shape::no_check }
}

const fn keyed(what: &'static str, name: Kind, prune: bool) -> Option<Keyed> {
    Some(Keyed { what, name, prune })
}

const WORDS: Kind = Kind::OneOf(&["enabled", "disabled", "not_set"]);

static SHAPES: &[Shape] = &[
    shape("private_vulnerability_reporting", Scope::Repo, Kind::Bool),
    shape("dependabot_alerts", Scope::Repo, Kind::Bool),
    shape("archived", Scope::Repo, Kind::Bool),
    shape("description", Scope::Repo, Kind::Text),
    Shape { extra: &[field("paused", Kind::Bool)], ..shape("dependabot_security_updates", Scope::Repo, Kind::Bool) },
    Shape {
        parts: &["enabled", "push_protection"],
        ..shape(
            "secret_scanning",
            Scope::Repo,
            Kind::Table(&[field("enabled", Kind::Bool), field("push_protection", Kind::Bool)]),
        )
    },
    shape(
        "security_policy",
        Scope::Repo,
        Kind::Table(&[
            field("contact", Kind::Text),
            field("contains", Kind::List(&Kind::TextOrRegex)),
            field("inherit", Kind::Bool),
            field("template", Kind::Template),
        ]),
    ),
    Shape {
        parts: &["installed", "active"],
        ..shape(
            "scorecard",
            Scope::Repo,
            Kind::Table(&[
                field("workflow", Kind::RepoPath),
                field("active", Kind::Bool),
                field("succeeded_within", Kind::Duration),
            ]),
        )
    },
    Shape {
        keyed: keyed("path", Kind::RepoPath, false),
        check: check_file,
        ..shape(
            "files",
            Scope::Repo,
            Kind::Table(&[
                field("template", Kind::Template),
                field("content", Kind::Text),
                field("ensure", Kind::OneOf(&["exact", "present", "contains", "absent"])),
            ]),
        )
    },
    Shape {
        keyed: keyed("label name", Kind::Text, true),
        ..shape("labels", Scope::Repo, Kind::Table(&[field("color", Kind::Text), field("description", Kind::Text)]))
    },
    Shape { keyed: keyed("team", Kind::Text, true), ..shape("teams", Scope::Repo, Kind::Text) },
    Shape {
        keyed: keyed("ruleset name", Kind::Text, true),
        ..shape(
            "rulesets",
            Scope::Repo,
            Kind::Table(&[
                field("enforcement", Kind::OneOf(&["active", "disabled"])),
                field("bypass_actors", Kind::Map(&Kind::OneOf(&["always", "pull_request"]))),
                field("rules", Kind::Map(&Kind::Any)),
            ]),
        )
    },
    shape("custom_properties", Scope::Repo, Kind::Map(&Kind::Either(&[Kind::Text, Kind::List(&Kind::Text)]))),
    shape(
        "interaction_limit",
        Scope::Repo,
        Kind::Either(&[
            Kind::OneOf(&["existing_users"]),
            Kind::Table(&[field("limit", Kind::OneOf(&["existing_users"])), field("expiry", Kind::Text)]),
        ]),
    ),
    Shape {
        keyed: keyed("configuration name", Kind::Text, false),
        ..shape(
            "code_security",
            Scope::Org,
            Kind::Table(&[
                field("description", Kind::Text),
                field("private_vulnerability_reporting", WORDS),
                field("dependabot_alerts", WORDS),
                field("enforcement", Kind::OneOf(&["enforced", "unenforced"])),
                field("attach", Kind::Either(&[Kind::OneOf(&["all", "public"]), Kind::List(&Kind::Glob)])),
                field("attach_requires", Kind::List(&Kind::Gate)),
                field("default_for_new_repos", Kind::OneOf(&["all", "public", "none"])),
            ]),
        )
    },
    shape(
        "security_managers",
        Scope::Org,
        Kind::Either(&[Kind::List(&Kind::Text), Kind::Table(&[field("min", Kind::Integer { min: 1, max: 100 })])]),
    ),
    shape("two_factor_requirement_enabled", Scope::Org, Kind::Bool),
];

fn check_file(value: &serde_json::Value) -> Vec<Problem> {
    if value.get("template").is_some() && value.get("content").is_some() {
        let message = "`template` and `content` exclude each other".into();
        return vec![Problem { path: "content".into(), message, help: None }];
    }
    Vec::new()
}

/// All settings of the tests.
pub(super) fn catalogue() -> Vec<&'static Shape> {
    SHAPES.iter().collect()
}

pub(super) const POLICY: &str =
    "version = 1\norgs = [\"expressjs\", \"pillarjs\"]\n[vars]\nsecurity_email = \"security@expressjs.com\"\n";

/// The files of a policy; `policy.toml` is there unless it is given.
pub(super) fn files(list: &[(&str, &str)]) -> PolicyFiles {
    let mut files = PolicyFiles::default();
    files.files.insert("policy.toml".into(), POLICY.into());
    for (path, text) in list {
        files.files.insert((*path).into(), (*text).into());
    }
    files
}

/// Parses files that are well-formed.
#[allow(clippy::panic, reason = "the problems are shown as they are")]
pub(super) fn parse(list: &[(&str, &str)]) -> Policy {
    let parsed = Policy::parse(&files(list), &catalogue()).map_err(|rejected| show(&rejected));
    parsed.unwrap_or_else(|text| panic!("{text}"))
}

/// Parses files that are not well-formed; gives what is said of them.
pub(super) fn problems(list: &[(&str, &str)]) -> String {
    match Policy::parse(&files(list), &catalogue()) {
        Ok(policy) => format!("accepted\n{}", render(&policy.warnings, policy.sources(), false)),
        Err(rejected) => show(&rejected),
    }
}

fn show(rejected: &Rejected) -> String {
    render(&rejected.diagnostics, &rejected.sources, false)
}

/// A public repository with further fields.
pub(super) fn repo(name: &str, more: serde_json::Value) -> Repository {
    let mut json = serde_json::json!({
        "id": 1, "node_id": format!("R_{name}"), "name": name, "visibility": "public", "default_branch": "main",
        "created_at": "2020-01-01T00:00:00Z", "pushed_at": "2026-11-01T00:00:00Z", "custom_properties": {}
    });
    if let (Some(json), serde_json::Value::Object(more)) = (json.as_object_mut(), more) {
        json.extend(more);
    }
    serde_json::from_value(json).expect("a repository")
}

pub(super) fn org(name: &str) -> Org {
    Org::new(name).expect("a login")
}

pub(super) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a timestamp")
}

/// Resolves a policy for repositories of `expressjs`, where every organisation is listed.
pub(super) fn resolve(policy: &Policy, repos: &[Repository]) -> Resolution {
    let express = org("expressjs");
    let candidates: Vec<Candidate<'_>> = repos
        .iter()
        .map(|repo| Candidate { org: &express, repo, empty: Reading::known(false), files: Default::default() })
        .collect();
    let orgs: Vec<OrgCandidate<'_>> = policy.config.orgs.iter().map(|org| OrgCandidate { org }).collect();
    policy.resolve(&orgs, &candidates, now())
}

/// The desired settings of the one repository that is matched.
pub(super) fn desired(policy: &Policy, repo: Repository) -> Vec<Arc<Desired>> {
    let resolution = resolve(policy, &[repo]);
    assert!(resolution.conflicts.is_empty(), "{}", render(&resolution.conflicts, policy.sources(), false));
    resolution.repos.into_iter().flat_map(|repo| repo.desired).collect()
}
