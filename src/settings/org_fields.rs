//! The fields of an organisation itself: each a setting of its own, all read by the one `GET /orgs/{org}` that is asked in any
//! case, and written together by one `PATCH /orgs/{org}`.
//!
//! GitHub shows most of them to owners only and leaves them out for everybody else: absent is unknown, never false. Some can be
//! read and not written. What the same call takes and is closing down (defaults of security products, which code security
//! configurations replace; `members_allowed_repository_creation_type`) is not here.

use serde_json::{Map, Value, json};

use super::{
    Context, Difference, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write,
    direction::Safer,
};
use crate::model::{Desired, Kind, Problem, Scope, Shape, Tightens};

const READ: &str = "organization_administration:read";

/// One field.
pub struct OrgField {
    meta: &'static Meta,
    safer: Safer,
}

const fn meta(
    words: (&'static str, &'static str, &'static str, &'static str),
    kind: Kind,
    safer: Safer,
    controls: &'static [&'static str],
    writable: bool,
) -> Meta {
    let (key, title, docs, example) = words;
    let tightens = match safer {
        Safer::True => Tightens::True,
        Safer::False => Tightens::False,
        Safer::Neutral => Tightens::Neutral,
        Safer::Last(_) | Safer::Fewer | Safer::More => Tightens::Judged,
    };
    Meta {
        shape: Shape {
            key,
            scope: Scope::Org,
            keyed: None,
            kind,
            tightens,
            extra: &[],
            parts: &[],
            check: if matches!(kind, Kind::Text) { check_text } else { Shape::no_check },
        },
        title,
        docs,
        example,
        reads: &[READ],
        writes: if writable { &["organization_administration:write"] } else { &[] },
        calls: if writable { &[("value", "PATCH /orgs/{org}")] } else { &[] },
        controls,
        phase: Phase::Configure,
        after: &[],
        late: false,
    }
}

/// A field that is true or false.
macro_rules! flag {
    ($name:ident, $key:literal, $title:literal, $safer:ident, $example:literal, $docs:literal $(, $control:literal)*) => {
        #[doc = concat!("`", $key, "`")]
        pub static $name: OrgField = OrgField {
            meta: &meta(
                ($key, $title, $docs, concat!("[org]\n", $key, " = ", $example, "\n")),
                Kind::Bool,
                Safer::$safer,
                &[$($control),*],
                true,
            ),
            safer: Safer::$safer,
        };
    };
}

/// A field that is true or false, and that no call writes.
macro_rules! observed {
    ($name:ident, $key:literal, $title:literal, $safer:ident, $example:literal, $docs:literal $(, $control:literal)*) => {
        #[doc = concat!("`", $key, "`")]
        pub static $name: OrgField = OrgField {
            meta: &meta(
                (
                    $key,
                    $title,
                    concat!(
                        $docs,
                        "\n\nObserved only: GitHub's API cannot change it; an owner does, in the organisation's settings."
                    ),
                    concat!("[org]\n", $key, " = ", $example, "\n"),
                ),
                Kind::Bool,
                Safer::$safer,
                &[$($control),*],
                false,
            ),
            safer: Safer::$safer,
        };
    };
}

/// A text of the profile.
macro_rules! text {
    ($name:ident, $key:literal, $title:literal, $example:literal, $docs:literal) => {
        #[doc = concat!("`", $key, "`")]
        pub static $name: OrgField = OrgField {
            meta: &meta(
                ($key, $title, $docs, concat!("[org]\n", $key, " = \"", $example, "\"\n")),
                Kind::Text,
                Safer::Neutral,
                &[],
                true,
            ),
            safer: Safer::Neutral,
        };
    };
}

/// `default_repository_permission`
pub static DEFAULT_REPOSITORY_PERMISSION: OrgField = OrgField {
    meta: &meta(
        (
            "default_repository_permission",
            "Base permission",
            "What every member may do in every repository of the organisation, beside what teams and invitations give. Lower is \
             safer.",
            "[org]\ndefault_repository_permission = \"read\"\n",
        ),
        Kind::OneOf(&["none", "read", "write", "admin"]),
        BASE,
        &["OSPS AC-02.01"],
        true,
    ),
    safer: BASE,
};

const BASE: Safer = Safer::Last(&["admin", "write", "read", "none"]);

