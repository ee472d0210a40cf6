//! One seed.

#![allow(clippy::panic, reason = "tests fail by panicking, with the whole of what was seen")]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use ordain::{apply::read_journal, sim::Dice};
use serde_json::Value;

use super::made::{FACTOR, Made};
use crate::support::{Lab, differing};

/// Applies before the faults end: by chance a few are enough.
const MOST_ROUNDS: usize = 30;

/// What came to pass.
#[derive(Debug, Default, Clone)]
pub(super) struct Told {
    /// Applies.
    pub(super) applies: u64,
    /// Of them, killed.
    pub(super) killed: u64,
    /// Answers that a fault spoilt.
    pub(super) faulty: u64,
    /// Writes that changed something.
    pub(super) changed: u64,
    /// Writes that changed nothing.
    pub(super) idle: u64,
}

impl Told {
    pub(super) fn add(&mut self, other: Self) {
        self.applies += other.applies;
        self.killed += other.killed;
        self.faulty += other.faulty;
        self.changed += other.changed;
        self.idle += other.idle;
    }
}

/// The program while it runs, so that the server may kill it.
type Running = Arc<Mutex<Option<Child>>>;

const APPLY: &[&str] = &["apply", "--yes"];

/// Runs what was made from a seed. Panics with what went wrong.
pub(super) fn run(seed: u64, made: Made) -> Told {
    let Made { state, policy, options, faults, prompt } = made;
    let args = [APPLY, options].concat();
    let policy: Vec<(&str, &str)> = policy.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let lab = lab(&state, &policy, seed);
    lab.sim().watch(true);
    lab.sim().set_faults(faults);
    let mut told = under_faults(&lab, &args, seed);
    lab.sim().clear_faults();
    told.faulty = lab.exchanges().iter().filter(|one| one.faulty).count() as u64;
    lab.run(&args).exits(0);
    let plan = lab.plan();
    assert_eq!(plan.ids(), [""; 0], "seed {seed}: not converged\n{}", plan.text());
    if seed.is_multiple_of(2) {
        is_wanted(&lab, &state, &policy, &args, seed);
    }
    once_each(&lab, seed, prompt, &mut told);
    assert_eq!(lab.sim().cost().refused, 0, "seed {seed}: a limit was hit");
    if !seed.is_multiple_of(4) {
        // Holding everything against GitHub's descriptions takes longer than the rest; a part is enough.
        lab.sim().clear_exchanges();
    }
    lab.finish();
    told
}

/// The laboratory of a seed: some come as a GitHub App.
fn lab(state: &Value, policy: &[(&str, &str)], seed: u64) -> Lab {
    let lab = Lab::new(state).policy(policy).env("ORDAIN_CLOCK_FACTOR", &FACTOR.to_string());
    if seed % 10 != 4 {
        return lab;
    }
    lab.env("ORDAIN_APP_ID", "77").env("ORDAIN_APP_PRIVATE_KEY", include_str!("../fixtures/app-key.pem"))
}

/// Applies, killed at requests that the seed names, until one ends by itself and is complete.
fn under_faults(lab: &Lab, args: &[&str], seed: u64) -> Told {
    let mut dice = Dice::new(seed ^ 0xD1CE);
    let mut told = Told::default();
    let running: Running = Arc::default();
    let (asked, deadline) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(u64::MAX)));
    let takes_effect = Arc::new(AtomicBool::new(true));
    {
        let (running, asked, deadline) = (running.clone(), asked.clone(), deadline.clone());
        let takes_effect = takes_effect.clone();
        lab.sim().tap(move |number| {
            asked.store(number, Ordering::SeqCst);
            if number != deadline.load(Ordering::SeqCst) {
                return true;
            }
            if let Some(child) = running.lock().expect("no panic holds it").as_mut() {
                child.kill().expect("it is killed");
            }
            takes_effect.load(Ordering::SeqCst)
        });
    }
    // How many requests a whole apply takes, as far as is known.
    let mut usual = 25;
    for round in 0..MOST_ROUNDS {
        let start = asked.load(Ordering::SeqCst);
        let kill = round < 4 && dice.percent(65);
        deadline.store(if kill { start + 1 + dice.below(usual) } else { u64::MAX }, Ordering::SeqCst);
        takes_effect.store(dice.percent(70), Ordering::SeqCst);
        let (code, output) = apply(lab, args, &running, round);
        told.applies += 1;
        usual = usual.max(asked.load(Ordering::SeqCst) - start);
        journal_reads(lab, round, seed);
        assert!(!output.contains("panicked"), "seed {seed}: {output}");
        match code {
            None => {
                told.killed += 1;
                // Whoever starts it again takes longer than a replica lags.
                std::thread::sleep(Duration::from_secs(1) / FACTOR);
            }
            Some(0) => return told,
            Some(1 | 3) => {}
            Some(code) => panic!("seed {seed}: exit {code}\n{output}"),
        }
    }
    told
}

