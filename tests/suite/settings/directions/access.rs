//! The directions of access: collaborators and teams of repositories, people and teams of organisations.

use serde_json::json;

use super::{LOOSENING, Probe, TIGHTENING, probe};
use crate::support::{OrgState, RepoState, org, repo};

/// An organisation with two owners, three members, somebody from outside, and teams of which none is in another.
fn staffed(web: RepoState) -> OrgState {
    let team = |slug: &str| json!({"slug": slug, "privacy": "closed", "parent": null});
    org("acme")
        .rest("members?role=admin", json!([{"login": "olga"}, {"login": "otto"}]))
        .rest("members?role=member", json!([{"login": "ann"}, {"login": "ben"}, {"login": "cleo"}]))
        .rest("outside_collaborators", json!([{"login": "eve"}]))
        .rest("teams", json!([team("core"), team("docs")]))
        .rest("teams/core/members", json!([
            {"login": "ann", "role": "member"}, {"login": "ben", "role": "maintainer"}, {"login": "cleo", "role": "maintainer"},
        ]))
        .repo(web)
}

pub(super) fn collaborators() -> Vec<Probe> {
    let one = |is: &str, wanted: &str, effect: &'static str| {
        let direct = json!([{"login": "eve", "role_name": is}]);
        let state = staffed(repo("web").rest("collaborators?affiliation=direct", direct));
        let rule = format!("[repo.collaborators]\neve = \"{wanted}\"\n");
        probe("collaborators", "value", state, rule, "collaborators.eve", effect)
    };
    vec![one("admin", "triage", TIGHTENING), one("read", "triage", LOOSENING)]
}

pub(super) fn teams_of_repo() -> Vec<Probe> {
    let one = |is: &str, wanted: &str, effect: &'static str| {
        let state = staffed(repo("web").rest("teams", json!([{"slug": "core", "permission": is}])));
        probe("teams", "value", state, format!("[repo.teams]\ncore = \"{wanted}\"\n"), "teams.core", effect)
    };
    vec![one("admin", "push", TIGHTENING), one("pull", "push", LOOSENING)]
}

pub(super) fn members() -> Vec<Probe> {
    let one = |field: &'static str, lines: &str, effect: &'static str| {
        let rule = format!("[org.members]\n{lines}\n");
        probe("members", field, staffed(repo("web")), rule, format!("members.{field}"), effect)
    };
    vec![
        one("owners", "owners = [\"olga\"]\nprune = true", TIGHTENING),
        one("owners", "owners = [\"olga\", \"ann\"]", LOOSENING),
        one("owners", "owners = [\"olga\", \"ann\"]\nprune = true", LOOSENING),
        one("members", "members = [\"ann\"]\nowners = [\"olga\", \"otto\"]\nprune = true", TIGHTENING),
        one("members", "members = [\"otto\"]", TIGHTENING),
        one("members", "members = [\"eve\"]", LOOSENING),
        one("members", "members = [\"otto\", \"eve\"]", LOOSENING),
    ]
}

pub(super) fn teams_of_org() -> Vec<Probe> {
    let one = |field: &'static str, slug: &str, value: &str, part: &str, effect: &'static str| {
        let rule = format!("[org.teams.{slug}]\n{field} = {value}\n");
        probe("teams", field, staffed(repo("web")), rule, format!("teams.{slug}{part}"), effect)
    };
    let nested = {
        let teams = json!([{"slug": "core", "privacy": "closed"}, {"slug": "docs", "privacy": "closed", "parent": {"slug": "core"}}]);
        staffed(repo("web")).rest("teams", teams)
    };
    vec![
        probe("teams", "parent", nested, "[org.teams.docs]\nparent = \"\"\n", "teams.docs", TIGHTENING),
        one("parent", "docs", "\"core\"", "", LOOSENING),
        one("members", "core", "[]", ".members", TIGHTENING),
        one("members", "core", "[\"ann\", \"ben\"]", ".members", TIGHTENING),
        one("members", "core", "[\"ann\", \"olga\"]", ".members", LOOSENING),
        one("maintainers", "core", "[\"ben\"]", ".maintainers", TIGHTENING),
        one("maintainers", "core", "[\"ben\", \"cleo\", \"ann\"]", ".maintainers", LOOSENING),
    ]
}
