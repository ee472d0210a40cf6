//! What is made from a seed.

use ordain::sim::{Chance, Dice, Faults, Trouble};
use serde_json::{Value, json};

use crate::support::{RepoState, org, repo, state};

/// How much faster the simulated time runs.
pub(super) const FACTOR: u32 = 100;

/// An organisation, a policy for it, and what goes wrong.
pub(super) struct Made {
    pub(super) state: Value,
    pub(super) policy: Vec<(&'static str, String)>,
    /// What apply is told.
    pub(super) options: &'static [&'static str],
    pub(super) faults: Faults,
    /// Whether no reading lags: then nothing may be sent that changes nothing.
    pub(super) prompt: bool,
}

const WORKFLOW: &str = ".github/workflows/ci.yml";

pub(super) fn made(seed: u64) -> Made {
    let mut dice = Dice::new(seed.wrapping_mul(0x9E37).wrapping_add(11));
    let repos: Vec<RepoState> = (0..3 + dice.below(10)).map(|n| made_repo(&mut dice, n)).collect();
    let state = state([org("acme").repos(repos)]);
    let policy = policy(&mut dice);
    disturbed(dice, state, policy, LOOSENING)
}

/// A state and a policy, and the faults that go with the dice.
pub(super) fn disturbed(
    mut dice: Dice,
    mut state: Value,
    policy: Vec<(&'static str, String)>,
    options: &'static [&'static str],
) -> Made {
    state["simulator"]["clock_factor"] = json!(FACTOR);
    state["simulator"]["attach_reads"] = json!(dice.below(4));
    state["simulator"]["rate_limit"] = json!({"core": 15_000, "graphql": 15_000, "secondary": true});
    let prompt = dice.percent(60);
    let faults = faults(&mut dice, prompt);
    Made { state, policy, options, faults, prompt }
}

const LOOSENING: &[&str] = &["--limit", "loosening=1000"];

fn made_repo(dice: &mut Dice, n: u64) -> RepoState {
    let mut one = repo(&format!("{}-{n}", dice.one_of(&["web", "api", "docs"])))
        .pvr(dice.percent(30))
        .alerts(dice.percent(40))
        .set("has_wiki", json!(dice.percent(50)))
        .set("fork", json!(dice.percent(10)));
    if dice.percent(15) {
        // Without the paid product GitHub has no switches there.
        one = one.private().pvr(false);
    } else if dice.percent(60) {
        one = one.switch("secret_scanning", dice.percent(50));
    }
    if dice.percent(8) {
        return one.empty();
    }
    if dice.percent(50) {
        one = one.file(WORKFLOW, "on: push\n");
        if dice.percent(50) {
            one = one.workflow(
                WORKFLOW,
                json!({"state": dice.one_of(&["active", "disabled_manually", "disabled_inactivity"])}),
            );
        }
    }
    if dice.percent(30) {
        one = one.file("SECURITY.md", dice.one_of(&["Write to a@b.example\n", "Ask anyone.\n"]));
    }
    if dice.percent(20) {
        one = one.file("NOTES.md", dice.one_of(&["new\n", "old\n"]));
    }
    if dice.percent(8) { one.archived() } else { one }
}

const GATED: &str = "private_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n\
    security_policy.contact = \"a@b.example\"\nsecurity_policy.template = \"SECURITY.md\"";

/// Pieces of a rule over all repositories: how often of a hundred, and what.
const PIECES: &[(u64, &str)] = &[
    (15, GATED),
    (60, "private_vulnerability_reporting = true"),
    (45, "dependabot_security_updates = true\ndependabot_alerts = true"),
    (60, "dependabot_alerts = true"),
    (15, "dependabot_alerts = false"),
    (30, "secret_scanning.enabled = true"),
    (20, "secret_scanning.enabled = true\nsecret_scanning.push_protection = true"),
    (30, "security_policy.contact = \"a@b.example\"\nsecurity_policy.template = \"SECURITY.md\""),
    (25, "files.\"NOTES.md\" = { content = \"new\\n\" }"),
    (20, "files.\"OTHER.md\" = { content = \"other\\n\", delivery = \"commit\" }"),
    (15, "files.\"GONE.md\" = { content = \"x\\n\", ensure = \"present\" }"),
];

