//! The organisation's teams as GitHub lists them, and who is in one: what several settings ask.
//!
//! `GET /orgs/{org}/teams` names every team with its parent; `GET /orgs/{org}/teams/{team_slug}/members` its people, with
//! those of child teams, which are `inherited`. `GET /orgs/{org}/teams/{team_slug}/repos` tells for one team the grants in all
//! repositories, with the names of custom roles; `GET /repos/{owner}/{repo}/teams` for one repository those of all teams.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use serde_json::Value;

use super::{
    people::{self, MEMBERS, People},
    permission,
};
use crate::{
    model::{Login, Permission, Reading},
    settings::{Context, Pending, RestRead},
};

/// All teams of the organisation that the token may see.
pub(super) fn all<'a>(cx: &Context<'a>) -> Result<Reading<&'a [Value]>, Pending> {
    Ok(people::list(cx.org_rest(RestRead::list("teams", MEMBERS))?, MEMBERS, "teams"))
}

/// The team with a slug.
pub(super) fn named<'a>(all: &'a [Value], slug: &str) -> Option<&'a Value> {
    all.iter().find(|team| self::slug(team).is_some_and(|known| known.eq_ignore_ascii_case(slug)))
}

/// The slug of a team.
pub(super) fn slug(team: &Value) -> Option<&str> {
    team.get("slug").and_then(Value::as_str)
}

/// The slug of its parent, if it has one.
pub(super) fn parent(team: &Value) -> Option<&str> {
    team.pointer("/parent/slug").and_then(Value::as_str)
}

/// The slugs of a team's parents, the nearest first.
pub(super) fn parents(all: &[Value], slug: &str) -> Vec<String> {
    let mut above = Vec::new();
    let mut next = named(all, slug).and_then(parent);
    while let Some(one) = next {
        let one = one.to_lowercase();
        // GitHub has no circles; an answer that has one ends here.
        if above.contains(&one) || one.eq_ignore_ascii_case(slug) {
            break;
        }
        next = named(all, &one).and_then(parent);
        above.push(one);
    }
    above
}

/// The people of a team itself: those with the role `member`, and the maintainers.
#[derive(Debug, Default, Clone)]
pub(super) struct Crew {
    pub(super) members: People,
    pub(super) maintainers: People,
}

/// Who is in a team itself; people of child teams are not.
pub(super) fn crew(cx: &Context<'_>, slug: &str) -> Result<Reading<Crew>, Pending> {
    let answer = cx.org_rest(RestRead::list(format!("teams/{slug}/members"), MEMBERS))?;
    let items = match people::list(answer, MEMBERS, "members of the team") {
        Reading::Known { known } => known,
        other => return Ok(other.map(|_| Crew::default())),
    };
    let own: Vec<&Value> = items.iter().filter(|item| item.get("inherited") != Some(&Value::Bool(true))).collect();
    let told = own.iter().all(|item| item.get("role").is_some_and(Value::is_string));
    let leads: Reading<People> = if told {
        let leads = |item: &&&Value| item.get("role").and_then(Value::as_str) == Some("maintainer");
        Reading::known(people::logins(own.iter().filter(leads).copied()))
    } else {
        // Older servers tell the role only by which list a person is in.
        let answer = cx.org_rest(RestRead::list(format!("teams/{slug}/members?role=maintainer"), MEMBERS))?;
        people::list(answer, MEMBERS, "maintainers of the team").map(people::logins)
    };
    Ok(leads.map(|leads| {
        let everybody = people::logins(own.iter().copied());
        let (maintainers, members) = everybody.into_iter().partition(|login| leads.contains(login));
        Crew { members, maintainers }
    }))
}

/// Why a change that takes something from a team takes it from the token's owner; `None` if the owner is not in it.
pub(super) fn takes_from_caller(cx: &Context<'_>, slug: &str) -> Result<Option<String>, Pending> {
    let (caller, answer) = (cx.viewer(), cx.org_rest(RestRead::list(format!("teams/{slug}/members"), MEMBERS)));
    let (caller, answer) = (caller?, answer?);
    let Some(caller) = caller.value() else { return Ok(None) };
    Ok(match people::list(answer, MEMBERS, "members of the team").value() {
        // Here people of child teams count: what the team loses they lose too.
        Some(items) => {
            let is_in = items.iter().filter_map(people::login).any(|login| login.as_str().eq_ignore_ascii_case(caller));
            is_in.then(|| "it takes your own access: you are in the team".to_owned())
        }
        None => Some("it may take your own access: who is in the team could not be read".to_owned()),
    })
}

/// Whether the token's owner is an owner of the organisation, and so keeps every access to its repositories.
pub(super) fn caller_owns(cx: &Context<'_>) -> Result<bool, Pending> {
    let (caller, owners) = (cx.viewer(), people::owners(cx));
    let (caller, owners) = (caller?, owners?);
    let caller = caller.value().and_then(|caller| Login::new(caller.as_str()).ok());
    let owners = owners.value().map(|owners| people::logins(*owners)).unwrap_or_default();
    Ok(caller.is_some_and(|caller| owners.contains(&caller)))
}

type Grants = BTreeMap<String, String>;

/// Where grants are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// From the list of each team, which all repositories share.
    Teams,
    /// From the list of the judged repository.
    Repository,
}

/// What a team itself has been given in the judged repository.
pub(super) fn grant(cx: &Context<'_>, slug: &str, source: Source) -> Result<Reading<Option<String>>, Pending> {
    match source {
        Source::Repository => Ok(of_repository(cx)?.map(|items| named(items, slug).and_then(permission::told))),
        Source::Teams => {
            let subject = cx.subject.ok_or(Pending)?;
            let id = cx.listing(subject)?.node_id.as_str();
            Ok(of_team(cx, slug)?.map(|grants| grants.get(id).cloned()))
        }
    }
}

/// The teams of the judged repository.
pub(super) fn of_repository<'a>(cx: &Context<'a>) -> Result<Reading<&'a [Value]>, Pending> {
    const READ: &str = "administration:read";
    Ok(people::list(cx.rest(RestRead::list("teams", READ))?, READ, "teams of the repository"))
}

/// The grants of a team by the identity of the repository.
pub(super) fn of_team(cx: &Context<'_>, slug: &str) -> Result<Reading<Rc<Grants>>, Pending> {
    let answer = cx.org_rest(RestRead::list(format!("teams/{slug}/repos"), MEMBERS))?;
    let items = answer.and_then(|body| match body.and_then(Value::as_array) {
        Some(items) => Reading::known(items),
        None => Reading::lacking("GitHub shows no repositories of the team", Permission::from(MEMBERS)),
    });
    Ok(items.map(|items| {
        let kept = cx.index("team_grants", RefCell::<BTreeMap<String, Rc<Grants>>>::default);
        let mut kept = kept.borrow_mut();
        kept.entry(slug.to_owned()).or_insert_with(|| Rc::new(items.iter().filter_map(one_grant).collect())).clone()
    }))
}

fn one_grant(item: &Value) -> Option<(String, String)> {
    Some((item.get("node_id")?.as_str()?.to_owned(), permission::told(item)?))
}
