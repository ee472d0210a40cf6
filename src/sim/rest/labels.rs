//! Labels and autolinks.

use serde_json::{Value, json};

use super::{
    Answer, Ctx, Reply, Spot,
    collections::{self, Collection},
    orgs,
    place::Place,
};
use crate::sim::token::Level;
use crate::sim::world::node_id;

/// The collections of repositories.
pub(super) static OF_REPOSITORY: &[Collection] = &[
    Collection {
        suffix: "labels",
        wrapped: None,
        named_by: "name",
        permission: "issues",
        create: make_label,
        update: ("PATCH", 200),
        change: change_label,
        show: show_label,
    },
    Collection {
        suffix: AUTOLINKS,
        wrapped: None,
        named_by: "id",
        permission: "administration",
        create: make_autolink,
        // GitHub has no call that changes one.
        update: ("", 0),
        change: |ctx, _, _| Err(ctx.no_route()),
        show: show_autolink,
    },
];

const AUTOLINKS: &str = "autolinks";

/// `GET /repos/{owner}/{repo}/autolinks`: all at once, GitHub knows no pages of them.
pub(super) fn autolinks(ctx: &Ctx<'_>, spot: Spot) -> Answer {
    let place = Place::Repo(spot);
    ctx.need(spot, "administration", Level::Read)?;
    if let Some(reading) = place.readings(ctx).get(AUTOLINKS).filter(|reading| reading.get("known").is_none()) {
        return orgs::reply(ctx, reading);
    }
    let all = collections::items(ctx, place, AUTOLINKS);
    Ok(Reply::json(200, all.iter().map(show_autolink).collect()))
}

fn show_label(label: &Value) -> Value {
    let mut shown = label.as_object().cloned().unwrap_or_default();
    let name = shown.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = shown.get("id").and_then(Value::as_u64).unwrap_or_else(|| super::account_id(&name));
    let url = format!("https://api.github.com/labels/{}", crate::sim::http::encode(&name));
    for (key, value) in [
        ("id", json!(id)),
        ("node_id", json!(node_id("LA", id))),
        ("url", json!(url)),
        ("description", Value::Null),
        ("color", json!("ededed")),
        ("default", json!(false)),
    ] {
        shown.entry(key).or_insert(value);
    }
    Value::Object(shown)
}

/// Colour and description of a body; both are held to GitHub's bounds.
fn looks(ctx: &Ctx<'_>) -> Result<(Option<String>, Option<String>), Reply> {
    let (color, description) = (ctx.text("color")?, ctx.text("description")?);
    let is_color = |text: &String| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if color.as_ref().is_some_and(|color| !is_color(color)) {
        return Err(Reply::invalid("Label", "color", "invalid", None));
    }
    if description.as_ref().is_some_and(|text| text.chars().count() > 100) {
        return Err(Reply::invalid("Label", "description", "invalid", None));
    }
    Ok((color, description))
}

fn make_label(ctx: &Ctx<'_>, _: Place, id: u64) -> Result<Value, Reply> {
    let (name, (color, description)) = (ctx.required("name")?, looks(ctx)?);
    let color = color.unwrap_or_else(|| "ededed".to_owned());
    Ok(json!({"id": id, "name": name, "color": color, "description": description}))
}

fn change_label(ctx: &Ctx<'_>, place: Place, label: &mut Value) -> Result<(), Reply> {
    let (color, description) = looks(ctx)?;
    let old = label.get("name").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    if let Some(name) = ctx.text("new_name")? {
        let lower = name.to_lowercase();
        let taken = collections::items(ctx, place, "labels")
            .iter()
            .filter_map(|other| other.get("name")?.as_str().map(str::to_lowercase))
            .any(|other| other == lower && other != old);
        if taken {
            return Err(Reply::invalid("Label", "name", "already_exists", None));
        }
        label["name"] = json!(name);
    }
    if let Some(color) = color {
        label["color"] = json!(color);
    }
    if let Some(description) = description {
        label["description"] = json!(description);
    }
    Ok(())
}

fn show_autolink(link: &Value) -> Value {
    let mut shown = link.as_object().cloned().unwrap_or_default();
    shown.entry("is_alphanumeric").or_insert(json!(true));
    Value::Object(shown)
}

fn make_autolink(ctx: &Ctx<'_>, place: Place, id: u64) -> Result<Value, Reply> {
    let (prefix, template) = (ctx.required("key_prefix")?, ctx.required("url_template")?);
    if !template.contains("<num>") {
        let message = "url_template must contain a <num> token";
        return Err(Reply::invalid("KeyLink", "url_template", "custom", Some(message)));
    }
    let same = |other: &Value| {
        other.get("key_prefix").and_then(Value::as_str).is_some_and(|other| other.eq_ignore_ascii_case(&prefix))
    };
    if collections::items(ctx, place, AUTOLINKS).iter().any(same) {
        return Err(Reply::invalid("KeyLink", "key_prefix", "already_exists", None));
    }
    let alphanumeric = ctx.flag("is_alphanumeric")?.unwrap_or(true);
    Ok(json!({"id": id, "key_prefix": prefix, "url_template": template, "is_alphanumeric": alphanumeric}))
}
