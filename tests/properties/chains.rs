//! One world lives through several policies, one after the other, with people at work in between. Each step holds that
//! ordain converges, is minimal, deterministic, total, within GitHub's limits, and silent.

use std::collections::{BTreeMap, BTreeSet};

use ordain::{
    apply::{Entry, read_journal},
    model::{Reading, Scope, Verdict},
    observe::read_snapshot,
    plan::{Applied, ChangeResult, Judged, Matched, Plan, Planner},
    policy::{Candidate, OrgCandidate, Policy},
    settings::{Observed, Write, find},
};
use serde_json::Value;

use super::{
    cases::{hold, note},
    dice::Dice,
    lab::{ALL, Lab, Planned, Session, document, parse, run},
    policies::{self, Wish},
    probes::{Named, Probe, only_named_moved},
    silence,
    worlds::{self, meddle},
};
use crate::support::{differing, is_write};

/// Policies in one chain.
const STEPS: u64 = 4;

#[test]
fn every_policy_converges_and_moves_only_what_it_names() {
    hold(1_000, STEPS, |seed| {
        let mut dice = Dice::new(seed, 2);
        let world = worlds::world(&mut dice, Vec::new());
        let lab = Lab::new(&world.state);
        lab.sim.record(true);
        let probe = Probe::throw(&mut dice, &world.orgs, &world.repos);
        for step in 0..STEPS {
            let wish = Wish { orgs: world.orgs.clone(), repos: world.repos.clone(), settings: 6, only_looks: false };
            let made = policies::policy(&mut dice, &wish);
            note(&format!("step {step}:\n{}", made.text()));
            let policy = match parse(&made.files) {
                Ok(policy) => policy,
                Err(why) => {
                    // Rules that contradict each other, or gates that no rule supplies: told, and nothing is done.
                    silence::is_silent("the diagnostics", &why);
                    continue;
                }
            };
            let merges = dice.percent(70);
            run(step_of(&lab, &policy, made.chain, probe.as_ref(), merges));
            lab.sim.edit(|world_now| meddle(&mut dice, world_now, &world.orgs, &world.repos));
        }
        assert_eq!(lab.sim.cost().refused, 0, "the simulator had to refuse for the limits' sake");
    });
}

async fn step_of(lab: &Lab, policy: &Policy, chain: usize, probe: Option<&Probe>, merges: bool) {
    let before = lab.sim.state();
    let seen = match probe {
        Some(probe) => probe.look(lab).await,
        None => BTreeMap::new(),
    };
    let mut named = Named::default();
    let mut rounds = 0;
    loop {
        let session = match lab.plan(policy).await {
            Planned::Plan(session) => session,
            // What an apply has changed may be what rules match by: from then on they may contradict each other.
            Planned::Conflict(why) => return silence::is_silent("the diagnostics", &why),
            Planned::Nothing(why) => {
                assert_eq!(rounds, 0, "what was planned before cannot be any more: {why}");
                return silence::is_silent("the diagnostics", &why);
            }
        };
        is_total(lab, policy, &session);
        if rounds == 0 {
            silence::plan_is_silent(&session.plan, &mut Dice::new(chain as u64, session.judged.len() as u64));
            plan_is_sound(policy, &session);
        }
        if session.plan.changes.iter().all(|change| change.restricted.is_some()) {
            return is_over(lab, &session, &before, (&seen, probe), &named).await;
        }
        // What is deferred is left to another apply; files that were merged can make more things possible.
        let deferred = !session.plan.deferred.is_empty();
        assert!(
            rounds <= chain + 1 + usize::from(merges),
            "it does not converge in {rounds} rounds (chain of gates: {chain}); still planned: {:#?}",
            session.plan.changes.iter().map(|c| (&c.id, &c.before, &c.after)).collect::<Vec<_>>()
        );
        rounds += usize::from(!deferred);
        named.add(&session.plan);
        for (target, _) in ordain::plan::unneeded(&session.planner, &session.judged) {
            named.targets.insert(target.name());
        }
        lab.sim.clear_exchanges();
        let (applied, journal) = lab.apply(&session).await;
        note_exchanges(lab);
        went_well(&applied, &journal, &session.plan);
        wrote_only_what_was_planned(lab, &session);
        if merges {
            lab.sim.edit(|world| {
                named.merge(world);
                world.merge_all_pulls();
            });
        }
    }
}

