//! Which repositories get the configuration: one call for all of them, always by id, so that no advisory's fork is ever
//! attached, with what it moves in each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    Wanted,
    attached::{READ, known_list, repositories, statuses},
    definition::foreign,
    fields, moves,
    reach::Reach,
};
use crate::{
    model::{Effect, Gate, NodeId},
    settings::{Context, Difference, GateState, Judgement, Move, Outcome, Pending, RepoObserved, RestWrite, Write},
};

const PART: &str = "attach";

/// Whether a repository with this status has the configuration, or is getting it.
pub(super) fn holds(status: &str) -> bool {
    matches!(status, "attached" | "enforced") || settles(status)
}

fn settles(status: &str) -> bool {
    matches!(status, "attaching" | "updating")
}

/// The configuration that a repository has, or failed to get.
struct Held<'a> {
    configuration: &'a Value,
    status: String,
}

type Holders<'a> = BTreeMap<NodeId, Held<'a>>;

/// A repository kept out by gates that do not hold.
struct Blocked<'a> {
    repo: &'a RepoObserved,
    gates: Vec<(Gate, GateState)>,
    /// The name of the configuration that it has, or null.
    observed: Value,
}

/// How the repositories in reach stand.
#[derive(Default)]
struct Standing<'a> {
    attached: Vec<&'a RepoObserved>,
    settling: Vec<&'a RepoObserved>,
    to_attach: Vec<(&'a RepoObserved, Option<&'a Value>)>,
    blocked: Vec<Blocked<'a>>,
    violations: Vec<(&'a RepoObserved, String, Value)>,
}

/// Says what holds of `attach`: one judgement for the organisation, and one for each repository that cannot be attached.
pub(super) fn judge<'a>(wanted: &Wanted<'a>, cx: &Context<'a>) -> Result<Vec<Judgement>, Pending> {
    let reach = match Reach::new(wanted.attach.as_ref(), cx.org) {
        Ok(reach) => reach,
        Err(what) => {
            let message = format!("`attach` is not understood: {what}");
            let (observed, desired) = (json!(null), json!(wanted.attach));
            return Ok(vec![Outcome::Violation { message, observed, desired }.of_part(PART)]);
        }
    };
    let held = match held(wanted, cx)? {
        Ok(held) => held,
        Err(outcome) => return Ok(vec![outcome.of_part(PART)]),
    };
    let standing = standing(wanted, &reach, &held, cx);
    let organisation = organisation(wanted, &standing, cx)?.of_part(PART);
    Ok(std::iter::once(organisation).chain(one_by_one(wanted, standing)).collect())
}

/// Which configuration each repository has, from the lists of all configurations.
fn held<'a>(wanted: &Wanted<'a>, cx: &Context<'a>) -> Result<Result<Holders<'a>, Outcome>, Pending> {
    let with_id =
        wanted.all.iter().filter_map(|configuration| Some((configuration, configuration.get("id")?.as_u64()?)));
    let answers: Vec<_> = with_id.map(|(c, id)| (c, id, cx.org_rest(repositories(id)))).collect();
    let mut held = Holders::new();
    for (configuration, id, answer) in answers {
        let answer = answer?;
        let Some(list) = known_list(&answer) else {
            let lacking = || Outcome::unknown("GitHub shows no list of a configuration's repositories", Some(READ));
            return Ok(Err(Outcome::known(answer).err().unwrap_or_else(lacking)));
        };
        for (node_id, status) in statuses(cx, id, list).iter() {
            // What failed here is told even where the repository still has another configuration: to try for ever
            // would help nobody.
            let ours = wanted.is_ours(configuration);
            if (ours && status == "failed") || (holds(status) && (ours || !held.contains_key(node_id))) {
                held.insert(node_id.clone(), Held { configuration, status: status.clone() });
            }
        }
    }
    Ok(Ok(held))
}

