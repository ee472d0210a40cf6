//! The parts of `actions`: which of GitHub's documents each stands in, and which side is safer.

use serde_json::{Map, Value};

use crate::{
    model::{Field, Kind, Reading, Tightens},
    settings::{Asked, Context, Pending, RestRead, direction::Safer},
};

/// One of GitHub's documents about Actions, the same for a repository and an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Document {
    /// The path below the repository or the organisation.
    pub(super) suffix: &'static str,
    /// The fields that its PUT takes.
    fields: &'static [&'static str],
}

pub(super) const PERMISSIONS: Document = Document {
    suffix: "actions/permissions",
    fields: &["enabled", "enabled_repositories", "allowed_actions", "sha_pinning_required"],
};
pub(super) const SELECTED: Document = Document {
    suffix: "actions/permissions/selected-actions",
    fields: &["github_owned_allowed", "verified_allowed", "patterns_allowed"],
};
pub(super) const WORKFLOW: Document = Document {
    suffix: "actions/permissions/workflow",
    fields: &["default_workflow_permissions", "can_approve_pull_request_reviews"],
};
const FORKS: Document =
    Document { suffix: "actions/permissions/fork-pr-contributor-approval", fields: &["approval_policy"] };
const ACCESS: Document = Document { suffix: "actions/permissions/access", fields: &["access_level"] };
pub(super) const RETENTION: Document =
    Document { suffix: "actions/permissions/artifact-and-log-retention", fields: &["days"] };

/// One part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// Its key in the policy.
    pub(super) key: &'static str,
    /// The document.
    pub(super) document: Document,
    /// GitHub's name for it there.
    pub(super) field: &'static str,
    /// Which side is safer.
    pub(super) safer: Safer,
}

const fn part(key: &'static str, document: Document, field: &'static str, safer: Safer) -> Part {
    Part { key, document, field, safer }
}

/// What may be allowed to run, from all to only what is the owner's own.
pub(super) const ALLOWED: &[&str] = &["all", "selected", "local_only"];
const APPROVAL: &[&str] =
    &["first_time_contributors_new_to_github", "first_time_contributors", "all_external_contributors"];
const LEVELS: &[&str] = &["enterprise", "organization", "user", "none"];
/// Which repositories of an organisation may use Actions.
pub(super) const ENABLED: &[&str] = &["all", "selected", "none"];

const ALLOWED_ACTIONS: Part = part("allowed_actions", PERMISSIONS, "allowed_actions", Safer::Last(ALLOWED));
const GITHUB_OWNED: Part = part("github_owned_allowed", SELECTED, "github_owned_allowed", Safer::False);
const VERIFIED: Part = part("verified_allowed", SELECTED, "verified_allowed", Safer::False);
const PATTERNS: Part = part("patterns_allowed", SELECTED, "patterns_allowed", Safer::Fewer);
const PINNING: Part = part("sha_pinning_required", PERMISSIONS, "sha_pinning_required", Safer::True);
const DEFAULT_PERMISSIONS: Part =
    part("default_workflow_permissions", WORKFLOW, "default_workflow_permissions", Safer::Last(&["write", "read"]));
const MAY_APPROVE: Part =
    part("can_approve_pull_request_reviews", WORKFLOW, "can_approve_pull_request_reviews", Safer::False);
const FORK_APPROVAL: Part = part("fork_pr_contributor_approval", FORKS, "approval_policy", Safer::Last(APPROVAL));
const RETENTION_DAYS: Part = part("artifact_and_log_retention_days", RETENTION, "days", Safer::Neutral);

/// The parts of a repository.
pub(super) static OF_REPOSITORY: &[Part] = &[
    part("enabled", PERMISSIONS, "enabled", Safer::False),
    ALLOWED_ACTIONS,
    GITHUB_OWNED,
    VERIFIED,
    PATTERNS,
    PINNING,
    DEFAULT_PERMISSIONS,
    MAY_APPROVE,
    FORK_APPROVAL,
    part("access_level", ACCESS, "access_level", Safer::Last(LEVELS)),
    RETENTION_DAYS,
];

/// The parts of an organisation; `enabled_repositories` is judged apart.
pub(super) static OF_ORGANISATION: &[Part] = &[
    ALLOWED_ACTIONS,
    GITHUB_OWNED,
    VERIFIED,
    PATTERNS,
    PINNING,
    DEFAULT_PERMISSIONS,
    MAY_APPROVE,
    FORK_APPROVAL,
    RETENTION_DAYS,
];

/// The fields of a repository in the policy.
pub(super) const REPOSITORY_FIELDS: &[Field] = &[
    switch("enabled", "Whether GitHub Actions runs at all.", Tightens::False),
    ALLOWED_FIELD,
    GITHUB_OWNED_FIELD,
    VERIFIED_FIELD,
    PATTERNS_FIELD,
    PINNING_FIELD,
    DEFAULT_FIELD,
    APPROVE_FIELD,
    FORK_FIELD,
    Field {
        key: "access_level",
        kind: Kind::OneOf(LEVELS),
        doc: "Whose workflows may use the actions and reusable workflows of a private or internal repository.",
        tightens: Tightens::Judged,
    },
    RETENTION_FIELD,
];

