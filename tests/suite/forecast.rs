//! What a plan will cost is said before it is spent, and then it costs that.

use std::path::Path;

use ordain::sim::{FaultKind, generate};
use serde_json::{Value, json};

use crate::support::{Lab, org, repo, state, state_with};

/// The baseline: what every organisation of volunteers is told to have.
const BASELINE: &str = "[match]\nvisibility = [\"public\"]\n[repo]\nprivate_vulnerability_reporting = true\ndependabot_alerts = true\n\
     dependabot_security_updates = true\n[repo.secret_scanning]\nenabled = true\npush_protection = true\n\
     [repo.security_policy]\ncontact = \"security@example.org\"\n[repo.scorecard]\n\
     [repo.actions]\ndefault_workflow_permissions = \"read\"\n\
     [repo.rulesets.main]\ntarget = \"branch\"\nenforcement = \"active\"\nconditions.ref_name.include = [\"~DEFAULT_BRANCH\"]\n\
     [repo.rulesets.main.rules]\ndeletion = true\nnon_fast_forward = true\n";

/// What has no bulk form, each read of each repository.
const ONE_BY_ONE: &str = "[repo]\nprivate_vulnerability_reporting = true\nimmutable_releases = true\n\
     [repo.code_scanning_default_setup]\nstate = \"configured\"\n[repo.actions]\nsha_pinning_required = true\n\
     default_workflow_permissions = \"read\"\n";

/// Only lists and bulk queries.
const IN_BULK: &str = "[repo]\ndependabot_alerts = true\ndelete_branch_on_merge = true\n[repo.secret_scanning]\nenabled = true\n\
     [repo.labels.security]\ncolor = \"d93f0b\"\n[repo.files.LICENSE]\nensure = \"present\"\n";

/// What a forecast says, and what the plan then costs.
struct Told {
    forecast: Value,
    cost: Value,
}

fn told(lab: &Lab, more: &[&str]) -> Told {
    // What the forecast has looked at would cost the plan nothing any more.
    let plan = ["plan", "--no-cache", "--format", "json"];
    let forecast = lab.run(&[&plan[..], &["--forecast"], more].concat()).exits(0).value();
    let cost = lab.run(&[&plan[..], more].concat()).exits(0).value()["cost"].clone();
    Told { forecast, cost }
}

impl Told {
    fn of(&self, bound: &str, what: &str) -> u64 {
        self.forecast[bound][what].as_u64().expect("a number")
    }

    fn spent(&self, what: &str) -> u64 {
        self.cost[what].as_u64().expect("a number")
    }

    fn is_about(&self, what: &str) {
        let (about, spent) = (self.of("about", what), self.spent(what));
        let near = (spent / 10).max(5);
        assert!(about.abs_diff(spent) <= near, "{what}: {about} foretold, {spent} spent\n{:#}", self.forecast);
    }

    fn is_within(&self, what: &str) {
        let (least, spent, most) = (self.of("at_least", what), self.spent(what), self.of("at_most", what));
        // A sample's shares are not quite those of the whole.
        let slack = (spent / 20).max(2);
        assert!(
            least <= spent + slack && spent <= most + slack,
            "{what}: {least}..{most}, {spent} spent\n{:#}",
            self.forecast
        );
    }
}

const COSTS: [&str; 4] = ["requests", "graphql_requests", "rest_points", "graphql_points"];

#[test]
fn what_is_read_in_bulk_and_what_is_read_one_by_one_cost_what_was_foretold() {
    for count in [50, 300] {
        for rule in [IN_BULK, ONE_BY_ONE] {
            let lab = Lab::new(&generate(count, 7)).policy(&[("rules/a.toml", rule)]);
            let told = told(&lab, &[]);
            COSTS.iter().for_each(|what| told.is_about(what));
            lab.finish();
        }
    }
}

/// What follows depends on the texts of files here: which repositories have a Scorecard workflow, and how many versions of it
/// there are.
#[test]
fn the_baseline_costs_about_what_was_foretold_and_never_more_than_at_most() {
    for count in [50, 300] {
        let lab = Lab::new(&generate(count, 7)).policy(&[("rules/a.toml", BASELINE)]);
        let told = told(&lab, &[]);
        COSTS.iter().for_each(|what| told.is_about(what));
        COSTS.iter().for_each(|what| told.is_within(what));
        lab.finish();
    }
}

#[test]
fn the_express_policy_costs_what_lies_between_the_bounds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("src/cli/demo/state.json")).expect("the demo's state");
    let lab = Lab::new(&serde_json::from_str(&text).expect("JSON"));
    let told = told(&lab, &["--policy", root.join("policy").to_str().expect("UTF-8")]);
    COSTS.iter().for_each(|what| told.is_within(what));
    told.is_about("graphql_requests");
    told.is_about("graphql_points");
    // All that is missing is the list of workflows of the repositories whose runs do not tell the state.
    let misses = told.forecast["misses"].as_array().expect("a list");
    let states = misses.iter().find(|miss| miss["route"] == "actions/workflows").expect("it is told");
    let may_follow = states["at_most"].as_u64().expect("a number") - states["repositories"].as_u64().expect("a number");
    assert!(told.spent("rest_points") <= told.of("about", "rest_points") + may_follow, "{:#}", told.forecast);
    lab.finish();
}

