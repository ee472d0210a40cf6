//! The repository's own fields, custom properties, licence and code owners: the cases, and what is theirs alone.

mod fields;
mod order;
mod properties;

use ordain::model::Scope;
use serde_json::{Value, json};

use super::cases::{API, Case, Lack, acme};
use crate::support::repo;

/// What moves beside the value: when it was changed.
const STAMPS: &[&str] = &["acme/web/updated_at", "acme/web/graphql/updatedAt"];

/// A plain field: the policy's line, the value before, the places that move.
const fn field(
    key: &'static str,
    label: &'static str,
    policy: &'static [(&'static str, &'static str)],
    plans: &'static [&'static str],
    moves: &'static [&'static str],
) -> Case {
    Case { key, label, policy, plans, moves, books: STAMPS, lack: Lack::Nothing, ..API }
}

/// A field that is a bare value: its name in REST and GraphQL, what is there, and what the policy says.
macro_rules! bare {
    ($key:literal, $graphql:literal, $was:tt => $wanted:literal) => {
        Case {
            org: || acme(repo("web").set($key, json!($was))),
            ..field(
                $key,
                concat!($key, " is set"),
                &[("rules/a.toml", concat!("[match]\nrepo = \"web\"\n[repo]\n", $key, " = ", $wanted, "\n"))],
                &[concat!("acme/web:", $key)],
                &[concat!("acme/web/", $key), concat!("acme/web/graphql/", $graphql)],
            )
        }
    };
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = plain();
    all.extend(bound());
    all.extend(identity());
    all.extend(properties());
    all.extend(observed());
    all
}

fn plain() -> Vec<Case> {
    vec![
        bare!("description", "description", null => "\"Fast\""),
        bare!("homepage", "homepageUrl", "" => "\"https://acme.test/\""),
        bare!("has_issues", "hasIssuesEnabled", true => "false"),
        bare!("has_projects", "hasProjectsEnabled", true => "false"),
        bare!("has_wiki", "hasWikiEnabled", true => "false"),
        bare!("has_discussions", "hasDiscussionsEnabled", false => "true"),
        bare!("is_template", "isTemplate", false => "true"),
        bare!("allow_merge_commit", "mergeCommitAllowed", true => "false"),
        bare!("allow_squash_merge", "squashMergeAllowed", true => "false"),
        bare!("allow_rebase_merge", "rebaseMergeAllowed", true => "false"),
        bare!("allow_auto_merge", "autoMergeAllowed", false => "true"),
        bare!("allow_update_branch", "allowUpdateBranch", false => "true"),
        bare!("delete_branch_on_merge", "deleteBranchOnMerge", false => "true"),
        bare!("squash_merge_commit_title", "squashMergeCommitTitle", "COMMIT_OR_PR_TITLE" => "\"PR_TITLE\""),
        Case {
            org: || acme(repo("web").set("squash_merge_commit_title", json!("PR_TITLE"))),
            ..bare!("squash_merge_commit_message", "squashMergeCommitMessage", "COMMIT_MESSAGES" => "\"BLANK\"")
        },
        Case {
            org: || {
                acme(
                    repo("web")
                        .set("merge_commit_title", json!("PR_TITLE"))
                        .set("merge_commit_message", json!("BLANK")),
                )
            },
            ..bare!("merge_commit_message", "mergeCommitMessage", "BLANK" => "\"PR_BODY\"")
        },
        Case {
            org: || acme(repo("web").set("merge_commit_message", json!("BLANK"))),
            ..bare!("merge_commit_title", "mergeCommitTitle", "MERGE_MESSAGE" => "\"PR_TITLE\"")
        },
        Case {
            org: || acme(repo("web").set("topics", json!(["old", "nodejs"]))),
            ..field(
                "topics",
                "topics are replaced",
                &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\ntopics = [\"Web\", \"NodeJS\"]\n")],
                &["acme/web:topics"],
                &["acme/web/topics"],
            )
        },
    ]
}

fn bound() -> Vec<Case> {
    vec![
        bare!("web_commit_signoff_required", "webCommitSignoffRequired", false => "true"),
        Case {
            label: "sign-off is no longer required, which loosens",
            options: &["--limit", "loosening=1"],
            ..bare!("web_commit_signoff_required", "webCommitSignoffRequired", true => "false")
        },
        Case {
            org: || {
                let allowed = json!({"id": 77, "members_can_fork_private_repositories": true});
                acme(repo("web").private().set("allow_forking", json!(true))).rest("", allowed)
            },
            never: Some((|| acme(repo("web")), "acme/web:allow_forking")),
            ..bare!("allow_forking", "forkingAllowed", true => "false")
        },
    ]
}

