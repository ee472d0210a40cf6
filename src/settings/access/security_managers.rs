//! The teams with the organisation role of security managers, who read every repository and its alerts.
//!
//! The role is GitHub's own: `GET /orgs/{org}/organization-roles` tells its id, `…/organization-roles/{role_id}/teams` and `…/users` who
//! has it, `PUT` and `DELETE /orgs/{org}/organization-roles/teams/{team_slug}/{role_id}` give and take it. The older routes
//! `/orgs/{org}/security-managers` were to go away on 1 January 2026 and are not used.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    people::{self, MEMBERS},
    teams,
};
use crate::{
    model::{Desired, Effect, Field, Kind, Login, Problem, Reading, Scope, Shape, Tightens},
    settings::{Context, Difference, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write},
};

const ROLES: &str = "organization_custom_org_roles:read";

/// GitHub's name of the role.
const ROLE: &str = "security_manager";

static META: Meta = Meta {
    shape: Shape {
        key: "security_managers",
        scope: Scope::Org,
        keyed: None,
        kind: Kind::Either(&[
            Kind::List(&Kind::Text),
            Kind::Table(&[Field {
                key: "min",
                kind: Kind::Integer { min: 1, max: 1000 },
                doc: "How many teams or people must have the role at least.",
                tightens: Tightens::Neutral,
            }]),
        ]),
        tightens: Tightens::Neutral,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Security managers",
    docs: "Who reads every repository and its security alerts, and so receives the reports: the slugs of the teams that have the role, \
which are then all of them, or `{ min = 1 }` for at least so many teams or people.

With `min` it is observed only. With a list, the role is given to teams that lack it and taken from teams that are not listed; people \
who have it by themselves are left alone. A team that does not exist is a violation. Neither direction counts as safer: too few readers \
leave reports unread, too many spread them. As a gate, `requires = [\"org:security_managers\"]` keeps a repository from taking reports \
that nobody would read.",
    example: "[org.security_managers]\nmin = 1\n",
    reads: &[ROLES, MEMBERS],
    writes: &["members:write"],
    calls: &[("value", "PUT or DELETE /orgs/{org}/organization-roles/teams/{team_slug}/{role_id}")],
    controls: &["OSPS VM-03.01", "OpenJS assignSecurityManagers"],
    phase: Phase::Configure,
    after: &["teams"],
    late: false,
};

/// The setting.
pub struct SecurityManagers;

impl Setting for SecurityManagers {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let least = desired.value("min").and_then(Value::as_u64);
        let slugs = || desired.texts("").into_iter().map(str::to_lowercase).collect();
        // Different rules may say both; then both must hold.
        let list = desired.value("").map(|_| listed(&slugs(), cx)).transpose()?;
        let outcome = match (list, least) {
            (Some(Outcome::Compliant { .. }) | None, Some(least)) => at_least(least, cx)?,
            (Some(list), _) => list,
            (None, None) => at_least(1, cx)?,
        };
        Ok(vec![outcome.whole()])
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let bad = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    bad.filter(|slug| !slug.contains("{{") && Login::new(*slug).is_err())
        .map(|slug| Problem {
            path: String::new(),
            message: format!("`{slug}` is no team's slug"),
            help: Some("a slug has small letters, digits, `-` and `_` only".to_owned()),
        })
        .collect()
}

/// The id of the role.
fn role(cx: &Context<'_>) -> Result<Reading<u64>, Pending> {
    // The one list that has no pages.
    let answer = cx.org_rest(RestRead::document("organization-roles", ROLES))?;
    let roles = answer.map(|body| body.and_then(|body| body.get("roles")));
    Ok(people::list(roles, ROLES, "organisation roles").and_then(|roles| {
        let ours = roles.iter().find(|role| role.get("name").and_then(Value::as_str) == Some(ROLE));
        match ours.and_then(|role| role.get("id")).and_then(Value::as_u64) {
            Some(id) => Reading::known(id),
            None => Reading::unknown(format!("GitHub names no organisation role `{ROLE}`")),
        }
    }))
}

/// What has the role by itself: an assignment through something else is `indirect`.
fn assigned<'a>(cx: &Context<'a>, role: u64, whom: &str) -> Result<Reading<Vec<&'a Value>>, Pending> {
    let answer = cx.org_rest(RestRead::list(format!("organization-roles/{role}/{whom}"), MEMBERS))?;
    Ok(people::list(answer, MEMBERS, "assignments of the role").and_then(|items| {
        // What is nobody must not be counted: gates open where there are enough.
        if items.iter().any(|item| teams::slug(item).is_none() && people::login(item).is_none()) {
            return Reading::unknown("GitHub's answer does not say who has the role");
        }
        let indirect = |item: &&Value| item.get("assignment").and_then(Value::as_str) == Some("indirect");
        Reading::known(items.iter().filter(|item| !indirect(item)).collect())
    }))
}

