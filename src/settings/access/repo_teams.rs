//! What teams may do in a repository.
//!
//! Read from `GET /orgs/{org}/teams/{team_slug}/repos`, once for each team that the policy names; just before and after a write
//! from `GET /repos/{owner}/{repo}/teams`. Written by `PUT` and `DELETE /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}`.

use serde_json::{Value, json};

use super::{
    permission,
    teams::{self, Source},
};
use crate::{
    model::{Action, Desired, Effect, Keyed, Kind, Login, Problem, Reading, Scope, Shape, Tightens},
    settings::{Context, Difference, Judgement, Meta, Outcome, Pending, Phase, RestWrite, Setting, Write},
};

static META: Meta = Meta {
    shape: Shape {
        key: "teams",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "team's slug", name: Kind::Text, prune: true }),
        kind: Kind::Text,
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check: check_permission,
    },
    title: "Teams of a repository",
    docs: "What a team may do in the repository: `pull`, `triage`, `push`, `maintain`, `admin`, or the name of a custom role. Teams are \
named by their slug, without regard to case.

Only the teams that the policy names are managed; with `prune = true` all others are taken from the repository, which is a deletion. \
Lowering and removing tightens, raising and adding loosens; what moves to or from a custom role loosens unless it ends at `pull` or \
begins at `admin`, since GitHub does not say how much such a role gives.

