//! `ordain test`: the policy's own cases. Each is set up in a simulated GitHub of its own, on loopback: what a case observes is
//! brought there by ordain itself, and then the policy is judged as it would be against GitHub.

use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc};

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    Exit, Failed,
    keep::Keep,
    options::PolicyArgs,
    session::{self, Loaded, Source},
    ui::Ui,
};
use crate::{
    apply::{Job, Journal, Options, Stop, apply},
    github::{ApiAddress, Client, Credentials, Limits},
    model::{RepoPattern, Verdict},
    observe::Observer,
    plan::{Filters, Judged, RunLimits, names},
    policy::{Case, Expectation},
    render::{self, cases::CaseOutcome},
    sim::{Sim, serve},
};

/// Waits are for real limits; the simulator of a case has none.
const NO_WAITS: f64 = 1_000.0;

/// Run the cases of the policy (`tests/**/*.toml`): each is a repository as it might be, and what must be said of it. No
/// network is used.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    /// Only the cases in whose name this text stands.
    name: Option<String>,
    /// The format on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: TestFormat,
}

/// The formats of outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    Text,
    Json,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let loaded = session::load(&args.policy, ui)?;
    let wanted = |case: &&Case| args.name.as_ref().is_none_or(|text| case.name.contains(text.as_str()));
    let cases: Vec<&Case> = loaded.policy.cases().iter().filter(wanted).collect();
    let mut outcomes = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        ui.progress(&format!("case {} of {}: {}", at + 1, cases.len(), case.name));
        let problems = match judge(case, &loaded, ui).await {
            Ok(problems) => problems,
            Err(error) => vec![format!("{error:#}")],
        };
        outcomes.push(CaseOutcome {
            name: case.name.clone(),
            file: args.policy.policy.join(&case.source.file).display().to_string(),
            line: case.source.line,
            passed: problems.is_empty(),
            problems,
        });
    }
    ui.clear();
    ui.print(&match args.format {
        TestFormat::Text if outcomes.is_empty() => none(args, loaded.policy.cases().len()),
        TestFormat::Text => render::cases::text(&outcomes, &ui.style()),
        TestFormat::Json => format!("{}\n", serde_json::to_string_pretty(&outcomes)?),
    });
    Ok(if outcomes.iter().all(|outcome| outcome.passed) { Exit::Done } else { Exit::Nothing })
}

/// What is said where there is no case to run.
fn none(args: &Args, all: usize) -> String {
    match &args.name {
        Some(name) if all > 0 => format!("None of the {all} cases has `{name}` in its name.\n"),
        _ => {
            let folder = args.policy.policy.display();
            format!("The policy has no cases; they stand in {folder}/tests/ (see `ordain test --help`).\n")
        }
    }
}

