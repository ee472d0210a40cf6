//! The program as its users meet it: the real binary against the simulator, held to GitHub's descriptions throughout.

#[path = "../support/mod.rs"]
mod support;

mod app;
mod cache;
mod cases;
mod code_security;
mod doctor;
mod forecast;
mod ghes;
mod init;
mod invariants;
mod plan;
mod pull_requests;
mod reading;
mod release;
mod sarif;
mod settings;
mod smoke;
mod summaries;
mod terminal;
mod workflows;
