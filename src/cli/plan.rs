//! `ordain plan`

use std::path::PathBuf;

use super::{
    Exit, Failed,
    options::{Format, ScopeArgs, SourceArgs},
    report::{self, Words},
    session::{self, Source},
    ui::Ui,
    writing::LimitArgs,
};
use crate::render;

/// Say what would change, with file and line; nothing is written to GitHub.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ordain plan\n  ordain plan --repo expressjs/express --setting scorecard\n  ordain plan --format json --out plan.json"
)]
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
    /// Exit 2 if there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Name the compliant verdicts too.
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let loaded = session::load(&args.scope.policy, ui)?;
    let filters = args.scope.filters(&loaded.policy.config.orgs)?;
    let limits = args.limits.limits()?;
    let source = Source::open(args.source.snapshot.as_ref(), loaded.reads(), ui)?;
    let session = session::observe(&loaded, &filters, &source, ui).await?;
    session.check_repos(&filters)?;
    let plan = session.plan(&loaded, &source, limits, args.all);
    let plan = report::shown(plan, &session, &args.scope);
    if let Some(file) = &args.out {
        let text = render::json::plan(&plan)?;
        std::fs::write(file, text).map_err(|error| Failed::msg(format!("{}: {error}", file.display())))?;
    }
    ui.print(&report::text(&plan, Words::Plan, args.format, &args.scope, ui)?);
    report::to_actions(&plan, Words::Plan, &args.scope, ui);
    if session::has_unknown(&plan, &args.scope, ui) {
        return Ok(Exit::Incomplete);
    }
    Ok(if args.detailed_exitcode && plan.summary.change > 0 { Exit::Differs } else { Exit::Done })
}