fn policy(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let mut lines: Vec<&str> = Vec::new();
    let mut keys: Vec<&str> = Vec::new();
    for (share, piece) in PIECES {
        let names = || piece.lines().filter_map(|line| line.split(" = ").next());
        if dice.percent(*share) && !names().any(|name| keys.contains(&name)) {
            keys.extend(names());
            lines.push(piece);
        }
    }
    if lines.is_empty() {
        lines.push("dependabot_alerts = true");
    }
    let mut files = vec![
        ("rules/repos.toml", format!("[match]\narchived = false\n[repo]\n{}\n", lines.join("\n"))),
        ("files/SECURITY.md", "# {{ repo.name }}\n\nWrite to a@b.example\n".to_owned()),
    ];
    if dice.percent(50) {
        let rule = format!(
            "[match]\nhas_file = \"{WORKFLOW}\"\narchived = false\n[repo.workflows.\"ci.yml\"]\nstate = \"active\"\n"
        );
        files.push(("rules/workflows.toml", rule));
    }
    if dice.percent(35) {
        let attach = dice.one_of(&["public", "all"]);
        let rule = format!(
            "[org.code_security.base]\ndescription = \"base\"\nsecret_scanning = \"enabled\"\nattach = \"{attach}\"\n"
        );
        files.push(("rules/org.toml", rule));
    }
    files
}

fn faults(dice: &mut Dice, prompt: bool) -> Faults {
    let mut mix = Vec::new();
    let mut add = |dice: &mut Dice, method: Option<&str>, path: &str, most: u64, trouble: Trouble| {
        if dice.percent(40) {
            let method = method.map(str::to_owned);
            let probability = f64::from(u32::try_from(dice.below(most)).unwrap_or(0)) / 1000.0;
            mix.push(Chance { method, path: path.to_owned(), probability, trouble });
        }
    };
    for method in ["PUT", "POST", "PATCH", "DELETE"] {
        for trouble in [
            Trouble::ResetBefore,
            Trouble::ResetAfter,
            Trouble::ResetInside,
            Trouble::Truncated,
            Trouble::NotJson,
            Trouble::BadGateway,
            Trouble::BadGatewayAfter,
            Trouble::ServerError,
            Trouble::Unavailable,
        ] {
            add(dice, Some(method), "/", 120, trouble);
        }
        if !prompt {
            add(dice, Some(method), "/repos/*/private-vulnerability-reporting", 300, Trouble::Late(2));
            add(dice, Some(method), "/repos/*/vulnerability-alerts", 300, Trouble::Late(1));
        }
    }
    for trouble in [Trouble::ResetBefore, Trouble::ResetInside, Trouble::Truncated, Trouble::BadGateway] {
        add(dice, Some("GET"), "/", 60, trouble);
    }
    add(dice, None, "/", 20, Trouble::SecondaryLimit(Some(20)));
    add(dice, None, "/", 8, Trouble::SecondaryLimit(None));
    add(dice, None, "/", 20, Trouble::TooManyRequests(Some(10)));
    add(dice, None, "/", 6, Trouble::Unauthorized);
    add(dice, None, "/", 60, Trouble::Slow(15));
    if !prompt {
        add(dice, Some("GET"), "/repos/", 300, Trouble::Stale(900));
        add(dice, Some("POST"), "/graphql", 200, Trouble::Stale(900));
    }
    Faults { seed: dice.throw(), in_a_row: 1 + u32::try_from(dice.below(3)).unwrap_or(0), mix, script: Vec::new() }
}
