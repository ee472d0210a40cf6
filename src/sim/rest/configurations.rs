//! Code security configurations of an organisation.

use serde_json::{Map, Value, json};

use super::pages::with_link;
use super::{Answer, Ctx, Reply, attach};
use crate::sim::token::Level;
use crate::sim::world::Configuration;

/// What is on, off or left alone, with what GitHub takes where a request to create says nothing.
///
/// This is the famous trap: `disabled`, not `not_set`, and enforced.
const SWITCHES: &[(&str, Option<&str>)] = &[
    ("dependency_graph", Some("enabled")),
    ("dependency_graph_autosubmit_action", Some("disabled")),
    ("dependabot_alerts", Some("disabled")),
    ("dependabot_security_updates", Some("disabled")),
    ("dependabot_delegated_alert_dismissal", Some("disabled")),
    ("code_scanning_default_setup", Some("disabled")),
    ("code_scanning_delegated_alert_dismissal", Some("not_set")),
    ("secret_scanning", Some("disabled")),
    ("secret_scanning_push_protection", Some("disabled")),
    ("secret_scanning_delegated_bypass", Some("disabled")),
    ("secret_scanning_validity_checks", Some("disabled")),
    ("secret_scanning_non_provider_patterns", Some("disabled")),
    ("secret_scanning_generic_secrets", Some("disabled")),
    ("secret_scanning_delegated_alert_dismissal", Some("disabled")),
    ("secret_scanning_extended_metadata", Some("disabled")),
    ("private_vulnerability_reporting", Some("disabled")),
    ("code_security", None),
    ("secret_protection", None),
];

/// Fields of any form, kept as they come.
const OPTIONS: &[&str] = &[
    "dependency_graph_autosubmit_action_options",
    "code_scanning_options",
    "code_scanning_default_setup_options",
    "secret_scanning_delegated_bypass_options",
];

/// Fields that a request may say and an answer never tells.
const HIDDEN: &[&str] = &["code_security", "secret_protection"];

/// Returns a configuration as GitHub creates it from a name alone.
pub(crate) fn defaults(stamp: &str) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("target_type".to_owned(), json!("organization"));
    out.insert("description".to_owned(), json!(""));
    out.insert("advanced_security".to_owned(), json!("disabled"));
    for (key, default) in SWITCHES {
        if let Some(default) = default {
            out.insert((*key).to_owned(), json!(default));
        }
    }
    out.insert("dependency_graph_autosubmit_action_options".to_owned(), json!({"labeled_runners": false}));
    out.insert("code_scanning_options".to_owned(), json!({"allow_advanced": null}));
    out.insert("code_scanning_default_setup_options".to_owned(), Value::Null);
    out.insert("enforcement".to_owned(), json!("enforced"));
    out.insert("created_at".to_owned(), json!(stamp));
    out.insert("updated_at".to_owned(), json!(stamp));
    out
}

/// Routes `/orgs/{org}/code-security/configurations…`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, o: usize, tail: &[&str]) -> Answer {
    let level = if method == "GET" { Level::Read } else { Level::Write };
    ctx.need_org(o, "organization_administration", level)?;
    match (method, tail) {
        ("GET", []) => Ok(list(ctx, o)),
        ("POST", []) => create(ctx, o),
        ("GET", ["defaults"]) => {
            let all = ctx.org(o).configurations.iter().filter_map(|c| Some((c, c.default_for.as_ref()?)));
            Ok(Reply::json(
                200,
                all.map(|(c, d)| json!({"default_for_new_repos": d, "configuration": shape(ctx, o, c)})).collect(),
            ))
        }
        ("DELETE", ["detach"]) => attach::detach(ctx, o),
        ("GET", [id]) => {
            let found = find(ctx, o, id)?;
            Ok(Reply::json(200, shape(ctx, o, found)))
        }
        ("PATCH", [id]) => patch(ctx, o, id),
        ("DELETE", [id]) => delete(ctx, o, id),
        ("POST", [id, "attach"]) => {
            let id = find(ctx, o, id)?.id;
            attach::attach(ctx, o, id)
        }
        ("PUT", [id, "defaults"]) => set_default(ctx, o, id),
        ("GET", [id, "repositories"]) => {
            let id = find(ctx, o, id)?.id;
            Ok(attach::repositories(ctx, o, id))
        }
        _ => Err(ctx.no_route()),
    }
}

