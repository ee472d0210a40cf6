//! Walking a selection over the world.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, DirectiveList, Document, Field, FragmentDefinition, Selection};
use serde_json::{Map, Value, json};

use super::cost::Cost;
use super::value::{Obj, Val, arguments};
use super::{Allowance, mutation, node, types};
use crate::sim::token::Token;
use crate::sim::world::World;

/// Why a selection has no value.
pub(super) enum Stop {
    /// The document asks what the schema has not: no data at all.
    Undefined(Value),
    /// A field that cannot be null is: the nearest one above that can be is null instead.
    Null,
}

/// One execution.
pub(super) struct Exec<'a, 'w> {
    pub(super) world: &'w World,
    pub(super) token: &'a Token,
    pub(super) allowance: Allowance,
    pub(super) cost: Cost,
    pub(super) errors: Vec<Value>,
    pub(super) payloads: Vec<Option<mutation::Payload>>,
    pub(super) index: OnceCell<BTreeMap<&'w str, Obj<'w>>>,
    document: &'a Document,
    variables: &'a Map<String, Value>,
    fragments: BTreeMap<&'a str, &'a FragmentDefinition>,
    depth: u32,
}

/// The fields that are answered under one key.
type Group<'a> = (&'a str, Vec<&'a Node<Field>>);

impl<'a, 'w> Exec<'a, 'w> {
    pub(super) fn new(
        world: &'w World,
        token: &'a Token,
        document: &'a Document,
        variables: &'a Map<String, Value>,
        allowance: Allowance,
        cost: Cost,
    ) -> Self {
        let fragments = document.definitions.iter().filter_map(|d| match d {
            Definition::FragmentDefinition(f) => Some((f.name.as_str(), &**f)),
            _ => None,
        });
        let fragments = fragments.collect();
        let (errors, payloads, index) = (Vec::new(), Vec::new(), OnceCell::new());
        Exec { world, token, allowance, cost, errors, payloads, index, document, variables, fragments, depth: 0 }
    }

    /// Executes the top selection.
    pub(super) fn run(&mut self, root: &Obj<'w>, selections: &'a [Selection]) -> Result<Value, Stop> {
        self.select(root, &[selections], &mut Vec::new())
    }

