//! `ordain` keeps the security settings of every repository of a GitHub organisation at what a folder of TOML files
//! says they must be.
//!
//! Data flows one way:
//!
//! ```text
//! policy/ (text → desired)  ┐
//!                           ├→ plan/ (pure) → render/ (text, JSON, …)
//! observe/ (GitHub → facts) ┘       └───────→ apply/ (writes, read back)
//! ```
//!
//! The library exists for the binary and for the tests; its interface is not a promise.

pub mod apply;
pub mod cli;
pub mod diagnostics;
pub mod forecast;
pub mod github;
pub mod model;
pub mod observe;
pub mod plan;
pub mod policy;
pub mod render;
pub mod settings;
pub mod sim;
