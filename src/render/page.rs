//! A page for a terminal: wrapped to its width, coloured on wish, and clean whatever is put on it.

use anstyle::{AnsiColor, Style as Ansi};
use unicode_width::UnicodeWidthStr;

use super::{
    clean,
    difference::{Line, Side},
    group::Target,
    text::Style,
};

/// How many targets are named before the rest becomes a number.
const TARGETS: usize = 24;

/// The colour of a line. Colour never says anything that the words do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

/// The page under way.
#[derive(Debug)]
pub(super) struct Page {
    out: String,
    style: Style,
}

impl Page {
    pub(super) const fn new(style: Style) -> Self {
        Self { out: String::new(), style }
    }

    pub(super) const fn verbose(&self) -> bool {
        self.style.verbose
    }

    /// An empty line; never two in a row, never the first.
    pub(super) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A paragraph, wrapped between words; its further lines stand two columns further in.
    pub(super) fn put(&mut self, indent: usize, paint: Paint, text: &str) {
        self.hang(indent, indent + 2, paint, text);
    }

    /// A word, and beside it in a column a text whose further lines stay in that column.
    pub(super) fn row(&mut self, indent: usize, paint: Paint, lead: &str, column: usize, text: &str) {
        self.hang(indent, indent + column, paint, &format!("{lead:<column$}{text}"));
    }

    /// A paragraph, wrapped between words; its further lines stand at `further`.
    fn hang(&mut self, indent: usize, further: usize, paint: Paint, text: &str) {
        let text = clean(text);
        let width = self.style.width.max(20);
        let mut line = String::new();
        let mut used = 0;
        let mut inset = indent;
        let mut empty = true;
        for word in text.split(' ') {
            let columns = word.width();
            if !line.trim().is_empty() && inset + used + 1 + columns > width {
                self.raw(inset, paint, &line);
                line.clear();
                (used, inset, empty) = (0, further, true);
            }
            if !empty {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += columns;
            empty = false;
        }
        self.raw(inset, paint, &line);
    }

    /// A line that is not wrapped.
    pub(super) fn raw(&mut self, indent: usize, paint: Paint, text: &str) {
        let text = clean(text);
        let text = text.trim_end();
        let ansi = match paint {
            _ if !self.style.color || text.is_empty() => Ansi::new(),
            Paint::Plain => Ansi::new(),
            Paint::Bold => Ansi::new().bold(),
            Paint::Dim => Ansi::new().dimmed(),
            Paint::Red => AnsiColor::Red.on_default(),
            Paint::Green => AnsiColor::Green.on_default(),
            Paint::Yellow => AnsiColor::Yellow.on_default(),
        };
        if !text.is_empty() {
            self.out.push_str(&" ".repeat(indent));
            self.out.push_str(&format!("{ansi}{text}{ansi:#}"));
        }
        self.out.push('\n');
    }

    /// The lines of a difference.
    pub(super) fn block(&mut self, indent: usize, lines: &[Line]) {
        for line in lines {
            let paint = match line.side {
                Side::Both => Paint::Plain,
                Side::Before => Paint::Red,
                Side::After => Paint::Green,
            };
            self.hang(indent, indent + 4, paint, &line.marked());
        }
    }

    /// The names of several targets, organisation by organisation; a single one is named by [`place`].
    pub(super) fn targets(&mut self, indent: usize, targets: &[Target<'_>]) {
        if targets.len() < 2 {
            return;
        }
        let shown = if self.style.verbose { targets.len() } else { targets.len().min(TARGETS) };
        let rest = targets.len() - shown;
        let mut lines: Vec<(&str, Vec<&str>)> = Vec::new();
        for (org, repo) in &targets[..shown] {
            match (lines.last_mut(), repo) {
                (Some((last, names)), Some(repo)) if last == org => names.push(repo),
                (_, repo) => lines.push((org, repo.iter().copied().collect())),
            }
        }
        if lines.iter().all(|(_, names)| names.is_empty()) {
            let names: Vec<&str> = lines.iter().map(|(org, _)| *org).collect();
            self.put(indent, Paint::Plain, &names.join(", "));
        } else {
            for (org, names) in lines {
                self.put(indent, Paint::Plain, &format!("{org}: {}", names.join(", ")));
            }
        }
        if rest > 0 {
            self.put(indent, Paint::Dim, &format!("… and {rest} more (--format json has all)"));
        }
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// `in expressjs/cors`, `in 37 repositories`, `in the organisation expressjs`.
pub(super) fn place(targets: &[Target<'_>]) -> String {
    match targets {
        [(org, Some(repo))] => format!("in {org}/{repo}"),
        [(org, None)] => format!("in the organisation {org}"),
        [(_, None), ..] => format!("in {} organisations", targets.len()),
        _ => format!("in {} repositories", targets.len()),
    }
}
