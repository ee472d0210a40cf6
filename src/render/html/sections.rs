//! The changes and findings, group by group, with their why.

use std::collections::BTreeMap;

use crate::{
    model::{Action, Delivery, Effect, Source, Verdict},
    plan::{Finding, Plan},
    render::{
        clean::markup,
        difference::{Difference, Line, Side, Voice, difference},
        group::{self, ChangeGroup, FindingGroup, Target},
        page::place,
        words,
    },
};

/// One thing that is told of one target, for the overview.
pub(super) struct Entry<'a> {
    pub(super) org: &'a str,
    pub(super) repo: Option<&'a str>,
    pub(super) key: &'a str,
    pub(super) verdict: Verdict,
    pub(super) anchor: String,
}

/// The groups of a plan and what the overview needs of them.
pub(super) struct Report<'a> {
    changes: Vec<ChangeGroup<'a>>,
    findings: Vec<(Verdict, Vec<FindingGroup<'a>>)>,
    pub(super) entries: Vec<Entry<'a>>,
}

impl<'a> Report<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let changes = group::changes(plan);
        let findings: Vec<_> =
            words::FINDING_ORDER.into_iter().map(|verdict| (verdict, group::findings(plan, verdict))).collect();
        let mut entries = Vec::new();
        for (number, group) in changes.iter().enumerate() {
            let entry = |(org, repo): Target<'a>, key| Entry {
                org,
                repo,
                key,
                verdict: Verdict::Change,
                anchor: format!("change-{number}"),
            };
            entries.extend(group.targets.iter().map(|target| entry(*target, group.first.key.as_str())));
            entries.extend(group.first.effects.iter().map(|one| {
                let key = one.setting.split('.').next().unwrap_or(&one.setting);
                entry((&one.org, Some(&one.repo)), key)
            }));
        }
        for (verdict, groups) in &findings {
            for (number, group) in groups.iter().enumerate() {
                entries.extend(group.targets.iter().map(|(org, repo)| Entry {
                    org,
                    repo: *repo,
                    key: &group.first.key,
                    verdict: *verdict,
                    anchor: format!("{verdict}-{number}"),
                }));
            }
        }
        Self { changes, findings, entries }
    }

    /// The section of the changes.
    pub(super) fn changes(&self) -> String {
        let mut out = String::from("<section aria-labelledby=\"changes\">\n<h2 id=\"changes\">Changes</h2>\n");
        if self.changes.is_empty() {
            out.push_str("<p>None.</p>\n");
        }
        for (number, group) in self.changes.iter().enumerate() {
            change(&mut out, &format!("change-{number}"), group);
        }
        out.push_str("</section>\n");
        out
    }

    /// The sections of the findings.
    pub(super) fn findings(&self) -> String {
        let mut out = String::new();
        for (verdict, groups) in self.findings.iter().filter(|(_, groups)| !groups.is_empty()) {
            let number: usize = groups.iter().map(|group| group.targets.len()).sum();
            let (word, meaning) = words::verdict_heading(*verdict);
            out.push_str(&format!(
                "<section aria-labelledby=\"{verdict}\">\n<h2 id=\"{verdict}\">{number} {word}</h2>\n<p>{}.</p>\n",
                markup(meaning)
            ));
            for (number, group) in groups.iter().enumerate() {
                finding(&mut out, &format!("{verdict}-{number}"), group);
            }
            out.push_str("</section>\n");
        }
        out
    }
}

/// The start of an entry that the filter can hide.
fn open(out: &mut String, anchor: &str, setting: &str, targets: &[Target<'_>], words: &str) {
    let names =
        targets.iter().map(|(org, repo)| repo.map_or_else(|| (*org).to_owned(), |repo| format!("{org}/{repo}")));
    let find = format!("{setting} {words} {}", names.collect::<Vec<_>>().join(" ")).to_lowercase();
    out.push_str(&format!("<article id=\"{anchor}\" data-find=\"{}\">\n", markup(&find)));
}

fn change(out: &mut String, anchor: &str, group: &ChangeGroup<'_>) {
    let change = group.first;
    open(out, anchor, &change.setting, &group.targets, "change");
    let flags: String =
        words::flags(change).iter().map(|flag| format!("<strong class=\"flag\">{flag}</strong> ")).collect();
    let verb = match change.action {
        Action::Create => "create ",
        Action::Update => "",
        Action::Delete => "delete ",
    };
    let place = markup(&place(&group.targets));
    out.push_str(&format!("<h3>{flags}{verb}<code>{}</code> {place}</h3>\n", markup(&change.setting)));
    differs(out, &difference(&change.before, &change.after, Voice::Change, true));
    match change.delivery {
        Delivery::Api => {}
        Delivery::PullRequest => out.push_str("<p>By pull request.</p>\n"),
        Delivery::Commit => out.push_str("<p>By commit to the default branch.</p>\n"),
    }
    if group.deferred {
        out.push_str("<p>Left to the next apply.</p>\n");
    }
    for moved in group::moves(change) {
        let flag =
            if moved.effect == Effect::Loosening { "<strong class=\"flag\">WEAKENS SECURITY</strong> " } else { "" };
        let place = markup(&crate::render::page::place(&moved.targets));
        out.push_str(&format!("<p>{flag}moves <code>{}</code> {place}:</p>\n", markup(moved.setting)));
        differs(out, &difference(moved.before, moved.after, Voice::Change, true));
        targets(out, &moved.targets);
    }
    targets(out, &group.targets);
    says(out, Some(&change.source), &change.rules, change.reason.as_deref());
    out.push_str("</article>\n");
}

fn finding(out: &mut String, anchor: &str, group: &FindingGroup<'_>) {
    let finding = group.first;
    open(out, anchor, &finding.setting, &group.targets, finding.verdict.as_str());
    let place = markup(&place(&group.targets));
    out.push_str(&format!("<h3><code>{}</code> {place}</h3>\n", markup(&finding.setting)));
    if !group.message.is_empty() {
        out.push_str(&format!("<p>{}</p>\n", markup(&group.message)));
    }
    if !matches!(finding.verdict, Verdict::Unknown | Verdict::NotApplicable) {
        differs(out, &difference(&finding.observed, &finding.desired, Voice::State, true));
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
    out.push_str(&format!("<details{open}><summary>{}</summary>\n<ul>\n", markup(&place(targets))));
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
