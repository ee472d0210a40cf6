//! Which repositories a configuration is to be attached to.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::Value;

use crate::model::{Org, Repository};

/// The value of `attach`.
#[derive(Debug)]
pub(super) enum Reach {
    /// Every repository.
    All,
    /// The public ones.
    Public,
    /// The others.
    PrivateOrInternal,
    /// Those that have no configuration yet.
    WithoutConfigurations,
    /// Those whose name, or organisation and name, matches.
    Named { globs: GlobSet, org: String },
}

impl Reach {
    /// Reads the value of `attach`; the error says what is not understood.
    pub(super) fn new(attach: Option<&Value>, org: &Org) -> Result<Self, String> {
        match attach {
            Some(Value::String(word)) => match word.as_str() {
                "all" => Ok(Self::All),
                "public" => Ok(Self::Public),
                "private_or_internal" => Ok(Self::PrivateOrInternal),
                "all_without_configurations" => Ok(Self::WithoutConfigurations),
                other => Err(other.to_owned()),
            },
            Some(Value::Array(list)) => {
                let mut globs = GlobSetBuilder::new();
                for text in list.iter().filter_map(Value::as_str) {
                    // A name without an organisation is one in every organisation.
                    let whole = if text.contains('/') { text.to_owned() } else { format!("*/{text}") };
                    let glob = GlobBuilder::new(&whole).literal_separator(true).case_insensitive(true).build();
                    globs.add(glob.map_err(|error| error.to_string())?);
                }
                let globs = globs.build().map_err(|error| error.to_string())?;
                Ok(Self::Named { globs, org: org.to_string() })
            }
            _ => Err("neither a word nor a list".to_owned()),
        }
    }

    /// Whether the repository is meant.
    pub(super) fn covers(&self, repository: &Repository) -> bool {
        match self {
            Self::All | Self::WithoutConfigurations => true,
            Self::Public => repository.is_public(),
            Self::PrivateOrInternal => !repository.is_public(),
            Self::Named { globs, org } => globs.is_match(format!("{org}/{}", repository.name)),
        }
    }

    /// Whether repositories of other configurations are left alone.
    pub(super) const fn only_free(&self) -> bool {
        matches!(self, Self::WithoutConfigurations)
    }
}
