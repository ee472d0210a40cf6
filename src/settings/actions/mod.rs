//! GitHub Actions: whether it runs, which actions may run, and what a workflow may do.
//!
//! `GET/PUT /repos/{owner}/{repo}/actions/permissions` and what stands below it, and the same of an organisation. A PUT
//! replaces the whole document, so it is made from what GitHub says now, with the declared fields laid over it. No bulk form
//! exists; where the organisation's policy is the strictest that there is, it proves the repositories' (`bounds`).

mod bounds;
mod judge;
mod needs;
mod part;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::{
    Context, Judgement, Meta, Need, Outcome, Pending, Phase, Setting,
    choice::{self, Choice, Decides},
    direction::Safer,
};
use crate::model::{Desired, Effect, Kind, Problem, Scope, Shape, Tightens};
use part::{ENABLED, OF_ORGANISATION, OF_REPOSITORY, ORGANISATION_READ, PERMISSIONS, Part};

const CONTROLS: &[&str] = &[
    "OSPS AC-04.01",
    "Scorecard Token-Permissions",
    "Scorecard Pinned-Dependencies",
    "OpenJS pinActionsToSHA",
    "OpenJS limitWorkflowWritePermissions",
    "OpenJS blockWorkflowPRApproval",
    "OpenJS forkWorkflowApproval",
];

static REPOSITORY: Meta = Meta {
    shape: Shape {
        key: "actions",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(part::REPOSITORY_FIELDS),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[
            "enabled",
            "allowed_actions",
            "github_owned_allowed",
            "verified_allowed",
            "patterns_allowed",
            "sha_pinning_required",
            "default_workflow_permissions",
            "can_approve_pull_request_reviews",
            "fork_pr_contributor_approval",
            "access_level",
            "artifact_and_log_retention_days",
        ],
        check: check_repository,
    },
    title: "GitHub Actions",
    docs: "Whether GitHub Actions runs in a repository, which actions may run, and what a workflow may do.

Each field is a part that is judged by itself; those of one of GitHub's documents are written by one call, over what it says now.

`github_owned_allowed`, `verified_allowed` and `patterns_allowed` count only with `allowed_actions = \"selected\"`; GitHub neither shows \
nor takes them otherwise. Selecting and saying what is selected is one change, so that nothing stops in between. \
`fork_pr_contributor_approval` is for public repositories only, `access_level` for private and internal ones only; while Actions is \
off, GitHub says nothing of what may run: whoever switches it on should say that too.

A repository cannot be laxer than its organisation: a value that the organisation forbids is a violation that names the organisation's \
setting, where the token can see it. Reading costs up to five requests for each repository, but none where the organisation proves \
the value: `enabled_repositories = \"none\"`, `allowed_actions = \"local_only\"`, `sha_pinning_required = true`, \
`default_workflow_permissions = \"read\"` (`org.actions`); to see that, the token needs `organization_administration:read`.",
    example: "[repo.actions]\nallowed_actions = \"selected\"\ngithub_owned_allowed = true\nverified_allowed = false\n\
              patterns_allowed = [\"ossf/scorecard-action@*\"]\nsha_pinning_required = true\n\
              default_workflow_permissions = \"read\"\ncan_approve_pull_request_reviews = false\n",
    reads: &["administration:read"],
    writes: &["administration:write"],
    calls: &[
        ("enabled, allowed_actions, sha_pinning_required", "PUT /repos/{owner}/{repo}/actions/permissions"),
        (
            "github_owned_allowed, verified_allowed, patterns_allowed",
            "PUT /repos/{owner}/{repo}/actions/permissions/selected-actions",
        ),
        (
            "default_workflow_permissions, can_approve_pull_request_reviews",
            "PUT /repos/{owner}/{repo}/actions/permissions/workflow",
        ),
        (
            "fork_pr_contributor_approval",
            "PUT /repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval",
        ),
        ("access_level", "PUT /repos/{owner}/{repo}/actions/permissions/access"),
        (
            "artifact_and_log_retention_days",
            "PUT /repos/{owner}/{repo}/actions/permissions/artifact-and-log-retention",
        ),
    ],
    controls: CONTROLS,
    phase: Phase::Configure,
    after: &[],
    late: false,
};

