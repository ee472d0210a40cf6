//! Bodies of lists without what nobody asks for: half of the eighty fields of a repository are addresses, and an organisation's
//! list tells them of each.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::model::Word;

/// Where a field stands: in how many objects the object is in which it is, and under which name that one stands (lists apart).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inside<'a> {
    /// 0 for the objects of a bare list.
    pub depth: usize,
    /// Empty for the outermost.
    pub name: &'a str,
}

/// Whether the value of a field is wanted.
pub type Wants<'w> = dyn Fn(Inside<'_>, &str) -> bool + Sync + 'w;

/// Reads a body.
///
/// # Errors
/// If it is not JSON.
pub(super) fn read(body: &[u8], wants: &Wants<'_>) -> serde_json::Result<Value> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = Lean { wants, inside: Inside { depth: 0, name: "" } }.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Lean<'w> {
    wants: &'w Wants<'w>,
    inside: Inside<'w>,
}

impl<'de> DeserializeSeed<'de> for Lean<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Lean<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element_seed(self)? {
            all.push(one);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(Word(name)) = fields.next_key()? {
            if (self.wants)(self.inside, &name) {
                let inside = Inside { depth: self.inside.depth + 1, name: &name };
                let value = fields.next_value_seed(Lean { wants: self.wants, inside })?;
                all.insert(name.into_owned(), value);
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn where_all_is_wanted_it_is_all() {
        let text = r#"{"b":[1,-2,3.5,null,true,"x\n\u00e9",{"a\t":{}}],"a":"","b2":[[],{}]}"#;
        for text in [text, "null", "[]", "18446744073709551615", "1e400", r#""é""#] {
            let plain = serde_json::from_str::<Value>(text).ok();
            let lean = read(text.as_bytes(), &|_, _| true).ok();
            assert_eq!(lean.map(|value| value.to_string()), plain.map(|value| value.to_string()), "{text}");
        }
        for bad in ["", "[1", "{\"a\"}", "[1] 2", "nul"] {
            assert!(read(bad.as_bytes(), &|_, _| true).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_not_wanted_is_left_out() {
        let text =
            json!({"items": [{"id": 1, "repository": {"id": 2, "html_url": "…", "owner": {"id": 3}}, "url": "…"}]});
        let wants = |inside: Inside<'_>, name: &str| (inside.depth, inside.name) != (2, "repository") || name == "id";
        let lean = read(text.to_string().as_bytes(), &wants).expect("JSON");
        assert_eq!(lean, json!({"items": [{"id": 1, "repository": {"id": 2}, "url": "…"}]}));
    }
}
