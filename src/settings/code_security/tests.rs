//! What is said of configurations, from lists built by hand.

use serde_json::json;

use super::*;
use crate::{
    model::{Action, Effect, Reading},
    settings::{
        Difference, Move, RestWrite, Write,
        bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo, repo_with},
    },
};

const LIST: &str = "code-security/configurations";

fn wanted(value: &Value) -> Desired {
    desired("code_security", Some("base"), value)
}

/// An organisation with these configurations, each with its repositories and their statuses.
fn org(repos: Vec<Value>, configurations: &[(Value, &[(&str, &str)])]) -> Bench {
    let list: Vec<&Value> = configurations.iter().map(|(configuration, _)| configuration).collect();
    let mut bench = Bench::new(repos).org_known(LIST, json!(list)).org_known(&format!("{LIST}/defaults"), json!([]));
    for (configuration, attached) in configurations {
        let list: Vec<Value> = attached
            .iter()
            .map(|(name, status)| json!({"status": status, "repository": {"node_id": format!("R_{name}")}}))
            .collect();
        bench = bench.org_known(&format!("{LIST}/{}/repositories", configuration["id"]), json!(list));
    }
    bench
}

fn configuration(id: u64, name: &str, changes: Value) -> Value {
    let mut made = json!({"id": id, "name": name, "target_type": "organization", "enforcement": "unenforced",
        "advanced_security": "disabled", "description": null});
    for switch in fields::switches().filter(|key| !matches!(*key, "code_security" | "secret_protection")) {
        made[switch] = json!("not_set");
    }
    if let Value::Object(changes) = changes {
        made.as_object_mut().expect("an object").extend(changes);
    }
    made
}

fn judged(bench: &Bench, value: &Value) -> Vec<Judgement> {
    match bench.judge(&CodeSecurity, None, &wanted(value)) {
        Ok(all) => all,
        Err(missing) => unreachable!("not read: {missing:#?}"),
    }
}

fn whole(bench: &Bench, value: &Value) -> Outcome {
    judged(bench, value).remove(0).outcome
}

fn part(bench: &Bench, part: &str, value: &Value) -> Outcome {
    let all = judged(bench, value);
    let found = all.into_iter().find(|judgement| judgement.part == Some(part) && judgement.repo.is_none());
    found.expect("the part is judged").outcome
}

fn rest(difference: &Difference) -> &RestWrite {
    match difference.writes.as_slice() {
        [Write::Rest(write)] => write,
        other => unreachable!("{other:?}"),
    }
}

/// A repository in which reporting is off and alerts are on.
fn with_values(bench: Bench, name: &str) -> Bench {
    bench
        .known(name, "private-vulnerability-reporting", json!({"enabled": false}))
        .graphql(name, "hasVulnerabilityAlertsEnabled", Reading::known(json!(true)))
        .graphql(name, "viewerCanAdminister", Reading::known(json!(true)))
}

fn told(moves: &[Move]) -> Vec<(&str, &str, Value, Value)> {
    moves.iter().map(|m| (m.repo.as_str(), m.setting.as_str(), m.before.clone(), m.after.clone())).collect()
}

#[test]
fn a_configuration_created_with_githubs_defaults_switching_features_off() {
    let create = difference(whole(&org(vec![], &[]), &json!({"private_vulnerability_reporting": "enabled"})));
    let write = rest(&create);
    assert_eq!((write.method, write.path.as_str()), ("POST", "/orgs/acme/code-security/configurations"));
    assert_eq!(write.keeps_id.as_deref(), Some("code_security.base"));
    let body = write.body.as_ref().and_then(Value::as_object).expect("a body");
    assert_eq!(body["name"], "base");
    assert_eq!(body["private_vulnerability_reporting"], "enabled");
    assert_eq!(body["enforcement"], "unenforced", "GitHub's own default is enforced");
    for switch in fields::switches().filter(|key| *key != "private_vulnerability_reporting") {
        assert_eq!(body[switch], "not_set", "{switch}: GitHub's own default may be disabled");
    }
    assert!(!body.contains_key("advanced_security"), "it has no `not_set`");
    assert!(!body.contains_key("attach") && !body.contains_key("description"));
    assert_eq!((create.action, create.effect, create.before), (Action::Create, Effect::Tightening, json!(null)));
}