flag!(
    DEPLOY_KEYS_ENABLED_FOR_REPOSITORIES,
    "deploy_keys_enabled_for_repositories",
    "Deploy keys of an organisation's repositories",
    False,
    "false",
    "Whether deploy keys may be added and used in the organisation's repositories. Switching them off stops the existing ones too."
);
flag!(
    HAS_ORGANIZATION_PROJECTS,
    "has_organization_projects",
    "Projects of an organisation",
    Neutral,
    "true",
    "Whether the organisation can have projects."
);
flag!(
    HAS_REPOSITORY_PROJECTS,
    "has_repository_projects",
    "Projects of an organisation's repositories",
    Neutral,
    "true",
    "Whether repositories of the organisation can have projects."
);
flag!(
    MEMBERS_CAN_CREATE_INTERNAL_REPOSITORIES,
    "members_can_create_internal_repositories",
    "Creation of internal repositories",
    False,
    "false",
    "Whether members may create internal repositories. Only organisations of an enterprise have them."
);
flag!(
    MEMBERS_CAN_CREATE_PAGES,
    "members_can_create_pages",
    "Creation of Pages",
    False,
    "false",
    "Whether members may publish GitHub Pages. Those that are published stay."
);
flag!(
    MEMBERS_CAN_CREATE_PRIVATE_PAGES,
    "members_can_create_private_pages",
    "Creation of private Pages",
    False,
    "false",
    "Whether members may publish Pages that only people with access to the repository see."
);
flag!(
    MEMBERS_CAN_CREATE_PRIVATE_REPOSITORIES,
    "members_can_create_private_repositories",
    "Creation of private repositories",
    False,
    "true",
    "Whether members may create private repositories."
);
flag!(
    MEMBERS_CAN_CREATE_PUBLIC_PAGES,
    "members_can_create_public_pages",
    "Creation of public Pages",
    False,
    "false",
    "Whether members may publish Pages that everybody sees."
);
flag!(
    MEMBERS_CAN_CREATE_PUBLIC_REPOSITORIES,
    "members_can_create_public_repositories",
    "Creation of public repositories",
    False,
    "false",
    "Whether members may create public repositories.",
    "OSPS AC-02.01"
);
flag!(
    MEMBERS_CAN_CREATE_REPOSITORIES,
    "members_can_create_repositories",
    "Creation of repositories",
    False,
    "false",
    "Whether members may create repositories at all; which kinds, the settings beside it say.",
    "OSPS AC-02.01",
    "OpenJS adminRepoCreationOnly"
);
flag!(
    MEMBERS_CAN_FORK_PRIVATE_REPOSITORIES,
    "members_can_fork_private_repositories",
    "Forks of private repositories",
    False,
    "false",
    "Whether members may fork private and internal repositories; a repository's own `allow_forking` stands on it."
);
flag!(
    PUSH_PROTECTION_CUSTOM_LINK_ENABLED,
    "secret_scanning_push_protection_custom_link_enabled",
    "Link of push protection, on or off",
    Neutral,
    "true",
    "Whether people whose push was refused for a secret are shown the organisation's own link. API versions from 2026-03-10 on do \
     not have it."
);
flag!(
    WEB_COMMIT_SIGNOFF_REQUIRED,
    "web_commit_signoff_required",
    "Sign-off of commits made in the browser, for all repositories",
    True,
    "true",
    "Whether commits that people make in the browser must be signed off, in every repository of the organisation: a repository cannot \
     switch it off then.",
    "OSPS LE-01.01",
    "OpenJS commitSignoffForWeb"
);

observed!(
    TWO_FACTOR_REQUIREMENT_ENABLED,
    "two_factor_requirement_enabled",
    "Two-factor authentication of members",
    True,
    "true",
    "Whether members and outside collaborators must use two-factor authentication.",
    "OSPS AC-01.01",
    "OpenJS githubOrgMFA"
);
observed!(
    MEMBERS_CAN_CHANGE_REPO_VISIBILITY,
    "members_can_change_repo_visibility",
    "Change of visibility by members",
    False,
    "false",
    "Whether members who administer a repository may make it public or private."
);
observed!(
    MEMBERS_CAN_CREATE_TEAMS,
    "members_can_create_teams",
    "Creation of teams by members",
    False,
    "false",
    "Whether members may create teams."
);
observed!(
    MEMBERS_CAN_DELETE_ISSUES,
    "members_can_delete_issues",
    "Deletion of issues by members",
    False,
    "false",
    "Whether members who administer a repository may delete its issues."
);
observed!(
    MEMBERS_CAN_DELETE_REPOSITORIES,
    "members_can_delete_repositories",
    "Deletion of repositories by members",
    False,
    "false",
    "Whether members who administer a repository may delete or transfer it."
);
observed!(
    MEMBERS_CAN_INVITE_OUTSIDE_COLLABORATORS,
    "members_can_invite_outside_collaborators",
    "Invitation of outside collaborators by members",
    False,
    "false",
    "Whether members who administer a repository may invite people from outside the organisation."
);

