//! The digest of a plan: SHA-256 over its RFC 8785 JSON, made piece by piece, since a plan of many repositories written out
//! would need as much memory again as all that was observed.

use std::{collections::BTreeMap, iter, num::NonZero, panic::resume_unwind, thread};

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

/// How many items are written out before they are hashed.
const PIECE: usize = 256;

/// What is written out side by side: the writing takes far longer than the hashing.
fn list<T: Serialize + Sync>(items: &[T], hash: &mut Sha256) -> Result<(), serde_json::Error> {
    let writers = if items.len() > PIECE { thread::available_parallelism().map_or(1, NonZero::get).min(8) } else { 1 };
    hash.update("[");
    let mut comma = "";
    for items in items.chunks(PIECE * writers) {
        let pieces: Vec<_> = thread::scope(|scope| {
            let (own, others) = items.split_at(items.len().min(PIECE));
            let others: Vec<_> = others.chunks(PIECE).map(|piece| scope.spawn(|| written(piece))).collect();
            let others = others.into_iter().map(|writer| writer.join().unwrap_or_else(|panic| resume_unwind(panic)));
            iter::once(written(own)).chain(others.collect::<Vec<_>>()).collect()
        });
        for piece in pieces {
            hash.update(comma);
            hash.update(piece?);
            comma = ",";
        }
    }
    hash.update("]");
    Ok(())
}

/// Items with commas between them.
fn written<T: Serialize>(items: &[T]) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = Vec::new();
    for (at, item) in items.iter().enumerate() {
        text.extend_from_slice(if at == 0 { b"" } else { b"," });
        text.extend(serde_json_canonicalizer::to_vec(item)?);
    }
    Ok(text)
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
    use crate::{
        plan::{Change, hex_digest},
        render::samples,
    };

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
        let number = PIECE * 20 + 3;
        let changes = full.changes.iter().cycle().take(number).enumerate();
        let changes = changes.map(|(at, one)| Change { id: format!("{at}"), ..one.clone() }).collect();
        let long = Plan { changes, ..full.clone() };
        for plan in [full, none, long] {
            assert_eq!(of_plan(&plan).expect("a digest"), as_defined(&plan));
        }
    }
}
