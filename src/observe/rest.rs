//! REST answers: organisation-wide lists, and what has no bulk form.

use futures::{StreamExt, stream};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Observer, unknown};
use crate::{
    github::{GithubError, Inside, ListOf},
    model::{NodeId, Org, Reading, RepoName, Repository, is_advisory_fork},
    settings::{Answer, ReadKey, RepoRead, RestAnswer, RestForm, RestRead},
};

/// Calls under way at once; the client's gate bounds all together.
const SIDE_BY_SIDE: usize = 12;

/// A question that REST answers.
#[derive(Debug, Clone)]
pub(super) enum Question {
    Org(Org, RestRead),
    Repo(Org, NodeId, RepoName, RestRead),
    Listing(Org, NodeId, RepoName),
    Name(Org, RepoName),
}

impl Question {
    /// The question as it was asked.
    pub(super) fn key(&self) -> ReadKey {
        match self.clone() {
            Self::Org(org, read) => ReadKey::Org(org, read),
            Self::Repo(org, id, _, read) => ReadKey::Repo(org, id, RepoRead::Rest(read)),
            Self::Listing(org, id, _) => ReadKey::Repo(org, id, RepoRead::Listing),
            Self::Name(org, name) => ReadKey::Name(org, name),
        }
    }

    /// Whose token answers it.
    pub(super) const fn org(&self) -> &Org {
        match self {
            Self::Org(org, _) | Self::Repo(org, ..) | Self::Listing(org, ..) | Self::Name(org, _) => org,
        }
    }
}

impl Observer {
    pub(super) async fn fetch_rest(&self, questions: Vec<Question>) -> Vec<(ReadKey, Answer)> {
        let answers = stream::iter(questions).map(|question| self.answer(question)).buffer_unordered(SIDE_BY_SIDE);
        answers.inspect(|_| self.note_answered(1)).collect().await
    }

    async fn answer(&self, question: Question) -> (ReadKey, Answer) {
        match question {
            Question::Org(org, read) => {
                let answer = self.read(&org, &join(&format!("/orgs/{org}"), &read.suffix), &read).await;
                (ReadKey::Org(org, read), Answer::Rest(answer))
            }
            Question::Repo(org, id, name, read) => {
                let answer = self.read(&org, &join(&format!("/repos/{org}/{name}"), &read.suffix), &read).await;
                (ReadKey::Repo(org, id, RepoRead::Rest(read)), Answer::Rest(answer))
            }
            Question::Listing(org, id, name) => {
                let answer = self.one_repository(&org, &id, &name).await;
                (ReadKey::Repo(org, id, RepoRead::Listing), Answer::Listing(Box::new(answer)))
            }
            Question::Name(org, name) => {
                let answer = self.leads_to(&org, &name).await;
                (ReadKey::Name(org, name), Answer::Name(answer))
            }
        }
    }

    pub(super) async fn read(&self, org: &Org, path: &str, read: &RestRead) -> RestAnswer {
        let answer = match read.form {
            RestForm::Document | RestForm::Certain => self.client.get(org, path).await.map(|response| {
                // 204 says "yes, and there is no more to say".
                if response.status == StatusCode::NO_CONTENT { Value::Object(Map::new()) } else { response.body }
            }),
            RestForm::List => self.items(org, path, None).await,
            RestForm::ListIn(key) => self.items(org, path, Some(key)).await,
        };
        match answer {
            Ok(body) => Reading::known(Some(body)),
            Err(GithubError::NotFound { .. }) if read.form != RestForm::Certain => Reading::known(None),
            Err(error) => unknown(&error, read.permission),
        }
    }

    /// The items of a page, cut down.
    pub(super) fn of_page(page: Vec<Value>) -> impl Iterator<Item = Value> {
        page.into_iter().map(concealed).map(brief)
    }

