//! The fields of a repository, judged on observations built by hand.

use serde_json::{Value, json};

use super::*;
use crate::{
    model::{Leaf, Mode, Reading, Source},
    settings::{
        Phase,
        bench::{Bench, desired, difference, example_is_sound, lacking, repo, repo_with},
    },
};

fn all() -> Vec<&'static dyn Setting> {
    vec![
        &ALLOW_AUTO_MERGE,
        &ALLOW_FORKING,
        &ALLOW_MERGE_COMMIT,
        &ALLOW_REBASE_MERGE,
        &ALLOW_SQUASH_MERGE,
        &ALLOW_UPDATE_BRANCH,
        &DELETE_BRANCH_ON_MERGE,
        &DESCRIPTION,
        &HAS_DISCUSSIONS,
        &HAS_ISSUES,
        &HAS_PROJECTS,
        &HAS_WIKI,
        &HOMEPAGE,
        &IS_TEMPLATE,
        &MERGE_COMMIT_MESSAGE,
        &MERGE_COMMIT_TITLE,
        &SQUASH_MERGE_COMMIT_MESSAGE,
        &SQUASH_MERGE_COMMIT_TITLE,
        &WEB_COMMIT_SIGNOFF_REQUIRED,
        &Topics,
        &VisibilityOf,
        &Archived,
        &DefaultBranch,
    ]
}

fn of(field: &'static dyn Setting, value: Value) -> Desired {
    desired(field.meta().shape.key, None, &value)
}

fn with(fields: Value) -> Bench {
    Bench::new(vec![repo_with("web", fields)])
}

fn outcome(bench: &Bench, field: &'static dyn Setting, value: Value) -> Outcome {
    bench.outcome(field, "web", &of(field, value))
}

fn patch(difference: &Difference) -> Value {
    let [Write::Rest(write)] = difference.writes.as_slice() else { unreachable!("one call") };
    assert_eq!((write.method, write.path.as_str()), ("PATCH", "/repos/acme/web"));
    write.body.clone().expect("a body")
}

fn complies(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Compliant { .. })
}

#[test]
fn every_example_is_sound_and_every_field_has_one_key() {
    let keys: std::collections::BTreeSet<_> = all().iter().map(|setting| setting.meta().shape.key).collect();
    assert_eq!(keys.len(), all().len());
    for setting in all() {
        example_is_sound(setting);
    }
}

#[test]
fn a_listed_field_needs_no_reading_and_goes_by_patch_with_nothing_else() {
    let bench = with(json!({"has_wiki": true, "has_issues": true}));
    assert!(complies(&outcome(&bench, &HAS_WIKI, json!(true))));
    let off = difference(outcome(&bench, &HAS_WIKI, json!(false)));
    assert_eq!((off.before.clone(), off.after.clone(), off.effect), (json!(true), json!(false), Effect::Neutral));
    assert_eq!(patch(&off), json!({"has_wiki": false}));
}

#[test]
fn directions_are_those_of_the_catalogue() {
    let signoff = |now: bool| with(json!({"web_commit_signoff_required": now})).org_known("", json!({}));
    let effect = |bench: &Bench, field, value| difference(outcome(bench, field, value)).effect;
    assert_eq!(effect(&signoff(false), &WEB_COMMIT_SIGNOFF_REQUIRED, json!(true)), Effect::Tightening);
    assert_eq!(effect(&signoff(true), &WEB_COMMIT_SIGNOFF_REQUIRED, json!(false)), Effect::Loosening);
    let forking = |now: bool| with(json!({"visibility": "private", "allow_forking": now})).org_known("", json!({}));
    assert_eq!(effect(&forking(true), &ALLOW_FORKING, json!(false)), Effect::Tightening);
    assert_eq!(effect(&forking(false), &ALLOW_FORKING, json!(true)), Effect::Loosening);
}

#[test]
fn merge_settings_are_asked_in_bulk_and_one_that_is_absent_is_unknown_never_false() {
    let bench = Bench::new(vec![repo("web")]);
    let wanted = of(&ALLOW_SQUASH_MERGE, json!(false));
    assert_eq!(bench.wanted(&ALLOW_SQUASH_MERGE, Some("web"), &wanted), ["graphql:squashMergeAllowed"]);
    let bench = bench.graphql("web", "squashMergeAllowed", Reading::unknown("this server's GraphQL does not have it"));
    assert_eq!(bench.wanted(&ALLOW_SQUASH_MERGE, Some("web"), &wanted), ["rest:"]);
    let hidden = bench.known("web", "", json!({"name": "web"}));
    assert_eq!(lacking(&hidden.outcome(&ALLOW_SQUASH_MERGE, "web", &wanted)), Some("contents:write"));
    let told = hidden.known("web", "", json!({"name": "web", "allow_squash_merge": true}));
    let off = difference(told.outcome(&ALLOW_SQUASH_MERGE, "web", &wanted));
    assert_eq!(patch(&off), json!({"allow_squash_merge": false}));
}