fn standing<'a>(wanted: &Wanted<'a>, reach: &Reach, held: &Holders<'a>, cx: &Context<'a>) -> Standing<'a> {
    let mut standing = Standing::default();
    for repo in &cx.org_observed.repos {
        let listed = &repo.repository;
        if listed.archived || listed.disabled || !reach.covers(listed) {
            continue;
        }
        match held.get(&listed.node_id) {
            Some(held) if wanted.is_ours(held.configuration) && holds(&held.status) => {
                standing.attached.push(repo);
                if settles(&held.status) {
                    standing.settling.push(repo);
                }
            }
            Some(held) if wanted.is_ours(held.configuration) => {
                standing.violations.push((repo, failed(wanted, repo), json!(held.status)));
            }
            Some(held) if holds(&held.status) => {
                held_by_other(wanted, reach, repo, held.configuration, cx, &mut standing);
            }
            _ => candidate(wanted, repo, None, cx, &mut standing),
        }
    }
    standing
}

fn failed(wanted: &Wanted<'_>, repo: &RepoObserved) -> String {
    let (repo, ours) = (&repo.repository.name, wanted.name);
    format!("attaching `{ours}` to `{repo}` failed; the organisation's page of security configurations says why")
}

fn held_by_other<'a>(
    wanted: &Wanted<'a>,
    reach: &Reach,
    repo: &'a RepoObserved,
    other: &'a Value,
    cx: &Context<'a>,
    standing: &mut Standing<'a>,
) {
    if reach.only_free() {
        return;
    }
    if foreign(other) == Some("the enterprise") {
        let (name, other) = (&repo.repository.name, name_of(other));
        let message = format!("`{name}` has the enterprise's configuration `{other}`, which is never replaced");
        standing.violations.push((repo, message, json!(other)));
        return;
    }
    candidate(wanted, repo, Some(other), cx, standing);
}

fn candidate<'a>(
    wanted: &Wanted<'a>,
    repo: &'a RepoObserved,
    other: Option<&'a Value>,
    cx: &Context<'a>,
    standing: &mut Standing<'a>,
) {
    let state = |gate: &Gate| match cx.gates {
        Some(gates) => gates.state(cx.org, Some(&repo.repository.node_id), gate),
        None => GateState::Closed("it was not judged".into()),
    };
    let closed: Vec<_> = wanted
        .attach_requires
        .iter()
        .map(|gate| (gate.clone(), state(gate)))
        .filter(|(_, state)| *state != GateState::Holds)
        .collect();
    if closed.is_empty() {
        standing.to_attach.push((repo, other));
    } else {
        let observed = other.map_or(json!(null), |other| json!(name_of(other)));
        standing.blocked.push(Blocked { repo, gates: closed, observed });
    }
}

fn name_of(configuration: &Value) -> &str {
    configuration.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn names<'a>(repos: impl IntoIterator<Item = &'a RepoObserved>) -> Vec<&'a str> {
    let mut names: Vec<_> = repos.into_iter().map(|repo| repo.repository.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// Some public ones by name, the others by number: a message of the organisation may be shown to everyone.
pub(super) fn in_short(repos: &[&RepoObserved]) -> String {
    let mut told: Vec<String> = names(repos.iter().copied().filter(|repo| repo.repository.is_public()))
        .iter()
        .take(5)
        .map(|s| format!("`{s}`"))
        .collect();
    match (repos.len() - told.len(), told.is_empty()) {
        (0, _) => {}
        (1, true) => told.push("one repository".to_owned()),
        (1, false) => told.push("one more".to_owned()),
        (more, true) => told.push(format!("{more} repositories")),
        (more, false) => told.push(format!("{more} more")),
    }
    told.join(", ")
}

fn organisation<'a>(wanted: &Wanted<'a>, standing: &Standing<'a>, cx: &Context<'a>) -> Result<Outcome, Pending> {
    let observed = json!({"attached": names(standing.attached.iter().copied())});
    let desired = json!({"attach": wanted.attach});
    if !standing.to_attach.is_empty() {
        return attach(wanted, standing, observed, cx);
    }
    if !standing.settling.is_empty() {
        // Whether it will hold or fail is not known yet; so reading back waits, and no gate opens too early.
        let settling = in_short(&standing.settling);
        return Ok(Outcome::unknown(
            format!("GitHub is still attaching it to {settling}; look again in a while"),
            None,
        ));
    }
    if !standing.blocked.is_empty() {
        return Ok(Outcome::Blocked { gates: united(standing), observed, desired });
    }
    if !standing.violations.is_empty() {
        let without: Vec<_> = standing.violations.iter().map(|(repo, ..)| *repo).collect();
        let message = format!("not attached, and not to be: {}", in_short(&without));
        return Ok(Outcome::Violation { message, observed, desired });
    }
    Ok(Outcome::Compliant { observed, desired })
}

