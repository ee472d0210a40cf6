//! `ordain demo`: the whole story against the simulator. The commands that it shows are this program itself, run as
//! processes over real HTTP; only GitHub is simulated.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{net::TcpListener, process::Command};

use super::{Exit, Failed, disk, ui::Ui};
use crate::sim::{Sim, serve};

/// The state of the three organisations.
const STATE: &str = include_str!("state.json");

/// The policy in `policy/`, embedded so that the demo needs no checkout. A test holds that none is missing.
const POLICY: &[(&str, &str)] = &[
    ("policy.toml", include_str!("../../../policy/policy.toml")),
    ("waivers.toml", include_str!("../../../policy/waivers.toml")),
    ("files/SECURITY.md", include_str!("../../../policy/files/SECURITY.md")),
    ("files/scorecard.yml", include_str!("../../../policy/files/scorecard.yml")),
    ("rules/archived.toml", include_str!("../../../policy/rules/archived.toml")),
    ("rules/community-files-jshttp.toml", include_str!("../../../policy/rules/community-files-jshttp.toml")),
    ("rules/community-files.toml", include_str!("../../../policy/rules/community-files.toml")),
    ("rules/excluded.toml", include_str!("../../../policy/rules/excluded.toml")),
    ("rules/maintained.toml", include_str!("../../../policy/rules/maintained.toml")),
    ("rules/organization-settings.toml", include_str!("../../../policy/rules/organization-settings.toml")),
    ("rules/organizations.toml", include_str!("../../../policy/rules/organizations.toml")),
    ("rules/private.toml", include_str!("../../../policy/rules/private.toml")),
    ("rules/scorecard-website.toml", include_str!("../../../policy/rules/scorecard-website.toml")),
    ("rules/scorecard.toml", include_str!("../../../policy/rules/scorecard.toml")),
    ("rules/working-groups.toml", include_str!("../../../policy/rules/working-groups.toml")),
    ("tests/reporting.toml", include_str!("../../../policy/tests/reporting.toml")),
    ("tests/scope.toml", include_str!("../../../policy/tests/scope.toml")),
    ("tests/scorecard.toml", include_str!("../../../policy/tests/scorecard.toml")),
];

/// Tell the whole story against the simulator: the policy of three organisations is validated, planned and applied; the
/// second plan is empty; a change behind its back is found. Needs no token and no network.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keep the policy and the state in this folder, to go on with them.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let temporary = tempfile::tempdir()?;
    let folder = args.keep.as_deref().unwrap_or(temporary.path());
    write_files(folder)?;
    let state = serde_json::from_str(STATE)?;
    let sim = Sim::from_state(&state).map_err(|error| Failed::msg(format!("the demo's state: {error}")))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(serve(listener, sim.clone()));
    ui.clear();
    let story = Story { folder, address: &address, sim: &sim, ui };
    let told = story.tell().await;
    server.abort();
    told
}

fn write_files(folder: &Path) -> Result<(), Failed> {
    for (path, text) in POLICY {
        let file = folder.join("policy").join(path);
        if let Some(parent) = file.parent() {
            disk::folder(parent)?;
        }
        disk::write(&file, text)?;
    }
    disk::write(&folder.join("state.json"), STATE)
}

struct Story<'a> {
    folder: &'a Path,
    address: &'a str,
    sim: &'a Sim,
    ui: &'a Ui,
}

impl Story<'_> {
    async fn tell(&self) -> Result<Exit, Failed> {
        self.say(
            "Three organisations of a simulated GitHub, and the policy that their security working group agreed on.",
        );
        self.step("First: is the policy well-formed? (no network)", &["validate"], 0).await?;
        self.step("Does it say what its authors meant? Their own cases. (no network)", &["test"], 0).await?;
        self.step("What would change, and why? (reads only)", &["plan"], 0).await?;
        self.step("Change it.", &["apply", "--yes", "--quiet"], 0).await?;
        self.merge_pulls();
        self.say("The maintainers merged the pull requests.");
        self.step("And again: does anything still differ that could be changed?", &["apply", "--yes", "--quiet"], 0)
            .await?;
        self.step("The next plan is empty of changes.", &["plan", "--detailed-exitcode"], 0).await?;
        self.sim.edit(|world| world.set_security("expressjs", "express", "secret_scanning_push_protection", false));
        self.say("Somebody switches push protection off in expressjs/express, behind the policy's back.");
        self.step("A check from the shell finds it.", &["drift", "--fail-on", "change"], 2).await?;
        let cost = self.sim.cost();
        self.say(&format!(
            "In all, the simulated GitHub was asked {} times: {} REST and {} GraphQL requests, {} GraphQL points.",
            cost.rest + cost.graphql,
            cost.rest,
            cost.graphql,
            cost.graphql_points
        ));
        Ok(Exit::Done)
    }

    fn say(&self, text: &str) {
        self.ui.print(&format!("# {text}\n\n"));
    }

    /// Runs a command of this program, shows it with its output, and holds it to its exit code.
    async fn step(&self, title: &str, args: &[&str], expected: i32) -> Result<(), Failed> {
        self.say(title);
        self.ui.print(&format!("$ ordain {}\n", args.join(" ")));
        let program = std::env::current_exe()?;
        let mut command = Command::new(program);
        command
            .args(args)
            // As at a terminal, so that the account reads as what a person would see.
            .args(["--width", "100"])
            .current_dir(self.folder)
            .env_clear()
            .env("GITHUB_API_URL", self.address)
            .env("GITHUB_TOKEN", "demo")
            // The simulator's minute is a second: its limits hold, and nobody waits for them.
            .env("ORDAIN_CLOCK_FACTOR", "1000")
            .stdin(Stdio::null());
        let output = command.output().await?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        self.ui.print(&text);
        let code = output.status.code().unwrap_or(-1);
        self.ui.print(&format!("[exit {code}]\n\n"));
        if code != expected {
            return Err(Failed::msg(format!(
                "`ordain {}` ended with {code}, and should have with {expected}",
                args.join(" ")
            )));
        }
        Ok(())
    }

    /// What maintainers do with the pull requests.
    fn merge_pulls(&self) {
        self.sim.edit(crate::sim::World::merge_all_pulls);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    #[test]
    fn the_whole_policy_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policy");
        let mut folders = vec![root.clone()];
        let mut found = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|name| name != "README.md") {
                    let relative = path.strip_prefix(&root).expect("inside").to_string_lossy().replace('\\', "/");
                    found.insert(relative);
                }
            }
        }
        let embedded: BTreeSet<String> = super::POLICY.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(found, embedded);
    }
}