/// A simulated GitHub with one repository.
struct Stage {
    sim: Sim,
    source: Source,
    server: JoinHandle<std::io::Result<()>>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Stage {
    async fn set(state: &Value) -> Result<Self, Failed> {
        let sim = Sim::from_state(state).map_err(|error| Failed::msg(format!("the case's repository: {error}")))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = ApiAddress::new(&format!("http://{}", listener.local_addr()?), None)?;
        let server = tokio::spawn(serve(listener, sim.clone()));
        let limits = Limits::new(Arc::new(|_: &str| {}), NO_WAITS);
        let client = Client::new(address, Credentials::token("token-of-the-simulator", "the simulator")?, limits)?;
        Ok(Self { sim, source: Source::Github(Arc::new(Observer::new(client))), server })
    }
}

/// Sets a case up, judges it, and gives what is otherwise than expected.
async fn judge(case: &Case, loaded: &Loaded, ui: &Ui) -> Result<Vec<String>, Failed> {
    let stage = Stage::set(&state(case)).await?;
    let filters = Filters {
        orgs: vec![case.org.clone()],
        repos: vec![RepoPattern::new(&format!("{}/{}", case.org, case.repo)).map_err(Failed::msg)?],
        ..Filters::default()
    };
    let now = case.as_of.unwrap_or_else(Timestamp::now);
    if !case.observed.is_empty() {
        bring(case, &filters, &stage, now, ui).await?;
    }
    if case.fields.get("archived") == Some(&json!(true)) {
        stage.sim.edit(|world| {
            if let Some(repo) = world.repo(case.org.as_str(), case.repo.as_str()) {
                repo.set("archived", json!(true));
            }
        });
    }
    let session = session::observe_as_of(loaded, &filters, &stage.source, (now, Keep::Everything), ui).await?;
    Ok(case.expect.iter().filter_map(|expected| differs(expected, &session.judged)).collect())
}

/// The state in which only this repository is there; it is archived later, since nothing can be brought into an archived one.
fn state(case: &Case) -> Value {
    let mut repo = case.fields.clone();
    repo.remove("archived");
    repo.insert("name".to_owned(), json!(case.repo));
    if let Some(Value::String(license)) = repo.get("license").cloned() {
        let about =
            json!({"key": license.to_lowercase(), "name": license, "spdx_id": license, "url": null, "node_id": "L_1"});
        repo.insert("license".to_owned(), about);
    }
    // Without a word about them, every workflow has just run well.
    if let Some(runs) = repo.remove("workflow_runs") {
        repo.insert("simulator".to_owned(), json!({"workflow_runs": runs}));
    }
    if !case.empty {
        let readme = || BTreeMap::from([("README.md".to_owned(), format!("# {}\n", case.repo))]);
        let files = if case.files.is_empty() { readme() } else { case.files.clone() };
        repo.insert("files".to_owned(), json!(files));
    }
    let now = case.as_of.unwrap_or_else(Timestamp::now).to_string();
    json!({
        "format": "ordain.snapshot/1", "as_of": now, "api_url": "https://api.github.com",
        "organizations": [{"login": case.org, "repositories": [repo]}],
        "not_read": [],
        "simulator": {"now": now},
    })
}

/// Brings what the case observes into the simulated repository: a rule that wants just that, applied.
async fn bring(case: &Case, filters: &Filters, stage: &Stage, now: Timestamp, ui: &Ui) -> Result<(), Failed> {
    let loaded = wish(case)?;
    let session = session::observe_as_of(&loaded, filters, &stage.source, (now, Keep::Everything), ui).await?;
    let plan = session.plan(&loaded, &stage.source, RunLimits::default(), false);
    let Source::Github(observer) = &stage.source else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let journal = Journal::create(&folder.path().join("journal.jsonl"), &plan, None)?;
    let job = Job {
        observer,
        planner: &session.planner,
        plan: &plan,
        judged: &session.judged,
        observed: session.observed.clone(),
        unneeded: Vec::new(),
        // Whoever writes a case may have it private or archived.
        options: Options { allow: plan.changes.iter().map(|change| change.id.clone()).collect(), ..Options::default() },
        progress: &|_| {},
        journal: &journal,
        stop: &Stop::default(),
    };
    apply(job).await;
    stage.sim.edit(crate::sim::World::merge_all_pulls);
    let session = session::observe_as_of(&loaded, filters, &stage.source, (now, Keep::Everything), ui).await?;
    match session.judged.iter().find(|judged| judged.verdict != Verdict::Compliant) {
        None => Ok(()),
        Some(judged) => {
            let why = if judged.message.is_empty() { judged.verdict.to_string() } else { judged.message.clone() };
            Err(Failed::msg(format!("[case.observed] {} cannot be so on this repository: {why}", judged.setting())))
        }
    }
}

/// A policy that wants just what the case observes.
fn wish(case: &Case) -> Result<Loaded, Failed> {
    let mut rule = toml::Table::new();
    rule.insert("match".to_owned(), toml::Value::try_from(json!({"repo": [format!("{}/{}", case.org, case.repo)]}))?);
    rule.insert("repo".to_owned(), toml::Value::try_from(Value::Object(plain(&case.observed)))?);
    let files = BTreeMap::from([
        ("policy.toml".to_owned(), format!("version = 1\norgs = [\"{}\"]\n", case.org)),
        ("rules/observed.toml".to_owned(), toml::to_string(&rule)?),
    ]);
    Loaded::written(&files).map_err(|error| Failed::msg(format!("[case.observed]: {error}")))
}

/// TOML has no null; a case cannot say it either.
fn plain(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What is said of the setting otherwise than expected; none if it is as expected.
fn differs(expected: &Expectation, judged: &[Judged]) -> Option<String> {
    let exact: Vec<&Judged> = judged.iter().filter(|one| one.setting() == expected.setting).collect();
    let found = if exact.is_empty() {
        judged.iter().filter(|one| names(&expected.setting, &one.setting())).collect()
    } else {
        exact
    };
    let wanted = expected.verdict.map_or("unmanaged", Verdict::as_str);
    let Some(other) = found.iter().find(|one| Some(one.verdict) != expected.verdict) else {
        return (found.is_empty() && expected.verdict.is_some())
            .then(|| format!("{}: expected {wanted}, but no rule gives it to this repository", expected.setting));
    };
    let why = if other.message.is_empty() { String::new() } else { format!(": {}", other.message) };
    Some(format!("{}: expected {wanted}, is {}{why} ({})", other.setting(), other.verdict, other.source()))
}
