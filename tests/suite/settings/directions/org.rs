//! The directions of organisations' settings, sorted by setting.

use ordain::model::Scope;
use serde_json::{Value, json};

use super::{LOOSENING, OneWay, Probe, TIGHTENING, access, actions, probe, rules};
use crate::support::{OrgState, org, repo};

/// Fields of which no change is safer or weaker.
pub(super) const NEUTRAL: &[(&str, &str)] = &[
    ("actions", "artifact_and_log_retention_days"),
    ("api", "read"),
    ("api", "tightens"),
    ("api", "write"),
    ("blog", "value"),
    ("code_security", "attach_requires"),
    ("code_security", "description"),
    ("company", "value"),
    ("custom_properties", "allowed_values"),
    ("custom_properties", "default_value"),
    ("custom_properties", "description"),
    ("custom_properties", "require_explicit_values"),
    ("custom_properties", "required"),
    ("custom_properties", "value_type"),
    ("description", "value"),
    ("email", "value"),
    ("has_organization_projects", "value"),
    ("has_repository_projects", "value"),
    ("interaction_limit", "expiry"),
    ("location", "value"),
    ("members", "owners_max"),
    ("members", "owners_min"),
    ("members", "prune"),
    ("outside_collaborators", "max"),
    ("secret_scanning_push_protection_custom_link", "value"),
    ("secret_scanning_push_protection_custom_link_enabled", "value"),
    ("secrets", "present"),
    ("security_managers", "min"),
    ("security_managers", "value"),
    ("teams", "description"),
    ("teams", "privacy"),
    ("twitter_username", "value"),
    ("variables", "value"),
    ("webhooks", "active"),
    ("webhooks", "content_type"),
    ("webhooks", "events"),
];

