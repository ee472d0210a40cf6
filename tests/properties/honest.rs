//! A token with any permissions: what it cannot read is unknown and names the permission that helps; what it says is known is
//! what an owner's token sees; and what it cannot write fails, and says why.

use std::collections::{BTreeMap, BTreeSet};

use ordain::{
    model::{Permission, Verdict},
    plan::{ChangeResult, Plan},
    settings::SETTINGS,
};
use serde_json::Value;

use super::{
    cases::{hold, note},
    dice::Dice,
    lab::{Lab, Planned, TOKEN, parse, run},
    policies::{self, Wish},
    silence, worlds,
};
use crate::support::{Token, differing};

const OWNER: &str = "ghp_ownerOWNERownerOWNERownerOWNER0123456789";

#[test]
fn what_a_token_cannot_read_is_unknown_and_names_the_permission() {
    hold(1_000, 1, |seed| {
        let mut dice = Dice::new(seed, 4);
        let may = permissions(&mut dice);
        let told: Vec<(&str, &str)> = may.iter().map(|(name, level)| (name.as_str(), *level)).collect();
        note(&format!("the token has {told:?}"));
        let world = worlds::world(&mut dice, vec![Token::owner(OWNER), Token::with(TOKEN, &told)]);
        let wish = Wish { orgs: world.orgs.clone(), repos: world.repos.clone(), settings: 6, only_looks: false };
        let made = policies::policy(&mut dice, &wish);
        note(&made.text());
        let Ok(policy) = parse(&made.files) else { return };
        let weak = Lab::new(&world.state);
        let owner = Lab::with_token(weak.sim.clone(), OWNER);
        run(async {
            let Planned::Plan(truth) = owner.plan(&policy).await else { return };
            let session = match weak.plan(&policy).await {
                Planned::Plan(session) => session,
                // A conflict shows to whom it shows.
                Planned::Conflict(why) | Planned::Nothing(why) => return silence::is_silent("the diagnostics", &why),
            };
            silence::plan_is_silent(&session.plan, &mut dice);
            says_only_what_is_true(&session.plan, &truth.plan, &may);
            let before = weak.sim.state();
            let (applied, journal) = weak.apply(&session).await;
            silence::apply_is_silent(&applied, &journal);
            for outcome in &applied.outcomes {
                if let ChangeResult::Failed { message } = &outcome.result {
                    // What stands on something that could not be made says so.
                    let stands_on = ["was not made", "must be enabled"];
                    // What would have told that GitHub does not take it, the token may not read; GitHub's own reason is told.
                    let planned = truth.plan.changes.iter().any(|change| change.id == outcome.change.id);
                    let unforeseen = !planned && message.contains("GitHub does not take");
                    let named = unforeseen
                        || may_name_lacking(message, &may)
                        || stands_on.iter().any(|words| message.contains(words));
                    assert!(
                        named,
                        "{}: the failure names no permission that the token lacks: {message}",
                        outcome.change.id
                    );
                }
            }
            let targets: BTreeSet<String> = session.plan.changes.iter().flat_map(targets_of).collect();
            for place in differing(&before, &weak.sim.state()) {
                let mut parts = place.splitn(3, '/');
                let (org, repo) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                let fine = place == "simulator/next_id"
                    || targets.contains(org)
                    || targets.contains(&format!("{org}/{repo}"))
                    || applied.closed.iter().any(|url| url.contains(&format!("/{org}/{repo}/")));
                assert!(fine, "{place} moved, and no plan named it");
            }
        });
    });
}

fn targets_of(change: &ordain::plan::Change) -> Vec<String> {
    let of = |repo: &str| format!("{}/{repo}", change.org);
    let own = change.repo.as_deref().map_or_else(|| change.org.clone(), of);
    let attached = change.after.get("attached").and_then(Value::as_array).into_iter().flatten();
    let attached = attached.filter_map(|repo| repo.as_str().map(of));
    let effects = change.effects.iter().map(|effect| format!("{}/{}", effect.org, effect.repo));
    std::iter::once(own).chain(attached).chain(effects).collect()
}

