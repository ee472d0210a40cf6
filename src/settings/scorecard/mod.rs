//! OpenSSF Scorecard as a workflow of the repository: that it is there, can publish its results, is not switched off, and
//! succeeds.
//!
//! The file is found in the folder `.github/workflows` and read by blob id; its state comes from the runs on the head
//! (`workflow_state`), mended by `PUT /repos/{owner}/{repo}/actions/workflows/{id}/enable`; the file is written by pull request.

mod installed;
mod publishable;
mod succeeded;
mod version;
mod workflow;
mod yaml;

use serde_json::{Value, json};

use self::workflow::{Found, Site};
use super::{Context, Difference, Judgement, Meta, Outcome, Pending, Phase, Setting, workflow_state};
use crate::model::{Desired, Effect, Field, Kind, Problem, Reading, Scope, Shape, Tightens};

const FIELDS: &[Field] = &[
    Field {
        key: "workflow",
        kind: Kind::RepoPath,
        doc: "The path of the workflow file, in `.github/workflows/`. Default: any workflow file that uses `ossf/scorecard-action`.",
        tightens: Tightens::Neutral,
    },
    Field {
        key: "template",
        kind: Kind::Template,
        doc: "The file of `files/` that a pull request puts there where the workflow is missing, too old or cannot publish. Without it \
              that is a violation.",
        tightens: Tightens::Judged,
    },
    Field {
        key: "active",
        kind: Kind::Bool,
        doc: "Whether GitHub must run it: its state is `active`. Default true; with false it is not judged.",
        tightens: Tightens::True,
    },
    Field {
        key: "min_version",
        kind: Kind::Text,
        doc: "The oldest version of the action that will do, such as `2.4.0`. Told by the tag, or by the comment behind a commit: \
              `@SHA # v2.4.4`.",
        tightens: Tightens::Judged,
    },
    Field {
        key: "succeeded_within",
        kind: Kind::Duration,
        doc: "How long ago the last successful run on the default branch may be, such as `14d`. Judged only where it is given.",
        tightens: Tightens::Neutral,
    },
    Field {
        key: "dispatch",
        kind: Kind::Bool,
        doc: "Whether a workflow that is enabled again is also run once, on the default branch, if it takes `workflow_dispatch`. Default false.",
        tightens: Tightens::Neutral,
    },
];

static META: Meta = Meta {
    shape: Shape {
        key: "scorecard",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(FIELDS),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &["installed", "publishable", "active", "succeeded_within"],
        check,
    },
    title: "OpenSSF Scorecard",
    docs: "Whether the repository watches its own practices with OpenSSF Scorecard. Each part has its own verdict.

* `scorecard.installed`: a workflow file calls `ossf/scorecard-action`, at least in `min_version`. A commit that is pinned without a \
comment such as `# v2.4.4` tells no version, and neither does a branch.
* `scorecard.publishable`: the workflow file would not be rejected by the server that publishes the results. It rejects (1) top-level `env` or \
`defaults`; (2) top-level permissions to write; (3) `id-token: write` in another job; (4) `container`, `services`, `env` or `defaults` in the job; \
(5) a runner that is not one hosted `ubuntu-latest` or `ubuntu-YY.MM` from 22.04 on; (6) a step without `uses`; (7) an action other than \
`actions/checkout`, `actions/upload-artifact`, `github/codeql-action/upload-sarif`, `step-security/harden-runner`, \
`actions/create-github-app-token` and Scorecard's own; (8) a commit that is not of the action's repository, such as the object of an annotated tag; \
(9) another branch than the default one; (10) a certificate of another repository or branch; (11) a job without `id-token: write`. Rule 10 and, \
but for its form, rule 8 cannot be seen in the file. `publish_results: true` must be set. Private repositories and forks cannot publish: there it is \
*not applicable*.
* `scorecard.active`: GitHub runs the workflow. GitHub stops scheduled workflows, the whole file, after sixty days without activity \
(`disabled_inactivity`), and those of new forks (`disabled_fork`); the enable call mends it. With `dispatch` one more call runs the workflow \
right after it was enabled, so that a result is there before its schedule comes round; a workflow without `workflow_dispatch` is only enabled.
* `scorecard.succeeded_within`: the last successful run is not too long ago. Nothing but the workflow itself can mend it.

While no workflow is installed, the other parts are *not applicable*, so that one fault is told once.

With `template`, a missing file is added by a pull request, which tightens. One that is too old or cannot publish is overwritten by a pull \
request, which counts as loosening, since people may have changed it on purpose: allow it with `--limit loosening=N`. A template that would not \
itself do is never written. A file that stands in the way and is not Scorecard's is never overwritten.",
    example: "[repo.scorecard]\nmin_version = \"2.4.0\"\nsucceeded_within = \"14d\"\n",
    reads: &["contents:read", "actions:read"],
    writes: &["actions:write", "contents:write", "pull_requests:write", "workflows:write"],
    calls: &[
        ("workflow", "a pull request"),
        ("template", "a pull request: GraphQL createCommitOnBranch and POST /repos/{owner}/{repo}/pulls"),
        ("active", "PUT /repos/{owner}/{repo}/actions/workflows/{workflow_id}/enable"),
        ("dispatch", "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches, after `active`"),
        ("min_version", "a pull request, with `template`"),
        ("succeeded_within", "none"),
    ],
    controls: &["Scorecard (precondition for all checks)"],
    phase: Phase::Content,
    after: &[],
    late: false,
};

