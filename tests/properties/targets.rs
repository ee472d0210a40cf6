//! What reads other people's bytes, as functions of bytes: run over a corpus and made input by the tests, and by cargo-fuzz
//! (`fuzz/README.md`). A target returns, whatever the bytes; that is all it promises.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use jiff::Timestamp;
use ordain::{
    apply::{self, Job, Journal, Options, Stop, read_journal},
    diagnostics,
    github::{ApiAddress, Carrier, Client, Credentials, Limits},
    model::{Org, Reading},
    observe::{Observer, read_snapshot, wanted, write_snapshot},
    plan::{
        Applied, ChangeOutcome, ChangeResult, Cost, Filters, Frame, Matched, Plan, Planner, PolicyIdentity, RunLimits,
        assemble, join, saved, unneeded,
    },
    policy::{Candidate, OrgCandidate, Policy, PolicyFiles},
    render::{self, markdown::Room, text::Style},
    settings::{Answer, Observed, ReadKey, SETTINGS, catalogue},
    sim::{Sim, generate},
};
use serde_json::{Value, json};

/// A target.
pub(crate) type Target = fn(&[u8]);

/// Every target by its name, which is that of its folder in `fuzz/corpus`.
pub(crate) static ALL: &[(&str, Target)] = &[
    ("answers", answers),
    ("journal", journal),
    ("plan", plan),
    ("policy", policy),
    ("snapshot", snapshot),
    ("template", template),
];

/// Rounds of questions and answers.
const MOST_ROUNDS: usize = 12;

static NO_FILTERS: Filters = Filters { orgs: Vec::new(), repos: Vec::new(), settings: Vec::new(), shard: None };

fn at() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// A policy of each setting's example, for `example-org`.
static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let gate = "[repo.security_policy]\ncontact = \"security@example.org\"\n";
    let mut all = Vec::new();
    for meta in SETTINGS.iter().map(|setting| setting.meta()) {
        let mut files = base();
        files.files.insert("rules/a.toml".into(), meta.example.as_bytes().to_vec());
        if !meta.example.contains("[repo.security_policy]") {
            files.files.insert("rules/gate.toml".into(), gate.as_bytes().to_vec());
        }
        all.extend(Policy::parse(&files, &catalogue()));
    }
    all
});

fn base() -> PolicyFiles {
    let mut files = PolicyFiles::default();
    let text = "version = 1\norgs = [\"example-org\"]\n[vars]\ncontact = \"x\"\n";
    files.files.insert("policy.toml".into(), text.as_bytes().to_vec());
    files
}

/// The files of a policy, each after a line `=== PATH`. What is refused is told; what is not is matched and filled in.
pub(crate) fn policy(data: &[u8]) {
    let mut files = base();
    let mut path = "rules/a.toml".to_owned();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"=== ") {
            Some(name) => path = String::from_utf8_lossy(name).trim_end().to_owned(),
            None => files.files.entry(path.clone()).or_default().extend_from_slice(line),
        }
    }
    resolve(&files);
}

/// A template, and a text with the same bytes where they are text.
pub(crate) fn template(data: &[u8]) {
    let mut files = base();
    files.files.insert("files/t".into(), data.to_vec());
    let text = Value::from(String::from_utf8_lossy(data)).to_string();
    let rule = format!("[repo.files.\"a\"]\ntemplate = \"t\"\n[repo.security_policy]\ncontact = {text}\n");
    files.files.insert("rules/a.toml".into(), rule.into_bytes());
    resolve(&files);
}

fn resolve(files: &PolicyFiles) {
    let _ = Policy::digest(files);
    let policy = match Policy::parse(files, &catalogue()) {
        Err(rejected) => return drop(diagnostics::render(&rejected.diagnostics, &rejected.sources, true)),
        Ok(policy) => policy,
    };
    let repository = |name: &str, more: Value| {
        let mut json = json!({"id": 1, "node_id": format!("R_{name}"), "name": name, "default_branch": "main"});
        if let (Some(all), Value::Object(more)) = (json.as_object_mut(), more) {
            all.extend(more);
        }
        serde_json::from_value(json).expect("a repository")
    };
    let repos = [
        repository("web", json!({"topics": ["x"], "language": "Rust"})),
        repository(".github", json!({"visibility": "private", "private": true})),
        repository("old", json!({"archived": true, "default_branch": null})),
    ];
    for org in policy.config.orgs.iter().take(3) {
        let candidates: Vec<Candidate<'_>> = repos
            .iter()
            .map(|repo| Candidate { org, repo, empty: Reading::known(false), files: BTreeMap::new() })
            .collect();
        let resolution = policy.resolve(&[OrgCandidate { org }], &candidates, at());
        let _ = diagnostics::render(&resolution.conflicts, policy.sources(), false);
    }
    let _ = (policy.rules(), policy.settings(), policy.match_reads(), policy.waiver_warnings(&[].into(), at()));
}