A child team inherits what its parents may do: where a parent gives more than the policy wants of the child, that is a violation that \
names the parent, and what is only inherited is never pruned. A team that does not exist is a violation; `[org.teams]` makes it. What \
people have in other ways (as owners, as collaborators, by the organisation's base permission) is not told here. A change that takes \
access from a team in which the token's owner is needs `--allow`, unless the owner is an owner of the organisation.",
    example: "[repo.teams]\nmaintainers = \"maintain\"\nsecurity-wg = \"triage\"\n",
    reads: &["members:read", "administration:read"],
    writes: &["administration:write", "members:read"],
    calls: &[("value", "PUT or DELETE /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}")],
    controls: &["OSPS AC-02.01", "OSPS GV-01.01", "OSPS GV-04.01", "OpenJS githubWriteAccessRoles", "OpenJS defineFunctionalRoles"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct RepoTeams;

impl Setting for RepoTeams {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let slug = desired.name.as_deref().unwrap_or_default().to_lowercase();
        let wanted = if desired.is_pruned() { None } else { desired.text("").map(permission::word) };
        Ok(vec![judge(&slug, wanted, cx)?.whole()])
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        existing(cx)
    }
}

/// Refuses a permission without letters.
pub(super) fn check_permission(value: &Value) -> Vec<Problem> {
    match value.as_str() {
        Some(text) if text.trim().is_empty() => vec![Problem {
            path: String::new(),
            message: "the permission is empty".to_owned(),
            help: Some(format!("write one of {}, or a custom role's name", permission::WORDS.join(", "))),
        }],
        _ => Vec::new(),
    }
}

/// Where to read the grants of teams that nobody named: every team's list, or every repository's, whichever are fewer.
fn source_of_all(cx: &Context<'_>, teams: usize) -> Source {
    if cx.is_alone() || teams > cx.org_observed.repos.len() { Source::Repository } else { Source::Teams }
}

/// The teams that have the repository, but for those that only inherit it.
fn existing(cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
    let (all, _) = (teams::all(cx), cx.viewer());
    let Reading::Known { known: all } = all? else { return Ok(teams::all(cx)?.map(|_| Vec::new())) };
    let source = source_of_all(cx, all.len());
    let slugs: Vec<String> = all.iter().filter_map(teams::slug).map(str::to_lowercase).collect();
    // All are asked for before the first is looked at.
    let grants: Vec<_> = slugs.iter().map(|slug| (slug, own_and_inherited(cx, all, slug, source))).collect();
    let mut names = Vec::new();
    for (slug, grant) in grants {
        match grant? {
            Reading::Known { known: Grant { own: Some(own), inherited } } => {
                if !inherited.is_some_and(|(_, parents)| permission::covers(&parents, &own)) {
                    names.push(slug.clone());
                }
            }
            Reading::Known { .. } => {}
            other => return Ok(other.map(|_| Vec::new())),
        }
    }
    Ok(Reading::known(names))
}

/// What a team has in the repository: what it was given itself, and the most that a parent passes on, with that parent.
struct Grant {
    own: Option<String>,
    inherited: Option<(String, String)>,
}

fn own_and_inherited(cx: &Context<'_>, all: &[Value], slug: &str, source: Source) -> Result<Reading<Grant>, Pending> {
    let parents = teams::parents(all, slug);
    let own = teams::grant(cx, slug, source);
    let above: Vec<_> = parents.iter().map(|parent| (parent, teams::grant(cx, parent, source))).collect();
    let mut inherited: Option<(String, String)> = None;
    for (parent, grant) in above {
        match grant? {
            Reading::Known { known: Some(grant) } => {
                if !inherited.as_ref().is_some_and(|(_, most)| permission::covers(most, &grant)) {
                    inherited = Some((parent.clone(), grant));
                }
            }
            Reading::Known { known: None } => {}
            other => return Ok(other.map(|_| Grant { own: None, inherited: None })),
        }
    }
    Ok(own?.map(|own| Grant { own, inherited }))
}

fn judge(slug: &str, wanted: Option<String>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let desired = json!(wanted);
    let (all, caller) = (teams::all(cx), cx.viewer());
    let all = match Outcome::known(all?) {
        Err(outcome) => return Ok(outcome),
        Ok(all) => all,
    };
    let is_there = Login::new(slug).is_ok() && teams::named(all, slug).is_some();
    if !is_there {
        if wanted.is_none() {
            return Ok(Outcome::Compliant { observed: json!(null), desired });
        }
        let message = format!(
            "the organisation has no team `{slug}` (or the token may not see it); make it, or declare it under `[org.teams]`"
        );
        return Ok(Outcome::Violation { message, observed: json!(null), desired });
    }
    let source = match &wanted {
        None => source_of_all(cx, all.len()),
        // Only the team's own list surely tells the name of a custom role.
        Some(wanted) if cx.is_alone() && permission::rank(wanted).is_some() => Source::Repository,
        Some(_) => Source::Teams,
    };
    let grant = own_and_inherited(cx, all, slug, source);
    caller?;
    let grant = match Outcome::known(grant?) {
        Err(outcome) => return Ok(outcome),
        Ok(grant) => grant,
    };
    match wanted {
        None => removed(slug, grant, cx),
        Some(wanted) => given(slug, grant, &wanted, cx),
    }
}

fn path(slug: &str, cx: &Context<'_>) -> Result<String, Pending> {
    let repo = cx.repo_ref()?;
    Ok(cx.org_path(&format!("teams/{slug}/repos/{}/{}", repo.org, repo.name)))
}

fn removed(slug: &str, grant: Grant, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let inherited = grant.inherited.map(|(_, inherited)| inherited);
    let own = grant.own.filter(|own| !inherited.as_ref().is_some_and(|inherited| permission::covers(inherited, own)));
    let Some(own) = own else {
        return Ok(Outcome::Compliant { observed: json!(inherited), desired: json!(null) });
    };
    Ok(Outcome::Differs(Box::new(Difference {
        before: json!(own),
        after: json!(inherited),
        action: Action::Delete,
        effect: Effect::Tightening,
        deletes: true,
        moves: Vec::new(),
        writes: vec![Write::Rest(RestWrite::bare("DELETE", path(slug, cx)?))],
        restricted: restricted(slug, cx)?,
    })))
}

fn given(slug: &str, grant: Grant, wanted: &str, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let parents = grant.inherited.as_ref().map(|(_, inherited)| inherited.clone());
    let observed = permission::greater(grant.own, parents);
    if observed.as_deref().is_some_and(|observed| permission::same(observed, wanted)) {
        return Ok(Outcome::Compliant { observed: json!(observed), desired: json!(wanted) });
    }
    if let Some((parent, inherited)) = &grant.inherited
        && permission::covers(inherited, wanted)
    {
        let message = format!(
            "the team inherits `{inherited}` from its parent team `{parent}`; what a parent gives can only be lowered there"
        );
        return Ok(Outcome::Violation { message, observed: json!(observed), desired: json!(wanted) });
    }
    let effect = permission::effect(observed.as_deref(), Some(wanted));
    let write = Write::Rest(RestWrite::with_body("PUT", path(slug, cx)?, json!({"permission": wanted})));
    let mut difference = Difference::update(json!(observed), json!(wanted), effect, write);
    if observed.is_none() {
        difference.action = Action::Create;
    }
    if effect == Effect::Tightening {
        difference.restricted = restricted(slug, cx)?;
    }
    Ok(Outcome::Differs(difference))
}

/// An owner keeps everything, whatever a team loses.
fn restricted(slug: &str, cx: &Context<'_>) -> Result<Option<String>, Pending> {
    let (owns, takes) = (teams::caller_owns(cx), teams::takes_from_caller(cx, slug));
    let (owns, takes) = (owns?, takes?);
    Ok(takes.filter(|_| !owns))
}

#[cfg(test)]
#[path = "repo_teams_tests.rs"]
mod tests;
