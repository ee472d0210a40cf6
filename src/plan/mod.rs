//! (desired, observed) → plan. Pure: no I/O, no clock, no environment.

mod document;
mod outcome;

pub use document::{
    Change, Cost, Estimate, FORMAT, Finding, Plan, PlanScope, PlanWarning, PolicyIdentity, Refusal, Summary,
    WaiverQuote, hex_digest,
};
pub use outcome::{Applied, ChangeOutcome, ChangeResult};
