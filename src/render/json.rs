//! The published formats as JSON: indented, a line feed at the end, the same bytes for the same plan.

use std::io::{self, Write};

use serde::Serialize;

use super::explain::Explanation;
use crate::plan::{Applied, Plan};

/// The plan as `ordain.plan/1`.
///
/// # Errors
/// If a value cannot be written as JSON.
pub fn plan(plan: &Plan) -> Result<String, serde_json::Error> {
    pretty(plan)
}

/// Writes the plan as `ordain.plan/1`, without holding the text of it: a plan of many repositories is long.
///
/// # Errors
/// If a value cannot be written as JSON, or the writer takes no more.
pub fn write_plan(plan: &Plan, out: impl Write) -> io::Result<()> {
    write(plan, out)
}

/// Writes a document without holding its text.
///
/// # Errors
/// If a value cannot be written as JSON, or the writer takes no more.
pub fn write(document: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, document)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// What came of an apply.
///
/// # Errors
/// If a value cannot be written as JSON.
pub fn applied(applied: &Applied) -> Result<String, serde_json::Error> {
    pretty(applied)
}

/// The trace of one repository.
///
/// # Errors
/// If a value cannot be written as JSON.
pub fn explanation(explanation: &Explanation) -> Result<String, serde_json::Error> {
    pretty(explanation)
}

fn pretty<T: Serialize>(document: &T) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn a_plan_comes_back_as_it_was() {
        let sample = samples::full();
        let text = plan(&sample).expect("JSON");
        assert!(text.ends_with("}\n"));
        assert_eq!(text, plan(&sample).expect("JSON"));
        let mut written = Vec::new();
        write_plan(&sample, &mut written).expect("JSON");
        assert_eq!(written, text.as_bytes());
        let back: Plan = serde_json::from_str(&text).expect("a plan");
        assert_eq!(back, sample);
        assert_eq!(back.compute_digest().expect("a digest"), sample.digest);
    }
}
