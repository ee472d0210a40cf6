//! Secrets of GitHub Actions, by name only: values are never read or written.
//!
//! `GET /repos/{owner}/{repo}/actions/secrets` and `GET /orgs/{org}/actions/secrets` list names; `DELETE …/{name}` takes one away.

use serde_json::{Value, json};

use super::{
    Context, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write,
    item::{encoded, holds, removed},
    variables::bad_name,
};
use crate::model::{Desired, Effect, Field, Keyed, Kind, Permission, Reading, Scope, Shape, Tightens};

const ROUTE: &str = "actions/secrets";

const FIELDS: Kind = Kind::Table(&[Field {
    key: "present",
    kind: Kind::Bool,
    doc: "Whether a secret of this name must be there (the default), or must not: `false` deletes it.",
    tightens: Tightens::Neutral,
}]);

const fn shape(scope: Scope) -> Shape {
    Shape {
        key: "secrets",
        scope,
        keyed: Some(Keyed { what: "name of a secret", name: Kind::Text, prune: false }),
        kind: FIELDS,
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check: Shape::no_check,
    }
}

static OF_REPOSITORY: Meta = Meta {
    shape: shape(Scope::Repo),
    title: "Secrets of Actions",
    docs: "Whether the repository has a secret of this name of its own. Only names are read; values are never read or written.

One that is missing is a violation that says how to set it. `present = false` deletes it: a deletion. A secret of the organisation or of an \
environment, and one for Dependabot or Codespaces, is another one. Names are compared without case.",
    example: "[repo.secrets.NPM_TOKEN]\npresent = false\n",
    reads: &["secrets:read"],
    writes: &["secrets:write"],
    calls: &[("present", "DELETE /repos/{owner}/{repo}/actions/secrets/{secret_name}, where it is `false`")],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

static OF_ORGANISATION: Meta = Meta {
    shape: shape(Scope::Org),
    title: "Secrets of Actions",
    docs: "Whether the organisation has a secret of this name. Only names are read; values are never read or written.

One that is missing is a violation that says how to set it. `present = false` deletes it: a deletion. Names are compared without case.",
    example: "[org.secrets.NPM_TOKEN]\npresent = true\n",
    reads: &["organization_secrets:read"],
    writes: &["organization_secrets:write"],
    calls: &[("present", "DELETE /orgs/{org}/actions/secrets/{secret_name}, where it is `false`")],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting of repositories.
pub struct Secrets;

/// The setting of organisations.
pub struct OrgSecrets;

impl Setting for Secrets {
    fn meta(&self) -> &'static Meta {
        &OF_REPOSITORY
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let permission = "secrets:read";
        let told = listed(cx.rest(RestRead::list_in(ROUTE, "secrets", permission))?, permission);
        let (base, target) = (cx.repo_path(ROUTE)?, cx.repo_ref()?);
        Ok(vec![judge(desired, told, &base, &format!("--repo {}/{}", target.org, target.name)).whole()])
    }
}

impl Setting for OrgSecrets {
    fn meta(&self) -> &'static Meta {
        &OF_ORGANISATION
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let permission = "organization_secrets:read";
        let told = listed(cx.org_rest(RestRead::list_in(ROUTE, "secrets", permission))?, permission);
        Ok(vec![judge(desired, told, &cx.org_path(ROUTE), &format!("--org {}", cx.org)).whole()])
    }
}

/// Every target has the list: 404 says that the token may not see it.
fn listed<'a>(answer: Reading<Option<&'a Value>>, permission: &str) -> Reading<&'a [Value]> {
    answer.and_then(|told| match told.and_then(Value::as_array) {
        Some(all) => Reading::known(all.as_slice()),
        None => Reading::lacking("GitHub shows no names of secrets", Permission::from(permission)),
    })
}

