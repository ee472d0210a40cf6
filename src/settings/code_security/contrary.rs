//! A policy that enforces a value by a configuration and wants the contrary of a repository that the configuration is
//! attached to: GitHub would take the repository's write and do nothing, so it is an error of the policy.

use serde_json::Value;

use super::reach::Reach;
use crate::model::{Desired, Leaf, Org, Repository, Source};

/// Field of a configuration → key and leaf of the repository's setting, and whether it is proven on public ones only.
const SAME: [(&str, &str, &str, bool); 9] = [
    ("private_vulnerability_reporting", "private_vulnerability_reporting", "", true),
    ("dependabot_alerts", "dependabot_alerts", "", false),
    ("dependabot_security_updates", "dependabot_security_updates", "", false),
    ("secret_scanning", "secret_scanning", "enabled", true),
    ("secret_scanning_push_protection", "secret_scanning", "push_protection", true),
    ("secret_scanning_non_provider_patterns", "secret_scanning", "non_provider_patterns", true),
    ("secret_scanning_generic_secrets", "secret_scanning", "ai_detection", true),
    ("secret_scanning_delegated_alert_dismissal", "secret_scanning", "delegated_alert_dismissal", true),
    ("secret_scanning_delegated_bypass", "secret_scanning", "delegated_bypass", true),
];

/// Two places of the policy that cannot both hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contrary {
    /// The repository's setting.
    pub setting: String,
    /// The configuration's name.
    pub configuration: String,
    /// Where the repository's value is given.
    pub repository: Source,
    /// Where the configuration's is.
    pub enforced: Source,
}

/// The contrary values of one repository, given what is desired of its organisation and of itself.
#[must_use]
pub fn contraries(org: &Org, of_org: &[&Desired], repository: &Repository, of_repo: &[&Desired]) -> Vec<Contrary> {
    let enforced =
        of_org.iter().filter(|one| one.key == "code_security" && one.text("enforcement") == Some("enforced"));
    let mut found = Vec::new();
    for configuration in enforced {
        let covers = Reach::new(configuration.value("attach"), org).is_ok_and(|reach| reach.covers(repository));
        if !covers {
            continue;
        }
        for (field, key, leaf, public_only) in SAME {
            let Some(by_configuration) = configuration.leaf(field) else { continue };
            let own = of_repo.iter().find(|one| one.key == key).and_then(|one| one.leaf(leaf));
            let Some(own) = own.filter(|_| !public_only || repository.is_public()) else { continue };
            if is_contrary(&by_configuration.value, &own.value) {
                let setting = if leaf.is_empty() { key.to_owned() } else { format!("{key}.{leaf}") };
                found.extend(contrary(setting, configuration, own, by_configuration));
            }
        }
    }
    found
}

fn is_contrary(switch: &Value, own: &Value) -> bool {
    match (switch.as_str(), own.as_bool()) {
        (Some("enabled"), Some(own)) => !own,
        (Some("disabled"), Some(own)) => own,
        _ => false,
    }
}

fn contrary(setting: String, configuration: &Desired, own: &Leaf, enforced: &Leaf) -> Option<Contrary> {
    Some(Contrary {
        setting,
        configuration: configuration.name.clone().unwrap_or_default(),
        repository: own.sources.first()?.clone(),
        enforced: enforced.sources.first()?.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::*;
    use crate::model::Mode;

    fn desired(key: &'static str, name: Option<&str>, fields: &[(&str, Value)]) -> Desired {
        let leaf = |value: &Value| Leaf {
            value: value.clone(),
            sources: vec![Source { file: format!("rules/{key}.toml"), line: 3 }],
            rules: Vec::new(),
            mode: Mode::Enforce,
            requires: BTreeSet::new(),
            reason: None,
            rendered: None,
            beaten: Vec::new(),
        };
        let fields: BTreeMap<String, Leaf> =
            fields.iter().map(|(path, value)| ((*path).to_owned(), leaf(value))).collect();
        Desired { key, name: name.map(str::to_owned), fields }
    }

    fn repository(visibility: &str) -> Repository {
        serde_json::from_value(json!({"id": 1, "node_id": "R", "name": "a", "visibility": visibility}))
            .expect("a repository")
    }

    #[test]
    fn an_enforced_value_and_its_contrary_are_found_where_the_configuration_reaches() {
        let org = Org::new("o").expect("valid");
        let enforced = desired(
            "code_security",
            Some("base"),
            &[
                ("enforcement", json!("enforced")),
                ("attach", json!("public")),
                ("private_vulnerability_reporting", json!("enabled")),
            ],
        );
        let off = desired("private_vulnerability_reporting", None, &[("", json!(false))]);
        let on = desired("private_vulnerability_reporting", None, &[("", json!(true))]);
        let find =
            |visibility: &str, own: &Desired| contraries(&org, &[&enforced], &repository(visibility), &[own]).len();
        assert_eq!(find("public", &off), 1);
        assert_eq!(find("public", &on), 0);
        assert_eq!(find("private", &off), 0);
    }
}
