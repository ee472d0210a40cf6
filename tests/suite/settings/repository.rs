//! The repository's own fields, custom properties, licence and code owners: the cases, and what is theirs alone.

use ordain::{model::Scope, sim::FaultKind};
use serde_json::{Value, json};

use super::cases::{API, Case, Lack, acme};
use crate::support::{Lab, org, repo, state};

/// What moves beside the value: when it was changed.
const STAMPS: &[&str] = &["acme/web/updated_at", "acme/web/graphql/updatedAt"];

/// A plain field: the policy's line, the value before, the places that move.
const fn field(
    key: &'static str,
    label: &'static str,
    policy: &'static [(&'static str, &'static str)],
    plans: &'static [&'static str],
    moves: &'static [&'static str],
) -> Case {
    Case { key, label, policy, plans, moves, books: STAMPS, lack: Lack::Nothing, ..API }
}

/// A field that is a bare value: its name in REST and GraphQL, what is there, and what the policy says.
macro_rules! bare {
    ($key:literal, $graphql:literal, $was:tt => $wanted:literal) => {
        Case {
            org: || acme(repo("web").set($key, json!($was))),
            ..field(
                $key,
                concat!($key, " is set"),
                &[("rules/a.toml", concat!("[match]\nrepo = \"web\"\n[repo]\n", $key, " = ", $wanted, "\n"))],
                &[concat!("acme/web:", $key)],
                &[concat!("acme/web/", $key), concat!("acme/web/graphql/", $graphql)],
            )
        }
    };
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = plain();
    all.extend(bound());
    all.extend(identity());
    all.extend(properties());
    all.extend(observed());
    all
}

fn plain() -> Vec<Case> {
    vec![
        bare!("description", "description", null => "\"Fast\""),
        bare!("homepage", "homepageUrl", "" => "\"https://acme.test/\""),
        bare!("has_issues", "hasIssuesEnabled", true => "false"),
        bare!("has_projects", "hasProjectsEnabled", true => "false"),
        bare!("has_wiki", "hasWikiEnabled", true => "false"),
        bare!("has_discussions", "hasDiscussionsEnabled", false => "true"),
        bare!("is_template", "isTemplate", false => "true"),
        bare!("allow_merge_commit", "mergeCommitAllowed", true => "false"),
        bare!("allow_squash_merge", "squashMergeAllowed", true => "false"),
        bare!("allow_rebase_merge", "rebaseMergeAllowed", true => "false"),
        bare!("allow_auto_merge", "autoMergeAllowed", false => "true"),
        bare!("allow_update_branch", "allowUpdateBranch", false => "true"),
        bare!("delete_branch_on_merge", "deleteBranchOnMerge", false => "true"),
        bare!("squash_merge_commit_title", "squashMergeCommitTitle", "COMMIT_OR_PR_TITLE" => "\"PR_TITLE\""),
        Case {
            org: || acme(repo("web").set("squash_merge_commit_title", json!("PR_TITLE"))),
            ..bare!("squash_merge_commit_message", "squashMergeCommitMessage", "COMMIT_MESSAGES" => "\"BLANK\"")
        },
        Case {
            org: || {
                acme(
                    repo("web")
                        .set("merge_commit_title", json!("PR_TITLE"))
                        .set("merge_commit_message", json!("BLANK")),
                )
            },
            ..bare!("merge_commit_message", "mergeCommitMessage", "BLANK" => "\"PR_BODY\"")
        },
        Case {
            org: || acme(repo("web").set("merge_commit_message", json!("BLANK"))),
            ..bare!("merge_commit_title", "mergeCommitTitle", "MERGE_MESSAGE" => "\"PR_TITLE\"")
        },
        Case {
            org: || acme(repo("web").set("topics", json!(["old", "nodejs"]))),
            ..field(
                "topics",
                "topics are replaced",
                &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\ntopics = [\"Web\", \"NodeJS\"]\n")],
                &["acme/web:topics"],
                &["acme/web/topics"],
            )
        },
    ]
}

fn bound() -> Vec<Case> {
    vec![
        bare!("web_commit_signoff_required", "webCommitSignoffRequired", false => "true"),
        Case {
            label: "sign-off is no longer required, which loosens",
            options: &["--limit", "loosening=1"],
            ..bare!("web_commit_signoff_required", "webCommitSignoffRequired", true => "false")
        },
        Case {
            org: || {
                let allowed = json!({"id": 77, "members_can_fork_private_repositories": true});
                acme(repo("web").private().set("allow_forking", json!(true))).rest("", allowed)
            },
            never: Some((|| acme(repo("web")), "acme/web:allow_forking")),
            ..bare!("allow_forking", "forkingAllowed", true => "false")
        },
    ]
}

