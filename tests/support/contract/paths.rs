//! Path templates (`/repos/{owner}/{repo}`), percent-encoding and query strings. Text only.

/// A path template and what GitHub says of its parameters.
#[derive(Debug)]
pub(super) struct Template {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Parameter { name: String, multi: bool },
}

impl Template {
    /// Reads a template; `multi` says which parameters may hold slashes.
    pub(super) fn parse(text: &str, multi: impl Fn(&str) -> bool) -> Self {
        let segments = split(text).into_iter().map(|segment| {
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => Segment::Parameter { name: name.to_owned(), multi: multi(name) },
                None => Segment::Literal(segment.to_owned()),
            }
        });
        Self { segments: segments.collect(), text: text.to_owned() }
    }

    /// Returns the template as GitHub writes it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns what orders templates that match the same path: the most literal one wins.
    pub(super) fn specificity(&self) -> (usize, Vec<bool>) {
        let literal = |segment: &Segment| matches!(segment, Segment::Literal(_));
        let places: Vec<bool> = self.segments.iter().map(literal).collect();
        (places.iter().filter(|is_literal| **is_literal).count(), places)
    }

    /// Matches a path that is still percent-encoded; returns the decoded parameters.
    pub(super) fn matches(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let mut values = fit(&self.segments, &split(path))?;
        values.reverse();
        Some(values)
    }
}

fn split(path: &str) -> Vec<&str> {
    path.strip_prefix('/').unwrap_or(path).split('/').collect()
}

/// The parameters of the segments against the parts, last parameter first.
fn fit<'t>(segments: &'t [Segment], parts: &[&str]) -> Option<Vec<(&'t str, String)>> {
    let Some((segment, later)) = segments.split_first() else {
        return parts.is_empty().then(Vec::new);
    };
    match segment {
        Segment::Literal(text) => {
            let (part, rest) = parts.split_first()?;
            (part == text).then(|| fit(later, rest)).flatten()
        }
        Segment::Parameter { name, multi } => {
            let longest = if *multi { parts.len() } else { parts.len().min(1) };
            (1..=longest).rev().find_map(|taken| {
                let (mine, rest) = parts.split_at(taken);
                let value = decode(&mine.join("/"))?;
                // `contents/` is the root folder; nothing else may be empty.
                let allowed = !mine.contains(&"") || (name == "path" && value.is_empty());
                let mut values = allowed.then(|| fit(later, rest)).flatten()?;
                values.push((name, value));
                Some(values)
            })
        }
    }
}

/// Splits a query string into decoded names and values; `Err` names what cannot be decoded.
pub(super) fn query(text: &str) -> Result<Vec<(String, String)>, String> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (decode(name), decode(value)) {
            (Some(name), Some(value)) => Ok((name, value)),
            _ => Err(format!("the query part `{pair}` is not percent-encoded UTF-8")),
        }
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// Decodes `%XX`; nothing where it is malformed. No value that is judged holds a space, so that
/// the two readings of `+` need not be told apart.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, later)) = rest.split_first() {
        rest = later;
        match first {
            b'%' => {
                let digits = later.get(..2)?;
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let value = digits.iter().try_fold(0, |value, byte| Some(value * 16 + digit(byte)?))?;
                bytes.push(u8::try_from(value).ok()?);
                rest = later.get(2..)?;
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}
