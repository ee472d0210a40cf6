//! The shape of a GraphQL answer: every selected field is there, of its type, and nothing else.

use std::collections::BTreeSet;

use apollo_compiler::ast::{DirectiveList, Type};
use apollo_compiler::collections::HashMap as TypeMap;
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, Implementers};
use apollo_compiler::{ExecutableDocument, Name, Schema};
use serde_json::{Map, Value};

use super::inputs::leaf_fits;

/// One answer and what it answers.
pub(super) struct Answer<'a> {
    /// GitHub's schema.
    pub(super) schema: &'a Schema,
    /// Which types an interface may stand for.
    pub(super) implementers: &'a TypeMap<Name, Implementers>,
    /// What was asked.
    pub(super) document: &'a ExecutableDocument,
    /// The operation of it that was chosen.
    pub(super) operation: &'a Operation,
    /// Its variables, defaults included.
    pub(super) variables: &'a Map<String, Value>,
    /// The answer's errors: they may explain a null.
    pub(super) errors: &'a [Value],
}

/// The fields behind one key of an answer; several where fragments overlap.
type Group<'a> = (&'a Name, Vec<&'a Field>);

impl<'a> Answer<'a> {
    /// Returns what is wrong with `data`.
    pub(super) fn problems(&self, data: &Value) -> Vec<String> {
        let selections = [&self.operation.selection_set];
        let mut path = vec!["data".to_owned()];
        self.object(&self.operation.selection_set.ty, &selections, data, &mut path)
    }

