//! What becomes of a field that several rules give.

use serde_json::json;

use crate::{
    diagnostics::render,
    model::{Desired, Mode},
    policy::{Resolution, fixtures::*},
};

fn rule(head: &str, alerts: &str) -> String {
    format!("{head}\n[repo]\ndependabot_alerts = {alerts}\n")
}

fn merged(rules: &[(&str, &str)]) -> Resolution {
    resolve(&parse(rules), &[repo("cors", json!({}))])
}

fn alerts(rules: &[(&str, &str)]) -> Desired {
    let resolution = merged(rules);
    assert!(resolution.conflicts.is_empty(), "{:?}", resolution.conflicts);
    (*resolution.repos[0].desired[0]).clone()
}

#[test]
fn equal_values_join() {
    let a = rule("mode = \"audit\"", "{ value = true, requires = [\"security_policy\"], reason = \"a\" }");
    let b = rule("", "{ value = true, requires = [\"scorecard\"], reason = \"b\" }");
    let c = "[repo]\nsecurity_policy = {}\nscorecard = {}\n";
    let found = alerts(&[("rules/a.toml", &a), ("rules/b.toml", &b), ("rules/c.toml", c)]);
    let leaf = found.leaf("").expect("a leaf");
    assert_eq!(leaf.mode, Mode::Enforce);
    assert_eq!(leaf.rules, ["rules/b", "rules/a"]);
    assert_eq!(leaf.reason.as_deref(), Some("b"));
    assert_eq!(leaf.requires.len(), 2);
    assert_eq!(leaf.sources[0].to_string(), "rules/b.toml:3");
}

#[test]
fn overrides_win_transitively() {
    let found = alerts(&[
        ("rules/a.toml", &rule("", "true")),
        ("rules/b.toml", "overrides = [\"rules/a\"]\n[repo]\ndescription = \"x\"\n"),
        ("rules/c.toml", &rule("overrides = [\"rules/b\"]", "false")),
    ]);
    assert_eq!(found.leaf("").map(|leaf| (&leaf.value, leaf.rules.len())), Some((&json!(false), 1)));
}

#[test]
fn an_exact_name_beats_a_pattern_and_overrides_beat_it() {
    let exact = rule("[match]\nrepo = \"expressjs/cors\"", "false");
    let all = rule("", "true");
    assert_eq!(alerts(&[("rules/a.toml", &all), ("rules/b.toml", &exact)]).value(""), Some(&json!(false)));
    let over = rule("overrides = [\"rules/b\"]", "true");
    assert_eq!(alerts(&[("rules/a.toml", &over), ("rules/b.toml", &exact)]).value(""), Some(&json!(true)));
    let bare = rule("[match]\nrepo = \"cors\"", "false");
    let text = problems(&[("rules/a.toml", &all), ("rules/b.toml", &bare)]);
    assert!(text.contains("error[conflict]"), "`cors` alone is a pattern\n{text}");
}