fn at_least(min: u64, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let role = match Outcome::known(role(cx)?) {
        Err(outcome) => return Ok(outcome),
        Ok(role) => role,
    };
    let (teams, users) = (assigned(cx, role, "teams"), assigned(cx, role, "users"));
    let (teams, users) = (teams?, users?);
    let count = match Outcome::known(teams.and_then(|teams| users.map(|users| teams.len() + users.len()))) {
        Err(outcome) => return Ok(outcome),
        Ok(count) => count,
    };
    let (observed, desired) = (json!(count), json!({ "min": min }));
    if count as u64 >= min {
        return Ok(Outcome::Compliant { observed, desired });
    }
    let message =
        format!("{count} teams or people have the role of security managers, and at least {min} must; list the teams");
    Ok(Outcome::Violation { message, observed, desired })
}

fn listed(wanted: &BTreeSet<String>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let role = match Outcome::known(role(cx)?) {
        Err(outcome) => return Ok(outcome),
        Ok(role) => role,
    };
    let observed: BTreeSet<String> = match Outcome::known(assigned(cx, role, "teams")?) {
        Err(outcome) => return Ok(outcome),
        Ok(teams) => teams.into_iter().filter_map(teams::slug).map(str::to_lowercase).collect(),
    };
    if observed == *wanted {
        return Ok(Outcome::Compliant { observed: json!(observed), desired: json!(wanted) });
    }
    let missing: BTreeSet<&String> = wanted.difference(&observed).collect();
    let absent = match absent(&missing, cx)? {
        Err(outcome) => return Ok(outcome),
        Ok(absent) => absent,
    };
    let path = |slug: &str| cx.org_path(&format!("organization-roles/teams/{slug}/{role}"));
    let given = missing.iter().filter(|slug| !absent.contains(**slug));
    let mut writes: Vec<Write> = given.map(|slug| Write::Rest(RestWrite::bare("PUT", path(slug)))).collect();
    writes.extend(observed.difference(wanted).map(|slug| Write::Rest(RestWrite::bare("DELETE", path(slug)))));
    if writes.is_empty() {
        let names = absent.iter().map(|slug| format!("`{slug}`")).collect::<Vec<_>>().join(", ");
        let message =
            format!("there is no team {names} in the organisation; make it, or declare it under `[org.teams]`");
        return Ok(Outcome::Violation { message, observed: json!(observed), desired: json!(wanted) });
    }
    let after: BTreeSet<&String> = wanted.iter().filter(|slug| !absent.contains(*slug)).collect();
    let mut difference = Difference::update(json!(observed), json!(after), Effect::Neutral, writes.remove(0));
    difference.writes.extend(writes);
    Ok(Outcome::Differs(difference))
}

