//! REST answers: what the checker lets pass, and that each of its checks can fail.

use serde_json::{Value, json};

use crate::rest::{CONTENT, PVR, check, fails, message, passes};

#[test]
fn a_status_that_github_does_not_give_fails() {
    fails("GET", PVR, Value::Null, 206, json!({ "enabled": true }), "with 206");
    fails("PUT", PVR, Value::Null, 200, Value::Null, "with 200");
    fails("GET", PVR, Value::Null, 501, message("no such route"), "with 501");
    fails("GET", PVR, Value::Null, 418, message("teapot"), "with 418");
    for status in [401, 403, 404, 409, 410, 429] {
        passes("GET", PVR, Value::Null, status, message("no"));
    }
    for status in [500, 502, 503, 504] {
        passes("GET", PVR, Value::Null, status, Value::Null);
    }
}

#[test]
fn an_answer_of_another_shape_fails() {
    let get = |answer: Value, why: &str| fails("GET", PVR, Value::Null, 200, answer, why);
    get(json!({}), "\"enabled\" is a required property");
    get(json!({ "enabled": "yes" }), "/enabled: it is not of type \"boolean\"");
    get(json!([]), "it is not of type \"object\"");
    get(Value::Null, "no JSON body");
    fails("PUT", PVR, Value::Null, 204, json!({}), "204 has no body");
    fails("GET", PVR, Value::Null, 304, json!({}), "304 has no body");
    passes("GET", PVR, Value::Null, 304, Value::Null);
    // GitHub may add members to an answer.
    passes("GET", PVR, Value::Null, 200, json!({ "enabled": true, "new": 1 }));
}

#[test]
fn formats_and_enums_of_an_answer_are_held() {
    let member = |name: &str, value: Value| {
        let mut entry = json!({
            "id": 1, "node_id": "W_1", "name": "ci", "path": ".github/workflows/ci.yml",
            "state": "active", "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00.000+01:00", "url": "https://api.github.com/x",
            "html_url": "https://github.com/x", "badge_url": "https://github.com/x",
        });
        entry[name] = value;
        let answer = json!({ "total_count": 1, "workflows": [entry] });
        check("GET", "/repos/o/r/actions/workflows?per_page=100", Value::Null, 200, answer)
    };
    assert_eq!(member("state", json!("disabled_inactivity")), Vec::<String>::new());
    assert!(member("state", json!("asleep"))[0].contains("/workflows/0/state"));
    assert!(member("created_at", json!("yesterday"))[0].contains("/workflows/0/created_at"));
    assert!(member("id", json!("1"))[0].contains("/workflows/0/id"));
}

#[test]
fn null_is_allowed_only_where_github_says_so() {
    let blob = |member: &str, value: Value| {
        let mut answer = json!({
            "content": "", "encoding": "base64", "url": "https://api.github.com/x",
            "sha": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "size": 0, "node_id": "B_1",
        });
        answer[member] = value;
        check("GET", "/repos/o/r/git/blobs/e69de29b", Value::Null, 200, answer)
    };
    assert_eq!(blob("size", Value::Null), Vec::<String>::new());
    assert!(blob("sha", Value::Null)[0].contains("/sha"));
}

#[test]
fn null_is_one_of_an_enum_where_github_says_so() {
    let setup = |schedule: Value| {
        let path = "/repos/o/r/code-scanning/default-setup";
        let answer = json!({ "state": "configured", "schedule": schedule });
        check("GET", path, Value::Null, 200, answer)
    };
    assert_eq!(setup(Value::Null), Vec::<String>::new());
    assert_eq!(setup(json!("weekly")), Vec::<String>::new());
    assert!(setup(json!("daily"))[0].contains("/schedule"));
}

#[test]
fn an_error_answer_without_a_message_fails() {
    let delete = || json!({ "message": "ordain", "sha": "0" });
    for status in [401, 403, 404, 409, 422, 429] {
        fails("DELETE", CONTENT, delete(), status, json!({ "error": "no" }), "no `message` text");
        fails("DELETE", CONTENT, delete(), status, Value::Null, "no JSON body with a `message`");
    }
    fails("DELETE", CONTENT, delete(), 301, json!({}), "no `message` text");
    // "404: alerts are off" is described without a body, and in practice has one.
    let alerts = "/repos/o/r/vulnerability-alerts";
    passes("GET", alerts, Value::Null, 404, Value::Null);
    passes("GET", alerts, Value::Null, 404, message("Vulnerability alerts are disabled."));
    fails("GET", alerts, Value::Null, 404, json!({}), "no `message` text");
}

#[test]
fn either_form_of_a_422_passes_and_no_third_one() {
    let put = |errors: Value| {
        let mut answer = message("Validation Failed");
        answer["errors"] = errors;
        check("PUT", CONTENT, json!({ "message": "m", "content": "" }), 422, answer)
    };
    assert_eq!(put(json!([{ "code": "missing_field", "field": "sha" }])), Vec::<String>::new());
    assert_eq!(put(json!(["sha is missing"])), Vec::<String>::new());
    assert!(!put(json!([{ "field": "sha" }])).is_empty());
    assert!(!put(json!("sha is missing")).is_empty());
    passes("PUT", CONTENT, json!({ "message": "m", "content": "" }), 422, message("Invalid"));
}
