//! Cases of labels, environments, autolinks, pages, variables, secrets and interaction limits.

use ordain::model::Scope;
use serde_json::{Value, json};

use super::cases::{API, Case, Lack, acme};
use crate::support::{OrgState, org, repo};

const BOOKS: &[&str] = &["simulator/next_id"];

pub(super) fn all() -> Vec<Case> {
    let mut all = labels();
    all.extend(environments());
    all.extend(autolinks());
    all.extend(pages());
    all.extend(variables());
    all.extend(secrets());
    all.extend(interaction_limits());
    all
}

fn label(name: &str, color: &str) -> Value {
    json!({"name": name, "color": color, "description": null})
}

fn labels() -> Vec<Case> {
    vec![
        Case {
            key: "labels",
            label: "labels are made each by itself, and one in another case is renamed",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.labels.Bug]\ncolor = \"#D73A4A\"\n[repo.labels.\"good first issue\"]\n\
                 [repo.labels.security]\ncolor = \"b60205\"\ndescription = \"Ours\"\n",
            )],
            org: || acme(repo("web").rest("labels", json!([label("bug", "ffffff"), label("other", "d73a4a")]))),
            plans: &["acme/web:labels.Bug", "acme/web:labels.good first issue", "acme/web:labels.security"],
            moves: &[
                "acme/web/rest/labels/known/0/name",
                "acme/web/rest/labels/known/0/color",
                "acme/web/rest/labels/known/2",
                "acme/web/rest/labels/known/3",
            ],
            books: BOOKS,
            lack: Lack::Permission("issues"),
            hidden: Some(|| acme(repo("web").private())),
            unknown: ("acme/web:labels.Bug", "issues:read"),
            ..API
        },
        Case {
            key: "labels",
            label: "labels that no rule lists go",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.labels]\nprune = true\nBug = {}\n")],
            org: || acme(repo("web").rest("labels", json!([label("Bug", "ffffff"), label("what? no/way", "d73a4a")]))),
            plans: &["acme/web:labels.what? no/way"],
            options: &["--limit", "deletions=1"],
            moves: &["acme/web/rest/labels/known/1"],
            lack: Lack::Permission("issues"),
            hidden: Some(|| acme(repo("web").private())),
            unknown: ("acme/web:labels", "issues:read"),
            ..API
        },
    ]
}

/// The organisation's team and a person, as a snapshot has them.
fn peopled(org: OrgState) -> OrgState {
    let team = json!({
        "id": 41, "node_id": "T_41", "name": "core", "slug": "core", "description": null, "privacy": "closed", "permission": "pull",
        "parent": null, "url": "https://api.github.com/teams/41", "html_url": "https://github.com/orgs/acme/teams/core",
        "members_url": "https://api.github.com/teams/41/members{/member}", "type": "organization",
        "repositories_url": "https://api.github.com/teams/41/repos", "notification_setting": "notifications_enabled",
    });
    org.rest("teams", json!([team])).rest("/users/bob", json!({"login": "bob"}))
}

fn environments() -> Vec<Case> {
    const RULE: &str = "[match]\nrepo = \"web\"\n[repo.environments.production]\nwait_timer = 10\n\
        reviewers = [\"team:core\", \"user:bob\"]\ndeployment_branch_policy = \"custom_branch_policies\"\n\
        branch_policies = [\"main\", \"tag:v*\"]\n";
    vec![
        Case {
            key: "environments",
            label: "an environment is protected, and what is not named stays",
            policy: &[("rules/a.toml", RULE)],
            org: || {
                let review = json!({"type": "required_reviewers", "prevent_self_review": true,
                    "reviewers": [{"type": "Team", "reviewer": {"id": 41, "slug": "core"}}]});
                let production = json!({"id": 5, "name": "production", "protection_rules": [review], "deployment_branch_policy": null});
                let staging =
                    json!({"id": 6, "name": "staging", "protection_rules": [], "deployment_branch_policy": null});
                peopled(acme(repo("web").rest("environments", json!([production, staging]))))
            },
            plans: &["acme/web:environments.production", "acme/web:environments.production.branch_policies"],
            moves: &[
                "acme/web/rest/environments/known/0/deployment_branch_policy",
                "acme/web/rest/environments/known/0/protection_rules",
                "acme/web/rest/environments/production/deployment-branch-policies",
            ],
            books: BOOKS,
            lack: Lack::Permission("actions"),
            hidden: Some(|| acme(repo("web").private())),
            unknown: ("acme/web:environments.production", "actions:read"),
            never: Some((|| acme(repo("web").private()), "acme/web:environments.production")),
            ..API
        },
        Case {
            key: "environments",
            label: "an environment is made, and one that no rule lists goes",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.environments]\nprune = true\n[repo.environments.items.docs]\n",
            )],
            org: || {
                let old = json!({"id": 5, "name": "old", "protection_rules": [{"type": "wait_timer", "wait_timer": 3}],
                    "deployment_branch_policy": null});
                acme(repo("web").rest("environments", json!([old])))
            },
            plans: &["acme/web:environments.docs", "acme/web:environments.old"],
            options: &["--limit", "deletions=1", "--limit", "loosening=1"],
            moves: &["acme/web/rest/environments/known/0"],
            books: BOOKS,
            lack: Lack::Permission("actions"),
            hidden: Some(|| acme(repo("web").private())),
            unknown: ("acme/web:environments", "actions:read"),
            ..API
        },
    ]
}

