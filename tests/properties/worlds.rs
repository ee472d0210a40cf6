//! Random organisations: private, archived, forks, empty, with advisory forks, workflows, pull requests of ours and of others,
//! configurations, and every yes-or-no field of GitHub's list one way or the other.

use ordain::sim::{World, world::Fields};
use serde_json::{Value, json};

use super::{dice::Dice, lab::NOW};
use crate::support::{OrgState, RepoState, Token, org, repo, state_with};

/// The name of an advisory's fork; it must appear nowhere.
pub(crate) const ADVISORY: &str = "secretly-ghsa-2345-6789-cfgh";

const NAMES: &[&str] = &["fast-parser", "http-kit", "Queue.js", "log_core", "auth-server", "json-tools"];
const CI: &str = ".github/workflows/ci.yml";
const SCORECARD: &str = ".github/workflows/scorecard.yml";
/// Switches of `security_and_analysis`.
const SWITCHES: &[&str] = &[
    "secret_scanning",
    "secret_scanning_push_protection",
    "secret_scanning_non_provider_patterns",
    "secret_scanning_ai_detection",
];

/// A made world, with what policies may name in it.
pub(crate) struct Made {
    pub(crate) state: Value,
    pub(crate) orgs: Vec<String>,
    pub(crate) repos: Vec<String>,
}

/// Makes a state. With tokens, only these are taken; without, any is an owner's.
pub(crate) fn world(dice: &mut Dice, tokens: Vec<Token>) -> Made {
    let mut orgs = vec!["acme".to_owned()];
    if dice.percent(20) {
        orgs.push("globex".to_owned());
    }
    let most = 1 + dice.below(4);
    let names = dice.some(NAMES, most);
    let states: Vec<OrgState> = orgs.iter().map(|login| organisation(dice, login, &names)).collect();
    let mut state = state_with(states, tokens);
    state["simulator"]["now"] = json!(NOW);
    state["simulator"]["rate_limit"] = json!({"secondary": true});
    let repos = names.iter().map(|name| (*name).to_owned()).chain([".github".to_owned()]).collect();
    Made { state, orgs, repos }
}

fn organisation(dice: &mut Dice, login: &str, names: &[&str]) -> OrgState {
    let defaults = repo(".github").pvr(dice.percent(50)).file("profile/README.md", "# Us\n");
    let mut made = org(login).repo(if dice.percent(30) {
        defaults.file("SECURITY.md", "Write to security@example.org.\n")
    } else {
        defaults
    });
    for name in names {
        made = made.repo(repository(dice, name));
    }
    if dice.percent(60) {
        made = made.repo(repo(ADVISORY).private().alerts(false).set("fork", json!(true)));
    }
    if dice.percent(30) {
        let status = dice.pick(&["enabled", "disabled", "not_set"]);
        let name = dice.pick(&["ordain baseline", "alpha", "theirs"]);
        let value = json!({"name": name, "description": "Made", "secret_scanning": status, "enforcement":
            dice.pick(&["enforced", "unenforced"])});
        made = made.sim("configurations", json!([value]));
    }
    if dice.percent(30) {
        made = made.sim("secret_scanning", json!(true));
    }
    made
}

fn repository(dice: &mut Dice, name: &str) -> RepoState {
    let alerts = dice.percent(50);
    let mut made = repo(name)
        .set("default_branch", json!(dice.pick(&["main", "master"])))
        .set("archived", json!(dice.percent(10)))
        .set("disabled", json!(dice.percent(3)))
        .set("fork", json!(dice.percent(15)))
        .set("is_template", json!(dice.percent(10)))
        .set("topics", json!(dice.some(&["fast", "http", "x"], 2)))
        .set("language", json!(dice.pick(&["Rust", "JavaScript", "Shell"])))
        .set("license", json!({"key": "mit", "spdx_id": "MIT"}))
        .set("created_at", json!(dice.pick(&["2013-05-01T08:00:00Z", "2025-05-01T08:00:00Z"])))
        .set("pushed_at", json!(dice.pick(&["2016-05-01T08:00:00Z", "2026-11-01T08:00:00Z"])))
        .set("has_wiki", json!(dice.percent(50)))
        .set("has_issues", json!(dice.percent(70)))
        .set("delete_branch_on_merge", json!(dice.percent(50)))
        .set("allow_squash_merge", json!(dice.percent(50)))
        .set("web_commit_signoff_required", json!(dice.percent(30)))
        .alerts(alerts)
        // Security updates stand on alerts.
        .fixes(alerts && dice.percent(60))
        .pvr(dice.percent(40));
    if dice.percent(20) {
        // Without the paid product GitHub has no such switches there.
        made = made.private();
    } else {
        for switch in SWITCHES {
            if dice.percent(60) {
                made = made.switch(switch, dice.percent(50));
            }
        }
    }
    if dice.percent(10) {
        return made.empty();
    }
    let made = with_files(dice, made);
    with_pull(dice, made)
}

