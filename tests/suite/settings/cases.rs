//! The cases: for each setting a rule, a state that differs from it, and what must come of it.

use ordain::model::Scope;
use serde_json::json;

use crate::support::{OrgState, RepoState, org, repo};

/// How the setting is made unreadable.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lack {
    /// The token lacks this permission.
    Permission(&'static str),
    /// GitHub refuses this path, and says which permission it would accept.
    Refused(&'static str, &'static str),
    /// It cannot be: everyone who sees the repository is told it.
    Nothing,
}

/// Makes the state of a case.
pub(super) type MakeOrg = fn() -> OrgState;

/// One case.
pub(super) struct Case {
    pub(super) scope: Scope,
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    /// The policy's files.
    pub(super) policy: &'static [(&'static str, &'static str)],
    /// The state that differs from it.
    pub(super) org: MakeOrg,
    /// The ids of the changes that the first plan shows.
    pub(super) plans: &'static [&'static str],
    /// Options of apply.
    pub(super) options: &'static [&'static str],
    /// The places of the state that must differ afterwards, and no others but `books`.
    pub(super) moves: &'static [&'static str],
    /// Places that may differ: commits, pull requests.
    pub(super) books: &'static [&'static str],
    pub(super) lack: Lack,
    /// The state in which the lack shows, where it is another one.
    pub(super) hidden: Option<MakeOrg>,
    /// What is then unknown, and the permission that is named.
    pub(super) unknown: (&'static str, &'static str),
    /// A state in which it cannot exist, and what is then not applicable.
    pub(super) never: Option<(MakeOrg, &'static str)>,
}

/// A change through the API: nothing but the value may move.
pub(super) const API: Case = Case {
    scope: Scope::Repo,
    key: "",
    label: "",
    policy: &[],
    org: || org("acme"),
    plans: &[],
    options: &[],
    moves: &[],
    books: &[],
    lack: Lack::Permission("administration"),
    hidden: None,
    unknown: ("", "administration:read"),
    never: None,
};

/// A change by pull request: its commit and its number may move too.
const FILE: Case = Case {
    books: &[
        "acme/web/simulator/git",
        "acme/web/simulator/pulls",
        "acme/web/graphql/defaultBranchRef",
        "acme/web/updated_at",
        "acme/web/pushed_at",
        "simulator/next_id",
    ],
    lack: Lack::Permission("contents"),
    unknown: ("", "contents:read"),
    ..API
};

/// What every state holds beside the repository in question: another one, which no rule matches, with nothing switched on.
fn bystander() -> RepoState {
    repo("other").pvr(false).alerts(false).file(".github/workflows/ci.yml", "on: push\n")
}

pub(super) fn acme(web: RepoState) -> OrgState {
    org("acme").repo(web).repo(bystander())
}

const SCORECARD: &str = include_str!("../../../policy/files/scorecard.yml");
const CI: &str = ".github/workflows/ci.yml";

pub(super) fn all() -> Vec<Case> {
    let mut all = switches();
    all.extend(scans());
    all.extend(files());
    all.extend(workflows());
    all.push(code_security());
    all.extend(super::repository::cases());
    all.extend(super::access::cases::all());
    all.extend(super::rules::cases());
    all.extend(super::store_cases::all());
    all.extend(super::actions_cases::all());
    all
}

