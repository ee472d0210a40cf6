//! Which repositories a rule matches.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    model::{Reading, Repository},
    policy::{Candidate, OrgCandidate, fixtures::*},
};

const SET: &str = "\n[repo]\ndependabot_alerts = true\n";

fn matches(conditions: &str, repository: &Repository) -> bool {
    let policy = parse(&[("rules/a.toml", &format!("[match]\n{conditions}{SET}"))]);
    resolve(&policy, std::slice::from_ref(repository)).repos.len() == 1
}

#[test]
fn each_key_asks_its_question() {
    let cors = repo(
        "cors",
        json!({
            "topics": ["node"], "language": "JavaScript", "license": {"spdx_id": "MIT"},
            "custom_properties": {"tier": "gold", "teams": ["a", "b"], "none": null}
        }),
    );
    for (conditions, expected) in [
        ("org = \"Express*\"", true),
        ("org = [\"pillarjs\"]", false),
        ("repo = [\"express\", \"CORS\"]", true),
        ("repo = \"pillarjs/*\"", false),
        ("visibility = [\"public\"]", true),
        ("visibility = \"private\"", false),
        ("fork = false\ntemplate = false\nempty = false", true),
        ("fork = [true, false]", true),
        ("topic = \"Node\"", true),
        ("topic = \"deno\"", false),
        ("language = \"javascript\"\nlicense = [\"mit\", \"apache-2.0\"]", true),
        ("license = \"ISC\"", false),
        ("created_before = 2020-01-02", true),
        ("created_before = \"2020-01-01\"", false),
        ("created_after = 2020-01-01", true),
        ("created_after = 2020-01-01T00:00:01Z", false),
        ("pushed_within = \"30d\"", true),
        ("pushed_within = \"20d\"", false),
        ("not_pushed_within = \"20d\"", true),
        ("custom_property.tier = \"gold\"", true),
        ("custom_property.TIER = [\"silver\", \"gold\"]\ncustom_property.teams = \"b\"", true),
        ("custom_property.none = \"x\"", false),
        ("custom_property.absent = \"x\"", false),
        ("not = { topic = \"node\" }", false),
        ("not = { topic = \"deno\", fork = true }", true),
        ("not = { topic = \"node\", fork = true }", false),
    ] {
        assert_eq!(matches(conditions, &cors), expected, "{conditions}");
    }
}

#[test]
fn archived_repositories_are_matched_only_where_asked_for() {
    let old = repo("old", json!({"archived": true}));
    assert!(!matches("repo = \"old\"", &old));
    assert!(matches("archived = true", &old));
    assert!(matches("archived = [true, false]", &old));
    assert!(!matches("not = { archived = false }", &old));
    let policy = parse(&[("rules/a.toml", "[repo]\narchived = true\n")]);
    assert_eq!(resolve(&policy, &[old]).repos.len(), 1);
}

#[test]
fn advisory_forks_are_in_nothing() {
    let fork = repo("cors-ghsa-29mw-wpgm-hmr9", json!({"visibility": "private"}));
    let policy = parse(&[("rules/a.toml", &format!("[match]\nrepo = \"expressjs/{}\"{SET}", fork.name))]);
    let resolution = resolve(&policy, &[fork]);
    assert!(
        resolution.repos.is_empty() && resolution.unmatched.is_empty() && resolution.exact_names_missing.is_empty()
    );
}

#[test]
fn what_could_not_be_read_leaves_the_match_open() {
    let policy = parse(&[(
        "rules/a.toml",
        &format!("[match]\nhas_file = [\"a\", \"b\"]\nempty = false\nvisibility = \"public\"{SET}"),
    )]);
    let reads = policy.match_reads();
    assert!(reads.empty);
    assert_eq!(reads.files.into_iter().collect::<Vec<_>>(), ["a", "b"]);
    let express = org("expressjs");
    let (public, private) = (repo("x", json!({})), repo("y", json!({"visibility": "private"})));
    let at = |repo, a: Reading<bool>, b: Reading<bool>| Candidate {
        org: &express,
        repo,
        empty: Reading::known(false),
        files: BTreeMap::from([("a".to_owned(), a), ("b".to_owned(), b)]),
    };
    let (yes, no, unknown) = (Reading::known(true), Reading::known(false), Reading::<bool>::unknown("cut off"));
    let candidates = [
        at(&public, unknown.clone(), yes.clone()),
        at(&public, unknown.clone(), no.clone()),
        at(&private, unknown.clone(), no.clone()),
        at(&public, no.clone(), no),
    ];
    let resolution = policy.resolve(&[OrgCandidate { org: &express }], &candidates, now());
    assert_eq!(resolution.repos.iter().map(|r| r.index).collect::<Vec<_>>(), [0]);
    assert_eq!(resolution.undetermined.len(), 1);
    assert_eq!(resolution.undetermined[0].index, 1);
    assert!(resolution.undetermined[0].reason.contains("cut off"));
    assert_eq!(resolution.unmatched, [3, 2]);
}

