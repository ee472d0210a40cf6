//! From tables to leaf fields.

use serde_json::json;

use crate::{model::Mode, policy::fixtures::*};

/// The leaves that a rule gives to a repository: address and value.
fn leaves(rule: &str) -> Vec<(String, serde_json::Value)> {
    let policy = parse(&[("rules/a.toml", rule), ("files/t", "x")]);
    desired(&policy, repo("cors", json!({})))
        .into_iter()
        .flat_map(|d| {
            d.fields
                .iter()
                .map(|(path, leaf)| (format!("{}:{path}", d.setting()), leaf.value.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn bare_long_and_table_values() {
    assert_eq!(leaves("[repo]\ndependabot_alerts = true"), [("dependabot_alerts:".into(), json!(true))]);
    assert_eq!(
        leaves("[repo.dependabot_alerts]\nvalue = true\nmode = \"audit\""),
        [("dependabot_alerts:".into(), json!(true))]
    );
    assert_eq!(
        leaves("[repo]\ndependabot_security_updates = { value = true, paused = false }"),
        [
            ("dependabot_security_updates:".into(), json!(true)),
            ("dependabot_security_updates:paused".into(), json!(false)),
        ]
    );
    assert_eq!(
        leaves("[repo.secret_scanning]\nenabled = true\npush_protection = { value = true, mode = \"audit\" }"),
        [("secret_scanning:enabled".into(), json!(true)), ("secret_scanning:push_protection".into(), json!(true)),]
    );
    assert_eq!(leaves("[repo.security_policy]"), [("security_policy:".into(), json!({}))]);
    assert_eq!(
        leaves("[repo]\ninteraction_limit = \"existing_users\""),
        [("interaction_limit:".into(), json!("existing_users"))]
    );
    assert_eq!(
        leaves("[repo]\ninteraction_limit = { value = \"existing_users\", reason = \"x\" }"),
        [("interaction_limit:".into(), json!("existing_users"))]
    );
    assert_eq!(
        leaves("[repo]\ninteraction_limit = { limit = \"existing_users\" }"),
        [("interaction_limit:limit".into(), json!("existing_users"))]
    );
}

#[test]
fn keyed_tables_items_and_prune() {
    let rule = "[repo.labels]\nprune = true\nbug = { color = \"d73a4a\" }\n[repo.labels.items.prune]\ncolor = \"fff\"\n[repo.teams]\ncore = \"push\"\nitems.mode = { value = \"pull\", mode = \"audit\" }\n";
    let policy = parse(&[("rules/a.toml", rule)]);
    let resolution = resolve(&policy, &[repo("cors", json!({}))]);
    let found = &resolution.repos[0];
    let names: Vec<String> = found.desired.iter().map(|d| d.setting()).collect();
    assert_eq!(names, ["labels.bug", "labels.prune", "teams.core", "teams.mode"]);
    assert_eq!(found.prune.keys().copied().collect::<Vec<_>>(), ["labels"]);
    assert_eq!(found.prune["labels"].value, json!(true));
    assert_eq!(found.desired[3].leaf("").expect("a leaf").mode, Mode::Audit);
    assert!(problems(&[("rules/a.toml", "[repo.files]\nprune = true\n")]).contains("expected a table"));
    let twice = problems(&[("rules/a.toml", "[repo.labels]\nbug = {}\nitems.bug = {}\n")]);
    assert!(twice.contains("is written twice"), "{twice}");
}

#[test]
fn rulesets_pass_through_by_leaf() {
    let rule = "[repo.rulesets.main]\nenforcement = \"active\"\nbypass_actors = { \"team:core\" = \"always\" }\n[repo.rulesets.main.rules.deletion]\n[repo.rulesets.main.rules.pull_request]\nrequired_approving_review_count = 1\nallowed = [{ a = 1.5 }, 2026-01-01]\n";
    assert_eq!(
        leaves(rule),
        [
            ("rulesets.main:bypass_actors.team:core".into(), json!("always")),
            ("rulesets.main:enforcement".into(), json!("active")),
            ("rulesets.main:rules.deletion".into(), json!({})),
            ("rulesets.main:rules.pull_request.allowed".into(), json!([{"a": 1.5}, "2026-01-01"])),
            ("rulesets.main:rules.pull_request.required_approving_review_count".into(), json!(1)),
        ]
    );
}

#[test]
fn long_forms_inside_of_anything_are_taken_only_where_they_are_meant() {
    let rule = "[repo.rulesets.main.rules.x]\na = { value = 1, mode = \"audit\" }\nb = { value = 1 }\n";
    assert_eq!(
        leaves(rule),
        [("rulesets.main:rules.x.a".into(), json!(1)), ("rulesets.main:rules.x.b.value".into(), json!(1))]
    );
}

#[test]
fn properties_may_bear_reserved_names_under_items() {
    let rule = "[repo.custom_properties]\nreason = \"because\"\ntier = [\"a\"]\nitems.mode = \"gold\"\n";
    assert_eq!(
        leaves(rule),
        [("custom_properties:mode".into(), json!("gold")), ("custom_properties:tier".into(), json!(["a"]))]
    );
}

#[test]
fn terms_come_from_outside_in() {
    let rule = "mode = \"audit\"\n[repo]\nsecurity_policy = { inherit = true }\n[repo.scorecard]\nmode = \"enforce\"\nreason = \"outer\"\nrequires = [\"security_policy\"]\nactive = { value = true, reason = \"inner\" }\nsucceeded_within = \"14d\"\n";
    let policy = parse(&[("rules/a.toml", rule)]);
    let found = desired(&policy, repo("cors", json!({})));
    let scorecard = &found[0];
    let active = scorecard.leaf("active").expect("a leaf");
    assert_eq!((active.mode, active.reason.as_deref()), (Mode::Enforce, Some("inner")));
    assert_eq!(active.requires.iter().map(ToString::to_string).collect::<Vec<_>>(), ["security_policy"]);
    assert_eq!(scorecard.leaf("succeeded_within").and_then(|l| l.reason.as_deref()), Some("outer"));
    assert_eq!(active.sources[0].to_string(), "rules/a.toml:8");
    assert_eq!(active.rules, ["rules/a"]);
    assert_eq!(found[1].leaf("inherit").map(|l| l.mode), Some(Mode::Audit));
}

#[test]
fn wrong_values_say_what_was_expected() {
    for (rule, expected) in [
        ("[repo]\ndependabot_alerts = { mode = \"audit\" }", "has no `value`"),
        ("[repo]\ndependabot_alerts = { value = true, requird = [] }", "did you mean `requires`?"),
        ("[repo.scorecard]\nsucceeded_within = \"soon\"", "is not a duration"),
        ("[repo.rulesets.x]\nenforcement = \"activ\"", "did you mean `active`?"),
        ("[repo.security_policy]\ncontains = [\"/(/\"]", "regular expression is not well-formed"),
        ("[repo.security_policy]\ntemplate = \"T\"", "`files/T` is not there"),
        ("[org.code_security.x]\nattach = \"sometimes\"", "expected `all` or `public`"),
        ("[org.code_security.x]\nattach = 3", "expected `all` or `public`, or a list"),
        ("[org.security_managers]\nmin = 0", "between 1 and 100"),
        ("[repo]\nteams = \"core\"", "expected a table"),
        ("[repo.rulesets.x.rules.y]\nz = inf", "expected a finite number"),
    ] {
        let text = problems(&[("rules/a.toml", rule), ("files/t", "x")]);
        assert!(text.contains(expected), "{rule}\n{text}");
    }
}
