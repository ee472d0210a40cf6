//! A value of the policy checked against its kind, and turned into JSON.

use std::ops::Range;

use serde_json::{Map, Number, Value};
use toml::de::DeValue;

use super::{
    document::{Node, Reader, any_of, type_name},
    template::has_placeholder,
};
use crate::{
    diagnostics::{Code, Diagnostic, Place, nearest},
    model::{Field, Gate, GateScope, Kind, RepoName, RepoPattern, parse_duration},
};

/// Which texts of a value are templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fill {
    /// None.
    No,
    /// All texts in which a placeholder stands.
    Texts,
    /// The same without those written `/…/`.
    NotRegexes,
}

/// What was seen while a value was read.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) fill: Fill,
    /// Gates among the values (not those of `requires`).
    pub(super) gates: Vec<(Gate, Place)>,
    /// Names of template files.
    pub(super) templates: Vec<(String, Place)>,
    /// Texts with placeholders.
    pub(super) texts: Vec<(String, Place)>,
}

impl Found {
    pub(super) const fn new() -> Self {
        Self { fill: Fill::No, gates: Vec::new(), templates: Vec::new(), texts: Vec::new() }
    }

    fn append(&mut self, other: Self) {
        let Self { fill, gates, templates, texts } = other;
        self.fill = self.fill.max(fill);
        self.gates.extend(gates);
        self.templates.extend(templates);
        self.texts.extend(texts);
    }
}

/// Whether a text is a regular expression: `/…/`.
pub(super) fn is_regex(text: &str) -> bool {
    text.len() >= 2 && text.starts_with('/') && text.ends_with('/')
}

/// What a kind takes, for people.
pub(super) fn expects(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "true or false".into(),
        Kind::Integer { min, max: i64::MAX } => format!("a whole number of at least {min}"),
        Kind::Integer { min, max } => format!("a whole number between {min} and {max}"),
        Kind::Text => "a text".into(),
        Kind::OneOf(words) => any_of(words.iter().copied()),
        Kind::Duration => "a duration such as `\"14d\"` or `\"12h\"`".into(),
        Kind::RepoPath => "a path inside the repository".into(),
        Kind::Template => "the name of a file under `files/`".into(),
        Kind::TextOrRegex => "a text or a `/regular expression/`".into(),
        Kind::Glob => "a glob of repository names".into(),
        Kind::Gate => "a gate such as `\"security_policy\"`".into(),
        Kind::List(inner) => format!("a list ({} each)", expects(inner)),
        Kind::Either(kinds) => kinds.iter().map(expects).collect::<Vec<_>>().join(", or "),
        Kind::Table(fields) => format!("a table with {}", any_of(fields.iter().map(|field| field.key))),
        Kind::Map(inner) => format!("a table of names ({} each)", expects(inner)),
        Kind::Any => "a value".into(),
    }
}

/// Checks a path inside a repository; gives what is wrong with it.
#[must_use]
pub fn path_fault(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("the path is empty");
    }
    if path.contains('\\') {
        return Some("the path has a backslash; its parts are separated by `/`");
    }
    if path.starts_with('/') {
        return Some("the path begins with `/`; it is taken from the root of the repository");
    }
    if path.chars().any(char::is_control) {
        return Some("the path has a control character");
    }
    if has_placeholder(path) {
        return Some("a path takes no placeholders");
    }
    for part in path.split('/') {
        if part.is_empty() || part == "." || part == ".." {
            return Some("a part of the path is empty, `.` or `..`");
        }
        // Windows and macOS take these for `.git` as well.
        let bare = part.trim_end_matches(['.', ' ']).to_ascii_lowercase();
        if bare == ".git" || bare == "git~1" {
            return Some("the path leads into `.git`");
        }
    }
    None
}