#[test]
fn names_and_rules_without_effect_are_told() {
    let policy = parse(&[
        (
            "rules/a.toml",
            &format!(
                "[match]\nrepo = [\"expressjs/gone\", \"expressjs/old\", \"expressjs/cors\", \"pillarjs/x\"]{SET}"
            ),
        ),
        ("rules/b.toml", &format!("[match]\ntopic = \"nobody\"{SET}")),
    ]);
    let repos = [repo("cors", json!({})), repo("old", json!({"archived": true}))];
    let resolution = resolve(&policy, &repos);
    let warnings: Vec<&str> = resolution.warnings.iter().map(|w| w.message.as_str()).collect();
    assert_eq!(
        warnings,
        ["the rule `rules/b` matches nothing", "the rule `rules/a` names `expressjs/old`, which is archived"]
    );
    let missing: Vec<String> =
        resolution.exact_names_missing.iter().map(|(name, source)| format!("{name} {source}")).collect();
    assert_eq!(missing, ["expressjs/gone rules/a.toml:2", "pillarjs/x rules/a.toml:2"]);
    let express = org("expressjs");
    let partly = policy.resolve(&[OrgCandidate { org: &express }], &[], now());
    assert!(partly.warnings.is_empty(), "the other organisation may hold it: {:?}", partly.warnings);
}

#[test]
fn repositories_come_by_organisation_and_name() {
    let policy =
        parse(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n[org]\ntwo_factor_requirement_enabled = true\n")]);
    let resolution = resolve(&policy, &[repo("z", json!({})), repo("A", json!({})), repo("m", json!({}))]);
    assert_eq!(resolution.repos.iter().map(|r| r.index).collect::<Vec<_>>(), [1, 2, 0]);
    assert_eq!(resolution.orgs.iter().map(|o| o.org.to_string()).collect::<Vec<_>>(), ["expressjs", "pillarjs"]);
}

#[test]
fn bad_conditions_say_what_was_expected() {
    for (conditions, expected) in [
        ("topics = \"x\"", "did you mean `topic`?"),
        ("visibility = \"pubic\"", "did you mean `public`?"),
        ("repo = \"a/b/c\"", "`name` or `org/name`"),
        ("repo = []", "an empty list matches nothing"),
        ("fork = \"no\"", "expected true or false"),
        ("created_before = \"yesterday\"", "is not a date"),
        ("pushed_within = \"180\"", "is not a duration"),
        ("has_file = \"../x\"", "unsafe-path"),
        ("not = { not = {} }", "has no key `not`"),
        ("custom_property = \"x\"", "expected a table"),
    ] {
        let text = problems(&[("rules/a.toml", &format!("[match]\n{conditions}{SET}"))]);
        assert!(text.contains(expected), "{conditions}\n{text}");
    }
}

#[test]
fn strange_organisations_are_a_warning() {
    let policy =
        parse(&[("rules/a.toml", &format!("[match]\norg = [\"expresjs\", \"x*\"]\nrepo = \"jshttp/etag\"{SET}"))]);
    let told: Vec<(&str, Option<&str>)> =
        policy.warnings.iter().map(|w| (w.message.as_str(), w.help.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("the organisation `expresjs` is not among those of `policy.toml`", Some("did you mean `expressjs`?")),
            ("the organisation `jshttp` is not among those of `policy.toml`", None),
        ]
    );
}

#[test]
fn thousands_of_names_and_repositories_take_no_time() {
    let names: Vec<String> = (0..1000).map(|n| format!("\"expressjs/r{n}\"")).collect();
    let policy = parse(&[("rules/a.toml", &format!("[match]\nrepo = [{}]{SET}", names.join(", ")))]);
    let repos: Vec<Repository> = (0..3000).map(|n| repo(&format!("R{n}"), json!({}))).collect();
    let resolution = resolve(&policy, &repos);
    assert_eq!((resolution.repos.len(), resolution.unmatched.len()), (1000, 2000));
}
