//! `createBranchProtectionRule`, `updateBranchProtectionRule`, `deleteBranchProtectionRule`: the only way to protect branches by a
//! pattern. An update changes what it names and nothing else.

use serde_json::{Value, json};

use super::mutation::{Done, Payload};
use super::value::{Obj, Val, leaf, plain};
use crate::sim::protection::{allowances_by_id, blank, check, keep, rules};
use crate::sim::rest::{Spot, app_slug};
use crate::sim::token::{Level, Token};
use crate::sim::world::World;

/// What was done to which rule.
pub(super) struct Ruled {
    spot: Spot,
    id: Option<String>,
    payload: &'static str,
    client: Option<String>,
}

type Refused = (&'static str, String);

fn may(world: &World, token: &Token, spot: Spot) -> Result<(), Refused> {
    let org = &world.orgs[spot.o];
    let repo = &org.repos[spot.r];
    if token.level_on(org, repo, "administration") < Level::Write {
        return Err(("FORBIDDEN", token.refusal().to_owned()));
    }
    if repo.flag("archived") {
        return Err(("UNPROCESSABLE", "Repository was archived so is read-only.".to_owned()));
    }
    Ok(())
}

fn text(input: &Value, key: &str) -> Option<String> {
    input.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn unknown(id: &str) -> Refused {
    ("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'"))
}

/// Finds a rule and its repository.
fn find(world: &World, token: &Token, input: &Value) -> Result<(Spot, usize), Refused> {
    let id = text(input, "branchProtectionRuleId").unwrap_or_default();
    for (o, org) in world.orgs.iter().enumerate() {
        for (r, repo) in org.repos.iter().enumerate().filter(|(_, repo)| token.sees(org, repo)) {
            if let Some(at) = rules(repo).iter().position(|rule| rule["id"] == id.as_str()) {
                return Ok((Spot { o, r }, at));
            }
        }
    }
    Err(unknown(&id))
}

pub(super) fn create(world: &mut World, token: &Token, input: &Value) -> Payload {
    let id = text(input, "repositoryId").unwrap_or_default();
    let spot = world.orgs.iter().enumerate().find_map(|(o, org)| {
        let r = org.repos.iter().position(|repo| repo.node_id == id && token.sees(org, repo))?;
        Some(Spot { o, r })
    });
    let spot = spot.ok_or_else(|| unknown(&id))?;
    may(world, token, spot)?;
    let pattern = text(input, "pattern").unwrap_or_default();
    let mut all = rules(&world.orgs[spot.o].repos[spot.r]);
    if all.iter().any(|rule| rule["pattern"] == pattern.as_str()) {
        return Err(("UNPROCESSABLE", format!("Name already protected: {pattern}")));
    }
    let mut rule = blank(world, &pattern);
    lay(world, spot, &mut rule, input);
    let id = text(&rule, "id");
    all.push(rule);
    keep(&mut world.orgs[spot.o].repos[spot.r], all);
    let client = text(input, "clientMutationId");
    Ok(Done::Protection(Ruled { spot, id, payload: "CreateBranchProtectionRulePayload", client }))
}

pub(super) fn update(world: &mut World, token: &Token, input: &Value) -> Payload {
    let (spot, at) = find(world, token, input)?;
    may(world, token, spot)?;
    let mut all = rules(&world.orgs[spot.o].repos[spot.r]);
    let mut rule = all[at].clone();
    lay(world, spot, &mut rule, input);
    let id = text(&rule, "id");
    all[at] = rule;
    keep(&mut world.orgs[spot.o].repos[spot.r], all);
    let client = text(input, "clientMutationId");
    Ok(Done::Protection(Ruled { spot, id, payload: "UpdateBranchProtectionRulePayload", client }))
}

pub(super) fn delete(world: &mut World, token: &Token, input: &Value) -> Payload {
    let (spot, at) = find(world, token, input)?;
    may(world, token, spot)?;
    let mut all = rules(&world.orgs[spot.o].repos[spot.r]);
    all.remove(at);
    keep(&mut world.orgs[spot.o].repos[spot.r], all);
    let client = text(input, "clientMutationId");
    Ok(Done::Protection(Ruled { spot, id: None, payload: "DeleteBranchProtectionRulePayload", client }))
}

/// Lays an input over a rule: what it names, and nothing else.
fn lay(world: &World, spot: Spot, rule: &mut Value, input: &Value) {
    let org = &world.orgs[spot.o];
    for (key, value) in input.as_object().into_iter().flatten() {
        match key.as_str() {
            "repositoryId" | "branchProtectionRuleId" | "clientMutationId" => {}
            "pushActorIds" => rule["pushAllowances"] = allowances_by_id(world, org, value),
            "reviewDismissalActorIds" => rule["reviewDismissalAllowances"] = allowances_by_id(world, org, value),
            "bypassPullRequestActorIds" => rule["bypassPullRequestAllowances"] = allowances_by_id(world, org, value),
            "bypassForcePushActorIds" => rule["bypassForcePushAllowances"] = allowances_by_id(world, org, value),
            "requiredStatusChecks" => {
                let one = |one: &Value| {
                    let app = match one["appId"].as_str() {
                        // Left out, the app that has recently set the check is taken.
                        None => Some(crate::sim::rest::ACTIONS_APP),
                        // The word "any" is no id.
                        Some(id) => number(id).filter(|id| app_slug(world, *id).is_some()),
                    };
                    check(world, one["context"].as_str().unwrap_or_default(), app)
                };
                rule[key] = value.as_array().into_iter().flatten().map(one).collect();
            }
            _ => rule[key] = json!(value),
        }
    }
}

/// The number in an app's GraphQL id.
fn number(id: &str) -> Option<u64> {
    u64::from_str_radix(id.strip_prefix("A_kgDO")?, 16).ok()
}

/// Returns what the mutation answers.
pub(super) fn payload<'w>(world: &'w World, done: &Ruled) -> Val<'w> {
    let repo = world.orgs.get(done.spot.o).and_then(|org| org.repos.get(done.spot.r));
    let nodes = repo.and_then(|repo| repo.graphql.get("branchProtectionRules")?.get("nodes")?.as_array());
    let rule = nodes.into_iter().flatten().find(|rule| done.id.is_some() && rule["id"].as_str() == done.id.as_deref());
    let rule = rule.map_or(Val::Null, |rule| Val::Obj(Obj::Json("BranchProtectionRule", rule)));
    plain(done.payload, vec![("branchProtectionRule", rule), ("clientMutationId", leaf(&done.client))])
}
