//! Plans and what came of them, as text: for people, for machines, for pull requests. Everything here takes a plan (or
//! an apply's outcomes) and returns a `String`: no I/O, no clock, no environment.
//!
//! What repositories and policies say is hostile until shown otherwise: every name, value and message goes through
//! [`clean`], so that no control character and no hidden one reaches a terminal or a page, and then through the escaping
//! of the format.

pub mod cases;
mod clean;
mod difference;
pub mod doctor;
pub mod explain;
pub mod forecast;
mod group;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod page;
pub mod policy;
mod public;
mod results;
pub mod sarif;
pub mod schemas;
mod sentence;
pub mod text;
pub(crate) mod words;

#[cfg(test)]
pub(crate) mod samples;

/// What reading cost and how long it took, as a sentence for standard error. `told`: the cost stands on the page already.
#[must_use]
pub fn reading(cost: &crate::plan::Cost, milliseconds: u64, told: bool) -> String {
    let took = words::elapsed(milliseconds);
    if told { format!("reading took {took}") } else { format!("reading cost {} and took {took}", words::cost(cost)) }
}

pub use clean::clean;
pub use public::{public_only, public_text};