fn find<'c>(ctx: &'c Ctx<'_>, o: usize, id: &str) -> Result<&'c Configuration, Reply> {
    let id = id.parse().map_err(|_| Reply::not_found())?;
    ctx.org(o).configuration(id).ok_or_else(Reply::not_found)
}

/// Returns a configuration as GitHub tells it.
pub(super) fn shape(ctx: &Ctx<'_>, o: usize, configuration: &Configuration) -> Value {
    let mut out = Map::new();
    let id = configuration.id;
    let login = &ctx.org(o).login;
    out.insert("id".to_owned(), json!(id));
    out.extend(configuration.fields.clone());
    out.retain(|key, _| !HIDDEN.contains(&key.as_str()));
    out.insert("url".to_owned(), json!(format!("{}/orgs/{login}/code-security/configurations/{id}", ctx.base)));
    let html = format!("https://github.com/organizations/{login}/settings/security_products/configurations/edit/{id}");
    out.insert("html_url".to_owned(), json!(html));
    Value::Object(out)
}

fn list(ctx: &Ctx<'_>, o: usize) -> Reply {
    let wanted = ctx.param("target_type").unwrap_or("all");
    let fits = |c: &&Configuration| wanted == "all" || c.get("target_type") == wanted;
    let all: Vec<&Configuration> = ctx.org(o).configurations.iter().filter(fits).collect();
    let (page, link) = ctx.by_cursor(all, |c| c.id);
    with_link(Reply::json(200, page.iter().map(|c| shape(ctx, o, c)).collect()), link)
}

/// Reads the fields that a request says; an unknown word is refused.
fn said(ctx: &Ctx<'_>) -> Result<Map<String, Value>, Reply> {
    let mut out = Map::new();
    let words = |key: &str, words: &[&str], out: &mut Map<String, Value>| -> Result<(), Reply> {
        match ctx.text(key)? {
            None => {}
            Some(word) if words.contains(&word.as_str()) => {
                out.insert(key.to_owned(), json!(word));
            }
            Some(word) => {
                let message =
                    format!("Invalid request.\n\nFor 'properties/{key}', {word} is not a member of {words:?}.");
                return Err(Reply::error(422, &message));
            }
        }
        Ok(())
    };
    for (key, _) in SWITCHES {
        words(key, &["enabled", "disabled", "not_set"], &mut out)?;
    }
    words("advanced_security", &["enabled", "disabled", "code_security", "secret_protection"], &mut out)?;
    words("enforcement", &["enforced", "unenforced"], &mut out)?;
    for key in ["name", "description"] {
        if let Some(text) = ctx.text(key)? {
            out.insert(key.to_owned(), json!(text));
        }
    }
    for key in OPTIONS {
        if let Some(value) = ctx.body.get(*key) {
            out.insert((*key).to_owned(), value.clone());
        }
    }
    Ok(out)
}

/// Lays what a request says over a configuration. The two products are told as one switch, which says which of them is on.
fn say(fields: &mut Map<String, Value>, said: Map<String, Value>) {
    let one = fields.get("advanced_security").and_then(Value::as_str).unwrap_or_default().to_owned();
    for key in HIDDEN {
        let word = if one == "enabled" || one == *key { "enabled" } else { "disabled" };
        fields.entry((*key).to_owned()).or_insert_with(|| json!(word));
    }
    let (in_one, products) = (said.contains_key("advanced_security"), HIDDEN.iter().any(|key| said.contains_key(*key)));
    fields.extend(said);
    if in_one {
        fields.retain(|key, _| !HIDDEN.contains(&key.as_str()));
    } else if products {
        let on = |key: &str| fields.get(key).is_some_and(|word| word == "enabled");
        let word = match (on("code_security"), on("secret_protection")) {
            (true, true) => "enabled",
            (true, false) => "code_security",
            (false, true) => "secret_protection",
            (false, false) => "disabled",
        };
        fields.insert("advanced_security".to_owned(), json!(word));
    }
}

