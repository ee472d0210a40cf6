//! Values for people, and how two of them differ: in one line where that is short, else field by field and line by line.

use std::collections::BTreeMap;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthStr;

use super::clean;

/// The widest pair of values that is told in one line.
const INLINE: usize = 60;
/// The widest value that is shown whole where not everything is wanted.
const WIDEST: usize = 160;
/// How many lines of a difference are shown where not everything is wanted.
const LINES: usize = 40;
/// The widest entry of a list that shares a line with others.
const PACKED: usize = 30;
/// The widest line of such entries.
const WIDE: usize = 64;
/// Texts of more lines than this are counted, not compared.
const COMPARED: usize = 5_000;
/// Fields nested deeper than this are shown as JSON.
const DEEPEST: usize = 8;

/// What a line of a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// On both sides, or a heading.
    Both,
    /// On GitHub only.
    Before,
    /// In the policy only.
    After,
}

/// A line of a difference, clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it stands.
    pub(super) side: Side,
    /// How deep.
    pub(super) depth: usize,
    /// What it says.
    pub(super) text: String,
}

impl Line {
    const fn sign(&self) -> char {
        match self.side {
            Side::Both => ' ',
            Side::Before => '-',
            Side::After => '+',
        }
    }

    /// `+ text`, `- text`, `  text`, indented.
    pub(super) fn marked(&self) -> String {
        format!("{}{} {}", "  ".repeat(self.depth), self.sign(), self.text)
    }

    /// The same with the sign in the first column, as programs that colour differences want it.
    pub(super) fn signed(&self) -> String {
        let line = format!("{} {}{}", self.sign(), "  ".repeat(self.depth), self.text);
        line.trim_end().to_owned()
    }
}

/// In which words two values are set against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// `off → on`: it will change.
    Change,
    /// `off, should be on`: it differs.
    State,
}

impl Voice {
    /// What the signs of a block mean, where they do not mean a change.
    pub(super) const fn legend(self) -> &'static str {
        match self {
            Self::Change => "",
            Self::State => " (- GitHub, + policy)",
        }
    }

    fn pair(self, before: &str, after: &str) -> String {
        match self {
            Self::Change => format!("{before} → {after}"),
            Self::State => format!("{before}, should be {after}"),
        }
    }
}

/// How two values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// They do not, or there are none.
    None,
    /// In one line.
    Inline(String),
    /// In several.
    Block(Vec<Line>),
}

/// A value in one line: bools as on and off, null as none, simple texts bare.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => bare(text),
        Value::Array(list) => format!("[{}]", list.iter().map(self::value).collect::<Vec<_>>().join(", ")),
        Value::Object(object) => {
            let fields: Vec<_> =
                object.iter().map(|(key, inner)| format!("{}: {}", clean(key), self::value(inner))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// [`value`], cut where it is too wide to read.
pub(super) fn short(of: &Value, all: bool) -> String {
    cut(value(of), all)
}

fn cut(text: String, all: bool) -> String {
    if all || text.chars().count() <= WIDEST {
        return text;
    }
    let start: String = text.chars().take(WIDEST).collect();
    format!("{start}… ({} characters)", text.chars().count())
}

/// A text without quotes where nothing can be mistaken.
fn bare(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@+#*%~".contains(c);
    let taken = matches!(text, "on" | "off" | "none" | "true" | "false" | "null") || text.parse::<f64>().is_ok();
    if !text.is_empty() && !taken && text.chars().all(plain) {
        clean(text)
    } else {
        format!("\"{}\"", clean(text).replace('"', "\\\""))
    }
}

/// Says how the values differ.
pub(super) fn difference(before: &Value, after: &Value, voice: Voice, all: bool) -> Difference {
    if before == after {
        return if before.is_null() { Difference::None } else { Difference::Inline(short(before, all)) };
    }
    if let Some(pair) = inline(before, after, voice) {
        return Difference::Inline(pair);
    }
    let mut lines = Vec::new();
    compare(&mut lines, &Place { path: "", depth: 0, voice, all }, before, after);
    if !all && lines.len() > LINES {
        let rest = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push(Line {
            side: Side::Both,
            depth: 0,
            text: format!("… and {rest} more lines (--format json has all)"),
        });
    }
    Difference::Block(lines)
}

fn inline(before: &Value, after: &Value, voice: Voice) -> Option<String> {
    let nested = |of: &Value| match of {
        Value::Object(_) => true,
        Value::Array(list) => list.iter().any(|entry| entry.is_object() || entry.is_array()),
        Value::String(text) => text.trim_end().contains('\n'),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    };
    if nested(before) || nested(after) {
        return None;
    }
    let (before, after) = (value(before), value(after));
    (before.width() + after.width() <= INLINE).then(|| voice.pair(&before, &after))
}

/// Where a comparison stands.
struct Place<'a> {
    path: &'a str,
    depth: usize,
    voice: Voice,
    all: bool,
}

impl Place<'_> {
    fn line(&self, side: Side, text: &str) -> Line {
        let text = if self.path.is_empty() { text.to_owned() } else { format!("{}: {text}", clean(self.path)) };
        Line { side, depth: self.depth, text }
    }

    /// The heading of a field that takes several lines; how deep they stand.
    fn heading(&self, lines: &mut Vec<Line>) -> usize {
        if self.path.is_empty() {
            return self.depth;
        }
        lines.push(Line { side: Side::Both, depth: self.depth, text: format!("{}:", clean(self.path)) });
        self.depth + 1
    }
}

