//! Text of strangers inside Markdown: shown as it is, never obeyed.
//!
//! GitHub finds mentions, references and links in the rendered text, so a backslash does not stop them; code does. Names
//! and values are therefore always code, and in sentences every word that is more than a word is.

use crate::render::clean;

/// The text as code, cut to so many characters. In a table a bar is escaped, as GitHub's dialect wants.
pub(super) fn code(text: &str, most: usize) -> String {
    let text = clip(&clean(text), most);
    let mut escaped = String::with_capacity(text.len());
    let (mut run, mut longest, mut before) = (0_usize, 0_usize, ' ');
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
        if c == '|' {
            // Two readings of `\\|` are about; a joiner between leaves only one.
            escaped.push_str(if before == '\\' { "\u{200d}\\|" } else { "\\|" });
        } else {
            escaped.push(c);
        }
        before = c;
    }
    let fence = "`".repeat(longest + 1);
    let blank = text.trim().is_empty();
    let pad = if blank || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    let inner = if blank { "(empty)" } else { &escaped };
    format!("{fence}{pad}{inner}{pad}{fence}")
}

/// A sentence: plain words stay, everything else becomes code. What stands between single backticks is code already.
pub(super) fn prose(text: &str, most: usize) -> String {
    let text = clip(&clean(text), most);
    if text.matches('`').count() % 2 == 1 || text.contains("``") {
        return words(&text);
    }
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(n, part)| if n % 2 == 1 { code(part, usize::MAX) } else { words(part) }).collect()
}

fn words(text: &str) -> String {
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    if harmless(word) {
        return word.to_owned();
    }
    let core = word.trim_start_matches(['(', '"']).trim_end_matches([',', '.', ';', ':', ')', '"', '!', '?']);
    if core.is_empty() {
        return code(word, usize::MAX);
    }
    let start = word.find(core).unwrap_or(0);
    format!("{}{}{}", &word[..start], code(core, usize::MAX), &word[start + core.len()..])
}

/// Whether Markdown and GitHub leave the word alone.
fn harmless(word: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || ",.;:'\"()/-–…→?%=".contains(c);
    let lower = word.to_ascii_lowercase();
    let reference = lower.contains("gh-") || lower.contains("://") || lower.contains("www.");
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let hash =
        bare.len() >= 7 && bare.bytes().all(|b| b.is_ascii_hexdigit()) && bare.bytes().any(|b| b.is_ascii_digit());
    word.chars().all(plain) && !reference && !hash
}

/// A block of code that nothing inside can end.
pub(super) fn fenced(language: &str, lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| clean(line)).collect();
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

/// The start of the text, where it is longer than this.
fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let start: String = text.chars().take(most).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_whatever_is_in_it() {
        assert_eq!(code("cors", 99), "`cors`");
        assert_eq!(code("a`b", 99), "``a`b``");
        assert_eq!(code("``", 99), "``` `` ```");
        assert_eq!(code("a|b\\|c", 99), "`a\\|b\\\u{200d}\\|c`");
        assert_eq!(code("", 99), "` (empty) `");
        assert_eq!(code("x\ny", 99), "`x\\ny`");
        assert_eq!(code("abcdef", 3), "`abc…`");
    }

    #[test]
    fn sentences_cannot_call_anyone() {
        assert_eq!(prose("Ask @octocat, see #12.", 99), "Ask `@octocat`, see `#12`.");
        assert_eq!(
            prose("waits for security_policy (https://x.y/z)", 99),
            "waits for `security_policy` (`https://x.y/z`)"
        );
        assert_eq!(prose("run `ordain doctor` <img src=x>", 99), "run `ordain doctor` `<img` `src=x>`");
        assert_eq!(prose("an odd ` here", 99), "an odd `` ` `` here");
        assert_eq!(prose("GH-12 and deadbeef1", 99), "`GH-12` and `deadbeef1`");
    }

    #[test]
    fn a_fence_outlasts_its_content() {
        assert!(fenced("diff", &["```".to_owned(), "</details>".to_owned()]).starts_with("````diff\n"));
    }
}
