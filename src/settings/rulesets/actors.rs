//! Who may go around a ruleset: the policy's words, GitHub's types and numbers, and how one becomes the other.
//!
//! `components.schemas.repository-ruleset-bypass-actor`: a type, a number (none for deploy keys and owners), and a mode. Names are
//! resolved by `GET /orgs/{org}/teams`, `GET /apps/{app_slug}`, `GET /users/{username}` and, for roles that are not GitHub's own,
//! `GET /orgs/{org}/custom-repository-roles` (Enterprise Cloud only).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    model::Reading,
    settings::{Context, Pending, RestRead},
};

/// GitHub's own repository roles and their numbers.
const ROLES: [(&str, u64); 5] = [("read", 1), ("maintain", 2), ("triage", 3), ("write", 4), ("admin", 5)];

/// The words that name nobody in particular, and GitHub's types for them.
const ALONE: [(&str, &str); 3] =
    [("deploy_key", "DeployKey"), ("org_admin", "OrganizationAdmin"), ("enterprise_owner", "EnterpriseOwner")];

/// The beginnings of words that name somebody, and GitHub's types for them.
const NAMED: [(&str, &str); 4] =
    [("team", "Team"), ("app", "Integration"), ("role", "RepositoryRole"), ("user", "User")];

/// An actor as GitHub identifies it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Actor {
    /// GitHub's type: `Team`.
    pub(super) kind: String,
    /// GitHub's number; none where the type is enough.
    pub(super) id: Option<u64>,
}

/// Actors with their modes.
pub(super) type Bypasses = BTreeMap<Actor, String>;

/// The policy's words for actors.
pub(super) type Words = BTreeMap<Actor, String>;

impl Actor {
    /// An actor; the number of a type that needs none is dropped, for GitHub gives owners a meaningless 1.
    pub(super) fn new(kind: &str, id: Option<u64>) -> Self {
        let alone = ALONE.iter().any(|(_, one)| *one == kind);
        Self { kind: kind.to_owned(), id: id.filter(|_| !alone) }
    }

    /// The actor in the form of GitHub's calls.
    pub(super) fn sent(&self, mode: &str) -> Value {
        let id = if self.kind == "OrganizationAdmin" { Some(1) } else { self.id };
        json!({"actor_id": id, "actor_type": self.kind, "bypass_mode": mode})
    }

    /// The policy's word, where the name is known; else the type with GitHub's number.
    pub(super) fn word(&self, words: &Words) -> String {
        if let Some(word) = words.get(self) {
            return word.clone();
        }
        let alone = ALONE.iter().find(|(_, kind)| *kind == self.kind).map(|(word, _)| (*word).to_owned());
        let role = ROLES.iter().find(|(_, id)| self.kind == "RepositoryRole" && Some(*id) == self.id);
        let start = NAMED.iter().find(|(_, kind)| *kind == self.kind).map_or(self.kind.as_str(), |(start, _)| *start);
        alone.or_else(|| role.map(|(name, _)| format!("role:{name}"))).unwrap_or_else(|| match self.id {
            Some(id) => format!("{start}:#{id}"),
            None => start.to_owned(),
        })
    }
}

/// What is wrong with a word of the policy.
pub(super) fn fault(word: &str) -> Option<String> {
    if ALONE.iter().any(|(alone, _)| *alone == word) {
        return None;
    }
    match word.split_once(':') {
        Some((start, name)) if !name.is_empty() && NAMED.iter().any(|(one, _)| *one == start) => None,
        _ => Some(format!("`{word}` is no actor")),
    }
}

/// Whether GraphQL tells such an actor with its mode.
pub(super) fn graphql_knows(word: &str, mode: &str) -> bool {
    !word.starts_with("user:") && mode != "exempt"
}

/// The actor that a word of the policy means.
pub(super) fn resolve(word: &str, cx: &Context<'_>) -> Result<Reading<Actor>, Pending> {
    if let Some((_, kind)) = ALONE.iter().find(|(alone, _)| *alone == word) {
        return Ok(Reading::known(Actor::new(kind, None)));
    }
    let (start, name) = word.split_once(':').unwrap_or((word, ""));
    let id = match start {
        "team" => number_of_team(name, cx)?,
        "app" => number_of_app(name, cx)?,
        "user" => number_at(&format!("/users/{name}"), &format!("there is no user `{name}`"), cx)?,
        "role" => number_of_role(name, cx)?,
        _ => Reading::unknown(format!("`{word}` is no actor that ordain knows")),
    };
    let kind = NAMED.iter().find(|(one, _)| *one == start).map_or("", |(_, kind)| *kind);
    Ok(id.map(|id| Actor::new(kind, Some(id))))
}

