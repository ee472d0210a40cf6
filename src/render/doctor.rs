//! What a credential may do, against what a policy needs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    page::{Page, Paint},
    text::Style,
};

/// Whether a permission is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// GitHub says so, or reading with it worked.
    There,
    /// GitHub says that it is not, or refused for the lack of it.
    Missing,
    /// GitHub does not tell before it is used, and nothing was read that needs it.
    NotTold,
}

/// One permission that the policy needs in one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Needed {
    /// The organisation.
    pub org: String,
    /// `administration:write`
    pub permission: String,
    /// `plan`, or `apply` where only writing needs it.
    pub for_what: &'static str,
    /// The settings that need it.
    pub settings: Vec<String>,
    /// Whether it is there.
    pub standing: Standing,
}

/// The whole examination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examination {
    /// What the credential is: `a GitHub App`, `a classic token with the scopes repo, admin:org`.
    pub credential: String,
    /// What else a person should know.
    pub notes: Vec<String>,
    /// Every permission, by organisation.
    pub needed: Vec<Needed>,
    /// A page of GitHub on which an App with just these permissions is made: one to plan, one to apply.
    pub create_app: BTreeMap<&'static str, String>,
}

/// The organisations and the settings of a line.
type Row<'e> = (Vec<&'e str>, &'e [String]);

/// Tells the examination.
#[must_use]
pub fn text(examination: &Examination, style: &Style) -> String {
    let mut page = Page::new(*style);
    page.put(0, Paint::Bold, &format!("The credential is {}.", examination.credential));
    for note in &examination.notes {
        page.put(0, Paint::Plain, note);
    }
    for (for_what, title) in [("plan", "To plan:"), ("apply", "To apply, besides:")] {
        let mut rows: BTreeMap<(&str, Standing), Row<'_>> = BTreeMap::new();
        for one in examination.needed.iter().filter(|one| one.for_what == for_what) {
            let row = rows.entry((&one.permission, one.standing)).or_insert_with(|| (Vec::new(), &one.settings));
            row.0.push(&one.org);
        }
        if rows.is_empty() {
            continue;
        }
        page.blank();
        page.put(0, Paint::Bold, title);
        for ((permission, standing), (orgs, settings)) in rows {
            let (word, paint) = match standing {
                Standing::There => ("ok", Paint::Green),
                Standing::Missing => ("MISSING", Paint::Red),
                Standing::NotTold => ("not told", Paint::Plain),
            };
            let place = if standing == Standing::Missing { format!(" in {}", orgs.join(", ")) } else { String::new() };
            page.row(2, paint, word, 10, &format!("{permission:<38}{place} {}", few(settings)));
        }
    }
    let missing = examination.needed.iter().any(|one| one.standing == Standing::Missing);
    page.blank();
    if missing {
        page.put(
            0,
            Paint::Plain,
            "Give the missing permissions to the token, or to the GitHub App, and accept them in each organisation.",
        );
    }
    page.put(0, Paint::Plain, "A GitHub App with just what is needed is made on these pages of GitHub:");
    for (what, link) in &examination.create_app {
        page.raw(2, Paint::Plain, &format!("to {what}: {link}"));
    }
    page.finish()
}

/// The first settings, and how many more.
fn few(settings: &[String]) -> String {
    let shown = settings.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
    let more = settings.len().saturating_sub(4);
    if more > 0 { format!("({shown} and {more} more)") } else { format!("({shown})") }
}
