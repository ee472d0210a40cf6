//! What must stand in a security policy, and whether it does. Pure: text in, problem out.

use std::rc::Rc;

use regex::{Regex, RegexBuilder};

/// How much memory one regular expression of a policy may take; GitHub's files are at most 1 MiB, and matching is linear.
const REGEX_LIMIT: usize = 1 << 20;

/// What must stand in the file.
#[derive(Debug, Default)]
pub(super) struct Required<'a> {
    /// The contact, whole and visible.
    pub(super) contact: Option<&'a str>,
    /// Texts, or regular expressions written `/…/`.
    pub(super) contains: Vec<&'a str>,
}

impl Required<'_> {
    /// What is missing, as a phrase after the file's name (`does not name security@example.org`); `None` where nothing is.
    pub(super) fn missing(&self, text: &str, compiled: impl Fn(&str) -> Option<Rc<Regex>>) -> Option<String> {
        let contact = self
            .contact
            .filter(|contact| !names(&without_comments(text), contact))
            .map(|contact| format!("does not name {contact}"));
        let contains = self.contains.iter().filter_map(|wanted| not_contained(text, wanted, &compiled));
        let problems: Vec<String> = contact.into_iter().chain(contains).collect();
        (!problems.is_empty()).then(|| problems.join(" and "))
    }
}

/// The pattern of a regular expression written `/…/`; `None` for a plain text.
pub(super) fn pattern(text: &str) -> Option<&str> {
    text.strip_prefix('/')?.strip_suffix('/')
}

/// Compiles the pattern of a regular expression, within bounds.
pub(super) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(REGEX_LIMIT).dfa_size_limit(REGEX_LIMIT).build()
}

fn not_contained(text: &str, wanted: &str, compiled: impl Fn(&str) -> Option<Rc<Regex>>) -> Option<String> {
    let Some(pattern) = pattern(wanted) else {
        return (!text.contains(wanted)).then(|| format!("does not contain `{wanted}`"));
    };
    match compiled(pattern) {
        Some(regex) => (!regex.is_match(text)).then(|| format!("has nothing that matches {wanted}")),
        None => Some(format!("cannot be compared with {wanted}: not a valid regular expression")),
    }
}

/// The text as a reader sees it: HTML comments are gone. One that is never closed runs to the end.
fn without_comments(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        visible.push_str(before);
        rest = after_comment(comment);
    }
    visible.push_str(rest);
    visible
}

/// What follows a comment, given what follows its `<!--`. HTML takes `<!-->` and `<!--->` for whole comments, and `--!>` for an end.
fn after_comment(comment: &str) -> &str {
    if let Some(rest) = comment.strip_prefix("->").or_else(|| comment.strip_prefix('>')) {
        return rest;
    }
    let ends = [comment.split_once("-->"), comment.split_once("--!>")];
    ends.into_iter().flatten().min_by_key(|(inside, _)| inside.len()).map_or("", |(_, rest)| rest)
}

/// Whether the contact stands in the text as a whole, not inside a longer address, handle, URL or word. A contact with an `@` is
/// compared without case: mail systems and GitHub's handles do not tell cases apart.
fn names(text: &str, contact: &str) -> bool {
    if contact.is_empty() {
        return false;
    }
    let folded = contact.contains('@');
    let (text, contact) = if folded {
        (text.to_ascii_lowercase(), contact.to_ascii_lowercase())
    } else {
        (text.to_owned(), contact.to_owned())
    };
    let joints = joints(&contact);
    text.match_indices(&contact).any(|(at, found)| {
        let (before, after) = (text[..at].chars().rev(), text[at + found.len()..].chars());
        !is_joined(contact.chars().next(), before, joints) && !is_joined(contact.chars().next_back(), after, joints)
    })
}

/// The characters that join words to a longer contact of the same sort.
fn joints(contact: &str) -> &'static str {
    if contact.contains("://") {
        ".-_/?#=&%~+@"
    } else if contact.contains('@') {
        ".-_+%@/"
    } else {
        "-_"
    }
}

