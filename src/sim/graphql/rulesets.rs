//! Rulesets as GraphQL tells them.

use serde_json::{Map, Value};

use super::exec::Exec;
use super::value::{Obj, Val, connection, leaf, plain};
use crate::sim::rulesets::{graphql_type, own, parents};
use crate::sim::teams;
use crate::sim::token::Level;
use crate::sim::world::{Org, Repo, node_id};

type Args = Map<String, Value>;

/// Resolves `Repository.rulesets`.
pub(super) fn of_repository<'w>(exec: &Exec<'_, 'w>, org: &'w Org, repo: &'w Repo, args: &Args) -> Val<'w> {
    if repo.rest.get("rulesets").is_some_and(|reading| reading.get("known").is_none()) {
        return Val::Null;
    }
    let writes = exec.token.level_on(org, repo, "administration") >= Level::Write;
    let mut all: Vec<Val<'w>> =
        own(&repo.rest).into_iter().map(|one| ruleset(org, one, Obj::Repo(org, repo), writes)).collect();
    if args.get("includeParents") != Some(&Value::Bool(false)) {
        all.extend(of_org(exec, org, &parents(org, repo)));
    }
    connection("RepositoryRulesetConnection", "rulesets", args, all)
}

/// Resolves rulesets of an organisation.
pub(super) fn of_org<'w>(exec: &Exec<'_, 'w>, org: &'w Org, all: &[&'w Value]) -> Vec<Val<'w>> {
    let writes = exec.token.level(org, "organization_administration") >= Level::Write;
    all.iter().map(|one| ruleset(org, one, Obj::Org(org), writes)).collect()
}

fn ruleset<'w>(org: &'w Org, ruleset: &'w Value, source: Obj<'w>, writes: bool) -> Val<'w> {
    let id = ruleset["id"].as_u64().unwrap_or_default();
    let upper = |key: &str| leaf(ruleset[key].as_str().unwrap_or_default().to_uppercase());
    let rules = ruleset["rules"].as_array().into_iter().flatten().filter_map(rule).collect();
    let actors = ruleset["bypass_actors"].as_array().into_iter().flatten().map(|one| actor(org, one)).collect();
    plain(
        "RepositoryRuleset",
        vec![
            ("id", leaf(node_id("RRS", id))),
            ("databaseId", leaf(id)),
            ("name", leaf(&ruleset["name"])),
            ("target", upper("target")),
            ("enforcement", upper("enforcement")),
            ("createdAt", leaf(&ruleset["created_at"])),
            ("updatedAt", leaf(&ruleset["updated_at"])),
            ("source", Val::Obj(source)),
            ("conditions", conditions(&ruleset["conditions"])),
            ("rules", list("RepositoryRuleConnection", rules)),
            ("bypassActors", if writes { list("RepositoryRulesetBypassActorConnection", actors) } else { Val::Null }),
        ],
    )
}

/// A whole connection: those within a ruleset are short.
fn list<'w>(typename: &'static str, nodes: Vec<Val<'w>>) -> Val<'w> {
    connection(typename, "nodes", &Map::from_iter([("first".to_owned(), Value::from(100))]), nodes)
}

fn conditions<'w>(value: &'w Value) -> Val<'w> {
    let both = |typename: &'static str, key: &str| {
        let condition = &value[key];
        if condition.is_null() {
            return Val::Null;
        }
        let texts = |key: &str| leaf(condition.get(key).cloned().unwrap_or_else(|| Value::Array(Vec::new())));
        let protected = condition["protected"].as_bool().unwrap_or(false);
        plain(
            typename,
            vec![("include", texts("include")), ("exclude", texts("exclude")), ("protected", leaf(protected))],
        )
    };
    plain(
        "RepositoryRuleConditions",
        vec![
            ("refName", both("RefNameConditionTarget", "ref_name")),
            ("repositoryName", both("RepositoryNameConditionTarget", "repository_name")),
        ],
    )
}

fn rule<'w>(value: &'w Value) -> Option<Val<'w>> {
    let kind = value["type"].as_str().unwrap_or_default();
    let typename = graphql_type(kind)?;
    let parameters = match value.get("parameters").and_then(Value::as_object) {
        Some(parameters) if !typename.is_empty() => {
            let fields = parameters.iter().map(|(key, value)| (camel(key), deep(value))).collect();
            plain_of(typename, fields)
        }
        _ => Val::Null,
    };
    Some(plain("RepositoryRule", vec![("type", leaf(kind.to_uppercase())), ("parameters", parameters)]))
}

