//! Writing the world as a state document.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::sim::git::{Blob, Commit, Entry, Oid, Signer};
use crate::sim::names::PAIRS;
use crate::sim::rest;
use crate::sim::token::{Kind, Token};
use crate::sim::world::{Org, Repo, World};

/// Returns the world as a document that [`super::load`] reads back into an equal one.
pub fn save(world: &World) -> Value {
    let mut simulator = json!({
        "tokens": world.tokens.iter().map(token).collect::<Vec<_>>(),
        "rate_limit": {"core": world.limits.core, "graphql": world.limits.graphql, "secondary": world.limits.secondary, "window_s": world.limits.window_s},
        "latency_ms": world.latency_ms,
        "attach_reads": world.attach_reads,
        "next_id": world.next_id,
        "app": {"id": world.app.0, "slug": world.app.1},
    });
    if let (true, Some(map)) = (world.clock_factor > 1.0, simulator.as_object_mut()) {
        map.insert("clock_factor".to_owned(), json!(world.clock_factor));
    }
    if let (Some(faults), Some(map)) = (super::faults::save(&world.faults), simulator.as_object_mut()) {
        map.insert("faults".to_owned(), faults);
    }
    if let (Some(now), Some(map)) = (world.now, simulator.as_object_mut()) {
        map.insert("now".to_owned(), json!(now.to_string()));
    }
    if let (false, Some(map)) = (world.users.is_empty(), simulator.as_object_mut()) {
        map.insert("users".to_owned(), json!(world.users));
    }
    let mut document = json!({
        "format": "ordain.snapshot/1",
        "ordain": env!("CARGO_PKG_VERSION"),
        "as_of": world.stamp(),
        "api_url": "https://api.github.com",
        "organizations": world.orgs.iter().map(org).collect::<Vec<_>>(),
        "not_read": [],
        "simulator": simulator,
    });
    if let (Some(login), Some(map)) = (&world.viewer, document.as_object_mut()) {
        map.insert("viewer".to_owned(), known(json!({ "login": login })));
    }
    document
}

fn token(token: &Token) -> Value {
    json!({
        "token": token.token,
        "login": token.login,
        "type": match token.kind { Kind::User => "user", Kind::AppInstallation => "app_installation", Kind::App => "app" },
        "permissions": token.permissions,
        "owner": token.permissions.is_none(),
        "orgs": token.orgs,
        "repositories": token.repositories,
    })
}

fn known(value: Value) -> Value {
    json!({ "known": value })
}

fn org(org: &Org) -> Value {
    let mut fields = org.fields.clone();
    fields.insert("login".to_owned(), json!(org.login));
    fields.insert("id".to_owned(), json!(org.id));
    fields.insert("node_id".to_owned(), json!(org.node_id));
    let mut readings = Map::new();
    readings.insert(String::new(), known(Value::Object(fields)));
    readings.extend(org.rest.clone());
    let configurations = org.configurations.iter().map(|c| {
        let mut fields = c.fields.clone();
        fields.insert("id".to_owned(), json!(c.id));
        Value::Object(fields)
    });
    readings.insert("code-security/configurations".to_owned(), known(configurations.collect()));
    let defaults = org.configurations.iter().filter_map(|c| {
        Some(json!({"default_for_new_repos": c.default_for.as_ref()?, "configuration": {"id": c.id, "name": c.get("name")}}))
    });
    readings.insert("code-security/configurations/defaults".to_owned(), known(defaults.collect()));
    let mut reached = BTreeSet::new();
    let repositories: Vec<Value> = org.repos.iter().map(|r| repo(org, r, &mut reached)).collect();
    let trees: BTreeMap<_, _> = org.objects.trees.iter().filter(|(oid, _)| !reached.contains(*oid)).collect();
    let (blobs, binary) = blobs(org);
    let mut simulator = json!({
        "installation": org.installation,
        "secret_scanning": org.secret_scanning,
        "trees": trees.iter().map(|(oid, lines)| ((*oid).clone(), lines.iter().map(entry).collect())).collect::<Map<_, Value>>(),
        "binary": binary,
    });
    if let (Some((status, message)), Some(map)) = (&org.error, simulator.as_object_mut()) {
        map.insert("status".to_owned(), json!(status));
        map.insert("message".to_owned(), json!(message));
    }
    json!({
        "login": org.login,
        "error": org.error.as_ref().map(|(_, message)| json!({"reason": message, "permission": null})),
        "rest": readings,
        "repositories": repositories,
        "blobs": blobs,
        "simulator": simulator,
    })
}

fn blobs(org: &Org) -> (Map<String, Value>, Map<String, Value>) {
    let (mut texts, mut binary) = (Map::new(), Map::new());
    for (oid, blob) in &org.objects.blobs {
        match blob {
            Blob::TooLarge => texts.insert(oid.clone(), json!({"too_large": true})),
            Blob::Binary => texts.insert(oid.clone(), json!({"binary": true})),
            Blob::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => texts.insert(oid.clone(), json!({ "text": text })),
                Err(_) => {
                    binary.insert(oid.clone(), json!(STANDARD.encode(bytes)));
                    texts.insert(oid.clone(), json!({"binary": true}))
                }
            },
        };
    }
    (texts, binary)
}

