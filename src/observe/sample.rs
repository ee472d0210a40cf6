//! A look at an organisation for the price of a few requests, however many repositories it has: for forecasts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Observer, listing, rest, unknown};
use crate::{
    github::{GithubError, Pages},
    model::{Org, Reading, Repository},
    settings::{OrgError, RestAnswer, RestForm, RestRead},
};

/// Repositories on a page of a list.
const PAGE: u64 = 100;

/// What a few requests tell of an organisation.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Why it could not be listed, if so.
    pub error: Option<OrgError>,
    /// The repositories of the first and the last page of the list.
    pub repositories: Vec<Repository>,
    /// How many repositories the list has.
    pub count: u64,
    /// How many pages.
    pub pages: u64,
    /// How many of them are public, where that was told.
    pub public: Option<u64>,
    /// The organisation itself (`GET /orgs/{org}`).
    pub about: Option<RestAnswer>,
    /// What the token may do there, where GitHub said so (for Apps).
    pub token_permissions: Option<BTreeMap<String, String>>,
}

impl Observer {
    /// Looks at an organisation: itself, the first page of its repositories, and the last one, which tells how many there are.
    pub async fn sample(&self, org: &Org) -> Sample {
        let (about, path) = (format!("/orgs/{org}"), listing::path(org));
        let (about, first) = futures::join!(self.client.get(org, &about), self.client.first_page(org, &path, None));
        let pages = match &first {
            // The list is numbered; one that did not say how many pages it has is taken for one.
            Ok((_, Pages::Told(pages))) => *pages,
            _ => 1,
        };
        let listed = match first {
            Ok((items, _)) if pages > 1 => self.client.page(org, &path, None, pages).await.map(|last| (items, last)),
            Ok((items, _)) => Ok((items, Vec::new())),
            Err(error) => Err(error),
        };
        let (mut items, last) = match listed {
            Err(error) => return Sample { error: Some(listing::explain(org, &error)), ..Sample::default() },
            Ok(listed) => listed,
        };
        let count = if pages > 1 { u64::from(pages - 1) * PAGE + last.len() as u64 } else { items.len() as u64 };
        items.extend(last);
        let repositories = items.into_iter().filter_map(|item| serde_json::from_value::<Repository>(item).ok());
        Sample {
            error: None,
            repositories: repositories.map(Repository::trimmed).collect(),
            count,
            pages: u64::from(pages),
            public: about.as_ref().ok().and_then(|about| about.body.get("public_repos")?.as_u64()),
            about: Some(match about {
                Ok(response) => Reading::known(Some(response.body)),
                Err(error) => unknown(&error, Some("organization_administration:read")),
            }),
            token_permissions: self.client.permissions(org).await,
        }
    }

    /// Reads an organisation's answer, of a list the first page only; with how many pages there are.
    pub async fn glance(&self, org: &Org, read: &RestRead) -> (RestAnswer, Pages) {
        let path = rest::join(&format!("/orgs/{org}"), &read.suffix);
        let key = match read.form {
            RestForm::Document | RestForm::Certain => return (self.read(org, &path, read).await, Pages::Told(1)),
            RestForm::List => None,
            RestForm::ListIn(key) => Some(key),
        };
        match self.client.first_page(org, &path, key).await {
            Ok((items, pages)) => {
                (Reading::known(Some(Value::Array(items.into_iter().map(rest::concealed).collect()))), pages)
            }
            Err(GithubError::NotFound { .. }) => (Reading::known(None::<Value>), Pages::Told(1)),
            Err(error) => (unknown(&error, read.permission), Pages::Told(1)),
        }
    }
}