fn identity() -> Vec<Case> {
    vec![
        Case {
            options: &["--limit", "deletions=1"],
            moves: &["acme/web/visibility", "acme/web/private", "acme/web/graphql/isPrivate"],
            books: &[
                "acme/web/updated_at",
                "acme/web/graphql/updatedAt",
                "acme/web/rest/private-vulnerability-reporting",
            ],
            ..bare!("visibility", "isPrivate", "public" => "\"private\"")
        },
        Case {
            label: "a repository is unarchived",
            moves: &["acme/web/archived", "acme/web/graphql/isArchived"],
            ..bare!("archived", "isArchived", true => "false")
        },
        Case {
            moves: &["acme/web/default_branch", "acme/web/simulator/git/refs", "acme/web/graphql/defaultBranchRef"],
            lack: Lack::Permission("contents"),
            hidden: Some(|| acme(repo("web").private().set("default_branch", json!("master")))),
            unknown: ("acme/web:default_branch", "contents:read"),
            ..bare!("default_branch", "defaultBranchRef", "master" => "\"main\"")
        },
    ]
}

const SCHEMA: &str = "properties/schema";
const RIGHT: &str = "organization_custom_properties";
const READ: &str = "organization_custom_properties:read";

fn tiers() -> Value {
    json!([{
        "property_name": "tier", "value_type": "single_select", "required": false, "allowed_values": ["gold", "silver"],
        "source_type": "organization", "url": "https://api.github.com/orgs/acme/properties/schema/tier",
        "values_editable_by": "org_and_repo_actors", "description": "How much it matters", "default_value": null,
        "require_explicit_values": false
    }])
}

fn properties() -> Vec<Case> {
    vec![
        Case {
            org: || {
                acme(repo("web").set("custom_properties", json!({"tier": "silver", "other": "kept"})))
                    .rest(SCHEMA, tiers())
            },
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.custom_properties]\ntier = \"gold\"\n")],
            key: "custom_properties",
            label: "a value is set",
            plans: &["acme/web:custom_properties.tier"],
            moves: &["acme/web/custom_properties/tier"],
            lack: Lack::Permission(RIGHT),
            hidden: Some(|| acme(repo("web").set("custom_properties", Value::Null))),
            unknown: ("acme/web:custom_properties.tier", READ),
            ..API
        },
        Case {
            scope: Scope::Org,
            org: || acme(repo("web")).rest(SCHEMA, tiers()),
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.custom_properties.tier]\nvalues_editable_by = \"org_actors\"\n",
            )],
            key: "custom_properties",
            label: "a definition is replaced and keeps the rest",
            plans: &["acme:custom_properties.tier"],
            moves: &["acme/rest/properties/schema/known/0/values_editable_by"],
            books: &["acme/rest/properties/schema/known/0/url"],
            lack: Lack::Permission(RIGHT),
            unknown: ("acme:custom_properties.tier", READ),
            ..API
        },
        Case {
            scope: Scope::Org,
            org: || acme(repo("web")).rest(SCHEMA, json!([])),
            policy: &[(
                "rules/a.toml",
                "[match]\norg = \"acme\"\n[org.custom_properties.team]\nvalue_type = \"string\"\n",
            )],
            key: "custom_properties",
            label: "a definition is made",
            plans: &["acme:custom_properties.team"],
            moves: &["acme/rest/properties/schema/known"],
            lack: Lack::Permission(RIGHT),
            unknown: ("acme:custom_properties.team", READ),
            ..API
        },
    ]
}

/// What ordain cannot write: nothing is planned, and nothing moves.
fn observed() -> Vec<Case> {
    vec![
        Case {
            key: "license",
            label: "another licence is a violation",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo]\nlicense = [\"MIT\"]\n")],
            org: || acme(repo("web").set("license", json!({"key": "isc", "spdx_id": "ISC"}))),
            lack: Lack::Nothing,
            ..API
        },
        Case {
            key: "codeowners",
            label: "errors are violations",
            policy: &[("rules/a.toml", "[match]\nrepo = \"web\"\n[repo.codeowners]\npresent = true\nvalid = true\n")],
            org: || acme(repo("web").file("CODEOWNERS", "* @nobody\n")),
            lack: Lack::Permission("contents"),
            hidden: Some(|| acme(repo("web").private().file("CODEOWNERS", "* @nobody\n"))),
            unknown: ("acme/web:codeowners.valid", "contents:read"),
            never: Some((|| acme(repo("web")), "acme/web:codeowners.valid")),
            ..API
        },
    ]
}

