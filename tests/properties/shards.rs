//! A plan in shards: joined, they are the plan of one machine, byte for byte; and each repository's changes are in one of them.

use ordain::{
    model::{Org, RepoName, RepoRef},
    plan::{
        Compliant, Filters, Frame, Matched, Plan, Planner, PolicyIdentity, RunLimits, Shard, Verdicts, assemble, join,
        saved,
    },
    policy::Policy,
    render,
    settings::Observed,
};

use super::{
    cases::{hold, note},
    dice::Dice,
    lab::{Lab, Planned, now, parse, run},
    policies::{self, Wish},
    worlds,
};

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// What is planned, beside the shards.
struct Case<'p> {
    policy: &'p Policy,
    observed: &'p Observed,
    filters: Filters,
    limits: RunLimits,
    all: bool,
    own: Option<RepoRef>,
}

/// The plan of a shard, or of all, from what was observed. Where nobody is told them, compliant verdicts are only counted.
fn plan(case: &Case<'_>, shard: Option<Shard>) -> Plan {
    plan_with(case, shard, if case.all { Compliant::Told } else { Compliant::Counted })
}

fn plan_with(case: &Case<'_>, shard: Option<Shard>, compliant: Compliant) -> Plan {
    let filters = Filters { shard, ..case.filters.clone() };
    let Matched::Ready(mut planner) = Planner::prepare(case.policy, &filters, case.observed) else {
        panic!("a shard sees conflicts that the whole does not see");
    };
    let missing = planner.judge(case.observed);
    assert!(missing.is_empty(), "a shard asks for what the whole needs not: {missing:?}");
    let Verdicts { judged, counted } = planner.told(case.observed, compliant);
    let frame = Frame {
        own_repository: case.own.clone(),
        policy: PolicyIdentity { digest: DIGEST.into(), commit: None },
        api_url: "http://localhost".into(),
        source: "github".into(),
        created_at: now(),
        warnings: Vec::new(),
        limits: case.limits.clone(),
        cost: ordain::plan::Cost::default(),
        all: case.all,
        counted,
    };
    assemble(&planner, &judged, case.observed, frame)
}

/// The plans of all shards as files, joined.
fn joined(case: &Case<'_>, of: u32) -> Plan {
    let mut files = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for index in 1..=of {
        let shard = Shard::new(index, of).expect("a shard");
        let plan = plan(case, Some(shard));
        for change in &plan.changes {
            assert!(ids.insert(change.id.clone()), "{} is in two shards", change.id);
        }
        let text = render::json::plan(&plan).expect("JSON");
        // In any order.
        files.insert(files.len() / 2, (format!("{index}.json"), saved::read(&text).expect("a plan")));
    }
    join(files, case.policy, DIGEST, &case.limits).unwrap_or_else(|why| panic!("of {of}: {why}"))
}

/// Holds that the shards of a plan, joined, are the plan.
fn is_whole(case: &Case<'_>) {
    let whole = plan(case, None);
    assert_eq!(plan_with(case, None, Compliant::Told), whole, "counted verdicts are not those that were told");
    for of in 1..=5 {
        let merged = joined(case, of);
        let text = |plan: &Plan| render::json::plan(plan).expect("JSON");
        if text(&merged) != text(&whole) {
            let (merged, whole) = (text(&merged), text(&whole));
            let lines = merged.lines().zip(whole.lines()).enumerate().find(|(_, (a, b))| a != b);
            panic!("of {of}: {lines:?}\n{merged}\n==== but the whole is\n{whole}");
        }
        // And what a document has no place for.
        assert_eq!(merged, whole, "of {of}");
    }
}

#[test]
fn the_shards_of_a_plan_joined_are_the_plan() {
    hold(150, 1, |seed| {
        let mut dice = Dice::new(seed, 71);
        let world = worlds::world(&mut dice, Vec::new());
        let wish =
            Wish { orgs: world.orgs.clone(), repos: world.repos.clone(), settings: 8, only_looks: dice.percent(15) };
        let made = policies::policy(&mut dice, &wish);
        note(&made.text());
        let Ok(policy) = parse(&made.files) else { return };
        let lab = Lab::new(&world.state);
        let Planned::Plan(session) = run(lab.plan(&policy)) else { return };
        let mut limits = RunLimits::default();
        for name in ["changes", "repositories", "deletions", "pull_requests"] {
            if dice.percent(30) {
                limits.given.insert(name.to_owned(), dice.below(5) as u64);
            }
        }
        let mut filters = Filters::default();
        if dice.percent(15) {
            filters.orgs = vec![Org::new("acme").expect("a name")];
        }
        if dice.percent(15) {
            filters.settings = session.plan.changes.first().map(|change| change.key.clone()).into_iter().collect();
        }
        let own = dice.percent(30).then(|| RepoRef {
            org: Org::new("acme").expect("a name"),
            name: RepoName::new(dice.pick(&world.repos).clone()).expect("a name"),
        });
        let case = Case { policy: &policy, observed: &session.observed, filters, limits, all: dice.percent(50), own };
        is_whole(&case);
    });
}
