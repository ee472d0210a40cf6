//! Rulesets that differ: planned in bulk, read whole only just before they are written.

use serde_json::{Value, json};

use super::{company, ruled, ruleset};
use crate::support::{Lab, OrgState, state};

fn lab(org: OrgState, rules: &[(&str, &str)]) -> Lab {
    Lab::new(&state([org])).policy(rules)
}

fn actor(kind: &str, id: u64, mode: &str) -> Value {
    json!({"actor_id": id, "actor_type": kind, "bypass_mode": mode})
}

#[test]
fn one_that_differs_is_read_whole_once_before_it_is_written() {
    let kept = [actor("Team", 44, "always"), actor("User", 7, "always"), actor("Integration", 2740, "pull_request")];
    let rules = json!([
        {"type": "copilot_code_review", "parameters": {"review_on_push": true, "review_draft_pull_requests": false}},
        {"type": "pull_request", "parameters": {"dismiss_stale_reviews_on_push": true, "require_code_owner_review": true,
            "require_last_push_approval": true, "required_approving_review_count": 1, "required_review_thread_resolution": true}},
    ]);
    let had = ruleset(7, "main", json!({"enforcement": "evaluate", "rules": rules, "bypass_actors": kept}));
    let rule = "[repo.rulesets.main]\nenforcement = \"active\"\n[repo.rulesets.main.rules.pull_request]\n\
        required_approving_review_count = 2\n[repo.rulesets.main.rules.required_signatures]\n";
    let lab = lab(company(&[]).repo(ruled("web", &[had])), &[("rules/a.toml", rule)]);
    lab.run(&["plan", "--out", "plan.json"]).exits(0).prints("required_signatures");
    assert_eq!(lab.count("GET", "/repos/"), 0, "all is known in bulk");
    lab.forget();
    lab.run(&["apply", "plan.json", "--yes"]).exits(0);
    let asked = lab.exchanges();
    let at = asked.iter().position(|one| one.method == "PUT").expect("it is written");
    let whole = |one: &&ordain::sim::Exchange| one.method == "GET" && one.path_and_query.contains("/rulesets/7");
    assert_eq!(asked[..at].iter().filter(whole).count(), 1, "once before the write");
    let body = asked[at].request_body.clone().expect("a body");
    assert_eq!(body["bypass_actors"].as_array().map(Vec::as_slice), Some(&kept[..]), "whom the policy does not name");
    assert_eq!(body["rules"][0], rules[0], "a rule that the policy does not name, and GraphQL does not tell");
    assert_eq!(body["rules"][1]["parameters"]["required_approving_review_count"], 2);
    assert_eq!(body["rules"][1]["parameters"]["require_code_owner_review"], true);
    assert_eq!((&body["rules"][2], &body["enforcement"]), (&json!({"type": "required_signatures"}), &json!("active")));
    assert_eq!(lab.writes(), ["PUT /repos/acme/web/rulesets/7"]);
    assert!(lab.plan().ids().is_empty());
}

