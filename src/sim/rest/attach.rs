//! Repositories under a code security configuration: attaching takes its time, and enforcing holds.

use serde_json::{Value, json};

use super::configurations::shape;
use super::pages::with_link;
use super::{Answer, Ctx, Reply, Spot, shapes};
use crate::sim::index::Order;
use crate::sim::token::Level;
use crate::sim::world::{Attachment, Configuration, Org, Repo};

/// Switches of `security_and_analysis` and the configuration's fields that set them.
const SECURITY: &[(&str, &str)] = &[
    ("secret_scanning", "secret_scanning"),
    ("secret_scanning_push_protection", "secret_scanning_push_protection"),
    ("secret_scanning_non_provider_patterns", "secret_scanning_non_provider_patterns"),
    ("secret_scanning_ai_detection", "secret_scanning_generic_secrets"),
    ("secret_scanning_delegated_bypass", "secret_scanning_delegated_bypass"),
    ("secret_scanning_delegated_alert_dismissal", "secret_scanning_delegated_alert_dismissal"),
];

/// Says what an enforced configuration holds a repository's switch at, if one does: a write to it is then taken and does nothing.
pub(super) fn holds(org: &Org, repo: &Repo, key: &str) -> Option<bool> {
    let attachment = repo.attachment.as_ref().filter(|a| a.status == "enforced")?;
    let configuration = org.configuration(attachment.configuration)?;
    let field = SECURITY.iter().find(|(switch, _)| *switch == key).map_or(key, |(_, field)| field);
    match configuration.get(field) {
        "enabled" => Some(true),
        "disabled" => Some(false),
        _ => None,
    }
}

/// Gives a repository what its configuration says. Where the paid product is missing, only what is free is turned on.
fn apply(repo: &mut Repo, configuration: &Configuration, bought: bool) {
    let wanted = |field: &str| match configuration.get(field) {
        "enabled" => Some(true),
        "disabled" => Some(false),
        _ => None,
    };
    if let Some(on) = wanted("private_vulnerability_reporting")
        && repo.visibility() == "public"
    {
        repo.pvr = on;
    }
    if let Some(on) = wanted("dependabot_alerts") {
        repo.alerts = on;
        repo.fixes &= on;
    }
    if let Some(on) = wanted("dependabot_security_updates") {
        repo.fixes = on && repo.alerts;
    }
    for (switch, field) in SECURITY {
        if let Some(on) = wanted(field)
            && (!on || bought || !repo.is_private())
        {
            // What was never on is off already: nothing is written down for it.
            if on || repo.security.contains_key(*switch) {
                repo.security.insert((*switch).to_owned(), on);
            }
        }
    }
}

/// Lets a repository that is on its way arrive, or come one read nearer.
fn tick(repo: &mut Repo, configuration: &Configuration, bought: bool) {
    let fails = repo.attach_fails;
    let Some(attachment) = repo.attachment.as_mut() else {
        return;
    };
    if !["attaching", "updating"].contains(&attachment.status.as_str()) {
        return;
    }
    if attachment.reads_left > 0 {
        attachment.reads_left -= 1;
        return;
    }
    let settled = match (fails, configuration.enforced()) {
        (true, _) => "failed",
        (false, true) => "enforced",
        (false, false) => "attached",
    };
    settled.clone_into(&mut attachment.status);
    if !fails {
        apply(repo, configuration, bought);
    }
}

/// Ticks every repository of a configuration once.
fn tick_all(ctx: &mut Ctx<'_>, o: usize, id: u64) {
    let org = &mut ctx.world.orgs[o];
    let Some(configuration) = org.configurations.iter().find(|c| c.id == id).cloned() else {
        return;
    };
    for repo in org.repos.iter_mut().filter(|r| r.attachment.as_ref().is_some_and(|a| a.configuration == id)) {
        tick(repo, &configuration, org.secret_scanning);
    }
}

