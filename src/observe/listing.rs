//! The first thing read of an organisation: which repositories it has, with everything the list says of them.

use serde_json::Value;

use super::Observer;
use crate::{
    github::{GithubError, Inside, ListOf},
    model::{Alike, Org, Reading, Repository},
    settings::{OrgError, OrgObserved},
};

/// An organisation with its repositories, and what a person should know about the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The observation, with an error in it where the organisation could not be listed.
    pub observed: OrgObserved,
    /// Sentences about what the list lacks.
    pub warnings: Vec<String>,
}

impl Observer {
    /// Lists an organisation: `GET /orgs/{org}` (for the number of repositories it has) and `GET /orgs/{org}/repos`, side by
    /// side, a hundred repositories a page.
    pub async fn list(&self, org: &Org) -> Listed {
        self.some_org.get_or_init(|| org.clone());
        let about = format!("/orgs/{org}");
        let path = path(org);
        let mut broken = 0_usize;
        let (mut repositories, mut alike) = (Vec::new(), Alike::default());
        let mut take = |page: Vec<Option<Repository>>| {
            broken += page.iter().filter(|one| one.is_none()).count();
            for mut repository in page.into_iter().flatten() {
                repository.share(&mut alike);
                repositories.push(repository);
            }
        };
        let (about, pages) = futures::join!(
            self.client.get(org, &about),
            self.client.pages(
                org,
                ListOf { path: &path, items: None, wants: Some(&is_wanted) },
                &repositories_of,
                &mut take
            )
        );
        // A list of which nothing can be read is none: what names repositories would be made for no repository.
        let unreadable = || {
            let message = "it is not a list of repositories".to_owned();
            GithubError::Malformed { call: format!("GET {path}"), message }
        };
        let pages = pages.and_then(|()| if broken > 0 && repositories.is_empty() { Err(unreadable()) } else { Ok(()) });
        if let Err(error) = pages {
            let observed = OrgObserved { error: Some(explain(org, &error)), ..OrgObserved::default() };
            return Listed { observed, warnings: Vec::new() };
        }
        let mut warnings = Vec::new();
        if broken > 0 {
            warnings.push(format!(
                "{org}: {broken} entries of the repository list are not what GitHub's API describes (no id or name); they are left out"
            ));
        }
        let seen = repositories.len() + broken;
        let mut observed = OrgObserved::new(repositories);
        observed.token_permissions = self.client.permissions(org).await;
        let about = about.map(|response| response.body);
        if let Ok(body) = &about {
            warnings.extend(fewer(org, seen, body));
        }
        let reading = match about {
            Ok(body) => Reading::known(Some(body)),
            Err(error) => super::unknown(&error, Some("organization_administration:read")),
        };
        observed.rest.insert(String::new(), reading);
        Listed { observed, warnings }
    }
}

/// Whether a field of the list is read at all.
fn is_wanted(inside: Inside<'_>, name: &str) -> bool {
    inside.depth > 0 || Repository::is_read(name)
}

/// The repositories of a page; none for an entry that is not what GitHub's API describes.
fn repositories_of(page: Vec<Value>) -> Vec<Option<Repository>> {
    let read = |item| serde_json::from_value::<Repository>(item).ok().map(Repository::trimmed);
    page.into_iter().map(read).collect()
}

/// Says that the organisation has more repositories than the token sees: an installation on selected repositories lists
/// only those.
fn fewer(org: &Org, seen: usize, about: &Value) -> Option<String> {
    let count = |key: &str| about.get(key).and_then(Value::as_u64);
    let has = count("public_repos")? + count("total_private_repos").unwrap_or_default();
    (has > seen as u64).then(|| {
        format!(
            "{org}: the token sees {seen} of {has} repositories; the others are neither judged nor changed (an App must be \
             installed on all repositories)"
        )
    })
}

/// The path of the list.
pub(super) fn path(org: &Org) -> String {
    format!("/orgs/{org}/repos?type=all&sort=full_name&direction=asc")
}

pub(super) fn explain(org: &Org, error: &GithubError) -> OrgError {
    let reason = match error {
        GithubError::NotFound { .. } => {
            format!(
                "GitHub knows no organisation `{org}`, or the token may not see it (404); check its name (`orgs` in policy.toml)"
            )
        }
        other => other.to_string(),
    };
    OrgError { reason, permission: error.permission().cloned() }
}