/// GraphQL's spellings of the parameters and their members.
const NAMES: &[&str] = &[
    "updateAllowsFetchAndMerge",
    "checkResponseTimeoutMinutes",
    "groupingStrategy",
    "maxEntriesToBuild",
    "maxEntriesToMerge",
    "mergeMethod",
    "minEntriesToMerge",
    "minEntriesToMergeWaitMinutes",
    "requiredDeploymentEnvironments",
    "allowedMergeMethods",
    "dismissStaleReviewsOnPush",
    "requireCodeOwnerReview",
    "requireLastPushApproval",
    "requiredApprovingReviewCount",
    "requiredReviewThreadResolution",
    "doNotEnforceOnCreate",
    "requiredStatusChecks",
    "strictRequiredStatusChecksPolicy",
    "context",
    "integrationId",
    "name",
    "negate",
    "operator",
    "pattern",
    "workflows",
    "path",
    "ref",
    "repositoryId",
    "sha",
    "codeScanningTools",
    "alertsThreshold",
    "securityAlertsThreshold",
    "tool",
    "restrictedFilePaths",
    "maxFilePathLength",
    "restrictedFileExtensions",
    "maxFileSize",
];

fn camel(key: &str) -> &'static str {
    let folded: String = key.chars().filter(|c| *c != '_').collect();
    NAMES.iter().find(|name| name.eq_ignore_ascii_case(&folded)).copied().unwrap_or("unknown")
}

/// A member of the parameters: objects within lists have optional members, which are null where they are left out.
fn deep<'w>(value: &'w Value) -> Val<'w> {
    match value {
        Value::Object(object) => {
            let mut fields: Vec<(&'static str, Val<'w>)> =
                object.iter().map(|(key, value)| (camel(key), deep(value))).collect();
            for optional in ["integrationId", "ref", "sha"] {
                if !fields.iter().any(|(key, _)| *key == optional) {
                    fields.push((optional, Val::Null));
                }
            }
            plain_of("Object", fields)
        }
        Value::Array(list) if list.iter().any(Value::is_object) => Val::List(list.iter().map(deep).collect()),
        other => leaf(other),
    }
}

fn plain_of<'w>(typename: &'static str, mut fields: Vec<(&'static str, Val<'w>)>) -> Val<'w> {
    if typename.ends_with("PatternParameters") && !fields.iter().any(|(key, _)| *key == "name") {
        fields.push(("name", Val::Null));
    }
    plain(typename, fields)
}

fn actor<'w>(org: &'w Org, value: &'w Value) -> Val<'w> {
    let kind = value["actor_type"].as_str().unwrap_or_default();
    let id = value["actor_id"].as_u64();
    let named = |typename: &'static str, slug: Option<String>| match slug {
        Some(slug) => plain(typename, vec![("databaseId", leaf(id)), ("slug", leaf(slug))]),
        None => Val::Null,
    };
    let who = match kind {
        "Team" => named("Team", team(org, id)),
        "Integration" => named("App", app(org, id)),
        _ => Val::Null,
    };
    let role = (kind == "RepositoryRole").then_some(id).flatten();
    let names = [(1, "read"), (2, "maintain"), (3, "triage"), (4, "write"), (5, "admin")];
    let name = names.iter().find(|(number, _)| Some(*number) == role).map(|(_, name)| *name);
    plain(
        "RepositoryRulesetBypassActor",
        vec![
            ("actor", who),
            // GraphQL has no word for the third mode.
            (
                "bypassMode",
                match value["bypass_mode"].as_str() {
                    Some("pull_request") => leaf("PULL_REQUEST"),
                    Some("always") | None => leaf("ALWAYS"),
                    Some(_) => Val::Null,
                },
            ),
            ("deployKey", leaf(kind == "DeployKey")),
            ("organizationAdmin", leaf(kind == "OrganizationAdmin")),
            ("enterpriseOwner", leaf(kind == "EnterpriseOwner")),
            ("repositoryRoleDatabaseId", leaf(role)),
            ("repositoryRoleName", leaf(name)),
        ],
    )
}

/// The slug of a team of the state by its number.
fn team(org: &Org, id: Option<u64>) -> Option<String> {
    teams::by_number(org, id?).map(|team| teams::slug(team).to_owned())
}

/// The slug of an app of the state by its number.
fn app(org: &Org, id: Option<u64>) -> Option<String> {
    let of_state = org.rest.iter().find_map(|(suffix, reading)| {
        let slug = suffix.strip_prefix("/apps/")?;
        (reading["known"]["id"].as_u64() == id).then(|| slug.to_owned())
    });
    of_state.or_else(|| (id == Some(crate::sim::rest::ACTIONS_APP)).then(|| "github-actions".to_owned()))
}