/// A plan from a file, whole or (where the digest does not fit) as far as it is one, told in every form.
pub(crate) fn plan(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let plan = saved::read(text).ok().or_else(|| serde_json::from_str::<Plan>(text).ok());
    let Some(plan) = plan else { return };
    let orgs = plan.orgs.clone();
    // As often as it says that there are shards: each of them may be this one.
    let of = plan.shard.as_ref().map_or(1, |part| part.of).min(3);
    let files = (1..=of).map(|index| {
        let mut one = plan.clone();
        one.ordain = env!("CARGO_PKG_VERSION").to_owned();
        one.shard.iter_mut().for_each(|part| (part.index, part.of) = (index, of));
        (index.to_string(), one)
    });
    let _ = join(files.collect(), &POLICIES[0], &plan.policy.digest, &RunLimits::default());
    let _ = saved::check(&plan, &plan.policy.digest, &orgs, &plan.api_url, jiff::SignedDuration::from_hours(24), at());
    tell(&plan);
}

fn tell(plan: &Plan) {
    for style in [Style::default(), Style { color: true, width: 7, verbose: true }] {
        let _ = (render::text::plan(plan, &style), render::text::drift(plan, &style));
    }
    let room = Room::comment(None);
    let _ = (render::markdown::plan(plan, &room), render::markdown::drift(plan, &room), render::html::plan(plan));
    let _ = (render::junit::plan(plan), render::sarif::plan(plan, "policy/"), render::json::plan(plan));
    let public = render::public_only(plan, &|_, _| false);
    let _ = render::text::plan(&public, &Style::default());
    let result = || ChangeResult::Failed { message: "no".into() };
    let outcomes = plan.changes.iter().map(|change| ChangeOutcome { change: change.clone(), result: result() });
    let applied = Applied { outcomes: outcomes.collect(), ..Applied::default() };
    let _ =
        (render::text::applied(&applied, &Style::default()), render::markdown::applied(&applied, &Room::comment(None)));
}

/// A journal.
pub(crate) fn journal(data: &[u8]) {
    let _ = read_journal(&String::from_utf8_lossy(data));
}

/// A snapshot, planned against the example of one setting.
pub(crate) fn snapshot(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(mut observed) = read_snapshot(text) else { return };
    let _ = serde_json::to_string(&write_snapshot(&observed, "https://api.github.com", Vec::new()));
    let Some(policy) = POLICIES.get(data.len() % POLICIES.len().max(1)) else { return };
    let mut rounds = 0;
    let planner = loop {
        match Planner::prepare(policy, &NO_FILTERS, &observed) {
            Matched::Ready(planner) => break Some(planner),
            Matched::Missing(missing) if rounds < MOST_ROUNDS => {
                rounds += 1;
                missing.into_iter().for_each(|key| unanswered(key, &mut observed));
            }
            Matched::Missing(_) | Matched::Conflicts(_) => break None,
        }
    };
    let Some(mut planner) = planner else { return };
    for _ in 0..MOST_ROUNDS {
        let missing = planner.judge(&observed);
        if missing.is_empty() {
            break;
        }
        missing.into_iter().for_each(|key| unanswered(key, &mut observed));
    }
    tell(&document(&planner, &observed));
}

fn unanswered(key: ReadKey, observed: &mut Observed) {
    let answer = Answer::unknown(&key, "not there");
    observed.keep(key, answer);
}

fn document(planner: &Planner<'_>, observed: &Observed) -> Plan {
    let frame = Frame {
        own_repository: None,
        policy: PolicyIdentity::default(),
        api_url: "http://localhost".into(),
        source: "github".into(),
        created_at: at(),
        warnings: Vec::new(),
        limits: RunLimits::default(),
        cost: Cost::default(),
        all: true,
        counted: 0,
    };
    assemble(planner, &planner.verdicts(observed), observed, frame)
}

/// What GitHub answers, twisted as the bytes say: read, judged, told and applied against the example of one setting.
pub(crate) fn answers(data: &[u8]) {
    static STATE: LazyLock<Value> = LazyLock::new(|| generate(4, 11));
    let Ok(sim) = Sim::from_state(&STATE) else { return };
    let Some(policy) = POLICIES.get(data.len() % POLICIES.len().max(1)) else { return };
    let (Ok(address), Ok(credentials)) =
        (ApiAddress::new("http://localhost", None), Credentials::token("ghp_fuzzing_fuzzing_fuzzing", "here"))
    else {
        return;
    };
    let limits = Limits::new(Arc::new(|_: &str| {}), 1.0);
    let twister = Twister { sim, script: Mutex::new(data.iter().copied().collect()) };
    let client = Client::over(address, credentials, limits, Arc::new(twister));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(observe_and_apply(Observer::new(client), policy));
}

