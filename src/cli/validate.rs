//! `ordain validate`

use std::path::PathBuf;

use super::{Exit, Failed, disk, folder, options::PolicyArgs, pack, session, ui::Ui};

/// Check the policy without network: every mistake of every file in one run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    /// Write the policy as one file of data too, which --policy of the other commands takes: so a proposal reaches a job that
    /// holds a credential without being unpacked there.
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let loaded = session::load(&args.policy, ui)?;
    let policy = &loaded.policy;
    let orgs: Vec<String> = policy.config.orgs.iter().map(ToString::to_string).collect();
    if let Some(file) = &args.pack {
        let packed = pack::pack(&folder::read(&args.policy.policy)?)?;
        disk::write(file, &packed)?;
    }
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
