//! The teams of an organisation.
//!
//! Read from `GET /orgs/{org}/teams` and `GET /orgs/{org}/teams/{team_slug}/members`; written by `POST /orgs/{org}/teams`, `PATCH` and
//! `DELETE /orgs/{org}/teams/{team_slug}`, `PUT` and `DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}`.

use serde_json::{Map, Value, json};

use super::{
    people::{self, MEMBERS},
    permission, team_people, teams,
};
use crate::{
    model::{Action, Desired, Effect, Field, Keyed, Kind, Login, NodeId, Problem, Reading, Scope, Shape, Tightens},
    settings::{Context, Difference, Judgement, Meta, Move, Outcome, Pending, Phase, RestWrite, Setting, Write},
};

static META: Meta = Meta {
    shape: Shape {
        key: "teams",
        scope: Scope::Org,
        keyed: Some(Keyed { what: "team's slug", name: Kind::Text, prune: true }),
        kind: Kind::Table(&[
            Field { key: "description", kind: Kind::Text, doc: "What the team is for.", tightens: Tightens::Neutral },
            Field {
                key: "privacy",
                kind: Kind::OneOf(&["closed", "secret"]),
                doc: "Whether all members of the organisation see the team (`closed`) or only its own (`secret`, which a team with a \
                      parent or child cannot be).",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "parent",
                kind: Kind::Text,
                doc: "The slug of the parent team, whose accesses the team inherits; empty for none.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "members",
                kind: Kind::List(&Kind::Text),
                doc: "The logins of all people in the team who do not maintain it.",
                tightens: Tightens::Judged,
            },
            Field {
                key: "maintainers",
                kind: Kind::List(&Kind::Text),
                doc: "The logins of all people who maintain the team.",
                tightens: Tightens::Judged,
            },
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &["maintainers", "members"],
        check,
    },
    title: "Teams",
    docs: "A team of the organisation, by its slug: that it is there, what it is, and who is in it. The people of `members` and of \
`maintainers` are judged each by themselves, and each list is the whole of it: who is not on it is removed (one who is only no \
maintainer any more stays as a member where `members` is not given), which is a deletion. A field that is not given is left alone.

A team that is missing is made with its slug for a name; GitHub makes the token's owner its maintainer, which is taken back at once. \
Owners of the organisation maintain every team they are in, so an owner counts wherever the policy lists them. People of child teams \
belong to those and are not counted. Somebody who is no member of the organisation is invited to it; until they accept, which is told as a \
violation, no other invitation is sent. A login that nobody has is a violation, told once everybody else is in place.

Adding somebody loosens, as does a new parent, whose accesses the team inherits; removing tightens. With `prune = true` all other teams \
are deleted, together with their accesses to repositories, which the plan tells as effects; one that has child teams is a violation, since \
GitHub would delete those too. Taking the token's owner from a team, or deleting a team they are in, needs `--allow`. The teams of an \
identity provider refuse changes of their people.",
    example: "[org.teams.security-wg]\ndescription = \"Receives the reports\"\nprivacy = \"closed\"\nmaintainers = [\"octocat\"]\n",
    reads: &[MEMBERS],
    writes: &["members:write"],
    calls: &[
        ("description", "POST /orgs/{org}/teams, PATCH /orgs/{org}/teams/{team_slug}"),
        ("privacy", "POST /orgs/{org}/teams, PATCH /orgs/{org}/teams/{team_slug}"),
        ("parent", "POST /orgs/{org}/teams, PATCH /orgs/{org}/teams/{team_slug}"),
        ("members", "PUT or DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}"),
        ("maintainers", "PUT or DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}"),
    ],
    controls: &["OSPS AC-02.01", "OSPS GV-01.01", "OpenJS defineFunctionalRoles"],
    phase: Phase::Foundation,
    after: &["members"],
    late: false,
};

/// The setting.
pub struct OrgTeams;

impl Setting for OrgTeams {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let slug = desired.name.as_deref().unwrap_or_default().to_lowercase();
        let (all, caller) = (teams::all(cx), cx.viewer());
        let (all, _) = (all?, caller?);
        let all = match Outcome::known(all) {
            Err(outcome) => return Ok(everywhere(desired, &outcome)),
            Ok(all) => all,
        };
        if Login::new(slug.as_str()).is_err() {
            let message = format!("`{slug}` is no team's slug: a slug has small letters, digits, `-` and `_` only");
            let outcome = Outcome::Violation { message, observed: json!(null), desired: desired.to_json() };
            return Ok(everywhere(desired, &outcome));
        }
        if desired.is_pruned() {
            return Ok(vec![pruned(&slug, all, cx)?.whole()]);
        }
        let existing = teams::named(all, &slug);
        let people = team_people::judge(desired, &slug, existing.is_some(), cx);
        let whole = match existing {
            None => create(&slug, desired, all, cx)?,
            Some(team) => compare(&slug, desired, team, all, cx),
        };
        let mut judgements = vec![whole.whole()];
        judgements.extend(people?);
        Ok(judgements)
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        let (all, caller) = (teams::all(cx), cx.viewer());
        let (all, _) = (all?, caller?);
        // Teams of the enterprise are not the organisation's to delete.
        let own = |team: &&Value| team.get("type").and_then(Value::as_str) != Some("enterprise");
        Ok(all.map(|all| all.iter().filter(own).filter_map(teams::slug).map(str::to_owned).collect()))
    }
}

/// The same outcome for the whole and every declared part.
fn everywhere(desired: &Desired, outcome: &Outcome) -> Vec<Judgement> {
    let parts = META.shape.parts.iter().filter(|part| desired.declares(part));
    std::iter::once(outcome.clone().whole()).chain(parts.map(|part| outcome.clone().of_part(part))).collect()
}

fn check(value: &Value) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        ["members", "maintainers"].iter().flat_map(|path| people::check_logins(value, path)).collect();
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if text("privacy") == Some("secret") && text("parent").is_some_and(|parent| !parent.is_empty()) {
        problems.push(Problem {
            path: "privacy".to_owned(),
            message: "a team with a parent cannot be secret".to_owned(),
            help: Some("write `privacy = \"closed\"`, or leave out `parent`".to_owned()),
        });
    }
    let both = texts(value, "members").into_iter().find(|one| texts(value, "maintainers").contains(one));
    if let Some(both) = both {
        problems.push(Problem {
            path: "members".to_owned(),
            message: format!("`{both}` is both among `members` and among `maintainers`"),
            help: Some("name everybody once".to_owned()),
        });
    }
    problems
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let list = value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    list.map(str::to_lowercase).collect()
}

