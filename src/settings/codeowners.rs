//! `CODEOWNERS`: who must be asked to review what. GitHub looks into `.github/`, the root and `docs/`, in this order; the first file
//! counts, and the repository `.github` supplies no default ("About code owners"). It is a file, so it is observed only.
//!
//! Which errors GitHub finds in it is GraphQL's `codeowners { errors }`: slow, since every owner is looked up, so it is asked only
//! where such a file is in force.

use serde_json::{Value, json};

use super::{Context, GraphqlField, Judgement, Meta, Outcome, Pending, Phase, Setting};
use crate::model::{Desired, EntryKind, Field, Kind, Problem, Reading, Scope, Shape, Tightens, TreeEntry};

const READ: &str = "contents:read";
const NAME: &str = "CODEOWNERS";
const FOLDERS: [&str; 3] = [".github", "", "docs"];
/// A larger file is not loaded by GitHub, in bytes.
const LARGEST: u64 = 3 * 1024 * 1024;
/// How many errors a message tells.
const TOLD: usize = 10;

const ERRORS: GraphqlField = GraphqlField {
    key: "codeowners",
    selection: "codeowners { errors { kind line path message } }",
    permission: Some(READ),
};

static META: Meta = Meta {
    shape: Shape {
        key: "codeowners",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(&[
            Field {
                key: "present",
                kind: Kind::Bool,
                doc: "Whether there is a CODEOWNERS file that GitHub finds.",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "valid",
                kind: Kind::Bool,
                doc: "`true`: GitHub finds no error in it (an owner that does not exist, or may not write).",
                tightens: Tightens::Neutral,
            },
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &["present", "valid"],
        check,
    },
    title: "Code owners",
    docs: "Whether there is a CODEOWNERS file, and whether GitHub can read it. Observed only: bring the file by `files`, which always goes by \
pull request for this name. `valid` is not applicable where there is no file. A file of more than 3 MB is not loaded by GitHub, and so \
not valid.",
    example: "[repo.codeowners]\npresent = true\nvalid = true\n",
    reads: &[READ],
    writes: &[],
    calls: &[],
    controls: &["Scorecard Branch-Protection"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Codeowners;

impl Setting for Codeowners {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let found = find(cx)?;
        let mut judgements = Vec::new();
        if let Some(wanted) = desired.bool("present") {
            judgements.push(present(found.clone(), wanted).of_part("present"));
        }
        if desired.bool("valid").is_some() {
            judgements.push(valid(found, cx)?.of_part("valid"));
        }
        Ok(judgements)
    }
}

/// The file in force, with its path.
#[derive(Clone)]
struct Found<'a> {
    path: String,
    entry: &'a TreeEntry,
}

/// The first regular file of the name in GitHub's order.
fn find<'a>(cx: &Context<'a>) -> Result<Reading<Option<Found<'a>>>, Pending> {
    // All three are asked before any is looked at.
    let asked = FOLDERS.map(|folder| (folder, cx.tree(folder)));
    let mut answers = Vec::with_capacity(FOLDERS.len());
    for (folder, answer) in asked {
        answers.push((folder, answer?));
    }
    for (folder, answer) in answers {
        let entries = match answer {
            Reading::Known { known } => known.unwrap_or_default(),
            Reading::Unknown { unknown, permission } => return Ok(Reading::Unknown { unknown, permission }),
            Reading::NotApplicable { not_applicable } => return Ok(Reading::NotApplicable { not_applicable }),
        };
        if let Some(entry) = entries.iter().find(|entry| entry.name == NAME && entry.kind() == EntryKind::File) {
            let slash = if folder.is_empty() { "" } else { "/" };
            return Ok(Reading::known(Some(Found { path: format!("{folder}{slash}{NAME}"), entry })));
        }
    }
    Ok(Reading::known(None))
}

fn present(found: Reading<Option<Found<'_>>>, wanted: bool) -> Outcome {
    let found = match Outcome::known(found) {
        Ok(found) => found,
        Err(outcome) => return outcome,
    };
    let (observed, desired) = (json!(found.is_some()), json!(wanted));
    match found {
        Some(_) if wanted => Outcome::Compliant { observed, desired },
        None if !wanted => Outcome::Compliant { observed, desired },
        Some(found) => {
            let message = format!("there is {}; remove it by `files` with `ensure = \"absent\"`", found.path);
            Outcome::Violation { message, observed, desired }
        }
        None => {
            let message = "there is no CODEOWNERS in .github/, the root or docs/; bring one by `files`".to_owned();
            Outcome::Violation { message, observed, desired }
        }
    }
}

fn valid(found: Reading<Option<Found<'_>>>, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let found = match Outcome::known(found) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Outcome::NotApplicable("there is no CODEOWNERS file".to_owned())),
        Err(outcome) => return Ok(outcome),
    };
    let violation = |message: String, observed: Value| Outcome::Violation { message, observed, desired: json!(true) };
    if found.entry.size.is_some_and(|size| size > LARGEST) {
        let message = format!("{} has more than 3 MB, and GitHub does not load it", found.path);
        return Ok(violation(message, json!(false)));
    }
    let answer = match Outcome::known(cx.graphql(ERRORS)?) {
        Ok(answer) => answer,
        Err(outcome) => return Ok(outcome),
    };
    let Some(errors) = answer.get("errors").and_then(Value::as_array) else {
        return Ok(Outcome::unknown(
            format!("GitHub tells no errors of {}, and not that there are none", found.path),
            Some(READ),
        ));
    };
    if errors.is_empty() {
        return Ok(Outcome::Compliant { observed: json!(true), desired: json!(true) });
    }
    let told: Vec<String> = errors.iter().take(TOLD).map(|error| tell(error, &found.path)).collect();
    let more = errors.len().saturating_sub(TOLD);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Ok(violation(format!("{}{more}", told.join("; ")), json!(false)))
}

