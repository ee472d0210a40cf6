//! `ordain apply`

use std::collections::BTreeMap;

use super::{
    Exit, Failed,
    options::{Format, ScopeArgs},
    report::{self, Words},
    session::{self, Source},
    ui::Ui,
};
use crate::{
    apply::{Options, apply},
    plan::{LIMIT_NAMES, Plan, RunLimits},
    render,
};

/// Limits on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct LimitArgs {
    /// Raise or lower a limit of policy.toml for this run (repeatable): changes, repositories, deletions, loosening,
    /// pull_requests.
    #[arg(long, value_name = "NAME=N")]
    limit: Vec<String>,
    /// A bound above which neither policy.toml nor --limit counts (repeatable).
    #[arg(long, value_name = "NAME=N")]
    limit_max: Vec<String>,
}

impl LimitArgs {
    pub(crate) fn limits(&self) -> Result<RunLimits, Failed> {
        Ok(RunLimits { given: parse("--limit", &self.limit)?, most: parse("--limit-max", &self.limit_max)? })
    }
}

fn parse(flag: &str, texts: &[String]) -> Result<BTreeMap<String, u64>, Failed> {
    let mut limits = BTreeMap::new();
    for text in texts {
        let Some((name, count)) = text.split_once('=') else {
            return Err(Failed::new(format!("{flag} {text}: write NAME=N, such as deletions=3")));
        };
        if !LIMIT_NAMES.contains(&name) {
            let near = crate::diagnostics::nearest(name, LIMIT_NAMES.into_iter());
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(Failed::new(format!("{flag} {text}: there is no limit `{name}`{hint}")));
        }
        let count =
            count.parse().map_err(|_| Failed::new(format!("{flag} {text}: `{count}` is not a whole number")))?;
        limits.insert(name.to_owned(), count);
    }
    Ok(limits)
}

/// Change what differs from the policy, and nothing else. Shows the plan and asks first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  ordain apply\n  ordain apply --yes --repo 'expressjs/*' --first 5")]
pub(crate) struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Only the first N repositories that have changes, in a fixed order; the rest is left to the next apply.
    #[arg(long, value_name = "N")]
    first: Option<usize>,
    /// The format of the outcome on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let loaded = session::load(&args.scope.policy, ui)?;
    let filters = args.scope.filters(&loaded.policy.config.orgs)?;
    let limits = args.limits.limits()?;
    let source = Source::open(None, ui)?;
    let session = session::observe(&loaded, &filters, &source, ui).await?;
    session.check_repos(&filters)?;
    let plan = session.plan(&loaded, &source, limits, false);
    let shown = report::shown(plan.clone(), &session, &args.scope);
    if args.format == Format::Text {
        ui.print(&report::text(&shown, Words::Plan, Format::Text, ui)?);
    }
    refuse(&plan)?;
    let unknown = session::has_unknown(&plan, &args.scope, ui);
    if !plan.changes.is_empty() && !args.yes {
        match ui.confirm(&format!("Make {} changes?", plan.changes.len())) {
            Some(true) => {}
            Some(false) => return Err(Failed::new("declined; nothing was changed")),
            None => {
                return Err(Failed::new(
                    "there is no terminal to ask at; nothing was changed. Say --yes to apply without asking",
                ));
            }
        }
    }
    let Source::Github(observer) = &source else { return Err(Failed::new("a snapshot cannot be changed")) };
    let options = Options { first: args.first };
    let total = plan.changes.len();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let progress = |outcome: &crate::plan::ChangeOutcome| {
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        ui.progress(&format!("{done} of {total}: {}", outcome.change.id));
    };
    let applied =
        apply(observer, &session.planner, &plan, &session.judged, session.observed.clone(), &options, &progress).await;
    ui.clear();
    ui.print(&match args.format {
        Format::Text if applied.outcomes.is_empty() && applied.closed.is_empty() => String::new(),
        Format::Text => render::text::applied(&applied, &ui.style()),
        Format::Json => render::json::applied(&applied)?,
        Format::Markdown => render::markdown::applied(&applied),
    });
    Ok(if unknown || applied.incomplete() { Exit::Incomplete } else { Exit::Done })
}

/// Refuses a plan that is beyond a limit, before the first write.
fn refuse(plan: &Plan) -> Result<(), Failed> {
    if plan.refused.is_empty() {
        return Ok(());
    }
    let each: Vec<String> = plan
        .refused
        .iter()
        .map(|one| {
            let (limit, planned, allowed) = (&one.limit, one.planned, one.allowed);
            format!("{planned} {limit} planned, {allowed} allowed (--limit {limit}={planned} allows them for this run)")
        })
        .collect();
    Err(Failed::new(format!("refused, nothing was changed: {}", each.join("; "))))
}