/// Those of some teams that the organisation does not have.
fn absent(slugs: &BTreeSet<&String>, cx: &Context<'_>) -> Result<Result<BTreeSet<String>, Outcome>, Pending> {
    if slugs.is_empty() {
        return Ok(Ok(BTreeSet::new()));
    }
    Ok(Outcome::known(teams::all(cx)?)
        .map(|all| slugs.iter().filter(|slug| teams::named(all, slug).is_none()).map(|slug| (*slug).clone()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found};

    fn bench(teams: &Value) -> Bench {
        Bench::new(Vec::new())
            .org_known("organization-roles", json!({"total_count": 2, "roles": [{"id": 7, "name": "all_repo_read"}, {"id": 138, "name": "security_manager"}]}))
            .org_known("organization-roles/138/teams", teams.clone())
            .org_known("organization-roles/138/users", json!([{"login": "eve", "assignment": "indirect"}]))
            .org_known("teams", json!([{"slug": "core"}, {"slug": "security-wg"}]))
    }

    fn judge(bench: &Bench, wanted: &Value) -> Outcome {
        let all = bench.judge(&SecurityManagers, None, &desired("security_managers", None, wanted)).expect("read");
        all.into_iter().next().expect("one").outcome
    }

    #[test]
    fn the_list_is_all_of_them() {
        example_is_sound(&SecurityManagers);
        let now = bench(&json!([{"slug": "core"}]));
        assert!(matches!(judge(&now, &json!(["Core"])), Outcome::Compliant { .. }), "slugs are compared without case");
        let change = difference(judge(&now, &json!(["security-wg"])));
        assert_eq!((change.before, change.after), (json!(["core"]), json!(["security-wg"])));
        assert_eq!((change.effect, change.deletes), (Effect::Neutral, false));
        let call = |method, slug: &str| {
            Write::Rest(RestWrite::bare(method, format!("/orgs/acme/organization-roles/teams/{slug}/138")))
        };
        assert_eq!(change.writes, [call("PUT", "security-wg"), call("DELETE", "core")]);
    }

    #[test]
    fn a_team_that_is_not_there_is_told_after_what_can_be_done() {
        let now = bench(&json!([]));
        let change = difference(judge(&now, &json!(["core", "ghosts"])));
        assert_eq!((change.after, change.writes.len()), (json!(["core"]), 1));
        let then = bench(&json!([{"slug": "core"}]));
        let Outcome::Violation { message, .. } = judge(&then, &json!(["core", "ghosts"])) else { unreachable!() };
        assert!(message.contains("`ghosts`"), "{message}");
    }

    #[test]
    fn only_who_has_the_role_by_itself_is_counted() {
        assert!(matches!(judge(&bench(&json!([{"slug": "core"}])), &json!({"min": 1})), Outcome::Compliant { .. }));
        let outcome = judge(&bench(&json!([])), &json!({"min": 1}));
        assert!(
            matches!(&outcome, Outcome::Violation { message, .. } if message.starts_with("0 teams")),
            "{outcome:?}"
        );
    }

    #[test]
    fn nobody_is_not_counted() {
        let told = bench(&json!([{"is": "this"}]));
        assert!(matches!(judge(&told, &json!({"min": 1})), Outcome::Unknown { .. }));
    }

    #[test]
    fn a_list_and_a_number_must_both_hold() {
        let mut wanted = desired("security_managers", None, &json!(["core"]));
        let more = desired("security_managers", None, &json!({"min": 2}));
        wanted.fields.extend(more.fields);
        let judge =
            |teams: &Value| bench(teams).judge(&SecurityManagers, None, &wanted).expect("read").remove(0).outcome;
        assert!(matches!(judge(&json!([])), Outcome::Differs(_)));
        assert!(matches!(judge(&json!([{"slug": "core"}])), Outcome::Violation { .. }));
    }

    #[test]
    fn what_is_hidden_is_unknown_with_its_permission() {
        for answer in [not_found(), forbidden(ROLES)] {
            assert_eq!(
                lacking(&judge(&bench(&json!([])).org_rest("organization-roles", answer), &json!({"min": 1}))),
                Some(ROLES)
            );
        }
        let hidden = bench(&json!([])).org_rest("organization-roles/138/teams", forbidden(MEMBERS));
        assert_eq!(lacking(&judge(&hidden, &json!(["core"]))), Some(MEMBERS));
    }
}
