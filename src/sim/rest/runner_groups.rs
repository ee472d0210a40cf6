//! Groups of an organisation's self-hosted runners.

use serde_json::{Value, json};

use super::{
    Ctx, Reply,
    collections::{Collection, laid_over},
    place::Place,
};

/// The collection.
pub(super) static GROUPS: &[Collection] = &[Collection {
    suffix: "actions/runner-groups",
    wrapped: Some("runner_groups"),
    named_by: "id",
    permission: "organization_self_hosted_runners",
    create,
    update: ("PATCH", 200),
    change,
    show,
}];

fn create(ctx: &Ctx<'_>, place: Place, id: u64) -> Result<Value, Reply> {
    let name = ctx.required("name")?;
    let Place::Org(o) = place else { return Err(Reply::not_found()) };
    let url = format!("{}/orgs/{}/actions/runner-groups/{id}", ctx.base, ctx.org(o).login);
    let mut group = json!({
        "id": id, "name": name, "visibility": "all", "default": false, "inherited": false,
        "allows_public_repositories": false, "restricted_to_workflows": false, "selected_workflows": [],
        "workflow_restrictions_read_only": false, "runners_url": format!("{url}/runners"),
        "hosted_runners_url": format!("{url}/hosted-runners"), "selected_repository_ids": [],
    });
    lay(ctx, place, &mut group)?;
    Ok(group)
}

fn change(ctx: &Ctx<'_>, place: Place, group: &mut Value) -> Result<(), Reply> {
    let name = ctx.required("name")?;
    if group["inherited"] == json!(true) {
        return Err(Reply::error(403, "The runner group is managed by the enterprise."));
    }
    if group["default"] == json!(true) && group["name"] != json!(name) {
        return Err(Reply::error(422, "The default runner group cannot be renamed."));
    }
    lay(ctx, place, group)
}

fn lay(ctx: &Ctx<'_>, place: Place, group: &mut Value) -> Result<(), Reply> {
    let visibility = ctx.text("visibility")?;
    if visibility.is_some_and(|word| !["all", "private", "selected"].contains(&word.as_str())) {
        return Err(Reply::error(422, "Invalid request.\n\nvisibility is not a possible value."));
    }
    for key in ["allows_public_repositories", "restricted_to_workflows"] {
        ctx.flag(key)?;
    }
    laid_over(ctx, place, group)
}

fn show(group: &Value) -> Value {
    let mut shown = group.clone();
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("selected_repository_ids");
    }
    shown
}