#[test]
fn advanced_security_stands_alone() {
    let create = difference(whole(&org(vec![], &[]), &json!({"advanced_security": "enabled"})));
    let body = rest(&create).body.clone().expect("a body");
    assert_eq!(body["advanced_security"], "enabled");
    assert!(body.get("code_security").is_none() && body.get("secret_protection").is_none());
    assert_eq!(check(&json!({"advanced_security": "enabled", "code_security": "enabled"})).len(), 1);
    let torn = json!({"dependabot_alerts": "disabled", "dependabot_security_updates": "enabled"});
    assert_eq!(check(&torn).len(), 1);
    assert_eq!(check(&json!({"code_security": "enabled", "description": "x".repeat(256)})).len(), 1);
}

#[test]
fn an_update_sends_only_what_is_declared_and_differs() {
    let held = configuration(7, "base", json!({"dependabot_alerts": "enabled", "secret_scanning": "disabled"}));
    let bench = org(vec![], &[(held, &[])]);
    let same = json!({"dependabot_alerts": "enabled", "description": ""});
    assert!(matches!(whole(&bench, &same), Outcome::Compliant { .. }));
    let update = difference(whole(&bench, &json!({"dependabot_alerts": "enabled", "secret_scanning": "enabled"})));
    assert_eq!(
        (&update.before, &update.after),
        (&json!({"secret_scanning": "disabled"}), &json!({"secret_scanning": "enabled"}))
    );
    let write = rest(&update);
    assert_eq!((write.method, write.path.as_str()), ("PATCH", "/orgs/acme/code-security/configurations/7"));
    // The one field with a default in updates too is sent as it is.
    let body = json!({"secret_scanning": "enabled", "code_scanning_delegated_alert_dismissal": "not_set"});
    assert_eq!(write.body.as_ref(), Some(&body));
    assert_eq!(update.effect, Effect::Tightening);
}

#[test]
fn directions_of_an_update() {
    let held = json!({"dependabot_alerts": "enabled", "enforcement": "enforced", "advanced_security": "code_security"});
    let bench = org(vec![], &[(configuration(7, "base", held), &[])]);
    let effect = |value: Value| difference(whole(&bench, &value)).effect;
    assert_eq!(effect(json!({"dependabot_alerts": "disabled"})), Effect::Loosening);
    assert_eq!(effect(json!({"dependabot_alerts": "not_set"})), Effect::Loosening);
    assert_eq!(effect(json!({"enforcement": "unenforced"})), Effect::Loosening);
    assert_eq!(effect(json!({"secret_scanning": "enabled", "enforcement": "unenforced"})), Effect::Loosening);
    assert_eq!(effect(json!({"description": "new"})), Effect::Neutral);
    assert_eq!(effect(json!({"advanced_security": "enabled"})), Effect::Tightening);
    assert_eq!(effect(json!({"advanced_security": "secret_protection"})), Effect::Loosening);
}

#[test]
fn products_are_read_from_advanced_security() {
    let bench = |word: &str| org(vec![], &[(configuration(7, "base", json!({"advanced_security": word})), &[])]);
    let compliant = |word: &str, value: Value| matches!(whole(&bench(word), &value), Outcome::Compliant { .. });
    assert!(compliant("enabled", json!({"code_security": "enabled", "secret_protection": "enabled"})));
    assert!(compliant("code_security", json!({"code_security": "enabled", "secret_protection": "disabled"})));
    assert!(compliant("secret_protection", json!({"code_security": "not_set", "secret_protection": "enabled"})));
    assert!(compliant("disabled", json!({"code_security": "disabled", "secret_protection": "not_set"})));
    assert!(!compliant("code_security", json!({"secret_protection": "enabled"})));
    assert!(!compliant("enabled", json!({"secret_protection": "not_set"})));
}

