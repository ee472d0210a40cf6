//! Cases of GitHub Actions, code scanning, immutable releases, an organisation's own fields, and `api`.

use ordain::model::Scope;
use serde_json::{Value, json};

use super::cases::{API, Case, Lack, acme};
use crate::support::{OrgState, RepoState, org, repo};

const ORG: Case = Case {
    scope: Scope::Org,
    lack: Lack::Permission("organization_administration"),
    unknown: ("", "organization_administration:read"),
    ..API
};

pub(super) fn all() -> Vec<Case> {
    let mut all = of_repositories();
    all.extend(of_code());
    all.extend(of_organisations());
    all.extend(runners());
    all.extend(fields());
    all
}

/// An organisation that bounds nothing.
fn lax(web: RepoState) -> OrgState {
    acme(web).rest("actions/permissions/workflow", workflow("write", true))
}

fn workflow(default: &str, approves: bool) -> Value {
    json!({"default_workflow_permissions": default, "can_approve_pull_request_reviews": approves})
}

fn web() -> RepoState {
    repo("web")
        .rest("actions/permissions", json!({"enabled": true, "allowed_actions": "all", "sha_pinning_required": false}))
        .rest("actions/permissions/workflow", workflow("write", true))
}

fn of_repositories() -> Vec<Case> {
    vec![
        Case {
            key: "actions",
            label: "all that a public repository has is tightened",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.actions]\nallowed_actions = \"selected\"\ngithub_owned_allowed = true\n\
                 verified_allowed = false\npatterns_allowed = [\"ossf/*\", \"acme/*\"]\nsha_pinning_required = true\n\
                 default_workflow_permissions = \"read\"\ncan_approve_pull_request_reviews = false\n\
                 fork_pr_contributor_approval = \"all_external_contributors\"\nartifact_and_log_retention_days = 30\n",
            )],
            org: || lax(web()),
            plans: &[
                "acme/web:actions.allowed_actions",
                "acme/web:actions.artifact_and_log_retention_days",
                "acme/web:actions.can_approve_pull_request_reviews",
                "acme/web:actions.default_workflow_permissions",
                "acme/web:actions.fork_pr_contributor_approval",
                "acme/web:actions.github_owned_allowed",
                "acme/web:actions.patterns_allowed",
                "acme/web:actions.sha_pinning_required",
                "acme/web:actions.verified_allowed",
            ],
            moves: &[
                "acme/web/rest/actions/permissions/known/allowed_actions",
                "acme/web/rest/actions/permissions/known/sha_pinning_required",
                "acme/web/rest/actions/permissions/workflow/known/default_workflow_permissions",
                "acme/web/rest/actions/permissions/workflow/known/can_approve_pull_request_reviews",
                "acme/web/rest/actions/permissions/selected-actions",
                "acme/web/rest/actions/permissions/fork-pr-contributor-approval",
                "acme/web/rest/actions/permissions/artifact-and-log-retention",
            ],
            unknown: ("acme/web:actions.sha_pinning_required", "administration:read"),
            never: Some((|| acme(repo("web").private()), "acme/web:actions.fork_pr_contributor_approval")),
            ..API
        },
        Case {
            key: "actions",
            label: "Actions comes on, which loosens, with what may run; a private repository keeps to itself",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.actions]\nenabled = true\nallowed_actions = \"local_only\"\n\
                 access_level = \"none\"\n",
            )],
            org: || {
                let off = repo("web").private().rest("actions/permissions", json!({"enabled": false}));
                acme(off.rest("actions/permissions/access", json!({"access_level": "organization"})))
            },
            plans: &["acme/web:actions.access_level", "acme/web:actions.allowed_actions", "acme/web:actions.enabled"],
            options: &["--limit", "loosening=1"],
            moves: &[
                "acme/web/rest/actions/permissions/known",
                "acme/web/rest/actions/permissions/access/known/access_level",
            ],
            unknown: ("acme/web:actions.enabled", "administration:read"),
            never: Some((|| acme(repo("web")), "acme/web:actions.access_level")),
            ..API
        },
        Case {
            key: "immutable_releases",
            label: "releases become immutable",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\nimmutable_releases = true\n")],
            org: || acme(repo("web")),
            plans: &["acme/web:immutable_releases"],
            moves: &["acme/web/rest/immutable-releases"],
            unknown: ("acme/web:immutable_releases", "administration:read"),
            ..API
        },
        Case {
            key: "immutable_releases",
            label: "releases become mutable again, which loosens",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\nimmutable_releases = false\n")],
            org: || acme(repo("web").rest("immutable-releases", json!({"enabled": true, "enforced_by_owner": false}))),
            plans: &["acme/web:immutable_releases"],
            options: &["--limit", "loosening=1"],
            moves: &["acme/web/rest/immutable-releases/known/enabled"],
            unknown: ("acme/web:immutable_releases", "administration:read"),
            ..API
        },
    ]
}

