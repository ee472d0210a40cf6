//! Rulesets of repositories and organisations: GitHub's own form of rules for branches, tags and pushes.
//!
//! `POST`, `PUT` and `DELETE` of `/repos/{owner}/{repo}/rulesets` and `/orgs/{org}/rulesets`. `PUT` replaces the object, so it is
//! written from a complete reading: what the policy does not name is sent as GitHub said it.

mod actors;
mod catalogue;
mod compare;
mod form;
mod judge;
#[cfg(test)]
mod random;
#[cfg(test)]
mod random_forms;
mod read;
#[cfg(test)]
mod tests;
mod wanted;

use serde_json::Value;

pub(super) use actors::number_of_app;
pub(super) use form::Ruleset;
pub(super) use read::{plan_is_free, rule_parameters};

use super::{Context, Judgement, Meta, Need, Pending, Phase, Setting};
use crate::model::{Desired, Field, Keyed, Kind, Problem, Reading, Scope, Shape, Tightens};

const INCLUDE: Field = Field {
    key: "include",
    kind: Kind::List(&Kind::Text),
    doc: "What it is for: `~ALL`, `~DEFAULT_BRANCH`, or patterns such as `refs/heads/release/*`.",
    tightens: Tightens::Judged,
};
const EXCLUDE: Field =
    Field { key: "exclude", kind: Kind::List(&Kind::Text), doc: "What it is not for.", tightens: Tightens::Judged };

const REF_NAME: Field = Field {
    key: "ref_name",
    kind: Kind::Table(&[INCLUDE, EXCLUDE]),
    doc: "The branches or tags. A new ruleset for branches or tags needs it.",
    tightens: Tightens::Judged,
};

const OF_PROPERTIES: Kind = Kind::List(&Kind::Any);

const ORG_CONDITIONS: &[Field] = &[
    REF_NAME,
    Field {
        key: "repository_name",
        kind: Kind::Table(&[
            INCLUDE,
            EXCLUDE,
            Field {
                key: "protected",
                kind: Kind::Bool,
                doc: "Whether repositories of these names cannot be renamed.",
                tightens: Tightens::True,
            },
        ]),
        doc: "The repositories, by name.",
        tightens: Tightens::Judged,
    },
    Field {
        key: "repository_property",
        kind: Kind::Table(&[
            Field {
                key: "include",
                kind: OF_PROPERTIES,
                doc: "`{ name = \"tier\", property_values = [\"one\"] }`; all that are listed must match.",
                tightens: Tightens::Judged,
            },
            Field { key: "exclude", kind: OF_PROPERTIES, doc: "The same.", tightens: Tightens::Judged },
        ]),
        doc: "The repositories, by custom property.",
        tightens: Tightens::Judged,
    },
    Field {
        key: "repository_id",
        kind: Kind::Table(&[Field {
            key: "repository_ids",
            kind: Kind::List(&Kind::Integer { min: 1, max: i64::MAX }),
            doc: "GitHub's numbers.",
            tightens: Tightens::Judged,
        }]),
        doc: "The repositories, by number.",
        tightens: Tightens::Judged,
    },
];

const fn target(words: &'static [&'static str]) -> Field {
    Field {
        key: "target",
        kind: Kind::OneOf(words),
        doc: "What it is about; a new one is for branches if nothing is said.",
        tightens: Tightens::Judged,
    }
}

const ENFORCEMENT: Field = Field {
    key: "enforcement",
    kind: Kind::OneOf(&["active", "evaluate", "disabled"]),
    doc: "Whether it holds, is only tried, or sleeps; a new one is active if nothing is said.",
    tightens: Tightens::Judged,
};

const fn conditions(fields: &'static [Field]) -> Field {
    Field { key: "conditions", kind: Kind::Table(fields), doc: "Where it holds.", tightens: Tightens::Judged }
}

const BYPASS_ACTORS: Field = Field {
    key: "bypass_actors",
    kind: Kind::Map(&Kind::OneOf(&["always", "pull_request", "exempt"])),
    doc: "Who may go around it, each with a mode: `\"team:SLUG\"`, `\"app:SLUG\"`, `\"user:LOGIN\"`, `\"role:admin\"` (or another \
          role), `\"org_admin\"`, `\"deploy_key\"`. Where it is declared it is the whole list: nobody else may; an empty table \
          means nobody.",
    tightens: Tightens::Judged,
};

const RULES: Field = Field {
    key: "rules",
    kind: Kind::Map(&Kind::Any),
    doc: "The rules by GitHub's type, each a table of GitHub's parameters, empty where it has none; `false`: there must be no \
          such rule. `integration_id` of a status check is `\"app:SLUG\"` or a number.",
    tightens: Tightens::Judged,
};

const KEYED: Option<Keyed> = Some(Keyed { what: "ruleset name", name: Kind::Text, prune: true });

const DOCS: &str = "A ruleset of GitHub's, by its name.

Only what is declared is held: a rule type, a parameter or a condition that the policy does not name stays as it is on GitHub, also \
when ordain changes another part. `bypass_actors` is the exception, as a list of who may go around rules is worth nothing if others \
may be on it: where it is declared, it is the whole list.

