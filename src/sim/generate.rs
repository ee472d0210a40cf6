//! An organisation out of a number: believable, and the same for the same seed.

use serde_json::{Map, Value, json};

use super::Dice;

const FIRST: &[&str] =
    &["fast", "tiny", "http", "json", "stream", "cache", "queue", "auth", "session", "route", "log", "metric"];
const SECOND: &[&str] =
    &["parser", "server", "client", "store", "proxy", "tools", "kit", "bridge", "agent", "sync", "core", "cli"];
const LANGUAGES: &[&str] = &["JavaScript", "TypeScript", "Rust", "Go", "Python", "Shell"];
const LICENSES: &[(&str, &str)] = &[("mit", "MIT"), ("apache-2.0", "Apache-2.0"), ("bsd-3-clause", "BSD-3-Clause")];

/// Returns a state document of one organisation with `n` repositories.
///
/// Some two per cent of the files' texts are distinct, as where a template was copied; a tenth is private, a tenth archived,
/// one in twelve a fork, one in thirty empty.
pub fn generate(n: u32, seed: u64) -> Value {
    let mut dice = Dice::new(seed);
    // How many versions of the common files went round over the years.
    let versions = u64::from(n / 50).max(2);
    let mut repositories: Vec<Value> = (0..n).map(|i| repository(&mut dice, i, versions)).collect();
    if let Some(Value::Object(first)) = repositories.first_mut() {
        // The organisation's own defaults stand in a repository of this name.
        first.insert("name".to_owned(), json!(".github"));
        first.insert("visibility".to_owned(), json!("public"));
        first.insert("archived".to_owned(), json!(false));
        first.insert("fork".to_owned(), json!(false));
        first.insert("files".to_owned(), json!({"profile/README.md": "# Us\n"}));
        first.remove("simulator");
    }
    json!({
        "format": "ordain.snapshot/1",
        "as_of": "2026-11-22T12:00:00Z",
        "api_url": "https://api.github.com",
        "organizations": [{
            "login": "example-org",
            "error": null,
            "rest": {"": {"known": {"id": 4_242_424, "name": "Example", "two_factor_requirement_enabled": true}}},
            "repositories": repositories,
            "blobs": {},
            "simulator": {"plan": "team"},
        }],
        "not_read": [],
        "simulator": {"now": "2026-11-22T12:00:00Z"},
    })
}

fn repository(dice: &mut Dice, i: u32, versions: u64) -> Value {
    let name = format!("{}-{}-{i}", dice.one_of(FIRST), dice.one_of(SECOND));
    let visibility = if dice.percent(10) { "private" } else { "public" };
    let created = format!("20{:02}-{:02}-{:02}T08:00:00Z", 12 + dice.below(14), 1 + dice.below(12), 1 + dice.below(28));
    let pushed = format!("2026-{:02}-{:02}T09:00:00Z", 1 + dice.below(10), 1 + dice.below(28));
    let license = LICENSES
        .get(usize::try_from(dice.below(4)).unwrap_or(0))
        .map(|(key, spdx)| json!({"key": key, "spdx_id": spdx}));
    let mut out = json!({
        "id": 100_000 + u64::from(i),
        "name": name,
        "visibility": visibility,
        "archived": dice.percent(10),
        "fork": dice.percent(8),
        "is_template": dice.percent(1),
        "description": format!("A {} for {}", dice.one_of(SECOND), dice.one_of(FIRST)),
        "default_branch": if dice.percent(30) { "master" } else { "main" },
        "topics": [dice.one_of(FIRST)],
        "language": dice.one_of(LANGUAGES),
        "license": license,
        "created_at": created,
        "pushed_at": pushed,
        "updated_at": pushed,
        "has_wiki": dice.percent(60),
        "delete_branch_on_merge": dice.percent(30),
        "graphql": {"hasVulnerabilityAlertsEnabled": {"known": dice.percent(70)}},
        "rest": {"private-vulnerability-reporting": {"known": {"enabled": visibility == "public" && dice.percent(40)}}},
        "security_and_analysis": {
            "secret_scanning": {"status": if visibility == "public" && dice.percent(50) { "enabled" } else { "disabled" }},
        },
    });
    if visibility == "private"
        && let Some(map) = out.as_object_mut()
    {
        // Without the paid product GitHub has no such switches there.
        map.insert("security_and_analysis".to_owned(), json!({}));
    }
    let empty = dice.percent(3);
    if let (false, Some(map)) = (empty, out.as_object_mut()) {
        let (files, simulator) = files(dice, &name, versions);
        map.insert("files".to_owned(), Value::Object(files));
        map.insert("simulator".to_owned(), simulator);
    }
    out
}

fn files(dice: &mut Dice, name: &str, versions: u64) -> (Map<String, Value>, Value) {
    let mut files = Map::new();
    let mut put = |path: &str, text: String| files.insert(path.to_owned(), json!(text));
    // A readme in fifty is somebody's own; the rest came from a template.
    let title = if dice.percent(2) { name } else { "Project" };
    put("README.md", format!("# {title}\n\nSee the documentation.\n"));
    put("LICENSE", "Permission is hereby granted, free of charge…\n".to_owned());
    put("src/index.txt", format!("module {}\n", dice.below(versions)));
    if dice.percent(35) {
        let place = dice.one_of(&["SECURITY.md", ".github/SECURITY.md", "docs/SECURITY.md"]);
        put(place, format!("# Security\n\nReport a vulnerability to security-{}@example.org.\n", dice.below(versions)));
    }
    if dice.percent(40) {
        put(".github/dependabot.yml", "version: 2\nupdates:\n  - {package-ecosystem: github-actions, directory: /, schedule: {interval: monthly}}\n".to_owned());
    }
    let mut workflows = Map::new();
    if dice.percent(80) {
        put(
            ".github/workflows/ci.yml",
            format!("name: ci\non: [push]\n# version {}\njobs: {{}}\n", dice.below(versions)),
        );
    }
    if dice.percent(40) {
        let path = ".github/workflows/scorecard.yml";
        let uses = format!("      - uses: ossf/scorecard-action@v2.{}.0\n", dice.below(5));
        put(
            path,
            format!(
                "name: Scorecard\non:\n  schedule: [{{cron: \"30 1 * * 6\"}}]\n  workflow_dispatch:\njobs:\n  analysis:\n    runs-on: ubuntu-latest\n    steps:\n{uses}"
            ),
        );
        if dice.percent(25) {
            let told =
                json!({"state": "disabled_inactivity", "conclusion": "FAILURE", "updated_at": "2026-06-01T01:30:00Z"});
            workflows.insert(path.to_owned(), told);
        }
    }
    (files, json!({ "workflows": workflows }))
}
