//! A GitHub of our own: a real HTTP server over a state in memory, with GitHub's manners.
//!
//! It serves the REST and GraphQL routes that `ordain` uses, at the addresses of github.com (`/…`, `/graphql`) and of
//! GitHub Enterprise Server (`/api/v3/…`, `/api/graphql`). It imports nothing of the rest of the program, so that it
//! cannot share its mistakes. A route or field that it does not know is loud: 501, or GraphQL's `undefinedField`.
//!
//! * [`Sim::from_state`] reads a state: the format is described in [`mod@state`].
//! * Names are compared without case; a renamed repository answers 301, or 307 to a write.
//! * A token with `permissions` has just these. What only administrators see (`security_and_analysis`, the truth of
//!   `hasVulnerabilityAlertsEnabled`) is shown to `administration: read` too; `viewerCanAdminister` needs `write`.
//! * [`Sim::fault`] lets things go wrong; [`Sim::edit`] lets somebody else change the world; [`Sim::exchanges`] tells
//!   what was said.

mod branches;
mod fault;
mod generate;
mod git;
mod graphql;
mod http;
mod limits;
mod merge;
mod names;
mod protection;
mod repo;
mod rest;
mod rulesets;
mod server;
pub mod state;
mod teams;
mod token;
mod wire;
pub mod world;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

pub use fault::{Act, Fault, FaultKind};
pub use generate::generate;
pub use git::{Blob, Commit, Entry, Signer, blob_oid};
pub use limits::Cost;
pub use server::serve;
pub use state::StateError;
pub use token::{Kind, Level, Token};
pub use world::World;

/// The simulator. Clones share one world.
#[derive(Clone)]
pub struct Sim {
    core: Arc<Core>,
}

/// What all clones share.
pub(crate) struct Core {
    world: Mutex<World>,
    minted: Mutex<Vec<Token>>,
    exchanges: Mutex<Vec<Exchange>>,
    recording: AtomicBool,
    faults: Mutex<Vec<fault::Armed>>,
    meters: Mutex<limits::Meters>,
    cost: Mutex<Cost>,
    open: AtomicUsize,
    requests: AtomicUsize,
}

/// One request and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The path and query as they were asked.
    pub path_and_query: String,
    /// The request's body, if it was JSON.
    pub request_body: Option<Value>,
    /// The status.
    pub status: u16,
    /// The answer's headers.
    pub headers: Vec<(String, String)>,
    /// The answer's body, if there was one.
    pub response_body: Option<Value>,
    /// Whether a fault made the answer what it is: then it is not GitHub's.
    pub faulty: bool,
}

/// Locks, whatever has happened to another holder: a test that panics must not take the server with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sim {
    /// Reads a state document.
    ///
    /// # Errors
    ///
    /// [`StateError`] says the place and the reason.
    pub fn from_state(json: &Value) -> Result<Self, StateError> {
        let core = Core {
            world: Mutex::new(state::load(json)?),
            minted: Mutex::default(),
            exchanges: Mutex::default(),
            recording: AtomicBool::new(false),
            faults: Mutex::default(),
            meters: Mutex::default(),
            cost: Mutex::default(),
            open: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        };
        Ok(Self { core: Arc::new(core) })
    }

    /// Returns the routes, for a server or to be called at once.
    pub fn router(&self) -> axum::Router {
        axum::Router::new().fallback(server::handle).with_state(self.clone())
    }

    /// Returns the present state as a document that [`Sim::from_state`] reads back.
    pub fn state(&self) -> Value {
        state::save(&lock(&self.core.world))
    }

    /// Returns everything that was asked and answered while recording was on.
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.core.exchanges).clone()
    }

    /// Forgets what was recorded.
    pub fn clear_exchanges(&self) {
        lock(&self.core.exchanges).clear();
    }

    /// Turns recording on or off; it is off at first.
    pub fn record(&self, on: bool) {
        self.core.recording.store(on, std::sync::atomic::Ordering::SeqCst);
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        lock(&self.core.faults).push(fault::Armed::new(fault));
    }

    /// Takes back all faults.
    pub fn clear_faults(&self) {
        lock(&self.core.faults).clear();
    }

    /// Changes the world as somebody else would.
    pub fn edit(&self, change: impl FnOnce(&mut World)) {
        change(&mut lock(&self.core.world));
    }

    /// Returns what has been asked so far.
    pub fn cost(&self) -> Cost {
        *lock(&self.core.cost)
    }
}
