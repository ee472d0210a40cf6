//! Repositories down, settings across: where something is, at a glance; and the form that narrows it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    entries::{Entry, Report, gravity, word},
    glance::capital,
};
use crate::{
    model::Verdict,
    render::{clean::markup, words},
};

/// What a cell says: a verdict and where it is told, for each of its parts, gravest first.
type Cell<'a> = Vec<(Verdict, &'a str)>;
/// The cells of a row by their column.
type Row<'a> = BTreeMap<&'a str, Cell<'a>>;
/// The rows of an organisation; its own comes first.
type Rows<'a> = BTreeMap<(Option<String>, Option<&'a str>), Row<'a>>;

/// The table of all targets about which there is something to say, and its filters.
pub(super) fn section(report: &Report<'_>) -> String {
    let mut orgs: BTreeMap<String, (&str, Rows<'_>)> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    for Entry { org, repo, key, verdict, anchor } in &report.entries {
        keys.insert(*key);
        let (_, rows) = orgs.entry(org.to_lowercase()).or_insert_with(|| (org, Rows::new()));
        let row = rows.entry((repo.map(str::to_lowercase), *repo)).or_default();
        row.entry(key).or_default().push((*verdict, anchor));
    }
    if orgs.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<section aria-labelledby=\"overview\">\n<h2 id=\"overview\">Overview</h2>\n\
         <p class=\"dim\">Repositories down, settings across; an empty cell: no rule is about it. Each mark leads to the why.\
         <span class=\"scripted\" hidden> The arrow keys go from mark to mark.</span></p>\n",
    );
    legend(&mut out, report);
    form(&mut out, &orgs.values().map(|(org, _)| *org).collect::<Vec<_>>(), &keys);
    out.push_str(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"overview\">\n<table id=\"matrix\">\n\
         <thead><tr><th scope=\"col\">Where</th>",
    );
    for key in &keys {
        // Long names break where people would break them.
        let name = markup(key).replace('_', "_<wbr>");
        out.push_str(&format!("<th scope=\"col\"><code>{name}</code></th>"));
    }
    out.push_str("</tr></thead>\n");
    for (org, rows) in orgs.values() {
        body(&mut out, report, org, rows, &keys);
    }
    out.push_str("</table>\n</div>\n<p id=\"none\" hidden>Nothing fits.</p>\n</section>\n");
    out
}

/// What the marks mean, and how many there are of each; the script makes them buttons that narrow the page.
fn legend(out: &mut String, report: &Report<'_>) {
    out.push_str("<ul class=\"legend\" id=\"legend\" aria-label=\"Verdicts\">\n");
    for (verdict, number) in report.counts(None) {
        let meaning = capital(words::verdict_heading(verdict).1);
        out.push_str(&format!(
            "<li data-verdict=\"{verdict}\" title=\"{}\"><span class=\"mark {verdict}\"></span> {} \
             <span class=\"number\">{number}</span></li>\n",
            markup(&meaning),
            word(verdict, report.voice),
        ));
    }
    out.push_str("</ul>\n");
}

fn form(out: &mut String, orgs: &[&str], keys: &BTreeSet<&str>) {
    out.push_str(
        "<form class=\"filter scripted\" id=\"filter\" role=\"search\" aria-label=\"Filter the report\" hidden>\n\
         <label>Search <input name=\"words\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label>\n",
    );
    choice(out, "Organisation", "org", orgs);
    choice(out, "Setting", "key", &keys.iter().copied().collect::<Vec<_>>());
    out.push_str("<button type=\"reset\">Show all</button>\n<output id=\"told\"></output>\n</form>\n");
}

fn choice(out: &mut String, label: &str, name: &str, options: &[&str]) {
    out.push_str(&format!("<label>{label} <select name=\"{name}\"><option value=\"\">all</option>"));
    for option in options {
        out.push_str(&format!("<option value=\"{0}\">{0}</option>", markup(option)));
    }
    out.push_str("</select></label>\n");
}

fn body(out: &mut String, report: &Report<'_>, org: &str, rows: &Rows<'_>, keys: &BTreeSet<&str>) {
    let org = markup(org);
    out.push_str(&format!(
        "<tbody data-org=\"{org}\">\n<tr class=\"org\"><th scope=\"rowgroup\" colspan=\"{}\"><span>{org}</span></th></tr>\n",
        keys.len() + 1
    ));
    for ((_, repo), cells) in rows {
        let name = repo.map_or_else(|| "<i>organisation</i>".to_owned(), markup);
        out.push_str(&format!("<tr><th scope=\"row\">{name}</th>"));
        for key in keys {
            out.push_str(&cells.get(key).map_or_else(|| "<td></td>".to_owned(), |cell| mark(report, cell)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n");
}

fn mark(report: &Report<'_>, cell: &Cell<'_>) -> String {
    let mut parts = cell.clone();
    // Stable, so that of equal verdicts the first told stays first.
    parts.sort_by_key(|(verdict, _)| u8::MAX - gravity(*verdict));
    let Some((verdict, anchor)) = parts.first() else { return "<td></td>".to_owned() };
    let number = parts.iter().filter(|(other, _)| other == verdict).count();
    let times = if number > 1 { format!(" <sup>×{number}</sup>") } else { String::new() };
    let all = if parts.len() > 1 {
        let anchors: Vec<_> = parts.iter().map(|(_, anchor)| *anchor).collect();
        format!(" data-all=\"{}\"", anchors.join(" "))
    } else {
        String::new()
    };
    let word = word(*verdict, report.voice);
    format!("<td><a class=\"mark {verdict}\" href=\"#{anchor}\"{all}>{word}{times}</a></td>")
}