#[test]
fn reviewers_are_compared_without_order_and_more_of_them_loosen() {
    let reviewers = |ids: &[u64]| -> Value {
        ids.iter()
            .map(|id| json!({"reviewer_id": id, "reviewer_type": "TEAM", "security_configuration_id": 7}))
            .collect()
    };
    let held = json!({"secret_scanning_delegated_bypass_options": {"reviewers": reviewers(&[2, 1])}});
    let bench = org(vec![], &[(configuration(7, "base", held), &[])]);
    let declared = |ids: &[u64]| {
        let list: Value =
            ids.iter().map(|id| json!({"reviewer_id": id, "reviewer_type": "TEAM", "mode": "ALWAYS"})).collect();
        json!({"secret_scanning_delegated_bypass_options": {"reviewers": list}})
    };
    assert!(matches!(whole(&bench, &declared(&[1, 2])), Outcome::Compliant { .. }));
    assert_eq!(difference(whole(&bench, &declared(&[1, 2, 3]))).effect, Effect::Loosening);
    assert_eq!(difference(whole(&bench, &declared(&[1]))).effect, Effect::Tightening);
}

#[test]
fn a_global_configuration_is_not_changed_and_a_silent_answer_is_unknown() {
    let held = configuration(7, "base", json!({"target_type": "global", "dependabot_alerts": "enabled"}));
    let bench = org(vec![], &[(held, &[])]);
    assert!(matches!(whole(&bench, &json!({"dependabot_alerts": "enabled"})), Outcome::Compliant { .. }));
    let changed = whole(&bench, &json!({"dependabot_alerts": "disabled"}));
    assert!(matches!(changed, Outcome::Violation { message, .. } if message.contains("GitHub")));
    let mut old = configuration(7, "base", json!({}));
    old.as_object_mut().expect("an object").remove("private_vulnerability_reporting");
    let bench = org(vec![], &[(old, &[])]);
    let outcome = whole(&bench, &json!({"private_vulnerability_reporting": "enabled"}));
    assert_eq!(lacking(&outcome), Some(READ));
}

#[test]
fn without_the_right_everything_is_unknown() {
    let value = json!({"dependabot_alerts": "enabled", "attach": "all", "default_for_new_repos": "all"});
    for answer in [forbidden(READ), not_found()] {
        let all = judged(&Bench::new(vec![repo("web")]).org_rest(LIST, answer), &value);
        assert_eq!(
            all.iter().map(|judgement| judgement.part).collect::<Vec<_>>(),
            [None, Some("default_for_new_repos"), Some("attach")]
        );
        assert!(all.iter().all(|judgement| lacking(&judgement.outcome) == Some(READ)));
    }
    let held = configuration(7, "base", json!({}));
    let hidden = org(vec![repo("web")], &[(held, &[])]).org_rest(&format!("{LIST}/7/repositories"), forbidden(READ));
    assert_eq!(lacking(&part(&hidden, "attach", &json!({"attach": "all"}))), Some(READ));
}

