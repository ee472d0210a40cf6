//! Refusals for the rate limits' sake: it waits, says why, and goes on.

use ordain::sim::FaultKind;
use serde_json::json;

use super::{ALERTS, ALWAYS, nothing_written, status};
use crate::support::{Lab, org, repo, state};

fn lab() -> Lab {
    Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", ALERTS)])
}

const SECONDARY: &str = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
const PRIMARY: &str = "API rate limit exceeded for user ID 1.";

fn refusals() -> Vec<(FaultKind, &'static str)> {
    vec![
        (status(403, SECONDARY, &[("retry-after", "7")]), "waiting 7 s"),
        (status(403, SECONDARY, &[]), "waiting 60 s"),
        (status(429, "Too Many Requests", &[("retry-after", "3")]), "waiting 3 s"),
        (status(429, "Too Many Requests", &[]), "waiting 60 s"),
        (status(403, PRIMARY, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795348830")]), "waiting 31 s"),
    ]
}

#[test]
fn a_refused_reading_waits_and_goes_on() {
    for (kind, words) in refusals() {
        let lab = lab();
        lab.fault("GET", "/orgs/acme/repos", 1, kind.clone());
        let ran = lab.run(&["plan", "--format", "json"]).exits(0).tells(words).tells("rate limit");
        assert_eq!(ran.document().ids(), ["acme/web:dependabot_alerts"], "{kind:?}");
    }
}

#[test]
fn graphql_refuses_with_http_200() {
    let errors = json!({"errors": [{"type": "RATE_LIMITED", "message": PRIMARY}]});
    for (headers, words) in [(vec![("retry-after", "5")], "waiting 5 s"), (vec![], "waiting 60 s")] {
        let lab = lab();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        lab.fault("POST", "/graphql", 1, FaultKind::Status(200, errors.clone(), headers));
        let ran = lab.run(&["plan", "--format", "json"]).exits(0).tells(words).tells("GraphQL rate limit");
        assert_eq!(ran.document().ids(), ["acme/web:dependabot_alerts"]);
    }
}

#[test]
fn a_refused_write_waits_and_is_sent_once_more() {
    for (kind, words) in refusals() {
        let lab = lab();
        lab.fault("PUT", "/repos/acme/web/vulnerability-alerts", 1, kind.clone());
        lab.run(&["apply", "--yes"]).exits(0).tells(words).prints("1 changed (written");
        assert_eq!(lab.writes().len(), 2, "one refused, one that took effect: {kind:?}");
        assert_eq!(lab.plan().changes().len(), 0);
    }
}

#[test]
fn a_refusal_that_stays_is_told_and_nothing_is_guessed() {
    let lab = lab();
    lab.fault("GET", "/orgs/acme/repos", ALWAYS, status(403, SECONDARY, &[("retry-after", "1")]));
    lab.run(&["apply", "--yes"])
        .exits(1)
        .tells("rate limit refuses GET /orgs/acme/repos")
        .tells("secondary rate limit");
    lab.sim().clear_faults();
    lab.write_policy(&[("rules/a.toml", "[repo.files.X]\ncontent = \"x\"\n")]);
    lab.fault(
        "POST",
        "/graphql",
        ALWAYS,
        FaultKind::Status(
            200,
            json!({"errors": [{"type": "RATE_LIMITED", "message": PRIMARY}]}),
            vec![("retry-after".to_owned(), "1".to_owned())],
        ),
    );
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    assert_eq!((plan.summary("unknown"), plan.summary("change")), (1, 0));
    nothing_written(&lab);
}

#[test]
fn a_quiet_run_says_nothing_of_waits() {
    let lab = lab();
    lab.fault("GET", "/orgs/acme/repos", 1, status(429, "Too Many Requests", &[("retry-after", "3")]));
    let ran = lab.run(&["plan", "-q"]).exits(0);
    assert_eq!(ran.stderr, "", "{ran}");
}

#[test]
fn the_simulators_own_limits_are_waited_for() {
    let mut state = state([org("acme").repos((0..12).map(|n| repo(&format!("r{n}"))))]);
    state["simulator"]["rate_limit"] = json!({"core": 8, "graphql": 5000, "secondary": false, "window_s": 1});
    let lab = Lab::new(&state).policy(&[("rules/a.toml", super::REPORTING)]).env("ORDAIN_CLOCK_FACTOR", "1");
    let ran = lab.run(&["plan", "--format", "json"]).exits(0);
    let ran =
        ran.tells("for GitHub's rate limit to reset").tells("of 8 requests of this hour are left, which are kept back");
    assert_eq!(ran.document().summary("change"), 12);
    assert_eq!(lab.sim().cost().refused, 0, "it waits before it is refused");
}