#[test]
fn a_listed_field_that_is_left_out_is_asked_elsewhere_and_names_its_permission() {
    let bench = Bench::new(vec![repo("web")]);
    let wanted = of(&WEB_COMMIT_SIGNOFF_REQUIRED, json!(true));
    let asked = bench.wanted(&WEB_COMMIT_SIGNOFF_REQUIRED, Some("web"), &wanted);
    assert_eq!(asked, ["graphql:webCommitSignoffRequired"]);
    let bench = bench.graphql("web", "webCommitSignoffRequired", Reading::unknown("no")).known("web", "", json!({}));
    assert_eq!(lacking(&bench.outcome(&WEB_COMMIT_SIGNOFF_REQUIRED, "web", &wanted)), Some("administration:read"));
}

#[test]
fn a_message_goes_with_the_title_that_is_there_since_github_takes_it_only_so() {
    let bench = |title: Reading<Value>| {
        Bench::new(vec![repo("web")])
            .graphql("web", "squashMergeCommitMessage", Reading::known(json!("COMMIT_MESSAGES")))
            .graphql("web", "squashMergeCommitTitle", title)
    };
    let told = bench(Reading::known(json!("PR_TITLE")));
    let change = difference(outcome(&told, &SQUASH_MERGE_COMMIT_MESSAGE, json!("PR_BODY")));
    assert_eq!(patch(&change), json!({"squash_merge_commit_message": "PR_BODY"}));
    let [Write::Rest(write)] = change.writes.as_slice() else { unreachable!("one call") };
    assert_eq!(write.base, Some(json!({"squash_merge_commit_title": "PR_TITLE"})));
    let change = difference(outcome(&told, &SQUASH_MERGE_COMMIT_TITLE, json!("COMMIT_OR_PR_TITLE")));
    assert_eq!(patch(&change), json!({"squash_merge_commit_title": "COMMIT_OR_PR_TITLE"}));
    let hidden = bench(Reading::unknown("no")).known("web", "", json!({}));
    assert_eq!(lacking(&outcome(&hidden, &SQUASH_MERGE_COMMIT_MESSAGE, json!("PR_BODY"))), Some("contents:write"));
}

#[test]
fn no_description_is_an_empty_one_and_spaces_do_not_count() {
    let bench = with(json!({"description": null}));
    assert!(complies(&outcome(&bench, &DESCRIPTION, json!(""))));
    let change = difference(outcome(&bench, &DESCRIPTION, json!("Fast")));
    assert_eq!((change.before.clone(), patch(&change)), (json!(""), json!({"description": "Fast"})));
    let bench = with(json!({"description": "Fast"}));
    assert!(complies(&outcome(&bench, &DESCRIPTION, json!(" Fast "))));
    assert_eq!(patch(&difference(outcome(&bench, &DESCRIPTION, json!("")))), json!({"description": ""}));
    let check = DESCRIPTION.meta().shape.check;
    assert_eq!(check(&json!("one\ntwo")).len(), 1);
    assert_eq!(check(&json!("x".repeat(351))).len(), 1);
    assert_eq!(check(&json!("x".repeat(350))), []);
}

#[test]
fn home_pages_that_lead_to_the_same_place_are_equal() {
    let bench = with(json!({"homepage": "https://expressjs.com/"}));
    for same in ["https://expressjs.com", "HTTPS://ExpressJS.com/", " https://expressjs.com "] {
        assert!(complies(&outcome(&bench, &HOMEPAGE, json!(same))), "{same}");
    }
    for other in ["https://expressjs.com/en", "http://expressjs.com", ""] {
        assert!(!complies(&outcome(&bench, &HOMEPAGE, json!(other))), "{other}");
    }
    let path = with(json!({"homepage": "https://a.test/Path"}));
    assert!(!complies(&outcome(&path, &HOMEPAGE, json!("https://a.test/path"))), "paths have case");
    assert!(complies(&outcome(&with(json!({"homepage": null})), &HOMEPAGE, json!(""))));
    assert_eq!((HOMEPAGE.meta().shape.check)(&json!("not an address")).len(), 1);
}

proptest::proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(text in ".{0,40}") {
        for normal in [homepage::normal, textual::normal] {
            let once = normal(&json!(text));
            proptest::prop_assert_eq!(normal(&once), once);
        }
    }
}