fn autolinks() -> Vec<Case> {
    vec![Case {
        key: "autolinks",
        label: "an autolink is changed by making it anew, one is made, and one that no rule lists goes",
        policy: &[(
            "rules/a.toml",
            "[match]\nrepo = \"web\"\n[repo.autolinks]\nprune = true\n[repo.autolinks.\"T-\"]\nurl_template = \"https://t.test/<num>\"\n\
             [repo.autolinks.\"NEW-\"]\nurl_template = \"https://n.test/<num>\"\nis_alphanumeric = false\n",
        )],
        org: || {
            let link = |id: u64, prefix: &str| json!({"id": id, "key_prefix": prefix, "url_template": "https://old.test/<num>", "is_alphanumeric": false});
            acme(repo("web").rest("autolinks", json!([link(3, "GONE-"), link(4, "T-")])))
        },
        plans: &["acme/web:autolinks.GONE-", "acme/web:autolinks.NEW-", "acme/web:autolinks.T-"],
        options: &["--limit", "deletions=1"],
        moves: &["acme/web/rest/autolinks/known"],
        books: BOOKS,
        unknown: ("acme/web:autolinks.T-", "administration:read"),
        ..API
    }]
}

fn pages() -> Vec<Case> {
    vec![
        Case {
            key: "pages",
            label: "a site is changed where it is declared",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.pages]\nhttps_enforced = true\nsource = { path = \"/docs\" }\n",
            )],
            org: || {
                let site =
                    json!({"build_type": "legacy", "source": {"branch": "main", "path": "/"}, "https_enforced": false});
                acme(repo("web").set("has_pages", json!(true)).rest("pages", site))
            },
            plans: &["acme/web:pages", "acme/web:pages.https_enforced"],
            moves: &["acme/web/rest/pages/known/https_enforced", "acme/web/rest/pages/known/source/path"],
            lack: Lack::Permission("pages"),
            unknown: ("acme/web:pages", "pages:read"),
            ..API
        },
        Case {
            key: "pages",
            label: "a site is made, with its domain by a second call",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.pages]\nbuild_type = \"workflow\"\ncname = \"docs.acme.test\"\n",
            )],
            org: || acme(repo("web")),
            plans: &["acme/web:pages"],
            moves: &["acme/web/rest/pages", "acme/web/has_pages"],
            lack: Lack::Permission("pages"),
            hidden: Some(|| {
                acme(repo("web").set("has_pages", json!(true)).rest("pages", json!({"build_type": "legacy"})))
            }),
            unknown: ("acme/web:pages", "pages:read"),
            ..API
        },
    ]
}

