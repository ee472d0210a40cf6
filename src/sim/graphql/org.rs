//! Fields of an organisation.

use serde_json::{Map, Value};

use super::exec::Exec;
use super::value::{Obj, Val, connection, leaf};
use crate::sim::index::Order;
use crate::sim::token::Level;
use crate::sim::world::{Org, Repo};

/// Resolves a field of an organisation.
pub(super) fn resolve<'w>(exec: &Exec<'_, 'w>, org: &'w Org, name: &str, args: &Map<String, Value>) -> Option<Val<'w>> {
    let field = |key: &str| org.fields.get(key).filter(|v| !v.is_null());
    let inside = exec.token.level(org, "organization_administration") >= Level::Read;
    Some(match name {
        "id" => leaf(&org.node_id),
        "databaseId" => leaf(org.id),
        "login" => leaf(&org.login),
        "name" => leaf(field("name")),
        "description" => leaf(field("description")),
        "url" => leaf(format!("https://github.com/{}", org.login)),
        "createdAt" => leaf(field("created_at")),
        "isVerified" => leaf(field("is_verified").and_then(Value::as_bool).unwrap_or(false)),
        "viewerCanAdminister" => leaf(exec.token.level(org, "organization_administration") >= Level::Write),
        "viewerIsAMember" => leaf(exec.token.member(org)),
        // Null to everybody but members with the right.
        "requiresTwoFactorAuthentication" => {
            if inside {
                leaf(field("two_factor_requirement_enabled"))
            } else {
                Val::Null
            }
        }
        "membersCanForkPrivateRepositories" => {
            leaf(inside && field("members_can_fork_private_repositories") == Some(&Value::Bool(true)))
        }
        "webCommitSignoffRequired" => leaf(field("web_commit_signoff_required") == Some(&Value::Bool(true))),
        "interactionAbility" => Val::Null,
        "rulesets" => {
            let all = super::rulesets::of_org(exec, org, &crate::sim::rulesets::own(&org.rest));
            connection("RepositoryRulesetConnection", name, args, all)
        }
        "teams" => connection("TeamConnection", name, args, Vec::new()),
        "repository" => {
            let follow = args.get("followRenames").and_then(Value::as_bool).unwrap_or(true);
            exec.repository(&org.login, args.get("name").and_then(Value::as_str).unwrap_or_default(), follow)
        }
        "repositories" => repositories(exec, org, args),
        _ => return None,
    })
}

fn repositories<'w>(exec: &Exec<'_, 'w>, org: &'w Org, args: &Map<String, Value>) -> Val<'w> {
    let flag = |key: &str| args.get(key).and_then(Value::as_bool);
    let word = |key: &str| args.get(key).and_then(Value::as_str);
    let order = args.get("orderBy");
    let by = match order.and_then(|o| o.get("field")).and_then(Value::as_str) {
        Some("CREATED_AT") => Order::Created,
        Some("PUSHED_AT") => Order::Pushed,
        Some("UPDATED_AT") => Order::Updated,
        _ => Order::Name,
    };
    let mut found: Vec<&'w Repo> = org
        .ordered(by)
        .iter()
        .filter_map(|r| org.repos.get(*r))
        .filter(|r| exec.token.is_for(&r.name) && exec.token.sees(org, r))
        .filter(|r| {
            flag("isArchived").is_none_or(|on| on == r.flag("archived"))
                && flag("isFork").is_none_or(|on| on == r.flag("fork"))
        })
        .filter(|r| word("visibility").or(word("privacy")).is_none_or(|v| v.eq_ignore_ascii_case(r.visibility())))
        .collect();
    if order.and_then(|o| o.get("direction")).and_then(Value::as_str) == Some("DESC") {
        found.reverse();
    }
    let nodes = found.into_iter().map(|r| Val::Obj(Obj::Repo(org, r))).collect();
    connection("RepositoryConnection", "repositories", args, nodes)
}