text!(BLOG, "blog", "Web site", "https://example.org", "The address of the organisation's web site.");
text!(COMPANY, "company", "Company", "Example Foundation", "The company that the organisation's profile names.");
text!(
    DESCRIPTION,
    "description",
    "Description of an organisation",
    "We build things.",
    "The description on the organisation's page, at most 160 characters."
);
text!(
    EMAIL,
    "email",
    "Public e-mail address",
    "hello@example.org",
    "The e-mail address on the organisation's page, for everybody to see."
);
text!(LOCATION, "location", "Location", "Worldwide", "The place that the organisation's profile names.");
text!(
    TWITTER_USERNAME,
    "twitter_username",
    "Twitter name",
    "example",
    "The Twitter name that the organisation's profile names."
);
text!(
    PUSH_PROTECTION_CUSTOM_LINK,
    "secret_scanning_push_protection_custom_link",
    "Link of push protection",
    "https://example.org/secrets",
    "The link that people are shown whose push was refused for a secret; needs `secret_scanning_push_protection_custom_link_enabled`."
);

fn check_text(value: &Value) -> Vec<Problem> {
    let length = value.as_str().map_or(0, |text| text.chars().count());
    let message = format!("GitHub takes at most 160 characters, and there are {length}");
    let long = Problem { path: String::new(), message, help: Some("shorten the text".to_owned()) };
    if length > 160 { vec![long] } else { Vec::new() }
}

impl Setting for OrgField {
    fn meta(&self) -> &'static Meta {
        self.meta
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let wanted = normal(desired.value("").unwrap_or(&Value::Null));
        Ok(vec![self.outcome(&wanted, cx)?.whole()])
    }
}

impl OrgField {
    fn outcome(&self, wanted: &Value, cx: &Context<'_>) -> Result<Outcome, Pending> {
        let key = self.meta.shape.key;
        let about = match Outcome::known(cx.org_rest(RestRead::certain("", READ))?) {
            Err(outcome) => return Ok(outcome),
            Ok(about) => about.unwrap_or(&Value::Null),
        };
        let plan = about.get("plan").and_then(|plan| plan.get("name")).and_then(Value::as_str);
        let observed = about.get(key).map(normal);
        if key == MEMBERS_CAN_CREATE_INTERNAL_REPOSITORIES.meta.shape.key
            && let Some(plan) = plan.filter(|plan| *plan != "enterprise")
            && observed.as_ref() != Some(wanted)
        {
            let why = format!("only organisations of an enterprise have internal repositories; the plan is `{plan}`");
            return Ok(Outcome::NotApplicable(why));
        }
        let Some(observed) = observed else {
            let reason = format!("GitHub shows `{key}` to owners of the organisation only");
            return Ok(Outcome::unknown(reason, Some(READ)));
        };
        let desired = wanted.clone();
        if observed == desired {
            return Ok(Outcome::Compliant { observed, desired });
        }
        if self.meta.writes.is_empty() {
            let message = "GitHub's API cannot change it; an owner can, in the settings of the organisation".to_owned();
            return Ok(Outcome::Violation { message, observed, desired });
        }
        let effect = self.safer.effect(&observed, &desired);
        let body = Value::Object(Map::from_iter([(key.to_owned(), desired.clone())]));
        let write = Write::Rest(RestWrite::with_body("PATCH", cx.org_path(""), body));
        Ok(Outcome::Differs(Difference::update(observed, desired, effect, write)))
    }
}

