//! The changes and findings, group by group, with their why.

use std::collections::BTreeMap;

use super::{
    entries::{Report, anchor},
    glance::capital,
    waivers,
};
use crate::{
    model::{Action, Delivery, Effect, Source, Verdict},
    plan::Finding,
    render::{
        clean::markup,
        difference::{Difference, Line, Side, Voice, difference, value},
        group::{self, ChangeGroup, FindingGroup, Target},
        page::place,
        words,
    },
};

impl Report<'_> {
    /// The section of the changes.
    pub(super) fn changes(&self) -> String {
        let (title, none) = match self.voice {
            Voice::Change => ("Changes", "None."),
            Voice::State => ("What differs and could be changed", "Nothing."),
        };
        let mut out = format!("<section aria-labelledby=\"changes\">\n<h2 id=\"changes\">{title}</h2>\n");
        if self.changes.is_empty() {
            out.push_str(&format!("<p>{none}</p>\n"));
        }
        for (number, group) in self.changes.iter().enumerate() {
            change(&mut out, self.voice, &anchor(Verdict::Change, number), group);
        }
        out.push_str("</section>\n");
        out
    }

    /// The sections of the findings; what nobody has to act on is folded.
    pub(super) fn findings(&self) -> String {
        let mut out = String::new();
        for (verdict, groups) in self.findings.iter().filter(|(_, groups)| !groups.is_empty()) {
            let number: usize = groups.iter().map(|group| group.targets.len()).sum();
            let (word, meaning) = words::verdict_heading(*verdict);
            out.push_str(&format!(
                "<section aria-labelledby=\"{verdict}\">\n<h2 id=\"{verdict}\">{number} {word}</h2>\n<p class=\"dim\">{}.</p>\n",
                markup(&capital(meaning))
            ));
            let folded = matches!(verdict, Verdict::Compliant | Verdict::NotApplicable);
            if folded {
                out.push_str("<details class=\"fold\"><summary>Show them</summary>\n");
            }
            if *verdict == Verdict::Waived {
                out.push_str(&waivers::table(self.plan));
            }
            for (number, group) in groups.iter().enumerate() {
                finding(&mut out, &anchor(*verdict, number), group);
            }
            out.push_str(if folded { "</details>\n</section>\n" } else { "</section>\n" });
        }
        out
    }
}