fn entry(entry: &Entry) -> Value {
    json!({"name": entry.name, "type": entry.kind(), "mode": entry.mode, "oid": entry.oid, "size": entry.size})
}

fn repo(org: &Org, repo: &Repo, reached: &mut BTreeSet<Oid>) -> Value {
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(repo.id));
    out.insert("node_id".to_owned(), json!(repo.node_id));
    out.insert("name".to_owned(), json!(repo.name));
    out.insert("full_name".to_owned(), json!(format!("{}/{}", org.login, repo.name)));
    out.extend(repo.fields.iter().map(|(key, value)| (key.clone(), value.clone())));
    out.insert("security_and_analysis".to_owned(), switches(repo));
    out.insert("graphql".to_owned(), graphql(repo));
    out.insert("trees".to_owned(), trees(org, repo, reached));
    out.insert("rest".to_owned(), readings(repo));
    out.insert("simulator".to_owned(), simulator(repo));
    Value::Object(out)
}

fn switches(repo: &Repo) -> Value {
    let status = |on: bool| json!({"status": if on { "enabled" } else { "disabled" }});
    let mut out: Map<String, Value> = repo.security.iter().map(|(k, on)| (k.clone(), status(*on))).collect();
    out.insert("dependabot_security_updates".to_owned(), status(repo.fixes));
    Value::Object(out)
}

fn graphql(repo: &Repo) -> Value {
    let mut out = Map::new();
    for (gql, rest) in PAIRS {
        out.insert((*gql).to_owned(), known(repo.fields.get(rest).cloned().unwrap_or(Value::Null)));
    }
    out.insert("hasVulnerabilityAlertsEnabled".to_owned(), known(json!(repo.alerts)));
    out.insert("isEmpty".to_owned(), known(json!(repo.is_empty())));
    out.insert("viewerCanAdminister".to_owned(), known(json!(true)));
    let branch = repo.head().map(|head| json!({"name": repo.default_branch(), "target": {"oid": head.oid}}));
    out.insert("defaultBranchRef".to_owned(), known(json!(branch)));
    for (key, value) in &repo.graphql {
        out.insert(key.clone(), known(value.clone()));
    }
    Value::Object(out)
}

/// Writes every folder of the default branch, by path; the folders that ordain asks for are there even where absent.
fn trees(org: &Org, repo: &Repo, reached: &mut BTreeSet<Oid>) -> Value {
    let mut out = Map::new();
    let Some(head) = repo.head() else {
        return Value::Object(out);
    };
    let mut folders = BTreeMap::from([(String::new(), head.tree.clone())]);
    for (path, entry) in org.objects.flatten(&head.tree, true) {
        if entry.kind() == "tree" {
            folders.insert(path, entry.oid);
        }
    }
    for (path, oid) in folders {
        if let Some(lines) = org.objects.trees.get(&oid) {
            out.insert(path, known(lines.iter().map(entry).collect()));
            reached.insert(oid);
        }
    }
    for path in [".github", ".github/workflows", "docs"] {
        if org.objects.at(&head.tree, path).is_none() {
            out.insert(path.to_owned(), known(Value::Null));
        }
    }
    Value::Object(out)
}

fn readings(repo: &Repo) -> Value {
    let mut out: Map<String, Value> = repo.rest.clone().into_iter().collect();
    let pvr = if repo.is_private() {
        json!({"not_applicable": "the repository is not public"})
    } else {
        known(json!({"enabled": repo.pvr}))
    };
    out.insert("private-vulnerability-reporting".to_owned(), pvr);
    let fixes = json!({"enabled": repo.fixes, "paused": repo.fixes_paused});
    out.insert("automated-security-fixes".to_owned(), known(fixes));
    let workflows: Vec<Value> = repo.workflows.iter().map(rest::plain_workflow).collect();
    out.insert("actions/workflows".to_owned(), known(json!({"total_count": workflows.len(), "workflows": workflows})));
    Value::Object(out)
}

fn simulator(repo: &Repo) -> Value {
    let attachment = repo.attachment.as_ref();
    json!({
        "renamed_from": repo.renamed_from,
        "attach_fails": repo.attach_fails,
        "code_security_configuration":
            attachment.map(|a| json!({"id": a.configuration, "status": a.status, "reads_left": a.reads_left})),
        "git": {
            "refs": repo.refs,
            "commits": repo.commits.values().map(commit).collect::<Vec<_>>(),
            "loose": repo.loose,
        },
        "workflow_runs": repo.runs.iter().map(rest::plain_run).collect::<Vec<_>>(),
        "pulls": repo.pulls.iter().map(rest::plain_pull).collect::<Vec<_>>(),
    })
}

fn commit(commit: &Commit) -> Value {
    json!({
        "oid": commit.oid,
        "tree": commit.tree,
        "parents": commit.parents,
        "message": commit.message,
        "author": signer(&commit.author),
        "committer": signer(&commit.committer),
        "signed": commit.signed,
    })
}

fn signer(signer: &Signer) -> Value {
    json!({"name": signer.name, "email": signer.email, "login": signer.login, "date": signer.date})
}
