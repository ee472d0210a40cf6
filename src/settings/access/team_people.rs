//! Who is in a team: its members and its maintainers, each list a part of the team that is judged by itself.

use serde_json::json;

use super::{
    people::{self, MEMBERS, People, wanted},
    roll::{Change, Roll},
    teams::{self, Crew},
};
use crate::{
    model::{Desired, Login, Reading},
    settings::{Context, Judgement, Outcome, Pending, RestRead, RestWrite, Write},
};

const PARTS: [&str; 2] = ["maintainers", "members"];

/// The lists that the policy gives; `None` where it leaves one alone.
struct Lists {
    members: Option<People>,
    maintainers: Option<People>,
}

/// Judges the lists that the policy gives.
pub(super) fn judge(desired: &Desired, slug: &str, exists: bool, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
    let list = |part: &str| desired.value(part).map(|_| wanted(&desired.texts(part)));
    let lists = Lists { members: list("members"), maintainers: list("maintainers") };
    if lists.members.is_none() && lists.maintainers.is_none() {
        return Ok(Vec::new());
    }
    let crew = if exists { teams::crew(cx, slug) } else { Ok(Reading::known(Crew::default())) };
    let owners = people::owners(cx);
    let (crew, owners) = (crew?, owners?);
    let (crew, owners) = match Outcome::known(crew.and_then(|crew| owners.map(|owners| (crew, people::logins(owners)))))
    {
        Err(outcome) => {
            let parts = PARTS.into_iter().filter(|part| desired.declares(part));
            return Ok(parts.map(|part| outcome.clone().of_part(part)).collect());
        }
        Ok(known) => known,
    };
    let judged: Vec<_> = PARTS
        .into_iter()
        .filter(|part| desired.declares(part))
        .map(|part| (part, one(part, &lists, &crew, &owners, (slug, exists), cx)))
        .collect();
    judged.into_iter().map(|(part, outcome)| Ok(outcome?.of_part(part))).collect()
}

/// The people who count as being on a list, and those who are taken off it, with how.
fn sides(part: &str, lists: &Lists, crew: &Crew, owners: &People) -> (People, People) {
    let empty = People::new();
    let (members, maintainers) = (lists.members.as_ref(), lists.maintainers.as_ref());
    let (wish_m, wish_x) = (members.unwrap_or(&empty), maintainers.unwrap_or(&empty));
    // Owners maintain every team they are in: one that is listed as a member is where the policy wants them.
    let as_member = |login: &Login| wish_m.contains(login) && owners.contains(login);
    let observed: People = if part == "members" {
        let plain = crew.members.iter().filter(|login| !wish_x.contains(*login));
        plain.chain(crew.maintainers.iter().filter(|login| as_member(login))).cloned().collect()
    } else {
        // Who is to be a member is moved by the other list; an owner cannot be made one.
        let stays = |login: &&Login| wish_x.contains(*login) || members.is_some() || !owners.contains(*login);
        crew.maintainers.iter().filter(|login| !wish_m.contains(*login)).filter(stays).cloned().collect()
    };
    let wish = if part == "members" { wish_m } else { wish_x };
    let gone = observed.difference(wish).cloned().collect();
    (observed, gone)
}

fn one(
    part: &'static str,
    lists: &Lists,
    crew: &Crew,
    owners: &People,
    (slug, exists): (&str, bool),
    cx: &Context<'_>,
) -> Result<Outcome, Pending> {
    let (observed, remove) = sides(part, lists, crew, owners);
    let wanted = if part == "members" { &lists.members } else { &lists.maintainers }.clone().unwrap_or_default();
    // Who maintains the team and becomes a member of it may do less.
    let lowered = if part == "members" { crew.maintainers.clone() } else { People::new() };
    let mut roll = Roll { wanted, observed, lowered, remove, ..Roll::default() };
    let missing = roll.missing();
    if !missing.is_empty() {
        let in_team = |login: &Login| crew.members.contains(login) || crew.maintainers.contains(login);
        let strangers: People = missing.iter().filter(|login| !in_team(login)).cloned().collect();
        let (resolved, open) =
            (people::resolve(cx, &strangers), invitations(slug, exists && !strangers.is_empty(), cx));
        let (resolved, open) = (resolved?, open?);
        let (resolved, open) = match (resolved, Outcome::known(open)) {
            (Err(outcome), _) | (_, Err(outcome)) => return Ok(outcome),
            (Ok(resolved), Ok(open)) => (resolved, open),
        };
        roll.invited = missing.intersection(&open).cloned().collect();
        roll.nobody = resolved.nobody;
        roll.add = resolved.there.union(&missing).filter(|login| !roll.nobody.contains(*login)).cloned().collect();
        roll.add.retain(|login| !roll.invited.contains(login));
    }
    let change = change(part, &roll, (lists, crew), slug, cx)?;
    Ok(roll.outcome(change))
}

/// The people with an open invitation to the team.
fn invitations(slug: &str, asked: bool, cx: &Context<'_>) -> Result<Reading<People>, Pending> {
    if !asked {
        return Ok(Reading::known(People::new()));
    }
    let answer = cx.org_rest(RestRead::list(format!("teams/{slug}/invitations"), MEMBERS))?;
    // Enterprise Server has no invitations: there people are added at once.
    Ok(answer.map(|body| body.and_then(|body| body.as_array()).map(people::logins).unwrap_or_default()))
}

fn change(
    part: &str,
    roll: &Roll,
    (lists, crew): (&Lists, &Crew),
    slug: &str,
    cx: &Context<'_>,
) -> Result<Change, Pending> {
    let path = |login: &Login| cx.org_path(&format!("teams/{slug}/memberships/{login}"));
    let put =
        |login: &Login, role: &str| Write::Rest(RestWrite::with_body("PUT", path(login), json!({ "role": role })));
    let role = if part == "members" { "member" } else { "maintainer" };
    let mut writes: Vec<Write> = roll.add.iter().map(|login| put(login, role)).collect();
    // Without a list of members nobody is removed: who maintains the team no more is a member of it.
    let deletes = (part == "members" || lists.members.is_some()) && !roll.remove.is_empty();
    for login in &roll.remove {
        writes.push(if deletes { Write::Rest(RestWrite::bare("DELETE", path(login))) } else { put(login, "member") });
    }
    let caller = cx.viewer()?.value().and_then(|caller| Login::new(caller.as_str()).ok());
    // Who maintains the team and is added to its members loses by it.
    let loses = |caller: &Login| {
        roll.remove.contains(caller)
            || part == "members" && roll.add.contains(caller) && crew.maintainers.contains(caller)
    };
    let restricted = caller.is_some_and(|caller| loses(&caller)).then(|| "it takes your own access".to_owned());
    Ok(Change { writes, deletes, restricted })
}
