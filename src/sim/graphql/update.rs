//! `updateRepository`: a repository's fields under GraphQL's names; the only way to switch discussions.

use serde_json::{Value, json};

use super::mutation::{Done, Payload};
use super::value::{Obj, Val, leaf, plain};
use crate::sim::rest::Spot;
use crate::sim::token::{Level, Token};
use crate::sim::world::World;

/// GraphQL's name of an input, and of the field that it sets.
const FIELDS: &[(&str, &str)] = &[
    ("description", "description"),
    ("hasDiscussionsEnabled", "has_discussions"),
    ("hasIssuesEnabled", "has_issues"),
    ("hasProjectsEnabled", "has_projects"),
    ("hasWikiEnabled", "has_wiki"),
    ("homepageUrl", "homepage"),
    ("template", "is_template"),
];

/// A repository that was changed.
pub(super) struct Updated {
    spot: Spot,
    client: Option<String>,
}

/// Changes the repository.
pub(super) fn repository(world: &mut World, token: &Token, input: &Value) -> Payload {
    let text = |key: &str| input.get(key).and_then(Value::as_str);
    let id = text("repositoryId").ok_or(("INVALID", "repositoryId is required".to_owned()))?;
    let missing = || ("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'"));
    let spot = find(world, token, id).ok_or_else(missing)?;
    let org = &world.orgs[spot.o];
    let repo = &org.repos[spot.r];
    if token.level_on(org, repo, "administration") < Level::Write {
        return Err(("FORBIDDEN", token.refusal().to_owned()));
    }
    if repo.flag("archived") {
        return Err(("UNPROCESSABLE", "Repository was archived so is read-only.".to_owned()));
    }
    let stamp = world.stamp();
    let repo = &mut world.orgs[spot.o].repos[spot.r];
    for (name, field) in FIELDS {
        if let Some(value) = input.get(*name).filter(|value| !value.is_null()) {
            repo.set(field, value.clone());
        }
    }
    repo.set("updated_at", json!(stamp));
    Ok(Done::Repository(Updated { spot, client: text("clientMutationId").map(str::to_owned) }))
}

fn find(world: &World, token: &Token, id: &str) -> Option<Spot> {
    world.orgs.iter().enumerate().find_map(|(o, org)| {
        let r = org.repos.iter().position(|repo| repo.node_id == id && token.sees(org, repo))?;
        Some(Spot { o, r })
    })
}

/// Returns what the mutation answers.
pub(super) fn payload<'w>(world: &'w World, done: &Updated) -> Val<'w> {
    let org = world.orgs.get(done.spot.o);
    let repo = org.and_then(|org| Some(Val::Obj(Obj::Repo(org, org.repos.get(done.spot.r)?)))).unwrap_or(Val::Null);
    plain("UpdateRepositoryPayload", vec![("repository", repo), ("clientMutationId", leaf(&done.client))])
}
