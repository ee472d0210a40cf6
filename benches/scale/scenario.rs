//! What is measured: which organisation, which policy, which limits.

use std::{process::Stdio, time::Duration};

use anyhow::Result;

use crate::common::{Asked, Made, Measured, Simulator, Usage, command, copy_baseline, measure};

/// How long each answer of the simulator waits.
const LATENCY: Duration = Duration::from_millis(50);

/// One scenario, run at each size.
pub(crate) struct Scenario {
    /// The word that chooses it on the command line.
    pub(crate) key: &'static str,
    /// What it is called in the tables.
    pub(crate) title: &'static str,
    enforced: bool,
    limits: bool,
    /// Whether the policy asks for the workflow's state too.
    pub(crate) state: bool,
    /// Whether the plan is made a second time, from the cache of the first.
    twice: bool,
}

/// All of them.
pub(crate) const ALL: &[Scenario] = &[
    Scenario { key: "enforced", title: "enforced", enforced: true, limits: false, state: false, twice: true },
    Scenario {
        key: "limits",
        title: "enforced, all limits on",
        enforced: true,
        limits: true,
        state: false,
        twice: false,
    },
    Scenario {
        key: "state",
        title: "enforced, workflow state",
        enforced: true,
        limits: false,
        state: true,
        twice: true,
    },
    Scenario { key: "none", title: "no configuration", enforced: false, limits: false, state: false, twice: true },
];

/// One plan.
pub(crate) struct Run {
    pub(crate) scenario: &'static Scenario,
    pub(crate) size: u64,
    /// Whether a cache of the same plan was there.
    pub(crate) warm: bool,
    pub(crate) measured: Measured,
    pub(crate) asked: Asked,
    /// What the simulator used for it; its memory from its start.
    pub(crate) simulator: Usage,
    /// How long the simulator took until it served.
    pub(crate) ready: Duration,
}

impl Scenario {
    /// Plans once, or twice.
    pub(crate) fn run(&'static self, size: u64) -> Result<Vec<Run>> {
        let folder = tempfile::tempdir()?;
        let (policy, cache) = (folder.path().join("policy"), folder.path().join("cache"));
        copy_baseline(&policy, "active = false", if self.state { "active = true" } else { "active = false" })?;
        let made = Made { repositories: size, enforced: self.enforced, latency: LATENCY, limits: self.limits };
        let simulator = Simulator::start(made, folder.path())?;
        let caches = has_cache()?;
        let times = if self.twice && caches { 2 } else { 1 };
        let mut runs = Vec::new();
        for time in 0..times {
            let before = simulator.usage().cpu.unwrap_or_default();
            let mut plan = simulator.command(&["plan"]);
            plan.arg("--policy").arg(&policy).stderr(Stdio::null());
            if caches {
                plan.arg("--cache-dir").arg(&cache);
            }
            let measured = measure(plan, &[0])?;
            let usage = simulator.usage();
            let simulator_usage = Usage { cpu: usage.cpu.map(|cpu| cpu.saturating_sub(before)), ..usage };
            runs.push(Run {
                scenario: self,
                size,
                warm: time > 0,
                measured,
                asked: simulator.asked()?,
                simulator: simulator_usage,
                ready: simulator.ready,
            });
        }
        Ok(runs)
    }
}

/// Whether the program keeps a cache on disk.
fn has_cache() -> Result<bool> {
    let help = command(&["plan", "--help"]).stdout(Stdio::piped()).output()?;
    Ok(String::from_utf8_lossy(&help.stdout).contains("--cache-dir"))
}
