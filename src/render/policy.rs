//! A policy as a person would write it: what most repositories share stands in one rule, exceptions are listed by name, and what
//! does not hold yet is only reported.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// One value that a rule could ask for, and where it holds today.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The name of the group that it belongs to: `secrets`.
    pub group: String,
    /// What the group is for.
    pub description: String,
    /// The match keys of the group beside names.
    pub matching: Map<String, Value>,
    /// Whether it is an organisation's setting.
    pub of_org: bool,
    /// The address of the field: `secret_scanning.push_protection`.
    pub field: String,
    /// The value.
    pub value: Value,
    /// Where it holds: `org/name`, or `org`.
    pub holds: BTreeSet<String>,
    /// Where it does not.
    pub lacks: BTreeSet<String>,
    /// How many could not be read, and the permission that would help.
    pub unknown: (usize, Option<String>),
}

/// The files of a policy for these organisations: path and text.
#[must_use]
pub fn files(orgs: &[String], proposals: &[Proposal]) -> BTreeMap<String, String> {
    let mut files =
        BTreeMap::from([("policy.toml".to_owned(), config(orgs)), ("waivers.toml".to_owned(), WAIVERS.to_owned())]);
    let mut rules: BTreeMap<String, Rule<'_>> = BTreeMap::new();
    for proposal in proposals {
        for (name, names, audit) in places(proposal) {
            let key = format!("{:?}{}{:?}", proposal.matching, proposal.of_org, names);
            let rule = rules.entry(format!("{name}/{key}")).or_insert_with(|| Rule {
                path: name,
                description: description(proposal, audit),
                audit,
                matching: &proposal.matching,
                names,
                of_org: proposal.of_org,
                fields: Vec::new(),
                unknown: Vec::new(),
            });
            rule.fields.push((&proposal.field, &proposal.value));
            if proposal.unknown.0 > 0 {
                rule.unknown.push(proposal);
            }
        }
    }
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    rules.values().for_each(|rule| *times.entry(rule.path.clone()).or_default() += 1);
    for rule in rules.into_values() {
        // Where a group falls apart, its rules are told apart by what they ask for.
        let first = rule.fields.first().map_or("", |(field, _)| field.rsplit('.').next().unwrap_or(field));
        let only = times.get(&rule.path) == Some(&1);
        let path = if only { rule.path.clone() } else { format!("{}-{}", rule.path, first.replace('_', "-")) };
        files.insert(format!("rules/{path}.toml"), rule.text());
    }
    files
}

/// Which repositories a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Names {
    All,
    Only(BTreeSet<String>),
    Without(BTreeSet<String>),
}

/// The rules that a proposal becomes: enforced where it holds, reported where it does not.
fn places(proposal: &Proposal) -> Vec<(String, Names, bool)> {
    let (holds, lacks) = (&proposal.holds, &proposal.lacks);
    let group = &proposal.group;
    let proposed = format!("proposed-{group}");
    if lacks.is_empty() && !holds.is_empty() {
        vec![(group.clone(), Names::All, false)]
    } else if holds.len() > lacks.len() {
        vec![(group.clone(), Names::Without(lacks.clone()), false), (proposed, Names::Only(lacks.clone()), true)]
    } else {
        vec![(proposed, Names::All, true)]
    }
}

fn description(proposal: &Proposal, audit: bool) -> String {
    if audit { format!("Proposed: {}", first_lower(&proposal.description)) } else { proposal.description.clone() }
}

fn first_lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

struct Rule<'p> {
    path: String,
    description: String,
    audit: bool,
    matching: &'p Map<String, Value>,
    names: Names,
    of_org: bool,
    fields: Vec<(&'p String, &'p Value)>,
    unknown: Vec<&'p Proposal>,
}

impl Rule<'_> {
    fn text(&self) -> String {
        let mut out = format!("description = {}\n", text(&self.description));
        if self.audit {
            out.push_str("mode = \"audit\"    # reported, never changed; take this line away to have it changed\n");
        }
        self.matches(&mut out);
        let table = if self.of_org { "org" } else { "repo" };
        let mut tables: BTreeMap<String, Vec<(String, &Value)>> = BTreeMap::new();
        for (field, value) in &self.fields {
            let (head, key) = field.rsplit_once('.').unwrap_or(("", field));
            let head = if head.is_empty() { table.to_owned() } else { format!("{table}.{head}") };
            tables.entry(head).or_default().push((key.to_owned(), value));
        }
        for (head, fields) in tables {
            out.push_str(&format!("\n[{head}]\n"));
            for (key, value) in fields {
                out.push_str(&format!("{key} = {}\n", toml_value(value)));
            }
        }
        for proposal in &self.unknown {
            let (number, permission) = &proposal.unknown;
            let needs = permission.as_ref().map(|name| format!(" (it needs {name})")).unwrap_or_default();
            out.push_str(&format!("# {}: not readable for {number} with this token{needs}\n", proposal.field));
        }
        out
    }

    fn matches(&self, out: &mut String) {
        let key = if self.of_org { "org" } else { "repo" };
        let only = match &self.names {
            Names::Only(names) => Some(names),
            Names::All | Names::Without(_) => None,
        };
        if only.is_some() || !self.matching.is_empty() {
            out.push_str("\n[match]\n");
        }
        for (name, value) in self.matching {
            out.push_str(&format!("{name} = {}\n", toml_value(value)));
        }
        if let Some(names) = only {
            out.push_str(&format!("{key} = {}\n", list(names)));
        }
        if let Names::Without(names) = &self.names {
            let names = list(names);
            let why = "    # it does not hold there yet: a rule of its own proposes it";
            out.push_str(&format!("\n[match.not]{why}\n{key} = {names}\n"));
        }
    }
}

