//! GitHub's rule types with their parameters: what GitHub fills in where one is left out, and which change of it is stricter.
//!
//! From `components.schemas.repository-rule-*` of GitHub's REST description; the defaults are those that GitHub's answers show for
//! a rule that was made with the required parameters only. A type that is not here passes through unchanged.

use serde_json::{Map, Value, json};

use crate::{diagnostics::nearest, model::Effect};

/// What GitHub says where a parameter was left out.
#[derive(Debug, Clone, Copy)]
enum Default {
    /// `false`
    No,
    /// A number.
    Number(u64),
    /// A text.
    Word(&'static str),
    /// A list of these.
    List(&'static [&'static str]),
    /// An object that is off.
    Off,
    /// It must be given; the kind of value is told by an example.
    Required(Example),
}

/// The kind of a parameter that has no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Example {
    Number,
    Text,
    List,
}

/// Which change of a parameter is stricter.
#[derive(Debug, Clone, Copy)]
enum Stricter {
    True,
    False,
    Higher,
    Lower,
    /// More entries.
    More,
    /// Fewer entries.
    Fewer,
    /// More checks, each bound to an app.
    Checks,
    /// More tools, each with a lower threshold.
    Tools,
    /// An object whose `enabled` is stricter.
    Enabled,
    /// Neither direction.
    Neither,
    /// It cannot be told, so any change loosens.
    Untold,
}

/// One parameter of one rule type.
#[derive(Debug, Clone, Copy)]
struct Parameter {
    key: &'static str,
    default: Default,
    stricter: Stricter,
    /// Whether GraphQL tells it.
    graphql: bool,
}

const fn parameter(key: &'static str, default: Default, stricter: Stricter) -> Parameter {
    Parameter { key, default, stricter, graphql: true }
}

const fn rest_only(key: &'static str, default: Default, stricter: Stricter) -> Parameter {
    Parameter { key, default, stricter, graphql: false }
}

const PATTERN: &[Parameter] = &[
    parameter("name", Default::Word(""), Stricter::Neither),
    parameter("negate", Default::No, Stricter::Untold),
    parameter("operator", Default::Required(Example::Text), Stricter::Untold),
    parameter("pattern", Default::Required(Example::Text), Stricter::Untold),
];

/// All rule types. The flag says whether GraphQL knows the type.
const RULES: &[(&str, bool, &[Parameter])] = &[
    ("creation", true, &[]),
    ("update", true, &[parameter("update_allows_fetch_and_merge", Default::No, Stricter::False)]),
    ("deletion", true, &[]),
    ("required_linear_history", true, &[]),
    (
        "merge_queue",
        true,
        &[
            parameter("check_response_timeout_minutes", Default::Number(60), Stricter::Neither),
            parameter("grouping_strategy", Default::Word("ALLGREEN"), Stricter::Neither),
            parameter("max_entries_to_build", Default::Number(5), Stricter::Neither),
            parameter("max_entries_to_merge", Default::Number(5), Stricter::Neither),
            parameter("merge_method", Default::Word("MERGE"), Stricter::Neither),
            parameter("min_entries_to_merge", Default::Number(1), Stricter::Neither),
            parameter("min_entries_to_merge_wait_minutes", Default::Number(5), Stricter::Neither),
        ],
    ),
    (
        "required_deployments",
        true,
        &[parameter("required_deployment_environments", Default::Required(Example::List), Stricter::More)],
    ),
    ("required_signatures", true, &[]),
    (
        "pull_request",
        true,
        &[
            parameter("allowed_merge_methods", Default::List(&["merge", "squash", "rebase"]), Stricter::Fewer),
            parameter("dismiss_stale_reviews_on_push", Default::No, Stricter::True),
            parameter("require_code_owner_review", Default::No, Stricter::True),
            parameter("require_last_push_approval", Default::No, Stricter::True),
            parameter("required_approving_review_count", Default::Number(0), Stricter::Higher),
            parameter("required_review_thread_resolution", Default::No, Stricter::True),
            rest_only("required_reviewers", Default::List(&[]), Stricter::More),
            rest_only("dismissal_restriction", Default::Off, Stricter::Enabled),
        ],
    ),
    (
        "required_status_checks",
        true,
        &[
            parameter("do_not_enforce_on_create", Default::No, Stricter::False),
            parameter("required_status_checks", Default::Required(Example::List), Stricter::Checks),
            parameter("strict_required_status_checks_policy", Default::No, Stricter::True),
        ],
    ),
    ("non_fast_forward", true, &[]),
    ("commit_message_pattern", true, PATTERN),
    ("commit_author_email_pattern", true, PATTERN),
    ("committer_email_pattern", true, PATTERN),
    ("branch_name_pattern", true, PATTERN),
    ("tag_name_pattern", true, PATTERN),
    (
        "workflows",
        true,
        &[
            parameter("do_not_enforce_on_create", Default::No, Stricter::False),
            parameter("workflows", Default::Required(Example::List), Stricter::More),
        ],
    ),
    ("code_scanning", true, &[parameter("code_scanning_tools", Default::Required(Example::List), Stricter::Tools)]),
    (
        "copilot_code_review",
        false,
        &[
            rest_only("review_draft_pull_requests", Default::No, Stricter::True),
            rest_only("review_on_push", Default::No, Stricter::True),
        ],
    ),
    ("license_compliance_scanning", false, &[]),
    (
        "file_path_restriction",
        true,
        &[parameter("restricted_file_paths", Default::Required(Example::List), Stricter::More)],
    ),
    (
        "max_file_path_length",
        true,
        &[parameter("max_file_path_length", Default::Required(Example::Number), Stricter::Lower)],
    ),
    (
        "file_extension_restriction",
        true,
        &[parameter("restricted_file_extensions", Default::Required(Example::List), Stricter::More)],
    ),
    ("max_file_size", true, &[parameter("max_file_size", Default::Required(Example::Number), Stricter::Lower)]),
];

