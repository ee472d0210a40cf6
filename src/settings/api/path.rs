//! Which paths of GitHub's API a policy may name by itself, and which it may not.
//!
//! What the catalogue covers is taken from the calls of the registered settings, so that it cannot go stale.

use crate::{model::Scope, settings::SETTINGS};

/// Words of which a path may not have one as a part: people and their access, what lets somebody in, what is decided one by one,
/// and what goes through `files`. Parts are taken at `/`, `-` and `_`.
const FORBIDDEN: &[(&[&str], &str)] = &[
    (
        &[
            "member",
            "members",
            "membership",
            "memberships",
            "collaborator",
            "collaborators",
            "invitation",
            "invitations",
            "teams",
            "roles",
            "managers",
        ],
        "who has access is no field of an object",
    ),
    (
        &["key", "keys", "token", "tokens", "credential", "credentials", "secrets", "jitconfig"],
        "it may show or change a secret, or let somebody in",
    ),
    (&["hook", "hooks", "webhooks"], "a webhook sends everything that happens to an address"),
    (&["installation", "installations"], "which Apps are installed is no field of an object"),
    (&["transfer", "transfers"], "it would hand something over to somebody else"),
    (&["alert", "alerts"], "an alert is decided by people, one by one"),
    (&["contents", "git", "merges", "pulls"], "files are held by `files`"),
];

/// A path of the API as the policy writes it: `/repos/{org}/{repo}/…` or `/orgs/{org}/…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiPath {
    /// What stands after `/repos/{org}/{repo}/` or `/orgs/{org}/`.
    pub(super) suffix: String,
}

/// What is wrong with a path, and how it is mended.
pub(super) type Fault = (String, Option<String>);

impl ApiPath {
    /// Parses a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn new(text: &str, scope: Scope) -> Result<Self, Fault> {
        let root = match scope {
            Scope::Repo => "/repos/{org}/{repo}",
            Scope::Org => "/orgs/{org}",
        };
        let outside = || {
            let message = format!("`{text}` is outside `{root}/`");
            (message, Some(format!("begin it with `{root}/`; other hosts and other owners are not asked")))
        };
        let rest = text.strip_prefix(root).ok_or_else(outside)?;
        let suffix = match rest.strip_prefix('/') {
            Some(suffix) => suffix,
            None if rest.is_empty() => return Err(covered(text)),
            None => return Err(outside()),
        };
        for part in suffix.split('/') {
            let strange = part.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_.~".contains(*c));
            if part.is_empty() || part.chars().all(|c| c == '.') || strange.is_some() {
                let message = match strange {
                    Some(strange) => format!("`{text}` has the character `{}`", strange.escape_default()),
                    None => format!("`{text}` has a part that is empty or only dots"),
                };
                let help = "a path has letters, digits, `-`, `_`, `.` and `~` between single `/`; no query, no escapes";
                return Err((message, Some(help.to_owned())));
            }
        }
        if let Some(why) = forbidden(suffix) {
            return Err((format!("`{text}` is not to be held by `api`: {why}"), None));
        }
        if is_covered(root, suffix) {
            return Err(covered(text));
        }
        Ok(Self { suffix: suffix.to_owned() })
    }
}

fn covered(text: &str) -> Fault {
    let help = "`ordain schema --manual` says which setting writes it";
    (format!("`{text}` is held by a setting of its own"), Some(help.to_owned()))
}

fn forbidden(suffix: &str) -> Option<&'static str> {
    let lower = suffix.to_ascii_lowercase();
    let mut words = lower.split(['/', '-', '_', '.', '~']);
    words.find_map(|word| FORBIDDEN.iter().find(|(all, _)| all.contains(&word)).map(|(_, why)| *why))
}

/// Whether a setting of the catalogue writes there, or to a list of which this is an item.
fn is_covered(root: &str, suffix: &str) -> bool {
    let whole = format!("{root}/{suffix}").to_ascii_lowercase();
    let list = whole.rsplit_once('/').filter(|(_, last)| last.bytes().all(|byte| byte.is_ascii_digit()));
    let calls = SETTINGS.iter().flat_map(|setting| setting.meta().calls);
    calls
        .flat_map(|(_, call)| paths(call))
        .any(|path| matches(path, &whole) || list.is_some_and(|(list, _)| matches(path, list)))
}

/// The paths that a description of calls names: `PUT or DELETE /repos/{owner}/{repo}/x, PATCH /orgs/{org}`.
fn paths(call: &str) -> impl Iterator<Item = &str> {
    call.split([' ', ',', ';']).filter(|word| word.starts_with('/'))
}

