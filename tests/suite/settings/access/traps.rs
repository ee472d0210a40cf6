//! What goes wrong elsewhere, by name.

use serde_json::{Value, json};

use crate::support::{Lab, OrgState, TOKEN, Token, differing, org, repo, state, state_with};

fn staffed() -> OrgState {
    org("acme")
        .rest("members?role=admin", json!([{"login": "olga"}]))
        .rest("members?role=member", json!([{"login": "ann"}, {"login": "ordain-bot"}]))
        .rest("teams", json!([{"slug": "core"}, {"slug": "docs"}]))
        .rest("teams/core/members", json!([{"login": "ann", "role": "member"}]))
}

fn readings(lab: &Lab, at: usize, suffix: &str) -> Value {
    lab.state()["organizations"][0]["repositories"][at]["rest"][suffix]["known"].clone()
}

#[test]
fn team_permissions_stripped_from_a_repository_that_no_rule_names() {
    let grants = || json!([{"slug": "core", "permission": "admin"}, {"slug": "docs", "permission": "push"}]);
    let direct = || json!([{"login": "ann", "role_name": "admin"}]);
    let with = |name: &str| {
        repo(name).rest("teams", grants()).rest("collaborators?affiliation=direct", direct()).rest("hooks", json!([]))
    };
    let rule =
        "[match]\nrepo = \"web\"\n[repo.teams]\nprune = true\ncore = \"pull\"\n[repo.collaborators]\nprune = true\n";
    let lab = Lab::new(&state([staffed().repo(with("web")).repo(with("other"))])).policy(&[("rules/a.toml", rule)]);
    let before = lab.state();
    lab.apply_with(&["--limit", "deletions=2"]);
    assert_eq!(readings(&lab, 0, "teams"), json!([{"slug": "core", "permission": "pull"}]));
    assert_eq!(
        (readings(&lab, 1, "teams"), readings(&lab, 1, "collaborators?affiliation=direct")),
        (grants(), direct())
    );
    let moved = differing(&before, &lab.state());
    assert!(moved.iter().all(|place| place.starts_with("acme/web/")), "{moved:#?}");
    assert!(
        lab.writes().iter().all(|write| write.contains("/acme/web") || write.contains("repos/acme/web")),
        "{:?}",
        lab.writes()
    );
}

#[test]
fn the_caller_or_the_last_owner_removed() {
    let rule = "[match]\norg = \"acme\"\n[org.members]\nowners = [\"new-owner\"]\nmembers = []\nprune = true\n";
    let world = staffed().rest("outside_collaborators", json!([{"login": "new-owner"}])).repo(repo("web"));
    let lab = Lab::new(&state([world])).policy(&[("rules/a.toml", rule)]);
    lab.apply_with(&["--limit", "deletions=1", "--limit", "loosening=1"]);
    let plan = lab.plan();
    assert_eq!(plan.ids(), [""; 0], "{}", plan.text());
    let rest = &lab.state()["organizations"][0]["rest"];
    assert_eq!(rest["members?role=admin"]["known"], json!([{"login": "olga"}]), "nobody else has accepted yet");
    assert_eq!(rest["members?role=member"]["known"], json!([{"login": "ordain-bot"}]), "the caller stays");
    for (part, word) in [("owners", "no owner who is one already"), ("members", "never removed")] {
        let told = plan.finding(&format!("acme:members.{part}"));
        assert_eq!(told["verdict"], "violation");
        assert!(told["message"].as_str().is_some_and(|message| message.contains(word)), "{told}");
    }
}

#[test]
fn an_invitation_sent_twice() {
    let rule = "[match]\nrepo = \"web\"\n[repo.collaborators]\nOctoCat = \"push\"\n";
    let world = org("acme").rest("outside_collaborators", json!([{"login": "octocat"}])).repo(repo("web"));
    let lab = Lab::new(&state([world])).policy(&[("rules/a.toml", rule)]);
    lab.apply_with(&["--limit", "loosening=1"]);
    assert_eq!(lab.writes(), ["PUT /repos/acme/web/collaborators/OctoCat"]);
    lab.forget();
    lab.apply_with(&["--limit", "loosening=1"]);
    assert_eq!(lab.writes(), [""; 0]);
    let plan = lab.plan();
    let told = plan.finding("acme/web:collaborators.OctoCat");
    assert_eq!(told["verdict"], "violation");
    assert!(told["message"].as_str().is_some_and(|message| message.contains("has not accepted yet")), "{told}");
    // Accepted, it holds.
    lab.edit(|world| {
        let repo = world.repo("acme", "web").expect("there");
        repo.rest.insert("invitations".into(), json!({"known": []}));
        let direct = json!({"known": [{"login": "octocat", "role_name": "write"}]});
        repo.rest.insert("collaborators?affiliation=direct".into(), direct);
    });
    assert_eq!(lab.plan_with(&["--all"]).verdict("acme/web:collaborators.OctoCat"), "compliant");
}

