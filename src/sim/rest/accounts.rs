//! Apps and people by name.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, shapes};
use crate::sim::world::node_id;

/// The number of GitHub's own app, whose checks are those of Actions.
pub(crate) const ACTIONS_APP: u64 = 15_368;

/// `GET /apps/{app_slug}`: an app that a state names (`/apps/{slug}` among the readings of an organisation), or GitHub's own.
pub(super) fn app(ctx: &Ctx<'_>, slug: &str) -> Answer {
    let slug = slug.to_lowercase();
    let suffix = format!("/apps/{slug}");
    let named = ctx.world.orgs.iter().find_map(|org| org.rest.get(&suffix)?.get("known")?.get("id")?.as_u64());
    let id = named.or_else(|| (slug == "github-actions").then_some(ACTIONS_APP)).ok_or_else(Reply::not_found)?;
    Ok(Reply::json(
        200,
        json!({
            "id": id,
            "slug": slug,
            "node_id": node_id("A", id),
            "owner": shapes::account(&ctx.base, "github", "Organization", None, None),
            "name": slug,
            "description": Value::Null,
            "external_url": format!("https://{slug}.test"),
            "html_url": format!("https://github.com/apps/{slug}"),
            "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2020-01-01T00:00:00Z",
            "permissions": {"metadata": "read"},
            "events": [],
        }),
    ))
}
