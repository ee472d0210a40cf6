//! What must hold of a branch in effect, whichever of GitHub's two forms holds it: the union of classic protection and the active
//! rulesets of repository, organisation and enterprise. Observed only.
//!
//! Read in bulk by GraphQL: `Repository.rulesets(includeParents: true)` and `Repository.branchProtectionRules`.

mod explain;
mod sources;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

pub(super) use sources::fits;

use super::{Context, Judgement, Meta, Outcome, Pending, Phase, Setting, rulesets::plan_is_free};
use crate::model::{Desired, Field, Kind, Problem, Scope, Shape, Tightens};
use sources::{Source, Sources};

const fn must(key: &'static str, doc: &'static str) -> Field {
    Field { key, kind: Kind::Bool, doc, tightens: Tightens::Neutral }
}

const PARTS: &[&str] = &["no_force_push", "no_deletion", "pull_request", "approvals", "status_checks", "no_bypass"];

static META: Meta = Meta {
    shape: Shape {
        key: "protected",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(&[
            Field {
                key: "branch",
                kind: Kind::Text,
                doc: "The branch; the default branch if nothing is said.",
                tightens: Tightens::Neutral,
            },
            must("no_force_push", "Its history cannot be overwritten."),
            must("no_deletion", "It cannot be deleted."),
            must("pull_request", "It changes by pull requests only."),
            Field {
                key: "approvals",
                kind: Kind::Integer { min: 0, max: 10 },
                doc: "At least so many must approve a pull request.",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "status_checks",
                kind: Kind::Either(&[Kind::Bool, Kind::List(&Kind::Text)]),
                doc: "These checks must pass; `true`: at least one must.",
                tightens: Tightens::Neutral,
            },
            must("no_bypass", "The above hold for everybody, administrators too."),
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: PARTS,
        check,
    },
    title: "Protected in effect",
    docs: "What must hold of a branch, whoever says so: classic protection, a ruleset of the repository, or one of the organisation or the \
enterprise. Only rulesets that are active count, and of classic protection the rule that GitHub takes: the one of the branch's name, else \
the oldest pattern that fits.

It is observed only: `rulesets` and `branch_protection` change what is missing. `ordain explain REPO protected` tells what protects the \
branch and from where, and the ruleset that is equal to its classic protection, to be pasted.

With `no_bypass` what is declared beside it must hold by what nobody may go around; GitHub tells that only to a token that may change the \
rules. Classic protection is shown only to those who may read the repository's administration: without, what rulesets alone prove \
is compliant and the rest unknown.",
    example: "[repo.protected]\nno_force_push = true\nno_deletion = true\npull_request = true\napprovals = 1\n",
    reads: &["metadata:read", "administration:read"],
    writes: &[],
    calls: &[],
    controls: &["OSPS AC-03.01", "OSPS AC-03.02", "OSPS QA-07.01", "Scorecard Branch-Protection"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Protected;

impl Setting for Protected {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let repository = cx.repository()?;
        let free = (!repository.is_public()).then(|| plan_is_free(cx));
        let branch = branch(desired, cx)?;
        let sources = sources::of(cx, branch.unwrap_or_default(), desired.bool("no_bypass") == Some(true));
        if free.transpose()? == Some(true) {
            let why = "on GitHub Free, private repositories have neither rulesets nor protected branches";
            return Ok(each(desired, |_| Outcome::NotApplicable(why.to_owned())));
        }
        let Some(branch) = branch else {
            return Ok(each(desired, |_| Outcome::unknown("GitHub names no default branch", None)));
        };
        let sources = sources?;
        Ok(each(desired, |part| judge(part, desired, branch, &sources)))
    }

    fn explain(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<String>, Pending> {
        let Some(branch) = branch(desired, cx)? else { return Ok(Vec::new()) };
        let is_default = cx.repository()?.default_branch.as_deref() == Some(branch);
        let sources = sources::of(cx, branch, desired.bool("no_bypass") == Some(true))?;
        Ok(explain::lines(branch, is_default, &sources))
    }
}

fn branch<'a>(desired: &'a Desired, cx: &Context<'a>) -> Result<Option<&'a str>, Pending> {
    Ok(match desired.text("branch") {
        Some(branch) => Some(branch),
        None => cx.repository()?.default_branch.as_deref(),
    })
}

/// One judgement for each declared part; where none is, that anything protects the branch.
fn each(desired: &Desired, judge: impl Fn(&'static str) -> Outcome) -> Vec<Judgement> {
    let parts: Vec<Judgement> =
        PARTS.iter().filter(|part| desired.declares(part)).map(|part| judge(part).of_part(part)).collect();
    if parts.is_empty() { vec![judge("").whole()] } else { parts }
}

fn check(value: &Value) -> Vec<Problem> {
    if value.as_object().is_some_and(Map::is_empty) {
        let message = "it does not say what must hold".to_owned();
        let help = Some("add `no_force_push = true`, `pull_request = true` or the like".to_owned());
        return vec![Problem { path: String::new(), message, help }];
    }
    Vec::new()
}

/// The names of the checks in the parameters of a rule.
fn contexts(parameters: &Map<String, Value>) -> Vec<String> {
    let checks = parameters.get("required_status_checks").and_then(Value::as_array).into_iter().flatten();
    checks.filter_map(|check| check["context"].as_str().map(str::to_owned)).collect()
}

/// What some sources together say of a part.
fn observed(part: &str, sources: &[&Source]) -> Value {
    let rules = |kind: &'static str| sources.iter().filter_map(move |source| source.rules.get(kind));
    match part {
        "no_force_push" => json!(rules("non_fast_forward").next().is_some()),
        "no_deletion" => json!(rules("deletion").next().is_some()),
        "pull_request" => json!(rules("pull_request").next().is_some()),
        "approvals" => {
            let counts = rules("pull_request").filter_map(|all| all.get("required_approving_review_count")?.as_u64());
            json!(counts.max().unwrap_or(0))
        }
        "status_checks" => {
            let mut all: Vec<String> = rules("required_status_checks").flat_map(contexts).collect();
            all.sort();
            all.dedup();
            json!(all)
        }
        _ => json!(!sources.is_empty()),
    }
}

/// Whether what is observed is at least what is wanted. What is `false` is not demanded.
fn suffices(observed: &Value, wanted: &Value) -> bool {
    match (observed, wanted) {
        (_, Value::Bool(false)) => true,
        (Value::Array(has), Value::Array(wanted)) => wanted.iter().all(|one| has.contains(one)),
        (Value::Array(has), Value::Bool(true)) => !has.is_empty(),
        (Value::Number(has), Value::Number(wanted)) => has.as_u64() >= wanted.as_u64(),
        (observed, wanted) => observed == wanted,
    }
}

fn judge(part: &'static str, desired: &Desired, branch: &str, sources: &Sources) -> Outcome {
    let wanted = if part.is_empty() { json!(true) } else { desired.value(part).cloned().unwrap_or(Value::Null) };
    if part == "no_bypass" && wanted == true {
        return no_bypass(desired, branch, sources);
    }
    let all: Vec<&Source> = sources.all.iter().collect();
    let observed = observed(part, &all);
    if suffices(&observed, &wanted) {
        return Outcome::Compliant { observed, desired: wanted };
    }
    if let Some(hidden) = &sources.hidden {
        return hidden.clone();
    }
    let lacks = match part {
        "no_force_push" => "nothing keeps its history from being overwritten".to_owned(),
        "no_deletion" => "nothing keeps it from being deleted".to_owned(),
        "pull_request" => "nothing requires pull requests".to_owned(),
        "approvals" => format!("{observed} approvals are required"),
        "status_checks" => match missing(&observed, &wanted) {
            Some(names) => format!("these checks are not required: {names}"),
            None => "no check is required".to_owned(),
        },
        _ => "nothing protects it".to_owned(),
    };
    Outcome::Violation { message: format!("`{branch}`: {lacks} ({})", from(&all)), observed, desired: wanted }
}

fn missing(observed: &Value, wanted: &Value) -> Option<String> {
    let (has, wanted) = (observed.as_array()?, wanted.as_array()?);
    let names: Vec<&str> = wanted.iter().filter(|one| !has.contains(one)).filter_map(Value::as_str).collect();
    Some(names.join(", "))
}

/// Where protection comes from, in a phrase.
fn from(sources: &[&Source]) -> String {
    if sources.is_empty() {
        return "no active ruleset and no classic protection is for it".to_owned();
    }
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    format!("it has {}", names.join(", "))
}

/// What is declared must hold by what nobody may go around.
fn no_bypass(desired: &Desired, branch: &str, sources: &Sources) -> Outcome {
    let parts: Vec<&str> =
        PARTS.iter().copied().filter(|part| *part != "no_bypass" && desired.declares(part)).collect();
    let holds = |sources: &[&Source]| {
        let mut wanted = parts.iter().filter_map(|part| Some((*part, desired.value(part)?)));
        !sources.is_empty() && wanted.all(|(part, wanted)| suffices(&observed(part, sources), wanted))
    };
    let firm: Vec<&Source> = sources.all.iter().filter(|source| source.bypassed == Some(false)).collect();
    if holds(&firm) {
        return Outcome::Compliant { observed: json!(true), desired: json!(true) };
    }
    let perhaps: Vec<&Source> = sources.all.iter().filter(|source| source.bypassed != Some(true)).collect();
    if perhaps.len() > firm.len() && holds(&perhaps) {
        let why = "who may go around the rules is shown only to those who may change them";
        return Outcome::unknown(why, Some("administration:write"));
    }
    if let Some(hidden) = &sources.hidden {
        return hidden.clone();
    }
    let open: Vec<&str> =
        sources.all.iter().filter(|source| source.bypassed == Some(true)).map(|source| source.name.as_str()).collect();
    let why = if open.is_empty() {
        "what must hold does not hold for anybody".to_owned()
    } else {
        format!("some may go around {}", open.join(", "))
    };
    Outcome::Violation { message: format!("`{branch}`: {why}"), observed: json!(false), desired: json!(true) }
}