fn variables() -> Vec<Case> {
    vec![
        Case {
            key: "variables",
            label: "variables are made, changed and, where no rule lists them, deleted",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.variables]\nprune = true\nnode = \"22\"\nos = \"linux\"\nregion = \"eu\"\n",
            )],
            org: || {
                let listed = json!([{"name": "GONE", "value": "1"}, {"name": "NODE", "value": "20"}]);
                acme(repo("web").rest("actions/variables", listed))
            },
            plans: &[
                "acme/web:variables.GONE",
                "acme/web:variables.node",
                "acme/web:variables.os",
                "acme/web:variables.region",
            ],
            options: &["--limit", "deletions=1"],
            moves: &["acme/web/rest/actions/variables/known"],
            books: BOOKS,
            lack: Lack::Permission("actions_variables"),
            unknown: ("acme/web:variables.node", "actions_variables:read"),
            ..API
        },
        Case {
            scope: Scope::Org,
            key: "variables",
            label: "the organisation's variables are made, changed and deleted",
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.variables]\nprune = true\nnode = \"22\"\nos = \"linux\"\nregion = \"eu\"\n",
            )],
            org: || {
                let listed = json!([{"name": "GONE", "value": "1", "visibility": "all"}, {"name": "NODE", "value": "20", "visibility": "all"}]);
                acme(repo("web")).rest("actions/variables", listed)
            },
            plans: &["acme:variables.GONE", "acme:variables.node", "acme:variables.os", "acme:variables.region"],
            options: &["--limit", "deletions=1"],
            moves: &["acme/rest/actions/variables/known"],
            books: BOOKS,
            lack: Lack::Permission("organization_actions_variables"),
            unknown: ("acme:variables.node", "organization_actions_variables:read"),
            ..API
        },
    ]
}

fn secrets() -> Vec<Case> {
    vec![
        Case {
            key: "secrets",
            label: "a secret that must not be there goes",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.secrets.NPM_TOKEN]\npresent = false\n")],
            org: || acme(repo("web").rest("actions/secrets", json!([{"name": "KEPT"}, {"name": "NPM_TOKEN"}]))),
            plans: &["acme/web:secrets.NPM_TOKEN"],
            options: &["--limit", "deletions=1"],
            moves: &["acme/web/rest/actions/secrets/known/1"],
            lack: Lack::Permission("secrets"),
            unknown: ("acme/web:secrets.NPM_TOKEN", "secrets:read"),
            ..API
        },
        Case {
            scope: Scope::Org,
            key: "secrets",
            label: "a secret of the organisation that must not be there goes",
            policy: &[("rules/a.toml", "[match]\norg = \"acme\"\n[org.secrets.NPM_TOKEN]\npresent = false\n")],
            org: || acme(repo("web")).rest("actions/secrets", json!([{"name": "NPM_TOKEN", "visibility": "all"}])),
            plans: &["acme:secrets.NPM_TOKEN"],
            options: &["--limit", "deletions=1"],
            moves: &["acme/rest/actions/secrets/known"],
            lack: Lack::Permission("organization_secrets"),
            unknown: ("acme:secrets.NPM_TOKEN", "organization_secrets:read"),
            ..API
        },
    ]
}

fn interaction_limits() -> Vec<Case> {
    vec![
        Case {
            key: "interaction_limit",
            label: "a limit is set",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo]\ninteraction_limit = { limit = \"existing_users\", expiry = \"one_month\" }\n",
            )],
            org: || acme(repo("web")),
            plans: &["acme/web:interaction_limit"],
            moves: &["acme/web/rest/interaction-limits"],
            unknown: ("acme/web:interaction_limit", "administration:read"),
            ..API
        },
        Case {
            key: "interaction_limit",
            label: "a limit is taken away, which loosens",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\ninteraction_limit = \"no_limit\"\n")],
            org: || {
                let limit = json!({"limit": "existing_users", "expires_at": "2026-12-22T12:00:00Z"});
                acme(repo("web").rest("interaction-limits", limit))
            },
            plans: &["acme/web:interaction_limit"],
            options: &["--limit", "loosening=1"],
            moves: &["acme/web/rest/interaction-limits/known"],
            hidden: Some(|| acme(repo("web"))),
            unknown: ("acme/web:interaction_limit", "administration:read"),
            ..API
        },
        Case {
            scope: Scope::Org,
            key: "interaction_limit",
            label: "a limit that ran out is set anew",
            policy: &[("rules/a.toml", "[match]\norg = \"acme\"\n[org]\ninteraction_limit = \"contributors_only\"\n")],
            org: || {
                let over = json!({"limit": "contributors_only", "expires_at": "2026-11-22T11:59:59Z"});
                org("acme").repo(repo("web")).rest("interaction-limits", over)
            },
            plans: &["acme:interaction_limit"],
            moves: &["acme/rest/interaction-limits/known/expires_at"],
            lack: Lack::Permission("organization_administration"),
            unknown: ("acme:interaction_limit", "organization_administration:read"),
            ..API
        },
    ]
}
