//! How rulesets are read: fifty repositories in one query of GraphQL, and one by REST where GraphQL does not tell enough, and just
//! before it is written.
//!
//! GraphQL: `Repository.rulesets`. REST: `GET /repos/{owner}/{repo}/rulesets` (without rules), `GET …/rulesets/{ruleset_id}`, and the
//! same of organisations, which needs the right to *write* the organisation's administration.

use serde_json::Value;

use super::{actors, form::Ruleset};
use crate::{
    model::{Permission, Reading},
    settings::{Context, GraphqlField, Pending, RepoObserved, RestAnswer, RestRead},
};

/// What a token must have to be shown who may go around a repository's ruleset.
pub(super) const SEES_BYPASSES: &str = "administration:write";
/// The same of an organisation's ruleset, and to be shown the ruleset at all.
pub(super) const OF_ORG: &str = "organization_administration:write";

/// The parameters of a rule as GraphQL tells them.
macro_rules! rule_parameters {
    () => {
        "parameters { __typename \
         ... on UpdateParameters { updateAllowsFetchAndMerge } \
         ... on MergeQueueParameters { checkResponseTimeoutMinutes groupingStrategy maxEntriesToBuild maxEntriesToMerge \
         mergeMethod minEntriesToMerge minEntriesToMergeWaitMinutes } \
         ... on RequiredDeploymentsParameters { requiredDeploymentEnvironments } \
         ... on PullRequestParameters { allowedMergeMethods dismissStaleReviewsOnPush requireCodeOwnerReview \
         requireLastPushApproval requiredApprovingReviewCount requiredReviewThreadResolution } \
         ... on RequiredStatusChecksParameters { doNotEnforceOnCreate strictRequiredStatusChecksPolicy \
         requiredStatusChecks { context integrationId } } \
         ... on CommitMessagePatternParameters { name negate operator pattern } \
         ... on CommitAuthorEmailPatternParameters { name negate operator pattern } \
         ... on CommitterEmailPatternParameters { name negate operator pattern } \
         ... on BranchNamePatternParameters { name negate operator pattern } \
         ... on TagNamePatternParameters { name negate operator pattern } \
         ... on WorkflowsParameters { doNotEnforceOnCreate workflows { path ref repositoryId sha } } \
         ... on CodeScanningParameters { codeScanningTools { alertsThreshold securityAlertsThreshold tool } } \
         ... on FilePathRestrictionParameters { restrictedFilePaths } \
         ... on MaxFilePathLengthParameters { maxFilePathLength } \
         ... on FileExtensionRestrictionParameters { restrictedFileExtensions } \
         ... on MaxFileSizeParameters { maxFileSize } }"
    };
}
pub(in crate::settings) use rule_parameters;

/// The repository's own rulesets with their rules.
const RULESETS: GraphqlField = GraphqlField {
    key: "rulesets",
    selection: concat!(
        "rulesets(first: 5, includeParents: false) { totalCount nodes { databaseId name target enforcement \
         conditions { refName { include exclude } } rules(first: 40) { totalCount nodes { type ",
        rule_parameters!(),
        " } } } }"
    ),
    permission: Some("metadata:read"),
};

/// Who may go around them: a second connection, asked for only where the policy says who.
const BYPASSES: GraphqlField = GraphqlField {
    key: "rulesetBypasses",
    selection: "rulesetBypasses: rulesets(first: 5, includeParents: false) { totalCount nodes { databaseId \
                bypassActors(first: 40) { totalCount nodes { bypassMode deployKey enterpriseOwner organizationAdmin \
                repositoryRoleDatabaseId repositoryRoleName \
                actor { __typename ... on App { databaseId slug } ... on Team { databaseId slug } } } } } }",
    permission: Some(SEES_BYPASSES),
};

/// Where a ruleset of a name was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// There is none.
    Absent,
    /// GraphQL told all that it tells of it.
    Told(Box<Ruleset>),
    /// It is there, and only its number is known.
    Number(u64),
}

/// All nodes of a connection; none where it is hidden or cut off.
fn nodes(connection: &Value) -> Option<&Vec<Value>> {
    let nodes = connection.get("nodes")?.as_array()?;
    (connection.get("totalCount").and_then(Value::as_u64) == Some(nodes.len() as u64)).then_some(nodes)
}

