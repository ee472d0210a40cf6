use super::*;
use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, repo};

fn wanted(name: &str, value: &Value) -> Desired {
    desired("runner_groups", Some(name), value)
}

fn group(more: Value) -> Value {
    let mut group = json!({"id": 5, "name": "Release", "visibility": "all", "default": false, "inherited": false,
        "allows_public_repositories": true, "restricted_to_workflows": false, "selected_workflows": []});
    group.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    group
}

fn bench(groups: Value) -> Bench {
    Bench::new(vec![repo("api"), repo("web")]).org_known(LIST, groups)
}

fn outcome(bench: &Bench, name: &str, value: &Value) -> Outcome {
    bench.judge(&RunnerGroups, None, &wanted(name, value)).expect("everything was read").remove(0).outcome
}

fn calls(difference: &Difference) -> Vec<(&'static str, String, Value)> {
    let each = difference.writes.iter().map(|write| match write {
        Write::Rest(write) => (write.method, write.path.clone(), write.body.clone().unwrap_or_default()),
        _ => unreachable!("a call"),
    });
    each.collect()
}

#[test]
fn only_what_differs_is_written_with_the_name() {
    example_is_sound(&RunnerGroups);
    let told = bench(json!([group(json!({}))]));
    let value = json!({"visibility": "private", "allows_public_repositories": true});
    let change = difference(outcome(&told, "release", &value));
    assert_eq!((change.effect, change.action), (Effect::Tightening, Action::Update));
    let path = "/orgs/acme/actions/runner-groups/5".to_owned();
    assert_eq!(calls(&change), [("PATCH", path, json!({"name": "Release", "visibility": "private"}))]);
    let same = json!({"visibility": "all", "selected_workflows": []});
    assert!(matches!(outcome(&told, "Release", &same), Outcome::Compliant { .. }));
    let mixed = json!({"restricted_to_workflows": true, "selected_workflows": ["a@main"]});
    assert_eq!(difference(outcome(&told, "Release", &mixed)).effect, Effect::Loosening, "mixed directions loosen");
    let wider = bench(json!([group(json!({"allows_public_repositories": false}))]));
    let open = difference(outcome(&wider, "Release", &json!({"allows_public_repositories": true})));
    assert_eq!(open.effect, Effect::Loosening);
}

#[test]
fn the_list_keeps_whom_ordain_does_not_see() {
    let (api, web) = (repo("api")["id"].clone(), repo("web")["id"].clone());
    let told = bench(json!([group(json!({"visibility": "selected"}))]))
        .org_known("actions/runner-groups/5/repositories", json!([{"id": api}, {"id": 999_999_999}]));
    let value = json!({"visibility": "selected", "repositories": ["web"]});
    let change = difference(outcome(&told, "Release", &value));
    assert_eq!((&change.before["repositories"], &change.after["repositories"]), (&json!(["api"]), &json!(["web"])));
    let path = "/orgs/acme/actions/runner-groups/5/repositories".to_owned();
    let mut ids = vec![web.as_u64().expect("a number"), 999_999_999];
    ids.sort_unstable();
    assert_eq!(calls(&change), [("PUT", path, json!({"selected_repository_ids": ids}))]);
    assert_eq!(change.effect, Effect::Loosening);
    let same = json!({"visibility": "selected", "repositories": ["api"]});
    assert!(matches!(outcome(&told, "Release", &same), Outcome::Compliant { .. }));
}

#[test]
fn narrowing_to_a_list_says_the_word_first() {
    let told = bench(json!([group(json!({}))]));
    let change = difference(outcome(&told, "Release", &json!({"visibility": "selected", "repositories": ["web"]})));
    let methods: Vec<_> = calls(&change).into_iter().map(|(method, ..)| method).collect();
    assert_eq!((methods, change.effect), (vec!["PATCH", "PUT"], Effect::Tightening));
}

#[test]
fn a_group_is_created_with_nothing_allowed_that_was_not_said() {
    let change = difference(outcome(&bench(json!([])), "Release", &json!({"repositories": ["web"]})));
    assert_eq!((change.action, change.before), (Action::Create, json!(null)));
    let Write::Rest(write) = &change.writes[0] else { unreachable!("a call") };
    let body = write.body.as_ref().expect("a body");
    assert_eq!((write.method, &body["name"], &body["visibility"]), ("POST", &json!("Release"), &json!("selected")));
    assert_eq!(
        (&body["allows_public_repositories"], &body["selected_repository_ids"]),
        (&json!(false), &json!([repo("web")["id"]]))
    );
}

#[test]
fn pruning_spares_the_default_group_and_the_enterprises() {
    let told = bench(json!([
        group(json!({})),
        group(json!({"id": 1, "name": "Default", "default": true})),
        group(json!({"id": 2, "name": "Theirs", "inherited": true})),
    ]));
    let leaf = desired("", None, &json!({"prune": true})).fields.remove("prune").expect("there");
    let pruned = Desired::pruned("runner_groups", "Release".to_owned(), leaf);
    let judged = told.judge(&RunnerGroups, None, &pruned).expect("read").remove(0).outcome;
    let change = difference(judged);
    assert!(change.deletes && change.action == Action::Delete && change.effect == Effect::Loosening);
    assert_eq!(calls(&change)[0].0, "DELETE");
    assert_eq!(told.existing(&RunnerGroups, None), crate::model::Reading::known(vec!["Release".to_owned()]));
}

#[test]
fn what_is_the_enterprises_is_a_violation() {
    for more in [json!({"inherited": true}), json!({"workflow_restrictions_read_only": true})] {
        let told = bench(json!([group(more)]));
        let contrary = outcome(&told, "Release", &json!({"restricted_to_workflows": true}));
        assert!(matches!(contrary, Outcome::Violation { message, .. } if message.contains("enterprise")));
    }
}

#[test]
fn hidden_groups_and_fields_are_unknown() {
    let hidden = Bench::new(vec![]).org_rest(LIST, forbidden(READ));
    assert_eq!(lacking(&outcome(&hidden, "Release", &json!({"visibility": "all"}))), Some(READ));
    let silent = bench(json!([{"id": 5, "name": "Release"}]));
    assert_eq!(lacking(&outcome(&silent, "Release", &json!({"visibility": "all"}))), Some(READ));
    assert_eq!(check(&json!({"visibility": "all", "repositories": ["a"]})).len(), 1);
    assert_eq!(check(&json!({"restricted_to_workflows": false, "selected_workflows": ["a"]})).len(), 1);
    assert_eq!(check(&json!({"visibility": "selected", "repositories": ["a"]})), []);
}