#[test]
fn a_login_that_nobody_has() {
    let rule = "[match]\nrepo = \"web\"\n[repo.collaborators]\noctocatt = \"push\"\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", rule)]);
    let plan = lab.plan();
    let told = plan.finding("acme/web:collaborators.octocatt");
    assert!(told["message"].as_str().is_some_and(|message| message.contains("misspelt")), "{told}");
    lab.apply();
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn a_secret_lost_by_a_change_of_the_webhook() {
    let hook = json!({"id": 5, "active": true, "events": ["push"],
        "config": {"url": "https://ci.test/", "content_type": "form", "insecure_ssl": "1", "secret": "shibboleth"}});
    let rule = "[match]\nrepo = \"web\"\n[repo.webhooks.\"https://ci.test/\"]\nevents = [\"push\", \"issues\"]\nactive = false\n\
                content_type = \"json\"\ninsecure_ssl = false\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web").rest("hooks", json!([hook])))]))
        .policy(&[("rules/a.toml", rule)]);
    lab.apply();
    let config = readings(&lab, 0, "hooks")[0]["config"].clone();
    assert_eq!(
        config,
        json!({"url": "https://ci.test/", "content_type": "json", "insecure_ssl": "0", "secret": "shibboleth"})
    );
    assert_eq!(
        lab.writes(),
        ["PATCH /repos/acme/web/hooks/5", "PATCH /repos/acme/web/hooks/5/config"],
        "one call for each place"
    );
}

#[test]
fn one_call_for_each_repository() {
    let repos =
        (0..40).map(|n| repo(&format!("r{n:02}")).rest("teams", json!([{"slug": "core", "permission": "push"}])));
    let rule = "[repo.teams]\ncore = \"push\"\ndocs = \"pull\"\n[repo.collaborators]\nprune = false\nann = \"pull\"\n[repo.admins]\nmax = 5\n\
                [repo.deploy_keys]\nallowed = \"none\"\n";
    let lab = Lab::new(&state([staffed().repos(repos)])).policy(&[("rules/a.toml", rule)]);
    let plan = lab.plan();
    assert_eq!(plan.summary("change"), 80, "docs and ann, everywhere");
    let paths: Vec<String> = lab.exchanges().into_iter().map(|one| one.path_and_query).collect();
    let of_teams = paths.iter().filter(|path| path.starts_with("/orgs/acme/teams")).count();
    assert_eq!(of_teams, 3, "the teams, and one list for each that a rule names: {paths:#?}");
    assert_eq!(lab.count("GET", "/users/"), 1, "a person is looked up once: {paths:#?}");
    // Only whether Ann was invited has no bulk form; it is asked because she is missing.
    let single = paths.iter().filter(|path| path.starts_with("/repos/")).count();
    assert_eq!(single, lab.exchanges().iter().filter(|one| one.path_and_query.contains("/invitations")).count());
}

#[test]
fn a_write_reads_back_its_own_repository_and_not_all() {
    let repos = (0..9).map(|n| repo(&format!("r{n}")));
    let rule = "[match]\nrepo = \"r1\"\n[repo.teams]\ncore = \"push\"\n";
    let lab = Lab::new(&state([staffed().repos(repos)])).policy(&[("rules/a.toml", rule)]);
    lab.apply_with(&["--limit", "loosening=1"]);
    assert_eq!(lab.count("GET", "/orgs/acme/teams/core/repos"), 1, "the plan's");
    assert!(lab.count("GET", "/repos/acme/r1/teams") >= 2, "before and after");
    assert_eq!(lab.plan().ids(), [""; 0]);
}