/// Names, some on each line.
fn list(names: &BTreeSet<String>) -> String {
    if names.len() < 4 {
        let names: Vec<String> = names.iter().map(|name| text(name)).collect();
        return format!("[{}]", names.join(", "));
    }
    let mut out = String::from("[\n");
    let mut line = String::from(" ");
    for name in names {
        let item = format!(" {},", text(name));
        if line.len() + item.len() > 110 {
            out.push_str(&line);
            out.push('\n');
            line = String::from(" ");
        }
        line.push_str(&item);
    }
    format!("{out}{line}\n]")
}

fn text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn toml_value(value: &Value) -> String {
    toml::Value::try_from(value).map(|value| value.to_string()).unwrap_or_default()
}

fn config(orgs: &[String]) -> String {
    let orgs: Vec<String> = orgs.iter().map(|org| text(org)).collect();
    format!(
        "# What must hold in these organisations: `ordain plan` says what differs, `ordain apply` changes it.\n\
         version = 1\norgs = [{}]\n\n\
         # Values for templates: {{{{ vars.security_email }}}}\n[vars]\n\n\
         # A plan beyond any of these is shown, and refused by apply.\n[limits]\nrepositories = \"50%\"\ndeletions = 0\nloosening = 0\n",
        orgs.join(", ")
    )
}

const WAIVERS: &str = "# Exceptions, each with a reason and a last day:\n#\n# [[waiver]]\n# repo = \"org/name\"\n# setting = \"secret_scanning\"\n# \
                       reason = \"why\"\n# owner = \"@org/team\"\n# expires = 2027-06-30\n";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn proposal(group: &str, field: &str, holds: &[&str], lacks: &[&str]) -> Proposal {
        let set = |names: &[&str]| names.iter().map(|name| format!("acme/{name}")).collect();
        Proposal {
            group: group.into(),
            description: "Secrets are found".into(),
            matching: Map::from_iter([("visibility".to_owned(), json!(["public"]))]),
            of_org: false,
            field: field.into(),
            value: json!(true),
            holds: set(holds),
            lacks: set(lacks),
            unknown: (0, None),
        }
    }

    #[test]
    fn what_holds_everywhere_is_one_rule() {
        let all = [
            proposal("secrets", "secret_scanning.enabled", &["a", "b"], &[]),
            proposal("secrets", "secret_scanning.push_protection", &["a", "b"], &[]),
        ];
        let files = files(&["acme".to_owned()], &all);
        assert_eq!(
            files["rules/secrets.toml"],
            "description = \"Secrets are found\"\n\n[match]\nvisibility = [\"public\"]\n\n[repo.secret_scanning]\nenabled = true\npush_protection = true\n"
        );
        assert_eq!(files.len(), 3);
    }

    #[test]
    fn exceptions_are_named_once_in_each_rule() {
        let files = files(&["acme".to_owned()], &[proposal("x", "dependabot_alerts", &["a", "b"], &["c"])]);
        assert!(files["rules/x.toml"].contains("[match.not]") && files["rules/x.toml"].contains("repo = [\"acme/c\"]"));
        let proposed = &files["rules/proposed-x.toml"];
        assert!(proposed.contains("mode = \"audit\"") && proposed.contains("repo = [\"acme/c\"]"), "{proposed}");
    }

    #[test]
    fn what_mostly_does_not_hold_is_proposed_for_all() {
        let files = files(&["acme".to_owned()], &[proposal("x", "dependabot_alerts", &["a"], &["b", "c"])]);
        assert_eq!(
            files.keys().filter(|path| path.starts_with("rules/")).collect::<Vec<_>>(),
            ["rules/proposed-x.toml"]
        );
        assert!(!files["rules/proposed-x.toml"].contains("acme/"));
    }
}
