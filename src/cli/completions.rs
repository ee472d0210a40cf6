//! `ordain completions`

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Exit, Failed, ui::Ui};

/// Print the completions of a shell.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run<C: CommandFactory>(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut C::command(), "ordain", &mut text);
    ui.clear();
    ui.print(&String::from_utf8_lossy(&text));
    Ok(Exit::Done)
}
