//! The exceptions that cover something, the one that ends first on top.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, Unit, civil::Date, tz::TimeZone};

use crate::{
    plan::{Plan, WaiverQuote},
    render::{clean::markup, words},
};

/// A waiver that ends within so many days is about to; the policy's own warning counts the same.
const SOON: i32 = 30;

/// What one waiver covers.
struct Covers<'a> {
    waiver: &'a WaiverQuote,
    settings: BTreeSet<&'a str>,
    targets: BTreeSet<(&'a str, Option<&'a str>)>,
}

/// The table of the waivers; empty where none covers anything.
pub(super) fn table(plan: &Plan) -> String {
    let mut found: BTreeMap<_, Covers<'_>> = BTreeMap::new();
    for finding in &plan.findings {
        let Some(waiver) = &finding.waiver else { continue };
        // Permanent ones last.
        let key = (waiver.expires.is_none(), &waiver.expires, &waiver.source.file, waiver.source.line);
        let covers =
            found.entry(key).or_insert_with(|| Covers { waiver, settings: BTreeSet::new(), targets: BTreeSet::new() });
        covers.settings.insert(&finding.setting);
        covers.targets.insert((&finding.org, finding.repo.as_deref()));
    }
    if found.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Waivers, the first to end on top\">\n\
         <table id=\"waivers\">\n<thead><tr><th scope=\"col\">Last day</th><th scope=\"col\">Covers</th>\
         <th scope=\"col\">Why</th><th scope=\"col\">Who answers for it</th><th scope=\"col\">Written at</th></tr></thead>\n<tbody>\n",
    );
    for covers in found.values() {
        row(&mut out, plan, covers);
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    out
}

fn row(out: &mut String, plan: &Plan, covers: &Covers<'_>) {
    let Covers { waiver, settings, targets } = covers;
    let WaiverQuote { reason, link: _, owner, expires, source } = waiver;
    let last = expires.as_ref().map_or_else(|| "none: permanent".to_owned(), |day| markup(day));
    let left = match expires.as_ref().and_then(|day| days(&plan.as_of, day)) {
        Some(days) if days <= SOON => {
            let told = match days {
                0 => "today".to_owned(),
                _ => format!("in {}", words::count(u64::try_from(days).unwrap_or_default(), "day", "days")),
            };
            format!("<br><strong class=\"flag\">ends {told}</strong>")
        }
        Some(days) => format!("<br><span class=\"dim\">in {days} days</span>"),
        None => String::new(),
    };
    let settings: Vec<_> = settings.iter().map(|setting| format!("<code>{}</code>", markup(setting))).collect();
    let place = match targets.first() {
        Some((org, Some(repo))) if targets.len() == 1 => format!("{org}/{repo}"),
        Some((org, None)) if targets.len() == 1 => (*org).to_owned(),
        _ => format!("{} places", targets.len()),
    };
    out.push_str(&format!(
        "<tr><th scope=\"row\">{last}{left}</th><td>{}<br>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>\n",
        settings.join("<br>"),
        markup(&place),
        markup(reason),
        markup(owner.as_deref().unwrap_or("nobody in particular")),
        markup(&source.to_string()),
    ));
}

/// The days from the day of the observation to the last day of a waiver.
fn days(as_of: &str, last: &str) -> Option<i32> {
    let today = as_of.parse::<Timestamp>().ok()?.to_zoned(TimeZone::UTC).date();
    let last: Date = last.parse().ok()?;
    last.since((Unit::Day, today)).ok().map(|span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn what_ends_soon_stands_first_and_says_so() {
        let mut plan = samples::full();
        plan.as_of = "2027-06-28T23:00:00Z".to_owned();
        let first = plan.findings.iter().position(|finding| finding.waiver.is_some()).expect("a waiver");
        let mut later = plan.findings[first].clone();
        if let Some(waiver) = &mut later.waiver {
            (waiver.expires, waiver.source.line, waiver.reason) = (Some("2028-01-01".into()), 1, "later".into());
        }
        let mut never = later.clone();
        if let Some(waiver) = &mut never.waiver {
            (waiver.expires, waiver.reason) = (None, "never".into());
        }
        plan.findings.splice(0..0, [never, later]);
        let told = table(&plan);
        let at = |text: &str| told.find(text).unwrap_or_else(|| panic!("{text} in {told}"));
        assert!(at("ends in 2 days") < at("in 187 days") && at("in 187 days") < at("none: permanent"));
        assert_eq!(told.matches("class=\"flag\"").count(), 1);
    }

    #[test]
    fn without_waivers_there_is_no_table() {
        assert_eq!(table(&samples::empty()), "");
    }
}
