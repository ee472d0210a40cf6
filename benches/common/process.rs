//! A program that is watched while it runs: how long it takes, how much of the processors, how much memory at most.
//!
//! What the kernel says in `/proc` is read, so processors and memory are told on Linux only.

use std::{
    process::{Command, ExitStatus},
    sync::OnceLock,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

/// How often the program is looked at.
const EVERY: Duration = Duration::from_millis(5);

/// What a process has used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// User and system time.
    pub(crate) cpu: Option<Duration>,
    /// The most memory it has held at once, in bytes.
    pub(crate) peak: Option<u64>,
    /// Whether it has ended; then only its time is told.
    pub(crate) ended: bool,
}

/// What a run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// From start to end.
    pub(crate) wall: Duration,
    /// What it used.
    pub(crate) usage: Usage,
}

/// Returns what a process has used so far.
pub(crate) fn usage(pid: u32) -> Usage {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let stat = read("stat");
    // The second field is the program's name in brackets, and may itself hold spaces and brackets.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok());
    let cpu = ticks(11).zip(ticks(12)).map(|(user, system)| Duration::from_millis((user + system) * 1000 / hertz()));
    let status = read("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map(|kib| kib * 1024);
    Usage { cpu, peak, ended: fields.first() == Some(&"Z") }
}

/// Runs a program to its end; its exit code must be one of these.
pub(crate) fn measure(mut command: Command, codes: &[i32]) -> Result<Measured> {
    let start = Instant::now();
    let mut child = command.spawn()?;
    let mut last = Usage::default();
    let status: ExitStatus = loop {
        let now = usage(child.id());
        last = Usage { cpu: now.cpu.or(last.cpu), peak: now.peak.or(last.peak), ended: now.ended };
        // One that has ended is kept by the kernel, with its time, until it is waited for.
        if last.ended || now.cpu.is_none() {
            break child.wait()?;
        }
        sleep(EVERY);
    };
    let wall = start.elapsed();
    ensure!(status.code().is_some_and(|code| codes.contains(&code)), "{command:?} ended with {status}");
    Ok(Measured { wall, usage: last })
}

/// The kernel's clock ticks a second.
fn hertz() -> u64 {
    static HERTZ: OnceLock<u64> = OnceLock::new();
    *HERTZ.get_or_init(|| {
        let told = Command::new("getconf").arg("CLK_TCK").output().ok();
        told.and_then(|out| String::from_utf8(out.stdout).ok()?.trim().parse().ok()).unwrap_or(100)
    })
}