/// Nothing is left to do: another apply writes nothing, and only what was named has moved.
async fn is_over(
    lab: &Lab,
    session: &Session<'_>,
    before: &Value,
    probes: (&super::probes::Seen, Option<&Probe>),
    named: &Named,
) {
    lab.sim.clear_exchanges();
    let (applied, _) = lab.apply(session).await;
    let left: Vec<_> =
        lab.sim.exchanges().iter().filter(|one| is_write(one)).map(|one| one.path_and_query.clone()).collect();
    assert!(left.is_empty() || !applied.closed.is_empty(), "nothing was left to do, and yet: {left:?}");
    let after = lab.sim.state();
    for place in differing(before, &after) {
        let mut parts = place.splitn(3, '/');
        let (org, repo) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let of_org = matches!(repo, "rest" | "simulator") && named.targets.contains(org);
        // The status under a configuration that changes is the organisation's matter.
        let configured = named.keys.contains(&(org.to_owned(), "code_security".to_owned()))
            && place.contains("/simulator/code_security_configuration/");
        let closed = applied.closed.iter().any(|url| url.contains(&format!("/{org}/{repo}/")));
        assert!(
            place == "simulator/next_id"
                || of_org
                || closed
                || configured
                || named.targets.contains(&format!("{org}/{repo}")),
            "{place} moved, and no plan named it; named were {:#?}",
            named.ids
        );
    }
    if let Some(probe) = probes.1 {
        only_named_moved(probes.0, &probe.look(lab).await, named);
    }
}

/// What was asked and answered, where one case is looked at.
fn note_exchanges(lab: &Lab) {
    if std::env::var_os("ORDAIN_SEED").is_some() {
        for one in lab.sim.exchanges() {
            let told = |body: &Option<Value>| body.as_ref().map(ToString::to_string).unwrap_or_default();
            let (asked, answered) = (told(&one.request_body), told(&one.response_body));
            note(&format!("{} {} {asked}\n    {} {answered}", one.method, one.path_and_query, one.status));
        }
    }
}

