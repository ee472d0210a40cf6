//! The directions of repositories' settings, sorted by setting.

use ordain::model::Scope;
use serde_json::{Value, json};

use super::{LOOSENING, NEUTRAL as NEITHER, OneWay, Probe, TIGHTENING, access, actions, probe, rules};
use crate::support::{OrgState, RepoState, org, repo};

/// Fields of which no change is safer or weaker.
pub(super) const NEUTRAL: &[(&str, &str)] = &[
    ("actions", "artifact_and_log_retention_days"),
    ("allow_auto_merge", "value"),
    ("allow_merge_commit", "value"),
    ("allow_rebase_merge", "value"),
    ("allow_squash_merge", "value"),
    ("allow_update_branch", "value"),
    ("api", "read"),
    ("api", "tightens"),
    ("api", "write"),
    ("archived", "value"),
    ("autolinks", "is_alphanumeric"),
    ("autolinks", "url_template"),
    ("custom_properties", "value"),
    ("delete_branch_on_merge", "value"),
    ("description", "value"),
    ("files", "delivery"),
    ("files", "ensure"),
    ("has_discussions", "value"),
    ("has_issues", "value"),
    ("has_projects", "value"),
    ("has_wiki", "value"),
    ("homepage", "value"),
    ("interaction_limit", "expiry"),
    ("is_template", "value"),
    ("labels", "color"),
    ("labels", "description"),
    ("merge_commit_message", "value"),
    ("merge_commit_title", "value"),
    ("pages", "build_type"),
    ("pages", "cname"),
    ("pages", "source.branch"),
    ("pages", "source.path"),
    ("scorecard", "dispatch"),
    ("scorecard", "succeeded_within"),
    ("scorecard", "workflow"),
    ("secrets", "present"),
    ("security_policy", "inherit"),
    ("squash_merge_commit_message", "value"),
    ("squash_merge_commit_title", "value"),
    ("topics", "value"),
    ("variables", "value"),
    ("webhooks", "active"),
    ("webhooks", "content_type"),
    ("webhooks", "events"),
];

/// An organisation with one repository, `web`.
fn web(change: impl FnOnce(RepoState) -> RepoState) -> OrgState {
    org("acme").repo(change(repo("web")))
}

