//! The fields of a code security configuration: what GitHub takes, how its answers are read, and which value is stronger.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::{Desired, Effect, Field, Kind, Tightens};

const fn switch(key: &'static str, doc: &'static str) -> Field {
    Field { key, kind: Kind::OneOf(&["enabled", "disabled", "not_set"]), doc, tightens: Tightens::Judged }
}

const fn options(key: &'static str, doc: &'static str) -> Field {
    Field { key, kind: Kind::Any, doc, tightens: Tightens::Judged }
}

/// All fields, in GitHub's order, then ordain's own three.
pub(super) const FIELDS: &[Field] = &[
    Field {
        key: "description",
        kind: Kind::Text,
        doc: "What the configuration is for; at most 255 characters.",
        tightens: Tightens::Neutral,
    },
    Field {
        key: "advanced_security",
        kind: Kind::OneOf(&["enabled", "disabled", "code_security", "secret_protection"]),
        doc: "GitHub Advanced Security as one switch. Better: `code_security` and `secret_protection`.",
        tightens: Tightens::Judged,
    },
    switch("code_security", "GitHub Code Security, a paid product on private repositories."),
    switch("dependency_graph", "The dependency graph."),
    switch("dependency_graph_autosubmit_action", "Automatic dependency submission."),
    options("dependency_graph_autosubmit_action_options", "`{ labeled_runners = … }`"),
    switch("dependabot_alerts", "Dependabot alerts."),
    switch("dependabot_security_updates", "Dependabot security updates."),
    switch("dependabot_delegated_alert_dismissal", "Dismissing a Dependabot alert takes a second person."),
    options("code_scanning_options", "`{ allow_advanced = … }`"),
    switch("code_scanning_default_setup", "Code scanning by GitHub's default setup."),
    options("code_scanning_default_setup_options", "`{ runner_type = …, runner_label = … }`"),
    switch("code_scanning_delegated_alert_dismissal", "Dismissing a code scanning alert takes a second person."),
    switch("secret_protection", "GitHub Secret Protection, a paid product on private repositories."),
    switch("secret_scanning", "Secret scanning."),
    switch("secret_scanning_push_protection", "A push that holds a secret is refused."),
    switch("secret_scanning_delegated_bypass", "Going around push protection takes a second person."),
    options(
        "secret_scanning_delegated_bypass_options",
        "`{ reviewers = [{ reviewer_id = …, reviewer_type = \"TEAM\" }] }`",
    ),
    switch("secret_scanning_validity_checks", "Whether found secrets are tried at their provider."),
    switch("secret_scanning_non_provider_patterns", "Secrets of no known provider, such as private keys."),
    switch("secret_scanning_generic_secrets", "Passwords, looked for by a language model."),
    switch("secret_scanning_delegated_alert_dismissal", "Dismissing a secret scanning alert takes a second person."),
    switch("secret_scanning_extended_metadata", "Whether the owner of a found secret is asked of its provider."),
    switch("private_vulnerability_reporting", "Private vulnerability reporting (public repositories only)."),
    Field {
        key: "enforcement",
        kind: Kind::OneOf(&["enforced", "unenforced"]),
        doc: "Whether administrators of an attached repository are kept from other values.",
        tightens: Tightens::Judged,
    },
    Field {
        key: "attach",
        kind: Kind::Either(&[
            Kind::OneOf(&["all", "public", "private_or_internal", "all_without_configurations"]),
            Kind::List(&Kind::Glob),
        ]),
        doc: "Which repositories get the configuration: one of GitHub's words, or a list of globs (`name` or `org/name`). \
              Archived and disabled repositories never do.",
        tightens: Tightens::Judged,
    },
    Field {
        key: "attach_requires",
        kind: Kind::List(&Kind::Gate),
        doc: "Attach only the repositories for which these hold; the others are blocked.",
        tightens: Tightens::Neutral,
    },
    Field {
        key: "default_for_new_repos",
        kind: Kind::OneOf(&["all", "public", "private_and_internal", "none"]),
        doc: "Which new repositories get the configuration by themselves.",
        tightens: Tightens::Judged,
    },
];

/// The fields that are ordain's own or have calls of their own.
const NOT_SENT: [&str; 3] = ["attach", "attach_requires", "default_for_new_repos"];

/// The two products that GitHub's answers tell only as `advanced_security`.
const PRODUCTS: [&str; 2] = ["code_security", "secret_protection"];

/// The fields that are enabled, disabled or not set.
pub(super) fn switches() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().filter(|field| matches!(field.kind, Kind::OneOf(["enabled", "disabled", "not_set"]))).map(|f| f.key)
}

/// What the policy says of the configuration itself, as GitHub takes it.
pub(super) fn declared(desired: &Desired) -> Map<String, Value> {
    let Value::Object(mut all) = desired.to_json() else { return Map::new() };
    all.retain(|key, _| !NOT_SENT.contains(&key.as_str()));
    all
}

/// A field of GitHub's answer; `None` where the answer lacks it. GitHub's nulls get the word that means the same.
pub(super) fn observed(configuration: &Value, key: &str) -> Option<Value> {
    match configuration.get(key) {
        Some(Value::Null) if key == "description" => Some(json!("")),
        Some(Value::Null) if key.ends_with("_options") => Some(json!({})),
        Some(Value::Null) => Some(json!("not_set")),
        Some(value) => Some(value.clone()),
        None if key.ends_with("_options") => Some(json!({})),
        None => product(configuration, key).map(|on| json!(if on { "enabled" } else { "disabled" })),
    }
}

