//! The fields, each with what it takes, where its safer side is, and its page of the manual.

use super::{OrgField, READ, check_text};
use crate::{
    model::{Kind, Scope, Shape, Tightens},
    settings::{Meta, Phase, direction::Safer},
};

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
