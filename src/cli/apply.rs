//! `ordain apply`

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{
    Exit, Failed, disk,
    options::{Format, ScopeArgs},
    report::{self, Words},
    session::{self, Loaded, Session, Source},
    ui::Ui,
    writing::{self, OutcomeFormat, WriteArgs, Writing},
};
use crate::{
    apply::Options,
    model::{Delivery, Org, RepoPattern},
    plan::{Applied, Filters, OpenPull, Plan, Shard, Target, closing_is_told, saved, unneeded},
    render,
};

/// Change what differs from the policy, and nothing else. Shows the plan and asks first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A plan that `ordain plan --out FILE` wrote: only what stands in it and in today's plan is changed.
    #[arg(value_name = "FILE", conflicts_with_all = ["org", "repo", "setting"])]
    file: Option<PathBuf>,
    /// Make shard I of N of FILE's changes only; limits are judged on the whole of it. The first shard, which has the organisations'
    /// own changes, must be done before the others begin. Each takes its share of GitHub's limits. N need not be that of the plans.
    #[arg(long, value_name = "I/N", requires = "file", conflicts_with = "first")]
    shard: Option<Shard>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    write: WriteArgs,
    /// Only the first N repositories that have changes, in a fixed order; the rest is left to the next apply.
    #[arg(long, value_name = "N")]
    first: Option<usize>,
    /// The format of the outcome on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: OutcomeFormat,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let mut loaded = session::load(&args.scope.policy, ui)?;
    loaded.public_only = args.scope.public_only;
    let _lock = writing::lock(&args.scope.policy.policy)?;
    let file = args.file.as_deref().map(|file| saved_plan(file, &loaded)).transpose()?;
    let filters = match &file {
        Some(plan) => Filters { shard: args.shard, ..filters_of(plan)? },
        None => args.scope.filters(&loaded.policy.config.orgs)?,
    };
    let limits = args.write.limits.limits()?;
    let source = Source::open(None, &args.scope.cache, loaded.reads_and_writes(), ui)?;
    source.share(args.shard);
    let session = session::observe(&loaded, &filters, &source, ui).await?;
    session.check_repos(&filters)?;
    let plan = session.plan(&loaded, &source, limits.clone(), false);
    let by_pull_request = count_by_pull_request(&plan);
    let unneeded = closings(&session, &plan, file.as_ref());
    let (plan, stale) = match &file {
        Some(file) => saved::narrow(plan, file, &session.planner, &limits),
        None => (plan, Vec::new()),
    };
    let shown = report::shown(plan.clone(), &session, &args.scope);
    // Quiet and not asked: the outcome names every change again.
    if args.format == OutcomeFormat::Text && !(args.write.yes && ui.is_quiet()) {
        ui.print(&report::text(&shown, Words::Plan, Format::Text, &args.scope, ui)?);
    }
    if let Some(why) = writing::refusals(&plan) {
        return Err(Failed::msg(why));
    }
    writing::tell_idle_allows(&allows_of(args, file.as_ref(), &plan), &plan, ui);
    let unknown = session::has_unknown(&plan, &args.scope, ui);
    let nothing = plan.changes.is_empty() && unneeded.is_empty();
    if !nothing && !args.write.yes {
        writing::ask(plan.changes.len(), unneeded.len(), "apply", ui)?;
    }
    let partial = count_by_pull_request(&plan) < by_pull_request;
    let mut applied = match nothing {
        true => Applied::default(),
        false => make(args, &session, &source, (&plan, unneeded, partial), ui).await?,
    };
    applied.outcomes.extend(stale);
    let incomplete = applied.incomplete();
    let applied = report::shown_outcomes(applied, &plan, &session, &args.scope, ui);
    ui.clear();
    ui.print(&match args.format {
        OutcomeFormat::Text if applied == Applied::default() => String::new(),
        OutcomeFormat::Text => render::text::applied(&applied, &ui.style()),
        OutcomeFormat::Json => render::json::applied(&applied)?,
        OutcomeFormat::Markdown => render::markdown::applied(&applied, &report::comment_room()),
    });
    report::outcomes_to_actions(&applied, ui);
    Ok(if unknown || incomplete { Exit::Incomplete } else { Exit::Done })
}

/// The ids of `--allow` that are this shard's business: those of other shards' changes are not idle.
fn allows_of(args: &Args, file: Option<&Plan>, plan: &Plan) -> Vec<String> {
    let has = |plan: &Plan, id: &String| plan.changes.iter().any(|change| change.id == *id);
    let elsewhere = |id: &String| args.shard.is_some() && !has(plan, id) && file.is_some_and(|file| has(file, id));
    args.write.allow.iter().filter(|id| !elsewhere(id)).cloned().collect()
}

/// A plan from a file, checked against today's policy and address.
fn saved_plan(file: &Path, loaded: &Loaded) -> Result<Plan, Failed> {
    let refused = |why: String| Failed::msg(format!("{}: {why}; nothing was changed", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| refused(disk::why(&error, file)))?;
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

/// How many changes go by pull request: what a saved plan leaves out of one must not be taken out of the branch.
fn count_by_pull_request(plan: &Plan) -> usize {
    plan.changes.iter().filter(|change| change.delivery == Delivery::PullRequest).count()
}

/// The pull requests to be closed: those that the plan, and the saved one if there is one, say are no longer needed.
fn closings(session: &Session<'_>, plan: &Plan, file: Option<&Plan>) -> Vec<(Target, OpenPull)> {
    let told = |open: &OpenPull| [Some(plan), file].into_iter().flatten().all(|plan| closing_is_told(plan, open));
    unneeded(&session.planner, &session.judged).into_iter().filter(|(_, open)| told(open)).collect()
}

/// Makes the changes, and closes the pull requests that are no longer needed.
async fn make(
    args: &Args,
    session: &Session<'_>,
    source: &Source,
    (plan, unneeded, partial): (&Plan, Vec<(Target, OpenPull)>, bool),
    ui: &Ui,
) -> Result<Applied, Failed> {
    let allow = writing::allowed(&args.write);
    let writing = Writing {
        source,
        planner: &session.planner,
        plan,
        judged: &session.judged,
        observed: session.observed.clone(),
        unneeded,
        args: &args.write,
        options: Options { first: args.first, partial, allow, backwards: false },
        undoes: None,
    };
    writing::make(writing, ui).await
}