/// `POST …/{id}/attach`
pub(super) fn attach(ctx: &mut Ctx<'_>, o: usize, id: u64) -> Answer {
    let scope = ctx.required("scope")?;
    let ids = ids(ctx)?;
    let attaching = |r: &Repo| r.attachment.as_ref().is_some_and(|a| a.status == "attaching" && a.configuration != id);
    let chosen = |r: &Repo| match scope.as_str() {
        "all" => true,
        "all_without_configurations" => r.attachment.is_none(),
        "public" => !r.is_private(),
        "private_or_internal" => r.is_private(),
        _ => ids.contains(&r.id),
    };
    match scope.as_str() {
        "all" | "all_without_configurations" | "public" | "private_or_internal" => {}
        "selected" if ids.is_empty() => {
            return Err(Reply::error(422, "selected_repository_ids is required for the scope \"selected\""));
        }
        "selected" => {
            let org = ctx.org(o);
            if let Some(unknown) = ids.iter().find(|id| org.number_index(**id).is_none()) {
                return Err(Reply::error(422, &format!("Repository {unknown} was not found in the organization")));
            }
        }
        other => {
            return Err(Reply::error(
                422,
                &format!("Invalid request.\n\nFor 'properties/scope', {other} is not a member of the list."),
            ));
        }
    }
    if ctx.org(o).repos.iter().any(|r| chosen(r) && attaching(r)) {
        return Err(Reply::error(409, "Another configuration is being attached to these repositories."));
    }
    let reads_left = ctx.world.attach_reads;
    for repo in ctx.world.orgs[o].repos.iter_mut().filter(|r| chosen(r) && !r.flag("archived")) {
        repo.attachment = Some(Attachment { configuration: id, status: "attaching".to_owned(), reads_left });
    }
    if reads_left == 0 {
        tick_all(ctx, o, id);
    }
    Ok(Reply::json(202, json!({})))
}

fn ids(ctx: &Ctx<'_>) -> Result<Vec<u64>, Reply> {
    match ctx.body.get("selected_repository_ids") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let number = |v: &Value| {
                v.as_u64().ok_or_else(|| Reply::error(422, "selected_repository_ids must be a list of numbers"))
            };
            items.iter().map(number).collect()
        }
        Some(_) => Err(Reply::error(422, "selected_repository_ids must be a list of numbers")),
    }
}

/// A changed configuration goes out again to everything under it.
pub(super) fn update(ctx: &mut Ctx<'_>, o: usize, id: u64) {
    let reads_left = ctx.world.attach_reads;
    for repo in ctx.world.orgs[o].repos.iter_mut().filter(|r| !r.flag("archived")) {
        if let Some(attachment) = repo.attachment.as_mut().filter(|a| a.configuration == id) {
            "updating".clone_into(&mut attachment.status);
            attachment.reads_left = reads_left;
        }
    }
    if reads_left == 0 {
        tick_all(ctx, o, id);
    }
}

/// `DELETE …/detach`
pub(super) fn detach(ctx: &mut Ctx<'_>, o: usize) -> Answer {
    let ids = ids(ctx)?;
    if ids.is_empty() || ids.len() > 250 {
        return Err(Reply::error(400, "selected_repository_ids must have between 1 and 250 items"));
    }
    let org = &mut ctx.world.orgs[o];
    let busy = |r: &Repo| ids.contains(&r.id) && r.attachment.as_ref().is_some_and(|a| a.status == "attaching");
    if org.repos.iter().any(busy) {
        return Err(Reply::error(409, "A configuration is being attached to these repositories."));
    }
    for repo in org.repos.iter_mut().filter(|r| ids.contains(&r.id)) {
        repo.attachment = None;
    }
    Ok(Reply::empty(204))
}

/// `GET …/{id}/repositories`: each read brings what is on its way one step nearer.
pub(super) fn repositories(ctx: &mut Ctx<'_>, o: usize, id: u64) -> Reply {
    let wanted: Vec<String> = ctx.param("status").unwrap_or("all").split(',').map(str::to_owned).collect();
    // Only the first page counts as a read: a long list is not several looks.
    if ctx.param("after").is_none() && ctx.param("before").is_none() {
        tick_all(ctx, o, id);
    }
    let org = ctx.org(o);
    let all = org.ordered(Order::Number);
    let listed = |r: &usize| {
        let repo = org.repos.get(*r)?;
        let attachment = repo.attachment.as_ref().filter(|a| a.configuration == id)?;
        wanted.iter().any(|w| w == "all" || *w == attachment.status).then_some((repo, attachment))
    };
    let number = |r: &usize| org.repos.get(*r).map_or(0, |repo| repo.id);
    let (page, link) = ctx.of_many(&all, number, listed);
    let list =
        page.iter().map(|(r, a)| json!({"status": a.status, "repository": shapes::simple_repo(&ctx.base, org, r)}));
    with_link(Reply::json(200, list.collect()), link)
}

/// `GET /repos/{owner}/{repo}/code-security-configuration`
pub(super) fn of_repo(ctx: &mut Ctx<'_>, spot: Spot) -> Answer {
    ctx.need(spot, "administration", Level::Read)?;
    let Some(id) = ctx.repo(spot).attachment.as_ref().map(|a| a.configuration) else {
        return Ok(Reply::empty(204));
    };
    tick_all(ctx, spot.o, id);
    let status = ctx.repo(spot).attachment.as_ref().map(|a| a.status.clone());
    let Some(configuration) = ctx.org(spot.o).configuration(id) else {
        return Ok(Reply::empty(204));
    };
    Ok(Reply::json(200, json!({"status": status, "configuration": shape(ctx, spot.o, configuration)})))
}