/// Whether `advanced_security` holds one of its two products.
fn product(configuration: &Value, key: &str) -> Option<bool> {
    if !PRODUCTS.contains(&key) {
        return None;
    }
    match configuration.get("advanced_security")?.as_str()? {
        "enabled" => Some(true),
        one => Some(one == key),
    }
}

/// Whether GitHub's value is the wanted one.
pub(super) fn same(configuration: &Value, key: &str, observed: &Value, wanted: &Value) -> bool {
    if PRODUCTS.contains(&key) && configuration.get(key).is_none() && wanted == "not_set" {
        // `advanced_security` cannot say `not_set`.
        return observed == "disabled";
    }
    match (observed, wanted) {
        (Value::Object(observed), Value::Object(wanted)) => wanted.iter().all(|(key, wanted)| match key.as_str() {
            "reviewers" => reviewers(observed.get(key)) == reviewers(Some(wanted)),
            _ => observed.get(key).unwrap_or(&Value::Null) == wanted,
        }),
        _ => observed == wanted,
    }
}

/// Reviewers as a sorted list of who and how: GitHub adds an id and gives them in an order of its own.
fn reviewers(list: Option<&Value>) -> Vec<(String, String, String)> {
    let text = |item: &Value, key: &str| item.get(key).map_or(String::new(), |value| value.to_string().to_uppercase());
    let mut all: Vec<_> = list
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|item| {
            let mode = item.get("mode").map_or_else(|| "\"ALWAYS\"".to_owned(), |_| text(item, "mode"));
            (text(item, "reviewer_type"), text(item, "reviewer_id"), mode)
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

/// What an update sends of a field: options are sent whole, with what the policy does not name as it is.
pub(super) fn sent(observed: &Value, wanted: &Value) -> Value {
    let (Value::Object(observed), Value::Object(wanted)) = (observed, wanted) else { return wanted.clone() };
    let mut whole = observed.clone();
    whole.extend(wanted.clone());
    if let Some(Value::Array(reviewers)) = whole.get_mut("reviewers") {
        for reviewer in reviewers.iter_mut().filter_map(Value::as_object_mut) {
            // GitHub tells it and does not take it.
            reviewer.remove("security_configuration_id");
        }
    }
    Value::Object(whole)
}

/// The body that creates a configuration. Every field is sent, for GitHub's own defaults are `enforced` and, for most features,
/// `disabled`: a configuration created with only the fields one cares about would switch the rest off wherever it is attached.
pub(super) fn creation(name: &str, declared: &Map<String, Value>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("name".into(), json!(name));
    let in_one = declared.contains_key("advanced_security");
    for field in FIELDS.iter().filter(|field| !NOT_SENT.contains(&field.key)) {
        let silent = match field.key {
            "enforcement" => Some("unenforced"),
            // `advanced_security` has no `not_set`; the two products, which have it, stand for it.
            key if PRODUCTS.contains(&key) => (!in_one).then_some("not_set"),
            key => switches().any(|switch| switch == key).then_some("not_set"),
        };
        if let Some(value) = declared.get(field.key).cloned().or_else(|| silent.map(|word| json!(word))) {
            body.insert(field.key.into(), value);
        }
    }
    body
}

/// The switches and the enforcement of a configuration, as it is or will be.
pub(super) type Effective = BTreeMap<&'static str, String>;

/// What a configuration holds, with the policy's fields in place of GitHub's.
pub(super) fn effective(configuration: Option<&Value>, declared: &Map<String, Value>) -> Effective {
    let declared_value = Value::Object(declared.clone());
    let mut all = Effective::new();
    for key in switches().chain(["enforcement"]) {
        let ours = match declared.get(key) {
            Some(value) => Some(value.clone()),
            None => product(&declared_value, key).map(|on| json!(if on { "enabled" } else { "disabled" })),
        };
        let silent = if key == "enforcement" { "unenforced" } else { "not_set" };
        let value = ours.or_else(|| configuration.and_then(|c| observed(c, key)));
        all.insert(key, value.as_ref().and_then(Value::as_str).unwrap_or(silent).to_owned());
    }
    all
}

/// Whether any field of `ours` is weaker than that of `theirs`.
pub(super) fn weakens(ours: &Effective, theirs: &Effective) -> bool {
    theirs.iter().any(|(key, theirs)| ours.get(key).is_some_and(|ours| strength(ours) < strength(theirs)))
}

/// Which word holds more: on, nothing said, off.
fn strength(word: &str) -> u8 {
    match word {
        "enabled" | "enforced" => 2,
        "disabled" | "unenforced" => 0,
        _ => 1,
    }
}

/// Which way the change of one field moves.
pub(super) fn direction(key: &str, before: &Value, after: &Value) -> Effect {
    let ordered = |less: bool, more: bool| match (less, more) {
        (true, _) => Effect::Loosening,
        (false, true) => Effect::Tightening,
        (false, false) => Effect::Neutral,
    };
    match (before.as_str(), after.as_str()) {
        _ if key == "description" => Effect::Neutral,
        (Some(before), Some(after)) if key == "advanced_security" => {
            let lost = |from: &str, to: &str| {
                let has = |word: &str, product: &str| word == "enabled" || word == product;
                PRODUCTS.iter().any(|product| has(from, product) && !has(to, product))
            };
            ordered(lost(before, after), lost(after, before))
        }
        (Some(before), Some(after)) => ordered(strength(after) < strength(before), strength(after) > strength(before)),
        _ => {
            // More people who may go around push protection loosen; other options are neutral.
            let (before, after) = (reviewers(before.get("reviewers")), reviewers(after.get("reviewers")));
            let gained = after.iter().any(|reviewer| !before.contains(reviewer));
            ordered(gained, before.iter().any(|reviewer| !after.contains(reviewer)))
        }
    }
}
