//! What a plan of the baseline policy costs at 50, 1,000, 10,000 and 100,000 repositories, cold and warm: requests by route,
//! points, time, processor time and memory, as Markdown tables. `docs/benchmarks.md` says how to run it.

#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

#[path = "../common/mod.rs"]
mod common;
mod goals;
mod scenario;
mod table;

use anyhow::{Context, Result};

use scenario::Scenario;

/// How many repositories where nothing else is asked for.
const SIZES: &[u64] = &[50, 1_000];

fn main() -> Result<()> {
    let sizes = sizes()?;
    // Cargo itself adds `--bench`; other words choose scenarios.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |scenario: &&Scenario| words.is_empty() || words.iter().any(|word| scenario.key == word);
    let mut runs = Vec::new();
    for scenario in scenario::ALL.iter().filter(wanted) {
        for size in &sizes {
            runs.extend(scenario.run(*size)?);
        }
    }
    println!("{}\n{}\n{}\n{}", table::runs(&runs), table::routes(&runs), goals::table(&runs), table::simulator(&runs));
    Ok(())
}

/// The usual sizes, and those of `ORDAIN_BENCH` (`ORDAIN_BENCH=10000,100000`).
#[expect(clippy::disallowed_methods, reason = "a benchmark is told by its environment how far to go")]
fn sizes() -> Result<Vec<u64>> {
    let mut sizes = SIZES.to_vec();
    if let Ok(more) = std::env::var("ORDAIN_BENCH") {
        for size in more.split(',').filter(|size| !size.is_empty()) {
            sizes.push(size.trim().parse().with_context(|| format!("ORDAIN_BENCH: {size:?} is not a number"))?);
        }
    }
    sizes.sort_unstable();
    sizes.dedup();
    Ok(sizes)
}
