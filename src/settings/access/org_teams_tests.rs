use super::*;
use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo};

/// `core` with a member, a maintainer and an owner, its child `inner`, and `docs`. The caller is `me`.
fn bench() -> Bench {
    Bench::new(vec![repo("web")])
        .viewer(Reading::known("me".into()))
        .org_known(
            "teams",
            json!([
                {"id": 1, "slug": "core", "description": null, "privacy": "closed", "parent": null},
                {"id": 2, "slug": "inner", "description": "x", "privacy": "closed", "parent": {"slug": "core"}},
                {"id": 3, "slug": "docs", "description": "", "privacy": "secret", "parent": null},
            ]),
        )
        .org_known(
            "teams/core/members",
            json!([
                {"login": "Ann", "role": "member"},
                {"login": "ben", "role": "maintainer"},
                {"login": "olga", "role": "maintainer"},
                {"login": "far", "role": "member", "inherited": true},
            ]),
        )
        .org_known("teams/core/invitations", json!([]))
        .org_known("teams/docs/members", json!([{"login": "ME", "role": "member"}]))
        .org_known("teams/docs/repos", json!([{"node_id": "R_web", "role_name": "write"}]))
        .org_known("teams/inner/members", json!([]))
        .org_known("teams/inner/repos", json!([]))
        .org_known("members?role=admin", json!([{"login": "Olga"}]))
        .org_known("/users/newcomer", json!({"login": "NewComer"}))
        .org_rest("/users/nobody", not_found())
}

fn judge(bench: &Bench, slug: &str, value: &Value) -> Vec<Judgement> {
    bench.judge(&OrgTeams, None, &desired("teams", Some(slug), value)).expect("read")
}

fn part(bench: &Bench, slug: &str, part: &str, value: &Value) -> Outcome {
    let all = judge(bench, slug, value);
    all.into_iter().find(|one| one.part.unwrap_or("") == part).expect("the part").outcome
}

fn calls(change: &Difference) -> Vec<String> {
    let call = |write: &Write| match write {
        Write::Rest(write) => {
            let body = write.body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
            format!("{} {}{body}", write.method, write.path.trim_start_matches("/orgs/acme/"))
        }
        other => unreachable!("{other:?}"),
    };
    change.writes.iter().map(call).collect()
}

#[test]
fn a_team_as_it_should_be_is_compliant() {
    example_is_sound(&OrgTeams);
    let wanted = json!({"description": "", "privacy": "closed", "parent": "", "members": ["ann", "OLGA"], "maintainers": ["Ben"]});
    for one in judge(&bench(), "CORE", &wanted) {
        assert!(matches!(one.outcome, Outcome::Compliant { .. }), "{one:#?}");
    }
    let inner = judge(&bench(), "inner", &json!({"parent": "Core"}));
    assert!(matches!(inner[0].outcome, Outcome::Compliant { .. }), "{inner:?}");
}

