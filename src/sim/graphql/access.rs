//! Collaborators and deploy keys of a repository.

use serde_json::{Map, Value};

use super::exec::Exec;
use super::value::{Val, connection, leaf, person, plain};
use crate::sim::rest::{Access, accesses};
use crate::sim::token::Level;
use crate::sim::world::{Org, Repo, node_id};

/// Resolves `collaborators`; who may not administer the repository sees none.
pub(super) fn collaborators<'w>(
    exec: &Exec<'_, 'w>,
    org: &'w Org,
    repo: &'w Repo,
    args: &Map<String, Value>,
) -> Val<'w> {
    if exec.token.level_on(org, repo, "administration") < Level::Read {
        return Val::Fail("FORBIDDEN", "You do not have permission to view repository collaborators.".to_owned());
    }
    let direct = args.get("affiliation").and_then(Value::as_str) == Some("DIRECT");
    let found: Vec<Access> = accesses(org, repo).into_iter().filter(|access| !direct || access.is_direct()).collect();
    let people = found.iter().map(|access| person(&access.login)).collect();
    let page = connection("RepositoryCollaboratorConnection", "collaborators", args, people);
    let Val::Obj(super::value::Obj::Plain(page)) = page else { return page };
    let first = args.get("first").or(args.get("last")).and_then(Value::as_u64).unwrap_or(100);
    let size = usize::try_from(first).unwrap_or(100);
    let edges = found.iter().take(size).map(|access| edge(repo, access)).collect();
    let fields = page.fields.iter().filter(|(key, _)| *key != "edges").cloned();
    plain("RepositoryCollaboratorConnection", fields.chain([("edges", Val::List(edges))]).collect())
}

fn edge<'w>(repo: &Repo, access: &Access) -> Val<'w> {
    let source = |(kind, role): &(&'static str, String)| {
        let granter = plain(kind, vec![("id", leaf(&repo.node_id))]);
        // GraphQL's permission knows no roles between; `roleName` does.
        let permission = match role.as_str() {
            "admin" => "ADMIN",
            "write" | "maintain" => "WRITE",
            _ => "READ",
        };
        plain("PermissionSource", vec![("permission", leaf(permission)), ("roleName", leaf(role)), ("source", granter)])
    };
    let greatest = match access.role() {
        known @ ("read" | "triage" | "write" | "maintain" | "admin") => known.to_uppercase(),
        _ => "READ".to_owned(),
    };
    plain(
        "RepositoryCollaboratorEdge",
        vec![
            ("cursor", leaf(node_id("C", 1))),
            ("node", person(&access.login)),
            ("permission", leaf(greatest)),
            ("permissionSources", Val::List(access.sources.iter().map(source).collect())),
        ],
    )
}

/// Resolves `deployKeys`, which cannot be null: who may not administer the repository is told that there are none.
pub(super) fn deploy_keys<'w>(exec: &Exec<'_, 'w>, org: &'w Org, repo: &'w Repo, args: &Map<String, Value>) -> Val<'w> {
    let known = repo.rest.get("keys").and_then(|reading| reading.get("known")).and_then(Value::as_array);
    let seen = known.filter(|_| exec.token.sees_settings(org, repo));
    let node = |key: &Value| {
        let id = key.get("id").and_then(Value::as_u64).unwrap_or(1);
        plain(
            "DeployKey",
            vec![
                ("id", leaf(node_id("DK", id))),
                ("title", leaf(key.get("title").and_then(Value::as_str).unwrap_or_default())),
                ("readOnly", leaf(key.get("read_only") == Some(&Value::Bool(true)))),
                ("verified", leaf(true)),
            ],
        )
    };
    connection("DeployKeyConnection", "deployKeys", args, seen.into_iter().flatten().map(node).collect())
}