impl Reader<'_> {
    /// Reads a whole value; tables become objects.
    pub(super) fn value(&mut self, kind: &Kind, node: &Node<'_>, found: &mut Found) -> Option<Value> {
        match kind {
            Kind::Bool => match node.get_ref() {
                DeValue::Boolean(value) => Some(Value::Bool(*value)),
                _ => self.misfit(kind, node),
            },
            Kind::Integer { min, max } => match node.get_ref() {
                DeValue::Integer(_) => self.integer(node, *min, *max).map(Value::from),
                _ => self.misfit(kind, node),
            },
            Kind::OneOf(words) => self.word(node, words).map(Value::from),
            Kind::List(inner) => self.list(kind, inner, node, found),
            Kind::Either(kinds) => self.either(kind, kinds, node, found),
            Kind::Table(fields) => self.object(fields, node, found),
            Kind::Map(inner) => self.map(inner, node, found),
            Kind::Any => self.any(node, found),
            Kind::Text
            | Kind::Duration
            | Kind::RepoPath
            | Kind::Template
            | Kind::TextOrRegex
            | Kind::Glob
            | Kind::Gate => match node.get_ref() {
                DeValue::String(text) => self.special_text(kind, text, node, found),
                _ => self.misfit(kind, node),
            },
        }
    }

    fn misfit(&mut self, kind: &Kind, node: &Node<'_>) -> Option<Value> {
        self.wrong_type(node, &expects(kind));
        None
    }

    fn special_text(&mut self, kind: &Kind, text: &str, node: &Node<'_>, found: &mut Found) -> Option<Value> {
        let place = self.place(node.span());
        match kind {
            Kind::Duration if parse_duration(text).is_none() => {
                self.wrong_value(node, format!("`{text}` is not a duration"), format!("expected {}", expects(kind)));
                return None;
            }
            Kind::RepoPath => self.repo_path(text, node.span())?,
            Kind::Template => found.templates.push((text.to_owned(), place)),
            Kind::Glob => {
                if let Err(why) = RepoPattern::new(text) {
                    self.wrong_value(
                        node,
                        format!("`{text}` is not a glob: {why}"),
                        format!("expected {}", expects(kind)),
                    );
                    return None;
                }
            }
            Kind::Gate => found.gates.push((self.gate(text, node.span())?, place)),
            Kind::TextOrRegex if is_regex(text) => self.regex(text, node)?,
            Kind::TextOrRegex => note_text(text, place, Fill::NotRegexes, found),
            _ => note_text(text, place, Fill::Texts, found),
        }
        Some(Value::from(text))
    }

    /// Checks a path inside a repository.
    pub(super) fn repo_path(&mut self, path: &str, span: Range<usize>) -> Option<()> {
        let Some(fault) = path_fault(path) else { return Some(()) };
        self.error(Code::UnsafePath, span, fault).label = Some("expected a path inside the repository".into());
        None
    }

    fn regex(&mut self, text: &str, node: &Node<'_>) -> Option<()> {
        let Err(error) = regex::Regex::new(&text[1..text.len() - 1]) else { return Some(()) };
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        self.wrong_value(node, format!("the regular expression is not well-formed: {why}"), "expected `/…/`");
        None
    }

    /// Parses one entry of `requires`.
    pub(super) fn gate(&mut self, text: &str, span: Range<usize>) -> Option<Gate> {
        let named = |gate: &Gate| match &gate.scope {
            GateScope::Repo(name) => RepoName::new(name.as_str()).is_ok(),
            GateScope::Same | GateScope::Org => true,
        };
        let gate = Gate::parse(text).filter(named);
        if gate.is_none() {
            let error = self.error(Code::BadGate, span, format!("`{text}` is not a gate"));
            error.label = Some("expected `setting`, `repository:setting` or `org:setting`".into());
        }
        gate
    }

    fn list(&mut self, kind: &Kind, inner: &Kind, node: &Node<'_>, found: &mut Found) -> Option<Value> {
        let DeValue::Array(list) = node.get_ref() else { return self.misfit(kind, node) };
        let values: Vec<Option<Value>> = list.iter().map(|each| self.value(inner, each, found)).collect();
        values.into_iter().collect::<Option<Vec<Value>>>().map(Value::Array)
    }

    /// Takes the first kind that fits; where none does, the one that fits by its type tells what is wrong.
    fn either(&mut self, kind: &Kind, kinds: &[Kind], node: &Node<'_>, found: &mut Found) -> Option<Value> {
        for kind in kinds {
            let (mut problems, mut seen) = (Vec::<Diagnostic>::new(), Found::new());
            let mut quiet = Reader { file: self.file, sources: self.sources, list: &mut problems };
            if let Some(value) = quiet.value(kind, node, &mut seen).filter(|_| problems.is_empty()) {
                found.append(seen);
                return Some(value);
            }
        }
        let mut fitting = kinds.iter().filter(|kind| fits(kind, node.get_ref()));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => self.value(only, node, found),
            (Some(_), Some(_)) => {
                let shown = format!("{} is not taken here", type_name(node.get_ref()));
                self.wrong_value(node, shown, format!("expected {}", expects(kind)));
                None
            }
            (None, _) => self.misfit(kind, node),
        }
    }

    fn object(&mut self, fields: &[Field], node: &Node<'_>, found: &mut Found) -> Option<Value> {
        let table = self.table(node)?;
        let mut object = Map::new();
        let mut whole = true;
        for (key, value) in table {
            match fields.iter().find(|field| field.key == key.get_ref()) {
                Some(field) => match self.value(&field.kind, value, found) {
                    Some(value) => drop(object.insert(field.key.to_owned(), value)),
                    None => whole = false,
                },
                None => {
                    let allowed: Vec<&str> = fields.iter().map(|field| field.key).collect();
                    self.unknown_key(key, "the table", &allowed);
                    whole = false;
                }
            }
        }
        whole.then_some(Value::Object(object))
    }

    fn map(&mut self, inner: &Kind, node: &Node<'_>, found: &mut Found) -> Option<Value> {
        let table = self.table(node)?;
        let read = |(key, value): (&super::document::Key<'_>, &Node<'_>), reader: &mut Self, found: &mut Found| {
            reader.value(inner, value, found).map(|value| (key.get_ref().to_string(), value))
        };
        let pairs: Vec<Option<(String, Value)>> = table.iter().map(|pair| read(pair, self, found)).collect();
        pairs.into_iter().collect::<Option<Map<String, Value>>>().map(Value::Object)
    }

    fn any(&mut self, node: &Node<'_>, found: &mut Found) -> Option<Value> {
        match node.get_ref() {
            DeValue::String(text) => {
                note_text(text, self.place(node.span()), Fill::Texts, found);
                Some(Value::from(text.as_ref()))
            }
            DeValue::Integer(_) => self.integer(node, i64::MIN, i64::MAX).map(Value::from),
            DeValue::Float(digits) => {
                let number = digits.as_str().parse::<f64>().ok().and_then(Number::from_f64);
                if number.is_none() {
                    self.wrong_value(node, "the number cannot be sent to GitHub", "expected a finite number");
                }
                number.map(Value::Number)
            }
            DeValue::Boolean(value) => Some(Value::Bool(*value)),
            DeValue::Datetime(date) => Some(Value::from(date.to_string())),
            DeValue::Array(_) => self.list(&Kind::Any, &Kind::Any, node, found),
            DeValue::Table(_) => self.map(&Kind::Any, node, found),
        }
    }
}

