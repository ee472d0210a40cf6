//! What single people may do in a repository, beside what they have through teams.
//!
//! Read in bulk from GraphQL's `collaborators(affiliation: DIRECT)`, whose edges tell each source of an access and so the one that
//! is the person's own: REST's `role_name` is the greatest of all sources. `GET /repos/{owner}/{repo}/invitations` is asked only
//! where somebody wanted is missing. Written by `PUT` and `DELETE /repos/{owner}/{repo}/collaborators/{username}`, and `PATCH` and
//! `DELETE /repos/{owner}/{repo}/invitations/{invitation_id}`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{people, permission, repo_teams::check_permission};
use crate::{
    model::{Action, Desired, Effect, Keyed, Kind, Login, Permission, Reading, Scope, Shape, Tightens},
    settings::{
        Context, Difference, GraphqlField, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting,
        Write,
    },
};

const READ: &str = "administration:read";

const DIRECT: GraphqlField = GraphqlField {
    key: "directCollaborators",
    selection: "directCollaborators: collaborators(affiliation: DIRECT, first: 100) { totalCount edges { permission node { login } \
                permissionSources { roleName permission source { __typename } } } }",
    permission: Some(READ),
};

static META: Meta = Meta {
    shape: Shape {
        key: "collaborators",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "login", name: Kind::Text, prune: true }),
        kind: Kind::Text,
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check: check_permission,
    },
    title: "Collaborators",
    docs: "What a person may do in the repository by a grant of their own: `pull`, `triage`, `push`, `maintain`, `admin`, or the name of \
a custom role. Logins are compared without case. Accesses through teams, the organisation's base permission or ownership are others and \
are neither judged nor touched.

Only the people whom the policy names are managed; with `prune = true` all others with a grant of their own are removed, and open \
invitations of others are withdrawn: both are deletions. Lowering and removing tightens, raising and adding loosens.

Somebody who is no member of the organisation is invited, and has no access before accepting. An open invitation with the wanted \
permission is never sent again: until it is accepted it is a *violation* that says so, since the policy does not hold yet and there is \
nothing to write; with another permission it is changed; one that has expired is sent anew. A login that nobody has is a violation. \
Removing somebody deletes their private forks, takes their assignments and withdraws the invitations that they sent. Taking away or \
lowering the access of the token's owner needs `--allow`.",
    example: "[repo.collaborators]\noctocat = \"triage\"\n",
    reads: &[READ],
    writes: &["administration:write"],
    calls: &[(
        "value",
        "PUT or DELETE /repos/{owner}/{repo}/collaborators/{username}, PATCH or DELETE /repos/{owner}/{repo}/invitations/{invitation_id}",
    )],
    controls: &["OSPS AC-02.01", "OSPS GV-01.01", "OSPS GV-04.01", "OpenJS githubWriteAccessRoles", "OpenJS limitRepoAdmins"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Collaborators;

impl Setting for Collaborators {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let name = desired.name.as_deref().unwrap_or_default();
        let wanted = if desired.is_pruned() { None } else { desired.text("").map(permission::word) };
        let Ok(login) = Login::new(name) else {
            let message = format!("`{name}` is no login: a login has letters, digits and `-` only");
            let (observed, desired) = (json!(null), json!(wanted));
            return Ok(vec![Outcome::Violation { message, observed, desired }.whole()]);
        };
        Ok(vec![judge(&login, wanted, cx)?.whole()])
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        let (direct, invitations, caller) = (direct(cx), invitations(cx), cx.viewer());
        let (direct, invitations, _) = (direct?, invitations?, caller?);
        Ok(direct.and_then(|direct| {
            invitations.map(|invitations| {
                let mut names: Vec<String> = direct.keys().map(Login::to_string).collect();
                let invited = invitations.iter().map(|one| one.login.to_string());
                names.extend(
                    invited.filter(|name| !direct.keys().any(|login| login.as_str().eq_ignore_ascii_case(name))),
                );
                names
            })
        }))
    }
}

