//! What the plain fields do beyond their cases: one call, one reading, what GitHub refuses, what it hides.

use ordain::sim::{Act, FaultKind, generate};
use serde_json::{Value, json};

use super::rule;
use crate::support::{Lab, Token, differing, org, repo, state, state_with};

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
    // Only the live message stands against it: that is told before anything is written.
    let web = repo("web")
        .set("squash_merge_commit_title", json!("PR_TITLE"))
        .set("squash_merge_commit_message", json!("BLANK"));
    let lab = Lab::new(&state([org("acme").repo(web)]))
        .policy(&[("rules/a.toml", "[repo]\nsquash_merge_commit_title = \"COMMIT_OR_PR_TITLE\"\n")]);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:squash_merge_commit_title"), "violation");
    let message = plan.finding("acme/web:squash_merge_commit_title")["message"].to_string();
    for part in ["`squash_merge_commit_message` is `COMMIT_MESSAGES`", "it is `BLANK`", "set that too"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn a_title_and_its_message_are_one_write_and_a_title_alone_waits() {
    let lines = "[repo]\nmerge_commit_title = \"PR_TITLE\"\nmerge_commit_message = \"BLANK\"\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", lines)]);
    lab.apply();
    assert_eq!(lab.writes(), ["PATCH /repos/acme/web"]);
    assert!(lab.plan().ids().is_empty());
    // The message waits for a gate, and so the title waits for the message.
    let gated = "[repo]\nmerge_commit_title = \"PR_TITLE\"\nmerge_commit_message = { value = \"BLANK\", requires = \
                 [\"has_wiki\"] }\nhas_wiki = { value = false, mode = \"audit\" }\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", gated)]);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:merge_commit_title"), "blocked");
    assert_eq!(plan.finding("acme/web:merge_commit_title")["blocked_by"], json!(["merge_commit_message"]));
}

#[test]
fn the_last_merge_method_is_not_taken_away_by_a_rule_that_names_one_only() {
    let web = repo("web").set("allow_squash_merge", json!(false)).set("allow_rebase_merge", json!(false));
    let policy = [("rules/a.toml", "[repo]\nallow_merge_commit = false\n")];
    let lab = Lab::new(&state([org("acme").repo(web.clone())])).policy(&policy);
    assert_eq!(lab.plan().verdict("acme/web:allow_merge_commit"), "violation");
    // Another method that the same plan allows is enough, and both go in one call.
    let both = "[repo]\nallow_merge_commit = false\nallow_squash_merge = true\n";
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", both)]);
    lab.apply();
    assert_eq!(lab.writes(), ["PATCH /repos/acme/web"]);
    assert!(lab.plan().ids().is_empty());
}

/// GitHub takes none of several fields because of one: that one fails, and the others are made.
#[test]
fn one_that_github_refuses_takes_none_of_the_others_with_it() {
    let web = repo("web").private().switch("secret_scanning", false);
    let rule = "[repo]\ndescription = \"x\"\nhas_wiki = false\n[repo.secret_scanning]\nenabled = true\n";
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[("rules/a.toml", rule)]);
    let ran = lab.run(&["apply", "--yes", "--journal", "journal.jsonl"]).exits(3);
    ran.clone().prints("2 changed, 1 failed").prints("Secret scanning is not available for this repository");
    assert_eq!(lab.writes(), ["PATCH /repos/acme/web"; 4], "all together, then each");
    assert_eq!(lab.plan().ids(), ["acme/web:secret_scanning.enabled"]);
    lab.run(&["undo", "journal.jsonl", "--yes"]).exits(0).prints("2 changed");
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
    let state = state_with([org("acme").repo(repo("web"))], [Token::with("ghp_reader", &[("administration", "read")])]);
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
fn merge_settings_that_nobody_tells_are_unknown_and_never_false() {
    let state = state_with([org("acme").repo(repo("web"))], [Token::with("ghp_reader", &[("administration", "read")])]);
    let lab = Lab::new(&state)
        .token("ghp_reader")
        .policy(&[("rules/a.toml", "[repo]\nallow_squash_merge = false\nallow_rebase_merge = true\n")]);
    // GraphQL that does not tell: then REST's own answer, which leaves the fields out for who may not push.
    let hide = Act::new(|body: &mut Value| {
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
        let mut state = generate(40, seed);
        state["organizations"][0]["rest"]["properties/schema"] = json!({"known": [
            {"property_name": "tier", "value_type": "string"},
            {"property_name": "mode", "value_type": "string"},
            {"property_name": "teams", "value_type": "multi_select", "allowed_values": ["a", "b"]},
        ]});
        let lab = Lab::new(&state).policy(&[("rules/a.toml", EVERYTHING)]);
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
        for place in differing(&before, &lab.state()) {
            assert!(
                named.iter().any(|target| place.starts_with(target)),
                "seed {seed}: {place} moved, and no plan named it"
            );
        }
    }
}

#[test]
fn a_snapshot_gives_the_same_plan() {
    let lab = Lab::new(&generate(20, 3)).policy(&[("rules/a.toml", EVERYTHING)]);
    let live = lab.plan();
    lab.run(&["snapshot", "--out", "all.json"]).exits(0);
    let again = lab.plan_with(&["--snapshot", "all.json"]);
    assert_eq!((live.ids(), live.findings()), (again.ids(), again.findings()));
}