#[test]
fn topics_in_another_order_or_case() {
    let bench = with(json!({"topics": ["nodejs", "web"]}));
    for same in [json!(["web", "nodejs"]), json!(["NodeJS", "Web"]), json!(["web", "nodejs", "web"])] {
        assert!(complies(&outcome(&bench, &Topics, same.clone())), "{same}");
    }
    let change = difference(outcome(&bench, &Topics, json!(["Web"])));
    let [Write::Rest(write)] = change.writes.as_slice() else { unreachable!("one call") };
    assert_eq!((write.method, write.path.as_str()), ("PUT", "/repos/acme/web/topics"));
    assert_eq!(write.body, Some(json!({"names": ["web"]})));
    let check = Topics.meta().shape.check;
    assert_eq!(check(&json!(["web framework", "-x", "ok"])).len(), 2);
    let many: Vec<String> = (0..21).map(|n| format!("t{n}")).collect();
    assert_eq!(check(&json!(many)).len(), 1);
}

#[test]
fn discussions_go_by_graphql_and_by_identity() {
    let change = difference(outcome(&with(json!({"has_discussions": false})), &HAS_DISCUSSIONS, json!(true)));
    let [Write::Graphql(write)] = change.writes.as_slice() else { unreachable!("one mutation") };
    assert!(write.mutation.contains("updateRepository(input: $input)"));
    assert_eq!(write.input, json!({"repositoryId": "R_web", "hasDiscussionsEnabled": true}));
}

#[test]
fn what_the_organisation_forbids_is_a_violation_that_names_its_setting() {
    let told = |bench: Bench, field: &'static dyn Setting, value| match bench.outcome(field, "web", &of(field, value)) {
        Outcome::Violation { message, .. } => message,
        other => unreachable!("{other:?}"),
    };
    let enforced =
        with(json!({"web_commit_signoff_required": true})).org_known("", json!({"web_commit_signoff_required": true}));
    let message = told(enforced, &WEB_COMMIT_SIGNOFF_REQUIRED, json!(false));
    assert!(message.contains("the organisation's `web_commit_signoff_required` is true"), "{message}");
    let none = || {
        with(json!({"visibility": "private", "allow_forking": false}))
            .org_known("", json!({"members_can_fork_private_repositories": false}))
    };
    let message = told(none(), &ALLOW_FORKING, json!(true));
    assert!(message.contains("members_can_fork_private_repositories"), "{message}");
    assert!(complies(&outcome(&none(), &ALLOW_FORKING, json!(false))));
    let projects = with(json!({"has_projects": false})).org_known("", json!({"has_repository_projects": false}));
    assert!(told(projects, &HAS_PROJECTS, json!(true)).contains("has_repository_projects"));
}

#[test]
fn everyone_may_fork_a_public_repository() {
    let outcome = outcome(&with(json!({"allow_forking": true})), &ALLOW_FORKING, json!(false));
    assert!(matches!(outcome, Outcome::NotApplicable(_)), "{outcome:?}");
}

#[test]
fn to_public_is_restricted_and_from_public_is_a_deletion() {
    let change = |from: &str, to: &str| {
        let on = json!({"enabled": true});
        let bench = with(json!({"visibility": from})).known("web", "private-vulnerability-reporting", on);
        difference(outcome(&bench, &VisibilityOf, json!(to)))
    };
    let wide = change("private", "public");
    assert_eq!((wide.effect, wide.deletes, wide.moves.len()), (Effect::Loosening, false, 0));
    assert_eq!(wide.restricted.as_deref(), Some("it makes the repository public"));
    assert_eq!(patch(&wide), json!({"visibility": "public"}));
    let narrow = change("public", "private");
    assert_eq!((narrow.effect, narrow.deletes, &narrow.restricted), (Effect::Tightening, true, &None));
    let ended: Vec<&str> = narrow.moves.iter().map(|one| one.setting.as_str()).collect();
    assert_eq!(ended, ["private_vulnerability_reporting"]);
    assert_eq!(change("private", "internal").effect, Effect::Loosening);
    assert_eq!(change("internal", "private").effect, Effect::Tightening);
    assert_eq!(change("galactic", "internal").effect, Effect::Tightening);
    assert_eq!(change("galactic", "public").effect, Effect::Loosening);
    let fork = outcome(&with(json!({"fork": true})), &VisibilityOf, json!("private"));
    assert!(matches!(fork, Outcome::Violation { .. }), "{fork:?}");
}

#[test]
fn archiving_is_last_and_restricted_and_unarchiving_is_first() {
    let archive = difference(outcome(&with(json!({"archived": false})), &Archived, json!(true)));
    assert_eq!(Archived.phase(&archive), Phase::Lock);
    assert_eq!(archive.restricted.as_deref(), Some("it archives the repository"));
    assert_eq!(patch(&archive), json!({"archived": true}));
    let back = difference(outcome(&with(json!({"archived": true})), &Archived, json!(false)));
    assert_eq!((Archived.phase(&back), back.restricted, back.effect), (Phase::Unlock, None, Effect::Neutral));
}

