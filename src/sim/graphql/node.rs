//! The root, nodes by id, and which resolver a type has.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::exec::Exec;
use super::value::{Obj, Val, leaf, person, plain};
use super::{git, org, pulls, repository};
use crate::sim::token::Level;

/// Returns the name of an object's type.
pub(super) fn typename(object: &Obj<'_>) -> &'static str {
    match object {
        Obj::Query => "Query",
        Obj::Mutation => "Mutation",
        Obj::RateLimit => "RateLimit",
        Obj::Org(_) => "Organization",
        Obj::Repo(..) => "Repository",
        Obj::Commit(..) => "Commit",
        Obj::Tree(..) => "Tree",
        Obj::Blob(..) => "Blob",
        Obj::Ref(..) => "Ref",
        Obj::Pull(..) => "PullRequest",
        Obj::Suite(..) => "CheckSuite",
        Obj::Workflow(..) => "Workflow",
        Obj::Plain(plain) => plain.typename,
        Obj::Json(name, _) => name,
    }
}

impl<'w> Exec<'_, 'w> {
    /// Resolves a field of an object; none where the simulator does not know it.
    pub(super) fn resolve(&self, object: &Obj<'w>, name: &str, args: &Map<String, Value>) -> Option<Val<'w>> {
        match object {
            Obj::Query => self.query(name, args),
            Obj::Mutation => None,
            Obj::RateLimit => self.rate_limit(name),
            Obj::Org(it) => org::resolve(self, it, name, args),
            Obj::Repo(org, it) => repository::resolve(self, org, it, name, args),
            Obj::Commit(org, repo, it) => git::commit(org, repo, it, name, args),
            Obj::Tree(org, repo, oid) => git::tree(org, repo, oid, name),
            Obj::Blob(org, repo, oid) => git::blob(org, repo, oid, name),
            Obj::Ref(org, repo, whole, oid) => git::reference(org, repo, whole, oid, name),
            Obj::Pull(org, repo, it) => pulls::resolve(org, repo, it, name, args),
            // What ran belongs to Actions: in a private repository it needs that permission.
            Obj::Suite(org, repo, run) => match self.closed(org, repo, "actions") {
                Some(refused) if name == "workflowRun" => Some(refused),
                _ => git::suite(org, repo, run, name),
            },
            Obj::Workflow(org, repo, it) => git::workflow(org, repo, it, name),
            Obj::Plain(it) => it.fields.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()),
            Obj::Json(_, value) => Some(repository::written(value, name, args)),
        }
    }

    fn query(&self, name: &str, args: &Map<String, Value>) -> Option<Val<'w>> {
        let text = |key: &str| args.get(key).and_then(Value::as_str).unwrap_or_default();
        Some(match name {
            "rateLimit" => Val::Obj(Obj::RateLimit),
            "viewer" => person(&self.token.actor()),
            "node" => self.node(text("id")),
            "nodes" => {
                let empty = Vec::new();
                let ids = args.get("ids").and_then(Value::as_array).unwrap_or(&empty);
                if ids.len() > 100 {
                    let message = format!("You may not provide more than 100 node ids; you provided {}.", ids.len());
                    return Some(Val::Fail("ARGUMENT_LIMIT", message));
                }
                Val::List(ids.iter().map(|id| self.node(id.as_str().unwrap_or_default())).collect())
            }
            "organization" => self.organization(text("login")),
            "repository" => {
                let follow = args.get("followRenames").and_then(Value::as_bool).unwrap_or(true);
                self.repository(text("owner"), text("name"), follow)
            }
            _ => return None,
        })
    }

    fn rate_limit(&self, name: &str) -> Option<Val<'w>> {
        let used = self.allowance.used + self.cost.points;
        let reset = jiff::Timestamp::from_second(self.allowance.reset).map(|t| t.to_string()).unwrap_or_default();
        Some(match name {
            "cost" => leaf(self.cost.points),
            "nodeCount" => leaf(self.cost.nodes),
            "limit" => leaf(self.allowance.limit),
            "used" => leaf(used),
            "remaining" => leaf(self.allowance.limit.saturating_sub(used)),
            "resetAt" => leaf(reset),
            _ => return None,
        })
    }

    fn organization(&self, login: &str) -> Val<'w> {
        match self.world.orgs.iter().find(|o| o.login.eq_ignore_ascii_case(login) && o.error.is_none()) {
            Some(org) => Val::Obj(Obj::Org(org)),
            None => {
                Val::Fail("NOT_FOUND", format!("Could not resolve to an Organization with the login of '{login}'."))
            }
        }
    }

    pub(super) fn repository(&self, owner: &str, name: &str, follow: bool) -> Val<'w> {
        let missing =
            || Val::Fail("NOT_FOUND", format!("Could not resolve to a Repository with the name '{owner}/{name}'."));
        let Some(org) = self.world.orgs.iter().find(|o| o.login.eq_ignore_ascii_case(owner) && o.error.is_none())
        else {
            return missing();
        };
        let at = org.repo_index(name).or_else(|| org.renamed_index(name).filter(|_| follow));
        match at.and_then(|r| org.repos.get(r)).filter(|repo| self.token.sees(org, repo)) {
            Some(repo) => Val::Obj(Obj::Repo(org, repo)),
            None => missing(),
        }
    }

    fn node(&self, id: &str) -> Val<'w> {
        let missing = || Val::Fail("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'."));
        let found = self.at_once(id).or_else(|| self.index.get_or_init(|| self.build_index()).get(id).cloned());
        match found {
            Some(Obj::Repo(org, repo) | Obj::Workflow(org, repo, _) | Obj::Pull(org, repo, _))
                if !self.token.sees(org, repo) =>
            {
                missing()
            }
            // A workflow belongs to Actions: in a private repository it needs that permission.
            Some(Obj::Workflow(org, repo, _))
                if repo.is_private() && self.token.level_on(org, repo, "actions") < Level::Read =>
            {
                missing()
            }
            Some(object) => Val::Obj(object),
            None => missing(),
        }
    }

    /// A repository or workflow that stands where it stood before.
    fn at_once(&self, id: &str) -> Option<Obj<'w>> {
        self.world.orgs.iter().filter(|org| org.error.is_none()).find_map(|org| {
            let (r, w) = org.node_index(id)?;
            let repo = org.repos.get(r)?;
            Some(match w {
                None => Obj::Repo(org, repo),
                Some(w) => Obj::Workflow(org, repo, repo.workflows.get(w)?),
            })
        })
    }

    fn build_index(&self) -> BTreeMap<&'w str, Obj<'w>> {
        let mut index = BTreeMap::new();
        for org in self.world.orgs.iter().filter(|o| o.error.is_none()) {
            index.insert(org.node_id.as_str(), Obj::Org(org));
            for repo in &org.repos {
                index.insert(repo.node_id.as_str(), Obj::Repo(org, repo));
                index.extend(repo.workflows.iter().map(|w| (w.node_id.as_str(), Obj::Workflow(org, repo, w))));
                let rules =
                    repo.graphql.get("branchProtectionRules").and_then(|c| c.get("nodes")).and_then(Value::as_array);
                for rule in rules.into_iter().flatten() {
                    if let Some(id) = rule.get("id").and_then(Value::as_str) {
                        index.insert(id, Obj::Json("BranchProtectionRule", rule));
                    }
                }
            }
        }
        index
    }

    /// Says that the token may not read this of a repository, where that is so.
    pub(super) fn closed(
        &self,
        org: &crate::sim::world::Org,
        repo: &crate::sim::world::Repo,
        permission: &str,
    ) -> Option<Val<'w>> {
        let open = !repo.is_private() || self.token.level_on(org, repo, permission) >= Level::Read;
        (!open).then(|| Val::Fail("FORBIDDEN", self.token.refusal().to_owned()))
    }
}

/// Returns a topic, language or the like: an object with a name.
pub(super) fn named<'w>(typename: &'static str, name: &str) -> Val<'w> {
    plain(typename, vec![("name", leaf(name))])
}
