//! Fields of a repository.

use serde_json::{Map, Value};

use super::exec::Exec;
use super::git::{find_object, reference_to};
use super::node::named;
use super::value::{Obj, Val, connection, leaf, plain};
use crate::sim::names::PAIRS;
use crate::sim::token::Level;
use crate::sim::world::{Org, Repo};

type Args = Map<String, Value>;

/// Resolves a field of a repository.
pub(super) fn resolve<'w>(
    exec: &Exec<'_, 'w>,
    org: &'w Org,
    repo: &'w Repo,
    name: &str,
    args: &Args,
) -> Option<Val<'w>> {
    let full = || format!("{}/{}", org.login, repo.name);
    if let Some((_, rest)) = PAIRS.iter().find(|(gql, _)| *gql == name) {
        return Some(leaf(
            repo.fields.get(rest).filter(|v| name != "homepageUrl" || **v != Value::String(String::new())),
        ));
    }
    if let Some(value) = related(exec, org, repo, name, args) {
        return Some(value);
    }
    Some(match name {
        "id" => leaf(&repo.node_id),
        "databaseId" => leaf(repo.id),
        "name" => leaf(&repo.name),
        "nameWithOwner" => leaf(full()),
        "owner" => Val::Obj(Obj::Org(org)),
        "url" => leaf(format!("https://github.com/{}", full())),
        "resourcePath" => leaf(format!("/{}", full())),
        "visibility" => leaf(repo.visibility().to_uppercase()),
        "isEmpty" => leaf(repo.is_empty()),
        "isMirror" => leaf(false),
        "isInOrganization" => leaf(true),
        "isLocked" => leaf(repo.graphql.get("isLocked").and_then(Value::as_bool).unwrap_or(false)),
        "archivedAt" => {
            if repo.flag("archived") {
                leaf(repo.text("updated_at"))
            } else {
                Val::Null
            }
        }
        "viewerCanAdminister" => leaf(exec.token.administers(org, repo)),
        "viewerPermission" => leaf(viewer_permission(exec, org, repo)),
        // Non-null in the schema: who may not see it is told no, whatever is so.
        "hasVulnerabilityAlertsEnabled" => leaf(repo.alerts && exec.token.sees_settings(org, repo)),
        "isSecurityPolicyEnabled" => leaf(has_policy(org, repo)),
        "securityPolicyUrl" => {
            if has_policy(org, repo) {
                leaf(format!("https://github.com/{}/security/policy", full()))
            } else {
                Val::Null
            }
        }
        "lockReason" | "mirrorUrl" => raw(repo, name).unwrap_or(Val::Null),
        _ => return raw(repo, name),
    })
}

/// Fields that lead to other objects.
fn related<'w>(exec: &Exec<'_, 'w>, org: &'w Org, repo: &'w Repo, name: &str, args: &Args) -> Option<Val<'w>> {
    let git = || exec.closed(org, repo, "contents");
    Some(match name {
        "licenseInfo" => license(repo),
        "primaryLanguage" => repo.text("language").map_or(Val::Null, |l| named("Language", l)),
        "repositoryTopics" => {
            let topics =
                repo.fields.get("topics").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let topics = topics.map(|t| plain("RepositoryTopic", vec![("topic", named("Topic", t))])).collect();
            connection("RepositoryTopicConnection", name, args, topics)
        }
        // To those who may not read the settings GitHub shows none.
        "branchProtectionRules" if exec.token.sees_settings(org, repo) => {
            rules(repo, name, "BranchProtectionRuleConnection", "BranchProtectionRule", args)
        }
        "branchProtectionRules" => connection("BranchProtectionRuleConnection", name, args, Vec::new()),
        "rulesets" => super::rulesets::of_repository(exec, org, repo, args),
        "object" => git().unwrap_or_else(|| find_object(org, repo, args)),
        "defaultBranchRef" => git().unwrap_or_else(|| reference_to(org, repo, &repo.head_ref())),
        "ref" => {
            let wanted = args.get("qualifiedName").and_then(Value::as_str).unwrap_or_default();
            let known = [wanted.to_owned(), format!("refs/heads/{wanted}"), format!("refs/{wanted}")];
            let found = known.iter().find(|n| repo.refs.contains_key(*n));
            git().unwrap_or_else(|| found.map_or(Val::Null, |n| reference_to(org, repo, n)))
        }
        "refs" => {
            let prefix = args.get("refPrefix").and_then(Value::as_str).unwrap_or("refs/heads/");
            let refs = repo.refs.keys().filter(|n| n.starts_with(prefix)).map(|n| reference_to(org, repo, n)).collect();
            git().unwrap_or_else(|| connection("RefConnection", name, args, refs))
        }
        "pullRequests" => {
            let closed = exec.closed(org, repo, "pull_requests");
            closed.unwrap_or_else(|| super::pulls::list(org, repo, args))
        }
        "codeowners" => git().unwrap_or_else(|| codeowners(org, repo)),
        "collaborators" => super::access::collaborators(exec, org, repo, args),
        "deployKeys" => super::access::deploy_keys(exec, org, repo, args),
        "environments" => {
            let closed = exec.closed(org, repo, "actions");
            closed.unwrap_or_else(|| listed(repo, name, "EnvironmentConnection", "Environment", args))
        }
        "interactionAbility" => interaction(exec, org, repo),
        "labels" => {
            let closed = exec.closed(org, repo, "issues");
            closed.unwrap_or_else(|| listed(repo, name, "LabelConnection", "Label", args))
        }
        _ => return None,
    })
}