    /// The items of a list, each cut down as its page comes: an organisation has many repositories, and each object of one
    /// holds forty addresses.
    async fn items(&self, org: &Org, path: &str, key: Option<&str>) -> Result<Value, GithubError> {
        let mut all = Vec::new();
        let depth = 1 + usize::from(key.is_some());
        let wants = |inside: Inside<'_>, name: &str| {
            inside.depth != depth || inside.name != "repository" || OF_REPOSITORY.contains(&name)
        };
        let convert = |page| Self::of_page(page).collect();
        let list = ListOf { path, items: key, wants: Some(&wants) };
        self.client.pages(org, list, &convert, &mut |page: Vec<Value>| all.extend(page)).await?;
        Ok(Value::Array(all))
    }

    /// Where a name leads: GitHub redirects the old name of a renamed repository.
    async fn leads_to(&self, org: &Org, name: &RepoName) -> Reading<Option<String>> {
        match self.client.get(org, &format!("/repos/{org}/{name}")).await {
            Err(GithubError::NotFound { .. }) => Reading::known(None),
            Err(error) => unknown(&error, Some("metadata:read")),
            Ok(response) => {
                let full_name = response.body.get("full_name").and_then(Value::as_str);
                Reading::known(full_name.map(str::to_owned))
            }
        }
    }

    /// Reads a repository's own object again. A name that leads to another identity is another repository.
    async fn one_repository(&self, org: &Org, id: &NodeId, name: &RepoName) -> Reading<Repository> {
        match self.client.get(org, &format!("/repos/{org}/{name}")).await {
            Err(error) => unknown(&error, Some("metadata:read")),
            Ok(response) => match serde_json::from_value::<Repository>(response.body) {
                Ok(repository) if repository.node_id == *id => Reading::known(repository.trimmed()),
                Ok(_) => Reading::unknown(format!("the name {org}/{name} leads to another repository now")),
                Err(error) => Reading::unknown(format!("GitHub's answer is not a repository: {error}")),
            },
        }
    }
}

/// An item of a list; the fork of an advisory, whose very name discloses, is only a number: enough to leave it where it is.
fn concealed(mut item: Value) -> Value {
    let is_inside = item.get("repository").is_some_and(Value::is_object);
    let repository = if is_inside { &mut item["repository"] } else { &mut item };
    let is_private = repository.get("private") != Some(&Value::Bool(false));
    let name = repository.get("name").and_then(Value::as_str);
    if is_private && name.is_some_and(is_advisory_fork) {
        *repository = json!({"id": repository.get("id")});
    }
    item
}

/// What is said of a repository inside an item: which it is. What it is like is said by the list of repositories.
const OF_REPOSITORY: [&str; 6] = ["id", "node_id", "name", "full_name", "private", "visibility"];

fn brief(mut item: Value) -> Value {
    if let Some(Value::Object(repository)) = item.get_mut("repository") {
        // Room for these and no more: there is one for each repository.
        let mut kept = Map::with_capacity(OF_REPOSITORY.len());
        kept.extend(OF_REPOSITORY.iter().filter_map(|key| repository.remove_entry(*key)));
        *repository = kept;
    }
    item
}

/// A suffix that begins with `/` is a path from the API's root.
pub(super) fn join(base: &str, suffix: &str) -> String {
    if suffix.starts_with('/') {
        suffix.to_owned()
    } else if suffix.is_empty() {
        base.to_owned()
    } else {
        format!("{base}/{suffix}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fork_of_an_advisory_is_only_a_number_in_a_list() {
        let fork =
            json!({"id": 7, "node_id": "R_7", "name": "web-ghsa-7w2q-9hfx-m3cv", "private": true, "url": "…web-ghsa…"});
        let public = json!({"id": 8, "name": "web-ghsa-7w2q-9hfx-m3cv", "private": false});
        let items = vec![
            fork.clone(),
            json!({"status": "attached", "repository": fork}),
            public.clone(),
            json!({"name": "a label"}),
        ];
        let expected = json!([{"id": 7}, {"status": "attached", "repository": {"id": 7}}, public, {"name": "a label"}]);
        assert_eq!(Value::Array(items.into_iter().map(concealed).collect()), expected);
    }
}
