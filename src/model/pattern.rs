//! Globs over the names of organisations and repositories.

use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{Org, RepoName, RepoRef};

/// The longest pattern taken: a bound for the automaton that is built from it.
const LONGEST: usize = 256;

fn is_literal(text: &str) -> bool {
    !text.contains(['*', '?', '[', ']', '{', '}', '\\', '!'])
}

/// A glob over names, compared without case; `*` does not cross `/`.
#[derive(Debug, Clone)]
pub struct NamePattern {
    text: String,
    form: Form,
}

/// How a pattern is compared: the plainest way that says the same, since each rule's are held against every repository.
#[derive(Debug, Clone)]
enum Form {
    /// A plain name, of which policies may list thousands.
    Literal,
    /// Letters of ASCII with `*` (one after the other only once) and `?`.
    Wild,
    /// All else, as an automaton.
    Glob(GlobSet),
}

impl Form {
    fn of(text: &str) -> Result<Self, String> {
        if is_literal(text) {
            return Ok(Self::Literal);
        }
        // `**` means more where `/` may stand, and beyond ASCII a character is more than one byte.
        if text.is_ascii() && !text.contains(['[', ']', '{', '}', '\\', '!', '/']) && !text.contains("**") {
            return Ok(Self::Wild);
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .case_insensitive(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        GlobSetBuilder::new().add(glob).build().map(Self::Glob).map_err(|error| error.kind().to_string())
    }
}

/// Whether a text fits a pattern of letters, `*` and `?`; neither of them stands for `/`.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where the pattern goes on after its last `*`, and how much of the text that one has been taken to stand for.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(from) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, from));
                at += 1;
                continue;
            }
            Some(b'?') if *byte != b'/' => (at, from) = (at + 1, from + 1),
            Some(wanted) if *wanted != b'?' && wanted.eq_ignore_ascii_case(byte) => (at, from) = (at + 1, from + 1),
            _ => match star {
                Some((after, taken)) if text.get(taken) != Some(&b'/') => {
                    star = Some((after, taken + 1));
                    (at, from) = (after, taken + 1);
                }
                _ => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

impl NamePattern {
    /// Parses a glob.
    ///
    /// # Errors
    /// What is wrong with it, as a phrase.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the pattern is empty".into());
        }
        if text.len() > LONGEST {
            return Err(format!("the pattern is longer than {LONGEST} bytes"));
        }
        Ok(Self { text: text.to_owned(), form: Form::of(text)? })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it has no glob character, and so names one thing.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        matches!(self.form, Form::Literal)
    }

    /// Whether the name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match &self.form {
            Form::Literal => self.text.eq_ignore_ascii_case(name),
            // The automaton takes one byte for `?`, too.
            Form::Wild => fits(self.text.as_bytes(), name.as_bytes()),
            Form::Glob(set) => set.is_match(name),
        }
    }
}

impl PartialEq for NamePattern {
    fn eq(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}
impl Eq for NamePattern {}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A glob over repositories: `name`, or `org/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoPattern {
    org: Option<NamePattern>,
    name: NamePattern,
    exact: Option<RepoRef>,
}

impl RepoPattern {
    /// Parses `name` or `org/name`, both globs.
    ///
    /// # Errors
    /// What is wrong with it, as a phrase.
    pub fn new(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            None => Ok(Self { org: None, name: NamePattern::new(text)?, exact: None }),
            Some((_, name)) if name.contains('/') => Err("a repository is `name` or `org/name`".into()),
            Some((org, name)) => {
                let (org, name) = (NamePattern::new(org)?, NamePattern::new(name)?);
                let exact = Self::name_of(&org, &name);
                Ok(Self { org: Some(org), name, exact })
            }
        }
    }

    fn name_of(org: &NamePattern, name: &NamePattern) -> Option<RepoRef> {
        if !org.is_literal() || !name.is_literal() {
            return None;
        }
        Some(RepoRef { org: Org::new(org.as_str()).ok()?, name: RepoName::new(name.as_str()).ok()? })
    }

    /// Whether the repository matches.
    #[must_use]
    pub fn matches(&self, org: &Org, name: &RepoName) -> bool {
        self.matches_org(org) && self.name.matches(name.as_str())
    }

    /// Whether repositories of the organisation could match.
    #[must_use]
    pub fn matches_org(&self, org: &Org) -> bool {
        self.org.as_ref().is_none_or(|pattern| pattern.matches(org.as_str()))
    }

    /// Whether a repository of this name could match, in whichever organisation.
    #[must_use]
    pub fn matches_name(&self, name: &str) -> bool {
        self.name.matches(name)
    }

    /// The one repository that it names: `org/name` without a glob character.
    #[must_use]
    pub const fn exact(&self) -> Option<&RepoRef> {
        self.exact.as_ref()
    }
}

impl fmt::Display for RepoPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.org {
            Some(org) => write!(f, "{org}/{}", self.name),
            None => self.name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, org: &str, name: &str) -> bool {
        let pattern = RepoPattern::new(pattern).expect("a pattern");
        pattern.matches(&Org::new(org).expect("valid"), &RepoName::new(name).expect("valid"))
    }

    #[test]
    fn names_match_without_case_and_stars_stay_in_their_part() {
        assert!(matches("Express", "expressjs", "express"));
        assert!(matches("*", "expressjs", ".github"));
        assert!(matches("expressjs/*", "ExpressJS", "cors"));
        assert!(!matches("expressjs/*", "pillarjs", "router"));
        assert!(!matches("express*", "expressjs", "cors"));
        assert!(matches("*/{cors,router}", "pillarjs", "router"));
    }

    #[test]
    fn plain_wildcards_say_what_the_automaton_says() {
        let automaton = |pattern: &str| {
            let glob = GlobBuilder::new(pattern).literal_separator(true).case_insensitive(true).build();
            GlobSetBuilder::new().add(glob.expect("a glob")).build().expect("a set")
        };
        let mut texts = vec![String::new()];
        for length in 0..4 {
            let longest: Vec<String> = texts.iter().filter(|text| text.len() == length).cloned().collect();
            texts.extend(longest.iter().flat_map(|text| ["a", "B", "-"].map(|more| format!("{text}{more}"))));
        }
        let patterns =
            ["*", "?", "a*", "*a", "*-b", "a?", "?a*", "*a*", "a*b", "*-*?", "??-*", "*a?", "A*-*b", "*ab*ab"];
        for pattern in patterns {
            let (plain, automaton) = (NamePattern::new(pattern).expect("a pattern"), automaton(pattern));
            assert!(matches!(plain.form, Form::Wild), "{pattern}");
            for text in texts.iter().map(String::as_str).chain([".github", "abab", "a/b", "a/", "/a", "-/b", "xabyab"])
            {
                assert_eq!(plain.matches(text), automaton.is_match(text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn only_a_whole_literal_name_is_exact() {
        let exact = |text| RepoPattern::new(text).ok().and_then(|p| p.exact().map(ToString::to_string));
        assert_eq!(exact("expressjs/express").as_deref(), Some("expressjs/express"));
        for loose in ["express", "expressjs/*", "*/express", "a/b?", "a/{b}"] {
            assert_eq!(exact(loose), None, "{loose}");
        }
    }

    #[test]
    fn bad_patterns_are_refused() {
        for bad in ["", "/", "a/", "/a", "a/b/c", "[", "{a", &"x".repeat(300)] {
            assert!(RepoPattern::new(bad).is_err(), "{bad}");
        }
    }
}