    fn select(&mut self, object: &Obj<'w>, sets: &[&'a [Selection]], path: &mut Vec<Value>) -> Result<Value, Stop> {
        self.depth += 1;
        if self.depth > 60 {
            return Err(Stop::Undefined(json!({"message": "Query has depth of 61, which exceeds max depth of 60"})));
        }
        let mut groups = Vec::new();
        for set in sets {
            self.collect(object, set, &mut groups, 0)?;
        }
        let mut out = Map::new();
        for (place, (key, fields)) in groups.iter().enumerate() {
            path.push(json!(key));
            let value = self.field(object, fields, place, path);
            path.pop();
            out.insert((*key).to_owned(), value?);
        }
        self.depth -= 1;
        Ok(Value::Object(out))
    }

    /// Gathers the fields of a selection by the key they are answered under, through fragments that fit.
    fn collect(
        &self,
        object: &Obj<'w>,
        set: &'a [Selection],
        groups: &mut Vec<Group<'a>>,
        depth: u32,
    ) -> Result<(), Stop> {
        if depth > 60 {
            return Err(Stop::Undefined(json!({"message": "Fragment contains itself"})));
        }
        for selection in set {
            match selection {
                Selection::Field(field) if self.wanted(&field.directives) => {
                    let key = field.response_name().as_str();
                    match groups.iter_mut().find(|(k, _)| *k == key) {
                        Some((_, fields)) => fields.push(field),
                        None => groups.push((key, vec![field])),
                    }
                }
                Selection::InlineFragment(inline) if self.wanted(&inline.directives) => {
                    let fits = inline.type_condition.as_ref().is_none_or(|c| types::is_a(node::typename(object), c));
                    if fits {
                        self.collect(object, &inline.selection_set, groups, depth + 1)?;
                    }
                }
                Selection::FragmentSpread(spread) if self.wanted(&spread.directives) => {
                    let Some(fragment) = self.fragments.get(spread.fragment_name.as_str()) else {
                        let message = format!("Fragment {} was used, but not defined", spread.fragment_name);
                        return Err(Stop::Undefined(
                            json!({"message": message, "extensions": {"code": "useAndDefineFragment"}}),
                        ));
                    };
                    if types::is_a(node::typename(object), &fragment.type_condition) {
                        self.collect(object, &fragment.selection_set, groups, depth + 1)?;
                    }
                }
                Selection::Field(_) | Selection::InlineFragment(_) | Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    /// Whether `@include` and `@skip` let a selection in.
    fn wanted(&self, directives: &DirectiveList) -> bool {
        directives.0.iter().all(|directive| {
            let on = directive
                .arguments
                .iter()
                .find(|a| a.name == "if")
                .map(|a| super::value::constant(&a.value, self.variables));
            let on = on == Some(json!(true));
            match directive.name.as_str() {
                "include" => on,
                "skip" => !on,
                _ => true,
            }
        })
    }

    fn field(
        &mut self,
        object: &Obj<'w>,
        fields: &[&'a Node<Field>],
        place: usize,
        path: &mut Vec<Value>,
    ) -> Result<Value, Stop> {
        let Some(field) = fields.first() else {
            return Ok(Value::Null);
        };
        let (name, typename) = (field.name.as_str(), node::typename(object));
        if name == "__typename" {
            return Ok(json!(typename));
        }
        let args = arguments(field, self.variables);
        if let Some(extra) = field.arguments.iter().find(|a| !types::takes(typename, name, &a.name)) {
            let message = format!("Field '{name}' doesn't accept argument '{}'", extra.name);
            let extensions = json!({"code": "argumentNotAccepted", "name": name, "typeName": "Field", "argumentName": extra.name.as_str()});
            return Err(self.undefined(field, path, &message, &extensions));
        }
        let resolved =
            if matches!(object, Obj::Mutation) { self.payload(place) } else { self.resolve(object, name, &args) };
        let Some(value) = resolved else {
            let message = format!("Field '{name}' doesn't exist on type '{typename}'");
            let extensions = json!({"code": "undefinedField", "typeName": typename, "fieldName": name});
            return Err(self.undefined(field, path, &message, &extensions));
        };
        let sets: Vec<&'a [Selection]> =
            fields.iter().map(|f| f.selection_set.as_slice()).filter(|s| !s.is_empty()).collect();
        let nullable = !types::non_null(typename, name);
        match self.complete(value, field, &sets, path) {
            Err(Stop::Null) if nullable => Ok(Value::Null),
            other => other,
        }
    }

    fn complete(
        &mut self,
        value: Val<'w>,
        field: &'a Node<Field>,
        sets: &[&'a [Selection]],
        path: &mut Vec<Value>,
    ) -> Result<Value, Stop> {
        match value {
            Val::Null => Ok(Value::Null),
            Val::Leaf(value) if sets.is_empty() => Ok(value),
            Val::Leaf(_) => {
                let message = format!("Selections can't be made on scalars (field '{}')", field.name);
                Err(self.undefined(
                    field,
                    path,
                    &message,
                    &json!({"code": "selectionMismatch", "nodeName": field.name.as_str()}),
                ))
            }
            Val::Obj(_) if sets.is_empty() => {
                let message = format!(
                    "Field must have selections (field '{}' returns an object but has no selections)",
                    field.name
                );
                Err(self.undefined(
                    field,
                    path,
                    &message,
                    &json!({"code": "selectionMismatch", "nodeName": field.name.as_str()}),
                ))
            }
            Val::Obj(object) => {
                let depth = self.depth;
                let done = self.select(&object, sets, path);
                self.depth = depth;
                done
            }
            Val::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                for (i, item) in items.into_iter().enumerate() {
                    path.push(json!(i));
                    let value = match self.complete(item, field, sets, path) {
                        Err(Stop::Null) => Ok(Value::Null),
                        other => other,
                    };
                    path.pop();
                    out.push(value?);
                }
                Ok(Value::Array(out))
            }
            Val::Fail(kind, message) => {
                let error = json!({"type": kind, "path": path, "locations": self.locations(field), "message": message});
                self.errors.push(error);
                Err(Stop::Null)
            }
        }
    }

    fn locations(&self, field: &Node<Field>) -> Value {
        match field.line_column_range(&self.document.sources) {
            Some(range) => json!([{"line": range.start.line, "column": range.start.column}]),
            None => json!([]),
        }
    }

    fn undefined(&self, field: &Node<Field>, path: &[Value], message: &str, extensions: &Value) -> Stop {
        // GitHub's path of what is not in the schema starts with the operation.
        let mut whole = vec![json!("query")];
        whole.extend(path.iter().filter(|p| p.is_string()).cloned());
        Stop::Undefined(
            json!({"path": whole, "extensions": extensions, "locations": self.locations(field), "message": message}),
        )
    }

    fn payload(&self, place: usize) -> Option<Val<'w>> {
        Some(mutation::payload(self.world, self.payloads.get(place)?.as_ref()?))
    }
}