/// Whether the text beyond an edge of the contact makes it part of something longer: a letter or digit at once, or after joints.
/// Joints alone do not: the full stop after a sentence, the `_` of an emphasis.
fn is_joined(edge: Option<char>, mut beyond: impl Iterator<Item = char>, joints: &str) -> bool {
    if edge.is_none_or(|edge| !edge.is_alphanumeric() && !joints.contains(edge)) {
        return false;
    }
    beyond.find(|c| !joints.contains(*c)).is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fresh(pattern: &str) -> Option<Rc<Regex>> {
        compile(pattern).ok().map(Rc::new)
    }

    fn named(text: &str, contact: &str) -> bool {
        Required { contact: Some(contact), contains: Vec::new() }.missing(text, fresh).is_none()
    }

    #[test]
    fn an_address_stands_whole() {
        for text in [
            "security@example.com",
            "Write to security@example.com.",
            "(security@example.com)",
            "<security@example.com>",
            "[us](mailto:security@example.com?subject=x)",
            "_security@example.com_ or **security@example.com**",
            "`security@example.com`: we answer",
            "Security@Example.COM!",
            "- security@example.com\r\n",
            "xsecurity@example.com, security@example.com",
            "security@example.com...",
        ] {
            assert!(named(text, "security@example.com"), "{text}");
        }
    }

    #[test]
    fn an_address_inside_a_longer_one_does_not_count() {
        for text in [
            "",
            "xsecurity@example.com",
            "not-security@example.com",
            "a.security@example.com",
            "product+security@example.com",
            "x_security@example.com",
            "security@example.com.evil.org",
            "security@example.comx",
            "security@example.com-evil.org",
            "security@example.community",
            "évilésecurity@example.com",
            "security@example.com@evil.org",
            "security @example.com",
        ] {
            assert!(!named(text, "security@example.com"), "{text}");
        }
    }

    #[test]
    fn other_contacts_stand_whole_too() {
        let url = "https://example.com/security";
        for text in [
            "see https://example.com/security.",
            "[here](https://example.com/security)",
            "<https://example.com/security/>",
        ] {
            assert!(named(text, url), "{text}");
        }
        for text in [
            "https://example.com/security/old",
            "https://example.com/security-old",
            "https://evil.org/?to=https://example.com/security",
            "https://EXAMPLE.com/security",
        ] {
            assert!(!named(text, url), "{text}");
        }
        assert!(named("Ask @Acme/security.", "@acme/security"));
        assert!(!named("Ask @acme/security-admins", "@acme/security"));
        assert!(named("the Security Team.Next", "Security Team"));
        assert!(!named("the Security Teams", "Security Team"));
        assert!(!named("the security team", "Security Team"));
        assert!(!named("x", ""));
    }

    #[test]
    fn a_contact_in_a_comment_does_not_count() {
        let contact = "security@example.com";
        for text in [
            "<!-- security@example.com -->",
            "<!-- security@example.com",
            "a <!-- x\n--\nsecurity@example.com\n--> b",
            "x<!-- y -->security@example.com",
            "<!--> <!-- security@example.com -->",
        ] {
            assert!(!named(text, contact), "{text}");
        }
        for text in [
            "<!-- x --> security@example.com",
            "<!--> security@example.com",
            "<!---> security@example.com",
            "<!-- x --!> security@example.com",
            "<!-- <!-- --> security@example.com",
            "security@<!-- seen by no reader -->example.com",
        ] {
            assert!(named(text, contact), "{text}");
        }
    }

    #[test]
    fn texts_and_regular_expressions_must_be_contained() {
        let missing = |text: &str, wanted| Required { contact: None, contains: vec![wanted] }.missing(text, fresh);
        assert_eq!(missing("within 3 days", "3 days"), None);
        assert_eq!(missing("", "3 days").as_deref(), Some("does not contain `3 days`"));
        assert_eq!(missing("within 30 days", "/[0-9]+ days/"), None);
        assert_eq!(missing("soon", "/[0-9]+ days/").as_deref(), Some("has nothing that matches /[0-9]+ days/"));
        assert!(missing("x", "/(/").is_some_and(|problem| problem.contains("not a valid regular expression")));
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let required = Required { contact: Some("a@b.c"), contains: vec!["days", "CVE"] };
        assert_eq!(
            required.missing("x", fresh).as_deref(),
            Some("does not name a@b.c and does not contain `days` and does not contain `CVE`")
        );
        assert_eq!(Required::default().missing("", fresh), None);
    }

    #[test]
    fn a_greedy_expression_is_refused_and_not_run() {
        assert!(compile("((a{100}){100}){100}").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(<!--|-->|--!>|a@b\\.c|[\\s\\S]){0,40}", contact in "[\\s\\S]{0,8}|a@b\\.c", wanted in "/?[\\s\\S]{0,12}/?") {
            let _ = Required { contact: Some(&contact), contains: vec![&wanted] }.missing(&text, fresh);
        }

        #[test]
        fn a_contact_between_blanks_is_always_found(before in "[a-z .\n]{0,20}", after in "[a-z .\n]{0,20}") {
            let text = format!("{before} security@example.com {after}");
            prop_assert!(named(&text, "security@example.com"));
        }
    }
}