fn note_text(text: &str, place: Place, fill: Fill, found: &mut Found) {
    if has_placeholder(text) {
        found.fill = found.fill.max(fill);
        found.texts.push((text.to_owned(), place));
    }
}

/// Whether a value could be meant as one of the kind, by its type alone.
fn fits(kind: &Kind, value: &DeValue<'_>) -> bool {
    match kind {
        Kind::Bool => matches!(value, DeValue::Boolean(_)),
        Kind::Integer { .. } => matches!(value, DeValue::Integer(_)),
        Kind::List(_) => matches!(value, DeValue::Array(_)),
        Kind::Table(_) | Kind::Map(_) => matches!(value, DeValue::Table(_)),
        Kind::Either(kinds) => kinds.iter().any(|kind| fits(kind, value)),
        Kind::Any => true,
        Kind::Text
        | Kind::OneOf(_)
        | Kind::Duration
        | Kind::RepoPath
        | Kind::Template
        | Kind::TextOrRegex
        | Kind::Glob
        | Kind::Gate => matches!(value, DeValue::String(_)),
    }
}

/// The help for a misspelt word, where one is near.
pub(super) fn did_you_mean<'a>(word: &str, among: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(word, among).map(|near| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for good in ["SECURITY.md", ".github/workflows/a.yml", ".gitignore", "a b/ü"] {
            assert_eq!(path_fault(good), None, "{good}");
        }
        for bad in
            ["", "/a", "a/../b", "./a", "a//b", "a/", "a\\b", ".git/config", "x/.GIT/y", ".git. /x", "a\nb", "git~1"]
        {
            assert!(path_fault(bad).is_some(), "{bad}");
        }
    }
}