pub(super) fn probes() -> Vec<Probe> {
    [
        actions::actions(Scope::Repo),
        actions::access_level(),
        actions::api(Scope::Repo),
        rules::branch_protection(),
        actions::code_scanning_default_setup(),
        access::collaborators(),
        default_branch(),
        environments(),
        files(),
        interaction_limit(),
        rules::rulesets_of_repo(),
        scorecard(),
        access::teams_of_repo(),
        visibility(),
        workflows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(super) fn one_way() -> Vec<OneWay> {
    use super::one_way;
    vec![
        one_way("deploy_keys", "allowed", "keys beyond what is allowed are deleted; nothing makes one"),
        one_way("rulesets", "target", "what it held for before is held no more, so that any change loosens"),
        one_way(
            "scorecard",
            "min_version",
            "a file that is too old is overwritten, which loosens; nothing makes a file older",
        ),
        one_way(
            "security_policy",
            "contact",
            "a policy that names it appears or is mended; nothing takes a contact away",
        ),
        one_way("security_policy", "contains", "a policy that says it appears or is mended; nothing takes a text away"),
        one_way("security_policy", "template", "a policy appears or is mended"),
    ]
}

fn files() -> Vec<Probe> {
    const OWNERS: &str = ".github/CODEOWNERS";
    let file = |field: &str, value: &str, path: &str| format!("[repo.files.\"{path}\"]\n{field} = \"{value}\"\n");
    vec![
        probe("files", "content", web(|it| it), file("content", "a", "NOTICE"), "files.NOTICE", NEITHER),
        probe(
            "files",
            "content",
            web(|it| it.file(OWNERS, "* @all\n")),
            file("content", "a", OWNERS),
            "files..github/CODEOWNERS",
            LOOSENING,
        ),
        probe("files", "template", web(|it| it), file("template", "probe.txt", "NOTICE"), "files.NOTICE", NEITHER),
        probe(
            "files",
            "template",
            web(|it| it.file(OWNERS, "* @all\n")),
            file("template", "probe.txt", OWNERS),
            "files..github/CODEOWNERS",
            LOOSENING,
        ),
    ]
}

fn environments() -> Vec<Probe> {
    let person = |id: u64, login: &str| json!({"type": "User", "reviewer": {"id": id, "login": login}});
    let state = |policy: Value| {
        let rules = json!([
            {"type": "wait_timer", "wait_timer": 10},
            {"type": "required_reviewers", "prevent_self_review": false, "reviewers": [person(1, "alice"), person(2, "bob")]},
        ]);
        let production = json!([{"name": "production", "protection_rules": rules, "deployment_branch_policy": policy}]);
        let patterns = json!([{"id": 1, "name": "main", "type": "branch"}, {"id": 2, "name": "v*", "type": "tag"}]);
        let web = repo("web").rest("environments", production);
        let web = web.rest("environments/production/deployment-branch-policies", patterns);
        org("acme").repo(web).rest("/users/carol", json!({"login": "carol"}))
    };
    let policy = |protected: bool| json!({"protected_branches": protected, "custom_branch_policies": !protected});
    let rule = |line: &str| format!("[repo.environments.production]\n{line}\n");
    let (key, whole, part) = ("environments", "environments.production", "environments.production.branch_policies");
    vec![
        probe(key, "branch_policies", state(policy(false)), rule("branch_policies = [\"main\"]"), part, TIGHTENING),
        probe(
            key,
            "branch_policies",
            state(policy(false)),
            rule("branch_policies = [\"main\", \"tag:v*\", \"dev\"]"),
            part,
            LOOSENING,
        ),
        probe(
            key,
            "deployment_branch_policy",
            state(Value::Null),
            rule("deployment_branch_policy = \"protected_branches\""),
            whole,
            TIGHTENING,
        ),
        probe(
            key,
            "deployment_branch_policy",
            state(policy(true)),
            rule("deployment_branch_policy = \"custom_branch_policies\""),
            whole,
            LOOSENING,
        ),
        probe(
            key,
            "reviewers",
            state(Value::Null),
            rule("reviewers = [\"user:alice\", \"user:bob\", \"user:carol\"]"),
            whole,
            TIGHTENING,
        ),
        probe(key, "reviewers", state(Value::Null), rule("reviewers = [\"user:alice\"]"), whole, LOOSENING),
        probe(key, "wait_timer", state(Value::Null), rule("wait_timer = 11"), whole, TIGHTENING),
        probe(key, "wait_timer", state(Value::Null), rule("wait_timer = 9"), whole, LOOSENING),
    ]
}

fn interaction_limit() -> Vec<Probe> {
    let state = || {
        let limit = json!({"limit": "contributors_only", "expires_at": "2026-12-22T12:00:00Z"});
        web(|it| it.rest("interaction-limits", limit))
    };
    let key = "interaction_limit";
    let bare = |word: &str| format!("[repo]\n{key} = \"{word}\"\n");
    let long = |word: &str| format!("[repo.{key}]\nlimit = \"{word}\"\n");
    vec![
        probe(key, "limit", state(), long("collaborators_only"), key, TIGHTENING),
        probe(key, "limit", state(), long("existing_users"), key, LOOSENING),
        probe(key, "value", state(), bare("collaborators_only"), key, TIGHTENING),
        probe(key, "value", state(), bare("no_limit"), key, LOOSENING),
    ]
}

fn scorecard() -> Vec<Probe> {
    let rule = "[repo.scorecard]\ntemplate = \"scorecard.yml\"\n";
    let old = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n      - uses: ossf/scorecard-action@v2.4.0\n";
    vec![
        probe("scorecard", "template", web(|it| it), rule, "scorecard.installed", TIGHTENING),
        probe(
            "scorecard",
            "template",
            web(|it| it.file(".github/workflows/scorecard.yml", old)),
            rule,
            "scorecard.publishable",
            LOOSENING,
        ),
    ]
}

fn default_branch() -> Vec<Probe> {
    let key = "default_branch";
    let (rule, master) = ("[repo]\ndefault_branch = \"main\"\n", || repo("web").set(key, json!("master")));
    let both = master().sim("branches", json!({"main": {"files": {"a": "b"}}}));
    vec![
        probe(key, "value", org("acme").repo(master()), rule, key, NEITHER),
        probe(key, "value", org("acme").repo(both), rule, key, LOOSENING),
    ]
}

fn visibility() -> Vec<Probe> {
    let key = "visibility";
    let rule = |word: &str| format!("[repo]\nvisibility = \"{word}\"\n");
    vec![
        probe(key, "value", web(|it| it), rule("private"), key, TIGHTENING),
        probe(key, "value", web(RepoState::private), rule("public"), key, LOOSENING),
    ]
}

fn workflows() -> Vec<Probe> {
    const CI: &str = ".github/workflows/ci.yml";
    let ci = |state: &'static str| web(move |it| it.file(CI, "on: push\n").workflow(CI, json!({"state": state})));
    let rule = |state: &str| format!("[repo.workflows.\"ci.yml\"]\nstate = \"{state}\"\n");
    vec![
        probe("workflows", "state", ci("disabled_manually"), rule("active"), "workflows.ci.yml", TIGHTENING),
        probe("workflows", "state", ci("active"), rule("disabled"), "workflows.ci.yml", LOOSENING),
    ]
}