fn rule(lines: &str) -> String {
    format!("[match]\nrepo = \"web\"\n{lines}")
}

#[test]
fn all_that_one_call_writes_goes_in_one_call() {
    let lines = "[repo]\ndescription = \"Fast\"\nhas_wiki = false\nallow_squash_merge = false\nallow_auto_merge = true\n\
                 merge_commit_title = \"PR_TITLE\"\nmerge_commit_message = \"PR_BODY\"\n\
                 [repo.secret_scanning]\nenabled = true\n";
    let web = repo("web").switch("secret_scanning", false);
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", &rule(lines))]);
    assert_eq!(lab.plan().ids().len(), 7);
    lab.apply();
    assert_eq!(lab.writes(), ["PATCH /repos/acme/web"]);
    assert!(lab.plan().ids().is_empty(), "{}", lab.plan().text());
}

#[test]
fn fifty_repositories_cost_no_more_reading_than_one() {
    let many = (0..50).map(|n| repo(&format!("r{n}")));
    let lines = "[repo]\nallow_squash_merge = true\nhas_wiki = true\ndescription = \"\"\ntopics = []\nhas_discussions = false\n";
    let lab = Lab::new(&state([org("acme").repos(many)])).policy(&[("rules/a.toml", lines)]);
    let plan = lab.plan_with(&["--all"]);
    assert_eq!(plan.findings().len(), 250, "{}", plan.text());
    assert_eq!((lab.count("GET", "/"), lab.count("POST", "/graphql")), (2, 1));
}

#[test]
fn a_policy_that_leaves_no_merge_method_is_refused_without_github() {
    let lines = "[repo]\nallow_merge_commit = false\nallow_squash_merge = false\nallow_rebase_merge = false\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", lines)]);
    lab.run(&["validate"]).exits(1).tells("no pull request could be merged").tells("rules/a.toml:2");
    lab.run(&["plan"]).exits(1);
    assert_eq!(lab.exchanges().len(), 0);
    let two = [
        ("rules/a.toml", "[repo]\nallow_merge_commit = false\nallow_squash_merge = false\n"),
        ("rules/b.toml", "[repo]\nallow_rebase_merge = false\n"),
    ];
    lab.write_policy(&two);
    lab.run(&["plan"]).exits(1).tells("no pull request could be merged").tells("rules/b.toml:2");
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn titles_that_do_not_go_with_messages_are_refused() {
    let lines = "[repo]\nsquash_merge_commit_title = \"COMMIT_OR_PR_TITLE\"\nsquash_merge_commit_message = \"BLANK\"\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", lines)]);
    lab.run(&["validate"]).exits(1).tells("does not go with").tells("`PR_TITLE` with `BLANK`");
    // Only the live message stands against it: GitHub's refusal is told.
    let web = repo("web")
        .set("squash_merge_commit_title", json!("PR_TITLE"))
        .set("squash_merge_commit_message", json!("BLANK"));
    let lab = Lab::new(&state([org("acme").repo(web)]))
        .policy(&[("rules/a.toml", "[repo]\nsquash_merge_commit_title = \"COMMIT_OR_PR_TITLE\"\n")]);
    lab.run(&["apply", "--yes"]).exits(3).prints("combination");
}

#[test]
fn topics_in_another_order_or_case() {
    let web = repo("web").set("topics", json!(["nodejs", "web"]));
    let lab = Lab::new(&state([org("acme").repo(web)]))
        .policy(&[("rules/a.toml", "[repo]\ntopics = [\"Web\", \"NodeJS\"]\n")]);
    assert_eq!(lab.plan_with(&["--all"]).verdict("acme/web:topics"), "compliant");
}

