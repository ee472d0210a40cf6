//! What must always hold (design, section 10), over made policies, made organisations and made faults.
//!
//! Everything runs in the process: the planner, the reader and the writer against the simulator's router, without a socket,
//! in a time that passes only where somebody waits. A case is a number: whatever fails says which, and prints the policy.
//!
//! * `ORDAIN_CASES=20000` runs so many cases of each property; the ordinary number stands at each test.
//! * `ORDAIN_SEED=17` runs this one case.
//! * `ORDAIN_SETTING=repo.labels` makes policies of this one setting; without it of all that `values.rs` throws.
//! * `ORDAIN_FAILURES=50` goes on until so many cases have failed.

#![allow(clippy::panic, reason = "tests fail by panicking, with the whole of what was seen")]
#![allow(clippy::disallowed_methods, reason = "how many cases are run is said by the environment")]

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod chains;
mod dice;
mod faults;
mod honest;
mod lab;
mod late;
mod policies;
mod probes;
mod robust;
mod shards;
mod silence;
mod spent;
mod targets;
mod values;
mod worlds;
