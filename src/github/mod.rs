//! GitHub's API as ordain uses it: addresses, credentials, one client with limits and honest errors.
//!
//! octocrab carries the HTTP; its retries, redirects, cache and base-URI layers are left out, since they resend writes,
//! turn a redirected write into a read, answer one method from another's cache entry, and send credentials to some hosts
//! only. What replaces them is here.

mod address;
mod allowance;
mod answer;
mod budget;
mod cache;
mod client;
mod credentials;
mod error;
mod graphql;
mod installation;
mod lean;
mod limits;
mod pace;
mod packed;
mod paging;
mod reading;
mod transport;

pub use address::{ApiAddress, BadAddress};
pub use allowance::Allowance;
pub use cache::{Cache, THREAD as CACHE_THREAD, Teller};
pub use client::{Client, Response};
pub use credentials::{BadCredential, Credentials, Secret};
pub use error::GithubError;
pub use graphql::{GraphqlAnswer, GraphqlProblem};
pub use installation::{Permissions, add_permission};
pub use lean::{Inside, Wants};
pub use limits::{Limits, Notice, Spent};
pub use paging::{ListOf, Pages};
pub use transport::Carrier;