/// The setting.
pub struct Scorecard;

impl Setting for Scorecard {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let needs_state = desired.bool("active") != Some(false) || desired.declares("succeeded_within");
        if let Some(path) = desired.text("workflow").filter(|_| needs_state) {
            // Asked for at once with the text, where the path is known beforehand; the answer is taken below.
            let _ = workflow_state::of(cx, path);
        }
        let site = match Outcome::known(workflow::locate(cx, desired.text("workflow"))?) {
            Ok(site) => site,
            Err(outcome) => return Ok(every_part(desired, &outcome)),
        };
        let mut judgements = installed::judge(desired, cx, &site)?;
        match &site {
            Site::Found(found) if needs_state => judgements.extend(judge_runs(desired, cx, found)?),
            Site::Found(_) => {}
            Site::Missing(_) | Site::Taken(..) => judgements.extend(runs(desired, &not_installed())),
        }
        Ok(judgements)
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let problem = |path: &str, message: String, help: &str| Problem {
        path: path.to_owned(),
        message,
        help: Some(help.to_owned()),
    };
    // What a template fills in is judged when it is filled in.
    let text = |key| value.get(key).and_then(Value::as_str).filter(|text| !text.contains("{{"));
    let mut problems = Vec::new();
    if let Some(path) = text("workflow") {
        let name = path.strip_prefix(workflow::FOLDER).and_then(|rest| rest.strip_prefix('/'));
        if !name.is_some_and(|name| !name.contains('/') && workflow::is_workflow(name)) {
            let message = format!("`{path}` is not where GitHub looks for workflows");
            problems.push(problem("workflow", message, "write a path such as `.github/workflows/scorecard.yml`"));
        }
    }
    if let Some(least) = text("min_version").filter(|least| version::Version::parse(least).is_none()) {
        problems.push(problem("min_version", format!("`{least}` is not a version"), "write a version such as `2.4.0`"));
    }
    if let Some(within) =
        text("succeeded_within").filter(|within| succeeded::duration(within).is_none_or(|span| span.is_zero()))
    {
        let message = format!("`{within}` is not a duration");
        problems.push(problem("succeeded_within", message, "write a duration such as `14d` or `12h`"));
    }
    problems
}

fn not_installed() -> Outcome {
    Outcome::NotApplicable("no Scorecard workflow is installed yet".into())
}

/// The same outcome for every part that the policy asks for.
fn every_part(desired: &Desired, outcome: &Outcome) -> Vec<Judgement> {
    let mut judgements = vec![
        of_part("installed", installed::leaf(desired), outcome.clone()),
        of_part("publishable", installed::leaf(desired), outcome.clone()),
    ];
    judgements.extend(runs(desired, outcome));
    judgements
}

/// The same outcome for the parts that are about running, where the policy asks for them.
fn runs(desired: &Desired, outcome: &Outcome) -> Vec<Judgement> {
    let active = (desired.bool("active") != Some(false))
        .then(|| of_part("active", declared(desired, &["active"]), outcome.clone()));
    let succeeded = desired.declares("succeeded_within").then(|| outcome.clone().of_part("succeeded_within"));
    active.into_iter().chain(succeeded).collect()
}

fn of_part(part: &'static str, leaf: &str, outcome: Outcome) -> Judgement {
    Judgement { part: Some(part), leaf: leaf.to_owned(), repo: None, outcome }
}

/// The first of these leaves that the policy declares; else the empty path, which stands for all leaves.
fn declared<'p>(desired: &Desired, paths: &[&'p str]) -> &'p str {
    paths.iter().copied().find(|path| desired.leaf(path).is_some()).unwrap_or_default()
}

/// Judges `active` and `succeeded_within` of a workflow that is there.
fn judge_runs(desired: &Desired, cx: &Context<'_>, found: &Found<'_>) -> Result<Vec<Judgement>, Pending> {
    let path = found.path.as_str();
    let unlisted = || Reading::unknown(format!("GitHub does not know the workflow {path} yet"));
    let state = workflow_state::of(cx, path)?.and_then(|state| state.map_or_else(unlisted, Reading::known));
    let state = match Outcome::known(state) {
        Ok(state) => state,
        Err(outcome) => return Ok(runs(desired, &outcome)),
    };
    let mut judgements = Vec::new();
    if desired.bool("active") != Some(false) {
        let (before, after) = (json!(state.state), json!("active"));
        let outcome = if state.is_active() {
            Outcome::Compliant { observed: before, desired: after }
        } else {
            let write = workflow_state::enable(cx, &state)?;
            let mut difference = Difference::update(before, after, Effect::Tightening, write);
            if desired.bool("dispatch") == Some(true) && found.takes_dispatch() {
                difference.writes.extend(workflow_state::dispatch(cx, &state)?);
            }
            Outcome::Differs(difference)
        };
        judgements.push(of_part("active", declared(desired, &["active"]), outcome));
    }
    if let Some(within) = desired.text("succeeded_within") {
        judgements.push(succeeded::judge(cx, &state, within)?.of_part("succeeded_within"));
    }
    Ok(judgements)
}

#[cfg(test)]
mod tests;