/// One apply: its exit code (none: it was killed), and what it printed.
fn apply(lab: &Lab, args: &[&str], running: &Running, round: usize) -> (Option<i32>, String) {
    let output = lab.folder().join(format!("output-{round}"));
    let file = File::create(&output).expect("a file");
    let journal = format!("journal-{round}.jsonl");
    let child = lab
        .command(&[args, &["--journal", &journal]].concat())
        .stdout(Stdio::from(file.try_clone().expect("twice")))
        .stderr(Stdio::from(file))
        .spawn()
        .expect("it starts");
    *running.lock().expect("no panic holds it") = Some(child);
    let status = loop {
        let done = running.lock().expect("no panic holds it").as_mut().expect("it runs").try_wait();
        if let Some(status) = done.expect("it can be waited for") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    *running.lock().expect("no panic holds it") = None;
    (status.code(), fs::read_to_string(&output).expect("text"))
}

/// A journal is read whatever happened, unless not even its first line was finished.
fn journal_reads(lab: &Lab, round: usize, seed: u64) {
    let Ok(text) = fs::read_to_string(lab.folder().join(format!("journal-{round}.jsonl"))) else { return };
    if text.contains('\n') {
        read_journal(&text).unwrap_or_else(|error| panic!("seed {seed}: journal {round}: {error}\n{text}"));
    }
}

/// The state is the one that an undisturbed apply makes.
fn is_wanted(disturbed: &Lab, state: &Value, policy: &[(&str, &str)], args: &[&str], seed: u64) {
    let quiet = lab(state, policy, seed);
    quiet.sim().record(false);
    quiet.run(args).exits(0);
    let differing: Vec<String> = differing(&quiet.state(), &disturbed.state())
        .into_iter()
        .filter(|place| !place.starts_with("simulator/") && !of_no_weight(place))
        .collect();
    assert_eq!(differing, [""; 0], "seed {seed}: not the state of an undisturbed apply");
}

/// Numbers, times, the names of commits and the runs that they started depend on what came first. What a branch holds is
/// another place.
fn of_no_weight(place: &str) -> bool {
    let ends = ["/updated_at", "/pushed_at", "/id", "/created_at", "/head_sha", "/oid"];
    let books = ["/simulator/git/", "/simulator/workflow_runs/"];
    books.iter().any(|book| place.contains(book)) || ends.iter().any(|end| place.ends_with(end))
}

/// Nothing was done twice.
fn once_each(lab: &Lab, seed: u64, prompt: bool, told: &mut Told) {
    let mut made: BTreeMap<String, u32> = BTreeMap::new();
    let mut idle = Vec::new();
    // An App's tokens are made as often as they are needed.
    let counts = |path: &str| !path.ends_with("/access_tokens");
    for effect in lab.sim().effects().iter().filter(|one| one.status < 300 && counts(&one.path)) {
        let body = effect.body.as_ref().map(Value::to_string).unwrap_or_default();
        if !effect.changed {
            told.idle += 1;
            idle.push(format!("{} {} {body}", effect.method, effect.path));
            continue;
        }
        told.changed += 1;
        *made.entry(format!("{} {} {body}", effect.method, effect.path)).or_default() += 1;
    }
    let twice: Vec<&String> = made.iter().filter(|(_, times)| **times > 1).map(|(what, _)| what).collect();
    assert!(twice.is_empty(), "seed {seed}: done twice: {twice:#?}");
    assert!(idle.is_empty() || !prompt, "seed {seed}: written though it held: {idle:#?}");
    lab.edit(|world| {
        for repo in world.orgs.iter().flat_map(|org| &org.repos) {
            let ours = repo.pulls.iter().filter(|pull| pull.head == "ordain/policy").count();
            assert!(ours <= 1, "seed {seed}: {ours} pull requests in {}", repo.name);
        }
    });
}
