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
        "The policy is well-formed: {}, {}, {}, {} in {}, for {}.\n",
        count(policy.rules().len(), "rule"),
        count(policy.settings().len(), "setting"),
        count(policy.waivers.len(), "waiver"),
        count(policy.cases().len(), "case"),
        count(loaded.files, "file"),
        orgs.join(", ")
    ));
    Ok(Exit::Done)
}

fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}