/// A list that REST keeps, as a connection; its items have the same names there.
fn listed<'w>(repo: &'w Repo, name: &str, typename: &'static str, item: &'static str, args: &Args) -> Val<'w> {
    let items = repo.rest.get(name).and_then(|reading| reading.get("known")).and_then(Value::as_array);
    let items = items.into_iter().flatten().map(|item_value| json(item, item_value)).collect();
    connection(typename, name, args, items)
}

/// The limit in force; that there is none is told to administrators only.
fn interaction<'w>(exec: &Exec<'_, 'w>, org: &'w Org, repo: &'w Repo) -> Val<'w> {
    let limit = crate::sim::rest::interaction_limit(org, repo, exec.world.time());
    let (limit, expires, origin) = match limit {
        Some((limit, end, origin)) => (limit.to_uppercase(), leaf(end), origin),
        None if exec.token.sees_settings(org, repo) => ("NO_LIMIT".to_owned(), Val::Null, "repository"),
        None => return Val::Null,
    };
    let fields = vec![("limit", leaf(limit)), ("expiresAt", expires), ("origin", leaf(origin.to_uppercase()))];
    plain("RepositoryInteractionAbility", fields)
}

fn viewer_permission(exec: &Exec<'_, '_>, org: &Org, repo: &Repo) -> &'static str {
    match (exec.token.administers(org, repo), exec.token.level_on(org, repo, "contents")) {
        (true, _) => "ADMIN",
        (false, Level::Write | Level::Admin) => "WRITE",
        (false, Level::None | Level::Read) => "READ",
    }
}

fn license<'w>(repo: &'w Repo) -> Val<'w> {
    let Some(license) = repo.fields.get("license").filter(|l| l.is_object()) else {
        return Val::Null;
    };
    let text = |key: &str| license.get(key).and_then(Value::as_str);
    let key = text("key").unwrap_or("other");
    plain(
        "License",
        vec![("key", leaf(key)), ("spdxId", leaf(text("spdx_id"))), ("name", leaf(text("name").unwrap_or(key)))],
    )
}

/// Whether a security policy is in force: GitHub looks into the repository's own `.github`, root and `docs`, then into those of
/// the organisation's public `.github` repository.
fn has_policy(org: &Org, repo: &Repo) -> bool {
    let own = |repo: &Repo| {
        let Some(head) = repo.head() else {
            return false;
        };
        ["", ".github", "docs"].iter().any(|folder| {
            let entry = org.objects.at(&head.tree, folder);
            let lines = entry.and_then(|e| org.objects.trees.get(&e.oid)).into_iter().flatten();
            lines.into_iter().any(|e| e.kind() == "blob" && is_policy(&e.name))
        })
    };
    let shared = org.repo_index(".github").and_then(|r| org.repos.get(r)).filter(|r| r.visibility() == "public");
    own(repo) || shared.is_some_and(own)
}

fn is_policy(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["security.md", "security.markdown", "security.rst", "security.adoc", "security.txt"].contains(&name.as_str())
}

/// Returns the errors of the CODEOWNERS file in force, or null where there is none.
fn codeowners<'w>(org: &'w Org, repo: &'w Repo) -> Val<'w> {
    let Some(head) = repo.head() else {
        return Val::Null;
    };
    let there =
        [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"].iter().any(|p| org.objects.at(&head.tree, p).is_some());
    if !there {
        return Val::Null;
    }
    raw(repo, "codeowners").unwrap_or_else(|| plain("RepositoryCodeowners", vec![("errors", Val::List(Vec::new()))]))
}

/// Returns a connection that a state file holds, empty where it holds none.
fn rules<'w>(repo: &'w Repo, name: &str, typename: &'static str, item: &'static str, args: &Args) -> Val<'w> {
    let nodes = repo.graphql.get(name).map(|c| c.get("nodes").unwrap_or(c)).and_then(Value::as_array);
    let items = nodes.into_iter().flatten().map(|rule| Val::Obj(Obj::Json(item, rule))).collect();
    connection(typename, name, args, items)
}

/// Returns a field as the state file holds it.
fn raw<'w>(repo: &'w Repo, name: &str) -> Option<Val<'w>> {
    repo.graphql.get(name).map(|value| json("Object", value))
}

fn json<'w>(typename: &'static str, value: &'w Value) -> Val<'w> {
    match value {
        Value::Null => Val::Null,
        Value::Object(_) => Val::Obj(Obj::Json(typename, value)),
        Value::Array(items) => Val::List(items.iter().map(|v| json(typename, v)).collect()),
        other => Val::Leaf(other.clone()),
    }
}

/// Resolves a field of an object that a state file holds; one that it leaves out is no, an empty connection, or null.
pub(super) fn written<'w>(value: &'w Value, name: &str, args: &Args) -> Val<'w> {
    let paged = args.contains_key("first") || args.contains_key("last");
    match value.get(name) {
        Some(found) if paged => {
            let nodes = found.get("nodes").unwrap_or(found).as_array();
            connection("Connection", name, args, nodes.into_iter().flatten().map(|v| json(typename_of(v), v)).collect())
        }
        Some(found) => json(typename_of(found), found),
        None if paged => connection("Connection", name, args, Vec::new()),
        None => {
            let verbs = ["is", "requires", "allows", "restricts", "dismisses", "blocks", "lock", "requireLast"];
            if verbs.iter().any(|v| name.starts_with(v)) { leaf(false) } else { Val::Null }
        }
    }
}

/// Returns the type that an object of a state file says it has.
fn typename_of(value: &Value) -> &'static str {
    match value.get("__typename").and_then(Value::as_str) {
        Some("App") => "App",
        Some("Team") => "Team",
        Some("User") => "User",
        Some("Organization") => "Organization",
        Some("Repository") => "Repository",
        _ => "Object",
    }
}
