//! `ordain snapshot`

use std::path::PathBuf;

use super::{
    Exit, Failed, disk,
    options::ScopeArgs,
    session::{self, Source},
    ui::Ui,
};
use crate::{
    model::Scope,
    observe::write_snapshot,
    render,
    settings::{self, OrgObserved},
};

/// Write everything that the policy makes ordain observe; `plan --snapshot FILE` plans from it, `sim --state FILE` serves it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    /// The file; standard output if none is named.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let loaded = session::load(&args.scope.policy, ui)?;
    let filters = args.scope.filters(&loaded.policy.config.orgs)?;
    let source = Source::open(None, &args.scope.cache, loaded.reads(), ui)?;
    let mut session = session::observe(&loaded, &filters, &source, ui).await?;
    session.check_repos(&filters)?;
    let plan = session.plan(&loaded, &source, crate::plan::RunLimits::default(), false);
    if args.scope.public_only {
        session.observed.orgs.values_mut().for_each(OrgObserved::keep_public);
    }
    let named = loaded.policy.settings();
    let not_read = settings::SETTINGS
        .iter()
        .map(|setting| setting.meta().shape)
        .filter(|shape| !named.contains(&(shape.scope, shape.key)))
        .map(|shape| {
            let of = if shape.scope == Scope::Repo { "repositories" } else { "organisations" };
            format!("{} of {of}: no rule names it", shape.key)
        })
        .collect();
    let document = write_snapshot(&session.observed, &plan.api_url, not_read);
    match &args.out {
        Some(file) => disk::write_by(file, |out| render::json::write(&document, out))?,
        None => ui.print_by(|out| render::json::write(&document, out)),
    }
    session::tell_cost(&plan, session.started, false, ui);
    if !session::has_unknown(&plan, &args.scope, ui) {
        return Ok(Exit::Done);
    }
    ui.note("ordain: the snapshot is incomplete: something could not be read; `ordain plan` says what and why");
    Ok(Exit::Incomplete)
}