fn parameters(rule: &str) -> &'static [Parameter] {
    RULES.iter().find(|(name, ..)| *name == rule).map_or(&[], |(_, _, parameters)| *parameters)
}

fn find(rule: &str, key: &str) -> Option<&'static Parameter> {
    parameters(rule).iter().find(|parameter| parameter.key == key)
}

impl Default {
    fn value(self) -> Option<Value> {
        Some(match self {
            Self::No => json!(false),
            Self::Number(number) => json!(number),
            Self::Word(word) => json!(word),
            Self::List(list) => json!(list),
            Self::Off => json!({"enabled": false, "allowed_actors": []}),
            Self::Required(_) => return None,
        })
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::No => value.is_boolean(),
            Self::Number(_) | Self::Required(Example::Number) => value.is_u64(),
            Self::Word(_) | Self::Required(Example::Text) => value.is_string(),
            Self::List(_) | Self::Required(Example::List) => value.is_array(),
            Self::Off => value.is_object(),
        }
    }

    const fn expects(self) -> &'static str {
        match self {
            Self::No => "true or false",
            Self::Number(_) | Self::Required(Example::Number) => "a whole number",
            Self::Word(_) | Self::Required(Example::Text) => "a text",
            Self::List(_) | Self::Required(Example::List) => "a list",
            Self::Off => "a table",
        }
    }
}

/// Whether GraphQL tells a rule type and this parameter of it.
pub(super) fn graphql_knows(rule: &str, key: Option<&str>) -> bool {
    let known = RULES.iter().any(|(name, graphql, _)| *name == rule && *graphql);
    known && key.is_none_or(|key| find(rule, key).is_some_and(|parameter| parameter.graphql))
}

/// What GitHub says of a parameter that was left out.
pub(super) fn default(rule: &str, key: &str) -> Option<Value> {
    find(rule, key)?.default.value()
}

/// The parameters with which a rule is made: the declared ones, and GitHub's defaults where it demands or shows them.
pub(super) fn complete(rule: &str, declared: &Map<String, Value>) -> Map<String, Value> {
    let mut all = Map::new();
    for parameter in parameters(rule).iter().filter(|parameter| parameter.graphql && parameter.key != "name") {
        if let Some(value) = parameter.default.value() {
            all.insert(parameter.key.to_owned(), value);
        }
    }
    all.extend(declared.clone());
    all
}

/// A parameter that GitHub demands and that is not declared.
pub(super) fn missing(rule: &str, declared: &Map<String, Value>) -> Option<&'static str> {
    let demanded = |parameter: &&Parameter| matches!(parameter.default, Default::Required(_));
    parameters(rule).iter().filter(demanded).find(|parameter| !declared.contains_key(parameter.key)).map(|one| one.key)
}

