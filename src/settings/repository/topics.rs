//! The topics: `PUT /repos/{owner}/{repo}/topics` replaces all of them; `PATCH` of the repository cannot set them. GitHub keeps
//! them in lower case; their order does not matter.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ADMINISTER, textual::problem};
use crate::{
    model::{Desired, Effect, Kind, Problem, Scope, Shape, Tightens},
    settings::{Context, Difference, Judgement, Meta, Outcome, Pending, Phase, RestWrite, Setting, Write},
};

/// How many topics a repository can have.
const MOST: usize = 20;
/// The longest topic, in characters.
const LONGEST: usize = 50;

static META: Meta = Meta {
    shape: Shape {
        key: "topics",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::List(&Kind::Text),
        tightens: Tightens::Neutral,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Topics",
    docs: "All topics of the repository: those that the list lacks are taken away. GitHub keeps topics in lower case, so neither case \
nor order counts. A topic is at most 50 letters, digits and hyphens and begins with a letter or digit; a repository has at most 20.",
    example: "[repo]\ntopics = [\"nodejs\", \"web-framework\"]\n",
    reads: &["metadata:read"],
    writes: &[ADMINISTER],
    calls: &[("value", "PUT /repos/{owner}/{repo}/topics")],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Topics;

impl Setting for Topics {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let wanted = normal(desired.texts("").into_iter());
        let observed = &cx.repository()?.topics;
        let (before, after) = (json!(observed), json!(wanted));
        if normal(observed.iter().map(String::as_str)) == wanted {
            return Ok(vec![Outcome::Compliant { observed: before, desired: after }.whole()]);
        }
        let write = RestWrite::with_body("PUT", cx.repo_path("topics")?, json!({"names": wanted}));
        let difference = Difference::update(before, after, Effect::Neutral, Write::Rest(write));
        Ok(vec![Outcome::Differs(difference).whole()])
    }
}

/// Topics as GitHub keeps them, each once.
fn normal<'t>(topics: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    topics.map(|topic| topic.trim().to_lowercase()).filter(|topic| !topic.is_empty()).collect()
}

fn check(value: &Value) -> Vec<Problem> {
    let texts: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut problems = Vec::new();
    for text in &texts {
        let topic = text.trim().to_lowercase();
        let sound = topic.starts_with(is_letter) && topic.chars().all(|c| is_letter(c) || c == '-');
        if !sound || topic.len() > LONGEST {
            let help = format!("at most {LONGEST} letters, digits and hyphens, the first no hyphen");
            problems.push(problem(&format!("`{text}` is no topic"), Some(help)));
        }
    }
    if normal(texts.into_iter()).len() > MOST {
        problems.push(problem("there are too many topics", Some(format!("a repository has at most {MOST}"))));
    }
    problems
}
