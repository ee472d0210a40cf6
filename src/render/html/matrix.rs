//! Repositories down, settings across: where something is, at a glance.

use std::collections::{BTreeMap, BTreeSet};

use super::sections::{Entry, Report};
use crate::{
    model::Verdict,
    render::{clean::markup, words},
};

/// What a cell says: the gravest verdict, how many parts have it, and where to read on.
struct Cell<'a> {
    verdict: Verdict,
    number: usize,
    anchor: &'a str,
}

/// The table of all targets about which there is something to say.
pub(super) fn table(report: &Report<'_>) -> String {
    let mut rows: BTreeMap<_, BTreeMap<&str, Cell<'_>>> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    for Entry { org, repo, key, verdict, anchor } in &report.entries {
        keys.insert(*key);
        let row = rows.entry((org.to_lowercase(), repo.map(str::to_lowercase), *org, *repo)).or_default();
        let cell = row.entry(key).or_insert(Cell { verdict: *verdict, number: 0, anchor });
        if gravity(*verdict) > gravity(cell.verdict) {
            *cell = Cell { verdict: *verdict, number: 0, anchor };
        }
        cell.number += usize::from(cell.verdict == *verdict);
    }
    if rows.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<section aria-labelledby=\"overview\">\n<h2 id=\"overview\">Overview</h2>\n\
         <p class=\"dim\">An empty cell: the setting is as the policy says, or not managed there. Each word leads to the why.</p>\n\
         <div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"overview\">\n<table>\n<thead><tr><th scope=\"col\">Where</th>",
    );
    for key in &keys {
        out.push_str(&format!("<th scope=\"col\"><code>{}</code></th>", markup(key)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for ((_, _, org, repo), cells) in rows {
        let name = repo.map_or_else(|| format!("{org} (organisation)"), |repo| format!("{org}/{repo}"));
        let found: Vec<_> = cells.iter().map(|(key, cell)| format!("{key} {}", cell.verdict)).collect();
        let find = markup(&format!("{name} {}", found.join(" ")).to_lowercase());
        out.push_str(&format!("<tr data-find=\"{find}\"><th scope=\"row\">{}</th>", markup(&name)));
        for key in &keys {
            let Some(Cell { verdict, number, anchor }) = cells.get(key) else {
                out.push_str("<td></td>");
                continue;
            };
            let word = words::verdict_heading(*verdict).0;
            let times = if *number > 1 { format!(" ×{number}") } else { String::new() };
            out.push_str(&format!("<td><a class=\"{verdict}\" href=\"#{anchor}\">{word}{times}</a></td>"));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n</section>\n");
    out
}

const fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Violation => 7,
        Verdict::Change => 6,
        Verdict::Blocked => 5,
        Verdict::Unknown => 4,
        Verdict::Pending => 3,
        Verdict::Waived => 2,
        Verdict::NotApplicable => 1,
        Verdict::Compliant => 0,
    }
}
