//! What protects a branch, and from where: active rulesets of the repository, its organisation and its enterprise, and classic
//! protection.

use std::collections::BTreeMap;

use globset::GlobBuilder;
use serde_json::{Map, Value, json};

use crate::{
    model::Reading,
    settings::{
        Context, GraphqlField, Outcome, Pending, RestRead,
        branch_protection::{Rule, rules},
        rulesets::{Ruleset, rule_parameters},
    },
};

/// All rulesets that reach the repository, with their rules.
const RULESETS: GraphqlField = GraphqlField {
    key: "protectingRulesets",
    selection: concat!(
        "protectingRulesets: rulesets(first: 5, includeParents: true) { totalCount nodes { databaseId name target enforcement \
         source { __typename ... on Repository { nameWithOwner } ... on Organization { login } ... on Enterprise { slug } } \
         conditions { refName { include exclude } } rules(first: 30) { totalCount nodes { type ",
        rule_parameters!(),
        " } } } }"
    ),
    permission: Some("metadata:read"),
};

/// How many may go around them.
const BYPASSES: GraphqlField = GraphqlField {
    key: "protectingBypasses",
    selection: "protectingBypasses: rulesets(first: 5, includeParents: true) { nodes { databaseId \
                bypassActors(first: 1) { totalCount } } }",
    permission: Some("administration:write"),
};

/// One thing that protects the branch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    /// What it is, for people: ``the ruleset `main` of acme/web``.
    pub(super) name: String,
    /// Rules by GitHub's type, with their parameters.
    pub(super) rules: BTreeMap<String, Map<String, Value>>,
    /// Whether somebody may go around it; none where that was not told.
    pub(super) bypassed: Option<bool>,
}

/// All that protects a branch.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    pub(super) all: Vec<Source>,
    /// The rule of classic protection among them.
    pub(super) classic: Option<Rule>,
    /// Why there may be more, where something was not told.
    pub(super) hidden: Option<Outcome>,
}

/// Whether a text fits a pattern of GitHub's: `*` does not cross `/`, and braces mean nothing.
pub(in crate::settings) fn fits(pattern: &str, text: &str) -> bool {
    let plain = pattern.replace('{', "[{]").replace('}', "[}]");
    let glob = GlobBuilder::new(&plain).literal_separator(true).backslash_escape(true).build();
    glob.map_or(pattern == text, |glob| glob.compile_matcher().is_match(text))
}

/// Whether a ruleset is for the branch.
fn is_for(ruleset: &Ruleset, branch: &str, default: Option<&str>) -> bool {
    let whole = format!("refs/heads/{branch}");
    let hit = |pattern: &str| match pattern {
        "~ALL" => true,
        "~DEFAULT_BRANCH" => default == Some(branch),
        pattern => fits(pattern, &whole),
    };
    let refs = ruleset.conditions.get("ref_name");
    let any = |key: &str| {
        let list = refs.and_then(|refs| refs.get(key)?.as_array()).into_iter().flatten();
        list.into_iter().filter_map(Value::as_str).any(hit)
    };
    ruleset.target == "branch" && any("include") && !any("exclude")
}

/// What protects a branch of the judged repository; with who may go around it if `bypasses`.
pub(super) fn of(cx: &Context<'_>, branch: &str, bypasses: bool) -> Result<Sources, Pending> {
    let repository = cx.repository()?;
    let (rulesets, actors) = (cx.graphql(RULESETS), bypasses.then(|| cx.graphql(BYPASSES)));
    let classic = rules(cx, bypasses);
    let (rulesets, actors, classic) = (rulesets?, actors.transpose()?, classic?);
    let mut found = Sources { all: Vec::new(), classic: None, hidden: None };
    match rulesets.value().and_then(|told| all_of(told)) {
        Some(all) => {
            let default = repository.default_branch.as_deref();
            let active =
                all.iter().filter(|(ruleset, _)| ruleset.enforcement == "active" && is_for(ruleset, branch, default));
            found.all.extend(active.map(|(ruleset, node)| of_ruleset(ruleset, node, actors.as_ref())));
        }
        None => match Outcome::known(cx.rest(RestRead::list(format!("rules/branches/{branch}"), "metadata:read"))?) {
            Err(outcome) => found.hidden = Some(outcome),
            Ok(told) => found.all = of_branch(told.and_then(Value::as_array).map_or(&[], Vec::as_slice)),
        },
    }
    match Outcome::known(classic) {
        Err(outcome) => found.hidden = found.hidden.or(Some(outcome)),
        Ok(rules) => {
            let rule = in_force(rules, branch);
            found.all.extend(rule.as_ref().map(|rule| of_classic(rule, bypasses)));
            found.classic = rule;
        }
    }
    Ok(found)
}