pub(super) fn probes() -> Vec<Probe> {
    [
        actions::enabled_repositories(),
        actions::actions(Scope::Org),
        actions::api(Scope::Org),
        code_security(),
        custom_properties(),
        default_repository_permission(),
        actions::immutable_releases(),
        interaction_limit(),
        access::members(),
        rules::rulesets_of_org(),
        actions::runner_groups(),
        actions::self_hosted_runners(),
        access::teams_of_org(),
        variables(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(super) fn one_way() -> Vec<OneWay> {
    use super::one_way;
    let reviewers = "secret_scanning_delegated_bypass_options";
    let neutral = super::all_fields(Scope::Org)
        .into_iter()
        .filter(|(key, field, _)| *key == "code_security" && field.ends_with("_options") && field != reviewers);
    let neutral = neutral.map(|(key, field, _)| one_way(key, field.leak(), "how a feature works, not whether it does"));
    neutral
        .chain([
            one_way("outside_collaborators", "allowed", "who is not allowed loses all access; nobody is given any"),
            one_way("rulesets", "target", "what it held for before is held no more, so that any change loosens"),
        ])
        .collect()
}

/// A configuration that holds nothing but what is said.
fn configuration(id: u64, name: &str, said: &[(&str, Value)]) -> Value {
    let mut made = json!({
        "id": id, "name": name, "target_type": "organization", "description": "", "enforcement": "unenforced",
        "dependency_graph": "not_set", "dependency_graph_autosubmit_action": "not_set", "dependabot_alerts": "not_set",
        "dependabot_security_updates": "not_set", "dependabot_delegated_alert_dismissal": "not_set",
        "code_scanning_default_setup": "not_set", "secret_scanning": "not_set",
        "secret_scanning_push_protection": "not_set", "private_vulnerability_reporting": "not_set",
    });
    for (key, value) in said {
        made[*key] = value.clone();
    }
    made
}

/// An organisation with one repository and a configuration `base`, which says this.
fn configured(said: &[(&str, Value)]) -> OrgState {
    org("acme").sim("configurations", json!([configuration(7, "base", said)])).repo(repo("web"))
}

fn code_security() -> Vec<Probe> {
    let rule = |line: &str| format!("[org.code_security.base]\n{line}\n");
    let mut all = Vec::new();
    for (key, field, _) in super::all_fields(Scope::Org).into_iter().filter(|(key, ..)| *key == "code_security") {
        let field: &'static str = field.leak();
        let words = match field {
            "advanced_security" => ("disabled", "enabled"),
            "enforcement" => ("unenforced", "enforced"),
            "attach" | "default_for_new_repos" | "attach_requires" | "description" => continue,
            _ if field.ends_with("_options") => continue,
            _ => ("disabled", "enabled"),
        };
        for (from, to, effect) in [(words.0, words.1, TIGHTENING), (words.1, words.0, LOOSENING)] {
            // GitHub tells its two products as `advanced_security`.
            let product = ["code_security", "secret_protection"].contains(&field);
            let told = if product && from == "enabled" { field } else { from };
            let state = configured(&[(if product { "advanced_security" } else { field }, json!(told))]);
            all.push(probe(key, field, state, rule(&format!("{field} = \"{to}\"")), "code_security.base", effect));
        }
    }
    all.extend(reviewers());
    all.extend(attach());
    all
}

fn reviewers() -> Vec<Probe> {
    let field = "secret_scanning_delegated_bypass_options";
    let team = |id: u64| json!({"reviewer_id": id, "reviewer_type": "TEAM"});
    let state = |ids: &[u64]| {
        let list: Vec<Value> = ids.iter().map(|id| team(*id)).collect();
        configured(&[("secret_scanning_delegated_bypass", json!("enabled")), (field, json!({"reviewers": list}))])
    };
    let rule = |ids: &[u64]| {
        let list: Vec<String> =
            ids.iter().map(|id| format!("{{ reviewer_id = {id}, reviewer_type = \"TEAM\" }}")).collect();
        format!("[org.code_security.base.{field}]\nreviewers = [{}]\n", list.join(", "))
    };
    vec![
        probe("code_security", field, state(&[1]), rule(&[1, 2]), "code_security.base", LOOSENING),
        probe("code_security", field, state(&[1, 2]), rule(&[1]), "code_security.base", TIGHTENING),
    ]
}

fn attach() -> Vec<Probe> {
    let on = |word: &str| format!("[org.code_security.base]\ndependabot_alerts = \"{word}\"\nattach = \"all\"\n");
    let default = "[org.code_security.base]\ndefault_for_new_repos = \"all\"\n";
    let base = |alerts: &str, is: bool| {
        let base = configuration(7, "base", &[("dependabot_alerts", json!(alerts))]);
        org("acme").sim("configurations", json!([base])).repo(repo("web").alerts(is))
    };
    let strong = |mine: &str| {
        let theirs = if mine == "enabled" { "disabled" } else { "enabled" };
        let base = configuration(7, "base", &[("dependabot_alerts", json!(mine))]);
        let said = [("dependabot_alerts", json!(theirs)), ("default_for_new_repos", json!("all"))];
        org("acme").sim("configurations", json!([base, configuration(8, "other", &said)]))
    };
    vec![
        probe(
            "code_security",
            "attach",
            base("enabled", false),
            on("enabled"),
            "code_security.base.attach",
            TIGHTENING,
        ),
        probe(
            "code_security",
            "attach",
            base("disabled", true),
            on("disabled"),
            "code_security.base.attach",
            LOOSENING,
        ),
        probe(
            "code_security",
            "default_for_new_repos",
            strong("enabled"),
            default,
            "code_security.base.default_for_new_repos",
            TIGHTENING,
        ),
        probe(
            "code_security",
            "default_for_new_repos",
            strong("disabled"),
            default,
            "code_security.base.default_for_new_repos",
            LOOSENING,
        ),
    ]
}

fn interaction_limit() -> Vec<Probe> {
    let state = || {
        let limit = json!({"limit": "contributors_only", "expires_at": "2026-12-22T12:00:00Z"});
        org("acme").rest("interaction-limits", limit)
    };
    let key = "interaction_limit";
    let bare = |word: &str| format!("[org]\n{key} = \"{word}\"\n");
    let long = |word: &str| format!("[org.{key}]\nlimit = \"{word}\"\n");
    vec![
        probe(key, "limit", state(), long("collaborators_only"), key, TIGHTENING),
        probe(key, "limit", state(), long("existing_users"), key, LOOSENING),
        probe(key, "value", state(), bare("collaborators_only"), key, TIGHTENING),
        probe(key, "value", state(), bare("no_limit"), key, LOOSENING),
    ]
}

fn custom_properties() -> Vec<Probe> {
    let one = |is: &str, wanted: &str, effect: &'static str| {
        let tier = json!({"property_name": "tier", "value_type": "string", "required": false, "values_editable_by": is,
            "source_type": "organization", "url": "https://api.github.com/x", "description": null, "default_value": null,
            "allowed_values": null, "require_explicit_values": false});
        let state = org("acme").rest("properties/schema", json!([tier]));
        let rule = format!("[org.custom_properties.tier]\nvalues_editable_by = \"{wanted}\"\n");
        probe("custom_properties", "values_editable_by", state, rule, "custom_properties.tier", effect)
    };
    vec![one("org_and_repo_actors", "org_actors", TIGHTENING), one("org_actors", "org_and_repo_actors", LOOSENING)]
}

fn default_repository_permission() -> Vec<Probe> {
    let key = "default_repository_permission";
    let one = |id: u64, is: &str, wanted: &str, effect: &'static str| {
        let state = org("acme").rest("", json!({"id": id, key: is}));
        probe(key, "value", state, format!("[org]\n{key} = \"{wanted}\"\n"), key, effect)
    };
    vec![one(77_001, "write", "read", TIGHTENING), one(77_002, "read", "write", LOOSENING)]
}

fn variables() -> Vec<Probe> {
    let state = |visibility: &str| {
        org("acme").rest("actions/variables", json!([{"name": "REGION", "value": "eu", "visibility": visibility}]))
    };
    let rule = |word: &str| format!("[org.variables]\nREGION = {{ value = \"eu\", visibility = \"{word}\" }}\n");
    vec![
        probe("variables", "visibility", state("all"), rule("private"), "variables.REGION", TIGHTENING),
        probe("variables", "visibility", state("selected"), rule("all"), "variables.REGION", LOOSENING),
    ]
}