#[test]
fn nothing_is_asked_of_a_repository_and_no_more_of_a_larger_organisation() {
    let asked = |count| {
        let lab = Lab::new(&generate(count, 3)).policy(&[("rules/a.toml", BASELINE)]);
        lab.run(&["drift", "--forecast"]).exits(0).prints("a plan takes");
        let asked: Vec<String> = lab.exchanges().iter().map(|e| e.path_and_query.clone()).collect();
        assert!(asked.iter().all(|path| !path.starts_with("/repos/") && !path.starts_with("/graphql")), "{asked:?}");
        assert!(asked.contains(&"/rate_limit".to_owned()), "{asked:?}");
        lab.finish();
        asked.len()
    };
    assert_eq!(asked(450), asked(150), "itself, two pages of the list, and what the policy asks the organisation");
}

fn enforced(count: usize) -> Value {
    let silent = ["dependency_graph", "dependency_graph_autosubmit_action", "dependabot_delegated_alert_dismissal"];
    let mut configuration = json!({"id": 7, "name": "Held", "target_type": "organization", "enforcement": "enforced",
        "description": "", "private_vulnerability_reporting": "enabled"});
    silent.iter().for_each(|key| configuration[*key] = json!("not_set"));
    let repos = (0..count).map(|n| {
        let repo = repo(&format!("repo-{n:03}")).pvr(true);
        if n % 10 == 0 { repo.private() } else { repo.sim("code_security_configuration", json!({"name": "Held"})) }
    });
    state([org("acme").sim("configurations", json!([configuration])).repos(repos)])
}

/// The list of its repositories has a cursor and does not say how many pages it has.
#[test]
fn what_an_enforced_configuration_proves_is_taken_to_be_proven_for_those_not_looked_at() {
    let lab = Lab::new(&enforced(450)).policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")]);
    let told = told(&lab, &[]);
    assert_eq!(told.forecast["misses"], json!([]));
    assert_eq!((told.forecast["repositories"].as_u64(), told.forecast["looked_at"].as_u64()), (Some(450), Some(150)));
    assert_eq!(told.of("about", "rest_points"), told.spent("rest_points"), "{:#}", told.forecast);
    lab.finish();
}

#[test]
fn a_miss_says_of_how_many_repositories_and_why() {
    let lab = Lab::new(&state([org("acme").repos((0..4).map(|n| repo(&format!("r{n}")))).repo(repo("own").private())]));
    lab.write_policy(&[("rules/a.toml", ONE_BY_ONE)]);
    let ran = lab.run(&["plan", "--forecast"]).exits(0);
    let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in [
        "private_vulnerability_reporting: one request for each of 4 public repositories, since no enforced code security \
         configuration proves it: GET /repos/{owner}/{repo}/private-vulnerability-reporting",
        "actions: one request for each of 5 repositories, since the organisation's own settings do not prove what the policy \
         asks: GET /repos/{owner}/{repo}/actions/permissions",
        "immutable_releases: one request for each of 5 repositories, since the organisation does not enforce it for all of them",
        "5 repositories in 1 organisation; 5 are judged.",
        "It fits: of this hour's allowance",
    ] {
        assert!(text.contains(sentence), "{sentence}\n{ran}");
    }
}

/// A list that was not read whole may hold what a rule names.
#[test]
fn what_a_rule_names_is_taken_to_be_there() {
    let lab = Lab::new(&state([org("acme").repos((0..350).map(|n| repo(&format!("repo-{n:03}")).pvr(true)))]));
    lab.write_policy(&[(
        "rules/a.toml",
        "[match]\nrepo = [\"acme/repo-200\", \"acme/repo-201\"]\n[repo]\nprivate_vulnerability_reporting = true\n",
    )]);
    let told = told(&lab, &[]);
    assert_eq!(told.forecast["judged"], 2);
    assert_eq!(told.of("about", "requests"), told.spent("requests"), "{:#}", told.forecast);
    lab.write_policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")]);
    for name in ["acme/repo-222", "repo-222", "repo-*", "repo-00?"] {
        let told = self::told(&lab, &["--repo", name]);
        assert_eq!(told.of("about", "requests"), told.spent("requests"), "{name}\n{:#}", told.forecast);
    }
    lab.finish();
}

