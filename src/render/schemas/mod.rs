//! The JSON Schemas (2020-12) of the published formats.

/// A published format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `ordain.plan/1`
    Plan,
    /// `ordain.snapshot/1`
    Snapshot,
    /// `ordain.journal/1`: the schema of one line.
    Journal,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plan, Self::Snapshot, Self::Journal];

    /// The word of the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Snapshot => "snapshot",
            Self::Journal => "journal",
        }
    }
}

/// The schema of the format, as JSON with a line feed at its end.
#[must_use]
pub const fn schema(kind: Kind) -> &'static str {
    match kind {
        Kind::Plan => include_str!("plan.schema.json"),
        Kind::Snapshot => include_str!("snapshot.schema.json"),
        Kind::Journal => include_str!("journal.schema.json"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::render::samples;

    fn check(kind: Kind, document: &Value) -> Result<(), String> {
        let schema: Value = serde_json::from_str(schema(kind)).expect("the schema is JSON");
        let validator = jsonschema::draft202012::new(&schema).expect("the schema is a schema");
        validator.validate(document).map_err(|error| format!("{error} at {}", error.instance_path()))
    }

    #[test]
    fn the_schemas_are_valid() {
        for kind in Kind::ALL {
            let schema: Value = serde_json::from_str(schema(kind)).expect("JSON");
            assert!(jsonschema::meta::is_valid(&schema), "{}", kind.as_str());
        }
    }

    #[test]
    fn plans_fit_and_wrong_ones_do_not() {
        for plan in [samples::empty(), samples::full()] {
            let plan = serde_json::to_value(plan).expect("JSON");
            assert_eq!(check(Kind::Plan, &plan), Ok(()));
        }
        let wrong = |pointer: &str, value: Value| {
            let mut plan = serde_json::to_value(samples::full()).expect("JSON");
            *plan.pointer_mut(pointer).expect(pointer) = value;
            assert!(check(Kind::Plan, &plan).is_err(), "{pointer}");
        };
        wrong("/format", json!("ordain.plan/2"));
        wrong("/digest", json!("sha256:xyz"));
        wrong("/changes/0/action", json!("replace"));
        wrong("/changes/0/source", Value::Null);
        wrong("/findings/0/verdict", json!("change"));
        wrong("/findings/0", json!({"id": "a:b"}));
        wrong("/summary/change", json!(-1));
        let mut plan = serde_json::to_value(samples::full()).expect("JSON");
        plan["extra"] = json!(1);
        assert!(check(Kind::Plan, &plan).is_err());
    }

    fn snapshot() -> Value {
        json!({
            "format": "ordain.snapshot/1", "ordain": "0.1.0", "as_of": "2026-11-22T12:00:00Z",
            "api_url": "https://api.github.com", "viewer": {"known": {"login": "octocat"}},
            "organizations": [{
                "login": "expressjs", "error": null,
                "rest": {"": {"known": {"two_factor_requirement_enabled": true}},
                         "code-security/configurations": {"unknown": "hidden", "permission": "administration:read"}},
                "repositories": [{
                    "id": 1, "node_id": "R_1", "name": "cors", "full_name": "expressjs/cors", "private": false,
                    "topics": [], "license": {"key": "mit", "spdx_id": "MIT"},
                    "graphql": {"isEmpty": {"known": false}, "hasVulnerabilityAlertsEnabled": {"unknown": "no", "permission": null}},
                    "trees": {"": {"known": [{"name": "SECURITY.md", "type": "blob", "mode": 33188,
                        "oid": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "size": 0}]}, "docs": {"known": null}},
                    "rest": {"private-vulnerability-reporting": {"not_applicable": "it is private"}},
                }],
                "blobs": {"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391": {"text": ""}},
            }],
            "not_read": ["Deploy keys."],
        })
    }

    #[test]
    fn snapshots_fit_and_wrong_ones_do_not() {
        assert_eq!(check(Kind::Snapshot, &snapshot()), Ok(()));
        let wrong = |pointer: &str, value: Value| {
            let mut snapshot = snapshot();
            *snapshot.pointer_mut(pointer).expect(pointer) = value;
            assert!(check(Kind::Snapshot, &snapshot).is_err(), "{pointer}");
        };
        wrong("/organizations/0/repositories/0/graphql/isEmpty", json!(false));
        wrong("/organizations/0/repositories/0/node_id", json!(7));
        wrong("/organizations/0/repositories/0/trees/docs", json!({"known": "x"}));
        wrong("/organizations/0/rest/", json!({"known": 1, "unknown": "both"}));
        wrong("/organizations/0/blobs", json!({"xyz": {"text": ""}}));
        wrong("/organizations", Value::Null);
    }

    #[test]
    fn journals_fit_line_by_line_and_wrong_lines_do_not() {
        let at = "2026-11-22T12:00:00Z";
        let intent = json!({"entry": "intent", "seq": 1, "at": at, "id": "expressjs/cors:topics", "org": "expressjs",
            "repo": "cors", "node_id": "R_1", "setting": "topics", "key": "topics", "name": null, "part": null, "action": "update", "before": [], "after": ["x"],
            "effect": "neutral", "deletes": false, "delivery": "api", "method": "PUT", "path": "/repos/expressjs/cors/topics"});
        let lines = [
            json!({"entry": "begin", "format": "ordain.journal/1", "ordain": "0.1.0", "started_at": at,
                "api_url": "https://api.github.com", "orgs": ["expressjs"],
                "policy_digest": format!("sha256:{}", "0".repeat(64))}),
            intent.clone(),
            json!({"entry": "outcome", "seq": 1, "at": at, "result": "applied", "message": null, "url": null}),
            json!({"entry": "closing", "seq": 3, "at": at, "org": "expressjs", "repo": "cors", "node_id": "R_1",
                "url": "https://github.com/expressjs/cors/pull/9"}),
            json!({"entry": "outcome", "seq": 2, "at": at, "result": "failed", "message": "422"}),
            json!({"entry": "end", "at": at, "complete": true}),
        ];
        for line in &lines {
            assert_eq!(check(Kind::Journal, line), Ok(()), "{line}");
        }
        let mut unnamed = intent.clone();
        unnamed["entry"] = json!("other");
        let mut unkeyed = intent;
        unkeyed["seq"] = Value::Null;
        for line in [unnamed, unkeyed, json!({"entry": "outcome", "seq": 1, "at": at, "result": "perhaps"}), json!([])]
        {
            assert!(check(Kind::Journal, &line).is_err(), "{line}");
        }
    }
}
