//! What a snapshot read by GraphQL and the simulator keeps as REST's lists: labels, environments, the interaction limit.

use serde_json::{Value, json};

use crate::sim::world::Repo;

/// Moves such readings over, where REST's own are not there.
pub(super) fn take(repo: &mut Repo) {
    for key in ["environments", "labels"] {
        let nodes = repo.graphql.remove(key).and_then(|told| told.get("nodes").cloned());
        if let Some(nodes @ Value::Array(_)) = nodes {
            repo.rest.entry(key.to_owned()).or_insert(json!({"known": nodes}));
        }
    }
    let Some(told) = repo.graphql.remove("interactionAbility") else { return };
    let text = |key: &str| told.get(key).and_then(Value::as_str);
    if text("origin") == Some("ORGANIZATION") {
        return;
    }
    if let (Some(limit), Some(end)) = (text("limit").filter(|limit| *limit != "NO_LIMIT"), text("expiresAt")) {
        let known = json!({"limit": limit.to_lowercase(), "expires_at": end});
        repo.rest.entry("interaction-limits".to_owned()).or_insert(json!({"known": known}));
    }
}