/// Rules with parameters, and what a policy says of them that differs; where GitHub's two forms could be told differently.
fn pairs() -> Vec<(Value, &'static str)> {
    let of = |kind: &str, parameters: Value| json!({"type": kind, "parameters": parameters});
    let queue = json!({"check_response_timeout_minutes": 10, "grouping_strategy": "ALLGREEN", "max_entries_to_build": 5,
        "max_entries_to_merge": 5, "merge_method": "MERGE", "min_entries_to_merge": 1, "min_entries_to_merge_wait_minutes": 5});
    let checks = json!([{"context": "b"}, {"context": "a", "integration_id": 15368}]);
    let tool = json!({"tool": "CodeQL", "alerts_threshold": "all", "security_alerts_threshold": "all"});
    vec![
        (json!({"type": "update"}), "update]\nupdate_allows_fetch_and_merge = true"),
        (
            of("update", json!({"update_allows_fetch_and_merge": true})),
            "update]\nupdate_allows_fetch_and_merge = false",
        ),
        (of("merge_queue", queue), "merge_queue]\ngrouping_strategy = \"HEADGREEN\"\nmerge_method = \"SQUASH\""),
        (
            of("required_deployments", json!({"required_deployment_environments": ["b", "a"]})),
            "required_deployments]\nrequired_deployment_environments = [\"c\"]",
        ),
        (
            of(
                "required_status_checks",
                json!({"required_status_checks": checks, "strict_required_status_checks_policy": false}),
            ),
            "required_status_checks]\nrequired_status_checks = [{ context = \"a\" }]\ndo_not_enforce_on_create = true",
        ),
        (
            of("commit_message_pattern", json!({"operator": "regex", "pattern": "x", "name": "y"})),
            "commit_message_pattern]\npattern = \"z\"\nname = \"w\"",
        ),
        (
            of("tag_name_pattern", json!({"operator": "contains", "pattern": "x"})),
            "tag_name_pattern]\nnegate = true\nname = \"w\"",
        ),
        (
            of("workflows", json!({"workflows": [{"path": ".github/workflows/a.yml", "repository_id": 5}]})),
            "workflows]\nworkflows = [{ path = \".github/workflows/b.yml\", repository_id = 5, ref = \"main\" }]",
        ),
        (
            of("code_scanning", json!({"code_scanning_tools": [tool]})),
            "code_scanning]\ncode_scanning_tools = [{ tool = \"CodeQL\", alerts_threshold = \"none\", \
             security_alerts_threshold = \"all\" }]",
        ),
        (of("max_file_size", json!({"max_file_size": 5})), "max_file_size]\nmax_file_size = 6"),
        (
            of("file_path_restriction", json!({"restricted_file_paths": ["b", "a"]})),
            "file_path_restriction]\nrestricted_file_paths = [\"a\"]",
        ),
        (of("max_file_path_length", json!({"max_file_path_length": 5})), "deletion]"),
    ]
}

#[test]
fn what_is_planned_is_what_is_found_before_the_write() {
    let actors = [
        actor("Team", 45, "always"),
        actor("Integration", 2740, "pull_request"),
        actor("RepositoryRole", 2, "always"),
        actor("OrganizationAdmin", 1, "always"),
        json!({"actor_id": null, "actor_type": "DeployKey", "bypass_mode": "always"}),
    ];
    let pairs = pairs();
    let repos = pairs.iter().enumerate().map(|(n, (rule, _))| {
        let bypassed = if n % 2 == 0 { json!(actors) } else { json!(actors[..2]) };
        let refs = json!({"ref_name": {"include": ["refs/heads/b", "refs/heads/a"], "exclude": []}});
        let changes =
            json!({"rules": [rule], "bypass_actors": bypassed, "enforcement": "evaluate", "conditions": refs});
        ruled(&format!("repo-{n:02}"), &[ruleset(7, "Main", changes)])
    });
    let rules: Vec<(String, String)> = pairs
        .iter()
        .enumerate()
        .map(|(n, (_, wanted))| {
            let told = format!(
                "[match]\nrepo = \"repo-{n:02}\"\n[repo.rulesets.main]\nenforcement = \"active\"\n\
                 bypass_actors = {{ \"team:core\" = \"always\", \"role:maintain\" = \"pull_request\" }}\n\
                 conditions = {{ ref_name = {{ include = [\"refs/heads/a\"], exclude = [\"refs/heads/x\"] }} }}\n\
                 [repo.rulesets.main.rules.{wanted}\n"
            );
            (format!("rules/r{n:02}.toml"), told)
        })
        .collect();
    let rules: Vec<(&str, &str)> = rules.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let lab = lab(company(&[]).repos(repos), &rules);
    lab.run(&["plan", "--out", "plan.json"]).exits(0).prints("team:docs").prints("app:renovate");
    assert_eq!(lab.count("GET", "/repos/"), 0);
    lab.run(&["apply", "plan.json", "--yes", "--limit", "loosening=100", "--limit", "repositories=100"]).exits(0);
    assert_eq!(lab.writes().len(), pairs.len());
    assert!(lab.plan().ids().is_empty());
}
