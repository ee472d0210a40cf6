//! Simple documents: one object at one path that GET reads and PUT or PATCH writes. Each is an entry of a table; the state is
//! kept in the same form as a snapshot's reading of that path.

use serde_json::{Map, Value};

use super::{Answer, Ctx, Reply, orgs, place::Place};
use crate::sim::token::Level;

/// A simple document.
pub(crate) struct Document {
    /// The path after `/repos/{owner}/{repo}/` or `/orgs/{org}/`.
    pub suffix: &'static str,
    /// The permission: read for GET, write for the rest.
    pub permission: &'static str,
    /// What it says where nobody has set it.
    pub default: fn(&Ctx<'_>, Place) -> Value,
    /// The method that writes: PUT or PATCH.
    pub method: &'static str,
    /// Whether a write replaces the whole: what it does not name gets its default again.
    pub replaces: bool,
    /// The status of a write: 204 without a body, or 200 or 202 with it.
    pub status: u16,
    /// Refuses what GitHub refuses: it sees method and body of the request.
    pub check: fn(&Ctx<'_>, Place) -> Result<(), Reply>,
}

/// The documents of repositories, one table for each area.
static REPOSITORY: &[&[Document]] = &[super::actions_policy::OF_REPOSITORY];

/// The documents of organisations.
static ORGANISATION: &[&[Document]] = &[super::actions_policy::OF_ORGANISATION];

/// Answers a request for a simple document; none if the path is not one.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, place: Place, suffix: &str) -> Option<Answer> {
    let tables = if matches!(place, Place::Repo(_)) { REPOSITORY } else { ORGANISATION };
    let document = tables.iter().copied().flatten().find(|document| document.suffix == suffix)?;
    match method {
        "GET" => Some(read(ctx, place, document)),
        _ if method == document.method => Some(write(ctx, place, document)),
        _ => None,
    }
}

fn read(ctx: &Ctx<'_>, place: Place, document: &Document) -> Answer {
    place.need(ctx, document.permission, Level::Read)?;
    (document.check)(ctx, place)?;
    if let Some(reading) = place.readings(ctx).get(document.suffix).filter(|reading| reading.get("known").is_none()) {
        return orgs::reply(ctx, reading);
    }
    Ok(Reply::json(200, now(ctx, place, document)))
}

fn write(ctx: &mut Ctx<'_>, place: Place, document: &Document) -> Answer {
    place.need(ctx, document.permission, Level::Write)?;
    (document.check)(ctx, place)?;
    let mut object = match if document.replaces { (document.default)(ctx, place) } else { now(ctx, place, document) } {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    object.extend(ctx.body.as_object().cloned().unwrap_or_default());
    let value = Value::Object(object);
    place.keep(ctx, document.suffix, value.clone());
    Ok(if document.status == 204 { Reply::empty(204) } else { Reply::json(document.status, value) })
}

/// What the document says now: what was set, over the defaults.
pub(crate) fn now(ctx: &Ctx<'_>, place: Place, document: &Document) -> Value {
    let mut value = (document.default)(ctx, place);
    if let (Value::Object(object), Some(Value::Object(set))) = (&mut value, place.known(ctx, document.suffix)) {
        object.extend(set.clone());
    }
    value
}
