use serde_json::{Value, json};

use super::*;
use crate::{
    model::Effect,
    settings::{
        Difference,
        bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found},
    },
};

fn people_of(logins: &[&str]) -> Value {
    json!(logins.iter().map(|login| json!({ "login": login })).collect::<Vec<_>>())
}

/// The caller is `me`.
fn bench(owners: &[&str], members: &[&str]) -> Bench {
    Bench::new(Vec::new())
        .viewer(Reading::known("me".into()))
        .org_known("members?role=admin", people_of(owners))
        .org_known("members?role=member", people_of(members))
        .org_known("invitations", json!([]))
        .org_known("/users/newcomer", json!({"login": "NewComer"}))
        .org_rest("/users/nobody", not_found())
}

fn judge(bench: &Bench, value: &Value) -> Vec<(&'static str, Outcome)> {
    let all = bench.judge(&Members, None, &desired("members", None, value)).expect("read");
    all.into_iter().map(|one| (one.part.expect("parts only"), one.outcome)).collect()
}

fn only(bench: &Bench, value: &Value) -> Outcome {
    let mut all = judge(bench, value);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0).1
}

fn calls(change: &Difference) -> Vec<String> {
    let call = |write: &Write| match write {
        Write::Rest(write) => {
            let role = write.body.as_ref().and_then(|body| body["role"].as_str()).unwrap_or_default();
            format!("{} {} {role}", write.method, write.path.rsplit('/').next().unwrap_or_default())
        }
        other => unreachable!("{other:?}"),
    };
    change.writes.iter().map(call).collect()
}

#[test]
fn counts_are_only_observed() {
    example_is_sound(&Members);
    let now = bench(&["a", "b", "c"], &[]);
    let all = judge(&now, &json!({"owners_min": 2, "owners_max": 2}));
    assert!(matches!(all[0], ("owners_min", Outcome::Compliant { .. })), "{all:?}");
    assert!(
        matches!(&all[1], ("owners_max", Outcome::Violation { message, .. }) if message.contains("3 owners")),
        "{all:?}"
    );
    let only_owners = Bench::new(Vec::new());
    let asked = only_owners.wanted(&Members, None, &desired("members", None, &json!({"owners_min": 2})));
    assert_eq!(asked, ["org:members?role=admin"], "what no list needs is not asked");
}

#[test]
fn people_whom_no_rule_names_are_left_alone() {
    let now = bench(&["A", "x"], &["y"]);
    assert!(matches!(only(&now, &json!({"owners": ["a"]})), Outcome::Compliant { .. }));
    let change = difference(only(&now, &json!({"owners": ["a", "Y"]})));
    assert_eq!((change.before.clone(), change.after.clone()), (json!(["A", "x"]), json!(["A", "x", "Y"])));
    assert_eq!(
        (change.effect, change.deletes, calls(&change)),
        (Effect::Loosening, false, vec!["PUT Y admin".to_owned()])
    );
}

#[test]
fn pruning_removes_and_demotes() {
    let now = bench(&["a", "x"], &["b", "y"]);
    let owners = difference(only(&now, &json!({"owners": ["a"], "prune": true})));
    assert_eq!(
        (calls(&owners), owners.deletes, owners.effect),
        (vec!["PUT x member".to_owned()], false, Effect::Tightening)
    );
    let all = judge(&now, &json!({"owners": ["a"], "members": ["b"], "prune": true}));
    let changes: Vec<_> = all.into_iter().map(|(_, outcome)| difference(outcome)).collect();
    assert_eq!((calls(&changes[0]), changes[0].deletes), (vec!["DELETE x ".to_owned()], true));
    assert_eq!((calls(&changes[1]), changes[1].deletes), (vec!["DELETE y ".to_owned()], true));
}

#[test]
fn who_changes_lists_is_moved_once() {
    let now = bench(&["a", "down"], &["up", "b"]);
    let wanted = json!({"owners": ["a", "up"], "members": ["down", "b"], "prune": true});
    let all = judge(&now, &wanted);
    let owners = difference(all[0].1.clone());
    assert_eq!(
        (owners.effect, calls(&owners)),
        (Effect::Loosening, vec!["PUT up admin".to_owned(), "PUT down member".to_owned()])
    );
    assert!(matches!(all[1].1, Outcome::Compliant { .. }), "{all:?}");
    let alone = difference(only(&now, &json!({"members": ["down"]})));
    assert_eq!(
        (alone.effect, calls(&alone)),
        (Effect::Tightening, vec!["PUT down member".to_owned()]),
        "an owner fewer"
    );
}

#[test]
fn the_caller_is_never_removed() {
    let now = bench(&["a"], &["ME", "y"]);
    let change = difference(only(&now, &json!({"members": [], "prune": true})));
    assert_eq!((calls(&change), change.after), (vec!["DELETE y ".to_owned()], json!(["ME"])));
    let then = only(&bench(&["a"], &["ME"]), &json!({"members": [], "prune": true}));
    assert!(matches!(&then, Outcome::Violation { message, .. } if message.contains("never removed")), "{then:?}");
    let owner =
        only(&bench(&["a", "me"], &[]), &json!({"owners": ["a"], "members": [], "prune": true}).clone().pick("owners"));
    assert!(difference(owner).restricted.is_some(), "to be an owner no more needs `--allow`");
    let all = judge(&bench(&["a", "me"], &[]), &json!({"owners": ["a"], "members": [], "prune": true}));
    assert!(matches!(&all[0].1, Outcome::Violation { message, .. } if message.contains("never removed")), "{all:?}");
}