fn number(value: &Value) -> Option<u64> {
    value.get("id").and_then(Value::as_u64)
}

fn number_of_team(slug: &str, cx: &Context<'_>) -> Result<Reading<u64>, Pending> {
    let teams = cx.org_rest(RestRead::list("teams", "members:read"))?;
    Ok(teams.and_then(|teams| {
        let all = teams.and_then(Value::as_array).into_iter().flatten();
        let is_it = |team: &&Value| team["slug"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(slug));
        let missing = || {
            let why = format!("{} has no team `{slug}`, or the token may not see it", cx.org);
            Reading::lacking(why, "members:read".into())
        };
        all.into_iter().find(is_it).and_then(number).map_or_else(missing, Reading::known)
    }))
}

/// The number of a GitHub App by its slug.
pub(in crate::settings) fn number_of_app(slug: &str, cx: &Context<'_>) -> Result<Reading<u64>, Pending> {
    number_at(&format!("/apps/{slug}"), &format!("GitHub shows no app `{slug}`"), cx)
}

fn number_at(path: &str, missing: &str, cx: &Context<'_>) -> Result<Reading<u64>, Pending> {
    let answer = cx.org_rest(RestRead::document(path, "metadata:read"))?;
    Ok(answer.and_then(|found| found.and_then(number).map_or_else(|| Reading::unknown(missing), Reading::known)))
}

fn number_of_role(name: &str, cx: &Context<'_>) -> Result<Reading<u64>, Pending> {
    if let Some((_, id)) = ROLES.iter().find(|(role, _)| role.eq_ignore_ascii_case(name)) {
        return Ok(Reading::known(*id));
    }
    let answer = cx.org_rest(RestRead::document("custom-repository-roles", "organization_custom_roles:read"))?;
    Ok(answer.and_then(|found| {
        let all = found.and_then(|found| found["custom_roles"].as_array()).into_iter().flatten();
        let is_it = |role: &&Value| role["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name));
        let missing = || Reading::unknown(format!("{} has no repository role `{name}`", cx.org));
        all.into_iter().find(is_it).and_then(number).map_or_else(missing, Reading::known)
    }))
}

/// The actors of a REST answer; none where GitHub hides them.
pub(super) fn of_rest(ruleset: &Value) -> Option<Bypasses> {
    let all = ruleset.get("bypass_actors")?.as_array()?;
    let one = |actor: &Value| {
        let mode = actor["bypass_mode"].as_str().unwrap_or("always").to_owned();
        (Actor::new(actor["actor_type"].as_str().unwrap_or_default(), actor["actor_id"].as_u64()), mode)
    };
    Some(all.iter().map(one).collect())
}

/// The actors of a GraphQL connection, with their names; none where it is hidden, cut off, or tells an actor that GraphQL has no
/// words for.
pub(super) fn of_graphql(connection: &Value) -> Option<(Bypasses, Words)> {
    let nodes = connection.get("nodes")?.as_array()?;
    if connection.get("totalCount").and_then(Value::as_u64) != Some(nodes.len() as u64) {
        return None;
    }
    let (mut all, mut words) = (Bypasses::new(), Words::new());
    for node in nodes {
        let actor = &node["actor"];
        let id = actor["databaseId"].as_u64();
        let named = |start: &str, name: &Value| name.as_str().map(|name| format!("{start}:{name}"));
        let (found, word) = if node["deployKey"] == true {
            (Actor::new("DeployKey", None), None)
        } else if node["organizationAdmin"] == true {
            (Actor::new("OrganizationAdmin", None), None)
        } else if node["enterpriseOwner"] == true {
            (Actor::new("EnterpriseOwner", None), None)
        } else if let Some(role) = node["repositoryRoleDatabaseId"].as_u64() {
            // GitHub's own roles are told by their number, however they are spelt.
            let own = ROLES.iter().any(|(_, id)| *id == role);
            (Actor::new("RepositoryRole", Some(role)), named("role", &node["repositoryRoleName"]).filter(|_| !own))
        } else if actor["__typename"] == "Team" {
            (Actor::new("Team", Some(id?)), named("team", &actor["slug"]))
        } else if actor["__typename"] == "App" {
            (Actor::new("Integration", Some(id?)), named("app", &actor["slug"]))
        } else {
            return None;
        };
        let mode = node["bypassMode"].as_str()?.to_ascii_lowercase();
        if let Some(word) = word {
            words.insert(found.clone(), word);
        }
        all.insert(found, mode);
    }
    Some((all, words))
}
