//! The directions of GitHub Actions, code scanning, runners, immutable releases, and of `api`: of both scopes, since they are alike.

use ordain::model::Scope;
use serde_json::{Value, json};

use super::{LOOSENING, Probe, TIGHTENING, probe};
use crate::support::{OrgState, RepoState, org, repo};

/// An organisation that bounds nothing, with one repository.
fn lax(web: RepoState) -> OrgState {
    org("acme").rest("actions/permissions/workflow", workflow("write")).repo(web)
}

fn workflow(word: &str) -> Value {
    json!({"default_workflow_permissions": word, "can_approve_pull_request_reviews": true})
}

/// A place in which one document says this.
fn saying(scope: Scope, documents: &[(&str, Value)]) -> OrgState {
    let suffix = |name: &str| format!("actions/permissions{name}");
    match scope {
        Scope::Repo => {
            lax(documents.iter().fold(repo("web"), |web, (name, told)| web.rest(&suffix(name), told.clone())))
        }
        Scope::Org => {
            documents.iter().fold(lax(repo("web")), |org, (name, told)| org.rest(&suffix(name), told.clone()))
        }
    }
}

fn allowing(scope: Scope, word: &str) -> (&'static str, Value) {
    let mut told = json!({"allowed_actions": word, "sha_pinning_required": false});
    match scope {
        Scope::Repo => told["enabled"] = json!(true),
        Scope::Org => told["enabled_repositories"] = json!("all"),
    }
    ("", told)
}

/// The parts of `actions` that both scopes have.
pub(super) fn actions(scope: Scope) -> Vec<Probe> {
    let place = if scope == Scope::Repo { "repo" } else { "org" };
    let part = |field: &'static str, state: OrgState, value: &str, effect: &'static str| {
        let rule = format!("[{place}.actions]\n{field} = {value}\n");
        probe("actions", field, state, rule, format!("actions.{field}"), effect)
    };
    let allowed = |word: &str| saying(scope, &[allowing(scope, word)]);
    let selected = || {
        let selection =
            json!({"github_owned_allowed": true, "verified_allowed": false, "patterns_allowed": ["a/*", "b/*"]});
        saying(scope, &[allowing(scope, "selected"), ("/selected-actions", selection)])
    };
    let default = |word: &str| saying(scope, &[("/workflow", workflow(word))]);
    let approval =
        || saying(scope, &[("/fork-pr-contributor-approval", json!({"approval_policy": "first_time_contributors"}))]);
    vec![
        part("allowed_actions", allowed("all"), "\"local_only\"", TIGHTENING),
        part("allowed_actions", allowed("local_only"), "\"all\"", LOOSENING),
        part("patterns_allowed", selected(), "[\"a/*\"]", TIGHTENING),
        part("patterns_allowed", selected(), "[\"a/*\", \"b/*\", \"c/*\"]", LOOSENING),
        part("default_workflow_permissions", default("write"), "\"read\"", TIGHTENING),
        part("default_workflow_permissions", default("read"), "\"write\"", LOOSENING),
        part("fork_pr_contributor_approval", approval(), "\"all_external_contributors\"", TIGHTENING),
        part("fork_pr_contributor_approval", approval(), "\"first_time_contributors_new_to_github\"", LOOSENING),
    ]
}

/// Who may use the actions of a private repository.
pub(super) fn access_level() -> Vec<Probe> {
    let one = |is: &str, wanted: &str, effect: &'static str| {
        let state = lax(repo("web").private().rest("actions/permissions/access", json!({ "access_level": is })));
        let rule = format!("[repo.actions]\naccess_level = \"{wanted}\"\n");
        probe("actions", "access_level", state, rule, "actions.access_level", effect)
    };
    vec![one("organization", "none", TIGHTENING), one("none", "organization", LOOSENING)]
}

/// Which repositories of an organisation may use Actions.
pub(super) fn enabled_repositories() -> Vec<Probe> {
    let one = |is: &str, wanted: &str, effect: &'static str| {
        let told = json!({"enabled_repositories": is, "allowed_actions": "all", "sha_pinning_required": false});
        let state = org("acme").rest("actions/permissions", told).repo(repo("web"));
        let rule = format!("[org.actions]\nenabled_repositories = {wanted}\n");
        probe("actions", "enabled_repositories", state, rule, "actions.enabled_repositories", effect)
    };
    vec![
        one("all", "\"none\"", TIGHTENING),
        one("all", "[\"web\"]", TIGHTENING),
        one("none", "\"all\"", LOOSENING),
        one("none", "[\"web\"]", LOOSENING),
    ]
}