fn judge(desired: &Desired, told: Reading<&[Value]>, base: &str, target: &str) -> Outcome {
    let all = match Outcome::known(told) {
        Err(outcome) => return outcome,
        Ok(all) => all,
    };
    let name = desired.name.as_deref().unwrap_or_default();
    let wanted = desired.bool("present").unwrap_or(true);
    let is = |secret: &Value| secret.get("name").and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case(name));
    let present = all.iter().any(is);
    match (present, wanted) {
        (true, false) => {
            let path = format!("{base}/{}", encoded(&name.to_ascii_uppercase()));
            let write = RestWrite::bare("DELETE", path);
            let mut outcome = removed(json!(true), Effect::Neutral, vec![Write::Rest(write)]);
            if let Outcome::Differs(difference) = &mut outcome {
                difference.after = json!(false);
            }
            outcome
        }
        (false, true) => {
            let message = bad_name(name).unwrap_or_else(|| {
                let set = format!("gh secret set {} {target}", name.to_ascii_uppercase());
                format!("there is no such secret; set it with `{set}`, since ordain never handles values")
            });
            Outcome::Violation { message, observed: json!(false), desired: json!(true) }
        }
        _ => holds(json!(present), json!(wanted)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo};

    fn bench() -> Bench {
        let told = json!([{"name": "NPM_TOKEN"}]);
        Bench::new(vec![repo("web")]).known("web", ROUTE, told.clone()).org_known(ROUTE, told)
    }

    fn wanted(name: &str, value: &Value) -> Desired {
        desired("secrets", Some(name), value)
    }

    fn of_org(bench: &Bench, desired: &Desired) -> Outcome {
        bench.judge(&OrgSecrets, None, desired).expect("read").remove(0).outcome
    }

    #[test]
    fn a_missing_secret_is_a_violation_that_says_how_to_set_it() {
        let missing = wanted("deploy_key", &json!({}));
        let said = |outcome| match outcome {
            Outcome::Violation { message, .. } => message,
            other => unreachable!("{other:?}"),
        };
        let repo = said(bench().outcome(&Secrets, "web", &missing));
        assert!(repo.contains("`gh secret set DEPLOY_KEY --repo acme/web`"), "{repo}");
        let org = said(of_org(&bench(), &missing));
        assert!(org.contains("`gh secret set DEPLOY_KEY --org acme`"), "{org}");
        let bad = said(bench().outcome(&Secrets, "web", &wanted("MY-KEY", &json!({}))));
        assert!(bad.contains("no such name"), "{bad}");
    }

    #[test]
    fn names_are_compared_without_case() {
        for value in [json!({}), json!({"present": true})] {
            let there = bench().outcome(&Secrets, "web", &wanted("npm_token", &value));
            assert!(matches!(there, Outcome::Compliant { .. }));
            assert!(matches!(of_org(&bench(), &wanted("npm_token", &value)), Outcome::Compliant { .. }));
        }
        let gone = bench().outcome(&Secrets, "web", &wanted("other", &json!({"present": false})));
        assert!(matches!(gone, Outcome::Compliant { .. }));
    }

    #[test]
    fn one_that_must_not_be_there_is_deleted() {
        let not = wanted("npm_token", &json!({"present": false}));
        for (change, path) in [
            (bench().outcome(&Secrets, "web", &not), "/repos/acme/web/actions/secrets/NPM_TOKEN"),
            (of_org(&bench(), &not), "/orgs/acme/actions/secrets/NPM_TOKEN"),
        ] {
            let change = difference(change);
            assert!(change.deletes);
            assert_eq!((change.before, change.after), (json!(true), json!(false)));
            assert_eq!(change.writes, [Write::Rest(RestWrite::bare("DELETE", path.into()))]);
        }
    }

    #[test]
    fn hidden_names_are_unknown() {
        for answer in [forbidden("secrets:read"), not_found()] {
            let hidden = Bench::new(vec![repo("web")]).rest("web", ROUTE, answer);
            assert_eq!(lacking(&hidden.outcome(&Secrets, "web", &wanted("A", &json!({})))), Some("secrets:read"));
        }
        let hidden = Bench::new(vec![]).org_rest(ROUTE, forbidden("organization_secrets:read"));
        assert_eq!(lacking(&of_org(&hidden, &wanted("A", &json!({})))), Some("organization_secrets:read"));
        example_is_sound(&Secrets);
        example_is_sound(&OrgSecrets);
    }
}