fn switches() -> Vec<Case> {
    vec![
        Case {
            key: "private_vulnerability_reporting",
            label: "reporting is switched on",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\nprivate_vulnerability_reporting = true\n")],
            org: || acme(repo("web").pvr(false)),
            plans: &["acme/web:private_vulnerability_reporting"],
            moves: &["acme/web/rest/private-vulnerability-reporting/known/enabled"],
            lack: Lack::Refused("/repos/acme/web/private-vulnerability-reporting", "metadata=read"),
            unknown: ("acme/web:private_vulnerability_reporting", "metadata:read"),
            never: Some((|| acme(repo("web").private()), "acme/web:private_vulnerability_reporting")),
            ..API
        },
        Case {
            key: "private_vulnerability_reporting",
            label: "reporting is switched off, which loosens",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\nprivate_vulnerability_reporting = false\n")],
            org: || acme(repo("web").pvr(true)),
            plans: &["acme/web:private_vulnerability_reporting"],
            options: &["--limit", "loosening=1"],
            moves: &["acme/web/rest/private-vulnerability-reporting/known/enabled"],
            lack: Lack::Refused("/repos/acme/web/private-vulnerability-reporting", "metadata=read"),
            unknown: ("acme/web:private_vulnerability_reporting", "metadata:read"),
            ..API
        },
        Case {
            key: "dependabot_alerts",
            label: "alerts are switched on",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\ndependabot_alerts = true\n")],
            org: || acme(repo("web").alerts(false)),
            plans: &["acme/web:dependabot_alerts"],
            moves: &["acme/web/graphql/hasVulnerabilityAlertsEnabled/known"],
            unknown: ("acme/web:dependabot_alerts", "administration:read"),
            ..API
        },
        Case {
            key: "dependabot_security_updates",
            label: "updates stand on alerts, which come first",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo]\ndependabot_alerts = true\ndependabot_security_updates = true\n",
            )],
            org: || acme(repo("web").alerts(false).fixes(false)),
            plans: &["acme/web:dependabot_alerts", "acme/web:dependabot_security_updates"],
            moves: &[
                "acme/web/graphql/hasVulnerabilityAlertsEnabled/known",
                "acme/web/rest/automated-security-fixes/known/enabled",
                "acme/web/security_and_analysis/dependabot_security_updates/status",
            ],
            unknown: ("acme/web:dependabot_security_updates", "administration:read"),
            ..API
        },
    ]
}

fn scans() -> Vec<Case> {
    let rule: &'static [(&str, &str)] = &[(
        "rules/a.toml",
        "[match]\nrepo = \"web\"\n[repo.secret_scanning]\nenabled = true\npush_protection = true\n",
    )];
    vec![Case {
        key: "secret_scanning",
        label: "secret scanning is switched on",
        policy: rule,
        org: || {
            let off = |repo: RepoState| repo.switch("secret_scanning", false);
            acme(off(repo("web")).switch("secret_scanning_push_protection", false))
        },
        plans: &["acme/web:secret_scanning.enabled", "acme/web:secret_scanning.push_protection"],
        moves: &[
            "acme/web/security_and_analysis/secret_scanning/status",
            "acme/web/security_and_analysis/secret_scanning_push_protection/status",
        ],
        unknown: ("acme/web:secret_scanning.enabled", "administration:read"),
        never: Some((|| acme(repo("web").private()), "acme/web:secret_scanning.enabled")),
        ..API
    }]
}

fn files() -> Vec<Case> {
    vec![
        Case {
            key: "files",
            label: "a file is brought by pull request",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.files.\"NOTICE\"]\ncontent = \"ours\\n\"\n")],
            org: || acme(repo("web").file("NOTICE", "theirs\n")),
            plans: &["acme/web:files.NOTICE"],
            moves: &["acme/web/files/NOTICE"],
            hidden: Some(|| acme(repo("web").private().file("NOTICE", "theirs\n"))),
            unknown: ("acme/web:files.NOTICE", "contents:read"),
            ..FILE
        },
        Case {
            key: "files",
            label: "a file is committed at once",
            policy: &[(
                "rules/a.toml",
                "[match]\nrepo = \"web\"\n[repo.files.\"docs/NOTICE\"]\ncontent = \"ours\\n\"\ndelivery = \"commit\"\n",
            )],
            org: || acme(repo("web")),
            plans: &["acme/web:files.docs/NOTICE"],
            moves: &["acme/web/files/docs/NOTICE"],
            hidden: Some(|| acme(repo("web").private())),
            unknown: ("acme/web:files.docs/NOTICE", "contents:read"),
            ..FILE
        },
        Case {
            key: "security_policy",
            label: "the contact comes with a template",
            policy: &[
                (
                    "rules/a.toml",
                    "[match]\nrepo = \"web\"\n[repo.security_policy]\ncontact = \"sec@acme.test\"\ntemplate = \"SECURITY.md\"\n",
                ),
                ("files/SECURITY.md", "# Security of {{ repo.name }}\n\nWrite to sec@acme.test.\n"),
            ],
            org: || acme(repo("web").file(".github/SECURITY.md", "Ask anyone.\n")),
            plans: &["acme/web:security_policy"],
            moves: &["acme/web/files/.github/SECURITY.md"],
            hidden: Some(|| acme(repo("web").private().file("SECURITY.md", "Ask anyone.\n"))),
            unknown: ("acme/web:security_policy", "contents:read"),
            ..FILE
        },
    ]
}

