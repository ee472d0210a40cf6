//! The steps of a plan, one by one, in this process: resolving the policy, judging, diffing, writing down.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use ordain::{
    observe::read_snapshot,
    plan::{Cost, Filters, Frame, Matched, Planner, PolicyIdentity, RunLimits, assemble},
    policy::{Policy, PolicyFiles},
    settings::{Observed, catalogue},
};

/// The shortest time of each step.
#[derive(Default)]
struct Steps(BTreeMap<usize, (&'static str, Duration)>);

impl Steps {
    /// Does a step and notes its time, if it is the shortest so far.
    fn time<T>(&mut self, place: usize, name: &'static str, step: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = step();
        let took = start.elapsed();
        let shortest = self.0.entry(place).or_insert((name, took));
        shortest.1 = shortest.1.min(took);
        done
    }
}

/// Returns the steps' times as a table.
pub(crate) fn table(policy: &Path, snapshot: &Path, times: usize) -> Result<String> {
    let files = files(policy)?;
    let text = std::fs::read_to_string(snapshot)?;
    let mut steps = Steps::default();
    let mut repositories = 1;
    for _ in 0..times {
        let policy = steps.time(0, "read the policy", || Policy::parse(&files, &catalogue()));
        let policy = policy.map_err(|rejected| anyhow::anyhow!("{} mistakes", rejected.diagnostics.len()))?;
        let observed = steps.time(1, "read the snapshot", || read_snapshot(&text))?;
        repositories = observed.orgs.values().map(|org| org.repos.len()).sum::<usize>().max(1);
        once(&policy, &observed, &mut steps)?;
    }
    let mut out = String::from("| step | all | each repository |\n| --- | ---: | ---: |\n");
    for (name, took) in steps.0.values() {
        let each = took.as_secs_f64() * 1e6 / repositories as f64;
        let _ = writeln!(out, "| {name} | {:.0} ms | {each:.1} µs |", took.as_secs_f64() * 1e3);
    }
    Ok(out)
}

fn once(policy: &Policy, observed: &Observed, steps: &mut Steps) -> Result<()> {
    let filters = Filters::default();
    let matched = steps.time(2, "match and resolve the rules", || Planner::prepare(policy, &filters, observed));
    let Matched::Ready(mut planner) = matched else { bail!("the policy does not fit the snapshot") };
    let missing = steps.time(3, "judge: hold what is observed against what is wanted", || {
        // In rounds, until the last repository is judged.
        std::iter::from_fn(|| planner.next_questions(observed)).map(|missing| missing.len()).sum::<usize>()
    });
    anyhow::ensure!(missing == 0, "the snapshot lacks {missing} answers");
    let judged = steps.time(4, "verdicts: gates, waivers, what is to be written", || planner.verdicts(observed));
    let frame = Frame {
        own_repository: None,
        policy: PolicyIdentity::default(),
        api_url: "http://localhost".into(),
        source: "snapshot".into(),
        created_at: Timestamp::UNIX_EPOCH,
        warnings: Vec::new(),
        limits: RunLimits::default(),
        cost: Cost::default(),
        all: false,
        counted: 0,
    };
    steps.time(5, "the plan: counts, limits, digest", || assemble(&planner, &judged, observed, frame));
    Ok(())
}

/// The files of a policy folder, by path.
fn files(root: &Path) -> Result<PolicyFiles> {
    let mut files = PolicyFiles::default();
    for folder in ["", "rules", "files"] {
        for entry in std::fs::read_dir(root.join(folder)).with_context(|| folder.to_owned())? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                let path = Path::new(folder).join(entry.file_name());
                files.files.insert(path.to_string_lossy().into_owned(), std::fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}