/// The one of these that has the name: spelt so and with the target, spelt so, or spelt otherwise.
fn named<'v>(all: impl Iterator<Item = &'v Value> + Clone, name: &str, target: Option<&str>) -> Option<&'v Value> {
    let of = |one: &&Value, key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let exact = all.clone().filter(|one| of(one, "name") == name);
    let fits = |one: &&Value| target.is_none_or(|target| of(one, "target").eq_ignore_ascii_case(target));
    let mut spelt_otherwise = all.clone().filter(|one| of(one, "name").to_lowercase() == name.to_lowercase());
    exact.clone().find(fits).or_else(|| exact.clone().next()).or_else(|| spelt_otherwise.next())
}

/// Looks for a ruleset of the judged repository. With `bypasses` it also asks who may go around it.
pub(super) fn of_repository(
    cx: &Context<'_>,
    name: &str,
    target: Option<&str>,
    bypasses: bool,
) -> Result<Reading<Found>, Pending> {
    let (rulesets, bypasses) = (cx.graphql(RULESETS), bypasses.then(|| cx.graphql(BYPASSES)));
    let (rulesets, bypasses) = (rulesets?, bypasses.transpose()?);
    let Some(nodes) = rulesets.value().and_then(|connection| nodes(connection)) else {
        let list = cx.rest(RestRead::list("rulesets?includes_parents=false", "metadata:read"))?;
        return Ok(in_list(list, "Repository", name, target));
    };
    let Some(node) = named(nodes.iter(), name, target) else { return Ok(Reading::known(Found::Absent)) };
    let number = node.get("databaseId").and_then(Value::as_u64);
    let told = Ruleset::of_graphql(node).map(|ruleset| with_bypasses(ruleset, cx, bypasses));
    Ok(match (told, number) {
        (Some(told), _) => Reading::known(Found::Told(Box::new(told))),
        (None, Some(id)) => Reading::known(Found::Number(id)),
        (None, None) => Reading::unknown(format!("GitHub's GraphQL gave the ruleset `{name}` no number")),
    })
}

/// Adds the actors, if the token is one that is told the truth about them.
fn with_bypasses(mut ruleset: Ruleset, cx: &Context<'_>, bypasses: Option<Reading<&Value>>) -> Ruleset {
    let told = bypasses.as_ref().and_then(Reading::value).and_then(|connection| connection.get("nodes")?.as_array());
    let node = told.into_iter().flatten().find(|node| node["databaseId"] == ruleset.id);
    if let Some((actors, words)) =
        node.filter(|_| may_write(cx) == Some(true)).and_then(|one| actors::of_graphql(&one["bypassActors"]))
    {
        ruleset.bypasses = Some(actors);
        ruleset.words = words;
    }
    ruleset
}

/// Whether GitHub shows the token who may go around a ruleset: only to those who may change it. None where that is not known: a
/// role of an enterprise's own may change rulesets and nothing else of a repository's administration.
pub(super) fn may_write(cx: &Context<'_>) -> Option<bool> {
    let told = cx.org_observed.token_permissions.as_ref().and_then(|told| told.get("administration"));
    let of_repository = || cx.repository().ok()?.can_administer().filter(|can| *can);
    told.map_or_else(of_repository, |level| Some(level == "write" || level == "admin"))
}

/// Looks into a list of REST, which tells no rules.
fn in_list(list: Reading<Option<&Value>>, level: &str, name: &str, target: Option<&str>) -> Reading<Found> {
    list.and_then(|list| {
        let Some(all) = list.and_then(Value::as_array) else {
            return Reading::lacking("GitHub shows no list of rulesets", Permission::from("metadata:read"));
        };
        let own =
            all.iter().filter(|one| one.get("source_type").and_then(Value::as_str).is_none_or(|one| one == level));
        match named(own, name, target).and_then(|one| one.get("id")).and_then(Value::as_u64) {
            Some(id) => Reading::known(Found::Number(id)),
            None => Reading::known(Found::Absent),
        }
    })
}

/// One whole ruleset of the judged repository.
pub(super) fn whole(cx: &Context<'_>, id: u64) -> Result<Reading<Ruleset>, Pending> {
    Ok(parse(cx.rest(RestRead::certain(format!("rulesets/{id}"), "metadata:read"))?))
}

fn parse(answer: Reading<Option<&Value>>) -> Reading<Ruleset> {
    answer.and_then(|answer| {
        let found = answer.and_then(Ruleset::of_rest);
        found.map_or_else(|| Reading::unknown("GitHub's answer is not a ruleset"), Reading::known)
    })
}

