//! GraphQL's variables: present, known and of the declared types; and what a scalar looks like.

use apollo_compiler::Schema;
use apollo_compiler::ast::{Type, Value as Literal};
use apollo_compiler::executable::Operation;
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value};

/// Holds values that a client sends against the schema's input types.
pub(super) struct Inputs<'a> {
    /// GitHub's schema.
    pub(super) schema: &'a Schema,
}

impl Inputs<'_> {
    /// Returns what is wrong with the variables of an operation.
    pub(super) fn variable_problems(&self, operation: &Operation, given: &Map<String, Value>) -> Vec<String> {
        let mut problems = Vec::new();
        for variable in &operation.variables {
            let place = format!("${}", variable.name);
            match given.get(variable.name.as_str()) {
                Some(value) => self.check(&variable.ty, value, &place, &mut problems),
                None if variable.ty.is_non_null() && variable.default_value.is_none() => {
                    problems.push(format!("{place} is missing"));
                }
                None => {}
            }
        }
        let declared = |name: &str| operation.variables.iter().any(|known| known.name == name);
        let unknown = given.keys().filter(|name| !declared(name));
        problems.extend(unknown.map(|name| format!("${name} is not declared by the operation")));
        problems
    }

    fn check(&self, ty: &Type, value: &Value, place: &str, problems: &mut Vec<String>) {
        if value.is_null() {
            if ty.is_non_null() {
                problems.push(format!("{place} is null, but its type is {ty}"));
            }
            return;
        }
        match (ty, value) {
            (Type::List(inner) | Type::NonNullList(inner), Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    self.check(inner, item, &format!("{place}/{at}"), problems);
                }
            }
            // A single value stands for a list of one.
            (Type::List(inner) | Type::NonNullList(inner), single) => {
                self.check(inner, single, place, problems);
            }
            (Type::Named(name) | Type::NonNullNamed(name), value) => {
                self.check_named(name, value, place, problems);
            }
        }
    }

    fn check_named(&self, name: &str, value: &Value, place: &str, problems: &mut Vec<String>) {
        match (self.schema.types.get(name), value) {
            (Some(ExtendedType::InputObject(known)), Value::Object(members)) => {
                for (member, field) in &known.fields {
                    let place = format!("{place}/{member}");
                    match members.get(member.as_str()) {
                        Some(value) => self.check(&field.ty, value, &place, problems),
                        None if field.is_required() => problems.push(format!("{place} is missing")),
                        None => {}
                    }
                }
                let unknown = members.keys().filter(|member| !known.fields.contains_key(member.as_str()));
                problems.extend(unknown.map(|member| format!("{place}/{member} is not in {name}")));
            }
            (Some(kind), value) if leaf_fits(kind, name, value) => {}
            _ => problems.push(format!("{place} is not a value of {name}")),
        }
    }
}

/// Returns the variables with the operation's defaults where none is given.
pub(super) fn with_defaults(operation: &Operation, given: &Map<String, Value>) -> Map<String, Value> {
    let mut all = given.clone();
    for variable in &operation.variables {
        if let Some(value) = &variable.default_value {
            all.entry(variable.name.as_str()).or_insert_with(|| plain(value));
        }
    }
    all
}

/// The defaults that matter here are sizes of pages and switches.
fn plain(literal: &Literal) -> Value {
    match literal {
        Literal::Int(_) => literal.to_i32().map_or(Value::Null, Value::from),
        Literal::Boolean(value) => Value::Bool(*value),
        Literal::String(text) => Value::from(text.as_str()),
        _ => Value::Null,
    }
}

/// Says whether a value is one of an enum or scalar type; of nothing else.
pub(super) fn leaf_fits(kind: &ExtendedType, name: &str, value: &Value) -> bool {
    match kind {
        ExtendedType::Enum(known) => value.as_str().is_some_and(|text| known.values.contains_key(text)),
        ExtendedType::Scalar(_) => scalar_fits(name, value),
        _ => false,
    }
}

fn scalar_fits(name: &str, value: &Value) -> bool {
    let text = |fits: fn(&str) -> bool| value.as_str().is_some_and(fits);
    match name {
        "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "Float" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "BigInt" => value.is_i64() || text(|text| text.parse::<i128>().is_ok()),
        "Date" => text(is_date),
        "DateTime" | "PreciseDateTime" | "GitTimestamp" => text(is_date_time),
        "GitObjectID" => text(is_object_id),
        // A resourcePath is a path alone.
        "URI" => text(|text| text.starts_with('/') || text.contains(':')),
        "Base64String" => text(|text| {
            let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
            text.len() % 4 == 0 && text.bytes().all(alphabet)
        }),
        _ => value.is_string(),
    }
}

fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_date(text: &str) -> bool {
    like("0000-00-00", text)
}

/// RFC 3339: a fraction may follow the seconds, then `Z` or an offset.
fn is_date_time(text: &str) -> bool {
    const SECONDS: usize = "0000-00-00T00:00:00".len();
    let (Some(start), Some(rest)) = (text.get(..SECONDS), text.get(SECONDS..)) else {
        return false;
    };
    let zone = rest
        .strip_prefix('.')
        .map_or(rest, |fraction| fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    like("0000-00-00T00:00:00", start) && (zone == "Z" || like("+00:00", zone) || like("-00:00", zone))
}

/// Whether the text has the pattern's form; a `0` stands for any digit.
fn like(pattern: &str, text: &str) -> bool {
    let fits = |(form, byte): (u8, u8)| form == byte || (form == b'0' && byte.is_ascii_digit());
    pattern.len() == text.len() && pattern.bytes().zip(text.bytes()).all(fits)
}
