//! (desired, observed) → plan. Pure: no I/O, no clock, no environment.

mod alike;
mod askers;
mod assemble;
mod conflicts;
mod digest;
mod document;
mod filters;
mod gates;
pub mod introduced;
mod join;
mod judged;
mod limits;
mod needs;
mod outcome;
mod planner;
mod prune;
mod pulls;
pub mod saved;
mod shard;
mod spent;
mod undo;
mod units;
mod verdict;
mod verdicts;

pub use askers::Askers;
pub use assemble::{Frame, assemble, closing_is_told, unneeded};
pub use document::{
    Change, Cost, Estimate, FORMAT, Finding, Plan, PlanScope, PlanWarning, PolicyChange, PolicyIdentity, Refusal,
    Summary, WaiverQuote, allow_flag, hex_digest,
};
pub use filters::{Filters, names};
pub use gates::{GateKeeper, GateTable};
pub use join::{NotJoined, join};
pub use judged::{Judged, Target};
pub use limits::{NAMES as LIMIT_NAMES, RunLimits};
pub use outcome::{Applied, ChangeOutcome, ChangeResult, NotClosed};
pub use planner::{Matched, Missing, Planner, judge_alone};
pub use pulls::{BRANCH, OpenPull, PullState, encode, holds as branch_holds, state as pull_state};
pub use shard::{BadShard, MOST_SHARDS, Shard, ShardPart, Wish};
pub use spent::Spent;
pub use undo::{Taken, TakenPull, Undo};
pub use verdict::needed_id;
pub use verdicts::{Compliant, Verdicts};