#[test]
fn certain_conflicts_are_found_without_repositories() {
    let text =
        problems(&[("rules/a.toml", &rule("", "true")), ("rules/b.toml", &rule("[match]\nfork = false", "false"))]);
    insta::assert_snapshot!(text, @r#"
    error[conflict]: `rules/a` and `rules/b` give different values to `dependabot_alerts`
     --> rules/a.toml:3:1
      |
    3 | dependabot_alerts = true
      | ^^^^^^^^^^^^^^^^^^^^^^^^ `rules/a` says true
      |
     ::: rules/b.toml:4:1
      |
    4 | dependabot_alerts = false
      | ------------------------- `rules/b` says false
      |
      = help: let one rule name the other in `overrides`, or make their matches exclude each other

    1 error
    "#);
    let apart = [
        ("rules/a.toml", rule("[match]\ntopic = \"a\"", "true")),
        ("rules/b.toml", rule("[match]\ntopic = \"b\"", "false")),
    ];
    let apart: Vec<(&str, &str)> = apart.iter().map(|(path, text)| (*path, text.as_str())).collect();
    parse(&apart);
    let archived = rule("[match]\narchived = true", "false");
    parse(&[("rules/a.toml", &rule("", "true")), ("rules/b.toml", &archived)]);
}

#[test]
fn other_conflicts_are_found_with_repositories_and_told_once() {
    let policy = parse(&[
        ("rules/a.toml", &rule("[match]\ntopic = \"a\"", "true")),
        ("rules/b.toml", &rule("[match]\ntopic = \"b\"", "false")),
    ]);
    let repos = [
        repo("x", json!({"topics": ["a", "b"]})),
        repo("y", json!({"topics": ["b", "a"]})),
        repo("z", json!({"topics": ["a"]})),
    ];
    let resolution = resolve(&policy, &repos);
    insta::assert_snapshot!(render(&resolution.conflicts, policy.sources(), false), @r#"
    error[conflict]: expressjs/x and 1 more: `rules/a` and `rules/b` give different values to `dependabot_alerts`
     --> rules/a.toml:4:1
      |
    4 | dependabot_alerts = true
      | ^^^^^^^^^^^^^^^^^^^^^^^^ `rules/a` says true
      |
     ::: rules/b.toml:4:1
      |
    4 | dependabot_alerts = false
      | ------------------------- `rules/b` says false
      |
      = help: let one rule name the other in `overrides`, or make their matches exclude each other

    1 error
    "#);
}

#[test]
fn organisations_conflict_at_once() {
    let text = problems(&[
        ("rules/a.toml", "[match]\norg = \"express*\"\n[org]\ntwo_factor_requirement_enabled = true\n"),
        ("rules/b.toml", "[match]\norg = \"expressjs\"\n[org]\ntwo_factor_requirement_enabled = false\n"),
    ]);
    assert!(text.contains("expressjs: `rules/a` and `rules/b` give different values"), "{text}");
}

#[test]
fn empty_tables_give_way_and_values_clash_with_fields_inside() {
    let found = merged(&[
        ("rules/a.toml", "[repo.rulesets.main.rules.pull_request]\n"),
        ("rules/b.toml", "[repo.rulesets.main.rules.pull_request]\ncount = 1\n"),
    ]);
    assert_eq!(found.repos[0].desired[0].to_json(), json!({"rules": {"pull_request": {"count": 1}}}));
    let text = problems(&[
        ("rules/a.toml", "[repo]\ninteraction_limit = \"existing_users\"\n"),
        ("rules/b.toml", "[repo]\ninteraction_limit = { limit = \"existing_users\" }\n"),
    ]);
    assert!(text.contains("give different values to `interaction_limit`"), "{text}");
    let beside = merged(&[
        ("rules/a.toml", "[repo]\ndependabot_security_updates = true\n"),
        ("rules/b.toml", "[repo]\ndependabot_security_updates = { value = true, paused = false }\n"),
    ]);
    assert_eq!(beside.repos[0].desired[0].fields.len(), 2);
}

#[test]
fn prune_is_merged_like_a_field() {
    let text = problems(&[
        ("rules/a.toml", "[repo.labels]\nprune = true\n"),
        ("rules/b.toml", "[repo.labels]\nprune = false\n"),
    ]);
    assert!(text.contains("`labels.prune`"), "{text}");
}

#[test]
fn circles_and_strangers_in_overrides_are_errors() {
    let text = problems(&[
        ("rules/a.toml", &rule("overrides = [\"rules/b\"]", "true")),
        ("rules/b.toml", &rule("overrides = [\"rules/c\"]", "true")),
        ("rules/c.toml", &rule("overrides = [\"rules/a\"]", "true")),
        ("rules/d.toml", &rule("overrides = [\"rules/d\", \"rules/basline\"]", "true")),
        ("rules/baseline.toml", &rule("", "true")),
    ]);
    for word in [
        "`rules/a`, `rules/b`, `rules/c` override each other",
        "`rules/d` overrides itself",
        "did you mean `rules/baseline`?",
    ] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    assert_eq!(text.matches("override-cycle").count(), 2, "{text}");
}
