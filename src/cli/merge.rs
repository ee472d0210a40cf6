//! `ordain merge`

use std::path::{Path, PathBuf};

use super::{
    Exit, Failed, disk,
    options::{CacheArgs, Format, PolicyArgs, ScopeArgs, check_setting},
    report::{self, Words},
    session,
    ui::Ui,
    writing::LimitArgs,
};
use crate::plan::{Plan, join, saved};

/// Join the plans of shards into the plan of the whole; no network.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The plans of all shards, in any order.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// The format on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write the plan (JSON) to this file too.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Keep exit 0 though this setting cannot be read with this token (repeatable).
    #[arg(long, value_name = "SETTING")]
    accept_unknown: Vec<String>,
    /// Exit 2 if there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    args.accept_unknown.iter().try_for_each(|text| check_setting(text))?;
    let loaded = session::load(&args.policy, ui)?;
    let limits = args.limits.limits()?;
    let files = args.files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    let plan = join(files, &loaded.policy, &loaded.identity.digest, &limits)?;
    ui.clear();
    if let Some(file) = &args.out {
        report::save(&plan, file)?;
    }
    let scope = scope(args);
    report::print(&plan, Words::Plan, args.format, &scope, ui)?;
    report::to_actions(&plan, Words::Plan, ui);
    if session::has_unknown(&plan, &scope, ui) {
        return Ok(Exit::Incomplete);
    }
    Ok(if args.detailed_exitcode && plan.summary.change > 0 { Exit::Differs } else { Exit::Done })
}

fn read(file: &Path) -> Result<(String, Plan), Failed> {
    let name = file.display().to_string();
    let text = disk::read(file)?;
    let plan = saved::read(&text).map_err(|error| Failed::msg(format!("{name}: {error}")))?;
    Ok((name, plan))
}

/// What reports ask of the options: the policy's folder, and what may be unknown.
fn scope(args: &Args) -> ScopeArgs {
    ScopeArgs {
        policy: PolicyArgs { policy: args.policy.policy.clone() },
        org: Vec::new(),
        repo: Vec::new(),
        setting: Vec::new(),
        public_only: false,
        accept_unknown: args.accept_unknown.clone(),
        cache: CacheArgs { cache_dir: None, no_cache: true },
    }
}
