//! `ordain apply`

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use clap::ValueEnum;
use jiff::Timestamp;

use super::{
    Exit, Failed,
    options::{Format, ScopeArgs},
    report::{self, Words},
    session::{self, Loaded, Session, Source},
    ui::Ui,
};
use crate::{
    apply::{Job, Journal, Options, apply},
    model::{Org, RepoPattern},
    plan::{Applied, ChangeOutcome, Filters, LIMIT_NAMES, Plan, RunLimits, saved, unneeded},
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
            return Err(Failed::msg(format!("{flag} {text}: write NAME=N, such as deletions=3")));
        };
        if !LIMIT_NAMES.contains(&name) {
            let near = crate::diagnostics::nearest(name, LIMIT_NAMES.into_iter());
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(Failed::msg(format!("{flag} {text}: there is no limit `{name}`{hint}")));
        }
        let count =
            count.parse().map_err(|_| Failed::msg(format!("{flag} {text}: `{count}` is not a whole number")))?;
        limits.insert(name.to_owned(), count);
    }
    Ok(limits)
}

/// Change what differs from the policy, and nothing else. Shows the plan and asks first.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ordain apply\n  ordain apply --yes --repo 'expressjs/*' --first 5\n  ordain plan --out plan.json && ordain apply plan.json"
)]
pub(crate) struct Args {
    /// A plan that `ordain plan --out FILE` wrote: only what stands in it and in today's plan is changed.
    #[arg(value_name = "FILE", conflicts_with_all = ["org", "repo", "setting"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Where each write is noted before and after it; a file that is not there yet. Default: ordain-journal-TIME.jsonl.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Only the first N repositories that have changes, in a fixed order; the rest is left to the next apply.
    #[arg(long, value_name = "N")]
    first: Option<usize>,
    /// The format of the outcome on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: OutcomeFormat,
}

/// The formats of outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutcomeFormat {
    Text,
    Json,
    Markdown,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let mut loaded = session::load(&args.scope.policy, ui)?;
    loaded.public_only = args.scope.public_only;
    let _lock = lock(&args.scope.policy.policy)?;
    let file = args.file.as_deref().map(|file| saved_plan(file, &loaded)).transpose()?;
    let filters = match &file {
        Some(plan) => filters_of(plan)?,
        None => args.scope.filters(&loaded.policy.config.orgs)?,
    };
    let limits = args.limits.limits()?;
    let source = Source::open(None, ui)?;
    let session = session::observe(&loaded, &filters, &source, ui).await?;
    session.check_repos(&filters)?;
    let plan = session.plan(&loaded, &source, limits.clone(), false);
    let (plan, stale) = match &file {
        Some(file) => saved::narrow(plan, file, &session.planner, &limits),
        None => (plan, Vec::new()),
    };
    let shown = report::shown(plan.clone(), &session, &args.scope);
    // Quiet and not asked: the outcome names every change again.
    if args.format == OutcomeFormat::Text && !(args.yes && ui.is_quiet()) {
        ui.print(&report::text(&shown, Words::Plan, Format::Text, &args.scope, ui)?);
    }
    refuse(&plan)?;
    let unknown = session::has_unknown(&plan, &args.scope, ui);
    if !plan.changes.is_empty() && !args.yes {
        ask(plan.changes.len(), ui)?;
    }
    let mut applied = make(args, &session, &source, &plan, file.is_some(), ui).await?;
    applied.outcomes.extend(stale);
    let incomplete = applied.incomplete();
    let applied = report::shown_outcomes(applied, &plan, &session, &args.scope, ui);
    ui.clear();
    ui.print(&match args.format {
        OutcomeFormat::Text if applied.outcomes.is_empty() && applied.closed.is_empty() => String::new(),
        OutcomeFormat::Text => render::text::applied(&applied, &ui.style()),
        OutcomeFormat::Json => render::json::applied(&applied)?,
        OutcomeFormat::Markdown => render::markdown::applied(&applied),
    });
    Ok(if unknown || incomplete { Exit::Incomplete } else { Exit::Done })
}

