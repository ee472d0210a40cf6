//! `ordain validate`

use super::{Exit, Failed, options::PolicyArgs, session, ui::Ui};

/// Check the policy without network: every mistake of every file in one run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: ordain validate --policy policy")]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let loaded = session::load(&args.policy, ui)?;
    let policy = &loaded.policy;
    let orgs: Vec<String> = policy.config.orgs.iter().map(ToString::to_string).collect();
    ui.clear();
    ui.print(&format!(
        "The policy is well-formed: {} rules, {} settings, {} waivers in {} files, for {}.\n",
        policy.rules().len(),
        policy.settings().len(),
        policy.waivers.len(),
        loaded.files,
        orgs.join(", ")
    ));
    Ok(Exit::Done)
}
