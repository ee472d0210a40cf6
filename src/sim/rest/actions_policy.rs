//! What may run in GitHub Actions: the documents below `actions/permissions`, of a repository as its organisation bounds it.
//!
//! As GitHub does: a repository cannot be laxer than its organisation (409), what is selected is shown and taken only while
//! `allowed_actions` is `selected` (409), while Actions is off nothing is said of what may run, and a PUT puts back to its
//! default what it does not name.

use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, documents::Document, orgs, place::Place};
use crate::sim::token::Level;

const PERMISSIONS: &str = "actions/permissions";
const WORKFLOW: &str = "actions/permissions/workflow";
const SELECTED: &str = "actions/permissions/selected-actions";

/// From the laxest to the strictest.
const ALLOWED: [&str; 3] = ["all", "selected", "local_only"];

const fn document(
    suffix: &'static str,
    permission: &'static str,
    default: fn(&Ctx<'_>, Place) -> Value,
    replaces: bool,
    check: fn(&Ctx<'_>, Place) -> Result<(), Reply>,
) -> Document {
    Document { suffix, permission, default, method: "PUT", replaces, status: 204, check }
}

const REPO: &str = "administration";
const ORG: &str = "organization_administration";
const FORKS: &str = "actions/permissions/fork-pr-contributor-approval";
const RETENTION: &str = "actions/permissions/artifact-and-log-retention";
const PRIVATE_FORKS: &str = "actions/permissions/fork-pr-workflows-private-repos";

/// The simple ones of a repository.
pub(super) static OF_REPOSITORY: &[Document] = &[
    document(SELECTED, REPO, nothing_selected, true, only_selected),
    document(FORKS, REPO, first_timers, true, only_public),
    document(RETENTION, REPO, ninety_days, false, few_days),
    document("actions/permissions/access", REPO, |_, _| json!({"access_level": "none"}), true, only_private),
    document(PRIVATE_FORKS, REPO, no_private_forks, true, of_private_forks),
];

/// The simple ones of an organisation.
pub(super) static OF_ORGANISATION: &[Document] = &[
    document(SELECTED, ORG, nothing_selected, true, only_selected),
    document(WORKFLOW, ORG, careful_workflows, true, |_, _| Ok(())),
    document(FORKS, ORG, first_timers, true, known_approval),
    document(RETENTION, ORG, ninety_days, false, few_days),
    document(PRIVATE_FORKS, ORG, no_private_forks, true, of_private_forks),
    document(
        "actions/permissions/self-hosted-runners",
        ORG,
        |_, _| json!({"enabled_repositories": "all"}),
        true,
        |ctx, _| one_of(ctx, "enabled_repositories", &["all", "selected", "none"]),
    ),
];

fn nothing_selected(_: &Ctx<'_>, _: Place) -> Value {
    json!({"github_owned_allowed": false, "verified_allowed": false, "patterns_allowed": []})
}

fn careful_workflows(_: &Ctx<'_>, _: Place) -> Value {
    json!({"default_workflow_permissions": "read", "can_approve_pull_request_reviews": false})
}

fn first_timers(_: &Ctx<'_>, _: Place) -> Value {
    json!({"approval_policy": "first_time_contributors"})
}

fn ninety_days(ctx: &Ctx<'_>, place: Place) -> Value {
    let private = matches!(place, Place::Repo(spot) if ctx.repo(spot).is_private());
    json!({"days": 90, "maximum_allowed_days": if private { 400 } else { 90 }})
}

fn no_private_forks(_: &Ctx<'_>, _: Place) -> Value {
    json!({
        "run_workflows_from_fork_pull_requests": false, "send_write_tokens_to_workflows": false,
        "send_secrets_and_variables": false, "require_approval_for_fork_pr_workflows": true,
    })
}

fn of_private_forks(ctx: &Ctx<'_>, place: Place) -> Result<(), Reply> {
    if matches!(place, Place::Repo(spot) if !ctx.repo(spot).is_private()) {
        return Err(Reply::not_found());
    }
    let said = ctx.flag("run_workflows_from_fork_pull_requests")?;
    if said.is_none() && ctx.method == "PUT" {
        let why = "Invalid request.\n\n\"run_workflows_from_fork_pull_requests\" wasn't supplied.";
        return Err(Reply::error(422, why));
    }
    Ok(())
}

/// Refuses a word that GitHub does not know.
fn one_of(ctx: &Ctx<'_>, key: &str, words: &[&str]) -> Result<(), Reply> {
    match ctx.text(key)? {
        Some(word) if !words.contains(&word.as_str()) => {
            Err(Reply::error(422, &format!("Invalid request.\n\n{word} is not a possible value of {key}.")))
        }
        None if ctx.method == "PUT" => {
            Err(Reply::error(422, &format!("Invalid request.\n\n\"{key}\" wasn't supplied.")))
        }
        _ => Ok(()),
    }
}

fn known_approval(ctx: &Ctx<'_>, _: Place) -> Result<(), Reply> {
    let words = ["first_time_contributors_new_to_github", "first_time_contributors", "all_external_contributors"];
    one_of(ctx, "approval_policy", &words)
}

fn only_public(ctx: &Ctx<'_>, place: Place) -> Result<(), Reply> {
    match place {
        Place::Repo(spot) if ctx.repo(spot).is_private() => Err(Reply::not_found()),
        _ => known_approval(ctx, place),
    }
}

fn only_private(ctx: &Ctx<'_>, place: Place) -> Result<(), Reply> {
    match place {
        Place::Repo(spot) if !ctx.repo(spot).is_private() => {
            Err(Reply::error(422, "Access policy only applies to internal and private repositories."))
        }
        _ => one_of(ctx, "access_level", &["none", "user", "organization"]),
    }
}

fn few_days(ctx: &Ctx<'_>, place: Place) -> Result<(), Reply> {
    let known = |key: &str| place.known(ctx, RETENTION).and_then(|set| set.get(key)).and_then(Value::as_i64);
    let default = ninety_days(ctx, place).get("maximum_allowed_days").and_then(Value::as_i64);
    let most = known("maximum_allowed_days").or(default).unwrap_or(90);
    match ctx.body.get("days").map(Value::as_i64) {
        Some(Some(days)) if (1..=most).contains(&days) => Ok(()),
        None if ctx.method == "GET" => Ok(()),
        _ => Err(Reply::error(422, &format!("The retention period must be between 1 and {most} days."))),
    }
}

/// What is selected is there only while something is; a repository cannot select otherwise than its organisation.
fn only_selected(ctx: &Ctx<'_>, place: Place) -> Result<(), Reply> {
    let permissions = match place {
        Place::Repo(spot) => of_repository(ctx, spot),
        Place::Org(o) => of_organisation(ctx, o),
    };
    if permissions.get("allowed_actions") != Some(&json!("selected")) {
        return Err(Reply::error(409, "Allowed actions are not restricted to selected actions."));
    }
    match place {
        Place::Repo(spot) if ctx.method == "PUT" && bound(ctx, spot, "allowed_actions") == json!("selected") => {
            Err(Reply::error(409, "Selected actions are already set at the organization level."))
        }
        _ => Ok(()),
    }
}

/// The document as it was set, over what is so where nobody set it.
fn set(ctx: &Ctx<'_>, place: Place, suffix: &str, mut default: Value) -> Value {
    if let (Some(default), Some(Value::Object(known))) = (default.as_object_mut(), place.known(ctx, suffix)) {
        default.extend(known.clone());
    }
    default
}

fn open(place: Place) -> Value {
    match place {
        Place::Repo(_) => json!({"enabled": true, "allowed_actions": "all", "sha_pinning_required": false}),
        Place::Org(_) => {
            json!({"enabled_repositories": "all", "allowed_actions": "all", "sha_pinning_required": false})
        }
    }
}

fn of_organisation(ctx: &Ctx<'_>, o: usize) -> Value {
    set(ctx, Place::Org(o), PERMISSIONS, open(Place::Org(o)))
}

/// What the organisation says of a field.
fn bound(ctx: &Ctx<'_>, spot: Spot, field: &str) -> Value {
    of_organisation(ctx, spot.o).get(field).cloned().unwrap_or_default()
}

fn place_of(word: &Value) -> usize {
    ALLOWED.iter().position(|known| word.as_str() == Some(known)).unwrap_or_default()
}

/// Whether the organisation lets the repository use Actions at all.
fn is_admitted(ctx: &Ctx<'_>, spot: Spot) -> bool {
    match bound(ctx, spot, "enabled_repositories").as_str() {
        Some("none") => false,
        Some("selected") => super::chosen::has(ctx, spot.o, "actions/permissions/repositories", ctx.repo(spot).id),
        _ => true,
    }
}

/// What holds in a repository: its own word, within the organisation's.
fn of_repository(ctx: &Ctx<'_>, spot: Spot) -> Value {
    let mut own = set(ctx, Place::Repo(spot), PERMISSIONS, open(Place::Repo(spot)));
    let allowed = bound(ctx, spot, "allowed_actions");
    if place_of(&allowed) > place_of(&own["allowed_actions"]) {
        own["allowed_actions"] = allowed;
    }
    if bound(ctx, spot, "sha_pinning_required") == json!(true) {
        own["sha_pinning_required"] = json!(true);
    }
    if own.get("enabled") == Some(&json!(false)) || !is_admitted(ctx, spot) {
        return json!({"enabled": false});
    }
    own
}

/// `GET` and `PUT …/actions/permissions`.
pub(super) fn permissions(ctx: &mut Ctx<'_>, method: &str, place: Place) -> Answer {
    let permission = if matches!(place, Place::Repo(_)) { REPO } else { ORG };
    place.need(ctx, permission, if method == "GET" { Level::Read } else { Level::Write })?;
    if method == "GET" {
        return refused(ctx, place, PERMISSIONS).unwrap_or_else(|| {
            let mut document = match place {
                Place::Repo(spot) => of_repository(ctx, spot),
                Place::Org(o) => of_organisation(ctx, o),
            };
            let is_off = document.get("enabled_repositories") == Some(&json!("none"));
            if let (Some(object), true) = (document.as_object_mut(), is_off) {
                object.retain(|key, _| key == "enabled_repositories");
            }
            Ok(Reply::json(200, document))
        });
    }
    one_of_if_there(ctx, "allowed_actions", &ALLOWED)?;
    ctx.flag("sha_pinning_required")?;
    let asked = |key: &str| ctx.body.get(key).cloned().unwrap_or_default();
    match place {
        Place::Org(_) => one_of(ctx, "enabled_repositories", &["all", "selected", "none"])?,
        Place::Repo(spot) => {
            let on = ctx
                .flag("enabled")?
                .ok_or_else(|| Reply::error(422, "Invalid request.\n\n\"enabled\" wasn't supplied."))?;
            let laxer = on
                && place_of(&asked("allowed_actions")) < place_of(&bound(ctx, spot, "allowed_actions"))
                && !asked("allowed_actions").is_null();
            let unpinned = asked("sha_pinning_required") == json!(false)
                && bound(ctx, spot, "sha_pinning_required") == json!(true);
            if laxer || unpinned || (on && !is_admitted(ctx, spot)) {
                return Err(Reply::error(409, "Actions permissions are restricted by the organization."));
            }
        }
    }
    let mut document = open(place);
    if let (Some(document), Some(body)) = (document.as_object_mut(), ctx.body.as_object()) {
        document.extend(body.clone());
    }
    place.keep(ctx, PERMISSIONS, document);
    Ok(Reply::empty(204))
}

fn one_of_if_there(ctx: &Ctx<'_>, key: &str, words: &[&str]) -> Result<(), Reply> {
    if ctx.body.get(key).is_some() { one_of(ctx, key, words) } else { Ok(()) }
}

/// The refusal that a state has in place of a value.
fn refused(ctx: &Ctx<'_>, place: Place, suffix: &str) -> Option<Answer> {
    let reading = place.readings(ctx).get(suffix).filter(|reading| reading.get("known").is_none())?;
    Some(orgs::reply(ctx, reading))
}

/// `GET` and `PUT /repos/{owner}/{repo}/actions/permissions/workflow`: the organisation's word is the default and the bound.
pub(super) fn workflow(ctx: &mut Ctx<'_>, method: &str, spot: Spot) -> Answer {
    let place = Place::Repo(spot);
    let org = set(ctx, Place::Org(spot.o), WORKFLOW, careful_workflows(ctx, place));
    let (restricted, unapproved) = (
        org.get("default_workflow_permissions") == Some(&json!("read")),
        org.get("can_approve_pull_request_reviews") == Some(&json!(false)),
    );
    if method == "GET" {
        ctx.need(spot, REPO, Level::Read)?;
        if let Some(refusal) = refused(ctx, place, WORKFLOW) {
            return refusal;
        }
        let mut own = set(ctx, place, WORKFLOW, org);
        if restricted {
            own["default_workflow_permissions"] = json!("read");
        }
        return Ok(Reply::json(200, own));
    }
    ctx.need(spot, REPO, Level::Write)?;
    one_of_if_there(ctx, "default_workflow_permissions", &["read", "write"])?;
    let writes = ctx.text("default_workflow_permissions")?.as_deref() == Some("write");
    if (restricted && writes) || (unapproved && ctx.flag("can_approve_pull_request_reviews")? == Some(true)) {
        return Err(Reply::error(409, "The organization does not allow this setting."));
    }
    let mut document = careful_workflows(ctx, place);
    if let (Some(document), Some(body)) = (document.as_object_mut(), ctx.body.as_object()) {
        document.extend(body.clone());
    }
    place.keep(ctx, WORKFLOW, document);
    Ok(Reply::empty(204))
}
