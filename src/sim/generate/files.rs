//! The files of a made repository. Texts are few: what a policy manages came from templates that went round over the years.

use serde_json::{Map, Value, json};

use super::Dice;

const SCORECARD: &str = ".github/workflows/scorecard.yml";
const DEPENDABOT: &str =
    "version: 2\nupdates:\n  - {package-ecosystem: github-actions, directory: /, schedule: {interval: monthly}}\n";

/// Files by path, and what became of the workflows among them.
pub(super) struct Made {
    pub(super) files: Map<String, Value>,
    pub(super) workflows: Map<String, Value>,
}

/// The files of the organisation's defaults.
pub(super) fn of_defaults() -> Made {
    let files = json!({"profile/README.md": "# Us\n"});
    Made { files: files.as_object().cloned().unwrap_or_default(), workflows: Map::new() }
}

/// The files of one of so many repositories.
pub(super) fn make(dice: &mut Dice, name: &str, repositories: u32) -> Made {
    let mut files = Map::new();
    let mut put = |path: &str, text: String| files.insert(path.to_owned(), json!(text));
    // A readme in fifty is somebody's own; the rest came from a template.
    let title = if dice.percent(2) { name } else { "Project" };
    put("README.md", format!("# {title}\n\nSee the documentation.\n"));
    put("LICENSE", "Permission is hereby granted, free of charge…\n".to_owned());
    let versions = u64::from(repositories / 50).clamp(2, 40);
    put("src/index.txt", format!("module {}\n", dice.below(versions)));
    if dice.percent(35) {
        let place = dice.one_of(&["SECURITY.md", ".github/SECURITY.md", "docs/SECURITY.md"]);
        put(place, security(dice, repositories));
    }
    if dice.percent(40) {
        put(".github/dependabot.yml", DEPENDABOT.to_owned());
    }
    let mut workflows = Map::new();
    if dice.percent(80) {
        let text = format!("name: ci\non: [push]\n# version {}\njobs: {{}}\n", dice.below(versions));
        put(".github/workflows/ci.yml", text);
    }
    if dice.percent(60) {
        put(SCORECARD, scorecard(dice));
        if dice.percent(10) {
            let told =
                json!({"state": "disabled_inactivity", "conclusion": "FAILURE", "updated_at": "2026-06-01T01:30:00Z"});
            workflows.insert(SCORECARD.to_owned(), told);
        } else if dice.percent(2) {
            // It has not run on the head yet, so only the list of workflows tells its state.
            workflows.insert(SCORECARD.to_owned(), json!({"run": false}));
        }
    }
    Made { files, workflows }
}

/// A security policy. Most name the alias of today; one repository in a hundred has brought a text of its own into the world.
fn security(dice: &mut Dice, repositories: u32) -> String {
    let alias = if dice.percent(80) { "security" } else { "old-security" };
    let revision = dice.below(u64::from(repositories / 200).max(1));
    format!("# Security\n\nReport a vulnerability to {alias}@example.org.\n\nRevision {revision}.\n")
}

/// A Scorecard workflow: one in ten cannot publish its results.
fn scorecard(dice: &mut Dice) -> String {
    let version = 2 + dice.below(3);
    let step = if dice.percent(10) { "      - run: echo done\n" } else { "" };
    format!(
        "name: Scorecard\non:\n  schedule: [{{cron: \"30 1 * * 6\"}}]\n  workflow_dispatch:\npermissions: read-all\njobs:\n  \
         analysis:\n    runs-on: ubuntu-latest\n    permissions: {{security-events: write, id-token: write}}\n    steps:\n      \
         - uses: actions/checkout@v4\n{step}      - uses: ossf/scorecard-action@v2.{version}.0\n        with: \
         {{results_file: results.sarif, results_format: sarif, publish_results: true}}\n"
    )
}
