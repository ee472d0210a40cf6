//! Interaction limits of repositories and organisations. They end by themselves.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, place::Place};
use crate::sim::token::Level;
use crate::sim::world::{Org, Repo};

const ROUTE: &str = "interaction-limits";
const LIMITS: &[&str] = &["existing_users", "contributors_only", "collaborators_only"];

/// Answers `…/interaction-limits`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, place: Place) -> Answer {
    let permission = if matches!(place, Place::Repo(_)) { "administration" } else { "organization_administration" };
    let level = if method == "GET" { Level::Read } else { Level::Write };
    place.need(ctx, permission, level)?;
    if method == "GET" {
        let reading = place.readings(ctx).get(ROUTE).filter(|reading| reading.get("known").is_none());
        if let Some(reading) = reading {
            return super::orgs::reply(ctx, reading);
        }
        return Ok(Reply::json(200, shown(ctx, place).unwrap_or_else(|| json!({}))));
    }
    let of_org = match place {
        Place::Repo(spot) => running(ctx.org(spot.o).rest.get(ROUTE), ctx.world.time()).is_some(),
        Place::Org(_) => false,
    };
    if of_org {
        return Err(Reply::error(409, "Interaction limit is set by the organization."));
    }
    match method {
        "PUT" => {
            let limit = ctx.required("limit")?;
            if !LIMITS.contains(&limit.as_str()) {
                return Err(Reply::invalid("InteractionLimit", "limit", "invalid", None));
            }
            let days = match ctx.text("expiry")?.as_deref() {
                None | Some("one_day") => 1,
                Some("three_days") => 3,
                Some("one_week") => 7,
                Some("one_month") => 30,
                Some("six_months") => 182,
                Some(_) => return Err(Reply::invalid("InteractionLimit", "expiry", "invalid", None)),
            };
            let now = ctx.world.time();
            let end = now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
            place.keep(ctx, ROUTE, json!({"limit": limit, "expires_at": end.to_string()}));
            Ok(Reply::json(200, shown(ctx, place).unwrap_or_default()))
        }
        "DELETE" => {
            place.keep(ctx, ROUTE, json!({}));
            Ok(Reply::empty(204))
        }
        _ => Err(ctx.no_route()),
    }
}

fn shown(ctx: &Ctx<'_>, place: Place) -> Option<Value> {
    let (limit, end, origin) = match place {
        Place::Repo(spot) => in_force(ctx.org(spot.o), ctx.repo(spot), ctx.world.time())?,
        Place::Org(o) => {
            let (limit, end) = running(ctx.org(o).rest.get(ROUTE), ctx.world.time())?;
            (limit, end, "organization")
        }
    };
    Some(json!({"limit": limit, "origin": origin, "expires_at": end}))
}

/// The limit that holds in a repository: the organisation's, else its own; with its end, and whose it is.
pub(crate) fn in_force(org: &Org, repo: &Repo, now: Timestamp) -> Option<(String, String, &'static str)> {
    let of_org = running(org.rest.get(ROUTE), now).map(|(limit, end)| (limit, end, "organization"));
    of_org.or_else(|| running(repo.rest.get(ROUTE), now).map(|(limit, end)| (limit, end, "repository")))
}

/// A limit that has not ended, with its end.
fn running(reading: Option<&Value>, now: Timestamp) -> Option<(String, String)> {
    let known = reading?.get("known")?;
    let text = |key: &str| known.get(key).and_then(Value::as_str);
    let (limit, end) = (text("limit")?, text("expires_at")?);
    let lasts = end.parse::<Timestamp>().is_ok_and(|end| end > now);
    lasts.then(|| (limit.to_owned(), end.to_owned()))
}
