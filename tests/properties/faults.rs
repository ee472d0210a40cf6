//! Something goes wrong at any request: an error, a lost connection, a broken answer. The next apply converges to the same
//! state as if nothing had happened, and no write has taken effect twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ordain::{
    plan::ChangeResult,
    policy::Policy,
    sim::{Act, Exchange, Fault, FaultKind},
};
use serde_json::{Value, json};

use super::{
    cases::{hold, note},
    dice::Dice,
    lab::{Lab, Planned, TOKEN, run},
    policies, silence, worlds,
};
use crate::support::{differences, is_write};

#[test]
fn the_next_apply_converges_after_any_fault_and_nothing_is_done_twice() {
    hold(1_000, 1, |seed| {
        let mut dice = Dice::new(seed, 3);
        let world = worlds::world(&mut dice, Vec::new());
        let Some(policy) = policies::of_world(&mut dice, &world, 5, false) else { return };
        let (calm, rough) = (Lab::new(&world.state), Lab::new(&world.state));
        calm.sim.record(true);
        rough.sim.record(true);
        let Some(calm_rounds) = run(converge(&calm, &policy, 12)) else { return };
        let requests = calm.sim.exchanges().len();
        let fault = fault(&mut dice, requests);
        note(&format!("the fault: {fault:?}"));
        let kind = fault.kind.clone();
        rough.sim.fault(fault);
        let claimed = run(one_apply(&rough, &policy));
        rough.sim.clear_faults();
        keeps_its_word(&rough, &policy, &claimed);
        let rounds = run(converge(&rough, &policy, calm_rounds + 1)).expect("what was planned is planned");
        assert!(
            rounds <= calm_rounds + 1,
            "{rounds} more applies after the fault; without it {calm_rounds} were enough"
        );
        let effects = [effects(&calm.sim.exchanges(), None), effects(&rough.sim.exchanges(), Some(&kind))];
        for (call, times) in &effects[1] {
            let most = effects[0].get(call).copied().unwrap_or(0).max(1);
            assert!(*times <= most, "{call} took effect {times} times; without the fault {most}");
        }
        let (mut calm, mut rough) = (by_name(calm.sim.state()), by_name(rough.sim.state()));
        for state in [&mut calm, &mut rough] {
            forget_the_maker(state);
            say_what_was_never_set(state);
        }
        is_the_same(&calm, &rough);
    });
}

fn fault(dice: &mut Dice, requests: usize) -> Fault {
    // A message of the server can itself be hostile: it sends back what it was sent.
    let body = json!({"message": format!("Server Error {TOKEN}")});
    let kind = match dice.below(9) {
        0 => FaultKind::ResetBefore,
        1 => FaultKind::ResetAfter,
        2 => FaultKind::Status(500, body, Vec::new()),
        3 => FaultKind::Status(502, Value::Null, Vec::new()),
        4 => FaultKind::StatusAfter(502, body),
        5 => FaultKind::NotJson,
        6 => FaultKind::Truncated,
        7 => FaultKind::Delay(Duration::from_secs(60)),
        _ => FaultKind::Altered(Act::new(|body: &mut Value| *body = json!(["what", {"is": "this"}]))),
    };
    let method = dice.pick(&[None, None, Some("POST"), Some("PUT"), Some("PATCH")]).map(str::to_owned);
    let among = if method.is_none() { requests } else { 1 + requests / 10 };
    let (after, times) = (u32::try_from(dice.below(among)).expect("few"), 1 + u32::from(dice.percent(20)) * 3);
    Fault { method, path: String::new(), after, times, kind }
}

/// Plans and applies until nothing is left. Gives how many applies that took; nothing where the rules contradict each other.
async fn converge(lab: &Lab, policy: &Policy, most: usize) -> Option<usize> {
    for rounds in 0..=most {
        let Planned::Plan(session) = lab.plan(policy).await else { return None };
        if session.plan.changes.iter().all(|change| change.restricted.is_some()) {
            return Some(rounds);
        }
        let (applied, _) = lab.apply(&session).await;
        for outcome in &applied.outcomes {
            let failed = matches!(outcome.result, ChangeResult::Failed { .. } | ChangeResult::Skipped { .. });
            assert!(!failed, "{}: {:?}", outcome.change.id, outcome.result);
        }
    }
    panic!("it does not converge in {most} applies");
}

/// One apply, whatever comes of it. Gives the ids that it says are made.
async fn one_apply(lab: &Lab, policy: &Policy) -> BTreeSet<String> {
    let session = match lab.plan(policy).await {
        Planned::Plan(session) => session,
        Planned::Nothing(why) | Planned::Conflict(why) => {
            silence::is_silent("why nothing was planned", &why);
            return BTreeSet::new();
        }
    };
    silence::plan_is_silent(&session.plan, &mut Dice::new(1, session.judged.len() as u64));
    let (applied, journal) = lab.apply(&session).await;
    silence::apply_is_silent(&applied, &journal);
    let made = applied.outcomes.iter().filter(|outcome| matches!(outcome.result, ChangeResult::Applied));
    made.map(|outcome| outcome.change.id.clone()).collect()
}