#[test]
fn a_missing_team_is_made_without_the_caller_in_it() {
    let all = judge(&bench(), "sec", &json!({"description": "s", "parent": "core", "members": ["newcomer"]}));
    let made = difference(all[0].outcome.clone());
    assert_eq!((made.action, made.effect), (Action::Create, Effect::Loosening));
    let body = r#"{"name":"sec","description":"s","parent_team_id":1,"privacy":"closed"}"#;
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(made.writes[0], Write::Rest(RestWrite::with_body("POST", "/orgs/acme/teams".into(), body)));
    assert_eq!(calls(&made)[1..], ["DELETE teams/sec/memberships/me"]);
    let filled = difference(all[1].outcome.clone());
    assert_eq!(calls(&filled), [r#"PUT teams/sec/memberships/NewComer {"role":"member"}"#]);
    let bot = bench().viewer(Reading::known("ordain[bot]".into()));
    assert_eq!(difference(part(&bot, "sec", "", &json!({}))).writes.len(), 1, "an App is in no team");
    let lost = part(&bench(), "sec", "", &json!({"parent": "ghosts"}));
    assert!(matches!(&lost, Outcome::Violation { message, .. } if message.contains("`ghosts`")), "{lost:?}");
}

#[test]
fn only_the_fields_that_differ_are_written() {
    let change =
        difference(part(&bench(), "inner", "", &json!({"description": "y", "privacy": "closed", "parent": ""})));
    assert_eq!(change.effect, Effect::Tightening, "without the parent it inherits nothing");
    assert_eq!(calls(&change), [r#"PATCH teams/inner {"description":"y","parent_team_id":null}"#]);
    let nested = difference(part(&bench(), "docs", "", &json!({"parent": "core"})));
    assert_eq!(
        (nested.effect, calls(&nested)),
        (Effect::Loosening, vec![r#"PATCH teams/docs {"parent_team_id":1}"#.to_owned()])
    );
}

#[test]
fn a_list_is_the_whole_of_it() {
    let members = difference(part(&bench(), "core", "members", &json!({"members": ["newcomer"]})));
    assert_eq!((members.before.clone(), members.after.clone()), (json!(["Ann"]), json!(["NewComer"])));
    assert_eq!((members.effect, members.deletes), (Effect::Loosening, true));
    assert_eq!(
        calls(&members),
        [r#"PUT teams/core/memberships/NewComer {"role":"member"}"#, "DELETE teams/core/memberships/Ann"]
    );
    let all = judge(&bench(), "core", &json!({"members": ["ann", "ben"], "maintainers": ["olga"]}));
    let moved = difference(all.into_iter().find(|one| one.part == Some("members")).expect("there").outcome);
    assert_eq!(
        (calls(&moved), moved.deletes),
        (vec![r#"PUT teams/core/memberships/ben {"role":"member"}"#.to_owned()], false)
    );
    assert_eq!(moved.effect, Effect::Tightening, "who maintained the team may do less");
}

#[test]
fn owners_maintain_every_team_they_are_in() {
    let all = judge(&bench(), "core", &json!({"members": ["ann", "olga"], "maintainers": ["ben"]}));
    assert!(all.iter().all(|one| matches!(one.outcome, Outcome::Compliant { .. })), "{all:#?}");
    // Without a list of members an owner cannot be made one, and who is no owner is.
    let change = difference(part(&bench(), "core", "maintainers", &json!({"maintainers": []})));
    assert_eq!(
        (calls(&change), change.deletes),
        (vec![r#"PUT teams/core/memberships/ben {"role":"member"}"#.to_owned()], false)
    );
}

#[test]
fn an_open_invitation_is_not_sent_again_and_nobody_is_told() {
    let open = bench().org_known("teams/core/invitations", json!([{"login": "newcomer", "role": "direct_member"}]));
    let told = part(&open, "core", "members", &json!({"members": ["ann", "NewComer", "nobody"]}));
    let Outcome::Violation { message, .. } = told else { unreachable!("{told:?}") };
    assert!(message.contains("@nobody is nobody") && message.contains("has not accepted yet"), "{message}");
}

#[test]
fn servers_that_tell_no_roles_are_asked_by_role() {
    let old = bench().org_known("teams/core/members", json!([{"login": "ann"}, {"login": "ben"}]));
    let wanted = desired("teams", Some("core"), &json!({"members": ["ann"], "maintainers": ["ben"]}));
    assert_eq!(old.wanted(&OrgTeams, None, &wanted), ["org:teams/core/members?role=maintainer"]);
    let told = old.org_known("teams/core/members?role=maintainer", json!([{"login": "ben"}]));
    for one in told.judge(&OrgTeams, None, &wanted).expect("read") {
        assert!(matches!(one.outcome, Outcome::Compliant { .. }), "{one:#?}");
    }
}

#[test]
fn a_pruned_team_takes_its_accesses_with_it() {
    let prune = json!({"prune": true});
    let gone = difference(part(&bench(), "docs", "", &prune));
    assert_eq!((gone.action, gone.deletes, gone.effect), (Action::Delete, true, Effect::Tightening));
    assert_eq!((gone.moves.len(), gone.moves[0].setting.as_str()), (1, "teams.docs"));
    assert_eq!((gone.moves[0].before.clone(), gone.moves[0].after.clone()), (json!("push"), json!(null)));
    assert!(gone.restricted.is_some(), "the caller is in it");
    assert_eq!(difference(part(&bench(), "inner", "", &prune)).restricted, None);
    let parent = part(&bench(), "core", "", &prune);
    assert!(matches!(&parent, Outcome::Violation { message, .. } if message.contains("`inner`")), "{parent:?}");
    let names = ["core", "inner", "docs"].map(str::to_owned).to_vec();
    assert_eq!(bench().existing(&OrgTeams, None), Reading::known(names));
}

#[test]
fn the_callers_own_place_needs_more_than_a_limit() {
    let removed = difference(part(&bench(), "docs", "members", &json!({"members": []})));
    assert!(removed.restricted.is_some());
    let lowered = bench().org_known("teams/docs/members", json!([{"login": "me", "role": "maintainer"}]));
    let lowered = difference(part(&lowered, "docs", "members", &json!({"members": ["me"], "maintainers": []})));
    assert!(lowered.restricted.is_some() && !lowered.deletes);
}

#[test]
fn what_is_hidden_is_unknown() {
    for suffix in ["teams", "teams/core/members", "members?role=admin"] {
        for answer in [not_found(), forbidden(MEMBERS)] {
            let hidden = bench().org_rest(suffix, answer);
            assert_eq!(lacking(&part(&hidden, "core", "members", &json!({"members": []}))), Some(MEMBERS), "{suffix}");
        }
    }
}

#[test]
fn torn_policies_are_refused() {
    assert_eq!(check(&json!({"privacy": "secret", "parent": "core"})).len(), 1);
    assert_eq!(check(&json!({"members": ["A"], "maintainers": ["a"]})).len(), 1);
    assert_eq!(check(&json!({"members": ["a b"]})).len(), 1);
    assert_eq!(check(&json!({"privacy": "secret", "parent": ""})), []);
}
