//! The contract with GitHub: its facts and its checker, held by themselves.

#[path = "../support/contract/mod.rs"]
mod contract;

mod answers;
mod facts;
mod graphql;
mod requests;
mod rest;
