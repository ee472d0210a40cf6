//! What judging alone costs: from a snapshot, without a network, 10,000 repositories and 100 rules; the whole program, and each
//! step for one repository. `docs/benchmarks.md` says how to run it.

#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

#[path = "../common/mod.rs"]
mod common;
mod rules;
mod steps;

use std::time::Duration;

use anyhow::Result;

use common::{Asked, Made, Measured, Simulator, command, measure, thousands};

/// How many repositories.
const REPOSITORIES: u64 = 10_000;
/// How many rules.
const RULES: usize = 100;
/// How often each thing is measured; the shortest time is told, since nothing but other programs makes it longer.
const TIMES: usize = 5;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (policy, snapshot) = (folder.path().join("policy"), folder.path().join("snapshot.json"));
    rules::write(&policy, RULES)?;
    let made = Made { repositories: REPOSITORIES, enforced: true, latency: Duration::ZERO, limits: false };
    let simulator = Simulator::start(made, folder.path())?;
    let mut take = simulator.command(&["snapshot"]);
    take.arg("--policy").arg(&policy).arg("--out").arg(&snapshot);
    let taken = measure(take, &[0, 3])?;
    let (asked, used, ready): (Asked, _, _) = (simulator.asked()?, simulator.usage(), simulator.ready);
    drop(simulator);
    let megabytes = std::fs::metadata(&snapshot)?.len() / 1_000_000;
    println!(
        "The snapshot: {} requests, {:.1} s, {megabytes} MB (the simulator: ready in {:.1} s, {:.1} s of a processor).\n",
        thousands(asked.requests()),
        taken.wall.as_secs_f64(),
        ready.as_secs_f64(),
        used.cpu.unwrap_or_default().as_secs_f64(),
    );
    let plan = || {
        let mut plan = command(&["plan"]);
        plan.arg("--policy").arg(&policy).arg("--snapshot").arg(&snapshot);
        measure(plan, &[0, 3])
    };
    let mut best: Option<Measured> = None;
    for _ in 0..TIMES {
        let run = plan()?;
        best = Some(best.filter(|best| best.wall <= run.wall).unwrap_or(run));
    }
    println!("| `ordain plan --snapshot`, {} repositories, {RULES} rules | |\n| --- | ---: |", thousands(REPOSITORIES));
    if let Some(best) = best {
        let verdict = if best.wall < Duration::from_secs(1) { "reached" } else { "**missed**" };
        println!("| time (goal: under 1 s: {verdict}) | {:.2} s |", best.wall.as_secs_f64());
        println!("| processor time | {:.2} s |", best.usage.cpu.unwrap_or_default().as_secs_f64());
        println!("| memory | {} MB |\n", thousands(best.usage.peak.unwrap_or_default() / 1_000_000));
    }
    println!("{}", steps::table(&policy, &snapshot, TIMES)?);
    Ok(())
}
