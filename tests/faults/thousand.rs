//! A thousand independent changes under GitHub's limits, enforced by the simulator in compressed time: not one refusal, and
//! what the limits allow is used.

use std::{fs, process::Stdio, time::Duration};

use ordain::sim::Charge;
use serde_json::json;

use crate::{
    alone,
    support::{Lab, is_write, org, repo, state},
};

const CHANGES: usize = 1000;
/// How much faster the simulated time runs: a minute of GitHub's in three seconds; and where the machine is too busy to send
/// what may be sent in these, in ten.
const FACTORS: [u32; 2] = [20, 6];
/// What GitHub allows REST in a minute.
const POINTS: u64 = 900;
/// The most memory, in kilobytes.
const MEMORY: u64 = 100_000;

/// The most memory that a running process has had, in kilobytes.
fn peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

/// The points of REST in each whole minute from the first write on.
fn minutes(charges: &[Charge]) -> Vec<u64> {
    let rest = || charges.iter().filter(|charge| !charge.graphql);
    let writes = || rest().filter(|charge| charge.points > 1).map(|charge| charge.at);
    let (Some(first), Some(last)) = (writes().min(), writes().max()) else { return Vec::new() };
    let minute = Duration::from_secs(60);
    let whole = (last - first).as_secs() / 60;
    (0..u32::try_from(whole).expect("few"))
        .map(|n| {
            let (from, to) = (first + minute * n, first + minute * (n + 1));
            rest().filter(|charge| (from..to).contains(&charge.at)).map(|charge| charge.points).sum()
        })
        .collect()
}

/// What an apply of a thousand changes came to.
struct Came {
    /// The points of REST in each whole minute.
    minutes: Vec<u64>,
    /// The most memory that the program had, in kilobytes.
    memory: u64,
    writes: usize,
    refused: u64,
}

fn apply(factor: u32) -> Came {
    let repos = (0..CHANGES).map(|n| repo(&format!("repo-{n}")).alerts(false));
    let mut state = state([org("acme").repos(repos)]);
    state["simulator"]["rate_limit"] = json!({"secondary": true});
    state["simulator"]["clock_factor"] = json!(factor);
    let lab = Lab::new(&state)
        .policy(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")])
        .env("ORDAIN_CLOCK_FACTOR", &factor.to_string());
    let args = ["apply", "--yes", "--quiet", "--limit", "changes=1000", "--limit", "repositories=1000"];
    let output = fs::File::create(lab.folder().join("output")).expect("a file");
    let mut child = lab
        .command(&args)
        .stdout(Stdio::from(output.try_clone().expect("twice")))
        .stderr(Stdio::from(output))
        .spawn()
        .expect("it starts");
    let mut memory = 0;
    let status = loop {
        memory = memory.max(peak(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let told = fs::read_to_string(lab.folder().join("output")).expect("text");
    assert!(status.success(), "{told}");
    let minutes = minutes(&lab.sim().charges());
    let cost = lab.sim().cost();
    eprintln!("{factor} times as fast: points a minute {minutes:?}; {memory} kB; {cost:?}");
    let writes = lab.exchanges().iter().filter(|one| is_write(one)).count();
    // Two exchanges of a kind are as good as a thousand for the contract.
    lab.sim().clear_exchanges();
    Came { minutes, memory, writes, refused: cost.refused }
}

#[test]
fn a_thousand_changes_use_what_the_limits_allow_and_are_never_refused() {
    let _alone = alone();
    let uses_them = FACTORS.into_iter().any(|factor| {
        let Came { minutes, memory, writes, refused } = apply(factor);
        assert_eq!(writes, CHANGES, "each change is one write");
        assert_eq!(refused, 0, "a limit was hit");
        assert!(minutes.len() >= 5 && minutes.iter().all(|points| *points <= POINTS), "{minutes:?}");
        assert!(memory > 1000 && memory < MEMORY, "{memory} kB");
        let used: u64 = minutes.iter().sum();
        used * 100 >= POINTS * minutes.len() as u64 * 90
    });
    assert!(uses_them, "less than nine tenths of the points were used");
}
