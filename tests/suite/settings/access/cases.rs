//! The cases of access: teams, people, keys, hooks, apps.

use ordain::model::Scope;
use serde_json::{Value, json};

use super::super::cases::{API, Case, Lack, acme};
use crate::support::{OrgState, RepoState, org, repo};

const MEMBERS: Case = Case { lack: Lack::Permission("members"), unknown: ("", "members:read"), ..API };

/// An organisation with owners, members and teams.
fn staffed(web: RepoState) -> OrgState {
    acme(web)
        .rest("members?role=admin", json!([{"login": "Olga"}, {"login": "otto"}]))
        .rest("members?role=member", json!([{"login": "Ann"}, {"login": "ben"}, {"login": "cleo"}]))
        .rest("teams", json!([{"slug": "core", "privacy": "closed", "description": "old"}, {"slug": "docs"}]))
        .rest("teams/core/members", json!([{"login": "Ann", "role": "member"}, {"login": "ben", "role": "maintainer"}]))
}

fn hook(url: &str, more: &Value) -> Value {
    let mut hook = json!({
        "id": 41, "active": true, "events": ["push", "issues"],
        "config": {"url": url, "content_type": "form", "insecure_ssl": "1", "secret": "shibboleth"},
    });
    hook.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    hook
}

pub(in super::super) fn all() -> Vec<Case> {
    let mut all = people();
    all.extend(of_teams());
    all.extend(others());
    all.extend(hooks());
    all
}

fn people() -> Vec<Case> {
    vec![
        Case {
            key: "collaborators",
            label: "one is lowered, one is invited, all others go",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.collaborators]\nprune = true\nann = \"triage\"\nnew-one = \"pull\"\n",
            )],
            org: || {
                let direct =
                    json!([{"login": "Ann", "role_name": "admin"}, {"login": "mallory", "role_name": "write"}]);
                let open = json!([{"id": 9, "invitee": {"login": "eve"}, "permissions": "write"}]);
                let web = repo("web").rest("collaborators?affiliation=direct", direct).rest("invitations", open);
                // Somebody whom GitHub knows from elsewhere.
                staffed(web).rest("outside_collaborators", json!([{"login": "new-one"}]))
            },
            plans: &[
                "acme/web:collaborators.ann",
                "acme/web:collaborators.eve",
                "acme/web:collaborators.mallory",
                "acme/web:collaborators.new-one",
            ],
            options: &["--limit", "deletions=2", "--limit", "loosening=1"],
            moves: &["acme/web/rest/collaborators?affiliation=direct/known", "acme/web/rest/invitations/known"],
            books: &["simulator/next_id"],
            unknown: ("acme/web:collaborators.ann", "administration:read"),
            ..API
        },
        Case {
            scope: Scope::Org,
            key: "members",
            label: "an owner is made, one becomes a member, one is removed, one is invited",
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.members]\nowners = [\"olga\", \"ann\"]\nmembers = [\"OTTO\", \"ben\", \"new-one\"]\nprune = true\n",
            )],
            org: || staffed(repo("web")).rest("outside_collaborators", json!([{"login": "new-one"}])),
            plans: &["acme:members.members", "acme:members.owners"],
            options: &["--limit", "deletions=1", "--limit", "loosening=2"],
            moves: &[
                "acme/rest/members?role=admin/known",
                "acme/rest/members?role=member/known",
                "acme/rest/invitations",
            ],
            books: &["simulator/next_id"],
            unknown: ("acme:members.owners", "members:read"),
            ..MEMBERS
        },
        Case {
            scope: Scope::Org,
            key: "outside_collaborators",
            label: "whoever is not allowed loses all access",
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.outside_collaborators]\nallowed = [\"EVE\"]\nmax = 1\n",
            )],
            org: || {
                let direct = json!([{"login": "eve", "role_name": "read"}, {"login": "mallory", "role_name": "write"}]);
                staffed(repo("web").rest("collaborators?affiliation=direct", direct))
            },
            plans: &["acme:outside_collaborators.allowed"],
            options: &["--limit", "deletions=1"],
            moves: &["acme/web/rest/collaborators?affiliation=direct/known"],
            unknown: ("acme:outside_collaborators.allowed", "members:read"),
            ..MEMBERS
        },
        Case {
            key: "admins",
            label: "the administrators are only counted",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.admins]\nmax = 1\n")],
            org: || {
                staffed(
                    repo("web")
                        .rest("collaborators?affiliation=direct", json!([{"login": "eve", "role_name": "admin"}])),
                )
            },
            unknown: ("acme/web:admins", "administration:read"),
            ..API
        },
    ]
}

