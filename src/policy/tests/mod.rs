//! The policy language as a whole: small policies in, desired values or diagnostics out.

mod errors;
mod gates;
mod leaves;
mod matching;
mod merging;
mod random;
mod schema;
mod templates;
mod waivers;
