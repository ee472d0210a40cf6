//! Which version of the action a workflow file uses: `@v2.4.4`, or `@SHA # v2.4.4`. Read from lines, since a parser drops comments.

use std::{cmp::Ordering, fmt};

const ACTION: &str = "ossf/scorecard-action@";

/// A version of one to three numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    numbers: Vec<u64>,
    prerelease: bool,
}

impl Version {
    /// Parses `2`, `2.4`, `v2.4.4` or `v2.5.0-rc1`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (text, build) = text.split_once('+').map_or((text, false), |(text, _)| (text, true));
        let (text, prerelease) = text.split_once('-').map_or((text, false), |(text, _)| (text, true));
        let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        let numbers = text.split('.').map(number).collect::<Option<Vec<u64>>>()?;
        let plain = !build || numbers.len() == 3;
        (plain && (1..=3).contains(&numbers.len())).then_some(Self { numbers, prerelease })
    }

    /// Whether it is at least the other one; `None` where it does not say enough: `v2` can be any 2.x.
    fn reaches(&self, least: &Self) -> Option<bool> {
        let wanted = |at: usize| least.numbers.get(at).copied().unwrap_or_default();
        for (at, have) in self.numbers.iter().enumerate() {
            match have.cmp(&wanted(at)) {
                Ordering::Less => return Some(false),
                Ordering::Greater => return Some(true),
                Ordering::Equal => {}
            }
        }
        match (self.numbers.len()..3).all(|at| wanted(at) == 0) {
            true => Some(!self.prerelease || least.prerelease),
            false => None,
        }
    }
}

/// One use of the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pin<'a> {
    /// What stands after the `@`.
    pub(super) reference: &'a str,
    /// The comment behind it.
    comment: Option<&'a str>,
}

impl fmt::Display for Pin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.named() {
            Some((_, text)) => f.write_str(text),
            None => f.write_str(self.reference),
        }
    }
}

impl<'a> Pin<'a> {
    fn is_commit(&self) -> bool {
        matches!(self.reference.len(), 40 | 64) && self.reference.bytes().all(|b| b.is_ascii_hexdigit())
    }

    /// The version with its text: of the tag, or for a commit that of the comment.
    fn named(&self) -> Option<(Version, &'a str)> {
        let parsed = |text: &'a str| Version::parse(text).map(|version| (version, text));
        if !self.is_commit() {
            return parsed(self.reference);
        }
        let words = || self.comment.into_iter().flat_map(|comment| comment.split(is_gap));
        // A bare number may be a date or an issue.
        words()
            .filter(|word| word.starts_with(['v', 'V']))
            .find_map(parsed)
            .or_else(|| words().filter(|word| word.contains('.')).find_map(parsed))
    }
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '=' | '@' | ':' | '/' | ',' | '(' | ')')
}

/// The uses of the action in a text that are not in a comment.
pub(super) fn pins(text: &str) -> impl Iterator<Item = Pin<'_>> {
    text.lines().filter_map(|line| {
        let at = line.to_ascii_lowercase().find(ACTION)?;
        let (before, after) = (line.get(..at)?, line.get(at + ACTION.len()..)?);
        if before.contains('#') || !before.contains("uses") {
            return None;
        }
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '}')).unwrap_or(after.len());
        let (reference, rest) = after.split_at(end);
        Some(Pin { reference, comment: rest.split_once('#').map(|(_, comment)| comment) })
    })
}

/// The version that a text uses, as it stands there.
pub(super) fn told(text: &str) -> Option<String> {
    pins(text).next().map(|pin| pin.to_string())
}