fn private_forks() -> Value {
    json!({"run_workflows_from_fork_pull_requests": true, "send_write_tokens_to_workflows": true,
        "send_secrets_and_variables": true, "require_approval_for_fork_pr_workflows": true})
}

fn of_code() -> Vec<Case> {
    vec![
        Case {
            key: "code_scanning_default_setup",
            label: "the code is analysed",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.code_scanning_default_setup]\nstate = \"configured\"\n\
                 query_suite = \"extended\"\nlanguages = [\"python\", \"javascript-typescript\"]\n",
            )],
            org: || acme(repo("web")),
            plans: &[
                "acme/web:code_scanning_default_setup.languages",
                "acme/web:code_scanning_default_setup.query_suite",
                "acme/web:code_scanning_default_setup.state",
            ],
            moves: &["acme/web/rest/code-scanning/default-setup/known"],
            books: &["simulator/next_id"],
            unknown: ("acme/web:code_scanning_default_setup.state", "administration:read"),
            never: Some((|| acme(repo("web").private()), "acme/web:code_scanning_default_setup.state")),
            ..API
        },
        Case {
            key: "api",
            label: "a field that no setting holds",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.api.forks]\n\
                 read = \"/repos/{org}/{repo}/actions/permissions/fork-pr-workflows-private-repos\"\n\
                 write = \"PUT /repos/{org}/{repo}/actions/permissions/fork-pr-workflows-private-repos\"\n\
                 fields = { send_write_tokens_to_workflows = false }\n",
            )],
            org: || {
                acme(repo("web").private().rest("actions/permissions/fork-pr-workflows-private-repos", private_forks()))
            },
            plans: &["acme/web:api.forks"],
            options: &["--limit", "loosening=1"],
            moves: &[
                "acme/web/rest/actions/permissions/fork-pr-workflows-private-repos/known/send_write_tokens_to_workflows",
            ],
            unknown: ("acme/web:api.forks", "administration:read"),
            ..API
        },
    ]
}

fn of_organisations() -> Vec<Case> {
    vec![
        Case {
            key: "actions",
            label: "an organisation's Actions are tightened",
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.actions]\nenabled_repositories = [\"web\"]\nallowed_actions = \"selected\"\n\
                 github_owned_allowed = true\nsha_pinning_required = true\ndefault_workflow_permissions = \"read\"\n\
                 can_approve_pull_request_reviews = false\nfork_pr_contributor_approval = \"all_external_contributors\"\n\
                 artifact_and_log_retention_days = 14\n",
            )],
            org: || lax(repo("web")),
            plans: &[
                "acme:actions.allowed_actions",
                "acme:actions.artifact_and_log_retention_days",
                "acme:actions.can_approve_pull_request_reviews",
                "acme:actions.default_workflow_permissions",
                "acme:actions.enabled_repositories",
                "acme:actions.fork_pr_contributor_approval",
                "acme:actions.github_owned_allowed",
                "acme:actions.sha_pinning_required",
            ],
            moves: &[
                "acme/rest/actions/permissions/known",
                "acme/rest/actions/permissions/repositories/known",
                "acme/rest/actions/permissions/selected-actions",
                "acme/rest/actions/permissions/workflow/known/default_workflow_permissions",
                "acme/rest/actions/permissions/workflow/known/can_approve_pull_request_reviews",
                "acme/rest/actions/permissions/fork-pr-contributor-approval",
                "acme/rest/actions/permissions/artifact-and-log-retention",
            ],
            unknown: ("acme:actions.enabled_repositories", "organization_administration:read"),
            ..ORG
        },
        Case {
            key: "immutable_releases",
            label: "an organisation enforces immutable releases for some",
            policy: &[("rules/a.toml", "[match]\norg = \"acme\"\n[org]\nimmutable_releases = [\"w*\"]\n")],
            org: || acme(repo("web")),
            plans: &["acme:immutable_releases"],
            moves: &["acme/rest/settings/immutable-releases"],
            unknown: ("acme:immutable_releases", "organization_administration:read"),
            ..ORG
        },
        Case {
            key: "api",
            label: "a field of an organisation that no setting holds",
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.api.forks]\nread = \"/orgs/{org}/actions/permissions/fork-pr-workflows-private-repos\"\n\
                 write = \"PUT /orgs/{org}/actions/permissions/fork-pr-workflows-private-repos\"\n\
                 tightens = [\"send_secrets_and_variables\"]\n[org.api.forks.fields]\nsend_secrets_and_variables = false\n",
            )],
            org: || acme(repo("web")).rest("actions/permissions/fork-pr-workflows-private-repos", private_forks()),
            plans: &["acme:api.forks"],
            moves: &["acme/rest/actions/permissions/fork-pr-workflows-private-repos/known/send_secrets_and_variables"],
            unknown: ("acme:api.forks", "organization_administration:read"),
            ..ORG
        },
    ]
}