/// The gates that keep any repository out, each with its reason, or with how many repositories it keeps out.
fn united(standing: &Standing<'_>) -> Vec<(Gate, GateState)> {
    let mut by_gate: BTreeMap<&Gate, Vec<&GateState>> = BTreeMap::new();
    for (gate, state) in standing.blocked.iter().flat_map(|blocked| &blocked.gates) {
        by_gate.entry(gate).or_default().push(state);
    }
    let state = |states: Vec<&GateState>| match states.as_slice() {
        [one] => (*one).clone(),
        many => GateState::Closed(format!("it does not hold in {} repositories", many.len())),
    };
    by_gate.into_iter().map(|(gate, states)| (gate.clone(), state(states))).collect()
}

fn attach<'a>(
    wanted: &Wanted<'a>,
    standing: &Standing<'a>,
    before: Value,
    cx: &Context<'a>,
) -> Result<Outcome, Pending> {
    let new = || standing.to_attach.iter().map(|(repo, _)| *repo);
    let mut moves = moves::of_all(cx, new(), &wanted.effective)?;
    moves.extend(standing.to_attach.iter().filter_map(|(repo, other)| replaced(wanted, repo, (*other)?, cx)));
    moves.sort_by(|a, b| (&a.repo, &a.setting).cmp(&(&b.repo, &b.setting)));
    let enforced = wanted.effective.get("enforcement").is_some_and(|word| word == "enforced");
    let start = if enforced { Effect::Tightening } else { Effect::Neutral };
    let effect = moves.iter().fold(start, |effect, one| effect.join(one.effect));
    let after = json!({"attached": names(standing.attached.iter().copied().chain(new()))});
    let ids: BTreeSet<u64> = new().map(|repo| repo.repository.id).collect();
    let write = Write::Rest(RestWrite {
        settles: true,
        ..RestWrite::with_body(
            "POST",
            cx.org_path(&format!("code-security/configurations/{}/attach", wanted.id())),
            json!({"scope": "selected", "selected_repository_ids": ids}),
        )
    });
    let mut difference = Difference::update(before, after, effect, write);
    difference.moves = moves;
    Ok(Outcome::Differs(difference))
}

/// A repository that leaves another configuration: it loosens where a field of the other is stronger.
fn replaced(wanted: &Wanted<'_>, repo: &RepoObserved, other: &Value, cx: &Context<'_>) -> Option<Move> {
    let theirs = fields::effective(Some(other), &Map::new());
    let effect = if fields::weakens(&wanted.effective, &theirs) { Effect::Loosening } else { Effect::Neutral };
    let names = (json!(name_of(other)), json!(wanted.name));
    Some(Move::of(cx.org, &repo.repository, "code_security_configuration", names, effect))
}

fn one_by_one(wanted: &Wanted<'_>, standing: Standing<'_>) -> Vec<Judgement> {
    let judgement = |repo: &RepoObserved, outcome: Outcome| {
        let of = (repo.repository.name.clone(), repo.repository.node_id.clone());
        Judgement { repo: Some(of), ..outcome.of_part(PART) }
    };
    let desired = json!(wanted.name);
    let blocked = standing.blocked.into_iter().map(|Blocked { repo, gates, observed }| {
        judgement(repo, Outcome::Blocked { gates, observed, desired: desired.clone() })
    });
    let violations = standing.violations.into_iter().map(|(repo, message, observed)| {
        judgement(repo, Outcome::Violation { message, observed, desired: desired.clone() })
    });
    let mut all: Vec<_> = blocked.chain(violations).collect();
    all.sort_by(|a, b| a.repo.cmp(&b.repo));
    all
}