/// Two configurations of an organisation never have one name.
fn check_name(ctx: &Ctx<'_>, o: usize, fields: &Map<String, Value>, own: Option<u64>) -> Result<(), Reply> {
    let name = fields.get("name").and_then(Value::as_str);
    let taken = ctx.org(o).configurations.iter().any(|c| Some(c.id) != own && Some(c.get("name")) == name);
    if taken {
        Err(Reply::invalid("SecurityConfiguration", "name", "already_exists", Some("Name has already been taken")))
    } else {
        Ok(())
    }
}

fn create(ctx: &mut Ctx<'_>, o: usize) -> Answer {
    ctx.required("name")?;
    let said = said(ctx)?;
    check_name(ctx, o, &said, None)?;
    let mut fields = defaults(&ctx.world.stamp());
    say(&mut fields, said);
    let id = ctx.world.fresh_id();
    let configuration = Configuration { id, fields, default_for: None };
    let body = shape(ctx, o, &configuration);
    ctx.world.orgs[o].configurations.push(configuration);
    Ok(Reply::json(201, body))
}

fn patch(ctx: &mut Ctx<'_>, o: usize, id: &str) -> Answer {
    let before = find(ctx, o, id)?.clone();
    if before.get("target_type") != "organization" {
        return Err(Reply::error(403, "This configuration cannot be changed by the organization."));
    }
    let said = said(ctx)?;
    check_name(ctx, o, &said, Some(before.id))?;
    let mut after = before.clone();
    say(&mut after.fields, said);
    if after == before {
        return Ok(Reply::empty(204));
    }
    after.fields.insert("updated_at".to_owned(), json!(ctx.world.stamp()));
    let body = shape(ctx, o, &after);
    for place in ctx.world.orgs[o].configurations.iter_mut().filter(|c| c.id == before.id) {
        *place = after.clone();
    }
    attach::update(ctx, o, before.id);
    Ok(Reply::json(200, body))
}

fn delete(ctx: &mut Ctx<'_>, o: usize, id: &str) -> Answer {
    let found = find(ctx, o, id)?;
    let id = found.id;
    if found.default_for.is_some() {
        return Err(Reply::error(409, "The configuration is a default for new repositories."));
    }
    let org = &mut ctx.world.orgs[o];
    org.configurations.retain(|c| c.id != id);
    for repo in org.repos.iter_mut().filter(|r| r.attachment.as_ref().is_some_and(|a| a.configuration == id)) {
        repo.attachment = None;
    }
    Ok(Reply::empty(204))
}

/// Makes a configuration the default of new repositories; what another one was default of shrinks by that.
fn set_default(ctx: &mut Ctx<'_>, o: usize, id: &str) -> Answer {
    let id = find(ctx, o, id)?.id;
    let wanted = ctx.required("default_for_new_repos")?;
    if !["all", "none", "private_and_internal", "public"].contains(&wanted.as_str()) {
        return Err(Reply::error(
            422,
            "Invalid request.\n\nFor 'properties/default_for_new_repos', not a member of the list.",
        ));
    }
    for configuration in &mut ctx.world.orgs[o].configurations {
        if configuration.id == id {
            configuration.default_for = (wanted != "none").then(|| wanted.clone());
            continue;
        }
        let left = match (configuration.default_for.as_deref(), wanted.as_str()) {
            (same, "none") => same,
            (_, "all") => None,
            (Some("all"), "public") => Some("private_and_internal"),
            (Some("all"), _) => Some("public"),
            (Some(old), new) if old == new => None,
            (old, _) => old,
        };
        configuration.default_for = left.map(str::to_owned);
    }
    let found = find(ctx, o, &id.to_string())?;
    Ok(Reply::json(200, json!({"default_for_new_repos": wanted, "configuration": shape(ctx, o, found)})))
}
