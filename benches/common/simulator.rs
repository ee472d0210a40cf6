//! `ordain sim` over a made organisation, in a process of its own, and what it was asked.

use std::{
    cell::Cell,
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{Usage, usage};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ordain");

/// Which organisation is served, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    /// How many repositories.
    pub(crate) repositories: u64,
    /// Whether an enforced configuration holds them.
    pub(crate) enforced: bool,
    /// How long each answer waits.
    pub(crate) latency: Duration,
    /// Whether GitHub's limits hold, by the hour (as on an Enterprise Cloud: 10,000 points) and by the minute.
    pub(crate) limits: bool,
}

/// A simulator that runs until it is dropped.
pub(crate) struct Simulator {
    child: Child,
    address: String,
    log: PathBuf,
    /// How much of the log has been read.
    read: Cell<usize>,
    limits: bool,
    /// How long it took until it served.
    pub(crate) ready: Duration,
}

/// What was asked since the last look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Requests by route.
    pub(crate) routes: BTreeMap<String, u64>,
    /// Answered 304.
    pub(crate) not_modified: u64,
    /// REST requests that counted against the hour.
    pub(crate) rest_points: u64,
    /// GraphQL requests.
    pub(crate) graphql: u64,
    /// Points of these.
    pub(crate) graphql_points: u64,
    /// Answered 403 or 429.
    pub(crate) refused: u64,
}

impl Asked {
    /// All requests.
    pub(crate) fn requests(&self) -> u64 {
        self.routes.values().sum()
    }

    fn add(&mut self, line: &str) {
        let mut parts = line.splitn(3, ' ');
        let (status, points, route) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        let points: u64 = points.and_then(|points| points.parse().ok()).unwrap_or_default();
        *self.routes.entry(route.to_owned()).or_default() += 1;
        self.not_modified += u64::from(status == Some("304"));
        self.refused += u64::from(matches!(status, Some("403" | "429")));
        if route.contains("/graphql") {
            self.graphql += 1;
            self.graphql_points += points;
        } else {
            self.rest_points += points;
        }
    }
}

/// Returns the program with nothing of our own environment that could reach GitHub.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_clear().env("GITHUB_TOKEN", "benchmark").env("NO_COLOR", "1").stdout(Stdio::null());
    command
}

impl Simulator {
    /// Starts one; `folder` takes its log.
    pub(crate) fn start(made: Made, folder: &Path) -> Result<Self> {
        let start = Instant::now();
        let log = folder.join("asked.txt");
        let (repositories, latency) = (made.repositories.to_string(), format!("{}ms", made.latency.as_millis()));
        let mut command = command(&["sim", "--seed", "1", "--generate", &repositories, "--latency", &latency]);
        command.args(["--configuration", if made.enforced { "enforced" } else { "none" }]).arg("--log").arg(&log);
        match made.limits {
            true => command.args(["--limits", "both", "--rate-limit", "10000"]),
            false => command.args(["--limits", "off"]),
        };
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let out = child.stdout.take().context("the simulator's output")?;
        let mut address = String::new();
        BufReader::new(out).read_line(&mut address)?;
        let address = address.trim().to_owned();
        Ok(Self { child, address, log, read: Cell::new(0), limits: made.limits, ready: start.elapsed() })
    }

    /// Returns the program with this simulator for GitHub.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.env("GITHUB_API_URL", &self.address);
        if !self.limits {
            // Ordain paces itself by GitHub's minutes, whoever it talks to; where the limits are off, its minutes are short.
            command.env("ORDAIN_CLOCK_FACTOR", "100000");
        }
        command
    }

    /// Returns what was asked since the last time.
    pub(crate) fn asked(&self) -> Result<Asked> {
        let mut asked = Asked::default();
        let text = std::fs::read_to_string(&self.log)?;
        let from = self.read.replace(text.len());
        text.get(from..).unwrap_or_default().lines().for_each(|line| asked.add(line));
        Ok(asked)
    }

    /// Returns what it has used so far.
    pub(crate) fn usage(&self) -> Usage {
        usage(self.child.id())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
