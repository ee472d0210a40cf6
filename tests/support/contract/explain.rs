//! Turns a schema error into lines that say where and what, without repeating whole bodies.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;

const LONGEST: usize = 300;

/// Returns the lines of an error; of alternatives, those of the nearest one.
pub(super) fn explain(error: &ValidationError<'_>) -> Vec<String> {
    if let ValidationErrorKind::AnyOf { context } = error.kind() {
        let nearest = context
            .iter()
            .map(|branch| branch.iter().flat_map(explain).collect::<Vec<_>>())
            // Failing to be null says nothing.
            .filter(|lines| !lines.iter().all(|line| line.contains("is not of type \"null\"")))
            .min_by_key(Vec::len);
        if let Some(lines) = nearest.filter(|lines| !lines.is_empty()) {
            return lines;
        }
    }
    let path = error.instance_path().to_string();
    let place = if path.is_empty() { "the body" } else { &path };
    vec![format!("{place}: {}", shorten(&error.masked_with("it").to_string()))]
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
