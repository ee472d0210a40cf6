//! Rulesets, classic protection, and what protects a branch in effect.

mod planned;
mod protection;
mod rulesets;

use ordain::model::Scope;
use serde_json::{Value, json};

use super::cases::{API, Case, Lack, acme};
use crate::support::{OrgState, RepoState, org, repo};

/// A ruleset as a state holds it.
pub(super) fn ruleset(id: u64, name: &str, changes: Value) -> Value {
    let mut made = json!({
        "id": id, "name": name, "target": "branch", "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "bypass_actors": [], "rules": [{"type": "deletion"}],
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    });
    if let (Some(made), Value::Object(changes)) = (made.as_object_mut(), changes) {
        made.extend(changes);
    }
    made
}

/// A repository with these rulesets.
pub(super) fn ruled(name: &str, rulesets: &[Value]) -> RepoState {
    repo(name).rest("rulesets", json!(rulesets))
}

/// A rule of classic protection as a state holds it: reviews, and a check that any app may set.
pub(super) fn classic(id: u64, pattern: &str, changes: Value) -> Value {
    let none = json!({"totalCount": 0, "nodes": []});
    let mut made = json!({
        "id": format!("BPR_{id}"), "databaseId": id, "pattern": pattern, "isAdminEnforced": false, "requiresLinearHistory": false,
        "allowsForcePushes": false, "allowsDeletions": false, "blocksCreations": false, "requiresConversationResolution": true,
        "lockBranch": false, "lockAllowsFetchAndMerge": false, "requiresStatusChecks": true, "requiresStrictStatusChecks": true,
        "requiredStatusChecks": [{"context": "lint", "app": null}], "requiresApprovingReviews": true,
        "dismissesStaleReviews": true, "requiresCodeOwnerReviews": true, "requireLastPushApproval": false,
        "requiredApprovingReviewCount": 1, "restrictsReviewDismissals": false, "reviewDismissalAllowances": none,
        "bypassPullRequestAllowances": none, "restrictsPushes": true, "requiresCommitSignatures": false,
        "pushAllowances": {"totalCount": 2, "nodes": [
            {"actor": {"__typename": "User", "id": "U_kgDO0000D2FDF7", "databaseId": 13_721_079, "login": "octocat"}},
            {"actor": {"__typename": "Team", "id": "T_44", "databaseId": 44, "slug": "core"}},
        ]},
    });
    if let (Some(made), Value::Object(changes)) = (made.as_object_mut(), changes) {
        made.extend(changes);
    }
    made
}

/// A repository with these rules of classic protection.
pub(super) fn guarded(name: &str, rules: &[Value]) -> RepoState {
    repo(name).graphql("branchProtectionRules", json!({"totalCount": rules.len(), "nodes": rules}))
}

/// An organisation with teams, an app, and rulesets of its own.
pub(super) fn company(rulesets: &[Value]) -> OrgState {
    let team = |id: u64, slug: &str| {
        json!({"id": id, "node_id": format!("T_{id}"), "slug": slug, "name": slug, "description": null, "privacy": "closed",
            "notification_setting": "notifications_enabled", "permission": "pull", "parent": null, "type": "organization",
            "url": "https://api.github.com/x", "html_url": "https://github.com/x", "members_url": "https://api.github.com/x",
            "repositories_url": "https://api.github.com/x"})
    };
    org("acme")
        .rest("teams", json!([team(44, "core"), team(45, "docs")]))
        .rest("/apps/renovate", json!({"id": 2740, "slug": "renovate", "node_id": "A_kwDOrenovate"}))
        .rest("rulesets", json!(rulesets))
}

const MAIN: &str = "[match]\nrepo = \"web\"\n[repo.rulesets.main]\nenforcement = \"active\"\n\
    conditions = { ref_name = { include = [\"~DEFAULT_BRANCH\"] } }\nbypass_actors = { \"org_admin\" = \"pull_request\" }\n\
    [repo.rulesets.main.rules.deletion]\n[repo.rulesets.main.rules.non_fast_forward]\n\
    [repo.rulesets.main.rules.pull_request]\nrequired_approving_review_count = 1\n\
    [repo.rulesets.main.rules.update]\nupdate_allows_fetch_and_merge = false\n";

