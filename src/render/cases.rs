//! What came of the policy's own cases, for a terminal.

use serde::Serialize;

use super::{
    page::{Page, Paint},
    text::Style,
};

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseOutcome {
    /// What the case shows.
    pub name: String,
    /// The file of the case, from the policy's folder.
    pub file: String,
    /// The line in it.
    pub line: usize,
    /// Whether everything was said as expected.
    pub passed: bool,
    /// What was said otherwise.
    pub problems: Vec<String>,
}

/// Tells each case, and how many passed.
#[must_use]
pub fn text(outcomes: &[CaseOutcome], style: &Style) -> String {
    let mut page = Page::new(*style);
    for outcome in outcomes {
        if outcome.passed {
            page.row(0, Paint::Green, "ok", 8, &outcome.name);
            continue;
        }
        let place = format!("{} ({}:{})", outcome.name, outcome.file, outcome.line);
        page.row(0, Paint::Red, "FAILED", 8, &place);
        for problem in &outcome.problems {
            page.put(8, Paint::Plain, problem);
        }
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.passed).count();
    let cases = if outcomes.len() == 1 { "case" } else { "cases" };
    page.blank();
    page.put(
        0,
        Paint::Bold,
        &format!("{} {cases}: {} passed, {failed} failed", outcomes.len(), outcomes.len() - failed),
    );
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_says_where_and_how() {
        let outcome = |passed: bool, problems: &[&str]| CaseOutcome {
            name: "reporting waits".into(),
            file: "tests/gate.toml".into(),
            line: 3,
            passed,
            problems: problems.iter().map(|text| (*text).to_owned()).collect(),
        };
        let style = Style { color: false, width: 100, verbose: false };
        let told = text(&[outcome(true, &[]), outcome(false, &["x: expected blocked, is change"])], &style);
        assert_eq!(
            told,
            "ok      reporting waits\nFAILED  reporting waits (tests/gate.toml:3)\n        x: expected blocked, is change\n\n\
             2 cases: 1 passed, 1 failed\n"
        );
    }
}
