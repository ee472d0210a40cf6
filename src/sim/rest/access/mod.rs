//! Who has access: teams, members, collaborators, invitations, organisation roles, keys and hooks.
//!
//! The state is kept as the readings of a snapshot: `teams`, `teams/SLUG/members` (`[{login, role}]`), `teams/SLUG/invitations`,
//! `members?role=admin`, `members?role=member`, `invitations`, `outside_collaborators`, `installations`, `organization-roles/ID/teams`
//! and `…/users` of an organisation; `teams` (`[{slug, permission}]`), `collaborators?affiliation=direct` (`[{login, role_name}]`),
//! `invitations` (`[{id, invitee, permissions, expired}]`) and `keys` of a repository.

mod collaborators;
mod grants;
pub(super) mod hooks;
mod members;
mod people;
mod roles;
mod teams;

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Answer, Ctx, Reply, Spot, collections, orgs, place::Place, shapes};

pub(crate) use collaborators::{Access, accesses};
pub(crate) use grants::take;
pub(super) use people::user;
pub(super) use teams::shape as team;

/// The lists of repositories.
pub(super) const TEAMS: &str = "teams";
const DIRECT: &str = "collaborators?affiliation=direct";
const INVITATIONS: &str = "invitations";
const OWNERS: &str = "members?role=admin";
const PLAIN: &str = "members?role=member";

/// Routes what is the organisation's; none if the path is another area's.
pub(super) fn of_org(ctx: &mut Ctx<'_>, method: &str, o: usize, tail: &[&str]) -> Option<Answer> {
    Some(match tail {
        ["teams", rest @ ..] => teams::route(ctx, method, o, rest),
        ["members" | "memberships" | "invitations" | "outside_collaborators" | "installations", ..] => {
            members::route(ctx, method, o, tail)
        }
        ["organization-roles", rest @ ..] => roles::route(ctx, method, o, rest),
        ["hooks", id, "config"] => hooks::config(ctx, method, Place::Org(o), id),
        _ => return None,
    })
}

/// Routes what is a repository's; none if the path is another area's.
pub(super) fn of_repo(ctx: &mut Ctx<'_>, method: &str, spot: Spot, tail: &[&str]) -> Option<Answer> {
    Some(match (method, tail) {
        ("GET", ["teams"]) => grants::of_repo(ctx, spot),
        (_, ["collaborators" | "invitations", ..]) => collaborators::route(ctx, method, spot, tail),
        (_, ["hooks", id, "config"]) => hooks::config(ctx, method, Place::Repo(spot), id),
        _ => return None,
    })
}

/// Returns the items of a list; where the state says that it cannot be read, the refusal.
fn items(ctx: &Ctx<'_>, place: Place, suffix: &str) -> Result<Vec<Value>, Reply> {
    match place.readings(ctx).get(suffix).filter(|reading| reading.get("known").is_none()) {
        Some(reading) => Err(orgs::reply(ctx, reading).err().unwrap_or_else(Reply::not_found)),
        None => Ok(collections::items(ctx, place, suffix)),
    }
}

/// Returns the items of a list among readings; none where there are none.
fn among<'w>(readings: &'w BTreeMap<String, Value>, suffix: &str) -> &'w [Value] {
    let known = readings.get(suffix).and_then(|reading| reading.get("known")).and_then(Value::as_array);
    known.map_or(&[], Vec::as_slice)
}

/// Keeps a list; one that is empty and was never there stays away.
fn keep(ctx: &mut Ctx<'_>, place: Place, suffix: &str, items: Vec<Value>) {
    if !items.is_empty() || place.readings(ctx).contains_key(suffix) {
        place.keep(ctx, suffix, Value::Array(items));
    }
}

/// Returns the text of a key of an item.
fn text<'v>(item: &'v Value, key: &str) -> &'v str {
    item.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether an item of a list has this login (or slug).
fn is(item: &Value, key: &str, name: &str) -> bool {
    text(item, key).eq_ignore_ascii_case(name)
}

/// Returns an account with more fields.
fn person(ctx: &Ctx<'_>, login: &str, more: Value) -> Value {
    let mut out = shapes::user(&ctx.base, login);
    if let (Some(out), Value::Object(more)) = (out.as_object_mut(), more) {
        out.extend(more);
    }
    out
}