#[test]
fn a_token_that_may_not_write_is_told_what_it_lacks() {
    let state = crate::support::state_with(
        [org("acme").repo(repo("web"))],
        [crate::support::Token::with("ghp_reader", &[("administration", "read")])],
    );
    let lab = Lab::new(&state).token("ghp_reader").policy(&[("rules/a.toml", "[repo]\nhas_wiki = false\n")]);
    assert_eq!(lab.plan().ids(), ["acme/web:has_wiki"]);
    lab.run(&["apply", "--yes"]).exits(3).prints("administration");
}

#[test]
fn what_the_organisation_enforces_is_a_violation_that_names_it() {
    let acme = org("acme").repo(repo("web").set("web_commit_signoff_required", json!(true)));
    let acme = acme.rest("", json!({"id": 77, "web_commit_signoff_required": true}));
    let lab = Lab::new(&state([acme])).policy(&[("rules/a.toml", "[repo]\nweb_commit_signoff_required = false\n")]);
    let plan = lab.plan();
    let finding = plan.finding("acme/web:web_commit_signoff_required");
    assert_eq!(finding["verdict"], "violation");
    let message = finding["message"].as_str().expect("a message");
    assert!(message.contains("the organisation's `web_commit_signoff_required`"), "{message}");
}

#[test]
fn a_repository_is_unarchived_first_and_then_changed_in_the_same_apply() {
    let web = repo("web").archived().set("has_wiki", json!(true));
    let lines = "[repo]\narchived = false\nhas_wiki = false\ndescription = \"Back\"\n";
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", &rule(lines))]);
    assert_eq!(lab.plan().ids(), ["acme/web:archived", "acme/web:description", "acme/web:has_wiki"]);
    // Without the change that unarchives it the others are what they were: not to be written.
    let plan = lab.plan_with(&["--setting", "has_wiki"]);
    assert_eq!(plan.verdict("acme/web:has_wiki"), "violation", "{}", plan.text());
    lab.apply();
    assert_eq!(lab.writes(), ["PATCH /repos/acme/web", "PATCH /repos/acme/web"]);
    let bodies: Vec<_> =
        lab.exchanges().iter().filter(|e| e.method == "PATCH").map(|e| e.request_body.clone()).collect();
    assert_eq!(bodies[0], Some(json!({"archived": false})));
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn what_cannot_be_unarchived_is_not_written_to() {
    let web = repo("web").archived().set("has_wiki", json!(true));
    let lines = "[repo]\narchived = false\nhas_wiki = false\n";
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", &rule(lines))]);
    let refusal = FaultKind::Status(403, json!({"message": "Locked for a migration", "status": "403"}), Vec::new());
    lab.fault("PATCH", "/repos/acme/web", 9, refusal);
    lab.run(&["apply", "--yes"]).exits(3).prints("archived was not changed");
    assert_eq!(lab.count("PATCH", "/repos/acme/web"), 1);
}

#[test]
fn an_archived_repository_stays_as_it_is() {
    let web = repo("web").archived().set("has_wiki", json!(true));
    let lab = Lab::new(&state([org("acme").repo(web)]))
        .policy(&[("rules/a.toml", &rule("[repo]\narchived = true\nhas_wiki = false\n"))]);
    let plan = lab.plan_with(&["--all"]);
    assert_eq!(plan.verdict("acme/web:archived"), "compliant");
    assert_eq!(plan.verdict("acme/web:has_wiki"), "violation");
}

#[test]
fn a_default_branch_that_is_there_is_switched_to_which_loosens() {
    let web =
        repo("web").set("default_branch", json!("master")).sim("branches", json!({"main": {"files": {"a": "b"}}}));
    let lab =
        Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", "[repo]\ndefault_branch = \"main\"\n")]);
    assert_eq!(lab.plan().changes()[0]["effect"], "loosening");
    lab.run(&["apply", "--yes"]).exits(1);
    assert_eq!(lab.writes(), [""; 0]);
    lab.apply_with(&["--limit", "loosening=1"]);
    assert_eq!(lab.writes(), ["PATCH /repos/acme/web"]);
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn a_repository_without_a_commit_keeps_its_default_branch() {
    let lab = Lab::new(&state([org("acme").repo(repo("web").empty())]))
        .policy(&[("rules/a.toml", "[repo]\ndefault_branch = \"trunk\"\n")]);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:default_branch"), "violation");
    assert!(plan.ids().is_empty());
}

