//! The HTML report, used in Chromium as its readers use it. Where Chromium and its driver are not there, each test says so on
//! standard error and is skipped (`driver`).

#![allow(clippy::panic, reason = "tests fail by panicking, with the whole of what was seen")]
#![allow(clippy::disallowed_methods, reason = "whether the browser must be there is said by the environment")]

mod driver;
/// How it looks: to eyes, on phones, to screen readers.
mod looks;
/// What it is given to show.
mod pages;
/// Nothing in it runs, and nothing is asked for.
mod quiet;
#[path = "../support/mod.rs"]
mod support;
/// Filtering, searching, opening, with the mouse and with the keyboard alone.
mod usage;
