//! The texts that diagnostics point into.

use std::{collections::BTreeMap, ops::Range};

/// A stretch of text in a file of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path from the policy folder, `/` between its parts.
    pub file: String,
    /// The bytes of the text.
    pub span: Range<usize>,
}

impl Place {
    /// Builds a place.
    #[must_use]
    pub fn new(file: impl Into<String>, span: Range<usize>) -> Self {
        Self { file: file.into(), span }
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.file, self.span.start, self.span.end).cmp(&(&other.file, other.span.start, other.span.end))
    }
}

/// The texts of a policy's files, by path.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: BTreeMap<String, File>,
}

#[derive(Debug, Clone)]
struct File {
    text: String,
    /// Where each line begins.
    starts: Vec<usize>,
}

/// One line of a file, for showing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub(super) number: usize,
    /// Where it begins in the file.
    pub(super) start: usize,
    /// Its text without the line ending.
    pub(super) text: &'a str,
}

impl Sources {
    /// Builds an empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, in place of one of the same path.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let text = text.into();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.files.insert(path.into(), File { text, starts });
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.text.as_str())
    }

    /// The line on which a place begins, counted from 1; 1 where the file is not known.
    #[must_use]
    pub fn line(&self, place: &Place) -> usize {
        self.files.get(&place.file).map_or(1, |file| file.index(place.span.start) + 1)
    }

    /// The line on which a place begins, for showing.
    pub(super) fn shown_line(&self, place: &Place) -> Option<Line<'_>> {
        let file = self.files.get(&place.file)?;
        let index = file.index(place.span.start);
        let start = *file.starts.get(index)?;
        let end = file.starts.get(index + 1).map_or(file.text.len(), |next| next - 1);
        let text = file.text.get(start..end)?;
        Some(Line { number: index + 1, start, text: text.strip_suffix('\r').unwrap_or(text) })
    }
}

impl File {
    fn index(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let mut sources = Sources::new();
        sources.add("a.toml", "one\r\ntwo\n\nfour");
        let line = |at: usize| sources.line(&Place::new("a.toml", at..at));
        assert_eq!([line(0), line(4), line(5), line(9), line(10), line(13), line(999)], [1, 1, 2, 3, 4, 4, 4]);
        assert_eq!(sources.line(&Place::new("b.toml", 7..8)), 1);
        let shown = |at: usize| sources.shown_line(&Place::new("a.toml", at..at)).expect("a line").text;
        assert_eq!([shown(0), shown(5), shown(9), shown(13)], ["one", "two", "", "four"]);
    }
}