async fn observe_and_apply(observer: Observer, policy: &Policy) {
    let mut observed = Observed::new(at());
    let Ok(org) = Org::new("example-org") else { return };
    observed.orgs.insert(org.clone(), observer.list(&org).await.observed);
    let Matched::Ready(mut planner) = Planner::prepare(policy, &NO_FILTERS, &observed) else { return };
    for _ in 0..MOST_ROUNDS {
        let missing = planner.judge(&observed);
        if missing.is_empty() {
            break;
        }
        let answers = observer.fetch(wanted(missing.clone(), &observed)).await;
        answers.into_iter().for_each(|(key, answer)| observed.keep(key, answer));
        for key in missing {
            if !observed.has(&key) {
                unanswered(key, &mut observed);
            }
        }
    }
    let plan = document(&planner, &observed);
    tell(&plan);
    if plan.changes.is_empty() {
        return;
    }
    let Ok(folder) = tempfile::tempdir() else { return };
    let Ok(journal) = Journal::create(&folder.path().join("journal.jsonl"), &plan, None) else { return };
    let judged = planner.verdicts(&observed);
    let _ = apply::apply(Job {
        observer: &observer,
        planner: &planner,
        plan: &plan,
        judged: &judged,
        unneeded: unneeded(&planner, &judged),
        observed,
        options: Options { first: Some(2), ..Options::default() },
        progress: &|_| {},
        journal: &journal,
        stop: &Stop::default(),
    })
    .await;
}

/// Asks the simulator, and twists what it answers as its script says; once that is used up, nothing more.
struct Twister {
    sim: Sim,
    script: Mutex<std::collections::VecDeque<u8>>,
}

/// What is put in the place of values: of other kinds, too large, too many, too deep, too odd.
fn odd(byte: u8) -> Value {
    match byte % 16 {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(1e308),
        5 => json!(""),
        6 => json!("\u{202e}\u{0}\u{1b}[31m{{ x }}<script>"),
        7 => json!("x".repeat(5_000)),
        8 => json!([]),
        9 => json!({}),
        10 => json!([[[[[[[[{}]]]]]]]]),
        11 => json!("../../../etc/passwd"),
        12 => json!("9999-99-99T99:99:99Z"),
        13 => json!(["a", 1, null, {"name": {}}]),
        14 => json!({"known": {"unknown": "x"}}),
        _ => json!("web-ghsa-2345-6789-cfgh"),
    }
}

/// Goes down into a value as the bytes say, and twists what is there.
fn twist(value: &mut Value, script: &mut dyn FnMut() -> Option<u8>) {
    let Some(step) = script() else { return };
    let down = usize::from(step);
    match value {
        Value::Object(object) if !object.is_empty() && step % 5 != 0 => {
            if let Some(inner) = object.values_mut().nth(down % 61) {
                return twist(inner, script);
            }
        }
        Value::Array(list) if !list.is_empty() && step % 7 != 0 => {
            let at = down % list.len();
            return twist(&mut list[at], script);
        }
        Value::Array(list) if step % 2 == 0 => {
            // The same once more.
            let again = list.clone();
            return list.extend(again);
        }
        _ => {}
    }
    *value = odd(script().unwrap_or(step));
}

impl Carrier for Twister {
    fn carry(&self, mut request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, String>> {
        // What is packed cannot be twisted where it would hurt.
        request.headers_mut().remove(header::ACCEPT_ENCODING);
        Box::pin(async move {
            let (mut parts, body) = self.sim.answer(request).await.into_parts();
            let mut body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
            let mut script = self.script.lock().map_err(|error| error.to_string())?;
            let mut next = || script.pop_front();
            match next().unwrap_or(0) % 16 {
                8 => return Err("the connection is gone".to_owned()),
                9 => body.truncate(usize::from(next().unwrap_or(0)) * body.len() / 256),
                10 => body = std::iter::from_fn(&mut next).take(64).collect::<Vec<u8>>().into(),
                11 => {
                    let code = 200 + u16::from(next().unwrap_or(0)) * 2;
                    parts.status = StatusCode::from_u16(code).unwrap_or(StatusCode::OK);
                }
                12 => {
                    let names = ["link", "location", "retry-after", "x-accepted-github-permissions", "x-github-sso"];
                    let name = names[usize::from(next().unwrap_or(0)) % names.len()];
                    let text: Vec<u8> = std::iter::from_fn(&mut next).take(48).collect();
                    if let Ok(value) = HeaderValue::from_bytes(&text) {
                        parts.headers.insert(HeaderName::from_static(name), value);
                    }
                }
                13..=15 => {
                    if let Ok(mut value) = serde_json::from_slice::<Value>(&body) {
                        twist(&mut value, &mut next);
                        body = Bytes::from(value.to_string());
                    }
                }
                _ => {}
            }
            Ok(Response::from_parts(parts, body))
        })
    }
}
