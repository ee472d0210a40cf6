//! `ensure = "contains"`: a text that must stand in a file whose other lines are people's own.

use super::{EntryKind, TreeEntry, Wanted, compliant, no_content};
use crate::{
    model::blob_oid,
    settings::{Blob, Context, Outcome, Pending},
};

/// The text with one kind of line end and without the last one, so that neither decides.
fn normal(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end_matches('\n').to_owned()
}

/// The text that must stand in the file: `content`, else the whole template. `None` where there is none, or no text.
fn needle(wanted: &Wanted<'_>) -> Option<String> {
    let text = match (wanted.content, &wanted.template) {
        (Some(content), _) => content,
        (None, Some(template)) => std::str::from_utf8(template).ok()?,
        (None, None) => return None,
    };
    Some(normal(text))
}

/// Whether the wanted text stands in these bytes.
pub(super) fn holds(wanted: &Wanted<'_>, bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).map(normal);
    needle(wanted).is_some_and(|needle| text.is_ok_and(|text| text.contains(&needle)))
}

pub(super) fn template_lacks(wanted: &Wanted<'_>) -> String {
    format!("the template for `{}` does not itself contain the text that must stand in it", wanted.path)
}

/// Judges an existing regular file.
pub(super) fn judge(wanted: &Wanted<'_>, found: &TreeEntry, cx: &Context<'_>) -> Result<Outcome, Pending> {
    debug_assert_eq!(found.kind(), EntryKind::File, "the caller looked");
    let Some(needle) = needle(wanted) else { return Ok(no_content(wanted, Some(found))) };
    let is_template =
        wanted.template.as_ref().is_some_and(|bytes| blob_oid(bytes) == found.oid && holds(wanted, bytes));
    if is_template {
        return Ok(compliant(wanted, found));
    }
    let text = match Outcome::known(cx.blob(&found.oid)?) {
        Err(outcome) => return Ok(outcome),
        Ok(Blob::Text(text)) => text,
        Ok(Blob::TooLarge(_)) => {
            let reason = format!("`{}` is too large: GitHub shows no text over 1 MiB", wanted.path);
            return Ok(Outcome::unknown(reason, None));
        }
        Ok(Blob::Binary(_)) => {
            return Ok(wanted.violation(format!("`{}` is not a text", wanted.path), Some(found)));
        }
    };
    if normal(text).contains(&needle) {
        return Ok(compliant(wanted, found));
    }
    match &wanted.template {
        None => {
            let message = format!("`{}` does not contain the text, and there is no `template` to mend it", wanted.path);
            Ok(wanted.violation(message, Some(found)))
        }
        Some(template) if !holds(wanted, template) => Ok(wanted.violation(template_lacks(wanted), Some(found))),
        Some(_) => Ok(wanted.write(Some(found), appended(text, &needle).as_bytes().into())),
    }
}

/// The text with the wanted one after it, in the line ends that it has.
fn appended(text: &str, needle: &str) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut whole = text.to_owned();
    if !whole.is_empty() && !whole.ends_with('\n') {
        whole.push_str(end);
    }
    for line in needle.split('\n') {
        whole.push_str(line);
        whole.push_str(end);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appending_keeps_the_line_ends_and_lines_apart() {
        assert_eq!(appended("a", "b\nc"), "a\nb\nc\n");
        assert_eq!(appended("a\r\nb\r\n", "c\nd"), "a\r\nb\r\nc\r\nd\r\n");
        assert_eq!(appended("", "c"), "c\n");
    }
}
