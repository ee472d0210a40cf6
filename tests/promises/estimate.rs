//! What a plan foretells of the apply.

use crate::support::{Lab, org, repo, state};

#[test]
fn an_apply_asks_what_the_plan_foretold() {
    let repos = (0..40).map(|n| repo(&format!("r{n:02}")).pvr(false));
    let lab = Lab::new(&state([org("acme").repos(repos)]))
        .policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")]);
    let foretold = lab.plan().0["estimate"].clone();
    let cost = lab.apply()["cost"].clone();
    assert_eq!(foretold["apply_requests"], cost["requests"]);
    assert_eq!(foretold["apply_seconds"], 16);
    lab.finish();
}
