//! Webhooks and deploy keys: simple collections, but that a hook's secret is never shown and is lost by an update of its `config`
//! without one, which only the route of the `config` alone avoids.

use serde_json::{Value, json};

use crate::sim::rest::{Answer, Ctx, Reply, collections, collections::Collection, place::Place};
use crate::sim::token::Level;

/// The collections of repositories.
pub(in super::super) static REPOSITORY: &[Collection] = &[
    Collection {
        suffix: "hooks",
        wrapped: None,
        named_by: "id",
        permission: "repository_hooks",
        create,
        update: ("PATCH", 200),
        change,
        show,
    },
    Collection {
        suffix: "keys",
        wrapped: None,
        named_by: "id",
        permission: "administration",
        create: create_key,
        // GitHub has no call that changes a key.
        update: ("", 200),
        change: collections::laid_over,
        show: show_key,
    },
];

/// The collections of organisations.
pub(in super::super) static ORGANISATION: &[Collection] = &[Collection {
    suffix: "hooks",
    wrapped: None,
    named_by: "id",
    permission: "organization_hooks",
    create,
    update: ("PATCH", 200),
    change,
    show,
}];

fn create(ctx: &Ctx<'_>, place: Place, id: u64) -> Result<Value, Reply> {
    let config = ctx.body.get("config").cloned().unwrap_or_else(|| json!({}));
    if config.get("url").and_then(Value::as_str).is_none() {
        return Err(Reply::invalid("Hook", "url", "missing_field", None));
    }
    if collections::items(ctx, place, "hooks").iter().any(|hook| hook.pointer("/config/url") == config.get("url")) {
        return Err(Reply::invalid("Hook", "base", "custom", Some("Hook already exists on this repository")));
    }
    let mut hook = json!({
        "id": id, "active": ctx.flag("active")?.unwrap_or(true), "config": config,
        "events": ctx.body.get("events").cloned().unwrap_or_else(|| json!(["push"])),
    });
    normalise(&mut hook);
    Ok(hook)
}

/// Whatever type `insecure_ssl` came in, GitHub keeps a text.
fn normalise(hook: &mut Value) {
    if let Some(config) = hook.get_mut("config").and_then(Value::as_object_mut) {
        let on = matches!(config.get("insecure_ssl"), Some(Value::String(text)) if text == "1")
            || config.get("insecure_ssl") == Some(&json!(1));
        config.insert("insecure_ssl".to_owned(), json!(if on { "1" } else { "0" }));
        config.entry("content_type").or_insert_with(|| json!("form"));
        if config.get("secret") == Some(&json!("")) {
            config.remove("secret");
        }
    }
}

fn change(ctx: &Ctx<'_>, _: Place, hook: &mut Value) -> Result<(), Reply> {
    if let Some(active) = ctx.flag("active")? {
        hook["active"] = json!(active);
    }
    if let Some(events) = ctx.body.get("events") {
        hook["events"] = events.clone();
    }
    // The whole `config` is replaced: a secret that it does not say is gone.
    if let Some(config) = ctx.body.get("config") {
        hook["config"] = config.clone();
    }
    normalise(hook);
    Ok(())
}

/// Routes `…/hooks/{hook_id}/config`: what is not said stays.
pub(super) fn config(ctx: &mut Ctx<'_>, method: &str, place: Place, id: &str) -> Answer {
    let permission = if matches!(place, Place::Org(_)) { "organization_hooks" } else { "repository_hooks" };
    place.need(ctx, permission, if method == "GET" { Level::Read } else { Level::Write })?;
    let mut all = collections::items(ctx, place, "hooks");
    let at = all.iter().position(|hook| hook.get("id").map(Value::to_string).as_deref() == Some(id));
    let at = at.ok_or_else(Reply::not_found)?;
    if method == "PATCH"
        && let (Some(config), Some(body)) = (all[at]["config"].as_object_mut(), ctx.body.as_object())
    {
        config.extend(body.clone());
        normalise(&mut all[at]);
    } else if method != "GET" {
        return Err(ctx.no_route());
    }
    let shown = show(&all[at])["config"].clone();
    if method == "PATCH" {
        place.keep(ctx, "hooks", Value::Array(all));
    }
    Ok(Reply::json(200, shown))
}

fn show(hook: &Value) -> Value {
    let id = &hook["id"];
    let mut config = hook["config"].clone();
    if config.get("secret").is_some() {
        config["secret"] = json!("********");
    }
    let url = format!("https://api.github.com/hooks/{id}");
    let stamp = "2026-01-01T00:00:00Z";
    json!({
        "type": "Repository", "id": id, "name": "web", "active": hook.get("active").unwrap_or(&json!(true)),
        "events": hook.get("events").cloned().unwrap_or_else(|| json!(["push"])), "config": config, "updated_at": stamp,
        "created_at": stamp, "url": url, "test_url": format!("{url}/test"), "ping_url": format!("{url}/pings"),
        "deliveries_url": format!("{url}/deliveries"), "last_response": {"code": null, "status": "unused", "message": null},
    })
}

fn create_key(ctx: &Ctx<'_>, _: Place, id: u64) -> Result<Value, Reply> {
    let key = ctx.required("key")?;
    let title = ctx.text("title")?.unwrap_or_default();
    Ok(json!({"id": id, "title": title, "key": key, "read_only": ctx.flag("read_only")?.unwrap_or(false)}))
}

fn show_key(key: &Value) -> Value {
    let id = &key["id"];
    json!({
        "id": id, "key": key.get("key").cloned().unwrap_or_else(|| json!("ssh-ed25519 AAAA")), "url": format!("https://api.github.com/keys/{id}"),
        "title": key.get("title").cloned().unwrap_or_else(|| json!("")), "verified": true, "created_at": "2026-01-01T00:00:00Z",
        "read_only": key.get("read_only") == Some(&json!(true)), "added_by": null, "last_used": null, "enabled": true,
    })
}
