//! The directions of rulesets and of classic branch protection.

use serde_json::{Value, json};

use super::{LOOSENING, Probe, TIGHTENING, probe};
use crate::{
    settings::rules::{classic, company, guarded, ruled, ruleset},
    support::{OrgState, repo},
};

/// What the rulesets of both scopes have: a state, the line of the policy, and where that leads.
fn of_both(state: impl Fn(Value) -> OrgState, place: &str) -> Vec<Probe> {
    let one = |field: &'static str, is: Value, line: &str, effect: &'static str| {
        probe("rulesets", field, state(is), format!("[{place}.rulesets.main]\n{line}\n"), "rulesets.main", effect)
    };
    let refs = |include: &str, exclude: &[&str]| json!({"ref_name": {"include": [include], "exclude": exclude}});
    let include = |pattern: &str| format!("conditions = {{ ref_name = {{ include = [\"{pattern}\"] }} }}");
    let exclude = |list: &str| format!("conditions = {{ ref_name = {{ exclude = [{list}] }} }}");
    let owners = |mode: &str| json!({"bypass_actors": [{"actor_id": 1, "actor_type": "OrganizationAdmin", "bypass_mode": mode}]});
    let conditions = |it: Value| {
        let mut it = it;
        it["repository_name"] = json!({"include": ["~ALL"], "exclude": []});
        if place == "repo" {
            it.as_object_mut().expect("an object").remove("repository_name");
        }
        json!({ "conditions": it })
    };
    let (refs_include, refs_exclude) = ("conditions.ref_name.include", "conditions.ref_name.exclude");
    vec![
        one("enforcement", json!({"enforcement": "evaluate"}), "enforcement = \"active\"", TIGHTENING),
        one("enforcement", json!({"enforcement": "active"}), "enforcement = \"disabled\"", LOOSENING),
        one(refs_include, conditions(refs("~DEFAULT_BRANCH", &[])), &include("~ALL"), TIGHTENING),
        one(refs_include, conditions(refs("~ALL", &[])), &include("~DEFAULT_BRANCH"), LOOSENING),
        one(refs_exclude, conditions(refs("~ALL", &["refs/heads/x"])), &exclude(""), TIGHTENING),
        one(refs_exclude, conditions(refs("~ALL", &[])), &exclude("\"refs/heads/x\""), LOOSENING),
        one("bypass_actors", owners("always"), "bypass_actors = {}", TIGHTENING),
        one("bypass_actors", owners("always"), "bypass_actors = { org_admin = \"pull_request\" }", TIGHTENING),
        one("bypass_actors", json!({}), "bypass_actors = { org_admin = \"pull_request\" }", LOOSENING),
        one("rules", json!({}), "rules = { required_linear_history = {} }", TIGHTENING),
        one("rules", json!({}), "rules = { deletion = false }", LOOSENING),
        one("rules", json!({}), "rules = { required_linear_history = {}, deletion = false }", LOOSENING),
    ]
}

pub(super) fn rulesets_of_repo() -> Vec<Probe> {
    of_both(|changes| company(&[]).repo(ruled("web", &[ruleset(7, "main", changes)])), "repo")
}

pub(super) fn rulesets_of_org() -> Vec<Probe> {
    let state = |changes: Value| {
        let whole = json!({"conditions": {
            "ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []},
            "repository_name": {"include": ["~ALL"], "exclude": []},
        }});
        let mut main = ruleset(7, "main", whole);
        main.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        company(&[main]).repo(repo("web"))
    };
    let mut all = of_both(state, "org");
    let one = |kind: &str, field: &'static str, is: Value, wanted: &str, effect: &'static str| {
        let refs = json!({"include": ["~DEFAULT_BRANCH"], "exclude": []});
        let state = state(json!({"conditions": {"ref_name": refs, kind: is}}));
        let key = field.rsplit('.').next().expect("a name");
        let rule = format!("[org.rulesets.main.conditions.{kind}]\n{key} = {wanted}\n");
        probe("rulesets", field, state, rule, "rulesets.main", effect)
    };
    let names = |include: &[&str], exclude: &[&str], protected: bool| json!({"include": include, "exclude": exclude, "protected": protected});
    let name = |field, is, wanted, effect| one("repository_name", field, is, wanted, effect);
    let by_name = "conditions.repository_name.include";
    let but_name = "conditions.repository_name.exclude";
    let renaming = "conditions.repository_name.protected";
    all.extend([
        name(by_name, names(&["web"], &[], false), "[\"~ALL\"]", TIGHTENING),
        name(by_name, names(&["web"], &[], false), "[\"web\", \"api\"]", TIGHTENING),
        name(by_name, names(&["~ALL"], &[], false), "[\"web\"]", LOOSENING),
        name(but_name, names(&["~ALL"], &["x"], false), "[]", TIGHTENING),
        name(but_name, names(&["~ALL"], &[], false), "[\"x\"]", LOOSENING),
        // A repository with a new name could leave the ruleset behind.
        name(renaming, names(&["~ALL"], &[], false), "true", TIGHTENING),
        name(renaming, names(&["~ALL"], &[], true), "false", LOOSENING),
    ]);
    let number = "conditions.repository_id.repository_ids";
    let by_number =
        |ids: &[u64], wanted, effect| one("repository_id", number, json!({ "repository_ids": ids }), wanted, effect);
    all.extend([by_number(&[1], "[1, 2]", TIGHTENING), by_number(&[1, 2], "[2]", LOOSENING)]);
    all.extend(by_property(&|field, is, wanted, effect| one("repository_property", field, is, wanted, effect)));
    all
}

