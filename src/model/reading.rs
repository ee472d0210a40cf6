//! What came of reading something: known, unknown, or not applicable. Never guessed.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

use super::{
    Permission,
    read::{Absent, Word},
};

/// An observed value, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Reading<T> {
    /// It could not be read.
    Unknown {
        /// Why, for a person.
        unknown: String,
        /// The permission that would help, where that is the reason.
        #[serde(skip_serializing_if = "Option::is_none")]
        permission: Option<Permission>,
    },
    /// It cannot exist there.
    NotApplicable {
        /// Why, for a person.
        not_applicable: String,
    },
    /// GitHub said it.
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

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Reading<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Reading<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reading<T>, A::Error> {
        let (mut known, mut unknown, mut permission, mut not_applicable) =
            (None, Value::Null, Value::Null, Value::Null);
        while let Some(Word(field)) = map.next_key()? {
            match field.as_ref() {
                "known" => known = Some(map.next_value()?),
                "unknown" => unknown = map.next_value()?,
                "permission" => permission = map.next_value()?,
                "not_applicable" => not_applicable = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        // Why something is not known stands before what is known: an optional value that is not there would be known as none.
        Ok(match (unknown, permission, not_applicable) {
            (Value::String(unknown), Value::Null, _) => Reading::Unknown { unknown, permission: None },
            (Value::String(unknown), Value::String(name), _) => {
                Reading::Unknown { unknown, permission: Some(Permission(name)) }
            }
            (_, _, Value::String(not_applicable)) => Reading::NotApplicable { not_applicable },
            _ => Reading::Known { known: known.map_or_else(|| T::deserialize(Absent::new(EXPECTED)), Ok)? },
        })
    }
}

/// What a reading is made of.
const EXPECTED: &str = "an object with `known`, `unknown` or `not_applicable`";

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

    #[test]
    fn what_is_no_reading_is_refused() {
        let read = serde_json::from_str::<Reading<Value>>;
        for bad in ["{}", r#"{"unknown": 1}"#, r#"{"permission": "x:read"}"#, "[1]", "1", r#"{"known": 1"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let none = serde_json::from_str::<Reading<Option<Value>>>("{}").expect("as before");
        assert_eq!(none, Reading::known(None));
        let both = read(r#"{"known": 1, "more": [{}], "unknown": "why", "permission": null}"#).expect("a reading");
        assert_eq!(both, Reading::unknown("why"));
    }
}
