//! Variables and names of secrets of GitHub Actions, of repositories and of organisations.

use serde_json::{Map, Value, json};

use super::{Ctx, Reply, collections::Collection, place::Place};

const STAMP: &str = "2020-01-01T00:00:00Z";

/// The collections of repositories.
pub(super) static OF_REPOSITORY: &[Collection] = &[variables("actions_variables"), secrets("secrets")];

/// The collections of organisations.
pub(super) static OF_ORGANISATION: &[Collection] =
    &[variables("organization_actions_variables"), secrets("organization_secrets")];

const fn variables(permission: &'static str) -> Collection {
    Collection {
        suffix: "actions/variables",
        wrapped: Some("variables"),
        named_by: "name",
        permission,
        create: make_variable,
        update: ("PATCH", 204),
        change: change_variable,
        show,
    }
}

const fn secrets(permission: &'static str) -> Collection {
    Collection {
        suffix: "actions/secrets",
        wrapped: Some("secrets"),
        named_by: "name",
        permission,
        create: |ctx, _, _| Err(ctx.no_route()),
        update: ("PUT", 204),
        change: |ctx, _, _| Err(ctx.no_route()),
        show,
    }
}

/// An item with the times that GitHub always tells, and with where its repositories are listed if they were selected.
fn show(item: &Value) -> Value {
    let mut shown = item.as_object().cloned().unwrap_or_default();
    for key in ["created_at", "updated_at"] {
        shown.entry(key).or_insert(json!(STAMP));
    }
    Value::Object(shown)
}

fn make_variable(ctx: &Ctx<'_>, place: Place, _: u64) -> Result<Value, Reply> {
    let name = ctx.required("name")?.to_ascii_uppercase();
    let wrong = |message: &str| Err(Reply::error(422, message));
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return wrong(
            "Variable name can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_).",
        );
    }
    if name.starts_with("GITHUB_") || name.starts_with(|first: char| first.is_ascii_digit()) {
        return wrong("Variable name must not start with GITHUB_ or a number.");
    }
    let stamp = ctx.world.stamp();
    let mut made = json!({"name": name, "value": ctx.required("value")?, "created_at": stamp, "updated_at": stamp});
    if matches!(place, Place::Org(_)) {
        made["visibility"] = json!(
            visibility(ctx)?
                .ok_or_else(|| { Reply::error(422, "Invalid request.\n\n\"visibility\" wasn't supplied.") })?
        );
    }
    Ok(made)
}

fn change_variable(ctx: &Ctx<'_>, place: Place, item: &mut Value) -> Result<(), Reply> {
    let mut changes = Map::new();
    if let Some(value) = ctx.text("value")? {
        changes.insert("value".to_owned(), json!(value));
    }
    if let Some(word) = visibility(ctx)?.filter(|_| matches!(place, Place::Org(_))) {
        changes.insert("visibility".to_owned(), json!(word));
    }
    changes.insert("updated_at".to_owned(), json!(ctx.world.stamp()));
    if let Some(item) = item.as_object_mut() {
        item.extend(changes);
    }
    Ok(())
}

fn visibility(ctx: &Ctx<'_>) -> Result<Option<String>, Reply> {
    let word = ctx.text("visibility")?;
    match word.as_deref() {
        None | Some("all" | "private" | "selected") => Ok(word),
        Some(_) => Err(Reply::error(422, "Invalid request.\n\nFor 'properties/visibility', it is not a member.")),
    }
}