fn compare(lines: &mut Vec<Line>, place: &Place<'_>, before: &Value, after: &Value) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(a), Value::Object(b)) if place.path.split('.').count() <= DEEPEST => {
            let mut keys: BTreeMap<&String, ()> = a.keys().map(|key| (key, ())).collect();
            keys.extend(b.keys().map(|key| (key, ())));
            for key in keys.into_keys() {
                let path = if place.path.is_empty() { key.clone() } else { format!("{}.{key}", place.path) };
                let inner = Place { path: &path, ..*place };
                match (a.get(key), b.get(key)) {
                    (Some(x), Some(y)) => compare(lines, &inner, x, y),
                    (Some(x), None) => alone(lines, &inner, Side::Before, x),
                    (None, Some(y)) => alone(lines, &inner, Side::After, y),
                    (None, None) => {}
                }
            }
        }
        (Value::Null, other) => alone(lines, place, Side::After, other),
        (other, Value::Null) => alone(lines, place, Side::Before, other),
        _ if inline(before, after, place.voice).is_some() => {
            let pair = inline(before, after, place.voice).unwrap_or_default();
            lines.push(place.line(Side::Both, &pair));
        }
        (Value::Array(a), Value::Array(b)) => compare_lists(lines, place, a, b),
        (Value::String(a), Value::String(b)) if a.contains('\n') || b.contains('\n') => {
            compare_texts(lines, place, a, b);
        }
        _ => {
            alone(lines, place, Side::Before, before);
            alone(lines, place, Side::After, after);
        }
    }
}

/// A value that only one side has.
fn alone(lines: &mut Vec<Line>, place: &Place<'_>, side: Side, of: &Value) {
    match of {
        Value::Object(object) if !object.is_empty() && place.path.split('.').count() <= DEEPEST => {
            for (key, inner) in object {
                let path = if place.path.is_empty() { key.clone() } else { format!("{}.{key}", place.path) };
                alone(lines, &Place { path: &path, ..*place }, side, inner);
            }
        }
        Value::Array(list) if value(of).width() > INLINE => {
            let depth = place.heading(lines);
            let entries = pack(list.iter().map(|entry| short(entry, place.all)));
            lines.extend(entries.into_iter().map(|text| Line { side, depth, text }));
        }
        Value::String(text) if text.trim_end().contains('\n') => {
            let depth = place.heading(lines);
            lines.extend(text.lines().map(|line| Line { side, depth, text: cut(visible(line), place.all) }));
        }
        other => lines.push(place.line(side, &short(other, place.all))),
    }
}

fn compare_lists(lines: &mut Vec<Line>, place: &Place<'_>, before: &[Value], after: &[Value]) {
    let entries = |list: &[Value]| list.iter().map(value).collect::<Vec<_>>();
    let (a, b) = (entries(before), entries(after));
    let mut sorted = (a.clone(), b.clone());
    sorted.0.sort();
    sorted.1.sort();
    if sorted.0 == sorted.1 {
        lines.push(place.line(Side::Both, "the same entries in another order"));
        return;
    }
    let depth = place.heading(lines);
    let gone = a.iter().filter(|entry| !b.contains(entry));
    let new = b.iter().filter(|entry| !a.contains(entry));
    let start = lines.len();
    let gone = pack(gone.map(|entry| cut(entry.clone(), place.all)));
    let new = pack(new.map(|entry| cut(entry.clone(), place.all)));
    lines.extend(gone.into_iter().map(|text| Line { side: Side::Before, depth, text }));
    lines.extend(new.into_iter().map(|text| Line { side: Side::After, depth, text }));
    if lines.len() == start {
        lines.push(Line { side: Side::Both, depth, text: "the same entries, some more often".to_owned() });
    }
}

