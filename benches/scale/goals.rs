//! The measurements held against what was set out to be reached.

use std::{fmt::Write as _, time::Duration};

use crate::{
    common::thousands,
    scenario::Run,
    table::{megabytes, seconds},
};

/// What is to be reached at one size: an enforced configuration, 50 ms a call, GitHub's secondary limits off.
struct Goals {
    size: u64,
    requests: u64,
    /// Of a second plan, with the workflow's state.
    counted: u64,
    wall: Duration,
    cpu: Duration,
    peak: u64,
}

const MILLION: u64 = 1_000_000;

const GOALS: &[Goals] = &[
    Goals {
        size: 1_000,
        requests: 80,
        counted: 65,
        wall: Duration::from_secs(2),
        cpu: Duration::from_millis(500),
        peak: 40 * MILLION,
    },
    Goals {
        size: 10_000,
        requests: 450,
        counted: 640,
        wall: Duration::from_secs(12),
        cpu: Duration::from_secs(4),
        peak: 150 * MILLION,
    },
    Goals {
        size: 100_000,
        requests: 4_100,
        counted: 6_200,
        wall: Duration::from_secs(120),
        cpu: Duration::from_secs(40),
        peak: 1_000 * MILLION,
    },
];

/// One row for each goal whose size was measured.
pub(crate) fn table(runs: &[Run]) -> String {
    let mut out = String::from("| goal | repositories | at most | measured | |\n| --- | ---: | ---: | ---: | --- |\n");
    for goals in GOALS {
        let found = |key: &str, warm: bool| {
            runs.iter().find(|run| run.scenario.key == key && run.size == goals.size && run.warm == warm)
        };
        let mut row = |goal: &str, most: String, measured: String, reached: bool| {
            let word = if reached { "reached" } else { "**missed**" };
            let _ = writeln!(out, "| {goal} | {} | {most} | {measured} | {word} |", thousands(goals.size));
        };
        if let Some(run) = found("enforced", false) {
            let (requests, usage) = (run.asked.requests(), run.measured.usage);
            row("requests, first plan", thousands(goals.requests), thousands(requests), requests <= goals.requests);
            let wall = run.measured.wall;
            row("time, first plan", seconds(Some(goals.wall)), seconds(Some(wall)), wall <= goals.wall);
            let fits = usage.cpu.is_some_and(|cpu| cpu <= goals.cpu);
            row("processor time", seconds(Some(goals.cpu)), seconds(usage.cpu), fits);
            let fits = usage.peak.is_some_and(|peak| peak <= goals.peak);
            row("memory", megabytes(Some(goals.peak)), megabytes(usage.peak), fits);
        }
        if let Some(run) = found("state", true) {
            let counted = run.asked.rest_points + run.asked.graphql;
            let goal = "requests that count, second plan, with the workflow's state";
            row(goal, thousands(goals.counted), thousands(counted), counted <= goals.counted);
        }
    }
    out
}
