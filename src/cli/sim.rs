//! `ordain sim`

use std::{
    fs::File,
    io::Write,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use super::{Exit, Failed, disk, ui::Ui};
use crate::sim::{Recipe, Sim, World, serve};

/// Serve the embedded GitHub simulator on loopback, over the state of a snapshot file or a generated organisation.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The state: a snapshot file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["generate", "seed"], required_unless_present = "generate")]
    state: Option<PathBuf>,
    /// Make an organisation of this many repositories.
    #[arg(long, value_name = "N")]
    generate: Option<u32>,
    /// What the made organisation is made from: the same seed, the same organisation.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The code security configuration of the made organisation: `enforced` holds every repository that can have one, so that
    /// it proves private vulnerability reporting, Dependabot and secret scanning; with `none` each has its own settings.
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Configuration::None, conflicts_with = "state")]
    configuration: Configuration,
    /// Every answer waits so long: `50ms`, `2s`.
    #[arg(long, value_name = "TIME", value_parser = time)]
    latency: Option<Duration>,
    /// Which of GitHub's limits hold: `primary` by the hour; `secondary` by the minute, at once and for new content; `both`; or
    /// `off`. Default: as the state says, else `primary`.
    #[arg(long, value_name = "WHICH", value_enum)]
    limits: Option<Which>,
    /// How many requests, and how many GraphQL points, a token has an hour. Default: as the state says, else 5000.
    #[arg(long, value_name = "N")]
    rate_limit: Option<u64>,
    /// Write a line for each answer: the status, the points that it took of the hour's allowance, and the route, such as
    /// `200 1 GET /orgs/{org}/repos`. An old file is replaced.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

/// The configuration of a made organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Configuration {
    Enforced,
    None,
}

/// Which limits hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    Primary,
    Secondary,
    Both,
    Off,
}

/// What nobody uses up in an hour.
const UNLIMITED: u64 = 1_000_000_000;

fn time(text: &str) -> Result<Duration, String> {
    let number = |digits: &str| digits.parse::<u32>().map(u64::from).ok();
    let read = match text.strip_suffix("ms") {
        Some(digits) => number(digits).map(Duration::from_millis),
        None => text.strip_suffix('s').and_then(number).map(Duration::from_secs),
    };
    read.ok_or_else(|| "a whole number with `ms` or `s` was expected, such as `50ms`".to_owned())
}

impl Args {
    fn simulator(&self) -> Result<Sim, Failed> {
        match (&self.state, self.generate) {
            (Some(file), _) => of_file(file),
            (None, Some(repositories)) => {
                let enforced = self.configuration == Configuration::Enforced;
                let recipe = Recipe { repositories, seed: self.seed, enforced };
                Sim::made(&recipe).map_err(|error| Failed::msg(format!("the state cannot be served: {error}")))
            }
            (None, None) => Err(Failed::msg("say --state FILE or --generate N")),
        }
    }

    /// Lays over the world what the command line says of time and limits.
    fn adjust(&self, world: &mut World) {
        if let Some(latency) = self.latency {
            world.latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        }
        if let Some(points) = self.rate_limit {
            (world.limits.core, world.limits.graphql) = (points, points);
        }
        let Some(which) = self.limits else { return };
        world.limits.secondary = matches!(which, Which::Secondary | Which::Both);
        if matches!(which, Which::Secondary | Which::Off) {
            (world.limits.core, world.limits.graphql) = (UNLIMITED, UNLIMITED);
        }
    }
}

fn of_file(file: &Path) -> Result<Sim, Failed> {
    let about = |what: &str| Failed::msg(format!("{}: {what}", file.display()));
    let text = disk::read(file)?;
    let state = serde_json::from_str(&text).map_err(|error| about(&format!("it is not JSON: {error}")))?;
    Sim::from_state(&state)
        .map_err(|error| Failed::msg(format!("the state in {} cannot be served: {error}", file.display())))
}

/// Writes down what is answered.
fn write_down(sim: &Sim, file: &Path) -> Result<(), Failed> {
    let out = File::create(file).map_err(|error| Failed::msg(format!("{}: {error}", file.display())))?;
    let out = Mutex::new(out);
    sim.tell(move |route, status, points| {
        if let Ok(mut out) = out.lock() {
            // A line that cannot be written is not worth an answer that is not given.
            let _ = out.write_all(format!("{status} {points} {route}\n").as_bytes());
        }
    });
    Ok(())
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let sim = args.simulator()?;
    let mut serves = String::new();
    sim.edit(|world| {
        args.adjust(world);
        serves = served(world);
    });
    if let Some(file) = &args.log {
        write_down(&sim, file)?;
    }
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => "something else listens there".to_owned(),
            std::io::ErrorKind::PermissionDenied => "this user may not listen there".to_owned(),
            _ => error.to_string(),
        };
        Failed::msg(format!("port {}: {why}; name another with --port, or 0 for a free one", args.port))
    })?;
    let address = listener.local_addr()?;
    ui.clear();
    ui.print(&format!("http://{address}\n"));
    ui.note(&format!(
        "serving a simulated GitHub with {serves}; stop it with Ctrl-C\nin another shell: export GITHUB_API_URL=http://{address} GITHUB_TOKEN=any"
    ));
    tokio::select! {
        served = serve(listener, sim) => served?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(Exit::Done)
}

/// The organisations of a world, with how many repositories each has.
fn served(world: &World) -> String {
    let told = world.orgs.iter().map(|org| {
        let count = org.repos.len();
        format!("{} ({count} {})", org.login, if count == 1 { "repository" } else { "repositories" })
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "no organisation".to_owned() } else { told.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn the_command_line_goes_before_the_state() {
        for (limits, core, secondary) in
            [("primary", 77, false), ("both", 77, true), ("secondary", UNLIMITED, true), ("off", UNLIMITED, false)]
        {
            let line = ["sim", "--generate", "2", "--rate-limit", "77", "--latency", "5ms", "--limits", limits];
            let args = <Line as clap::Parser>::parse_from(line).args;
            let sim = args.simulator().expect("a simulator");
            sim.edit(|world| {
                args.adjust(world);
                assert_eq!((world.limits.core, world.limits.secondary), (core, secondary), "{limits}");
                assert_eq!((world.limits.graphql, world.latency_ms), (core, 5));
            });
        }
    }

    #[test]
    fn a_latency_has_a_unit() {
        assert_eq!(time("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(time("2s"), Ok(Duration::from_secs(2)));
        for bad in ["", "50", "ms", "-1s", "1.5s", "50 ms", "1m"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}
