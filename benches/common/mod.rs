//! What both benchmarks need: a simulator that runs beside them, and a program that is watched while it runs.

mod process;
mod simulator;

pub(crate) use process::{Measured, Usage, measure, usage};
pub(crate) use simulator::{Asked, Made, Simulator, command};

use std::path::Path;

use anyhow::{Context, Result};

/// The policy that is planned.
pub(crate) const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/baseline");

/// Copies the baseline policy, with one text of its rules replaced by another.
pub(crate) fn copy_baseline(to: &Path, old: &str, new: &str) -> Result<()> {
    for file in ["policy.toml", "rules/baseline.toml", "files/scorecard.yml"] {
        let text = std::fs::read_to_string(Path::new(BASELINE).join(file)).with_context(|| file.to_owned())?;
        let target = to.join(file);
        target.parent().map(std::fs::create_dir_all).transpose()?;
        std::fs::write(target, if file.starts_with("rules/") { text.replace(old, new) } else { text })?;
    }
    Ok(())
}

/// A number with its thousands apart.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
