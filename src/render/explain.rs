//! The trace of one repository's settings: what the policy says and where, what GitHub says, the verdict and why.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    difference::{Difference, Voice, difference, short},
    page::{Page, Paint},
    text::Style,
    words,
};
use crate::{
    model::{Permission, Source, Verdict},
    plan::WaiverQuote,
};

/// What holds for one repository or organisation, and why.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// `ORG/REPO`, or `ORG`.
    pub target: String,
    /// What rules can match on, in words: `public`, `default branch main`, `topics: web`.
    pub facts: Vec<String>,
    /// The rules that match it.
    pub rules: Vec<String>,
    /// Its settings, or the one that was asked for.
    pub settings: Vec<ExplainedSetting>,
    /// The setting that was asked for, where no rule gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmanaged: Option<Unmanaged>,
}

/// A setting that was asked for and that no rule gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmanaged {
    /// As it was asked for.
    pub setting: String,
    /// That it is so, for a person.
    pub message: String,
    /// What the setting itself tells, in lines.
    pub notes: Vec<String>,
}

/// What holds for one setting or part, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedSetting {
    /// The key, then the name or the part.
    pub setting: String,
    /// What holds.
    pub verdict: Verdict,
    /// Why, for a person; may be empty.
    pub message: String,
    /// What GitHub says; null where unknown.
    pub observed: Value,
    /// What the policy says.
    pub desired: Value,
    /// The places that say so, the deciding one first.
    pub sources: Vec<ExplainedSource>,
    /// The places that say something else and are beaten.
    pub overridden: Vec<ExplainedSource>,
    /// Why, in the policy's words.
    pub reason: Option<String>,
    /// The waiver that covers it.
    pub waiver: Option<WaiverQuote>,
    /// Its gates.
    pub gates: Vec<ExplainedGate>,
    /// The permission that would help where it is unknown.
    pub permission: Option<Permission>,
    /// The security controls that it serves.
    pub controls: Vec<String>,
    /// What the setting itself tells, in lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// How it was read: `GraphQL hasVulnerabilityAlertsEnabled`, `GET /repos/…`.
    pub read: Vec<String>,
    /// What apply would write, now or once the gates hold: calls and files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<String>,
}

/// A place in the policy that gives a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedSource {
    /// The rule.
    pub rule: String,
    /// Where.
    pub source: Source,
    /// The field of the setting; empty for a bare value.
    pub field: String,
    /// The value that it gives.
    pub value: Value,
    /// For one that is beaten: by what.
    pub note: Option<String>,
}

/// A gate and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedGate {
    /// As the policy writes it: `.github:security_policy`.
    pub gate: String,
    /// Whether it holds.
    pub holds: bool,
    /// Why, for a person; may be empty.
    pub message: String,
}

/// Tells the trace at a terminal.
#[must_use]
pub fn text(explanation: &Explanation, style: &Style) -> String {
    let mut page = Page::new(*style);
    page.put(0, Paint::Bold, &explanation.target);
    if !explanation.facts.is_empty() {
        page.put(2, Paint::Plain, &explanation.facts.join(", "));
    }
    if !explanation.rules.is_empty() {
        page.put(2, Paint::Plain, &format!("matched by {}", explanation.rules.join(", ")));
    }
    if let Some(unmanaged) = &explanation.unmanaged {
        page.blank();
        page.put(2, Paint::Bold, &format!("{}: {}", unmanaged.setting, unmanaged.message));
        unmanaged.notes.iter().for_each(|note| page.raw(4, Paint::Plain, note));
    } else if explanation.settings.is_empty() {
        page.blank();
        page.put(2, Paint::Plain, "No rule gives it a setting: ordain neither reads nor changes anything there.");
    }
    for setting in &explanation.settings {
        one(&mut page, setting);
    }
    page.finish()
}

fn one(page: &mut Page, told: &ExplainedSetting) {
    page.blank();
    let paint = match told.verdict {
        Verdict::Compliant => Paint::Green,
        Verdict::Violation => Paint::Red,
        Verdict::Change | Verdict::Blocked | Verdict::Pending | Verdict::Unknown => Paint::Yellow,
        Verdict::Waived | Verdict::NotApplicable => Paint::Plain,
    };
    let (word, meaning) = words::verdict_heading(told.verdict);
    page.put(2, paint, &format!("{}: {word} ({meaning})", told.setting));
    if !told.message.is_empty() {
        page.put(4, Paint::Plain, &told.message);
    }
    values(page, told);
    for (lead, source) in
        told.sources.iter().enumerate().map(|(n, source)| (if n == 0 { "from" } else { "and" }, source))
    {
        place(page, Paint::Plain, lead, source);
    }
    for source in &told.overridden {
        place(page, Paint::Dim, "beats", source);
    }
    if let Some(reason) = &told.reason {
        line(page, Paint::Plain, "why", reason);
    }
    for gate in &told.gates {
        let (state, paint) = if gate.holds { ("holds", Paint::Green) } else { ("does not hold", Paint::Yellow) };
        let why = if gate.message.is_empty() { String::new() } else { format!(": {}", gate.message) };
        line(page, paint, "gate", &format!("{} {state}{why}", gate.gate));
    }
    if let Some(permission) = &told.permission {
        page.put(4, Paint::Yellow, &words::permission(&permission.0));
    }
    if let Some(waiver) = &told.waiver {
        let terms = words::waiver_terms(waiver);
        line(page, Paint::Plain, "waiver", &format!("{} ({terms}) at {}", waiver.reason, waiver.source));
        if let Some(link) = &waiver.link {
            line(page, Paint::Plain, "", link);
        }
    }
    let lead = if told.verdict == Verdict::Blocked { "once open" } else { "writes" };
    for write in &told.writes {
        line(page, Paint::Plain, lead, write);
    }
    if !told.controls.is_empty() {
        line(page, Paint::Dim, "serves", &told.controls.join(", "));
    }
    if !told.read.is_empty() {
        line(page, Paint::Dim, "read by", &told.read.join("; "));
    }
    for note in &told.notes {
        page.raw(4, Paint::Plain, note);
    }
}

/// A line of the trace: what it is, and beside it what is to be told.
fn line(page: &mut Page, paint: Paint, lead: &str, text: &str) {
    page.row(4, paint, lead, 10, text);
}

fn values(page: &mut Page, told: &ExplainedSetting) {
    let all = page.verbose();
    let unread = matches!(told.verdict, Verdict::Unknown | Verdict::NotApplicable);
    match difference(&told.observed, &told.desired, Voice::State, all) {
        Difference::Block(lines) if !unread && told.verdict != Verdict::Compliant => {
            page.put(4, Paint::Plain, "on GitHub (-) against the policy (+)");
            page.block(4, &lines);
        }
        _ => {
            let observed = if unread { "not known".to_owned() } else { short(&told.observed, all) };
            line(page, Paint::Plain, "observed", &observed);
            line(page, Paint::Plain, "desired", &short(&told.desired, all));
        }
    }
}

fn place(page: &mut Page, paint: Paint, lead: &str, told: &ExplainedSource) {
    let field = if told.field.is_empty() { String::new() } else { format!("{} = ", told.field) };
    let note = told.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    let value = short(&told.value, page.verbose());
    line(page, paint, lead, &format!("{} ({}) {field}{value}{note}", told.source, told.rule));
}