#[test]
fn custom_properties_thirty_at_a_time() {
    let many = (0..130).map(|n| {
        let tier = if n % 2 == 0 { "silver" } else { "bronze" };
        repo(&format!("r{n:03}")).set("custom_properties", json!({"tier": if n < 65 { tier } else { "gold" }}))
    });
    let lab = Lab::new(&state([org("acme").repos(many)]))
        .policy(&[("rules/a.toml", "[repo.custom_properties]\ntier = \"gold\"\nteam = \"web\"\n")]);
    let plan = lab.plan();
    assert_eq!(plan.ids().len(), 65 + 130, "each repository's change is its own");
    assert_eq!(lab.count("GET", "/orgs/acme/properties"), 0, "the list of repositories tells the values along");
    lab.apply();
    // 65 of one value and 130 of another.
    assert_eq!(lab.writes(), vec!["PATCH /orgs/acme/properties/values"; 3 + 5]);
    for exchange in lab.exchanges().iter().filter(|exchange| exchange.method == "PATCH") {
        let body = exchange.request_body.clone().expect("a body");
        assert!(body["repository_names"].as_array().expect("a list").len() <= 30);
        assert_eq!(body["properties"].as_array().expect("a list").len(), 1);
    }
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn custom_properties_are_read_in_pages_where_the_list_does_not_tell_them() {
    // A list of repositories without the values: they are read for all at once, a hundred repositories a page.
    let many = (0..130).map(|n| repo(&format!("r{n:03}")).set("custom_properties", Value::Null));
    let lab = Lab::new(&state([org("acme").repos(many)]))
        .policy(&[("rules/a.toml", "[repo.custom_properties]\ntier = \"gold\"\n")]);
    assert_eq!(lab.plan().ids().len(), 130);
    assert_eq!(lab.count("GET", "/orgs/acme/properties/values"), 2);
    assert_eq!(lab.count("GET", "/repos/"), 0);
}

#[test]
fn one_repository_that_moved_does_not_hold_the_others_up() {
    let two = ["web", "api"].map(|name| repo(name).set("custom_properties", json!({})));
    let lab = Lab::new(&state([org("acme").repos(two)]))
        .policy(&[("rules/a.toml", "[repo.custom_properties]\ntier = \"gold\"\n")]);
    let rename = ordain::sim::Act::new(|world: &mut ordain::sim::World| world.rename("acme", "web", "site"));
    lab.sim().fault(ordain::sim::Fault {
        method: Some("GET".into()),
        path: "/repos/acme/".into(),
        after: 0,
        times: 1,
        kind: FaultKind::Meanwhile(rename),
    });
    let ran = lab.run(&["apply", "--yes", "--format", "json"]).exits(3);
    assert!(ran.stdout.contains("was renamed to"), "{ran}");
    let state = lab.state();
    let repositories = state["organizations"][0]["repositories"].as_array().expect("a list");
    let tier = |name: &str| {
        repositories.iter().find(|repo| repo["name"] == name).map(|repo| repo["custom_properties"]["tier"].clone())
    };
    assert_eq!((tier("api"), tier("site")), (Some(json!("gold")), Some(Value::Null)));
}

#[test]
fn errors_of_code_owners_are_told_with_their_lines() {
    let errors =
        json!([{"kind": "Unknown owner", "line": 1, "column": 3, "path": "CODEOWNERS", "message": "…", "source": "…"}]);
    let web = repo("web").file("CODEOWNERS", "* @nobody\n").graphql("codeowners", json!({"errors": errors}));
    let lab = Lab::new(&state([org("acme").repo(web).repo(repo("other"))]))
        .policy(&[("rules/a.toml", "[repo.codeowners]\nvalid = true\n")]);
    let plan = lab.plan();
    assert_eq!(plan.finding("acme/web:codeowners.valid")["message"], "CODEOWNERS:1: Unknown owner");
    assert_eq!(plan.verdict("acme/other:codeowners.valid"), "not_applicable");
}

#[test]
fn merge_settings_that_nobody_tells_are_unknown_and_never_false() {
    let state = crate::support::state_with(
        [org("acme").repo(repo("web"))],
        [crate::support::Token::with("ghp_reader", &[("administration", "read")])],
    );
    let lab = Lab::new(&state)
        .token("ghp_reader")
        .policy(&[("rules/a.toml", "[repo]\nallow_squash_merge = false\nallow_rebase_merge = true\n")]);
    // GraphQL that does not tell: then REST's own answer, which leaves the fields out for who may not push.
    let hide = ordain::sim::Act::new(|body: &mut Value| {
        for node in body["data"]["nodes"].as_array_mut().into_iter().flatten() {
            node["squashMergeAllowed"] = Value::Null;
            node["rebaseMergeAllowed"] = Value::Null;
        }
    });
    lab.fault("POST", "/graphql", 9, FaultKind::Altered(hide));
    let plan = lab.run(&["plan", "--format", "json"]).exits(3).document();
    for key in ["allow_squash_merge", "allow_rebase_merge"] {
        let finding = plan.finding(&format!("acme/web:{key}"));
        assert_eq!((&finding["verdict"], &finding["permission"]), (&json!("unknown"), &json!("contents:write")));
    }
    assert!(plan.ids().is_empty());
}

#[test]
fn files_go_to_the_branch_that_the_same_apply_renamed() {
    for delivery in ["commit", "pull_request"] {
        let lines = format!(
            "[repo]\ndefault_branch = \"main\"\n[repo.files.NOTICE]\ncontent = \"ours\\n\"\ndelivery = \"{delivery}\"\n"
        );
        let lab = Lab::new(&state([org("acme").repo(repo("web").set("default_branch", json!("master")))]))
            .policy(&[("rules/a.toml", &rule(&lines))]);
        lab.apply();
        lab.merge();
        let after = lab.state();
        let web = &after["organizations"][0]["repositories"][0];
        assert_eq!(web["default_branch"], "main");
        let names: Vec<_> = web["trees"][""]["known"].as_array().expect("a list").iter().map(|e| &e["name"]).collect();
        assert!(names.contains(&&json!("NOTICE")), "{delivery}: {names:?}");
        assert!(lab.plan().ids().is_empty(), "{delivery}: {}", lab.plan().text());
    }
}

const EVERYTHING: &str = "[repo]\ndescription = \"One of {{ repo.name }}\"\nhomepage = \"https://acme.test/\"\n\
    topics = [\"B\", \"a\"]\nhas_issues = true\nhas_projects = false\nhas_wiki = false\nhas_discussions = true\n\
    is_template = false\nallow_merge_commit = false\nallow_squash_merge = true\nallow_rebase_merge = false\n\
    allow_auto_merge = true\nallow_update_branch = true\ndelete_branch_on_merge = true\n\
    squash_merge_commit_title = \"PR_TITLE\"\nsquash_merge_commit_message = \"PR_BODY\"\n\
    merge_commit_title = \"PR_TITLE\"\nmerge_commit_message = \"BLANK\"\nweb_commit_signoff_required = true\n\
    allow_forking = false\ndefault_branch = \"main\"\nlicense = [\"MIT\"]\n\
    [repo.custom_properties]\ntier = \"gold\"\nteams = { value = [\"b\", \"a\"], reason = \"who answers\" }\n\
    [repo.custom_properties.items]\nmode = \"strict\"\n\
    [repo.codeowners]\npresent = true\nvalid = true\n";

#[test]
fn every_field_at_once_converges_and_moves_only_what_the_plan_named() {
    for seed in 1..=2 {
        let lab = Lab::new(&ordain::sim::generate(40, seed)).policy(&[("rules/a.toml", EVERYTHING)]);
        let before = lab.state();
        let plan = lab.plan();
        let named: std::collections::BTreeSet<String> = plan
            .changes()
            .iter()
            .map(|change| format!("example-org/{}/", change["repo"].as_str().expect("a repository")))
            .collect();
        assert!(plan.ids().iter().any(|id| id.ends_with(":custom_properties.mode")), "{}", plan.text());
        lab.apply();
        lab.forget();
        assert!(lab.plan().ids().is_empty(), "seed {seed}: {}", lab.plan().text());
        lab.apply();
        assert_eq!(lab.writes(), [""; 0], "seed {seed}");
        for place in crate::support::differing(&before, &lab.state()) {
            assert!(
                named.iter().any(|target| place.starts_with(target)),
                "seed {seed}: {place} moved, and no plan named it"
            );
        }
    }
}

#[test]
fn a_snapshot_gives_the_same_plan() {
    let lab = Lab::new(&ordain::sim::generate(20, 3)).policy(&[("rules/a.toml", EVERYTHING)]);
    let live = lab.plan();
    lab.run(&["snapshot", "--out", "all.json"]).exits(0);
    let again = lab.plan_with(&["--snapshot", "all.json"]);
    assert_eq!((live.ids(), live.findings()), (again.ids(), again.findings()));
}