/// A field of the team itself as GitHub has it.
fn observed(team: &Value, key: &str) -> Value {
    match key {
        "parent" => json!(teams::parent(team).unwrap_or_default()),
        // GitHub keeps no description and an empty one alike.
        "description" => json!(team.get(key).and_then(Value::as_str).unwrap_or_default()),
        _ => team.get(key).cloned().unwrap_or(Value::Null),
    }
}

/// A field of the team itself that the policy gives, and how a write says it.
struct Told {
    key: &'static str,
    wanted: Value,
    sent_key: &'static str,
    sent: Value,
}

/// The fields of the team itself that the policy gives; an error names a parent that is not there.
fn declared(desired: &Desired, all: &[Value]) -> Result<Vec<Told>, String> {
    let mut fields = Vec::new();
    for key in ["description", "privacy", "parent"] {
        let Some(wanted) = desired.text(key) else { continue };
        if key != "parent" {
            fields.push(Told { key, wanted: json!(wanted), sent_key: key, sent: json!(wanted) });
            continue;
        }
        let sent = match (wanted, teams::named(all, wanted)) {
            ("", _) => Value::Null,
            (_, Some(parent)) => parent.get("id").cloned().unwrap_or(Value::Null),
            (_, None) => {
                return Err(format!(
                    "there is no team `{wanted}` to be its parent; declare it under `[org.teams]` too"
                ));
            }
        };
        fields.push(Told { key, wanted: json!(wanted.to_lowercase()), sent_key: "parent_team_id", sent });
    }
    Ok(fields)
}

fn create(slug: &str, desired: &Desired, all: &[Value], cx: &Context<'_>) -> Result<Outcome, Pending> {
    let fields = match declared(desired, all) {
        Ok(fields) => fields,
        Err(message) => {
            return Ok(Outcome::Violation { message, observed: json!(null), desired: desired.to_json() });
        }
    };
    let (mut after, mut body) = (Map::new(), Map::new());
    body.insert("name".to_owned(), json!(slug));
    for Told { key, wanted, sent_key, sent } in fields {
        if !sent.is_null() {
            body.insert(sent_key.to_owned(), sent);
        }
        after.insert(key.to_owned(), wanted);
    }
    // GitHub's default would hide the team from the organisation's members.
    body.entry("privacy").or_insert_with(|| json!("closed"));
    let mut writes = vec![Write::Rest(RestWrite::with_body("POST", cx.org_path("teams"), Value::Object(body)))];
    if let Some(caller) = cx.viewer()?.value().and_then(|caller| Login::new(caller.as_str()).ok())
        && !caller.as_str().ends_with("[bot]")
    {
        // Whoever makes a team becomes its maintainer; who is to be in it is said by the lists.
        let path = cx.org_path(&format!("teams/{slug}/memberships/{caller}"));
        writes.push(Write::Rest(RestWrite::bare("DELETE", path)));
    }
    let inherits = after.get("parent").and_then(Value::as_str).is_some_and(|parent| !parent.is_empty());
    Ok(Outcome::Differs(Box::new(Difference {
        before: Value::Null,
        after: Value::Object(after),
        action: Action::Create,
        effect: if inherits { Effect::Loosening } else { Effect::Neutral },
        deletes: false,
        moves: Vec::new(),
        writes,
        restricted: None,
    })))
}

