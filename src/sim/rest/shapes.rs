//! GitHub's JSON for accounts and repositories.

use serde_json::{Map, Value, json};

use super::{Ctx, Spot};
use crate::sim::world::{Org, Repo, node_id};

/// Fields that only somebody who may push sees.
const MERGE: &[&str] = &[
    "allow_merge_commit",
    "allow_squash_merge",
    "allow_rebase_merge",
    "allow_auto_merge",
    "allow_update_branch",
    "use_squash_pr_title_as_default",
    "squash_merge_commit_title",
    "squash_merge_commit_message",
    "merge_commit_title",
    "merge_commit_message",
];

/// The switches that every public repository has.
const SWITCHES: &[&str] = &[
    "secret_scanning",
    "secret_scanning_push_protection",
    "secret_scanning_non_provider_patterns",
    "secret_scanning_ai_detection",
    "secret_scanning_delegated_alert_dismissal",
    "secret_scanning_delegated_bypass",
];

/// Fields that the organisation's list has not.
const FULL_ONLY: &[&str] = &["delete_branch_on_merge"];

const URLS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// Returns a stable number for a login that has none of its own.
pub(crate) fn account_id(login: &str) -> u64 {
    login.to_ascii_lowercase().bytes().fold(17_u64, |sum, b| (sum * 31 + u64::from(b)) % 90_000_000) + 1000
}

/// Returns GitHub's short description of an account.
pub(super) fn account(base: &str, login: &str, kind: &str, id: Option<u64>, node: Option<&str>) -> Value {
    let id = id.unwrap_or_else(|| account_id(login));
    let prefix = if kind == "Organization" { "O" } else { "U" };
    let node = node.map_or_else(|| node_id(prefix, id), str::to_owned);
    let url = format!("{base}/users/{}", crate::sim::http::encode(login));
    json!({
        "login": login, "id": id, "node_id": node, "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
        "gravatar_id": "", "url": url, "html_url": format!("https://github.com/{}", crate::sim::http::encode(login)),
        "followers_url": format!("{url}/followers"), "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"), "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"), "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"), "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"), "type": kind, "site_admin": false,
    })
}

/// Returns GitHub's short description of a person or an App's bot.
pub(super) fn user(base: &str, login: &str) -> Value {
    account(base, login, if login.ends_with("[bot]") { "Bot" } else { "User" }, None, None)
}

/// Returns GitHub's short description of an organisation as the owner of something.
pub(super) fn owner(base: &str, org: &Org) -> Value {
    account(base, &org.login, "Organization", Some(org.id), Some(&org.node_id))
}

/// Returns the part of a repository that all of GitHub's forms of it have.
pub(super) fn simple_repo(base: &str, org: &Org, repo: &Repo) -> Map<String, Value> {
    let full = format!("{}/{}", org.login, repo.name);
    let url = format!("{base}/repos/{full}");
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("id", json!(repo.id));
    put("node_id", json!(repo.node_id));
    put("name", json!(repo.name));
    put("full_name", json!(full));
    put("private", json!(repo.is_private()));
    put("owner", owner(base, org));
    put("html_url", json!(format!("https://github.com/{full}")));
    put("description", repo.fields.get("description").cloned().unwrap_or(Value::Null));
    put("fork", json!(repo.flag("fork")));
    put("url", json!(url));
    for (key, tail) in URLS {
        put(key, json!(format!("{url}{tail}")));
    }
    out
}

impl Ctx<'_> {
    /// Returns a repository as the token sees it: `full` as by itself, else as in a list.
    pub(crate) fn repo_json(&self, spot: Spot, full: bool) -> Value {
        let (org, repo) = (self.org(spot.o), self.repo(spot));
        let name = format!("{}/{}", org.login, repo.name);
        let mut out = simple_repo(&self.base, org, repo);
        let pushes = self.token.pushes(org, repo);
        for (key, value) in repo.fields.iter() {
            let hidden = MERGE.contains(&key.as_str()) && !(full && pushes);
            let hidden = hidden || (FULL_ONLY.contains(&key.as_str()) && full && !pushes);
            // A state in which the list does not tell the values: then GitHub leaves the field out.
            let hidden = hidden || (key == "custom_properties" && value.is_null());
            if !hidden {
                out.insert(key.clone(), value.clone());
            }
        }
        out.insert("license".to_owned(), license(repo.fields.get("license")));
        out.insert("git_url".to_owned(), json!(format!("git://github.com/{name}.git")));
        out.insert("ssh_url".to_owned(), json!(format!("git@github.com:{name}.git")));
        out.insert("clone_url".to_owned(), json!(format!("https://github.com/{name}.git")));
        out.insert("svn_url".to_owned(), json!(format!("https://github.com/{name}")));
        let count = |key: &str| repo.fields.get(key).cloned().unwrap_or(json!(0));
        for (key, from) in [
            ("watchers_count", "stargazers_count"),
            ("watchers", "stargazers_count"),
            ("forks", "forks_count"),
            ("open_issues", "open_issues_count"),
        ] {
            out.insert(key.to_owned(), count(from));
        }
        out.insert("permissions".to_owned(), self.permissions(spot));
        if self.token.sees_settings(org, repo) {
            out.insert("security_and_analysis".to_owned(), security_and_analysis(org, repo));
        }
        if full {
            out.insert("network_count".to_owned(), count("forks_count"));
            out.insert("subscribers_count".to_owned(), json!(0));
            out.insert("organization".to_owned(), owner(&self.base, org));
        }
        Value::Object(out)
    }

    fn permissions(&self, spot: Spot) -> Value {
        let (org, repo) = (self.org(spot.o), self.repo(spot));
        let (admin, push) = (self.token.administers(org, repo), self.token.pushes(org, repo));
        json!({"admin": admin, "maintain": admin, "push": push || admin, "triage": push || admin, "pull": true})
    }
}

/// Returns a licence with all the fields that GitHub has for it, from its key and SPDX id.
fn license(value: Option<&Value>) -> Value {
    let Some(Value::Object(given)) = value else {
        return Value::Null;
    };
    let key = given.get("key").and_then(Value::as_str).unwrap_or("other");
    let spdx = given.get("spdx_id").cloned().unwrap_or(Value::Null);
    let url = if key == "other" { Value::Null } else { json!(format!("https://api.github.com/licenses/{key}")) };
    let mut out = json!({"key": key, "name": given.get("name").cloned().unwrap_or(json!(key)), "spdx_id": spdx, "url": url, "node_id": "MDc6TGljZW5zZTEz"});
    if let (Some(out), true) = (out.as_object_mut(), given.contains_key("node_id")) {
        out.extend(given.clone());
    }
    out
}

/// Returns the block of switches that only administrators see.
pub(super) fn security_and_analysis(org: &Org, repo: &Repo) -> Value {
    let status = |on: bool| json!({"status": if on { "enabled" } else { "disabled" }});
    let mut out = Map::new();
    // What needs a product that the organisation has not is not among the switches of a private repository.
    if !repo.is_private() || org.secret_scanning {
        out.extend(SWITCHES.iter().map(|key| ((*key).to_owned(), status(false))));
    }
    out.insert("dependabot_security_updates".to_owned(), status(repo.fixes));
    if repo.is_private() && org.secret_scanning {
        out.insert("advanced_security".to_owned(), status(false));
    }
    for (key, on) in &repo.security {
        out.insert(key.clone(), status(*on));
    }
    Value::Object(out)
}