/// Why a text does not use at least this version, as a phrase; `None` where it does.
pub(super) fn shortfall(text: &str, least: &str) -> Option<String> {
    let Some(wanted) = Version::parse(least) else { return Some(format!("`{least}` is not a version")) };
    if pins(text).next().is_none() {
        return Some("names the action in a way that tells no version".into());
    }
    pins(text).find_map(|pin| match pin.named() {
        None if pin.is_commit() => Some(format!(
            "cannot tell the version of the commit {}: no comment such as `# v{least}` stands behind it",
            pin.reference
        )),
        None => Some(format!("cannot tell the version of `{}`", pin.reference)),
        Some((version, text)) => match version.reaches(&wanted) {
            Some(true) => None,
            Some(false) => Some(format!("uses {text}, older than {least}")),
            None => Some(format!("cannot tell whether `{text}` is at least {least}")),
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHA: &str = "2d1146689b8cda280b9bc96326124645441f03bc";

    fn short(reference: &str, least: &str) -> Option<String> {
        shortfall(&format!("    - uses: ossf/scorecard-action@{reference}\n"), least)
    }

    #[test]
    fn tags_and_comments_tell_the_version() {
        for (reference, least) in [
            ("v2.4.0", "2.4.0"),
            ("v2.4.4", "2.4.0"),
            ("v2.10.0", "v2.9.1"),
            ("2.4.0", "2.4"),
            ("v3", "2.4.0"),
            ("v2.4", "2.4.0"),
            ("v2.5.0-rc1", "2.4.0"),
            (&format!("{SHA} # v2.4.4"), "2.4.4"),
            (&format!("{SHA} # tag=v2.4.4"), "2.4.4"),
            (&format!("{SHA} #v2.4.4 (2026-08-01)"), "2.4.4"),
            (&format!("{SHA} # 2026-08-01, #12, v2.4.4"), "2.4.4"),
            (&format!("{SHA} # 2.4.4"), "2.4.4"),
        ] {
            assert_eq!(short(reference, least), None, "{reference}");
        }
    }

    #[test]
    fn what_is_older_or_unclear_falls_short() {
        for (reference, least, why) in [
            ("v2.3.9", "2.4.0", "uses v2.3.9, older than 2.4.0"),
            ("v1", "2.4.0", "uses v1, older than 2.4.0"),
            ("v2.4.0-rc1", "2.4.0", "uses v2.4.0-rc1, older than 2.4.0"),
            ("v2", "2.4.0", "cannot tell whether `v2` is at least 2.4.0"),
            ("main", "2.4.0", "cannot tell the version of `main`"),
            (&format!("{SHA} # v2.3.0"), "2.4.0", "uses v2.3.0, older than 2.4.0"),
            (SHA, "2.4.0", "cannot tell the version of the commit"),
            (&format!("{SHA} # pinned"), "2.4.0", "cannot tell the version of the commit"),
            (&format!("{SHA} # 2026-08-01"), "2.4.0", "cannot tell the version of the commit"),
        ] {
            let short = short(reference, least).expect("falls short");
            assert!(short.starts_with(why), "{short}");
        }
    }

    #[test]
    fn every_use_counts_and_comments_do_not() {
        let text = "# uses: ossf/scorecard-action@v1\n- uses: ossf/scorecard-action@v2.4.4 # not v1\n- { uses: OSSF/Scorecard-Action@v2.4.0 }\n";
        assert_eq!(pins(text).map(|pin| pin.reference).collect::<Vec<_>>(), ["v2.4.4", "v2.4.0"]);
        assert_eq!(shortfall(text, "2.4.1").as_deref(), Some("uses v2.4.0, older than 2.4.1"));
        assert_eq!(told(text).as_deref(), Some("v2.4.4"));
        assert_eq!(told(""), None);
        assert!(
            shortfall("- uses:\n    ossf/scorecard-action@v1\n", "2.4.0")
                .is_some_and(|why| why.contains("tells no version"))
        );
    }

    #[test]
    fn only_versions_are_versions() {
        for bad in ["", "v", "2.", "2.4.0.1", "x", "2.x", "-1", "99999999999999999999"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(uses: ossf/scorecard-action@|#|v|2|\\.|\\PC|\n){0,30}", least in "\\PC{0,8}") {
            let _ = (shortfall(&text, &least), told(&text));
        }
    }
}
