//! What a plan will cost is said before it is spent, and then it costs that.

use std::path::Path;

use ordain::sim::generate;
use serde_json::{Value, json};

use crate::support::{Lab, org, repo, state, state_with};

/// The baseline: what every organisation of volunteers is told to have.
const BASELINE: &str = "[match]\nvisibility = [\"public\"]\n[repo]\nprivate_vulnerability_reporting = true\ndependabot_alerts = true\n\
     dependabot_security_updates = true\n[repo.secret_scanning]\nenabled = true\npush_protection = true\n\
     [repo.security_policy]\ncontact = \"security@example.org\"\n[repo.scorecard]\n\
     [repo.actions]\ndefault_workflow_permissions = \"read\"\n\
     [repo.rulesets.main]\ntarget = \"branch\"\nenforcement = \"active\"\ninclude = [\"~DEFAULT_BRANCH\"]\n\
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
    let forecast = lab.run(&[&["plan", "--forecast", "--format", "json"], more].concat()).exits(0).value();
    let cost = lab.run(&[&["plan", "--format", "json"], more].concat()).exits(0).value()["cost"].clone();
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
fn show() {
    for count in [50, 300] {
        for (name, rule) in [("baseline", BASELINE), ("one by one", ONE_BY_ONE), ("bulk", IN_BULK)] {
            let lab = Lab::new(&generate(count, 7)).policy(&[("rules/a.toml", rule)]);
            let told = told(&lab, &[]);
            println!("{count} {name}");
            for what in COSTS {
                println!(
                    "   {what}: least {} about {} spent {} most {}",
                    told.of("at_least", what),
                    told.of("about", what),
                    told.spent(what),
                    told.of("at_most", what)
                );
            }
            println!("{}", lab.run(&["plan", "--forecast"]).exits(0).stdout);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("src/cli/demo/state.json")).expect("the demo's state");
    let demo: Value = serde_json::from_str(&text).expect("JSON");
    let lab = Lab::new(&demo);
    let policy = root.join("policy");
    let policy = policy.to_str().expect("UTF-8");
    let told = told(&lab, &["--policy", policy]);
    for what in COSTS {
        println!(
            "   {what}: least {} about {} spent {} most {}",
            told.of("at_least", what),
            told.of("about", what),
            told.spent(what),
            told.of("at_most", what)
        );
    }
    println!("{}", lab.run(&["plan", "--forecast", "--policy", policy]).exits(0).stdout);
}
