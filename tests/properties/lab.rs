//! The program without its command line, against the simulator in the same process.

use std::{future::Future, path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use jiff::Timestamp;
use ordain::{
    apply::{self, Job, Journal, Options, Stop},
    github::{ApiAddress, Carrier, Client, Credentials, Limits},
    observe::{Observer, wanted},
    plan::{
        Applied, Cost, Filters, Frame, Judged, Matched, Missing, Plan, Planner, PolicyIdentity, RunLimits, assemble,
        unneeded,
    },
    policy::{Policy, PolicyFiles},
    settings::{Observed, ReadKey, catalogue},
    sim::Sim,
};
use serde_json::Value;

/// The token that stands for the program's own; it must appear nowhere.
pub(crate) const TOKEN: &str = "ghp_canaryCANARYcanaryCANARYcanary0123456789";
/// When all observations are made: the simulator's clock stands still there.
pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";
/// Rounds of questions before it is said that the planner is stuck.
const MOST_ROUNDS: usize = 12;

/// Takes requests to the simulator.
struct ToSim(Sim);

impl Carrier for ToSim {
    fn carry(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, String>> {
        Box::pin(async move {
            let (parts, body) = self.0.answer(request).await.into_parts();
            let body = body.collect().await.map_err(|error| error.to_string())?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        })
    }
}

/// A simulator and a client of it.
pub(crate) struct Lab {
    pub(crate) sim: Sim,
    observer: Observer,
}

/// What came of planning.
pub(crate) enum Planned<'p> {
    /// Rules contradict each other, which only the repositories show.
    Conflict(String),
    /// No organisation could be listed.
    Nothing(String),
    /// A plan.
    Plan(Box<Session<'p>>),
}

/// Everything that was observed and judged.
pub(crate) struct Session<'p> {
    pub(crate) planner: Box<Planner<'p>>,
    pub(crate) judged: Vec<Judged>,
    pub(crate) observed: Observed,
    pub(crate) plan: Plan,
}

/// Runs a future in a time that passes only where it waits.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

/// The moment at which the simulator stands.
pub(crate) fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

/// A policy from its texts, or what is wrong with it.
pub(crate) fn parse(files: &[(String, String)]) -> Result<Policy, String> {
    let mut all = PolicyFiles::default();
    for (path, text) in files {
        all.files.insert(path.clone(), text.clone().into_bytes());
    }
    Policy::parse(&all, &catalogue())
        .map_err(|rejected| ordain::diagnostics::render(&rejected.diagnostics, &rejected.sources, false))
}

/// The filters that want all.
pub(crate) static ALL: Filters = Filters { orgs: Vec::new(), repos: Vec::new(), settings: Vec::new(), shard: None };

impl Lab {
    /// A simulator of a state, and a client with the canary for its token.
    pub(crate) fn new(state: &Value) -> Self {
        Self::with_token(Sim::from_state(state).expect("a state"), TOKEN)
    }

    /// A client with another token of a simulator that is there already.
    pub(crate) fn with_token(sim: Sim, token: &str) -> Self {
        let address = ApiAddress::new("http://localhost", None).expect("an address");
        let credentials = Credentials::token(token, "a test").expect("a token");
        let limits = Limits::new(Arc::new(|_: &str| {}), 1.0);
        let client = Client::over(address, credentials, limits, Arc::new(ToSim(sim.clone())));
        Self { sim, observer: Observer::new(client) }
    }

    /// Observes and plans.
    pub(crate) async fn plan<'p>(&self, policy: &'p Policy) -> Planned<'p> {
        self.plan_by(policy, false).await
    }

    /// The same, where the organisations' own answers come when nothing else is lacking, one after the other.
    pub(crate) async fn plan_late<'p>(&self, policy: &'p Policy) -> Planned<'p> {
        self.plan_by(policy, true).await
    }

    async fn plan_by<'p>(&self, policy: &'p Policy, late: bool) -> Planned<'p> {
        let mut observed = Observed::new(now());
        let mut warnings = Vec::new();
        for org in &policy.config.orgs {
            let listed = self.observer.list(org).await;
            warnings
                .extend(listed.warnings.into_iter().map(|message| ordain::plan::PlanWarning { message, source: None }));
            observed.orgs.insert(org.clone(), listed.observed);
        }
        if observed.orgs.values().all(|org| org.error.is_some()) {
            let whys: Vec<_> = observed.orgs.values().filter_map(|org| org.error.as_ref()).collect();
            return Planned::Nothing(format!("{whys:?}"));
        }
        let mut planner = loop {
            match Planner::prepare(policy, &ALL, &observed) {
                Matched::Ready(planner) => break planner,
                Matched::Missing(missing) => self.answer(missing, &mut observed).await,
                Matched::Conflicts(conflicts) => {
                    return Planned::Conflict(ordain::diagnostics::render(&conflicts, policy.sources(), false));
                }
            }
        };
        if late {
            self.rounds_late(&mut planner, &mut observed).await;
        } else {
            self.rounds(&mut planner, &mut observed).await;
        }
        let judged = planner.verdicts(&observed);
        let plan = document(&planner, &judged, &observed, warnings);
        Planned::Plan(Box::new(Session { planner, judged, observed, plan }))
    }

    async fn rounds(&self, planner: &mut Planner<'_>, observed: &mut Observed) {
        let mut rounds = 0;
        loop {
            let missing = planner.judge(observed);
            if missing.is_empty() {
                break;
            }
            rounds += 1;
            assert!(rounds <= MOST_ROUNDS, "the planner asks for ever: {missing:?}");
            self.answer(missing, observed).await;
        }
    }

    async fn rounds_late(&self, planner: &mut Planner<'_>, observed: &mut Observed) {
        let mut waiting = Missing::new();
        while let Some(missing) = planner.next_questions(observed) {
            assert!(waiting.is_disjoint(&missing), "what is on its way is asked again: {missing:?}");
            let (later, now): (Missing, Missing) = missing.into_iter().partition(|key| matches!(key, ReadKey::Org(..)));
            waiting.extend(later.clone());
            planner.comes_later(later);
            let next = if now.is_empty() { waiting.pop_first().into_iter().collect() } else { now };
            assert!(!next.is_empty(), "the planner waits for nothing");
            self.answer(next, observed).await;
        }
        assert!(waiting.is_empty(), "the planner ends before all is there: {waiting:?}");
    }

    async fn answer(&self, missing: Missing, observed: &mut Observed) {
        let answers = self.observer.fetch(wanted(missing.clone(), observed)).await;
        for (key, answer) in answers {
            observed.keep(key, answer);
        }
        for key in missing {
            assert!(observed.has(&key), "no answer to {key:?}");
        }
    }

    /// Makes the changes of a plan. Gives the outcomes, and the journal's text.
    pub(crate) async fn apply(&self, session: &Session<'_>) -> (Applied, String) {
        let path = journal_path();
        let journal = Journal::create(&path, &session.plan, None).expect("a journal");
        let applied = apply::apply(Job {
            observer: &self.observer,
            planner: &session.planner,
            plan: &session.plan,
            judged: &session.judged,
            observed: session.observed.clone(),
            unneeded: unneeded(&session.planner, &session.judged),
            options: Options::default(),
            progress: &|_| {},
            journal: &journal,
            stop: &Stop::default(),
        })
        .await;
        let text = std::fs::read_to_string(&path).expect("the journal");
        std::fs::remove_file(&path).expect("the journal goes");
        (applied, text)
    }
}

/// The document of what was judged, with every verdict in it.
pub(crate) fn document(
    planner: &Planner<'_>,
    judged: &[Judged],
    observed: &Observed,
    warnings: Vec<ordain::plan::PlanWarning>,
) -> Plan {
    let frame = Frame {
        own_repository: None,
        policy: PolicyIdentity { digest: "sha256:0".into(), commit: None },
        api_url: "http://localhost".into(),
        source: "github".into(),
        created_at: now(),
        warnings,
        limits: RunLimits::default(),
        cost: Cost::default(),
        all: true,
        counted: 0,
    };
    assemble(planner, judged, observed, frame)
}

/// A file that is not there yet, in memory where that can be: journals are synced at every write.
fn journal_path() -> PathBuf {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    folder.join(format!("ordain-properties-{}-{number}.jsonl", std::process::id()))
}
