//! Names of organisations, repositories and people. GitHub keeps their case and ignores it when comparing.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize};

use super::read::text;

/// Why a text is not a name of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {what}: {why}")]
pub struct NameError {
    text: String,
    what: &'static str,
    why: &'static str,
}

/// Makes a newtype over a text that compares without regard to ASCII case and keeps the case it was given. It is cheap to clone.
macro_rules! folded_name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses the text.
            ///
            /// # Errors
            /// If GitHub could not have such a name.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                let check: fn(&str) -> Option<&'static str> = $check;
                match check(&text) {
                    Some(why) => Err(NameError { text, what: $what, why }),
                    None => Ok(Self(text.into())),
                }
            }

            /// The name as it was written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name in lower case, for keys and look-ups.
            #[must_use]
            pub fn folded(&self) -> String {
                self.0.to_ascii_lowercase()
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0) || self.0.eq_ignore_ascii_case(&other.0)
            }
        }
        impl Eq for $name {}
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                for byte in self.0.bytes() {
                    state.write_u8(byte.to_ascii_lowercase());
                }
            }
        }
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                if Arc::ptr_eq(&self.0, &other.0) {
                    return Ordering::Equal;
                }
                let ours = self.0.bytes().map(|byte| byte.to_ascii_lowercase());
                ours.cmp(other.0.bytes().map(|byte| byte.to_ascii_lowercase()))
            }
        }
    };
}

fn check_login(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("it is empty")
    } else if text.len() > 100 {
        Some("it is longer than 100 characters")
    } else if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'[' | b']')) {
        Some("only letters, digits and `-` may stand in it")
    } else {
        None
    }
}

fn check_repo(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("it is empty")
    } else if text == "." || text == ".." {
        Some("GitHub reserves it")
    } else if text.len() > 100 {
        Some("it is longer than 100 characters")
    } else if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        Some("only letters, digits, `-`, `_` and `.` may stand in it")
    } else {
        None
    }
}

folded_name!(
    /// The login of an organisation, such as `expressjs`.
    Org,
    "organisation name",
    check_login
);
folded_name!(
    /// The login of a person or bot, such as `octocat` or `ordain[bot]`.
    Login,
    "login",
    check_login
);
folded_name!(
    /// The name of a repository without its owner, such as `express`.
    RepoName,
    "repository name",
    check_repo
);

/// GitHub's stable identity of a thing (`node_id` in REST, `id` in GraphQL): it survives renames.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct NodeId(pub Arc<str>);

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, |text| Self(text.into()))
    }
}

impl NodeId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for NodeId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<NodeId> for String {
    fn from(id: NodeId) -> Self {
        id.0.to_string()
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A repository by its names: `expressjs/express`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RepoRef {
    /// The organisation.
    pub org: Org,
    /// The repository.
    pub name: RepoName,
}

impl fmt::Display for RepoRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.org, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_case_and_keep_it() {
        let a = Org::new("ExpressJS").expect("valid");
        let b = Org::new("expressjs").expect("valid");
        assert_eq!(a, b);
        assert_eq!(a.cmp(&b), Ordering::Equal);
        assert_eq!(a.to_string(), "ExpressJS");
    }

    #[test]
    fn what_github_could_not_have_is_refused() {
        for bad in ["", "a/b", "a b", "ä", &"x".repeat(101)] {
            assert!(Org::new(bad).is_err(), "{bad}");
            assert!(RepoName::new(bad).is_err(), "{bad}");
        }
        assert!(RepoName::new("..").is_err());
        assert!(RepoName::new(".github").is_ok());
        assert!(Login::new("ordain[bot]").is_ok());
    }
}