fn compare(slug: &str, desired: &Desired, team: &Value, all: &[Value], cx: &Context<'_>) -> Outcome {
    let (mut held, mut wished) = (Map::new(), Map::new());
    for key in ["description", "privacy", "parent"].iter().filter(|key| desired.text(key).is_some()) {
        held.insert((*key).to_owned(), observed(team, key));
        wished.insert((*key).to_owned(), json!(desired.text(key)));
    }
    let fields = match declared(desired, all) {
        Ok(fields) => fields,
        Err(message) => {
            return Outcome::Violation { message, observed: Value::Object(held), desired: Value::Object(wished) };
        }
    };
    let (mut before, mut after, mut body) = (Map::new(), Map::new(), Map::new());
    let mut effect = Effect::Neutral;
    for Told { key, wanted, sent_key, sent } in fields {
        let now = observed(team, key);
        let same =
            now == wanted || key == "parent" && now.as_str().map(str::to_lowercase).as_deref() == wanted.as_str();
        if same {
            continue;
        }
        if key == "parent" {
            effect = Effect::tightening_if(wanted == "");
        }
        body.insert(sent_key.to_owned(), sent);
        before.insert(key.to_owned(), now);
        after.insert(key.to_owned(), wanted);
    }
    if body.is_empty() {
        return Outcome::Compliant { observed: Value::Object(held), desired: Value::Object(wished) };
    }
    let write = RestWrite::with_body("PATCH", cx.org_path(&format!("teams/{slug}")), Value::Object(body));
    Outcome::Differs(Difference::update(Value::Object(before), Value::Object(after), effect, Write::Rest(write)))
}

/// A team that the policy does not list.
fn pruned(slug: &str, all: &[Value], cx: &Context<'_>) -> Result<Outcome, Pending> {
    let Some(team) = teams::named(all, slug) else {
        return Ok(Outcome::Compliant { observed: json!(null), desired: json!(null) });
    };
    let is_child = |team: &&Value| teams::parent(team).is_some_and(|parent| parent.eq_ignore_ascii_case(slug));
    let children: Vec<String> =
        all.iter().filter(is_child).filter_map(teams::slug).map(|slug| format!("`{slug}`")).collect();
    let now = json!({"description": observed(team, "description")});
    if !children.is_empty() {
        let message = format!(
            "it has child teams, which GitHub would delete with it: {}; give them another parent, or delete them first",
            children.join(", ")
        );
        return Ok(Outcome::Violation { message, observed: now, desired: json!(null) });
    }
    let (grants, restricted) = (teams::of_team(cx, slug), teams::takes_from_caller(cx, slug));
    let (grants, restricted) = (grants?, restricted?);
    let moves = grants.value().map(|grants| moves(slug, grants, cx)).unwrap_or_default();
    Ok(Outcome::Differs(Box::new(Difference {
        before: now,
        after: Value::Null,
        action: Action::Delete,
        effect: Effect::Tightening,
        deletes: true,
        moves,
        writes: vec![Write::Rest(RestWrite::bare("DELETE", cx.org_path(&format!("teams/{slug}"))))],
        restricted,
    })))
}

/// The accesses that go with a team.
fn moves(slug: &str, grants: &std::collections::BTreeMap<String, String>, cx: &Context<'_>) -> Vec<Move> {
    let of = |(id, held): (&String, &String)| {
        let repo = cx.org_observed.repo(&NodeId(id.clone().into()))?;
        let change = (json!(permission::word(held)), json!(null));
        Some(Move::of(cx.org, &repo.repository, format!("teams.{slug}"), change, Effect::Tightening))
    };
    grants.iter().filter_map(of).collect()
}

#[cfg(test)]
#[path = "org_teams_tests.rs"]
mod tests;