/// All rulesets of a connection; none where it is hidden or cut off, or tells one in part.
fn all_of(told: &Value) -> Option<Vec<(Ruleset, &Value)>> {
    let nodes = told.get("nodes")?.as_array()?;
    if told.get("totalCount").and_then(Value::as_u64) != Some(nodes.len() as u64) {
        return None;
    }
    nodes.iter().map(|node| Some((Ruleset::of_graphql(node)?, node))).collect()
}

/// The rulesets behind the rules that are in force for the branch, as REST tells them: by number, and without who may go around.
fn of_branch(rules: &[Value]) -> Vec<Source> {
    let mut all: BTreeMap<u64, Source> = BTreeMap::new();
    for rule in rules {
        let Some(id) = rule["ruleset_id"].as_u64() else { continue };
        let whose = rule["ruleset_source"].as_str().unwrap_or("the repository");
        let level = if rule["ruleset_source_type"] == "Organization" { "the organisation " } else { "" };
        let name = format!("the ruleset {id} of {level}{whose}");
        let source = all.entry(id).or_insert_with(|| Source { name, rules: BTreeMap::new(), bypassed: None });
        let kind = rule["type"].as_str().unwrap_or_default().to_owned();
        source.rules.insert(kind, rule["parameters"].as_object().cloned().unwrap_or_default());
    }
    all.into_values().collect()
}

fn of_ruleset(ruleset: &Ruleset, node: &Value, actors: Option<&Reading<&Value>>) -> Source {
    let source = &node["source"];
    let whose = match source["__typename"].as_str() {
        Some("Organization") => format!("the organisation {}", source["login"].as_str().unwrap_or_default()),
        Some("Enterprise") => format!("the enterprise {}", source["slug"].as_str().unwrap_or_default()),
        _ => source["nameWithOwner"].as_str().unwrap_or("the repository").to_owned(),
    };
    let told = actors.and_then(|actors| actors.value()?.get("nodes")?.as_array()).into_iter().flatten();
    let mine = told.into_iter().find(|one| one["databaseId"] == ruleset.id);
    Source {
        name: format!("the ruleset `{}` of {whose}", ruleset.name),
        rules: ruleset.rules.iter().cloned().collect(),
        bypassed: mine.and_then(|one| one["bypassActors"]["totalCount"].as_u64()).map(|count| count > 0),
    }
}

/// The classic rule that holds for a branch: the one of its name, else the oldest whose pattern fits.
fn in_force(rules: Vec<Rule>, branch: &str) -> Option<Rule> {
    let mut fitting: Vec<Rule> = rules.into_iter().filter(|rule| fits(&rule.pattern, branch)).collect();
    fitting.sort_by_key(|rule| (rule.pattern != branch, rule.number));
    fitting.into_iter().next()
}

fn of_classic(rule: &Rule, bypasses: bool) -> Source {
    let on = |key: &str| rule.fields.get(key) == Some(&json!(true));
    let mut rules = BTreeMap::new();
    for (key, kind, wanted) in [
        ("allow_force_pushes", "non_fast_forward", false),
        ("allow_deletions", "deletion", false),
        ("required_linear_history", "required_linear_history", true),
        ("required_signatures", "required_signatures", true),
        ("lock_branch", "update", true),
    ] {
        if on(key) == wanted {
            rules.insert(kind.to_owned(), Map::new());
        }
    }
    if let Some(Value::Object(reviews)) = rule.fields.get("required_pull_request_reviews") {
        rules.insert("pull_request".to_owned(), reviews.clone());
    }
    if let Some(Value::Object(checks)) = rule.fields.get("required_status_checks") {
        let all = Map::from_iter([(
            "required_status_checks".to_owned(),
            checks.get("checks").cloned().unwrap_or_else(|| json!([])),
        )]);
        rules.insert("required_status_checks".to_owned(), all);
    }
    let exempt = || {
        let lists = rule.fields.get("required_pull_request_reviews").map(|all| &all["bypass_pull_request_allowances"]);
        let some = |key: &str| lists.and_then(|lists| lists[key].as_array()).is_some_and(|list| !list.is_empty());
        rule.forced_by_some.map(|forced| forced || ["users", "teams", "apps"].into_iter().any(some))
    };
    let bypassed = if on("enforce_admins") { exempt().filter(|_| bypasses) } else { Some(true) };
    Source { name: format!("classic protection of `{}`", rule.pattern), rules, bypassed }
}