/// The cases of this area.
pub(super) fn cases() -> Vec<Case> {
    let at = |files: &'static [(&'static str, &'static str)]| files;
    vec![
        Case {
            key: "rulesets",
            label: "a ruleset is made",
            policy: at(&[("rules/a.toml", MAIN)]),
            org: || acme(repo("web")),
            plans: &["acme/web:rulesets.main"],
            moves: &["acme/web/rest/rulesets"],
            books: &["simulator/next_id"],
            hidden: Some(|| acme(ruled("web", &[ruleset(7, "main", json!({"enforcement": "evaluate"}))]))),
            unknown: ("acme/web:rulesets.main", "administration:write"),
            never: Some((
                || org("acme").sim("plan", json!("free")).repo(repo("web").private()),
                "acme/web:rulesets.main",
            )),
            ..API
        },
        Case {
            key: "rulesets",
            label: "a ruleset is written over what it is",
            policy: at(&[("rules/a.toml", MAIN)]),
            org: || {
                let main =
                    ruleset(7, "main", json!({"enforcement": "evaluate", "rules": [{"type": "required_signatures"}]}));
                acme(ruled("web", &[main, ruleset(8, "other", json!({}))]))
            },
            plans: &["acme/web:rulesets.main"],
            // The policy lets owners go around it by pull requests, which nobody could before.
            options: &["--limit", "loosening=1"],
            moves: &[
                "acme/web/rest/rulesets/known/0/enforcement",
                "acme/web/rest/rulesets/known/0/bypass_actors",
                "acme/web/rest/rulesets/known/0/rules/1",
            ],
            books: &["acme/web/rest/rulesets/known/0/updated_at", "acme/web/rest/rulesets/known/0/rules/"],
            unknown: ("acme/web:rulesets.main", "administration:write"),
            ..API
        },
        Case {
            key: "rulesets",
            label: "rulesets that the policy does not name go",
            policy: at(&[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.rulesets]\nprune = true\n")]),
            org: || acme(ruled("web", &[ruleset(8, "stray", json!({}))])),
            plans: &["acme/web:rulesets.stray"],
            options: &["--limit", "deletions=1", "--limit", "loosening=1"],
            moves: &["acme/web/rest/rulesets/known"],
            lack: Lack::Refused("/graphql", "metadata=read"),
            hidden: Some(|| {
                acme(repo("web").rest_reading("rulesets", json!({"unknown": "no", "permission": "metadata:read"})))
            }),
            unknown: ("acme/web:rulesets", "metadata:read"),
            ..API
        },
        Case {
            scope: Scope::Org,
            key: "rulesets",
            label: "a ruleset of the organisation is made",
            policy: at(&[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.rulesets.all]\nbypass_actors = {}\n[org.rulesets.all.conditions]\n\
                 ref_name = { include = [\"~DEFAULT_BRANCH\"] }\nrepository_name = { include = [\"~ALL\"] }\n\
                 [org.rulesets.all.rules.deletion]\n",
            )]),
            org: || acme(repo("web")),
            plans: &["acme:rulesets.all"],
            moves: &["acme/rest/rulesets"],
            books: &["simulator/next_id"],
            lack: Lack::Permission("organization_administration"),
            unknown: ("acme:rulesets.all", "organization_administration:write"),
            ..API
        },
    ]
    .into_iter()
    .chain(protection())
    .collect()
}

/// The cases of classic protection, and of what protects in effect.
fn protection() -> Vec<Case> {
    vec![
        Case {
            key: "branch_protection",
            label: "the rule of a branch is written over what it is",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.branch_protection.main]\nenforce_admins = true\n\
                 [repo.branch_protection.main.required_pull_request_reviews]\nrequired_approving_review_count = 2\n",
            )],
            org: || company(&[]).repo(guarded("web", &[classic(3, "main", json!({}))])),
            plans: &["acme/web:branch_protection.main"],
            moves: &[
                "acme/web/graphql/branchProtectionRules/known/nodes/0/isAdminEnforced",
                "acme/web/graphql/branchProtectionRules/known/nodes/0/requiredApprovingReviewCount",
            ],
            // The number that the simulator gives people.
            books: &["acme/web/graphql/branchProtectionRules/known/nodes/0/pushAllowances/nodes/0/actor/"],
            unknown: ("acme/web:branch_protection.main", "administration:read"),
            never: Some((
                || org("acme").sim("plan", json!("free")).repo(repo("web").private()),
                "acme/web:branch_protection.main",
            )),
            ..API
        },
        Case {
            key: "branch_protection",
            label: "a pattern is protected by GraphQL",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.branch_protection.\"release/*\"]\nrequired_linear_history = true\n\
                 restrictions = { teams = [\"core\"], users = [\"octocat\"], apps = [\"renovate\"] }\n\
                 required_status_checks = { checks = [{ context = \"ci\", app_id = \"app:renovate\" }, { context = \"lint\" }] }\n",
            )],
            org: || company(&[]).repo(guarded("web", &[classic(3, "main", json!({}))])),
            plans: &["acme/web:branch_protection.release/*"],
            moves: &["acme/web/graphql/branchProtectionRules/known/nodes"],
            books: &["acme/web/graphql/branchProtectionRules/known/totalCount", "simulator/next_id"],
            unknown: ("acme/web:branch_protection.release/*", "administration:read"),
            ..API
        },
        Case {
            key: "protected",
            label: "what is missing is told, and nothing written",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.protected]\nno_force_push = true\nno_bypass = true\n",
            )],
            org: || acme(repo("web")),
            unknown: ("acme/web:protected.no_force_push", "administration:read"),
            never: Some((
                || org("acme").sim("plan", json!("free")).repo(repo("web").private()),
                "acme/web:protected.no_force_push",
            )),
            ..API
        },
    ]
}
