//! The house: who may import whom, and that the README tells the truth.

/// The arrows between modules.
mod architecture;
/// What the README says, held against the program.
mod readme;
