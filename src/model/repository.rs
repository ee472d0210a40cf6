//! A repository as GitHub's organisation list gives it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock},
};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Fields, Lately, NodeId, RepoName, Shared, read::text};

/// Who may see a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub enum Visibility {
    /// Everyone.
    Public,
    /// Those who were given access.
    Private,
    /// Everyone in the enterprise.
    Internal,
    /// A value that GitHub may add.
    Other(String),
}

impl<'de> Deserialize<'de> for Visibility {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, |text| Self::from(text))
    }
}

impl From<&str> for Visibility {
    fn from(text: &str) -> Self {
        match text {
            "public" => Self::Public,
            "private" => Self::Private,
            "internal" => Self::Internal,
            _ => Self::Other(text.to_owned()),
        }
    }
}

impl From<Visibility> for String {
    fn from(visibility: Visibility) -> Self {
        visibility.to_string()
    }
}

impl Visibility {
    /// GitHub's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Internal => "internal",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The licence that GitHub found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// GitHub's key, such as `mit`, or `other`.
    #[serde(default)]
    pub key: Option<String>,
    /// The SPDX identifier, such as `MIT`, or `NOASSERTION`.
    #[serde(default)]
    pub spdx_id: Option<String>,
}

/// One repository of `GET /orgs/{org}/repos` (or of `GET /repos/{owner}/{repo}`), cut to the fields that ordain knows.
/// Fields that GitHub leaves out for lack of a right are `None`: absent, never false.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repository {
    /// The REST id.
    pub id: u64,
    /// The identity that survives renames.
    pub node_id: NodeId,
    /// The name without the owner.
    pub name: RepoName,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it is private (older servers say only this).
    pub private: bool,
    /// Whether it is archived, and so read-only.
    pub archived: bool,
    /// Whether GitHub disabled it.
    pub disabled: bool,
    /// Whether it is a fork.
    pub fork: bool,
    /// Whether it is a template.
    pub is_template: bool,
    /// The description.
    pub description: Option<String>,
    /// The home page.
    pub homepage: Option<String>,
    /// The name of the default branch; a name even where the repository is empty.
    pub default_branch: Option<String>,
    /// The topics.
    pub topics: Vec<String>,
    /// The main language.
    pub language: Option<String>,
    /// The licence.
    pub license: Option<License>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last pushed to.
    pub pushed_at: Option<Timestamp>,
    /// The values of custom properties: a text, a list of texts, or null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_properties: Option<Shared<BTreeMap<String, serde_json::Value>>>,
    /// What the token may do there (`admin`, `push`, …).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Shared<Fields<bool>>>,
    /// The security features: name → object with `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_and_analysis: Option<Shared<Fields<Feature>>>,
    /// Everything else that GitHub said and that a setting may judge (bools, texts and numbers only).
    #[serde(flatten)]
    pub other: Shared<Fields<serde_json::Value>>,
}

/// What repositories seen lately had, for those that have the same.
#[derive(Debug, Default)]
pub struct Alike {
    custom_properties: Lately<BTreeMap<String, serde_json::Value>>,
    permissions: Lately<Fields<bool>>,
    security_and_analysis: Lately<Fields<Feature>>,
    other: Lately<Fields<serde_json::Value>>,
}

/// What GitHub says of a security feature: an object with `status`. Nearly all say the same, and share it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "serde_json::Value", into = "serde_json::Value")]
pub struct Feature(Arc<serde_json::Value>);

static USUAL: LazyLock<[Feature; 2]> =
    LazyLock::new(|| ["enabled", "disabled"].map(|status| Feature(Arc::new(serde_json::json!({"status": status})))));

impl From<serde_json::Value> for Feature {
    fn from(value: serde_json::Value) -> Self {
        let known = USUAL.iter().find(|usual| *usual.0 == value).cloned();
        known.unwrap_or_else(|| Self(Arc::new(value)))
    }
}

impl From<Feature> for serde_json::Value {
    fn from(feature: Feature) -> Self {
        (*feature.0).clone()
    }
}

pub(super) fn unsaid_visibility() -> Visibility {
    Visibility::Other(String::new())
}

impl Repository {
    /// Fills in the visibility where an old server says only `private`.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        if self.visibility == unsaid_visibility() {
            self.visibility = if self.private { Visibility::Private } else { Visibility::Public };
        }
        self
    }

    /// Keeps what it has in common with others that were seen lately once.
    pub fn share(&mut self, alike: &mut Alike) {
        self.custom_properties.iter_mut().for_each(|one| alike.custom_properties.share(one));
        self.permissions.iter_mut().for_each(|one| alike.permissions.share(one));
        self.security_and_analysis.iter_mut().for_each(|one| alike.security_and_analysis.share(one));
        alike.other.share(&mut self.other);
    }

    /// Whether everyone may see it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.visibility == Visibility::Public
    }

    /// Whether the token can administer it, where GitHub said so.
    #[must_use]
    pub fn can_administer(&self) -> Option<bool> {
        self.permissions.as_ref().and_then(|p| p.get("admin").copied())
    }

    /// The `status` of a security feature: whether it is `enabled`; `None` where GitHub did not say, or says another word
    /// than it does today.
    #[must_use]
    pub fn security_feature(&self, name: &str) -> Option<bool> {
        match self.security_status(name)? {
            "enabled" => Some(true),
            "disabled" => Some(false),
            _ => None,
        }
    }

    /// GitHub's own word for the status of a security feature.
    #[must_use]
    pub fn security_status(&self, name: &str) -> Option<&str> {
        self.security_and_analysis.as_ref()?.get(name)?.0.get("status")?.as_str()
    }

    /// Whether it is the temporary private fork of a security advisory: its very name discloses.
    #[must_use]
    pub fn is_advisory_fork(&self) -> bool {
        !self.is_public() && is_advisory_fork(self.name.as_str())
    }
}

/// Whether a name ends as GitHub names the temporary private forks of advisories: `-ghsa-xxxx-xxxx-xxxx`.
#[must_use]
pub fn is_advisory_fork(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let Some(at) = lower.rfind("-ghsa-") else { return false };
    let mut groups = lower[at + "-ghsa-".len()..].split('-');
    let four =
        |group: Option<&str>| group.is_some_and(|g| g.len() == 4 && g.bytes().all(|b| b.is_ascii_alphanumeric()));
    four(groups.next()) && four(groups.next()) && four(groups.next()) && groups.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advisory_forks_are_known_by_their_ending() {
        assert!(is_advisory_fork("express-ghsa-29mw-wpgm-hmr9"));
        assert!(is_advisory_fork("Express-GHSA-29mw-wpgm-hmr9"));
        assert!(!is_advisory_fork("express-ghsa-29mw-wpgm"));
        assert!(!is_advisory_fork("express-ghsa-29mw-wpgm-hmr9-notes"));
        assert!(!is_advisory_fork("ghsa"));
    }
}
