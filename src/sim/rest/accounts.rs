//! Apps and people by name.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, shapes};
use crate::sim::world::{World, node_id};

/// The number of GitHub's own app, whose checks are those of Actions.
pub(crate) const ACTIONS_APP: u64 = 15_368;

/// Returns the number of an app: as a state has it (`/apps/{slug}` among the readings of an organisation), or GitHub's own.
pub(crate) fn app_id(world: &World, slug: &str) -> Option<u64> {
    let suffix = format!("/apps/{}", slug.to_lowercase());
    let named = world.orgs.iter().find_map(|org| org.rest.get(&suffix)?.get("known")?.get("id")?.as_u64());
    named.or_else(|| slug.eq_ignore_ascii_case("github-actions").then_some(ACTIONS_APP))
}

/// Returns the slug of an app by its number.
pub(crate) fn app_slug(world: &World, id: u64) -> Option<String> {
    let of_state = world.orgs.iter().flat_map(|org| &org.rest).find_map(|(suffix, reading)| {
        let slug = suffix.strip_prefix("/apps/")?;
        (reading["known"]["id"].as_u64() == Some(id)).then(|| slug.to_owned())
    });
    of_state.or_else(|| (id == ACTIONS_APP).then(|| "github-actions".to_owned()))
}

/// `GET /apps/{app_slug}`
pub(super) fn app(ctx: &Ctx<'_>, slug: &str) -> Answer {
    let id = app_id(ctx.world, slug).ok_or_else(Reply::not_found)?;
    Ok(Reply::json(200, app_of(ctx, &slug.to_lowercase(), id)))
}

/// Returns an app as GitHub describes it.
pub(super) fn app_of(ctx: &Ctx<'_>, slug: &str, id: u64) -> Value {
    json!({
        "id": id,
        "slug": slug,
        "node_id": node_id("A", id),
        "owner": shapes::account(&ctx.base, "github", "Organization", None, None),
        "name": slug,
        "description": "",
        "external_url": format!("https://{slug}.test"),
        "html_url": format!("https://github.com/apps/{slug}"),
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "permissions": {"metadata": "read"},
        "events": [],
    })
}
