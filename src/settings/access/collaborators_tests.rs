use super::*;
use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo};

fn edge(login: &str, sources: &[(&str, &str)]) -> Value {
    let sources: Vec<Value> = sources
        .iter()
        .map(|(kind, role)| json!({"roleName": role, "permission": "READ", "source": {"__typename": kind}}))
        .collect();
    json!({"permission": "ADMIN", "node": {"login": login}, "permissionSources": sources})
}

fn bench(edges: &[Value], invitations: Value) -> Bench {
    let answer = json!({"totalCount": edges.len(), "edges": edges});
    Bench::new(vec![repo("web")])
        .viewer(Reading::known("me".into()))
        .graphql("web", "directCollaborators", Reading::known(answer))
        .known("web", "invitations", invitations)
        .org_known("/users/octocat", json!({"login": "OctoCat"}))
        .org_rest("/users/nobody", not_found())
}

fn wanted(login: &str, permission: &str) -> Desired {
    desired("collaborators", Some(login), &json!(permission))
}

fn pruned(login: &str) -> Desired {
    desired("collaborators", Some(login), &json!({"prune": true}))
}

fn outcome(bench: &Bench, wanted: &Desired) -> Outcome {
    bench.outcome(&Collaborators, "web", wanted)
}

fn put(login: &str, permission: &str) -> Write {
    let path = format!("/repos/acme/web/collaborators/{login}");
    Write::Rest(RestWrite::with_body("PUT", path, json!({ "permission": permission })))
}

#[test]
fn a_compliant_repository_costs_no_call_of_its_own() {
    example_is_sound(&Collaborators);
    let nothing = Bench::new(vec![repo("web")]);
    assert_eq!(
        nothing.wanted(&Collaborators, Some("web"), &wanted("a", "pull")),
        ["viewer", "graphql:directCollaborators"]
    );
    let answer = json!({"totalCount": 1, "edges": [edge("Ann", &[("Repository", "write")])]});
    let now = nothing.viewer(Reading::known("me".into())).graphql("web", "directCollaborators", Reading::known(answer));
    assert!(matches!(outcome(&now, &wanted("ann", "push")), Outcome::Compliant { .. }), "logins have no case");
    assert_eq!(now.wanted(&Collaborators, Some("web"), &wanted("ben", "push")), ["rest:invitations"]);
}

#[test]
fn only_the_persons_own_grant_is_judged() {
    let now =
        bench(&[edge("ann", &[("Team", "admin"), ("Repository", "triage"), ("Organization", "read")])], json!([]));
    assert!(matches!(outcome(&now, &wanted("ann", "triage")), Outcome::Compliant { .. }));
    let by_team = bench(&[edge("octocat", &[("Team", "admin")])], json!([]));
    assert!(
        matches!(outcome(&by_team, &pruned("octocat")), Outcome::Compliant { .. }),
        "a team's access is not theirs"
    );
    assert_eq!(difference(outcome(&by_team, &wanted("octocat", "pull"))).before, json!(null));
}

#[test]
fn raising_loosens_and_lowering_tightens() {
    let now = bench(&[edge("ann", &[("Repository", "write")])], json!([]));
    let up = difference(outcome(&now, &wanted("ann", "admin")));
    assert_eq!((up.before, up.effect, up.writes), (json!("push"), Effect::Loosening, vec![put("ann", "admin")]));
    let down = difference(outcome(&now, &wanted("ann", "pull")));
    assert_eq!((down.effect, down.deletes), (Effect::Tightening, false));
}

#[test]
fn somebody_new_is_added_and_nobody_is_told() {
    let now = bench(&[], json!([]));
    let add = difference(outcome(&now, &wanted("octocat", "pull")));
    assert_eq!((add.action, add.effect, add.writes), (Action::Create, Effect::Loosening, vec![put("octocat", "pull")]));
    let told = outcome(&now, &wanted("nobody", "pull"));
    assert!(matches!(&told, Outcome::Violation { message, .. } if message.contains("@nobody is nobody")), "{told:?}");
    let told = outcome(&now, &wanted("a b", "pull"));
    assert!(matches!(&told, Outcome::Violation { message, .. } if message.contains("no login")), "{told:?}");
}