/// A repository must match every property that is included, and none that is excluded.
fn by_property(one: &dyn Fn(&'static str, Value, &str, &'static str) -> Probe) -> Vec<Probe> {
    let (include, exclude) = ("conditions.repository_property.include", "conditions.repository_property.exclude");
    let tier = |values: &[&str]| json!({"name": "tier", "source": "custom", "property_values": values});
    let team = || json!({"name": "team", "source": "custom", "property_values": ["a"]});
    let included = |all: Value| json!({"include": all, "exclude": []});
    let word = |name: &str, values: &str| {
        format!("{{ name = \"{name}\", source = \"custom\", property_values = [{values}] }}")
    };
    let gold = word("tier", "\"gold\"");
    let both = format!("[{gold}, {}]", word("team", "\"a\""));
    let more = format!("[{}]", word("tier", "\"gold\", \"silver\""));
    let only = format!("[{gold}]");
    vec![
        one(include, included(json!([tier(&["gold"]), team()])), &only, TIGHTENING),
        one(include, included(json!([tier(&["gold"])])), &more, TIGHTENING),
        one(include, included(json!([tier(&["gold"])])), &both, LOOSENING),
        one(include, included(json!([tier(&["gold", "silver"])])), &only, LOOSENING),
        one(exclude, json!({"include": [team()], "exclude": [tier(&["gold"])]}), "[]", TIGHTENING),
        one(exclude, json!({"include": [team()], "exclude": []}), &only, LOOSENING),
    ]
}

const CHECKS: &str = "required_status_checks";
const REVIEWS: &str = "required_pull_request_reviews";

pub(super) fn branch_protection() -> Vec<Probe> {
    let one = |field: &'static str, is: Value, line: &str, effect: &'static str| {
        let rule = format!("[repo.branch_protection.main]\n{line}\n");
        let state = company(&[]).repo(guarded("web", &[classic(3, "main", is)]));
        probe("branch_protection", field, state, rule, "branch_protection.main", effect)
    };
    let is = || json!({});
    let count = "required_pull_request_reviews.required_approving_review_count";
    let dismissals = "required_pull_request_reviews.dismissal_restrictions";
    let checks = |value: &str| format!("{CHECKS} = {{ {value} }}");
    let reviews = |value: &str| format!("{REVIEWS} = {{ {value} }}");
    let mut all = vec![
        one(CHECKS, json!({"requiresStatusChecks": false}), "required_status_checks = true", TIGHTENING),
        one(CHECKS, is(), "required_status_checks = false", LOOSENING),
        one(
            "required_status_checks.checks",
            is(),
            &checks("checks = [{ context = \"lint\" }, { context = \"ci\" }]"),
            TIGHTENING,
        ),
        one(
            "required_status_checks.checks",
            is(),
            &checks("checks = [{ context = \"lint\", app_id = 15368 }]"),
            TIGHTENING,
        ),
        one("required_status_checks.checks", is(), &checks("checks = [{ context = \"ci\" }]"), LOOSENING),
        one("required_status_checks.contexts", is(), &checks("contexts = [\"ci\", \"lint\"]"), TIGHTENING),
        one("required_status_checks.contexts", is(), &checks("contexts = [\"ci\"]"), LOOSENING),
        one(REVIEWS, json!({"requiresApprovingReviews": false}), "required_pull_request_reviews = true", TIGHTENING),
        one(REVIEWS, is(), "required_pull_request_reviews = false", LOOSENING),
        one(count, is(), &reviews("required_approving_review_count = 2"), TIGHTENING),
        one(count, is(), &reviews("required_approving_review_count = 0"), LOOSENING),
        one(dismissals, is(), &reviews("dismissal_restrictions = { teams = [\"core\"] }"), TIGHTENING),
        one(
            dismissals,
            json!({"restrictsReviewDismissals": true}),
            &reviews("dismissal_restrictions = false"),
            LOOSENING,
        ),
        one("restrictions", json!({"restrictsPushes": false}), "restrictions = { teams = [\"core\"] }", TIGHTENING),
        one("restrictions", is(), "restrictions = false", LOOSENING),
    ];
    all.extend(lists(&one));
    all
}

/// The lists of people, teams and apps: each more that is on one may do what others may not.
fn lists(one: &dyn Fn(&'static str, Value, &str, &'static str) -> Probe) -> Vec<Probe> {
    let actors = json!({"totalCount": 3, "nodes": [
        {"actor": {"__typename": "User", "id": "U_1", "databaseId": 1, "login": "octocat"}},
        {"actor": {"__typename": "Team", "id": "T_44", "databaseId": 44, "slug": "core"}},
        {"actor": {"__typename": "App", "id": "A_kwDOrenovate", "databaseId": 2_740, "slug": "renovate"}},
    ]});
    let is = json!({
        "pushAllowances": actors, "reviewDismissalAllowances": actors, "bypassPullRequestAllowances": actors,
        "restrictsReviewDismissals": true,
    });
    let sections = ["restrictions", "dismissal_restrictions", "bypass_pull_request_allowances"];
    let kinds = [("users", "octocat", "bob"), ("teams", "core", "docs"), ("apps", "renovate", "dependabot")];
    let mut all = Vec::new();
    for section in sections {
        let inside = section != "restrictions";
        for (kind, had, other) in kinds {
            let field = format!("{}{section}.{kind}", if inside { "required_pull_request_reviews." } else { "" });
            let field: &'static str = field.leak();
            let line = |list: &str| {
                let own = format!("{section} = {{ {kind} = [{list}] }}");
                if inside { format!("{REVIEWS} = {{ {own} }}") } else { own }
            };
            all.push(one(field, is.clone(), &line(""), TIGHTENING));
            all.push(one(field, is.clone(), &line(&format!("\"{had}\", \"{other}\"")), LOOSENING));
        }
    }
    all
}