#[test]
fn the_default_for_new_repositories_is_set_and_its_direction_known() {
    let default = |word: &str, held: &[(u64, &str)]| {
        let ours = configuration(7, "base", json!({"dependabot_alerts": "enabled"}));
        let weak = configuration(8, "weak", json!({}));
        let strong = configuration(9, "strong", json!({"secret_scanning": "enabled"}));
        let entries: Vec<Value> = held
            .iter()
            .map(|(id, word)| {
                let configuration = if *id == 7 {
                    &ours
                } else if *id == 8 {
                    &weak
                } else {
                    &strong
                };
                json!({"default_for_new_repos": word, "configuration": configuration})
            })
            .collect();
        let bench = org(vec![], &[(ours.clone(), &[])]).org_known(&format!("{LIST}/defaults"), json!(entries));
        part(&bench, "default_for_new_repos", &json!({"default_for_new_repos": word}))
    };
    assert!(matches!(default("all", &[(7, "all")]), Outcome::Compliant { .. }));
    assert!(matches!(default("all", &[(7, "public"), (7, "private_and_internal")]), Outcome::Compliant { .. }));
    assert!(matches!(default("none", &[(8, "all")]), Outcome::Compliant { .. }));
    let set = difference(default("public", &[]));
    assert_eq!((&set.before, &set.after, set.effect), (&json!("none"), &json!("public"), Effect::Tightening));
    let path = "/orgs/acme/code-security/configurations/7/defaults".to_owned();
    assert_eq!(*rest(&set), RestWrite::with_body("PUT", path, json!({"default_for_new_repos": "public"})));
    for (word, held) in [("none", (7, "all")), ("public", (7, "all")), ("private_and_internal", (7, "public"))] {
        assert_eq!(difference(default(word, &[held])).effect, Effect::Loosening, "{word}");
    }
    assert_eq!(difference(default("public", &[(8, "public")])).effect, Effect::Tightening);
    assert_eq!(difference(default("public", &[(9, "public")])).effect, Effect::Loosening);
    assert_eq!(difference(default("public", &[(9, "private_and_internal")])).effect, Effect::Tightening);
}

#[test]
fn attaching_is_one_call_by_id_with_every_move() {
    let value =
        json!({"private_vulnerability_reporting": "enabled", "dependabot_alerts": "enabled", "attach": "public"});
    let repos = vec![
        repo_with("web", json!({"id": 30})),
        repo_with("api", json!({"id": 20})),
        repo_with("secret", json!({"visibility": "private", "private": true})),
        repo_with("old", json!({"archived": true})),
        repo_with("off", json!({"disabled": true})),
        repo_with("web-ghsa-29mw-wpgm-hmr9", json!({"visibility": "private", "private": true})),
    ];
    let bench = org(repos, &[]);
    let mut asked = bench.wanted(&CodeSecurity, None, &wanted(&value));
    asked.dedup();
    assert!(asked.contains(&"rest:private-vulnerability-reporting".to_owned()), "{asked:?}");
    let bench = with_values(with_values(bench, "web"), "api");
    let attach = difference(part(&bench, "attach", &value));
    assert_eq!((attach.before, attach.after), (json!({"attached": []}), json!({"attached": ["api", "web"]})));
    let write = attach.writes.first().expect("a write");
    let body = json!({"scope": "selected", "selected_repository_ids": [20, 30]});
    let path = "/orgs/acme/code-security/configurations/{id:code_security.base}/attach".to_owned();
    assert_eq!(*write, Write::Rest(RestWrite { settles: true, ..RestWrite::with_body("POST", path, body) }));
    let reporting = |repo| (repo, "private_vulnerability_reporting", json!(false), json!(true));
    assert_eq!(told(&attach.moves), [reporting("api"), reporting("web")], "alerts are on already");
    assert_eq!(attach.effect, Effect::Tightening);
}

#[test]
fn all_never_reaches_an_advisorys_fork() {
    let fork = repo_with("web-ghsa-29mw-wpgm-hmr9", json!({"visibility": "private", "private": true}));
    let bench = org(vec![fork, repo("web")], &[]);
    let attach = difference(part(&bench, "attach", &json!({"attach": "all"})));
    assert_eq!(attach.after, json!({"attached": ["web"]}));
    assert_eq!(attach.effect, Effect::Neutral, "nothing moves");
}

#[test]
fn globs_name_repositories_with_or_without_the_organisation() {
    let bench = org(vec![repo("Web"), repo("web-api"), repo("docs")], &[]);
    let after = |globs: Value| difference(part(&bench, "attach", &json!({"attach": globs}))).after;
    assert_eq!(after(json!(["web*"])), json!({"attached": ["Web", "web-api"]}));
    assert_eq!(after(json!(["ACME/docs", "other/*"])), json!({"attached": ["docs"]}));
    let none = part(&bench, "attach", &json!({"attach": ["other/*"]}));
    assert!(matches!(none, Outcome::Compliant { .. }));
    let broken = part(&bench, "attach", &json!({"attach": ["[a"]}));
    assert!(matches!(broken, Outcome::Violation { message, .. } if message.contains("not understood")));
}

