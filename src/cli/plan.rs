//! `ordain plan`

use std::path::PathBuf;

use super::{
    Exit, Failed, base, forecast,
    options::{Format, ScopeArgs, SourceArgs},
    report::{self, Words},
    session::{self, Keep, Source},
    ui::Ui,
    writing::LimitArgs,
};
use crate::plan::{Filters, Shard, introduced};

/// Say what would change, with file and line; nothing is written to GitHub.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// The format on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write the plan (JSON) to this file too.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Judge shard I of N only, for `ordain merge`: a repository belongs to one by its identity, organisations to shard 1. Each
    /// takes its share of GitHub's limits.
    #[arg(long, value_name = "I/N", conflicts_with_all = ["base", "public_only"])]
    shard: Option<Shard>,
    /// The policy before: tells what this one introduces, apart from what was drift already, from one observation.
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
    /// Only organisations that --base names are asked, whatever this policy names.
    #[arg(long, requires = "base")]
    orgs_of_base: bool,
    /// This policy was proposed by somebody who is not trusted: as --orgs-of-base, and a new or changed `api` entry is refused.
    #[arg(long, requires = "base")]
    untrusted: bool,
    /// Exit 2 if there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Name the compliant verdicts too; html always does.
    #[arg(long)]
    all: bool,
    /// Say what the plan will cost, and plan nothing: requests, points, time, and whether the hour's allowance has room.
    #[arg(long, conflicts_with_all = ["out", "base", "detailed_exitcode", "all"])]
    forecast: bool,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    if args.forecast {
        forecast::check(&args.source, args.format)?;
    }
    let mut loaded = session::load(&args.scope.policy, ui)?;
    loaded.public_only = args.scope.public_only;
    let base = args.base.as_ref().map(|folder| base::Base::load(folder, &loaded, ui)).transpose()?;
    if let Some(base) = &base {
        if args.untrusted {
            base.refuse_api()?;
        }
        if args.untrusted || args.orgs_of_base {
            base.confine(&mut loaded)?;
        }
    }
    let filters = Filters { shard: args.shard, ..args.scope.filters(&loaded.policy.config.orgs)? };
    let limits = args.limits.limits()?;
    let mut needs = loaded.reads();
    base.iter().for_each(|base| base.add_reads(&mut needs));
    let source = Source::open(args.source.snapshot.as_ref(), &args.scope.cache, needs, ui)?;
    if args.forecast {
        return forecast::run(&loaded, &filters, &source, (&args.scope, args.format), ui).await;
    }
    source.share(args.shard);
    let all = args.all || report::whole(args.format);
    let keep = if base.is_some() { Keep::Everything } else { Keep::Report { all } };
    let mut session = session::observe_for_report(&loaded, &filters, &source, keep, ui).await?;
    session.check_repos(&filters)?;
    let before = match &base {
        Some(base) => base.plan(&mut session, &filters, &source, ui).await,
        None => None,
    };
    let mut plan = session.last_plan(&loaded, &source, limits, all);
    if let Some(base) = base {
        let asked = session.judged.iter().map(crate::plan::Judged::id).collect();
        introduced::mark(&mut plan, before.as_ref(), &asked, base.policy_changes);
    }
    let plan = report::shown(plan, &session, &args.scope);
    let started = session.started;
    session.leave();
    let asked = report::asked(&plan, args.all);
    if let Some(file) = &args.out {
        report::save(&asked, file)?;
    }
    report::print(&plan, Words::Plan, args.format, &args.scope, ui)?;
    session::tell_cost(&plan, started, report::tells_cost(args.format), ui);
    report::to_actions(&asked, Words::Plan, ui);
    if session::has_unknown(&plan, &args.scope, ui) {
        return Ok(Exit::Incomplete);
    }
    Ok(if args.detailed_exitcode && plan.summary.change > 0 { Exit::Differs } else { Exit::Done })
}
