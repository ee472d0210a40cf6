//! Changing a repository.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, fields, orgs};
use crate::sim::token::Level;

/// `PATCH /repos/{owner}/{repo}`: all or nothing.
pub(super) fn patch(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    ctx.need(spot, "administration", Level::Write)?;
    let before = ctx.repo(spot).clone();
    let done = unarchive(ctx, spot)
        .and_then(|()| fields::set(ctx, spot))
        .and_then(|()| identity(ctx, spot))
        .and_then(|()| switches(ctx, spot));
    if let Err(reply) = done {
        *ctx.repo_mut(spot) = before;
        return Err(reply);
    }
    if ctx.body.get("archived") == Some(&json!(true)) {
        ctx.repo_mut(spot).set("archived", json!(true));
    }
    if *ctx.repo(spot) != before {
        let stamp = ctx.world.stamp();
        ctx.repo_mut(spot).set("updated_at", json!(stamp));
    }
    Ok(Reply::json(200, ctx.repo_json(spot, true)))
}

fn unarchive(ctx: &mut Ctx<'_>, spot: Spot) -> Result<(), Reply> {
    if ctx.flag("archived")? == Some(false) {
        ctx.repo_mut(spot).set("archived", json!(false));
    }
    Ok(())
}

/// Name, visibility and default branch.
fn identity(ctx: &mut Ctx<'_>, spot: Spot) -> Result<(), Reply> {
    if let Some(name) = ctx.text("name")? {
        let taken = ctx.org(spot.o).repo_index(&name).is_some_and(|r| r != spot.r);
        if taken {
            return Err(Reply::invalid("Repository", "name", "custom", Some("name already exists on this account")));
        }
        ctx.repo_mut(spot).rename(&name);
    }
    let private = ctx.flag("private")?.map(|p| if p { "private" } else { "public" }.to_owned());
    if let Some(visibility) = ctx.text("visibility")?.or(private) {
        if !["public", "private", "internal"].contains(&visibility.as_str()) {
            return Err(Reply::invalid("Repository", "visibility", "invalid", None));
        }
        if ctx.repo(spot).flag("fork") && ctx.repo(spot).visibility() != visibility {
            let message = "Visibility of a fork cannot be changed";
            return Err(Reply::invalid("Repository", "visibility", "custom", Some(message)));
        }
        let becomes_private = visibility != "public" && !ctx.repo(spot).is_private();
        ctx.repo_mut(spot).set_visibility(&visibility);
        // What only the product gives private repositories goes with the public eye.
        if becomes_private && !ctx.org(spot.o).secret_scanning {
            ctx.repo_mut(spot).security.clear();
        }
    }
    if let Some(branch) = ctx.text("default_branch")? {
        let repo = ctx.repo(spot);
        if !repo.refs.contains_key(&format!("refs/heads/{branch}")) && branch != repo.default_branch() {
            let message = format!(
                "The branch {branch} was not found. Please push that ref first or create it via the Git Data API."
            );
            return Err(Reply::invalid("Repository", "default_branch", "invalid", Some(&message)));
        }
        ctx.repo_mut(spot).set("default_branch", json!(branch));
        ctx.world.sync_workflows(spot.o, spot.r);
    }
    Ok(())
}

/// The block `security_and_analysis`.
fn switches(ctx: &mut Ctx<'_>, spot: Spot) -> Result<(), Reply> {
    let block = match ctx.body.get("security_and_analysis") {
        None | Some(Value::Null) => return Ok(()),
        Some(block) => block.clone(),
    };
    for (key, value) in block.as_object().into_iter().flatten() {
        let on = match value.get("status").and_then(Value::as_str) {
            Some("enabled") => true,
            Some("disabled") => false,
            _ if key.ends_with("_options") => continue,
            _ => {
                return Err(Reply::error(
                    422,
                    &format!("Invalid request.\n\nNo subschema in \"anyOf\" matched: {key}"),
                ));
            }
        };
        switch(ctx, spot, key, on)?;
    }
    Ok(())
}

fn switch(ctx: &mut Ctx<'_>, spot: Spot, key: &str, on: bool) -> Result<(), Reply> {
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let (private, bought) = (repo.is_private(), org.secret_scanning);
    if key == "advanced_security" && !private {
        return Err(Reply::error(422, "Advanced security is always available for public repos."));
    }
    if private && !bought && on && key != "dependabot_security_updates" {
        let message = if key.starts_with("secret_scanning") {
            "Secret scanning is not available for this repository."
        } else {
            "Advanced security has not been purchased."
        };
        return Err(Reply::error(422, message));
    }
    if super::attach::holds(org, repo, key).is_some() {
        return Ok(());
    }
    let scanning = repo.security.get("secret_scanning").copied().unwrap_or(false);
    let known = [
        "secret_scanning",
        "secret_scanning_push_protection",
        "secret_scanning_non_provider_patterns",
        "secret_scanning_ai_detection",
        "secret_scanning_delegated_alert_dismissal",
        "secret_scanning_delegated_bypass",
        "advanced_security",
        "code_security",
    ];
    match key {
        "dependabot_security_updates" => super::security::set_fixes(ctx, spot, on)?,
        "secret_scanning" if !on => {
            // The parts do not outlive what they are parts of.
            ctx.repo_mut(spot)
                .security
                .iter_mut()
                .filter(|(k, _)| k.starts_with("secret_scanning"))
                .for_each(|(_, v)| *v = false);
        }
        _ if !known.contains(&key) => {
            return Err(Reply::error(422, &format!("Invalid request.\n\n\"{key}\" is not a permitted key.")));
        }
        part if part.starts_with("secret_scanning_") && on && !scanning && !ctx_enables_scanning(ctx) => {
            return Err(Reply::error(422, "Secret scanning must be enabled before this feature can be enabled."));
        }
        _ => {
            ctx.repo_mut(spot).security.insert(key.to_owned(), on);
        }
    }
    Ok(())
}

/// Whether the same request turns secret scanning on.
fn ctx_enables_scanning(ctx: &Ctx<'_>) -> bool {
    let block = ctx.body.get("security_and_analysis").and_then(|b| b.get("secret_scanning"));
    block.and_then(|b| b.get("status")) == Some(&json!("enabled"))
}

/// Answers a GET as it was observed; anything else is no route.
pub(super) fn observed(ctx: &Ctx<'_>, method: &str, spot: Spot, suffix: &str) -> Answer {
    let reading = ctx.repo(spot).rest.get(suffix).filter(|_| method == "GET").ok_or_else(|| ctx.no_route())?;
    let open = ["license", "codeowners/errors", "topics", "languages", "properties/values", "teams", "environments"];
    if !open.contains(&suffix) && !suffix.starts_with("rules/") {
        ctx.need(spot, "administration", Level::Read)?;
    }
    orgs::reply(ctx, reading)
}