fn branches(main: bool, wanted: bool) -> Bench {
    let there = |is: bool| is.then(Vec::new);
    Bench::new(vec![repo_with("web", json!({"default_branch": "release/1.x"}))])
        .tree("web", "refs/heads/release/1.x:", there(main))
        .tree("web", "refs/heads/main:", there(wanted))
}

#[test]
fn a_default_branch_is_renamed_and_its_name_encoded() {
    let bench = Bench::new(vec![repo_with("web", json!({"default_branch": "master"}))]);
    let asked = bench.wanted(&DefaultBranch, Some("web"), &of(&DefaultBranch, json!("main")));
    assert_eq!(asked, ["tree:refs/heads/main:", "tree:refs/heads/master:"]);
    let change = difference(outcome(&branches(true, false), &DefaultBranch, json!("main")));
    let [Write::Rest(write)] = change.writes.as_slice() else { unreachable!("one call") };
    assert_eq!((write.method, write.path.as_str()), ("POST", "/repos/acme/web/branches/release%2F1.x/rename"));
    assert_eq!((write.body.clone(), write.settles), (Some(json!({"new_name": "main"})), true));
    assert_eq!(change.effect, Effect::Neutral);
}

#[test]
fn switching_to_a_branch_that_is_there_loosens() {
    let change = difference(outcome(&branches(true, true), &DefaultBranch, json!("main")));
    assert_eq!((patch(&change), change.effect), (json!({"default_branch": "main"}), Effect::Loosening));
}

#[test]
fn a_repository_without_a_commit_has_no_branch_to_rename() {
    let outcome = outcome(&branches(false, false), &DefaultBranch, json!("main"));
    assert!(matches!(&outcome, Outcome::Violation { message, .. } if message.contains("no commit")), "{outcome:?}");
    let hidden = Reading::lacking("hidden", "contents:read".into());
    let bench = branches(true, false).unread_tree("web", "refs/heads/main:", hidden);
    let outcome = bench.outcome(&DefaultBranch, "web", &of(&DefaultBranch, json!("main")));
    assert_eq!(lacking(&outcome), Some("contents:read"));
}

#[test]
fn names_that_git_refuses_are_mistakes() {
    let check = DefaultBranch.meta().shape.check;
    for good in ["main", "release/1.x", "5.x"] {
        assert_eq!(check(&json!(good)), [], "{good}");
    }
    for bad in ["", "a b", "a..b", "/a", "a/", "-a", "a.lock", "refs/heads/main", "HEAD", "a~1", "a@{1}"] {
        assert_eq!(check(&json!(bad)).len(), 1, "{bad}");
    }
}

fn given(key: &'static str, value: Value) -> Desired {
    let leaf = Leaf {
        value,
        sources: vec![Source { file: "rules/a.toml".into(), line: 3 }],
        rules: Vec::new(),
        mode: Mode::Enforce,
        requires: Default::default(),
        reason: None,
        rendered: None,
        beaten: Vec::new(),
    };
    Desired { key, name: None, fields: [(String::new(), leaf)].into() }
}

#[test]
fn no_merge_method_left_is_torn() {
    let of = |rebase: bool| {
        let all = [
            given("allow_merge_commit", json!(false)),
            given("allow_squash_merge", json!(false)),
            given("allow_rebase_merge", json!(rebase)),
        ];
        torn(&all.iter().collect::<Vec<_>>())
    };
    assert_eq!(of(true), []);
    assert_eq!(of(false).len(), 1);
    assert_eq!(of(false)[0].sources.len(), 3);
}

#[test]
fn titles_and_messages_must_fit() {
    let of = |title: &str, message: &str| {
        let all =
            [given("squash_merge_commit_title", json!(title)), given("squash_merge_commit_message", json!(message))];
        torn(&all.iter().collect::<Vec<_>>()).len()
    };
    assert_eq!(of("PR_TITLE", "BLANK"), 0);
    assert_eq!(of("COMMIT_OR_PR_TITLE", "COMMIT_MESSAGES"), 0);
    assert_eq!(of("COMMIT_OR_PR_TITLE", "PR_BODY"), 1);
    let all = [given("merge_commit_title", json!("MERGE_MESSAGE")), given("merge_commit_message", json!("PR_BODY"))];
    let found = torn(&all.iter().collect::<Vec<_>>());
    assert!(found[0].help.contains("`MERGE_MESSAGE` with `PR_TITLE`"), "{found:?}");
}
