//! Diagnostics as text for a terminal.

use std::{fmt::Write as _, ops::Range};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Place, Severity, Sources};

/// How many characters of a line are shown on each side of what is underlined.
const AROUND: usize = 90;
/// How many characters are underlined at most.
const UNDERLINED: usize = 120;
/// How many diagnostics of one file are shown: what a person can take in.
const OF_A_FILE: usize = 100;
/// How much of a message is shown.
const MESSAGE: usize = 2_000;

/// Renders diagnostics, sorted by file and place, with a last line that counts them. Empty for an empty list.
#[must_use]
pub fn render(list: &[Diagnostic], sources: &Sources, color: bool) -> String {
    if list.is_empty() {
        return String::new();
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut sorted: Vec<&Diagnostic> = list.iter().collect();
    sorted.sort_by(|a, b| key(a).cmp(&key(b)));
    sorted.dedup();
    let mut text = String::new();
    for of_file in sorted.chunk_by(|a, b| file(a) == file(b)) {
        for diagnostic in of_file.iter().take(OF_A_FILE) {
            text.push_str(&renderer.render(&[group(diagnostic, sources)]));
            text.push_str("\n\n");
        }
        if let (Some(path), Some(more)) =
            (of_file.first().and_then(|first| file(first)), of_file.len().checked_sub(OF_A_FILE))
            && more > 0
        {
            let _ = writeln!(text, "{}: {more} more are not shown\n", shown(path));
        }
    }
    text.push_str(&count_line(&sorted));
    text
}

type Key<'a> = (Option<&'a Place>, Severity, &'static str, &'a str);

fn key(diagnostic: &Diagnostic) -> Key<'_> {
    (diagnostic.place.as_ref(), diagnostic.severity, diagnostic.code.as_str(), &diagnostic.message)
}

fn file(diagnostic: &Diagnostic) -> Option<&str> {
    diagnostic.place.as_ref().map(|place| place.file.as_str())
}

fn count_line(list: &[&Diagnostic]) -> String {
    let errors = list.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = list.len() - errors;
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let mut line = String::new();
    match (errors, warnings) {
        (_, 0) => line.push_str(&count(errors, "error")),
        (0, _) => line.push_str(&count(warnings, "warning")),
        (_, _) => {
            let _ = write!(line, "{}, {}", count(errors, "error"), count(warnings, "warning"));
        }
    }
    line.push('\n');
    line
}

fn group<'a>(diagnostic: &Diagnostic, sources: &Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(shown(&diagnostic.message)).id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    if let Some(place) = &diagnostic.place {
        group = with_place(group, place, diagnostic.label.as_deref(), AnnotationKind::Primary, sources);
    }
    for (place, label) in &diagnostic.related {
        group = with_place(group, place, Some(label), AnnotationKind::Context, sources);
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(shown(help)));
    }
    group
}

fn with_place<'a>(
    group: Group<'a>,
    place: &Place,
    label: Option<&str>,
    kind: AnnotationKind,
    sources: &Sources,
) -> Group<'a> {
    let path = shown(&place.file);
    let Some(line) = sources.shown_line(place) else { return group.element(Origin::path(path)) };
    let (text, span) =
        excerpt(line.text, &(place.span.start - line.start..place.span.end.max(line.start) - line.start));
    let annotation = kind.span(span).label(label.map(shown));
    group.element(Snippet::source(text).path(path).line_start(line.number).annotation(annotation))
}

/// Cuts a line to what is near the span and makes its control characters visible; gives the new span too.
fn excerpt(line: &str, span: &Range<usize>) -> (String, Range<usize>) {
    let start = floor(line, span.start);
    let end = floor(line, span.end).max(start);
    let (before, marked, after) = (&line[..start], &line[start..end], &line[end..]);
    let mut text = String::new();
    let skipped = before.chars().count().saturating_sub(AROUND);
    if skipped > 0 {
        text.push('…');
    }
    before.chars().skip(skipped).for_each(|c| push_visible(&mut text, c));
    let from = text.len();
    marked.chars().take(UNDERLINED).for_each(|c| push_visible(&mut text, c));
    if marked.chars().nth(UNDERLINED).is_some() {
        text.push('…');
    }
    let to = text.len();
    after.chars().take(AROUND).for_each(|c| push_visible(&mut text, c));
    if after.chars().nth(AROUND).is_some() {
        text.push('…');
    }
    (text, from..to)
}

/// The nearest character boundary at or before the offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A message without anything that a terminal would obey, and not endless.
fn shown(text: &str) -> String {
    let mut out = String::new();
    text.chars().take(MESSAGE).for_each(|c| push_visible(&mut out, c));
    if text.chars().nth(MESSAGE).is_some() {
        out.push('…');
    }
    out
}

/// Writes a character; one that a terminal would obey, or that reorders or hides text, is written as its number.
fn push_visible(out: &mut String, c: char) {
    let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}');
    match c {
        '\t' => out.push(' '),
        _ if c.is_control() || hides => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        _ => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Code;

    #[test]
    fn sorted_underlined_and_counted() {
        let mut sources = Sources::new();
        sources.add("rules/a.toml", "[repo]\ntopix = [\"x\"]\n");
        sources.add("rules/b.toml", "[repo]\ntopics = [\"y\"]\n");
        let list = [
            Diagnostic::error(Code::Conflict, "two rules differ")
                .at(Place::new("rules/b.toml", 7..13))
                .label("says this")
                .related(Place::new("rules/a.toml", 7..12), "and this"),
            Diagnostic::error(Code::UnknownSetting, "no setting is called `topix`")
                .at(Place::new("rules/a.toml", 7..12))
                .label("unknown")
                .help("did you mean `topics`?"),
            Diagnostic::warning(Code::UnusedTemplate, "no rule uses this file").at(Place::new("files/x", 0..0)),
        ];
        insta::assert_snapshot!(render(&list, &sources, false), @r#"
        warning[unused-template]: no rule uses this file
        --> files/x

        error[unknown-setting]: no setting is called `topix`
         --> rules/a.toml:2:1
          |
        2 | topix = ["x"]
          | ^^^^^ unknown
          |
          = help: did you mean `topics`?

        error[conflict]: two rules differ
         --> rules/b.toml:2:1
          |
        2 | topics = ["y"]
          | ^^^^^^ says this
          |
         ::: rules/a.toml:2:1
          |
        2 | topix = ["x"]
          | ----- and this

        2 errors, 1 warning
        "#);
        assert_eq!(render(&[], &sources, false), "");
    }

    #[test]
    fn hostile_text_stays_harmless() {
        let mut sources = Sources::new();
        let line = format!("{}\u{1b}[31mred\u{202e}{}", "a".repeat(100_000), "é".repeat(100_000));
        sources.add("rules/\u{1b}.toml", line);
        let span = 100_000..100_010;
        let list = [Diagnostic::error(Code::Syntax, "bad \u{7} \u{1b}]0;x").at(Place::new("rules/\u{1b}.toml", span))];
        let text = render(&list, &sources, false);
        assert!(text.len() < 3_000, "{}", text.len());
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
        assert!(text.contains("\\u{1b}"), "{text}");
    }

    #[test]
    fn places_outside_the_text_do_not_panic() {
        let mut sources = Sources::new();
        sources.add("a", "é\nß");
        for (start, end) in [(0, 1), (1, 1), (1, 2), (3, 9), (4, 4), (99, 999), (3, 0)] {
            let span = Range { start, end };
            let _ = render(&[Diagnostic::error(Code::Syntax, "x").at(Place::new("a", span))], &sources, true);
        }
    }
}
