//! What every registered setting must prove: it plans what differs, applies it, then holds, moves nothing else, and says
//! unknown where it may not look.

mod access;
mod actions;
mod actions_cases;
mod api;
mod cases;
mod directions;
mod faults;
mod registry;
mod repository;
mod rules;
mod store_cases;
mod store_traps;

use std::collections::BTreeSet;

use ordain::{
    model::Scope,
    settings::SETTINGS,
    sim::{Fault, FaultKind},
};
use serde_json::{Value, json};

use self::cases::{Case, Lack, MakeOrg, all};
use crate::support::{Lab, OrgState, TOKEN, Token, differing, state_with};

/// Every permission that any setting needs.
const EVERYTHING: &[(&str, &str)] = &[
    ("metadata", "read"),
    ("administration", "write"),
    ("contents", "write"),
    ("actions", "write"),
    ("actions_variables", "write"),
    ("issues", "write"),
    ("organization_actions_variables", "write"),
    ("organization_secrets", "write"),
    ("pages", "write"),
    ("secrets", "write"),
    ("pull_requests", "write"),
    ("workflows", "write"),
    ("organization_administration", "write"),
    ("organization_custom_properties", "admin"),
    ("members", "write"),
    ("organization_custom_org_roles", "read"),
    ("organization_hooks", "write"),
    ("repository_hooks", "write"),
    ("organization_self_hosted_runners", "write"),
];

fn lab(case: &Case, org: OrgState, lacking: Option<&str>) -> Lab {
    let weak: Vec<_> = EVERYTHING.iter().copied().filter(|(name, _)| Some(*name) != lacking).collect();
    let state = state_with([org], [Token::owner(TOKEN), Token::with("ghp_weak", &weak)]);
    let lab = Lab::new(&state).policy(case.policy);
    if lacking.is_some() { lab.token("ghp_weak") } else { lab }
}

#[test]
fn every_registered_setting_has_a_case() {
    let registered: BTreeSet<(Scope, &str)> =
        SETTINGS.iter().map(|setting| (setting.meta().shape.scope, setting.meta().shape.key)).collect();
    let tried: BTreeSet<(Scope, &str)> = all().iter().map(|case| (case.scope, case.key)).collect();
    assert_eq!(registered, tried, "write a case in tests/suite/settings/cases.rs");
}

/// Plan shows it, apply makes it, the next plan has no change, and nothing else in the state has moved.
fn converges(case: &Case) {
    let lab = lab(case, (case.org)(), None);
    let before = lab.state();
    let plan = lab.plan();
    assert_eq!(plan.ids(), case.plans, "{}\n{}", case.label, plan.text());
    plan.changes().iter().for_each(directions::told_as_declared);
    assert_eq!(lab.writes(), [""; 0], "{}: a plan writes nothing", case.label);
    for round in 0.. {
        lab.apply_with(case.options);
        lab.merge();
        if lab.plan().ids().is_empty() {
            break;
        }
        assert!(round < 2, "{}: it does not converge\n{}", case.label, lab.plan().text());
    }
    lab.forget();
    lab.apply_with(case.options);
    assert_eq!(lab.writes(), [""; 0], "{}: there is nothing left to write", case.label);
    moved_only(case, &before, &lab.state());
}

fn moved_only(case: &Case, before: &Value, after: &Value) {
    let places = differing(before, after);
    let within = |place: &str, part: &str| {
        place.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || part.ends_with('/'))
    };
    let strange: Vec<&String> =
        places.iter().filter(|place| !case.moves.iter().chain(case.books).any(|part| within(place, part))).collect();
    assert!(strange.is_empty(), "{}: moved, and not named: {strange:#?}", case.label);
    for part in case.moves {
        assert!(places.iter().any(|place| within(place, part)), "{}: {part} did not move: {places:#?}", case.label);
    }
}

