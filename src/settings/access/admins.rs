//! How many people administer a repository.
//!
//! In bulk GraphQL's `collaborators`; where there are more than a page, `GET /repos/{owner}/{repo}/collaborators?permission=admin`.

use serde_json::{Value, json};

use super::people::{self, People, in_words};
use crate::{
    model::{Desired, Field, Kind, Permission, Problem, Reading, Scope, Shape, Tightens},
    settings::{Context, GraphqlField, Judgement, Meta, Outcome, Pending, Phase, RestRead, Setting},
};

const READ: &str = "administration:read";

const EVERYBODY: GraphqlField = GraphqlField {
    key: "allCollaborators",
    selection: "allCollaborators: collaborators(affiliation: ALL, first: 100) { totalCount edges { permission node { login } } }",
    permission: Some(READ),
};

static META: Meta = Meta {
    shape: Shape {
        key: "admins",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(&[Field {
            key: "max",
            kind: Kind::Integer { min: 0, max: 100_000 },
            doc: "How many people may administer the repository at most.",
            tightens: Tightens::Neutral,
        }]),
        tightens: Tightens::Neutral,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Administrators of a repository",
    docs: "How many people may administer the repository, in whatever way: by a grant of their own, through a team, or as owners of the \
organisation, who administer all of its repositories and count here too. Observed only: `[repo.teams]`, `[repo.collaborators]` and \
`[org.members]` change who does.",
    example: "[repo.admins]\nmax = 5\n",
    reads: &[READ],
    writes: &[],
    calls: &[],
    controls: &["OSPS AC-02.01", "OpenJS limitRepoAdmins"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Admins;

impl Setting for Admins {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let max = desired.value("max").and_then(Value::as_u64).unwrap_or_default();
        let admins = match Outcome::known(admins(cx)?) {
            Err(outcome) => return Ok(vec![outcome.whole()]),
            Ok(admins) => admins,
        };
        let (observed, desired) = (json!(admins.len()), json!(max));
        let outcome = if admins.len() as u64 <= max {
            Outcome::Compliant { observed, desired }
        } else {
            let message =
                format!("{} people administer it, and at most {max} may: {}", admins.len(), in_words(&admins));
            Outcome::Violation { message, observed, desired }
        };
        Ok(vec![outcome.whole()])
    }
}

fn check(value: &Value) -> Vec<Problem> {
    if value.get("max").is_some() {
        return Vec::new();
    }
    let message = "it does not say how many there may be".to_owned();
    vec![Problem { path: String::new(), message, help: Some("write `max = 5`".to_owned()) }]
}

fn admins(cx: &Context<'_>) -> Result<Reading<People>, Pending> {
    match cx.graphql(EVERYBODY)? {
        Reading::Known { known } if known.is_null() => {
            return Ok(Reading::lacking("GitHub shows no collaborators", Permission::from(READ)));
        }
        Reading::Known { known } => {
            let edges = known.get("edges").and_then(Value::as_array);
            let total = known.get("totalCount").and_then(Value::as_u64);
            if let Some(edges) = edges.filter(|edges| Some(edges.len() as u64) == total) {
                let is_admin = |edge: &&Value| edge.get("permission").and_then(Value::as_str) == Some("ADMIN");
                return Ok(Reading::known(people::logins(
                    edges.iter().filter(is_admin).filter_map(|edge| edge.get("node")),
                )));
            }
        }
        Reading::Unknown { permission: None, .. } => {}
        other => return Ok(other.map(|_| People::new())),
    }
    let answer = cx.rest(RestRead::list("collaborators?permission=admin", READ))?;
    Ok(people::list(answer, READ, "collaborators").map(people::logins))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::bench::{Bench, desired, example_is_sound, lacking, repo};

    fn wanted(max: u64) -> Desired {
        desired("admins", None, &json!({ "max": max }))
    }

    fn bench(total: u64, permissions: &[&str]) -> Bench {
        let edge = |(at, word): (usize, &&str)| json!({"permission": word, "node": {"login": format!("p{at}")}});
        let edges: Vec<Value> = permissions.iter().enumerate().map(edge).collect();
        let answer = json!({"totalCount": total, "edges": edges});
        Bench::new(vec![repo("web")]).graphql("web", "allCollaborators", Reading::known(answer))
    }

    #[test]
    fn only_those_who_administer_are_counted_and_named() {
        example_is_sound(&Admins);
        let now = bench(3, &["ADMIN", "MAINTAIN", "ADMIN"]);
        assert!(matches!(now.outcome(&Admins, "web", &wanted(2)), Outcome::Compliant { .. }));
        let outcome = now.outcome(&Admins, "web", &wanted(1));
        assert!(matches!(&outcome, Outcome::Violation { message, .. } if message.ends_with("@p0, @p2")), "{outcome:?}");
    }

    #[test]
    fn more_than_a_page_is_asked_of_rest() {
        assert_eq!(
            bench(250, &["ADMIN"]).wanted(&Admins, Some("web"), &wanted(1)),
            ["rest:collaborators?permission=admin"]
        );
        let told = bench(250, &["ADMIN"]).known(
            "web",
            "collaborators?permission=admin",
            json!([{"login": "a"}, {"login": "b"}]),
        );
        assert!(matches!(told.outcome(&Admins, "web", &wanted(1)), Outcome::Violation { .. }));
    }

    #[test]
    fn without_the_right_it_is_unknown() {
        let hidden = Bench::new(vec![repo("web")]).graphql("web", "allCollaborators", Reading::known(json!(null)));
        assert_eq!(lacking(&hidden.outcome(&Admins, "web", &wanted(1))), Some(READ));
    }
}
