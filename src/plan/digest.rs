//! The digest of a plan: SHA-256 over its RFC 8785 JSON, made piece by piece, since a plan of many repositories written out
//! would need as much memory again as all that was observed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Plan, document::told};

/// What says when and at what cost a plan was made, and the digest itself.
const NOT_DIGESTED: [&str; 3] = ["created_at", "cost", "digest"];

/// The digest of a plan without `created_at`, `cost`, `digest` and `policy.commit`.
pub(super) fn of_plan(plan: &Plan) -> Result<String, serde_json::Error> {
    let mut fields: BTreeMap<String, Value> = serde_json::from_value(serde_json::to_value(head(plan))?)?;
    fields.retain(|name, _| !NOT_DIGESTED.contains(&name.as_str()));
    if let Some(Value::Object(policy)) = fields.get_mut("policy") {
        policy.remove("commit");
    }
    let mut hash = Sha256::new();
    // The names are ASCII, so that their order is that of RFC 8785, which goes by UTF-16.
    for (at, (name, value)) in fields.iter().enumerate() {
        hash.update(if at == 0 { "{" } else { "," });
        hash.update(serde_json_canonicalizer::to_vec(name)?);
        hash.update(":");
        match name.as_str() {
            "changes" => list(&plan.changes, &mut hash)?,
            "findings" => list(&plan.findings, &mut hash)?,
            _ => hash.update(serde_json_canonicalizer::to_vec(value)?),
        }
    }
    hash.update("}");
    Ok(told(&hash.finalize()))
}

fn list<T: Serialize>(items: &[T], hash: &mut Sha256) -> Result<(), serde_json::Error> {
    hash.update("[");
    for (at, item) in items.iter().enumerate() {
        hash.update(if at == 0 { "" } else { "," });
        hash.update(serde_json_canonicalizer::to_vec(item)?);
    }
    hash.update("]");
    Ok(())
}

/// The plan without its two long lists.
fn head(plan: &Plan) -> Plan {
    Plan {
        format: plan.format.clone(),
        digest: String::new(),
        ordain: plan.ordain.clone(),
        created_at: String::new(),
        as_of: plan.as_of.clone(),
        source: plan.source.clone(),
        scope: plan.scope.clone(),
        shard: plan.shard.clone(),
        policy: plan.policy.clone(),
        api_url: plan.api_url.clone(),
        orgs: plan.orgs.clone(),
        cost: plan.cost,
        estimate: plan.estimate,
        summary: plan.summary,
        refused: plan.refused.clone(),
        deferred: plan.deferred.clone(),
        warnings: plan.warnings.clone(),
        changes: Vec::new(),
        findings: Vec::new(),
        policy_changes: plan.policy_changes.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plan::hex_digest, render::samples};

    /// The definition: the whole plan as one canonical document.
    fn as_defined(plan: &Plan) -> String {
        let mut value = serde_json::to_value(plan).expect("JSON");
        let object = value.as_object_mut().expect("an object");
        object.retain(|key, _| !["created_at", "cost", "digest"].contains(&key.as_str()));
        object["policy"].as_object_mut().expect("an object").remove("commit");
        hex_digest(&serde_json_canonicalizer::to_vec(&value).expect("RFC 8785"))
    }

    #[test]
    fn it_is_the_digest_of_the_whole_document() {
        let full = samples::full();
        let none = Plan { changes: Vec::new(), findings: Vec::new(), ..full.clone() };
        for plan in [full, none] {
            assert_eq!(of_plan(&plan).expect("a digest"), as_defined(&plan));
        }
    }
}