/// The people who have a grant of their own, and which.
fn direct(cx: &Context<'_>) -> Result<Reading<BTreeMap<Login, String>>, Pending> {
    match cx.graphql(DIRECT)? {
        Reading::Known { known } if known.is_null() => {
            Ok(Reading::lacking("GitHub shows no collaborators", Permission::from(READ)))
        }
        Reading::Known { known } => match of_edges(known) {
            Some(direct) => Ok(Reading::known(direct)),
            // More than a page: the whole list by REST.
            None => by_rest(cx),
        },
        // A server whose GraphQL does not have the field.
        Reading::Unknown { permission: None, .. } => by_rest(cx),
        other => Ok(other.map(|_| BTreeMap::new())),
    }
}

/// The grants of all edges; `None` where they are not all there.
fn of_edges(connection: &Value) -> Option<BTreeMap<Login, String>> {
    let edges = connection.get("edges")?.as_array()?;
    let total = connection.get("totalCount")?.as_u64()?;
    if edges.len() as u64 != total {
        return None;
    }
    Some(edges.iter().filter_map(|edge| Some((people::login(edge.get("node")?)?, of_edge(edge)?))).collect())
}

/// What the person has by a grant of their own; `None` if all their access comes from elsewhere.
fn of_edge(edge: &Value) -> Option<String> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(permission::word);
    let Some(sources) = edge.get("permissionSources").and_then(Value::as_array) else {
        // Without the sources it is the greatest of all, which is at least no less.
        return text(edge, "permission");
    };
    let own = |source: &&Value| source.pointer("/source/__typename").and_then(Value::as_str) == Some("Repository");
    sources.iter().filter(own).find_map(|source| text(source, "roleName").or_else(|| text(source, "permission")))
}

fn by_rest(cx: &Context<'_>) -> Result<Reading<BTreeMap<Login, String>>, Pending> {
    let answer = cx.rest(RestRead::list("collaborators?affiliation=direct", READ))?;
    Ok(people::list(answer, READ, "collaborators")
        .map(|items| items.iter().filter_map(|item| Some((people::login(item)?, permission::told(item)?))).collect()))
}

/// An invitation to the repository.
struct Invitation {
    id: u64,
    login: Login,
    permission: String,
    expired: bool,
}

fn invitations(cx: &Context<'_>) -> Result<Reading<Vec<Invitation>>, Pending> {
    let answer = cx.rest(RestRead::list("invitations", READ))?;
    Ok(people::list(answer, READ, "invitations").map(|items| items.iter().filter_map(invitation).collect()))
}

fn invitation(item: &Value) -> Option<Invitation> {
    Some(Invitation {
        id: item.get("id")?.as_u64()?,
        login: people::login(item.get("invitee")?)?,
        permission: permission::word(item.get("permissions")?.as_str()?),
        expired: item.get("expired").and_then(Value::as_bool) == Some(true),
    })
}

fn judge(login: &Login, wanted: Option<String>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let (direct, caller) = (direct(cx), cx.viewer());
    let (direct, _) = (direct?, caller?);
    let held = match Outcome::known(direct) {
        Err(outcome) => return Ok(outcome),
        Ok(direct) => direct.get(login).cloned(),
    };
    match (held, wanted) {
        (Some(held), Some(wanted)) if permission::same(&held, &wanted) => {
            Ok(Outcome::Compliant { observed: json!(held), desired: json!(wanted) })
        }
        (Some(held), Some(wanted)) => {
            let effect = permission::effect(Some(&held), Some(&wanted));
            let write = put(login, &wanted, cx)?;
            let mut difference = Difference::update(json!(held), json!(wanted), effect, write);
            if effect == Effect::Tightening {
                difference.restricted = restricted(login, cx)?;
            }
            Ok(Outcome::Differs(difference))
        }
        (Some(held), None) => {
            let path = cx.repo_path(&format!("collaborators/{login}"))?;
            let restricted = restricted(login, cx)?;
            Ok(gone(&held, Write::Rest(RestWrite::bare("DELETE", path)), restricted))
        }
        (None, wanted) => uninvited_or_invited(login, wanted, cx),
    }
}

