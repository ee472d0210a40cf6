//! Custom properties of many repositories, and code owners.

use ordain::sim::{Act, Fault, FaultKind, World};
use serde_json::{Value, json};

use crate::support::{Lab, OrgState, org, repo, state};

/// An organisation that defines the properties of these policies.
fn defining() -> OrgState {
    let text = |name| json!({"property_name": name, "value_type": "string", "source_type": "organization"});
    org("acme").rest("properties/schema", json!([text("tier"), text("team")]))
}

#[test]
fn custom_properties_thirty_at_a_time() {
    let many = (0..130).map(|n| {
        let tier = if n % 2 == 0 { "silver" } else { "bronze" };
        repo(&format!("r{n:03}")).set("custom_properties", json!({"tier": if n < 65 { tier } else { "gold" }}))
    });
    let lab = Lab::new(&state([defining().repos(many)]))
        .policy(&[("rules/a.toml", "[repo.custom_properties]\ntier = \"gold\"\nteam = \"web\"\n")]);
    let plan = lab.plan();
    assert_eq!(plan.ids().len(), 65 + 130, "each repository's change is its own");
    assert_eq!(lab.count("GET", "/orgs/acme/properties/values"), 0, "the list of repositories tells the values along");
    assert_eq!(lab.count("GET", "/orgs/acme/properties/schema"), 1, "all values are held against the definitions");
    lab.apply();
    // 65 of one value and 130 of another.
    assert_eq!(lab.writes(), vec!["PATCH /orgs/acme/properties/values"; 3 + 5]);
    for exchange in lab.exchanges().iter().filter(|exchange| exchange.method == "PATCH") {
        let body = exchange.request_body.clone().expect("a body");
        assert!(body["repository_names"].as_array().expect("a list").len() <= 30);
        assert_eq!(body["properties"].as_array().expect("a list").len(), 1);
    }
    assert!(lab.plan().ids().is_empty());
}

#[test]
fn custom_properties_are_read_in_pages_where_the_list_does_not_tell_them() {
    // A list of repositories without the values: they are read for all at once, a hundred repositories a page.
    let many = (0..130).map(|n| repo(&format!("r{n:03}")).set("custom_properties", Value::Null));
    let lab = Lab::new(&state([defining().repos(many)]))
        .policy(&[("rules/a.toml", "[repo.custom_properties]\ntier = \"gold\"\n")]);
    assert_eq!(lab.plan().ids().len(), 130);
    assert_eq!(lab.count("GET", "/orgs/acme/properties/values"), 2);
    assert_eq!(lab.count("GET", "/repos/"), 0);
}

#[test]
fn one_repository_that_moved_does_not_hold_the_others_up() {
    let two = ["web", "api"].map(|name| repo(name).set("custom_properties", json!({})));
    let lab = Lab::new(&state([defining().repos(two)]))
        .policy(&[("rules/a.toml", "[repo.custom_properties]\ntier = \"gold\"\n")]);
    let rename = Act::new(|world: &mut World| world.rename("acme", "web", "site"));
    lab.sim().fault(Fault {
        method: Some("GET".into()),
        path: "/repos/acme/".into(),
        after: 0,
        times: 1,
        kind: FaultKind::Meanwhile(rename),
    });
    let ran = lab.run(&["apply", "--yes", "--format", "json"]).exits(3);
    assert!(ran.stdout.contains("was renamed to"), "{ran}");
    let state = lab.state();
    let repositories = state["organizations"][0]["repositories"].as_array().expect("a list");
    let tier = |name: &str| {
        repositories.iter().find(|repo| repo["name"] == name).map(|repo| repo["custom_properties"]["tier"].clone())
    };
    assert_eq!((tier("api"), tier("site")), (Some(json!("gold")), Some(Value::Null)));
}

#[test]
fn errors_of_code_owners_are_told_with_their_lines() {
    let errors =
        json!([{"kind": "Unknown owner", "line": 1, "column": 3, "path": "CODEOWNERS", "message": "…", "source": "…"}]);
    let web = repo("web").file("CODEOWNERS", "* @nobody\n").graphql("codeowners", json!({"errors": errors}));
    let lab = Lab::new(&state([org("acme").repo(web).repo(repo("other"))]))
        .policy(&[("rules/a.toml", "[repo.codeowners]\nvalid = true\n")]);
    let plan = lab.plan();
    assert_eq!(plan.finding("acme/web:codeowners.valid")["message"], "CODEOWNERS:1: Unknown owner");
    assert_eq!(plan.verdict("acme/other:codeowners.valid"), "not_applicable");
}

#[test]
fn a_value_waits_for_no_one_where_the_property_is_not_defined_and_goes_along_where_the_plan_defines_it() {
    let value = ("rules/a.toml", "[repo.custom_properties]\ntier = \"gold\"\n");
    let web = || repo("web").set("custom_properties", json!({}));
    let lab = Lab::new(&state([org("acme").repo(web())])).policy(&[value]);
    let plan = lab.plan();
    assert_eq!(plan.verdict("acme/web:custom_properties.tier"), "violation");
    assert!(plan.finding("acme/web:custom_properties.tier")["message"].to_string().contains("define it there first"));
    let definition = |allowed: &str| {
        format!("[org.custom_properties.tier]\nvalue_type = \"single_select\"\nallowed_values = [{allowed}]\n")
    };
    for (allowed, verdict) in [("\"gold\"", "change"), ("\"silver\"", "violation")] {
        let org_rule = definition(allowed);
        let lab = Lab::new(&state([org("acme").repo(web())])).policy(&[value, ("rules/b.toml", &org_rule)]);
        assert_eq!(lab.plan().verdict("acme/web:custom_properties.tier"), verdict, "{allowed}");
        lab.apply();
        let left = lab.plan();
        assert!(left.ids().is_empty(), "{:?}", left.ids());
    }
}
