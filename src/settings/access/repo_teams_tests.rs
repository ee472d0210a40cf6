use super::*;
use crate::{
    model::Reading,
    settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo},
};

/// `core` and its child `core-docs`, which inherits what `core` has, and `ops`.
fn bench(core: Option<&str>, docs: Option<&str>) -> Bench {
    let grants = |held: Option<&str>| match held {
        Some(role) => json!([{"node_id": "R_web", "role_name": role}, {"node_id": "R_other", "role_name": "admin"}]),
        None => json!([{"node_id": "R_other", "role_name": "admin"}]),
    };
    Bench::new(vec![repo("web"), repo("other"), repo("third")])
        .viewer(Reading::known("me".into()))
        .org_known(
            "teams",
            json!([{"slug": "core"}, {"slug": "core-docs", "parent": {"slug": "core"}}, {"slug": "ops"}]),
        )
        .org_known("teams/core/repos", grants(core))
        .org_known("teams/core-docs/repos", grants(docs))
        .org_known("teams/ops/repos", json!([]))
        .org_known("teams/core/members", json!([{"login": "ann"}]))
        .org_known("teams/core-docs/members", json!([{"login": "ME"}]))
        .org_known("members?role=admin", json!([{"login": "olga"}]))
}

fn wanted(slug: &str, permission: &str) -> Desired {
    desired("teams", Some(slug), &json!(permission))
}

fn pruned(slug: &str) -> Desired {
    desired("teams", Some(slug), &json!({"prune": true}))
}

fn outcome(bench: &Bench, wanted: &Desired) -> Outcome {
    bench.outcome(&RepoTeams, "web", wanted)
}

#[test]
fn everything_is_asked_in_two_rounds_and_shared_by_all_repositories() {
    example_is_sound(&RepoTeams);
    let nothing = Bench::new(vec![repo("web")]);
    assert_eq!(nothing.wanted(&RepoTeams, Some("web"), &wanted("core", "push")), ["viewer", "org:teams"]);
    let some = nothing.viewer(Reading::known("me".into())).org_known("teams", json!([{"slug": "core"}]));
    assert_eq!(some.wanted(&RepoTeams, Some("web"), &wanted("Core", "push")), ["org:teams/core/repos"]);
}

#[test]
fn raising_loosens_and_lowering_tightens() {
    let path = "/orgs/acme/teams/core/repos/acme/web".to_owned();
    for (held, asked, before, effect) in [
        (None, "push", json!(null), Effect::Loosening),
        (Some("read"), "admin", json!("pull"), Effect::Loosening),
        (Some("write"), "triage", json!("push"), Effect::Tightening),
    ] {
        let change = difference(outcome(&bench(held, None), &wanted("CORE", asked)));
        assert_eq!((change.before, change.effect, change.restricted), (before, effect, None), "{held:?} → {asked}");
        let body = json!({ "permission": asked });
        assert_eq!(change.writes, [Write::Rest(RestWrite::with_body("PUT", path.clone(), body))]);
    }
    let same = outcome(&bench(Some("write"), None), &wanted("core", "push"));
    assert!(matches!(same, Outcome::Compliant { .. }), "{same:?}");
    let custom = outcome(&bench(Some("Docs Editor"), None), &wanted("core", "docs editor"));
    assert!(matches!(custom, Outcome::Compliant { .. }), "{custom:?}");
}

#[test]
fn what_a_parent_gives_can_only_be_lowered_there() {
    let inherited = bench(Some("write"), Some("write"));
    let told = outcome(&inherited, &wanted("core-docs", "pull"));
    assert!(matches!(&told, Outcome::Violation { message, .. } if message.contains("parent team `core`")), "{told:?}");
    assert!(matches!(outcome(&inherited, &wanted("core-docs", "push")), Outcome::Compliant { .. }));
    // Servers that list no inherited accesses say the same.
    assert!(matches!(outcome(&bench(Some("write"), None), &wanted("core-docs", "push")), Outcome::Compliant { .. }));
    let more = difference(outcome(&inherited, &wanted("core-docs", "admin")));
    assert_eq!((more.before, more.effect), (json!("push"), Effect::Loosening));
    let gone = outcome(&inherited, &pruned("core-docs"));
    assert!(matches!(gone, Outcome::Compliant { .. }), "what is only inherited is never pruned: {gone:?}");
    assert_eq!(inherited.existing(&RepoTeams, Some("web")), Reading::known(vec!["core".to_owned()]));
}

#[test]
fn pruning_deletes_and_tightens() {
    let change = difference(outcome(&bench(Some("admin"), None), &pruned("core")));
    assert_eq!((change.before, change.after), (json!("admin"), json!(null)));
    assert_eq!((change.action, change.effect, change.deletes), (Action::Delete, Effect::Tightening, true));
    let path = "/orgs/acme/teams/core/repos/acme/web".to_owned();
    assert_eq!(change.writes, [Write::Rest(RestWrite::bare("DELETE", path))]);
    assert!(matches!(outcome(&bench(None, None), &pruned("core")), Outcome::Compliant { .. }));
}

#[test]
fn the_callers_own_access_through_a_team_needs_more_than_a_limit() {
    let restricted = |bench: &Bench, wanted: &Desired| difference(outcome(bench, wanted)).restricted;
    let now = bench(None, Some("admin"));
    assert!(restricted(&now, &wanted("core-docs", "pull")).is_some());
    assert!(restricted(&now, &pruned("core-docs")).is_some());
    assert_eq!(restricted(&bench(None, Some("read")), &wanted("core-docs", "admin")), None, "more is no loss");
    let owner = bench(None, Some("admin")).org_known("members?role=admin", json!([{"login": "Me"}]));
    assert_eq!(restricted(&owner, &pruned("core-docs")), None, "an owner keeps every access");
    let hidden = bench(None, Some("admin")).org_rest("teams/core-docs/members", forbidden("members:read"));
    assert!(restricted(&hidden, &pruned("core-docs")).is_some_and(|why| why.contains("could not be read")));
}

#[test]
fn a_team_that_is_not_there_is_told() {
    for slug in ["ghosts", "a/../b"] {
        let told = outcome(&bench(None, None), &wanted(slug, "pull"));
        assert!(matches!(&told, Outcome::Violation { message, .. } if message.contains(slug)), "{told:?}");
    }
    assert!(matches!(outcome(&bench(None, None), &pruned("ghosts")), Outcome::Compliant { .. }));
    assert_eq!(check_permission(&json!(" ")).len(), 1);
}

#[test]
fn hidden_teams_are_unknown() {
    for answer in [not_found(), forbidden("members:read")] {
        for suffix in ["teams", "teams/core/repos"] {
            let hidden = bench(None, None).org_rest(suffix, answer.clone());
            assert_eq!(lacking(&outcome(&hidden, &wanted("core", "pull"))), Some("members:read"), "{suffix}");
        }
    }
}

#[test]
fn many_teams_are_asked_of_the_repository_itself() {
    let teams: Vec<Value> = (0..9).map(|n| json!({"slug": format!("t{n}")})).collect();
    let now = Bench::new(vec![repo("web")]).viewer(Reading::known("me".into())).org_known("teams", json!(teams));
    let now = now.known("web", "teams", json!([{"slug": "t3", "permission": "push"}]));
    assert_eq!(now.existing(&RepoTeams, Some("web")), Reading::known(vec!["t3".to_owned()]));
}
