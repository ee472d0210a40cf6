//! Bad input and hostile servers: the real program is run, and what a person reads, the exit code and what was written are
//! held.
//!
//! * `policies`: policies that are not well-formed; GitHub is not asked.
//! * `folders`: what lies in a policy's folder and is no file of a policy.
//! * `command_line`: misspelt commands, options, files and environment.
//! * `organizations`: tokens without rights, organisations that cannot be listed, lists.
//! * `answers`: answers that are not what GitHub's API describes.
//! * `limits`: refusals for the rate limits' sake.
//! * `machine`: disks, pipes, ports and servers.
//! * `meanwhile`: what changes between the observation and the write.
//! * `lost`: writes whose answers never came.
//! * `secrets`: no credential in any byte that a run leaves.
//! * `silence`: what must stand in no output: tokens, the forks of advisories, what a terminal obeys.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod command_line;
mod folders;
mod limits;
mod lost;
mod machine;
mod meanwhile;
mod organizations;
mod policies;
mod secrets;
mod silence;

use ordain::sim::{Act, Fault, FaultKind, World};
use serde_json::Value;
use support::Lab;

/// One rule that takes every public repository.
const ALERTS: &str = "[match]\nvisibility = [\"public\"]\n[repo]\ndependabot_alerts = true\n";
/// The same for private vulnerability reporting.
const REPORTING: &str = "[match]\nvisibility = [\"public\"]\n[repo]\nprivate_vulnerability_reporting = true\n";

/// Every request fails so, from the first that fits.
const ALWAYS: u32 = 10_000;

/// Lets requests to a path go wrong after some that go well.
fn fault_after(lab: &Lab, method: &str, path: &str, after: u32, kind: FaultKind) {
    lab.sim().fault(Fault { method: Some(method.to_owned()), path: path.to_owned(), after, times: 1, kind });
}

/// Somebody changes the world just before a request has its effect.
fn meanwhile(act: impl Fn(&mut World) + Send + Sync + 'static) -> FaultKind {
    FaultKind::Meanwhile(Act::new(act))
}

/// The answer is changed on its way.
fn altered(act: impl Fn(&mut Value) + Send + Sync + 'static) -> FaultKind {
    FaultKind::Altered(Act::new(act))
}

/// An error answer with headers.
fn status(code: u16, message: &str, headers: &[(&str, &str)]) -> FaultKind {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    FaultKind::Status(code, serde_json::json!({ "message": message }), headers)
}

/// Holds that nothing that changes anything was sent.
#[track_caller]
fn nothing_written(lab: &Lab) {
    assert_eq!(lab.writes(), Vec::<String>::new());
}
