//! Custom properties: their definitions in the organisation, and the values of its repositories.

use serde_json::{Map, Value, json};

use super::{Answer, Ctx, Reply, place::Place};
use crate::sim::token::Level;
use crate::sim::world::Repo;

const SCHEMA: &str = "properties/schema";
const RIGHT: &str = "organization_custom_properties";

/// Routes `/orgs/{org}/properties/…`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, o: usize, tail: &[&str]) -> Answer {
    let level = match (method, tail) {
        ("GET", _) => Level::Read,
        (_, ["schema", ..]) => Level::Admin,
        _ => Level::Write,
    };
    ctx.need_org(o, RIGHT, level)?;
    match (method, tail) {
        ("GET", ["schema"]) => Ok(Reply::json(200, Value::Array(definitions(ctx, o)))),
        ("GET", ["schema", name]) => {
            one(ctx, o, name).map(|found| Reply::json(200, found)).ok_or_else(Reply::not_found)
        }
        ("PUT", ["schema", name]) => define(ctx, o, name),
        ("DELETE", ["schema", name]) => remove(ctx, o, name),
        ("GET", ["values"]) => {
            let repos = ctx.org(o).repos.iter().filter(|repo| ctx.token.sees(ctx.org(o), repo)).collect();
            Ok(ctx.paged(repos, |repo| values(ctx, o, repo)))
        }
        ("PATCH", ["values"]) => set(ctx, o),
        _ => Err(ctx.no_route()),
    }
}

fn definitions(ctx: &Ctx<'_>, o: usize) -> Vec<Value> {
    Place::Org(o).known(ctx, SCHEMA).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn is_named(definition: &Value, name: &str) -> bool {
    definition.get("property_name").and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case(name))
}

fn one(ctx: &Ctx<'_>, o: usize, name: &str) -> Option<Value> {
    definitions(ctx, o).into_iter().find(|definition| is_named(definition, name))
}

/// Makes or replaces a definition: what the body leaves out gets GitHub's default again.
fn define(ctx: &mut Ctx<'_>, o: usize, name: &str) -> Answer {
    let kind = ctx.required("value_type")?;
    let before = one(ctx, o, name);
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    if before.as_ref().and_then(|before| text(before, "value_type")).is_some_and(|was| was != kind) {
        return Err(Reply::error(422, "Property value type cannot be changed"));
    }
    if before.as_ref().and_then(|before| text(before, "source_type")).as_deref() == Some("enterprise") {
        return Err(Reply::error(403, "Property is defined by the enterprise"));
    }
    let selects = kind.ends_with("_select");
    let allowed = ctx.body.get("allowed_values").filter(|values| !values.is_null());
    if selects != allowed.is_some() {
        return Err(Reply::error(422, "Property allowed values are for select types, and required there"));
    }
    let exact = before.as_ref().and_then(|before| text(before, "property_name")).unwrap_or_else(|| name.to_owned());
    let mut made = json!({
        "property_name": exact,
        "url": format!("{}/orgs/{}/{SCHEMA}/{exact}", ctx.base, ctx.org(o).login),
        "source_type": "organization", "value_type": kind, "required": false, "default_value": null,
        "description": null, "allowed_values": null, "values_editable_by": "org_actors",
        "require_explicit_values": false,
    });
    if let (Some(made), Some(body)) = (made.as_object_mut(), ctx.body.as_object()) {
        made.extend(body.clone());
    }
    let mut all = definitions(ctx, o);
    match all.iter_mut().find(|definition| is_named(definition, name)) {
        Some(found) => *found = made.clone(),
        None => all.push(made.clone()),
    }
    Place::Org(o).keep(ctx, SCHEMA, Value::Array(all));
    Ok(Reply::json(200, made))
}

fn remove(ctx: &mut Ctx<'_>, o: usize, name: &str) -> Answer {
    let mut all = definitions(ctx, o);
    let before = all.len();
    all.retain(|definition| !is_named(definition, name));
    if all.len() == before {
        return Err(Reply::not_found());
    }
    Place::Org(o).keep(ctx, SCHEMA, Value::Array(all));
    Ok(Reply::empty(204))
}

fn of_repo(repo: &Repo) -> Map<String, Value> {
    repo.fields.get("custom_properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn values(ctx: &Ctx<'_>, o: usize, repo: &Repo) -> Value {
    let properties: Vec<Value> =
        of_repo(repo).iter().map(|(name, value)| json!({"property_name": name, "value": value})).collect();
    json!({
        "repository_id": repo.id, "repository_name": repo.name,
        "repository_full_name": format!("{}/{}", ctx.org(o).login, repo.name), "properties": properties,
    })
}

/// Sets values in up to thirty repositories, all or nothing; null takes one away.
fn set(ctx: &mut Ctx<'_>, o: usize) -> Answer {
    let list = |key: &str| ctx.body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let (names, properties) = (list("repository_names"), list("properties"));
    if names.is_empty() || names.len() > 30 {
        return Err(Reply::error(422, "Between 1 and 30 repositories can be updated in a single request"));
    }
    let mut places = Vec::new();
    for name in names.iter().filter_map(Value::as_str) {
        let found = ctx.org(o).repo_index(name).filter(|r| ctx.token.sees(ctx.org(o), &ctx.org(o).repos[*r]));
        places.push(found.ok_or_else(|| Reply::error(422, &format!("Repository {name} was not found")))?);
    }
    let mut given = Vec::new();
    for property in &properties {
        let name = property.get("property_name").and_then(Value::as_str).unwrap_or_default();
        let value = property.get("value").cloned().unwrap_or_default();
        given.push(allowed(ctx, o, name, value)?);
    }
    for r in places {
        let repo = &mut ctx.world.orgs[o].repos[r];
        let mut all = of_repo(repo);
        for (name, value) in &given {
            match value {
                Value::Null => drop(all.remove(name)),
                value => drop(all.insert(name.clone(), value.clone())),
            }
        }
        repo.set("custom_properties", Value::Object(all));
    }
    Ok(Reply::empty(204))
}

/// Refuses a value of a property that is not defined, and one that the definition does not allow.
fn allowed(ctx: &Ctx<'_>, o: usize, name: &str, value: Value) -> Result<(String, Value), Reply> {
    let refuse = |why: &str| Reply::error(422, &format!("Property '{name}' {why}"));
    let definition = one(ctx, o, name).ok_or_else(|| refuse("is not defined"))?;
    let exact = definition.get("property_name").and_then(Value::as_str).unwrap_or(name).to_owned();
    let words = definition.get("allowed_values").and_then(Value::as_array);
    let each: Vec<&Value> = match &value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    };
    let boolean = definition.get("value_type") == Some(&json!("true_false"));
    if words.is_some_and(|words| each.iter().any(|one| !words.contains(one)))
        || (value.is_array() && definition.get("value_type") != Some(&json!("multi_select")))
        || (boolean && each.iter().any(|one| **one != "true" && **one != "false"))
    {
        return Err(refuse("does not allow this value"));
    }
    Ok((exact, value))
}
