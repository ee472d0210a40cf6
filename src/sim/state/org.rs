//! Reading an organisation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::git::{load_blobs, load_trees};
use super::load::{At, StateError};
use crate::sim::git::Objects;
use crate::sim::index::Index;
use crate::sim::world::{Attachment, Configuration, Org, World, node_id};

const CONFIGURATIONS: &str = "code-security/configurations";

/// Reads one organisation into the world; `more` repositories stand behind those of the document.
pub(super) fn load(world: &mut World, at: &At<'_>, more: &mut dyn Iterator<Item = Value>) -> Result<(), StateError> {
    let login = at.get("login").text()?.to_owned();
    if world.org_index(&login).is_some() {
        return at.get("login").err(format!("{login:?} is there twice"));
    }
    let (sim, rest) = (at.get("simulator"), at.get("rest"));
    let mut fields = default_fields(&login, world);
    if let Some(known) = rest.get("").known()? {
        fields.extend(known.map()?.cloned().unwrap_or_default());
    }
    if let Some(plan) = sim.get("plan").str()? {
        fields.insert(
            "plan".to_owned(),
            json!({"name": plan, "space": 976_562_499, "private_repos": 999_999, "seats": 100, "filled_seats": 10}),
        );
    }
    let id = match fields.get("id").and_then(Value::as_u64) {
        Some(id) => id,
        None => world.fresh_id(),
    };
    let node = fields.get("node_id").and_then(Value::as_str).map_or_else(|| node_id("O", id), str::to_owned);
    for key in ["id", "node_id", "login"] {
        fields.remove(key);
    }
    let installation = match sim.get("installation").u64()? {
        Some(id) => id,
        None => world.fresh_id(),
    };
    let mut org = Org {
        login,
        id,
        node_id: node,
        installation,
        fields,
        rest: BTreeMap::new(),
        repos: Vec::new(),
        objects: Objects::default(),
        configurations: configurations(world, at)?,
        secret_scanning: sim.get("secret_scanning").bool()?.unwrap_or(false),
        error: error(at, &sim)?,
        index: Index::default(),
    };
    for (suffix, reading) in rest.entries()? {
        if !suffix.is_empty() && !suffix.starts_with(CONFIGURATIONS) {
            reading.known()?;
            org.rest.insert(suffix.to_owned(), reading.value.clone());
        }
    }
    super::rulesets::take(&mut org.rest, &mut BTreeMap::new(), &world.stamp());
    load_blobs(&mut org.objects, &at.get("blobs"), &sim.get("binary"))?;
    load_trees(&mut org.objects, &sim.get("trees"))?;
    world.orgs.push(org);
    let o = world.orgs.len() - 1;
    let mut names = BTreeSet::new();
    for repo in at.get("repositories").list()? {
        super::repo::load(world, o, &repo, &mut names)?;
    }
    for (n, repo) in more.enumerate() {
        super::repo::load(world, o, &At { path: format!("repository {n}"), value: &repo }, &mut names)?;
    }
    crate::sim::rest::take_access(world, o);
    attachments(world, o, &rest)
}

/// Takes over which repositories are under which configuration, as the organisation's lists say.
fn attachments(world: &mut World, o: usize, rest: &At<'_>) -> Result<(), StateError> {
    let Some(org) = world.orgs.get_mut(o) else {
        return Ok(());
    };
    for (suffix, reading) in rest.entries()? {
        let inner = suffix
            .strip_prefix(CONFIGURATIONS)
            .and_then(|s| s.strip_prefix('/'))
            .and_then(|s| s.strip_suffix("/repositories"));
        let Some(id) = inner.and_then(|id| id.parse().ok()) else {
            continue;
        };
        let Some(list) = reading.known()? else {
            continue;
        };
        for item in list.list()? {
            let number = item.get("repository").get("id").u64()?;
            let status = item.get("status").str()?.unwrap_or("attached").to_owned();
            let place = number.and_then(|number| org.number_index(number));
            if let Some(repo) = place.and_then(|r| org.repos.get_mut(r)) {
                repo.attachment = Some(Attachment { configuration: id, status, reads_left: 0 });
            }
        }
    }
    Ok(())
}

/// An organisation that could not be observed answers as it did then.
fn error(at: &At<'_>, sim: &At<'_>) -> Result<Option<(u16, String)>, StateError> {
    let status = sim.get("status").u64()?.and_then(|s| u16::try_from(s).ok());
    let told = at.get("error").get("reason").str()?;
    Ok(match (status, told) {
        (None, None) => None,
        (status, told) => {
            let message = sim.get("message").str()?.or(told).unwrap_or("Not Found");
            Some((status.unwrap_or(404), message.to_owned()))
        }
    })
}

fn configurations(world: &mut World, at: &At<'_>) -> Result<Vec<Configuration>, StateError> {
    let mut out: Vec<Configuration> = Vec::new();
    let mut lists = at.get("simulator").get("configurations").list()?;
    if let Some(known) = at.get("rest").get(CONFIGURATIONS).known()? {
        lists.extend(known.list()?);
    }
    for item in lists {
        let mut fields = crate::sim::rest::configuration_defaults(&world.stamp());
        fields.extend(item.map()?.cloned().unwrap_or_default());
        let id = match item.get("id").u64()? {
            Some(id) => id,
            None => world.fresh_id(),
        };
        for key in ["id", "url", "html_url", "default_for_new_repos"] {
            fields.remove(key);
        }
        item.get("name").text()?;
        let default_for = item.get("default_for_new_repos").str()?.map(str::to_owned);
        out.push(Configuration { id, fields, default_for });
    }
    if let Some(known) = at.get("rest").get("code-security/configurations/defaults").known()? {
        for item in known.list()? {
            let id = item.get("configuration").get("id").u64()?;
            if let Some(configuration) = out.iter_mut().find(|c| Some(c.id) == id) {
                configuration.default_for = item.get("default_for_new_repos").str()?.map(str::to_owned);
            }
        }
    }
    Ok(out)
}

fn default_fields(login: &str, world: &World) -> Map<String, Value> {
    let stamp = world.stamp();
    let value = json!({
        "name": login, "description": null, "blog": "",
        "is_verified": false, "has_organization_projects": true, "has_repository_projects": true, "public_gists": 0,
        "followers": 0, "following": 0, "created_at": stamp, "updated_at": stamp, "archived_at": null,
        "default_repository_permission": "read", "members_can_create_repositories": true,
        "members_can_create_public_repositories": true, "members_can_create_private_repositories": true,
        "members_can_create_internal_repositories": false, "members_can_create_pages": true,
        "members_can_create_public_pages": true, "members_can_create_private_pages": true,
        "members_can_fork_private_repositories": false, "web_commit_signoff_required": false,
        "two_factor_requirement_enabled": false, "deploy_keys_enabled_for_repositories": true,
        "members_can_delete_repositories": true, "members_can_change_repo_visibility": true,
        "members_can_invite_outside_collaborators": true, "members_can_delete_issues": false,
        "members_can_create_teams": true, "company": "", "email": "", "location": "", "twitter_username": null,
        "secret_scanning_push_protection_custom_link": null,
        "secret_scanning_push_protection_custom_link_enabled": false,
        "plan": {"name": "free", "space": 976_562_499, "private_repos": 10_000, "seats": 0, "filled_seats": 1},
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
