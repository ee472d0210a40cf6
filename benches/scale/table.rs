//! The measurements as Markdown.

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use crate::{common::thousands, scenario::Run};

/// Seconds, or a dash where they are not known.
pub(crate) fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| format!("{:.2} s", time.as_secs_f64()))
}

/// Megabytes (a million bytes), or a dash where they are not known.
pub(crate) fn megabytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "–".to_owned(), |bytes| format!("{} MB", thousands(bytes.div_ceil(1_000_000))))
}

/// Cold or warm.
fn kind(run: &Run) -> &'static str {
    if run.warm { "warm" } else { "cold" }
}

/// A table: its headings, then its rows. The first column is text, the others are numbers.
fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut out = format!("| {} |\n| ---", headings.join(" | "));
    out.push_str(&" | ---:".repeat(headings.len() - 1));
    out.push_str(" |\n");
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out
}

/// One row for each plan.
pub(crate) fn runs(runs: &[Run]) -> String {
    let headings = [
        "scenario",
        "repositories",
        "cache",
        "requests",
        "not modified",
        "refused",
        "REST points",
        "GraphQL points",
        "time",
        "processor",
        "memory",
    ];
    let rows = runs.iter().map(|run| {
        let (asked, measured) = (&run.asked, &run.measured);
        let counts = [asked.requests(), asked.not_modified, asked.refused, asked.rest_points, asked.graphql_points];
        let mut row = vec![run.scenario.title.to_owned(), thousands(run.size), kind(run).to_owned()];
        row.extend(counts.into_iter().map(thousands));
        row.extend([seconds(Some(measured.wall)), seconds(measured.usage.cpu), megabytes(measured.usage.peak)]);
        row
    });
    table(&headings, rows)
}

/// One row for each route, one column for each plan.
pub(crate) fn routes(runs: &[Run]) -> String {
    let mut headings = vec!["route".to_owned()];
    headings.extend(runs.iter().map(|run| format!("{} {} {}", run.scenario.key, thousands(run.size), kind(run))));
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let routes: BTreeSet<&String> = runs.iter().flat_map(|run| run.asked.routes.keys()).collect();
    let rows = routes.into_iter().map(|route| {
        let count = |run: &Run| run.asked.routes.get(route).map_or_else(|| "–".to_owned(), |count| thousands(*count));
        let mut row = vec![format!("`{route}`")];
        row.extend(runs.iter().map(count));
        row
    });
    table(&headings, rows)
}

/// What the simulator itself used: it must not be what is measured.
pub(crate) fn simulator(runs: &[Run]) -> String {
    let headings = ["the simulator itself", "repositories", "cache", "started in", "processor", "memory"];
    let rows = runs.iter().map(|run| {
        vec![
            run.scenario.title.to_owned(),
            thousands(run.size),
            kind(run).to_owned(),
            seconds(Some(run.ready)),
            seconds(run.simulator.cpu),
            megabytes(run.simulator.peak),
        ]
    });
    table(&headings, rows)
}