/// What is wrong with a rule's declared parameters: the path below the rule, the message, and a hint.
pub(super) fn problems(rule: &str, value: &Value) -> Vec<(String, String, Option<String>)> {
    let known = RULES.iter().any(|(name, ..)| *name == rule);
    let mut found = Vec::new();
    if !known && let Some(near) = nearest(rule, RULES.iter().map(|(name, ..)| *name)) {
        let message = format!("`{rule}` is no rule type of GitHub's that ordain knows");
        found.push((String::new(), message, Some(format!("did you mean `{near}`?"))));
    }
    let Some(declared) = value.as_object() else { return found };
    for (key, value) in declared {
        match find(rule, key) {
            Some(parameter) if !parameter.default.fits(value) => {
                let message = format!("`{key}` of the rule `{rule}` takes {}", parameter.default.expects());
                found.push((key.clone(), message, None));
            }
            Some(_) => {}
            None => {
                if let Some(near) = nearest(key, parameters(rule).iter().map(|parameter| parameter.key)) {
                    let message = format!("the rule `{rule}` has no parameter `{key}`");
                    found.push((key.clone(), message, Some(format!("did you mean `{near}`?"))));
                }
            }
        }
    }
    found
}

/// Which way the change of one parameter moves; both values are in normal form.
pub(super) fn direction(rule: &str, key: &str, before: &Value, after: &Value) -> Effect {
    let stricter = find(rule, key).map_or(Stricter::Untold, |parameter| parameter.stricter);
    match stricter {
        Stricter::True => Effect::tightening_if(after == true),
        Stricter::False => Effect::tightening_if(after == false),
        Stricter::Higher => Effect::tightening_if(after.as_u64() > before.as_u64()),
        Stricter::Lower => Effect::tightening_if(after.as_u64() < before.as_u64()),
        Stricter::More => more(before, after),
        Stricter::Fewer => more(after, before),
        Stricter::Enabled => Effect::tightening_if(after["enabled"] == true && before["enabled"] != true),
        Stricter::Checks => by_name(before, after, "context", |before, after| {
            match (before.get("integration_id"), after.get("integration_id")) {
                (before, after) if before == after => Effect::Neutral,
                (None, Some(_)) => Effect::Tightening,
                _ => Effect::Loosening,
            }
        }),
        Stricter::Tools => by_name(before, after, "tool", |before, after| {
            let one = |key: &str, order: &[&str]| {
                let rank = |tool: &Value| order.iter().position(|word| tool[key] == *word);
                match rank(after).cmp(&rank(before)) {
                    std::cmp::Ordering::Equal => Effect::Neutral,
                    other => Effect::tightening_if(other.is_gt()),
                }
            };
            let alerts = one("alerts_threshold", &["none", "errors", "errors_and_warnings", "all"]);
            let order = ["none", "critical", "high_or_higher", "medium_or_higher", "all"];
            alerts.join(one("security_alerts_threshold", &order))
        }),
        Stricter::Neither => Effect::Neutral,
        Stricter::Untold => Effect::Loosening,
    }
}

/// Entries gained tighten, entries lost loosen.
pub(super) fn more(before: &Value, after: &Value) -> Effect {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (before, after) = (list(before), list(after));
    let lost = before.iter().any(|one| !after.contains(one));
    let gained = after.iter().any(|one| !before.contains(one));
    match (lost, gained) {
        (true, _) => Effect::Loosening,
        (false, true) => Effect::Tightening,
        (false, false) => Effect::Neutral,
    }
}

/// The same for objects that one member names; `each` judges those that stay.
fn by_name(before: &Value, after: &Value, name: &str, each: impl Fn(&Value, &Value) -> Effect) -> Effect {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (before, after) = (list(before), list(after));
    let find = |list: &[Value], one: &Value| list.iter().find(|other| other[name] == one[name]).cloned();
    let lost = before.iter().any(|one| find(&after, one).is_none());
    let start = if lost { Effect::Loosening } else { Effect::Neutral };
    after.iter().fold(start, |effect, one| match find(&before, one) {
        None => effect.join(Effect::Tightening),
        Some(was) => effect.join(each(&was, one)),
    })
}