#[test]
fn many_repositories_written_side_by_side() {
    let teams = || json!([{"slug": "core", "permission": "admin"}, {"slug": "docs", "permission": "pull"}]);
    let repos = (0..60).map(|n| repo(&format!("r{n:02}")).rest("teams", teams()));
    let rule = "[repo.teams]\nprune = true\ncore = \"push\"\n[repo.collaborators]\nann = \"pull\"\n";
    let lab = Lab::new(&state([staffed().repos(repos)])).policy(&[("rules/a.toml", rule)]);
    let applied = lab.apply_with(&["--limit", "deletions=60", "--limit", "loosening=60"]);
    let results = applied["results"].as_array().map_or(0, Vec::len);
    assert!(results == 0 || results == 180, "{results}");
    assert_eq!(lab.plan().ids(), [""; 0]);
}

#[test]
fn a_gate_on_who_receives_the_reports() {
    let rule = "[repo]\nprivate_vulnerability_reporting = { value = true, requires = [\"org:security_managers\"] }\n";
    let managers = "[match]\norg = \"acme\"\n[org.security_managers]\nmin = 1\n";
    let lab = Lab::new(&state([staffed().repo(repo("web").pvr(false))]))
        .policy(&[("rules/a.toml", rule), ("rules/b.toml", managers)]);
    assert_eq!(lab.plan().verdict("acme/web:private_vulnerability_reporting"), "blocked");
    lab.edit(|world| {
        let org = world.org("acme").expect("there");
        org.rest.insert("organization-roles/138/teams".into(), json!({"known": [{"slug": "core"}]}));
    });
    assert_eq!(lab.plan().verdict("acme/web:private_vulnerability_reporting"), "change");
}

#[test]
fn a_deleted_team_takes_its_accesses_along_and_the_plan_says_so() {
    let web = repo("web").rest("teams", json!([{"slug": "docs", "permission": "maintain"}]));
    let rule = "[match]\norg = \"acme\"\n[org.teams]\nprune = true\n[org.teams.core]\n";
    let lab = Lab::new(&state([staffed().repo(web)])).policy(&[("rules/a.toml", rule)]);
    let plan = lab.plan();
    let effects = &plan.change("acme:teams.docs")["effects"];
    assert_eq!((&effects[0]["repo"], &effects[0]["setting"]), (&json!("web"), &json!("teams.docs")));
    assert_eq!((&effects[0]["before"], &effects[0]["after"]), (&json!("maintain"), &json!(null)));
    lab.apply_with(&["--limit", "deletions=1"]);
    assert_eq!(readings(&lab, 0, "teams"), json!([]));
}

#[test]
fn somebody_made_an_owner_of_a_team_they_are_not_in() {
    let token = state_with([staffed().repo(repo("web"))], [Token::owner(TOKEN)]);
    let rule = "[match]\norg = \"acme\"\n[org.teams.fresh]\ndescription = \"new\"\nmembers = [\"ann\"]\n";
    let lab = Lab::new(&token).policy(&[("rules/a.toml", rule)]);
    lab.apply_with(&["--limit", "loosening=1"]);
    let people = lab.state()["organizations"][0]["rest"]["teams/fresh/members"]["known"].clone();
    assert_eq!(people, json!([{"login": "ann", "role": "member"}]), "whoever made the team is not in it");
}

#[test]
fn a_snapshot_served_again_says_the_same() {
    let web = repo("web")
        .rest("teams", json!([{"slug": "docs", "permission": "admin"}]))
        .rest("collaborators?affiliation=direct", json!([{"login": "eve", "role_name": "maintain"}]))
        .rest("keys", json!([{"id": 8, "title": "ci", "read_only": true}]));
    let rule = "[repo.teams]\ndocs = \"pull\"\ncore = \"push\"\n[repo.collaborators]\neve = \"pull\"\n[repo.deploy_keys]\nallowed = \"read_only\"\n\
                [repo.admins]\nmax = 9\n";
    let people = "[match]\norg = \"acme\"\n[org.members]\nowners = [\"olga\"]\n[org.teams.core]\nmembers = [\"ann\"]\n";
    let files = [("rules/a.toml", rule), ("rules/b.toml", people)];
    let lab = Lab::new(&state([staffed().repo(web)])).policy(&files);
    let live = lab.plan_with(&["--all"]);
    lab.run(&["snapshot", "--out", "seen.json"]).exits(0);
    let seen = std::fs::read_to_string(lab.folder().join("seen.json")).expect("the snapshot");
    let again = Lab::new(&serde_json::from_str(&seen).expect("JSON")).policy(&files);
    let told = again.plan_with(&["--all"]);
    assert_eq!((told.ids(), &told.0["summary"]), (live.ids(), &live.0["summary"]), "{}\n{}", live.text(), told.text());
}