static ORGANISATION: Meta = Meta {
    shape: Shape {
        key: "actions",
        scope: Scope::Org,
        keyed: None,
        kind: Kind::Table(part::ORGANISATION_FIELDS),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[
            "enabled_repositories",
            "allowed_actions",
            "github_owned_allowed",
            "verified_allowed",
            "patterns_allowed",
            "sha_pinning_required",
            "default_workflow_permissions",
            "can_approve_pull_request_reviews",
            "fork_pr_contributor_approval",
            "artifact_and_log_retention_days",
        ],
        check: check_organisation,
    },
    title: "GitHub Actions of an organisation",
    docs: "Which repositories may use GitHub Actions, which actions may run there, and what a workflow may do: the bound for every repository.

Each field is a part that is judged by itself. `enabled_repositories` takes GitHub's word, or globs of the repositories that are \
selected; `\"selected\"` leaves the list to others. A repository that ordain cannot see stays in the list if it is there. Each \
repository in which that switches Actions on or off is an effect of the change, and counts in the limits. The \
strictest values (`none`, `local_only`, `sha_pinning_required = true`, `read`) hold in every repository at once and save the \
request for each. With `selected`, no repository can select otherwise.",
    example: "[org.actions]\nenabled_repositories = \"all\"\nsha_pinning_required = true\ndefault_workflow_permissions = \"read\"\n\
              can_approve_pull_request_reviews = false\nfork_pr_contributor_approval = \"first_time_contributors\"\n",
    reads: &[ORGANISATION_READ],
    writes: &["organization_administration:write"],
    calls: &[
        (
            "enabled_repositories",
            "PUT /orgs/{org}/actions/permissions, and for a list PUT /orgs/{org}/actions/permissions/repositories",
        ),
        ("allowed_actions, sha_pinning_required", "PUT /orgs/{org}/actions/permissions"),
        (
            "github_owned_allowed, verified_allowed, patterns_allowed",
            "PUT /orgs/{org}/actions/permissions/selected-actions",
        ),
        (
            "default_workflow_permissions, can_approve_pull_request_reviews",
            "PUT /orgs/{org}/actions/permissions/workflow",
        ),
        ("fork_pr_contributor_approval", "PUT /orgs/{org}/actions/permissions/fork-pr-contributor-approval"),
        ("artifact_and_log_retention_days", "PUT /orgs/{org}/actions/permissions/artifact-and-log-retention"),
    ],
    controls: CONTROLS,
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// Which repositories of an organisation may use Actions.
const REPOSITORIES: Choice = Choice {
    document: "actions/permissions",
    field: "enabled_repositories",
    list: "actions/permissions/repositories",
    permission: ORGANISATION_READ,
    narrower_is_safer: true,
    in_one: false,
    decides: Some(Decides { setting: "actions.enabled", else_off: true, on: Effect::Loosening }),
};

/// The setting of a repository.
pub struct RepoActions;

/// The setting of an organisation.
pub struct OrgActions;

impl Setting for RepoActions {
    fn meta(&self) -> &'static Meta {
        &REPOSITORY
    }

    fn unproven(&self) -> Option<&'static str> {
        Some("the organisation's own settings do not prove what the policy asks")
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        judge(OF_REPOSITORY, None, desired, cx)
    }

    fn needs(&self, part: Option<&str>, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        needs::of(part.unwrap_or_default(), "enabled", desired, cx)
    }
}

impl Setting for OrgActions {
    fn meta(&self) -> &'static Meta {
        &ORGANISATION
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let repositories = desired.value("enabled_repositories").map(|wanted| enabled_repositories(wanted, cx));
        judge(OF_ORGANISATION, repositories.map(|outcome| ("enabled_repositories", outcome)), desired, cx)
    }

    fn needs(&self, part: Option<&str>, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        needs::of(part.unwrap_or_default(), "enabled_repositories", desired, cx)
    }
}

type Judged = (&'static str, Result<Outcome, Pending>);

fn judge(
    parts: &[Part],
    first: Option<Judged>,
    desired: &Desired,
    cx: &Context<'_>,
) -> Result<Vec<Judgement>, Pending> {
    let declared = parts.iter().filter(|part| desired.declares(part.key));
    // Every part is asked before the first that pends stops the judging.
    let outcomes: Vec<Judged> =
        first.into_iter().chain(declared.map(|part| (part.key, judge::part(part, desired, cx)))).collect();
    outcomes.into_iter().map(|(key, outcome)| Ok(outcome?.of_part(key))).collect()
}

fn enabled_repositories(wanted: &Value, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let base = |document: &Value| Some(PERMISSIONS.base(document));
    choice::judge(&REPOSITORIES, wanted, Safer::Last(ENABLED), base, cx)
}

fn check_repository(value: &Value) -> Vec<Problem> {
    check(value, value.get("enabled") == Some(&json!(false)))
}

fn check_organisation(value: &Value) -> Vec<Problem> {
    check(value, value.get("enabled_repositories") == Some(&json!("none")))
}

/// What cannot hold together.
fn check(value: &Value, is_off: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |path: &str, message: String, help: &str| {
        problems.push(Problem { path: path.to_owned(), message, help: Some(help.to_owned()) });
    };
    for key in ["github_owned_allowed", "verified_allowed", "patterns_allowed"] {
        let said = value.get("allowed_actions").and_then(Value::as_str).filter(|word| *word != "selected");
        if let (Some(word), true) = (said, value.get(key).is_some()) {
            let message = format!("`{key}` counts only with `allowed_actions = \"selected\"`, and it is `{word}`");
            problem(key, message, "write `allowed_actions = \"selected\"`, or leave the field out");
        }
    }
    for key in ["allowed_actions", "sha_pinning_required"] {
        if is_off && value.get(key).is_some() {
            let message = format!("`{key}` says what may run, and GitHub Actions is switched off");
            problem(key, message, "leave the field out; GitHub says nothing of it while Actions is off");
        }
    }
    problems
}
