//! The GitHub Apps that are installed in an organisation.
//!
//! `GET /orgs/{org}/installations`, for owners. Installing and removing an App is for people: observed only.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::people;
use crate::{
    model::{Desired, Field, Kind, Scope, Shape, Tightens},
    settings::{Context, Judgement, Meta, Outcome, Pending, Phase, RestRead, Setting},
};

const READ: &str = "organization_administration:read";

const fn slugs(key: &'static str, doc: &'static str) -> Field {
    Field { key, kind: Kind::List(&Kind::Text), doc, tightens: Tightens::Neutral }
}

static META: Meta = Meta {
    shape: Shape {
        key: "apps",
        scope: Scope::Org,
        keyed: None,
        kind: Kind::Table(&[
            slugs("installed", "The slugs of Apps that must be installed, and not suspended."),
            slugs("allowed", "The slugs of the only Apps that may be installed."),
        ]),
        tightens: Tightens::Neutral,
        extra: &[],
        parts: &["installed", "allowed"],
        check: Shape::no_check,
    },
    title: "Installed Apps",
    docs: "Which GitHub Apps are installed in the organisation, by their slugs (the last part of `https://github.com/apps/SLUG`), without \
regard to case. Each field is a part that is judged by itself, and observed only: Apps are installed and removed by people, under \
`https://github.com/organizations/ORG/settings/installations`. An App that is suspended counts as installed for `allowed` and not for \
`installed`. Only owners are told the list.",
    example: "[org.apps]\nallowed = [\"renovate\", \"ordain\"]\n",
    reads: &[READ],
    writes: &[],
    calls: &[],
    controls: &["OSPS AC-02.01"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Apps;

impl Setting for Apps {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let answer = cx.org_rest(RestRead::list_in("installations", "installations", READ))?;
        let known = Outcome::known(people::list(answer, READ, "installed Apps"));
        let parts = META.shape.parts.iter().filter(|part| desired.declares(part));
        Ok(parts
            .map(|part| {
                let outcome = match &known {
                    Err(outcome) => outcome.clone(),
                    Ok(items) => judge(part, desired, items, cx),
                };
                outcome.of_part(part)
            })
            .collect())
    }
}

fn judge(part: &str, desired: &Desired, items: &[Value], cx: &Context<'_>) -> Outcome {
    let wanted: BTreeSet<String> = desired.texts(part).into_iter().map(str::to_lowercase).collect();
    let is_suspended = |item: &&Value| item.get("suspended_at").is_some_and(|at| !at.is_null());
    let slug = |item: &Value| item.get("app_slug").and_then(Value::as_str).map(str::to_lowercase);
    let there: BTreeSet<String> =
        items.iter().filter(|item| part == "allowed" || !is_suspended(item)).filter_map(slug).collect();
    let wrong: Vec<&str> = if part == "installed" {
        wanted.difference(&there).map(String::as_str).collect()
    } else {
        there.difference(&wanted).map(String::as_str).collect()
    };
    let (observed, desired) = (json!(there), json!(wanted));
    if wrong.is_empty() {
        return Outcome::Compliant { observed, desired };
    }
    let names = wrong.join(", ");
    let page = format!("https://github.com/organizations/{}/settings/installations", cx.org);
    let message = if part == "installed" {
        format!("not installed, or suspended: {names}; an owner installs them from https://github.com/apps/SLUG")
    } else {
        format!("installed and not allowed: {names}; an owner removes them under {page}")
    };
    Outcome::Violation { message, observed, desired }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::bench::{Bench, desired, example_is_sound, forbidden, lacking, not_found};

    fn judge(bench: &Bench, value: &Value) -> Vec<Outcome> {
        let all = bench.judge(&Apps, None, &desired("apps", None, value)).expect("read");
        all.into_iter().map(|one| one.outcome).collect()
    }

    fn bench() -> Bench {
        let list = json!([{"app_slug": "renovate", "suspended_at": null}, {"app_slug": "old-ci", "suspended_at": "2025-01-01T00:00:00Z"}]);
        Bench::new(Vec::new()).org_known("installations", list)
    }

    #[test]
    fn a_suspended_app_is_not_installed_and_still_not_allowed() {
        example_is_sound(&Apps);
        let all = judge(&bench(), &json!({"installed": ["Renovate", "old-ci"], "allowed": ["renovate"]}));
        let messages: Vec<&str> = all
            .iter()
            .map(|one| match one {
                Outcome::Violation { message, .. } => message.as_str(),
                other => unreachable!("{other:?}"),
            })
            .collect();
        assert!(messages[0].contains("suspended: old-ci;"), "{messages:?}");
        assert!(messages[1].contains("not allowed: old-ci;"), "{messages:?}");
        let all = judge(&bench(), &json!({"installed": ["RENOVATE"], "allowed": ["renovate", "old-ci"]}));
        assert!(all.iter().all(|one| matches!(one, Outcome::Compliant { .. })), "{all:?}");
    }

    #[test]
    fn who_is_no_owner_is_told_nothing() {
        for answer in [not_found(), forbidden(READ)] {
            let hidden = bench().org_rest("installations", answer);
            assert_eq!(lacking(&judge(&hidden, &json!({"allowed": []}))[0]), Some(READ));
        }
    }
}