/// Every planned change was made, or put off by the limit of pull requests; and the journal tells it whole.
fn went_well(applied: &Applied, journal: &str, plan: &Plan) {
    silence::apply_is_silent(applied, journal);
    for outcome in &applied.outcomes {
        let fine = match &outcome.result {
            ChangeResult::Applied | ChangeResult::AlreadyDone | ChangeResult::PullRequest { .. } => true,
            ChangeResult::Deferred { .. } => plan.deferred.contains(&outcome.change.id),
            ChangeResult::Refused { .. } => outcome.change.restricted.is_some(),
            // A configuration of the same plan begins to enforce the contrary in a repository that had it before.
            ChangeResult::Stale { message } => {
                let begins = plan.changes.iter().any(|one| one.key == "code_security" && one.org == outcome.change.org);
                begins && message.contains("enforces the contrary")
            }
            ChangeResult::Failed { .. } | ChangeResult::Skipped { .. } => false,
        };
        let change = &outcome.change;
        assert!(fine, "{}: {} → {}: {:?}", change.id, change.before, change.after, outcome.result);
    }
    assert_eq!(applied.outcomes.len(), plan.changes.len(), "each change has one outcome");
    let entries = read_journal(journal).expect("the journal is one");
    let (mut begun, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for entry in &entries {
        match entry {
            Entry::Intent(intent) => assert!(begun.insert(intent.seq), "a number is there twice"),
            Entry::Closing { seq, .. } => assert!(begun.insert(*seq), "a number is there twice"),
            Entry::Outcome { seq, .. } => {
                assert!(ended.insert(*seq) && begun.contains(seq), "an outcome without intent");
            }
            Entry::Begin { .. } | Entry::End { .. } => {}
        }
    }
    assert_eq!(begun, ended, "each intent has an outcome");
    assert!(matches!(entries.last(), Some(Entry::End { .. })), "the journal ends");
}

/// Each call that wrote is one that a planned change named, or belongs to a pull request or commit that one did.
fn wrote_only_what_was_planned(lab: &Lab, session: &Session<'_>) {
    let mut calls: Vec<(String, String)> = Vec::new();
    let mut content: BTreeSet<String> = BTreeSet::new();
    let mut mutates = false;
    for judged in session.judged.iter().filter(|one| one.to_change().is_some()) {
        for write in judged.difference().into_iter().flat_map(|difference| &difference.writes) {
            match write {
                Write::Rest(write) => calls.push((write.method.to_owned(), write.path.clone())),
                Write::Graphql(_) => mutates = true,
                Write::File(_) => drop(content.insert(judged.target.name())),
            }
        }
    }
    for (target, _) in ordain::plan::unneeded(&session.planner, &session.judged) {
        content.insert(target.name());
    }
    for one in lab.sim.exchanges().iter().filter(|one| is_write(one)) {
        let (method, path) = (&one.method, &one.path_and_query);
        let planned = calls.iter().any(|(m, p)| m == method && fits(p, path));
        let by_pull = content.iter().any(|repo| {
            path == "/graphql"
                || path.starts_with(&format!("/repos/{repo}/git/"))
                || path.starts_with(&format!("/repos/{repo}/pulls"))
        });
        // A branch that was renamed bears the name now by which a protection was planned for it.
        let by_rename = session.plan.changes.iter().any(|change| {
            let branches = format!("/repos/{}/{}/branches/", change.org, change.repo.as_deref().unwrap_or_default());
            change.key == "default_branch" && (path.starts_with(&branches) || path == "/graphql")
        });
        assert!(
            planned || by_pull || by_rename || (mutates && path == "/graphql"),
            "{method} {path} was not planned; planned: {calls:?}"
        );
    }
}

/// Whether a path is the planned one, in which `{id:KEY}` stands for anything.
fn fits(planned: &str, path: &str) -> bool {
    match (planned.split_once("{id:"), planned.split_once('}')) {
        (Some((start, _)), Some((_, end))) => path.starts_with(start) && path.ends_with(end),
        _ => planned == path,
    }
}

/// The same policy and observation give the same bytes, the verdicts add up, and nothing told holds a secret.
fn plan_is_sound(policy: &Policy, session: &Session<'_>) {
    let text = ordain::render::json::plan(&session.plan).expect("JSON");
    let again = replan(policy, &session.observed, session.plan.warnings_of_reading());
    assert_eq!(ordain::render::json::plan(&again).expect("JSON"), text, "the same observation gives another plan");
    assert_eq!(session.plan.compute_digest().expect("a digest"), session.plan.digest, "the digest does not fit");
    let read = ordain::plan::saved::read(&text).expect("its own plan is read");
    assert_eq!(ordain::render::json::plan(&read).expect("JSON"), text, "a plan is read back otherwise");
    from_snapshot(policy, session);
}

/// A plan from a snapshot says what the plan from GitHub says.
fn from_snapshot(policy: &Policy, session: &Session<'_>) {
    let snapshot = silence::snapshot(&session.observed);
    silence::is_silent("the snapshot", &snapshot);
    let observed = read_snapshot(&snapshot).expect("its own snapshot is read");
    assert_eq!(silence::snapshot(&observed), snapshot, "a snapshot is read back otherwise");
    let plan = replan(policy, &observed, Vec::new());
    assert_eq!(plan.summary, session.plan.summary, "from the snapshot the verdicts are others");
    let ids = |plan: &Plan| plan.changes.iter().map(|c| (c.id.clone(), c.after.clone())).collect::<Vec<_>>();
    assert_eq!(ids(&plan), ids(&session.plan), "from the snapshot the changes are others");
}

fn replan(policy: &Policy, observed: &Observed, warnings: Vec<ordain::plan::PlanWarning>) -> Plan {
    let Matched::Ready(mut planner) = Planner::prepare(policy, &ALL, observed) else {
        panic!("what was ready is not ready any more");
    };
    let missing = planner.judge(observed);
    let missing: Vec<_> = missing.iter().filter(|key| !matches!(key, ordain::settings::ReadKey::Name(..))).collect();
    assert!(missing.is_empty(), "what was answered is asked again: {missing:?}");
    document(&planner, &planner.verdicts(observed), observed, warnings)
}

trait OfReading {
    fn warnings_of_reading(&self) -> Vec<ordain::plan::PlanWarning>;
}

impl OfReading for Plan {
    fn warnings_of_reading(&self) -> Vec<ordain::plan::PlanWarning> {
        self.warnings.iter().filter(|one| one.message.contains("the token sees")).cloned().collect()
    }
}

/// Each setting and part that rules give to a target has exactly one verdict, and the counts are the counts.
fn is_total(lab: &Lab, policy: &Policy, session: &Session<'_>) {
    let plan = &session.plan;
    let mut ids = BTreeSet::new();
    for judged in &session.judged {
        assert!(ids.insert(judged.id()), "{} has two verdicts", judged.id());
    }
    let sum: u64 = Verdict::ALL.iter().map(|verdict| plan.summary.count(*verdict)).sum();
    let others = ["organisation", "match", "coverage"];
    let other = plan.findings.iter().filter(|one| one.rules.is_empty() && others.contains(&one.key.as_str())).count();
    assert_eq!(sum, (session.judged.len() + other) as u64, "the verdicts do not add up: {:?}", plan.summary);
    let told = plan.changes.len() + plan.findings.len();
    let along = session.judged.iter().filter(|one| one.stands_in).count();
    assert_eq!(told + along, session.judged.len() + other, "each verdict is told once");
    given_by_rules(lab, policy, session);
}

/// Holds what was judged against what the rules give, matched anew from what the simulator knows.
fn given_by_rules(lab: &Lab, policy: &Policy, session: &Session<'_>) {
    let reads = policy.match_reads();
    let mut has = BTreeMap::new();
    lab.sim.edit(|world| {
        for org in &world.orgs {
            for repo in &org.repos {
                let files: BTreeMap<String, Reading<bool>> = reads
                    .files
                    .iter()
                    .map(|path| (path.clone(), Reading::known(org.file(&repo.name, path).is_some())))
                    .collect();
                has.insert(repo.node_id.clone(), (Reading::known(repo.is_empty()), files));
            }
        }
    });
    let mut candidates = Vec::new();
    for (org, seen) in &session.observed.orgs {
        for repo in &seen.repos {
            let (empty, files) = has.get(repo.repository.node_id.as_str()).cloned().expect("a repository of the world");
            candidates.push(Candidate { org, repo: &repo.repository, empty, files });
        }
    }
    let orgs: Vec<OrgCandidate<'_>> = session.observed.orgs.keys().map(|org| OrgCandidate { org }).collect();
    let resolution = policy.resolve(&orgs, &candidates, session.observed.as_of);
    let mut judged: BTreeMap<(String, String), BTreeSet<&'static str>> = BTreeMap::new();
    for one in session.judged.iter().filter(|one| of_own_target(one)) {
        let parts = judged.entry((one.target.name(), one.desired.setting())).or_default();
        parts.extend(one.judgement.part);
    }
    let mut given = BTreeSet::new();
    for resolved in &resolution.repos {
        let candidate = &candidates[resolved.index];
        let target = format!("{}/{}", candidate.org, candidate.repo.name);
        for desired in &resolved.desired {
            parts_fit(&target, desired, judged.get(&(target.clone(), desired.setting())), Scope::Repo);
            given.insert((target.clone(), desired.setting()));
        }
    }
    for resolved in &resolution.orgs {
        let target = resolved.org.to_string();
        for desired in &resolved.desired {
            parts_fit(&target, desired, judged.get(&(target.clone(), desired.setting())), Scope::Org);
            given.insert((target.clone(), desired.setting()));
        }
    }
    let pruned = |key: &(String, String)| {
        session.judged.iter().any(|one| one.desired.is_pruned() && one.desired.setting() == key.1)
    };
    for key in judged.keys().filter(|key| !given.contains(*key)) {
        assert!(pruned(key), "{key:?} has a verdict, and no rule gives it");
    }
}

/// Whether a verdict is of the target that the rule gives the setting to, and not of a repository that an organisation's
/// setting judges one by one.
fn of_own_target(judged: &Judged) -> bool {
    (judged.meta.shape.scope == Scope::Repo) == judged.target.repo.is_some()
}

fn parts_fit(target: &str, desired: &ordain::model::Desired, judged: Option<&BTreeSet<&'static str>>, scope: Scope) {
    let setting = desired.setting();
    let Some(judged) = judged else { panic!("{target}:{setting} has no verdict") };
    let shape = find(scope, desired.key).expect("registered").meta().shape;
    for part in judged {
        assert!(shape.parts.contains(part), "{target}:{setting} has a verdict of {part}, which is no part of it");
    }
    let fields: Vec<&str> = match shape.kind {
        ordain::model::Kind::Table(fields) => fields.iter().map(|field| field.key).collect(),
        _ => Vec::new(),
    };
    // Where every part is a field, the parts judged are the fields declared.
    if !shape.parts.is_empty()
        && shape.parts.len() == fields.len()
        && shape.parts.iter().all(|part| fields.contains(part))
    {
        let declared: BTreeSet<&str> = fields.into_iter().filter(|field| desired.declares(field)).collect();
        // What is not there yet is made as a whole: then the one verdict is the whole's.
        let whole = judged.is_empty() && shape.keyed.is_some();
        assert!(
            whole || *judged == declared,
            "{target}:{setting}: the parts judged are {judged:?}, and the parts declared {declared:?}"
        );
    }
}