/// Puts short entries together into lines.
fn pack(entries: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for entry in entries {
        match lines.last_mut() {
            Some(line) if entry.width() <= PACKED && line.width() + entry.width() < WIDE => {
                line.push_str(", ");
                line.push_str(&entry);
            }
            _ => lines.push(entry),
        }
    }
    lines
}

fn compare_texts(lines: &mut Vec<Line>, place: &Place<'_>, before: &str, after: &str) {
    let depth = place.heading(lines);
    let (a, b) = (before.lines().count(), after.lines().count());
    if a + b > COMPARED {
        lines.push(Line {
            side: Side::Both,
            depth,
            text: format!("{a} lines against {b} lines; too long to compare here"),
        });
        return;
    }
    let diff = TextDiff::from_lines(before, after);
    for (number, hunk) in diff.grouped_ops(2).iter().enumerate() {
        if number > 0 {
            lines.push(Line { side: Side::Both, depth, text: "…".to_owned() });
        }
        for change in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
            let side = match change.tag() {
                ChangeTag::Equal => Side::Both,
                ChangeTag::Delete => Side::Before,
                ChangeTag::Insert => Side::After,
            };
            let line = change.value().strip_suffix('\n').unwrap_or_else(|| change.value());
            let mut text = if side == Side::Both { clean(line) } else { visible(line) };
            if change.missing_newline() && side != Side::Both {
                text.push_str(" (no newline at the end)");
            }
            lines.push(Line { side, depth, text: cut(text, place.all) });
        }
    }
}

/// The line with the spaces at its end made visible.
fn visible(line: &str) -> String {
    let kept = line.trim_end_matches(' ');
    format!("{}{}", clean(kept), "·".repeat(line.len() - kept.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: &Value, after: &Value) -> String {
        match difference(before, after, Voice::Change, false) {
            Difference::None => "nothing".to_owned(),
            Difference::Inline(text) => text,
            Difference::Block(lines) => lines.iter().map(Line::marked).collect::<Vec<_>>().join("\n"),
        }
    }

    #[test]
    fn short_values_stand_in_one_line() {
        assert_eq!(told(&json!(false), &json!(true)), "off → on");
        assert_eq!(told(&json!(null), &json!("read")), "none → read");
        assert_eq!(told(&json!("off"), &json!("a b")), "\"off\" → \"a b\"");
        assert_eq!(told(&json!(["a"]), &json!(["a", "b"])), "[a] → [a, b]");
    }

    #[test]
    fn objects_differ_field_by_field() {
        let before = json!({"color": "ededed", "nested": {"a": 1, "b": [1, 2]}, "gone": "x"});
        let after = json!({"color": "d73a4a", "nested": {"a": 1, "b": [2, 1]}, "description": "Something is broken"});
        insta::assert_snapshot!(told(&before, &after), @r#"
          color: ededed → d73a4a
        + description: "Something is broken"
        - gone: x
          nested.b: [1, 2] → [2, 1]
        "#);
    }

    #[test]
    fn texts_differ_line_by_line() {
        let before = "# Security\n\nAsk anyone. \n\nThanks\n";
        let after = "# Security\n\nWrite to security@expressjs.com.\n\nThanks";
        insta::assert_snapshot!(told(&json!({"content": before}), &json!({"content": after})), @r"
        content:
          # Security
          
        - Ask anyone.·
        + Write to security@expressjs.com.
          
        - Thanks
        + Thanks (no newline at the end)
        ");
    }

    #[test]
    fn lists_differ_entry_by_entry() {
        let long = |extra: &str| json!([{"type": "deletion", "parameters": {"a": 1}}, {"type": extra, "parameters": {"strict": true}}]);
        insta::assert_snapshot!(told(&long("non_fast_forward"), &long("required_signatures")), @r"
        - {type: non_fast_forward, parameters: {strict: on}}
        + {type: required_signatures, parameters: {strict: on}}
        ");
    }
}