/// GitHub says null or an empty text where there is none.
fn normal(value: &Value) -> Value {
    if value.is_null() { json!("") } else { value.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Effect;
    use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking};

    const ALL: &[&OrgField] = &[
        &BLOG,
        &COMPANY,
        &DEFAULT_REPOSITORY_PERMISSION,
        &DEPLOY_KEYS_ENABLED_FOR_REPOSITORIES,
        &DESCRIPTION,
        &EMAIL,
        &HAS_ORGANIZATION_PROJECTS,
        &HAS_REPOSITORY_PROJECTS,
        &LOCATION,
        &MEMBERS_CAN_CHANGE_REPO_VISIBILITY,
        &MEMBERS_CAN_CREATE_INTERNAL_REPOSITORIES,
        &MEMBERS_CAN_CREATE_PAGES,
        &MEMBERS_CAN_CREATE_PRIVATE_PAGES,
        &MEMBERS_CAN_CREATE_PRIVATE_REPOSITORIES,
        &MEMBERS_CAN_CREATE_PUBLIC_PAGES,
        &MEMBERS_CAN_CREATE_PUBLIC_REPOSITORIES,
        &MEMBERS_CAN_CREATE_REPOSITORIES,
        &MEMBERS_CAN_CREATE_TEAMS,
        &MEMBERS_CAN_DELETE_ISSUES,
        &MEMBERS_CAN_DELETE_REPOSITORIES,
        &MEMBERS_CAN_FORK_PRIVATE_REPOSITORIES,
        &MEMBERS_CAN_INVITE_OUTSIDE_COLLABORATORS,
        &PUSH_PROTECTION_CUSTOM_LINK,
        &PUSH_PROTECTION_CUSTOM_LINK_ENABLED,
        &TWITTER_USERNAME,
        &TWO_FACTOR_REQUIREMENT_ENABLED,
        &WEB_COMMIT_SIGNOFF_REQUIRED,
    ];

    fn outcome(field: &OrgField, about: Value, value: &Value) -> Outcome {
        let wanted = desired("", None, value);
        Bench::new(vec![]).org_known("", about).judge(field, None, &wanted).expect("read").remove(0).outcome
    }

    #[test]
    fn every_field_is_read_from_one_answer_and_written_by_one_call() {
        for field in ALL {
            let key = field.meta.shape.key;
            example_is_sound(*field);
            let (old, new) = match field.meta.shape.kind {
                Kind::Bool => (json!(false), json!(true)),
                Kind::OneOf(_) => (json!("read"), json!("write")),
                _ => (json!(null), json!("new")),
            };
            let about = |value: &Value| json!({key: value, "plan": {"name": "enterprise"}});
            assert!(matches!(outcome(field, about(&new), &new), Outcome::Compliant { .. }), "{key}");
            let hidden = outcome(field, json!({"login": "acme"}), &new);
            assert_eq!(lacking(&hidden), Some(READ), "{key}: absent is not false");
            if field.meta.writes.is_empty() {
                assert!(matches!(outcome(field, about(&old), &new), Outcome::Violation { .. }), "{key}");
                continue;
            }
            let change = difference(outcome(field, about(&old), &new));
            let write = RestWrite::with_body("PATCH", "/orgs/acme".to_owned(), json!({key: new}));
            assert_eq!(change.writes, [Write::Rest(write)], "{key}");
            let back = difference(outcome(field, about(&new), &normal(&old)));
            match (change.effect, back.effect) {
                (Effect::Neutral, Effect::Neutral) => assert!(matches!(field.safer, Safer::Neutral), "{key}"),
                (a, b) => assert!(a != b && a != Effect::Neutral, "{key}: {a:?} {b:?}"),
            }
        }
    }

    #[test]
    fn directions_are_those_that_keep_people_out() {
        let effect = |field, old: Value, new: Value| {
            let field: &OrgField = field;
            difference(outcome(field, json!({field.meta.shape.key: old}), &new)).effect
        };
        let base = &DEFAULT_REPOSITORY_PERMISSION;
        assert_eq!(effect(base, json!("read"), json!("none")), Effect::Tightening);
        assert_eq!(effect(base, json!("read"), json!("admin")), Effect::Loosening);
        assert_eq!(effect(&MEMBERS_CAN_CREATE_PUBLIC_REPOSITORIES, json!(true), json!(false)), Effect::Tightening);
        assert_eq!(effect(&WEB_COMMIT_SIGNOFF_REQUIRED, json!(true), json!(false)), Effect::Loosening);
    }

    #[test]
    fn internal_repositories_need_an_enterprise() {
        let field = &MEMBERS_CAN_CREATE_INTERNAL_REPOSITORIES;
        let told = |plan: &str| json!({field.meta.shape.key: false, "plan": {"name": plan}});
        let elsewhere = outcome(field, told("team"), &json!(true));
        assert!(matches!(elsewhere, Outcome::NotApplicable(why) if why.contains("`team`")));
        assert!(matches!(outcome(field, told("team"), &json!(false)), Outcome::Compliant { .. }));
        assert_eq!(difference(outcome(field, told("enterprise"), &json!(true))).effect, Effect::Loosening);
    }

    #[test]
    fn an_empty_text_and_none_are_the_same() {
        assert!(matches!(outcome(&BLOG, json!({"blog": null}), &json!("")), Outcome::Compliant { .. }));
        assert_eq!(check_text(&json!("x".repeat(161))).len(), 1);
        assert_eq!(check_text(&json!("ü".repeat(160))), []);
        let hidden = Bench::new(vec![]).org_rest("", forbidden(READ));
        let judged = hidden.judge(&BLOG, None, &desired("blog", None, &json!("x"))).expect("read").remove(0);
        assert_eq!(lacking(&judged.outcome), Some(READ));
    }
}