#[test]
fn an_attach_that_ends_as_failed() {
    let held = configuration(7, "base", json!({}));
    let bench = org(
        vec![repo("web"), repo("api"), repo_with("secret", json!({"visibility": "private"}))],
        &[(held, &[("web", "failed"), ("api", "enforced"), ("secret", "failed")])],
    );
    let all = judged(&bench, &json!({"attach": "all"}));
    assert_eq!(all.len(), 4, "{all:#?}");
    assert!(matches!(&all[1].outcome, Outcome::Violation { message, .. } if message.ends_with("`web`, one more")));
    assert_eq!(all[3].repo.as_ref().map(|(name, _)| name.as_str()), Some("web"));
    assert!(matches!(&all[3].outcome, Outcome::Violation { message, .. } if message.contains("`web`")));
}

#[test]
fn what_failed_is_not_tried_again_although_another_configuration_holds() {
    let (ours, other) = (configuration(7, "base", json!({})), configuration(8, "other", json!({})));
    let (failed, attached): (&[_], &[_]) = (&[("web", "failed")], &[("web", "attached")]);
    for order in [[(&ours, failed), (&other, attached)], [(&other, attached), (&ours, failed)]] {
        let bench = org(vec![repo("web")], &order.map(|(configuration, list)| (configuration.clone(), list)));
        assert!(matches!(part(&bench, "attach", &json!({"attach": "all"})), Outcome::Violation { .. }));
    }
    let elsewhere = org(vec![repo("web")], &[(ours, &[]), (other, failed)]);
    assert_eq!(difference(part(&elsewhere, "attach", &json!({"attach": "all"}))).moves, []);
}

#[test]
fn what_is_attached_is_fine_and_what_is_getting_there_is_not_known_yet() {
    let held = configuration(7, "base", json!({}));
    let all = json!({"attach": "all"});
    let attached = [("web", "attached"), ("api", "enforced")];
    let bench = org(vec![repo("web"), repo("api")], &[(held.clone(), &attached)]);
    let outcome = part(&bench, "attach", &all);
    let Outcome::Compliant { observed, .. } = outcome else { unreachable!("{outcome:#?}") };
    assert_eq!(observed, json!({"attached": ["api", "web"]}));
    for status in ["attaching", "updating"] {
        let settling = [("web", "attached"), ("api", status)];
        let bench = org(vec![repo("web"), repo("api")], &[(held.clone(), &settling)]);
        let outcome = part(&bench, "attach", &all);
        assert!(matches!(&outcome, Outcome::Unknown { reason, permission: None } if reason.contains("to `api`;")));
        // What is on its way is not attached again with the rest.
        let bench = org(vec![repo("web"), repo("api"), repo("new")], &[(held.clone(), &settling)]);
        let attach = difference(part(&bench, "attach", &all));
        assert_eq!(attach.before, json!({"attached": ["api", "web"]}));
        let body = rest(&attach).body.clone().expect("a body");
        assert_eq!(body["selected_repository_ids"].as_array().map(Vec::len), Some(1));
    }
    let bench = org(vec![repo("web")], &[(held, &[("web", "detached")])]);
    assert_eq!(difference(part(&bench, "attach", &all)).after, json!({"attached": ["web"]}));
}

#[test]
fn gates_block_repositories_one_by_one() {
    let value = json!({"attach": "all", "attach_requires": ["security_policy"]});
    let bench = || org(vec![repo("web"), repo("api")], &[]);
    let one = bench().closed(Some("web"), "security_policy", "there is no SECURITY.md");
    let all = judged(&one, &value);
    assert_eq!(difference(all[1].outcome.clone()).after, json!({"attached": ["api"]}));
    let gate = Gate::parse("security_policy").expect("a gate");
    let closed = |why: &str| vec![(gate.clone(), crate::settings::GateState::Closed(why.into()))];
    assert_eq!(all[2].repo.as_ref().map(|(name, _)| name.as_str()), Some("web"));
    assert!(matches!(&all[2].outcome, Outcome::Blocked { gates, .. } if *gates == closed("there is no SECURITY.md")));
    let both = one.closed(Some("api"), "security_policy", "it has no contact");
    let all = judged(&both, &value);
    assert!(
        matches!(&all[1].outcome, Outcome::Blocked { gates, .. } if *gates == closed("it does not hold in 2 repositories"))
    );
    assert_eq!(all.len(), 4);
}

