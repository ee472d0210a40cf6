//! Plans as the command line shows them: in a format, for the public or not, and to GitHub Actions.

use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{
    Failed, environment,
    options::{Format, ScopeArgs},
    session::Session,
    ui::Ui,
};
use crate::{
    plan::{Applied, Plan},
    render,
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
    applied.closed.retain(|url| {
        public
            .changes
            .iter()
            .any(|change| change.repo.as_ref().is_some_and(|repo| url.contains(&format!("/{}/{repo}/", change.org))))
    });
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
    let written = std::fs::File::create(file).and_then(|file| render::json::write_plan(plan, BufWriter::new(file)));
    written.map_err(|error| Failed::msg(format!("{}: {error}", file.display())))
}

/// The plan in a format.
pub(crate) fn text(plan: &Plan, words: Words, format: Format, scope: &ScopeArgs, ui: &Ui) -> Result<String, Failed> {
    let folder = format!("{}/", scope.policy.policy.display());
    Ok(match (format, words) {
        (Format::Json, _) => render::json::plan(plan)?,
        (Format::Text, Words::Plan) => render::text::plan(plan, &ui.style()),
        (Format::Text, Words::Drift) => render::text::drift(plan, &ui.style()),
        (Format::Markdown, Words::Plan) => render::markdown::plan(plan),
        (Format::Markdown, Words::Drift) => render::markdown::drift(plan),
        (Format::Sarif, _) => render::sarif::plan(plan, folder.trim_start_matches("./"))?,
        (Format::Html, _) => render::html::plan(plan),
        (Format::Junit, _) => render::junit::plan(plan),
    })
}

/// Whether the format has a line for the cost.
pub(crate) const fn tells_cost(format: Format) -> bool {
    matches!(format, Format::Text | Format::Markdown | Format::Html)
}

/// Writes the job summary and the outputs of a step of GitHub Actions, where it is one.
pub(crate) fn to_actions(plan: &Plan, words: Words, scope: &ScopeArgs, ui: &Ui) {
    if let (Some(file), Ok(page)) = (environment::step_summary(), text(plan, words, Format::Markdown, scope, ui)) {
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

fn append(file: &PathBuf, text: &str, ui: &Ui) {
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(file);
    if let Err(error) = opened.and_then(|mut file| file.write_all(text.as_bytes())) {
        ui.note(&format!("ordain: {} could not be written: {error}", file.display()));
    }
}
