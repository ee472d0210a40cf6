//! Simple collections: a list at one path; POST adds to it, and the path of an item reads, changes and removes it. Each is an
//! entry of a table; the state is kept as a snapshot's reading of the list: all items of all pages in one array.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, access, orgs, place::Place};
use crate::sim::token::Level;

/// A simple collection.
pub(crate) struct Collection {
    /// The path of the list after `/repos/{owner}/{repo}/` or `/orgs/{org}/`.
    pub suffix: &'static str,
    /// The key under which a page holds the items beside `total_count`; none: a page is a bare array.
    pub wrapped: Option<&'static str>,
    /// The field that names an item in its path: `id` or `name`. Compared without case.
    pub named_by: &'static str,
    /// The permission: read for GET, write for the rest.
    pub permission: &'static str,
    /// Makes an item from the body of a POST; the number is free. GitHub's refusal of a bad body is its error.
    pub create: fn(&Ctx<'_>, Place, u64) -> Result<Value, Reply>,
    /// The method that changes an item (PATCH or PUT), and the status of its answer (204: without body).
    pub update: (&'static str, u16),
    /// Lays the body of the request over an item.
    pub change: fn(&Ctx<'_>, Place, &mut Value) -> Result<(), Reply>,
    /// An item as GitHub shows it (a webhook's secret is never shown).
    pub show: fn(&Value) -> Value,
}

/// The collections of repositories, one table for each area.
static REPOSITORY: &[&[Collection]] =
    &[access::hooks::REPOSITORY, super::actions_store::OF_REPOSITORY, super::labels::OF_REPOSITORY];

/// The collections of organisations.
static ORGANISATION: &[&[Collection]] =
    &[access::hooks::ORGANISATION, super::actions_store::OF_ORGANISATION, super::runner_groups::GROUPS];

/// Answers a request for a simple collection or an item of one; none if the path is neither.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, place: Place, suffix: &str) -> Option<Answer> {
    let tables = if matches!(place, Place::Repo(_)) { REPOSITORY } else { ORGANISATION };
    for collection in tables.iter().copied().flatten() {
        let Some(rest) = suffix.strip_prefix(collection.suffix) else { continue };
        let name = rest.strip_prefix('/').filter(|name| !name.is_empty());
        match (method, name) {
            ("GET", None) if rest.is_empty() => return Some(list(ctx, place, collection)),
            ("POST", None) if rest.is_empty() => return Some(add(ctx, place, collection)),
            ("GET" | "DELETE", Some(name)) => return Some(item(ctx, method, place, collection, name)),
            (_, Some(name)) if method == collection.update.0 => {
                return Some(item(ctx, method, place, collection, name));
            }
            _ => {}
        }
    }
    None
}

/// The items of a collection in their order.
pub(crate) fn items(ctx: &Ctx<'_>, place: Place, suffix: &str) -> Vec<Value> {
    place.known(ctx, suffix).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Lays the fields of a request's body over an item, as they are.
pub(crate) fn laid_over(ctx: &Ctx<'_>, _: Place, item: &mut Value) -> Result<(), Reply> {
    if let (Value::Object(item), Some(body)) = (item, ctx.body.as_object()) {
        item.extend(body.clone());
    }
    Ok(())
}

fn list(ctx: &Ctx<'_>, place: Place, collection: &Collection) -> Answer {
    place.need(ctx, collection.permission, Level::Read)?;
    if let Some(reading) = place.readings(ctx).get(collection.suffix).filter(|reading| reading.get("known").is_none()) {
        return orgs::reply(ctx, reading);
    }
    let items = items(ctx, place, collection.suffix);
    Ok(match collection.wrapped {
        Some(key) => ctx.paged_in(key, items, collection.show),
        None => ctx.paged(items, collection.show),
    })
}

fn add(ctx: &mut Ctx<'_>, place: Place, collection: &Collection) -> Answer {
    place.need(ctx, collection.permission, Level::Write)?;
    let id = ctx.world.fresh_id();
    let item = (collection.create)(ctx, place, id)?;
    let mut all = items(ctx, place, collection.suffix);
    let name = named(&item, collection);
    if all.iter().any(|other| named(other, collection) == name) {
        return Err(Reply::invalid(collection.suffix, collection.named_by, "already_exists", None));
    }
    // Of a new variable GitHub says nothing.
    let silent = collection.wrapped == Some("variables");
    let shown = if silent { json!({}) } else { (collection.show)(&item) };
    all.push(item);
    place.keep(ctx, collection.suffix, Value::Array(all));
    Ok(Reply::json(201, shown))
}

fn item(ctx: &mut Ctx<'_>, method: &str, place: Place, collection: &Collection, name: &str) -> Answer {
    let level = if method == "GET" { Level::Read } else { Level::Write };
    place.need(ctx, collection.permission, level)?;
    let mut all = items(ctx, place, collection.suffix);
    let at = all.iter().position(|item| named(item, collection) == name.to_lowercase()).ok_or_else(Reply::not_found)?;
    match method {
        "GET" => return Ok(Reply::json(200, (collection.show)(&all[at]))),
        "DELETE" => {
            all.remove(at);
            place.keep(ctx, collection.suffix, Value::Array(all));
            return Ok(Reply::empty(204));
        }
        _ => {}
    }
    (collection.change)(ctx, place, &mut all[at])?;
    let shown = (collection.show)(&all[at]);
    place.keep(ctx, collection.suffix, Value::Array(all));
    Ok(if collection.update.1 == 204 { Reply::empty(204) } else { Reply::json(collection.update.1, shown) })
}

/// What names an item in its path, in lower case.
fn named(item: &Value, collection: &Collection) -> String {
    match item.get(collection.named_by) {
        Some(Value::String(name)) => name.to_lowercase(),
        Some(other) => other.to_string(),
        None => json!(null).to_string(),
    }
}
