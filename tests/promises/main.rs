//! The promises of `apply`: plans from files, the journal, one apply at a time.

#[path = "../support/mod.rs"]
mod support;

/// What only `--allow` lets through.
mod allow;
/// What a plan foretells.
mod estimate;
/// Ctrl-C and SIGTERM.
mod interrupt;
/// The journal: intents before writes, outcomes after them.
mod journal;
/// Plans from files: at worst they leave changes out.
mod saved_plans;
/// What a plan shows of files.
mod texts;
/// Undoing an apply, and what a forged journal can do: nothing.
mod undo;
/// Undo of settings whose values are not told as a rule says them.
mod undo_settings;
