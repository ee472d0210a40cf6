//! The JSON Schemas agree with the parser on the examples of the design.

use serde_json::Value;

use crate::policy::{SchemaKind, fixtures::*, json_schema};

const POLICY: &str = "version = 1\norgs = [\"expressjs\", \"pillarjs\", \"jshttp\"]\n[vars]\nsecurity_email = \"x\"\n\
    [limits]\nchanges = 500\nrepositories = \"50%\"\ndeletions = 0\nloosening = 0\npull_requests = 20\n\
    [plans]\nmax_age = \"24h\"\n[coverage]\nunmatched = \"warn\"\n";
const RULE: &str = "description = \"x\"\nmode = \"enforce\"\noverrides = [\"rules/legacy\"]\n[match]\nvisibility = [\"public\"]\nfork = false\n\
    created_before = 2024-01-01\ncustom_property.tier = \"a\"\nnot = { topic = \"x\" }\n\
    [repo]\ndependabot_alerts = true\nprivate_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n\
    dependabot_security_updates = { value = true, paused = false }\ninteraction_limit = { limit = \"existing_users\" }\n\
    teams.core = \"push\"\nlabels.prune = true\nlabels.bug = { color = \"x\" }\nlabels.items.prune = { color = \"y\" }\n\
    [repo.security_policy]\ncontact = \"{{ vars.security_email }}\"\nmode = \"audit\"\n\
    [repo.rulesets.main.rules.deletion]\n";
const ORG: &str = "[org.code_security.\"ordain baseline\"]\nprivate_vulnerability_reporting = \"enabled\"\nenforcement = \"unenforced\"\n\
    attach = \"public\"\nattach_requires = [\"security_policy\"]\ndefault_for_new_repos = \"public\"\nrequires = [\".github:security_policy\"]\n";
const WAIVERS: &str = "[[waiver]]\nrepo = \"expressjs/express\"\nsetting = \"scorecard\"\nreason = \"ADR\"\nlink = \"https://x\"\nowner = \"@x\"\nexpires = 2027-06-30\n";
const CASE: &str = "[[case]]\nname = \"x\"\norg = \"expressjs\"\n[case.repo]\nname = \"new\"\nvisibility = \"public\"\n\
    files = { \"SECURITY.md\" = \"Ask anyone.\" }\n[case.observed]\nprivate_vulnerability_reporting = false\n\
    [case.expect]\n\"private_vulnerability_reporting\" = \"blocked\"\n";

fn valid(kind: SchemaKind, text: &str) -> bool {
    let schema = json_schema(kind, &catalogue());
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let table: toml::Table = text.parse().expect("TOML");
    validator.is_valid(&json(toml::Value::Table(table)))
}

/// TOML as editors hand it to a validator: dates are texts.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Table(table) => Value::Object(table.into_iter().map(|(key, value)| (key, json(value))).collect()),
        toml::Value::Array(list) => Value::Array(list.into_iter().map(json).collect()),
        other => serde_json::to_value(other).expect("JSON"),
    }
}

#[test]
fn the_examples_of_the_design_are_valid() {
    let all = [
        (SchemaKind::Policy, POLICY),
        (SchemaKind::Rule, RULE),
        (SchemaKind::Rule, ORG),
        (SchemaKind::Waivers, WAIVERS),
        (SchemaKind::Test, CASE),
    ];
    for (kind, text) in all {
        assert!(valid(kind, text), "{kind:?}\n{text}");
    }
    let legacy = "[repo]\ndescription = \"x\"\n";
    let policy = problems(&[
        ("policy.toml", POLICY),
        ("rules/a.toml", RULE),
        ("rules/b.toml", ORG),
        ("rules/c.toml", "[repo.security_policy]\ninherit = true\n"),
        ("rules/legacy.toml", legacy),
        ("waivers.toml", WAIVERS),
        ("tests/a.toml", CASE),
    ]);
    assert!(policy.starts_with("accepted"), "{policy}");
}

#[test]
fn misspelt_ones_are_not() {
    for (kind, text, from, to) in [
        (SchemaKind::Policy, POLICY, "max_age", "maxage"),
        (SchemaKind::Policy, POLICY, "50%", "500%"),
        (SchemaKind::Policy, POLICY, "version = 1", "version = 2"),
        (SchemaKind::Rule, RULE, "dependabot_alerts", "dependabot_alert"),
        (SchemaKind::Rule, RULE, "dependabot_alerts = true", "dependabot_alerts = \"yes\""),
        (SchemaKind::Rule, RULE, "requires = ", "require = "),
        (SchemaKind::Rule, RULE, "fork = false", "forks = false"),
        (SchemaKind::Rule, RULE, "contact", "contcat"),
        (SchemaKind::Rule, ORG, "unenforced", "unenforce"),
        (SchemaKind::Waivers, WAIVERS, "reason", "raeson"),
        (SchemaKind::Waivers, WAIVERS, "expires", "expiry"),
        (SchemaKind::Test, CASE, "blocked", "stopped"),
    ] {
        assert!(!valid(kind, &text.replacen(from, to, 1)), "{kind:?} {to}");
    }
}

#[test]
fn every_setting_and_field_is_described() {
    let schema = json_schema(SchemaKind::Rule, &catalogue());
    for shape in catalogue() {
        assert!(schema["properties"][shape.scope.table()]["properties"].get(shape.key).is_some(), "{}", shape.key);
    }
    let contact = &schema["properties"]["repo"]["properties"]["security_policy"]["properties"]["contact"];
    assert_eq!(contact["description"], "A field.");
}
