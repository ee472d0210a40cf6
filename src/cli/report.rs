//! Plans as the command line shows them: in a format, for the public or not, and to GitHub Actions.

use std::{
    borrow::Cow,
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    Failed, disk, environment,
    options::{Format, ScopeArgs},
    session::Session,
    ui::Ui,
};
use crate::{
    model::Verdict,
    plan::{Applied, Finding, Plan, unneeded},
    render::{self, markdown::Room},
};

/// Which words a report uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// What would change.
    Plan,
    /// What differs.
    Drift,
}

/// The plan as it may be shown: with `--public-only`, private repositories are a count.
pub(crate) fn shown(plan: Plan, session: &Session<'_>, scope: &ScopeArgs) -> Plan {
    if !scope.public_only {
        return plan;
    }
    render::public_only(&plan, &|org, repo| session.observed.is_public(org, repo))
}

/// The outcomes as they may be shown: with `--public-only`, those of private repositories are left out and counted.
pub(crate) fn shown_outcomes(
    mut applied: Applied,
    plan: &Plan,
    session: &Session<'_>,
    scope: &ScopeArgs,
    ui: &Ui,
) -> Applied {
    if !scope.public_only {
        return applied;
    }
    let changes = applied.outcomes.iter().map(|outcome| outcome.change.clone()).collect();
    let public = shown(Plan { changes, ..plan.clone() }, session, scope);
    let all = applied.outcomes.len();
    applied.outcomes.retain_mut(|outcome| {
        let found = public.changes.iter().find(|change| change.id == outcome.change.id);
        found.is_some_and(|change| {
            outcome.change = change.clone();
            true
        })
    });
    let hidden = all - applied.outcomes.len();
    if hidden > 0 {
        ui.note(&format!("ordain: outcomes of private repositories that are not shown (--public-only): {hidden}"));
    }
    let private: Vec<String> = unneeded(&session.planner, &session.judged)
        .into_iter()
        .filter(|(target, _)| {
            target.repo.as_ref().is_none_or(|(repo, _)| !session.observed.is_public(target.org.as_str(), repo.as_str()))
        })
        .map(|(_, open)| open.url)
        .collect();
    applied.closed.retain(|url| !private.contains(url));
    applied.not_closed.retain(|one| !private.contains(&one.url));
    applied
}

/// Prints the plan in a format.
pub(crate) fn print(plan: &Plan, words: Words, format: Format, scope: &ScopeArgs, ui: &Ui) -> Result<(), Failed> {
    match format {
        Format::Json => ui.print_by(|out| render::json::write_plan(plan, out)),
        _ => ui.print(&text(plan, words, format, scope, ui)?),
    }
    Ok(())
}

/// Writes the plan as JSON to a file.
pub(crate) fn save(plan: &Plan, file: &Path) -> Result<(), Failed> {
    disk::write_by(file, |out| render::json::write_plan(plan, out))
}

/// Whether a format shows the compliant verdicts too, asked for or not: a picture is whole, or it misleads.
pub(crate) fn whole(format: Format) -> bool {
    format == Format::Html
}

/// The plan without the compliant verdicts, unless they were asked for: what is kept and counted does not hang on the format.
pub(crate) fn asked(plan: &Plan, all: bool) -> Cow<'_, Plan> {
    let compliant = |finding: &Finding| finding.verdict == Verdict::Compliant;
    if all || !plan.findings.iter().any(compliant) {
        return Cow::Borrowed(plan);
    }
    let mut plan = plan.clone();
    plan.findings.retain(|finding| !compliant(finding));
    plan.digest = plan.compute_digest().unwrap_or_default();
    Cow::Owned(plan)
}

/// What a comment holds, with a link to the run that writes it.
pub(crate) fn comment_room() -> Room {
    Room::comment(environment::run_address())
}

/// The plan in a format; Markdown as it fits into a comment.
pub(crate) fn text(plan: &Plan, words: Words, format: Format, scope: &ScopeArgs, ui: &Ui) -> Result<String, Failed> {
    let room = comment_room();
    Ok(match (format, words) {
        (Format::Json, _) => render::json::plan(plan)?,
        (Format::Text, Words::Plan) => render::text::plan(plan, &ui.style()),
        (Format::Text, Words::Drift) => render::text::drift(plan, &ui.style()),
        (Format::Markdown, Words::Plan) => render::markdown::plan(plan, &room),
        (Format::Markdown, Words::Drift) => render::markdown::drift(plan, &room),
        (Format::Sarif, _) => render::sarif::plan(plan, &folder_in_repository(&scope.policy.policy))?,
        (Format::Html, Words::Plan) => render::html::plan(plan),
        (Format::Html, Words::Drift) => render::html::drift(plan),
        (Format::Junit, _) => render::junit::plan(plan),
    })
}

/// Whether the format has a line for the cost.
pub(crate) const fn tells_cost(format: Format) -> bool {
    matches!(format, Format::Text | Format::Markdown | Format::Html)
}

/// Where the policy lies in its repository, with `/` between folders: what code scanning finds its files by. Outside of a
/// checkout it is the path as it was given. A packed policy does not say where its files lie.
fn folder_in_repository(policy: &Path) -> String {
    if policy.is_file() {
        return String::new();
    }
    environment::prefix_of(policy).unwrap_or_else(|| policy.to_string_lossy().replace('\\', "/"))
}

/// Writes the job summary and the outputs of a step of GitHub Actions, where it is one. The summary has more room than a
/// comment, and is what a shortened comment leads to.
pub(crate) fn to_actions(plan: &Plan, words: Words, ui: &Ui) {
    if let Some(file) = environment::step_summary() {
        let room = Room::summary(size(&file));
        let page = match words {
            Words::Plan => render::markdown::plan(plan, &room),
            Words::Drift => render::markdown::drift(plan, &room),
        };
        append(&file, &page, ui);
    }
    let summary = &plan.summary;
    let outputs = format!(
        "changes={}\nchange={}\nblocked={}\npending={}\nviolation={}\nunknown={}\ndigest={}\n",
        plan.changes.len(),
        summary.change,
        summary.blocked,
        summary.pending,
        summary.violation,
        summary.unknown,
        plan.digest
    );
    if let Some(file) = environment::step_output() {
        append(&file, &outputs, ui);
    }
}

/// Writes what came of an apply to the job summary, where there is one.
pub(crate) fn outcomes_to_actions(applied: &Applied, ui: &Ui) {
    if let Some(file) = environment::step_summary() {
        append(&file, &render::markdown::applied(applied, &Room::summary(size(&file))), ui);
    }
}

/// How much is in the file already.
fn size(file: &Path) -> usize {
    std::fs::metadata(file).map_or(0, |file| usize::try_from(file.len()).unwrap_or(usize::MAX))
}

fn append(file: &PathBuf, text: &str, ui: &Ui) {
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(file);
    if let Err(error) = opened.and_then(|mut file| file.write_all(text.as_bytes())) {
        ui.note(&format!("ordain: {} could not be written: {error}", file.display()));
    }
}
