//! From the bytes of a TOML file to a tree whose every part knows its place, and the questions that all readers ask it.

use std::{collections::BTreeSet, ops::Range};

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};
use toml_parser::{Source as TomlSource, lexer::TokenKind};

use crate::diagnostics::{Code, Diagnostic, Place, Sources, nearest};

/// How deep tables and lists may lie in each other: a bound for everything that walks or drops the tree.
const DEEPEST: usize = 64;

pub(super) type Node<'i> = Spanned<DeValue<'i>>;
pub(super) type Key<'i> = Spanned<DeString<'i>>;

/// One file while it is read: where its problems go.
pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    pub(super) sources: &'a Sources,
    pub(super) list: &'a mut Vec<Diagnostic>,
}

/// Makes a text of the bytes; what is not UTF-8 is a problem, told with its byte and line.
pub(super) fn decode<'b>(file: &str, bytes: &'b [u8], list: &mut Vec<Diagnostic>) -> Option<&'b str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let at = error.valid_up_to();
            let line = bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
            let message =
                format!("`{file}` is not UTF-8 text: byte {at}, on line {line}, does not belong to a character");
            list.push(Diagnostic::error(Code::NotUtf8, message).at(Place::new(file, at..at + 1)));
            None
        }
    }
}

/// Parses a TOML text with all its syntax errors. The second value says whether there were any.
pub(super) fn parse<'i>(
    file: &str,
    text: &'i str,
    sources: &Sources,
    list: &mut Vec<Diagnostic>,
) -> (DeTable<'i>, bool) {
    if let Some(span) = too_deep(text) {
        let message = format!("tables or lists lie more than {DEEPEST} deep in each other");
        list.push(Diagnostic::error(Code::Syntax, message).at(Place::new(file, span)));
        return (DeTable::new(), true);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut lines = BTreeSet::new();
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        let place = Place::new(file, span);
        // One broken line easily gives several errors; the first says it.
        if lines.insert(sources.line(&place)) {
            list.push(Diagnostic::error(Code::Syntax, error.message()).at(place));
        }
    }
    (table.into_inner(), !errors.is_empty())
}

/// Where brackets and dotted keys reach too deep, counted on tokens: the parser's own bound does not count the dots of
/// keys within brackets, and dropping a deep tree overflows the stack.
fn too_deep(text: &str) -> Option<Range<usize>> {
    let mut open: Vec<(TokenKind, usize)> = Vec::new();
    let (mut sum, mut dots) = (0, 0);
    for token in TomlSource::new(text).lex() {
        match token.kind() {
            TokenKind::LeftCurlyBracket | TokenKind::LeftSquareBracket => {
                open.push((token.kind(), dots + 1));
                sum += dots + 1;
                dots = 0;
            }
            TokenKind::RightCurlyBracket | TokenKind::RightSquareBracket => {
                // A bracket that closes nothing is an error, from which the parser may recover without leaving the table.
                let brace = token.kind() == TokenKind::RightCurlyBracket;
                let opener = if brace { TokenKind::LeftCurlyBracket } else { TokenKind::LeftSquareBracket };
                if let Some((_, depth)) = open.pop_if(|(kind, _)| *kind == opener) {
                    sum -= depth;
                }
                dots = 0;
            }
            TokenKind::Comma | TokenKind::Newline => dots = 0,
            TokenKind::Dot => dots += 1,
            _ => {}
        }
        if sum + dots > DEEPEST {
            return Some(token.span().start()..token.span().end());
        }
    }
    None
}

/// What a value is, for people.
pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Words as a list for people: `a`, `b` or `c`.
pub(super) fn any_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => "nothing".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// The text from a key to the end of its value, or the key alone where its value stands elsewhere.
pub(super) fn pair_span(key: &Key<'_>, node: &Node<'_>) -> Range<usize> {
    let (key, value) = (key.span(), node.span());
    if value.start >= key.end { key.start..value.end } else { key }
}

