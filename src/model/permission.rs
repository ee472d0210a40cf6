//! The permissions of tokens, in GitHub's words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A permission of a GitHub App or a fine-grained token, written `administration:read`.
///
/// The names are those of GitHub's page "Permissions required for fine-grained personal access tokens".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permission(pub String);

impl Permission {
    /// Builds the permission `name:level`.
    #[must_use]
    pub fn new(name: &str, level: &str) -> Self {
        Self(format!("{name}:{level}"))
    }

    /// Reads GitHub's `x-accepted-github-permissions` header: alternatives parted by `;`, of which the first is taken.
    #[must_use]
    pub fn from_header(text: &str) -> Option<Self> {
        let first = text.split(';').next()?.trim();
        let names: Vec<String> = first
            .split(',')
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, level)| format!("{}:{}", name.trim(), level.trim()))
            .collect();
        (!names.is_empty()).then(|| Self(names.join(", ")))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Permission {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_the_first_alternative() {
        let read = |text| Permission::from_header(text).map(|p| p.0);
        assert_eq!(read("contents=read; pull_requests=read,contents=read").as_deref(), Some("contents:read"));
        assert_eq!(read("pull_requests=write,contents=write").as_deref(), Some("pull_requests:write, contents:write"));
        assert_eq!(read(""), None);
    }
}
