//! What came of reading something: known, unknown, or not applicable. Never guessed.

use serde::{Deserialize, Serialize};

use super::Permission;

/// An observed value, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Reading<T> {
    /// It could not be read.
    Unknown {
        /// Why, for a person.
        unknown: String,
        /// The permission that would help, where that is the reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permission: Option<Permission>,
    },
    /// It cannot exist there.
    NotApplicable {
        /// Why, for a person.
        not_applicable: String,
    },
    /// GitHub said it. The last variant: an optional value that is not there would be read as known in place of the others.
    Known {
        /// What GitHub said.
        known: T,
    },
}

impl<T> Reading<T> {
    /// A known value.
    pub const fn known(value: T) -> Self {
        Self::Known { known: value }
    }

    /// An unknown value with its reason.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown { unknown: reason.into(), permission: None }
    }

    /// An unknown value that the permission would make known.
    pub fn lacking(reason: impl Into<String>, permission: Permission) -> Self {
        Self::Unknown { unknown: reason.into(), permission: Some(permission) }
    }

    /// A value that cannot exist.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self::NotApplicable { not_applicable: reason.into() }
    }

    /// The value, if known.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Known { known } => Some(known),
            Self::Unknown { .. } | Self::NotApplicable { .. } => None,
        }
    }

    /// Turns the known value into another.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reading<U> {
        self.and_then(|known| Reading::known(change(known)))
    }

    /// Turns the known value into another reading.
    pub fn and_then<U>(self, change: impl FnOnce(T) -> Reading<U>) -> Reading<U> {
        match self {
            Self::Known { known } => change(known),
            Self::Unknown { unknown, permission } => Reading::Unknown { unknown, permission },
            Self::NotApplicable { not_applicable } => Reading::NotApplicable { not_applicable },
        }
    }

    /// Borrows the value.
    pub fn as_ref(&self) -> Reading<&T> {
        match self {
            Self::Known { known } => Reading::Known { known },
            Self::Unknown { unknown, permission } => {
                Reading::Unknown { unknown: unknown.clone(), permission: permission.clone() }
            }
            Self::NotApplicable { not_applicable } => Reading::NotApplicable { not_applicable: not_applicable.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_round_trips_as_json() {
        for reading in [
            Reading::known(Some(true)),
            Reading::known(None),
            Reading::unknown("cut off"),
            Reading::lacking("hidden", Permission::from("administration:read")),
            Reading::not_applicable("private"),
        ] {
            let text = serde_json::to_string(&reading).expect("serialises");
            let back: Reading<Option<bool>> = serde_json::from_str(&text).expect("parses");
            assert_eq!(back, reading, "{text}");
        }
    }
}
