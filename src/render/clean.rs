//! Makes what strangers wrote safe to show: control characters and characters that hide or reorder text become visible.

/// Whether a terminal or a reader could be deceived by the character.
///
/// Besides the control characters these are the ones that turn the direction of text (CVE-2021-42574), that end a line in
/// some programs, and that have no width.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Returns the text with every control character, every character that reorders text and every invisible one written out
/// (`\n`, `\u{1b}`). Joiners stay between other than ASCII characters, where scripts and emoji need them. What is clean
/// stays as it is, so cleaning twice does no harm.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = 'a';
    for c in text.chars() {
        let joiner = matches!(c, '\u{200c}' | '\u{200d}') && before.is_ascii();
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if joiner || deceives(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            _ => out.push(c),
        }
        before = out.chars().next_back().unwrap_or('a');
    }
    out
}

/// Text inside an element or a quoted attribute of HTML or XML 1.0. The latter has no place for control characters at all,
/// escaped or not: they are written out.
pub(super) fn markup(text: &str) -> String {
    clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_move_the_cursor_or_turn_the_text() {
        assert_eq!(clean("a\u{1b}[2Jb\n\u{9b}31m"), "a\\u{1b}[2Jb\\n\\u{9b}31m");
        assert_eq!(clean("user\u{202e}fdp.exe"), "user\\u{202e}fdp.exe");
        assert_eq!(clean("ad\u{200d}min\u{feff}"), "ad\\u{200d}min\\u{feff}");
    }

    #[test]
    fn scripts_and_emoji_stay() {
        for text in ["grüß dich", "日本語", "👩‍💻 ok", "می‌خواهم", "a\\n"] {
            assert_eq!(clean(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn cleaning_is_idempotent(text in "\\PC*|(?s).*") {
            let once = clean(&text);
            proptest::prop_assert!(!once.chars().any(char::is_control));
            proptest::prop_assert_eq!(clean(&once), once);
        }
    }
}
