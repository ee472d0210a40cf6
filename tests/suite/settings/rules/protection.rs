//! Classic protection and what protects in effect, against the simulator.

use serde_json::{Value, json};

use super::{classic, company, guarded, ruled, ruleset};
use crate::support::{Lab, OrgState, differing, repo, state};

fn lab(org: OrgState, rule: &str) -> Lab {
    Lab::new(&state([org])).policy(&[("rules/a.toml", rule)])
}

/// The rules of classic protection of a repository of the state.
fn rules_of(lab: &Lab) -> Value {
    lab.state()["organizations"][0]["repositories"][0]["graphql"]["branchProtectionRules"]["known"]["nodes"].clone()
}

#[test]
fn branch_protection_that_drops_fields_the_policy_does_not_name() {
    let exempt = json!({"totalCount": 1, "nodes": [{"actor": {"__typename": "Team", "id": "T_45", "databaseId": 45, "slug": "docs"}}]});
    let had = classic(3, "main", json!({"bypassPullRequestAllowances": exempt, "requiresCommitSignatures": true}));
    let rule = "[repo.branch_protection.main]\nrequired_linear_history = true\n";
    let lab = lab(company(&[]).repo(guarded("web", &[had])), rule);
    let before = lab.state();
    lab.apply();
    assert_eq!(lab.writes(), ["PUT /repos/acme/web/branches/main/protection"]);
    let moved: Vec<String> =
        differing(&before, &lab.state()).into_iter().filter(|place| !place.contains("/actor/")).collect();
    assert_eq!(moved, ["acme/web/graphql/branchProtectionRules/known/nodes/0/requiresLinearHistory"]);
    assert_eq!(rules_of(&lab)[0]["requiredStatusChecks"][0]["app"], Value::Null, "the check is not bound to an app");
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_new_rule_is_made_whole_and_signatures_follow() {
    let rule = "[repo.branch_protection.main]\nrequired_signatures = true\nrestrictions = { teams = [\"CORE\"] }\n\
        [repo.branch_protection.main.required_status_checks]\nchecks = [{ context = \"ci\", app_id = \"app:github-actions\" }]\n\
        [repo.branch_protection.next]\nlock_branch = true\n";
    let lab = lab(company(&[]).repo(repo("web")), rule);
    lab.apply();
    let writes = lab.writes();
    assert_eq!(
        writes,
        [
            "PUT /repos/acme/web/branches/main/protection",
            "POST /repos/acme/web/branches/main/protection/required_signatures",
            "POST /graphql",
        ],
        "the branch `next` is not there yet"
    );
    assert!(lab.plan().ids().is_empty());
    // A section that is switched off goes as a whole.
    lab.write_policy(&[(
        "rules/a.toml",
        "[repo.branch_protection.main]\nrestrictions = false\nrequired_signatures = false\n",
    )]);
    assert_eq!(lab.plan().change("acme/web:branch_protection.main")["effect"], "loosening");
    lab.apply_with(&["--limit", "loosening=1"]);
    assert!(lab.plan().ids().is_empty());
    assert_eq!(rules_of(&lab)[0]["requiresStatusChecks"], true, "what is not named stays");
}

#[test]
fn a_pattern_is_changed_in_what_is_named_only() {
    let had = classic(3, "release/*", json!({}));
    let rule = "[repo.branch_protection.\"release/*\"]\nrestrictions = { users = [] }\n\
        required_status_checks = { contexts = [\"ci\", \"lint\"] }\n";
    let lab = lab(company(&[]).repo(guarded("web", &[had])), rule);
    let before = lab.state();
    lab.apply();
    assert_eq!(lab.writes(), ["POST /graphql"]);
    let at = "acme/web/graphql/branchProtectionRules/known/nodes/0";
    for place in differing(&before, &lab.state()) {
        let named =
            ["pushAllowances", "requiredStatusChecks"].iter().any(|key| place.starts_with(&format!("{at}/{key}")));
        assert!(named, "{place}");
    }
    assert_eq!(rules_of(&lab)[0]["pushAllowances"]["nodes"][0]["actor"]["slug"], "core", "the teams are not named");
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn many_as_wanted_cost_no_call_each() {
    let repos = (0..60).map(|n| guarded(&format!("repo-{n:02}"), &[classic(n + 1, "main", json!({}))]));
    let rule = "[repo.branch_protection.main]\nallow_force_pushes = false\n[repo.protected]\nno_force_push = true\napprovals = 1\n";
    let lab = lab(company(&[]).repos(repos), rule);
    assert_eq!(lab.plan_with(&["--all"]).with_verdict("compliant").len(), 180);
    assert_eq!((lab.count("GET", "/repos/"), lab.count("POST", "/graphql")), (0, 2));
}

#[test]
fn it_is_told_what_protects_a_branch_and_from_where() {
    let of_org = ruleset(
        9,
        "org wide",
        json!({
            "conditions": {"ref_name": {"include": ["~ALL"], "exclude": []}, "repository_name": {"include": ["~ALL"], "exclude": []}},
            "rules": [{"type": "non_fast_forward"}],
        }),
    );
    let web = ruled("web", &[ruleset(7, "main", json!({})), ruleset(8, "asleep", json!({"enforcement": "evaluate"}))]);
    let rules = json!({"totalCount": 1, "nodes": [classic(3, "main", json!({"allowsForcePushes": true}))]});
    let org = company(&[of_org]).repo(web.graphql("branchProtectionRules", rules));
    let lab = lab(org, "[repo.protected]\nno_force_push = true\nno_deletion = true\napprovals = 2\n");
    let plan = lab.plan_with(&["--all"]);
    assert_eq!(plan.verdict("acme/web:protected.no_force_push"), "compliant");
    assert_eq!(plan.verdict("acme/web:protected.approvals"), "violation");
    let told = lab
        .run(&["explain", "acme/web", "protected"])
        .exits(0)
        .prints("the ruleset `main` of acme/web: deletion")
        .prints("the ruleset `org wide` of the organisation acme: non_fast_forward")
        .prints("classic protection of `main`: deletion")
        .prints("[repo.rulesets.main.rules.required_status_checks]")
        .prints("required_status_checks = [{ context = \"lint\" }]")
        .hides("asleep");
    assert_eq!(told.stdout.matches("is protected by").count(), 1, "once, not for every part");
    // What is printed is a policy that can be pasted.
    let lines = told.stdout.split("would be\n").nth(1).expect("a ruleset").lines().map(str::trim);
    let pasted: Vec<&str> = lines.take_while(|line| !line.is_empty() && !line.starts_with("protected")).collect();
    lab.write_policy(&[("rules/a.toml", &pasted.join("\n"))]);
    assert_eq!(lab.plan().ids(), ["acme/web:rulesets.main"]);
    lab.apply_with(&["--limit", "loosening=1"]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_branch_under_many_rulesets_is_asked_by_itself() {
    let many: Vec<Value> =
        (0..7).map(|n| ruleset(n + 1, &format!("r{n}"), json!({"rules": [{"type": "creation"}]}))).collect();
    let last = ruleset(9, "last", json!({"rules": [{"type": "deletion"}]}));
    let lab =
        lab(company(&[]).repo(ruled("web", &[many, vec![last]].concat())), "[repo.protected]\nno_deletion = true\n");
    assert_eq!(lab.plan_with(&["--all"]).verdict("acme/web:protected.no_deletion"), "compliant");
    assert_eq!(lab.count("GET", "/repos/acme/web/rules/branches/main"), 1);
}

#[test]
fn what_protects_a_branch_is_told_where_no_rule_asks() {
    let web = ruled("web", &[ruleset(7, "main", json!({}))]);
    let rules = json!({"totalCount": 1, "nodes": [classic(3, "main", json!({}))]});
    let org = company(&[]).repo(web.graphql("branchProtectionRules", rules)).repo(repo("bare"));
    let lab = lab(org, "[repo]\ndependabot_alerts = true\n");
    lab.run(&["explain", "acme/web", "protected"])
        .exits(0)
        .prints("protected: no rule gives `protected` to this repository")
        .prints("the ruleset `main` of acme/web: deletion")
        .prints("classic protection of `main`")
        .prints("a ruleset equal to the classic protection of `main` would be")
        .prints("[repo.rulesets.main]");
    lab.run(&["explain", "acme/bare", "protected"]).exits(0).prints("nothing protects `main`");
    let told = lab.run(&["explain", "acme/web", "protected", "--format", "json"]).exits(0).value();
    assert_eq!(told["unmanaged"]["setting"], "protected");
    assert_eq!(told["settings"], json!([]));
    // Any other setting is only told to be nobody's.
    lab.run(&["explain", "acme/web", "has_wiki"]).exits(0).prints("no rule gives `has_wiki` to this repository");
    assert_eq!(lab.writes(), [""; 0]);
}