fn identity() -> Vec<Case> {
    vec![
        Case {
            options: &["--limit", "deletions=1"],
            moves: &["acme/web/visibility", "acme/web/private", "acme/web/graphql/isPrivate"],
            books: &[
                "acme/web/updated_at",
                "acme/web/graphql/updatedAt",
                "acme/web/rest/private-vulnerability-reporting",
            ],
            ..bare!("visibility", "isPrivate", "public" => "\"private\"")
        },
        Case {
            label: "a repository is unarchived",
            moves: &["acme/web/archived", "acme/web/graphql/isArchived"],
            ..bare!("archived", "isArchived", true => "false")
        },
        Case {
            moves: &["acme/web/default_branch", "acme/web/simulator/git/refs", "acme/web/graphql/defaultBranchRef"],
            lack: Lack::Permission("contents"),
            hidden: Some(|| acme(repo("web").private().set("default_branch", json!("master")))),
            unknown: ("acme/web:default_branch", "contents:read"),
            ..bare!("default_branch", "defaultBranchRef", "master" => "\"main\"")
        },
    ]
}

const SCHEMA: &str = "properties/schema";
const RIGHT: &str = "organization_custom_properties";
const READ: &str = "organization_custom_properties:read";

fn tiers() -> Value {
    json!([{
        "property_name": "tier", "value_type": "single_select", "required": false, "allowed_values": ["gold", "silver"],
        "source_type": "organization", "url": "https://api.github.com/orgs/acme/properties/schema/tier",
        "values_editable_by": "org_and_repo_actors", "description": "How much it matters", "default_value": null,
        "require_explicit_values": false
    }])
}

fn properties() -> Vec<Case> {
    vec![
        Case {
            org: || {
                acme(repo("web").set("custom_properties", json!({"tier": "silver", "other": "kept"})))
                    .rest(SCHEMA, tiers())
            },
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.custom_properties]\ntier = \"gold\"\n")],
            key: "custom_properties",
            label: "a value is set",
            plans: &["acme/web:custom_properties.tier"],
            moves: &["acme/web/custom_properties/tier"],
            lack: Lack::Permission(RIGHT),
            hidden: Some(|| acme(repo("web").set("custom_properties", Value::Null))),
            unknown: ("acme/web:custom_properties.tier", READ),
            ..API
        },
        Case {
            scope: Scope::Org,
            org: || acme(repo("web")).rest(SCHEMA, tiers()),
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.custom_properties.tier]\nvalues_editable_by = \"org_actors\"\n",
            )],
            key: "custom_properties",
            label: "a definition is replaced and keeps the rest",
            plans: &["acme:custom_properties.tier"],
            moves: &["acme/rest/properties/schema/known/0/values_editable_by"],
            books: &["acme/rest/properties/schema/known/0/url"],
            lack: Lack::Permission(RIGHT),
            unknown: ("acme:custom_properties.tier", READ),
            ..API
        },
        Case {
            scope: Scope::Org,
            org: || acme(repo("web")).rest(SCHEMA, json!([])),
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.custom_properties.team]\nvalue_type = \"string\"\n",
            )],
            key: "custom_properties",
            label: "a definition is made",
            plans: &["acme:custom_properties.team"],
            moves: &["acme/rest/properties/schema/known"],
            lack: Lack::Permission(RIGHT),
            unknown: ("acme:custom_properties.team", READ),
            ..API
        },
    ]
}

/// What ordain cannot write: nothing is planned, and nothing moves.
fn observed() -> Vec<Case> {
    vec![
        Case {
            key: "license",
            label: "another licence is a violation",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\nlicense = [\"MIT\"]\n")],
            org: || acme(repo("web").set("license", json!({"key": "isc", "spdx_id": "ISC"}))),
            lack: Lack::Nothing,
            ..API
        },
        Case {
            key: "codeowners",
            label: "errors are violations",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.codeowners]\npresent = true\nvalid = true\n")],
            org: || acme(repo("web").file("CODEOWNERS", "* @nobody\n")),
            lack: Lack::Permission("contents"),
            hidden: Some(|| acme(repo("web").private().file("CODEOWNERS", "* @nobody\n"))),
            unknown: ("acme/web:codeowners.valid", "contents:read"),
            never: Some((|| acme(repo("web")), "acme/web:codeowners.valid")),
            ..API
        },
    ]
}

/// A rule for the one repository.
fn rule(lines: &str) -> String {
    format!("[match]\nrepo = \"web\"\n{lines}")
}