    fn object(
        &self,
        runtime: &Name,
        selections: &[&'a SelectionSet],
        value: &Value,
        path: &mut Vec<String>,
    ) -> Vec<String> {
        let Some(members) = value.as_object() else {
            return vec![format!("{} is not an object ({runtime})", path.join("/"))];
        };
        let mut groups = Vec::new();
        for set in selections {
            self.collect(runtime, set, &mut groups);
        }
        let mut problems = Vec::new();
        for (key, fields) in &groups {
            path.push(key.to_string());
            match (members.get(key.as_str()), fields.first()) {
                (Some(value), Some(field)) if field.name == "__typename" => {
                    if value.as_str() != Some(runtime) {
                        problems.push(format!("{} is not {runtime}", path.join("/")));
                    }
                }
                (Some(value), Some(field)) => {
                    problems.extend(self.value(field.ty(), fields, value, path));
                }
                _ => problems.push(format!("{} is missing", path.join("/"))),
            }
            path.pop();
        }
        let asked: BTreeSet<&str> = groups.iter().map(|(key, _)| key.as_str()).collect();
        let more = members.keys().filter(|key| !asked.contains(key.as_str()));
        problems.extend(more.map(|key| format!("{}/{key} was not asked for", path.join("/"))));
        problems
    }

    fn value(&self, ty: &Type, fields: &[&'a Field], value: &Value, path: &mut Vec<String>) -> Vec<String> {
        if value.is_null() {
            if !ty.is_non_null() || self.explained(path) {
                return Vec::new();
            }
            return vec![format!("{} is null, but its type is {ty}", path.join("/"))];
        }
        match (ty, value) {
            (Type::List(inner) | Type::NonNullList(inner), Value::Array(items)) => {
                let mut problems = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    path.push(at.to_string());
                    problems.extend(self.value(inner, fields, item, path));
                    path.pop();
                }
                problems
            }
            (Type::List(_) | Type::NonNullList(_), _) => {
                vec![format!("{} is not a list ({ty})", path.join("/"))]
            }
            (Type::Named(name) | Type::NonNullNamed(name), value) => self.named(name, fields, value, path),
        }
    }

    fn named(&self, name: &Name, fields: &[&'a Field], value: &Value, path: &mut Vec<String>) -> Vec<String> {
        let selections: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
        match self.schema.types.get(name) {
            Some(ExtendedType::Object(_)) => self.object(name, &selections, value, path),
            Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => self.one_of(name, &selections, value, path),
            Some(leaf) if leaf_fits(leaf, name, value) => Vec::new(),
            _ => vec![format!("{} is not a value of {name}: {value}", path.join("/"))],
        }
    }

    /// A value of an interface or union: right if it is right for one of the types it may be.
    fn one_of(
        &self,
        name: &Name,
        selections: &[&'a SelectionSet],
        value: &Value,
        path: &mut Vec<String>,
    ) -> Vec<String> {
        let mut conditions = Vec::new();
        let mut typename = None;
        for set in selections {
            self.survey(set, &mut conditions, &mut typename);
        }
        let possible = self.possible(name);
        if let Some(said) = typename.and_then(|key| value.get(key.as_str())) {
            return match possible.iter().find(|known| said.as_str() == Some(known)) {
                Some(runtime) => self.object(runtime, selections, value, path),
                None => vec![format!("{} cannot be {said}: it is a {name}", path.join("/"))],
            };
        }
        // Types that the selection does not tell apart need one look only.
        let mut seen = BTreeSet::new();
        let kinds = possible.into_iter().filter(|runtime| {
            let applies = |condition: &&Name| self.is(runtime, condition);
            seen.insert(conditions.iter().map(applies).collect::<Vec<bool>>())
        });
        let judged = kinds.map(|runtime| self.object(runtime, selections, value, path));
        let mut best: Option<Vec<String>> = None;
        for problems in judged {
            if best.as_ref().is_none_or(|fewest| problems.len() < fewest.len()) {
                best = Some(problems);
            }
        }
        best.unwrap_or_else(|| vec![format!("{} has no possible type", path.join("/"))])
    }

    /// The types that an interface or union may stand for.
    fn possible(&self, name: &Name) -> Vec<&'a Name> {
        match self.schema.types.get(name) {
            Some(ExtendedType::Union(union)) => union.members.iter().map(|member| &member.name).collect(),
            _ => self.implementers.get(name).into_iter().flat_map(|all| &all.objects).collect(),
        }
    }

    fn is(&self, runtime: &Name, condition: &Name) -> bool {
        runtime == condition || self.schema.is_subtype(condition, runtime)
    }

    /// The type conditions of a selection and the key under which it asks for the type.
    fn survey(&self, set: &'a SelectionSet, conditions: &mut Vec<&'a Name>, typename: &mut Option<&'a Name>) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    if field.name == "__typename" && self.included(&field.directives) {
                        *typename = Some(field.response_key());
                    }
                }
                other => {
                    if let Some((condition, inner)) = self.fragment(other) {
                        conditions.extend(condition);
                        self.survey(inner, conditions, typename);
                    }
                }
            }
        }
    }

    /// The fields that a type answers, by key, in the order of the answer.
    fn collect(&self, runtime: &Name, set: &'a SelectionSet, groups: &mut Vec<Group<'a>>) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    if !self.included(&field.directives) {
                        continue;
                    }
                    let key = field.response_key();
                    match groups.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, fields)) => fields.push(field),
                        None => groups.push((key, vec![field])),
                    }
                }
                other => {
                    let inner = self
                        .fragment(other)
                        .filter(|(condition, _)| condition.is_none_or(|condition| self.is(runtime, condition)));
                    if let Some((_, inner)) = inner {
                        self.collect(runtime, inner, groups);
                    }
                }
            }
        }
    }

    /// A fragment's type condition and selection, unless a directive leaves it out.
    fn fragment(&self, selection: &'a Selection) -> Option<(Option<&'a Name>, &'a SelectionSet)> {
        match selection {
            Selection::Field(_) => None,
            Selection::InlineFragment(inline) => {
                self.included(&inline.directives).then_some((inline.type_condition.as_ref(), &inline.selection_set))
            }
            Selection::FragmentSpread(spread) => {
                let fragment = self.document.fragments.get(&spread.fragment_name)?;
                self.included(&spread.directives).then_some((Some(&fragment.selection_set.ty), &fragment.selection_set))
            }
        }
    }

    /// Evaluates `@skip` and `@include`.
    fn included(&self, directives: &DirectiveList) -> bool {
        let said = |name: &str| {
            let value = directives.get(name)?.specified_argument_by_name("if")?;
            match value.as_variable() {
                Some(variable) => self.variables.get(variable.as_str())?.as_bool(),
                None => value.to_bool(),
            }
        };
        said("skip") != Some(true) && said("include") != Some(false)
    }

    /// Whether an error speaks of this place or of one inside it.
    fn explained(&self, path: &[String]) -> bool {
        let place = path.get(1..).unwrap_or_default();
        self.errors.iter().any(|error| {
            let steps = error.get("path").and_then(Value::as_array).into_iter().flatten();
            let steps: Vec<String> =
                steps.map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned)).collect();
            steps.starts_with(place)
        })
    }
}
