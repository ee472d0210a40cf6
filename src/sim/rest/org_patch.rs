//! `PATCH /orgs/{org}`

use serde_json::json;

use super::{Answer, Ctx, Reply, orgs};
use crate::sim::token::Level;

const TEXTS: &[&str] = &[
    "billing_email",
    "company",
    "email",
    "twitter_username",
    "location",
    "name",
    "description",
    "blog",
    "secret_scanning_push_protection_custom_link",
];

const FLAGS: &[&str] = &[
    "has_organization_projects",
    "has_repository_projects",
    "members_can_create_repositories",
    "members_can_create_internal_repositories",
    "members_can_create_private_repositories",
    "members_can_create_public_repositories",
    "members_can_create_pages",
    "members_can_create_public_pages",
    "members_can_create_private_pages",
    "members_can_fork_private_repositories",
    "web_commit_signoff_required",
    "secret_scanning_push_protection_custom_link_enabled",
    "deploy_keys_enabled_for_repositories",
];

/// Changes what the body names; the rest stays.
pub(super) fn patch(ctx: &mut Ctx<'_>, o: usize) -> Answer {
    ctx.need_org(o, "organization_administration", Level::Write)?;
    let body = ctx.body.as_object().cloned().unwrap_or_default();
    let in_enterprise = ctx.org(o).fields.get("plan").and_then(|plan| plan.get("name")) == Some(&json!("enterprise"));
    for key in body.keys() {
        match key.as_str() {
            "members_can_create_internal_repositories" if ctx.flag(key)? == Some(true) && !in_enterprise => {
                let why = "Internal repositories are only available to organizations of an enterprise.";
                return Err(Reply::invalid("Organization", key, "invalid", Some(why)));
            }
            "default_repository_permission" => {
                let word = ctx.required(key)?;
                if !["read", "write", "admin", "none"].contains(&word.as_str()) {
                    return Err(Reply::invalid("Organization", key, "invalid", None));
                }
            }
            "description" if ctx.text(key)?.is_some_and(|text| text.chars().count() > 160) => {
                return Err(Reply::invalid(
                    "Organization",
                    key,
                    "invalid",
                    Some("is too long (maximum is 160 characters)"),
                ));
            }
            key if FLAGS.contains(&key) => drop(ctx.flag(key)?),
            key if TEXTS.contains(&key) => drop(ctx.text(key)?),
            key => return Err(Reply::error(422, &format!("Invalid request.\n\n\"{key}\" is not a permitted key."))),
        }
    }
    ctx.world.orgs[o].fields.extend(body);
    orgs::get(ctx, o)
}