impl Reader<'_> {
    pub(super) fn place(&self, span: Range<usize>) -> Place {
        Place::new(self.file, span)
    }

    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.sources.line(&self.place(span.clone()))
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Reports an error at a place of this file.
    pub(super) fn error(&mut self, code: Code, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        let at = self.list.len();
        self.list.push(Diagnostic::error(code, message).at(Place::new(self.file, span)));
        &mut self.list[at]
    }

    /// Reports a value of the wrong type.
    pub(super) fn wrong_type(&mut self, node: &Node<'_>, expected: &str) {
        let found = type_name(node.get_ref());
        self.error(Code::WrongType, node.span(), format!("expected {expected}, found {found}")).label =
            Some(format!("expected {expected}"));
    }

    /// Reports a value that is of the right type and yet not one that is taken.
    pub(super) fn wrong_value(&mut self, node: &Node<'_>, message: impl Into<String>, expected: impl Into<String>) {
        self.error(Code::WrongValue, node.span(), message).label = Some(expected.into());
    }

    /// Reports a key that the table does not take, with the nearest that it does.
    pub(super) fn unknown_key(&mut self, key: &Key<'_>, table: &str, allowed: &[&str]) {
        let word = key.get_ref();
        let help = match nearest(word, allowed.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{table} takes {}", any_of(allowed.iter().copied())),
        };
        let error = self.error(Code::UnknownKey, key.span(), format!("{table} has no key `{word}`"));
        error.label = Some("unknown key".into());
        error.help = Some(help);
    }

    /// The table of a node.
    pub(super) fn table<'n, 'i>(&mut self, node: &'n Node<'i>) -> Option<&'n DeTable<'i>> {
        match node.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => {
                self.wrong_type(node, "a table");
                None
            }
        }
    }

    /// The text of a node.
    pub(super) fn text<'n>(&mut self, node: &'n Node<'_>) -> Option<&'n str> {
        match node.get_ref() {
            DeValue::String(text) => Some(text),
            _ => {
                self.wrong_type(node, "a text");
                None
            }
        }
    }

    /// The text of a node, which must not be empty.
    pub(super) fn full_text(&mut self, node: &Node<'_>) -> Option<String> {
        let text = self.text(node)?;
        if text.trim().is_empty() {
            self.wrong_value(node, "the text is empty", "expected a text");
            return None;
        }
        Some(text.to_owned())
    }

    /// The whole number of a node, within bounds.
    pub(super) fn integer(&mut self, node: &Node<'_>, min: i64, max: i64) -> Option<i64> {
        let DeValue::Integer(digits) = node.get_ref() else {
            self.wrong_type(node, "a whole number");
            return None;
        };
        let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
        let within = number.filter(|number| (min..=max).contains(number));
        if within.is_none() {
            let bounds = if max == i64::MAX { format!("at least {min}") } else { format!("between {min} and {max}") };
            self.wrong_value(node, "the number is out of bounds", format!("expected {bounds}"));
        }
        within
    }

    /// One of the words.
    pub(super) fn word<'w>(&mut self, node: &Node<'_>, words: &[&'w str]) -> Option<&'w str> {
        let expected = any_of(words.iter().copied());
        let DeValue::String(text) = node.get_ref() else {
            self.wrong_type(node, &expected);
            return None;
        };
        let found = words.iter().copied().find(|word| word == text);
        if found.is_none() {
            let help = nearest(text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let error = self.error(Code::WrongValue, node.span(), format!("`{text}` is not one of the values"));
            error.label = Some(format!("expected {expected}"));
            error.help = help;
        }
        found
    }

    /// The nodes of a list, or the one node that stands for a list of one.
    pub(super) fn each<'n, 'i>(&mut self, node: &'n Node<'i>) -> Vec<&'n Node<'i>> {
        match node.get_ref() {
            DeValue::Array(list) if list.is_empty() => {
                self.wrong_value(node, "an empty list matches nothing", "expected at least one value");
                Vec::new()
            }
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![node],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_bounded_before_the_parser_sees_it() {
        let bomb = format!("x = {}", format!("{{{} = ", ["a"; 79].join(".")).repeat(79));
        assert!(too_deep(&bomb).is_some());
        assert!(too_deep(&"[".repeat(100)).is_some());
        assert!(too_deep("a.b = { c = [1.5, 2.5], d = \"{{{{{{ ...\" }\n[x.y]\nz = 1\n").is_none());
        let long = "a = [1.5, 2.5]\n[x.y]\n".repeat(1000);
        assert!(too_deep(&long).is_none());
    }

    #[test]
    fn broken_lines_are_told_once_each() {
        let text = "a = \nb = [1\nc = 2\n";
        let mut sources = Sources::new();
        sources.add("x", text);
        let mut list = Vec::new();
        let (_, broken) = parse("x", text, &sources, &mut list);
        assert!(broken && !list.is_empty());
        assert!(decode("x", b"a\n\xff", &mut list).is_none());
        let last = list.last().expect("one");
        assert!(last.message.contains("byte 2, on line 2"), "{}", last.message);
    }

    #[test]
    fn words_are_listed_for_people() {
        assert_eq!(any_of(["a", "b", "c"].into_iter()), "`a`, `b` or `c`");
        assert_eq!(any_of(["a"].into_iter()), "`a`");
    }
}
