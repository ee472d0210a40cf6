//! Keys that open a single repository to a machine.
//!
//! In bulk GraphQL's `deployKeys`, which cannot be null and so is believed only where the token can administer the repository;
//! where keys have to go, `GET /repos/{owner}/{repo}/keys` for their numbers, and `DELETE /repos/{owner}/{repo}/keys/{key_id}`.

use serde_json::{Value, json};

use super::people;
use crate::{
    model::{Action, Desired, Effect, Field, Kind, Problem, Scope, Shape, Tightens},
    settings::{
        Context, Difference, GraphqlField, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting,
        Write,
    },
};

const READ: &str = "administration:read";

const KEYS: GraphqlField = GraphqlField {
    key: "allDeployKeys",
    selection: "allDeployKeys: deployKeys(first: 100) { totalCount nodes { title readOnly } }",
    permission: Some(READ),
};

static META: Meta = Meta {
    shape: Shape {
        key: "deploy_keys",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(&[Field {
            key: "allowed",
            kind: Kind::OneOf(&["none", "read_only", "any"]),
            doc: "Which keys may be there: `none`, `read_only` (no key that may push), or `any`.",
            tightens: Tightens::Judged,
        }]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Deploy keys",
    docs: "Keys that open the repository to whoever has them, belong to nobody, and outlive whoever made them. Those beyond what is allowed \
are deleted, which tightens and is a deletion; what used such a key stops. GitHub cannot make a key read-only: a key that may push is \
deleted and has to be made anew. Keys are never added. To a token that cannot administer the repository GitHub says that there are none, \
which is not believed.",
    example: "[repo.deploy_keys]\nallowed = \"read_only\"\n",
    reads: &[READ],
    writes: &["administration:write"],
    calls: &[("allowed", "DELETE /repos/{owner}/{repo}/keys/{key_id}")],
    controls: &["OSPS AC-02.01"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct DeployKeys;

impl Setting for DeployKeys {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired.text("allowed").unwrap_or("any"), cx)?.whole()])
    }
}

fn check(value: &Value) -> Vec<Problem> {
    if value.get("allowed").is_some() {
        return Vec::new();
    }
    let message = "it does not say which keys are `allowed`".to_owned();
    vec![Problem { path: String::new(), message, help: Some("write `allowed = \"read_only\"`".to_owned()) }]
}

/// Whether a key may stay.
fn may_stay(allowed: &str, read_only: bool) -> bool {
    match allowed {
        "any" => true,
        "read_only" => read_only,
        _ => false,
    }
}

fn shown<'k>(keys: impl Iterator<Item = (&'k str, bool)>) -> Value {
    let word = |read_only| if read_only { "read-only" } else { "may push" };
    json!(keys.map(|(title, read_only)| format!("{title} ({})", word(read_only))).collect::<Vec<_>>())
}

fn key<'k>(item: &'k Value, read_only: &str) -> (&'k str, bool) {
    let title = item.get("title").and_then(Value::as_str).unwrap_or("without a title");
    (title, item.get(read_only) == Some(&Value::Bool(true)))
}

fn judge(allowed: &str, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let (listing, keys) = (cx.repository(), cx.graphql(KEYS));
    let (listing, keys) = (listing?, keys?);
    if !cx.sees_administration(listing) {
        let reason = "GitHub tells deploy keys only to tokens that can administer the repository";
        return Ok(Outcome::unknown(reason, Some(READ)));
    }
    let nodes = keys.value().and_then(|keys| keys.get("nodes")?.as_array());
    let total = keys.value().and_then(|keys| keys.get("totalCount")?.as_u64());
    if let Some(nodes) = nodes.filter(|nodes| Some(nodes.len() as u64) == total) {
        let keys = || nodes.iter().map(|node| key(node, "readOnly"));
        if keys().all(|(_, read_only)| may_stay(allowed, read_only)) {
            return Ok(Outcome::Compliant { observed: shown(keys()), desired: json!(allowed) });
        }
    }
    // Keys have to go, or they are not all told there: REST has their numbers.
    let keys = match Outcome::known(people::list(cx.rest(RestRead::list("keys", READ))?, READ, "deploy keys")) {
        Err(outcome) => return Ok(outcome),
        Ok(keys) => keys,
    };
    let (stay, go): (Vec<&Value>, Vec<&Value>) =
        keys.iter().partition(|item| may_stay(allowed, key(item, "read_only").1));
    let (before, after) =
        (shown(keys.iter().map(|item| key(item, "read_only"))), shown(stay.iter().map(|item| key(item, "read_only"))));
    if go.is_empty() {
        return Ok(Outcome::Compliant { observed: before, desired: json!(allowed) });
    }
    let mut writes = Vec::new();
    for id in go.iter().filter_map(|item| item.get("id").and_then(Value::as_u64)) {
        writes.push(Write::Rest(RestWrite::bare("DELETE", cx.repo_path(&format!("keys/{id}"))?)));
    }
    Ok(Outcome::Differs(Box::new(Difference {
        before,
        after,
        action: Action::Delete,
        effect: Effect::Tightening,
        deletes: true,
        moves: Vec::new(),
        writes,
        restricted: None,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::Reading,
        settings::bench::{Bench, desired, difference, example_is_sound, lacking, repo, repo_with},
    };

    fn wanted(allowed: &str) -> Desired {
        desired("deploy_keys", None, &json!({ "allowed": allowed }))
    }

    fn bench(listed: Value, nodes: Value) -> Bench {
        let total = nodes.as_array().map_or(0, Vec::len);
        Bench::new(vec![listed]).graphql(
            "web",
            "allDeployKeys",
            Reading::known(json!({"totalCount": total, "nodes": nodes})),
        )
    }

    #[test]
    fn what_is_allowed_costs_no_call_of_its_own() {
        example_is_sound(&DeployKeys);
        let now = bench(repo("web"), json!([{"title": "docs", "readOnly": true}]));
        for allowed in ["read_only", "any"] {
            assert!(matches!(now.outcome(&DeployKeys, "web", &wanted(allowed)), Outcome::Compliant { .. }));
        }
        assert_eq!(now.wanted(&DeployKeys, Some("web"), &wanted("none")), ["rest:keys"]);
        assert_eq!(check(&json!({})).len(), 1);
    }

    #[test]
    fn keys_beyond_what_is_allowed_are_deleted_by_number() {
        let now = bench(repo("web"), json!([{"title": "docs", "readOnly": true}, {"title": "ci", "readOnly": false}]))
            .known(
                "web",
                "keys",
                json!([{"id": 5, "title": "docs", "read_only": true}, {"id": 6, "title": "ci", "read_only": false}]),
            );
        let change = difference(now.outcome(&DeployKeys, "web", &wanted("read_only")));
        assert_eq!(
            (change.before, change.after),
            (json!(["docs (read-only)", "ci (may push)"]), json!(["docs (read-only)"]))
        );
        assert_eq!((change.action, change.effect, change.deletes), (Action::Delete, Effect::Tightening, true));
        assert_eq!(change.writes, [Write::Rest(RestWrite::bare("DELETE", "/repos/acme/web/keys/6".into()))]);
        assert_eq!(difference(now.outcome(&DeployKeys, "web", &wanted("none"))).writes.len(), 2);
    }

    #[test]
    fn an_empty_list_told_to_a_reader_is_not_believed() {
        let reader = repo_with("web", json!({"permissions": {"admin": false, "pull": true}}));
        assert_eq!(lacking(&bench(reader, json!([])).outcome(&DeployKeys, "web", &wanted("none"))), Some(READ));
    }
}