#[test]
fn an_open_invitation_is_not_sent_again() {
    let open = |permission: &str, expired: bool| json!([{"id": 4, "invitee": {"login": "OctoCat"}, "permissions": permission, "expired": expired}]);
    let told = outcome(&bench(&[], open("write", false)), &wanted("octocat", "push"));
    let Outcome::Violation { message, observed, .. } = told else { unreachable!("{told:?}") };
    // The value that a change leaves, so that the read-back after inviting finds it done.
    assert_eq!((message.contains("has not accepted yet"), observed), (true, json!("push")));
    let lower = difference(outcome(&bench(&[], open("write", false)), &wanted("octocat", "pull")));
    let path = "/repos/acme/web/invitations/4".to_owned();
    let patch = Write::Rest(RestWrite::with_body("PATCH", path.clone(), json!({"permissions": "read"})));
    assert_eq!((lower.before, lower.effect, lower.writes), (json!("push"), Effect::Tightening, vec![patch]));
    let custom = difference(outcome(&bench(&[], open("write", false)), &wanted("octocat", "auditor")));
    let delete = || Write::Rest(RestWrite::bare("DELETE", path.clone()));
    assert_eq!(custom.writes, [delete(), put("OctoCat", "auditor")]);
    let again = difference(outcome(&bench(&[], open("write", true)), &wanted("octocat", "push")));
    assert_eq!((again.before, again.writes), (json!(null), vec![delete(), put("octocat", "push")]));
}

#[test]
fn pruning_removes_people_and_withdraws_invitations() {
    let now = bench(
        &[edge("ann", &[("Repository", "write")])],
        json!([{"id": 4, "invitee": {"login": "eve"}, "permissions": "read"}]),
    );
    assert_eq!(now.existing(&Collaborators, Some("web")), Reading::known(vec!["ann".to_owned(), "eve".to_owned()]));
    for (login, before, path) in [("ann", "push", "collaborators/ann"), ("eve", "pull", "invitations/4")] {
        let change = difference(outcome(&now, &pruned(login)));
        assert_eq!((change.before, change.after, change.action), (json!(before), json!(null), Action::Delete));
        assert!(change.deletes && change.effect == Effect::Tightening);
        assert_eq!(change.writes, [Write::Rest(RestWrite::bare("DELETE", format!("/repos/acme/web/{path}")))]);
    }
    assert!(matches!(outcome(&now, &pruned("gone")), Outcome::Compliant { .. }));
}

#[test]
fn the_callers_own_access_needs_more_than_a_limit() {
    let now = bench(&[edge("ME", &[("Repository", "admin")])], json!([]));
    for (wanted, restricted) in [(pruned("me"), true), (wanted("me", "pull"), true), (wanted("me", "admin"), false)] {
        match outcome(&now, &wanted) {
            Outcome::Differs(change) => assert_eq!(change.restricted.is_some(), restricted),
            other => assert!(!restricted && matches!(other, Outcome::Compliant { .. })),
        }
    }
}

#[test]
fn more_than_a_page_is_asked_of_rest() {
    let many = json!({"totalCount": 140, "edges": [edge("ann", &[("Repository", "write")])]});
    let now = Bench::new(vec![repo("web")]).viewer(Reading::known("me".into())).graphql(
        "web",
        "directCollaborators",
        Reading::known(many),
    );
    let asked = now.wanted(&Collaborators, Some("web"), &wanted("zoe", "pull"));
    assert_eq!(asked, ["rest:collaborators?affiliation=direct"]);
    let told = now.known("web", "collaborators?affiliation=direct", json!([{"login": "zoe", "role_name": "read"}]));
    assert!(matches!(outcome(&told, &wanted("zoe", "pull")), Outcome::Compliant { .. }));
}

#[test]
fn what_is_hidden_is_unknown() {
    let null = bench(&[], json!([])).graphql("web", "directCollaborators", Reading::known(json!(null)));
    assert_eq!(lacking(&outcome(&null, &wanted("ann", "pull"))), Some(READ));
    let hidden = bench(&[], json!([])).rest("web", "invitations", forbidden(READ));
    assert_eq!(lacking(&outcome(&hidden, &wanted("ann", "pull"))), Some(READ));
}