/// The head of an entry: what is to be done or said, of what, and where.
fn open(out: &mut String, anchor: &str, before: &str, setting: &str, targets: &[Target<'_>]) {
    out.push_str(&format!(
        "<article id=\"{anchor}\">\n<h3>{before}<code>{}</code> <span class=\"place\">{}</span></h3>\n",
        markup(setting),
        markup(&place(targets))
    ));
}

fn change(out: &mut String, voice: Voice, anchor: &str, group: &ChangeGroup<'_>) {
    let change = group.first;
    let verb = match (change.action, voice) {
        (Action::Create, Voice::Change) => "create ",
        (Action::Create, Voice::State) => "missing: ",
        (Action::Update, _) => "",
        (Action::Delete, Voice::Change) => "delete ",
        (Action::Delete, Voice::State) => "too many: ",
    };
    let flags = if voice == Voice::Change { words::flags(change) } else { Vec::new() };
    let flags: String = flags.iter().map(|flag| format!("<strong class=\"flag\">{flag}</strong> ")).collect();
    open(out, anchor, &format!("{flags}{verb}"), &change.setting, &group.targets);
    differs(out, &difference(&change.before, &change.after, voice, true));
    if voice == Voice::Change {
        conditions(out, group);
    }
    for moved in group::moves(change) {
        let weakens = voice == Voice::Change && moved.effect == Effect::Loosening;
        let flag = if weakens { "<strong class=\"flag\">WEAKENS SECURITY</strong> " } else { "" };
        let verb = if voice == Voice::Change { "moves" } else { "beside it," };
        let place = markup(&place(&moved.targets));
        out.push_str(&format!("<p>{flag}{verb} <code>{}</code> {place}:</p>\n", markup(moved.setting)));
        differs(out, &difference(moved.before, moved.after, voice, true));
        targets(out, &moved.targets);
    }
    targets(out, &group.targets);
    says(out, Some(&change.source), &change.rules, change.reason.as_deref());
    out.push_str("</article>\n");
}

/// How and when a change is made.
fn conditions(out: &mut String, group: &ChangeGroup<'_>) {
    match group.first.delivery {
        Delivery::Api => {}
        Delivery::PullRequest => out.push_str("<p>By pull request.</p>\n"),
        Delivery::Commit => out.push_str("<p>By commit to the default branch.</p>\n"),
    }
    if group.deferred {
        out.push_str("<p>Left to the next apply.</p>\n");
    }
    for line in words::restricted(group.first, &group.targets) {
        out.push_str(&format!("<p class=\"alarm\">{}</p>\n", markup(&line)));
    }
}

fn finding(out: &mut String, anchor: &str, group: &FindingGroup<'_>) {
    let finding = group.first;
    open(out, anchor, "", &finding.setting, &group.targets);
    if !group.message.is_empty() {
        out.push_str(&format!("<p>{}</p>\n", markup(&group.message)));
    }
    if finding.audit {
        out.push_str("<p>The policy only reports it.</p>\n");
    }
    match finding.verdict {
        Verdict::Unknown | Verdict::NotApplicable => {}
        Verdict::Compliant => differs(out, &Difference::Inline(value(&finding.observed))),
        _ => differs(out, &difference(&finding.observed, &finding.desired, Voice::State, true)),
    }
    remedies(out, finding);
    targets(out, &group.targets);
    says(out, finding.source.as_ref(), &finding.rules, finding.reason.as_deref());
    out.push_str("</article>\n");
}

fn remedies(out: &mut String, finding: &Finding) {
    if !finding.blocked_by.is_empty() {
        out.push_str(&format!("<p>Waits for <code>{}</code>.</p>\n", markup(&finding.blocked_by.join(", "))));
    }
    if let Some(permission) = &finding.permission {
        out.push_str(&format!("<p>It {}.</p>\n", markup(&words::permission(&permission.0))));
    }
    if let Some(waiver) = &finding.waiver {
        out.push_str(&format!(
            "<p>{} <code>{}</code></p>\n",
            markup(&words::waiver(waiver, &finding.message)),
            markup(&waiver.source.to_string())
        ));
        if let Some(link) = &waiver.link {
            let link_text = markup(link);
            // Nothing but https is followed: `javascript:` is a link too.
            out.push_str(&if link.starts_with("https://") {
                format!("<p><a href=\"{link_text}\" rel=\"noopener noreferrer\">{link_text}</a></p>\n")
            } else {
                format!("<p><code>{link_text}</code></p>\n")
            });
        }
    }
}

fn differs(out: &mut String, how: &Difference) {
    match how {
        Difference::None => {}
        Difference::Inline(pair) => out.push_str(&format!("<p><code>{}</code></p>\n", markup(pair))),
        Difference::Block(lines) => {
            out.push_str("<pre tabindex=\"0\">");
            lines.iter().for_each(|line| out.push_str(&marked(line)));
            out.push_str("</pre>\n");
        }
    }
}

fn marked(line: &Line) -> String {
    let text = markup(&line.signed());
    match line.side {
        Side::Both => format!("{text}\n"),
        Side::Before => format!("<del class=\"before\">{text}</del>\n"),
        Side::After => format!("<ins class=\"after\">{text}</ins>\n"),
    }
}

/// The names of several targets; many of them folded.
fn targets(out: &mut String, targets: &[Target<'_>]) {
    if targets.len() < 2 {
        return;
    }
    let mut orgs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (org, repo) in targets {
        orgs.entry(org).or_default().extend(repo);
    }
    let open = if targets.len() > 12 { "" } else { " open" };
    out.push_str(&format!("<details class=\"targets\"{open}><summary>{}</summary>\n<ul>\n", markup(&place(targets))));
    for (org, names) in orgs {
        let colon = if names.is_empty() { "" } else { ": " };
        out.push_str(&format!("<li>{}{colon}{}</li>\n", markup(org), markup(&names.join(", "))));
    }
    out.push_str("</ul>\n</details>\n");
}

fn says(out: &mut String, source: Option<&Source>, rules: &[String], reason: Option<&str>) {
    if let Some(source) = source {
        let also = words::other_rules(rules, &source.file);
        let also = if also.is_empty() { String::new() } else { format!(" (also {})", also.join(", ")) };
        out.push_str(&format!("<p class=\"dim\"><code>{}</code>{}</p>\n", markup(&source.to_string()), markup(&also)));
    }
    if let Some(reason) = reason {
        out.push_str(&format!("<p class=\"dim\">Why: {}</p>\n", markup(reason)));
    }
}
