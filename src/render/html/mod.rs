//! A plan as one HTML page: nothing is loaded from anywhere, so it can be kept, mailed and opened years later.
//!
//! Everything that strangers wrote is escaped; besides, the page's content security policy allows only the one script and
//! the one style sheet that are known by their digests, and the script can make no text into markup. Without the script the
//! page says the same; with it the matrix can be filtered and walked through with the arrow keys.

mod entries;
mod glance;
mod matrix;
mod sections;
mod waivers;

#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use self::entries::Report;
use super::{clean::markup, difference::Voice, group, words};
use crate::plan::{Plan, introduced};

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// The page of a plan: a matrix of repositories and settings, then every change and finding with its why, the waivers, the
/// cost. The picture is whole where the plan names the compliant verdicts too.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    page(plan, Voice::Change)
}

/// The same as what differs, without a word of changing it.
#[must_use]
pub fn drift(plan: &Plan) -> String {
    page(plan, Voice::State)
}

fn page(plan: &Plan, voice: Voice) -> String {
    let report = Report::new(plan, voice);
    let title = if voice == Voice::Change { "ordain: plan of" } else { "ordain: drift of" };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'; \
         style-src '{}'; script-src '{}'; require-trusted-types-for 'script'; trusted-types 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title} {}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n",
        digest(STYLE),
        digest(SCRIPT),
        markup(&plan.orgs.join(", ")),
    );
    head(&mut out, plan, voice);
    out.push_str(&glance::parts(&report));
    out.push_str("<main id=\"main\" tabindex=\"-1\">\n");
    out.push_str(&glance::section(&report));
    out.push_str(&matrix::section(&report));
    out.push_str(&report.changes());
    out.push_str(&report.findings());
    out.push_str("</main>\n");
    foot(&mut out, plan, voice);
    out.push_str(&format!("<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    out
}

fn head(out: &mut String, plan: &Plan, voice: Voice) {
    let lead = match &plan.policy_changes {
        Some(_) => words::introduces(&introduced::part(plan, true)).trim_end_matches(':').to_owned(),
        None => words::nothing(plan).unwrap_or_else(|| group::lead(plan, voice)),
    };
    out.push_str(&format!("<header>\n<h1>{}</h1>\n", markup(&lead)));
    out.push_str(&format!(
        "<p class=\"dim\">{} as of <time datetime=\"{as_of}\">{as_of}</time></p>\n",
        markup(&plan.orgs.join(", ")),
        as_of = markup(&plan.as_of)
    ));
    if voice == Voice::Change {
        for refusal in &plan.refused {
            out.push_str(&format!("<p class=\"alarm\">{}</p>\n", markup(&words::refusal(refusal))));
        }
    }
    let changes = plan.policy_changes.as_deref().unwrap_or_default().iter();
    list(out, "The policy itself", changes.map(|change| (change.source.as_ref(), change.message.as_str())));
    let warnings = plan.warnings.iter();
    list(out, "Warnings", warnings.map(|warning| (warning.source.as_ref(), warning.message.as_str())));
    out.push_str(&format!("<p>{}</p>\n", markup(&words::summary(&plan.summary, voice))));
    if voice == Voice::Change && !plan.changes.is_empty() {
        out.push_str(&format!("<p>The changes: {}</p>\n", markup(&words::direction(&plan.summary))));
    }
    out.push_str("</header>\n");
}

fn list<'a>(
    out: &mut String,
    title: &str,
    items: impl ExactSizeIterator<Item = (Option<&'a crate::model::Source>, &'a str)>,
) {
    if items.len() == 0 {
        return;
    }
    let open = if items.len() > 6 { "" } else { " open" };
    out.push_str(&format!(
        "<details class=\"notes\"{open}><summary>{title} <span class=\"number\">{}</span></summary>\n<ul>\n",
        items.len()
    ));
    for (source, message) in items {
        let place = source.map(|source| format!("<code>{}</code>: ", markup(&source.to_string())));
        out.push_str(&format!("<li>{}{}</li>\n", place.unwrap_or_default(), markup(message)));
    }
    out.push_str("</ul>\n</details>\n");
}

fn foot(out: &mut String, plan: &Plan, voice: Voice) {
    let mut lines = vec![words::reading_cost(plan)];
    if voice == Voice::Change && !plan.changes.is_empty() {
        lines.push(words::estimate(plan));
    }
    let commit = plan.policy.commit.as_ref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
    lines.push(format!("ordain {}, policy {}{commit}, plan {}.", plan.ordain, plan.policy.digest, plan.digest));
    out.push_str("<footer>\n<h2 id=\"cost\">Cost</h2>\n");
    for line in lines {
        out.push_str(&format!("<p class=\"dim\">{}</p>\n", markup(&line)));
    }
    out.push_str("</footer>\n");
}

/// The source expression of a content security policy for an inline text.
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}