/// The names of the judged repository's rulesets.
pub(super) fn names(cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
    let rulesets = cx.graphql(RULESETS)?;
    if let Some(nodes) = rulesets.value().and_then(|connection| nodes(connection)) {
        return Ok(Reading::known(nodes.iter().map(|node| super::form::text(node, "name")).collect()));
    }
    let list = cx.rest(RestRead::list("rulesets?includes_parents=false", "metadata:read"))?;
    Ok(names_of(list, "Repository", "metadata:read"))
}

fn names_of(list: Reading<Option<&Value>>, level: &str, permission: &str) -> Reading<Vec<String>> {
    list.and_then(|list| match list.and_then(Value::as_array) {
        None => Reading::lacking("GitHub shows no list of rulesets", Permission::from(permission)),
        Some(all) => {
            let own = all.iter().filter(|one| one["source_type"].as_str().is_none_or(|one| one == level));
            Reading::known(own.map(|one| super::form::text(one, "name")).collect())
        }
    })
}

fn org_list<'a>(cx: &Context<'a>) -> Result<Reading<Option<&'a Value>>, Pending> {
    cx.org_rest(RestRead::list("rulesets", OF_ORG))
}

/// The names of the organisation's rulesets.
pub(super) fn names_of_org(cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
    Ok(names_of(org_list(cx)?, "Organization", OF_ORG))
}

/// What was seen of an organisation's ruleset.
pub(super) enum OfOrg {
    /// There is none.
    Absent,
    /// All of it.
    Whole(Box<Ruleset>),
    /// What a repository that it covers tells: all but who may go around it.
    Through(Box<Ruleset>, String),
}

/// Looks for a ruleset of the organisation. A token that may not write the organisation's administration sees it through a
/// repository, if that is covered by it.
pub(super) fn of_org(cx: &Context<'_>, name: &str, target: Option<&str>) -> Result<Reading<OfOrg>, Pending> {
    let list = org_list(cx)?;
    if list.value().is_none_or(Option::is_none) {
        return through_repository(cx, name, target, list);
    }
    let id = match in_list(list, "Organization", name, target) {
        Reading::Known { known: Found::Number(id) } => id,
        other => return Ok(other.map(|_| OfOrg::Absent)),
    };
    let found = parse(cx.org_rest(RestRead::certain(format!("rulesets/{id}"), OF_ORG))?);
    Ok(found.map(|ruleset| OfOrg::Whole(Box::new(ruleset))))
}

fn through_repository(
    cx: &Context<'_>,
    name: &str,
    target: Option<&str>,
    refused: Reading<Option<&Value>>,
) -> Result<Reading<OfOrg>, Pending> {
    let why = match refused {
        Reading::Unknown { unknown, .. } => unknown,
        _ => "GitHub shows the organisation's rulesets only to those who may change them".to_owned(),
    };
    let hidden = || Reading::lacking(why.clone(), Permission::from(OF_ORG));
    let Some(repo) = witness(cx) else { return Ok(hidden()) };
    let list = cx.rest_of(repo, RestRead::list("rulesets?includes_parents=true", "metadata:read"))?;
    let Some(Found::Number(id)) = in_list(list, "Organization", name, target).value().cloned() else {
        return Ok(hidden());
    };
    let read = RestRead::certain(format!("rulesets/{id}?includes_parents=true"), "metadata:read");
    let found: Reading<Ruleset> = parse(cx.rest_of(repo, read)?);
    Ok(found.map(|ruleset| OfOrg::Through(Box::new(ruleset), repo.repository.name.to_string())))
}

/// The repository that is most likely covered: an active one, public if there is one, no fork if there is one.
fn witness<'a>(cx: &Context<'a>) -> Option<&'a RepoObserved> {
    let active = cx.org_observed.repos.iter().filter(|repo| !repo.repository.archived && !repo.repository.disabled);
    active.min_by_key(|repo| (!repo.repository.is_public(), repo.repository.fork))
}

/// Whether the organisation's plan is GitHub Free, where GitHub said so.
pub(in crate::settings) fn plan_is_free(cx: &Context<'_>) -> Result<bool, Pending> {
    let about = cx.org_rest(RestRead::certain("", "metadata:read"))?;
    let plan = |about: &RestAnswer| about.value().cloned().flatten();
    let about = plan(&about.map(|about| about.cloned()));
    Ok(about.and_then(|about| about["plan"]["name"].as_str().map(|name| name == "free")).unwrap_or(false))
}
