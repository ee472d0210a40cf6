//! The members of an organisation and its owners.
//!
//! Read from `GET /orgs/{org}/members?role=admin` and `?role=member`, and where somebody is missing `GET /orgs/{org}/invitations`;
//! written by `PUT` and `DELETE /orgs/{org}/memberships/{username}`.

use serde_json::{Value, json};

use super::{
    people::{self, MEMBERS, People, wanted},
    roll::{Change, Roll},
};
use crate::{
    model::{Desired, Field, Kind, Login, Problem, Reading, Scope, Shape, Tightens},
    settings::{Context, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write},
};

const fn number(key: &'static str, doc: &'static str) -> Field {
    Field { key, kind: Kind::Integer { min: 1, max: 100_000 }, doc, tightens: Tightens::Neutral }
}

const CALL: &str = "PUT or DELETE /orgs/{org}/memberships/{username}";

static META: Meta = Meta {
    shape: Shape {
        key: "members",
        scope: Scope::Org,
        keyed: None,
        kind: Kind::Table(&[
            Field {
                key: "owners",
                kind: Kind::List(&Kind::Text),
                doc: "The logins of people who must be owners.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "members",
                kind: Kind::List(&Kind::Text),
                doc: "The logins of people who must be members and not owners.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "prune",
                kind: Kind::Bool,
                doc: "Whether the lists that are given are the whole of them: who is not on one is removed from the organisation, or, where \
                      `members` is not given, made a member.",
                tightens: Tightens::Neutral,
            },
            number("owners_min", "How many owners there must be at least."),
            number("owners_max", "How many owners there may be at most."),
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &["owners", "members", "owners_min", "owners_max"],
        check,
    },
    title: "Members and owners",
    docs: "Who belongs to the organisation, and who owns it. Each field but `prune` is a part that is judged by itself; `owners_min` and \
`owners_max` are observed only. Logins are compared without case.

Without `prune`, people whom the policy does not name are left alone. With it, those who are on no list are removed, and their open \
invitations withdrawn, which are deletions; invitations by mail name nobody and are left alone. Making somebody an owner and inviting \
somebody loosens, the reverse tightens. Who leaves the organisation leaves its teams and loses the forks of its private repositories.

Somebody new is invited. Until they accept, which is told as a violation, no other invitation is sent. A login that nobody has is a \
violation, told once everybody else is in place.

Two things are never done, but told as violations: removing the token's owner from the organisation, and leaving no owner who is one \
already (somebody only invited does not count). To make the token's owner a member instead of an owner needs `--allow`.",
    example: "[org.members]\nowners_min = 2\nowners_max = 5\n",
    reads: &[MEMBERS],
    writes: &["members:write"],
    calls: &[("owners", CALL), ("members", CALL)],
    controls: &["OSPS GV-01.01", "OpenJS twoOrMoreOwnersForAccess", "OpenJS limitOrgOwners"],
    phase: Phase::Foundation,
    after: &[],
    late: false,
};

/// The setting.
pub struct Members;

/// What the policy says, and who is there.
struct Seen {
    owners: People,
    members: People,
    wish_owners: Option<People>,
    wish_members: Option<People>,
    prune: bool,
    caller: Option<Login>,
}

impl Setting for Members {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let lists = desired.declares("owners") || desired.declares("members");
        let owners = people::owners(cx);
        let (members, caller) = if lists {
            (people::plain_members(cx), cx.viewer())
        } else {
            (Ok(Reading::known(&[][..])), Ok(Reading::unknown("it is not needed")))
        };
        let (owners, members, caller) = (owners?, members?, caller?);
        let parts: Vec<&'static str> = META.shape.parts.iter().copied().filter(|part| desired.declares(part)).collect();
        let known = Outcome::known(owners.and_then(|owners| members.map(|members| (owners, members))));
        let (owners, members) = match known {
            Err(outcome) => return Ok(parts.into_iter().map(|part| outcome.clone().of_part(part)).collect()),
            Ok((owners, members)) => (people::logins(owners), people::logins(members)),
        };
        let list = |part: &str| desired.value(part).map(|_| wanted(&desired.texts(part)));
        let seen = Seen {
            owners,
            members,
            wish_owners: list("owners"),
            wish_members: list("members"),
            prune: desired.bool("prune") == Some(true),
            caller: caller.value().and_then(|caller| Login::new(caller.as_str()).ok()),
        };
        let judged: Vec<_> = parts.into_iter().map(|part| (part, seen.part(part, desired, cx))).collect();
        judged.into_iter().map(|(part, outcome)| Ok(outcome?.of_part(part))).collect()
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        ["owners", "members"].iter().flat_map(|path| people::check_logins(value, path)).collect();
    if META.shape.parts.iter().all(|part| value.get(part).is_none()) {
        problems.push(Problem {
            path: String::new(),
            message: "it says nothing of the members".to_owned(),
            help: Some(format!("give at least one of `{}`", META.shape.parts.join("`, `"))),
        });
    }
    let mut add = |path: &str, message: String, help: &str| {
        problems.push(Problem { path: path.to_owned(), message, help: Some(help.to_owned()) });
    };
    let list = |key: &str| {
        let items = value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        items.map(str::to_lowercase).collect::<Vec<_>>()
    };
    if let Some(both) = list("owners").into_iter().find(|login| list("members").contains(login)) {
        add("members", format!("`{both}` is both among `owners` and among `members`"), "name everybody once");
    }
    if value.get("owners").is_some_and(|owners| owners == &json!([])) {
        add(
            "owners",
            "an organisation cannot be without an owner".to_owned(),
            "name at least one, or leave `owners` out",
        );
    }
    let number = |key: &str| value.get(key).and_then(Value::as_u64);
    if let (Some(min), Some(max)) = (number("owners_min"), number("owners_max"))
        && min > max
    {
        add("owners_min", format!("at least {min} and at most {max} cannot both hold"), "lower one or raise the other");
    }
    problems
}

impl Seen {
    fn part(&self, part: &str, desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
        match part {
            "owners" => self.list(true, cx),
            "members" => self.list(false, cx),
            _ => Ok(self.count(part, desired)),
        }
    }

    fn count(&self, part: &str, desired: &Desired) -> Outcome {
        let bound = desired.value(part).and_then(Value::as_u64).unwrap_or_default();
        let count = self.owners.len() as u64;
        let (holds, word) =
            if part == "owners_min" { (count >= bound, "at least") } else { (count <= bound, "at most") };
        let (observed, desired) = (json!(count), json!(bound));
        if holds {
            return Outcome::Compliant { observed, desired };
        }
        let noun = if count == 1 { "owner" } else { "owners" };
        let message =
            format!("the organisation has {count} {noun}, and {word} {bound} are wanted; name them in `owners`");
        Outcome::Violation { message, observed, desired }
    }

    /// One of the lists. The two do not disturb each other: who moves from one to the other is moved by the list of owners where
    /// there is one, and stands on the list of members before and after.
    fn list(&self, of_owners: bool, cx: &Context<'_>) -> Result<Outcome, Pending> {
        let empty = People::new();
        let (wish_owners, wish_members) =
            (self.wish_owners.as_ref().unwrap_or(&empty), self.wish_members.as_ref().unwrap_or(&empty));
        let moved = || self.owners.intersection(wish_members).cloned();
        let (wanted, observed): (&People, People) = if of_owners {
            (wish_owners, self.owners.clone())
        } else {
            let own = self.members.iter().filter(|login| !wish_owners.contains(*login)).cloned();
            let moved = moved().filter(|_| self.wish_owners.is_some());
            (wish_members, own.chain(moved).collect())
        };
        let mut roll = Roll { wanted: wanted.clone(), observed, ..Roll::default() };
        let unlisted = |login: &&Login| !wish_owners.contains(*login) && !wish_members.contains(*login);
        if self.prune {
            roll.remove = roll.observed.iter().filter(unlisted).cloned().collect();
        }
        if of_owners {
            roll.remove.extend(moved());
        } else {
            roll.lowered.clone_from(&self.owners);
        }
        let outsiders = if roll.missing().is_empty() && !self.prune {
            People::new()
        } else {
            match self.look_up(of_owners, &mut roll, cx)? {
                Err(outcome) => return Ok(outcome),
                Ok(withdrawn) => withdrawn,
            }
        };
        self.keep_what_must_stay(of_owners, &mut roll);
        let change = self.change(of_owners, &roll, &outsiders, cx);
        Ok(roll.outcome(change))
    }

    /// Looks up who is missing: invited, to be added, or nobody. Gives the invited whom no list names and who are uninvited.
    fn look_up(&self, of_owners: bool, roll: &mut Roll, cx: &Context<'_>) -> Result<Result<People, Outcome>, Pending> {
        let missing = roll.missing();
        let inside = |login: &Login| self.owners.contains(login) || self.members.contains(login);
        let strangers: People = missing.iter().filter(|login| !inside(login)).cloned().collect();
        let (resolved, open) = (people::resolve(cx, &strangers), cx.org_rest(RestRead::list("invitations", MEMBERS)));
        let (resolved, open) = match (resolved?, Outcome::known(open?)) {
            (Err(outcome), _) | (_, Err(outcome)) => return Ok(Err(outcome)),
            (Ok(resolved), Ok(open)) => (resolved, open),
        };
        // Enterprise Server has no invitations: there people are added at once.
        let open = open.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let as_owner = |item: &&Value| (item.get("role").and_then(Value::as_str) == Some("admin")) == of_owners;
        let invited = people::logins(open.iter().filter(as_owner));
        roll.invited = missing.intersection(&invited).cloned().collect();
        roll.nobody = resolved.nobody;
        roll.add = resolved.there.union(&missing).filter(|login| !roll.nobody.contains(*login)).cloned().collect();
        roll.add.retain(|login| !roll.invited.contains(login));
        let listed = |login: &Login| {
            [&self.wish_owners, &self.wish_members].into_iter().flatten().any(|list| list.contains(login))
        };
        let withdrawn: People =
            if self.prune { invited.into_iter().filter(|login| !listed(login)).collect() } else { People::new() };
        roll.observed.extend(withdrawn.iter().cloned());
        roll.remove.extend(withdrawn.iter().cloned());
        Ok(Ok(withdrawn))
    }

    /// Takes from the removals what must never be done.
    fn keep_what_must_stay(&self, of_owners: bool, roll: &mut Roll) {
        let to_member = |login: &Login| self.becomes_member(login);
        if let Some(caller) = self.caller.clone().filter(|caller| roll.remove.contains(caller) && !to_member(caller)) {
            roll.remove.remove(&caller);
            roll.kept.push(format!(
                "@{caller} is not on the list, but the owner of this token is never removed from the organisation"
            ));
        }
        // Of the owners there are, and those members who are made owners before anybody ceases to be one.
        let promoted = self.wish_owners.iter().flatten().any(|login| self.members.contains(login));
        let stripped = |login: &Login| roll.remove.contains(login) || !of_owners && roll.add.contains(login);
        let left = self.owners.iter().any(|login| !stripped(login)) || of_owners && promoted;
        if !left && !self.owners.is_empty() {
            let kept: Vec<Login> = self.owners.iter().filter(|login| stripped(login)).cloned().collect();
            for login in &kept {
                roll.remove.remove(login);
                roll.add.remove(login);
            }
            roll.kept.push("it would leave no owner who is one already; nobody ceases to be an owner before another has become one".to_owned());
        }
    }

    /// Whether somebody who is an owner and not to be one becomes a member, and does not leave.
    fn becomes_member(&self, login: &Login) -> bool {
        self.owners.contains(login)
            && (self.wish_members.is_none() || self.wish_members.as_ref().is_some_and(|list| list.contains(login)))
    }

    fn change(&self, of_owners: bool, roll: &Roll, withdrawn: &People, cx: &Context<'_>) -> Change {
        let path = |login: &Login| cx.org_path(&format!("memberships/{login}"));
        let put =
            |login: &Login, role: &str| Write::Rest(RestWrite::with_body("PUT", path(login), json!({ "role": role })));
        let role = if of_owners { "admin" } else { "member" };
        // Whoever becomes an owner does so before anybody ceases to be one.
        let mut writes: Vec<Write> = roll.add.iter().map(|login| put(login, role)).collect();
        let mut deletes = false;
        for login in &roll.remove {
            if self.becomes_member(login) && !withdrawn.contains(login) {
                writes.push(put(login, "member"));
            } else {
                deletes = true;
                writes.push(Write::Rest(RestWrite::bare("DELETE", path(login))));
            }
        }
        let loses = |caller: &Login| {
            roll.remove.contains(caller) || !of_owners && roll.add.contains(caller) && self.owners.contains(caller)
        };
        let restricted = self.caller.as_ref().is_some_and(loses).then(|| "it takes your own ownership".to_owned());
        Change { writes, deletes, restricted }
    }
}

#[cfg(test)]
#[path = "members_tests.rs"]
mod tests;
