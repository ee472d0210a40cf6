//! JSON Schema (2020-12) of the files of a policy, from the same shapes by which they are parsed.

use serde_json::{Map, Value, json};

use super::conditions::MATCH_KEYS;
use crate::model::{Field, Kind, Scope, Shape};

/// Which file a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaKind {
    /// `policy.toml`
    Policy,
    /// `rules/**/*.toml`
    Rule,
    /// `waivers.toml`
    Waivers,
    /// `tests/**/*.toml`
    Test,
}

const DURATION: &str = "^[0-9]+[wdhms]$";

/// Builds the JSON Schema of one kind of file.
#[must_use]
pub fn json_schema(kind: SchemaKind, catalogue: &[&'static Shape]) -> Value {
    let (title, schema) = match kind {
        SchemaKind::Policy => ("policy.toml of an ordain policy", policy()),
        SchemaKind::Rule => ("A rule of an ordain policy", rule(catalogue)),
        SchemaKind::Waivers => ("waivers.toml of an ordain policy", waivers()),
        SchemaKind::Test => ("Cases of an ordain policy", test()),
    };
    let mut document = Map::new();
    document.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    document.insert("title".into(), title.into());
    if let Value::Object(schema) = schema {
        document.extend(schema);
    }
    Value::Object(document)
}

/// A closed table.
fn table(properties: Vec<(&str, Value)>, required: &[&str]) -> Value {
    let properties: Map<String, Value> = properties.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// Adds a description.
fn told(mut schema: Value, description: &str) -> Value {
    if let Value::Object(object) = &mut schema {
        object.insert("description".into(), description.into());
    }
    schema
}

fn text() -> Value {
    json!({"type": "string", "minLength": 1})
}

/// One value, or a list of them of which any will do.
fn any_of(one: &Value) -> Value {
    json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
}

fn whole(min: i64) -> Value {
    json!({"type": "integer", "minimum": min})
}

fn policy() -> Value {
    let count = |doc| told(whole(0), doc);
    let share = json!({"anyOf": [whole(0), {"type": "string", "pattern": "^(100|[0-9]{1,2})%$"}]});
    let limits = vec![
        ("changes", count("Changes and effects. No limit by default.")),
        (
            "repositories",
            told(share, "Repositories with a change or an effect: a number, or a share such as `\"50%\"`."),
        ),
        ("deletions", count("Deletions. Default 0.")),
        ("loosening", count("Changes that weaken security. Default 0.")),
        ("pull_requests", count("Pull requests that one apply opens; the rest are deferred. Default 20.")),
    ];
    let orgs = json!({"type": "array", "items": text(), "minItems": 1, "uniqueItems": true});
    let vars = json!({"type": "object", "additionalProperties": {"type": "string"},
        "propertyNames": {"pattern": "^[A-Za-z0-9_-]+$"}});
    let age = json!({"type": "string", "pattern": DURATION});
    let unmatched = json!({"enum": ["warn", "violation", "ignore"]});
    table(
        vec![
            ("version", told(json!({"const": 1}), "The version of the policy language.")),
            ("orgs", told(orgs, "The organisations.")),
            ("vars", told(vars, "Values for templates: `{{ vars.NAME }}`.")),
            ("limits", told(table(limits, &[]), "A plan beyond any of these is shown, and refused by apply.")),
            ("plans", table(vec![("max_age", told(age, "How old a saved plan may be. Default `24h`."))], &[])),
            ("coverage", table(vec![("unmatched", told(unmatched, "Active repositories that no rule matches."))], &[])),
        ],
        &["version", "orgs"],
    )
}

fn waivers() -> Value {
    let date = json!({"type": "string", "format": "date"});
    let mut waiver = table(
        vec![
            ("repo", told(text(), "Repositories, as a glob: `name` or `org/name`.")),
            ("org", told(text(), "Organisations, as a glob: the waiver is for a setting of the organisation.")),
            ("setting", told(text(), "A setting, or its start up to a dot.")),
            ("reason", told(text(), "Why.")),
            ("link", told(text(), "Where it was decided.")),
            ("owner", told(text(), "Who answers for it.")),
            ("expires", told(date, "The last day on which it holds, in UTC.")),
            ("permanent", told(json!({"type": "boolean"}), "Whether it never expires.")),
        ],
        &["setting", "reason"],
    );
    waiver["allOf"] = json!([
        {"oneOf": [{"required": ["repo"]}, {"required": ["org"]}]},
        {"anyOf": [
            {"required": ["expires"]},
            {"required": ["permanent"], "properties": {"permanent": {"const": true}}}
        ]}
    ]);
    table(vec![("waiver", json!({"type": "array", "items": waiver}))], &[])
}

fn rule(catalogue: &[&'static Shape]) -> Value {
    let section = |scope: Scope| {
        let shapes = catalogue.iter().filter(|shape| shape.scope == scope);
        table(shapes.map(|shape| (shape.key, setting(shape))).collect(), &[])
    };
    let overrides = json!({"type": "array", "items": text()});
    let mut schema = table(
        vec![
            ("description", told(text(), "What the rule is for.")),
            ("mode", told(mode(), "`enforce` changes what differs; `audit` only reports. Default `enforce`.")),
            ("overrides", told(overrides, "Rules that this one beats where both set the same field.")),
            ("match", told(matching(), "Which targets: all keys must hold; a list means any of.")),
            ("repo", told(section(Scope::Repo), "What must hold for the repositories.")),
            ("org", told(section(Scope::Org), "What must hold for the organisations.")),
        ],
        &[],
    );
    schema["anyOf"] = json!([{"required": ["repo"]}, {"required": ["org"]}]);
    schema
}

fn mode() -> Value {
    json!({"enum": ["enforce", "audit"]})
}

fn matching() -> Value {
    let conditions = || MATCH_KEYS.iter().map(|(key, doc)| (*key, told(condition(key), doc)));
    let not = table(conditions().collect(), &[]);
    let all = conditions().chain([("not", told(not, "What must not hold: none of these keys."))]);
    table(all.collect(), &[])
}

fn condition(key: &str) -> Value {
    let moment = json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"});
    match key {
        "visibility" => any_of(&json!({"enum": ["public", "private", "internal"]})),
        "archived" | "fork" | "template" | "empty" => any_of(&json!({"type": "boolean"})),
        "created_before" | "created_after" => moment,
        "pushed_within" | "not_pushed_within" => json!({"type": "string", "pattern": DURATION}),
        "custom_property" => {
            json!({"type": "object", "additionalProperties": any_of(&json!({"type": ["string", "boolean"]}))})
        }
        _ => any_of(&text()),
    }
}

/// `mode`, `requires` and `reason`.
fn terms() -> Vec<(&'static str, Value)> {
    let requires = json!({"type": "array", "items": text()});
    vec![
        ("mode", told(mode(), "Whether a difference is changed or only reported.")),
        ("requires", told(requires, "Gates: it is changed only once these hold.")),
        ("reason", told(text(), "Why; quoted wherever the value is shown.")),
    ]
}

fn setting(shape: &Shape) -> Value {
    let item = top(shape);
    let Some(keyed) = shape.keyed else { return item };
    let mut properties = terms();
    if keyed.prune {
        let doc = "Whether what is not listed is removed.";
        properties.push(("prune", told(json!({"type": "boolean"}), doc)));
    }
    let items = json!({"type": "object", "additionalProperties": item});
    properties.push(("items", told(items, "Items whose names are keys of this table.")));
    let mut schema = table(properties, &[]);
    schema["additionalProperties"] = item;
    schema
}

/// The value of a setting, or of one item of a keyed one: bare, long, or a table with the further keys.
fn top(shape: &Shape) -> Value {
    let fields = |fields: &[Field]| fields.iter().map(|f| (f.key, told(field(&f.kind), f.doc))).collect::<Vec<_>>();
    let one = |kind: &Kind| match kind {
        Kind::Table(inner) => {
            let mut properties = terms();
            properties.extend(fields(inner));
            table(properties, &[])
        }
        Kind::Map(_) | Kind::Any => plain(kind),
        _ => {
            let mut properties = vec![("value", plain(kind))];
            properties.extend(terms());
            properties.extend(fields(shape.extra));
            json!({"anyOf": [plain(kind), table(properties, &["value"])]})
        }
    };
    match &shape.kind {
        Kind::Either(kinds) => json!({"anyOf": kinds.iter().map(one).collect::<Vec<_>>()}),
        // A table of names may bear any key, `mode` and `items` among them.
        Kind::Map(_) => json!({"type": "object"}),
        kind => one(kind),
    }
}

/// A field below the top: its value, or the long form.
fn field(kind: &Kind) -> Value {
    match kind {
        Kind::Table(fields) => table(fields.iter().map(|f| (f.key, told(field(&f.kind), f.doc))).collect(), &[]),
        Kind::Map(inner) => json!({"type": "object", "additionalProperties": field(inner)}),
        Kind::Any => json!({}),
        _ => {
            let mut properties = vec![("value", plain(kind))];
            properties.extend(terms());
            json!({"anyOf": [plain(kind), table(properties, &["value"])]})
        }
    }
}

/// A value without a long form.
fn plain(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Integer { min, max: i64::MAX } => json!({"type": "integer", "minimum": min}),
        Kind::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::Text | Kind::TextOrRegex => json!({"type": "string"}),
        Kind::OneOf(words) => json!({"enum": words}),
        Kind::Duration => json!({"type": "string", "pattern": DURATION}),
        Kind::RepoPath => json!({"type": "string", "minLength": 1, "pattern": "^[^/\\\\]"}),
        Kind::Template | Kind::Glob | Kind::Gate => text(),
        Kind::List(inner) => json!({"type": "array", "items": plain(inner)}),
        Kind::Either(kinds) => json!({"anyOf": kinds.iter().map(plain).collect::<Vec<_>>()}),
        Kind::Table(fields) => table(fields.iter().map(|f| (f.key, told(plain(&f.kind), f.doc))).collect(), &[]),
        Kind::Map(inner) => json!({"type": "object", "additionalProperties": plain(inner)}),
        Kind::Any => json!({}),
    }
}

fn test() -> Value {
    let verdicts = json!({"enum": ["not_applicable", "unknown", "compliant", "waived", "violation", "blocked", "pending", "change", "unmanaged"]});
    let repo = json!({
        "type": "object",
        "properties": {
            "name": text(),
            "visibility": {"enum": ["public", "private", "internal"]},
            "files": {"type": "object", "additionalProperties": {"type": "string"},
                "description": "The files on its default branch: path and text."},
            "empty": {"type": "boolean", "description": "Whether it has no commit."},
            "license": {"type": "string", "description": "The SPDX id of its licence."},
            "workflow_runs": {"type": "array", "items": {"type": "object"},
                "description": "The runs of its workflows; without it each has just run well."}
        },
        "required": ["name"]
    });
    let case = table(
        vec![
            ("name", told(text(), "What the case shows.")),
            ("org", told(text(), "The organisation.")),
            (
                "repo",
                told(
                    repo,
                    "The repository as it might be, in the words of GitHub's API; the rest is as on a new public one.",
                ),
            ),
            ("observed", told(json!({"type": "object"}), "Settings as they might be observed.")),
            (
                "expect",
                told(
                    json!({"type": "object", "additionalProperties": verdicts}),
                    "Setting and verdict; `unmanaged`: no rule gives it.",
                ),
            ),
            ("as_of", told(json!({"type": "string"}), "The time at which it is judged.")),
        ],
        &["name", "expect"],
    );
    table(vec![("case", json!({"type": "array", "items": case}))], &["case"])
}
