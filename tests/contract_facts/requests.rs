//! REST requests: what the checker lets pass, and that each of its checks can fail.

use serde_json::{Value, json};

use crate::rest::{PVR, check, fails, message, passes};

#[test]
fn good_exchanges_pass() {
    passes("GET", PVR, Value::Null, 200, json!({ "enabled": true }));
    passes("PUT", PVR, Value::Null, 204, Value::Null);
    // The description names 200 and 422 only; private repositories answer 404.
    passes("GET", PVR, Value::Null, 404, message("Not Found"));
    let path = format!("/api/v3{PVR}");
    passes("GET", &path, Value::Null, 200, json!({ "enabled": false }));
    let path = "/repositories/4711/private-vulnerability-reporting";
    passes("GET", path, Value::Null, 200, json!({ "enabled": false }));
    let names = json!({ "names": ["security"] });
    passes("PUT", "/repos/o/r/topics", names.clone(), 200, names);
    passes("GET", "/orgs/o/repos?per_page=100&page=2&type=%61ll", Value::Null, 200, json!([]));
}

#[test]
fn a_path_that_github_does_not_have_fails() {
    let why = "no such operation";
    let answer = || json!({ "enabled": true });
    fails("GET", "/repos/o/r/private-reporting", Value::Null, 200, answer(), why);
    fails("GET", "/repositories/x/topics", Value::Null, 200, answer(), why);
    fails("GET", &format!("{PVR}/"), Value::Null, 200, answer(), why);
    fails("GET", "/repos//r/topics", Value::Null, 200, answer(), why);
    fails("POST", PVR, Value::Null, 204, Value::Null, why);
    fails("GET", "/repos/o/r/git/ref/%ZZ", Value::Null, 404, message("x"), why);
}

#[test]
fn parameters_of_a_path_may_hold_slashes_where_github_says_so() {
    let gone = || message("Not Found");
    passes("GET", "/repos/o/r/git/ref/heads/ordain/policy", Value::Null, 404, gone());
    passes("GET", "/repos/o/r/contents/.github/workflows/ci.yml?ref=main", Value::Null, 404, gone());
    passes("GET", "/repos/o/r/contents/", Value::Null, 404, gone());
    passes("GET", "/repos/o/r/branches/a%2Fb/protection", Value::Null, 404, gone());
    passes("GET", "/repos/o/r/branches/a/b/protection", Value::Null, 404, gone());
    fails("GET", "/repos/o/r/pulls/1/2", Value::Null, 404, gone(), "no such operation");
}

#[test]
fn the_most_literal_operation_is_meant() {
    let path = "/orgs/o/code-security/configurations/defaults";
    passes("GET", path, Value::Null, 200, json!([]));
    let why = "[GET /orgs/{org}/code-security/configurations/{configuration_id}]";
    fails("GET", "/orgs/o/code-security/configurations/7", Value::Null, 200, json!([]), why);
    let why = "[GET /repos/{owner}/{repo}/branches/{branch}/protection]";
    fails("GET", "/repos/o/r/branches/main/protection", Value::Null, 200, json!([]), why);
}

#[test]
fn a_path_parameter_of_the_wrong_type_fails() {
    let why = "`one` is not a value of the path parameter `pull_number`";
    fails("GET", "/repos/o/r/pulls/one", Value::Null, 404, message("x"), why);
    // A workflow is named by id or file.
    passes("GET", "/repos/o/r/actions/workflows/ci.yml", Value::Null, 404, message("x"));
    passes("GET", "/repos/o/r/actions/workflows/12", Value::Null, 404, message("x"));
}

#[test]
fn a_query_that_github_does_not_know_fails() {
    let ask = |query: &str, why: &str| {
        fails("GET", &format!("/orgs/o/repos?{query}"), Value::Null, 200, json!([]), why);
    };
    ask("perpage=100", "no query parameter `perpage`");
    ask("per_page=101", "a page holds 1 to 100");
    ask("per_page=0", "a page holds 1 to 100");
    ask("per_page=all", "not a value of the query parameter `per_page`");
    ask("page=1.5", "not a value of the query parameter `page`");
    ask("type=secret", "not a value of the query parameter `type`");
    ask("page=1&page=2", "twice");
    ask("sort=%GG", "not percent-encoded");
    ask("sort=%+5", "not percent-encoded");
    ask("sort=%6", "not percent-encoded");
    let path = "/orgs/o/code-security/configurations/detach?x=1";
    let body = json!({ "selected_repository_ids": [1] });
    fails("DELETE", path, body, 204, Value::Null, "no query parameter `x`");
}

#[test]
fn a_request_body_that_github_does_not_take_fails() {
    let topics = "/repos/o/r/topics";
    let answer = || json!({ "names": [] });
    let ask = |body: Value, why: &str| fails("PUT", topics, body, 200, answer(), why);
    ask(Value::Null, "needs a body");
    ask(json!({}), "\"names\" is a required property");
    ask(json!({ "names": "security" }), "/names: it is not of type \"array\"");
    ask(json!({ "names": [1] }), "/names/0");
    ask(json!({ "names": [], "topics": [] }), "'topics' was unexpected");
    fails("PUT", PVR, json!({ "enabled": true }), 204, Value::Null, "takes no body");
    fails("GET", PVR, json!([]), 200, json!({ "enabled": true }), "takes no body");
}

#[test]
fn unknown_members_deep_in_a_request_fail() {
    let repository = "/repos/o/r";
    let ask = |body: Value| check("PATCH", repository, body, 403, message("no"));
    let scanning = |status: &str| json!({ "secret_scanning": { "status": status } });
    let body = json!({ "archived": false, "security_and_analysis": scanning("enabled") });
    assert_eq!(ask(body), Vec::<String>::new());
    let problems = ask(json!({ "security_and_analysis": { "secret_scaning": {} } }));
    assert!(problems[0].contains("'secret_scaning' was unexpected"), "{problems:#?}");
    let problems = ask(json!({ "private_vulnerability_reporting": true }));
    assert!(problems[0].contains("was unexpected"), "{problems:#?}");
    // `null` is a value there, a number is not.
    assert_eq!(ask(json!({ "security_and_analysis": null })), Vec::<String>::new());
    let problems = ask(json!({ "security_and_analysis": 1 }));
    assert!(problems[0].contains("/security_and_analysis"), "{problems:#?}");
}

#[test]
fn members_of_a_reference_and_of_alternatives_are_known() {
    let rule = |parameters: Value| {
        let rule = json!({ "type": "update", "parameters": parameters });
        let body = json!({ "name": "main", "enforcement": "active", "target": "branch", "rules": [rule] });
        check("POST", "/repos/o/r/rulesets", body, 422, message("no"))
    };
    assert_eq!(rule(json!({ "update_allows_fetch_and_merge": true })), Vec::<String>::new());
    assert!(!rule(json!({ "update_allows_fetch_and_merge": true, "x": 1 })).is_empty());
    let values = |value: Value| {
        let body = json!({ "properties": [{ "property_name": "tier", "value": value }] });
        check("PATCH", "/repos/o/r/properties/values", body, 204, Value::Null)
    };
    assert_eq!(values(json!("gold")), Vec::<String>::new());
    assert_eq!(values(json!(["gold"])), Vec::<String>::new());
    assert_eq!(values(Value::Null), Vec::<String>::new());
    assert!(!values(json!(7)).is_empty());
}