/// One apply at a time on one policy folder: its `policy.toml` is locked while it runs.
fn lock(folder: &Path) -> Result<File, Failed> {
    if !folder.is_dir() {
        return Err(Failed::msg(format!(
            "{} is not a folder; a packed policy is planned, never applied",
            folder.display()
        )));
    }
    let path = folder.join("policy.toml");
    let file = File::open(&path).map_err(|error| Failed::msg(format!("{}: {error}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Failed::msg(format!("another apply runs on {}; nothing was changed", folder.display())))
        }
        // Some file systems have no locks; one apply there is as good as before.
        Err(std::fs::TryLockError::Error(_)) => Ok(file),
    }
}

/// A plan from a file, checked against today's policy and address.
fn saved_plan(file: &Path, loaded: &Loaded) -> Result<Plan, Failed> {
    let refused = |why: String| Failed::msg(format!("{}: {why}; nothing was changed", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| refused(error.to_string()))?;
    let plan = saved::read(&text).map_err(|error| refused(error.to_string()))?;
    let orgs: Vec<String> = loaded.policy.config.orgs.iter().map(ToString::to_string).collect();
    let address = super::environment::address()?;
    let max_age = loaded.policy.config.max_age;
    saved::check(&plan, &loaded.identity.digest, &orgs, address.rest(), max_age, Timestamp::now())
        .map_err(|error| refused(error.to_string()))?;
    Ok(plan)
}

/// The filters that the plan was made with.
fn filters_of(plan: &Plan) -> Result<Filters, Failed> {
    let mut filters = Filters { settings: plan.scope.setting.clone(), ..Filters::default() };
    for org in &plan.scope.org {
        filters.orgs.push(Org::new(org.clone())?);
    }
    for repo in &plan.scope.repo {
        filters.repos.push(RepoPattern::new(repo).map_err(Failed::msg)?);
    }
    Ok(filters)
}

fn ask(changes: usize, ui: &Ui) -> Result<(), Failed> {
    match ui.confirm(&format!("Make {changes} changes?")) {
        Some(true) => Ok(()),
        Some(false) => Err(Failed::msg("declined; nothing was changed")),
        None => {
            Err(Failed::msg("there is no terminal to ask at; nothing was changed. Say --yes to apply without asking"))
        }
    }
}

/// Makes the changes, with a journal beside them. Ctrl-C finishes what is in flight.
async fn make(
    args: &Args,
    session: &Session<'_>,
    source: &Source,
    plan: &Plan,
    partial: bool,
    ui: &Ui,
) -> Result<Applied, Failed> {
    let Source::Github(observer) = source else { return Err(Failed::msg("a snapshot cannot be changed")) };
    if plan.changes.is_empty() && unneeded(&session.planner, &session.judged).is_empty() {
        return Ok(Applied::default());
    }
    let path = args.journal.clone().unwrap_or_else(|| {
        PathBuf::from(format!("ordain-journal-{}.jsonl", Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ")))
    });
    let journal = Journal::create(&path, plan).map_err(|error| {
        Failed::msg(format!(
            "the journal {}: {error}; nothing was changed (--journal FILE names another)",
            path.display()
        ))
    })?;
    let stop = AtomicBool::new(false);
    let total = plan.changes.len();
    let done = AtomicUsize::new(0);
    let progress = |outcome: &ChangeOutcome| {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        ui.progress(&format!("{done} of {total}: {}", outcome.change.id));
    };
    let job = Job {
        observer,
        planner: &session.planner,
        plan,
        judged: &session.judged,
        observed: session.observed.clone(),
        options: Options { first: args.first, partial },
        progress: &progress,
        journal: &journal,
        stop: &stop,
    };
    let applying = apply(job);
    tokio::pin!(applying);
    let applied = loop {
        tokio::select! {
            applied = &mut applying => break applied,
            Ok(()) = tokio::signal::ctrl_c(), if !stop.load(Ordering::Relaxed) => {
                stop.store(true, Ordering::Relaxed);
                ui.note("ordain: interrupted; finishing what is in flight, the rest is left to the next apply");
            }
        }
    };
    ui.note(&format!("ordain: the journal is {}", path.display()));
    Ok(applied)
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
    Err(Failed::msg(format!("refused, nothing was changed: {}", each.join("; "))))
}