/// Levels of permissions: each that any setting needs, or none, or less.
fn permissions(dice: &mut Dice) -> BTreeMap<String, &'static str> {
    let mut names = BTreeSet::new();
    for meta in SETTINGS.iter().map(|setting| setting.meta()) {
        names.extend(meta.reads.iter().chain(meta.writes).filter_map(|one| one.split(':').next()));
    }
    let lavish = dice.percent(40);
    let mut may = BTreeMap::from([("metadata".to_owned(), "read")]);
    for name in names.into_iter().filter(|name| *name != "metadata") {
        let level = match dice.below(if lavish { 8 } else { 3 }) {
            0 => continue,
            1 => "read",
            _ => "write",
        };
        may.insert(name.to_owned(), level);
    }
    may
}

fn rank(level: &str) -> Option<usize> {
    ["read", "write", "admin"].iter().position(|one| *one == level)
}

/// Whether the token lacks a permission such as `administration:read`.
fn lacks(may: &BTreeMap<String, &'static str>, permission: &str) -> bool {
    let Some((name, level)) = permission.split_once(':') else { return false };
    match may.get(name) {
        None => true,
        Some(has) => rank(level) > rank(has),
    }
}

/// Whether a message names a permission that the token lacks.
fn may_name_lacking(message: &str, may: &BTreeMap<String, &'static str>) -> bool {
    let words = message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    words.map(|word| word.trim_matches(':')).any(|word| lacks(may, word))
}

/// What is said of one id: the verdict, what was observed, and the permission.
type Said<'p> = (Verdict, &'p Value, Option<&'p Permission>, &'p str);

fn said(plan: &Plan) -> BTreeMap<&str, Said<'_>> {
    let changes = plan.changes.iter().map(|one| (one.id.as_str(), (Verdict::Change, &one.before, None, "")));
    let findings = plan.findings.iter();
    let findings = findings
        .map(|one| (one.id.as_str(), (one.verdict, &one.observed, one.permission.as_ref(), one.message.as_str())));
    changes.chain(findings).collect()
}

fn says_only_what_is_true(weak: &Plan, truth: &Plan, may: &BTreeMap<String, &'static str>) {
    let (weak, truth) = (said(weak), said(truth));
    for (id, (verdict, observed, permission, message)) in weak {
        let of_owner = truth.get(id);
        if verdict == Verdict::Unknown {
            // What nobody can read (GitHub is still at it) lacks no permission.
            if of_owner.is_some_and(|(verdict, ..)| *verdict == Verdict::Unknown) {
                continue;
            }
            let Some(permission) = permission else { panic!("{id} is unknown and names no permission: {message}") };
            // A person's token does not tell whether it may read the administration, so that what reads alike with and without
            // the right is not believed.
            let untold = permission.0 == "administration:read" && may.get("administration") == Some(&"read");
            assert!(
                untold || lacks(may, &permission.0),
                "{id} is unknown for want of {permission}, which is there: {message}"
            );
            continue;
        }
        let Some((owner_verdict, owner_observed, ..)) = of_owner else { continue };
        assert_ne!(*owner_verdict, Verdict::Unknown, "{id}: {verdict:?}, which even an owner cannot know");
        // Which plan an organisation pays for is told only to who may read its administration; without that, a protection that
        // the plan does not have is judged as if it had.
        let plan = *owner_verdict == Verdict::NotApplicable && id.contains(":environments.");
        if plan && lacks(may, "organization_administration:read") {
            continue;
        }
        let never = |verdict: Verdict| verdict == Verdict::NotApplicable;
        assert_eq!(
            never(verdict),
            never(*owner_verdict),
            "{id} is {verdict:?} to the token ({message}) and {owner_verdict:?} to an owner"
        );
        assert_eq!(
            without_text(observed),
            without_text(owner_observed),
            "{id}: the token is told {observed}, an owner {owner_observed} ({message})"
        );
    }
}

/// A file as it is told; its text is quoted only where it is about to be written over.
fn without_text(observed: &Value) -> Value {
    let mut observed = observed.clone();
    if let Some(told) = observed.as_object_mut() {
        told.remove("text");
    }
    observed
}
