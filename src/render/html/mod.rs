//! A plan as one HTML page: nothing is loaded from anywhere, so it can be kept, mailed and opened years later.
//!
//! Everything that strangers wrote is escaped; besides, the page's content security policy allows only the one script and
//! the one style sheet that are known by their digests.

mod matrix;
mod sections;

#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

use super::{clean::markup, difference::Voice, group, words};
use crate::plan::Plan;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// The page: a matrix of repositories and settings, then every change and finding with its why, the waivers, the cost.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    let lead = words::nothing(plan).unwrap_or_else(|| group::lead(plan, Voice::Change));
    let report = sections::Report::new(plan);
    let orgs = markup(&plan.orgs.join(", "));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; \
         form-action 'none'; style-src '{}'; script-src '{}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>ordain: {orgs}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#changes\">Skip to the changes</a>\n",
        digest(STYLE),
        digest(SCRIPT),
    );
    head(&mut out, plan, &lead);
    out.push_str(
        "<form class=\"filter\" role=\"search\" hidden><label for=\"filter\">Show only what has these words</label>\
         <input id=\"filter\" type=\"search\" autocomplete=\"off\"><span id=\"told\" role=\"status\"></span></form>\n",
    );
    out.push_str("<main>\n");
    out.push_str(&matrix::table(&report));
    out.push_str(&report.changes());
    out.push_str(&report.findings());
    out.push_str("</main>\n");
    foot(&mut out, plan);
    out.push_str(&format!("<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    out
}

fn head(out: &mut String, plan: &Plan, lead: &str) {
    out.push_str(&format!("<header>\n<h1>{}</h1>\n", markup(lead)));
    out.push_str(&format!(
        "<p>{} as of <time datetime=\"{as_of}\">{as_of}</time></p>\n",
        markup(&plan.orgs.join(", ")),
        as_of = markup(&plan.as_of)
    ));
    out.push_str(&format!("<p>{}</p>\n", markup(&words::summary(&plan.summary, Voice::Change))));
    if !plan.changes.is_empty() {
        out.push_str(&format!("<p>The changes: {}</p>\n", markup(&words::direction(&plan.summary))));
    }
    for refusal in &plan.refused {
        out.push_str(&format!("<p class=\"alarm\">{}</p>\n", markup(&words::refusal(refusal))));
    }
    if !plan.warnings.is_empty() {
        out.push_str("<h2>Warnings</h2>\n<ul>\n");
        for warning in &plan.warnings {
            let place = warning.source.as_ref().map(|source| format!("<code>{}</code>: ", markup(&source.to_string())));
            out.push_str(&format!("<li>{}{}</li>\n", place.unwrap_or_default(), markup(&warning.message)));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</header>\n");
}

fn foot(out: &mut String, plan: &Plan) {
    let mut lines = vec![words::reading_cost(plan)];
    if !plan.changes.is_empty() {
        lines.push(words::estimate(plan));
    }
    let commit = plan.policy.commit.as_ref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
    lines.push(format!("ordain {}, policy {}{commit}, plan {}.", plan.ordain, plan.policy.digest, plan.digest));
    out.push_str("<footer class=\"dim\">\n<h2>Cost</h2>\n");
    for line in lines {
        out.push_str(&format!("<p>{}</p>\n", markup(&line)));
    }
    out.push_str("</footer>\n");
}

/// The source expression of a content security policy for an inline text.
fn digest(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_usize, |word, n| word << 8 | usize::from(chunk.get(n).copied().unwrap_or_default()));
        for n in 0..4 {
            let digit = DIGITS[word >> (18 - 6 * n) & 63];
            out.push(if n <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}