/// One error: `.github/CODEOWNERS:7: Unknown owner`.
fn tell(error: &Value, path: &str) -> String {
    let text = |key: &str| error.get(key).and_then(Value::as_str);
    let line = error.get("line").and_then(Value::as_u64).unwrap_or_default();
    format!("{}:{line}: {}", text("path").unwrap_or(path), text("kind").unwrap_or("an error"))
}

fn check(value: &Value) -> Vec<Problem> {
    let off = value.get("valid").and_then(Value::as_bool) == Some(false);
    let problem = || Problem {
        path: "valid".to_owned(),
        message: "nobody wants an invalid file".to_owned(),
        help: Some("write `valid = true`, or leave it out".to_owned()),
    };
    off.then(problem).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::bench::{Bench, desired, entry, example_is_sound, file, repo};

    fn wanted(value: Value) -> Desired {
        desired("codeowners", None, &value)
    }

    fn bench(folder: &str, entries: Vec<TreeEntry>) -> Bench {
        let mut bench = Bench::new(vec![repo("web")]);
        for each in FOLDERS {
            bench = bench.tree("web", each, (each == folder).then(|| entries.clone()));
        }
        bench
    }

    fn errors(errors: Value) -> Reading<Value> {
        Reading::known(json!({"errors": errors}))
    }

    #[test]
    fn the_slow_question_is_asked_only_where_a_file_is_in_force() {
        example_is_sound(&Codeowners);
        let both = wanted(json!({"present": true, "valid": true}));
        let asked = Bench::new(vec![repo("web")]).wanted(&Codeowners, Some("web"), &both);
        assert_eq!(asked, ["tree:", "tree:.github", "tree:docs"]);
        let asked = bench("docs", vec![file(NAME, "* @acme/core")]).wanted(&Codeowners, Some("web"), &both);
        assert_eq!(asked, ["graphql:codeowners"]);
        let all = bench("", vec![]).judge(&Codeowners, Some("web"), &both).expect("nothing more is asked");
        assert!(matches!(&all[0].outcome, Outcome::Violation { message, .. } if message.contains("no CODEOWNERS")));
        assert!(matches!(&all[1].outcome, Outcome::NotApplicable(_)));
    }

    #[test]
    fn errors_are_told_with_their_lines() {
        let valid = wanted(json!({"valid": true}));
        let bench = bench(".github", vec![file(NAME, "* @nobody")]);
        let bench = bench.graphql(
            "web",
            "codeowners",
            errors(json!([{"kind": "Unknown owner", "line": 7, "path": ".github/CODEOWNERS", "message": "…"}])),
        );
        let outcome = bench.outcome(&Codeowners, "web", &valid);
        assert!(
            matches!(&outcome, Outcome::Violation { message, .. } if message == ".github/CODEOWNERS:7: Unknown owner"),
            "{outcome:?}"
        );
        let bench = bench.graphql("web", "codeowners", errors(json!([])));
        assert!(matches!(bench.outcome(&Codeowners, "web", &valid), Outcome::Compliant { .. }));
        let bench = bench.graphql("web", "codeowners", Reading::known(Value::Null));
        assert!(matches!(bench.outcome(&Codeowners, "web", &valid), Outcome::Unknown { .. }));
    }

    #[test]
    fn links_and_other_cases_are_no_code_owners() {
        let present = wanted(json!({"present": true}));
        let link = entry(NAME, "blob", 0o120_000, "docs/OWNERS");
        for entries in [vec![link], vec![file("codeowners", "")]] {
            let outcome = bench("", entries).outcome(&Codeowners, "web", &present);
            assert!(matches!(outcome, Outcome::Violation { .. }), "{outcome:?}");
        }
        let outcome = bench("", vec![file(NAME, "")]).outcome(&Codeowners, "web", &wanted(json!({"present": false})));
        assert!(matches!(outcome, Outcome::Violation { .. }), "{outcome:?}");
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_unknown() {
        let hidden = Reading::lacking("hidden", READ.into());
        let bench = bench("", vec![]).unread_tree("web", ".github", hidden);
        let outcome = bench.outcome(&Codeowners, "web", &wanted(json!({"present": true})));
        assert_eq!(crate::settings::bench::lacking(&outcome), Some(READ));
    }

    #[test]
    fn what_is_too_large_is_not_loaded() {
        let mut big = file(NAME, "");
        big.size = Some(LARGEST + 1);
        let outcome = bench("", vec![big]).outcome(&Codeowners, "web", &wanted(json!({"valid": true})));
        assert!(matches!(&outcome, Outcome::Violation { message, .. } if message.contains("3 MB")), "{outcome:?}");
    }

    #[test]
    fn invalid_is_no_wish() {
        assert_eq!(check(&json!({"valid": false})).len(), 1);
        assert_eq!(check(&json!({"valid": true, "present": false})), []);
    }
}
