//! What must always hold, over made organisations: apply converges, and moves nothing but what the plans named.

use std::collections::BTreeSet;

use ordain::sim::generate;
use serde_json::Value;

use crate::support::{Document, Lab, differing};

const RULES: &[(&str, &str)] = &[
    (
        "rules/repos.toml",
        "[repo]\nprivate_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n\
         dependabot_alerts = true\ndependabot_security_updates = true\n\
         [repo.secret_scanning]\nenabled = true\npush_protection = true\n\
         [repo.security_policy]\ncontact = \"security@example.org\"\ntemplate = \"SECURITY.md\"\n\
         [repo.files.\".github/dependabot.yml\"]\nensure = \"present\"\ncontent = \"version: 2\\nupdates: []\\n\"\n",
    ),
    (
        "rules/workflows.toml",
        "[match]\nhas_file = \".github/workflows/ci.yml\"\n[repo.workflows.\"ci.yml\"]\nstate = \"active\"\n",
    ),
    (
        "rules/org.toml",
        "[match]\norg = \"*\"\n[org.code_security.base]\nprivate_vulnerability_reporting = \"enabled\"\n\
         secret_scanning = \"enabled\"\nattach = \"public\"\nattach_requires = [\"security_policy\"]\n",
    ),
    ("files/SECURITY.md", "# {{ repo.name }}\n\nWrite to security@example.org.\n"),
];

/// The organisation and repository of everything that a plan moves.
fn targets(plan: &Document) -> BTreeSet<String> {
    let mut targets = BTreeSet::new();
    let mut name = |one: &Value| {
        let org = one["org"].as_str().expect("an organisation");
        targets.insert(match one["repo"].as_str() {
            Some(repo) => format!("{org}/{repo}/"),
            None => format!("{org}/"),
        });
    };
    for change in plan.changes() {
        name(change);
        change["effects"].as_array().expect("a list").iter().for_each(&mut name);
    }
    // An attachment names its repositories in what it makes of them.
    for change in plan.changes() {
        for repo in change["after"]["attached"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            targets.insert(format!("{}/{repo}/", change["org"].as_str().expect("an organisation")));
        }
    }
    targets
}

#[test]
fn apply_converges_and_moves_only_what_plans_named() {
    for seed in 1..=3 {
        let lab = Lab::new(&generate(40, seed)).policy(RULES);
        let before = lab.state();
        let mut named = BTreeSet::new();
        let mut rounds = 0;
        loop {
            let plan = lab.plan();
            if plan.ids().is_empty() && plan.with_verdict("pending").is_empty() {
                break;
            }
            named.extend(targets(&plan));
            rounds += 1;
            // The longest chain of gates is three, and forty pull requests are two applies.
            assert!(rounds <= 5, "seed {seed} does not converge: {}", plan.text());
            lab.apply_with(&["--limit", "loosening=1000"]);
            lab.merge();
        }
        lab.forget();
        lab.apply();
        assert_eq!(lab.writes(), [""; 0], "seed {seed}");
        for place in differing(&before, &lab.state()) {
            let target = place.splitn(3, '/').take(2).map(|part| format!("{part}/")).collect::<String>();
            let of_org = place.starts_with("example-org/rest/") && named.contains("example-org/");
            assert!(
                place == "simulator/next_id" || of_org || named.contains(&target),
                "seed {seed}: {place} moved, and no plan named it"
            );
        }
    }
}

#[test]
fn applying_the_express_policy_leaves_the_excluded_alone() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("src/cli/demo/state.json")).expect("the demo's state");
    let lab = Lab::new(&serde_json::from_str(&text).expect("JSON"));
    let policy = root.join("policy");
    let policy = ["--policy", policy.to_str().expect("UTF-8")];
    let before = lab.state();
    let mut named = targets(&lab.plan_with(&policy));
    for _ in 0..4 {
        lab.apply_with(&policy);
        lab.merge();
        named.extend(targets(&lab.plan_with(&policy)));
    }
    assert!(lab.plan_with(&policy).ids().is_empty());
    for place in differing(&before, &lab.state()) {
        let mut parts = place.splitn(3, '/');
        let (org, repo) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let of_org = repo == "rest" && named.contains(&format!("{org}/"));
        assert!(
            place == "simulator/next_id" || of_org || named.contains(&format!("{org}/{repo}/")),
            "{place} moved, and no plan named it"
        );
        assert!(!place.starts_with("expressjs/csurf/"), "archived");
    }
}