/// The fields of an organisation in the policy.
pub(super) const ORGANISATION_FIELDS: &[Field] = &[
    Field {
        key: "enabled_repositories",
        kind: Kind::Either(&[Kind::OneOf(ENABLED), Kind::List(&Kind::Glob)]),
        doc: "Which repositories may use GitHub Actions: a word, or globs of those selected (then all others may not).",
        tightens: Tightens::Judged,
    },
    ALLOWED_FIELD,
    GITHUB_OWNED_FIELD,
    VERIFIED_FIELD,
    PATTERNS_FIELD,
    PINNING_FIELD,
    DEFAULT_FIELD,
    APPROVE_FIELD,
    FORK_FIELD,
    RETENTION_FIELD,
];

const fn switch(key: &'static str, doc: &'static str, tightens: Tightens) -> Field {
    Field { key, kind: Kind::Bool, doc, tightens }
}

const ALLOWED_FIELD: Field = Field {
    key: "allowed_actions",
    kind: Kind::OneOf(ALLOWED),
    doc: "Which actions and reusable workflows may run: all, those selected by the next three fields, or only the owner's own.",
    tightens: Tightens::Judged,
};
const GITHUB_OWNED_FIELD: Field = switch(
    "github_owned_allowed",
    "Whether GitHub's own actions may run; only with `allowed_actions = \"selected\"`.",
    Tightens::False,
);
const VERIFIED_FIELD: Field = switch(
    "verified_allowed",
    "Whether actions of the Marketplace's verified creators may run; only with `selected`.",
    Tightens::False,
);
const PATTERNS_FIELD: Field = Field {
    key: "patterns_allowed",
    kind: Kind::List(&Kind::Text),
    doc: "Which further actions may run, such as `octo-org/octo-repo@*`; only with `selected`, and without regard to order.",
    tightens: Tightens::Judged,
};
const PINNING_FIELD: Field = switch(
    "sha_pinning_required",
    "Whether actions must be named by the full id of a commit; others do not run.",
    Tightens::True,
);
const DEFAULT_FIELD: Field = Field {
    key: "default_workflow_permissions",
    kind: Kind::OneOf(&["read", "write"]),
    doc: "What `GITHUB_TOKEN` may do in a workflow that does not say.",
    tightens: Tightens::Judged,
};
const APPROVE_FIELD: Field = switch(
    "can_approve_pull_request_reviews",
    "Whether workflows may create pull requests and approve them.",
    Tightens::False,
);
const FORK_FIELD: Field = Field {
    key: "fork_pr_contributor_approval",
    kind: Kind::OneOf(APPROVAL),
    doc: "Whose pull requests from forks wait for an approval before their workflows run; public repositories only.",
    tightens: Tightens::Judged,
};
const RETENTION_FIELD: Field = Field {
    key: "artifact_and_log_retention_days",
    kind: Kind::Integer { min: 1, max: 400 },
    doc: "For how many days artifacts and logs are kept.",
    tightens: Tightens::Neutral,
};

/// The permission to read the documents of the judged target.
pub(super) const fn permission(cx: &Context<'_>) -> &'static str {
    if cx.subject.is_some() { "administration:read" } else { ORGANISATION_READ }
}

/// The permission to read the organisation's documents.
pub(super) const ORGANISATION_READ: &str = "organization_administration:read";

impl Document {
    /// Asks for the document of the judged target.
    pub(super) fn ask<'a>(self, cx: &Context<'a>) -> Asked<Option<&'a Value>> {
        let read = RestRead::certain(self.suffix, permission(cx));
        if cx.subject.is_some() { cx.rest(read) } else { cx.org_rest(read) }
    }

    /// Asks for the organisation's document, whatever is judged.
    pub(super) fn of_org<'a>(self, cx: &Context<'a>) -> Asked<Option<&'a Value>> {
        cx.org_rest(RestRead::certain(self.suffix, ORGANISATION_READ))
    }

    /// The path of its PUT.
    pub(super) fn path(self, cx: &Context<'_>) -> Result<String, Pending> {
        if cx.subject.is_some() { cx.repo_path(self.suffix) } else { Ok(cx.org_path(self.suffix)) }
    }

    /// What GitHub says, in the form of the PUT.
    pub(super) fn base(self, said: &Value) -> Value {
        let fields = said.as_object().into_iter().flatten();
        let taken = fields.filter(|(key, value)| self.fields.contains(&key.as_str()) && !value.is_null());
        Value::Object(taken.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
    }
}

impl Part {
    /// What a document says of the part; `None` where it is silent.
    pub(super) fn said(&self, document: &Value) -> Option<Value> {
        document.get(self.field).filter(|value| !value.is_null()).map(normal)
    }
}

/// Lists in order and each entry once: GitHub keeps no order.
pub(super) fn normal(value: &Value) -> Value {
    let Value::Array(list) = value else { return value.clone() };
    let mut texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    Value::from(texts)
}

/// The answer of a document that every target has.
pub(super) fn there<T>(answer: Reading<Option<T>>, permission: &'static str) -> Reading<T> {
    answer.and_then(|found| match found {
        Some(found) => Reading::known(found),
        None => Reading::lacking("GitHub does not show it", permission.into()),
    })
}