#[test]
fn a_repository_of_another_configuration_loosens_where_the_other_is_stronger() {
    let other = |changes: Value, target: &str| {
        let mut other = configuration(8, "other", changes);
        other["target_type"] = json!(target);
        let ours = configuration(7, "base", json!({"dependabot_alerts": "enabled"}));
        with_values(org(vec![repo("web")], &[(ours, &[]), (other, &[("web", "attached")])]), "web")
    };
    let value = json!({"dependabot_alerts": "enabled", "attach": "all"});
    for target in ["organization", "global"] {
        let weak = difference(part(&other(json!({"dependabot_alerts": "enabled"}), target), "attach", &value));
        assert_eq!(weak.effect, Effect::Neutral);
        assert_eq!(told(&weak.moves), [("web", "code_security_configuration", json!("other"), json!("base"))]);
        let strong = difference(part(&other(json!({"secret_scanning": "enabled"}), target), "attach", &value));
        assert_eq!(strong.effect, Effect::Loosening);
        let enforced = difference(part(&other(json!({"enforcement": "enforced"}), target), "attach", &value));
        assert_eq!(enforced.effect, Effect::Loosening);
    }
    let all = judged(&other(json!({}), "enterprise"), &value);
    assert!(matches!(&all[2].outcome, Outcome::Violation { message, .. } if message.contains("never replaced")));
    let free = json!({"attach": "all_without_configurations"});
    assert!(matches!(part(&other(json!({}), "organization"), "attach", &free), Outcome::Compliant { .. }));
}

#[test]
fn disabling_by_attachment_loosens_and_what_cannot_be_read_is_null() {
    let value = json!({"dependabot_alerts": "disabled", "code_scanning_default_setup": "enabled",
        "private_vulnerability_reporting": "enabled", "secret_scanning": "enabled", "attach": "all"});
    let bench = with_values(org(vec![repo("web")], &[]), "web");
    let bench = bench.rest("web", "private-vulnerability-reporting", forbidden("metadata:read")).known(
        "web",
        "automated-security-fixes",
        json!({"enabled": true, "paused": false}),
    );
    let attach = difference(part(&bench, "attach", &value));
    assert_eq!(
        told(&attach.moves),
        [
            ("web", "code_scanning_default_setup.state", json!(null), json!("configured")),
            ("web", "dependabot_alerts", json!(true), json!(false)),
            // GitHub switches updates off with the alerts that they stand on.
            ("web", "dependabot_security_updates", json!(true), json!(false)),
            ("web", "private_vulnerability_reporting", json!(null), json!(true)),
            ("web", "secret_scanning.enabled", json!(false), json!(true)),
        ]
    );
    assert_eq!(attach.effect, Effect::Loosening);
}

#[test]
fn private_repositories_have_no_reporting_and_only_what_the_plan_has() {
    let private = |block: Value| {
        repo_with("web", json!({"visibility": "private", "private": true, "security_and_analysis": block}))
    };
    let value = |product: &str| {
        json!({"private_vulnerability_reporting": "enabled", "secret_scanning": "enabled", "secret_protection": product,
            "dependency_graph": "enabled", "attach": "all"})
    };
    let moves = |product: &str| {
        let bench = org(vec![private(json!({}))], &[]);
        let attach = difference(part(&bench, "attach", &value(product)));
        attach.moves.into_iter().map(|one| one.setting).collect::<Vec<_>>()
    };
    assert_eq!(moves("not_set"), ["dependency_graph"]);
    assert_eq!(moves("disabled"), ["dependency_graph"]);
    assert_eq!(moves("enabled"), ["dependency_graph", "secret_protection", "secret_scanning.enabled"]);
}