fn runners() -> Vec<Case> {
    vec![
        Case {
            key: "self_hosted_runners",
            label: "only some repositories may have runners of their own",
            policy: &[("rules/a.toml", "[match]\norg = \"acme\"\n[org]\nself_hosted_runners = [\"web\"]\n")],
            org: || acme(repo("web")),
            plans: &["acme:self_hosted_runners"],
            moves: &["acme/rest/actions/permissions/self-hosted-runners"],
            unknown: ("acme:self_hosted_runners", "organization_administration:read"),
            ..ORG
        },
        Case {
            key: "runner_groups",
            label: "one group is made, one narrowed, one taken away",
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.runner_groups]\nprune = true\n[org.runner_groups.new]\nrepositories = [\"web\"]\n\
                 [org.runner_groups.Big]\nvisibility = \"selected\"\nrepositories = [\"web\"]\nallows_public_repositories = false\n",
            )],
            org: || {
                let group = |id: u64, name: &str, default: bool| {
                    json!({"id": id, "name": name, "visibility": "all", "default": default, "inherited": false,
                        "allows_public_repositories": true, "runners_url": "https://api.github.com/x",
                        "restricted_to_workflows": false, "selected_workflows": []})
                };
                let groups = json!([group(1, "Default", true), group(2, "big", false), group(3, "old", false)]);
                acme(repo("web")).rest("actions/runner-groups", groups)
            },
            plans: &["acme:runner_groups.Big", "acme:runner_groups.new", "acme:runner_groups.old"],
            options: &["--limit", "deletions=1", "--limit", "loosening=1"],
            moves: &["acme/rest/actions/runner-groups"],
            books: &["simulator/next_id"],
            lack: Lack::Permission("organization_self_hosted_runners"),
            unknown: ("acme:runner_groups.Big", "organization_self_hosted_runners:read"),
            ..ORG
        },
    ]
}

/// Key, what the policy says, and whether the API writes it.
const FIELDS: &[(&str, &str, bool)] = &[
    ("blog", "\"https://acme.test\"", true),
    ("company", "\"Acme\"", true),
    ("default_repository_permission", "\"none\"", true),
    ("deploy_keys_enabled_for_repositories", "false", true),
    ("description", "\"We build things.\"", true),
    ("email", "\"hello@acme.test\"", true),
    ("has_organization_projects", "false", true),
    ("has_repository_projects", "false", true),
    ("location", "\"Worldwide\"", true),
    ("members_can_change_repo_visibility", "false", false),
    ("members_can_create_internal_repositories", "false", true),
    ("members_can_create_pages", "false", true),
    ("members_can_create_private_pages", "false", true),
    ("members_can_create_private_repositories", "false", true),
    ("members_can_create_public_pages", "false", true),
    ("members_can_create_public_repositories", "false", true),
    ("members_can_create_repositories", "false", true),
    ("members_can_create_teams", "false", false),
    ("members_can_delete_issues", "false", false),
    ("members_can_delete_repositories", "false", false),
    ("members_can_fork_private_repositories", "false", true),
    ("members_can_invite_outside_collaborators", "false", false),
    ("secret_scanning_push_protection_custom_link", "\"https://acme.test/secrets\"", true),
    ("secret_scanning_push_protection_custom_link_enabled", "true", true),
    ("twitter_username", "\"acme\"", true),
    ("two_factor_requirement_enabled", "true", false),
    ("web_commit_signoff_required", "true", true),
];

/// What GitHub shows to everybody.
const PUBLIC: &[&str] = &[
    "blog",
    "company",
    "description",
    "email",
    "has_organization_projects",
    "has_repository_projects",
    "location",
    "twitter_username",
];

/// An enterprise's organisation in which everything is as lax as can be.
fn laxest() -> OrgState {
    let about = json!({
        "id": 77_000, "members_can_create_internal_repositories": true, "members_can_fork_private_repositories": true,
        "members_can_delete_issues": true, "two_factor_requirement_enabled": false,
    });
    org("acme").sim("plan", json!("enterprise")).rest("", about).repo(repo("web"))
}

/// A case lives as long as the tests.
fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn one(of: String) -> &'static [&'static str] {
    Box::leak(Box::new([kept(of)]))
}

fn fields() -> Vec<Case> {
    let case = |(key, value, writable): &(&'static str, &'static str, bool)| Case {
        key,
        label: key,
        policy: Box::leak(Box::new([(
            "rules/a.toml",
            kept(format!("[match]\norg = \"acme\"\n[org]\n{key} = {value}\n")),
        )])),
        org: laxest,
        plans: if *writable { one(format!("acme:{key}")) } else { &[] },
        moves: if *writable { one(format!("acme/rest//known/{key}")) } else { &[] },
        lack: if PUBLIC.contains(key) {
            // The whole answer is refused, and nothing below it.
            Lack::Refused("/orgs/acm*e", "organization_administration=read")
        } else {
            Lack::Permission("organization_administration")
        },
        unknown: (kept(format!("acme:{key}")), "organization_administration:read"),
        ..ORG
    };
    FIELDS.iter().map(case).collect()
}