A new rule gets GitHub's own defaults for parameters that are not declared. Stricter rules, more branches, fewer bypasses and \
`active` tighten; an update of mixed directions loosens, and so does another pattern, which nobody can tell to be stricter. With \
`prune = true` rulesets that the policy does not name are deleted.

GitHub shows who may go around a ruleset only to those who may change it: with another token that part is unknown, and nothing is \
written, as a write replaces the whole.";

static REPO: Meta = Meta {
    shape: Shape {
        key: "rulesets",
        scope: Scope::Repo,
        keyed: KEYED,
        kind: Kind::Table(&[
            target(&["branch", "tag", "push"]),
            ENFORCEMENT,
            conditions(&[REF_NAME]),
            BYPASS_ACTORS,
            RULES,
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Rulesets",
    docs: DOCS,
    example: "[repo.rulesets.main]\ntarget = \"branch\"\nenforcement = \"active\"\n\
              conditions = { ref_name = { include = [\"~DEFAULT_BRANCH\"] } }\nbypass_actors = { \"role:admin\" = \"pull_request\" }\n\
              [repo.rulesets.main.rules.deletion]\n[repo.rulesets.main.rules.non_fast_forward]\n\
              [repo.rulesets.main.rules.pull_request]\nrequired_approving_review_count = 1\n",
    reads: &["metadata:read", read::SEES_BYPASSES],
    writes: &["administration:write"],
    calls: &[(
        "every field",
        "POST /repos/{owner}/{repo}/rulesets, PUT or DELETE /repos/{owner}/{repo}/rulesets/{ruleset_id}",
    )],
    controls: &["OSPS AC-03.01", "OSPS AC-03.02", "Scorecard Branch-Protection"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

static ORG: Meta = Meta {
    shape: Shape {
        key: "rulesets",
        scope: Scope::Org,
        keyed: KEYED,
        kind: Kind::Table(&[
            target(&["branch", "tag", "push", "repository"]),
            ENFORCEMENT,
            conditions(ORG_CONDITIONS),
            BYPASS_ACTORS,
            RULES,
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Rulesets of the organisation",
    docs: "A ruleset of the organisation, by its name: one that holds in many repositories, chosen by name, number or custom property. \
Otherwise as those of repositories.

GitHub shows them only to those who may change the organisation's settings. A token that may not sees one through a repository that \
it covers, without who may go around it; where that is not enough, it is unknown.",
    example: "[org.rulesets.\"default branches\"]\nenforcement = \"active\"\nbypass_actors = {}\n\
              [org.rulesets.\"default branches\".conditions]\nref_name = { include = [\"~DEFAULT_BRANCH\"] }\n\
              repository_name = { include = [\"~ALL\"], exclude = [\"sandbox-*\"] }\n\
              [org.rulesets.\"default branches\".rules.deletion]\n\
              [org.rulesets.\"default branches\".rules.non_fast_forward]\n",
    reads: &[read::OF_ORG, "metadata:read"],
    writes: &["organization_administration:write"],
    calls: &[("every field", "POST /orgs/{org}/rulesets, PUT or DELETE /orgs/{org}/rulesets/{ruleset_id}")],
    controls: &["OSPS AC-03.01", "OSPS AC-03.02", "Scorecard Branch-Protection"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The rulesets of a repository.
pub struct Rulesets;

impl Setting for Rulesets {
    fn meta(&self) -> &'static Meta {
        &REPO
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge::of_repository(desired, cx)?.whole()])
    }

    fn needs(&self, _part: Option<&str>, _desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        Need::while_public(cx)
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        read::names(cx)
    }
}

/// The rulesets of an organisation.
pub struct OrgRulesets;

impl Setting for OrgRulesets {
    fn meta(&self) -> &'static Meta {
        &ORG
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge::of_organisation(desired, cx)?.whole()])
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        read::names_of_org(cx)
    }
}

pub(super) fn check(value: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (word, mode) in value.get("bypass_actors").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("bypass_actors.{word}");
        if let Some(message) = actors::fault(word) {
            let help =
                "write \"team:SLUG\", \"app:SLUG\", \"user:LOGIN\", \"role:NAME\", \"org_admin\" or \"deploy_key\"";
            problems.push(Problem { path, message, help: Some(help.to_owned()) });
        } else if word == "deploy_key" && mode == "pull_request" {
            let message = "deploy keys open no pull requests".to_owned();
            problems.push(Problem { path, message, help: Some("write \"always\"".to_owned()) });
        }
    }
    for (kind, parameters) in value.get("rules").and_then(Value::as_object).into_iter().flatten() {
        if !(parameters.is_object() || parameters.is_boolean()) {
            let message = format!("the rule `{kind}` is a table of its parameters, or false");
            problems.push(Problem { path: format!("rules.{kind}"), message, help: None });
        }
        for (below, message, help) in catalogue::problems(kind, parameters) {
            let dot = if below.is_empty() { "" } else { "." };
            problems.push(Problem { path: format!("rules.{kind}{dot}{below}"), message, help });
        }
    }
    problems
}