fn of_teams() -> Vec<Case> {
    vec![
        Case {
            key: "teams",
            label: "a team is given the repository, one is lowered, the others lose it",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.teams]\nprune = true\nCore = \"push\"\ndocs = \"pull\"\n",
            )],
            org: || {
                let grants = json!([{"slug": "docs", "permission": "admin"}, {"slug": "old", "permission": "push"}]);
                let teams = json!([{"slug": "core"}, {"slug": "docs"}, {"slug": "old"}]);
                staffed(repo("web").rest("teams", grants)).rest("teams", teams)
            },
            plans: &["acme/web:teams.Core", "acme/web:teams.docs", "acme/web:teams.old"],
            options: &["--limit", "deletions=1", "--limit", "loosening=1"],
            moves: &["acme/web/rest/teams/known"],
            unknown: ("acme/web:teams.docs", "members:read"),
            ..MEMBERS
        },
        Case {
            scope: Scope::Org,
            key: "teams",
            label: "a team is made and filled, one is changed, the others go with their accesses",
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.teams]\nprune = true\n[org.teams.core]\ndescription = \"new\"\nmembers = [\"ben\"]\n\
                 maintainers = [\"cleo\", \"new-one\"]\n[org.teams.inner]\nparent = \"core\"\nmembers = [\"olga\"]\n",
            )],
            org: || {
                let web = repo("web").rest("teams", json!([{"slug": "docs", "permission": "push"}]));
                staffed(web).rest("outside_collaborators", json!([{"login": "new-one"}]))
            },
            plans: &[
                "acme:teams.core",
                "acme:teams.core.maintainers",
                "acme:teams.core.members",
                "acme:teams.docs",
                "acme:teams.inner",
                "acme:teams.inner.members",
            ],
            options: &["--limit", "deletions=2", "--limit", "loosening=4"],
            moves: &[
                "acme/rest/teams/known",
                "acme/rest/teams/core",
                "acme/rest/teams/inner",
                "acme/web/rest/teams/known",
                "acme/rest/invitations",
            ],
            books: &["simulator/next_id"],
            unknown: ("acme:teams.core", "members:read"),
            ..MEMBERS
        },
        Case {
            scope: Scope::Org,
            key: "security_managers",
            label: "the role goes to the team that is listed and from the other",
            policy: &[("rules/a.toml", "[match]\norg = \"acme\"\n[org]\nsecurity_managers = [\"Core\"]\n")],
            org: || staffed(repo("web")).rest("organization-roles/138/teams", json!([{"slug": "docs"}])),
            plans: &["acme:security_managers"],
            moves: &["acme/rest/organization-roles/138/teams/known"],
            lack: Lack::Permission("organization_custom_org_roles"),
            unknown: ("acme:security_managers", "organization_custom_org_roles:read"),
            ..API
        },
    ]
}

fn others() -> Vec<Case> {
    vec![
        Case {
            key: "deploy_keys",
            label: "a key that may push is deleted",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.deploy_keys]\nallowed = \"read_only\"\n")],
            org: || {
                let keys = json!([{"id": 7, "title": "docs", "read_only": true}, {"id": 8, "title": "ci", "read_only": false}]);
                acme(repo("web").rest("keys", keys))
            },
            plans: &["acme/web:deploy_keys"],
            options: &["--limit", "deletions=1"],
            moves: &["acme/web/rest/keys/known"],
            unknown: ("acme/web:deploy_keys", "administration:read"),
            ..API
        },
        Case {
            scope: Scope::Org,
            key: "apps",
            label: "the Apps are only looked at",
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.apps]\ninstalled = [\"renovate\"]\nallowed = [\"renovate\"]\n",
            )],
            org: || {
                org("acme")
                    .rest("installations", json!([{"app_slug": "renovate"}, {"app_slug": "spy"}]))
                    .repo(repo("web"))
            },
            lack: Lack::Permission("organization_administration"),
            unknown: ("acme:apps.allowed", "organization_administration:read"),
            ..API
        },
    ]
}

fn hooks() -> Vec<Case> {
    vec![
        Case {
            key: "webhooks",
            label: "a hook is mended and keeps its secret, one is made, the others go",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.webhooks]\nprune = true\n[repo.webhooks.\"https://ci.test/hook\"]\nevents = [\"push\"]\n\
                 content_type = \"json\"\ninsecure_ssl = false\nsecret = true\n[repo.webhooks.\"https://new.test/\"]\nevents = [\"*\"]\n",
            )],
            org: || {
                let old = hook("https://old.test/", &json!({"id": 42}));
                acme(repo("web").rest("hooks", json!([hook("https://ci.test/hook", &json!({})), old])))
            },
            plans: &[
                "acme/web:webhooks.https://ci.test/hook.content_type",
                "acme/web:webhooks.https://ci.test/hook.events",
                "acme/web:webhooks.https://ci.test/hook.insecure_ssl",
                "acme/web:webhooks.https://new.test/",
                "acme/web:webhooks.https://old.test/",
            ],
            options: &["--limit", "deletions=1"],
            moves: &["acme/web/rest/hooks/known"],
            books: &["simulator/next_id"],
            lack: Lack::Permission("repository_hooks"),
            unknown: ("acme/web:webhooks.https://ci.test/hook.secret", "repository_hooks:read"),
            ..API
        },
        Case {
            scope: Scope::Org,
            key: "webhooks",
            label: "a hook of the organisation is switched on",
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.webhooks.\"https://audit.test/\"]\nactive = true\n",
            )],
            org: || {
                let audit = hook("https://audit.test/", &json!({"active": false}));
                acme(repo("web")).rest("hooks", json!([audit]))
            },
            plans: &["acme:webhooks.https://audit.test/.active"],
            moves: &["acme/rest/hooks/known/0/active"],
            lack: Lack::Permission("organization_hooks"),
            unknown: ("acme:webhooks.https://audit.test/.active", "organization_hooks:read"),
            ..API
        },
    ]
}