/// Whether a path is one of a template, of which `{…}` stands for any one part.
fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(template, part)| template.starts_with('{') || template == part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(text: &str, scope: Scope) -> String {
        ApiPath::new(text, scope).expect_err(text).0
    }

    #[test]
    fn a_path_of_the_target_is_taken() {
        for (text, scope, suffix) in [
            ("/repos/{org}/{repo}/interaction-policies", Scope::Repo, "interaction-policies"),
            (
                "/repos/{org}/{repo}/actions/permissions/fork-pr-workflows-private-repos",
                Scope::Repo,
                "actions/permissions/fork-pr-workflows-private-repos",
            ),
            (
                "/orgs/{org}/secret-scanning/pattern-configurations",
                Scope::Org,
                "secret-scanning/pattern-configurations",
            ),
            ("/orgs/{org}/actions/oidc/customization/sub", Scope::Org, "actions/oidc/customization/sub"),
        ] {
            assert_eq!(ApiPath::new(text, scope).expect(text).suffix, suffix);
        }
    }

    #[test]
    fn another_host_owner_or_scope_is_refused() {
        for text in [
            "https://evil.example/repos/{org}/{repo}/x",
            "//evil.example/repos/{org}/{repo}/x",
            "/repos/other/{repo}/x",
            "/repos/{org}/other/x",
            "/repos/{owner}/{repo}/x",
            "/repos/{org}/{repo}x",
            "/orgs/{org}/x",
            "/user",
            "repos/{org}/{repo}/x",
            "",
        ] {
            assert!(fault(text, Scope::Repo).contains("outside"), "{text}");
        }
        assert!(fault("/repos/{org}/{repo}/x", Scope::Org).contains("outside"));
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        for bad in [
            "a/../b", "..", "a//b", "a/", "", "a%2fb", "a?b=c", "a#b", "a b", "a\\b", "{org}", "a@b", "a:b", "ü",
            "a\nb", "...",
        ] {
            let text = format!("/repos/{{org}}/{{repo}}/{bad}");
            assert!(ApiPath::new(&text, Scope::Repo).is_err(), "{text}");
        }
    }

    #[test]
    fn what_the_catalogue_covers_is_refused() {
        for text in [
            "/repos/{org}/{repo}",
            "/repos/{org}/{repo}/private-vulnerability-reporting",
            "/repos/{org}/{repo}/Immutable-Releases",
            "/repos/{org}/{repo}/actions/permissions",
            "/repos/{org}/{repo}/actions/workflows/7/enable",
        ] {
            assert!(fault(text, Scope::Repo).contains("setting of its own"), "{text}");
        }
        for text in [
            "/orgs/{org}",
            "/orgs/{org}/code-security/configurations/3",
            "/orgs/{org}/actions/permissions/repositories/3",
            "/orgs/{org}/settings/immutable-releases",
        ] {
            assert!(fault(text, Scope::Org).contains("setting of its own"), "{text}");
        }
        for setting in SETTINGS.iter().filter(|setting| setting.meta().shape.key != "api") {
            for path in setting.meta().calls.iter().flat_map(|(_, call)| paths(call)) {
                let (scope, path) = match path.strip_prefix("/repos/{owner}/{repo}") {
                    Some(rest) => (Scope::Repo, format!("/repos/{{org}}/{{repo}}{rest}")),
                    None => (Scope::Org, path.to_owned()),
                };
                let filled = path.split('/').map(|part| match part {
                    "{org}" | "{repo}" => part,
                    part if part.starts_with('{') => "7",
                    part => part,
                });
                let filled = filled.collect::<Vec<_>>().join("/");
                assert!(ApiPath::new(&filled, scope).is_err(), "{filled}");
            }
        }
    }

    #[test]
    fn what_lets_somebody_in_is_refused() {
        for bad in [
            "collaborators/eve",
            "keys",
            "keys/3",
            "hooks",
            "hooks/3/config",
            "actions/secrets/TOKEN",
            "transfer",
            "actions/runners/registration-token",
            "dependabot/alerts/3",
            "vulnerability-alerts",
            "invitations/3",
            "contents/README.md",
            "git/refs/heads/main",
            "Secret-Scanning/Alerts/1",
            "pulls/3",
        ] {
            assert!(ApiPath::new(&format!("/repos/{{org}}/{{repo}}/{bad}"), Scope::Repo).is_err(), "{bad}");
        }
        for bad in [
            "memberships/eve",
            "members/eve",
            "outside_collaborators/eve",
            "installations",
            "personal-access-tokens/3",
            "teams/core/memberships/eve",
            "teams/core",
            "organization-roles/users",
            "security-managers",
            "hooks/3",
            "actions/secrets/X",
            "failed_invitations",
            "credential-authorizations/3",
        ] {
            assert!(ApiPath::new(&format!("/orgs/{{org}}/{bad}"), Scope::Org).is_err(), "{bad}");
        }
    }

    proptest! {
        /// Whatever is taken stays below the target, word for word.
        #[test]
        fn no_path_leaves_its_target(tail in "[a-zA-Z0-9./_~%?#@:{}\\\\ -]{0,24}") {
            let text = format!("/repos/{{org}}/{{repo}}/{tail}");
            if let Ok(path) = ApiPath::new(&text, Scope::Repo) {
                prop_assert_eq!(&path.suffix, &tail);
                prop_assert!(path.suffix.split('/').all(|part| !part.is_empty() && part != "." && part != ".."));
                let strange = path.suffix.contains(['%', '?', '#', '@', ':', '{', '}', '\\', ' ']);
                prop_assert!(!strange);
            }
        }
    }
}