fn with_files(dice: &mut Dice, mut made: RepoState) -> RepoState {
    if dice.percent(40) {
        let place = dice.pick(&["SECURITY.md", ".github/SECURITY.md", "docs/SECURITY.md"]);
        let text = dice.pick(&["Ask anyone.\n", "Write to security@example.org within 90 days.\n"]);
        made = made.file(place, text);
    }
    if dice.percent(30) {
        made = made.file("docs/NOTICE", "Theirs.\n");
    }
    if dice.percent(20) {
        // A folder where a policy may want a file.
        made = made.file("NOTICE/inner.txt", "Theirs.\n");
    }
    if dice.percent(60) {
        made = made.file(CI, "name: ci\non: [push]\njobs: {}\n");
        if dice.percent(30) {
            made = made.workflow(CI, json!({"state": dice.pick(&["disabled_manually", "disabled_inactivity"])}));
        }
    }
    if dice.percent(30) {
        let text = include_str!("../../policy/files/scorecard.yml").replace("{{ repo.default_branch }}", "main");
        made = made.file(SCORECARD, &text);
        let state = dice.pick(&["active", "disabled_inactivity"]);
        let conclusion = dice.pick(&["SUCCESS", "FAILURE"]);
        made = made.workflow(
            SCORECARD,
            json!({"state": state, "conclusion": conclusion, "updated_at": "2026-11-20T01:30:00Z"}),
        );
    }
    made
}

/// A branch or pull request under ordain's name: ours, somebody else's, or left over.
fn with_pull(dice: &mut Dice, made: RepoState) -> RepoState {
    let author = *dice.pick(&["ordain-bot", "mallory"]);
    let branch = json!({"ordain/policy": {"files": {"docs/NOTICE": "Old.\n"}, "author": author}});
    let pull = json!([{"number": 7, "title": "Ours", "head": "ordain/policy", "base": null, "author": author}]);
    match dice.below(10) {
        0 => made.sim("branches", branch),
        1 => made.sim("branches", branch).sim("pulls", pull),
        _ => made,
    }
}

/// What maintainers do between two applies: switch something, push something.
pub(crate) fn meddle(dice: &mut Dice, world: &mut World, orgs: &[String], repos: &[String]) {
    for _ in 0..dice.below(4) {
        let (org, name) = (dice.pick(orgs).clone(), dice.pick(repos).clone());
        let empty = world.repo(&org, &name).is_none_or(|repo| repo.is_empty());
        if dice.percent(20) && !empty {
            world.write_file(&org, &name, "docs/NOTICE", Some("Somebody's.\n"));
            continue;
        }
        let Some(repo) = world.repo(&org, &name) else { continue };
        flip(dice, &mut repo.fields);
        match dice.below(4) {
            0 => {
                repo.alerts = !repo.alerts;
                repo.fixes &= repo.alerts;
            }
            1 => repo.fixes = !repo.fixes && repo.alerts,
            2 => repo.pvr = !repo.pvr && !repo.is_private(),
            _ => {
                let on = dice.percent(50);
                if !repo.is_private() {
                    repo.security.insert((*dice.pick(SWITCHES)).to_owned(), on);
                }
            }
        }
    }
}

/// Turns one yes-or-no setting of a repository round; its nature (private, fork, archived…) stays.
fn flip(dice: &mut Dice, fields: &mut Fields) {
    let nature = ["private", "archived", "disabled", "fork", "is_template", "has_pages", "allow_merge_commit"];
    let keys: Vec<String> = fields
        .iter()
        .filter(|(key, value)| value.is_boolean() && !nature.contains(&key.as_str()))
        .map(|(key, _)| key.clone())
        .collect();
    if keys.is_empty() {
        return;
    }
    let key = dice.pick(&keys);
    let on = fields.get(key).and_then(Value::as_bool).unwrap_or_default();
    fields.insert(key.clone(), json!(!on));
    // GitHub has no repository into which nothing can be merged.
    let methods = ["allow_merge_commit", "allow_rebase_merge", "allow_squash_merge"];
    if methods.iter().all(|method| fields.get(method).and_then(Value::as_bool) == Some(false)) {
        fields.insert(key.clone(), json!(on));
    }
}