#[test]
fn an_update_tells_what_it_moves_in_the_attached_repositories() {
    let held = configuration(7, "base", json!({"dependabot_alerts": "enabled"}));
    let statuses = [("web", "attached"), ("api", "detached")];
    let bench = with_values(org(vec![repo("web"), repo("api")], &[(held, &statuses)]), "web");
    let update = difference(whole(&bench, &json!({"private_vulnerability_reporting": "enabled"})));
    assert_eq!(told(&update.moves), [("web", "private_vulnerability_reporting", json!(false), json!(true))]);
    assert!(rest(&update).settles);
    let enforce = difference(whole(&bench, &json!({"enforcement": "enforced"})));
    assert_eq!((enforce.effect, enforce.moves), (Effect::Tightening, vec![]), "alerts are on already");
}

#[test]
fn an_update_is_not_done_before_it_has_reached_every_repository() {
    let held = configuration(7, "base", json!({"dependabot_alerts": "enabled"}));
    let value = json!({"dependabot_alerts": "enabled"});
    let bench = org(vec![repo("web")], &[(held.clone(), &[("web", "updating"), ("unseen", "updating")])]);
    assert!(
        matches!(whole(&bench, &value), Outcome::Unknown { reason, .. } if reason.contains("carrying it to `web`;"))
    );
    let hidden = bench.org_rest(&format!("{LIST}/7/repositories"), forbidden(READ));
    assert!(matches!(whole(&hidden, &value), Outcome::Compliant { .. }));
    let done = org(vec![repo("web")], &[(held, &[("web", "enforced"), ("unseen", "updating")])]);
    assert!(matches!(whole(&done, &value), Outcome::Compliant { .. }));
}

#[test]
fn the_example_and_the_fields_are_sound() {
    example_is_sound(&CodeSecurity);
    assert_eq!(fields::switches().count(), 18);
    assert!(CodeSecurity.meta().late);
}

/// What GitHub answers of a configuration made from this body: without the two products, with `advanced_security` for them.
fn answered(body: &Value) -> Value {
    let mut made = body.clone();
    let object = made.as_object_mut().expect("an object");
    let on = |word: Option<Value>| word.is_some_and(|word| word == "enabled");
    let products = (on(object.remove("code_security")), on(object.remove("secret_protection")));
    object.entry("advanced_security").or_insert(json!(match products {
        (true, true) => "enabled",
        (true, false) => "code_security",
        (false, true) => "secret_protection",
        (false, false) => "disabled",
    }));
    object.insert("id".into(), json!(7));
    object.insert("target_type".into(), json!("organization"));
    made
}

#[test]
fn what_was_created_or_updated_reads_back_as_wanted() {
    let from = configuration(7, "base", json!({"advanced_security": "enabled"}));
    for field in FIELDS {
        let Kind::OneOf(words) = field.kind else { continue };
        for word in words.iter().filter(|_| field.key != "default_for_new_repos") {
            let value = json!({field.key: word});
            let body = rest(&difference(whole(&org(vec![], &[]), &value))).body.clone().expect("a body");
            let again = whole(&org(vec![], &[(answered(&body), &[])]), &value);
            assert!(matches!(again, Outcome::Compliant { .. }), "{value}: {again:#?}");
            // Over a configuration with everything `not_set`, but both products on.
            if let Outcome::Differs(update) = whole(&org(vec![], &[(from.clone(), &[])]), &value) {
                let mut merged = from.clone();
                let object = merged.as_object_mut().expect("an object");
                object.insert("code_security".into(), json!("enabled"));
                object.insert("secret_protection".into(), json!("enabled"));
                if field.key != "advanced_security" {
                    object.remove("advanced_security");
                }
                let body = rest(&update).body.clone().expect("a body");
                object.extend(body.as_object().expect("an object").clone());
                let again = whole(&org(vec![], &[(answered(&merged), &[])]), &value);
                assert!(matches!(again, Outcome::Compliant { .. }), "{value}: {again:#?}");
            }
        }
    }
}