/// Without the permission it is unknown, the permission is named, the exit is 3, and nothing is written.
fn is_honest(case: &Case) {
    let (lacking, refused) = match case.lack {
        Lack::Permission(name) => (Some(name), None),
        Lack::Refused(path, accepted) => (None, Some((path, accepted))),
        Lack::Nothing => return,
    };
    let lab = lab(case, (case.hidden.unwrap_or(case.org))(), lacking);
    if let Some((path, accepted)) = refused {
        let body = json!({"message": "Resource not accessible by personal access token", "status": "403"});
        let headers = vec![("x-accepted-github-permissions".to_owned(), accepted.to_owned())];
        let kind = FaultKind::Status(403, body, headers);
        lab.sim().fault(Fault { method: Some("GET".into()), path: path.into(), after: 0, times: 99, kind });
    }
    let before = lab.state();
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    let unknown = plan.finding(case.unknown.0);
    assert_eq!(unknown["verdict"], "unknown", "{}: {unknown}", case.label);
    assert_eq!(unknown["permission"], case.unknown.1, "{}: {unknown}", case.label);
    assert!(plan.ids().is_empty(), "{}: {}", case.label, plan.text());
    lab.run(&[&["apply", "--yes"], case.options].concat()).exits(3).prints(case.unknown.1);
    assert_eq!(lab.writes(), [""; 0], "{}", case.label);
    assert_eq!(differing(&before, &lab.state()), [""; 0], "{}", case.label);
}

/// Where it cannot exist it is not applicable, and that is no difference.
fn is_not_applicable(case: &Case, org: MakeOrg, id: &str) {
    let lab = lab(case, org(), None);
    let plan = lab.plan_with(&["--detailed-exitcode", "--setting", id.rsplit_once(':').expect("an id").1]);
    assert_eq!(plan.verdict(id), "not_applicable", "{}\n{}", case.label, plan.text());
    assert!(plan.ids().is_empty(), "{}\n{}", case.label, plan.text());
}

/// One test for each setting, so that they run side by side and fail by name.
macro_rules! conformance {
    ($($name:ident),+ $(,)?) => {$(
        #[test]
        fn $name() {
            let mut cases = 0;
            for case in all().iter().filter(|case| case.key == stringify!($name)) {
                cases += 1;
                converges(case);
                is_honest(case);
                if let Some((org, id)) = case.never {
                    is_not_applicable(case, org, id);
                }
            }
            assert!(cases > 0);
        }
    )+

        #[test]
        fn every_setting_is_tried() {
            let tried: BTreeSet<&str> = [$(stringify!($name)),+].into();
            let cases = all();
            let missing: Vec<_> = cases.iter().filter(|case| !tried.contains(case.key)).map(|case| case.key).collect();
            assert!(missing.is_empty(), "add to conformance!: {missing:?}");
        }
    };
}

conformance!(
    actions,
    admins,
    allow_auto_merge,
    allow_forking,
    allow_merge_commit,
    allow_rebase_merge,
    allow_squash_merge,
    allow_update_branch,
    api,
    apps,
    archived,
    autolinks,
    blog,
    branch_protection,
    code_scanning_default_setup,
    code_security,
    codeowners,
    collaborators,
    company,
    custom_properties,
    default_branch,
    default_repository_permission,
    delete_branch_on_merge,
    dependabot_alerts,
    dependabot_security_updates,
    deploy_keys,
    deploy_keys_enabled_for_repositories,
    description,
    email,
    environments,
    files,
    has_discussions,
    has_issues,
    has_organization_projects,
    has_projects,
    has_repository_projects,
    has_wiki,
    homepage,
    immutable_releases,
    interaction_limit,
    is_template,
    labels,
    license,
    location,
    members,
    members_can_change_repo_visibility,
    members_can_create_internal_repositories,
    members_can_create_pages,
    members_can_create_private_pages,
    members_can_create_private_repositories,
    members_can_create_public_pages,
    members_can_create_public_repositories,
    members_can_create_repositories,
    members_can_create_teams,
    members_can_delete_issues,
    members_can_delete_repositories,
    members_can_fork_private_repositories,
    members_can_invite_outside_collaborators,
    merge_commit_message,
    merge_commit_title,
    outside_collaborators,
    pages,
    private_vulnerability_reporting,
    protected,
    rulesets,
    runner_groups,
    scorecard,
    secret_scanning,
    secret_scanning_push_protection_custom_link,
    secret_scanning_push_protection_custom_link_enabled,
    secrets,
    security_managers,
    security_policy,
    self_hosted_runners,
    squash_merge_commit_message,
    squash_merge_commit_title,
    teams,
    topics,
    twitter_username,
    two_factor_requirement_enabled,
    variables,
    visibility,
    web_commit_signoff_required,
    webhooks,
    workflows,
);
