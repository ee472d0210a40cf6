//! The command line: one file for each command. The only place that prints or reads the environment.

mod apply;
mod base;
mod cache;
mod completions;
mod demo;
mod disk;
mod doctor;
mod drift;
mod environment;
mod explain;
mod fail;
mod folder;
mod forecast;
mod init;
mod interrupts;
mod keep;
mod lessons;
mod man;
mod merge;
mod options;
mod pack;
mod plan;
mod report;
mod rounds;
mod schema;
mod session;
mod sim;
mod snapshot;
mod test;
mod ui;
mod undo;
mod validate;
mod writing;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use fail::{Exit, Failed};

/// Keeps the security settings of every repository of a GitHub organisation at what a folder of TOML files says.
#[derive(Debug, Parser)]
#[command(name = "ordain", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: options::Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a policy from what the organisations have today.
    Init(init::Args),
    /// Check the policy; no network.
    Validate(validate::Args),
    /// Say what would change.
    Plan(plan::Args),
    /// Join the plans of shards into the plan of the whole; no network.
    Merge(merge::Args),
    /// Change what differs from the policy, and nothing else.
    Apply(apply::Args),
    /// Take back what a journal says an apply has changed.
    Undo(undo::Args),
    /// Say what differs, for a person or a monitor; never changes anything.
    Drift(drift::Args),
    /// Say which rule and which line decide, what is observed and desired, and why.
    Explain(explain::Args),
    /// Write everything observed to a file.
    Snapshot(snapshot::Args),
    /// Run the policy's own cases (tests/**/*.toml); no network.
    Test(test::Args),
    /// Say which permissions the policy needs, and which the credential has.
    Doctor(doctor::Args),
    /// Print the JSON Schema of policy, rule, waivers, test, plan, snapshot or journal; or the manual.
    Schema(schema::Args),
    /// Serve the embedded GitHub simulator on loopback.
    Sim(sim::Args),
    /// Tell the whole story against the simulator, in seconds, without a token.
    Demo(demo::Args),
    /// Print the completions of a shell.
    Completions(completions::Args),
    /// Print a manual page, or write all of them.
    Man(man::Args),
}

/// Runs the program and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let parsed = lessons::teach(Cli::command()).try_get_matches();
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let ui = ui::Ui::new(&cli.global);
    let writes = matches!(cli.command, Command::Apply(_) | Command::Undo(_));
    let done = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(run(cli, &ui)),
        Err(error) => Err(Failed::msg(format!("the runtime could not be started: {error}"))),
    };
    match done {
        Ok(exit) => match ui.lost() {
            None => exit.code(),
            Some(why) => {
                ui.fail(&Failed::msg(format!("the output could not be written: {why}")));
                if writes { Exit::Incomplete.code() } else { Exit::Nothing.code() }
            }
        },
        Err(failed) => {
            ui.fail(&failed);
            Exit::Nothing.code()
        }
    }
}

/// Help goes to standard output with exit 0; bad usage to standard error with exit 1 (2 has its own meaning here).
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { Exit::Nothing.code() } else { Exit::Done.code() }
}

async fn run(cli: Cli, ui: &ui::Ui) -> Result<Exit, Failed> {
    match cli.command {
        Command::Init(args) => init::run(&args, ui).await,
        Command::Validate(args) => validate::run(&args, ui),
        Command::Plan(args) => plan::run(&args, ui).await,
        Command::Merge(args) => merge::run(&args, ui),
        Command::Apply(args) => apply::run(&args, ui).await,
        Command::Undo(args) => undo::run(&args, ui).await,
        Command::Drift(args) => drift::run(&args, ui).await,
        Command::Explain(args) => explain::run(&args, ui).await,
        Command::Snapshot(args) => snapshot::run(&args, ui).await,
        Command::Test(args) => test::run(&args, ui).await,
        Command::Doctor(args) => doctor::run(&args, ui).await,
        Command::Schema(args) => schema::run(&args, ui),
        Command::Sim(args) => sim::run(&args, ui).await,
        Command::Demo(args) => demo::run(&args, ui).await,
        Command::Completions(args) => completions::run::<Cli>(&args, ui),
        Command::Man(args) => man::run::<Cli>(&args, ui),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