fn workflows() -> Vec<Case> {
    vec![
        Case {
            key: "workflows",
            label: "a workflow that GitHub stopped runs again",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.workflows.\"ci.yml\"]\nstate = \"active\"\n")],
            org: || {
                let stopped = json!({"state": "disabled_inactivity", "updated_at": "2026-01-01T00:00:00Z"});
                acme(repo("web").file(CI, "on: push\n").workflow(CI, stopped))
            },
            plans: &["acme/web:workflows.ci.yml"],
            moves: &["acme/web/rest/actions/workflows/known/workflows/0/state"],
            books: &["acme/web/rest/actions/workflows/known/workflows/0/updated_at"],
            lack: Lack::Permission("actions"),
            hidden: Some(|| acme(repo("web").private().file(CI, "on: push\n"))),
            unknown: ("acme/web:workflows.ci.yml", "actions:read"),
            ..API
        },
        Case {
            key: "scorecard",
            label: "Scorecard is installed",
            policy: &[
                ("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.scorecard]\ntemplate = \"scorecard.yml\"\n"),
                ("files/scorecard.yml", SCORECARD),
            ],
            org: || acme(repo("web")),
            plans: &["acme/web:scorecard.installed"],
            moves: &["acme/web/files/.github/workflows/scorecard.yml", "acme/web/rest/actions/workflows"],
            books: &[
                "acme/web/simulator",
                "acme/web/graphql/defaultBranchRef",
                "acme/web/updated_at",
                "acme/web/pushed_at",
                "simulator/next_id",
            ],
            hidden: Some(|| acme(repo("web").private())),
            unknown: ("acme/web:scorecard.installed", "contents:read"),
            never: Some((|| acme(repo("web")), "acme/web:scorecard.active")),
            ..FILE
        },
        Case {
            key: "scorecard",
            label: "Scorecard is switched on again",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.scorecard]\n")],
            org: || {
                let path = ".github/workflows/scorecard.yml";
                let stopped = json!({"state": "disabled_inactivity"});
                let text = SCORECARD.replace("{{ repo.default_branch }}", "main");
                acme(repo("web").file(path, &text).workflow(path, stopped))
            },
            plans: &["acme/web:scorecard.active"],
            moves: &["acme/web/rest/actions/workflows/known/workflows/0/state"],
            books: &["acme/web/rest/actions/workflows/known/workflows/0/updated_at"],
            lack: Lack::Permission("contents"),
            hidden: Some(|| acme(repo("web").private())),
            unknown: ("acme/web:scorecard.installed", "contents:read"),
            ..API
        },
    ]
}

fn code_security() -> Case {
    Case {
        scope: Scope::Org,
        key: "code_security",
        label: "a configuration is made and attached",
        policy: &[(
            "rules/a.toml",
            "[match]\norg = \"acme\"\n[org.code_security.base]\nprivate_vulnerability_reporting = \"enabled\"\n\
             dependabot_alerts = \"enabled\"\nenforcement = \"unenforced\"\nattach = [\"web\"]\n\
             default_for_new_repos = \"public\"\n",
        )],
        org: || acme(repo("web").pvr(false).alerts(false).switch("secret_scanning", true)),
        plans: &[
            "acme:code_security.base",
            "acme:code_security.base.attach",
            "acme:code_security.base.default_for_new_repos",
        ],
        moves: &[
            "acme/rest/code-security/configurations/known",
            "acme/rest/code-security/configurations/defaults/known",
            "acme/web/rest/private-vulnerability-reporting/known/enabled",
            "acme/web/graphql/hasVulnerabilityAlertsEnabled/known",
            "acme/web/simulator/code_security_configuration",
        ],
        books: &["simulator/next_id"],
        lack: Lack::Permission("organization_administration"),
        unknown: ("acme:code_security.base", "organization_administration:read"),
        ..API
    }
}