/// What an apply says is made is made.
fn keeps_its_word(lab: &Lab, policy: &Policy, claimed: &BTreeSet<String>) {
    let Planned::Plan(session) = run(lab.plan(policy)) else { panic!("what was planned cannot be planned any more") };
    for change in &session.plan.changes {
        assert!(!claimed.contains(&change.id), "{} was said to be made, and is planned again", change.id);
    }
}

/// How often each write took effect: method, path and body.
fn effects(exchanges: &[Exchange], fault: Option<&FaultKind>) -> BTreeMap<String, usize> {
    let mut effects = BTreeMap::new();
    for one in exchanges.iter().filter(|one| is_write(one)) {
        let refused = one.response_body.as_ref().is_some_and(|body| body.get("errors").is_some());
        let after_all = one.faulty && matches!(fault, Some(FaultKind::StatusAfter(..)));
        let altered = one.faulty && matches!(fault, Some(FaultKind::Altered(_)));
        let mut body = one.request_body.clone().unwrap_or_default();
        // A commit's guard names the head on which it stands, and its message what it is for; what counts is what it changes.
        if let Some(input) = body.pointer_mut("/variables/input").and_then(Value::as_object_mut) {
            input.retain(|key, _| !["expectedHeadOid", "message"].contains(&key.as_str()));
        }
        let call = format!("{} {} {body}", one.method, one.path_and_query);
        if (one.status < 300 && !refused) || after_all || (altered && one.status < 300) {
            *effects.entry(call).or_default() += 1;
        }
    }
    effects
}

/// A state whose lists of named things stand in the order of their names, not of their making.
fn by_name(mut state: Value) -> Value {
    match &mut state {
        Value::Array(list) => {
            for item in &mut *list {
                *item = by_name(item.take());
            }
            for name in ["name", "property_name", "pattern"] {
                if list.iter().all(|item| item[name].is_string()) {
                    list.sort_by_key(|item| item[name].to_string());
                }
            }
        }
        Value::Object(object) => object.values_mut().for_each(|value| *value = by_name(value.take())),
        _ => {}
    }
    state
}

/// GitHub makes its maker a maintainer of a new team. If the answer to that or the call that takes them out is lost, the next plan finds a team with one member
/// more than the policy names, as if a person had made it, and leaves them. Only this one entry is forgotten.
fn forget_the_maker(state: &mut Value) {
    let maker = json!({"login": "ordain-bot", "role": "maintainer"});
    let orgs = state["organizations"].as_array_mut().into_iter().flatten();
    for answers in orgs.filter_map(|org| org.get_mut("rest")?.as_object_mut()) {
        for (suffix, answer) in answers.iter_mut() {
            if suffix.starts_with("teams/")
                && suffix.ends_with("/members")
                && let Some(list) = answer.get_mut("known").and_then(Value::as_array_mut)
            {
                list.retain(|member| *member != maker);
            }
        }
    }
}

/// What was never set reads as what was set to GitHub's default: where a fault came between two writes of a setting, the second is
/// not needed any more, if that is what the policy wants.
fn say_what_was_never_set(state: &mut Value) {
    let defaults = [
        ("actions/permissions/repositories", json!([])),
        ("actions/permissions/self-hosted-runners/repositories", json!([])),
        (
            "actions/permissions/selected-actions",
            json!({"github_owned_allowed": false, "patterns_allowed": [], "verified_allowed": false}),
        ),
    ];
    let orgs = state["organizations"].as_array_mut().into_iter().flatten();
    for org in orgs {
        let repos = org.get_mut("repositories").and_then(Value::as_array_mut).into_iter().flatten();
        let of_repos = repos.filter_map(|repo| repo.get_mut("rest")?.as_object_mut());
        for answers in of_repos {
            let (suffix, default) = defaults.last().expect("there are some");
            answers.entry(*suffix).or_insert_with(|| json!({ "known": default }));
        }
        let Some(answers) = org.get_mut("rest").and_then(Value::as_object_mut) else { continue };
        for (suffix, default) in &defaults {
            answers.entry(*suffix).or_insert_with(|| json!({ "known": default }));
        }
    }
}

/// Two states are the same but for numbers, times and the names of commits.
fn is_the_same(calm: &Value, rough: &Value) {
    let strange: Vec<_> = differences(calm, rough)
        .into_iter()
        .filter(|(place, _)| {
            let last = place.rsplit('/').next().unwrap_or_default();
            let named =
                ["id", "databaseId", "node_id", "sha", "oid", "number"].contains(&last) || last.ends_with("_at");
            // Addresses name numbers.
            let named = named || last.ends_with("_url");
            let books = ["simulator/next_id", "/simulator/git/", "/defaultBranchRef/", "/simulator/pulls/"];
            !named && !books.iter().any(|book| place.contains(book))
        })
        .collect();
    assert!(strange.is_empty(), "after the fault the state is another one: {strange:#?}");
    let pulls = |state: &Value| -> Vec<usize> {
        let orgs = state["organizations"].as_array().expect("a list");
        let repos = orgs.iter().flat_map(|org| org["repositories"].as_array().expect("a list"));
        repos.map(|repo| repo["simulator"]["pulls"].as_array().map_or(0, Vec::len)).collect()
    };
    assert_eq!(pulls(calm), pulls(rough), "there are other pull requests after the fault");
}