#[test]
fn what_does_not_fit_the_hour_is_said_to_wait() {
    let mut state = generate(300, 7);
    state["simulator"]["rate_limit"] = json!({"core": 200, "graphql": 5_000, "secondary": true});
    let lab = Lab::new(&state).policy(&[("rules/a.toml", ONE_BY_ONE)]);
    let ran = lab.run(&["plan", "--forecast"]).exits(0).prints("It waits about");
    let forecast = lab.run(&["plan", "--forecast", "--format", "json"]).exits(0).value();
    let budget = &forecast["budgets"][0];
    assert_eq!((&budget["fits"], &budget["rest"]["limit"]), (&json!(false), &json!(200)), "{ran}");
    // A thousand requests at two hundred an hour.
    let waits = budget["waits"].as_u64().expect("a number");
    assert!((4 * 3_600..6 * 3_600).contains(&waits), "{waits}");
    let gone = json!({"message": "Rate limiting is not enabled.", "documentation_url": "https://docs.github.com/rest"});
    lab.fault("GET", "/rate_limit", 9, FaultKind::Status(404, gone, Vec::new()));
    lab.run(&["plan", "--forecast"]).exits(0).prints("The server tells of no hourly limits.");
}

#[test]
fn every_installation_of_an_app_has_its_own_allowance() {
    let repos = |n: usize| (0..n).map(|n| repo(&format!("r{n}")).pvr(false));
    let mut state = state_with([org("acme").repos(repos(3)), org("beta").repos(repos(2))], []);
    let granted = json!({"metadata": "read", "organization_administration": "read"});
    state["simulator"]["tokens"] =
        json!([{"token": "the App itself", "login": "ordain", "type": "app", "permissions": granted}]);
    let lab = Lab::new(&state)
        .policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")])
        .env("ORDAIN_APP_ID", "77")
        .env("ORDAIN_APP_PRIVATE_KEY", include_str!("../fixtures/app-key.pem"));
    let told = told(&lab, &[]);
    let whose: Vec<&Value> =
        told.forecast["budgets"].as_array().expect("a list").iter().map(|one| &one["organization"]).collect();
    assert_eq!(whose, ["acme", "beta"]);
    assert_eq!(told.of("about", "requests"), told.spent("requests"), "its tokens are among them\n{:#}", told.forecast);
    lab.finish();
}

#[test]
fn filters_narrow_it() {
    let lab = Lab::new(&state([
        org("acme").repos((0..5).map(|n| repo(&format!("r{n}")))),
        org("beta").repos((0..5).map(|n| repo(&format!("r{n}")))),
    ]));
    lab.write_policy(&[("rules/a.toml", BASELINE)]);
    for filter in [&["--org", "acme"][..], &["--setting", "dependabot_alerts"], &["--repo", "beta/r1"]] {
        let told = told(&lab, filter);
        COSTS.iter().for_each(|what| told.is_within(what));
        assert_eq!(told.of("about", "rest_points"), told.spent("rest_points"), "{filter:?}\n{:#}", told.forecast);
    }
    lab.run(&["plan", "--forecast", "--repo", "r9"]).exits(1).tells("--repo r9: no repository has such a name");
    let told = told(&lab, &["--setting", "private_vulnerability_reporting"]);
    let settings = told.forecast["settings"].as_array().expect("a list");
    assert_eq!(settings.iter().map(|one| &one["setting"]).collect::<Vec<_>>(), ["private_vulnerability_reporting"]);
    assert_eq!(settings[0]["rest_requests"], 12, "two lists of configurations, and ten repositories");
}

#[test]
fn a_snapshot_and_other_formats_are_refused_before_anything_is_asked() {
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", BASELINE)]);
    lab.run(&["plan", "--forecast", "--snapshot", "x.json"]).exits(1).tells("a plan from a snapshot costs nothing");
    lab.run(&["drift", "--forecast", "--format", "html"]).exits(1).tells("say --format text or --format json");
    lab.run(&["plan", "--forecast", "--out", "plan.json"]).exits(1).tells("--out");
    assert_eq!(lab.exchanges().len(), 0);
    lab.fault("GET", "/orgs/acme/repos", 9, FaultKind::Status(404, json!({"message": "Not Found"}), Vec::new()));
    lab.run(&["plan", "--forecast"]).exits(1).tells("GitHub knows no organisation `acme`");
}

/// The page tells the cost; how long it took is no part of what the same observation gives again.
#[test]
fn what_reading_took_is_said_beside_the_result() {
    let lab = Lab::new(&state([org("acme").repo(repo("web"))]));
    lab.write_policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")]);
    let plan = lab.run(&["plan"]).exits(0);
    assert!(plan.stdout.contains("Reading cost") && !plan.stdout.contains("took"), "{plan}");
    assert!(plan.stderr.starts_with("ordain: reading took ") && plan.stderr.lines().count() == 1, "{plan}");
    for args in
        [&["plan", "--format", "json"][..], &["drift", "--fail-on", "unknown", "--format", "sarif"], &["snapshot"]]
    {
        lab.run(args).exits(0).tells("ordain: reading cost 4 requests (1 GraphQL)");
    }
    lab.run(&["snapshot", "--out", "s.json", "-q"]).exits(0);
    let quiet = lab.run(&["plan", "--snapshot", "s.json"]).exits(0);
    assert_eq!(quiet.stderr, "", "nothing was asked\n{quiet}");
}
