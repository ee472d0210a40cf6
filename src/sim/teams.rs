//! The teams of an organisation: what a state says of them (`rest.teams`), by slug, number and GraphQL id.

use serde_json::Value;

use super::rest::account_id;
use super::world::{Org, node_id};

/// Returns the teams of a state; none where it does not know them.
pub(super) fn of(org: &Org) -> &[Value] {
    let known = org.rest.get("teams").and_then(|reading| reading.get("known")).and_then(Value::as_array);
    known.map_or(&[], Vec::as_slice)
}

/// Returns the slug of a team.
pub(super) fn slug(team: &Value) -> &str {
    team["slug"].as_str().unwrap_or_default()
}

/// Returns the number of a team: the state's, else one made from its slug.
pub(super) fn number(team: &Value) -> u64 {
    team["id"].as_u64().unwrap_or_else(|| account_id(slug(team)))
}

/// Returns the GraphQL id of a team: the state's, else one made from its number.
pub(super) fn node(team: &Value) -> String {
    team["node_id"].as_str().map_or_else(|| node_id("T", number(team)), str::to_owned)
}

/// Returns a team by its slug, which has no case.
pub(super) fn by_slug<'w>(org: &'w Org, name: &str) -> Option<&'w Value> {
    of(org).iter().find(|team| slug(team).eq_ignore_ascii_case(name))
}

/// Returns a team by its number.
pub(super) fn by_number(org: &Org, id: u64) -> Option<&Value> {
    of(org).iter().find(|team| number(team) == id)
}

/// Returns a team by its GraphQL id.
pub(super) fn by_node<'w>(org: &'w Org, id: &str) -> Option<&'w Value> {
    of(org).iter().find(|team| node(team) == id)
}