/// Somebody without a grant: invited, or to be.
fn uninvited_or_invited(login: &Login, wanted: Option<String>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let open = match Outcome::known(invitations(cx)?) {
        Err(outcome) => return Ok(outcome),
        Ok(all) => all.into_iter().find(|one| one.login == *login),
    };
    match (open, wanted) {
        (None, None) => Ok(Outcome::Compliant { observed: json!(null), desired: json!(null) }),
        (Some(open), None) => {
            let path = cx.repo_path(&format!("invitations/{}", open.id))?;
            Ok(gone(&open.permission, Write::Rest(RestWrite::bare("DELETE", path)), None))
        }
        (Some(open), Some(wanted)) if !open.expired => invited(&open, &wanted, cx),
        (expired, Some(wanted)) => invite(login, expired.map(|one| one.id), &wanted, cx),
    }
}

/// The removal of an access or an invitation.
fn gone(held: &str, write: Write, restricted: Option<String>) -> Outcome {
    Outcome::Differs(Box::new(Difference {
        before: json!(held),
        after: json!(null),
        action: Action::Delete,
        effect: Effect::Tightening,
        deletes: true,
        moves: Vec::new(),
        writes: vec![write],
        restricted,
    }))
}

/// An invitation is open: as wanted, so that there is nothing to do but wait, or to be changed.
fn invited(open: &Invitation, wanted: &str, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let (observed, desired) = (json!(open.permission), json!(wanted));
    if permission::same(&open.permission, wanted) {
        let message = format!("@{} was invited with `{wanted}` and has not accepted yet", open.login);
        return Ok(Outcome::Violation { message, observed, desired });
    }
    let path = cx.repo_path(&format!("invitations/{}", open.id))?;
    let effect = permission::effect(Some(&open.permission), Some(wanted));
    let writes = match permission::of_invitation(wanted) {
        Some(word) => vec![Write::Rest(RestWrite::with_body("PATCH", path, json!({"permissions": word})))],
        // GitHub changes invitations to its own permissions only.
        None => vec![Write::Rest(RestWrite::bare("DELETE", path)), put(&open.login, wanted, cx)?],
    };
    let first = Difference { before: observed, after: desired, effect, writes, ..empty_update() };
    Ok(Outcome::Differs(Box::new(first)))
}

const fn empty_update() -> Difference {
    Difference {
        before: Value::Null,
        after: Value::Null,
        action: Action::Update,
        effect: Effect::Loosening,
        deletes: false,
        moves: Vec::new(),
        writes: Vec::new(),
        restricted: None,
    }
}

/// Nobody has been invited, or the invitation has expired.
fn invite(login: &Login, expired: Option<u64>, wanted: &str, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let resolved = match people::resolve(cx, &[login.clone()].into())? {
        Err(outcome) => return Ok(outcome),
        Ok(resolved) => resolved,
    };
    if !resolved.nobody.is_empty() {
        let message = people::unknown_people(&resolved.nobody);
        return Ok(Outcome::Violation { message, observed: json!(null), desired: json!(wanted) });
    }
    let mut writes = Vec::new();
    if let Some(id) = expired {
        writes.push(Write::Rest(RestWrite::bare("DELETE", cx.repo_path(&format!("invitations/{id}"))?)));
    }
    writes.push(put(login, wanted, cx)?);
    let difference = Difference { after: json!(wanted), action: Action::Create, writes, ..empty_update() };
    Ok(Outcome::Differs(Box::new(difference)))
}

fn put(login: &Login, wanted: &str, cx: &Context<'_>) -> Result<Write, Pending> {
    let path = cx.repo_path(&format!("collaborators/{login}"))?;
    Ok(Write::Rest(RestWrite::with_body("PUT", path, json!({"permission": wanted}))))
}

fn restricted(login: &Login, cx: &Context<'_>) -> Result<Option<String>, Pending> {
    Ok(people::is_caller(cx, login.as_str())?.then(|| "it takes your own access".to_owned()))
}

#[cfg(test)]
#[path = "collaborators_tests.rs"]
mod tests;