trait Pick {
    fn pick(self, part: &str) -> Value;
}

impl Pick for Value {
    /// The same policy with only one of its lists.
    fn pick(self, part: &str) -> Value {
        json!({part: self[part], "prune": self["prune"]})
    }
}

#[test]
fn the_last_owner_is_never_removed() {
    // Whom nobody has accepted yet is no owner: the only one there is stays.
    let invited = bench(&["a"], &[]).org_known("invitations", json!([{"login": "newcomer", "role": "admin"}]));
    let told = only(&invited, &json!({"owners": ["newcomer"], "prune": true}));
    assert!(matches!(&told, Outcome::Violation { message, .. } if message.contains("no owner who is one")), "{told:?}");
    let told = only(&bench(&["a"], &[]), &json!({"members": ["a"]}));
    assert!(matches!(&told, Outcome::Violation { message, .. } if message.contains("no owner who is one")), "{told:?}");
    // A member becomes an owner at once, and before the other ceases to be one.
    let handed = difference(only(&bench(&["a"], &["b"]), &json!({"owners": ["b"], "prune": true})));
    assert_eq!(calls(&handed), ["PUT b admin", "PUT a member"]);
    assert_eq!(check(&json!({"owners": []})).len(), 1);
    assert_eq!(check(&json!({"prune": true})).len(), 1, "a table that says nothing would have no verdict");
}

#[test]
fn an_open_invitation_is_not_sent_again_and_nobody_is_told() {
    let add = difference(only(&bench(&["a"], &[]), &json!({"members": ["newcomer", "nobody"]})));
    assert_eq!((calls(&add), add.after), (vec!["PUT NewComer member".to_owned()], json!(["NewComer"])));
    let open = bench(&["a"], &[]).org_known(
        "invitations",
        json!([{"login": "NEWCOMER", "role": "direct_member"}, {"login": null, "role": "direct_member"}]),
    );
    let told = only(&open, &json!({"members": ["newcomer", "nobody"]}));
    let Outcome::Violation { message, .. } = told else { unreachable!("{told:?}") };
    assert!(message.contains("@nobody is nobody") && message.contains("has not accepted yet"), "{message}");
    let raised = difference(only(&open, &json!({"owners": ["newcomer"]})));
    assert_eq!(calls(&raised), ["PUT NewComer admin"], "the invitation becomes an owner's");
    let pruned = difference(only(&open, &json!({"members": [], "prune": true})));
    assert_eq!((calls(&pruned), pruned.deletes), (vec!["DELETE NEWCOMER ".to_owned()], true));
}

#[test]
fn what_is_hidden_is_unknown() {
    for suffix in ["members?role=admin", "members?role=member"] {
        let nobody = Reading::known(Some(json!([])));
        let empty = if suffix == "members?role=admin" { nobody } else { not_found() };
        for answer in [not_found(), forbidden(MEMBERS), empty] {
            let hidden = bench(&["a"], &[]).org_rest(suffix, answer);
            for (_, outcome) in judge(&hidden, &json!({"owners": ["a"], "members": []})) {
                assert_eq!(lacking(&outcome), Some(MEMBERS));
            }
        }
    }
}

#[test]
fn torn_policies_are_refused() {
    let messages = |value: Value| check(&value).into_iter().map(|problem| problem.message).collect::<Vec<_>>();
    assert!(messages(json!({"owners": ["A"], "members": ["a"]}))[0].contains("both"));
    assert!(messages(json!({"owners_min": 3, "owners_max": 2}))[0].contains("cannot both hold"));
    assert!(messages(json!({"members": ["a b"]}))[0].contains("no login"));
    assert!(messages(json!({"owners": ["a"], "members": ["b"], "owners_min": 1})).is_empty());
}

proptest::proptest! {
    /// Whatever the lists: no owner is lost that nobody follows, the caller is never deleted, and what was written is written once.
    #[test]
    fn nobody_is_ever_locked_out(
        owners in proptest::sample::subsequence(vec!["me", "a", "b", "c"], 1..=4),
        wish_owners in proptest::sample::subsequence(vec!["me", "a", "b", "c", "d"], 1..=5),
        wish_members in proptest::option::of(proptest::sample::subsequence(vec!["d", "e"], 0..=2)),
        prune in proptest::bool::ANY,
    ) {
        let mut value = json!({"owners": wish_owners, "prune": prune});
        if let Some(list) = &wish_members {
            value["members"] = json!(list.iter().filter(|login| !wish_owners.contains(login)).collect::<Vec<_>>());
        }
        let now = bench(&owners, &["d"]).org_known("/users/me", json!({"login": "me"})).org_known("/users/a", json!({"login": "a"}))
            .org_known("/users/b", json!({"login": "b"})).org_known("/users/c", json!({"login": "c"})).org_known("/users/e", json!({"login": "e"}));
        let mut left: Vec<&str> = owners.clone();
        for (_, outcome) in judge(&now, &value) {
            if let Outcome::Differs(change) = outcome {
                for call in calls(&change) {
                    let words: Vec<&str> = call.split(' ').collect();
                    proptest::prop_assert!(call != "DELETE me ", "{:?}", change);
                    match (words[0], words[2]) {
                        ("PUT", "admin") => if words[1] == "d" { left.push("d") },
                        _ => left.retain(|login| *login != words[1]),
                    }
                }
            }
        }
        proptest::prop_assert!(!left.is_empty());
    }
}
