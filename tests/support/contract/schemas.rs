//! Turns the description's schemas (OpenAPI 3.0) into JSON Schema and keeps the compiled checks.
//!
//! Two readings of the same schema: what is *asked* may hold only members that GitHub names, what
//! is *answered* may hold more. A compiled check is kept, since building one is slow.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value, json};

use super::explain::explain;

const DOCUMENT: &str = "urn:github:contract";

/// Collects schemas under keys while the description is read.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    components: &'a Map<String, Value>,
    places: Map<String, Value>,
}

impl<'a> Collector<'a> {
    /// Starts with the components that the schemas refer to.
    pub(super) fn new(components: &'a Map<String, Value>) -> Self {
        Self { components, places: Map::new() }
    }

    /// Keeps the schema of something that a client sends; returns its key.
    pub(super) fn asked(&mut self, schema: &Value) -> String {
        self.keep(schema, true)
    }

    /// Keeps the schema of something that GitHub sends; returns its key.
    pub(super) fn answered(&mut self, schema: &Value) -> String {
        self.keep(schema, false)
    }

    fn keep(&mut self, schema: &Value, strict: bool) -> String {
        let key = format!("places/{}", self.places.len());
        let converted = Converter { components: self.components, strict }.value(schema);
        self.places.insert(self.places.len().to_string(), converted);
        key
    }

    /// Ends the collection.
    pub(super) fn finish(self) -> Schemas {
        let components = |strict| -> Map<String, Value> {
            let converter = Converter { components: self.components, strict };
            let one = |(name, schema): (&String, &Value)| (name.clone(), converter.in_place(schema));
            self.components.iter().map(one).collect()
        };
        let document = json!({
            "asked": components(true),
            "answered": components(false),
            "places": self.places,
        });
        let registry = Registry::new()
            .add(DOCUMENT, document)
            .and_then(jsonschema::RegistryBuilder::prepare)
            .expect("the facts are one document whose references stay inside it");
        Schemas { registry, compiled: Mutex::default() }
    }
}

/// The schemas of a description, compiled when they are first used.
pub(super) struct Schemas {
    registry: Registry<'static>,
    compiled: Mutex<BTreeMap<String, Arc<Validator>>>,
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schemas").finish_non_exhaustive()
    }
}

impl Schemas {
    /// Returns the key of a component as GitHub answers it.
    pub(super) fn component(name: &str) -> String {
        format!("answered/{name}")
    }

    /// Returns what is wrong with the value.
    pub(super) fn problems(&self, key: &str, value: &Value) -> Vec<String> {
        let validator = self.validator(key);
        if validator.is_valid(value) {
            return Vec::new();
        }
        validator.iter_errors(value).flat_map(|error| explain(&error)).collect()
    }

    /// Says whether the value fits.
    pub(super) fn fits(&self, key: &str, value: &Value) -> bool {
        self.validator(key).is_valid(value)
    }

    fn validator(&self, key: &str) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(key) {
            return Arc::clone(validator);
        }
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(&self.registry)
            .should_validate_formats(true)
            // An unset homepage is "", and an e-mail address in a commit may be anything with an @.
            .with_format("uri", |text: &str| text.is_empty() || text.contains(':'))
            .with_format("email", |text: &str| text.is_empty() || text.contains('@'))
            .build(&json!({ "$ref": format!("{DOCUMENT}#/{key}") }))
            .expect("every schema of the facts compiles");
        let validator = Arc::new(validator);
        compiled.insert(key.to_owned(), Arc::clone(&validator));
        validator
    }
}

/// Rewrites one schema.
struct Converter<'a> {
    components: &'a Map<String, Value>,
    strict: bool,
}

impl Converter<'_> {
    /// A schema of a value of its own: of a body, a member or an item.
    fn value(&self, schema: &Value) -> Value {
        let mut converted = self.in_place(schema);
        if self.strict
            && self.names_members(schema)
            && let Some(keywords) = converted.as_object_mut()
        {
            keywords.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
        }
        converted
    }

    /// A schema that is one of several on the same value, or that is referred to.
    fn in_place(&self, schema: &Value) -> Value {
        let Some(keywords) = schema.as_object() else {
            return schema.clone();
        };
        if let Some(name) = keywords.get("$ref").and_then(component_name) {
            let side = if self.strict { "asked" } else { "answered" };
            return json!({ "$ref": format!("#/{side}/{name}") });
        }
        let both = keywords.contains_key("oneOf") && keywords.contains_key("anyOf");
        assert!(!both, "both become `anyOf`, so that one would be lost");
        let mut converted = Map::new();
        for (keyword, value) in keywords {
            if let Some((keyword, value)) = self.keyword(keyword, value) {
                converted.insert(keyword.to_owned(), value);
            }
        }
        if keywords.get("nullable") == Some(&Value::Bool(true)) {
            return nullable(converted);
        }
        Value::Object(converted)
    }

    fn keyword<'k>(&self, keyword: &'k str, value: &Value) -> Option<(&'k str, Value)> {
        let each = |parts: &Value, rewrite: &dyn Fn(&Value) -> Value| {
            parts.as_array().map(|parts| parts.iter().map(rewrite).collect())
        };
        match keyword {
            "nullable" | "default" => None,
            "properties" => {
                let members = value.as_object()?.iter();
                let members = members.map(|(name, schema)| (name.clone(), self.value(schema)));
                Some((keyword, Value::Object(members.collect())))
            }
            "items" | "additionalProperties" | "not" => Some((keyword, self.value(value))),
            // GitHub's alternatives overlap (a user fits "simple" and "public"): one is enough.
            "oneOf" | "anyOf" => Some(("anyOf", each(value, &|part| self.in_place(part))?)),
            "allOf" => Some((keyword, each(value, &|part| self.in_place(part))?)),
            _ => Some((keyword, value.clone())),
        }
    }

    /// Whether a schema names the members of an object, by itself or by one of its parts.
    fn names_members(&self, schema: &Value) -> bool {
        if let Some(name) = schema.get("$ref").and_then(component_name) {
            return self.components.get(name).is_some_and(|target| self.names_members(target));
        }
        let parts = ["oneOf", "anyOf", "allOf"].map(|key| schema.get(key).and_then(Value::as_array));
        schema.get("properties").is_some() || parts.into_iter().flatten().flatten().any(|part| self.names_members(part))
    }
}

fn component_name(reference: &Value) -> Option<&str> {
    reference.as_str()?.strip_prefix("#/components/schemas/")
}

/// Adds `null` to what a schema allows; in the plain case so that messages stay plain.
fn nullable(mut keywords: Map<String, Value>) -> Value {
    let plain = !keywords.contains_key("anyOf") && !keywords.contains_key("allOf");
    let Some(Value::String(name)) = keywords.get("type").filter(|_| plain).cloned() else {
        return json!({ "anyOf": [{ "type": "null" }, keywords] });
    };
    keywords.insert("type".to_owned(), json!([name, "null"]));
    if let Some(Value::Array(values)) = keywords.get_mut("enum") {
        values.push(Value::Null);
    }
    Value::Object(keywords)
}
