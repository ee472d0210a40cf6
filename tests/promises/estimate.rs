//! What a plan foretells of the apply.

use crate::support::{Lab, org, repo, state};

#[test]
fn an_apply_asks_what_the_plan_foretold() {
    let repos = (0..40).map(|n| repo(&format!("r{n:02}")).pvr(false));
    let lab = Lab::new(&state([org("acme").repos(repos)]))
        .policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")]);
    let foretold = lab.plan().0["estimate"].clone();
    let cost = lab.apply()["cost"].clone();
    let (foretold_requests, requests) = (foretold["apply_requests"].as_u64(), cost["requests"].as_u64());
    let (foretold_requests, requests) = (foretold_requests.expect("a number"), requests.expect("a number"));
    // What many targets rest on is read once in a while, so a few more or fewer.
    assert!(foretold_requests.abs_diff(requests) * 10 <= requests, "{foretold_requests} foretold, {requests} made");
    assert_eq!(foretold["apply_seconds"], 12);
    lab.finish();
}
