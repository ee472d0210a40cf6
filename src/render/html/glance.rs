//! The page at a glance: links to its parts, how many of each verdict, and a bar for each organisation.

use std::collections::BTreeSet;

use super::entries::{Report, word};
use crate::{
    model::Verdict,
    render::{clean::markup, difference::Voice},
};

/// The links to the parts of the page.
pub(super) fn parts(report: &Report<'_>) -> String {
    let mut parts = Vec::new();
    if !report.entries.is_empty() {
        parts.push(("overview".to_owned(), "Overview", None));
    }
    let title = if report.voice == Voice::Change { "Changes" } else { "Differences" };
    parts.push(("changes".to_owned(), title, Some(report.plan.changes.len())));
    for (verdict, groups) in report.findings.iter().filter(|(_, groups)| !groups.is_empty()) {
        let number = groups.iter().map(|group| group.targets.len()).sum();
        parts.push((verdict.to_string(), word(*verdict, report.voice), Some(number)));
    }
    parts.push(("cost".to_owned(), "Cost", None));
    let links = parts.into_iter().map(|(anchor, word, number)| {
        let number = number.map(|number| format!(" <span class=\"number\">{number}</span>")).unwrap_or_default();
        format!("<li><a href=\"#{anchor}\">{}{number}</a></li>\n", capital(word))
    });
    format!("<nav aria-label=\"Parts of this report\"><ul>\n{}</ul></nav>\n", links.collect::<String>())
}

/// The word as it stands at the head of something.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// The bars: one for each organisation of which something is told.
pub(super) fn section(report: &Report<'_>) -> String {
    let orgs: BTreeSet<(String, &str)> = report.entries.iter().map(|one| (one.org.to_lowercase(), one.org)).collect();
    if orgs.is_empty() {
        return String::new();
    }
    let mut out =
        String::from("<section aria-labelledby=\"glance\">\n<h2 id=\"glance\">At a glance</h2>\n<ul class=\"bars\">\n");
    let mut last = String::new();
    for (folded, org) in orgs {
        if folded == last {
            continue;
        }
        out.push_str(&bar(report, org));
        last = folded;
    }
    out.push_str("</ul>\n</section>\n");
    out
}

fn bar(report: &Report<'_>, org: &str) -> String {
    // From what is well to what is not, as one reads a level.
    let counts: Vec<_> = report.counts(Some(org)).into_iter().rev().collect();
    let total: usize = counts.iter().map(|(_, number)| number).sum();
    let differ: usize = counts.iter().filter(|(verdict, _)| asks(*verdict)).map(|(_, number)| number).sum();
    let told: Vec<_> =
        counts.iter().map(|(verdict, number)| format!("{number} {}", word(*verdict, report.voice))).collect();
    let mut rects = String::new();
    let mut from = 0;
    for (verdict, number) in &counts {
        rects.push_str(&format!("<rect class=\"{verdict}\" x=\"{from}\" width=\"{number}\" height=\"1\"/>"));
        from += number;
    }
    format!(
        "<li><span>{name}</span><svg role=\"img\" aria-label=\"{name}: {}\" viewBox=\"0 0 {total} 1\" \
         preserveAspectRatio=\"none\">{rects}</svg><span class=\"dim\">{differ} of {total} differ or are unknown</span></li>\n",
        markup(&told.join(", ")),
        name = markup(org),
    )
}

/// Whether somebody has something to do about it.
const fn asks(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Violation | Verdict::Change | Verdict::Blocked | Verdict::Unknown | Verdict::Pending => true,
        Verdict::Waived | Verdict::NotApplicable | Verdict::Compliant => false,
    }
}
