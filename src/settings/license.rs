//! The licence that GitHub detects (`license` of the organisation's list of repositories). It is a file, so it is observed only.

use serde_json::{Value, json};

use super::{Context, Judgement, Meta, Outcome, Pending, Phase, Setting};
use crate::model::{Desired, Kind, Problem, Scope, Shape, Tightens};

/// GitHub's word for a licence file that it does not recognise.
const UNRECOGNISED: &str = "NOASSERTION";

static META: Meta = Meta {
    shape: Shape {
        key: "license",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::List(&Kind::Text),
        tightens: Tightens::Neutral,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Licence",
    docs: "The licences that the repository may have, as SPDX identifiers. Observed only: a repository without a licence, with another one, \
or with one that GitHub does not recognise is a violation; bring the file by `files`. There is no default for the whole organisation: \
GitHub does not take a licence from the repository `.github`.",
    example: "[repo]\nlicense = [\"MIT\", \"Apache-2.0\"]\n",
    reads: &["metadata:read"],
    writes: &[],
    calls: &[],
    controls: &["OSPS LE-02.01", "OSPS LE-03.01", "Scorecard License"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct License;

impl Setting for License {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let (allowed, wanted) = (desired.texts(""), desired.to_json());
        let found = cx.repository()?.license.as_ref();
        let spdx = found.and_then(|license| license.spdx_id.as_deref());
        let message = match (found, spdx) {
            (None, _) => "GitHub finds no licence".to_owned(),
            (Some(_), None | Some(UNRECOGNISED)) => "GitHub does not recognise the licence".to_owned(),
            (Some(_), Some(id)) if allowed.iter().any(|one| one.eq_ignore_ascii_case(id)) => {
                return Ok(vec![Outcome::Compliant { observed: json!(id), desired: wanted }.whole()]);
            }
            (Some(_), Some(id)) => format!("the licence is {id}"),
        };
        let message = format!("{message}; the policy allows {}", allowed.join(", "));
        Ok(vec![Outcome::Violation { message, observed: json!(spdx), desired: wanted }.whole()])
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let empty = value.as_array().is_some_and(Vec::is_empty);
    let problem = || Problem {
        path: String::new(),
        message: "no licence would do".to_owned(),
        help: Some("name at least one, such as \"MIT\"".to_owned()),
    };
    empty.then(problem).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::bench::{Bench, desired, example_is_sound, repo, repo_with};

    fn outcome(license: Value) -> Outcome {
        let bench = Bench::new(vec![repo_with("web", json!({"license": license}))]);
        bench.outcome(&License, "web", &desired("license", None, &json!(["MIT", "apache-2.0"])))
    }

    #[test]
    fn a_licence_among_those_allowed_complies_whatever_its_case() {
        example_is_sound(&License);
        for id in ["MIT", "Apache-2.0"] {
            let outcome = outcome(json!({"key": "x", "spdx_id": id}));
            assert!(matches!(outcome, Outcome::Compliant { .. }), "{outcome:?}");
        }
    }

    #[test]
    fn no_licence_another_one_and_an_unrecognised_one_are_violations_that_say_so() {
        let told = |license| match outcome(license) {
            Outcome::Violation { message, .. } => message,
            other => unreachable!("{other:?}"),
        };
        assert!(told(Value::Null).starts_with("GitHub finds no licence; "));
        assert!(told(json!({"key": "gpl-3.0", "spdx_id": "GPL-3.0"})).starts_with("the licence is GPL-3.0; "));
        assert!(told(json!({"key": "other", "spdx_id": "NOASSERTION"})).contains("does not recognise"));
        let bench = Bench::new(vec![repo("web")]);
        let all =
            bench.judge(&License, Some("web"), &desired("license", None, &json!(["MIT"]))).expect("nothing is read");
        assert_eq!(all.len(), 1);
    }

    #[test]
    fn an_empty_list_is_a_mistake() {
        assert_eq!(check(&json!([])).len(), 1);
        assert_eq!(check(&json!(["MIT"])), []);
    }
}
