//! Immutable releases: what was released can be changed no more, nor its tag moved.
//!
//! `GET/PUT/DELETE /repos/{owner}/{repo}/immutable-releases` (404 off or hidden) and `GET/PUT
//! /orgs/{org}/settings/immutable-releases` (`all`, `none`, `selected`). There is no bulk form, but an organisation that
//! enforces it for all proves it for each.

use serde_json::{Value, json};

use super::{
    Context, Judgement, Meta, Outcome, Pending, Phase, RestRead, Setting,
    choice::{self, Choice, Decides},
    direction::Safer,
    switch,
};
use crate::model::{Desired, Effect, Kind, Permission, Reading, Scope, Shape, Tightens};

const READ: &str = "administration:read";
const ORGANISATION_READ: &str = "organization_administration:read";
const ROUTE: &str = "immutable-releases";
const POLICY: &str = "settings/immutable-releases";

static REPOSITORY: Meta = Meta {
    shape: Shape {
        key: "immutable_releases",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Bool,
        tightens: Tightens::True,
        extra: &[],
        parts: &[],
        check: Shape::no_check,
    },
    title: "Immutable releases",
    docs: "Whether the assets and the tag of a new release can be changed no more once it is published; older releases stay as they are.

An organisation that enforces it for all repositories (`org.immutable_releases = \"all\"`) proves it; elsewhere reading costs one \
request for each repository. GitHub answers *off* and *you may not know* alike, so *off* is believed only where the token can \
administer the repository. What the organisation enforces cannot be switched off in a repository. Not on GitHub Enterprise Server \
up to 3.19.",
    example: "[repo]\nimmutable_releases = true\n",
    reads: &[READ],
    writes: &["administration:write"],
    calls: &[("value", "PUT or DELETE /repos/{owner}/{repo}/immutable-releases")],
    controls: &["OSPS BR-06.01"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

static ORGANISATION: Meta = Meta {
    shape: Shape {
        key: "immutable_releases",
        scope: Scope::Org,
        keyed: None,
        kind: Kind::Either(&[Kind::OneOf(&["all", "none"]), Kind::List(&Kind::Glob)]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check: Shape::no_check,
    },
    title: "Immutable releases of an organisation",
    docs: "For which repositories the organisation enforces immutable releases: `\"all\"`, `\"none\"`, or globs of those selected.

More repositories are safer. Each repository in which that switches them on is an effect of the change, and counts in the limits. \
A repository that is selected and that ordain cannot see stays selected. With `\"all\"`, \
`immutable_releases` of the repositories costs no request.",
    example: "[org]\nimmutable_releases = \"all\"\n",
    reads: &[ORGANISATION_READ],
    writes: &["organization_administration:write"],
    calls: &[("value", "PUT /orgs/{org}/settings/immutable-releases")],
    controls: &["OSPS BR-06.01"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

const CHOICE: Choice = Choice {
    document: POLICY,
    field: "enforced_repositories",
    list: "settings/immutable-releases/repositories",
    permission: ORGANISATION_READ,
    narrower_is_safer: false,
    in_one: true,
    decides: Some(Decides { setting: "immutable_releases", else_off: false, on: Effect::Tightening }),
};

/// The setting of a repository.
pub struct RepoImmutableReleases;

/// The setting of an organisation.
pub struct OrgImmutableReleases;

impl Setting for RepoImmutableReleases {
    fn meta(&self) -> &'static Meta {
        &REPOSITORY
    }

    fn unproven(&self) -> Option<&'static str> {
        Some("the organisation does not enforce it for all of them")
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![of_repository(desired.bool("").unwrap_or_default(), cx)?.whole()])
    }
}

impl Setting for OrgImmutableReleases {
    fn meta(&self) -> &'static Meta {
        &ORGANISATION
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let wanted = desired.value("").unwrap_or(&Value::Null);
        let words = Safer::Last(&["none", "selected", "all"]);
        Ok(vec![choice::judge(&CHOICE, wanted, words, |_| None, cx)?.whole()])
    }
}

fn of_repository(wanted: bool, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let policy = cx.org_rest(RestRead::certain(POLICY, ORGANISATION_READ))?;
    let word = policy.value().copied().flatten().and_then(|policy| policy.get("enforced_repositories"));
    if word == Some(&json!("all")) {
        return Ok(enforced(wanted));
    }
    let listing = cx.repository()?;
    let answer = match Outcome::known(cx.rest(RestRead::document(ROUTE, READ))?) {
        Err(outcome) => return Ok(outcome),
        Ok(answer) => answer,
    };
    let said = |field: &str| answer.and_then(|answer| answer.get(field)).and_then(Value::as_bool);
    let observed = match (answer, said("enabled")) {
        (_, Some(on)) => Reading::known(on),
        (None, _) if cx.sees_administration(listing) => Reading::known(false),
        (None, _) => Reading::lacking(
            "GitHub answers alike where they are off and where the token may not know",
            Permission::from(READ),
        ),
        (Some(_), None) => Reading::lacking("GitHub did not say whether they are on", Permission::from(READ)),
    };
    if !wanted && observed.value() == Some(&true) && said("enforced_by_owner") == Some(true) {
        return Ok(enforced(wanted));
    }
    switch::judge(observed, wanted, ROUTE, cx)
}

/// The outcome where the organisation enforces it.
fn enforced(wanted: bool) -> Outcome {
    let (observed, desired) = (json!(true), json!(wanted));
    if wanted {
        return Outcome::Compliant { observed, desired };
    }
    let message = "the organisation's `immutable_releases` enforces the contrary; change it there first".to_owned();
    Outcome::Violation { message, observed, desired }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Effect;
    use crate::settings::bench::{
        Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo, repo_with,
    };
    use crate::settings::{RestWrite, Write};

    fn wanted(value: &Value) -> Desired {
        desired("immutable_releases", None, value)
    }

    fn bench(word: &str) -> Bench {
        Bench::new(vec![repo("web"), repo("api")]).org_known(POLICY, json!({"enforced_repositories": word}))
    }

    fn of_web(bench: &Bench, on: bool) -> Outcome {
        bench.outcome(&RepoImmutableReleases, "web", &wanted(&json!(on)))
    }

    #[test]
    fn the_organisation_proves_it_for_all() {
        example_is_sound(&RepoImmutableReleases);
        assert!(matches!(of_web(&bench("all"), true), Outcome::Compliant { .. }));
        let contrary = of_web(&bench("all"), false);
        assert!(matches!(contrary, Outcome::Violation { message, .. } if message.contains("`immutable_releases`")));
        for word in ["none", "selected"] {
            let asked = bench(word).wanted(&RepoImmutableReleases, Some("web"), &wanted(&json!(true)));
            assert_eq!(asked, ["rest:immutable-releases"]);
        }
        let hidden = Bench::new(vec![repo("web")]).org_rest(POLICY, forbidden(ORGANISATION_READ));
        let asked = hidden.wanted(&RepoImmutableReleases, Some("web"), &wanted(&json!(true)));
        assert_eq!(asked, ["rest:immutable-releases"], "without the organisation's word each is asked");
    }

    #[test]
    fn it_is_switched_both_ways() {
        let path = "/repos/acme/web/immutable-releases".to_owned();
        let off = bench("none").rest("web", ROUTE, not_found());
        let change = difference(of_web(&off, true));
        assert_eq!((change.before, change.effect), (json!(false), Effect::Tightening));
        assert_eq!(change.writes, [Write::Rest(RestWrite::bare("PUT", path.clone()))]);
        let on =
            |by_owner: bool| bench("none").known("web", ROUTE, json!({"enabled": true, "enforced_by_owner": by_owner}));
        let change = difference(of_web(&on(false), false));
        assert_eq!(change.effect, Effect::Loosening);
        assert_eq!(change.writes, [Write::Rest(RestWrite::bare("DELETE", path))]);
        assert!(matches!(of_web(&on(true), false), Outcome::Violation { .. }), "enforced by the owner");
        assert!(matches!(of_web(&on(true), true), Outcome::Compliant { .. }));
    }

    #[test]
    fn not_found_is_off_for_an_administrator_only() {
        let reader = repo_with("web", json!({"permissions": {"admin": false, "pull": true}}));
        let told = |answer| {
            Bench::new(vec![reader.clone()])
                .org_known(POLICY, json!({"enforced_repositories": "none"}))
                .rest("web", ROUTE, answer)
        };
        assert_eq!(lacking(&of_web(&told(not_found()), true)), Some(READ));
        assert_eq!(lacking(&of_web(&told(forbidden(READ)), true)), Some(READ));
        assert_eq!(lacking(&of_web(&told(Reading::known(Some(json!({})))), true)), Some(READ));
    }

    fn of_org(bench: &Bench, value: &Value) -> Outcome {
        let mut all = bench.judge(&OrgImmutableReleases, None, &wanted(value)).expect("everything was read");
        all.remove(0).outcome
    }

    #[test]
    fn an_organisation_says_all_none_or_which() {
        example_is_sound(&OrgImmutableReleases);
        let path = "/orgs/acme/settings/immutable-releases".to_owned();
        assert!(matches!(of_org(&bench("all"), &json!("all")), Outcome::Compliant { .. }));
        let more = difference(of_org(&bench("none"), &json!("all")));
        assert_eq!(more.effect, Effect::Tightening);
        let body = json!({"enforced_repositories": "all"});
        assert_eq!(more.writes, [Write::Rest(RestWrite::with_body("PUT", path.clone(), body))]);
        assert_eq!(difference(of_org(&bench("all"), &json!("none"))).effect, Effect::Loosening);
        let fewer = difference(of_org(&bench("all"), &json!(["w*"])));
        assert_eq!((fewer.before, fewer.after, fewer.effect), (json!("all"), json!(["web"]), Effect::Loosening));
    }

    #[test]
    fn what_is_selected_and_not_seen_stays_selected() {
        let id = repo("web")["id"].clone();
        let selected = bench("selected").org_known(
            "settings/immutable-releases/repositories",
            json!([{"id": id, "name": "web"}, {"id": 999_999_999}]),
        );
        assert!(matches!(of_org(&selected, &json!(["WEB"])), Outcome::Compliant { .. }));
        let more = difference(of_org(&selected, &json!(["acme/*"])));
        assert_eq!((&more.before, &more.after), (&json!(["web"]), &json!(["api", "web"])));
        assert_eq!(more.effect, Effect::Tightening);
        let Write::Rest(write) = &more.writes[0] else { unreachable!("a call") };
        let ids = write.body.as_ref().expect("a body")["selected_repository_ids"].clone();
        assert!(ids.as_array().expect("a list").contains(&json!(999_999_999)), "{ids}");
        let other = difference(of_org(&selected, &json!(["api"])));
        assert_eq!(other.effect, Effect::Loosening, "one comes, one goes");
    }

    #[test]
    fn a_hidden_policy_is_unknown() {
        let hidden = Bench::new(vec![repo("web")]).org_rest(POLICY, forbidden(ORGANISATION_READ));
        assert_eq!(lacking(&of_org(&hidden, &json!("all"))), Some(ORGANISATION_READ));
    }
}