/// What nobody has declared to tighten loosens, whatever it is.
pub(super) fn api(scope: Scope) -> Vec<Probe> {
    let below = "actions/permissions/fork-pr-workflows-private-repos";
    let told = || {
        json!({"run_workflows_from_fork_pull_requests": true, "send_write_tokens_to_workflows": true,
            "send_secrets_and_variables": true, "require_approval_for_fork_pr_workflows": true})
    };
    let (place, path) = match scope {
        Scope::Repo => ("repo", format!("/repos/{{org}}/{{repo}}/{below}")),
        Scope::Org => ("org", format!("/orgs/{{org}}/{below}")),
    };
    let one = |tightens: &str, effect: &'static str| {
        let state = match scope {
            Scope::Repo => org("acme").repo(repo("web").private().rest(below, told())),
            Scope::Org => org("acme").rest(below, told()).repo(repo("web")),
        };
        let rule = format!(
            "[{place}.api.forks]\nread = \"{path}\"\nwrite = \"PUT {path}\"\ntightens = [{tightens}]\n\
             fields = {{ send_secrets_and_variables = false, send_write_tokens_to_workflows = false }}\n"
        );
        probe("api", "fields", state, rule, "api.forks", effect)
    };
    vec![
        one("\"send_secrets_and_variables\", \"send_write_tokens_to_workflows\"", TIGHTENING),
        one("\"send_secrets_and_variables\"", LOOSENING),
    ]
}

pub(super) fn code_scanning_default_setup() -> Vec<Probe> {
    let key = "code_scanning_default_setup";
    let one = |field: &'static str, is: Value, wanted: &str, effect: &'static str| {
        let mut setup = json!({"state": "configured", "languages": ["go", "python"], "query_suite": "default",
            "threat_model": "remote", "updated_at": "2026-01-01T00:00:00Z", "schedule": "weekly"});
        setup[field] = is;
        let state = org("acme").repo(repo("web").rest("code-scanning/default-setup", setup));
        probe(key, field, state, format!("[repo.{key}]\n{field} = {wanted}\n"), format!("{key}.{field}"), effect)
    };
    vec![
        one("state", json!("not-configured"), "\"configured\"", TIGHTENING),
        one("state", json!("configured"), "\"not-configured\"", LOOSENING),
        one("query_suite", json!("default"), "\"extended\"", TIGHTENING),
        one("query_suite", json!("extended"), "\"default\"", LOOSENING),
        one("languages", json!(["go"]), "[\"go\", \"python\"]", TIGHTENING),
        one("languages", json!(["go", "python"]), "[\"go\", \"ruby\"]", LOOSENING),
        one("threat_model", json!("remote"), "\"remote_and_local\"", TIGHTENING),
        one("threat_model", json!("remote_and_local"), "\"remote\"", LOOSENING),
    ]
}

/// A choice of repositories: of one document of the organisation, by word or list.
fn choice(key: &'static str, document: &str, field: &str, is: &str, wanted: &str, effect: &'static str) -> Probe {
    let state = org("acme").rest(document, json!({ field: is })).repo(repo("web")).repo(repo("api"));
    probe(key, "value", state, format!("[org]\n{key} = {wanted}\n"), key, effect)
}

pub(super) fn immutable_releases() -> Vec<Probe> {
    let one = |is, wanted, effect| {
        choice("immutable_releases", "settings/immutable-releases", "enforced_repositories", is, wanted, effect)
    };
    vec![
        one("none", "\"all\"", TIGHTENING),
        one("none", "[\"web\"]", TIGHTENING),
        one("all", "\"none\"", LOOSENING),
        one("all", "[\"web\"]", LOOSENING),
    ]
}

pub(super) fn self_hosted_runners() -> Vec<Probe> {
    let document = "actions/permissions/self-hosted-runners";
    let one = |is, wanted, effect| choice("self_hosted_runners", document, "enabled_repositories", is, wanted, effect);
    vec![
        one("all", "\"none\"", TIGHTENING),
        one("all", "[\"web\"]", TIGHTENING),
        one("none", "\"all\"", LOOSENING),
        one("none", "[\"web\"]", LOOSENING),
    ]
}

pub(super) fn runner_groups() -> Vec<Probe> {
    let state = |visibility: &str, selected: &[u64]| {
        let group = json!({"id": 2, "name": "big", "visibility": visibility, "default": false, "inherited": false,
            "allows_public_repositories": false, "runners_url": "https://api.github.com/x",
            "restricted_to_workflows": true, "selected_workflows": ["acme/web/a.yml", "acme/web/b.yml"]});
        let ids: Vec<Value> = selected.iter().map(|id| json!({ "id": id })).collect();
        org("acme")
            .rest("actions/runner-groups", json!([group]))
            .rest("actions/runner-groups/2/repositories", json!(ids))
            .repo(repo("web").set("id", json!(4_200)))
            .repo(repo("api").set("id", json!(4_201)))
    };
    let one = |field: &'static str, state: OrgState, wanted: &str, effect: &'static str| {
        let rule = format!("[org.runner_groups.big]\n{field} = {wanted}\n");
        probe("runner_groups", field, state, rule, "runner_groups.big", effect)
    };
    vec![
        one("visibility", state("all", &[]), "\"private\"", TIGHTENING),
        one("visibility", state("selected", &[]), "\"all\"", LOOSENING),
        one("repositories", state("selected", &[4_200, 4_201]), "[\"web\"]", TIGHTENING),
        one("repositories", state("selected", &[4_200]), "[\"web\", \"api\"]", LOOSENING),
        one("selected_workflows", state("all", &[]), "[\"acme/web/a.yml\"]", TIGHTENING),
        one("selected_workflows", state("all", &[]), "[\"acme/web/a.yml\", \"acme/web/c.yml\"]", LOOSENING),
    ]
}
