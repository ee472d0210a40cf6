use serde_json::{Value, json};

use super::*;
use crate::{
    model::{Action, Effect},
    settings::{
        Outcome, RestWrite, Write,
        bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo},
    },
};

const URL: &str = "https://ci.test/x";

fn hook(config: &Value) -> Value {
    json!({"id": 3, "active": true, "events": ["push", "issues"], "config": config})
}

fn bench(hooks: Value) -> Bench {
    Bench::new(vec![repo("web")]).known("web", "hooks", hooks)
}

fn judge(bench: &Bench, value: &Value) -> Vec<Judgement> {
    bench.judge(&RepoWebhooks, Some("web"), &desired("webhooks", Some(URL), value)).expect("read")
}

#[test]
fn writing_never_drops_a_secret() {
    example_is_sound(&RepoWebhooks);
    example_is_sound(&OrgWebhooks);
    let config = json!({"url": URL, "content_type": "form", "insecure_ssl": "1", "secret": "********"});
    let wanted =
        json!({"events": ["push"], "active": false, "content_type": "json", "insecure_ssl": false, "secret": true});
    let all = judge(&bench(json!([hook(&config)])), &wanted);
    let writes: Vec<Write> = all
        .iter()
        .filter_map(|one| match &one.outcome {
            Outcome::Differs(difference) => Some(difference.writes[0].clone()),
            _ => None,
        })
        .collect();
    let patch = |path: &str, body| Write::Rest(RestWrite::with_body("PATCH", format!("/repos/acme/web/{path}"), body));
    assert_eq!(
        writes,
        [
            patch("hooks/3", json!({"events": ["push"]})),
            patch("hooks/3", json!({"active": false})),
            patch("hooks/3/config", json!({"content_type": "json"})),
            patch("hooks/3/config", json!({"insecure_ssl": "0"})),
        ],
        "no write says `config` as a whole"
    );
    assert!(matches!(all.last().expect("secret").outcome, Outcome::Compliant { .. }));
}

#[test]
fn checking_the_certificate_tightens_and_the_reverse_loosens() {
    let with = |ssl: Value| bench(json!([hook(&json!({"url": URL, "insecure_ssl": ssl}))]));
    for on in [json!("1"), json!(1)] {
        let change = difference(judge(&with(on), &json!({"insecure_ssl": false})).remove(1).outcome);
        assert_eq!((change.before, change.after, change.effect), (json!(true), json!(false), Effect::Tightening));
    }
    let change = difference(judge(&with(json!("0")), &json!({"insecure_ssl": true})).remove(1).outcome);
    assert_eq!(change.effect, Effect::Loosening);
}

#[test]
fn a_missing_secret_cannot_be_invented() {
    let bare = bench(json!([hook(&json!({"url": URL}))]));
    let outcome = judge(&bare, &json!({"secret": true})).remove(1).outcome;
    assert!(
        matches!(&outcome, Outcome::Violation { message, .. } if message.contains("acme/web/settings/hooks")),
        "{outcome:?}"
    );
    let absent = judge(&bench(json!([])), &json!({"events": ["push"], "secret": true})).remove(0).outcome;
    assert!(
        matches!(&absent, Outcome::Violation { message, .. } if message.contains("cannot be invented")),
        "{absent:?}"
    );
    let kept = bench(json!([hook(&json!({"url": URL, "secret": "********"}))]));
    let outcome = judge(&kept, &json!({"secret": false})).remove(1).outcome;
    assert!(
        matches!(&outcome, Outcome::Violation { message, .. } if message.contains("none is ever taken away")),
        "{outcome:?}"
    );
}

#[test]
fn a_missing_hook_is_made_and_events_have_no_order() {
    let change = difference(judge(&bench(json!([])), &json!({"events": ["push", "issues"]})).remove(0).outcome);
    let body = json!({
        "name": "web", "active": true, "events": ["issues", "push"],
        "config": {"url": URL, "content_type": "json", "insecure_ssl": "0"},
    });
    assert_eq!((change.action, change.effect), (Action::Create, Effect::Neutral));
    assert_eq!(change.writes, [Write::Rest(RestWrite::with_body("POST", "/repos/acme/web/hooks".into(), body))]);
    let there = bench(json!([hook(&json!({"url": URL}))]));
    let all = judge(&there, &json!({"events": ["issues", "push"]}));
    assert!(all.iter().all(|one| matches!(one.outcome, Outcome::Compliant { .. })), "{all:?}");
    let silent = judge(&bench(json!([])), &json!({"active": true})).remove(0).outcome;
    assert!(matches!(&silent, Outcome::Violation { message, .. } if message.contains("`events`")), "{silent:?}");
}

#[test]
fn two_hooks_with_one_url_are_left_to_people() {
    let twice = bench(json!([hook(&json!({"url": URL})), hook(&json!({"url": URL}))]));
    let outcome = judge(&twice, &json!({"active": true})).remove(0).outcome;
    assert!(matches!(&outcome, Outcome::Violation { message, .. } if message.starts_with("2 webhooks")), "{outcome:?}");
}

#[test]
fn pruning_names_what_is_there_and_deletes_it() {
    let now = bench(json!([hook(&json!({"url": URL, "secret": "********"}))]));
    assert_eq!(now.existing(&RepoWebhooks, Some("web")), Reading::known(vec![URL.to_owned()]));
    let change = difference(judge(&now, &json!({"prune": true})).remove(0).outcome);
    assert_eq!((change.action, change.deletes, change.after), (Action::Delete, true, json!(null)));
    assert_eq!(change.writes, [Write::Rest(RestWrite::bare("DELETE", "/repos/acme/web/hooks/3".into()))]);
    assert!(!change.before.to_string().contains("***"), "not even the mask of a secret is quoted");
    assert!(matches!(judge(&bench(json!([])), &json!({"prune": true}))[0].outcome, Outcome::Compliant { .. }));
}

#[test]
fn not_found_is_not_none() {
    for answer in [not_found(), forbidden("repository_hooks:read")] {
        let hidden = Bench::new(vec![repo("web")]).rest("web", "hooks", answer);
        for one in judge(&hidden, &json!({"active": true})) {
            assert_eq!(lacking(&one.outcome), Some("repository_hooks:read"));
        }
    }
}

#[test]
fn the_organisations_hooks_have_their_own_place() {
    let now = Bench::new(Vec::new()).org_known("hooks", json!([hook(&json!({"url": URL}))]));
    let wanted = desired("webhooks", Some(URL), &json!({"active": false}));
    let all = now.judge(&OrgWebhooks, None, &wanted).expect("read");
    let write = RestWrite::with_body("PATCH", "/orgs/acme/hooks/3".into(), json!({"active": false}));
    assert_eq!(difference(all[1].outcome.clone()).writes, [Write::Rest(write)]);
}
